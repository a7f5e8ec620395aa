package eval

import (
	"cmp"
	"slices"
	"strings"

	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/goldform"
)

// comparison is what one document and its gold have in common. It is the one
// place where right and wrong are decided: counts and error reports both read
// it.
type comparison struct {
	t          *text
	gold, pred *pipeline.Document
	quotes     []match
	claims     []match
	goldClaim  []int // one a quote: the attribution that it belongs to, or -1
	predClaim  []int
	goldRel    []relation // one an attribution
	predRel    []relation
	pairs      [][2]int // matched contents: indices into goldRel and predRel
	// someMentions is true where the gold holds not every mention of its speakers.
	someMentions bool
}

// match is a gold item with the predicted one that was matched to it. One of
// the two is -1 where nothing matches; the verdicts then mean nothing.
type match struct {
	gold, pred   int
	exact        bool
	source       bool
	cue          bool
	cueExact     bool
	speaker      bool
	speakerLoose bool
}

func compare(a *goldform.Article, pred *pipeline.Document, layers pipeline.Layers) *comparison {
	gold := a.Doc
	c := &comparison{t: newText(gold.Text), gold: gold, pred: pred, someMentions: a.SomeMentions}
	// Claims' sources judge quotes, too.
	c.goldClaim, c.predClaim = claimOfQuote(gold), claimOfQuote(pred)
	c.goldRel = relations(c.t, gold)
	c.predRel = relations(c.t, pred)
	if gold.Has(pipeline.LayerQuotes) && (layers.Has(pipeline.LayerQuotes) || layers.Has(pipeline.LayerSpeakers) || layers.Has(pipeline.LayerStances)) {
		c.matchQuotes()
	}
	if gold.Has(pipeline.LayerAttributions) && (layers.Has(pipeline.LayerAttributions) || layers.Has(pipeline.LayerSpeakers) || layers.Has(pipeline.LayerStances)) {
		c.pairs = matchContents(c.t, c.goldRel, c.predRel)
		c.matchClaims()
	}
	return c
}

// inside is the span of a quote without white space at its ends and without a
// closing comma.
func inside(s string, q pipeline.Span) pipeline.Span {
	words := q.In(s)
	q.Start += len(words) - len(strings.TrimLeft(words, " \t\n\r\u00a0\u2009\u202f"))
	q.End -= len(words) - len(strings.TrimRight(words, " \t\n\r\u00a0\u2009\u202f,"))
	return q
}

func (c *comparison) matchQuotes() {
	type key = pipeline.Span
	byInside := make(map[key]int)
	for i, q := range c.pred.Quotes {
		if q.Uttered {
			if k := inside(c.t.s, q.Span); !k.Empty() {
				if _, ok := byInside[k]; !ok {
					byInside[k] = i
				}
			}
		}
	}
	taken := make([]bool, len(c.pred.Quotes))
	for i, q := range c.gold.Quotes {
		if !q.Uttered {
			continue
		}
		m := match{gold: i, pred: -1}
		if j, ok := byInside[inside(c.t.s, q.Span)]; ok && !taken[j] {
			taken[j] = true
			m.pred = j
			m.source = c.quoteSourceRight(i, j)
			m.speaker, m.speakerLoose = speakerRight(
				speakerOf(c.gold, c.gold.Resolution.OfQuote, i), speakerOf(c.pred, c.pred.Resolution.OfQuote, j))
		}
		c.quotes = append(c.quotes, m)
	}
	for j, q := range c.pred.Quotes {
		if q.Uttered && !taken[j] {
			c.quotes = append(c.quotes, match{gold: -1, pred: j})
		}
	}
}

// claimOfQuote returns the index of the attribution that each quote belongs
// to, or -1.
func claimOfQuote(d *pipeline.Document) []int {
	out := make([]int, len(d.Quotes))
	for i := range out {
		out[i] = -1
	}
	for i, a := range d.Attributions {
		for _, q := range a.Quotes {
			if q < len(out) && out[q] < 0 {
				out[q] = i
			}
		}
	}
	return out
}

// speakerOf returns the speaker that list gives for entry i, or nil.
func speakerOf(d *pipeline.Document, list []int, i int) *pipeline.Speaker {
	if i >= len(list) || list[i] < 0 {
		return nil
	}
	return &d.Speakers[list[i]]
}

func speakerRight(gold, pred *pipeline.Speaker) (same, like bool) {
	if gold == nil || pred == nil {
		return gold == pred, gold == pred
	}
	same = sameName(gold.Name, pred.Name)
	return same, same || likeName(gold.Name, pred.Name)
}

// naming is the words that name a quote's source: its mention and the source
// of its claim.
func (c *comparison) naming(d *pipeline.Document, rel []relation, quote, claim int) set {
	var spans []pipeline.Span
	if m := d.Resolution.QuoteMention; quote < len(m) && m[quote] >= 0 {
		spans = append(spans, d.Mentions[m[quote]].Span)
	}
	if claim >= 0 {
		spans = append(spans, rel[claim].source.spans...)
	}
	return c.t.set(spans...)
}

