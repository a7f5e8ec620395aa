package stance

import "math"

// Example is a labelled statement.
type Example struct {
	Vector Vector
	Class  int
	// Sided is true where the label was chosen between support and opposition
	// only, so that the example says nothing about neutral statements.
	Sided  bool
	Weight float32 // how much it counts
}

// Options of [Train]. A zero field stands for the value given.
type Options struct {
	Passes int     // over the examples, 30
	Rate   float64 // of AdaGrad, 0.1
	Decay  float64 // L2 penalty on a weight each time its feature is seen, 0.01
}

// Train fits the leanings of features by stochastic gradient descent on the
// log loss, with step sizes by AdaGrad (Duchi, Hazan and Singer 2011), and
// averages those of the last half of the passes. The same examples in the same
// order give the same weights.
func Train(slots int, examples []Example, o Options) Weights {
	if o.Passes == 0 {
		o.Passes = 30
	}
	if o.Rate == 0 {
		o.Rate = 0.1
	}
	if o.Decay == 0 {
		o.Decay = 0.01
	}
	var (
		w       = make(Weights, slots)
		squares = make([][2]float64, slots)
		sums    = make([][2]float64, slots)
		summed  float64
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
			gs, g2 := e.gap(w)
			for _, f := range e.Vector {
				l := &w[f.Slot]
				step(&l.Support, gs*float64(f.Value), &squares[f.Slot][0], o)
				step(&l.Oppose, g2*float64(f.Value), &squares[f.Slot][1], o)
			}
		}
		if pass >= o.Passes/2 {
			summed++
			for k, l := range w {
				sums[k][0] += float64(l.Support)
				sums[k][1] += float64(l.Oppose)
			}
		}
	}
	for k := range w {
		w[k] = Leaning{float32(sums[k][0] / summed), float32(sums[k][1] / summed)}
	}
	return w
}

// gap is what the probabilities of support and opposition lack.
func (e *Example) gap(w Weights) (support, oppose float64) {
	p := w.Score(e.Vector, 1)
	ps, po := float64(p[Support]), float64(p[Oppose])
	if e.Sided {
		z := max(ps+po, 1e-9)
		ps, po = ps/z, po/z
	}
	switch e.Class {
	case Support:
		support = 1
	case Oppose:
		oppose = 1
	}
	return (support - ps) * float64(e.Weight), (oppose - po) * float64(e.Weight)
}

func step(w *float32, gradient float64, squares *float64, o Options) {
	gradient -= o.Decay * float64(*w)
	*squares += gradient * gradient
	*w += float32(o.Rate * gradient / math.Sqrt(*squares+1e-8))
}

// Temperature returns the number to divide logits by so that the log loss of
// the given ones is least: held-out logits of support and opposition, and the
// true classes.
func Temperature(logits []Leaning, classes []int) float32 {
	loss := func(t float64) float64 {
		sum := 0.0
		for i, l := range logits {
			sum -= math.Log(float64(softmax(l.Support/float32(t), l.Oppose/float32(t))[classes[i]]) + 1e-9)
		}
		return sum
	}
	lo, hi := 0.2, 5.0
	for range 60 { // golden section
		a, b := hi-(hi-lo)*0.618, lo+(hi-lo)*0.618
		if loss(a) < loss(b) {
			hi = b
		} else {
			lo = a
		}
	}
	return float32((lo + hi) / 2)
}
