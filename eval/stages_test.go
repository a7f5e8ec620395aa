package eval

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/onrecord-nlp/onrecord/pipeline"
)

// fake is a stage that copies its layer from the labelled article, or leaves
// it empty, and notes that it ran.
type fake struct {
	writes pipeline.Layer
	from   *pipeline.Document // nil: finds nothing
	fails  string             // id of a document on which it fails
	ran    *strings.Builder
}

func (f fake) Name() string           { return f.writes.String() }
func (f fake) Doc() string            { return "Stands in for a stage." }
func (f fake) Reads() pipeline.Layers { return 0 }
func (f fake) Writes() pipeline.Layer { return f.writes }

func (f fake) Process(_ context.Context, d *pipeline.Document) error {
	fmt.Fprintf(f.ran, "%v ", f.writes)
	if d.ID == f.fails {
		return errors.New("cannot")
	}
	if f.from == nil {
		return nil
	}
	c := Strip(f.from, pipeline.LayerSet(f.writes))
	switch f.writes {
	case pipeline.LayerQuotes:
		d.Quotes = c.Quotes
	case pipeline.LayerAttributions:
		d.Attributions = c.Attributions
	}
	return nil
}

func TestPredict(t *testing.T) {
	right := councilLabels(t)
	gold := articles(right)
	var ran strings.Builder
	var stages []pipeline.Stage
	for l := range pipeline.LayerStances + 1 {
		f := fake{writes: l, ran: &ran}
		if l == pipeline.LayerAttributions { // a perfect attributor; all others find nothing
			f.from = right.Document
		}
		stages = append(stages, f)
	}
	ctx := context.Background()

	end, err := Predict(ctx, stages, gold, 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	if got := ran.String(); got != "blocks tokens quotes attributions speakers stances " {
		t.Errorf("end to end ran %s", got)
	}
	if m := metrics(t, gold, end...); m["quotes.f1"] != 0 || m["polnear.rel.f1"] != 100 {
		t.Errorf("end to end: quotes %v, claims %v", m["quotes.f1"], m["polnear.rel.f1"])
	}

	for _, c := range []struct {
		layer pipeline.Layer
		ran   string
		key   string
		want  float64
	}{
		{pipeline.LayerBlocks, "blocks ", "blocks.accuracy", 0},
		{pipeline.LayerQuotes, "tokens quotes ", "quotes.f1", 0},
		{pipeline.LayerAttributions, "tokens attributions ", "claims.source.f1", 100},
		{pipeline.LayerSpeakers, "tokens speakers ", "quotes.speaker.f1", 0},
		{pipeline.LayerStances, "tokens stances ", "", 0},
	} {
		ran.Reset()
		pred, err := PredictLayer(ctx, stages, gold, c.layer, 1)
		if err != nil {
			t.Fatal(err)
		}
		if ran.String() != c.ran {
			t.Errorf("%v: ran %s, want %s", c.layer, ran.String(), c.ran)
		}
		r, err := Score(gold, pred, Options{Layers: pipeline.LayerSet(c.layer), Resamples: -1})
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := r.Metrics()[c.key]; c.key != "" && (!ok || got != c.want) {
			t.Errorf("%v: %s is %v, want %v", c.layer, c.key, got, c.want)
		}
	}
	if len(gold[0].Doc.Attributions) != 3 || !gold[0].Doc.Has(pipeline.LayerStances) {
		t.Error("the gold document was changed")
	}

	stages[2] = fake{writes: pipeline.LayerQuotes, ran: &ran, fails: "council"}
	pred, err := Predict(ctx, stages, gold, 0, 2)
	if err == nil || !strings.Contains(err.Error(), `document "council": stage quotes: cannot`) || len(pred) != 1 {
		t.Errorf("%v, %d documents", err, len(pred))
	}
	if _, err := PredictLayer(ctx, stages[:1], gold, pipeline.LayerQuotes, 1); err == nil {
		t.Error("no stage writes quotes, and no error")
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := Predict(cancelled, stages, gold, 0, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
