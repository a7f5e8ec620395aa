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
	table   []byte
	buckets uint64
}

const (
	magic      = "ORCHAIN2"
	slots      = 8
	bucketSize = 64
	headerSize = len(magic) + 8 + 4 + 4 + 8*4 + 64*4
)

// Emit sets *e to the emission scores of a position with the given features.
// It allocates nothing.
func (m *Model) Emit(features []uint64, e *Scores) {
	// Weights are added in lanes of sixteen bits, the even ones in one word and
	// the odd ones in another; 256 fit before a lane overflows.
	const lanes = 0x00ff00ff00ff00ff
	var sum [MaxLabels]int32
	for len(features) > 0 {
		part := features[:min(len(features), 256)]
		features = features[len(part):]
		var even, odd, n uint64
		for _, h := range part {
			b := m.bucket(h)
			k := find(binary.LittleEndian.Uint64(b[:]), fingerprint(h))
			if k < 0 {
				continue
			}
			// The seven weights are the upper seven of these eight bytes.
			w := binary.LittleEndian.Uint64(b[slots+MaxLabels*k-1:]) >> 8
			even += w & lanes
			odd += w >> 8 & lanes
			n++
		}
		for y := range MaxLabels {
			word := even
			if y%2 == 1 {
				word = odd
			}
			sum[y] += int32(word>>(y/2*16)&0xffff) - int32(n*128)
		}
	}
	for y := range sum {
		e[y] = float32(sum[y]) * m.unit
	}
	e[MaxLabels] = 0
}

// find returns the index of the lowest byte of word that equals tag, or -1.
func find(word uint64, tag byte) int {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	x := word ^ uint64(tag)*ones
	hit := (x - ones) &^ x & tops
	if hit == 0 {
		return -1
	}
	return bits.TrailingZeros64(hit) / 8
}

func (m *Model) bucket(h uint64) *[bucketSize]byte {
	o := (h >> 32) * m.buckets >> 32 * bucketSize
	return (*[bucketSize]byte)(m.table[o:])
}

// fingerprint is the part of the hash kept in a bucket, 1 to 255.
func fingerprint(h uint64) byte { return byte(h%255) + 1 }

// Size is the number of bytes of the model's table.
func (m *Model) Size() int { return len(m.table) }

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
	if m.buckets == 0 || uint64(len(p))/bucketSize < m.buckets {
		return nil, nil, fmt.Errorf("chain: model is cut short: %d bytes where %d buckets of %d should stand", len(p), m.buckets, bucketSize)
	}
	m.table = p[:m.buckets*bucketSize]
	return m, p[m.buckets*bucketSize:], nil
}

type packer struct{ m *Model }

func newPacker(features int, unit float32, t Transitions) *packer {
	buckets := max(1, (features*10/7+slots-1)/slots) // seven slots in ten are filled
	return &packer{m: &Model{Trans: t, unit: unit, buckets: uint64(buckets), table: make([]byte, buckets*bucketSize)}}
}

// add stores a feature's weights; features come in falling order of
// importance, and one whose bucket is full, or holds its fingerprint already,
// is dropped.
func (p *packer) add(h uint64, w *Scores) {
	b := p.m.bucket(h)
	tag := fingerprint(h)
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
