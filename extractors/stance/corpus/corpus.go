// Package corpus reads the public data sets that the stance model learns the
// leanings of words from: NewsMTSC (Hamborg and Donnay 2021), the directed
// sentiment of Park, Pan and Joo (2021), and the quotations of BASIL (Fan et
// al. 2019). No text of theirs is kept in the model.
package corpus

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/onrecord-nlp/onrecord/extractors/stance"
	"github.com/onrecord-nlp/onrecord/models/cues"
	"github.com/onrecord-nlp/onrecord/models/postag"
	model "github.com/onrecord-nlp/onrecord/models/stance"
	"github.com/onrecord-nlp/onrecord/pipeline"
)

// Reader reads the sets and cuts their texts into tokens.
type Reader struct{ tokens pipeline.Stage }

// NewReader returns a Reader that cuts texts into tokens with the given stage,
// that of package extractors/tokenize.
func NewReader(tokens pipeline.Stage) *Reader { return &Reader{tokens} }

// Train fits the stance model as the embedded one was fitted: to gold
// documents, and to the sets in the folders newsmtsc, directed_sentiment,
// polnear and basil of data. The gold documents need all layers, and count by
// the confidences of their stances. The marks at the ends of their contents
// are taken off.
func (r *Reader) Train(data string, gold []*pipeline.Document) (*model.Model, error) {
	for _, d := range gold {
		for i := range d.Attributions {
			unquote(d.Text, d.Attributions[i].Content)
		}
	}
	words, err := r.Words(data)
	if err != nil {
		return nil, err
	}
	others, err := r.Others(data)
	if err != nil {
		return nil, err
	}
	return stance.Train(append([]stance.Set{{Docs: gold, Weight: 1}}, others...), words, stance.Options{})
}

// Words fits the leanings of words to the sets of data.
func (r *Reader) Words(data string) (model.Weights, error) {
	news, err := r.NewsMTSC(filepath.Join(data, "newsmtsc", "train.jsonl"))
	if err != nil {
		return nil, err
	}
	directed, err := r.Directed(filepath.Join(data, "directed_sentiment", "train.jsonl"))
	if err != nil {
		return nil, err
	}
	return stance.TrainWords(append(news, directed...), model.Options{Decay: 0.02}), nil
}

// Others returns the sets that are trained on beside gold documents.
func (r *Reader) Others(data string) ([]stance.Set, error) {
	labelled, err := r.PolNeAR(filepath.Join(data, "polnear", "train.jsonl"))
	if err != nil {
		return nil, err
	}
	written, err := r.Written()
	if err != nil {
		return nil, err
	}
	basil, err := r.Basil(filepath.Join(data, "basil"))
	if err != nil {
		return nil, err
	}
	return []stance.Set{{Docs: labelled, Weight: 1}, {Docs: written, Weight: 4}, {Docs: basil, Weight: 0.3, Sided: true}}, nil
}

// NewsMTSC reads a file of the set: sentences with the writer's sentiment
// toward targets, which stands in for a position.
func (r *Reader) NewsMTSC(path string) ([]stance.Sentence, error) {
	type target struct {
		Start, End int
		Polarity   string
	}
	type row struct {
		Text    string
		Targets []target
	}
	var out []stance.Sentence
	err := lines(path, func(row row) error {
		doc, err := r.document(row.Text)
		if err != nil {
			return err
		}
		at := offsets(row.Text)
		for _, t := range row.Targets {
			s := stance.Sentence{Doc: doc, Weight: 1}
			if t.Start < len(at) && t.End < len(at) {
				s.Focus = []pipeline.Span{{Start: at[t.Start], End: at[t.End]}}
			}
			switch t.Polarity {
			case "positive":
				s.Class = pipeline.Support
			case "negative":
				s.Class = pipeline.Oppose
			}
			out = append(out, s)
		}
		return nil
	})
	return out, err
}

// Directed reads a file of the set: sentences with two marked entities, and
// whether one is for or against the other.
func (r *Reader) Directed(path string) ([]stance.Sentence, error) {
	type row struct {
		Marked string `json:"sentence_marked"`
		Label  string `json:"label_name"`
	}
	var out []stance.Sentence
	err := lines(path, func(row row) error {
		var text strings.Builder
		var focus []pipeline.Span
		for _, c := range row.Marked {
			switch c {
			case '[':
				focus = append(focus, pipeline.Span{Start: text.Len(), End: text.Len()})
			case ']':
				if len(focus) > 0 {
					focus[len(focus)-1].End = text.Len()
				}
			default:
				text.WriteRune(c)
			}
		}
		doc, err := r.document(text.String())
		if err != nil {
			return err
		}
		s := stance.Sentence{Doc: doc, Focus: focus, Weight: 1}
		switch {
		case strings.HasPrefix(row.Label, "positive"):
			s.Class = pipeline.Support
		case strings.HasPrefix(row.Label, "negative"):
			s.Class = pipeline.Oppose
		}
		out = append(out, s)
		return nil
	})
	return out, err
}

