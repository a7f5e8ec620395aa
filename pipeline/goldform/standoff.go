package goldform

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// Texts holds the texts that stand-off labels are about, by the SHA-256 of
// their UTF-8 in hexadecimal.
type Texts map[string]string

// ReadTexts reads the values of the key "text" of a file in JSON Lines.
func ReadTexts(path string) (Texts, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("goldform: texts: %w", err)
	}
	defer f.Close()
	t := make(Texts)
	dec := json.NewDecoder(f)
	for n := 1; ; n++ {
		var row struct{ Text string }
		if err := dec.Decode(&row); errors.Is(err, io.EOF) {
			return t, nil
		} else if err != nil {
			return nil, fmt.Errorf("goldform: texts: %s: record %d: %w", path, n, err)
		}
		sum := sha256.Sum256([]byte(row.Text))
		t[hex.EncodeToString(sum[:])] = row.Text
	}
}

// findText gives stand-off labels their text.
func (r *Record) findText(texts []Texts) error {
	if r.Text != nil || r.SHA256 == "" {
		return nil
	}
	for _, t := range texts {
		if s, ok := t[r.SHA256]; ok {
			r.Text = &s
			return nil
		}
	}
	return fmt.Errorf("these labels have no text of their own, and none of the texts named has the SHA-256 %s", r.SHA256)
}
