package stance

import (
	"github.com/onrecord-nlp/onrecord/models/cues"
	"github.com/onrecord-nlp/onrecord/models/postag"
	model "github.com/onrecord-nlp/onrecord/models/stance"
	"github.com/onrecord-nlp/onrecord/pipeline"
)

// statement is an attribution's content or a quote, with the cue that reports
// it.
type statement struct {
	content []tokens
	cue     tokens // empty where there is none
	read    cues.Reading
	class   pipeline.CueClass
	kind    pipeline.Kind
	quote   bool
	// For a quote that belongs to an attribution: the attribution's stance and
	// how much of its content the quote is.
	claim model.Scores
	whole bool
	part  bool // it belongs to an attribution of which it is a part only
	// The words that name the source, and what else the speaker says.
	source tokens
	person uint64 // the kind of speaker, 0 none
	of     int    // one more than the speaker, 0 where not known
	around surroundings
	scores model.Scores  // the probability of each position
	given  pipeline.Span // of a quote, the target of its attribution, or empty
}

// plain is 1 where the cue tells nothing.
func (st *statement) plain() uint64 { return b2u(st.class <= pipeline.CueNeutral) }

// surroundings is what a first look made of the other statements of the same
// speaker, and of the document.
type surroundings struct {
	known             bool
	before, after     model.Scores // of the nearest of the speaker's statements
	hasBefore, hasAft bool
	others            model.Scores // mean over the speaker's other statements
	n                 int          // how many those are
	sided             float32      // mean probability of taking a side over the document's other statements
}

// Names of features.
const (
	fBias uint64 = iota + 1
	fCueClass
	fCueLemma
	fCueGroup
	fCueFirst
	fGroup
	fGroupCue
	fNet
	fNetCue
	fObliged
	fAvowed
	fLeanSupport
	fLeanOppose
	fLeanBest
	fWord
	fSize
	fEnds
	fStarts
	fPerson
	fShape
	fPast
	fHeadline
	fClaim
	fLeanPeak
	fIntensity
	fPredicate
	fSource
	fEmbedded
	fLast
	fAround
)

// add appends a feature to the statement's vector.
func (s *scratch) add(value float32, token int, name, a, b uint64) {
	slot := uint32(mix(mix(name, a), b) % model.Slots)
	s.vec = append(s.vec, model.Feature{Slot: slot, Value: value, Token: int32(token)})
}

func bin(n int) uint64 {
	switch {
	case n < 4:
		return uint64(n)
	case n < 7:
		return 4
	case n < 12:
		return 5
	case n < 20:
		return 6
	case n < 35:
		return 7
	}
	return 8
}

// features fills s.vec with the features of a statement: its own, those of what
// its speaker says elsewhere, and, of a quote, those of its claim.
func (s *scratch) features(st *statement) {
	s.vec = s.vec[:0]
	s.ownFeatures(st)
	s.aroundFeatures(st)
	if st.quote {
		s.claimFeatures(st)
	}
}

// ownFeatures adds what the statement and its cue tell by themselves.
func (s *scratch) ownFeatures(st *statement) {
	v := &s.view
	class := uint64(st.class)
	plain := st.plain()
	unit := b2u(st.quote)
	cueTok := -1
	if !st.cue.empty() {
		cueTok = st.cue.first + max(st.read.Head, 0)
	}

	s.add(1, -1, fBias, 0, 0)
	s.add(1, -1, fBias, 1, unit)
	s.add(1, -1, fBias, 2, uint64(st.kind))
	s.add(1, cueTok, fCueClass, class, b2u(st.read.Negated))
	s.add(1, cueTok, fCueClass, class+16, uint64(st.kind))
	if st.read.Lemma != "" {
		lemma := model.HashWord(st.read.Lemma)
		s.add(1, cueTok, fCueLemma, lemma, 0)
		group := model.GroupOfHash(lemma)
		for i := st.cue.first; i < st.cue.last; i++ {
			if g := v.group[i]; g.Sign() != 0 || g == model.Want {
				group = g
			}
		}
		s.add(1, cueTok, fCueGroup, uint64(group), b2u(st.read.Negated))
		if len(st.content) > 0 {
			f := st.content[0].first
			s.add(1, cueTok, fCueFirst, class, s.opening(f))
			s.add(1, cueTok, fCueFirst, lemma, s.opening(f))
		}
	}
	s.vocabulary(st, plain, unit)
	s.form(st, plain, unit)
	s.embedded(st, plain)
	for i := st.source.first; i < min(st.source.last, st.source.first+12); i++ {
		if k := s.view.kind[i]; k == noun || k == pronoun || k == adjective || k == determiner {
			s.add(0.5, i, fSource, s.view.word[i], 0)
		}
	}
	s.add(0.5, -1, fSource, st.person, 1)
}

