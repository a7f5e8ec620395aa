package label

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/onrecord-nlp/onrecord/pipeline"
)

// syncFolder has the names in a folder outlast a crash of the machine.
func syncFolder(dir string) error {
	if runtime.GOOS == "windows" {
		return nil // folders cannot be synced there
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

func hash(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

func sum(text string) [32]byte { return sha256.Sum256([]byte(text)) }

func deflate(b []byte) ([]byte, error) {
	var buf bytes.Buffer
	z, err := flate.NewWriter(&buf, flate.BestSpeed)
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(b); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}

// title is the document's title, or its first line.
func title(doc *pipeline.Document) string {
	const longest = 200 // runes
	t := doc.Title
	if t == "" {
		t, _, _ = strings.Cut(strings.TrimSpace(doc.Text), "\n")
	}
	t = strings.TrimSpace(t)
	n := 0
	for i := range t {
		if n++; n > longest {
			t = t[:i] + "…"
			break
		}
	}
	return strings.Clone(t)
}

// date reads a date as the JSON form has it, zero where there is none.
func date(s string) time.Time {
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t
		}
	}
	return time.Time{}
}
