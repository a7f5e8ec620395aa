package columnar

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/google/go-cmp/cmp"

	"github.com/onrecord-nlp/onrecord/pipeline"
)

var update = flag.Bool("update", false, "write the golden files")

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs (go test -update writes it anew):\n%s", path, diff)
	}
}

var (
	meta = Meta{ToolVersion: "v0.0.0-test", Models: []Model{{"stance", "22"}, {"attribute", "11"}}}
	info = ManifestInfo{
		Inputs: []string{"news.jsonl"}, Config: map[string]int{"workers": 2},
		Started: time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC), Finished: time.Date(2024, 1, 2, 3, 5, 5, 0, time.UTC),
	}
	failure = Failure{Source: "broken.jsonl", Record: 7, Stage: "ingest", Reason: "bad_json", Message: "record 7: unexpected end"}
)

// write writes a finished run into dir.
func write(t testing.TB, dir string, opts Options, docs ...*pipeline.Document) *Manifest {
	t.Helper()
	opts.Meta = meta
	w, err := Create(dir, opts)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range docs {
		if err := w.Write(d); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range []Failure{failure, {Source: "empty.txt", Stage: "ingest", Reason: "empty_file", Message: "nothing in it"}} {
		if err := w.Fail(f); err != nil {
			t.Fatal(err)
		}
	}
	m, err := w.Close(info)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// files lists the files under dir, with slashes.
func files(t testing.TB, dir string) []string {
	t.Helper()
	var list []string
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			rel, _ := filepath.Rel(dir, path)
			list = append(list, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestSchemas: names, types, nullability and metadata of every table, as
// SCHEMA.md and docs/schema.md have them.
func TestSchemas(t *testing.T) {
	var b bytes.Buffer
	for _, table := range []Table{Documents, Quotes, Claims, Speakers, Failures} {
		fmt.Fprintf(&b, "%s %s\n\n", table, Schema(table, meta))
	}
	golden(t, "schemas.golden", b.Bytes())
	if Schema(Articles, meta) != nil {
		t.Error("articles has no columns")
	}
}

// TestColumns: every column of every row of one article.
func TestColumns(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, Options{}, ferry(t), silent(), unresolved(t))
	var b bytes.Buffer
	for _, table := range []Table{Documents, Quotes, Claims, Speakers, Failures} {
		fmt.Fprintf(&b, "# %s\n", table)
		for rec, err := range readRecords(filepath.Join(dir, string(table), "part-00000.arrow")) {
			if err != nil {
				t.Fatal(err)
			}
			var lines bytes.Buffer
			if err := array.RecordToJSON(rec, &lines); err != nil {
				t.Fatal(err)
			}
			for line := range bytes.Lines(lines.Bytes()) {
				var out bytes.Buffer
				if err := json.Indent(&out, line, "", " "); err != nil {
					t.Fatal(err)
				}
				b.Write(out.Bytes())
			}
		}
	}
	golden(t, "columns.golden", b.Bytes())
}

// TestManifest: what it says is what lies there.
func TestManifest(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	m := write(t, dir, Options{Formats: Formats(), ShardDocuments: 2}, fixtures(t)...)
	read, err := ReadManifest(dir)
	if err != nil {
		t.Fatal(err)
	}
	read.Config = bytes.Join(bytes.Fields(read.Config), nil)
	if diff := cmp.Diff(m, read); diff != "" {
		t.Error(diff)
	}
	listed := []string{"manifest.json"}
	for _, s := range m.Shards {
		b, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(s.Path)))
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(b)
		if s.SHA256 != hex.EncodeToString(sum[:]) || s.Bytes != int64(len(b)) {
			t.Errorf("%s: sha256 or bytes differ", s.Path)
		}
		listed = append(listed, s.Path)
	}
	slices.Sort(listed)
	if diff := cmp.Diff(files(t, dir), listed); diff != "" {
		t.Error("the files there and those listed:", diff)
	}
	b, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range m.Shards { // compression may change with a dependency
		b = bytes.ReplaceAll(b, []byte(s.SHA256), []byte("…"))
		b = bytes.ReplaceAll(b, fmt.Appendf(nil, `"bytes": %d,`, s.Bytes), []byte(`"bytes": 0,`))
	}
	golden(t, "manifest.golden", b)
}

// TestEmptyRun: every table is there, with its columns, when nothing was read.
func TestEmptyRun(t *testing.T) {
	dir := t.TempDir()
	w, err := Create(dir, Options{Formats: Formats()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Close(ManifestInfo{}); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"articles/part-00000.jsonl",
		"claims/part-00000.arrow", "claims/part-00000.parquet",
		"documents/part-00000.arrow", "documents/part-00000.parquet",
		"failures/part-00000.arrow", "failures/part-00000.jsonl", "failures/part-00000.parquet",
		"manifest.json",
		"quotes/part-00000.arrow", "quotes/part-00000.parquet",
		"speakers/part-00000.arrow", "speakers/part-00000.parquet",
	}
	if diff := cmp.Diff(want, files(t, dir)); diff != "" {
		t.Error(diff)
	}
	for _, err := range ReadDocuments(dir) {
		t.Error("a document, or", err)
	}
}

// TestShards: a shard ends by documents or by bytes of text, and only behind a
// document.
func TestShards(t *testing.T) {
	for name, opts := range map[string]Options{
		"by documents": {ShardDocuments: 3},
		"by bytes":     {ShardBytes: 25}, // three documents of 10 bytes
	} {
		t.Run(name, func(t *testing.T) {
			var docs []*pipeline.Document
			for i := range 7 {
				docs = append(docs, &pipeline.Document{ID: fmt.Sprint(i), Text: "0123456789"})
			}
			m := write(t, t.TempDir(), opts, docs...)
			var rows []int64
			for _, s := range m.Shards {
				if s.Table == Documents {
					rows = append(rows, s.Rows)
				}
			}
			if !slices.Equal(rows, []int64{3, 3, 1}) {
				t.Errorf("documents a shard: %v, want 3, 3, 1", rows)
			}
		})
	}
}

// TestNamesComeLast: a file has its name only when it is whole, and the
// manifest comes behind all of them.
func TestNamesComeLast(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	w, err := Create(dir, Options{ShardDocuments: 2})
	if err != nil {
		t.Fatal(err)
	}
	hidden := func() (n int) {
		for _, f := range files(t, dir) {
			if strings.HasPrefix(filepath.Base(f), ".part-") && strings.HasSuffix(f, ".tmp") {
				n++
			}
		}
		return n
	}
	docs := fixtures(t)
	for _, d := range docs[:2] {
		if err := w.Write(d); err != nil {
			t.Fatal(err)
		}
	}
	if h, all := hidden(), len(files(t, dir)); h != 5 || all != 5 {
		t.Errorf("in the first shard: %d hidden files of %d, want 5 of 5", h, all)
	}
	if err := w.Write(docs[2]); err != nil {
		t.Fatal(err)
	}
	if h, all := hidden(), len(files(t, dir)); h != 5 || all != 10 {
		t.Errorf("in the second shard: %d hidden files of %d, want 5 of 10", h, all)
	}
	// As a crash would leave it: refused as unfinished.
	for _, err := range ReadDocuments(dir) {
		if !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("reading an unfinished run: %v", err)
		}
	}
	w.Abort()
	if h, all := hidden(), len(files(t, dir)); h != 0 || all != 5 {
		t.Errorf("after Abort: %d hidden files of %d, want 0 of the 5 of the first shard", h, all)
	}
	if err := w.Write(docs[3]); err == nil {
		t.Error("an aborted writer takes a document")
	}
	if _, err := w.Close(info); err == nil {
		t.Error("an aborted writer closes")
	}
}

func TestAbortLeavesNothing(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "out")
	w, err := Create(dir, Options{Formats: Formats()})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(ferry(t)); err != nil {
		t.Fatal(err)
	}
	w.Abort()
	w.Abort()
	entries, err := os.ReadDir(parent)
	if err != nil || len(entries) > 0 {
		t.Errorf("Abort leaves %v, %v", entries, err)
	}
}

