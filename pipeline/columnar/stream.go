package columnar

import (
	"bufio"
	"fmt"
	"io"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"github.com/onrecord-nlp/onrecord/pipeline"
)

// streamRow is a row of a [StreamWriter]: what became of one record of the
// input.
type streamRow struct {
	document *documentRow // nil where there is none
	docID    string       // of the document, or of the failure in its place
	quotes   []quoteRow
	claims   []claimRow
	speakers []speakerRow
	failures []Failure
}

// streamColumns are the columns of documents, all of them nullable, and a list
// of structs for each other table, with exactly its columns.
func streamColumns() []column[streamRow] {
	type row = streamRow
	var columns []column[row]
	for _, c := range documentColumns() {
		f := c.field
		f.Nullable = true
		write := func(b array.Builder, r *row) {
			if r.document == nil {
				b.AppendNull()
			} else {
				c.write(b, r.document)
			}
		}
		if f.Name == "doc_id" {
			write = optStr("doc_id", func(r *row) *string { return &r.docID }).write
		}
		columns = append(columns, column[row]{field: f, write: write})
	}
	return append(columns,
		structs(string(Quotes), func(r *row) *[]quoteRow { return &r.quotes }, quoteColumns()),
		structs(string(Claims), func(r *row) *[]claimRow { return &r.claims }, claimColumns()),
		structs(string(Speakers), func(r *row) *[]speakerRow { return &r.speakers }, speakerColumns()),
		structs(string(Failures), func(r *row) *[]Failure { return &r.failures }, failureColumns()),
	)
}

// StreamSchema is the schema of what a [StreamWriter] writes.
func StreamSchema(meta Meta) *arrow.Schema { return schemaOf(streamColumns(), meta) }

// StreamOptions of a [StreamWriter].
type StreamOptions struct {
	// BatchRows is the number of rows behind which a record batch ends, 500 when 0.
	// It ends earlier behind 2 MiB of text.
	BatchRows int
	Meta      Meta
}

// StreamWriter writes documents as an Arrow IPC stream, for another program to
// read while it goes on: a row a document, with the columns of the table
// documents and, as lists of structs, its rows of quotes, claims, speakers and
// failures. Exploded, the lists are those tables. What gave no document is a
// row too: all null but for failures and, where it is known, doc_id.
//
// Batches end after a number of rows or bytes that depends on the documents
// alone, and are passed on at once. A StreamWriter is used by one goroutine at
// a time, and holds one batch in memory.
type StreamWriter struct {
	out     *bufio.Writer
	ipc     *ipc.Writer
	columns []column[streamRow]
	builder *array.RecordBuilder
	max     int

	rows  rows
	row   streamRow // the last one, not yet in the batch where have is true
	have  bool
	count int // of rows in the batch
	bytes int // of their text
	err   error
}

// NewStreamWriter begins a stream on w. Nothing is written before the first
// batch or Close.
func NewStreamWriter(w io.Writer, opts StreamOptions) *StreamWriter {
	if opts.BatchRows <= 0 {
		opts.BatchRows = 500
	}
	s := &StreamWriter{out: bufio.NewWriterSize(w, 1<<16), columns: streamColumns(), max: opts.BatchRows}
	schema := schemaOf(s.columns, opts.Meta)
	s.ipc = ipc.NewWriter(s.out, ipc.WithSchema(schema))
	s.builder = array.NewRecordBuilder(memory.DefaultAllocator, schema)
	return s
}

// Write writes the row of doc. A [*DocumentError] concerns this document alone,
// which then has no row; any other error ends the stream.
func (s *StreamWriter) Write(doc *pipeline.Document) error {
	if err := s.push(); err != nil {
		return err
	}
	if err := s.rows.make(doc); err != nil {
		return &DocumentError{doc.ID, err}
	}
	r := &s.rows
	s.row = streamRow{document: &r.document, docID: r.document.docID, quotes: r.quotes, claims: r.claims, speakers: r.speakers, failures: s.row.failures[:0]}
	s.have = true
	return nil
}

// Fail writes a failure: into the row of the document written last where it has
// its id, else into a row of its own. An error ends the stream.
func (s *StreamWriter) Fail(f Failure) error {
	f = Failure{valid(f.Source), f.Record, valid(f.DocID), valid(f.Stage), valid(f.Reason), valid(f.Message)}
	if !s.have || f.DocID == "" || f.DocID != s.row.docID {
		if err := s.push(); err != nil {
			return err
		}
		s.row = streamRow{docID: f.DocID, failures: s.row.failures[:0]}
		s.have = true
	}
	s.row.failures = append(s.row.failures, f)
	return s.err
}

// push puts the last row into the batch, which it ends where it is full.
func (s *StreamWriter) push() error {
	if s.err != nil || !s.have {
		return s.err
	}
	for n := range s.columns {
		s.columns[n].write(s.builder.Field(n), &s.row)
	}
	s.have = false
	s.count++
	if s.row.document != nil {
		size := len(s.row.document.text)
		s.bytes += size
		if size >= batchBytes {
			s.rows = rows{} // what one giant needs is not kept for the rest
		}
	}
	if s.count >= s.max || s.bytes >= batchBytes {
		s.flush()
	}
	return s.err
}

// flush writes the batch.
func (s *StreamWriter) flush() {
	if s.count == 0 {
		return
	}
	s.count, s.bytes = 0, 0
	rec := s.builder.NewRecord()
	defer rec.Release()
	err := s.ipc.Write(rec)
	if err == nil {
		err = s.out.Flush()
	}
	if err != nil {
		s.err = fmt.Errorf("columnar: write the stream: %w", err)
	}
}

// Close writes what is left, and the end of the stream. w stays open.
func (s *StreamWriter) Close() error {
	if err := s.push(); err != nil {
		return err
	}
	if s.flush(); s.err != nil {
		return s.err
	}
	err := s.ipc.Close()
	if err == nil {
		err = s.out.Flush()
	}
	if err != nil {
		s.err = fmt.Errorf("columnar: write the stream: %w", err)
		return s.err
	}
	s.err = errClosed
	return nil
}
