package clean

import (
	"slices"
	"unicode"
	"unicode/utf8"

	"github.com/onrecord-nlp/onrecord/pipeline"
)

// unit is a stretch of text that gets one label: a paragraph, a line, or a
// part of a line. Units are trimmed of white space, in text order, and
// together hold every other character.
type unit struct {
	pipeline.Span
	sep sep // what stands before it
}

// sep is what separates a unit from the one before.
type sep uint8

const (
	sepInline sep = iota // nothing but a place where furniture may be glued on
	sepLine              // a line break
	sepBlank             // a blank line, or the start of the text
	numSeps
)

// rawLine is one line as the text has it.
type rawLine struct {
	pipeline.Span      // trimmed; empty for a blank line
	indent        int  // bytes of white space before it
	runes         int  // code points in the trimmed line
	wraps         bool // its paragraph goes on in the next line
}

// segmenter cuts texts into units. It is scratch space, used by one goroutine
// at a time.
type segmenter struct {
	lines  []rawLine
	widths []int
	units  []unit
}

// cut returns the units of text; they are valid until the next call. The cost
// is linear in the length of the text.
func (s *segmenter) cut(text string) []unit {
	s.split(text)
	s.joinWrapped(text)
	s.units = s.units[:0]
	sp := sepBlank
	for i := 0; i < len(s.lines); i++ {
		l := s.lines[i]
		if l.Empty() {
			sp = sepBlank
			continue
		}
		span := l.Span
		for s.lines[i].wraps {
			i++
			span.End = s.lines[i].End
		}
		s.cutLine(text, span, sp)
		sp = sepLine
	}
	return s.units
}

// split finds the lines of text. \n, \r, \r\n, \v, \f and the Unicode line
// separators end a line.
func (s *segmenter) split(text string) {
	s.lines = s.lines[:0]
	start, runes := 0, 0
	end := func(at int) {
		s.lines = append(s.lines, trimLine(text, start, at, runes))
		runes = 0
	}
	for i := 0; i < len(text); {
		c := text[i]
		if c < utf8.RuneSelf {
			i++
			if c > '\r' || c < '\n' {
				runes++
				continue
			}
			end(i - 1)
			if c == '\r' && i < len(text) && text[i] == '\n' {
				i++
			}
			start = i
			continue
		}
		r, n := utf8.DecodeRuneInString(text[i:])
		if r == '\u0085' || r == '\u2028' || r == '\u2029' {
			end(i)
			start = i + n
		} else {
			runes++
		}
		i += n
	}
	end(len(text))
}

func trimLine(text string, start, end, runes int) rawLine {
	a, b := start, end
	for a < b {
		r, n := utf8.DecodeRuneInString(text[a:b])
		if !unicode.IsSpace(r) {
			break
		}
		a += n
		runes--
	}
	for b > a {
		r, n := utf8.DecodeLastRuneInString(text[a:b])
		if !unicode.IsSpace(r) {
			break
		}
		b -= n
		runes--
	}
	return rawLine{Span: pipeline.Span{Start: a, End: b}, indent: a - start, runes: runes}
}

// Bounds of the widths at which text is hard-wrapped, in code points.
const (
	minWrapWidth = 30
	maxWrapWidth = 130
	// minBrokenLine is the length from which a line that stops in mid-sentence,
	// with the next going on in lower case, is taken as broken in any text.
	minBrokenLine = 40
)

// joinWrapped marks the lines whose paragraph goes on in the next line. A text
// is taken as hard-wrapped when most of its longer lines stop in mid-sentence
// just where the next word would not have fitted.
func (s *segmenter) joinWrapped(text string) {
	s.widths = s.widths[:0]
	for i := 0; i+1 < len(s.lines); i++ {
		if !s.lines[i].Empty() && !s.lines[i+1].Empty() {
			s.widths = append(s.widths, s.lines[i].runes)
		}
	}
	if len(s.widths) == 0 {
		return
	}
	// The width is the longest line but for a few outliers.
	slices.Sort(s.widths)
	width := s.widths[len(s.widths)-1-min(len(s.widths)/30, len(s.widths)-1)]
	wrapped := false
	if minWrapWidth <= width && width <= maxWrapWidth {
		long, full, mid := 0, 0, 0
		for i := 0; i+1 < len(s.lines); i++ {
			a, b := s.lines[i], s.lines[i+1]
			if a.Empty() || b.Empty() || 2*a.runes < width {
				continue
			}
			long++
			if fills(text, a, b, width) {
				full++
				if stopsMidSentence(a.In(text)) {
					mid++
				}
			}
		}
		wrapped = full >= 2 && 2*full >= long && 5*mid >= 3*full
	}
	for i := 0; i+1 < len(s.lines); i++ {
		a, b := &s.lines[i], s.lines[i+1]
		if a.Empty() || b.Empty() || isBulleted(b.In(text)) {
			continue
		}
		lower := stopsMidSentence(a.In(text)) && startsLower(b.In(text))
		switch {
		case wrapped && b.indent < a.indent+2:
			a.wraps = fills(text, *a, b, width) || lower && 2*a.runes >= width
		case wrapped:
			a.wraps = lower && fills(text, *a, b, width)
		default:
			a.wraps = lower && a.runes >= minBrokenLine
		}
	}
}

// fills reports whether the first word of b would not have fitted into a line
// of the given width after a. Two code points of slack allow for wrapping
// that counts otherwise.
func fills(text string, a, b rawLine, width int) bool {
	word := 0
	for _, r := range b.In(text) {
		if unicode.IsSpace(r) || word > width {
			break
		}
		word++
	}
	return a.runes+1+word > width-2
}

// stopsMidSentence reports whether the line ends in a word or a comma.
func stopsMidSentence(line string) bool {
	r, _ := utf8.DecodeLastRuneInString(line)
	return r == ',' || r == '-' || unicode.IsLetter(r) || unicode.IsDigit(r)
}

func startsLower(line string) bool {
	r, _ := utf8.DecodeRuneInString(line)
	return unicode.IsLower(r)
}

func isBulleted(line string) bool {
	r, n := utf8.DecodeRuneInString(line)
	switch r {
	case '•', '▪', '●', '◦', '■', '►', '▶', '·', '*', '‣', '»':
		return true
	case '-', '–', '—':
		next, _ := utf8.DecodeRuneInString(line[n:])
		return next == ' ' && len(line) > n+1 && unicode.IsUpper(firstRune(line[n+1:]))
	}
	return isPictograph(r)
}

func firstRune(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}
