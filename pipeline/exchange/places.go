package exchange

import (
	"index/suffixarray"
	"sort"
	"unicode/utf8"
)

// places finds where words stand in a text that is valid UTF-8.
type places struct {
	text  string
	index *suffixarray.Index
	marks []int // the byte at which each code point of a number divisible by markEvery begins
}

const markEvery = 256

func newPlaces(text string) *places {
	p := &places{text: text, index: suffixarray.New([]byte(text))}
	n := 0
	for i := range text {
		if n%markEvery == 0 {
			p.marks = append(p.marks, i)
		}
		n++
	}
	return p
}

// point is the number of the code point that begins at a byte.
func (p *places) point(at int) int {
	k := sort.SearchInts(p.marks, at+1) - 1
	return k*markEvery + utf8.RuneCountInString(p.text[p.marks[k]:at])
}

// find returns the bytes at which words begin, in no order, and at most n of
// them where n is not negative.
func (p *places) find(words string, n int) []int { return p.index.Lookup([]byte(words), n) }

// between finds the place of words at which most code points of prefix and
// suffix agree with what stands around, counted from the words outwards, and
// how many these are. alone tells that no other place has as many.
func (p *places) between(words, prefix, suffix string) (at, most int, alone bool) {
	// Where all of it stands, nothing agrees better.
	if n := p.find(prefix+words+suffix, 2); len(n) > 0 {
		return n[0] + len(prefix), utf8.RuneCountInString(prefix) + utf8.RuneCountInString(suffix), len(n) == 1
	}
	before, after := []rune(prefix), []rune(suffix)
	with := func(left, right int) string {
		return string(before[len(before)-left:]) + words + string(after[:right])
	}
	at, most = -1, -1
	look := func(left, right, n int) {
		skip := len(string(before[len(before)-left:]))
		for _, place := range p.find(with(left, right), n) {
			if place += skip; place == at {
				continue
			}
			agree := agreeing(p.text[:place], prefix, true) + agreeing(p.text[place+len(words):], suffix, false)
			switch {
			case agree > most:
				at, most, alone = place, agree, true
			case agree == most:
				alone = false
			}
		}
	}
	// The longest end of the prefix that stands before the words anywhere, and
	// the longest beginning of the suffix behind them, with one place of each.
	longest := func(n int, with func(int) string) int {
		return sort.Search(n, func(i int) bool { return len(p.find(with(i+1), 1)) == 0 })
	}
	left := longest(len(before), func(n int) string { return with(n, 0) })
	right := longest(len(after), func(n int) string { return with(0, n) })
	if left+right == 0 {
		return -1, 0, false
	}
	look(left, 0, 1)
	look(0, right, 1)
	// Where as many agree as at the better of these, no more than left of them
	// stand before the words and no more than right behind, and at one side or
	// the other stands half of them: other places are not looked at.
	half, leastLeft, leastRight := (most+1)/2, max(0, most-right), max(0, most-left)
	if leastLeft < half {
		look(leastLeft, max(half, leastRight), -1)
	}
	if leastRight < half || leastLeft >= half {
		look(max(half, leastLeft), leastRight, -1)
	}
	return at, most, alone
}

// agreeing counts the code points that a text and a context share, from the
// end where the context stands before the words.
func agreeing(text, context string, fromEnd bool) int {
	for n := 0; ; n++ {
		var a, b rune
		var i, j int
		if fromEnd {
			a, i = utf8.DecodeLastRuneInString(text)
			b, j = utf8.DecodeLastRuneInString(context)
		} else {
			a, i = utf8.DecodeRuneInString(text)
			b, j = utf8.DecodeRuneInString(context)
		}
		if i == 0 || j == 0 || a != b {
			return n
		}
		if fromEnd {
			text, context = text[:len(text)-i], context[:len(context)-j]
		} else {
			text, context = text[i:], context[j:]
		}
	}
}
