package resolve

import (
	"math"
	"slices"

	"github.com/onrecord-nlp/onrecord/models/postag"
)

// collect gathers the candidates for phrase k.
func (r *reader) collect(k int32, class anaphor) {
	p := &r.phrases[k]
	r.candidates = r.candidates[:0]
	rank, bodies := 0, 0
	any := r.anyBody(p)
	consider := func(id int32, ahead bool) {
		e := &r.entities[id]
		if !r.suits(p, e, class) {
			return
		}
		for i := range r.candidates {
			if r.candidates[i].entity == id {
				return
			}
		}
		c := r.candidate(id)
		r.describeCandidate(&c.features, k, e, id, class, rank, ahead)
		if e.org > e.person && e.org > e.place && e.named > 0 && !ahead && (!c.features.has(fRole) || any && !e.public) {
			if bodies == 0 {
				c.features.is(fNearestBody)
			}
			if any && !e.public {
				c.features.is(fAnyBody)
			}
			bodies++
		}
		rank++
	}
	for _, id := range r.recency {
		consider(id, false)
	}
	if class == anaphorNominal || class == anaphorBody {
		for id := range r.byHead.all(r.headKey(p.head)) {
			consider(id, r.entities[id].last < 0)
		}
		if r.headline {
			for id := range r.entities[:min(len(r.entities), 4*reach)] {
				if e := &r.entities[id]; e.sense&p.sense != 0 || slices.Contains(e.heads, r.headKey(p.head)) {
					consider(int32(id), false)
				}
			}
		}
	}
	c := r.candidate(-1)
	c.features.is(fNone)
	if p.det == detNone {
		c.features.is(fBare)
	}
	if r.headline {
		c.features.is(fHeadline)
	}
	if p.det == detOwned {
		c.features.is(fOwned)
	}
	if p.class&isGeneric != 0 || any {
		c.features.is(fGeneric)
	}
}

// candidate appends a candidate without features, which is good until the next
// call.
func (r *reader) candidate(id int32) *candidate {
	n := len(r.candidates)
	if n == cap(r.candidates) {
		r.candidates = append(r.candidates, candidate{})
	}
	r.candidates = r.candidates[:n+1]
	c := &r.candidates[n]
	c.entity, c.features.set = id, 0
	return c
}

// log2 returns the logarithm of a number of 1 and more.
func log2(n int32) float32 {
	if int(n) < len(logarithms) {
		return logarithms[n]
	}
	return float32(math.Log2(float64(n)))
}

var logarithms = func() (t [256]float32) {
	for n := range t {
		t[n] = float32(math.Log2(float64(n)))
	}
	return t
}()

// suits reports whether the entity may be what the phrase stands for at all.
func (r *reader) suits(p *phrase, e *entity, class anaphor) bool {
	if e.alias >= 0 || e.letter || e.writer {
		return false
	}
	if p.form == formNominal && p.det == detNone && p.plural && !r.headline && !r.samePlural(p, e) {
		return false
	}
	switch class {
	case anaphorPerson:
		if e.plural || e.doc || e.org > e.person || e.place > e.person || e.person < 1 && (e.nominal || e.org+e.place > 0) {
			return false
		}
		if p.pronoun == pronounHe {
			return e.she <= e.he+sure
		}
		return e.he <= e.she+sure
	case anaphorThey:
		return !e.doc && (e.plural || e.org > e.person || e.he < sure && e.she < sure)
	case anaphorIt:
		return !e.plural && (e.doc || e.org >= e.person || e.place >= e.person || e.person < 2 && len(e.keys) == 1)
	case anaphorNominal:
		if e.doc || e.plural != p.plural || e.org > e.person+2 {
			return false
		}
		he, she := p.class.sex()
		return !(he && e.she > e.he+sure) && !(she && e.he > e.she+sure)
	}
	if e.plural != p.plural && !(e.plural && p.class&isMany != 0) {
		return false
	}
	if p.class&isDoc != 0 && p.class&isOrg == 0 {
		return e.doc
	}
	return e.person <= e.org+2 && (!e.doc || p.class&isDoc != 0)
}

