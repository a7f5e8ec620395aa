package ingest

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/bzip2"
	"errors"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/zstd"
	"github.com/mikelolasagasti/xz"
	"golang.org/x/text/encoding/charmap"
)

// archiveKind is a kind of file that holds files.
type archiveKind uint8

const (
	noArchive archiveKind = iota
	zipArchive
	tarArchive
)

func (k archiveKind) String() string { return [...]string{"", "ZIP", "tar"}[k] }

// archiveOf tells by the first bytes whether a file holds files.
func archiveOf(head []byte) archiveKind {
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")), bytes.HasPrefix(head, []byte("PK\x07\x08PK")):
		return zipArchive
	case len(head) >= tarBlock && tarChecksum(head[:tarBlock]):
		return tarArchive
	}
	return noArchive
}

// tarBlock is the size in bytes of the header of a member of a tar archive.
const tarBlock = 512

// tarChecksum reports whether a block begins a tar archive: whether the bytes,
// with spaces in the place of the sum itself, add up to the sum in it.
func tarChecksum(block []byte) bool {
	want, err := strconv.ParseInt(strings.Trim(string(block[148:156]), " \x00"), 8, 32)
	if err != nil {
		return false
	}
	sum := int64(8 * ' ')
	for i, c := range block {
		if i < 148 || i >= 156 {
			sum += int64(c)
		}
	}
	return sum == want && block[0] != 0
}

// isArchiveName reports whether a file's name is that of an archive that is
// read.
func isArchiveName(name string) bool {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".tgz", ".tbz", ".tbz2", ".txz", ".tzst":
		return true
	}
	switch strings.ToLower(filepath.Ext(trimCompression(name))) {
	case ".zip", ".tar":
		return true
	}
	return false
}

// archiveError wraps what is wrong with an archive, or with the way in which it
// holds a member.
type archiveError struct {
	kind archiveKind
	err  error
}

func (e *archiveError) Error() string { return e.kind.String() + ": " + e.err.Error() }
func (e *archiveError) Unwrap() error { return e.err }

// archive is an archive being read.
type archive struct {
	*stream
	file  file
	src   *source
	depth int
	kind  archiveKind
	some  bool // members were read or refused
}

// readArchive reads the members of an archive in their order, each as a file of
// its own. It reports whether to go on.
func (s *stream) readArchive(f file, src *source, kind archiveKind, depth int) bool {
	at := place{file: f.name, offset: -1}
	if depth >= maxNesting {
		return s.fail(at.fail(TooNested, nil, "the archive lies within %d others: unpack it first", depth))
	}
	a := &archive{stream: s, file: f, src: src, depth: depth, kind: kind}
	read := a.tar
	if kind == zipArchive {
		read = a.zip
	}
	switch ok, err := read(); {
	case !ok:
		return false
	case err == errStop:
	case err == errBombInside:
		return s.fail(at.fail(Bomb, err, "a member of the archive is a decompression bomb: those behind it are not read; take it out, or unpack the archive yourself"))
	case err != nil:
		return s.fail(readError(at, err))
	case !a.some:
		return s.fail(at.fail(NoFiles, nil, "the archive holds no text, HTML, JSON or WARC files: unpack it, and name the files themselves if they have other suffixes"))
	}
	return true
}

// tar reads a tar archive. It reports whether to go on, and what is wrong with
// the archive.
func (a *archive) tar() (bool, error) {
	for tr := tar.NewReader(a.src); ; {
		h, err := tr.Next()
		switch {
		case err == io.EOF:
			return true, nil
		case err != nil && !errors.Is(err, tar.ErrInsecurePath):
			return true, a.fault(err)
		case a.ctx.Err() != nil:
			return false, nil
		}
		if h.Typeflag != tar.TypeReg && h.Typeflag != tar.TypeGNUSparse {
			continue // folders, links, devices
		}
		m := member{name: h.Name, size: h.Size}
		if h.Typeflag == tar.TypeGNUSparse || h.PAXRecords["GNU.sparse.major"] != "" || h.PAXRecords["GNU.sparse.map"] != "" {
			m.refused = func(at place) *Error {
				return at.fail(Unsupported, nil, "the member is a sparse file: pack it again without holes (tar without --sparse)")
			}
		}
		m.open = func() (io.Reader, error) { return tr, nil }
		if ok, err := a.member(&m); !ok || err == errBombInside {
			return ok, err
		} else if err != nil {
			return true, errStop
		}
	}
}

// maxDirectory is how many bytes of a ZIP archive's list of members are read:
// enough for half a million members.
const maxDirectory = 48 << 20

