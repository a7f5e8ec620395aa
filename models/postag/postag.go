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
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/onrecord-nlp/onrecord/models/internal/flat"
	"github.com/onrecord-nlp/onrecord/models/internal/recent"
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

// row holds a score a tag, three in a word: that of tag t takes the bits of
// lane t/16 of word t%16. A score is a whole number of thousandths; the sum of
// two rows is the sum of their words, as long as no lane holds a negative sum
// or one of more than laneBits.
type row [16]uint64

const (
	lanes    = 3
	laneBits = 21
	laneMask = 1<<laneBits - 1
	// middle stands in every lane of the contexts for zero, so that sums with
	// lesser weights are not negative.
	middle = 1 << (laneBits - 1)
)

// put adds the score of one tag.
func (r *row) put(tag uint8, score int32) {
	r[tag&15] += uint64(int64(score)) << (tag >> 4 * laneBits)
}

func (r *row) plus(s *row) {
	for i := range r {
		r[i] += s[i]
	}
}

// best returns the tag with the highest score, of equals the first.
func (r *row) best() int {
	// Below each score stands how far its tag is from the last.
	var top uint64
	for i, w := range r[1:] {
		top = max(top, w&laneMask<<8|uint64(NumTags-1-i))
	}
	for i, w := range r {
		top = max(top, w>>laneBits&laneMask<<8|uint64(NumTags-16-i))
	}
	for i, w := range r[:NumTags-32] {
		top = max(top, w>>(2*laneBits)<<8|uint64(NumTags-32-i))
	}
	return NumTags - int(top&255)
}

// ref says where the weights of a feature are: an index into Model.rows where
// isRow is set, else into Model.lists. It has 24 bits.
type ref uint32

const isRow ref = 1 << 23

// fewest is the length of the shortest list that is kept as a row.
const fewest = 12

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
	wordAt   []ref                        // wordSlots a word; of wordPairs into lists
	suffixes flat.Table
	suffixAt []ref      // suffixSlots a suffix
	fixed    flat.Table // words that have one tag
	fixedTag []uint8
	lists    flat.Lists // weights, and of pairs the refs to them with the tag before
	rows     []row
	edges    [4]view // of the boundaries -START-, -START2-, -END-, -END2-
	classes  [4]view // of words that are read as one, by class
}

// Words of a class are one to the model.
const (
	noClass = iota
	hyphened
	year
	digits
)

var classWords = [...]string{hyphened: "!HYPHEN", year: "!YEAR", digits: "!DIGITS"}

// view is what the features see of one word.
type view struct {
	word    int32 // index of the normalized word, or -1
	suffix  int32 // of its suffix, or -1
	suffix3 int32 // of the suffix as written, or -1
	first   byte
	fixed   uint8 // its only tag, or None
}

// Tagger tags sentences, and remembers what its model knows of the words it has
// seen. It is used by one goroutine at a time.
type Tagger struct {
	model *Model
	seen  *recent.Words[view]
}

// remembered is the logarithm of the number of words that a Tagger remembers:
// three quarters of those of a text stand among them, in 128 KiB.
const remembered = 12

// NewTagger returns a tagger by the model.
func (m *Model) NewTagger() *Tagger {
	return &Tagger{m, recent.New[view](remembered)}
}

// Tag writes the tag of each word of one sentence to tags, which must be as
// long as words. Words are tokens of the Penn Treebank: "do" "n't", with a
// pair of grave accents or of ticks for quotation marks and -- for a dash;
// curly apostrophes within words are read as straight ones. No word may be
// empty. Tag allocates nothing.
func (t *Tagger) Tag(words []string, tags []uint8) {
	if len(words) == 0 {
		return
	}
	m := t.model
	end, end2 := &m.edges[2], &m.edges[3]
	v := [5]view{m.edges[0], m.edges[1], t.view(words[0]), *end, *end2}
	if len(words) > 1 {
		v[3] = t.view(words[1])
	}
	p1, p2 := start1, start2
	for i, w := range words {
		switch len(words) - i {
		case 1:
			v[3], v[4] = *end, *end2
		case 2:
			v[4] = *end
		default:
			v[4] = t.view(words[i+2])
		}
		tag := NN
		switch {
		case w[0] == '@' && len(w) > 1 || strings.Contains(w, "://"):
		case v[2].fixed != None:
			tag = int(v[2].fixed)
		default:
			tag = m.tag(&v, p1, p2)
		}
		tags[i] = uint8(tag)
		p2, p1 = p1, tag
		v[0], v[1], v[2], v[3] = v[1], v[2], v[3], v[4]
	}
}

func (t *Tagger) view(w string) view {
	v, known := t.seen.Of(w)
	if !known {
		*v = t.model.view(w)
	}
	return *v
}

func (m *Model) tag(v *[5]view, p1, p2 int) int {
	scores := m.context[p1*numContext+p2]
	scores.plus(&m.first[v[2].first])
	m.addSuffix(&scores, v[2].suffix3, suffixHere)
	m.addSuffix(&scores, v[1].suffix, suffixPrev)
	m.addSuffix(&scores, v[3].suffix, suffixNext)
	m.addWord(&scores, v[2].word, wordHere)
	m.addWord(&scores, v[1].word, wordPrev)
	m.addWord(&scores, v[0].word, wordPrev2)
	m.addWord(&scores, v[3].word, wordNext)
	m.addWord(&scores, v[4].word, wordNext2)
	if id := v[2].word; id >= 0 {
		for _, e := range m.lists.At(uint32(m.wordAt[id*wordSlots+wordPairs])) {
			if int(e&255) == p1 {
				m.add(&scores, ref(uint32(e)>>8))
				break
			}
		}
	}
	return scores.best()
}

