package ingest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/onrecord-nlp/onrecord/pipeline/ingest"
)

const rssFeed = `<?xml version="1.0" encoding="UTF-8"?>
<!-- made by hand -->
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/">
<channel><title>The Paper</title><link>https://x.org</link><language>en-gb</language>
<item><title>Bridge &amp;amp; tunnel</title><link>https://x.org/1</link><guid isPermaLink="false">g1</guid>
<pubDate>Sun, 26 Mar 2017 19:01:28 GMT</pubDate><dc:creator><![CDATA[Ann Bo]]></dc:creator><media:title>no</media:title>
<description>A teaser.</description><content:encoded><![CDATA[<p>“Shut,” said <b>Ann</b>.</p><p>C &amp; d > e, </item> in words.</p>]]></content:encoded></item>
<item><title>Short</title><link>https://x.org/2</link><author>bo@x.org (Bo Do)</author><description>It is &lt;em&gt;open&lt;/em&gt;, he said.</description></item>
<item><title>Empty</title><link>https://x.org/3</link></item>
</channel></rss>`

const atomFeed = `<?xml version="1.0"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de">
<title>T</title><author><name>Nobody</name></author>
<entry><id>urn:1</id><title type="html">A &amp;#8220;b&amp;#8221;</title><link rel="self" href="https://x.org/self"/><link href="https://x.org/1"/>
<author><name>Ann Bo</name><uri>https://x.org/ann</uri></author><author><name>C. Do</name></author>
<published>2017-03-26T19:01:28Z</published><updated>2018-01-01T00:00:00Z</updated>
<summary>S.</summary><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>One &amp; two.</p><p>Three.</p></div></content></entry>
<entry xml:lang="en"><id>urn:2</id><title>Plain</title><updated>2018-01-01T00:00:00Z</updated><content type="text">a &lt;p&gt; tag</content></entry>
</feed>`

const rdfFeed = `<?xml version="1.0" encoding="ISO-8859-1"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel rdf:about="https://x.org"><title>T</title><items><rdf:Seq><rdf:li resource="https://x.org/1"/></rdf:Seq></items></channel>
<item rdf:about="https://x.org/1"><title>Caf` + "\xE9" + `</title><link>https://x.org/1</link><dc:date>2017-03-26</dc:date><description>The caf` + "\xE9" + ` is open.</description></item>
</rdf:RDF>`

