package job_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/onrecord-nlp/onrecord/cmd/onrecord/internal/job"
	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/columnar"
	"github.com/onrecord-nlp/onrecord/pipeline/ingest"
)

// labeller is a stage that makes one body block, and does what the text says.
type labeller struct{}

func (labeller) Name() string           { return "labeller" }
func (labeller) Doc() string            { return "makes one block" }
func (labeller) Reads() pipeline.Layers { return 0 }
func (labeller) Writes() pipeline.Layer { return pipeline.LayerBlocks }
func (labeller) Process(_ context.Context, d *pipeline.Document) error {
	switch {
	case strings.Contains(d.Text, "fail"):
		return errors.New("the text says so\nand more")
	case strings.Contains(d.Text, "panic"):
		panic("the text says so")
	case strings.Contains(d.Text, "wrong"):
		d.Blocks = []pipeline.Block{{Span: pipeline.Span{Start: 0, End: len(d.Text) + 1}}}
	default:
		d.Blocks = []pipeline.Block{{Span: pipeline.Span{Start: 0, End: len(d.Text)}}}
	}
	return nil
}

// watch keeps what it is told.
type watch struct {
	before, now columnar.Totals
	failures    []string
	onResult    func()
	onStopping  func(int)
	ended       bool
}

func (w *watch) Begin(_ *ingest.Reader, before columnar.Totals) { w.before, w.now = before, before }
func (w *watch) Written(t columnar.Totals) {
	w.now = t
	if w.onResult != nil {
		w.onResult()
	}
}
func (w *watch) Stopping(documents int) {
	if w.onStopping != nil {
		w.onStopping(documents)
	}
}
func (w *watch) Failure(f columnar.Failure, err error) {
	w.failures = append(w.failures, fmt.Sprintf("%s %s %s %s: %s", f.Source, f.DocID, f.Stage, f.Reason, f.Message))
}
func (w *watch) End() { w.ended = true }

func newJob(t *testing.T, input string) (job.Job, *watch) {
	t.Helper()
	p, err := pipeline.New([]pipeline.Stage{labeller{}})
	if err != nil {
		t.Fatal(err)
	}
	w := new(watch)
	return job.Job{
		Inputs:   []string{"-"},
		Reading:  ingest.Options{Format: ingest.FormatJSON, Stdin: strings.NewReader(input)},
		Pipeline: p, Workers: 3, Out: filepath.Join(t.TempDir(), "out"),
		Writing: columnar.Options{Formats: []columnar.Format{columnar.JSONL}},
		Watch:   w, Hint: func(string) string { return "" },
	}, w
}

const mixed = `{"id": "a", "text": "fine"}
{"id": "b", "text": "fail"}
{"id": "c", "text": "panic"}
not JSON
{"id": "d", "text": "wrong"}
{"id": "e", "text": "fine"}
`

// A fault of reading, of a stage or of what the stages made is a failure in
// its place, and leaves the documents around it whole.
func TestFailures(t *testing.T) {
	for workers := range 5 {
		j, w := newJob(t, mixed)
		j.Workers = workers
		s, err := job.Run(t.Context(), j)
		if err != nil {
			t.Fatal(err)
		}
		want := []string{
			"stdin#2 b labeller stage_failed: the text says so",
			"stdin#3 c labeller panic: panic: the text says so",
			"stdin  ingest bad_json: ",
			"stdin#5 d write invalid: ",
		}
		if len(w.failures) != len(want) {
			t.Fatalf("failures %q", w.failures)
		}
		for i := range want {
			if !strings.HasPrefix(w.failures[i], want[i]) {
				t.Errorf("failure %d is %q, want %q", i, w.failures[i], want[i])
			}
		}
		if want := []job.Count{{"bad_json", 1}, {"invalid", 1}, {"panic", 1}, {"stage_failed", 1}}; !slices.Equal(s.Reasons, want) {
			t.Errorf("reasons %v, want %v", s.Reasons, want)
		}
		// b and c are written without the layer that was not made; d cannot be.
		if got, want := ids(t, j.Out), []string{"a", "b", "c", "e"}; !slices.Equal(got, want) {
			t.Errorf("documents %v, want %v", got, want)
		}
		if got := s.Manifest.Totals; got.Documents != 4 || got.Failures != 4 {
			t.Errorf("totals %+v", got)
		}
		if !w.ended {
			t.Error("the watcher was not told of the end")
		}
	}
}

// ids lists the documents of an output folder in order.
func ids(t *testing.T, out string) []string {
	f, err := os.Open(filepath.Join(out, "articles", "part-00000.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var got []string
	for s := bufio.NewScanner(f); s.Scan(); {
		var d struct{ ID string }
		if err := json.Unmarshal(s.Bytes(), &d); err != nil {
			t.Fatal(err)
		}
		got = append(got, d.ID)
	}
	return got
}

// An interrupted job leaves nothing but whole parts, and says so.
func TestInterrupt(t *testing.T) {
	for _, c := range []struct {
		name  string
		shard int
		left  []string
		says  string
	}{
		{"no part whole", 1000, nil, "nothing was left in "},
		{"one part whole", 4, []string{"articles/part-00000.jsonl", "checkpoint.json", "failures/part-00000.jsonl"}, "the finished parts stay in "},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			// Five documents come, and then nothing until the end of time.
			r, w := io.Pipe()
			defer w.Close()
			go func() {
				for i := range 7 {
					fmt.Fprintf(w, "{\"id\": \"%d\", \"text\": \"fine\"}\n%s", i, strings.Repeat("\n", 1<<12))
				}
			}()
			j, watch := newJob(t, "")
			j.Reading.Stdin = nil
			old := os.Stdin
			defer func() { os.Stdin = old }()
			pr, pw, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer pw.Close()
			os.Stdin = pr
			go io.Copy(pw, r)
			j.Writing.ShardDocuments = c.shard
			watch.onResult = func() {
				if watch.now.Documents == 5 {
					cancel()
				}
			}
			_, err = job.Run(ctx, j)
			if !errors.Is(err, job.ErrInterrupted) || !strings.Contains(err.Error(), c.says) {
				t.Fatalf("error %v, want one that says %q", err, c.says)
			}
			var left []string
			filepath.WalkDir(j.Out, func(path string, d os.DirEntry, err error) error {
				if err == nil && !d.IsDir() {
					rel, _ := filepath.Rel(j.Out, path)
					left = append(left, filepath.ToSlash(rel))
				}
				return nil
			})
			if !slices.Equal(left, c.left) {
				t.Errorf("left %q, want %q", left, c.left)
			}
		})
	}
}

// The output folder must not lie where the inputs are read.
func TestOverlap(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	os.Mkdir("news", 0o755)
	for _, c := range []struct {
		in, out string
		refused bool
	}{
		{".", "out", true},
		{"news", "news", true},
		{"news", "news/out", true},
		{"news/", "newsroom", false},
		{"news", "out", false},
		{"**/*.jsonl", "out", true},
		{"*.jsonl", "out", false},
		{"out/documents/*", "out", true},
		{"-", "out", false},
	} {
		j, _ := newJob(t, "")
		j.Inputs, j.Out = []string{c.in}, c.out
		_, err := job.Run(t.Context(), j)
		var overlap *job.OverlapError
		if got := errors.As(err, &overlap); got != c.refused {
			t.Errorf("%s into %s: %v, want refused %v", c.in, c.out, err, c.refused)
		}
		os.RemoveAll(filepath.Join(dir, "out"))
		os.RemoveAll(filepath.Join(dir, "newsroom"))
	}
}
