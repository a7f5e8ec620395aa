// Package kernel computes what an encoder needs, row by row of numbers: products
// of matrices in eight-bit integers, and the functions between them.
//
// Every operation has an implementation for each Path: AVX-512 with VNNI, AVX2 with
// FMA, with or without VNNI, and NEON with its products of bytes, in assembly that the
// command in gen writes, and Go for every other processor. All give the same bits. Integers are summed exactly, in
// 32 bits. Floating point follows one definition, that of portable.go: sixteen lanes
// side by side, the same operations in the same order, each rounded once, with fused
// multiply-add where the definition says so.
//
// Operations take slices and check their lengths, and panic where one is too short:
// assembly never reads or writes outside of what it is given. None allocates, none
// keeps anything; any number of goroutines may call them with different memory.
package kernel

import "unsafe"

//go:generate go run ./gen

// Path is one of the implementations.
type Path uint8

// The paths, slowest first.
const (
	Portable Path = iota
	NEON
	AVX2
	AVXVNNI
	AVX512
)

// String is the name of the path: portable, neon, avx2, avxvnni or avx512.
func (p Path) String() string {
	switch p {
	case NEON:
		return "neon"
	case AVX2:
		return "avx2"
	case AVXVNNI:
		return "avxvnni"
	case AVX512:
		return "avx512"
	}
	return "portable"
}

// Available lists the paths that this processor and operating system can run,
// fastest first. The last is always Portable.
func Available() []Path { return append(assembly(), Portable) }

const (
	// Group is how many rows a product computes at once. MatMul reads and writes
	// whole groups: memory for rows must reach to the next multiple of it.
	Group = 8
	// Wide is the width of the panels of weights, in columns, and Narrow that of
	// the panels that are made for attention.
	Wide   = 48
	Narrow = 32
	// Lanes is how many numbers an operation handles side by side.
	Lanes = 16
	// Head is how many numbers a head of attention has.
	Head = 32
)

// Up is n rounded up to a multiple of m.
func Up(n, m int) int { return (n + m - 1) / m * m }

// Weights is a matrix of K rows and N columns, eight bits a number, and what turns
// the integers into numbers again.
//
// Panels holds panels of Width columns one after the other, each as K/4 runs of
// Width columns of four rows: the number of row k and column n stands at
// ((n/Width)*(K/4) + k/4)*Width*4 + n%Width*4 + k%4. Column n stands for its
// integers times Scale[n]; Sum[n] is the sum of its numbers, and Bias[n] is added
// to the product.
//
// Of the integers of a column in rows k and k+1, k even, what is positive may sum to
// PairLimit at most, and what is negative to as much below zero. Then AVX2 can
// multiply them by bytes and add the two in sixteen bits; without AVX-512 VNNI there
// is no faster way that is exact.
type Weights struct {
	K, N, Width      int
	Panels           []int8
	Scale, Bias, Sum []float32
}

// Rows are numbers in eight bits: number k of row r stands for
// Scale[r]*Data[r*Stride+k] + Offset[r].
type Rows struct {
	Data          []uint8
	Stride        int
	Scale, Offset []float32
}

// From are the rows from r on.
func (a Rows) From(r int) Rows {
	return Rows{a.Data[r*a.Stride:], a.Stride, a.Scale[r:], a.Offset[r:]}
}

// MatMul sets dst, rows of stride floats, to the product of a with w, bias added.
// K must be a multiple of 16, N one of w.Width, and that Wide or Narrow. What the
// rows between rows and the next multiple of Group become is not defined.
func (p Path) MatMul(dst []float32, stride int, a Rows, rows int, w *Weights) {
	if rows <= 0 {
		return
	}
	all := Up(rows, Group)
	if w.K%16 != 0 || w.K == 0 || w.N%w.Width != 0 || w.Width != Wide && w.Width != Narrow {
		panic("kernel: a product of matrices of a size that there is no kernel for")
	}
	need(len(a.Data), (all-1)*a.Stride+w.K)
	need(len(a.Scale), all)
	need(len(a.Offset), all)
	need(len(dst), (all-1)*stride+w.N)
	need(len(w.Panels), w.K*w.N)
	need(len(w.Scale), w.N)
	need(len(w.Bias), w.N)
	need(len(w.Sum), w.N)
	p.matMul(dst, stride, a, rows, w)
}

// Quantize turns rows of n floats, stride apart, into bytes, with the scale and the
// offset that have the least number of a row at 0 and the greatest at 255. N must
// be a multiple of 64.
func (p Path) Quantize(a Rows, src []float32, stride, n, rows int) {
	if rows <= 0 {
		return
	}
	checkRows(a, n, rows)
	need(len(src), (rows-1)*stride+n)
	p.quantize(a, src, stride, n, rows)
}