// aroundFeatures adds what is known of the speaker's other statements.
func (s *scratch) aroundFeatures(st *statement) {
	plain := st.plain()
	if a := &st.around; a.known {
		side := func(p model.Scores) float32 { return p[model.Support] - p[model.Oppose] }
		if a.n > 0 {
			s.add(2*side(a.others), -1, fAround, 0, 0)
			s.add(a.others[model.Support], -1, fAround, 1, 0)
			s.add(a.others[model.Oppose], -1, fAround, 2, 0)
		} else {
			s.add(1, -1, fAround, 3, 0)
		}
		if a.hasBefore {
			s.add(side(a.before), -1, fAround, 4, 0)
			s.add(1-a.before[model.Neutral], -1, fAround, 5, plain)
		}
		if a.hasAft {
			s.add(side(a.after), -1, fAround, 6, 0)
			s.add(1-a.after[model.Neutral], -1, fAround, 7, plain)
		}
		s.add(a.sided, -1, fAround, 8, 0)
	}
}

// claimFeatures adds what is known of the attribution that a quote belongs to.
func (s *scratch) claimFeatures(st *statement) {
	switch {
	case st.whole:
		s.add(2*(st.claim[model.Support]-st.claim[model.Neutral]), -1, fClaim, 0, 0)
		s.add(2*(st.claim[model.Oppose]-st.claim[model.Neutral]), -1, fClaim, 0, 1)
	case st.part:
		s.add(2*(st.claim[model.Support]-st.claim[model.Neutral]), -1, fClaim, 1, 0)
		s.add(2*(st.claim[model.Oppose]-st.claim[model.Neutral]), -1, fClaim, 1, 1)
	}
}

var (
	hashTo   = model.HashWord("to")
	hashNot  = model.HashWord("not")
	hashFor  = model.HashWord("for")
	hashOf   = model.HashWord("of")
	hashThat = model.HashWord("that")
)

// opening says how a content begins: with an infinitive, "for", "not to" or
// something else.
func (s *scratch) opening(first int) uint64 {
	v := &s.view
	if first >= len(v.word) {
		return 0
	}
	switch v.word[first] {
	case hashTo:
		return 1
	case hashFor:
		return 2
	case hashNot:
		return 3
	case hashThat:
		return 4
	}
	switch v.kind[first] {
	case pronoun:
		return 5
	case verb:
		return 6
	case determiner, noun, name, adjective:
		return 7
	}
	return 8
}

