package clean_test

import (
	"bufio"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/onrecord-nlp/onrecord/extractors/clean"
	"github.com/onrecord-nlp/onrecord/pipeline"
)

func label(t testing.TB, doc *pipeline.Document) []pipeline.Block {
	t.Helper()
	st, err := clean.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := st.Process(context.Background(), doc); err != nil {
		t.Fatal(err)
	}
	return doc.Blocks
}

// markedCase is one page of testdata/cases.txt.
type markedCase struct {
	name string
	doc  pipeline.Document
	want []markedBlock
}

type markedBlock struct {
	pipeline.Span
	label string
}

// readCases parses testdata/cases.txt, whose head says how.
func readCases(t testing.TB) []markedCase {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", "cases.txt"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var cases []markedCase
	var c *markedCase
	add := func(label, words string) {
		start := len(c.doc.Text)
		c.doc.Text += words
		trimmed := strings.TrimLeft(words, " ")
		c.want = append(c.want, markedBlock{pipeline.Span{Start: start + len(words) - len(trimmed), End: len(c.doc.Text)}, label})
	}
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		line := sc.Text()
		if name, ok := strings.CutPrefix(line, "== "); ok {
			cases = append(cases, markedCase{name: name})
			c = &cases[len(cases)-1]
			continue
		}
		if c == nil || line == "" {
			continue
		}
		if v, ok := strings.CutPrefix(line, "title: "); ok {
			c.doc.Title = v
			continue
		}
		if v, ok := strings.CutPrefix(line, "byline: "); ok {
			c.doc.Byline = v
			continue
		}
		mark, words, ok := strings.Cut(line, " |")
		if !ok {
			t.Fatalf("case %q: no bar in %q", c.name, line)
		}
		words = strings.TrimPrefix(words, " ")
		if c.doc.Text != "" {
			c.doc.Text += "\n"
		}
		switch mark {
		case "":
		case "+":
			c.doc.Text += words
			c.want[len(c.want)-1].End = len(c.doc.Text)
		default:
			for {
				head, tail, glued := strings.Cut(words, " &")
				label, rest, bar := strings.Cut(tail, " | ")
				if !glued || !bar || strings.Contains(label, " ") {
					add(mark, words)
					break
				}
				add(mark, head)
				c.doc.Text += " "
				mark, words = label, rest
			}
		}
	}
	if err := sc.Err(); err != nil {
		t.Fatal(err)
	}
	return cases
}

func (m markedBlock) matches(b pipeline.Block) bool {
	switch m.label {
	case "speech":
		return m.Span == b.Span && b.Kind.Speech()
	case "furniture":
		return m.Span == b.Span && !b.Kind.Speech()
	}
	return m.Span == b.Span && m.label == b.Kind.String()
}

// TestCases holds the labels of the marked pages.
func TestCases(t *testing.T) {
	cases := readCases(t)
	if len(cases) < 40 {
		t.Errorf("%d cases, want at least 40", len(cases))
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if c.name == "carriage returns" {
				c.doc.Text, c.want = withCarriageReturns(c.doc.Text, c.want)
			}
			got := label(t, &c.doc)
			for i, w := range c.want {
				if i >= len(got) {
					t.Fatalf("missing from block %d on: %s %q", i, w.label, w.In(c.doc.Text))
				}
				if !w.matches(got[i]) {
					t.Errorf("block %d is %s %q,\n\twant %s %q", i, got[i].Kind, got[i].In(c.doc.Text), w.label, w.In(c.doc.Text))
				}
			}
			if len(got) > len(c.want) {
				t.Errorf("%d blocks, want %d", len(got), len(c.want))
			}
		})
	}
}

// withCarriageReturns ends the lines in \r\n.
func withCarriageReturns(text string, want []markedBlock) (string, []markedBlock) {
	for i, w := range want {
		before := strings.Count(text[:w.Start], "\n")
		want[i].Start += before
		want[i].End += before
	}
	return strings.ReplaceAll(text, "\n", "\r\n"), want
}

