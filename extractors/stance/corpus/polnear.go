package corpus

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/goldform"
)

// labels holds stand-off labels, made by reading: the stance of attributions
// of PolNeAR. Offsets are code points.
//
//go:embed polnear.jsonl
var labels []byte

// PolNeAR reads the articles of a file of PolNeAR (Newell, Margolin and Ruths
// 2018) of which this package holds labels of stance, with the labelled
// attributions only. A wholly quoted content is also given as a quote. It is
// an error if a text is not the one that was labelled.
func (r *Reader) PolNeAR(path string) ([]*pipeline.Document, error) {
	type label struct {
		Document, SHA256 string
		Content, Cue     [][2]int
		Stance           string
	}
	byDoc := make(map[string][]label)
	dec := json.NewDecoder(bytes.NewReader(labels))
	for dec.More() {
		var l label
		if err := dec.Decode(&l); err != nil {
			return nil, fmt.Errorf("corpus: polnear.jsonl: %w", err)
		}
		byDoc[l.Document] = append(byDoc[l.Document], l)
	}
	var out []*pipeline.Document
	for d, err := range goldform.ReadPath(path) {
		if err != nil {
			return nil, err
		}
		ls := byDoc[d.ID]
		if len(ls) == 0 {
			continue
		}
		sum := sha256.Sum256([]byte(d.Text))
		if got := hex.EncodeToString(sum[:]); !strings.HasPrefix(got, ls[0].SHA256) {
			return nil, fmt.Errorf("corpus: %s: document %q is not the one that was labelled: its text's sum is %s, not %s", path, d.ID, got, ls[0].SHA256)
		}
		doc := &pipeline.Document{ID: d.ID, Text: d.Text}
		for start, end := 0, 0; start < len(d.Text); start = end + 1 {
			end = len(d.Text)
			if n := strings.IndexByte(d.Text[start:], '\n'); n >= 0 {
				end = start + n
			}
			if end > start {
				doc.Blocks = append(doc.Blocks, pipeline.Block{Span: pipeline.Span{Start: start, End: end}})
			}
		}
		if err := r.tokens.Process(context.Background(), doc); err != nil {
			return nil, err
		}
		at := offsets(d.Text)
		for _, l := range ls {
			position, ok := pipeline.ParsePosition(l.Stance)
			if !ok {
				return nil, fmt.Errorf("corpus: polnear.jsonl: document %q: no stance %q", l.Document, l.Stance)
			}
			a := pipeline.Attribution{Content: spans(at, l.Content), Cue: spans(at, l.Cue)}
			a.Kind = unquote(d.Text, a.Content)
			stance := pipeline.Stance{Position: position, Confidence: 1}
			if a.Kind == pipeline.Direct && len(a.Content) == 1 {
				a.Quotes = []int{len(doc.Quotes)}
				doc.Quotes = append(doc.Quotes, pipeline.Quote{Span: a.Content[0], Uttered: true})
				doc.Stances.OfQuote = append(doc.Stances.OfQuote, stance)
			}
			doc.Attributions = append(doc.Attributions, a)
			doc.Stances.OfAttribution = append(doc.Stances.OfAttribution, stance)
			doc.Stances.CueClasses = append(doc.Stances.CueClasses, pipeline.CueNone)
		}
		for l := pipeline.LayerBlocks; l <= pipeline.LayerStances; l++ {
			doc.Mark(l)
		}
		out = append(out, doc)
	}
	return out, nil
}

func spans(at []int, chars [][2]int) []pipeline.Span {
	var out []pipeline.Span
	for _, c := range chars {
		out = append(out, pipeline.Span{Start: at[c[0]], End: at[c[1]]})
	}
	return out
}

// unquote takes the quotation marks off the ends of a content and tells its
// kind by them.
func unquote(text string, content []pipeline.Span) pipeline.Kind {
	const marks = "“”\"‘’"
	all, some := true, false
	for i, c := range content {
		words := c.In(text)
		inner := strings.TrimRight(strings.TrimLeft(words, marks+" '"), marks+" '")
		quoted := strings.IndexAny(words, "“\"") == 0 || strings.HasPrefix(words, "''")
		all = all && quoted
		some = some || strings.ContainsAny(words, "“”\"") || strings.Contains(words, "''")
		if quoted && inner != "" {
			start := c.Start + strings.Index(words, inner)
			content[i] = pipeline.Span{Start: start, End: start + len(inner)}
		}
	}
	switch {
	case all:
		return pipeline.Direct
	case some:
		return pipeline.Mixed
	}
	return pipeline.Indirect
}
