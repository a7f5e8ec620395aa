package serve

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"
)

// minRate is how many bytes a second a client must send and take at least, after
// Timeout.
const minRate = 16 << 10

// patience bounds how long a client may keep the server waiting: timeout at a
// time, and in all a second for each minRate bytes beyond it. Time that the
// server needs does not count.
type patience struct {
	timeout     time.Duration
	setDeadline func(time.Time) error
	waited      time.Duration
	moved       int64
}

// wait calls f, which moves bytes to or from the client.
func (p *patience) wait(f func() (int, error)) (int, error) {
	began := time.Now()
	left := p.timeout + min(0, time.Duration(p.moved)*(time.Second/minRate)-p.waited)
	if err := p.setDeadline(began.Add(max(left, time.Millisecond))); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return 0, err
	}
	n, err := f()
	p.waited += time.Since(began)
	p.moved += int64(n)
	return n, err
}

type patientReader struct {
	patience
	r io.Reader
}

func (p *patientReader) Read(b []byte) (int, error) {
	n, err := p.wait(func() (int, error) { return p.r.Read(b) })
	if err == io.EOF {
		// From here on net/http reads in the background, to learn whether the client
		// is still there, and would take a deadline for its going away.
		p.setDeadline(time.Time{})
	}
	return n, err
}

type patientWriter struct {
	patience
	w      http.ResponseWriter
	unsent bool // something is written that was not flushed
}

func (p *patientWriter) Write(b []byte) (int, error) {
	p.unsent = true
	return p.wait(func() (int, error) { return p.w.Write(b) })
}

// flush sends what was written, if anything was.
func (p *patientWriter) flush() error {
	if !p.unsent {
		return nil
	}
	p.unsent = false
	_, err := p.wait(func() (int, error) { return 0, http.NewResponseController(p.w).Flush() })
	return err
}

// tooLongError says that a body is longer than a limit.
type tooLongError struct{ limit int64 }

func (e *tooLongError) Error() string { return fmt.Sprintf("longer than %d bytes", e.limit) }

// limitReader fails once more than limit bytes have come out of it.
type limitReader struct {
	r           io.Reader
	left, limit int64
}

func limit(r io.Reader, n int64) *limitReader { return &limitReader{r, n, n} }

func (l *limitReader) Read(b []byte) (int, error) {
	if int64(len(b)) > l.left+1 {
		b = b[:l.left+1]
	}
	n, err := l.r.Read(b)
	if int64(n) > l.left {
		n, l.left = int(l.left), 0
		return n, &tooLongError{l.limit}
	}
	l.left -= int64(n)
	return n, err
}

// patient returns the request's body as a client sends it that does not keep the
// server waiting, and no more than n bytes.
func (s *Server) patient(x *exchange, n int64) io.Reader {
	return limit(&patientReader{patience{timeout: s.Timeout, setDeadline: x.ctl.SetReadDeadline}, x.r.Body}, n)
}

// encoding returns the Content-Encoding of the request, "gzip" or "", and
// refuses others.
func (x *exchange) encoding() (string, *problem) {
	switch name := strings.ToLower(strings.TrimSpace(strings.Join(x.r.Header.Values("Content-Encoding"), ","))); name {
	case "", "identity":
		return "", nil
	case "gzip", "x-gzip":
		return "gzip", nil
	default:
		x.w.Header().Set("Accept-Encoding", "gzip") // RFC 9110, 12.5.3
		return "", problemf(http.StatusUnsupportedMediaType, "content_encoding", "The Content-Encoding %.100q is not read here: send the body as it is, or in gzip.", name)
	}
}

// declared refuses a body that says itself that it is too long.
func (x *exchange) declared(n int64) *problem {
	if x.r.ContentLength > n {
		return bodyProblem(&tooLongError{n})
	}
	return nil
}

// decoded takes the encoding off, and lets no more than n bytes through.
func decoded(body io.Reader, encoding string, n int64) (io.Reader, *problem) {
	if encoding == "" {
		return limit(body, n), nil
	}
	z, err := gzip.NewReader(body)
	if err != nil {
		return nil, bodyProblem(err)
	}
	return limit(z, n), nil
}

// bodyProblem says why a body could not be read to its end.
func bodyProblem(err error) *problem {
	var long *tooLongError
	switch {
	case errors.As(err, &long):
		return problemf(http.StatusRequestEntityTooLarge, "too_long", "The body is longer than %d bytes: send less, or start the server with a larger limit.", long.limit)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return problemf(http.StatusRequestTimeout, "slow", "The body did not arrive in time: send it faster, or in parts.")
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum), isCorrupt(err):
		return problemf(http.StatusBadRequest, "corrupt_compression", "The body is not gzip, or broken (%v): compress it anew, or send it without Content-Encoding.", err)
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return problemf(http.StatusBadRequest, "cut_off", "The body is cut off: send it whole.")
	case errors.Is(err, errSpool):
		return problemf(http.StatusInternalServerError, "spool", "The body could not be kept in a temporary file: see to the room in the folder for those, or name another one by TMPDIR.")
	}
	return problemf(http.StatusBadRequest, "unreadable", "The body could not be read: send it anew.")
}

func isCorrupt(err error) bool { return strings.Contains(err.Error(), "flate: corrupt input") }
