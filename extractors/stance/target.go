package stance

import (
	"math/bits"
	"slices"
	"sort"

	model "github.com/onrecord-nlp/onrecord/models/stance"

	"github.com/onrecord-nlp/onrecord/models/postag"
	"github.com/onrecord-nlp/onrecord/pipeline"
)

// form says how a phrase that may name a target is built.
type form uint8

const (
	plainPhrase  form = iota // a noun phrase without what follows its head
	longPhrase               // a noun phrase and an "of" phrase, or the like
	actionPhrase             // a verb in -ing or after "to", and its object
	pronounPhrase
)

// phrase is a run of tokens that may name a target.
type phrase struct {
	tokens
	head int // its noun, or the verb of an action
	form form
}

// findPhrases fills s.phrases with the phrases of the document in the order of
// their first tokens.
func (s *scratch) findPhrases() {
	v := &s.view
	s.phrases = s.phrases[:0]
	toks := v.doc.Tokens
	n := len(toks)
	for i := 0; i < n; i++ {
		switch k := v.kind[i]; {
		case k == pronoun && toks[i].Tag == postag.PRP && v.group[i] != model.I && v.group[i] != model.We,
			v.word[i] == hashHer && (i+1 == n || v.kind[i+1] == preposition || v.kind[i+1] == mark):
			s.phrases = append(s.phrases, phrase{tokens{i, i + 1}, i, pronounPhrase})
		case k == verb && (toks[i].Tag == postag.VBG || toks[i].Tag == postag.VB) && !isBe(v.word[i]):
			// An action: the verb, particles, and the noun phrase after it.
			j := i + 1
			for j < n && j < i+3 && (v.kind[j] == adverb || v.kind[j] == preposition) && toks[j].Sentence == toks[i].Sentence {
				j++
			}
			if end, head := s.nounPhrase(j); head >= 0 && toks[i].Sentence == toks[head].Sentence {
				s.phrases = append(s.phrases, phrase{tokens{i, end}, i, actionPhrase})
			}
		}
		end, head := s.nounPhrase(i)
		if head < 0 {
			continue
		}
		s.phrases = append(s.phrases, phrase{tokens{i, end}, head, plainPhrase})
		if end < n && (v.word[end] == hashOf || v.word[end] == hashFor || v.word[end] == hashIn) && toks[end].Sentence == toks[i].Sentence {
			if end2, head2 := s.nounPhrase(end + 1); head2 >= 0 && toks[head2].Sentence == toks[i].Sentence {
				s.phrases = append(s.phrases, phrase{tokens{i, end2}, head, longPhrase})
			}
		}
		i = end - 1
	}
}

// nounPhrase returns the end and the head of the noun phrase that begins at
// token i; the head is -1 where none does.
func (s *scratch) nounPhrase(i int) (end, head int) {
	const longest = 9
	v := &s.view
	toks := v.doc.Tokens
	head = -1
	for j := i; j < len(toks) && j < i+longest && toks[j].Sentence == toks[i].Sentence; j++ {
		switch k := v.kind[j]; {
		case k == noun || k == name:
			head = j
		case k == determiner && (j == i || toks[j].Tag == postag.POS || j == i+1 && v.kind[i] == determiner):
		case k == adjective || k == number:
		case (toks[j].Tag == postag.VBN || toks[j].Tag == postag.VBG) && j > i:
		case toks[j].Tag == postag.CC && j > i && j+1 < len(toks) && v.kind[j-1] == adjective && v.kind[j+1] == adjective:
		default:
			return head + 1, head
		}
	}
	return head + 1, head
}

// Where a phrase stands.
const (
	inContent   = iota
	inParagraph // before the content
	before
	behind // the content, in its paragraph
	numPlaces
)

// How many phrases are looked at in the content and before it.
const (
	reachContent = 60
	reachBefore  = 40
)

// Names of features of a phrase as a target.
const (
	tBias uint64 = 100 + iota
	tPlace
	tOrder
	tFirst
	tDeterminer
	tShape
	tPrevious
	tNext
	tHead
	tRepeat
	tSide
	tPronoun
	tDistance
	tClaim
)

var (
	hashHer  = model.HashWord("her")
	hashIn   = model.HashWord("in")
	hashIt   = model.HashWord("it")
	hashThis = model.HashWord("this")
)

