// Package profile writes down where the time and the memory of a run went, as
// JSON or as the text that Prometheus reads.
package profile

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime/metrics"
	"strconv"
	"strings"

	"github.com/onrecord-nlp/onrecord/cmd/onrecord/internal/job"
)

// Report is what is written: what the job measured, and what the process used.
type Report struct {
	job.Profile
	CPU        float64 `json:"cpu_seconds,omitempty"`       // of the process, user and system; 0 where the system does not tell
	PeakMemory int64   `json:"peak_memory_bytes,omitempty"` // resident; 0 where the system does not tell
	// Allocated counts bytes, Allocations objects, since the process began.
	Allocated   int64 `json:"allocated_bytes"`
	Allocations int64 `json:"allocations"`
	Collections int64 `json:"collections"`
	// GCShare is the part of the processor time, idle time left out, that garbage
	// collection took as of the last collection.
	GCShare float64 `json:"gc_share"`
}

// Write writes the report of a run that has just ended to a file: as the text of
// Prometheus if its name ends in ".prom", else as JSON.
func Write(path string, p job.Profile) error {
	r := measure(p)
	b := r.prometheus()
	if filepath.Ext(path) != ".prom" {
		var err error
		if b, err = json.MarshalIndent(r, "", "  "); err != nil {
			return err
		}
		b = append(b, '\n')
	}
	if err := os.WriteFile(path, b, 0o644); err != nil {
		return fmt.Errorf("the run is done, but its profile cannot be written: %w", err)
	}
	return nil
}

// measure adds to p what the process used.
func measure(p job.Profile) *Report {
	const (
		allocated = iota
		allocations
		collections
		gc
		gcIdle
		total
		idle
	)
	samples := []metrics.Sample{
		allocated:   {Name: "/gc/heap/allocs:bytes"},
		allocations: {Name: "/gc/heap/allocs:objects"},
		collections: {Name: "/gc/cycles/total:gc-cycles"},
		gc:          {Name: "/cpu/classes/gc/total:cpu-seconds"},
		gcIdle:      {Name: "/cpu/classes/gc/mark/idle:cpu-seconds"},
		total:       {Name: "/cpu/classes/total:cpu-seconds"},
		idle:        {Name: "/cpu/classes/idle:cpu-seconds"},
	}
	metrics.Read(samples)
	r := &Report{
		Profile: p, Allocated: int64(samples[allocated].Value.Uint64()), Allocations: int64(samples[allocations].Value.Uint64()),
		Collections: int64(samples[collections].Value.Uint64()),
	}
	seconds := func(i int) float64 { return samples[i].Value.Float64() }
	// What it does on processors that have nothing else to do costs nobody
	// anything.
	if busy := seconds(total) - seconds(idle) - seconds(gcIdle); busy > 0 {
		r.GCShare = (seconds(gc) - seconds(gcIdle)) / busy
	}
	r.CPU, r.PeakMemory = usage()
	return r
}

// prometheus writes the report in the exposition format of Prometheus.
func (r *Report) prometheus() []byte {
	var b strings.Builder
	family := func(name, kind, help string) func(value float64, labels ...string) {
		fmt.Fprintf(&b, "# HELP onrecord_%s %s\n# TYPE onrecord_%s %s\n", name, help, name, kind)
		return func(value float64, labels ...string) {
			b.WriteString("onrecord_" + name)
			if len(labels) == 2 {
				fmt.Fprintf(&b, "{%s=%s}", labels[0], strconv.Quote(labels[1]))
			}
			b.WriteString(" " + strconv.FormatFloat(value, 'g', -1, 64) + "\n")
		}
	}
	family("elapsed_seconds", "gauge", "Wall time of the run.")(r.Elapsed)
	family("workers", "gauge", "Documents processed at once.")(float64(r.Workers))
	family("reading_seconds_total", "counter", "Wall time of reading and decoding.")(r.Reading)
	family("writing_seconds_total", "counter", "Wall time of making rows and files.")(r.Writing)
	stage := family("stage_seconds_total", "counter", "Wall time in each stage, summed over the workers.")
	for _, s := range r.Stages {
		stage(s.Seconds, "stage", s.Stage)
	}
	family("documents_total", "counter", "Documents written.")(float64(r.Documents))
	family("words_total", "counter", "Words in them.")(float64(r.Words))
	family("input_bytes_total", "counter", "Bytes of the input, compressed where it is.")(float64(r.Bytes))
	failures := family("failures_total", "counter", "Rows of the table failures, by reason.")
	for _, c := range r.Reasons {
		failures(float64(c.N), "reason", c.Reason)
	}
	if r.CPU > 0 {
		family("cpu_seconds_total", "counter", "Processor time of the process, user and system.")(r.CPU)
	}
	if r.PeakMemory > 0 {
		family("peak_memory_bytes", "gauge", "Most memory resident at any time.")(float64(r.PeakMemory))
	}
	family("allocated_bytes_total", "counter", "Bytes allocated.")(float64(r.Allocated))
	family("allocations_total", "counter", "Objects allocated.")(float64(r.Allocations))
	family("collections_total", "counter", "Garbage collections.")(float64(r.Collections))
	family("gc_share", "gauge", "Part of the processor time that garbage collection took.")(r.GCShare)
	return []byte(b.String())
}
