package quote_test

import (
	"os"
	"strings"
	"testing"
)

func TestUttered(t *testing.T) {
	file, err := os.ReadFile("testdata/uttered.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range strings.Split("\n"+string(file), "\n== ")[1:] {
		name, want, _ := strings.Cut(c, "\n")
		want = strings.TrimSpace(want)
		t.Run(name, func(t *testing.T) {
			text := strings.NewReplacer("⟦", "", "⟧", "", "⟪", "", "⟫", "").Replace(want)
			doc := run(text)
			if got := marked(doc); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
				for _, q := range doc.Quotes {
					t.Logf("%.2f %s", q.Score, q.In(doc.Text))
				}
			}
		})
	}
}
