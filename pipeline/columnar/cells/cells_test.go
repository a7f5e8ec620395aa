package cells_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/apache/arrow/go/v15/arrow/memory"
	"github.com/apache/arrow/go/v15/parquet"
	"github.com/apache/arrow/go/v15/parquet/compress"
	"github.com/apache/arrow/go/v15/parquet/pqarrow"

	"github.com/onrecord-nlp/onrecord/pipeline/columnar/cells"
)

// record makes a record batch of rows in JSON.
func record(t testing.TB, fields []arrow.Field, rows string) arrow.Record {
	t.Helper()
	meta := arrow.NewMetadata([]string{"made.by"}, []string{"a test"})
	rec, _, err := array.RecordFromJSON(memory.DefaultAllocator, arrow.NewSchema(fields, &meta), strings.NewReader(rows))
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

// writers writes record batches in each form that is read.
var writers = map[string]func(testing.TB, ...arrow.Record) []byte{
	"Parquet":                   parquetFile(parquet.WithCompression(compress.Codecs.Snappy)),
	"Parquet, version 2 pages":  parquetFile(parquet.WithDataPageVersion(parquet.DataPageV2), parquet.WithCompression(compress.Codecs.Zstd), parquet.WithDictionaryDefault(false)),
	"Parquet, small row groups": parquetFile(parquet.WithMaxRowGroupLength(2)),
	"Arrow file": func(t testing.TB, recs ...arrow.Record) []byte {
		var b bytes.Buffer
		w, err := ipc.NewFileWriter(&seeker{&b}, ipc.WithSchema(recs[0].Schema()), ipc.WithZstd())
		return written(t, &b, w, err, recs)
	},
	"Arrow stream": func(t testing.TB, recs ...arrow.Record) []byte {
		var b bytes.Buffer
		return written(t, &b, ipc.NewWriter(&b, ipc.WithSchema(recs[0].Schema())), nil, recs)
	},
	"Arrow stream, LZ4": func(t testing.TB, recs ...arrow.Record) []byte {
		var b bytes.Buffer
		return written(t, &b, ipc.NewWriter(&b, ipc.WithSchema(recs[0].Schema()), ipc.WithLZ4()), nil, recs)
	},
}

// seeker tells Arrow's writer of files where it stands.
type seeker struct{ *bytes.Buffer }

func (s *seeker) Seek(int64, int) (int64, error) { return int64(s.Len()), nil }

type writer interface {
	Write(arrow.Record) error
	Close() error
}

func written(t testing.TB, b *bytes.Buffer, w writer, err error, recs []arrow.Record) []byte {
	t.Helper()
	for _, rec := range recs {
		if err == nil {
			err = w.Write(rec)
		}
	}
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func parquetFile(props ...parquet.WriterProperty) func(testing.TB, ...arrow.Record) []byte {
	return func(t testing.TB, recs ...arrow.Record) []byte {
		var b bytes.Buffer
		w, err := pqarrow.NewFileWriter(recs[0].Schema(), &b, parquet.NewWriterProperties(props...), pqarrow.NewArrowWriterProperties(pqarrow.WithStoreSchema()))
		return written(t, &b, w, err, recs)
	}
}

func open(data []byte, limit int) (*cells.Table, error) {
	if bytes.HasPrefix(data, []byte("PAR1")) {
		return cells.Parquet(bytes.NewReader(data), int64(len(data)), limit)
	}
	if bytes.HasPrefix(data, []byte("ARROW1")) {
		return cells.ArrowFile(bytes.NewReader(data), int64(len(data)), limit)
	}
	return cells.Arrow(bytes.NewReader(data), limit)
}

// table returns every row as one string, the cells parted by "|" and the
// values of a list by "+".
func table(t testing.TB, data []byte) (head string, rows []string) {
	t.Helper()
	tab, err := open(data, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range tab.Columns() {
		names = append(names, c.Name())
	}
	for {
		err := tab.Next()
		if err == io.EOF {
			return strings.Join(names, "|"), rows
		}
		var row []string
		for i, c := range tab.Columns() {
			if c.Kind == cells.Other {
				row = append(row, "?")
				continue
			}
			values, err := tab.Append(nil, i)
			if err != nil {
				t.Fatal(err)
			}
			row = append(row, strings.Join(values, "+"))
		}
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, strings.Join(row, "|"))
	}
}

func TestTypes(t *testing.T) {
	str := arrow.BinaryTypes.String
	cases := []struct {
		name string
		typ  arrow.DataType
		rows string // of the column x
		want []string
	}{
		{"strings", str, `["Ä“", "", null]`, []string{"Ä“", "", ""}},
		{"large strings", arrow.BinaryTypes.LargeString, `["a", null, "b"]`, []string{"a", "", "b"}},
		{"bytes", arrow.BinaryTypes.Binary, `["YQ==", null]`, []string{"a", ""}},
		{"a dictionary", &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: str}, `["b", "a", null, "b"]`, []string{"b", "a", "", "b"}},
		{"integers", arrow.PrimitiveTypes.Int64, `[-4503599627370497, null]`, []string{"-4503599627370497", ""}},
		{"small integers", arrow.PrimitiveTypes.Int8, `[-7]`, []string{"-7"}},
		{"unsigned integers", arrow.PrimitiveTypes.Uint32, `[4294967295]`, []string{"4294967295"}},
		{"floats", arrow.PrimitiveTypes.Float64, `[42.0, 0.5, null]`, []string{"42", "0.5", ""}},
		{"decimals", &arrow.Decimal128Type{Precision: 38}, `["-12", "123456789012345678901234567890"]`, []string{"-12", "123456789012345678901234567890"}},
		{"timestamps", &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "UTC"}, `["2017-03-26 19:01:28.5", null]`, []string{"2017-03-26T19:01:28.5Z", ""}},
		{"timestamps in nanoseconds without a zone", &arrow.TimestampType{Unit: arrow.Nanosecond}, `["2017-03-26 19:01:28"]`, []string{"2017-03-26T19:01:28Z"}},
		{"dates", arrow.FixedWidthTypes.Date32, `["2017-03-26", "1965-01-02"]`, []string{"2017-03-26T00:00:00Z", "1965-01-02T00:00:00Z"}},
		{"lists", arrow.ListOf(str), `[["a", "b"], [], null, ["c", null, "d"]]`, []string{"a+b", "", "", "c+d"}},
		{"booleans are not read", arrow.FixedWidthTypes.Boolean, `[true]`, []string{"?"}},
		{"lists of lists are not read", arrow.ListOf(arrow.ListOf(str)), `[[["a"]]]`, []string{"?"}},
	}
	for _, c := range cases {
		rec := record(t, []arrow.Field{{Name: "x", Type: c.typ, Nullable: true}}, `[{"x":`+strings.Join(elements(t, c.rows), `},{"x":`)+`}]`)
		for form, write := range writers {
			t.Run(c.name+", "+form, func(t *testing.T) {
				head, rows := table(t, write(t, rec))
				if head != "x" || !slices.Equal(rows, c.want) {
					t.Errorf("%s: %q, want %q", head, rows, c.want)
				}
			})
		}
	}
}

