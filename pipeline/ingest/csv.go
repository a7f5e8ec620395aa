package ingest

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/onrecord-nlp/onrecord/pipeline/columnar/cells"
	"golang.org/x/text/encoding"
	"golang.org/x/text/transform"
)

// readCSV reads the records of a file of separated values, whose first names
// the columns. It reports whether to go on.
func (s *stream) readCSV(f file, src *source, enc encoding.Encoding) bool {
	br := src.Reader
	if enc != nil {
		br = bufio.NewReaderSize(transform.NewReader(src, enc.NewDecoder()), readAhead)
	}
	r := &csvReader{br: br, limit: s.opts.MaxRecord}
	if bom, _ := br.Peek(len(byteOrderMark)); string(bom) == byteOrderMark {
		r.skip(len(byteOrderMark))
	}
	r.dialect = s.fields.dialectOf(r, f.path)
	head, err := r.next()
	whole := place{f.name, 0, head.offset}
	switch {
	case err == io.EOF:
		return s.fail(whole.fail(EmptyFile, nil, "the file holds no records: take it out, or write it anew"))
	case err != nil:
		return s.fail(readError(whole, err))
	case head.fault != "":
		return s.fail(whole.fail(BadCSV, nil, "the names of the columns cannot be read (%s): mend the first line", head.fault))
	}
	b := s.fields.bind(columnsOf(head.row))
	if len(b.of[roleText]) == 0 {
		whole.offset = -1
		return s.noColumn(whole, b)
	}
	r.width = len(head.row)
	number := int64(0) // of records
	// lost is a stretch of lines that are no records, which began with a fault
	// in the quotation marks and has not ended yet.
	var lost *csvRecord
	var from place
	found := func() bool {
		if lost == nil {
			return true
		}
		lines := fmt.Sprintf("line %d is", lost.line)
		if lost.lines > 1 {
			lines = fmt.Sprintf("lines %d to %d are", lost.line, lost.line+lost.lines-1)
		}
		e := from.fail(BadCSV, nil, "%s no record (%s): mend the quotation marks, or take the lines out", lines, lost.fault)
		lost = nil
		return s.fail(e)
	}
	for {
		rec, err := r.next()
		if lost != nil && err == nil && rec.fault != "" && !rec.long {
			lost.lines += rec.lines
			continue
		}
		if !found() {
			return false
		}
		if err == io.EOF {
			break
		}
		number++
		at := place{f.name, number, rec.offset}
		ok := false
		switch {
		case err != nil:
			return s.fail(readError(at, err))
		case rec.unclosed:
			lost, from, ok = &rec, at, true
		case s.delivered():
			ok = s.ctx.Err() == nil
		case rec.long:
			ok = s.fail(at.fail(TooLong, nil, "line %d is longer than the limit of %d bytes: raise the limit, or cut the record", rec.line, s.opts.MaxRecord))
		case rec.fault != "":
			ok = s.fail(at.fail(BadCSV, nil, "line %d is no record (%s): mend it or take it out", rec.line, rec.fault))
		default:
			ok = s.readCSVRecord(at, &rec, r, b)
		}
		if !ok {
			return false
		}
	}
	if number == 0 {
		return s.fail(place{f.name, 0, -1}.fail(EmptyFile, nil, "the file holds no records, only the names of columns: take it out, or write it anew"))
	}
	return true
}

// readCSVRecord makes a document of a record. It reports whether to go on.
func (s *stream) readCSVRecord(at place, rec *csvRecord, r *csvReader, b *binding) bool {
	var dmg damage
	if !utf8.Valid(rec.data) {
		text, d, err := decodeNarrow(rec.data)
		if err != nil {
			e := at.fail(BadEncoding, err, "the record is neither UTF-8 nor Windows-1252: name the encoding, or convert the file to UTF-8")
			e.Byte = at.byteOf(d)
			return s.fail(e)
		}
		dmg = d
		r.split(rec, []byte(text))
	}
	doc, err := b.document(rec.row)
	if err != nil {
		return s.fail(at.fail(BadCSV, err, "the record cannot be read: mend it or take it out"))
	}
	doc.Source = at.source()
	if doc.ID == "" {
		doc.ID = doc.Source
	}
	if strings.TrimSpace(doc.Text) == "" {
		return s.noText(doc, at, b.names())
	}
	return s.finishRecord(doc, at, dmg, s.opts.Markup)
}

// csvRow is a row of separated values.
type csvRow []string

func (r csvRow) Append(dst []string, col int) ([]string, error) { return append(dst, r[col]), nil }
func (r csvRow) Time(int) (time.Time, error)                    { return time.Time{}, nil }

