package eval

import "github.com/onrecord-nlp/onrecord/pipeline"

// classed tells, for each matched quote and claim, the class that each side
// gives it, as a number of the type that the measure is about: kind, stance,
// class of cue. A claim whose gold cue has no class is not judged by it.
func (c *comparison) classed(layers pipeline.Layers, tell func(m measure, x match, gold, pred int)) {
	stances := layers.Has(pipeline.LayerStances)
	gs, ps := &c.gold.Stances, &c.pred.Stances
	for _, m := range c.quotes {
		if m.gold < 0 || m.pred < 0 {
			continue
		}
		if layers.Has(pipeline.LayerQuotes) {
			tell(quotesKind, m, int(c.gold.Quotes[m.gold].Kind), int(c.pred.Quotes[m.pred].Kind))
		}
		if stances && m.gold < len(gs.OfQuote) && m.pred < len(ps.OfQuote) {
			tell(stanceQuotes, m, int(gs.OfQuote[m.gold].Position), int(ps.OfQuote[m.pred].Position))
		}
	}
	for _, m := range c.claims {
		if m.gold < 0 || m.pred < 0 {
			continue
		}
		if layers.Has(pipeline.LayerAttributions) {
			tell(claimsKind, m, int(c.gold.Attributions[m.gold].Kind), int(c.pred.Attributions[m.pred].Kind))
		}
		if stances && m.gold < len(gs.OfAttribution) && m.pred < len(ps.OfAttribution) {
			tell(stanceClaims, m, int(gs.OfAttribution[m.gold].Position), int(ps.OfAttribution[m.pred].Position))
		}
		if stances && m.gold < len(gs.CueClasses) && m.pred < len(ps.CueClasses) && gs.CueClasses[m.gold] != pipeline.CueNone {
			tell(cueClass, m, int(gs.CueClasses[m.gold]), int(ps.CueClasses[m.pred]))
		}
	}
}
