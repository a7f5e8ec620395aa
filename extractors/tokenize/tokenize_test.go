package tokenize_test

import (
	"context"
	"os"
	"strings"
	"sync"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/onrecord-nlp/onrecord/extractors/tokenize"
	"github.com/onrecord-nlp/onrecord/pipeline"
)

var stage = sync.OnceValue(func() *tokenize.Stage {
	s, err := tokenize.New()
	if err != nil {
		panic(err)
	}
	return s
})

// run makes the tokens of a text, each line of which is a block.
func run(text string) *pipeline.Document {
	doc := &pipeline.Document{Text: text}
	at := 0
	for line := range strings.SplitAfterSeq(text, "\n") {
		if s := strings.TrimRight(line, "\n"); s != "" {
			doc.Blocks = append(doc.Blocks, pipeline.Block{Span: pipeline.Span{Start: at, End: at + len(s)}})
		}
		at += len(line)
	}
	if err := stage().Process(context.Background(), doc); err != nil {
		panic(err)
	}
	return doc
}

// lines returns the lines of a file of cases that are no comments.
func lines(t *testing.T, name string) []string {
	t.Helper()
	file, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for line := range strings.SplitSeq(string(file), "\n") {
		if line != "" && !strings.HasPrefix(line, "# ") {
			out = append(out, line)
		}
	}
	return out
}

