package ingest

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"codeberg.org/readeck/go-readability/v2"
	"github.com/markusmobius/go-trafilatura"
	"golang.org/x/net/html"

	"github.com/onrecord-nlp/onrecord/internal/shared"
)

// newsPage is a page of data/html_news with what people say is on it.
type newsPage struct {
	HTML, URL, Site, Title, Authors, Date, Text string

	page string
}

func newsPages(tb testing.TB) []newsPage {
	tb.Helper()
	dir := shared.Path(tb, "data/html_news")
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

// half is the half of the sites that a page belongs to: the body's model was
// trained on the first, and its errors were read; the second was only measured.
func (p *newsPage) half() int { return int(p.site()>>4) % 2 }

// site is a hash of the page's host.
func (p *newsPage) site() uint32 {
	host := strings.TrimPrefix(strings.TrimPrefix(p.Site, "http://"), "https://")
	host, _, _ = strings.Cut(host, "/")
	h := fnv.New32a()
	io.WriteString(h, strings.TrimPrefix(host, "www."))
	return h.Sum32()
}

// overlap is the precision, the recall and the F1 of words, counted as often as
// they occur.
func overlap(gold, found string) (s [3]float64) {
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
		return s
	}
	p, r := float64(hits)/float64(len(have)), float64(hits)/float64(len(want))
	return [3]float64{p, r, 2 * p * r / (p + r)}
}

// What is measured on a page. NaN where people say nothing to compare with.
const (
	bodyPrecision = iota
	bodyRecall
	bodyF1
	bodyGood // F1 of 0.9 and more
	titleRight
	bylineRight
	dateRight
	measures
)

var measureNames = [measures]string{"body precision", "body recall", "body F1", "body F1 ≥ 0.9", "title", "byline", "date"}

// measure compares what was read of a page with what people say.
func (p *newsPage) measure(title, byline, text string, published time.Time) (m [measures]float64) {
	s := overlap(p.Text, text)
	m[bodyPrecision], m[bodyRecall], m[bodyF1] = s[0], s[1], s[2]
	m[bodyGood] = float64(count(s[2] >= 0.9))
	m[titleRight] = float64(count(strings.Join(words(title), " ") == strings.Join(words(p.Title), " ")))
	m[bylineRight], m[dateRight] = math.NaN(), math.NaN()
	if p.Authors != "" {
		m[bylineRight] = float64(count(sameNames(byline, p.Authors)))
	}
	if p.Date != "" {
		m[dateRight] = float64(count(published.Format(time.DateOnly) == p.Date))
	}
	return m
}

// byTrafilatura reads a page with go-trafilatura alone.
func byTrafilatura(p *newsPage) (m [measures]float64) {
	res, err := trafilatura.Extract(strings.NewReader(p.page), trafilatura.Options{ExcludeComments: true, HtmlDateMode: trafilatura.Fast})
	if err != nil {
		res = new(trafilatura.ExtractResult)
	}
	return p.measure(res.Metadata.Title, res.Metadata.Author, res.ContentText, res.Metadata.Date)
}

// byReadability reads a page with go-readability alone.
func byReadability(p *newsPage) (m [measures]float64) {
	doc, err := html.Parse(strings.NewReader(p.page))
	if err != nil {
		return p.measure("", "", "", time.Time{})
	}
	a, err := readability.FromDocument(doc, nil)
	if err != nil || a.Node == nil {
		return p.measure("", "", "", time.Time{})
	}
	var b strings.Builder
	a.RenderText(&b)
	published, _ := a.PublishedTime()
	return p.measure(a.Title(), a.Byline(), b.String(), published)
}

// byUs reads a page with this package.
func byUs(p *newsPage) [measures]float64 {
	got, err := readPage(p.page)
	if err != nil {
		panic(err)
	}
	return p.measure(got.title, got.byline, got.text, got.published)
}

// mean is the mean over pages of a measure, where it has a value.
func mean(scores [][measures]float64, measure int, pages []int) (mean float64, n int) {
	for _, i := range pages {
		if v := scores[i][measure]; !math.IsNaN(v) {
			mean += v
			n++
		}
	}
	return mean / float64(n), n
}

// interval is the 95% bootstrap interval of a mean over pages, drawn by site:
// pages of one site go right or wrong together (B. Efron, "Bootstrap Methods",
// Annals of Statistics 1979).
func interval(value func(pages []int) float64, bySite [][]int) (low, high float64) {
	rng := rand.New(rand.NewPCG(1, 2))
	values := make([]float64, 1000)
	var pages []int
	for k := range values {
		pages = pages[:0]
		for range bySite {
			pages = append(pages, bySite[rng.IntN(len(bySite))]...)
		}
		values[k] = value(pages)
	}
	slices.Sort(values)
	return values[25], values[974]
}

// TestExtraction measures body, title, byline and date on 361 news pages of
// 211 sites against what people took for them, beside the extractors alone
// (docs/html.md shows the table). The people's bodies hold captions on some pages
// and not on others, and stop early on some, so that 100 is not to be had.
func TestExtraction(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	pages := newsPages(t)
	readers := []struct {
		name string
		read func(*newsPage) [measures]float64
	}{{"onrecord", byUs}, {"go-trafilatura", byTrafilatura}, {"go-readability", byReadability}}
	scores := make([][][measures]float64, len(readers))
	for k, r := range readers {
		for i := range pages {
			scores[k] = append(scores[k], r.read(&pages[i]))
		}
	}
	floors := [measures]float64{0.915, 0.960, 0.925, 0.84, 0.91, 0.82, 0.75}
	for half, title := range []string{"sites looked at", "sites only measured"} {
		var of []int
		sites := make(map[uint32]int)
		var bySite [][]int
		for i := range pages {
			if pages[i].half() != half {
				continue
			}
			of = append(of, i)
			k, ok := sites[pages[i].site()]
			if !ok {
				k = len(bySite)
				sites[pages[i].site()] = k
				bySite = append(bySite, nil)
			}
			bySite[k] = append(bySite[k], i)
		}
		t.Logf("%d pages of %d %s", len(of), len(bySite), title)
		for m := range measures {
			line := fmt.Sprintf("%-15s", measureNames[m])
			for k, r := range readers {
				v, n := mean(scores[k], m, of)
				low, high := interval(func(pages []int) float64 { v, _ := mean(scores[k], m, pages); return v }, bySite)
				line += fmt.Sprintf(" | %s %.1f (%.1f–%.1f)", r.name, 100*v, 100*low, 100*high)
				if k == 0 && v < floors[m] {
					t.Errorf("%s: %s fell to %.1f%% of %d", title, measureNames[m], 100*v, n)
				}
			}
			for k := 1; k < len(readers); k++ {
				low, high := interval(func(pages []int) float64 {
					a, _ := mean(scores[0], m, pages)
					b, _ := mean(scores[k], m, pages)
					return a - b
				}, bySite)
				line += fmt.Sprintf(" | better than %s by %.1f to %.1f", readers[k].name, 100*low, 100*high)
			}
			t.Log(line)
		}
	}
}

// TestParagraphs holds that a line that people saw is one of ours, neither cut
// nor glued.
func TestParagraphs(t *testing.T) {
	var whole, paragraphs int
	for _, g := range newsPages(t) {
		p, err := readPage(g.page)
		if err != nil {
			t.Error(g.HTML, err)
			continue
		}
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
