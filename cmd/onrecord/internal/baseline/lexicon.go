package baseline

import (
	"iter"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/onrecord-nlp/onrecord/models/cues"
	"github.com/onrecord-nlp/onrecord/models/stance"
	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/goldform"
)

// lexicon counts the words of a statement and of its cue that speak for
// something and those that speak against it, by the word list of
// [stance.GroupOf]. A negation among the three words before turns a word round,
// and a cue of denial counts as one word against. More for is support, more
// against opposition, as many neutral. The target is what follows the first
// word that has the sign of the whole, up to a mark and five words at most.
func lexicon(a goldform.Article, d *pipeline.Document) {
	s := &d.Stances
	claimOf := make([]int, len(d.Quotes)) // 1 + index, 0 for none
	for i, c := range d.Attributions {
		for _, q := range c.Quotes {
			if claimOf[q] == 0 {
				claimOf[q] = i + 1
			}
		}
		s.OfAttribution = append(s.OfAttribution, read(d.Text, c.Cue, c.Content))
	}
	for i, q := range d.Quotes {
		var cue []pipeline.Span
		switch {
		case i < len(a.QuoteCues) && !a.QuoteCues[i].Empty():
			cue = a.QuoteCues[i : i+1]
		case claimOf[i] > 0:
			cue = d.Attributions[claimOf[i]-1].Cue
		}
		s.OfQuote = append(s.OfQuote, read(d.Text, cue, []pipeline.Span{q.Span}))
	}
	d.Mark(pipeline.LayerStances)
}

// reach is how many words a negation turns round.
const reach = 3

// longest is how many words a target has at most.
const longest = 5

// read reads the stance off the words of a cue and a content.
func read(text string, cue, content []pipeline.Span) pipeline.Stance {
	var signs []sign
	var said []string
	for _, s := range cue {
		for w := range words(text, s) {
			said = append(said, w.In(text))
		}
		for _, x := range signsOf(text, s) {
			signs = append(signs, sign{x.sign, 0}) // all of the content follows it
		}
	}
	for _, s := range content {
		signs = append(signs, signsOf(text, s)...)
	}
	sum := 0
	if r := cues.Read(said); r.Class == cues.Denial {
		sum--
		if r.Negated {
			sum += 2
		}
	}
	for _, s := range signs {
		sum += s.sign
	}
	if sum == 0 {
		return pipeline.Stance{}
	}
	out := pipeline.Stance{Position: pipeline.Support}
	if sum < 0 {
		out.Position = pipeline.Oppose
	}
	for _, s := range signs {
		if (s.sign < 0) == (sum < 0) {
			out.Target = after(text, s.end, content)
			break
		}
	}
	return out
}

// sign is a word for something, 1, or against it, -1, and where it ends.
type sign struct{ sign, end int }

// signsOf lists the words of a span that have a sign.
func signsOf(text string, s pipeline.Span) []sign {
	var out []sign
	left := 0 // words that the last negation still turns round
	for w := range words(text, s) {
		word := w.In(text)
		if cues.Negation(word) || strings.HasSuffix(strings.ToLower(strings.ReplaceAll(word, "’", "'")), "n't") {
			left = reach
			continue
		}
		if n := stance.GroupOf(word).Sign(); n != 0 {
			if left > 0 {
				n = -n
			}
			out = append(out, sign{n, w.End})
		}
		left--
	}
	return out
}

// after is the words of a content that follow byte at, up to a mark.
func after(text string, at int, content []pipeline.Span) string {
	for _, s := range content {
		if s.End <= at {
			continue
		}
		s.Start = max(s.Start, at)
		n, end := 0, s.Start
		for w := range words(text, s) {
			if n == longest || strings.TrimSpace(text[end:w.Start]) != "" {
				break
			}
			n, end = n+1, w.End
		}
		return strings.TrimSpace(text[s.Start:end])
	}
	return ""
}

// words yields the runs of letters and digits in a span; an apostrophe between
// two letters is one of them.
func words(text string, s pipeline.Span) iter.Seq[pipeline.Span] {
	inWord := func(i int, r rune) bool {
		if r == '\'' || r == '’' {
			next, _ := utf8.DecodeRuneInString(text[i+utf8.RuneLen(r) : s.End])
			return unicode.IsLetter(next)
		}
		return unicode.IsLetter(r) || unicode.IsNumber(r)
	}
	return func(yield func(pipeline.Span) bool) {
		start := -1
		for i, r := range s.In(text) {
			i += s.Start
			switch in := (start >= 0 || r != '\'' && r != '’') && inWord(i, r); {
			case in && start < 0:
				start = i
			case !in && start >= 0:
				if !yield(pipeline.Span{Start: start, End: i}) {
					return
				}
				start = -1
			}
		}
		if start >= 0 {
			yield(pipeline.Span{Start: start, End: s.End})
		}
	}
}
