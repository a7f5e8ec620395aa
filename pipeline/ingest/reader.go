package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"runtime"
	"strings"
	"sync/atomic"

	"github.com/onrecord-nlp/onrecord/pipeline"
	"golang.org/x/text/encoding"
)

// Options say how inputs are read. The zero value is good for most.
type Options struct {
	// Format of every input; FormatAuto tells it for each.
	Format Format
	// Fields names the fields of JSON records that are not to be found by
	// themselves.
	Fields Fields
	// MaxRecord is the size in bytes of the longest record: a line of JSON Lines,
	// an element of a JSON array, a text or HTML file, decompressed. 0 is
	// DefaultMaxRecord.
	MaxRecord int
	// Encoding overrules the detection of the encoding. It is a label of the WHATWG
	// encoding standard, such as "windows-1251"; "" detects.
	Encoding string
	// Markup says whether the text of JSON records is HTML.
	Markup Markup
	// Workers is how many goroutines parse HTML, beside the one that reads. 0 is
	// GOMAXPROCS. The stream is the same for any number.
	Workers int
	// Stdin is read for the input "-". nil is os.Stdin.
	Stdin io.Reader
}

// DefaultMaxRecord is the longest record in bytes where Options does not say:
// 64 MiB.
const DefaultMaxRecord = 64 << 20

// Markup says what the text of a JSON record is taken for.
type Markup uint8

// Markup values.
const (
	MarkupAuto  Markup = iota // HTML where it has the tags of paragraphs; character references where it has those
	MarkupHTML                // HTML always
	MarkupPlain               // never: tags and references are the author's own
)

// Reader reads documents from inputs. Its methods may be called from different
// goroutines, but Documents only once.
type Reader struct {
	inputs   []string
	opts     Options
	encoding encoding.Encoding // named by the user, or nil
	fields   *fieldFinder

	bytes, filesDone, documents, errors, skipped atomic.Int64
	bytesTotal, filesTotal                       atomic.Int64
}

// Open prepares to read the inputs: files, folders (read recursively), glob
// patterns (** stands for folders at any depth) and "-" for standard input. Nothing
// is opened yet: what cannot be read is an error in the stream. Open returns an
// error for options that make no sense.
func Open(inputs []string, opts Options) (*Reader, error) {
	if len(inputs) == 0 {
		return nil, errors.New("ingest: no inputs: name files, folders or patterns, or - for standard input")
	}
	if int(opts.Format) >= len(formatNames) {
		return nil, fmt.Errorf("ingest: there is no format %d", opts.Format)
	}
	if opts.MaxRecord < 0 || opts.Workers < 0 {
		return nil, errors.New("ingest: MaxRecord and Workers must not be negative")
	}
	enc, err := namedEncoding(opts.Encoding)
	if err != nil {
		return nil, err
	}
	if opts.MaxRecord == 0 {
		opts.MaxRecord = DefaultMaxRecord
	}
	if opts.Workers == 0 {
		opts.Workers = runtime.GOMAXPROCS(0)
	}
	if opts.Stdin == nil {
		opts.Stdin = os.Stdin
	}
	return &Reader{inputs: inputs, opts: opts, encoding: enc, fields: newFieldFinder(opts.Fields)}, nil
}

// Progress is how far a Reader has come.
type Progress struct {
	Bytes     int64 // read, compressed where the input is
	Files     int64 // read to the end, or to their error
	Documents int64
	Errors    int64
	Skipped   int64 // files of folders passed over because nothing says that they hold articles

	// Known once Survey has returned, else 0.
	BytesTotal int64 // of files whose size is known
	FilesTotal int64
}

// Progress tells how far reading has come.
func (r *Reader) Progress() Progress {
	return Progress{
		Bytes: r.bytes.Load(), Files: r.filesDone.Load(), Documents: r.documents.Load(), Errors: r.errors.Load(),
		Skipped: r.skipped.Load(), BytesTotal: r.bytesTotal.Load(), FilesTotal: r.filesTotal.Load(),
	}
}

