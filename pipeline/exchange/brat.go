package exchange

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/onrecord-nlp/onrecord/pipeline/goldform"
)

// brat is the standoff format of the tool of that name: NAME.txt has the text,
// NAME.ann the annotations, with offsets in code points. NAME.article.json
// rides along: brat passes over it.
//
// A line of NAME.ann cannot hold a line break, so that spans over lines are
// written as parts, one a line; brat does the same to what a person marks.
// brat reads a carriage return and line feed as one character, so that
// carriage returns are written as spaces, and their places ride along.
type brat struct{}

const riderSuffix = ".article.json"

func (brat) Name() string  { return "brat" }
func (brat) Title() string { return "brat standoff (.txt and .ann)" }
func (brat) File() string  { return "" }

// bratRider is what NAME.article.json holds.
type bratRider struct {
	rider
	// Spans holds the spans of marks that the lines of NAME.ann cut.
	Spans map[string][]goldform.Offsets `json:"spans,omitempty"`
	// Returns holds the carriage returns of the text, as code points.
	Returns []int `json:"returns,omitempty"`
}

func (brat) Write(create Create, articles iter.Seq[goldform.Article], _ Options) error {
	if err := put(create, "annotation.conf", []byte(bratAnnotationConf())); err != nil {
		return err
	}
	if err := put(create, "visual.conf", []byte(bratVisualConf())); err != nil {
		return err
	}
	names := fileNames{}
	for a := range articles {
		p, err := pageOf(a)
		if err != nil {
			return err
		}
		name := names.of(a.Doc.ID)
		text, ann, ride := p.brat()
		rideJSON, err := json.Marshal(ride)
		if err != nil {
			return err
		}
		if err := put(create, name+".txt", []byte(text)); err != nil {
			return err
		}
		if err := put(create, name+".ann", ann); err != nil {
			return err
		}
		if err := put(create, name+riderSuffix, append(rideJSON, '\n')); err != nil {
			return err
		}
	}
	return nil
}

// brat writes the page as a text, the lines of its annotations, and what rides
// along.
func (p *page) brat() (text string, ann []byte, ride bratRider) {
	p.split(apart)
	p.name(func(i int) string { return "T" + strconv.Itoa(i+1) })
	ride = bratRider{rider: p.rider, Spans: make(map[string][]goldform.Offsets)}
	runes := []rune(p.text)
	for i, r := range runes {
		if r == '\r' {
			runes[i] = ' '
			ride.Returns = append(ride.Returns, i)
		}
	}
	var b bytes.Buffer
	attributes, notes := 0, 0
	for _, m := range p.marks {
		spans := byLine(m.spans, runes)
		if !slices.Equal(spans, m.spans) {
			ride.Spans[m.id] = offsetsOf(m.spans)
		}
		fmt.Fprintf(&b, "%s\t%s ", m.id, m.label)
		for i, s := range spans {
			if i > 0 {
				b.WriteByte(';')
			}
			fmt.Fprintf(&b, "%d %d", s.start, s.end)
		}
		b.WriteByte('\t')
		b.WriteString(wordsOf(runes, spans))
		b.WriteByte('\n')
		var note []string
		for f := range numFields {
			v := m.values[f]
			switch {
			case v == "":
			case fields[f].values == nil:
				note = append(note, fields[f].name+"="+quoted(v))
			case f == fieldNegated:
				attributes++
				fmt.Fprintf(&b, "A%d\t%s %s\n", attributes, fields[f].name, m.id)
			default:
				attributes++
				fmt.Fprintf(&b, "A%d\t%s %s %s\n", attributes, fields[f].name, m.id, v)
			}
		}
		if note != nil {
			notes++
			fmt.Fprintf(&b, "#%d\tAnnotatorNotes %s\t%s\n", notes, m.id, strings.Join(note, "; "))
		}
	}
	for i, l := range p.links {
		fmt.Fprintf(&b, "R%d\t%s Arg1:%s Arg2:%s\n", i+1, l.kind, p.marks[l.from].id, p.marks[l.to].id)
	}
	return string(runes), b.Bytes(), ride
}

// apart is the cut that leaves no two parts of a mark overlapping.
func apart(spans []span) (groups [][]span) {
next:
	for _, s := range spans {
		for i, g := range groups {
			if g[len(g)-1].end <= s.start {
				groups[i] = append(g, s)
				continue next
			}
		}
		groups = append(groups, []span{s})
	}
	return groups
}

// lineBreak reports whether some version of brat ends a line at r.
func lineBreak(r rune) bool {
	switch r {
	case '\n', '\v', '\f', '\r', 0x1c, 0x1d, 0x1e, 0x85, 0x2028, 0x2029:
		return true
	}
	return false
}