func TestExistingFolder(t *testing.T) {
	touch := func(path ...string) func(string) {
		return func(dir string) {
			p := filepath.Join(append([]string{dir}, path...)...)
			os.MkdirAll(filepath.Dir(p), 0o755)
			if err := os.WriteFile(p, []byte("{}"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	run := func(dir string) { write(t, dir, Options{Formats: Formats(), ShardDocuments: 1}, fixtures(t)...) }
	crash := func(dir string) {
		w, err := Create(dir, Options{ShardDocuments: 1})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range fixtures(t) {
			w.Write(d)
		}
		w.lock.release()
		t.Cleanup(w.Abort) // closes its files; there is nothing left to remove
	}
	for name, c := range map[string]struct {
		before              []func(string)
		refused, overridden error
		names               string // the error names it
	}{
		"empty":                  {nil, nil, nil, ""},
		"a finished run":         {[]func(string){run}, ErrNotEmpty, nil, ""},
		"a crashed run":          {[]func(string){crash}, ErrNotEmpty, nil, ""},
		"a foreign file":         {[]func(string){touch("notes.txt")}, ErrNotEmpty, ErrForeign, "notes.txt"},
		"a foreign manifest":     {[]func(string){touch("manifest.json")}, ErrNotEmpty, ErrForeign, "manifest.json"},
		"a foreign file in it":   {[]func(string){run, touch("claims", "mine.arrow")}, ErrNotEmpty, ErrForeign, "mine.arrow"},
		"a foreign folder in it": {[]func(string){run, touch("claims", "part-00000.arrow.d", "x")}, ErrNotEmpty, ErrForeign, "part-00000.arrow.d"},
		"a foreign format":       {[]func(string){run, touch("claims", "part-00000.csv")}, ErrNotEmpty, ErrForeign, "part-00000.csv"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for _, f := range c.before {
				f(dir)
			}
			before := files(t, dir)
			for _, overwrite := range []bool{false, true} {
				want := c.refused
				if overwrite {
					want = c.overridden
				}
				w, err := Create(dir, Options{Overwrite: overwrite})
				if !errors.Is(err, want) || (err == nil) != (want == nil) {
					t.Fatalf("overwrite %v: %v, want %v", overwrite, err, want)
				}
				if err != nil {
					if overwrite && !strings.Contains(err.Error(), c.names) {
						t.Errorf("%v does not name %s", err, c.names)
					}
					if diff := cmp.Diff(before, files(t, dir)); diff != "" {
						t.Errorf("a refusal changed the folder: %s", diff)
					}
					continue
				}
				if left := files(t, dir); len(left) > 0 {
					t.Errorf("left behind: %v", left)
				}
				w.Abort()
			}
		})
	}
}

// TestFolderCannotBeMade: the error says which path, and what helps.
func TestFolderCannotBeMade(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	readOnly := t.TempDir()
	if err := os.Chmod(readOnly, 0o555); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		dir  string
		want error
		says string
	}{
		{file, syscall.ENOTDIR, "a file stands where a folder should"},
		{filepath.Join(file, "out"), syscall.ENOTDIR, "a file stands where a folder should"},
		{readOnly, fs.ErrPermission, "choose an output folder that you may write to"},
		{filepath.Join(readOnly, "out"), fs.ErrPermission, "choose an output folder that you may write to"},
	} {
		_, err := Create(c.dir, Options{})
		if err == nil && os.Geteuid() == 0 && c.dir != file {
			t.Log("not tested: permissions do not bind this user")
			continue
		}
		if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.dir) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", c.dir, err)
		}
	}
}

