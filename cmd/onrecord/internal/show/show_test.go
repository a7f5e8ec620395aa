package show

import (
	"bytes"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/rivo/uniseg"
	"pgregory.net/rapid"

	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/goldform"
)

var update = flag.Bool("update", false, "write the golden files anew")

func render(t testing.TB, doc *pipeline.Document, o Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := Article(&b, doc, o); err != nil {
		t.Fatal(err)
	}
	if err := Key(&b, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Pages as they must look; the files write an escape character as \e.
//
//	go test ./cmd/onrecord/internal/show -run Golden -update
//
// writes them anew.
func TestGolden(t *testing.T) {
	for _, tc := range []struct {
		article, name string
		o             Options
	}{
		{"ferry", "plain", Options{Width: 80}},
		{"ferry", "narrow", Options{Width: 46}},
		{"ferry", "narrowest", Options{Width: 1}},
		{"ferry", "wide", Options{Width: 200}},
		{"ferry", "basic", Options{Width: 80, Colors: Basic}},
		{"ferry", "many", Options{Width: 100, Colors: Many}},
		{"ferry", "all", Options{Width: 80, All: true}},
		{"ferry", "sure", Options{Width: 80, MinConfidence: 0.64}},
		{"hostile", "plain", Options{Width: 80}},
		{"hostile", "many", Options{Width: 60, Colors: Many}},
		{"scripts", "plain", Options{Width: 80}},
		{"scripts", "narrow", Options{Width: 30}},
	} {
		t.Run(tc.article+"/"+tc.name, func(t *testing.T) {
			doc := labelled(t, filepath.Join("testdata", tc.article+".json"))
			got := strings.ReplaceAll(render(t, doc, tc.o), "\x1b", `\e`)
			file := filepath.Join("testdata", tc.article+"-"+tc.name+".txt")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(want), got); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
			checkPage(t, render(t, doc, tc.o), max(tc.o.Width, MinWidth))
		})
	}
}

// labelled reads the article of a file of labels.
func labelled(t testing.TB, file string) *pipeline.Document {
	t.Helper()
	for d, err := range goldform.ReadPath(file) {
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	t.Fatal(file, "is empty")
	return nil
}

var sgr = regexp.MustCompile(`\x1b\[[0-9;]*m`)

// checkPage holds every page to: no line wider than the width; of control
// characters only line breaks and the codes of looks; every line ends in the
// terminal's own look.
func checkPage(t rapid.TB, page string, width int) {
	t.Helper()
	for n, line := range strings.Split(page, "\n") {
		bare := sgr.ReplaceAllString(line, "")
		if w := uniseg.StringWidth(bare); w > width {
			t.Fatalf("line %d is %d columns wide, more than %d: %q", n+1, w, width, line)
		}
		for _, r := range bare {
			if r < ' ' || r >= 0x7f && r <= 0x9f || r == 0x2028 || r == 0x2029 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0x200f {
				t.Fatalf("line %d lets %U through: %q", n+1, r, line)
			}
		}
		on := false
		for _, code := range sgr.FindAllString(line, -1) {
			if reset := code == "\x1b[0m"; reset != on {
				t.Fatalf("line %d: %q where another code is in force, or none: %q", n+1, code, line)
			}
			on = !on
		}
		if on {
			t.Fatalf("line %d does not end in the terminal's own look: %q", n+1, line)
		}
		if !utf8.ValidString(line) {
			t.Fatalf("line %d is no UTF-8: %q", n+1, line)
		}
	}
}

// Whatever the text, its blocks and its statements, every character that is
// not white space stands on the page, in its order.
func TestNothingLost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		doc := anyDocument(t)
		o := Options{Width: rapid.IntRange(1, 150).Draw(t, "width"), All: true, Colors: rapid.SampledFrom([]Colors{Plain, Basic, Many}).Draw(t, "colors")}
		p := newPage(o, collect(doc, 0))
		p.body()
		page := string(p.flow.out)
		checkPage(t, page, max(o.Width, MinWidth))
		if got, want := bodyOf(page), visible(doc.Text); got != want {
			t.Fatalf("page:\n%s\ngot  %q\nwant %q", page, got, want)
		}
		whole := renderAny(t, doc, o)
		checkPage(t, whole, max(o.Width, MinWidth))
		if o.Colors == Many {
			o.Colors = Basic
			if a, b := sgr.ReplaceAllString(whole, ""), sgr.ReplaceAllString(renderAny(t, doc, o), ""); a != b {
				t.Fatalf("the words depend on the colours:\n%s\n%s", a, b)
			}
		}
	})
}

