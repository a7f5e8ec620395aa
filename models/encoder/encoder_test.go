package encoder

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/onrecord-nlp/onrecord/models/encoder/internal/kernel"
)

// small is a model whose matrices are not as wide as whole panels.
var small = Config{Layers: 2, Hidden: 64, Heads: 2, Intermediate: 128, Vocabulary: 100, Positions: 512, Outputs: 10, Features: []int{3, 2}}

// usual is a model of the sizes that are in use, with fewer words.
var usual = Config{Layers: 6, Hidden: 384, Heads: 12, Intermediate: 1536, Vocabulary: 1000, Positions: 512, Outputs: 288, Features: []int{4, 4, 2}}

// file writes a model of random weights in the form that Decode reads.
func file(c Config) []byte {
	rng := rand.New(rand.NewPCG(7, uint64(c.Hidden)))
	var b bytes.Buffer
	part := func(data any) {
		binary.Write(&b, binary.LittleEndian, data)
		b.Write(make([]byte, -b.Len()&63))
	}
	integers := func(n, limit int) {
		s := make([]int8, n)
		for i := range s {
			s[i] = int8(rng.IntN(2*limit+1) - limit)
		}
		part(s)
	}
	floats := func(n int, mean, deviation float64) {
		s := make([]float32, n)
		for i := range s {
			s[i] = float32(mean + deviation*rng.NormFloat64())
		}
		part(s)
	}
	norm := func() {
		floats(c.Hidden, 1, 0.1)
		floats(c.Hidden, 0, 0.1)
	}
	linear := func(k, n int) {
		n = kernel.Up(n, kernel.Wide)
		integers(k*n, 64)
		floats(n, 1.5/(37*math.Sqrt(float64(k))), 0)
		floats(n, 0, 0.1)
	}
	b.WriteString(magic)
	head := []uint32{version, uint32(c.Layers), uint32(c.Hidden), uint32(c.Heads), uint32(c.Intermediate), uint32(c.Vocabulary), uint32(c.Positions), uint32(c.Outputs), uint32(len(c.Features))}
	for _, n := range c.Features {
		head = append(head, uint32(n))
	}
	part(head)
	integers(c.Vocabulary*c.Hidden, 127)
	floats(c.Vocabulary, 0.01, 0.001)
	floats(c.Positions*c.Hidden, 0, 0.1)
	for _, n := range c.Features {
		floats(n*c.Hidden, 0, 0.1)
	}
	norm()
	for range c.Layers {
		for range 4 {
			linear(c.Hidden, c.Hidden)
		}
		norm()
		linear(c.Hidden, c.Intermediate)
		linear(c.Intermediate, c.Hidden)
		norm()
	}
	linear(c.Hidden, c.Outputs)
	return sealed(b.Bytes())
}

// sealed is a file's body with the sum that ends it.
func sealed(body []byte) []byte {
	sum := sha256.Sum256(body)
	return append(slices.Clip(body), sum[:]...)
}

func decode(t testing.TB, file []byte) *Model {
	t.Helper()
	m, err := Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// windows are windows of the lengths given.
func windows(c Config, lengths ...int) []Window {
	rng := rand.New(rand.NewPCG(8, 8))
	var ws []Window
	for _, n := range lengths {
		var w Window
		for range n {
			w.Pieces = append(w.Pieces, int32(rng.IntN(c.Vocabulary)))
			for _, values := range c.Features {
				w.Features = append(w.Features, uint8(rng.IntN(values)))
			}
		}
		ws = append(ws, w)
	}
	return ws
}

func sameOut(t *testing.T, what string, got, want []Window) {
	t.Helper()
	for i := range want {
		if !slices.Equal(got[i].Out, want[i].Out) {
			t.Fatalf("%s: window %d of %d pieces differs", what, i, len(want[i].Pieces))
		}
	}
}

// TestPaths holds all paths to the same bits.
func TestPaths(t *testing.T) {
	large := Config{Layers: 3, Hidden: 192, Heads: 6, Intermediate: 768, Vocabulary: 300, Positions: 512, Outputs: 50}
	for _, c := range []Config{small, large} {
		if c.Layers > small.Layers && testing.Short() {
			continue
		}
		m := decode(t, file(c))
		var want []Window
		for _, path := range slices.Backward(Paths()) { // portable first
			p, err := m.With(path)
			if err != nil {
				t.Fatal(err)
			}
			if p.Path() != path {
				t.Fatalf("the path is %s, want %s", p.Path(), path)
			}
			got := windows(c, 1, 2, 31, 32, 33, 64, 65, 200, 0, 7, 300)
			p.Session().Run(got)
			for i, w := range got {
				if len(w.Out) != len(w.Pieces)*c.Outputs {
					t.Fatalf("window %d has %d numbers for %d pieces", i, len(w.Out), len(w.Pieces))
				}
				for _, x := range w.Out {
					if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
						t.Fatalf("%s: window %d has %v", path, i, x)
					}
				}
			}
			if want == nil {
				want = got
			}
			sameOut(t, path, got, want)
		}
	}
	if _, err := decode(t, file(small)).With("sse"); err == nil || !strings.Contains(err.Error(), "choose one of") {
		t.Errorf("a path that is none: %v", err)
	}
}

