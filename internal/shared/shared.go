// Package shared finds, for tests and measurements, data that cannot be part of
// the project: articles that others own.
package shared

import (
	"os"
	"path/filepath"
	"testing"
)

// Path returns the path of a file or folder below the folder of shared data:
// the one that ONRECORD_SHARED names, or else the folder "shared" beside the
// repository. path has slashes. Where it is not there, the test is skipped.
func Path(tb testing.TB, path string) string {
	tb.Helper()
	folder := os.Getenv("ONRECORD_SHARED")
	if folder == "" {
		folder = filepath.Join(filepath.Dir(root(tb)), "shared")
	}
	path = filepath.Join(folder, filepath.FromSlash(path))
	if _, err := os.Stat(path); err != nil {
		tb.Skipf("%s is not there: ONRECORD_SHARED may name the folder of shared data", path)
	}
	return path
}

// root is the folder of the repository that the test runs in.
func root(tb testing.TB) string {
	tb.Helper()
	dir, err := os.Getwd()
	if err != nil {
		tb.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			tb.Fatal("the test does not run inside the repository")
		}
		dir = parent
	}
}
