package columnar

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const checkpointName = "checkpoint.json"

// Errors of [Resume] that a program may want to tell apart.
var (
	// ErrDiffers: the run was begun by another version of the program, with other
	// models or formats.
	ErrDiffers = errors.New("the run was begun otherwise")
	// ErrDamaged: a file that the checkpoint lists is missing or not as it was
	// written.
	ErrDamaged = errors.New("a finished shard is damaged")
	// ErrNoCheckpoint: there are shards, and no checkpoint that says what they hold.
	ErrNoCheckpoint = errors.New("there is no checkpoint")
	// ErrInUse: another process writes into the output folder.
	ErrInUse = errors.New("another run writes into the folder")
)

// Checkpoint is what checkpoint.json in the output folder says of an
// unfinished run. It is written when a shard ends, and removed once there is a
// manifest. Shards and Totals are those of the shards that have ended, and
// Finished is not known.
type Checkpoint struct {
	Manifest
	// State is what the caller of [Writer.EndShard] needs to go on.
	State json.RawMessage `json:"state"`
}

// ReadCheckpoint reads the checkpoint of the output folder dir. The error is
// fs.ErrNotExist where there is none.
func ReadCheckpoint(dir string) (*Checkpoint, error) {
	path := filepath.Join(dir, checkpointName)
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, explain("read", path, err)
	}
	c := new(Checkpoint)
	if err := json.Unmarshal(b, c); err != nil {
		return nil, fmt.Errorf("columnar: read %s: %w", path, err)
	}
	if c.SchemaVersion == "" || c.Formats == nil {
		return nil, fmt.Errorf("columnar: read %s: not a checkpoint of onrecord", path)
	}
	return c, nil
}

// DropCheckpoint removes the checkpoint of the folder dir, if there is one. A
// finished run has it only where it was killed in its very last step.
func DropCheckpoint(dir string) error {
	path := filepath.Join(dir, checkpointName)
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return explain("remove", path, err)
	}
	return nil
}

// Resume takes up the unfinished run in the folder dir behind its last
// checkpoint c, which the caller has read and found to be of the run that it
// wants. Shards that the checkpoint lists must be whole; what was written behind
// them is removed. Where c is nil the run had not come to its first checkpoint
// and begins anew, in a folder that is missing or empty too.
//
// The error is [ErrDiffers], [ErrDamaged], [ErrNoCheckpoint], [ErrInUse] or one
// of the file system. Nothing is removed before all has been looked at.
func Resume(dir string, c *Checkpoint, opts Options) (*Writer, error) {
	return resume(dir, c, opts, createFile)
}

func resume(dir string, c *Checkpoint, opts Options, makeFile createFunc) (*Writer, error) {
	if c == nil {
		if err := justBegun(dir); err != nil {
			return nil, err
		}
		opts.Overwrite = true
		return create(dir, opts, makeFile)
	}
	w, err := newWriter(dir, opts, makeFile)
	if err != nil {
		return nil, err
	}
	if err := w.begunAs(c); err != nil {
		return nil, err
	}
	if w.lock, err = lockFolder(dir); err != nil {
		return nil, err
	}
	if err := w.takeUp(c); err != nil {
		w.lock.release()
		return nil, err
	}
	return w, nil
}

// begunAs returns an error unless the run of the checkpoint was begun with the
// options of w.
func (w *Writer) begunAs(c *Checkpoint) error {
	differs := func(what, was, is string) error {
		return fmt.Errorf("columnar: resume %s: %w: its %s is %s, this one %s: go on as it was begun, or begin anew in another folder", w.dir, ErrDiffers, what, was, is)
	}
	if c.SchemaVersion != SchemaVersion {
		return differs("version of the columns", c.SchemaVersion, SchemaVersion)
	}
	if c.ToolVersion != w.opts.Meta.ToolVersion {
		return differs("version of the program", c.ToolVersion, w.opts.Meta.ToolVersion)
	}
	if was, is := fmt.Sprint(c.Formats), fmt.Sprint(w.opts.Formats); was != is {
		return differs("list of formats", was, is)
	}
	models := w.opts.Meta.models()
	for i := range max(len(c.Models), len(models)) {
		switch {
		case i >= len(c.Models):
			return differs("list of models", "without "+models[i].Name, "with it")
		case i >= len(models):
			return differs("list of models", "with "+c.Models[i].Name, "without it")
		case c.Models[i] != models[i]:
			return differs("model "+models[i].Name, c.Models[i].SHA256, models[i].SHA256)
		}
	}
	return nil
}

// takeUp checks the shards of the checkpoint, removes what stands behind them,
// and puts w where the checkpoint was written.
func (w *Writer) takeUp(c *Checkpoint) error {
	listed := make(map[string]bool, len(c.Shards))
	for _, s := range c.Shards {
		if err := s.check(w.dir); err != nil {
			return err
		}
		listed[s.Path] = true
	}
	ours, err := scan(w.dir)
	if err != nil {
		return err
	}
	for _, path := range ours.files {
		rel, err := filepath.Rel(w.dir, path)
		if err != nil {
			return fmt.Errorf("columnar: %w", err)
		}
		if rel = filepath.ToSlash(rel); listed[rel] || rel == checkpointName {
			continue
		}
		if err := os.Remove(path); err != nil {
			return explain("remove", path, err)
		}
	}
	for _, t := range w.tables() {
		if err := os.Mkdir(w.folder(t), 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
			return explain("create", w.folder(t), err)
		}
	}
	w.shards, w.totals = slices.Clone(c.Shards), c.Totals
	w.shard = len(c.of(Failures, w.opts.Formats[0])) // every format has that table
	w.begun = &c.Manifest
	w.begun.Resumed++
	return nil
}

