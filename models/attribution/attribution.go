// Package attribution holds the trained model of the stage `attribute`: two
// linear-chain models and a lexicon of cue words. It reads and writes the
// model's stored form; features are made and labels read by package
// extractors/attribute. card.md describes the embedded weights.
package attribution

import (
	"crypto/sha256"
	_ "embed"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/onrecord-nlp/onrecord/models/chain"
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

// Model is a trained model. It is immutable and safe for use by many
// goroutines.
type Model struct {
	Lexicon Lexicon
	Tag     *chain.Model // labels sources, cues and contents of a paragraph together
	Link    *chain.Model // labels source and content of one cue
}

const magic = "ORATTR01"

// Encode returns the stored form of the model.
func (m *Model) Encode() []byte {
	b := []byte(magic)
	for _, part := range [][]byte{m.Lexicon.bytes(), m.Tag.Bytes(), m.Link.Bytes()} {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(part)))
		b = append(b, part...)
	}
	return b
}

var errShort = errors.New("attribution: the model file is cut short; make it again with `onrecord train attribute`")

// Decode reads a model from its stored form, which it uses in place: the
// caller must not change it afterwards.
func Decode(file []byte) (*Model, error) {
	if len(file) < len(magic) || string(file[:len(magic)]) != magic {
		return nil, errors.New("attribution: this is no attribution model of this version; make one with `onrecord train attribute`")
	}
	b := file[len(magic):]
	var parts [3][]byte
	for i := range parts {
		if len(b) < 4 {
			return nil, errShort
		}
		n := int(binary.LittleEndian.Uint32(b))
		if len(b)-4 < n {
			return nil, errShort
		}
		parts[i], b = b[4:4+n], b[4+n:]
	}
	m := new(Model)
	var ok bool
	if m.Lexicon, ok = readLexicon(parts[0]); !ok {
		return nil, errShort
	}
	var err error
	if m.Tag, _, err = chain.Load(parts[1]); err != nil {
		return nil, fmt.Errorf("attribution: first pass: %w", err)
	}
	if m.Link, _, err = chain.Load(parts[2]); err != nil {
		return nil, fmt.Errorf("attribution: second pass: %w", err)
	}
	return m, nil
}
