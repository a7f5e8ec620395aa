// Package baseline answers, by rules of a few lines, what the stages have
// models for, so that a report can tell what a figure is worth. It reads gold
// articles and returns predictions for [eval.Options]: of the gold it uses the
// text, the quotations with their cues, and the contents and cues of claims,
// and no other label.
//
// It is safe for use by many goroutines.
package baseline

import (
	"slices"

	"github.com/onrecord-nlp/onrecord/eval"
	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/goldform"
)

// All returns every baseline for what gold holds.
func All(gold []goldform.Article) []eval.Baseline {
	return []eval.Baseline{
		{Name: "nearest", Figures: []string{"quotes.speaker", "quotes.speaker_loose", "claims.speaker", "claims.speaker_loose"}, Docs: each(gold, nearest)},
		{Name: "lexicon", Figures: []string{"stance"}, Docs: each(gold, lexicon)},
	}
}

// each has rule answer on copies of the gold documents that hold the statements
// and no more.
func each(gold []goldform.Article, rule func(goldform.Article, *pipeline.Document)) []*pipeline.Document {
	out := make([]*pipeline.Document, len(gold))
	for i, a := range gold {
		d := eval.Strip(a.Doc, pipeline.LayerSet(pipeline.LayerQuotes, pipeline.LayerAttributions))
		for k := range d.Attributions {
			d.Attributions[k].Source = nil
		}
		rule(a, d)
		out[i] = d
	}
	return out
}

// extent is the span from the first part of a claim's content to the last.
func extent(a pipeline.Attribution) pipeline.Span {
	return pipeline.Span{Start: a.Content[0].Start, End: slices.MaxFunc(a.Content, func(x, y pipeline.Span) int { return x.End - y.End }).End}
}
