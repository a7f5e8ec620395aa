package cells

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

// magic begins an Arrow IPC file, padded to eight bytes. A stream follows.
const magic = "ARROW1"

// ArrowFile opens an Arrow IPC file of size bytes. One that is cut off is read
// as far as it goes. limit is the most bytes of a cell.
func ArrowFile(r io.ReaderAt, size int64, limit int) (*Table, error) {
	m := &messages{mem: newBounded(), file: true}
	if guard(func() error { return m.seek(r, size) }) != nil {
		return Arrow(io.NewSectionReader(r, 0, size), limit)
	}
	return arrowTable(m, limit)
}

// Arrow opens an Arrow IPC stream, or an Arrow IPC file that comes as one,
// whose batches it reads in the order in which they stand and whose footer it
// does not need. It reads no further than it must for the row at which it stands:
// each batch can be used as soon as it has arrived. limit is the most bytes of a
// cell.
func Arrow(r io.Reader, limit int) (*Table, error) {
	m := &messages{r: r, mem: newBounded()}
	if err := m.begin(); err != nil {
		return nil, err
	}
	return arrowTable(m, limit)
}

func arrowTable(m *messages, limit int) (*Table, error) {
	t := &Table{limit: limit}
	err := guard(func() error {
		reader, err := ipc.NewReaderFromMessageReader(m, ipc.WithAllocator(m.mem))
		if err != nil {
			return m.cause(err)
		}
		schema := reader.Schema()
		a := &arrowRows{messages: m, reader: reader}
		for i, f := range schema.Fields() {
			a.walk(arrowLeaf{column: i}, f.Type, []string{f.Name}, false)
		}
		for _, l := range a.leaves {
			t.columns = append(t.columns, l.Column)
		}
		meta := schema.Metadata()
		t.meta = func(key string) string {
			if i := meta.FindKey(key); i >= 0 {
				return meta.Values()[i]
			}
			return ""
		}
		t.rows = a
		return nil
	})
	if err != nil {
		return nil, err
	}
	return t, nil
}

// messages reads the messages of a stream, or those that the footer of a file
// lists. Arrow's own reader of messages takes a stream that breaks off between
// the head and the body of a message for one that has ended.
type messages struct {
	r    io.Reader
	mem  memory.Allocator
	file bool  // the stream stands in a file, so that its end is marked
	some bool  // a message has been read
	err  error // of reading, which ipc.Reader wraps or hides

	// Of a file with a footer:
	at     io.ReaderAt // nil where it is read as a stream
	size   int64
	schema []byte  // the head of a message, which has not been read
	blocks []int64 // where the messages begin that have not been read
}

// begin passes over the beginning of a file.
func (m *messages) begin() error {
	var head [8]byte
	if _, err := io.ReadFull(m.r, head[:]); err != nil {
		return ended(err)
	}
	if m.file = string(head[:len(magic)]) == magic; !m.file {
		m.r = io.MultiReader(bytes.NewReader(head[:]), m.r)
	}
	return nil
}

// maxMeta is the longest head of a message: a schema or the layout of a batch.
const maxMeta = 64 << 20

// Message reads the next message. At the end of the stream the error is io.EOF.
func (m *messages) Message() (*ipc.Message, error) {
	msg, err := m.message()
	m.err = err
	return msg, err
}

func (m *messages) message() (*ipc.Message, error) {
	if m.at != nil {
		if head := m.schema; head != nil {
			m.schema = nil
			return ipc.NewMessage(memory.NewBufferBytes(head), memory.NewBufferBytes(nil)), flat(head).check()
		}
		if len(m.blocks) == 0 {
			return nil, io.EOF
		}
		m.r = io.NewSectionReader(m.at, m.blocks[0], m.size-m.blocks[0])
		m.blocks = m.blocks[1:]
	}
	first := !m.some
	m.some = true
	var word [4]byte
	if _, err := io.ReadFull(m.r, word[:]); err != nil {
		if m.file {
			err = ended(err)
		}
		return nil, err
	}
	size := binary.LittleEndian.Uint32(word[:])
	switch {
	case size == math.MaxUint32: // before version 0.15 there was no such mark
		if _, err := io.ReadFull(m.r, word[:]); err != nil {
			return nil, ended(err)
		}
		size = binary.LittleEndian.Uint32(word[:])
	case size != 0 && m.file && first && m.at == nil:
		return nil, errors.New("the file says at its end what it holds, as those of polars do, and so can only be read where it lies as a plain file")
	case size != 0 && m.file && m.at == nil:
		return nil, m.footer()
	}
	if size == 0 && m.at == nil {
		return nil, io.EOF
	}
	if size < 8 || size > maxMeta {
		return nil, fmt.Errorf("the head of a message is said to be %d bytes long", size)
	}
	head := make([]byte, size)
	if _, err := io.ReadFull(m.r, head); err != nil {
		return nil, ended(err)
	}
	if err := flat(head).check(); err != nil {
		return nil, err
	}
	meta := memory.NewBufferBytes(head)
	length := ipc.NewMessage(meta, memory.NewBufferBytes(nil)).BodyLen()
	if length < 0 || length > maxBytes {
		return nil, errTooLarge
	}
	body := make([]byte, length)
	if _, err := io.ReadFull(m.r, body); err != nil {
		return nil, ended(err)
	}
	return ipc.NewMessage(meta, memory.NewBufferBytes(body)), nil
}

