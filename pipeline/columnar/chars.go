package columnar

import (
	"math/bits"
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

// load returns eight bytes of s.
func load(s string, i int) uint64 {
	s = s[i : i+8]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

const highBits = 0x8080808080808080

func isASCII(s string) bool {
	i := 0
	for ; i+8 <= len(s); i += 8 {
		if load(s, i)&highBits != 0 {
			return false
		}
	}
	for ; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// runeStarts counts the bytes of s at which a code point starts: all but those
// that begin with the bits 10.
func runeStarts(s string) int {
	n, i := 0, 0
	for ; i+8 <= len(s); i += 8 {
		x := load(s, i)
		n += 8 - bits.OnesCount64(x&^(x<<1)&highBits)
	}
	for ; i < len(s); i++ {
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
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			i++
			switch asciiKinds[c] {
			case wordByte:
				if !counted {
					n++
					counted = true
				}
			case spaceByte:
				counted = false
			}
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		i += size
		switch {
		case unicode.IsSpace(r):
			counted = false
		case !counted && (unicode.IsLetter(r) || unicode.IsDigit(r)):
			n++
			counted = true
		}
	}
	return n
}

const (
	wordByte  = 1 + iota // a letter or digit
	spaceByte            // white space
)

// asciiKinds says what each ASCII character is to countWords.
var asciiKinds = func() (t [utf8.RuneSelf]uint8) {
	for c := range t {
		switch {
		case 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9':
			t[c] = wordByte
		case c == ' ' || '\t' <= c && c <= '\r':
			t[c] = spaceByte
		}
	}
	return t
}()

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
