package ingest

import (
	"crypto/sha256"
	"encoding/binary"
)

// idSet remembers which strings it has seen at eight bytes each and the map's
// own: about 170 MB for ten million. It keeps the first 64 bits of their
// SHA-256, so that among ten million different strings two are taken for one
// with a chance of 1 in 370,000.
type idSet struct{ seen map[uint64]struct{} }

func newIDSet() *idSet { return &idSet{make(map[uint64]struct{})} }

// add reports whether s is new.
func (set *idSet) add(s string) bool {
	sum := sha256.Sum256([]byte(s))
	h := binary.LittleEndian.Uint64(sum[:])
	if _, ok := set.seen[h]; ok {
		return false
	}
	set.seen[h] = struct{}{}
	return true
}
