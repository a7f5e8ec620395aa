package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/apache/arrow/go/v15/arrow/memory"
	"github.com/google/go-cmp/cmp"
)

// articlesOf returns the texts of testdata/articles by name, and more made of
// them: enough for several batches.
func articlesOf(t *testing.T, copies int) (ids, texts []string) {
	t.Helper()
	paths, err := filepath.Glob("../../testdata/articles/*.txt")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no articles: %v", err)
	}
	for n := range copies {
		for _, path := range paths {
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, fmt.Sprintf("%s-%d", filepath.Base(path), n))
			texts = append(texts, fmt.Sprintf("%s\n\nNumber %d.\n", b, n))
		}
	}
	return ids, texts
}

// column makes an array of a type of strings.
func column(t *testing.T, typ arrow.DataType, values []string) arrow.Array {
	t.Helper()
	b := array.NewBuilder(memory.DefaultAllocator, typ)
	defer b.Release()
	for _, v := range values {
		var err error
		switch b := b.(type) {
		case *array.StringBuilder:
			b.Append(v)
		case *array.LargeStringBuilder:
			b.Append(v)
		case *array.BinaryBuilder:
			b.Append([]byte(v))
		case *array.BinaryDictionaryBuilder:
			err = b.AppendString(v)
		default:
			t.Fatalf("no builder for %v", typ)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return b.NewArray()
}

// documentStream is a stream of documents in batches of so many rows, with a
// column that nobody asked for.
func documentStream(t *testing.T, typ arrow.DataType, ids, texts []string, rows int) []byte {
	t.Helper()
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "rank", Type: arrow.PrimitiveTypes.Int64}, {Name: "id", Type: typ}, {Name: "text", Type: typ},
	}, nil)
	var out bytes.Buffer
	w := ipc.NewWriter(&out, ipc.WithSchema(schema))
	for part := range slices.Chunk(slices.Collect(rangeOf(len(ids))), rows) {
		from, to := part[0], part[len(part)-1]+1
		rank := array.NewInt64Builder(memory.DefaultAllocator)
		for i := from; i < to; i++ {
			rank.Append(int64(i))
		}
		rec := array.NewRecord(schema, []arrow.Array{rank.NewArray(), column(t, typ, ids[from:to]), column(t, typ, texts[from:to])}, int64(to-from))
		if err := w.Write(rec); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func rangeOf(n int) func(func(int) bool) {
	return func(yield func(int) bool) {
		for i := range n {
			if !yield(i) {
				return
			}
		}
	}
}

// worker runs the command over the input.
func worker(t *testing.T, input []byte, args ...string) (out []byte, stderr string, status int) {
	t.Helper()
	cmd := exec.Command("onrecord", append([]string{"worker"}, args...)...)
	cmd.Dir = t.TempDir()
	cmd.Stdin = bytes.NewReader(input)
	var o, e bytes.Buffer
	cmd.Stdout, cmd.Stderr = &o, &e
	err := cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		status = exit.ExitCode()
	} else if err != nil {
		t.Fatal(err)
	}
	return o.Bytes(), e.String(), status
}

// lines gives each row of a struct array as JSON.
func lines(t *testing.T, s *array.Struct, from, to int64) (out []string) {
	t.Helper()
	for ; from < to; from++ {
		b, err := json.Marshal(s.GetOneForMarshal(int(from)))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(b))
	}
	return out
}

// results are the rows of a stream of results, exploded, by table.
func results(t *testing.T, stream []byte) map[string][]string {
	t.Helper()
	r, err := ipc.NewReader(bytes.NewReader(stream))
	if err != nil {
		t.Fatal(err)
	}
	out := make(map[string][]string)
	for r.Next() {
		add(t, out, r.Record())
	}
	if err := r.Err(); err != nil && !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	return out
}

