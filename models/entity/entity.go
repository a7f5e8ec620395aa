// Package entity labels the words of names with what they name, by a
// maximum-entropy classifier that goes from left to right (Berger, Della
// Pietra and Della Pietra 1996). The features are those of the named-entity
// chunker of NLTK, with which the weights were trained.
//
// The embedded weights are described in card.md.
package entity

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"math"
	"slices"
	"unicode"
	"unicode/utf8"

	"github.com/onrecord-nlp/onrecord/models/internal/flat"
	"github.com/onrecord-nlp/onrecord/models/postag"
)

//go:embed weights.bin
var embedded []byte

//go:embed card.md
var card string

// Card describes the embedded model: data, recipe, licence, scores.
func Card() string { return card }

// SHA256 returns the hexadecimal sum of the embedded weights.
func SHA256() string {
	sum := sha256.Sum256(embedded)
	return hex.EncodeToString(sum[:])
}

// Embedded returns the embedded model. Each call decodes it anew, in about two
// milliseconds.
func Embedded() (*Model, error) { return Decode(embedded) }

// Label says whether a word is outside of names (Outside), or the first word
// of one of a kind (odd numbers), or a further word (even numbers).
type Label uint8

// Labels.
const (
	Outside Label = iota
	BeginPerson
	InsidePerson
	BeginOrganization
	InsideOrganization
	BeginPlace // a country, city or state with its people and government: GPE
	InsidePlace
	BeginLocation // a mountain, a region
	InsideLocation
	BeginFacility // a building, an airport
	InsideFacility
	BeginState // a place as its people: GSP
	InsideState
	NumLabels
)

var names = [NumLabels]string{"O", "B-PERSON", "I-PERSON", "B-ORGANIZATION", "I-ORGANIZATION", "B-GPE", "I-GPE",
	"B-LOCATION", "I-LOCATION", "B-FACILITY", "I-FACILITY", "B-GSP", "I-GSP"}

func (l Label) String() string { return names[l] }

// Kind returns the label without its place: that of the first word.
func (l Label) Kind() Label {
	if l == Outside {
		return Outside
	}
	return (l-1)&^1 + 1
}

const width = 16

type row [width]int32

// What the features see of the label before: none before the first word, only
// its letter before the second, and then all of it, label l as histories+l.
const (
	noHistory = iota
	afterBegin
	afterInside
	histories
	numHistories = histories + int(NumLabels)
)

// Shapes of a word.
const (
	number    = iota // begins with a number
	punct            // no letter or digit
	upcase           // Capitalized
	downcase         // lower
	mixedcase        // CAPITALS, McName
	other            // letters and marks: O'Name, U.S.
	numShapes
)

// What is known of a lower-cased word: a list of weights for each neighbour it
// may be, and where its pairs with the next tag are listed.
const (
	wordPrev = iota
	wordNext
	wordPairs
	wordSlots
)

const (
	prefix = iota
	suffix
	affixSlots
)

const maxLen = 64 // word lengths in bytes above it are one

// Model is a trained classifier. It is immutable and safe for use by many
// goroutines. Weights are ten-thousandths of a bit.
type Model struct {
	words   flat.Table // lower-cased words
	wordAt  []uint32   // wordSlots a word
	exact   flat.Table // words as written
	exactAt []uint32
	affixes flat.Table // the first or last three bytes of a word in lower case
	affixAt []uint32   // affixSlots an affix
	basic   flat.Table // a list of frequent plain words
	lists   flat.Lists

	notBasic, isBasic row // with the bias
	length            [maxLen + 1]row
	shape             [numShapes]row
	history           [numHistories]row
	tag               [postag.NumTags]row
	prevTag           [postag.NumTags + 1]row // at NumTags: none
	nextTag           [postag.NumTags + 1]row
	tagHistory        [postag.NumTags * numHistories]row
}

// Label writes the label of each word of one sentence to labels, which must be
// as long as words and tags. Words and tags are those given to and by package
// postag. Only words with a capital letter, and those that may join two of
// them, are classified; others are Outside. Label allocates nothing.
func (m *Model) Label(words []string, tags []uint8, labels []Label) {
	for i, w := range words {
		labels[i] = Outside
		if candidate(w) || i > 0 && labels[i-1] != Outside && i+1 < len(words) && joins(w) && candidate(words[i+1]) {
			labels[i] = m.classify(words, tags, labels, i)
		}
	}
}

// scores returns the weight of each label for word i, given the labels of the
// words before it.
func (m *Model) scores(words []string, tags []uint8, labels []Label, i int) row {
	w := words[i]
	v := look(w)
	history := noHistory
	prevTag, nextTag := postag.NumTags, postag.NumTags
	if i > 0 {
		prevTag = int(tags[i-1])
		switch l := labels[i-1]; {
		case i > 1 || l == Outside:
			history = histories + int(l)
		case l&1 == 1:
			history = afterBegin
		default:
			history = afterInside
		}
	}
	if i+1 < len(words) {
		nextTag = int(tags[i+1])
	}
	tag := int(tags[i])

	s := m.notBasic
	if m.basic.Find(flat.HashString(w)) >= 0 {
		s = m.isBasic
	}
	s.plus(&m.length[min(v.length, maxLen)])
	s.plus(&m.shape[v.shape])
	s.plus(&m.history[history])
	s.plus(&m.tag[tag])
	s.plus(&m.prevTag[prevTag])
	s.plus(&m.nextTag[nextTag])
	s.plus(&m.tagHistory[tag*numHistories+history])
	if id := m.exact.Find(v.exact); id >= 0 {
		m.add(&s, m.exactAt[id])
	}
	if id := m.affixes.Find(v.prefix); id >= 0 {
		m.add(&s, m.affixAt[id*affixSlots+prefix])
	}
	if id := m.affixes.Find(v.suffix); id >= 0 {
		m.add(&s, m.affixAt[id*affixSlots+suffix])
	}
	if id := m.words.Find(v.lower); id >= 0 {
		at := m.wordAt[id*wordSlots : id*wordSlots+wordSlots]
		for _, e := range m.lists.At(at[wordPairs]) {
			if int(e&255) == nextTag {
				m.add(&s, uint32(e)>>8)
				break
			}
		}
	}
	prev, next := noneHash, noneHash
	if i > 0 {
		prev = look(words[i-1]).lower
	}
	if i+1 < len(words) {
		next = look(words[i+1]).lower
	}
	if id := m.words.Find(prev); id >= 0 {
		m.add(&s, m.wordAt[id*wordSlots+wordPrev])
	}
	if id := m.words.Find(next); id >= 0 {
		m.add(&s, m.wordAt[id*wordSlots+wordNext])
	}
	return s
}

