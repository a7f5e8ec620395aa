package columnar

import (
	"fmt"

	"github.com/apache/arrow/go/v15/arrow/memory"
)

// bounded is the allocator for reading what may be damaged. A length in an
// Arrow message is taken at its word; a wrong one asks for more memory than
// there is, which ends a Go program and cannot be recovered from. bounded
// panics instead, which guard makes an error.
type bounded struct{ memory.Allocator }

// maxBuffer is what a buffer of a column may hold: a string column counts its
// bytes in 31 bits.
const maxBuffer = 1<<31 + 1<<16

var reading memory.Allocator = bounded{memory.DefaultAllocator}

func (b bounded) Allocate(size int) []byte {
	b.check(size)
	return b.Allocator.Allocate(size)
}

func (b bounded) Reallocate(size int, old []byte) []byte {
	b.check(size)
	return b.Allocator.Reallocate(size, old)
}

func (b bounded) check(size int) {
	if size < 0 || size > maxBuffer {
		panic(fmt.Sprintf("a column of %d bytes", size))
	}
}
