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
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/onrecord-nlp/onrecord/pipeline/goldform"
)

// labelStudio is the JSON of tasks that Label Studio imports and exports.
// Marks are regions of the control "label", what is said of them stands in
// controls of its own a region, and links are relations. Label Studio counts
// code points, with each carriage return and line feed as one. What it does
// not show rides along in the task's "meta".
type labelStudio struct{}

func (labelStudio) Name() string  { return "label-studio" }
func (labelStudio) Title() string { return "Label Studio JSON" }
func (labelStudio) File() string  { return "tasks.json" }

// The names of the controls of labels and of the text.
const (
	studioLabels = "label"
	studioText   = "text"
)

// studioTask is one task.
type studioTask struct {
	ID          json.RawMessage            `json:"id,omitempty"`
	Data        map[string]json.RawMessage `json:"data"`
	Meta        *studioMeta                `json:"meta,omitempty"`
	Annotations []studioAnnotation         `json:"annotations,omitempty"`
	Predictions []studioAnnotation         `json:"predictions,omitempty"`
}

type studioMeta struct {
	Onrecord *rider `json:"onrecord,omitempty"`
}

// studioAnnotation is one person's, or one program's, work on a task.
type studioAnnotation struct {
	ID           json.RawMessage `json:"id,omitempty"`
	ModelVersion string          `json:"model_version,omitempty"`
	Cancelled    bool            `json:"was_cancelled,omitempty"`
	GroundTruth  bool            `json:"ground_truth,omitempty"`
	UpdatedAt    string          `json:"updated_at,omitempty"`
	Result       []studioResult  `json:"result"`
}

// studioResult is a region with the value of one control, or a relation.
type studioResult struct {
	ID       string          `json:"id,omitempty"`
	FromName string          `json:"from_name,omitempty"`
	ToName   string          `json:"to_name,omitempty"`
	Type     string          `json:"type"`
	Value    json.RawMessage `json:"value,omitempty"`

	FromID    string   `json:"from_id,omitempty"`
	ToID      string   `json:"to_id,omitempty"`
	Direction string   `json:"direction,omitempty"`
	Labels    []string `json:"labels,omitempty"`
}

// studioValue is the value of a control of a region. Text is a string where
// the control is of labels, and a list where it is of words.
type studioValue struct {
	Start   json.RawMessage `json:"start"`
	End     json.RawMessage `json:"end"`
	Text    json.RawMessage `json:"text,omitempty"`
	Labels  []string        `json:"labels,omitempty"`
	Choices []string        `json:"choices,omitempty"`
	Global  *struct {
		Start int `json:"start"`
		End   int `json:"end"`
	} `json:"globalOffsets,omitempty"` // of HyperText
}

func (s labelStudio) Write(create Create, articles iter.Seq[goldform.Article], opt Options) (err error) {
	if err := put(create, "labels.xml", []byte(studioConfig())); err != nil {
		return err
	}
	w, err := create(s.File())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	before := "[\n"
	for a := range articles {
		p, err := pageOf(a)
		if err != nil {
			return err
		}
		b, err := compact(p.studio(a, opt))
		if err != nil {
			return fmt.Errorf("document %q: %w", a.Doc.ID, err)
		}
		if _, err := fmt.Fprintf(w, "%s%s", before, b); err != nil {
			return err
		}
		before = ",\n"
	}
	if before == "[\n" {
		before = "["
	} else {
		before = "\n"
	}
	_, err = io.WriteString(w, before+"]\n")
	return err
}

