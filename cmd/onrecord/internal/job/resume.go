package job

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/columnar"
	"github.com/onrecord-nlp/onrecord/pipeline/fingerprint"
	"github.com/onrecord-nlp/onrecord/pipeline/ingest"
)

// state is what a checkpoint holds of a job beside the shards.
type state struct {
	Mark    ingest.Mark      `json:"mark"`    // behind the results in the shards
	Reasons map[string]int64 `json:"reasons"` // of the failures in them
	Lost    []lost           `json:"lost,omitempty"`

	documents int64 // written
}

// lost is a document that was read and could not be written, so that nothing in
// the shards tells its id and its fingerprint.
type lost struct {
	ID          string `json:"id"`
	Fingerprint string `json:"fingerprint"`
	Before      int64  `json:"before"` // documents written before it
}

func (s *state) lose(doc *pipeline.Document) {
	s.Lost = append(s.Lost, lost{doc.ID, hex.EncodeToString(doc.Fingerprint[:]), s.documents})
}

// begin opens reader and writer, at the beginning or where the run broke off.
// The writer is nil where the run was finished before.
func (j *Job) begin() (*run, error) {
	r := &run{Job: j, started: time.Now(), state: state{Reasons: make(map[string]int64)}, screen: newScreen(j)}
	r.clock = newClock(j.Pipeline)
	r.screen.clock = r.clock
	var last *columnar.Checkpoint
	if j.Resume {
		switch m, err := columnar.ReadManifest(j.Out); {
		case err == nil:
			if err := j.sameRun(m); err != nil {
				return nil, err
			}
			r.done = m
			return r, columnar.DropCheckpoint(j.Out)
		case !errors.Is(err, fs.ErrNotExist):
			return nil, err
		}
		var err error
		if last, err = columnar.ReadCheckpoint(j.Out); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	if last != nil {
		if err := j.sameRun(&last.Manifest); err != nil {
			return nil, err
		}
		if err := json.Unmarshal(last.State, &r.state); err != nil {
			return nil, fmt.Errorf("the checkpoint in %s cannot be read: %w", j.Out, err)
		}
		j.Reading.From = &r.Mark
		r.before, r.whole, r.documents = last.Totals, last.Totals, last.Totals.Documents
	}
	var err error
	if r.reader, err = ingest.Open(j.Inputs, j.Reading); err != nil {
		return nil, err
	}
	if j.Resume {
		r.writer, err = columnar.Resume(j.Out, last, j.Writing)
	} else {
		r.writer, err = columnar.Create(j.Out, j.Writing)
	}
	if err != nil {
		return nil, err
	}
	r.out = r.writer
	if last != nil {
		if err := r.remember(last); err != nil {
			r.writer.Abort()
			return nil, err
		}
	}
	return r, nil
}

// sameRun returns an error unless the run was begun with the same inputs and
// configuration.
func (j *Job) sameRun(m *columnar.Manifest) error {
	var differ []string
	inputs := make([]string, len(j.Inputs))
	for i, in := range j.Inputs {
		inputs[i] = strings.ToValidUTF8(in, "\uFFFD") // as in the manifest
	}
	if !slices.Equal(m.Inputs, inputs) {
		differ = append(differ, fmt.Sprintf("the inputs were %q", m.Inputs))
	}
	config, err := json.Marshal(j.Config)
	if err != nil {
		return err
	}
	was, err := keysOf(m.Config)
	if err != nil {
		return fmt.Errorf("the configuration of the run in %s cannot be read: %w", j.Out, err)
	}
	is, err := keysOf(config)
	if err != nil {
		return err
	}
	keys := make(map[string]bool)
	for key := range was {
		keys[key] = true
	}
	for key := range is {
		keys[key] = true
	}
	for key := range keys {
		if was[key] != is[key] && !slices.Contains(j.Indifferent, key) {
			differ = append(differ, fmt.Sprintf("%s was %s and is %s", key, either(was[key], "not set"), either(is[key], "not set")))
		}
	}
	if len(differ) == 0 {
		return nil
	}
	slices.Sort(differ)
	return fmt.Errorf("%s: %w: %s: go on as it was begun, or begin anew in another folder", j.Out, columnar.ErrDiffers, strings.Join(differ, "; "))
}

// keysOf is the JSON of each key of an object, without white space.
func keysOf(object []byte) (map[string]string, error) {
	var values map[string]json.RawMessage
	if err := json.Unmarshal(object, &values); err != nil {
		return nil, err
	}
	keys := make(map[string]string, len(values))
	for key, v := range values {
		var b bytes.Buffer
		if err := json.Compact(&b, v); err != nil {
			return nil, err
		}
		keys[key] = b.String()
	}
	return keys, nil
}

func either(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// remember takes from the finished shards what the reader and the search for
// copies knew of their documents.
func (r *run) remember(last *columnar.Checkpoint) error {
	missing := r.Lost
	n := int64(0)
	recall := func() error {
		for ; len(missing) > 0 && missing[0].Before <= n; missing = missing[1:] {
			f, err := hex.DecodeString(missing[0].Fingerprint)
			if err != nil || len(f) != len(fingerprint.Fingerprint{}) {
				return fmt.Errorf("the checkpoint in %s is damaged: %q is no fingerprint", r.Out, missing[0].Fingerprint)
			}
			r.reader.Reserve(missing[0].ID)
			r.screen.index.Add(fingerprint.Fingerprint(f), missing[0].ID)
		}
		return nil
	}
	for d, err := range last.Documents(r.Out) {
		if err != nil {
			return err
		}
		if err := recall(); err != nil {
			return err
		}
		if d.Text != "" {
			d.Fingerprint = fingerprint.Of(d.Text)
		}
		r.reader.Reserve(d.ID)
		r.screen.index.Add(d.Fingerprint, d.ID)
		n++
	}
	if err := recall(); err != nil {
		return err
	}
	if r.Reasons[Duplicate] == 0 {
		return nil
	}
	for f, err := range last.Failures(r.Out) {
		if err != nil {
			return err
		}
		if f.Reason == Duplicate {
			r.reader.Reserve(f.DocID)
		}
	}
	return nil
}
