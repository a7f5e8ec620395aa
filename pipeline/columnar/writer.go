package columnar

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"time"

	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/goldform"
)

// Errors of [Create] that a program may want to tell apart.
var (
	// ErrNotEmpty: the output folder holds something and Overwrite is not set.
	ErrNotEmpty = errors.New("the output folder is not empty")
	// ErrForeign: the output folder holds what no run wrote, which Overwrite
	// does not remove.
	ErrForeign = errors.New("not written by onrecord")
)

// Options of a [Writer]. The zero value writes Arrow files.
type Options struct {
	Formats []Format // Arrow alone when empty
	// Overwrite lets Create remove an earlier run's files from the output
	// folder: its tables and manifest, and nothing else. A folder that holds
	// anything else is refused.
	Overwrite bool
	// A shard is full when it holds ShardDocuments documents or as many failures,
	// 10,000 when 0, or ShardBytes bytes of text, 64 MiB when 0.
	ShardDocuments int
	ShardBytes     int64
	Meta           Meta
}

// A record batch ends behind the document that fills it. Batches are what the
// writer holds in memory.
const (
	batchDocuments = 4096
	batchBytes     = 2 << 20 // of text
	batchFailures  = 4096
)

// Failure is a row of the table failures: an input or a document that could
// not be read or processed.
type Failure struct {
	Source  string // the file
	Record  int64  // the record in it, counted from 1; 0 where it has none
	DocID   string // empty when unknown
	Stage   string // that of package ingest, or the stage that failed
	Reason  string // one of a fixed list
	Message string
}

// ManifestInfo is what only the caller knows of a run. In a run that was
// resumed, Config and Started are those that it was begun with.
type ManifestInfo struct {
	Inputs            []string
	Config            any // the effective configuration, encoded as encoding/json does
	Started, Finished time.Time
}

// DocumentError says that a document breaks the contract of its layers. The
// writer is as it was before the document and takes further ones.
type DocumentError struct {
	ID  string
	Err error
}

func (e *DocumentError) Error() string {
	return fmt.Sprintf("columnar: document %q: %v", e.ID, e.Err)
}

func (e *DocumentError) Unwrap() error { return e.Err }

// Writer writes documents and failures into an output folder. It is used by
// one goroutine at a time, and ended by Close or Abort.
//
// Files stand under temporary names until their shard ends or the writer is
// closed; a file that has its name is whole. What a batch of documents holds
// is in memory, so that memory does not grow with the run.
//
// A shard that is full ends by itself before the next document. A caller that
// wants runs to be resumable ends it before, by EndShard, where it knows its
// place in the input.
type Writer struct {
	dir    string
	opts   Options
	create createFunc

	rows      rows
	line      []byte
	documents *table[documentRow]
	quotes    *table[quoteRow]
	claims    *table[claimRow]
	speakers  *table[speakerRow]
	failures  *table[Failure]
	columns   []columns // the five tables above; none where JSONL is the only format
	articles  *lines    // nil without JSONL, and so is jsonFails
	jsonFails *lines

	madeDir bool
	lock    lock
	begun   *Manifest // of the run that this one goes on with, or nil

	open       bool // a shard is
	shard      int  // its number
	shardFiles []shardFile
	shardRows  map[Table]int64
	shardBytes int64 // of text

	batchDocuments, batchBytes, batchFailures int

	shards []Shard
	totals Totals
	err    error // that ended the run
}

type shardFile struct {
	*file
	table  Table
	format Format
}

// Create begins a run in the folder dir, which is made where it is missing.
// It fails with [ErrNotEmpty] where the folder holds anything and Overwrite is
// not set, with [ErrForeign] where Overwrite would remove what no run wrote,
// and where the folder cannot be written to.
func Create(dir string, opts Options) (*Writer, error) {
	return create(dir, opts, createFile)
}

func create(dir string, opts Options, makeFile createFunc) (*Writer, error) {
	w, err := newWriter(dir, opts, makeFile)
	if err != nil {
		return nil, err
	}
	if w.madeDir, err = makeFolder(dir); err != nil {
		return nil, err
	}
	if w.lock, err = lockFolder(dir); err != nil {
		return nil, err
	}
	if err := w.prepare(); err != nil {
		w.removeFolders(nil)
		w.lock.release()
		return nil, err
	}
	return w, nil
}

