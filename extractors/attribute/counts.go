package attribute

import "github.com/onrecord-nlp/onrecord/models/attribution"

// counts gathers, over training documents, how often each word stands in a
// cue.
type counts struct {
	seen, cue map[uint64]int32
}

func newCounts() *counts { return &counts{make(map[uint64]int32), make(map[uint64]int32)} }

// strengths folds counts into a lexicon, leaving out what own, the counts of
// one document, added: a word must not vouch for itself in training.
func (c *counts) strengths(own *counts) attribution.Lexicon {
	l := make(attribution.Lexicon)
	for w, n := range c.cue {
		s := c.seen[w]
		if own != nil {
			n -= own.cue[w]
			s -= own.seen[w]
		}
		if v := strength(n, s); v > 0 {
			l[w] = v
		}
	}
	return l
}

func strength(cue, seen int32) uint8 {
	if cue <= 0 {
		return 0
	}
	p := float64(cue) / float64(seen+2)
	switch {
	case p >= .75:
		return 5
	case p >= .5:
		return 4
	case p >= .3:
		return 3
	case p >= .12:
		return 2
	case p >= .04:
		return 1
	}
	return 0
}
