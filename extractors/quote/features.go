package quote

import (
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/onrecord-nlp/onrecord/models/postag"
	"github.com/onrecord-nlp/onrecord/models/uttered"
	"github.com/onrecord-nlp/onrecord/pipeline"
)

// view is a document as the features see it.
type view struct {
	doc    *pipeline.Document
	counts map[string]int // how often each short quotation occurs, in lower case
}

// newView counts the short quotations of doc.
func newView(doc *pipeline.Document) view {
	v := view{doc: doc}
	for _, q := range doc.Quotes {
		if q.Len() <= maxRepeat {
			if v.counts == nil {
				v.counts = make(map[string]int)
			}
			v.counts[repeatKey(q.In(doc.Text))]++
		}
	}
	return v
}

// maxRepeat is the length in bytes of the longest quotation that is looked for
// again.
const maxRepeat = 40

func repeatKey(s string) string { return strings.ToLower(strings.TrimRight(s, ".,;:!? ")) }

// inside returns the tokens [first, last) within the quote.
func (v *view) inside(q pipeline.Quote) (first, last int) {
	toks := v.doc.Tokens
	first = sort.Search(len(toks), func(i int) bool { return toks[i].Start >= q.Start })
	last = first + sort.Search(len(toks)-first, func(i int) bool { return toks[first+i].Start >= q.End })
	return first, last
}

var bins = [...]string{"0", "1", "2", "3", "4", "5-6", "7-9", "10-14", "15+"}

func bin(n int) string {
	switch {
	case n <= 4:
		return bins[n]
	case n <= 6:
		return bins[5]
	case n <= 9:
		return bins[6]
	case n <= 14:
		return bins[7]
	}
	return bins[8]
}

// sketch is what stands inside a pair of marks.
type sketch struct {
	words    int
	capitals int // words that begin with one, the first left out
	long     int // words of four letters or more, the first left out
	verb     bool
	finite   bool
	person   bool // I, we, you
	stops    int  // full stops and their like, the last left out
	ends     string
	begins   rune
}

func (v *view) sketch(first, last int) sketch {
	s := sketch{ends: "none"}
	for i := first; i < last; i++ {
		t := v.doc.Tokens[i]
		w := t.In(v.doc.Text)
		switch t.Tag {
		case postag.Stop:
			if i+1 < last {
				s.stops++
			}
		case postag.VBD, postag.VBP, postag.VBZ, postag.MD:
			s.verb, s.finite = true, true
		case postag.VB, postag.VBG, postag.VBN:
			s.verb = true
		case postag.PRP, postag.PRPS:
			switch w {
			case "I", "we", "We", "you", "You", "me", "us", "my", "My", "our", "Our", "your", "Your":
				s.person = true
			}
		}
		r, _ := utf8.DecodeRuneInString(w)
		if sideOf(r) != word {
			continue
		}
		if s.words == 0 {
			s.begins = r
		} else if len(w) >= 4 {
			s.long++
			if unicode.IsUpper(r) {
				s.capitals++
			}
		}
		s.words++
	}
	if last > first {
		switch w := v.doc.Tokens[last-1].In(v.doc.Text); w {
		case ",", ".", "?", "!":
			s.ends = w
		case "...", "…", "—", "–", "--":
			s.ends = "..."
		}
	}
	return s
}

// word returns the word of a token and its tag's name, or a name for what
// stands there instead.
func (v *view) word(i int, block pipeline.Span) (w, tag string) {
	if i < 0 || i >= len(v.doc.Tokens) || !block.Contains(v.doc.Tokens[i].Span) {
		return "<edge>", "<edge>"
	}
	t := v.doc.Tokens[i]
	w = t.In(v.doc.Text)
	if c := w[0]; '0' <= c && c <= '9' {
		w = "<number>"
	} else if t.Tag == postag.NNP || t.Tag == postag.NNPS {
		w = "<name>"
	}
	return w, postag.Name(uint8(t.Tag))
}

