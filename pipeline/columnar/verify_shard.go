package columnar

import (
	"context"
	"fmt"
	"hash/maphash"
	"iter"
	"os"
	"path/filepath"
	"strings"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/apache/arrow/go/v15/arrow/memory"
	parquetfile "github.com/apache/arrow/go/v15/parquet/file"
	"github.com/apache/arrow/go/v15/parquet/pqarrow"
)

// shardCheck looks at one shard.
type shardCheck struct {
	faults
	ctx      context.Context
	dir      string
	manifest *Manifest
	seed     maphash.Seed
	shard    verifyShard

	docs      []uint64 // a hash of every doc_id
	originals []uint64 // and of every duplicate_of
	totals    Totals
	files     int
	bytes     int64
	skipped   bool
}

// check does all that there is to do for the shard.
func (c *shardCheck) check() {
	for _, f := range c.manifest.Formats {
		for _, t := range tablesOf(f) {
			if !c.sealed(c.shard[t][f]) {
				c.skipped = true
			}
		}
	}
	if c.skipped {
		return
	}
	first := c.manifest.columnar()
	if first == "" {
		c.articles()
		return
	}
	for _, f := range c.manifest.Formats {
		if f == JSONL {
			continue
		}
		for _, t := range tablesOf(f) {
			if !c.schema(c.shard[t][f]) {
				c.skipped = true
			}
		}
	}
	if c.skipped {
		return
	}
	c.rows(first)
	for _, f := range c.manifest.Formats {
		if f != JSONL && f != first {
			for _, t := range tablesOf(f) {
				c.same(c.shard[t][first], c.shard[t][f])
			}
		}
	}
}

func (c *shardCheck) fault(kind FaultKind, s Shard, row int64, column, format string, args ...any) {
	if len(c.list) >= c.max {
		c.found++
		return
	}
	c.add(Fault{kind, s.Table, s.Path, row, column, fmt.Sprintf(format, args...)})
}

// schema holds the columns and the metadata of a file to those of its table,
// and reports whether the rows can be read.
func (c *shardCheck) schema(s Shard) bool {
	got, err := readSchema(filepath.Join(c.dir, filepath.FromSlash(s.Path)))
	if err != nil {
		c.fault(FaultDamaged, s, -1, "", "%s", firstLine(err))
		return false
	}
	want := Schema(s.Table, Meta{c.manifest.ToolVersion, c.manifest.Models})
	readable := true
	for i, f := range want.Fields() {
		at := got.FieldIndices(f.Name)
		if len(at) != 1 {
			c.fault(FaultSchema, s, -1, f.Name, "there are %d columns of this name", len(at))
			readable = false
			continue
		}
		g := got.Field(at[0])
		switch {
		case !sameType(g.Type, f.Type):
			c.fault(FaultSchema, s, -1, f.Name, "the type is %v, not %v", g.Type, f.Type)
			readable = false
		case at[0] != i:
			c.fault(FaultSchema, s, -1, f.Name, "column %d, not %d", at[0], i)
		case g.Nullable != f.Nullable:
			c.fault(FaultSchema, s, -1, f.Name, "nullable is %v, not %v", g.Nullable, f.Nullable)
		}
	}
	for _, f := range got.Fields() {
		if len(want.FieldIndices(f.Name)) == 0 {
			c.fault(FaultSchema, s, -1, f.Name, "no column of the table")
		}
	}
	meta, wanted := got.Metadata(), want.Metadata()
	for i, key := range wanted.Keys() {
		value, ok := "", false
		if at := meta.FindKey(key); at >= 0 {
			value, ok = meta.Values()[at], true
		}
		if value != wanted.Values()[i] || !ok {
			c.fault(FaultSchema, s, -1, "", "the metadata %s is %q, not %q", key, value, wanted.Values()[i])
		}
	}
	return readable
}

// readSchema returns the schema of a file of columns.
func readSchema(path string) (schema *arrow.Schema, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	err = guard(func() error {
		if !strings.HasSuffix(path, "."+string(Parquet)) {
			r, err := ipc.NewFileReader(f)
			if err != nil {
				return err
			}
			schema = r.Schema()
			return r.Close()
		}
		p, err := parquetfile.NewParquetReader(f)
		if err != nil {
			return err
		}
		r, err := pqarrow.NewFileReader(p, pqarrow.ArrowReadProperties{}, memory.DefaultAllocator)
		if err != nil {
			return err
		}
		schema, err = r.Schema()
		return err
	})
	return schema, err
}

