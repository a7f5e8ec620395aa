package body

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"hash/fnv"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"codeberg.org/readeck/go-readability/v2"
	"github.com/markusmobius/go-trafilatura"
	"golang.org/x/net/html"
	"golang.org/x/net/html/charset"

	"github.com/onrecord-nlp/onrecord/internal/shared"
	"github.com/onrecord-nlp/onrecord/pipeline/ingest/internal/markup"
)

// sample is a page whose body is known.
type sample struct {
	name   string
	site   uint32
	source string
	page   *markup.Page
	about  About
	gold   string
	others string    // of a gold page: the body that go-trafilatura finds
	silver bool      // the body was found by a program
	labels []bool    // of each paragraph: whether it is body
	weight []float64 // of each paragraph: what a mistake costs
}

func newSample(name, address string, src []byte, gold string) *sample {
	s := &sample{name: name, site: siteOf(address), source: decode(src), gold: gold}
	s.page = markup.Read(s.source)
	s.about = aboutOf(s.page)
	s.label()
	return s
}

// decode returns a page in UTF-8.
func decode(src []byte) string {
	if !utf8.Valid(src) {
		if r, err := charset.NewReader(bytes.NewReader(src), "text/html"); err == nil {
			if decoded, err := io.ReadAll(r); err == nil {
				src = decoded
			}
		}
	}
	return strings.ToValidUTF8(string(src), "\uFFFD")
}

// half is the half of the sites that a page belongs to: the model is trained on
// the first.
func (s *sample) half() uint32 { return s.site >> 4 % 2 }

// siteOf is a hash of an address's host.
func siteOf(address string) uint32 {
	h := fnv.New32a()
	if u, err := url.Parse(address); err == nil {
		io.WriteString(h, strings.TrimPrefix(u.Host, "www."))
	}
	return h.Sum32()
}

// aboutOf collects what a page says of its article, near enough to what package
// ingest does.
func aboutOf(p *markup.Page) About {
	meta := func(names ...string) string {
		for _, name := range names {
			for _, m := range p.Metas {
				if m.Name == name {
					return m.Content
				}
			}
		}
		return ""
	}
	a := About{Title: meta("og:title"), Description: meta("og:description", "description")}
	var find func(v any) string
	find = func(v any) string {
		switch v := v.(type) {
		case map[string]any:
			if s, ok := v["articleBody"].(string); ok {
				return s
			}
			return find(v["@graph"])
		case []any:
			for _, e := range v {
				if s := find(e); s != "" {
					return s
				}
			}
		}
		return ""
	}
	for _, script := range p.LinkedData {
		var v any
		if json.Unmarshal([]byte(script), &v) == nil {
			if s := find(v); s != "" {
				a.Article = markup.Text(markup.Unescape(s))
				break
			}
		}
	}
	return a
}

// goldPages reads data/html_news.
func goldPages(tb testing.TB) []*sample {
	tb.Helper()
	dir := shared.Path(tb, "data/html_news")
	f, err := os.Open(filepath.Join(dir, "gold.jsonl"))
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	var out []*sample
	for dec := json.NewDecoder(f); ; {
		var g struct{ HTML, Site, Text string }
		if err := dec.Decode(&g); err == io.EOF {
			return out
		} else if err != nil {
			tb.Fatal(err)
		}
		zipped, err := os.ReadFile(filepath.Join(dir, g.HTML))
		if err != nil {
			tb.Fatal(err)
		}
		z, err := gzip.NewReader(bytes.NewReader(zipped))
		if err != nil {
			tb.Fatal(err)
		}
		src, err := io.ReadAll(z)
		if err != nil {
			tb.Fatal(err)
		}
		s := newSample(g.HTML, g.Site, src, g.Text)
		res, err := trafilatura.Extract(strings.NewReader(s.source), trafilatura.Options{
			Focus: trafilatura.FavorRecall, ExcludeComments: true, HtmlDateMode: trafilatura.Disabled})
		if err == nil {
			s.others = res.ContentText
		}
		s.source = ""
		out = append(out, s)
	}
}

// doubtful reports whether a gold body is no use for training: where go-trafilatura
// finds quite another, people often took the first paragraphs only.
func doubtful(s *sample) bool {
	_, _, f := overlap(s.gold, s.others)
	return f < 0.6
}

