package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/columnar"
)

// isRun reports whether path is the output folder of a run, finished or not: it
// holds a manifest, a checkpoint or shards, be they half written.
func isRun(path string) bool {
	for _, name := range []string{"manifest.json", "checkpoint.json"} {
		if _, err := os.Stat(filepath.Join(path, name)); err == nil {
			return true
		}
	}
	return holdsShards(filepath.Join(path, string(columnar.Documents)), ".arrow", ".parquet") ||
		holdsShards(filepath.Join(path, string(columnar.Articles)), ".jsonl")
}

// holdsShards reports whether a folder holds a shard of one of the formats, or
// the file that becomes one.
func holdsShards(folder string, formats ...string) bool {
	entries, _ := os.ReadDir(folder)
	return slices.ContainsFunc(entries, func(e fs.DirEntry) bool {
		name := strings.TrimSuffix(strings.TrimPrefix(e.Name(), "."), ".tmp")
		return strings.HasPrefix(name, "part-") && slices.Contains(formats, filepath.Ext(name))
	})
}

// readRun yields the documents of the output folder of a run.
func readRun(path string) iter.Seq2[*pipeline.Document, error] {
	return func(yield func(*pipeline.Document, error) bool) {
		if _, err := manifestOf(path); err != nil {
			yield(nil, err)
			return
		}
		columnar.ReadDocuments(path)(yield)
	}
}

// manifestOf reads the manifest of a run, and says of a run without one what
// to do.
func manifestOf(path string) (*columnar.Manifest, error) {
	m, err := columnar.ReadManifest(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s holds a run that did not finish: take it up again with onrecord extract --resume", path)
	}
	return m, err
}

// errNoInput says that an input is not there, as package ingest does.
func errNoInput(path string) error {
	return fmt.Errorf("%s: there is no such file or folder: check the path and the folder you are in", path)
}