// rows looks at the rows of the files of one format of columns, and at the
// articles of JSON Lines beside them.
func (c *shardCheck) rows(format Format) {
	// In the rows of a good shard the documents of every table follow those of
	// the table documents, so that one walk will do. Where rows are left behind,
	// the places of all documents are needed to tell which.
	first := *c
	if c.walk(format, nil) {
		return
	}
	*c = first
	places := make(map[uint64]int)
	n := 0
	for _, id := range docIDs(c.dir, c.shard[Documents][format]) {
		places[maphash.String(c.seed, id)] = n
		n++
	}
	c.walk(format, places)
}

// walk goes through the documents and their rows. It reports whether every row
// was met; with the places of the documents every row is.
func (c *shardCheck) walk(format Format, places map[uint64]int) bool {
	file := func(t Table) Shard { return c.shard[t][format] }
	speakers := newGroup(c, file(Speakers), speakerColumns(), places, func(r *speakerRow) string { return r.docID })
	defer speakers.stop()
	claims := newGroup(c, file(Claims), claimColumns(), places, func(r *claimRow) string { return r.docID })
	defer claims.stop()
	quotes := newGroup(c, file(Quotes), quoteColumns(), places, func(r *quoteRow) string { return r.docID })
	defer quotes.stop()
	lines := c.newArticles()
	defer lines.close()

	d := documentCheck{shardCheck: c, document: file(Documents), quote: file(Quotes), claim: file(Claims), speaker: file(Speakers)}
	for row := range checkedRows(c, file(Documents), documentColumns()) {
		d.row = row
		d.speakers, d.firstSpeaker = speakers.take(row.docID, int(d.n))
		d.claims, d.firstClaim = claims.take(row.docID, int(d.n))
		d.quotes, d.firstQuote = quotes.take(row.docID, int(d.n))
		d.check()
		lines.compare(&d)
		d.n++
	}
	lines.end()
	speakers.end(int(d.n))
	claims.end(int(d.n))
	quotes.end(int(d.n))
	c.failures(file(Failures))
	return !speakers.have && !claims.have && !quotes.have
}

// checkedRows yields the rows of a file. What cannot be read, is null and must
// not be, or is too much or too little is a fault.
func checkedRows[R any](c *shardCheck, s Shard, columns []column[R]) iter.Seq[R] {
	return func(yield func(R) bool) {
		n := int64(0)
		for rec, err := range readRecords(filepath.Join(c.dir, filepath.FromSlash(s.Path))) {
			if err != nil {
				c.fault(FaultDamaged, s, -1, "", "%s", firstLine(err))
				return
			}
			if c.ctx.Err() != nil {
				return
			}
			at, err := locate(columns, rec.Schema())
			if err != nil {
				c.fault(FaultSchema, s, -1, "", "%v", err)
				return
			}
			for k, col := range columns {
				nulls(c, s, n, rec.Column(at[k]), col.field)
			}
			for i := range int(rec.NumRows()) {
				var row R
				if err := guard(func() error {
					for k, col := range columns {
						col.read(rec.Column(at[k]), i, &row)
					}
					return nil
				}); err != nil {
					c.fault(FaultDamaged, s, n+int64(i), "", "%s", firstLine(err))
					return
				}
				if !yield(row) {
					return
				}
			}
			n += rec.NumRows()
		}
		if n != s.Rows {
			c.fault(FaultCount, s, -1, "", "%d rows, the manifest says %d", n, s.Rows)
		}
	}
}

// nulls finds the rows of a batch, the first of which is row n of the file, in
// which a value is null that must not be.
func nulls(c *shardCheck, s Shard, n int64, a arrow.Array, f arrow.Field) {
	if !mayMiss(a, f) {
		return
	}
	for i := range a.Len() {
		if name := missing(a, f, i); name != "" {
			c.fault(FaultValue, s, n+int64(i), name, "null, and must not be")
		}
	}
}

// mayMiss reports whether missing may find something in a.
func mayMiss(a arrow.Array, f arrow.Field) bool {
	if !f.Nullable && a.NullN() > 0 {
		return true
	}
	switch a := a.(type) {
	case *array.List:
		return mayMiss(a.ListValues(), f.Type.(*arrow.ListType).ElemField())
	case *array.Struct:
		for k, field := range f.Type.(*arrow.StructType).Fields() {
			if mayMiss(a.Field(k), field) {
				return true
			}
		}
	}
	return false
}

