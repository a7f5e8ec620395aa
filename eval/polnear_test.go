package eval

import (
	"github.com/onrecord-nlp/onrecord/internal/shared"

	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/goldform"
)

func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

func readGold(tb testing.TB, path string) []goldform.Article {
	tb.Helper()
	var out []goldform.Article
	for a, err := range goldform.ReadArticlesPath(path) {
		if err != nil {
			tb.Fatal(err)
		}
		out = append(out, a)
	}
	return out
}

// sheet is the form of predictions that score.py reads.
type sheet struct {
	ID     string       `json:"id"`
	Quotes []sheetQuote `json:"quotes"`
}

type sheetQuote struct {
	Content    [][2]int `json:"content"`
	Source     [][2]int `json:"source"`
	Cue        [][2]int `json:"cue"`
	SourceText string   `json:"source_text"`
	Resolved   string   `json:"resolved"`
}

func readSheets(tb testing.TB, path string) []sheet {
	tb.Helper()
	f, err := os.Open(path)
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	var out []sheet
	for dec := json.NewDecoder(bufio.NewReader(f)); dec.More(); {
		var s sheet
		if err := dec.Decode(&s); err != nil {
			tb.Fatal(err)
		}
		out = append(out, s)
	}
	return out
}

// documents turns sheets into documents with the texts of gold.
func documents(tb testing.TB, sheets []sheet, gold []goldform.Article) []*pipeline.Document {
	tb.Helper()
	texts := map[string]string{}
	for _, g := range gold {
		texts[g.Doc.ID] = g.Doc.Text
	}
	var out []*pipeline.Document
	for _, s := range sheets {
		text := texts[s.ID]
		var starts []int // byte offset of each code point
		for i := range text {
			starts = append(starts, i)
		}
		starts = append(starts, len(text))
		spans := func(pairs [][2]int) (out []pipeline.Span) {
			for _, p := range pairs {
				out = append(out, pipeline.Span{Start: starts[p[0]], End: starts[p[1]]})
			}
			slices.SortFunc(out, bySpan)
			return out
		}
		d := &pipeline.Document{ID: s.ID, Text: text}
		for _, q := range s.Quotes {
			d.Attributions = append(d.Attributions, pipeline.Attribution{Content: spans(q.Content), Source: spans(q.Source), Cue: spans(q.Cue)})
			speaker := -1
			if q.SourceText != "" {
				speaker = len(d.Speakers)
				d.Speakers = append(d.Speakers, pipeline.Speaker{Name: q.SourceText})
			}
			d.Resolution.OfAttribution = append(d.Resolution.OfAttribution, speaker)
		}
		d.Mark(pipeline.LayerAttributions)
		out = append(out, d)
	}
	return out
}

// The polnear family equals what the reference scorer prints, figure by
// figure, for every peer system.
func TestEqualsReferenceScorer(t *testing.T) {
	scorer, goldPath := shared.Path(t, "bench/score.py"), shared.Path(t, "data/polnear/dev.jsonl")
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3")
	}
	files, _ := filepath.Glob(filepath.Join(shared.Path(t, "data/peers"), "*.jsonl"))
	if len(files) == 0 {
		t.Skip("no predictions of peers")
	}
	gold := readGold(t, goldPath)
	check := func(t *testing.T, sheets []sheet) {
		file := filepath.Join(t.TempDir(), "pred.jsonl")
		var b strings.Builder
		for _, s := range sheets {
			line, err := json.Marshal(s)
			if err != nil {
				t.Fatal(err)
			}
			b.Write(append(line, '\n'))
		}
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		printed, err := exec.Command(python, scorer, goldPath, file, "--json").Output()
		if err != nil {
			t.Fatal(err)
		}
		var want map[string][3]float64
		if err := json.Unmarshal(printed, &want); err != nil {
			t.Fatal(err)
		}
		report, err := Score(gold, documents(t, sheets, gold), Options{Resamples: -1})
		if err != nil {
			t.Fatal(err)
		}
		got := report.Metrics()
		for name, w := range want {
			for i, stat := range []string{"p", "r", "f1"} {
				if g := got["polnear."+name+"."+stat]; math.Abs(g-w[i]) > 0.001 {
					t.Errorf("polnear.%s.%s: %v, the reference has %v", name, stat, g, w[i])
				}
			}
		}
		if len(want) != 8 {
			t.Errorf("the reference prints %d figures", len(want))
		}
	}
	for _, file := range files {
		sheets := readSheets(t, file)
		name := strings.TrimSuffix(filepath.Base(file), ".jsonl")
		t.Run(name, func(t *testing.T) { check(t, sheets) })
	}
	// Sources by name only, some contents without words, some articles missing,
	// contents twice.
	hard := readSheets(t, files[0])[5:]
	for i := range hard {
		for j := range hard[i].Quotes {
			q := &hard[i].Quotes[j]
			if q.SourceText = q.Resolved; j%3 == 0 {
				q.Source = nil
			}
			if j%7 == 0 {
				q.Content = [][2]int{{0, 0}}
			}
			if j%5 == 1 {
				hard[i].Quotes[j] = hard[i].Quotes[j-1]
			}
		}
	}
	t.Run("degenerate", func(t *testing.T) { check(t, hard) })
	t.Run("nothing", func(t *testing.T) { check(t, []sheet{{ID: gold[0].Doc.ID, Quotes: []sheetQuote{}}}) })
}

func TestQuotedSpans(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"“one” and «two»", "one|two"},
		{`"one" and "two"`, "one|two"},
		{"“unclosed to the end\nnext “x”", "unclosed to the end|x"},
		{"“", ""},
		{"“a", ""},    // one character is no quotation
		{"“ab", "ab"}, // two are
		{"“”x", ""},
		{"a” b “c” d”", "c"},
		{`say "a "b" c`, "b"},
		{"“outer “inner” rest", "inner"},
		{"« é »", " é "},
		{"", ""},
		{"\n\n", ""},
	} {
		var got []string
		for _, s := range quotedSpans(c.text) {
			got = append(got, s.In(c.text))
		}
		if strings.Join(got, "|") != c.want {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
}

func BenchmarkScorePolNeAR(b *testing.B) {
	gold := readGold(b, shared.Path(b, "data/polnear/dev.jsonl"))
	pred := documents(b, readSheets(b, shared.Path(b, "data/peers/linear_trial_dev.jsonl")), gold)
	for _, n := range []int{-1, 1000} {
		b.Run(fmt.Sprintf("resamples=%d", max(n, 0)), func(b *testing.B) {
			for b.Loop() {
				if _, err := Score(gold, pred, Options{Resamples: n}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