func columnsOf(head csvRow) []cells.Column {
	columns := make([]cells.Column, len(head))
	for i, name := range head {
		name = strings.ToValidUTF8(strings.TrimSpace(name), "\uFFFD")
		columns[i] = cells.Column{Path: []string{name}, Kind: cells.Text}
	}
	return columns
}

// dialect says how values are separated.
type dialect struct {
	comma  byte
	quotes bool // a value may stand between quotation marks
	escape bool // a quotation mark within them has a backslash before it
}

// csvReader cuts separated values into records, after RFC 4180 with these
// liberties: a quotation mark may stand bare where it can mean nothing else,
// spaces may stand around a value's marks, empty values may follow the last
// column. It holds no more than one record and the line after it.
//
// A mark that is never closed must not swallow the records behind it. A value
// that runs on over a line and then has a mark at the beginning of a value, or
// is longer than the limit, or makes a record of too many or too few values, is
// taken for one: its first line is a fault, and reading goes on at the next. The
// lines that it ran over are then read as records of one line each, so that no
// line is looked at more than three times.
type csvReader struct {
	dialect
	br     *bufio.Reader
	limit  int   // the longest record in bytes
	width  int   // of a record; 0 is any
	offset int64 // of pending
	line   int64 // lines before pending

	buf     []byte
	pending []byte // of buf: what has been taken from br and is in no record yet
	ran     int64  // the offset up to which records are of one line each
	text    []byte // scratch: the values of a record, one after another
	ends    []int  // of the values in text
}

// csvRecord is a record, or a fault. data and row are good until the next one
// is read.
type csvRecord struct {
	data   []byte // as it stands
	row    csvRow
	offset int64
	line   int64  // its first, from 1
	lines  int64  // that it takes up
	fault  string // where it is none
	// unclosed: the fault may go on in the next lines.
	unclosed bool
	long     bool // longer than the limit
}

// next returns the next record. At the end of the stream the error is io.EOF.
func (r *csvReader) next() (csvRecord, error) {
	for {
		rec, err := r.record()
		if empty := rec.data != nil && len(bytes.Trim(rec.data, " \r\n")) == 0; err != nil || !empty {
			return rec, err
		}
	}
}

// record is next, for which an empty line is a record.
func (r *csvReader) record() (csvRecord, error) {
	rec := csvRecord{offset: r.offset, line: r.line + 1, lines: 1}
	r.text, r.ends = r.text[:0], r.ends[:0]
	n, first := 0, 0 // bytes of the record, and of its first line
	inside := false  // of quotation marks
	for {
		line, long, err := r.lineAt(n)
		switch {
		case err == io.EOF && n == 0:
			return rec, err
		case err != nil && err != io.EOF:
			return rec, err
		case long && n == 0:
			rec.long, rec.fault = true, "it is too long"
			return rec, r.skipLine()
		case long:
			return r.unclosed(rec, n, first, fmt.Sprintf("a quotation mark is not closed within %d bytes", r.limit)), nil
		case err == io.EOF:
			return r.unclosed(rec, n, first, "a quotation mark is not closed"), nil
		}
		status := r.splitLine(line, inside)
		if status == strayMark {
			return r.unclosed(rec, n, first, "a quotation mark is not closed"), nil
		}
		n += len(line)
		if first == 0 {
			first = n
		} else {
			rec.lines++
		}
		if inside = status == openMark; !inside {
			break
		}
		if r.offset+int64(n) <= r.ran {
			return r.unclosed(rec, n, first, "a quotation mark is not closed"), nil
		}
	}
	rec.data = r.pending[:n]
	if r.width > 0 && !r.fitWidth() {
		rec.fault = fmt.Sprintf("it has %d values, not %d", len(r.ends), r.width)
		if rec.lines > 1 {
			return r.unclosed(rec, n, first, rec.fault), nil
		}
	}
	rec.row = r.row()
	r.pass(n, rec.lines)
	return rec, nil
}

// unclosed is the fault of a record that ran over n bytes, of which the first
// line is passed over.
func (r *csvReader) unclosed(rec csvRecord, n, first int, fault string) csvRecord {
	if first == 0 {
		first = n
	}
	r.ran = max(r.ran, r.offset+int64(n))
	rec.fault, rec.unclosed, rec.lines = fault, true, 1
	r.pass(first, 1)
	return rec
}

// split splits a record anew, whose bytes were decoded.
func (r *csvReader) split(rec *csvRecord, data []byte) {
	r.text, r.ends = r.text[:0], r.ends[:0]
	inside := false
	for len(data) > 0 {
		n := bytes.IndexByte(data, '\n') + 1
		if n == 0 {
			n = len(data)
		}
		inside = r.splitLine(data[:n], inside) == openMark
		data = data[n:]
	}
	if r.fitWidth() {
		rec.row = r.row()
	}
}

