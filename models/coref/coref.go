// Package coref scores what a pronoun or a description stands for, by a linear
// model over named features for each class of anaphor: the candidates compete,
// "nothing mentioned before" among them, and the score of each is the logarithm
// of its probability up to a constant (a log-linear ranker; Denis and Baldridge
// 2008 compare it with pairwise classification).
//
// The embedded weights are described in card.md. The features are those of
// package extractors/resolve, which also trains.
package coref

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"strings"
)

//go:embed weights.txt
var embedded string

//go:embed card.md
var card string

// Card describes the embedded weights: data, recipe, licence, scores.
func Card() string { return card }

// SHA256 returns the hexadecimal sum of the embedded weights.
func SHA256() string {
	sum := sha256.Sum256([]byte(embedded))
	return hex.EncodeToString(sum[:])
}

// Embedded returns the embedded model for the given classes of anaphor and
// features, each in the order in which the caller numbers them.
func Embedded(classes, features []string) (*Model, error) { return Parse(embedded, classes, features) }

// Model is a set of weights. It is immutable and safe for use by many
// goroutines.
type Model struct {
	classes, features []string
	weights           [][]float32 // by class and feature
}

// New returns a model of zero weights.
func New(classes, features []string) *Model {
	m := &Model{classes: classes, features: features}
	for range classes {
		m.weights = append(m.weights, make([]float32, len(features)))
	}
	return m
}

// Parse reads weights from lines "class feature weight". A feature without a
// line has weight 0; a line with an unknown name is an error, so that weights
// and code cannot drift apart unseen. Empty lines and lines that begin with #
// are passed over.
func Parse(file string, classes, features []string) (*Model, error) {
	m := New(classes, features)
	class, feature := numbers(classes), numbers(features)
	n := 0
	for line := range strings.Lines(file) {
		n++
		f := strings.Fields(line)
		if len(f) == 0 || f[0][0] == '#' {
			continue
		}
		if len(f) != 3 {
			return nil, fmt.Errorf("coref: weights: line %d: want a class, a feature and a weight", n)
		}
		c, ok := class[f[0]]
		if !ok {
			return nil, fmt.Errorf("coref: weights: line %d: no class %q", n, f[0])
		}
		k, ok := feature[f[1]]
		if !ok {
			return nil, fmt.Errorf("coref: weights: line %d: no feature %q", n, f[1])
		}
		w, err := strconv.ParseFloat(f[2], 32)
		if err != nil {
			return nil, fmt.Errorf("coref: weights: line %d: %w", n, err)
		}
		m.weights[c][k] = float32(w)
	}
	return m, nil
}

func numbers(names []string) map[string]int {
	m := make(map[string]int, len(names))
	for i, n := range names {
		m[n] = i
	}
	return m
}

// String writes the weights that are not zero in the form that [Parse] reads.
func (m *Model) String() string {
	var b strings.Builder
	for c, weights := range m.weights {
		for f, w := range weights {
			if w != 0 {
				fmt.Fprintf(&b, "%s %s %.3f\n", m.classes[c], m.features[f], w)
			}
		}
	}
	return b.String()
}

// Score returns the score of a candidate with the given feature values.
func (m *Model) Score(class int, values []float32) float32 {
	w := m.weights[class]
	var s float32
	for i, v := range values {
		if v != 0 {
			s += w[i] * v
		}
	}
	return s
}

// ScoreSet is Score for values of which only those in a set count, which has a
// bit for each of up to 64 features.
func (m *Model) ScoreSet(class int, set uint64, values []float32) float32 {
	w := m.weights[class][:len(values)]
	var s float32
	for ; set != 0; set &= set - 1 {
		i := bits.TrailingZeros64(set)
		s += w[i] * values[i]
	}
	return s
}

// Example is an anaphor with its candidates, of which Gold is the right one.
type Example struct {
	Class      int
	Candidates [][]float32
	Gold       int
	Weight     float64 // how much it counts; 0 counts as 1
}

// Train fits weights to the examples by gradient ascent on the logarithm of the
// probability of the right candidate. It begins at prior and is drawn back to
// it by a penalty of decay, one a class, times the squared distance. The same
// input gives the same weights.
func Train(examples []Example, prior *Model, decay []float64, passes int) *Model {
	m := New(prior.classes, prior.features)
	var grad, square [][]float64
	for c := range m.weights {
		copy(m.weights[c], prior.weights[c])
		grad = append(grad, make([]float64, len(m.features)))
		square = append(square, make([]float64, len(m.features)))
	}
	for range passes {
		for c := range grad {
			clear(grad[c])
			for f := range grad[c] {
				grad[c][f] = -2 * decay[c] * float64(m.weights[c][f]-prior.weights[c][f])
			}
		}
		for i := range examples {
			e := &examples[i]
			weight := e.Weight
			if weight == 0 {
				weight = 1
			}
			p := m.probabilities(e)
			for k, values := range e.Candidates {
				d := -p[k]
				if k == e.Gold {
					d++
				}
				for f, v := range values {
					grad[e.Class][f] += weight * d * float64(v)
				}
			}
		}
		for c := range grad {
			for f, g := range grad[c] {
				square[c][f] += g * g
				if square[c][f] > 0 {
					m.weights[c][f] += float32(0.3 * g / (math.Sqrt(square[c][f]) + 1e-6))
				}
			}
		}
	}
	return m
}

func (m *Model) probabilities(e *Example) []float64 {
	p := make([]float64, len(e.Candidates))
	top := math.Inf(-1)
	for k, values := range e.Candidates {
		p[k] = float64(m.Score(e.Class, values))
		top = max(top, p[k])
	}
	sum := 0.0
	for k := range p {
		p[k] = math.Exp(p[k] - top)
		sum += p[k]
	}
	for k := range p {
		p[k] /= sum
	}
	return p
}
