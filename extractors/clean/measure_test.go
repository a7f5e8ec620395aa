package clean_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/onrecord-nlp/onrecord/extractors/clean"
	"github.com/onrecord-nlp/onrecord/extractors/clean/corpus"
	"github.com/onrecord-nlp/onrecord/internal/shared"
	"github.com/onrecord-nlp/onrecord/models/blocks"
	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/goldform"
	"github.com/onrecord-nlp/onrecord/pipeline/ingest"
)

// with labels the text of gold anew.
func with(t testing.TB, gold *pipeline.Document) *pipeline.Document {
	doc := &pipeline.Document{Text: gold.Text, Title: gold.Title, Byline: gold.Byline}
	label(t, doc)
	return doc
}

// keepAll is the baseline that calls every line body.
func keepAll(gold *pipeline.Document) *pipeline.Document {
	doc := &pipeline.Document{Text: gold.Text}
	for _, b := range gold.Blocks {
		doc.Blocks = append(doc.Blocks, pipeline.Block{Span: b.Span, Kind: pipeline.BlockBody})
	}
	return doc
}

// longLines is the baseline that calls lines of ten words and more body, and
// everything else boilerplate.
func longLines(gold *pipeline.Document) *pipeline.Document {
	doc := keepAll(gold)
	for i, b := range doc.Blocks {
		if len(strings.Fields(b.In(doc.Text))) < 10 {
			doc.Blocks[i].Kind = pipeline.BlockBoilerplate
		}
	}
	return doc
}

// floor fails the test where the measured share, in percent, is below least.
func floor(t *testing.T, what string, got, least float64) {
	t.Helper()
	if 100*got < least {
		t.Errorf("%s is %.2f, want %.2f at least", what, 100*got, least)
	}
}

// TestHeldOutPages measures whole pages, all their visible text, of sites that
// the model was not trained on.
func TestHeldOutPages(t *testing.T) {
	pages, leftOut, err := corpus.HTMLNews(shared.Path(t, "data/html_news"))
	if err != nil {
		t.Fatal(err)
	}
	var model, named, all, long corpus.Tally
	for _, p := range pages {
		if !p.HeldOut() {
			continue
		}
		gold := p.Document(corpus.AsShown, false, nil)
		model.Add(gold, with(t, gold))
		all.Add(gold, keepAll(gold))
		long.Add(gold, longLines(gold))
		gold = p.Document(corpus.Single, true, nil)
		named.Add(gold, with(t, gold))
	}
	t.Logf("%d pages left out", leftOut)
	t.Logf("model, title unknown: %s", &model)
	t.Logf("model, title known:   %s", &named)
	t.Logf("keep everything:      %s", &all)
	t.Logf("lines of ten words:   %s", &long)
	precision, recall := model.Speech()
	floor(t, "precision of speech", precision, 90)
	floor(t, "recall of speech", recall, 93)
	floor(t, "share of quoting paragraphs kept", 1-float64(model.QuotedLost)/float64(model.Quoted), 97.5)
}

