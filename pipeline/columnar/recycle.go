package columnar

import (
	"math/bits"

	"github.com/apache/arrow/go/v15/arrow/memory"
)

// recycler gives Arrow's builders and writers the memory of batches that are
// written for the next batch, so that writing leaves the garbage collector
// hardly anything to do. It is used by one goroutine at a time.
type recycler struct {
	free [maxRecycled + 1][][]byte // by the logarithm of the size
}

// maxRecycled is the logarithm of the largest size that is kept: what one giant
// needs is not kept for the rest.
const maxRecycled = 23

// minRecycled is the logarithm of the least size: Arrow aligns to 64 bytes.
const minRecycled = 6

// Allocate returns size bytes, all 0.
func (r *recycler) Allocate(size int) []byte {
	class := max(bits.Len(uint(size-1)), minRecycled)
	if size <= 0 || class > maxRecycled {
		return memory.DefaultAllocator.Allocate(size)
	}
	list := r.free[class]
	if len(list) == 0 {
		return memory.DefaultAllocator.Allocate(1 << class)[:size]
	}
	b := list[len(list)-1][:size]
	r.free[class] = list[:len(list)-1]
	clear(b)
	return b
}

// Reallocate returns b with another length. What it grows by is 0.
func (r *recycler) Reallocate(size int, b []byte) []byte {
	if size <= cap(b) {
		old := len(b)
		b = b[:size]
		if old < size {
			clear(b[old:])
		}
		return b
	}
	grown := r.Allocate(size)
	copy(grown, b)
	r.Free(b)
	return grown
}

// Free keeps b for the next Allocate.
func (r *recycler) Free(b []byte) {
	class := bits.Len(uint(cap(b))) - 1
	if class < minRecycled || class > maxRecycled || cap(b) != 1<<class {
		return
	}
	r.free[class] = append(r.free[class], b[:0])
}
