package exchange

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/onrecord-nlp/onrecord/pipeline/goldform"
)

// article makes the article that marks and links describe. Spans lie in the
// text. err tells of every mark and link that had to be left out, and the
// article stands without them; where the article itself cannot be, its Doc is
// nil.
func (p *page) article() (goldform.Article, error) {
	b := builder{
		page: p, text: []rune(p.text), root: make([]int, len(p.marks)), used: make([]bool, len(p.marks)),
		claimOf: make([]int, len(p.marks)), quoteRow: make([]int, len(p.marks)),
	}
	if p.Head != nil {
		b.rec = *p.Head
	}
	b.rec.Text = &p.text
	b.join()
	b.speakers()
	b.rows()
	b.relate()
	b.leftOver()
	b.finish()
	a, err := b.rec.Article()
	if err != nil {
		return goldform.Article{}, errors.Join(append(b.faults, err)...)
	}
	return a, errors.Join(b.faults...)
}

// builder turns a page into a record.
type builder struct {
	*page
	text   []rune
	rec    goldform.Record
	faults []error

	root     []int  // of the mark of which each is a part; itself for most
	used     []bool // the mark stands in the record
	claimOf  []int  // 1 + the row of a Content
	quoteRow []int  // 1 + the row of a Quote
	claims   []int  // the mark of each claim
	quotes   []int  // the mark of each quote
	fresh    []bool // a quote that was not there when the page was written
	who      map[string]int
	mentions []int // marks
}

// describe names a mark in a message.
func (b *builder) describe(m int) string {
	k := b.marks[m]
	words := string(b.text[k.spans[0].start:k.spans[len(k.spans)-1].end])
	return fmt.Sprintf("%s %s (%d to %d, %.40q)", k.label, k.id, k.spans[0].start, k.spans[len(k.spans)-1].end, words)
}

func (b *builder) fault(m int, format string, args ...any) {
	b.faults = append(b.faults, fmt.Errorf("%s: %s", b.describe(m), fmt.Sprintf(format, args...)))
}

// join makes one mark of the parts of one.
func (b *builder) join() {
	for i := range b.root {
		b.root[i] = i
	}
	find := func(i int) int {
		for b.root[i] != i {
			b.root[i] = b.root[b.root[i]]
			i = b.root[i]
		}
		return i
	}
	joined := false
	for _, l := range b.links {
		from, to := &b.marks[l.from], &b.marks[l.to]
		if from.label != to.label || !slices.Contains(linkKinds[len(linkKinds)-1].from, from.label) {
			continue
		}
		// The part that something is said of, or that comes first, stands for all.
		x, y := find(l.from), find(l.to)
		if said := b.marks[y].values != (values{}); said == (b.marks[x].values != (values{})) && y < x || said && b.marks[x].values == (values{}) {
			x, y = y, x
		}
		b.root[y] = x
		joined = true
	}
	if !joined {
		return
	}
	for i := range b.marks {
		if r := find(i); r != i {
			b.marks[r].spans = append(b.marks[r].spans[:len(b.marks[r].spans):len(b.marks[r].spans)], b.marks[i].spans...)
			b.root[i], b.used[i] = r, true
		}
	}
	for i := range b.marks {
		if b.root[i] == i {
			slices.SortFunc(b.marks[i].spans, compareSpans)
		}
	}
}

// speakers starts the list of speakers with those of the head.
func (b *builder) speakers() {
	b.rec.Speakers = slices.Clone(b.rec.Speakers)
	b.who = make(map[string]int)
	for i, label := range speakerLabels(b.rec.Speakers) {
		b.rec.Speakers[i].Mentions = []goldform.Offsets{}
		b.who[label] = i
	}
}

