package job

import (
	"context"
	"errors"
	"fmt"

	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/columnar"
	"github.com/onrecord-nlp/onrecord/pipeline/ingest"
)

// Stream says how to process standard input into a stream of results, as a part
// of somebody else's job: copies are not looked for, since the rest of the job
// is not known, and nothing can be resumed.
type Stream struct {
	Reading  ingest.Options
	Pipeline *pipeline.Pipeline
	Workers  int
	// Languages and Hint are as in [Job].
	Languages []string
	Hint      func(reason string) string
	// Strict ends the job with an error where the input cannot be read to its end.
	// Else that is a failure like others.
	Strict bool
}

// Run reads standard input to its end and writes a row for each result to out,
// in the order of the input. It returns the number of failures among them. An
// error means that not all of the input came to out; what came before it did.
func (s *Stream) Run(ctx context.Context, out *columnar.StreamWriter) (failures int64, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	reader, err := ingest.Open([]string{"-"}, s.Reading)
	if err != nil {
		return 0, err
	}
	j := &Job{Pipeline: s.Pipeline, Languages: s.Languages, Watch: nobody{}, Hint: s.Hint}
	r := &run{
		Job: j, reader: reader, out: out, clock: newClock(s.Pipeline),
		state: state{Reasons: make(map[string]int64)}, screen: &screen{languages: s.Languages},
	}
	r.screen.clock = r.clock
	documents := detach(ctx, r.screen.documents(reader.Documents(ctx)))
	var broken error
	for res := range s.Pipeline.Run(ctx, documents, s.Workers) {
		var e *ingest.Error
		if s.Strict && errors.As(res.Read, &e) && breaks(e) {
			if e.Reason != ingest.EmptyFile || reader.Progress().Bytes == 0 { // a table without rows is a good one
				broken = fmt.Errorf("%w%s", e, s.Hint(string(e.Reason)))
			}
			continue // nothing comes behind it
		}
		if err := r.write(res); err != nil {
			cancel() // or the end would wait for the input
			return 0, err
		}
	}
	for _, n := range r.Reasons {
		failures += n
	}
	if err := out.Close(); err != nil {
		return failures, err
	}
	if ctx.Err() != nil {
		broken = ErrInterrupted
	}
	return failures, broken
}

// breaks reports whether nothing behind the error can be read.
func breaks(e *ingest.Error) bool {
	switch e.Reason {
	case ingest.BadTable, ingest.Unreadable, ingest.CorruptCompression, ingest.Bomb:
		return true
	}
	return e.Record == 0
}

// nobody watches a stream, which tells of failures and nothing else.
type nobody struct{ Watcher }

func (nobody) Failure(columnar.Failure, error) {}
