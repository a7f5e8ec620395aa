package quote

import (
	"unicode"

	"github.com/onrecord-nlp/onrecord/models/postag"
	"github.com/onrecord-nlp/onrecord/pipeline"
)

// kind tells whether a sentence or more stands in the marks of quote i, or a
// fragment in the reporter's sentence.
func (v *view) kind(i int) pipeline.Kind {
	q := v.doc.Quotes[i]
	first, last := v.inside(q)
	s := v.sketch(first, last)
	block := v.doc.Blocks[v.doc.Sentences[v.doc.Tokens[first].Sentence].Block].Span
	before, _ := v.word(first-2, block)
	switch {
	case q.Continues >= 0, !q.Closed(), s.stops > 0, s.ends == "?", s.ends == "!":
		return pipeline.Direct
	case block.Start >= q.Start-q.Open.Len() && block.End <= q.End+q.Close.Len():
		return pipeline.Direct // a paragraph of its own
	case unicode.IsUpper(s.begins) || unicode.IsDigit(s.begins):
		switch before {
		case "<edge>", ",", ":", ".", "?", "!", "”", "\"", "''", "—", "–", "--", "-", "...", "…":
			return pipeline.Direct
		}
		if s.finite && s.words > 3 {
			return pipeline.Direct
		}
	case s.finite && i > 0 && (before == "," || before == "—" || before == "–" || before == "--") && v.splits(v.doc.Quotes[i-1], q):
		return pipeline.Direct // “A,” she said, “b.”
	}
	return pipeline.Mixed
}

// splits reports whether q carries on the sentence that p begins: p ends with
// a comma, and only a short run of words, a cue among them, stands between.
func (v *view) splits(p, q pipeline.Quote) bool {
	if p.Depth != q.Depth || p.Kind != pipeline.Direct || !p.Closed() || q.Open.Start-p.Close.End > 90 {
		return false
	}
	first, last := v.inside(pipeline.Quote{Span: pipeline.Span{Start: p.Close.End, End: q.Open.Start}})
	for _, t := range v.doc.Tokens[first:last] {
		if t.Tag == postag.Stop {
			return false
		}
	}
	return true
}
