// Package quote is the stage that pairs quotation marks and tells uttered words
// from titles, names, terms and scare quotes. It reads blocks and tokens and
// writes quotes.
package quote

import (
	"context"
	"fmt"
	"sync"

	"github.com/onrecord-nlp/onrecord/models/uttered"
	"github.com/onrecord-nlp/onrecord/pipeline"
)

// Stage is the quote stage. It is safe for use by many goroutines.
type Stage struct {
	model   *uttered.Model
	scratch sync.Pool // of *scratch
}

type scratch struct {
	pairer pairer
	vector uttered.Vector
}

// maxArena is how many readings a scratch may hold and be kept; a monstrous
// paragraph is not to be remembered.
const maxArena = 1 << 14

// New returns the stage with the embedded model.
func New() (*Stage, error) {
	m, err := uttered.Embedded()
	if err != nil {
		return nil, fmt.Errorf("quote: %w", err)
	}
	return With(m), nil
}

// With returns the stage with a model of [Train].
func With(m *uttered.Model) *Stage {
	return &Stage{model: m, scratch: sync.Pool{New: func() any { return new(scratch) }}}
}

// Name implements [pipeline.Stage].
func (*Stage) Name() string { return "quote" }

// Doc implements [pipeline.Stage].
func (*Stage) Doc() string {
	return "pairs quotation marks and tells uttered words from titles, names, terms and scare quotes"
}

// Reads implements [pipeline.Stage].
func (*Stage) Reads() pipeline.Layers {
	return pipeline.LayerSet(pipeline.LayerBlocks, pipeline.LayerTokens)
}

// Writes implements [pipeline.Stage].
func (*Stage) Writes() pipeline.Layer { return pipeline.LayerQuotes }

// Process implements [pipeline.Stage].
func (s *Stage) Process(_ context.Context, doc *pipeline.Document) error {
	buf := s.scratch.Get().(*scratch)
	defer func() {
		if cap(buf.pairer.arena) <= maxArena {
			s.scratch.Put(buf)
		}
	}()
	doc.Quotes = buf.pairer.find(doc, []pipeline.Quote{})
	v := newView(doc)
	block := 0
	for i := range doc.Quotes {
		buf.vector = v.features(i, buf.vector[:0])
		q := &doc.Quotes[i]
		q.Score = s.model.Score(buf.vector)
		for block < len(doc.Blocks)-1 && doc.Blocks[block].End <= doc.Quotes[i].Start {
			block++
		}
		if !doc.Blocks[block].Kind.Speech() {
			q.Score = 0 // nothing is taken from furniture
		}
		q.Uttered = q.Score >= 0.5
		q.Kind = v.kind(i)
	}
	return nil
}
