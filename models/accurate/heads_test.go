package accurate

import (
	"math"
	"slices"
	"testing"
)

// small returns heads of parts of two values that a person can calculate with. In
// each vector the first value is what the comment says, the second takes part
// only where the first is told apart from it.
func small() *Heads {
	places := func(at int, x, y float32) []float32 {
		v := make([]float32, 2*numPlaces)
		v[2*at], v[2*at+1] = x, y
		return v
	}
	position := func(bias float32) []float32 {
		return slices.Concat(
			[]float32{1, 0, 0, 2, -1, 1}, // neutral, support, oppose
			[]float32{bias, 0, 0},
			[]float32{0, 0, 10, 20}, // a claim, a quotation
		)
	}
	stored := slices.Concat(
		places(Before(3), 5, 0), places(After(0), 0, 7), // by words, by content
		[]float32{2, 3}, []float32{1, -1}, // refer
		[]float32{1, -4}, []float32{0.5, 0.25}, // nobody, unseen
		position(100), position(200),
		[]float32{-1, 1}, // unnamed
		[]float32{1, 2}, places(AimBefore(8), 4, 4), []float32{-3},
	)
	h := new(Heads)
	h.read(2, func(n int) []float32 {
		out := stored[:n:n]
		stored = stored[n:]
		return out
	})
	if len(stored) != 0 {
		panic("the heads have more numbers than they read")
	}
	return h
}

