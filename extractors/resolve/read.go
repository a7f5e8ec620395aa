package resolve

import (
	"math"
	"strings"

	"github.com/onrecord-nlp/onrecord/models/coref"
	"github.com/onrecord-nlp/onrecord/models/postag"
	"github.com/onrecord-nlp/onrecord/pipeline"
)

// reach is how many of the entities mentioned last are candidates for a
// pronoun.
const reach = 16

// unsure is the probability below which a description stands for itself
// rather than for somebody named before.
const unsure = 0.45

// reader reads the phrases of a document in order and gives each its entity.
type reader struct {
	names
	model    *coref.Model
	sourceOf []int32 // the phrase of each attribution's source, or -1
	jointOf  []int32 // its joint, or -1
	joints   []joint
	recency  []int32 // entities, the last mentioned first
	byHead   index   // the nouns that describe them
	turn     int32
	prob     []float32 // of each phrase's entity
	writer   int32     // entity, or -1
	headline bool      // the phrase read stands in a headline

	candidates []candidate
	learn      func(k int32, class anaphor, cs []candidate) (entity int32, known bool)
}

// candidate is an entity that an anaphor may stand for; -1 is a new one.
type candidate struct {
	entity   int32
	features features
	score    float32
}

// read resolves every phrase.
func (r *reader) read() {
	r.byHead.reset()
	r.recency = r.recency[:0]
	r.turn = 0
	r.prob = resize(r.prob, len(r.phrases))
	r.prepare()
	// Headlines come last: they name by a word what the article tells of.
	for _, kind := range [2]pipeline.BlockKind{pipeline.BlockBody, pipeline.BlockHeadline} {
		r.headline = kind == pipeline.BlockHeadline
		for k := range r.phrases {
			if r.doc.Blocks[r.phrases[k].block].Kind == kind {
				r.phrase(int32(k))
				r.touch(int32(k))
			}
		}
	}
}

// phrase gives phrase k its entity.
func (r *reader) phrase(k int32) {
	p := &r.phrases[k]
	switch {
	case p.form == formName:
		r.prob[k] = 0.97
	case p.form == formPronoun:
		r.pronoun(k)
	case p.next >= 0 && r.phrases[p.next].entity >= 0:
		p.entity = r.phrases[p.next].entity
		r.prob[k] = 0.95
	default:
		r.nominal(k)
	}
}

// prepare notes what names are called by before the reading, so that a
// description may look ahead: "the landlord" for whom the next paragraph names.
func (r *reader) prepare() {
	for id := range r.entities {
		r.entities[id].mentions = 0
		for _, h := range r.entities[id].heads {
			r.byHead.add(h, int32(id))
		}
	}
	for k := range r.phrases {
		p := &r.phrases[k]
		if p.form == formName {
			if e := &r.entities[p.entity]; e.start < 0 && r.doc.Blocks[p.block].Kind.Speech() {
				e.start = int32(k)
			}
			continue
		}
		if p.next < 0 || p.form != formNominal {
			continue
		}
		id := r.phrases[p.next].entity
		if id < 0 {
			continue
		}
		e := &r.entities[id]
		if p.class&isPerson == 0 && p.class&isOrg != 0 && e.person > e.org+1 || p.class&isPerson != 0 && p.class&isOrg == 0 && (e.org > e.person+2 || e.place > e.person) {
			p.next = -1
			continue
		}
		if (e.describe < 0 || r.phrases[e.describe].form == formName) && p.class&isGeneric == 0 {
			e.describe = int32(k)
		}
		r.describes(id, int32(k))
	}
}

// describes notes that nominal k describes the entity.
func (r *reader) describes(id, k int32) {
	p := &r.phrases[k]
	e := &r.entities[id]
	known := len(e.heads)
	r.describeBy(e, p.head, p.class, p.sense)
	if len(e.heads) > known {
		w := r.headKey(p.head)
		r.byHead.add(w, id)
	}
	r.classEvidence(e, p)
}

