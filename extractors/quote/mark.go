package quote

import (
	"unicode"
	"unicode/utf8"

	"github.com/onrecord-nlp/onrecord/pipeline"
)

// glyph is a quotation mark as it is written.
type glyph uint8

const (
	noGlyph      glyph = iota
	doubleOpen         // “ and ‘‘
	doubleClose        // ” and ’’
	straight           // "
	graves             // ``
	ticks              // ''
	germanOpen         // „
	singleOpen         // ‘ and `
	singleClose        // ’
	tick               // '
	germanSingle       // ‚
	guillemetOpen
	guillemetClose
	angleOpen
	angleClose
	numGlyphs
)

// family is the marks that pair with one another.
type family uint8

const (
	doubles family = iota
	singles
	guillemets
	angles
)

var familyOf = [numGlyphs]family{
	doubleOpen: doubles, doubleClose: doubles, straight: doubles, graves: doubles, ticks: doubles, germanOpen: doubles,
	singleOpen: singles, singleClose: singles, tick: singles, germanSingle: singles,
	guillemetOpen: guillemets, guillemetClose: guillemets, angleOpen: angles, angleClose: angles,
}

// styleOf is the style of the pair that a mark opens.
var styleOf = [numGlyphs]pipeline.MarkStyle{
	doubleOpen: pipeline.MarksDouble, doubleClose: pipeline.MarksDouble,
	straight: pipeline.MarksStraight, graves: pipeline.MarksStraight, ticks: pipeline.MarksStraight,
	germanOpen: pipeline.MarksGerman, germanSingle: pipeline.MarksGerman,
	singleOpen: pipeline.MarksSingle, singleClose: pipeline.MarksSingle, tick: pipeline.MarksStraightTick,
	guillemetOpen: pipeline.MarksGuillemets, guillemetClose: pipeline.MarksGuillemets,
	angleOpen: pipeline.MarksGuillemets, angleClose: pipeline.MarksGuillemets,
}

// glyphOf tells which mark a token is.
func glyphOf(w string) glyph {
	switch len(w) {
	case 1:
		switch w[0] {
		case '"':
			return straight
		case '\'':
			return tick
		case '`':
			return singleOpen
		}
	case 2:
		switch w {
		case "''":
			return ticks
		case "``":
			return graves
		case "«":
			return guillemetOpen
		case "»":
			return guillemetClose
		}
	case 3:
		switch w {
		case "“":
			return doubleOpen
		case "”":
			return doubleClose
		case "‘":
			return singleOpen
		case "’":
			return singleClose
		case "„":
			return germanOpen
		case "‚":
			return germanSingle
		case "‹":
			return angleOpen
		case "›":
			return angleClose
		}
	case 6:
		switch w {
		case "‘‘":
			return doubleOpen
		case "’’":
			return doubleClose
		}
	}
	return noGlyph
}

// side is what stands beside a mark, other marks passed over.
type side uint8

const (
	edge    side = iota // the end of the block
	blank               // white space
	word                // a letter or digit
	stop                // . ? ! …
	pause               // , ; :
	dash                // - – —
	bracket             // an opening bracket before, a closing one after
	sign                // anything else: $ [ # %
	numSides
)

// maxMarks is how many marks are passed over to see what stands beside one.
const maxMarks = 6

// before classifies what stands before offset i of a block that begins at
// start.
func before(text string, start, i int) (side, rune) {
	for k := 0; i > start && k < maxMarks; k++ {
		r, n := utf8.DecodeLastRuneInString(text[start:i])
		if !isMark(r) {
			switch r {
			case '(', '[', '{', '/', '<', '>', '|', '*', '_':
				return bracket, r
			case ')', ']', '}', '%':
				return word, r
			}
			return sideOf(r), r
		}
		i -= n
	}
	return edge, 0
}

