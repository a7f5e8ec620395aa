package columnar

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/people"
)

// The tables of a folder of people, which stands apart from the run's: a run is
// sealed by its manifest, and its people may be made again, with another list of
// the user's.
const (
	People Table = "people" // one row a person or organization
	Links  Table = "links"  // one row a row of the run's table speakers
)

const peopleManifestName = "people.json"

// PeopleManifest is what people.json says of a finished folder of people.
type PeopleManifest struct {
	SchemaVersion string       `json:"schema_version"`
	ToolVersion   string       `json:"version"`
	Models        []Model      `json:"models"`          // of the run
	Run           string       `json:"run"`             // the folder of the run, as it was named
	RunSHA256     string       `json:"run_sha256"`      // of its manifest.json
	Known         string       `json:"known,omitempty"` // the user's list, as it was named
	KnownSHA256   string       `json:"known_sha256,omitempty"`
	Started       time.Time    `json:"started"`
	Finished      time.Time    `json:"finished"`
	Formats       []Format     `json:"formats"`
	Totals        PeopleTotals `json:"totals"`
	Shards        []Shard      `json:"shards"`
}

// PeopleTotals counts what a folder of people holds.
type PeopleTotals struct {
	People        int64            `json:"people"`        // rows of the kind person
	Organizations int64            `json:"organizations"` // rows of the kind organization
	Speakers      int64            `json:"speakers"`      // rows of the table links
	Nobody        int64            `json:"nobody"`        // of these, without a person
	Rules         map[string]int64 `json:"rules"`         // of these, by rule
}

// Rows of one file at most.
const (
	peopleShard = 250_000
	linksShard  = 1_000_000
	peopleBatch = 4096
)

type countRow struct {
	text string
	n    int64
}

type personRow struct {
	id, name, kind, identifier      string
	variants, descriptions, outlets []countRow
	pronoun                         string
	nDocuments, nSpeakers           int64
	nQuotes, nClaims                int64
	nSupport, nOppose, nNeutral     int64
	first, last                     time.Time
}

type linkRow struct {
	speakerID, docID, personID, name, kind, rule string
	score                                        float32
	evidence                                     []string
	other                                        string
	nQuotes, nClaims                             int32
}

func countColumns[R any](name string, of func(*R) *[]countRow) column[R] {
	return structs(name, of, []column[countRow]{
		str("text", func(r *countRow) *string { return &r.text }),
		num64("n", func(r *countRow) *int64 { return &r.n }),
	})
}

func personColumns() []column[personRow] {
	type row = personRow
	return []column[row]{
		str("person_id", func(r *row) *string { return &r.id }),
		str("name", func(r *row) *string { return &r.name }),
		repeating(str("kind", func(r *row) *string { return &r.kind })),
		optStr("identifier", func(r *row) *string { return &r.identifier }),
		countColumns("variants", func(r *row) *[]countRow { return &r.variants }),
		countColumns("descriptions", func(r *row) *[]countRow { return &r.descriptions }),
		repeating(optStr("pronoun", func(r *row) *string { return &r.pronoun })),
		countColumns("outlets", func(r *row) *[]countRow { return &r.outlets }),
		num64("n_documents", func(r *row) *int64 { return &r.nDocuments }),
		num64("n_speakers", func(r *row) *int64 { return &r.nSpeakers }),
		num64("n_quotes", func(r *row) *int64 { return &r.nQuotes }),
		num64("n_claims", func(r *row) *int64 { return &r.nClaims }),
		num64("n_support", func(r *row) *int64 { return &r.nSupport }),
		num64("n_oppose", func(r *row) *int64 { return &r.nOppose }),
		num64("n_neutral", func(r *row) *int64 { return &r.nNeutral }),
		optTime("first_published", func(r *row) *time.Time { return &r.first }),
		optTime("last_published", func(r *row) *time.Time { return &r.last }),
	}
}

