package accurate

import "math"

// Beside the rows that attributions are found by, the encoder gives each piece
// what the stages after `attribute` judge by: its reading. It has a part for
// each use, [NameWidth] or Heads.Width values long, in the order of the
// functions of [Heads] below. A span's part is the mean of its tokens'.

// NameWidth is the length of the part of a reading that says whose name a token is
// part of: the scores of [NoName], [PersonName] and [OtherName], then zeros.
const NameWidth = 8

// What a token is as part of a name.
const (
	NoName     = iota
	PersonName // of a person
	OtherName  // of an organization, a group or a document
	numNames
)

// A Part is a part of a reading other than the first.
type Part int

// The parts, in their order.
const (
	Anaphor    Part = iota // of words as ones that refer to somebody
	Antecedent             // of words as what is referred to
	Uttered                // of a content, as the words of somebody
	Said                   // of a content, as what takes a side
	Cue                    // of a cue, as what takes a side
	Source                 // of a source, as who takes a side
	Target                 // of words, as what a side is taken on
	Aim                    // of a content, as what has a target
	numParts
)

// Kind says by what somebody is sought.
type Kind int

// By words that refer to them, and by what they said.
const (
	ByWords Kind = iota
	ByContent
	numKinds
)

// numPlaces is the number of ways in which two spans can stand to one another.
const numPlaces = 32

// Positions is how many positions there are: neutral, support, oppose.
const Positions = 3

// Heads score readings. They are immutable and safe for use by many goroutines.
//
// Each score is a sum over d of w[d]·relu(x[d] + y[d] + …), x and y being parts of
// readings and vectors of the place or the kind.
type Heads struct {
	Width int // of a part

	place  [numKinds][]float32 // rows of Width
	refer  [numKinds][]float32
	nobody []float32
	unseen [numKinds]float32

	side    head
	toward  head
	unnamed []float32 // stands for the source where there is none

	aim      []float32
	aimPlace []float32
	aimBias  float32
}

// head scores positions.
type head struct {
	weight [Positions][]float32
	bias   [Positions]float32
	kind   [2][]float32 // of a claim, of a quotation
}

// ReadingWidth is the length of a reading.
func (h *Heads) ReadingWidth() int { return NameWidth + int(numParts)*h.Width }

// Of returns a part of a reading.
func (h *Heads) Of(reading []float32, p Part) []float32 {
	at := NameWidth + int(p)*h.Width
	return reading[at : at+h.Width : at+h.Width]
}

// Add adds a part of the readings of the tokens [first, last) to sum and returns
// how many of them have a reading; of tells it, or nil.
func (h *Heads) Add(sum []float32, p Part, of func(token int) []float32, first, last int) int {
	n := 0
	for i := first; i < last; i++ {
		reading := of(i)
		if reading == nil {
			continue
		}
		n++
		for d, x := range h.Of(reading, p) {
			sum[d] += x
		}
	}
	return n
}

// Mean divides a sum over n tokens by their number.
func Mean(sum []float32, n int) {
	for d := range sum {
		sum[d] /= float32(max(n, 1))
	}
}

// Names returns the probabilities of what a token is as part of a name.
func (h *Heads) Names(reading []float32) (p [numNames]float32) {
	return softmax(([numNames]float32)(reading[:numNames]))
}

// Refer returns how strongly q, an Anaphor or Uttered part, points at m, an
// Antecedent part that stands in the given place to it (see [Before] and
// [After]).
func (h *Heads) Refer(k Kind, q, m []float32, place int) float32 {
	r, w := h.place[k][place*h.Width:], h.refer[k]
	sum := float32(0)
	for d, x := range q {
		if z := x + m[d] + r[d]; z > 0 {
			sum += float32(z * w[d])
		}
	}
	return sum
}

// Nobody returns how strongly q points at nobody named: it is of the kind of
// what Refer returns.
func (h *Heads) Nobody(k Kind, q []float32) float32 {
	w := h.refer[k]
	sum := h.unseen[k]
	for d, x := range q {
		if z := x + h.nobody[d]; z > 0 {
			sum += float32(z * w[d])
		}
	}
	return sum
}

