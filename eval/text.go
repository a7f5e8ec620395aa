package eval

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/onrecord-nlp/onrecord/pipeline"
)

// text answers how many word characters (letters and digits) a span of one
// article holds, in constant time.
type text struct {
	s      string
	before []int32 // word characters that begin before byte i
}

func newText(s string) *text {
	t := &text{s: s, before: make([]int32, len(s)+1)}
	n, i := int32(0), 0
	for i < len(s) {
		r, size := rune(s[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(s[i:])
		}
		if wordChar(r) {
			n++
		}
		for range size {
			i++
			t.before[i] = n
		}
	}
	return t
}

func wordChar(r rune) bool {
	if r < utf8.RuneSelf {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
	}
	return unicode.IsLetter(r) || unicode.IsNumber(r)
}

// countWords is the number of runs without white space that hold a letter or a
// digit.
func countWords(s string) int {
	n := 0
	for w := range strings.FieldsSeq(s) {
		if strings.IndexFunc(w, wordChar) >= 0 {
			n++
		}
	}
	return n
}

// words is the number of word characters of a span within the text.
func (t *text) words(s pipeline.Span) int { return int(t.before[s.End] - t.before[s.Start]) }

// set is the word characters of some spans.
type set struct {
	spans []pipeline.Span // in order, disjoint, each with a word character
	n     int             // word characters
}

// set collects the word characters of spans; what lies outside the text is cut
// off.
func (t *text) set(spans ...pipeline.Span) set {
	var out set
	sorted := slices.IsSortedFunc(spans, bySpan)
	if !sorted {
		spans = slices.SortedFunc(slices.Values(spans), bySpan)
	}
	for _, s := range spans {
		s.Start, s.End = max(s.Start, 0), min(s.End, len(t.s))
		if k := len(out.spans); k > 0 {
			s.Start = max(s.Start, out.spans[k-1].End)
		}
		if s.Empty() {
			continue
		}
		if n := t.words(s); n > 0 {
			out.spans = append(out.spans, s)
			out.n += n
		}
	}
	return out
}

func bySpan(a, b pipeline.Span) int {
	return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End))
}

// common is the number of word characters in both sets.
func (t *text) common(a, b set) int {
	if a.n == 0 || b.n == 0 || a.spans[len(a.spans)-1].End <= b.spans[0].Start || b.spans[len(b.spans)-1].End <= a.spans[0].Start {
		return 0
	}
	n, i, j := 0, 0, 0
	for i < len(a.spans) && j < len(b.spans) {
		if s := a.spans[i].Intersect(b.spans[j]); !s.Empty() {
			n += t.words(s)
		}
		if a.spans[i].End < b.spans[j].End {
			i++
		} else {
			j++
		}
	}
	return n
}

// neighbours finds, of many sets, those that lie where another does, without
// looking at them all.
type neighbours struct {
	order []int // the sets with a word character, by where they begin
	start []int // where each of order begins
	reach []int // the furthest end of those up to each of order
	found []int
}

// newNeighbours indexes n sets.
func newNeighbours(n int, nth func(int) set) *neighbours {
	x := &neighbours{order: make([]int, 0, n), start: make([]int, 0, n), reach: make([]int, 0, n)}
	sets := make([]set, n)
	for i := range n {
		if sets[i] = nth(i); sets[i].n > 0 {
			x.order = append(x.order, i)
		}
	}
	slices.SortStableFunc(x.order, func(a, b int) int { return cmp.Compare(sets[a].spans[0].Start, sets[b].spans[0].Start) })
	furthest := 0
	for _, i := range x.order {
		spans := sets[i].spans
		furthest = max(furthest, spans[len(spans)-1].End)
		x.start = append(x.start, spans[0].Start)
		x.reach = append(x.reach, furthest)
	}
	return x
}

// of returns the sets, in their order, that may have a word character in
// common with s. What it returns holds until the next call.
func (x *neighbours) of(s set) []int {
	if s.n == 0 {
		return nil
	}
	from, _ := slices.BinarySearch(x.reach, s.spans[0].Start+1)
	to, _ := slices.BinarySearch(x.start, s.spans[len(s.spans)-1].End)
	x.found = append(x.found[:0], x.order[min(from, to):to]...)
	slices.Sort(x.found)
	return x.found
}

// equal reports whether the sets hold the same word characters.
func (t *text) equal(a, b set) bool { return a.n == b.n && t.common(a, b) == a.n }

// withoutThat returns the set without the "that" it begins with. Guides differ
// on whether the conjunction belongs to a content.
func (t *text) withoutThat(a set) set {
	const that = "that"
	if a.n <= len(that) {
		return a
	}
	s := a.spans[0]
	for s.Start < s.End && t.before[s.Start+1] == t.before[s.Start] {
		s.Start++
	}
	after := s.Start + len(that)
	if after >= s.End || !strings.EqualFold(t.s[s.Start:after], that) || t.before[after+1] != t.before[after] {
		return a
	}
	spans := slices.Clone(a.spans)
	spans[0].Start = after
	return t.set(spans...)
}

// ends returns the span from the set's first word character to its last. The
// set must not be empty.
func (t *text) ends(a set) pipeline.Span {
	out := pipeline.Span{Start: a.spans[0].Start, End: a.spans[len(a.spans)-1].End}
	for t.before[out.Start+1] == t.before[out.Start] {
		out.Start++
	}
	for t.before[out.End-1] == t.before[out.End] {
		out.End--
	}
	return out
}

// iou is intersection over union in word characters.
func (t *text) iou(a, b set) float64 {
	n := t.common(a, b)
	if n == 0 {
		return 0
	}
	return float64(n) / float64(a.n+b.n-n)
}
