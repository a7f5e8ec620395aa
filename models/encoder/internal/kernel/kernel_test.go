package kernel

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// Every operation must give the same bits on every path. The tests here compare
// with the portable one, and that with arithmetic in 64 bits.

func fast(t testing.TB) []Path {
	paths := Available()
	if len(paths) == 1 {
		t.Skip("this processor has no path but the portable one")
	}
	return paths[:len(paths)-1]
}

func floats(rng *rand.Rand, n int, scale float64) []float32 {
	s := make([]float32, n)
	for i := range s {
		s[i] = float32(rng.NormFloat64() * scale)
	}
	return s
}

// kinds are the numbers that operations are tried on.
var kinds = []struct {
	name string
	fill func(rng *rand.Rand, n int) []float32
}{
	{"normal", func(rng *rand.Rand, n int) []float32 { return floats(rng, n, 1) }},
	{"large", func(rng *rand.Rand, n int) []float32 { return floats(rng, n, 1e6) }},
	{"small", func(rng *rand.Rand, n int) []float32 { return floats(rng, n, 1e-12) }},
	{"zero", func(rng *rand.Rand, n int) []float32 { return make([]float32, n) }},
	{"constant", func(rng *rand.Rand, n int) []float32 {
		s := make([]float32, n)
		for i := range s {
			s[i] = -3.7
		}
		return s
	}},
	{"outlier", func(rng *rand.Rand, n int) []float32 {
		s := floats(rng, n, 0.01)
		for i := 0; i < n; i += 37 {
			s[i] = float32(rng.NormFloat64() * 100)
		}
		return s
	}},
	{"halves", func(rng *rand.Rand, n int) []float32 {
		s := make([]float32, n)
		for i := range s {
			s[i] = float32(rng.IntN(511)-255) / 2
		}
		s[0], s[n-1] = 127.5, -127.5
		return s
	}},
}

func newRows(rows, stride int) Rows {
	rows = Up(rows, Group)
	return Rows{make([]uint8, rows*stride), stride, make([]float32, rows), make([]float32, rows)}
}

func same[T comparable](t *testing.T, what string, got, want []T) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d, want %d", what, len(got), len(want))
	}
	for i := range got {
		if got[i] != want[i] {
			t.Fatalf("%s: number %d is %v, want %v", what, i, got[i], want[i])
		}
	}
}

// sameRows compares rows of n numbers of a with those of b.
func sameRows(t *testing.T, what string, a, b Rows, n, rows int) {
	t.Helper()
	for r := range rows {
		same(t, fmt.Sprint(what, ": bytes of row ", r), a.Data[r*a.Stride:][:n], b.Data[r*b.Stride:][:n])
	}
	same(t, what+": scale", a.Scale[:rows], b.Scale[:rows])
	same(t, what+": offset", a.Offset[:rows], b.Offset[:rows])
}

func randomWeights(rng *rand.Rand, k, n, width int, extreme bool) *Weights {
	w := &Weights{K: k, N: n, Width: width, Panels: make([]int8, k*n), Scale: floats(rng, n, 0.01), Bias: floats(rng, n, 1), Sum: make([]float32, n)}
	for i := 0; i < len(w.Panels); i += 2 {
		a, b := rng.IntN(255)-127, rng.IntN(255)-127
		if extreme {
			pairs := [][2]int{{64, 64}, {127, 1}, {-64, -64}, {1, 127}, {-127, -1}, {127, -127}}
			a, b = pairs[i/2%len(pairs)][0], pairs[i/2%len(pairs)][1]
		}
		for !pairFits(a, b) {
			a /= 2
		}
		w.Panels[i], w.Panels[i+1] = int8(a), int8(b)
	}
	w.Sums()
	return w
}

func (w *Weights) at(k, n int) int8 {
	return w.Panels[((n/w.Width)*(w.K/4)+k/4)*w.Width*4+n%w.Width*4+k%4]
}

