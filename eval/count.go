package eval

import "github.com/onrecord-nlp/onrecord/pipeline"

// count adds what the comparison found to n, for the layers asked for.
func (c *comparison) count(n tally, layers pipeline.Layers) {
	if layers.Has(pipeline.LayerBlocks) && c.gold.Has(pipeline.LayerBlocks) {
		c.countBlocks(n)
	}
	if c.gold.Has(pipeline.LayerQuotes) {
		c.countQuotes(n, layers)
	}
	if c.gold.Has(pipeline.LayerAttributions) {
		if layers.Has(pipeline.LayerAttributions) {
			countPolNeAR(n, c.t, c.goldRel, c.predRel, c.pairs)
		}
		c.countClaims(n, layers)
	}
	if layers.Has(pipeline.LayerSpeakers) && c.gold.Has(pipeline.LayerSpeakers) {
		c.countMentions(n)
	}
	if layers.Has(pipeline.LayerStances) && c.gold.Has(pipeline.LayerStances) {
		c.countTargets(n)
	}
	c.classed(layers, func(m measure, _ match, gold, pred int) {
		if n.specs[m].form == confusion {
			n.confuse(m, gold, pred, 1)
		} else {
			n.share(m, gold == pred, 1)
		}
	})
}

// countBlocks sweeps gold and predicted blocks together and counts the word
// characters of each overlap.
func (c *comparison) countBlocks(n tally) {
	share := func(gold pipeline.BlockKind, pred, words int) {
		kept := pred != noBlock && pipeline.BlockKind(pred).Speech()
		n.confuse(blockKinds, int(gold), pred, words)
		switch {
		case gold == pipeline.BlockBody:
			n.share(bodyKept, kept, words)
		case gold == pipeline.BlockBoilerplate:
			n.share(boilerplateExcluded, !kept, words)
		}
		if !gold.Speech() {
			n.share(furnitureExcluded, !kept, words)
		}
	}
	j := 0
	for _, g := range c.gold.Blocks {
		for j < len(c.pred.Blocks) && c.pred.Blocks[j].End <= g.Start {
			j++
		}
		left := c.t.words(g.Span)
		for k := j; k < len(c.pred.Blocks) && c.pred.Blocks[k].Start < g.End; k++ {
			words := c.t.words(g.Intersect(c.pred.Blocks[k].Span))
			share(g.Kind, int(c.pred.Blocks[k].Kind), words)
			left -= words
		}
		share(g.Kind, noBlock, left)
	}
}

func (c *comparison) countQuotes(n tally, layers pipeline.Layers) {
	quotes := layers.Has(pipeline.LayerQuotes)
	speakers := layers.Has(pipeline.LayerSpeakers) && c.gold.Has(pipeline.LayerSpeakers)
	for _, m := range c.quotes {
		var gk, pk slice
		if m.gold >= 0 {
			gk = ofKind(c.gold.Quotes[m.gold].Kind)
		}
		if m.pred >= 0 {
			pk = ofKind(c.pred.Quotes[m.pred].Kind)
		}
		if quotes {
			n.item(quotesFound, m, gk, pk, true)
		}
		if speakers {
			n.item(quotesSource, m, gk, pk, m.source)
			n.item(quotesSpeaker, m, gk, pk, m.speaker)
			n.item(quotesSpeakerLoose, m, gk, pk, m.speakerLoose)
		}
		if m.gold < 0 || m.pred < 0 {
			continue
		}
		if speakers {
			n.speakerKind(quotesSpeakerKind,
				speakerOf(c.gold, c.gold.Resolution.OfQuote, m.gold), speakerOf(c.pred, c.pred.Resolution.OfQuote, m.pred))
			by := quotesSpeakerByNone
			if k := c.gold.Resolution.QuoteMention; m.gold < len(k) && k[m.gold] >= 0 {
				by = byMention(c.gold.Mentions[k[m.gold]].Type)
			}
			n.share(by, m.speaker, 1)
			n.share(quotesSpeakerFound, m.speaker, 1)
			n.share(quotesSpeakerFoundLoose, m.speakerLoose, 1)
		}
	}
}

