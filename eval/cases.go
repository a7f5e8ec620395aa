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

	text string // of the document; Char and Context are made only for cases that are shown
}

// Cases lists up to n wrong cases, taken in turn from every kind of error and
// within a kind spread evenly over the documents, in an order that is the same
// every time. total says how many there are of each kind.
func Cases(gold []goldform.Article, pred []*pipeline.Document, opt Options, n int) (cases []Case, total []KindCount, err error) {
	s, err := pairUp(gold, pred)
	if err != nil {
		return nil, nil, err
	}
	layers := s.predicted(opt.layers())
	var kinds []string
	byKind := make(map[string][]Case)
	for i, g := range gold {
		l := lister{compare(g.Doc, s.pred[i], layers), func(c Case) {
			if byKind[c.Kind] == nil {
				kinds = append(kinds, c.Kind)
			}
			byKind[c.Kind] = append(byKind[c.Kind], c)
		}}
		l.list(layers)
	}
	slices.Sort(kinds)
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
	for i, k := range kinds {
		all := byKind[k]
		total = append(total, KindCount{k, len(all)})
		for j := range share[i] {
			c := all[(2*j+1)*len(all)/(2*share[i])]
			c.Char = utf8.RuneCountInString(c.text[:c.Span.Start])
			c.Context = inContext(c.text, c.Span)
			cases = append(cases, c)
		}
	}
	return cases, total, nil
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

// lister reads the wrong cases off one comparison.
type lister struct {
	*comparison
	emit func(Case)
}

func (l *lister) list(layers pipeline.Layers) {
	if layers.Has(pipeline.LayerBlocks) && l.gold.Has(pipeline.LayerBlocks) {
		l.listBlocks()
	}
	quotes, claims := layers.Has(pipeline.LayerQuotes), layers.Has(pipeline.LayerAttributions)
	speakers := layers.Has(pipeline.LayerSpeakers) && l.gold.Has(pipeline.LayerSpeakers)
	stances := layers.Has(pipeline.LayerStances)
	gs, ps := &l.gold.Stances, &l.pred.Stances
	for _, m := range l.quotes {
		switch {
		case m.pred < 0:
			if quotes {
				l.wrong("missed quote", l.gold.Quotes[m.gold].Span, l.gold.Quotes[m.gold].Kind.String(), "")
			}
			continue
		case m.gold < 0:
			if quotes {
				l.wrong("spurious quote", l.pred.Quotes[m.pred].Span, "", l.pred.Quotes[m.pred].Kind.String())
			}
			continue
		}
		at := l.gold.Quotes[m.gold].Span
		if speakers {
			if !m.source {
				l.wrong("wrong source of quote", at,
					l.quoted(l.naming(l.gold, l.goldRel, m.gold, l.goldClaim[m.gold]).spans),
					l.quoted(l.naming(l.pred, l.predRel, m.pred, l.predClaim[m.pred]).spans))
			}
			if !m.speaker {
				l.wrong("wrong speaker of quote", at,
					speakerName(speakerOf(l.gold, l.gold.Resolution.OfQuote, m.gold)), speakerName(speakerOf(l.pred, l.pred.Resolution.OfQuote, m.pred)))
			}
		}
		if stances && m.gold < len(gs.OfQuote) && m.pred < len(ps.OfQuote) {
			l.wrongStance("wrong stance of quote", at, &gs.OfQuote[m.gold], &ps.OfQuote[m.pred])
		}
	}
	for _, m := range l.claims {
		switch {
		case m.pred < 0:
			if claims {
				a := &l.gold.Attributions[m.gold]
				l.wrong("missed claim", pipeline.Cover(a.Content), l.described(a), "")
			}
			continue
		case m.gold < 0:
			if claims {
				a := &l.pred.Attributions[m.pred]
				l.wrong("spurious claim", pipeline.Cover(a.Content), "", l.described(a))
			}
			continue
		}
		g, p := &l.gold.Attributions[m.gold], &l.pred.Attributions[m.pred]
		at := pipeline.Cover(g.Content)
		if claims {
			if !m.exact {
				l.wrong("wrong bounds of claim", at, l.quoted(g.Content), l.quoted(p.Content))
			}
			if !m.source {
				l.wrong("wrong source of claim", at, l.quoted(g.Source), l.quoted(p.Source))
			}
			if !m.cue {
				l.wrong("wrong cue of claim", at, l.quoted(g.Cue), l.quoted(p.Cue))
			}
		}
		if speakers && !m.speaker {
			l.wrong("wrong speaker of claim", at,
				speakerName(speakerOf(l.gold, l.gold.Resolution.OfAttribution, m.gold)), speakerName(speakerOf(l.pred, l.pred.Resolution.OfAttribution, m.pred)))
		}
		if !stances {
			continue
		}
		if m.gold < len(gs.OfAttribution) && m.pred < len(ps.OfAttribution) {
			l.wrongStance("wrong stance of claim", at, &gs.OfAttribution[m.gold], &ps.OfAttribution[m.pred])
		}
		if m.gold < len(gs.CueClasses) && m.pred < len(ps.CueClasses) && gs.CueClasses[m.gold] != pipeline.CueNone && gs.CueClasses[m.gold] != ps.CueClasses[m.pred] {
			l.wrong("wrong class of cue", pipeline.Cover(g.Cue),
				gs.CueClasses[m.gold].String(), ps.CueClasses[m.pred].String())
		}
	}
}

// listBlocks emits gold blocks most of whose words were given another kind.
func (l *lister) listBlocks() {
	j := 0
	for _, g := range l.gold.Blocks {
		for j < len(l.pred.Blocks) && l.pred.Blocks[j].End <= g.Start {
			j++
		}
		got, most, right := "none", 0, 0
		for k := j; k < len(l.pred.Blocks) && l.pred.Blocks[k].Start < g.End; k++ {
			p := l.pred.Blocks[k]
			n := l.t.words(g.Intersect(p.Span))
			if p.Kind == g.Kind {
				right += n
			} else if n > most {
				got, most = p.Kind.String(), n
			}
		}
		if all := l.t.words(g.Span); 2*right < all {
			l.wrong("wrong kind of block", g.Span, g.Kind.String(), got)
		}
	}
}

func (l *lister) wrongStance(kind string, at pipeline.Span, gold, pred *pipeline.Stance) {
	if gold.Position == pred.Position {
		return
	}
	show := func(s *pipeline.Stance) string {
		if s.Target == "" {
			return s.Position.String()
		}
		return s.Position.String() + " → " + s.Target
	}
	l.wrong(kind, at, show(gold), show(pred))
}

func (l *lister) described(a *pipeline.Attribution) string {
	return fmt.Sprintf("%v, source %s, cue %s", a.Kind, l.quoted(a.Source), l.quoted(a.Cue))
}

// quoted shows the words of spans.
func (l *lister) quoted(spans []pipeline.Span) string {
	if len(spans) == 0 {
		return "(none)"
	}
	var words []string
	for _, s := range spans {
		words = append(words, strconv.Quote(shorten(s.In(l.t.s), 120)))
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

func (l *lister) wrong(kind string, at pipeline.Span, gold, got string) {
	l.emit(Case{Document: l.gold.ID, Kind: kind, Span: at, Gold: gold, Got: got, text: l.t.s})
}

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
