package body

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"testing"
)

// options are those of training.
type options struct {
	epochs   int     // of the linear model, averaged over the second half
	minSites int     // features of fewer sites are left out
	cost     float64 // of a page's mistakes (Gimpel and Smith, "Softmax-Margin CRFs", NAACL 2010)
	rate     float64 // of AdaGrad (Duchi, Hazan and Singer, JMLR 2011)
	decay    float64
	silver   float64 // weight of pages whose body a program found
	trees    int
	shrink   float64 // of a tree's leaves
	child    float64 // least weight of a leaf
	lambda   float64 // added to the weight of a leaf
	seed     uint64
}

var defaults = options{epochs: 12, minSites: 10, cost: 15, rate: 0.1, decay: 0.01, silver: 0.5,
	trees: 100, shrink: 0.1, child: 20, lambda: 5, seed: 1}

// training returns the pages of the first half of the sites, less the doubtful,
// and the silver pages of sites that are not of the second.
func training(gold, silver []*sample) (out []*sample) {
	held := make(map[uint32]bool)
	for _, s := range gold {
		held[s.site] = held[s.site] || s.half() == 1
		if s.half() == 0 && !doubtful(s) {
			out = append(out, s)
		}
	}
	for _, s := range silver {
		if !held[s.site] {
			out = append(out, s)
		}
	}
	return out
}

// TestTrain trains the model anew and compares it with the embedded one, or
// writes it to the file that ONRECORD_TRAIN names. It also prints what is to be
// expected on sites that training has not seen, from the first half of the sites
// alone: decide by that what to change.
func TestTrain(t *testing.T) {
	file := os.Getenv("ONRECORD_TRAIN")
	if file == "" {
		t.Skip("set ONRECORD_TRAIN=1 to train the model anew, or to a file to write it there")
	}
	gold := goldPages(t)
	silver := silverPages(t)
	data := training(gold, silver)
	t.Logf("%d pages, of which %d silver", len(data), count(data, func(s *sample) bool { return s.silver }))
	const folds = 4
	var models [folds]*Model
	var wg sync.WaitGroup
	for f := range uint32(folds) {
		wg.Go(func() {
			var others []*sample
			for _, s := range data {
				if s.site>>5%folds != f {
					others = append(others, s)
				}
			}
			models[f] = load(train(others, defaults))
		})
	}
	wg.Wait()
	report(t, "the first half, crossed", gold, 0, func(s *sample) *Model { return models[s.site>>5%folds] })
	trained := train(data, defaults)
	m := load(trained)
	report(t, "the first half, trained on", gold, 0, func(*sample) *Model { return m })
	report(t, "the second half", gold, 1, func(*sample) *Model { return m })
	embedded, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	report(t, "the second half, embedded", gold, 1, func(*sample) *Model { return embedded })
	if file != "1" {
		if err := os.WriteFile(file, trained, 0o644); err != nil {
			t.Fatal(err)
		}
	} else if !bytes.Equal(trained, weights) {
		t.Error("training gives other weights than those embedded")
	}
}

func count(data []*sample, is func(*sample) bool) (n int) {
	for _, s := range data {
		if is(s) {
			n++
		}
	}
	return n
}

func report(t *testing.T, name string, gold []*sample, half uint32, model func(*sample) *Model) {
	t.Helper()
	var p, r, f, n, good float64
	lines, hits := 0, 0
	for _, s := range gold {
		if s.half() != half {
			continue
		}
		found := s.text(model(s).Choose(s.page, s.about))
		a, b, c := overlap(s.gold, found)
		p, r, f, n = p+a, r+b, f+c, n+1
		if c >= 0.9 {
			good++
		}
		l, h := quoted(s.gold, found)
		lines, hits = lines+l, hits+h
	}
	t.Logf("%s: %.0f pages, precision %.2f, recall %.2f, F1 %.2f, F1 of 0.9 and more %.1f%%; of %d lines with quotation marks %d found",
		name, n, 100*p/n, 100*r/n, 100*f/n, 100*good/n, lines, hits)
}

