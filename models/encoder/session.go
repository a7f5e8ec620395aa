package encoder

import (
	"fmt"
	"math"

	"github.com/onrecord-nlp/onrecord/models/encoder/internal/kernel"
)

// Window is a piece of text that is looked at as a whole.
type Window struct {
	// Pieces are rows of the vocabulary, at most Config.Positions, with whatever
	// stands for beginning and end.
	Pieces []int32
	// Features are the values of each piece's features: that of feature k of piece i
	// is Features[i*len(Config.Features)+k].
	Features []uint8
	// Out is set by Run: Config.Outputs numbers for each piece, piece by piece. Run
	// uses the memory that is there if it is enough.
	Out []float32
}

const (
	// batchRows is how many pieces Run takes at once, if windows are shorter.
	batchRows = 512
	// blockRows is how many pieces go through the products of a layer at once. It
	// keeps what is between two products near the processor.
	blockRows = 64
	// padRows is how many rows that mean nothing may be read or written behind those
	// of a batch: keys are read 32 at a time.
	padRows = kernel.Narrow
)

// Session is the memory in which one goroutine runs a model.
type Session struct {
	m    *Model
	rows int // memory is for so many, and padRows more

	x          []float32 // the rows between layers
	a          rows      // the same, quantized
	queries    heads
	keys       heads
	values     []float32
	context    []float32 // what attention gives
	y, h       []float32 // results of products, of a block
	hidden     rows      // between the products of a layer, of a block
	window     int       // pieces of the longest window that memory is for
	scores     []float32 // of a block and all keys
	shares     rows
	ends       []float32 // the shares of a window's first and last piece
	packedKeys []int8
	packed     []int8
	mask       []float32 // added to scores: for the ends, and for what is no key
	most       []float32 // of a window's values, by column
	scale      []float32
	inverse    []float32
	zero       []float32
}

type rows = kernel.Rows

type heads struct {
	data         []uint8
	scale, other []float32
}

// Session makes a session. It takes no memory yet: Run does, the first time and
// when windows are longer than before. With N = 512 pieces, or those of the longest
// window if that is longer, H = Config.Hidden and I = Config.Intermediate, it is
// about 15NH + 64(5I+4H+6N) bytes: 4 MB for a model of 384 and 1536 numbers.
func (m *Model) Session() *Session { return &Session{m: m} }

// Run sets Out of every window. It takes windows together as long as they are short,
// and the result does not depend on which. Where memory and all Out are large
// enough it allocates nothing.
//
// It panics if a window is longer than Config.Positions, if a piece is not of the
// vocabulary, or a feature has a value that it has not: these are mistakes of a
// program, not of its data.
func (s *Session) Run(ws []Window) {
	for i := range ws {
		s.check(i, &ws[i])
	}
	for len(ws) > 0 {
		n, rows, longest := 0, 0, 0
		for n < len(ws) && (n == 0 || rows+len(ws[n].Pieces) <= batchRows) {
			rows += len(ws[n].Pieces)
			longest = max(longest, len(ws[n].Pieces))
			n++
		}
		if rows > 0 {
			s.grow(rows, longest)
			s.batch(ws[:n], rows)
		}
		ws = ws[n:]
	}
}

func (s *Session) check(i int, w *Window) {
	c := &s.m.config
	if len(w.Pieces) > c.Positions {
		panic(fmt.Sprintf("encoder: window %d has %d pieces, the model is for %d", i, len(w.Pieces), c.Positions))
	}
	if len(w.Features) != len(w.Pieces)*len(c.Features) {
		panic(fmt.Sprintf("encoder: window %d has %d features for %d pieces, a piece has %d", i, len(w.Features), len(w.Pieces), len(c.Features)))
	}
	for k, p := range w.Pieces {
		if p < 0 || int(p) >= c.Vocabulary {
			panic(fmt.Sprintf("encoder: piece %d of window %d is %d, the vocabulary has %d", k, i, p, c.Vocabulary))
		}
	}
	for k, f := range w.Features {
		if table := k % len(c.Features); int(f) >= c.Features[table] {
			panic(fmt.Sprintf("encoder: feature %d of piece %d of window %d is %d, of %d values", table, k/len(c.Features), i, f, c.Features[table]))
		}
	}
	need := len(w.Pieces) * c.Outputs
	if cap(w.Out) < need {
		w.Out = make([]float32, need)
	}
	w.Out = w.Out[:need]
}

