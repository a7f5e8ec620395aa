package resolve

import (
	"strings"

	"github.com/onrecord-nlp/onrecord/models/postag"
	"github.com/onrecord-nlp/onrecord/pipeline"
)

// speaks marks entities that are the voice of something and have no number yet.
const speaks = -2

// write fills the layer of speakers: those who are the voice of something, in
// the order of their first mention.
func (r *resolver) write() {
	r.doc.Mentions, r.doc.Speakers = []pipeline.Mention{}, []pipeline.Speaker{}
	r.link()
	r.number = resize(r.number, len(r.entities))
	for i := range r.number {
		r.number[i] = -1
	}
	for _, voices := range [2][]voice{r.of, r.ofQuote} {
		for _, v := range voices {
			if v.entity >= 0 {
				r.number[v.entity] = speaks
			}
		}
	}
	r.writeMentions()
	r.writeResolution()
}

// numbered returns the index of an entity's speaker, which it adds where there
// is none yet.
func (r *resolver) numbered(id int32) int {
	if r.number[id] == speaks {
		r.number[id] = int32(len(r.doc.Speakers))
		r.doc.Speakers = append(r.doc.Speakers, r.speaker(id))
	}
	return int(r.number[id])
}

// writeMentions fills Mentions, and mentionOf for every phrase that names a
// voice.
func (r *resolver) writeMentions() {
	r.voices = resize(r.voices, len(r.phrases))
	for _, v := range r.ofQuote {
		if v.phrase >= 0 {
			r.voices[v.phrase] = true
		}
	}
	r.mentionOf = resize(r.mentionOf, len(r.phrases))
	r.leads = resize(r.leads, len(r.phrases))
	for j := range r.joints {
		if x := &r.joints[j]; x.source && x.entity >= 0 {
			r.leads[x.members[0]] = int32(j + 1)
		}
	}
	for k := range r.phrases {
		p := &r.phrases[k]
		r.mentionOf[k] = -1
		if !r.doc.Blocks[p.block].Kind.Speech() {
			continue
		}
		if j := r.leads[k]; j > 0 {
			x := &r.joints[j-1]
			if r.number[x.entity] != -1 {
				last := r.mentionSpan(&r.phrases[x.members[len(x.members)-1]])
				r.mention(x.entity, pipeline.Span{Start: r.mentionSpan(p).Start, End: last.End}, pipeline.MentionName)
			}
		}
		if p.entity < 0 || r.number[p.entity] == -1 || !r.shown(int32(k)) {
			continue
		}
		r.mentionOf[k] = r.mention(p.entity, r.mentionSpan(p), mentionType(p.form))
	}
}

// mention appends a mention of an entity and returns its index.
func (r *resolver) mention(id int32, at pipeline.Span, t pipeline.MentionType) int32 {
	s := r.numbered(id)
	m := len(r.doc.Mentions)
	r.doc.Speakers[s].Mentions = append(r.doc.Speakers[s].Mentions, m)
	r.doc.Mentions = append(r.doc.Mentions, pipeline.Mention{Span: at, Type: t, Speaker: s})
	return int32(m)
}

func (r *resolver) writeResolution() {
	doc := r.doc
	doc.Resolution = pipeline.Resolution{
		OfAttribution: make([]int, len(doc.Attributions)),
		OfQuote:       make([]int, len(doc.Quotes)),
		QuoteMention:  make([]int, len(doc.Quotes)),
		QuoteManner:   make([]pipeline.Manner, len(doc.Quotes)),
		QuoteScore:    make([]float32, len(doc.Quotes)),
	}
	res := &doc.Resolution
	for k, v := range r.of {
		res.OfAttribution[k] = -1
		if v.entity >= 0 {
			res.OfAttribution[k] = r.numbered(v.entity)
		}
	}
	for q, v := range r.ofQuote {
		res.OfQuote[q], res.QuoteMention[q] = -1, -1
		if v.entity < 0 {
			continue
		}
		res.OfQuote[q] = r.numbered(v.entity)
		res.QuoteManner[q] = v.manner
		res.QuoteScore[q] = v.prob
		if k := r.claimOf[q]; k >= 0 {
			res.QuoteScore[q] *= doc.Attributions[k].Confidence
		}
		if v.phrase >= 0 {
			// Who takes over a speaker does not take over the words that name it.
			if m := r.mentionOf[v.phrase]; m >= 0 && doc.Mentions[m].Speaker == res.OfQuote[q] {
				res.QuoteMention[q] = int(m)
			}
		}
	}
}