// target picks the phrase that a statement of the given side is about.
func (s *scratch) target(m *model.Model, u *statement, side int) pipeline.Span {
	best, top := -1, float32(-1e9)
	s.rank(m, u, side, func(i int, worth float32) {
		if worth > top {
			best, top = i, worth
		}
	})
	if best < 0 {
		return u.given
	}
	return s.resolve(s.phrases[best])
}

// rank calls f for each phrase that a statement of the given side may be about,
// with what it is worth as its target: the logit of that.
//
// The worth of a phrase is the sum of the weights of its features. These are
// whole numbers of a 1024th, so that sums may be made in parts and in any
// order: what the phrase is worth by itself is kept for the next statement.
func (s *scratch) rank(m *model.Model, u *statement, side int, f func(i int, worth float32)) {
	var statement [numPlaces]float32
	for at := range statement {
		s.tvec = s.tvec[:0]
		s.statementFeatures(u, uint64(at))
		statement[at] = s.sum(m.Targets)
	}
	s.candidates(u, func(i, place, order int) {
		if u.of > 0 && s.speakers[i] == u.of-1 {
			return // nobody takes a side for or against himself
		}
		at, order := spot(place, order)
		own := &s.worth[i*placesAndSides+int(at)<<1+side&1]
		if *own != *own {
			s.tvec = s.tvec[:0]
			s.phraseFeatures(side, i, at)
			*own = s.sum(m.Targets)
		}
		s.tvec = s.tvec[:0]
		s.pairFeatures(u, i, at, order, u.given)
		f(i, s.aimedAt(u, &s.phrases[i], *own+statement[at]+s.sum(m.Targets)))
	})
}

// placesAndSides is the number of entries of a phrase in scratch.worth.
const placesAndSides = numPlaces * 2

// spot returns where a candidate stands, of which those behind the content have
// negative orders, and its order there.
func spot(place, order int) (at uint64, n int) {
	if order < 0 {
		return behind, -1 - order
	}
	return uint64(place), order
}

// sum returns what the features of s.tvec, all of which are 1, are worth.
func (s *scratch) sum(w model.Weights) float32 {
	worth := float32(0)
	for _, f := range s.tvec {
		worth += w[f.Slot].Support
	}
	return worth
}

// resolve returns the words that a phrase stands for: those of a name, where
// the phrase is a pronoun of a known speaker.
func (s *scratch) resolve(p phrase) pipeline.Span {
	span := s.view.span(p.tokens)
	doc := s.view.doc
	if p.form != pronounPhrase {
		return span
	}
	i, ok := s.mentionAt(span)
	if !ok {
		return span
	}
	sp := doc.Mentions[s.mentions[i]].Speaker
	if sp < 0 || sp >= len(doc.Speakers) {
		return span
	}
	for k := i - 1; k >= 0 && i-k < 200; k-- { // the last name before it
		if m := doc.Mentions[s.mentions[k]]; m.Speaker == sp && m.Type == pipeline.MentionName {
			return m.Span
		}
	}
	return span
}

// mentionAt finds the mention that is the span, as an index into s.mentions.
func (s *scratch) mentionAt(span pipeline.Span) (int, bool) {
	ms := s.view.doc.Mentions
	i, ok := slices.BinarySearchFunc(s.mentions, span.Start, func(m int, at int) int { return ms[m].Start - at })
	return i, ok && ms[s.mentions[i]].End == span.End
}

// findSpeakers fills s.speakers from the phrases and mentions, both in text
// order.
func (s *scratch) findSpeakers() {
	ms := s.view.doc.Mentions
	s.speakers = resize(s.speakers, len(s.phrases))
	k := 0
	for i := range s.phrases {
		span := s.view.span(s.phrases[i].tokens)
		for k < len(s.mentions) && ms[s.mentions[k]].Start < span.Start {
			k++
		}
		s.speakers[i] = -1
		if k < len(s.mentions) && ms[s.mentions[k]].Span == span {
			s.speakers[i] = ms[s.mentions[k]].Speaker
		}
	}
}

// sortMentions fills s.mentions with the mentions in text order.
func (s *scratch) sortMentions() {
	ms := s.view.doc.Mentions
	s.mentions = s.mentions[:0]
	for i := range ms {
		s.mentions = append(s.mentions, i)
	}
	slices.SortFunc(s.mentions, func(a, b int) int { return ms[a].Start - ms[b].Start })
}