func (c *comparison) countClaims(n tally, layers pipeline.Layers) {
	claims := layers.Has(pipeline.LayerAttributions)
	speakers := layers.Has(pipeline.LayerSpeakers) && c.gold.Has(pipeline.LayerSpeakers)
	for _, m := range c.claims {
		var gk, pk slice
		if m.gold >= 0 {
			gk = ofKind(c.gold.Attributions[m.gold].Kind)
		}
		if m.pred >= 0 {
			pk = ofKind(c.pred.Attributions[m.pred].Kind)
		}
		if claims {
			n.item(claimsFound, m, gk, pk, true)
			n.item(claimsExact, m, gk, pk, m.exact)
			n.item(claimsSource, m, gk, pk, m.source)
			n.item(claimsCue, m, gk, pk, m.cue)
			n.item(claimsCueExact, m, gk, pk, m.cueExact)
		}
		if speakers {
			n.item(claimsSpeaker, m, gk, pk, m.speaker)
			n.item(claimsSpeakerLoose, m, gk, pk, m.speakerLoose)
		}
		if m.gold < 0 || m.pred < 0 {
			continue
		}
		if speakers {
			n.speakerKind(claimsSpeakerKind,
				speakerOf(c.gold, c.gold.Resolution.OfAttribution, m.gold), speakerOf(c.pred, c.pred.Resolution.OfAttribution, m.pred))
		}
	}
}

// item counts the two sides of m in a prf measure, and a hit where both are
// there and right.
func (n tally) item(m measure, x match, gold, pred slice, right bool) {
	if x.gold >= 0 {
		n.gold(m, gold)
	}
	if x.pred >= 0 {
		n.pred(m, pred)
	}
	if x.gold >= 0 && x.pred >= 0 && right {
		n.hit(m, gold, pred)
	}
}

// speakerKind counts where both sides have a speaker.
func (n tally) speakerKind(m measure, gold, pred *pipeline.Speaker) {
	if gold != nil && pred != nil {
		n.share(m, gold.Kind == pred.Kind, 1)
	}
}

// countMentions counts mentions found and B³. The gold names the speakers of
// statements only, so of the predicted speakers those count that make a
// statement or share a mention with a gold speaker. Where the gold holds some of
// the mentions and not each, nothing can be said of the others: B³ is then over
// the gold mentions, and found mentions are not counted.
func (c *comparison) countMentions(n tally) {
	pairs := matchMentions(c.t, c.gold.Mentions, c.pred.Mentions)
	type clusters struct{ gold, pred int }
	shared := make(map[clusters]float64)
	goldSize, predSize := make([]float64, len(c.gold.Speakers)), make([]float64, len(c.pred.Speakers))
	for _, m := range c.gold.Mentions {
		goldSize[m.Speaker]++
	}
	for _, x := range pairs {
		k := clusters{c.gold.Mentions[x[0]].Speaker, c.pred.Mentions[x[1]].Speaker}
		shared[k]++
		predSize[k.pred]++
	}
	hits, gold, all := float64(len(pairs)), float64(len(c.gold.Mentions)), float64(len(pairs))
	if !c.someMentions {
		all = c.countedMentions(predSize)
		n.add(speakerMentions, sliceAll, hits, all, hits, gold)
	}
	n.add(speakerB3, sliceAll, 0, all, 0, gold)
	for _, x := range pairs { // in the order of the pairs, so that sums are the same every time
		g, p := c.gold.Mentions[x[0]].Speaker, c.pred.Mentions[x[1]].Speaker
		s := shared[clusters{g, p}]
		n.add(speakerB3, sliceAll, s/predSize[p], 0, s/goldSize[g], 0)
	}
}

// countedMentions is the number of predicted mentions that are right or wrong,
// where the gold holds all. Of size, in which each speaker has its matched
// mentions, it makes the number of all that the speaker has.
func (c *comparison) countedMentions(size []float64) float64 {
	counted := make([]bool, len(size))
	for _, list := range [][]int{c.pred.Resolution.OfAttribution, c.pred.Resolution.OfQuote} {
		for _, s := range list {
			if s >= 0 {
				counted[s] = true
			}
		}
	}
	for s := range size {
		counted[s] = counted[s] || size[s] > 0
		size[s] = 0
	}
	all := 0.0
	for _, m := range c.pred.Mentions {
		size[m.Speaker]++
		if counted[m.Speaker] {
			all++
		}
	}
	return all
}
