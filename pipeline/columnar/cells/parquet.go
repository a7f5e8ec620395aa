package cells

import (
	"errors"
	"io"
	"math/big"
	"strconv"
	"time"

	"github.com/apache/arrow/go/v15/parquet"
	"github.com/apache/arrow/go/v15/parquet/file"
	"github.com/apache/arrow/go/v15/parquet/schema"
)

// Parquet opens a Parquet file of size bytes. limit is the most bytes of a
// cell.
func Parquet(r io.ReaderAt, size int64, limit int) (*Table, error) {
	t := &Table{limit: limit}
	err := guard(func() error {
		mem := newBounded()
		props := parquet.NewReaderProperties(mem)
		props.BufferedStreamEnabled = true // else a column of a row group is read whole
		props.BufferSize = 64 << 10
		f, err := file.NewParquetReader(io.NewSectionReader(r, 0, size), file.WithReadProps(props))
		if err != nil {
			return err
		}
		p := &parquetRows{file: f, group: -1}
		root := f.MetaData().Schema.Root()
		for i := range root.NumFields() {
			t.columns = walkNode(t.columns, root.Field(i), []string{root.Field(i).Name()}, 0)
		}
		if len(t.columns) != f.MetaData().Schema.NumColumns() {
			return errors.New("the schema is damaged")
		}
		p.cursors = make([]cursor, len(t.columns))
		t.meta = func(key string) string {
			if v := f.MetaData().KeyValueMetadata().FindValue(key); v != nil {
				return *v
			}
			return ""
		}
		t.rows = p
		return nil
	})
	if err != nil {
		return nil, err
	}
	return t, nil
}

// maxNesting is the deepest schema that is read.
const maxNesting = 64

// walkNode appends the columns of a node of the schema, each leaf one, in the
// order in which a Parquet file counts them. lists is how many lists are around
// it.
func walkNode(columns []Column, n schema.Node, path []string, lists int) []Column {
	if len(path) > maxNesting {
		panic("structs are nested too deep")
	}
	if n.RepetitionType() == parquet.Repetitions.Repeated {
		lists++
	}
	leaf, ok := n.(*schema.PrimitiveNode)
	if ok {
		c := Column{Path: path, List: lists > 0}
		if lists <= 1 {
			c.Kind = kindOfNode(leaf)
		}
		return append(columns, c)
	}
	group := n.(*schema.GroupNode)
	switch n.ConvertedType() {
	case schema.ConvertedTypes.List:
		if element, ok := listElement(group); ok {
			return walkNode(columns, element, path, lists+1)
		}
	case schema.ConvertedTypes.Map, schema.ConvertedTypes.MapKeyValue:
		lists += 2 // its columns are counted, and are none to read
	}
	for i := range group.NumFields() {
		f := group.Field(i)
		columns = walkNode(columns, f, append(path[:len(path):len(path)], f.Name()), lists)
	}
	return columns
}

// listElement returns what the elements of a list are, past the groups that
// the Parquet format puts around them, and false where those are not there.
func listElement(list *schema.GroupNode) (schema.Node, bool) {
	if list.NumFields() != 1 || list.Field(0).RepetitionType() != parquet.Repetitions.Repeated {
		return nil, false
	}
	g, ok := list.Field(0).(*schema.GroupNode)
	if !ok || g.NumFields() != 1 || g.Name() == "array" || g.Name() == list.Name()+"_tuple" {
		return nil, false // the old way: the repeated field is the element
	}
	return g.Field(0), true
}

func kindOfNode(n *schema.PrimitiveNode) Kind {
	switch l := n.LogicalType().(type) {
	case *schema.TimestampLogicalType, schema.DateLogicalType:
		return Time
	case *schema.DecimalLogicalType:
		if l.Scale() != 0 || n.PhysicalType() == parquet.Types.ByteArray {
			return Other
		}
		return Number
	case *schema.TimeLogicalType, schema.IntervalLogicalType, schema.UUIDLogicalType:
		return Other
	}
	switch n.PhysicalType() {
	case parquet.Types.ByteArray:
		return Text
	case parquet.Types.Int32, parquet.Types.Int64, parquet.Types.Float, parquet.Types.Double:
		return Number
	case parquet.Types.Int96:
		return Time
	}
	return Other
}

type parquetRows struct {
	file    *file.Reader
	group   int   // row group; -1 before the first
	row     int64 // in the group
	size    int64 // of the group, in rows
	cursors []cursor
}

// cursor reads a column of the row group at hand. It is made when the column is
// first asked for.
type cursor interface {
	// visit visits the values of a row of the group, which is that of the call
	// before or a later one.
	visit(row int64, v *visitor) error
}

func (p *parquetRows) ready() bool { return true }

func (p *parquetRows) next() error {
	p.row++
	for p.group < 0 || p.row >= p.size {
		if p.group++; p.group >= p.file.NumRowGroups() {
			return io.EOF
		}
		p.row, p.size = 0, p.file.RowGroup(p.group).NumRows()
		clear(p.cursors)
	}
	return nil
}

func (p *parquetRows) visit(col int, v *visitor) error {
	if p.cursors[col] == nil {
		c, err := newCursor(p.file, p.group, col)
		if err != nil {
			return err
		}
		p.cursors[col] = c
	}
	return p.cursors[col].visit(p.row, v)
}

