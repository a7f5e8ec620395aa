package serve

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// raw is one record of a batch as it was sent.
type raw struct {
	number int    // of the line or of the element, from 1
	data   []byte // nil where the record is longer than the limit
}

// records parts a batch into its records. None is held that is longer than
// limit.
type records struct {
	br     *bufio.Reader
	limit  int
	array  bool
	number int
	ended  bool // the array is closed
	buf    []byte
}

// Errors of a batch that is no array, or is broken as one.
var (
	errNoArray = errors.New("the body is no array of JSON: begin it with [, or send JSON Lines as " + mediaNDJSON)
	errCut     = errors.New("the array is not closed: send it whole")
	errBehind  = errors.New("something stands behind the end of the array: take it out")
)

// newRecords begins to read a batch: JSON Lines, or an array.
func newRecords(r io.Reader, array bool, limit int64) *records {
	return &records{br: bufio.NewReaderSize(r, 64<<10), limit: int(limit), array: array}
}

// next returns the next record, whose data the caller may keep, or io.EOF behind
// the last one, or what broke the batch off.
func (r *records) next() (raw, error) {
	if r.array {
		return r.element()
	}
	return r.line()
}

// line returns the next line that is not blank.
func (r *records) line() (raw, error) {
	for {
		r.number++
		rec := raw{number: r.number}
		r.buf = r.buf[:0]
		long := false
		for {
			chunk, err := r.br.ReadSlice('\n')
			if len(r.buf)+len(chunk) > r.limit+1 { // the line break does not count
				long = true
			}
			if !long {
				r.buf = append(r.buf, chunk...)
			}
			if err == nil || err == io.EOF && (long || len(r.buf) > 0) {
				break
			}
			if err != bufio.ErrBufferFull {
				return rec, err
			}
		}
		if long {
			return rec, nil
		}
		if data := bytes.TrimSpace(bytes.TrimPrefix(r.buf, []byte("\uFEFF"))); len(data) > 0 {
			rec.data = bytes.Clone(data)
			return rec, nil
		}
	}
}

// element returns the next element of an array. What stands between two commas is
// one, whatever it is, so that one that is broken does not break the others.
func (r *records) element() (raw, error) {
	if r.ended {
		switch _, err := r.skipSpace(); err {
		case nil:
			return raw{number: r.number + 1}, errBehind
		default:
			return raw{number: r.number + 1}, err
		}
	}
	c, err := r.skipSpace()
	if r.number == 0 && (err == io.EOF || err == nil && c != '[') {
		return raw{number: 1}, errNoArray
	}
	if r.number == 0 && err == nil {
		r.br.Discard(1)
		if c, err = r.skipSpace(); err == nil && c == ']' {
			r.br.Discard(1)
			r.ended = true
			return r.element()
		}
	}
	r.number++
	rec := raw{number: r.number}
	if err != nil {
		return rec, cut(err)
	}
	r.buf = r.buf[:0]
	long, inString, escaped, depth := false, false, false, 0
	for {
		c, err := r.br.ReadByte()
		if err != nil {
			return rec, cut(err)
		}
		switch {
		case escaped:
			escaped = false
		case inString:
			escaped, inString = c == '\\', c != '"'
		case c == '"':
			inString = true
		case c == '[' || c == '{':
			depth++
		case depth == 0 && (c == ',' || c == ']'):
			r.ended = c == ']'
			if !long {
				rec.data = append([]byte{}, bytes.TrimSpace(r.buf)...)
			}
			return rec, nil
		case c == ']' || c == '}':
			depth--
		}
		if long = long || len(r.buf) == r.limit; !long {
			r.buf = append(r.buf, c)
		}
	}
}

// skipSpace looks at the next byte that is not white space.
func (r *records) skipSpace() (byte, error) {
	for {
		c, err := r.br.ReadByte()
		if err != nil {
			return 0, err
		}
		if c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			return c, r.br.UnreadByte()
		}
	}
}

func cut(err error) error {
	if err == io.EOF {
		return errCut
	}
	return err
}
