// Package attribute is the stage that finds every attribution of a document:
// who is reported to say, write, think or want what, by which words. It reads
// blocks, tokens and quotes and writes attributions.
//
// Two linear-chain conditional random fields (package models/chain) do it. The
// first labels the tokens of a paragraph as source, cue and content together
// and so proposes cues. The second looks at one proposed cue at a time, with
// the first one's labels and probabilities among its features, and labels that
// cue's source and content, as semantic role labelling does for one predicate
// at a time; links are thus part of what is learned. Uttered quotations that no
// cue claims become attributions of their own: a turn in a transcript, the
// continuation of one before, or one whose source only the text around tells.
//
// The relations are those of PARC 3 (Pareti 2016) and PolNeAR (Newell, Margolin
// and Ruths, LREC 2018).
package attribute

import (
	stdcontext "context"
	"fmt"
	"sync"

	"github.com/onrecord-nlp/onrecord/models/attribution"
	"github.com/onrecord-nlp/onrecord/pipeline"
)

// Stage is the stage `attribute`. It is safe for use by many goroutines.
type Stage struct {
	m    *attribution.Model
	pool sync.Pool
}

// New returns the stage with the embedded model.
func New() (*Stage, error) {
	m, err := attribution.Embedded()
	if err != nil {
		return nil, fmt.Errorf("attribute: %w", err)
	}
	return With(m), nil
}

// With returns the stage with a model of [Train].
func With(m *attribution.Model) *Stage {
	return &Stage{m: m, pool: sync.Pool{New: func() any { return new(scratch) }}}
}

// Name implements [pipeline.Stage].
func (*Stage) Name() string { return "attribute" }

// Doc implements [pipeline.Stage].
func (*Stage) Doc() string {
	return "finds the source, cue and content of every attribution and links them"
}

// Reads implements [pipeline.Stage].
func (*Stage) Reads() pipeline.Layers {
	return pipeline.LayerSet(pipeline.LayerBlocks, pipeline.LayerTokens, pipeline.LayerQuotes)
}

// Writes implements [pipeline.Stage].
func (*Stage) Writes() pipeline.Layer { return pipeline.LayerAttributions }

// Process implements [pipeline.Stage]: it finds the document's attributions.
func (st *Stage) Process(_ stdcontext.Context, doc *pipeline.Document) error {
	s := st.pool.Get().(*scratch)
	defer st.pool.Put(s)
	s.view.load(doc, st.m.Lexicon)
	s.ctx.load(&s.view)
	s.first(st.m.Tag, &st.m.Tag.Trans)
	s.second(st.m.Link, &st.m.Link.Trans)
	s.write(doc)
	return nil
}