// speaker finds the speaker whom a tool calls label, or adds one.
func (b *builder) speaker(label string) goldform.Voice {
	i, ok := b.who[label]
	if !ok {
		label = strings.TrimSpace(label)
		i, ok = b.who[label]
	}
	if label == "" {
		return goldform.Voice{}
	}
	if !ok {
		i = len(b.rec.Speakers)
		b.rec.Speakers = append(b.rec.Speakers, goldform.Speaker{Name: label, Kind: "person", Mentions: []goldform.Offsets{}})
		b.who[label] = i
	}
	return goldform.Voice{Speaker: b.rec.Speakers[i].Name, SpeakerIndex: &i}
}

// rows makes the rows of blocks, quotes and claims, in their order.
func (b *builder) rows() {
	var blocks []int
	for i := range b.marks {
		if b.root[i] != i {
			continue
		}
		switch label := b.marks[i].label; label {
		case labelQuote:
			if b.oneSpan(i) {
				b.quotes = append(b.quotes, i)
			}
			b.used[i] = true
		case labelContent:
			b.claims = append(b.claims, i)
			b.used[i] = true
		case labelMention:
			if b.oneSpan(i) {
				b.mentions = append(b.mentions, i)
			}
			b.used[i] = true
		case labelSource, labelCue, labelEvidence:
		default:
			if b.oneSpan(i) {
				blocks = append(blocks, i)
			}
			b.used[i] = true
		}
	}
	place := make(map[string]int, len(b.Order))
	for n, id := range b.Order {
		place[id] = n
	}
	b.quotes, b.claims = b.inOrder(b.quotes, place), b.inOrder(b.claims, place)
	slices.SortStableFunc(blocks, func(x, y int) int { return compareSpans(b.marks[x].spans[0], b.marks[y].spans[0]) })
	for _, m := range blocks {
		kind, ok := blockKind(b.marks[m].label)
		s := b.marks[m].spans[0]
		if !ok {
			b.fault(m, "this label means nothing here")
			continue
		}
		if n := len(b.rec.Blocks); n > 0 && s.start < b.rec.Blocks[n-1].End {
			b.fault(m, "it begins before the block above it ends: move one of them")
			continue
		}
		b.rec.Blocks = append(b.rec.Blocks, goldform.Block{Start: s.start, End: s.end, Kind: kind.String()})
	}
	for _, m := range b.quotes {
		s, v := b.marks[m].spans[0], &b.marks[m].values
		q := goldform.Quote{Start: s.start, End: s.end, Voice: b.speaker(v[fieldSpeaker])}
		q.Kind, q.Manner = b.word(m, fieldKind), b.word(m, fieldManner)
		if q.Kind == "indirect" {
			b.fault(m, "a quote is direct or mixed: its kind was left out")
			q.Kind = ""
		}
		q.Confidence = b.number(m, fieldConfidence)
		if v[fieldDepth] != "" {
			var err error
			if q.Depth, err = strconv.Atoi(strings.TrimSpace(v[fieldDepth])); err != nil {
				b.fault(m, "depth %q is no number: it was left out", v[fieldDepth])
			}
		}
		q.View = b.view(m)
		b.rec.Quotes = append(b.rec.Quotes, q)
		b.quoteRow[m] = len(b.rec.Quotes)
		_, known := place[b.marks[m].id]
		b.fresh = append(b.fresh, !known)
	}
	for _, m := range b.claims {
		v := &b.marks[m].values
		c := goldform.Claim{Content: offsetsOf(b.marks[m].spans), Source: []goldform.Offsets{}, Cue: []goldform.Offsets{}, Voice: b.speaker(v[fieldSpeaker])}
		c.Kind, c.Manner, c.CueClass = b.word(m, fieldKind), b.word(m, fieldManner), b.word(m, fieldCueClass)
		c.Negated = b.word(m, fieldNegated) == "true"
		c.Confidence = b.number(m, fieldConfidence)
		c.View = b.view(m)
		b.rec.Claims = append(b.rec.Claims, c)
		b.claimOf[m] = len(b.rec.Claims)
	}
}

