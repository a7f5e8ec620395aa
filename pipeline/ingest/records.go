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
// the stream the error is io.EOF; when it comes within a value or before the
// end of the array, io.ErrUnexpectedEOF.
func (r *recordReader) value() (record, error) {
	var rec record
	r.reset()
	if err := r.skipToValue(); err != nil {
		if err == io.EOF && r.inArray {
			err = io.ErrUnexpectedEOF
		}
		return rec, err
	}
	rec.offset = r.offset
	depth, inString, escaped := 0, false, false
	for {
		if _, err := r.br.Peek(1); err != nil {
			if err != io.EOF {
				return rec, err
			}
			if depth > 0 || inString {
				return rec, io.ErrUnexpectedEOF
			}
			return r.finish(rec), nil // a number or a word
		}
		chunk, _ := r.br.Peek(r.br.Buffered())
		n, done := 0, false
		for n < len(chunk) && !done {
			switch c := chunk[n]; {
			case escaped:
				escaped = false
			case inString:
				switch c {
				case '\\':
					escaped = true
				case '"':
					inString = false
					done = depth == 0
				}
			case c == '"':
				inString = true
			case c == '{' || c == '[':
				depth++
			case (c == '}' || c == ']') && depth > 0:
				depth--
				done = depth == 0
			case depth == 0 && (c == '}' || c == ']' || isSeparator(c)):
				// The end of a number or a word, and no part of it; a bracket that
				// closes nothing is a record of its own, to be refused.
				done = true
				if rec.size+int64(n) > 0 {
					n--
				}
			}
			n++
		}
		rec.size += int64(n)
		r.keep(chunk[:n], rec.size)
		r.advance(n)
		if done {
			return r.finish(rec), nil
		}
	}
}

func isSeparator(c byte) bool {
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ','
}

// skipToValue passes over what stands between values: white space, commas,
// and the brackets of the array around them.
func (r *recordReader) skipToValue() error {
	for {
		if _, err := r.br.Peek(1); err != nil {
			return err
		}
		chunk, _ := r.br.Peek(r.br.Buffered())
		for n, c := range chunk {
			switch {
			case isSeparator(c):
			case c == '[' && !r.inArray:
				r.inArray = true
			case c == ']' && r.inArray:
				r.inArray = false
			default:
				r.advance(n)
				return nil
			}
		}
		r.advance(len(chunk))
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
