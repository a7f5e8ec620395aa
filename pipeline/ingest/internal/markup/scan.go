package markup

import (
	"strings"
)

// kind is what a scanner found.
type kind uint8

const (
	end      kind = iota // of the source
	text                 // characters; character references are not yet replaced
	rawText              // characters in which there are no character references
	startTag             // <name attributes>
	endTag               // </name>
)

// scanner cuts HTML into tokens as the standard says (WHATWG HTML, section
// 13.2.5, "Tokenization"), comments and declarations left out. A token is a slice
// of the source: nothing is copied. Any string can be scanned, in time linear in
// its length.
type scanner struct {
	src string
	pos int
	raw string // name of the element whose raw text comes next, or ""

	text        string // of a text
	name        string // of a tag, in the letters of the source
	attributes  string // of a start tag: what stands between its name and its end
	selfClosing bool   // the start tag ends in "/>"
}

// next reads a token.
func (s *scanner) next() kind {
	if s.raw != "" {
		if k, ok := s.nextRaw(); ok {
			return k
		}
	}
	start := s.pos
	for s.pos < len(s.src) {
		i := strings.IndexByte(s.src[s.pos:], '<')
		if i < 0 || s.pos+i+1 == len(s.src) {
			s.pos = len(s.src)
			break
		}
		open := s.pos + i
		c := s.src[open+1]
		tag := isLetter(c) || c == '!' || c == '?' || c == '/' && open+2 < len(s.src)
		if !tag {
			s.pos = open + 1
			continue
		}
		if open > start {
			s.pos = open
			break
		}
		if k, ok := s.markup(open); ok {
			return k
		}
		start = s.pos // a comment was passed over
	}
	if start < s.pos {
		s.text = s.src[start:s.pos]
		return text
	}
	return end
}

// markup reads the tag or the comment that begins at open. It reports false for
// what is no token of ours.
func (s *scanner) markup(open int) (kind, bool) {
	rest := s.src[open+1:]
	switch {
	case isLetter(rest[0]):
		if !s.tag(open + 1) {
			return 0, false
		}
		if isRaw(s.name) {
			s.raw = s.name
		}
		return startTag, true
	case rest[0] == '/' && isLetter(rest[1]):
		if !s.tag(open + 2) {
			return 0, false
		}
		return endTag, true
	case strings.HasPrefix(rest, "!--"):
		s.pos = commentEnd(s.src, open+4)
	default: // <!doctype>, <?xml>, </>: up to the next >
		s.pos = len(s.src)
		if i := strings.IndexByte(rest, '>'); i >= 0 {
			s.pos = open + 1 + i + 1
		}
	}
	return 0, false
}

// tag reads a tag whose name begins at start. A tag that the source ends in is
// none.
func (s *scanner) tag(start int) bool {
	i := start
	for i < len(s.src) && !isSpace(s.src[i]) && s.src[i] != '/' && s.src[i] != '>' {
		i++
	}
	s.name = s.src[start:i]
	a := attributeScanner{src: s.src, pos: i}
	for a.next() {
	}
	if !a.closed {
		s.pos = len(s.src)
		return false
	}
	s.attributes = s.src[i : a.pos-1]
	s.selfClosing = a.slash
	s.pos = a.pos
	return true
}

// attributeScanner reads the attributes of a tag one after the other.
type attributeScanner struct {
	src    string
	pos    int
	key    string
	value  string // character references are not yet replaced
	closed bool   // the > of the tag was read
	slash  bool   // a / stands before it
}

// next reads an attribute.
func (a *attributeScanner) next() bool {
	src, i := a.src, a.pos
	a.slash = false
	for i < len(src) && (isSpace(src[i]) || src[i] == '/') {
		a.slash = src[i] == '/'
		i++
	}
	if i == len(src) || src[i] == '>' {
		a.closed = i < len(src)
		a.pos = min(i+1, len(src))
		return false
	}
	start := i
	i++ // an = here belongs to the name
	for i < len(src) && !isSpace(src[i]) && src[i] != '/' && src[i] != '>' && src[i] != '=' {
		i++
	}
	a.key, a.value = src[start:i], ""
	after := i
	for after < len(src) && isSpace(src[after]) {
		after++
	}
	if after == len(src) || src[after] != '=' {
		a.pos = i
		return true
	}
	i = after + 1
	for i < len(src) && isSpace(src[i]) {
		i++
	}
	switch {
	case i == len(src) || src[i] == '>':
	case src[i] == '"' || src[i] == '\'':
		quote := src[i]
		i++
		n := strings.IndexByte(src[i:], quote)
		if n < 0 {
			a.value, a.pos = src[i:], len(src)
			return true
		}
		a.value = src[i : i+n]
		i += n + 1
	default:
		start = i
		for i < len(src) && !isSpace(src[i]) && src[i] != '>' {
			i++
		}
		a.value = src[start:i]
	}
	a.pos = i
	return true
}

