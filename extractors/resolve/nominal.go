package resolve

import (
	"slices"
	"strings"

	"github.com/onrecord-nlp/onrecord/pipeline"
)

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
		if e.last >= 0 || e.start < 0 || !e.isPerson() || e.plural || e.named == 0 || !slices.Contains(e.heads, r.headKey(p.head)) && (p.sense == 0 || e.sense&p.sense == 0) {
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
	if he, she := p.class.sex(); he {
		e.he = 4
	} else if she {
		e.she = 4
	}
	r.describeBy(e, p.head, p.sense)
	r.byHead.add(r.headKey(p.head), id)
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
