package stance

import (
	"math"

	"github.com/onrecord-nlp/onrecord/models/accurate"
	model "github.com/onrecord-nlp/onrecord/models/stance"
	"github.com/onrecord-nlp/onrecord/pipeline"
)

// Where an encoder has read the document ([pipeline.Readings]), it judges the
// positions of statements, what they are taken on, and positions toward what is
// asked for; what the features say counts beside it.

// How much the features and the encoder count: of positions, and of targets.
const (
	featureMix       = 0.2
	readingMix       = 0.53
	targetFeatureMix = 1.0
	targetReadingMix = 1.0
)

// longestRead is the most tokens of a content that are looked at.
const longestRead = 200

// reading is what the encoder says of the statement at hand.
type reading struct {
	heads *accurate.Heads // nil without one
	of    *pipeline.Readings

	content, cue, source, target []float32
	aim                          []float32
	hasSource                    bool
	aimed                        []float32 // of each token, the odds that it is in the target; NaN where not known
	touched                      []int     // tokens of which aimed holds something
}

// openReadings readies the encoder's readings, if there are any.
func (s *scratch) openReadings(heads *accurate.Heads) {
	e := &s.enc
	e.heads = nil
	doc := s.view.doc
	if heads == nil || doc.Readings.Width != heads.ReadingWidth() || !doc.Readings.Any() {
		return
	}
	e.heads, e.of = heads, &doc.Readings
	for _, v := range []*[]float32{&e.content, &e.cue, &e.source, &e.target, &e.aim} {
		*v = resize(*v, heads.Width)
	}
	e.aimed = resize(e.aimed, len(doc.Tokens))
	for i := range e.aimed {
		e.aimed[i] = float32(math.NaN())
	}
	e.touched = e.touched[:0]
}

// mean sets out to the mean of a part over the tokens of the ranges and reports
// whether there is any.
func (e *reading) mean(out []float32, part accurate.Part, limit int, ranges ...tokens) bool {
	clear(out)
	n := 0
	for _, r := range ranges {
		n += e.heads.Add(out, part, e.of.Of, r.first, min(r.last, r.first+limit-n))
	}
	accurate.Mean(out, n)
	return n > 0
}

// read readies what the encoder says of a statement.
func (s *scratch) read(u *statement) {
	e := &s.enc
	e.mean(e.content, accurate.Said, longestRead, u.content...)
	e.mean(e.aim, accurate.Aim, longestRead, u.content...)
	e.mean(e.cue, accurate.Cue, longestRead, u.cue)
	e.hasSource = e.mean(e.source, accurate.Source, longestRead, u.source)
	for _, i := range e.touched {
		e.aimed[i] = float32(math.NaN())
	}
	e.touched = e.touched[:0]
}

// sourcePart is the source's part, or nil.
func (e *reading) sourcePart() []float32 {
	if !e.hasSource {
		return nil
	}
	return e.source
}

// positions mixes what the encoder says of a statement's position into p, the
// probabilities that the features give.
func (s *scratch) positions(u *statement, p model.Scores) model.Scores {
	if s.enc.heads == nil || len(u.content) == 0 {
		return p
	}
	s.read(u)
	e := &s.enc
	return blend(p, e.heads.Position(u.quote, e.content, e.cue, e.sourcePart()))
}

// positionsToward does the same, for the statement that was read last, with its
// position toward what stands at the tokens.
func (s *scratch) positionsToward(u *statement, at tokens, p model.Scores) model.Scores {
	if s.enc.heads == nil || len(u.content) == 0 {
		return p
	}
	e := &s.enc
	if !e.mean(e.target, accurate.Target, longestRead, at) {
		return p
	}
	return blend(p, e.heads.Toward(u.quote, e.content, e.cue, e.sourcePart(), e.target))
}

// blend returns the probabilities of positions that the features' and the
// encoder's scores come to.
func blend(p model.Scores, scores [accurate.Positions]float32) model.Scores {
	var out model.Scores
	top := math.Inf(-1)
	var x [accurate.Positions]float64
	for c := range x {
		x[c] = featureMix*math.Log(max(float64(p[c]), 1e-6)) + readingMix*float64(scores[c])
		top = max(top, x[c])
	}
	sum := 0.0
	for c := range x {
		x[c] = math.Exp(x[c] - top)
		sum += x[c]
	}
	for c := range x {
		out[c] = float32(x[c] / sum)
	}
	return out
}

// aimedAt mixes what the encoder says of a phrase as the target of the statement
// that was read last into what its features are worth.
func (s *scratch) aimedAt(u *statement, p *phrase, worth float32) float32 {
	e := &s.enc
	if e.heads == nil {
		return worth
	}
	first, last := u.content[0].first, u.content[len(u.content)-1].last
	sum, n := float32(0), float32(0)
	for i := p.first; i < p.last; i++ {
		if s.view.kind[i] == determiner && i == p.first {
			continue
		}
		if e.aimed[i] != e.aimed[i] {
			e.aimed[i] = -5
			if row := e.of.Of(i); row != nil {
				place := accurate.Inside(max(i-first, 0))
				switch {
				case within(u.content, i):
				case i < first:
					place = accurate.AimBefore(first - i)
				default:
					place = accurate.AimAfter(max(i-last, 0))
				}
				e.aimed[i] = e.heads.Aimed(e.aim, e.heads.Of(row, accurate.Target), place)
			}
			e.touched = append(e.touched, i)
		}
		sum, n = sum+e.aimed[i], n+1
	}
	return targetFeatureMix*worth + targetReadingMix*sum/max(n, 1)
}

// within reports whether a token stands in one of the ranges.
func within(ranges []tokens, i int) bool {
	for _, r := range ranges {
		if i >= r.first && i < r.last {
			return true
		}
	}
	return false
}
