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

// reset makes room for a document.
func (fp *firstPass) reset(v *view) {
	n := len(v.word)
	fp.label, fp.prob = resize(fp.label, n), resize(fp.prob, n)
	fp.spanOf, fp.cueOf = resize(fp.spanOf, n), resize(fp.cueOf, n)
	for i := range n {
		fp.spanOf[i], fp.cueOf[i] = -1, -1
	}
	fp.spans, fp.cues = fp.spans[:0], fp.cues[:0]
}

// collect makes spans and candidate cues from the labels and probabilities of
// some paragraphs, which come after all collected before. A candidate's first
// token begins a cue with a probability of minCue at least.
func (fp *firstPass) collect(v *view, paras []para, minCue float32) {
	spans, cues := len(fp.spans), len(fp.cues)
	for _, p := range paras {
		for i := p.first; i < p.last; i++ {
			y := fp.label[i]
			if y == labelO {
				continue
			}
			begin := y - (y+1)%2 // B labels are odd
			if y == begin || i == p.first || fp.spanOf[i-1] < 0 {
				fp.spans = append(fp.spans, roleSpan{tokenRange{i, i + 1}, begin, -1, -1})
			} else {
				fp.spans[len(fp.spans)-1].last = i + 1
			}
			fp.spanOf[i] = int32(len(fp.spans) - 1)
		}
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
			for k := i; k < j; k++ {
				fp.cueOf[k] = int32(len(fp.cues))
			}
			fp.cues = append(fp.cues, v.headed(candidate{tokenRange: tokenRange{i, j}, p: fp.prob[i][labelBCue]}))
			i = j - 1
		}
	}
	fp.neighbours(v, spans, cues)
}

// headed returns the candidate with its head: the strongest of its tokens as a
// cue, the last verb of equals.
func (v *view) headed(c candidate) candidate {
	c.head = c.first
	for k := c.first; k < c.last; k++ {
		if v.cue[k] > v.cue[c.head] || v.cue[k] == v.cue[c.head] && (v.isVerb(k) || v.class[k] == classParticiple) {
			c.head = k
		}
	}
	return c
}

// likelyCue is the least probability of a cue that counts as a rival of others.
const likelyCue = 0.4

