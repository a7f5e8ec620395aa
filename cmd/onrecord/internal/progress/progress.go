// Package progress tells a person how an extraction goes on: with a bar on a
// terminal, with a line now and then elsewhere.
package progress

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/onrecord-nlp/onrecord/pipeline/columnar"
	"github.com/onrecord-nlp/onrecord/pipeline/ingest"
)

// shown is the number of failures told of as they happen. The rest stand in
// the table of failures only.
const shown = 10

// interval is the time between two lines of the log.
const interval = 10 * time.Second

// Reporter tells of one job. It is a job.Watcher.
type Reporter struct {
	w   io.Writer
	bar *progressbar.ProgressBar // nil in a log

	mu        sync.Mutex // guards w and bar
	started   time.Time
	documents int64
	failures  int64
	last      time.Time
	reader    *ingest.Reader
	stop      context.CancelFunc
}

// New returns a reporter that writes to w.
func New(w io.Writer) *Reporter {
	r := &Reporter{w: w, stop: func() {}}
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		r.bar = progressbar.NewOptions64(-1,
			progressbar.OptionSetWriter(w), progressbar.OptionShowBytes(true), progressbar.OptionThrottle(100*time.Millisecond),
			progressbar.OptionClearOnFinish(), progressbar.OptionSetPredictTime(true), progressbar.OptionSetWidth(30),
			progressbar.OptionSetDescription("reading"))
	}
	return r
}

// Begin implements job.Watcher.
func (r *Reporter) Begin(reader *ingest.Reader) {
	r.reader = reader
	r.started = time.Now()
	r.last = r.started
	if r.bar == nil {
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	r.stop = stop
	go func() {
		reader.Survey(ctx)
		if total := reader.Progress().BytesTotal; total > 0 && ctx.Err() == nil {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.bar.ChangeMax64(total)
		}
	}()
}

// Document implements job.Watcher.
func (r *Reporter) Document() {
	r.documents++
	if r.documents%16 == 0 {
		r.tick()
	}
}

// Failure implements job.Watcher.
func (r *Reporter) Failure(f columnar.Failure, _ error) {
	r.failures++
	if r.failures <= shown {
		r.line("%s", describe(f))
	}
	if r.failures == shown+1 {
		r.line("further failures stand in the table failures only")
	}
	r.tick()
}

// End implements job.Watcher.
func (r *Reporter) End() {
	r.stop()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.bar != nil {
		r.bar.Exit()
		r.bar.Clear()
	}
}

func (r *Reporter) tick() {
	now := time.Now()
	if r.bar != nil {
		if now.Sub(r.last) < 100*time.Millisecond {
			return
		}
		r.last = now
		r.mu.Lock()
		defer r.mu.Unlock()
		r.bar.Describe(r.counts())
		r.bar.Set64(r.reader.Progress().Bytes)
		return
	}
	if now.Sub(r.last) >= interval {
		r.last = now
		p := r.reader.Progress()
		r.line("%s, %d MB read, %.0f s", r.counts(), p.Bytes/1e6, now.Sub(r.started).Seconds())
	}
}

func (r *Reporter) counts() string {
	s := fmt.Sprintf("%d documents", r.documents)
	if r.failures > 0 {
		s += fmt.Sprintf(", %d failures", r.failures)
	}
	return s
}

// line writes a line of its own, above the bar.
func (r *Reporter) line(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.bar != nil {
		r.bar.Clear()
	}
	fmt.Fprintf(r.w, "onrecord: "+format+"\n", args...)
}

func describe(f columnar.Failure) string {
	var b strings.Builder
	b.WriteString(f.Source)
	if f.Record > 0 {
		fmt.Fprintf(&b, ": record %d", f.Record)
	}
	if f.DocID != "" && f.DocID != f.Source {
		fmt.Fprintf(&b, ": document %q", f.DocID)
	}
	if f.Stage != ingest.Stage {
		fmt.Fprintf(&b, ": stage %s", f.Stage)
	}
	fmt.Fprintf(&b, ": %s: %s", f.Reason, f.Message)
	return b.String()
}