// grow makes the memory large enough. What it holds from batches before is never
// looked at, or has no weight.
func (s *Session) grow(n, longest int) {
	c := &s.m.config
	if n > s.rows {
		s.rows = max(batchRows, n)
		all, block := s.rows+padRows, blockRows
		padded := kernel.Up(c.Hidden, kernel.Wide)
		s.x = make([]float32, all*c.Hidden)
		s.a = newRows(all, c.Hidden)
		s.queries, s.keys = newHeads(all, c), newHeads(all, c)
		s.values = make([]float32, all*padded)
		s.context = make([]float32, all*c.Hidden)
		s.y = make([]float32, block*padded)
		s.h = make([]float32, block*kernel.Up(max(c.Intermediate, c.Outputs), kernel.Wide))
		s.hidden = newRows(block, c.Intermediate)
		s.most, s.scale, s.inverse = make([]float32, c.Hidden), make([]float32, c.Hidden), make([]float32, c.Hidden)
		s.zero = make([]float32, max(c.Hidden, blockRows))
	}
	if keys := kernel.Up(longest, kernel.Narrow); keys > s.window {
		s.window = max(keys, kernel.Up(min(c.Positions, batchRows), kernel.Narrow))
		s.scores = make([]float32, blockRows*s.window)
		s.shares = newRows(blockRows, s.window)
		s.ends = make([]float32, 2*blockRows)
		s.packedKeys = make([]int8, s.window*kernel.Head)
		s.packed = make([]int8, s.window*kernel.Head)
		s.mask = make([]float32, s.window)
	}
}

func newRows(n, stride int) rows {
	return rows{Data: make([]uint8, n*stride), Stride: stride, Scale: make([]float32, n), Offset: make([]float32, n)}
}

func newHeads(n int, c *Config) heads {
	return heads{make([]uint8, n*c.Hidden), make([]float32, n*c.Heads), make([]float32, n*c.Heads)}
}

// batch runs windows of n pieces in all.
func (s *Session) batch(ws []Window, n int) {
	s.embed(ws)
	s.blocks(n, func(first, rows int) {
		s.norm(first, rows, s.zero, 0, &s.m.embedding)
		s.project(&s.m.layers[0], first, rows)
	})
	for l := range s.m.layers {
		first := 0
		for i := range ws {
			s.attend(first, len(ws[i].Pieces))
			first += len(ws[i].Pieces)
		}
		out := output{ws: ws}
		s.blocks(n, func(first, rows int) {
			s.finish(&s.m.layers[l], first, rows)
			if l+1 < len(s.m.layers) {
				s.project(&s.m.layers[l+1], first, rows)
			} else {
				s.output(&out, first, rows)
			}
		})
	}
}

// blocks calls f for each block of n rows.
func (s *Session) blocks(n int, f func(first, rows int)) {
	for first := 0; first < n; first += blockRows {
		f(first, min(blockRows, n-first))
	}
}

// embed sets x to the sums of vectors of the pieces.
func (s *Session) embed(ws []Window) {
	m, h, r := s.m, s.m.config.Hidden, 0
	for i := range ws {
		w := &ws[i]
		for k, p := range w.Pieces {
			x := s.x[r*h:][:h]
			m.path.Embed(x, m.word[int(p)*h:][:h], m.wordScale[p], m.position[k*h:][:h])
			for t, table := range m.features {
				m.path.Add(x, table[int(w.Features[k*len(m.features)+t])*h:][:h])
			}
			r++
		}
	}
}

// norm adds rows of y to those of x, and normalizes and quantizes them.
func (s *Session) norm(first, rows int, y []float32, stride int, n *norm) {
	s.m.path.AddNorm(s.a.From(first), s.x[first*len(n.gain):], y, stride, n.gain, n.bias, rows)
}