// TestBatches shows that a window's numbers do not depend on its neighbours, nor on
// what a session did before.
func TestBatches(t *testing.T) {
	m := decode(t, file(small))
	alone := windows(small, 300, 5, 512, 33, 1, 1, 128, 200, 90, 64, 17)
	for i := range alone {
		m.Session().Run(alone[i : i+1])
	}
	together := windows(small, 300, 5, 512, 33, 1, 1, 128, 200, 90, 64, 17)
	s := m.Session()
	s.Run(together)
	sameOut(t, "together", together, alone)
	again := slices.Clone(together)
	slices.Reverse(again)
	for i := range again {
		clear(again[i].Out)
	}
	s.Run(again)
	slices.Reverse(again)
	sameOut(t, "the other way round", again, alone)
}

// TestOrder shows that places and features count.
func TestOrder(t *testing.T) {
	m := decode(t, file(small))
	ws := windows(small, 20, 20, 20)
	ws[1].Pieces = slices.Clone(ws[0].Pieces)
	slices.Reverse(ws[1].Pieces)
	ws[1].Features, ws[2].Pieces = ws[0].Features, ws[0].Pieces
	m.Session().Run(ws)
	if slices.Equal(ws[0].Out, ws[1].Out) || slices.Equal(ws[0].Out, ws[2].Out) {
		t.Error("other order or other features, and the same numbers")
	}
}

// TestTrained compares with what PyTorch calculates in floating point from the same
// weights before they were quantized: models/train/golden.py wrote both files.
func TestTrained(t *testing.T) {
	const (
		leastCosine = 0.999              // of the numbers of a piece
		greatestRMS = 0.02               // of all differences, in that of all numbers
		bits        = "eb2ce5b13768f567" // the beginning of the SHA-256 of all numbers, on any processor
	)
	model, err := os.ReadFile("testdata/golden.bin")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var golden []struct {
		Pieces   []int32
		Features []int
		Out      []float32
	}
	if err := json.Unmarshal(text, &golden); err != nil {
		t.Fatal(err)
	}
	var ws []Window
	for _, g := range golden {
		w := Window{Pieces: g.Pieces}
		for _, f := range g.Features {
			w.Features = append(w.Features, uint8(f))
		}
		ws = append(ws, w)
	}
	m := decode(t, model)
	m.Session().Run(ws)
	sum := sha256.New()
	for _, w := range ws {
		binary.Write(sum, binary.LittleEndian, w.Out)
	}
	if got := fmt.Sprintf("%x", sum.Sum(nil)[:8]); got != bits {
		t.Errorf("the bits of all numbers are %s, on other processors they are %s", got, bits)
	}
	squares, of, worst := 0.0, 0.0, 1.0
	n := m.Config().Outputs
	for i, g := range golden {
		if len(ws[i].Out) != len(g.Out) {
			t.Fatalf("window %d: %d numbers, want %d", i, len(ws[i].Out), len(g.Out))
		}
		for p := range g.Pieces {
			xy, xx, yy := 0.0, 0.0, 0.0
			for k := range n {
				x, y := float64(ws[i].Out[p*n+k]), float64(g.Out[p*n+k])
				xy, xx, yy = xy+x*y, xx+x*x, yy+y*y
				squares += (x - y) * (x - y)
			}
			of += yy
			worst = min(worst, xy/math.Sqrt(xx*yy))
		}
	}
	rms := math.Sqrt(squares / of)
	t.Logf("least cosine %.5f, differences %.4f of the numbers", worst, rms)
	if worst < leastCosine || rms > greatestRMS {
		t.Errorf("least cosine %.5f, want %v; differences %.4f of the numbers, want at most %v", worst, leastCosine, rms, greatestRMS)
	}
}

