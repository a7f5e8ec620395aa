// Package stance is the stage that judges which position each attribution and
// each quotation expresses toward what, and how the reporter's cue frames it.
// It reads blocks, tokens, quotes, attributions and speakers, and writes
// stances.
//
// A position is the speaker's own, expressed by the words or by the cue:
// support, opposition, or neither. It is scored by package models/stance. The
// class of the cue comes from the lexicon of package models/cues.
package stance

import (
	"context"
	"fmt"
	"math"
	"sync"

	"github.com/onrecord-nlp/onrecord/models/accurate"
	"github.com/onrecord-nlp/onrecord/models/cues"
	model "github.com/onrecord-nlp/onrecord/models/stance"
	"github.com/onrecord-nlp/onrecord/pipeline"
)

// Stage is the stance stage. It is safe for use by many goroutines.
type Stage struct {
	model   *model.Model
	heads   *accurate.Heads // or nil
	asked   *finder         // of the targets that stances are asked for toward; nil for none
	scratch sync.Pool       // of *scratch
}

// scratch is what processing one document needs.
type scratch struct {
	view   view
	enc    reading
	vec    model.Vector
	words  []string
	ranges []tokens
	claims []model.Scores  // of each attribution
	alone  []model.Leaning // the logits of each attribution by itself
	first  []model.Scores  // its probabilities by these
	around []surroundings  // of each attribution
	tally  []tally         // of each speaker
	owner  []int           // the attribution of each quote, or -1
	part   []float32       // what each token adds to a score; zero between uses
	// For targets.
	phrases  []phrase
	mentions []int // mentions in text order
	speakers []int // of each phrase, the speaker that it mentions, or -1
	tvec     model.Vector
	nouns    nouns
	worth    []float32 // of each phrase, by place and side: what it is worth as a target; NaN where not known
	// For targets that were asked for.
	namings []naming
	taken   []int   // of each target, the end of its last naming
	on      []place // of each target, where the statement is on it
}

// New returns the stage with the embedded model.
func New() (*Stage, error) {
	m, err := model.Embedded()
	if err != nil {
		return nil, fmt.Errorf("stance: %w", err)
	}
	return With(m), nil
}

// With returns the stage with a model of [Train].
func With(m *model.Model) *Stage {
	return &Stage{model: m, scratch: sync.Pool{New: func() any { return new(scratch) }}}
}

// WithReadings returns the stage with a model, which reads what the accurate
// engine's encoder says of documents with the heads of that engine's model.
func WithReadings(m *model.Model, heads *accurate.Heads) *Stage {
	st := With(m)
	st.heads = heads
	return st
}

// Name implements [pipeline.Stage].
func (*Stage) Name() string { return "stance" }

// Doc implements [pipeline.Stage].
func (*Stage) Doc() string {
	return "judges the position that each statement expresses, toward what, and how its cue frames it"
}

// Reads implements [pipeline.Stage].
func (*Stage) Reads() pipeline.Layers {
	return pipeline.LayerSet(pipeline.LayerBlocks, pipeline.LayerTokens, pipeline.LayerQuotes, pipeline.LayerAttributions, pipeline.LayerSpeakers)
}

// Writes implements [pipeline.Stage].
func (*Stage) Writes() pipeline.Layer { return pipeline.LayerStances }

