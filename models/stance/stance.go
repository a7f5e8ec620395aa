// Package stance scores the position that a statement expresses: support,
// opposition or neither.
//
// The model has two parts, both multinomial logistic regressions over hashed
// features (Weinberger et al. 2009). The first gives every word and pair of
// words a leaning; it is learnt from large sets labelled for sentiment, whose
// classes are not quite those wanted here. The second weighs these leanings, a
// lexicon of opinion words ([GroupOf]), the cue and the form of the statement;
// it is learnt from statements labelled for stance. Its scores are divided by
// a temperature, so that the probabilities are calibrated (Guo et al. 2017).
//
// The embedded weights are described in card.md. The features are those of
// package extractors/stance, which also trains.
package stance

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"math"

	"github.com/onrecord-nlp/onrecord/models/internal/flat"
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

// Embedded returns the embedded model. Each call decodes it anew.
func Embedded() (*Model, error) { return Decode(embedded) }

// Classes, numbered as pipeline.Position numbers them.
const (
	Neutral = iota
	Support
	Oppose
	numClasses
)

// Scores holds a number a class.
type Scores [numClasses]float32

// Numbers of weights; features that share one are told apart no more.
const (
	WordSlots = 1 << 16
	Slots     = 1 << 16
	// TargetSlots is that of the features of phrases as targets.
	TargetSlots = 1 << 12
)

// Feature is one thing seen in a statement. Token is the token it was seen at,
// or -1; the model makes no use of it.
type Feature struct {
	Slot  uint32
	Value float32
	Token int32
}

// Vector is the features of a statement. Features with the same slot add up.
type Vector []Feature

// Leaning is how much a feature speaks for each side as against neither.
type Leaning struct {
	Support, Oppose float32
}

// Weights are the leanings of hashed features. In a Vector for them every slot
// is less than their number.
type Weights []Leaning

// Score returns the probability of each class.
func (w Weights) Score(v Vector, temperature float32) Scores {
	return w.Logits(Leaning{}, v).Probabilities(temperature)
}

// Logits returns the unscaled scores of support and opposition, that of
// neutral being 0: those of the features before, and of v.
func (w Weights) Logits(before Leaning, v Vector) Leaning {
	for _, f := range v {
		l := &w[f.Slot]
		before.Support += l.Support * f.Value
		before.Oppose += l.Oppose * f.Value
	}
	return before
}

// Probabilities returns the probability of each class for logits.
func (l Leaning) Probabilities(temperature float32) Scores {
	return softmax(l.Support/temperature, l.Oppose/temperature)
}

// softmax returns the probabilities for logits of which that of Neutral is 0.
func softmax(sup, opp float32) Scores {
	top := max(sup, opp, 0)
	n, s, o := math.Exp(float64(-top)), math.Exp(float64(sup-top)), math.Exp(float64(opp-top))
	z := n + s + o
	return Scores{float32(n / z), float32(s / z), float32(o / z)}
}

// Model is a trained model. It is immutable and safe for use by many
// goroutines.
type Model struct {
	Words      Weights // WordSlots of them
	Statements Weights // Slots of them
	// Targets, TargetSlots of them, score a phrase as the target of a
	// statement; only the support side is used.
	Targets     Weights
	Temperature float32
}

// Score returns the calibrated probability of each class.
func (m *Model) Score(v Vector) Scores { return m.Statements.Score(v, m.Temperature) }

// sided is how often a side is reported for one time that it is as probable as
// neutrality: sides are rarer, and this gives the best mean F1 of the classes on
// documents that the model has not seen.
const sided = 1.35

// Choose returns the class to report for probabilities: the most probable, where
// those of the sides count for a little more.
func (m *Model) Choose(p Scores) int {
	side := Support
	if p[Oppose] > p[Support] {
		side = Oppose
	}
	if p[side]*sided > p[Neutral] {
		return side
	}
	return Neutral
}

const header = "onrecord stance 2\n"

// Precision of the stored weights: the words' are kept to a 32nd in a byte,
// the statements' to a 1024th in two.
const (
	wordScale = 32
	unitScale = 1024
)

// Encode writes the model as a file for [Decode].
func (m *Model) Encode() []byte {
	words := make([]uint8, 0, 2*len(m.Words))
	for _, w := range m.Words {
		words = append(words, uint8(round[int8](w.Support, wordScale, math.MaxInt8)), uint8(round[int8](w.Oppose, wordScale, math.MaxInt8)))
	}
	units := make([]int16, 0, 2*len(m.Statements))
	for _, w := range m.Statements {
		units = append(units, round[int16](w.Support, unitScale, math.MaxInt16), round[int16](w.Oppose, unitScale, math.MaxInt16))
	}
	targets := make([]int16, 0, len(m.Targets))
	for _, w := range m.Targets {
		targets = append(targets, round[int16](w.Support, unitScale, math.MaxInt16))
	}
	file := flat.Append([]byte(header), words)
	file = flat.Append(file, units)
	file = flat.Append(file, targets)
	return flat.Append(file, []float32{m.Temperature})
}

func round[T int8 | int16](x float32, scale, limit float64) T {
	return T(min(max(math.Round(float64(x)*scale), -limit), limit))
}

// Decode reads what [Model.Encode] wrote.
func Decode(file []byte) (*Model, error) {
	r := flat.NewReader(file, header)
	words, units, targets, rest := flat.Read[uint8](r), flat.Read[int16](r), flat.Read[int16](r), flat.Read[float32](r)
	if err := r.Close(); err != nil {
		return nil, fmt.Errorf("stance: weights: %w", err)
	}
	if len(words) != 2*WordSlots || len(units) != 2*Slots || len(targets) != TargetSlots || len(rest) != 1 || !(rest[0] > 0) {
		return nil, errors.New("stance: weights: wrong number of them")
	}
	m := &Model{make(Weights, WordSlots), make(Weights, Slots), make(Weights, TargetSlots), rest[0]}
	for i := range m.Words {
		m.Words[i] = Leaning{float32(int8(words[2*i])) / wordScale, float32(int8(words[2*i+1])) / wordScale}
	}
	for i := range m.Statements {
		m.Statements[i] = Leaning{float32(units[2*i]) / unitScale, float32(units[2*i+1]) / unitScale}
	}
	for i, w := range targets {
		m.Targets[i].Support = float32(w) / unitScale
	}
	return m, nil
}
