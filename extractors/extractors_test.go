package extractors_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/onrecord-nlp/onrecord/extractors"
	"github.com/onrecord-nlp/onrecord/pipeline"
)

// The standard stages stand in the order in which each finds what it reads,
// and together write every layer once.
func TestStandard(t *testing.T) {
	set, err := extractors.Load()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	layer := pipeline.LayerBlocks
	for _, s := range set.Stages() {
		names = append(names, s.Name())
		if s.Writes() != layer {
			t.Errorf("stage %s writes %s, want %s", s.Name(), s.Writes(), layer)
		}
		layer++
		if s.Doc() == "" || strings.ContainsAny(s.Doc(), "\n") || strings.HasSuffix(s.Doc(), ".") {
			t.Errorf("stage %s: the documentation %q is not one phrase", s.Name(), s.Doc())
		}
	}
	if want := []string{"clean", "tokenize", "quote", "attribute", "resolve", "stance"}; !slices.Equal(names, want) {
		t.Errorf("stages %v, want %v", names, want)
	}
	if _, err := extractors.Standard(); err != nil {
		t.Error(err)
	}
}

// Every model has a name of its own and a hash.
func TestModels(t *testing.T) {
	set, err := extractors.Load()
	if err != nil {
		t.Fatal(err)
	}
	seen := make(map[string]bool)
	for _, m := range set.Models() {
		if seen[m.Name] || m.Name == "" || len(m.SHA256) != 64 {
			t.Errorf("model %+v", m)
		}
		seen[m.Name] = true
	}
	if len(seen) == 0 {
		t.Error("no models")
	}
}

// A model of a user's is refused with the stage's name where it does not fit.
func TestWithModel(t *testing.T) {
	for _, stage := range extractors.Trainable() {
		_, err := extractors.Load(extractors.WithModel(stage, []byte("no model")))
		if err == nil || !strings.Contains(err.Error(), `stage "`+stage+`"`) {
			t.Errorf("%s: error %v, want one that names the stage", stage, err)
		}
	}
	_, err := extractors.Load(extractors.WithModel("tokenize", nil))
	if err == nil || !strings.Contains(err.Error(), "those that do are clean, ") {
		t.Errorf("error %v, want one that lists the stages with models", err)
	}
	set, err := extractors.Load(extractors.Before("quote"))
	if err != nil || len(set.Stages()) != 2 {
		t.Errorf("before quote: %d stages, %v", len(set.Stages()), err)
	}
}
