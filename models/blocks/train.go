package blocks

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// Free is the kind of a unit whose label is not known: training sums over all.
const Free Kind = 255

// Sequence is one page to learn from.
type Sequence struct {
	Features [][]uint32 // feature hashes of every unit
	Seps     []uint8    // as for [Decoder.Add]
	Long     []bool     // as for [Decoder.Add]
	Kinds    []Kind     // gold, or Free
	// Cost is, for every unit, what it costs to call body text or a headline
	// furniture; the other way round costs 1. Nil means 1 throughout.
	Cost []float32
	// Group is the site that the page comes from. Features that occur in fewer
	// than Options.MinGroups groups are not learned.
	Group uint32
}

// Options are the settings of training.
type Options struct {
	Features int     // the largest number of features to keep
	Epochs   int     // passes over the sequences
	Rate     float64 // AdaGrad step
	L2       float64 // pull toward zero, a touched weight and page
	Margin   float64 // multiplies the costs of the softmax margin
	// MinGroups is the number of groups that a feature must occur in.
	MinGroups int
	Seed      uint64 // of the order of the sequences
	// Progress, where not nil, is called after every epoch with the mean loss a
	// unit.
	Progress func(epoch int, loss float64)
}

// DefaultOptions are the settings of the embedded model.
func DefaultOptions() Options {
	return Options{Features: 18000, Epochs: 1, Rate: 0.03, L2: 0.05, Margin: 1, MinGroups: 5, Seed: 1}
}

// Train fits a model by AdaGrad (Duchi, Hazan and Singer, JMLR 2011) on the
// softmax-margin loss (Gimpel and Smith, NAACL 2010): the log-likelihood with
// every wrong label made likelier by its cost, so that costly mistakes are kept
// at a distance. It runs on one goroutine; the same input gives the same model.
// The sequences are used up: their features are overwritten.
func Train(seqs []Sequence, opt Options) (*Model, error) {
	if len(seqs) == 0 {
		return nil, errors.New("blocks: nothing to train on")
	}
	rng := rand.New(rand.NewPCG(opt.Seed, 7))
	t := &trainer{
		opt:    opt,
		states: States(),
	}
	hashes, index := sharedFeatures(seqs, opt.MinGroups)
	for _, s := range seqs { // from hashes to places in the tables
		for j, fs := range s.Features {
			kept := fs[:0]
			for _, h := range fs {
				if k, ok := index[h]; ok {
					kept = append(kept, k)
				}
			}
			s.Features[j] = kept
		}
	}
	size := Columns * len(hashes)
	t.w, t.g, t.sum = make([]float64, size), make([]float64, size), make([]float64, size)
	t.touched = make([]bool, len(hashes))
	for i := range t.states {
		for j := range t.states {
			t.allowed[i][j] = Allowed(t.states[j], t.states[i])
		}
	}
	sum := make([]float64, len(t.w)) // for the average of the second half
	var sumTable tables
	averaged := 0
	order := make([]int, len(seqs))
	for i := range order {
		order[i] = i
	}
	steps, every := 0, max(1, opt.Epochs*len(seqs)/snapshots)
	for epoch := range opt.Epochs {
		rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		loss, units := 0.0, 0
		for _, i := range order {
			s := &seqs[i]
			if len(s.Features) > 0 {
				l, err := t.step(s)
				if err != nil {
					return nil, fmt.Errorf("blocks: training sequence %d: %w", i, err)
				}
				loss += l
				units += len(s.Features)
			}
			steps++
			if steps%every == 0 && 2*steps >= opt.Epochs*len(seqs) {
				for i, w := range t.w {
					sum[i] += w
				}
				sumTable.add(&t.tab)
				averaged++
			}
		}
		if opt.Progress != nil {
			opt.Progress(epoch, loss/float64(max(units, 1)))
		}
	}
	p := &Parameters{Hashes: hashes, Weights: make([][Columns]float32, len(hashes))}
	n := float64(max(averaged, 1))
	for i, w := range sum {
		p.Weights[i/Columns][i%Columns] = float32(w / n)
	}
	for s := range p.Next {
		for to := range p.Next[s] {
			for from := range p.Next[s][to] {
				p.Next[s][to][from] = float32(sumTable.next[s][to][from] / n)
			}
		}
	}
	for s := range p.First {
		p.First[s] = float32(sumTable.first[s] / n)
		p.Last[s] = float32(sumTable.last[s] / n)
		p.Bias[s] = float32(sumTable.bias[s] / n)
	}
	return Pack(p, opt.Features)
}

