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
	for _, ink := range []string{"ink", "ink-quiet", "accent", "support", "oppose", "neutral", "warn", "gold", "got"} {
		for _, ground := range []string{"ground", "raised", "sunken"} {
			pairs = append(pairs, pair{ink, ground, 4.5})
		}
	}
	pairs = append(pairs, pair{"accent-ink", "accent", 4.5}, pair{"ink", "accent-soft", 4.5}, pair{"ink", "warn-soft", 4.5}, pair{"warn", "warn-soft", 4.5},
		pair{"ink", "judged", 4.5}, pair{"ink-quiet", "judged", 4.5}, pair{"gold", "judged", 4.5}, pair{"got", "judged", 4.5}, pair{"accent", "judged", 4.5},
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

// colours returns the light and the dark set of colours.
func colours(t *testing.T) map[string]map[string]uint32 {
	t.Helper()
	sets := map[string]map[string]uint32{"light": {}, "dark": {}}
	for _, m := range regexp.MustCompile(`--([\w-]+): light-dark\(#([0-9a-f]{6}), #([0-9a-f]{6})\)`).FindAllStringSubmatch(CSS, -1) {
		for i, set := range []string{"light", "dark"} {
			n, err := strconv.ParseUint(m[2+i], 16, 32)
			if err != nil {
				t.Fatal(err)
			}
			sets[set][m[1]] = uint32(n)
		}
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
