package resolve

import (
	"fmt"

	"github.com/onrecord-nlp/onrecord/models/coref"
	"github.com/onrecord-nlp/onrecord/pipeline"
)

// Classes and Features name the weights of a model for this stage, in order.
func Classes() []string { return anaphorNames[:] }

// Features is documented with [Classes].
func Features() []string { return featureNames[:] }

// Examples returns every pronoun and description of a labelled document with
// its candidates and the right one. The document must have blocks, tokens,
// quotes, attributions and speakers; of anaphors that are no mention of a
// labelled speaker nothing is learned, and base decides them. The reading goes on
// with the right answers where they are known. The document is not
// changed.
//
// Where all says that every noun phrase of the document is labelled, the first
// of each chain teaches that it stands for nothing before; otherwise only
// sources do.
func Examples(gold *pipeline.Document, base *coref.Model, all bool) ([]coref.Example, error) {
	for _, l := range [...]pipeline.Layer{pipeline.LayerBlocks, pipeline.LayerTokens, pipeline.LayerQuotes, pipeline.LayerAttributions, pipeline.LayerSpeakers} {
		if !gold.Has(l) {
			return nil, fmt.Errorf("resolve: training document %q lacks the layer %q", gold.ID, l)
		}
	}
	lex, err := newLexicon()
	if err != nil {
		return nil, fmt.Errorf("resolve: %w", err)
	}
	var (
		examples []coref.Example
		r        resolver
	)
	r.model = base
	r.load(lex, gold, nil)
	chain := chains(&r)
	// The chain of each entity, by most of the names that stand for it.
	votes := make(map[int32]map[int32]int)
	for k := range r.phrases {
		if p := &r.phrases[k]; p.entity >= 0 && chain[k] >= 0 {
			if votes[p.entity] == nil {
				votes[p.entity] = make(map[int32]int)
			}
			votes[p.entity][chain[k]]++
		}
	}
	of := make(map[int32]int32)
	for e, v := range votes {
		best := int32(-1)
		for c, n := range v {
			if best < 0 || n > v[best] || n == v[best] && c < best {
				best = c
			}
		}
		of[e] = best
	}
	r.learn = func(k int32, class anaphor, cs []candidate) (int32, bool) {
		g := chain[k]
		if g < 0 {
			return 0, false
		}
		ex := coref.Example{Class: int(class), Gold: -1}
		for i, c := range cs {
			ex.Candidates = append(ex.Candidates, c.features.all())
			if c.entity < 0 {
				if ex.Gold < 0 {
					ex.Gold = i
				}
				continue
			}
			c := c.entity
			if x, ok := of[c]; ok && x == g || !ok && r.entities[c].best >= 0 && chain[r.entities[c].best] == g {
				if ex.Gold < 0 {
					ex.Gold = i
				}
			}
		}
		right := cs[ex.Gold].entity
		pronoun := r.phrases[k].form == formPronoun
		if right >= 0 || !pronoun && (all || r.phrases[k].attribution >= 0) {
			examples = append(examples, ex)
		}
		return right, right >= 0 || !pronoun
	}
	r.read()
	return examples, nil
}

// chains returns the labelled speaker of each phrase, or -1: that of the
// shortest labelled mention that it is the first phrase of.
func chains(r *resolver) []int32 {
	out := make([]int32, len(r.phrases))
	length := make([]int, len(r.phrases))
	for k := range out {
		out[k] = -1
	}
	for _, m := range r.doc.Mentions {
		first, last := r.tokens(m.Span)
		found := false
		for k := r.phraseFrom(int32(first)); k < len(r.phrases) && int(r.phrases[k].head) < last; k++ {
			p := &r.phrases[k]
			if p.possessive && m.End > r.doc.Tokens[p.head].End+3 {
				continue // "her" is no mention of her advisers
			}
			found = true
			if out[k] < 0 || m.Len() < length[k] {
				out[k], length[k] = int32(m.Speaker), m.Len()
			}
			break
		}
		if found || last == 0 {
			continue
		}
		// A labelled name that heads no phrase ("the Carson campaign") is that of
		// the names that end like it.
		for k := range out {
			if p := &r.phrases[k]; p.form == formName && out[k] < 0 && r.words[p.name1-1].key == r.words[last-1].key {
				out[k] = int32(m.Speaker)
			}
		}
	}
	return out
}