// seek reads the footer of a file and finds its messages.
func (m *messages) seek(r io.ReaderAt, size int64) error {
	var tail [4 + len(magic)]byte
	if _, err := r.ReadAt(tail[:], size-int64(len(tail))); err != nil {
		return err
	}
	length := int64(binary.LittleEndian.Uint32(tail[:]))
	if string(tail[4:]) != magic || length > maxMeta || length > size {
		return errHead
	}
	// The schema that stands in the footer is the header of a message put before
	// the footer.
	head := make([]byte, len(schemaMessage)+int(length))
	copy(head, schemaMessage[:])
	footer := flat(head[len(schemaMessage):])
	if _, err := r.ReadAt(footer, size-int64(len(tail))-length); err != nil {
		return err
	}
	schema, blocks, err := footer.footer(size)
	if err != nil {
		return err
	}
	binary.LittleEndian.PutUint32(head[headerAt:], uint32(len(schemaMessage)+schema-headerAt))
	m.at, m.size, m.schema, m.blocks = r, size, head, blocks
	return nil
}

// schemaMessage is a message whose header is a schema that stands somewhere
// behind it: headerAt is where the offset to it goes. The table begins at 16, and
// has version 5 of the metadata.
var schemaMessage = [32]byte{0: 16, 4: 12, 6: 12, 8: 8, 10: 10, 12: 4, 16: 12, 24: 4, 26: 1}

const headerAt = 20

// footer reads the footer of a file, which some write without the mark of a
// stream's end before it. Its first four bytes have been read. The error is
// io.EOF where it is one.
func (m *messages) footer() error {
	rest, err := io.ReadAll(io.LimitReader(m.r, maxMeta+1))
	if err != nil {
		return err
	}
	end := len(rest) - len(magic)
	if end < 4 || string(rest[end:]) != magic || int64(binary.LittleEndian.Uint32(rest[end-4:])) != int64(end) {
		return errors.New("the table is damaged or cut off: a message should stand here, or the end of the file")
	}
	return io.EOF
}

// cause is the error of reading where there was one, else err.
func (m *messages) cause(err error) error {
	if m.err != nil {
		return ended(m.err)
	}
	return err
}

func (m *messages) Retain()  {}
func (m *messages) Release() {}

// arrowLeaf finds the values of a column in a batch.
type arrowLeaf struct {
	Column
	column int   // of the batch
	fields []int // of the structs on the way
}

type arrowRows struct {
	messages *messages
	reader   *ipc.Reader
	leaves   []arrowLeaf
	batch    arrow.Record // nil before the first
	row      int          // in batch
}

// walk lists the columns that a type makes.
func (a *arrowRows) walk(l arrowLeaf, t arrow.DataType, path []string, list bool) {
	switch t := t.(type) {
	case *arrow.StructType:
		for i, f := range t.Fields() {
			sub := l
			sub.fields = append(l.fields[:len(l.fields):len(l.fields)], i)
			a.walk(sub, f.Type, append(path[:len(path):len(path)], f.Name), list)
		}
		return
	case *arrow.ListType, *arrow.LargeListType, *arrow.FixedSizeListType, *arrow.ListViewType, *arrow.LargeListViewType:
		if !list {
			a.walk(l, t.(arrow.ListLikeType).Elem(), path, true)
			return
		}
	case *arrow.DictionaryType:
		a.walk(l, t.ValueType, path, list)
		return
	case arrow.ExtensionType:
		a.walk(l, t.StorageType(), path, list)
		return
	default:
		l.Kind = kindOf(t)
	}
	l.Path, l.List = path, list
	a.leaves = append(a.leaves, l)
}

