package columnar

import (
	"fmt"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
)

// makeFile makes the file of one table and format in the shard at hand.
type makeFile func(Table, Format) (*file, error)

// columns is a table of any kind of row.
type columns interface {
	open(makeFile) error
	flush() error
	close() error
}

// table gathers the rows of one table and writes them, a batch at a time, into
// the files of the shard at hand, one a format.
type table[R any] struct {
	name    Table
	columns []column[R]
	schema  *arrow.Schema
	builder *array.RecordBuilder
	memory  *recycler
	formats []Format
	dicts   []string // columns for which Parquet writes a dictionary

	files    []*file // of the shard at hand, and their encoders
	encoders []encoder
	pending  int // rows in no batch as yet
}

func newTable[R any](name Table, columns []column[R], formats []Format, meta Meta) *table[R] {
	t := &table[R]{name: name, columns: columns, schema: schemaOf(columns, meta), formats: formats, memory: new(recycler)}
	t.builder = array.NewRecordBuilder(t.memory, t.schema)
	for _, c := range columns {
		if c.repeats {
			t.dicts = append(t.dicts, c.field.Name)
		}
	}
	return t
}

func (t *table[R]) open(create makeFile) error {
	t.files, t.encoders = t.files[:0], t.encoders[:0]
	for _, format := range t.formats {
		f, err := create(t.name, format)
		if err != nil {
			return err
		}
		e, err := newEncoder(format, f, t.schema, t.dicts, t.memory)
		if err != nil {
			return fault(f, err)
		}
		t.files = append(t.files, f)
		t.encoders = append(t.encoders, e)
	}
	return nil
}

func (t *table[R]) append(row *R) {
	for n := range t.columns {
		t.columns[n].write(t.builder.Field(n), row)
	}
	t.pending++
}

func appendAll[R any](t *table[R], rows []R) {
	for i := range rows {
		t.append(&rows[i])
	}
}

// flush writes the pending rows as one record batch. (In Parquet: as one row
// group.)
func (t *table[R]) flush() error {
	if t.pending == 0 {
		return nil
	}
	t.pending = 0
	rec := t.builder.NewRecord()
	defer rec.Release()
	for i, e := range t.encoders {
		if err := e.Write(rec); err != nil {
			return fault(t.files[i], err)
		}
	}
	return nil
}

// close writes what is pending and ends the files' formats.
func (t *table[R]) close() error {
	if err := t.flush(); err != nil {
		return err
	}
	for i, e := range t.encoders {
		if err := e.Close(); err != nil {
			return fault(t.files[i], err)
		}
	}
	return nil
}

// fault prefers the error of the file to what an encoder made of it.
func fault(f *file, err error) error {
	if f.err != nil {
		return f.err
	}
	return fmt.Errorf("columnar: write %s: %w", f.path, err)
}

// lines writes one table as JSON Lines.
type lines struct {
	name Table
	file *file // of the shard at hand
}

func (l *lines) open(create makeFile) (err error) {
	l.file, err = create(l.name, JSONL)
	return err
}

// write writes one line, which has no line break.
func (l *lines) write(line []byte) error {
	if _, err := l.file.Write(line); err != nil {
		return err
	}
	_, err := l.file.Write([]byte{'\n'})
	return err
}

// failureJSON is the JSON form of a failure: the columns of its table.
type failureJSON struct {
	Source  string `json:"source"`
	Record  int64  `json:"record,omitempty"`
	DocID   string `json:"doc_id,omitempty"`
	Stage   string `json:"stage"`
	Reason  string `json:"reason"`
	Message string `json:"message"`
}
