package settings

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
)

// DidYouMean returns "; did you mean X?" with the one of known that is the
// fewest edits away from s (Levenshtein 1966), and "" where none is near.
func DidYouMean(s string, known []string) string {
	s = strings.ToLower(s)
	type candidate struct {
		name string
		far  int
	}
	var near []candidate
	for _, k := range known {
		d := levenshtein.ComputeDistance(s, strings.ToLower(k))
		if len(s) > 2 && strings.HasPrefix(k, s) {
			d = min(d, 2)
		}
		if d <= max(2, len(k)/3) && d < len(k) {
			near = append(near, candidate{k, d})
		}
	}
	if len(near) == 0 {
		return ""
	}
	best := slices.MinFunc(near, func(a, b candidate) int {
		return cmp.Or(a.far-b.far, strings.Compare(a.name, b.name))
	})
	return fmt.Sprintf("; did you mean %s?", best.name)
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