// prepare makes the folders of the tables.
func (w *Writer) prepare() error {
	if err := empty(w.dir, w.opts.Overwrite); err != nil {
		return err
	}
	for i, t := range w.tables() {
		// Not MkdirAll: of two runs at once into one folder, one is refused.
		if err := os.Mkdir(w.folder(t), 0o755); err != nil {
			w.removeFolders(w.tables()[:i])
			return explain("create", w.folder(t), err)
		}
	}
	return nil
}

// newWriter makes a writer that has touched nothing as yet.
func newWriter(dir string, opts Options, makeFile createFunc) (*Writer, error) {
	if len(opts.Formats) == 0 {
		opts.Formats = []Format{Arrow}
	}
	var formats, columnar []Format
	for _, f := range Formats() { // in this order, each once
		if slices.Contains(opts.Formats, f) {
			formats = append(formats, f)
			if f != JSONL {
				columnar = append(columnar, f)
			}
		}
	}
	for _, f := range opts.Formats {
		if _, err := ParseFormat(string(f)); err != nil {
			return nil, err
		}
	}
	opts.Formats = formats
	if opts.ShardDocuments <= 0 {
		opts.ShardDocuments = 10_000
	}
	if opts.ShardBytes <= 0 {
		opts.ShardBytes = 64 << 20
	}
	w := &Writer{
		dir: dir, opts: opts, create: makeFile, shardRows: make(map[Table]int64),
		documents: newTable(Documents, documentColumns(), columnar, opts.Meta),
		quotes:    newTable(Quotes, quoteColumns(), columnar, opts.Meta),
		claims:    newTable(Claims, claimColumns(), columnar, opts.Meta),
		speakers:  newTable(Speakers, speakerColumns(), columnar, opts.Meta),
		failures:  newTable(Failures, failureColumns(), columnar, opts.Meta),
	}
	if len(columnar) > 0 {
		w.columns = []columns{w.failures, w.speakers, w.claims, w.quotes, w.documents}
	}
	if slices.Contains(formats, JSONL) {
		w.articles, w.jsonFails = &lines{name: Articles}, &lines{name: Failures}
	}
	return w, nil
}

// tables lists the tables that the formats have, documents or articles, which
// complete a shard, last.
func (w *Writer) tables() []Table {
	list := []Table{Failures}
	if len(w.columns) > 0 {
		list = append(list, Speakers, Claims, Quotes, Documents)
	}
	if w.articles != nil {
		list = append(list, Articles)
	}
	return list
}

func (w *Writer) folder(t Table) string { return filepath.Join(w.dir, string(t)) }

// Write writes the rows of doc, whose id no other document of the run may
// have. Layers that were not made give no rows. A [*DocumentError] concerns
// this document alone; any other error ends the run.
func (w *Writer) Write(doc *pipeline.Document) error {
	if w.err != nil {
		return w.err
	}
	if err := w.rows.make(doc); err != nil {
		return &DocumentError{doc.ID, err}
	}
	if w.articles != nil {
		line, err := goldform.Append(w.line[:0], doc)
		if err != nil {
			return &DocumentError{doc.ID, err}
		}
		w.line = line
	}
	w.err = w.write()
	return w.err
}

// Full reports whether the shard at hand is full.
func (w *Writer) Full() bool {
	limit := int64(w.opts.ShardDocuments)
	return w.open && (w.shardRows[Documents] >= limit || w.shardRows[Failures] >= limit || w.shardBytes >= w.opts.ShardBytes)
}

// ToGo returns how many documents at most the shard at hand still takes: 0
// where none is open, since neither a document nor a failure stands behind the
// last that ended.
func (w *Writer) ToGo() int {
	if !w.open {
		return 0
	}
	return max(w.opts.ShardDocuments-int(w.shardRows[Documents]), 1)
}

// Totals returns what has been written.
func (w *Writer) Totals() Totals { return w.totals }

// EndShard ends the shard at hand and notes in the checkpoint what stands in
// the shards that have ended, so that [Resume] can go on behind them. state is
// what the caller needs to do so, such as its place in the input, and is encoded
// as encoding/json does. Of info Finished is not used. An error ends the run.
func (w *Writer) EndShard(info ManifestInfo, state any) error {
	if w.err == nil {
		w.err = w.endShard(info, state)
	}
	return w.err
}

