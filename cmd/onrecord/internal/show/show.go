// Package show sets an article for a terminal: its words wrapped to the width,
// what people say in it marked and coloured by speaker, and in a margin, level
// with the first line of each statement, who says it and where they stand.
//
// It reads documents with any layers: fresh from the pipeline, read back from
// the tables of a run, or labelled by hand. Whatever the colours tell stands
// there in characters too, so that the same page without escape codes can be
// piped, mailed and searched. No control character of the text reaches the
// output, and no line is wider than asked for.
package show

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/rivo/uniseg"

	"github.com/onrecord-nlp/onrecord/pipeline"
)

// Options say how articles are shown.
type Options struct {
	Width  int // columns of the terminal; less than MinWidth is MinWidth
	Colors Colors
	// All shows boilerplate too, of which otherwise one line tells.
	All bool
	// MinConfidence is the least confidence of statements marked.
	MinConfidence float32
}

// MinWidth is the narrowest page, in columns.
const MinWidth = 20

const (
	besideWidth = 70 // the narrowest page with notes beside the text
	widestText  = 88 // columns; longer lines are hard to read
	// lowConfidence is that below which a statement's confidence is told.
	lowConfidence = 0.7
)

// endless is a width that nothing reaches.
const endless = 1 << 30

// signs of pipeline.Position.
var signs = [...]string{pipeline.Neutral: "·", pipeline.Support: "+", pipeline.Oppose: "−"}

// Key says what the marks mean, in lines no wider than the options say.
func Key(w io.Writer, o Options) error {
	p := newPage(o, nil)
	look := style{faint: true}
	marks := "⟦1 …⟧ a statement and its number in the margin; _…_ its source; /…/ its cue."
	if o.Colors != Plain {
		marks = "⟦1 …⟧ a statement, in its speaker's colour, and its number in the margin; underlined its source; italic its cue."
	}
	p.prose(marks+fmt.Sprintf(" + supports, − opposes, · takes no side. 42%%: confidence, where it is below %.0f%%.", lowConfidence*100), look)
	_, err := w.Write(p.flow.out)
	return err
}

// Article writes one document to w. Every span of the document must lie within
// its text, as the readers of this module see to.
func Article(w io.Writer, doc *pipeline.Document, o Options) error {
	p := newPage(o, collect(doc, o.MinConfidence))
	p.head()
	p.body()
	p.legend()
	_, err := w.Write(p.flow.out)
	return err
}

// Name makes the name of a file, or anything else that is somebody else's, fit
// for one line of a terminal.
func Name(s string) string {
	s, _ = oneLine(s, endless)
	return s
}

// page is one article on its way.
type page struct {
	*article
	o    Options
	flow flow
	// Of the paragraph at hand:
	base style
	open []piece // contents, the last opened last
	// Where in the text the source and the cue that are open end, 0 where none
	// is, and whose the source is.
	sourceEnd, cueEnd, sourcePerson int

	small    bool  // what was written last is one of the small things around an article
	inMargin []int // for each statement, the paragraph of its last note, from 1
}

func newPage(o Options, a *article) *page {
	o.Width = max(o.Width, MinWidth)
	p := &page{article: a, o: o}
	if a != nil {
		p.inMargin = make([]int, len(a.statements))
	}
	p.flow = flow{colors: o.Colors, width: min(o.Width, widestText)}
	if o.Width >= besideWidth {
		p.flow.margin = min(max(o.Width*3/10, 22), 40)
		p.flow.width = min(o.Width-ruleWidth-p.flow.margin, widestText)
	}
	return p
}

// look is the colour of a person, and none of nobody.
func (p *page) look(person int) style {
	if person < 0 {
		return style{}
	}
	return style{color: uint8(person%240) + 1}
}

// prose writes text of the program's own, or of the document's metadata, over
// the whole width, and no empty line.
func (p *page) prose(s string, look style) {
	f := flow{colors: p.o.Colors, width: p.o.Width}
	f.text(s, look)
	f.finishLine()
	p.flow.out = append(p.flow.out, f.out...)
}

