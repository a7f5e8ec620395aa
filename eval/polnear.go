package eval

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/onrecord-nlp/onrecord/pipeline"
)

// quotedSpans returns the inside of every pair of double quotation marks,
// paragraph by paragraph; an unclosed one ends with its line. It is the
// yardstick of polnear.quoted and independent of any stage.
func quotedSpans(s string) []pipeline.Span {
	var out []pipeline.Span
	for start := 0; start < len(s); {
		end := strings.IndexByte(s[start:], '\n')
		if end < 0 {
			end = len(s)
		} else {
			end += start
		}
		out = quotedInLine(out, s, start, end)
		start = end + 1
	}
	return out
}

func quotedInLine(out []pipeline.Span, s string, lineStart, lineEnd int) []pipeline.Span {
	open := -1
	spaceBefore := true
	for i := lineStart; i < lineEnd; {
		r, size := utf8.DecodeRuneInString(s[i:lineEnd])
		next := i + size
		opens, closes := r == '“' || r == '«', r == '”' || r == '»'
		if r == '"' {
			after := ' '
			if next < lineEnd {
				after, _ = utf8.DecodeRuneInString(s[next:lineEnd])
			}
			opens = open < 0 || spaceBefore && !space(after)
			closes = !opens
		}
		switch {
		case opens:
			open = next
		case closes && open >= 0:
			if i > open {
				out = append(out, pipeline.Span{Start: open, End: i})
			}
			open = -1
		}
		spaceBefore = space(r)
		i = next
	}
	if open >= 0 && utf8.RuneCountInString(s[open:lineEnd]) > 1 {
		out = append(out, pipeline.Span{Start: open, End: lineEnd})
	}
	return out
}

// space is white space as Python's str.isspace has it.
func space(r rune) bool { return unicode.IsSpace(r) || 0x1c <= r && r <= 0x1f }

// relation is an attribution as sets of word characters.
type relation struct {
	content, source, cue set
	name                 string // the speaker's, where it is known
}

func relations(t *text, d *pipeline.Document) []relation {
	out := make([]relation, len(d.Attributions))
	for i, a := range d.Attributions {
		out[i] = relation{content: t.set(a.Content...), source: t.set(a.Source...), cue: t.set(a.Cue...)}
		if s := speakerOf(d, d.Resolution.OfAttribution, i); s != nil {
			out[i].name = s.Name
		}
	}
	return out
}

// sourceRight is the rule of the polnear family: the sources share a word
// character, or, where only a name is predicted, a word of the name (three
// letters or more) stands in the gold source. Where the gold has no source,
// neither may the prediction, nor a name other than the gold speaker's.
func sourceRight(t *text, gold, pred *relation) bool {
	switch {
	case gold.source.n == 0:
		return pred.source.n == 0 && (pred.name == "" || likeName(gold.name, pred.name))
	case pred.source.n > 0:
		return t.common(gold.source, pred.source) > 0
	}
	return nameInSource(t, gold, pred)
}

func nameInSource(t *text, gold, pred *relation) bool {
	for n := range longWords(pred.name) {
		for _, s := range gold.source.spans {
			for w := range longWords(s.In(t.s)) {
				if strings.EqualFold(n, w) {
					return true
				}
			}
		}
	}
	return false
}

// longWords yields the words of three characters or more.
func longWords(s string) func(func(string) bool) {
	notWord := func(r rune) bool { return r != '_' && !wordChar(r) }
	return func(yield func(string) bool) {
		for w := range strings.FieldsFuncSeq(s, notWord) {
			if utf8.RuneCountInString(w) >= 3 && !yield(w) {
				return
			}
		}
	}
}

// countPolNeAR adds the figures of the polnear family. pairs are the matched
// contents, see [matchContents].
func countPolNeAR(c tally, t *text, gold, pred []relation, pairs [][2]int) {
	var g, p, all []*relation // g and p have words in their contents
	for i := range gold {
		all = append(all, &gold[i])
		if gold[i].content.n > 0 {
			g = append(g, &gold[i])
		}
	}
	for i := range pred {
		if pred[i].content.n > 0 {
			p = append(p, &pred[i])
		}
	}
	goldNear := newNeighbours(len(g), func(i int) set { return g[i].content })
	predNear := newNeighbours(len(p), func(i int) set { return p[i].content })
	for _, s := range quotedSpans(t.s) {
		q := t.set(s)
		if q.n == 0 {
			continue
		}
		var ga, pa *relation
		most := 0
		for _, i := range goldNear.of(q) {
			if n := t.common(q, g[i].content); n > most {
				ga, most = g[i], n
			}
		}
		if 2*most < q.n {
			ga = nil
		}
		most = 0
		for _, i := range predNear.of(q) {
			r := p[i]
			if n := t.common(q, r.content); n > most || n == most && pa != nil && r.content.n < pa.content.n {
				pa, most = r, n
			}
		}
		if 2*most < q.n {
			pa = nil
		}
		for _, m := range []measure{polnearDet, polnearAttr} {
			if ga != nil {
				c.gold(m, sliceAll)
			}
			if pa != nil {
				c.pred(m, sliceAll)
			}
		}
		if ga != nil && pa != nil {
			c.hit(polnearDet, sliceAll, sliceAll)
			if sourceRight(t, ga, pa) {
				c.hit(polnearAttr, sliceAll, sliceAll)
			}
		}
	}
	ends := make(map[pipeline.Span]bool, len(g))
	for _, m := range []measure{polnearRel, polnearRelSrc, polnearExact} {
		c.add(m, sliceAll, 0, float64(len(p)), 0, float64(len(g)))
	}
	for _, r := range g {
		ends[t.ends(r.content)] = true
	}
	for _, r := range p {
		if e := t.ends(r.content); ends[e] {
			c.hit(polnearExact, sliceAll, sliceAll)
			delete(ends, e)
		}
	}
	for _, x := range pairs {
		c.hit(polnearRel, sliceAll, sliceAll)
		if sourceRight(t, &gold[x[0]], &pred[x[1]]) {
			c.hit(polnearRelSrc, sliceAll, sliceAll)
		}
	}
	role := func(m measure, of func(*relation) set) {
		gs, ps := sets(all, of), sets(p, of)
		c.add(m, sliceAll, coverage(t, ps, gs), float64(len(ps)), coverage(t, gs, ps), float64(len(gs)))
	}
	role(polnearSoftContent, func(r *relation) set { return r.content })
	role(polnearSoftSource, func(r *relation) set { return r.source })
	role(polnearSoftCue, func(r *relation) set { return r.cue })
}

// coverage sums, over the sets of a, the largest share that one set of b
// covers.
func coverage(t *text, a, b []set) float64 {
	sum := 0.0
	near := newNeighbours(len(b), func(i int) set { return b[i] })
	for _, x := range a {
		most := 0
		for _, i := range near.of(x) {
			most = max(most, t.common(x, b[i]))
		}
		sum += float64(most) / float64(x.n)
	}
	return sum
}

// sets collects one role of relations where it holds a word character.
func sets(rs []*relation, of func(*relation) set) []set {
	out := make([]set, 0, len(rs))
	for _, r := range rs {
		if s := of(r); s.n > 0 {
			out = append(out, s)
		}
	}
	return out
}