// Survey goes through the inputs without reading them and adds up their
// number and size, so that Progress can tell what is left. It is not needed for
// reading, and may run beside it.
func (r *Reader) Survey(ctx context.Context) {
	var files, bytes int64
	for f, err := range r.files(ctx, nil) {
		if err == nil {
			files++
			bytes += f.size
		}
	}
	if ctx.Err() == nil {
		r.filesTotal.Store(files)
		r.bytesTotal.Store(bytes)
	}
}

// Documents yields the documents of all inputs in their order, and an *[Error]
// for each thing that is none, in its place. It ends when ctx is cancelled. The
// caller may stop at any time. No more is held in memory than the record being
// read and, of HTML, a few pages a worker.
func (r *Reader) Documents(ctx context.Context) iter.Seq2[*pipeline.Document, error] {
	return func(yield func(*pipeline.Document, error) bool) {
		s := &stream{Reader: r, ctx: ctx, ids: newIDSet(), yield: yield}
		s.queue = newQueue(r.opts.Workers, s.deliver)
		defer s.queue.close()
		for f, err := range r.files(ctx, func() { r.skipped.Add(1) }) {
			ok := false
			if err != nil {
				ok = s.queue.put(outcome{err: err})
			} else {
				ok = s.readFile(f)
				r.filesDone.Add(1)
			}
			if !ok {
				return
			}
		}
		s.queue.drain()
	}
}

// outcome is what became of one record: a document, a document and a warning,
// or an error.
type outcome struct {
	doc    *pipeline.Document
	err    *Error
	record int64
}

// stream is one run over the inputs.
type stream struct {
	*Reader
	ctx   context.Context
	ids   *idSet
	queue *queue
	yield func(*pipeline.Document, error) bool
}

// deliver passes an outcome on. It runs in the order of the input.
func (s *stream) deliver(o outcome) bool {
	if s.ctx.Err() != nil {
		return false
	}
	if d := o.doc; d != nil {
		if !s.ids.add(d.ID) {
			o = outcome{err: &Error{Source: fileOf(d.Source, o.record), Record: o.record, Byte: -1, DocID: d.ID, Reason: DuplicateID,
				Message: "an earlier document has the same id: take one of them out, or choose another field as the id"}}
		} else {
			s.documents.Add(1)
			if !s.yield(d, nil) {
				return false
			}
		}
	}
	if o.err == nil {
		return true
	}
	s.errors.Add(1)
	return s.yield(nil, o.err)
}

// sourceOf names a record of a file: the file itself where it holds but one
// document.
func sourceOf(name string, record int64) string {
	if record == 0 {
		return name
	}
	return fmt.Sprintf("%s#%d", name, record)
}

// fileOf is the inverse of sourceOf.
func fileOf(source string, record int64) string {
	return strings.TrimSuffix(source, fmt.Sprintf("#%d", record))
}

// fail puts an error into the stream. It reports whether to go on.
func (s *stream) fail(e *Error) bool { return s.queue.put(outcome{err: e}) }

// readFile reads one file. It reports whether to go on.
func (s *stream) readFile(f file) bool {
	src, err := s.open(f)
	if err != nil {
		return s.fail(s.readError(f.name, err))
	}
	defer src.Close()
	head, err := src.Peek(sniffBytes)
	if err != nil && err != io.EOF {
		return s.fail(s.readError(f.name, err))
	}
	if len(head) == 0 {
		return s.fail(&Error{Source: f.name, Byte: -1, Reason: EmptyFile, Message: "the file is empty: take it out, or write it anew"})
	}
	enc := s.encoding
	if enc == nil {
		enc = wideEncoding(head)
	}
	if enc != nil {
		head, _ = enc.NewDecoder().Bytes(head[:len(head)&^3])
	}
	if kind := notText(head); kind != "" {
		e := &Error{Source: f.name, Byte: -1, Reason: Unsupported,
			Message: fmt.Sprintf("the file is %s: convert it to text, HTML or JSON Lines", kind)}
		if src.packed == "" && trimCompression(f.path) != f.path && kind == "binary data" {
			e.Reason = CorruptCompression
			e.Message = "the file is not compressed as its name says, and no text: get it anew"
		}
		return s.fail(e)
	}
	format := s.opts.Format
	if format == FormatAuto {
		format = formatOfName(f.path)
	}
	if format == FormatAuto {
		format = sniff(head)
	}
	if format == FormatJSON {
		return s.readJSON(f, src, enc)
	}
	return s.readWhole(f, src, enc, format)
}

