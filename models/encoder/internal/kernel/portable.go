package kernel

import "math"

// This file is the definition that the assembly follows, bit by bit.

// Products of floats are converted before they are added, for otherwise a compiler
// may fuse the two, and does on some processors.

// fma is a*b+c, rounded once, as the instruction of that name does.
func fma(a, b, c float32) float32 {
	p := float64(a) * float64(b) // exact: 48 bits
	s := p + float64(c)
	bits := math.Float64bits(s)
	if bits&(1<<29-1) != 1<<28 && (bits>>52&0x7ff) > 1023-126 {
		return float32(s)
	}
	// s may be the middle between two floats only because it was rounded, and where
	// floats are sparse any bit may be the last: round s to odd first (Boldo and
	// Melquiond, "Emulation of FMA and correctly rounded sums", 2008).
	t := s - p
	if e := (p - (s - t)) + (float64(c) - t); e != 0 && bits&1 == 0 {
		if (e > 0) == (s > 0) {
			bits++
		} else {
			bits--
		}
		s = math.Float64frombits(bits)
	}
	return float32(s)
}

// round is x rounded to the next integer, halves to even.
func round(x float32) int32 { return int32(math.RoundToEven(float64(x))) }

type lanes = [Lanes]float32

// sum adds the lanes as the assembly does: the upper half to the lower, until one
// is left.
func sum(v *lanes) float32 {
	for w := Lanes / 2; w > 0; w /= 2 {
		for i := range w {
			v[i] += v[i+w]
		}
	}
	return v[0]
}

const (
	// Of matMul: how many rows, and how many numbers of each, it takes at once, so
	// that what it needs of them stays near the processor.
	someRows    = 32
	someNumbers = 128
)

// matMul multiplies two columns at once, in the halves of 64 bits: with 128 added to
// a weight both factors are positive, and the sums of no more than 65,536 products
// of bytes fit 32. What that adds to a row's sums, 128 times the row, goes off at
// the end.
func matMul(dst []float32, stride int, a Rows, rows int, w *Weights) {
	for r := 0; r < rows; r += someRows {
		for n := 0; n < w.N; n += w.Width {
			matMulPanel(dst[r*stride+n:], stride, a.From(r), min(someRows, rows-r), w, n)
		}
	}
}

func matMulPanel(dst []float32, stride int, a Rows, rows int, w *Weights, n int) {
	const pairs = Wide / 2
	var (
		sums    [someRows][pairs]uint64
		more    [someRows]int32
		columns [someNumbers][pairs]uint64
	)
	panel := w.Panels[n*w.K:][:w.Width*w.K]
	for first := 0; first < w.K; first += someNumbers {
		numbers := min(someNumbers, w.K-first)
		for k := range numbers {
			four := panel[(first+k)/4*w.Width*4+k%4:]
			for c := range w.Width / 2 {
				columns[k][c] = uint64(int64(four[8*c])+128) | uint64(int64(four[8*c+4])+128)<<32
			}
		}
		for r := range rows {
			row := a.Data[r*a.Stride+first:][:numbers]
			for _, x := range row {
				more[r] += int32(x) * 128
			}
			for c := 0; c < w.Width/2; c += 8 {
				s := (*[8]uint64)(sums[r][c:])
				s0, s1, s2, s3, s4, s5, s6, s7 := s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7]
				for k, x := range row {
					x, b := uint64(x), (*[8]uint64)(columns[k%someNumbers][c:])
					s0 += x * b[0]
					s1 += x * b[1]
					s2 += x * b[2]
					s3 += x * b[3]
					s4 += x * b[4]
					s5 += x * b[5]
					s6 += x * b[6]
					s7 += x * b[7]
				}
				*s = [8]uint64{s0, s1, s2, s3, s4, s5, s6, s7}
			}
		}
	}
	scale, bias, all := w.Scale[n:][:w.Width], w.Bias[n:][:w.Width], w.Sum[n:][:w.Width]
	for r := range rows {
		out := dst[r*stride:][:w.Width]
		for j := range out {
			v := int32(uint32(sums[r][j/2]>>(j%2*32))) - more[r]
			x := fma(float32(float32(v)*a.Scale[r]), scale[j], bias[j])
			out[j] = fma(a.Offset[r], all[j], x)
		}
	}
}

func quantize(a Rows, src []float32, stride, n, rows int) {
	for r := range rows {
		row := src[r*stride:][:n]
		least, most := row[0], row[0]
		for _, x := range row {
			least, most = min(least, x), max(most, x)
		}
		quantizeRow(a, r, row, least, most)
	}
}

func quantizeRow(a Rows, r int, row []float32, least, most float32) {
	span := max(most-least, Tiny)
	a.Scale[r] = span * (1 / float32(255))
	a.Offset[r] = least
	factor := 255 / span
	data := a.Data[r*a.Stride:][:len(row)]
	for i, x := range row {
		data[i] = uint8(round(float32(x-least) * factor))
	}
}

func addNorm(a Rows, x, y []float32, stride int, gain, bias []float32, rows int) {
	n := len(gain)
	share := 1 / float32(n)
	for r := range rows {
		row, add := x[r*n:][:n], y[r*stride:][:n]
		var acc [4]lanes
		for i := range row {
			row[i] += add[i]
			acc[i/Lanes%4][i%Lanes] += row[i]
		}
		for i := range acc[0] {
			acc[0][i] = (acc[0][i] + acc[1][i]) + (acc[2][i] + acc[3][i])
		}
		mean := float32(sum(&acc[0]) * share)
		acc = [4]lanes{}
		for i, v := range row {
			d := v - mean
			p := &acc[i/Lanes%2][i%Lanes]
			*p = fma(d, d, *p)
		}
		for i := range acc[0] {
			acc[0][i] += acc[1][i]
		}
		variance := float32(sum(&acc[0])*share) + NormEpsilon
		factor := 1 / float32(math.Sqrt(float64(variance)))
		least, most := float32(math.Inf(1)), float32(math.Inf(-1))
		for i, v := range row {
			v = fma(float32((v-mean)*factor), gain[i], bias[i])
			row[i] = v
			least, most = min(least, v), max(most, v)
		}
		quantizeRow(a, r, row, least, most)
	}
}

