package kernel

import (
	"syscall"
	"testing"
	"unsafe"
)

// last is n numbers behind which no memory may be touched.
func last[T any](t *testing.T, n int) []T {
	page := syscall.Getpagesize()
	var one T
	size := n * int(unsafe.Sizeof(one))
	whole := Up(size, page)
	b, err := syscall.Mmap(-1, 0, whole+page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { syscall.Munmap(b) })
	if err := syscall.Mprotect(b[whole:], syscall.PROT_NONE); err != nil {
		t.Skip(err)
	}
	return unsafe.Slice((*T)(unsafe.Pointer(&b[whole-size])), n)
}

// TestMemory runs every operation on memory as long as it must be and not a byte
// longer.
func TestMemory(t *testing.T) {
	for _, p := range Available() {
		for _, rows := range []int{1, 4, 11, 16} {
			floats := func(n int) []float32 { return last[float32](t, n) }
			all := Up(rows, Group)
			for _, n := range []int{64, 192} {
				exact := func() Rows { return Rows{last[uint8](t, rows*n), n, floats(rows), floats(rows)} }
				heads := n / Head
				p.Quantize(exact(), floats(rows*n), n, n, rows)
				p.AddNorm(exact(), floats(rows*n), floats(rows*n), n, floats(n), floats(n), rows)
				p.Gelu(exact(), floats(rows*n), n, n, rows)
				p.Softmax(exact(), floats(rows*2), floats(rows*n), n, n, n, rows)
				p.AddEnds(floats((rows-1)*n+Head), n, floats(rows*2), floats(Head), floats(Head), rows)
				p.QuantizeHeads(last[uint8](t, rows*n), floats(heads*rows), floats(heads*rows), rows, floats(rows*n), n, heads, rows)
				p.QuantizeKeys(last[uint8](t, rows*n), floats(heads*rows), floats(heads*rows), rows, floats(rows*n), n, heads, rows, 1)
				p.MaxColumns(floats(n), floats(rows*n), n, rows)
				p.PackKeys(last[int8](t, 64*Head), last[uint8](t, 63*n+Head), n, 64)
				p.PackValues(last[int8](t, all*Head), floats(Head), floats((all-1)*n+Head), n, all)
				p.Embed(floats(n), last[int8](t, n), 1, floats(n))
				p.Add(floats(n), floats(n))
				p.Pairs(last[[8]float32](t, rows), floats(rows*n), floats(n), floats(n), last[uint8](t, rows), floats(n*8), &last[[8]float32](t, 1)[0])
				for _, width := range []int{Narrow, Wide} {
					w := &Weights{K: n, N: 2 * width, Width: width, Panels: last[int8](t, n*2*width), Scale: floats(2 * width), Bias: floats(2 * width), Sum: floats(2 * width)}
					p.MatMul(floats(all*w.N), w.N, Rows{last[uint8](t, all*n), n, floats(all), floats(all)}, rows, w)
				}
			}
		}
	}
}
