// Package tokenize is the stage that cuts the text into words and sentences,
// tags the words with their parts of speech and finds the names. It reads
// blocks and writes tokens, sentences and entities.
package tokenize

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/onrecord-nlp/onrecord/models/entity"
	"github.com/onrecord-nlp/onrecord/models/postag"
	"github.com/onrecord-nlp/onrecord/pipeline"
)

// Stage is the tokenize stage. It is safe for use by many goroutines.
type Stage struct {
	scratch sync.Pool // of *scratch
}

type scratch struct {
	tagger *postag.Tagger
	words  []string
	tags   []uint8
	namer  namer
}

// New returns the stage with the embedded models.
func New() (*Stage, error) {
	tagger, err := postag.Embedded()
	if err != nil {
		return nil, fmt.Errorf("tokenize: %w", err)
	}
	names, err := entity.Embedded()
	if err != nil {
		return nil, fmt.Errorf("tokenize: %w", err)
	}
	return &Stage{scratch: sync.Pool{New: func() any {
		return &scratch{tagger: tagger.NewTagger(), namer: namer{model: names.NewLabeler(), groups: make(map[string]int)}}
	}}}, nil
}

// Name implements [pipeline.Stage].
func (*Stage) Name() string { return "tokenize" }

// Doc implements [pipeline.Stage].
func (*Stage) Doc() string {
	return "cuts blocks into tokens and sentences, tags parts of speech, finds names"
}

// Reads implements [pipeline.Stage].
func (*Stage) Reads() pipeline.Layers { return pipeline.LayerSet(pipeline.LayerBlocks) }

// Writes implements [pipeline.Stage].
func (*Stage) Writes() pipeline.Layer { return pipeline.LayerTokens }

// Process implements [pipeline.Stage].
func (s *Stage) Process(_ context.Context, doc *pipeline.Document) error {
	sc := scanner{text: doc.Text, toks: make([]pipeline.Token, 0, len(doc.Text)/5+8)}
	sents := make([]pipeline.Sentence, 0, len(doc.Text)/120+len(doc.Blocks)+1)
	for b, block := range doc.Blocks {
		first := len(sc.toks)
		sc.block(block.Start, block.End)
		sents = sentences(doc.Text, sc.toks, first, b, sents)
	}
	doc.Tokens, doc.Sentences, doc.Entities = sc.toks, sents, []pipeline.Entity{}
	s.tag(doc)
	return nil
}

func (s *Stage) tag(doc *pipeline.Document) {
	buf := s.scratch.Get().(*scratch)
	defer s.scratch.Put(buf)
	buf.namer.reset()
	for _, sent := range doc.Sentences {
		toks := doc.Tokens[sent.First:sent.Last]
		buf.words = slices.Grow(buf.words[:0], len(toks))[:len(toks)]
		buf.tags = slices.Grow(buf.tags[:0], len(toks))[:len(toks)]
		for i := range toks {
			buf.words[i] = penn(doc.Text, toks, i)
		}
		buf.tagger.Tag(buf.words, buf.tags)
		for i := range toks {
			toks[i].Tag = pipeline.Tag(buf.tags[i])
		}
		doc.Entities = buf.namer.sentence(toks, sent.First, buf.words, buf.tags, doc.Entities)
	}
	buf.namer.finish(doc.Entities)
	buf.namer.reset()
	clear(buf.words)
}

// penn returns the word of a token as the Penn Treebank writes it.
func penn(text string, toks []pipeline.Token, i int) string {
	w := toks[i].In(text)
	if c := w[0]; c < utf8.RuneSelf && ascii[c] >= letter {
		return w // a word
	}
	switch w {
	case "“", "„", "«", "‹", "‚", "``", "‘‘":
		return "``"
	case "”", "»", "›", "''", "’’":
		return "''"
	case "‘":
		return "`"
	case "’":
		return "'"
	case "\"":
		if i+1 < len(toks) && toks[i+1].Start == toks[i].End && (i == 0 || toks[i-1].End < toks[i].Start || opening(toks[i-1].In(text))) {
			return "``"
		}
		return "''"
	case "–", "—", "―":
		return "--"
	case "…", "....", "..":
		return "..."
	case "£", "€", "¥", "₹":
		return "$"
	}
	if strings.HasPrefix(w, "---") {
		return "--"
	}
	return w
}

func opening(w string) bool {
	switch w {
	case "(", "[", "{", "--", "-", "–", "—", "‘", "'", "“":
		return true
	}
	return false
}
