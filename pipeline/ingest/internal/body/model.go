package body

import (
	_ "embed"
	"encoding/binary"
	"errors"
	"sync"

	"github.com/onrecord-nlp/onrecord/pipeline/ingest/internal/markup"
)

// Model chooses the paragraphs of the body. It may be used by several goroutines
// at once.
type Model struct {
	first linear
	trees []tree
	pool  sync.Pool // of *scratch
}

//go:embed weights.bin
var weights []byte

// Embedded returns the model that is part of the program.
var Embedded = sync.OnceValues(func() (*Model, error) { return Load(weights) })

const (
	magic    = "onrecord body 1\n"
	slotSize = 4
	treeSize = treeNodes*3 + treeLeaves*2
)

var errModel = errors.New("body: the weights are damaged: build the program anew")

// Load reads a model: the line magic; the length of the linear part in bytes;
// that part; and the trees. Numbers are little-endian. data is kept and must not
// change.
func Load(data []byte) (*Model, error) {
	m := new(Model)
	if len(data) < len(magic)+4 || string(data[:len(magic)]) != magic {
		return nil, errModel
	}
	n := int(binary.LittleEndian.Uint32(data[len(magic):]))
	data = data[len(magic)+4:]
	if n > len(data) || !m.first.load(data[:n]) || (len(data)-n)%treeSize != 0 {
		return nil, errModel
	}
	for data = data[n:]; len(data) > 0; data = data[treeSize:] {
		var t tree
		if !t.load(data) {
			return nil, errModel
		}
		m.trees = append(m.trees, t)
	}
	return m, nil
}

// Choose returns for each paragraph of the page whether it is of its body.
func (m *Model) Choose(p *markup.Page, about About) []bool {
	chosen := make([]bool, len(p.Blocks))
	if len(chosen) == 0 {
		return chosen
	}
	s, _ := m.pool.Get().(*scratch)
	if s == nil {
		s = new(scratch)
	}
	defer m.pool.Put(s)
	s.prepare(p, about)
	m.first.choose(s, p)
	s.gather(p)
	s.distances(p)
	var v [numbers]int16
	for i := range chosen {
		s.numbersOf(p, i, &v)
		var sum int32
		for t := range m.trees {
			sum += m.trees[t].value(&v)
		}
		chosen[i] = sum > 0
	}
	return chosen
}

// linear is a chain of paragraphs, each body or not: a conditional random field
// (Lafferty, McCallum and Pereira, ICML 2001) of two states.
type linear struct {
	transitions [relations][2][2]int32
	slots       []byte // of four bytes: a weight, then the upper bytes of the feature
	mask        uint32
}

// relations of a paragraph to the one before it: the same parent, the same
// sort of place, another.
const relations = 3

func (s *scratch) relation(i int) int {
	b, o := &s.blocks[i], &s.blocks[i-1]
	switch {
	case b.parent == o.parent:
		return 0
	case b.sign == o.sign:
		return 1
	}
	return 2
}

// load reads the transitions, two bytes each, and the slots.
func (m *linear) load(data []byte) bool {
	if len(data) < relations*2*2*2 {
		return false
	}
	for r := range relations {
		for a := range 2 {
			for b := range 2 {
				m.transitions[r][a][b] = int32(int16(binary.LittleEndian.Uint16(data)))
				data = data[2:]
			}
		}
	}
	m.slots = data
	n := len(m.slots) / slotSize
	m.mask = uint32(n - 1)
	if len(m.slots)%slotSize != 0 || n == 0 || n&(n-1) != 0 {
		return false
	}
	for i := 0; i < len(data); i += slotSize { // one must be free, where a search ends
		if binary.LittleEndian.Uint32(data[i:]) == 0 {
			return true
		}
	}
	return false
}

// feature is the name of a feature; its upper bytes are never 0.
func feature(template, value uint32) uint32 {
	h := (value+1)*0x9E3779B1 ^ template*0x85EBCA6B
	h ^= h >> 15
	h *= 0xC2B2AE35
	h ^= h >> 13
	return max(h, 1<<8)
}

// weight returns how much a feature speaks for the body.
func (m *linear) weight(f uint32) int32 {
	for i := f & m.mask; ; i = (i + 1) & m.mask {
		switch slot := binary.LittleEndian.Uint32(m.slots[i*slotSize:]); {
		case slot>>8 == f>>8:
			return int32(int8(slot))
		case slot == 0:
			return 0
		}
	}
}

// choose scores and chooses paragraphs. What is chosen before are paragraphs
// that read like running text.
func (m *linear) choose(s *scratch, p *markup.Page) {
	n := len(p.Blocks)
	s.gather(p)
	s.paths = resize(s.paths, n)
	var out, in int32 // scores of the best ways to a paragraph that is none of the body, and to one that is
	for i := range n {
		b := &s.blocks[i]
		b.score, b.scoreText, b.scorePath = 0, 0, 0
		s.features(p, i, func(template, value uint32) {
			w := m.weight(feature(template, value))
			b.score += w
			switch {
			case template >= wordOfBlock && template <= wordOfInner:
				b.scorePath += w
			case template >= firstWord && template <= anyWord:
				b.scoreText += w
			}
		})
		if i == 0 {
			in = b.score
			continue
		}
		t := &m.transitions[s.relation(i)]
		nextOut, nextIn := out+t[0][0], out+t[0][1]+b.score
		if v := in + t[1][0]; v > nextOut {
			nextOut = v
			s.paths[i][0] = true
		}
		if v := in + t[1][1] + b.score; v >= nextIn {
			nextIn = v
			s.paths[i][1] = true
		}
		out, in = nextOut, nextIn
	}
	body := in > out
	for i := n - 1; i >= 0; i-- {
		s.blocks[i].chosen = body
		if body {
			body = s.paths[i][1]
		} else {
			body = s.paths[i][0]
		}
	}
}

// treeDepth is how often a tree asks.
const (
	treeDepth  = 5
	treeNodes  = 1<<treeDepth - 1
	treeLeaves = 1 << treeDepth
)

// tree is a full binary tree: the children of node n are 2n+1 and 2n+2.
type tree struct {
	number [treeNodes]uint8
	limit  [treeNodes]int16 // above it, go right
	leaf   [treeLeaves]int16
}

func (t *tree) value(v *[numbers]int16) int32 {
	n := 0
	for range treeDepth {
		if v[t.number[n]] > t.limit[n] {
			n = 2*n + 2
		} else {
			n = 2*n + 1
		}
	}
	return int32(t.leaf[n-treeNodes])
}

// load reads a number for each node, then the limits, then the leaves.
func (t *tree) load(data []byte) bool {
	copy(t.number[:], data)
	for i, f := range t.number {
		if f >= numbers {
			return false
		}
		t.limit[i] = int16(binary.LittleEndian.Uint16(data[treeNodes+2*i:]))
	}
	for i := range t.leaf {
		t.leaf[i] = int16(binary.LittleEndian.Uint16(data[treeNodes*3+2*i:]))
	}
	return true
}
