package serve

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
)

// heldPerWorker is how many records of a batch are held for each worker, as long
// as together they are no longer than MaxRecord.
const heldPerWorker = 4

// recordError stands in the place of a record that failed.
type recordError struct {
	Record int      `json:"record"` // line or element, from 1
	ID     string   `json:"id,omitempty"`
	Error  *problem `json:"error"`
}

// batch answers a batch record for record, while it arrives.
func (s *Server) batch(x *exchange) {
	in, ok := x.consumes(mediaNDJSON, mediaJSON)
	if !ok {
		return
	}
	offers := []string{in.media, mediaNDJSON, mediaJSON}
	out := negotiate(x.r.Header, offers...)
	if out == "" {
		x.produces(mediaNDJSON)
		return
	}
	leave, ok := s.admit(x)
	if !ok {
		return
	}
	defer leave()
	b := &batch{Server: s, x: x, array: out == mediaJSON}
	if p := b.run(in); p != nil {
		s.metrics.failures.WithLabelValues(p.code()).Inc()
		x.failures++
		x.fail(p)
	}
}

// batch is one at work.
type batch struct {
	*Server
	x     *exchange
	array bool // of the response
}

// result is what one record becomes.
type result struct {
	number int
	id     string
	size   int64
	line   []byte
	p      *problem // in the place of line
	done   chan struct{}
}

// run reads, processes and answers. Its problem concerns all of the batch, of
// which then nothing was answered. It panics with http.ErrAbortHandler where the
// client is gone.
func (b *batch) run(c content) *problem {
	encoding, p := b.x.encoding()
	if p == nil {
		p = b.x.declared(b.MaxBody)
	}
	if p != nil {
		return p
	}
	b.x.ctl.EnableFullDuplex() // answer while the request arrives
	body := newSpool()
	var filling, working sync.WaitGroup
	filled := make(chan struct{})
	filling.Go(func() {
		defer close(filled)
		body.fill(b.patient(b.x, b.MaxBody))
	})
	// The request's context ends with a client that is gone, and with one that is
	// only slow, to which what it has sent is still answered.
	ctx, cancel := context.WithCancel(context.WithoutCancel(b.x.r.Context()))
	stop := context.AfterFunc(b.x.r.Context(), func() {
		if <-filled; !errors.Is(body.err, os.ErrDeadlineExceeded) {
			cancel()
		}
	})
	gone := false
	defer func() {
		stop()
		cancel()
		if gone {
			b.x.ctl.SetReadDeadline(time.Now())
		}
		body.discard() // the rest, without which clients do not come to the response
		working.Wait()
		filling.Wait()
		body.close()
		if gone {
			panic(http.ErrAbortHandler)
		}
	}()
	r, p := decoded(body, encoding, b.MaxBody)
	if p != nil {
		return p
	}
	rr := newRecords(r, c.media == mediaJSON, b.MaxRecord)
	first, err := rr.next()
	if err == io.EOF && body.given == 0 {
		return problemf(http.StatusBadRequest, "empty", "The body is empty: send JSON Lines or an array.")
	}
	if err != nil && err != io.EOF {
		return batchProblem(err)
	}
	queue := make(chan *result, heldPerWorker*b.Workers)
	room := semaphore.NewWeighted(b.MaxRecord)
	working.Go(func() {
		defer close(queue)
		b.read(ctx, rr, first, err, room, queue, &working)
	})
	gone = b.answer(ctx, queue, room) != nil
	return nil
}

// read starts the work on each record, and puts it into the queue.
func (b *batch) read(ctx context.Context, rr *records, rec raw, err error, room *semaphore.Weighted, queue chan<- *result, working *sync.WaitGroup) {
	for ; err != io.EOF; rec, err = rr.next() {
		res := &result{number: rec.number, size: min(int64(len(rec.data)), b.MaxRecord), done: make(chan struct{})}
		if room.Acquire(ctx, res.size) != nil {
			return
		}
		select {
		case queue <- res:
		case <-ctx.Done():
			return
		}
		switch {
		case err != nil:
			res.p = batchProblem(err)
			close(res.done)
			return
		case rec.data == nil:
			res.p = problemf(http.StatusRequestEntityTooLarge, "too_long", "The record is longer than %d bytes: cut it, or start the server with a larger --max-record.", b.MaxRecord)
			close(res.done)
		default:
			data := rec.data
			working.Go(func() {
				defer close(res.done)
				in := input{source: fmt.Sprintf("body#%d", res.number)}
				if res.p = in.readJSON(data); res.p == nil {
					res.id = in.single.ID
					res.line, res.p = b.article(ctx, &in)
				}
			})
		}
	}
}

// answer writes the results in the order of the records, and sends what it has
// wherever it has to wait. It returns an error where the client takes no more.
func (b *batch) answer(ctx context.Context, queue <-chan *result, room *semaphore.Weighted) error {
	media, opened, before, behind, closed := mediaNDJSON, "", "", "\n", ""
	if b.array {
		media, opened, before, behind, closed = mediaJSON, "[", ",\n", "", "]\n"
	}
	b.x.w.Header().Set("Content-Type", media)
	to := &patientWriter{patience: patience{timeout: b.Timeout, setDeadline: b.x.ctl.SetWriteDeadline}, w: b.x.w}
	w := bufio.NewWriterSize(to, 32<<10)
	w.WriteString(opened)
	some := false
	for {
		res, ok := await(queue, w, to)
		if !ok {
			break
		}
		select {
		case <-res.done:
		default:
			if err := flush(w, to); err != nil {
				return err
			}
			<-res.done
		}
		room.Release(res.size)
		if some {
			w.WriteString(before)
		}
		some = true
		w.Write(b.line(res))
		if _, err := w.WriteString(behind); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	w.WriteString(closed)
	return w.Flush()
}

// await takes the next result, and sends what is written where it has to wait.
func await(queue <-chan *result, w *bufio.Writer, to *patientWriter) (*result, bool) {
	select {
	case res, ok := <-queue:
		return res, ok
	default:
	}
	flush(w, to)
	res, ok := <-queue
	return res, ok
}

// flush sends what is written.
func flush(w *bufio.Writer, to *patientWriter) error {
	if err := w.Flush(); err != nil {
		return err
	}
	return to.flush()
}

// line is what is written for a record.
func (b *batch) line(res *result) []byte {
	if res.p == nil {
		b.x.documents++
		return res.line
	}
	b.x.failures++
	b.metrics.failures.WithLabelValues(res.p.code()).Inc()
	line, err := json.Marshal(recordError{res.number, res.id, res.p})
	if err != nil {
		panic(err)
	}
	return line
}

// batchProblem says what broke a batch off.
func batchProblem(err error) *problem {
	if errors.Is(err, errNoArray) || errors.Is(err, errCut) || errors.Is(err, errBehind) {
		return problemf(http.StatusBadRequest, "bad_json", "%s.", upper(err.Error()))
	}
	return bodyProblem(err)
}
