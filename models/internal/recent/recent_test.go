package recent

import (
	"strings"
	"testing"
)

// Words of all lengths that differ in one byte have keys of their own.
func TestKey(t *testing.T) {
	seen := make(map[key]string)
	for n := 1; n <= longest; n++ {
		word := strings.Repeat("a", n)
		for _, c := range []string{"a", "b", "\x00", "\xff"} {
			for at := range n {
				w := word[:at] + c + word[at+1:]
				k := keyOf(w)
				if old, ok := seen[k]; ok && old != w {
					t.Errorf("%q and %q have one key", old, w)
				}
				seen[k] = w
			}
		}
	}
}

// What is remembered is what was put there, however many words take a place
// from each other.
func TestOf(t *testing.T) {
	m := New[string](4)
	text := strings.Fields("the cat sat on the mat and the other cat sat on " + strings.Repeat("long", 4) + " the")
	hits := 0
	for range 5 {
		for _, w := range text {
			v, known := m.Of(w)
			if known {
				hits++
				if *v != w {
					t.Fatalf("%q is remembered as %q", w, *v)
				}
			}
			*v = w
		}
	}
	if hits < 20 {
		t.Errorf("only %d of %d words were known", hits, 5*len(text))
	}
}
