package ingest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/onrecord-nlp/onrecord/pipeline"
)

// readWARC reads the pages of a WARC or ARC file. It reports whether to go on.
//
// No library was taken: those there are read WARC alone, in gzip alone, strictly,
// or hold whole records whatever their length.
func (s *stream) readWARC(f file, src *source) bool {
	w := &webArchive{stream: s, file: f, src: src, gap: -1, form: warcForm{}}
	head, _ := w.peek(maxHead)
	if !warcStart(head) && (bytes.HasPrefix(head, []byte("filedesc:")) || (arcForm{}).starts(head)) {
		w.form = arcForm{}
	}
	for w.next() {
	}
	if w.stopped || w.some {
		return !w.stopped
	}
	return s.fail(place{file: f.name, offset: -1}.fail(NoText, nil,
		"the web archive holds no page: none of its %d records is the successful answer of a server with HTML or text; take it out", w.number))
}

// webArchive is a WARC or ARC file being read.
type webArchive struct {
	*stream
	file    file
	src     *source
	form    webForm
	offset  int64 // of the next byte, decompressed
	gap     int64 // offset at which a fault of the compression was passed over, or -1
	fault   error // that fault
	tainted bool  // the last bytes before a fault came from what is at fault
	number  int64 // of the record
	some    bool  // there were outcomes
	over    bool  // there is no more to be had, and a row says why
	stopped bool  // there shall be no more
	bodies  bodyDecoder
}

// webForm is how records are written one after another.
type webForm interface {
	// starts reports whether a record may begin with b, which is some of the
	// bytes from the start of a line.
	starts(b []byte) bool
	// head reads the header of a record from the first bytes of it. size is 0
	// when the header does not end within b.
	head(b []byte) (h webHead, size int, err error)
}

// webHead is what the header of a record says.
type webHead struct {
	kind     string // warcinfo, response, resource, request, metadata, revisit, conversion, ...
	id       string // without < and >
	address  string
	media    string // Content-Type of the block
	language string // of a conversion
	length   int64  // of the block in bytes
}

// maxHead is the length in bytes of the longest header of a record, or of HTTP.
const maxHead = 64 << 10

// errGap: the bytes before a place and those behind it do not belong together.
var errGap = errors.New("a part of the file is lost")

// peek returns the next n bytes, at most readAhead, without taking them. They
// are good until the next call. Where there are fewer, the error says why: io.EOF,
// errGap, or what is wrong for good.
func (w *webArchive) peek(n int) ([]byte, error) {
	b, err := w.src.Peek(min(n, w.src.Size())) // the buffer holds small files whole
	if w.gap >= 0 {
		if left := w.gap - w.offset; int64(len(b)) > left || err != nil {
			return b[:min(int64(len(b)), left)], errGap
		}
		return b, nil
	}
	if err != nil && err != io.EOF {
		w.tainted = w.src.tainted()
		if w.src.salvage() {
			w.gap, w.fault, err = w.offset+int64(len(b)), err, errGap
		}
	}
	return b, err
}

// take passes over n bytes that were peeked at.
func (w *webArchive) take(n int) {
	w.src.Discard(n)
	w.offset += int64(n)
}

// pass passes over n bytes. The error is that of peek, where there are fewer.
func (w *webArchive) pass(n int64) error {
	for n > 0 {
		b, err := w.peek(int(min(n, readAhead/4)))
		if len(b) == 0 {
			return err
		}
		w.take(len(b))
		n -= int64(len(b))
	}
	return nil
}

// done puts an outcome, whose function reports whether to go on.
func (w *webArchive) done(ok bool) bool {
	w.some = true
	w.stopped = !ok
	return ok
}

// next reads a record. It reports whether there may be another.
func (w *webArchive) next() bool {
	if w.ctx.Err() != nil {
		w.stopped = true
		return false
	}
	if w.over {
		return false
	}
	if err := w.blank(); err == io.EOF {
		return false
	} else if err == errGap {
		w.number++
		at := w.place()
		w.gap = -1
		return w.done(w.fail(readError(at, w.fault))) && w.resync(true)
	} else if err != nil {
		w.number++
		w.done(w.fail(readError(w.place(), err)))
		return false
	}
	w.number++
	at := w.place()
	h, size, err := w.head()
	if err != nil {
		if _, ok := errors.AsType[*Error](err); !ok {
			err = at.fail(BadWARC, err, "the header of the record is broken (%v): get the file anew; the records around it are read", err)
		}
		var e *Error
		errors.As(err, &e)
		w.take(1)
		return w.done(w.fail(e)) && w.resync(false)
	}
	w.take(size)
	return w.block(at, h)
}

func (w *webArchive) place() place { return place{w.file.name, w.number, w.offset} }

