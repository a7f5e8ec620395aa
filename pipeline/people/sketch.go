package people

import "slices"

// hash is FNV-1a with a finish that spreads it. Ids are made of it, so that it
// never changes.
func hash(parts ...string) uint64 {
	h := uint64(14695981039346656037)
	for _, s := range parts {
		for i := range len(s) {
			h = (h ^ uint64(s[i])) * 1099511628211
		}
		h = (h ^ 0xff) * 1099511628211
	}
	return mix(h)
}

func mix(h uint64) uint64 {
	h ^= h >> 33
	h *= 0xff51afd7ed558ccd
	h ^= h >> 33
	h *= 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}

// strs gives strings numbers. The numbers depend on the order of the documents;
// nothing that is written does, so that they are compared by hash and text alone.
type strs struct {
	ids  map[string]uint32
	list []string
	hash []uint64
}

func newStrs() strs {
	return strs{ids: map[string]uint32{"": 0}, list: []string{""}, hash: []uint64{0}}
}

func (s *strs) id(str string) uint32 {
	id, ok := s.ids[str]
	if !ok {
		id = uint32(len(s.list))
		s.ids[str] = id
		s.list = append(s.list, str)
		s.hash = append(s.hash, hash(str))
	}
	return id
}

// count is how often a thing was met.
type count struct{ id, n uint32 }

// tally counts things, exactly, and of more kinds than it may hold only those
// with the least hash: it depends on what was counted, and not on the order.
type tally []count

// add counts id n times more. hashes tells the hash of every id.
func (t *tally) add(id, n uint32, hashes []uint64, most int) {
	l := *t
	h := hashes[id]
	i, found := slices.BinarySearchFunc(l, h, func(c count, h uint64) int {
		switch x := hashes[c.id]; {
		case x < h:
			return -1
		case x > h:
			return 1
		}
		return 0
	})
	switch {
	case found:
		l[i].n += n
	case i < most:
		if len(l) == most {
			l = l[:most-1]
		}
		*t = slices.Insert(l, i, count{id, n})
	}
}

// merge adds what u counts.
func (t *tally) merge(u tally, hashes []uint64, most int) {
	for _, c := range u {
		t.add(c.id, c.n, hashes, most)
	}
}

// common calls do for each thing that both count.
func common(a, b tally, hashes []uint64, do func(a, b count)) {
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch x, y := hashes[a[i].id], hashes[b[j].id]; {
		case x < y:
			i++
		case x > y:
			j++
		default:
			do(a[i], b[j])
			i++
			j++
		}
	}
}