// features adds the features of quote i to vec.
func (v *view) features(i int, vec uttered.Vector) uttered.Vector {
	doc := v.doc
	q := doc.Quotes[i]
	first, last := v.inside(q)
	if first == last {
		return vec
	}
	s := v.sketch(first, last)
	sent := doc.Sentences[doc.Tokens[first].Sentence]
	blockAt := sent.Block
	block := doc.Blocks[blockAt].Span
	size := bin(s.words)

	vec.Add("bias")
	vec.Add("kind", doc.Blocks[blockAt].Kind.String())
	vec.Add("depth", bins[min(q.Depth, 2)])
	vec.Add("size", size)
	vec.Add("size+depth", size, bins[min(q.Depth, 2)])
	vec.Add("ends", s.ends, size)

	// How it is written.
	caps := "low"
	switch {
	case s.long > 0 && s.capitals == s.long:
		caps = "title"
	case s.capitals > 0:
		caps = "some"
	case s.long == 0 && unicode.IsUpper(s.begins):
		caps = "one"
	}
	begins := "low"
	if unicode.IsUpper(s.begins) {
		begins = "cap"
	}
	vec.Add("caps", caps, begins, size)
	vec.Add("begins", begins, s.ends)
	if s.finite {
		vec.Add("finite", size)
	} else if s.verb {
		vec.Add("verb", size)
	} else {
		vec.Add("noverb", size, caps)
	}
	if s.person {
		vec.Add("person")
	}
	if s.stops > 0 {
		vec.Add("sentences", bins[min(s.stops, 3)])
	}
	_, tagFirst := v.word(first, block)
	_, tagLast := v.word(last-1, block)
	if s.words == 1 {
		tagLast = tagFirst
	}
	vec.Add("tags", tagFirst, tagLast)
	vec.Add("tagFirst", tagFirst, begins)

	// What stands around it.
	open, shut := first-1, last
	if q.Open.Empty() {
		open = first
	}
	if !q.Close.Empty() {
		shut = last + 1
	}
	w1, t1 := v.word(open-1, block)
	w2, t2 := v.word(open-2, block)
	w3, _ := v.word(open-3, block)
	n1, u1 := v.word(shut, block)
	n2, u2 := v.word(shut+1, block)
	short := "long"
	if s.words <= 4 {
		short = "short"
	}
	vec.Add("w-1", w1)
	vec.Add("w-1", w1, short)
	vec.Add("t-1", t1, short)
	vec.Add("w-2", w2)
	vec.Add("w-2,-1", w2, w1)
	vec.Add("w-3", w3)
	vec.Add("t-2,-1", t2, t1, begins)
	vec.Add("t-1,size", t1, size)
	vec.Add("t-1,caps", t1, caps, begins)
	vec.Add("w-1,tagFirst", w1, tagFirst)
	vec.Add("w+1", n1, short)
	vec.Add("t+1", u1, s.ends)
	vec.Add("w+1,+2", n1, n2)
	vec.Add("t+1,+2", u1, u2, s.ends)
	vec.Add("t-1,+1", t1, u1, short)

	v.lexical(&vec, sent, open, shut, s, caps, begins, tagLast, t1, u1)

	// The verbs of the sentence outside of it, nearest first.
	v.verbs(&vec, sent, q, open, shut, short)

	// Its paragraph and its document.
	if block.Start >= q.Start-q.Open.Len() {
		vec.Add("startsBlock", begins)
		if block.End <= q.End+q.Close.Len() {
			vec.Add("wholeBlock")
		}
	}
	if !q.Closed() {
		vec.Add("unclosed")
	}
	if q.Continues >= 0 {
		vec.Add("continues")
	}
	if q.Len() <= maxRepeat {
		n := v.counts[repeatKey(q.In(doc.Text))]
		vec.Add("repeats", bins[min(n, 3)], caps)
	}
	v.neighbour(&vec, "before", i-1, q, short)
	v.neighbour(&vec, "after", i+1, q, short)
	return vec
}

