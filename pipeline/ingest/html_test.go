package ingest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/onrecord-nlp/onrecord/pipeline/ingest/internal/markup"
)

// filler is running text that makes a page look like an article.
var filler = strings.Repeat("<p>The committee met again on Thursday to hear from residents, who had waited for hours in the corridor outside.</p>\n", 4)

// bodyOf returns the text of a page less the filler.
func bodyOf(t *testing.T, src string) string {
	t.Helper()
	p, err := readPage(src)
	if err != nil {
		t.Fatal(err)
	}
	var parts []string
	for _, par := range strings.Split(p.text, "\n\n") {
		if !strings.HasPrefix(par, "The committee met again") {
			parts = append(parts, par)
		}
	}
	return strings.Join(parts, "|")
}

// TestBlocks says how markup becomes paragraphs; "|" stands between two.
func TestBlocks(t *testing.T) {
	cases := []struct{ name, src, want string }{
		{"inline elements keep words apart", `<p>He <b>said</b> <i>that</i> it <a href="/x">was</a> so.</p>`, "He said that it was so."},
		{"and together", `<p>un<em>believ</em>able, <span>W</span>hatsApp<!-- no -->s</p>`, "unbelievable, WhatsApps"},
		{"and punctuation where it is", `<p>“We <a href="/x">must</a>,” he <i>said</i>.</p>`, "“We must,” he said."},
		{"white space collapses", "<p>\n  one\t two \n</p>", "one two"},
		{"no-break spaces are spaces", "<p>10&nbsp;percent&#160;</p>", "10 percent"},
		{"what nobody sees is dropped", "<p>What&shy;sApp\u200B\uFEFF x</p>", "WhatsApp x"},
		{"a break is a line", "<p>one<br>two</p>", "one\ntwo"},
		{"two breaks end a paragraph", "<p>one<br> <br/>two</p>", "one|two"},
		{"bare text between paragraphs", "<div>one<p>two</p>three <b>four</b></div>", "one|two|three four"},
		{"paragraphs that nothing closes", "<p>one<p>two<div>three", "one|two|three"},
		{"list items that nothing closes", "<ul><li>one<li>two<ul><li>three</ul>four</ul>five", "one|two|three|four|five"},
		{"an end tag beyond a block", "<div><span>one<div>two</span> three</div>four</div>", "one|two three|four"},
		{"an end tag of nothing", "<p>one</b> two</div> three", "one two three"},
		{"elements that HTML does not know", "<p>on<x-y>e</x-y>, two", "one, two"},
		{"drawings", `<p>one<svg><title>two</title><g/><text>three</text></svg> four`, "one four"},
		{"lists, headings and quotations", "<h2>a</h2><ul><li>b<li>c <b>d</b></ul><blockquote><p>e</p><p>f</p></blockquote>", "a|b|c d|e|f"},
		{"cells of a row", "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b|c"},
		{"q has the marks that a browser draws", "<p>He said <q>yes <q>or</q> no</q>.</p>", "He said “yes ‘or’ no”."},
		{"unless it brings its own", "<p>He said <q>“yes”</q>.</p>", "He said “yes”."},
		{"scripts and forms are no text", "<p>a<script>x()</script><style>p{}</style>b<select><option>c</select></p>", "ab"},
		{"what is hidden in a line is no text", `<p>a<span hidden>b</span><span style="display: none">c</span>d</p>`, "ad"},
		{"lines of preformatted text", "<pre>one\ntwo\n\nthree</pre>", "one\ntwo|three"},
		{"references of Windows-1252", "<p>&#147;Yes&#148; &mdash; &#x2019;", "“Yes” — ’"},
		{"images leave nothing", `<p>before<img src="x" alt="y"> after</p>`, "before after"},
	}
	for _, c := range cases {
		var got []string
		for _, b := range markup.Read(c.src).Blocks {
			got = append(got, b.Text)
		}
		if s := strings.Join(got, "|"); s != c.want {
			t.Errorf("%s: got %q, want %q", c.name, s, c.want)
		}
	}
}

// TestLinks says how much of a paragraph is links.
func TestLinks(t *testing.T) {
	for src, want := range map[string]int{
		`<p>one <a href=x>two</a> three`:                  4, // with the space before it
		`<p><a>one<a>two</a> three`:                       6,
		`<a><p>one</p></a><p>two`:                         3,
		`<div><a>one<div>two</div></a> three</div>four`:   6,
		`<p><a>one<p>two`:                                 3,
		`<table><tr><td><a>one<td>two</table>`:            3,
		`<p><a>` + strings.Repeat("x", 20) + `</a>` + "y": 20,
	} {
		got := 0
		for _, b := range markup.Read(src).Blocks {
			got += b.LinkBytes
		}
		if got != want {
			t.Errorf("%s: %d bytes in links, want %d", src, got, want)
		}
	}
}