// TestExtractedPages measures what the HTML reader takes from the same pages.
func TestExtractedPages(t *testing.T) {
	dir := shared.Path(t, "data/html_news")
	pages, _, err := corpus.HTMLNews(dir)
	if err != nil {
		t.Skip(err)
	}
	var inputs []string
	for _, p := range pages {
		if p.HeldOut() {
			inputs = append(inputs, filepath.Join(dir, p.ID))
		}
	}
	reader, err := ingest.Open(inputs, ingest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	bodies, err := corpus.Bodies(dir)
	if err != nil {
		t.Fatal(err)
	}
	var tally, all corpus.Tally
	for doc, err := range reader.Documents(context.Background()) {
		if err != nil {
			t.Log(err)
			continue
		}
		name := filepath.Base(doc.Source)
		b, ok := bodies[name]
		if !ok {
			t.Errorf("the source %s is not among the pages", doc.Source)
			continue
		}
		page := corpus.Extracted(name, doc.Text, b.Title, b.Authors, b.Text)
		if page == nil {
			continue
		}
		page.Title, page.Byline = doc.Title, doc.Byline
		gold := page.Document(corpus.Double, true, nil)
		tally.Add(gold, with(t, gold))
		all.Add(gold, keepAll(gold))
	}
	t.Logf("model:           %s", &tally)
	t.Logf("keep everything: %s", &all)
	_, recall := tally.Mean()
	floor(t, "recall of speech, mean of documents", recall, 98)
}

// TestArticlesStayWhole measures articles without furniture, and how much of
// what they attribute lies in text that is kept.
func TestArticlesStayWhole(t *testing.T) {
	path := shared.Path(t, "data/polnear/dev.jsonl")
	pages, err := corpus.Articles(path)
	if err != nil {
		t.Skip(err)
	}
	var tally corpus.Tally
	for _, p := range pages {
		for _, named := range []bool{false, true} {
			gold := p.Document(corpus.AsShown, named, nil)
			tally.Add(gold, with(t, gold))
		}
	}
	t.Logf("%s", &tally)
	kept := 0
	body := 0
	for k, n := range tally.Chars[pipeline.BlockBody] {
		body += n
		if pipeline.BlockKind(k).Speech() {
			kept += n
		}
	}
	floor(t, "share of body kept", float64(kept)/float64(body), 99.7)

	contents, lost := 0, 0
	for gold, err := range goldform.ReadPath(path) {
		if err != nil {
			t.Fatal(err)
		}
		doc := with(t, gold)
		for _, a := range gold.Attributions {
			for _, s := range a.Content {
				contents++
				for _, b := range doc.Blocks {
					if b.Overlaps(s) && !b.Kind.Speech() {
						lost++
						break
					}
				}
			}
		}
	}
	t.Logf("%d of %d spans of attributed content touch furniture", lost, contents)
	floor(t, "share of contents kept", 1-float64(lost)/float64(contents), 99.7)
}

// TestGoldDev measures the hand-labelled development articles.
func TestGoldDev(t *testing.T) {
	var tally corpus.Tally
	for gold, err := range goldform.ReadPath(filepath.Join("..", "..", "testdata", "gold", "dev")) {
		if err != nil {
			t.Log(err)
			continue
		}
		if gold.Has(pipeline.LayerBlocks) {
			gold.Title = ""
			tally.Add(gold, with(t, gold))
		}
	}
	if tally.Docs == 0 {
		t.Skip("no articles")
	}
	t.Logf("%s", &tally)
	precision, recall := tally.Speech()
	floor(t, "precision of speech", precision, 97.5)
	floor(t, "recall of speech", recall, 99.5)
	if tally.QuotedLost > 0 {
		t.Errorf("%d paragraphs with quotations were lost", tally.QuotedLost)
	}
}

// TestSeed holds that of the page in seed/whatsapp-encryption.txt only the
// article is kept.
func TestSeed(t *testing.T) {
	text, err := os.ReadFile(shared.Path(t, "seed/whatsapp-encryption.txt"))
	if err != nil {
		t.Skip(err)
	}
	doc := &pipeline.Document{Text: string(text)}
	checkBlocks(t, doc.Text, label(t, doc))
	want := []struct {
		kind   string // "furniture" stands for anything but body and headline
		prefix string
	}{
		{"furniture", "scorecardresearch"},
		{"furniture", "Follow Us:"},
		{"furniture", "Saturday, April 17"},
		{"headline", "WhatsApp’s message encryption unacceptable"},
		{"headline", "Westminster attacker"},
		{"byline", "By: Reuters"},
		{"date", "March 26, 2017"},
		{"boilerplate", "london attack, parliament attack"},
		{"caption", "Workmen fence off"},
		{"body", "Technology companies"},
		{"body", "There may be difficulties"},
		{"body", "Asked for her view"},
		{"body", "The attack on Wednesday"},
		{"body", "“This is something completely different."},
		{"body", "She said she wanted"},
	}
	for i, b := range doc.Blocks {
		words := b.In(doc.Text)
		if i >= len(want) {
			if b.Kind.Speech() {
				t.Errorf("after the article, %q is %s", words, b.Kind)
			}
			continue
		}
		w := want[i]
		if !strings.HasPrefix(words, w.prefix) || w.kind != b.Kind.String() && (w.kind != "furniture" || b.Kind.Speech()) {
			t.Errorf("block %d is %s %.60q, want %s %q", i, b.Kind, words, w.kind, w.prefix)
		}
	}
	if len(doc.Blocks) < len(want) {
		t.Errorf("%d blocks, want %d at least", len(doc.Blocks), len(want))
	}
}

// TestEmbeddedModel holds that the model is small, and is what training on the
// corpora gives. Training takes a minute: it runs where ONRECORD_TRAIN is set.
func TestEmbeddedModel(t *testing.T) {
	m, err := blocks.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	if n := len(m.Bytes()); n >= 300_000 {
		t.Errorf("the model has %d bytes, want less than 300,000", n)
	}
	if os.Getenv("ONRECORD_TRAIN") == "" {
		t.Skip("set ONRECORD_TRAIN=1 to train the model anew")
	}
	examples, err := corpus.Training(corpus.DefaultSources(shared.Path(t, "data")), (*corpus.Page).HeldOut, 10)
	if err != nil {
		t.Fatal(err)
	}
	again, err := clean.Train(func(yield func(clean.Example) bool) {
		for _, ex := range examples {
			if !yield(ex) {
				return
			}
		}
	}, blocks.DefaultOptions())
	if err != nil {
		t.Fatal(err)
	}
	if again.SHA256() != m.SHA256() {
		t.Errorf("training gives %s, embedded is %s", again.SHA256(), m.SHA256())
	}
}