// samePlural reports whether the entity was called by the same words as the
// bare plural: "police sources" are not "sources".
func (r *reader) samePlural(p *phrase, e *entity) bool {
	if e.best < 0 || !e.nominal {
		return false
	}
	q := &r.phrases[e.best]
	if r.words[q.head].key != r.words[p.head].key {
		return false
	}
	n, m := r.modifiers(p), r.modifiers(q)
	if n != m {
		return false
	}
	for i := 1; i <= n; i++ {
		if r.words[p.head-int32(i)].key != r.words[q.head-int32(i)].key {
			return false
		}
	}
	return true
}

// describeCandidate fills in the features of a candidate.
func (r *reader) describeCandidate(f *features, k int32, e *entity, id int32, class anaphor, rank int, ahead bool) {
	p := &r.phrases[k]
	set := func(x feature, yes bool) {
		if yes {
			f.is(x)
		}
	}
	if ahead {
		f.is(fAhead)
	} else if e.last >= 0 && !r.headline {
		q := &r.phrases[e.last]
		if p.quote < 0 && e.lastOut >= 0 {
			q = &r.phrases[e.lastOut]
		}
		switch d := p.sentence - q.sentence; {
		case d <= 0:
			f.is(fSameSentence)
		case d == 1:
			f.is(fLastSentence)
		case d == 2:
			f.is(fSecondLast)
		default:
			f.put(fDistance, log2(d))
		}
		set(fSameBlock, p.block == q.block)
		set(fNextBlock, p.block == q.block+1)
		set(fSubject, q.subject || q.attribution >= 0)
		set(fOpening, q.opening)
		set(fOblique, q.oblique && !q.possessive)
		set(fOwner, q.possessive)
		set(fSource, q.attribution >= 0)
		set(fPronoun, q.form == formPronoun)
		set(fSamePronoun, q.form == formPronoun && q.pronoun == p.pronoun && p.form == formPronoun)
		set(fName, q.form == formName)
		set(fQuoted, q.quote >= 0 && q.quote != p.quote)
		at := r.words[q.head].content
		set(fReported, at >= 0 && at != r.words[p.head].content)
		set(fSubjectHere, e.subject == p.sentence)
		set(fSubjectLast, e.subject >= 0 && e.subject == p.sentence-1)
		set(fSubjectLost, e.subject < p.sentence-1 && !q.subject && q.attribution < 0)
		set(fContent, p.attribution >= 0 && r.inContent(p.attribution, q))
	}
	if e.lastTurn >= 0 {
		set(fLastTurn, e.lastTurn == r.turn)
		set(fTurnBefore, e.lastTurn == r.turn-1)
		f.is(fSpeaks)
	}
	f.put(fMentions, log2(1+e.mentions))
	set(fFirst, rank == 0)
	set(fSecond, rank == 1)
	he, she := e.he, e.she
	wantHe, wantShe := p.class.sex()
	wantHe, wantShe = wantHe || p.pronoun == pronounHe, wantShe || p.pronoun == pronounShe
	if wantShe {
		he, she = she, he
	}
	if wantHe || wantShe {
		switch {
		case he >= she+sure:
			f.is(fSexAgrees)
		case he > she:
			f.is(fSexMayAgree)
		case he < she:
			f.is(fSexMayClash)
		default:
			f.is(fSexUnknown)
		}
	}
	set(fThey, e.they > 0.5 && e.they > e.he && e.they > e.she)
	set(fPlural, e.plural)
	set(fNameless, e.nominal)
	set(fOrg, e.org > e.person)
	set(fDoc, e.doc)
	set(fPersonUnsure, !e.plural && e.person < 2)
	if class == anaphorNominal || class == anaphorBody {
		r.describeNominal(f, k, e, id)
	}
}

