package serve

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
)

// spoolMemory is how many bytes a spool holds in memory.
const spoolMemory = 256 << 10

var errSpool = errors.New("cannot write a temporary file")

// spool takes a body as fast as it arrives, and gives it out as fast as it is
// read: the beginning from memory, the rest from a temporary file. Most clients
// read no response before they have sent all of the request, and would wait for
// a server that reads no more before its response is taken.
//
// One goroutine calls fill, another one Read and then close.
type spool struct {
	mu    sync.Mutex
	more  sync.Cond
	head  []byte
	file  *os.File // nil until head is full
	size  int64
	err   error // what ended fill; io.EOF at the end of the body
	given int64 // bytes given out
	done  bool  // nobody reads any more
}

func newSpool() *spool {
	s := new(spool)
	s.more.L = &s.mu
	return s
}

// fill reads r to its end, or to an error.
func (s *spool) fill(r io.Reader) {
	buf := make([]byte, 32<<10)
	for {
		n, err := r.Read(buf)
		if n > 0 {
			if e := s.put(buf[:n]); e != nil {
				err = e
			}
		}
		if err != nil {
			s.mu.Lock()
			s.err = err
			s.more.Broadcast()
			s.mu.Unlock()
			return
		}
	}
}

func (s *spool) put(b []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.done {
		return nil
	}
	if s.file == nil && len(s.head)+len(b) <= spoolMemory {
		s.head = append(s.head, b...)
	} else {
		if s.file == nil {
			f, err := os.CreateTemp("", "onrecord-body-*")
			if err != nil {
				return fmt.Errorf("%w: %w", errSpool, err)
			}
			s.file = f
		}
		if _, err := s.file.WriteAt(b, s.size-int64(len(s.head))); err != nil {
			return fmt.Errorf("%w: %w", errSpool, err)
		}
	}
	s.size += int64(len(b))
	s.more.Signal()
	return nil
}

// Read gives out what has arrived, and waits where nothing has.
func (s *spool) Read(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.given == s.size || s.done {
		if s.done {
			return 0, os.ErrClosed
		}
		if s.err != nil {
			return 0, s.err
		}
		s.more.Wait()
	}
	var n int
	if s.given < int64(len(s.head)) {
		n = copy(b, s.head[s.given:])
	} else {
		b = b[:min(int64(len(b)), s.size-s.given)]
		var err error
		if n, err = s.file.ReadAt(b, s.given-int64(len(s.head))); n == 0 && err != nil {
			return 0, fmt.Errorf("%w: %w", errSpool, err)
		}
	}
	s.given += int64(n)
	return n, nil
}

// discard drops what still arrives, and ends Read.
func (s *spool) discard() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done = true
	s.more.Broadcast()
}

// close removes the file. fill must have returned.
func (s *spool) close() {
	if s.file != nil {
		s.file.Close()
		os.Remove(s.file.Name())
	}
}
