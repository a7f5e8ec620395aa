package ingest

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/mikelolasagasti/xz"
	"github.com/pierrec/lz4/v4"
)

// compression is a kind of compression of whole files.
type compression uint8

const (
	noCompression compression = iota
	gzipped
	zstandard
	bzipped
	xzipped
	lz4ed
)

var compressionNames = [...]string{"", "gzip", "Zstandard", "bzip2", "xz", "lz4"}

func (c compression) String() string { return compressionNames[c] }

// compressionBytes is how many first bytes tell a compression.
const compressionBytes = 10

// Dictionary frames are how WARC files in Zstandard begin, where their records
// share a dictionary (IIPC, "Zstandard compression for WARC files", 1.0).
const dictionaryFrame = "\x5D\x2A\x4D\x18"

// compressionOf tells by the first bytes whether and how a file is compressed.
func compressionOf(head []byte) compression {
	has := func(magic string) bool { return bytes.HasPrefix(head, []byte(magic)) }
	switch {
	case has("\x1F\x8B"):
		return gzipped
	case has("\x28\xB5\x2F\xFD"), len(head) >= 4 && head[0]>>4 == 5 && string(head[1:4]) == "\x2A\x4D\x18":
		return zstandard
	case has("BZh") && len(head) >= 10 && (string(head[4:10]) == "1AY&SY" || string(head[4:10]) == "\x17\x72\x45\x38\x50\x90"):
		return bzipped
	case has("\xFD7zXZ\x00"):
		return xzipped
	case has("\x04\x22\x4D\x18"):
		return lz4ed
	}
	return noCompression
}

// compressionError wraps what a decompressor complains of.
type compressionError struct {
	kind string
	err  error
}

func (e *compressionError) Error() string { return e.kind + ": " + e.err.Error() }
func (e *compressionError) Unwrap() error { return e.err }

var (
	// errLayers: more than maxLayers compressions, one within the other.
	errLayers = errors.New("compressed again and again")
	// errWindow: a decompressor would need more memory than it gets.
	errWindow = errors.New("the window is too large")
)

// maxWindow is the most memory in bytes that decompressing may need to look
// back: the window of Zstandard's --long=27, twice the dictionary of xz -9. Each
// further compression within gets half of what the one around it gets, so that
// all of them together stay below twice this.
const maxWindow = 128 << 20

// layer is one compression taken off. Its error, once there, stays.
type layer struct {
	kind   compression
	r      io.Reader
	raw    *rawFile
	gauge  *gauge
	gunzip *gunzip // where kind is gzipped
	close  func()
	err    error
}

// newLayer decompresses br, which begins with the magic bytes of kind.
func (s *stream) newLayer(kind compression, br *bufio.Reader, raw *rawFile, window int) (*layer, error) {
	in := &counter{r: br}
	l := &layer{kind: kind, raw: raw, gauge: s.newGauge(func() int64 { return in.n }), close: func() {}}
	var err error
	switch kind {
	case gzipped:
		l.gunzip, err = newGunzip(in)
		l.r = l.gunzip
	case zstandard:
		var z *zstd.Decoder
		if z, err = newZstandard(br, in, window); err == nil {
			l.r, l.close = z, z.Close
		}
	case bzipped:
		l.r = bzip2.NewReader(in)
	case xzipped:
		l.r, err = xz.NewReader(in, uint32(window))
	case lz4ed:
		l.r = &lz4Frames{frame: lz4.NewReader(in), in: in, br: br}
	}
	if err != nil {
		return nil, l.fault(err)
	}
	return l, nil
}

func (l *layer) Read(p []byte) (n int, err error) {
	if l.err != nil {
		return 0, l.err
	}
	defer func() {
		if r := recover(); r != nil { // no fault of the data may end the run
			n, err = 0, l.fault(fmt.Errorf("panic: %v", r))
		}
		l.err = err
	}()
	n, err = l.r.Read(p)
	if err != nil && err != io.EOF {
		return n, l.fault(err)
	}
	if bomb := l.gauge.add(n); bomb != nil {
		return 0, bomb
	}
	return n, err
}

// fault names the error of a decompressor.
func (l *layer) fault(err error) error {
	switch {
	case l.raw.err != nil:
		return l.raw.err
	case errors.Is(err, xz.ErrMemlimit), errors.Is(err, zstd.ErrWindowSizeExceeded), errors.Is(err, zstd.ErrDecoderSizeExceeded):
		err = errWindow
	case errors.Is(err, io.EOF), errors.Is(err, xz.ErrBuf):
		err = io.ErrUnexpectedEOF
	}
	if _, ok := errors.AsType[*compressionError](err); ok {
		return err // of the compression around this one
	}
	if _, ok := errors.AsType[*bombError](err); ok {
		return err
	}
	return &compressionError{l.kind.String(), err}
}