// classEvidence adds what a description says of its entity's kind and pronoun.
func (r *reader) classEvidence(e *entity, p *phrase) {
	if p.class&isPerson != 0 {
		e.person += 3
	} else if p.class&isOrg != 0 {
		e.org += 2.5
	}
	if p.class&isHe != 0 && p.class&isShe == 0 {
		e.he += 3
	} else if p.class&isShe != 0 && p.class&isHe == 0 {
		e.she += 3
	}
}

// touch notes that phrase k mentions its entity.
func (r *reader) touch(k int32) {
	p := &r.phrases[k]
	if p.attribution >= 0 && r.sourceOf[p.attribution] == k {
		r.turn++
	}
	if p.entity < 0 {
		return
	}
	id := p.entity
	e := &r.entities[id]
	e.last = k
	if p.quote < 0 {
		e.lastOut = k
	}
	e.mentions++
	if (p.subject || p.attribution >= 0) && !p.oblique && r.words[p.head].content < 0 {
		e.subject = p.sentence
	}
	if e.start < 0 {
		e.start = k
	}
	if p.attribution >= 0 {
		e.lastTurn = r.turn
		e.turns++
	}
	r.recent(id)
	if p.joint >= 0 {
		r.together(p.joint)
	}
}

// recent puts an entity in front of those mentioned last.
func (r *reader) recent(id int32) {
	at := len(r.recency)
	for i, x := range r.recency {
		if x == id {
			at = i
			break
		}
	}
	if at == len(r.recency) {
		if len(r.recency) < reach {
			r.recency = append(r.recency, id)
		} else {
			at--
		}
	}
	copy(r.recency[1:at+1], r.recency[:at])
	r.recency[0] = id
}

// together makes the entity of several that are named together, or finds it.
func (r *reader) together(j int32) {
	members := r.joints[j].members
	if r.joints[j].entity >= 0 {
		return
	}
	ids := make([]int32, 0, len(members))
	for _, m := range members {
		p := &r.phrases[m]
		if p.entity < 0 || p.form == formPronoun || p.form == formNominal && p.next < 0 {
			ids = nil
			break
		}
		ids = append(ids, p.entity)
	}
	if !r.joints[j].source {
		for _, id := range ids {
			if !r.entities[id].isPerson() {
				return
			}
		}
		if len(ids) == 0 {
			return
		}
	}
	id := int32(-1)
	for i := max(0, int(j)-reach); i < int(j); i++ {
		if x := r.joints[i].entity; x >= 0 && len(ids) > 1 && equal(r.entities[x].member, ids) {
			id = x
			break
		}
	}
	if id < 0 {
		id = r.add(members[0])
		e := &r.entities[id]
		e.member, e.plural, e.person = append(e.member, ids...), true, 3
		e.and = r.doc.Tokens[r.phrases[members[len(members)-1]].first-1].In(r.doc.Text)
		e.start = members[0]
		if len(ids) == 0 {
			e.label = r.text(r.phrases[members[0]].first, r.extent(&r.phrases[members[len(members)-1]]))
		}
	}
	r.joints[j].entity = id
	e := &r.entities[id]
	e.last, e.lastOut = members[0], members[0]
	e.mentions++
	if r.joints[j].source {
		e.lastTurn = r.turn
		e.turns++
	}
	r.recent(id)
}

func equal(a, b []int32) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// isPerson reports whether an entity is a person more likely than anything
// else.
func (e *entity) isPerson() bool { return !e.doc && e.person >= e.org && e.person >= e.place-0.5 }

// pronoun resolves the pronoun k.
func (r *reader) pronoun(k int32) {
	p := &r.phrases[k]
	switch p.pronoun {
	case pronounI:
		if p.quote < 0 && r.writer >= 0 {
			p.entity, r.prob[k] = r.writer, 0.9
		}
	case pronounWho, pronounWhich:
		p.entity, r.prob[k] = r.relative(k)
	case pronounHe, pronounShe:
		r.decide(k, anaphorPerson)
	case pronounThey:
		r.decide(k, anaphorThey)
	case pronounIt:
		r.decide(k, anaphorIt)
	}
}

