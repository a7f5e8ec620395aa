package ingest

import (
	"bufio"
	"bytes"
	"io"
)

// keepBuffer is the largest buffer that is kept for the next record.
const keepBuffer = 4 << 20

// recordReader cuts a stream of JSON into records without holding more of it
// than one record.
type recordReader struct {
	br      *bufio.Reader
	limit   int   // the longest record in bytes
	offset  int64 // of the next byte of br
	buf     []byte
	inArray bool
}

// record is one record as it stands in the stream. data is good until the next
// one is read.
type record struct {
	data   []byte
	offset int64
	size   int64
	long   bool // longer than the limit; data is nil
}

// line returns the next line without its end. At the end of the stream the
// error is io.EOF.
func (r *recordReader) line() (record, error) {
	rec := record{offset: r.offset}
	r.reset()
	whole := true // the line lies in br's own buffer
	for {
		chunk, err := r.br.ReadSlice('\n')
		r.offset += int64(len(chunk))
		rec.size += int64(len(chunk))
		if err == bufio.ErrBufferFull {
			whole = false
			r.keep(chunk, rec.size)
			continue
		}
		if err != nil && (err != io.EOF || rec.size == 0) {
			return rec, err
		}
		if !whole {
			r.keep(chunk, rec.size)
			chunk = r.buf
		}
		if rec.long = rec.size > int64(r.limit); !rec.long {
			rec.data = bytes.TrimRight(chunk, "\r\n")
		}
		return rec, nil
	}
}

// value returns the next value of a stream of values that stand one after
// another or in an array, as far as brackets and strings tell. At the end of
// the stream the error is io.EOF; when it comes within a value,
// io.ErrUnexpectedEOF.
func (r *recordReader) value() (record, error) {
	var rec record
	r.reset()
	depth, inString, escaped, begun := 0, false, false, false
	for {
		if _, err := r.br.Peek(1); err != nil {
			if err == io.EOF && begun && depth == 0 && !inString {
				return r.finish(rec), nil
			}
			if err == io.EOF && (begun || r.inArray) {
				err = io.ErrUnexpectedEOF
			}
			return rec, err
		}
		chunk, _ := r.br.Peek(r.br.Buffered())
		n, from, done := 0, 0, false
		for n < len(chunk) && !done {
			c := chunk[n]
			switch {
			case !begun:
				switch c {
				case ' ', '\t', '\r', '\n', ',':
				case '[', ']':
					if r.inArray == (c == ']') {
						r.inArray = c == '['
						break
					}
					fallthrough
				default:
					begun, from = true, n
					rec.offset = r.offset + int64(n)
					continue // look at c again
				}
			case inString:
				switch {
				case escaped:
					escaped = false
				case c == '\\':
					escaped = true
				case c == '"':
					inString = false
					done = depth == 0
				}
			case c == '"':
				inString = true
			case c == '{' || c == '[':
				depth++
			case c == '}' || c == ']':
				if depth > 0 {
					depth--
					done = depth == 0
				} else if n > from || rec.size > 0 { // ends a number or a word
					rec.size += int64(n - from)
					r.keep(chunk[from:n], rec.size)
					r.advance(n)
					return r.finish(rec), nil
				} else {
					done = true // stands alone: the record will be refused
				}
			case depth == 0 && (c == ',' || c == ' ' || c == '\n' || c == '\r' || c == '\t'):
				done = true
			}
			n++
		}
		if begun {
			rec.size += int64(n - from)
			r.keep(chunk[from:n], rec.size)
		}
		r.advance(n)
		if done {
			return r.finish(rec), nil
		}
	}
}

func (r *recordReader) advance(n int) {
	r.br.Discard(n) // within what is buffered: never fails
	r.offset += int64(n)
}

func (r *recordReader) reset() {
	if cap(r.buf) > keepBuffer {
		r.buf = nil
	}
	r.buf = r.buf[:0]
}

// keep adds a chunk to the record, of which size bytes have been read, as long
// as it is within the limit.
func (r *recordReader) keep(chunk []byte, size int64) {
	if size <= int64(r.limit) {
		r.buf = append(r.buf, chunk...)
	} else {
		r.buf = nil
	}
}

func (r *recordReader) finish(rec record) record {
	if rec.long = rec.size > int64(r.limit); !rec.long {
		rec.data = r.buf
	}
	return rec
}