var errDirectory = fmt.Errorf("its list of members is longer than %d bytes", maxDirectory)

// zip reads a ZIP archive as tar does a tar archive. The list of its members
// stands at its end: one that is no file of its own is held in memory.
func (a *archive) zip() (bool, error) {
	at, size := a.src.raw.at, a.file.size
	if at == nil || len(a.src.layers) > 0 {
		limit := int64(a.opts.MaxRecord)
		data, err := io.ReadAll(io.LimitReader(a.src, limit+1))
		if err != nil {
			return true, a.fault(err)
		}
		if int64(len(data)) > limit {
			return a.fail(place{file: a.file.name, offset: -1}.fail(TooLong, nil,
				"a ZIP archive that is compressed, in another archive or on standard input may have %d bytes at most: save it as a file of its own, or raise the limit", limit)), errStop
		}
		at, size = bytes.NewReader(data), int64(len(data))
	}
	in := &counterAt{r: at, limit: maxDirectory}
	zr, err := zip.NewReader(in, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return true, a.fault(err)
	}
	in.limit = 0
	if a.src.raw.at != nil && a.src.raw.count != nil {
		in.count = a.src.raw
	}
	zr.RegisterDecompressor(zip.Deflate, flate.NewReader)
	zr.RegisterDecompressor(methodBzip2, func(r io.Reader) io.ReadCloser { return io.NopCloser(bzip2.NewReader(r)) })
	zr.RegisterDecompressor(zstd.ZipMethodWinZip, zstd.ZipDecompressor(zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow/2)))
	zr.RegisterDecompressor(methodXz, func(r io.Reader) io.ReadCloser {
		z, err := xz.NewReader(r, maxWindow/2)
		if err != nil {
			return io.NopCloser(&failing{err})
		}
		return io.NopCloser(z)
	})
	for _, f := range zr.File {
		if kind := packageOf(f.Name); kind != "" {
			return a.fail(place{file: a.file.name, offset: -1}.fail(Unsupported, nil, "the file is %s: convert it to text, HTML or JSON Lines", kind)), errStop
		}
	}
	g := a.newGauge(func() int64 { return in.n })
	for _, f := range zr.File {
		if a.ctx.Err() != nil {
			return false, nil
		}
		if !f.Mode().IsRegular() {
			continue
		}
		name := f.Name
		if f.NonUTF8 && !utf8.ValidString(name) {
			name, _ = charmap.CodePage437.NewDecoder().String(name)
		}
		m := member{name: name, size: int64(min(f.UncompressedSize64, 1<<62))}
		var rc io.ReadCloser
		m.open = func() (io.Reader, error) {
			var err error
			if rc, err = f.Open(); err != nil {
				return nil, err
			}
			return &gauged{rc, g}, nil
		}
		switch {
		case f.Flags&1 != 0:
			m.refused = func(at place) *Error {
				return at.fail(Encrypted, nil, "the member is encrypted: unpack the archive with its password first")
			}
		case !methodRead(f.Method):
			m.refused = func(at place) *Error {
				return at.fail(Unsupported, nil, "the member is compressed by method %d, which is not read: pack the archive again", f.Method)
			}
		}
		ok, err := a.member(&m)
		if rc != nil {
			rc.Close()
		}
		if !ok || err == errBombInside {
			return ok, err
		}
		// What else is wrong with one member is nothing to the next.
	}
	return true, nil
}

var (
	// errStop: what is wrong is a row already.
	errStop = errors.New("stop")
	// errBombInside: a member is a row with reason Bomb.
	errBombInside = errors.New("a decompression bomb")
)

// Compression methods of ZIP that package zip does not name.
const (
	methodBzip2 = 12
	methodXz    = 95
)

func methodRead(m uint16) bool {
	switch m {
	case zip.Store, zip.Deflate, methodBzip2, zstd.ZipMethodWinZip, methodXz:
		return true
	}
	return false
}

// packageOf tells by the name of a member that a ZIP archive is one document or
// a program, and no pile of files. It returns "" for others.
func packageOf(member string) string {
	switch {
	case member == "[Content_Types].xml":
		return "an office document"
	case member == "mimetype":
		return "an office document or an e-book"
	case member == "META-INF/MANIFEST.MF":
		return "a program"
	}
	return ""
}

// member is a file in an archive.
type member struct {
	name    string
	size    int64
	open    func() (io.Reader, error)
	refused func(place) *Error // where it is not read
}

