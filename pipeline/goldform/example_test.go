package goldform_test

import (
	"fmt"
	"strings"

	"github.com/onrecord-nlp/onrecord/pipeline/goldform"
)

func ExampleRead() {
	const lines = `{"id": "a1", "text": "“Très bien,” said Léa.", "quotes": [{"start": 1, "end": 11, "speaker": "Léa"}]}`
	for doc, err := range goldform.Read(strings.NewReader(lines)) {
		if err != nil {
			fmt.Println(err)
			continue
		}
		for i, q := range doc.Quotes {
			fmt.Printf("%s: %s (bytes %d to %d)\n", doc.Speakers[doc.Resolution.OfQuote[i]].Name, q.In(doc.Text), q.Start, q.End)
		}
	}
	// Output: Léa: Très bien, (bytes 3 to 14)
}