// checkBlocks holds what is true of every labelling: blocks are in order, do
// not overlap, are trimmed, lie on rune boundaries, and hold every character
// that is not white space.
func checkBlocks(t testing.TB, text string, bs []pipeline.Block) {
	t.Helper()
	at := 0
	valid := utf8.ValidString(text)
	for i, b := range bs {
		if b.Start < at || b.End <= b.Start || b.End > len(text) {
			t.Fatalf("block %d is [%d, %d) after %d in a text of %d bytes", i, b.Start, b.End, at, len(text))
		}
		if s := strings.TrimSpace(text[at:b.Start]); s != "" {
			t.Fatalf("before block %d, %q is in no block", i, s)
		}
		in := b.In(text)
		if strings.TrimFunc(in, unicode.IsSpace) != in {
			t.Fatalf("block %d is not trimmed: %q", i, in)
		}
		for _, end := range []int{b.Start, b.End} {
			if end < len(text) && valid && !utf8.RuneStart(text[end]) {
				t.Fatalf("block %d ends within a rune, at byte %d", i, end)
			}
		}
		at = b.End
	}
	if s := strings.TrimSpace(text[at:]); s != "" {
		t.Fatalf("at the end, %q is in no block", s)
	}
}

func FuzzBlocks(f *testing.F) {
	for _, c := range readCases(f) {
		f.Add(c.doc.Text, c.doc.Title)
	}
	f.Add("", "")
	f.Add(" \n\t\r\n ", "x")
	f.Add("a\u2028b\u0085c\v\fd", "")
	f.Add("(Source: x) \u00a0\u00a0y", "")
	f.Add("\xff\xfe broken \xc3", "\xff")
	st, err := clean.New(nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text, title string) {
		doc := pipeline.Document{Text: text, Title: title}
		if err := st.Process(context.Background(), &doc); err != nil {
			t.Fatal(err)
		}
		checkBlocks(t, text, doc.Blocks)
		again := pipeline.Document{Text: text, Title: title}
		if err := st.Process(context.Background(), &again); err != nil {
			t.Fatal(err)
		}
		for i, b := range doc.Blocks {
			if again.Blocks[i] != b {
				t.Fatalf("block %d is %v the second time, %v the first", i, again.Blocks[i], b)
			}
		}
	})
}

// TestStage holds what the pipeline is told about the stage.
func TestStage(t *testing.T) {
	st, err := clean.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	p, err := pipeline.New([]pipeline.Stage{st})
	if err != nil {
		t.Fatal(err)
	}
	doc := pipeline.Document{}
	if err := p.Process(context.Background(), &doc); err != nil {
		t.Fatal(err)
	}
	if !doc.Has(pipeline.LayerBlocks) || len(doc.Blocks) != 0 {
		t.Errorf("an empty text has the layer %v, with %d blocks", doc.Has(pipeline.LayerBlocks), len(doc.Blocks))
	}
}

// TestLinear holds that a long line costs no more a byte than a short one: the
// test would not end if a line were gone through again at every cut.
func TestLinear(t *testing.T) {
	for _, s := range []string{
		"Advertisement The A B ", "Published in May The dog, the cat, a b, ", "(Photo (Photo ", "a, b, c, d, e, F ", "By A (x ", "“No.” ",
		"Read more: x. Advertisement ", "2020 Then ", "\n", "ab cd\n", "\u00a0", "LONDON (Reuters) - Y ",
	} {
		t.Run(s, func(t *testing.T) {
			doc := pipeline.Document{Text: strings.Repeat(s, 1_000_000/len(s))}
			checkBlocks(t, doc.Text, label(t, &doc))
		})
	}
}

func TestIsDateLine(t *testing.T) {
	for line, want := range map[string]bool{
		"March 26, 2017 7:01:28 pm":          true,
		"Saturday, April 17, 2021":           true,
		"10.42am":                            true,
		"8:40 p.m.":                          true,
		"Updated: 21st June 2020, 14:05 GMT": true,
		"3 hours ago":                        true,
		"2017-03-26":                         true,
		"5":                                  false,
		"2016":                               false,
		"Monday":                             false,
		"It rained on Monday, 3 May, for the first time.": false,
		"May we come in?": false,
		"":                false,
	} {
		if got := clean.IsDateLine(line); got != want {
			t.Errorf("IsDateLine(%q) = %v", line, got)
		}
	}
}
