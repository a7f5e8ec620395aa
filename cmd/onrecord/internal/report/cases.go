package report

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/onrecord-nlp/onrecord/eval"
	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/goldform"
)

// texts finds the gold documents by their ids.
type texts map[string]*pipeline.Document

func newTexts(articles []goldform.Article) texts {
	out := make(texts, len(articles))
	for _, a := range articles {
		out[a.Doc.ID] = a.Doc
	}
	return out
}

// errorList is every error, by kind.
type errorList struct {
	Total string
	Kinds []errorKind
}

// errorKind is the errors of one kind.
type errorKind struct {
	Name     string
	Anchor   string
	N        string
	Articles string
	Classes  []errorClass // where classes were taken for one another
	In       []inArticle  // else
}

// errorClass is the errors of one cell of a confusion.
type errorClass struct {
	Name   string // "gold support, got oppose"
	Anchor string
	N      string
	In     []inArticle
}

// inArticle is errors of one article.
type inArticle struct {
	ID    string
	Title string
	Cases []shownCase
}

// shownCase is one case in its context.
type shownCase struct {
	Char    string
	Excerpt []piece
	Answers []answer
}

// answer is what one side says.
type answer struct {
	Side, Says string
}

// anchor names the place of the cases of one kind, and of one cell of it.
func anchor(kind, gold, got string) string {
	s := strings.ReplaceAll(kind, " ", "-")
	if gold != "" || got != "" {
		s += "." + gold + "." + got
	}
	return s
}

func newErrorList(t texts, cases []eval.Case) errorList {
	out := errorList{Total: thousands(len(cases))}
	for part := range runs(cases, func(c *eval.Case) string { return c.Kind }) {
		kind := errorKind{Name: part[0].Kind, Anchor: anchor(part[0].Kind, "", ""), N: thousands(len(part)), Articles: articles(part)}
		if part[0].GoldClass == "" && part[0].GotClass == "" {
			kind.In = t.byArticle(part)
		} else {
			part = slices.Clone(part)
			slices.SortStableFunc(part, func(a, b eval.Case) int {
				return cmp.Or(strings.Compare(a.GoldClass, b.GoldClass), strings.Compare(a.GotClass, b.GotClass))
			})
			for cell := range runs(part, func(c *eval.Case) string { return anchor(c.Kind, c.GoldClass, c.GotClass) }) {
				c := &cell[0]
				kind.Classes = append(kind.Classes, errorClass{className(c), anchor(c.Kind, c.GoldClass, c.GotClass), thousands(len(cell)), t.byArticle(cell)})
			}
		}
		out.Kinds = append(out.Kinds, kind)
	}
	return out
}

func className(c *eval.Case) string {
	switch {
	case c.GotClass == "":
		return "gold " + c.GoldClass
	case c.GoldClass == "":
		return "got " + c.GotClass
	}
	return "gold " + c.GoldClass + ", got " + c.GotClass
}

// runs yields the parts of a list that have the same key, in their order.
func runs[T any](list []T, key func(*T) string) func(func([]T) bool) {
	return func(yield func([]T) bool) {
		for len(list) > 0 {
			n, k := 1, key(&list[0])
			for n < len(list) && key(&list[n]) == k {
				n++
			}
			if !yield(list[:n:n]) {
				return
			}
			list = list[n:]
		}
	}
}

// articles counts the articles of cases that are in the order of the articles.
func articles(cases []eval.Case) string {
	n := 0
	for range runs(cases, func(c *eval.Case) string { return c.Document }) {
		n++
	}
	if n == 1 {
		return "1 article"
	}
	return thousands(n) + " articles"
}

func (t texts) byArticle(cases []eval.Case) []inArticle {
	var out []inArticle
	for part := range runs(cases, func(c *eval.Case) string { return c.Document }) {
		in := t.article(part[0].Document)
		for i := range part {
			c := &part[i]
			in.Cases = append(in.Cases, t.show(c, says("gold", c.Gold), says("got", c.Got)))
		}
		out = append(out, in)
	}
	return out
}

func (t texts) article(id string) inArticle {
	in := inArticle{ID: id}
	if d := t[id]; d != nil {
		in.Title = d.Title
	}
	return in
}

func says(side, what string) answer { return answer{side, cmp.Or(what, "nothing")} }

func (t texts) show(c *eval.Case, answers ...answer) shownCase {
	out := shownCase{Char: thousands(c.Char), Answers: answers}
	if d := t[c.Document]; d != nil {
		statement := c.Statement
		if statement == nil {
			statement = []pipeline.Span{c.Span}
		}
		out.Excerpt = excerpt(d.Text, statement, c.GoldSpans, c.GotSpans)
	}
	return out
}

// piece is some words of an article, and what they are part of.
type piece struct {
	Words     string
	Cut       bool   // words were left out here; Words is empty
	Break     bool   // Words are line breaks, and perhaps white space
	Statement bool   // of what is judged
	Side      string // "gold", "got", "both" or ""
}