func renderAny(t *rapid.T, doc *pipeline.Document, o Options) string {
	var b bytes.Buffer
	if err := Article(&b, doc, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// anyDocument draws texts without the signs of marks, and statements anywhere
// in them, within characters too.
func anyDocument(t *rapid.T) *pipeline.Document {
	parts := rapid.SliceOfN(rapid.SampledFrom([]string{
		"word", "The", "well-known", "it’s", "“", "”", ",", ".", " ", " ", " ", "\n", "\n\n", "\t", "\r\n",
		"これは", "、", "。", "한국어", "é", "e\u0301", "\u0301", "👩‍👩‍👧‍👦", "🇩🇪", "👍🏽", "❤️", "क्षत्रिय", "שלום", "مرحبا",
		"\x1b[m", "\x00", "\x7f", "\u009b", "\u202e", "\u2066", "\u200b", "\u200e", "\u00ad", "\u2028", "\u3000", "\u00a0",
		"averyveryveryveryveryveryveryveryveryverylongword", "example.org?a=b", "—", "⸻", "\xff", "\u06ddb",
	}), 0, 60).Draw(t, "text")
	text := strings.Join(parts, "")
	doc := &pipeline.Document{ID: rapid.SampledFrom([]string{"", "a", "\x1b[31mx\u202e", strings.Repeat("long", 50)}).Draw(t, "id"), Text: text}
	var ends []int
	for i := range text {
		ends = append(ends, i)
	}
	ends = append(ends, len(text))
	span := func(name string) pipeline.Span {
		a, b := rapid.SampledFrom(ends).Draw(t, name), rapid.SampledFrom(ends).Draw(t, name)
		return pipeline.Span{Start: min(a, b), End: max(a, b)}
	}
	if rapid.Bool().Draw(t, "blocks") {
		doc.Mark(pipeline.LayerBlocks)
		for at := 0; at < len(text); {
			b := span("block")
			if b.Start < at || b.Empty() {
				break
			}
			doc.Blocks = append(doc.Blocks, pipeline.Block{Span: b, Kind: pipeline.BlockKind(rapid.IntRange(0, 5).Draw(t, "kind"))})
			at = b.End
		}
	}
	doc.Mark(pipeline.LayerAttributions)
	doc.Mark(pipeline.LayerSpeakers)
	doc.Mark(pipeline.LayerStances)
	doc.Speakers = []pipeline.Speaker{{Name: "Ann\x1b[0m"}, {Name: strings.Repeat("名", 60), Description: "a\u202e\nb"}}
	for range rapid.IntRange(0, 6).Draw(t, "statements") {
		a := pipeline.Attribution{Confidence: rapid.Float32Range(0, 1).Draw(t, "confidence")}
		for range rapid.IntRange(1, 3).Draw(t, "parts") {
			a.Content = append(a.Content, span("content"))
		}
		if rapid.Bool().Draw(t, "sourced") {
			a.Source = append(a.Source, span("source"))
			a.Cue = append(a.Cue, span("cue"))
		}
		doc.Attributions = append(doc.Attributions, a)
		doc.Resolution.OfAttribution = append(doc.Resolution.OfAttribution, rapid.IntRange(-1, 1).Draw(t, "speaker"))
		doc.Stances.OfAttribution = append(doc.Stances.OfAttribution, pipeline.Stance{
			Position: pipeline.Position(rapid.IntRange(0, 2).Draw(t, "position")),
			Target:   rapid.SampledFrom([]string{"", "plan", "\x1b[2J\u202e", strings.Repeat("target ", 40)}).Draw(t, "target"),
		})
	}
	return doc
}

var marks = regexp.MustCompile(`⟦\d+ | ?\d*⟧|[_/◌\x{200e}]`)

// bodyOf takes from a page the margin, the notes and the marks, and all white
// space.
func bodyOf(page string) string {
	var b strings.Builder
	for line := range strings.Lines(sgr.ReplaceAllString(page, "")) {
		line = strings.TrimSuffix(line, "\n")
		line, _, _ = strings.Cut(line, strings.TrimRight(rule, " "))
		if strings.HasPrefix(line, belowIndent) || strings.Trim(line, "= ") == "" {
			continue
		}
		line = strings.TrimPrefix(strings.TrimPrefix(line, "┊ "), "▫ ")
		b.WriteString(line)
		b.WriteByte(' ') // a mark may be broken behind its number
	}
	s := marks.ReplaceAllString(b.String(), "")
	s = strings.ReplaceAll(s, "\u06dd", "\ufffd") // as it is before nothing
	return strings.Join(strings.FieldsFunc(s, isSpace), "")
}

// visible is what must be seen of a text.
func visible(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case isSpace(r), strings.ContainsRune("\u00ad\u200b\u200e", r):
		case r < ' ':
			b.WriteRune(0x2400 + r)
		case r == 0x7f:
			b.WriteRune('␡')
		case r == 0x6dd, r >= 0x80 && r < 0xa0, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
			b.WriteRune(utf8.RuneError)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// What a cluster becomes on the screen.
func TestGlyph(t *testing.T) {
	for _, tc := range []struct {
		in, text string
		width    int
	}{
		{"a", "a", 1},
		{"\x1b", "␛", 1},
		{"\x00", "␀", 1},
		{"\a", "␇", 1},
		{"\x7f", "␡", 1},
		{"\u009b", "\ufffd", 1},
		{"\xff", "\ufffd", 1},
		{"\u202e", "\ufffd", 1}, // turns what follows
		{"\u2066", "\ufffd", 1},
		{"\u0600", "\ufffd", 1}, // encloses the digits that follow, and none do
		{"\u06dd1", "\u06dd1", 2},
		{"\u200e", "", 0},
		{"\u00ad", "", 0},
		{"\t", "", tabWidth},
		{"\r\n", "", 1},
		{"\u3000", "", 2},
		{"\u0301", "◌\u0301", 1},
		{"e\u0301", "e\u0301", 1},
		{"界", "界", 2},
		{"👩‍👩‍👧‍👦", "👩‍👩‍👧‍👦", 2},
		{"🇩🇪", "🇩🇪", 2},
	} {
		cluster, rest, width, _ := uniseg.FirstGraphemeClusterInString(tc.in, -1)
		if rest != "" {
			t.Fatalf("%q is more than one cluster", tc.in)
		}
		if g := show(cluster, width); g.text != tc.text || g.width != tc.width {
			t.Errorf("%q: %q, %d columns; want %q, %d", tc.in, g.text, g.width, tc.text, tc.width)
		}
	}
}

// Names are cut between characters, with an ellipsis, within the width.
func TestOneLine(t *testing.T) {
	for _, tc := range []struct {
		in    string
		width int
		want  string
	}{
		{"Ada Crane", 9, "Ada Crane"},
		{"Ada Crane", 8, "Ada Cra…"},
		{"Ada Crane", 5, "Ada…"},
		{"  Ada \n Crane ", 20, "Ada Crane"},
		{"田中太郎", 8, "田中太郎"},
		{"田中太郎", 7, "田中太…"},
		{"田中太郎", 6, "田中…"},
		{"田中", 1, "…"},
		{"👩‍👩‍👧‍👦👩‍👩‍👧‍👦", 3, "👩‍👩‍👧‍👦…"},
		{"\x1b[31mred", 20, "␛[31mred"},
		{"Ada", 0, ""},
		{"דנה", 3, "דנה\u200e"}, // or a target behind the name would stand before it
		{"", 5, ""},
	} {
		got, w := oneLine(tc.in, tc.width)
		if got != tc.want || w != uniseg.StringWidth(tc.want) {
			t.Errorf("%q in %d columns: %q, %d; want %q", tc.in, tc.width, got, w, tc.want)
		}
	}
}

// The colours can be read on white and on black.
func TestContrast(t *testing.T) {
	for _, c := range append(manyColors[:], faintGray) {
		l := luminance(c)
		white, black := 1.05/(l+0.05), (l+0.05)/0.05
		if white < 3.6 || black < 4 {
			t.Errorf("colour %d: contrast %.2f with white, %.2f with black", c, white, black)
		}
	}
}

// luminance is that of WCAG 2 for a colour of xterm's 256, from 16 on.
func luminance(c uint8) float64 {
	linear := func(v int) float64 { return math.Pow((float64(v)/255+0.055)/1.055, 2.4) }
	if c >= 232 {
		return linear(8 + 10*int(c-232))
	}
	level := func(n int) float64 {
		if n == 0 {
			return 0
		}
		return linear(55 + 40*n)
	}
	n := int(c) - 16
	return 0.2126*level(n/36) + 0.7152*level(n/6%6) + 0.0722*level(n%6)
}

// A document on which a stage failed, or through which none went, is shown all
// the same.
func TestBare(t *testing.T) {
	got := render(t, &pipeline.Document{Source: "a.txt", Title: "Title", Text: "One.\n\nTwo."}, Options{Width: 30})
	for _, want := range []string{"── a.txt ─", "\nTitle\n", "\nOne.\n\nTwo.\n", "\nNothing has been sought in\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing:\n%s", want, got)
		}
	}
}

// 2 MB, with a statement every other sentence and a paragraph every ten.
func BenchmarkArticle(b *testing.B) {
	for _, size := range []int{20 << 10, 200 << 10, 2 << 20} {
		for _, c := range []Colors{Plain, Many} {
			b.Run(fmt.Sprintf("%dKiB/%d", size>>10, c), func(b *testing.B) {
				doc := longDocument(size)
				b.SetBytes(int64(len(doc.Text)))
				for b.Loop() {
					render(b, doc, Options{Width: 100, Colors: c})
				}
			})
		}
	}
}

func longDocument(size int) *pipeline.Document {
	doc := &pipeline.Document{ID: "long"}
	for _, l := range []pipeline.Layer{pipeline.LayerBlocks, pipeline.LayerAttributions, pipeline.LayerSpeakers, pipeline.LayerStances} {
		doc.Mark(l)
	}
	for i := range 40 {
		doc.Speakers = append(doc.Speakers, pipeline.Speaker{Name: fmt.Sprintf("Speaker Number %d", i)})
	}
	var b strings.Builder
	for par := 0; b.Len() < size; par++ {
		start := b.Len()
		for range 5 {
			b.WriteString("The harbour was quiet that morning, and the café had not opened yet. ")
			source := b.Len()
			b.WriteString("She")
			cue := b.Len() + 1
			b.WriteString(" said ")
			at := b.Len()
			b.WriteString("that nobody had asked the people who live there")
			doc.Attributions = append(doc.Attributions, pipeline.Attribution{
				Content: []pipeline.Span{{Start: at, End: b.Len()}}, Source: []pipeline.Span{{Start: source, End: source + 3}},
				Cue: []pipeline.Span{{Start: cue, End: cue + 4}}, Kind: pipeline.Indirect, Confidence: 0.9,
			})
			doc.Resolution.OfAttribution = append(doc.Resolution.OfAttribution, par%len(doc.Speakers))
			doc.Stances.OfAttribution = append(doc.Stances.OfAttribution, pipeline.Stance{Position: pipeline.Oppose, Target: "the plan"})
			b.WriteString(". ")
		}
		doc.Blocks = append(doc.Blocks, pipeline.Block{Span: pipeline.Span{Start: start, End: b.Len() - 1}})
		b.WriteString("\n\n")
	}
	doc.Text = b.String()
	return doc
}
