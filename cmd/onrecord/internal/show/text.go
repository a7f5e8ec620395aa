package show

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// tabWidth is how many columns a tab takes.
const tabWidth = 4

// leftToRight is an invisible character behind which writing goes on from left
// to right.
const leftToRight = "\u200e"

// glyph is one user-perceived character as it is shown.
type glyph struct {
	text  string // empty for white space, and for what is left out
	width int    // in columns
	space bool
	rtl   bool // it is written from right to left
}

// show makes a grapheme cluster of the text, of the width in columns that
// package uniseg gives it, fit for a terminal: control characters, escape
// sequences and what changes the direction of writing become pictures; invisible
// characters on whose width terminals do not agree are left out, as a glyph
// without text.
func show(cluster string, width int) glyph {
	if len(cluster) == 1 {
		c := cluster[0]
		switch {
		case c == '\t':
			return glyph{"", tabWidth, true, false}
		case c == ' ' || c > '\t' && c <= '\r':
			return glyph{"", 1, true, false}
		case c < ' ':
			return glyph{string(rune(0x2400 + int(c))), 1, false, false}
		case c == 0x7f:
			return glyph{"␡", 1, false, false}
		case c >= utf8.RuneSelf:
			return glyph{"\uFFFD", 1, false, false}
		}
		return glyph{cluster, 1, false, false}
	}
	first, size := utf8.DecodeRuneInString(cluster)
	switch {
	case cluster == "\r\n":
		return glyph{"", 1, true, false}
	case size == len(cluster) && first == 0x3000: // the space of East Asian scripts
		return glyph{"", 2, true, false}
	case size == len(cluster) && isSpace(first):
		return glyph{"", 1, true, false}
	case size == len(cluster) && isInvisible(first):
		return glyph{}
	case size == len(cluster) && unicode.Is(unicode.Prepended_Concatenation_Mark, first):
		// It encloses what follows, and would take the next thing that is shown.
		return glyph{"\uFFFD", 1, false, false}
	}
	for _, r := range cluster {
		if isUnsafe(r) || r < ' ' {
			return rebuild(cluster)
		}
	}
	g := glyph{text: cluster, width: width, rtl: isRTL(first)}
	if width == 0 { // nothing that it could stand on
		g.text, g.width = "◌"+cluster, 1
	}
	return g
}

// rebuild makes a glyph of a cluster with unsafe characters.
func rebuild(cluster string) glyph {
	var b strings.Builder
	for _, r := range cluster {
		if isUnsafe(r) || r < ' ' {
			r = utf8.RuneError
		}
		b.WriteRune(r)
	}
	return glyph{text: b.String(), width: uniseg.StringWidth(b.String())}
}

// isSpace reports whether a line may be broken at r, and r says nothing else.
func isSpace(r rune) bool {
	switch r {
	case ' ', '\t', '\n', '\v', '\f', '\r', 0x85, 0x1680, 0x2028, 0x2029, 0x205f, 0x3000:
		return true
	}
	return r >= 0x2000 && r <= 0x200a && r != 0x2007
}

// isInvisible reports whether r only hints at breaks, or at the direction of
// the characters beside it.
func isInvisible(r rune) bool {
	switch r {
	case 0xad, 0x61c, 0x180e, 0x200b, 0x200e, 0x200f, 0xfeff:
		return true
	}
	return r >= 0x2060 && r <= 0x2064
}

// isUnsafe reports whether r can change more than its own place on the screen:
// it is a control character of the second set, is no character, or turns the
// direction of writing.
func isUnsafe(r rune) bool {
	return r >= 0x7f && r <= 0x9f || r == utf8.RuneError || isInvisible(r) ||
		r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x206f || r >= 0xfff9 && r <= 0xfffb
}

// isRTL reports whether r lies in the ranges that Unicode keeps for scripts
// written from right to left.
func isRTL(r rune) bool {
	return r >= 0x590 && (r <= 0x8ff || r >= 0xfb1d && r <= 0xfdff || r >= 0xfe70 && r < 0xfeff ||
		r >= 0x10800 && r <= 0x10fff || r >= 0x1e800 && r <= 0x1efff)
}

// oneLine makes a name, a target or the like fit for a terminal, on one line,
// with single spaces, no wider than width, and returns its width too.
func oneLine(s string, width int) (string, int) {
	var (
		b         strings.Builder
		w, cut    int // columns so far, and those before which an ellipsis fits
		cutAt     int // bytes of b there
		gap       bool
		state     = -1
		cluster   string
		clusterW  int
		truncated bool
		rtl       bool
	)
	for len(s) > 0 {
		cluster, s, clusterW, state = uniseg.FirstGraphemeClusterInString(s, state)
		g := show(cluster, clusterW)
		switch {
		case g.width == 0:
			continue
		case g.space:
			gap = w > 0
			continue
		}
		need := g.width
		if gap {
			need++
		}
		if w+need > width {
			truncated = true
			break
		}
		rtl = rtl || g.rtl
		if gap {
			b.WriteByte(' ')
			gap = false
		}
		b.WriteString(g.text)
		w += need
		if w < width {
			cut, cutAt = w, b.Len()
		}
	}
	out := b.String()
	switch {
	case truncated && width < 1:
		return "", 0
	case truncated:
		out, w = out[:cutAt]+"…", cut+1
	}
	if rtl { // or it would take what follows with it
		out += leftToRight
	}
	return out, w
}

// trim takes white space off both ends of a span.
func trim(text string, start, end int) (int, int) {
	for start < end {
		r, n := utf8.DecodeRuneInString(text[start:end])
		if !isSpace(r) {
			break
		}
		start += n
	}
	for start < end {
		r, n := utf8.DecodeLastRuneInString(text[start:end])
		if !isSpace(r) {
			break
		}
		end -= n
	}
	return start, end
}
