package resolve

import (
	"github.com/onrecord-nlp/onrecord/models/postag"
	"github.com/onrecord-nlp/onrecord/pipeline"
)

// least is the probability below which a speaker is left unknown.
const least = 0.4

// speakers finds the voice of every attribution and every quote.
func (r *resolver) speakers() {
	doc := r.doc
	r.of = resize(r.of, len(doc.Attributions))
	for k := range doc.Attributions {
		r.of[k] = r.sourceVoice(k)
	}
	r.claimOf = resize(r.claimOf, len(doc.Quotes))
	for q := range r.claimOf {
		r.claimOf[q] = -1
	}
	for k := range doc.Attributions {
		for _, q := range doc.Attributions[k].Quotes {
			if old := r.claimOf[q]; old < 0 || size(doc.Attributions[k].Content) < size(doc.Attributions[old].Content) {
				r.claimOf[q] = int32(k)
			}
		}
	}
	// "I said" within a quotation: the source is who is quoted.
	for k := range doc.Attributions {
		p := r.sourceOf[k]
		if p < 0 || r.of[k].entity >= 0 || r.phrases[p].quote < 0 {
			continue
		}
		if f := r.phrases[p].pronoun; f != pronounI && f != pronounWe {
			continue
		}
		if outer := r.claimOf[r.phrases[p].quote]; outer >= 0 && int(outer) != k {
			r.of[k] = voice{r.of[outer].entity, p, r.of[outer].prob, pipeline.MannerCue}
		}
	}
	r.ofQuote = resize(r.ofQuote, len(doc.Quotes))
	for q := range r.ofQuote {
		r.ofQuote[q] = voice{entity: -1, phrase: -1}
	}
	for q := range doc.Quotes {
		if doc.Quotes[q].Uttered {
			r.ofQuote[q] = r.quoteVoice(int32(q))
			if r.ofQuote[q].entity < 0 {
				r.ofQuote[q] = r.heard(int32(q))
			}
		}
	}
	r.repeated()
	// Attributions that only the text around gives a speaker share it with
	// their quotes.
	for k := range doc.Attributions {
		if r.of[k].entity < 0 && len(doc.Attributions[k].Cue) == 0 {
			for _, q := range doc.Attributions[k].Quotes {
				if v := r.ofQuote[q]; v.entity >= 0 && doc.Quotes[q].Depth == 0 {
					r.of[k] = v
					break
				}
			}
		}
	}
}

func size(spans []pipeline.Span) int {
	n := 0
	for _, s := range spans {
		n += s.Len()
	}
	return n
}

// sourceVoice returns the voice of the source of attribution k.
func (r *resolver) sourceVoice(k int) voice {
	a := &r.doc.Attributions[k]
	v := voice{entity: -1, phrase: -1, manner: pipeline.MannerCue}
	if len(a.Cue) == 0 {
		v.manner = pipeline.MannerContext
		if len(a.Source) > 0 {
			v.manner = pipeline.MannerDialogue
		}
	}
	if len(a.Source) == 0 {
		if len(a.Cue) == 0 {
			v.manner = pipeline.MannerNone
			return v
		}
		return r.participle(k)
	}
	p := r.sourceOf[k]
	if p < 0 {
		// Words that are no noun phrase: "Q".
		v.entity = r.add(-1)
		e := &r.entities[v.entity]
		e.label, e.nominal, e.person, e.start = a.Source[0].In(r.doc.Text), true, 1, 0
		v.prob = 0.5
		return v
	}
	v.phrase = p
	if j := r.jointOf[k]; j >= 0 && r.joints[j].entity >= 0 {
		v.entity, v.prob = r.joints[j].entity, 0.9
		return v
	}
	if q := &r.phrases[p]; q.entity >= 0 && r.prob[p] >= least {
		v.entity, v.prob = q.entity, r.prob[p]
	}
	return v
}