func gelu(a Rows, src []float32, stride, n, rows int) {
	for r := range rows {
		row := src[r*stride:][:n]
		least, most := float32(math.Inf(1)), float32(math.Inf(-1))
		for i, x := range row {
			c := max(min(x, GeluLimit), -GeluLimit)
			u := fma(float32(c*c), GeluSquare, -1)
			p := GeluPolynomial[len(GeluPolynomial)-1]
			for k := len(GeluPolynomial) - 2; k >= 0; k-- {
				p = fma(p, u, GeluPolynomial[k])
			}
			x = float32(fma(p, c, 0.5) * x)
			row[i] = x
			least, most = min(least, x), max(most, x)
		}
		quantizeRow(a, r, row, least, most)
	}
}

func quantizeHeads(dst []uint8, scale, other []float32, per int, src []float32, stride, heads, rows int, factor float32, keys bool) {
	for r := range rows {
		for h := range heads {
			row := src[r*stride+h*Head:][:Head]
			limit, add := float32(127), int32(128)
			if keys {
				limit, add = KeyLimit, 0
			}
			most := float32(Tiny)
			for _, x := range row {
				most = max(most, x, -x)
			}
			s := float32(most*(1/limit)) * factor
			inverse := limit / most
			out := dst[(r*heads+h)*Head:][:Head]
			total := int32(0)
			for i, x := range row {
				q := round(x * inverse)
				total += q
				out[i] = uint8(q + add)
			}
			scale[h*per+r] = s
			if keys {
				other[h*per+r] = float32(total) * s
			} else {
				other[h*per+r] = s * -128
			}
		}
	}
}

func packKeys(dst []int8, src []uint8, stride, keys int) {
	for k := range keys {
		row := src[k*stride:][:Head]
		panel := dst[k/Narrow*Narrow*Head:][:Narrow*Head]
		for i, x := range row {
			panel[(i/4*Narrow+k%Narrow)*4+i%4] = int8(x)
		}
	}
}

func maxColumns(dst, src []float32, stride, rows int) {
	clear(dst)
	for r := range rows {
		for i, x := range src[r*stride:][:len(dst)] {
			dst[i] = max(dst[i], x, -x)
		}
	}
}

func packValues(dst []int8, factor, src []float32, stride, rows int) {
	for r := range rows {
		for i, x := range src[r*stride:][:Head] {
			dst[(r/4*Narrow+i)*4+r%4] = int8(round(x * factor[i]))
		}
	}
}

func softmax(a Rows, ends, src []float32, stride, n, keys, rows int) {
	for r := range rows {
		row := src[r*stride:][:n]
		// If there is one key, it is the first, and the last is None.
		first, last := row[0]+EndsBelow, row[max(keys-1, 1)]+EndsBelow
		most := max(first+SoftmaxLimit, last+SoftmaxLimit)
		for _, x := range row {
			most = max(most, x)
		}
		first, last = power(first-most), power(last-most)
		total := int32(0)
		data := a.Data[r*a.Stride:][:n]
		for i, x := range row {
			q := round(power(x - most))
			total += q
			data[i] = uint8(q)
		}
		share := 1 / ((float32(total) + first) + last)
		a.Scale[r] = share
		ends[2*r], ends[2*r+1] = first*share, last*share
	}
}

// power is 255 times two to the power of x, or of SoftmaxLimit.
func power(x float32) float32 {
	x = max(x, SoftmaxLimit)
	whole := float32(math.RoundToEven(float64(x)))
	x -= whole
	p := PowerPolynomial[len(PowerPolynomial)-1]
	for k := len(PowerPolynomial) - 2; k >= 0; k-- {
		p = fma(p, x, PowerPolynomial[k])
	}
	return math.Float32frombits(math.Float32bits(p) + uint32(int32(whole))<<23)
}

func addEnds(dst []float32, stride int, ends, first, last []float32, rows int) {
	for r := range rows {
		for k, x := range dst[r*stride:][:Head] {
			dst[r*stride+k] = fma(ends[2*r+1], last[k], fma(ends[2*r], first[k], x))
		}
	}
}

func embed(dst []float32, word []int8, scale float32, add []float32) {
	for i := range dst {
		dst[i] = fma(float32(word[i]), scale, add[i])
	}
}

func add(dst, src []float32) {
	for i := range dst {
		dst[i] += src[i]
	}
}

func pairs(out [][8]float32, a, b, table []float32, row []uint8, w []float32, bias *[8]float32) {
	n := len(b)
	for i := range out {
		first, third := a[i*n:][:n], table[int(row[i])*n:][:n]
		var acc [8][8]float32
		for k := range n {
			x := max(float32(first[k]+b[k])+third[k], 0)
			for y, f := range w[k*8:][:8] {
				acc[k%8][y] = fma(x, f, acc[k%8][y])
			}
		}
		for y := range out[i] {
			low := (acc[0][y] + acc[1][y]) + (acc[2][y] + acc[3][y])
			high := (acc[4][y] + acc[5][y]) + (acc[6][y] + acc[7][y])
			out[i][y] = (low + high) + bias[y]
		}
	}
}