func add(t *testing.T, out map[string][]string, rec arrow.Record) {
	t.Helper()
	var fields []string
	var columns []arrow.Array
	for i, f := range rec.Schema().Fields() {
		switch f.Name {
		case "quotes", "claims", "speakers", "failures":
			l := rec.Column(i).(*array.List)
			out[f.Name] = append(out[f.Name], lines(t, l.ListValues().(*array.Struct), 0, int64(l.ListValues().Len()))...)
		default:
			fields, columns = append(fields, f.Name), append(columns, rec.Column(i))
		}
	}
	s, err := array.NewStructArray(columns, fields)
	if err != nil {
		t.Fatal(err)
	}
	text := rec.Column(rec.Schema().FieldIndices("text")[0])
	for i := range s.Len() {
		if text.IsValid(i) {
			out["documents"] = append(out["documents"], lines(t, s, int64(i), int64(i+1))...)
		}
	}
}

// tablesOf are the rows of the tables in an output folder.
func tablesOf(t *testing.T, dir string) map[string][]string {
	t.Helper()
	out := make(map[string][]string)
	for _, table := range []string{"documents", "quotes", "claims", "speakers", "failures"} {
		paths, _ := filepath.Glob(filepath.Join(dir, table, "*.arrow"))
		for _, path := range paths {
			f, err := os.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			r, err := ipc.NewFileReader(f)
			if err != nil {
				t.Fatal(err)
			}
			for i := range r.NumRecords() {
				rec, err := r.Record(i)
				if err != nil {
					t.Fatal(err)
				}
				s := array.RecordToStructArray(rec)
				out[table] = append(out[table], lines(t, s, 0, int64(s.Len()))...)
			}
		}
	}
	return out
}

// without makes a field of each row null.
func without(t *testing.T, rows []string, field string) (out []string) {
	t.Helper()
	for _, row := range rows {
		var d map[string]any
		if err := json.Unmarshal([]byte(row), &d); err != nil {
			t.Fatal(err)
		}
		d[field] = nil
		b, _ := json.Marshal(d)
		out = append(out, string(b))
	}
	return out
}

// TestWorker: the results of a stream, exploded, are the rows that extract
// writes for the same documents, whatever types their columns have, however the
// stream is cut into batches, and for any number of workers.
func TestWorker(t *testing.T) {
	ids, texts := articlesOf(t, 3)
	ids, texts = append(ids, "empty"), append(texts, " ")
	dir := t.TempDir()
	var records bytes.Buffer
	for i := range ids {
		line, _ := json.Marshal(map[string]any{"rank": i, "id": ids[i], "text": texts[i]})
		records.Write(append(line, '\n'))
	}
	if err := os.WriteFile(filepath.Join(dir, "news.jsonl"), records.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	local := exec.Command("onrecord", "extract", "news.jsonl", "--out", "out")
	local.Dir = dir
	if out, err := local.CombinedOutput(); local.ProcessState.ExitCode() != 3 {
		t.Fatalf("%v\n%s", err, out)
	}
	want := tablesOf(t, filepath.Join(dir, "out"))
	// What a stream cannot know: that documents of the rest of the job are alike.
	want["documents"] = without(t, want["documents"], "duplicate_of")
	// Of the failure the message, which counts bytes and lists fields of JSON.
	want["failures"] = without(t, want["failures"], "message")
	check := func(name string, input []byte, args ...string) []byte {
		t.Helper()
		out, stderr, status := worker(t, input, append(args, "--name", "news.jsonl")...)
		if status != 3 || stderr != "" {
			t.Errorf("%s: status %d, %s", name, status, stderr)
		}
		got := results(t, out)
		got["failures"] = without(t, got["failures"], "message")
		got["documents"] = without(t, got["documents"], "duplicate_of") // the numbers as JSON has them
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s differs from extract:\n%s", name, diff)
		}
		return out
	}
	var first []byte
	for _, typ := range []arrow.DataType{
		arrow.BinaryTypes.String, arrow.BinaryTypes.LargeString, arrow.BinaryTypes.Binary,
		&arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: arrow.BinaryTypes.String},
	} {
		for _, rows := range []int{1, 7, 1000} {
			if typ.ID() != arrow.STRING && rows != 1000 { // a dictionary that changes is for the reader's own tests
				continue
			}
			for _, workers := range []string{"1", "3"} {
				out := check(fmt.Sprintf("%v in batches of %d, %s workers", typ, rows, workers), documentStream(t, typ, ids, texts, rows), "--workers", workers)
				if first == nil {
					first = out
				} else if !bytes.Equal(out, first) {
					t.Errorf("%v in batches of %d, %s workers: other bytes", typ, rows, workers)
				}
			}
		}
	}
	check("JSON Lines", records.Bytes(), "--input-format", "jsonl")
	check("small batches", documentStream(t, arrow.BinaryTypes.String, ids, texts, 3), "--batch-rows", "2")
}