// inOrder puts marks whose place is known in that order, and the others among
// them by their place in the text.
func (b *builder) inOrder(marks []int, place map[string]int) []int {
	var known, others []int
	for _, m := range marks {
		if _, ok := place[b.marks[m].id]; ok {
			known = append(known, m)
		} else {
			others = append(others, m)
		}
	}
	slices.SortStableFunc(known, func(x, y int) int { return cmp.Compare(place[b.marks[x].id], place[b.marks[y].id]) })
	before := func(x, y int) int { // reading order: the outer of two that begin together first
		s, t := b.marks[x].spans, b.marks[y].spans
		return cmp.Or(cmp.Compare(s[0].start, t[0].start), cmp.Compare(t[len(t)-1].end, s[len(s)-1].end))
	}
	slices.SortStableFunc(others, before)
	out := make([]int, 0, len(marks))
	for len(known)+len(others) > 0 {
		if len(known) == 0 || len(others) > 0 && before(others[0], known[0]) < 0 {
			out, others = append(out, others[0]), others[1:]
		} else {
			out, known = append(out, known[0]), known[1:]
		}
	}
	return out
}

// oneSpan makes one span of the parts of a mark that can have no more, where
// nothing but white space lies between them.
func (b *builder) oneSpan(m int) bool {
	k := &b.marks[m]
	for i := range k.spans[1:] {
		if gap := k.spans[i].end; gap < k.spans[i+1].start && strings.TrimFunc(string(b.text[gap:k.spans[i+1].start]), unicode.IsSpace) != "" {
			b.fault(m, "it has %d parts with words between them, and may have one: mark one span, or make two marks", len(k.spans))
			return false
		}
	}
	k.spans = []span{{k.spans[0].start, k.spans[len(k.spans)-1].end}}
	return true
}

// word returns the value of a field that has a fixed list of them.
func (b *builder) word(m int, f field) string {
	v := strings.ToLower(strings.TrimSpace(b.marks[m].values[f]))
	if v != "" && !slices.Contains(fields[f].values, v) {
		b.fault(m, "%s %q is none of %s: it was left out", fields[f].name, v, strings.Join(fields[f].values, ", "))
		return ""
	}
	return v
}

func (b *builder) number(m int, f field) *float32 {
	v := strings.TrimSpace(b.marks[m].values[f])
	if v == "" {
		return nil
	}
	n, err := strconv.ParseFloat(v, 32)
	if err != nil || n-n != 0 {
		b.fault(m, "%s %q is no number: it was left out", fields[f].name, v)
		return nil
	}
	n32 := float32(n)
	return &n32
}

func (b *builder) view(m int) goldform.View {
	return goldform.View{Stance: b.word(m, fieldStance), Target: b.marks[m].values[fieldTarget], StanceConfidence: b.number(m, fieldStanceConfidence)}
}