// after classifies what stands after offset i of a block that ends at end.
func after(text string, i, end int) (side, rune) {
	for k := 0; i < end && k < maxMarks; k++ {
		r, n := utf8.DecodeRuneInString(text[i:end])
		if !isMark(r) {
			switch r {
			case ')', ']', '}', '>', '<', '|', '*', '/', '_':
				return bracket, r
			}
			return sideOf(r), r
		}
		i += n
	}
	return edge, 0
}

func sideOf(r rune) side {
	switch {
	case 'a' <= r|0x20 && r|0x20 <= 'z' || '0' <= r && r <= '9':
		return word
	case r == ' ' || '\t' <= r && r <= '\r':
		return blank
	case r == '.' || r == '?' || r == '!' || r == '…':
		return stop
	case r == ',' || r == ';' || r == ':':
		return pause
	case r == '-' || r == '–' || r == '—' || r == '―':
		return dash
	case r < utf8.RuneSelf:
		return sign
	case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r):
		return word
	case unicode.IsSpace(r):
		return blank
	}
	return sign
}

func isMark(r rune) bool {
	switch r {
	case '"', '\'', '`', '“', '”', '‘', '’', '„', '‚', '«', '»', '‹', '›':
		return true
	}
	return false
}

// Costs are tenths; a pairing is chosen when the sum over its paragraph is
// the least.
type cost int32

const never cost = 1 << 30

// What each side says about a mark that opens or closes.
var (
	openBefore  = [numSides]cost{edge: 0, blank: 0, word: 40, stop: 20, pause: 15, dash: 3, bracket: 0, sign: 15}
	openAfter   = [numSides]cost{edge: 90, blank: 18, word: 0, stop: 30, pause: 40, dash: 12, bracket: 40, sign: 2}
	closeBefore = [numSides]cost{edge: 90, blank: 22, word: 0, stop: 0, pause: 0, dash: 6, bracket: 50, sign: 3}
	closeAfter  = [numSides]cost{edge: 0, blank: 0, word: 40, stop: 0, pause: 0, dash: 2, bracket: 0, sign: 20}
)

// mark is one quotation mark, or apostrophe that may be one, with the cost of
// each role it may have.
type mark struct {
	pipeline.Span
	token             int
	glyph             glyph
	open, close, none cost
	left, right       side
}

// newMark weighs the mark that is token i of doc, in the given block. singly
// is how much the document keeps to single marks for its outer quotations,
// from 0 (never) to 10 (always).
func newMark(text string, block pipeline.Span, at pipeline.Span, token int, g glyph, c convention) mark {
	left, prev := before(text, block.Start, at.Start)
	right, next := after(text, at.End, block.End)
	if right == stop && ellipsis(text[at.End:block.End]) {
		right = sign // “... and then”
	}
	m := mark{Span: at, token: token, glyph: g, left: left, right: right,
		open:  openBefore[left] + openAfter[right],
		close: closeBefore[left] + closeAfter[right],
		none:  60,
	}
	switch g {
	case doubleOpen:
		m.close += 60
	case doubleClose:
		m.open += 50
		m.none = 45
	case straight, ticks:
		if g == ticks {
			m.open += 10
		}
		if m.close < m.open {
			m.none = 45
		}
		if unicode.IsDigit(prev) && right != edge {
			m.none = 24 // 12" records
			if feet(text[block.Start:at.Start]) {
				m.none = 3 // 6'2"
			}
		}
	case graves, germanOpen:
		m.close += 80
	case singleOpen:
		m.close += 70
		m.none = 30
		if text[at.Start] == '`' {
			m.none = 15
		}
	case germanSingle:
		m.close += 80
		m.none = 20 // often a comma gone wrong
	case singleClose, tick:
		if g == singleClose {
			m.open += 60
		}
		m.none = m.apostrophe(text[block.Start:at.Start], prev, next, c)
		if left == word && right == blank && sibilant(prev) {
			m.close += 6
		}
	case guillemetOpen, angleOpen:
		m.close += 40
		if c.inverted {
			m.open, m.close = m.open+80, m.close-40
		}
	case guillemetClose, angleClose:
		m.open += 40
		if c.inverted {
			m.open, m.close = m.open-40, m.close+80
		}
	}
	return m
}

