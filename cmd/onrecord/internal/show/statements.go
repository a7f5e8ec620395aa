package show

import (
	"slices"
	"strings"

	"github.com/onrecord-nlp/onrecord/pipeline"
)

// article is what a document says about its statements, put together for
// showing.
type article struct {
	*pipeline.Document
	statements []statement // in text order; numbered from 1 by their place
	people     []person    // in the order of their first statements
	hidden     int         // statements left out for their confidence
}

// statement is an attribution, or a quote that belongs to none.
type statement struct {
	content, source, cue []pipeline.Span
	kind                 pipeline.Kind
	claim                bool // else a quote
	person               int  // index into people, or -1
	stance               *pipeline.Stance
	negated              bool
	confidence           float32
}

// person is a speaker who says something. Where speakers were not made out,
// it is the words of a source.
type person struct {
	name, description string
	quotes, claims    int
	positions         [3]int // statements for each pipeline.Position
}

// collect finds the statements of a document whose confidence is at least
// least.
func collect(doc *pipeline.Document, least float32) *article {
	a := &article{Document: doc}
	var (
		bySpeaker = map[int]int{} // to people
		byWords   = map[string]int{}
		speakers  = doc.Has(pipeline.LayerSpeakers)
		stances   = doc.Has(pipeline.LayerStances)
	)
	// A quote is a statement of its own where no attribution has it, or none of
	// the same speaker.
	told := make([]bool, len(doc.Quotes))
	for i, at := range doc.Attributions {
		s := statement{
			content: at.Content, source: at.Source, cue: at.Cue,
			kind: at.Kind, claim: true, person: -1, negated: at.Negated, confidence: at.Confidence,
		}
		speaker := -1
		if speakers {
			speaker = doc.Resolution.OfAttribution[i]
		}
		for _, q := range at.Quotes {
			own := -1
			if speakers {
				own = doc.Resolution.OfQuote[q]
			}
			if own < 0 || speaker < 0 || own == speaker {
				told[q] = true
			}
		}
		if stances && i < len(doc.Stances.OfAttribution) {
			s.stance = &doc.Stances.OfAttribution[i]
		}
		s.person = speaker
		a.statements = append(a.statements, s)
	}
	for i, q := range doc.Quotes {
		if !q.Uttered || told[i] {
			continue
		}
		s := statement{content: []pipeline.Span{q.Span}, kind: q.Kind, person: -1, confidence: quoteConfidence(doc, i)}
		if speakers {
			s.person = doc.Resolution.OfQuote[i]
			if m := doc.Resolution.QuoteMention[i]; m >= 0 {
				s.source = []pipeline.Span{doc.Mentions[m].Span}
			}
		}
		if stances && i < len(doc.Stances.OfQuote) {
			s.stance = &doc.Stances.OfQuote[i]
		}
		a.statements = append(a.statements, s)
	}
	all := len(a.statements)
	a.statements = slices.DeleteFunc(a.statements, func(s statement) bool { return s.confidence < least })
	a.hidden = all - len(a.statements)
	slices.SortStableFunc(a.statements, func(x, y statement) int {
		if d := x.content[0].Start - y.content[0].Start; d != 0 {
			return d
		}
		return y.content[0].End - x.content[0].End
	})

	// People, in the order in which they speak.
	find := func(speaker int) int {
		n, ok := bySpeaker[speaker]
		if !ok {
			n = len(a.people)
			bySpeaker[speaker] = n
			sp := doc.Speakers[speaker]
			a.people = append(a.people, person{name: sp.Name, description: sp.Description})
		}
		return n
	}
	for i := range a.statements {
		s := &a.statements[i]
		switch {
		case s.person >= 0:
			s.person = find(s.person)
		case len(s.source) > 0:
			words := a.words(s.source)
			n, ok := byWords[words]
			if !ok {
				n = len(a.people)
				byWords[words] = n
				a.people = append(a.people, person{name: words})
			}
			s.person = n
		default:
			continue
		}
		p := &a.people[s.person]
		if s.claim {
			p.claims++
		} else if !speakers {
			p.quotes++
		}
		if s.stance != nil {
			p.positions[s.stance.Position]++
		}
	}
	if speakers {
		for i, q := range doc.Quotes {
			sp := doc.Resolution.OfQuote[i]
			if n, ok := bySpeaker[sp]; ok && q.Uttered && quoteConfidence(doc, i) >= least {
				a.people[n].quotes++
			}
		}
	}
	return a
}

