package quote

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/onrecord-nlp/onrecord/pipeline"
)

// maxDepth is how deep quotations may nest.
const maxDepth = 3

// stack holds the glyphs of the marks that are open, four bits each, the
// innermost lowest.
type stack uint16

func (s stack) depth() int {
	d := 0
	for ; s != 0; s >>= 4 {
		d++
	}
	return d
}

func (s stack) top() glyph          { return glyph(s & 15) }
func (s stack) push(g glyph) stack  { return s<<4 | stack(g) }
func (s stack) pop() (stack, glyph) { return s >> 4, s.top() }

// role is what a mark does.
type role uint8

const (
	none role = iota
	opens
	closes
)

// hypothesis is one reading of the marks so far.
type hypothesis struct {
	prev  int32 // index into pairer.arena, or -1
	stack stack
	role  role
	cost  cost
}

// pairer finds the cheapest reading of the marks of one block at a time. It
// goes from left to right and keeps, for each stack of open marks, the
// cheapest reading that leads there (Viterbi 1967); the stacks are few, so that
// the time is linear in the number of marks.
type pairer struct {
	marks []mark
	arena []hypothesis
	now   []int32 // readings of the marks so far
	next  []int32
	roles []role
}

// maxReadings bounds the readings that are kept.
const maxReadings = 24

// ending is the families, as bits, whose opening marks begin the next block.
type ending uint8

// cost is what an open mark g at the end of a block costs.
func (e ending) cost(g glyph, c convention) cost {
	f := familyOf[g]
	switch {
	case e&(1<<f) != 0:
		return 8
	case f == singles:
		return 45 - 2*c.singly
	}
	return 50
}

// read chooses the roles of p.marks. unseen is a mark that may be open at the
// start of the block although none stands there, or noGlyph, and price the cost
// of taking it to be; read returns whether it is.
func (p *pairer) read(c convention, end ending, unseen glyph, price cost) bool {
	p.arena, p.now = p.arena[:0], p.now[:0]
	p.add(&p.now, hypothesis{prev: -1})
	if unseen != noGlyph {
		p.add(&p.now, hypothesis{prev: -1, stack: stack(0).push(unseen), cost: price})
	}
	for i := range p.marks {
		m := &p.marks[i]
		p.next = p.next[:0]
		for _, at := range p.now {
			h := p.arena[at]
			p.add(&p.next, hypothesis{at, h.stack, none, h.cost + m.none})
			if h.stack.depth() < maxDepth {
				p.add(&p.next, hypothesis{at, h.stack.push(m.glyph), opens, h.cost + m.open + nesting(m.glyph, h.stack, c)})
			}
			if rest, g := h.stack.pop(); g != noGlyph && familyOf[g] == familyOf[m.glyph] {
				p.add(&p.next, hypothesis{at, rest, closes, h.cost + closing(g, m)})
			}
		}
		if len(p.next) > maxReadings {
			slices.SortFunc(p.next, func(a, b int32) int {
				return cmp.Or(cmp.Compare(p.arena[a].cost, p.arena[b].cost), cmp.Compare(a, b))
			})
			p.next = p.next[:maxReadings]
		}
		p.now, p.next = p.next, p.now
	}
	best, low := int32(-1), never
	for _, at := range p.now {
		h := p.arena[at]
		total := h.cost
		for s := h.stack; s != 0; {
			var g glyph
			s, g = s.pop()
			total += end.cost(g, c)
		}
		if total < low {
			best, low = at, total
		}
	}
	p.roles = slices.Grow(p.roles[:0], len(p.marks))[:len(p.marks)]
	at := best
	for i := len(p.marks) - 1; i >= 0; i-- {
		p.roles[i] = p.arena[at].role
		at = p.arena[at].prev
	}
	return p.arena[at].stack != 0
}

// add keeps a reading if none of the same stack is as cheap.
func (p *pairer) add(list *[]int32, h hypothesis) {
	for k, at := range *list {
		if p.arena[at].stack == h.stack {
			if h.cost < p.arena[at].cost {
				p.arena = append(p.arena, h)
				(*list)[k] = int32(len(p.arena) - 1)
			}
			return
		}
	}
	p.arena = append(p.arena, h)
	*list = append(*list, int32(len(p.arena)-1))
}

// nesting is the cost of opening g within the open marks of s.
func nesting(g glyph, s stack, c convention) cost {
	f := familyOf[g]
	if s == 0 {
		if f == singles {
			return 12 * (10 - c.singly) / 10
		}
		return 0
	}
	if familyOf[s.top()] == f {
		return 30 // “a “b” c”
	}
	return 2
}

// closing is the cost of closing what g opened by m.
func closing(g glyph, m *mark) cost {
	switch {
	case g == germanOpen || g == germanSingle:
		// „German“ and „Polish”: the closing mark has the shape of an opening one.
		switch m.glyph {
		case doubleOpen, singleOpen:
			return m.close - 60
		}
		return m.close
	case styleOf[g] != styleOf[m.glyph]:
		return m.close + 10
	case g == doubleClose && m.glyph == doubleClose, g == singleClose && m.glyph == singleClose:
		return m.close - 30 // ”Swedish”: both marks have the closing shape
	}
	return m.close
}

