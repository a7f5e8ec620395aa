package resolve

import (
	"math"
	"sort"

	"github.com/onrecord-nlp/onrecord/models/accurate"
	"github.com/onrecord-nlp/onrecord/pipeline"
)

// Where an encoder has read the document ([pipeline.Readings]), it helps in
// three places: it says which words of a name are the name, and whether a
// person's; which of the names around a pronoun or a description stands for;
// and whose words a quotation is, by the words themselves.

// readingMix is how much the encoder counts beside the features when candidates
// compete.
const readingMix = 0.25

// namesBefore and namesAfter are how many of an entity's names around an
// anaphor are looked at.
const (
	namesBefore = 3
	namesAfter  = 1
)

// reading is what the encoder says of the document's phrases.
type reading struct {
	heads *accurate.Heads // nil without one
	of    *pipeline.Readings
	known []bool // of each phrase, whether vectors has it
	// vectors has for each phrase the parts Anaphor and Antecedent.
	vectors []float32
	named   [][]int32 // of each entity its names in the text
}

// openReadings readies the encoder's readings, if there are any.
func (r *reader) openReadings(heads *accurate.Heads) {
	r.enc.heads = nil
	if heads == nil || r.doc.Readings.Width != heads.ReadingWidth() || !r.doc.Readings.Any() {
		return
	}
	e := &r.enc
	e.heads, e.of = heads, &r.doc.Readings
	e.known = resize(e.known, len(r.phrases))
	clear(e.known)
	e.vectors = resize(e.vectors, 2*heads.Width*len(r.phrases))
}

// listNames notes the names of each entity.
func (r *reader) listNames() {
	e := &r.enc
	if e.heads == nil {
		return
	}
	for i := range e.named {
		e.named[i] = e.named[i][:0]
	}
	for len(e.named) < len(r.entities) {
		e.named = append(e.named, nil)
	}
	for k := range r.phrases {
		if p := &r.phrases[k]; p.form == formName && p.entity >= 0 {
			e.named[p.entity] = append(e.named[p.entity], int32(k))
		}
	}
}

// words are the tokens of a phrase that are looked at: of a name, the name.
func (p *phrase) words() (first, last int32) {
	if p.form == formName {
		return p.name0, p.name1
	}
	return p.first, min(p.last, p.first+12)
}

// parts returns what the encoder says of phrase k as one that refers and as one
// that is referred to.
func (r *reader) parts(k int32) (anaphor, antecedent []float32) {
	e := &r.enc
	w := e.heads.Width
	v := e.vectors[2*w*int(k) : 2*w*int(k+1)]
	anaphor, antecedent = v[:w:w], v[w:]
	if !e.known[k] {
		e.known[k] = true
		first, last := r.phrases[k].words()
		r.mean(anaphor, accurate.Anaphor, first, last)
		r.mean(antecedent, accurate.Antecedent, first, last)
	}
	return anaphor, antecedent
}

// mean sets out to the mean of a part over the tokens [first, last).
func (r *reader) mean(out []float32, part accurate.Part, first, last int32) {
	clear(out)
	accurate.Mean(out, r.enc.heads.Add(out, part, r.enc.of.Of, int(first), int(last)))
}

// place returns the place of phrase m seen from the tokens [first, last).
func (r *reader) place(first, last, m int32) int {
	a, b := r.phrases[m].words()
	switch {
	case b <= first:
		return accurate.Before(int(first - b))
	case a >= last:
		return accurate.After(int(a - last))
	}
	return accurate.After(0)
}

// points returns how strongly the anaphor k points at an entity, or at nobody
// named (-1), as the logarithm of a weight.
func (r *reader) points(k, id int32) float32 {
	h := r.enc.heads
	q, _ := r.parts(k)
	if id < 0 {
		return h.Nobody(accurate.ByWords, q)
	}
	first, last := r.phrases[k].words()
	sum := float64(0)
	add := func(m int32) {
		_, v := r.parts(m)
		sum += math.Exp(float64(h.Refer(accurate.ByWords, q, v, r.place(first, last, m))))
	}
	var names []int32
	if int(id) < len(r.enc.named) {
		names = r.enc.named[id]
	}
	at := sort.Search(len(names), func(i int) bool { return names[i] >= k })
	for i := max(0, at-namesBefore); i < min(len(names), at+namesAfter); i++ {
		if names[i] != k {
			add(names[i])
		}
	}
	if len(names) == 0 {
		e := &r.entities[id]
		if e.best >= 0 && e.best != k {
			add(e.best)
		}
		if e.last >= 0 && e.last != e.best && e.last != k {
			add(e.last)
		}
	}
	if sum == 0 {
		return h.Nobody(accurate.ByWords, q) - 2
	}
	return float32(math.Log(sum))
}

