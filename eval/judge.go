package eval

import "github.com/onrecord-nlp/onrecord/pipeline"

// question is one thing that is asked of an item, and the error that a wrong
// answer to it is.
type question uint8

const (
	blockKind question = iota
	quoteMissed
	quoteSpurious
	quoteKindOf
	quoteSource
	quoteSpeaker
	quoteStance
	claimMissed
	claimSpurious
	claimBounds
	claimKindOf
	claimSource
	claimCue
	claimCueClass
	claimSpeaker
	claimStance
	numQuestions
)

var errorNames = [numQuestions]string{
	blockKind:   "wrong kind of block",
	quoteMissed: "missed quote", quoteSpurious: "spurious quote", quoteKindOf: "wrong kind of quote", quoteSource: "wrong source of quote",
	quoteSpeaker: "wrong speaker of quote", quoteStance: "wrong stance of quote",
	claimMissed: "missed claim", claimSpurious: "spurious claim", claimBounds: "wrong bounds of claim", claimKindOf: "wrong kind of claim",
	claimSource: "wrong source of claim", claimCue: "wrong cue of claim", claimCueClass: "wrong class of cue",
	claimSpeaker: "wrong speaker of claim", claimStance: "wrong stance of claim",
}

// judgement is the answer to one question about one item: a quote, an
// attribution or a block. An item that was not found is only asked whether it
// was.
type judgement struct {
	question
	gold, pred int // the item on each side, or -1
	right      bool
	// The classes of both sides by name, for questions of class, and for missed
	// and spurious items their kind.
	goldClass, predClass string
}

// judge tells every judgement of the comparison, right ones too. Those on one
// question are in the order of the gold items, with spurious ones last.
func (c *comparison) judge(l *layout, layers pipeline.Layers, tell func(judgement)) {
	if layers.Has(pipeline.LayerBlocks) && c.gold.Has(pipeline.LayerBlocks) {
		c.judgeBlocks(tell)
	}
	quotes, claims := layers.Has(pipeline.LayerQuotes), layers.Has(pipeline.LayerAttributions)
	speakers := layers.Has(pipeline.LayerSpeakers) && c.gold.Has(pipeline.LayerSpeakers)
	// item tells whether one was found at all, where that is asked, and then
	// the answers about what was found.
	item := func(m match, asked bool, missed, spurious question, kind func(d *pipeline.Document, i int) pipeline.Kind, answers ...answer) {
		switch {
		case m.gold < 0 && asked:
			tell(judgement{question: spurious, gold: -1, pred: m.pred, predClass: kind(c.pred, m.pred).String()})
		case asked:
			tell(judgement{question: missed, gold: m.gold, pred: m.pred, right: m.pred >= 0, goldClass: kind(c.gold, m.gold).String()})
		}
		for _, a := range answers {
			if a.asked && m.gold >= 0 && m.pred >= 0 {
				tell(judgement{question: a.question, gold: m.gold, pred: m.pred, right: a.right})
			}
		}
	}
	for _, m := range c.quotes {
		item(m, quotes, quoteMissed, quoteSpurious, quoteKind, answer{quoteSource, speakers, m.source}, answer{quoteSpeaker, speakers, m.speaker})
	}
	for _, m := range c.claims {
		item(m, claims, claimMissed, claimSpurious, claimKind,
			answer{claimBounds, claims, m.exact}, answer{claimSource, claims, m.source}, answer{claimCue, claims, m.cue}, answer{claimSpeaker, speakers, m.speaker})
	}
	c.classed(layers, func(m measure, x match, gold, pred int) {
		names := l.specs[m].classes
		tell(judgement{classQuestion(m), x.gold, x.pred, gold == pred, names[gold], names[pred]})
	})
}

// answer is the answer to a question about a found item, if it was asked.
type answer struct {
	question
	asked, right bool
}

func quoteKind(d *pipeline.Document, i int) pipeline.Kind { return d.Quotes[i].Kind }
func claimKind(d *pipeline.Document, i int) pipeline.Kind { return d.Attributions[i].Kind }

// classQuestion is the question that a measure of classes counts.
func classQuestion(m measure) question {
	switch m {
	case quotesKind:
		return quoteKindOf
	case stanceQuotes:
		return quoteStance
	case claimsKind:
		return claimKindOf
	case stanceClaims:
		return claimStance
	}
	return claimCueClass
}

// judgeBlocks asks of each gold block whether half of its words or more were
// given its kind.
func (c *comparison) judgeBlocks(tell func(judgement)) {
	j := 0
	for i, g := range c.gold.Blocks {
		for j < len(c.pred.Blocks) && c.pred.Blocks[j].End <= g.Start {
			j++
		}
		got, most, right := "none", 0, 0
		for k := j; k < len(c.pred.Blocks) && c.pred.Blocks[k].Start < g.End; k++ {
			p := c.pred.Blocks[k]
			n := c.t.words(g.Intersect(p.Span))
			if p.Kind == g.Kind {
				right += n
			} else if n > most {
				got, most = p.Kind.String(), n
			}
		}
		tell(judgement{blockKind, i, -1, 2*right >= c.t.words(g.Span), g.Kind.String(), got})
	}
}