func TestMatMul(t *testing.T) {
	for _, c := range []struct {
		rows, k, n, width int
		extreme           bool
	}{
		{1, 16, 48, Wide, false}, {7, 32, 32, Narrow, false}, {8, 64, 96, Wide, false}, {9, 192, 144, Wide, true},
		{33, 384, 288, Wide, false}, {17, 1536, 96, Wide, true}, {5, 512, 32, Narrow, true}, {64, 32, 512, Narrow, false},
	} {
		rng := rand.New(rand.NewPCG(1, uint64(c.rows)))
		w := randomWeights(rng, c.k, c.n, c.width, c.extreme)
		a := newRows(c.rows, c.k+16)
		for i := range a.Data {
			a.Data[i] = uint8(rng.IntN(256))
			if c.extreme {
				a.Data[i] = 255
			}
		}
		for i := range a.Scale {
			a.Scale[i] = rng.Float32()
		}
		copy(a.Offset, floats(rng, len(a.Offset), 3))
		stride := c.n + 16
		want := make([]float32, Up(c.rows, Group)*stride)
		Portable.MatMul(want, stride, a, c.rows, w)
		for r := range c.rows {
			for n := range c.n {
				integers, number := 0, 0.0
				for k := range c.k {
					integers += int(a.Data[r*a.Stride+k]) * int(w.at(k, n))
					number += float64(w.at(k, n)) * float64(w.Scale[n])
				}
				number = float64(integers)*float64(a.Scale[r])*float64(w.Scale[n]) + number*float64(a.Offset[r]) + float64(w.Bias[n])
				if got := float64(want[r*stride+n]); math.Abs(got-number) > 1e-5*math.Abs(number)+1e-6*(1+float64(c.k)*127*math.Abs(float64(w.Scale[n]))*(255*float64(a.Scale[r])+math.Abs(float64(a.Offset[r])))) {
					t.Fatalf("%+v: row %d column %d: %v, want %v", c, r, n, got, number)
				}
			}
		}
		for _, p := range fast(t) {
			got := make([]float32, Up(c.rows, Group)*stride)
			p.MatMul(got, stride, a, c.rows, w)
			for r := range c.rows {
				same(t, fmt.Sprintf("%v %+v row %d", p, c, r), got[r*stride:][:c.n], want[r*stride:][:c.n])
			}
		}
	}
}

// TestRowwise runs what turns rows of numbers into rows of bytes.
func TestRowwise(t *testing.T) {
	const rows = 5
	for _, kind := range kinds {
		for _, n := range []int{64, 128, 384, 1536} {
			rng := rand.New(rand.NewPCG(2, uint64(n)))
			stride := n + 16
			src := kind.fill(rng, rows*stride)
			x, gain, bias := kind.fill(rng, rows*n), floats(rng, n, 1), floats(rng, n, 1)
			run := func(p Path) (quantized, normed, activated Rows, sums, values []float32) {
				quantized, normed, activated = newRows(rows, n+8), newRows(rows, n+8), newRows(rows, n+8)
				p.Quantize(quantized, src, stride, n, rows)
				sums = append(sums, x...)
				p.AddNorm(normed, sums, src, stride, gain, bias, rows)
				values = append(values, src...)
				p.Gelu(activated, values, stride, n, rows)
				return
			}
			q, l, g, sums, values := run(Portable)
			for r := range rows {
				row := src[r*stride:][:n]
				for i, x := range row {
					if back := float64(q.Scale[r])*float64(q.Data[r*q.Stride+i]) + float64(q.Offset[r]); math.Abs(back-float64(x)) > 0.501*float64(q.Scale[r])+1e-6*math.Abs(float64(x)) {
						t.Fatalf("quantized %s: %v became %v, scale %v", kind.name, x, back, q.Scale[r])
					}
				}
				mean, variance := 0.0, 0.0
				sum := func(i int) float64 { return float64(x[r*n+i] + row[i]) }
				for i := range n {
					mean += sum(i) / float64(n)
				}
				for i := range n {
					variance += (sum(i) - mean) * (sum(i) - mean) / float64(n)
				}
				for i := range n {
					want := (sum(i)-mean)/math.Sqrt(variance+1e-12)*float64(gain[i]) + float64(bias[i])
					if kind.name != "constant" && math.Abs(want-float64(sums[r*n+i])) > 1e-4*(1+math.Abs(want)) {
						t.Fatalf("norm of %s: %v, want %v", kind.name, sums[r*n+i], want)
					}
					x := float64(row[i])
					if want := x / 2 * (1 + math.Erf(x/math.Sqrt2)); math.Abs(want-float64(values[r*stride+i])) > 1e-4+1e-5*math.Abs(x) {
						t.Fatalf("gelu(%v) = %v, want %v", x, values[r*stride+i], want)
					}
				}
			}
			for _, p := range fast(t) {
				what := fmt.Sprint(p, " ", kind.name, " ", n)
				q2, l2, g2, sums2, values2 := run(p)
				sameRows(t, what+" quantize", q2, q, n, rows)
				same(t, what+" norm", sums2, sums)
				sameRows(t, what+" norm", l2, l, n, rows)
				same(t, what+" gelu", values2, values)
				sameRows(t, what+" gelu", g2, g, n, rows)
			}
		}
	}
}

