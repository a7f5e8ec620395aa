package resolve_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/onrecord-nlp/onrecord/eval"
	"github.com/onrecord-nlp/onrecord/pipeline"
)

// BenchmarkProcess resolves the labelled articles, and reports the time for a
// token beside that for an article.
func BenchmarkProcess(b *testing.B) {
	s := stages(b)
	var docs []*pipeline.Document
	tokens := 0
	for _, a := range goldDev(b) {
		d := eval.Strip(a.Doc, eval.Upstream(pipeline.LayerSpeakers))
		if err := s[0].Process(context.Background(), d); err != nil {
			b.Fatal(err)
		}
		docs = append(docs, d)
		tokens += len(d.Tokens)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if err := s[1].Process(context.Background(), docs[i%len(docs)]); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(float64(tokens)/float64(len(docs))), "ns/token")
}

// BenchmarkLength resolves one article repeated: the time for a token must not
// grow.
func BenchmarkLength(b *testing.B) {
	s := stages(b)
	for _, times := range []int{1, 10, 100} {
		b.Run(fmt.Sprint(times), func(b *testing.B) {
			d := repeated(goldDev(b)[0].Doc, times)
			if err := s[0].Process(context.Background(), d); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if err := s[1].Process(context.Background(), d); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(d.Tokens)), "ns/token")
		})
	}
}

// repeated returns a document with the text and labels of doc many times.
func repeated(doc *pipeline.Document, times int) *pipeline.Document {
	out := &pipeline.Document{ID: doc.ID}
	for n := range times {
		at := len(out.Text)
		quotes := len(out.Quotes)
		out.Text += doc.Text + "\n\n"
		move := func(s pipeline.Span) pipeline.Span {
			if s.Empty() {
				return s
			}
			return pipeline.Span{Start: s.Start + at, End: s.End + at}
		}
		all := func(in []pipeline.Span) (out []pipeline.Span) {
			for _, s := range in {
				out = append(out, move(s))
			}
			return out
		}
		for _, x := range doc.Blocks {
			x.Span = move(x.Span)
			out.Blocks = append(out.Blocks, x)
		}
		for _, x := range doc.Quotes {
			x.Span, x.Open, x.Close = move(x.Span), move(x.Open), move(x.Close)
			if x.Continues >= 0 {
				x.Continues += quotes
			}
			out.Quotes = append(out.Quotes, x)
		}
		for _, x := range doc.Attributions {
			x.Content, x.Source, x.Cue = all(x.Content), all(x.Source), all(x.Cue)
			ids := x.Quotes
			x.Quotes = nil
			for _, q := range ids {
				x.Quotes = append(x.Quotes, q+quotes)
			}
			out.Attributions = append(out.Attributions, x)
		}
		_ = n
	}
	return out
}
