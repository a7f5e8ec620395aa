package attribute

import (
	"math"
	"slices"

	"github.com/onrecord-nlp/onrecord/models/chain"
	"github.com/onrecord-nlp/onrecord/pipeline"
)

// How far from a cue, in tokens, its source and content are sought. Beyond
// that only the first pass's contents reach.
const (
	reachBefore = 180
	reachAfter  = 240
)

// emitter scores the features of a position: a packed model or one in
// training.
type emitter interface {
	Emit(features []uint64, e *chain.Scores)
}

// scratch is all that processing one document needs.
type scratch struct {
	view   view
	ctx    context
	fp     firstPass
	link   linkScratch
	dec    chain.Decoder
	em     []chain.Scores
	mg     []chain.Scores
	label  []uint8
	feats  []uint64
	linked []linked
	// Sums kept of the model in use, which is the same for the scratch's life;
	// nil in training.
	tagMemo  *tagMemo
	linkMemo *linkMemo
	set      settings
	deep     *deep   // the scores of the encoder; nil in the fast engine
	owner    []int32 // for each token one more than the attribution whose content it is, 0 none
	cued     []bool  // the token belongs to the cue of an accepted attribution
}

// linked is what the second pass found for one candidate cue.
type linked struct {
	cue       candidate
	source    tokenRange // empty: none
	content   []tokenRange
	score     float32 // how sure the second pass is of cue and content
	srcProb   float32 // how sure it is of the source
	has       float32 // probability that the cue has a content
	hasSource float32
	manner    pipeline.Manner
}

func (s *scratch) grow(n int) {
	if cap(s.em) < n {
		s.em, s.mg, s.label = make([]chain.Scores, n*2), make([]chain.Scores, n*2), make([]uint8, n*2)
	}
	s.em, s.mg, s.label = s.em[:n], s.mg[:n], s.label[:n]
}

// first runs the first pass over some paragraphs of the loaded document, the
// deep scores mixed in where there are some, and collects what it finds.
func (s *scratch) first(m emitter, t *chain.Transitions, paras []para) {
	v := &s.view
	packed, _ := m.(*chain.Model)
	for _, p := range paras {
		s.grow(p.last - p.first)
		if packed != nil {
			s.tagMemo.emit(packed, v, &s.ctx, p, s.em)
		} else {
			for i := p.first; i < p.last; i++ {
				s.feats = tagFeatures(s.feats[:0], v, &s.ctx, i, p.first, p.last)
				m.Emit(s.feats, &s.em[i-p.first])
			}
		}
		if s.deep != nil {
			s.deep.tagScores(p, s.em)
		}
		s.dec.Partition(t, s.em)
		s.dec.Marginals(s.fp.prob[p.first:p.last])
		s.dec.Viterbi(t, s.em, s.fp.label[p.first:p.last])
	}
	s.fp.collect(v, paras, s.set.minCue)
}

// window is the part of the paragraph in which a cue's source and content are
// sought.
func window(p para, c tokenRange) para {
	return para{max(p.first, c.first-reachBefore), min(p.last, c.last+reachAfter), p.block}
}

// fixCue forbids the cue label outside the cue and every other inside.
func fixCue(e *chain.Scores, inside bool) {
	if inside {
		for y := range numLinkLabels {
			if y != linkCue {
				e[y] = -1e9
			}
		}
		return
	}
	e[linkCue] = -1e9
}

// second runs the second pass over the candidate cues from the first given.
func (s *scratch) second(m *chain.Model, t *chain.Transitions, from int) {
	v := &s.view
	for ci := from; ci < len(s.fp.cues); ci++ {
		c := s.fp.cues[ci]
		w := window(v.paraOf(c.first), c.tokenRange)
		if s.deep != nil {
			w = s.deep.reach(w, c.tokenRange)
		}
		n := w.last - w.first
		s.grow(n)
		s.link.load(v, &s.fp, ci, w)
		cue := v.cueState(c, w)
		s.linkMemo.emit(m, v, &s.ctx, &s.fp, &s.link, &cue, ci, w, s.em)
		if s.deep != nil {
			s.deep.linkScores(v, c.tokenRange, w, s.em)
		}
		for i := w.first; i < w.last; i++ {
			e := &s.em[i-w.first]
			inside := i >= c.first && i < c.last
			if inside {
				*e = chain.Scores{}
			}
			fixCue(e, inside)
		}
		logz := s.dec.Partition(t, s.em)
		has := 1 - exp(s.dec.Without(contentLabels)-logz)
		if has < s.set.minLink {
			continue
		}
		hasSource := 1 - exp(s.dec.Without(sourceLabels)-logz)
		s.dec.Marginals(s.mg)
		var src chain.Must
		if hasSource >= s.set.minSource {
			src = sourceLabels
		}
		if !s.dec.ViterbiMust(t, s.em, contentLabels, src, s.label) {
			continue
		}
		l := s.readLink(c, w)
		l.has, l.hasSource, l.manner = has, hasSource, pipeline.MannerCue
		s.linked = append(s.linked, l)
	}
}

