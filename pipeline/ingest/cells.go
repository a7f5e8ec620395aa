package ingest

import (
	"errors"
	"io"
	"io/fs"
	"slices"
	"strings"
	"sync/atomic"
	"unicode/utf8"

	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/columnar/cells"
)

// ownTable is a key of the metadata of the tables that this program writes.
const ownTable = "onrecord.schema_version"

// arrowMagic begins an Arrow IPC file.
const arrowMagic = "ARROW1"

// readCells reads the rows of a Parquet or Arrow file. It reports whether to go
// on.
func (s *stream) readCells(f file, src *source, format Format) bool {
	whole := place{f.name, 0, -1}
	var t *cells.Table
	var err error
	plain := len(src.layers) == 0 && src.raw.at != nil
	at := &countedAt{r: src.raw.at, count: src.raw.count, left: max(f.size-packAhead, 0)}
	switch head, _ := src.Peek(len(arrowMagic)); {
	case format == FormatParquet && plain:
		t, err = cells.Parquet(at, f.size, s.opts.MaxRecord)
		defer at.done()
	case format == FormatParquet:
		return s.fail(whole.fail(Unsupported, nil, "Parquet is read from its end, and so only from a plain file: save or decompress it first"))
	case plain && string(head) == arrowMagic:
		t, err = cells.ArrowFile(at, f.size, s.opts.MaxRecord)
		defer at.done()
	default:
		t, err = cells.Arrow(src, s.opts.MaxRecord)
	}
	if err != nil {
		return s.fail(tableError(whole, src, err))
	}
	markup := s.opts.Markup
	b := s.fields.bind(t.Columns())
	if t.Meta(ownTable) != "" {
		if !slices.ContainsFunc(b.columns, func(c cells.Column) bool { return c.Name() == "sha256" }) {
			return s.fail(whole.fail(Unsupported, nil, "the table is of an earlier run, and not that of its documents: name its folder documents"))
		}
		markup = MarkupPlain // the text is as it was read then
	}
	if len(b.of[roleText]) == 0 {
		return s.noColumn(whole, b)
	}
	number := int64(1)
	for ; ; number++ {
		if f.path == "-" && !t.Ready() {
			s.queue.drain() // it may be long until more comes
		}
		at := place{f.name, number, -1}
		if err := t.Next(); err == io.EOF {
			break
		} else if err != nil {
			return s.fail(tableError(at, src, err))
		}
		if s.delivered() {
			if s.ctx.Err() != nil {
				return false
			}
			continue
		}
		doc, err := b.document(t)
		ok := false
		switch {
		case errors.Is(err, cells.ErrTooLong):
			ok = s.fail(at.fail(TooLong, nil, "the row has a cell longer than the limit of %d bytes: raise the limit, or cut the cell", s.opts.MaxRecord))
		case err != nil:
			return s.fail(tableError(at, src, err))
		default:
			ok = s.readRow(doc, at, b, markup)
		}
		if !ok {
			return false
		}
	}
	if number == 1 {
		return s.fail(whole.fail(EmptyFile, nil, "the table has no rows: take it out, or write it anew"))
	}
	return true
}

// head returns the first bytes of the decompressed stream. Of an Arrow stream
// it does not wait for more than has come: there may be no more for a while.
func (s *source) head() ([]byte, error) {
	b, err := s.Peek(8)
	switch {
	case err != nil:
		return b, err // which is told once
	case binaryFormat(b) == FormatArrow:
		return s.Peek(min(s.Buffered(), sniffBytes))
	}
	return s.Peek(sniffBytes)
}

// readRow completes the document of a row. It reports whether to go on.
func (s *stream) readRow(doc *pipeline.Document, at place, b *binding, markup Markup) bool {
	doc.Source = at.source()
	if doc.ID == "" {
		doc.ID = doc.Source
	}
	var dmg damage
	if !utf8.ValidString(doc.Text) {
		text, d, err := s.decodeCell(doc.Text)
		if err != nil {
			return s.put(noEncoding(doc, at, damage{d.count, -1}, err))
		}
		doc.Text, dmg = text, damage{d.count, -1}
	}
	if strings.TrimSpace(doc.Text) == "" {
		return s.noText(doc, at, b.names())
	}
	return s.finishRecord(doc, at, dmg, markup)
}

// noColumn refuses a table without a column of text.
func (s *stream) noColumn(at place, b *binding) bool {
	what := "column of article text"
	if name := s.opts.Fields.Text; name != "" {
		what = "column of text called " + name
	}
	return s.fail(at.fail(NoText, nil, "the table has no %s, only the columns %s: name the column that holds the text; where the first line holds no names, put a line of names before it", what, b.names()))
}

// tableError says what is wrong with a table.
func tableError(at place, src *source, err error) *Error {
	if src.raw.err != nil {
		return readError(at, src.raw.err)
	}
	if _, ok := errors.AsType[*fs.PathError](err); ok {
		return readError(at, err)
	}
	if _, ok := errors.AsType[*compressionError](err); ok {
		return readError(at, err)
	}
	return at.fail(BadTable, err, "the table cannot be read (%s): it is damaged, cut off or written in a way that is not read: get it anew, or write it anew, with zstd where it is compressed; rows before this place are kept", firstLine(err))
}

// countedAt counts what is read of a file in any order, and at last all of it.
type countedAt struct {
	r     io.ReaderAt
	count *atomic.Int64
	left  int64 // bytes not counted yet
}

func (c *countedAt) ReadAt(p []byte, off int64) (int, error) {
	n, err := c.r.ReadAt(p, off)
	c.add(int64(n))
	return n, err
}

func (c *countedAt) add(n int64) {
	if n = min(n, c.left); n > 0 && c.count != nil {
		c.left -= n
		c.count.Add(n)
	}
}

func (c *countedAt) done() { c.add(c.left) }
