package columnar

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
)

// VerifyOptions say how [Verify] works. The zero value is good for most.
type VerifyOptions struct {
	Workers   int // shards looked at at once; GOMAXPROCS when 0
	MaxFaults int // faults that the report lists; 100 when 0
}

// Report is what [Verify] found.
type Report struct {
	Manifest *Manifest // nil where it cannot be read
	Faults   []Fault   // the first ones, in the order of shards and rows
	Found    int64     // all of them
	Files    int       // looked at
	Bytes    int64     // in them
	// Skipped counts the shards of which a file is missing or damaged, so that
	// their rows were not looked at.
	Skipped int
}

// FaultKind says what is wrong.
type FaultKind string

// The kinds of fault.
const (
	FaultManifest FaultKind = "manifest" // missing, unreadable, or against itself
	FaultMissing  FaultKind = "missing"  // a file that the manifest lists is not there
	FaultLeftover FaultKind = "leftover" // a file is there that the manifest does not list
	FaultDamaged  FaultKind = "damaged"  // size or sha256 are others, or the file cannot be read
	FaultSchema   FaultKind = "schema"   // columns, their types or the metadata
	FaultCount    FaultKind = "count"    // a number is not what is counted
	FaultIdentity FaultKind = "identity" // an id is empty, taken, or not made as ids are
	FaultLink     FaultKind = "link"     // an id leads to no row, or to one that says otherwise
	FaultOrder    FaultKind = "order"    // rows or spans are not in the order of the text
	FaultSpan     FaultKind = "span"     // offsets or words are not those of the text
	FaultValue    FaultKind = "value"    // a value is none of its list, or out of its range
	FaultFormats  FaultKind = "formats"  // two formats of the run differ
)

// Remedy says what to do about faults of the kind.
func (k FaultKind) Remedy() string {
	switch k {
	case FaultManifest:
		return "the run is not finished, or its manifest was changed: finish it, or run the extraction again"
	case FaultMissing, FaultDamaged:
		return "copy the file again from where the run wrote it, or run the extraction again"
	case FaultLeftover:
		return "no part of the run: move it away"
	case FaultSchema:
		return "written or changed by another program or version: verify with the version that wrote it, or run the extraction again"
	}
	return "the tables were changed after the run, or the program is at fault: run the extraction again, and report the fault if it comes again"
}

// Fault is one thing that is not as it should be.
type Fault struct {
	Kind    FaultKind
	Table   Table  // "" where it concerns no table
	Path    string // of the file, relative to the output folder, with slashes; "" for the folder
	Row     int64  // in the file, from 0; -1 where it concerns no row
	Column  string // "" where it concerns no column
	Message string // what is wrong, in one line, without the place
}

func (f Fault) String() string {
	var b strings.Builder
	b.WriteString(f.Path)
	if f.Row >= 0 {
		fmt.Fprintf(&b, ": row %d", f.Row)
	}
	if f.Column != "" {
		b.WriteString(": " + f.Column)
	}
	if b.Len() > 0 {
		b.WriteString(": ")
	}
	return b.String() + f.Message
}

// Verify holds the output folder dir to what docs/schema.md says of a finished
// run. It reads the manifest and every file, and changes nothing:
//
//   - the manifest can be read, and lists each file that is there and no other,
//     with its size and sha256;
//   - columns, types and metadata are those of the schema, and no value is null
//     that must not be;
//   - rows are as many as the manifest says, by file, table and kind;
//   - ids are unique in the run, made of the document's id and the ordinal, and
//     every reference leads to a row of the same document that agrees with it;
//   - near-duplicates name an earlier document whose fingerprint is theirs;
//   - rows stand in the order of documents and of the text;
//   - the words of every span are the slice of its document's text, by bytes and
//     by code points, and the numbers of words, quotes and claims are right;
//   - values are of their lists and ranges;
//   - where there are several formats, each row of one is that of the others.
//
// What is not as it should be is a [Fault] of the report; the error is that of
// the context, or of a folder that cannot be opened. Of a shard with a missing
// or damaged file the rows are not looked at. Memory is bounded by some record
// batches a worker, eight bytes a document, and some 60 for each that has
// near-duplicates.
func Verify(ctx context.Context, dir string, opts VerifyOptions) (*Report, error) {
	if opts.Workers <= 0 {
		opts.Workers = runtime.GOMAXPROCS(0)
	}
	if opts.MaxFaults <= 0 {
		opts.MaxFaults = 100
	}
	if _, err := os.ReadDir(dir); err != nil {
		return nil, explain("open", dir, err)
	}
	v := &verifier{dir: dir, seed: maphash.MakeSeed(), originals: make(map[uint64]bool), faults: faults{max: opts.MaxFaults}}
	m, err := ReadManifest(dir)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			v.add(Fault{FaultManifest, "", manifestName, -1, "", "there is none"})
		} else {
			v.add(Fault{FaultManifest, "", manifestName, -1, "", firstLine(err)})
		}
		return v.report(), nil
	}
	v.manifest = m
	shards := v.shards()
	v.leftover()
	if shards == nil {
		return v.report(), nil // nothing is known of the files
	}
	if err := v.run(ctx, shards, opts.Workers); err != nil {
		return nil, err
	}
	v.unique(shards)
	v.duplicates(shards)
	if v.skipped == 0 {
		v.compareTotals()
	}
	return v.report(), nil
}