// Process implements [pipeline.Stage].
func (st *Stage) Process(_ context.Context, doc *pipeline.Document) error {
	s := st.scratch.Get().(*scratch)
	defer st.scratch.Put(s)
	s.view.load(doc, st.model.Words)
	out := pipeline.Stances{
		OfAttribution: make([]pipeline.Stance, len(doc.Attributions)),
		OfQuote:       make([]pipeline.Stance, len(doc.Quotes)),
		CueClasses:    make([]pipeline.CueClass, len(doc.Attributions)),
	}
	s.prepare()
	s.openReadings(st.heads)
	s.look(st.model.Statements, st.model.Temperature)
	s.survey()
	if st.asked != nil {
		s.findNamings(st.asked)
	}
	for i := range doc.Attributions {
		unit := s.attribution(i)
		unit.around = s.around[i]
		out.CueClasses[i] = unit.class
		s.vec = s.vec[:0]
		s.aroundFeatures(&unit)
		s.claims[i] = st.model.Statements.Logits(s.alone[i], s.vec).Probabilities(st.model.Temperature)
		unit.scores = s.positions(&unit, s.claims[i])
		out.OfAttribution[i] = s.judge(st, &unit)
	}
	s.own(doc)
	for i, q := range doc.Quotes {
		if !q.Uttered {
			continue
		}
		unit := s.quotation(i)
		if o := s.owner[i]; o >= 0 {
			unit.given = out.OfAttribution[o].TargetSpan
		}
		if unit.whole { // the same words
			unit.scores = s.claims[s.owner[i]]
		} else {
			s.features(&unit)
			unit.scores = st.model.Score(s.vec)
		}
		unit.scores = s.positions(&unit, unit.scores)
		out.OfQuote[i] = s.judge(st, &unit)
	}
	doc.Stances = out
	return nil
}

// prepare readies what targets are found by.
func (s *scratch) prepare() {
	s.part = resize(s.part, len(s.view.doc.Tokens))
	clear(s.part)
	s.findPhrases()
	s.sortMentions()
	s.findSpeakers()
	s.nouns.count(&s.view)
	s.worth = resize(s.worth, len(s.phrases)*placesAndSides)
	for i := range s.worth {
		s.worth[i] = float32(math.NaN())
	}
}

// judge makes the stance of a statement, the scores of which are known.
func (s *scratch) judge(st *Stage, u *statement) pipeline.Stance {
	out := s.position(st.model, u)
	if st.asked != nil {
		out.Toward = s.towards(st, u, out.TargetSpan)
	}
	return out
}

// position makes the stance of a statement toward what it is about.
func (s *scratch) position(m *model.Model, u *statement) pipeline.Stance {
	p := u.scores
	c := m.Choose(p)
	if len(u.content) == 0 {
		c = model.Neutral // there are no words to take a side
	}
	out := pipeline.Stance{Position: pipeline.Position(c), Confidence: p[c]}
	if c == model.Neutral {
		return out
	}
	s.features(u)
	out.Evidence = s.evidence(m.Statements, u, c)
	out.TargetSpan = s.target(m, u, c)
	out.Target = out.TargetSpan.Line(s.view.doc.Text)
	return out
}

// look fills s.alone and s.first: what each attribution says by itself.
func (s *scratch) look(w model.Weights, temperature float32) {
	n := len(s.view.doc.Attributions)
	s.alone, s.first, s.claims = resize(s.alone, n), resize(s.first, n), resize(s.claims, n)
	for i := range n {
		u := s.attribution(i)
		s.vec = s.vec[:0]
		s.ownFeatures(&u)
		s.alone[i] = w.Logits(model.Leaning{}, s.vec)
		s.first[i] = s.alone[i].Probabilities(temperature)
	}
}

// survey fills s.around from s.first: for each attribution what its speaker
// says elsewhere, and how much the rest of the document takes sides.
func (s *scratch) survey() {
	doc := s.view.doc
	n := len(s.first)
	s.around = resize(s.around, n)
	s.tally = resize(s.tally, len(doc.Speakers))
	clear(s.tally)
	speaker := func(i int) int {
		if of := doc.Resolution.OfAttribution; i < len(of) && of[i] >= 0 && of[i] < len(s.tally) {
			return of[i]
		}
		return -1
	}
	known := n > 0 && len(doc.Resolution.OfAttribution) == n
	sided := float32(0)
	for i, p := range s.first {
		a := &s.around[i]
		*a = surroundings{known: known}
		sided += 1 - p[model.Neutral]
		if k := speaker(i); k >= 0 {
			t := &s.tally[k]
			if t.n > 0 {
				a.before, a.hasBefore = s.first[t.last], true
			}
			t.n++
			t.last = i
			for c := range p {
				t.sum[c] += p[c]
			}
		}
	}
	for k := range s.tally {
		s.tally[k].last = -1
	}
	for i := n - 1; i >= 0; i-- {
		a, p := &s.around[i], s.first[i]
		if n > 1 {
			a.sided = (sided - (1 - p[model.Neutral])) / float32(n-1)
		}
		if k := speaker(i); k >= 0 {
			t := &s.tally[k]
			if t.last >= 0 {
				a.after, a.hasAft = s.first[t.last], true
			}
			t.last = i
			if a.n = t.n - 1; a.n > 0 {
				for c := range p {
					a.others[c] = (t.sum[c] - p[c]) / float32(a.n)
				}
			}
		}
	}
}

