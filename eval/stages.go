package eval

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/goldform"
)

// Judged is the order in which stages are judged on gold upstream layers:
// every layer that gold can hold.
func Judged() []pipeline.Layer {
	return []pipeline.Layer{
		pipeline.LayerBlocks, pipeline.LayerQuotes, pipeline.LayerAttributions, pipeline.LayerSpeakers, pipeline.LayerStances,
	}
}

// Upstream is the set of gold layers that stand before l.
func Upstream(l pipeline.Layer) pipeline.Layers {
	var s pipeline.Layers
	for _, g := range Judged() {
		if g < l {
			s = s.With(g)
		}
	}
	return s
}

// Strip returns a deep copy of doc that has only the layers of keep, and of
// those only what doc has. Attributions lose their links to quotes where those
// are not kept.
func Strip(doc *pipeline.Document, keep pipeline.Layers) *pipeline.Document {
	out := &pipeline.Document{
		ID: doc.ID, Source: doc.Source, URL: doc.URL, Title: doc.Title, Byline: doc.Byline,
		Published: doc.Published, Language: doc.Language, Text: doc.Text,
	}
	for l := range pipeline.LayerStances + 1 {
		if !keep.Has(l) || !doc.Has(l) {
			continue
		}
		out.Mark(l)
		switch l {
		case pipeline.LayerBlocks:
			out.Blocks = slices.Clone(doc.Blocks)
		case pipeline.LayerTokens:
			out.Tokens, out.Sentences, out.Entities = slices.Clone(doc.Tokens), slices.Clone(doc.Sentences), slices.Clone(doc.Entities)
		case pipeline.LayerQuotes:
			out.Quotes = slices.Clone(doc.Quotes)
		case pipeline.LayerAttributions:
			out.Attributions = slices.Clone(doc.Attributions)
			for i := range out.Attributions {
				a := &out.Attributions[i]
				a.Content, a.Source, a.Cue, a.Quotes = slices.Clone(a.Content), slices.Clone(a.Source), slices.Clone(a.Cue), slices.Clone(a.Quotes)
				if !keep.Has(pipeline.LayerQuotes) {
					a.Quotes = nil
				}
			}
		case pipeline.LayerSpeakers:
			out.Mentions = slices.Clone(doc.Mentions)
			out.Speakers = slices.Clone(doc.Speakers)
			for i := range out.Speakers {
				out.Speakers[i].Mentions = slices.Clone(out.Speakers[i].Mentions)
			}
			r := &doc.Resolution
			out.Resolution = pipeline.Resolution{
				OfAttribution: slices.Clone(r.OfAttribution), OfQuote: slices.Clone(r.OfQuote), QuoteMention: slices.Clone(r.QuoteMention),
				QuoteManner: slices.Clone(r.QuoteManner), QuoteScore: slices.Clone(r.QuoteScore),
			}
		case pipeline.LayerStances:
			s := &doc.Stances
			out.Stances = pipeline.Stances{
				OfAttribution: cloneStances(s.OfAttribution), OfQuote: cloneStances(s.OfQuote), CueClasses: slices.Clone(s.CueClasses),
			}
		}
	}
	return out
}

func cloneStances(in []pipeline.Stance) []pipeline.Stance {
	out := slices.Clone(in)
	for i := range out {
		out[i].Evidence = slices.Clone(out[i].Evidence)
	}
	return out
}

// Predict runs stages over the texts of the gold documents and returns the
// predictions in the order of gold. Of the gold labels the stages see the
// layers of given, and stages that write one of those do not run; with no
// given layers the prediction is end to end. stages are in their usual order,
// complete from the first.
//
// Documents on which a stage failed are returned with the layers made before
// it, and their errors joined.
func Predict(ctx context.Context, stages []pipeline.Stage, gold []goldform.Article, given pipeline.Layers, workers int) ([]*pipeline.Document, error) {
	p, err := pipeline.New(stages)
	if err != nil {
		return nil, fmt.Errorf("eval: %w", err)
	}
	in := func(yield func(*pipeline.Document, error) bool) {
		for _, g := range gold {
			if !yield(Strip(g.Doc, given), nil) {
				return
			}
		}
	}
	var out []*pipeline.Document
	var errs []error
	for r := range p.Run(ctx, in, workers) {
		out = append(out, r.Doc)
		if r.Err != nil {
			errs = append(errs, fmt.Errorf("document %q: %w", r.Doc.ID, r.Err))
		}
	}
	return out, errors.Join(append(errs, ctx.Err())...)
}

// PredictLayer runs the stages up to the one that writes layer on the gold
// layers before it ([Upstream]), so that the result tells of that stage alone.
// Score it with Options.Layers holding that layer. Where gold lacks an
// upstream layer, the stages' own stands in for it.
func PredictLayer(ctx context.Context, stages []pipeline.Stage, gold []goldform.Article, layer pipeline.Layer, workers int) ([]*pipeline.Document, error) {
	last := slices.IndexFunc(stages, func(s pipeline.Stage) bool { return s.Writes() == layer })
	if last < 0 {
		return nil, fmt.Errorf("eval: no stage writes the layer %q", layer)
	}
	return Predict(ctx, stages[:last+1], gold, Upstream(layer), workers)
}
