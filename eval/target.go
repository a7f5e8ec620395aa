package eval

import (
	"slices"
	"strings"

	"github.com/onrecord-nlp/onrecord/pipeline"
)

// functionWords are words that two targets may share without meaning the same
// thing.
var functionWords = strings.Fields(`a about after against all an and any are as at be been being but by
	for from had has have he her hers him his i in into is it its me my no nor not of off on one or our ours out over
	s she so some t than that the their theirs them these they this those to under up us was we were what which who
	whom whose will with you your yours`)

// targetRight reports whether a predicted target overlaps the gold one: the two
// are the same words or have a content word in common, case apart.
func targetRight(gold, pred string) bool {
	g, p := targetWords(gold), targetWords(pred)
	if slices.Equal(g, p) {
		return len(g) > 0
	}
	return slices.ContainsFunc(g, func(w string) bool {
		return slices.Contains(p, w) && !slices.Contains(functionWords, w)
	})
}

// targetWords splits a target into runs of letters and digits in small letters.
func targetWords(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !wordChar(r) })
}

// countTargets counts the targets of matched statements to which both sides
// give a position other than neutral, and the positions of all, right only with
// their targets. Gold that names no target asks for none.
func (c *comparison) countTargets(n tally) {
	count := func(target, with measure, of []match, gold, pred []pipeline.Stance) {
		for _, x := range of {
			if x.gold < 0 || x.pred < 0 || x.gold >= len(gold) || x.pred >= len(pred) {
				continue
			}
			g, p := &gold[x.gold], &pred[x.pred]
			asked := g.Position != pipeline.Neutral && g.Target != ""
			right := !asked || targetRight(g.Target, p.Target)
			if asked && p.Position != pipeline.Neutral {
				n.share(target, right, 1)
			}
			n.judge(with, int(g.Position), int(p.Position), asked, right && g.Position == p.Position)
		}
	}
	gold, pred := &c.gold.Stances, &c.pred.Stances
	count(stanceQuotesTarget, stanceQuotesWithTarget, c.quotes, gold.OfQuote, pred.OfQuote)
	count(stanceClaimsTarget, stanceClaimsWithTarget, c.claims, gold.OfAttribution, pred.OfAttribution)
}