// text puts text without marks.
func (f *flow) text(s string, look style) {
	var cluster string
	var width int
	for state := -1; len(s) > 0; {
		cluster, s, width, state = uniseg.FirstGraphemeClusterInString(s, state)
		g := show(cluster, width)
		if g.space {
			f.space(1)
		} else if g.width > 0 {
			f.put(g, look)
		}
	}
}

// heading writes a line across the page that begins with s.
func (p *page) heading(s string) {
	columns := p.flow.width
	if p.flow.margin > 0 {
		columns += ruleWidth + p.flow.margin
	}
	s, w := oneLine(s, columns-6)
	p.flow.faint("── ")
	p.flow.out = append(p.flow.out, s...)
	p.flow.faint(" " + strings.Repeat("─", columns-w-4))
	p.flow.out = append(p.flow.out, '\n')
}

// head writes what is known of the article beside its text.
func (p *page) head() {
	name := p.ID
	if name == "" {
		name = p.Source
	}
	p.heading(name)
	var has [pipeline.BlockBoilerplate + 1]bool
	for _, b := range p.Blocks {
		has[b.Kind] = true
	}
	var meta []string
	if p.Byline != "" && !has[pipeline.BlockByline] {
		meta = append(meta, p.Byline)
	}
	if !p.Published.IsZero() && !has[pipeline.BlockDate] {
		meta = append(meta, p.Published.UTC().Format(time.DateOnly))
	}
	if p.URL != "" {
		meta = append(meta, p.URL)
	}
	if len(meta) > 0 {
		p.prose(strings.Join(meta, " · "), style{faint: true})
	}
	if p.Title != "" && !has[pipeline.BlockHeadline] {
		p.apart(false)
		p.prose(p.Title, style{bold: true})
	}
}

// body writes the text.
func (p *page) body() {
	folded, foldedWords := 0, 0
	fold := func() {
		if folded > 0 {
			p.apart(true)
			p.prose(fmt.Sprintf("[%s of boilerplate, %s: shown with --all]", count(folded, "line"), count(foldedWords, "word")), style{faint: true})
		}
		folded, foldedWords = 0, 0
	}
	for _, par := range p.paragraphs() {
		if par.kind == pipeline.BlockBoilerplate && len(par.pieces) == 0 && !p.o.All {
			folded++
			foldedWords += words(p.Text[par.start:par.end])
			continue
		}
		fold()
		p.apart(!par.kind.Speech())
		p.paragraph(par)
	}
	fold()
}

// apart writes an empty line, unless what stands above and what comes are both
// of the small things around an article.
func (p *page) apart(small bool) {
	if !small || !p.small {
		p.flow.out = append(p.flow.out, '\n')
	}
	p.small = small
}

// words counts the words of s.
func words(s string) int {
	n, in := 0, false
	for _, r := range s {
		space := isSpace(r)
		if !space && !in {
			n++
		}
		in = !space
	}
	return n
}

// paragraph writes one paragraph with its marks and its notes.
func (p *page) paragraph(par paragraph) {
	f := &p.flow
	p.base, p.sourceEnd, p.cueEnd, p.open = style{}, 0, 0, p.open[:0]
	f.indent, f.indentW = "", 0
	switch par.kind {
	case pipeline.BlockHeadline:
		p.base.bold = true
	case pipeline.BlockByline, pipeline.BlockDate:
		p.base.faint = true
	case pipeline.BlockCaption:
		p.base.faint = true
		f.indent, f.indentW = "▫ ", 2
	case pipeline.BlockBoilerplate:
		p.base.faint = true
		f.indent, f.indentW = "┊ ", 2
	}
	var (
		text, at = p.Text[par.start:par.end], par.start
		segments = text // from the next place on where a line may be broken
		breakAt  = par.start
		state    = -1
		lines    = -1 // state of the line breaker
		pieces   = par.pieces
		cluster  string
		width    int
	)
	for len(text) > 0 {
		cluster, text, width, state = uniseg.FirstGraphemeClusterInString(text, state)
		end := at + len(cluster)
		for len(pieces) > 0 && pieces[0].start < end {
			p.begin(pieces[0])
			pieces = pieces[1:]
		}
		g := show(cluster, width)
		switch {
		case g.space:
			f.space(g.width)
		case g.width > 0:
			f.put(g, p.style())
		}
		p.finish(end)
		for breakAt < end && len(segments) > 0 {
			var segment string
			segment, segments, _, lines = uniseg.FirstLineSegmentInString(segments, lines)
			breakAt += len(segment)
		}
		if breakAt == end {
			f.endWord()
		}
		at = end
	}
	if par.kind == pipeline.BlockHeadline && p.o.Colors == Plain {
		f.finishLine()
		for range f.longest {
			f.put(glyph{text: "=", width: 1}, style{})
		}
	}
	f.endParagraph()
}

