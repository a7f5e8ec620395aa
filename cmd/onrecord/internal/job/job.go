// Package job runs an extraction: it reads inputs, sends their documents
// through a pipeline, and writes tables and failures in the order of the input.
// It goes on with a run that broke off, ends in good order when it is asked to,
// and measures where the time goes.
package job

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/columnar"
	"github.com/onrecord-nlp/onrecord/pipeline/ingest"
)

// Reasons of failures of stages, of the writer, and of documents that were
// passed over. Those of reading are ingest.Reasons.
const (
	StageFailed         = "stage_failed"         // the stage gave an error
	Panic               = "panic"                // the stage broke off: a fault of the program
	Invalid             = "invalid"              // the layers that the stages made contradict one another
	Duplicate           = "duplicate"            // a copy of an earlier document, left out as was asked for
	UnsupportedLanguage = "unsupported_language" // the models do not read it
)

// Stages of failures, beside those of the pipeline and ingest.Stage.
const (
	dedupeStage   = "dedupe"
	languageStage = "language"
	writeStage    = "write"
)

// Job says what to extract, how, and where to.
type Job struct {
	Inputs   []string
	Reading  ingest.Options
	Pipeline *pipeline.Pipeline
	Workers  int
	Out      string
	Writing  columnar.Options
	// Config is for the manifest. A run goes on only with the configuration that
	// it was begun with, as far as the keys in Indifferent go, which are those
	// that change no byte of the tables.
	Config      any
	Indifferent []string
	// Resume goes on with the run in Out, and begins it where there is none.
	Resume bool
	// Dedupe leaves out copies of earlier documents. Else they are only marked.
	Dedupe bool
	// Languages that the models read, as BCP 47 base languages ("en"). Documents
	// in others are written without statements. nil reads all.
	Languages []string
	// Stop, when closed, asks the job to end with the shard at hand. May be nil.
	Stop  <-chan struct{}
	Watch Watcher
	// Hint adds to the message of a failure what the caller can do about it, and
	// may return "".
	Hint func(reason string) string
}

// Watcher is told how a job goes on. Its methods are called by one goroutine,
// but for Stopping.
type Watcher interface {
	// Begin is called once before anything is read. reader tells how far reading
	// has come, and may be asked by any goroutine. before is what an earlier part
	// of the run has written.
	Begin(reader *ingest.Reader, before columnar.Totals)
	// Written is called with what has been written, after every record of the
	// input.
	Written(columnar.Totals)
	// Failure is called for every failure written. err is its cause.
	Failure(f columnar.Failure, err error)
	// Stopping is called when the job was asked to stop, with the number of
	// documents that are still written at most. It may be called by any goroutine.
	Stopping(documents int)
	// End is called once after everything, however the job ended.
	End()
}

// Summary is what a finished job did.
type Summary struct {
	Manifest *columnar.Manifest
	Reasons  []Count // of failures, the most frequent first
	Profile  Profile // of this part of the run
	// PassedOver counts the files in folders and archives that say by nothing
	// that they hold articles, NoPages the records of web archives that are no
	// pages.
	PassedOver, NoPages int64
	// Before is true where the run was finished before, and there was nothing to
	// do; of the other fields only Manifest is then set.
	Before bool
}

// Count is how often a reason occurred.
type Count struct {
	Reason string `json:"reason"`
	N      int64  `json:"n"`
}

// Faults counts the failures that are none of the documents left out on purpose.
func (s *Summary) Faults() int64 {
	n := s.Manifest.Totals.Failures
	for _, c := range s.Reasons {
		if c.Reason == Duplicate {
			n -= c.N
		}
	}
	return n
}

// ErrInterrupted: the job was asked to stop, or its context cancelled, before
// it was done.
var ErrInterrupted = errors.New("interrupted")

// UnfinishedError says that a job broke off, and what it left.
type UnfinishedError struct {
	Err error
	Out string
	// Whole is what stands in the finished shards, from which the run can go on.
	Whole columnar.Totals
}

func (e *UnfinishedError) Error() string {
	if e.Whole == (columnar.Totals{}) {
		if entries, err := os.ReadDir(e.Out); err != nil || len(entries) == 0 {
			return fmt.Sprintf("%v: no part was whole, and nothing was left in %s", e.Err, e.Out)
		}
		return fmt.Sprintf("%v: no part was whole", e.Err)
	}
	return fmt.Sprintf("%v: the finished parts stay in %s, with %d documents and %d failures", e.Err, e.Out, e.Whole.Documents, e.Whole.Failures)
}

func (e *UnfinishedError) Unwrap() error { return e.Err }

