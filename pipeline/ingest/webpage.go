package ingest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"path"
	"strconv"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
)

// webPage is a record of a web archive that is a page.
type webPage struct {
	id, address, language string
	format                Format // FormatHTML or FormatText
	start                 int    // of the body in the block
	charset               string // as the server said, or ""
	chunked               bool
	encodings             string // Content-Encoding
}

// pageOf tells by a record's header and the first bytes of its block, which is
// length bytes long, whether it is a page, and what is needed to read it: the
// answer of a server with status 200, a resource or a text made of a page, in
// HTML or plain text. The error says what is wrong with the header of HTTP.
func pageOf(h *webHead, b []byte, length int64) (p webPage, is bool, err error) {
	switch h.kind {
	case "response", "resource", "conversion":
	default:
		return p, false, nil
	}
	if !isWebAddress(h.address) {
		return p, false, nil
	}
	p = webPage{id: h.id, address: h.address}
	if h.kind == "conversion" {
		p.language = h.language
	}
	media := h.media
	if head := trimBlank(b); h.kind == "response" && bytes.HasPrefix(head, []byte("HTTP/")) {
		size := headEnd(head[:min(len(head), maxHead)])
		if size == 0 {
			if int64(len(b)) < length || len(head) > maxHead {
				return p, false, fmt.Errorf("it has no end within %d bytes", maxHead)
			}
			size = len(head)
		}
		p.start = len(b) - len(head) + size
		status, rest, _ := bytes.Cut(head[:size], []byte("\n"))
		if s := httpStatus(status); s != 200 {
			return p, false, nil
		}
		media = ""
		for name, value := range headFields(rest) {
			switch {
			case isField(name, "Content-Type"):
				media = string(value)
			case isField(name, "Content-Encoding"):
				p.encodings = strings.ToLower(string(value))
			case isField(name, "Transfer-Encoding"):
				p.chunked = p.chunked || strings.Contains(strings.ToLower(string(value)), "chunked")
			}
		}
	}
	kind, params, _ := strings.Cut(media, ";")
	kind = strings.ToLower(strings.TrimSpace(kind))
	p.charset = charsetOf(params)
	if strings.HasPrefix(kind, "application/http") {
		kind = ""
	}
	p.format, is = pageFormat(kind, h.address, b[p.start:], p.chunked, p.encodings)
	return p, is, nil
}

// pageFormat tells whether a body is a page, by its media type, address and
// first bytes.
func pageFormat(kind, address string, body []byte, chunked bool, encodings string) (Format, bool) {
	name := addressPath(address)
	if isForMachines(name) {
		return 0, false
	}
	if chunked {
		if chunk, _, ok := cutChunk(body); ok {
			body = chunk
		}
	}
	body = body[:min(len(body), sniffBytes)]
	plain := encodings == "" || encodings == "identity" // so that the bytes tell
	if compressionOf(body) != noCompression {
		plain = false
	}
	looks, odd := FormatText, ""
	if plain {
		looks = sniff(body)
		if wideEncoding(body) == nil {
			odd = notText(body)
		}
	}
	ext := path.Ext(name)
	prose := ext == "" || ext == ".txt" || ext == ".text" || ext == ".md"
	switch kind {
	case "text/html", "application/xhtml+xml", "application/vnd.wap.xhtml+xml":
		return FormatHTML, odd == "" || odd == binaryData
	case "text/plain":
		if looks == FormatHTML {
			return FormatHTML, true
		}
		return FormatText, prose && looks == FormatText && odd == ""
	case "", "application/octet-stream", "unk", "unknown", "no-type", "application/unknown", "x-unknown":
		switch {
		case looks == FormatHTML, !plain && (ext == "" || formatOfName(name) == FormatHTML):
			return FormatHTML, true
		case kind == "application/octet-stream":
			return 0, false
		}
		return FormatText, plain && prose && looks == FormatText && odd == "" && len(body) > 0
	}
	return 0, false
}

// isWebAddress reports whether something of the name may have been fetched as a
// page. Crawlers keep notes of their own under other schemes.
func isWebAddress(s string) bool {
	scheme, _, ok := strings.Cut(s, ":")
	if !ok {
		return true
	}
	switch strings.ToLower(scheme) {
	case "http", "https", "ftp", "file":
		return true
	}
	return strings.ContainsAny(scheme, "./ ") // no scheme at all
}