// otherOwner reports whether the entity was named as somebody else's than o:
// "the Clinton campaign" is not Sanders's.
func (r *reader) otherOwner(e *entity, o int32) bool {
	if e.best < 0 || !e.nominal {
		return false
	}
	q := &r.phrases[e.best]
	if q.owner >= 0 {
		return r.phrases[q.owner].entity >= 0 && r.phrases[q.owner].entity != o
	}
	for i := q.first; i < q.head; i++ {
		if w := &r.words[i]; w.caps == initial && w.tag == postag.NNP {
			return !slices.Contains(r.entities[o].keys, w.key)
		}
	}
	return false
}

func sameSurname(a, b *entity) bool {
	return len(a.keys) > 1 && len(b.keys) > 1 && a.keys[len(a.keys)-1] == b.keys[len(b.keys)-1]
}

// inContent reports whether a phrase stands in the content of an attribution.
func (r *reader) inContent(a int32, q *phrase) bool {
	at := r.doc.Tokens[q.head].Span
	for _, s := range r.doc.Attributions[a].Content {
		if s.Contains(at) {
			return true
		}
	}
	return false
}

// describeNominal fills in the features of a candidate for a description.
func (r *reader) describeNominal(f *features, k int32, e *entity, id int32) {
	p := &r.phrases[k]
	switch {
	case slices.Contains(e.heads, r.headKey(p.head)):
		if r.otherModifiers(p, e) {
			f.is(fClash)
		} else {
			f.is(fSameHead)
		}
	case e.sense&p.sense != 0:
		f.is(fSameSense)
	case len(e.heads) > 0:
		f.is(fRole)
	}
	if p.det != detOwned || p.owner < 0 || r.phrases[p.owner].entity < 0 {
		return
	}
	switch o := r.phrases[p.owner].entity; {
	case o == id:
		f.is(fOwnerIs)
	case r.otherOwner(e, o):
		f.is(fClash)
	case p.class&isKin != 0 && sameSurname(e, &r.entities[o]):
		f.is(fKin)
	}
}

// anyBody reports whether the phrase may stand for any company or group.
func (r *reader) anyBody(p *phrase) bool {
	h := int(p.head)
	return p.class&isOrg != 0 && r.oneOf(h, "company", "firm", "group", "organization", "organisation", "maker", "chain", "operator", "giant")
}

// otherModifiers reports whether the entity's description has the phrase's noun
// with other words before it: "the health minister", "the foreign minister".
func (r *reader) otherModifiers(p *phrase, e *entity) bool {
	mine := r.modifiers(p)
	if mine == 0 {
		return false
	}
	// A name among them must be the same: "the Clinton campaign".
	compared := false
	for j := p.head - int32(mine); j < p.head && p.class&isPerson == 0; j++ {
		compared = compared || r.words[j].caps != small && j != int32(r.sentence(j).First)
	}
	for _, d := range [2]int32{e.describe, e.best} {
		if d < 0 {
			continue
		}
		q := &r.phrases[d]
		head := q.head
		if q.form == formName {
			if q.role < 0 {
				continue
			}
			head = q.role
		}
		if r.headKey(head) != r.headKey(p.head) {
			continue
		}
		for i := q.first; i < head; i++ {
			for j := p.head - 1; j >= p.head-int32(mine); j-- {
				if r.words[i].key == r.words[j].key {
					return false
				}
			}
		}
		compared = compared || head > q.first+1
	}
	return compared
}

// modifiers returns the number of adjectives and nouns right before the head.
func (r *reader) modifiers(p *phrase) int {
	n := 0
	for i := p.head - 1; i >= p.first; i-- {
		if w := &r.words[i]; !r.noun(int(i)) && w.tag != postag.JJ && w.tag != postag.JJR && w.tag != postag.JJS {
			break
		}
		n++
	}
	return n
}
