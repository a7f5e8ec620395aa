package profile

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/onrecord-nlp/onrecord/cmd/onrecord/internal/job"
)

var measured = job.Profile{
	Elapsed: 12.5, Workers: 2, Reading: 1.25, Writing: 2,
	Stages:    []job.StageTime{{Stage: "clean", Seconds: 3}, {Stage: "quote", Seconds: 0.5}},
	Documents: 100, Words: 50_000, Failures: 3, Bytes: 300_000,
	Reasons: []job.Count{{Reason: "bad_json", N: 2}, {Reason: "no_text", N: 1}},
}

// The text of Prometheus: a family for each figure, its help and type before it,
// stages and reasons as labels.
func TestPrometheus(t *testing.T) {
	r := &Report{Profile: measured, CPU: 20, PeakMemory: 3e8, Allocated: 1e9, Allocations: 1000, Collections: 7, GCShare: 0.0125}
	want := `# HELP onrecord_elapsed_seconds Wall time of the run.
# TYPE onrecord_elapsed_seconds gauge
onrecord_elapsed_seconds 12.5
# HELP onrecord_workers Documents processed at once.
# TYPE onrecord_workers gauge
onrecord_workers 2
# HELP onrecord_reading_seconds_total Wall time of reading and decoding.
# TYPE onrecord_reading_seconds_total counter
onrecord_reading_seconds_total 1.25
# HELP onrecord_writing_seconds_total Wall time of making rows and files.
# TYPE onrecord_writing_seconds_total counter
onrecord_writing_seconds_total 2
# HELP onrecord_stage_seconds_total Wall time in each stage, summed over the workers.
# TYPE onrecord_stage_seconds_total counter
onrecord_stage_seconds_total{stage="clean"} 3
onrecord_stage_seconds_total{stage="quote"} 0.5
# HELP onrecord_documents_total Documents written.
# TYPE onrecord_documents_total counter
onrecord_documents_total 100
# HELP onrecord_words_total Words in them.
# TYPE onrecord_words_total counter
onrecord_words_total 50000
# HELP onrecord_input_bytes_total Bytes of the input, compressed where it is.
# TYPE onrecord_input_bytes_total counter
onrecord_input_bytes_total 300000
# HELP onrecord_failures_total Rows of the table failures, by reason.
# TYPE onrecord_failures_total counter
onrecord_failures_total{reason="bad_json"} 2
onrecord_failures_total{reason="no_text"} 1
# HELP onrecord_cpu_seconds_total Processor time of the process, user and system.
# TYPE onrecord_cpu_seconds_total counter
onrecord_cpu_seconds_total 20
# HELP onrecord_peak_memory_bytes Most memory resident at any time.
# TYPE onrecord_peak_memory_bytes gauge
onrecord_peak_memory_bytes 3e+08
# HELP onrecord_allocated_bytes_total Bytes allocated.
# TYPE onrecord_allocated_bytes_total counter
onrecord_allocated_bytes_total 1e+09
# HELP onrecord_allocations_total Objects allocated.
# TYPE onrecord_allocations_total counter
onrecord_allocations_total 1000
# HELP onrecord_collections_total Garbage collections.
# TYPE onrecord_collections_total counter
onrecord_collections_total 7
# HELP onrecord_gc_share Part of the processor time that garbage collection took.
# TYPE onrecord_gc_share gauge
onrecord_gc_share 0.0125
`
	if got := string(r.prometheus()); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// JSON holds what the job measured and what the process used.
func TestJSON(t *testing.T) {
	path := filepath.Join(t.TempDir(), "profile.json")
	if err := Write(path, measured); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var r Report
	if err := json.Unmarshal(b, &r); err != nil {
		t.Fatal(err)
	}
	if r.Documents != 100 || len(r.Stages) != 2 || r.Reasons[1] != (job.Count{Reason: "no_text", N: 1}) {
		t.Errorf("read back: %+v", r.Profile)
	}
	if r.Allocated <= 0 || r.Allocations <= 0 || r.GCShare < 0 || r.GCShare > 1 {
		t.Errorf("of the process: %+v", r)
	}
	if err := Write(filepath.Join(t.TempDir(), "no", "folder"), measured); err == nil || !strings.Contains(err.Error(), "the run is done") {
		t.Errorf("where it cannot be written: %v", err)
	}
}
