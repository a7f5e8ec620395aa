package columnar

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/onrecord-nlp/onrecord/pipeline"
)

// streamed is what a stream holds, its lists exploded.
type streamed struct {
	documents []documentRow
	quotes    []quoteRow
	claims    []claimRow
	speakers  []speakerRow
	failures  []Failure
	ids       []string // doc_id of every row, "" for null
	batches   []int64  // rows
	schema    *arrow.Schema
}

func readStream(t *testing.T, b []byte) (out streamed) {
	t.Helper()
	r, err := ipc.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	out.schema = r.Schema()
	for r.Next() {
		rec := r.Record()
		out.batches = append(out.batches, rec.NumRows())
		column := func(name string) arrow.Array { return rec.Column(rec.Schema().FieldIndices(name)[0]) }
		for i := range int(rec.NumRows()) {
			id := ""
			if a := column("doc_id").(*array.String); a.IsValid(i) {
				id = a.Value(i)
			}
			out.ids = append(out.ids, id)
			var d documentRow
			for n, c := range documentColumns() {
				if a := rec.Column(n); column("text").IsValid(i) || c.field.Name == "doc_id" && a.IsValid(i) {
					c.read(a, i, &d)
				} else if a.IsValid(i) {
					t.Errorf("row %d: %s is not null", i, c.field.Name)
				}
			}
			if column("text").IsValid(i) {
				out.documents = append(out.documents, d)
			}
			out.quotes = append(out.quotes, exploded(column("quotes"), i, quoteColumns())...)
			out.claims = append(out.claims, exploded(column("claims"), i, claimColumns())...)
			out.speakers = append(out.speakers, exploded(column("speakers"), i, speakerColumns())...)
			out.failures = append(out.failures, exploded(column("failures"), i, failureColumns())...)
		}
	}
	if err := r.Err(); err != nil && !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	return out
}

// exploded are the rows in list i.
func exploded[R any](a arrow.Array, i int, columns []column[R]) []R {
	l := a.(*array.List)
	from, to := l.ValueOffsets(i)
	var out []R
	for ; from < to; from++ {
		var r R
		for n, c := range columns {
			c.read(l.ListValues().(*array.Struct).Field(n), int(from), &r)
		}
		out = append(out, r)
	}
	return out
}

// TestStream: the lists of a stream, exploded, are the tables that the same
// documents give, and failures stand with their document.
func TestStream(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, Options{}, fixtures(t)...)
	table := func(name Table) Shard { return shardOf(t, dir, shardPath(name, 0, Arrow)) }

	for _, size := range []int{0, 1, 2, 3} {
		var b bytes.Buffer
		s := NewStreamWriter(&b, StreamOptions{BatchRows: size, Meta: meta})
		alone := Failure{Source: "news.jsonl", Record: 9, Stage: "ingest", Reason: "bad_json", Message: "x"}
		named := Failure{Source: "news.jsonl", DocID: "late", Stage: "ingest", Reason: "duplicate_id", Message: "x"}
		var want []Failure
		fail := func(f Failure) {
			t.Helper()
			want = append(want, f)
			if err := s.Fail(f); err != nil {
				t.Fatal(err)
			}
		}
		fail(alone)
		for _, d := range fixtures(t) {
			if err := s.Write(d); err != nil {
				t.Fatal(err)
			}
			if d.ID == "bare" {
				fail(Failure{Source: "news.jsonl:3", DocID: "bare", Stage: "clean", Reason: "stage_failed", Message: "x"})
				fail(Failure{Source: "news.jsonl:3", DocID: "bare", Stage: "ingest", Reason: "bad_encoding", Message: "x"})
			}
		}
		var broken *DocumentError
		if err := s.Write(&pipeline.Document{ID: "broken", Text: "\xff"}); !errors.As(err, &broken) {
			t.Errorf("the error is %v", err)
		}
		fail(Failure{Source: "news.jsonl:4", DocID: "broken", Stage: "write", Reason: "invalid", Message: "x"})
		fail(named)
		fail(alone)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}

		got := readStream(t, b.Bytes())
		opts := []gocmp.Option{gocmp.AllowUnexported(documentRow{}, quoteRow{}, claimRow{}, speakerRow{}, blockRow{}, mentionRow{}, offsets{}, span{}, voiceRow{}, stanceRow{}, targetRow{}), cmpopts.EquateEmpty()}
		for name, diff := range map[Table]string{
			Documents: gocmp.Diff(all(t, dir, table(Documents), documentColumns()), got.documents, opts...),
			Quotes:    gocmp.Diff(all(t, dir, table(Quotes), quoteColumns()), got.quotes, opts...),
			Claims:    gocmp.Diff(all(t, dir, table(Claims), claimColumns()), got.claims, opts...),
			Speakers:  gocmp.Diff(all(t, dir, table(Speakers), speakerColumns()), got.speakers, opts...),
			Failures:  gocmp.Diff(want, got.failures),
			"ids":     gocmp.Diff([]string{"", "ferry-1", "silent", "bare", "unresolved#c0", "crowded", "broken", "late", ""}, got.ids),
		} {
			if diff != "" {
				t.Errorf("batches of %d: %s differs:\n%s", size, name, diff)
			}
		}
		batches := map[int][]int64{0: {9}, 1: {1, 1, 1, 1, 1, 1, 1, 1, 1}, 2: {2, 2, 2, 2, 1}, 3: {3, 3, 3}}
		if diff := gocmp.Diff(batches[size], got.batches); diff != "" {
			t.Errorf("the batches have %v rows", got.batches)
		}
		if !got.schema.Equal(StreamSchema(meta)) {
			t.Errorf("the schema is %v", got.schema)
		}
	}
}