// quoteSourceRight reports whether the words that name the sources overlap.
// Where the gold names none for this quote, the prediction may name none
// either, or any mention of the right speaker.
func (c *comparison) quoteSourceRight(i, j int) bool {
	gold := c.naming(c.gold, c.goldRel, i, c.goldClaim[i])
	pred := c.naming(c.pred, c.predRel, j, c.predClaim[j])
	if gold.n > 0 || pred.n == 0 {
		return c.roleRight(gold, pred)
	}
	s := speakerOf(c.gold, c.gold.Resolution.OfQuote, i)
	if s == nil {
		return false
	}
	for _, m := range s.Mentions {
		if c.t.common(c.t.set(c.gold.Mentions[m].Span), pred) > 0 {
			return true
		}
	}
	return false
}

// matchContents pairs gold and predicted contents one to one, the best overlap
// first, at intersection over union of at least one half.
func matchContents(t *text, gold, pred []relation) [][2]int {
	var all []candidate
	near := newNeighbours(len(pred), func(p int) set { return pred[p].content })
	for g := range gold {
		for _, p := range near.of(gold[g].content) {
			if iou := t.iou(gold[g].content, pred[p].content); iou >= 0.5 {
				all = append(all, candidate{iou, g, p})
			}
		}
	}
	return oneToOne(all, len(gold), len(pred))
}

// candidate is a gold and a predicted item that may be matched.
type candidate struct {
	iou        float64
	gold, pred int
}

// oneToOne chooses candidates, the best overlap first and earlier items before
// later ones, so that no item is matched twice.
func oneToOne(all []candidate, nGold, nPred int) [][2]int {
	slices.SortFunc(all, func(a, b candidate) int {
		return cmp.Or(-cmp.Compare(a.iou, b.iou), cmp.Compare(a.gold, b.gold), cmp.Compare(a.pred, b.pred))
	})
	goldTaken, predTaken := make([]bool, nGold), make([]bool, nPred)
	var out [][2]int
	for _, x := range all {
		if !goldTaken[x.gold] && !predTaken[x.pred] {
			goldTaken[x.gold], predTaken[x.pred] = true, true
			out = append(out, [2]int{x.gold, x.pred})
		}
	}
	return out
}

func (c *comparison) matchClaims() {
	partner := make([]int, len(c.goldRel))
	for i := range partner {
		partner[i] = -1
	}
	taken := make([]bool, len(c.predRel))
	for _, x := range c.pairs {
		partner[x[0]] = x[1]
		taken[x[1]] = true
	}
	for i := range c.goldRel {
		if c.goldRel[i].content.n == 0 {
			continue
		}
		m := match{gold: i, pred: partner[i]}
		if m.pred >= 0 {
			g, p := &c.goldRel[i], &c.predRel[m.pred]
			m.exact = c.t.equal(c.t.withoutThat(g.content), c.t.withoutThat(p.content))
			m.source = c.roleRight(g.source, p.source) || p.source.n == 0 && nameInSource(c.t, g, p)
			m.cue = c.roleRight(g.cue, p.cue)
			m.cueExact = c.t.equal(g.cue, p.cue)
			m.speaker, m.speakerLoose = speakerRight(
				speakerOf(c.gold, c.gold.Resolution.OfAttribution, i), speakerOf(c.pred, c.pred.Resolution.OfAttribution, m.pred))
		}
		c.claims = append(c.claims, m)
	}
	for j := range c.predRel {
		if !taken[j] && c.predRel[j].content.n > 0 {
			c.claims = append(c.claims, match{gold: -1, pred: j})
		}
	}
}

// roleRight reports whether two sets share a word character or are both empty.
func (c *comparison) roleRight(gold, pred set) bool {
	return gold.n == 0 && pred.n == 0 || c.t.common(gold, pred) > 0
}

// matchMentions pairs gold and predicted mentions one to one, the best overlap
// first. Two mentions may match that share half of their words, that end
// together ("British minister Amber Rudd", "Amber Rudd"), or of which one is
// the other cut at a comma or bracket ("Ann Lee, a nurse").
func matchMentions(t *text, gold, pred []pipeline.Mention) [][2]int {
	g, p := inOrder(gold), inOrder(pred)
	var all []candidate
	first := 0 // predictions before it end before every later gold mention begins
	for _, i := range g {
		gs := gold[i].Span
		for first < len(p) && pred[p[first]].End <= gs.Start {
			first++
		}
		for _, j := range p[first:] {
			ps := pred[j].Span
			if ps.Start >= gs.End {
				break
			}
			iou := t.iou(t.set(gs), t.set(ps))
			if gs == ps {
				iou = 1
			}
			if iou >= 0.5 || iou > 0 && sameHead(t, gs, ps) {
				all = append(all, candidate{iou, i, j})
			}
		}
	}
	return oneToOne(all, len(gold), len(pred))
}

// inOrder returns the indices of mentions in text order.
func inOrder(ms []pipeline.Mention) []int {
	out := make([]int, len(ms))
	for i := range out {
		out[i] = i
	}
	slices.SortStableFunc(out, func(a, b int) int { return bySpan(ms[a].Span, ms[b].Span) })
	return out
}

func sameHead(t *text, a, b pipeline.Span) bool {
	a, b = t.ends(t.set(a)), t.ends(t.set(b))
	if a.End == b.End {
		return true
	}
	if a.Start != b.Start {
		return false
	}
	rest := t.s[min(a.End, b.End):]
	return strings.HasPrefix(rest, ",") || strings.HasPrefix(rest, " (")
}
