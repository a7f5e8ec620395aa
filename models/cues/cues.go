// Package cues knows the words that report: verbs ("insisted"), nouns ("the
// claim that"), other words ("reportedly") and phrases ("made clear"), each
// with the class of its framing. The lexicon is lexicon.txt, written for this
// project by hand; nothing in it is learned from data.
//
// The package imports the standard library only. All functions are safe for
// use by many goroutines.
package cues

import (
	_ "embed"
	"iter"
	"sync"

	"github.com/onrecord-nlp/onrecord/models/internal/flat"
)

//go:embed lexicon.txt
var source string

// The classes of framing, numbered as pipeline.CueClass numbers them. They are
// untyped so that they compare with any integer type a class is kept in.
const (
	None        = iota
	Neutral     // said
	Assertive   // insisted
	Distancing  // claimed
	Concessive  // admitted
	Denial      // denied
	Evaluative  // praised, accused
	Directive   // urged, warned
	Mental      // believes
	NumClasses  // how many there are
	light       = NumClasses
	classHeader = "light"
)

var classNames = [...]string{"", "neutral", "assertive", "distancing", "concessive", "denial", "evaluative", "directive", "mental", classHeader}

// Name returns the name of a class, "" for None.
func Name(class uint8) string {
	if class < NumClasses {
		return classNames[class]
	}
	return ""
}

// Class returns the class of a reporting word in any of its inflected forms.
// Capitals and curly apostrophes count as small letters and straight ones. ok
// is false for words that do not report, those of the verbs "have", "make"
// and "issue" among them, which only help others to. It does not allocate.
func Class(word string) (class uint8, ok bool) {
	l := lexicon()
	i := l.table.Find(hashWord(word))
	if i < 0 || l.forms[i].class == light {
		return None, false
	}
	return l.forms[i].class, true
}

// Lemma returns the form under which the lexicon lists a reporting or helping
// word, or "" for any other.
func Lemma(word string) string {
	l := lexicon()
	if i := l.table.Find(hashWord(word)); i >= 0 {
		return l.forms[i].lemma
	}
	return ""
}

// Words yields every inflected form of every reporting word, in small letters,
// with its class, in the order of the lexicon.
func Words() iter.Seq2[string, uint8] {
	return func(yield func(string, uint8) bool) {
		for _, f := range lexicon().forms {
			if f.class != light && !yield(f.word, f.class) {
				return
			}
		}
	}
}

// Reading is what the words of a cue say.
type Reading struct {
	Class   uint8  // Neutral where the lexicon knows none of the words
	Lemma   string // of the word that decides, or the phrase; "" where none is known
	Head    int    // the index of that word or of the phrase's first, -1 where none is known
	Negated bool   // a negation stands before it: "did not say"
}

// Read finds the word of a cue that decides its class: in "has repeatedly
// insisted" the main verb, in "issued a statement saying" the verb after the
// helping one, in "declined to comment" the refusal, in "is said to believe"
// the belief. The class of a negated cue is that of the words without the
// negation. It does not allocate.
func Read(words []string) Reading {
	l := lexicon()
	r := Reading{Class: Neutral, Head: -1}
	best := 0
	for i := 0; i < len(words); i++ {
		lemma, class, part, size := l.at(words[i:])
		if part == 0 {
			continue
		}
		rank := partRank[part]
		// "reportedly said" keeps its distance.
		if class == Distancing && part == partWord {
			rank = partRank[partPhrase]
		}
		// "is said to believe", "is alleged to have threatened"
		if best > 0 && r.Head > 0 && rank > 1 && l.passive(words, r.Head) && class != Neutral {
			best = 0
		}
		if class != light && rank > best {
			best, r.Class, r.Lemma, r.Head = rank, class, lemma, i
		}
		i += size - 1
	}
	for i, w := range words {
		switch {
		case r.Head < 0 || i < r.Head:
			r.Negated = r.Negated || Negation(w)
		case i == r.Head+1 && best < partRank[partPhrase]: // "says not"
			r.Negated = r.Negated || plainNot(w)
		}
	}
	return r
}

// Negation reports whether a word negates what follows it.
func Negation(w string) bool {
	switch len(w) {
	case 2:
		return w == "no" || w == "No"
	case 3:
		return plainNot(w) || w == "n't" || w == "nor" || w == "Nor"
	case 5:
		return w == "never" || w == "Never" || w == "n’t"
	case 6:
		if w == "cannot" || w == "Cannot" {
			return true
		}
	case 7:
		if w == "without" || w == "Without" || w == "neither" || w == "Neither" {
			return true
		}
	}
	n := len(w)
	return n > 3 && w[n-3:] == "n't" || n > 5 && w[n-5:] == "n’t"
}

func plainNot(w string) bool { return w == "not" || w == "Not" }

// passive reports whether words[head] is the participle of a passive of report
// with an infinitive: "is said to", "are believed to".
func (l *lexiconTable) passive(words []string, head int) bool {
	if head+1 >= len(words) || words[head+1] != "to" {
		return false
	}
	for i := head; i >= max(0, head-3); i-- {
		if f := l.table.Find(hashWord(words[i])); f >= 0 && l.forms[f].lemma == "be" {
			return true
		}
	}
	return false
}

// Parts of the lexicon.
const (
	partVerb = 1 + iota
	partNoun
	partWord
	partPhrase
	partAspect
)

// partRank says which part decides where several stand in a cue.
var partRank = [...]int{partNoun: 1, partWord: 2, partAspect: 3, partVerb: 4, partPhrase: 5}

type form struct {
	word, lemma string
	class, part uint8
}

type phrase struct {
	text  string      // as listed
	rest  []flat.Hash // the words after the first
	class uint8
	next  int32 // the next phrase with the same first word, -1 none
}

// lexiconTable is the parsed lexicon; it does not change.
type lexiconTable struct {
	table   flat.Table // form to index in forms
	forms   []form
	heads   flat.Table // first word of a phrase, as a lemma, to index in chains
	chains  []int32    // index of its first phrase
	phrases []phrase
}

var lexicon = sync.OnceValue(func() *lexiconTable {
	l, err := parse(source)
	if err != nil {
		panic(err) // not reached: a test parses it
	}
	return l
})

// at returns what the lexicon has of the words that begin words: the longest
// phrase, or else the first word. part is 0 where it has nothing.
func (l *lexiconTable) at(words []string) (lemma string, class, part uint8, size int) {
	h := hashWord(words[0])
	key := h
	if i := l.table.Find(h); i >= 0 {
		f := &l.forms[i]
		lemma, class, part, size = f.lemma, f.class, f.part, 1
		key = hashWord(f.lemma)
	}
	if c := l.heads.Find(key); c >= 0 {
		for p := l.chains[c]; p >= 0; p = l.phrases[p].next {
			if ph := &l.phrases[p]; len(ph.rest)+1 > size && matches(words[1:], ph.rest) {
				lemma, class, part, size = ph.text, ph.class, partPhrase, len(ph.rest)+1
			}
		}
	}
	return lemma, class, part, size
}

func matches(words []string, rest []flat.Hash) bool {
	if len(words) < len(rest) {
		return false
	}
	for i, h := range rest {
		if hashWord(words[i]) != h {
			return false
		}
	}
	return true
}

// hashWord hashes a word in small letters with straight apostrophes.
func hashWord(w string) flat.Hash { return flat.HashStart.AddFolded(w) }
