package ingest

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/xml"
	"io"
	"strings"

	"github.com/onrecord-nlp/onrecord/pipeline"
	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/transform"
)

// readFeed reads the entries of an RSS, RDF or Atom feed. Entries are cut out
// by their tags before they are parsed, so that a feed of any length needs the
// memory of one entry, and a broken one costs no other. It reports whether to go
// on.
func (s *stream) readFeed(f file, src *source, enc encoding.Encoding) bool {
	head, _ := src.Peek(min(sniffBytes, src.Size()))
	declared := declaredCharset(head)
	if e, name := charset.Lookup(declared); enc == nil && name == "iso-2022-jp" {
		enc = e // in which tags cannot be told byte by byte
	}
	br := src.Reader
	if enc != nil {
		br = bufio.NewReaderSize(transform.NewReader(src, enc.NewDecoder()), readAhead)
		declared = ""
	}
	r := &entryReader{br: br, limit: s.opts.MaxRecord}
	language := ""
	number := int64(1)
	for ; ; number++ {
		e, err := r.next()
		if err == io.EOF {
			break
		}
		at := place{f.name, number, e.offset}
		if err != nil {
			return s.fail(readError(at, err))
		}
		if number == 1 {
			language = feedLanguage(r.head)
		}
		switch {
		case s.delivered():
			if s.ctx.Err() != nil {
				return false
			}
			continue
		case e.long:
			err := at.fail(TooLong, nil, "the entry is longer than the limit of %d bytes: raise the limit, or cut the entry", s.opts.MaxRecord)
			if !s.fail(err) {
				return false
			}
			continue
		case e.open:
			err := at.fail(BadFeed, nil, "the entry is not closed: it is cut off, or its end tag is missing; get the feed anew")
			if !s.fail(err) {
				return false
			}
			continue
		}
		data := bytes.Clone(e.data)
		if !s.start(len(data), func() outcome { return s.readEntry(at, data, declared, language) }) {
			return false
		}
	}
	if number == 1 {
		return s.fail(place{f.name, 0, -1}.fail(EmptyFile, nil, "the feed has no entries: take it out, or get it anew"))
	}
	return true
}

// readEntry makes a document of an entry.
func (s *stream) readEntry(at place, data []byte, declared, language string) outcome {
	text, dmg, err := decodeDeclared(data, nil, declared)
	doc := &pipeline.Document{Source: at.source(), ID: at.source()}
	if err != nil {
		return noEncoding(doc, at, dmg, err)
	}
	e, err := parseEntry(text)
	if err != nil {
		return outcome{err: at.fail(BadFeed, err, "the entry is no XML (%s): mend it or take it out", firstLine(err))}
	}
	doc.ID = cmp.Or(oneLine(e.id), doc.ID)
	doc.URL = oneLine(e.link)
	doc.Title = inlineText(e.title)
	doc.Byline = inlineText(strings.Join(e.authors, ", "))
	doc.Language = languageTag(cmp.Or(e.language, language))
	if doc.Published = parseDate(e.published); doc.Published.IsZero() {
		doc.Published = parseDate(e.updated)
	}
	body := e.content
	if strings.TrimSpace(body.text) == "" {
		body = e.summary
	}
	if strings.TrimSpace(body.text) == "" {
		err := at.fail(NoText, nil, "the entry has neither content nor a summary: take it out, or read the pages that it links to")
		err.DocID = doc.ID
		return outcome{err: err}
	}
	markup := s.opts.Markup
	if markup == MarkupAuto {
		markup = body.markup
	}
	return finishText(doc, at, body.text, dmg, markup)
}

// entryText is the text of an entry, and what it is.
type entryText struct {
	text   string
	markup Markup
}

// feedEntry is an entry of a feed.
type feedEntry struct {
	id, link, title, published, updated, language string
	authors                                       []string
	content, summary                              entryText
}

// parseEntry parses the element of an entry: <item> of RSS 0.9 to 2.0, <entry>
// of Atom (RFC 4287). The prefixes of names are those that feeds use, since what
// declares them stands outside of the entry.
func parseEntry(src string) (feedEntry, error) {
	var e feedEntry
	d := newXMLDecoder(src)
	root, err := nextElement(d)
	if err != nil {
		return e, err
	}
	e.language = attribute(root, "lang")
	for {
		el, err := nextElement(d)
		if err == io.EOF {
			return e, nil
		}
		if err != nil {
			return e, err
		}
		inner, err := readElement(d, src)
		if err != nil {
			return e, err
		}
		set := func(field *string, value string) {
			if *field == "" {
				*field = strings.TrimSpace(value)
			}
		}
		switch prefixOf(el.Name.Space) + strings.ToLower(el.Name.Local) {
		case "title":
			set(&e.title, inner.text)
		case "link":
			switch rel := attribute(el, "rel"); {
			case rel != "" && rel != "alternate":
			case attribute(el, "href") != "":
				set(&e.link, attribute(el, "href"))
			default:
				set(&e.link, inner.text)
			}
		case "guid", "id":
			set(&e.id, inner.text)
		case "pubdate", "published", "issued", "dc:date", "date":
			set(&e.published, inner.text)
		case "updated", "modified", "dcterms:modified":
			set(&e.updated, inner.text)
		case "language", "dc:language":
			set(&e.language, inner.text)
		case "author", "dc:creator":
			name := cmp.Or(inner.name, inner.text)
			if _, after, ok := strings.Cut(name, "("); ok && strings.Contains(name, "@") {
				name, _, _ = strings.Cut(after, ")") // jane@example.org (Jane Doe)
			}
			if name = strings.TrimSpace(name); name != "" {
				e.authors = append(e.authors, name)
			}
		case "description", "summary":
			if e.summary.text == "" {
				e.summary = textOfElement(el, inner)
			}
		case "content", "content:encoded", "encoded":
			if t := textOfElement(el, inner); len(t.text) > len(e.content.text) {
				e.content = t
			}
		}
	}
}

