package quote_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/onrecord-nlp/onrecord/extractors/quote"
	"github.com/onrecord-nlp/onrecord/internal/shared"
	"github.com/onrecord-nlp/onrecord/models/uttered"
	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/goldform"
)

// again runs the stages on the text and blocks of a labelled document. A
// document without blocks has one a line.
func again(t testing.TB, gold *pipeline.Document) *pipeline.Document {
	t.Helper()
	if !gold.Has(pipeline.LayerBlocks) {
		at := 0
		for line := range strings.SplitAfterSeq(gold.Text, "\n") {
			if s := strings.TrimRight(line, "\n"); strings.TrimSpace(s) != "" {
				gold.Blocks = append(gold.Blocks, pipeline.Block{Span: pipeline.Span{Start: at, End: at + len(s)}})
			}
			at += len(line)
		}
		gold.Mark(pipeline.LayerBlocks)
	}
	doc := &pipeline.Document{ID: gold.ID, Text: gold.Text, Blocks: gold.Blocks}
	doc.Mark(pipeline.LayerBlocks)
	if err := stages().Process(context.Background(), doc); err != nil {
		t.Fatal(err)
	}
	gold.Tokens, gold.Sentences = doc.Tokens, doc.Sentences
	gold.Mark(pipeline.LayerTokens)
	return doc
}

func goldDev(t testing.TB) []*pipeline.Document {
	t.Helper()
	files, err := filepath.Glob("../../testdata/gold/dev/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no labelled articles: %v", err)
	}
	var docs []*pipeline.Document
	for _, f := range files {
		for doc, err := range goldform.ReadPath(f) {
			if err != nil {
				t.Fatal(err)
			}
			docs = append(docs, doc)
		}
	}
	return docs
}

// Every quotation that people marked is paired, with its depth and kind.
func TestGoldPairs(t *testing.T) {
	var all, kinds int
	for _, gold := range goldDev(t) {
		doc := again(t, gold)
		at := map[pipeline.Span]pipeline.Quote{}
		for _, q := range doc.Quotes {
			at[q.Span] = q
		}
		for _, g := range gold.Quotes {
			q, ok := at[g.Span]
			switch {
			case !ok:
				t.Errorf("%s: %q is not paired", gold.ID, g.In(gold.Text))
			case q.Depth != g.Depth:
				t.Errorf("%s: %q has depth %d, want %d", gold.ID, g.In(gold.Text), q.Depth, g.Depth)
			}
			all++
			if q.Kind == g.Kind {
				kinds++
			}
		}
	}
	t.Logf("%d quotations, kind right in %d", all, kinds)
	if kinds*100 < all*97 {
		t.Errorf("kind right in %d of %d", kinds, all)
	}
}

func polnear(t testing.TB, split string) []*pipeline.Document {
	t.Helper()
	var docs []*pipeline.Document
	for doc, err := range goldform.ReadPath(shared.Path(t, "data/polnear/"+split+".jsonl")) {
		if err != nil {
			t.Fatal(err)
		}
		docs = append(docs, doc)
	}
	return docs
}

// The pairs of double marks agree with those that PolNeAR is scored by.
func TestAgreesWithReference(t *testing.T) {
	var want, right int
	for _, gold := range polnear(t, "dev") {
		doc := again(t, gold)
		at := map[pipeline.Span]bool{}
		for _, q := range doc.Quotes {
			at[q.Span] = true
		}
		for _, r := range reference(doc.Text) {
			want++
			if at[r] {
				right++
			} else {
				t.Logf("%s: not paired: %q", doc.ID, r.In(doc.Text))
			}
		}
	}
	t.Logf("%d of %d pairs", right, want)
	if right*1000 < want*995 {
		t.Errorf("%d of %d pairs agree", right, want)
	}
}

// reference is quoted_spans of bench/score.py: the inside of every pair of
// double marks that holds a letter or digit, line by line.
func reference(text string) []pipeline.Span {
	var spans []pipeline.Span
	keep := func(start, end int) {
		s := pipeline.Span{Start: start, End: end}
		if strings.ContainsFunc(s.In(text), func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
			spans = append(spans, s)
		}
	}
	at := 0
	for line := range strings.SplitSeq(text, "\n") {
		start := -1
		for i, r := range line {
			opens, closes := r == '“' || r == '«', r == '”' || r == '»'
			if r == '"' {
				before, _ := utf8.DecodeLastRuneInString(line[:i])
				after, n := utf8.DecodeRuneInString(line[i+1:])
				opens = start < 0 || (i == 0 || unicode.IsSpace(before)) && n > 0 && !unicode.IsSpace(after)
				closes = !opens
			}
			switch {
			case opens:
				start = i + utf8.RuneLen(r)
			case closes && start >= 0:
				keep(at+start, at+i)
				start = -1
			}
		}
		if start >= 0 {
			keep(at+start, at+len(line))
		}
		at += len(line) + 1
	}
	return spans
}

func TestTrain(t *testing.T) {
	file, err := os.Open("testdata/train.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	cases, err := quote.ReadCases(file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := quote.Train(cases, uttered.Options{}); err == nil {
		t.Error("documents without tokens are taken")
	}
	for _, c := range cases {
		again(t, c)
	}
	m, err := quote.Train(cases, uttered.Options{})
	if err != nil {
		t.Fatal(err)
	}
	n, err := quote.Train(cases, uttered.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if string(m.Encode()) != string(n.Encode()) {
		t.Error("the same examples give two models")
	}
	right, all := 0, 0
	for _, c := range cases {
		doc := &pipeline.Document{Text: c.Text, Blocks: c.Blocks, Tokens: c.Tokens, Sentences: c.Sentences}
		if err := quote.With(m).Process(t.Context(), doc); err != nil {
			t.Fatal(err)
		}
		want := map[pipeline.Span]bool{}
		for _, q := range c.Quotes {
			want[q.Span] = true
		}
		for _, q := range doc.Quotes {
			all++
			if q.Uttered == want[q.Span] {
				right++
			}
		}
	}
	if right*100 < all*90 {
		t.Errorf("a model gets %d of its own %d examples right", right, all)
	}
}

func TestReadCasesErrors(t *testing.T) {
	for _, marked := range []string{"== a\nOne⟧ two", "== a\n“⟦One⟫” two"} {
		if _, err := quote.ReadCases(strings.NewReader(marked)); err == nil {
			t.Errorf("%q is read", marked)
		}
	}
}

func BenchmarkQuote(b *testing.B) {
	docs := goldDev(b)
	tokens := 0
	for _, d := range docs {
		again(b, d)
		tokens += len(d.Tokens)
	}
	s, err := quote.New()
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		for _, d := range docs {
			doc := pipeline.Document{Text: d.Text, Blocks: d.Blocks, Tokens: d.Tokens, Sentences: d.Sentences}
			if err := s.Process(b.Context(), &doc); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(tokens), "ns/token")
}
