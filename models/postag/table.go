package postag

// hash is a running 64-bit FNV-1a.
type hash uint64

const fnvOffset = 14695981039346656037

func (h hash) add(c byte) hash { return (h ^ hash(c)) * 1099511628211 }

func hashBytes(s string) uint64 {
	h := hash(fnvOffset)
	for i := range len(s) {
		h = h.add(s[i])
	}
	return uint64(h)
}

// hashLast hashes the last min(n, 3) of the bytes packed into last.
func hashLast(last uint32, n int) uint64 {
	h := hash(fnvOffset)
	for k := min(n, 3) - 1; k >= 0; k-- {
		h = h.add(byte(last >> (8 * k)))
	}
	return uint64(h)
}

// table maps hashes to indices by open addressing. Two keys that share a hash
// are one; with 64 bits none of the trained features do.
type table struct {
	keys []uint64 // 0 is a free slot
	ids  []int32
}

func newTable(ids map[uint64]int) table {
	size := 1
	for size < 2*len(ids) {
		size *= 2
	}
	t := table{make([]uint64, size), make([]int32, size)}
	for h, id := range ids {
		i := h & uint64(size-1)
		for t.keys[i] != 0 {
			i = (i + 1) & uint64(size-1)
		}
		t.keys[i], t.ids[i] = h, int32(id)
	}
	return t
}

// find returns the index of a hash, or -1.
func (t *table) find(h uint64) int32 {
	mask := uint64(len(t.keys) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		switch t.keys[i] {
		case h:
			return t.ids[i]
		case 0:
			return -1
		}
	}
}