func (w *Writer) endShard(info ManifestInfo, state any) error {
	if !w.open {
		return nil
	}
	if err := w.finishShard(); err != nil {
		return err
	}
	info.Finished = time.Time{}
	m, err := w.manifest(info)
	if err != nil {
		return err
	}
	c := &Checkpoint{Manifest: *m}
	if c.State, err = json.Marshal(state); err != nil {
		return fmt.Errorf("columnar: the state for the checkpoint: %w", err)
	}
	b, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("columnar: the checkpoint: %w", err)
	}
	return writeFile(w.create, w.dir, checkpointName, b)
}

// write writes w.rows and w.line.
func (w *Writer) write() error {
	if w.Full() {
		if err := w.finishShard(); err != nil {
			return err
		}
	}
	if err := w.openShard(); err != nil {
		return err
	}
	r := &w.rows
	if len(w.columns) > 0 {
		w.documents.append(&r.document)
		appendAll(w.quotes, r.quotes)
		appendAll(w.claims, r.claims)
		appendAll(w.speakers, r.speakers)
	}
	if w.articles != nil {
		if err := w.articles.write(w.line); err != nil {
			return err
		}
	}
	w.count(r)
	size := len(r.document.text)
	w.shardBytes += int64(size)
	w.batchDocuments++
	w.batchBytes += size
	if size >= batchBytes {
		w.rows, w.line = rows{}, nil // what one giant needs is not kept for the rest
	}
	if w.batchDocuments >= batchDocuments || w.batchBytes >= batchBytes {
		return w.flush()
	}
	return nil
}

func (w *Writer) count(r *rows) {
	w.shardRows[Documents]++
	w.shardRows[Articles]++
	w.shardRows[Quotes] += int64(len(r.quotes))
	w.shardRows[Claims] += int64(len(r.claims))
	w.shardRows[Speakers] += int64(len(r.speakers))
	t := &w.totals
	t.Documents++
	t.Words += int64(r.document.nWords)
	t.Quotes += int64(len(r.quotes))
	t.Claims += int64(len(r.claims))
	t.Speakers += int64(len(r.speakers))
	for i := range r.quotes {
		switch r.quotes[i].kind {
		case pipeline.Direct.String():
			t.QuotesDirect++
		case pipeline.Mixed.String():
			t.QuotesMixed++
		}
		if r.quotes[i].attributed {
			t.Attributed++
		}
	}
	for i := range r.claims {
		switch r.claims[i].kind {
		case pipeline.Direct.String():
			t.ClaimsDirect++
		case pipeline.Mixed.String():
			t.ClaimsMixed++
		case pipeline.Indirect.String():
			t.ClaimsIndirect++
		}
	}
}

// Fail writes a failure. An error ends the run.
func (w *Writer) Fail(f Failure) error {
	if w.err == nil {
		w.err = w.fail(f)
	}
	return w.err
}

func (w *Writer) fail(f Failure) error {
	f = Failure{valid(f.Source), f.Record, valid(f.DocID), valid(f.Stage), valid(f.Reason), valid(f.Message)}
	if err := w.openShard(); err != nil {
		return err
	}
	if len(w.columns) > 0 {
		w.failures.append(&f)
	}
	if w.jsonFails != nil {
		line, err := json.Marshal(failureJSON(f))
		if err != nil {
			return fmt.Errorf("columnar: %w", err)
		}
		if err := w.jsonFails.write(line); err != nil {
			return err
		}
	}
	w.shardRows[Failures]++
	w.totals.Failures++
	w.batchFailures++
	if w.batchFailures >= batchFailures {
		return w.flush()
	}
	return nil
}

// openShard opens the files of the next shard, unless one is open.
func (w *Writer) openShard() error {
	if w.open {
		return nil
	}
	w.open = true
	clear(w.shardRows)
	w.shardBytes = 0
	w.shardFiles = w.shardFiles[:0]
	newFile := func(t Table, format Format) (*file, error) {
		f, err := newFile(w.create, filepath.Join(w.folder(t), fmt.Sprintf("part-%05d.%s", w.shard, format)))
		if err == nil {
			w.shardFiles = append(w.shardFiles, shardFile{f, t, format})
		}
		return f, err
	}
	for _, t := range w.columns {
		if err := t.open(newFile); err != nil {
			return err
		}
	}
	if w.articles == nil {
		return nil
	}
	if err := w.jsonFails.open(newFile); err != nil {
		return err
	}
	return w.articles.open(newFile)
}