// textOfElement is the text of a description or content element.
func textOfElement(el xml.StartElement, in inner) entryText {
	switch kind := strings.ToLower(attribute(el, "type")); {
	case kind == "xhtml", strings.HasSuffix(kind, "+xml"):
		return entryText{in.source, MarkupHTML}
	case kind == "text", kind == "text/plain":
		return entryText{in.text, MarkupPlain}
	case strings.Contains(kind, "html"):
		return entryText{in.text, MarkupHTML}
	case attribute(el, "src") != "" && strings.TrimSpace(in.text) == "":
		return entryText{}
	case hasTag(in.text):
		return entryText{in.text, MarkupHTML}
	}
	return entryText{in.text, MarkupAuto}
}

// hasTag reports whether s holds what looks like a tag of HTML.
func hasTag(s string) bool {
	for {
		i := strings.IndexByte(s, '<')
		if i < 0 || i+1 == len(s) {
			return false
		}
		s = s[i+1:]
		if c := s[0] | 0x20; (c >= 'a' && c <= 'z' || s[0] == '/') && strings.IndexByte(s, '>') > 0 {
			return true
		}
	}
}

// prefixOf returns the usual prefix of a name space, with its colon: "" is that
// of feeds themselves.
func prefixOf(space string) string {
	switch {
	case space == "" || strings.Contains(space, "Atom") || strings.Contains(space, "purl.org/atom") ||
		strings.Contains(space, "purl.org/rss/1.0/") && !strings.Contains(space, "modules") || space == "atom" || space == "rss":
		return ""
	case strings.Contains(space, "/modules/content"):
		return "content:"
	case strings.Contains(space, "/dc/elements"):
		return "dc:"
	case strings.Contains(space, "/dc/terms"):
		return "dcterms:"
	}
	return space + ":"
}

func newXMLDecoder(src string) *xml.Decoder {
	d := xml.NewDecoder(strings.NewReader(src))
	d.Strict = false
	d.Entity = xml.HTMLEntity
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil } // it is UTF-8 by now
	return d
}

// nextElement goes to the next element that begins. At the end of the element
// around it, or of everything, the error is io.EOF.
func nextElement(d *xml.Decoder) (xml.StartElement, error) {
	for {
		t, err := d.Token()
		if err != nil {
			return xml.StartElement{}, err
		}
		switch t := t.(type) {
		case xml.StartElement:
			return t, nil
		case xml.EndElement:
			return xml.StartElement{}, io.EOF
		}
	}
}

// inner is what stands within an element.
type inner struct {
	text   string // of all elements in it
	name   string // of the first element in it that is called so
	source string // as it stands
}

