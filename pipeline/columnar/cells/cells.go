// Package cells reads tables as rows of named cells: Parquet files, Arrow IPC
// files and Arrow IPC streams.
//
// It reads what others have written, whatever their schema: strings and bytes,
// numbers, times and dates, these in dictionaries, in structs at any depth and
// in lists. Cells come as Go strings, copied out of the table's own memory, and
// only those that are asked for are decoded. Nothing is written.
//
// # Memory
//
// Of a Parquet file are held its footer and, of each column that is asked for,
// a page and the 256 values being read. Of Arrow a record batch is held, as it
// stands and decompressed. Pages and batches that need more than 1 GiB are
// errors.
//
// # Damage
//
// A damaged table is an error and never a panic. Rows before the damage have
// been read by then. One thing is trusted: that what a Parquet page holds
// decompresses to the size that its header says.
package cells

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/apache/arrow/go/v15/arrow/memory"
)

// Kind says what the cells of a column are.
type Kind uint8

// The kinds.
const (
	Other  Kind = iota // what cannot be asked for: booleans, unions, maps, lists of lists
	Text               // strings and bytes
	Number             // integers, floats, decimals without a fraction
	Time               // timestamps and dates
)

// Column is a column of a table. The fields of a struct are columns of their
// own.
type Column struct {
	Path []string // names, from the outermost struct inwards; those of a list's elements are left out
	Kind Kind
	List bool // a cell holds any number of values
}

// Name joins the path with dots.
func (c Column) Name() string { return strings.Join(c.Path, ".") }

// Table is an open table. It is used by one goroutine.
type Table struct {
	columns []Column
	meta    func(key string) string
	limit   int
	rows    rows
	err     error
}

// rows is what a format gives of its rows. Its methods may panic on damage.
type rows interface {
	// next goes to the next row. At the end the error is io.EOF.
	next() error
	// visit calls text, or at where that is not nil and the column holds times,
	// with each value of the column in the row that is not null.
	visit(col int, v *visitor) error
	// ready reports whether next needs to read nothing.
	ready() bool
}

// ErrTooLong: a cell, or a list of values in one, is longer than the limit.
var ErrTooLong = errors.New("the cell is longer than the limit")

// Columns returns the columns in order.
func (t *Table) Columns() []Column { return slices.Clone(t.columns) }

// Meta returns a value of the schema's metadata, or "".
func (t *Table) Meta(key string) string { return t.meta(key) }

// Next goes to the next row; the first call to the first. At the end of the
// table the error is io.EOF. After an error it returns the same again.
func (t *Table) Next() error {
	if t.err == nil {
		t.err = guard(t.rows.next)
	}
	return t.err
}

// Ready reports whether Next will not need to read anything that may not have
// arrived yet.
func (t *Table) Ready() bool { return t.err != nil || t.rows.ready() }

// Append appends to dst the values of the column in the row at which the table
// stands, as text: none where the cell is null, several where it is a list. Text
// is as it stands, so that it may be no valid UTF-8; times are in RFC 3339. An
// error other than ErrTooLong means that the table is damaged.
func (t *Table) Append(dst []string, col int) ([]string, error) {
	if t.err != nil {
		return dst, t.err
	}
	v := visitor{dst: dst, left: t.limit}
	if err := guard(func() error { return t.rows.visit(col, &v) }); err != nil {
		t.err = err
		return dst, err
	}
	if v.left < 0 {
		return dst, ErrTooLong
	}
	return v.dst, nil
}

// Time returns the first value of a column of times, in UTC, and the zero time
// where the cell is null.
func (t *Table) Time(col int) (time.Time, error) {
	if t.err != nil {
		return time.Time{}, t.err
	}
	v := visitor{left: t.limit, times: true}
	if err := guard(func() error { return t.rows.visit(col, &v) }); err != nil {
		t.err = err
		return time.Time{}, err
	}
	return v.time, nil
}

// visitor takes the values of a cell.
type visitor struct {
	dst   []string
	left  int // bytes that may still be taken; negative where there were more
	times bool
	time  time.Time
}

// bytes takes a text, which it copies.
func (v *visitor) bytes(b []byte) {
	if v.fits(len(b)) {
		v.dst = append(v.dst, string(b))
	}
}

// text takes a text, which it copies.
func (v *visitor) text(s string) {
	if v.fits(len(s)) {
		v.dst = append(v.dst, strings.Clone(s))
	}
}

func (v *visitor) fits(n int) bool {
	if v.left < n {
		v.left = -1
		return false
	}
	v.left -= n
	return true
}

func (v *visitor) at(t time.Time) {
	switch {
	case !v.times:
		v.dst = append(v.dst, t.UTC().Format(time.RFC3339Nano))
	case v.time.IsZero():
		v.time = t.UTC()
	}
}

// guard returns an error where f panics, as Arrow's readers do on damage.
func guard(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			if e, ok := r.(error); ok && errors.Is(e, errTooLarge) {
				err = errTooLarge
				return
			}
			err = fmt.Errorf("the table is damaged: %v", r)
		}
	}()
	return f()
}

// maxBytes is the most memory that is given to a page, or to a buffer of a
// record batch.
const maxBytes = 1 << 30

var errTooLarge = errors.New("a page or a record batch needs more than 1 GiB of memory: write the table anew with smaller ones")

// bounded is an allocator that refuses what no table needs.
type bounded struct{ memory.GoAllocator }

func newBounded() memory.Allocator { return &bounded{*memory.NewGoAllocator()} }

func (b *bounded) Allocate(size int) []byte {
	check(size)
	return b.GoAllocator.Allocate(size)
}

func (b *bounded) Reallocate(size int, p []byte) []byte {
	check(size)
	return b.GoAllocator.Reallocate(size, p)
}

func check(size int) {
	if size < 0 || size > maxBytes {
		panic(errTooLarge)
	}
}

// ended makes io.EOF within something the error that it is.
func ended(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
