package show

// flow sets words into lines, with notes in a margin beside them or below the
// paragraph. Every line ends in the terminal's own look.
type flow struct {
	out     []byte
	colors  Colors
	width   int    // columns of the text
	margin  int    // columns of the notes; 0 puts them below the paragraph
	indent  string // before every line of text, within width
	indentW int

	longest int // columns of the paragraph's longest line

	line  []byte // the line being filled, without its indent
	lineW int
	look  style // at its end
	rtl   bool  // something in it is written from right to left

	word    []byte // not in the line yet
	wordW   int
	runs    []run    // of word
	gap     int      // columns of white space before word
	notes   []string // of word
	wordRTL bool

	waiting []string // lines of notes not yet shown, with their escape codes
}

// run is where in the word a look begins.
type run struct {
	at   int
	look style
}

const (
	rule        = " │ " // between text and margin
	ruleWidth   = 3
	belowIndent = "    " // of notes below their paragraph
)

// put adds a glyph in some look to the word.
func (f *flow) put(g glyph, look style) {
	if f.wordW+g.width > f.room() && f.wordW > 0 {
		f.breakWord()
	}
	if n := len(f.runs); n == 0 || f.runs[n-1].look != look {
		f.runs = append(f.runs, run{len(f.word), look})
	}
	f.word = append(f.word, g.text...)
	f.wordW += g.width
	f.wordRTL = f.wordRTL || g.rtl
}

// room is how many columns a line has.
func (f *flow) room() int { return f.width - f.indentW }

// space ends the word and puts white space behind it, unless the line ends
// there.
func (f *flow) space(width int) {
	f.endWord()
	f.gap += width
}

// endWord puts the word into the line, or into the next where it does not fit.
func (f *flow) endWord() {
	if len(f.word) == 0 {
		return
	}
	if f.lineW > 0 && f.lineW+f.gap+f.wordW > f.room() {
		f.endLine()
	}
	if f.lineW > 0 {
		if f.look != f.runs[0].look {
			f.setLook(style{})
		}
		for range f.gap {
			f.line = append(f.line, ' ')
		}
		f.lineW += f.gap
	}
	for i, r := range f.runs {
		end := len(f.word)
		if i+1 < len(f.runs) {
			end = f.runs[i+1].at
		}
		f.setLook(r.look)
		f.line = append(f.line, f.word[r.at:end]...)
	}
	f.lineW += f.wordW
	f.rtl = f.rtl || f.wordRTL
	f.waiting = append(f.waiting, f.notes...)
	f.word, f.wordW, f.runs, f.gap, f.notes, f.wordRTL = f.word[:0], 0, f.runs[:0], 0, f.notes[:0], false
}

// breakWord puts the beginning of a word that is wider than a line into a line
// of its own.
func (f *flow) breakWord() {
	f.endWord()
	f.endLine()
}

func (f *flow) setLook(s style) {
	if s == f.look {
		return
	}
	f.line = f.look.appendReset(f.line, f.colors)
	f.line = s.append(f.line, f.colors)
	f.look = s
}

// endLine writes the line, and the next line of the margin beside it.
func (f *flow) endLine() {
	f.setLook(style{})
	f.longest = max(f.longest, f.lineW)
	if f.lineW > 0 {
		f.out = append(f.out, f.indent...)
		f.out = append(f.out, f.line...)
		if f.rtl {
			// Else the margin, which begins with a number, would become a part of
			// what is written from right to left.
			f.out = append(f.out, leftToRight...)
		}
	}
	if f.margin > 0 && len(f.waiting) > 0 {
		used := f.lineW
		if used > 0 {
			used += f.indentW
		}
		f.beside(f.width - used)
	}
	f.out = append(f.out, '\n')
	f.line, f.lineW, f.gap, f.rtl = f.line[:0], 0, 0, false
}

// finishLine writes the line, if anything stands in it.
func (f *flow) finishLine() {
	f.endWord()
	if f.lineW > 0 {
		f.endLine()
	}
}

// endParagraph writes what is left of the paragraph and of its notes.
func (f *flow) endParagraph() {
	f.finishLine()
	for len(f.waiting) > 0 {
		if f.margin > 0 {
			f.beside(f.width)
		} else {
			f.out = append(f.out, belowIndent...)
			f.note()
		}
		f.out = append(f.out, '\n')
	}
	f.gap, f.longest = 0, 0
}

// beside writes the next line of the margin, so many columns further on.
func (f *flow) beside(columns int) {
	for range columns {
		f.out = append(f.out, ' ')
	}
	f.faint(rule)
	f.note()
}

func (f *flow) note() {
	f.out = append(f.out, f.waiting[0]...)
	f.waiting = f.waiting[1:]
}

// faint writes s faintly, outside of any line.
func (f *flow) faint(s string) {
	look := style{faint: true}
	f.out = look.append(f.out, f.colors)
	f.out = append(f.out, s...)
	f.out = look.appendReset(f.out, f.colors)
}