// commentEnd returns where the comment ends whose content begins at i.
func commentEnd(src string, i int) int {
	if rest := src[i:]; strings.HasPrefix(rest, ">") {
		return i + 1
	} else if strings.HasPrefix(rest, "->") {
		return i + 2
	}
	for {
		n := strings.Index(src[i:], "--")
		if n < 0 {
			return len(src)
		}
		i += n + 2
		for i < len(src) && src[i] == '-' {
			i++
		}
		if rest := src[i:]; strings.HasPrefix(rest, ">") {
			return i + 1
		} else if strings.HasPrefix(rest, "!>") {
			return i + 2
		}
	}
}

// isRaw reports whether an element's content is text, whatever it looks like.
// noscript is among them because scripts are taken to run.
func isRaw(name string) bool {
	switch len(name) {
	case 3:
		return fold(name, "xmp")
	case 5:
		return fold(name, "style") || fold(name, "title")
	case 6:
		return fold(name, "script") || fold(name, "iframe")
	case 7:
		return fold(name, "noembed")
	case 8:
		return fold(name, "textarea") || fold(name, "noscript") || fold(name, "noframes")
	case 9:
		return fold(name, "plaintext")
	}
	return false
}

// nextRaw reads the text of an element for which isRaw holds. It reports false
// where there is none.
func (s *scanner) nextRaw() (kind, bool) {
	name := s.raw
	s.raw = ""
	start := s.pos
	switch {
	case fold(name, "plaintext"):
		s.pos = len(s.src)
	case fold(name, "script"):
		s.pos = scriptEnd(s.src, start)
	default:
		s.pos = rawEnd(s.src, start, name)
	}
	s.text = s.src[start:s.pos]
	if s.text == "" {
		return 0, false
	}
	if fold(name, "textarea") || fold(name, "title") {
		return text, true
	}
	return rawText, true
}

// rawEnd returns the place from i of the end tag of the element, or len(src).
func rawEnd(src string, i int, name string) int {
	for {
		n := strings.Index(src[i:], "</")
		if n < 0 {
			return len(src)
		}
		i += n
		if named(src[i+2:], name) {
			return i
		}
		i += 2
	}
}

// named reports whether a tag's name stands at the start of s, and ends there.
func named(s, name string) bool {
	if len(s) <= len(name) || !fold(s[:len(name)], name) {
		return false
	}
	c := s[len(name)]
	return isSpace(c) || c == '/' || c == '>'
}

// scriptEnd returns the place from i of the end tag of a script, or len(src). An
// end tag within <!-- <script> … </script> --> is none.
func scriptEnd(src string, i int) int {
	for {
		close := rawEnd(src, i, "script")
		hide := strings.Index(src[i:close], "<!--")
		if hide < 0 {
			return close
		}
		i, close = escaped(src, i+hide+len("<!--"))
		if close >= 0 {
			return close
		}
	}
}

// escaped reads a script from after <!--. It returns the place after the --> that
// belongs to it, or the place of the script's end tag where that comes first.
func escaped(src string, i int) (after, close int) {
	// The dashes of <!-- may be those of -->.
	double := false
	dashes := 2
	for ; i < len(src); i++ {
		switch c := src[i]; {
		case c == '-':
			dashes++
			continue
		case c == '>' && dashes >= 2:
			return i + 1, -1
		case c == '<' && !double && strings.HasPrefix(src[i+1:], "/") && named(src[i+2:], "script"):
			return 0, i
		case c == '<' && double && strings.HasPrefix(src[i+1:], "/") && named(src[i+2:], "script"):
			double = false
			i += len("</script")
		case c == '<' && !double && named(src[i+1:], "script"):
			double = true
			i += len("<script")
		}
		dashes = 0
	}
	return 0, len(src)
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f' }

// fold reports whether a, of any case, is the lower-case ASCII name b.
func fold(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if c := a[i]; c != b[i] && (c < 'A' || c > 'Z' || c|0x20 != b[i]) {
			if d := b[i]; d < 'A' || d > 'Z' || d|0x20 != c|0x20 || !isLetter(c) {
				return false
			}
		}
	}
	return true
}
