// Package exchange takes articles with their labels into the files of other
// annotation tools and back: brat standoff, Label Studio JSON, doccano JSONL,
// W3C Web Annotation, and the project's own JSON form.
//
// A round trip loses nothing: what was read in the JSON form (package
// goldform), written in any of the formats and read again is the same in the
// JSON form, byte for byte. Where a tool has no place for something, it rides
// along in a place that the tool keeps and does not show; what the tool shows
// wins over it, so that labels that a person moved, changed, added or deleted
// there come back as they were left.
//
// Files that were not made by this package are read as far as they go: their
// labels Source, Cue, Content, Quote, Mention and Evidence, and the relations
// between these. docs/exchange.md says what becomes what, and in which unit
// each tool counts.
package exchange

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/onrecord-nlp/onrecord/pipeline/goldform"
)

// Format is one form of articles with labels. Its methods may be called by
// several goroutines at once.
type Format interface {
	// Name is the name by which users call it: "brat".
	Name() string
	// Title says what it is, in a few words.
	Title() string
	// File is the name of the one file that holds all articles, or "" where
	// each article has files of its own. Other files that Write makes are for
	// the tool's settings, and are not read.
	File() string
	// Read yields the articles of the file name of fsys, or of all files of the
	// format in the folder name and its subfolders, in lexical order. Memory is
	// bounded by the largest article.
	//
	// An error names the file, the record, the annotation and what to do.
	// Reading goes on behind it, if it can be gone on with. An article beside an
	// error (Doc is not nil) is whole but for the annotations that the error
	// names.
	Read(fsys fs.FS, name string) iter.Seq2[goldform.Article, error]
	// Write writes articles into files that create makes, under names relative
	// to one folder. The same articles give the same bytes. It ends with the
	// first error.
	Write(create Create, articles iter.Seq[goldform.Article], opt Options) error
}

// Create makes a file to write; Write closes it. The name has slashes, and no
// "..".
type Create func(name string) (io.WriteCloser, error)

// Options say how to write.
type Options struct {
	// Predicted marks labels that a program made, so that a tool that tells
	// suggestions from a person's work shows them as suggestions.
	Predicted bool
}

// Formats returns all formats, the JSON form first.
func Formats() []Format {
	return []Format{gold{}, brat{}, labelStudio{}, doccano{}, webAnnotation{}}
}

// Names returns the names of all formats.
func Names() []string {
	var names []string
	for _, f := range Formats() {
		names = append(names, f.Name())
	}
	return names
}

// ByName returns the format of a name, and whether there is one. "jsonl" is
// "gold" too.
func ByName(name string) (Format, bool) {
	if name == "jsonl" {
		return gold{}, true
	}
	for _, f := range Formats() {
		if f.Name() == name {
			return f, true
		}
	}
	return nil, false
}

// ErrUnknownFormat is what [Detect] returns for files in none of the formats.
var ErrUnknownFormat = errors.New("its format cannot be told")

// Detect tells the format of a file or folder of fsys by the names of its
// files and the beginning of the first.
func Detect(fsys fs.FS, name string) (Format, error) {
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return nil, err
	}
	files := []string{name}
	if info.IsDir() {
		if files, err = walk(fsys, name, func(string) bool { return true }); err != nil {
			return nil, err
		}
		if len(files) == 0 {
			return nil, fmt.Errorf("%s: the folder holds no files", nameOf(fsys, name))
		}
	}
	if slices.ContainsFunc(files, func(f string) bool { return path.Ext(f) == ".ann" }) {
		return brat{}, nil
	}
	for _, file := range files {
		switch path.Ext(file) {
		case ".jsonld":
			return webAnnotation{}, nil
		case ".json", ".jsonl":
			f, err := detectJSON(fsys, file)
			if err != nil || f != nil {
				return f, err
			}
		}
	}
	return nil, fmt.Errorf("%s: %w: name it with --from (%s)", nameOf(fsys, name), ErrUnknownFormat, strings.Join(Names(), ", "))
}

