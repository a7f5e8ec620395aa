package flat

import (
	"cmp"
	"slices"
)

// Hash is a running 64-bit FNV-1a (Fowler, Noll and Vo). It begins at
// [HashStart].
type Hash uint64

// HashStart is the hash of nothing.
const HashStart Hash = 14695981039346656037

// Add returns the hash with one more byte.
func (h Hash) Add(c byte) Hash { return (h ^ Hash(c)) * 1099511628211 }

// HashString returns the hash of a string.
func HashString(s string) Hash {
	h := HashStart
	for i := range len(s) {
		h = h.Add(s[i])
	}
	return h
}

// AddFolded returns the hash with the bytes of a word more, in small letters
// and with straight apostrophes.
func (h Hash) AddFolded(w string) Hash {
	for i := 0; i < len(w); i++ {
		c := w[i]
		switch {
		case 'A' <= c && c <= 'Z':
			c |= 0x20
		case c == 0xE2 && i+2 < len(w) && w[i+1] == 0x80 && w[i+2] == 0x99:
			c = '\''
			i += 2
		}
		h = h.Add(c)
	}
	return h
}

// Table maps hashes to small indices by open addressing. Two keys that share a
// hash are one. A search for what is not there seldom reads more than one word
// of memory, and the table is small enough to stay in a near cache.
type Table struct {
	slots []uint32 // 0 is free; else the highest byte of a key, and its index plus one in 24 bits
	keys  []Hash
}

const (
	tableIndexBits = 24
	tableIndexMask = 1<<tableIndexBits - 1
)

// NewTable returns a table in which the index of each hash is its place in
// the slice, which the table keeps. There may be sixteen million of them.
func NewTable(hashes []Hash) Table {
	if len(hashes) >= tableIndexMask {
		panic("flat: too many keys for a table")
	}
	size := 2
	for size < 2*len(hashes) {
		size *= 2
	}
	t := Table{make([]uint32, size), hashes}
	mask := Hash(size - 1)
	for id, h := range hashes {
		i := h & mask
		for t.slots[i] != 0 {
			i = (i + 1) & mask
		}
		t.slots[i] = uint32(h>>(64-8))<<tableIndexBits | uint32(id+1)
	}
	return t
}

// Find returns the index of a hash, or -1.
func (t *Table) Find(h Hash) int32 {
	mask := Hash(len(t.slots) - 1)
	high := uint32(h >> (64 - 8))
	for i := h & mask; ; i = (i + 1) & mask {
		s := t.slots[i]
		if s == 0 {
			return -1
		}
		if s>>tableIndexBits == high {
			if id := s&tableIndexMask - 1; t.keys[id] == h {
				return int32(id)
			}
		}
	}
}

// Hashes collects distinct hashes and gives each an index.
type Hashes struct {
	ids  map[Hash]int
	List []Hash
}

// ID returns the index of h, and whether it is new.
func (s *Hashes) ID(h Hash) (id int, isNew bool) {
	if s.ids == nil {
		s.ids = make(map[Hash]int)
	}
	id, ok := s.ids[h]
	if !ok {
		id = len(s.List)
		s.ids[h] = id
		s.List = append(s.List, h)
	}
	return id, !ok
}

// Lists keeps lists of weights: the length of each and then its entries,
// weight<<8 | class. The list at 0 is empty.
type Lists []int32

// NewLists returns Lists that hold the empty list.
func NewLists() Lists { return Lists{0} }

// Append adds a list, in order of class, and returns where it stands.
func (l *Lists) Append(entries []int32) uint32 {
	slices.SortFunc(entries, func(a, b int32) int { return cmp.Or(cmp.Compare(a&255, b&255), cmp.Compare(a, b)) })
	at := uint32(len(*l))
	*l = append(append(*l, int32(len(entries))), entries...)
	return at
}

// At returns the list that stands at an offset.
func (l Lists) At(at uint32) []int32 {
	n := uint32(l[at])
	return l[at+1 : at+1+n]
}

// Entry packs a weight and a class.
func Entry(weight int32, class int) int32 { return weight<<8 | int32(class) }
