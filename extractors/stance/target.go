package stance

import (
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
	inContent = iota
	inParagraph
	before
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

// target picks the phrase that a statement of the given side is about. Of a
// quote, given is the target of its attribution, or empty.
func (s *scratch) target(m *model.Model, u *statement, side int, given pipeline.Span) pipeline.Span {
	best, top := -1, float32(-1e9)
	s.candidates(u, func(i, place, order int) {
		if u.of > 0 && s.speakerAt(s.view.span(s.phrases[i].tokens)) == u.of-1 {
			return // nobody takes a side for or against himself
		}
		s.targetFeatures(u, side, i, place, order, given)
		if score := m.Targets.Logits(s.tvec).Support; score > top {
			best, top = i, score
		}
	})
	if best < 0 {
		return given
	}
	return s.resolve(s.phrases[best])
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

// speakerAt returns the speaker that the span mentions, or -1.
func (s *scratch) speakerAt(span pipeline.Span) int {
	i, ok := s.mentionAt(span)
	if !ok {
		return -1
	}
	return s.view.doc.Mentions[s.mentions[i]].Speaker
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
	v := &s.view
	p := s.phrases[i]
	s.tvec = s.tvec[:0]
	class, kind := uint64(u.class), uint64(u.kind)
	at := uint64(place)
	if order < 0 {
		at, order = 3, -1-order
	}
	f := uint64(p.form)
	start := u.content[0].first
	opening := s.opening(start)
	quote := b2u(u.quote)

	s.tadd(tBias, at, f)
	s.tadd(tPlace, at<<8|class, kind)
	s.tadd(tPlace, at<<8|kind, 100+quote)
	s.tadd(tOrder, at<<8|bin(order), f)
	s.tadd(tOrder, at<<8|bin(order), 100+kind)
	if p.first == start {
		s.tadd(tFirst, class, opening)
		s.tadd(tFirst, 100+f, 0)
	} else if at == inContent {
		s.tadd(tFirst, 200+class, opening)
	}
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
	// Whether the content begins by pointing elsewhere.
	points := uint64(0)
	switch {
	case v.word[start] == hashIt || v.word[start] == hashThis || v.word[start] == hashThat:
		points = 1
	case v.kind[start] == pronoun:
		points = 2
	}
	s.tadd(tPronoun, points, at<<4|kind)
	s.tadd(tPronoun, 10+points, at<<4|f)
	if at == inContent {
		later := v.doc.Tokens[p.first].Sentence - v.doc.Tokens[start].Sentence
		s.tadd(tPronoun, 20+points, uint64(min(later, 2)))
	}
	// How often the document speaks of it.
	r := s.counts[v.word[p.head]]
	s.tadd(tRepeat, bin(int(r)), at)
	s.tadd(tRepeat, bin(int(r)), 100+f)
	if s.headline[v.word[p.head]] {
		s.tadd(tRepeat, 50, at)
	}
	if at != inContent {
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

// count fills s.counts and s.headline with the document's nouns.
func (s *scratch) count() {
	clear(s.counts)
	clear(s.headline)
	v := &s.view
	for i, k := range v.kind {
		if k != noun && k != name {
			continue
		}
		s.counts[v.word[i]]++
		if b := v.doc.Sentences[v.doc.Tokens[i].Sentence].Block; v.doc.Blocks[b].Kind == pipeline.BlockHeadline {
			s.headline[v.word[i]] = true
		}
	}
}
