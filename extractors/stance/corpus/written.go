package corpus

import (
	"context"
	_ "embed"
	"fmt"
	"strings"

	"github.com/onrecord-nlp/onrecord/pipeline"
)

//go:embed written.txt
var written string

// Written returns the statements written for this project (written.txt), some
// to a document.
func (r *Reader) Written() ([]*pipeline.Document, error) {
	const perDocument = 10
	var out []*pipeline.Document
	var group []string
	flush := func() error {
		if len(group) == 0 {
			return nil
		}
		doc, err := r.Marked(fmt.Sprintf("written-%03d", len(out)), group)
		group = group[:0]
		out = append(out, doc)
		return err
	}
	for line := range strings.Lines(written) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		if group = append(group, line); len(group) == perDocument {
			if err := flush(); err != nil {
				return nil, err
			}
		}
	}
	return out, flush()
}

// Marked makes a document of lines in the form of written.txt, a paragraph a
// line, with every layer but speakers filled in.
func (r *Reader) Marked(id string, lines []string) (*pipeline.Document, error) {
	doc := &pipeline.Document{ID: id}
	var text strings.Builder
	for _, line := range lines {
		statement, label, ok := strings.Cut(line, "=>")
		if !ok {
			return nil, fmt.Errorf("corpus: %q: want text => position | target", line)
		}
		position, target, _ := strings.Cut(label, "|")
		p, ok := pipeline.ParsePosition(strings.TrimSpace(position))
		if !ok {
			return nil, fmt.Errorf("corpus: %q: no position %q", line, strings.TrimSpace(position))
		}
		a := pipeline.Attribution{Manner: pipeline.MannerCue, Confidence: 1}
		start := text.Len()
		var open, quoted int
		for _, c := range strings.TrimSpace(statement) {
			switch c {
			case '[', '{', '<':
				open = text.Len()
			case ']':
				a.Source = append(a.Source, pipeline.Span{Start: open, End: text.Len()})
			case '}':
				a.Cue = append(a.Cue, pipeline.Span{Start: open, End: text.Len()})
			case '>':
				a.Content = append(a.Content, pipeline.Span{Start: open, End: text.Len()})
			case '“':
				text.WriteRune(c)
				quoted = text.Len()
			case '”':
				q := pipeline.Quote{Span: pipeline.Span{Start: quoted, End: text.Len()}, Kind: pipeline.Mixed, Continues: -1, Uttered: true, Score: 1}
				q.Open = pipeline.Span{Start: quoted - len("“"), End: quoted}
				q.Close = pipeline.Span{Start: text.Len(), End: text.Len() + len("”")}
				text.WriteRune(c)
				a.Quotes = append(a.Quotes, len(doc.Quotes))
				doc.Quotes = append(doc.Quotes, q)
			default:
				text.WriteRune(c)
			}
		}
		if len(a.Content) != 1 {
			return nil, fmt.Errorf("corpus: %q: want one <content>", line)
		}
		content := &a.Content[0]
		a.Kind = pipeline.Indirect
		if n := len(a.Quotes); n > 0 {
			first, last := &doc.Quotes[a.Quotes[0]], doc.Quotes[a.Quotes[n-1]]
			a.Kind = pipeline.Mixed
			if first.Open.Start <= content.Start && last.Close.End >= content.End {
				a.Kind, first.Kind = pipeline.Direct, pipeline.Direct
				content.Start, content.End = first.Start, last.End
			}
		}
		block := pipeline.Span{Start: start, End: text.Len()}
		doc.Blocks = append(doc.Blocks, pipeline.Block{Span: block})
		st := pipeline.Stance{Position: p, Target: strings.TrimSpace(target), Confidence: 1}
		doc.Attributions = append(doc.Attributions, a)
		doc.Stances.OfAttribution = append(doc.Stances.OfAttribution, st)
		doc.Stances.CueClasses = append(doc.Stances.CueClasses, pipeline.CueNone)
		for range a.Quotes {
			doc.Stances.OfQuote = append(doc.Stances.OfQuote, st)
		}
		text.WriteString("\n\n")
	}
	doc.Text = text.String()
	for i := range doc.Stances.OfAttribution {
		locate(doc, i)
	}
	doc.Mark(pipeline.LayerBlocks)
	if err := r.tokens.Process(context.Background(), doc); err != nil {
		return nil, err
	}
	for l := pipeline.LayerBlocks; l <= pipeline.LayerStances; l++ {
		doc.Mark(l)
	}
	return doc, nil
}

// locate fills in where the target of attribution i stands in its paragraph.
func locate(doc *pipeline.Document, i int) {
	st := &doc.Stances.OfAttribution[i]
	if st.Target == "" {
		return
	}
	b := doc.Blocks[i]
	if at := strings.LastIndex(strings.ToLower(b.In(doc.Text)), strings.ToLower(st.Target)); at >= 0 {
		st.TargetSpan = pipeline.Span{Start: b.Start + at, End: b.Start + at + len(st.Target)}
		st.Target = st.TargetSpan.In(doc.Text)
	}
}
