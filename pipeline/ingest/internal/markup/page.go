package markup

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Page is what [Read] finds on a page.
type Page struct {
	Blocks   []Block   // the text, in the order of the source
	Elements []Element // what the text stands in, in the order of their start tags

	Language   string   // of the html element
	Title      string   // the text of the title element, as it stands in the source
	Metas      []Meta   // meta elements with a name and content
	Canonical  string   // the address that a link element calls canonical
	LinkedData []string // scripts of JSON-LD
	Headings   []string // texts of h1 elements
	Times      []string // dates: of time elements, and texts whose class calls them dates
	Authors    []string // texts that rel or itemprop call the author, eight at most
	Bylinks    []string // texts of links to pages of authors, eight at most
	Byline     string   // the first text whose class calls it the author

	words []uint32 // of all Elements
}

// Meta is a meta element.
type Meta struct {
	Name    string // its property, name, itemprop or http-equiv, in lower case
	Content string
}

// Block is one paragraph of a page as a reader sees it: the inline content
// between two block boundaries.
type Block struct {
	Text      string    // white space collapsed; a single <br> is "\n"
	Tag       atom.Atom // the block element that holds the text
	LinkBytes int       // how many bytes of the text stand inside <a>
	Element   int32     // the block element, an index of Page.Elements; -1 for none
	Inner     int32     // the innermost element of the first word, likewise
}

// Element is an element of a page.
type Element struct {
	Tag    atom.Atom // 0 where HTML knows no such element
	Parent int32     // an index of Page.Elements, or -1
	Sign   uint32    // a hash of the tag and the class: what is set alike is signed alike
	Hidden bool      // the source says that it is not shown
	from   int32     // its words: Page.words[from:to]
	to     int32
}

// Words returns hashes of the words of which the element's class, id and role are
// made.
func (p *Page) Words(element int32) []uint32 {
	e := &p.Elements[element]
	return p.words[e.from:e.to]
}

// Read reads a page, which must be UTF-8.
//
// Inline elements neither glue nor split words: their text is joined as it
// stands in the source and only then is white space collapsed, as a browser
// does. Two <br> in a row end a paragraph. Cells of a table row are separated
// by a space. A <q> element gets the quotation marks that a browser would draw.
// No-break spaces become spaces; soft hyphens, zero-width spaces and
// byte-order marks, which nobody sees, are dropped.
func Read(src string) *Page {
	r := reader{page: new(Page)}
	r.page.Elements = make([]Element, 0, len(src)/128)
	r.text = make([]byte, 0, len(src)/16)
	s := scanner{src: src}
	for k := s.next(); k != end; k = s.next() {
		switch k {
		case text:
			t := s.text
			if r.title {
				r.page.Title, r.title, r.titled = html.UnescapeString(t), false, true
				continue
			}
			if r.hidden > 0 {
				continue
			}
			if strings.IndexByte(t, '&') >= 0 {
				t = html.UnescapeString(t)
			}
			r.words(t)
		case rawText:
			if r.script {
				r.page.LinkedData = append(r.page.LinkedData, s.text)
			}
			r.script = false
		case startTag:
			r.title, r.script = false, false
			r.start(&s)
		case endTag:
			r.title, r.script = false, false
			r.end(s.name)
		}
	}
	r.closeTo(0)
	r.flush()
	whole := string(r.text)
	for i := range r.page.Blocks {
		from := 0
		if i > 0 {
			from = r.ends[i-1]
		}
		r.page.Blocks[i].Text = whole[from:r.ends[i]]
	}
	return r.page
}

// Text returns the paragraphs of a piece of HTML with a blank line between them.
func Text(src string) string {
	blocks := Read(src).Blocks
	parts := make([]string, len(blocks))
	for i, b := range blocks {
		parts[i] = b.Text
	}
	return strings.Join(parts, "\n\n")
}

// Unescape replaces the character references in s that end in a semicolon.
func Unescape(s string) string {
	i := strings.IndexByte(s, '&')
	if i < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for ; i >= 0; i = strings.IndexByte(s, '&') {
		b.WriteString(s[:i])
		s = s[i:]
		end := max(strings.IndexByte(s[:min(len(s), 12)], ';'), 0)
		b.WriteString(html.UnescapeString(s[:end+1]))
		s = s[end+1:]
	}
	b.WriteString(s)
	return b.String()
}