// settings are what an engine decides by, set on PolNeAR's development part.
type settings struct {
	// The least probabilities at which a token is taken to begin a candidate cue,
	// a candidate to have a content, and a source: those that maximize the F1 of
	// relations with their sources.
	minCue, minLink, minSource float32
	// What turns the odds that the second pass gives into those of being right
	// (Platt 1999).
	slope, offset float64
}

var fastSettings = settings{minCue: 0.2, minLink: 0.3, minSource: 0.1, slope: 0.52, offset: 1.06}

// Labels that a link must bear.
const (
	contentLabels chain.Must = 1<<linkBContent | 1<<linkIContent
	sourceLabels  chain.Must = 1<<linkBSource | 1<<linkISource
)

func exp(x float32) float32 { return float32(math.Exp(float64(x))) }

func (s *scratch) readLink(c candidate, w para) linked {
	l := linked{cue: c}
	var srcs []tokenRange
	var sum float64
	var n int
	for i := 0; i < len(s.label); i++ {
		y := s.label[i]
		if y != linkBSource && y != linkBContent && y != linkISource && y != linkIContent {
			continue
		}
		j := i + 1
		in := linkISource
		if y == linkBContent || y == linkIContent {
			in = linkIContent
		}
		for j < len(s.label) && s.label[j] == in {
			j++
		}
		r := tokenRange{w.first + i, w.first + j}
		if in == linkIContent {
			l.content = append(l.content, r)
			for k := i; k < j; k++ {
				sum += float64(s.mg[k][linkBContent] + s.mg[k][linkIContent])
				n++
			}
		} else {
			srcs = append(srcs, r)
		}
		i = j - 1
	}
	// The source nearest to the cue.
	best := 1 << 30
	for _, r := range srcs {
		d := c.first - r.last
		if r.first >= c.last {
			d = r.first - c.last
		}
		if d < best {
			best, l.source = d, r
		}
	}
	if l.source.last > l.source.first {
		var p float32
		for k := l.source.first; k < l.source.last; k++ {
			m := &s.mg[k-w.first]
			p += m[linkBSource] + m[linkISource]
		}
		l.srcProb = p / float32(l.source.last-l.source.first)
	}
	if n > 0 {
		l.score = float32(sum / float64(n))
	}
	return l
}

// accept picks, best first, the linked cues whose contents do not collide.
func (s *scratch) accept() []linked {
	order := make([]int, 0, len(s.linked))
	for i := range s.linked {
		if len(s.linked[i].content) > 0 {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int {
		x, y := s.linked[a].rank(), s.linked[b].rank()
		switch {
		case x > y:
			return -1
		case x < y:
			return 1
		}
		return a - b
	})
	v := &s.view
	s.owner = resize(s.owner, len(v.word))
	s.cued = resize(s.cued, len(v.word))
	var out []linked
	for _, k := range order {
		l := s.linked[k]
		var kept []tokenRange
		total, left := 0, 0
		for _, r := range l.content {
			total += r.last - r.first
			for i := r.first; i < r.last; {
				if s.owner[i] != 0 || s.cued[i] {
					i++
					continue
				}
				j := i
				for j < r.last && s.owner[j] == 0 && !s.cued[j] {
					j++
				}
				kept = append(kept, tokenRange{i, j})
				left += j - i
				i = j
			}
		}
		if left*2 <= total || s.owner[l.cue.head] != 0 {
			continue
		}
		l.content = kept
		out = append(out, l)
		s.own(len(out)-1, kept...)
		for i := l.cue.first; i < l.cue.last; i++ {
			s.cued[i] = true
		}
	}
	return out
}

// own marks the tokens as content of the k-th attribution found.
func (s *scratch) own(k int, rs ...tokenRange) {
	for _, r := range rs {
		for i := r.first; i < r.last; i++ {
			s.owner[i] = int32(k + 1)
		}
	}
}

func (l *linked) rank() float32 { return l.has * l.score }

// spanOf returns the byte span of a run of tokens.
func (v *view) spanOf(r tokenRange) pipeline.Span {
	return pipeline.Span{Start: v.doc.Tokens[r.first].Start, End: v.doc.Tokens[r.last-1].End}
}