// salvage goes on with the next part of a file of which one is broken.
func (l *layer) salvage() bool {
	if _, ok := errors.AsType[*compressionError](l.err); !ok || l.gunzip == nil || !l.gunzip.salvage() {
		return false
	}
	l.err = nil
	return true
}

// counter counts the bytes read.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// newZstandard decompresses what br holds, which is read through in.
func newZstandard(br *bufio.Reader, in io.Reader, window int) (*zstd.Decoder, error) {
	opts := []zstd.DOption{zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(uint64(window))}
	dict, err := zstandardDictionary(br)
	if err != nil {
		return nil, err
	}
	if dict != nil {
		if bytes.HasPrefix(dict, []byte("\x37\xA4\x30\xEC")) {
			opts = append(opts, zstd.WithDecoderDicts(dict))
		} else {
			opts = append(opts, zstd.WithDecoderDictRaw(0, dict))
		}
	}
	return zstd.NewReader(in, opts...)
}

// maxDictionary is the size in bytes of the largest dictionary of Zstandard.
const maxDictionary = 16 << 20

// zstandardDictionary takes the dictionary from the head of a WARC file whose
// records share one, and returns nil where there is none.
func zstandardDictionary(br *bufio.Reader) ([]byte, error) {
	head, _ := br.Peek(12)
	if len(head) < 12 || string(head[:4]) != dictionaryFrame {
		return nil, nil
	}
	size := binary.LittleEndian.Uint32(head[4:])
	packed := string(head[8:]) == "\x28\xB5\x2F\xFD"
	if !packed && string(head[8:]) != "\x37\xA4\x30\xEC" || size > maxDictionary {
		return nil, nil // a frame to be skipped
	}
	br.Discard(8)
	dict, err := io.ReadAll(io.LimitReader(br, int64(size)))
	if err != nil {
		return nil, err
	}
	if packed {
		z, err := zstd.NewReader(bytes.NewReader(dict), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxDictionary))
		if err != nil {
			return nil, err
		}
		defer z.Close()
		if dict, err = io.ReadAll(io.LimitReader(z, maxDictionary)); err != nil {
			return nil, err
		}
	}
	return dict, nil
}

// lz4Frames reads frames one after another.
type lz4Frames struct {
	frame *lz4.Reader
	in    io.Reader
	br    *bufio.Reader // which in reads
	ended bool          // the frame
}

func (l *lz4Frames) Read(p []byte) (int, error) {
	for {
		if l.ended {
			if _, err := l.br.Peek(1); err != nil {
				return 0, err
			}
			l.frame.Reset(l.in)
			l.ended = false
		}
		n, err := l.frame.Read(p)
		if l.ended = err == io.EOF; !l.ended || n > 0 {
			if l.ended {
				err = nil
			}
			return n, err
		}
	}
}

// gunzip reads the members of a gzip file one after another, and can begin
// again at the next after one that is broken.
type gunzip struct {
	tape   *tape
	packed *bufio.Reader
	z      gzip.Reader
	start  int64   // of the member, on the tape
	inside bool    // a member
	some   bool    // bytes have come out of it
	out    int64   // bytes that have come out of all members
	starts []int64 // where in these members began, the last maxStarts
	first  bool    // no member has begun yet
}

func newGunzip(r io.Reader) (*gunzip, error) {
	g := &gunzip{tape: &tape{r: r}, first: true}
	g.packed = bufio.NewReaderSize(g.tape, packAhead)
	if err := g.begin(); err != nil {
		return nil, err
	}
	return g, nil
}

// begin begins the next member. The error is io.EOF where there is none.
func (g *gunzip) begin() error {
	for {
		b, err := g.packed.Peek(1)
		if err != nil {
			return err
		}
		if b[0] != 0 || g.first {
			break
		}
		g.packed.Discard(1) // padding, as on tapes
	}
	g.start = g.tape.offset() - int64(g.packed.Buffered())
	g.tape.forget(g.start)
	g.some = false
	if n := len(g.starts); n == 0 || g.starts[n-1] != g.out {
		if n == maxStarts {
			g.starts = g.starts[:copy(g.starts, g.starts[n/2:])]
		}
		g.starts = append(g.starts, g.out)
	}
	if err := g.z.Reset(g.packed); err != nil {
		if err == io.EOF {
			return io.ErrUnexpectedEOF
		}
		return err
	}
	g.z.Multistream(false)
	g.inside, g.first = true, false
	return nil
}