// faults gathers faults, and counts those beyond max.
type faults struct {
	max   int
	list  []Fault
	found int64
}

func (fs *faults) add(f Fault) {
	fs.found++
	if len(fs.list) < fs.max {
		fs.list = append(fs.list, f)
	}
}

func (fs *faults) merge(other *faults) {
	fs.found += other.found
	fs.list = append(fs.list, other.list[:min(len(other.list), fs.max-len(fs.list))]...)
}

// verifier is one run of Verify.
type verifier struct {
	faults
	dir      string
	manifest *Manifest
	seed     maphash.Seed

	docs      []uint64        // a hash of every doc_id
	originals map[uint64]bool // and of every duplicate_of
	totals    Totals
	files     int
	bytes     int64
	skipped   int
}

func (v *verifier) report() *Report {
	return &Report{Manifest: v.manifest, Faults: v.list, Found: v.found, Files: v.files, Bytes: v.bytes, Skipped: v.skipped}
}

// verifyShard holds the files of one shard.
type verifyShard map[Table]map[Format]Shard

// shards sorts the files of the manifest by shard, and returns nil where the
// manifest does not say which belong together.
func (v *verifier) shards() []verifyShard {
	m := v.manifest
	bad := func(format string, args ...any) {
		v.add(Fault{FaultManifest, "", manifestName, -1, "", fmt.Sprintf(format, args...)})
	}
	before := v.found
	if m.SchemaVersion != SchemaVersion {
		bad("schema_version is %s; this program knows %s", m.SchemaVersion, SchemaVersion)
	}
	if m.Finished.Before(m.Started) {
		bad("finished stands before started")
	}
	for i, f := range m.Formats {
		if _, err := ParseFormat(string(f)); err != nil || slices.Contains(m.Formats[:i], f) {
			bad("formats: %q is unknown, or named twice", f)
		}
	}
	var shards []verifyShard
	files := 0
	for _, s := range m.Shards {
		format := Format(strings.TrimPrefix(filepath.Ext(s.Path), "."))
		known := slices.Contains(m.Formats, format) && slices.Contains(tablesOf(format), s.Table)
		n := -1
		if _, err := fmt.Sscanf(s.Path, string(s.Table)+"/part-%05d.", &n); !known || err != nil || n < 0 || n >= len(m.Shards) ||
			s.Path != shardPath(s.Table, n, format) {
			bad("shards: %q is no place for a file of the table %q", s.Path, s.Table)
			continue
		}
		for n >= len(shards) {
			shards = append(shards, make(verifyShard))
		}
		if shards[n][s.Table] == nil {
			shards[n][s.Table] = make(map[Format]Shard)
		}
		if _, ok := shards[n][s.Table][format]; ok {
			bad("shards: %s is listed twice", s.Path)
		}
		shards[n][s.Table][format] = s
		files++
	}
	want := 0
	for _, f := range m.Formats {
		want += len(tablesOf(f))
		for n := range shards {
			for _, t := range tablesOf(f) {
				if _, ok := shards[n][t][f]; !ok {
					bad("shards: %s is not listed", shardPath(t, n, f))
				}
			}
		}
	}
	if len(shards) == 0 && want > 0 {
		bad("shards: no file is listed")
	}
	if v.found > before {
		return nil
	}
	return shards
}

// tablesOf lists the tables that a format has.
func tablesOf(f Format) []Table {
	if f == JSONL {
		return []Table{Articles, Failures}
	}
	return []Table{Documents, Quotes, Claims, Speakers, Failures}
}

func shardPath(t Table, n int, f Format) string { return fmt.Sprintf("%s/part-%05d.%s", t, n, f) }

