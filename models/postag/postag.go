// Package postag tags words with their parts of speech by an averaged
// perceptron that goes from left to right (Collins 2002; the features are
// those of M. Honnibal's tagger, 2013).
//
// The embedded weights are described in card.md.
package postag

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/onrecord-nlp/onrecord/models/internal/flat"
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

// The two tags that stand before a sentence.
const (
	start1     = NumTags + iota // one before the first word
	start2                      // two before
	numContext = NumTags + 2
)

// width is the length of a row of scores, one a tag, rounded up.
const width = 48

type row [width]int32

// What is known of a normalized word: a list of weights for each place where
// it may stand, and where its pairs with the tag before are listed.
const (
	wordHere = iota
	wordPrev
	wordPrev2
	wordNext
	wordNext2
	wordPairs
	wordSlots
)

// What is known of the last three bytes of a word.
const (
	suffixHere = iota
	suffixPrev
	suffixNext
	suffixSlots
)

// Model is a trained tagger. It is immutable and safe for use by many
// goroutines. Weights are whole thousandths.
type Model struct {
	context  [numContext * numContext]row // bias and the two tags before
	first    [256]row                     // first byte of the word
	words    flat.Table                   // normalized words
	wordAt   []uint32                     // wordSlots a word
	suffixes flat.Table
	suffixAt []uint32   // suffixSlots a suffix
	fixed    flat.Table // words that have one tag
	fixedTag []uint8
	lists    flat.Lists
}

// view is what the features see of one word.
type view struct {
	word    int32 // index of the normalized word, or -1
	suffix  int32 // of its suffix, or -1
	suffix3 int32 // of the suffix as written, or -1
	exact   flat.Hash
	first   byte
}

// Tag writes the tag of each word of one sentence to tags, which must be as
// long as words. Words are tokens of the Penn Treebank: "do" "n't", with a
// pair of grave accents or of ticks for quotation marks and -- for a dash;
// curly apostrophes within words are read as straight ones. No word may be
// empty. Tag allocates nothing.
func (m *Model) Tag(words []string, tags []uint8) {
	if len(words) == 0 {
		return
	}
	end, end2 := m.look("-END-"), m.look("-END2-")
	v := [5]view{m.look("-START-"), m.look("-START2-"), m.view(words[0]), end, end2}
	if len(words) > 1 {
		v[3] = m.view(words[1])
	}
	p1, p2 := start1, start2
	for i, w := range words {
		switch len(words) - i {
		case 1:
			v[3], v[4] = end, end2
		case 2:
			v[4] = end
		default:
			v[4] = m.view(words[i+2])
		}
		tag := m.tag(w, &v, p1, p2)
		tags[i] = uint8(tag)
		p2, p1 = p1, tag
		v[0], v[1], v[2], v[3] = v[1], v[2], v[3], v[4]
	}
}

func (m *Model) tag(word string, v *[5]view, p1, p2 int) int {
	if word[0] == '@' && len(word) > 1 || strings.Contains(word, "://") {
		return NN
	}
	if id := m.fixed.Find(v[2].exact); id >= 0 {
		return int(m.fixedTag[id])
	}
	scores := m.context[p1*numContext+p2]
	for t, s := range m.first[v[2].first] {
		scores[t] += s
	}
	m.addSuffix(&scores, v[2].suffix3, suffixHere)
	m.addSuffix(&scores, v[1].suffix, suffixPrev)
	m.addSuffix(&scores, v[3].suffix, suffixNext)
	m.addWord(&scores, v[2].word, wordHere)
	m.addWord(&scores, v[1].word, wordPrev)
	m.addWord(&scores, v[0].word, wordPrev2)
	m.addWord(&scores, v[3].word, wordNext)
	m.addWord(&scores, v[4].word, wordNext2)
	if id := v[2].word; id >= 0 {
		for _, e := range m.lists.At(m.wordAt[id*wordSlots+wordPairs]) {
			if int(e&255) == p1 {
				m.add(&scores, uint32(e)>>8)
				break
			}
		}
	}
	best, high := NN, int32(math.MinInt32)
	for t := 1; t < NumTags; t++ {
		if scores[t] > high {
			best, high = t, scores[t]
		}
	}
	return best
}

func (m *Model) add(scores *row, at uint32) {
	for _, e := range m.lists.At(at) {
		if t := uint(e & 255); t < width {
			scores[t] += e >> 8
		}
	}
}

