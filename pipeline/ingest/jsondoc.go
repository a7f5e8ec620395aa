package ingest

import (
	"bytes"
	"slices"
	"strings"

	"github.com/onrecord-nlp/onrecord/pipeline"
)

// Fields names the fields of a JSON record, or the columns of a table. A name left empty is found: among
// the usual names of that field the one that stands first in [UsualFields] and
// is not empty in the record. A name given is taken as it is written; a dot
// leads into an object ("article.body").
type Fields struct {
	ID, URL, Title, Byline, Published, Language, Text string
}

// role is what a field of a record is to the document.
type role uint8

const (
	roleID role = iota
	roleURL
	roleTitle
	roleByline
	rolePublished
	roleLanguage
	roleText
	numRoles
)

var roleNames = [numRoles]string{"id", "url", "title", "byline", "published", "language", "text"}

// usualFields lists the names by which each role is known, the likeliest first,
// in lower case and without "_", "-" and spaces.
var usualFields = [numRoles][]string{
	roleID: {"id", "docid", "documentid", "articleid", "uuid", "guid"},
	roleURL: {"url", "link", "articleurl", "canonicalurl", "permalink", "weburl", "sourceurl", "pageurl", "uri", "href",
		"canonicallink"},
	roleTitle: {"title", "headline", "articletitle", "webtitle", "heading", "ogtitle"},
	roleByline: {"byline", "author", "authors", "articleauthor", "authorname", "authornames", "writer", "writers",
		"creator", "journalist"},
	rolePublished: {"published", "publishedat", "publisheddate", "publishdate", "datepublished", "datepublish",
		"publicationdate", "pubdate", "date", "datetime", "webpublicationdate", "firstpublished", "articledate",
		"dateposted", "postedat", "createdat", "created", "datecreated"},
	roleLanguage: {"language", "lang", "languagecode", "langcode", "inlanguage"},
	roleText: {"text", "body", "content", "maintext", "articlebody", "articletext", "articlecontent", "article",
		"fulltext", "bodytext", "contenttext", "plaintext", "cleantext", "cleanedtext", "textcontent", "story",
		"storytext", "paragraphs", "rawtext", "bodyhtml", "contenthtml", "articlehtml", "html",
		"rawhtml"},
}

// wrappers are objects in whose fields the document may stand one level down,
// where nothing on the top level is named so.
var wrappers = []string{"article", "source", "fields", "data", "document", "doc", "item", "post", "story", "record",
	"metadata", "meta", "attributes", "properties", "thread", "result"}

// UsualFields returns, for each field of [Fields] by its name in lower case,
// the names that are found by themselves, the likeliest first. Case, "_", "-"
// and spaces in a record's own names make no difference.
func UsualFields() map[string][]string {
	m := make(map[string][]string, numRoles)
	for r, names := range usualFields {
		m[roleNames[r]] = slices.Clone(names)
	}
	return m
}

// rank is a role and how far down the list of its names a name stands.
type rank struct {
	role  role
	place int
}

// fieldFinder finds the fields of records. It is immutable.
type fieldFinder struct {
	usual    map[string][]rank // by folded name
	wrappers map[string]bool
	named    [numRoles]string // by the user; "" is found by itself
}

func newFieldFinder(f Fields) *fieldFinder {
	ff := &fieldFinder{
		usual:    make(map[string][]rank),
		wrappers: make(map[string]bool),
		named:    [numRoles]string{f.ID, f.URL, f.Title, f.Byline, f.Published, f.Language, f.Text},
	}
	for r, names := range usualFields {
		if ff.named[r] != "" {
			continue
		}
		for place, name := range names {
			ff.usual[name] = append(ff.usual[name], rank{role(r), place})
		}
	}
	for _, w := range wrappers {
		ff.wrappers[w] = true
	}
	return ff
}

// found is where the values of the roles stand in a record.
type found struct {
	value [numRoles]value
	place [numRoles]int // 1 and up; 0 is not found
}

// nested is added to the place of a field within a wrapper.
const nested = 1000

// find scans the object that begins at data[i]. It returns the index after it.
func (ff *fieldFinder) find(data []byte, i int) (found, int, *syntaxError) {
	var f found
	end, err := scanObject(data, i, 0, func(key []byte, v value) {
		ff.take(&f, data, key, v, 0)
		for r, name := range ff.named {
			if name != "" {
				ff.takeNamed(&f, data, role(r), name, key, v)
			}
		}
	})
	return f, end, err
}

func (ff *fieldFinder) take(f *found, data, key []byte, v value, level int) {
	var buf [24]byte
	name, ok := fold(buf[:0], key)
	if !ok {
		return
	}
	if v.kind == nullValue || v.kind == stringValue && v.end-v.start == 2 {
		return
	}
	for _, r := range ff.usual[string(name)] {
		if !fits(r.role, v, level) {
			continue
		}
		place := r.place + 1 + level*nested
		if r.role == roleText && v.kind == objectValue {
			place += 2 * nested // what stands within a wrapper is surer
		}
		if f.place[r.role] == 0 || place <= f.place[r.role] { // of two fields of one name the later counts
			f.value[r.role], f.place[r.role] = v, place
		}
	}
	if v.kind == objectValue && level == 0 && ff.wrappers[string(name)] {
		// The syntax was checked on the way to v.end.
		scanObject(data, v.start, 1, func(key []byte, v value) { ff.take(f, data, key, v, 1) })
	}
}

