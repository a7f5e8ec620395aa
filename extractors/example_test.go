package extractors_test

import (
	"context"
	"fmt"
	"log"
	"strings"
	"sync"

	"github.com/onrecord-nlp/onrecord/extractors"
	"github.com/onrecord-nlp/onrecord/pipeline"
)

const article = `Ferry fares to rise in May

The island council voted on Tuesday to raise ferry fares by a fifth.

“It is completely unacceptable,” said Morag Linklater, who runs the school. “People here have no other road.”

Council leader Iain Soutar defended the decision and said that fuel had doubled in price.`

// Extracting from a string: what was said, and by whom.
func Example() {
	p, err := extractors.Standard()
	if err != nil {
		log.Fatal(err)
	}
	doc := &pipeline.Document{ID: "ferry", Text: article}
	if err := p.Process(context.Background(), doc); err != nil {
		log.Fatal(err)
	}
	for i, q := range doc.Quotes {
		if s := doc.Resolution.OfQuote[i]; s >= 0 {
			fmt.Printf("%s: %s (%s)\n", doc.Speakers[s].Name, q.In(doc.Text), doc.Stances.OfQuote[i].Position)
		}
	}
	// Output:
	// Morag Linklater: It is completely unacceptable, (oppose)
	// Morag Linklater: People here have no other road. (neutral)
}

// One pipeline serves any number of goroutines, each with a document of its
// own.
func Example_manyGoroutines() {
	p, err := extractors.Standard()
	if err != nil {
		log.Fatal(err)
	}
	docs := make([]*pipeline.Document, 20)
	var wg sync.WaitGroup
	for i := range docs {
		wg.Go(func() {
			docs[i] = &pipeline.Document{ID: fmt.Sprint(i), Text: article}
			if err := p.Process(context.Background(), docs[i]); err != nil {
				log.Print(err)
			}
		})
	}
	wg.Wait()
	fmt.Println(len(docs[0].Quotes), len(docs[19].Quotes))
	// Output: 2 2
}

// bodyOnly is a stage for texts that are known to be bare: every line is body.
// It takes the place of clean.
type bodyOnly struct{}

func (bodyOnly) Name() string           { return "bodyonly" }
func (bodyOnly) Doc() string            { return "makes every line a paragraph of the article" }
func (bodyOnly) Reads() pipeline.Layers { return 0 }
func (bodyOnly) Writes() pipeline.Layer { return pipeline.LayerBlocks }

func (bodyOnly) Process(_ context.Context, doc *pipeline.Document) error {
	start := 0
	for line := range strings.SplitAfterSeq(doc.Text, "\n") {
		if text := strings.TrimSuffix(line, "\n"); strings.TrimSpace(text) != "" {
			doc.Blocks = append(doc.Blocks, pipeline.Block{Span: pipeline.Span{Start: start, End: start + len(text)}})
		}
		start += len(line)
	}
	return nil
}

// longest is a stage that tells of the longest quotation of each document. Its
// layer is one of those that are left to other programs.
type longest struct{ tell func(id, words string) }

func (longest) Name() string           { return "longest" }
func (longest) Doc() string            { return "tells of the longest quotation" }
func (longest) Reads() pipeline.Layers { return pipeline.LayerSet(pipeline.LayerQuotes) }
func (longest) Writes() pipeline.Layer { return pipeline.LayerOwn }

func (l longest) Process(_ context.Context, doc *pipeline.Document) error {
	best := ""
	for _, q := range doc.Quotes {
		if q.Uttered && q.Len() > len(best) {
			best = q.In(doc.Text)
		}
	}
	l.tell(doc.ID, best)
	return nil
}

// Stages of one's own stand before, between or behind the standard ones. The
// composition is refused where a stage would not find what it reads.
func Example_ownStage() {
	set, err := extractors.Load()
	if err != nil {
		log.Fatal(err)
	}
	stages := set.Stages()
	stages[0] = bodyOnly{}
	stages = append(stages, longest{func(id, words string) { fmt.Printf("%s: %s\n", id, words) }})
	p, err := pipeline.New(stages)
	if err != nil {
		log.Fatal(err)
	}
	doc := &pipeline.Document{ID: "ferry", Text: article}
	if err := p.Process(context.Background(), doc); err != nil {
		log.Fatal(err)
	}
	// Output: ferry: People here have no other road.
}