// TestHeads runs what prepares attention.
func TestHeads(t *testing.T) {
	for _, kind := range kinds {
		for _, heads := range []int{2, 6, 12} {
			const rows, per, factor = 64, 70, 0.25
			rng := rand.New(rand.NewPCG(3, uint64(heads)))
			n := heads * Head
			stride := n + 16
			src := kind.fill(rng, rows*stride)
			type result struct {
				queries, keys            []uint8
				qs, qo, ks, ksum, most   []float32
				packedKeys, packedValues []int8
			}
			inverse := floats(rng, Head, 20)
			run := func(p Path) (r result) {
				r.queries, r.keys = make([]uint8, rows*n), make([]uint8, rows*n)
				r.qs, r.qo, r.ks, r.ksum = make([]float32, heads*per), make([]float32, heads*per), make([]float32, heads*per), make([]float32, heads*per)
				p.QuantizeHeads(r.queries, r.qs, r.qo, per, src, stride, heads, rows)
				p.QuantizeKeys(r.keys, r.ks, r.ksum, per, src, stride, heads, rows, factor)
				r.most = make([]float32, n)
				p.MaxColumns(r.most, src, stride, rows)
				r.packedKeys, r.packedValues = make([]int8, rows*Head), make([]int8, rows*Head)
				p.PackKeys(r.packedKeys, r.keys[Head:], n, rows)
				if kind.name != "large" {
					p.PackValues(r.packedValues, inverse, src[Head:], stride, rows)
				}
				return
			}
			want := run(Portable)
			keys := Weights{K: Head, N: rows, Width: Narrow, Panels: want.packedKeys}
			values := Weights{K: rows, N: Head, Width: Narrow, Panels: want.packedValues}
			for r := range rows {
				for h := range heads {
					total := 0.0
					for k := range Head {
						x, at := float64(src[r*stride+h*Head+k]), r*n+h*Head+k
						qs, ks := float64(want.qs[h*per+r]), float64(want.ks[h*per+r])
						q, key := qs*float64(want.queries[at])+float64(want.qo[h*per+r]), ks*float64(int8(want.keys[at]))
						if math.Abs(q-x) > 0.501*qs+1e-5*math.Abs(x) || math.Abs(key-factor*x) > 0.501*ks+1e-5*math.Abs(x) {
							t.Fatalf("%s: %v became the query %v and the key %v, scales %v and %v", kind.name, x, q, key, qs, ks)
						}
						total += key
						if h == 1 && keys.at(k, r) != int8(want.keys[at]) {
							t.Fatalf("packed key %d, number %d", r, k)
						}
						if v := math.RoundToEven(float64(src[r*stride+Head+k] * inverse[k])); h == 1 && math.Abs(v) < 127 && float64(values.at(r, k)) != v {
							t.Fatalf("packed value %d, number %d is %v, want %v", r, k, values.at(r, k), v)
						}
					}
					if got := float64(want.ksum[h*per+r]); math.Abs(got-total) > 1e-5*(math.Abs(total)+float64(want.ks[h*per+r])) {
						t.Fatalf("sum of a key %v, want %v", got, total)
					}
				}
			}
			for _, p := range fast(t) {
				what := fmt.Sprint(p, " ", kind.name, " ", heads)
				got := run(p)
				same(t, what+" queries", got.queries, want.queries)
				same(t, what+" keys", got.keys, want.keys)
				same(t, what+" scale of queries", got.qs, want.qs)
				same(t, what+" offset of queries", got.qo, want.qo)
				same(t, what+" scale of keys", got.ks, want.ks)
				same(t, what+" sum of keys", got.ksum, want.ksum)
				same(t, what+" most", got.most, want.most)
				same(t, what+" packed keys", got.packedKeys, want.packedKeys)
				same(t, what+" packed values", got.packedValues, want.packedValues)
			}
		}
	}
}

