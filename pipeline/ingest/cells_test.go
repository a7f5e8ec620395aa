package ingest_test

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/apache/arrow/go/v15/arrow/memory"
	"github.com/apache/arrow/go/v15/parquet"
	"github.com/apache/arrow/go/v15/parquet/pqarrow"

	"github.com/onrecord-nlp/onrecord/pipeline/ingest"
)

var (
	textType = arrow.BinaryTypes.String
	textList = arrow.ListOf(textType)
)

func nullable(name string, t arrow.DataType) arrow.Field {
	return arrow.Field{Name: name, Type: t, Nullable: true}
}

// batch makes a record batch of rows in JSON. meta is a key and a value.
func batch(t testing.TB, rows string, meta []string, fields ...arrow.Field) arrow.Record {
	t.Helper()
	m := arrow.NewMetadata(meta[:len(meta)/2], meta[len(meta)/2:])
	rec, _, err := array.RecordFromJSON(memory.DefaultAllocator, arrow.NewSchema(fields, &m), strings.NewReader(rows))
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

func parquetOf(t testing.TB, recs ...arrow.Record) string {
	t.Helper()
	var b bytes.Buffer
	w, err := pqarrow.NewFileWriter(recs[0].Schema(), &b, parquet.NewWriterProperties(), pqarrow.NewArrowWriterProperties(pqarrow.WithStoreSchema()))
	return writeBatches(t, &b, w, err, recs)
}

func streamOf(t testing.TB, recs ...arrow.Record) string {
	var b bytes.Buffer
	return writeBatches(t, &b, ipc.NewWriter(&b, ipc.WithSchema(recs[0].Schema())), nil, recs)
}

func arrowOf(t testing.TB, recs ...arrow.Record) string {
	t.Helper()
	var b bytes.Buffer
	w, err := ipc.NewFileWriter(&placed{&b}, ipc.WithSchema(recs[0].Schema()), ipc.WithZstd())
	return writeBatches(t, &b, w, err, recs)
}

// placed tells where it stands, for Arrow's writer of files.
type placed struct{ *bytes.Buffer }

func (p *placed) Seek(int64, int) (int64, error) { return int64(p.Len()), nil }

type batchWriter interface {
	Write(arrow.Record) error
	Close() error
}

func writeBatches(t testing.TB, b *bytes.Buffer, w batchWriter, err error, recs []arrow.Record) string {
	t.Helper()
	for _, rec := range recs {
		if err == nil {
			err = w.Write(rec)
		}
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestTables(t *testing.T) {
	stamp := &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "UTC"}
	cases := []struct {
		name   string
		rows   string
		fields []arrow.Field
		opts   ingest.Options
		want   []string // id, title, byline, day, URL, language, text
	}{
		{"the plainest", `[{"text": "A."}, {"text": "B."}]`, []arrow.Field{nullable("text", textType)}, ingest.Options{},
			[]string{"x#1|||||und|A.", "x#2|||||und|B."}},
		{"all that is known", `[{"id": 7, "headline": "T &amp; u", "authors": ["Ann Bo", null, "C. Do"], "date_publish": "2017-03-26 19:01:28", "url": "https://x.org/7", "language": "English", "maintext": "A.", "other": true}]`,
			[]arrow.Field{nullable("id", arrow.PrimitiveTypes.Int64), nullable("headline", textType), nullable("authors", textList), nullable("date_publish", stamp),
				nullable("url", textType), nullable("language", textType), nullable("maintext", textType), nullable("other", arrow.FixedWidthTypes.Boolean)}, ingest.Options{},
			[]string{"7|T & u|Ann Bo, C. Do|2017-03-26|https://x.org/7|en|A."}},
		{"the likelier column, and the next where it is empty", `[{"content": "no", "text": "A."}, {"content": "B.", "text": ""}, {"content": "C.", "text": null}]`,
			[]arrow.Field{nullable("content", textType), nullable("text", textType)}, ingest.Options{}, []string{"x#1|||||und|A.", "x#2|||||und|B.", "x#3|||||und|C."}},
		{"bytes", `[{"text": "QS4="}]`, []arrow.Field{nullable("text", arrow.BinaryTypes.Binary)}, ingest.Options{}, []string{"x#1|||||und|A."}},
		{"bytes in Windows-1252", `[{"text": "SGUgc2FpZDogk0EulA=="}]`, []arrow.Field{nullable("text", arrow.BinaryTypes.Binary)}, ingest.Options{}, []string{"x#1|||||und|He said: “A.”"}},
		{"HTML", `[{"html": "<p>A &amp; b.</p><p>C.</p>"}]`, []arrow.Field{nullable("html", textType)}, ingest.Options{}, []string{"x#1|||||und|A & b.\n\nC."}},
		{"paragraphs", `[{"body": ["A.", "", "B."]}]`, []arrow.Field{nullable("body", textList)}, ingest.Options{}, []string{"x#1|||||und|A.\n\nB."}},
		{"a dictionary", `[{"language": "de", "text": "A."}, {"language": "de", "text": "B."}]`,
			[]arrow.Field{nullable("language", &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: textType}), nullable("text", textType)}, ingest.Options{},
			[]string{"x#1|||||de|A.", "x#2|||||de|B."}},
		{"structs", `[{"id": "k", "article": {"title": "T", "body": "A.", "id": "no"}, "author": [{"name": "Ann"}, {"name": "Bo"}]}]`,
			[]arrow.Field{nullable("id", textType), nullable("article", arrow.StructOf(nullable("title", textType), nullable("body", textType), nullable("id", textType))),
				nullable("author", arrow.ListOf(arrow.StructOf(nullable("name", textType))))}, ingest.Options{}, []string{"k|T|Ann, Bo|||und|A."}},
		{"columns named", `[{"url": "u", "text": "no", "t": {"de": "ja", "en": "A."}, "day": "2017-03-26"}]`,
			[]arrow.Field{nullable("url", textType), nullable("text", textType), nullable("t", arrow.StructOf(nullable("de", textType), nullable("en", textType))), nullable("day", arrow.FixedWidthTypes.Date32)},
			ingest.Options{Fields: ingest.Fields{ID: "url", Text: "t.en", Published: "day"}}, []string{"u|||2017-03-26|u|und|A."}},
		{"no text in a row", `[{"text": "A."}, {"text": null}, {"text": "C."}]`, []arrow.Field{nullable("text", textType)}, ingest.Options{},
			[]string{"x#1|||||und|A.", "x#3|||||und|C.", "! no_text | x | 2 | -1 | x#2"}},
		{"no column of text", `[{"words": "A."}]`, []arrow.Field{nullable("words", textType)}, ingest.Options{}, []string{"! no_text | x | 0 | -1 | "}},
		{"no rows", `[]`, []arrow.Field{nullable("text", textType)}, ingest.Options{}, []string{"! empty_file | x | 0 | -1 | "}},
		{"a cell too long", `[{"text": "A."}, {"text": "0123456789"}, {"text": "C."}]`, []arrow.Field{nullable("text", textType)}, ingest.Options{MaxRecord: 9},
			[]string{"x#1|||||und|A.", "x#3|||||und|C.", "! too_long | x | 2 | -1 | "}},
	}
	for _, c := range cases {
		rec := batch(t, c.rows, nil, c.fields...)
		for form, data := range map[string]string{"Parquet": parquetOf(t, rec), "Arrow file": arrowOf(t, rec), "Arrow stream": streamOf(t, rec), "compressed Arrow stream": gzipped(streamOf(t, rec))} {
			t.Run(c.name+", "+form, func(t *testing.T) {
				files{"x": data}.write(t)
				docs, lines := readAll(t, c.opts, "x")
				var got []string
				for _, d := range docs {
					day, language := "", d.Language
					if !d.Published.IsZero() {
						day = d.Published.Format("2006-01-02")
					}
					if language == "" {
						language = "und"
					}
					got = append(got, strings.Join([]string{d.ID, d.Title, d.Byline, day, d.URL, language, d.Text}, "|"))
				}
				for _, l := range lines {
					if l[0] == '!' {
						got = append(got, l)
					}
				}
				equal(t, got, c.want...)
			})
		}
	}
}

// Tables of this program's own are read as they are: what looks like markup in
// them is text.
func TestOwnTables(t *testing.T) {
	own := []string{"onrecord.schema_version", "2"}
	documents := batch(t, `[{"doc_id": "k", "text": "The <p> tag &amp; he.", "sha256": "x"}]`, own, nullable("doc_id", textType), nullable("text", textType), nullable("sha256", textType))
	quotes := batch(t, `[{"quote_id": "k#q0", "doc_id": "k", "text": "A."}]`, own, nullable("quote_id", textType), nullable("doc_id", textType), nullable("text", textType))
	files{
		"out/documents/part-00000.parquet": parquetOf(t, documents),
		"out/quotes/part-00000.parquet":    parquetOf(t, quotes),
	}.write(t)
	equal(t, read(t, ingest.Options{}, "out"),
		"k | out/documents/part-00000.parquet#1 | The <p> tag &amp; he.",
		"! unsupported | out/quotes/part-00000.parquet | 0 | -1 | ")
}

func TestBrokenTables(t *testing.T) {
	rec := batch(t, `[{"text": "A."}, {"text": "B."}]`, nil, nullable("text", textType))
	pq, file, stream := parquetOf(t, rec), arrowOf(t, rec, rec), streamOf(t, rec, rec)
	cases := []struct {
		name, file, content string
		want                []string
	}{
		{"Parquet that is cut off", "x.parquet", pq[:len(pq)-20], []string{"! bad_table | x.parquet | 0 | -1 | "}},
		{"Parquet in a compressed file", "x.parquet.gz", gzipped(pq), []string{"! unsupported | x.parquet.gz | 0 | -1 | "}},
		{"an Arrow file that is cut off", "x.arrow", file[:len(file)*2/3], []string{"x.arrow#1 | x.arrow#1 | A.", "x.arrow#2 | x.arrow#2 | B.", "! bad_table | x.arrow | 3 | -1 | "}},
		{"a stream that is cut off", "x.arrows", stream[:len(stream)-30], []string{"x.arrows#1 | x.arrows#1 | A.", "x.arrows#2 | x.arrows#2 | B.", "! bad_table | x.arrows | 3 | -1 | "}},
		{"a compressed stream that is cut off", "x.arrows.gz", gzipped(stream)[:len(gzipped(stream))-30], nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			files{c.file: c.content}.write(t)
			got := read(t, ingest.Options{}, c.file)
			if c.want == nil { // how far it came is not the point
				c.want = []string{"! corrupt_compression | x.arrows.gz"}
				got = []string{got[len(got)-1][:len(c.want[0])]}
			}
			equal(t, got, c.want...)
		})
	}
	equal(t, read(t, ingest.Options{Stdin: strings.NewReader(pq)}, "-"), "! unsupported | stdin | 0 | -1 | ")
}

