package exchange

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"net/url"
	"path"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/onrecord-nlp/onrecord/pipeline/goldform"
)

// webAnnotation is the W3C's Web Annotation Data Model as JSON-LD: a file an
// article holds an AnnotationCollection. A mark is an Annotation whose bodies
// name the label and what is said, and whose targets have a
// TextPositionSelector, in code points, and a TextQuoteSelector. A link is an
// Annotation with the motivation "linking" whose targets are two others, as
// Recogito has it. The text and what cannot be shown ride along as a JSON
// literal.
type webAnnotation struct{}

func (webAnnotation) Name() string  { return "w3c" }
func (webAnnotation) Title() string { return "W3C Web Annotation (JSON-LD)" }
func (webAnnotation) File() string  { return "" }

// context is how many code points before and behind its words a
// TextQuoteSelector gives.
const context = 32

const (
	webContext = "http://www.w3.org/ns/anno.jsonld"
	webTerm    = "https://github.com/onrecord-nlp/onrecord#article"
)

// webRider is what rides along.
type webRider struct {
	Text string `json:"text"`
	rider
}

// webNode is a collection, a page or an annotation.
type webNode struct {
	Context    json.RawMessage `json:"@context,omitempty"`
	ID         string          `json:"id,omitempty"`
	Type       many[string]    `json:"type,omitempty"`
	Label      json.RawMessage `json:"label,omitempty"`
	Total      int             `json:"total,omitempty"`
	Onrecord   *webRider       `json:"onrecord,omitempty"`
	First      json.RawMessage `json:"first,omitempty"`
	Items      []webNode       `json:"items,omitempty"`
	Motivation many[string]    `json:"motivation,omitempty"`
	Body       many[webBody]   `json:"body,omitempty"`
	Target     many[webTarget] `json:"target,omitempty"`
}

// webBody is a body, or only its IRI.
type webBody struct {
	Type    string `json:"type,omitempty"`
	Purpose string `json:"purpose,omitempty"`
	Value   string `json:"value,omitempty"`
}

// webTarget is a target, or only its IRI.
type webTarget struct {
	ID       string            `json:"id,omitempty"`
	Source   *webSource        `json:"source,omitempty"`
	Selector many[webSelector] `json:"selector,omitempty"`
}

// webSource is the IRI of what a target is part of.
type webSource string

type webSelector struct {
	Type   string `json:"type"`
	Start  *int   `json:"start,omitempty"`
	End    *int   `json:"end,omitempty"`
	Exact  string `json:"exact,omitempty"`
	Prefix string `json:"prefix,omitempty"`
	Suffix string `json:"suffix,omitempty"`
}

// many is a value, or a list of them. One is written without a list.
type many[T any] []T

func (m *many[T]) UnmarshalJSON(b []byte) error {
	if bytes.HasPrefix(b, []byte("[")) {
		return json.Unmarshal(b, (*[]T)(m))
	}
	var one T
	if err := json.Unmarshal(b, &one); err != nil {
		return err
	}
	*m = many[T]{one}
	return nil
}

func (m many[T]) MarshalJSON() ([]byte, error) {
	if len(m) == 1 {
		return compact(m[0])
	}
	return compact([]T(m))
}

