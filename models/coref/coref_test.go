package coref_test

import (
	"strings"
	"testing"

	"github.com/onrecord-nlp/onrecord/models/coref"
)

var (
	classes  = []string{"person", "body"}
	features = []string{"near", "far"}
)

func TestParse(t *testing.T) {
	for _, c := range []struct{ file, want, err string }{
		{"person near 1.5\nbody far -2\n", "person near 1.500\nbody far -2.000\n", ""},
		{"# a comment\n\nperson far 1\n", "person far 1.000\n", ""},
		{"", "", ""},
		{"person near", "", "line 1: want a class, a feature and a weight"},
		{"\nthing near 1", "", `line 2: no class "thing"`},
		{"person nigh 1", "", `line 1: no feature "nigh"`},
		{"person near one", "", "line 1"},
	} {
		m, err := coref.Parse(c.file, classes, features)
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%q: error %v, want one with %q", c.file, err, c.err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", c.file, err)
		} else if got := m.String(); got != c.want {
			t.Errorf("%q: %q, want %q", c.file, got, c.want)
		}
	}
}

// The right candidate is the near one: its weight rises above that of the other.
func TestTrain(t *testing.T) {
	example := coref.Example{Class: 0, Candidates: [][]float32{{1, 0}, {0, 1}}, Gold: 0}
	prior := coref.New(classes, features)
	m := coref.Train([]coref.Example{example, example}, prior, []float64{0.1, 0.1}, 50)
	near, far := m.Score(0, []float32{1, 0}), m.Score(0, []float32{0, 1})
	if near <= far || near <= 0 {
		t.Errorf("near %v, far %v", near, far)
	}
	if m.Score(1, []float32{1, 1}) != 0 {
		t.Error("the weights of a class without examples have moved")
	}
	held := coref.Train([]coref.Example{example, example}, prior, []float64{100, 100}, 50)
	if s := held.Score(0, []float32{1, 0}); s <= 0 || s >= near {
		t.Errorf("%v under a strong decay, %v under a weak one", s, near)
	}
	if prior.Score(0, []float32{1, 1}) != 0 {
		t.Error("training has changed the prior")
	}
}

func TestCard(t *testing.T) {
	if !strings.Contains(coref.Card(), "PolNeAR") || len(coref.SHA256()) != 64 {
		t.Error("card or sum is missing")
	}
}
