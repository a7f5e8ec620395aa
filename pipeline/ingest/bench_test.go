package ingest

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// article is about as long as a wire story, with the marks that make JSON
// escape.
var article = strings.Repeat("“We will not pay,” the minister told reporters on Tuesday. \"That is final,\" she added, and left for the airport with her aides.\n\n", 24)

func jsonLinesOf(n int) []byte {
	var b bytes.Buffer
	escaped := strings.NewReplacer("\"", `\"`, "\n", `\n`).Replace(article)
	for i := range n {
		fmt.Fprintf(&b, `{"id":"doc-%d","url":"https://news.example/2017/03/26/story-%d","title":"Minister will not pay","authors":["Ann Bo"],"date_publish":"2017-03-26 19:01:28","language":"en","image_url":null,"keywords":["pay","minister"],"maintext":"%s","source_domain":"news.example"}`+"\n", i, i, escaped)
	}
	return b.Bytes()
}

func packGzip(data []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write(data)
	z.Close()
	return b.Bytes()
}

func packZstandard(data []byte) []byte {
	z, err := zstd.NewWriter(nil)
	if err != nil {
		panic(err)
	}
	return z.EncodeAll(data, nil)
}

func benchmarkRead(b *testing.B, content []byte, opts Options, documents int) {
	b.SetBytes(int64(len(content)))
	b.ReportAllocs()
	for b.Loop() {
		opts.Stdin = bytes.NewReader(content)
		r, err := Open([]string{"-"}, opts)
		if err != nil {
			b.Fatal(err)
		}
		n := 0
		for _, err := range r.Documents(context.Background()) {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
		if n != documents {
			b.Fatalf("%d documents, want %d", n, documents)
		}
	}
}

func BenchmarkJSONLines(b *testing.B) {
	benchmarkRead(b, jsonLinesOf(2000), Options{}, 2000)
}

func BenchmarkJSONArray(b *testing.B) {
	lines := bytes.TrimRight(jsonLinesOf(2000), "\n")
	array := append(append([]byte("["), bytes.ReplaceAll(lines, []byte("\n"), []byte(",\n"))...), ']')
	benchmarkRead(b, array, Options{}, 2000)
}

func BenchmarkJSONLinesGzip(b *testing.B) {
	benchmarkRead(b, packGzip(jsonLinesOf(2000)), Options{}, 2000)
}

func BenchmarkJSONLinesZstandard(b *testing.B) {
	benchmarkRead(b, packZstandard(jsonLinesOf(2000)), Options{}, 2000)
}

func BenchmarkText(b *testing.B) {
	benchmarkRead(b, []byte(strings.Repeat(article, 1000)), Options{}, 1)
}

func BenchmarkLanguageOf(b *testing.B) {
	b.SetBytes(4000)
	for b.Loop() {
		LanguageOf(article + article)
	}
}
