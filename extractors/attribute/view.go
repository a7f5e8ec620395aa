package attribute

import (
	"slices"
	"unicode"
	"unicode/utf8"

	"github.com/onrecord-nlp/onrecord/models/attribution"
	"github.com/onrecord-nlp/onrecord/models/cues"
	"github.com/onrecord-nlp/onrecord/models/postag"
	"github.com/onrecord-nlp/onrecord/pipeline"
)

// view holds what the features need to know of each token of one document, in
// parallel arrays indexed by token. It is scratch space, used again for the
// next document.
type view struct {
	doc *pipeline.Document

	word   []uint64 // hash of the lower-cased word; quotation marks that pair are one word each way
	raw    []uint64 // hash of the word as it stands
	suffix []uint64 // hash of the last three runes, lower-cased
	shape  []uint64
	tag    []uint8
	class  []tagClass
	quote  []uint8 // 0 outside marks, 1 opening mark, 2 inside, 3 closing mark
	nested []uint8 // 1 inside a nested pair
	cue    []uint8 // strength as a cue, 0 to 5, from the lexicon
	report []uint8 // class of framing by the lexicon of reporting words, 0 none
	known  []uint8 // 1: the same capitalized word stands beside a strong cue somewhere in the document

	qindex    []int32 // outermost quote that the token lies in, or -1
	sentence  []int32
	sentFirst []int32 // first and one past the last token of the token's sentence
	sentLast  []int32
	paraFirst []int32
	paraLast  []int32

	paras []para
	buf   []byte
}

// para is a run of tokens in one block: the unit of decoding.
type para struct {
	first, last int
	block       int
}

// tagClass groups parts of speech.
type tagClass uint8

const (
	classOther tagClass = iota
	classNoun
	classProper
	classPronoun
	classVerb
	classParticiple
	classModal
	classDeterminer
	classPreposition
	classWh
	classPunct
	classAdverb
	classTo
	classAdjective
	classNumber
)

func classOf(tag string) tagClass {
	switch tag {
	case "NN", "NNS":
		return classNoun
	case "NNP", "NNPS":
		return classProper
	case "PRP":
		return classPronoun
	case "VBD", "VBZ", "VBP", "VB":
		return classVerb
	case "VBG", "VBN":
		return classParticiple
	case "MD":
		return classModal
	case "DT", "PDT", "PRP$", "POS":
		return classDeterminer
	case "IN":
		return classPreposition
	case "WDT", "WP", "WP$", "WRB":
		return classWh
	case ",", ".", ":", "(", ")", "``", "''", "\"", "SYM", "#", "$", "-LRB-", "-RRB-":
		return classPunct
	case "RB", "RBR", "RBS":
		return classAdverb
	case "TO":
		return classTo
	case "JJ", "JJR", "JJS":
		return classAdjective
	case "CD":
		return classNumber
	}
	return classOther
}

var classes = func() (t [256]tagClass) {
	for i := range t {
		t[i] = classOf(postag.Name(uint8(i)))
	}
	return
}()

// Words that stand for marks, whatever their shape.
var (
	hashOpen  = hashString("\x01open")
	hashClose = hashString("\x01close")
	hashNone  = hashString("\x01none")
)

func resize[T any](s []T, n int) []T {
	if cap(s) < n {
		s = make([]T, n, n+n/4+64)
	}
	s = s[:n]
	clear(s)
	return s
}

// load fills the view from the document's blocks, tokens and quotes.
func (v *view) load(doc *pipeline.Document, lex attribution.Lexicon) {
	v.doc = doc
	n := len(doc.Tokens)
	v.word, v.raw, v.suffix, v.shape = resize(v.word, n), resize(v.raw, n), resize(v.suffix, n), resize(v.shape, n)
	v.tag, v.class, v.quote, v.nested = resize(v.tag, n), resize(v.class, n), resize(v.quote, n), resize(v.nested, n)
	v.report = resize(v.report, n)
	v.cue, v.known, v.qindex = resize(v.cue, n), resize(v.known, n), resize(v.qindex, n)
	v.sentence, v.sentFirst, v.sentLast = resize(v.sentence, n), resize(v.sentFirst, n), resize(v.sentLast, n)
	v.paraFirst, v.paraLast = resize(v.paraFirst, n), resize(v.paraLast, n)
	paras := v.paras[:0]

	for i := range doc.Tokens {
		t := &doc.Tokens[i]
		w := t.In(doc.Text)
		v.words(i, w)
		if c, ok := cues.Class(w); ok {
			v.report[i] = c
		}
		v.tag[i] = uint8(t.Tag)
		v.class[i] = classes[t.Tag]
		v.qindex[i] = -1
	}
	// Quotation marks and what stands between them.
	j := 0
	for qi := range doc.Quotes {
		q := &doc.Quotes[qi]
		if q.Depth > 0 {
			continue
		}
		start := q.Start
		if !q.Open.Empty() {
			start = q.Open.Start
		}
		for j < n && doc.Tokens[j].Start < start {
			j++
		}
		end := q.End
		if q.Closed() {
			end = q.Close.End
		}
		for j < n && doc.Tokens[j].Start < end {
			t := doc.Tokens[j].Span
			switch {
			case !q.Open.Empty() && t.Start < q.Open.End && t.End > q.Open.Start && t.End <= q.Start:
				v.quote[j], v.word[j], v.raw[j], v.shape[j], v.suffix[j] = 1, hashOpen, hashOpen, hashOpen, hashOpen
			case q.Closed() && t.Start >= q.End:
				v.quote[j], v.word[j], v.raw[j], v.shape[j], v.suffix[j] = 3, hashClose, hashClose, hashClose, hashClose
			default:
				v.quote[j] = 2
			}
			v.qindex[j] = int32(qi)
			j++
		}
	}
	for qi := range doc.Quotes {
		q := &doc.Quotes[qi]
		if q.Depth == 0 {
			continue
		}
		for k := tokenAt(doc.Tokens, q.Start); k < n && doc.Tokens[k].Start < q.End; k++ {
			v.nested[k] = 1
		}
	}
	// Sentences and paragraphs.
	for si := range doc.Sentences {
		s := &doc.Sentences[si]
		for i := s.First; i < s.Last; i++ {
			v.sentence[i], v.sentFirst[i], v.sentLast[i] = int32(si), int32(s.First), int32(s.Last)
		}
		if k := len(paras); k > 0 && paras[k-1].block == s.Block {
			paras[k-1].last = s.Last
		} else {
			paras = append(paras, para{s.First, s.Last, s.Block})
		}
	}
	v.setParas(paras)
	// Nothing is sought in furniture.
	v.paras = slices.DeleteFunc(paras, func(p para) bool { return p.first == p.last || !doc.Blocks[p.block].Kind.Speech() })
	for i := range n {
		if v.quote[i] == 0 || v.quote[i] == 2 {
			v.cue[i] = lex[v.word[i]]
		}
	}
	v.markKnown()
}