func (m *Model) add(scores *row, at ref) {
	if at&isRow != 0 {
		scores.plus(&m.rows[at&^isRow])
		return
	}
	for _, e := range m.lists.At(uint32(at)) {
		scores.put(uint8(e), e>>8)
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
		number       = true
	)
	for i := 0; i < len(w); {
		c := w[i]
		if c < utf8.RuneSelf {
			i++
			exact = exact.Add(c)
			raw.add(c)
			hyphen = hyphen || c == '-'
			number = number && '0' <= c && c <= '9'
			if 'A' <= c && c <= 'Z' {
				c += 'a' - 'A'
			}
			lower = lower.Add(c)
			low.add(c)
			continue
		}
		number = false
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
	if id := m.fixed.Find(exact); id >= 0 {
		v.fixed = m.fixedTag[id]
	}
	v.suffix3 = m.suffixes.Find(raw.hash())
	class := noClass
	switch c := w[0]; {
	case hyphen && c != '-':
		class = hyphened
	case number && len(w) == 4:
		class = year
	case '0' <= c && c <= '9':
		class = digits
	}
	if class != noClass {
		v.word, v.suffix = m.classes[class].word, m.classes[class].suffix
		return v
	}
	v.word, v.suffix = m.words.Find(lower), v.suffix3
	if low != raw {
		v.suffix = m.suffixes.Find(low.hash())
	}
	return v
}

const header = "onrecord postag 1\n"

// Decode reads what [Convert] wrote.
func Decode(file []byte) (*Model, error) {
	r := flat.NewReader(file, header)
	m := new(Model)
	m.words = flat.NewTable(flat.Read[flat.Hash](r))
	wordAt := flat.Read[uint32](r)
	m.suffixes = flat.NewTable(flat.Read[flat.Hash](r))
	suffixAt := flat.Read[uint32](r)
	m.fixed = flat.NewTable(flat.Read[flat.Hash](r))
	m.fixedTag = flat.Read[uint8](r)
	lists := flat.Lists(flat.Read[int32](r))
	firstAt := flat.Read[uint32](r)   // one a byte
	contextAt := flat.Read[uint32](r) // bias; one a tag before; one a tag two before; one a pair
	if err := r.Close(); err != nil {
		return nil, fmt.Errorf("postag: weights: %w", err)
	}
	if len(firstAt) != 256 || len(contextAt) != 1+2*numContext+numContext*numContext {
		return nil, fmt.Errorf("postag: weights: wrong number of contexts")
	}
	p := packer{lists: lists, refs: make(map[uint32]ref), out: flat.NewLists()}
	for b, at := range firstAt {
		m.first[b].list(p.list(at))
	}
	for p1 := range numContext {
		for p2 := range numContext {
			row := &m.context[p1*numContext+p2]
			for t := range uint8(lanes * len(row)) {
				row.put(t, middle)
			}
			row.list(p.list(contextAt[0]))
			row.list(p.list(contextAt[1+p1]))
			row.list(p.list(contextAt[1+numContext+p2]))
			row.list(p.list(contextAt[1+2*numContext+p1*numContext+p2]))
		}
	}
	m.wordAt, m.suffixAt = make([]ref, len(wordAt)), make([]ref, len(suffixAt))
	for i, at := range wordAt {
		if i%wordSlots == wordPairs {
			m.wordAt[i] = p.pairs(lists.At(at))
		} else {
			m.wordAt[i] = p.ref(at)
		}
	}
	for i, at := range suffixAt {
		m.suffixAt[i] = p.ref(at)
	}
	m.lists, m.rows = p.out, p.rows
	if len(m.lists) >= int(isRow) {
		return nil, fmt.Errorf("postag: weights: more than %d", isRow)
	}
	// A sum has at most four lists of the context, that of the first byte, and
	// nine of the words around.
	if sum := 14 * p.largest; sum >= middle {
		return nil, fmt.Errorf("postag: weights: as large as %d, more than %d", p.largest, middle/14)
	}
	for i, w := range [...]string{"-START-", "-START2-", "-END-", "-END2-"} {
		m.edges[i] = m.look(w)
	}
	for i, w := range classWords {
		m.classes[i] = m.look(w)
	}
	return m, nil
}

// list adds the weights of a list.
func (r *row) list(entries []int32) {
	for _, e := range entries {
		r.put(uint8(e), e>>8)
	}
}

// packer makes rows of long lists, and puts the lists of a word side by side.
type packer struct {
	lists   flat.Lists
	refs    map[uint32]ref // of lists done
	out     flat.Lists
	rows    []row
	largest int32
}

// list returns the list that stands at an offset of the file.
func (p *packer) list(at uint32) []int32 {
	entries := p.lists.At(at)
	for _, e := range entries {
		p.largest = max(p.largest, e>>8, -(e >> 8))
	}
	return entries
}

// ref returns where the model keeps the list.
func (p *packer) ref(at uint32) ref {
	if to, ok := p.refs[at]; ok || at == 0 {
		return to
	}
	entries := p.list(at)
	var to ref
	if len(entries) < fewest {
		to = ref(p.append(entries))
	} else {
		var r row
		r.list(entries)
		to = isRow | ref(len(p.rows))
		p.rows = append(p.rows, r)
	}
	p.refs[at] = to
	return to
}

// pairs keeps the list of a word's pairs, in the order of the tag before.
func (p *packer) pairs(entries []int32) ref {
	if len(entries) == 0 {
		return 0
	}
	out := make([]int32, len(entries))
	for i, e := range entries {
		out[i] = int32(p.ref(uint32(e)>>8))<<8 | e&255
	}
	return ref(p.append(out))
}

func (p *packer) append(entries []int32) uint32 {
	at := uint32(len(p.out))
	p.out = append(append(p.out, int32(len(entries))), entries...)
	return at
}
