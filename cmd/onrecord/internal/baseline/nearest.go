package baseline

import (
	"slices"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/goldform"
)

// nearest takes for the speaker of a statement the nearest name that ends
// before it, and where there is none the first behind it. A name is two words
// or more with capitals, one space apart, outside quotations; its last word
// alone stands for the first that ends in it.
func nearest(_ goldform.Article, d *pipeline.Document) {
	found := names(d.Text, d.Quotes)
	full := make(map[string]pipeline.Span) // by the last word
	for _, s := range found {
		name := s.In(d.Text)
		if i := strings.LastIndexByte(name, ' '); i >= 0 {
			if _, ok := full[name[i+1:]]; !ok {
				full[name[i+1:]] = s
			}
		}
	}
	found = slices.DeleteFunc(found, func(s pipeline.Span) bool {
		name := s.In(d.Text)
		_, ok := full[name]
		return !ok && !strings.Contains(name, " ")
	})
	who := make(map[string]int)
	of := func(s pipeline.Span) int {
		i := sort.Search(len(found), func(i int) bool { return found[i].End > s.Start }) - 1
		if i < 0 {
			i = sort.Search(len(found), func(i int) bool { return found[i].Start >= s.End })
		}
		if i == len(found) {
			return -1
		}
		name := found[i].In(d.Text)
		if s, ok := full[name]; ok {
			name = s.In(d.Text)
		}
		at, ok := who[name]
		if !ok {
			at = len(d.Speakers)
			who[name] = at
			d.Speakers = append(d.Speakers, pipeline.Speaker{Name: name, Kind: pipeline.SpeakerPerson})
		}
		return at
	}
	r := &d.Resolution
	for _, q := range d.Quotes {
		r.OfQuote = append(r.OfQuote, of(q.Span))
		r.QuoteMention = append(r.QuoteMention, -1)
		r.QuoteManner = append(r.QuoteManner, pipeline.MannerContext)
		r.QuoteScore = append(r.QuoteScore, 1)
	}
	for _, a := range d.Attributions {
		r.OfAttribution = append(r.OfAttribution, of(extent(a)))
	}
	d.Mark(pipeline.LayerSpeakers)
}

// opening are words that begin a sentence more often than a name.
var opening = strings.Fields(`A After All Also An And As At Before Both But By During Each Even For From He Her Here His
	How However I If In It Its Last Many More Most My No Not Now Of On One Or Our She Since So Some That The Their Then
	There These They This Those Though To Under Until Was We What When Where While Who Why With You Your`)

// names lists the runs of words with capitals that stand in no quotation, in
// order. Quotes are in the order of the text.
func names(text string, quotes []pipeline.Quote) []pipeline.Span {
	var out []pipeline.Span
	var name pipeline.Span // being read
	reading := false
	end := func() {
		if reading {
			out = append(out, name)
		}
		reading = false
	}
	quoted := 0 // up to where the quotations reach that began
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		if !unicode.IsLetter(r) {
			// One space joins the words of a name, and so does the dot of an initial.
			if initial := r == '.' && reading && name.End == i && endsInInitial(text[:i]); initial {
				name.End++
			} else if r != ' ' || name.End != i {
				end()
			}
			i += size
			continue
		}
		start := i
		for i < len(text) {
			r, size := utf8.DecodeRuneInString(text[i:])
			if !unicode.IsLetter(r) && !unicode.IsMark(r) && !joins(text, i, size, r) {
				break
			}
			i += size
		}
		for len(quotes) > 0 && quotes[0].Start <= start {
			quoted = max(quoted, quotes[0].End)
			quotes = quotes[1:]
		}
		switch word := text[start:i]; {
		case start < quoted || !unicode.IsUpper(r):
			end()
		case !reading && slices.Contains(opening, word):
		case reading:
			name.End = i
		default:
			name, reading = pipeline.Span{Start: start, End: i}, true
		}
	}
	end()
	return out
}

// joins reports whether the mark at i, of the given size, stands within a word:
// O'Brien, Jean-Luc.
func joins(text string, i, size int, r rune) bool {
	if r != '\'' && r != '’' && r != '-' {
		return false
	}
	next, _ := utf8.DecodeRuneInString(text[i+size:])
	return unicode.IsUpper(next)
}

// endsInInitial reports whether a text ends in one capital that is a word.
func endsInInitial(text string) bool {
	r, size := utf8.DecodeLastRuneInString(text)
	before, _ := utf8.DecodeLastRuneInString(text[:len(text)-size])
	return unicode.IsUpper(r) && !unicode.IsLetter(before)
}
