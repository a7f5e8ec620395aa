package tokenize

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/onrecord-nlp/onrecord/pipeline"
)

// sentences appends the sentences of one block, whose tokens are
// toks[first:], and sets Token.Sentence.
func sentences(text string, toks []pipeline.Token, first, block int, out []pipeline.Sentence) []pipeline.Sentence {
	start := first
	for i := first; i < len(toks); {
		next, ends := sentenceEnd(text, toks, start, i)
		i = next
		if !ends && i < len(toks) {
			continue
		}
		for k := start; k < i; k++ {
			toks[k].Sentence = int32(len(out))
		}
		out = append(out, pipeline.Sentence{
			Span:  pipeline.Span{Start: toks[start].Start, End: toks[i-1].End},
			First: start, Last: i, Block: block,
		})
		start = i
	}
	return out
}

// sentenceEnd reports whether token i, with the stops, closing marks and
// brackets that follow it, ends the sentence that begins at token start, and
// returns the index of the token after them.
func sentenceEnd(text string, toks []pipeline.Token, start, i int) (end int, ends bool) {
	if last := text[toks[i].End-1]; last < utf8.RuneSelf && ascii[last] >= letter {
		return i + 1, false
	}
	w := toks[i].In(text)
	abbr := plain
	switch last := w[len(w)-1]; {
	case w == "." || w == "?" || w == "!":
	case last == '.' && len(w) > 1:
		if w[0] != '.' {
			name := w[:len(w)-1]
			if k := strings.LastIndexByte(name, '-'); k >= 0 {
				name = name[k+1:]
			}
			if abbr = abbreviationOf(name); abbr == plain {
				abbr = before // an initial
			}
		}
	case w == "…":
	default:
		return i + 1, false
	}
	end = i + 1
	closed := false
	for ; end < len(toks); end++ {
		c := toks[end].In(text)
		switch {
		case c == "." || c == "?" || c == "!" || c == "…" || strings.HasPrefix(c, ".."):
			if toks[end].Start != toks[end-1].End {
				return end, false // spaced dots
			}
			w = c
			continue
		case closer(text, toks, end):
			closed = true
			continue
		}
		break
	}
	if end == len(toks) {
		return end, true
	}
	next := toks[end]
	glued := next.Start == toks[end-1].End
	r, _ := utf8.DecodeRuneInString(text[next.Start:])
	begins := unicode.IsUpper(r) || unicode.IsTitle(r) || unicode.IsDigit(r) || classOf(r) == symbol && !continuing(r) ||
		unicode.IsLetter(r) && !unicode.IsLower(r)
	switch {
	case !begins:
		return end, false
	case glued && !closed && !unicode.IsUpper(r):
		return end, false
	case i == start && i+1 == end && abbr == plain && w == ".":
		return end, false
	case start+2 == end && end == i+1 && w == "." && unicode.IsDigit(rune(text[toks[start].Start])):
		return end, false // "1. The first item"
	}
	switch abbr {
	case before:
		return end, false
	case numbered:
		if unicode.IsDigit(r) {
			return end, false
		}
	case anywhere:
		if !closed && !starter(text, toks, end) {
			return end, false
		}
	}
	if closed && w != "." && asks(text, toks, end) {
		return end, false // “Why?” Smith asked
	}
	return end, true
}

// closer reports whether token i closes what stands before it: glued to it,
// and not glued to a word after it.
func closer(text string, toks []pipeline.Token, i int) bool {
	if toks[i].Start != toks[i-1].End {
		return false
	}
	switch toks[i].In(text) {
	case "”", "’", "»", "›", ")", "]", "}", "''", "’’":
		return true
	case "\"", "'", "“", "‘":
		if i+1 < len(toks) && toks[i+1].Start == toks[i].End {
			r, _ := utf8.DecodeRuneInString(text[toks[i+1].Start:])
			return !isWord(r)
		}
		return true
	}
	return false
}

// continuing reports whether a symbol carries a sentence on.
func continuing(r rune) bool {
	switch r {
	case ',', ';', ':', '-', '–', '—', '―', ')', ']', '”', '’', '»', '/', '%', '.', '?', '!', '…', '&':
		return true
	}
	return false
}

// starter reports whether token i, or the word after an opening mark there,
// often begins a sentence, so that an abbreviation before it ends one.
func starter(text string, toks []pipeline.Token, i int) bool {
	for i < len(toks) {
		r, _ := utf8.DecodeRuneInString(text[toks[i].Start:])
		if isWord(r) {
			break
		}
		if r == '(' || r == '[' {
			return false
		}
		i++
	}
	if i == len(toks) {
		return false
	}
	switch toks[i].In(text) {
	case "The", "He", "She", "It", "They", "We", "I", "You", "But", "And", "In", "On", "At", "A", "An", "This", "That", "These", "Those",
		"His", "Her", "Its", "Their", "Our", "My", "Your", "If", "When", "While", "As", "After", "Before", "Since", "Although", "Though",
		"However", "There", "What", "Who", "Why", "How", "Where", "For", "From", "With", "Some", "Many", "Most", "Several", "One", "Two",
		"No", "Not", "So", "Then", "Now", "Yet", "Also", "Even", "Both", "Each", "Under", "According", "Asked", "Meanwhile", "Last",
		"By", "To", "Once", "Because", "Despite", "During", "Earlier", "Here", "Just", "Let", "Like", "More", "Of", "Only", "Or",
		"Other", "Others", "Such", "Until", "Later", "Still", "Instead", "Perhaps", "Nor", "Nearly", "About", "All", "Among", "Another", "Any":
		return true
	}
	return false
}

// asks reports whether the words from token i on name who asked: "Smith
// asked", "Prime Minister Jones said".
func asks(text string, toks []pipeline.Token, i int) bool {
	for k := i; k < min(i+5, len(toks)); k++ {
		w := toks[k].In(text)
		switch w {
		case "asked", "said", "wondered", "shouted", "cried", "yelled", "joked", "exclaimed", "tweeted", "wrote", "added",
			"replied", "demanded", "continued", "chanted", "says", "asks", "quipped", "screamed", "responded", "told":
			return k > i
		}
		if r, _ := utf8.DecodeRuneInString(w); !unicode.IsUpper(r) {
			return false
		}
	}
	return false
}
