package attribute

import "github.com/onrecord-nlp/onrecord/models/chain"

// firstPass is what the first pass found in one document: a label and a
// probability of every label for each token, and the spans these make.
type firstPass struct {
	label  []uint8
	prob   []chain.Scores
	spanOf []int32 // index into spans, -1 outside
	spans  []roleSpan
	cues   []candidate
	cueOf  []int32 // index into cues, -1 outside
}

type roleSpan struct {
	tokenRange
	role          uint8 // labelBSource, labelBCue or labelBContent
	before, after int32 // the nearest likely cues of its paragraph on either side, -1 none
}

// candidate is a run of tokens that may be a cue.
type candidate struct {
	tokenRange
	p    float32 // probability that it is one
	head int     // the token of it that is strongest as a cue
}

// minCue is the least probability of a first token of a candidate cue.
const minCue = 0.15

// collect makes spans and candidate cues from labels and probabilities.
func (fp *firstPass) collect(v *view) {
	n := len(v.word)
	fp.spanOf, fp.cueOf = resize(fp.spanOf, n), resize(fp.cueOf, n)
	fp.spans, fp.cues = fp.spans[:0], fp.cues[:0]
	for i := range n {
		fp.spanOf[i], fp.cueOf[i] = -1, -1
		y := fp.label[i]
		if y == labelO {
			continue
		}
		begin := y - (y+1)%2 // B labels are odd
		if y == begin || len(fp.spans) == 0 || fp.spanOf[max(i-1, 0)] < 0 {
			fp.spans = append(fp.spans, roleSpan{tokenRange{i, i + 1}, begin, -1, -1})
		} else {
			fp.spans[len(fp.spans)-1].last = i + 1
		}
		fp.spanOf[i] = int32(len(fp.spans) - 1)
	}
	for _, p := range v.paras {
		for i := p.first; i < p.last; i++ {
			sure := fp.label[i] == labelBCue
			if !sure && (fp.prob[i][labelBCue] < minCue || fp.label[i] == labelICue) {
				continue
			}
			j := i + 1
			for j < p.last {
				if fp.label[j] == labelBCue {
					break
				}
				if sure {
					if fp.label[j] != labelICue {
						break
					}
				} else if fp.label[j] == labelICue || fp.prob[j][labelICue] < 0.5*fp.prob[i][labelBCue] {
					break
				}
				j++
			}
			c := candidate{tokenRange: tokenRange{i, j}, p: fp.prob[i][labelBCue], head: i}
			for k := i; k < j; k++ {
				if v.cue[k] > v.cue[c.head] || v.cue[k] == v.cue[c.head] && (v.isVerb(k) || v.class[k] == classParticiple) {
					c.head = k
				}
				fp.cueOf[k] = int32(len(fp.cues))
			}
			fp.cues = append(fp.cues, c)
			i = j - 1
		}
	}
	fp.neighbours(v)
}

// likelyCue is the least probability of a cue that counts as a rival of others.
const likelyCue = 0.4

// neighbours finds the likely cues on either side of every span.
func (fp *firstPass) neighbours(v *view) {
	ci := -1 // the last likely cue that ends before the span
	next := 0
	for si := range fp.spans {
		sp := &fp.spans[si]
		para := v.paraFirst[sp.first]
		for next < len(fp.cues) && fp.cues[next].last <= sp.first {
			if fp.cues[next].p >= likelyCue {
				ci = next
			}
			next++
		}
		if ci >= 0 && v.paraFirst[fp.cues[ci].first] == para {
			sp.before = int32(ci)
		}
		for k := next; k < len(fp.cues) && v.paraFirst[fp.cues[k].first] == para; k++ {
			if fp.cues[k].p >= likelyCue && fp.cues[k].first >= sp.last {
				sp.after = int32(k)
				break
			}
		}
	}
}

// linkScratch holds, for one cue, what the second pass's features need of each
// token of its paragraph.
type linkScratch struct {
	cues   []uint8 // other candidate cues of at least even odds between token and cue
	breaks []uint8 // sentence ends between
	quotes []uint8 // quotation marks between
	spans  []uint8 // content spans of the first pass between
	srcs   []uint8 // source spans between
}