// flush ends the record batch of every table, so that batch n of each holds
// the same documents.
func (w *Writer) flush() error {
	w.batchDocuments, w.batchBytes, w.batchFailures = 0, 0, 0
	for _, t := range w.columns {
		if err := t.flush(); err != nil {
			return err
		}
	}
	return nil
}

// finishShard gives the files of the shard at hand their names.
func (w *Writer) finishShard() error {
	if err := w.flush(); err != nil {
		return err
	}
	for _, t := range w.columns {
		if err := t.close(); err != nil {
			return err
		}
	}
	for _, f := range w.shardFiles {
		if err := f.finish(); err != nil {
			return err
		}
	}
	for _, t := range w.tables() {
		for _, f := range w.shardFiles {
			if f.table != t {
				continue
			}
			if err := f.publish(); err != nil {
				return err
			}
			w.shards = append(w.shards, Shard{
				Table: t, Path: path.Join(string(t), filepath.Base(f.path)),
				Rows: w.shardRows[t], Bytes: f.n, SHA256: f.sum(),
			})
		}
		if err := syncDir(w.folder(t)); err != nil {
			return err
		}
	}
	w.open = false
	w.shard++
	return nil
}

// Close finishes the shard at hand, writes the manifest, and returns it. Each
// table has at least one file, even where it has no row. On an error it does
// what Abort does.
func (w *Writer) Close(info ManifestInfo) (*Manifest, error) {
	if w.err != nil {
		w.Abort()
		return nil, w.err
	}
	m, err := w.close(info)
	if err != nil {
		w.err = err
		w.Abort()
		return nil, err
	}
	w.err = errClosed
	return m, nil
}

var errClosed = errors.New("columnar: the writer is closed")

func (w *Writer) close(info ManifestInfo) (*Manifest, error) {
	m, err := w.manifest(info) // before the last shard, lest it be written in vain
	if err != nil {
		return nil, err
	}
	if w.open || w.shard == 0 {
		if err := w.openShard(); err != nil {
			return nil, err
		}
		if err := w.finishShard(); err != nil {
			return nil, err
		}
	}
	m.Totals, m.Shards = w.totals, w.shards
	b, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("columnar: the manifest: %w", err)
	}
	if err := writeFile(w.create, w.dir, manifestName, b); err != nil {
		return nil, err
	}
	w.lock.release()
	return m, DropCheckpoint(w.dir)
}

// manifest says what is known of the run.
func (w *Writer) manifest(info ManifestInfo) (*Manifest, error) {
	config, err := json.Marshal(info.Config)
	if err != nil {
		return nil, fmt.Errorf("columnar: the configuration for the manifest: %w", err)
	}
	m := &Manifest{
		SchemaVersion: SchemaVersion,
		ToolVersion:   w.opts.Meta.ToolVersion,
		Models:        w.opts.Meta.models(),
		Started:       info.Started.UTC(),
		Finished:      info.Finished.UTC(),
		Inputs:        append([]string{}, info.Inputs...),
		Config:        config,
		Formats:       w.opts.Formats,
		Totals:        w.totals,
		Shards:        w.shards,
	}
	for i, s := range m.Inputs {
		m.Inputs[i] = valid(s)
	}
	if w.begun != nil {
		m.Started, m.Config, m.Resumed = w.begun.Started, w.begun.Config, w.begun.Resumed
	}
	return m, nil
}

// Abort ends the run and removes every file that is not whole, and the folders
// that are then empty. Finished shards stay, with their checkpoint and without a
// manifest. After Close it does nothing.
func (w *Writer) Abort() {
	if w.err == errClosed {
		return
	}
	if w.open {
		for _, f := range w.shardFiles {
			f.discard()
		}
		w.open = false
	}
	w.removeFolders(w.tables())
	w.lock.release()
	if w.err == nil {
		w.err = errClosed
	}
}

// removeFolders removes those of the tables' folders that are empty, and then
// the output folder, if Create made it and it is empty.
func (w *Writer) removeFolders(tables []Table) {
	for _, t := range tables {
		os.Remove(w.folder(t)) // fails where it is not empty
	}
	if w.madeDir {
		os.Remove(w.dir)
	}
}
