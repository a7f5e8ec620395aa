package ingest

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// htmlBlock is one paragraph of a page as a reader sees it: the inline content
// between two block boundaries.
type htmlBlock struct {
	text      string    // white space collapsed; a single <br> is "\n"
	tag       atom.Atom // the block element that holds the text
	linkBytes int       // how many bytes of text stand inside <a>
}

// blocksOf renders the elements under root as paragraphs, in document order.
//
// Inline elements neither glue nor split words: their text is joined as it
// stands in the source and only then is white space collapsed, as a browser
// does. Two <br> in a row end a paragraph. Cells of a table row are separated
// by a space. A <q> element gets the quotation marks that a browser would draw.
// No-break spaces become spaces; soft hyphens, zero-width spaces and
// byte-order marks, which nobody sees, are dropped.
func blocksOf(root *html.Node) []htmlBlock {
	r := blockRenderer{tag: atom.Body}
	r.walk(root)
	r.flush()
	return r.blocks
}

type blockRenderer struct {
	blocks []htmlBlock
	buf    []byte    // the paragraph so far
	tag    atom.Atom // the nearest block element
	space  bool      // white space is pending
	breaks int       // <br> pending
	link   int       // depth of <a>
	pre    int       // depth of <pre>
	quotes int       // depth of <q>
	links  int       // bytes of buf inside <a>
}

// walk visits n and what is under it. The parser bounds the depth of the tree.
func (r *blockRenderer) walk(n *html.Node) {
	switch n.Type {
	case html.TextNode:
		r.writeText(n.Data)
		return
	case html.ElementNode:
	case html.DocumentNode:
		r.walkChildren(n)
		return
	default:
		return
	}
	switch a := elementOf(n); {
	case unseen(n, a):
	case a == atom.Br:
		r.space = false
		r.breaks++
		if r.breaks > 1 {
			r.flush()
		}
	case a == atom.Td || a == atom.Th:
		r.space = true
		r.walkChildren(n)
		r.space = true
	case a == atom.A:
		r.link++
		r.walkChildren(n)
		r.link--
	case a == atom.Q:
		opening, closing := "“", "”"
		if r.quotes%2 == 1 {
			opening, closing = "‘", "’"
		}
		marks := !opensWithMark(n)
		if marks {
			r.writeText(opening)
		}
		r.quotes++
		r.walkChildren(n)
		r.quotes--
		if marks {
			r.space = false // a browser draws the closing mark next to the word
			r.writeText(closing)
		}
	case isBlockElement(a):
		r.flush()
		outer := r.tag
		r.tag = a
		if a == atom.Pre {
			r.pre++
		}
		r.walkChildren(n)
		r.flush()
		if a == atom.Pre {
			r.pre--
		}
		r.tag = outer
	default:
		r.walkChildren(n)
	}
}

func (r *blockRenderer) walkChildren(n *html.Node) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		r.walk(c)
	}
}

// writeText appends s to the paragraph with white space collapsed.
func (r *blockRenderer) writeText(s string) {
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
		c, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case c == '\n' && r.pre > 0:
			r.space = false
			r.breaks++
			if r.breaks > 1 {
				r.flush()
			}
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

func (r *blockRenderer) write(s string) {
	before := len(r.buf)
	if before > 0 {
		if r.breaks > 0 {
			r.buf = append(r.buf, '\n')
		} else if r.space {
			r.buf = append(r.buf, ' ')
		}
	}
	r.space, r.breaks = false, 0
	r.buf = append(r.buf, s...)
	if r.link > 0 {
		r.links += len(r.buf) - before
	}
}

func (r *blockRenderer) flush() {
	if len(r.buf) > 0 {
		r.blocks = append(r.blocks, htmlBlock{string(r.buf), r.tag, r.links})
	}
	r.buf = r.buf[:0]
	r.space, r.breaks, r.links = false, 0, 0
}

// opensWithMark reports whether a <q> brings its own quotation marks.
func opensWithMark(n *html.Node) bool {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		for d := range descendantsAndSelf(c) {
			if d.Type != html.TextNode {
				continue
			}
			if t := strings.TrimSpace(d.Data); t != "" {
				first, _ := utf8.DecodeRuneInString(t)
				return strings.ContainsRune("\"'“”‘’«»„‚", first)
			}
		}
	}
	return false
}

func descendantsAndSelf(n *html.Node) func(yield func(*html.Node) bool) {
	return func(yield func(*html.Node) bool) {
		if !yield(n) {
			return
		}
		for d := range n.Descendants() {
			if !yield(d) {
				return
			}
		}
	}
}

// unseen reports whether a browser shows nothing of the element, or nothing
// that is text.
func unseen(n *html.Node, a atom.Atom) bool {
	switch a {
	case atom.Script, atom.Style, atom.Noscript, atom.Template, atom.Head, atom.Title,
		atom.Iframe, atom.Object, atom.Embed, atom.Svg, atom.Math, atom.Canvas,
		atom.Audio, atom.Video, atom.Select, atom.Textarea, atom.Datalist, atom.Input,
		atom.Rp, atom.Rt, atom.Map, atom.Noframes:
		return true
	}
	if isBlockElement(a) {
		// Bodies behind a consent or subscription layer are often hidden until a
		// script shows them: whether they are the article is the extractor's choice.
		return false
	}
	for _, attr := range n.Attr {
		switch attr.Key {
		case "hidden":
			return true
		case "style":
			if s := strings.ReplaceAll(attr.Val, " ", ""); strings.Contains(s, "display:none") {
				return true
			}
		}
	}
	return false
}

// elementOf returns the element's name; extractors make nodes without DataAtom.
func elementOf(n *html.Node) atom.Atom {
	if n.DataAtom != 0 {
		return n.DataAtom
	}
	return atom.Lookup([]byte(n.Data))
}

// isBlockElement reports whether the element begins a line of its own.
func isBlockElement(a atom.Atom) bool {
	switch a {
	case atom.Address, atom.Article, atom.Aside, atom.Blockquote, atom.Body, atom.Caption,
		atom.Center, atom.Dd, atom.Details, atom.Dialog, atom.Dir, atom.Div, atom.Dl, atom.Dt,
		atom.Fieldset, atom.Figcaption, atom.Figure, atom.Footer, atom.Form,
		atom.Frameset, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6,
		atom.Header, atom.Hgroup, atom.Hr, atom.Html, atom.Legend, atom.Li,
		atom.Main, atom.Menu, atom.Nav, atom.Ol, atom.Optgroup, atom.Option,
		atom.P, atom.Pre, atom.Section, atom.Summary, atom.Table, atom.Tbody,
		atom.Tfoot, atom.Thead, atom.Tr, atom.Ul:
		return true
	}
	return false
}
