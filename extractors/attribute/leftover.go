package attribute

import (
	"slices"
	"strings"

	"github.com/onrecord-nlp/onrecord/pipeline"
)

// minQuote is the least probability of having been uttered at which a
// quotation that no cue claims becomes an attribution of its own.
const minQuote = 0.5

// longestLabel is the most tokens a speaker's label may have: "MR. SMITH:".
const longestLabel = 6

// longestCredit is the most tokens of a name after a dash that ends a
// paragraph: “…” — Jane Doe, Leeds.
const longestCredit = 12

// leftovers gives every uttered quotation that no linked cue covers an
// attribution: the turn of a speaker whose label or credit stands in the
// paragraph, or more of the attribution that it carries on, or one without a
// cue, whose source only the text around can tell.
func (s *scratch) leftovers(found []linked) []linked {
	v := &s.view
	found = s.turns(found)
	for qi := range v.doc.Quotes {
		q := &v.doc.Quotes[qi]
		if q.Depth > 0 || q.Score < minQuote && !q.Uttered {
			continue
		}
		r := v.quoteRange(q)
		if r.last <= r.first || s.covered(r)*2 >= r.last-r.first {
			continue
		}
		free := s.free(r)
		if host := s.continued(found, q, r); host >= 0 {
			content := append(found[host].content, free...)
			slices.SortFunc(content, func(a, b tokenRange) int { return a.first - b.first }) // free may lie between
			found[host].content = content
			s.own(host, free...)
			continue
		}
		l := linked{content: free, has: q.Score, score: q.Score, hasSource: 1, manner: pipeline.MannerContext}
		if credit, dash, ok := v.credit(r); ok {
			l.source, l.cue.tokenRange, l.manner = credit, dash, pipeline.MannerCue
		}
		s.own(len(found), free...)
		found = append(found, l)
	}
	found = slices.DeleteFunc(found, func(l linked) bool { return len(l.content) == 0 })
	slices.SortStableFunc(found, func(a, b linked) int { return a.first() - b.first() })
	return found
}

// free returns the parts of r that are no attribution's content yet.
func (s *scratch) free(r tokenRange) []tokenRange {
	var out []tokenRange
	for i := r.first; i < r.last; i++ {
		if s.owner[i] != 0 {
			continue
		}
		if k := len(out); k > 0 && out[k-1].last == i {
			out[k-1].last++
		} else {
			out = append(out, tokenRange{i, i + 1})
		}
	}
	return out
}

// first is the first token of content or cue.
func (l *linked) first() int {
	if l.cue.last > l.cue.first {
		return min(l.cue.first, l.content[0].first)
	}
	return l.content[0].first
}

// quoteRange returns the tokens of a quotation and its marks.
func (v *view) quoteRange(q *pipeline.Quote) tokenRange {
	start, end := q.Start, q.End
	if !q.Open.Empty() {
		start = q.Open.Start
	}
	if q.Closed() {
		end = q.Close.End
	}
	tokens := v.doc.Tokens
	r := tokenRange{tokenAt(tokens, start), 0}
	r.last = r.first
	for r.last < len(tokens) && tokens[r.last].Start < end {
		r.last++
	}
	return r
}

func (s *scratch) covered(r tokenRange) int {
	n := 0
	for i := r.first; i < r.last; i++ {
		if s.owner[i] != 0 {
			n++
		}
	}
	return n
}

// continued returns the attribution that quotation q carries on, or -1: the
// one that an unclosed quotation of an earlier paragraph belongs to, or the
// one whose quotation the same paragraph ended just before it.
func (s *scratch) continued(found []linked, q *pipeline.Quote, r tokenRange) int {
	v := &s.view
	if q.Continues >= 0 {
		before := v.quoteRange(&v.doc.Quotes[q.Continues])
		for i := before.last - 1; i >= before.first; i-- {
			if k := int(s.owner[i]) - 1; k >= 0 {
				return k
			}
		}
	}
	if int(v.sentFirst[r.first]) < r.first && v.quote[r.first] == 1 {
		// It is part of a sentence of its own, unless that begins with a mark.
		for i := int(v.sentFirst[r.first]); i < r.first; i++ {
			if v.class[i] != classPunct && v.quote[i] == 0 {
				return -1
			}
		}
	}
	// Back over the end of the attribution before: its cue and source, up to the
	// content, all within the sentence before.
	words := 0
	for i := r.first - 1; i >= int(v.paraFirst[r.first]) && words <= longestTail; i-- {
		k := int(s.owner[i]) - 1
		if k >= 0 {
			if v.quote[i] != 0 && v.sentence[r.first]-v.sentence[i] <= 2 {
				return k
			}
			return -1
		}
		if v.class[i] != classPunct && !s.cued[i] {
			words++
		}
	}
	return -1
}

