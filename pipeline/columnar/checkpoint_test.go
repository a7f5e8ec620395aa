package columnar

import (
	"encoding/json"
	"errors"
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

	"github.com/google/go-cmp/cmp"
)

// The run of these tests has 80 documents, a failure beside every seventh, and
// then a tail of 50 results that are failures alone.
const results = 130

// goOn writes the results from the given one and ends shards that are full, with
// the number of the next result as the state.
func goOn(w *Writer, from int) (*Manifest, error) {
	for i := from; i < results; i++ {
		if i < 80 {
			if err := w.Write(benchDocument(i)); err != nil {
				return nil, err
			}
		}
		if i%7 == 0 || i >= 80 {
			if err := w.Fail(Failure{Source: "a.jsonl", Record: int64(i + 1), DocID: fmt.Sprint(i), Stage: "ingest", Reason: "bad_json", Message: "mend it"}); err != nil {
				return nil, err
			}
		}
		if w.Full() {
			if err := w.EndShard(info, i+1); err != nil {
				return nil, err
			}
		}
	}
	return w.Close(info)
}

// takeUp resumes the run in dir as a program does.
func takeUp(t *testing.T, dir string, opts Options, makeFile createFunc) (*Manifest, error) {
	t.Helper()
	c, err := ReadCheckpoint(dir)
	from := 0
	switch {
	case errors.Is(err, fs.ErrNotExist):
		c = nil
	case err != nil:
		t.Fatal(err)
	default:
		if err := json.Unmarshal(c.State, &from); err != nil {
			t.Fatal(err)
		}
	}
	w, err := resume(dir, c, opts, makeFile)
	if err != nil {
		return nil, err
	}
	m, err := goOn(w, from)
	w.Abort()
	return m, err
}

// whole is a run that nothing disturbed: its manifest and its files.
func whole(t *testing.T, opts Options) (*Manifest, map[string]string) {
	t.Helper()
	dir := t.TempDir()
	w, err := Create(dir, opts)
	if err != nil {
		t.Fatal(err)
	}
	m, err := goOn(w, 0)
	if err != nil {
		t.Fatal(err)
	}
	return m, bytesOf(t, dir)
}

// bytesOf reads the files under dir, but for the manifest.
func bytesOf(t *testing.T, dir string) map[string]string {
	t.Helper()
	got := make(map[string]string)
	for _, f := range files(t, dir) {
		if f == manifestName {
			continue
		}
		b, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(f)))
		if err != nil {
			t.Fatal(err)
		}
		got[f] = string(b)
	}
	return got
}

// same fails the test unless the run in dir is the undisturbed one, taken up
// so many times.
func same(t *testing.T, dir string, want *Manifest, bytes map[string]string, resumed int) {
	t.Helper()
	got, err := ReadManifest(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got.Resumed != resumed {
		t.Errorf("resumed %d times, want %d", got.Resumed, resumed)
	}
	got.Resumed = 0
	got.Config = want.Config
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("manifest:\n%s", diff)
	}
	files := bytesOf(t, dir)
	for name, b := range bytes {
		if files[name] != b {
			t.Errorf("%s differs", name)
		}
		delete(files, name)
	}
	for name := range files {
		t.Errorf("%s is left", name)
	}
}

// A shard ends behind the result that fills it, with documents or failures.
func TestEndShard(t *testing.T) {
	m, _ := whole(t, Options{ShardDocuments: 30, Formats: []Format{JSONL}})
	var documents, failures []int64
	for _, s := range m.Shards {
		switch s.Table {
		case Articles:
			documents = append(documents, s.Rows)
		case Failures:
			failures = append(failures, s.Rows)
		}
	}
	if want := []int64{30, 30, 20, 0}; !slices.Equal(documents, want) {
		t.Errorf("documents %v, want %v", documents, want)
	}
	if want := []int64{5, 4, 30, 23}; !slices.Equal(failures, want) {
		t.Errorf("failures %v, want %v", failures, want)
	}
}