// trimNames drops words before a person's name that the encoder takes for none
// of it: "Locksmith Petra Olund".
func (r *reader) trimNames() {
	h := r.enc.heads
	if h == nil {
		return
	}
	for k := range r.phrases {
		p := &r.phrases[k]
		if p.form != formName {
			continue
		}
		for p.name1-p.name0 > 1 {
			row := r.enc.of.Of(int(p.name0))
			next := r.enc.of.Of(int(p.name0) + 1)
			if row == nil || next == nil || h.Names(row)[accurate.NoName] < 0.7 {
				break
			}
			rest := false
			for i := p.name0 + 1; i < p.name1 && !rest; i++ {
				if row := r.enc.of.Of(int(i)); row != nil {
					rest = h.Names(row)[accurate.PersonName] > 0.7
				}
			}
			if !rest {
				break
			}
			p.name0++
		}
	}
}

// nameEvidence adds what the encoder says of a name to what is known of its
// entity's kind.
func (n *names) nameEvidence(e *entity, p *phrase) {
	h := n.enc.heads
	if h == nil {
		return
	}
	person, other, seen := float32(0), float32(0), float32(0)
	for i := p.name0; i < p.name1; i++ {
		if row := n.enc.of.Of(int(i)); row != nil {
			x := h.Names(row)
			person, other, seen = person+x[accurate.PersonName], other+x[accurate.OtherName], seen+1
		}
	}
	if seen == 0 {
		return
	}
	e.person += nameWeight * person / seen
	e.org += nameWeight * other / seen
}

// nameWeight is how many points of evidence the encoder's word on a name is.
const nameWeight = 2

// spoken returns the likeliest of the entities mentioned around a quotation whose
// words it may be, by the words, with its probability; -1 where it is none of
// them.
func (r *resolver) spoken(q int32) (entity int32, prob float32) {
	h := r.enc.heads
	first, last := r.tokens(r.doc.Quotes[q].Span)
	if first == last {
		return -1, 0
	}
	r.query = resize(r.query, h.Width)
	r.mean(r.query, accurate.Uttered, int32(first), int32(min(last, first+200)))
	r.says = r.says[:0]
	total := math.Exp(float64(h.Nobody(accurate.ByContent, r.query)))
	none := total
	lo := r.phraseFrom(int32(max(0, first-speakReach)))
	for m := lo; m < len(r.phrases) && int(r.phrases[m].first) < last+speakReach/2; m++ {
		p := &r.phrases[m]
		if p.entity < 0 || p.form == formPronoun && p.attribution < 0 || p.form == formNominal && p.attribution < 0 || int(p.first) >= first && int(p.last) <= last {
			continue
		}
		_, v := r.parts(int32(m))
		x := math.Exp(float64(h.Refer(accurate.ByContent, r.query, v, r.place(int32(first), int32(last), int32(m)))))
		total += x
		found := false
		for i := range r.says {
			if r.says[i].entity == p.entity {
				r.says[i].weight += x
				found = true
				break
			}
		}
		if !found {
			r.says = append(r.says, saying{p.entity, x})
		}
	}
	best := none
	entity = -1
	for _, x := range r.says {
		if x.weight > best {
			best, entity = x.weight, x.entity
		}
	}
	return entity, float32(best / total)
}

// leastSpoken is the probability from which the words alone tell whose they are,
// where nothing else does, and spokenTrust how far it is believed then.
const (
	leastSpoken = 0.5
	spokenTrust = 0.8
)

// heard returns the voice of a quotation of which nothing else tells a speaker.
func (r *resolver) heard(q int32) voice {
	if r.enc.heads != nil && r.doc.Quotes[q].Depth == 0 {
		if e, p := r.spoken(q); e >= 0 && p >= leastSpoken {
			return voice{e, -1, spokenTrust * p, pipeline.MannerContext}
		}
	}
	return voice{entity: -1, phrase: -1}
}

// speakReach is how many tokens before a quotation its speaker is looked for; half
// as many behind it.
const speakReach = 300

// saying is how probable it is that words are an entity's, up to a factor.
type saying struct {
	entity int32
	weight float64
}
