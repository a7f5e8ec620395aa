package resolve

import (
	_ "embed"
	"fmt"
	"math/bits"
	"strings"
	"unicode"
	"unicode/utf8"
)

//go:embed words.txt
var wordsFile string

//go:embed given.txt
var givenFile string

// class is a set of things that a word may be. The sections of words.txt say
// what each means.
type class uint32

const (
	isPerson class = 1 << iota
	isTitle
	isHonour
	isHe
	isShe
	isKin
	isOrg
	isPublic
	isOrgEnd // closes the name of an organization: Ltd, Association
	isDoc
	isSource
	isGeneric
	isMany
	isPlace
	isNever
	isNation
	isParticle
	isSuffix
	isRank
	isPlural
	isPortfolio
	isPrefix
	isGivenHe
	isGivenShe
)

// sex reports whether a word says that somebody is a man, or a woman; neither
// where it may be either.
func (c class) sex() (he, she bool) {
	return c&(isHe|isShe) == isHe, c&(isHe|isShe) == isShe
}

var classNames = map[string]class{
	"person": isPerson, "title": isTitle, "honour": isHonour, "he": isHe, "she": isShe, "kin": isKin,
	"org": isOrg, "public": isPublic, "suffixorg": isOrgEnd, "doc": isDoc, "source": isSource, "generic": isGeneric, "many": isMany,
	"place": isPlace, "portfolio": isPortfolio, "prefix": isPrefix, "never": isNever, "nation": isNation, "particle": isParticle, "suffix": isSuffix, "rank": isRank,
}

// entry is what the lexicon knows of a word. Two words share a bit of sense
// where one may stand for the other: "the report" for "a study".
type entry struct {
	class   class
	sense   uint64
	full    key // of an abbreviated title, the word that it stands for: "gov" for "governor"; else 0
	pronoun pronounForm
	utters  bool // it is a form of a verb of uttering words
	deputy  bool // it is one of deputies
}

// lexicon is the parsed word lists. It does not change once made.
type lexicon struct {
	entries []entry // the first is that of words not listed
	keys    []key   // of the entries
	slots   []uint32
	ids     map[key]int // while it is made: index in entries
}

// A slot, of a table by open addressing, holds the highest half of the highest
// word of a key over the index of its entry, or 0.
const (
	slotBits = 16
	slotMask = 1<<slotBits - 1
)

// find returns the entry of a word, which must not be changed.
func (l *lexicon) find(k key) *entry {
	mask := key(len(l.slots) - 1)
	high := uint32(k >> (64 - slotBits))
	for i := k & mask; ; i = (i + 1) & mask {
		s := l.slots[i]
		if s == 0 {
			return &l.entries[0]
		}
		if s>>slotBits == high && l.keys[s&slotMask] == k {
			return &l.entries[s&slotMask]
		}
	}
}

// entry returns the entry of a word to be changed, which it adds.
func (l *lexicon) entry(k key) *entry {
	id, ok := l.ids[k]
	if !ok {
		id = len(l.entries)
		l.ids[k] = id
		l.entries = append(l.entries, entry{})
		l.keys = append(l.keys, k)
	}
	return &l.entries[id]
}

// finish makes the table by which entries are found.
func (l *lexicon) finish() error {
	if len(l.entries) > slotMask {
		return fmt.Errorf("more than %d words", slotMask)
	}
	l.slots = make([]uint32, 1<<bits.Len(uint(2*len(l.entries))))
	mask := key(len(l.slots) - 1)
	for id := 1; id < len(l.keys); id++ {
		k := l.keys[id]
		i := k & mask
		for l.slots[i] != 0 {
			i = (i + 1) & mask
		}
		l.slots[i] = uint32(k>>(64-slotBits))<<slotBits | uint32(id)
	}
	l.ids = nil
	return nil
}

// key is a word's hash, the same for capitals and small letters (FNV-1a).
type key uint64

const (
	keyStart key = 14695981039346656037
	keyPrime key = 1099511628211
)

// keyOf hashes a word in small letters with straight apostrophes. A full stop
// at its end does not count, so that "Dr." is "Dr".
func keyOf(w string) key {
	if n := len(w); n > 1 && w[n-1] == '.' {
		w = w[:n-1]
	}
	h := keyStart
	for i := 0; i < len(w); i++ {
		c := w[i]
		switch {
		case 'A' <= c && c <= 'Z':
			c |= 0x20
		case c >= utf8.RuneSelf:
			r, n := utf8.DecodeRuneInString(w[i:])
			if r == '’' {
				h = (h ^ '\'') * keyPrime
				i += n - 1
				continue
			}
			var buf [utf8.UTFMax]byte
			for _, c := range buf[:utf8.EncodeRune(buf[:], unicode.ToLower(r))] {
				h = (h ^ key(c)) * keyPrime
			}
			i += n - 1
			continue
		}
		h = (h ^ key(c)) * keyPrime
	}
	return h
}