// elements cuts a JSON array at its own commas.
func elements(t testing.TB, s string) (out []string) {
	depth, start, quoted := 0, 1, false
	for i, r := range s {
		switch {
		case r == '"':
			quoted = !quoted
		case quoted:
		case r == '[' || r == '{':
			depth++
		case r == ']' || r == '}':
			depth--
		}
		if r == ',' && depth == 1 && !quoted || i == len(s)-1 {
			out = append(out, s[start:i])
			start = i + 1
		}
	}
	return out
}

func TestStructs(t *testing.T) {
	str := arrow.BinaryTypes.String
	rec := record(t, []arrow.Field{
		{Name: "id", Type: str},
		{Name: "article", Nullable: true, Type: arrow.StructOf(
			arrow.Field{Name: "body", Type: str, Nullable: true},
			arrow.Field{Name: "paragraphs", Type: arrow.ListOf(str), Nullable: true},
			arrow.Field{Name: "meta", Nullable: true, Type: arrow.StructOf(arrow.Field{Name: "lang", Type: str, Nullable: true})},
		)},
		{Name: "authors", Nullable: true, Type: arrow.ListOf(arrow.StructOf(
			arrow.Field{Name: "name", Type: str, Nullable: true}, arrow.Field{Name: "age", Type: arrow.PrimitiveTypes.Int32, Nullable: true}))},
		{Name: "last", Type: str},
	}, `[
		{"id": "1", "article": {"body": "A.", "paragraphs": ["p", "q"], "meta": {"lang": "en"}}, "authors": [{"name": "Ann", "age": 7}, {"name": "Bo"}], "last": "x"},
		{"id": "2", "article": null, "authors": null, "last": "y"},
		{"id": "3", "article": {"body": null, "paragraphs": [], "meta": null}, "authors": [], "last": "z"}
	]`)
	for form, write := range writers {
		t.Run(form, func(t *testing.T) {
			head, rows := table(t, write(t, rec, rec))
			if want := "id|article.body|article.paragraphs|article.meta.lang|authors.name|authors.age|last"; head != want {
				t.Errorf("columns %s, want %s", head, want)
			}
			want := []string{"1|A.|p+q|en|Ann+Bo|7|x", "2||||||y", "3||||||z"}
			if want = slices.Concat(want, want); !slices.Equal(rows, want) {
				t.Errorf("rows %q, want %q", rows, want)
			}
		})
	}
}

