package resolve_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/onrecord-nlp/onrecord/eval"
	"github.com/onrecord-nlp/onrecord/extractors/resolve"
	"github.com/onrecord-nlp/onrecord/extractors/tokenize"
	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/goldform"
)

func stages(t testing.TB) []pipeline.Stage {
	t.Helper()
	tok, err := tokenize.New()
	if err != nil {
		t.Fatal(err)
	}
	res, err := resolve.New()
	if err != nil {
		t.Fatal(err)
	}
	return []pipeline.Stage{tok, res}
}

func goldDev(t testing.TB) []goldform.Article {
	t.Helper()
	files, err := filepath.Glob("../../testdata/gold/dev/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no labelled articles: %v", err)
	}
	var docs []goldform.Article
	for _, f := range files {
		for a, err := range goldform.ReadArticlesPath(f) {
			if err != nil {
				t.Fatal(err)
			}
			docs = append(docs, a)
		}
	}
	return docs
}

func predict(t testing.TB, gold []goldform.Article) []*pipeline.Document {
	t.Helper()
	p, err := pipeline.New(stages(t), pipeline.LayerBlocks, pipeline.LayerQuotes, pipeline.LayerAttributions)
	if err != nil {
		t.Fatal(err)
	}
	var out []*pipeline.Document
	for _, g := range gold {
		d := eval.Strip(g.Doc, eval.Upstream(pipeline.LayerSpeakers))
		if err := p.Process(context.Background(), d); err != nil {
			t.Fatal(err)
		}
		out = append(out, d)
	}
	return out
}

// The stage on the gold layers before it. The model was trained on these
// articles among others: extractors/resolve/train reports what it does on
// articles that it was not trained on.
func TestGold(t *testing.T) {
	gold := goldDev(t)
	pred := predict(t, gold)
	r, err := eval.Score(gold, pred, eval.Options{Layers: pipeline.LayerSet(pipeline.LayerSpeakers), Resamples: -1, NoGroups: true})
	if err != nil {
		t.Fatal(err)
	}
	least := map[string]float64{
		"quotes.source": 98, "quotes.speaker": 86, "quotes.speaker_kind": 92,
		"claims.speaker": 92, "claims.speaker_kind": 95, "speakers.mentions": 87, "speakers.b3": 78,
	}
	for _, row := range r.Rows {
		t.Logf("%-22s %-9s %5.1f of %v", row.Name, row.Slice, row.Value, row.Gold)
		if row.Slice == "" && row.Value < least[row.Name] {
			t.Errorf("%s is %.1f, less than %.0f", row.Name, row.Value, least[row.Name])
		}
	}
	// By what the source is.
	right, all := make(map[string]int), make(map[string]int)
	for i, g := range gold {
		for k, a := range g.Doc.Attributions {
			kind := sourceType(g.Doc, a)
			all[kind]++
			if normal(speakerOf(g.Doc, k)) == normal(speakerOf(pred[i], k)) {
				right[kind]++
			} else if testing.Verbose() {
				source := ""
				if len(a.Source) > 0 {
					source = a.Source[0].In(g.Doc.Text)
				}
				t.Logf("  %s %q: %q, not %q", g.Doc.ID, source, speakerOf(pred[i], k), speakerOf(g.Doc, k))
			}
		}
	}
	for _, kind := range []string{"name", "nominal", "pronoun", "none"} {
		t.Logf("source a %-8s %3d of %3d right", kind, right[kind], all[kind])
	}
}

// sourceType says whether an attribution's source is a name, a description, a
// pronoun or none.
func sourceType(d *pipeline.Document, a pipeline.Attribution) string {
	if len(a.Source) == 0 {
		return "none"
	}
	t := pipeline.MentionNominal
	for _, m := range d.Mentions {
		if m.Overlaps(a.Source[0]) && (t == pipeline.MentionNominal || m.Type == pipeline.MentionName) {
			t = m.Type
		}
	}
	return t.String()
}

func speakerOf(d *pipeline.Document, k int) string {
	if s := d.Resolution.OfAttribution[k]; s >= 0 {
		return d.Speakers[s].Name
	}
	return "-"
}

// normal is a name in small letters, without an article or a title of nobility.
func normal(name string) string {
	name = strings.ToLower(name)
	for _, w := range []string{"the ", "a ", "an ", "baroness "} {
		name = strings.TrimPrefix(name, w)
	}
	return name
}
