package report

import (
	"bytes"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/onrecord-nlp/onrecord/cmd/onrecord/internal/browser"
	"github.com/onrecord-nlp/onrecord/eval"
	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/goldform"
)

var update = flag.Bool("update", false, "write the golden page anew")

// page scores the predictions of testdata against its gold.
func page(t testing.TB, predictions, against string) *Page {
	t.Helper()
	var gold []goldform.Article
	for a, err := range goldform.ReadArticlesPath("testdata/gold.jsonl") {
		if err != nil {
			t.Fatal(err)
		}
		gold = append(gold, a)
	}
	opt := eval.Options{Resamples: 200, Baselines: []eval.Baseline{
		{Name: "nearest", Figures: []string{"quotes.speaker"}, Docs: read(t, "testdata/a.jsonl")},
		{Name: "lexicon", Figures: []string{"stance"}, Docs: read(t, "testdata/a.jsonl")},
	}}
	pred := read(t, predictions)
	r, err := eval.Score(gold, pred, opt)
	if err != nil {
		t.Fatal(err)
	}
	p := &Page{
		Gold: []string{"testdata/gold.jsonl"}, Predictions: predictions, Command: "onrecord eval --gold testdata/gold.jsonl " + predictions,
		Version: "1.2.3", Resamples: 200, MadeBy: "1.2.2", Models: []Model{{"quote", "00ff"}}, Articles: gold, Report: r,
	}
	if p.Cases, _, err = eval.Cases(gold, pred, opt, 1<<30); err != nil {
		t.Fatal(err)
	}
	if against != "" {
		a := &Against{Name: against}
		other := read(t, against)
		if a.Differences, err = eval.Compare(gold, other, pred, opt); err != nil {
			t.Fatal(err)
		}
		if a.Changes, a.Counts, err = eval.Changes(gold, other, pred, opt); err != nil {
			t.Fatal(err)
		}
		p.Against = a
	}
	return p
}

func read(t testing.TB, path string) (docs []*pipeline.Document) {
	t.Helper()
	for d, err := range goldform.ReadPath(path) {
		if err != nil {
			t.Fatal(err)
		}
		docs = append(docs, d)
	}
	return docs
}

func write(t testing.TB, p *Page) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, p); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// The golden page holds every part of a report over three small articles, one
// of them hostile. go test -update writes it anew: look at it in a browser
// then.
func TestGolden(t *testing.T) {
	got := write(t, page(t, "testdata/b.jsonl", "testdata/a.jsonl"))
	const file = "testdata/report.golden.html"
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		g, w := strings.Split(string(got), "\n"), strings.Split(string(want), "\n")
		for i := range g {
			if i >= len(w) || g[i] != w[i] {
				t.Fatalf("%s is another from line %d on:\n%s\nRun go test -update, and look at what it makes.", file, i+1, g[i])
			}
		}
		t.Fatalf("%s is longer", file)
	}
}