// extracted returns the bodies that other programs find on a page.
func extracted(src []byte) (bodies []string) {
	text := decode(src)
	for _, focus := range []trafilatura.ExtractionFocus{trafilatura.FavorRecall, trafilatura.Balanced, trafilatura.FavorPrecision} {
		res, err := trafilatura.Extract(strings.NewReader(text), trafilatura.Options{
			Focus: focus, ExcludeComments: true, HtmlDateMode: trafilatura.Disabled, EnableFallback: true})
		if err == nil {
			bodies = append(bodies, res.ContentText)
		}
	}
	if doc, err := html.Parse(strings.NewReader(text)); err == nil {
		if a, err := readability.FromDocument(doc, nil); err == nil && a.Node != nil {
			var b strings.Builder
			a.RenderText(&b)
			bodies = append(bodies, b.String())
		}
	}
	return bodies
}

// silverPages reads the pages with which go-trafilatura and go-readability are
// tested. For the first, people say some phrases that the body must hold and some
// that it must not: the body is that of the programs' which has it all right. For
// the second, the body is what the test expects.
func silverPages(tb testing.TB) []*sample {
	tb.Helper()
	dir := moduleDir(tb, "github.com/markusmobius/go-trafilatura")
	entries := phrases(tb, filepath.Join(dir, "scripts", "comparison", "data.go"))
	var out []*sample
	keep := func(s *sample) {
		s.silver = true
		if _, _, f := overlap(s.gold, s.text(s.labels)); f >= 0.9 {
			out = append(out, s)
		}
	}
	const short = 400 // bytes
	for _, e := range entries {
		src, err := os.ReadFile(filepath.Join(dir, "test-files", "comparison", e.file))
		if err != nil {
			src, err = os.ReadFile(filepath.Join(dir, "test-files", "mock", e.file))
		}
		if err != nil {
			continue
		}
		for _, body := range extracted(src) {
			k := squeeze(body)
			right := len(body) >= short
			for _, w := range e.with {
				right = right && strings.Contains(k, squeeze(w))
			}
			for _, w := range e.without {
				right = right && !strings.Contains(k, squeeze(w))
			}
			if right {
				keep(newSample(e.file, e.address, src, body))
				break
			}
		}
	}
	tests, err := filepath.Glob(filepath.Join(moduleDir(tb, "codeberg.org/readeck/go-readability/v2"), "test-pages", "*", "source.html"))
	if err != nil {
		tb.Fatal(err)
	}
	for _, name := range tests {
		src, err := os.ReadFile(name)
		if err != nil {
			tb.Fatal(err)
		}
		expected, err := os.ReadFile(filepath.Join(filepath.Dir(name), "expected.html"))
		if err != nil {
			continue
		}
		if body := markup.Text(string(expected)); len(body) >= short {
			folder := filepath.Base(filepath.Dir(name))
			keep(newSample(folder, "http://"+folder, src, body))
		}
	}
	return out
}

func squeeze(s string) string { return strings.Join(strings.Fields(s), "") }

