package chain

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// Model is a packed model. It is immutable and safe for use by many
// goroutines. Its weights stand in one table of 64-byte buckets of eight
// slots; a slot is one byte of the feature's hash (never 0) and seven weights
// of eight bits, so that a look-up touches one cache line.
type Model struct {
	Trans   Transitions
	unit    float32
	table   []byte
	buckets uint64
}

const (
	magic      = "ORCHAIN1"
	slotSize   = 8
	slots      = 8
	bucketSize = slotSize * slots
	headerSize = len(magic) + 8 + 4 + 4 + 8*4 + 64*4
)

// Emit sets *e to the emission scores of a position with the given features.
// It allocates nothing.
func (m *Model) Emit(features []uint64, e *Scores) {
	var s [8]int32
	for _, h := range features {
		b := m.bucket(h)
		tag := fingerprint(h)
		for i := 0; i < bucketSize; i += slotSize {
			if b[i] != tag {
				if b[i] == 0 {
					break
				}
				continue
			}
			s[0] += int32(int8(b[i+1]))
			s[1] += int32(int8(b[i+2]))
			s[2] += int32(int8(b[i+3]))
			s[3] += int32(int8(b[i+4]))
			s[4] += int32(int8(b[i+5]))
			s[5] += int32(int8(b[i+6]))
			s[6] += int32(int8(b[i+7]))
			break
		}
	}
	for y := range e {
		e[y] = float32(s[y]) * m.unit
	}
}

func (m *Model) bucket(h uint64) []byte {
	o := (h >> 32) * m.buckets >> 32 * bucketSize
	return m.table[o : o+bucketSize : o+bucketSize]
}

// fingerprint is the part of the hash kept in a slot, 1 to 255.
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

type packer struct {
	m       *Model
	dropped int
}

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
	for i := 0; i < bucketSize; i += slotSize {
		if b[i] == tag {
			break
		}
		if b[i] != 0 {
			continue
		}
		any := false
		for y := range MaxLabels {
			q := math.Round(float64(w[y] / p.m.unit))
			q = math.Max(-127, math.Min(127, q))
			b[i+1+y] = byte(int8(q))
			any = any || q != 0
		}
		if any {
			b[i] = tag
		} else {
			clear(b[i : i+slotSize])
		}
		return
	}
	p.dropped++
}

func (p *packer) model() *Model { return p.m }
