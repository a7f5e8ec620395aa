package people

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/onrecord-nlp/onrecord/pipeline"
)

// Document is what a document says of its speakers.
type Document struct {
	ID        string
	Outlet    string    // "" where it is not known
	Published time.Time // zero where it is not known
	Speakers  []Speaker
}

// Speaker is one speaker of a document.
type Speaker struct {
	ID          string // unique in the run
	Name        string
	Kind        pipeline.SpeakerKind
	Description string
	Pronoun     string
	Names       []string // what else the document calls it by name
	Quotes      int
	Claims      int
	Stances     [3]int // statements by [pipeline.Position]
}

// How much is kept of one name.
const (
	mostCells   = 32 // pairs of pronoun and description
	mostAliases = 8
)

// Builder gathers names. It is used by one goroutine at a time.
type Builder struct {
	known     []Known
	knownBy   map[string][]int // by key of name or alias
	documents int
	names     strs // keys; a name's number is also that of its profile
	profiles  []*profile
	texts     strs // descriptions
	words     strs // of descriptions
	outlets   strs
	company   []uint32 // of the document at hand
	ids       []uint32 // profile of each speaker of the document at hand, 0 for none
}

// profile is what is known of all bearers of a name.
type profile struct {
	spelled string // the spelling with most words
	words   int    // in it
	docs    uint32
	orgs    uint32 // of these, how often it was an organization's
	cells   []cell // by hash, the least ones
	rest    traits // of what is in no cell
	aliases tally  // abbreviations that documents use for it

	name   name   // taken apart, by Resolve
	nodes  []int  // the bearers told apart, by Resolve
	places []int8 // of each cell the index into nodes, -1 where its speakers must be looked at one by one
	odds   []float64
	why    []Evidence
}

// cell is what is known of the bearers of a name with one pronoun and one
// description.
type cell struct {
	hash uint64
	text uint32
	traits
}

// New returns a Builder that knows the people of the user's list.
func New(known []Known) (*Builder, error) {
	b := &Builder{
		known: known, knownBy: make(map[string][]int),
		names: newStrs(), texts: newStrs(), words: newStrs(), outlets: newStrs(),
		profiles: []*profile{nil},
	}
	if err := b.index(); err != nil {
		return nil, err
	}
	return b, nil
}

// named returns the key of a speaker's name, and "" for one that has none: that
// is described, unnamed, a group or a document.
func named(s *Speaker) (string, name, Rule) {
	switch s.Kind {
	case pipeline.SpeakerGroup:
		return "", name{}, RuleGroup
	case pipeline.SpeakerDocument:
		return "", name{}, RuleDocument
	case pipeline.SpeakerUnnamed:
		return "", name{}, RuleUnnamed
	}
	if !proper(s.Name, s.Kind) {
		return "", name{}, RuleDescribed
	}
	n := parseName(s.Name)
	k := n.key()
	if len(n.words) == 0 {
		return "", name{}, RuleDescribed
	}
	return k, n, RuleNone
}

// proper reports whether a name names: a word of it has a capital, and, of an
// organization's, is more than a noun at the beginning of a sentence.
func proper(s string, kind pipeline.SpeakerKind) bool {
	for i, w := range strings.Fields(s) {
		r, _ := utf8.DecodeRuneInString(strings.TrimLeft(w, "\"“‘'«("))
		if unicode.IsLower(r) {
			continue
		}
		// the iPhone maker Apple; 3M; Her agency
		f := foldWord(w)
		if kind == pipeline.SpeakerPerson {
			if unicode.IsLetter(r) && !leaders[f] && (!generic[f] || strings.Contains(s, " ")) {
				return true
			}
			continue
		}
		if f == "" || generic[f] || leaders[f] && i == 0 {
			continue
		}
		if unicode.IsLetter(r) || i == 0 {
			return true
		}
	}
	return false
}