// candidates calls f for each phrase that may be the target of a statement,
// with its place and its order there.
func (s *scratch) candidates(u *statement, f func(i, place, order int)) {
	doc := s.view.doc
	if len(u.content) == 0 {
		return
	}
	order := 0
	for _, r := range u.content {
		for i := s.phraseAt(r.first); i < len(s.phrases) && s.phrases[i].first < r.last && order < reachContent; i++ {
			if s.phrases[i].last <= r.last {
				f(i, inContent, order)
				order++
			}
		}
	}
	inside := func(p phrase) bool {
		for _, r := range u.content {
			if p.first < r.last && r.first < p.last {
				return true
			}
		}
		return p.first < u.source.last && u.source.first < p.last || p.first < u.cue.last && u.cue.first < p.last
	}
	// The paragraph around it, and what stands before.
	c := u.content[0].first
	block := doc.Sentences[doc.Tokens[c].Sentence].Block
	order = 0
	for i := s.phraseAt(c) - 1; i >= 0 && order < reachBefore; i-- {
		if inside(s.phrases[i]) {
			continue
		}
		place := before
		if doc.Sentences[doc.Tokens[s.phrases[i].first].Sentence].Block == block {
			place = inParagraph
		}
		f(i, place, order)
		order++
	}
	order = 0
	for i := s.phraseAt(u.content[len(u.content)-1].last); i < len(s.phrases) && order < reachBefore/2; i++ {
		p := s.phrases[i]
		if doc.Sentences[doc.Tokens[p.first].Sentence].Block != block {
			break
		}
		if !inside(p) {
			f(i, inParagraph, -1-order)
			order++
		}
	}
}

// phraseAt returns the first phrase that begins at token t or after it.
func (s *scratch) phraseAt(t int) int {
	return sort.Search(len(s.phrases), func(i int) bool { return s.phrases[i].first >= t })
}

func (s *scratch) tadd(name, a, b uint64) {
	slot := uint32(mix(mix(name, a), b) % model.TargetSlots)
	s.tvec = append(s.tvec, model.Feature{Slot: slot, Value: 1, Token: -1})
}

// targetFeatures fills s.tvec with the features of phrase i as the target of a
// statement.
func (s *scratch) targetFeatures(u *statement, side, i, place, order int, given pipeline.Span) {
	s.tvec = s.tvec[:0]
	at, order := spot(place, order)
	s.statementFeatures(u, at)
	s.phraseFeatures(side, i, at)
	s.pairFeatures(u, i, at, order, given)
}

// points says whether a content begins by pointing elsewhere.
func (s *scratch) points(start int) uint64 {
	v := &s.view
	switch {
	case v.word[start] == hashIt || v.word[start] == hashThis || v.word[start] == hashThat:
		return 1
	case v.kind[start] == pronoun:
		return 2
	}
	return 0
}

// statementFeatures adds the features of any phrase at a place as the target of
// a statement.
func (s *scratch) statementFeatures(u *statement, at uint64) {
	class, kind := uint64(u.class), uint64(u.kind)
	s.tadd(tPlace, at<<8|class, kind)
	s.tadd(tPlace, at<<8|kind, 100+b2u(u.quote))
	s.tadd(tPronoun, s.points(u.content[0].first), at<<4|kind)
}

// pairFeatures adds those of phrase i beside a statement.
func (s *scratch) pairFeatures(u *statement, i int, at uint64, order int, given pipeline.Span) {
	v := &s.view
	p := &s.phrases[i]
	f := uint64(p.form)
	start := u.content[0].first
	s.tadd(tBias, at, f)
	s.tadd(tOrder, at<<8|bin(order), f)
	s.tadd(tOrder, at<<8|bin(order), 100+uint64(u.kind))
	if p.first == start {
		s.tadd(tFirst, uint64(u.class), s.opening(start))
		s.tadd(tFirst, 100+f, 0)
	} else if at == inContent {
		s.tadd(tFirst, 200+uint64(u.class), s.opening(start))
	}
	points := s.points(start)
	s.tadd(tPronoun, 10+points, at<<4|f)
	if at == inContent {
		later := v.doc.Tokens[p.first].Sentence - v.doc.Tokens[start].Sentence
		s.tadd(tPronoun, 20+points, uint64(min(later, 2)))
	} else {
		s.tadd(tDistance, bin(max(start-p.last, p.first-start, 0)/4), at)
	}
	if !given.Empty() {
		span := v.span(p.tokens)
		switch {
		case span == given:
			s.tadd(tClaim, 1, at)
		case span.Overlaps(given):
			s.tadd(tClaim, 2, at)
		default:
			s.tadd(tClaim, 3, at)
		}
	}
}