// Wherever the disk ran full, and whether the writer could still tidy up or
// not, the run taken up again ends with the same bytes.
func TestResumeAfterFullDisk(t *testing.T) {
	for _, formats := range [][]Format{{Arrow}, {Parquet}, {JSONL}, Formats()} {
		opts := Options{Formats: formats, ShardDocuments: 20, Meta: meta}
		m, bytes := whole(t, opts)
		total := 0
		for _, b := range bytes {
			total += len(b)
		}
		for _, tidy := range []bool{true, false} {
			for k := range 5 {
				dir := filepath.Join(t.TempDir(), "out")
				disk := total * (2*k + 1) / 10
				full := func(room int) createFunc {
					return func(path string) (rawFile, error) {
						f, err := createFile(path)
						return faulty{f, &room}, err
					}
				}
				w, err := create(dir, opts, full(disk))
				if err != nil {
					t.Fatal(err)
				}
				if _, err := goOn(w, 0); !errors.Is(err, syscall.ENOSPC) {
					t.Fatalf("%v, room for %d of %d bytes: %v", formats, disk, total, err)
				}
				if tidy {
					w.Abort()
				}
				w.lock.release()
				// A little further, and to the end.
				resumed := 0
				for _, room := range []int{total / 4, 1 << 30} {
					_, err = takeUp(t, dir, opts, full(room))
					if err == nil {
						if _, err := ReadManifest(dir); err != nil {
							t.Fatal(err)
						}
						break
					}
					if !errors.Is(err, syscall.ENOSPC) {
						t.Fatal(err)
					}
				}
				if got, err := ReadManifest(dir); err == nil {
					resumed = got.Resumed
				}
				same(t, dir, m, bytes, resumed)
				if t.Failed() {
					t.Fatalf("%v, room for %d of %d bytes, tidy %v", formats, disk, total, tidy)
				}
			}
		}
	}
}

// cut makes a run that broke off after some shards, without tidying up, and
// returns its folder.
func cut(t *testing.T, opts Options) string {
	t.Helper()
	dir := t.TempDir()
	w, err := Create(dir, opts)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 45 {
		if err := w.Write(benchDocument(i)); err != nil {
			t.Fatal(err)
		}
		if i%7 == 0 {
			if err := w.Fail(Failure{Source: "a.jsonl", Record: int64(i + 1), DocID: fmt.Sprint(i), Stage: "ingest", Reason: "bad_json", Message: "mend it"}); err != nil {
				t.Fatal(err)
			}
		}
		if w.Full() {
			if err := w.EndShard(info, i+1); err != nil {
				t.Fatal(err)
			}
		}
	}
	w.lock.release()
	return dir
}

// What a crash can leave between two steps of the end of a shard is taken up.
func TestResumeBetweenSteps(t *testing.T) {
	opts := Options{ShardDocuments: 20, Meta: meta}
	m, bytes := whole(t, opts)
	for name, crash := range map[string]func(t *testing.T, dir string){
		"in a shard": func(*testing.T, string) {},
		"some files of the shard have their names": func(t *testing.T, dir string) {
			for _, table := range []string{"failures", "quotes"} {
				from := filepath.Join(dir, table, ".part-00002.arrow.tmp")
				if err := os.Rename(from, filepath.Join(dir, table, "part-00002.arrow")); err != nil {
					t.Fatal(err)
				}
			}
		},
		"the checkpoint is half written": func(t *testing.T, dir string) {
			if err := os.WriteFile(filepath.Join(dir, ".checkpoint.json.tmp"), []byte(`{"sche`), 0o644); err != nil {
				t.Fatal(err)
			}
		},
		"the manifest is half written": func(t *testing.T, dir string) {
			if err := os.WriteFile(filepath.Join(dir, ".manifest.json.tmp"), []byte(`{"sche`), 0o644); err != nil {
				t.Fatal(err)
			}
		},
		"an empty folder of a table is gone": func(t *testing.T, dir string) {
			for _, f := range files(t, dir) {
				if strings.HasSuffix(f, ".tmp") {
					os.Remove(filepath.Join(dir, f))
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := cut(t, opts)
			crash(t, dir)
			if _, err := takeUp(t, dir, opts, createFile); err != nil {
				t.Fatal(err)
			}
			same(t, dir, m, bytes, 1)
		})
	}
	t.Run("before the first checkpoint", func(t *testing.T) {
		dir := t.TempDir()
		w, err := Create(dir, opts)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 15 {
			w.Write(benchDocument(i))
		}
		w.lock.release()
		if _, err := takeUp(t, dir, opts, createFile); err != nil {
			t.Fatal(err)
		}
		same(t, dir, m, bytes, 0)
	})
	t.Run("between the first shard and its checkpoint", func(t *testing.T) {
		dir := cut(t, opts)
		os.Remove(filepath.Join(dir, checkpointName))
		for _, f := range files(t, dir) {
			if strings.Contains(f, "part-00001") {
				os.Remove(filepath.Join(dir, f))
			}
		}
		if _, err := takeUp(t, dir, opts, createFile); err != nil {
			t.Fatal(err)
		}
		same(t, dir, m, bytes, 0)
	})
	t.Run("in no folder", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "out")
		if _, err := takeUp(t, dir, opts, createFile); err != nil {
			t.Fatal(err)
		}
		same(t, dir, m, bytes, 0)
	})
}

