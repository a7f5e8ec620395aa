package resolve

import (
	"github.com/onrecord-nlp/onrecord/models/postag"
)

// joint is several people named together: "Jae-won Park and Ellis Moody". Where
// they are a source they are one speaker, and anywhere "they" may be them.
type joint struct {
	members []int32 // phrases
	source  bool
	entity  int32
}

// sources finds the phrase that each attribution's source is, so that names
// and pronouns know it before they are resolved.
func (r *reader) sources() {
	r.sourceOf = resize(r.sourceOf, len(r.doc.Attributions))
	r.jointOf = resize(r.jointOf, len(r.doc.Attributions))
	r.joints = r.joints[:0]
	for k := range r.doc.Attributions {
		r.sourceOf[k], r.jointOf[k] = -1, -1
		spans := r.doc.Attributions[k].Source
		if len(spans) == 0 {
			continue
		}
		first, last := r.tokens(spans[0])
		if first == last {
			continue
		}
		lo := r.phraseFrom(int32(first))
		hi := lo
		for hi < len(r.phrases) && r.phrases[hi].head < int32(last) {
			hi++
		}
		p := r.mainPhrase(lo, hi, int32(first), int32(last))
		if p < 0 {
			continue
		}
		r.sourceOf[k] = int32(p)
		if r.phrases[p].attribution < 0 {
			r.phrases[p].attribution = int32(k)
		}
		if m := r.coordinated(p, hi); len(m) > 1 {
			r.jointOf[k] = r.addJoint(m, true)
		}
	}
	for k := 0; k+1 < len(r.phrases); k++ {
		p, q := &r.phrases[k], &r.phrases[k+1]
		if p.form != formName || q.form != formName || q.sentence != p.sentence || q.first > p.last+3 || q.joint >= 0 || p.joint >= 0 {
			continue
		}
		if m := r.coordinated(k, min(k+3, len(r.phrases))); len(m) > 1 && r.phrases[m[len(m)-1]].joint < 0 && r.phrases[m[len(m)-1]].form == formName {
			r.addJoint(m, false)
		}
	}
}

// addJoint notes that phrases are named together.
func (r *reader) addJoint(members []int32, source bool) int32 {
	last := &r.phrases[members[len(members)-1]]
	if last.joint >= 0 && len(r.joints[last.joint].members) == len(members) {
		return last.joint
	}
	last.joint = int32(len(r.joints))
	r.joints = append(r.joints, joint{members: members, source: source, entity: -1})
	return last.joint
}

// phraseFrom returns the first phrase whose head stands at or after a token.
func (r *reader) phraseFrom(token int32) int {
	lo, hi := 0, len(r.phrases)
	for lo < hi {
		m := int(uint(lo+hi) >> 1)
		if r.phrases[m].head < token {
			lo = m + 1
		} else {
			hi = m
		}
	}
	return lo
}

// mainPhrase returns the phrase, of those from lo to hi, that the words
// [first, last) of a source are about: the name in "its chairman, Pete
// Zielinski", the spokesman in "a spokesman for the company". It is -1 where
// they hold no phrase.
func (r *reader) mainPhrase(lo, hi int, first, last int32) int {
	main := -1
	for k := lo; k < hi; k++ {
		if p := &r.phrases[k]; !p.possessive || p.last >= last {
			main = k
			break
		}
	}
	if main < 0 {
		if lo < hi {
			return lo
		}
		return -1
	}
	p := &r.phrases[main]
	if p.form != formNominal || p.plural {
		return main
	}
	if p.next > int32(main) && int(p.next) < hi {
		return int(p.next)
	}
	// "academic and professor Marc Lamont Hill" is one person.
	if next := main + 1; next < hi && p.det == detNone && p.class&isOrg == 0 && r.is(int(p.last), "and") {
		if q := &r.phrases[next]; q.form == formName && q.first == p.last+1 && q.role >= 0 && r.words[q.role].caps == small {
			return next
		}
	}
	return main
}

// coordinated returns the phrases, from p on and before hi, that "and" joins.
// Of a plural nominal that names follow, "its organisers, Bethan Rowlands and
// Iqbal Mirza", they are the names.
func (r *reader) coordinated(p, hi int) []int32 {
	var members []int32
	at := p
	if q := &r.phrases[p]; q.form == formNominal && q.plural {
		at++
		for at < hi && r.phrases[at].possessive {
			at++
		}
		if at >= hi || r.phrases[at].form != formName || r.words[r.phrases[at].first-1].tag != postag.Comma || r.phrases[at].first != q.last+1 {
			return nil
		}
	}
	for {
		members = append(members, int32(at))
		end := r.phrases[at].last
		if r.phrases[at].age {
			end += 2
		}
		next := at + 1
		// Over descriptions and owners to a phrase that "and" or a comma opens.
		described := false
		for next < hi && (r.phrases[next].possessive || r.phrases[next].next == int32(at)) {
			if !r.phrases[next].possessive {
				end, described = r.phrases[next].last, true
			}
			next++
		}
		if next >= hi || described && r.words[end].tag != postag.Comma {
			break
		}
		gap := r.phrases[next].first
		joined := false
		for b := gap - 1; b >= end && b >= gap-3; b-- {
			switch {
			case r.oneOf(int(b), "and", "&"):
				joined = true
				continue
			case r.words[b].tag == postag.Comma:
				joined = joined || len(members) > 1 || r.phrases[at].form == formName && r.phrases[next].form == formName
				continue
			}
			joined = false
			break
		}
		if !joined || gap > end+2 {
			break
		}
		at = next
	}
	if len(members) < 2 || !r.is(int(r.phrases[members[len(members)-1]].first)-1, "and") && !r.is(int(r.phrases[members[len(members)-1]].first)-1, "&") {
		return nil
	}
	for _, m := range members {
		if q := &r.phrases[m]; q.form == formNominal && q.class&(isPerson|isOrg|isMany) == 0 {
			return nil
		}
	}
	return members
}
