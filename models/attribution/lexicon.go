package attribution

import (
	"encoding/binary"
	"slices"
)

// Lexicon says how often a word, given by its hash, stands in a cue: from 0
// (never, or not seen) to 5 (nearly always).
type Lexicon map[uint64]uint8

// bytes stores the lexicon: a count, then hash and strength in hash order.
func (l Lexicon) bytes() []byte {
	keys := make([]uint64, 0, len(l))
	for k := range l {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	b := binary.LittleEndian.AppendUint32(nil, uint32(len(keys)))
	for _, k := range keys {
		b = binary.LittleEndian.AppendUint64(b, k)
		b = append(b, l[k])
	}
	return b
}

func readLexicon(b []byte) (Lexicon, bool) {
	if len(b) < 4 {
		return nil, false
	}
	n := int(binary.LittleEndian.Uint32(b))
	b = b[4:]
	if len(b)/9 < n {
		return nil, false
	}
	l := make(Lexicon, n)
	for i := range n {
		l[binary.LittleEndian.Uint64(b[i*9:])] = b[i*9+8]
	}
	return l, true
}
