package quote

import (
	"fmt"
	"io"
	"strings"

	"github.com/onrecord-nlp/onrecord/pipeline"
)

// ReadCases reads marked texts for [Train]. Each begins with a line "==", which
// may go on with a name; blank lines part its paragraphs. Uttered words stand
// between ⟦ and ⟧, other quotations between ⟪ and ⟫; a quotation without a
// closing bracket ends with its paragraph. What stands before the first case
// is passed over.
//
// The documents have blocks, all of them body, and quotes, those that are
// uttered.
func ReadCases(r io.Reader) ([]*pipeline.Document, error) {
	file, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("quote: cases: %w", err)
	}
	var docs []*pipeline.Document
	for i, c := range strings.Split("\n"+string(file), "\n==") {
		if i == 0 {
			continue
		}
		name, text, _ := strings.Cut(c, "\n")
		doc, err := parseCase(strings.TrimSpace(text))
		if err != nil {
			return nil, fmt.Errorf("quote: cases: case %d %q: %w", i, strings.TrimSpace(name), err)
		}
		doc.ID = fmt.Sprintf("case %d", i)
		docs = append(docs, doc)
	}
	return docs, nil
}

func parseCase(marked string) (*pipeline.Document, error) {
	var (
		doc  = &pipeline.Document{Quotes: []pipeline.Quote{}}
		text strings.Builder
		open []pipeline.Quote
	)
	shut := func() {
		q := open[len(open)-1]
		open = open[:len(open)-1]
		q.End, q.Depth = text.Len(), len(open)
		if q.Uttered {
			doc.Quotes = append(doc.Quotes, q)
		}
	}
	for i, para := range strings.Split(marked, "\n\n") {
		if i > 0 {
			text.WriteString("\n\n")
		}
		start := text.Len()
		for _, r := range para {
			switch r {
			case '⟦', '⟪':
				open = append(open, pipeline.Quote{Span: pipeline.Span{Start: text.Len()}, Continues: -1, Uttered: r == '⟦'})
			case '⟧', '⟫':
				if len(open) == 0 || open[len(open)-1].Uttered != (r == '⟧') {
					return nil, fmt.Errorf("%c closes nothing", r)
				}
				shut()
			default:
				text.WriteRune(r)
			}
		}
		for len(open) > 0 {
			shut()
		}
		doc.Blocks = append(doc.Blocks, pipeline.Block{Span: pipeline.Span{Start: start, End: text.Len()}})
	}
	doc.Text = text.String()
	doc.Mark(pipeline.LayerBlocks)
	doc.Mark(pipeline.LayerQuotes)
	return doc, nil
}