// fits reports whether a value of this kind can play the role.
func fits(r role, v value, level int) bool {
	switch r {
	case roleID:
		return level == 0 && (v.kind == stringValue || v.kind == numberValue)
	case rolePublished:
		return v.kind == stringValue || v.kind == numberValue
	case roleURL, roleLanguage:
		return v.kind == stringValue
	}
	return v.kind == stringValue || v.kind == arrayValue || v.kind == objectValue
}

// takeNamed takes the value of a field that the user named.
func (ff *fieldFinder) takeNamed(f *found, data []byte, r role, path string, key []byte, v value) {
	if string(key) == path {
		f.value[r], f.place[r] = v, 1
		return
	}
	if v.kind == objectValue && len(path) > len(key) && path[len(key)] == '.' && path[:len(key)] == string(key) {
		scanObject(data, v.start, 1, func(k []byte, v value) { ff.takeNamed(f, data, r, path[len(key)+1:], k, v) })
	}
}

// fold appends key to buf in lower case and without "_", "-" and spaces. It
// reports false for a key too long to be a usual one.
func fold(buf, key []byte) ([]byte, bool) {
	for _, c := range key {
		switch {
		case c == '_' || c == '-' || c == ' ':
			continue
		case c >= 'A' && c <= 'Z':
			c += 'a' - 'A'
		}
		if len(buf) == cap(buf) {
			return nil, false
		}
		buf = append(buf, c)
	}
	return buf, true
}

// jsonDocument makes a document of a record's fields. Its text is still as the
// record has it. lone counts halves of surrogate pairs that became U+FFFD in it.
func jsonDocument(data []byte, f *found) (doc *pipeline.Document, lone int) {
	doc = new(pipeline.Document)
	if f.place[roleID] > 0 {
		if v := f.value[roleID]; v.kind == numberValue {
			doc.ID = string(data[v.start:v.end])
		} else {
			doc.ID, _ = flatten(data, v, "")
		}
		doc.ID = oneLine(doc.ID)
	}
	get := func(r role, sep string) string {
		if f.place[r] == 0 {
			return ""
		}
		s, _ := flatten(data, f.value[r], sep)
		return s
	}
	doc.URL = oneLine(get(roleURL, " "))
	doc.Title = inlineText(get(roleTitle, " "))
	doc.Byline = inlineText(get(roleByline, ", "))
	doc.Language = languageTag(get(roleLanguage, " "))
	if f.place[rolePublished] > 0 {
		v := f.value[rolePublished]
		if v.kind == numberValue {
			doc.Published = parseDate(string(data[v.start:v.end]))
		} else {
			doc.Published = parseDate(get(rolePublished, " "))
		}
	}
	if f.place[roleText] > 0 {
		doc.Text, lone = flatten(data, f.value[roleText], "\n\n")
	}
	return doc, lone
}

// flatten returns a value's text: a string's own, the elements of an array
// joined by sep, of an object its name, text or rendered form.
func flatten(data []byte, v value, sep string) (s string, lone int) {
	switch v.kind {
	case stringValue:
		return unquote(data, v)
	case arrayValue:
		var parts []string
		scanArray(data, v.start, 1, func(e value) {
			if e.kind == arrayValue {
				return
			}
			if part, n := flatten(data, e, sep); strings.TrimSpace(part) != "" {
				parts = append(parts, part)
				lone += n
			}
		})
		return strings.Join(parts, sep), lone
	case objectValue:
		best := len(textOfObject)
		var chosen value
		scanObject(data, v.start, 1, func(key []byte, v value) {
			if v.kind != stringValue {
				return
			}
			for place, name := range textOfObject[:best] {
				if bytes.EqualFold(key, []byte(name)) {
					best, chosen = place, v
					return
				}
			}
		})
		if best < len(textOfObject) {
			return unquote(data, chosen)
		}
	}
	return "", 0
}

// textOfObject lists the fields that hold an object's text, as in
// {"author": {"name": …}} or {"content": {"rendered": …}}.
var textOfObject = []string{"text", "rendered", "name", "main", "body", "content", "value", "#text", "plain", "html"}

// fieldNames lists the keys of an object for a message.
func fieldNames(data []byte, i int) string {
	var names []string
	scanObject(data, i, 0, func(key []byte, _ value) {
		if len(names) <= 12 {
			names = append(names, clip(string(key), 30))
		}
	})
	if len(names) > 12 {
		names[12] = "…"
	}
	return strings.Join(names, ", ")
}
