package markup

import (
	"strings"

	"golang.org/x/net/html/atom"
)

// maxDepth is how many elements may be open at once. Those beyond are passed
// over, their text is not.
const maxDepth = 512

// open is an element that has begun and not ended.
type open struct {
	tag     atom.Atom
	name    string // where tag is 0
	element int32
	block   int32 // the nearest block element, an index of reader.stack, itself included; -1 for none
	quote   quote
	capture capture
	slot    int32 // where the captured text goes
	isBlock bool
	link    bool
	hidden  bool // nothing in it is shown
}

// start opens an element.
func (r *reader) start(s *scanner) {
	tag := lookup(s.name)
	var a attributes
	switch tag {
	case atom.Br:
		r.lineBreak()
		return
	case atom.Meta:
		r.meta(s.attributes)
		return
	case atom.Link:
		r.link(s.attributes)
		return
	case atom.Script:
		r.script = isLinkedData(s.attributes)
		return
	case atom.Title:
		r.title = r.hidden == 0 && !r.titled
		return
	case atom.Html:
		a.read(r, s.attributes)
		r.page.Language = a.lang
		return
	case atom.Head, atom.Style, atom.Noscript, atom.Noembed, atom.Noframes, atom.Iframe, atom.Textarea, atom.Plaintext:
		return
	case atom.Area, atom.Base, atom.Col, atom.Embed, atom.Img, atom.Input, atom.Param, atom.Source, atom.Track, atom.Wbr:
		return
	case atom.Hr:
		r.flush()
		return
	case atom.Body:
		r.closeTo(0)
	}
	if r.hidden > 0 && s.selfClosing {
		return // in a drawing
	}
	if len(r.stack) >= maxDepth {
		r.deeper++
		if isBlockElement(tag) {
			r.flush()
		}
		return
	}
	r.closeBefore(tag)
	from := int32(len(r.page.words))
	a.read(r, s.attributes)
	e := open{tag: tag, element: int32(len(r.page.Elements)), block: r.block(), isBlock: isBlockElement(tag)}
	if tag == 0 {
		e.name = s.name
	}
	if e.isBlock {
		r.flush()
		e.block = int32(len(r.stack))
	}
	r.page.Elements = append(r.page.Elements, Element{
		Tag: tag, Parent: r.element(), Sign: a.sign ^ uint32(tag)*0x9E3779B1, Hidden: a.hidden,
		from: from, to: int32(len(r.page.words)),
	})
	// Bodies behind a consent or subscription layer are often hidden until a
	// script shows them: whether they are the article is not said here.
	e.hidden = unseen(tag) || a.hidden && !e.isBlock
	if e.hidden {
		r.hidden++
	}
	switch tag {
	case atom.Td, atom.Th:
		r.space = true
	case atom.A:
		e.link = true
		r.links++
	case atom.Q:
		e.quote = quoteAwaited
		r.awaited++
	case atom.Pre:
		r.pre++
	case atom.P:
		r.paragraphs++
	}
	if r.hidden == 0 {
		r.beginCapture(&e, &a)
	}
	r.stack = append(r.stack, e)
}

// end closes the nearest element of the name. What was opened within it and not
// closed ends too.
func (r *reader) end(name string) {
	tag := lookup(name)
	switch tag {
	case atom.Body, atom.Html, atom.Head:
		return
	case atom.Br:
		r.lineBreak()
		return
	}
	if r.deeper > 0 {
		r.deeper--
		if isBlockElement(tag) {
			r.flush()
		}
		return
	}
	inline := !isBlockElement(tag)
	table := tag == atom.Table || tag == atom.Td || tag == atom.Th || tag == atom.Tr || tag == atom.Tbody || tag == atom.Thead || tag == atom.Tfoot
	for i := len(r.stack) - 1; i >= 0; i-- {
		e := &r.stack[i]
		if e.tag == tag && (tag != 0 || strings.EqualFold(e.name, name)) {
			if inline && int(r.block()) > i {
				// A block stands between the two: it goes on, and what was a
				// link ends here.
				if e.link {
					e.link = false
					r.links--
				}
				return
			}
			r.closeTo(i)
			return
		}
		if e.tag == atom.Table || !table && (e.tag == atom.Td || e.tag == atom.Th || e.tag == atom.Caption) {
			break
		}
	}
	if tag == atom.P {
		r.flush()
	}
}