// What cannot be taken up is refused, and left as it is.
func TestResumeRefused(t *testing.T) {
	opts := Options{ShardDocuments: 20, Meta: meta}
	with := func(change func(*Options)) Options {
		o := opts
		change(&o)
		return o
	}
	nothing := func(*testing.T, string) {}
	for name, c := range map[string]struct {
		opts   Options
		before func(t *testing.T, dir string)
		want   error
		says   string
	}{
		"another version":    {with(func(o *Options) { o.Meta.ToolVersion = "v9" }), nothing, ErrDiffers, "version of the program is v0.0.0-test, this one v9"},
		"another model":      {with(func(o *Options) { o.Meta.Models = []Model{{"attribute", "33"}, {"stance", "22"}} }), nothing, ErrDiffers, "model attribute is 11, this one 33"},
		"a model less":       {with(func(o *Options) { o.Meta.Models = o.Meta.Models[:1] }), nothing, ErrDiffers, "model"},
		"another list":       {with(func(o *Options) { o.Formats = []Format{Arrow, JSONL} }), nothing, ErrDiffers, "list of formats is [arrow], this one [arrow jsonl]"},
		"a shard is missing": {opts, func(t *testing.T, dir string) { os.Remove(filepath.Join(dir, "quotes/part-00001.arrow")) }, ErrDamaged, "quotes/part-00001.arrow is missing"},
		"a shard is cut off": {opts, func(t *testing.T, dir string) { os.Truncate(filepath.Join(dir, "claims/part-00000.arrow"), 10) }, ErrDamaged, "claims/part-00000.arrow has 10 bytes"},
		"a shard has other bytes": {opts, func(t *testing.T, dir string) {
			f, err := os.OpenFile(filepath.Join(dir, "documents/part-00000.arrow"), os.O_RDWR, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			f.WriteAt([]byte("?"), 1000)
		}, ErrDamaged, "documents/part-00000.arrow has the sha256"},
		"the checkpoint is gone": {opts, func(t *testing.T, dir string) { os.Remove(filepath.Join(dir, checkpointName)) }, ErrNoCheckpoint, "part-00001"},
		"another run is at it": {opts, func(t *testing.T, dir string) {
			if runtime.GOOS == "windows" {
				t.Skip("no locks there")
			}
			l, err := lockFolder(dir)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(l.release)
		}, ErrInUse, "wait until it is done"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := cut(t, opts)
			c.before(t, dir)
			before := files(t, dir)
			_, err := takeUp(t, dir, c.opts, createFile)
			if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), dir) {
				t.Errorf("error %v, want %v that says %q", err, c.want, c.says)
			}
			if diff := cmp.Diff(before, files(t, dir)); diff != "" {
				t.Errorf("the folder was changed: %s", diff)
			}
		})
	}
}

// What a resumed run has to know of the shards before can be read back from
// every format.
func TestWritten(t *testing.T) {
	for _, formats := range [][]Format{{Arrow}, {Parquet}, {JSONL}} {
		dir := cut(t, Options{Formats: formats, ShardDocuments: 20, Meta: meta})
		c, err := ReadCheckpoint(dir)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for d, err := range c.Documents(dir) {
			want := benchDocument(n)
			if err != nil || d.ID != want.ID || d.Fingerprint != want.Fingerprint && d.Text != want.Text {
				t.Fatalf("%v: document %d is %+v, %v", formats, n, d, err)
			}
			n++
		}
		if n != 40 {
			t.Errorf("%v: %d documents, want those of two shards", formats, n)
		}
		var records []int64
		for f, err := range c.Failures(dir) {
			if err != nil || f.Reason != "bad_json" || f.DocID != fmt.Sprint(f.Record-1) {
				t.Fatalf("%v: %+v, %v", formats, f, err)
			}
			records = append(records, f.Record)
		}
		if want := []int64{1, 8, 15, 22, 29, 36}; !slices.Equal(records, want) {
			t.Errorf("%v: failures of the records %v, want %v", formats, records, want)
		}
	}
}

// The manifest of a resumed run has the configuration and the beginning of the
// first part, and there is no checkpoint beside it.
func TestManifestOfResumed(t *testing.T) {
	opts := Options{ShardDocuments: 20, Meta: meta}
	dir := cut(t, opts)
	c, err := ReadCheckpoint(dir)
	if err != nil {
		t.Fatal(err)
	}
	w, err := Resume(dir, c, opts)
	if err != nil {
		t.Fatal(err)
	}
	later := info
	later.Config, later.Started = map[string]int{"workers": 9}, info.Started.Add(time.Hour)
	m, err := w.Close(later)
	if err != nil {
		t.Fatal(err)
	}
	if string(m.Config) != `{"workers":2}` || !m.Started.Equal(info.Started) || m.Resumed != 1 || m.Totals.Documents != 40 {
		t.Errorf("manifest %+v", m)
	}
	if _, err := ReadCheckpoint(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the checkpoint: %v", err)
	}
}
