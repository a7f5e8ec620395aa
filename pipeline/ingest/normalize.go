package ingest

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

const byteOrderMark = "\uFEFF"

// normalize makes a document's text out of decoded UTF-8, as the package
// documentation says. It returns s itself when nothing needs to change.
func normalize(s string) string {
	s = strings.TrimPrefix(s, byteOrderMark)
	i := firstOdd(s, 0)
	if i == len(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	done := 0
	for ; i < len(s); i = firstOdd(s, i) {
		b.WriteString(s[done:i])
		switch c := s[i]; {
		case c == '\r':
			b.WriteByte('\n')
			i++
			if i < len(s) && s[i] == '\n' {
				i++
			}
		case c == '\f' || c == '\v':
			b.WriteByte('\n')
			i++
		case c < utf8.RuneSelf:
			b.WriteByte(' ')
			i++
		case c == 0xC2:
			b.WriteString(fromC1(s[i+1]))
			i += 2
		default: // U+2028, U+2029
			b.WriteByte('\n')
			i += 3
		}
		done = i
	}
	b.WriteString(s[done:])
	return b.String()
}

// firstOdd returns the index, from i, of the first character that normalize
// changes, or len(s).
func firstOdd(s string, i int) int {
	for ; i < len(s); i++ {
		switch c := s[i]; {
		case c >= ' ' && c < 0x7F, c == '\n', c == '\t':
		case c < utf8.RuneSelf:
			return i
		case c == 0xC2:
			if i+1 < len(s) && s[i+1] >= 0x80 && s[i+1] < 0xA0 {
				return i
			}
		case c == 0xE2:
			if i+2 < len(s) && s[i+1] == 0x80 && (s[i+2] == 0xA8 || s[i+2] == 0xA9) {
				return i
			}
		}
	}
	return len(s)
}

// fromC1 returns the Windows-1252 character of a byte from 0x80 to 0x9F, or a
// space for the five that have none.
func fromC1(c byte) string {
	r := charmap.Windows1252.DecodeByte(c)
	if r < 0xA0 {
		return " " // undefined: the standard's table maps these to themselves
	}
	return string(r)
}

// oneLine makes a title or a name out of decoded text: control characters gone,
// white space collapsed.
func oneLine(s string) string {
	return strings.Join(strings.Fields(normalize(s)), " ")
}
