package ingest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"

	"github.com/onrecord-nlp/onrecord/pipeline/ingest"
)

// BenchmarkRecords reads the same 2,000 articles of 500 words in every format
// of records.
func BenchmarkRecords(b *testing.B) {
	const n = 2000
	text := strings.Repeat("“We will not pay,” the minister told reporters on Tuesday. \"That is final,\" she added, and left for the airport with her aides.\n\n", 24)
	var csv, feed, rows strings.Builder
	csv.WriteString("id,title,language,text\n")
	feed.WriteString("<rss><channel>")
	quoted := strings.ReplaceAll(text, `"`, `""`)
	escaped := strings.NewReplacer("\"", `\"`, "\n", `\n`).Replace(text)
	for i := range n {
		fmt.Fprintf(&csv, "%d,Minister will not pay,en,\"%s\"\n", i, quoted)
		fmt.Fprintf(&feed, "<item><guid>%d</guid><title>Minister will not pay</title><language>en</language><description>%s</description></item>", i, text)
		fmt.Fprintf(&rows, `,{"id":"%d","title":"Minister will not pay","language":"en","text":"%s"}`, i, escaped)
	}
	feed.WriteString("</channel></rss>")
	rec := batch(b, "["+rows.String()[1:]+"]", nil, nullable("id", textType), nullable("title", textType), nullable("language", textType), nullable("text", textType))
	slices := make([]arrow.Record, 0, 10)
	for i := int64(0); i < n; i += n / 10 {
		slices = append(slices, rec.NewSlice(i, i+n/10))
	}
	for _, c := range []struct{ name, content string }{
		{"x.jsonl", strings.ReplaceAll(rows.String()[1:], "},{", "}\n{")},
		{"x.csv", csv.String()},
		{"x.parquet", parquetOf(b, slices...)},
		{"x.arrow", arrowOf(b, slices...)},
		{"x.arrows", streamOf(b, slices...)},
		{"x.rss", feed.String()},
	} {
		b.Run(c.name, func(b *testing.B) {
			files{c.name: c.content}.write(b)
			b.ReportAllocs()
			for b.Loop() {
				r, err := ingest.Open([]string{c.name}, ingest.Options{Workers: 1})
				if err != nil {
					b.Fatal(err)
				}
				got := 0
				for _, err := range r.Documents(b.Context()) {
					if err != nil {
						b.Fatal(err)
					}
					got++
				}
				if got != n {
					b.Fatalf("%d documents", got)
				}
			}
			b.ReportMetric(n*float64(b.N)/b.Elapsed().Seconds(), "docs/s")
		})
	}
}