// compact writes v as JSON without a line break and without escapes that only
// HTML needs.
func compact(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// mustJSON is the JSON of a string or number.
func mustJSON(v any) json.RawMessage {
	b, err := compact(v)
	if err != nil {
		panic(err) // neither can fail
	}
	return b
}

func (p *page) studio(a goldform.Article, opt Options) studioTask {
	p.split(single)
	p.name(func(i int) string { return "m" + strconv.Itoa(i+1) })
	runes := []rune(p.text)
	task := studioTask{
		Data: map[string]json.RawMessage{studioText: mustJSON(p.text), "doc_id": mustJSON(a.Doc.ID)},
		Meta: &studioMeta{&p.rider},
	}
	if a.Doc.Title != "" {
		task.Data["title"] = mustJSON(a.Doc.Title)
	}
	work := studioAnnotation{Result: []studioResult{}}
	for _, m := range p.marks {
		s := m.spans[0]
		add := func(control, kind string, v studioValue) {
			v.Start, v.End = mustJSON(s.start), mustJSON(s.end)
			work.Result = append(work.Result, studioResult{ID: m.id, FromName: control, ToName: studioText, Type: kind, Value: mustJSON(v)})
		}
		add(studioLabels, "labels", studioValue{Labels: []string{m.label}, Text: mustJSON(string(runes[s.start:s.end]))})
		for f := range numFields {
			switch v := m.values[f]; {
			case v == "":
			case fields[f].values == nil:
				add(fields[f].name, "textarea", studioValue{Text: mustJSON([]string{v})})
			default:
				add(fields[f].name, "choices", studioValue{Choices: []string{v}, Text: mustJSON(string(runes[s.start:s.end]))})
			}
		}
	}
	for _, l := range p.links {
		work.Result = append(work.Result, studioResult{Type: "relation", FromID: p.marks[l.from].id, ToID: p.marks[l.to].id, Direction: "right", Labels: []string{l.kind}})
	}
	if opt.Predicted {
		work.ModelVersion = "onrecord"
		task.Predictions = []studioAnnotation{work}
	} else {
		task.Annotations = []studioAnnotation{work}
	}
	return task
}

func (labelStudio) Read(fsys fs.FS, name string) iter.Seq2[goldform.Article, error] {
	return eachFile(fsys, name, func(file string) bool { return path.Ext(file) == ".json" || path.Ext(file) == ".jsonl" },
		func(r io.Reader, file string, yield func(goldform.Article, error) bool) bool {
			return records(r, file, func(n int, task studioTask, err error) bool {
				if err != nil {
					return yield(goldform.Article{}, err)
				}
				a, err := task.article(file, n)
				return yield(a, err)
			})
		})
}

func (t *studioTask) article(file string, n int) (goldform.Article, error) {
	id := strings.Trim(string(t.ID), `"`)
	for _, key := range []string{"id", "doc_id"} {
		var s string
		if raw, ok := t.Data[key]; ok && json.Unmarshal(raw, &s) == nil {
			id = s
		}
	}
	where := fmt.Sprintf("%s: task %d (id %q)", file, n, id)
	var p page
	if err := json.Unmarshal(t.Data[studioText], &p.text); err != nil {
		return goldform.Article{}, fmt.Errorf("%s: its data have no %q with the words of the article: name the key so, or export tasks with their text", where, studioText)
	}
	if t.Meta != nil && t.Meta.Onrecord != nil {
		p.rider = *t.Meta.Onrecord
	}
	var faults []error
	work, others := t.work()
	if others > 0 {
		faults = append(faults, fmt.Errorf("%s: it has %d annotations more, and only that with the id %s was read: export one person's work at a time", where, others, cmp.Or(string(work.ID), "?")))
	}
	at := p.readRegions(work, &faults)
	for i, res := range work.Result {
		if res.Type != "relation" {
			continue
		}
		from, ok := at[res.FromID]
		to, ok2 := at[res.ToID]
		if !ok || !ok2 {
			faults = append(faults, fmt.Errorf("result %d: a relation from %q to %q, and one of them is not there: draw it again", i, res.FromID, res.ToID))
			continue
		}
		p.links = append(p.links, link{strings.Join(res.Labels, ", "), from, to})
	}
	a, err := p.article()
	faults = append(faults, unjoin(err)...)
	for i := range faults {
		if !strings.HasPrefix(faults[i].Error(), where) {
			faults[i] = fmt.Errorf("%s: %w", where, faults[i])
		}
	}
	if a.Doc != nil {
		a.Doc.Source = fmt.Sprintf("%s:%d", file, n)
		if p.Head == nil {
			a.Doc.ID = cmp.Or(id, strconv.Itoa(n))
		}
	}
	return a, errors.Join(faults...)
}

// work chooses whose labels of a task are read: those that are marked as the
// truth, else the last that were not cancelled, else a program's. others is
// the number of those passed over that say as much.
func (t *studioTask) work() (chosen studioAnnotation, others int) {
	people := slices.DeleteFunc(slices.Clone(t.Annotations), func(a studioAnnotation) bool { return a.Cancelled })
	if slices.ContainsFunc(people, func(a studioAnnotation) bool { return a.GroundTruth }) {
		people = slices.DeleteFunc(people, func(a studioAnnotation) bool { return !a.GroundTruth })
	}
	if len(people) == 0 {
		people = t.Predictions
	}
	if len(people) == 0 {
		return studioAnnotation{}, 0
	}
	last := people[0]
	for _, a := range people[1:] {
		if a.UpdatedAt >= last.UpdatedAt {
			last = a
		}
	}
	return last, len(people) - 1
}

// readRegions makes marks of regions, and returns them by the regions' ids.
func (p *page) readRegions(work studioAnnotation, faults *[]error) map[string]int {
	runes := []rune(p.text)
	units := newCodeUnits(runes)
	at := make(map[string]int)
	type said struct {
		id    string
		field field
		value string
	}
	var sayings []said
	for i, res := range work.Result {
		if res.Type == "relation" {
			continue
		}
		fault := func(format string, args ...any) {
			*faults = append(*faults, fmt.Errorf("result %d (region %s): %s", i, res.ID, fmt.Sprintf(format, args...)))
		}
		var v studioValue
		if err := json.Unmarshal(res.Value, &v); err != nil {
			fault("%v", err)
			continue
		}
		if len(v.Labels) == 0 {
			f, ok := fieldByName(res.FromName)
			words := v.Choices
			if res.Type == "textarea" {
				if json.Unmarshal(v.Text, &words) != nil {
					var one string
					if json.Unmarshal(v.Text, &one) == nil {
						words = []string{one}
					}
				}
			}
			switch {
			case !ok:
				fault("the control %q means nothing here and was left out", res.FromName)
			case len(words) > 1:
				fault("%s has %d values and may have one: they were left out", res.FromName, len(words))
			case len(words) == 1:
				sayings = append(sayings, said{res.ID, f, words[0]})
			}
			continue
		}
		s, err := v.span()
		if err != nil {
			fault("%v", err)
			continue
		}
		var words string
		_ = json.Unmarshal(v.Text, &words) // a list where another control is shown with the labels
		fits := s.within(len(runes)) && (words == "" || sameWords(string(runes[s.start:s.end]), words))
		if !fits && words != "" {
			// Before 2022 Label Studio counted UTF-16 code units.
			if old, ok := units.span(s.start, s.end); ok && sameWords(string(runes[old.start:old.end]), words) {
				s, fits = old, true
			}
		}
		switch {
		case fits:
		case s.within(len(runes)):
			fault("%.40q stands at %d to %d and not %.40q: was the text changed? Mark it again", string(runes[s.start:s.end]), s.start, s.end, words)
			continue
		default:
			fault("%d to %d is no span of a text of %d characters: mark it again", s.start, s.end, len(runes))
			continue
		}
		for _, word := range v.Labels {
			label, ok := knownLabel(word)
			if !ok {
				fault("the label %q means nothing here and was left out", word)
				continue
			}
			if _, ok := at[res.ID]; !ok || res.ID == "" {
				at[res.ID] = len(p.marks)
			}
			p.marks = append(p.marks, mark{id: res.ID, label: label, spans: []span{s}})
		}
	}
	for _, s := range sayings {
		if m, ok := at[s.id]; ok {
			p.marks[m].values[s.field] = s.value
		}
	}
	return at
}

// span is the place of a region.
func (v *studioValue) span() (span, error) {
	if v.Global != nil {
		return span{v.Global.Start, v.Global.End}, nil
	}
	start, err := strconv.Atoi(strings.Trim(string(v.Start), `"`))
	end, err2 := strconv.Atoi(strings.Trim(string(v.End), `"`))
	if err != nil || err2 != nil {
		return span{}, fmt.Errorf("start %s and end %s are no numbers: label with the tag Text", v.Start, v.End)
	}
	return span{start, end}, nil
}

// sameWords reports whether a tool shows a as b, which may change white space.
func sameWords(a, b string) bool {
	bare := func(s string) string {
		return strings.Map(func(r rune) rune {
			if unicode.IsSpace(r) || unicode.IsControl(r) {
				return -1
			}
			return r
		}, strings.ReplaceAll(s, `\n`, ""))
	}
	return a == b || bare(a) == bare(b)
}

// studioConfig is the labelling configuration that the tasks need.
func studioConfig() string {
	var b strings.Builder
	b.WriteString("<View>\n")
	fmt.Fprintf(&b, "  <Labels name=%q toName=%q>\n", studioLabels, studioText)
	for _, l := range labels {
		fmt.Fprintf(&b, "    <Label value=%q background=%q hotkey=%q/>\n", l.name, l.color, l.key)
	}
	b.WriteString("  </Labels>\n")
	fmt.Fprintf(&b, "  <Text name=%q value=\"$%s\" granularity=\"symbol\"/>\n", studioText, studioText)
	for _, f := range fields {
		of := strings.Join(f.of, ",")
		fmt.Fprintf(&b, "  <View visibleWhen=\"region-selected\" whenTagName=%q whenLabelValue=%q>\n", studioLabels, of)
		fmt.Fprintf(&b, "    <Header value=%q size=\"6\"/>\n", strings.ReplaceAll(f.name, "_", " "))
		if f.values == nil {
			fmt.Fprintf(&b, "    <TextArea name=%q toName=%q perRegion=\"true\" editable=\"true\" maxSubmissions=\"1\"/>\n", f.name, studioText)
		} else {
			fmt.Fprintf(&b, "    <Choices name=%q toName=%q perRegion=\"true\" choice=\"single\" showInline=\"true\">\n", f.name, studioText)
			for _, v := range f.values {
				fmt.Fprintf(&b, "      <Choice value=%q/>\n", v)
			}
			b.WriteString("    </Choices>\n")
		}
		b.WriteString("  </View>\n")
	}
	b.WriteString("  <Relations>\n")
	for _, l := range linkKinds {
		fmt.Fprintf(&b, "    <Relation value=%q/>\n", l.kind)
	}
	b.WriteString("  </Relations>\n</View>\n")
	return b.String()
}
