package attribute

import (
	"github.com/onrecord-nlp/onrecord/pipeline"
)

// Labels of the first pass: begin and inside of the three roles.
const (
	labelO uint8 = iota
	labelBSource
	labelISource
	labelBCue
	labelICue
	labelBContent
	labelIContent
	numTagLabels
)

// Labels of the second pass, which sees one cue at a time.
const (
	linkO uint8 = iota
	linkBSource
	linkISource
	linkCue
	linkBContent
	linkIContent
	numLinkLabels
)

// forbidTag says which labels of the first pass cannot follow one another.
func forbidTag(from, to int) bool {
	switch uint8(to) {
	case labelISource:
		return from != int(labelBSource) && from != int(labelISource)
	case labelICue:
		return from != int(labelBCue) && from != int(labelICue)
	case labelIContent:
		return from != int(labelBContent) && from != int(labelIContent)
	}
	return false
}

func forbidLink(from, to int) bool {
	switch uint8(to) {
	case linkISource:
		return from != int(linkBSource) && from != int(linkISource)
	case linkIContent:
		return from != int(linkBContent) && from != int(linkIContent)
	}
	return false
}

// tokenRange is a run of tokens, [first, last).
type tokenRange struct{ first, last int }

// tokenSpans turns byte spans into runs of tokens, each cut to what one
// paragraph holds. Runs that touch or overlap stay apart.
func tokenSpans(doc *pipeline.Document, spans []pipeline.Span) []tokenRange {
	var out []tokenRange
	for _, s := range spans {
		i := tokenAt(doc.Tokens, s.Start)
		j := i
		for j < len(doc.Tokens) && doc.Tokens[j].Start < s.End {
			j++
		}
		for i < j {
			b := doc.Sentences[doc.Tokens[i].Sentence].Block
			k := i
			for k < j && doc.Sentences[doc.Tokens[k].Sentence].Block == b {
				k++
			}
			out = append(out, tokenRange{i, k})
			i = k
		}
	}
	return out
}

// widen takes in the "that" before a content, the quotation marks that enclose
// it, and the punctuation between it and the closing mark, so that contents
// labelled with and without these look alike.
func (v *view) widen(r tokenRange) tokenRange {
	if r.first > 0 && v.word[r.first-1] == hashThat {
		r.first--
	}
	if r.first > 0 && v.quote[r.first-1] == 1 && v.quote[r.first] == 2 {
		r.first--
	}
	k := r.last
	for k < len(v.quote) && k < r.last+2 && v.quote[k] == 2 && v.class[k] == classPunct {
		k++
	}
	if k < len(v.quote) && v.quote[k] == 3 && v.quote[r.last-1] == 2 {
		r.last = k + 1
	}
	return r
}

// goldAttribution is an attribution in tokens.
type goldAttribution struct {
	source, cue, content []tokenRange
}

func (v *view) gold() []goldAttribution {
	var out []goldAttribution
	for i := range v.doc.Attributions {
		a := &v.doc.Attributions[i]
		g := goldAttribution{tokenSpans(v.doc, a.Source), tokenSpans(v.doc, a.Cue), tokenSpans(v.doc, a.Content)}
		for k := range g.content {
			g.content[k] = v.widen(g.content[k])
		}
		out = append(out, g)
	}
	return out
}

// tagLabels writes the first pass's gold labels.
func (v *view) tagLabels(gold []goldAttribution) []uint8 {
	y := make([]uint8, len(v.word))
	put := func(rs []tokenRange, begin, inside uint8) {
		for _, r := range rs {
			for i := r.first; i < r.last; i++ {
				if i == r.first || y[i-1] != begin && y[i-1] != inside {
					y[i] = begin
				} else {
					y[i] = inside
				}
			}
		}
	}
	for _, g := range gold {
		put(g.content, labelBContent, labelIContent)
	}
	for _, g := range gold {
		put(g.source, labelBSource, labelISource)
	}
	for _, g := range gold {
		put(g.cue, labelBCue, labelICue)
	}
	// A later span may have cut one in two: mend what follows.
	for i := range y {
		if y[i] == labelO {
			continue
		}
		if i == 0 || v.paraFirst[i] == int32(i) {
			if forbidTag(-1, int(y[i])) {
				y[i]--
			}
		} else if forbidTag(int(y[i-1]), int(y[i])) {
			y[i]--
		}
	}
	return y
}
