package columnar

import (
	"math/rand/v2"
	"testing"
	"unsafe"
)

// Memory is given out once at a time, aligned, and 0 wherever nothing was
// written.
func TestRecycler(t *testing.T) {
	var r recycler
	rnd := rand.New(rand.NewPCG(1, 2))
	type block struct {
		b    []byte
		mark byte
	}
	var live []block
	check := func(x block) {
		for _, c := range x.b {
			if c != x.mark {
				t.Fatalf("a block holds %d, not its own %d", c, x.mark)
			}
		}
	}
	fill := func(x block, from int) {
		for i := from; i < len(x.b); i++ {
			if x.b[i] != 0 {
				t.Fatalf("byte %d of %d is %d", i, len(x.b), x.b[i])
			}
			x.b[i] = x.mark
		}
	}
	for n := range 20_000 {
		switch k := rnd.IntN(3); {
		case k == 0 || len(live) == 0:
			x := block{r.Allocate(rnd.IntN(1000)), byte(n%255 + 1)}
			if len(x.b) > 0 && uintptr(unsafe.Pointer(&x.b[0]))%64 != 0 {
				t.Fatal("a block is not aligned")
			}
			fill(x, 0)
			live = append(live, x)
		case k == 1:
			x := &live[rnd.IntN(len(live))]
			check(*x)
			old := len(x.b)
			x.b = r.Reallocate(rnd.IntN(2000), x.b)
			check(block{x.b[:min(old, len(x.b))], x.mark})
			fill(*x, min(old, len(x.b)))
		default:
			i := rnd.IntN(len(live))
			check(live[i])
			r.Free(live[i].b)
			live[i] = live[len(live)-1]
			live = live[:len(live)-1]
		}
	}
}

func TestRecyclerKeepsNoGiants(t *testing.T) {
	var r recycler
	r.Free(r.Allocate(1<<maxRecycled + 1))
	for _, list := range r.free {
		if len(list) > 0 {
			t.Error("a giant is kept")
		}
	}
}