// closeBefore closes the elements that end where one of the tag begins.
func (r *reader) closeBefore(tag atom.Atom) {
	switch tag {
	case atom.Li:
		r.closeNearest(func(t atom.Atom) bool { return t == atom.Li }, isSpecial)
	case atom.Dd, atom.Dt:
		r.closeNearest(func(t atom.Atom) bool { return t == atom.Dd || t == atom.Dt }, isSpecial)
	case atom.Td, atom.Th:
		r.closeNearest(func(t atom.Atom) bool { return t == atom.Td || t == atom.Th }, isTable)
	case atom.Tr:
		r.closeNearest(func(t atom.Atom) bool { return t == atom.Tr }, isTable)
	case atom.Tbody, atom.Thead, atom.Tfoot:
		r.closeNearest(func(t atom.Atom) bool { return t == atom.Tbody || t == atom.Thead || t == atom.Tfoot }, isTable)
	case atom.A:
		if r.links > 0 {
			for i := len(r.stack) - 1; i >= 0; i-- {
				if e := &r.stack[i]; e.link {
					if int(r.block()) > i {
						e.link = false
						r.links--
					} else {
						r.closeTo(i)
					}
					return
				}
			}
		}
		return
	}
	if r.paragraphs > 0 && closesParagraph(tag) {
		r.closeNearest(func(t atom.Atom) bool { return t == atom.P }, func(t atom.Atom) bool {
			switch t {
			case atom.Table, atom.Td, atom.Th, atom.Caption, atom.Button, atom.Object, atom.Template, atom.Marquee:
				return true
			}
			return false
		})
	}
	if n := len(r.stack); n > 0 && isHeading(tag) && isHeading(r.stack[n-1].tag) {
		r.closeTo(n - 1)
	}
}

// closeNearest closes the nearest element that is of the kind, unless a barrier
// stands before it.
func (r *reader) closeNearest(is, barrier func(atom.Atom) bool) {
	for i := len(r.stack) - 1; i >= 0; i-- {
		if t := r.stack[i].tag; is(t) {
			r.closeTo(i)
			return
		} else if barrier(t) {
			return
		}
	}
}

// closeTo closes elements until n are open.
func (r *reader) closeTo(n int) {
	for len(r.stack) > n {
		e := &r.stack[len(r.stack)-1]
		switch e.tag {
		case atom.Td, atom.Th:
			r.space = true
		case atom.Pre:
			r.flush()
			r.pre--
		case atom.P:
			r.paragraphs--
		}
		switch e.quote {
		case quoteAwaited:
			r.awaited--
		case quoteMarked, quoteOwn:
			r.quotes--
			if e.quote == quoteMarked {
				r.space = false // a browser draws the closing mark next to the word
				r.write(closingMark(r.quotes))
			}
		}
		if e.link {
			r.links--
		}
		if e.isBlock {
			r.flush()
		}
		if e.hidden {
			r.hidden--
		}
		r.endCapture(e)
		r.stack = r.stack[:len(r.stack)-1]
	}
}

// element returns the innermost open element, an index of Page.Elements.
func (r *reader) element() int32 {
	if len(r.stack) == 0 {
		return -1
	}
	return r.stack[len(r.stack)-1].element
}

// block returns the innermost open block element, an index of the stack.
func (r *reader) block() int32 {
	if len(r.stack) == 0 {
		return -1
	}
	return r.stack[len(r.stack)-1].block
}

// lookup returns the atom of a tag's name, in any case, or 0.
func lookup(name string) atom.Atom {
	var buf [16]byte
	if len(name) > len(buf) {
		return 0
	}
	for i := range len(name) {
		c := name[i]
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		buf[i] = c
	}
	return atom.Lookup(buf[:len(name)])
}

// unseen reports whether a browser shows nothing of the element, or nothing
// that is text.
func unseen(a atom.Atom) bool {
	switch a {
	case atom.Template, atom.Object, atom.Svg, atom.Math, atom.Canvas, atom.Audio, atom.Video,
		atom.Select, atom.Datalist, atom.Rp, atom.Rt, atom.Map:
		return true
	}
	return false
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

// closesParagraph reports whether an open p ends where the element begins.
func closesParagraph(a atom.Atom) bool {
	switch a {
	case atom.Body, atom.Caption, atom.Html, atom.Legend, atom.Optgroup, atom.Option, atom.Tbody, atom.Tfoot, atom.Thead, atom.Tr, atom.Frameset:
		return false
	}
	return isBlockElement(a)
}

func isHeading(a atom.Atom) bool {
	switch a {
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		return true
	}
	return false
}

func isTable(a atom.Atom) bool { return a == atom.Table }

// isSpecial reports whether the element keeps what follows in it from closing a
// list item around it.
func isSpecial(a atom.Atom) bool {
	return isBlockElement(a) && a != atom.Address && a != atom.Div && a != atom.P || a == atom.Td || a == atom.Th
}