// participle returns the voice of an attribution whose cue is a participle and
// that names no source: the subject of the sentence, "while saying she was
// tired, Rudd appealed for help". There is none where the cue is no participle
// or is passive.
func (r *resolver) participle(k int) voice {
	none := voice{entity: -1, phrase: -1}
	a := &r.doc.Attributions[k]
	cue, last := r.tokens(a.Cue[0])
	if cue == last || r.words[cue].tag != postag.VBG {
		return none
	}
	s := r.sentence(int32(cue))
	content := pipeline.Cover(a.Content)
	before, after := int32(-1), int32(-1)
	for p := r.phraseFrom(int32(s.First)); p < len(r.phrases) && int(r.phrases[p].head) < s.Last; p++ {
		q := &r.phrases[p]
		if !r.person(int32(p)) && !r.organization(int32(p)) || !q.subject && q.attribution < 0 || q.oblique || q.possessive {
			continue
		}
		at := r.doc.Tokens[q.head].Span
		switch {
		case content.Contains(at):
		case at.Start < a.Cue[0].Start:
			if before < 0 {
				before = int32(p)
			}
		case after < 0:
			after = int32(p)
		}
	}
	subject := before
	if subject < 0 {
		subject = after
	}
	if subject < 0 {
		return none
	}
	return voice{r.phrases[subject].entity, subject, 0.75 * r.prob[subject], pipeline.MannerCue}
}

// organization reports whether phrase k stands for a body that can speak.
func (r *resolver) organization(k int32) bool {
	p := &r.phrases[k]
	return p.entity >= 0 && r.entities[p.entity].org > 1
}

// quoteVoice returns the voice of an uttered quote.
func (r *resolver) quoteVoice(q int32) voice {
	doc := r.doc
	k := r.claimOf[q]
	outer := voice{entity: -1, phrase: -1}
	if k >= 0 {
		outer = r.of[k]
	}
	if v, ok := r.innerVoice(q, outer); ok {
		return v
	}
	if doc.Quotes[q].Depth > 0 {
		if k < 0 {
			if e := r.enclosing(q); e >= 0 {
				outer = r.ofQuote[e]
			}
		}
		outer.manner = pipeline.MannerContext
		outer.prob *= 0.5
		outer.phrase = -1
		return outer
	}
	if k >= 0 && (outer.entity >= 0 || len(doc.Attributions[k].Source) > 0 || len(doc.Attributions[k].Cue) > 0) {
		if outer.manner == pipeline.MannerCue && !r.nearCue(q, k) {
			outer.manner = pipeline.MannerContinuation
			outer.phrase = -1
		}
		return outer
	}
	return r.floating(q)
}

// nearCue reports whether the cue of attribution k stands in a sentence with
// quote q, or right beside it.
func (r *resolver) nearCue(q, k int32) bool {
	a := &r.doc.Attributions[k]
	first, last := r.tokens(r.doc.Quotes[q].Span)
	if first == last || len(a.Cue) == 0 {
		return false
	}
	cue, _ := r.tokens(a.Cue[0])
	s := r.doc.Tokens[cue].Sentence
	return r.doc.Tokens[first].Sentence-1 <= s && s <= r.doc.Tokens[last-1].Sentence+1 &&
		r.sentence(int32(cue)).Block == r.sentence(int32(first)).Block
}

// enclosing returns the quote in which quote q stands, or -1.
func (r *resolver) enclosing(q int32) int32 {
	for o := q - 1; o >= 0; o-- {
		x := &r.doc.Quotes[o]
		if x.Depth < r.doc.Quotes[q].Depth {
			if x.Contains(r.doc.Quotes[q].Span) {
				return o
			}
			return -1
		}
	}
	return -1
}

// innerVoice finds who uttered words that are quoted within another's words or
// within the content of a reported statement: "He told me ‘no’", "she said her
// director had asked whether she was ‘a team player’".
func (r *resolver) innerVoice(q int32, outer voice) (voice, bool) {
	quote := &r.doc.Quotes[q]
	var region pipeline.Span
	if quote.Depth > 0 {
		e := r.enclosing(q)
		if e < 0 {
			return voice{}, false
		}
		region = r.doc.Quotes[e].Span
	} else {
		k := r.claimOf[q]
		if k < 0 {
			return voice{}, false
		}
		// Of a content in parts, the part that holds the quote: what stands between
		// the parts is the reporter's.
		for _, part := range r.doc.Attributions[k].Content {
			if part.Overlaps(quote.Span) {
				region = part
				break
			}
		}
	}
	first, last := r.tokens(quote.Span)
	if first == last || region.Empty() {
		return voice{}, false
	}
	verb := -1
	// Before the mark: "he said, ‘...’".
	for i, n := first-1, 0; i >= 0 && n < 14 && r.doc.Tokens[i].Start >= region.Start && r.doc.Tokens[i].Sentence == r.doc.Tokens[first].Sentence; i, n = i-1, n+1 {
		if r.words[i].tag == postag.CloseQuote && n > 0 {
			break
		}
		if r.utters(i) {
			verb = i
			break
		}
	}
	subject := int32(-1)
	if verb >= 0 {
		subject = r.subjectOf(verb, region, first)
	} else if quote.Depth > 0 {
		// After it: "‘...,’ he said".
		for i, n := last, 0; i < len(r.words) && n < 7 && r.doc.Tokens[i].End <= region.End; i, n = i+1, n+1 {
			if r.utters(i) {
				verb = i
				break
			}
			if r.words[i].tag == postag.Stop {
				break
			}
		}
		if verb >= 0 {
			subject = r.subjectNear(verb, last, region)
		}
	}
	if subject < 0 {
		return voice{}, false
	}
	p := &r.phrases[subject]
	v := voice{entity: p.entity, phrase: subject, prob: 0.8 * r.prob[subject], manner: pipeline.MannerCue}
	switch {
	case p.pronoun == pronounI || p.pronoun == pronounWe && quote.Depth > 0:
		v.entity, v.prob = outer.entity, outer.prob
	case p.form != formName && p.entity >= 0 && quote.Depth == 0:
		if e := &r.entities[p.entity]; !e.doc && e.person+e.org == 0 {
			return voice{}, false
		}
	case p.pronoun == pronounWhich && p.entity < 0:
		return voice{}, false
	case p.form == formPronoun && quote.Depth > 0 && p.entity == outer.entity:
		// Who is quoted says "I" of himself: "she" is somebody of whom he told.
		v.entity = r.toldOf(subject, region, outer.entity)
		v.prob = 0.6
	}
	if v.entity >= 0 && v.prob < least {
		v.entity = -1
	}
	return v, true
}

