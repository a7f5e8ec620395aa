package markup

import (
	"strings"

	"golang.org/x/net/html/atom"
)

// attributes is what is read of an element's attributes.
type attributes struct {
	class, rel, itemprop, lang, datetime, content, href string
	hidden                                              bool
	sign                                                uint32 // of the class
}

// read reads the attributes of a start tag, and appends the words of those that
// tell what the element is for to the page's.
func (a *attributes) read(r *reader, src string) {
	from := len(r.page.words)
	s := attributeScanner{src: src}
	for s.next() {
		switch key := s.key; {
		case fold(key, "class"):
			if a.class == "" {
				a.class = s.value
				a.sign = hash(s.value)
				r.page.words = appendWords(r.page.words, from, s.value)
			}
		case fold(key, "id"), fold(key, "role"), fold(key, "data-component"), fold(key, "data-testid"), fold(key, "data-type"):
			r.page.words = appendWords(r.page.words, from, s.value)
		case fold(key, "itemprop"):
			a.itemprop = s.value
			r.page.words = appendWords(r.page.words, from, s.value)
		case fold(key, "rel"):
			a.rel = s.value
		case fold(key, "lang"):
			a.lang = s.value
		case fold(key, "content"):
			a.content = s.value
		case fold(key, "href"):
			a.href = s.value
		case fold(key, "datetime"):
			a.datetime = s.value
		case fold(key, "hidden"):
			a.hidden = true
		case fold(key, "style"):
			a.hidden = a.hidden || hides(s.value)
		}
	}
}

// hides reports whether a style says that the element is not shown.
func hides(style string) bool {
	i := strings.Index(style, "display")
	if i < 0 {
		return false
	}
	rest, ok := strings.CutPrefix(strings.TrimLeft(style[i+len("display"):], " "), ":")
	return ok && strings.HasPrefix(strings.TrimLeft(rest, " "), "none")
}

// maxWords is how many words are taken of an element.
const maxWords = 12

// appendWords appends hashes of the words in s to words, of which those from
// index from on are the element's: runs of letters, cut where a capital follows
// a small letter.
func appendWords(words []uint32, from int, s string) []uint32 {
	for i := 0; i < len(s) && len(words)-from < maxWords; {
		if !isLetter(s[i]) {
			i++
			continue
		}
		start := i
		h := uint32(2166136261)
		for i < len(s) && isLetter(s[i]) && (i == start || s[i]|0x20 == s[i] || s[i-1]|0x20 != s[i-1]) {
			h = (h ^ uint32(s[i]|0x20)) * 16777619
			i++
		}
		if n := i - start; n >= 2 && n <= 24 {
			words = append(words, h)
		}
	}
	return words
}

// hash is FNV-1a.
func hash(s string) uint32 {
	h := uint32(2166136261)
	for i := range len(s) {
		h = (h ^ uint32(s[i])) * 16777619
	}
	return h
}

func (r *reader) meta(src string) {
	var names [4]string // in the order of trust
	content := ""
	s := attributeScanner{src: src}
	for s.next() {
		switch {
		case fold(s.key, "content"):
			content = s.value
		case fold(s.key, "property"):
			names[0] = s.value
		case fold(s.key, "name"):
			names[1] = s.value
		case fold(s.key, "itemprop"):
			names[2] = s.value
		case fold(s.key, "http-equiv"):
			names[3] = s.value
		}
	}
	if strings.TrimSpace(content) == "" {
		return
	}
	content = Unescape(content)
	for _, name := range names {
		if name = strings.TrimSpace(name); name != "" {
			r.page.Metas = append(r.page.Metas, Meta{strings.ToLower(name), content})
		}
	}
}

func (r *reader) link(src string) {
	rel, href := "", ""
	s := attributeScanner{src: src}
	for s.next() {
		switch {
		case fold(s.key, "rel"):
			rel = s.value
		case fold(s.key, "href"):
			href = s.value
		}
	}
	if r.page.Canonical == "" && strings.EqualFold(strings.TrimSpace(rel), "canonical") {
		r.page.Canonical = Unescape(href)
	}
}

func isLinkedData(src string) bool {
	s := attributeScanner{src: src}
	for s.next() {
		if fold(s.key, "type") {
			return strings.EqualFold(strings.TrimSpace(s.value), "application/ld+json")
		}
	}
	return false
}

// capture says what the text of an element is kept as.
type capture uint8

const (
	noCapture capture = iota
	aHeading
	aTime
	anAuthor
	aByline
	aBylink
)

const (
	maxCaptures = 8    // at once
	maxCaptured = 1000 // bytes of one
	maxAuthors  = 8
	maxTimes    = 64
)