// sharedFeatures returns the features that occur in enough groups, in order,
// and where each stands.
func sharedFeatures(seqs []Sequence, least int) ([]uint32, map[uint32]uint32) {
	type use struct{ feature, group uint32 }
	seen := make(map[use]struct{})
	count := make(map[uint32]int)
	for _, s := range seqs {
		for _, fs := range s.Features {
			for _, h := range fs {
				n := count[h]
				if n >= least {
					continue
				}
				u := use{h, s.Group}
				if _, ok := seen[u]; !ok {
					seen[u] = struct{}{}
					count[h] = n + 1
				}
			}
		}
	}
	var hashes []uint32
	for h, n := range count {
		if n >= least {
			hashes = append(hashes, h)
		}
	}
	slices.Sort(hashes)
	index := make(map[uint32]uint32, len(hashes))
	for i, h := range hashes {
		index[h] = uint32(i)
	}
	return hashes, index
}

// snapshots is how many states of the weights there are; those of the second
// half are averaged.
const snapshots = 32

// tables are the parameters that do not belong to features.
type tables struct {
	next              [Seps][NumStates][NumStates]float64 // [sep][to][from]
	first, last, bias [NumStates]float64
}

func (t *tables) add(o *tables) {
	for s := range t.next {
		for i := range t.next[s] {
			for j := range t.next[s][i] {
				t.next[s][i][j] += o.next[s][i][j]
			}
		}
	}
	for i := range t.first {
		t.first[i] += o.first[i]
		t.last[i] += o.last[i]
		t.bias[i] += o.bias[i]
	}
}

type vector [NumStates]float64

// crossing holds a value for where the article begins and one for where it
// has ended.
type crossing struct{ within, after float64 }

type trainer struct {
	opt     Options
	states  [NumStates]State
	allowed [NumStates][NumStates]bool // [to][from]
	w, g    []float64                  // weights, sums of squared gradients
	sum     []float64                  // gradient of the sequence at hand
	touched []bool                     // buckets that it touches
	list    []uint32
	tab     tables // parameters
	acc     tables // sums of squared gradients

	emit, alpha, beta []vector // scratch: exponentials, scaled
	gold              []vector
	marg, margGold    []vector
	enter             []crossing // exponentials of the emissions of crossings
	entered           []crossing // their gradient
	expNext           [Seps][NumStates][NumStates]float64
}