// readWhole reads a file that is one document.
func (s *stream) readWhole(f file, src *source, enc encoding.Encoding, format Format) bool {
	limit := s.opts.MaxRecord
	data, err := io.ReadAll(io.LimitReader(src, int64(limit)+1))
	if err != nil {
		return s.fail(s.readError(f.name, err))
	}
	if len(data) > limit {
		return s.fail(&Error{Source: f.name, Byte: -1, Reason: TooLong,
			Message: fmt.Sprintf("the file is longer than %d bytes: raise the limit, or cut it into articles", limit)})
	}
	doc := &pipeline.Document{ID: f.name, Source: f.name}
	if format == FormatText {
		text, dmg, err := decode(data, enc)
		text = normalize(text)
		if err == nil && strings.TrimSpace(text) == "" {
			return s.fail(&Error{Source: f.name, Byte: -1, Reason: EmptyFile,
				Message: "the file holds nothing but white space: take it out, or write it anew"})
		}
		return s.queue.put(s.finish(doc, 0, -1, text, dmg, err))
	}
	return s.queue.start(len(data), func() outcome {
		text, dmg, err := decodeHTML(data, enc)
		return s.finishPage(doc, 0, -1, text, dmg, err)
	})
}

// finishPage makes a document of a page.
func (s *stream) finishPage(doc *pipeline.Document, record, offset int64, src string, dmg damage, err error) outcome {
	if err != nil {
		return s.finish(doc, record, offset, "", dmg, err)
	}
	p, err := readPage(src)
	if err != nil {
		return outcome{err: &Error{Source: fileOf(doc.Source, record), Record: record, Byte: offset, DocID: doc.ID, Reason: HTMLFailed, Err: err,
			Message: fmt.Sprintf("the page cannot be parsed (%v): save it as text", firstLine(err.Error()))}}
	}
	fill := func(field *string, value string) {
		if *field == "" {
			*field = value
		}
	}
	fill(&doc.Title, p.title)
	fill(&doc.Byline, p.byline)
	fill(&doc.URL, p.url)
	fill(&doc.Language, p.language)
	if doc.Published.IsZero() {
		doc.Published = p.published
	}
	return s.finish(doc, record, offset, normalize(p.text), dmg, nil)
}

// finish completes a document with its text, or says why there is none.
func (s *stream) finish(doc *pipeline.Document, record, offset int64, text string, dmg damage, err error) outcome {
	e := &Error{Source: fileOf(doc.Source, record), Record: record, Byte: offset, DocID: doc.ID, Err: err}
	at := func() {
		if dmg.first >= 0 {
			e.Byte = max(offset, 0) + int64(dmg.first)
		}
	}
	switch {
	case err != nil:
		at()
		e.Reason = BadEncoding
		e.Message = "the text is neither UTF-8 nor Windows-1252, and no other encoding is known for it: name the encoding, or convert it to UTF-8"
		return outcome{err: e}
	case strings.TrimSpace(text) == "":
		e.Reason, e.Message = NoText, "the page holds no article text: take it out, or save the article as text"
		return outcome{err: e}
	}
	doc.Text = text
	o := outcome{doc: doc, record: record}
	if dmg.count > 0 {
		at()
		e.Reason, e.Kept = BadEncoding, true
		e.Message = fmt.Sprintf("%s could not be decoded and stand as U+FFFD in the text, which was kept: mend the source, or leave the document out", dmg)
		o.err = e
	}
	return o
}

// readError says what is wrong with a file that broke off.
func (s *stream) readError(name string, err error) *Error {
	var c *errCompression
	if errors.As(err, &c) {
		what := "is broken"
		if errors.Is(err, io.ErrUnexpectedEOF) {
			what = "is cut off"
		}
		return &Error{Source: name, Byte: -1, Reason: CorruptCompression, Err: err,
			Message: fmt.Sprintf("the %s compression %s (%v): get the file anew; what came before is kept", c.kind, what, c.err)}
	}
	return fileError(name, err)
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return clip(s, 200)
}
