package clean_test

import (
	"context"
	"strings"
	"testing"

	"github.com/onrecord-nlp/onrecord/extractors/clean"
	"github.com/onrecord-nlp/onrecord/pipeline"
)

// BenchmarkProcess labels an article of ten paragraphs and a page with two
// hundred lines of menus. ns/word is the figure to watch.
func BenchmarkProcess(b *testing.B) {
	paragraph := "The minister told reporters on Tuesday that the bridge would be closed “for as long as it takes”, while engineers from two companies looked at the damage. She said nobody had been hurt, and that the ferry would run every hour until further notice."
	article := strings.Repeat(paragraph+"\n\n", 10)
	page := strings.Repeat("News\nSport\nBusiness & Money\nMost read today\n", 50) + article
	st, err := clean.New(nil)
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct{ name, text string }{{"article", article}, {"page", page}} {
		b.Run(c.name, func(b *testing.B) {
			words := len(strings.Fields(c.text))
			b.SetBytes(int64(len(c.text)))
			b.ReportAllocs()
			for b.Loop() {
				doc := pipeline.Document{Text: c.text}
				if err := st.Process(context.Background(), &doc); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*words), "ns/word")
		})
	}
}
