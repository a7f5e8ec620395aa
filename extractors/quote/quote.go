// Package quote is the stage that pairs quotation marks and tells uttered words
// from titles, names, terms and scare quotes. It reads blocks and tokens and
// writes quotes.
package quote

import (
	"context"
	"sync"

	"github.com/onrecord-nlp/onrecord/pipeline"
)

// Stage is the quote stage. It is safe for use by many goroutines.
type Stage struct {
	pairers sync.Pool // of *pairer
}

// New returns the stage.
func New() (*Stage, error) {
	return &Stage{pairers: sync.Pool{New: func() any { return new(pairer) }}}, nil
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
	p := s.pairers.Get().(*pairer)
	defer s.pairers.Put(p)
	doc.Quotes = p.find(doc, []pipeline.Quote{})
	return nil
}
