// Package corpus makes labelled documents to train and measure package clean
// on: pages with their furniture, articles without any, and mixtures of both.
//
// It reads the corpora named by its functions (raw news pages with gold body
// text; articles as one JSON object a line) and writes pipeline.Documents
// whose LayerBlocks is gold.
package corpus

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io"
	"iter"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/onrecord-nlp/onrecord/pipeline"
)

// Line is one labelled line of a page.
type Line struct {
	Text string
	Kind pipeline.BlockKind
	Para bool // a blank line stands before it where the page shows one
}

// Page is a page as labelled lines.
type Page struct {
	ID, Site      string
	Title, Byline string
	Lines         []Line
}

// Group returns the number under which the site's pages are kept together.
func (p *Page) Group() uint32 { return siteHash(p.Site) }

// HeldOut reports whether the page's site is one of the fifth of all sites
// that are kept for measuring.
func (p *Page) HeldOut() bool { return siteHash(p.Site)%5 == 0 }

func siteHash(site string) uint32 {
	h := fnv.New32a()
	io.WriteString(h, site)
	x := h.Sum32()
	return (x ^ x>>15) * 0x85EBCA6B >> 3
}

// minCoverage is the share of the gold body that must be found on a page for
// its labels to be trusted.
const minCoverage = 0.75

// HTMLNews reads the pages listed in dir/gold.jsonl (fields html, url, title,
// authors, text; the html files gzipped) and labels all their visible text.
// Pages on which less than three quarters of the gold body is found, and
// those that hold many more paragraphs than it, are left out and counted.
func HTMLNews(dir string) (pages []*Page, leftOut int, err error) {
	for g, err := range golds(dir) {
		if err != nil {
			return nil, 0, err
		}
		lines, err := readPage(filepath.Join(dir, g.HTML))
		if err != nil {
			return nil, 0, err
		}
		kinds, coverage := label(lines, goldPage{g.Title, g.Authors, g.Text})
		if coverage < minCoverage {
			leftOut++
			continue
		}
		p := &Page{ID: g.HTML, Site: siteOf(g.URL), Title: g.Title, Byline: g.Authors}
		for i, l := range lines {
			p.Lines = append(p.Lines, Line{l.text, kinds[i], l.para})
		}
		if doubt(p.Lines) {
			leftOut++
			continue
		}
		pages = append(pages, p)
	}
	return pages, leftOut, nil
}

// Gold is what dir/gold.jsonl says of a page.
type Gold struct{ HTML, URL, Title, Authors, Text string }

// Bodies reads dir/gold.jsonl; the keys are the names of the HTML files.
func Bodies(dir string) (map[string]Gold, error) {
	out := make(map[string]Gold)
	for g, err := range golds(dir) {
		if err != nil {
			return nil, err
		}
		out[filepath.Base(g.HTML)] = g
	}
	return out, nil
}

func golds(dir string) iter.Seq2[Gold, error] {
	return func(yield func(Gold, error) bool) {
		f, err := os.Open(filepath.Join(dir, "gold.jsonl"))
		if err != nil {
			yield(Gold{}, err)
			return
		}
		defer f.Close()
		dec := json.NewDecoder(bufio.NewReader(f))
		for n := 1; ; n++ {
			var g Gold
			err := dec.Decode(&g)
			if err == io.EOF {
				return
			}
			if err != nil {
				yield(Gold{}, fmt.Errorf("corpus: %s, record %d: %w", f.Name(), n, err))
				return
			}
			if !yield(g, nil) {
				return
			}
		}
	}
}

// doubt takes the label from paragraphs that the gold body lacks but that
// stand between its paragraphs, or right after them, and read like them. It
// reports whether the gold body misses so many paragraphs that the page is
// no use.
func doubt(lines []Line) bool {
	body, missed := 0, 0
	for i := range lines {
		if lines[i].Kind == pipeline.BlockBody {
			body++
		}
		if lines[i].Kind != pipeline.BlockBoilerplate || i == 0 || soundsLikeFurniture(lines[i].Text) {
			continue
		}
		before := lines[i-1].Kind == pipeline.BlockBody || lines[i-1].Kind == unknown
		after := i+1 < len(lines) && lines[i+1].Kind == pipeline.BlockBody
		words := len(strings.Fields(lines[i].Text))
		if before && (after && words >= 12 || words >= 25) {
			lines[i].Kind = unknown
		}
		if words >= 30 {
			missed++
		}
	}
	return 3*missed > body
}