// addressPath returns the path of an address in lower case.
func addressPath(s string) string {
	if _, rest, ok := strings.Cut(s, "://"); ok {
		i := strings.IndexByte(rest, '/')
		if i < 0 {
			return "/"
		}
		s = rest[i:]
	}
	if i := strings.IndexAny(s, "?#"); i >= 0 {
		s = s[:i]
	}
	return strings.ToLower(s)
}

// isForMachines knows the paths at which sites keep text for programs to read.
func isForMachines(name string) bool {
	switch name {
	case "/robots.txt", "/ads.txt", "/app-ads.txt", "/sellers.json", "/humans.txt", "/security.txt", "/llms.txt", "/llms-full.txt":
		return true
	}
	return strings.HasPrefix(name, "/.well-known/")
}

// headEnd returns the length of a header with the blank line that ends it, or 0
// where it does not end within b.
func headEnd(b []byte) int {
	for at := 0; ; {
		i := bytes.IndexByte(b[at:], '\n')
		if i < 0 {
			return 0
		}
		line := b[at : at+i]
		at += i + 1
		if blank := len(line) == 0 || len(line) == 1 && line[0] == '\r'; blank && at > i+1 {
			return at
		}
	}
}

// headFields yields the names and values of the fields of a header. Lines that
// are no fields are passed over, and so are lines that go on with a field.
func headFields(b []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(name, value []byte) bool) {
		for line := range bytes.SplitSeq(b, []byte("\n")) {
			name, value, ok := bytes.Cut(line, []byte(":"))
			if !ok || len(name) == 0 || name[0] == ' ' || name[0] == '\t' {
				continue
			}
			if !yield(bytes.TrimSpace(name), bytes.TrimSpace(value)) {
				return
			}
		}
	}
}

// isField compares names of fields, in which case says nothing.
func isField(name []byte, want string) bool {
	return len(name) == len(want) && strings.EqualFold(string(name), want)
}

// httpStatus reads "HTTP/1.1 200 OK". A line without a number was a success,
// for all that is known.
func httpStatus(line []byte) int {
	_, rest, _ := strings.Cut(string(bytes.TrimSpace(line)), " ")
	rest = strings.TrimLeft(rest, " ")
	n, err := strconv.Atoi(rest[:min(len(rest), 3)])
	if err != nil {
		return 200
	}
	return n
}

// charsetOf returns the label in the parameters of a Content-Type, or "".
func charsetOf(params string) string {
	for p := range strings.SplitSeq(params, ";") {
		name, value, _ := strings.Cut(p, "=")
		if strings.EqualFold(strings.TrimSpace(name), "charset") {
			return strings.Trim(value, " \t\"'")
		}
	}
	return ""
}

// webAddress makes an address or an id fit for a column: without the brackets
// that some writers put around it, in UTF-8, on one line.
func webAddress(b []byte) string {
	s := strings.ToValidUTF8(string(b), "\uFFFD")
	if strings.HasPrefix(s, "<") && strings.HasSuffix(s, ">") {
		s = s[1 : len(s)-1]
	}
	return oneLine(normalize(s))
}

// bodyDecoder takes off the encodings in which servers send pages. It may be
// used by many goroutines at once.
type bodyDecoder struct{ gzips sync.Pool }

// Limits on the encodings of a body.
const (
	maxEncodings    = 3
	bodyBombBytes   = 16 << 20 // decompressed; below it no body is a bomb
	maxChunkNumeral = 8        // digits
)

var errBodyLong = errors.New("the body is too long")

// decode takes the encodings off a body, at most limit bytes of which may come
// out. Bodies that are not encoded as they say are returned as they are. cut is
// what broke the decoding off. The error is errBodyLong or a *bombError.
func (d *bodyDecoder) decode(body []byte, chunked bool, encodings string, limit int) (out []byte, cut, err error) {
	if chunked {
		body = dechunk(body)
	}
	var names []string
	for name := range strings.SplitSeq(encodings, ",") {
		if name = strings.TrimPrefix(strings.TrimSpace(name), "x-"); name != "" {
			names = append(names, name)
		}
	}
	if len(names) == 0 && len(body) > 2 && body[0] == 0x1F && body[1] == 0x8B {
		names = append(names, "gzip")
	}
	for n := 0; len(names) > 0 && n < maxEncodings; n++ {
		name := names[len(names)-1] // the one put on last
		names = names[:len(names)-1]
		r := d.reader(name, body)
		if r == nil {
			continue
		}
		out, err := expand(r, len(body), limit)
		if c, ok := r.(io.Closer); ok {
			c.Close()
		}
		if z, ok := r.(*gzip.Reader); ok {
			d.gzips.Put(z)
		}
		if err == errBodyLong {
			return nil, nil, err
		}
		if _, ok := errors.AsType[*bombError](err); ok {
			return nil, nil, err
		}
		if err != nil && len(out) == 0 {
			return body, nil, nil // no such encoding, after all
		}
		body = out
		if err != nil {
			return body, err, nil
		}
	}
	return body, nil, nil
}

