// Package recent remembers what was looked up about words, so that the words
// that make up most of every text are looked up once and not again and again.
package recent

import "math/bits"

// Words remembers a value for each of some thousand words, of those that share
// a place the one asked for last. What it answers does not depend on what it
// remembers, only how fast. It is used by one goroutine at a time, and holds
// no part of any text.
type Words[V any] struct {
	places []place[V]
	shift  int
	other  V // for a word that is not remembered
}

type place[V any] struct {
	key   key
	value V
}

// key is a word of up to longest bytes: its bytes and their number, which is
// not 0.
type key struct{ low, high uint64 }

const longest = 15

// New returns Words with 2^size places.
func New[V any](size int) *Words[V] {
	return &Words[V]{places: make([]place[V], 1<<size), shift: 64 - size}
}

// Of returns where the value of a word stands, and whether it does; where not,
// the caller puts it there. The place is good until the next call.
func (m *Words[V]) Of(w string) (v *V, known bool) {
	if len(w) > longest || w == "" {
		return &m.other, false
	}
	k := keyOf(w)
	p := &m.places[(k.low^bits.RotateLeft64(k.high, 29))*0x9E3779B97F4A7C15>>m.shift]
	if p.key == k {
		return &p.value, true
	}
	p.key = k
	return &p.value, false
}

// keyOf reads a word of 1 to longest bytes by loads that may overlap.
func keyOf(w string) key {
	n := len(w)
	k := key{high: uint64(n) << 56}
	switch {
	case n >= 8:
		k.low = load8(w)
		k.high |= load8(w[n-8:]) >> (8 * (16 - n))
	case n >= 4:
		k.low = load4(w) | load4(w[n-4:])<<32
	default:
		k.low = uint64(w[0]) | uint64(w[n/2])<<8 | uint64(w[n-1])<<16
	}
	return k
}

func load8(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

func load4(s string) uint64 {
	_ = s[3]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24
}