// The documents of a batch are delivered before the next batch comes, HTML too.
func TestStreamIsNotHeldUp(t *testing.T) {
	r, w := io.Pipe()
	asked := make(chan int)
	field := nullable("text", textType)
	go func() {
		out := ipc.NewWriter(w, ipc.WithSchema(arrow.NewSchema([]arrow.Field{field}, nil)))
		for n := range asked {
			rec := batch(t, fmt.Sprintf(`[{"text": "A%d."}, {"text": "<p>B%d.</p>"}]`, n, n), nil, field)
			out.Write(array.NewRecord(arrow.NewSchema([]arrow.Field{field}, nil), rec.Columns(), 2))
		}
		out.Close()
		w.Close()
	}()
	reader, err := ingest.Open([]string{"-"}, ingest.Options{Format: ingest.FormatArrow, Stdin: r, Workers: 4})
	if err != nil {
		t.Fatal(err)
	}
	asked <- 0
	n := 0
	for doc, err := range reader.Documents(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if want := fmt.Sprintf("%c%d.", "AB"[n%2], n/2); doc.Text != want {
			t.Errorf("text %q, want %q", doc.Text, want)
		}
		if n++; n == 6 {
			close(asked)
		} else if n%2 == 0 {
			asked <- n / 2
		}
	}
	if n != 6 {
		t.Errorf("%d documents", n)
	}
}
