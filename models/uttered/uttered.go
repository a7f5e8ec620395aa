// Package uttered scores whether the words between a pair of quotation marks
// were uttered by somebody, by logistic regression over hashed features
// (Weinberger et al. 2009).
//
// The embedded weights are described in card.md. The features are those of
// package extractors/quote, which also trains.
package uttered

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

// slots is the number of weights; features that share one are told apart no
// more.
const slots = 1 << 14

// Vector is the features of one pair of marks: each is present once or more.
// The zero Vector has none.
type Vector []uint16

// Add adds a feature: a name and its value, in which capitals and curly
// apostrophes count as small letters and straight ones.
func (v *Vector) Add(name string, values ...string) {
	h := flat.HashString(name)
	for _, val := range values {
		h = h.Add(0).AddFolded(val)
	}
	h ^= h >> 32
	*v = append(*v, uint16((h^h>>14)%slots))
}

// Model is a trained classifier. It is immutable and safe for use by many
// goroutines.
type Model struct {
	weights []float32
}

// Score returns the probability that the words were uttered.
func (m *Model) Score(v Vector) float32 {
	return float32(logistic(m.sum(v)))
}

func (m *Model) sum(v Vector) float64 {
	s := 0.0
	for _, i := range v {
		s += float64(m.weights[i])
	}
	return s
}

func logistic(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

const header = "onrecord uttered 1\n"

// Encode writes the model as a file for [Decode]. Weights are kept to a
// thousandth.
func (m *Model) Encode() []byte {
	thousandths := make([]int16, len(m.weights))
	for i, w := range m.weights {
		thousandths[i] = int16(math.Round(float64(min(max(w, -32), 32)) * 1000))
	}
	return flat.Append([]byte(header), thousandths)
}

// Decode reads what [Model.Encode] wrote.
func Decode(file []byte) (*Model, error) {
	r := flat.NewReader(file, header)
	thousandths := flat.Read[int16](r)
	if err := r.Close(); err != nil {
		return nil, fmt.Errorf("uttered: weights: %w", err)
	}
	if len(thousandths) != slots {
		return nil, errors.New("uttered: weights: wrong number of them")
	}
	m := &Model{make([]float32, slots)}
	for i, w := range thousandths {
		m.weights[i] = float32(w) / 1000
	}
	return m, nil
}

// Example is a labelled pair of marks.
type Example struct {
	Vector  Vector
	Uttered bool
	Weight  float64 // how much it counts; 1 for a label that is sure
}

// Options of [Train]. The zero value is filled with what is given for each.
type Options struct {
	Passes int     // over the examples, 20
	Rate   float64 // of AdaGrad, 0.1
	Decay  float64 // L2 penalty on a weight each time its feature is seen, 0.9
}

// Train fits a model by stochastic gradient descent with step sizes by AdaGrad
// (Duchi, Hazan and Singer 2011), and averages the weights of the last half of
// the passes. The same examples in the same order give the same model.
func Train(examples []Example, o Options) *Model {
	if o.Passes == 0 {
		o.Passes = 20
	}
	if o.Rate == 0 {
		o.Rate = 0.1
	}
	if o.Decay == 0 {
		o.Decay = 0.9
	}
	var (
		m       = &Model{make([]float32, slots)}
		squares = make([]float64, slots)
		sums    = make([]float64, slots)
		summed  int
		order   = make([]int, len(examples))
		state   = uint64(1)
	)
	for i := range order {
		order[i] = i
	}
	for pass := range o.Passes {
		for i := len(order) - 1; i > 0; i-- {
			state = state*6364136223846793005 + 1442695040888963407
			j := int((state >> 33) % uint64(i+1))
			order[i], order[j] = order[j], order[i]
		}
		for _, i := range order {
			e := &examples[i]
			gap := -logistic(m.sum(e.Vector))
			if e.Uttered {
				gap++
			}
			gap *= e.Weight
			for _, k := range e.Vector {
				g := gap - o.Decay*float64(m.weights[k])
				squares[k] += g * g
				m.weights[k] += float32(o.Rate * g / math.Sqrt(squares[k]+1e-8))
			}
		}
		if pass >= o.Passes/2 {
			summed++
			for k, w := range m.weights {
				sums[k] += float64(w)
			}
		}
	}
	for k := range m.weights {
		m.weights[k] = float32(sums[k] / float64(summed))
	}
	return m
}
