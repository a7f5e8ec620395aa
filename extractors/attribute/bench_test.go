package attribute

import (
	stdcontext "context"
	"testing"

	"github.com/onrecord-nlp/onrecord/extractors/clean"
	"github.com/onrecord-nlp/onrecord/extractors/quote"
	"github.com/onrecord-nlp/onrecord/extractors/tokenize"
	"github.com/onrecord-nlp/onrecord/models/attribution"
	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/goldform"
)

// articles returns the articles of testdata/gold/dev, with blocks, tokens and
// quotes.
func articles(b testing.TB) (docs []*pipeline.Document, tokens int) {
	b.Helper()
	cleaner, err := clean.New(nil)
	if err != nil {
		b.Fatal(err)
	}
	tokenizer, err := tokenize.New()
	if err != nil {
		b.Fatal(err)
	}
	quoter, err := quote.New()
	if err != nil {
		b.Fatal(err)
	}
	p, err := pipeline.New([]pipeline.Stage{cleaner, tokenizer, quoter})
	if err != nil {
		b.Fatal(err)
	}
	for doc, err := range goldform.ReadPath("../../testdata/gold/dev") {
		if err != nil {
			b.Fatal(err)
		}
		d := &pipeline.Document{ID: doc.ID, Text: doc.Text}
		if err := p.Process(stdcontext.Background(), d); err != nil {
			b.Fatal(err)
		}
		docs = append(docs, d)
		tokens += len(d.Tokens)
	}
	return docs, tokens
}

// BenchmarkProcess attributes the articles of testdata/gold/dev; an iteration
// is all of them.
func BenchmarkProcess(b *testing.B) {
	docs, tokens := articles(b)
	st, err := New()
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		for _, d := range docs {
			if err := st.Process(stdcontext.Background(), d); err != nil {
				b.Fatal(err)
			}
		}
	}
	perToken(b, tokens)
}

// BenchmarkPasses times the parts of the stage.
func BenchmarkPasses(b *testing.B) {
	docs, tokens := articles(b)
	m, err := attribution.Embedded()
	if err != nil {
		b.Fatal(err)
	}
	scratches := make([]*scratch, len(docs))
	st := With(m)
	one := st.take() // the sums of one worker
	for i := range scratches {
		scratches[i] = &scratch{tagMemo: one.tagMemo, linkMemo: one.linkMemo}
	}
	for _, c := range []struct {
		name string
		run  func(*scratch, *pipeline.Document)
	}{
		{"view", func(s *scratch, d *pipeline.Document) {
			s.view.load(d, m.Lexicon)
			s.ctx.load(&s.view)
		}},
		{"first", func(s *scratch, _ *pipeline.Document) {
			s.fp.reset(&s.view)
			s.first(m.Tag, &m.Tag.Trans, s.view.paras)
		}},
		{"second", func(s *scratch, _ *pipeline.Document) { s.linked = s.linked[:0]; s.second(m.Link, &m.Link.Trans, 0) }},
		{"write", func(s *scratch, d *pipeline.Document) { s.write(d) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				for i, d := range docs {
					c.run(scratches[i], d)
				}
			}
			perToken(b, tokens)
		})
	}
}

func perToken(b *testing.B, tokens int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(tokens), "ns/token")
}