// words adds what the words of the content tell.
func (s *scratch) vocabulary(st *statement, plain, unit uint64) {
	v := &s.view
	var (
		counts          [model.NumGroups][2]int
		where           [model.NumGroups]int
		net, n          int
		support, oppose float32
		topSup, topOpp  float32
		supTok, oppTok  = -1, -1
		obliged, avowed = -100, -100 // the last word of obligation, and of the first person
		forced          = -100
	)
	size := 0
	for _, r := range st.content {
		size += r.last - r.first
	}
	each := min(0.5, 2/sqrt(float32(size+1)))
	for _, r := range st.content {
		for i := r.first; i < r.last; i++ {
			if v.kind[i] == mark {
				continue
			}
			n++
			g, neg := v.group[i], v.negated[i]
			x := b2u(neg)
			s.add(each, i, fWord, v.word[i], x)
			l := v.leaning(i)
			support += l.Support
			oppose += l.Oppose
			if d := l.Support - l.Oppose; d > topSup {
				topSup, supTok = d, i
			} else if -d > topOpp {
				topOpp, oppTok = -d, i
			}
			if g == model.NoGroup {
				continue
			}
			counts[g][x]++
			if where[g] == 0 {
				where[g] = i
			}
			sign := g.Sign()
			if neg {
				sign = -sign
			}
			net += sign
			switch g {
			case model.Must:
				obliged = i
			case model.I, model.We:
				avowed = i
			case model.Force:
				forced = i
			}
			if sign != 0 {
				if i-avowed <= 5 {
					s.add(1, i, fAvowed, uint64(g), x)
				}
				if i-forced <= 2 {
					s.add(1, i, fIntensity, uint64(sign+1), 0)
				}
				if v.kind[i] == adjective || v.kind[i] == noun {
					if s.predicate(i, r.first) {
						s.add(1, i, fPredicate, uint64(sign+1), plain)
						s.add(1, i, fPredicate, uint64(g), 2+x)
					}
				}
			}
			if i-obliged <= 5 && i > obliged && (g == model.Stop || g == model.Keep || sign != 0) {
				s.add(1, i, fObliged, uint64(g), x)
			}
		}
	}
	for g := range counts {
		for x, c := range counts[g] {
			if c == 0 {
				continue
			}
			s.add(1, where[g], fGroup, uint64(g), uint64(x))
			s.add(1, where[g], fGroupCue, uint64(g)<<4|uint64(st.class), uint64(x))
			if c > 1 {
				s.add(1, where[g], fGroup, uint64(g), uint64(2+x))
			}
		}
	}
	net = min(max(net, -3), 3)
	s.add(1, -1, fNet, uint64(net+3), 0)
	s.add(1, -1, fNetCue, uint64(net+3), uint64(st.kind)<<1|plain)
	s.add(1, -1, fNetCue, uint64(net+3), 100+unit)
	norm := float32(1)
	if n > 0 {
		norm = 1 / sqrt(float32(n))
	}
	s.add(support*norm, supTok, fLeanSupport, 0, 0)
	s.add(oppose*norm, oppTok, fLeanOppose, 0, 0)
	s.add((support-oppose)*norm, -1, fLeanBest, 0, 0)
	s.add(topSup, supTok, fLeanPeak, 0, 0)
	s.add(topOpp, oppTok, fLeanPeak, 1, 0)
	s.add(1, -1, fSize, bin(n), 0)
	s.add(1, -1, fSize, bin(n), 1+uint64(st.kind))
}

// predicate reports whether the word at token i is said of something: a form
// of "be" or the like stands up to four tokens before.
func (s *scratch) predicate(i, first int) bool {
	for k := i - 1; k >= max(first, i-4); k-- {
		if isBe(s.view.word[k]) {
			return true
		}
		if s.view.kind[k] == verb || s.view.kind[k] == mark {
			return false
		}
	}
	return false
}

var beForms = hashes("be", "is", "are", "was", "were", "been", "being", "am", "'s", "'re", "'m", "as", "seem", "seems", "looks", "remains")

func isBe(h uint64) bool { return beForms.has(h) }

