// Package progress tells how an extraction goes on: a person at a terminal with
// a bar, else with a line now and then, a program with JSON.
package progress

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/onrecord-nlp/onrecord/cmd/onrecord/internal/job"
	"github.com/onrecord-nlp/onrecord/pipeline/columnar"
	"github.com/onrecord-nlp/onrecord/pipeline/ingest"
)

// shown is the number of failures told of as they happen. The rest stand in
// the table of failures only.
const shown = 10

// Times between two looks at how far the run has come.
const (
	barInterval = 200 * time.Millisecond
	logInterval = 10 * time.Second
)

// Rates are those since the oldest of window looks, which are logInterval apart.
const window = 7

// Reporter tells of one job. It is a job.Watcher. In JSON each line is an object
// with time, level, msg, and what belongs to the message.
type Reporter struct {
	w   io.Writer
	bar *progressbar.ProgressBar // nil in a log
	log *slog.Logger             // nil where people read

	mu       sync.Mutex // guards all below, w and bar
	before   columnar.Totals
	totals   columnar.Totals
	failures int // told of to Failure
	reader   interface{ Progress() ingest.Progress }
	looks    []look // the latest last
	stop     context.CancelFunc
	done     sync.WaitGroup
}

// look is how far a run had come at some time.
type look struct {
	at               time.Time
	documents, words int64
	bytes            int64
}

// New returns a reporter that writes to w, as JSON where that is wanted.
func New(w io.Writer, asJSON bool) *Reporter {
	r := &Reporter{w: w, stop: func() {}}
	if asJSON {
		r.log = slog.New(slog.NewJSONHandler(w, nil))
		return r
	}
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		r.bar = progressbar.NewOptions64(-1,
			progressbar.OptionSetWriter(w), progressbar.OptionThrottle(barInterval/2),
			progressbar.OptionClearOnFinish(), progressbar.OptionSetPredictTime(false), progressbar.OptionSetElapsedTime(false),
			progressbar.OptionSetWidth(20), progressbar.OptionSetDescription("reading"))
	}
	return r
}

// Begin implements job.Watcher.
func (r *Reporter) Begin(reader *ingest.Reader, before columnar.Totals) {
	r.begin(reader, before, time.Now())
	if before != (columnar.Totals{}) {
		r.tell(slog.LevelInfo, "resumed", fmt.Sprintf("going on behind %d documents and %d failures", before.Documents, before.Failures),
			slog.Int64("documents", before.Documents), slog.Int64("failures", before.Failures))
	}
	ctx, stop := context.WithCancel(context.Background())
	r.stop = stop
	r.done.Go(func() { reader.Survey(ctx) })
	r.done.Go(func() {
		interval := logInterval
		if r.bar != nil {
			interval = barInterval
		}
		ticks := time.NewTicker(interval)
		defer ticks.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case now := <-ticks.C:
				r.look(now)
			}
		}
	})
}

func (r *Reporter) begin(reader interface{ Progress() ingest.Progress }, before columnar.Totals, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reader, r.before, r.totals = reader, before, before
	r.looks = []look{{now, before.Documents, before.Words, reader.Progress().Bytes}}
}

// Written implements job.Watcher.
func (r *Reporter) Written(t columnar.Totals) {
	r.mu.Lock()
	r.totals = t
	r.mu.Unlock()
}

// Failure implements job.Watcher. Copies that are left out on purpose are
// counted, and not told of.
func (r *Reporter) Failure(f columnar.Failure, _ error) {
	if f.Reason == job.Duplicate {
		return
	}
	r.failures++
	switch {
	case r.failures <= shown:
		r.tell(slog.LevelWarn, "failure", describe(f),
			slog.String("source", f.Source), slog.Int64("record", f.Record), slog.String("doc_id", f.DocID),
			slog.String("stage", f.Stage), slog.String("reason", f.Reason), slog.String("message", f.Message))
	case r.failures == shown+1:
		r.tell(slog.LevelWarn, "further failures stand in the table failures only", "further failures stand in the table failures only")
	}
}

// Stopping implements job.Watcher.
func (r *Reporter) Stopping(documents int) {
	r.tell(slog.LevelWarn, "stopping",
		fmt.Sprintf("interrupted: finishing the part at hand, at most %d documents more; a second interrupt stops at once", documents),
		slog.Int("documents_to_go", documents))
}

// End implements job.Watcher.
func (r *Reporter) End() {
	r.stop()
	r.done.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.bar != nil {
		r.bar.Exit()
		r.bar.Clear()
	}
}