// faulty is a file on a disk that takes so many bytes more.
type faulty struct {
	rawFile
	left *int
}

func (f faulty) Write(p []byte) (int, error) {
	if *f.left -= len(p); *f.left < 0 {
		return 0, &fs.PathError{Op: "write", Path: "/disk", Err: syscall.ENOSPC}
	}
	return f.rawFile.Write(p)
}

func (f faulty) Sync() error {
	if *f.left < 0 {
		return syscall.ENOSPC
	}
	return f.rawFile.Sync()
}

// TestFullDisk: however far a run came, a full disk is one clear error, what
// is not whole is removed, and no manifest is written.
func TestFullDisk(t *testing.T) {
	for _, format := range Formats() {
		for _, room := range []int{0, 100, 1000, 10_000, 60_000, 100_000, 200_000, 250_000, 300_000} {
			dir := filepath.Join(t.TempDir(), "out")
			left := room
			err := func() error {
				w, err := create(dir, Options{Formats: []Format{format}, ShardDocuments: 30}, func(path string) (rawFile, error) {
					f, err := createFile(path)
					return faulty{f, &left}, err
				})
				if err != nil {
					return err
				}
				for i := range 100 {
					if err := w.Write(benchDocument(i)); err != nil {
						_, closeErr := w.Close(info)
						if closeErr != err {
							t.Errorf("Close after %v: %v", err, closeErr)
						}
						return err
					}
				}
				_, err = w.Close(info)
				return err
			}()
			if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), "free some space") {
				t.Errorf("%s, %d bytes: %v", format, room, err)
			}
			if _, err := os.Stat(dir); err != nil {
				continue
			}
			for _, f := range files(t, dir) {
				if strings.HasSuffix(f, ".tmp") || f == manifestName {
					t.Errorf("%s, %d bytes: %s is left", format, room, f)
				}
			}
		}
	}
}

