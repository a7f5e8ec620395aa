package chain

import "slices"

// Must is a condition on a labelling: at least one position bears a label of
// the set, one bit a label.
type Must uint8

// metBy reports whether labels meet the condition.
func (m Must) metBy(labels []uint8) bool {
	if m == 0 {
		return true
	}
	for _, y := range labels {
		if m>>y&1 != 0 {
			return true
		}
	}
	return false
}

// ViterbiMust is [Decoder.Viterbi] over the labellings that meet both
// conditions; a condition of 0 is met by all. It returns false, and leaves out
// as it was, when no labelling meets them.
func (d *Decoder) ViterbiMust(t *Transitions, em []Scores, a, b Must, out []uint8) bool {
	n, L := len(em), t.Labels
	if n == 0 {
		return a == 0 && b == 0
	}
	// The best labelling of all meets them most often, and is found sooner.
	d.free = slices.Grow(d.free[:0], n)[:n]
	if d.Viterbi(t, em, d.free); a.metBy(d.free) && b.metBy(d.free) {
		copy(out, d.free)
		return true
	}
	// A state is a label and the conditions met so far: the first bit for a,
	// the second for b.
	var bits [8]uint8
	goal := uint8(0)
	for y := range L {
		if a>>y&1 != 0 {
			bits[y] |= 1
		}
		if b>>y&1 != 0 {
			bits[y] |= 2
		}
	}
	if a != 0 {
		goal |= 1
	}
	if b != 0 {
		goal |= 2
	}
	if cap(d.best) < n {
		d.best, d.from = make([][32]float32, n+n/2+64), make([][32]uint8, n+n/2+64)
	}
	best, from := d.best[:n], d.from[:n]
	for s := range best[0] {
		best[0][s] = negInf * 10
	}
	for y := range L {
		best[0][int(bits[y]&goal)*8+y] = t.Start[y] + em[0][y]
	}
	for i := 1; i < n; i++ {
		for s := range best[i] {
			best[i][s] = negInf * 10
		}
		for f := 0; f <= int(goal); f++ {
			if f&^int(goal) != 0 {
				continue
			}
			for x := range L {
				v := best[i-1][f*8+x]
				if v <= negInf {
					continue
				}
				for y := range L {
					s := v + t.Next[x][y] + em[i][y]
					k := (f|int(bits[y]&goal))*8 + y
					if s > best[i][k] {
						best[i][k], from[i][k] = s, uint8(f*8+x)
					}
				}
			}
		}
	}
	top, last := negInf, -1
	for y := range L {
		if v := best[n-1][int(goal)*8+y]; v > top {
			top, last = v, int(goal)*8+y
		}
	}
	if last < 0 {
		return false
	}
	for i := n - 1; i >= 0; i-- {
		out[i] = uint8(last & 7)
		last = int(from[i][last])
	}
	return true
}

// Without returns the log of the summed scores of the labellings that bear no
// label of the set, of the sequence that [Decoder.Partition] was called with
// last. Less what Partition returned, it is the log of their probability.
func (d *Decoder) Without(set Must) float32 { return d.forward(nil, set) }
