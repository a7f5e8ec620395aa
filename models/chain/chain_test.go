package chain

import (
	"bytes"
	"math"
	"math/rand/v2"
	"testing"
)

// all calls f with every labelling of n positions and its score.
func all(t *Transitions, em []Scores, f func(y []uint8, score float64)) {
	y := make([]uint8, len(em))
	var walk func(i int, score float64)
	walk = func(i int, score float64) {
		if i == len(em) {
			f(y, score)
			return
		}
		for l := range t.Labels {
			s := score + float64(em[i][l])
			if i == 0 {
				s += float64(t.Start[l])
			} else {
				s += float64(t.Next[y[i-1]][l])
			}
			y[i] = uint8(l)
			walk(i+1, s)
		}
	}
	walk(0, 0)
}

func random(r *rand.Rand, labels, n int) (*Transitions, []Scores) {
	t := &Transitions{Labels: labels}
	em := make([]Scores, n)
	for y := range labels {
		t.Start[y] = float32(r.NormFloat64())
		for x := range labels {
			t.Next[x][y] = float32(r.NormFloat64())
		}
		for i := range em {
			em[i][y] = float32(2 * r.NormFloat64())
		}
	}
	t.Next[0][labels-1] = negInf // the last label never follows the first
	return t, em
}

func has(y []uint8, set Must) bool {
	for _, l := range y {
		if set>>l&1 != 0 {
			return true
		}
	}
	return false
}

// Every way of decoding agrees with looking at all labellings.
func TestDecodingAgreesWithEnumeration(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var d Decoder
	for range 200 {
		labels, n := 2+r.IntN(4), 1+r.IntN(5)
		tr, em := random(r, labels, n)
		a, b := Must(r.IntN(1<<labels)), Must(r.IntN(1<<labels))
		best, bestMust := math.Inf(-1), math.Inf(-1)
		var sum, without float64
		marg := make([][8]float64, n)
		all(tr, em, func(y []uint8, s float64) {
			best = max(best, s)
			p := math.Exp(s)
			sum += p
			for i, l := range y {
				marg[i][l] += p
			}
			if !has(y, a) {
				without += p
			}
			if (a == 0 || has(y, a)) && (b == 0 || has(y, b)) {
				bestMust = max(bestMust, s)
			}
		})
		score := func(y []uint8) (s float64) {
			for i, l := range y {
				s += float64(em[i][l])
				if i == 0 {
					s += float64(tr.Start[l])
				} else {
					s += float64(tr.Next[y[i-1]][l])
				}
			}
			return s
		}
		out := make([]uint8, n)
		if got := d.Viterbi(tr, em, out); math.Abs(float64(got)-best) > 1e-3 || math.Abs(score(out)-best) > 1e-3 {
			t.Fatalf("Viterbi: score %v of %v, best is %v", got, out, best)
		}
		mg := make([]Scores, n)
		logz := d.Partition(tr, em)
		d.Marginals(mg)
		if math.Abs(float64(logz)-math.Log(sum)) > 1e-3 {
			t.Fatalf("Partition: %v, want %v", logz, math.Log(sum))
		}
		for i := range mg {
			for l := range labels {
				if want := marg[i][l] / sum; math.Abs(float64(mg[i][l])-want) > 1e-3 {
					t.Fatalf("Marginals: position %d label %d: %v, want %v", i, l, mg[i][l], want)
				}
			}
		}
		if without > 1e-12 {
			if got := d.Without(a); math.Abs(float64(got)-math.Log(without)) > 1e-3 {
				t.Fatalf("Without(%b): %v, want %v", a, got, math.Log(without))
			}
		}
		ok := d.ViterbiMust(tr, em, a, b, out)
		if possible := bestMust > -1e8; ok != possible {
			t.Fatalf("ViterbiMust(%b, %b) = %v, want %v", a, b, ok, possible)
		}
		if ok && math.Abs(score(out)-bestMust) > 1e-3 {
			t.Fatalf("ViterbiMust(%b, %b): %v scores %v, best is %v", a, b, out, score(out), bestMust)
		}
	}
}