// form adds how the content is built.
func (s *scratch) form(st *statement, plain, unit uint64) {
	v := &s.view
	text := v.doc.Text
	var past, present, digits, names, sentences int
	you, me := false, false
	ends := byte(0)
	for _, r := range st.content {
		for i := r.first; i < r.last; i++ {
			t := v.doc.Tokens[i]
			switch k := v.kind[i]; {
			case k == number:
				digits++
			case k == name:
				names++
			case t.Tag == postag.VBD, t.Tag == postag.VBN:
				past++
			case t.Tag == postag.VBP, t.Tag == postag.VBZ:
				present++
			}
			switch v.group[i] {
			case model.You:
				you = true
			case model.I, model.We:
				me = true
			}
			switch c := text[t.Start]; c {
			case '!', '?':
				ends = c
				sentences++
			case '.':
				sentences++
			}
		}
	}
	s.add(1, -1, fEnds, uint64(ends), 0)
	s.add(1, -1, fPerson, b2u(you)<<1|b2u(me), plain)
	s.add(1, -1, fPerson, b2u(you)<<1|b2u(me), 8+uint64(st.kind))
	s.add(1, -1, fShape, bin(min(digits, 3)), b2u(names > 0))
	s.add(1, -1, fPast, b2u(past > 0)<<1|b2u(present > 0), uint64(st.kind))
	s.add(1, -1, fShape, 64+bin(sentences), uint64(st.kind))
	if len(st.content) == 0 || st.content[0].empty() {
		return
	}
	f := st.content[0].first
	s.add(1, f, fStarts, uint64(v.doc.Tokens[f].Tag), plain)
	s.add(1, f, fStarts, v.word[f], 100+unit)
	if b := v.doc.Sentences[v.doc.Tokens[f].Sentence].Block; v.doc.Blocks[b].Kind == pipeline.BlockHeadline {
		s.add(1, -1, fHeadline, 0, 0)
	}
}

// embedded adds the attitude that the content itself reports or avows: "it
// supported", "he would not sign", "I welcome".
func (s *scratch) embedded(st *statement, plain uint64) {
	v := &s.view
	for _, r := range st.content {
		for i := r.first; i < r.last; i++ {
			k := v.kind[i]
			if k != pronoun || v.group[i] == model.You {
				continue
			}
			// The verb group after a pronoun.
			var aux, neg uint64
			for j := i + 1; j < min(r.last, i+6); j++ {
				switch {
				case isNegation(v.word[j]):
					neg = 1
					continue
				case v.kind[j] == modal:
					aux = 1 + uint64(v.group[j])
					continue
				case v.kind[j] == adverb:
					continue
				case v.kind[j] == verb && isAuxiliary(v.word[j]):
					continue
				}
				if v.kind[j] == verb || v.kind[j] == adjective || v.group[j] != model.NoGroup {
					first := uint64(0)
					if i == r.first {
						first = 1
					}
					who := uint64(v.group[i])
					s.add(1, j, fEmbedded, uint64(v.group[j])<<1|neg, first<<8|b2u(who != 0))
					s.add(1, j, fEmbedded, 1000+aux<<1|neg, first<<8|b2u(who != 0))
					s.add(1, j, fEmbedded, 2000+(uint64(v.group[j])<<1|neg), aux)
				}
				break
			}
		}
	}
	// The last sentence of several is where people come to the point.
	if n := len(st.content); n > 0 {
		r := st.content[n-1]
		if r.empty() {
			return
		}
		first := r.last - 1
		for first > r.first && v.doc.Tokens[first-1].Sentence == v.doc.Tokens[r.last-1].Sentence {
			first--
		}
		if n == 1 && first == r.first {
			return
		}
		net := 0
		for i := first; i < r.last; i++ {
			sign := v.group[i].Sign()
			if v.negated[i] {
				sign = -sign
			}
			net += sign
		}
		s.add(1, -1, fLast, uint64(min(max(net, -2), 2)+2), plain)
	}
}

var auxiliaries = hashes("be", "is", "are", "was", "were", "been", "being", "am", "'s", "'re", "'m", "'ve", "'d",
	"have", "has", "had", "do", "does", "did")

func isAuxiliary(h uint64) bool { return auxiliaries.has(h) }