func (m *Model) classify(words []string, tags []uint8, labels []Label, i int) Label {
	s := m.scores(words, tags, labels, i)
	best, high := Outside, int32(math.MinInt32)
	for l := range NumLabels {
		if s[l] > high {
			best, high = l, s[l]
		}
	}
	return best
}

// Kinds of name, as [Model.Kinds] weighs them.
const (
	Person = iota
	Organization
	Place
	NumKinds
)

var kindOf = [NumLabels]int{-1, Person, Person, Organization, Organization,
	Place, Place, Place, Place, Place, Place, Place, Place}

// Kinds returns the logarithm of the probability of each kind for word i,
// taken to be part of a name, given the labels of the words before it.
func (m *Model) Kinds(words []string, tags []uint8, labels []Label, i int) [NumKinds]float64 {
	s := m.scores(words, tags, labels, i)
	var sums [NumKinds]float64
	high := slices.Max(s[1:NumLabels])
	total := 0.0
	for l := Outside + 1; l < NumLabels; l++ {
		p := math.Exp2(float64(s[l]-high) / 10000)
		sums[kindOf[l]] += p
		total += p
	}
	for k := range sums {
		sums[k] = math.Log(max(sums[k]/total, 1e-4))
	}
	return sums
}

func (r *row) plus(s *row) {
	for i := range r {
		r[i] += s[i]
	}
}

func (m *Model) add(s *row, at uint32) {
	for _, e := range m.lists.At(at) {
		if l := uint(e & 255); l < width {
			s[l] += e >> 8
		}
	}
}

// noneHash stands for the word before the first and after the last; it holds
// a capital, so that no lower-cased word equals it.
var noneHash = flat.HashString("None")

// candidate reports whether w has a capital letter.
func candidate(w string) bool {
	for i := range len(w) {
		if c := w[i]; 'A' <= c && c <= 'Z' {
			return true
		} else if c >= utf8.RuneSelf {
			for _, r := range w[i:] {
				if unicode.IsUpper(r) {
					return true
				}
			}
			return false
		}
	}
	return false
}

// joins reports whether w may stand inside a name.
func joins(w string) bool {
	switch w {
	case "of", "the", "and", "&", "for", "de", "al", "bin", "van", "von", "del", "la", "di", "da", "du", "on", "in", "-":
		return true
	}
	return false
}

// view is what the features see of one word.
type view struct {
	exact, lower, prefix, suffix flat.Hash
	shape                        int
	length                       int // in code points
}

func look(w string) view {
	switch w {
	case "``", "''":
		w = `"`
	}
	v := view{exact: flat.HashStart, lower: flat.HashStart, prefix: flat.HashStart}
	var (
		tail           [3]rune
		marks, letters int
		lowers, uppers int
		titled         = true // each run of letters is one capital and small letters
		inLetters      bool
	)
	for _, r := range w {
		if r == '’' || r == '‘' {
			r = '\''
		}
		v.exact = addRune(v.exact, r)
		low := r
		isUpper, isLower := false, false
		switch {
		case 'A' <= r && r <= 'Z':
			low, isUpper = r|0x20, true
		case r < utf8.RuneSelf:
			isLower = 'a' <= r && r <= 'z'
		default:
			low, isUpper, isLower = unicode.ToLower(r), unicode.IsUpper(r), unicode.IsLower(r)
		}
		switch {
		case isUpper || isLower:
			letters++
			if isUpper == inLetters {
				titled = false
			}
			inLetters = true
			if isUpper {
				uppers++
			} else {
				lowers++
			}
		case '0' <= r && r <= '9' || r == '_' || r >= utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r)):
			letters++
			inLetters = false
		default:
			marks++
			inLetters = false
		}
		v.lower = addRune(v.lower, low)
		if v.length < 3 {
			v.prefix = v.lower
		}
		tail[0], tail[1], tail[2] = tail[1], tail[2], low
		v.length++
	}
	v.suffix = flat.HashStart
	for _, r := range tail[3-min(v.length, 3):] {
		v.suffix = addRune(v.suffix, r)
	}
	switch {
	case '0' <= w[0] && w[0] <= '9' || w[0] == '.' && len(w) > 1 && '0' <= w[1] && w[1] <= '9':
		v.shape = number
	case letters == 0:
		v.shape = punct
	case marks > 0:
		v.shape = other
	case titled && uppers > 0:
		v.shape = upcase
	case uppers == 0 && lowers > 0:
		v.shape = downcase
	default:
		v.shape = mixedcase
	}
	return v
}

func addRune(h flat.Hash, r rune) flat.Hash {
	if r < utf8.RuneSelf {
		return h.Add(byte(r))
	}
	var buf [utf8.UTFMax]byte
	for _, c := range buf[:utf8.EncodeRune(buf[:], r)] {
		h = h.Add(c)
	}
	return h
}