// detectJSON tells the format of a file by the keys of its first object; nil
// where it cannot.
func detectJSON(fsys fs.FS, file string) (Format, error) {
	f, err := fsys.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	keys, err := firstKeys(f)
	if err != nil {
		return nil, nil // not JSON: another file of the folder may tell
	}
	has := func(ks ...string) bool {
		return slices.ContainsFunc(ks, func(k string) bool { return slices.Contains(keys, k) })
	}
	switch {
	case has("@context", "motivation"):
		return webAnnotation{}, nil
	case has("data") && !has("text"):
		return labelStudio{}, nil
	case has("entities", "relations", "label", "labels", "Comments"):
		return doccano{}, nil
	case has("text", "sha256"):
		return gold{}, nil
	}
	return nil, nil
}

// ReadPath is f.Read of a file or folder of the operating system. Errors name
// files as path does.
func ReadPath(f Format, name string) iter.Seq2[goldform.Article, error] {
	dir, base := filepath.Split(filepath.Clean(name))
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		dir, base = name, "."
	}
	if dir == "" {
		dir = "."
	}
	return f.Read(named{os.DirFS(dir), dir}, base)
}

// DetectPath is [Detect] of a file or folder of the operating system.
func DetectPath(name string) (Format, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return Detect(named{os.DirFS(name), name}, ".")
	}
	return Detect(named{os.DirFS(filepath.Dir(name)), filepath.Dir(name)}, filepath.Base(name))
}

// named is a file system whose files have longer names in messages.
type named struct {
	fs.FS
	dir string
}

// nameOf is the name of a file in messages.
func nameOf(fsys fs.FS, file string) string {
	if n, ok := fsys.(named); ok {
		return filepath.Join(n.dir, filepath.FromSlash(file))
	}
	return file
}

