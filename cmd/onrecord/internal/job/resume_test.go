package job_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/onrecord-nlp/onrecord/cmd/onrecord/internal/job"
	"github.com/onrecord-nlp/onrecord/pipeline/columnar"
)

// eventful is an input in which everything happens that a run has to remember:
// documents, copies of them and of copies, documents that cannot be written and
// copies of those, ids that are taken, stages that fail, and records that are
// none, at the end too.
func eventful() string {
	var b strings.Builder
	sentence := func(i int) string {
		var s strings.Builder
		for k := range 60 { // long enough to tell copies by
			fmt.Fprintf(&s, "w%dx%d ", i, k*i%(50+k))
		}
		return s.String()
	}
	for i := range 60 {
		fmt.Fprintf(&b, "{\"id\": \"%d\", \"text\": \"%s\"}\n", i, sentence(i))
		switch i % 10 {
		case 1:
			fmt.Fprintf(&b, "{\"id\": \"copy%d\", \"text\": \"%s and more\"}\n", i, sentence(i/2))
		case 2:
			fmt.Fprintf(&b, "{\"id\": \"%d\", \"text\": \"taken\"}\n", i/3)
		case 3:
			fmt.Fprintf(&b, "{\"id\": \"wrong%d\", \"text\": \"wrong %s\"}\n", i, sentence(100+i))
		case 4:
			fmt.Fprintf(&b, "{\"id\": \"copyofwrong%d\", \"text\": \"fine %s\"}\n", i, sentence(100+max(i-21, 3)))
		case 5:
			fmt.Fprintf(&b, "{\"id\": \"fail%d\", \"text\": \"fail %s\"}\n{\"id\": \"panic%d\", \"text\": \"panic\"}\n", i, sentence(200+i), i)
		case 6:
			fmt.Fprintf(&b, "{\"id\": \"copy%d\", \"text\": \"the id of a copy\"}\n{\"id\": \"wrong%d\", \"text\": \"the id of what was not written\"}\n", max(i-15, 1), max(i-13, 3))
		case 7:
			b.WriteString("no JSON\n\n{\"id\": 7, \"text\": \" \"}\n")
		}
	}
	b.WriteString(strings.Repeat("none\n", 40))
	return b.String()
}

// interruptAfter does the job on a folder until n results are written, and then
// stops at once.
func interruptAfter(t *testing.T, j job.Job, w *watch, n int) error {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	w.onResult = func() {
		if n--; n == 0 {
			cancel()
		}
	}
	_, err := job.Run(ctx, j)
	return err
}