// longestTail is the most words, its cue aside, that an attribution may have
// after its quotation for the next one to carry it on: ", said Jane Doe, the
// mayor of Leeds, on Monday."
const longestTail = 40

// credit finds the name after a dash that follows a quotation to the end of
// its paragraph.
func (v *view) credit(r tokenRange) (name, dash tokenRange, ok bool) {
	end := int(v.paraLast[r.first])
	i := r.last
	if i >= end || !v.isDash(i) {
		return
	}
	dash = tokenRange{i, i + 1}
	i++
	j := end
	for j > i && v.class[j-1] == classPunct {
		j--
	}
	if j <= i || j-i > longestCredit || v.class[i] != classProper && v.class[i] != classDeterminer {
		return
	}
	for k := i; k < j; k++ {
		if v.isVerb(k) {
			return
		}
	}
	return tokenRange{i, j}, dash, true
}

func (v *view) isDash(i int) bool {
	switch v.doc.Tokens[i].In(v.doc.Text) {
	case "-", "--", "–", "—", "―", "~":
		return true
	}
	return false
}

// turns makes an attribution of each paragraph that begins with a speaker's
// label: "SMITH: We will.", "Q: Why?". What other attributions claimed in it
// becomes the turn's.
func (s *scratch) turns(found []linked) []linked {
	v := &s.view
	// A label alone proves little (it may be a dateline); two paragraphs with
	// labels make a transcript.
	labels := 0
	for _, p := range v.paras {
		if _, ok := v.label(p); ok {
			labels++
		}
	}
	if labels < 2 {
		return found
	}
	for _, p := range v.paras {
		name, ok := v.label(p)
		if !ok {
			continue
		}
		r := tokenRange{name.last + 1, p.last}
		for i := p.first; i < p.last; i++ {
			if k := int(s.owner[i]) - 1; k >= 0 {
				found[k].content = nil
			}
		}
		s.own(len(found), r)
		found = append(found, linked{source: name, content: []tokenRange{r}, has: 0.95, score: 0.95, hasSource: 1, manner: pipeline.MannerDialogue})
	}
	return found
}

// label returns the speaker's label that the paragraph begins with.
func (v *view) label(p para) (tokenRange, bool) {
	i := p.first
	if i < p.last && v.quote[i] == 1 {
		i++
	}
	for j := i; j < p.last && j <= i+longestLabel; j++ {
		w := v.doc.Tokens[j].In(v.doc.Text)
		if w == ":" {
			name := tokenRange{i, j}
			return name, j > i && v.spoken(j+1, p.last) && v.nameLike(name)
		}
		if v.class[j] == classPunct && w != "." && w != "," && w != "(" && w != ")" {
			break
		}
	}
	return tokenRange{}, false
}

// spoken reports whether the tokens can be a turn: not a bare list of names,
// places or times, as after "Where:" or "Photos:".
func (v *view) spoken(first, last int) bool {
	for i := first; i < last; i++ {
		if v.isVerb(i) || v.class[i] == classPronoun {
			return true
		}
	}
	if first >= last {
		return false
	}
	switch v.doc.Tokens[last-1].In(v.doc.Text) {
	case ".", "?", "!", "…", "...", "”", "\"":
		return true
	}
	return false
}

// Labels that name no speaker.
var noSpeaker = func() map[uint64]bool {
	m := make(map[uint64]bool)
	for _, w := range strings.Fields(`where when what who why how tickets admission info information contact date
		time location venue price cost note editor's photo photos photograph picture credit source sources tags
		topics related more read watch listen see update updated correction clarification advertisement phone email
		website address published warning spoiler verdict result score attendance weather also exclusive breaking
		analysis opinion comment live video pictured caption key step tip example bottom fact claim rating`) {
		m[hashString(w)] = true
	}
	return m
}()

// nameLike reports whether every word of the range is capitalized or a number.
func (v *view) nameLike(r tokenRange) bool {
	for i := r.first; i < r.last; i++ {
		if noSpeaker[v.word[i]] {
			return false
		}
		c := v.doc.Tokens[i].In(v.doc.Text)[0]
		if !('A' <= c && c <= 'Z' || c >= 0x80 || v.class[i] == classPunct) {
			return false
		}
		if i == r.first && v.class[i] != classProper && !v.shouted(tokenRange{i, i + 1}) {
			return false
		}
	}
	return true
}

// shouted reports whether the range's words are all in capitals.
func (v *view) shouted(r tokenRange) bool {
	for i := r.first; i < r.last; i++ {
		for _, c := range v.doc.Tokens[i].In(v.doc.Text) {
			if 'a' <= c && c <= 'z' {
				return false
			}
		}
	}
	return true
}
