package stance

import (
	"math"
	"strings"
	"testing"
)

func TestEmbedded(t *testing.T) {
	m, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	if string(m.Encode()) != string(embedded) {
		t.Error("the embedded weights change when decoded and encoded")
	}
	if len(embedded) > 500_000 {
		t.Errorf("%d bytes", len(embedded))
	}
	if !strings.Contains(Card(), SHA256()) {
		t.Errorf("the card does not give the sum of the weights, %s", SHA256())
	}
}

func TestDecodeErrors(t *testing.T) {
	for name, file := range map[string][]byte{
		"empty":     nil,
		"foreign":   []byte("PK\x03\x04"),
		"cut short": embedded[:len(embedded)/2],
		"too long":  append(append([]byte(nil), embedded...), 0),
	} {
		if _, err := Decode(file); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// Two features: the first stands for support, the second for opposition.
func TestTrain(t *testing.T) {
	v := func(slot uint32) Vector { return Vector{{Slot: slot, Value: 1}, {Slot: 2, Value: 1}} }
	var es []Example
	for range 20 {
		es = append(es, Example{v(0), Support, false, 1}, Example{v(1), Oppose, false, 1}, Example{v(3), Neutral, false, 1})
	}
	w := Train(4, es, Options{})
	m := Model{Statements: w, Temperature: 1}
	for slot, want := range map[uint32]int{0: Support, 1: Oppose, 3: Neutral} {
		if p := m.Score(v(slot)); m.Choose(p) != want {
			t.Errorf("feature %d: %v, want class %d", slot, p, want)
		}
	}
}

// An example labelled between two sides does not make a statement look less
// neutral than it did.
func TestSided(t *testing.T) {
	e := Example{Vector: Vector{{Slot: 0, Value: 1}}, Class: Oppose, Sided: true, Weight: 1}
	w := Train(1, []Example{e, e, e}, Options{Decay: 1e-9})
	if l := w[0]; l.Oppose <= 0 || math.Abs(float64(l.Oppose+l.Support)) > 1e-3 {
		t.Errorf("%+v, want as much against support as for opposition", l)
	}
}

func TestScoreSumsToOne(t *testing.T) {
	for _, l := range []Leaning{{}, {50, -50}, {-800, 900}, {1, 1}} {
		p := softmax(l.Support, l.Oppose)
		if s := p[0] + p[1] + p[2]; math.Abs(float64(s)-1) > 1e-5 {
			t.Errorf("%v: %v", l, p)
		}
	}
}

func TestTemperature(t *testing.T) {
	// Nine of ten right at logits that claim near certainty.
	var logits []Leaning
	var classes []int
	for i := range 100 {
		logits = append(logits, Leaning{Support: 6, Oppose: -6})
		class := Support
		if i%10 == 0 {
			class = Neutral
		}
		classes = append(classes, class)
	}
	got := Temperature(logits, classes)
	if p := softmax(6/got, -6/got)[Support]; p < 0.85 || p > 0.95 {
		t.Errorf("temperature %v makes it %v, want about 0.9", got, p)
	}
}
