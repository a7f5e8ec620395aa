package exchange

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/goldform"
)

// The labels of marks. Each kind of block is a label of its own.
const (
	labelQuote    = "Quote"
	labelContent  = "Content"
	labelSource   = "Source"
	labelCue      = "Cue"
	labelMention  = "Mention"
	labelEvidence = "Evidence"
)

// labels lists all labels, those that people set most first, with the colour
// and the key that tools may use for them.
var labels = []struct{ name, color, key string }{
	{labelQuote, "#ffd54f", "q"},
	{labelContent, "#a5d6a7", "c"},
	{labelSource, "#90caf9", "s"},
	{labelCue, "#ef9a9a", "u"},
	{labelMention, "#b39ddb", "m"},
	{labelEvidence, "#ffab91", "e"},
	{"Headline", "#e0e0e0", "h"},
	{"Byline", "#e0e0e0", "y"},
	{"Date", "#e0e0e0", "d"},
	{"Caption", "#e0e0e0", "p"},
	{"Body", "#eeeeee", "b"},
	{"Boilerplate", "#e0e0e0", "o"},
}

// knownLabel returns the label that a tool's word means, in whatever case.
func knownLabel(word string) (string, bool) {
	for _, l := range labels {
		if strings.EqualFold(l.name, strings.TrimSpace(word)) {
			return l.name, true
		}
	}
	return "", false
}

// blockKind is the kind of block that a label stands for.
func blockKind(label string) (pipeline.BlockKind, bool) {
	return pipeline.ParseBlockKind(strings.ToLower(label))
}

// blockLabel is the inverse of blockKind.
func blockLabel(kind string) string { return strings.ToUpper(kind[:1]) + kind[1:] }

// The kinds of link. Read, a link means what the labels at its ends say; the
// kind is for people.
const (
	linkSource   = "source"   // Content to Source
	linkCue      = "cue"      // Content or Quote to Cue
	linkQuote    = "quote"    // Content to Quote
	linkMention  = "mention"  // Quote to Mention
	linkEvidence = "evidence" // Content or Quote to Evidence
	linkPart     = "part"     // to a further part of the same Content, Source, Cue or Evidence
)

// linkKinds lists the kinds of link with the labels at their ends.
var linkKinds = []struct {
	kind     string
	from, to []string
}{
	{linkSource, []string{labelContent}, []string{labelSource}},
	{linkCue, []string{labelContent, labelQuote}, []string{labelCue}},
	{linkQuote, []string{labelContent}, []string{labelQuote}},
	{linkMention, []string{labelQuote}, []string{labelMention}},
	{linkEvidence, []string{labelContent, labelQuote}, []string{labelEvidence}},
	{linkPart, []string{labelContent, labelSource, labelCue, labelEvidence}, []string{labelContent, labelSource, labelCue, labelEvidence}},
}

// field is one thing that is said of a mark beside its label.
type field uint8

const (
	fieldKind field = iota
	fieldStance
	fieldTarget
	fieldStanceConfidence
	fieldCueClass
	fieldNegated
	fieldManner
	fieldConfidence
	fieldDepth
	fieldSpeaker
	numFields
)

// fields says how fields are called, which values they may have where they are
// few, and of what they are said.
var fields = [numFields]struct {
	name   string
	values []string
	of     []string
}{
	fieldKind:             {"kind", []string{"direct", "mixed", "indirect"}, []string{labelQuote, labelContent}},
	fieldStance:           {"stance", []string{"support", "oppose", "neutral"}, []string{labelQuote, labelContent}},
	fieldTarget:           {"target", nil, []string{labelQuote, labelContent}},
	fieldStanceConfidence: {"stance_confidence", nil, []string{labelQuote, labelContent}},
	fieldCueClass:         {"cue_class", []string{"neutral", "assertive", "distancing", "concessive", "denial", "evaluative", "directive", "mental"}, []string{labelContent}},
	fieldNegated:          {"negated", []string{"true"}, []string{labelContent}},
	fieldManner:           {"manner", []string{"none", "cue", "continuation", "context", "dialogue"}, []string{labelQuote, labelContent}},
	fieldConfidence:       {"confidence", nil, []string{labelQuote, labelContent}},
	fieldDepth:            {"depth", nil, []string{labelQuote}},
	fieldSpeaker:          {"speaker", nil, []string{labelQuote, labelContent, labelMention}},
}