func all[R any](t *testing.T, dir string, s Shard, columns []column[R]) (out []R) {
	t.Helper()
	for r, err := range readRows(dir, s, columns) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, r)
	}
	return out
}

// TestStreamBatches: a batch ends behind 2 MiB of text too, and is passed on
// before the next begins.
func TestStreamBatches(t *testing.T) {
	var b bytes.Buffer
	s := NewStreamWriter(&b, StreamOptions{})
	before := 0
	for i := range 20 {
		d := benchDocument(i)
		for len(d.Text) < 1<<20 {
			d.Text += d.Text
		}
		if err := s.Write(d); err != nil {
			t.Fatal(err)
		}
		if i >= 2 && i%2 == 0 {
			if b.Len() <= before {
				t.Errorf("document %d: nothing was passed on", i)
			}
			before = b.Len()
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if got := readStream(t, b.Bytes()); len(got.batches) != 10 || len(got.documents) != 20 {
		t.Errorf("batches %v", got.batches)
	}
}

// TestStreamEmpty: a stream without rows has its schema.
func TestStreamEmpty(t *testing.T) {
	var b bytes.Buffer
	if err := NewStreamWriter(&b, StreamOptions{Meta: meta}).Close(); err != nil {
		t.Fatal(err)
	}
	if got := readStream(t, b.Bytes()); len(got.batches) != 0 || !got.schema.Equal(StreamSchema(meta)) {
		t.Errorf("%+v", got)
	}
}

// full takes so many bytes, and then none.
type full int

func (f *full) Write(p []byte) (int, error) {
	if *f -= full(len(p)); *f < 0 {
		return 0, io.ErrClosedPipe
	}
	return len(p), nil
}

// TestStreamBreaks: once the reader is gone every call says so.
func TestStreamBreaks(t *testing.T) {
	for _, room := range []full{0, 100, 5000, 20_000} {
		s := NewStreamWriter(&room, StreamOptions{BatchRows: 1})
		var err error
		for i := 0; i < 10 && err == nil; i++ {
			err = s.Write(benchDocument(i))
		}
		if !errors.Is(err, io.ErrClosedPipe) || !errors.Is(s.Fail(failure), io.ErrClosedPipe) || !errors.Is(s.Close(), io.ErrClosedPipe) {
			t.Errorf("the error is %v", err)
		}
	}
}
