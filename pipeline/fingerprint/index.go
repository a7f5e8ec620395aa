package fingerprint

import "encoding/binary"

// Sizes of an Index.
const (
	bands      = 8                 // pairs of numbers by which texts are looked up
	bandBytes  = 2 * slots / bands // of the fingerprint in each
	chunkTexts = 1 << 12
	leastTable = 1 << 10 // places in a new table; a power of two
	maxTexts   = 1 << 31 // of a generation
	free       = 0       // a place without a text
)

// Index remembers texts by their fingerprints and finds copies of them. It
// holds the latest texts, by the limit it is made with, so that its memory does
// not grow with the input: 84 to 130 bytes a text, and the text's id.
//
// Looking up does not take longer for more texts. A text is compared with those
// that it shares a band with, two numbers of its sixteen at a fixed place: the
// latest for each of its eight bands. A copy with a resemblance of 0.75 shares
// one with a probability of 0.999, one of 0.6 with 0.97, one of 0.5 with 0.90.
//
// It depends on the order of calls alone. An Index is used by one goroutine at
// a time.
type Index struct {
	limit    int // texts in a generation, or 0
	old, new generation
}

// NewIndex makes an empty Index that remembers at least the latest limit texts,
// and at most twice as many; all, where limit is 0.
func NewIndex(limit int) *Index {
	if limit <= 0 || limit > maxTexts {
		limit = maxTexts
	}
	return &Index{limit: limit}
}

// Add returns the id of a text added before of which this one is a copy, that
// with the most numbers shared and the latest of equals, and true; or adds this
// one.
//
// A copy is not added. So every id that Add returns is of a text that is itself
// no copy, and an Index made again by adding only those, in order, is the same:
// a run that was broken off is taken up with the rows that it had written whose
// duplicate_of is null. A text without a fingerprint is neither a copy nor
// added.
func (x *Index) Add(f Fingerprint, id string) (first string, found bool) {
	if f.IsZero() {
		return "", false
	}
	in := &x.new
	n, shares := in.find(&f)
	if m, s := x.old.find(&f); s > shares {
		in, n, shares = &x.old, m, s
	}
	if shares >= CopyShares {
		return in.id(n), true
	}
	if x.new.count >= x.limit {
		x.old, x.new = x.new, generation{}
	}
	x.new.add(&f, id)
	return "", false
}

// Len returns the number of texts that are remembered.
func (x *Index) Len() int { return x.old.count + x.new.count }

// generation holds texts and never lets one go. Texts are numbered from 1.
type generation struct {
	chunks []chunk
	count  int
	tables [bands]table
}

// chunk holds chunkTexts texts, the last chunk fewer.
type chunk struct {
	prints []Fingerprint
	ids    []byte // one after the other
	ends   []int  // where each ends
}

// table is a hash table by open addressing, of the latest text for all that has
// stood in one band. The key is not kept: it stands in the text's fingerprint.
type table struct {
	places []uint32
	used   int
}

func (g *generation) print(n uint32) *Fingerprint {
	return &g.chunks[(n-1)/chunkTexts].prints[(n-1)%chunkTexts]
}

func (g *generation) id(n uint32) string {
	c, i := &g.chunks[(n-1)/chunkTexts], (n-1)%chunkTexts
	start := 0
	if i > 0 {
		start = c.ends[i-1]
	}
	return string(c.ids[start:c.ends[i]])
}

// key is what stands in a band of the fingerprint.
func key(f *Fingerprint, band int) uint32 {
	return binary.BigEndian.Uint32(f[band*bandBytes:])
}

// place returns where in the table of the band the text is that has the same in
// it as f, or where it would be.
func (g *generation) place(f *Fingerprint, band int) *uint32 {
	k, places := key(f, band), g.tables[band].places
	for i := mix(uint64(k)); ; i++ {
		p := &places[i&uint64(len(places)-1)]
		if *p == free || key(g.print(*p), band) == k {
			return p
		}
	}
}

// find returns the text that shares most with f, of those in its bands, and how
// much; the latest of equals.
func (g *generation) find(f *Fingerprint) (n uint32, shares int) {
	if g.count == 0 {
		return free, 0
	}
	for band := range bands {
		m := *g.place(f, band)
		if m == free || m == n {
			continue
		}
		if s := f.Shares(*g.print(m)); s > shares || s == shares && m > n {
			n, shares = m, s
		}
	}
	return n, shares
}

func (g *generation) add(f *Fingerprint, id string) {
	if g.count%chunkTexts == 0 {
		g.chunks = append(g.chunks, chunk{prints: make([]Fingerprint, 0, chunkTexts)})
	}
	c := &g.chunks[len(g.chunks)-1]
	c.prints = append(c.prints, *f)
	c.ids = append(c.ids, id...)
	c.ends = append(c.ends, len(c.ids))
	g.count++
	for band := range bands {
		t := &g.tables[band]
		if t.used >= len(t.places)/4*3 {
			g.grow(band)
		}
		p := g.place(f, band)
		if *p == free {
			t.used++
		}
		*p = uint32(g.count)
	}
}

// grow doubles the table of a band.
func (g *generation) grow(band int) {
	t := &g.tables[band]
	old := t.places
	t.places = make([]uint32, max(2*len(old), leastTable))
	for _, n := range old {
		if n != free {
			*g.place(g.print(n), band) = n
		}
	}
}