// Before returns the place of what ends a number of tokens before.
func Before(tokens int) int { return bucket(tokens) }

// After returns the place of what begins a number of tokens after, which is also
// that of what lies within, with a distance of 0.
func After(tokens int) int { return numPlaces/2 + bucket(tokens) }

// bucket puts distances into sixteen classes.
func bucket(d int) int {
	if d < 4 {
		return max(d, 0)
	}
	return min(numPlaces/2-1, int(4+2*(math.Log2(float64(d))-2)))
}

// Position returns the scores of the positions that a statement expresses: of
// its content, cue and source the parts Said, Cue and Source; source is nil
// where there is none, and cue all zeros.
func (h *Heads) Position(quote bool, content, cue, source []float32) [Positions]float32 {
	return h.side.score(quote, content, cue, h.sourceOr(source), nil)
}

// Toward returns the scores of the positions that a statement expresses toward
// what target names, its part Target. The rest is as with Position.
func (h *Heads) Toward(quote bool, content, cue, source, target []float32) [Positions]float32 {
	return h.toward.score(quote, content, cue, h.sourceOr(source), target)
}

func (h *Heads) sourceOr(source []float32) []float32 {
	if source == nil {
		return h.unnamed
	}
	return source
}

func (t *head) score(quote bool, content, cue, source, target []float32) [Positions]float32 {
	out := t.bias
	kind := t.kind[0]
	if quote {
		kind = t.kind[1]
	}
	for d, x := range content {
		z := x + cue[d] + source[d] + kind[d]
		if target != nil {
			z += target[d]
		}
		if z <= 0 {
			continue
		}
		for c := range out {
			out[c] += float32(z * t.weight[c][d])
		}
	}
	return out
}

// Aimed returns the logarithm of the odds that a token, of which target is the part
// Target, is part of what a content, of which aim is the part Aim, takes a side
// on. The place is one of [Inside], [AimBefore] and [AimAfter].
func (h *Heads) Aimed(aim, target []float32, place int) float32 {
	r := h.aimPlace[place*h.Width:]
	sum := h.aimBias
	for d, x := range aim {
		if z := x + target[d] + r[d]; z > 0 {
			sum += float32(z * h.aim[d])
		}
	}
	return sum
}

// Inside returns the place of a token of the content, a number of tokens behind
// its first.
func Inside(tokens int) int { return bucket(tokens) }

// AimBefore returns the place of a token that stands before a content's first.
func AimBefore(tokens int) int { return numPlaces/2 + bucket(tokens)/2 }

// AimAfter returns the place of a token behind a content.
func AimAfter(tokens int) int { return numPlaces*3/4 + bucket(tokens)/2 }

func softmax(x [3]float32) [3]float32 {
	m, sum := max(x[0], x[1], x[2]), float32(0)
	for i := range x {
		x[i] = float32(math.Exp(float64(x[i] - m)))
		sum += x[i]
	}
	for i := range x {
		x[i] /= sum
	}
	return x
}

// read fills the heads from a model's stored form, floats being a function that
// returns the next so many.
func (h *Heads) read(width int, floats func(int) []float32) {
	h.Width = width
	for k := range numKinds {
		h.place[k] = floats(numPlaces * width)
	}
	for k := range numKinds {
		h.refer[k] = floats(width)
	}
	h.nobody = floats(width)
	copy(h.unseen[:], floats(int(numKinds)))
	for _, t := range []*head{&h.side, &h.toward} {
		for c := range t.weight {
			t.weight[c] = floats(width)
		}
		copy(t.bias[:], floats(Positions))
		for k := range t.kind {
			t.kind[k] = floats(width)
		}
	}
	h.unnamed = floats(width)
	h.aim, h.aimPlace = floats(width), floats(numPlaces*width)
	h.aimBias = floats(1)[0]
}
