package quote_test

import (
	"context"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/onrecord-nlp/onrecord/extractors/quote"
	"github.com/onrecord-nlp/onrecord/extractors/tokenize"
	"github.com/onrecord-nlp/onrecord/pipeline"
)

// stages are tokenize and quote.
var stages = sync.OnceValue(func() *pipeline.Pipeline {
	tok, err := tokenize.New()
	if err != nil {
		panic(err)
	}
	quo, err := quote.New()
	if err != nil {
		panic(err)
	}
	p, err := pipeline.New([]pipeline.Stage{tok, quo}, pipeline.LayerBlocks)
	if err != nil {
		panic(err)
	}
	return p
})

// run makes the tokens and quotes of a text whose blocks are its paragraphs,
// which blank lines part.
func run(text string) *pipeline.Document {
	doc := paragraphs(text)
	if err := stages().Process(context.Background(), doc); err != nil {
		panic(err)
	}
	return doc
}

func paragraphs(text string) *pipeline.Document {
	doc := &pipeline.Document{Text: text}
	at := 0
	for _, para := range strings.SplitAfter(text, "\n\n") {
		if s := strings.TrimRight(para, "\n"); s != "" {
			doc.Blocks = append(doc.Blocks, pipeline.Block{Span: pipeline.Span{Start: at, End: at + len(s)}})
		}
		at += len(para)
	}
	doc.Mark(pipeline.LayerBlocks)
	return doc
}

// marked writes the insides of the quotes of doc between brackets: ⟦ ⟧ round
// uttered words, ⟪ ⟫ round others. A quote that is not closed has no closing
// bracket.
func marked(doc *pipeline.Document) string {
	var b strings.Builder
	for i := range len(doc.Text) + 1 {
		for _, q := range slices.Backward(doc.Quotes) {
			if q.End == i && q.Closed() {
				b.WriteString(bracket(q.Uttered, "⟧", "⟫"))
			}
		}
		for _, q := range doc.Quotes {
			if q.Start == i {
				b.WriteString(bracket(q.Uttered, "⟦", "⟪"))
			}
		}
		if i < len(doc.Text) {
			b.WriteByte(doc.Text[i])
		}
	}
	return b.String()
}

func bracket(uttered bool, yes, no string) string {
	if uttered {
		return yes
	}
	return no
}

func TestPairs(t *testing.T) {
	file, err := os.ReadFile("testdata/pairs.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range strings.Split("\n"+string(file), "\n== ")[1:] {
		name, want, _ := strings.Cut(c, "\n")
		want = strings.TrimSpace(want)
		t.Run(name, func(t *testing.T) {
			text := strings.NewReplacer("⟦", "", "⟧", "").Replace(want)
			got := strings.NewReplacer("⟪", "⟦", "⟫", "⟧").Replace(marked(run(text)))
			if got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}
