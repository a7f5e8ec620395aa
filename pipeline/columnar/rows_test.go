package columnar

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/onrecord-nlp/onrecord/pipeline"
)

// TestCharOffsets: the index agrees with counting from the start, at every
// boundary of a text with characters of one to four bytes.
func TestCharOffsets(t *testing.T) {
	var c charIndex // one for all, as the writer's is
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.SampledFrom([]rune("a é\u0301“漢🚢\n")), 0, 300, -1).Draw(t, "text")
		c.reset(text)
		for b := range len(text) + 1 {
			if !onBoundary(text, b) {
				continue
			}
			if got, want := c.at(b), utf8.RuneCountInString(text[:b]); got != want {
				t.Fatalf("byte %d of %q: character %d, want %d", b, text, got, want)
			}
		}
	})
}

func TestCountWords(t *testing.T) {
	for text, want := range map[string]int{
		"":                                  0,
		" \t\n":                             0,
		"one":                               1,
		"“Well,” she said — twice.":         4,
		"don't re-open 3.5% of U.S. banks":  6,
		"- & … !":                           0,
		"¿qué?\u00a0É\u2003漢字 \u0301":       3,
		strings.Repeat("a\n\n", 10) + "🚢 b": 11,
	} {
		if got := countWords(text); got != want {
			t.Errorf("%q: %d words, want %d", text, got, want)
		}
	}
}

func TestContext(t *testing.T) {
	text := strings.Repeat("é", 130) + "“" + "word" + "”" + strings.Repeat("漢", 5)
	doc := &pipeline.Document{ID: "x", Text: text}
	doc.Quotes = []pipeline.Quote{{Span: at(t, doc, "word"), Uttered: true}}
	doc.Mark(pipeline.LayerQuotes)
	var r rows
	if err := r.make(doc); err != nil {
		t.Fatal(err)
	}
	q := r.quotes[0]
	if want := strings.Repeat("é", 119) + "“"; q.before != want {
		t.Errorf("before is %q, want %q", q.before, want)
	}
	if want := "”" + strings.Repeat("漢", 5); q.after != want {
		t.Errorf("after is %q, want %q", q.after, want)
	}
}

// TestReadingOrder: rows and ids follow the text, whatever the order of the
// layers, and links follow them.
func TestReadingOrder(t *testing.T) {
	doc := &pipeline.Document{ID: "x", Text: "“A ‘b’ c,” said Y. Z said e."}
	s := func(words string) pipeline.Span { return at(t, doc, words) }
	doc.Quotes = []pipeline.Quote{{Span: s("b"), Depth: 1, Uttered: true}, {Span: s("A ‘b’ c,"), Uttered: true}}
	doc.Attributions = []pipeline.Attribution{
		{Content: list(s("e")), Source: list(s("Z"))},
		{Content: list(s("A ‘b’ c")), Source: list(s("Y")), Quotes: []int{0, 1}},
	}
	marked(doc, pipeline.LayerQuotes, pipeline.LayerAttributions)
	var r rows
	if err := r.make(doc); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, q := range r.quotes {
		got = append(got, q.quoteID, q.text, q.claimID)
	}
	for _, c := range r.claims {
		got = append(got, c.claimID, c.text)
	}
	want := []string{"x#q0", "A ‘b’ c,", "x#c0", "x#q1", "b", "x#c0", "x#c0", "A ‘b’ c", "x#c1", "e"}
	if strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// TestBrokenDocuments: a document that breaks the contract of its layers is an
// error that says how, never a panic and never a row.
func TestBrokenDocuments(t *testing.T) {
	for want, breakIt := range map[string]func(*pipeline.Document){
		"no id":                                                func(d *pipeline.Document) { d.ID = "" },
		"not valid UTF-8":                                      func(d *pipeline.Document) { d.Text = "\xff" },
		"quote 0: bytes [5:4)":                                 func(d *pipeline.Document) { d.Quotes[0].Span = pipeline.Span{Start: 5, End: 4} },
		"quote 1: bytes [0:9999)":                              func(d *pipeline.Document) { d.Quotes[1].Span = pipeline.Span{Start: 0, End: 9999} },
		"bytes [-1:4)":                                         func(d *pipeline.Document) { d.Blocks[0].Span = pipeline.Span{Start: -1, End: 4} },
		"cut a character in two":                               func(d *pipeline.Document) { d.Attributions[1].Cue[0].End = strings.Index(d.Text, "🚢") + 1 },
		"attribution 2 has no content":                         func(d *pipeline.Document) { d.Attributions[2].Content = nil },
		"attribution 0 refers to quote 99 of 5":                func(d *pipeline.Document) { d.Attributions[0].Quotes = []int{99} },
		"mention 1 refers to speaker -1 of 2":                  func(d *pipeline.Document) { d.Mentions[1].Speaker = -1 },
		"speaker 0 refers to mention 7 of 5":                   func(d *pipeline.Document) { d.Speakers[0].Mentions = []int{7} },
		"Resolution.OfQuote has 4 entries":                     func(d *pipeline.Document) { d.Resolution.OfQuote = d.Resolution.OfQuote[1:] },
		"Resolution.OfAttribution[0] is 2, of 2":               func(d *pipeline.Document) { d.Resolution.OfAttribution[0] = 2 },
		"Stances.CueClasses has 0 entries, not one for each a": func(d *pipeline.Document) { d.Stances.CueClasses = nil },
		"evidence of attribution 1: bytes [3:2)":               func(d *pipeline.Document) { d.Stances.OfAttribution[1].Evidence[0] = pipeline.Span{Start: 3, End: 2} },
	} {
		doc := ferry(t)
		breakIt(doc)
		err := new(rows).make(doc)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error is %v, want one with %q", err, want)
		}
	}
}

// BenchmarkRows: the cost a byte does not grow with the article, whose spans
// grow with its text.
func BenchmarkRows(b *testing.B) {
	for _, kb := range []int{4, 64, 1024} {
		doc := &pipeline.Document{ID: "x", Text: strings.Repeat("“é a b c d e f g” said h. ", kb*32)}
		unit := len(doc.Text) / (kb * 32)
		for i := range kb * 32 {
			q := pipeline.Span{Start: i*unit + 3, End: i*unit + 19}
			doc.Quotes = append(doc.Quotes, pipeline.Quote{Span: q, Uttered: true})
			doc.Attributions = append(doc.Attributions, pipeline.Attribution{Content: list(q), Quotes: []int{i}})
		}
		marked(doc, pipeline.LayerQuotes, pipeline.LayerAttributions)
		b.Run(fmt.Sprintf("%dKB", kb), func(b *testing.B) {
			b.SetBytes(int64(len(doc.Text)))
			var r rows
			for b.Loop() {
				if err := r.make(doc); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