// TestBody says what of a page is its body. Every page has a headline, furniture
// and some paragraphs around the part that is shown.
func TestBody(t *testing.T) {
	page := func(inner string) string {
		return `<html><head><title>Council votes on bridge | The Gazette</title></head><body>
<nav><ul><li><a href="/">Home</a></li><li><a href="/news">News</a></li></ul></nav>
<article><h1>Council votes on bridge</h1>` + filler + inner + filler + `</article>
<aside><h3>Most read</h3><ul><li><a href="/1">Ten things to do</a></li></ul></aside>
<footer><p>© 2023 The Gazette. All rights reserved.</p></footer></body></html>`
	}
	cases := []struct{ name, inner, want string }{
		{"the headline and the furniture are left out", "", ""},
		{"a paragraph", "<p>“It is <b>done</b>,” she said.</p>", "“It is done,” she said."},
		{"the headline once more", "<p>Council votes on bridge</p><p>She said so.</p>", "She said so."},
		{"words are not glued at the borders of elements", `<p>She <em>will</em> <a href="/x">go</a> to <span>the</span> <strong>court</strong>.</p>`, "She will go to the court."},
		{"a list", "<ul><li>One thing, he said.</li><li>Another thing, he said.</li></ul>", "One thing, he said.|Another thing, he said."},
		{"a quotation over paragraphs", "<blockquote><p>“We do</p><p>“and we did.”</p></blockquote>", "“We do|“and we did.”"},
		{"a link to another article", `<p><a href="/2">Read more: the bridge in pictures</a></p><p>She went on.</p>`, "She went on."},
		{"a subheading", "<h2>What happens next</h2><p>Nothing, he said.</p>", "What happens next|Nothing, he said."},
	}
	for _, c := range cases {
		if got := bodyOf(t, page(c.inner)); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestShortPages(t *testing.T) {
	cases := []struct{ name, src, want string }{
		{"one sentence", "<p>He said yes.</p>", "He said yes."},
		{"headline and sentence", "<title>T</title><h1>T</h1><p>He said “yes”.", "He said “yes”."},
		{"text without elements", "He said yes.", "He said yes."},
		{"a table", "<table><tr><td>He said yes.</td></tr></table>", "He said yes."},
		{"nothing", "<html><head><title>T</title></head><body></body></html>", ""},
		{"a script only", "<script>document.write('x')</script>", ""},
		{"an article that only JSON-LD holds", `<script type="application/ld+json">{"@type":"NewsArticle","articleBody":"He said yes.\n\nShe said no."}</script><div id="app"></div>`, "He said yes.\n\nShe said no."},
	}
	for _, c := range cases {
		p, err := readPage(c.src)
		if err != nil || p.text != c.want {
			t.Errorf("%s: got %q, %v; want %q", c.name, p.text, err, c.want)
		}
	}
}

func TestPageMetadata(t *testing.T) {
	cases := []struct{ name, head, want string }{ // title|byline|date|url|language
		{"nothing", ``, "||||"},
		{"JSON-LD", `<script type="application/ld+json">{"@context":"https://schema.org","@graph":[{"@type":"WebPage","name":"no"},
			{"@type":["NewsArticle"],"headline":"Council votes","author":[{"@type":"Person","name":"Ann Bo"},{"name":"C. Do"}],"datePublished":"2023-12-22T10:00:00+01:00","url":"https://x.org/a","inLanguage":"en-GB"}]}</script>`,
			"Council votes|Ann Bo, C. Do|2023-12-22|https://x.org/a|en-GB"},
		{"two articles: the first counts, every time", `<script type="application/ld+json">[{"@type":"NewsArticle","headline":"One","author":"A"},{"@type":"NewsArticle","headline":"Two","author":"B"}]</script>`, "One|A|||"},
		{"meta elements", `<meta property="og:title" content="Council votes"><meta name="author" content="By Ann Bo"><meta property="article:author" content="https://facebook.com/ann"><meta property="article:published_time" content="2023-12-22"><link rel="canonical" href="https://x.org/a"><meta property="og:locale" content="en_US">`,
			"Council votes|Ann Bo|2023-12-22|https://x.org/a|en-US"},
		{"the site's name is no part of the title", `<title>Council votes on the bridge | The Gazette</title>`, "Council votes on the bridge||||"},
		{"a dash may be part of it", `<title>He won — and lost</title>`, "He won — and lost||||"},
		{"unless the site's name follows", `<title>He won - The Gazette</title><meta property="og:site_name" content="The Gazette">`, "He won||||"},
		{"what the page shows", `<title>Council votes - Gazette</title></head><body><h1>Council votes</h1><span class="byline">By Ann Bo | December 22, 2023</span><time datetime="2023-12-22T09:00">`, "Council votes|Ann Bo|2023-12-22||"},
		{"the date in the address", `<link rel="canonical" href="https://x.org/2023/12/22/council/">`, "||2023-12-22|https://x.org/2023/12/22/council/|"},
		{"references", `<meta property="og:title" content="Rudd&amp;#8217;s view">`, "Rudd’s view||||"},
		{"a recipe with a headline and a date is an article", `<script type="application/ld+json">{"@type":"Recipe","headline":"Pie","datePublished":"2023-12-22","author":{"name":"Ann Bo"}}</script>`, "Pie|Ann Bo|2023-12-22||"},
		{"a headline that is the site's name is none", `<meta property="og:site_name" content="The Gazette"><script type="application/ld+json">{"@type":"NewsArticle","headline":"The Gazette"}</script></head><h1>Council votes on the bridge</h1>`, "Council votes on the bridge||||"},
		{"an office without its holder gives way to who is shown", `<script type="application/ld+json">{"@type":"NewsArticle","author":{"name":", The Gazette"}}</script></head><a rel="author" href="/x">Ann Bo</a>`, "|Ann Bo|||"},
		{"and so does the site", `<meta property="og:site_name" content="The Gazette"><meta name="author" content="The Gazette"></head><p class="byline">By Ann Bo</p>`, "|Ann Bo|||"},
		{"a site that is alone is the author", `<meta property="og:site_name" content="The Gazette"><meta name="author" content="The Gazette">`, "|The Gazette|||"},
		{"a link to an author's page", `</head><p>By <a href="/author/bo">Ann Bo</a>`, "|Ann Bo|||"},
		{"a date after the name is no part of it", `</head><p class="byline">Ann Bo Dec. 22, 2023</p>`, "|Ann Bo|2023-12-22||"},
		{"what only a date stands in names nobody", `</head><p class="byline">Dec 22, 17:00 4 comments</p>`, "||||"},
		{"microdata", `</head><span itemprop="datePublished" content="2023-12-22">last week</span>`, "||2023-12-22||"},
		{"a date within a text", `</head><div class="item__meta-date">Published on 22 December 2023 by us</div>`, "||2023-12-22||"},
		{"a date without a class", `</head><p>Dec 22, 2023 · 4 min read</p>`, "||2023-12-22||"},
		{"the date of another article", `<link rel="canonical" href="https://x.org/2023-12-22/council"></head><time datetime="2023-12-25">`, "||2023-12-22|https://x.org/2023-12-22/council|"},
		{"the hour of the date in the address", `<link rel="canonical" href="https://x.org/2023-12-22/council"></head><time datetime="2023-12-25"></time><time datetime="2023-12-22T07:00">`, "||2023-12-22|https://x.org/2023-12-22/council|"},
		{"broken JSON-LD is passed over", `<script type="application/ld+json">{"@type":"NewsArticle","headline":"x"</script><title>T</title>`, "T||||"},
	}
	for _, c := range cases {
		m := readMeta(markup.Read("<html><head>" + c.head))
		date := ""
		if !m.published.IsZero() {
			date = m.published.Format("2006-01-02")
		}
		if got := strings.Join([]string{m.title, m.byline, date, m.url, m.language}, "|"); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestPageEncodings(t *testing.T) {
	const want = "“Yes,” said Müller."
	cases := []struct{ name, src string }{
		{"UTF-8", "<p>“Yes,” said Müller."},
		{"UTF-8 declared as Latin-1", `<meta charset="iso-8859-1"><p>“Yes,” said Müller.`},
		{"Windows-1252, declared", `<meta http-equiv="Content-Type" content="text/html; charset=windows-1252"><p>` + "\x93Yes,\x94 said M\xFCller."},
		{"Windows-1252, declared as Latin-1", `<meta charset=ISO-8859-1><p>` + "\x93Yes,\x94 said M\xFCller."},
		{"Windows-1252, undeclared", "<html><body><p>\x93Yes,\x94 said M\xFCller.</p></body></html>"},
		{"Windows-1252, declared as UTF-8", "<meta charset=utf-8><p>\x93Yes,\x94 said M\xFCller."},
		{"in an XML declaration", `<?xml version="1.0" encoding="windows-1250"?><html><p>` + "\x93Yes,\x94 said M\xFCller."},
	}
	for _, c := range cases {
		text, dmg, err := decodeHTML([]byte(c.src), nil)
		if err != nil || dmg.count != 0 {
			t.Errorf("%s: %v, %v", c.name, err, dmg)
		}
		if p, err := readPage(text); err != nil || p.text != want {
			t.Errorf("%s: got %q, %v", c.name, p.text, err)
		}
	}
}

func TestMarkupIsTold(t *testing.T) {
	for src, want := range map[string]bool{
		"<p>He said.</p>": true, "He said.<br/>She said.": true, `He <P class="x" id=y>said`: true, "x</div>": true,
		"He said.": false, "a < b > c": false, "<3 you": false, "<person> said": false, "I <b>think</b>": false, "<p": false,
	} {
		if isMarkup(src) != want {
			t.Errorf("isMarkup(%q) is %v", src, !want)
		}
	}
}

// TestPageNeverHangs feeds pages that are made to hurt.
func TestPageNeverHangs(t *testing.T) {
	cases := map[string]string{
		"deep":          strings.Repeat("<div>", 100_000) + "x",
		"deep inline":   strings.Repeat("<b><i>", 5000) + "x",
		"many siblings": strings.Repeat("<p>He said yes.</p>", 20_000),
		"all the same":  strings.Repeat("<div><p>a</p></div>", 20_000),
		"one long line": "<p>" + strings.Repeat("word ", 400_000),
		"open tags":     strings.Repeat("<a href=x><table><td>", 2000),
		"entities":      strings.Repeat("&amp;&#8220;&bogus;&#xFFFFFFFF;", 20_000),
		"paragraphs":    strings.Repeat("<p>", 1_000_000),
		"lists":         strings.Repeat("<ul><li>a", 300_000),
		"list items":    strings.Repeat("<li><div>a", 300_000),
		"links":         strings.Repeat("<a><b>x", 300_000),
		"ends":          strings.Repeat("<b>", 600) + strings.Repeat("</i>", 1_000_000),
		"tables":        strings.Repeat("<table><tr><td>a", 200_000),
		"quotations":    strings.Repeat("<q>", 500_000) + "x" + strings.Repeat("</q>", 500_000),
		"classes":       strings.Repeat(`<div class="`+strings.Repeat("a-b ", 5000)+`">x`, 500),
		"attributes":    "<div " + strings.Repeat("a=b ", 1_000_000) + ">x",
		"one attribute": strings.Repeat("<a b='", 1_000_000),
		"comments":      strings.Repeat("<!--", 1_000_000) + strings.Repeat("<!-- -", 500_000),
		"scripts":       strings.Repeat("<script><!--", 500_000),
		"headings":      strings.Repeat("<h1>a</h1>", 300_000),
		"times":         strings.Repeat("<time>a<time class=date>b", 200_000),
		"spaces":        "<p>" + strings.Repeat(" \u00a0", 2_000_000),
		"a word":        "<p>" + strings.Repeat("a", 10_000_000),
		"article body":  `<script type="application/ld+json">{"@type":"Article","articleBody":"` + strings.Repeat("a b ", 1_000_000) + `"}</script>` + strings.Repeat("<p>a b a b a b</p>", 100_000),
		"nested JSON":   `<script type="application/ld+json">` + strings.Repeat(`{"@type":"Article","author":[`, 100_000),
		"many scripts":  strings.Repeat(`<script type="application/ld+json">{"@type":"Article","author":{"name":"Ann Bo"}}</script>`, 50_000),
		"broken tags":   strings.Repeat("<", 50_000) + strings.Repeat("</p", 50_000),
	}
	var names []string
	for name := range cases {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		began := time.Now()
		p, err := readPage(cases[name])
		took := time.Since(began)
		t.Logf("%s: %d bytes, %v, %d bytes of text, %v", name, len(cases[name]), took, len(p.text), err)
		if took > 20*time.Second {
			t.Errorf("%s: took %v", name, took)
		}
	}
}