func TestSoftmax(t *testing.T) {
	const rows = 9
	for _, kind := range kinds {
		for _, keys := range []int{1, 2, 3, 30, 32, 64, 257, 512} {
			n := Up(keys, Narrow)
			what := fmt.Sprint(kind.name, " ", keys)
			rng := rand.New(rand.NewPCG(4, uint64(n)))
			stride := n + 16
			src := kind.fill(rng, rows*stride)
			for r := range rows {
				for k := keys; k < n; k++ {
					src[r*stride+k] += None
				}
				src[r*stride] += float32(10*r - 45) // the first key from far below to far above
			}
			run := func(p Path) (Rows, []float32) {
				a, ends := newRows(rows, n), make([]float32, rows*2)
				scores := slices.Clone(src)
				for r := range rows {
					scores[r*stride] -= EndsBelow
					if keys > 1 {
						scores[r*stride+keys-1] -= EndsBelow
					}
				}
				p.Softmax(a, ends, scores, stride, n, keys, rows)
				return a, ends
			}
			want, ends := run(Portable)
			for r := range rows {
				row := src[r*stride:][:keys]
				most, others := slices.Max(row), float32(None)
				if keys > 2 {
					others = slices.Max(row[1 : keys-1])
				}
				total := 0.0
				for _, x := range row {
					total += math.Exp2(float64(x) - float64(most))
				}
				// Half a byte's worth each other share may be wrong.
				tolerance := 1e-5 + float64(keys)*0.51*math.Exp2(float64(others)-float64(most))/255/total
				sum := 0.0
				for k, x := range row {
					share := math.Exp2(float64(x)-float64(most)) / total
					got := float64(want.Data[r*n+k]) * float64(want.Scale[r])
					if k == 0 || k == keys-1 {
						if want.Data[r*n+k] != 0 {
							t.Fatalf("%s: an end has a byte", what)
						}
						got = float64(ends[2*r+min(k, 1)])
					}
					sum += got
					if math.Abs(got-share) > tolerance {
						t.Fatalf("%s: row %d, the share of score %d, %v, is %v, want %v", what, r, k, x, got, share)
					}
				}
				if math.Abs(sum-1) > 1e-5 {
					t.Fatalf("%s: shares add up to %v", what, sum)
				}
				for k := keys; k < n; k++ {
					if want.Data[r*n+k] != 0 {
						t.Fatalf("%s: what is no key has a share", what)
					}
				}
			}
			for _, p := range fast(t) {
				got, e := run(p)
				sameRows(t, fmt.Sprint(p, " ", what), got, want, n, rows)
				same(t, fmt.Sprint(p, " ", what, " ends"), e, ends)
			}
		}
	}
}

