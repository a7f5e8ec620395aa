package job

import (
	"sync/atomic"
	"time"

	"github.com/onrecord-nlp/onrecord/pipeline"
)

// clock adds up where the time of a run goes.
type clock struct {
	reading, writing time.Duration  // each of one goroutine
	stages           []atomic.Int64 // nanoseconds, of all workers
}

func newClock(p *pipeline.Pipeline) *clock {
	return &clock{stages: make([]atomic.Int64, len(p.Stages()))}
}

// pipeline returns p with its stages timed.
func (c *clock) pipeline(p *pipeline.Pipeline) *pipeline.Pipeline {
	return p.Observe(func(stage int, took time.Duration) { c.stages[stage].Add(int64(took)) })
}

// Profile says where the time of a run went. All times are of wall clocks, in
// seconds.
type Profile struct {
	Elapsed float64 `json:"elapsed_seconds"`
	Workers int     `json:"workers"`
	// Reading is that of the goroutine that reads and decodes, looks for copies
	// and tells languages; Writing that of the one that makes rows and files.
	// While they wait for the workers no time is counted.
	Reading float64 `json:"reading_seconds"`
	Writing float64 `json:"writing_seconds"`
	// Stages is the time in each stage, summed over the workers.
	Stages []StageTime `json:"stages"`

	Documents int64   `json:"documents"`
	Words     int64   `json:"words"`
	Failures  int64   `json:"failures"`
	Bytes     int64   `json:"bytes"` // of the input passed, compressed where it is
	Reasons   []Count `json:"failures_by_reason"`
}

// StageTime is the time in one stage.
type StageTime struct {
	Stage   string  `json:"stage"`
	Seconds float64 `json:"seconds"`
}

// profile is that of the part of the run that r made.
func (r *run) profile(s *Summary) Profile {
	t := s.Manifest.Totals
	p := Profile{
		Elapsed: time.Since(r.started).Seconds(), Workers: max(r.Workers, 1),
		Reading: r.clock.reading.Seconds(), Writing: r.clock.writing.Seconds(),
		Documents: t.Documents - r.before.Documents, Words: t.Words - r.before.Words,
		Failures: t.Failures - r.before.Failures, Bytes: r.reader.Progress().Bytes,
		Reasons: s.Reasons,
	}
	for i, stage := range r.Pipeline.Stages() {
		p.Stages = append(p.Stages, StageTime{stage.Name(), time.Duration(r.clock.stages[i].Load()).Seconds()})
	}
	return p
}
