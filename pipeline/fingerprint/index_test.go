package fingerprint_test

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"github.com/onrecord-nlp/onrecord/pipeline/fingerprint"
)

// sharing returns a fingerprint that shares n numbers with f, the others being
// of another text; those shared are at places drawn by r.
func sharing(f fingerprint.Fingerprint, n int, r *rand.Rand) fingerprint.Fingerprint {
	g := random(r)
	for _, slot := range r.Perm(16)[:n] {
		copy(g[2*slot:2*slot+2], f[2*slot:])
	}
	return g
}

func random(r *rand.Rand) (f fingerprint.Fingerprint) {
	for i := 0; i < len(f); i += 8 {
		binary.LittleEndian.PutUint64(f[i:], r.Uint64())
	}
	return f
}

func TestIndex(t *testing.T) {
	x := fingerprint.NewIndex(0)
	for _, c := range []struct{ id, text, first string }{
		{"wire", story, ""},
		{"paper", "Pilots end strike\n" + story, "wire"},
		{"rival", other, ""},
		{"site", "Strike over\n" + strings.ToUpper(story), "wire"}, // not of paper, which is a copy itself
		{"rival-2", other + "\n\nMore to follow.", "rival"},
		{"short", "More to follow.", ""},
		{"short-2", "More to follow", "short"},
		{"short-3", "More to come", ""},
		{"empty", "", ""},
		{"empty-2", "…", ""},
	} {
		first, found := x.Add(fingerprint.Of(c.text), c.id)
		if first != c.first || found != (c.first != "") {
			t.Errorf("%s: got %q, %v, want %q", c.id, first, found, c.first)
		}
	}
	if x.Len() != 4 {
		t.Errorf("%d texts are remembered, want 4: no copies, and none without a fingerprint", x.Len())
	}
}

// TestIndexPicks: of several originals the one that shares most, of equals the
// latest.
func TestIndexPicks(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 100 {
		x := fingerprint.NewIndex(0)
		f := random(r)
		near, far := random(r), random(r)
		copy(near[:24], f[:24]) // shares 12
		copy(far[16:], f[16:])  // shares 8 with f, 4 with near
		for id, g := range map[string]fingerprint.Fingerprint{"near": near, "far": far} {
			if first, found := x.Add(g, id); found {
				t.Fatalf("%s is taken for %s", id, first)
			}
		}
		if first, _ := x.Add(f, "f"); first != "near" {
			t.Fatalf("got %q", first)
		}
	}
	x := fingerprint.NewIndex(0)
	f := random(r)
	left, right := random(r), random(r)
	copy(left[:16], f[:16])
	copy(right[16:], f[16:])
	x.Add(left, "left")
	x.Add(right, "right")
	if first, _ := x.Add(f, "f"); first != "right" {
		t.Errorf("of equals: got %q", first)
	}
}

// TestIndexFinds: among a hundred thousand texts that have nothing in common,
// every copy that shares a band is found, and nothing is taken for a copy.
func TestIndexFinds(t *testing.T) {
	const texts = 100_000
	r := rand.New(rand.NewPCG(3, 4))
	x := fingerprint.NewIndex(0)
	all := make([]fingerprint.Fingerprint, texts)
	for i := range all {
		all[i] = random(r)
		if first, found := x.Add(all[i], fmt.Sprint(i)); found {
			t.Fatalf("%d is taken for a copy of %s", i, first)
		}
	}
	lost := map[int]int{}
	for i, f := range all {
		n := 7 + i%10
		if first, found := x.Add(sharing(f, n, r), "copy"); !found {
			lost[n]++
		} else if first != fmt.Sprint(i) {
			t.Fatalf("a copy of %d is taken for one of %s", i, first)
		}
	}
	// What chance gives: no pair of eight among n numbers of sixteen.
	for n, most := range map[int]float64{7: .14, 8: .07, 9: .025, 10: 0, 16: 0} {
		if got := float64(lost[n]) / (texts / 10); got > most {
			t.Errorf("of copies that share %d numbers, %.3f are lost", n, got)
		}
	}
	for n, k := range lost {
		if n > 8 && k > 0 {
			t.Logf("of copies that share %d numbers, %.4f are lost", n, float64(k)/(texts/10))
		}
	}
}

// TestIndexForgets: an Index with a limit holds that many, up to twice.
func TestIndexForgets(t *testing.T) {
	const limit = 1000
	r := rand.New(rand.NewPCG(5, 6))
	x := fingerprint.NewIndex(limit)
	var all []fingerprint.Fingerprint
	for i := range 10 * limit {
		all = append(all, random(r))
		x.Add(all[i], fmt.Sprint(i))
		if x.Len() > 2*limit {
			t.Fatalf("after %d: %d are remembered", i, x.Len())
		}
		if back := all[max(0, i-limit+1)]; i%100 == 0 {
			if _, found := x.Add(back, "again"); !found {
				t.Fatalf("after %d: the last but %d is forgotten", i, limit)
			}
		}
	}
	if _, found := x.Add(all[0], "again"); found {
		t.Error("the first is still remembered")
	}
}

// TestIndexResumes: an Index made of the originals alone goes on as the one
// that saw the copies too.
func TestIndexResumes(t *testing.T) {
	const texts = 20_000
	r := rand.New(rand.NewPCG(7, 8))
	var all []fingerprint.Fingerprint
	for i := range texts {
		if i > 10 && r.IntN(3) == 0 {
			all = append(all, sharing(all[i-1-r.IntN(10)], 5+r.IntN(12), r))
		} else {
			all = append(all, random(r))
		}
	}
	whole := fingerprint.NewIndex(1000)
	var firsts []string
	for i, f := range all {
		first, _ := whole.Add(f, fmt.Sprint(i))
		firsts = append(firsts, first)
	}
	for _, broken := range []int{0, 1, 999, 5000, 13_333} {
		again := fingerprint.NewIndex(1000)
		for i, f := range all {
			if i < broken && firsts[i] != "" {
				continue
			}
			if first, _ := again.Add(f, fmt.Sprint(i)); first != firsts[i] {
				t.Fatalf("broken off at %d: %d is a copy of %q, not %q", broken, i, first, firsts[i])
			}
		}
	}
}

// BenchmarkIndex adds texts to one that holds a million, and tells the memory
// of each.
func BenchmarkIndex(b *testing.B) {
	const texts = 1_000_000
	r := rand.New(rand.NewPCG(9, 10))
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	x := fingerprint.NewIndex(0)
	for range texts {
		x.Add(random(r), "")
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	for b.Loop() {
		x.Add(random(r), "")
	}
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/texts, "B/text")
	runtime.KeepAlive(x)
}
