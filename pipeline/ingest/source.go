package ingest

import (
	"bufio"
	"io"
	"os"
	"sync/atomic"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Sizes of buffers in bytes.
const (
	readAhead  = 1 << 20   // of the decompressed stream
	sniffBytes = 4096      // how much of it tells the format
	maxWindow  = 128 << 20 // the largest window of Zstandard: that of its --ultra --long=27
)

// source is an open file, or a member of an archive, decompressed.
type source struct {
	*bufio.Reader
	raw    *rawFile
	unpack io.Closer // the decompressor, or nil
	packed string    // "gzip", "Zstandard" or ""
}

// rawFile counts what is read of a file, and remembers its error so that the
// fault of the disk is not laid on the compression.
type rawFile struct {
	r     io.Reader
	at    io.ReaderAt // the same bytes in any order, or nil where they come in theirs alone
	close func() error
	count *atomic.Int64 // nil in a member, whose bytes its archive counts
	err   error
}

func (f *rawFile) Read(p []byte) (int, error) {
	n, err := f.r.Read(p)
	if f.count != nil {
		f.count.Add(int64(n))
	}
	if err != nil && err != io.EOF {
		f.err = err
	}
	return n, err
}

// compressionError wraps what a decompressor complains of.
type compressionError struct {
	kind string
	err  error
}

func (e *compressionError) Error() string { return e.kind + ": " + e.err.Error() }
func (e *compressionError) Unwrap() error { return e.err }

// open opens a file, or standard input.
func (r *Reader) open(f file) (*rawFile, error) {
	raw := &rawFile{count: &r.bytes, close: func() error { return nil }}
	if f.path == "-" {
		raw.r = r.opts.Stdin
		return raw, nil
	}
	file, err := os.Open(f.path)
	if err != nil {
		return nil, err
	}
	raw.r, raw.close = file, file.Close
	if f.size > 0 {
		raw.at = file
	}
	return raw, nil
}

// unpack takes compression off, which it knows by its first bytes and not by
// the name.
func unpack(f file, raw *rawFile) (*source, error) {
	packed := bufio.NewReaderSize(raw, 64<<10)
	s := &source{raw: raw}
	magic, err := packed.Peek(4)
	if err != nil && err != io.EOF {
		return nil, err
	}
	var plain io.Reader = packed
	switch {
	case len(magic) >= 2 && magic[0] == 0x1F && magic[1] == 0x8B:
		s.packed = "gzip"
		z, err := gzip.NewReader(packed)
		if err != nil {
			return nil, &compressionError{s.packed, err}
		}
		plain, s.unpack = z, z
	case len(magic) == 4 && (string(magic) == "\x28\xB5\x2F\xFD" || magic[0]>>4 == 5 && string(magic[1:]) == "\x2A\x4D\x18"):
		s.packed = "Zstandard"
		z, err := zstd.NewReader(packed, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return nil, &compressionError{s.packed, err}
		}
		plain, s.unpack = z, z.IOReadCloser()
	}
	size := readAhead
	if f.size > 0 && f.size < readAhead && s.packed == "" {
		size = max(int(f.size), sniffBytes) + 1 // many small files need no large buffers
	}
	s.Reader = bufio.NewReaderSize(&unpacked{plain, s}, size)
	return s, nil
}

// unpacked tells the errors of decompression from those of reading.
type unpacked struct {
	r io.Reader
	s *source
}

func (u *unpacked) Read(p []byte) (int, error) {
	n, err := u.r.Read(p)
	if err != nil && err != io.EOF && u.s.packed != "" && u.s.raw.err == nil {
		err = &compressionError{u.s.packed, err}
	}
	return n, err
}

// Close ends the decompression. The file stays open.
func (s *source) Close() error {
	if s.unpack != nil {
		return s.unpack.Close()
	}
	return nil
}