// blank passes over what stands between records. The error is nil where there
// is a record behind it.
func (w *webArchive) blank() error {
	for {
		b, err := w.peek(64)
		n := len(b) - len(trimBlank(b))
		w.take(n)
		if n < len(b) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func trimBlank(b []byte) []byte { return bytes.TrimLeft(b, "\r\n \t") }

// head reads the header of the next record, and its length. Nothing is taken.
func (w *webArchive) head() (webHead, int, error) {
	for n := 2 << 10; ; n *= 8 {
		b, err := w.peek(min(n, maxHead))
		h, size, bad := w.form.head(b)
		switch {
		case bad != nil:
			return h, 0, bad
		case size > 0:
			return h, size, nil
		case err != nil:
			return h, 0, w.broken(w.place(), err)
		case n >= maxHead:
			return h, 0, fmt.Errorf("it has no end within %d bytes", maxHead)
		}
	}
}

// broken is the error of a record that ends too early, for a cause that peek
// told.
func (w *webArchive) broken(at place, cause error) *Error {
	switch cause {
	case io.EOF:
		return at.fail(BadWARC, io.ErrUnexpectedEOF, "the file ends within the record: it is cut off; get it anew")
	case errGap:
		return readError(at, w.fault)
	}
	w.over = true
	return readError(at, cause)
}

// beyond is how many bytes behind a block are looked at, to see whether it ends
// where it should.
const beyond = 256

// block reads the block of a record. It reports whether there may be another
// record.
func (w *webArchive) block(at place, h webHead) bool {
	window := int(min(h.length+beyond, readAhead))
	b, err := w.peek(window)
	whole := int64(len(b)) >= h.length // is at hand
	if !whole && err != nil {
		return w.cutOff(at, h, err)
	}
	if whole && w.spoilt(b[h.length:], err) {
		return w.cutOff(at, h, err)
	}
	if whole && !w.ends(b[h.length:], w.offset+h.length) {
		return w.wrongLength(at, h)
	}
	p, is, bad := pageOf(&h, b[:min(int64(len(b)), h.length)], h.length)
	long := h.length-int64(p.start) > int64(w.opts.MaxRecord)
	var body []byte
	switch {
	case whole:
		if is && !long {
			if w.delivered() {
				w.take(int(h.length))
				return w.done(w.ctx.Err() == nil)
			}
			body = bytes.Clone(b[p.start:h.length])
		}
		w.take(int(h.length))
	default:
		if !is || long {
			err = w.pass(h.length)
		} else {
			w.take(p.start)
			body, err = w.read(h.length - int64(p.start))
		}
		if err != nil {
			return w.cutOff(at, h, err)
		}
		b, err := w.peek(beyond)
		if w.spoilt(b, err) {
			return w.cutOff(at, h, err)
		}
		if !w.ends(b, w.offset) {
			return w.wrongLength(at, h)
		}
	}
	var e *Error
	switch {
	case bad != nil:
		e = at.fail(BadWARC, bad, "the HTTP header in the record is broken (%v): take the record out", bad)
	case !is:
		w.passedOver.Add(1)
		return true
	case long:
		e = at.fail(TooLong, nil, "the record is %d bytes long, more than the limit of %d: raise the limit, or leave the record out", h.length, w.opts.MaxRecord)
	default:
		return w.done(w.start(len(body), func() outcome { return w.document(at, p, body) }))
	}
	e.DocID = h.id
	return w.done(w.fail(e))
}

// read returns the next n bytes. The error is that of peek, where there are
// fewer.
func (w *webArchive) read(n int64) ([]byte, error) {
	data := make([]byte, 0, min(n, 2*readAhead)) // however long the header says it is
	for n > 0 {
		b, err := w.peek(int(min(n, readAhead/4)))
		if len(b) == 0 {
			return nil, err
		}
		data = append(data, b...)
		w.take(len(b))
		n -= int64(len(b))
	}
	return data, nil
}

// cutOff is a record whose block ends too early, for a cause that peek told.
func (w *webArchive) cutOff(at place, h webHead, cause error) bool {
	e := w.broken(at, cause)
	e.DocID = h.id
	return w.done(w.fail(e)) && w.resync(false)
}

// spoilt reports whether a block that ends before b, behind which peek found the
// error, is not what was compressed, such as when the checksum is wrong, though
// all of it is there.
func (w *webArchive) spoilt(b []byte, err error) bool {
	return err != nil && err != io.EOF && w.tainted && len(trimBlank(b)) == 0
}

// ends reports whether a block may end before b, which stands at an offset.
func (w *webArchive) ends(b []byte, offset int64) bool {
	rest := trimBlank(b)
	return len(rest) == 0 || w.form.starts(rest) || w.src.parted(offset, offset+int64(len(b)-len(rest)))
}

// wrongLength is a record whose block is not as long as its header says.
func (w *webArchive) wrongLength(at place, h webHead) bool {
	e := at.fail(BadWARC, nil, "the record is not %d bytes long as its header says: get the file anew; what is behind the next record that can be told is read", h.length)
	e.DocID = h.id
	return w.done(w.fail(e)) && w.resync(false)
}

// resync goes to the next place at which a record begins: the start of a line,
// or of a part of the compression. fresh says that this is such a place. It
// reports true: whether there is anything, next will tell.
func (w *webArchive) resync(fresh bool) bool {
	for {
		b, err := w.peek(maxHead)
		if fresh && w.form.starts(b) {
			return true
		}
		fresh = false
		if i := bytes.IndexByte(b, '\n'); i >= 0 {
			w.take(i + 1)
			fresh = true
			continue
		}
		w.take(len(b))
		if err == errGap {
			w.gap, fresh = -1, true
		} else if err != nil {
			return true
		}
	}
}

// document makes a document of the body of a page.
func (w *webArchive) document(at place, p webPage, body []byte) outcome {
	doc := &pipeline.Document{ID: p.id, Source: at.source(), URL: p.address, Language: p.language}
	if doc.ID == "" {
		doc.ID = doc.Source
	}
	body, cut, err := w.bodies.decode(body, p.chunked, p.encodings, w.opts.MaxRecord)
	if err != nil {
		var e *Error
		switch b, bomb := errors.AsType[*bombError](err); {
		case bomb:
			e = at.fail(Bomb, err, "the page is a decompression bomb: %v; take the record out", b)
		default:
			e = at.fail(TooLong, err, "the page is longer than %d bytes: raise the limit, or take the record out", w.opts.MaxRecord)
		}
		e.DocID = doc.ID
		return outcome{err: e}
	}
	var o outcome
	if p.format == FormatHTML {
		text, dmg, err := decodeFetched(body, w.encoding, p.charset)
		if err != nil {
			return noEncoding(doc, at, dmg, err)
		}
		dmg.first = -1 // says nothing of the place in the file
		o = finishPage(doc, at, text, dmg)
	} else {
		text, dmg, err := decodeDeclared(body, w.encoding, p.charset)
		if err != nil {
			return noEncoding(doc, at, dmg, err)
		}
		dmg.first = -1
		o = finish(doc, at, normalize(text), dmg)
	}
	if cut != nil && o.err == nil {
		o.err = at.fail(CorruptCompression, cut, "the compression of the page breaks off (%v); what came before is in the document, which was kept: leave the document out, or fetch the page anew", firstLine(cut))
		o.err.DocID, o.err.Kept = doc.ID, true
	}
	return o
}

// warcForm is the form of WARC: ISO 28500, "WARC file format", 1.0 and 1.1, and
// the drafts 0.17 and 0.18 before it.
type warcForm struct{}

func (warcForm) starts(b []byte) bool { return warcStart(b) }

// warcStart reports whether b begins with "WARC/1.0" and a line's end, as far as
// it goes.
func warcStart(b []byte) bool {
	const pattern = "WARC/0.0"
	for i := range min(len(b), len(pattern)) {
		if pattern[i] == '0' && '0' <= b[i] && b[i] <= '9' {
			continue
		}
		if b[i] != pattern[i] {
			return false
		}
	}
	for _, c := range b[min(len(b), len(pattern)):] {
		switch {
		case c == '\r' || c == '\n':
			return true
		case c != ' ' && (c < '0' || c > '9'):
			return false
		}
	}
	return len(b) > 0
}

func (warcForm) head(b []byte) (h webHead, size int, err error) {
	if !warcStart(b) {
		return h, 0, errors.New("it does not begin with WARC/ and a version")
	}
	size = headEnd(b)
	if size == 0 {
		return h, 0, nil
	}
	h.length = -1
	for name, value := range headFields(b[:size]) {
		switch {
		case isField(name, "WARC-Type"):
			h.kind = strings.ToLower(string(value))
		case isField(name, "WARC-Record-ID"):
			h.id = webAddress(value)
		case isField(name, "WARC-Target-URI"):
			h.address = webAddress(value)
		case isField(name, "Content-Type"):
			h.media = string(value)
		case isField(name, "WARC-Identified-Content-Language"):
			first, _, _ := strings.Cut(string(value), ",")
			h.language = languageTag(first)
		case isField(name, "Content-Length"):
			n, err := strconv.ParseInt(string(value), 10, 64)
			if err != nil || n < 0 {
				return h, 0, fmt.Errorf("its Content-Length is %q", clip(string(value), 40))
			}
			h.length = n
		}
	}
	if h.length < 0 {
		return h, 0, errors.New("it has no Content-Length")
	}
	return h, size, nil
}
