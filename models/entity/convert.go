package entity

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/onrecord-nlp/onrecord/models/internal/flat"
	"github.com/onrecord-nlp/onrecord/models/postag"
)

const header = "onrecord entity 1\n"

var shapeNames = [numShapes]string{"number", "punct", "upcase", "downcase", "mixedcase", "other"}

// shapePrefix begins the features of the last shape and label. In training the
// shape was, by a slip, the printed form of a function, always the same, so
// that these features say no more than prevtag and are added to it.
const shapePrefix = "shape+prevtag-<function shape at 0x8bde0d4>+"

// Convert makes a file for [Decode] of trained weights: mapping tells which
// weight belongs to a feature, its value and a label ("suffix3-ton-B-GPE"), as
// in prose; basic is the list of words behind the feature en-wordlist. The
// same weights give the same bytes.
func Convert(mapping map[string]int, weights []float64, basic []string) ([]byte, error) {
	lists := map[string][]int32{} // by template and value
	for key, i := range mapping {
		name, label, ok := cutLabel(key)
		if !ok {
			return nil, fmt.Errorf("entity: feature %q: unknown label", key)
		}
		if i < 0 || i >= len(weights) {
			return nil, fmt.Errorf("entity: feature %q: weight %d of %d", key, i, len(weights))
		}
		w := max(math.Round(weights[i]*10000), -1<<22) // never seen: minus infinity
		if history, ok := strings.CutPrefix(name, shapePrefix); ok {
			name = "prevtag-" + history
		}
		lists[name] = append(lists[name], flat.Entry(int32(w), int(label)))
	}
	var (
		words, exact, affixes, basics flat.Hashes
		wordAt, exactAt, affixAt      []uint32
		all                           = flat.NewLists()
		dense                         denseLists
		pairs                         = map[int][]int32{}
	)
	word := func(w string) int {
		id, isNew := words.ID(flat.HashString(w))
		if isNew {
			wordAt = append(wordAt, make([]uint32, wordSlots)...)
		}
		return id
	}
	for _, key := range slices.Sorted(maps.Keys(lists)) {
		template, val, _ := strings.Cut(key, "-")
		if template == "en" {
			template, val = "en-wordlist", strings.TrimPrefix(val, "wordlist-")
		}
		at := all.Append(lists[key])
		affix := func(slot int) {
			id, isNew := affixes.ID(flat.HashString(val))
			if isNew {
				affixAt = append(affixAt, make([]uint32, affixSlots)...)
			}
			affixAt[id*affixSlots+slot] = at
		}
		ok := true
		switch template {
		case "word":
			exact.ID(flat.HashString(val))
			exactAt = append(exactAt, at)
		case "prevword":
			wordAt[word(val)*wordSlots+wordPrev] = at
		case "nextword":
			wordAt[word(val)*wordSlots+wordNext] = at
		case "word+nextpos":
			k := strings.LastIndexByte(val, '+')
			for _, t := range tagsOf(val[k+1:], nextName) {
				id := word(val[:k])
				pairs[id] = append(pairs[id], flat.Entry(int32(at), t))
			}
		case "prefix3":
			affix(prefix)
		case "suffix3":
			affix(suffix)
		default:
			ok = dense.set(template, val, at)
		}
		if !ok {
			return nil, fmt.Errorf("entity: unknown feature %q", key)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(pairs)) {
		wordAt[id*wordSlots+wordPairs] = all.Append(pairs[id])
	}
	for _, w := range basic {
		basics.ID(flat.HashString(w))
	}
	file := []byte(header)
	file = flat.Append(file, words.List)
	file = flat.Append(file, wordAt)
	file = flat.Append(file, exact.List)
	file = flat.Append(file, exactAt)
	file = flat.Append(file, affixes.List)
	file = flat.Append(file, affixAt)
	file = flat.Append(file, basics.List)
	file = flat.Append(file, all)
	return flat.Append(file, dense[:]), nil
}

// Decode reads what [Convert] wrote.
func Decode(file []byte) (*Model, error) {
	r := flat.NewReader(file, header)
	m := new(Model)
	m.words = flat.NewTable(flat.Read[flat.Hash](r))
	m.wordAt = flat.Read[uint32](r)
	m.exact = flat.NewTable(flat.Read[flat.Hash](r))
	m.exactAt = flat.Read[uint32](r)
	m.affixes = flat.NewTable(flat.Read[flat.Hash](r))
	m.affixAt = flat.Read[uint32](r)
	m.basic = flat.NewTable(flat.Read[flat.Hash](r))
	m.lists = flat.Read[int32](r)
	dense := flat.Read[uint32](r)
	if err := r.Close(); err != nil {
		return nil, fmt.Errorf("entity: weights: %w", err)
	}
	if len(dense) != denseSize {
		return nil, fmt.Errorf("entity: weights: wrong number of small features")
	}
	list := func(at int) []int32 { return m.lists.At(dense[at]) }
	fill := func(rows []row, at int) {
		for i := range rows {
			rows[i].list(list(at + i))
		}
	}
	for basic := range m.shape {
		for shape := range m.shape[basic] {
			r := &m.shape[basic][shape]
			for l := range NumLabels {
				r.put(uint8(l), middle)
			}
			r.list(list(biasAt))
			r.list(list(basicAt + basic))
			r.list(list(shapeAt + shape))
		}
	}
	fill(m.length[:], lengthAt)
	fill(m.prevTag[:], prevTagAt)
	fill(m.nextTag[:], nextTagAt)
	fill(m.tagHistory[:], tagHistoryAt)
	for i := range m.tagHistory {
		m.tagHistory[i].list(list(tagAt + i/numHistories))
		m.tagHistory[i].list(list(historyAt + i%numHistories))
	}
	m.none = m.words.Find(noneHash)
	return m, nil
}

// Where the features of few values stand in a file.
const (
	biasAt       = 0
	basicAt      = biasAt + 1
	lengthAt     = basicAt + 2
	shapeAt      = lengthAt + maxLen + 1
	historyAt    = shapeAt + numShapes
	tagAt        = historyAt + numHistories
	prevTagAt    = tagAt + postag.NumTags
	nextTagAt    = prevTagAt + postag.NumTags + 1
	tagHistoryAt = nextTagAt + postag.NumTags + 1
	denseSize    = tagHistoryAt + postag.NumTags*numHistories
)

type denseLists [denseSize]uint32

// set notes the list of a feature of few values. It passes over values that
// cannot occur here and reports whether the template is known.
func (d *denseLists) set(template, val string, at uint32) bool {
	switch template {
	case "bias":
		d[biasAt] = at
	case "en-wordlist":
		d[basicAt+slices.Index([]string{"False", "True"}, val)] = at
	case "wordlen":
		if n, err := strconv.Atoi(val); err == nil && n <= maxLen {
			d[lengthAt+n] = at
		}
	case "shape":
		d[shapeAt+slices.Index(shapeNames[:], val)] = at
	case "prevtag":
		if h := parseHistory(val); h >= 0 {
			d[historyAt+h] = at
		}
	case "pos":
		for _, t := range tagsOf(val, simpleName) {
			if t < postag.NumTags {
				d[tagAt+t] = at
			}
		}
	case "prevpos":
		for _, t := range tagsOf(val, simpleName) {
			d[prevTagAt+t] = at
		}
	case "nextpos":
		for _, t := range tagsOf(val, nextName) {
			d[nextTagAt+t] = at
		}
	case "pos+prevtag":
		tag, history, _ := strings.Cut(val, "+")
		h := parseHistory(history)
		for _, t := range tagsOf(tag, simpleName) {
			if h >= 0 && t < postag.NumTags {
				d[tagHistoryAt+t*numHistories+h] = at
			}
		}
	default:
		return false
	}
	return true
}

func parseHistory(val string) int {
	switch val {
	case "None":
		return noHistory
	case "B":
		return afterBegin
	case "I":
		return afterInside
	}
	if l := slices.Index(names[:], val); l >= 0 {
		return histories + l
	}
	return -1
}

// tagsOf returns the tags that a feature writes as val; [postag.NumTags]
// stands for none.
func tagsOf(val string, name func(tag int) string) []int {
	var tags []int
	for t := 1; t <= postag.NumTags; t++ {
		if name(t) == val {
			tags = append(tags, t)
		}
	}
	return tags
}

// nextName is the name of a tag as the features of the next word write it.
func nextName(tag int) string {
	switch tag {
	case postag.NumTags:
		return "None"
	case postag.OpenBracket:
		return "-lrb-"
	case postag.CloseBracket:
		return "-rrb-"
	}
	return strings.ToLower(postag.Name(uint8(tag)))
}

// simpleName is the name of a tag as the other features write it: one for all
// verbs, and none for brackets.
func simpleName(tag int) string {
	switch tag {
	case postag.NumTags:
		return "None"
	case postag.OpenBracket, postag.CloseBracket:
		return ""
	case postag.VB, postag.VBD, postag.VBG, postag.VBN, postag.VBP, postag.VBZ:
		return "V"
	}
	return postag.Name(uint8(tag))
}

// cutLabel cuts the label off the end of a feature.
func cutLabel(key string) (name string, l Label, ok bool) {
	if name, ok = strings.CutSuffix(key, "-O"); ok {
		return name, Outside, true
	}
	for l := range NumLabels {
		if name, ok = strings.CutSuffix(key, "-"+names[l]); ok {
			return name, l, true
		}
	}
	return "", 0, false
}
