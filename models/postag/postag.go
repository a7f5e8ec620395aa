// Package postag tags words with their parts of speech by an averaged
// perceptron that goes from left to right (Collins 2002; features of M.
// Honnibal's tagger, 2013).
//
// The weights are those of github.com/jdkato/prose v2.0.0, trained on the Wall
// Street Journal part of the Penn Treebank.
package postag

import (
	"bytes"
	"encoding/gob"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The two tags that stand before a sentence.
const (
	start1 = NumTags + iota // one before the first word
	start2                  // two before
	numContext
)

// width is the length of a row of scores, one a tag, rounded up.
const width = 48

// Templates of features over a normalized word, by its place.
const (
	wordHere = iota
	wordPrev
	wordPrev2
	wordNext
	wordNext2
	wordPairs // the word together with the tag before
	wordSlots
)

// Templates of features over the last three bytes of a word.
const (
	suffixHere = iota
	suffixPrev
	suffixNext
	suffixSlots
)

// Model is a trained tagger. It is immutable and safe for use by many
// goroutines.
//
// Weights are whole thousandths. A list of weights stands in postings as its
// length and then its entries, weight<<8 | tag; a list at 0 is empty.
type Model struct {
	context  [numContext * numContext][width]int32 // bias and both tags before
	first    [256][width]int32                     // first byte of the word
	words    table                                 // of normalized words, to wordSlots offsets
	wordAt   []uint32
	suffixes table // of word ends, to suffixSlots offsets
	suffixAt []uint32
	fixed    table // of words that have one tag
	fixedTag []uint8
	postings []int32
}

// Load reads the weights (a gob of map[string]map[string]float64, from feature
// to tag to weight) and the words of a single tag (a gob of map[string]string).
func Load(weights, tags []byte) (*Model, error) {
	var w map[string]map[string]float64
	if err := gob.NewDecoder(bytes.NewReader(weights)).Decode(&w); err != nil {
		return nil, fmt.Errorf("postag: weights: %w", err)
	}
	var t map[string]string
	if err := gob.NewDecoder(bytes.NewReader(tags)).Decode(&t); err != nil {
		return nil, fmt.Errorf("postag: words of a single tag: %w", err)
	}
	return build(w, t)
}

func build(weights map[string]map[string]float64, tags map[string]string) (*Model, error) {
	m := &Model{postings: []int32{0}}
	wordIDs, suffixIDs := map[uint64]int{}, map[uint64]int{}
	pairs := map[uint64][]pair{}
	wordID := func(h uint64) int {
		id, ok := wordIDs[h]
		if !ok {
			id = len(wordIDs)
			wordIDs[h] = id
			m.wordAt = append(m.wordAt, make([]uint32, wordSlots)...)
		}
		return id
	}
	context := func(name string) (int, bool) {
		switch name {
		case "-START-":
			return start1, true
		case "-START2-":
			return start2, true
		}
		t, ok := Parse(name)
		return int(t), ok
	}
	keys := make([]string, 0, len(weights))
	for k := range weights {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, key := range keys {
		list, err := entries(weights[key])
		if err != nil {
			return nil, fmt.Errorf("postag: feature %q: %w", key, err)
		}
		name, val := key, ""
		if f := strings.SplitN(key, " ", 3); len(f) == 3 {
			name, val = f[0]+" "+f[1], f[2]
		}
		suffix := func(slot int) {
			h := hashBytes(val)
			id, ok := suffixIDs[h]
			if !ok {
				id = len(suffixIDs)
				suffixIDs[h] = id
				m.suffixAt = append(m.suffixAt, make([]uint32, suffixSlots)...)
			}
			m.suffixAt[id*suffixSlots+slot] = m.list(list)
		}
		word := func(slot int) { m.wordAt[wordID(hashBytes(val))*wordSlots+slot] = m.list(list) }
		switch name {
		case "bias":
			for i := range m.context {
				addDense(&m.context[i], list)
			}
		case "i pref1":
			if len(val) == 1 {
				addDense(&m.first[val[0]], list)
			}
		case "i-1 tag":
			if p1, ok := context(val); ok {
				for p2 := range numContext {
					addDense(&m.context[p1*numContext+p2], list)
				}
			}
		case "i-2 tag":
			if p2, ok := context(val); ok {
				for p1 := range numContext {
					addDense(&m.context[p1*numContext+p2], list)
				}
			}
		case "i tag+i-2":
			// "tag -START- -START2-"
			if f := strings.Fields(val); len(f) == 3 {
				p1, ok1 := context(f[1])
				p2, ok2 := context(f[2])
				if ok1 && ok2 {
					addDense(&m.context[p1*numContext+p2], list)
				}
			}
		case "i-1 tag+i":
			// "word NN profit"
			if f := strings.SplitN(val, " ", 3); len(f) == 3 {
				if p1, ok := context(f[1]); ok {
					h := hashBytes(f[2])
					pairs[h] = append(pairs[h], pair{p1, m.list(list)})
				}
			}
		case "i suffix":
			suffix(suffixHere)
		case "i-1 suffix":
			suffix(suffixPrev)
		case "i+1 suffix":
			suffix(suffixNext)
		case "i word":
			word(wordHere)
		case "i-1 word":
			word(wordPrev)
		case "i-2 word":
			word(wordPrev2)
		case "i+1 word":
			word(wordNext)
		case "i+2 word":
			word(wordNext2)
		default:
			return nil, fmt.Errorf("postag: unknown feature %q", key)
		}
	}
	hashes := make([]uint64, 0, len(pairs))
	for h := range pairs {
		hashes = append(hashes, h)
	}
	slices.Sort(hashes)
	for _, h := range hashes {
		id := wordID(h)
		m.wordAt[id*wordSlots+wordPairs] = uint32(len(m.postings))
		m.postings = append(m.postings, int32(len(pairs[h])))
		for _, p := range pairs[h] {
			m.postings = append(m.postings, int32(p.at)<<8|int32(p.tag))
		}
	}
	fixedIDs := map[uint64]int{}
	for w, name := range tags {
		t, ok := Parse(name)
		if !ok {
			return nil, fmt.Errorf("postag: word %q: unknown tag %q", w, name)
		}
		fixedIDs[hashBytes(w)] = len(m.fixedTag)
		m.fixedTag = append(m.fixedTag, t)
	}
	m.words, m.suffixes, m.fixed = newTable(wordIDs), newTable(suffixIDs), newTable(fixedIDs)
	return m, nil
}

type pair struct {
	tag int
	at  uint32
}

func entries(weights map[string]float64) ([]int32, error) {
	list := make([]int32, 0, len(weights))
	for name, w := range weights {
		t, ok := Parse(name)
		if !ok {
			return nil, fmt.Errorf("unknown tag %q", name)
		}
		list = append(list, int32(math.Round(w*1000))<<8|int32(t))
	}
	slices.SortFunc(list, func(a, b int32) int { return int(a&255) - int(b&255) })
	return list, nil
}

func (m *Model) list(list []int32) uint32 {
	at := uint32(len(m.postings))
	m.postings = append(m.postings, int32(len(list)))
	m.postings = append(m.postings, list...)
	return at
}

func addDense(row *[width]int32, list []int32) {
	for _, e := range list {
		row[e&255] += e >> 8
	}
}

// view is what the features see of one word.
type view struct {
	word    int32 // index into wordAt/wordSlots, or -1
	suffix  int32 // of the normalized word, or -1
	suffix3 int32 // of the word itself, or -1
	exact   uint64
	first   byte
}

// Tag writes the tag of each word of one sentence to tags, which must be as
// long as words. Words are tokens of the Penn Treebank: "do" "n't", with “
// and ” for quotation marks and -- for a dash; curly apostrophes within words
// are read as straight ones. It allocates nothing.
func (m *Model) Tag(words []string, tags []uint8) {
	if len(words) == 0 {
		return
	}
	var (
		boundary = [4]view{m.look("-START-"), m.look("-START2-"), m.look("-END-"), m.look("-END2-")}
		v        = [5]view{boundary[0], boundary[1], m.view(words[0]), boundary[2], boundary[3]}
		p1, p2   = start1, start2
	)
	if len(words) > 1 {
		v[3], v[4] = m.view(words[1]), boundary[2]
	}
	for i, w := range words {
		switch {
		case i+2 < len(words):
			v[4] = m.view(words[i+2])
		case i+2 == len(words):
			v[4] = boundary[2]
		case i+1 == len(words):
			v[3], v[4] = boundary[2], boundary[3]
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
	if id := m.fixed.find(v[2].exact); id >= 0 {
		return int(m.fixedTag[id])
	}
	scores := m.context[p1*numContext+p2]
	first := &m.first[v[2].first]
	for t := range scores {
		scores[t] += first[t]
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
		at := m.wordAt[id*wordSlots+wordPairs]
		for _, e := range m.at(at) {
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

func (m *Model) at(at uint32) []int32 {
	n := uint32(m.postings[at])
	return m.postings[at+1 : at+1+n]
}

func (m *Model) add(scores *[width]int32, at uint32) {
	for _, e := range m.at(at) {
		if t := uint(e & 255); t < width {
			scores[t] += e >> 8
		}
	}
}

func (m *Model) addWord(scores *[width]int32, id int32, slot int32) {
	if id >= 0 {
		m.add(scores, m.wordAt[id*wordSlots+slot])
	}
}

func (m *Model) addSuffix(scores *[width]int32, id int32, slot int32) {
	if id >= 0 {
		m.add(scores, m.suffixAt[id*suffixSlots+slot])
	}
}

// look is the view of a word that stands for itself, such as a boundary.
func (m *Model) look(w string) view {
	return view{word: m.words.find(hashBytes(w)), suffix: m.suffixes.find(hashBytes(w[len(w)-min(len(w), 3):]))}
}

// view normalizes a word as the weights expect it: in lower case, with
// hyphenated words, years and numbers each as one.
func (m *Model) view(w string) view {
	v := view{first: w[0]}
	var (
		exact, lower = hash(fnvOffset), hash(fnvOffset)
		raw3, low3   uint32 // the last three bytes, and how many there are
		rawN, lowN   int
		hyphen       bool
		digits       = true
	)
	for i := 0; i < len(w); {
		c := w[i]
		if c < utf8.RuneSelf {
			i++
			exact = exact.add(c)
			raw3, rawN = raw3<<8|uint32(c), rawN+1
			if c == '-' {
				hyphen = true
			}
			if c < '0' || c > '9' {
				digits = false
			}
			if 'A' <= c && c <= 'Z' {
				c += 'a' - 'A'
			}
			lower = lower.add(c)
			low3, lowN = low3<<8|uint32(c), lowN+1
			continue
		}
		digits = false
		r, n := utf8.DecodeRuneInString(w[i:])
		var buf [utf8.UTFMax]byte
		if r == '’' || r == '‘' {
			exact, lower = exact.add('\''), lower.add('\'')
			raw3, low3 = raw3<<8|'\'', low3<<8|'\''
			rawN, lowN = rawN+1, lowN+1
			if i == 0 {
				v.first = '\''
			}
			i += n
			continue
		}
		for _, c := range []byte(w[i : i+n]) {
			exact = exact.add(c)
			raw3, rawN = raw3<<8|uint32(c), rawN+1
		}
		for _, c := range buf[:utf8.EncodeRune(buf[:], unicode.ToLower(r))] {
			lower = lower.add(c)
			low3, lowN = low3<<8|uint32(c), lowN+1
		}
		i += n
	}
	v.exact = uint64(exact)
	v.suffix3 = m.suffixes.find(hashLast(raw3, rawN))
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
	v.word = m.words.find(uint64(lower))
	v.suffix = m.suffixes.find(hashLast(low3, lowN))
	return v
}
