package ingest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"sync"
)

// Mark is a place in the stream of a [Reader], from which another Reader over
// the same inputs goes on ([Options.From]). It is made by [Reader.MarkAt], and
// keeps its meaning when it is encoded as JSON.
type Mark struct {
	Results int64 `json:"results"` // that were yielded before the place
	Inputs  int64 `json:"inputs"`  // files read to the end, and inputs that named none
	Before  int64 `json:"before"`  // results of these
	// Listing is a hash of the names and sizes of these and of the input in
	// which the place lies.
	Listing string `json:"listing"`
}

// ErrChanged: the inputs are not those that a mark was made in.
var ErrChanged = errors.New("the inputs have changed")

// marks remembers where files began, as far back as somebody may ask.
type marks struct {
	mu    sync.Mutex
	began []Mark
}

func (m *marks) begin(at Mark) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.began = append(m.began, at)
}

// MarkAt returns the place after the first n results of Documents, those of
// the earlier parts of the run included. n must not be less than in an earlier
// call. It may be called by any goroutine, and needs to be called now and then
// where there are many small files, since it forgets the starts of those passed.
func (r *Reader) MarkAt(n int64) Mark {
	m := &r.marks
	m.mu.Lock()
	defer m.mu.Unlock()
	i := 0
	for i+1 < len(m.began) && m.began[i+1].Before <= n {
		i++
	}
	if len(m.began) == 0 {
		if r.opts.From != nil {
			return *r.opts.From
		}
		return Mark{}
	}
	m.began = append(m.began[:0], m.began[i:]...)
	at := m.began[0]
	at.Results = n
	return at
}

// check reports, as an error, when the inputs are not those of the mark, as
// far as names and sizes tell.
func (r *Reader) check(from *Mark) error {
	if from.Results < from.Before || from.Before < 0 || from.Inputs < 0 {
		return fmt.Errorf("ingest: the mark is no mark of a run: %+v", *from)
	}
	if *from == (Mark{}) {
		return nil // the beginning
	}
	var l listing
	for f, err := range r.files(context.Background(), nil) {
		l.add(f, err)
		if l.n == from.Inputs+1 {
			break
		}
	}
	if l.String() != from.Listing {
		return fmt.Errorf("ingest: %w since the run began: of the first %d, one was added, removed or has another size", ErrChanged, from.Inputs+1)
	}
	return nil
}

// listing is a running hash of the inputs passed.
type listing struct {
	n   int64
	sum [sha256.Size]byte
}

func (l *listing) add(f file, err *Error) {
	l.n++
	b := append(l.sum[:len(l.sum):len(l.sum)], strconv.FormatInt(f.size, 10)...)
	b = append(b, ' ')
	if err != nil {
		b = append(b, "! "+err.Source...)
	} else {
		b = append(b, f.path...)
	}
	l.sum = sha256.Sum256(b)
}

func (l *listing) String() string { return hex.EncodeToString(l.sum[:16]) }
