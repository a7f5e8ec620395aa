// Package resolve is the stage that finds who is speaking: it reads blocks,
// tokens, quotes and attributions, and writes mentions, speakers and the
// resolution of every attribution and quotation to a speaker.
//
// Noun phrases are cut out by their tags and grouped into entities: names by
// their words, titles and initials; descriptions and pronouns by a linear model
// that lets the entities mentioned before compete (package models/coref).
// Quotations that no attribution covers get their speaker from what stands
// around them. Where the evidence is thin the speaker is left unknown (-1).
//
// The cost is linear in the length of the article: every anaphor has a bounded
// number of candidates.
package resolve

import (
	"context"
	"fmt"
	"sync"

	"github.com/onrecord-nlp/onrecord/models/accurate"
	"github.com/onrecord-nlp/onrecord/models/coref"
	"github.com/onrecord-nlp/onrecord/pipeline"
)

// Stage is the resolve stage. It is safe for use by many goroutines.
type Stage struct {
	lex     *lexicon
	model   *coref.Model
	heads   *accurate.Heads // or nil
	scratch sync.Pool       // of *resolver
}

// New returns the stage with the embedded model.
func New() (*Stage, error) {
	m, err := coref.Embedded(anaphorNames[:], featureNames[:])
	if err != nil {
		return nil, fmt.Errorf("resolve: %w", err)
	}
	return With(m)
}

// With returns the stage with a model of [Train].
func With(m *coref.Model) (*Stage, error) {
	lex, err := newLexicon()
	if err != nil {
		return nil, fmt.Errorf("resolve: %w", err)
	}
	return &Stage{lex: lex, model: m, scratch: sync.Pool{New: func() any { return new(resolver) }}}, nil
}

// WithReadings returns the stage with a model, which reads what the accurate
// engine's encoder says of documents with the heads of that engine's model.
func WithReadings(m *coref.Model, heads *accurate.Heads) (*Stage, error) {
	s, err := With(m)
	if err != nil {
		return nil, err
	}
	s.heads = heads
	return s, nil
}

// Name implements [pipeline.Stage].
func (*Stage) Name() string { return "resolve" }

// Doc implements [pipeline.Stage].
func (*Stage) Doc() string {
	return "finds the speaker of every attribution and quotation, and all mentions of the speakers"
}

// Reads implements [pipeline.Stage].
func (*Stage) Reads() pipeline.Layers {
	return pipeline.LayerSet(pipeline.LayerBlocks, pipeline.LayerTokens, pipeline.LayerQuotes, pipeline.LayerAttributions)
}

// Writes implements [pipeline.Stage].
func (*Stage) Writes() pipeline.Layer { return pipeline.LayerSpeakers }

// Process implements [pipeline.Stage].
func (s *Stage) Process(_ context.Context, doc *pipeline.Document) error {
	r := s.scratch.Get().(*resolver)
	defer s.scratch.Put(r)
	r.model = s.model
	r.load(s.lex, doc, s.heads)
	r.read()
	r.speakers()
	r.write()
	r.doc, r.enc.of = nil, nil
	return nil
}

// resolver holds all that resolving one document needs.
type resolver struct {
	view    view
	chunker chunker
	reader
	of      []voice // of each attribution
	ofQuote []voice
	claimOf []int32 // the attribution of each quote, or -1
	query   []float32
	says    []saying
	number  []int32 // the speaker that each entity became, or -1

	mentionOf []int32 // the mention of each phrase, or -1
	voices    []bool  // of each phrase, whether it names the source of a quote
	leads     []int32 // of each phrase, 1 + the joint whose first member it is, or 0
	firstOf   []int32 // the first phrase of each entity, or -1
	nextOf    []int32 // the next phrase of the same entity, or -1
}

// voice is the speaker of an attribution or quotation before speakers are
// numbered.
type voice struct {
	entity int32 // or -1
	phrase int32 // that names it, or -1
	prob   float32
	manner pipeline.Manner
}

// load finds the phrases and names of the document.
func (r *resolver) load(lex *lexicon, doc *pipeline.Document, heads *accurate.Heads) {
	r.view.load(lex, doc)
	c := &r.chunker
	c.view = &r.view
	c.phrases = c.phrases[:0]
	for s := range doc.Sentences {
		switch doc.Blocks[doc.Sentences[s].Block].Kind {
		case pipeline.BlockBody, pipeline.BlockHeadline, pipeline.BlockCaption:
			c.chunk(int32(s))
		}
	}
	r.names.reset(c)
	r.openReadings(heads)
	r.trimNames()
	r.sources()
	r.cluster()
	r.listNames()
	r.findWriter()
}

// findWriter makes an entity of who signed the article, if one person did.
func (r *resolver) findWriter() {
	r.writer = -1
	name := r.byline()
	if name == "" {
		return
	}
	r.writer = r.add(-1)
	e := &r.entities[r.writer]
	e.label, e.person, e.writer = name, 10, true
}

// byline returns the name of the one person that the byline names, or "".
func (r *resolver) byline() string {
	line := r.doc.Byline
	for i := 0; line == "" && i < len(r.doc.Blocks); i++ {
		if r.doc.Blocks[i].Kind == pipeline.BlockByline {
			line = r.doc.Blocks[i].In(r.doc.Text)
		}
	}
	return bylineName(line)
}
