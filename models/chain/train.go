package chain

import (
	"math"
	"math/rand/v2"
	"slices"
)

// Sequence is one training example: the features and the gold label of every
// position. The feature 0 is none. A label of Free puts no constraint on its position.
type Sequence struct {
	Features [][]uint64
	Labels   []uint8
	// Fixed, where not nil, holds emission scores added to the model's own, to
	// forbid labels (-1e9) at positions.
	Fixed []Scores
	// Weight multiplies the gradient; 0 counts as 1.
	Weight float32
}

// Options are the settings of training.
type Options struct {
	Labels   int
	MinCount int     // features seen less often are dropped
	Epochs   int     // passes over the data
	Rate     float32 // AdaGrad's step
	L2       float32 // weight decay, applied when a weight is touched
	Dropout  float32 // share of features hidden at each visit
	Seed     uint64
	// Runs is how many trainings with seeds of their own the weights are the
	// mean of; 0 counts as 1.
	Runs int
	// Forbid, where not nil, says which label pairs cannot be neighbours
	// (from, to); from is -1 for the start.
	Forbid func(from, to int) bool
	// Log, where not nil, receives a line's worth of figures an epoch.
	Log func(epoch int, logLikelihood float64)
}

// Trained holds the weights of a trained model before they are packed.
type Trained struct {
	Trans   Transitions
	index   map[uint64]uint32
	weights []Scores
}

// snapshots is how many times an epoch weights are taken for their mean.
const snapshots = 8

// Train fits a model to seqs. It is deterministic for a given seed.
func Train(seqs []Sequence, o Options) *Trained {
	if o.MinCount < 1 {
		o.MinCount = 1
	}
	count := make(map[uint64]uint32, 1<<20)
	for _, s := range seqs {
		for _, f := range s.Features {
			for _, h := range f {
				if h != 0 {
					count[h]++
				}
			}
		}
	}
	index := make(map[uint64]uint32, len(count)/2)
	data := make([][][]uint32, len(seqs))
	for i, s := range seqs {
		data[i] = make([][]uint32, len(s.Features))
		for j, f := range s.Features {
			ids := make([]uint32, 0, len(f))
			for _, h := range f {
				if int(count[h]) < o.MinCount {
					continue
				}
				id, ok := index[h]
				if !ok {
					id = uint32(len(index))
					index[h] = id
				}
				ids = append(ids, id)
			}
			data[i][j] = ids
		}
	}
	count = nil
	t := &Trained{index: index, weights: make([]Scores, len(index))}
	t.Trans.Labels = o.Labels
	runs := max(o.Runs, 1)
	for r := range runs {
		one := o
		one.Seed += uint64(r) * 1000
		t.run(seqs, data, one, 1/float32(runs))
	}
	return t
}