func (m *Model) addWord(scores *row, id, slot int32) {
	if id >= 0 {
		m.add(scores, m.wordAt[id*wordSlots+slot])
	}
}

func (m *Model) addSuffix(scores *row, id, slot int32) {
	if id >= 0 {
		m.add(scores, m.suffixAt[id*suffixSlots+slot])
	}
}

// look is the view of a word that stands for itself, such as a boundary.
func (m *Model) look(w string) view {
	return view{
		word:   m.words.Find(flat.HashString(w)),
		suffix: m.suffixes.Find(flat.HashString(w[len(w)-min(len(w), 3):])),
	}
}

// tail holds the last three bytes of a word.
type tail struct {
	bytes uint32
	n     int
}

func (t *tail) add(c byte) { t.bytes, t.n = t.bytes<<8|uint32(c), t.n+1 }

func (t tail) hash() flat.Hash {
	h := flat.HashStart
	for k := min(t.n, 3) - 1; k >= 0; k-- {
		h = h.Add(byte(t.bytes >> (8 * k)))
	}
	return h
}

// view normalizes a word as the weights expect it: in lower case, with all
// hyphenated words, all years and all other numbers as one.
func (m *Model) view(w string) view {
	v := view{first: w[0]}
	var (
		exact, lower = flat.HashStart, flat.HashStart
		raw, low     tail
		hyphen       bool
		digits       = true
	)
	for i := 0; i < len(w); {
		c := w[i]
		if c < utf8.RuneSelf {
			i++
			exact = exact.Add(c)
			raw.add(c)
			hyphen = hyphen || c == '-'
			digits = digits && '0' <= c && c <= '9'
			if 'A' <= c && c <= 'Z' {
				c += 'a' - 'A'
			}
			lower = lower.Add(c)
			low.add(c)
			continue
		}
		digits = false
		r, n := utf8.DecodeRuneInString(w[i:])
		if r == '’' || r == '‘' {
			exact, lower = exact.Add('\''), lower.Add('\'')
			raw.add('\'')
			low.add('\'')
			if i == 0 {
				v.first = '\''
			}
			i += n
			continue
		}
		for k := range n {
			exact = exact.Add(w[i+k])
			raw.add(w[i+k])
		}
		var buf [utf8.UTFMax]byte
		for _, c := range buf[:utf8.EncodeRune(buf[:], unicode.ToLower(r))] {
			lower = lower.Add(c)
			low.add(c)
		}
		i += n
	}
	v.exact = exact
	v.suffix3 = m.suffixes.Find(raw.hash())
	class := ""
	switch c := w[0]; {
	case hyphen && c != '-':
		class = "!HYPHEN"
	case digits && len(w) == 4:
		class = "!YEAR"
	case '0' <= c && c <= '9':
		class = "!DIGITS"
	}
	if class != "" {
		l := m.look(class)
		v.word, v.suffix = l.word, l.suffix
		return v
	}
	v.word = m.words.Find(lower)
	v.suffix = m.suffixes.Find(low.hash())
	return v
}

const header = "onrecord postag 1\n"

// Decode reads what [Convert] wrote.
func Decode(file []byte) (*Model, error) {
	r := flat.NewReader(file, header)
	m := new(Model)
	m.words = flat.NewTable(flat.Read[flat.Hash](r))
	m.wordAt = flat.Read[uint32](r)
	m.suffixes = flat.NewTable(flat.Read[flat.Hash](r))
	m.suffixAt = flat.Read[uint32](r)
	m.fixed = flat.NewTable(flat.Read[flat.Hash](r))
	m.fixedTag = flat.Read[uint8](r)
	m.lists = flat.Read[int32](r)
	firstAt := flat.Read[uint32](r)   // one a byte
	contextAt := flat.Read[uint32](r) // bias; one a tag before; one a tag two before; one a pair
	if err := r.Close(); err != nil {
		return nil, fmt.Errorf("postag: weights: %w", err)
	}
	if len(firstAt) != 256 || len(contextAt) != 1+2*numContext+numContext*numContext {
		return nil, fmt.Errorf("postag: weights: wrong number of contexts")
	}
	for b, at := range firstAt {
		m.add(&m.first[b], at)
	}
	for p1 := range numContext {
		for p2 := range numContext {
			row := &m.context[p1*numContext+p2]
			m.add(row, contextAt[0])
			m.add(row, contextAt[1+p1])
			m.add(row, contextAt[1+numContext+p2])
			m.add(row, contextAt[1+2*numContext+p1*numContext+p2])
		}
	}
	return m, nil
}