// toldOf returns the last entity before phrase k in the region that its pronoun
// may stand for, other than the one who tells, or -1.
func (r *resolver) toldOf(k int32, region pipeline.Span, teller int32) int32 {
	p := &r.phrases[k]
	for b := k - 1; b >= 0 && r.doc.Tokens[r.phrases[b].head].Start >= region.Start; b-- {
		q := &r.phrases[b]
		if q.entity >= 0 && q.entity != teller && q.form != formPronoun && !q.possessive && r.suits(p, &r.entities[q.entity], anaphorPerson) {
			return q.entity
		}
	}
	return -1
}

// utters reports whether token i is a verb of uttering words, finite or not.
func (r *resolver) utters(i int) bool {
	switch r.words[i].tag {
	case postag.VB, postag.VBD, postag.VBG, postag.VBN, postag.VBP, postag.VBZ, postag.NN, postag.NNS:
		// "as our engineer put it"
		return r.words[i].utters || r.is(i, "put") && r.is(i+1, "it")
	}
	return false
}

// passive reports whether the verb at token i is a participle after a form of
// "be": its subject does not utter anything.
func (r *resolver) passive(i int) bool {
	if r.words[i].tag != postag.VBN && r.words[i].tag != postag.VBD {
		return false
	}
	for b := i - 1; b >= max(0, i-3); b-- {
		switch {
		case r.oneOf(b, "be", "been", "is", "was", "are", "were", "being"):
			return true
		case r.words[b].tag != postag.RB:
			return false
		}
	}
	return false
}

// subjectOf returns the phrase that is the subject of the verb, or after "by"
// its agent; -1 where none stands in the region.
func (r *resolver) subjectOf(verb int, region pipeline.Span, until int) int32 {
	for i := verb + 1; i < min(verb+4, until); i++ {
		if r.is(i, "by") {
			if k := r.phraseFrom(int32(i)); k < len(r.phrases) && int(r.phrases[k].last) <= until {
				return int32(k)
			}
		}
	}
	if r.passive(verb) {
		return -1
	}
	for k := r.phraseFrom(int32(verb)) - 1; k >= 0; k-- {
		p := &r.phrases[k]
		if r.doc.Tokens[p.first].Start < region.Start || p.sentence != r.doc.Tokens[verb].Sentence {
			break
		}
		if p.possessive || p.oblique || p.next >= 0 && p.next > int32(k) || p.attribution >= 0 {
			continue
		}
		if p.next >= 0 {
			return p.next
		}
		return int32(k)
	}
	return -1
}

// subjectNear returns the phrase right before or after a verb that follows a
// quotation.
func (r *resolver) subjectNear(verb, from int, region pipeline.Span) int32 {
	k := r.phraseFrom(int32(from))
	if k < len(r.phrases) && r.phrases[k].head < int32(verb) {
		return int32(k)
	}
	if k < len(r.phrases) && r.phrases[k].first == int32(verb+1) && r.doc.Tokens[r.phrases[k].head].End <= region.End {
		return int32(k)
	}
	return -1
}
