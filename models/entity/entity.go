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
	"github.com/onrecord-nlp/onrecord/models/internal/recent"
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

// row holds a score a label, two in a word: that of label l takes lane l/7, of
// 32 bits, of word l%7. Scores are ten-thousandths of a bit. The sum of two
// rows is the sum of their words, as long as no lane holds a negative sum.
type row [7]uint64

const (
	laneBits = 32
	// middle stands for zero in every lane of the rows that sums begin with, so
	// that sums are not negative.
	middle = 1 << (laneBits - 2)
)

// put adds the score of one label.
func (r *row) put(l uint8, score int32) {
	lane := l / uint8(len(r))
	r[l-lane*uint8(len(r))] += uint64(int64(score)) << (lane * laneBits)
}

// of returns the score of a label, with middle added.
func (r *row) of(l Label) int64 {
	lane := int(l) / len(r)
	return int64(uint32(r[int(l)-lane*len(r)] >> (lane * laneBits)))
}

func (r *row) plus(s *row) {
	for i := range r {
		r[i] += s[i]
	}
}

// list adds the scores of a list.
func (r *row) list(entries []int32) {
	for _, e := range entries {
		r.put(uint8(e), e>>8)
	}
}

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
	none    int32 // the word before the first and after the last, as one of words

	shape      [2][numShapes]row // by whether a word is basic; with the bias and middle
	length     [maxLen + 1]row
	prevTag    [postag.NumTags + 1]row // at NumTags: none
	nextTag    [postag.NumTags + 1]row
	tagHistory [postag.NumTags * numHistories]row // the tag, the history, and both
}

// Labeler labels sentences, and remembers what its model knows of the words it
// has seen. It is used by one goroutine at a time.
type Labeler struct {
	model *Model
	seen  *recent.Words[view]
	rows  []row  // of the words of the last sentence that were classified
	done  []bool // which those are
}

// remembered is the logarithm of the number of words that a Labeler remembers.
const remembered = 10

// NewLabeler returns a labeler by the model.
func (m *Model) NewLabeler() *Labeler {
	return &Labeler{model: m, seen: recent.New[view](remembered)}
}

// Label writes the label of each word of one sentence to labels, which must be
// as long as words and tags. Words and tags are those given to and by package
// postag. Only words with a capital letter, and those that may join two of
// them, are classified; others are Outside.
func (n *Labeler) Label(words []string, tags []uint8, labels []Label) {
	n.rows = slices.Grow(n.rows[:0], len(words))[:len(words)]
	n.done = slices.Grow(n.done[:0], len(words))[:len(words)]
	for i, w := range words {
		labels[i], n.done[i] = Outside, false
		if candidate(w) || i > 0 && labels[i-1] != Outside && i+1 < len(words) && joins(w) && candidate(words[i+1]) {
			labels[i] = n.scores(words, tags, labels, i).best()
		}
	}
}

// best returns the label with the highest score, of equals the first.
func (r *row) best() Label {
	best, high := Outside, r.of(Outside)
	for l := Outside + 1; l < NumLabels; l++ {
		if s := r.of(l); s > high {
			best, high = l, s
		}
	}
	return best
}

func (n *Labeler) view(w string) *view {
	v, known := n.seen.Of(w)
	if !known {
		*v = n.model.look(w)
	}
	return v
}

// scores returns the weight of each label for word i, given the labels of the
// words before it.
func (n *Labeler) scores(words []string, tags []uint8, labels []Label, i int) *row {
	s := &n.rows[i]
	if n.done[i] {
		return s
	}
	n.done[i] = true
	m := n.model
	prev, next := m.none, m.none
	if i > 0 {
		prev = n.view(words[i-1]).word
	}
	if i+1 < len(words) {
		next = n.view(words[i+1]).word
	}
	v := n.view(words[i])
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
	*s = m.shape[v.basic][v.shape]
	s.plus(&m.length[v.length])
	s.plus(&m.tagHistory[int(tags[i])*numHistories+history])
	s.plus(&m.prevTag[prevTag])
	s.plus(&m.nextTag[nextTag])
	if v.exact >= 0 {
		s.list(m.lists.At(m.exactAt[v.exact]))
	}
	if v.prefix >= 0 {
		s.list(m.lists.At(m.affixAt[v.prefix*affixSlots+prefix]))
	}
	if v.suffix >= 0 {
		s.list(m.lists.At(m.affixAt[v.suffix*affixSlots+suffix]))
	}
	if v.word >= 0 {
		for _, e := range m.lists.At(m.wordAt[v.word*wordSlots+wordPairs]) {
			if int(e&255) == nextTag {
				s.list(m.lists.At(uint32(e) >> 8))
				break
			}
		}
	}
	if prev >= 0 {
		s.list(m.lists.At(m.wordAt[prev*wordSlots+wordPrev]))
	}
	if next >= 0 {
		s.list(m.lists.At(m.wordAt[next*wordSlots+wordNext]))
	}
	return s
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

// Kinds returns the logarithm of the probability of each kind for word i of the
// sentence that was labelled last, taken to be part of a name, given the labels
// of the words before it.
func (n *Labeler) Kinds(words []string, tags []uint8, labels []Label, i int) [NumKinds]float64 {
	s := n.scores(words, tags, labels, i)
	var sums [NumKinds]float64
	high := int64(0)
	for l := Outside + 1; l < NumLabels; l++ {
		high = max(high, s.of(l))
	}
	total := 0.0
	for l := Outside + 1; l < NumLabels; l++ {
		p := power(high - s.of(l))
		sums[kindOf[l]] += p
		total += p
	}
	for k := range sums {
		sums[k] = math.Log(max(sums[k]/total, 1e-4))
	}
	return sums
}

// power returns two to the power of -n/10000.
func power(n int64) float64 {
	whole, part := n/10000, n%10000
	if whole > 1000 {
		return 0
	}
	return powers.hundredths[part/100] * powers.parts[part%100] * math.Float64frombits(uint64(1023-whole)<<52)
}

// powers are two to the powers of -n/100, and of -n/10000.
var powers = func() (t struct{ hundredths, parts [100]float64 }) {
	for n := range 100 {
		t.hundredths[n] = math.Exp2(-float64(n) / 100)
		t.parts[n] = math.Exp2(-float64(n) / 10000)
	}
	return t
}()

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
	word, exact    int32 // index of the word in lower case and as written, or -1
	prefix, suffix int32 // index of the affix, or -1
	basic          uint8 // 1 for a basic word
	shape          uint8
	length         uint8 // in code points, up to maxLen
}

func (m *Model) look(w string) view {
	var v view
	if m.basic.Find(flat.HashString(w)) >= 0 {
		v.basic = 1
	}
	switch w {
	case "``", "''":
		w = `"`
	}
	exact, lower, begin, end := flat.HashStart, flat.HashStart, flat.HashStart, flat.HashStart
	var (
		length         int
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
		exact = addRune(exact, r)
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
		lower = addRune(lower, low)
		if length < 3 {
			begin = lower
		}
		tail[0], tail[1], tail[2] = tail[1], tail[2], low
		length++
	}
	for _, r := range tail[3-min(length, 3):] {
		end = addRune(end, r)
	}
	v.length = uint8(min(length, maxLen))
	v.word, v.exact = m.words.Find(lower), m.exact.Find(exact)
	v.prefix, v.suffix = m.affixes.Find(begin), m.affixes.Find(end)
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
