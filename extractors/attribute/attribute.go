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
// There are two engines. The fast one scores labels by features of words alone
// (package models/attribution). The accurate one adds, in both fields, the scores
// of an encoder that reads passages of some hundred words (package
// models/accurate); all else is the same.
//
// The relations are those of PARC 3 (Pareti 2016) and PolNeAR (Newell, Margolin
// and Ruths, LREC 2018).
package attribute

import (
	stdcontext "context"
	"fmt"
	"sync"

	"github.com/onrecord-nlp/onrecord/models/accurate"
	"github.com/onrecord-nlp/onrecord/models/attribution"
	"github.com/onrecord-nlp/onrecord/pipeline"
)

// Stage is the stage `attribute`. It is safe for use by many goroutines.
type Stage struct {
	m    *attribution.Model
	near *nearTags
	deep *deepModel // of the accurate engine; nil in the fast one
	// Scratch space that nobody uses, as much as was ever in use at once. A
	// sync.Pool would drop it at every collection, and with it the sums it keeps.
	mu   sync.Mutex
	idle []*scratch
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
	return &Stage{m: m, near: newNearTags(m.Link)}
}

// NewAccurate returns the stage with the accurate engine and the embedded models.
func NewAccurate() (*Stage, error) {
	fast, err := attribution.Embedded()
	if err != nil {
		return nil, fmt.Errorf("attribute: %w", err)
	}
	m, err := accurate.Embedded()
	if err != nil {
		return nil, fmt.Errorf("attribute: %w", err)
	}
	return WithAccurate(m, fast)
}

// WithAccurate returns the stage with the accurate engine and a model of
// models/train, beside one of [Train].
func WithAccurate(m *accurate.Model, fast *attribution.Model) (*Stage, error) {
	d, err := newDeepModel(m, fast)
	if err != nil {
		return nil, err
	}
	st := With(fast)
	st.deep = d
	return st, nil
}

// maxKept is the number of tokens, or of pieces, beyond which a document's
// scratch space is not kept for the next.
const maxKept = 1 << 16

func (st *Stage) take() *scratch {
	st.mu.Lock()
	defer st.mu.Unlock()
	if n := len(st.idle); n > 0 {
		s := st.idle[n-1]
		st.idle = st.idle[:n-1]
		return s
	}
	s := &scratch{set: fastSettings, tagMemo: newTagMemo(st.m.Tag), linkMemo: newLinkMemo(st.near)}
	if st.deep != nil {
		s.deep, s.set = newDeep(st.deep), accurateSettings
	}
	return s
}

func (st *Stage) give(s *scratch) {
	if len(s.view.word) > maxKept || s.deep != nil && len(s.deep.ps.pieces) > maxKept {
		return
	}
	s.view.doc = nil
	st.mu.Lock()
	defer st.mu.Unlock()
	st.idle = append(st.idle, s)
}

// Name implements [pipeline.Stage].
func (*Stage) Name() string { return "attribute" }

// Doc implements [pipeline.Stage].
func (st *Stage) Doc() string {
	if st.deep != nil {
		return "finds the source, cue and content of every attribution and links them, an encoder of whole passages helping"
	}
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
	s := st.take()
	s.view.load(doc, st.m.Lexicon)
	s.ctx.load(&s.view)
	s.fp.reset(&s.view)
	s.linked = s.linked[:0]
	if s.deep == nil {
		s.first(st.m.Tag, &st.m.Tag.Trans, s.view.paras)
		s.second(st.m.Link, &st.m.Link.Trans, 0)
	} else {
		s.deep.run(s, st)
	}
	s.write(doc)
	st.give(s)
	return nil
}
