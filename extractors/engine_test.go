package extractors_test

import (
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/onrecord-nlp/onrecord/eval"
	"github.com/onrecord-nlp/onrecord/extractors"
	"github.com/onrecord-nlp/onrecord/models/accurate"
	"github.com/onrecord-nlp/onrecord/models/attribution"
	"github.com/onrecord-nlp/onrecord/models/encoder"
	"github.com/onrecord-nlp/onrecord/pipeline"
)

// names returns those of the models of a set.
func names(set *extractors.Set) []string {
	var out []string
	for _, m := range set.Models() {
		out = append(out, m.Name)
	}
	return out
}

// Both engines run the same stages; the accurate one's has a model more.
func TestEngines(t *testing.T) {
	def, err := extractors.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range extractors.Engines() {
		set, err := extractors.Load(extractors.WithEngine(e))
		if err != nil {
			t.Fatal(err)
		}
		got, want := names(set), names(def)
		if e == extractors.Accurate {
			i := slices.Index(want, "attribution")
			want = slices.Insert(slices.Clone(want), i+1, "accurate")
			if sum := set.Models()[i+1].SHA256; sum != accurate.SHA256() {
				t.Errorf("the model accurate has the sum %s, want %s", sum, accurate.SHA256())
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("engine %s: models %v, want %v", e, got, want)
		}
		if len(set.Stages()) != len(def.Stages()) {
			t.Errorf("engine %s: %d stages, want %d", e, len(set.Stages()), len(def.Stages()))
		}
	}
}

// Every way to calculate gives the same document.
func TestKernels(t *testing.T) {
	var want *pipeline.Document
	for _, path := range encoder.Paths() {
		p, err := extractors.Standard(extractors.WithEngine(extractors.Accurate), extractors.WithKernel(path))
		if err != nil {
			t.Fatal(err)
		}
		doc := &pipeline.Document{ID: "ferry", Text: article}
		if err := p.Process(t.Context(), doc); err != nil {
			t.Fatal(err)
		}
		if len(doc.Attributions) == 0 {
			t.Errorf("%s: no attributions", path)
		}
		if want == nil {
			want = doc
		} else if !reflect.DeepEqual(doc, want) {
			t.Errorf("%s gives another document than %s", path, encoder.Paths()[0])
		}
	}
}

// A model in a file is for one of the engines; what does not fit is refused
// with what to do.
func TestEngineErrors(t *testing.T) {
	deep, err := os.ReadFile("../models/accurate/weights.bin")
	if err != nil {
		t.Fatal(err)
	}
	m, err := attribution.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	fast := m.Encode()
	for _, c := range []struct {
		name string
		opts []extractors.Option
		want string // what the error says; "": none
	}{
		{"an engine that there is not", []extractors.Option{extractors.WithEngine("best")}, `"best"`},
		{"it lists those that there are", []extractors.Option{extractors.WithEngine("best")}, "accurate"},
		{"a kernel that there is not", []extractors.Option{extractors.WithEngine(extractors.Accurate), extractors.WithKernel("mmx")}, `"mmx"`},
		{"it lists those that there are", []extractors.Option{extractors.WithEngine(extractors.Accurate), extractors.WithKernel("mmx")}, "portable"},
		{"a kernel for the fast engine, which has none", []extractors.Option{extractors.WithKernel("mmx")}, ""},
		{"the accurate model for the fast engine", []extractors.Option{extractors.WithModel("attribute", deep)}, "choose the accurate engine"},
		{"the accurate model", []extractors.Option{extractors.WithEngine(extractors.Accurate), extractors.WithModel("attribute", deep)}, ""},
		{"the fast model for the accurate engine", []extractors.Option{extractors.WithEngine(extractors.Accurate), extractors.WithModel("attribute", fast)}, ""},
		{"half of the accurate model", []extractors.Option{extractors.WithEngine(extractors.Accurate), extractors.WithModel("attribute", deep[:len(deep)/2])}, "fetch or make it again"},
		{"half of the fast model", []extractors.Option{extractors.WithEngine(extractors.Accurate), extractors.WithModel("attribute", fast[:len(fast)/2])}, "attribution"},
		{"an empty file", []extractors.Option{extractors.WithEngine(extractors.Accurate), extractors.WithModel("attribute", nil)}, "attribution"},
		{"an empty file for the fast engine", []extractors.Option{extractors.WithModel("attribute", nil)}, "attribution"},
		{"no stage, no kernel", []extractors.Option{extractors.Before("attribute"), extractors.WithEngine(extractors.Accurate), extractors.WithKernel("mmx")}, ""},
	} {
		_, err := extractors.Load(c.opts...)
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", c.name, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), `stage "attribute"`)):
			t.Errorf("%s: error %v, want one of the stage attribute that says %s", c.name, err, c.want)
		}
	}
}

// What the encoder reads goes with the last stage, whichever engine ran. Where the
// attributions are given, no encoder reads: speakers and stances are then those
// of the fast engine.
func TestReadingsGo(t *testing.T) {
	docs := map[extractors.Engine]*pipeline.Document{}
	sets := map[extractors.Engine]*pipeline.Pipeline{}
	for _, e := range extractors.Engines() {
		p, err := extractors.Standard(extractors.WithEngine(e))
		if err != nil {
			t.Fatal(err)
		}
		doc := &pipeline.Document{ID: "ferry", Text: article}
		if err := p.Process(t.Context(), doc); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(doc.Readings, pipeline.Readings{}) {
			t.Errorf("engine %s: readings stay with the document", e)
		}
		docs[e], sets[e] = doc, p
	}
	given := docs[extractors.Accurate]
	if len(given.Attributions) == 0 {
		t.Fatal("no attributions")
	}
	upto := eval.Upstream(pipeline.LayerSpeakers).With(pipeline.LayerTokens)
	fast, accurate := eval.Strip(given, upto), eval.Strip(given, upto)
	if err := sets[extractors.Fast].Process(t.Context(), fast); err != nil {
		t.Fatal(err)
	}
	if err := sets[extractors.Accurate].Process(t.Context(), accurate); err != nil {
		t.Fatal(err)
	}
	if len(fast.Speakers) == 0 || !reflect.DeepEqual(accurate, fast) {
		t.Error("on given attributions the engines find other speakers or stances")
	}
	if reflect.DeepEqual(accurate.Stances, given.Stances) {
		t.Error("the readings change no stance, not even its confidence")
	}
}