// relative returns what "who" or "which" stands for: the phrase before it, or
// that on which it hangs.
func (r *reader) relative(k int32) (entity int32, prob float32) {
	p := &r.phrases[k]
	b := int(k) - 1
	for b >= 0 && r.phrases[b].possessive {
		b--
	}
	if b > 0 && r.phrases[b].entity < 0 && r.phrases[b-1].entity >= 0 && r.phrases[b].sentence == p.sentence && p.first-r.phrases[b].last < 1 {
		b-- // "a letter last night that says"
	}
	for b > 0 && r.words[max(0, r.phrases[b].first-1)].tag == postag.OpenBracket {
		b-- // "Richard Blumenthal (D-Conn.), who"
	}
	if b < 0 || r.phrases[b].sentence != p.sentence || p.first-r.phrases[b].last > 5 {
		return -1, 0
	}
	start := b
	for start > 0 && r.phrases[start-1].sentence == p.sentence {
		start--
	}
	near := &r.phrases[b]
	far := &r.phrases[r.governor(b, start)]
	suits := func(q *phrase) bool {
		if q.entity < 0 {
			return false
		}
		person := r.entities[q.entity].isPerson() || q.class&(isPerson|isMany) != 0
		return person == (p.pronoun == pronounWho)
	}
	switch {
	case far != near && suits(far) && (far.class&(isGeneric|isMany) != 0 || far.form == formName):
		return far.entity, 0.85
	case suits(near):
		return near.entity, 0.9
	case suits(far):
		return far.entity, 0.85
	}
	return near.entity, 0.5
}

// decide resolves phrase k as the best of its candidates.
func (r *reader) decide(k int32, class anaphor) {
	p := &r.phrases[k]
	r.collect(k, class)
	cs := r.candidates
	if len(cs) == 0 {
		return
	}
	best, sum := 0, float64(0)
	for i := range cs {
		cs[i].score = r.model.Score(int(class), cs[i].features[:])
		if cs[i].score > cs[best].score {
			best = i
		}
	}
	for i := range cs {
		sum += math.Exp(float64(cs[i].score - cs[best].score))
	}
	p.entity, r.prob[k] = cs[best].entity, float32(1/sum)
	if r.learn != nil {
		if id, ok := r.learn(k, class, cs); ok {
			p.entity = id
		}
	}
	if p.entity >= 0 && p.form == formPronoun {
		e := &r.entities[p.entity]
		w := max(0, 2*r.prob[k]-1)
		if p.possessive {
			w *= 0.5
		}
		switch p.pronoun {
		case pronounHe:
			e.he += w
		case pronounShe:
			e.she += w
		case pronounThey:
			if !e.plural {
				e.they += w
			}
		}
	}
}

// collect gathers the candidates for phrase k.
func (r *reader) collect(k int32, class anaphor) {
	p := &r.phrases[k]
	r.candidates = r.candidates[:0]
	rank, bodies := 0, 0
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
		c := candidate{entity: id}
		r.describeCandidate(&c.features, k, e, id, class, rank, ahead)
		if e.org > e.person && e.org > e.place && e.named > 0 && !ahead && c.features[fRole] == 0 {
			if bodies == 0 {
				c.features[fNearestBody] = 1
				if r.anyBody(p) {
					c.features[fAnyBody] = 1
				}
			}
			bodies++
		}
		r.candidates = append(r.candidates, c)
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
				if e := &r.entities[id]; e.sense&p.sense != 0 || contains(e.heads, r.headKey(p.head)) {
					consider(int32(id), false)
				}
			}
		}
	}
	c := candidate{entity: -1}
	c.features[fNone] = 1
	if p.det == detNone {
		c.features[fBare] = 1
	}
	if r.headline {
		c.features[fHeadline] = 1
	}
	if p.det == detOwned {
		c.features[fOwned] = 1
	}
	if p.class&isGeneric != 0 || r.anyBody(p) {
		c.features[fGeneric] = 1
	}
	r.candidates = append(r.candidates, c)
}

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
			return !(e.she > e.he+1.5)
		}
		return !(e.he > e.she+1.5)
	case anaphorThey:
		return !e.doc && (e.plural || e.org > e.person || e.he < 1.5 && e.she < 1.5)
	case anaphorIt:
		return !e.plural && (e.doc || e.org >= e.person || e.place >= e.person)
	case anaphorNominal:
		if e.doc || e.plural != p.plural || e.org > e.person+2 {
			return false
		}
		if p.class&isHe != 0 && p.class&isShe == 0 && e.she > e.he+1.5 || p.class&isShe != 0 && p.class&isHe == 0 && e.he > e.she+1.5 {
			return false
		}
		return true
	}
	if e.plural != p.plural && !(e.plural && p.class&isMany != 0) {
		return false
	}
	if p.class&isDoc != 0 && p.class&isOrg == 0 {
		return e.doc
	}
	return !e.person2(p)
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

