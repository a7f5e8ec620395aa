package columnar

import (
	"unicode"
	"unicode/utf8"
)

// charIndex turns byte offsets of one text into code-point offsets. Making it
// is one pass over the text; a lookup reads fewer than charBlock bytes.
type charIndex struct {
	text string
	// before[i] is the number of code points that start in text[:i*charBlock];
	// it is empty for a text of ASCII alone, where both offsets are the same.
	before []int32
}

const charBlock = 64

// reset makes the index of text, keeping the memory of the one before.
func (c *charIndex) reset(text string) {
	c.text = text
	c.before = c.before[:0]
	if isASCII(text) {
		return
	}
	n := 0
	for i := 0; i < len(text); i += charBlock {
		c.before = append(c.before, int32(n))
		n += runeStarts(text[i:min(i+charBlock, len(text))])
	}
	if len(text)%charBlock == 0 {
		c.before = append(c.before, int32(n))
	}
}

// at returns the code-point offset of byte offset b, which lies on a rune
// boundary in [0, len(text)].
func (c *charIndex) at(b int) int {
	if len(c.before) == 0 {
		return b
	}
	block := b / charBlock
	return int(c.before[block]) + runeStarts(c.text[block*charBlock:b])
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// runeStarts counts the bytes of s at which a code point starts.
func runeStarts(s string) int {
	n := 0
	for i := range len(s) {
		if utf8.RuneStart(s[i]) {
			n++
		}
	}
	return n
}

// onBoundary reports whether b lies in [0, len(s)] and on a rune boundary of s.
func onBoundary(s string, b int) bool {
	return b == len(s) || b >= 0 && b < len(s) && utf8.RuneStart(s[b])
}

// countWords counts the runs of characters between white space that hold a
// letter or a digit.
func countWords(s string) int {
	n := 0
	counted := false // in the run at hand
	for _, r := range s {
		switch {
		case r < utf8.RuneSelf:
			switch {
			case 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9':
				if !counted {
					n++
					counted = true
				}
			case r == ' ' || '\t' <= r && r <= '\r':
				counted = false
			}
		case unicode.IsSpace(r):
			counted = false
		case !counted && (unicode.IsLetter(r) || unicode.IsDigit(r)):
			n++
			counted = true
		}
	}
	return n
}

// lastChars returns the last n code points of s, all of s when it has fewer.
func lastChars(s string, n int) string {
	i := len(s)
	for ; n > 0 && i > 0; n-- {
		_, size := utf8.DecodeLastRuneInString(s[:i])
		i -= size
	}
	return s[i:]
}

// firstChars returns the first n code points of s, all of s when it has fewer.
func firstChars(s string, n int) string {
	i := 0
	for ; n > 0 && i < len(s); n-- {
		_, size := utf8.DecodeRuneInString(s[i:])
		i += size
	}
	return s[:i]
}
