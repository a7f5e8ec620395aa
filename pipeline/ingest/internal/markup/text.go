package markup

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html/atom"
)

// reader is the state of [Read].
type reader struct {
	page  *Page
	stack []open

	text  []byte // of all paragraphs; text[begun:] is the one being written
	ends  []int  // where each paragraph of page.Blocks ends in text
	begun int

	space  bool // white space is pending
	breaks int  // <br> pending

	deeper     int // elements open beyond maxDepth
	links      int // <a> open
	linkBytes  int // of the paragraph
	pre        int // <pre> open
	paragraphs int // <p> open
	hidden     int // elements open of which nothing is shown
	quotes     int // <q> open whose text has begun
	awaited    int // <q> open whose text has not begun

	holder, inner int32 // of the paragraph's first word

	captures []captured
	title    bool // the next text is the page's title
	titled   bool
	script   bool // the next raw text is linked data
}

// quote says how far a <q> is.
type quote uint8

const (
	noQuote      quote = iota
	quoteAwaited       // its text has not begun
	quoteMarked        // it has the marks that a browser draws
	quoteOwn           // its text brings its own
)

// words appends s to the paragraph with white space collapsed.
func (r *reader) words(s string) {
	if len(r.captures) > 0 {
		r.capture(s)
	}
	if r.awaited > 0 {
		r.beginQuotes(s)
	}
	for i := 0; i < len(s); {
		// Words are copied whole: most bytes are plain.
		j := i
		for j < len(s) && s[j] > ' ' && s[j] < utf8.RuneSelf && s[j] != 0x7f {
			j++
		}
		if j > i {
			r.write(s[i:j])
			i = j
			continue
		}
		if s[i] == ' ' {
			r.space = true
			i++
			continue
		}
		c, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case c == '\n' && r.pre > 0:
			r.lineBreak()
		case unicode.IsSpace(c) && c != 0x85 || c < ' ' || c == 0x7f:
			r.space = true
		case c == '\u00ad' || c == '\u200b' || c == '\u2060' || c == '\ufeff':
		case c == utf8.RuneError && size == 1:
			r.write("\uFFFD")
		default:
			r.write(s[i : i+size])
		}
		i += size
	}
}

func (r *reader) write(s string) {
	before := len(r.text)
	if before > r.begun {
		if r.breaks > 0 {
			r.text = append(r.text, '\n')
		} else if r.space {
			r.text = append(r.text, ' ')
		}
	} else {
		r.inner = r.element()
		r.holder = r.block()
		if r.holder >= 0 {
			r.holder = r.stack[r.holder].element
		}
	}
	r.space, r.breaks = false, 0
	r.text = append(r.text, s...)
	if r.links > 0 {
		r.linkBytes += len(r.text) - before
	}
}

// lineBreak writes a <br>; two in a row end the paragraph.
func (r *reader) lineBreak() {
	if r.hidden > 0 {
		return
	}
	r.space = false
	r.breaks++
	if r.breaks > 1 {
		r.flush()
	}
}

// flush ends the paragraph.
func (r *reader) flush() {
	if len(r.text) > r.begun {
		tag := atom.Body
		if r.holder >= 0 {
			tag = r.page.Elements[r.holder].Tag
		}
		r.page.Blocks = append(r.page.Blocks, Block{Tag: tag, LinkBytes: r.linkBytes, Element: r.holder, Inner: r.inner})
		r.ends = append(r.ends, len(r.text))
		r.begun = len(r.text)
	}
	r.space, r.breaks, r.linkBytes = false, 0, 0
}

// beginQuotes writes the opening marks of the <q> elements whose text s begins,
// unless s brings marks of its own.
func (r *reader) beginQuotes(s string) {
	s = strings.TrimLeftFunc(s, unicode.IsSpace)
	if s == "" {
		return
	}
	first, _ := utf8.DecodeRuneInString(s)
	state := quoteMarked
	if strings.ContainsRune("\"'“”‘’«»„‚", first) {
		state = quoteOwn
	}
	for i := range r.stack {
		if e := &r.stack[i]; e.quote == quoteAwaited {
			e.quote = state
			if state == quoteMarked {
				r.write(openingMark(r.quotes))
			}
			r.quotes++
		}
	}
	r.awaited = 0
}

// openingMark returns the mark of a quotation that stands in depth others.
func openingMark(depth int) string {
	if depth%2 == 1 {
		return "‘"
	}
	return "“"
}

func closingMark(depth int) string {
	if depth%2 == 1 {
		return "’"
	}
	return "”"
}
