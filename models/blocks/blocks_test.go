package blocks

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// random returns a model over the features 0 to 9 with random weights.
func random(t *testing.T, rng *rand.Rand) *Model {
	t.Helper()
	p := &Parameters{}
	value := func() float32 { return float32(rng.NormFloat64()) }
	for h := range uint32(10) {
		p.Hashes = append(p.Hashes, h*0x9E3779B1)
		var w [Columns]float32
		for c := range w {
			w[c] = value()
		}
		p.Weights = append(p.Weights, w)
	}
	for s := range p.Next {
		for i := range p.Next[s] {
			for j := range p.Next[s][i] {
				p.Next[s][i][j] = value()
			}
		}
	}
	for i := range p.First {
		p.First[i], p.Last[i], p.Bias[i] = value(), value(), value()
	}
	m, err := Pack(p, 10)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestDecodeIsBest compares Decode with trying every labelling.
func TestDecodeIsBest(t *testing.T) {
	states := States()
	for seed := range uint64(30) {
		rng := rand.New(rand.NewPCG(seed, 1))
		m := random(t, rng)
		d := NewDecoder(m)
		n := 1 + rng.IntN(4)
		for range n {
			d.Add([]uint32{uint32(rng.IntN(10)) * 0x9E3779B1, uint32(rng.IntN(10)) * 0x9E3779B1}, uint8(rng.IntN(Seps)), rng.IntN(2) == 0)
		}
		best, bestScore := []Kind(nil), int64(math.MinInt64)
		path := make([]int, n)
		var try func(i int, score int64)
		try = func(i int, score int64) {
			if i == n {
				last := states[path[n-1]]
				if score += int64(m.last[path[n-1]]); AllowedLast(last) && score > bestScore {
					bestScore = score
					best = best[:0]
					for _, s := range path {
						best = append(best, states[s].Kind)
					}
				}
				return
			}
			u := d.units[i]
			for s, st := range states {
				add := int64(u.state[s])
				if i == 0 {
					if !AllowedFirst(st) {
						continue
					}
					add += int64(m.first[s])
				} else {
					from := states[path[i-1]]
					if !Allowed(from, st) {
						continue
					}
					add += int64(m.next[u.sep][s][path[i-1]])
					if from.Region == Within && st.Region == After {
						add += int64(u.enterAfter)
					}
				}
				if st.Region == Within && (i == 0 || states[path[i-1]].Region == Before) {
					add += int64(u.enterWithin)
				}
				path[i] = s
				try(i+1, score+add)
			}
		}
		try(0, 0)
		got := make([]Kind, n)
		d.Decode(got)
		if !slices.Equal(got, best) {
			t.Errorf("seed %d: %v, best is %v", seed, got, best)
		}
	}
}

// TestLongPage holds that scores of any length stay within bounds: a decision
// at the end is as good as one at the start.
func TestLongPage(t *testing.T) {
	m := random(t, rand.New(rand.NewPCG(1, 1)))
	d := NewDecoder(m)
	const n = 200_000
	for i := range n {
		d.Add([]uint32{uint32(i%10) * 0x9E3779B1}, uint8(i%Seps), i%2 == 0)
	}
	out := make([]Kind, n)
	d.Decode(out)
	for i := n / 2; i < n/2+300; i++ { // the features come around every 30 units
		if out[i] != out[i+30] {
			t.Fatalf("units %d and %d have kinds %d and %d", i, i+30, out[i], out[i+30])
		}
	}
}

func TestParse(t *testing.T) {
	m := random(t, rand.New(rand.NewPCG(2, 1)))
	again, err := Parse(m.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if again.SHA256() != m.SHA256() || again.next != m.next {
		t.Error("a model read again differs")
	}
	for name, c := range map[string]struct {
		raw  []byte
		want string
	}{
		"empty":      {nil, "not a block model"},
		"other file": {[]byte("PK\x03\x04" + strings.Repeat("x", 5000)), "not a block model"},
		"cut off":    {m.Bytes()[:len(m.Bytes())-1], "cut off"},
		"no room":    {append(slices.Clone(m.Bytes()[:headerSize]), slices.Repeat([]byte{1}, len(m.Bytes())-headerSize)...), "no empty slot"},
	} {
		if _, err := Parse(c.raw); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one that says %q", name, err, c.want)
		}
	}
}

func TestEmbedded(t *testing.T) {
	m, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	if n := len(m.Bytes()); n >= 300_000 {
		t.Errorf("the model has %d bytes, want less than 300,000", n)
	}
}

// toy is a page of menu (feature 1), text (2), advertisement (3) and footer (1
// again: only its place tells it from the menu).
func toy(group uint32) Sequence {
	s := Sequence{Group: group}
	add := func(f uint32, k Kind) {
		s.Features = append(s.Features, []uint32{f << 28})
		s.Kinds = append(s.Kinds, k)
		s.Seps = append(s.Seps, 1)
		s.Long = append(s.Long, k == Body)
	}
	add(1, Boilerplate)
	add(2, Body)
	add(3, Boilerplate)
	add(2, Body)
	add(1, Boilerplate)
	return s
}

func TestTrain(t *testing.T) {
	train := func() *Model {
		var seqs []Sequence
		for g := range uint32(40) {
			seqs = append(seqs, toy(g%4))
		}
		seqs[0].Kinds[2] = Free
		m, err := Train(seqs, Options{Features: 10, Epochs: 5, Rate: 0.1, Margin: 1, MinGroups: 2, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	m := train()
	if again := train(); again.SHA256() != m.SHA256() {
		t.Error("training twice on the same data gives two models")
	}
	d := NewDecoder(m)
	page := toy(0)
	for i := range page.Features {
		d.Add(page.Features[i], page.Seps[i], page.Long[i])
	}
	got := make([]Kind, len(page.Kinds))
	d.Decode(got)
	if !slices.Equal(got, page.Kinds) {
		t.Errorf("labels %v, want %v", got, page.Kinds)
	}
}

func TestTrainRefuses(t *testing.T) {
	uneven := toy(0)
	uneven.Seps = uneven.Seps[1:]
	for name, seqs := range map[string][]Sequence{"nothing": nil, "uneven lists": {uneven}} {
		if _, err := Train(seqs, Options{Epochs: 1, Rate: 0.1}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
