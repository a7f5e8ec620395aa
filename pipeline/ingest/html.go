package ingest

import (
	"fmt"
	nurl "net/url"
	"strings"

	"codeberg.org/readeck/go-readability/v2"
	"github.com/markusmobius/go-trafilatura"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// page is what was read from HTML.
type page struct {
	pageMeta
	text string // the body's paragraphs, separated by a blank line; "" when there are none
}

// readPage parses a page and finds its body.
//
// Which paragraphs are body is go-trafilatura's judgement, and where that takes
// only a small part of the page's prose, go-readability's; the words are the
// page's own (see project). Left out besides are the headline, paragraphs that
// are links and little else, and rows of tables. See TestExtraction for what
// that measures.
func readPage(src string) (p page, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	doc, err := html.Parse(strings.NewReader(src))
	if err != nil {
		return page{}, err
	}
	p.pageMeta = readMeta(doc)
	strip(doc)
	source := blocksOf(doc)
	body := chooseBody(doc, source, p.url)
	p.text = joinBody(source, body, p.title)
	if p.text == "" && p.articleBody != "" {
		p.text = markupText(p.articleBody)
	}
	return p, nil
}

// smallPart is the share of a page's prose below which the body that the first
// extractor found is doubted: one part in smallPart.
const smallPart = 10

// hugePage is the size in bytes of a page's text above which go-trafilatura,
// whose cost grows with the square of it, is not asked.
const hugePage = 1 << 20

func chooseBody(doc *html.Node, source []htmlBlock, address string) []bool {
	prose, all := 0, 0
	for _, b := range source {
		all += len(b.text)
		if b.prose() {
			prose += len(b.text)
		}
	}
	body := make([]bool, len(source))
	if all <= hugePage {
		body = project(trafilaturaBlocks(doc), source)
		if size(source, body)*smallPart >= prose && size(source, body) > 0 {
			return body
		}
	}
	if other := project(readabilityBlocks(doc, address), source); size(source, other) > size(source, body) {
		body = other
	}
	if size(source, body) == 0 { // a page of a line or two
		for i, b := range source {
			body[i] = b.linkBytes == 0
		}
	}
	return body
}

// prose reports whether a paragraph is long enough, and free enough of links,
// to be running text.
func (b htmlBlock) prose() bool { return len(b.text) >= 80 && b.linkBytes*3 < len(b.text) }

func size(blocks []htmlBlock, chosen []bool) int {
	n := 0
	for i, b := range blocks {
		if chosen[i] {
			n += len(b.text)
		}
	}
	return n
}

// trafilaturaBlocks returns the paragraphs that go-trafilatura takes for the
// body. doc is not changed.
func trafilaturaBlocks(doc *html.Node) []htmlBlock {
	res, err := trafilatura.ExtractDocument(doc, trafilatura.Options{
		Focus:           trafilatura.FavorRecall,
		ExcludeComments: true,
		HtmlDateMode:    trafilatura.Disabled,
	})
	if err != nil {
		return nil // too little text, by its own measure
	}
	return blocksOf(res.ContentNode)
}

// readabilityBlocks is trafilaturaBlocks by go-readability.
func readabilityBlocks(doc *html.Node, address string) []htmlBlock {
	base, _ := nurl.Parse(address)
	res, err := readability.FromDocument(doc, base)
	if err != nil || res.Node == nil {
		return nil
	}
	return blocksOf(res.Node)
}

// strip removes the elements that hold no text of the article and make most of
// a page's bytes, so that the extractors need not copy them.
func strip(doc *html.Node) {
	var gone []*html.Node
	for n := range doc.Descendants() {
		switch {
		case n.Type == html.CommentNode:
			gone = append(gone, n)
		case n.Type == html.ElementNode:
			switch n.DataAtom {
			case atom.Script, atom.Style, atom.Svg, atom.Noscript, atom.Template, atom.Iframe, atom.Canvas:
				gone = append(gone, n)
			}
		}
	}
	for _, n := range gone {
		n.Parent.RemoveChild(n)
	}
}

// joinBody writes the chosen paragraphs, less the headline and what is no
// running text, with a blank line between them.
func joinBody(blocks []htmlBlock, chosen []bool, title string) string {
	title = titleKey(title)
	var b strings.Builder
	write := func(drop func(htmlBlock) bool) {
		for i, block := range blocks {
			if !chosen[i] || drop(block) {
				continue
			}
			if b.Len() > 0 {
				b.WriteString("\n\n")
			}
			b.WriteString(block.text)
		}
	}
	headline := func(block htmlBlock) bool {
		return block.tag == atom.H1 && len(block.text) <= 300 ||
			len(block.text) <= 2*len(title)+8 && titleKey(block.text) == title
	}
	write(func(block htmlBlock) bool {
		return headline(block) || block.tag == atom.Tr && !block.prose() || block.linkBytes*5 >= len(block.text)*4
	})
	if b.Len() == 0 { // an article laid out in a table, or all links
		write(headline)
	}
	return b.String()
}

// markupText renders HTML that is the body of an article and no whole page.
func markupText(src string) string {
	if strings.IndexByte(src, '<') < 0 {
		return unescape(src)
	}
	body := &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body}
	nodes, err := html.ParseFragment(strings.NewReader(src), body)
	if err != nil {
		return src
	}
	for _, n := range nodes {
		body.AppendChild(n)
	}
	var parts []string
	for _, b := range blocksOf(body) {
		parts = append(parts, b.text)
	}
	return strings.Join(parts, "\n\n")
}

// inlineText renders a title or a name, which may hold markup and character
// references, as one line.
func inlineText(s string) string {
	if strings.IndexByte(s, '&') >= 0 {
		s = unescape(s)
	}
	if i := strings.IndexByte(s, '<'); i >= 0 && strings.IndexByte(s[i:], '>') > 0 {
		var b strings.Builder
		z := html.NewTokenizer(strings.NewReader(s))
		for t := z.Next(); t != html.ErrorToken; t = z.Next() {
			if t == html.TextToken {
				b.Write(z.Text())
			}
		}
		s = b.String()
	}
	return oneLine(s)
}

// unescape replaces the character references in s that end in a semicolon.
func unescape(s string) string {
	if !hasEntity(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for {
		i := strings.IndexByte(s, '&')
		if i < 0 {
			break
		}
		b.WriteString(s[:i])
		s = s[i:]
		end := strings.IndexByte(s[:min(len(s), 12)], ';')
		if end < 0 {
			end = 0
		}
		b.WriteString(html.UnescapeString(s[:end+1]))
		s = s[end+1:]
	}
	b.WriteString(s)
	return b.String()
}