// byLine cuts spans at line breaks, and leaves these out. Of a span that holds
// nothing else its beginning is left.
func byLine(spans []span, text []rune) []span {
	out := make([]span, 0, len(spans))
	for _, s := range spans {
		n, start := len(out), s.start
		for i := s.start; i <= s.end; i++ {
			if i == s.end || lineBreak(text[i]) {
				if start < i {
					out = append(out, span{start, i})
				}
				start = i + 1
			}
		}
		if len(out) == n {
			out = append(out, span{s.start, s.start})
		}
	}
	return out
}

// wordsOf returns the words of spans, joined as brat does.
func wordsOf(text []rune, spans []span) string {
	var b strings.Builder
	for i, s := range spans {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(string(text[s.start:s.end]))
	}
	return b.String()
}

// quoted returns a value for a note, in quotation marks where it needs them.
func quoted(v string) string {
	odd := func(r rune) bool { return r == ';' || r == '"' || !unicode.IsPrint(r) }
	if strings.ContainsFunc(v, odd) || strings.TrimSpace(v) != v {
		return strconv.Quote(v)
	}
	return v
}

// noted yields what a note says as "key=value; key=value". Other notes of a
// person say nothing to us.
func noted(note string) iter.Seq2[field, string] {
	return func(yield func(field, string) bool) {
		for note = strings.TrimSpace(note); note != ""; {
			at := strings.IndexAny(note, "=:")
			if at < 0 {
				return
			}
			f, ok := fieldByName(strings.TrimSpace(note[:at]))
			note = strings.TrimSpace(note[at+1:])
			var v string
			if q, err := strconv.QuotedPrefix(note); err == nil && q[0] == '"' {
				v, _ = strconv.Unquote(q)
				note = strings.TrimPrefix(strings.TrimSpace(note[len(q):]), ";")
			} else {
				v, note, _ = strings.Cut(note, ";")
				v = strings.TrimSpace(v)
			}
			note = strings.TrimSpace(note)
			if ok && !yield(f, v) {
				return
			}
		}
	}
}

func (brat) Read(fsys fs.FS, name string) iter.Seq2[goldform.Article, error] {
	return func(yield func(goldform.Article, error) bool) {
		if path.Ext(name) == ".txt" {
			name = strings.TrimSuffix(name, ".txt") + ".ann"
		}
		files, err := walk(fsys, name, func(file string) bool { return path.Ext(file) == ".ann" })
		if err != nil {
			yield(goldform.Article{}, fmt.Errorf("%s: %w", nameOf(fsys, name), err))
			return
		}
		for _, file := range files {
			if !yield(readBrat(fsys, strings.TrimSuffix(file, ".ann"))) {
				return
			}
		}
	}
}

// readBrat reads the article of the files base.txt, base.ann and, where it is
// there, the rider.
func readBrat(fsys fs.FS, base string) (goldform.Article, error) {
	ann := nameOf(fsys, base+".ann")
	lines, err := fs.ReadFile(fsys, base+".ann")
	if err != nil {
		return goldform.Article{}, fmt.Errorf("%s: %w", ann, err)
	}
	text, err := fs.ReadFile(fsys, base+".txt")
	if err != nil {
		return goldform.Article{}, fmt.Errorf("%s: the text of these annotations cannot be read: %w", ann, err)
	}
	var ride bratRider
	var faults []error
	if b, err := fs.ReadFile(fsys, base+riderSuffix); err == nil {
		if err := json.Unmarshal(b, &ride); err != nil {
			faults = append(faults, fmt.Errorf("%s: %w: what brat does not show was left out", nameOf(fsys, base+riderSuffix), err))
			ride = bratRider{}
		}
	}
	r := bratReader{file: ann, ride: &ride, page: page{text: string(text), rider: ride.rider}}
	r.read(string(lines))
	if plain := strings.ReplaceAll(r.text, "\r\n", "\n"); len(r.faults) > 0 && plain != r.text {
		// brat counts a carriage return and line feed as one.
		again := bratReader{file: ann, ride: &ride, page: page{text: plain, rider: ride.rider}}
		if again.read(string(lines)); len(again.faults) < len(r.faults) {
			r = again
		}
	}
	faults = append(faults, r.faults...)
	if runes := []rune(r.text); len(ride.Returns) > 0 {
		for _, at := range ride.Returns {
			if at < 0 || at >= len(runes) || runes[at] != ' ' {
				faults = append(faults, fmt.Errorf("%s: a carriage return stood at %d, and no space does: was the text changed? They were left out", nameOf(fsys, base+".txt"), at))
				runes = []rune(r.text)
				break
			}
			runes[at] = '\r'
		}
		r.text = string(runes)
	}
	a, err := r.article()
	for _, err := range unjoin(err) {
		faults = append(faults, fmt.Errorf("%s: %w", ann, err))
	}
	if a.Doc != nil {
		a.Doc.Source = nameOf(fsys, base+".txt")
		if r.Head == nil {
			a.Doc.ID = base
		}
	}
	return a, errors.Join(faults...)
}

