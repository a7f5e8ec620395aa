package cells

import (
	"encoding/binary"
	"errors"
	"math"
)

// flat reads the head of a message, a FlatBuffer, as far as is needed to know
// that no list in it is said to be longer than the head is: Arrow's reader makes
// room for a list before it looks at it. Its methods panic where an offset leads
// out of the head. Slots are numbers of a table's fields, of the schemas
// Message.fbs and Schema.fbs of the Arrow format.
type flat []byte

var errHead = errors.New("the table is damaged: the head of a message is none")

// maxFields is the most fields of a schema, those of structs included.
const maxFields = 100_000

// check returns an error where the head is not as it should be.
func (f flat) check() error {
	message := f.follow(0)
	header, ok := f.field(message, 2)
	kind, _ := f.field(message, 1)
	if !ok || kind == 0 {
		return errHead
	}
	header = f.follow(header)
	switch f[kind] {
	case 1: // Schema
		fields := 0
		if !f.tables(header, 1, &fields, f.checkField) || !f.list(header, 2) {
			return errHead
		}
	case 2: // DictionaryBatch
		batch, ok := f.field(header, 1)
		if !ok || !f.checkBatch(f.follow(batch)) {
			return errHead
		}
	case 3: // RecordBatch
		if !f.checkBatch(header) {
			return errHead
		}
	}
	return nil
}

// footer returns where in the footer of a file its schema stands, and where in
// the file of size bytes its messages begin: dictionaries first.
func (f flat) footer(size int64) (schema int, blocks []int64, err error) {
	root := f.follow(0)
	at, ok := f.field(root, 1)
	if !ok {
		return 0, nil, errHead
	}
	schema = f.follow(at)
	const block = 24 // bytes: offset, length of the head, length of the body
	for _, slot := range [...]int{2, 3} {
		at, ok := f.field(root, slot)
		if !ok {
			continue
		}
		at = f.follow(at)
		n := int64(f.u32(at))
		if n*block > int64(len(f)-at-4) {
			return 0, nil, errHead
		}
		for i := range int(n) {
			offset := int64(binary.LittleEndian.Uint64(f[at+4+i*block:]))
			if offset < 0 || offset >= size {
				return 0, nil, errHead
			}
			blocks = append(blocks, offset)
		}
	}
	return schema, blocks, nil
}

func (f flat) checkField(field int, fields *int) bool {
	if *fields++; *fields > maxFields {
		return false
	}
	const union = 14
	if kind, ok := f.field(field, 2); ok && f[kind] == union {
		if t, ok := f.field(field, 3); !ok || !f.list(f.follow(t), 1) {
			return false
		}
	}
	return f.tables(field, 5, fields, f.checkField) && f.list(field, 6)
}

func (f flat) checkBatch(batch int) bool {
	counts, ok := f.field(batch, 4) // of the buffers of each column of views
	if !ok {
		return true
	}
	at := f.follow(counts)
	n := int(f.u32(at))
	for i := range n {
		if c := binary.LittleEndian.Uint64(f[at+4+8*i:]); c > uint64(len(f)) {
			return false
		}
	}
	return true
}

func (f flat) u32(at int) uint32 { return binary.LittleEndian.Uint32(f[at:]) }

// follow returns where the offset at a place leads.
func (f flat) follow(at int) int { return at + int(f.u32(at)) }

// field returns where a field of a table stands, and false where it is not
// there.
func (f flat) field(table, slot int) (int, bool) {
	vtable := table - int(int32(f.u32(table)))
	size := int(binary.LittleEndian.Uint16(f[vtable:]))
	if at := 4 + 2*slot; at+2 <= size {
		if o := int(binary.LittleEndian.Uint16(f[vtable+at:])); o != 0 {
			return table + o, true
		}
	}
	return 0, false
}

// list reports whether the list in a field, of offsets or four bytes each, may
// be as long as it says.
func (f flat) list(table, slot int) bool {
	at, ok := f.field(table, slot)
	if !ok {
		return true
	}
	at = f.follow(at)
	return int64(f.u32(at))*4 <= int64(len(f)-at-4) && len(f) < math.MaxInt32
}

// tables is list for tables, each of which it checks.
func (f flat) tables(table, slot int, fields *int, check func(int, *int) bool) bool {
	if !f.list(table, slot) {
		return false
	}
	at, ok := f.field(table, slot)
	if !ok {
		return true
	}
	at = f.follow(at)
	for i := range int(f.u32(at)) {
		if !check(f.follow(at+4+4*i), fields) {
			return false
		}
	}
	return true
}