// apostrophe is the cost of taking a mark for an apostrophe.
func (m *mark) apostrophe(text string, prev, next rune, c convention) cost {
	switch {
	case m.left == word && m.right != word:
		switch {
		case sibilant(prev):
			return 8 // the players’ union
		case unicode.IsDigit(prev):
			return 10 // feet, minutes
		case len(text) > 3 && text[len(text)-2:] == "in":
			return 14 // goin’
		}
		return 35
	case m.right == word && m.left != word:
		if unicode.IsDigit(next) {
			return 14 // ’68
		}
		if m.glyph == singleClose {
			return 5 // ’twas
		}
		return 30 - 12*(10-c.singly)/10
	case m.left == blank && m.right == blank:
		return 15
	}
	return 40
}

func sibilant(r rune) bool {
	switch r {
	case 's', 'S', 'z', 'x':
		return true
	}
	return false
}

// ellipsis reports whether rest begins with dots that a word follows.
func ellipsis(rest string) bool {
	for i, r := range rest {
		switch {
		case r == '.' || r == '…' || r == ' ' && i > 0:
		case r == '[' || r == '(':
		default:
			return i > 1 && sideOf(r) == word && unicode.IsLower(r)
		}
	}
	return false
}

// feet reports whether text ends in a length in feet and inches: 6'2, 5' 10.
func feet(text string) bool {
	i := len(text)
	for i > 0 && ('0' <= text[i-1] && text[i-1] <= '9' || text[i-1] == '.') {
		i--
	}
	for i > 0 && (text[i-1] == ' ' || text[i-1] == '-') {
		i--
	}
	r, n := utf8.DecodeLastRuneInString(text[:i])
	if r != '\'' && r != '’' && r != '‘' && r != '′' {
		return false
	}
	i -= n
	return i > 0 && '0' <= text[i-1] && text[i-1] <= '9'
}

// convention is how a document writes its quotations.
type convention struct {
	singly   cost // 0, outer marks are double, to 10, they are single
	inverted bool // »guillemets« point inwards
}

// conventionOf weighs the marks of a document.
func conventionOf(doc *pipeline.Document) convention {
	var double, single, inward, outward int
	for _, b := range doc.Sentences {
		if !doc.Blocks[b.Block].Kind.Speech() {
			continue
		}
		block := doc.Blocks[b.Block]
		for _, t := range doc.Tokens[b.First:b.Last] {
			if !mayBeMark(doc.Text, t.Span) {
				continue
			}
			switch g := glyphOf(t.In(doc.Text)); g {
			case noGlyph:
			case singleOpen, tick:
				left, _ := before(doc.Text, block.Start, t.Start)
				right, _ := after(doc.Text, t.End, block.End)
				if openBefore[left]+openAfter[right] == 0 {
					single++
				}
			case guillemetOpen, guillemetClose:
				right, _ := after(doc.Text, t.End, block.End)
				left, _ := before(doc.Text, block.Start, t.Start)
				opens := openBefore[left]+openAfter[right] < closeBefore[left]+closeAfter[right]
				if opens == (g == guillemetOpen) {
					outward++
				} else {
					inward++
				}
				double++
			case doubleOpen, doubleClose, straight, graves, ticks, germanOpen:
				double++
			}
		}
	}
	single *= 2 // only the opening ones are counted
	c := convention{inverted: inward > outward}
	if single > 0 {
		c.singly = cost(10 * single / (single + double))
	}
	return c
}

// mayBeMark is a quick test that most tokens fail.
func mayBeMark(text string, t pipeline.Span) bool {
	switch text[t.Start] {
	case '"', '\'', '`':
		return t.Len() <= 2
	case 0xE2, 0xC2:
		return t.Len() <= 6
	}
	return false
}