// phraseFeatures adds those of phrase i as the target of any statement of the
// given side.
func (s *scratch) phraseFeatures(side, i int, at uint64) {
	v := &s.view
	p := &s.phrases[i]
	f := uint64(p.form)
	// What it is like.
	w := v.word[p.first]
	switch v.kind[p.first] {
	case determiner, pronoun:
		s.tadd(tDeterminer, w, at)
	default:
		s.tadd(tDeterminer, uint64(v.kind[p.first]), 100+at)
	}
	s.tadd(tShape, bin(p.last-p.first), f)
	s.tadd(tHead, uint64(v.kind[p.head]), at)
	s.tadd(tHead, uint64(v.group[p.head]), 100+f)
	s.tadd(tHead, uint64(v.group[p.head]), 200+uint64(side))
	if v.doc.Tokens[p.head].Tag == postag.NNS {
		s.tadd(tHead, 50, at)
	}
	// What stands beside it.
	if p.first > 0 {
		s.tadd(tPrevious, uint64(v.group[p.first-1]), uint64(side)<<4|1)
		s.tadd(tPrevious, uint64(v.kind[p.first-1]), 100+at)
		if k := v.kind[p.first-1]; k == preposition || k == verb {
			s.tadd(tPrevious, v.word[p.first-1], 200)
		}
		g := model.NoGroup
		for k := p.first - 1; k >= max(0, p.first-4) && g == model.NoGroup && v.kind[k] != mark; k-- {
			g = v.group[k]
		}
		s.tadd(tPrevious, uint64(g), uint64(side)<<4|2)
	}
	if p.last < len(v.word) {
		s.tadd(tNext, uint64(v.group[p.last]), uint64(side))
		s.tadd(tNext, uint64(v.kind[p.last]), 100+at)
		if isBe(v.word[p.last]) {
			s.tadd(tNext, 1, 200+at)
		}
		g := model.NoGroup
		for k := p.last; k < min(len(v.word), p.last+5) && g.Sign() == 0 && v.kind[k] != mark; k++ {
			g = v.group[k]
		}
		s.tadd(tNext, uint64(g.Sign()+1), 300+uint64(side)<<4|at)
	}
	// How often the document speaks of it.
	n, headline := s.nouns.of(v.word[p.head])
	s.tadd(tRepeat, bin(n), at)
	s.tadd(tRepeat, bin(n), 100+f)
	if headline {
		s.tadd(tRepeat, 50, at)
	}
}

// nouns counts the nouns of a document, by open addressing.
type nouns struct {
	counts []nounCount
}

type nounCount struct {
	word     uint64
	n        int32 // 0 is a free place
	headline bool  // it stands in one
}

// count counts the nouns of the view's document.
func (c *nouns) count(v *view) {
	n := 0
	for _, k := range v.kind {
		if k == noun || k == name {
			n++
		}
	}
	c.counts = resize(c.counts, 1<<bits.Len(uint(2*n)))
	clear(c.counts)
	for i, k := range v.kind {
		if k != noun && k != name {
			continue
		}
		x := c.at(v.word[i])
		x.word = v.word[i]
		x.n++
		if b := v.doc.Sentences[v.doc.Tokens[i].Sentence].Block; v.doc.Blocks[b].Kind == pipeline.BlockHeadline {
			x.headline = true
		}
	}
}

// at returns where a word stands or may stand.
func (c *nouns) at(word uint64) *nounCount {
	mask := uint64(len(c.counts) - 1)
	for i := word & mask; ; i = (i + 1) & mask {
		if x := &c.counts[i]; x.n == 0 || x.word == word {
			return x
		}
	}
}

// of returns how often a noun stands in the document, and whether it stands in
// a headline.
func (c *nouns) of(word uint64) (n int, headline bool) {
	x := c.at(word)
	return int(x.n), x.headline
}