func TestTokens(t *testing.T) {
	for _, want := range lines(t, "tokens.txt") {
		doc := run(strings.NewReplacer(" ", "", "_", " ", "|", "").Replace(want))
		var b strings.Builder
		for i, tok := range doc.Tokens {
			if i > 0 {
				b.WriteByte(' ')
				if tok.Start > doc.Tokens[i-1].End {
					b.WriteByte('_')
				}
			}
			b.WriteString(tok.In(doc.Text))
			if doc.Sentences[tok.Sentence].Last == i+1 {
				b.WriteByte('|')
			}
		}
		if got := b.String(); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestSentences(t *testing.T) {
	for _, want := range lines(t, "sentences.txt") {
		doc := run(strings.ReplaceAll(want, "|", ""))
		var b strings.Builder
		at := 0
		for i, s := range doc.Sentences {
			b.WriteString(doc.Text[at:s.Start])
			if i > 0 {
				b.WriteByte('|')
			}
			b.WriteString(s.In(doc.Text))
			at = s.End
		}
		if got := b.String() + doc.Text[at:]; got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestTags(t *testing.T) {
	for _, want := range []string{
		"The/DT minister/NN said/VBD “/`` no/DT ”/'' ./.",
		"The/DT minister/NN said/VBD \"/`` no/DT \"/'' ./.",
		"She/PRP does/VBZ n’t/RB know/VB Amber/NNP Rudd/NNP ’s/POS plan/NN ./.",
		"He/PRP paid/VBD $/$ 1,500/CD to/TO @handle/NN —/: twice/RB ./.",
		"According/VBG to/TO the/DT report/NN ,/, it/PRP was/VBD 0/CD ./.",
	} {
		var text strings.Builder
		for f := range strings.FieldsSeq(want) {
			w := f[:strings.LastIndexByte(f, '/')]
			glue := strings.ContainsAny(w[:1], ".,") || w == "”" || w == "n’t" || w == "’s" || w == "\"" && strings.Count(text.String(), "\"") == 1
			after := strings.HasSuffix(text.String(), "“") || strings.HasSuffix(text.String(), " \"") || strings.HasSuffix(text.String(), "$")
			if text.Len() > 0 && !glue && !after {
				text.WriteByte(' ')
			}
			text.WriteString(w)
		}
		doc := run(text.String())
		var got []string
		for _, tok := range doc.Tokens {
			got = append(got, tok.In(doc.Text)+"/"+tokenize.TagName(tok.Tag))
		}
		if g := strings.Join(got, " "); g != want {
			t.Errorf("got  %s\nwant %s", g, want)
		}
	}
}

func TestEntities(t *testing.T) {
	doc := run("British interior minister Amber Rudd said on Sunday that WhatsApp must open up.\n" +
		"Rudd told the BBC in London that the Bank of England had asked Mr. Carney to go to Germany.")
	var got []string
	for _, e := range doc.Entities {
		got = append(got, e.In(doc.Text)+": "+e.Kind.String())
	}
	want := "Amber Rudd: person, WhatsApp: organization, Rudd: person, BBC: organization, London: place, " +
		"Bank of England: organization, Mr. Carney: person, Germany: place"
	if g := strings.Join(got, ", "); g != want {
		t.Errorf("got  %s\nwant %s", g, want)
	}
}

// Blocks are cut one by one, and what stands in none is not cut at all.
func TestOnlyBlocks(t *testing.T) {
	text := "One two. Three four."
	doc := &pipeline.Document{Text: text, Blocks: []pipeline.Block{{Span: pipeline.Span{Start: 0, End: 3}}, {Span: pipeline.Span{Start: 9, End: 14}}}}
	if err := stage().Process(t.Context(), doc); err != nil {
		t.Fatal(err)
	}
	if len(doc.Tokens) != 2 || doc.Tokens[0].In(text) != "One" || doc.Tokens[1].In(text) != "Three" || len(doc.Sentences) != 2 {
		t.Errorf("%v %v", doc.Tokens, doc.Sentences)
	}
}

// holds checks what is true of the tokens of every document.
func holds(t interface {
	Helper()
	Fatalf(string, ...any)
}, doc *pipeline.Document) {
	t.Helper()
	text := doc.Text
	onRune := func(i int) bool { return i == len(text) || utf8.RuneStart(text[i]) }
	at := 0
	for i, tok := range doc.Tokens {
		if tok.Start < at || tok.Empty() || tok.End > len(text) || !onRune(tok.Start) || !onRune(tok.End) {
			t.Fatalf("token %d at %v of %q", i, tok.Span, text)
		}
		if between := text[at:tok.Start]; strings.TrimSpace(between) != "" {
			t.Fatalf("%q is in no token of %q", between, text)
		}
		if strings.ContainsFunc(tok.In(text), unicode.IsSpace) {
			t.Fatalf("token %q holds white space in %q", tok.In(text), text)
		}
		if tok.Tag == 0 || tokenize.TagName(tok.Tag) == "" {
			t.Fatalf("token %q has no tag", tok.In(text))
		}
		if s := doc.Sentences[tok.Sentence]; i < s.First || i >= s.Last {
			t.Fatalf("token %q says it is in sentence %d", tok.In(text), tok.Sentence)
		}
		at = tok.End
	}
	if strings.TrimSpace(text[at:]) != "" {
		t.Fatalf("%q is in no token of %q", text[at:], text)
	}
	next := 0
	for i, s := range doc.Sentences {
		if s.First != next || s.Last <= s.First || s.Start != doc.Tokens[s.First].Start || s.End != doc.Tokens[s.Last-1].End || !doc.Blocks[s.Block].Contains(s.Span) {
			t.Fatalf("sentence %d is %+v in %q", i, s, text)
		}
		next = s.Last
	}
	if next != len(doc.Tokens) {
		t.Fatalf("%d tokens are in no sentence of %q", len(doc.Tokens)-next, text)
	}
	for i, e := range doc.Entities {
		if e.First >= e.Last || e.Start != doc.Tokens[e.First].Start || e.End != doc.Tokens[e.Last-1].End ||
			doc.Tokens[e.First].Sentence != doc.Tokens[e.Last-1].Sentence || i > 0 && e.First < doc.Entities[i-1].Last {
			t.Fatalf("entity %d is %+v in %q", i, e, text)
		}
	}
}

func TestInvariants(t *testing.T) {
	pieces := []string{"\n", " ", " ", " ", "\u00a0", "word", "Name", "U.S.", "Mr.", "p.m.", "'", "’", "‘", "“", "”", "\"", "''", "``", "'s", "n't",
		".", ".", "...", "…", ",", "-", "--", "—", "/", "@", "#", "$", "%", "&", "*", "(", ")", "5", "1,000", "3.5", "http://", "www.", "é", "東",
		"\u0301", "\u200d", "\u200b", "👍", "🏽", "\ufeff", "I", "A.", "goin"}
	rapid.Check(t, func(t *rapid.T) {
		holds(t, run(strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 40).Draw(t, "pieces"), "")))
	})
	rapid.Check(t, func(t *rapid.T) {
		holds(t, run(rapid.String().Draw(t, "text")))
	})
}

func FuzzTokens(f *testing.F) {
	f.Add("“It’s $5,” said Mr. O'Reilly. He left@once...")
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) {
			t.Skip("readers hand over valid UTF-8 only")
		}
		holds(t, run(text))
	})
}