func (s *linkScratch) load(v *view, fp *firstPass, ci int, p para) {
	n := p.last - p.first
	s.cues, s.breaks, s.quotes = resize(s.cues, n), resize(s.breaks, n), resize(s.quotes, n)
	s.spans, s.srcs = resize(s.spans, n), resize(s.srcs, n)
	c := fp.cues[ci]
	walk := func(from, to, step int) {
		var cues, breaks, quotes, spans, srcs uint8
		prevSpan := int32(-1)
		prevCue := int32(-1)
		prevSent := v.sentence[c.first]
		for i := from; i != to; i += step {
			if v.sentence[i] != prevSent {
				breaks++
				prevSent = v.sentence[i]
			}
			if o := fp.cueOf[i]; o >= 0 && o != prevCue && fp.cues[o].p >= .5 {
				cues++
			}
			prevCue = fp.cueOf[i]
			if si := fp.spanOf[i]; si >= 0 && si != prevSpan {
				switch fp.spans[si].role {
				case labelBContent:
					spans++
				case labelBSource:
					srcs++
				}
			}
			prevSpan = fp.spanOf[i]
			k := i - p.first
			s.cues[k], s.breaks[k], s.quotes[k], s.spans[k], s.srcs[k] = min(cues, 3), min(breaks, 4), min(quotes, 4), min(spans, 3), min(srcs, 3)
			if v.quote[i] == 1 || v.quote[i] == 3 {
				quotes++
			}
		}
	}
	walk(c.first-1, p.first-1, -1)
	walk(c.last, p.last, 1)
}

// quantize folds a probability into six steps.
func quantize(p float32) uint64 {
	switch {
	case p < .03:
		return 0
	case p < .15:
		return 1
	case p < .4:
		return 2
	case p < .7:
		return 3
	case p < .93:
		return 4
	}
	return 5
}