func TestAddEnds(t *testing.T) {
	const rows, stride = 7, 50
	rng := rand.New(rand.NewPCG(8, 8))
	dst, ends, first, last := floats(rng, rows*stride, 1), floats(rng, 2*rows, 1), floats(rng, Head, 1), floats(rng, Head, 1)
	for _, p := range Available() {
		got := slices.Clone(dst)
		p.AddEnds(got, stride, ends, first, last, rows)
		for i, x := range got {
			want, r, k := dst[i], i/stride, i%stride
			if k < Head {
				want = fma(ends[2*r+1], last[k], fma(ends[2*r], first[k], want))
			}
			if x != want {
				t.Fatalf("%v: row %d, number %d is %v, want %v", p, r, k, x, want)
			}
		}
	}
}

func TestEmbedAndAdd(t *testing.T) {
	for _, n := range []int{16, 64, 384} {
		rng := rand.New(rand.NewPCG(5, uint64(n)))
		word := make([]int8, n)
		for i := range word {
			word[i] = int8(rng.IntN(256) - 128)
		}
		position, more := floats(rng, n, 1), floats(rng, n, 1)
		for _, p := range Available() {
			got := make([]float32, n)
			p.Embed(got, word, 0.01, position)
			p.Add(got, more)
			for i := range got {
				want := fma(float32(word[i]), 0.01, position[i]) + more[i]
				if got[i] != want {
					t.Fatalf("%v, %d numbers: number %d is %v, want %v", p, n, i, got[i], want)
				}
			}
		}
	}
}

func TestPairs(t *testing.T) {
	for _, n := range []int{16, 48, 96, 384} {
		rng := rand.New(rand.NewPCG(6, uint64(n)))
		const pairs, tableRows = 21, 256
		a, b, table, w := floats(rng, pairs*n, 1), floats(rng, n, 1), floats(rng, tableRows*n, 1), floats(rng, n*8, 1)
		row := make([]uint8, pairs)
		for i := range row {
			row[i] = uint8(rng.IntN(tableRows))
		}
		row[3] = 255
		bias := [8]float32(floats(rng, 8, 1))
		want := make([][8]float32, pairs)
		Portable.Pairs(want, a, b, table, row, w, &bias)
		for i := range pairs {
			for y := range 8 {
				total := float64(bias[y])
				for k := range n {
					total += max(0, float64(a[i*n+k])+float64(b[k])+float64(table[int(row[i])*n+k])) * float64(w[k*8+y])
				}
				if math.Abs(total-float64(want[i][y])) > 1e-4*(1+math.Abs(total)) {
					t.Fatalf("pair %d, score %d: %v, want %v", i, y, want[i][y], total)
				}
			}
		}
		for _, p := range fast(t) {
			got := make([][8]float32, pairs)
			p.Pairs(got, a, b, table, row, w, &bias)
			same(t, fmt.Sprint(p, " ", n), got, want)
		}
	}
}

// TestFMA compares with numbers of any precision, where rounding twice would show:
// sums that lie in the middle between two floats, or a little beside it.
func TestFMA(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	exact := func(a, b, c float32) float32 {
		x := new(big.Float).SetPrec(2000).SetFloat64(float64(a))
		x.Mul(x, new(big.Float).SetFloat64(float64(b)))
		x.Add(x, new(big.Float).SetFloat64(float64(c)))
		f, _ := x.Float32()
		return f
	}
	number := func(least, greatest int) float32 {
		m := 1 + float64(rng.IntN(1<<23))/(1<<23)
		if rng.IntN(4) == 0 {
			m = 1
		}
		if rng.IntN(2) == 0 {
			m = -m
		}
		return float32(math.Ldexp(m, least+rng.IntN(greatest-least+1)))
	}
	check := func(a, b, c float32) {
		t.Helper()
		if got, want := fma(a, b, c), exact(a, b, c); got != want {
			t.Fatalf("%v*%v+%v = %v, want %v", a, b, c, got, want)
		}
	}
	for range 20000 {
		check(number(-3, 3), number(-3, 3), number(-6, 6))
		check(number(-30, -20), number(-30, -20), number(-1, 1))      // far below c
		check(number(-75, -70), number(-75, -70), number(-140, -126)) // floats become sparse
		// k ulps more than one, times as many less, is just less than one: with c,
		// just beside the middle between two floats.
		k := float32(rng.IntN(100)) / (1 << 23)
		check(1+k, (1-k)/(1<<24), number(0, 0))
		check(-1-k, (1-k)/(1<<24), number(0, 0))
	}
	check(0, 5, -2)
	check(-3, 5, 15)
	check(0, 0, 0)
}

