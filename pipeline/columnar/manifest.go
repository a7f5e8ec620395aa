package columnar

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

const manifestName = "manifest.json"

// Manifest is what manifest.json in the output folder says of a finished run.
type Manifest struct {
	SchemaVersion string          `json:"schema_version"`
	ToolVersion   string          `json:"version"`
	Models        []Model         `json:"models"`
	Started       time.Time       `json:"started"`
	Finished      time.Time       `json:"finished,omitzero"`
	Resumed       int             `json:"resumed,omitempty"` // how often the run was taken up again
	Inputs        []string        `json:"inputs"`
	Config        json.RawMessage `json:"config"`
	Formats       []Format        `json:"formats"`
	Totals        Totals          `json:"totals"`
	Shards        []Shard         `json:"shards"`
}

// Totals counts the rows of the whole run, each once however many formats
// there are.
type Totals struct {
	Documents      int64 `json:"documents"`
	Words          int64 `json:"words"` // the sum of the column n_words
	Quotes         int64 `json:"quotes"`
	QuotesDirect   int64 `json:"quotes_direct"`
	QuotesMixed    int64 `json:"quotes_mixed"`
	Attributed     int64 `json:"quotes_attributed"`
	Claims         int64 `json:"claims"`
	ClaimsDirect   int64 `json:"claims_direct"`
	ClaimsMixed    int64 `json:"claims_mixed"`
	ClaimsIndirect int64 `json:"claims_indirect"`
	Speakers       int64 `json:"speakers"`
	Failures       int64 `json:"failures"`
}

// Shard is one file of one table.
type Shard struct {
	Table  Table  `json:"table"`
	Path   string `json:"path"` // relative to the output folder, with slashes
	Rows   int64  `json:"rows"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"` // of the file, in hexadecimal
}

// ReadManifest reads the manifest of the output folder dir. The error is
// fs.ErrNotExist where there is none: nothing was written there, or the run
// did not finish.
func ReadManifest(dir string) (*Manifest, error) {
	path := filepath.Join(dir, manifestName)
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, explain("read", path, err)
	}
	m := new(Manifest)
	if err := json.Unmarshal(b, m); err != nil {
		return nil, fmt.Errorf("columnar: read %s: %w", path, err)
	}
	if m.SchemaVersion == "" || m.Formats == nil {
		return nil, fmt.Errorf("columnar: read %s: not a manifest of onrecord", path)
	}
	return m, nil
}
