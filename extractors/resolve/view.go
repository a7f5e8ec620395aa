package resolve

import (
	"sort"
	"unicode"
	"unicode/utf8"

	"github.com/onrecord-nlp/onrecord/models/postag"
	"github.com/onrecord-nlp/onrecord/pipeline"
)

// capital says how a word is written.
type capital uint8

const (
	small     capital = iota
	initial           // Capital
	allCaps           // CAPITALS, two letters or more
	oneLetter         // a capital alone, with or without a full stop
)

// word is a token as this stage sees it.
type word struct {
	key   key
	full  key // of the word that an abbreviated title stands for, else key
	class class
	sense uint64
	quote int32 // the innermost uttered quote that it lies in, or -1
	// content is an attribution in whose content it lies, or -1.
	content int32
	caps    capital
	tag     uint8
	pronoun pronounForm
	// edge: a source, cue or content begins here, or ended right before.
	// source: it lies in a source.
	edge, source bool
	// utters: it is a form of a verb of uttering words. deputy: it is one of
	// deputies.
	utters, deputy bool
}

// view is a document with what is looked up about its tokens.
type view struct {
	lex   *lexicon
	doc   *pipeline.Document
	words []word
}

// load fills the view.
func (v *view) load(lex *lexicon, doc *pipeline.Document) {
	v.lex, v.doc = lex, doc
	v.words = resize(v.words, len(doc.Tokens))
	for i, t := range doc.Tokens {
		w := t.In(doc.Text)
		x := word{quote: -1, content: -1, tag: uint8(t.Tag), caps: capitalOf(w)}
		x.key = keyOf(w)
		e := lex.find(x.key)
		x.class, x.sense, x.pronoun, x.full = e.class, e.sense, e.pronoun, x.key
		x.utters, x.deputy = e.utters, e.deputy
		if e.full != 0 {
			x.full = e.full
		}
		if e.class == 0 && x.tag >= postag.JJ && x.caps == small {
			// "chief-of-staff", "20-year-old": the part after the last hyphen.
			for j := len(w) - 2; j > 0; j-- {
				if w[j] == '-' {
					e = lex.find(keyOf(w[j+1:]))
					x.class, x.sense = e.class&(isPerson|isOrg|isDoc|isHe|isShe|isKin|isPlural), e.sense
					break
				}
			}
		}
		v.words[i] = x
	}
	v.capitalPronouns()
	for q := range doc.Quotes {
		if !doc.Quotes[q].Uttered {
			continue
		}
		first, last := v.tokens(doc.Quotes[q].Span)
		for i := first; i < last; i++ {
			if at := v.words[i].quote; at < 0 || doc.Quotes[at].Depth <= doc.Quotes[q].Depth {
				v.words[i].quote = int32(q)
			}
		}
	}
	for k := range doc.Attributions {
		a := &doc.Attributions[k]
		for part, spans := range [...][]pipeline.Span{a.Source, a.Cue, a.Content} {
			for _, s := range spans {
				first, last := v.tokens(s)
				switch part {
				case 0:
					for i := first; i < last; i++ {
						v.words[i].source = true
					}
				case 2:
					for i := first; i < last; i++ {
						v.words[i].content = int32(k)
					}
				}
				if first < last {
					v.words[first].edge = true
				}
				if last < len(v.words) {
					v.words[last].edge = true
				}
			}
		}
	}
}

// capitalPronouns makes names of WHO, IT and US where they do not stand among
// capitals.
func (v *view) capitalPronouns() {
	for i := range v.words {
		w := &v.words[i]
		if w.caps != allCaps || w.tag != postag.WP && w.tag != postag.PRP && w.tag != postag.WDT {
			continue
		}
		if (i == 0 || v.words[i-1].caps != allCaps) && (i+1 == len(v.words) || v.words[i+1].caps != allCaps) {
			w.tag = postag.NNP
		}
	}
}

