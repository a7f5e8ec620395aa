package columnar

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/onrecord-nlp/onrecord/pipeline"
)

// TestPython: pyarrow, pandas, polars and DuckDB read what was written, and
// the check that says so fails where it should. ONRECORD_PYTHON names a Python
// that has pycheck/requirements.txt.
func TestPython(t *testing.T) {
	python := os.Getenv("ONRECORD_PYTHON")
	if python == "" {
		t.Skip("ONRECORD_PYTHON is not set")
	}
	run := func(args ...string) {
		t.Helper()
		if out, err := exec.Command(python, args...).CombinedOutput(); err != nil {
			t.Errorf("%v: %v\n%s", args, err, out)
		}
	}
	for _, formats := range [][]Format{{Arrow}, {Parquet}, {JSONL}, Formats()} {
		dir := t.TempDir()
		write(t, dir, Options{Formats: formats, ShardDocuments: 2}, fixtures(t)...)
		run("pycheck/check.py", dir)
		empty := filepath.Join(t.TempDir(), "empty")
		write(t, empty, Options{Formats: formats})
		run("pycheck/check.py", empty)
	}
	// More than a batch, that row groups and record batches come into it.
	big := t.TempDir()
	var docs []*pipeline.Document
	for i := range 1500 {
		docs = append(docs, benchDocument(i))
	}
	write(t, big, Options{Formats: Formats()}, docs...)
	run("pycheck/check.py", big)

	dir := t.TempDir()
	write(t, dir, Options{Formats: Formats()}, fixtures(t)...)
	run("pycheck/test_check.py", dir)
}
