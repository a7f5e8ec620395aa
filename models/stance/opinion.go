package stance

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/onrecord-nlp/onrecord/models/internal/flat"
	"github.com/onrecord-nlp/onrecord/models/internal/inflect"
)

//go:embed opinions.txt
var opinions string

// Group is the part that a word plays in taking a side.
type Group uint8

// Groups of opinion words, as opinions.txt lists them.
const (
	NoGroup   Group = iota
	Favour          // support, welcome
	Against         // reject, condemn
	Stop            // ban, withdraw
	Keep            // save, restore
	Good            // excellent
	Bad             // unacceptable
	Blame           // mislead, ignore
	Credit          // deliver, inspire
	Calamity        // died, fire
	Grief           // condolences
	Want            // want, demand
	Promise         // pledge
	Must            // should
	Will            // will
	May             // might
	I               // my
	We              // our
	You             // your
	Force           // completely
	Think           // believe
	Turn            // but
	NumGroups       // how many there are
)

var groupNames = [NumGroups]string{"", "favour", "against", "stop", "keep", "good", "bad", "blame", "credit", "calamity",
	"grief", "want", "promise", "must", "will", "may", "I", "we", "you", "force", "think", "turn"}

func (g Group) String() string { return groupNames[g] }

// Sign is 1 for groups that speak for something, -1 for those that speak
// against it, else 0.
func (g Group) Sign() int {
	switch g {
	case Favour, Good, Credit:
		return 1
	case Against, Bad, Blame:
		return -1
	}
	return 0
}

// GroupOf returns the group of a word in any of its inflected forms. Capitals
// and curly apostrophes count as small letters and straight ones. It does not
// allocate.
func GroupOf(word string) Group { return GroupOfHash(HashWord(word)) }

// GroupOfHash is GroupOf for a hash by [HashWord].
func GroupOfHash(h uint64) Group {
	l := lexicon()
	if i := l.table.Find(flat.Hash(h)); i >= 0 {
		return l.groups[i]
	}
	return NoGroup
}

// HashWord hashes a word in small letters with straight apostrophes.
func HashWord(w string) uint64 { return uint64(flat.HashStart.AddFolded(w)) }

// groupTable is the parsed lexicon; it does not change.
type groupTable struct {
	table  flat.Table
	groups []Group
	words  []string
}

var lexicon = sync.OnceValue(func() *groupTable {
	l, err := parseOpinions(opinions)
	if err != nil {
		panic(err) // not reached: a test parses it
	}
	return l
})

// parseOpinions reads the form that opinions.txt describes. An error names the
// line.
func parseOpinions(source string) (*groupTable, error) {
	l := new(groupTable)
	var hashes flat.Hashes
	group := -1
	for n, line := range strings.Split(source, "\n") {
		line, _, _ = strings.Cut(line, "#")
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		if name, ok := strings.CutPrefix(line, "["); ok {
			group = slices.Index(groupNames[:], strings.TrimSuffix(name, "]"))
			if group <= 0 {
				return nil, fmt.Errorf("stance: opinions: line %d: no group %q", n+1, line)
			}
			continue
		}
		sort, rest, _ := strings.Cut(line, " ")
		if group < 0 {
			return nil, fmt.Errorf("stance: opinions: line %d: want a group first", n+1)
		}
		for entry := range strings.FieldsSeq(rest) {
			var forms []string
			switch sort {
			case "v":
				_, forms = inflect.Verb(entry)
			case "n":
				forms = []string{entry, inflect.Plural(entry)}
			case "j":
				forms = []string{entry, adverb(entry)}
			case "w":
				forms = []string{entry}
			default:
				return nil, fmt.Errorf("stance: opinions: line %d: %q is none of v, n, j, w", n+1, sort)
			}
			for _, w := range forms {
				id, isNew := hashes.ID(flat.Hash(HashWord(w)))
				switch {
				case isNew:
					l.groups = append(l.groups, Group(group))
					l.words = append(l.words, w)
				case l.groups[id] != Group(group):
					return nil, fmt.Errorf("stance: opinions: line %d: %q is in %s and in %s", n+1, w, l.groups[id], Group(group))
				}
			}
		}
	}
	l.table = flat.NewTable(hashes.List)
	return l, nil
}

// adverb returns the adverb of an adjective.
func adverb(w string) string {
	switch {
	case strings.HasSuffix(w, "le") && !strings.HasSuffix(w, "ole"):
		return strings.TrimSuffix(w, "e") + "y"
	case strings.HasSuffix(w, "ic"):
		return w + "ally"
	case strings.HasSuffix(w, "y"):
		return strings.TrimSuffix(w, "y") + "ily"
	}
	return w + "ly"
}