// words are those of the spans, joined by a space.
func (a *article) words(spans []pipeline.Span) string {
	var parts []string
	for _, s := range spans {
		parts = append(parts, s.In(a.Text))
	}
	return strings.Join(parts, " ")
}

// quoteConfidence is that of the table of quotes. Where nothing is known of it
// it is 1.
func quoteConfidence(doc *pipeline.Document, i int) float32 {
	if doc.Has(pipeline.LayerSpeakers) {
		return doc.Resolution.QuoteScore[i]
	}
	if s := doc.Quotes[i].Score; s > 0 {
		return s
	}
	return 1
}

// kinds of spans that are marked in the text.
type role uint8

const (
	content role = iota
	source
	cue
)

// piece is the part of a span that lies in one paragraph.
type piece struct {
	start, end int // bytes of the text
	paragraph  int
	role       role
	statement  int
	first      bool // it is where its statement begins
}

// paragraph is a block, or where there are none, a line.
type paragraph struct {
	start, end int
	kind       pipeline.BlockKind
	pieces     []piece // by start, longer ones first
}

// paragraphs cuts the text into paragraphs, and the spans of the statements
// into pieces of them. No word of the text is lost, whatever blocks there are.
func (a *article) paragraphs() []paragraph {
	var ps []paragraph
	add := func(start, end int, kind pipeline.BlockKind) {
		if start, end = trim(a.Text, start, end); start < end {
			ps = append(ps, paragraph{start: start, end: end, kind: kind})
		}
	}
	lines := func(start, end int) {
		for start < end {
			n := strings.IndexByte(a.Text[start:end], '\n')
			if n < 0 {
				n = end - start
			}
			add(start, start+n, pipeline.BlockBody)
			start += n + 1
		}
	}
	at := 0
	for _, b := range a.Blocks {
		if b.Start > at {
			lines(at, b.Start)
		}
		if b.End > at {
			add(max(b.Start, at), b.End, b.Kind)
			at = b.End
		}
	}
	lines(at, len(a.Text))

	var pieces []piece
	seen := map[piece]bool{} // sources and cues are shared by many statements
	first := false           // no content of the statement has been met yet
	cut := func(s pipeline.Span, role role, statement int) {
		n, _ := slices.BinarySearchFunc(ps, s.Start, func(p paragraph, at int) int { return p.end - at - 1 })
		for ; n < len(ps) && ps[n].start < s.End; n++ {
			start, end := trim(a.Text, max(s.Start, ps[n].start), min(s.End, ps[n].end))
			if start >= end {
				continue
			}
			pc := piece{start: start, end: end, paragraph: n, role: role}
			if role != content {
				if seen[pc] {
					continue
				}
				seen[pc] = true
			}
			pc.statement = statement
			if role == content {
				pc.first, first = first, false
			}
			pieces = append(pieces, pc)
		}
	}
	for i, s := range a.statements {
		first = true
		for _, c := range s.content {
			cut(c, content, i)
		}
		for _, c := range s.source {
			cut(c, source, i)
		}
		for _, c := range s.cue {
			cut(c, cue, i)
		}
	}
	slices.SortStableFunc(pieces, func(x, y piece) int {
		switch {
		case x.paragraph != y.paragraph:
			return x.paragraph - y.paragraph
		case x.start != y.start:
			return x.start - y.start
		case x.end != y.end:
			return y.end - x.end
		}
		return int(x.role) - int(y.role)
	})
	for len(pieces) > 0 {
		n := 1
		for n < len(pieces) && pieces[n].paragraph == pieces[0].paragraph {
			n++
		}
		ps[pieces[0].paragraph].pieces = pieces[:n]
		pieces = pieces[n:]
	}
	return ps
}
