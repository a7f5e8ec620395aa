package flat

import (
	"strconv"
	"testing"
)

func TestTable(t *testing.T) {
	for _, n := range []int{0, 1, 2, 3, 1000} {
		var keys []Hash
		for i := range n {
			keys = append(keys, HashString(strconv.Itoa(i)))
		}
		// Keys that differ in their highest bits, or in the lowest alone.
		keys = append(keys, 1, 1<<63|1, 2, 1<<62|2)
		table := NewTable(keys)
		for i, k := range keys {
			if got := table.Find(k); got != int32(i) {
				t.Errorf("of %d keys, number %d is found at %d", n, i, got)
			}
		}
		for i := range 1000 {
			if got := table.Find(HashString("no " + strconv.Itoa(i))); got != -1 {
				t.Errorf("of %d keys, one that is not there is found at %d", n, got)
			}
		}
	}
}

func TestAddFolded(t *testing.T) {
	for _, c := range [][2]string{{"Don’t", "don't"}, {"SAID", "said"}, {"’", "'"}, {"‘a", "‘a"}, {"É", "É"}, {"\xe2\x80", "\xe2\x80"}} {
		if HashStart.AddFolded(c[0]) != HashString(c[1]) {
			t.Errorf("%q is not folded to %q", c[0], c[1])
		}
	}
}