// tally sums up what a speaker says.
type tally struct {
	sum     model.Scores
	n, last int
}

// attribution returns the statement of an attribution. Its content is valid
// until the next call.
func (s *scratch) attribution(i int) statement {
	a := &s.view.doc.Attributions[i]
	u := statement{kind: a.Kind}
	s.ranges = s.ranges[:0]
	for _, c := range a.Content {
		if r := s.view.within(c); !r.empty() {
			s.ranges = append(s.ranges, r)
		}
	}
	u.content = s.ranges
	s.cue(a, &u)
	s.speaker(i, &u)
	return u
}

// speaker fills in who makes the statement of attribution i.
func (s *scratch) speaker(i int, u *statement) {
	doc := s.view.doc
	if a := &doc.Attributions[i]; len(a.Source) > 0 {
		u.source = s.view.within(a.Source[0])
	}
	if of := doc.Resolution.OfAttribution; i < len(of) && of[i] >= 0 {
		u.person = 1 + uint64(doc.Speakers[of[i]].Kind)
		u.of = of[i] + 1
	}
}

// longestCue is how many tokens of a cue are read.
const longestCue = 24

// cue fills in what the cue of an attribution says.
func (s *scratch) cue(a *pipeline.Attribution, u *statement) {
	if len(a.Cue) == 0 {
		return
	}
	u.cue = s.view.within(pipeline.Cover(a.Cue))
	if u.cue.empty() {
		return
	}
	u.cue.last = min(u.cue.last, u.cue.first+longestCue)
	s.words = s.words[:0]
	for i := u.cue.first; i < u.cue.last; i++ {
		s.words = append(s.words, s.view.text(i))
	}
	u.read = cues.Read(s.words)
	clear(s.words)
	u.class = pipeline.CueClass(u.read.Class)
	switch u.read.Lemma {
	case "ask", "tell":
		if len(u.content) > 0 {
			switch s.opening(u.content[0].first) {
			case 1, 2, 3: // to do, for, not to do
				u.class = pipeline.CueDirective
			}
		}
	}
}

// own finds the attribution of each quote.
func (s *scratch) own(doc *pipeline.Document) {
	s.owner = resize(s.owner, len(doc.Quotes))
	for i := range s.owner {
		s.owner[i] = -1
	}
	for i := range doc.Attributions {
		for _, q := range doc.Attributions[i].Quotes {
			if s.owner[q] < 0 {
				s.owner[q] = i
			}
		}
	}
}

// quotation returns the statement of a quote. Its content is valid until the
// next call. s.claims and s.owner must be filled.
func (s *scratch) quotation(i int) statement {
	q := &s.view.doc.Quotes[i]
	u := statement{kind: q.Kind, quote: true}
	s.ranges = s.ranges[:0]
	if r := s.view.within(q.Span); !r.empty() {
		s.ranges = append(s.ranges, r)
	}
	u.content = s.ranges
	o := s.owner[i]
	if o < 0 {
		return u
	}
	a := &s.view.doc.Attributions[o]
	s.cue(a, &u)
	s.speaker(o, &u)
	u.claim = s.claims[o]
	size := 0
	for _, c := range a.Content {
		size += c.Len()
	}
	u.whole = q.Len()*10 >= size*8
	u.part = !u.whole
	return u
}

func sqrt(x float32) float32 { return float32(math.Sqrt(float64(x))) }