// Class is what the style sheet goes by.
func (p piece) Class() string {
	if p.Statement {
		return strings.TrimSuffix("statement "+p.Side, " ")
	}
	return p.Side
}

// around is how many bytes are shown on each side of where spans begin and
// end; whole is how long a span may be to be shown in full.
const around, whole = 100, 360

// excerpt cuts a text down to where the spans begin and end, and marks what
// they hold. The words of the pieces are those of the text.
func excerpt(text string, statement, gold, got []pipeline.Span) []piece {
	sides := [3][]pipeline.Span{clip(text, statement), clip(text, gold), clip(text, got)}
	var windows []pipeline.Span
	var edges []int
	for _, spans := range sides {
		for _, s := range spans {
			edges = append(edges, s.Start, s.End)
			if s.Len() <= whole {
				windows = append(windows, pipeline.Span{Start: s.Start - around, End: s.End + around})
			} else {
				windows = append(windows, pipeline.Span{Start: s.Start - around, End: s.Start + around}, pipeline.Span{Start: s.End - around, End: s.End + around})
			}
		}
	}
	slices.SortFunc(windows, func(a, b pipeline.Span) int { return cmp.Or(a.Start-b.Start, a.End-b.End) })
	slices.Sort(edges)
	edges = slices.Compact(edges)
	var out []piece
	var inside [3]int // of each side, the first span that may hold what comes
	end := 0          // of the last window
	for len(windows) > 0 {
		w := pipeline.Span{Start: wordBefore(text, windows[0].Start), End: wordAfter(text, windows[0].End)}
		windows = windows[1:]
		for len(windows) > 0 && wordBefore(text, windows[0].Start) <= w.End {
			w.End = max(w.End, wordAfter(text, windows[0].End))
			windows = windows[1:]
		}
		if w.Start > end {
			out = append(out, piece{Cut: true})
		}
		end = w.End
		for at := w.Start; at < w.End; {
			for len(edges) > 0 && edges[0] <= at {
				edges = edges[1:]
			}
			next := w.End
			if len(edges) > 0 {
				next = min(next, edges[0])
			}
			var in [3]bool
			for k, spans := range sides {
				for inside[k] < len(spans) && spans[inside[k]].End <= at {
					inside[k]++
				}
				in[k] = inside[k] < len(spans) && spans[inside[k]].Start <= at
			}
			p := piece{Words: text[at:next], Statement: in[0]}
			switch {
			case in[1] && in[2]:
				p.Side = "both"
			case in[1]:
				p.Side = "gold"
			case in[2]:
				p.Side = "got"
			}
			out = p.atLines(out)
			at = next
		}
	}
	if end < len(text) {
		out = append(out, piece{Cut: true})
	}
	return out
}

// atLines appends the piece to out, split where lines break.
func (p piece) atLines(out []piece) []piece {
	for words := p.Words; words != ""; {
		i := strings.IndexByte(words, '\n')
		if i < 0 {
			i = len(words)
		}
		if i > 0 {
			p.Words, p.Break = words[:i], false
			out = append(out, p)
		}
		n := len(words) - len(strings.TrimLeft(words[i:], "\n\r\t "))
		if n > i {
			out = append(out, piece{Words: words[i:n], Break: true})
		}
		words = words[n:]
	}
	return out
}

// clip returns spans in order and without overlaps, cut to the text.
func clip(text string, spans []pipeline.Span) []pipeline.Span {
	var out []pipeline.Span
	for _, s := range slices.SortedFunc(slices.Values(spans), func(a, b pipeline.Span) int { return cmp.Or(a.Start-b.Start, a.End-b.End) }) {
		s.Start, s.End = max(s.Start, 0), min(s.End, len(text))
		if n := len(out); n > 0 {
			s.Start = max(s.Start, out[n-1].End)
		}
		if s.Start < s.End {
			out = append(out, s)
		}
	}
	return out
}

// longWord is how far an edge moves to keep a word whole.
const longWord = 24

// wordBefore returns the beginning of the word that byte at lies in, or of its
// character where the word is long.
func wordBefore(text string, at int) int {
	if at <= 0 {
		return 0
	}
	at = min(at, len(text))
	for i := at; i > max(0, at-longWord); i-- {
		if space(text[i-1]) {
			return i
		}
	}
	if at <= longWord {
		return 0
	}
	for at > 0 && at < len(text) && !utf8.RuneStart(text[at]) {
		at--
	}
	return at
}

// wordAfter returns the end of the word that byte at lies in, or of its
// character.
func wordAfter(text string, at int) int {
	if at >= len(text) {
		return len(text)
	}
	for i := max(at, 0); i < min(len(text), at+longWord); i++ {
		if space(text[i]) {
			return i
		}
	}
	if at+longWord >= len(text) {
		return len(text)
	}
	for at < len(text) && !utf8.RuneStart(text[at]) {
		at++
	}
	return at
}

func space(b byte) bool { return b == ' ' || b == '\n' || b == '\t' || b == '\r' }
