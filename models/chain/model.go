package chain

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/bits"
)

// Model is a packed model. It is immutable and safe for use by many
// goroutines. Its weights stand in one table of 64-byte buckets, so that a
// look-up touches one cache line: eight bytes, one of the hash of each of
// eight features (0: an empty slot), then seven weights a feature, each eight
// bits above 128.
type Model struct {
	Trans   Transitions
	unit    float32
	table   []byte // and padding bytes
	buckets uint64
}

const (
	magic      = "ORCHAIN3"
	slots      = 8
	bucketSize = 64
	padding    = 8 // bytes after the table that a look-up may read and does not use
	headerSize = len(magic) + 8 + 4 + 4 + 8*4 + 64*4
)

// Sum is the sum of the weights of features, seven numbers in one word each:
// lanes of sixteen bits, the even labels in one word and the odd ones in the
// other. Every feature adds 128 to each lane beside its weight, so that lanes
// never borrow; [MaxSum] features fit before one overflows. The zero Sum is that
// of no features. Sums of parts may be kept and added up, which gives exactly
// the sum of the whole.
type Sum struct{ even, odd uint64 }

// MaxSum is the largest number of features in a [Sum].
const MaxSum = 256

// Add adds the features of o to those of s.
func (s *Sum) Add(o Sum) {
	s.even += o.even
	s.odd += o.odd
}

// Sum returns the sum of the features' weights; the feature 0, and those that
// the model does not have, weigh nothing. It allocates nothing. Where the
// processor has AVX2 it looks four features up at once, to the same result.
func (m *Model) Sum(features []uint64) Sum { return m.sum(features) }

func (m *Model) sumPortable(features []uint64) Sum {
	const (
		lanes = 0x00ff00ff00ff00ff
		zero  = 0x80808080808080 // seven weights of 0
	)
	var even, odd uint64
	for _, h := range features {
		b := (*[bucketSize + padding]byte)(m.table[m.offset(h):])
		hit := find(binary.LittleEndian.Uint64(b[:]), fingerprint(h))
		// Without a branch, which would be mispredicted: where nothing was found
		// the byte index is that past the bucket and some is 0.
		k := bits.TrailingZeros64(hit) / 8
		some := uint64(int64(hit|-hit) >> 63)
		// The seven weights are the upper seven of these eight bytes.
		w := binary.LittleEndian.Uint64(b[slots+MaxLabels*k-1:])>>8&some | zero&^some
		even += w & lanes
		odd += w >> 8 & lanes
	}
	return Sum{even, odd}
}

// Scores sets *e to the emission scores of a position whose features, n of
// them, add up to s.
func (m *Model) Scores(s Sum, n int, e *Scores) {
	for y := 0; y < MaxLabels; y += 2 {
		e[y] = float32(int(s.even>>(y*8)&0xffff)-n*128) * m.unit
		e[y+1] = float32(int(s.odd>>(y*8)&0xffff)-n*128) * m.unit
	}
	e[MaxLabels] = 0
}

// Emit sets *e to the emission scores of a position with the given features,
// at most [MaxSum] of them. It allocates nothing.
func (m *Model) Emit(features []uint64, e *Scores) {
	m.Scores(m.Sum(features), len(features), e)
}

// find marks the bytes of word that equal tag by their highest bits; only the
// lowest mark is sure.
func find(word uint64, tag byte) uint64 {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	x := word ^ uint64(tag)*ones
	return (x - ones) &^ x & tops
}

// offset is where the bucket of a feature begins in the table.
func (m *Model) offset(h uint64) uint64 { return h >> 32 * m.buckets >> 32 * bucketSize }

// fingerprint is the part of the hash kept in a bucket, never 0.
func fingerprint(h uint64) byte {
	b := h & 0xff
	return byte(b + (b-1)>>63)
}

// Size is the number of bytes of the model's table.
func (m *Model) Size() int { return len(m.table) - padding }

// Bytes returns the model's stored form, which [Load] reads.
func (m *Model) Bytes() []byte {
	var b bytes.Buffer
	b.WriteString(magic)
	binary.Write(&b, binary.LittleEndian, m.buckets)
	binary.Write(&b, binary.LittleEndian, m.unit)
	binary.Write(&b, binary.LittleEndian, uint32(m.Trans.Labels))
	binary.Write(&b, binary.LittleEndian, m.Trans.Start)
	binary.Write(&b, binary.LittleEndian, m.Trans.Next)
	b.Write(m.table)
	return b.Bytes()
}

// Load reads a model from its stored form, which it keeps and uses in place;
// the caller must not change it. It returns the bytes after the model too.
func Load(data []byte) (*Model, []byte, error) {
	if len(data) < headerSize || string(data[:len(magic)]) != magic {
		return nil, nil, errors.New("chain: not a model of this version")
	}
	p := data[len(magic):]
	m := &Model{buckets: binary.LittleEndian.Uint64(p)}
	m.unit = math.Float32frombits(binary.LittleEndian.Uint32(p[8:]))
	m.Trans.Labels = int(binary.LittleEndian.Uint32(p[12:]))
	p = p[16:]
	if m.Trans.Labels < 1 || m.Trans.Labels > MaxLabels {
		return nil, nil, fmt.Errorf("chain: a model has 1 to %d labels, not %d", MaxLabels, m.Trans.Labels)
	}
	f := func() float32 {
		v := math.Float32frombits(binary.LittleEndian.Uint32(p))
		p = p[4:]
		return v
	}
	for y := range m.Trans.Start {
		m.Trans.Start[y] = f()
	}
	for x := range m.Trans.Next {
		for y := range m.Trans.Next[x] {
			m.Trans.Next[x][y] = f()
		}
	}
	if m.buckets == 0 || m.buckets > uint64(len(p))/bucketSize || uint64(len(p)) < m.buckets*bucketSize+padding {
		return nil, nil, fmt.Errorf("chain: model is cut short: %d bytes where %d buckets of %d should stand", len(p), m.buckets, bucketSize)
	}
	n := m.buckets*bucketSize + padding
	m.table = p[:n]
	return m, p[n:], nil
}

type packer struct{ m *Model }

func newPacker(features int, unit float32, t Transitions) *packer {
	buckets := max(1, (features*10/7+slots-1)/slots) // seven slots in ten are filled
	return &packer{m: &Model{Trans: t, unit: unit, buckets: uint64(buckets), table: make([]byte, buckets*bucketSize+padding)}}
}

// add stores a feature's weights; features come in falling order of
// importance, and one whose bucket is full, or holds its fingerprint already,
// is dropped.
func (p *packer) add(h uint64, w *Scores) {
	o := p.m.offset(h)
	b := (*[bucketSize]byte)(p.m.table[o:])
	tag := fingerprint(h)
	if o == 0 && tag == fingerprint(0) {
		return // it would be found for the feature 0, which is none
	}
	for k := range slots {
		if b[k] == tag {
			break
		}
		if b[k] != 0 {
			continue
		}
		some := false
		for y := range MaxLabels {
			q := math.Round(float64(w[y] / p.m.unit))
			q = math.Max(-127, math.Min(127, q))
			b[slots+MaxLabels*k+y] = byte(int(q) + 128)
			some = some || q != 0
		}
		if some {
			b[k] = tag
		}
		return
	}
}