// WriteFolder writes articles into the folder dir, which it makes if need be,
// when all have been written. It fails with [fs.ErrExist] where the folder
// holds anything, unless overwrite is set: then files of the same names are
// replaced, and others stay. Where these would be read as articles, as those of
// another conversion would, it writes nothing and fails with their names: it
// does not know whose work they are.
func WriteFolder(dir string, f Format, overwrite bool, articles iter.Seq[goldform.Article], opt Options) error {
	if there, err := os.ReadDir(dir); err == nil && len(there) > 0 && !overwrite {
		return &fs.PathError{Op: "write", Path: dir, Err: fs.ErrExist}
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	dir = filepath.Clean(dir)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	aside, err := os.MkdirTemp(filepath.Dir(dir), "."+filepath.Base(dir)+".*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(aside)
	var names []string
	err = f.Write(func(name string) (io.WriteCloser, error) {
		names = append(names, filepath.FromSlash(name))
		return os.Create(filepath.Join(aside, filepath.FromSlash(name)))
	}, articles, opt)
	if err == nil && overwrite {
		err = leftOver(dir, names)
	}
	for _, name := range names {
		if err == nil {
			err = os.Rename(filepath.Join(aside, name), filepath.Join(dir, name))
		}
	}
	return err
}

// leftOver is an error that names the files of a folder, beside those of these
// names, that a format would read, or by which [Detect] would take the folder
// for one of another format.
func leftOver(dir string, names []string) error {
	replaced := make(map[string]bool)
	for _, name := range names {
		replaced[filepath.ToSlash(name)] = true
	}
	files, err := walk(os.DirFS(dir), ".", func(file string) bool {
		switch path.Ext(file) {
		case ".ann", ".json", ".jsonld", ".jsonl":
			return !replaced[file]
		}
		return false
	})
	if err != nil || len(files) == 0 {
		return err
	}
	const most = 10
	list := strings.Join(files[:min(most, len(files))], ", ")
	if n := len(files) - most; n > 0 {
		list += fmt.Sprintf(" and %d more", n)
	}
	return fmt.Errorf("%s holds files that would be read with what is written, and are not replaced by it: %s: take them out of it, or write into another folder; nothing was written", dir, list)
}

// WriteFile is [WriteFolder] of the one file that holds all articles, under a
// name of its own, without the tool's settings. It fails for a format that has
// files for each article.
func WriteFile(file string, f Format, overwrite bool, articles iter.Seq[goldform.Article], opt Options) error {
	if f.File() == "" {
		return fmt.Errorf("%s: %s has files for each article: name a folder", file, f.Title())
	}
	if _, err := os.Stat(file); err == nil && !overwrite {
		return &fs.PathError{Op: "write", Path: file, Err: fs.ErrExist}
	}
	aside, err := os.MkdirTemp(filepath.Dir(file), "."+filepath.Base(file)+".*")
	if pe := new(fs.PathError); errors.As(err, &pe) {
		return &fs.PathError{Op: "write", Path: file, Err: pe.Err} // the name of the file aside says nothing to anybody
	} else if err != nil {
		return err
	}
	defer os.RemoveAll(aside)
	whole := filepath.Join(aside, filepath.Base(file))
	err = f.Write(func(name string) (io.WriteCloser, error) {
		if name != f.File() {
			return discard{io.Discard}, nil
		}
		return os.Create(whole)
	}, articles, opt)
	if err != nil {
		return err
	}
	return os.Rename(whole, file)
}

type discard struct{ io.Writer }

func (discard) Close() error { return nil }

// put writes one whole file.
func put(create Create, name string, content []byte) error {
	w, err := create(name)
	if err != nil {
		return err
	}
	_, err = w.Write(content)
	if closeErr := w.Close(); err == nil {
		err = closeErr
	}
	return err
}

// walk lists the files of a folder and its subfolders in lexical order; name
// itself where it is a file. Names that begin with a dot are passed over.
func walk(fsys fs.FS, name string, want func(file string) bool) ([]string, error) {
	var files []string
	err := fs.WalkDir(fsys, name, func(file string, e fs.DirEntry, err error) error {
		switch hidden := file != name && strings.HasPrefix(e.Name(), "."); {
		case err != nil:
			return err
		case hidden && e.IsDir():
			return fs.SkipDir
		case e.IsDir(), hidden:
			return nil
		case file == name || want(file):
			files = append(files, file)
		}
		return nil
	})
	return files, err
}

// gold is the JSON form itself.
type gold struct{}

func (gold) Name() string  { return "gold" }
func (gold) Title() string { return "the JSON form of gold labels, one article a line" }
func (gold) File() string  { return "articles.jsonl" }

func (gold) Read(fsys fs.FS, name string) iter.Seq2[goldform.Article, error] {
	return eachFile(fsys, name, func(file string) bool { return path.Ext(file) == ".json" || path.Ext(file) == ".jsonl" },
		func(r io.Reader, file string, yield func(goldform.Article, error) bool) bool {
			for a, err := range goldform.ReadArticles(titled{r, file}) {
				if !yield(a, err) {
					return false
				}
			}
			return true
		})
}

func (g gold) Write(create Create, articles iter.Seq[goldform.Article], _ Options) error {
	return writeLines(create, g.File(), articles, goldform.AppendArticle)
}

// titled is a reader with a name for messages.
type titled struct {
	io.Reader
	name string
}

func (t titled) Name() string { return t.name }

// eachFile reads the files of a folder one after the other. read reports
// whether to go on.
func eachFile(fsys fs.FS, name string, want func(file string) bool,
	read func(r io.Reader, file string, yield func(goldform.Article, error) bool) bool) iter.Seq2[goldform.Article, error] {
	return func(yield func(goldform.Article, error) bool) {
		files, err := walk(fsys, name, want)
		if err != nil {
			yield(goldform.Article{}, fmt.Errorf("%s: %w", nameOf(fsys, name), err))
			return
		}
		for _, file := range files {
			f, err := fsys.Open(file)
			if err != nil {
				if !yield(goldform.Article{}, fmt.Errorf("%s: %w", nameOf(fsys, file), err)) {
					return
				}
				continue
			}
			more := read(f, nameOf(fsys, file), yield)
			f.Close()
			if !more {
				return
			}
		}
	}
}

// writeLines writes one line an article.
func writeLines(create Create, name string, articles iter.Seq[goldform.Article], line func([]byte, goldform.Article) ([]byte, error)) (err error) {
	w, err := create(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	var buf bytes.Buffer
	for a := range articles {
		b, err := line(buf.AvailableBuffer(), a)
		if err != nil {
			return err
		}
		buf.Write(append(b, '\n'))
		if _, err := buf.WriteTo(w); err != nil {
			return err
		}
	}
	return nil
}