func linkColumns() []column[linkRow] {
	type row = linkRow
	return []column[row]{
		str("speaker_id", func(r *row) *string { return &r.speakerID }),
		repeating(str("doc_id", func(r *row) *string { return &r.docID })),
		optStr("person_id", func(r *row) *string { return &r.personID }),
		str("name", func(r *row) *string { return &r.name }),
		repeating(str("kind", func(r *row) *string { return &r.kind })),
		repeating(str("rule", func(r *row) *string { return &r.rule })),
		float32s("score", func(r *row) *float32 { return &r.score }),
		strs("evidence", func(r *row) *[]string { return &r.evidence }),
		optStr("other", func(r *row) *string { return &r.other }),
		num32("n_quotes", func(r *row) *int32 { return &r.nQuotes }),
		num32("n_claims", func(r *row) *int32 { return &r.nClaims }),
	}
}

// PeopleOptions of a [PeopleWriter]. The zero value writes Arrow files.
type PeopleOptions struct {
	Formats []Format // Arrow and Parquet are there; Arrow alone when empty
	// Overwrite lets CreatePeople remove an earlier folder of people, and nothing
	// else.
	Overwrite bool
	Meta      Meta
}

// PeopleWriter writes a folder of people. It is used by one goroutine at a time,
// and ended by Close or Abort.
type PeopleWriter struct {
	dir     string
	opts    PeopleOptions
	madeDir bool
	lock    lock
	links   peopleTable[linkRow]
	people  peopleTable[personRow]
	totals  PeopleTotals
	shards  []Shard
	closed  bool
}

// peopleTable is a table and the files of its shard at hand.
type peopleTable[R any] struct {
	*table[R]
	most  int64 // rows of a file
	rows  int64 // of the shard at hand
	shard int   // its number
	begun bool
	files []shardFile
}

// CreatePeople begins a folder of people in dir, which is made where it is
// missing. It fails with [ErrNotEmpty] where the folder holds anything and
// Overwrite is not set, and with [ErrForeign] where Overwrite would remove
// anything but people.
func CreatePeople(dir string, opts PeopleOptions) (*PeopleWriter, error) {
	if len(opts.Formats) == 0 {
		opts.Formats = []Format{Arrow}
	}
	for i, f := range opts.Formats {
		if f != Arrow && f != Parquet || slices.Contains(opts.Formats[:i], f) {
			return nil, fmt.Errorf("columnar: the format %q of people: choose %s, %s, or both", f, Arrow, Parquet)
		}
	}
	w := &PeopleWriter{dir: dir, opts: opts}
	w.links = peopleTable[linkRow]{table: newTable(Links, linkColumns(), opts.Formats, opts.Meta), most: linksShard}
	w.people = peopleTable[personRow]{table: newTable(People, personColumns(), opts.Formats, opts.Meta), most: peopleShard}
	w.totals.Rules = make(map[string]int64)
	var err error
	if w.madeDir, err = makeFolder(dir); err != nil {
		return nil, err
	}
	if w.lock, err = lockFolder(dir); err != nil {
		return nil, err
	}
	if err := w.prepare(); err != nil {
		w.lock.release()
		return nil, err
	}
	return w, nil
}

