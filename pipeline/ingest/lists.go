package ingest

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
)

// nameList is a list of inputs, one a line or, where it holds a NUL, each ended
// by one. A file is read each time that it is gone through; standard input can
// be read once, and is held.
type nameList struct {
	path  string // "-" is standard input
	stdin io.Reader

	once sync.Once
	held []byte
	err  error
}

// maxListed is the length in bytes of the longest name in a list.
const maxListed = 64 << 10

// errName: a list is none.
var errName = fmt.Errorf("a name is longer than %d bytes: is it a list of names, one a line or each ended by NUL?", maxListed)

// each calls visit with each name, as long as that returns true. It reports
// whether to go on. The error is that of reading the list.
func (l *nameList) each(visit func(name string) bool) (bool, error) {
	var r io.Reader
	if l.path == "-" {
		l.once.Do(func() { l.held, l.err = io.ReadAll(l.stdin) })
		if l.err != nil {
			return true, l.err
		}
		r = bytes.NewReader(l.held)
	} else {
		f, err := os.Open(l.path)
		if err != nil {
			return true, err
		}
		defer f.Close()
		r = f
	}
	br := bufio.NewReaderSize(r, maxListed)
	head, _ := br.Peek(maxListed)
	end := byte('\n')
	if bytes.IndexByte(head, 0) >= 0 {
		end = 0
	}
	if bytes.HasPrefix(head, []byte(byteOrderMark)) {
		br.Discard(len(byteOrderMark))
	}
	for {
		name, err := br.ReadSlice(end)
		if errors.Is(err, bufio.ErrBufferFull) {
			return true, errName
		}
		if err != nil && err != io.EOF {
			return true, err
		}
		name = bytes.TrimSuffix(name, []byte{end})
		if end == '\n' {
			name = bytes.TrimSuffix(name, []byte{'\r'})
		}
		if len(name) > 0 && !visit(string(name)) {
			return false, nil
		}
		if err == io.EOF {
			return true, nil
		}
	}
}

// list yields the files of the inputs that a list names. It reports whether to
// go on.
func (w *walker) list(l *nameList) bool {
	goOn, err := l.each(func(name string) bool {
		if name == "-" {
			name = "./-" // standard input is named on the command line
		}
		return w.input(name)
	})
	if err == nil || !goOn {
		return goOn
	}
	name := display(l.path)
	if l.path == "-" {
		name = w.stdin
	}
	e := fileError(name, err)
	if errors.Is(err, errName) {
		e.Message = err.Error()
	}
	return w.yield(file{}, e)
}