// fitWidth drops empty values behind the last column, and reports whether
// there are as many as columns then.
func (r *csvReader) fitWidth() bool {
	for len(r.ends) > r.width && r.ends[len(r.ends)-1] == r.ends[len(r.ends)-2] {
		r.ends = r.ends[:len(r.ends)-1]
	}
	return len(r.ends) == r.width
}

func (r *csvReader) row() csvRow {
	text := string(r.text)
	row := make(csvRow, len(r.ends))
	start := 0
	for i, end := range r.ends {
		row[i], start = text[start:end], end
	}
	return row
}

// markStatus says how a line ends.
type markStatus uint8

const (
	closed    markStatus = iota // with the last value of a record
	openMark                    // within quotation marks
	strayMark                   // it was not read: a mark in it shows that one before it is not closed
)

// splitLine adds the values of a line to text and ends. inside says that it
// goes on with a value between quotation marks.
func (r *csvReader) splitLine(line []byte, inside bool) markStatus {
	end := len(line)
	if end > 0 && line[end-1] == '\n' {
		end--
	}
	if end > 0 && line[end-1] == '\r' {
		end--
	}
	i := 0
	if inside {
		var status markStatus
		if i, status = r.quoted(line, 0, end, true); status != closed {
			return status
		}
		if i == end {
			return closed
		}
		i++ // the comma
	}
	for {
		start := i
		for r.quotes && i < end && line[i] == ' ' {
			i++
		}
		if r.quotes && i < end && line[i] == '"' {
			var status markStatus
			if i, status = r.quoted(line, i+1, end, false); status != closed {
				return status
			}
		} else {
			n := bytes.IndexByte(line[start:end], r.comma)
			if i = start + n; n < 0 {
				i = end
			}
			r.text = append(r.text, line[start:i]...)
			r.ends = append(r.ends, len(r.text))
		}
		if i >= end {
			return closed
		}
		i++
	}
}

// quoted reads a value between quotation marks from i, behind the first mark.
// It returns where the comma behind it stands, or the end of the line. goesOn
// says that the value began on an earlier line.
func (r *csvReader) quoted(line []byte, i, end int, goesOn bool) (int, markStatus) {
	for {
		n := bytes.IndexByte(line[i:end], '"')
		if n < 0 {
			r.text = append(r.text, line[i:]...)
			return end, openMark
		}
		mark := i + n
		r.text = append(r.text, line[i:mark]...)
		i = mark + 1
		if r.escape && escaped(line[:mark]) {
			r.text[len(r.text)-1] = '"'
			continue
		}
		if i < end && line[i] == '"' {
			r.text = append(r.text, '"')
			i++
			continue
		}
		after := i
		for after < end && line[after] == ' ' {
			after++
		}
		if after == end || line[after] == r.comma {
			r.ends = append(r.ends, len(r.text))
			return after, closed
		}
		if goesOn && (mark == 0 || line[mark-1] == r.comma) {
			return i, strayMark
		}
		r.text = append(r.text, '"')
	}
}

