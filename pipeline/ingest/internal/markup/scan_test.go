package markup

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// tokens writes down what the scanner makes of a source.
func tokens(src string) string {
	var b strings.Builder
	s := scanner{src: src}
	texts := 0 // texts side by side count as one
	flush := func() {
		if texts > 0 {
			b.WriteByte('\n')
		}
		texts = 0
	}
	for {
		k := s.next()
		if k == text || k == rawText {
			if texts == 0 {
				b.WriteByte('"')
			}
			texts++
			t := s.text
			if k == text {
				t = html.UnescapeString(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(t))
			}
			b.WriteString(t)
			continue
		}
		flush()
		switch k {
		case end:
			return b.String()
		case startTag:
			fmt.Fprintf(&b, "<%s", lower(s.name))
			a := attributeScanner{src: s.attributes}
			seen := make(map[string]bool)
			for a.next() {
				if key := lower(a.key); !seen[key] {
					seen[key] = true
					fmt.Fprintf(&b, " %s=%q", key, a.value)
				}
			}
			fmt.Fprintln(&b, ">")
		case endTag:
			fmt.Fprintf(&b, "</%s>\n", lower(s.name))
		}
	}
}

func lower(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// tokensOfNet is tokens by the tokenizer of golang.org/x/net/html.
func tokensOfNet(src string) string {
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(src))
	texts, raw := 0, false
	for {
		k := z.Next()
		if k == html.TextToken {
			if texts == 0 {
				b.WriteByte('"')
			}
			texts++
			if raw {
				b.Write(z.Raw())
			} else {
				b.WriteString(html.UnescapeString(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(string(z.Raw()))))
			}
			raw = false
			continue
		}
		if k == html.CommentToken || k == html.DoctypeToken {
			continue
		}
		raw = false
		if texts > 0 {
			b.WriteByte('\n')
		}
		texts = 0
		switch k {
		case html.ErrorToken:
			return b.String()
		case html.StartTagToken, html.SelfClosingTagToken:
			name, _ := z.TagName()
			raw = isRaw(string(name)) && string(name) != "title" && string(name) != "textarea"
			fmt.Fprintf(&b, "<%s", name)
			inner := string(z.Raw())
			inner = inner[1+len(name) : len(inner)-1]
			a := attributeScanner{src: inner}
			seen := make(map[string]bool)
			for a.next() {
				if key := lower(a.key); !seen[key] {
					seen[key] = true
					fmt.Fprintf(&b, " %s=%q", key, a.value)
				}
			}
			n := 0
			for {
				key, value, more := z.TagAttr()
				if len(key) > 0 {
					n++
					if !seen[string(key)] {
						return fmt.Sprintf("attribute %s=%q is missing of %q", key, value, z.Raw())
					}
				}
				if !more {
					break
				}
			}
			if n != len(seen) {
				return fmt.Sprintf("%d attributes, not %d, in %q", n, len(seen), z.Raw())
			}
			fmt.Fprintln(&b, ">")
		case html.EndTagToken:
			name, _ := z.TagName()
			fmt.Fprintf(&b, "</%s>\n", name)
		}
	}
}

var sources = []string{
	"a<b>c</b>d", "<p class=x id='y' z=\"1\">", "<a href=x/>y", "<br/>", "<a / b>c", "<a b = c>", "<a b= >c", "<a =b=c>", "<a b='>'>c", "<a b\"c>d",
	"<", "<>", "</", "</>", "</ x>y", "</x y='>'>z", "< a>", "<3", "a<", "<a", "<a b", "<a b='", "<a b=c", "</a",
	"<!-- a -->b", "<!-->b", "<!--->b", "<!--a--!>b", "<!--a--b-->c", "<!----->b", "<!--a", "<!", "<!d>e", "<!doctype html>x", "<?xml?>x", "<![CDATA[x]]>y",
	"<script>a</b></script>c", "<SCRIPT>a</sCript >c", "<script><!--<script></script>--></script>x", "<script><!--</script>x", "<script><!--><script></script>x",
	"<script><!-- <script> </script> </script>x", "<script>a", "<script></script>", "<script/>a</script>", "<script><!--a--><!--<script>b</script>c--></script>d",
	"<style>a<b></style>c", "<title>a&amp;<b></title>", "<textarea>a</textareax></textarea>", "<title>a</title", "<noscript><p>a</noscript>b", "<plaintext>a</plaintext>", "<xmp><b></xmp>",
	"<iframe></iframe>a", "<style>", "<ſcript>x", "<scrıpt>x", "&amp;&#147;&bogus", "<script><!--<script\r-->a</script>",
}

// TestScanner compares the scanner with the tokenizer of golang.org/x/net/html.
func TestScanner(t *testing.T) {
	for _, src := range sources {
		if got, want := tokens(src), tokensOfNet(src); got != want {
			t.Errorf("%q:\n%s\nand not\n%s", src, got, want)
		}
	}
}

// FuzzScanner does so with anything but NUL, which the other replaces, and
// comments in scripts, where the other leaves the standard at "<<".
func FuzzScanner(f *testing.F) {
	for _, src := range sources {
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src string) {
		src = strings.ReplaceAll(strings.ToValidUTF8(src, ""), "\x00", "")
		if strings.Contains(src, "<!--") && strings.Contains(lower(src), "<script") {
			return
		}
		if got, want := tokens(src), tokensOfNet(src); got != want {
			t.Fatalf("%q:\n%s\nand not\n%s", src, got, want)
		}
	})
}
