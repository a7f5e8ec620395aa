package ingest

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"codeberg.org/readeck/go-readability/v2"
	"github.com/markusmobius/go-trafilatura"
	"golang.org/x/net/html"
)

// sharedDir returns the folder named shared beside the repository, or the one
// that ONRECORD_SHARED names; it skips the test where there is none.
func sharedDir(tb testing.TB) string {
	tb.Helper()
	if dir := os.Getenv("ONRECORD_SHARED"); dir != "" {
		return dir
	}
	dir, err := filepath.Abs(".")
	if err != nil {
		tb.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		if dir == filepath.Dir(dir) {
			tb.Skip("no go.mod above this folder")
		}
		dir = filepath.Dir(dir)
	}
	shared := filepath.Join(filepath.Dir(dir), "shared")
	if _, err := os.Stat(shared); err != nil {
		tb.Skip("the folder shared is not beside the repository: set ONRECORD_SHARED to measure on it")
	}
	return shared
}

// newsPage is a page of data/html_news with what people say is on it.
type newsPage struct {
	HTML, URL, Title, Authors, Date, Text string

	page string
}

func newsPages(tb testing.TB) []newsPage {
	tb.Helper()
	dir := filepath.Join(sharedDir(tb), "data", "html_news")
	f, err := os.Open(filepath.Join(dir, "gold.jsonl"))
	if err != nil {
		tb.Skip("no html_news: ", err)
	}
	defer f.Close()
	var pages []newsPage
	for dec := json.NewDecoder(f); ; {
		var p newsPage
		if err := dec.Decode(&p); err == io.EOF {
			return pages
		} else if err != nil {
			tb.Fatal(err)
		}
		zipped, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(p.HTML)))
		if err != nil {
			tb.Fatal(err)
		}
		z, err := gzip.NewReader(bytes.NewReader(zipped))
		if err != nil {
			tb.Fatal(err)
		}
		raw, err := io.ReadAll(z)
		if err != nil {
			tb.Fatal(err)
		}
		p.page, _, err = decodeHTML(raw, nil)
		if err != nil {
			tb.Fatal(p.HTML, err)
		}
		pages = append(pages, p)
	}
}

func words(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// score holds sums over pages of precision, recall and F1 of words, counted as
// often as they occur.
type score struct{ p, r, f float64 }

func (s *score) add(gold, found string) {
	left := make(map[string]int)
	want := words(gold)
	for _, w := range want {
		left[w]++
	}
	have := words(found)
	hits := 0
	for _, w := range have {
		if left[w] > 0 {
			left[w]--
			hits++
		}
	}
	if hits == 0 {
		return
	}
	p, r := float64(hits)/float64(len(have)), float64(hits)/float64(len(want))
	s.p += p
	s.r += r
	s.f += 2 * p * r / (p + r)
}

func (s score) of(n int) string {
	k := 100 / float64(n)
	return fmt.Sprintf("precision %.1f, recall %.1f, F1 %.1f", s.p*k, s.r*k, s.f*k)
}

// TestExtraction measures body, title, authors and date on 361 news pages of
// 211 sites against what people took for them, beside the extractors alone. The
// people's bodies hold captions on some pages and not on others, so that 100 is
// not to be had.
func TestExtraction(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	pages := newsPages(t)
	var ours, plainT, plainR score
	var title, titleT, date, dateT, dated, author, authorT, authored int
	var whole, paragraphs int
	for _, g := range pages {
		p, err := readPage(g.page)
		if err != nil {
			t.Error(g.HTML, err)
			continue
		}
		ours.add(g.Text, p.text)
		res, err := trafilatura.Extract(strings.NewReader(g.page), trafilatura.Options{ExcludeComments: true, HtmlDateMode: trafilatura.Fast})
		if err != nil {
			res = new(trafilatura.ExtractResult)
		}
		plainT.add(g.Text, res.ContentText)
		if doc, err := html.Parse(strings.NewReader(g.page)); err == nil {
			if a, err := readability.FromDocument(doc, nil); err == nil && a.Node != nil {
				var b strings.Builder
				a.RenderText(&b)
				plainR.add(g.Text, b.String())
			}
		}
		same := func(s string) bool {
			return strings.Join(words(s), " ") == strings.Join(words(g.Title), " ")
		}
		title += count(same(p.title))
		titleT += count(same(res.Metadata.Title))
		if g.Date != "" {
			dated++
			date += count(p.published.Format("2006-01-02") == g.Date)
			dateT += count(res.Metadata.Date.Format("2006-01-02") == g.Date)
		}
		if g.Authors != "" {
			authored++
			author += count(sameNames(p.byline, g.Authors))
			authorT += count(sameNames(res.Metadata.Author, g.Authors))
		}
		// A line that people saw must be one of ours, neither cut nor glued.
		have := make(map[string]bool)
		all := strings.Join(words(p.text), " ")
		for par := range strings.SplitSeq(p.text, "\n") {
			have[strings.Join(words(par), " ")] = true
		}
		for par := range strings.SplitSeq(g.Text, "\n") {
			if k := strings.Join(words(par), " "); len(k) > 100 && strings.Contains(all, k) {
				paragraphs++
				whole += count(have[k])
			}
		}
	}
	n := len(pages)
	if best := max(plainT.f, plainR.f); ours.f < best || ours.f < 0.92*float64(n) {
		t.Errorf("F1 of the body fell to %.1f; 92.3 was measured", 100*ours.f/float64(n))
	}
	if title < 330 || date < 280 || author < 260 {
		t.Error("title, date or authors are found less often than 332, 282 and 264 times")
	}
	t.Logf("body, this package:      %s", ours.of(n))
	t.Logf("body, trafilatura alone: %s", plainT.of(n))
	t.Logf("body, readability alone: %s", plainR.of(n))
	t.Logf("title %d of %d (trafilatura %d), date %d of %d (trafilatura %d), authors %d of %d (trafilatura %d)",
		title, n, titleT, date, dated, dateT, author, authored, authorT)
	t.Logf("of %d paragraphs or lines whose words were found in order, %d stand by themselves", paragraphs, whole)
	if whole*100 < paragraphs*98 {
		t.Error("paragraphs are cut or glued")
	}
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}

// sameNames reports whether two lists of authors hold the same words, in any
// order.
func sameNames(a, b string) bool {
	x, y := make(map[string]bool), make(map[string]bool)
	for _, w := range words(a) {
		x[w] = w != "and" && w != "by"
	}
	for _, w := range words(b) {
		y[w] = w != "and" && w != "by"
	}
	for w := range x {
		if x[w] && !y[w] {
			return false
		}
	}
	for w := range y {
		if y[w] && !x[w] {
			return false
		}
	}
	return true
}

// TestExtractionRepeats reads some pages again: what an extractor makes of a page
// must not hang on the order of a map.
func TestExtractionRepeats(t *testing.T) {
	pages := newsPages(t)
	for i := 0; i < len(pages); i += 8 {
		first, err := readPage(pages[i].page)
		if err != nil {
			t.Error(pages[i].HTML, err)
			continue
		}
		for range 3 {
			if again, _ := readPage(pages[i].page); again != first {
				t.Errorf("%s: read again, it is another page", pages[i].HTML)
			}
		}
	}
}