// parse parses a page as browsers do.
func parse(t *testing.T, b []byte) *html.Node {
	t.Helper()
	n, err := html.Parse(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func text(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// hostile is what stands in title, text and targets of the third article.
const hostile = `</script><img src=x onerror=alert(1)>`

// Whatever an article holds is text in the page: the page has no element and
// no attribute that its template does not have.
func TestWordsStayText(t *testing.T) {
	doc := parse(t, write(t, page(t, "testdata/b.jsonl", "testdata/a.jsonl")))
	known := strings.Fields("html head meta title style body a header h1 h2 h3 h4 h5 p bdi nav ul li main section div table caption thead tbody tfoot tr th td code span em dl dt dd svg path circle text details summary mark")
	attrs := strings.Fields("lang charset http-equiv content name class href id aria-labelledby aria-label aria-hidden role tabindex scope colspan viewBox preserveAspectRatio d cx cy r x y transform open")
	seen := 0
	for n := range doc.Descendants() {
		switch n.Type {
		case html.ElementNode:
			if !slices.Contains(known, n.Data) {
				t.Errorf("there is an element %s", n.Data)
			}
			for _, a := range n.Attr {
				if !slices.Contains(attrs, a.Key) || a.Key == "href" && !strings.HasPrefix(a.Val, "#") {
					t.Errorf("%s has %s=%q", n.Data, a.Key, a.Val)
				}
			}
		case html.TextNode:
			if strings.Contains(n.Data, hostile) {
				seen++
			}
		case html.CommentNode:
			t.Errorf("there is a comment: %q", n.Data)
		}
	}
	if seen < 4 { // title, excerpts, targets
		t.Errorf("the hostile words stand in %d places", seen)
	}
}

// Excerpts are the words of the articles, byte for byte, and words that
// change the direction of writing are kept within an element of their own.
func TestExcerptsAreVerbatim(t *testing.T) {
	p := page(t, "testdata/b.jsonl", "")
	all := ""
	for _, a := range p.Articles {
		all += a.Doc.Text + "\x00"
	}
	doc := parse(t, write(t, p))
	excerpts := 0
	for n := range doc.Descendants() {
		if n.DataAtom != atom.P || attr(n, "class") != "excerpt" {
			continue
		}
		excerpts++
		bdi := n.FirstChild
		if bdi.Data != "bdi" || bdi.NextSibling != nil {
			t.Fatalf("an excerpt does not stand in a bdi: %q", text(n))
		}
		part := ""
		for c := range bdi.ChildNodes() {
			if attr(c, "class") == "cut" {
				part = ""
				continue
			}
			if c.Type != html.ElementNode || strings.IndexFunc(text(c), func(r rune) bool { return r == utf8.RuneError }) >= 0 {
				t.Errorf("words outside of elements, or cut characters: %q", text(c))
			}
			if part += text(c); !strings.Contains(all, part) {
				t.Errorf("no article holds %q", part)
			}
		}
	}
	if excerpts != len(p.Cases) || excerpts == 0 {
		t.Errorf("%d excerpts of %d cases", excerpts, len(p.Cases))
	}
}

// Every cell off the diagonal leads to as many cases as it counts, and every
// link of the page leads somewhere.
func TestLinksLeadToTheirCases(t *testing.T) {
	doc := parse(t, write(t, page(t, "testdata/b.jsonl", "testdata/a.jsonl")))
	byID := map[string]*html.Node{}
	for n := range doc.Descendants() {
		if id := attr(n, "id"); id != "" {
			if byID[id] != nil {
				t.Errorf("two elements have the id %s", id)
			}
			byID[id] = n
		}
	}
	cells := 0
	for n := range doc.Descendants() {
		if n.DataAtom != atom.A {
			continue
		}
		to := byID[strings.TrimPrefix(attr(n, "href"), "#")]
		if to == nil {
			t.Errorf("%s leads nowhere", attr(n, "href"))
			continue
		}
		if n.Parent.DataAtom != atom.Td {
			continue
		}
		cells++
		cases := 0
		for c := range to.Descendants() {
			if attr(c, "class") == "case" {
				cases++
			}
		}
		if want := text(n); want != fmt.Sprint(cases) {
			t.Errorf("%s counts %s, and leads to %d cases", attr(n, "href"), want, cases)
		}
	}
	if cells < 8 {
		t.Errorf("%d cells have links", cells)
	}
}

// Readers of screens find names: one h1, no level left out, every table with a
// caption and scoped heads, every region and drawing named or hidden.
func TestNames(t *testing.T) {
	doc := parse(t, write(t, page(t, "testdata/b.jsonl", "testdata/a.jsonl")))
	level, tables := 0, 0
	for n := range doc.Descendants() {
		switch n.Data {
		case "h1", "h2", "h3", "h4", "h5":
			l := int(n.Data[1] - '0')
			if n.Type == html.ElementNode && (l > level+1 || l == 1 && level > 0) {
				t.Errorf("%s %q follows level %d", n.Data, text(n), level)
			}
			level = l
		case "table":
			tables++
			if first := n.FirstChild.NextSibling; first.Data != "caption" || text(first) == "" {
				t.Errorf("a table begins with %s", first.Data)
			}
		case "th":
			if attr(n, "scope") == "" {
				t.Errorf("th %q has no scope", text(n))
			}
		case "svg":
			if attr(n, "aria-hidden") != "true" && attr(n, "aria-label") == "" {
				t.Error("a drawing without a name")
			}
		}
		if attr(n, "role") == "region" && (attr(n, "aria-label") == "" || attr(n, "tabindex") != "0") {
			t.Error("a region without a name, or that the keyboard cannot scroll")
		}
	}
	if tables < 12 {
		t.Errorf("%d tables", tables)
	}
}

// A run compared with itself has changed in nothing.
func TestAgainstItself(t *testing.T) {
	p := page(t, "testdata/b.jsonl", "testdata/b.jsonl")
	v := newView(p)
	c := v.Compared
	if c.Fixed+c.Broken+c.Better+c.Worse+c.BetterA+c.WorseA != 0 || c.Still != len(p.Cases) {
		t.Errorf("%+v", c)
	}
	for _, f := range c.Figures {
		for _, r := range f.Rows {
			if r.Diff != "0.0" || r.A != r.B || r.Verdict != "the same" {
				t.Errorf("%+v", r)
			}
		}
	}
}

// Gold against itself: nothing is wrong, and nothing can be said of
// confidences.
func TestNothingWrong(t *testing.T) {
	got := string(write(t, page(t, "testdata/gold.jsonl", "")))
	for _, want := range []string{"<h2 id=\"errors\">Errors</h2>\n<p>None.</p>", "These predictions have no confidences: every one of the 10 rows is at 100%, and 100.0% of them are right."} {
		if !strings.Contains(got, want) {
			t.Errorf("the page does not hold %q", want)
		}
	}
}

// What a difference is called: the words go with interval, correction and
// numbers.
func TestVerdict(t *testing.T) {
	row := func(low, diff, high, adjusted, n float64) eval.Difference {
		return eval.Difference{Row: eval.Row{Name: "claims", Stat: "f1", HasInterval: true, Gold: n}, Diff: diff, Lowest: low, Highest: high, Adjusted: adjusted}
	}
	for _, c := range []struct {
		d    eval.Difference
		few  bool
		want string
	}{
		{row(1, 3, 5, 0.01, 100), false, "better, significant"},
		{row(-5, -3, -1, 0.01, 100), false, "worse, significant"},
		{row(1, 3, 5, 0.2, 100), false, "better, if taken alone"},
		{row(-5, -3, -1, 0.2, 100), false, "worse, if taken alone"},
		{row(-1, 3, 5, 1, 100), false, "not significant"},
		{row(0, 0, 0, 1, 100), false, "the same"},
		{row(1, 3, 5, 0.01, 19), false, "too few to tell"},
		{row(1, 3, 5, 0.01, 100), true, "too few to tell"},
	} {
		if got := newDiffRow(&c.d, 10, c.few).Verdict; got != c.want {
			t.Errorf("%+v: %s, want %s", c.d, got, c.want)
		}
	}
}

// Excerpts in marked text: [statement], <gold>, {got}, (both), … for what is
// left out, ¶ for line breaks.
func TestExcerpt(t *testing.T) {
	long := strings.Repeat("Nothing of note happened. ", 30)
	span := func(text, words string) []pipeline.Span {
		i := strings.Index(text, words)
		return []pipeline.Span{{Start: i, End: i + len(words)}}
	}
	for _, c := range []struct {
		name, text           string
		statement, gold, got string
		want                 string
	}{
		{"whole", "Ann said rain fell.", "rain fell", "Ann", "said", "<Ann> {said} [rain fell]."},
		{"overlap", "Ann said rain fell hard.", "rain fell", "fell hard", "rain fell", "Ann said [{rain }][(fell)]< hard>."},
		{"line breaks", "Ann\n\n said\nrain.", "rain", "", "", "Ann¶said¶[rain]."},
		{"at the end", long + "Rain fell", "Rain fell", "", "", "…Nothing of note happened. Nothing of note happened. Nothing of note happened. Nothing of note happened. [Rain fell]"},
		{"far apart", "Ann left. " + long + "Rain fell. " + long, "Rain", "Ann", "", "<Ann> left. Nothing of note happened. Nothing of note happened. Nothing of note happened. Nothing of note…Nothing of note happened. Nothing of note happened. Nothing of note happened. Nothing of note happened. [Rain] fell. Nothing of note happened. Nothing of note happened. Nothing of note happened. Nothing of note…"},
		{"a long word", strings.Repeat("é", 200) + "!", "!", "", "", "…" + strings.Repeat("é", 50) + "[!]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var gold, got []pipeline.Span
			if c.gold != "" {
				gold = span(c.text, c.gold)
			}
			if c.got != "" {
				got = span(c.text, c.got)
			}
			var b strings.Builder
			for _, p := range excerpt(c.text, span(c.text, c.statement), gold, got) {
				words := p.Words
				switch {
				case p.Cut:
					words = "…"
				case p.Break:
					words = "¶"
				}
				if m := map[string]string{"gold": "<>", "got": "{}", "both": "()"}[p.Side]; m != "" {
					words = m[:1] + words + m[1:]
				}
				if p.Statement {
					words = "[" + words + "]"
				}
				b.WriteString(words)
			}
			if b.String() != c.want {
				t.Errorf("got  %s\nwant %s", b.String(), c.want)
			}
		})
	}
}

// Chromium runs nothing of it, keeps to the policy, and opens what a link
// leads to.
func TestInBrowser(t *testing.T) {
	b := write(t, page(t, "testdata/b.jsonl", "testdata/a.jsonl"))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Write(b)
	}))
	defer server.Close()
	tab := browser.Open(t, browser.Wide)
	tab.Go(server.URL)
	tab.Shot("report-wide-light")
	if n := browser.Eval[int](tab, `document.querySelectorAll("img, script").length`); n != 0 {
		t.Errorf("%d pictures or scripts came out of the words", n)
	}
	if ground := browser.Eval[string](tab, `getComputedStyle(document.documentElement).backgroundColor`); ground == "rgba(0, 0, 0, 0)" {
		t.Error("the style sheet is not in force")
	}
	tab.Click(`a[href="#wrong-stance-of-claim.oppose.neutral"]`)
	tab.Await(`document.getElementById("wrong-stance-of-claim.oppose.neutral").checkVisibility()`)
	tab.Shot("report-errors")
	for _, size := range []browser.Size{browser.Wide, browser.Narrow} {
		tab.Resize(size)
		if over := browser.Eval[float64](tab, `document.documentElement.scrollWidth - innerWidth`); over > 0 {
			t.Errorf("at a width of %d the page is %v wider than the window", size.Width, over)
		}
	}
	tab.Dark(true)
	tab.Shot("report-narrow-dark")
	tab.Quiet()
}

// BenchmarkWrite writes a page with many errors.
func BenchmarkWrite(b *testing.B) {
	p := page(b, "testdata/b.jsonl", "")
	for len(p.Cases) < 5000 {
		p.Cases = append(p.Cases, p.Cases...)
	}
	slices.SortStableFunc(p.Cases, func(x, y eval.Case) int { return strings.Compare(x.Kind, y.Kind) })
	for b.Loop() {
		b.SetBytes(int64(len(write(b, p))))
	}
}