// decode reads a node whose items, and those of its first page, are decoded one
// by one.
func (w *webNode) decode(dec *json.Decoder) error {
	t, err := dec.Token()
	switch {
	case err != nil:
		return err
	case t == json.Delim('{'):
		err = w.members(dec)
	default:
		err = cmp.Or(skipRest(dec, t), wrongShape(dec, t, w))
	}
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// members reads what follows the opening brace of a node.
func (w *webNode) members(dec *json.Decoder) error {
	var wrong error // the first
	for dec.More() {
		t, err := dec.Token()
		if err != nil {
			return err
		}
		key, _ := t.(string)
		switch strings.ToLower(key) {
		case "id":
			err = dec.Decode(&w.ID)
		case "type":
			err = dec.Decode(&w.Type)
		case "onrecord":
			err = dec.Decode(&w.Onrecord)
		case "motivation":
			err = dec.Decode(&w.Motivation)
		case "body":
			err = dec.Decode(&w.Body)
		case "target":
			err = dec.Decode(&w.Target)
		case "items":
			err = w.items(dec)
		case "first":
			if t, err = dec.Token(); err != nil {
				return err
			}
			if t == json.Delim('{') {
				var first webNode
				err = first.members(dec)
				if w.Items == nil {
					w.Items = first.Items
				} else {
					w.Items = append(w.Items, first.Items...)
				}
			} else if err = skipRest(dec, t); t != nil {
				w.First = mustJSON(fmt.Sprint(t))
			}
		default:
			var skip json.RawMessage
			err = dec.Decode(&skip)
		}
		if wrongType := new(json.UnmarshalTypeError); errors.As(err, &wrongType) {
			wrong = cmp.Or(wrong, err)
		} else if err != nil {
			return err
		}
	}
	if _, err := dec.Token(); err != nil {
		return err
	}
	return wrong
}

// items reads a list of annotations.
func (w *webNode) items(dec *json.Decoder) error {
	t, err := dec.Token()
	if err != nil || t == nil {
		return err
	}
	if t != json.Delim('[') {
		return cmp.Or(skipRest(dec, t), wrongShape(dec, t, &w.Items))
	}
	var wrong error
	for dec.More() {
		var item webNode
		err := dec.Decode(&item)
		if wrongType := new(json.UnmarshalTypeError); errors.As(err, &wrongType) {
			wrong = cmp.Or(wrong, err)
		} else if err != nil {
			return err
		}
		w.Items = append(w.Items, item)
	}
	if _, err := dec.Token(); err != nil {
		return err
	}
	return wrong
}

// skipRest reads to the end of the value of which t is the first token.
func skipRest(dec *json.Decoder, t json.Token) error {
	for depth := 0; ; {
		switch t {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return nil
		}
		var err error
		if t, err = dec.Token(); err != nil {
			return err
		}
	}
}

// wrongShape says that a value that begins with t is none of the type to which
// v points.
func wrongShape(dec *json.Decoder, t json.Token, v any) error {
	return &json.UnmarshalTypeError{Value: fmt.Sprint(t), Type: reflect.TypeOf(v).Elem(), Offset: dec.InputOffset()}
}

func (w *webBody) UnmarshalJSON(b []byte) error {
	type plain webBody
	if bytes.HasPrefix(b, []byte("{")) {
		return json.Unmarshal(b, (*plain)(w))
	}
	return nil // an IRI says nothing that is read
}

func (w *webTarget) UnmarshalJSON(b []byte) error {
	type plain webTarget
	if bytes.HasPrefix(b, []byte("{")) {
		return json.Unmarshal(b, (*plain)(w))
	}
	return json.Unmarshal(b, &w.ID)
}

func (w *webSource) UnmarshalJSON(b []byte) error {
	if !bytes.HasPrefix(b, []byte("{")) {
		return json.Unmarshal(b, (*string)(w))
	}
	var node struct{ ID string }
	err := json.Unmarshal(b, &node)
	*w = webSource(node.ID)
	return err
}

func (webAnnotation) Write(create Create, articles iter.Seq[goldform.Article], _ Options) error {
	names := fileNames{}
	for a := range articles {
		p, err := pageOf(a)
		if err != nil {
			return err
		}
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", " ")
		if err := enc.Encode(p.web(a)); err != nil {
			return fmt.Errorf("document %q: %w", a.Doc.ID, err)
		}
		if err := put(create, names.of(a.Doc.ID)+".jsonld", b.Bytes()); err != nil {
			return err
		}
	}
	return nil
}

func (p *page) web(a goldform.Article) webNode {
	id := "urn:onrecord:" + url.PathEscape(cmp.Or(a.Doc.ID, "article"))
	p.name(func(i int) string { return id + "#m" + strconv.Itoa(i+1) })
	runes := []rune(p.text)
	source := webSource(cmp.Or(a.Doc.URL, id))
	var items []webNode
	for _, m := range p.marks {
		n := webNode{ID: m.id, Type: many[string]{"Annotation"}, Motivation: many[string]{"classifying"}}
		n.Body = append(n.Body, webBody{"TextualBody", "classifying", m.label})
		for f := range numFields {
			if v := m.values[f]; v != "" {
				n.Body = append(n.Body, webBody{"TextualBody", "describing", fields[f].name + ": " + v})
			}
		}
		for _, s := range m.spans {
			n.Target = append(n.Target, webTarget{Source: &source, Selector: many[webSelector]{
				{Type: "TextPositionSelector", Start: &s.start, End: &s.end},
				{
					Type: "TextQuoteSelector", Exact: string(runes[s.start:s.end]),
					Prefix: string(runes[max(0, s.start-context):s.start]), Suffix: string(runes[s.end:min(len(runes), s.end+context)]),
				},
			}})
		}
		items = append(items, n)
	}
	for i, l := range p.links {
		items = append(items, webNode{
			ID: id + "#r" + strconv.Itoa(i+1), Type: many[string]{"Annotation"}, Motivation: many[string]{"linking"},
			Body:   many[webBody]{{"TextualBody", "tagging", l.kind}},
			Target: many[webTarget]{{ID: p.marks[l.from].id}, {ID: p.marks[l.to].id}},
		})
	}
	collection := webNode{
		Context: json.RawMessage(fmt.Sprintf(`[%q, {"onrecord": {"@id": %q, "@type": "@json"}}]`, webContext, webTerm)),
		ID:      id, Type: many[string]{"AnnotationCollection"}, Total: len(items),
		Onrecord: &webRider{p.text, p.rider},
	}
	if a.Doc.Title != "" {
		collection.Label = mustJSON(a.Doc.Title)
	}
	if items != nil {
		first, err := compact(webNode{ID: id + "#page", Type: many[string]{"AnnotationPage"}, Items: items})
		if err != nil {
			panic(err) // it holds strings and numbers
		}
		collection.First = first
	}
	return collection
}

func (webAnnotation) Read(fsys fs.FS, name string) iter.Seq2[goldform.Article, error] {
	return func(yield func(goldform.Article, error) bool) {
		files, err := walk(fsys, name, func(file string) bool { return path.Ext(file) == ".jsonld" || path.Ext(file) == ".json" })
		if err != nil {
			yield(goldform.Article{}, fmt.Errorf("%s: %w", nameOf(fsys, name), err))
			return
		}
		for _, file := range files {
			if !readWeb(fsys, file, yield) {
				return
			}
		}
	}
}

// readWeb reads the collections and pages of a file, each as an article, and
// behind them annotations that stand alone, together for each source.
func readWeb(fsys fs.FS, file string, yield func(goldform.Article, error) bool) bool {
	shown := nameOf(fsys, file)
	f, err := fsys.Open(file)
	if err != nil {
		return yield(goldform.Article{}, fmt.Errorf("%s: %w", shown, err))
	}
	defer f.Close()
	var alone webNode
	more := records(f, shown, func(n int, node webNode, err error) bool {
		where := fmt.Sprintf("%s: record %d", shown, n)
		switch {
		case err != nil:
			return yield(goldform.Article{}, err)
		case slices.Contains(node.Type, "Annotation"):
			alone.Items = append(alone.Items, node)
			return true
		case len(node.First) > 0:
			return yield(goldform.Article{}, fmt.Errorf("%s: its first page is not in the file (%.60s): save the pages into one file", where, node.First))
		}
		return yield(node.article(fsys, file, where, n))
	})
	if !more || alone.Items == nil {
		return more
	}
	var sources []string
	bySource := make(map[string]*webNode)
	home := make(map[string]string) // source by annotation
	for _, pass := range []bool{false, true} {
		for _, a := range alone.Items {
			if a.linking() != pass {
				continue
			}
			source := a.source()
			if pass && len(a.Target) > 0 {
				source = home[a.Target[0].ID]
			}
			if bySource[source] == nil {
				bySource[source] = new(webNode)
				sources = append(sources, source)
			}
			home[a.ID] = source
			bySource[source].Items = append(bySource[source].Items, a)
		}
	}
	for i, source := range sources {
		if !yield(bySource[source].article(fsys, file, fmt.Sprintf("%s: source %q", shown, source), i+1)) {
			return false
		}
	}
	return true
}

// linking reports whether an annotation links two others.
func (w *webNode) linking() bool {
	return slices.Contains(w.Motivation, "linking") && len(w.Target) == 2 && w.Target[0].ID != "" && w.Target[1].ID != ""
}

// source is the IRI of what an annotation is about.
func (w *webNode) source() string {
	for _, t := range w.Target {
		if t.Source != nil {
			return string(*t.Source)
		}
	}
	return ""
}

// text returns the text that annotations are about: what rides along, else
// the file that the source names, beside the file of annotations, else that of
// its name.
func (w *webNode) text(fsys fs.FS, file string) (string, error) {
	if w.Onrecord != nil {
		return w.Onrecord.Text, nil
	}
	var tried []string
	for _, a := range w.Items {
		if s := a.source(); s != "" && !a.linking() {
			s, _, _ = strings.Cut(s, "#")
			if s, err := url.PathUnescape(s); err == nil && !strings.Contains(s, ":") {
				tried = append(tried, path.Join(path.Dir(file), s))
			}
			break
		}
	}
	tried = append(tried, strings.TrimSuffix(file, path.Ext(file))+".txt")
	for _, name := range tried {
		if fs.ValidPath(name) {
			if b, err := fs.ReadFile(fsys, name); err == nil {
				return string(b), nil
			}
		}
	}
	return "", fmt.Errorf("the text is not there: put it beside the annotations, as %s", nameOf(fsys, tried[len(tried)-1]))
}

func (w *webNode) article(fsys fs.FS, file, where string, n int) (goldform.Article, error) {
	text, err := w.text(fsys, file)
	if err != nil {
		return goldform.Article{}, fmt.Errorf("%s: %w", where, err)
	}
	r := webReader{page: page{text: text}, runes: []rune(text), at: make(map[string]int)}
	r.units = newCodeUnits(r.runes)
	if w.Onrecord != nil {
		r.rider = w.Onrecord.rider
	}
	for i := range w.Items {
		if a := &w.Items[i]; !a.linking() {
			if err := r.mark(a); err != nil {
				r.faults = append(r.faults, fmt.Errorf("annotation %s: %w", cmp.Or(a.ID, strconv.Itoa(i+1)), err))
			}
		}
	}
	for i := range w.Items {
		if a := &w.Items[i]; a.linking() {
			from, ok := r.at[a.Target[0].ID]
			to, ok2 := r.at[a.Target[1].ID]
			if !ok || !ok2 {
				r.faults = append(r.faults, fmt.Errorf("annotation %s: it links %s to %s, and one of them is not there or was left out: link another", cmp.Or(a.ID, strconv.Itoa(i+1)), a.Target[0].ID, a.Target[1].ID))
				continue
			}
			kind := ""
			for _, b := range a.Body {
				kind = cmp.Or(kind, b.Value)
			}
			r.links = append(r.links, link{kind, from, to})
		}
	}
	a, err := r.article()
	faults := append(r.faults, unjoin(err)...)
	for i := range faults {
		faults[i] = fmt.Errorf("%s: %w", where, faults[i])
	}
	if a.Doc != nil {
		a.Doc.Source = fmt.Sprintf("%s:%d", nameOf(fsys, file), n)
		if r.Head == nil {
			a.Doc.ID = strings.TrimSuffix(file, path.Ext(file))
			if n > 1 {
				a.Doc.ID += "#" + strconv.Itoa(n)
			}
		}
	}
	return a, errors.Join(faults...)
}

// webReader turns annotations into marks.
type webReader struct {
	page
	runes  []rune
	units  codeUnits
	index  *places        // from the first search on
	at     map[string]int // marks by the id of the annotation
	faults []error
}

func (r *webReader) mark(a *webNode) error {
	m := mark{id: a.ID}
	for _, b := range a.Body {
		if label, ok := knownLabel(b.Value); ok && m.label == "" && b.Purpose != "describing" {
			m.label = label
			continue
		}
		name, value, ok := strings.Cut(b.Value, ":")
		if f, known := fieldByName(strings.TrimSpace(name)); ok && known {
			m.values[f] = strings.TrimPrefix(value, " ")
		}
	}
	if m.label == "" {
		var names []string
		for _, l := range labels {
			names = append(names, l.name)
		}
		return fmt.Errorf("none of its bodies has a label (%s) as its value: it was left out", strings.Join(names, ", "))
	}
	for _, t := range a.Target {
		s, err := r.anchor(t.Selector)
		if err != nil {
			return err
		}
		m.spans = append(m.spans, s)
	}
	if m.spans == nil {
		return errors.New("it has no target: select its words again")
	}
	slices.SortFunc(m.spans, compareSpans)
	if _, ok := r.at[a.ID]; !ok {
		r.at[a.ID] = len(r.marks)
	}
	r.marks = append(r.marks, m)
	return nil
}

// anchor finds the words that selectors select. The position counts where the
// quoted words stand at it, in code points or else in the UTF-16 units of tools
// that count as JavaScript does; where they do not, the words are sought by
// themselves, and by what stands around them.
func (r *webReader) anchor(selectors []webSelector) (span, error) {
	var pos, quote *webSelector
	for i := range selectors {
		switch s := &selectors[i]; {
		case s.Type == "TextPositionSelector" && s.Start != nil && s.End != nil:
			pos = s
		case s.Type == "TextQuoteSelector" && s.Exact != "":
			quote = s
		}
	}
	if pos == nil && quote == nil {
		return span{}, errors.New("it has neither a TextPositionSelector nor a TextQuoteSelector: select its words again")
	}
	if pos != nil {
		s := span{*pos.Start, *pos.End}
		fits := func(s span) bool {
			return s.within(len(r.runes)) && (quote == nil || s.end-s.start == utf8.RuneCountInString(quote.Exact) && string(r.runes[s.start:s.end]) == quote.Exact)
		}
		if fits(s) {
			return s, nil
		}
		if quote == nil {
			return span{}, fmt.Errorf("%d to %d is no span of a text of %d characters, and no TextQuoteSelector says where else: select its words again", s.start, s.end, len(r.runes))
		}
		if old, ok := r.units.span(s.start, s.end); ok && fits(old) {
			return old, nil
		}
	}
	return r.seek(quote)
}

// enough is how many code points of context must agree to tell one of several
// places where not all of it does.
const enough = 8

// seek finds the place of a quotation by its words, and of several places the
// one whose surroundings are those given. The first search makes an index of
// the text, in time linear in it; each then costs little more than the places
// looked at.
func (r *webReader) seek(q *webSelector) (span, error) {
	if r.index == nil {
		r.index = newPlaces(string(r.runes))
	}
	at := -1 // bytes
	switch n := r.index.find(q.Exact, 2); {
	case len(n) == 0:
		return span{}, fmt.Errorf("%.60q does not stand in the text any more: select its words again", q.Exact)
	case len(n) == 1:
		at = n[0]
	default:
		best, most, alone := r.index.between(q.Exact, q.Prefix, q.Suffix)
		given := utf8.RuneCountInString(q.Prefix) + utf8.RuneCountInString(q.Suffix)
		switch {
		case most < min(given, enough):
			return span{}, fmt.Errorf("%.60q stands in the text several times, and nowhere between its prefix and suffix: select its words again", q.Exact)
		case !alone:
			return span{}, fmt.Errorf("%.60q stands in the text several times, and position, prefix and suffix do not tell which is meant: select its words again", q.Exact)
		}
		at = best
	}
	start := r.index.point(at)
	return span{start, start + utf8.RuneCountInString(q.Exact)}, nil
}
