package show

import "strconv"

// Colors says what a terminal can do.
type Colors uint8

// What a terminal can do.
const (
	Plain Colors = iota // no escape codes at all
	Basic               // the 16 colours of ANSI, as the terminal's theme shows them
	Many                // the 256 colours of xterm
)

// The colours of speakers. Those of 256 have a contrast of at least 3.6 with
// white and 4 with black, since nobody can tell which of the two is behind them, and
// any two of them stay apart in the eyes of deuteranopes and protanopes. Of the
// 16, those that some themes make hard to read on white come last, and yellow is
// left out for it.
var (
	manyColors  = [...]uint8{63, 130, 29, 163, 32, 198}
	basicColors = [...]uint8{94, 31, 35, 36, 32} // the codes themselves
)

// faintGray is the colour of 256 with the same contrast to black and white.
const faintGray = 243

// style is how characters look. The zero style is the terminal's own.
type style struct {
	color                          uint8 // 0, or 1 and up for those of speakers, which repeat
	bold, faint, italic, underline bool
}

// append appends the code that goes from the terminal's own look to s.
func (s style) append(dst []byte, c Colors) []byte {
	if c == Plain || s == (style{}) {
		return dst
	}
	dst = append(dst, "\x1b["...)
	sep := func() {
		if dst[len(dst)-1] != '[' {
			dst = append(dst, ';')
		}
	}
	code := func(on bool, code string) {
		if on {
			sep()
			dst = append(dst, code...)
		}
	}
	code(s.bold, "1")
	code(s.italic, "3")
	code(s.underline, "4")
	switch {
	case s.color > 0 && c == Many:
		code(true, "38;5;")
		dst = strconv.AppendUint(dst, uint64(manyColors[int(s.color-1)%len(manyColors)]), 10)
	case s.color > 0:
		sep()
		dst = strconv.AppendUint(dst, uint64(basicColors[int(s.color-1)%len(basicColors)]), 10)
	case s.faint && c == Many:
		code(true, "38;5;")
		dst = strconv.AppendUint(dst, faintGray, 10)
	case s.faint:
		code(true, "2")
	}
	return append(dst, 'm')
}

// appendReset appends the code that goes from s back to the terminal's own look.
func (s style) appendReset(dst []byte, c Colors) []byte {
	if c == Plain || s == (style{}) {
		return dst
	}
	return append(dst, "\x1b[0m"...)
}