// step takes one gradient step on s, whose features are places in the tables
// by now, and returns its loss.
func (t *trainer) step(s *Sequence) (float64, error) {
	n := len(s.Features)
	if len(s.Seps) != n || len(s.Long) != n || len(s.Kinds) != n || s.Cost != nil && len(s.Cost) != n {
		return 0, errors.New("the lists of a sequence differ in length")
	}
	t.emit, t.gold = growVec(t.emit, n), growVec(t.gold, n)
	t.alpha, t.beta = growVec(t.alpha, n), growVec(t.beta, n)
	t.marg, t.margGold = growVec(t.marg, n), growVec(t.margGold, n)

	t.enter = growVec(t.enter, n)
	for k := range t.expNext {
		for i := range t.expNext[k] {
			for j := range t.expNext[k][i] {
				if t.allowed[i][j] {
					t.expNext[k][i][j] = math.Exp(t.tab.next[k][i][j])
				} else {
					t.expNext[k][i][j] = 0
				}
			}
		}
	}
	first, last := article(s.Kinds)
	shift := 0.0 // what was taken out of the exponents, of gold less all
	for i := range n {
		var col [Columns]float64
		for _, b := range s.Features[i] {
			w := t.w[int(b)*Columns:][:Columns]
			for c, v := range w {
				col[c] += v
			}
		}
		var e, g vector
		top, topGold := math.Inf(-1), math.Inf(-1)
		for k, st := range t.states {
			v := col[st.Kind] + t.tab.bias[k]
			if s.Long[i] {
				switch st.Region {
				case Before:
					v += col[colBefore]
				case After:
					v += col[colAfter]
				}
			}
			if i == 0 {
				v += t.tab.first[k]
				if k == stateBody {
					v += col[colEnterWithin]
				}
			}
			if i == n-1 {
				v += t.tab.last[k]
			}
			bad := i == 0 && !AllowedFirst(st) || i == n-1 && !AllowedLast(st)
			g[k] = math.Inf(-1)
			if !bad && (s.Kinds[i] == Free || s.Kinds[i] == st.Kind && st.Region == regionOf(i, first, last)) {
				g[k] = v
			}
			if s.Kinds[i] != Free && s.Kinds[i] != st.Kind {
				v += t.opt.Margin * t.cost(s, i, st.Kind)
			}
			e[k] = v
			if bad {
				e[k] = math.Inf(-1)
			}
			top, topGold = max(top, e[k]), max(topGold, g[k])
		}
		for k := range e {
			e[k] = math.Exp(e[k] - top)
			g[k] = math.Exp(g[k] - topGold)
		}
		shift += top - topGold
		t.emit[i], t.gold[i] = e, g
		t.enter[i] = crossing{within: math.Exp(col[colEnterWithin]), after: math.Exp(col[colEnterAfter])}
	}
	zAll, ok := t.marginals(t.emit, s.Seps, t.marg, nil, 0)
	if !ok {
		return 0, errors.New("no labelling is possible")
	}
	var grad tables
	t.entered = growVec(t.entered, n)
	clear(t.entered)
	zGold, ok := t.marginals(t.gold, s.Seps, t.margGold, &grad, 1)
	if !ok {
		return 0, errors.New("its gold labels break the rules of the regions")
	}
	t.marginals(t.emit, s.Seps, t.marg, &grad, -1)
	loss := zAll - zGold + shift

	// Parameters of features.
	for i := range n {
		var d [Columns]float64
		big := false
		for k, st := range t.states {
			v := t.margGold[i][k] - t.marg[i][k]
			d[st.Kind] += v
			if s.Long[i] {
				switch st.Region {
				case Before:
					d[colBefore] += v
				case After:
					d[colAfter] += v
				}
			}
			grad.bias[k] += v
			if i == 0 {
				grad.first[k] += v
				if k == stateBody {
					d[colEnterWithin] += v
				}
			}
			if i == n-1 {
				grad.last[k] += v
			}
			big = big || v > 1e-4 || v < -1e-4
		}
		d[colEnterWithin] += t.entered[i].within
		d[colEnterAfter] += t.entered[i].after
		if !big {
			continue
		}
		for _, b := range s.Features[i] {
			if !t.touched[b] {
				t.touched[b] = true
				t.list = append(t.list, b)
			}
			o := int(b) * Columns
			for c, v := range d {
				t.sum[o+c] += v
			}
		}
	}
	for _, b := range t.list {
		t.touched[b] = false
		for o := int(b) * Columns; o < int(b+1)*Columns; o++ {
			t.adagrad(&t.w[o], &t.g[o], t.sum[o])
			t.sum[o] = 0
		}
	}
	t.list = t.list[:0]
	t.update(&grad)
	return loss, nil
}

// article returns the first and last unit of the article: it begins with the
// first body text and ends with the last or with a headline behind it. It is
// (n, n) where there is no body text.
func article(kinds []Kind) (first, last int) {
	first, last = len(kinds), len(kinds)
	for i, k := range kinds {
		if k == Body && first == len(kinds) {
			first = i
		}
		if k <= Headline && first < len(kinds) {
			last = i
		}
	}
	return first, last
}

func regionOf(i, first, last int) Region {
	switch {
	case i < first:
		return Before
	case i <= last:
		return Within
	}
	return After
}

