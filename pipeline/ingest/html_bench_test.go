package ingest

import "testing"

// BenchmarkReadPage reads real pages, one after another, where data/html_news is
// at hand: from decoded page to the document's text and metadata.
func BenchmarkReadPage(b *testing.B) {
	pages := newsPages(b)
	total := 0
	for _, p := range pages {
		total += len(p.page)
	}
	b.SetBytes(int64(total))
	b.ReportAllocs()
	for b.Loop() {
		for _, p := range pages {
			if _, err := readPage(p.page); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(len(pages))*float64(b.N)/b.Elapsed().Seconds(), "pages/s")
}
