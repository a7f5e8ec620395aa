package exchange

import (
	"slices"
	"strings"
	"testing"
)

func TestFileNames(t *testing.T) {
	names := fileNames{}
	for _, tt := range []struct{ id, want string }{
		{"a", "a"}, {"A", "A-2"}, {"a", "a-3"}, {"a-2", "a-2-2"}, {"a-4", "a-4"}, {"a", "a-5"},
		{"", "article"}, {"..", "article-2"}, {"../../etc/passwd", "_.._etc_passwd"}, {"日本", "__"}, {"語", "_"},
		{strings.Repeat("x", 300), strings.Repeat("x", 100)},
	} {
		if got := names.of(tt.id); got != tt.want {
			t.Errorf("%.40q becomes %q, want %q", tt.id, got, tt.want)
		}
	}
	// However many ids become one name, each takes a step or two.
	tries := testing.AllocsPerRun(1, func() {
		names, seen := fileNames{}, []string(nil)
		for range 2000 {
			seen = append(seen, names.of("記事"))
		}
		slices.Sort(seen)
		if len(slices.Compact(seen)) != 2000 {
			t.Error("two ids became one name")
		}
	})
	if tries > 20*2000 {
		t.Errorf("%.0f allocations for 2000 ids", tries)
	}
}