// soundsLikeFurniture reports whether a paragraph outside the gold body talks
// to the reader or about the author.
func soundsLikeFurniture(s string) bool {
	s = strings.ToLower(s)
	for _, w := range []string{"newsletter", "subscri", "sign up", "click", "commission", "cookie", "copyright", "comment", "advertis", "follow ", "join us", "inbox", "read more", "more from", "download", "reporter for", "editor ", "is a writer", "writes for", "staff", "@", "http", "©", "our ", "privacy", "terms", "contributed", "related", "watch", "email", "podcast", "this story", "this article", "author"} {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}

func readPage(path string) ([]pageLine, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, fmt.Errorf("corpus: %s: %w", path, err)
	}
	lines, err := visibleText(z)
	if err != nil {
		return nil, fmt.Errorf("corpus: %s: %w", path, err)
	}
	return lines, nil
}

// siteOf returns the last two labels of the host, three for names such as
// example.co.uk.
func siteOf(rawURL string) string {
	u, err := url.Parse(rawURL)
	if err != nil {
		return rawURL
	}
	parts := strings.Split(u.Hostname(), ".")
	n := 2
	if len(parts) > 2 && len(parts[len(parts)-1]) == 2 && len(parts[len(parts)-2]) <= 3 {
		n = 3
	}
	return strings.Join(parts[max(0, len(parts)-n):], ".")
}

// Layout says how the lines of a page are set between one another.
type Layout uint8

// Layouts.
const (
	AsShown Layout = iota // blank lines where the page shows them
	Single                // a line break
	Double                // a blank line
)

// Glue is put between two lines of a page by [Page.Document] where it returns
// true, so that they stand in one line of text.
type Glue func(before, after Line) bool

// Document sets the page as one text with gold blocks. Title and byline are
// set where named is true.
func (p *Page) Document(layout Layout, named bool, glue Glue) *pipeline.Document {
	d := &pipeline.Document{ID: p.ID, Source: p.Site}
	if named {
		d.Title, d.Byline = p.Title, p.Byline
	}
	var b strings.Builder
	for i, l := range p.Lines {
		if i > 0 {
			switch {
			case glue != nil && glue(p.Lines[i-1], l):
				b.WriteString(" ")
			case layout == Double || layout == AsShown && l.Para:
				b.WriteString("\n\n")
			default:
				b.WriteString("\n")
			}
		}
		start := b.Len()
		b.WriteString(l.Text)
		if l.Kind == unknown {
			continue
		}
		d.Blocks = append(d.Blocks, pipeline.Block{Span: pipeline.Span{Start: start, End: b.Len()}, Kind: l.Kind})
	}
	d.Text = b.String()
	d.Mark(pipeline.LayerBlocks)
	return d
}

// Crop returns the page without some of its first and last lines, as a reader
// would mark and copy it. The article itself stays.
func (p *Page) Crop(rng *rand.Rand) *Page {
	first, last := p.article()
	q := *p
	from, to := 0, len(p.Lines)
	if first > 0 && rng.IntN(4) > 0 {
		from = first - rng.IntN(min(first, 12)+1)
	}
	if rest := len(p.Lines) - last - 1; rest > 0 && rng.IntN(4) > 0 {
		to = last + 1 + rng.IntN(min(rest, 25)+1)
	}
	q.Lines = p.Lines[from:to]
	return &q
}

// article returns the first and the last line of speech.
func (p *Page) article() (first, last int) {
	first, last = len(p.Lines), -1
	for i, l := range p.Lines {
		if l.Kind.Speech() {
			first, last = min(first, i), i
		}
	}
	if last < 0 {
		return 0, len(p.Lines) - 1
	}
	return first, last
}
