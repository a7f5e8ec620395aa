// Package encoder runs a transformer encoder of the kind of BERT over pieces of
// words: for every piece of a window, the numbers that a projection makes of the
// encoder's last layer. It reads a file that models/train/export.py writes from a
// model trained in floating point, and calculates in eight-bit integers, by
// assembly where the processor has AVX-512, AVX2, or NEON with products of bytes.
//
// The input of a piece is the sum of the vectors of its word piece, of its place in
// the window and of any number of small features, normalized. Layers are those of
// Devlin, Chang, Lee and Toutanova, "BERT" (2019), with the normalization after
// each addition and the activation x times the normal distribution at x.
//
// Weights have eight bits and a scale for each column of a matrix, chosen for the
// least squared error; of two neighbours of one sign the sum is 128 at most. What goes
// into a product has eight bits too, and a scale and an offset for each row, or for
// queries and keys each head of a row, that are found while running (the scheme of
// Jacob et al., "Quantization and Training of Neural Networks for Efficient
// Integer-Arithmetic-Only Inference", 2018, with ranges found row by row). Only the
// shares of a window's first and last piece in attention, which are too great beside
// the others, stay in floating point.
//
// The result does not depend on the processor, nor on what else is in a batch: all
// paths calculate the same bits. It is near to that of floating point: of
// all-MiniLM-L6-v2 (6 layers of 384 numbers), the last layer's numbers of a piece have
// a cosine of 0.998 with those that PyTorch calculates.
package encoder

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"
	"unsafe"

	"github.com/onrecord-nlp/onrecord/models/encoder/internal/kernel"
)

// Config are the sizes of a model.
type Config struct {
	Layers       int   // 1 to 64
	Hidden       int   // numbers of a piece within the encoder: a multiple of 64, to 4096
	Heads        int   // of attention, of 32 numbers each: Hidden/32
	Intermediate int   // numbers of a piece between the two products of a layer: a multiple of 64, to 16384
	Vocabulary   int   // word pieces
	Positions    int   // pieces of the longest window, to 4096
	Outputs      int   // numbers of a piece that Run gives, to 4096
	Features     []int // how many values each feature of a piece has: at most 16 features of 256
}

// Model is an encoder. It does not change, and any number of goroutines may use it,
// each with a Session of its own.
type Model struct {
	config Config
	path   kernel.Path

	word       []int8 // rows of the vocabulary
	wordScale  []float32
	position   []float32
	features   [][]float32
	embedding  norm
	layers     []layer
	projection kernel.Weights
}

type norm struct{ gain, bias []float32 }

type layer struct {
	query, key, value, context kernel.Weights
	attended                   norm
	in, out                    kernel.Weights
	done                       norm
}

// Paths lists the implementations that this processor can run, fastest first:
// of "avx512", "avxvnni" and "avx2", or "neon", those that it has, and always
// "portable".
func Paths() []string {
	var names []string
	for _, p := range kernel.Available() {
		names = append(names, p.String())
	}
	return names
}

// Path is the implementation that the model runs on.
func (m *Model) Path() string { return m.path.String() }

// With is the model on an implementation of Paths. It shares everything with m.
func (m *Model) With(path string) (*Model, error) {
	for _, p := range kernel.Available() {
		if p.String() == path {
			other := *m
			other.path = p
			return &other, nil
		}
	}
	return nil, fmt.Errorf("encoder: there is no path %q on this processor: choose one of %s", path, strings.Join(Paths(), ", "))
}

// Config are the model's sizes.
func (m *Model) Config() Config {
	c := m.config
	c.Features = slices.Clone(c.Features)
	return c
}

const (
	magic   = "onrecenc"
	version = 1
	align   = 64 // where parts of a file begin
)

// remedy ends every error about a file.
const remedy = "write it again with models/train/export.py, or fetch it again"