// find appends to quotes the pairs of marks of every block of doc that may
// hold statements.
func (p *pairer) find(doc *pipeline.Document, quotes []pipeline.Quote) []pipeline.Quote {
	var (
		c       = conventionOf(doc)
		tok     int
		after   int                 // the next block that may hold statements
		carried = openQuote{at: -1} // left open by the block before
	)
	for b, block := range doc.Blocks {
		first := tok
		for tok < len(doc.Tokens) && doc.Tokens[tok].Start < block.End {
			tok++
		}
		if !block.Kind.Speech() {
			continue
		}
		p.marks = p.marks[:0]
		for i := first; i < tok; i++ {
			t := doc.Tokens[i].Span
			if !mayBeMark(doc.Text, t) {
				continue
			}
			if g := glyphOf(t.In(doc.Text)); g != noGlyph {
				p.marks = append(p.marks, newMark(doc.Text, pipeline.Span{Start: doc.Tokens[first].Start, End: block.End}, t, i, g, c))
			}
		}
		if len(p.marks) == 0 {
			carried.at = -1
			continue
		}
		for after = max(after, b+1); after < len(doc.Blocks) && !doc.Blocks[after].Kind.Speech(); {
			after++
		}
		var end ending
		if after < len(doc.Blocks) {
			end = endingBefore(doc.Blocks[after].In(doc.Text))
		}
		unseen, price := noGlyph, cost(0)
		switch m := &p.marks[0]; {
		case carried.at >= 0 && !p.reopens(carried):
			unseen, price = carried.glyph, 25
		case m.close == 0 && (m.left == stop || m.left == pause) && familyOf[m.glyph] == doubles:
			unseen, price = m.glyph, 38 // the opening mark is missing
			carried.at = -1
		}
		if !p.read(c, end, unseen, price) {
			unseen = noGlyph
		}
		quotes, carried = p.emit(doc, block.Span, quotes, carried, unseen)
	}
	return quotes
}

// openQuote is a quote that the end of its block leaves open; at is -1 for
// none.
type openQuote struct {
	at    int
	glyph glyph
}

// reopens reports whether the first mark carries q on.
func (p *pairer) reopens(q openQuote) bool {
	return p.marks[0].left == edge && familyOf[p.marks[0].glyph] == familyOf[q.glyph]
}

// emit appends the quotes of one block and returns the one that its end leaves
// open. carried is what the block before left open; unseen is a mark that is
// open at the start of the block although none stands there, or noGlyph.
func (p *pairer) emit(doc *pipeline.Document, block pipeline.Span, quotes []pipeline.Quote, carried openQuote, unseen glyph) ([]pipeline.Quote, openQuote) {
	var open [maxDepth]int
	depth := 0
	begin := func(q pipeline.Quote) {
		q.Depth = depth
		open[depth] = len(quotes)
		depth++
		quotes = append(quotes, q)
	}
	base := len(quotes)
	left := openQuote{at: -1}
	if unseen != noGlyph {
		start := doc.Text[block.Start:block.End]
		start = strings.TrimLeft(start, " \t\u00a0")
		begin(pipeline.Quote{
			Span:  pipeline.Span{Start: block.End - len(start), End: block.End},
			Style: styleOf[unseen], Continues: carried.at,
		})
		left.glyph = unseen
	}
	for i, m := range p.marks {
		switch p.roles[i] {
		case opens:
			q := pipeline.Quote{Span: pipeline.Span{Start: m.End, End: block.End}, Open: m.Span, Style: styleOf[m.glyph], Continues: -1}
			if depth == 0 {
				left.glyph = m.glyph
				if i == 0 && carried.at >= 0 && p.reopens(carried) {
					q.Continues = carried.at
				}
			}
			begin(q)
		case closes:
			depth--
			q := &quotes[open[depth]]
			q.End, q.Close = m.Start, m.Span
		}
	}
	// Pairs without a word are no quotes.
	kept := quotes[:base]
	for i, q := range quotes[base:] {
		if hasWord(q.In(doc.Text)) {
			if depth > 0 && open[0] == base+i {
				left.at = len(kept)
			}
			kept = append(kept, q)
		}
	}
	return kept, left
}

// endingBefore looks at how the next block that may hold statements begins.
func endingBefore(next string) ending {
	next = strings.TrimLeft(next, " \t\u00a0")
	if side, _ := after(next, 0, len(next)); openAfter[side] > 2 {
		return 0
	}
	var e ending
	for k := 0; k < maxMarks; k++ {
		r, n := utf8.DecodeRuneInString(next)
		if !isMark(r) {
			break
		}
		if q, m := utf8.DecodeRuneInString(next[n:]); q == r {
			n += m // '' or ‘‘
		}
		if g := glyphOf(next[:n]); g != noGlyph {
			e |= 1 << familyOf[g]
		}
		next = next[n:]
	}
	return e
}

func hasWord(s string) bool {
	for _, r := range s {
		if sideOf(r) == word {
			return true
		}
	}
	return false
}
