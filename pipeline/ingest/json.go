package ingest

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/transform"
)

// readJSON reads the records of JSON Lines, of an array, or of objects that
// stand one after another. It reports whether to go on.
func (s *stream) readJSON(f file, src *source, enc encoding.Encoding) bool {
	br := src.Reader
	if enc != nil {
		br = bufio.NewReaderSize(transform.NewReader(src, enc.NewDecoder()), readAhead)
	}
	rr := &recordReader{br: br, limit: s.opts.MaxRecord}
	if bom, _ := br.Peek(len(byteOrderMark)); string(bom) == byteOrderMark {
		rr.advance(len(byteOrderMark))
	}
	next := rr.value
	switch layout(br, f.path) {
	case jsonLines:
		next = rr.line
	case noJSON:
		return s.fail(&Error{Source: f.name, Byte: rr.offset, Reason: BadJSON,
			Message: "the file begins neither with { nor with [: it is no JSON; give it the suffix of what it is, or name the format"})
	}
	records := int64(0) // lines or values so far
	some := false
	for {
		rec, err := next()
		if err == io.EOF {
			break
		}
		records++
		if errors.Is(err, io.ErrUnexpectedEOF) && !isCompression(err) {
			some = true
			if !s.fail(&Error{Source: f.name, Record: records, Byte: rr.offset, Reason: BadJSON, Err: err,
				Message: "the file ends within the record: it is cut off; get it anew"}) {
				return false
			}
			break
		}
		if err != nil {
			e := s.readError(f.name, err)
			e.Record, e.Byte = records, rr.offset
			return s.fail(e)
		}
		if !rec.long && len(bytes.TrimSpace(rec.data)) == 0 {
			continue
		}
		some = true
		if !s.readRecord(f, records, rec) {
			return false
		}
	}
	if !some {
		return s.fail(&Error{Source: f.name, Byte: -1, Reason: EmptyFile, Message: "the file holds no records: take it out, or write it anew"})
	}
	return true
}

func isCompression(err error) bool {
	var c *errCompression
	return errors.As(err, &c)
}

type jsonLayout uint8

const (
	jsonLines  jsonLayout = iota
	jsonValues            // an array, or objects over several lines
	noJSON
)

// layout tells by the first bytes how the records of a file are set apart.
func layout(br *bufio.Reader, path string) jsonLayout {
	lines := false
	switch strings.ToLower(filepath.Ext(trimCompression(path))) {
	case ".jsonl", ".ndjson", ".jsonlines":
		lines = true
	}
	for n := sniffBytes; ; n *= 2 {
		head, err := br.Peek(min(n, br.Size()))
		head = bytes.TrimLeft(head, " \t\r\n")
		whole := err != nil || n >= br.Size() // no more of it is to be had
		switch {
		case len(head) == 0 && !whole:
			continue
		case len(head) == 0 || head[0] == '[':
			return jsonValues
		case lines:
			return jsonLines
		case head[0] != '{':
			return noJSON
		}
		end := bytes.IndexByte(head, '\n')
		if end < 0 {
			if whole {
				return jsonValues // one record, or one too long to tell
			}
			continue
		}
		if _, syntax := scanValue(head[:end], 0, 0); syntax != nil {
			return jsonValues
		}
		return jsonLines
	}
}

// readRecord makes a document of a record. It reports whether to go on.
func (s *stream) readRecord(f file, number int64, rec record) bool {
	e := &Error{Source: f.name, Record: number, Byte: rec.offset}
	if rec.long {
		e.Reason = TooLong
		e.Message = fmt.Sprintf("the record is %d bytes long, more than the limit of %d: raise the limit, or cut the record", rec.size, s.opts.MaxRecord)
		return s.fail(e)
	}
	data := rec.data
	var dmg damage
	if !utf8.Valid(data) {
		text, d, err := decodeNarrow(data)
		if err != nil {
			e.Byte += int64(max(d.first, 0))
			e.Reason, e.Err = BadEncoding, err
			e.Message = "the record is neither UTF-8 nor Windows-1252: name the encoding, or convert the file to UTF-8"
			return s.fail(e)
		}
		data, dmg = []byte(text), d
	}
	start := skipSpace(data, 0)
	bad := func(err *syntaxError) bool {
		e.Byte += int64(err.at)
		e.Reason, e.Err = BadJSON, err
		e.Message = fmt.Sprintf("the record is no JSON object: %s; mend it or take it out", err.msg)
		return s.fail(e)
	}
	if start == len(data) || data[start] != '{' {
		return bad(broken(start, "it should begin with {"))
	}
	fields, end, syntax := s.fields.find(data, start)
	if syntax != nil {
		return bad(syntax)
	}
	if rest := skipSpace(data, end); rest < len(data) && strings.Trim(string(data[rest:]), ", \t") != "" {
		return bad(broken(rest, "something stands after its end"))
	}
	doc, lone := jsonDocument(data, &fields)
	doc.Source = sourceOf(f.name, number)
	if doc.ID == "" {
		doc.ID = doc.Source
	}
	if lone > 0 && dmg.count == 0 {
		dmg = damage{lone, -1}
	}
	text := doc.Text
	doc.Text = ""
	if strings.TrimSpace(text) == "" {
		e.DocID, e.Reason = doc.ID, NoText
		e.Message = fmt.Sprintf("the record has no article text; its fields are %s: take it out, or name the field that holds the text", fieldNames(data, start))
		if s.opts.Fields.Text != "" {
			e.Message = fmt.Sprintf("the record has no text in the field %q; its fields are %s: take it out, or name another field", s.opts.Fields.Text, fieldNames(data, start))
		}
		return s.fail(e)
	}
	switch m := s.opts.Markup; {
	case m == MarkupHTML || m == MarkupAuto && isMarkup(text):
		return s.queue.start(len(text), func() outcome {
			if isPage(text) {
				return s.finishPage(doc, number, rec.offset, text, dmg, nil)
			}
			return s.finish(doc, number, rec.offset, normalize(markupText(text)), dmg, nil)
		})
	case m == MarkupAuto:
		text = unescape(text)
	}
	return s.queue.put(s.finish(doc, number, rec.offset, normalize(text), dmg, nil))
}
