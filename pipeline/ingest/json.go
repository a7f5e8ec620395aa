package ingest

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/onrecord-nlp/onrecord/pipeline"
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
		return s.fail(place{f.name, 0, rr.offset}.fail(BadJSON, nil,
			"the file begins neither with { nor with [: give it the suffix of what it is, or name the format"))
	}
	some := false
	for number := int64(1); ; number++ { // of lines or values
		rec, err := next()
		if err == io.EOF {
			break
		}
		if err == io.ErrUnexpectedEOF {
			return s.fail(place{f.name, number, rr.offset}.fail(BadJSON, err, "the file ends within the record or the array: it is cut off; get it anew"))
		}
		if err != nil {
			return s.fail(readError(place{f.name, number, rr.offset}, err))
		}
		if !rec.long && len(bytes.TrimSpace(rec.data)) == 0 {
			continue
		}
		some = true
		if !s.readRecord(place{f.name, number, rec.offset}, rec) {
			return false
		}
	}
	if !some {
		return s.fail(place{f.name, 0, -1}.fail(EmptyFile, nil, "the file holds no records: take it out, or write it anew"))
	}
	return true
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
func (s *stream) readRecord(at place, rec record) bool {
	if rec.long {
		return s.fail(at.fail(TooLong, nil, "the record is %d bytes long, more than the limit of %d: raise the limit, or cut the record", rec.size, s.opts.MaxRecord))
	}
	if s.delivered() {
		return s.ctx.Err() == nil
	}
	data := rec.data
	var dmg damage
	if !utf8.Valid(data) {
		text, d, err := decodeNarrow(data)
		if err != nil {
			e := at.fail(BadEncoding, err, "the record is neither UTF-8 nor Windows-1252: name the encoding, or convert the file to UTF-8")
			e.Byte = at.byteOf(d)
			return s.fail(e)
		}
		data, dmg = []byte(text), d
	}
	start := skipSpace(data, 0)
	bad := func(err *syntaxError) bool {
		e := at.fail(BadJSON, err, "the record is no JSON object (%s): mend it or take it out", err.msg)
		e.Byte += int64(err.at)
		return s.fail(e)
	}
	if start == len(data) || data[start] != '{' {
		return bad(broken(start, "it does not begin with {"))
	}
	fields, end, syntax := s.fields.find(data, start)
	if syntax != nil {
		return bad(syntax)
	}
	if rest := skipSpace(data, end); len(bytes.Trim(data[rest:], ", \t")) > 0 {
		return bad(broken(rest, "something stands after its end"))
	}
	doc, lone := jsonDocument(data, &fields)
	doc.Source = at.source()
	if doc.ID == "" {
		doc.ID = doc.Source
	}
	if lone > 0 && dmg.count == 0 {
		dmg = damage{lone, -1}
	}
	if strings.TrimSpace(doc.Text) == "" {
		return s.noText(doc, at, fieldNames(data, start))
	}
	return s.finishRecord(doc, at, dmg, s.opts.Markup)
}

// noText refuses a record without text. fields lists what it has.
func (s *stream) noText(doc *pipeline.Document, at place, fields string) bool {
	what := "article text"
	if name := s.opts.Fields.Text; name != "" {
		what = fmt.Sprintf("text in %q", name)
	}
	e := at.fail(NoText, nil, "the record has no %s, only the fields %s: take it out, or name the field that holds the text", what, fields)
	e.DocID = doc.ID
	return s.fail(e)
}

// finishRecord completes the document of a record whose text is still as the
// record has it, and may be markup.
func (s *stream) finishRecord(doc *pipeline.Document, at place, dmg damage, markup Markup) bool {
	text := doc.Text
	doc.Text = ""
	if markup == MarkupHTML || markup == MarkupAuto && isMarkup(text) {
		return s.start(len(text), func() outcome { return finishText(doc, at, text, dmg, MarkupHTML) })
	}
	return s.put(finishText(doc, at, text, dmg, markup))
}

// finishText completes a document with a text that may be markup.
func finishText(doc *pipeline.Document, at place, text string, dmg damage, markup Markup) outcome {
	switch {
	case markup == MarkupHTML || markup == MarkupAuto && isMarkup(text):
		if isPage(text) {
			return finishPage(doc, at, text, dmg)
		}
		text = markupText(text)
	case markup == MarkupAuto:
		text = unescape(text)
	}
	return finish(doc, at, normalize(text), dmg)
}