// escaped reports whether s ends with an odd number of backslashes.
func escaped(s []byte) bool {
	n := len(s) - len(bytes.TrimRight(s, `\`))
	return n%2 == 1
}

// lineAt returns the line that begins n bytes after pending does, with its end,
// without taking it. long says that the record would become longer than the
// limit; then the line may be cut. At the end of the stream the error is io.EOF.
func (r *csvReader) lineAt(n int) (line []byte, long bool, err error) {
	for from := n; ; {
		if i := bytes.IndexByte(r.pending[from:], '\n'); i >= 0 {
			line = r.pending[n : from+i+1]
			return line, from+i+1 > r.limit, nil
		}
		if from = len(r.pending); from > r.limit {
			return nil, true, nil
		}
		chunk, err := r.br.ReadSlice('\n')
		r.append(chunk)
		switch {
		case err == io.EOF && len(r.pending) > n:
			return r.pending[n:], len(r.pending) > r.limit, nil
		case err != nil && err != bufio.ErrBufferFull:
			return nil, false, err
		}
	}
}

// append adds a chunk to pending.
func (r *csvReader) append(chunk []byte) {
	if len(r.pending) == 0 {
		if cap(r.buf) > keepBuffer {
			r.buf = nil
		}
		r.buf = r.buf[:0]
	} else if len(r.pending) < cap(r.buf)/2 && len(r.pending)+len(chunk) > cap(r.pending) {
		r.buf = r.buf[:copy(r.buf[:cap(r.buf)], r.pending)]
		r.pending = r.buf
	}
	start := len(r.buf) - len(r.pending)
	r.buf = append(r.buf, chunk...)
	r.pending = r.buf[start:]
}

// pass takes n bytes of pending, which are so many lines.
func (r *csvReader) pass(n int, lines int64) {
	r.pending = r.pending[n:]
	r.offset += int64(n)
	r.line += lines
}

// skip passes over n bytes of br before anything is pending.
func (r *csvReader) skip(n int) {
	r.br.Discard(n) // within what is buffered: never fails
	r.offset += int64(n)
}

// skipLine passes over the line that begins in pending.
func (r *csvReader) skipLine() error {
	if i := bytes.IndexByte(r.pending, '\n'); i >= 0 {
		r.pass(i+1, 1)
		return nil
	}
	r.pass(len(r.pending), 1)
	for {
		chunk, err := r.br.ReadSlice('\n')
		r.offset += int64(len(chunk))
		switch {
		case err == io.EOF:
			return nil // the next line is the end
		case err != bufio.ErrBufferFull:
			return err
		}
	}
}

// dialectBytes is how much of a file tells its dialect.
const dialectBytes = 64 << 10

// dialectOf tells the dialect of a file by its name and its first records: that
// in which the first line names a column of text, and then that in which most
// records have as many values as it.
func (ff *fieldFinder) dialectOf(r *csvReader, path string) dialect {
	head, err := r.br.Peek(min(dialectBytes, r.br.Size()))
	whole := err != nil
	if rest, ok := bytes.CutPrefix(head, []byte("sep=")); ok && len(rest) > 1 && (rest[1] == '\n' || rest[1] == '\r') {
		comma := rest[0]
		n := bytes.IndexByte(head, '\n') + 1
		r.skip(n)
		r.line++
		return dialect{comma: comma, quotes: true, escape: backslashed(head)}
	}
	commas := []byte(",;\t|")
	switch strings.ToLower(filepath.Ext(trimCompression(path))) {
	case ".tsv", ".tab":
		commas = []byte("\t")
	}
	var best dialect
	bestScore := -1.0
	for _, comma := range commas {
		for _, quotes := range []bool{true, false} {
			if !quotes && comma != '\t' {
				continue
			}
			d := dialect{comma: comma, quotes: quotes, escape: quotes && backslashed(head)}
			if score := ff.score(d, head, whole); score > bestScore {
				best, bestScore = d, score
			}
		}
	}
	return best
}

// score tells how well a dialect fits the head of a file.
func (ff *fieldFinder) score(d dialect, head []byte, whole bool) float64 {
	r := &csvReader{dialect: d, br: bufio.NewReader(bytes.NewReader(head)), limit: len(head)}
	names, err := r.next()
	if err != nil || names.fault != "" {
		return 0
	}
	r.width = len(names.row)
	good, all := 0, 0
	for {
		rec, err := r.next()
		if err != nil || !whole && max(r.offset, r.ran) >= int64(len(head)) {
			break // the last record may be cut off
		}
		all++
		if rec.fault == "" {
			good++
		}
	}
	score := 1.0
	if all > 0 {
		score = float64(good) / float64(all)
	}
	if r.width > 1 {
		score += 0.01
	}
	if len(ff.bind(columnsOf(names.row)).of[roleText]) > 0 {
		score += 2
	}
	return score
}

// backslashed reports whether quotation marks within values have a backslash
// before them, and are not doubled.
func backslashed(head []byte) bool {
	return bytes.Count(head, []byte(`\"`)) > bytes.Count(head, []byte(`""`))
}

// looksLikeCSV reports whether a text begins with a line that names the columns
// of separated values, one of them by a usual name of an article's text.
func looksLikeCSV(head []byte) bool {
	line, _, ok := bytes.Cut(head, []byte("\n"))
	if !ok || len(line) > 1024 {
		return false
	}
	for _, comma := range []byte(",;\t|") {
		names := strings.Split(strings.TrimRight(string(line), "\r"), string(comma))
		if len(names) < 2 {
			continue
		}
		text, others := false, false
		for _, name := range names {
			folded, ok := foldName(strings.Trim(strings.TrimSpace(name), `"`))
			if ok && isUsual(roleText, folded) {
				text = true
			} else if !ok || strings.ContainsAny(folded, ".!?:“”") {
				others = true
			}
		}
		if text && !others {
			return true
		}
	}
	return false
}

func isUsual(r role, folded string) bool {
	for _, name := range usualFields[r] {
		if name == folded {
			return true
		}
	}
	return false
}
