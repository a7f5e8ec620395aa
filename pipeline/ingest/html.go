package ingest

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/onrecord-nlp/onrecord/pipeline/ingest/internal/body"
	"github.com/onrecord-nlp/onrecord/pipeline/ingest/internal/markup"
)

// page is what was read from HTML.
type page struct {
	pageMeta
	text string // the body's paragraphs, separated by a blank line; "" when there are none
}

// readPage reads a page and finds its body: the paragraphs that package body
// takes for it, less the headline, links and rows of tables. Where that leaves
// nothing, linked data may hold the body, and a page of a line or two is its own.
func readPage(src string) (page, error) {
	m := markup.Read(src)
	p := page{pageMeta: readMeta(m)}
	model, err := body.Embedded()
	if err != nil {
		return page{}, err
	}
	p.articleBody = markupText(p.articleBody)
	p.text = joinBody(m.Blocks, model.Choose(m, body.About{Title: p.title, Description: p.description, Article: p.articleBody}), p.title)
	if p.text == "" {
		p.text = p.articleBody
	}
	if p.text == "" {
		all := make([]bool, len(m.Blocks))
		for i, b := range m.Blocks {
			all[i] = b.LinkBytes*2 < len(b.Text)
		}
		p.text = joinBody(m.Blocks, all, p.title)
	}
	return p, nil
}

// joinBody writes the chosen paragraphs, less the headline and what is no
// running text, with a blank line between them.
func joinBody(blocks []markup.Block, chosen []bool, title string) string {
	title = titleKey(title)
	var b strings.Builder
	write := func(drop func(markup.Block) bool) {
		for i, block := range blocks {
			if !chosen[i] || drop(block) {
				continue
			}
			if b.Len() > 0 {
				b.WriteString("\n\n")
			}
			b.WriteString(block.Text)
		}
	}
	headline := func(block markup.Block) bool {
		return block.Tag == atom.H1 && len(block.Text) <= 300 ||
			len(block.Text) <= 2*len(title)+8 && titleKey(block.Text) == title
	}
	write(func(block markup.Block) bool {
		return headline(block) || block.Tag == atom.Tr && !prose(block) || block.LinkBytes*5 >= len(block.Text)*4
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
	return markup.Text(src)
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
	return markup.Unescape(s)
}

func prose(b markup.Block) bool { return len(b.Text) >= 80 && b.LinkBytes*3 < len(b.Text) }