// What is not asked for is not needed; what is asked for twice comes twice.
func TestAnyOrder(t *testing.T) {
	var rows []string
	for i := range 1000 {
		rows = append(rows, fmt.Sprintf(`{"a": "a%d", "b": ["b%d", "c%d"]}`, i, i, i))
	}
	rec := record(t, []arrow.Field{{Name: "a", Type: arrow.BinaryTypes.String}, {Name: "b", Type: arrow.ListOf(arrow.BinaryTypes.String)}}, "["+strings.Join(rows, ",")+"]")
	for form, write := range writers {
		t.Run(form, func(t *testing.T) {
			tab, err := open(write(t, rec, rec), 100)
			if err != nil {
				t.Fatal(err)
			}
			for i := range 2000 {
				if err := tab.Next(); err != nil {
					t.Fatal(err)
				}
				if i%7 != 3 {
					continue
				}
				for range 2 {
					got, err := tab.Append([]string{"x"}, 1)
					if n := i % 1000; err != nil || strings.Join(got, " ") != fmt.Sprintf("x b%d c%d", n, n) {
						t.Fatalf("row %d: %q, %v", i, got, err)
					}
				}
			}
			if err := tab.Next(); err != io.EOF {
				t.Errorf("after the last row: %v", err)
			}
		})
	}
}