// unjoin returns the errors of which one was joined.
func unjoin(err error) []error {
	if err == nil {
		return nil
	}
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		return many.Unwrap()
	}
	return []error{err}
}

// bratReader reads the lines of an .ann file into a page.
type bratReader struct {
	page
	file   string
	ride   *bratRider
	runes  []rune
	at     map[string][]int // marks by the id of a text-bound annotation or an event
	faults []error
}

func (r *bratReader) read(src string) {
	r.runes = []rune(r.text)
	r.at = make(map[string][]int)
	lines := strings.Split(src, "\n")
	// What an annotation refers to may stand below it.
	for pass, prefixes := range []string{"T", "E", "E", "AMR*", "#"} {
		for n, line := range lines {
			line = strings.TrimSuffix(line, "\r")
			if line == "" {
				continue
			}
			if pass == 0 && !strings.ContainsRune("TEAMRN*#", rune(line[0])) {
				r.faults = append(r.faults, fmt.Errorf("%s:%d: %.40q begins like no annotation: was a line broken?", r.file, n+1, line))
			}
			if !strings.ContainsRune(prefixes, rune(line[0])) {
				continue
			}
			id, rest, _ := strings.Cut(line, "\t")
			var err error
			switch line[0] {
			case 'T':
				err = r.textBound(id, rest)
			case 'E':
				err = r.event(id, rest, pass == 2)
			case 'A', 'M':
				err = r.attribute(rest)
			case 'R', '*':
				err = r.relation(rest)
			case '#':
				r.note(rest)
			}
			if err != nil {
				r.faults = append(r.faults, fmt.Errorf("%s:%d: %s: %w", r.file, n+1, id, err))
			}
		}
	}
}

var errBratLine = errors.New("the line is not as brat writes it: correct it, or take it out")

// textBound reads "LABEL START END;START END<tab>WORDS".
func (r *bratReader) textBound(id, rest string) error {
	data, words, _ := strings.Cut(rest, "\t")
	word, places, ok := strings.Cut(data, " ")
	if !ok {
		return errBratLine
	}
	var spans []span
	for place := range strings.SplitSeq(places, ";") {
		var s span
		first, second, _ := strings.Cut(strings.TrimSpace(place), " ")
		var err, err2 error
		s.start, err = strconv.Atoi(first)
		s.end, err2 = strconv.Atoi(second)
		if err != nil || err2 != nil {
			return errBratLine
		}
		spans = append(spans, s)
	}
	for _, s := range spans {
		if s.start < 0 || s.end < s.start || s.end > len(r.runes) {
			return fmt.Errorf("%d to %d is no span of a text of %d characters: mark it again in brat", s.start, s.end, len(r.runes))
		}
	}
	if there := wordsOf(r.runes, spans); words != "" && !strings.HasPrefix(words, strings.TrimRightFunc(there, unicode.IsSpace)) {
		return fmt.Errorf("%.40q stands there and not %.40q: was the text changed? Mark it again in brat", there, words)
	}
	slices.SortFunc(spans, compareSpans)
	if whole, ok := r.ride.Spans[id]; ok {
		// Unless a person changed them, the spans are those that lines cut.
		if w, ok := inText(whole, len(r.runes)); ok && slices.Equal(byLine(w, r.runes), spans) {
			spans = w
		}
	}
	if slices.ContainsFunc(spans, func(s span) bool { return s.start == s.end }) {
		return errors.New("it covers nothing: mark it again in brat, or take it out")
	}
	label, ok := knownLabel(word)
	if !ok {
		label = word // an event may have it
	}
	r.at[id] = []int{len(r.marks)}
	r.marks = append(r.marks, mark{id: id, label: label, spans: spans})
	return nil
}

// inText converts offsets that lie in a text of n code points.
func inText(list []goldform.Offsets, n int) ([]span, bool) {
	var out []span
	for _, o := range list {
		if len(o) != 2 || !spanOf(o).within(n) {
			return nil, false
		}
		out = append(out, spanOf(o))
	}
	return out, len(out) > 0
}