func kindOf(t arrow.DataType) Kind {
	switch t := t.(type) {
	case *arrow.StringType, *arrow.LargeStringType, *arrow.StringViewType, *arrow.BinaryType, *arrow.LargeBinaryType, *arrow.BinaryViewType:
		return Text
	case *arrow.Int8Type, *arrow.Int16Type, *arrow.Int32Type, *arrow.Int64Type,
		*arrow.Uint8Type, *arrow.Uint16Type, *arrow.Uint32Type, *arrow.Uint64Type, *arrow.Float32Type, *arrow.Float64Type:
		return Number
	case *arrow.Decimal128Type:
		if t.Scale == 0 {
			return Number
		}
	case *arrow.TimestampType, *arrow.Date32Type, *arrow.Date64Type:
		return Time
	}
	return Other
}

func (a *arrowRows) ready() bool { return a.batch != nil && a.row+1 < int(a.batch.NumRows()) }

func (a *arrowRows) next() error {
	a.row++
	for a.batch == nil || a.row >= int(a.batch.NumRows()) {
		if !a.reader.Next() {
			switch err := a.reader.Err(); {
			case a.messages.err != nil && a.messages.err != io.EOF:
				return a.messages.err
			case err != nil:
				return err
			}
			return io.EOF
		}
		a.batch, a.row = a.reader.Record(), 0
	}
	return nil
}

func (a *arrowRows) visit(col int, v *visitor) error {
	l := &a.leaves[col]
	return l.visit(a.batch.Column(l.column), a.row, l.fields, v)
}

// visit visits the values of element i.
func (l *arrowLeaf) visit(values arrow.Array, i int, fields []int, v *visitor) error {
	if values.IsNull(i) {
		return nil
	}
	switch a := values.(type) {
	case *array.Struct:
		return l.visit(a.Field(fields[0]), i, fields[1:], v)
	case array.ListLike:
		from, to := a.ValueOffsets(i)
		elements := a.ListValues()
		if from < 0 || from > to || to > int64(elements.Len()) {
			return errors.New("the table is damaged: a list ends beyond its values")
		}
		for k := from; k < to && v.left >= 0; k++ {
			if err := l.visit(elements, int(k), fields, v); err != nil {
				return err
			}
		}
	case *array.Dictionary:
		return l.visit(a.Dictionary(), a.GetValueIndex(i), fields, v)
	case array.ExtensionArray:
		return l.visit(a.Storage(), i, fields, v)

	case *array.String:
		v.text(a.Value(i))
	case *array.LargeString:
		v.text(a.Value(i))
	case *array.StringView:
		v.text(a.Value(i))
	case *array.Binary:
		v.bytes(a.Value(i))
	case *array.LargeBinary:
		v.bytes(a.Value(i))
	case *array.BinaryView:
		v.bytes(a.Value(i))

	case *array.Int8:
		v.int(int64(a.Value(i)))
	case *array.Int16:
		v.int(int64(a.Value(i)))
	case *array.Int32:
		v.int(int64(a.Value(i)))
	case *array.Int64:
		v.int(a.Value(i))
	case *array.Uint8:
		v.int(int64(a.Value(i)))
	case *array.Uint16:
		v.int(int64(a.Value(i)))
	case *array.Uint32:
		v.int(int64(a.Value(i)))
	case *array.Uint64:
		v.text(strconv.FormatUint(a.Value(i), 10))
	case *array.Float32:
		v.float(float64(a.Value(i)), 32)
	case *array.Float64:
		v.float(a.Value(i), 64)
	case *array.Decimal128:
		v.text(a.Value(i).BigInt().String())

	case *array.Timestamp:
		v.at(a.Value(i).ToTime(a.DataType().(*arrow.TimestampType).Unit))
	case *array.Date32:
		v.at(a.Value(i).ToTime())
	case *array.Date64:
		v.at(a.Value(i).ToTime())
	}
	return nil
}

func (v *visitor) int(n int64) { v.text(strconv.FormatInt(n, 10)) }

// float takes a number. What is none (NaN), as Python writes for null, is null.
func (v *visitor) float(f float64, bits int) {
	if !math.IsNaN(f) && !math.IsInf(f, 0) {
		v.text(strconv.FormatFloat(f, 'f', -1, bits))
	}
}
