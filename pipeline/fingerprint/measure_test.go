package fingerprint_test

import (
	"bufio"
	"encoding/json"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/onrecord-nlp/onrecord/internal/shared"
	"github.com/onrecord-nlp/onrecord/pipeline/fingerprint"
)

// article is a real one, read where the folder shared is at hand.
type article struct{ id, text string }

// articles reads html_news, PolNeAR and BASIL. BASIL holds a hundred events,
// each as three newsrooms reported it; PolNeAR's newsrooms report on one
// election.
func articles(tb testing.TB) (list []article) {
	tb.Helper()
	for _, name := range []string{"html_news/gold.jsonl", "polnear/train.jsonl", "polnear/dev.jsonl", "basil/articles.jsonl"} {
		f, err := os.Open(shared.Path(tb, "data/"+name))
		if err != nil {
			tb.Fatal(err)
		}
		defer f.Close()
		lines := bufio.NewScanner(f)
		lines.Buffer(nil, 16<<20)
		for lines.Scan() {
			var a struct{ ID, URL, Text string }
			if err := json.Unmarshal(lines.Bytes(), &a); err != nil {
				tb.Fatal(name, ": ", err)
			}
			list = append(list, article{name + " " + a.ID + a.URL, a.Text})
		}
		if err := lines.Err(); err != nil {
			tb.Fatal(name, ": ", err)
		}
	}
	return list
}

// copying makes copies of articles.
type copying struct {
	*rand.Rand
	words []string // of all articles, to draw from
}

func (c copying) some(n int) string {
	w := make([]string, n)
	for i := range w {
		w[i] = c.words[c.IntN(len(c.words))]
	}
	return strings.Join(w, " ")
}

// edit replaces a share of the words, drops as many and inserts as many: a
// third of p each.
func (c copying) edit(text string, p float64) string {
	var out []string
	for w := range strings.FieldsSeq(text) {
		if c.Float64() < p {
			switch c.IntN(3) {
			case 0:
				continue
			case 1:
				w = c.some(1)
			default:
				w += " " + c.some(1)
			}
		}
		out = append(out, w)
	}
	return strings.Join(out, " ")
}

// cut drops a share of the words at the end.
func cut(text string, share float64) string {
	words := strings.Fields(text)
	return strings.Join(words[:int(float64(len(words))*(1-share))], " ")
}

var typography = strings.NewReplacer("“", `"`, "”", `"`, "’", "'", "‘", "'", "—", " - ", "–", "-", "…", "...", "\n", " ", " ", "\n")

// TestMeasure makes copies of real articles and looks them up among the
// originals, and looks the originals up among one another.
func TestMeasure(t *testing.T) {
	all := slices.DeleteFunc(articles(t), func(a article) bool { return len(strings.Fields(a.text)) < 60 })
	c := copying{Rand: rand.New(rand.NewPCG(1, 2))}
	for _, a := range all {
		c.words = append(c.words, strings.Fields(a.text)...)
	}
	prints := make([]fingerprint.Fingerprint, len(all))
	for i, a := range all {
		prints[i] = fingerprint.Of(a.text)
	}

	// Every two articles are compared, found by an Index or not.
	byShares := [17]int{}
	for i, f := range prints {
		for j, g := range prints[:i] {
			n := f.Shares(g)
			byShares[n]++
			if n >= fingerprint.CopyShares-1 {
				t.Logf("%d shared: %s | %s", n, all[i].id, all[j].id)
			}
		}
	}
	t.Logf("%d articles; pairs by numbers shared: %v", len(all), byShares)
	const updates = 7 // versions of one article by the newsroom that wrote it, read and judged
	pairs := 0
	for _, n := range byShares[fingerprint.CopyShares:] {
		pairs += n
	}
	if pairs > updates {
		t.Errorf("%d pairs of articles are taken for copies, of which at most %d are", pairs, updates)
	}

	t.Logf("%-44s %8s %8s %8s", "copy with", "found %", "shared", "of 16 at 1%")
	for _, kind := range []struct {
		name  string
		floor float64 // of the share found
		copy  func(text string) string
	}{
		{"other quotation marks, dashes, line breaks", 1, typography.Replace},
		{"a headline of 10 words before", .999, func(s string) string { return c.some(10) + "\n" + s }},
		{"byline and agency, 25 words before", .999, func(s string) string { return c.some(25) + "\n" + s }},
		{"furniture, 40 words behind", .995, func(s string) string { return s + "\n" + c.some(40) }},
		{"furniture, 100 words behind", .97, func(s string) string { return s + "\n" + c.some(100) }},
		{"the last tenth cut", .999, func(s string) string { return cut(s, .1) }},
		{"the last quarter cut", .99, func(s string) string { return cut(s, .25) }},
		{"the last third cut", .95, func(s string) string { return cut(s, 1./3) }},
		{"half cut", .7, func(s string) string { return cut(s, .5) }},
		{"1% of words edited", .999, func(s string) string { return c.edit(s, .01) }},
		{"2% of words edited", .999, func(s string) string { return c.edit(s, .02) }},
		{"5% of words edited", .99, func(s string) string { return c.edit(s, .05) }},
		{"10% of words edited", .9, func(s string) string { return c.edit(s, .10) }},
		{"15% of words edited", .6, func(s string) string { return c.edit(s, .15) }},
		{"20% of words edited", .3, func(s string) string { return c.edit(s, .20) }},
		{"headline, a tenth cut, 3% edited", .99, func(s string) string { return c.some(10) + "\n" + c.edit(cut(s, .1), .03) }},
	} {
		x := fingerprint.NewIndex(0)
		of := map[string]int{} // by id: the original
		for i, f := range prints {
			x.Add(f, all[i].id)
			of[all[i].id] = i
		}
		found, wrong, shared := 0, 0, []int{}
		for i, a := range all {
			f, id := fingerprint.Of(kind.copy(a.text)), "copy of "+a.id
			of[id] = i
			shared = append(shared, f.Shares(prints[i]))
			if first, ok := x.Add(f, id); ok {
				found++
				if j := of[first]; j != i && !prints[i].CopyOf(prints[j]) {
					wrong++
				}
			}
		}
		slices.Sort(shared)
		sum := 0
		for _, n := range shared {
			sum += n
		}
		got := float64(found) / float64(len(all))
		t.Logf("%-44s %8.2f %8.1f %8d", kind.name, 100*got, float64(sum)/float64(len(all)), shared[len(all)/100])
		if got < kind.floor {
			t.Errorf("%s: %.4f are found, less than %.4f", kind.name, got, kind.floor)
		}
		if wrong > 0 {
			t.Errorf("%s: %d are taken for copies of another article", kind.name, wrong)
		}
	}
}
