package resolve

import (
	"math"
	"slices"

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

// sure is how much more evidence for one sex than for the other settles it: more
// than a given name, less than a title.
const sure = 1.5

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
	r.describeBy(e, p.head, p.sense)
	if len(e.heads) > known {
		r.byHead.add(r.headKey(p.head), id)
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
	if he, she := p.class.sex(); he {
		e.he += 3
	} else if she {
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
		if x := r.joints[i].entity; x >= 0 && len(ids) > 1 && slices.Equal(r.entities[x].member, ids) {
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
	}
	r.recent(id)
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
	if b > 0 && r.phrases[b].entity < 0 && r.phrases[b-1].entity >= 0 && p.first == r.phrases[b].last {
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
		cs[i].score = r.model.ScoreSet(int(class), cs[i].features.set, cs[i].features.values[:])
		if r.enc.heads != nil {
			cs[i].score += float32(readingMix * r.points(k, cs[i].entity))
		}
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
		case pronounIt:
			e.org += w
		}
		if p.pronoun == pronounHe || p.pronoun == pronounShe {
			e.person += w
		}
	}
}
