package eval_test

import (
	"fmt"
	"strings"

	"github.com/onrecord-nlp/onrecord/eval"
	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/goldform"
)

func ExampleScore() {
	const gold = `{"id": "a1", "text": "“Go,” said Ann Lee. “Stay,” said Bob Ray.", "quotes": [
		{"start": 1, "end": 4, "speaker": "Ann Lee"}, {"start": 21, "end": 26, "speaker": "Bob Ray"}]}`
	const predicted = `{"id": "a1", "text": "“Go,” said Ann Lee. “Stay,” said Bob Ray.", "quotes": [
		{"start": 1, "end": 4, "speaker": "Ann Lee"}, {"start": 21, "end": 26, "speaker": "Ann Lee"}]}`

	var articles []goldform.Article
	for a, err := range goldform.ReadArticles(strings.NewReader(gold)) {
		if err != nil {
			fmt.Println(err)
			return
		}
		articles = append(articles, a)
	}
	var documents []*pipeline.Document
	for d, err := range goldform.Read(strings.NewReader(predicted)) {
		if err != nil {
			fmt.Println(err)
			return
		}
		documents = append(documents, d)
	}
	report, err := eval.Score(articles, documents, eval.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	m := report.Metrics()
	fmt.Println("quotes found:", m["quotes.f1"])
	fmt.Println("with the right speaker:", m["quotes.speaker.f1"])
	for _, err := range report.Below([]eval.Floor{{Key: "quotes.speaker.f1", Value: 90}}) {
		fmt.Println(err)
	}
	// Output:
	// quotes found: 100
	// with the right speaker: 50
	// quotes.speaker.f1 is 50.00, below 90
}