func moduleDir(tb testing.TB, module string) string {
	tb.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", module).Output()
	if err != nil {
		tb.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// entry is a page of go-trafilatura's comparison.
type entry struct {
	address, file string
	with, without []string
}

// phrases reads the entries out of the source in which they stand.
func phrases(tb testing.TB, name string) (out []entry) {
	tb.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
	if err != nil {
		tb.Fatal(err)
	}
	str := func(e ast.Expr) string {
		if l, ok := e.(*ast.BasicLit); ok {
			s, _ := strconv.Unquote(l.Value)
			return s
		}
		return ""
	}
	list := func(e ast.Expr) (out []string) {
		if l, ok := e.(*ast.CompositeLit); ok {
			for _, e := range l.Elts {
				out = append(out, str(e))
			}
		}
		return out
	}
	ast.Inspect(file, func(n ast.Node) bool {
		kv, ok := n.(*ast.KeyValueExpr)
		if !ok {
			return true
		}
		lit, ok := kv.Value.(*ast.CompositeLit)
		e := entry{address: str(kv.Key)}
		if !ok || e.address == "" {
			return true
		}
		for _, field := range lit.Elts {
			if f, ok := field.(*ast.KeyValueExpr); ok {
				switch f.Key.(*ast.Ident).Name {
				case "File":
					e.file = str(f.Value)
				case "With":
					e.with = list(f.Value)
				case "Without":
					e.without = list(f.Value)
				}
			}
		}
		out = append(out, e)
		return false
	})
	slices.SortFunc(out, func(a, b entry) int { return strings.Compare(a.address, b.address) })
	return out
}

// label finds the paragraphs of the page in the gold body: those most of whose
// words stand there in runs, in the order of the page.
func (s *sample) label() {
	const n = 4 // words that are sought together
	type place struct{ block, pos, weight int }
	gold := words(s.gold)
	runs := make(map[string][]int)
	for i := 0; i+n <= len(gold); i++ {
		k := strings.Join(gold[i:i+n], " ")
		runs[k] = append(runs[k], i)
	}
	lines := make(map[string][]int)
	pos := 0
	for l := range strings.SplitSeq(s.gold, "\n") {
		w := words(l)
		k := strings.Join(w, " ")
		lines[k] = append(lines[k], pos)
		pos += len(w)
	}
	var places []place
	size := make([]int, len(s.page.Blocks))
	for i, b := range s.page.Blocks {
		w := words(b.Text)
		size[i] = len(w)
		if whole, ok := lines[strings.Join(w, " ")]; ok && len(w) > 0 {
			for _, p := range whole {
				places = append(places, place{i, p, len(w)})
			}
			continue
		}
		hits, first := 0, []int(nil)
		for k := 0; k+n <= len(w); k++ {
			if at, ok := runs[strings.Join(w[k:k+n], " ")]; ok {
				if hits++; hits == 1 {
					for _, p := range at {
						first = append(first, p-k)
					}
				}
			}
		}
		if hits > 0 && hits*10 >= (len(w)-n+1)*6 {
			for _, p := range first {
				places = append(places, place{i, p, hits})
			}
		}
	}
	// The heaviest chain of places in the order of both.
	best, from := make([]int, len(places)), make([]int, len(places))
	top := -1
	for i, p := range places {
		best[i], from[i] = p.weight, -1
		for j, q := range places[:i] {
			if q.block < p.block && q.pos < p.pos && best[j]+p.weight > best[i] {
				best[i], from[i] = best[j]+p.weight, j
			}
		}
		if top < 0 || best[i] > best[top] {
			top = i
		}
	}
	s.labels = make([]bool, len(s.page.Blocks))
	s.weight = make([]float64, len(s.page.Blocks))
	for i := top; i >= 0; i = from[i] {
		s.labels[places[i].block] = true
	}
	for i, b := range s.page.Blocks {
		s.weight[i] = float64(size[i]) / float64(max(len(gold), 50))
		// A paragraph that the gold body passes over is seldom furniture where
		// those beside it are body.
		between := i > 0 && i+1 < len(s.labels) && s.labels[i-1] && s.labels[i+1]
		if !s.labels[i] && between && size[i] >= 12 && b.LinkBytes*3 < len(b.Text) {
			s.weight[i] /= 10
		}
	}
}

// text joins the chosen paragraphs.
func (s *sample) text(chosen []bool) string {
	var b strings.Builder
	for i, block := range s.page.Blocks {
		if chosen[i] {
			b.WriteString(block.Text)
			b.WriteString("\n\n")
		}
	}
	return b.String()
}

func words(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// overlap is the precision, recall and F1 of words, counted as often as they
// occur.
func overlap(gold, found string) (p, r, f float64) {
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
		return 0, 0, 0
	}
	p, r = float64(hits)/float64(len(have)), float64(hits)/float64(len(want))
	return p, r, 2 * p * r / (p + r)
}

// quoted is the share of the gold body's lines with quotation marks that stand in
// what was found.
func quoted(gold, found string) (lines, hits int) {
	all := " " + strings.Join(words(found), " ") + " "
	for l := range strings.SplitSeq(gold, "\n") {
		if strings.ContainsAny(l, "“”\"") {
			lines++
			if strings.Contains(all, " "+strings.Join(words(l), " ")+" ") {
				hits++
			}
		}
	}
	return lines, hits
}