func newLexicon() (*lexicon, error) {
	l := &lexicon{entries: make([]entry, 1), keys: make([]key, 1), ids: make(map[key]int, 8192)}
	for _, w := range [...][2]string{
		{"gov", "governor"}, {"sen", "senator"}, {"rep", "representative"}, {"gen", "general"}, {"lt", "lieutenant"}, {"col", "colonel"},
		{"capt", "captain"}, {"sgt", "sergeant"}, {"det", "detective"}, {"insp", "inspector"}, {"pres", "president"}, {"prof", "professor"},
		{"dr", "doctor"}, {"cllr", "councillor"}, {"coun", "councillor"}, {"pc", "constable"}, {"adm", "admiral"}, {"atty", "attorney"},
	} {
		l.entry(keyOf(w[0])).full = keyOf(w[1])
	}
	for _, w := range strings.Fields(utteringVerbs) {
		l.entry(keyOf(w)).utters = true
	}
	for _, w := range deputies {
		l.entry(keyOf(w)).deputy = true
	}
	for f, words := range pronouns {
		for w := range strings.FieldsSeq(words) {
			l.entry(keyOf(w)).pronoun = pronounForm(f)
		}
	}
	if err := l.words(wordsFile); err != nil {
		return nil, fmt.Errorf("words.txt: %w", err)
	}
	if err := l.given(givenFile); err != nil {
		return nil, fmt.Errorf("given.txt: %w", err)
	}
	return l, l.finish()
}

// lines calls f for each line that is neither empty nor a comment.
func lines(file string, f func(line string) error) error {
	n := 0
	for line := range strings.Lines(file) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		if err := f(line); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
	}
	return nil
}

func (l *lexicon) add(w string, c class, sense uint64) {
	e := l.entry(keyOf(w))
	e.class |= c
	e.sense |= sense
}

func (l *lexicon) words(file string) error {
	const nouns = isPerson | isOrg | isDoc | isPlace
	var (
		now   class
		group uint
	)
	irregular := make(map[string]string) // its plural
	return lines(file, func(line string) error {
		if names, ok := strings.CutPrefix(line, "["); ok {
			now = 0
			for name := range strings.FieldsSeq(strings.TrimSuffix(names, "]")) {
				c, ok := classNames[name]
				if !ok {
					return fmt.Errorf("no class %q", name)
				}
				now |= c
			}
			return nil
		}
		if same, ok := strings.CutPrefix(line, "="); ok {
			if group == 64 {
				return fmt.Errorf("more than 64 groups of words of one sense")
			}
			for w := range strings.FieldsSeq(same) {
				l.add(w, 0, 1<<group)
				p, ok := irregular[w]
				if !ok {
					p = plural(w)
				}
				l.add(p, 0, 1<<group)
			}
			group++
			return nil
		}
		for w := range strings.FieldsSeq(line) {
			w, p, ok := strings.Cut(w, "=")
			if ok {
				irregular[w] = p
			} else if p, ok = irregular[w]; !ok {
				p = plural(w)
			}
			l.add(w, now, 0)
			if now&nouns != 0 && now&(isOrgEnd|isHonour) == 0 {
				l.add(p, now&^isTitle|isPlural, 0)
			}
		}
		return nil
	})
}

// plural returns the regular plural of a noun.
func plural(w string) string {
	n := len(w)
	switch {
	case strings.HasSuffix(w, "man"):
		return w[:n-3] + "men"
	case strings.HasSuffix(w, "s"), strings.HasSuffix(w, "x"), strings.HasSuffix(w, "ch"), strings.HasSuffix(w, "sh"):
		return w + "es"
	case strings.HasSuffix(w, "y") && n > 1 && !strings.ContainsRune("aeiou", rune(w[n-2])):
		return w[:n-1] + "ies"
	}
	return w + "s"
}

func (l *lexicon) given(file string) error {
	var now class
	return lines(file, func(line string) error {
		switch line {
		case "[he]":
			now = isGivenHe
			return nil
		case "[she]":
			now = isGivenShe
			return nil
		}
		for w := range strings.FieldsSeq(line) {
			l.add(w, now, 0)
		}
		return nil
	})
}

// utteringVerbs are those before which a subject is who utters the words
// quoted after them.
const utteringVerbs = `
	say says said saying tell tells told telling ask asks asked asking write writes wrote written writing
	call calls called calling describe describes described describing claim claims claimed claiming
	insist insists insisted insisting reply replies replied replying answer answers answered answering
	shout shouts shouted shouting warn warns warned warning promise promises promised promising
	assure assures assured assuring complain complains complained complaining dub dubs dubbed brand brands branded
	label labels labelled labeled yell yells yelled scream screams screamed whisper whispers whispered
	text texts texted tweet tweets tweeted add adds added adding read reads chant chants chanted chanting`

// deputies are words that make another office of that named after them.
var deputies = [...]string{"vice", "deputy", "assistant", "prime", "lieutenant", "shadow", "associate"}

// pronouns are the words of each form. Those that own, "his", are told by their
// tags.
var pronouns = [...]string{
	pronounHe:    "he him his",
	pronounShe:   "she her",
	pronounThey:  "they them their",
	pronounIt:    "it its",
	pronounI:     "i me my",
	pronounWe:    "we us our",
	pronounYou:   "you your",
	pronounWho:   "who whom whose",
	pronounWhich: "which that",
}