// shown reports whether phrase k is a mention to be written: descriptions that
// stand beside a name are not, nor are pronouns within quotations, most of which
// are of no speaker, unless they name a source.
func (r *resolver) shown(k int32) bool {
	p := &r.phrases[k]
	switch {
	case p.attribution >= 0 || r.voices[k]:
		return r.prob[k] >= least
	case p.next >= 0 || r.prob[k] < least:
		return false
	case p.form == formPronoun:
		return !p.possessive && p.quote < 0 && (p.pronoun != pronounIt && p.pronoun != pronounWhich || p.subject && r.prob[k] > 0.6)
	}
	return true
}

// link chains the phrases of each entity in text order.
func (r *resolver) link() {
	r.firstOf = resize(r.firstOf, len(r.entities))
	r.nextOf = resize(r.nextOf, len(r.phrases))
	for i := range r.firstOf {
		r.firstOf[i] = -1
	}
	for k := len(r.phrases) - 1; k >= 0; k-- {
		if e := r.phrases[k].entity; e >= 0 {
			r.nextOf[k] = r.firstOf[e]
			r.firstOf[e] = int32(k)
		}
	}
}

func mentionType(f form) pipeline.MentionType {
	switch f {
	case formName:
		return pipeline.MentionName
	case formPronoun:
		return pipeline.MentionPronoun
	}
	return pipeline.MentionNominal
}

// mentionSpan is the name with its titles, or the phrase with what follows that
// belongs to it.
func (r *resolver) mentionSpan(p *phrase) pipeline.Span {
	first, last := p.first, p.last
	if p.form == formName {
		first = p.name0
		if p.role >= 0 && r.words[p.role].caps != small {
			for first > p.first && r.words[first-1].class&isTitle != 0 && r.words[first-1].caps != small {
				first--
			}
		}
	}
	if p.form == formNominal {
		last = r.extent(p)
	}
	return pipeline.Span{Start: r.doc.Tokens[first].Start, End: r.doc.Tokens[last-1].End}
}

// extent returns the end of a description with the prepositional phrases that
// belong to it: of a source all up to the first comma, else "of", "for" and
// "by" with what they govern.
func (r *reader) extent(p *phrase) int32 {
	end := p.last
	limit := int32(r.sentence(p.head).Last)
	if p.attribution >= 0 {
		for _, s := range r.doc.Attributions[p.attribution].Source {
			if s.Contains(r.doc.Tokens[p.head].Span) {
				_, last := r.tokens(s)
				limit = int32(last)
				for end < limit && r.words[end].tag != postag.Comma && r.words[end].tag != postag.OpenBracket && end-p.first < 24 {
					end++
				}
				for end > p.last && r.punctuation(int(end-1)) {
					end--
				}
				if end > p.last && r.words[end-1].tag == postag.POS && int(end) < len(r.words) && r.noun(int(end)) {
					end-- // "the candidates' plans"
				}
				return end
			}
		}
	}
	k := r.phraseFrom(p.head) + 1
	for n := 0; n < 2 && k < len(r.phrases); n++ {
		for k < len(r.phrases) && r.phrases[k].possessive {
			k++
		}
		if k == len(r.phrases) || r.phrases[k].head >= limit {
			break
		}
		q := &r.phrases[k]
		if q.first != end+1 || !r.is(int(end), "of") && !r.is(int(end), "for") && !r.is(int(end), "by") && !r.is(int(end), "to") {
			break
		}
		end = q.last
		k++
	}
	return end
}