// TestShortMemory shows that no operation begins where the memory is not long enough.
func TestShortMemory(t *testing.T) {
	p := Available()[0]
	rows := newRows(16, 64)
	f := make([]float32, 16*64)
	b := make([]int8, 16*64)
	w := randomWeights(rand.New(rand.NewPCG(1, 1)), 64, Wide, Wide, false)
	for name, f := range map[string]func(){
		"source":        func() { p.Quantize(rows, f[1:], 64, 64, 16) },
		"bytes":         func() { p.Quantize(Rows{rows.Data[1:], 64, rows.Scale, rows.Offset}, f, 64, 64, 16) },
		"scales":        func() { p.Gelu(Rows{rows.Data, 64, rows.Scale[1:], rows.Offset}, f, 64, 64, 16) },
		"bias":          func() { p.AddNorm(rows, f, f, 64, f[:64], f[:63], 16) },
		"a group":       func() { p.MatMul(f, Wide, Rows{rows.Data[:7*64], 64, rows.Scale, rows.Offset}, 7, w) },
		"of the result": func() { p.MatMul(f[:8*Wide-1], Wide, rows, 8, w) },
		"a head":        func() { p.QuantizeHeads(rows.Data, f[:17], f, 16, f, 64, 2, 16) },
		"keys":          func() { p.PackKeys(b[:1023], rows.Data, 32, 32) },
		"values":        func() { p.PackValues(b, f[:31], f, 32, 32) },
		"columns":       func() { p.MaxColumns(f[:64], f[:127], 64, 2) },
		"shares":        func() { p.Softmax(rows, f, f[:1023], 64, 64, 64, 16) },
		"a word":        func() { p.Embed(f[:64], b[:63], 1, f) },
		"added":         func() { p.Add(f[:64], f[:63]) },
		"a table":       func() { p.Pairs(make([][8]float32, 1), f, f[:16], f[:31], []uint8{1}, f, &[8]float32{}) },
		"odd length":    func() { p.Quantize(rows, f, 64, 63, 1) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if r := fmt.Sprint(recover()); !strings.HasPrefix(r, "kernel: ") {
					t.Errorf("it says %s", r)
				}
			}()
			f()
		})
	}
}

func BenchmarkMatMul(b *testing.B) {
	for _, p := range Available() {
		for _, s := range [][3]int{{64, 384, 384}, {64, 384, 1536}, {64, 1536, 384}} {
			b.Run(fmt.Sprintf("%v/%dx%dx%d", p, s[0], s[1], s[2]), func(b *testing.B) {
				rng := rand.New(rand.NewPCG(1, 1))
				w := randomWeights(rng, s[1], s[2], Wide, false)
				panels := Align(make([]byte, s[1]*s[2]+63), s[1]*s[2])
				for i, x := range w.Panels {
					panels[i] = byte(x)
				}
				w.Panels = Signed(panels)
				a, dst := newRows(s[0], s[1]), make([]float32, s[0]*s[2])
				for b.Loop() {
					p.MatMul(dst, s[2], a, s[0], w)
				}
				b.ReportMetric(float64(s[0]*s[1]*s[2])*float64(b.N)/b.Elapsed().Seconds()/1e9, "GMAC/s")
			})
		}
	}
}
