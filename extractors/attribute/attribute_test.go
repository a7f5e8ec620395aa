package attribute_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/onrecord-nlp/onrecord/extractors/attribute"
	"github.com/onrecord-nlp/onrecord/extractors/quote"
	"github.com/onrecord-nlp/onrecord/extractors/tokenize"
	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/goldform"
)

func stages(t testing.TB) *pipeline.Pipeline {
	t.Helper()
	tok, err := tokenize.New()
	if err != nil {
		t.Fatal(err)
	}
	quo, err := quote.New()
	if err != nil {
		t.Fatal(err)
	}
	att, err := attribute.New()
	if err != nil {
		t.Fatal(err)
	}
	p, err := pipeline.New([]pipeline.Stage{tok, quo, att}, pipeline.LayerBlocks)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// document makes a document whose paragraphs are all body.
func document(text string) *pipeline.Document {
	d := &pipeline.Document{ID: "test", Text: text}
	at := 0
	for _, para := range strings.SplitAfter(text, "\n") {
		if s := strings.TrimSpace(para); s != "" {
			k := at + strings.Index(para, s)
			d.Blocks = append(d.Blocks, pipeline.Block{Span: pipeline.Span{Start: k, End: k + len(s)}})
		}
		at += len(para)
	}
	d.Mark(pipeline.LayerBlocks)
	return d
}

// unmark takes the marks out of a case and returns what they mark.
func unmark(t *testing.T, marked string) (string, []pipeline.Attribution) {
	t.Helper()
	type open struct{ role, number byte }
	var (
		text  strings.Builder
		stack []open
		from  []int
		out   = map[byte]*pipeline.Attribution{}
		order []byte
	)
	for i := 0; i < len(marked); i++ {
		c := marked[i]
		switch {
		case strings.IndexByte("[{<", c) >= 0 && i+2 < len(marked) && '1' <= marked[i+1] && marked[i+1] <= '9' && marked[i+2] == ' ':
			stack, from = append(stack, open{c, marked[i+1]}), append(from, text.Len())
			i += 2
		case len(stack) > 0 && c == stack[len(stack)-1].role+2: // ] after [, } after {, > after <
			o, s := stack[len(stack)-1], pipeline.Span{Start: from[len(from)-1], End: text.Len()}
			stack, from = stack[:len(stack)-1], from[:len(from)-1]
			a := out[o.number]
			if a == nil {
				a = new(pipeline.Attribution)
				out[o.number] = a
				order = append(order, o.number)
			}
			switch o.role {
			case '[':
				a.Source = append(a.Source, s)
			case '{':
				a.Cue = append(a.Cue, s)
			case '<':
				a.Content = append(a.Content, s)
			}
		default:
			text.WriteByte(c)
		}
	}
	if len(stack) > 0 {
		t.Fatalf("%c%c is not closed", stack[0].role, stack[0].number)
	}
	slices.Sort(order)
	var as []pipeline.Attribution
	for _, n := range order {
		as = append(as, *out[n])
	}
	return text.String(), as
}

func words(text string, spans []pipeline.Span) string {
	var w []string
	for _, s := range spans {
		w = append(w, strings.Trim(s.In(text), " \n“”\"‘’«»,."))
	}
	return strings.Join(w, " … ")
}

func TestCases(t *testing.T) {
	p := stages(t)
	file, err := os.ReadFile("testdata/cases.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range strings.Split(string(file), "\n== ")[1:] {
		name, marked, _ := strings.Cut(c, "\n")
		t.Run(name, func(t *testing.T) {
			text, want := unmark(t, strings.TrimSpace(marked))
			doc := document(text)
			if err := p.Process(t.Context(), doc); err != nil {
				t.Fatal(err)
			}
			for i, a := range doc.Attributions {
				if i >= len(want) {
					t.Errorf("besides: %q by %q (%q)", words(text, a.Content), words(text, a.Source), words(text, a.Cue))
					continue
				}
				w := want[i]
				if got, want := words(text, a.Content), words(text, w.Content); got != want {
					t.Errorf("content %d: %q, want %q", i+1, got, want)
				}
				if got, want := words(text, a.Source), words(text, w.Source); got != want {
					t.Errorf("source %d: %q, want %q", i+1, got, want)
				}
				if (len(a.Cue) > 0) != (len(w.Cue) > 0) || len(w.Cue) > 0 && !a.Cue[0].Overlaps(w.Cue[0]) {
					t.Errorf("cue %d: %q, want %q", i+1, words(text, a.Cue), words(text, w.Cue))
				}
			}
			for _, w := range want[min(len(want), len(doc.Attributions)):] {
				t.Errorf("missing: %q by %q", words(text, w.Content), words(text, w.Source))
			}
		})
	}
}

func TestNegatedAndKind(t *testing.T) {
	p := stages(t)
	for _, c := range []struct {
		text    string
		kind    pipeline.Kind
		negated bool
	}{
		{"“We have no money left,” the mayor said.", pipeline.Direct, false},
		{"The mayor said the town had “no money left” for roads.", pipeline.Mixed, false},
		{"The mayor said that the town had no money left.", pipeline.Indirect, false},
		{"The spokeswoman did not say when the school would reopen.", pipeline.Indirect, true},
	} {
		doc := document(c.text)
		if err := p.Process(t.Context(), doc); err != nil {
			t.Fatal(err)
		}
		if len(doc.Attributions) != 1 {
			t.Errorf("%s: %d attributions, want 1", c.text, len(doc.Attributions))
			continue
		}
		if a := doc.Attributions[0]; a.Kind != c.kind || a.Negated != c.negated {
			t.Errorf("%s: %v, negated %v; want %v, %v", c.text, a.Kind, a.Negated, c.kind, c.negated)
		}
	}
}

// check reports what no document may have.
func check(doc *pipeline.Document) error {
	var last pipeline.Span
	var contents []pipeline.Span
	for i, a := range doc.Attributions {
		if len(a.Content) == 0 {
			return fmt.Errorf("attribution %d has no content", i)
		}
		if a.Confidence < 0 || a.Confidence > 1 {
			return fmt.Errorf("attribution %d: confidence %v", i, a.Confidence)
		}
		for _, role := range [][]pipeline.Span{a.Content, a.Source, a.Cue} {
			last = pipeline.Span{}
			for _, s := range role {
				if s.Empty() || s.Start < last.End || s.End > len(doc.Text) {
					return fmt.Errorf("attribution %d: span %v after %v", i, s, last)
				}
				last = s
				for _, o := range [...]int{s.Start, s.End} {
					if o < len(doc.Text) && !utf8.RuneStart(doc.Text[o]) {
						return fmt.Errorf("attribution %d: offset %d is inside a rune", i, o)
					}
				}
				if strings.TrimSpace(s.In(doc.Text)) != s.In(doc.Text) {
					return fmt.Errorf("attribution %d: %q has white space at an end", i, s.In(doc.Text))
				}
			}
		}
		contents = append(contents, a.Content...)
		for _, q := range a.Quotes {
			if q < 0 || q >= len(doc.Quotes) {
				return fmt.Errorf("attribution %d: quote %d of %d", i, q, len(doc.Quotes))
			}
		}
	}
	slices.SortFunc(contents, func(a, b pipeline.Span) int { return a.Start - b.Start })
	for i := 1; i < len(contents); i++ {
		if contents[i].Start < contents[i-1].End {
			return fmt.Errorf("contents %v and %v overlap", contents[i-1], contents[i])
		}
	}
	// Every uttered outermost quotation belongs to one.
	covered := map[int]bool{}
	for _, a := range doc.Attributions {
		for _, q := range a.Quotes {
			covered[q] = true
		}
	}
	for i, q := range doc.Quotes {
		if q.Uttered && q.Depth == 0 && !covered[i] && strings.ContainsFunc(q.In(doc.Text), func(r rune) bool { return r >= 'a' && r <= 'z' }) {
			return fmt.Errorf("quote %d %q belongs to no attribution", i, q.In(doc.Text))
		}
	}
	return nil
}

// texts returns articles of the development part and mangled copies of them.
func texts(t testing.TB) []string {
	t.Helper()
	var out []string
	for d, err := range goldform.ReadPath("../../testdata/gold/dev") {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, d.Text)
	}
	r := rand.New(rand.NewPCG(7, 7))
	for _, s := range out[:len(out):len(out)] {
		runes := []rune(s)
		for range 30 {
			i, j := r.IntN(len(runes)), r.IntN(len(runes))
			runes[i], runes[j] = runes[j], runes[i]
		}
		cut := r.IntN(len(runes))
		out = append(out, string(runes[cut:])+string(runes[:cut]))
	}
	return append(out, "", " ", "“", "”“”“", ":", "A: “", "SMITH:", strings.Repeat("“a” ", 300), strings.Repeat("He said she said ", 400))
}

