package people

import (
	"math"
	"strings"
	"unicode"
)

// What is kept at most of one bearer, or possible bearer, of a name.
const (
	mostWords   = 48 // of descriptions
	mostCompany = 24
	mostOutlets = 8
)

// traits is what is known of a bearer of a name, over documents: what tells it
// from other bearers.
type traits struct {
	docs    uint32 // documents, or rather speakers in them
	he, she uint32
	fields  field
	words   tally // of descriptions
	company tally // names of others who speak in the documents
	outlets tally
	first   int32 // day since 1970, 0 where no document has a date
	last    int32
}

func (t *traits) merge(u *traits, b *Builder) {
	t.docs += u.docs
	t.he += u.he
	t.she += u.she
	t.fields |= u.fields
	t.words.merge(u.words, b.words.hash, mostWords)
	t.company.merge(u.company, b.names.hash, mostCompany)
	t.outlets.merge(u.outlets, b.outlets.hash, mostOutlets)
	if u.first != 0 && (t.first == 0 || u.first < t.first) {
		t.first = u.first
	}
	t.last = max(t.last, u.last)
}

// wordsOf adds to t the words of a description that say something, and the
// fields that they tell of.
func (b *Builder) wordsOf(t *traits, description string, n uint32) {
	for w := range strings.FieldsFuncSeq(description, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '\'' && r != '’'
	}) {
		w = strings.TrimSuffix(strings.TrimSuffix(w, "’s"), "'s")
		w = foldWord(w)
		if w == "" || idle[w] {
			continue
		}
		t.fields |= fields[w]
		t.words.add(b.words.id(w), n, b.words.hash, mostWords)
	}
}

// conflict reports whether two sets of fields are hardly one person's.
func conflict(a, b field) bool {
	if a == 0 || b == 0 || a&b != 0 {
		return false
	}
	for x := field(1); x <= crime; x <<= 1 {
		for y := field(1); y <= crime; y <<= 1 {
			if a&x != 0 && b&y != 0 && apart[x]&y == 0 && apart[y]&x == 0 {
				return false
			}
		}
	}
	return true
}

// sex returns 1 where nearly all pronouns are he, -1 for she, 0 else.
func (t *traits) sex() float64 {
	n := float64(t.he + t.she)
	if n == 0 {
		return 0
	}
	return (float64(t.he) - float64(t.she)) / n
}

// weigh returns the log-odds that two traits are of one person, apart from what
// the names say, and what they rest on.
func (b *Builder) weigh(x, y *traits) (odds float64, why Evidence) {
	// Descriptions.
	shared := 0.0
	common(x.words, y.words, b.words.hash, func(c, _ count) {
		if fields[b.words.list[c.id]] != 0 {
			shared += 0.8
		} else {
			shared += 1.4
		}
	})
	switch {
	case shared > 0:
		odds += min(shared, 3)
		why |= ForDescription
	case conflict(x.fields, y.fields):
		odds -= 3.2
		why |= AgainstDescription
	case x.fields&y.fields != 0:
		odds += 0.4
	case x.fields != 0 && y.fields != 0:
		odds -= 1
	case len(x.words) > 0 && len(y.words) > 0:
		odds -= 0.5
	}
	// Pronouns. One that is wrong now and then is the program's own fault.
	if s := x.sex() * y.sex(); s < -0.4 {
		odds -= 3.2
		why |= AgainstPronoun
	} else if s > 0.4 {
		odds += 0.2
	}
	// Company: what is shared counts by how seldom chance has it so.
	total := float64(b.documents) + 20 // in a small run, too, most names are seldom met
	least := float64(min(x.docs, y.docs))
	shared = 0
	common(x.company, y.company, b.names.hash, func(c, _ count) {
		chance := 1 - math.Pow(1-(float64(b.profiles[c.id].docs)+1)/total, least)
		shared += max(math.Log(0.5/chance), 0.05)
	})
	switch {
	case shared >= 0.3:
		odds += min(shared, 4)
		why |= ForCompany
	case shared == 0 && len(x.company) > 0 && len(y.company) > 0:
		odds -= 0.3 * float64(min(len(x.company), len(y.company), 2))
		why |= AgainstCompany
	}
	// Outlets and dates.
	if len(x.outlets) > 0 && len(y.outlets) > 0 {
		same := false
		common(x.outlets, y.outlets, b.outlets.hash, func(_, _ count) { same = true })
		if same {
			odds += 0.4
			why |= ForOutlet
		} else {
			odds -= 0.2
		}
	}
	if x.first != 0 && y.first != 0 {
		switch gap := max(x.first-y.last, y.first-x.last); {
		case gap <= 14:
			odds += 0.3
			why |= ForTime
		case gap > 3*365:
			odds -= 0.5
		}
	}
	return odds, why
}

// probability of log-odds.
func probability(odds float64) float64 { return 1 / (1 + math.Exp(-odds)) }