func TestDecodeRefuses(t *testing.T) {
	whole := file(small)
	body := whole[:len(whole)-sha256.Size]
	changed := func(at int, b ...byte) []byte {
		f := slices.Clone(whole)
		copy(f[at:], b)
		return f
	}
	resealed := func(at int, b ...byte) []byte {
		f := slices.Clone(body)
		copy(f[at:], b)
		return sealed(f)
	}
	words := 64 + kernel.Up(small.Vocabulary*small.Hidden, align)
	matrix := words + kernel.Up(small.Vocabulary*4, align) + small.Positions*small.Hidden*4 + (3+2+2)*small.Hidden*4
	for _, c := range []struct {
		name string
		file []byte
		want string
	}{
		{"nothing", nil, `begins with ""`},
		{"another kind", []byte("PK\x03\x04 and so on, and more"), `begins with "PK\x03\x04 and"`},
		{"the name alone", []byte(magic), "version -1"},
		{"a version to come", changed(8, 2), "version 2 of the form, this program reads version 1"},
		{"no layers", changed(12, 0), "layers is 0"},
		{"odd numbers of a piece", changed(16, 65), "hidden is 65"},
		{"other heads", changed(20, 4), "4 heads for 64"},
		{"very many words", changed(28, 255, 255, 255, 255), "vocabulary is"},
		{"very many features", changed(40, 17), "17 features"},
		{"a feature of nothing", changed(44, 0), "feature 0 has 0 values"},
		{"cut in the sizes", whole[:30], "vocabulary is -1"},
		{"cut", whole[:len(whole)-1], "its sizes need"},
		{"longer", append(slices.Clone(whole), 0), "its sizes need"},
		{"one layer more", changed(12, 3), "its sizes need"},
		{"a changed byte", changed(5000, whole[5000]+1), "SHA-256 differs"},
		{"a changed sum", changed(len(whole)-1, whole[len(whole)-1]+1), "SHA-256 differs"},
		{"a scale that is no number", resealed(words, 0, 0, 0xc0, 0x7f), fmt.Sprintf("number at byte %d", words)},
		{"a scale without end", resealed(words+8, 0, 0, 0x80, 0xff), fmt.Sprintf("number at byte %d", words+8)},
		{"weights too great together", resealed(matrix, 127, 127), "neighbouring weights"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Decode(c.file)
			if err == nil {
				t.Fatal("it was read")
			}
			if !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "models/train/export.py") {
				t.Errorf("the error is %q, it should say %q and what to do", err, c.want)
			}
		})
	}
}

// FuzzDecode gives Decode anything: only what was written whole is read.
func FuzzDecode(f *testing.F) {
	c := Config{Layers: 1, Hidden: 64, Heads: 2, Intermediate: 64, Vocabulary: 3, Positions: 2, Outputs: 1, Features: []int{1}}
	whole := file(c)
	f.Add(whole)
	f.Add(whole[:60])
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := Decode(b)
		if (m == nil) == (err == nil) {
			t.Errorf("a model %v, and the error %v", m, err)
		}
		if len(b) > len(magic) { // the same, but for its sum: what it holds is looked at
			if m, err := Decode(sealed(b)); err == nil {
				m.Session().Run(windows(m.Config(), 1))
			}
		}
	})
}

// TestUnaligned reads a model from wherever in memory it may be.
func TestUnaligned(t *testing.T) {
	whole := file(small)
	want := windows(small, 50)
	decode(t, whole).Session().Run(want)
	for _, at := range []int{1, 4, 63} {
		moved := append(make([]byte, at, at+len(whole)), whole...)[at:]
		got := windows(small, 50)
		decode(t, moved).Session().Run(got)
		sameOut(t, fmt.Sprint("moved by ", at), got, want)
	}
}

func TestRunAllocatesNothing(t *testing.T) {
	m := decode(t, file(small))
	s, ws := m.Session(), windows(small, 100, 3, 0, 512, 77)
	s.Run(ws)
	if n := testing.AllocsPerRun(5, func() { s.Run(ws) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	out, bias := make([][8]float32, 3), [8]float32{}
	a, w := make([]float32, 3*64), make([]float32, 64*8)
	if n := testing.AllocsPerRun(5, func() { m.PairScores(a, a[:64], a, make([]uint8, 3), w, &bias, out) }); n != 0 {
		t.Errorf("%v allocations of PairScores", n)
	}
}

func TestManySessions(t *testing.T) {
	m := decode(t, file(small))
	want := windows(small, 40, 70, 5)
	m.Session().Run(want)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			s := m.Session()
			for range 3 {
				got := windows(small, 40, 70, 5)
				s.Run(got)
				for i := range got {
					if !slices.Equal(got[i].Out, want[i].Out) {
						t.Errorf("window %d differs", i)
					}
				}
			}
		})
	}
	all.Wait()
}

