package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/fingerprint"
	"golang.org/x/text/encoding"
)

// Options say how inputs are read. The zero value is good for most.
type Options struct {
	// Format of every input; FormatAuto tells it for each.
	Format Format
	// Fields names the fields of JSON records and the columns of tables that are
	// not to be found by themselves.
	Fields Fields
	// MaxRecord is the size in bytes of the longest record: a line of JSON Lines,
	// an element of a JSON array, a record of separated values, a cell of a table,
	// an entry of a feed, the text of a message, a text or HTML file, decompressed.
	// 0 is DefaultMaxRecord.
	MaxRecord int
	// Encoding overrules the detection of the encoding. It is a label of the WHATWG
	// encoding standard, such as "windows-1251"; "" and "utf-8" detect.
	Encoding string
	// Markup says whether the text of JSON records, tables and feeds is HTML.
	Markup Markup
	// Workers is how many goroutines parse HTML, beside the one that reads. 0 is
	// GOMAXPROCS. The stream is the same for any number.
	Workers int
	// FilesFrom is a file that names further inputs, one a line or, where it holds
	// a NUL, each ended by one; "-" is standard input, which then cannot be an input
	// itself. Names are taken as they stand, from the working folder.
	FilesFrom string
	// Stdin is read for the input "-". nil is os.Stdin.
	Stdin io.Reader
	// StdinName is what it is called in sources and ids, "stdin" when empty.
	StdinName string
	// From goes on where an earlier run over the same inputs stood, as its
	// MarkAt told. nil begins at the beginning.
	From *Mark
}

// DefaultMaxRecord is the longest record in bytes where Options does not say:
// 64 MiB.
const DefaultMaxRecord = 64 << 20

// Markup says what the text of a record is taken for.
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
	list     *nameList // of further inputs, or nil
	opts     Options
	encoding encoding.Encoding // named by the user, or nil
	fields   *fieldFinder
	ids      *idSet // of the documents delivered
	marks    marks

	bytes, filesDone, documents, errors, skipped, passedOver atomic.Int64
	bytesTotal, filesTotal                                   atomic.Int64
}