// event reads "TYPE:TRIGGER ROLE:ID ROLE:ID": the trigger is a cue. Links wait
// until all events are known.
func (r *bratReader) event(id, rest string, links bool) error {
	args := strings.Fields(rest)
	if len(args) == 0 {
		return errBratLine
	}
	_, trigger, _ := strings.Cut(args[0], ":")
	marks := r.at[trigger]
	if len(marks) != 1 {
		return fmt.Errorf("its trigger %q is not there: mark it in brat", trigger)
	}
	if !links {
		if _, ok := knownLabel(r.marks[marks[0]].label); !ok {
			r.marks[marks[0]].label = labelCue
		}
		r.at[id] = []int{marks[0]}
		return nil
	}
	for _, arg := range args[1:] {
		role, to, _ := strings.Cut(arg, ":")
		if len(r.at[to]) == 0 {
			return fmt.Errorf("its %s %q is not there: link another in brat", role, to)
		}
		for _, m := range r.at[to][:1] {
			r.links = append(r.links, link{role, marks[0], m})
			if r.marks[m].label == labelContent { // what is said of an event is said of its contents
				if r.at[id][0] == marks[0] {
					r.at[id] = nil
				}
				r.at[id] = append(r.at[id], m)
			}
		}
	}
	return nil
}

// attribute reads "NAME ID VALUE" or "NAME ID".
func (r *bratReader) attribute(rest string) error {
	name, rest, _ := strings.Cut(strings.TrimSpace(rest), " ")
	id, value, _ := strings.Cut(strings.TrimSpace(rest), " ")
	f, ok := fieldByName(name)
	if !ok {
		return fmt.Errorf("the attribute %q means nothing here and was left out", name)
	}
	if len(r.at[id]) == 0 {
		return fmt.Errorf("what it is said of, %q, is not there", id)
	}
	if value == "" {
		value = "true"
	}
	for _, m := range r.at[id] {
		r.marks[m].values[f] = value
	}
	return nil
}

// relation reads "TYPE Arg1:ID Arg2:ID", or "Equiv ID ID ID".
func (r *bratReader) relation(rest string) error {
	words := strings.Fields(rest)
	if len(words) < 3 {
		return errBratLine
	}
	var ends []int
	for _, w := range words[1:] {
		if _, id, ok := strings.Cut(w, ":"); ok {
			w = id
		}
		if len(r.at[w]) == 0 {
			return fmt.Errorf("%q, to which it leads, is not there: link another in brat", w)
		}
		ends = append(ends, r.at[w][0])
	}
	for _, to := range ends[1:] {
		r.links = append(r.links, link{words[0], ends[0], to})
	}
	return nil
}

// note reads "AnnotatorNotes ID<tab>WORDS".
func (r *bratReader) note(rest string) {
	data, words, _ := strings.Cut(rest, "\t")
	kind, id, _ := strings.Cut(strings.TrimSpace(data), " ")
	if kind != "AnnotatorNotes" {
		return
	}
	for f, v := range noted(words) {
		for _, m := range r.at[id] {
			r.marks[m].values[f] = v
		}
	}
}

// bratAnnotationConf makes the file by which brat knows labels, relations and
// attributes.
func bratAnnotationConf() string {
	var b strings.Builder
	b.WriteString("[entities]\n\n")
	for _, l := range labels {
		b.WriteString(l.name + "\n")
	}
	b.WriteString("\n[relations]\n\n")
	for _, l := range linkKinds {
		fmt.Fprintf(&b, "%s\tArg1:%s, Arg2:%s\n", l.kind, strings.Join(l.from, "|"), strings.Join(l.to, "|"))
	}
	b.WriteString("<OVERLAP>\tArg1:<ENTITY>, Arg2:<ENTITY>, <OVL-TYPE>:<ANY>\n")
	b.WriteString("\n[events]\n\n[attributes]\n\n")
	for _, f := range fields {
		switch {
		case f.values == nil:
		case len(f.values) == 1:
			fmt.Fprintf(&b, "%s\tArg:%s\n", f.name, strings.Join(f.of, "|"))
		default:
			fmt.Fprintf(&b, "%s\tArg:%s, Value:%s\n", f.name, strings.Join(f.of, "|"), strings.Join(f.values, "|"))
		}
	}
	return b.String()
}

// bratVisualConf makes the file by which brat colours labels.
func bratVisualConf() string {
	var b strings.Builder
	b.WriteString("[labels]\n\n")
	for _, l := range labels {
		fmt.Fprintf(&b, "%s | %s\n", l.name, l.name)
	}
	b.WriteString("\n[drawing]\n\n")
	for _, l := range labels {
		fmt.Fprintf(&b, "%s\tbgColor:%s, borderColor:darken\n", l.name, l.color)
	}
	return b.String()
}
