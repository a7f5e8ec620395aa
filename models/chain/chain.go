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
	alpha []Scores
	back  [][8]uint8
	best  [][32]float32
	from  [][32]uint8
	free  []uint8

	// What Partition leaves for the others.
	weight  []Scores // exp of the emission scores less the largest of the position
	largest float64  // the sum of those
	start   Scores   // exp of Transitions.Start
	next    [8]Scores
	labels  int
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
	var to [8]Scores // Transitions.Next by the label after
	for x := range MaxLabels {
		for y := range MaxLabels {
			to[y][x] = negInf * 10
			if x < L && y < L {
				to[y][x] = t.Next[x][y]
			}
		}
	}
	for i := 1; i < n; i++ {
		p, b := &a[i-1], &d.back[i]
		for y := range L {
			w := &to[y]
			best, from := p[0]+w[0], uint8(0)
			for x := 1; x < MaxLabels; x++ {
				if s := p[x] + w[x]; s > best {
					best, from = s, uint8(x)
				}
			}
			a[i][y], b[y] = best+em[i][y], from
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

// Partition returns the log of the partition function, and keeps what
// [Decoder.Marginals] and [Decoder.Without] need of the same sequence.
func (d *Decoder) Partition(t *Transitions, em []Scores) float32 {
	n, L := len(em), t.Labels
	d.grow(n)
	d.labels = L
	d.weight, d.alpha = d.weight[:n], d.alpha[:n]
	d.largest = 0
	d.next, d.start = [8]Scores{}, Scores{}
	for x := range L {
		d.start[x] = exp(t.Start[x])
		for y := range L {
			d.next[x][y] = exp(t.Next[x][y])
		}
	}
	for i := range em {
		w := &d.weight[i]
		*w = Scores{}
		d.largest += float64(expAll(w, &em[i], L))
	}
	return d.forward(d.alpha, 0)
}

// forward fills a with the forward probabilities, each position's scaled to
// add up to 1, of the labellings that bear no label of the set, and returns the
// log of the sum of their scores. a is d.alpha, or nil where they are not wanted.
func (d *Decoder) forward(a []Scores, without Must) float32 {
	next := &d.next
	var to [8]Scores // next by the label after, the labels of the set left out
	start := d.start
	for y := range d.labels {
		if without>>y&1 != 0 {
			start[y] = 0
			continue
		}
		for x := range d.labels {
			if without>>x&1 == 0 {
				to[y][x] = next[x][y]
			}
		}
	}
	logz := d.largest
	product := 1.0 // of the scales, whose log is taken now and then
	var p Scores
	for i := range d.weight {
		e := &d.weight[i]
		var sum float32
		if i == 0 {
			for y := range MaxLabels {
				p[y] = start[y] * e[y]
				sum += p[y]
			}
		} else {
			p0, p1, p2, p3, p4, p5, p6 := p[0], p[1], p[2], p[3], p[4], p[5], p[6]
			for y := range MaxLabels {
				w := &to[y]
				s := (p0*w[0] + p1*w[1] + p2*w[2] + p3*w[3] + p4*w[4] + p5*w[5] + p6*w[6]) * e[y]
				p[y] = s
				sum += s
			}
		}
		if sum < 1e-30 {
			if without != 0 {
				return negInf
			}
			sum = 1e-30
		}
		scale(&p, 1/sum)
		if product *= float64(sum); product < 1e-200 || product > 1e200 {
			logz += math.Log(product)
			product = 1
		}
		if a != nil {
			a[i] = p
		}
	}
	return float32(logz + math.Log(product))
}

// Marginals writes the probability of every label at every position of the
// sequence that [Decoder.Partition] was called with last to out.
func (d *Decoder) Marginals(out []Scores) {
	n := len(d.weight)
	if n == 0 {
		return
	}
	var b Scores // backward, scaled
	for y := range d.labels {
		b[y] = 1
	}
	for i := n - 1; ; i-- {
		a, o := &d.alpha[i], &out[i]
		var sum float32
		for y := range MaxLabels {
			o[y] = a[y] * b[y]
			sum += o[y]
		}
		scale(o, 1/max(sum, 1e-30))
		o[MaxLabels] = 0
		if i == 0 {
			return
		}
		e := &d.weight[i]
		e0, e1, e2, e3, e4, e5, e6 := e[0]*b[0], e[1]*b[1], e[2]*b[2], e[3]*b[3], e[4]*b[4], e[5]*b[5], e[6]*b[6]
		sum = 0
		for x := range MaxLabels {
			w := &d.next[x]
			s := e0*w[0] + e1*w[1] + e2*w[2] + e3*w[3] + e4*w[4] + e5*w[5] + e6*w[6]
			b[x] = s
			sum += s
		}
		scale(&b, 1/max(sum, 1e-30))
	}
}

// pairs adds the expected number of each transition to c; mg holds what
// Marginals wrote just before.
func (d *Decoder) pairs(mg []Scores, c *[8][8]float32) {
	L := d.labels
	for i := 1; i < len(mg); i++ {
		// The share of alpha[i-1][x] in what comes to y, times y's marginal.
		a := &d.alpha[i-1]
		for y := range L {
			var sum float32
			for x := range L {
				sum += a[x] * d.next[x][y]
			}
			if sum < 1e-30 {
				continue
			}
			f := mg[i][y] / sum
			for x := range L {
				c[x][y] += a[x] * d.next[x][y] * f
			}
		}
	}
}

func (d *Decoder) grow(n int) {
	if cap(d.alpha) < n {
		m := n + n/2 + 64
		d.alpha, d.weight, d.back = make([]Scores, m), make([]Scores, m), make([][8]uint8, m)
	}
	d.alpha, d.weight, d.back = d.alpha[:cap(d.alpha)], d.weight[:cap(d.weight)], d.back[:cap(d.back)]
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

func scale(s *Scores, f float32) {
	for y := range MaxLabels {
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