// begin writes the mark before a piece.
func (p *page) begin(pc piece) {
	f := &p.flow
	switch pc.role {
	case content:
		p.open = append(p.open, pc)
		number := strconv.Itoa(pc.statement + 1)
		f.put(glyph{text: "⟦" + number + " ", width: len(number) + 2}, p.markStyle(pc))
		if before := p.inMargin[pc.statement]; before != pc.paragraph+1 {
			p.inMargin[pc.statement] = pc.paragraph + 1
			f.notes = append(f.notes, p.notes(pc.statement, before > 0)...)
		}
	case source:
		if p.sourceEnd == 0 {
			p.roleMark("_")
			p.sourcePerson = p.statements[pc.statement].person
		}
		p.sourceEnd = max(p.sourceEnd, pc.end)
	case cue:
		if p.cueEnd == 0 {
			p.roleMark("/")
		}
		p.cueEnd = max(p.cueEnd, pc.end)
	}
}

// finish writes the marks behind the pieces that end at or before a place.
func (p *page) finish(at int) {
	if p.cueEnd > 0 && p.cueEnd <= at {
		p.cueEnd = 0
		p.roleMark("/")
	}
	if p.sourceEnd > 0 && p.sourceEnd <= at {
		p.sourceEnd = 0
		p.roleMark("_")
	}
	for i := len(p.open) - 1; i >= 0; i-- {
		pc := p.open[i]
		if pc.end > at {
			continue
		}
		mark := glyph{text: "⟧", width: 1}
		if i < len(p.open)-1 { // it is not the last opened that ends
			number := strconv.Itoa(pc.statement + 1)
			mark = glyph{text: " " + number + "⟧", width: len(number) + 2}
		}
		p.flow.put(mark, p.markStyle(pc))
		p.open = append(p.open[:i], p.open[i+1:]...)
	}
}

// roleMark marks a source or a cue where no look tells them.
func (p *page) roleMark(mark string) {
	if p.o.Colors == Plain {
		p.flow.put(glyph{text: mark, width: 1}, style{})
	}
}

// markStyle is the look of the marks around a piece of content.
func (p *page) markStyle(pc piece) style {
	s := p.look(p.statements[pc.statement].person)
	s.bold = true
	return s
}

// style is the look of the text at hand.
func (p *page) style() style {
	s := p.base
	switch {
	case len(p.open) > 0:
		s.color = p.look(p.statements[p.open[len(p.open)-1].statement].person).color
	case p.sourceEnd > 0:
		s.color = p.look(p.sourcePerson).color
	}
	s.underline = p.sourceEnd > 0
	s.italic = p.cueEnd > 0
	return s
}

