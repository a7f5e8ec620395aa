package attribute

import (
	"math"
	"unicode"
	"unicode/utf8"

	"github.com/onrecord-nlp/onrecord/models/cues"
	"github.com/onrecord-nlp/onrecord/pipeline"
)

// write turns what was found into the document's attributions.
func (s *scratch) write(doc *pipeline.Document) {
	v := &s.view
	doc.Attributions = []pipeline.Attribution{}
	for _, l := range s.leftovers(s.accept()) {
		a := pipeline.Attribution{Manner: l.manner, Confidence: l.confidence(&s.set)}
		if l.cue.last > l.cue.first {
			a.Cue = []pipeline.Span{v.spanOf(l.cue.tokenRange)}
			a.Negated = v.negated(l.cue.tokenRange)
		}
		if l.source.last > l.source.first {
			if src := v.trimSource(l.source); !src.Empty() {
				a.Source = []pipeline.Span{src}
			}
		}
		a.Content = v.contentSpans(l.content)
		if len(a.Content) == 0 {
			continue
		}
		a.Quotes, a.Kind = v.quotesIn(a.Content)
		if l.manner == pipeline.MannerDialogue {
			a.Kind = pipeline.Direct // a turn needs no marks
		}
		doc.Attributions = append(doc.Attributions, a)
	}
}

// confidence returns the calibrated probability that content and source are
// right: the product of what the second pass gives the content's being there,
// its words, and its source, through the engine's logistic function.
func (l *linked) confidence(set *settings) float32 {
	switch {
	case l.manner == pipeline.MannerContext:
		return contextFactor * l.has
	case l.cue.p == 0: // a turn or a credit
		return l.has * l.score
	}
	source := 1 - l.hasSource
	if l.source.last > l.source.first {
		source = l.hasSource * l.srcProb
	}
	p := min(max(float64(l.has*l.score*source), 1e-4), 1-1e-4)
	return float32(1 / (1 + math.Exp(-(set.slope*math.Log(p/(1-p)) + set.offset))))
}

// contextFactor is there because of quotations without a cue fewer are uttered
// than look it.
const contextFactor = 0.5

// contentSpans returns the byte spans of a content's parts, each without the
// marks that enclose it, the comma before the closing mark, and white space.
// Parts with only white space or marks between them become one.
func (v *view) contentSpans(parts []tokenRange) []pipeline.Span {
	var out []pipeline.Span
	for _, r := range parts {
		if r.last <= r.first {
			continue
		}
		sp := v.spanOf(r)
		if v.quote[r.first] == 1 {
			// The whole part is one quotation: leave its marks out. Where marks
			// enclose only some of it they are part of the words.
			end := r.last
			q := v.qindex[r.first]
			if q >= 0 && v.qindex[end-1] == q {
				quote := &v.doc.Quotes[q]
				sp.Start = max(sp.Start, quote.Start)
				sp.End = min(sp.End, quote.End)
			}
		}
		sp = trimSpan(v.doc.Text, sp)
		if !sp.Empty() {
			out = append(out, sp)
		}
	}
	return out
}

// trimSpan cuts white space at both ends, opening punctuation at the start, and
// one comma at the end.
func trimSpan(text string, s pipeline.Span) pipeline.Span {
	for s.Start < s.End {
		r, n := utf8.DecodeRuneInString(text[s.Start:s.End])
		if !unicode.IsSpace(r) && r != ',' && r != ':' && r != ';' {
			break
		}
		s.Start += n
	}
	for s.Start < s.End {
		r, n := utf8.DecodeLastRuneInString(text[s.Start:s.End])
		if !unicode.IsSpace(r) && r != ',' {
			break
		}
		s.End -= n
	}
	return s
}

// trimSource cuts the comma that ends an apposition.
func (v *view) trimSource(r tokenRange) pipeline.Span {
	return trimSpan(v.doc.Text, v.spanOf(r))
}

// negated reports whether the cue denies the attribution: "did not say".
func (v *view) negated(r tokenRange) bool {
	var words [12]string
	n := 0
	for i := r.first; i < r.last && n < len(words); i++ {
		words[n] = v.doc.Tokens[i].In(v.doc.Text)
		n++
	}
	return cues.Read(words[:n]).Negated
}

// quotesIn returns the quotes whose words lie, at least half, in the content,
// and the kind of the content that follows from the outermost of them.
func (v *view) quotesIn(content []pipeline.Span) ([]int, pipeline.Kind) {
	var idx []int
	quoted, all := 0, 0
	for _, c := range content {
		all += letters(c.In(v.doc.Text))
	}
	cover := pipeline.Cover(content)
	lo := 0
	for hi := len(v.doc.Quotes); lo < hi; {
		m := int(uint(lo+hi) >> 1)
		if v.doc.Quotes[m].Start < cover.Start {
			lo = m + 1
		} else {
			hi = m
		}
	}
	// A quotation may begin before the content that it holds.
	for lo > 0 && v.doc.Quotes[lo-1].Start >= cover.Start-1<<12 {
		lo--
	}
	for qi := lo; qi < len(v.doc.Quotes); qi++ {
		q := &v.doc.Quotes[qi]
		if q.Start >= cover.End {
			break
		}
		shared := 0
		for _, c := range content {
			if x := c.Intersect(q.Span); !x.Empty() {
				shared += x.Len()
				if q.Depth == 0 {
					quoted += letters(x.In(v.doc.Text))
				}
			}
		}
		if shared*2 >= q.Len() && shared > 0 {
			idx = append(idx, qi)
		}
	}
	switch {
	case quoted == 0 || all == 0:
		return idx, pipeline.Indirect
	case quoted*100 >= all*97:
		return idx, pipeline.Direct
	}
	return idx, pipeline.Mixed
}

// letters counts the bytes of s that are not spaces or ASCII punctuation.
func letters(s string) int {
	n := 0
	for i := range len(s) {
		if c := s[i]; c >= 0x80 || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' {
			n++
		}
	}
	return n
}
