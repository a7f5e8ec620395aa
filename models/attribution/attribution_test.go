package attribution

import (
	"strings"
	"testing"
)

// The card describes the weights that are embedded.
func TestCardNamesTheWeights(t *testing.T) {
	if !strings.Contains(Card(), SHA256()) {
		t.Errorf("card.md does not name the weights' sum %s", SHA256())
	}
}

// The stored form survives a round trip, and a file that is cut short or of
// another kind is refused.
func TestDecode(t *testing.T) {
	m, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	file := m.Encode()
	if string(file) != string(embedded) {
		t.Error("decoding and encoding the embedded model changes it")
	}
	for _, n := range []int{0, 5, len(magic), len(magic) + 3, 1000, len(file) / 2, len(file) - 1} {
		if _, err := Decode(file[:n]); err == nil {
			t.Errorf("%d of %d bytes were taken for a model", n, len(file))
		}
	}
	if _, err := Decode(append([]byte("ORATTR99"), file[len(magic):]...)); err == nil {
		t.Error("a model of another version was taken")
	}
}