// check returns an error unless the file is there and as it was written.
func (s *Shard) check(dir string) error {
	damaged := func(format string, args ...any) error {
		return fmt.Errorf("columnar: resume %s: %w: %s %s: put it back as it was, or begin anew", dir, ErrDamaged, s.Path, fmt.Sprintf(format, args...))
	}
	path := filepath.Join(dir, filepath.FromSlash(s.Path))
	f, err := os.Open(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return damaged("is missing")
	case err != nil:
		return explain("open", path, err)
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, f)
	if err != nil {
		return explain("read", path, err)
	}
	if n != s.Bytes {
		return damaged("has %d bytes, and had %d", n, s.Bytes)
	}
	if sum := hex.EncodeToString(h.Sum(nil)); sum != s.SHA256 {
		return damaged("has the sha256 %s, and had %s", sum, s.SHA256)
	}
	return nil
}

// justBegun returns an error unless the folder is missing, or holds no more
// than a run leaves before its first checkpoint: at most one shard.
func justBegun(dir string) error {
	ours, err := scan(dir)
	if err != nil || ours.foreign != "" {
		return err // or the refusal of create
	}
	for _, path := range ours.files {
		name := strings.TrimPrefix(filepath.Base(path), ".")
		if name == manifestName || strings.HasPrefix(name, "part-") && !strings.HasPrefix(name, "part-00000.") && !isTemporary(path) {
			return fmt.Errorf("columnar: resume %s: %w beside %s: allow the folder to be overwritten, or choose another one", dir, ErrNoCheckpoint, path)
		}
	}
	return nil
}

// Written is what a document left in the output that a resumed run needs.
type Written struct {
	ID          string
	Fingerprint [32]byte // as [pipeline.Document] has it; zero where there is none, or Text is given
	Text        string   // where the formats of the run keep no fingerprint, else empty
}

// Documents yields the documents in the shards of the checkpoint of the folder
// dir, in their order. The sequence ends with the first error.
func (c *Checkpoint) Documents(dir string) iter.Seq2[Written, error] {
	format := c.columns()
	if format == JSONL {
		type article struct{ ID, Text string }
		return join(c.of(Articles, format), dir, func(dir string, s Shard) iter.Seq2[Written, error] {
			return convert(readLines[article](dir, s), func(a article) (Written, error) { return Written{ID: a.ID, Text: a.Text}, nil })
		})
	}
	columns := slices.DeleteFunc(documentColumns(), func(c column[documentRow]) bool {
		return c.field.Name != "doc_id" && c.field.Name != "fingerprint"
	})
	return join(c.of(Documents, format), dir, func(dir string, s Shard) iter.Seq2[Written, error] {
		return convert(readRows(dir, s, columns), func(r documentRow) (Written, error) {
			w := Written{ID: r.docID}
			if n, err := hex.Decode(w.Fingerprint[:], []byte(r.fingerprint)); r.fingerprint != "" && (err != nil || n != len(w.Fingerprint)) {
				return w, fmt.Errorf("columnar: %s: document %q: fingerprint %q is none", s.Path, r.docID, r.fingerprint)
			}
			return w, nil
		})
	})
}

// Failures yields the failures in the shards of the checkpoint of the folder
// dir, in their order. The sequence ends with the first error.
func (c *Checkpoint) Failures(dir string) iter.Seq2[Failure, error] {
	format := c.columns()
	return join(c.of(Failures, format), dir, func(dir string, s Shard) iter.Seq2[Failure, error] {
		if format == JSONL {
			return convert(readLines[failureJSON](dir, s), func(f failureJSON) (Failure, error) { return Failure(f), nil })
		}
		return readRows(dir, s, failureColumns())
	})
}

// columns is the format that is read most easily.
func (c *Checkpoint) columns() Format {
	for _, f := range []Format{Arrow, Parquet} {
		if slices.Contains(c.Formats, f) {
			return f
		}
	}
	return JSONL
}

// of lists the shards of a table in one format, in order.
func (c *Checkpoint) of(t Table, format Format) []Shard {
	var list []Shard
	for _, s := range c.Shards {
		if s.Table == t && strings.HasSuffix(s.Path, "."+string(format)) {
			list = append(list, s)
		}
	}
	return list
}

// join joins what is read of the shards, up to the first error.
func join[T any](shards []Shard, dir string, read func(string, Shard) iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, s := range shards {
			for v, err := range read(dir, s) {
				if !yield(v, err) || err != nil {
					return
				}
			}
		}
	}
}

func convert[A, B any](in iter.Seq2[A, error], f func(A) (B, error)) iter.Seq2[B, error] {
	return func(yield func(B, error) bool) {
		for a, err := range in {
			var b B
			if err == nil {
				b, err = f(a)
			}
			if !yield(b, err) || err != nil {
				return
			}
		}
	}
}

// readLines yields the lines of a file of JSON Lines.
func readLines[T any](dir string, s Shard) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		path := filepath.Join(dir, filepath.FromSlash(s.Path))
		var v T
		f, err := os.Open(path)
		if err != nil {
			yield(v, explain("open", path, err))
			return
		}
		defer f.Close()
		d := json.NewDecoder(f)
		for {
			var v T
			switch err := d.Decode(&v); {
			case err == io.EOF:
				return
			case err != nil:
				yield(v, fmt.Errorf("columnar: read %s: %w", s.Path, err))
				return
			}
			if !yield(v, nil) {
				return
			}
		}
	}
}