// leftover finds files that the manifest does not list.
func (v *verifier) leftover() {
	listed := map[string]bool{manifestName: true}
	for _, s := range v.manifest.Shards {
		listed[s.Path] = true
	}
	err := filepath.WalkDir(v.dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(v.dir, path)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		switch {
		case e.IsDir():
			if rel != "." && !isTable(rel) {
				v.add(Fault{FaultLeftover, "", rel, -1, "", "a folder that no run makes"})
				return fs.SkipDir
			}
		case !listed[rel]:
			v.add(Fault{FaultLeftover, "", rel, -1, "", "the manifest does not list this file"})
		}
		return nil
	})
	if err != nil {
		v.add(Fault{FaultDamaged, "", "", -1, "", firstLine(explain("read", v.dir, err))})
	}
}

// run looks at the shards, some at once, and takes what is found in their
// order.
func (v *verifier) run(ctx context.Context, shards []verifyShard, workers int) error {
	results := make([]chan *shardCheck, len(shards))
	for i := range results {
		results[i] = make(chan *shardCheck, 1)
	}
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	next := make(chan int)
	wg.Go(func() {
		defer close(next)
		for i := range shards {
			select {
			case next <- i:
			case <-ctx.Done():
				return
			}
		}
	})
	for range workers {
		wg.Go(func() {
			for i := range next {
				c := &shardCheck{ctx: ctx, dir: v.dir, manifest: v.manifest, seed: v.seed, shard: shards[i], faults: faults{max: v.max}}
				c.check()
				results[i] <- c
			}
		})
	}
	for i := range shards {
		select {
		case c := <-results[i]:
			if err := ctx.Err(); err != nil {
				return err
			}
			v.merge(&c.faults)
			v.docs = append(v.docs, c.docs...)
			for _, h := range c.originals {
				v.originals[h] = true
			}
			v.totals.add(c.totals)
			v.files += c.files
			v.bytes += c.bytes
			if c.skipped {
				v.skipped++
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// unique finds doc_ids that are taken. As every other id is made of its
// document's, they are then unique too.
func (v *verifier) unique(shards []verifyShard) {
	slices.Sort(v.docs)
	twice := make(map[uint64]bool)
	for i := 1; i < len(v.docs); i++ {
		if v.docs[i] == v.docs[i-1] {
			twice[v.docs[i]] = true
		}
	}
	if len(twice) == 0 {
		return
	}
	// Two ids may have one hash, so that they are read again.
	first := make(map[string]string)
	for _, s := range shards {
		file := s.identities(v.manifest)
		for row, id := range docIDs(v.dir, file) {
			if !twice[maphash.String(v.seed, id)] {
				continue
			}
			if at, ok := first[id]; ok {
				v.add(Fault{FaultIdentity, file.Table, file.Path, row, "doc_id", fmt.Sprintf("%q is taken by %s", id, at)})
			} else {
				first[id] = fmt.Sprintf("%s: row %d", file.Path, row)
			}
		}
	}
}

// duplicates holds each near-duplicate to the document that it names: an
// earlier one of the run that is none itself, or one that failed.
func (v *verifier) duplicates(shards []verifyShard) {
	if len(v.originals) == 0 {
		return
	}
	format := v.manifest.columnar()
	failed := make(map[uint64]bool)
	for _, s := range shards {
		for r, err := range readRows(v.dir, s[Failures][format], failureColumns()) {
			if h := maphash.String(v.seed, r.DocID); err == nil && v.originals[h] {
				failed[h] = true
			}
		}
	}
	columns := documentColumns()
	columns = slices.DeleteFunc(columns, func(c column[documentRow]) bool {
		return !slices.Contains([]string{"doc_id", "fingerprint", "duplicate_of"}, c.field.Name)
	})
	met := make(map[uint64][32]byte)
	for _, s := range shards {
		file, n := s[Documents][format], int64(0)
		for r, err := range readRows(v.dir, file, columns) {
			if err != nil {
				break // a fault already
			}
			if h := maphash.String(v.seed, r.docID); r.duplicateOf == "" && v.originals[h] {
				met[h] = fingerprintOf(r.fingerprint)
			}
			if r.duplicateOf != "" {
				h := maphash.String(v.seed, r.duplicateOf)
				original, ok := met[h]
				switch {
				case ok && sharedNumbers(original, fingerprintOf(r.fingerprint)) < copyShares:
					v.add(Fault{FaultLink, file.Table, file.Path, n, "duplicate_of", fmt.Sprintf("the fingerprint is not that of a copy of %q", r.duplicateOf)})
				case !ok && !failed[h]:
					v.add(Fault{FaultLink, file.Table, file.Path, n, "duplicate_of", fmt.Sprintf("%q is no earlier document that is no duplicate", r.duplicateOf)})
				}
			}
			n++
		}
	}
}

// copyShares is how many of the 16 numbers of a fingerprint near-duplicates
// share at least.
const copyShares = 7

func isFingerprint(s string) bool {
	return len(s) == 64 && strings.Trim(s, "0123456789abcdef") == ""
}

func fingerprintOf(s string) (f [32]byte) {
	if isFingerprint(s) {
		hex.Decode(f[:], []byte(s))
	}
	return f
}

// sharedNumbers counts the numbers that two fingerprints have at the same
// places.
func sharedNumbers(a, b [32]byte) int {
	n := 0
	for i := 0; i < len(a); i += 2 {
		if a[i] == b[i] && a[i+1] == b[i+1] {
			n++
		}
	}
	return n
}

// columnar returns the first format of columns, and "" where there is none.
func (m *Manifest) columnar() Format {
	for _, f := range m.Formats {
		if f != JSONL {
			return f
		}
	}
	return ""
}

// identities is the file of the shard in which the doc_ids stand.
func (s verifyShard) identities(m *Manifest) Shard {
	if f := m.columnar(); f != "" {
		return s[Documents][f]
	}
	return s[Articles][JSONL]
}

func (v *verifier) compareTotals() {
	if v.manifest.columnar() == "" {
		// A quote in JSON names another claim than in columns, where it has several.
		v.totals.Attributed = v.manifest.Totals.Attributed
	}
	got, want := v.totals.named(), v.manifest.Totals.named()
	for i, g := range got {
		if g.n != want[i].n {
			v.add(Fault{FaultCount, "", manifestName, -1, "totals." + g.name, fmt.Sprintf("%d, there are %d", want[i].n, g.n)})
		}
	}
}

type total struct {
	name string
	n    int64
}

func (t *Totals) named() []total {
	return []total{
		{"documents", t.Documents}, {"words", t.Words},
		{"quotes", t.Quotes}, {"quotes_direct", t.QuotesDirect}, {"quotes_mixed", t.QuotesMixed}, {"quotes_attributed", t.Attributed},
		{"claims", t.Claims}, {"claims_direct", t.ClaimsDirect}, {"claims_mixed", t.ClaimsMixed}, {"claims_indirect", t.ClaimsIndirect},
		{"speakers", t.Speakers}, {"failures", t.Failures},
	}
}

func (t *Totals) add(o Totals) {
	t.Documents += o.Documents
	t.Words += o.Words
	t.Quotes += o.Quotes
	t.QuotesDirect += o.QuotesDirect
	t.QuotesMixed += o.QuotesMixed
	t.Attributed += o.Attributed
	t.Claims += o.Claims
	t.ClaimsDirect += o.ClaimsDirect
	t.ClaimsMixed += o.ClaimsMixed
	t.ClaimsIndirect += o.ClaimsIndirect
	t.Speakers += o.Speakers
	t.Failures += o.Failures
}

// sealed reports whether the file is there, with the size and sha256 that the
// manifest says.
func (c *shardCheck) sealed(s Shard) bool {
	fault := func(kind FaultKind, format string, args ...any) bool {
		c.add(Fault{kind, s.Table, s.Path, -1, "", fmt.Sprintf(format, args...)})
		return false
	}
	path := filepath.Join(c.dir, filepath.FromSlash(s.Path))
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fault(FaultMissing, "there is no such file, and the manifest lists it")
	case err != nil:
		return fault(FaultDamaged, "%v", explain("open", path, err))
	case info.IsDir():
		return fault(FaultDamaged, "a folder, where the manifest has a file")
	}
	f, err := os.Open(path)
	if err != nil {
		return fault(FaultDamaged, "%v", explain("open", path, err))
	}
	defer f.Close()
	sum := sha256.New()
	n, err := io.CopyBuffer(sum, &contextReader{c.ctx, f}, make([]byte, 1<<18))
	c.files++
	c.bytes += n
	switch {
	case c.ctx.Err() != nil:
		return false
	case err != nil:
		return fault(FaultDamaged, "%v", explain("read", path, err))
	case n != s.Bytes:
		return fault(FaultDamaged, "%d bytes, the manifest says %d", n, s.Bytes)
	case hex.EncodeToString(sum.Sum(nil)) != s.SHA256:
		return fault(FaultDamaged, "the sha256 is not that of the manifest: the file has been changed")
	}
	return true
}

// contextReader ends with the context.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (r *contextReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}

func firstLine(err error) string {
	s, _, _ := strings.Cut(err.Error(), "\n")
	return s
}
