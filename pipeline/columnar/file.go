package columnar

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
)

// file is a file in the making. It is written beside its place, under a hidden
// name that readers of data sets pass over, and gets its name by publish.
type file struct {
	path string // its place
	f    rawFile
	buf  *bufio.Writer
	hash hash.Hash
	n    int64 // bytes written
	err  error // the first; what Arrow's writers return in its stead may hide it
}

// rawFile is what file needs of an *os.File.
type rawFile interface {
	io.WriteCloser
	Sync() error
}

// createFunc makes a new file, in which tests put faults.
type createFunc func(path string) (rawFile, error)

func createFile(path string) (rawFile, error) {
	return os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
}

func newFile(create createFunc, path string) (*file, error) {
	f, err := create(temporary(path))
	if err != nil {
		return nil, explain("create", path, err)
	}
	w := &file{path: path, f: f, hash: sha256.New()}
	w.buf = bufio.NewWriterSize(io.MultiWriter(f, w.hash), 1<<16)
	return w, nil
}

// temporary is the name under which the file at path is written.
func temporary(path string) string {
	return filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".tmp")
}

// isTemporary reports whether the path is one that temporary makes.
func isTemporary(path string) bool {
	name := filepath.Base(path)
	return strings.HasPrefix(name, ".") && strings.HasSuffix(name, ".tmp")
}

func (w *file) Write(p []byte) (int, error) {
	if w.err != nil {
		return 0, w.err
	}
	n, err := w.buf.Write(p)
	w.n += int64(n)
	if err != nil {
		w.err = explain("write", w.path, err)
	}
	return n, w.err
}

// Seek tells the position and moves nowhere: all that Arrow's writer of IPC
// files asks for.
func (w *file) Seek(offset int64, whence int) (int64, error) {
	if offset != 0 || whence != io.SeekCurrent {
		return 0, errors.New("columnar: a file in the making cannot seek")
	}
	return w.n, nil
}

// finish puts every byte on the disk and closes the file.
func (w *file) finish() error {
	err := w.err
	if err == nil {
		if err = errors.Join(w.buf.Flush(), w.f.Sync()); err != nil {
			err = explain("write", w.path, err)
		}
	}
	if closeErr := w.f.Close(); err == nil && closeErr != nil {
		err = explain("write", w.path, closeErr)
	}
	w.f = nil
	w.err = err
	return err
}

// publish gives the finished file its name.
func (w *file) publish() error {
	if err := os.Rename(temporary(w.path), w.path); err != nil {
		return explain("rename", w.path, err)
	}
	return nil
}

// discard closes the file and removes what was written.
func (w *file) discard() {
	if w.f != nil {
		w.f.Close()
	}
	os.Remove(temporary(w.path))
}

func (w *file) sum() string { return hex.EncodeToString(w.hash.Sum(nil)) }

// syncDir makes renames within dir last through a crash of the machine.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" { // has no such call
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return explain("open", dir, err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, syscall.ENOTSUP) {
		return explain("sync", dir, err)
	}
	return nil
}

// explain says what was tried on which path, what went wrong, and what helps.
func explain(verb, path string, err error) error {
	remedy := ""
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		remedy = ": free some space there, or choose an output folder on another disk"
	case errors.Is(err, syscall.EROFS), errors.Is(err, fs.ErrPermission):
		remedy = ": choose an output folder that you may write to"
	case errors.Is(err, syscall.ENOTDIR):
		remedy = ": a file stands where a folder should; choose another output folder"
	}
	// The path is named once.
	if pe := new(fs.PathError); errors.As(err, &pe) {
		err = pe.Err
	}
	if le := new(os.LinkError); errors.As(err, &le) {
		err = le.Err
	}
	return fmt.Errorf("columnar: %s %s: %w%s", verb, path, err, remedy)
}

// makeFolder makes dir where it is missing, and reports whether it was.
func makeFolder(dir string) (made bool, err error) {
	if _, err := os.Stat(dir); err == nil {
		return false, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return false, explain("create", dir, err)
	}
	return true, nil
}

// empty makes dir ready for a new run: it is taken as it is where it is empty,
// and emptied of an earlier run's files where overwrite allows it.
func empty(dir string, overwrite bool) error {
	entries, err := os.ReadDir(dir)
	switch {
	case err != nil:
		return explain("open", dir, err)
	case len(entries) == 0:
		return nil
	case !overwrite:
		return fmt.Errorf("columnar: %s: %w: choose another output folder, or allow the earlier run to be overwritten", dir, ErrNotEmpty)
	}
	// Everything is looked at before anything is removed.
	ours, err := scan(dir)
	if err != nil {
		return err
	}
	if ours.foreign != "" {
		return fmt.Errorf("columnar: overwrite %s: %w: move it away, or choose another output folder", ours.foreign, ErrForeign)
	}
	for _, path := range append(ours.files, ours.folders...) {
		if err := os.Remove(path); err != nil {
			return explain("remove", path, err)
		}
	}
	return nil
}

// contents is what lies in an output folder.
type contents struct {
	// files that a run wrote: manifest and checkpoint first, so that, removed in
	// this order, a folder that has one is never half of a run.
	files   []string
	folders []string // of tables
	foreign string   // the first path that no run wrote, or ""
}

// scan looks through the folder dir, which may be missing.
func scan(dir string) (c contents, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return c, explain("open", dir, err)
	}
	foreign := func(path string) {
		if c.foreign == "" {
			c.foreign = path
		}
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		switch {
		case e.Type().IsRegular() && (e.Name() == manifestName || e.Name() == checkpointName):
			_, err := ReadManifest(dir)
			if e.Name() == checkpointName {
				_, err = ReadCheckpoint(dir)
			}
			if err != nil {
				foreign(path)
				continue
			}
			c.files = append([]string{path}, c.files...)
		case e.Type().IsRegular() && (e.Name() == temporary(manifestName) || e.Name() == temporary(checkpointName)):
			c.files = append(c.files, path)
		case e.IsDir() && isTable(e.Name()):
			shards, err := os.ReadDir(path)
			if err != nil {
				return c, explain("open", path, err)
			}
			for _, s := range shards {
				if !s.Type().IsRegular() || !isShard(s.Name()) {
					foreign(filepath.Join(path, s.Name()))
					continue
				}
				c.files = append(c.files, filepath.Join(path, s.Name()))
			}
			c.folders = append(c.folders, path)
		default:
			foreign(path)
		}
	}
	return c, nil
}

func isTable(name string) bool {
	switch Table(name) {
	case Documents, Quotes, Claims, Speakers, Failures, Articles:
		return true
	}
	return false
}

// isShard reports whether name is that of a shard, in the making or finished.
func isShard(name string) bool {
	if isTemporary(name) {
		name = strings.TrimSuffix(name[1:], ".tmp")
	}
	number, ok := strings.CutPrefix(strings.TrimSuffix(name, filepath.Ext(name)), "part-")
	if !ok || len(number) < 5 || strings.Trim(number, "0123456789") != "" {
		return false
	}
	_, err := ParseFormat(strings.TrimPrefix(filepath.Ext(name), "."))
	return err == nil
}

// writeFile writes a line of JSON, or several, as a file of the folder dir,
// whole or not at all, in the place of one that may be there.
func writeFile(create createFunc, dir, name string, b []byte) error {
	f, err := newFile(create, filepath.Join(dir, name))
	if err != nil {
		return err
	}
	f.Write(append(b, '\n')) // finish returns its error
	if err = f.finish(); err == nil {
		err = f.publish()
	}
	if err != nil {
		f.discard()
		return err
	}
	return syncDir(dir)
}