// relate puts what the links say into the rows.
func (b *builder) relate() {
	type pair struct{ cue, source int }
	var ofCue []pair                   // sources that hang on a cue
	claimsOfCue := make(map[int][]int) // marks of Content by mark of Cue
	type role struct{ quote, mark int }
	var loose []role // sources and cues of quotes
	for _, l := range b.links {
		x, y := b.root[l.from], b.root[l.to]
		if x == y {
			continue
		}
		if rank(b.marks[x].label) > rank(b.marks[y].label) {
			x, y = y, x
		}
		switch from, to := b.marks[x].label, b.marks[y].label; {
		case from == labelContent && (to == labelSource || to == labelCue):
			b.attach(x, y)
			if to == labelCue {
				claimsOfCue[y] = append(claimsOfCue[y], x)
			}
		case from == labelCue && to == labelSource:
			ofCue = append(ofCue, pair{x, y})
		case from == labelContent && to == labelQuote:
			b.belong(y, x)
		case from == labelQuote && (to == labelSource || to == labelCue):
			loose = append(loose, role{x, y})
		case from == labelQuote && to == labelMention:
			b.mention(x, y)
		case from == labelContent && to == labelMention:
			c := &b.rec.Claims[b.claimOf[x]-1]
			if c.Speaker == "" {
				c.Voice = b.speaker(b.marks[y].values[fieldSpeaker])
			}
		case (from == labelContent || from == labelQuote) && to == labelEvidence:
			b.used[y] = true
			view := &goldform.View{}
			if from == labelContent {
				view = &b.rec.Claims[b.claimOf[x]-1].View
			} else if b.quoteRow[x] > 0 {
				view = &b.rec.Quotes[b.quoteRow[x]-1].View
			}
			view.StanceEvidence = append(view.StanceEvidence, offsetsOf(b.marks[y].spans)...)
		default:
			b.fault(b.root[l.from], "its relation %q to %s means nothing here and was left out", l.kind, b.describe(b.root[l.to]))
		}
	}
	for _, p := range ofCue {
		for _, c := range claimsOfCue[p.cue] {
			b.attach(c, p.source)
		}
	}
	b.nearContents()
	// Words in marks that have a source and lie in no content are one.
	claimed := make(map[int]bool)
	for _, r := range loose {
		if b.quoteRow[r.quote] > 0 && b.rec.Quotes[b.quoteRow[r.quote]-1].Claim == nil && (b.marks[r.mark].label == labelSource || b.Head == nil) {
			claimed[r.quote] = true
		}
	}
	for _, m := range b.quotes {
		if q := &b.rec.Quotes[b.quoteRow[m]-1]; claimed[m] {
			n := len(b.rec.Claims)
			b.rec.Claims = append(b.rec.Claims, goldform.Claim{
				Content: []goldform.Offsets{{q.Start, q.End}}, Source: []goldform.Offsets{}, Cue: []goldform.Offsets{},
				Kind: q.Kind, Voice: q.Voice, View: q.View,
			})
			q.Claim = &n
		}
	}
	for _, r := range loose {
		b.used[r.mark] = true
		if b.quoteRow[r.quote] == 0 {
			continue
		}
		q := &b.rec.Quotes[b.quoteRow[r.quote]-1]
		spans := b.marks[r.mark].spans
		if b.marks[r.mark].label == labelCue {
			q.Cue = spans[0].offsets()
		}
		switch {
		case b.marks[r.mark].label == labelCue:
			// In files of ours the cue of a quote within a quote is its own alone.
			if q.Claim != nil && (claimed[r.quote] || b.Head == nil) {
				b.rec.Claims[*q.Claim].Cue = append(b.rec.Claims[*q.Claim].Cue, offsetsOf(spans)...)
			}
		case q.Claim != nil:
			b.rec.Claims[*q.Claim].Source = append(b.rec.Claims[*q.Claim].Source, offsetsOf(spans)...)
		}
	}
	b.tellSpeakers()
}

// rank orders labels so that the ends of a link can be told whichever way a
// person drew it.
func rank(label string) int {
	return slices.Index([]string{labelContent, labelQuote, labelCue, labelSource, labelMention, labelEvidence}, label)
}

// attach adds a source or cue to a claim.
func (b *builder) attach(content, m int) {
	b.used[m] = true
	c := &b.rec.Claims[b.claimOf[content]-1]
	if b.marks[m].label == labelSource {
		c.Source = append(c.Source, offsetsOf(b.marks[m].spans)...)
	} else {
		c.Cue = append(c.Cue, offsetsOf(b.marks[m].spans)...)
	}
}

// belong puts a quote into a claim.
func (b *builder) belong(quote, content int) {
	if b.quoteRow[quote] == 0 {
		return
	}
	q, n := &b.rec.Quotes[b.quoteRow[quote]-1], b.claimOf[content]-1
	if q.Claim != nil && *q.Claim != n {
		b.fault(quote, "it belongs to two Contents: the relation to %s was left out", b.describe(content))
		return
	}
	q.Claim = &n
}