// notes is what the margin says of a statement: a line, or two where that is
// too long. Where the statement goes on in a further paragraph, it says whose
// it is.
func (p *page) notes(i int, goesOn bool) []string {
	st := &p.statements[i]
	width := p.flow.margin
	if width == 0 {
		width = p.o.Width - len(belowIndent)
	}
	who := "(no source)"
	if st.person >= 0 {
		who = p.people[st.person].name
	}
	number := strconv.Itoa(i+1) + " "
	named := func(columns int) (string, int) {
		name, w := oneLine(who, columns-len(number))
		look := p.look(st.person)
		look.bold = !goesOn
		out := look.append(nil, p.o.Colors)
		out = append(append(out, number...), name...)
		return string(look.appendReset(out, p.o.Colors)), w + len(number)
	}
	if goesOn {
		name, _ := named(width - 2)
		return []string{name + " …"}
	}
	confidence := ""
	if st.confidence < lowConfidence {
		confidence = fmt.Sprintf(" %d%%", int(max(st.confidence, 0)*100))
	}
	sign, target := "", ""
	if st.stance != nil {
		sign, target = " "+signs[st.stance.Position], st.stance.Target
	}
	if st.negated {
		sign += " not said"
	}
	faint := style{faint: true}
	tail := func(columns int) (string, int) {
		s, w := sign, uniseg.StringWidth(sign)
		if target != "" {
			t, tw := oneLine(target, columns-w-1-len(confidence))
			s, w = s+" "+t, w+1+tw
		}
		if confidence != "" {
			s += string(faint.appendReset(append(faint.append(nil, p.o.Colors), confidence...), p.o.Colors))
		}
		return s, w + len(confidence)
	}
	// On one line, if both fit whole.
	_, nameW := named(endless)
	if _, tailW := tail(endless); nameW+tailW <= width || target == "" {
		t, tailW := tail(endless)
		name, _ := named(width - tailW)
		return []string{name + t}
	}
	name, _ := named(width)
	t, _ := tail(width - len(number) + 1)
	return []string{name, strings.Repeat(" ", len(number)-1) + t}
}

// legend lists the speakers and what they say, and adds up.
func (p *page) legend() {
	if len(p.people) > 0 {
		p.apart(false)
		p.heading(count(len(p.people), "speaker"))
	}
	for i, s := range p.people {
		f := flow{colors: p.o.Colors, width: p.o.Width}
		look := p.look(i)
		look.bold = true
		f.text(s.name, look)
		if f.wordRTL || f.rtl {
			f.put(glyph{text: leftToRight}, look)
		}
		if s.description != "" {
			f.text(", "+s.description, style{})
		}
		f.text(": "+said(s.quotes, s.claims), style{})
		for _, pos := range []pipeline.Position{pipeline.Support, pipeline.Oppose, pipeline.Neutral} {
			if n := s.positions[pos]; n > 0 {
				f.text(fmt.Sprintf(" %s%d", signs[pos], n), style{})
			}
		}
		f.finishLine()
		p.flow.out = append(p.flow.out, f.out...)
	}
	p.apart(false)
	p.prose(p.totals(), style{})
	p.flow.out = append(p.flow.out, '\n')
}

// said counts quotes and claims.
func said(quotes, claims int) string {
	return count(quotes, "quote") + ", " + count(claims, "claim")
}

// totals adds up what was found.
func (p *page) totals() string {
	if !p.Has(pipeline.LayerQuotes) && !p.Has(pipeline.LayerAttributions) {
		return "Nothing has been sought in this article."
	}
	var (
		quotes, claims, nobody int
		kinds                  [3]int
	)
	for i, q := range p.Quotes {
		if q.Uttered && quoteConfidence(p.Document, i) >= p.o.MinConfidence {
			quotes++
		}
	}
	for _, s := range p.statements {
		if s.claim {
			claims++
			kinds[s.kind]++
		}
		if s.person < 0 {
			nobody++
		}
	}
	out := said(quotes, claims)
	if claims > 0 {
		out += fmt.Sprintf(" (%d direct, %d mixed, %d indirect)", kinds[pipeline.Direct], kinds[pipeline.Mixed], kinds[pipeline.Indirect])
	}
	if nobody > 0 {
		out += fmt.Sprintf("; %s without a source", count(nobody, "statement"))
	}
	if p.hidden > 0 {
		out += fmt.Sprintf("; %s less sure than wanted", count(p.hidden, "statement"))
	}
	return out + "."
}

// count writes a number of things.
func count(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return strconv.Itoa(n) + " " + thing
}