// AddNorm adds rows of y, stride apart, to rows of x, which lie one after the other,
// normalizes each (mean 0, variance 1, then times gain plus bias), and quantizes the
// result as Quantize does. Rows are as long as gain, a multiple of 64.
func (p Path) AddNorm(a Rows, x, y []float32, stride int, gain, bias []float32, rows int) {
	if rows <= 0 {
		return
	}
	n := len(gain)
	checkRows(a, n, rows)
	need(len(bias), n)
	need(len(x), rows*n)
	need(len(y), (rows-1)*stride+n)
	p.addNorm(a, x, y, stride, gain, bias, rows)
}

// Gelu replaces each x of rows of n floats, stride apart, by x times the share of
// a normal distribution that lies below x, and quantizes the result as Quantize
// does. N must be a multiple of 64.
func (p Path) Gelu(a Rows, src []float32, stride, n, rows int) {
	if rows <= 0 {
		return
	}
	checkRows(a, n, rows)
	need(len(src), (rows-1)*stride+n)
	p.gelu(a, src, stride, n, rows)
}

// QuantizeHeads turns rows of heads times 32 floats, stride apart, into integers of
// -127 to 127, with a scale for each head of each row, and adds 128: number k of
// head h of row r stands for scale[h*per+r]*(dst[(r*heads+h)*32+k]-128), and
// offset[h*per+r] is -128 times the scale.
func (p Path) QuantizeHeads(dst []uint8, scale, offset []float32, per int, src []float32, stride, heads, rows int) {
	if rows <= 0 {
		return
	}
	p.checkHeads(len(dst), len(scale), len(offset), per, len(src), stride, heads, rows)
	p.quantizeHeads(dst, scale, offset, per, src, stride, heads, rows, 1, false)
}

// QuantizeKeys is QuantizeHeads with integers of -KeyLimit to KeyLimit, without the
// 128 added, and with scales multiplied by factor after quantizing; sum[h*per+r] is the sum of the numbers that the 32
// integers then stand for.
func (p Path) QuantizeKeys(dst []uint8, scale, sum []float32, per int, src []float32, stride, heads, rows int, factor float32) {
	if rows <= 0 {
		return
	}
	p.checkHeads(len(dst), len(scale), len(sum), per, len(src), stride, heads, rows)
	p.quantizeHeads(dst, scale, sum, per, src, stride, heads, rows, factor, true)
}

func (p Path) checkHeads(dst, scale, other, per, src, stride, heads, rows int) {
	need(dst, rows*heads*Head)
	need(scale, (heads-1)*per+rows)
	need(other, (heads-1)*per+rows)
	need(src, (rows-1)*stride+heads*Head)
}

// PackKeys lays the 32 bytes at the beginning of each of keys rows of src, stride
// apart, out as the panels, Narrow wide, of Weights of 32 rows and keys columns.
// Keys must be a multiple of 32.
func (p Path) PackKeys(dst []int8, src []uint8, stride, keys int) {
	if keys <= 0 {
		return
	}
	need(0, keys%Narrow)
	need(len(src), (keys-1)*stride+Head)
	need(len(dst), keys*Head)
	p.packKeys(dst, src, stride, keys)
}

// MaxColumns sets dst to the greatest absolute value of each column of rows of
// len(dst) floats, stride apart. len(dst) must be a multiple of 64.
func (p Path) MaxColumns(dst, src []float32, stride, rows int) {
	if rows <= 0 {
		return
	}
	sixtyFour(len(dst))
	need(len(src), (rows-1)*stride+len(dst))
	p.maxColumns(dst, src, stride, rows)
}

// PackValues lays the 32 numbers at the beginning of each of rows rows of src,
// stride apart, times factor, which is one for each column, and rounded, out as the
// one panel, Narrow wide, of Weights of rows rows and 32 columns. Rows must be a
// multiple of 4. Of a number that eight bits cannot hold, the lowest eight stay.
func (p Path) PackValues(dst []int8, factor, src []float32, stride, rows int) {
	if rows <= 0 {
		return
	}
	need(0, rows%4)
	need(len(factor), Head)
	need(len(src), (rows-1)*stride+Head)
	need(len(dst), rows*Head)
	p.packValues(dst, factor, src, stride, rows)
}