// fieldByName returns the field that a tool calls name, in whatever case.
func fieldByName(name string) (field, bool) {
	for f := range numFields {
		if strings.EqualFold(fields[f].name, name) {
			return f, true
		}
	}
	return 0, false
}

// span is a half-open range of code points.
type span struct{ start, end int }

func spanOf(o goldform.Offsets) span     { return span{o[0], o[1]} }
func (s span) offsets() goldform.Offsets { return goldform.Offsets{s.start, s.end} }
func (s span) overlap(t span) int        { return min(s.end, t.end) - max(s.start, t.start) }
func compareSpans(a, b span) int         { return cmpOr(a.start-b.start, a.end-b.end) }
func spansOf(list []goldform.Offsets) (out []span) {
	for _, o := range list {
		out = append(out, spanOf(o))
	}
	return out
}

func offsetsOf(list []span) []goldform.Offsets {
	out := make([]goldform.Offsets, len(list))
	for i, s := range list {
		out[i] = s.offsets()
	}
	return out
}

func cmpOr(a, b int) int {
	if a != 0 {
		return a
	}
	return b
}

// page is one article as annotation tools see it: labelled spans, things said
// of them, and links between them.
type page struct {
	text  string
	marks []mark
	links []link
	rider
}

// rider is what an article has that marks and links do not show.
type rider struct {
	// Head is the article without its text and with its lists emptied, so that
	// a list that is there and empty differs from one that is not. Speakers
	// stand in it with all but their mentions. Nil where the file was not
	// written by this package.
	Head *goldform.Record `json:"article,omitempty"`
	// Order holds the ids of quotes and contents in the order of the rows.
	Order []string `json:"order,omitempty"`
}

// mark is a labelled span of the text, in one part or several.
type mark struct {
	id     string // as the tool calls it
	label  string
	spans  []span // in text order, never none
	values values
}

// link links two marks, which it holds as indices.
type link struct {
	kind     string
	from, to int
}

// pageOf shows an article as marks and links.
func pageOf(a goldform.Article) (*page, error) {
	r, err := goldform.RecordOf(a)
	if err != nil {
		return nil, err
	}
	p := &page{text: *r.Text}
	if !utf8.ValidString(p.text) {
		p.text = string([]rune(p.text)) // as JSON has it, with as many code points
	}
	head := *r
	head.Text = nil
	head.Blocks, head.Quotes, head.Claims, head.Speakers = emptied(r.Blocks), emptied(r.Quotes), emptied(r.Claims), emptied(r.Speakers)
	for _, s := range r.Speakers {
		s.Mentions = []goldform.Offsets{}
		head.Speakers = append(head.Speakers, s)
	}
	p.Head = &head
	who := speakerLabels(r.Speakers)
	voice := func(v goldform.Voice) string {
		if v.SpeakerIndex != nil {
			return who[*v.SpeakerIndex]
		}
		return v.Speaker // the label of a speaker without namesakes is the name
	}
	add := func(label string, spans ...span) int {
		p.marks = append(p.marks, mark{label: label, spans: spans})
		return len(p.marks) - 1
	}
	seen := make(map[string]int)
	// shared returns the mark of these spans, one for all rows that have it.
	shared := func(label, of string, spans ...span) int {
		key := fmt.Sprint(label, spans, of)
		m, ok := seen[key]
		if !ok {
			m = add(label, spans...)
			p.marks[m].values[fieldSpeaker] = of
			seen[key] = m
		}
		return m
	}
	tie := func(kind string, from, to int) { p.links = append(p.links, link{kind, from, to}) }
	for _, b := range r.Blocks {
		add(blockLabel(b.Kind), span{b.Start, b.End})
	}
	quotes := make([]int, len(r.Quotes))
	for i := range r.Quotes {
		q := &r.Quotes[i]
		quotes[i] = add(labelQuote, span{q.Start, q.End})
		v := &p.marks[quotes[i]].values
		v[fieldKind], v[fieldManner], v[fieldSpeaker] = q.Kind, q.Manner, voice(q.Voice)
		v[fieldConfidence] = number(q.Confidence)
		if q.Depth != 0 {
			v[fieldDepth] = strconv.Itoa(q.Depth)
		}
		setView(v, &q.View)
	}
	contents := make([]int, len(r.Claims))
	for i := range r.Claims {
		c := &r.Claims[i]
		contents[i] = add(labelContent, spansOf(c.Content)...)
		v := &p.marks[contents[i]].values
		v[fieldKind], v[fieldManner], v[fieldCueClass], v[fieldSpeaker] = c.Kind, c.Manner, c.CueClass, voice(c.Voice)
		v[fieldConfidence] = number(c.Confidence)
		if c.Negated {
			v[fieldNegated] = "true"
		}
		setView(v, &c.View)
	}
	for i := range r.Claims {
		c := &r.Claims[i]
		if len(c.Source) > 0 {
			tie(linkSource, contents[i], shared(labelSource, "", spansOf(c.Source)...))
		}
		if len(c.Cue) > 0 {
			tie(linkCue, contents[i], shared(labelCue, "", spansOf(c.Cue)...))
		}
		if len(c.StanceEvidence) > 0 {
			tie(linkEvidence, contents[i], shared(labelEvidence, "", spansOf(c.StanceEvidence)...))
		}
	}
	for i, s := range r.Speakers {
		for _, m := range s.Mentions {
			shared(labelMention, who[i], spanOf(m))
		}
	}
	for i := range r.Quotes {
		q := &r.Quotes[i]
		if q.Claim != nil && *q.Claim < len(contents) {
			tie(linkQuote, contents[*q.Claim], quotes[i])
		}
		if q.Mention != nil {
			tie(linkMention, quotes[i], shared(labelMention, voice(q.Voice), spanOf(q.Mention)))
		}
		if q.Cue != nil {
			tie(linkCue, quotes[i], shared(labelCue, "", spanOf(q.Cue)))
		}
		if len(q.StanceEvidence) > 0 {
			tie(linkEvidence, quotes[i], shared(labelEvidence, "", spansOf(q.StanceEvidence)...))
		}
	}
	return p, nil
}