// read finds the profiles of the document's speakers, and, in company, each of
// them once. made says to make those that are missing.
func (b *Builder) read(d *Document, made bool) {
	b.ids, b.company = b.ids[:0], b.company[:0]
	for i := range d.Speakers {
		s := &d.Speakers[i]
		key, n, _ := named(s)
		id := uint32(0)
		if key != "" {
			if id = b.names.ids[key]; id == 0 && made {
				id = b.profile(key)
			}
			if p := b.profiles[id]; made && (len(n.words) > p.words || len(n.words) == p.words && (p.spelled == "" || s.Name < p.spelled)) {
				p.spelled, p.words = s.Name, len(n.words)
			}
		}
		b.ids = append(b.ids, id)
		if id != 0 && !slices.Contains(b.company, id) && len(b.company) < 256 {
			b.company = append(b.company, id)
		}
	}
}

func (b *Builder) profile(key string) uint32 {
	id := b.names.id(key)
	if int(id) == len(b.profiles) {
		b.profiles = append(b.profiles, new(profile))
	}
	return id
}

// Add takes in what a document says of its speakers. The strings of d are kept
// only where they are new.
func (b *Builder) Add(d *Document) {
	b.documents++
	b.read(d, true)
	for i := range d.Speakers {
		if id := b.ids[i]; id != 0 {
			b.add(d, &d.Speakers[i], id)
		}
	}
}

func (b *Builder) add(d *Document, s *Speaker, id uint32) {
	p := b.profiles[id]
	p.docs++
	if s.Kind == pipeline.SpeakerOrganization {
		p.orgs++
		for _, alias := range s.Names {
			if n := parseName(alias); abbreviates(alias, s.Name) {
				p.aliases.add(b.profile(n.key()), 1, b.names.hash, mostAliases)
			}
		}
	}
	t := p.cell(b, cellHash(s), b.texts.id(s.Description))
	b.observe(t, d, s, id)
}

// cellHash is that of a speaker's pronoun and description.
func cellHash(s *Speaker) uint64 { return hash(sex(s.Pronoun), s.Description) }

func sex(pronoun string) string {
	if pronoun == "he" || pronoun == "she" {
		return pronoun
	}
	return ""
}

// observe adds one speaker to t, its description's words excepted.
func (b *Builder) observe(t *traits, d *Document, s *Speaker, id uint32) {
	t.docs++
	switch s.Pronoun {
	case "he":
		t.he++
	case "she":
		t.she++
	}
	for _, other := range b.company {
		if other != id {
			t.company.add(other, 1, b.names.hash, mostCompany)
		}
	}
	if d.Outlet != "" {
		t.outlets.add(b.outlets.id(d.Outlet), 1, b.outlets.hash, mostOutlets)
	}
	if !d.Published.IsZero() {
		day := int32(d.Published.Unix() / 86400)
		if day == 0 {
			day = 1
		}
		if t.first == 0 || day < t.first {
			t.first = day
		}
		if t.last == 0 || day > t.last {
			t.last = day
		}
	}
}

// cell returns the traits of the cell, which are those of the rest where there
// are too many cells with a lesser hash.
func (p *profile) cell(b *Builder, h uint64, text uint32) *traits {
	i, found := slices.BinarySearchFunc(p.cells, h, func(c cell, h uint64) int {
		switch {
		case c.hash < h:
			return -1
		case c.hash > h:
			return 1
		}
		return 0
	})
	switch {
	case found:
		return &p.cells[i].traits
	case i == mostCells:
		return &p.rest
	case len(p.cells) == mostCells:
		out := &p.cells[mostCells-1]
		p.rest.merge(&out.traits, b)
		p.cells = p.cells[:mostCells-1]
	}
	p.cells = slices.Insert(p.cells, i, cell{hash: h, text: text})
	return &p.cells[i].traits
}

// abbreviates reports whether the first name is made of the initials of the
// other.
func abbreviates(short, long string) bool {
	var letters, initials []rune
	for _, r := range short {
		switch {
		case unicode.IsUpper(r):
			letters = append(letters, r)
		case r != '.':
			return false
		}
	}
	for w := range strings.FieldsSeq(long) {
		for part := range strings.SplitSeq(w, "-") {
			if r, _ := utf8.DecodeRuneInString(part); unicode.IsUpper(r) {
				initials = append(initials, r)
			}
		}
	}
	return len(letters) >= 2 && (slices.Equal(letters, initials) || len(initials) > 2 && slices.Equal(letters, initials[1:]) && strings.HasPrefix(long, "The "))
}
