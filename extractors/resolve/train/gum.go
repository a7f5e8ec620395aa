package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/onrecord-nlp/onrecord/pipeline"
)

// gumDoc is a line of docs.jsonl.
type gumDoc struct {
	Doc, Genre, Split string
	Tokens            []string
	NoSpaceAfter      []int `json:"no_space_after"`
	Sentences         []struct{ Start, End int }
	Mentions          []struct {
		Grp, Etype string
		Start, End int
	}
}

// gumAttribution is a line of attributions.jsonl.
type gumAttribution struct {
	Doc          string
	Relation     string
	Attribution  [][2]int `json:"attribution_tokens"`
	Content      [][2]int `json:"content_tokens"`
	SourceTokens []int    `json:"source_tokens"`
	SourceName   *string  `json:"source_name"`
	SourceEtype  string   `json:"source_etype"`
}

// article is a document with its labels, and the name of each attribution's
// source ("" where it has none).
type article struct {
	doc   *pipeline.Document
	genre string
	split string
	names []string
}

// perBlock is how many sentences make a paragraph where the corpus does not
// mark paragraphs.
const perBlock = 3

// readGUM reads the GUM corpus (Zeldes 2017) as prepared in the folder.
func readGUM(folder string) ([]article, error) {
	var out []article
	at := make(map[string]int)
	starts := make(map[string][]pipeline.Span)
	err := jsonLines(filepath.Join(folder, "docs.jsonl"), func(line []byte) error {
		var g gumDoc
		if err := json.Unmarshal(line, &g); err != nil {
			return err
		}
		doc, spans := g.document()
		at[g.Doc] = len(out)
		starts[g.Doc] = spans
		out = append(out, article{doc: doc, genre: g.Genre, split: g.Split})
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = jsonLines(filepath.Join(folder, "attributions.jsonl"), func(line []byte) error {
		var g gumAttribution
		if err := json.Unmarshal(line, &g); err != nil {
			return err
		}
		i, ok := at[g.Doc]
		if !ok || len(g.SourceTokens) == 0 || len(g.Content) == 0 {
			return nil
		}
		spans := starts[g.Doc]
		cover := func(first, last int) pipeline.Span {
			return pipeline.Span{Start: spans[first].Start, End: spans[last-1].End}
		}
		a := pipeline.Attribution{Confidence: 1, Manner: pipeline.MannerCue, Kind: pipeline.Indirect}
		// The last run of source tokens: some sources begin with words before them.
		first := len(g.SourceTokens) - 1
		for first > 0 && g.SourceTokens[first-1] == g.SourceTokens[first]-1 {
			first--
		}
		src := cover(g.SourceTokens[first], g.SourceTokens[len(g.SourceTokens)-1]+1)
		a.Source = []pipeline.Span{src}
		for _, c := range g.Content {
			a.Content = append(a.Content, cover(c[0], c[1]))
		}
		for _, c := range g.Attribution {
			s := cover(c[0], c[1])
			if s.Contains(src) {
				if src.End < s.End {
					s.Start = src.End
				} else {
					s.End = src.Start
				}
			}
			if !s.Empty() {
				a.Cue = append(a.Cue, s)
			}
		}
		x := &out[i]
		x.doc.Attributions = append(x.doc.Attributions, a)
		name := ""
		if g.SourceName != nil {
			name = *g.SourceName
		}
		x.names = append(x.names, name)
		return nil
	})
	for i := range out {
		out[i].doc.Mark(pipeline.LayerAttributions)
	}
	return out, err
}

// document makes the text, blocks and chains of a document, and returns the
// span of each of the corpus's tokens.
func (g *gumDoc) document() (*pipeline.Document, []pipeline.Span) {
	glued := make(map[int]bool, len(g.NoSpaceAfter))
	for _, i := range g.NoSpaceAfter {
		glued[i] = true
	}
	doc := &pipeline.Document{ID: g.Doc}
	spans := make([]pipeline.Span, len(g.Tokens))
	var b strings.Builder
	next := 0
	for n, s := range g.Sentences {
		if n%perBlock == 0 {
			if n > 0 {
				b.WriteString("\n\n")
			}
			next = b.Len()
		}
		for i := s.Start; i < s.End; i++ {
			start := b.Len()
			b.WriteString(g.Tokens[i])
			spans[i] = pipeline.Span{Start: start, End: b.Len()}
			if !glued[i] && i+1 < s.End {
				b.WriteByte(' ')
			}
		}
		if n%perBlock == perBlock-1 || n == len(g.Sentences)-1 {
			doc.Blocks = append(doc.Blocks, pipeline.Block{Span: pipeline.Span{Start: next, End: b.Len()}})
		} else {
			b.WriteByte(' ')
		}
	}
	doc.Text = b.String()
	doc.Mark(pipeline.LayerBlocks)
	speaker := make(map[string]int)
	for _, m := range g.Mentions {
		s, ok := speaker[m.Grp]
		if !ok {
			s = len(doc.Speakers)
			speaker[m.Grp] = s
			doc.Speakers = append(doc.Speakers, pipeline.Speaker{Name: m.Grp})
		}
		doc.Mentions = append(doc.Mentions, pipeline.Mention{Span: pipeline.Span{Start: spans[m.Start].Start, End: spans[m.End-1].End}, Speaker: s})
	}
	doc.Mark(pipeline.LayerSpeakers)
	return doc, spans
}

func jsonLines(file string, f func([]byte) error) error {
	in, err := os.Open(file)
	if err != nil {
		return err
	}
	defer in.Close()
	sc := bufio.NewScanner(in)
	sc.Buffer(nil, 64<<20)
	for n := 1; sc.Scan(); n++ {
		if err := f(sc.Bytes()); err != nil {
			return fmt.Errorf("%s: line %d: %w", file, n, err)
		}
	}
	return sc.Err()
}