func (g *gunzip) Read(p []byte) (int, error) {
	for {
		if !g.inside {
			if err := g.begin(); err != nil {
				return 0, err
			}
		}
		n, err := g.z.Read(p)
		g.some = g.some || n > 0
		g.out += int64(n)
		if err == io.EOF {
			g.inside, err = false, nil
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
}

// maxStarts is how many starts of members are remembered: more than stand in
// what is read ahead, unless they hold next to nothing.
const maxStarts = 1 << 16

// parted is source.parted. Members that began before are forgotten.
func (g *gunzip) parted(from, to int64) bool {
	i, _ := slices.BinarySearch(g.starts, from)
	g.starts = g.starts[:copy(g.starts, g.starts[i:])]
	return len(g.starts) > 0 && g.starts[0] <= to
}

// salvage begins the next member behind the start of the broken one that looks
// like one. It reports whether there is any.
func (g *gunzip) salvage() bool {
	from := g.start + 1
	for {
		at, ok := g.tape.find("\x1F\x8B\x08", from)
		if !ok {
			return false
		}
		g.tape.rewind(at)
		g.packed.Reset(g.tape)
		if g.begin() == nil {
			return true
		}
		from = at + 1
	}
}

// tape remembers the last bytes read from r, so that they can be read again.
type tape struct {
	r   io.Reader
	buf []byte // the last bytes read from r
	at  int64  // offset of buf in what r gave
	pos int    // in buf, of what is read next
}

// tapeBytes is how far back a tape remembers at most.
const tapeBytes = 4 << 20

// offset is how far the tape has been read.
func (t *tape) offset() int64 { return t.at + int64(t.pos) }

func (t *tape) Read(p []byte) (int, error) {
	if t.pos < len(t.buf) {
		n := copy(p, t.buf[t.pos:])
		t.pos += n
		return n, nil
	}
	n, err := t.r.Read(p)
	t.keep(p[:n])
	t.pos = len(t.buf)
	return n, err
}

func (t *tape) keep(p []byte) {
	if len(t.buf)+len(p) > tapeBytes {
		t.drop(len(t.buf) / 2)
	}
	t.buf = append(t.buf, p...)
}

// drop forgets the first n bytes of buf.
func (t *tape) drop(n int) {
	t.buf = t.buf[:copy(t.buf, t.buf[n:])]
	t.at += int64(n)
	t.pos = max(t.pos-n, 0)
}

// forget says that nothing before the offset is needed any more.
func (t *tape) forget(offset int64) {
	if n := int(offset - t.at); n > packAhead && n <= t.pos {
		t.drop(n)
	}
}

// rewind goes back to an offset that find returned.
func (t *tape) rewind(offset int64) { t.pos = int(offset - t.at) }

// find looks for magic at or behind an offset, as far back as the tape
// remembers, and up to the end.
func (t *tape) find(magic string, from int64) (int64, bool) {
	var chunk []byte
	for {
		i := max(int(from-t.at), 0)
		if i < len(t.buf) {
			if n := bytes.Index(t.buf[i:], []byte(magic)); n >= 0 {
				return t.at + int64(i+n), true
			}
		}
		from = max(from, t.at+int64(len(t.buf)-len(magic)+1))
		if chunk == nil {
			chunk = make([]byte, packAhead)
		}
		n, err := t.r.Read(chunk)
		t.keep(chunk[:n])
		if err != nil && n == 0 {
			return 0, false
		}
	}
}

// bombError says that more than so many bytes came out of a decompressor, and
// more than bombRatio times as many as went in.
type bombError struct{ bytes int64 }

func (e *bombError) Error() string {
	return fmt.Sprintf("more than %d bytes came out of it, over %d times what went in", e.bytes, bombRatio)
}

// A gauge stops a decompression bomb: it lets pass bombBytes and one record
// beyond the last document, and then asks that what was decompressed since be at
// most bombRatio times as long as what it was decompressed from. A dump of the
// same article a million times passes, since it gives documents.
type gauge struct {
	in      func() int64 // compressed bytes taken in
	useful  *int64       // counts documents
	allowed int64
	out     int64
	// When a document was last seen.
	seen, in0, out0 int64
}

const (
	bombBytes = 256 << 20
	bombRatio = 100
)

func (s *stream) newGauge(in func() int64) *gauge {
	return &gauge{in: in, useful: &s.useful, seen: s.useful, allowed: bombBytes + int64(s.opts.MaxRecord)}
}

// add counts n bytes decompressed.
func (g *gauge) add(n int) error {
	g.out += int64(n)
	if *g.useful != g.seen {
		g.seen, g.in0, g.out0 = *g.useful, g.in(), g.out
		return nil
	}
	in, out := g.in()-g.in0, g.out-g.out0
	if out > g.allowed && out > bombRatio*in {
		return &bombError{g.allowed}
	}
	return nil
}

// isCompressionSuffix knows the suffixes of compressed files.
func isCompressionSuffix(ext string) bool {
	switch strings.ToLower(ext) {
	case ".gz", ".zst", ".zstd", ".bz2", ".xz", ".lz4":
		return true
	}
	return false
}