func TestTime(t *testing.T) {
	rec := record(t, []arrow.Field{{Name: "at", Type: &arrow.TimestampType{Unit: arrow.Millisecond}, Nullable: true}}, `[{"at": "2017-03-26 19:01:28"}, {"at": null}]`)
	for form, write := range writers {
		tab, err := open(write(t, rec), 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []time.Time{time.Date(2017, 3, 26, 19, 1, 28, 0, time.UTC), {}} {
			if err := tab.Next(); err != nil {
				t.Fatal(err)
			}
			if got, err := tab.Time(0); err != nil || got != want {
				t.Errorf("%s: %v, %v, want %v", form, got, err, want)
			}
		}
		if got := tab.Meta("made.by") + tab.Meta("no such key"); got != "a test" {
			t.Errorf("%s: metadata %q", form, got)
		}
	}
}

func TestTooLong(t *testing.T) {
	rec := record(t, []arrow.Field{{Name: "x", Type: arrow.ListOf(arrow.BinaryTypes.String)}}, `[{"x": ["0123456789"]}, {"x": ["01234", "567890"]}, {"x": ["01234", "56789"]}]`)
	for form, write := range writers {
		tab, err := open(write(t, rec), 10)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range []error{nil, cells.ErrTooLong, nil} {
			if err := tab.Next(); err != nil {
				t.Fatal(err)
			}
			if _, err := tab.Append(nil, 0); err != want {
				t.Errorf("%s, row %d: %v, want %v", form, i, err, want)
			}
		}
	}
}

// A stream is read as it comes: a batch is there before the next is written.
func TestStreamAsItComes(t *testing.T) {
	rec := record(t, []arrow.Field{{Name: "x", Type: arrow.BinaryTypes.String}}, `[{"x": "a"}, {"x": "b"}]`)
	r, w := io.Pipe()
	asked := make(chan bool)
	go func() {
		out := ipc.NewWriter(w, ipc.WithSchema(rec.Schema()))
		for range asked {
			out.Write(rec)
		}
		out.Close()
		w.Close()
	}()
	asked <- true
	tab, err := cells.Arrow(r, 100)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 6 {
		if ready := tab.Ready(); ready != (i%2 == 1) {
			t.Errorf("row %d: ready is %v", i, ready)
		}
		if err := tab.Next(); err != nil {
			t.Fatal(err)
		}
		if i == 1 || i == 3 {
			asked <- true
		}
	}
	close(asked)
	if err := tab.Next(); err != io.EOF {
		t.Error(err)
	}
}

// A file that says only at its end what it holds, as those of polars do, is
// read from there, and as a stream is refused.
func TestSchemaAtTheEnd(t *testing.T) {
	rec := record(t, []arrow.Field{{Name: "x", Type: &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: arrow.BinaryTypes.String}}}, `[{"x": "a"}, {"x": "b"}]`)
	data := writers["Arrow file"](t, rec)
	copy(data[8:], "\x04\x00\x00\x00\xF2\xFF\xFF\xFF")
	if head, rows := table(t, data); head != "x" || !slices.Equal(rows, []string{"a", "b"}) {
		t.Errorf("%s: %q", head, rows)
	}
	if _, err := cells.Arrow(bytes.NewReader(data), 100); err == nil || !strings.Contains(err.Error(), "plain file") {
		t.Errorf("as a stream: %v", err)
	}
}

// A table that is cut off gives the rows before the cut, and an error: never
// fewer rows and no error.
func TestCutOff(t *testing.T) {
	rec := record(t, []arrow.Field{{Name: "x", Type: arrow.BinaryTypes.String}, {Name: "y", Type: arrow.ListOf(arrow.BinaryTypes.String)}}, `[{"x": "aaaa", "y": ["b"]}, {"x": "cccc", "y": []}]`)
	for form, write := range writers {
		t.Run(form, func(t *testing.T) {
			whole := write(t, rec, rec, rec)
			for n := range whole {
				rows, err := readAll(whole[:n])
				atEnd := err == nil && rows == 6 && !strings.HasPrefix(form, "Parquet") // of the footer nothing is needed
				between := err == nil && form[:6] == "Arrow " && strings.Contains(form, "stream") && rows%2 == 0
				if err == nil && !atEnd && !between {
					t.Errorf("cut at %d of %d: %d rows and no error", n, len(whole), rows)
				}
			}
		})
	}
}

// readAll reads every cell of a table.
func readAll(data []byte) (rows int, err error) {
	tab, err := open(data, 1<<20)
	if err != nil {
		return 0, err
	}
	columns := tab.Columns()
	for {
		if err := tab.Next(); err == io.EOF {
			return rows, nil
		} else if err != nil {
			return rows, err
		}
		for i, c := range columns {
			if c.Kind == cells.Other {
				continue
			}
			if _, err := tab.Append(nil, i); err != nil && err != cells.ErrTooLong {
				return rows, err
			}
		}
		if rows++; rows > 1<<20 {
			return rows, errors.New("a damaged table of many rows")
		}
	}
}

