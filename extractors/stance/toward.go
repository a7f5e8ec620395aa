package stance

import (
	"math"

	model "github.com/onrecord-nlp/onrecord/models/stance"
)

// What the margin of a phrase says of whether a statement that takes a side takes
// it toward the phrase: a logistic regression on the sided statements of
// testdata/gold/dev and testdata/labels/html_news_quotes/train. Of 484 places that
// name a labelled target of their article, 444 are in statements on it; the other
// noun phrases of these statements, which nobody would ask for so often, count for
// half as much as the targets.
const (
	towardBias  = 0.75
	towardSlope = 0.24
)

// toward returns the probability of each position of a statement toward what the
// tokens at name, which stand in the statement or near it. It reads the
// statement's own scores: to take a side toward at is to take a side, and to be
// about at rather than about anything else. How probable the second is follows
// from how much more, or less, the phrase there is worth as the target of that
// side than the best other one.
func (s *scratch) toward(m *model.Model, u *statement, at tokens) model.Scores {
	var out model.Scores
	rest := float32(1)
	for _, side := range [...]int{model.Support, model.Oppose} {
		out[side] = u.scores[side] * logistic(towardBias+towardSlope*s.margin(m, u, side, at))
		rest -= out[side]
	}
	out[model.Neutral] = rest
	return s.positionsToward(u, at, out)
}

// margin returns how much more a phrase at the tokens is worth as the target of
// a statement of the side than the best of the others.
func (s *scratch) margin(m *model.Model, u *statement, side int, at tokens) float32 {
	const none = -8
	here, there := float32(none), float32(none)
	span := s.view.span(at)
	s.rank(m, u, side, func(i int, worth float32) {
		p := s.phrases[i]
		if p.overlaps(at) || p.form == pronounPhrase && s.resolve(p).Overlaps(span) {
			here = max(here, worth)
		} else {
			there = max(there, worth)
		}
	})
	return here - there
}

func logistic(x float32) float32 { return float32(1 / (1 + math.Exp(-float64(x)))) }
