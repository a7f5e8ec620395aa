package stance

import (
	"slices"
	"sort"

	model "github.com/onrecord-nlp/onrecord/models/stance"

	"github.com/onrecord-nlp/onrecord/models/postag"
	"github.com/onrecord-nlp/onrecord/pipeline"
)

// tokens is a run of tokens [first, last).
type tokens struct{ first, last int }

func (t tokens) empty() bool { return t.last <= t.first }

func (t tokens) overlaps(o tokens) bool { return t.first < o.last && o.first < t.last }

// view is a document's tokens as the features see them. A slice but lean has
// one entry a token.
type view struct {
	doc     *pipeline.Document
	word    []uint64      // hash, by model.HashWord
	group   []model.Group // its part in taking a side
	negated []bool        // it lies in the scope of a negation
	kind    []wordKind    // what sort of token it is
	lean    model.Weights // the leanings of words and pairs; nil for none
}

// wordKind is a coarse part of speech.
type wordKind uint8

const (
	other wordKind = iota
	mark           // punctuation that ends a clause
	verb
	noun
	name
	adjective
	adverb
	pronoun
	determiner
	preposition
	number
	conjunction
	modal
)

var kinds = func() (t [postag.NumTags]wordKind) {
	for tag, k := range map[int]wordKind{
		postag.VB: verb, postag.VBD: verb, postag.VBG: verb, postag.VBN: verb, postag.VBP: verb, postag.VBZ: verb,
		postag.MD: modal, postag.NN: noun, postag.NNS: noun, postag.NNP: name, postag.NNPS: name,
		postag.JJ: adjective, postag.JJR: adjective, postag.JJS: adjective,
		postag.RB: adverb, postag.RBR: adverb, postag.RBS: adverb, postag.RP: adverb,
		postag.PRP: pronoun, postag.WP: pronoun, postag.EX: pronoun, postag.WDT: pronoun,
		postag.DT: determiner, postag.PRPS: determiner, postag.PDT: determiner, postag.WPS: determiner, postag.POS: determiner,
		postag.IN: preposition, postag.TO: preposition, postag.CD: number, postag.CC: conjunction,
		postag.OpenQuote: mark, postag.CloseQuote: mark, postag.OpenBracket: mark, postag.CloseBracket: mark,
		postag.Comma: mark, postag.Stop: mark, postag.Colon: mark,
	} {
		t[tag] = k
	}
	return t
}()

// Words that negate what follows them, as tokens.
var negations = hashes("not", "n't", "never", "no", "nor", "without", "cannot", "neither", "nobody", "nothing", "none", "hardly", "can't", "don't",
	"won't", "isn't", "wasn't", "doesn't", "didn't", "aren't", "weren't", "wouldn't", "shouldn't", "couldn't", "hasn't", "haven't", "hadn't", "mustn't")

// wordSet is a set of words by their hashes.
type wordSet struct {
	sorted []uint64
	bits   [16]uint64 // by the highest bits of a hash: whether one is in the set
}

func hashes(words ...string) *wordSet {
	s := new(wordSet)
	for _, w := range words {
		h := model.HashWord(w)
		s.sorted = append(s.sorted, h)
		s.bits[h>>60] |= 1 << (h >> 54 & 63)
	}
	slices.Sort(s.sorted)
	return s
}

func (s *wordSet) has(h uint64) bool {
	if s.bits[h>>60]>>(h>>54&63)&1 == 0 {
		return false
	}
	_, ok := slices.BinarySearch(s.sorted, h)
	return ok
}

func isNegation(h uint64) bool { return negations.has(h) }

// scope is how many words a negation reaches, where no mark or conjunction
// stops it.
const scope = 6

func resize[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, n+n/4+64)
	}
	return s[:n]
}

// load fills the view. With nil leanings no word leans.
func (v *view) load(doc *pipeline.Document, lean model.Weights) {
	n := len(doc.Tokens)
	v.doc = doc
	v.word, v.group, v.negated = resize(v.word, n), resize(v.group, n), resize(v.negated, n)
	v.kind, v.lean = resize(v.kind, n), lean
	left := 0
	for i := range doc.Tokens {
		t := &doc.Tokens[i]
		if i == 0 || doc.Tokens[i-1].Sentence != t.Sentence {
			left = 0
		}
		h := model.HashWord(t.In(doc.Text))
		v.word[i] = h
		v.group[i] = model.GroupOfHash(h)
		v.kind[i] = other
		if int(t.Tag) < len(kinds) {
			v.kind[i] = kinds[t.Tag]
		}
		switch {
		case isNegation(h):
			left = scope
			v.negated[i] = false
		case v.kind[i] == mark || v.group[i] == model.Turn:
			left = 0
			v.negated[i] = false
		default:
			v.negated[i] = left > 0
			left--
		}
	}
}

// leaning returns what the word of token i and the pair that it ends lean to.
func (v *view) leaning(i int) model.Leaning {
	if v.lean == nil {
		return model.Leaning{}
	}
	l := v.lean[v.unigram(i)]
	if i > 0 {
		pair := v.lean[v.bigram(i)]
		l.Support += pair.Support
		l.Oppose += pair.Oppose
	}
	return l
}

// unigram returns the slot of the word of token i among the leanings.
func (v *view) unigram(i int) uint32 { return wordSlot(v.word[i], b2u(v.negated[i])) }

// bigram returns that of the pair of words that ends at token i, which is not
// the first.
func (v *view) bigram(i int) uint32 { return wordSlot(v.word[i-1], v.word[i]) }

func wordSlot(a, b uint64) uint32 { return uint32(mix(a, b) % model.WordSlots) }

func b2u(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

// mix folds a value into a hash (the finalizer of splitmix64).
func mix(h, v uint64) uint64 {
	h ^= v + 0x9e3779b97f4a7c15 + h<<6 + h>>2
	h ^= h >> 30
	h *= 0xbf58476d1ce4e5b9
	h ^= h >> 27
	h *= 0x94d049bb133111eb
	return h ^ h>>31
}

// within returns the tokens that share a byte with the span.
func (v *view) within(s pipeline.Span) tokens {
	toks := v.doc.Tokens
	first := sort.Search(len(toks), func(i int) bool { return toks[i].End > s.Start })
	// Most spans are short: the end is sought in steps that double.
	step := 8
	for first+step < len(toks) && toks[first+step].Start < s.End {
		step *= 2
	}
	n := sort.Search(min(step, len(toks)-first), func(i int) bool { return toks[first+i].Start >= s.End })
	return tokens{first, first + n}
}

// text returns the words of token i.
func (v *view) text(i int) string { return v.doc.Tokens[i].In(v.doc.Text) }

// span returns the bytes of a run of tokens.
func (v *view) span(t tokens) pipeline.Span {
	return pipeline.Span{Start: v.doc.Tokens[t.first].Start, End: v.doc.Tokens[t.last-1].End}
}
