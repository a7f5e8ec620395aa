package exchange

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"path"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/onrecord-nlp/onrecord/pipeline/goldform"
)

// doccano is the JSON Lines of doccano's sequence labelling with relations.
// doccano counts UTF-16 code units, unless a project counts grapheme clusters,
// which this package does not read. Its spans have labels and nothing else: all
// that is said of them rides along in the field "onrecord", by label and place,
// for doccano gives its own ids. It guesses the encoding of what it imports,
// so that the lines are ASCII.
type doccano struct{}

func (doccano) Name() string  { return "doccano" }
func (doccano) Title() string { return "doccano JSONL" }
func (doccano) File() string  { return "articles.jsonl" }

// The files of the labels of spans and relations, which doccano imports.
const (
	doccanoSpans     = "span-labels.json"
	doccanoRelations = "relation-labels.json"
)

type doccanoLine struct {
	Text      *string           `json:"text"`
	Entities  []doccanoEntity   `json:"entities"`
	Relations []doccanoRelation `json:"relations"`
	DocID     string            `json:"doc_id"`
	Onrecord  *doccanoRider     `json:"onrecord"`
}

type doccanoEntity struct {
	ID    int    `json:"id"`
	Label string `json:"label"`
	Start int    `json:"start_offset"`
	End   int    `json:"end_offset"`
}

type doccanoRelation struct {
	ID   int    `json:"id"`
	From int    `json:"from_id"`
	To   int    `json:"to_id"`
	Type string `json:"type"`
}

// doccanoRider is the field that rides along. The ids in its Order are places
// in Entities.
type doccanoRider struct {
	rider
	Entities []doccanoSaid `json:"entities"`
}

// doccanoSaid is an entity as it was written, with what is said of it.
type doccanoSaid struct {
	Label  string            `json:"label"`
	Start  int               `json:"start_offset"`
	End    int               `json:"end_offset"`
	Values map[string]string `json:"values,omitempty"`
}

func (d doccano) Write(create Create, articles iter.Seq[goldform.Article], _ Options) error {
	type labelType struct {
		Text       string  `json:"text"`
		SuffixKey  *string `json:"suffix_key"`
		Background string  `json:"background_color"`
		Color      string  `json:"text_color"`
	}
	var spans, relations []labelType
	for _, l := range labels {
		spans = append(spans, labelType{l.name, &l.key, l.color, "#000000"})
	}
	for _, l := range linkKinds {
		relations = append(relations, labelType{l.kind, nil, "#e0e0e0", "#000000"})
	}
	for _, file := range []struct {
		name string
		list []labelType
	}{{doccanoSpans, spans}, {doccanoRelations, relations}} {
		b, err := json.MarshalIndent(file.list, "", " ")
		if err != nil {
			return err
		}
		if err := put(create, file.name, append(b, '\n')); err != nil {
			return err
		}
	}
	return writeLines(create, d.File(), articles, func(dst []byte, a goldform.Article) ([]byte, error) {
		p, err := pageOf(a)
		if err != nil {
			return dst, err
		}
		b, err := json.Marshal(p.doccano(a.Doc.ID))
		if err != nil {
			return dst, fmt.Errorf("document %q: %w", a.Doc.ID, err)
		}
		return appendASCII(dst, b), nil
	})
}

func (p *page) doccano(id string) doccanoLine {
	p.split(single)
	p.name(strconv.Itoa)
	line := doccanoLine{
		Text: &p.text, DocID: id, Onrecord: &doccanoRider{rider: p.rider, Entities: []doccanoSaid{}},
		Entities: []doccanoEntity{}, Relations: []doccanoRelation{},
	}
	units := newCodeUnits([]rune(p.text))
	for i, m := range p.marks {
		start, end := units.of(m.spans[0].start), units.of(m.spans[0].end)
		line.Entities = append(line.Entities, doccanoEntity{i, m.label, start, end})
		said := doccanoSaid{Label: m.label, Start: start, End: end}
		for f := range numFields {
			if m.values[f] != "" {
				if said.Values == nil {
					said.Values = make(map[string]string)
				}
				said.Values[fields[f].name] = m.values[f]
			}
		}
		line.Onrecord.Entities = append(line.Onrecord.Entities, said)
	}
	for i, l := range p.links {
		line.Relations = append(line.Relations, doccanoRelation{i, l.from, l.to, l.kind})
	}
	return line
}

// appendASCII appends JSON with every other character escaped.
func appendASCII(dst, src []byte) []byte {
	const hex = "0123456789abcdef"
	escape := func(r rune) {
		dst = append(dst, '\\', 'u', hex[r>>12&15], hex[r>>8&15], hex[r>>4&15], hex[r&15])
	}
	for len(src) > 0 {
		r, n := utf8.DecodeRune(src)
		src = src[n:]
		switch high, low := utf16.EncodeRune(r); {
		case r < utf8.RuneSelf:
			dst = append(dst, byte(r))
		case r >= 0x10000:
			escape(high)
			escape(low)
		default:
			escape(r)
		}
	}
	return dst
}

func (doccano) Read(fsys fs.FS, name string) iter.Seq2[goldform.Article, error] {
	return eachFile(fsys, name, func(file string) bool {
		return path.Ext(file) == ".jsonl" || path.Ext(file) == ".json" && path.Base(file) != doccanoSpans && path.Base(file) != doccanoRelations
	}, func(r io.Reader, file string, yield func(goldform.Article, error) bool) bool {
		return records(r, file, func(n int, line doccanoExport, err error) bool {
			if err != nil {
				return yield(goldform.Article{}, err)
			}
			return yield(line.article(file, n))
		})
	})
}