// mention makes a mention that of a quote. Whichever of the two has no
// speaker has that of the other.
func (b *builder) mention(quote, m int) {
	if b.quoteRow[quote] == 0 {
		return
	}
	q, of := &b.rec.Quotes[b.quoteRow[quote]-1], &b.marks[m].values[fieldSpeaker]
	if q.Mention != nil {
		b.fault(quote, "it has two Mentions: the relation to %s was left out", b.describe(m))
		return
	}
	if q.Speaker == "" {
		q.Voice = b.speaker(*of)
	} else if *of == "" {
		*of = b.marks[quote].values[fieldSpeaker]
	}
	if q.Speaker == "" {
		return // tellSpeakers tells of the mention
	}
	q.Mention = b.marks[m].spans[0].offsets()
}

// nearContents gives quotes without a relation to a Content the one in which
// they lie, where no earlier writing says that they lie in none.
func (b *builder) nearContents() {
	type part struct {
		span
		claim int
	}
	var parts []part
	for n, m := range b.claims {
		for _, s := range b.marks[m].spans {
			parts = append(parts, part{s, n})
		}
	}
	slices.SortFunc(parts, func(x, y part) int { return compareSpans(x.span, y.span) })
	byStart := make([]int, len(b.rec.Quotes))
	for i := range byStart {
		byStart[i] = i
	}
	slices.SortFunc(byStart, func(x, y int) int { return cmp.Compare(b.rec.Quotes[x].Start, b.rec.Quotes[y].Start) })
	var open []part
	for _, i := range byStart {
		q := &b.rec.Quotes[i]
		for len(parts) > 0 && parts[0].start < q.End {
			open, parts = append(open, parts[0]), parts[1:]
		}
		open = slices.DeleteFunc(open, func(p part) bool { return p.end <= q.Start })
		if q.Claim != nil || !b.fresh[i] {
			continue
		}
		best := part{claim: -1}
		for _, p := range open {
			o := p.overlap(span{q.Start, q.End})
			if 2*o > q.End-q.Start && (best.claim < 0 || p.end-p.start < best.end-best.start) {
				best = p
			}
		}
		if best.claim >= 0 {
			q.Claim = &best.claim
		}
	}
}

// tellSpeakers gives speakers their mentions.
func (b *builder) tellSpeakers() {
	for _, m := range b.mentions {
		v := b.speaker(b.marks[m].values[fieldSpeaker])
		if v.SpeakerIndex == nil {
			b.fault(m, "it names no speaker: say whom it mentions, or link it to a Quote that has a speaker")
			continue
		}
		s := &b.rec.Speakers[*v.SpeakerIndex]
		s.Mentions = append(s.Mentions, b.marks[m].spans[0].offsets())
	}
}

// leftOver tells of marks that nothing leads to.
func (b *builder) leftOver() {
	for m, used := range b.used {
		if used {
			continue
		}
		switch b.marks[m].label {
		case labelEvidence:
			b.fault(m, "no relation leads to it: link the Content or Quote whose stance it shows")
		default:
			b.fault(m, "no relation leads to it: link it to its Content")
		}
	}
}

// finish makes rows agree with one another where a person left something out.
func (b *builder) finish() {
	quotes := slices.ContainsFunc(b.rec.Quotes, func(q goldform.Quote) bool { return q.Stance != "" })
	claims := slices.ContainsFunc(b.rec.Claims, func(c goldform.Claim) bool { return c.Stance != "" })
	for i := range b.rec.Quotes {
		if q := &b.rec.Quotes[i]; quotes && q.Stance == "" {
			q.Stance = "neutral"
		}
	}
	for i := range b.rec.Claims {
		if c := &b.rec.Claims[i]; claims && c.Stance == "" {
			c.Stance = "neutral"
		}
	}
}