// name gives every mark the id that a tool calls it by, and the rider the
// order of the rows.
func (p *page) name(id func(i int) string) {
	for i := range p.marks {
		p.marks[i].id = id(i)
		if l := p.marks[i].label; l == labelQuote || l == labelContent {
			p.Order = append(p.Order, p.marks[i].id)
		}
	}
}

// split makes one mark of each group of parts that cut returns, for tools
// whose marks cannot have all parts at once. The first keeps the place of the
// mark, and links lead from it to the others.
func (p *page) split(cut func([]span) [][]span) {
	for i := range len(p.marks) {
		groups := cut(p.marks[i].spans)
		p.marks[i].spans = groups[0]
		for _, g := range groups[1:] {
			p.links = append(p.links, link{linkPart, i, len(p.marks)})
			p.marks = append(p.marks, mark{label: p.marks[i].label, spans: g})
		}
	}
}

// single is the cut that leaves one part to a mark.
func single(spans []span) [][]span {
	groups := make([][]span, len(spans))
	for i := range spans {
		groups[i] = spans[i : i+1]
	}
	return groups
}

// emptied returns an empty list where there is a list, and nil where not.
func emptied[T any](list []T) []T {
	if list == nil {
		return nil
	}
	return []T{}
}

func setView(v *values, w *goldform.View) {
	v[fieldStance], v[fieldTarget], v[fieldStanceConfidence] = w.Stance, w.Target, number(w.StanceConfidence)
}

// values are what is said of a mark, empty where nothing is.
type values = [numFields]string

// number writes a number so that reading it gives the same; "" for none.
func number(n *float32) string {
	if n == nil {
		return ""
	}
	return strconv.FormatFloat(float64(*n), 'g', -1, 32)
}

// speakerLabels returns what speakers are called where only words can be
// shown: their names, and behind those of namesakes a number, "Kim [2]".
func speakerLabels(speakers []goldform.Speaker) []string {
	names := make(map[string]bool, len(speakers))
	for _, s := range speakers {
		names[s.Name] = true
	}
	out := make([]string, len(speakers))
	used := make(map[string]int, len(speakers))
	for i, s := range speakers {
		label := s.Name
		for n := used[s.Name]; n > 0; n++ {
			if label = fmt.Sprintf("%s [%d]", s.Name, n+1); !names[label] {
				used[s.Name] = n
				break
			}
		}
		used[s.Name]++
		out[i] = label
	}
	return out
}