// doccanoExport is a line as doccano writes it, in a project with relations or
// without, or as people write it.
type doccanoExport struct {
	ID        json.RawMessage   `json:"id"`
	DocID     string            `json:"doc_id"`
	Text      *string           `json:"text"`
	Data      *string           `json:"data"`
	Entities  []doccanoEntity   `json:"entities"`
	Relations []doccanoRelation `json:"relations"`
	Label     []doccanoTriple   `json:"label"`
	Labels    []doccanoTriple   `json:"labels"`
	Onrecord  *doccanoRider     `json:"onrecord"`
}

// doccanoTriple is a start, an end and a label.
type doccanoTriple doccanoEntity

func (t *doccanoTriple) UnmarshalJSON(b []byte) error {
	var list []json.RawMessage
	if err := json.Unmarshal(b, &list); err != nil || len(list) != 3 {
		return fmt.Errorf("%.60s is not [start, end, label]: export from a project for sequence labelling", b)
	}
	return errors.Join(json.Unmarshal(list[0], &t.Start), json.Unmarshal(list[1], &t.End), json.Unmarshal(list[2], &t.Label))
}

func (l *doccanoExport) article(file string, n int) (goldform.Article, error) {
	id := cmp.Or(l.DocID, string(l.ID), strconv.Itoa(n))
	where := fmt.Sprintf("%s: record %d (id %q)", file, n, id)
	text := cmp.Or(l.Text, l.Data)
	if text == nil {
		return goldform.Article{}, fmt.Errorf("%s: it has no \"text\": export with the text", where)
	}
	p := page{text: *text}
	for i, t := range append(l.Label, l.Labels...) {
		t.ID = -1 - i
		l.Entities = append(l.Entities, doccanoEntity(t))
	}
	var said []doccanoSaid
	if l.Onrecord != nil {
		p.rider, said = l.Onrecord.rider, l.Onrecord.Entities
	}
	var faults []error
	at := p.readEntities(l.Entities, said, &faults)
	for _, r := range l.Relations {
		from, ok := at[r.From]
		to, ok2 := at[r.To]
		if !ok || !ok2 {
			faults = append(faults, fmt.Errorf("relation %d (%s): from %d to %d, and one of them is not there or was left out: draw it again", r.ID, r.Type, r.From, r.To))
			continue
		}
		p.links = append(p.links, link{r.Type, from, to})
	}
	a, err := p.article()
	faults = append(faults, unjoin(err)...)
	for i := range faults {
		faults[i] = fmt.Errorf("%s: %w", where, faults[i])
	}
	if a.Doc != nil {
		a.Doc.Source = fmt.Sprintf("%s:%d", file, n)
		if p.Head == nil {
			a.Doc.ID = id
		}
	}
	return a, errors.Join(faults...)
}

// readEntities makes marks of entities, gives them what is said of them, and
// returns them by the entities' ids.
func (p *page) readEntities(entities []doccanoEntity, said []doccanoSaid, faults *[]error) map[int]int {
	units := newCodeUnits([]rune(p.text))
	type place struct {
		label      string
		start, end int
	}
	wait := make(map[place][]int)
	for i, s := range said {
		k := place{s.Label, s.Start, s.End}
		wait[k] = append(wait[k], i)
	}
	at := make(map[int]int)
	var moved []int // marks
	taken := make([]bool, len(said))
	give := func(m, i int) {
		taken[i] = true
		p.marks[m].id = strconv.Itoa(i)
		for f := range numFields {
			p.marks[m].values[f] = said[i].Values[fields[f].name]
		}
	}
	for _, e := range entities {
		label, ok := knownLabel(e.Label)
		if !ok {
			*faults = append(*faults, fmt.Errorf("entity %d: the label %q means nothing here and was left out", e.ID, e.Label))
			continue
		}
		s, ok := units.span(e.Start, e.End)
		if !ok {
			*faults = append(*faults, fmt.Errorf("entity %d (%s): %d to %d is no span of a text of %d UTF-16 units, or cuts a character: does the project count grapheme clusters? Mark it again", e.ID, e.Label, e.Start, e.End, units.of(units.n)))
			continue
		}
		m := len(p.marks)
		at[e.ID] = m
		p.marks = append(p.marks, mark{id: fmt.Sprintf("entity %d", e.ID), label: label, spans: []span{s}})
		k := place{label, e.Start, e.End}
		if w := wait[k]; len(w) > 0 {
			give(m, w[0])
			wait[k] = w[1:]
		} else {
			moved = append(moved, m)
		}
	}
	// What was said of a span that is gone is said of one of its label that
	// overlaps it and was not there: a person moved it.
	for _, m := range moved {
		s := p.marks[m].spans[0]
		best, most := -1, 0
		for i := range said {
			if taken[i] || said[i].Label != p.marks[m].label {
				continue
			}
			if old, ok := units.span(said[i].Start, said[i].End); ok && old.overlap(s) > most {
				best, most = i, old.overlap(s)
			}
		}
		if best >= 0 {
			give(m, best)
		}
	}
	return at
}
