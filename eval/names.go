package eval

import (
	"slices"
	"strings"
	"unicode"
)

// nameWords returns the words of a speaker's name that identify it: lower
// case, without articles ("one" in front is one), honorifics, abbreviating dots
// and a possessive ending. Of a name of nothing else the last word is left.
func nameWords(name string) []string {
	name = strings.NewReplacer("’", "'").Replace(strings.ToLower(name))
	var kept []string
	last := ""
	for w := range strings.FieldsFuncSeq(name, func(r rune) bool {
		return !wordChar(r) && !unicode.IsMark(r) && r != '\'' && r != '.'
	}) {
		w = strings.TrimSuffix(w, "'s")
		w = strings.NewReplacer("'", "", ".", "").Replace(w)
		if w == "" {
			continue
		}
		first := last == ""
		last = w
		if first && w == "one" {
			continue
		}
		switch w {
		case "the", "a", "an",
			"mr", "mrs", "ms", "miss", "mx", "messrs", "madam", "sir", "dame", "lord", "lady", "baroness", "baron",
			"dr", "prof", "professor", "rev", "revd", "reverend", "fr", "hon", "rt", "shri", "smt":
		default:
			kept = append(kept, w)
		}
	}
	if len(kept) == 0 && last != "" {
		kept = append(kept, last)
	}
	return kept
}

// sameName reports whether two names are the same once normalised.
func sameName(a, b string) bool { return a == b || slices.Equal(nameWords(a), nameWords(b)) }

// likeName reports whether the words of one name all stand in the other.
func likeName(a, b string) bool {
	x, y := nameWords(a), nameWords(b)
	if len(x) > len(y) {
		x, y = y, x
	}
	for _, w := range x {
		if !slices.Contains(y, w) {
			return false
		}
	}
	return len(x) > 0
}
