package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// The embedded files are those that this program makes.
func TestEmbeddedFilesAreConverted(t *testing.T) {
	dir := t.TempDir()
	models := []string{"postag", "entity"}
	for _, m := range models {
		if err := os.Mkdir(filepath.Join(dir, m), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	if err := run(dir); err != nil {
		t.Fatal(err)
	}
	for _, m := range models {
		got, err := os.ReadFile(filepath.Join(dir, m, "weights.bin"))
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(filepath.Join("..", "..", "..", "models", m, "weights.bin"))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("models/%s/weights.bin differs from what go generate makes", m)
		}
	}
}
