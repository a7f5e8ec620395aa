package blocks

import (
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"slices"
)

// Model holds trained weights. It is immutable and safe for use by many
// goroutines.
//
// All scores are whole numbers, in units of the model's scale, so that
// decoding gives the same answer on every machine.
type Model struct {
	slots []byte                            // slotSize bytes a slot: the tag of a feature, then its weights
	n     uint32                            // number of slots
	next  [Seps][NumStates][NumStates]int32 // [sep][to][from]
	first [NumStates]int32
	last  [NumStates]int32
	bias  [NumStates]int32

	states [NumStates]State

	raw []byte
}

// Parameters are the weights of a model as training makes them.
type Parameters struct {
	Hashes  []uint32                            // the features
	Weights [][Columns]float32                  // of each feature
	Next    [Seps][NumStates][NumStates]float32 // [sep][to][from]
	First   [NumStates]float32
	Last    [NumStates]float32
	Bias    [NumStates]float32
}

// The form of a stored model, all little endian: magic, number of slots, the
// tables of transitions as int16, then the slots: a tag of 16 bits (0: empty)
// and Columns weights of 8. A feature stands in the first free slot from its
// own on.
const (
	magic      = "ORBLOCK3"
	tableLen   = Seps*NumStates*NumStates + 3*NumStates
	headerSize = len(magic) + 4 + 2*tableLen
	slotSize   = 2 + Columns
	maxSlots   = 1 << 22
)

// slot returns where the search for a feature begins, and its tag.
func slot(h, n uint32) (at uint32, tag uint16) {
	return uint32(uint64(h) * uint64(n) >> 32), uint16(h*0x9E3779B1>>16) | 1
}

// find returns the weights of a feature, or nil.
func (m *Model) find(h uint32) []byte {
	at, tag := slot(h, m.n)
	for {
		s := m.slots[int(at)*slotSize:][:slotSize]
		t := uint16(s[0]) | uint16(s[1])<<8
		if t == tag {
			return s[2:]
		}
		if t == 0 {
			return nil
		}
		if at++; at == m.n {
			at = 0
		}
	}
}

// sum returns the sums of the weights of features. Weights are summed four at a
// time, in lanes of 16 bits, each with 128 added so that no lane is negative.
func (m *Model) sum(features []uint32) (col [Columns]int32) {
	const (
		signs   = 0x8080808080808080
		lanes   = 0x00FF00FF00FF00FF
		fullest = 256 // features whose weights a lane has room for
	)
	for len(features) > 0 {
		part := features[:min(len(features), fullest)]
		features = features[len(part):]
		var even, odd, last uint64
		n := int32(0)
		for _, h := range part {
			w := m.find(h)
			if w == nil {
				continue
			}
			n++
			first := binary.LittleEndian.Uint64(w) ^ signs
			even += first & lanes
			odd += first >> 8 & lanes
			rest := uint64(binary.LittleEndian.Uint16(w[8:])) ^ signs&0xFFFF
			last += rest&0xFF | rest>>8<<16
		}
		for k := range 4 {
			col[2*k] += int32(even>>(16*k)&0xFFFF) - 128*n
			col[2*k+1] += int32(odd>>(16*k)&0xFFFF) - 128*n
		}
		col[8] += int32(last&0xFFFF) - 128*n
		col[9] += int32(last>>16) - 128*n
	}
	return col
}

const _ = uint(Columns-10) + uint(10-Columns) // as sum has it

