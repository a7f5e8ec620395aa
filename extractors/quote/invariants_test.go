package quote_test

import (
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/onrecord-nlp/onrecord/pipeline"
)

// holds checks what is true of the quotes of every document.
func holds(t interface {
	Helper()
	Errorf(string, ...any)
}, doc *pipeline.Document) {
	t.Helper()
	text := doc.Text
	onRune := func(i int) bool { return i == len(text) || utf8.RuneStart(text[i]) }
	var open []pipeline.Quote
	for i, q := range doc.Quotes {
		if q.Start < 0 || q.End > len(text) || q.Empty() || !onRune(q.Start) || !onRune(q.End) {
			t.Errorf("quote %d: span %v of %q", i, q.Span, text)
			return
		}
		if i > 0 && q.Start < doc.Quotes[i-1].Start {
			t.Errorf("quote %d begins before the one above it in %q", i, text)
		}
		for len(open) > 0 && open[len(open)-1].End <= q.Start {
			open = open[:len(open)-1]
		}
		if q.Depth != len(open) {
			t.Errorf("quote %d %q has depth %d within %d others in %q", i, q.In(text), q.Depth, len(open), text)
		}
		if len(open) > 0 && !open[len(open)-1].Contains(q.Span) {
			t.Errorf("quote %d %q crosses the end of %q", i, q.In(text), open[len(open)-1].In(text))
		}
		open = append(open, q)
		if !q.Open.Empty() && q.Open.End != q.Start || !q.Close.Empty() && q.Close.Start != q.End {
			t.Errorf("quote %d %q: its marks are not beside it", i, q.In(text))
		}
		if q.Open.Empty() && q.Close.Empty() {
			t.Errorf("quote %d %q has no mark", i, q.In(text))
		}
		if q.Continues >= i || q.Continues >= 0 && doc.Quotes[q.Continues].Closed() {
			t.Errorf("quote %d %q carries on quote %d", i, q.In(text), q.Continues)
		}
		if q.Score < 0 || q.Score > 1 || q.Uttered != (q.Score >= 0.5) || q.Kind == pipeline.Indirect {
			t.Errorf("quote %d %q: score %v, uttered %v, %v", i, q.In(text), q.Score, q.Uttered, q.Kind)
		}
		within := 0
		for _, b := range doc.Blocks {
			if b.Contains(pipeline.Cover([]pipeline.Span{q.Span, orSpan(q.Open, q.Span), orSpan(q.Close, q.Span)})) && b.Kind.Speech() {
				within++
			}
		}
		if within != 1 {
			t.Errorf("quote %d %q does not lie in a block", i, q.In(text))
		}
	}
}

func orSpan(s, t pipeline.Span) pipeline.Span {
	if s.Empty() {
		return t
	}
	return s
}

func TestInvariants(t *testing.T) {
	pieces := []string{"“", "”", "\"", "'", "‘", "’", "''", "``", "«", "»", "„", "‚", "‹", "›", "\n\n", "\n\n", " ", " ", " ", " ",
		"word", "players", "5", "6'2\"", ",", ".", "?", "—", "(", ")", "é", "she said", "…", "\u200b", "😀", "don’t", "'em"}
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 60).Draw(t, "pieces"), "")
		holds(t, run(text))
	})
}

func FuzzQuotes(f *testing.F) {
	f.Add("“One,” she said. ‘Two.’\n\n“Three")
	f.Add("''Four'' and \"five\n\n\"six\"")
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) {
			t.Skip("readers hand over valid UTF-8 only")
		}
		holds(t, run(text))
	})
}

// A paragraph is read by itself: what stands in another one, other than a
// quotation left open at its end, changes no pair in it.
func TestWrongMarkHarmsItsParagraphOnly(t *testing.T) {
	rest := "\n\nThe minister left. “He will,” she said. “And ‘how’ he will!”\n\n‘So there,’ said Jones’ aunt."
	want := run("Nothing." + rest).Quotes
	for _, first := range []string{"”Wrong.", "Wrong.”", "Wrong ” here", "’Wrong", "wrong’ ' ’", "»Wrong", "6'2\" wrong \"", "“Wrong", "‘Wrong", "\"Wrong"} {
		doc := run(first + rest)
		got := doc.Quotes
		for len(got) > 0 && got[0].End <= len(first) {
			got = got[1:]
		}
		if len(got) != len(want) {
			t.Errorf("after %q: %s", first, marked(doc))
			continue
		}
		for i := range got {
			if got[i].In(doc.Text) != want[i].In("Nothing."+rest) {
				t.Errorf("after %q: %q, want %q", first, got[i].In(doc.Text), want[i].In("Nothing."+rest))
			}
		}
	}
}

// A paragraph of nothing but marks is read like any other.
func TestManyMarks(t *testing.T) {
	for _, mark := range []string{"“", "”", "\"", "' ", "“a ", "\"a\""} {
		doc := run(strings.Repeat(mark, 30000))
		for i, q := range doc.Quotes {
			if q.Depth > 2 {
				t.Fatalf("%q: quote %d has depth %d", mark, i, q.Depth)
			}
		}
	}
}

// One pair of stages serves many goroutines, and forgets each document.
func TestConcurrent(t *testing.T) {
	docs := goldDev(t)
	want := make([]string, len(docs))
	for i, d := range docs {
		want[i] = marked(again(t, d))
	}
	var wg sync.WaitGroup
	for k := range 4 {
		wg.Go(func() {
			for i := range docs {
				i = (i + k*7) % len(docs)
				doc := &pipeline.Document{Text: docs[i].Text, Blocks: docs[i].Blocks}
				doc.Mark(pipeline.LayerBlocks)
				if err := stages().Process(t.Context(), doc); err != nil {
					t.Error(err)
				} else if got := marked(doc); got != want[i] {
					t.Errorf("%s: got %s", docs[i].ID, got)
				}
			}
		})
	}
	wg.Wait()
}