// lexical adds what the classes of the words around the quote tell.
func (v *view) lexical(vec *uttered.Vector, sent pipeline.Sentence, open, shut int, s sketch, caps, begins, tagLast, t1, u1 string) {
	toks, text := v.doc.Tokens, v.doc.Text
	size := "long"
	switch {
	case s.words == 1:
		size = "one"
	case s.words <= 4:
		size = "short"
	case s.words <= 7:
		size = "middle"
	}
	// The nearest word of a class on either side, and whether any cue of
	// speech stands in the sentence.
	cue := false
	near, at, passive := otherWord, 0, ""
	for i := open - 1; i >= max(sent.First, open-25); i-- {
		c := classOf(toks[i].In(text))
		cue = cue || c == speech
		if near == otherWord && c != otherWord && open-i <= 6 {
			near, at = c, open-i
			if toks[i].Tag == postag.VBN || toks[i].Tag == postag.VBD {
				passive = "active"
				if i > sent.First && isBe(toks[i-1].In(text)) {
					passive = "passive"
				}
			}
		}
	}
	last := classOf("")
	for i := shut; i < min(len(toks), shut+25) && v.doc.Sentences[toks[i].Sentence].Block == sent.Block; i++ {
		if toks[i].Tag == postag.Stop || toks[i].Tag == postag.OpenQuote {
			break
		}
		c := classOf(toks[i].In(text))
		cue = cue || c == speech
		if last == otherWord && i-shut < 3 {
			last = c
		}
	}
	said := "noCue"
	if cue {
		said = "cue"
	}
	vec.Add("said", said, size)
	vec.Add("said,caps", said, size, caps, begins)
	vec.Add("said,t-1,last", said, size, t1, tagLast)
	vec.Add("said,t-1,t+1", said, size, t1, u1)
	vec.Add("near", classNames[near], bins[min(at, 4)], size)
	vec.Add("near,passive", classNames[near], passive, size)
	vec.Add("near,t-1", classNames[near], t1, size)
	vec.Add("near,caps", classNames[near], caps, begins, size)
	vec.Add("last", classNames[last], size)
	vec.Add("last,near", classNames[last], classNames[near], size)
	if size != "long" {
		vec.Add("nominal", tagLast, caps, said)
		if t1 == "NNP" && u1 == "NNP" || t1 == "NNP" && u1 == "<edge>" && begins == "cap" {
			vec.Add("nickname", size, begins)
		}
	}
}

func isBe(w string) bool {
	switch w {
	case "is", "are", "was", "were", "be", "been", "being", "'s", "’s", "'re", "’re":
		return true
	}
	return false
}

// verbs adds the nearest verb before and after the quote in its sentence.
func (v *view) verbs(vec *uttered.Vector, sent pipeline.Sentence, q pipeline.Quote, open, shut int, short string) {
	const reach = 12
	toks, text := v.doc.Tokens, v.doc.Text
	found := false
	for i := open - 1; i >= max(sent.First, open-reach); i-- {
		if isVerb(toks[i].Tag) {
			w := toks[i].In(text)
			vec.Add("verbBefore", w)
			vec.Add("verbBefore", w, bin(open-1-i), short)
			found = true
			break
		}
	}
	if !found {
		vec.Add("noVerbBefore", short)
	}
	found = false
	// The sentence that the closing mark ends goes on after it where a small
	// letter or a name and a verb follow.
	for i := shut; i < min(len(toks), shut+reach); i++ {
		if int(toks[i].Sentence) >= len(v.doc.Sentences) || v.doc.Sentences[toks[i].Sentence].Block != sent.Block ||
			toks[i].Tag == postag.Stop || toks[i].Tag == postag.OpenQuote {
			break
		}
		if isVerb(toks[i].Tag) {
			w := toks[i].In(text)
			vec.Add("verbAfter", w)
			vec.Add("verbAfter", w, bin(i-shut), short)
			found = true
			break
		}
		if toks[i].In(text) == "according" {
			vec.Add("accordingAfter")
		}
	}
	if !found {
		vec.Add("noVerbAfter", short)
	}
}

func isVerb(t pipeline.Tag) bool {
	switch t {
	case postag.VB, postag.VBD, postag.VBG, postag.VBN, postag.VBP, postag.VBZ:
		return true
	}
	return false
}

// neighbour adds what the quotation before or after is like, when it stands in
// the same paragraph and at the same depth.
func (v *view) neighbour(vec *uttered.Vector, name string, k int, q pipeline.Quote, short string) {
	if k < 0 || k >= len(v.doc.Quotes) {
		vec.Add(name, "none")
		return
	}
	o := v.doc.Quotes[k]
	if o.Depth != q.Depth {
		return
	}
	gap := pipeline.Span{Start: min(q.End, o.End), End: max(q.Start, o.Start)}
	if gap.Len() > 400 || strings.IndexByte(v.doc.Text[gap.Start:max(gap.Start, gap.End)], '\n') >= 0 {
		vec.Add(name, "far", short)
		return
	}
	size := "short"
	if o.Len() > 60 {
		size = "long"
	}
	vec.Add(name, "near", size, short)
}