// person2 reports whether the entity is a person too surely for a body.
func (e *entity) person2(p *phrase) bool { return e.person > e.org+2 || e.doc && p.class&isDoc == 0 }

// describeCandidate fills in the features of a candidate.
func (r *reader) describeCandidate(f *features, k int32, e *entity, id int32, class anaphor, rank int, ahead bool) {
	p := &r.phrases[k]
	set := func(x feature, yes bool) {
		if yes {
			f[x] = 1
		}
	}
	if ahead {
		f[fAhead] = 1
	} else if e.last >= 0 && !r.headline {
		q := &r.phrases[e.last]
		if p.quote < 0 && e.lastOut >= 0 {
			q = &r.phrases[e.lastOut]
		}
		switch d := p.sentence - q.sentence; {
		case d <= 0:
			f[fSameSentence] = 1
		case d == 1:
			f[fLastSentence] = 1
		case d == 2:
			f[fSecondLast] = 1
		default:
			f[fDistance] = float32(math.Log2(float64(d)))
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
		f[fSpeaks] = 1
	}
	f[fMentions] = float32(math.Log2(float64(1 + e.mentions)))
	set(fFirst, rank == 0)
	set(fSecond, rank == 1)
	he, she := e.he, e.she
	wantHe, wantShe := p.pronoun == pronounHe || p.class&isHe != 0 && p.class&isShe == 0, p.pronoun == pronounShe || p.class&isShe != 0 && p.class&isHe == 0
	if wantShe {
		he, she = she, he
	}
	if wantHe || wantShe {
		switch {
		case he >= she+1.5:
			f[fSexAgrees] = 1
		case he > she:
			f[fSexMayAgree] = 1
		case he < she:
			f[fSexMayClash] = 1
		default:
			f[fSexUnknown] = 1
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
			return !contains(r.entities[o].keys, w.key)
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
	case contains(e.heads, r.headKey(p.head)):
		if r.otherModifiers(p, e) {
			f[fClash] = 1
		} else {
			f[fSameHead] = 1
		}
	case e.sense&p.sense != 0:
		f[fSameSense] = 1
	case len(e.heads) > 0:
		f[fRole] = 1
	}
	if p.det == detOwned {
		if p.owner >= 0 {
			o := r.phrases[p.owner].entity
			if o == id {
				f[fOwnerIs] = 1
			} else if o >= 0 && r.otherOwner(e, o) {
				f[fClash] = 1
			} else if o >= 0 && p.class&isKin != 0 && sameSurname(e, &r.entities[o]) {
				f[fKin] = 1
			}
		}
	}
}

// anyBody reports whether the phrase may stand for any company or group.
func (r *reader) anyBody(p *phrase) bool {
	h := int(p.head)
	return p.class&isOrg != 0 && (r.is(h, "company") || r.is(h, "firm") || r.is(h, "group") || r.is(h, "organization") || r.is(h, "organisation") ||
		r.is(h, "maker") || r.is(h, "chain") || r.is(h, "operator") || r.is(h, "giant"))
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

// nominal resolves the description k.
func (r *reader) nominal(k int32) {
	p := &r.phrases[k]
	person := p.class&(isPerson|isMany) != 0
	body := p.class&(isOrg|isDoc) != 0 || p.class&isOrgEnd != 0 && !person && (p.det == detThe || p.det == detOwned)
	if !person && p.attribution < 0 && (!body || p.quote >= 0 && (p.det == detA || p.det == detNone)) {
		return
	}
	if p.attribution < 0 && !r.noun(int(p.head)) {
		return // "most of the cores"
	}
	class := anaphorNominal
	if body && !person {
		class = anaphorBody
	}
	if p.det == detOwned && p.owner >= 0 && p.quote >= 0 && r.phrases[p.owner].pronoun >= pronounI && r.phrases[p.owner].pronoun <= pronounYou && !r.knownHead(p) {
		// "my aunt": somebody new
	} else if p.det == detA && class == anaphorNominal && !p.plural && p.quote < 0 && r.lead(p) {
		p.entity = r.introduces(p)
		r.prob[k] = 0.75
	} else if p.det == detThe || p.det == detOwned || p.det == detNone && (p.attribution >= 0 || r.headline) {
		r.decide(k, class)
	}
	if p.entity < 0 || r.prob[k] < unsure && r.learn == nil {
		p.entity = r.newNominal(k)
		r.prob[k] = max(r.prob[k], 0.5)
		if p.det == detA {
			r.prob[k] = 0.95
		}
		return
	}
	if r.prob[k] > 0.7 {
		r.describes(p.entity, k)
	}
}

// knownHead reports whether something was described by the phrase's noun.
func (r *reader) knownHead(p *phrase) bool {
	for range r.byHead.all(r.headKey(p.head)) {
		return true
	}
	return false
}

// lead reports whether the phrase stands in the first paragraph of the body.
func (r *reader) lead(p *phrase) bool {
	for b := p.block - 1; b >= 0; b-- {
		if r.doc.Blocks[b].Kind == pipeline.BlockBody {
			return false
		}
	}
	return true
}

// introduces returns the one person named later whom the description in the
// lead announces: "a 79-year-old grandmother" before "Mei-Ling Chau, a
// great-grandmother of six"; or -1.
func (r *reader) introduces(p *phrase) int32 {
	found := int32(-1)
	for id := range r.entities[:min(len(r.entities), 4*reach)] {
		e := &r.entities[id]
		if e.last >= 0 || e.start < 0 || !e.isPerson() || e.plural || e.named == 0 || !contains(e.heads, r.headKey(p.head)) && (p.sense == 0 || e.sense&p.sense == 0) {
			continue
		}
		if found >= 0 {
			return -1
		}
		found = int32(id)
	}
	return found
}

// newNominal makes the entity of a description that stands for nothing before.
func (r *reader) newNominal(k int32) int32 {
	p := &r.phrases[k]
	id := r.add(k)
	e := &r.entities[id]
	e.nominal, e.plural = true, p.plural || p.class&isMany != 0 && p.class&isPerson == 0
	switch {
	case p.class&(isPerson|isMany) != 0:
		e.person = 2
	case p.class&isOrg != 0:
		e.org = 2
		e.doc = p.class&isDoc != 0 && p.attribution < 0 && p.det == detA
	case p.class&isDoc != 0:
		e.doc = true
	case r.agent(p.head):
		e.person = 1
	case p.attribution >= 0:
		e.doc = true // what says something and is nobody says it in writing
	}
	if p.class&isHe != 0 && p.class&isShe == 0 {
		e.he = 4
	} else if p.class&isShe != 0 && p.class&isHe == 0 {
		e.she = 4
	}
	r.describeBy(e, p.head, p.class, p.sense)
	w := r.headKey(p.head)
	r.byHead.add(w, id)
	return id
}

// agent reports whether an unknown noun has the form of somebody who does
// something.
func (r *reader) agent(token int32) bool {
	w := strings.TrimSuffix(r.doc.Tokens[token].In(r.doc.Text), "s")
	for _, end := range [...]string{"er", "or", "ist", "ian", "eer", "ant", "ee", "man", "men", "woman", "women", "ite"} {
		if len(w) > len(end)+2 && strings.HasSuffix(w, end) {
			return true
		}
	}
	return false
}
