//go:build !amd64 && !arm64

package kernel

func assembly() []Path { return nil }

func (Path) matMul(dst []float32, stride int, a Rows, rows int, w *Weights) {
	matMul(dst, stride, a, rows, w)
}

func (Path) quantize(a Rows, src []float32, stride, n, rows int) {
	quantize(a, src, stride, n, rows)
}

func (Path) addNorm(a Rows, x, y []float32, stride int, gain, bias []float32, rows int) {
	addNorm(a, x, y, stride, gain, bias, rows)
}

func (Path) gelu(a Rows, src []float32, stride, n, rows int) {
	gelu(a, src, stride, n, rows)
}

func (Path) quantizeHeads(dst []uint8, scale, other []float32, per int, src []float32, stride, heads, rows int, factor float32, keys bool) {
	quantizeHeads(dst, scale, other, per, src, stride, heads, rows, factor, keys)
}

func (Path) packKeys(dst []int8, src []uint8, stride, keys int) {
	packKeys(dst, src, stride, keys)
}

func (Path) maxColumns(dst, src []float32, stride, rows int) {
	maxColumns(dst, src, stride, rows)
}

func (Path) packValues(dst []int8, factor, src []float32, stride, rows int) {
	packValues(dst, factor, src, stride, rows)
}

func (Path) softmax(a Rows, ends, src []float32, stride, n, keys, rows int) {
	softmax(a, ends, src, stride, n, keys, rows)
}

func (Path) addEnds(dst []float32, stride int, ends, first, last []float32, rows int) {
	addEnds(dst, stride, ends, first, last, rows)
}

func (Path) embed(dst []float32, word []int8, scale float32, add []float32) {
	embed(dst, word, scale, add)
}

func (Path) add(dst, src []float32) {
	add(dst, src)
}

func (Path) pairs(out [][8]float32, a, b, table []float32, row []uint8, w []float32, bias *[8]float32) {
	pairs(out, a, b, table, row, w, bias)
}