// captured is the text of an element that is being kept.
type captured struct {
	text   []byte
	spaced bool // texts of different elements are kept apart
}

// beginCapture keeps the text of an element that says who wrote the article, when
// or what it is called.
func (r *reader) beginCapture(e *open, a *attributes) {
	if fold(a.itemprop, "datepublished") {
		if date := max(a.content, a.datetime); date != "" {
			r.page.Metas = append(r.page.Metas, Meta{"datepublished", Unescape(date)})
		}
	}
	if a.datetime != "" && e.tag == atom.Time && len(r.page.Times) < maxTimes {
		r.page.Times = append(r.page.Times, a.datetime)
		return
	}
	if len(r.captures) == maxCaptures {
		return
	}
	switch {
	case e.tag == atom.H1:
		e.capture, e.slot = aHeading, int32(len(r.page.Headings))
		r.page.Headings = append(r.page.Headings, "")
	case strings.EqualFold(a.rel, "author") || strings.EqualFold(a.itemprop, "author"):
		if len(r.page.Authors) == maxAuthors {
			return
		}
		e.capture, e.slot = anAuthor, int32(len(r.page.Authors))
		r.page.Authors = append(r.page.Authors, "")
	case e.tag == atom.A && len(r.page.Bylinks) < maxAuthors && isAuthorPage(a.href):
		e.capture, e.slot = aBylink, int32(len(r.page.Bylinks))
		r.page.Bylinks = append(r.page.Bylinks, "")
	case a.class == "" && e.tag != atom.Time:
		return
	case e.tag == atom.Time || isDate(a.class):
		if len(r.page.Times) == maxTimes {
			return
		}
		e.capture, e.slot = aTime, int32(len(r.page.Times))
		r.page.Times = append(r.page.Times, "")
	case r.page.Byline == "" && isByline(a.class):
		e.capture = aByline
	default:
		return
	}
	r.captures = append(r.captures, captured{spaced: e.capture != aHeading})
}

func (r *reader) capture(s string) {
	for i := range r.captures {
		c := &r.captures[i]
		if len(c.text) < maxCaptured {
			c.text = append(c.text, s...)
			if c.spaced {
				c.text = append(c.text, ' ')
			}
		}
	}
}

// endCapture ends the capture that the element began.
func (r *reader) endCapture(e *open) {
	if e.capture == noCapture {
		return
	}
	last := len(r.captures) - 1
	s := string(r.captures[last].text)
	r.captures = r.captures[:last]
	switch e.capture {
	case aHeading:
		r.page.Headings[e.slot] = s
	case aTime:
		r.page.Times[e.slot] = s
	case anAuthor:
		r.page.Authors[e.slot] = s
	case aBylink:
		r.page.Bylinks[e.slot] = s
	case aByline:
		if s = strings.Join(strings.Fields(s), " "); r.page.Byline == "" && len(s) <= 160 {
			r.page.Byline = s
		}
	}
}

// isByline reports whether one of the classes is one that many sites give to the
// element that shows the author.
func isByline(classes string) bool {
	for len(classes) > 0 {
		i := 0
		for i < len(classes) && !isSpace(classes[i]) {
			i++
		}
		if c := classes[:i]; i >= len("author") && i <= len("c-byline__author") {
			for _, name := range bylineClasses {
				if fold(c, name) {
					return true
				}
			}
		}
		classes = classes[min(i+1, len(classes)):]
	}
	return false
}

var bylineClasses = [...]string{"author", "author-name", "authorname", "author_name", "byline-name", "byline__name",
	"byline__author", "article-author", "article__author", "article-byline", "byline", "c-byline__author",
	"author__name", "article__byline", "post-author", "entry-author"}

// isDate reports whether one of the words of which the classes are made is what
// sites call the date of an article.
func isDate(classes string) bool {
	for i := 0; i < len(classes); {
		if !isLetter(classes[i]) {
			i++
			continue
		}
		start := i
		for i < len(classes) && isLetter(classes[i]) {
			i++
		}
		switch w := classes[start:i]; len(w) {
		case 4:
			if fold(w, "date") {
				return true
			}
		case 6:
			if fold(w, "posted") {
				return true
			}
		case 7:
			if fold(w, "pubdate") {
				return true
			}
		case 8:
			if fold(w, "dateline") || fold(w, "datetime") {
				return true
			}
		case 9:
			if fold(w, "published") || fold(w, "timestamp") {
				return true
			}
		}
	}
	return false
}

// isAuthorPage reports whether an address is that of an author's page.
func isAuthorPage(href string) bool {
	return strings.Contains(href, "/author/") || strings.Contains(href, "/authors/") || strings.Contains(href, "/staff/") ||
		strings.Contains(href, "/contributor/") || strings.Contains(href, "/contributors/")
}
