// Package flat keeps trained weights in files that need no parsing: a header
// and then slices of fixed-width numbers, each with its length before it, all
// little-endian.
package flat

import (
	"encoding/binary"
	"errors"
	"fmt"
	"unsafe"
)

// Number is what a slice in a file may hold.
type Number interface {
	~uint8 | ~int16 | ~uint16 | ~int32 | ~uint32 | ~uint64 | ~float32
}

// Append appends a slice to a file.
func Append[T Number](file []byte, s []T) []byte {
	file = binary.LittleEndian.AppendUint32(file, uint32(len(s)))
	file, err := binary.Append(file, binary.LittleEndian, s)
	if err != nil {
		panic(err) // not reached: every Number has a fixed size
	}
	return file
}

// Reader reads the slices of a file in the order in which they were appended.
// After an error every further slice is nil.
type Reader struct {
	rest []byte
	err  error
}

// NewReader begins to read a file that starts with the given header.
func NewReader(file []byte, header string) *Reader {
	if len(file) < len(header) || string(file[:len(header)]) != header {
		return &Reader{err: fmt.Errorf("the file does not begin with %q", header)}
	}
	return &Reader{rest: file[len(header):]}
}

// Read returns the next slice.
func Read[T Number](r *Reader) []T {
	if r.err != nil {
		return nil
	}
	if len(r.rest) < 4 {
		r.err = errors.New("the file ends early")
		return nil
	}
	n := int(binary.LittleEndian.Uint32(r.rest))
	r.rest = r.rest[4:]
	var zero T
	size := n * int(unsafe.Sizeof(zero))
	if size > len(r.rest) {
		r.err = errors.New("the file ends early")
		return nil
	}
	s := make([]T, n)
	if _, err := binary.Decode(r.rest[:size], binary.LittleEndian, s); err != nil {
		r.err = err
		return nil
	}
	r.rest = r.rest[size:]
	return s
}

// Close returns the first error, or one if something is left unread.
func (r *Reader) Close() error {
	if r.err == nil && len(r.rest) > 0 {
		return fmt.Errorf("%d bytes are left over", len(r.rest))
	}
	return r.err
}
