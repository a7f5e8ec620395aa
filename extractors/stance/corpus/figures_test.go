package corpus_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/onrecord-nlp/onrecord/extractors/stance"
	"github.com/onrecord-nlp/onrecord/extractors/stance/corpus"
	"github.com/onrecord-nlp/onrecord/extractors/tokenize"
	model "github.com/onrecord-nlp/onrecord/models/stance"
	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/goldform"
)

// confusion counts pairs of a gold and a found position.
type confusion [3][3]float64

func (c *confusion) add(o *confusion) {
	for g := range c {
		for p := range c[g] {
			c[g][p] += o[g][p]
		}
	}
}

// macro returns the mean F1 of the classes, in percent.
func (c *confusion) macro(classes ...pipeline.Position) float64 {
	sum := 0.0
	for _, k := range classes {
		var gold, found float64
		for j := range c {
			gold += c[k][j]
			found += c[j][k]
		}
		sum += 200 * c[k][k] / max(gold+found, 1)
	}
	return sum / float64(len(classes))
}

// interval returns the bounds of a figure's 95% interval by a bootstrap over
// documents.
func interval(docs []confusion, classes ...pipeline.Position) (low, high float64) {
	rng := rand.New(rand.NewPCG(1, 2))
	var xs []float64
	for range 1000 {
		var c confusion
		for range docs {
			c.add(&docs[rng.IntN(len(docs))])
		}
		xs = append(xs, c.macro(classes...))
	}
	slices.Sort(xs)
	return xs[25], xs[974]
}

// count counts a stance whose side is right: all, those whose target shares a
// word of more than three letters with the gold target, and those with the
// same target.
func count(n *[3]int, want, got pipeline.Stance) {
	if want.Position == pipeline.Neutral || want.Position != got.Position {
		return
	}
	n[0]++
	a, b := strings.ToLower(want.Target), strings.ToLower(got.Target)
	if a == b {
		n[1]++
		n[2]++
		return
	}
	for _, w := range strings.Fields(a) {
		if len(w) > 3 && slices.Contains(strings.Fields(b), w) {
			n[1]++
			return
		}
	}
}

// TestFigures prints figures of models that learn from gold/dev and the sets of
// this package, without the labels that the embedded one knows too: on gold articles and on
// BASIL's quotations, each judged by a model that has not seen its document or
// event. It takes a minute and needs the data sets, so that it runs only where
// ONRECORD_FIGURES names the folder that holds them.
func TestFigures(t *testing.T) {
	data := os.Getenv("ONRECORD_FIGURES")
	if data == "" {
		t.Skip("ONRECORD_FIGURES does not name the folder of data sets")
	}
	tok, err := tokenize.New()
	if err != nil {
		t.Fatal(err)
	}
	r := corpus.NewReader(tok)
	words, err := r.Words(data)
	if err != nil {
		t.Fatal(err)
	}
	others, err := r.Others(data)
	if err != nil {
		t.Fatal(err)
	}
	var gold []*pipeline.Document
	for d, err := range goldform.ReadPath(filepath.FromSlash("../../../testdata/gold/dev")) {
		if err != nil {
			t.Fatal(err)
		}
		if err := tok.Process(context.Background(), d); err != nil {
			t.Fatal(err)
		}
		d.Mark(pipeline.LayerTokens)
		gold = append(gold, d)
	}
	train := func(docs []*pipeline.Document, others []stance.Set) *model.Model {
		m, err := stance.Train(append([]stance.Set{{Docs: docs, Weight: 1}}, others...), words, stance.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	all := []pipeline.Position{pipeline.Neutral, pipeline.Support, pipeline.Oppose}

	var targets [3]int
	const folds = 8
	claims, quotes := make([]confusion, len(gold)), make([]confusion, len(gold))
	for f := range folds {
		var seen []*pipeline.Document
		for i, d := range gold {
			if i%folds != f {
				seen = append(seen, d)
			}
		}
		st := stance.With(train(seen, others))
		for i := f; i < len(gold); i += folds {
			want := gold[i].Stances
			if err := st.Process(context.Background(), gold[i]); err != nil {
				t.Fatal(err)
			}
			got := gold[i].Stances
			gold[i].Stances = want
			for k := range want.OfAttribution {
				claims[i][want.OfAttribution[k].Position][got.OfAttribution[k].Position]++
				count(&targets, want.OfAttribution[k], got.OfAttribution[k])
			}
			for k := range want.OfQuote {
				quotes[i][want.OfQuote[k].Position][got.OfQuote[k].Position]++
				count(&targets, want.OfQuote[k], got.OfQuote[k])
			}
		}
	}
	report := func(name string, docs []confusion, classes ...pipeline.Position) {
		var c confusion
		for i := range docs {
			c.add(&docs[i])
		}
		low, high := interval(docs, classes...)
		fmt.Printf("%s: macro-F1 %.1f [%.1f, %.1f], counts (gold by found) %v\n", name, c.macro(classes...), low, high, c)
	}
	report("gold claims", claims, all...)
	report("gold quotes", quotes, all...)
	fmt.Printf("targets: of %d found with the right side, %d share a word with gold, %d are the same\n", targets[0], targets[1], targets[2])

	basil := others[len(others)-1]
	events := make(map[string]int)
	for _, d := range basil.Docs {
		if _, ok := events[d.ID]; !ok {
			events[d.ID] = len(events)
		}
	}
	sides := make([]confusion, len(events))
	for f := range folds {
		part := slices.Clone(others)
		part[len(part)-1].Docs = slices.DeleteFunc(slices.Clone(basil.Docs), func(d *pipeline.Document) bool { return events[d.ID]%folds == f })
		m := train(gold, part)
		for _, d := range basil.Docs {
			if n := events[d.ID]; n%folds == f {
				sides[n][d.Stances.OfQuote[0].Position][stance.Side(d, m)]++
			}
		}
	}
	report("basil", sides, pipeline.Support, pipeline.Oppose)
}