// speaker makes the row of an entity.
func (r *resolver) speaker(id int32) pipeline.Speaker {
	e := &r.entities[id]
	return pipeline.Speaker{
		Name:        r.nameOf(id),
		Kind:        r.kindOf(e),
		Description: r.description(e),
		Pronoun:     pronounOf(e),
	}
}

// nameOf returns the fullest name that the article gives.
func (r *resolver) nameOf(id int32) string {
	e := &r.entities[id]
	if e.label != "" {
		return e.label
	}
	if len(e.member) > 1 {
		var b strings.Builder
		for i, m := range e.member {
			switch {
			case i > 0 && i == len(e.member)-1:
				b.WriteString(" " + e.and + " ")
			case i > 0:
				b.WriteString(", ")
			}
			b.WriteString(r.nameOf(m))
		}
		return b.String()
	}
	p := &r.phrases[e.best]
	if p.form == formName {
		return r.text(p.name0, p.name1)
	}
	// The longest of its descriptions.
	best, bestEnd := p, r.extent(p)
	first := func(q *phrase) int32 {
		f := q.first
		for f < q.head && r.words[f].tag == postag.DT && (r.oneOf(int(f), "the", "a", "an")) {
			f++
		}
		return f
	}
	for k := r.firstOf[id]; k >= 0; k = r.nextOf[k] {
		q := &r.phrases[k]
		if q.form != formNominal {
			continue
		}
		if end := r.extent(q); r.fullness(first(q), end) > r.fullness(first(best), bestEnd) {
			best, bestEnd = q, end
		}
	}
	return r.text(first(best), bestEnd)
}

// fullness says how fully the words [first, last) identify somebody: by their
// number, and names count double.
func (r *resolver) fullness(first, last int32) int {
	n := 0
	for i := first; i < last; i++ {
		n++
		if r.words[i].caps != small && r.words[i].tag == postag.NNP {
			n++
		}
	}
	if r.words[first].tag == postag.PRPS {
		n -= 2 // "the inspector" rather than "his inspector"
	}
	return n
}

// kindOf says what an entity is.
func (r *resolver) kindOf(e *entity) pipeline.SpeakerKind {
	switch {
	case e.doc:
		return pipeline.SpeakerDocument
	case e.writer:
		return pipeline.SpeakerPerson
	case e.letter:
		return pipeline.SpeakerUnnamed // Q
	case len(e.member) > 1 || e.label != "" && e.plural:
		return pipeline.SpeakerGroup
	case e.nominal && e.best >= 0:
		p := &r.phrases[e.best]
		switch {
		case e.person == 0 && e.org > 0:
			return pipeline.SpeakerOrganization
		case p.class&isMany != 0 && !p.few:
			return pipeline.SpeakerGroup
		case e.plural && !p.few && p.class&isSource == 0:
			return pipeline.SpeakerGroup
		}
		return pipeline.SpeakerUnnamed
	case e.nominal:
		return pipeline.SpeakerUnnamed
	case e.plural && e.org < 3:
		return pipeline.SpeakerGroup
	case e.isPerson() && (len(e.keys) > 1 || e.person >= 2 || e.person > 0 && e.org <= 0.5*e.person && e.place == 0):
		return pipeline.SpeakerPerson
	}
	return pipeline.SpeakerOrganization
}

// description returns the role or relation by which the article introduces an
// entity, or "".
func (r *resolver) description(e *entity) string {
	if e.nominal || e.best < 0 {
		return ""
	}
	if e.describe < 0 {
		return ""
	}
	p := &r.phrases[e.describe]
	if p.form == formNominal {
		return r.text(p.first, r.extent(p))
	}
	first := p.first
	for first < p.role && r.words[first].tag == postag.DT {
		first++
	}
	return r.text(first, p.role+1)
}

// pronounOf returns the pronoun that the article uses for an entity, or "".
func pronounOf(e *entity) string {
	switch {
	case e.plural && len(e.member) == 0:
		return ""
	case e.they > 0.5 && e.they > e.he && e.they > e.she:
		return "they"
	case e.he >= 1.5 && e.he > e.she+1:
		return "he"
	case e.she >= 1.5 && e.she > e.he+1:
		return "she"
	}
	return ""
}
