package corpus

import (
	"io"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// pageLine is one line of the visible text of a page, with what its mark-up
// says about it.
type pageLine struct {
	text    string
	para    bool // a blank line stands before it
	figure  bool // within a caption
	heading int  // 1 to 6 for h1 to h6
	time    bool // within <time>
}

// visibleText returns all text that a browser would show, scripts and styles
// left out, a line a block element.
func visibleText(r io.Reader) ([]pageLine, error) {
	root, err := html.Parse(r)
	if err != nil {
		return nil, err
	}
	w := &walker{}
	w.node(root, pageLine{})
	w.flush(false)
	return w.lines, nil
}

type walker struct {
	lines []pageLine
	buf   strings.Builder
	cur   pageLine
	para  bool
}

func (w *walker) flush(para bool) {
	s := strings.Join(strings.Fields(w.buf.String()), " ")
	w.buf.Reset()
	if s != "" {
		l := w.cur
		l.text, l.para = s, w.para
		w.lines = append(w.lines, l)
		w.para = false
	}
	w.para = w.para || para
}

var skipped = []atom.Atom{atom.Script, atom.Style, atom.Noscript, atom.Template, atom.Svg, atom.Iframe, atom.Head, atom.Select, atom.Object, atom.Textarea, atom.Math, atom.Video, atom.Audio, atom.Canvas}

var paragraphs = []atom.Atom{atom.P, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Ul, atom.Ol, atom.Blockquote, atom.Figure, atom.Table, atom.Pre, atom.Dl, atom.Hr, atom.Form}

var inline = []atom.Atom{atom.A, atom.Abbr, atom.B, atom.Bdi, atom.Bdo, atom.Cite, atom.Code, atom.Data, atom.Del, atom.Dfn, atom.Em, atom.Font, atom.I, atom.Img, atom.Ins, atom.Kbd, atom.Label, atom.Mark, atom.Q, atom.S, atom.Samp, atom.Small, atom.Span, atom.Strong, atom.Sub, atom.Sup, atom.Time, atom.U, atom.Var, atom.Wbr, atom.Input, atom.Picture, atom.Source}

func (w *walker) node(n *html.Node, in pageLine) {
	switch n.Type {
	case html.TextNode:
		if strings.TrimSpace(w.buf.String()) == "" {
			w.cur = in
		}
		w.buf.WriteString(n.Data)
		return
	case html.ElementNode, html.DocumentNode:
	default:
		return
	}
	if n.Type == html.ElementNode {
		if slices.Contains(skipped, n.DataAtom) || hidden(n) {
			return
		}
		if n.DataAtom == atom.Br {
			w.flush(false)
			return
		}
		class := strings.ToLower(attribute(n, "class"))
		if n.DataAtom == atom.Figcaption || strings.Contains(class, "caption") || strings.Contains(class, "photo-credit") || strings.Contains(class, "image-credit") {
			in.figure = true
		}
		if n.DataAtom == atom.Time {
			in.time = true
		}
		if len(n.Data) == 2 && n.Data[0] == 'h' && n.Data[1] >= '1' && n.Data[1] <= '6' {
			in.heading = int(n.Data[1] - '0')
		}
	}
	block := n.Type == html.ElementNode && n.DataAtom != 0 && !slices.Contains(inline, n.DataAtom)
	para := slices.Contains(paragraphs, n.DataAtom)
	if block {
		w.flush(para)
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		w.node(c, in)
	}
	if block {
		w.flush(para)
	} else if n.DataAtom == atom.A || n.DataAtom == atom.Span {
		// Links and spans side by side are drawn apart more often than not; a
		// lone one within a sentence has its own spaces.
		if n.NextSibling != nil && n.NextSibling.Type == html.ElementNode {
			w.buf.WriteByte(' ')
		}
	}
}

func hidden(n *html.Node) bool {
	for _, a := range n.Attr {
		switch a.Key {
		case "hidden":
			return true
		case "style":
			if strings.Contains(strings.ReplaceAll(a.Val, " ", ""), "display:none") {
				return true
			}
		}
	}
	return false
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}