// Basil reads the quotations of a folder of the set, each as a document: the
// sentence that holds it, the quotation as a quote and as the content of an
// attribution whose cue is the strongest reporting word beside it. The set has
// no neutral ones. The id is that of the event, which several outlets report.
func (r *Reader) Basil(folder string) ([]*pipeline.Document, error) {
	type article struct{ ID, Text string }
	texts := make(map[string]string)
	err := lines(filepath.Join(folder, "articles.jsonl"), func(row article) error {
		texts[row.ID] = row.Text
		return nil
	})
	if err != nil {
		return nil, err
	}
	type row struct {
		Article, Stance string
		Start, End      int
	}
	var out []*pipeline.Document
	err = lines(filepath.Join(folder, "quote_stance.jsonl"), func(row row) error {
		p, ok := pipeline.ParsePosition(row.Stance)
		if !ok {
			return fmt.Errorf("no stance %q", row.Stance)
		}
		text := texts[row.Article]
		at := offsets(text)
		if row.Start < 0 || row.Start >= row.End || row.End >= len(at) {
			return fmt.Errorf("no text at %d to %d of article %q", row.Start, row.End, row.Article)
		}
		doc, err := r.around(text, at[row.Start], at[row.End])
		if err != nil {
			return err
		}
		doc.ID, _, _ = strings.Cut(row.Article, "_")
		st := pipeline.Stance{Position: p, Confidence: 1}
		doc.Stances = pipeline.Stances{OfAttribution: []pipeline.Stance{st}, OfQuote: []pipeline.Stance{st}, CueClasses: make([]pipeline.CueClass, 1)}
		for l := pipeline.LayerBlocks; l <= pipeline.LayerStances; l++ {
			doc.Mark(l)
		}
		out = append(out, doc)
		return nil
	})
	return out, err
}

// around returns the paragraph of a text that holds the quotation from start
// to end, with that quotation and its attribution.
func (r *Reader) around(text string, start, end int) (*pipeline.Document, error) {
	first := strings.LastIndexByte(text[:start], '\n') + 1
	last := len(text)
	if n := strings.IndexByte(text[end:], '\n'); n >= 0 {
		last = end + n
	}
	doc, err := r.document(text[first:last])
	if err != nil {
		return nil, err
	}
	content := []pipeline.Span{{Start: start - first, End: end - first}}
	kind := unquote(doc.Text, content)
	q := pipeline.Quote{Span: content[0], Kind: pipeline.Direct, Continues: -1, Uttered: true, Score: 1}
	if kind == pipeline.Indirect {
		kind = pipeline.Mixed
		q.Kind = pipeline.Mixed
	}
	doc.Quotes = []pipeline.Quote{q}
	a := pipeline.Attribution{Content: content, Kind: kind, Quotes: []int{0}}
	best := 0
	for _, t := range doc.Tokens {
		if content[0].Overlaps(t.Span) {
			continue
		}
		class, ok := cues.Class(t.In(doc.Text))
		gap := max(content[0].Start-t.End, t.Start-content[0].End)
		if !ok || gap > 120 {
			continue
		}
		score := 200 - gap
		if class == cues.Evaluative || class == cues.Denial {
			score += 20
		}
		if t.Tag >= postag.VB && t.Tag <= postag.VBZ && score > best {
			best = score
			a.Cue = []pipeline.Span{t.Span}
		}
	}
	doc.Attributions = []pipeline.Attribution{a}
	return doc, nil
}

// lines calls f for each line of a file of JSON Lines.
func lines[T any](path string, f func(T) error) error {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("corpus: %w", err)
	}
	defer file.Close()
	sc := bufio.NewScanner(file)
	sc.Buffer(nil, 1<<24)
	for n := 1; sc.Scan(); n++ {
		var row T
		if err := json.Unmarshal(sc.Bytes(), &row); err != nil {
			return fmt.Errorf("corpus: %s: line %d: %w", path, n, err)
		}
		if err := f(row); err != nil {
			return fmt.Errorf("corpus: %s: line %d: %w", path, n, err)
		}
	}
	return sc.Err()
}

// offsets returns the byte offset of every code point and of the end.
func offsets(text string) []int {
	at := make([]int, 0, utf8.RuneCountInString(text)+1)
	for i := range text {
		at = append(at, i)
	}
	return append(at, len(text))
}

// document returns a text as a document of one block, with tokens.
func (r *Reader) document(text string) (*pipeline.Document, error) {
	doc := &pipeline.Document{Text: text, Blocks: []pipeline.Block{{Span: pipeline.Span{Start: 0, End: len(text)}}}}
	doc.Mark(pipeline.LayerBlocks)
	if err := r.tokens.Process(context.Background(), doc); err != nil {
		return nil, err
	}
	doc.Mark(pipeline.LayerTokens)
	return doc, nil
}