func (w *PeopleWriter) prepare() error {
	entries, err := os.ReadDir(w.dir)
	if err != nil {
		return explain("open", w.dir, err)
	}
	if len(entries) > 0 {
		if !w.opts.Overwrite {
			return fmt.Errorf("columnar: %s: %w: choose another output folder, or allow the earlier people to be overwritten", w.dir, ErrNotEmpty)
		}
		// Everything is looked at before anything is removed.
		var files, folders []string
		for _, e := range entries {
			at := filepath.Join(w.dir, e.Name())
			switch {
			case e.Type().IsRegular() && (e.Name() == peopleManifestName || e.Name() == temporary(peopleManifestName)):
				files = append([]string{at}, files...)
				continue
			case e.IsDir() && (Table(e.Name()) == People || Table(e.Name()) == Links):
				shards, err := os.ReadDir(at)
				if err != nil {
					return explain("open", at, err)
				}
				folders = append(folders, at)
				for _, s := range shards {
					if !s.Type().IsRegular() || !isShard(s.Name()) {
						return fmt.Errorf("columnar: overwrite %s: %w: move it away, or choose another output folder", filepath.Join(at, s.Name()), ErrForeign)
					}
					files = append(files, filepath.Join(at, s.Name()))
				}
				continue
			}
			return fmt.Errorf("columnar: overwrite %s: %w: move it away, or choose another output folder", at, ErrForeign)
		}
		for _, at := range append(files, folders...) {
			if err := os.Remove(at); err != nil {
				return explain("remove", at, err)
			}
		}
	}
	for _, t := range []Table{Links, People} {
		if err := os.Mkdir(filepath.Join(w.dir, string(t)), 0o755); err != nil {
			return explain("create", filepath.Join(w.dir, string(t)), err)
		}
	}
	return nil
}

// add writes a row, into a new file where there is none or the last is full.
func (t *peopleTable[R]) add(w *PeopleWriter, row *R) error {
	if t.rows == t.most {
		if err := t.end(w); err != nil {
			return err
		}
	}
	if err := t.begin(w); err != nil {
		return err
	}
	t.append(row)
	t.rows++
	if t.pending >= peopleBatch {
		return t.flush()
	}
	return nil
}

func (t *peopleTable[R]) begin(w *PeopleWriter) error {
	if t.begun {
		return nil
	}
	t.begun, t.rows, t.files = true, 0, nil
	return t.open(func(name Table, format Format) (*file, error) {
		f, err := newFile(createFile, filepath.Join(w.dir, filepath.FromSlash(shardPath(name, t.shard, format))))
		if err == nil {
			t.files = append(t.files, shardFile{f, name, format})
		}
		return f, err
	})
}

// end gives the files of the shard at hand their names.
func (t *peopleTable[R]) end(w *PeopleWriter) error {
	if err := t.close(); err != nil {
		return err
	}
	for _, f := range t.files {
		if err := f.finish(); err != nil {
			return err
		}
	}
	for _, f := range t.files {
		if err := f.publish(); err != nil {
			return err
		}
		w.shards = append(w.shards, Shard{
			Table: f.table, Path: path.Join(string(f.table), filepath.Base(f.path)), Rows: t.rows, Bytes: f.n, SHA256: f.sum(),
		})
	}
	t.begun, t.rows, t.files = false, 0, nil
	t.shard++
	return syncDir(filepath.Join(w.dir, string(t.name)))
}

// Link writes who a speaker of the document is. An error ends the writing.
func (w *PeopleWriter) Link(docID string, s *people.Speaker, l *people.Link) error {
	w.totals.Speakers++
	if l.Person == "" {
		w.totals.Nobody++
	}
	w.totals.Rules[l.Rule.String()]++
	return w.links.add(w, &linkRow{
		speakerID: l.SpeakerID, docID: docID, personID: l.Person, name: s.Name, kind: s.Kind.String(), rule: l.Rule.String(),
		score: l.Score, evidence: l.Evidence.Names(), other: l.Other, nQuotes: int32(s.Quotes), nClaims: int32(s.Claims),
	})
}

// Person writes a person. An error ends the writing.
func (w *PeopleWriter) Person(p *people.Person) error {
	if p.Kind == pipeline.SpeakerOrganization {
		w.totals.Organizations++
	} else {
		w.totals.People++
	}
	return w.people.add(w, &personRow{
		id: p.ID, name: p.Name, kind: p.Kind.String(), identifier: p.Identifier,
		variants: countRows(p.Variants), descriptions: countRows(p.Descriptions), outlets: countRows(p.Outlets), pronoun: p.Pronoun,
		nDocuments: int64(p.Documents), nSpeakers: int64(p.Speakers), nQuotes: int64(p.Quotes), nClaims: int64(p.Claims),
		nSupport: int64(p.Stances[pipeline.Support]), nOppose: int64(p.Stances[pipeline.Oppose]), nNeutral: int64(p.Stances[pipeline.Neutral]),
		first: p.First, last: p.Last,
	})
}