// cost is the price of calling unit i of s a k.
func (t *trainer) cost(s *Sequence, i int, k Kind) float64 {
	speech, gold := k <= Headline, s.Kinds[i] <= Headline
	switch {
	case gold && !speech:
		if s.Cost != nil {
			return float64(s.Cost[i])
		}
		return 1
	case !gold && speech:
		return 1
	}
	return 0.3
}

// marginals runs forward and backward over emit, whose entries are scaled
// exponentials, and fills marg. It adds sign times the expected counts of
// transitions to grad, and returns the logarithm of the partition function. It
// fails when no labelling has a probability.
func (t *trainer) marginals(emit []vector, seps []uint8, marg []vector, grad *tables, sign float64) (float64, bool) {
	n := len(emit)
	logZ := 0.0
	for i := range n {
		var a vector
		sum := 0.0
		for to := range a {
			v := emit[i][to]
			if v == 0 {
				continue
			}
			if i > 0 {
				in := 0.0
				for from, x := range t.alpha[i-1] {
					in += x * t.expNext[seps[i]][to][from] * t.cross(i, to, from)
				}
				v *= in
			}
			a[to] = v
			sum += v
		}
		if sum <= 0 || math.IsInf(sum, 0) || math.IsNaN(sum) {
			return 0, false
		}
		for k := range a {
			a[k] /= sum
		}
		t.alpha[i] = a
		logZ += math.Log(sum)
	}
	// Both directions are scaled by themselves: no page is too long for them.
	for k := range t.beta[n-1] {
		t.beta[n-1][k] = 1
	}
	marg[n-1] = t.alpha[n-1]
	for i := n - 2; i >= 0; i-- {
		var b, out vector
		total := 0.0
		for to := range t.states {
			v := emit[i+1][to] * t.beta[i+1][to]
			if v == 0 {
				continue
			}
			for from, x := range t.expNext[seps[i+1]][to] {
				x *= t.cross(i+1, to, from)
				b[from] += v * x
				out[to] += t.alpha[i][from] * x * v
			}
			total += out[to]
		}
		if !(total > 0) {
			return 0, false
		}
		if grad != nil {
			for to := range t.states {
				if out[to] == 0 {
					continue
				}
				v := emit[i+1][to] * t.beta[i+1][to] / total * sign
				for from, x := range t.expNext[seps[i+1]][to] {
					p := t.alpha[i][from] * x * t.cross(i+1, to, from) * v
					grad.next[seps[i+1]][to][from] += p
					switch {
					case to == stateBody && from < firstWithin:
						t.entered[i+1].within += p
					case to >= firstAfter && from < firstAfter:
						t.entered[i+1].after += p
					}
				}
			}
		}
		norm := 0.0
		for _, v := range b {
			norm += v
		}
		for k := range b {
			marg[i][k] = t.alpha[i][k] * b[k] / total
			t.beta[i][k] = b[k] / norm
		}
	}
	return logZ, true
}

// cross returns the factor that unit i has where a region begins with it.
func (t *trainer) cross(i, to, from int) float64 {
	switch {
	case to == stateBody && from < firstWithin:
		return t.enter[i].within
	case to >= firstAfter && from < firstAfter:
		return t.enter[i].after
	}
	return 1
}

// update takes an AdaGrad step on the tables.
func (t *trainer) update(grad *tables) {
	for s := range grad.next {
		for i := range grad.next[s] {
			for j := range grad.next[s][i] {
				t.adagrad(&t.tab.next[s][i][j], &t.acc.next[s][i][j], grad.next[s][i][j])
			}
		}
	}
	for i := range grad.first {
		t.adagrad(&t.tab.first[i], &t.acc.first[i], grad.first[i])
		t.adagrad(&t.tab.last[i], &t.acc.last[i], grad.last[i])
		t.adagrad(&t.tab.bias[i], &t.acc.bias[i], grad.bias[i])
	}
}

// adagrad takes one step on a parameter.
func (t *trainer) adagrad(w, acc *float64, g float64) {
	if g == 0 {
		return
	}
	g -= t.opt.L2 * *w
	*acc += g * g
	*w += t.opt.Rate * g / math.Sqrt(*acc+1e-4)
}

func growVec[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, n+n/2)
	}
	return s[:n]
}
