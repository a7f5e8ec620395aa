package columnar

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/onrecord-nlp/onrecord/pipeline"
)

// benchDocument makes a document as long and as full as a long news article:
// 640 words, 10 quotes, 20 claims, 6 speakers. The words depend on n.
func benchDocument(n int) *pipeline.Document {
	doc := &pipeline.Document{ID: fmt.Sprintf("doc-%07d", n), Source: fmt.Sprintf("bench.jsonl:%d", n)}
	words := []string{"council", "river", "budget", "school", "minister", "vote", "winter", "closure", "harbour", "report", "union", "delay"}
	seed := uint32(n)
	word := func() string {
		seed = seed*1664525 + 1013904223
		return words[seed>>16%uint32(len(words))] + string('a'+rune(seed>>24%26))
	}
	var b strings.Builder
	span := func(s string) pipeline.Span {
		start := b.Len()
		b.WriteString(s)
		return pipeline.Span{Start: start, End: b.Len()}
	}
	phrase := func(n int) string {
		p := make([]string, n)
		for i := range p {
			p[i] = word()
		}
		return strings.Join(p, " ")
	}
	for s := range 6 {
		doc.Speakers = append(doc.Speakers, pipeline.Speaker{Name: "Speaker " + word(), Kind: pipeline.SpeakerKind(s % 5)})
	}
	for i := range 20 {
		block := b.Len()
		s := i % 6
		var a pipeline.Attribution
		if i%2 == 0 {
			b.WriteString("“")
			q := span(phrase(14))
			b.WriteString("”, ")
			a.Content, a.Quotes = []pipeline.Span{q}, []int{len(doc.Quotes)}
			doc.Quotes = append(doc.Quotes, pipeline.Quote{Span: q, Continues: -1, Uttered: true, Score: 0.9})
			doc.Resolution.OfQuote = append(doc.Resolution.OfQuote, s)
			doc.Resolution.QuoteMention = append(doc.Resolution.QuoteMention, len(doc.Mentions))
			doc.Resolution.QuoteManner = append(doc.Resolution.QuoteManner, pipeline.MannerCue)
			doc.Resolution.QuoteScore = append(doc.Resolution.QuoteScore, 0.8)
			doc.Stances.OfQuote = append(doc.Stances.OfQuote, pipeline.Stance{Confidence: 0.7})
		}
		source := span(doc.Speakers[s].Name)
		b.WriteString(" ")
		cue := span("said")
		b.WriteString(" ")
		if i%2 == 1 {
			a.Content, a.Kind = []pipeline.Span{span(phrase(14))}, pipeline.Indirect
		}
		a.Source, a.Cue, a.Manner, a.Confidence = []pipeline.Span{source}, []pipeline.Span{cue}, pipeline.MannerCue, 0.8
		doc.Speakers[s].Mentions = append(doc.Speakers[s].Mentions, len(doc.Mentions))
		doc.Mentions = append(doc.Mentions, pipeline.Mention{Span: source, Speaker: s})
		doc.Attributions = append(doc.Attributions, a)
		doc.Resolution.OfAttribution = append(doc.Resolution.OfAttribution, s)
		doc.Stances.OfAttribution = append(doc.Stances.OfAttribution, pipeline.Stance{Position: pipeline.Oppose, Target: "the closure", Evidence: a.Content, Confidence: 0.7})
		doc.Stances.CueClasses = append(doc.Stances.CueClasses, pipeline.CueNeutral)
		b.WriteString(". " + phrase(14) + ".")
		doc.Blocks = append(doc.Blocks, pipeline.Block{Span: pipeline.Span{Start: block, End: b.Len()}})
		b.WriteString("\n\n")
	}
	doc.Text = b.String()
	for l := pipeline.LayerBlocks; l <= pipeline.LayerStances; l++ {
		doc.Mark(l)
	}
	return doc
}

// BenchmarkWrite measures what an article costs, files and fsync included.
func BenchmarkWrite(b *testing.B) {
	docs := make([]*pipeline.Document, 1000)
	words := 0
	for i := range docs {
		docs[i] = benchDocument(i)
		words += countWords(docs[i].Text)
	}
	for _, formats := range [][]Format{{Arrow}, {Parquet}, {JSONL}, {Arrow, Parquet, JSONL}} {
		b.Run(fmt.Sprint(formats), func(b *testing.B) {
			b.ReportAllocs()
			w, err := Create(b.TempDir(), Options{Formats: formats})
			if err != nil {
				b.Fatal(err)
			}
			n := 0
			for b.Loop() {
				if err := w.Write(docs[n%len(docs)]); err != nil {
					b.Fatal(err)
				}
				n++
			}
			if _, err := w.Close(ManifestInfo{}); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "docs/s")
			b.ReportMetric(float64(n*words/len(docs))/b.Elapsed().Seconds(), "words/s")
		})
	}
}

// BenchmarkMemory writes 100,000 articles and reports the most memory that the
// heap took from the system.
func BenchmarkMemory(b *testing.B) {
	for _, formats := range [][]Format{{Arrow}, {Parquet}, {JSONL}, {Arrow, Parquet, JSONL}} {
		b.Run(fmt.Sprint(formats), func(b *testing.B) {
			for b.Loop() {
				w, err := Create(b.TempDir()+"/out", Options{Formats: formats})
				if err != nil {
					b.Fatal(err)
				}
				var peak uint64
				var m runtime.MemStats
				for n := range 100_000 {
					if err := w.Write(benchDocument(n)); err != nil {
						b.Fatal(err)
					}
					if n%500 == 0 {
						runtime.ReadMemStats(&m)
						peak = max(peak, m.HeapSys-m.HeapReleased)
					}
				}
				if _, err := w.Close(ManifestInfo{}); err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(peak)/1e6, "peak-MB")
			}
		})
	}
}
