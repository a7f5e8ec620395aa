package columnar

import (
	"fmt"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
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

// sound returns an error where a list of the record reaches beyond its values,
// which Arrow's reader does not look at.
func sound(rec arrow.Record) error {
	for i, c := range rec.Columns() {
		if err := soundArray(c); err != nil {
			return fmt.Errorf("the file is damaged: column %q: %w", rec.ColumnName(i), err)
		}
	}
	return nil
}

func soundArray(a arrow.Array) error {
	switch a := a.(type) {
	case *array.List:
		end, n := int64(0), int64(a.ListValues().Len())
		for i := range a.Len() {
			from, to := a.ValueOffsets(i)
			if from < end || to < from || to > n {
				return fmt.Errorf("list %d holds the values from %d to %d, of %d", i, from, to, n)
			}
			end = from
		}
		return soundArray(a.ListValues())
	case *array.Struct:
		for i := range a.NumField() {
			if f := a.Field(i); f.Len() < a.Len() {
				return fmt.Errorf("%d values of a field in %d structs", f.Len(), a.Len())
			} else if err := soundArray(f); err != nil {
				return err
			}
		}
	}
	return nil
}