// project sets queries, keys and values of rows.
func (s *Session) project(l *layer, first, rows int) {
	p, c, all := s.m.path, &s.m.config, s.rows+padRows
	// Scores are powers of two, for that is what Softmax takes.
	factor := float32(math.Log2E / math.Sqrt(kernel.Head))
	a, stride := s.a.From(first), l.query.N
	p.MatMul(s.y, stride, a, rows, &l.query)
	p.QuantizeHeads(s.queries.data[first*c.Hidden:], s.queries.scale[first:], s.queries.other[first:], all, s.y, stride, c.Heads, rows)
	p.MatMul(s.y, stride, a, rows, &l.key)
	p.QuantizeKeys(s.keys.data[first*c.Hidden:], s.keys.scale[first:], s.keys.other[first:], all, s.y, stride, c.Heads, rows, factor)
	p.MatMul(s.values[first*stride:], stride, a, rows, &l.value)
}

// attend sets context of the n rows of a window. Products write whole groups of
// rows, and so into the first rows of the next window, which is attended to later.
func (s *Session) attend(first, n int) {
	if n == 0 {
		return
	}
	p, c, all := s.m.path, &s.m.config, s.rows+padRows
	stride := kernel.Up(c.Hidden, kernel.Wide)
	keys := kernel.Up(n, kernel.Narrow)
	clear(s.mask[:n])
	s.mask[0], s.mask[n-1] = -kernel.EndsBelow, -kernel.EndsBelow
	for k := range s.mask[n:keys] {
		s.mask[n+k] = kernel.None
	}
	p.MaxColumns(s.most, s.values[first*stride:], stride, n)
	for k, x := range s.most {
		x = max(x, kernel.Tiny)
		s.scale[k], s.inverse[k] = x/kernel.KeyLimit, kernel.KeyLimit/x
	}
	s.shares.Stride = keys
	for h := range c.Heads {
		at := first*c.Hidden + h*kernel.Head
		p.PackKeys(s.packedKeys, s.keys.data[at:], c.Hidden, keys)
		p.PackValues(s.packed, s.inverse[h*kernel.Head:], s.values[first*stride+h*kernel.Head:], stride, keys)
		k := kernel.Weights{
			K: kernel.Head, N: keys, Width: kernel.Narrow, Panels: s.packedKeys,
			Scale: s.keys.scale[h*all+first:], Bias: s.mask, Sum: s.keys.other[h*all+first:],
		}
		v := kernel.Weights{
			K: keys, N: kernel.Head, Width: kernel.Narrow, Panels: s.packed,
			Scale: s.scale[h*kernel.Head:], Bias: s.zero, Sum: s.zero,
		}
		begin := s.values[first*stride+h*kernel.Head:]
		end := begin[(n-1)*stride:]
		for b := 0; b < n; b += blockRows {
			rows := min(blockRows, n-b)
			at := at + b*c.Hidden
			q := kernel.Rows{
				Data: s.queries.data[at:], Stride: c.Hidden,
				Scale: s.queries.scale[h*all+first+b:], Offset: s.queries.other[h*all+first+b:],
			}
			p.MatMul(s.scores, keys, q, rows, &k)
			p.Softmax(s.shares, s.ends, s.scores, keys, keys, n, rows)
			p.MatMul(s.context[at:], c.Hidden, s.shares, rows, &v)
			p.AddEnds(s.context[at:], c.Hidden, s.ends, begin, end, rows)
		}
	}
}

// finish takes rows from attention to the end of the layer.
func (s *Session) finish(l *layer, first, rows int) {
	p, c := s.m.path, &s.m.config
	a := s.a.From(first)
	p.Quantize(a, s.context[first*c.Hidden:], c.Hidden, c.Hidden, rows)
	p.MatMul(s.y, l.context.N, a, rows, &l.context)
	s.norm(first, rows, s.y, l.context.N, &l.attended)
	p.MatMul(s.h, l.in.N, a, rows, &l.in)
	p.Gelu(s.hidden, s.h, l.in.N, c.Intermediate, rows)
	p.MatMul(s.y, l.out.N, s.hidden, rows, &l.out)
	s.norm(first, rows, s.y, l.out.N, &l.done)
}

// output says where the next row goes.
type output struct {
	ws         []Window
	window, at int
}

// output projects rows into Out of their windows.
func (s *Session) output(o *output, first, rows int) {
	w := &s.m.projection
	s.m.path.MatMul(s.h, w.N, s.a.From(first), rows, w)
	outputs := s.m.config.Outputs
	for r := range rows {
		for o.at == len(o.ws[o.window].Out) {
			o.window, o.at = o.window+1, 0
		}
		copy(o.ws[o.window].Out[o.at:][:outputs], s.h[r*w.N:])
		o.at += outputs
	}
}