// Decode reads a model. The model keeps file and uses the numbers in it where they
// are, so that file must not change; matrices are copied where they do not lie at a
// multiple of 64 bytes in memory. It runs on the first of Paths.
//
// An error says what of the file is wrong. Decode checks the sum that ends a file
// before it believes anything but sizes.
func Decode(file []byte) (*Model, error) {
	c, at, err := header(file)
	if err != nil {
		return nil, err
	}
	if want := c.length(at); int64(len(file)) != want {
		return nil, fmt.Errorf("encoder: the file has %d bytes, its sizes need %d: %s", len(file), want, remedy)
	}
	body, sum := file[:len(file)-sha256.Size], file[len(file)-sha256.Size:]
	if sha256.Sum256(body) != [sha256.Size]byte(sum) {
		return nil, fmt.Errorf("encoder: the file is not what was written, its SHA-256 differs: %s", remedy)
	}
	r := reader{file: body, at: at, bad: -1}
	m := &Model{
		config:    c,
		path:      kernel.Available()[0],
		word:      kernel.Signed(r.bytes(c.Vocabulary * c.Hidden)),
		wordScale: r.floats(c.Vocabulary),
		position:  r.floats(c.Positions * c.Hidden),
	}
	for _, rows := range c.Features {
		m.features = append(m.features, r.floats(rows*c.Hidden))
	}
	m.embedding = r.norm(c.Hidden)
	for range c.Layers {
		m.layers = append(m.layers, layer{
			query:    r.weights(c.Hidden, c.Hidden),
			key:      r.weights(c.Hidden, c.Hidden),
			value:    r.weights(c.Hidden, c.Hidden),
			context:  r.weights(c.Hidden, c.Hidden),
			attended: r.norm(c.Hidden),
			in:       r.weights(c.Hidden, c.Intermediate),
			out:      r.weights(c.Intermediate, c.Hidden),
			done:     r.norm(c.Hidden),
		})
	}
	m.projection = r.weights(c.Hidden, c.Outputs)
	if r.bad >= 0 {
		return nil, fmt.Errorf("encoder: the number at byte %d is not one that a trained model has: train longer or with a smaller learning rate, then %s", r.bad, remedy)
	}
	if r.pairs {
		return nil, fmt.Errorf("encoder: two neighbouring weights of one sign have a sum over %d: %s", kernel.PairLimit, remedy)
	}
	return m, nil
}

// header reads the sizes of a model, and where its first part begins.
func header(file []byte) (Config, int, error) {
	var c Config
	if len(file) < len(magic) || string(file[:len(magic)]) != magic {
		return c, 0, fmt.Errorf("encoder: this is no model of an encoder, it begins with %q and not %q: %s", file[:min(len(file), len(magic))], magic, remedy)
	}
	rest := file[len(magic):]
	next := func() int {
		if len(rest) < 4 {
			rest = nil
			return -1
		}
		n := binary.LittleEndian.Uint32(rest)
		rest = rest[4:]
		return int(min(n, math.MaxInt32))
	}
	if v := next(); v != version {
		return c, 0, fmt.Errorf("encoder: the file has version %d of the form, this program reads version %d: %s", v, version, remedy)
	}
	for _, size := range []struct {
		what           string
		to             *int
		unit, greatest int
	}{
		{"layers", &c.Layers, 1, 64},
		{"hidden", &c.Hidden, 64, 4096},
		{"heads", &c.Heads, 1, 4096 / kernel.Head},
		{"intermediate", &c.Intermediate, 64, 16384},
		{"vocabulary", &c.Vocabulary, 1, 1 << 24},
		{"positions", &c.Positions, 1, 4096},
		{"outputs", &c.Outputs, 1, 4096},
	} {
		*size.to = next()
		if n := *size.to; n < 1 || n > size.greatest || n%size.unit != 0 {
			return c, 0, fmt.Errorf("encoder: the file says %s is %d, it must be a multiple of %d, to %d: %s", size.what, n, size.unit, size.greatest, remedy)
		}
	}
	if c.Heads*kernel.Head != c.Hidden {
		return c, 0, fmt.Errorf("encoder: the file says %d heads for %d numbers of a piece, a head must have %d: train a model of that kind, then %s", c.Heads, c.Hidden, kernel.Head, remedy)
	}
	count := next()
	if count < 0 || count > 16 {
		return c, 0, fmt.Errorf("encoder: the file says a piece has %d features, at most 16 are possible: %s", count, remedy)
	}
	for k := range count {
		n := next()
		if n < 1 || n > 256 {
			return c, 0, fmt.Errorf("encoder: the file says feature %d has %d values, 1 to 256 are possible: %s", k, n, remedy)
		}
		c.Features = append(c.Features, n)
	}
	return c, kernel.Up(len(magic)+4*(9+count), align), nil
}