// Softmax turns rows of n scores, stride apart, of which the first keys count and the
// others must be None, into shares of one: two to the power of each score, divided by
// the row's sum. From the scores of the first and the last key EndsBelow must have
// been subtracted. Their shares go to ends, two for each row; the others
// become bytes, of which the greatest of a row is 255 and those of the ends are 0. A
// score 30 or more below the greatest of these is 0, and all are if an end's is 30
// above. N must be a multiple of 32. The offsets of a are not touched.
//
// Where a head finds nothing to attend to, it attends to the ends (Xiao et al.,
// "Efficient Streaming Language Models with Attention Sinks", 2024). Next to their
// shares all others would be too small for bytes.
func (p Path) Softmax(a Rows, ends, src []float32, stride, n, keys, rows int) {
	if rows <= 0 {
		return
	}
	need(0, n%32)
	need(n, max(32, keys))
	need(keys, 1)
	need(len(a.Data), (rows-1)*a.Stride+n)
	need(len(a.Scale), rows)
	need(len(ends), rows*2)
	need(len(src), (rows-1)*stride+n)
	p.softmax(a, ends, src, stride, n, keys, rows)
}

// AddEnds adds to each of rows rows of 32 numbers, stride apart, the 32 of first and
// those of last, times the row's two numbers of ends.
func (p Path) AddEnds(dst []float32, stride int, ends, first, last []float32, rows int) {
	if rows <= 0 {
		return
	}
	need(len(dst), (rows-1)*stride+Head)
	need(len(ends), rows*2)
	need(len(first), Head)
	need(len(last), Head)
	p.addEnds(dst, stride, ends, first, last, rows)
}

// Embed sets dst to scale times each of len(dst) integers, add added. len(dst)
// must be a multiple of 16.
func (p Path) Embed(dst []float32, word []int8, scale float32, add []float32) {
	sixteen(len(dst))
	need(len(word), len(dst))
	need(len(add), len(dst))
	p.embed(dst, word, scale, add)
}

// Add adds src to dst. len(dst) must be a multiple of 16.
func (p Path) Add(dst, src []float32) {
	sixteen(len(dst))
	need(len(src), len(dst))
	p.add(dst, src)
}

// Pairs sets out[i][y] to bias[y] plus the sum over k of
// max(0, a[i][k]+b[k]+table[row[i]][k]) times w[k][y]: a is len(out) rows of len(b)
// floats, w len(b) rows of eight. len(b) must be a multiple of 16.
func (p Path) Pairs(out [][8]float32, a, b, table []float32, row []uint8, w []float32, bias *[8]float32) {
	n := len(b)
	sixteen(n)
	need(len(a), len(out)*n)
	need(len(row), len(out))
	need(len(w), n*8)
	for _, r := range row[:len(out)] {
		need(len(table), (int(r)+1)*n)
	}
	if len(out) > 0 {
		p.pairs(out, a, b, table, row, w, bias)
	}
}

func checkRows(a Rows, n, rows int) {
	sixtyFour(n)
	need(len(a.Data), (rows-1)*a.Stride+n)
	need(len(a.Scale), rows)
	need(len(a.Offset), rows)
}

func need(have, want int) {
	if have < want {
		panic("kernel: memory shorter than the numbers that belong there")
	}
}

func sixtyFour(n int) {
	if n <= 0 || n%64 != 0 {
		panic("kernel: rows must be a multiple of 64 long")
	}
}

func sixteen(n int) {
	if n <= 0 || n%Lanes != 0 {
		panic("kernel: rows must be a multiple of 16 long")
	}
}

// Align is the part of n bytes of b that begins at a multiple of 64 bytes. B must
// be 63 bytes longer.
func Align(b []byte, n int) []byte {
	at := int(-uintptr(unsafe.Pointer(unsafe.SliceData(b))) & 63)
	return b[at : at+n : at+n]
}

// Signed are the same bytes.
func Signed(b []byte) []int8 {
	return unsafe.Slice((*int8)(unsafe.Pointer(unsafe.SliceData(b))), len(b))
}

// Sums sets Sum from the other fields, each number rounded once. It reports whether
// all pairs keep to PairLimit.
func (w *Weights) Sums() bool {
	w.Sum = make([]float32, w.N)
	run := w.Width * 4
	ok := true
	for n := range w.N {
		total := 0
		column := w.Panels[n/w.Width*w.Width*w.K+n%w.Width*4:]
		for k := 0; k < w.K/4*run; k += run {
			four := column[k:][:4]
			a, b, c, d := int(four[0]), int(four[1]), int(four[2]), int(four[3])
			total += a + b + c + d
			ok = ok && pairFits(a, b) && pairFits(c, d)
		}
		w.Sum[n] = float32(total) * w.Scale[n]
	}
	return ok
}

func pairFits(a, b int) bool {
	return max(a, 0)+max(b, 0) <= PairLimit && min(a, 0)+min(b, 0) >= -PairLimit
}