// member reads a member, if it is one that would be read in a folder. It
// reports whether to go on, and what stopped the reading of the member in the midst
// of it, for which there is a row.
func (a *archive) member(m *member) (bool, error) {
	name := memberName(m.name)
	if hidden(name) {
		return true, nil
	}
	f := file{path: name, name: a.file.name + "!/" + name, size: m.size}
	at := place{file: f.name, offset: -1}
	raw := &rawFile{layers: a.src.raw.layers + len(a.src.layers), close: func() error { return nil }}
	open := func() bool {
		if raw.r == nil {
			r, err := m.open()
			if err != nil {
				r = &failing{err}
			}
			raw.r = &memberReader{a, r}
		}
		return true
	}
	switch fateOf(name, func() bool { return m.refused != nil || open() && raw.looksRight() }) {
	case passOver:
		a.skipped.Add(1)
		return true, nil
	case refuse:
		a.some = true
		return a.fail(refused(f.name)), nil
	}
	a.some = true
	if m.refused != nil {
		return a.fail(m.refused(at)), nil
	}
	open()
	bombs := a.bombs
	ok := a.readInput(f, raw, a.depth+1)
	if a.bombs > bombs {
		return ok, errBombInside
	}
	return ok, raw.err
}

// looksRight is readsAs of the first bytes, which stay to be read.
func (f *rawFile) looksRight() bool {
	head := make([]byte, sniffBytes)
	n, err := io.ReadFull(f.r, head)
	head = head[:n]
	rest := f.r
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		rest = &failing{err}
	}
	f.r = io.MultiReader(bytes.NewReader(head), rest)
	return readsAs(head)
}

// memberName makes a member's name fit for a column: a path within the archive,
// with slashes, in UTF-8, on one line.
func memberName(name string) string {
	name = strings.ToValidUTF8(strings.ReplaceAll(name, `\`, "/"), "\uFFFD")
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7F && r < 0xA0 || r == '\u2028' || r == '\u2029' {
			return '\uFFFD'
		}
		return r
	}, name)
	name = strings.TrimPrefix(path.Clean("/"+name), "/")
	if len(name) > maxMemberName {
		name = strings.ToValidUTF8(name[len(name)-maxMemberName:], "")
	}
	if name == "" {
		return "unnamed"
	}
	return name
}

// maxMemberName is how many bytes of the end of a member's name are kept.
const maxMemberName = 1 << 10

// hidden reports whether a member is hidden, or in a hidden folder, or made by
// a system for itself.
func hidden(name string) bool {
	for part := range strings.SplitSeq(name, "/") {
		if strings.HasPrefix(part, ".") || part == "__MACOSX" {
			return true
		}
	}
	return false
}

// fault lays an error on the archive, unless it is the fault of the file or of
// a compression around the archive.
func (a *archive) fault(err error) error {
	if a.src.raw.err != nil {
		return a.src.raw.err
	}
	if _, ok := errors.AsType[*compressionError](err); ok {
		return err
	}
	if _, ok := errors.AsType[*bombError](err); ok {
		return err
	}
	if errors.Is(err, zip.ErrFormat) && err != zip.ErrFormat {
		err = zip.ErrFormat
	}
	return &archiveError{a.kind, err}
}

// memberReader lays the errors of a member on its archive.
type memberReader struct {
	a *archive
	r io.Reader
}

func (m *memberReader) Read(p []byte) (n int, err error) {
	defer func() {
		if r := recover(); r != nil { // as in a layer
			n, err = 0, &archiveError{m.a.kind, fmt.Errorf("panic: %v", r)}
		}
	}()
	n, err = m.r.Read(p)
	if err != nil && err != io.EOF {
		err = m.a.fault(err)
	}
	return n, err
}

// counterAt counts the bytes read from anywhere in an archive, of which limit
// may be read in all, where that is not 0.
type counterAt struct {
	r        io.ReaderAt
	n, limit int64
	count    *rawFile // whose bytes they are
}

func (c *counterAt) ReadAt(p []byte, off int64) (int, error) {
	if c.limit > 0 && c.n > c.limit {
		return 0, errDirectory
	}
	n, err := c.r.ReadAt(p, off)
	c.n += int64(n)
	if c.count != nil {
		c.count.count.Add(int64(n))
		if err != nil && err != io.EOF {
			c.count.err = err
		}
	}
	return n, err
}

// gauged reads a member of a ZIP archive past the archive's gauge.
type gauged struct {
	r io.Reader
	g *gauge
}

func (g *gauged) Read(p []byte) (int, error) {
	n, err := g.r.Read(p)
	if bomb := g.g.add(n); bomb != nil {
		return 0, bomb
	}
	return n, err
}

// failing gives nothing but an error.
type failing struct{ err error }

func (f *failing) Read([]byte) (int, error) { return 0, f.err }