// readElement reads to the end of an element that has begun in src.
func readElement(d *xml.Decoder, src string) (inner, error) {
	var in inner
	var b strings.Builder
	start := d.InputOffset()
	naming := -1 // where the name begins in b
	for depth := 1; ; {
		end := d.InputOffset()
		t, err := d.Token()
		if err != nil {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return in, err
		}
		switch t := t.(type) {
		case xml.StartElement:
			depth++
			if t.Name.Local == "name" && in.name == "" {
				naming = b.Len()
			}
		case xml.EndElement:
			depth--
			if naming >= 0 {
				in.name, naming = b.String()[naming:], -1
			}
			if depth == 0 {
				in.text, in.source = b.String(), src[start:end]
				return in, nil
			}
		case xml.CharData:
			b.Write(t)
		}
	}
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// feedLanguage returns the language that a feed says it is in, given what
// stands before its first entry.
func feedLanguage(head []byte) string {
	d := newXMLDecoder(strings.ToValidUTF8(string(head), "\uFFFD"))
	for {
		el, err := nextElement(d)
		if err == io.EOF && d.InputOffset() < int64(len(head)) {
			continue // the end of an element
		}
		if err != nil {
			return ""
		}
		if l := attribute(el, "lang"); l != "" {
			return l
		}
		if el.Name.Local == "language" {
			if t, err := d.Token(); err == nil {
				if c, ok := t.(xml.CharData); ok {
					return string(c)
				}
			}
		}
	}
}

// entryReader cuts the entries out of a feed. It holds no more than one.
type entryReader struct {
	br     *bufio.Reader
	limit  int   // the longest entry in bytes
	offset int64 // of the next byte of br
	head   []byte
	buf    []byte
	opened []byte // the tag of an entry that has begun already
	chunk  []byte // scratch
}

// entry is an entry as it stands, from its tag to its end tag. data is good
// until the next one is read.
type entry struct {
	data   []byte
	offset int64
	long   bool // longer than the limit; data is nil
	open   bool // the end tag is missing
}

// headBytes is how much is kept of what stands before the first entry.
const headBytes = 64 << 10

// next returns the next entry. At the end of the feed the error is io.EOF.
func (r *entryReader) next() (entry, error) {
	if cap(r.buf) > keepBuffer {
		r.buf = nil
	}
	r.buf = r.buf[:0]
	var e entry
	var name []byte // of the entry's tag
	if r.opened != nil {
		e.offset = r.offset - int64(len(r.opened))
		r.buf = append(r.buf, r.opened...)
		name, r.opened = tagName(r.opened), nil
	}
	within := "" // what ends a comment or a section of characters
	for {
		chunk, err := r.toBracket()
		if err != nil && (err != io.EOF || name == nil) {
			return e, err
		}
		tag := chunk
		switch {
		case err == io.EOF:
		case within != "":
			if bytes.HasSuffix(chunk, []byte(within)) {
				within = ""
			}
			tag = nil
		default:
			tag = tagIn(chunk)
			for _, section := range [...][2]string{{"<![CDATA[", "]]>"}, {"<!--", "-->"}} {
				if bytes.HasPrefix(tag, []byte(section[0])) {
					if !bytes.HasSuffix(tag, []byte(section[1])) {
						within = section[1]
					}
					tag = nil
				}
			}
		}
		if name == nil {
			if len(r.head)+len(chunk) <= headBytes && e.offset == 0 {
				r.head = append(r.head, chunk...)
			}
			if isEntryTag(tag) {
				name = bytes.Clone(tagName(tag))
				e.offset = r.offset - int64(len(tag))
				r.keep(&e, tag)
			}
			continue
		}
		if err == nil && isEntryTag(tag) && bytes.Equal(tagName(tag), name) {
			r.opened = bytes.Clone(tag)
		}
		if err == io.EOF || r.opened != nil {
			e.open = true
			return e, nil
		}
		r.keep(&e, chunk)
		if len(tag) > 2 && tag[1] == '/' && bytes.Equal(tagName(tag[1:]), name) {
			if !e.long {
				e.data = clean(r.buf)
			}
			return e, nil
		}
	}
}

// keep adds a chunk to the entry as long as it is within the limit.
func (r *entryReader) keep(e *entry, chunk []byte) {
	if e.long = e.long || len(r.buf)+len(chunk) > r.limit; e.long {
		r.buf = nil
		return
	}
	r.buf = append(r.buf, chunk...)
}

// toBracket returns what comes up to and with the next ">". Of what is longer
// than the limit only the end is kept.
func (r *entryReader) toBracket() ([]byte, error) {
	r.chunk = r.chunk[:0]
	for {
		part, err := r.br.ReadSlice('>')
		r.offset += int64(len(part))
		if err == nil && len(r.chunk) == 0 {
			return part, nil
		}
		r.chunk = append(r.chunk, part...)
		if err != bufio.ErrBufferFull {
			return r.chunk, err
		}
		if over := len(r.chunk) - max(r.limit, 1024); over > 0 {
			r.chunk = r.chunk[:copy(r.chunk, r.chunk[over:])]
		}
	}
}

// tagIn returns the tag at the end of a chunk, or nil.
func tagIn(chunk []byte) []byte {
	for i := 0; ; {
		n := bytes.IndexByte(chunk[i:], '<')
		if n < 0 || i+n+1 == len(chunk) {
			return nil
		}
		i += n
		if c := chunk[i+1]; c == '/' || c == '!' || c == '?' || isNameByte(c) {
			return chunk[i:]
		}
		i++
	}
}

// tagName returns the name in a tag, with its prefix.
func tagName(tag []byte) []byte {
	n := 1
	for n < len(tag) && tag[n] != '>' && tag[n] != '/' && tag[n] > ' ' {
		n++
	}
	return tag[1:n]
}

// isEntryTag reports whether an entry begins with the tag.
func isEntryTag(tag []byte) bool {
	if len(tag) < 6 || tag[0] != '<' || tag[len(tag)-2] == '/' {
		return false
	}
	name := tagName(tag)
	name = name[bytes.IndexByte(name, ':')+1:]
	return string(name) == "item" || string(name) == "entry"
}

// clean puts spaces in the place of characters that XML forbids, which writers
// of feeds let through.
func clean(data []byte) []byte {
	for i, c := range data {
		if c < ' ' && c != '\n' && c != '\t' && c != '\r' {
			data[i] = ' '
		}
	}
	return data
}
