package style

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"testing"
)

// TestContrast holds every text colour to 4.5:1 on every ground that it stands
// on, and borders of controls to 3:1, by WCAG 2.2 (1.4.3 and 1.4.11), in both
// sets of colours.
func TestContrast(t *testing.T) {
	sets := colours(t)
	type pair struct {
		over, under string
		least       float64
	}
	var pairs []pair
	for _, ink := range []string{"ink", "ink-quiet", "accent", "support", "oppose", "neutral", "warn"} {
		for _, ground := range []string{"ground", "raised", "sunken"} {
			pairs = append(pairs, pair{ink, ground, 4.5})
		}
	}
	pairs = append(pairs, pair{"accent-ink", "accent", 4.5}, pair{"ink", "accent-soft", 4.5}, pair{"ink", "warn-soft", 4.5}, pair{"warn", "warn-soft", 4.5},
		pair{"line-strong", "raised", 3}, pair{"line-strong", "ground", 3})
	for i := range Speakers {
		s := fmt.Sprintf("s%d", i)
		pairs = append(pairs, pair{s, "ground", 4.5}, pair{s, "raised", 4.5}, pair{"ink", s + "-soft", 4.5}, pair{"ink-quiet", s + "-soft", 4.5})
	}
	for name, set := range sets {
		for _, p := range pairs {
			over, ok := set[p.over]
			under, ok2 := set[p.under]
			if !ok || !ok2 {
				t.Fatalf("%s: --%s or --%s is not there", name, p.over, p.under)
			}
			if c := contrast(over, under); c < p.least {
				t.Errorf("%s: --%s on --%s: %.2f:1, wanted %.1f:1", name, p.over, p.under, c, p.least)
			}
		}
	}
}

// TestDarkSetsAgree: the dark colours stand twice, and must be the same.
func TestDarkSetsAgree(t *testing.T) {
	sets := colours(t)
	for name, c := range sets["dark"] {
		if sets["dark by attribute"][name] != c {
			t.Errorf("--%s is %06x by preference and %06x by attribute", name, c, sets["dark by attribute"][name])
		}
	}
	if len(sets["dark"]) != len(sets["light"]) {
		t.Errorf("%d colours are light and %d dark", len(sets["light"]), len(sets["dark"]))
	}
}

// colours returns the sets of colours in the order in which the sheet has them.
func colours(t *testing.T) map[string]map[string]uint32 {
	t.Helper()
	names := []string{"light", "dark", "dark by attribute"}
	sets := map[string]map[string]uint32{}
	for i, block := range regexp.MustCompile(`(?s)color-scheme: \w+;.*?\}`).FindAllString(CSS, -1) {
		set := map[string]uint32{}
		for _, m := range regexp.MustCompile(`--([\w-]+): #([0-9a-f]{6})`).FindAllStringSubmatch(block, -1) {
			n, err := strconv.ParseUint(m[2], 16, 32)
			if err != nil {
				t.Fatal(err)
			}
			set[m[1]] = uint32(n)
		}
		sets[names[i]] = set
	}
	if len(sets) != len(names) {
		t.Fatalf("%d sets of colours, wanted %d", len(sets), len(names))
	}
	return sets
}

// contrast is the contrast ratio of WCAG 2.2.
func contrast(a, b uint32) float64 {
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

func luminance(c uint32) float64 {
	channel := func(shift int) float64 {
		v := float64(c>>shift&255) / 255
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*channel(16) + 0.7152*channel(8) + 0.0722*channel(0)
}
