package eval

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/goldform"
)

// Case is one thing that a prediction got wrong.
type Case struct {
	Document string // id
	Kind     string // "missed quote", "spurious claim", "wrong speaker of quote", ...
	Span     pipeline.Span
	Char     int    // code points before Span.Start
	Context  string // the text around, the span between ⟦ and ⟧; line breaks shown as ¶
	Gold     string // what the gold says; empty for spurious ones
	Got      string // what was predicted; empty for missed ones

	// Statement is the quote or content that was judged: the gold one, and for
	// spurious ones the predicted. It is nil for blocks.
	Statement []pipeline.Span
	// GoldSpans and GotSpans are the words in question on each side, where it is
	// about words: the bounds of a content, the words that name a source, a cue,
	// the evidence of a stance.
	GoldSpans, GotSpans []pipeline.Span
	// GoldClass and GotClass are the classes that were taken for one another; of
	// missed and spurious ones, the kind on the one side that has it.
	GoldClass, GotClass string
}

// Cases lists up to n wrong cases, taken in turn from every kind of error and
// within a kind spread evenly over the documents, in an order that is the same
// every time: by kind, then in the order of gold. total says how many there
// are of each kind, sorted by its name.
func Cases(gold []goldform.Article, pred []*pipeline.Document, opt Options, n int) (cases []Case, total []KindCount, err error) {
	s, err := pairUp(gold, pred)
	if err != nil {
		return nil, nil, err
	}
	l := newLayout()
	layers := s.predicted(opt.layers())
	type wrong struct {
		document int
		judgement
	}
	var byKind [numQuestions][]wrong
	for i, g := range gold {
		compare(&g, s.pred[i], layers).judge(l, layers, func(j judgement) {
			if !j.right {
				byKind[j.question] = append(byKind[j.question], wrong{i, j})
			}
		})
	}
	var kinds []question
	for q := range numQuestions {
		if len(byKind[q]) > 0 {
			kinds = append(kinds, q)
		}
	}
	slices.SortFunc(kinds, func(a, b question) int { return strings.Compare(errorNames[a], errorNames[b]) })
	share := make([]int, len(kinds)) // how many to take of each kind
	for left := n; left > 0; {
		took := false
		for i, k := range kinds {
			if left > 0 && share[i] < len(byKind[k]) {
				share[i]++
				left--
				took = true
			}
		}
		if !took {
			break
		}
	}
	var shown []wrong
	for i, k := range kinds {
		all := byKind[k]
		total = append(total, KindCount{errorNames[k], len(all)})
		for j := range share[i] {
			shown = append(shown, all[(2*j+1)*len(all)/(2*share[i])])
		}
	}
	// The cases of one document are described together, so that its words are
	// counted once.
	cases = make([]Case, len(shown))
	order := make([]int, len(shown))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return shown[a].document - shown[b].document })
	for len(order) > 0 {
		n := 1
		d := shown[order[0]].document
		for n < len(order) && shown[order[n]].document == d {
			n++
		}
		c := compare(&gold[d], s.pred[d], layers)
		here := make([]*Case, n)
		for k, i := range order[:n] {
			cases[i] = c.describe(shown[i].judgement)
			here[k] = &cases[i]
		}
		c.place(here)
		order = order[n:]
	}
	return cases, total, nil
}

// place gives cases of one document their place in it.
func (c *comparison) place(cases []*Case) {
	cases = slices.SortedStableFunc(slices.Values(cases), func(a, b *Case) int { return bySpan(a.Span, b.Span) })
	at, char := 0, 0
	for _, x := range cases {
		char += utf8.RuneCountInString(c.t.s[at:x.Span.Start])
		at = x.Span.Start
		x.Char = char
		x.Context = inContext(c.t.s, x.Span)
	}
}

// KindCount is the number of errors of one kind.
type KindCount struct {
	Kind string
	N    int
}

