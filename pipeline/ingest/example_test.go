package ingest_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/onrecord-nlp/onrecord/pipeline/ingest"
)

func ExampleReader_Documents() {
	lines := `{"id": "a1", "headline": "Rudd's view", "body": "“It is unacceptable,” she said."}
{"id": "a2", "headline": "cut off`
	r, err := ingest.Open([]string{"-"}, ingest.Options{Stdin: strings.NewReader(lines)})
	if err != nil {
		fmt.Println(err)
		return
	}
	for doc, err := range r.Documents(context.Background()) {
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Printf("%s, %s: %s\n", doc.ID, doc.Title, doc.Text)
	}
	// Output:
	// a1, Rudd's view: “It is unacceptable,” she said.
	// stdin: record 2: byte 112: the record is no JSON object (a string is not closed): mend it or take it out
}