// near reports whether numbers are those wanted.
func near(t *testing.T, what string, got []float32, want ...float32) {
	t.Helper()
	if !slices.EqualFunc(got, want, func(a, b float32) bool { return math.Abs(float64(a-b)) < 1e-5 }) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// How strongly one points at another is the weighed sum of what is above zero of
// the sums of both and of the place.
func TestRefer(t *testing.T) {
	h := small()
	for _, c := range []struct {
		what  string
		kind  Kind
		q, m  []float32
		place int
		want  float32
	}{
		{"both values above zero", ByWords, []float32{1, 2}, []float32{3, -1}, Before(0), 2*4 + 3*1},
		{"what is below zero counts nothing", ByWords, []float32{1, 2}, []float32{3, -9}, Before(0), 2 * 4},
		{"nothing above zero", ByWords, []float32{-1, 0}, []float32{1, 0}, Before(0), 0},
		{"the place", ByWords, []float32{1, 2}, []float32{3, -1}, Before(3), 2*9 + 3*1},
		{"the place of the other kind is none", ByWords, []float32{1, 2}, []float32{3, -1}, After(0), 2*4 + 3*1},
		{"by content, other weights", ByContent, []float32{1, 2}, []float32{3, -1}, Before(3), 4 - 1},
		{"by content, within", ByContent, []float32{1, 2}, []float32{3, -1}, After(0), 4 - 8},
	} {
		near(t, c.what, []float32{h.Refer(c.kind, c.q, c.m, c.place)}, c.want)
	}
}

// Nobody is a vector in the place of what is pointed at, and a number beside.
func TestNobody(t *testing.T) {
	h := small()
	near(t, "by words", []float32{h.Nobody(ByWords, []float32{1, 2})}, 2*2+0.5)
	near(t, "by content", []float32{h.Nobody(ByContent, []float32{1, 5})}, 2-1+0.25)
	near(t, "nothing above zero", []float32{h.Nobody(ByWords, []float32{-1, 4})}, 0.5)
}

// The scores of positions add content, cue, source and kind, what stands for a
// source where there is none, and of positions toward something the target.
func TestPosition(t *testing.T) {
	h := small()
	content, cue, source := []float32{1, 2}, []float32{1, 0}, []float32{0, 1}
	none := make([]float32, 2)
	score := func(p [Positions]float32) []float32 { return p[:] }
	near(t, "a claim with a source", score(h.Position(false, content, cue, source)), 100+2, 2*3, -2+3)
	near(t, "a claim without", score(h.Position(false, content, cue, nil)), 100+1, 2*3, -1+3)
	near(t, "a source of zeros is one", score(h.Position(false, content, cue, none)), 100+2, 2*2, -2+2)
	near(t, "without a cue", score(h.Position(false, content, none, source)), 100+1, 2*3, -1+3)
	near(t, "a quotation", score(h.Position(true, content, cue, source)), 100+12, 2*23, -12+23)
	near(t, "nothing above zero", score(h.Position(false, []float32{-9, -9}, cue, source)), 100, 0, 0)

	near(t, "toward a target", score(h.Toward(false, content, cue, source, []float32{3, -2})), 200+5, 2*1, -5+1)
	near(t, "toward it, without a source", score(h.Toward(true, content, cue, nil, []float32{3, -30})), 200+14, 0, -14)
	near(t, "the inputs are as they were", slices.Concat(content, cue, source), 1, 2, 1, 0, 0, 1)
}

// A token is in the target by what is aimed, what it is and where it stands.
func TestAimed(t *testing.T) {
	h := small()
	near(t, "inside", []float32{h.Aimed([]float32{1, 1}, []float32{2, -3}, Inside(0))}, 0)
	near(t, "both", []float32{h.Aimed([]float32{1, 1}, []float32{2, 0}, Inside(5))}, 3+2-3)
	near(t, "at a place", []float32{h.Aimed([]float32{1, 1}, []float32{2, -3}, AimBefore(8))}, 7+2*2-3)
}

// What a token is as part of a name has probabilities, however large the scores.
func TestNames(t *testing.T) {
	h := small()
	row := make([]float32, h.ReadingWidth())
	for _, c := range []struct{ scores, want []float32 }{
		{[]float32{0, 0, 0}, []float32{1. / 3, 1. / 3, 1. / 3}},
		{[]float32{float32(math.Log(7)), float32(math.Log(2)), 0}, []float32{0.7, 0.2, 0.1}},
		{[]float32{0, 1000, 0}, []float32{0, 1, 0}},
		{[]float32{-1000, -1000, -2000}, []float32{0.5, 0.5, 0}},
	} {
		copy(row, c.scores)
		row[numNames] = 1e6 // belongs to nothing
		p := h.Names(row)
		near(t, "names", p[:], c.want...)
	}
}

// The parts of a reading follow the scores of names, and fill it.
func TestParts(t *testing.T) {
	h := small()
	if got, want := h.ReadingWidth(), NameWidth+8*2; got != want {
		t.Fatalf("a reading is %d values long, want %d", got, want)
	}
	row := make([]float32, h.ReadingWidth())
	for i := range row {
		row[i] = float32(i)
	}
	for i, p := range []Part{Anaphor, Antecedent, Uttered, Said, Cue, Source, Target, Aim} {
		near(t, "a part", h.Of(row, p), float32(NameWidth+2*i), float32(NameWidth+2*i+1))
	}
}

// A span's part is the mean of those of its tokens that have a reading.
func TestMeanOfTokens(t *testing.T) {
	h := small()
	rows := make([][]float32, 5)
	for i := range rows {
		if i != 2 {
			rows[i] = make([]float32, h.ReadingWidth())
			copy(h.Of(rows[i], Said), []float32{float32(i), -1})
		}
	}
	of := func(token int) []float32 { return rows[token] }
	for _, c := range []struct {
		first, last, n int
		want           []float32
	}{
		{0, 1, 1, []float32{0, -1}},
		{1, 4, 2, []float32{2, -1}}, // of tokens 1 and 3
		{2, 3, 0, []float32{0, 0}},
		{3, 3, 0, []float32{0, 0}},
		{4, 3, 0, []float32{0, 0}},
	} {
		sum := make([]float32, 2)
		n := h.Add(sum, Said, of, c.first, c.last)
		Mean(sum, n)
		if n != c.n {
			t.Errorf("tokens %d to %d: %d have a reading, want %d", c.first, c.last, n, c.n)
		}
		near(t, "mean", sum, c.want...)
	}
}

// Places tell near distances apart and far ones not, none falls out of the table,
// and sides do not share one.
func TestPlaces(t *testing.T) {
	for _, c := range []struct{ tokens, want int }{
		{-1, 0}, {0, 0}, {1, 1}, {2, 2}, {3, 3}, {4, 4}, {5, 4}, {6, 5}, {7, 5}, {8, 6}, {15, 7}, {16, 8}, {64, 12}, {181, 14}, {182, 15}, {1 << 20, 15},
	} {
		if got := Before(c.tokens); got != c.want {
			t.Errorf("%d tokens before: place %d, want %d", c.tokens, got, c.want)
		}
		if got := After(c.tokens); got != 16+c.want {
			t.Errorf("%d tokens after: place %d, want %d", c.tokens, got, 16+c.want)
		}
		if got := Inside(c.tokens); got != c.want {
			t.Errorf("%d tokens inside: place %d, want %d", c.tokens, got, c.want)
		}
		if got := AimBefore(c.tokens); got != 16+c.want/2 {
			t.Errorf("%d tokens before a content: place %d, want %d", c.tokens, got, 16+c.want/2)
		}
		if got := AimAfter(c.tokens); got != 24+c.want/2 {
			t.Errorf("%d tokens after a content: place %d, want %d", c.tokens, got, 24+c.want/2)
		}
	}
	last := 0
	for d := range 100_000 {
		if k := bucket(d); k < last || k >= numPlaces/2 {
			t.Fatalf("distance %d has the class %d after %d", d, k, last)
		} else {
			last = k
		}
	}
}

// The embedded heads have no number that is none, and none that overflows when
// it is weighed.
func TestEmbeddedHeads(t *testing.T) {
	m, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	h := &m.Heads
	all := slices.Concat(h.place[0], h.place[1], h.refer[0], h.refer[1], h.nobody, h.unseen[:], h.unnamed, h.aim, h.aimPlace, []float32{h.aimBias})
	for _, p := range []*head{&h.side, &h.toward} {
		all = slices.Concat(all, p.weight[0], p.weight[1], p.weight[2], p.bias[:], p.kind[0], p.kind[1])
	}
	if want := h.Width*(3*numPlaces+2+1+2*(Positions+2)+2) + 2 + 2*Positions + 1; len(all) != want {
		t.Errorf("%d numbers, want %d", len(all), want)
	}
	for i, x := range all {
		if !(math.Abs(float64(x)) < 1e4) {
			t.Fatalf("number %d is %v", i, x)
		}
	}
	if got, want := m.Encoder.Config().Outputs, Labels+2*m.Pair+h.ReadingWidth(); got < want {
		t.Errorf("the encoder gives %d values a piece, the heads read %d", got, want)
	}
}