func TestRunPanics(t *testing.T) {
	m := decode(t, file(small))
	for _, c := range []struct {
		want   string
		window Window
	}{
		{"piece 1 of window 0 is 100, the vocabulary has 100", Window{Pieces: []int32{1, 100}, Features: make([]uint8, 4)}},
		{"piece 0 of window 0 is -1", Window{Pieces: []int32{-1}, Features: make([]uint8, 2)}},
		{"window 0 has 513 pieces", Window{Pieces: make([]int32, 513), Features: make([]uint8, 1026)}},
		{"window 0 has 3 features for 2 pieces", Window{Pieces: make([]int32, 2), Features: make([]uint8, 3)}},
		{"feature 1 of piece 0 of window 0 is 2, of 2 values", Window{Pieces: make([]int32, 1), Features: []uint8{2, 2}}},
	} {
		t.Run(c.want, func(t *testing.T) {
			defer func() {
				if r := fmt.Sprint(recover()); !strings.Contains(r, c.want) {
					t.Errorf("it says %q", r)
				}
			}()
			m.Session().Run([]Window{c.window})
		})
	}
}

func TestPairScores(t *testing.T) {
	m := decode(t, file(small))
	a, b, dist, w := make([]float32, 2*16), make([]float32, 16), make([]float32, 2*16), make([]float32, 16*8)
	a[0], a[16], b[0] = 1, 2, -1.5
	dist[16] = 1 // row 1
	w[0], w[7] = 10, -1
	bias := [8]float32{0.25, 1}
	out := make([][8]float32, 2)
	m.PairScores(a, b, dist, []uint8{1, 0}, w, &bias, out)
	// 1-1.5+1 and 2-1.5+0 are both 0.5.
	want := [8]float32{5.25, 1, 0, 0, 0, 0, 0, -0.5}
	if out[0] != want || out[1] != want {
		t.Errorf("%v, want twice %v", out, want)
	}
	m.PairScores(a, b, dist, []uint8{0, 0}, w, &bias, out)
	if want := [8]float32{0.25, 1}; out[0] != want { // -0.5 counts as 0
		t.Errorf("%v, want %v", out[0], want)
	}
}

func BenchmarkRun(b *testing.B) {
	m := decode(b, file(usual))
	for _, path := range Paths() {
		m, err := m.With(path)
		if err != nil {
			b.Fatal(err)
		}
		for _, lengths := range [][]int{{64, 64, 64, 64}, {256}, {384}} {
			b.Run(fmt.Sprintf("%s/%d", path, lengths[0]), func(b *testing.B) {
				s, ws := m.Session(), windows(usual, lengths...)
				for b.Loop() {
					s.Run(ws)
				}
				b.ReportMetric(float64(b.N*len(lengths)*lengths[0])/b.Elapsed().Seconds(), "pieces/s")
			})
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	c := usual
	c.Vocabulary = 30522
	f := file(c)
	b.SetBytes(int64(len(f)))
	for b.Loop() {
		decode(b, f)
	}
}

func BenchmarkPairScores(b *testing.B) {
	const n, pairs = 96, 200
	m := decode(b, file(small))
	for _, path := range Paths() {
		m, _ := m.With(path)
		b.Run(path, func(b *testing.B) {
			rng := rand.New(rand.NewPCG(9, 9))
			floats := func(n int) []float32 {
				s := make([]float32, n)
				for i := range s {
					s[i] = float32(rng.NormFloat64())
				}
				return s
			}
			a, c, dist, w := floats(pairs*n), floats(n), floats(16*n), floats(n*8)
			row, out, bias := make([]uint8, pairs), make([][8]float32, pairs), [8]float32{}
			for b.Loop() {
				m.PairScores(a, c, dist, row, w, &bias, out)
			}
			b.ReportMetric(float64(b.N*pairs)/b.Elapsed().Seconds(), "pairs/s")
		})
	}
}