// run trains from nothing and adds share of the weights to t's.
func (t *Trained) run(seqs []Sequence, data [][][]uint32, o Options, share float32) {
	L := o.Labels
	w := make([]Scores, len(t.weights))
	g2 := make([]Scores, len(t.weights))
	avg := make([]Scores, len(t.weights))
	var tr, tg2, trAvg Transitions
	tr.Labels = L
	forbidden := func(x, y int) bool { return o.Forbid != nil && o.Forbid(x, y) }
	for y := range L {
		if forbidden(-1, y) {
			tr.Start[y] = negInf
		}
		for x := range L {
			if forbidden(x, y) {
				tr.Next[x][y] = negInf
			}
		}
	}
	rnd := rand.New(rand.NewPCG(o.Seed, 0x9e3779b97f4a7c15))
	order := make([]int, len(seqs))
	for i := range order {
		order[i] = i
	}
	var d Decoder
	var em, mg []Scores
	var kept []uint32
	keepBelow := uint32(float64(math.MaxUint32) * float64(1-o.Dropout))
	gain := 1 / (1 - o.Dropout)
	averaged := 0
	step := func(wt, g *float32, grad float32) {
		grad += o.L2 * *wt
		*g += grad * grad
		*wt -= o.Rate * grad / (sqrt(*g) + 1e-4)
	}
	for epoch := range o.Epochs {
		rnd.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		var ll float64
		for k, si := range order {
			// The mean over the second half of the training generalizes better than
			// the last weights, and differs less from one seed to another (Polyak
			// averaging).
			if epoch >= o.Epochs/2 && k%(len(order)/snapshots+1) == 0 {
				averaged++
				for i := range w {
					for y := range L {
						avg[i][y] += w[i][y]
					}
				}
				for y := range L {
					trAvg.Start[y] += tr.Start[y]
					for x := range L {
						trAvg.Next[x][y] += tr.Next[x][y]
					}
				}
			}
			s, ids := &seqs[si], data[si]
			n := len(ids)
			if n == 0 {
				continue
			}
			if cap(em) < n {
				em, mg = make([]Scores, n*2), make([]Scores, n*2)
			}
			em, mg = em[:n], mg[:n]
			kept = kept[:0]
			seed := rnd.Uint64()
			r := seed
			for i := range n {
				var e Scores
				for _, id := range ids[i] {
					if o.Dropout > 0 {
						r = r*6364136223846793005 + 1442695040888963407
						if uint32(r>>32) > keepBelow {
							continue
						}
					}
					v := &w[id]
					for y := range L {
						e[y] += v[y]
					}
				}
				if o.Dropout > 0 {
					for y := range L {
						e[y] *= gain
					}
				}
				if s.Fixed != nil {
					for y := range L {
						e[y] += s.Fixed[i][y]
					}
				}
				em[i] = e
			}
			logz := d.Partition(&tr, em)
			d.Marginals(mg)
			var gold float32
			for i, y := range s.Labels {
				gold += em[i][y]
				if i == 0 {
					gold += tr.Start[y]
				} else {
					gold += tr.Next[s.Labels[i-1]][y]
				}
			}
			ll += float64(gold - logz)
			wgt := s.Weight
			if wgt == 0 {
				wgt = 1
			}
			// Transitions.
			var pc [8][8]float32
			d.pairs(mg, &pc)
			for i := 1; i < n; i++ {
				pc[s.Labels[i-1]][s.Labels[i]]--
			}
			for x := range L {
				for y := range L {
					if !forbidden(x, y) && pc[x][y] != 0 {
						step(&tr.Next[x][y], &tg2.Next[x][y], pc[x][y]*wgt)
					}
				}
			}
			for y := range L {
				if !forbidden(-1, y) {
					g := mg[0][y]
					if int(s.Labels[0]) == y {
						g--
					}
					step(&tr.Start[y], &tg2.Start[y], g*wgt)
				}
			}
			// Emissions; positions that are already right cost nothing.
			r = seed
			for i := range n {
				g := mg[i]
				g[s.Labels[i]]--
				skip := true
				for y := range L {
					if g[y] > 2e-3 || g[y] < -2e-3 {
						skip = false
					}
					g[y] *= wgt
				}
				for _, id := range ids[i] {
					if o.Dropout > 0 {
						r = r*6364136223846793005 + 1442695040888963407
						if uint32(r>>32) > keepBelow {
							continue
						}
					}
					if skip {
						continue
					}
					v, q := &w[id], &g2[id]
					for y := range L {
						step(&v[y], &q[y], g[y])
					}
				}
			}
		}
		if o.Log != nil {
			o.Log(epoch+1, ll)
		}
	}
	add := func(dst, src *Scores, f float32) {
		for y := range L {
			dst[y] += src[y] * f
		}
	}
	f := share / float32(averaged)
	for i := range avg {
		add(&t.weights[i], &avg[i], f)
	}
	add(&t.Trans.Start, &trAvg.Start, f)
	for x := range L {
		add(&t.Trans.Next[x], &trAvg.Next[x], f)
	}
	for y := range L {
		if forbidden(-1, y) {
			t.Trans.Start[y] = negInf
		}
		for x := range L {
			if forbidden(x, y) {
				t.Trans.Next[x][y] = negInf
			}
		}
	}
}

func sqrt(x float32) float32 { return float32(math.Sqrt(float64(x))) }

// Features returns the number of features that carry a weight.
func (t *Trained) Features() int { return len(t.index) }

// Emit sets *e to the emission scores of a position with the given features.
func (t *Trained) Emit(features []uint64, e *Scores) {
	*e = Scores{}
	for _, h := range features {
		if id, ok := t.index[h]; ok {
			v := &t.weights[id]
			for y := range v {
				e[y] += v[y]
			}
		}
	}
}

// Pack quantizes the weights to eight bits and keeps the features that matter
// most, at most limit of them (0: all).
func (t *Trained) Pack(limit int) *Model {
	type fw struct {
		h uint64
		w Scores
		m float32
	}
	all := make([]fw, 0, len(t.index))
	for h, id := range t.index {
		w := t.weights[id]
		var m float32
		for y := range t.Trans.Labels {
			m = max(m, float32(math.Abs(float64(w[y]))))
		}
		if m > 0 {
			all = append(all, fw{h, w, m})
		}
	}
	slices.SortFunc(all, func(a, b fw) int {
		if a.m != b.m {
			if a.m > b.m {
				return -1
			}
			return 1
		}
		if a.h < b.h {
			return -1
		}
		return 1
	})
	if limit > 0 && len(all) > limit {
		all = all[:limit]
	}
	// The scale clips one weight in ten thousand.
	var unit float32 = 1
	if len(all) > 0 {
		unit = all[len(all)/10000].m / 127
	}
	p := newPacker(len(all), unit, t.Trans)
	for _, f := range all {
		p.add(f.h, &f.w)
	}
	return p.m
}
