package accurate

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/onrecord-nlp/onrecord/models/attribution"
	"github.com/onrecord-nlp/onrecord/models/encoder"
)

// The card describes the weights that are embedded.
func TestCardNamesTheWeights(t *testing.T) {
	if !strings.Contains(Card(), SHA256()) {
		t.Errorf("card.md does not name the weights' sum %s", SHA256())
	}
}

// The embedded model is whole: the encoder gives what the heads read, and no
// number is none.
func TestEmbedded(t *testing.T) {
	m, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := m.Encoder.Config().Outputs, Labels+2*m.Pair; got < want {
		t.Errorf("the encoder gives %d values a piece, the heads read %d", got, want)
	}
	if len(m.Weight) != Labels*m.Pair || len(m.Relation)%m.Pair != 0 {
		t.Errorf("%d weights and %d values of relations for pairs of %d", len(m.Weight), len(m.Relation), m.Pair)
	}
	for i, x := range slices.Concat(m.Relation, m.Weight, m.Bias[:]) {
		if !(math.Abs(float64(x)) < 1e4) {
			t.Fatalf("number %d of the heads is %v", i, x)
		}
	}
}

// A model tells the sum of the file that it was read from, as the card has it.
func TestSHA256(t *testing.T) {
	m, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := m.SHA256(), SHA256(); got != want {
		t.Errorf("the model's sum is %s, the file's %s", got, want)
	}
}

// heads is how many bytes stand before the encoder's part.
func heads(t *testing.T) int {
	t.Helper()
	at := strings.Index(string(embedded), "onrecenc")
	if at < 0 || at%64 != 0 {
		t.Fatalf("the encoder's part begins at byte %d", at)
	}
	return at
}

// summed returns the file with the right sum at its end.
func summed(file []byte) []byte {
	end := len(file) - sha256.Size
	sum := sha256.Sum256(file[:end])
	copy(file[end:], sum[:])
	return file
}

// refused reports whether Decode gives an error that says what to do.
func refused(t *testing.T, what string, file []byte) {
	t.Helper()
	_, err := Decode(file)
	if err == nil {
		t.Errorf("%s: the file was taken for a model", what)
		return
	}
	if s := err.Error(); !strings.HasPrefix(s, "accurate: ") || !strings.Contains(s, "models/train") && !strings.Contains(s, "fetch") {
		t.Errorf("%s: the error tells no remedy: %s", what, s)
	}
}

// A file that is cut short anywhere is refused, and one that goes on.
func TestTruncated(t *testing.T) {
	at, n := heads(t), len(embedded)
	for _, end := range []int{0, 1, len(magic) - 1, len(magic), len(magic) + 19, len(magic) + 20, len(magic) + 20 + sha256.Size, 1000, at - 1, at, at + 8, at + 1000, n / 2, n - sha256.Size - 1, n - sha256.Size, n - 1} {
		refused(t, "cut short", embedded[:end])
	}
	refused(t, "one byte more", append(slices.Clone(embedded), 0))
	refused(t, "twice", slices.Concat(embedded, embedded))
}

// A file in which one bit differs is refused, wherever it is: in the sizes, the
// heads, the padding, the encoder's part, the sums.
func TestTampered(t *testing.T) {
	at, n := heads(t), len(embedded)
	file := slices.Clone(embedded)
	for _, i := range []int{0, len(magic) - 1, len(magic), len(magic) + 8, len(magic) + 16, len(magic) + 20, 1000, at / 2, at - 1, at, at + 9, at + 100_000, n / 2, n - 2*sha256.Size, n - sha256.Size, n - 1} {
		for _, bit := range []byte{1, 0x80} {
			file[i] ^= bit
			refused(t, "one bit changed", file)
			file[i] ^= bit
		}
	}
	if _, err := Decode(file); err != nil {
		t.Errorf("the file unchanged: %v", err)
	}
}

// A file with a right sum that says what cannot be is refused all the same.
func TestImpossible(t *testing.T) {
	at := heads(t)
	for _, c := range []struct {
		what string
		size int // which of the five
		to   uint32
	}{
		{"no labels", 0, 0},
		{"many labels", 0, 8},
		{"no labels of the second pass", 1, 0},
		{"many of the second pass", 1, 1 << 31},
		{"no values a pair", 2, 0},
		{"an odd number of values a pair", 2, 17},
		{"many values a pair", 2, 1 << 30},
		{"fewer values a pair", 2, 16},
		{"more values a pair than the encoder gives", 2, 1024},
		{"many relations", 3, 257},
		{"more relations than there are", 3, 200},
		{"fewer relations", 3, 1},
		{"no values a part", 4, 0},
		{"many values a part", 4, 1 << 31},
		{"more values a part than the encoder gives", 4, 1024},
		{"fewer values a part", 4, 8},
	} {
		file := slices.Clone(embedded)
		binary.LittleEndian.PutUint32(file[len(magic)+4*c.size:], c.to)
		refused(t, c.what, summed(file))
	}
	refused(t, "no encoder", summed(append(slices.Clone(embedded[:at]), make([]byte, sha256.Size)...)))
	refused(t, "nothing but sizes", summed(append(slices.Clone(embedded[:len(magic)+20]), make([]byte, sha256.Size)...)))
}

// Other files are refused with what to do, and Is tells them apart before.
func TestForeign(t *testing.T) {
	fast, err := attribution.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	older := append([]byte("ORACC001"), embedded[len(magic):]...)
	newer := append([]byte("ORACC003"), embedded[len(magic):]...)
	for _, c := range []struct {
		what string
		file []byte
		is   bool
	}{
		{"a model of the fast engine", fast.Encode(), false},
		{"an encoder without heads", embedded[heads(t):], false},
		{"a model of the version before", older, true},
		{"a model of a version to come", newer, true},
		{"a text", []byte("The mayor said yes.\n"), false},
		{"nothing", nil, false},
		{"the first letters", []byte("ORAC"), false},
	} {
		if got := Is(c.file); got != c.is {
			t.Errorf("%s: Is says %v", c.what, got)
		}
		refused(t, c.what, c.file)
	}
	if !Is(embedded) {
		t.Error("the embedded model: Is says false")
	}
}

// With gives the same model on another path, and says which there are where
// there is none of that name.
func TestWith(t *testing.T) {
	m, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range encoder.Paths() {
		o, err := m.With(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := o.Encoder.Path(); got != path {
			t.Errorf("with %s it runs on %s", path, got)
		}
	}
	if got, want := m.Encoder.Path(), encoder.Paths()[0]; got != want {
		t.Errorf("With changed the model that it was called on: it runs on %s, not %s", got, want)
	}
	if _, err := m.With("avx9"); err == nil || !strings.Contains(err.Error(), `"avx9"`) || !strings.Contains(err.Error(), "portable") {
		t.Errorf("with a path that there is not: %v", err)
	}
}

// BenchmarkDecode is what a start with the accurate engine costs.
func BenchmarkDecode(b *testing.B) {
	b.SetBytes(int64(len(embedded)))
	for b.Loop() {
		if _, err := Decode(embedded); err != nil {
			b.Fatal(err)
		}
	}
}
