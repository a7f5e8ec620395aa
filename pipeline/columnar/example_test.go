package columnar_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/columnar"
)

func Example() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	out := filepath.Join(dir, "out")

	started := time.Now()
	w, err := columnar.Create(out, columnar.Options{Formats: []columnar.Format{columnar.Arrow, columnar.Parquet}})
	if err != nil {
		log.Fatal(err)
	}
	defer w.Abort() // does nothing after Close
	doc := &pipeline.Document{ID: "1", Source: "hello.txt", Text: "“Hello,” she said."}
	doc.Quotes = []pipeline.Quote{{Span: pipeline.Span{Start: 3, End: 9}, Uttered: true}}
	doc.Mark(pipeline.LayerQuotes)
	if err := w.Write(doc); err != nil {
		log.Fatal(err)
	}
	m, err := w.Close(columnar.ManifestInfo{Inputs: []string{"hello.txt"}, Started: started, Finished: time.Now()})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(m.Totals.Documents, "document,", m.Totals.Quotes, "quote,", len(m.Shards), "files")

	for doc, err := range columnar.ReadDocuments(out) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(doc.ID, doc.Quotes[0].In(doc.Text))
	}
	// Output:
	// 1 document, 1 quote, 10 files
	// 1 Hello,
}