// train trains both rounds. The second learns from what the first makes of
// pages of sites that it has not seen.
func train(data []*sample, o options) []byte {
	const folds = 2
	var rows []trow
	for f := range uint32(folds) {
		var others []*sample
		for _, d := range data {
			if d.site>>10%folds != f {
				others = append(others, d)
			}
		}
		var m linear
		if !m.load(trainLinear(others, o)) {
			panic("the round does not load")
		}
		for _, d := range data {
			if d.site>>10%folds != f {
				continue
			}
			var s scratch
			s.prepare(d.page, d.about)
			m.choose(&s, d.page)
			s.gather(d.page)
			s.distances(d.page)
			for i := range d.labels {
				var r trow
				s.numbersOf(d.page, i, &r.v)
				if d.labels[i] {
					r.y = 1
				}
				r.w = d.weight[i] + 0.002
				if d.silver {
					r.w *= o.silver
				}
				rows = append(rows, r)
			}
		}
	}
	first := trainLinear(data, o)
	out := binary.LittleEndian.AppendUint32([]byte(magic), uint32(len(first)))
	out = append(out, first...)
	for _, t := range boost(rows, o) {
		out = append(out, t.number[:]...)
		for _, l := range t.limit {
			out = binary.LittleEndian.AppendUint16(out, uint16(l))
		}
		for _, l := range t.leaf {
			out = binary.LittleEndian.AppendUint16(out, uint16(l))
		}
	}
	return out
}

func load(data []byte) *Model {
	m, err := Load(data)
	if err != nil {
		panic(err)
	}
	return m
}

type trow struct {
	v    [numbers]int16
	y, w float64
}

// boost fits trees to the logistic loss, by histograms (Ke et al., "LightGBM",
// NIPS 2017), a level at a time.
func boost(rows []trow, o options) []tree {
	const bins = 48
	rng := rand.New(rand.NewPCG(o.seed, 2))
	// Limits of the bins: quantiles of a sample.
	var limits [numbers][]int16
	for f := range numbers {
		var vals []int16
		for range 20000 {
			vals = append(vals, rows[rng.IntN(len(rows))].v[f])
		}
		slices.Sort(vals)
		for b := 1; b < bins; b++ {
			x := vals[b*len(vals)/bins]
			if n := len(limits[f]); n == 0 || limits[f][n-1] < x {
				limits[f] = append(limits[f], x)
			}
		}
		u := slices.Compact(slices.Clone(vals))
		if len(u) <= bins {
			limits[f] = u[:len(u)-1]
		}
	}
	binned := make([][numbers]uint8, len(rows))
	for i := range rows {
		for f := range numbers {
			k, _ := slices.BinarySearch(limits[f], rows[i].v[f])
			binned[i][f] = uint8(k) // v <= limits[k]
		}
	}
	score := make([]float64, len(rows))
	g, h := make([]float64, len(rows)), make([]float64, len(rows))
	total := 0.0
	for i := range rows {
		total += rows[i].w
	}
	norm := float64(len(rows)) / total
	node := make([]uint8, len(rows))
	var trees []tree
	for range o.trees {
		var sample []int32
		for i := range rows {
			p := 1 / (1 + math.Exp(-score[i]))
			g[i] = (rows[i].y - p) * rows[i].w * norm
			h[i] = p * (1 - p) * rows[i].w * norm
			node[i] = 0
			if rng.IntN(2) == 0 {
				sample = append(sample, int32(i))
			}
		}
		var use []int
		for f := range numbers {
			if rng.IntN(2) == 0 {
				use = append(use, f)
			}
		}
		var t tree
		type cell struct{ g, h float64 }
		for level := range treeDepth {
			width := 1 << level
			first := width - 1
			hist := make([]cell, width*numbers*64)
			for _, i := range sample {
				base := (int(node[i]) - first) * numbers * 64
				for _, f := range use {
					c := &hist[base+f*64+int(binned[i][f])]
					c.g += g[i]
					c.h += h[i]
				}
			}
			for n := range width {
				base := n * numbers * 64
				var all cell
				for b := range 64 {
					all.g += hist[base+use[0]*64+b].g
					all.h += hist[base+use[0]*64+b].h
				}
				best, bf, bb := 1e-9, -1, 0
				for _, f := range use {
					var l cell
					for b := range limits[f] {
						c := hist[base+f*64+b]
						l.g += c.g
						l.h += c.h
						rg, rh := all.g-l.g, all.h-l.h
						if l.h < o.child || rh < o.child {
							continue
						}
						gain := l.g*l.g/(l.h+o.lambda) + rg*rg/(rh+o.lambda) - all.g*all.g/(all.h+o.lambda)
						if gain > best {
							best, bf, bb = gain, f, b
						}
					}
				}
				if bf < 0 {
					t.limit[first+n] = math.MaxInt16
					continue
				}
				t.number[first+n], t.limit[first+n] = uint8(bf), limits[bf][bb]
			}
			for i := range rows {
				n := int(node[i])
				if rows[i].v[t.number[n]] > t.limit[n] {
					node[i] = uint8(2*n + 2)
				} else {
					node[i] = uint8(2*n + 1)
				}
			}
		}
		var sums [treeLeaves]cell
		for _, i := range sample {
			c := &sums[int(node[i])-treeNodes]
			c.g += g[i]
			c.h += h[i]
		}
		for l, c := range sums {
			t.leaf[l] = int16(math.Round(1000 * o.shrink * max(-4, min(4, c.g/(c.h+o.lambda)))))
		}
		for i := range rows {
			score[i] += float64(t.leaf[int(node[i])-treeNodes]) / 1000
		}
		trees = append(trees, t)
	}
	return trees
}