func countRows(list []people.Count) []countRow {
	rows := make([]countRow, len(list))
	for i, c := range list {
		rows[i] = countRow{c.Text, int64(c.N)}
	}
	return rows
}

// Close ends the tables and writes the manifest. Of m it takes Run, RunSHA256,
// Known, KnownSHA256, Started and Finished. On an error it does what Abort does.
func (w *PeopleWriter) Close(m PeopleManifest) (*PeopleManifest, error) {
	if err := w.close(&m); err != nil {
		w.Abort()
		return nil, err
	}
	w.closed = true
	w.lock.release()
	return &m, nil
}

func (w *PeopleWriter) close(m *PeopleManifest) error {
	if err := closePeople(w, &w.links); err != nil {
		return err
	}
	if err := closePeople(w, &w.people); err != nil {
		return err
	}
	m.SchemaVersion, m.ToolVersion, m.Models = SchemaVersion, w.opts.Meta.ToolVersion, w.opts.Meta.models()
	m.Started, m.Finished = m.Started.UTC(), m.Finished.UTC()
	m.Formats, m.Totals, m.Shards = w.opts.Formats, w.totals, w.shards
	b, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return fmt.Errorf("columnar: the manifest: %w", err)
	}
	return writeFile(createFile, w.dir, peopleManifestName, b)
}

// closePeople ends a table, which has at least one file.
func closePeople[R any](w *PeopleWriter, t *peopleTable[R]) error {
	if !t.begun && t.shard > 0 {
		return nil
	}
	if err := t.begin(w); err != nil {
		return err
	}
	return t.end(w)
}

// Abort removes what was written. After Close it does nothing.
func (w *PeopleWriter) Abort() {
	if w.closed {
		return
	}
	w.closed = true
	for _, f := range append(slices.Clone(w.links.files), w.people.files...) {
		f.discard()
	}
	for _, s := range w.shards {
		os.Remove(filepath.Join(w.dir, filepath.FromSlash(s.Path)))
	}
	for _, t := range []Table{Links, People} {
		os.Remove(filepath.Join(w.dir, string(t)))
	}
	if w.madeDir {
		os.Remove(w.dir)
	}
	w.lock.release()
}

// IsPeople reports whether dir is a folder of people, finished or not.
func IsPeople(dir string) bool {
	for _, name := range []string{peopleManifestName, string(Links), string(People)} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return true
		}
	}
	return false
}

// ReadPeopleManifest reads the manifest of the folder of people dir. The error
// is fs.ErrNotExist where there is none.
func ReadPeopleManifest(dir string) (*PeopleManifest, error) {
	path := filepath.Join(dir, peopleManifestName)
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, explain("read", path, err)
	}
	m := new(PeopleManifest)
	if err := json.Unmarshal(b, m); err != nil {
		return nil, fmt.Errorf("columnar: read %s: %w", path, err)
	}
	if m.SchemaVersion == "" || m.Formats == nil {
		return nil, fmt.Errorf("columnar: read %s: not a manifest of people", path)
	}
	return m, nil
}

// ManifestSum returns the sha256 of the manifest of the run in dir, in
// hexadecimal: that of everything in it.
func ManifestSum(dir string) (string, error) {
	path := filepath.Join(dir, manifestName)
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("columnar: %s: no finished run: %w", dir, fs.ErrNotExist)
	}
	if err != nil {
		return "", explain("read", path, err)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:]), nil
}

// formatOf is that of the file of a shard.
func formatOf(s Shard) Format { return Format(strings.TrimPrefix(path.Ext(s.Path), ".")) }
