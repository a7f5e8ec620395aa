// Package accurate holds the trained model of the accurate engine of the stage
// `attribute`: an encoder (package models/encoder), fine-tuned for the task,
// and the heads that read its states. It reads the model's stored form, which
// models/train writes; passages are made and labels read by package
// extractors/attribute. card.md describes the embedded weights.
package accurate

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"

	"github.com/onrecord-nlp/onrecord/models/chain"
	"github.com/onrecord-nlp/onrecord/models/encoder"
)

//go:embed weights.bin
var embedded []byte

//go:embed card.md
var card string

// Card describes the embedded model: data, recipe, licence, scores.
func Card() string { return card }

// SHA256 returns the hexadecimal sum of the embedded weights.
func SHA256() string {
	sum := sha256.Sum256(embedded)
	return hex.EncodeToString(sum[:])
}

// Embedded returns the embedded model.
func Embedded() (*Model, error) { return Decode(embedded) }

// Labels is how many scores a token has in either pass, as [chain.Scores] has
// them: those of the labels, then zeros.
const Labels = 8

// A Model is a trained model. It is immutable and safe for use by many
// goroutines.
//
// The encoder gives each piece a row: the scores of the first pass's labels,
// padded to [Labels]; Pair values of the piece as one that may be labelled for a
// cue; Pair values of it as a cue; its reading (see [Heads]). The second pass's score of label y for a
// token i and a cue c is
//
//	Bias[y] + Σ_d relu(a_i[d] + b_c[d] + Relation[r][d]) · Weight[d][y]
//
// where r is the relation of i to c.
type Model struct {
	Encoder   *encoder.Model
	Pair      int
	Tag, Link chain.Transitions
	Relation  []float32 // rows of Pair values
	Weight    []float32 // Pair rows of Labels values
	Bias      [Labels]float32
	// Heads score the readings that follow in the encoder's rows.
	Heads Heads

	sum string
}

// SHA256 returns the hexadecimal sum of the file that the model was read from.
func (m *Model) SHA256() string { return m.sum }

const magic = "ORACC002"

// Is reports whether a file says that it is a model of this package.
func Is(file []byte) bool { return len(file) >= 6 && string(file[:6]) == magic[:6] }

// With is the model with its encoder on one of [encoder.Paths]. It shares
// everything else with m.
func (m *Model) With(path string) (*Model, error) {
	e, err := m.Encoder.With(path)
	if err != nil {
		return nil, fmt.Errorf("accurate: %w", err)
	}
	other := *m
	other.Encoder = e
	return &other, nil
}

// Stored form, all numbers little-endian: the magic; five 32-bit numbers (labels
// of the first pass, of the second, Pair, relations, Heads.Width); then 32-bit
// floats: start scores and transitions of the first pass, of the second,
// relations, weights, bias, the heads; zeros up to a multiple of 64 bytes; the encoder's file; the SHA-256 of
// everything before.

// Decode reads a model from its stored form, which it uses in place: the
// caller must not change it afterwards. It believes nothing before it has
// checked the sum that ends the file. Errors say what is wrong with the file
// and what to do.
func Decode(file []byte) (*Model, error) {
	if len(file) < len(magic) || string(file[:len(magic)]) != magic {
		return nil, errors.New("accurate: this is no model of the accurate engine of this version; make one with models/train")
	}
	end := len(file) - sha256.Size
	short, sum := end < len(magic)+20, sha256.New()
	if !short {
		sum.Write(file[:end])
	}
	if short || !bytes.Equal(sum.Sum(nil), file[end:]) {
		return nil, errors.New("accurate: the model file is cut short or was changed, its SHA-256 differs; fetch or make it again")
	}
	sum.Write(file[end:])
	file = file[:end]
	b := file[len(magic):]
	var n [5]int
	for i := range n {
		n[i] = int(min(binary.LittleEndian.Uint32(b[4*i:]), math.MaxInt32))
	}
	b = b[20:]
	tags, links, pair, relations, width := n[0], n[1], n[2], n[3], n[4]
	if tags > chain.MaxLabels || links > chain.MaxLabels || tags == 0 || links == 0 || pair == 0 || pair > 1024 || pair%16 != 0 || relations > 256 || width == 0 || width > 1024 {
		return nil, fmt.Errorf("accurate: the model file names sizes that cannot be (%d and %d labels, %d values a pair, %d relations, %d values a part); make it again with models/train", tags, links, pair, relations, width)
	}
	m := &Model{Pair: pair, sum: hex.EncodeToString(sum.Sum(nil))}
	floats := func(k int) []float32 {
		if len(b) < 4*k {
			b = nil
			return make([]float32, k)
		}
		out := make([]float32, k)
		for i := range out {
			out[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
		}
		b = b[4*k:]
		return out
	}
	transitions := func(labels int) (t chain.Transitions) {
		t.Labels = labels
		copy(t.Start[:], floats(labels))
		for x := range labels {
			copy(t.Next[x][:], floats(labels))
		}
		return t
	}
	m.Tag, m.Link = transitions(tags), transitions(links)
	m.Relation = floats(relations * pair)
	m.Weight = make([]float32, pair*Labels)
	for d := range pair {
		copy(m.Weight[d*Labels:], floats(links))
	}
	copy(m.Bias[:], floats(links))
	m.Heads.read(width, floats)
	if b == nil {
		return nil, errors.New("accurate: the model file is too short for the sizes that it names; make it again with models/train")
	}
	// The encoder's part begins at a multiple of 64 bytes.
	if skip := -(len(file) - len(b)) & 63; skip < len(b) {
		b = b[skip:]
	}
	var err error
	if m.Encoder, err = encoder.Decode(b); err != nil {
		return nil, fmt.Errorf("accurate: %w", err)
	}
	if o := m.Encoder.Config().Outputs; o < Labels+2*pair+m.Heads.ReadingWidth() {
		return nil, fmt.Errorf("accurate: the encoder gives %d values a piece and the heads read %d; make the file again with models/train", o, Labels+2*pair+m.Heads.ReadingWidth())
	}
	return m, nil
}

// PairScores sets out[i] to the second pass's scores of token i beside a cue:
// a holds Pair values a token, cue those of the cue, relation how each token
// stands to it.
func (m *Model) PairScores(a, cue []float32, relation []uint8, out [][Labels]float32) {
	m.Encoder.PairScores(a, cue, m.Relation, relation, m.Weight, &m.Bias, out)
}