// WriteCases writes the cases for people to read.
func WriteCases(w io.Writer, cases []Case, total []KindCount) error {
	var b strings.Builder
	t := table{header: []string{"error", "n"}, left: 1}
	for _, k := range total {
		t.row(k.Kind, strconv.Itoa(k.N))
	}
	t.write(&b)
	for _, c := range cases {
		fmt.Fprintf(&b, "\n%s  %s  byte %d, char %d\n    %s\n", c.Kind, c.Document, c.Span.Start, c.Char, c.Context)
		if c.Gold != "" {
			fmt.Fprintf(&b, "    gold: %s\n", c.Gold)
		}
		if c.Got != "" {
			fmt.Fprintf(&b, "    got:  %s\n", c.Got)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// describe makes the case of a wrong judgement, without its place.
func (c *comparison) describe(j judgement) Case {
	x := Case{Document: c.gold.ID, Kind: errorNames[j.question], GoldClass: j.goldClass, GotClass: j.predClass}
	switch j.question {
	case blockKind:
		x.Span = c.gold.Blocks[j.gold].Span
		x.Gold, x.Got = j.goldClass, j.predClass
		return x
	case quoteMissed, quoteKindOf, quoteSource, quoteSpeaker, quoteStance:
		x.Span = c.gold.Quotes[j.gold].Span
		x.Statement = []pipeline.Span{x.Span}
		c.describeQuote(&x, j)
	case quoteSpurious:
		x.Span = c.pred.Quotes[j.pred].Span
		x.Statement = []pipeline.Span{x.Span}
		x.Got, x.GotSpans = j.predClass, x.Statement
	case claimSpurious:
		a := &c.pred.Attributions[j.pred]
		x.Span = pipeline.Cover(a.Content)
		x.Statement = a.Content
		x.Got, x.GotSpans = c.described(a), a.Content
	default:
		a := &c.gold.Attributions[j.gold]
		x.Span = pipeline.Cover(a.Content)
		x.Statement = a.Content
		c.describeClaim(&x, j)
	}
	return x
}

func (c *comparison) describeQuote(x *Case, j judgement) {
	switch j.question {
	case quoteMissed:
		x.Gold, x.GoldSpans = j.goldClass, x.Statement
	case quoteKindOf:
		x.Gold, x.Got = j.goldClass, j.predClass
	case quoteSource, quoteSpeaker:
		x.GoldSpans = c.naming(c.gold, c.goldRel, j.gold, c.goldClaim[j.gold]).spans
		x.GotSpans = c.naming(c.pred, c.predRel, j.pred, c.predClaim[j.pred]).spans
		x.Gold, x.Got = c.quoted(x.GoldSpans), c.quoted(x.GotSpans)
		if j.question == quoteSpeaker {
			x.Gold = speakerName(speakerOf(c.gold, c.gold.Resolution.OfQuote, j.gold))
			x.Got = speakerName(speakerOf(c.pred, c.pred.Resolution.OfQuote, j.pred))
		}
	case quoteStance:
		x.stance(&c.gold.Stances.OfQuote[j.gold], &c.pred.Stances.OfQuote[j.pred])
	}
}

func (c *comparison) describeClaim(x *Case, j judgement) {
	g := &c.gold.Attributions[j.gold]
	if j.question == claimMissed {
		x.Gold, x.GoldSpans = c.described(g), g.Content
		return
	}
	p := &c.pred.Attributions[j.pred]
	switch j.question {
	case claimBounds:
		x.GoldSpans, x.GotSpans = g.Content, p.Content
	case claimSource, claimSpeaker:
		x.GoldSpans, x.GotSpans = g.Source, p.Source
	case claimCue, claimCueClass:
		x.GoldSpans, x.GotSpans = g.Cue, p.Cue
	}
	x.Gold, x.Got = c.quoted(x.GoldSpans), c.quoted(x.GotSpans)
	switch j.question {
	case claimKindOf:
		x.Gold, x.Got = j.goldClass, j.predClass
	case claimCueClass:
		x.Span = pipeline.Cover(g.Cue)
		x.Gold, x.Got = j.goldClass, j.predClass
	case claimSpeaker:
		x.Gold = speakerName(speakerOf(c.gold, c.gold.Resolution.OfAttribution, j.gold))
		x.Got = speakerName(speakerOf(c.pred, c.pred.Resolution.OfAttribution, j.pred))
	case claimStance:
		x.stance(&c.gold.Stances.OfAttribution[j.gold], &c.pred.Stances.OfAttribution[j.pred])
	}
}

func (x *Case) stance(gold, pred *pipeline.Stance) {
	show := func(s *pipeline.Stance) string {
		if s.Target == "" {
			return s.Position.String()
		}
		return s.Position.String() + " → " + s.Target
	}
	x.Gold, x.Got = show(gold), show(pred)
	x.GoldSpans, x.GotSpans = gold.Evidence, pred.Evidence
}

func (c *comparison) described(a *pipeline.Attribution) string {
	return fmt.Sprintf("%v, source %s, cue %s", a.Kind, c.quoted(a.Source), c.quoted(a.Cue))
}

// quoted shows the words of spans.
func (c *comparison) quoted(spans []pipeline.Span) string {
	if len(spans) == 0 {
		return "(none)"
	}
	var words []string
	for _, s := range spans {
		words = append(words, strconv.Quote(shorten(s.In(c.t.s), 120)))
	}
	return strings.Join(words, " … ")
}

func speakerName(s *pipeline.Speaker) string {
	if s == nil {
		return "(none)"
	}
	return s.Name
}

// around is the number of bytes of context on each side, and within is the
// number of bytes of the span itself that are shown.
const around, within = 100, 240

func inContext(s string, at pipeline.Span) string {
	before := pipeline.Span{Start: max(0, at.Start-around), End: at.Start}
	for before.Start < before.End && !utf8.RuneStart(s[before.Start]) {
		before.Start++
	}
	after := pipeline.Span{Start: at.End, End: min(len(s), at.End+around)}
	for after.End < len(s) && after.End > after.Start && !utf8.RuneStart(s[after.End]) {
		after.End--
	}
	return strings.ReplaceAll(before.In(s)+"⟦"+shorten(at.In(s), within)+"⟧"+after.In(s), "\n", "¶")
}

// shorten takes the middle out of words longer than n bytes.
func shorten(words string, n int) string {
	if len(words) <= n {
		return words
	}
	head, tail := n/2, len(words)-n/2
	for head > 0 && !utf8.RuneStart(words[head]) {
		head--
	}
	for tail < len(words) && !utf8.RuneStart(words[tail]) {
		tail++
	}
	return words[:head] + " […] " + words[tail:]
}