func TestInvariants(t *testing.T) {
	p := stages(t)
	for i, text := range texts(t) {
		doc, again := document(text), document(text)
		if err := p.Process(t.Context(), doc); err != nil {
			t.Fatal(err)
		}
		if err := check(doc); err != nil {
			t.Errorf("text %d: %v", i, err)
		}
		if err := p.Process(t.Context(), again); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(doc.Attributions, again.Attributions) {
			t.Errorf("text %d: a second run differs", i)
		}
	}
}

func FuzzAttribute(f *testing.F) {
	p := stages(f)
	f.Add("“It is dark,” said Omar Haddad. “We could hear it.”\n\nSMITH: No.\n\nDOE: Yes, he said so.")
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) || len(text) > 1<<14 {
			t.Skip()
		}
		doc := document(text)
		if err := p.Process(context.Background(), doc); err != nil {
			t.Fatal(err)
		}
		if err := check(doc); err != nil {
			t.Error(err)
		}
	})
}

// Nothing is taken from blocks that are furniture.
func TestFurniture(t *testing.T) {
	p := stages(t)
	text := "“It is dark,” said Omar Haddad.\n\nRead more: “It is late,” said Omar Haddad.\n\nSMITH: I saw it.\n\nDOE: So did I."
	doc := document(text)
	for i := range doc.Blocks {
		if i > 0 {
			doc.Blocks[i].Kind = pipeline.BlockBoilerplate
		}
	}
	if err := p.Process(t.Context(), doc); err != nil {
		t.Fatal(err)
	}
	if len(doc.Attributions) != 1 || doc.Attributions[0].Content[0].In(text) != "It is dark" {
		t.Errorf("%d attributions, want the one of the body: %+v", len(doc.Attributions), doc.Attributions)
	}
	for _, q := range doc.Quotes {
		if q.Uttered && q.Start > doc.Blocks[0].End {
			t.Errorf("%q is furniture, and counts as uttered", q.In(text))
		}
	}
}