// neighbours finds the likely cues on either side of the spans from the first
// given, among the cues from the first given.
func (fp *firstPass) neighbours(v *view, spans, cues int) {
	ci := -1 // the last likely cue that ends before the span
	next := cues
	for si := spans; si < len(fp.spans); si++ {
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

// The features of the second pass, which labels the source and content of one
// candidate cue. They come in groups, so that sums of the first ones can be kept.

// linkState is what the groups need of one token beside one cue, worked out
// once.
type linkState struct {
	side, d, geo                      uint64 // after the cue?; how far, in a bucket; both
	q, y, yp, yn                      uint64 // quotation marks; labels of the first pass
	ps, pc                            uint64 // its probabilities of a source and of a content
	pbs, pbc                          uint64 // and that one begins
	cues, breaks, quotes, spans, srcs uint64
}

// cueState is what they need of the cue.
type cueState struct {
	tokenRange
	head          int32
	word, tag     uint64
	report, sure  uint64
	before, after uint64 // the words beside it
	tags          uint64 // and their tags
	place         uint64 // how far it is from the paragraph's begin
}

func (v *view) cueState(c candidate, p para) cueState {
	lo, hi := p.first, p.last
	return cueState{
		tokenRange: c.tokenRange, head: int32(c.head),
		word: v.word[c.head], tag: uint64(v.tag[c.head]), report: uint64(v.report[c.head]), sure: quantize(c.p),
		before: v.at(v.word, c.first-1, lo, hi), after: v.at(v.word, c.last, lo, hi),
		tags:  v.tagAt(c.first-1, lo, hi)*numTags + v.tagAt(c.last, lo, hi),
		place: bucket(c.first - lo),
	}
}

func (v *view) linkState(fp *firstPass, s *linkScratch, cue *cueState, i int, p para) linkState {
	k := i - p.first
	st := linkState{
		q: uint64(v.quote[i]), y: uint64(fp.label[i]), yp: 7, yn: 7,
		cues: uint64(s.cues[k]), breaks: uint64(s.breaks[k]), quotes: uint64(s.quotes[k]), spans: uint64(s.spans[k]), srcs: uint64(s.srcs[k]),
	}
	dist := cue.first - i
	if i >= cue.last {
		st.side, dist = 1, i-cue.last+1
	}
	st.d = bucket(dist)
	st.geo = st.side*16 + st.d
	if i > p.first {
		st.yp = uint64(fp.label[i-1])
	}
	if i+1 < p.last {
		st.yn = uint64(fp.label[i+1])
	}
	pr := &fp.prob[i]
	st.ps, st.pc = quantize(pr[labelBSource]+pr[labelISource]), quantize(pr[labelBContent]+pr[labelIContent])
	st.pbs, st.pbc = quantize(pr[labelBSource]), quantize(pr[labelBContent])
	return st
}

// appendState appends the features of the state alone.
func appendState(f []uint64, s *linkState) []uint64 {
	return append(f,
		hash1(1001, 1),
		hash2(1002, s.geo, s.q),
		hash3(1003, s.side, s.y, s.d),
		hash3(1004, s.side, s.y*8+s.yp, s.yn),
		hash3(1005, s.side, s.y, s.cues*8+s.breaks),
		hash3(1006, s.side, s.y, s.quotes*8+s.q),
		hash3(1007, s.side, s.y, s.spans*8+s.cues),
		hash3(1008, s.side, s.y, s.srcs*8+s.cues),
		hash3(1009, s.side, s.y*4+s.spans, s.srcs*4+s.cues),
		hash3(1010, s.side, s.y*8+s.ps, s.pc),
		hash3(1011, s.side, s.ps*8+s.cues, s.srcs),
		hash3(1012, s.side, s.pc*8+s.cues, s.spans),
		hash3(1013, s.side, s.pbs*8+s.pbc, s.yp),
		hash3(1014, s.geo, s.cues*4+s.breaks, s.q))
}

// key is one for all states of the same features of appendState.
func (s *linkState) key() uint64 {
	k := s.geo
	for _, x := range [...]struct{ v, bits uint64 }{
		{s.q, 2}, {s.y, 3}, {s.yp, 3}, {s.yn, 3}, {s.ps, 3}, {s.pc, 3}, {s.pbs, 3}, {s.pbc, 3},
		{s.cues, 2}, {s.breaks, 3}, {s.quotes, 3}, {s.spans, 2}, {s.srcs, 2},
	} {
		k = k<<x.bits | x.v
	}
	return k + 1
}

// appendCue appends the features of the state beside what is the cue's own.
func appendCue(f []uint64, s *linkState, c *cueState) []uint64 {
	return append(f,
		hash3(1101, c.word, s.side, s.y),
		hash3(1102, c.word, s.geo, s.q),
		hash3(1103, c.word, s.side*8+s.breaks, s.quotes*4+s.q),
		hash3(1104, c.tag, s.side*8+s.y, s.breaks*8+s.cues),
		hash3(1105, c.report, s.geo, s.y),
		hash3(1106, c.before, s.geo, s.y),
		hash3(1107, c.after, s.geo, s.y),
		hash3(1108, c.tags, s.side*8+s.y, s.d),
		hash3(1109, c.tags, s.side*8+s.breaks, s.q),
		hash2(1110, c.sure*2+s.side, s.y),
		hash3(1111, c.sure*2+s.side, s.y, s.breaks*8+s.cues),
		hash3(1112, c.place, s.side*8+s.y, s.q))
}

// cueKey is one for all states of the same features of appendCue beside one
// cue.
func (s *linkState) cueKey() uint64 {
	return s.geo<<20 | s.q<<16 | s.y<<12 | s.breaks<<8 | s.quotes<<4 | s.cues
}

const (
	linkReach = 2 // how far around a token words and tags count
	numNear   = 2*linkReach + 1
)

// appendNearWord appends the feature that the word of the token e after it
// gives to a token.
func appendNearWord(f []uint64, word, side uint64, e int) []uint64 {
	return append(f, hash2(uint64(1210+e), word, side))
}

// appendNearTag appends that of the tag.
func appendNearTag(f []uint64, tag, geo uint64, e int) []uint64 {
	return append(f, hash2(uint64(1220+e), tag, geo))
}

// appendLink appends the other features of token i of paragraph p for the
// candidate cue ci.
func appendLink(f []uint64, v *view, c *context, fp *firstPass, st *linkState, cue *cueState, ci, i int, p para) []uint64 {
	lo, hi := p.first, p.last
	side, d, geo, q, y, breaks := st.side, st.d, st.geo, st.q, st.y, st.breaks
	class := uint64(v.class[i])
	w := v.word[i]
	cw := cue.word
	ti := v.tagAt(i, lo, hi)
	f = append(f,
		hash3(1301, cw, class, geo),
		hash3(1302, cue.tag, class, geo),
		hash3(1303, cue.report, class, geo),
		hash3(1304, w, side, y),
		hash2(1305, w, geo),
		hash3(1306, ti, geo, q),
		hash3(1307, v.tagAt(i-1, lo, hi), ti, side),
		hash3(1308, ti, v.tagAt(i+1, lo, hi), side),
		hash3(1309, v.at(v.word, i-1, lo, hi), geo, y),
		hash3(1310, v.at(v.word, i+1, lo, hi), geo, y),
		hash2(1311, uint64(v.known[i])*2+side, y))
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
	f = append(f,
		hash3(1320, touch, side*8+y, breaks),
		hash3(1321, touch, side*8+st.quotes, st.cues),
		hash3(1322, touch, cw, side))
	// The noun chunk.
	if cf := c.chunkFirst[i]; cf >= 0 {
		cl := c.chunkLast[i]
		adj := uint64(0)
		if int(cl) == cue.first {
			adj = 1
		} else if int(cf) == cue.last {
			adj = 2
		}
		f = append(f,
			hash3(1330, adj, class, y),
			hash3(1331, v.at(v.word, int(cl), lo, hi), side, d),
			hash3(1332, v.at(v.word, int(cf)-1, lo, hi), side, d))
		if adj > 0 {
			f = append(f, hash3(1333, adj, cw, v.word[cl-1]))
		}
	}
	// Verbs between the token and the cue.
	lv, rv := c.leftVerb[i], c.rightVerb[i]
	f = append(f, hash3(1340, order(rv, cue.head), order(lv, cue.head), side*8+y))
	if rv >= 0 && fp.cueOf[rv] == int32(ci) {
		f = append(f, hash3(1341, 1, class, q))
	} else {
		f = append(f, hash3(1342, 2, class, side))
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
		f = append(f,
			hash3(1350, kind*2+first, bucket(gap), rivalGap),
			hash3(1351, kind*2+first, near, rivalNear),
			hash3(1352, kind*2+first, bucket(gap)*2+near, mark),
			hash3(1353, kind*2+first, st.srcs*4+st.cues, near*4+rivalNear),
			hash3(1354, kind, bucket(sp.last-sp.first), bucket(gap)),
			hash3(1355, kind, cw, near),
			hash3(1356, kind, cue.tags, near*4+rivalNear),
			hash3(1357, kind, cue.before, near))
	}
	lm, rm := c.leftMark[i], c.rightMark[i]
	return append(f,
		hash3(1360, order(lm, cue.head), v.wordAtOrNone(lm), side),
		hash3(1361, order(rm, cue.head), v.wordAtOrNone(rm), side),
		hash3(1362, bucket(i-int(v.sentFirst[i])), side*8+y, breaks),
		hash3(1363, bucket(int(v.sentLast[i])-1-i), side*8+y, breaks))
}

// linkFeatures appends all features of token i of paragraph p for the
// candidate cue ci.
func linkFeatures(f []uint64, v *view, c *context, fp *firstPass, s *linkScratch, cue *cueState, ci, i int, p para) []uint64 {
	lo, hi := p.first, p.last
	st := v.linkState(fp, s, cue, i, p)
	f = appendState(f, &st)
	f = appendCue(f, &st, cue)
	for e := -linkReach; e <= linkReach; e++ {
		f = appendNearWord(f, v.at(v.word, i+e, lo, hi), st.side, e)
		f = appendNearTag(f, v.tagAt(i+e, lo, hi), st.geo, e)
	}
	return appendLink(f, v, c, fp, &st, cue, ci, i, p)
}

// linkMemo keeps sums of the weights of features that recur. It belongs to one
// model and one goroutine.
type linkMemo struct {
	states [4096]stateSum
	words  [4096]nearSums
	tags   *nearTags
	feats  []uint64
}

// nearTags holds what the tag of a token adds to the tokens around it, by the
// tag and by where that token stands beside the cue: [e+linkReach] is what it
// adds to the one that stands e before it.
type nearTags [numTags][32][numNear]chain.Sum

type stateSum struct {
	key uint64
	sum chain.Sum
}

// nearSums is what a word adds to the tokens around it on one side of a cue:
// at[e+linkReach] to the one that stands e before it.
type nearSums struct {
	key uint64
	at  [numNear]chain.Sum
}

func newNearTags(m *chain.Model) *nearTags {
	t := new(nearTags)
	var f []uint64
	for tag := range uint64(numTags) {
		for geo := range uint64(32) {
			for e := -linkReach; e <= linkReach; e++ {
				f = appendNearTag(f[:0], tag, geo, e)
				t[tag][geo][e+linkReach] = m.Sum(f)
			}
		}
	}
	return t
}

func newLinkMemo(tags *nearTags) *linkMemo { return &linkMemo{tags: tags} }

func (t *linkMemo) state(m *chain.Model, st *linkState) chain.Sum {
	key := st.key()
	s := &t.states[hash1(0, key)>>52]
	if s.key != key {
		t.feats = appendState(t.feats[:0], st)
		*s = stateSum{key, m.Sum(t.feats)}
	}
	return s.sum
}

func (t *linkMemo) word(m *chain.Model, word, side uint64) *nearSums {
	key := hash2(1, word, side) | 1
	s := &t.words[key>>52]
	if s.key != key {
		s.key = key
		for e := -linkReach; e <= linkReach; e++ {
			t.feats = appendNearWord(t.feats[:0], word, side, e)
			s.at[e+linkReach] = m.Sum(t.feats)
		}
	}
	return s
}

const (
	stateFeatures = 14
	cueFeatures   = 12
	nearFeatures  = 2 * numNear
)

// emit sets em to the emission scores of the tokens of paragraph p beside the
// cue ci, but for those of the cue: exactly those of linkFeatures.
func (t *linkMemo) emit(m *chain.Model, v *view, c *context, fp *firstPass, s *linkScratch, cue *cueState, ci int, p para, em []chain.Scores) {
	lo, hi := p.first, p.last
	var cueSum chain.Sum
	lastKey := ^uint64(0)
	for i := lo; i < hi; i++ {
		if i == cue.first {
			i = cue.last - 1
			continue
		}
		st := v.linkState(fp, s, cue, i, p)
		sum := t.state(m, &st)
		if k := st.cueKey(); k != lastKey {
			lastKey = k
			t.feats = appendCue(t.feats[:0], &st, cue)
			cueSum = m.Sum(t.feats)
		}
		sum.Add(cueSum)
		for e := -linkReach; e <= linkReach; e++ {
			sum.Add(t.word(m, v.at(v.word, i+e, lo, hi), st.side).at[e+linkReach])
			sum.Add(t.tags[v.tagAt(i+e, lo, hi)][st.geo][e+linkReach])
		}
		f := appendLink(t.feats[:0], v, c, fp, &st, cue, ci, i, p)
		sum.Add(m.Sum(f))
		m.Scores(sum, stateFeatures+cueFeatures+nearFeatures+len(f), &em[i-lo])
		t.feats = f
	}
}