func TestFeeds(t *testing.T) {
	describe := func(content string, opts ingest.Options) []string {
		files{"x.xml": content}.write(t)
		docs, lines := readAll(t, opts, "x.xml")
		var out []string
		for _, d := range docs {
			day := "-"
			if !d.Published.IsZero() {
				day = d.Published.Format("2006-01-02")
			}
			out = append(out, fmt.Sprintf("%s | %s | %s | %s | %s | %s | %s | %s", d.ID, d.Source, d.URL, d.Title, d.Byline, day, d.Language, d.Text))
		}
		for _, l := range lines {
			if l[0] == '!' {
				out = append(out, l)
			}
		}
		return out
	}
	item := func(inner string) string {
		return "<rss><channel><title>T</title>" + inner + "</channel></rss>"
	}
	good := "<item><guid>ok</guid><description>Good.</description></item>"
	ok := "ok | x.xml#2 |  |  |  | - |  | Good."
	cases := []struct {
		name, content string
		want          []string
	}{
		{"RSS", rssFeed, []string{
			"g1 | x.xml#1 | https://x.org/1 | Bridge & tunnel | Ann Bo | 2017-03-26 | en-GB | “Shut,” said Ann.\n\nC & d > e, in words.",
			"x.xml#2 | x.xml#2 | https://x.org/2 | Short | Bo Do | - | en-GB | It is open, he said.",
			fmt.Sprintf("! no_text | x.xml | 3 | %d | x.xml#3", strings.Index(rssFeed, "<item><title>Empty")),
		}},
		{"Atom", atomFeed, []string{
			"urn:1 | x.xml#1 | https://x.org/1 | A “b” | Ann Bo, C. Do | 2017-03-26 | de | One & two.\n\nThree.",
			"urn:2 | x.xml#2 |  | Plain |  | 2018-01-01 | en | a <p> tag",
		}},
		{"RDF in Latin-1", rdfFeed, []string{"x.xml#1 | x.xml#1 | https://x.org/1 | Café |  | 2017-03-26 |  | The café is open."}},
		{"UTF-16", "\xFF\xFE" + utf16le(strings.Replace(atomFeed, "One", "“One”", 1)), []string{
			"urn:1 | x.xml#1 | https://x.org/1 | A “b” | Ann Bo, C. Do | 2017-03-26 | de | “One” & two.\n\nThree.",
			"urn:2 | x.xml#2 |  | Plain |  | 2018-01-01 | en | a <p> tag",
		}},
		{"an entry that is not closed", item("<item><guid>a</guid><description>A.</description>" + good), []string{ok, "! bad_feed | x.xml | 1 | 30 | "}},
		{"a feed that is cut off", strings.Replace(item(good+good), "ok", "1", 1)[:120], []string{"1 | x.xml#1 |  |  |  | - |  | Good.", "! bad_feed | x.xml | 2 | 89 | "}},
		{"an entry that is no XML", item("<item><guid>a</guid><description <>A.</description></item>" + good), []string{ok, "! bad_feed | x.xml | 1 | 30 | "}},
		{"bare ampersands, references of HTML, control characters", item("<item><guid>1</guid><title>Q&A</title><description>R&D &nbsp;&mdash; A\x01b &c.</description></item>" + good), []string{
			"1 | x.xml#1 |  | Q&A |  | - |  | R&D \u00a0— A b &c.", ok}},
		{"a comment", item("<!-- <item><description>no</description></item> -->" + good), []string{"ok | x.xml#1 |  |  |  | - |  | Good."}},
		{"no entries", item(""), []string{"! empty_file | x.xml | 0 | -1 | "}},
		{"the longest wins of two contents", item("<item><guid>1</guid><content:encoded>A.</content:encoded><content:encoded>A. B.</content:encoded></item>" + good), []string{"1 | x.xml#1 |  |  |  | - |  | A. B.", ok}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) { equal(t, describe(c.content, ingest.Options{}), c.want...) })
	}
	t.Run("too long", func(t *testing.T) {
		equal(t, describe(item("<item><description><![CDATA["+strings.Repeat("a > b ", 1000)+"]]></description></item>"+good), ingest.Options{MaxRecord: 2000}), ok, "! too_long | x.xml | 1 | 30 | ")
	})
}

func TestXML(t *testing.T) {
	page := "<html xmlns=\"http://www.w3.org/1999/xhtml\"><body><p>A page of a few words.</p></body></html>"
	files{
		"d/feed.xml":   rdfFeed,
		"d/page.xml":   "<?xml version=\"1.0\"?>\n<!DOCTYPE html PUBLIC \"x\" \"y\" [ <!ENTITY a \"b\"> ]>\n" + page,
		"d/nitf.xml":   "<?xml version=\"1.0\"?><nitf><body>A.</body></nitf>",
		"d/bare.xml":   "<sitemap:urlset><url>x</url></sitemap:urlset>",
		"d/x.rss":      rssFeed[:strings.Index(rssFeed, "<item><title>Short")],
		"d/y.atom.gz":  gzipped(atomFeed[:strings.Index(atomFeed, "<entry xml:lang")]),
		"d/plain.text": "<nitf> is a tag, he said.",
	}.write(t)
	var got []string
	for _, l := range read(t, ingest.Options{}, "d") {
		got = append(got, strings.SplitAfterN(l, " | ", 3)[0]+strings.SplitN(l, " | ", 3)[1])
	}
	equal(t, got, "! unsupported | d/bare.xml", "d/feed.xml#1 | d/feed.xml#1", "! unsupported | d/nitf.xml", "d/page.xml | d/page.xml", "d/plain.text | d/plain.text", "g1 | d/x.rss#1", "urn:1 | d/y.atom.gz#1")
	equal(t, read(t, ingest.Options{Stdin: strings.NewReader(rdfFeed)}, "-"), "stdin#1 | stdin#1 | The café is open.")
}