// Whatever byte is damaged, reading ends, and without a panic.
func TestDamage(t *testing.T) {
	rec := record(t, []arrow.Field{
		{Name: "x", Type: arrow.BinaryTypes.String}, {Name: "n", Type: arrow.PrimitiveTypes.Int64, Nullable: true},
		{Name: "y", Type: arrow.ListOf(arrow.BinaryTypes.String)},
		{Name: "d", Type: &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: arrow.BinaryTypes.String}},
	}, `[{"x": "aaaa", "n": 1, "y": ["b"], "d": "v"}, {"x": "cccc", "y": [], "d": "w"}]`)
	for form, write := range writers {
		t.Run(form, func(t *testing.T) {
			whole := write(t, rec, rec)
			for i := range whole {
				data := bytes.Clone(whole)
				data[i] ^= []byte{0x01, 0x80, 0xFF}[i%3]
				readAll(data)
			}
		})
	}
}

func FuzzTable(f *testing.F) {
	rec := record(f, []arrow.Field{
		{Name: "x", Type: arrow.BinaryTypes.String}, {Name: "n", Type: arrow.PrimitiveTypes.Int64, Nullable: true},
		{Name: "y", Type: arrow.ListOf(arrow.StructOf(arrow.Field{Name: "z", Type: arrow.BinaryTypes.String, Nullable: true})), Nullable: true},
	}, `[{"x": "aaaa", "n": 1, "y": [{"z": "b"}, {}]}, {"x": "cccc", "y": []}]`)
	for _, write := range writers {
		f.Add(write(f, rec))
	}
	for _, encoding := range []parquet.Encoding{parquet.Encodings.DeltaLengthByteArray, parquet.Encodings.DeltaByteArray} {
		f.Add(parquetFile(parquet.WithDictionaryDefault(false), parquet.WithEncodingFor("x", encoding), parquet.WithEncodingFor("n", parquet.Encodings.DeltaBinaryPacked))(f, rec))
	}
	f.Fuzz(func(t *testing.T, data []byte) { readAll(data) })
}

// Memory does not grow with a row group, of which only a page at a time is
// held.
func TestMemory(t *testing.T) {
	text := strings.Repeat("words of an article ", 500)
	var rows []string
	for i := range 500 {
		rows = append(rows, fmt.Sprintf(`{"x": "%d %s"}`, i, text))
	}
	rec := record(t, []arrow.Field{{Name: "x", Type: arrow.BinaryTypes.String}}, "["+strings.Join(rows, ",")+"]")
	var b bytes.Buffer
	w, err := pqarrow.NewFileWriter(rec.Schema(), &b, parquet.NewWriterProperties(parquet.WithDictionaryDefault(false)), pqarrow.DefaultWriterProps())
	for range 20 {
		if err == nil {
			err = w.WriteBuffered(rec) // all into one row group
		}
	}
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	data := b.Bytes()
	var before, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	tab, err := open(data, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for ; tab.Next() == nil; n++ {
		if _, err := tab.Append(nil, 0); err != nil {
			t.Fatal(err)
		}
		if n == 7500 {
			runtime.GC()
			runtime.ReadMemStats(&now)
		}
	}
	if n != 10_000 {
		t.Fatalf("%d rows", n)
	}
	if grown := int64(now.HeapAlloc) - int64(before.HeapAlloc); grown > 24<<20 {
		t.Errorf("%d MB are held within a row group of 100 MB", grown>>20)
	}
}

func BenchmarkRows(b *testing.B) {
	text := strings.Repeat("Words of an article, she said. ", 100)
	var rows []string
	for i := range 2000 {
		rows = append(rows, fmt.Sprintf(`{"id": "%d", "text": "%d %s", "html": "<p>%s</p>"}`, i, i, text, text))
	}
	str := arrow.BinaryTypes.String
	rec := record(b, []arrow.Field{{Name: "id", Type: str}, {Name: "text", Type: str}, {Name: "html", Type: str}}, "["+strings.Join(rows, ",")+"]")
	for form, write := range writers {
		data := write(b, rec, rec)
		b.Run(form, func(b *testing.B) {
			n := 0
			for b.Loop() {
				tab, err := open(data, 1<<20)
				if err != nil {
					b.Fatal(err)
				}
				for n = 0; tab.Next() == nil; n++ {
					for col := range 2 {
						if _, err := tab.Append(nil, col); err != nil {
							b.Fatal(err)
						}
					}
				}
			}
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