// Wherever a run was cut, and however often, it ends with the bytes of an
// undisturbed one.
func TestResume(t *testing.T) {
	input := filepath.Join(t.TempDir(), "in.jsonl")
	if err := os.WriteFile(input, []byte(eventful()), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, format := range []columnar.Format{columnar.Arrow, columnar.JSONL} {
		for _, dedupe := range []bool{false, true} {
			of := func(out string, workers int) (job.Job, *watch) {
				j, w := newJob(t, "")
				j.Inputs, j.Out, j.Workers, j.Dedupe, j.Resume = []string{input}, out, workers, dedupe, true
				j.Writing = columnar.Options{Formats: []columnar.Format{format}, ShardDocuments: 9}
				return j, w
			}
			j, _ := of(filepath.Join(t.TempDir(), "whole"), 1)
			whole, err := job.Run(t.Context(), j)
			if err != nil {
				t.Fatal(err)
			}
			for _, reason := range []string{job.Invalid, job.StageFailed, job.Panic, "bad_json", "duplicate_id"} {
				if !counted(whole, reason) {
					t.Errorf("no %s in the input", reason)
				}
			}
			if counted(whole, job.Duplicate) != dedupe {
				t.Errorf("duplicates counted: %v", whole.Reasons)
			}
			want := tree(t, j.Out)
			step := 31
			if format == columnar.Arrow {
				step = 80 // its files take longer
			}
			for cut := 1; cut < 200; cut += step {
				out := filepath.Join(t.TempDir(), "out")
				runs := 0
				for n := cut; ; n = 25 + cut%7 {
					j, w := of(out, 1+runs%3)
					err := interruptAfter(t, j, w, n)
					if runs++; err == nil {
						break
					}
					if !errors.Is(err, job.ErrInterrupted) || runs > 100 {
						t.Fatal(err)
					}
				}
				got := tree(t, out)
				for name := range want {
					if got[name] != want[name] {
						t.Errorf("%s, dedupe %v, cut after %d, %d runs: %s differs", format, dedupe, cut, runs, name)
					}
				}
				if len(got) != len(want) {
					t.Errorf("%d files, want %d", len(got), len(want))
				}
				if t.Failed() {
					t.FailNow()
				}
				// What it did is the same too.
				j, _ := of(out, 1)
				s, err := job.Run(t.Context(), j)
				if err != nil || !s.Before {
					t.Fatalf("a finished run: %+v, %v", s, err)
				}
				if s.Manifest.Totals != whole.Manifest.Totals {
					t.Errorf("totals %+v, want %+v", s.Manifest.Totals, whole.Manifest.Totals)
				}
			}
		}
	}
}

func counted(s *job.Summary, reason string) bool {
	for _, c := range s.Reasons {
		if c.Reason == reason {
			return true
		}
	}
	return false
}

// tree reads the files under dir, but for the manifest.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := make(map[string]string)
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() || e.Name() == "manifest.json" {
			return err
		}
		b, err := os.ReadFile(path)
		files[strings.TrimPrefix(path, dir)] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// A job that is asked to stop in a shard tells how many documents are to go, and
// ends with that shard.
func TestStop(t *testing.T) {
	input := filepath.Join(t.TempDir(), "in.jsonl")
	var b strings.Builder
	for i := range 100 {
		fmt.Fprintf(&b, "{\"id\": \"%d\", \"text\": \"fine %d\"}\n", i, i)
	}
	if err := os.WriteFile(input, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	j, w := newJob(t, "")
	j.Inputs, j.Writing.ShardDocuments = []string{input}, 10
	stop, told := make(chan struct{}), make(chan int, 1)
	j.Stop = stop
	w.onStopping = func(n int) { told <- n }
	w.onResult = func() {
		if w.now.Documents == 13 {
			close(stop)
			if n := <-told; n < 7 || n > 8 { // the one just written may count
				t.Errorf("told of %d documents to go, want 7", n)
			}
		}
	}
	_, err := job.Run(t.Context(), j)
	var unfinished *job.UnfinishedError
	if !errors.As(err, &unfinished) || !errors.Is(err, job.ErrInterrupted) || unfinished.Whole.Documents != 20 || w.now.Documents != 20 {
		t.Errorf("%v: %d documents whole and %d written, want 20", err, unfinished.Whole.Documents, w.now.Documents)
	}
}

// A job that ends before its input does not wait for it: here it is asked to
// stop after two shards, and the input says no more.
func TestStopBeforeSilence(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe.jsonl")
	if err := exec.Command("mkfifo", path).Run(); err != nil {
		t.Skip("no named pipes: ", err)
	}
	over := make(chan struct{})
	defer close(over)
	go func() {
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return
		}
		defer f.Close()
		for i := range 20 {
			fmt.Fprintf(f, "{\"id\": \"%d\", \"text\": \"fine %d\"}\n", i, i)
		}
		f.WriteString(strings.Repeat("\n", 1<<16)) // the reader looks ahead
		<-over
	}()
	j, w := newJob(t, "")
	stop := make(chan struct{})
	j.Inputs, j.Writing.ShardDocuments, j.Stop = []string{path}, 10, stop
	w.onResult = func() {
		if w.now.Documents == 13 {
			close(stop)
		}
	}
	if _, err := job.Run(t.Context(), j); !errors.Is(err, job.ErrInterrupted) || w.now.Documents != 20 {
		t.Errorf("%v after %d documents, want an interrupt after 20", err, w.now.Documents)
	}
}