func trainLinear(data []*sample, o options) []byte {
	// The features of every paragraph, those of few sites left out.
	type doc struct {
		*sample
		feats [][]int32
		rel   []int
	}
	sites := make(map[uint32]map[uint32]bool)
	var docs []doc
	raw := make([][][]uint32, len(data))
	for k, d := range data {
		var s scratch
		s.prepare(d.page, d.about)
		s.gather(d.page)
		dd := doc{sample: d}
		for i := range d.page.Blocks {
			var fs []uint32
			s.features(d.page, i, func(t, v uint32) {
				fs = append(fs, feature(t, v))
			})
			for _, f := range fs {
				if sites[f] == nil {
					sites[f] = make(map[uint32]bool)
				}
				if len(sites[f]) < o.minSites {
					sites[f][d.site] = true
				}
			}
			raw[k] = append(raw[k], fs)
			if i > 0 {
				dd.rel = append(dd.rel, s.relation(i))
			} else {
				dd.rel = append(dd.rel, 0)
			}
		}
		docs = append(docs, dd)
	}
	index := make(map[uint32]int32)
	var names []uint32
	for k := range docs {
		for _, fs := range raw[k] {
			var ids []int32
			for _, f := range fs {
				if len(sites[f]) < o.minSites {
					continue
				}
				id, ok := index[f]
				if !ok {
					id = int32(len(names))
					index[f] = id
					names = append(names, f)
				}
				ids = append(ids, id)
			}
			docs[k].feats = append(docs[k].feats, ids)
		}
		raw[k] = nil
	}
	n := len(names) + relations*4
	w, g2, sum := make([]float64, n), make([]float64, n), make([]float64, n)
	trans := func(r, a, b int) int { return len(names) + (r*2+a)*2 + b }
	rng := rand.New(rand.NewPCG(o.seed, 1))
	order := rng.Perm(len(docs))
	averaged := 0
	grad := make([]float64, n)
	var touched []int32
	add := func(j int32, g float64) {
		if grad[j] == 0 {
			touched = append(touched, j)
		}
		grad[j] += g
	}
	for epoch := range o.epochs {
		rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		for _, k := range order {
			d := &docs[k]
			m := len(d.feats)
			if m == 0 {
				continue
			}
			em := make([][2]float64, m)
			for i, fs := range d.feats {
				for _, f := range fs {
					em[i][1] += w[f]
				}
				if d.labels[i] {
					em[i][0] += o.cost * d.weight[i]
				} else {
					em[i][1] += o.cost * d.weight[i]
				}
			}
			al, be := make([][2]float64, m), make([][2]float64, m)
			al[0] = em[0]
			for i := 1; i < m; i++ {
				for b := range 2 {
					al[i][b] = logAdd(al[i-1][0]+w[trans(d.rel[i], 0, b)], al[i-1][1]+w[trans(d.rel[i], 1, b)]) + em[i][b]
				}
			}
			for i := m - 2; i >= 0; i-- {
				for a := range 2 {
					be[i][a] = logAdd(w[trans(d.rel[i+1], a, 0)]+em[i+1][0]+be[i+1][0], w[trans(d.rel[i+1], a, 1)]+em[i+1][1]+be[i+1][1])
				}
			}
			z := logAdd(al[m-1][0], al[m-1][1])
			share := 1.0
			if d.silver {
				share = o.silver
			}
			for i, fs := range d.feats {
				g := -math.Exp(al[i][1] + be[i][1] - z)
				if d.labels[i] {
					g++
				}
				if math.Abs(g) > 1e-6 {
					for _, f := range fs {
						add(f, g*share)
					}
				}
				if i > 0 {
					for a := range 2 {
						for b := range 2 {
							g := -math.Exp(al[i-1][a] + w[trans(d.rel[i], a, b)] + em[i][b] + be[i][b] - z)
							if d.labels[i-1] == (a == 1) && d.labels[i] == (b == 1) {
								g++
							}
							add(int32(trans(d.rel[i], a, b)), g*share)
						}
					}
				}
			}
			for _, j := range touched {
				g := grad[j] - o.decay*w[j]
				grad[j] = 0
				g2[j] += g * g
				w[j] += o.rate * g / (1e-3 + math.Sqrt(g2[j]))
			}
			touched = touched[:0]
		}
		if epoch >= o.epochs/2 {
			averaged++
			for j := range w {
				sum[j] += w[j]
			}
		}
	}
	// In whole numbers.
	const scale = 20
	var out []byte
	for r := range relations {
		for a := range 2 {
			for b := range 2 {
				out = binary.LittleEndian.AppendUint16(out, uint16(int16(math.Round(scale*sum[trans(r, a, b)]/float64(averaged)))))
			}
		}
	}
	type row struct {
		name uint32
		w    int8
	}
	var rows []row
	for k, name := range names {
		v := int8(max(-127, min(127, math.Round(scale*sum[k]/float64(averaged)))))
		if v != 0 {
			rows = append(rows, row{name, v})
		}
	}
	size := 1
	for size*3 < len(rows)*4 {
		size *= 2
	}
	slots := make([]byte, size*slotSize)
	for _, r := range rows {
		i := r.name & uint32(size-1)
		for binary.LittleEndian.Uint32(slots[i*slotSize:]) != 0 {
			i = (i + 1) & uint32(size-1)
		}
		binary.LittleEndian.PutUint32(slots[i*slotSize:], r.name&^0xFF|uint32(uint8(r.w)))
	}
	return append(out, slots...)
}

func logAdd(a, b float64) float64 {
	if a < b {
		a, b = b, a
	}
	if math.IsInf(b, -1) {
		return a
	}
	return a + math.Log1p(math.Exp(b-a))
}