// Run does the job. What cannot be read or processed becomes a failure and
// leaves the rest whole; a document on which a stage failed is written with
// the layers made before. An error means that the run did not finish: no
// manifest is written, and nothing stays but whole files; it is an
// [*UnfinishedError] where the run had begun.
func Run(ctx context.Context, j Job) (*Summary, error) {
	if err := j.outside(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r, err := j.begin()
	if err != nil {
		return nil, err
	}
	if r.writer == nil {
		return &Summary{Manifest: r.done, Before: true}, nil
	}
	defer r.writer.Abort() // does nothing after Close
	j.Watch.Begin(r.reader, r.whole)
	defer j.Watch.End()
	m, err := r.run(ctx, cancel)
	if err != nil {
		r.writer.Abort()
		return nil, &UnfinishedError{err, j.Out, r.whole}
	}
	p := r.reader.Progress()
	s := &Summary{Manifest: m, PassedOver: p.Skipped, NoPages: p.PassedOver}
	for reason, n := range r.Reasons {
		s.Reasons = append(s.Reasons, Count{reason, n})
	}
	slices.SortFunc(s.Reasons, func(a, b Count) int {
		if a.N != b.N {
			return int(b.N - a.N)
		}
		return strings.Compare(a.Reason, b.Reason)
	})
	s.Profile = r.profile(s)
	return s, nil
}

// rows takes what a job finds. Errors of Write are those of columnar.Writer.
type rows interface {
	Write(*pipeline.Document) error
	Fail(columnar.Failure) error
}

// run is a job at work.
type run struct {
	*Job
	out    rows // the writer, where there is one
	reader *ingest.Reader
	writer *columnar.Writer
	screen *screen
	clock  *clock
	brake  brake

	started time.Time
	state                      // of the results written
	before  columnar.Totals    // by an earlier part of the run
	whole   columnar.Totals    // in finished shards
	done    *columnar.Manifest // of a run that was finished before; writer is then nil
}

// run reads, processes and writes.
func (r *run) run(ctx context.Context, cancel context.CancelFunc) (*columnar.Manifest, error) {
	piped := slices.Contains(r.Inputs, "-") || r.Reading.FilesFrom == "-"
	release := r.brake.watch(r.Stop, piped, cancel, r.Watch.Stopping)
	defer release()
	info := columnar.ManifestInfo{Inputs: r.Inputs, Config: r.Config, Started: r.started}
	results := r.Mark.Results
	documents := detach(ctx, r.screen.documents(r.reader.Documents(ctx)))
	for res := range r.clock.pipeline(r.Pipeline).Run(ctx, documents, r.Workers) {
		results++
		err := r.take(res, results, info)
		if err == nil && r.brake.at(r.writer.ToGo()) {
			err = ErrInterrupted
		}
		if err != nil {
			cancel() // or the end would wait for an input that may say nothing
			return nil, err
		}
	}
	if ctx.Err() != nil {
		return nil, ErrInterrupted
	}
	began := time.Now()
	info.Finished = began
	m, err := r.writer.Close(info)
	r.clock.writing += time.Since(began)
	return m, err
}

// take writes the result of that number, counted from 1, and ends the shard that
// it fills.
func (r *run) take(res pipeline.Result, number int64, info columnar.ManifestInfo) error {
	began := time.Now()
	if err := r.write(res); err != nil {
		return err
	}
	if r.writer.Full() {
		r.Mark = r.reader.MarkAt(number)
		if err := r.writer.EndShard(info, r.state); err != nil {
			return err
		}
		r.whole = r.writer.Totals()
	}
	r.clock.writing += time.Since(began)
	r.Watch.Written(r.writer.Totals())
	return nil
}

// write writes a result: a document, failures, or both. Its error ends the
// run.
func (r *run) write(res pipeline.Result) error {
	doc, read := res.Doc, res.Read
	var skip *skipped
	if errors.As(read, &skip) {
		doc, read = skip.doc, skip.read
	}
	if doc != nil {
		err := r.out.Write(doc)
		var de *columnar.DocumentError
		switch {
		case err == nil:
			r.documents++
		case errors.As(err, &de):
			r.lose(doc)
			f := columnar.Failure{Source: doc.Source, DocID: doc.ID, Stage: writeStage, Reason: Invalid, Message: firstLine(de.Err.Error())}
			if err := r.fail(f, err); err != nil {
				return err
			}
		default:
			return err
		}
	}
	if read != nil {
		if err := r.fail(r.failure(doc, read), read); err != nil {
			return err
		}
	}
	if skip != nil {
		return r.fail(skip.failure, skip)
	}
	if res.Err != nil {
		return r.fail(r.failure(doc, res.Err), res.Err)
	}
	return nil
}

func (r *run) fail(f columnar.Failure, cause error) error {
	f.Message += r.Hint(f.Reason)
	var read *ingest.Error
	if errors.As(cause, &read) && read.Byte >= 0 {
		f.Message += fmt.Sprintf(" (at byte %d)", read.Byte)
	}
	r.Reasons[f.Reason]++
	r.Watch.Failure(f, cause)
	return r.out.Fail(f)
}

// failure is the row of what went wrong with doc, which may be nil.
func (r *run) failure(doc *pipeline.Document, cause error) columnar.Failure {
	var (
		read  *ingest.Error
		stage *pipeline.StageError
		panic *pipeline.PanicError
	)
	switch {
	case errors.As(cause, &read):
		return columnar.Failure{
			Source: read.Source, Record: read.Record, DocID: read.DocID,
			Stage: ingest.Stage, Reason: string(read.Reason), Message: read.Message,
		}
	case errors.As(cause, &stage):
		f := columnar.Failure{Source: doc.Source, DocID: doc.ID, Stage: stage.Stage, Reason: StageFailed, Message: firstLine(stage.Err.Error())}
		if errors.As(cause, &panic) {
			f.Reason = Panic
		}
		return f
	}
	return columnar.Failure{Stage: ingest.Stage, Reason: string(ingest.Unreadable), Message: firstLine(cause.Error())}
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return s
}
