package ingest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// stdin is the source of documents from standard input, where Options do not
// name it.
const stdin = "stdin"

// file is a file to read.
type file struct {
	path string // "-" is standard input
	name string // for people: slashes on every system, valid UTF-8
	size int64  // 0 when unknown
}

// files finds the files that the inputs name, and then those that the list of
// inputs names, in their order, the files of a folder sorted by name, each file
// once. It yields an *Error in
// place of what it cannot find. skipped, where not nil, counts the files of
// folders that are passed over.
func (r *Reader) files(ctx context.Context, skipped func()) iter.Seq2[file, *Error] {
	return func(yield func(file, *Error) bool) {
		w := walker{ctx: ctx, yield: yield, skipped: skipped, seen: newIDSet(), stdin: r.opts.StdinName}
		for _, in := range r.inputs {
			if !w.input(in) {
				return
			}
		}
		if r.list != nil {
			w.list(r.list)
		}
	}
}

type walker struct {
	ctx     context.Context
	yield   func(file, *Error) bool
	skipped func()
	seen    *idSet
	stdin   string // the name of standard input
}

// input yields the files of one input. It reports whether to go on.
func (w *walker) input(in string) bool {
	if in == "-" {
		if !w.seen.add("-") {
			return true
		}
		return w.yield(file{path: "-", name: w.stdin}, nil)
	}
	info, err := os.Stat(in)
	switch {
	case err == nil:
		return w.found(in, info)
	case errors.Is(err, fs.ErrNotExist) && strings.ContainsAny(in, "*?[{"):
		return w.pattern(in)
	}
	return w.fail(in, err)
}

func (w *walker) found(path string, info fs.FileInfo) bool {
	if !info.IsDir() {
		return w.file(path, info)
	}
	any := false
	if !w.folder(path, &any) {
		return false
	}
	if !any {
		return w.yield(file{}, &Error{Source: display(path), Byte: -1, Reason: NoFiles,
			Message: "the folder holds no text, HTML or JSON files: name the files themselves if they have other suffixes"})
	}
	return true
}

// file yields a regular file or anything else that can be read, once.
func (w *walker) file(path string, info fs.FileInfo) bool {
	if w.ctx.Err() != nil {
		return false
	}
	if abs, err := filepath.Abs(path); err == nil && !w.seen.add(abs) {
		return true
	}
	f := file{path: path, name: display(path)}
	if info.Mode().IsRegular() {
		f.size = info.Size()
	}
	return w.yield(f, nil)
}

func (w *walker) pattern(in string) bool {
	matches, err := doublestar.FilepathGlob(in, doublestar.WithNoHidden())
	if err != nil {
		return w.fail(in, err)
	}
	if len(matches) == 0 {
		return w.yield(file{}, &Error{Source: display(in), Byte: -1, Reason: NotFound,
			Message: "no file matches the pattern: check the folder and the spelling; ** stands for folders at any depth"})
	}
	slices.Sort(matches)
	for _, m := range matches {
		info, err := os.Stat(m)
		if err != nil {
			if !w.fail(m, err) {
				return false
			}
			continue
		}
		// ** matches folders on the way to the files that are meant.
		if info.IsDir() && strings.Contains(in, "**") {
			continue
		}
		if !w.found(m, info) {
			return false
		}
	}
	return true
}

// folder yields the files under dir. It sets *any when there is one, or an
// error.
func (w *walker) folder(dir string, any *bool) bool {
	if w.ctx.Err() != nil {
		return false
	}
	entries, err := os.ReadDir(dir) // sorted by name
	if err != nil {
		*any = true
		if !w.fail(dir, err) {
			return false
		}
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			continue
		}
		path := filepath.Join(dir, e.Name())
		if e.IsDir() {
			if !w.folder(path, any) {
				return false
			}
			continue
		}
		info, err := os.Stat(path) // follows links to files
		if err != nil {
			*any = true
			if !w.fail(path, err) {
				return false
			}
			continue
		}
		if !info.Mode().IsRegular() {
			continue
		}
		switch fateOf(path, func() bool { return opensAs(path) }) {
		case refuse:
			*any = true
			if !w.yield(file{}, refused(display(path))) {
				return false
			}
		case take:
			*any = true
			if !w.file(path, info) {
				return false
			}
		case passOver:
			if w.skipped != nil {
				w.skipped()
			}
		}
	}
	return true
}

// fate is what becomes of a file in a folder, or of a member of an archive.
type fate uint8

const (
	passOver fate = iota // nothing says that it holds articles
	take                 // it is read
	refuse               // it may hold articles, but is not read
)

// fateOf tells by the name what becomes of a file. looksRight looks into files
// without a suffix, and says whether one is to be read.
func fateOf(name string, looksRight func() bool) fate {
	switch {
	case keepsArticles(name):
		return refuse
	case formatOfName(name) != FormatAuto, isArchiveName(name), isXMLName(name):
		return take
	case filepath.Ext(trimCompression(name)) == "" && (trimCompression(name) != name || looksRight()):
		return take
	}
	return passOver
}

// refused is the error of a file that may hold articles.
func refused(name string) *Error {
	return &Error{Source: name, Byte: -1, Reason: Unsupported, Message: fmt.Sprintf(
		"%s files are not read: convert it to text, HTML or JSON Lines, or move it out of the folder", filepath.Ext(trimCompression(name)))}
}

// opensAs reports whether the file begins as one that is read, or cannot be
// opened, so that reading it will tell.
func opensAs(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return true
	}
	defer f.Close()
	head := make([]byte, sniffBytes)
	n, _ := f.Read(head)
	return readsAs(head[:n])
}

// readsAs reports whether head begins a file that is read.
func readsAs(head []byte) bool {
	if compressionOf(head) != noCompression || archiveOf(head) != noArchive || binaryFormat(head) != FormatAuto {
		return true
	}
	if e := wideEncoding(head); e != nil {
		head, _ = e.NewDecoder().Bytes(head)
	}
	return len(head) > 0 && notText(head) == "" && !strings.HasPrefix(string(head), "#!")
}

// fail yields the error of a path that cannot be looked at.
func (w *walker) fail(path string, err error) bool {
	return w.yield(file{}, fileError(display(path), err))
}

// fileError says what is wrong with a file that cannot be opened or read.
func fileError(name string, err error) *Error {
	e := &Error{Source: name, Byte: -1, Reason: Unreadable, Err: err}
	var pe *fs.PathError
	cause := err
	if errors.As(err, &pe) {
		cause = pe.Err
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		e.Reason = NotFound
		e.Message = "there is no such file or folder: check the path and the folder you are in"
	case errors.Is(err, fs.ErrPermission):
		e.Message = "reading it is not allowed: give this user permission to read it (chmod +r)"
	default:
		e.Message = fmt.Sprintf("reading failed (%v): check the disk and try again", cause)
	}
	return e
}

// display makes a path fit for a column: slashes on every system, valid UTF-8.
func display(path string) string {
	return strings.ToValidUTF8(filepath.ToSlash(path), "\uFFFD")
}
