//go:build amd64 || arm64

package kernel

import "unsafe"

// product is what the kernels of MatMul are told. Strides are in bytes.
type product struct {
	a, b, c            unsafe.Pointer // rows, the panel's first column, the first number of the result
	scale, offset      unsafe.Pointer // of the rows
	factor, bias, sums unsafe.Pointer // of the columns
	lda, ldb, ldc      int            // of a row, of four rows of the panel, of a row of the result
	quads, groups      int            // how many times four rows of the panel, how many groups of rows
}

// rowwise is what the other kernels are told, each what it needs. Strides are in
// bytes, counts in sixteens of numbers.
type rowwise struct {
	src, dst       unsafe.Pointer
	x              unsafe.Pointer
	scale, offset  unsafe.Pointer
	gain, bias     unsafe.Pointer
	lds, ldd       int
	n, rows, heads int
	per, last      int // from head to head; from the first key to the last
	factor         float32
}

func at[T any](s []T) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(s)) }

func (p Path) matMul(dst []float32, stride int, a Rows, rows int, w *Weights) {
	if p == Portable {
		matMul(dst, stride, a, rows, w)
		return
	}
	high, columns := p.tile(w.Width)
	g := product{
		a: at(a.Data), scale: at(a.Scale), offset: at(a.Offset),
		lda: a.Stride, ldb: w.Width * 4, ldc: stride * 4, quads: w.K / 4, groups: Up(rows, high) / high,
	}
	for n := 0; n < w.N; n += columns {
		g.b = at(w.Panels[n/w.Width*w.Width*w.K+n%w.Width*4:])
		g.c = at(dst[n:])
		g.factor, g.bias, g.sums = at(w.Scale[n:]), at(w.Bias[n:]), at(w.Sum[n:])
		p.product(&g, w.Width)
	}
}

func (p Path) quantize(a Rows, src []float32, stride, n, rows int) {
	if p == Portable {
		quantize(a, src, stride, n, rows)
		return
	}
	p.quantizeRows(&rowwise{
		src: at(src), dst: at(a.Data), scale: at(a.Scale), offset: at(a.Offset),
		lds: stride * 4, ldd: a.Stride, n: n / Lanes, rows: rows,
	})
}

func (p Path) addNorm(a Rows, x, y []float32, stride int, gain, bias []float32, rows int) {
	if p == Portable {
		addNorm(a, x, y, stride, gain, bias, rows)
		return
	}
	p.addNormRows(&rowwise{
		src: at(y), dst: at(a.Data), x: at(x), scale: at(a.Scale), offset: at(a.Offset), gain: at(gain), bias: at(bias),
		lds: stride * 4, ldd: a.Stride, n: len(gain) / Lanes, rows: rows, factor: 1 / float32(len(gain)),
	})
}

func (p Path) gelu(a Rows, src []float32, stride, n, rows int) {
	if p == Portable {
		gelu(a, src, stride, n, rows)
		return
	}
	p.geluRows(&rowwise{
		src: at(src), dst: at(a.Data), scale: at(a.Scale), offset: at(a.Offset),
		lds: stride * 4, ldd: a.Stride, n: n / Lanes, rows: rows,
	})
}

func (p Path) quantizeHeads(dst []uint8, scale, other []float32, per int, src []float32, stride, heads, rows int, factor float32, keys bool) {
	if p == Portable {
		quantizeHeads(dst, scale, other, per, src, stride, heads, rows, factor, keys)
		return
	}
	p.headRows(&rowwise{
		src: at(src), dst: at(dst), scale: at(scale), offset: at(other), lds: stride * 4, ldd: heads * Head,
		heads: heads, rows: rows, per: per * 4, factor: factor,
	}, keys)
}

func (p Path) packKeys(dst []int8, src []uint8, stride, keys int) {
	if p == Portable {
		packKeys(dst, src, stride, keys)
		return
	}
	p.packKeyRows(&rowwise{src: at(src), dst: at(dst), lds: stride, rows: keys / Narrow})
}

func (p Path) maxColumns(dst, src []float32, stride, rows int) {
	if p == Portable {
		maxColumns(dst, src, stride, rows)
		return
	}
	p.maxColumnsRows(&rowwise{src: at(src), dst: at(dst), lds: stride * 4, n: len(dst) / Lanes, rows: rows})
}

func (p Path) packValues(dst []int8, factor, src []float32, stride, rows int) {
	if p == Portable {
		packValues(dst, factor, src, stride, rows)
		return
	}
	p.packValueRows(&rowwise{src: at(src), dst: at(dst), gain: at(factor), lds: stride * 4, rows: rows / 4})
}

func (p Path) softmax(a Rows, ends, src []float32, stride, n, keys, rows int) {
	if p == Portable {
		softmax(a, ends, src, stride, n, keys, rows)
		return
	}
	p.softmaxRows(&rowwise{
		src: at(src), dst: at(a.Data), x: at(ends), scale: at(a.Scale), lds: stride * 4, ldd: a.Stride,
		n: n / Lanes, rows: rows, last: max(keys-1, 1) * 4,
	})
}

func (p Path) addEnds(dst []float32, stride int, ends, first, last []float32, rows int) {
	if p == Portable {
		addEnds(dst, stride, ends, first, last, rows)
		return
	}
	p.addEndsRows(&rowwise{dst: at(dst), ldd: stride * 4, scale: at(ends), gain: at(first), bias: at(last), rows: rows})
}

func (p Path) embed(dst []float32, word []int8, scale float32, add []float32) {
	if p == Portable {
		embed(dst, word, scale, add)
		return
	}
	p.embedRow(&rowwise{src: at(word), dst: at(dst), x: at(add), factor: scale, n: len(dst) / Lanes})
}

func (p Path) add(dst, src []float32) {
	if p == Portable {
		add(dst, src)
		return
	}
	p.addRow(&rowwise{src: at(src), dst: at(dst), n: len(dst) / Lanes})
}

func (p Path) pairs(out [][8]float32, a, b, table []float32, row []uint8, w []float32, bias *[8]float32) {
	if p == Portable {
		pairs(out, a, b, table, row, w, bias)
		return
	}
	p.pairRows(&rowwise{
		src: at(a), dst: at(out), x: at(b), gain: at(table), scale: at(row), offset: at(w), bias: unsafe.Pointer(bias),
		lds: len(b) * 4, n: len(b) / Lanes, rows: len(out),
	})
}