func capitalOf(w string) capital {
	if c := w[0]; 'a' <= c && c <= 'z' && (len(w) < 3 || w[2] != '-') {
		return small
	}
	for _, al := range [...]string{"al-", "el-", "as-", "an-", "ul-"} {
		if len(w) > 4 && w[:3] == al {
			w = w[3:] // al-Hamad
			break
		}
	}
	r, n := utf8.DecodeRuneInString(w)
	if !unicode.IsUpper(r) {
		return small
	}
	if n == len(w) || w[n:] == "." {
		return oneLetter
	}
	for _, r := range w[n:] {
		if unicode.IsLower(r) {
			return initial
		}
	}
	return allCaps
}

// tokens returns the tokens [first, last) that lie in the span.
func (v *view) tokens(s pipeline.Span) (first, last int) {
	toks := v.doc.Tokens
	first = sort.Search(len(toks), func(i int) bool { return toks[i].End > s.Start })
	// Most spans are short: the end is sought in steps that double.
	step := 8
	for first+step < len(toks) && toks[first+step].Start < s.End {
		step *= 2
	}
	last = first + sort.Search(min(step, len(toks)-first), func(i int) bool { return toks[first+i].Start >= s.End })
	return first, last
}

// text returns the words of the tokens [first, last) on one line.
func (v *view) text(first, last int32) string {
	return pipeline.Span{Start: v.doc.Tokens[first].Start, End: v.doc.Tokens[last-1].End}.Line(v.doc.Text)
}

// is reports whether token i is the given word, which is in small letters.
func (v *view) is(i int, w string) bool {
	if i < 0 || i >= len(v.words) {
		return false
	}
	t := v.doc.Tokens[i].In(v.doc.Text)
	if len(t) != len(w) {
		return false
	}
	for k := range len(w) {
		c := t[k]
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		if c != w[k] {
			return false
		}
	}
	return true
}

// headKey is the key of the noun at token i as a description: "Gov." is a
// governor, and a vice president is no president.
func (v *view) headKey(i int32) key {
	k := v.words[i].full
	if i > 0 && v.words[i-1].deputy && v.oneOf(int(i-1), deputies[:]...) {
		return (k ^ v.words[i-1].key) * keyPrime
	}
	return k
}

// oneOf reports whether token i is one of the given words.
func (v *view) oneOf(i int, words ...string) bool {
	for _, w := range words {
		if v.is(i, w) {
			return true
		}
	}
	return false
}

func (v *view) sentence(i int32) *pipeline.Sentence {
	return &v.doc.Sentences[v.doc.Tokens[i].Sentence]
}

// noun reports whether token i is tagged as a noun or a name, or must be one: a
// word for somebody within a source, "will" after an adjective or owner.
func (v *view) noun(i int) bool {
	w := &v.words[i]
	switch w.tag {
	case postag.NN, postag.NNS, postag.NNP, postag.NNPS:
		return true
	case postag.VB, postag.VBP, postag.VBZ, postag.VBD, postag.VBN, postag.JJ, postag.RB, postag.FW, postag.UH:
		if !w.source {
			return false
		}
		// "Tressilian wrote": a capitalised word that ends a source.
		return w.class&(isPerson|isOrg|isDoc) != 0 && w.tag != postag.JJ || w.caps != small && (i+1 == len(v.words) || !v.words[i+1].source)
	case postag.MD:
		if i > 0 && v.is(i, "will") {
			switch v.words[i-1].tag {
			case postag.JJ, postag.PRPS, postag.POS, postag.DT:
				return true
			}
		}
	}
	return false
}

func (v *view) verb(i int) bool {
	switch v.words[i].tag {
	case postag.VBD, postag.VBZ, postag.VBP, postag.MD, postag.VBN:
		return true
	}
	return false
}

// resize returns a slice of n zero values, s's own memory where that suffices.
func resize[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, n+n/2)
	}
	s = s[:n]
	clear(s)
	return s
}
