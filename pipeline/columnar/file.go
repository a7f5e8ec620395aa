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

// prepare makes dir ready for a new run: it is made where it is missing, taken
// as it is where it is empty, and emptied of an earlier run's files where
// overwrite allows it. It reports whether it made the folder.
func prepare(dir string, overwrite bool) (made bool, err error) {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return false, explain("create", dir, err)
		}
		return true, nil
	case err != nil:
		return false, explain("open", dir, err)
	case len(entries) == 0:
		return false, nil
	case !overwrite:
		return false, fmt.Errorf("columnar: %s: %w: choose another output folder, or allow the earlier run to be overwritten", dir, ErrNotEmpty)
	}
	// Everything is looked at before anything is removed.
	var files, folders []string
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		switch {
		case e.Type().IsRegular() && e.Name() == manifestName:
			if _, err := ReadManifest(dir); err != nil {
				return false, foreign(path)
			}
			// First, so that a folder with a manifest is never half of a run.
			files = append([]string{path}, files...)
		case e.Type().IsRegular() && e.Name() == filepath.Base(temporary(manifestName)):
			files = append(files, path)
		case e.IsDir() && isTable(e.Name()):
			shards, err := os.ReadDir(path)
			if err != nil {
				return false, explain("open", path, err)
			}
			for _, s := range shards {
				if !s.Type().IsRegular() || !isShard(s.Name()) {
					return false, foreign(filepath.Join(path, s.Name()))
				}
				files = append(files, filepath.Join(path, s.Name()))
			}
			folders = append(folders, path)
		default:
			return false, foreign(path)
		}
	}
	for _, path := range append(files, folders...) {
		if err := os.Remove(path); err != nil {
			return false, explain("remove", path, err)
		}
	}
	return false, nil
}

func foreign(path string) error {
	return fmt.Errorf("columnar: overwrite %s: %w: move it away, or choose another output folder", path, ErrForeign)
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
	if hidden, ok := strings.CutPrefix(name, "."); ok {
		if name, ok = strings.CutSuffix(hidden, ".tmp"); !ok {
			return false
		}
	}
	number, ok := strings.CutPrefix(strings.TrimSuffix(name, filepath.Ext(name)), "part-")
	if !ok || len(number) < 5 || strings.Trim(number, "0123456789") != "" {
		return false
	}
	_, err := ParseFormat(strings.TrimPrefix(filepath.Ext(name), "."))
	return err == nil
}
