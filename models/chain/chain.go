// Package chain is a linear-chain conditional random field over hashed
// features (Lafferty, McCallum and Pereira, ICML 2001): scoring, Viterbi
// decoding, marginals, and training by AdaGrad on the log-likelihood.
//
// It reads sequences of positions, each a list of 64-bit feature hashes made
// by the caller, and writes labels or their probabilities. A model has at most
// [MaxLabels] labels and is stored as one flat table that is used in place:
// loading it costs nothing but a check.
package chain

import "math"

// MaxLabels is the largest number of labels a model can have.
const MaxLabels = 7

// Scores holds one value a label; entries past the model's labels are unused.
type Scores [8]float32

const negInf = float32(-1e9)

// Decoder holds the scratch space of decoding. It grows to the longest
// sequence it has seen and is used by one goroutine at a time.
type Decoder struct {
	alpha, beta []Scores
	back        [][8]uint8
	best        [][32]float32
	from        [][32]uint8
}

// Viterbi writes the best label of every position to out, which has the
// length of em, and returns the score of that labelling. em holds the emission
// scores; a label is forbidden at a position by a score of -1e9 or less.
func (d *Decoder) Viterbi(t *Transitions, em []Scores, out []uint8) float32 {
	n, L := len(em), t.Labels
	if n == 0 {
		return 0
	}
	d.grow(n)
	a := d.alpha
	for y := range L {
		a[0][y] = t.Start[y] + em[0][y]
	}
	for i := 1; i < n; i++ {
		for y := range L {
			best, from := negInf*10, 0
			for x := range L {
				if s := a[i-1][x] + t.Next[x][y]; s > best {
					best, from = s, x
				}
			}
			a[i][y] = best + em[i][y]
			d.back[i][y] = uint8(from)
		}
	}
	best, last := negInf*10, 0
	for y := range L {
		if a[n-1][y] > best {
			best, last = a[n-1][y], y
		}
	}
	out[n-1] = uint8(last)
	for i := n - 1; i > 0; i-- {
		out[i-1] = d.back[i][out[i]]
	}
	return best
}

// Marginals writes the probability of every label at every position to out
// and returns the log of the partition function.
func (d *Decoder) Marginals(t *Transitions, em []Scores, out []Scores) float32 {
	n, L := len(em), t.Labels
	if n == 0 {
		return 0
	}
	d.grow(n)
	a, b := d.alpha, d.beta
	// Forward and backward in scaled probabilities; logz gathers the scales.
	var next [8][8]float32
	for x := range L {
		for y := range L {
			next[x][y] = exp(t.Next[x][y])
		}
	}
	var logz float64
	var e Scores
	shift := expAll(&e, &em[0], L)
	logz += float64(shift)
	var sum float32
	for y := range L {
		a[0][y] = exp(t.Start[y]) * e[y]
		sum += a[0][y]
	}
	logz += math.Log(float64(sum))
	scale(&a[0], 1/sum, L)
	for i := 1; i < n; i++ {
		logz += float64(expAll(&e, &em[i], L))
		sum = 0
		for y := range L {
			var s float32
			for x := range L {
				s += a[i-1][x] * next[x][y]
			}
			a[i][y] = s * e[y]
			sum += a[i][y]
		}
		if sum < 1e-30 {
			sum = 1e-30
		}
		logz += math.Log(float64(sum))
		scale(&a[i], 1/sum, L)
	}
	for y := range L {
		b[n-1][y] = 1
	}
	for i := n - 1; i > 0; i-- {
		expAll(&e, &em[i], L)
		for y := range L {
			e[y] *= b[i][y]
		}
		sum = 0
		for x := range L {
			var s float32
			for y := range L {
				s += next[x][y] * e[y]
			}
			b[i-1][x] = s
			sum += s
		}
		if sum < 1e-30 {
			sum = 1e-30
		}
		scale(&b[i-1], 1/sum, L)
	}
	for i := range n {
		sum = 0
		for y := range L {
			out[i][y] = a[i][y] * b[i][y]
			sum += out[i][y]
		}
		if sum < 1e-30 {
			sum = 1e-30
		}
		scale(&out[i], 1/sum, L)
	}
	return float32(logz)
}

// pairs adds the expected number of each transition to c; Marginals must have
// been called with the same arguments just before.
func (d *Decoder) pairs(t *Transitions, em []Scores, c *[8][8]float32) {
	n, L := len(em), t.Labels
	var next [8][8]float32
	for x := range L {
		for y := range L {
			next[x][y] = exp(t.Next[x][y])
		}
	}
	var e Scores
	for i := 1; i < n; i++ {
		expAll(&e, &em[i], L)
		var sum float32
		var p [8][8]float32
		for x := range L {
			for y := range L {
				p[x][y] = d.alpha[i-1][x] * next[x][y] * e[y] * d.beta[i][y]
				sum += p[x][y]
			}
		}
		if sum < 1e-30 {
			continue
		}
		for x := range L {
			for y := range L {
				c[x][y] += p[x][y] / sum
			}
		}
	}
}

func (d *Decoder) grow(n int) {
	if cap(d.alpha) < n {
		m := n + n/2 + 64
		d.alpha, d.beta, d.back = make([]Scores, m), make([]Scores, m), make([][8]uint8, m)
	}
	d.alpha, d.beta, d.back = d.alpha[:cap(d.alpha)], d.beta[:cap(d.beta)], d.back[:cap(d.back)]
}

// expAll writes exp(s-max) to e and returns max.
func expAll(e, s *Scores, L int) float32 {
	m := s[0]
	for y := 1; y < L; y++ {
		m = max(m, s[y])
	}
	for y := range L {
		e[y] = exp(s[y] - m)
	}
	return m
}

func scale(s *Scores, f float32, L int) {
	for y := range L {
		s[y] *= f
	}
}

// exp is e to the x, within 2e-6 relative error between -87 and 88; below, 0.
func exp(x float32) float32 {
	if x < -87 {
		return 0
	}
	if x > 88 {
		x = 88
	}
	// 2^k · e^r with r in [-ln2/2, ln2/2], e^r by a polynomial of degree six.
	k := float32(math.Floor(float64(x*1.44269504 + 0.5)))
	r := x - k*0.693145752 - k*1.42860677e-06
	p := 1 + r*(1+r*(0.5+r*(0.16666667+r*(0.041666668+r*(0.008333334+r*0.0013888889)))))
	return p * math.Float32frombits(uint32(int32(k)+127)<<23)
}

// Transitions scores neighbouring labels. A forbidden pair has -1e9 or less.
type Transitions struct {
	Labels int
	Start  Scores
	Next   [8]Scores // Next[x][y]: y after x
}
