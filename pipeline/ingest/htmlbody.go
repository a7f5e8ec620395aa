package ingest

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// project finds in source, the page's own paragraphs, those that an extractor
// took for the body. It returns one flag a source block.
//
// Extractors rebuild the tree on their way, and lose or glue words at the
// borders of inline elements. So their output serves only to say which
// paragraphs are body: each paragraph taken is matched, white space aside, to
// one of the source, whose words are then used as they stand. Both lists are in
// document order, and the match moves forward only. A paragraph that the
// extractor cut into pieces, or out of which it took a piece, is found by its
// beginning. What is not found in the source is left out: no word of the body
// is an extractor's.
//
// The cost is linear in the size of both lists.
func project(taken, source []htmlBlock) []bool {
	const (
		near   = 8  // how many paragraphs ahead a piece is sought
		prefix = 24 // bytes that tell one paragraph from another
	)
	keys := make([]string, len(source))
	whole := make(map[string][]int, len(source))
	begin := make(map[string][]int, len(source))
	for i, b := range source {
		k := squeeze(b.text)
		keys[i] = k
		whole[k] = append(whole[k], i)
		if len(k) >= prefix {
			begin[k[:prefix]] = append(begin[k[:prefix]], i)
		}
	}
	// next takes from an index the first block at or after from.
	next := func(index map[string][]int, k string, from int) int {
		at := index[k]
		for len(at) > 0 && at[0] < from {
			at = at[1:]
		}
		index[k] = at
		if len(at) == 0 {
			return -1
		}
		return at[0]
	}
	body := make([]bool, len(source))
	from := 0    // first source block not yet passed
	current := 0 // within keys[from-1], where the last piece of it ended
	for _, b := range taken {
		k := squeeze(b.text)
		if k == "" {
			continue
		}
		if i := next(whole, k, from); i >= 0 {
			body[i], from, current = true, i+1, len(k)
			continue
		}
		if from > 0 && body[from-1] {
			if j := strings.Index(keys[from-1][current:], k); j >= 0 {
				current += j + len(k)
				continue
			}
		}
		found := -1
		for i := from; i < min(from+near, len(source)) && found < 0; i++ {
			if strings.HasPrefix(keys[i], k) {
				found = i
			}
		}
		if found < 0 && len(k) >= prefix {
			found = next(begin, k[:prefix], from)
		}
		if found >= 0 {
			body[found], from, current = true, found+1, min(len(k), len(keys[found]))
		}
	}
	return body
}

// squeeze returns s without white space.
func squeeze(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			if c > ' ' {
				b.WriteByte(c)
			}
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if !unicode.IsSpace(r) {
			b.WriteString(s[i : i+n])
		}
		i += n
	}
	return b.String()
}
