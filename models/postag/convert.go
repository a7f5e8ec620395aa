package postag

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/onrecord-nlp/onrecord/models/internal/flat"
)

// Convert makes a file for [Decode] of trained weights, from feature to tag to
// weight, and of the words that have one tag. Features are written as in
// NLTK's and prose's taggers: "i word profit", "i-1 tag+i word NN profit".
// The same weights give the same bytes.
func Convert(weights map[string]map[string]float64, single map[string]string) ([]byte, error) {
	var (
		words, suffixes, fixed flat.Hashes
		wordAt, suffixAt       []uint32
		fixedTag               []uint8
		lists                  = flat.NewLists()
		firstAt                [256]uint32
		contextAt              [1 + 2*numContext + numContext*numContext]uint32
		pairs                  = map[int][]int32{} // word to tag before and its list
	)
	word := func(w string) int {
		id, isNew := words.ID(flat.HashString(w))
		if isNew {
			wordAt = append(wordAt, make([]uint32, wordSlots)...)
		}
		return id
	}
	for _, key := range slices.Sorted(maps.Keys(weights)) {
		var entries []int32
		for _, name := range slices.Sorted(maps.Keys(weights[key])) {
			t, ok := Parse(name)
			if !ok {
				return nil, fmt.Errorf("postag: feature %q: unknown tag %q", key, name)
			}
			entries = append(entries, flat.Entry(int32(math.Round(weights[key][name]*1000)), int(t)))
		}
		at := lists.Append(entries)

		template, val := key, ""
		if f := strings.SplitN(key, " ", 3); len(f) == 3 {
			template, val = f[0]+" "+f[1], f[2]
		}
		setWord := func(slot int) { wordAt[word(val)*wordSlots+slot] = at }
		setSuffix := func(slot int) {
			id, isNew := suffixes.ID(flat.HashString(val))
			if isNew {
				suffixAt = append(suffixAt, make([]uint32, suffixSlots)...)
			}
			suffixAt[id*suffixSlots+slot] = at
		}
		ok := true
		switch template {
		case "i word":
			setWord(wordHere)
		case "i-1 word":
			setWord(wordPrev)
		case "i-2 word":
			setWord(wordPrev2)
		case "i+1 word":
			setWord(wordNext)
		case "i+2 word":
			setWord(wordNext2)
		case "i suffix":
			setSuffix(suffixHere)
		case "i-1 suffix":
			setSuffix(suffixPrev)
		case "i+1 suffix":
			setSuffix(suffixNext)
		case "i pref1":
			if len(val) == 1 { // longer ones are bytes taken for characters
				firstAt[val[0]] = at
			}
		case "bias":
			contextAt[0] = at
		case "i-1 tag":
			var p int
			if p, ok = parseContext(val); ok {
				contextAt[1+p] = at
			}
		case "i-2 tag":
			var p int
			if p, ok = parseContext(val); ok {
				contextAt[1+numContext+p] = at
			}
		case "i tag+i-2": // "tag DT IN"
			var p1, p2 int
			if p1, p2, ok = parsePair(val, parseContext); ok {
				contextAt[1+2*numContext+p1*numContext+p2] = at
			}
		case "i-1 tag+i": // "word NN profit"
			var p, id int
			if p, id, ok = parsePair(val, func(w string) (int, bool) { return word(w), true }); ok {
				pairs[id] = append(pairs[id], flat.Entry(int32(at), p))
			}
		default:
			ok = false
		}
		if !ok {
			return nil, fmt.Errorf("postag: unknown feature %q", key)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(pairs)) {
		wordAt[id*wordSlots+wordPairs] = lists.Append(pairs[id])
	}
	for _, w := range slices.Sorted(maps.Keys(single)) {
		t, ok := Parse(single[w])
		if !ok {
			return nil, fmt.Errorf("postag: word %q: unknown tag %q", w, single[w])
		}
		fixed.ID(flat.HashString(w))
		fixedTag = append(fixedTag, t)
	}

	file := []byte(header)
	file = flat.Append(file, words.List)
	file = flat.Append(file, wordAt)
	file = flat.Append(file, suffixes.List)
	file = flat.Append(file, suffixAt)
	file = flat.Append(file, fixed.List)
	file = flat.Append(file, fixedTag)
	file = flat.Append(file, lists)
	file = flat.Append(file, firstAt[:])
	file = flat.Append(file, contextAt[:])
	return file, nil
}

func parseContext(name string) (int, bool) {
	switch name {
	case "-START-":
		return start1, true
	case "-START2-":
		return start2, true
	}
	t, ok := Parse(name)
	return int(t), ok
}

// parsePair parses a name of the template, a tag and what parse reads.
func parsePair(val string, parse func(string) (int, bool)) (p, q int, ok bool) {
	f := strings.SplitN(val, " ", 3)
	if len(f) != 3 {
		return 0, 0, false
	}
	p, ok1 := parseContext(f[1])
	q, ok2 := parse(f[2])
	return p, q, ok1 && ok2
}