func newCursor(f *file.Reader, group, col int) (cursor, error) {
	g := f.RowGroup(group)
	pages, err := g.GetColumnPageReader(col)
	if err != nil {
		return nil, err
	}
	descr := f.MetaData().Schema.Column(col)
	checked := &checkedPages{PageReader: pages, maxDef: descr.MaxDefinitionLevel(), maxRep: descr.MaxRepetitionLevel()}
	leaf := descr.SchemaNode().(*schema.PrimitiveNode)
	switch r := file.NewColumnReader(descr, checked, newBounded(), f.BufferPool()).(type) {
	case *file.ByteArrayColumnChunkReader:
		return newChunk(r, r.ReadBatch, func(b parquet.ByteArray, v *visitor) { v.bytes(b) }), nil
	case *file.Int32ColumnChunkReader:
		return newChunk(r, r.ReadBatch, takeInt32(leaf)), nil
	case *file.Int64ColumnChunkReader:
		return newChunk(r, r.ReadBatch, takeInt64(leaf)), nil
	case *file.Float32ColumnChunkReader:
		return newChunk(r, r.ReadBatch, func(f float32, v *visitor) { v.float(float64(f), 32) }), nil
	case *file.Float64ColumnChunkReader:
		return newChunk(r, r.ReadBatch, func(f float64, v *visitor) { v.float(f, 64) }), nil
	case *file.Int96ColumnChunkReader:
		return newChunk(r, r.ReadBatch, func(t parquet.Int96, v *visitor) { v.at(t.ToTime()) }), nil
	case *file.FixedLenByteArrayColumnChunkReader:
		return newChunk(r, r.ReadBatch, takeDecimal), nil
	}
	return nil, errors.New("columns of this type are not read")
}

func takeInt32(n *schema.PrimitiveNode) func(int32, *visitor) {
	switch l := n.LogicalType().(type) {
	case schema.DateLogicalType:
		return func(days int32, v *visitor) { v.at(time.Unix(int64(days)*24*60*60, 0)) }
	case *schema.IntLogicalType:
		if !l.IsSigned() {
			return func(i int32, v *visitor) { v.int(int64(uint32(i))) }
		}
	}
	return func(i int32, v *visitor) { v.int(int64(i)) }
}

func takeInt64(n *schema.PrimitiveNode) func(int64, *visitor) {
	switch l := n.LogicalType().(type) {
	case *schema.TimestampLogicalType:
		switch l.TimeUnit() {
		case schema.TimeUnitMillis:
			return func(t int64, v *visitor) { v.at(time.UnixMilli(t)) }
		case schema.TimeUnitMicros:
			return func(t int64, v *visitor) { v.at(time.UnixMicro(t)) }
		}
		return func(t int64, v *visitor) { v.at(time.Unix(t/1e9, t%1e9)) }
	case *schema.IntLogicalType:
		if !l.IsSigned() {
			return func(i int64, v *visitor) { v.text(strconv.FormatUint(uint64(i), 10)) }
		}
	}
	return func(i int64, v *visitor) { v.int(i) }
}

// takeDecimal takes a number in two's complement, the highest byte first.
func takeDecimal(b parquet.FixedLenByteArray, v *visitor) {
	n := new(big.Int).SetBytes(b)
	if len(b) > 0 && b[0] >= 0x80 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(len(b))*8))
	}
	v.text(n.String())
}

// batch is how many levels of a column are read at once.
const batch = 256

// chunk is a cursor over values of type T. A column is a run of levels, one a
// value or null; in a list the repetition level 0 begins a row (S. Melnik et
// al., "Dremel: Interactive Analysis of Web-Scale Datasets", VLDB 2010).
type chunk[T any] struct {
	reader file.ColumnChunkReader
	read   func(n int64, values []T, def, rep []int16) (int64, int, error)
	take   func(T, *visitor)
	maxDef int16
	maxRep int16

	rows     int64 // that have been passed
	last     []T   // values of the last of them
	values   []T
	def, rep []int16
	levels   int // in def and rep
	level    int // the next of them
	value    int // the next of values
	found    int // values read
}

func newChunk[T any](r file.ColumnChunkReader, read func(int64, []T, []int16, []int16) (int64, int, error), take func(T, *visitor)) *chunk[T] {
	return &chunk[T]{
		reader: r, read: read, take: take,
		maxDef: r.Descriptor().MaxDefinitionLevel(), maxRep: r.Descriptor().MaxRepetitionLevel(),
		values: make([]T, batch), def: make([]int16, batch), rep: make([]int16, batch),
	}
}

// errShort: a column of a row group has fewer rows than the group.
var errShort = errors.New("the table is damaged: a column has fewer values than there are rows")

func (c *chunk[T]) visit(row int64, v *visitor) error {
	for c.rows <= row {
		if err := c.pass(); err != nil {
			return err
		}
	}
	for _, value := range c.last {
		if v.left < 0 {
			break
		}
		c.take(value, v)
	}
	return nil
}

// pass goes past a row.
func (c *chunk[T]) pass() error {
	c.last = c.last[:0]
	c.rows++
	for first := true; ; first = false {
		more, err := c.more()
		switch {
		case err != nil:
			return err
		case !more && first:
			return errShort
		case !more, !first && (c.maxRep == 0 || c.rep[c.level] == 0):
			return nil
		}
		if c.maxDef == 0 || c.def[c.level] == c.maxDef {
			if c.value >= c.found {
				return errShort
			}
			c.last = append(c.last, c.values[c.value])
			c.value++
		}
		c.level++
	}
}

// more reports whether there is another level.
func (c *chunk[T]) more() (bool, error) {
	if c.level < c.levels {
		return true, nil
	}
	levels, found, err := c.read(batch, c.values, c.def, c.rep)
	if err == nil {
		err = c.reader.Err()
	}
	if err != nil {
		return false, ended(err)
	}
	c.levels, c.found, c.level, c.value = int(levels), found, 0, 0
	return levels > 0, nil
}