// missing names the field of value i that is null and must not be.
func missing(a arrow.Array, f arrow.Field, i int) string {
	if a.IsNull(i) {
		if f.Nullable {
			return ""
		}
		return f.Name
	}
	switch a := a.(type) {
	case *array.List:
		for from, to := a.ValueOffsets(i); from < to; from++ {
			if name := missing(a.ListValues(), f.Type.(*arrow.ListType).ElemField(), int(from)); name != "" {
				return f.Name + "." + name
			}
		}
	case *array.Struct:
		for k, field := range f.Type.(*arrow.StructType).Fields() {
			if name := missing(a.Field(k), field, i); name != "" {
				return f.Name + "." + name
			}
		}
	}
	return ""
}

// docIDs yields the doc_id of each row, with its number, as far as the file
// can be read.
func docIDs(dir string, s Shard) iter.Seq2[int64, string] {
	if s.Table == Articles {
		return articleIDs(dir, s)
	}
	return func(yield func(int64, string) bool) {
		column := documentColumns()[:1]
		n := int64(0)
		for rec, err := range readRecords(filepath.Join(dir, filepath.FromSlash(s.Path))) {
			if err != nil {
				return
			}
			at, err := locate(column, rec.Schema())
			if err != nil {
				return
			}
			ids := rec.Column(at[0]).(*array.String)
			for i := range ids.Len() {
				if !yield(n, strings.Clone(ids.Value(i))) {
					return
				}
				n++
			}
		}
	}
}

// group walks the rows of a table that follow the order of documents.
type group[R any] struct {
	c      *shardCheck
	file   Shard
	docID  func(*R) string
	places map[uint64]int // of the documents in the shard, or nil
	next   func() (R, bool)
	stop   func()

	row  R // the next one, where have is true
	have bool
	n    int64 // its number
	rows []R
}

func newGroup[R any](c *shardCheck, file Shard, columns []column[R], places map[uint64]int, docID func(*R) string) *group[R] {
	g := &group[R]{c: c, file: file, docID: docID, places: places, n: -1}
	g.next, g.stop = iter.Pull(checkedRows(c, file, columns))
	g.advance()
	return g
}

func (g *group[R]) advance() {
	g.row, g.have = g.next()
	g.n++
}

// take returns the rows of the document at the place, valid until the next
// call, and the number of the first.
func (g *group[R]) take(docID string, place int) (rows []R, first int64) {
	g.pass(place)
	g.rows, first = g.rows[:0], g.n
	for g.have && g.docID(&g.row) == docID {
		g.rows = append(g.rows, g.row)
		g.advance()
	}
	return g.rows, first
}

// end passes over what is left behind the last of n documents.
func (g *group[R]) end(n int) { g.pass(n) }

// pass passes over rows that do not stand before or at the place, where places
// are known.
func (g *group[R]) pass(place int) {
	for g.have && g.places != nil {
		id := g.docID(&g.row)
		at, ok := g.places[maphash.String(g.c.seed, id)]
		switch {
		case ok && at >= place:
			return
		case !ok:
			g.c.fault(FaultLink, g.file, g.n, "doc_id", "%q is not in the documents of this shard", id)
		default:
			g.c.fault(FaultOrder, g.file, g.n, "doc_id", "the rows of %q stand behind those of later documents", id)
		}
		g.advance()
	}
}

// failures looks at the rows of failures, and holds the lines of JSON Lines to
// them.
func (c *shardCheck) failures(file Shard) {
	next, stop := iter.Pull(checkedRows(c, file, failureColumns()))
	defer stop()
	row := func() (Failure, bool) {
		r, more := next()
		if more {
			c.failure(file, c.totals.Failures, r)
			c.totals.Failures++
		}
		return r, more
	}
	lines, both := c.shard[Failures][JSONL]
	n := int64(0)
	if both {
		n = c.failureLines(func(n int64, f Failure) {
			if r, more := row(); more && f != r {
				c.fault(FaultFormats, lines, n, "", "not what %s has in this row", file.Path)
			}
		})
	}
	for _, more := row(); more; _, more = row() {
	}
	if both && n != c.totals.Failures {
		c.fault(FaultCount, lines, -1, "", "%d lines, %s has %d rows", n, file.Path, c.totals.Failures)
	}
}

// failure looks at a failure.
func (c *shardCheck) failure(file Shard, n int64, f Failure) {
	for _, v := range []struct{ column, value string }{{"source", f.Source}, {"stage", f.Stage}, {"reason", f.Reason}, {"message", f.Message}} {
		if v.value == "" {
			c.fault(FaultValue, file, n, v.column, "empty")
		}
	}
	if f.Record < 0 {
		c.fault(FaultValue, file, n, "record", "%d; records count from 1", f.Record)
	}
}