// Error tells of an error that ended the command, in JSON, and reports whether
// it did.
func (r *Reporter) Error(err error) bool {
	if r.log == nil {
		return false
	}
	r.tell(slog.LevelError, err.Error(), "")
	return true
}

// Done tells in JSON that the job is done.
func (r *Reporter) Done(s *job.Summary) {
	if r.log == nil {
		return
	}
	reasons := make([]any, 0, len(s.Reasons))
	for _, c := range s.Reasons {
		reasons = append(reasons, slog.Int64(c.Reason, c.N))
	}
	t := s.Manifest.Totals
	msg := "done"
	if s.Before {
		msg = "was done before"
	}
	r.tell(slog.LevelInfo, msg, "",
		slog.Int64("documents", t.Documents), slog.Int64("words", t.Words), slog.Int64("quotes", t.Quotes), slog.Int64("claims", t.Claims),
		slog.Int64("speakers", t.Speakers), slog.Int64("failures", t.Failures), slog.Group("reasons", reasons...),
		slog.Float64("seconds", s.Profile.Elapsed))
}

// look tells how far the run has come.
func (r *Reporter) look(now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := r.reader.Progress()
	t := r.totals
	first := r.looks[0]
	if now.Sub(r.looks[len(r.looks)-1].at) >= logInterval {
		if len(r.looks) == window {
			r.looks = append(r.looks[:0], r.looks[1:]...)
		}
		r.looks = append(r.looks, look{now, t.Documents, t.Words, p.Bytes})
	}
	seconds := max(now.Sub(first.at).Seconds(), 1e-3)
	rate := func(n int64) float64 { return float64(n) / seconds }
	documents, words, bytes := rate(t.Documents-first.documents), rate(t.Words-first.words), rate(p.Bytes-first.bytes)
	left := time.Duration(-1)
	if p.BytesTotal > 0 && bytes > 0 {
		left = time.Duration(float64(max(p.BytesTotal-p.Bytes, 0)) / bytes * float64(time.Second))
	}
	if r.log != nil {
		attrs := []slog.Attr{
			slog.Int64("documents", t.Documents), slog.Int64("words", t.Words), slog.Int64("quotes", t.Quotes), slog.Int64("claims", t.Claims),
			slog.Int64("failures", t.Failures), slog.Int64("bytes", p.Bytes), slog.Int64("bytes_total", p.BytesTotal),
			slog.Int64("documents_per_second", int64(documents)), slog.Int64("words_per_second", int64(words)), slog.Int64("bytes_per_second", int64(bytes)),
		}
		if left >= 0 {
			attrs = append(attrs, slog.Int64("seconds_left", int64(left.Seconds())))
		}
		r.log.LogAttrs(context.Background(), slog.LevelInfo, "progress", attrs...)
		return
	}
	text := fmt.Sprintf("%d documents", t.Documents)
	if t.Failures > 0 {
		text += fmt.Sprintf(", %d failures", t.Failures)
	}
	text += fmt.Sprintf(", %.0f documents/s, %.0f words/s, %.1f MB/s", documents, words, bytes/1e6)
	if left >= 0 {
		text += ", " + duration(left) + " left"
	}
	if r.bar == nil {
		if p.BytesTotal > 0 {
			text = fmt.Sprintf("%.0f%%: %s", 100*float64(min(p.Bytes, p.BytesTotal))/float64(p.BytesTotal), text)
		}
		fmt.Fprintf(r.w, "onrecord: %s\n", text)
		return
	}
	r.bar.Describe(text)
	if p.BytesTotal > 0 && r.bar.GetMax64() != p.BytesTotal {
		r.bar.ChangeMax64(p.BytesTotal)
	}
	r.bar.Set64(p.Bytes)
}

// duration writes a time that is left as people say it.
func duration(d time.Duration) string {
	switch {
	case d < 90*time.Second:
		return fmt.Sprintf("%.0f s", d.Seconds())
	case d < 90*time.Minute:
		return fmt.Sprintf("%.0f min", d.Minutes())
	}
	return fmt.Sprintf("%.1f h", d.Hours())
}

// tell writes a message: in JSON with its parts, else as a line of its own
// above the bar.
func (r *Reporter) tell(level slog.Level, msg, line string, attrs ...slog.Attr) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.log != nil {
		r.log.LogAttrs(context.Background(), level, msg, attrs...)
		return
	}
	if r.bar != nil {
		r.bar.Clear()
	}
	fmt.Fprintf(r.w, "onrecord: %s\n", line)
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
