package goldform

import "unicode/utf8"

// step is the distance of two known points in a codePoints index.
const step = 64

// codePoints converts between bytes and code points of one text. Every
// conversion looks at no more than step runes.
type codePoints struct {
	text    string
	n       int     // code points in text
	bytes   []int32 // byte offset of code point i*step; nil where every code point is one byte
	numbers []int32 // code points that begin before byte i*step
}

func newCodePoints(text string) codePoints {
	c := codePoints{text: text, n: utf8.RuneCountInString(text)}
	if c.n == len(text) {
		return c
	}
	c.bytes = make([]int32, 0, c.n/step+1)
	c.numbers = make([]int32, 0, len(text)/step+1)
	n := 0
	for i := range text {
		for len(c.numbers)*step <= i {
			c.numbers = append(c.numbers, int32(n))
		}
		if n%step == 0 {
			c.bytes = append(c.bytes, int32(i))
		}
		n++
	}
	return c
}

// byteOf returns the byte offset at which code point i begins, 0 <= i <= n.
func (c *codePoints) byteOf(i int) int {
	if c.bytes == nil {
		return i
	}
	if i == c.n {
		return len(c.text)
	}
	at := int(c.bytes[i/step])
	for range i % step {
		_, size := utf8.DecodeRuneInString(c.text[at:])
		at += size
	}
	return at
}

// ofByte returns the number of code points before byte b, and whether b lies on
// a rune boundary of the text.
func (c *codePoints) ofByte(b int) (int, bool) {
	switch {
	case b < 0 || b > len(c.text):
		return 0, false
	case b == len(c.text):
		return c.n, true
	case c.bytes == nil:
		return b, true
	}
	// The known point is the first rune that begins at or after byte k*step.
	k := min(b/step, len(c.numbers)-1)
	n := int(c.numbers[k])
	at := c.byteOf(n)
	for at < b {
		_, size := utf8.DecodeRuneInString(c.text[at:])
		at += size
		n++
	}
	return n, at == b
}
