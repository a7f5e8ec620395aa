package resolve_test

import (
	"context"
	"fmt"
	"os"
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

func TestDev(t *testing.T) {
	gold := goldDev(t)
	pred := predict(t, gold)
	r, err := eval.Score(gold, pred, eval.Options{Layers: pipeline.LayerSet(pipeline.LayerSpeakers), Resamples: -1, NoGroups: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range r.Rows {
		t.Logf("%-24s %-9s %-9s P %.1f R %.1f  %.1f  gold %v", row.Name, row.Slice, row.Stat, row.Precision, row.Recall, row.Value, row.Gold)
	}
	name := func(d *pipeline.Document, s int) string {
		if s < 0 {
			return "-"
		}
		n := d.Speakers[s].Name
		for _, det := range []string{"The ", "the ", "A ", "a ", "an ", "An "} {
			n = strings.TrimPrefix(n, det)
		}
		return strings.ToLower(n) + "/" + d.Speakers[s].Kind.String()
	}
	if os.Getenv("RESOLVE_ERRORS") == "" {
		return
	}
	for i, g := range gold {
		d := pred[i]
		for k, a := range g.Doc.Attributions {
			x, y := name(g.Doc, g.Doc.Resolution.OfAttribution[k]), name(d, d.Resolution.OfAttribution[k])
			if x != y {
				src := ""
				if len(a.Source) > 0 {
					src = a.Source[0].In(d.Text)
				}
				fmt.Printf("%s C src=%q gold=%s pred=%s\n", g.Doc.ID, src, x, y)
			}
		}
		for k, q := range g.Doc.Quotes {
			x, y := name(g.Doc, g.Doc.Resolution.OfQuote[k]), name(d, d.Resolution.OfQuote[k])
			if x != y {
				fmt.Printf("%s Q %q gold=%s pred=%s %.2f %v\n", g.Doc.ID, q.In(d.Text)[:min(40, q.Len())], x, y, d.Resolution.QuoteScore[k], d.Resolution.QuoteManner[k])
			}
		}
	}
}