// length is how many bytes a file of these sizes has whose first part begins at at.
func (c Config) length(at int) int64 {
	length := int64(at)
	part := func(factors ...int) {
		n := int64(1)
		for _, f := range factors {
			n *= int64(f)
		}
		length += (n + align - 1) / align * align
	}
	linear := func(k, n int) {
		n = kernel.Up(n, kernel.Wide)
		part(k, n)
		part(n, 4)
		part(n, 4)
	}
	norm := func() {
		part(c.Hidden, 4)
		part(c.Hidden, 4)
	}
	part(c.Vocabulary, c.Hidden)
	part(c.Vocabulary, 4)
	part(c.Positions, c.Hidden, 4)
	for _, rows := range c.Features {
		part(rows, c.Hidden, 4)
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
	return length + sha256.Size
}

// reader goes through the parts of a file, whose length has been checked.
type reader struct {
	file  []byte
	at    int
	bad   int  // where a number is that cannot be, -1 if nowhere
	pairs bool // whether some pair of weights is too great
}

func (r *reader) bytes(n int) []byte {
	b := r.file[r.at : r.at+n : r.at+n]
	r.at = kernel.Up(r.at+n, align)
	return b
}

// floats reads n numbers. None may be greater than greatest: of numbers to that, no
// sum within a model can overflow.
func (r *reader) floats(n int) []float32 {
	const greatest = 1e4
	at := r.at
	b := r.bytes(n * 4)
	f := make([]float32, n)
	for i := range f {
		f[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
		if !(math.Abs(float64(f[i])) <= greatest) && r.bad < 0 {
			r.bad = at + 4*i
		}
	}
	return f
}

func (r *reader) norm(n int) norm { return norm{r.floats(n), r.floats(n)} }

func (r *reader) weights(k, n int) kernel.Weights {
	n = kernel.Up(n, kernel.Wide)
	b := r.bytes(k * n)
	if uintptr(unsafe.Pointer(unsafe.SliceData(b)))%align != 0 {
		b = kernel.Align(make([]byte, len(b)+align), len(b))
		copy(b, r.file[r.at-kernel.Up(k*n, align):])
	}
	w := kernel.Weights{K: k, N: n, Width: kernel.Wide, Panels: kernel.Signed(b), Scale: r.floats(n), Bias: r.floats(n)}
	if !w.Sums() {
		r.pairs = true
	}
	return w
}

// PairScores gives each of len(out) pairs eight scores: out[i][y] is bias[y] plus
// the sum over k of max(0, a[i][k]+b[k]+dist[row[i]][k]) times w[k][y]. A is len(out)
// rows of len(b) numbers, dist rows of as many, w len(b) rows of eight; len(b) must
// be a multiple of 16. It panics where one is shorter. It is the same on all paths,
// allocates nothing, and may be called at once with different out.
func (m *Model) PairScores(a, b, dist []float32, row []uint8, w []float32, bias *[8]float32, out [][8]float32) {
	m.path.Pairs(out, a, b, dist, row, w, bias)
}
