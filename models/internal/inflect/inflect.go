// Package inflect makes the inflected forms of English words by rule, for the
// lexicons of this project.
package inflect

import "strings"

// Verb returns the dictionary form and all forms of a verb's entry. In an
// entry a star doubles the last letter in -ing and in the past (admit*), and
// what stands after a colon, parted by slashes, takes the place of the regular
// past (say:said, write:wrote/written).
func Verb(entry string) (lemma string, forms []string) {
	lemma, irregular, _ := strings.Cut(entry, ":")
	lemma, doubles := strings.CutSuffix(lemma, "*")
	stem := lemma
	if doubles {
		stem += lemma[len(lemma)-1:]
	}
	switch {
	case strings.HasSuffix(lemma, "ie"):
		stem = strings.TrimSuffix(lemma, "ie") + "y"
	case strings.HasSuffix(lemma, "e") && !strings.HasSuffix(lemma, "ee") && lemma != "be":
		stem = strings.TrimSuffix(lemma, "e")
	}
	forms = []string{lemma, Plural(lemma), stem + "ing"}
	if irregular != "" {
		return lemma, append(forms, strings.Split(irregular, "/")...)
	}
	switch n := len(lemma); {
	case strings.HasSuffix(lemma, "e"):
		return lemma, append(forms, lemma+"d")
	case n > 1 && lemma[n-1] == 'y' && !vowel(lemma[n-2]):
		return lemma, append(forms, lemma[:n-1]+"ied")
	}
	return lemma, append(forms, stem+"ed")
}

// Plural returns the plural of a noun, which is also how a verb's third person
// is made.
func Plural(w string) string {
	n := len(w)
	switch {
	case n < 2:
		return w + "s"
	case strings.HasSuffix(w, "s"), strings.HasSuffix(w, "x"), strings.HasSuffix(w, "z"),
		strings.HasSuffix(w, "ch"), strings.HasSuffix(w, "sh"),
		w[n-1] == 'o' && !vowel(w[n-2]):
		return w + "es"
	case w[n-1] == 'y' && !vowel(w[n-2]):
		return w[:n-1] + "ies"
	}
	return w + "s"
}

func vowel(c byte) bool { return strings.IndexByte("aeiou", c) >= 0 }