// reader returns what decodes a body of an encoding, or nil where the body
// plainly is not in it, or nothing is known of it.
func (d *bodyDecoder) reader(name string, body []byte) io.Reader {
	if sniff(body[:min(len(body), sniffBytes)]) == FormatHTML {
		return nil
	}
	in := bytes.NewReader(body)
	switch name {
	case "gzip":
		z, _ := d.gzips.Get().(*gzip.Reader)
		if z == nil {
			z = new(gzip.Reader)
		}
		if z.Reset(in) != nil {
			return nil
		}
		return z
	case "deflate": // zlib by the standard, raw as some send it
		if len(body) >= 2 && body[0]&0x0F == 8 && (int(body[0])<<8|int(body[1]))%31 == 0 {
			if z, err := zlib.NewReader(in); err == nil {
				return z
			}
			in.Reset(body)
		}
		return flate.NewReader(in)
	case "br":
		return brotli.NewReader(in)
	case "zstd":
		if compressionOf(body) != zstandard {
			return nil
		}
		z, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(8<<20)) // RFC 9659
		if err != nil {
			return nil
		}
		return z.IOReadCloser()
	}
	return nil
}

// expand reads all of r, which reads size bytes.
func expand(r io.Reader, size, limit int) (out []byte, err error) {
	defer func() {
		if p := recover(); p != nil { // as in a layer
			err = io.ErrUnexpectedEOF
		}
	}()
	out = make([]byte, 0, min(6*size+512, limit+1))
	for {
		if len(out) == cap(out) {
			out = append(out, 0)[:len(out)]
		}
		n, err := r.Read(out[len(out):min(cap(out), limit+1)])
		out = out[:len(out)+n]
		switch {
		case len(out) > min(bodyBombBytes, limit) && len(out) > bombRatio*size:
			return nil, &bombError{int64(min(bodyBombBytes, limit))}
		case len(out) > limit:
			return nil, errBodyLong
		case err == io.EOF:
			return out, nil
		case err != nil:
			return out, err
		}
	}
}

// dechunk joins the chunks of a body that was sent in chunks. A body that is not
// made of chunks is returned as it is, and one whose end is missing as far as it
// goes. It writes over b.
func dechunk(b []byte) []byte {
	ok := true
	for rest := b; ok && rest != nil; {
		_, rest, ok = cutChunk(rest)
	}
	if !ok {
		return b
	}
	n := 0
	for rest := b; rest != nil; {
		var chunk []byte
		chunk, rest, _ = cutChunk(rest)
		n += copy(b[n:], chunk)
	}
	return b[:n]
}

// cutChunk takes the first chunk off b. rest is nil behind the last one, and
// when b ends within the chunk. ok is false when b does not begin with a chunk.
func cutChunk(b []byte) (chunk, rest []byte, ok bool) {
	line := b[:min(len(b), 256)]
	end := bytes.IndexByte(line, '\n')
	if end < 0 {
		brokenOff := len(line) <= maxChunkNumeral && len(bytes.Trim(line, "0123456789abcdefABCDEF\r")) == 0
		return nil, nil, brokenOff
	}
	digits, _, _ := bytes.Cut(line[:end], []byte(";"))
	digits = bytes.TrimSpace(digits)
	if len(digits) > maxChunkNumeral {
		return nil, nil, false
	}
	size, err := strconv.ParseUint(string(digits), 16, 32)
	if err != nil {
		return nil, nil, false
	}
	b = b[end+1:]
	if size == 0 {
		return nil, nil, true
	}
	if size >= uint64(len(b)) {
		return b, nil, true
	}
	chunk, rest = b[:size], b[size:]
	switch {
	case rest[0] == '\n':
		return chunk, rest[1:], true
	case bytes.HasPrefix(rest, []byte("\r\n")):
		return chunk, rest[2:], true
	}
	return chunk, nil, len(rest) == 1 && rest[0] == '\r'
}
