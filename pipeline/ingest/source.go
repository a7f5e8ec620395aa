package ingest

import (
	"bufio"
	"io"
	"os"
	"sync/atomic"
)

// Sizes of buffers in bytes.
const (
	readAhead  = 1 << 20  // of the decompressed stream
	packAhead  = 64 << 10 // of the compressed one
	sniffBytes = 4096     // how much of the decompressed stream tells the format
)

// source is an open file, or a member of an archive, decompressed.
type source struct {
	*bufio.Reader
	raw    *rawFile
	layers []*layer // of compression, the outermost first
}

// rawFile counts what is read of a file, and remembers its error so that the
// fault of the disk is not laid on the compression.
type rawFile struct {
	r      io.Reader
	at     io.ReaderAt // the same bytes in any order, or nil where they come in theirs alone
	close  func() error
	count  *atomic.Int64 // nil in a member, whose bytes its archive counts
	layers int           // of compression around a member
	err    error
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

// maxLayers is how many compressions may lie one within the other around the
// same bytes.
const maxLayers = 2

// unpack takes compression off, which it knows by its first bytes and not by
// the name.
func (s *stream) unpack(f file, raw *rawFile) (*source, error) {
	src := &source{raw: raw}
	fits := func(size int) int { // many small files need no large buffers
		if f.size > 0 && f.size < int64(size) {
			return max(int(f.size), sniffBytes) + 1
		}
		return size
	}
	br := bufio.NewReaderSize(raw, fits(packAhead))
	for {
		head, err := br.Peek(compressionBytes)
		if err != nil && err != io.EOF {
			if len(src.layers) > 0 {
				break // a layer's error stays, for who reads on
			}
			return nil, err
		}
		kind := compressionOf(head)
		if kind == noCompression {
			break
		}
		if len(src.layers) == maxLayers {
			src.Close()
			return nil, errLayers
		}
		l, err := s.newLayer(kind, br, raw, maxWindow>>(raw.layers+len(src.layers)))
		if err != nil {
			src.Close()
			return nil, err
		}
		src.layers = append(src.layers, l)
		br = bufio.NewReaderSize(l, readAhead)
	}
	if len(src.layers) == 0 {
		br = bufio.NewReaderSize(br, fits(readAhead))
	}
	src.Reader = br
	return src, nil
}

// salvage goes on behind a fault in the compression, where that is made of
// parts that stand on their own. It reports whether there is anything behind it.
// What is read next is not the continuation of what was read before.
func (s *source) salvage() bool {
	if len(s.layers) != 1 {
		return false
	}
	return s.layers[0].salvage()
}

// tainted reports, after a fault in the compression, whether the last bytes
// before it may be wrong, because they came from the part that is at fault.
func (s *source) tainted() bool {
	return len(s.layers) != 1 || s.layers[0].gunzip == nil || s.layers[0].gunzip.some
}

// parted reports whether a part of the compression that stands on its own begins
// between two offsets in what is decompressed. The first offset must not be less
// than in an earlier call.
func (s *source) parted(from, to int64) bool {
	return len(s.layers) == 1 && s.layers[0].gunzip != nil && s.layers[0].gunzip.parted(from, to)
}

// Close ends the decompression. The file stays open.
func (s *source) Close() error {
	for _, l := range s.layers {
		l.close()
	}
	return nil
}