// setParas sets the paragraphs, and their ends for each of their tokens.
func (v *view) setParas(paras []para) {
	v.paras = paras
	for _, p := range paras {
		for i := p.first; i < p.last; i++ {
			v.paraFirst[i], v.paraLast[i] = int32(p.first), int32(p.last)
		}
	}
}

// cutParas cuts paragraphs of more than most tokens where sentences end.
func (v *view) cutParas(most int) {
	long := false
	for _, p := range v.paras {
		long = long || p.last-p.first > most
	}
	if !long {
		return
	}
	var out []para
	for _, p := range v.paras {
		for p.last-p.first > most {
			end := int(v.sentFirst[p.first+most])
			if end <= p.first {
				end = p.first + most
			}
			out = append(out, para{p.first, end, p.block})
			p.first = end
		}
		out = append(out, p)
	}
	v.setParas(out)
}

// paraOf returns the paragraph that holds the token.
func (v *view) paraOf(i int) para {
	return para{int(v.paraFirst[i]), int(v.paraLast[i]), v.doc.Sentences[v.sentence[i]].Block}
}

// markKnown marks the capitalized words that stand beside a strong cue
// anywhere in the document: the article's memory of its speakers.
func (v *view) markKnown() {
	known := make(map[uint64]bool)
	for i := range v.word {
		if v.cue[i] < 4 || v.quote[i] != 0 {
			continue
		}
		for _, k := range [...]int{i - 1, i + 1} {
			if k >= 0 && k < len(v.word) && v.class[k] == classProper {
				known[v.word[k]] = true
			}
		}
	}
	if len(known) == 0 {
		return
	}
	for i, w := range v.word {
		if v.class[i] == classProper && known[w] {
			v.known[i] = 1
		}
	}
}

// words fills the hashes of token i.
func (v *view) words(i int, s string) {
	var raw, low, shape uint64 = fnvOffset, fnvOffset, fnvOffset
	b := v.buf[:0]
	var last byte
	run := 0
	for k := 0; k < len(s); {
		c := s[k]
		if c < utf8.RuneSelf {
			raw = (raw ^ uint64(c)) * fnvPrime
			var sc byte
			switch {
			case 'a' <= c && c <= 'z':
				sc = 'x'
			case 'A' <= c && c <= 'Z':
				c += 'a' - 'A'
				sc = 'X'
			case '0' <= c && c <= '9':
				sc = 'd'
			default:
				sc = c
			}
			b = append(b, c)
			if sc == last {
				run++
			} else {
				run = 1
			}
			if run <= 2 {
				shape = (shape ^ uint64(sc)) * fnvPrime
			}
			last = sc
			k++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[k:])
		for _, c := range []byte(s[k : k+size]) {
			raw = (raw ^ uint64(c)) * fnvPrime
		}
		var sc byte = 'u'
		if unicode.IsUpper(r) {
			sc = 'X'
		} else if unicode.IsLetter(r) {
			sc = 'x'
		}
		switch r {
		case '’', '‘':
			r, sc = '\'', '\''
		case '–', '—':
			r, sc = '-', '-'
		}
		b = utf8.AppendRune(b, unicode.ToLower(r))
		if sc == last {
			run++
		} else {
			run = 1
		}
		if run <= 2 {
			shape = (shape ^ uint64(sc)) * fnvPrime
		}
		last = sc
		k += size
	}
	for _, c := range b {
		low = (low ^ uint64(c)) * fnvPrime
	}
	suf := b[max(0, len(b)-3):]
	var sh uint64 = fnvOffset
	for _, c := range suf {
		sh = (sh ^ uint64(c)) * fnvPrime
	}
	v.raw[i], v.word[i], v.shape[i], v.suffix[i] = raw, low, shape, sh
	v.buf = b
}

const (
	fnvOffset uint64 = 14695981039346656037
	fnvPrime  uint64 = 1099511628211
)

func hashString(s string) uint64 {
	h := fnvOffset
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * fnvPrime
	}
	return h
}

// tokenAt returns the first token that ends after the byte offset.
func tokenAt(tokens []pipeline.Token, offset int) int {
	lo, hi := 0, len(tokens)
	for lo < hi {
		m := int(uint(lo+hi) >> 1)
		if tokens[m].End <= offset {
			lo = m + 1
		} else {
			hi = m
		}
	}
	return lo
}