func TestFolderGoneReadOnly(t *testing.T) {
	dir := t.TempDir()
	w, err := create(dir, Options{}, func(path string) (rawFile, error) {
		return nil, &fs.PathError{Op: "open", Path: path, Err: syscall.EROFS}
	})
	if err != nil {
		t.Fatal(err)
	}
	err = w.Write(silent())
	if !errors.Is(err, syscall.EROFS) || !strings.Contains(err.Error(), "choose an output folder that you may write to") {
		t.Error(err)
	}
	w.Abort()
}

// TestBrokenDocumentIsSkipped: the run goes on as if it had not been there.
func TestBrokenDocumentIsSkipped(t *testing.T) {
	for _, format := range Formats() {
		broken := ferry(t)
		broken.Quotes[0].End = 9999
		dir := t.TempDir()
		w, err := Create(dir, Options{Formats: []Format{format}})
		if err != nil {
			t.Fatal(err)
		}
		var de *DocumentError
		if err := w.Write(broken); !errors.As(err, &de) || de.ID != broken.ID {
			t.Errorf("%s: %v is no DocumentError", format, err)
		}
		if err := w.Write(ferry(t)); err != nil {
			t.Error(err)
		}
		m, err := w.Close(info)
		if err != nil || m.Totals.Documents != 1 || m.Totals.Quotes != 3 {
			t.Errorf("%s: %v, %+v", format, err, m)
		}
	}
}

func TestUnknownFormat(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	_, err := Create(dir, Options{Formats: []Format{"csv"}})
	if err == nil || !strings.Contains(err.Error(), `"csv": choose from arrow, parquet, jsonl`) {
		t.Error(err)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("the folder was made all the same")
	}
}

// tag is a stage that takes its time, so that workers overtake one another.
type tag struct{}

func (tag) Name() string           { return "tag" }
func (tag) Doc() string            { return "Marks a block." }
func (tag) Reads() pipeline.Layers { return 0 }
func (tag) Writes() pipeline.Layer { return pipeline.LayerBlocks }
func (tag) Process(_ context.Context, d *pipeline.Document) error {
	time.Sleep(time.Duration(len(d.ID)*7919%5) * time.Microsecond)
	d.Blocks = []pipeline.Block{{Span: pipeline.Span{End: len(d.Text)}}}
	return nil
}

// TestSameBytes: the files do not depend on the number of workers, nor on that
// of processors.
func TestSameBytes(t *testing.T) {
	const n = 1200 // more than one batch and more than one shard
	sums := func(workers, processors int) map[string]string {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(processors))
		p, err := pipeline.New([]pipeline.Stage{tag{}})
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		w, err := Create(dir, Options{Formats: Formats(), ShardDocuments: 700})
		if err != nil {
			t.Fatal(err)
		}
		in := func(yield func(*pipeline.Document, error) bool) {
			for i := range n {
				d := benchDocument(i)
				d.Unmark(pipeline.LayerBlocks)
				if !yield(d, nil) {
					return
				}
			}
		}
		for r := range p.Run(t.Context(), in, workers) {
			if err := errors.Join(r.Err, w.Write(r.Doc)); err != nil {
				t.Fatal(err)
			}
		}
		m, err := w.Close(info)
		if err != nil {
			t.Fatal(err)
		}
		sums := make(map[string]string)
		for _, s := range m.Shards {
			sums[s.Path] = s.SHA256
		}
		return sums
	}
	if diff := cmp.Diff(sums(1, 1), sums(8, 4)); diff != "" {
		t.Error(diff)
	}
}