// Pack rounds parameters to the whole numbers of a model, in which the largest
// weight is 127. Only the limit features with the largest weights are kept.
func Pack(p *Parameters, limit int) (*Model, error) {
	if len(p.Hashes) != len(p.Weights) {
		return nil, fmt.Errorf("blocks: %d features with %d weights", len(p.Hashes), len(p.Weights))
	}
	size := func(i int) float32 {
		top := float32(0)
		for _, w := range p.Weights[i] {
			top = max(top, w, -w)
		}
		return top
	}
	order := make([]int, 0, len(p.Hashes))
	top := float32(1e-6)
	for i := range p.Hashes {
		order = append(order, i)
		top = max(top, size(i))
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(size(b), size(a)), cmp.Compare(p.Hashes[a], p.Hashes[b]))
	})
	scale := 127 / top
	keep := 0
	for keep < min(limit, len(order)) && size(order[keep])*scale >= 0.5 {
		keep++
	}
	n := uint32(keep + keep/4 + 1)

	raw := make([]byte, 0, headerSize+int(n)*slotSize)
	raw = append(raw, magic...)
	raw = binary.LittleEndian.AppendUint32(raw, n)
	put := func(v float32) {
		x := math.RoundToEven(float64(v * scale))
		raw = binary.LittleEndian.AppendUint16(raw, uint16(int16(max(-32767, min(32767, x)))))
	}
	for s := range p.Next {
		for to := range p.Next[s] {
			for from := range p.Next[s][to] {
				put(p.Next[s][to][from])
			}
		}
	}
	for _, t := range [][NumStates]float32{p.First, p.Last, p.Bias} {
		for _, v := range t {
			put(v)
		}
	}
	slots := make([]byte, int(n)*slotSize)
	for _, i := range order[:keep] {
		at, tag := slot(p.Hashes[i], n)
		for {
			s := slots[int(at)*slotSize:][:slotSize]
			if t := uint16(s[0]) | uint16(s[1])<<8; t == 0 {
				s[0], s[1] = byte(tag), byte(tag>>8)
				for c, w := range p.Weights[i] {
					s[2+c] = byte(int8(math.RoundToEven(float64(w * scale))))
				}
				break
			} else if t == tag { // taken for a heavier feature: one in sixty thousand
				break
			}
			if at++; at == n {
				at = 0
			}
		}
	}
	return Parse(append(raw, slots...))
}

// Parse reads a stored model. It keeps raw, which must not change.
func Parse(raw []byte) (*Model, error) {
	if len(raw) < headerSize || string(raw[:len(magic)]) != magic {
		return nil, errors.New("blocks: not a block model (it does not begin with " + magic + "); make one with onrecord train")
	}
	m := &Model{raw: raw, states: States()}
	b := raw[len(magic):]
	m.n = binary.LittleEndian.Uint32(b)
	if m.n == 0 || m.n > maxSlots || len(raw) != headerSize+int(m.n)*slotSize {
		return nil, fmt.Errorf("blocks: the model has %d bytes, which do not fit %d slots; the file is cut off or damaged", len(raw), m.n)
	}
	b = b[4:]
	get := func() int32 {
		v := int16(binary.LittleEndian.Uint16(b))
		b = b[2:]
		return int32(v)
	}
	for s := range m.next {
		for to := range m.next[s] {
			for from := range m.next[s][to] {
				m.next[s][to][from] = get()
			}
		}
	}
	for _, t := range []*[NumStates]int32{&m.first, &m.last, &m.bias} {
		for i := range t {
			t[i] = get()
		}
	}
	m.slots = b
	empty := false
	for i := 0; i < len(b); i += slotSize {
		empty = empty || b[i] == 0 && b[i+1] == 0
	}
	if !empty {
		return nil, errors.New("blocks: the model has no empty slot; the file is damaged")
	}
	for i, s := range m.states {
		if !AllowedFirst(s) {
			m.first[i] = forbidden
		}
		if !AllowedLast(s) {
			m.last[i] = forbidden
		}
	}
	return m, nil
}

// Bytes returns the stored form. The caller must not change it.
func (m *Model) Bytes() []byte { return m.raw }

// SHA256 returns the hash of the stored form in hexadecimal.
func (m *Model) SHA256() string {
	h := sha256.Sum256(m.raw)
	return hex.EncodeToString(h[:])
}

//go:embed weights.bin
var embedded []byte

// Embedded returns the model that comes with the program.
func Embedded() (*Model, error) { return Parse(embedded) }