// linkFeatures appends the features of token i of paragraph p for the second
// pass, which labels the source and content of the candidate cue ci.
func linkFeatures(dst []uint64, v *view, c *context, fp *firstPass, s *linkScratch, ci, i int, p para) []uint64 {
	f := featureSet{dst: dst, t: 1000}
	cue := fp.cues[ci]
	lo, hi := p.first, p.last
	k := i - lo
	side, dist := uint64(0), cue.first-i
	if i >= cue.last {
		side, dist = 1, i-cue.last+1
	}
	d := bucket(dist)
	cw := v.word[cue.head]
	ct := uint64(v.tag[cue.head])
	q := uint64(v.quote[i])
	y := uint64(fp.label[i])
	yp, yn := uint64(7), uint64(7)
	if i > lo {
		yp = uint64(fp.label[i-1])
	}
	if i+1 < hi {
		yn = uint64(fp.label[i+1])
	}
	pr := &fp.prob[i]
	ps, pc := quantize(pr[labelBSource]+pr[labelISource]), quantize(pr[labelBContent]+pr[labelIContent])
	pbs, pbc := quantize(pr[labelBSource]), quantize(pr[labelBContent])
	cues, breaks, quotes, spans, srcs := uint64(s.cues[k]), uint64(s.breaks[k]), uint64(s.quotes[k]), uint64(s.spans[k]), uint64(s.srcs[k])
	before, after := v.at(v.word, cue.first-1, lo, hi), v.at(v.word, cue.last, lo, hi)
	tb, ta := v.tagAt(cue.first-1, lo, hi), v.tagAt(cue.last, lo, hi)
	geo := side*16 + d
	w := v.word[i]

	f.add(1)
	f.add2(geo, q)
	f.add3(side, y, d)
	f.add3(side, y*8+yp, yn)
	f.add3(side, y, cues*8+breaks)
	f.add3(side, y, quotes*8+q)
	f.add3(side, y, spans*8+cues)
	f.add3(side, y, srcs*8+cues)
	f.add3(side, y*4+spans, srcs*4+cues)
	f.add3(side, y*8+ps, pc)
	f.add3(side, ps*8+cues, srcs)
	f.add3(side, pc*8+cues, spans)
	f.add3(side, pbs*8+pbc, yp)
	f.add3(geo, cues*4+breaks, q)
	f.add3(cw, side, y)
	f.add3(cw, side*16+d, q)
	f.add3(cw, side*8+breaks, quotes*4+q)
	f.add3(cw, uint64(v.class[i]), side*16+d)
	f.add3(ct, uint64(v.class[i]), side*16+d)
	f.add3(ct, side*8+y, breaks*8+cues)
	f.add3(uint64(v.report[cue.head]), side*16+d, y)
	f.add3(uint64(v.report[cue.head]), uint64(v.class[i]), side*16+d)
	f.add3(before, geo, y)
	f.add3(after, geo, y)
	f.add3(tb*256+ta, side*8+y, d)
	f.add3(tb*256+ta, side*8+breaks, q)
	f.add3(w, side, y)
	f.add3(w, geo, 0)
	f.add3(v.tagAt(i, lo, hi), geo, q)
	f.add2(quantize(cue.p)*2+side, y)
	f.add3(quantize(cue.p)*2+side, y, breaks*8+cues)
	for e := -2; e <= 2; e++ {
		f.add2(v.at(v.word, i+e, lo, hi), side)
		f.add3(v.tagAt(i+e, lo, hi), side, d)
	}
	f.add3(v.tagAt(i-1, lo, hi), v.tagAt(i, lo, hi), side)
	f.add3(v.tagAt(i, lo, hi), v.tagAt(i+1, lo, hi), side)
	f.add3(v.at(v.word, i-1, lo, hi), w, side)
	f.add3(w, v.at(v.word, i+1, lo, hi), side)
	f.add3(v.at(v.word, i-1, lo, hi), side*16+d, y)
	f.add3(v.at(v.word, i+1, lo, hi), side*16+d, y)
	f.add2(uint64(v.known[i])*2+side, y)
	// The same quotation touches the cue, or the same sentence does.
	touch := uint64(0)
	if qi := v.qindex[i]; qi >= 0 {
		touch = 1
		if cue.first > lo && v.qindex[cue.first-1] == qi || cue.first-1 > lo && v.qindex[cue.first-2] == qi {
			touch = 2
		}
		if cue.last < hi && v.qindex[cue.last] == qi || cue.last+1 < hi && v.qindex[cue.last+1] == qi {
			touch += 2
		}
		if v.qindex[cue.head] == qi {
			touch = 6
		}
	}
	f.add3(touch, side*8+y, breaks)
	f.add3(touch, side*8+quotes, cues)
	f.add3(touch, cw, side)
	// The noun chunk.
	if cf := c.chunkFirst[i]; cf >= 0 {
		cl := c.chunkLast[i]
		adj := uint64(0)
		if int(cl) == cue.first {
			adj = 1
		} else if int(cf) == cue.last {
			adj = 2
		}
		f.add3(adj, uint64(v.class[i]), y)
		f.add3(v.at(v.word, int(cl), lo, hi), side, d)
		f.add3(v.at(v.word, int(cf)-1, lo, hi), side, d)
		f.add3(adj, cw, v.word[cl-1])
	} else {
		f.skip(4)
	}
	// Verbs between the token and the cue.
	lv, rv := c.leftVerb[i], c.rightVerb[i]
	f.add3(order(rv, int32(cue.head)), order(lv, int32(cue.head)), side*8+y)
	if rv >= 0 && fp.cueOf[rv] == int32(ci) {
		f.add3(1, uint64(v.class[i]), q)
	} else {
		f.add3(2, uint64(v.class[i]), side)
	}
	// The first pass's span that the token lies in, as a whole: how far it is
	// from this cue, and which other cue is nearer.
	if si := fp.spanOf[i]; si >= 0 && fp.spans[si].role != labelBCue {
		sp := &fp.spans[si]
		role := uint64(0)
		if sp.role == labelBContent {
			role = 1
		}
		gap, edge, rival := 0, sp.last-1, sp.before
		if sp.first >= cue.last {
			gap, edge, rival = sp.first-cue.last, sp.first, sp.after
		} else {
			gap = cue.first - sp.last
		}
		rel := uint64(0)
		if sp.after == int32(ci) {
			rel = 1
		} else if sp.before == int32(ci) {
			rel = 2
		}
		rivalGap, rivalNear := uint64(15), uint64(0)
		if rival >= 0 {
			rc := &fp.cues[rival]
			d, e := sp.first-rc.last, sp.first
			if rc.first >= sp.last {
				d, e = rc.first-sp.last, sp.last-1
			}
			rivalGap = bucket(d)
			rivalNear = 1
			if v.sentence[e] == v.sentence[rc.first] {
				rivalNear = 2
			}
		}
		near := uint64(0)
		if v.sentence[edge] == v.sentence[cue.first] {
			near = 1
		}
		kind := role*4 + rel
		first := uint64(0)
		if i == sp.first {
			first = 1
		}
		mark := uint64(v.quote[sp.first]&1)*2 + uint64(v.quote[sp.last-1]&1)
		f.add3(kind*2+first, bucket(gap), rivalGap)
		f.add3(kind*2+first, near, rivalNear)
		f.add3(kind*2+first, bucket(gap)*2+near, mark)
		f.add3(kind*2+first, uint64(s.srcs[k])*4+uint64(s.cues[k]), near*4+rivalNear)
		f.add3(kind, bucket(sp.last-sp.first), bucket(gap))
		f.add3(kind, cw, near)
		f.add3(kind, tb*256+ta, near*4+rivalNear)
		f.add3(kind, before, near)
	} else {
		f.skip(8)
	}
	lm, rm := c.leftMark[i], c.rightMark[i]
	f.add3(order(lm, int32(cue.head)), v.wordAtOrNone(lm), side)
	f.add3(order(rm, int32(cue.head)), v.wordAtOrNone(rm), side)
	f.add3(bucket(i-int(v.sentFirst[i])), side*8+y, breaks)
	f.add3(bucket(int(v.sentLast[i])-1-i), side*8+y, breaks)
	f.add3(bucket(cue.first-lo), side*8+y, q)
	return f.dst
}