// TestWorkerStreams: answers come while the input goes on, and in the end to
// all of it.
func TestWorkerStreams(t *testing.T) {
	ids, texts := articlesOf(t, 40)
	cmd := exec.Command("onrecord", "worker", "--batch-rows", "1")
	cmd.Dir = t.TempDir()
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	killed := time.AfterFunc(time.Minute, func() { cmd.Process.Kill() })
	defer killed.Stop()
	stream := documentStream(t, arrow.BinaryTypes.String, ids, texts, 1)
	half := make(chan bool) // closed when a quarter of the answers is there
	go func() {
		defer in.Close()
		in.Write(stream[:len(stream)/2])
		<-half
		in.Write(stream[len(stream)/2:])
	}()
	r, err := ipc.NewReader(out)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for ; r.Next(); n++ {
		if got := r.Record().Column(0).ValueStr(0); n >= len(ids) || got != ids[n] {
			t.Fatalf("answer %d is to %s", n, got)
		}
		if n == len(ids)/4 {
			close(half)
		}
	}
	if n != len(ids) {
		t.Errorf("%d answers, want %d", n, len(ids))
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}

// TestWorkerBroken: a stream that breaks is a message and status 1; what came
// before the break is answered.
func TestWorkerBroken(t *testing.T) {
	ids, texts := articlesOf(t, 1)
	good := documentStream(t, arrow.BinaryTypes.String, ids, texts, 1)
	bad := slices.Clone(good)
	for i := len(bad) / 2; i < len(bad); i++ {
		bad[i] = 0xA5
	}
	other := documentStream(t, arrow.BinaryTypes.String, ids, texts, 1)
	other = bytes.Replace(other, []byte("\x04\x00\x00\x00text"), []byte("\x04\x00\x00\x00txet"), 1)
	for _, c := range []struct {
		name  string
		input []byte
		says  string
		some  bool // documents come before the break
	}{
		{"nothing", nil, "onrecord: stdin: the file is empty", false},
		{"no stream", []byte("The mayor said yes.\n"), "onrecord: stdin: the table cannot be read", false},
		{"cut off in a batch", good[:len(good)*3/4], "onrecord: stdin: record ", true},
		{"cut off in the schema", good[:100], "onrecord: stdin: the table cannot be read", false},
		{"overwritten", bad, "onrecord: stdin: record ", true},
		{"no text", other, "onrecord: stdin: the table has no column of article text, only the columns rank, id, txet", false},
	} {
		out, stderr, status := worker(t, c.input)
		if status != 1 || !strings.HasPrefix(stderr, c.says) {
			t.Errorf("%s: status %d, %s", c.name, status, stderr)
		}
		if got := results(t, out)["documents"]; (len(got) > 0) != c.some || len(got) >= len(ids) {
			t.Errorf("%s: %d documents of %d", c.name, len(got), len(ids))
		}
	}
	// A stream without rows is a good one.
	empty := documentStream(t, arrow.BinaryTypes.String, nil, nil, 1)
	if out, stderr, status := worker(t, empty); status != 0 || stderr != "" || len(results(t, out)) != 0 {
		t.Errorf("empty: status %d, %s", status, stderr)
	}
}

// TestWorkerAlone: a worker whose reader is gone ends.
func TestWorkerAlone(t *testing.T) {
	ids, texts := articlesOf(t, 1)
	cmd := exec.Command("onrecord", "worker", "--batch-rows", "1")
	cmd.Dir = t.TempDir()
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	killed := time.AfterFunc(time.Minute, func() { cmd.Process.Kill() })
	defer killed.Stop()
	out.Close()
	in.Write(documentStream(t, arrow.BinaryTypes.String, ids, texts, 1)) // fails once it is gone
	if err := cmd.Wait(); err == nil || strings.Contains(err.Error(), "killed") {
		t.Errorf("ended with %v", err)
	}
}
