package ingest

import (
	"bytes"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/columnar/cells"
)

// row is a row of a table: of a Parquet or Arrow file, or of separated values.
type row interface {
	// Append appends the values of a column to dst.
	Append(dst []string, col int) ([]string, error)
	// Time returns the value of a column of kind Time.
	Time(col int) (time.Time, error)
}

// binding says which columns of a table play which role in a document. Those
// of a role are tried in order until one is not empty.
type binding struct {
	columns []cells.Column
	of      [numRoles][]int
	values  []string // scratch
}

// bind finds the columns of each role, as find finds the fields of a JSON
// record.
func (ff *fieldFinder) bind(columns []cells.Column) *binding {
	b := &binding{columns: columns}
	for r := range role(numRoles) {
		type candidate struct{ col, place int }
		var list []candidate
		for col, c := range columns {
			if !fitsRole(c, r) {
				continue
			}
			place := ff.placeOf(r, c.Path)
			if ff.named[r] != "" {
				place = placeOfNamed(ff.named[r], c.Path)
			}
			if place > 0 {
				list = append(list, candidate{col, place})
			}
		}
		slices.SortStableFunc(list, func(a, b candidate) int { return a.place - b.place })
		for _, c := range list {
			b.of[r] = append(b.of[r], c.col)
		}
	}
	return b
}

// fitsRole reports whether a column can play the role.
func fitsRole(c cells.Column, r role) bool {
	switch r {
	case roleID:
		return !c.List && (c.Kind == cells.Text || c.Kind == cells.Number)
	case rolePublished:
		return !c.List && c.Kind != cells.Other
	case roleURL, roleLanguage:
		return !c.List && c.Kind == cells.Text
	}
	return c.Kind == cells.Text
}

// objectPlaces sets the places of an object's fields apart from those of the
// names of the next.
const objectPlaces = 100

// placeOf returns how far down the list of its usual names the column of a role
// stands, from 1, and 0 where it is none.
func (ff *fieldFinder) placeOf(r role, path []string) int {
	level := 0
	if len(path) > 1 && r != roleID {
		if name, ok := foldName(path[0]); ok && ff.wrappers[name] && ff.placeOf(r, path[:1]) == 0 {
			path, level = path[1:], nested
		}
	}
	name, ok := foldName(path[0])
	if !ok {
		return 0
	}
	i := slices.IndexFunc(ff.usual[name], func(k rank) bool { return k.role == r })
	if i < 0 {
		return 0
	}
	place := (ff.usual[name][i].place + 1 + level) * objectPlaces
	switch {
	case len(path) == 1:
		return place
	case len(path) == 2 && ofObject(r):
		if field := objectField(path[1]); field > 0 {
			if r == roleText {
				place += 2 * nested * objectPlaces // what stands within a wrapper is surer
			}
			return place + field
		}
	}
	return 0
}

// placeOfNamed is placeOf for a role whose field the user named.
func placeOfNamed(name string, path []string) int {
	if strings.Join(path, ".") == name {
		return 1
	}
	if last := len(path) - 1; last > 0 && strings.Join(path[:last], ".") == name {
		if field := objectField(path[last]); field > 0 {
			return 1 + field
		}
	}
	return 0
}

// ofObject reports whether the role may be played by an object that has a name
// or a text.
func ofObject(r role) bool { return r == roleTitle || r == roleByline || r == roleText }

// objectField returns where a name stands among the fields that hold an
// object's text, from 1, or 0.
func objectField(name string) int {
	return 1 + slices.IndexFunc(textOfObject, func(s string) bool { return strings.EqualFold(s, name) })
}

func foldName(name string) (string, bool) {
	var buf [24]byte
	folded, ok := fold(buf[:0], []byte(name))
	return string(folded), ok
}

// document makes a document of a row, whose text is still as the row has it.
// The error is that of the row.
func (b *binding) document(r row) (*pipeline.Document, error) {
	var err error
	get := func(role role, sep string) string {
		for _, col := range b.of[role] {
			if err != nil {
				return ""
			}
			b.values, err = r.Append(b.values[:0], col)
			b.values = slices.DeleteFunc(b.values, func(s string) bool { return strings.TrimSpace(s) == "" })
			if len(b.values) > 0 {
				s := strings.Join(b.values, sep)
				clear(b.values)
				return s
			}
		}
		return ""
	}
	inLine := func(role role, sep string) string {
		s := get(role, sep)
		if !utf8.ValidString(s) {
			s, _, _ = decodeNarrow([]byte(s))
		}
		return s
	}
	doc := &pipeline.Document{
		ID:       oneLine(inLine(roleID, "")),
		URL:      oneLine(inLine(roleURL, " ")),
		Title:    inlineText(inLine(roleTitle, " ")),
		Byline:   inlineText(inLine(roleByline, ", ")),
		Language: languageTag(inLine(roleLanguage, " ")),
	}
	for _, col := range b.of[rolePublished] {
		if err == nil && doc.Published.IsZero() {
			if b.columns[col].Kind == cells.Time {
				doc.Published, err = r.Time(col)
				doc.Published = plausible(doc.Published)
				continue
			}
			if b.values, err = r.Append(b.values[:0], col); len(b.values) > 0 {
				doc.Published = parseDate(b.values[0])
			}
		}
	}
	doc.Text = get(roleText, "\n\n")
	return doc, err
}

// names lists the columns for a message.
func (b *binding) names() string {
	var names []string
	for _, c := range b.columns {
		if len(names) == 12 {
			names = append(names, "…")
			break
		}
		names = append(names, clip(c.Name(), 30))
	}
	return strings.Join(names, ", ")
}

// decodeCell makes UTF-8 of a text that a cell holds as bytes, which may be a
// whole page.
func (r *Reader) decodeCell(s string) (string, damage, error) {
	data := []byte(s)
	switch {
	case r.encoding != nil:
		return decodeAs(data, r.encoding)
	case bytes.Contains(data[:min(len(data), 1024)], []byte("<")):
		return decodeHTML(data, nil)
	}
	return decodeNarrow(data)
}