// Open prepares to read the inputs: files, folders (read recursively), glob
// patterns (** stands for folders at any depth) and "-" for standard input. Nothing
// is opened yet: what cannot be read is an error in the stream. Open returns an
// error for options that make no sense.
func Open(inputs []string, opts Options) (*Reader, error) {
	if len(inputs) == 0 && opts.FilesFrom == "" {
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
	if opts.StdinName == "" {
		opts.StdinName = stdin
	}
	r := &Reader{inputs: inputs, opts: opts, encoding: enc, fields: newFieldFinder(opts.Fields), ids: newIDSet()}
	if opts.FilesFrom != "" {
		r.list = &nameList{path: opts.FilesFrom, stdin: opts.Stdin}
		if opts.FilesFrom == "-" && slices.Contains(inputs, "-") {
			return nil, errors.New("ingest: standard input cannot be both the list of inputs and an input: write one of them to a file")
		}
	}
	if opts.From != nil {
		if err := r.check(opts.From); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// Reserve takes an id that a document of an earlier part of the run has, so
// that none of this part gets it. It is called before Documents.
func (r *Reader) Reserve(id string) { r.ids.add(id) }

// Progress is how far a Reader has come.
type Progress struct {
	Bytes     int64 // read, compressed where the input is
	Files     int64 // read to the end, or to their error
	Documents int64
	Errors    int64
	Skipped   int64 // files of folders and archives passed over because nothing says that they hold articles
	// PassedOver counts the records of web archives that are no pages: requests,
	// images, redirects and the like.
	PassedOver int64

	// Known once Survey has returned, else 0.
	BytesTotal int64 // of files whose size is known
	FilesTotal int64
}

// Progress tells how far reading has come.
func (r *Reader) Progress() Progress {
	return Progress{
		Bytes: r.bytes.Load(), Files: r.filesDone.Load(), Documents: r.documents.Load(), Errors: r.errors.Load(),
		Skipped: r.skipped.Load(), PassedOver: r.passedOver.Load(), BytesTotal: r.bytesTotal.Load(), FilesTotal: r.filesTotal.Load(),
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
// for each thing that is none, in its place. A document of which something could
// not be read comes together with an *[Error] that has Kept set. It ends when
// ctx is cancelled. The caller may stop at any time. No more is held in memory
// than the record being read and, of HTML, a few pages a worker.
func (r *Reader) Documents(ctx context.Context) iter.Seq2[*pipeline.Document, error] {
	return func(yield func(*pipeline.Document, error) bool) {
		s := &stream{Reader: r, ctx: ctx, yield: yield}
		s.queue = newQueue(r.opts.Workers, s.deliver)
		defer s.queue.close()
		passed := int64(0) // inputs that an earlier run has read to the end
		if from := r.opts.From; from != nil {
			passed, s.slots, s.skip = from.Inputs, from.Before, from.Results-from.Before
		}
		var l listing
		for f, err := range r.files(ctx, func() { r.skipped.Add(1) }) {
			l.add(f, err)
			if l.n <= passed {
				r.bytes.Add(f.size)
				r.filesDone.Add(1)
				continue
			}
			r.marks.begin(Mark{Inputs: l.n - 1, Before: s.slots, Listing: l.String()})
			ok := false
			if err != nil {
				ok = s.fail(err)
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

// place is where a record stands.
type place struct {
	file   string // for people
	record int64  // from 1; 0 where the file is one document
	offset int64  // of the record in the decompressed file; -1 where that says nothing
}

// source names the place as Document.Source does.
func (p place) source() string {
	if p.record == 0 {
		return p.file
	}
	return fmt.Sprintf("%s#%d", p.file, p.record)
}

// fail makes an error at the place.
func (p place) fail(reason Reason, cause error, format string, args ...any) *Error {
	return &Error{Source: p.file, Record: p.record, Byte: p.offset, Reason: reason, Message: fmt.Sprintf(format, args...), Err: cause}
}

// outcome is what became of one record: a document, a document and a warning,
// or an error.
type outcome struct {
	doc *pipeline.Document
	at  place // of doc
	err *Error
}

// stream is one run over the inputs.
type stream struct {
	*Reader
	ctx   context.Context
	queue *queue
	yield func(*pipeline.Document, error) bool
	slots int64 // outcomes put into the queue, and those passed over
	skip  int64 // outcomes still to be passed over
	// useful counts the documents put into the queue, as far as is known. That a
	// record was delivered by an earlier run must change nothing in it.
	useful int64
	bombs  int64 // errors with reason Bomb put into the queue
}

// deliver passes an outcome on. It runs in the order of the input.
func (s *stream) deliver(o outcome) bool {
	if s.ctx.Err() != nil {
		return false
	}
	if d := o.doc; d != nil {
		if s.ids.add(d.ID) {
			s.documents.Add(1)
		} else {
			o.doc = nil
			o.err = o.at.fail(DuplicateID, nil, "an earlier document has the same id: take one of them out, or choose another field as the id")
			o.err.DocID = d.ID
		}
	}
	if o.err == nil {
		return s.yield(o.doc, nil)
	}
	s.errors.Add(1)
	return s.yield(o.doc, o.err)
}

// delivered reports whether the next outcome was delivered by the run that
// this one goes on from, and if so passes over it. Readers of records ask it
// once a record, before the work that the record makes; put, start and fail ask
// for themselves where it was not asked.
func (s *stream) delivered() bool {
	s.useful++
	return s.passed()
}

// passed is delivered for an outcome that may be no document.
func (s *stream) passed() bool {
	if s.skip == 0 {
		return false
	}
	s.skip--
	s.slots++
	return true
}

// put puts an outcome into the stream. It reports whether to go on.
func (s *stream) put(o outcome) bool {
	switch {
	case o.doc != nil:
		s.useful++
	case o.err != nil && o.err.Reason == Bomb:
		s.bombs++
	}
	if s.passed() {
		return s.ctx.Err() == nil
	}
	s.slots++
	return s.queue.put(o)
}

// start puts into the stream an outcome that is worked out from size bytes of
// input, by another goroutine where there are several. It reports whether to go
// on.
func (s *stream) start(size int, work func() outcome) bool {
	if s.delivered() {
		return s.ctx.Err() == nil
	}
	s.slots++
	return s.queue.start(size, work)
}

// fail puts an error into the stream. It reports whether to go on.
func (s *stream) fail(e *Error) bool { return s.put(outcome{err: e}) }

// readFile reads one file. It reports whether to go on.
func (s *stream) readFile(f file) bool {
	raw, err := s.open(f)
	if err != nil {
		return s.fail(readError(place{file: f.name, offset: -1}, err))
	}
	defer raw.close()
	return s.readInput(f, raw, 0)
}

// maxNesting is how deep archives may lie within archives.
const maxNesting = 3

// readInput reads what is in a file or in a member of an archive: takes
// compression off, and gives each member of an archive, or the whole, to the
// reader of its format. It reports whether to go on.
func (s *stream) readInput(f file, raw *rawFile, depth int) bool {
	at := place{file: f.name, offset: -1}
	src, err := s.unpack(f, raw)
	if err != nil {
		return s.fail(readError(at, err))
	}
	defer src.Close()
	head, err := src.head()
	if err != nil && err != io.EOF {
		if binaryFormat(head) == FormatWARC || formatOfName(f.path) == FormatWARC {
			return s.readWARC(f, src) // which may find more behind the fault
		}
		return s.fail(readError(at, err))
	}
	if len(head) == 0 {
		return s.fail(at.fail(EmptyFile, nil, "the file is empty: take it out, or write it anew"))
	}
	if kind := archiveOf(head); kind != noArchive {
		return s.readArchive(f, src, kind, depth)
	}
	enc := s.encoding
	if enc == nil {
		enc = wideEncoding(head)
	}
	format := s.opts.Format
	if format == FormatAuto {
		format = binaryFormat(head)
	}
	if format.text() {
		if enc != nil {
			head, _ = enc.NewDecoder().Bytes(head[:len(head)&^3])
		}
		if kind := notText(head); kind != "" {
			if len(src.layers) == 0 && trimCompression(f.path) != f.path && kind == binaryData {
				return s.fail(at.fail(CorruptCompression, nil, "the file is not compressed as its name says, and no text: get it anew"))
			}
			return s.fail(at.fail(Unsupported, nil, "the file is %s: convert it to text, HTML or JSON Lines", kind))
		}
	}
	if format == FormatAuto {
		format = formatOfName(f.path)
	}
	if format == FormatAuto {
		format = sniff(head)
	}
	if root, _ := xmlRoot(head); format == FormatAuto || format == FormatText && root != "" && isXMLName(f.path) {
		return s.fail(at.fail(Unsupported, nil, "the file is XML that begins with <%s>, and neither a feed nor a page: convert it to text, HTML or JSON Lines", clip(root, 40)))
	}
	switch format {
	case FormatJSON:
		return s.readJSON(f, src, enc)
	case FormatCSV:
		return s.readCSV(f, src, enc)
	case FormatParquet, FormatArrow:
		return s.readCells(f, src, format)
	case FormatWARC:
		return s.readWARC(f, src)
	case FormatFeed:
		return s.readFeed(f, src, enc)
	case FormatMail:
		return s.readMail(f, src)
	}
	return s.readWhole(at, src, enc, format)
}

// readWhole reads a file that is one document.
func (s *stream) readWhole(at place, src *source, enc encoding.Encoding, format Format) bool {
	limit := s.opts.MaxRecord
	data, err := io.ReadAll(io.LimitReader(src, int64(limit)+1))
	if err != nil {
		return s.fail(readError(at, err))
	}
	if len(data) > limit {
		return s.fail(at.fail(TooLong, nil, "the file is longer than %d bytes: raise the limit, or cut it into articles", limit))
	}
	doc := &pipeline.Document{ID: at.source(), Source: at.source()}
	if format == FormatHTML {
		return s.start(len(data), func() outcome {
			text, dmg, err := decodeHTML(data, enc)
			if err != nil {
				return noEncoding(doc, at, dmg, err)
			}
			return finishPage(doc, at, text, dmg)
		})
	}
	text, dmg, err := decode(data, enc)
	if err != nil {
		return s.put(noEncoding(doc, at, dmg, err))
	}
	text = normalize(text)
	if strings.TrimSpace(text) == "" {
		return s.fail(at.fail(EmptyFile, nil, "the file holds nothing but white space: take it out, or write it anew"))
	}
	return s.put(finish(doc, at, text, dmg))
}

// finishPage completes a document with the body of a page, and with its
// metadata where the document has none.
func finishPage(doc *pipeline.Document, at place, src string, dmg damage) outcome {
	p, err := readPage(src)
	if err != nil {
		e := at.fail(HTMLFailed, err, "the page cannot be parsed (%s): save the article as text", firstLine(err))
		e.DocID = doc.ID
		return outcome{err: e}
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
	return finish(doc, at, normalize(p.text), dmg)
}

// languageBytes is the least length of a text whose language is told from it.
const languageBytes = 200

// finish completes a document with its text, if that is any, and with what the
// text says: its fingerprint, and its language, which is believed rather than
// what the input declares.
func finish(doc *pipeline.Document, at place, text string, dmg damage) outcome {
	if strings.TrimSpace(text) == "" {
		e := at.fail(NoText, nil, "the page holds no article text: take it out, or save the article as text")
		e.DocID = doc.ID
		return outcome{err: e}
	}
	doc.Text = text
	doc.Fingerprint = fingerprint.Of(text)
	if len(text) >= languageBytes {
		doc.Language = believed(doc.Language, LanguageOf(text))
	}
	o := outcome{doc: doc, at: at}
	if dmg.count > 0 {
		o.err = at.fail(BadEncoding, nil, "%s could not be decoded and stand as U+FFFD in the document, which was kept: mend the source, or leave the document out", dmg)
		o.err.Byte, o.err.DocID, o.err.Kept = at.byteOf(dmg), doc.ID, true
	}
	return o
}

// noEncoding is the outcome of bytes that cannot be decoded.
func noEncoding(doc *pipeline.Document, at place, dmg damage, err error) outcome {
	e := at.fail(BadEncoding, err, "the text is neither UTF-8 nor Windows-1252, and no other encoding is known for it: name the encoding, or convert it to UTF-8")
	e.Byte, e.DocID = at.byteOf(dmg), doc.ID
	return outcome{err: e}
}

// byteOf is the offset in the file of the first byte damaged, where it is
// known.
func (p place) byteOf(dmg damage) int64 {
	if dmg.first < 0 {
		return p.offset
	}
	return max(p.offset, 0) + int64(dmg.first)
}

// readError says what is wrong with a file that cannot be opened or breaks off.
func readError(at place, err error) *Error {
	if b, ok := errors.AsType[*bombError](err); ok {
		return at.fail(Bomb, err, "the file is a decompression bomb: %v, without a document in it; take it out, or unpack it yourself if it is none", b)
	}
	if errors.Is(err, errLayers) {
		return at.fail(TooNested, err, "the file is compressed more than %d times over: unpack it first", maxLayers)
	}
	if errors.Is(err, errWindow) {
		return at.fail(Unsupported, err, "decompressing it takes more memory than allowed (%v): compress it again with a window or dictionary of %d MiB at most", err, maxWindow>>21)
	}
	if a, ok := errors.AsType[*archiveError](err); ok {
		what := "is broken"
		if errors.Is(err, io.ErrUnexpectedEOF) {
			what = "is cut off"
		}
		return at.fail(BadArchive, err, "the %s archive %s (%v): get it anew; members before this place are kept", a.kind, what, a.err)
	}
	if c, ok := errors.AsType[*compressionError](err); ok {
		what := "is broken"
		if errors.Is(err, io.ErrUnexpectedEOF) {
			what = "is cut off"
		}
		return at.fail(CorruptCompression, err, "the %s compression %s (%v): get the file anew; records before this place are kept", c.kind, what, c.err)
	}
	e := fileError(at.file, err)
	e.Record, e.Byte = at.record, at.offset
	return e
}

func firstLine(err error) string {
	s, _, _ := strings.Cut(err.Error(), "\n")
	return clip(oneLine(s), 200)
}
