// Package job runs an extraction: it reads inputs, sends their documents
// through a pipeline, and writes tables and failures in the order of the input.
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

// Reasons of failures of stages and of the writer. Those of reading are
// ingest.Reasons.
const (
	StageFailed = "stage_failed" // the stage gave an error
	Panic       = "panic"        // the stage broke off: a fault of the program
	Invalid     = "invalid"      // the layers that the stages made contradict one another
)

// writeStage is the stage of failures of the writer.
const writeStage = "write"

// Job says what to extract, how, and where to.
type Job struct {
	Inputs   []string
	Reading  ingest.Options
	Pipeline *pipeline.Pipeline
	Workers  int
	Out      string
	Writing  columnar.Options
	Config   any // for the manifest
	Watch    Watcher
	// Hint adds to the message of a failure of reading what the caller can do
	// about it, and may return "".
	Hint func(reason ingest.Reason) string
}

// Watcher is told how a job goes on. Its methods are called by one goroutine.
type Watcher interface {
	// Begin is called once before anything is read. reader tells how far reading
	// has come, and may be asked by any goroutine.
	Begin(reader *ingest.Reader)
	// Document is called for every document written.
	Document()
	// Failure is called for every failure written. err is its cause.
	Failure(f columnar.Failure, err error)
	// End is called once after everything, however the job ended.
	End()
}

// Summary is what a finished job did.
type Summary struct {
	Manifest *columnar.Manifest
	Reasons  []Count // of failures, the most frequent first
	Elapsed  time.Duration
	// PassedOver counts the files in folders that say by nothing that they hold
	// articles.
	PassedOver int64
}

// Count is how often a reason occurred.
type Count struct {
	Reason string
	N      int
}

// ErrInterrupted: the context was cancelled before the job was done.
var ErrInterrupted = errors.New("interrupted")

// Run does the job. What cannot be read or processed becomes a failure and
// leaves the rest whole; a document on which a stage failed is written with
// the layers made before. An error means that the run did not finish: no
// manifest is written, and nothing stays but whole files.
func Run(ctx context.Context, j Job) (*Summary, error) {
	if err := j.outside(); err != nil {
		return nil, err
	}
	if slices.Contains(j.Inputs, "-") && j.Reading.Stdin == nil {
		j.Reading.Stdin = untilDone(ctx, os.Stdin)
	}
	reader, err := ingest.Open(j.Inputs, j.Reading)
	if err != nil {
		return nil, err
	}
	started := time.Now()
	writer, err := columnar.Create(j.Out, j.Writing)
	if err != nil {
		return nil, err
	}
	defer writer.Abort() // does nothing after Close
	j.Watch.Begin(reader)
	defer j.Watch.End()

	reasons := make(map[string]int)
	fail := func(f columnar.Failure, cause error) error {
		reasons[f.Reason]++
		j.Watch.Failure(f, cause)
		return writer.Fail(f)
	}
	documents := 0
	for res := range j.Pipeline.Run(ctx, reader.Documents(ctx), j.Workers) {
		if err := j.write(writer, res, fail); err != nil {
			return nil, err
		}
		if res.Doc != nil {
			documents++
			j.Watch.Document()
		}
	}
	if ctx.Err() != nil {
		writer.Abort()
		return nil, j.interrupted(documents)
	}
	finished := time.Now()
	m, err := writer.Close(columnar.ManifestInfo{Inputs: j.Inputs, Config: j.Config, Started: started, Finished: finished})
	if err != nil {
		return nil, err
	}
	s := &Summary{Manifest: m, Elapsed: time.Since(started), PassedOver: reader.Progress().Skipped}
	for r, n := range reasons {
		s.Reasons = append(s.Reasons, Count{r, n})
	}
	slices.SortFunc(s.Reasons, func(a, b Count) int {
		if a.N != b.N {
			return b.N - a.N
		}
		return strings.Compare(a.Reason, b.Reason)
	})
	return s, nil
}

// write writes a result: a document, a failure, or both. Its error ends the
// run.
func (j *Job) write(w *columnar.Writer, res pipeline.Result, fail func(columnar.Failure, error) error) error {
	if res.Doc != nil {
		err := w.Write(res.Doc)
		var de *columnar.DocumentError
		switch {
		case errors.As(err, &de):
			f := columnar.Failure{Source: res.Doc.Source, DocID: res.Doc.ID, Stage: writeStage, Reason: Invalid, Message: firstLine(de.Err.Error())}
			if err := fail(f, err); err != nil {
				return err
			}
		case err != nil:
			return err
		}
	}
	for _, cause := range []error{res.Read, res.Err} {
		if cause == nil {
			continue
		}
		if err := fail(j.failure(res.Doc, cause), cause); err != nil {
			return err
		}
	}
	return nil
}

// failure is the row of what went wrong with doc, which may be nil.
func (j *Job) failure(doc *pipeline.Document, cause error) columnar.Failure {
	var (
		read  *ingest.Error
		stage *pipeline.StageError
		panic *pipeline.PanicError
	)
	switch {
	case errors.As(cause, &read):
		return columnar.Failure{
			Source: read.Source, Record: read.Record, DocID: read.DocID,
			Stage: ingest.Stage, Reason: string(read.Reason), Message: read.Message + j.Hint(read.Reason) + place(read.Byte),
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

func place(byte int64) string {
	if byte < 0 {
		return ""
	}
	return fmt.Sprintf(" (at byte %d)", byte)
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return s
}

// interrupted says what an interrupted run leaves.
func (j *Job) interrupted(documents int) error {
	left := "nothing was left in " + j.Out
	if entries, err := os.ReadDir(j.Out); err == nil && len(entries) > 0 {
		left = fmt.Sprintf("the parts that were whole stay in %s, without a manifest; --overwrite removes them", j.Out)
	}
	return fmt.Errorf("%w after %d documents: %s", ErrInterrupted, documents, left)
}
