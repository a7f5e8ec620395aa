package resolve

import (
	"github.com/onrecord-nlp/onrecord/models/postag"
	"github.com/onrecord-nlp/onrecord/pipeline"
)

// floating returns the voice of a quote that no attribution names a source
// for, from what stands around it.
func (r *resolver) floating(q int32) voice {
	quote := &r.doc.Quotes[q]
	if c := quote.Continues; c >= 0 {
		v := r.ofQuote[c]
		v.manner, v.phrase = pipeline.MannerContinuation, -1
		return v
	}
	first, last := r.tokens(quote.Span)
	if first == last {
		return voice{entity: -1, phrase: -1}
	}
	block := r.sentence(int32(first)).Block
	if r.doc.Blocks[block].Kind == pipeline.BlockHeadline {
		return voice{entity: -1, phrase: -1}
	}
	if v, ok := r.beside(q, first, last, block); ok {
		return v
	}
	return r.before(q, block)
}

// beside looks in the quote's own paragraph: for another quote with a speaker,
// and for a subject that leads up to it.
func (r *resolver) beside(q int32, first, last, block int) (voice, bool) {
	in := r.doc.Blocks[block].Span
	// The words between the quote and what stands before it.
	lead := r.lastBefore(first-1, in)
	for o := q - 1; o >= 0 && r.doc.Quotes[o].Start >= in.Start; o-- {
		x := &r.doc.Quotes[o]
		if !x.Uttered || x.Depth != r.doc.Quotes[q].Depth || r.ofQuote[o].entity < 0 {
			continue
		}
		v := r.ofQuote[o]
		_, end := r.tokens(x.Span)
		if lead >= 0 && int(r.phrases[lead].first) >= end && r.phrases[lead].entity != v.entity && r.person(lead) {
			break // somebody else comes between
		}
		v.manner, v.phrase = pipeline.MannerContinuation, -1
		v.prob *= 0.9
		return v, true
	}
	if lead >= 0 && r.person(lead) {
		// "Whitmore was furious: “...”", "She smiled. “...”"
		prob := float32(0.6)
		if r.words[max(0, first-2)].tag == postag.Colon {
			prob = 0.85
		}
		return voice{r.phrases[lead].entity, lead, prob * r.prob[lead], pipeline.MannerContext}, true
	}
	for o := q + 1; int(o) < len(r.doc.Quotes) && r.doc.Quotes[o].End <= in.End; o++ {
		x := &r.doc.Quotes[o]
		if !x.Uttered || x.Depth != r.doc.Quotes[q].Depth {
			continue
		}
		if k := r.claimOf[o]; k >= 0 && r.of[k].entity >= 0 && x.Start-r.doc.Quotes[q].End < 12 {
			v := r.of[k]
			v.manner, v.phrase = pipeline.MannerContinuation, -1
			v.prob *= 0.85
			return v, true
		}
		break
	}
	return voice{}, false
}

// lastBefore returns the subject of the sentence before token i in the block,
// outside quotes, or -1.
func (r *resolver) lastBefore(i int, in pipeline.Span) int32 {
	if i < 0 || r.doc.Tokens[i].Start < in.Start {
		return -1
	}
	for j := i; j >= 0 && r.doc.Tokens[j].Start >= in.Start; j-- {
		if r.words[j].quote >= 0 || r.words[j].tag == postag.OpenQuote || r.words[j].tag == postag.CloseQuote || r.words[j].tag == postag.Colon || r.words[j].tag == postag.Stop || r.words[j].tag == postag.Comma {
			continue
		}
		return r.subjectIn(r.doc.Tokens[j].Sentence, j+1)
	}
	return -1
}

// subjectIn returns the first phrase of a sentence, before a token and outside
// quotes, that is somebody and is not hung on a preposition; -1 for none.
func (r *resolver) subjectIn(sentence int32, until int) int32 {
	s := &r.doc.Sentences[sentence]
	for k := r.phraseFrom(int32(s.First)); k < len(r.phrases) && int(r.phrases[k].head) < min(s.Last, until); k++ {
		p := &r.phrases[k]
		if p.quote >= 0 || p.oblique || p.possessive || p.entity < 0 {
			continue
		}
		if !p.subject && p.attribution < 0 && !p.opening {
			continue
		}
		return int32(k)
	}
	return -1
}

// person reports whether phrase k stands for somebody who can speak.
func (r *resolver) person(k int32) bool {
	p := &r.phrases[k]
	if p.entity < 0 {
		return false
	}
	e := &r.entities[p.entity]
	return !e.doc && e.isPerson() && e.person > 0
}

// before looks in the paragraph before: who speaks there last, or of whom its
// last sentence tells.
func (r *resolver) before(q int32, block int) voice {
	none := voice{entity: -1, phrase: -1}
	b := block - 1
	for b >= 0 && !r.doc.Blocks[b].Kind.Speech() {
		b--
	}
	if b < 0 || r.doc.Blocks[b].Kind != pipeline.BlockBody {
		return none
	}
	in := r.doc.Blocks[b].Span
	end, _ := r.tokens(pipeline.Span{Start: in.End, End: in.End + 1})
	if end == 0 {
		return none
	}
	// The last quote of that paragraph, and whether it is all of it.
	prev := int32(-1)
	for o := q - 1; o >= 0 && r.doc.Quotes[o].Start >= in.Start; o-- {
		if x := &r.doc.Quotes[o]; x.Uttered && x.Depth == r.doc.Quotes[q].Depth {
			prev = o
			break
		}
	}
	if prev >= 0 && r.whole(prev, in) {
		return r.taking(q, prev)
	}
	if v, ok := r.interview(q, prev); ok {
		return v
	}
	lead := r.lastBefore(end-1, in)
	if lead >= 0 && r.person(lead) {
		v := voice{r.phrases[lead].entity, -1, 0.65 * r.prob[lead], pipeline.MannerContext}
		if r.phrases[lead].attribution >= 0 {
			v.prob = 0.75 * r.prob[lead]
		}
		return r.unlessNamed(q, v)
	}
	if prev >= 0 && r.ofQuote[prev].entity >= 0 {
		v := r.ofQuote[prev]
		v.manner, v.phrase = pipeline.MannerContext, -1
		v.prob *= 0.7
		return r.unlessNamed(q, v)
	}
	return none
}