// A chain learns what neither the position's own feature nor the transitions
// could tell alone, and a packed model says nearly the same as the trained one.
func TestTrainAndPack(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	// Label 1 marks an "a" that follows a "b"; label 2 whatever follows that.
	make1 := func() Sequence {
		var s Sequence
		prev, prevLabel := uint64(0), uint8(0)
		for range 3 + r.IntN(8) {
			w := uint64(1 + r.IntN(4))
			y := uint8(0)
			switch {
			case prevLabel == 1:
				y = 2
			case w == 1 && prev == 2:
				y = 1
			}
			s.Features = append(s.Features, []uint64{w * 0x9e3779b97f4a7c15, (10 + prev*8 + w) * 0x9e3779b97f4a7c15})
			s.Labels = append(s.Labels, y)
			prev, prevLabel = w, y
		}
		return s
	}
	var train, test []Sequence
	for range 400 {
		train = append(train, make1())
	}
	for range 50 {
		test = append(test, make1())
	}
	o := Options{Labels: 3, MinCount: 1, Epochs: 10, Rate: 0.2, Seed: 5, Forbid: func(from, to int) bool { return to == 2 && from != 1 }}
	m := Train(train, o)
	if again := Train(train, o); !bytes.Equal(m.Pack(0).Bytes(), again.Pack(0).Bytes()) {
		t.Error("two trainings with one seed differ")
	}
	packed := m.Pack(0)
	loaded, rest, err := Load(packed.Bytes())
	if err != nil || len(rest) != 0 {
		t.Fatalf("Load: %v, %d bytes left", err, len(rest))
	}
	var d Decoder
	for _, s := range test {
		for name, e := range map[string]interface {
			Emit([]uint64, *Scores)
		}{"trained": m, "packed": packed, "loaded": loaded} {
			em := make([]Scores, len(s.Labels))
			for i := range em {
				e.Emit(s.Features[i], &em[i])
			}
			out := make([]uint8, len(em))
			d.Viterbi(&m.Trans, em, out)
			if !bytes.Equal(out, s.Labels) {
				t.Errorf("%s: %v, want %v", name, out, s.Labels)
			}
		}
	}
}

// A model file that is cut short or of another kind is refused.
// However a sum is worked out, and in whatever parts, it is the same; it is
// that of the weights of the features one by one.
func TestSum(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	const labels = 5
	var known []uint64
	weight := map[uint64]Scores{}
	p := newPacker(3000, 0.5, Transitions{Labels: labels})
	for range 3000 {
		h := r.Uint64()
		var w Scores
		for y := range labels {
			w[y] = float32(r.IntN(255)-127) * 0.5
		}
		known, weight[h] = append(known, h), w
		p.add(h, &w)
	}
	m, rest, err := Load(p.m.Bytes())
	if err != nil || len(rest) > 0 {
		t.Fatal(err, len(rest))
	}
	kept, hits := 0, 0
	for _, h := range known {
		var e Scores
		m.Emit([]uint64{h}, &e)
		if e == weight[h] {
			kept++
		}
	}
	if kept < 2700 { // the rest had no room in their bucket
		t.Errorf("%d of 3000 features have their weights", kept)
	}
	for range 500 {
		features := make([]uint64, r.IntN(MaxSum+1))
		want := make([]float64, labels)
		for i := range features {
			switch r.IntN(4) {
			case 0: // no feature
			case 1:
				features[i] = r.Uint64() &^ 0xff
			default:
				features[i] = known[r.IntN(len(known))]
			}
			var e Scores
			m.Emit(features[i:i+1], &e)
			if features[i] == 0 && e != (Scores{}) {
				t.Fatal("the feature 0 has a weight")
			}
			for y := range labels {
				want[y] += float64(e[y])
				if e[y] != 0 {
					hits++
				}
			}
		}
		sum := m.Sum(features)
		if portable := m.sumPortable(features); sum != portable {
			t.Fatalf("%d features: %x, portably %x", len(features), sum, portable)
		}
		k := r.IntN(len(features) + 1)
		parts := m.Sum(features[:k])
		parts.Add(m.Sum(features[k:]))
		if parts != sum {
			t.Fatalf("in parts %x, whole %x", parts, sum)
		}
		var e Scores
		m.Scores(sum, len(features), &e)
		for y := range labels {
			if math.Abs(float64(e[y])-want[y]) > 1e-3 {
				t.Fatalf("label %d: %v, want %v", y, e[y], want[y])
			}
		}
	}
	if hits == 0 {
		t.Error("no feature was found")
	}
}

func TestLoadRefuses(t *testing.T) {
	s := Sequence{Features: [][]uint64{{1}, {2}}, Labels: []uint8{0, 1}}
	good := Train([]Sequence{s}, Options{Labels: 2, Epochs: 2, Rate: 0.1}).Pack(0).Bytes()
	if _, _, err := Load(good); err != nil {
		t.Fatal(err)
	}
	for n := range good {
		if _, _, err := Load(good[:n]); err == nil {
			t.Fatalf("%d of %d bytes were taken for a model", n, len(good))
		}
	}
	bad := bytes.Clone(good)
	bad[0] ^= 1
	if _, _, err := Load(bad); err == nil {
		t.Error("another file was taken for a model")
	}
}

func TestExp(t *testing.T) {
	for x := -80.0; x < 80; x += 0.013 {
		if got, want := float64(exp(float32(x))), math.Exp(float64(float32(x))); math.Abs(got/want-1) > 2e-5 {
			t.Fatalf("exp(%v) = %v, want %v", x, got, want)
		}
	}
}

func BenchmarkEmit(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	var s Sequence
	for range 5000 {
		var f []uint64
		for range 100 {
			f = append(f, r.Uint64())
		}
		s.Features = append(s.Features, f)
		s.Labels = append(s.Labels, uint8(r.IntN(7)))
	}
	m := Train([]Sequence{s}, Options{Labels: 7, Epochs: 1, Rate: 0.1}).Pack(0)
	var e Scores
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		m.Emit(s.Features[i%len(s.Features)], &e)
	}
}