// whole reports whether the quote fills its block.
func (r *resolver) whole(q int32, in pipeline.Span) bool {
	x := &r.doc.Quotes[q]
	return x.Start-x.Open.Len() <= in.Start+1 && x.End+x.Close.Len() >= in.End-1
}

// interview tells the questions of a writer who takes part ("I ask") from the
// answers.
func (r *resolver) interview(q, prev int32) (voice, bool) {
	if r.writer < 0 || r.entities[r.writer].mentions == 0 || prev < 0 {
		return voice{}, false
	}
	last := r.ofQuote[prev].entity
	if _, end := r.tokens(r.doc.Quotes[q].Span); last >= 0 && last != r.writer && r.is(end-1, "?") {
		return voice{r.writer, -1, 0.6, pipeline.MannerDialogue}, true
	}
	if last == r.writer {
		if v := r.taking(q, prev); v.entity >= 0 {
			return v, true
		}
		if e := r.protagonist(); e >= 0 {
			return voice{e, -1, 0.5, pipeline.MannerDialogue}, true
		}
	}
	return voice{}, false
}

// protagonist returns the person mentioned most, the writer apart, or -1.
func (r *resolver) protagonist() int32 {
	best, most := int32(-1), int32(0)
	for id := range r.entities[:min(len(r.entities), 4*reach)] {
		if e := &r.entities[id]; !e.writer && !e.plural && e.isPerson() && e.mentions > most {
			best, most = int32(id), e.mentions
		}
	}
	return best
}

// taking returns the voice of a quote after a paragraph that is nothing but a
// quote: two speakers take turns.
func (r *resolver) taking(q, prev int32) voice {
	none := voice{entity: -1, phrase: -1}
	last := r.ofQuote[prev].entity
	for o, n := prev-1, 0; o >= 0 && n < 4; o, n = o-1, n+1 {
		x := &r.doc.Quotes[o]
		if !x.Uttered || x.Depth != r.doc.Quotes[q].Depth {
			continue
		}
		if v := r.ofQuote[o]; v.entity >= 0 && v.entity != last {
			v.manner, v.phrase = pipeline.MannerDialogue, -1
			v.prob *= 0.6
			return v
		}
	}
	return none
}

// unlessNamed lowers the voice's probability where the quote itself names the
// speaker or says "he" of nobody else.
func (r *resolver) unlessNamed(q int32, v voice) voice {
	first, last := r.tokens(r.doc.Quotes[q].Span)
	for k := r.phraseFrom(int32(first)); k < len(r.phrases) && int(r.phrases[k].head) < last; k++ {
		if p := &r.phrases[k]; p.form == formName && p.entity == v.entity {
			return voice{entity: -1, phrase: -1}
		}
	}
	return v
}

// longestRepeat is the length in tokens of the longest quotation that is looked
// for again.
const longestRepeat = 60

// repeated gives a quote without a speaker, a headline's above all, that of
// the same words elsewhere.
func (r *resolver) repeated() {
	tried := 0
	for q := range r.doc.Quotes {
		x := &r.doc.Quotes[q]
		if !x.Uttered || r.ofQuote[q].entity >= 0 || tried == 4 {
			continue
		}
		first, last := r.tokens(x.Span)
		for last > first && r.punctuation(last-1) {
			last--
		}
		if last-first < 2 || last-first > longestRepeat {
			continue
		}
		tried++
		for o := range r.doc.Quotes {
			y := &r.doc.Quotes[o]
			if y.Overlaps(x.Span) || !y.Uttered || r.ofQuote[o].entity < 0 {
				continue
			}
			if a, b := r.tokens(y.Span); r.holds(a, b, first, last) {
				v := r.ofQuote[o]
				r.ofQuote[q] = voice{v.entity, -1, v.prob * 0.95, pipeline.MannerContext}
				break
			}
		}
		for k := range r.doc.Attributions {
			if r.ofQuote[q].entity >= 0 || r.of[k].entity < 0 || r.doc.Attributions[k].Kind != pipeline.Direct {
				continue
			}
			for _, c := range r.doc.Attributions[k].Content {
				if a, b := r.tokens(c); !c.Contains(x.Span) && r.holds(a, b, first, last) {
					r.ofQuote[q] = voice{r.of[k].entity, -1, r.of[k].prob * 0.9, pipeline.MannerContext}
					break
				}
			}
		}
	}
}

func (r *reader) punctuation(i int) bool { return r.words[i].tag >= postag.OpenQuote }

// holds reports whether the words [first, last) stand among those of [a, b).
func (r *resolver) holds(a, b, first, last int) bool {
	n := last - first
	for i := a; i+n <= b; i++ {
		k := 0
		for k < n && r.words[i+k].key == r.words[first+k].key {
			k++
		}
		if k == n {
			return true
		}
	}
	return false
}
