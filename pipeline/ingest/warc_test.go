package ingest_test

import (
	"bytes"
	"compress/flate"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/dict"

	"github.com/onrecord-nlp/onrecord/internal/shared"
	"github.com/onrecord-nlp/onrecord/pipeline/ingest"
)

// warc writes a record of a WARC file, with the fields "Name: value".
func warc(kind, id, block string, fields ...string) string {
	return fmt.Sprintf("WARC/1.0\r\nWARC-Type: %s\r\nWARC-Record-ID: <urn:%s>\r\nWARC-Date: 2026-03-26T19:01:28Z\r\nContent-Length: %d\r\n%s\r\n%s\r\n\r\n",
		kind, id, len(block), lines(fields), block)
}

func lines(fields []string) string {
	if len(fields) == 0 {
		return ""
	}
	return strings.Join(fields, "\r\n") + "\r\n"
}

// fetched writes the record of an answer, with header fields of HTTP.
func fetched(id, body string, fields ...string) string {
	if !slices.ContainsFunc(fields, func(f string) bool { return strings.HasPrefix(f, "Content-Type") }) {
		fields = append(fields, "Content-Type: text/html")
	}
	return warc("response", id, "HTTP/1.1 200 OK\r\n"+lines(fields)+"\r\n"+body,
		"WARC-Target-URI: http://news.example/"+id, "Content-Type: application/http; msgtype=response")
}

// page is a page whose text is s.
func page(s string) string { return "<!DOCTYPE html><title>T</title><p>" + s + "</p>" }

func brotlied(s string) string {
	var b bytes.Buffer
	z := brotli.NewWriter(&b)
	z.Write([]byte(s))
	z.Close()
	return b.String()
}

func zlibbed(s string) string {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	z.Write([]byte(s))
	z.Close()
	return b.String()
}

func deflated(s string) string {
	var b bytes.Buffer
	z, _ := flate.NewWriter(&b, 6)
	z.Write([]byte(s))
	z.Close()
	return b.String()
}

func chunked(parts ...string) string {
	var b strings.Builder
	for _, p := range parts {
		fmt.Fprintf(&b, "%x;ext=1\r\n%s\r\n", len(p), p)
	}
	return b.String() + "0\r\nTrailer: x\r\n\r\n"
}

// Which records are pages, and what becomes of them.
func TestWARC(t *testing.T) {
	const passedOver = ""
	at := func(kind, uri, block string, fields ...string) string {
		return warc(kind, "r", block, append(fields, "WARC-Target-URI: "+uri, "Content-Type: application/http")...)
	}
	answer := func(uri, status, media, body string) string {
		return at("response", uri, fmt.Sprintf("HTTP/1.1 %s\r\nContent-Type: %s\r\n\r\n%s", status, media, body))
	}
	resource := func(uri, media, body string) string {
		return warc("resource", "r", body, "WARC-Target-URI: "+uri, "Content-Type: "+media)
	}
	const u = "http://news.example/a"
	cases := []struct{ name, record, want string }{
		{"a page", answer(u, "200 OK", "text/html; charset=utf-8", page("Yes.")), "Yes."},
		{"XHTML", answer(u, "200 OK", "application/xhtml+xml", page("Yes.")), "Yes."},
		{"plain text", answer(u, "200 OK", "text/plain", "Yes, “plain”."), "Yes, “plain”."},
		{"plain text that is none", answer(u, "200 OK", "text/plain", page("Yes.")), "Yes."},
		{"no type", answer(u, "200 OK", "", page("Yes.")), "Yes."},
		{"no type, and no page", answer(u, "200 OK", "", "\x00\x01\x02\x03\x04\x05\x06\x07\x08"), passedOver},
		{"no phrase", answer(u, "200", "text/html", page("Yes.")), "Yes."},
		{"HTTP/2", strings.Replace(answer(u, "200", "text/html", page("Yes.")), "HTTP/1.1", "HTTP/2.0", 1), "Yes."},
		{"lines that end in LF", at("response", u, "HTTP/1.0 200 OK\nContent-Type: text/html\n\n"+page("Yes.")), "Yes."},
		{"no header of HTTP", at("response", u, page("Yes.")), "Yes."},
		{"no address", warc("response", "r", "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"+page("Yes."), "Content-Type: application/http"), "Yes."},
		{"in Latin-1, as the server says", answer(u, "200 OK", "text/html; charset=windows-1251", page("\xC4\xE0.")), "Да."},
		{"the server goes before the page", answer(u, "200 OK", `text/html;charset="windows-1251"`, `<meta charset="iso-8859-1">`+page("\xC4\xE0.")), "Да."},
		{"the bytes go before the server", answer(u, "200 OK", "text/html; charset=iso-8859-1", page("Да.")), "Да."},
		{"the byte-order mark too", answer(u, "200 OK", "text/html; charset=iso-8859-1", "\xFF\xFE"+utf16le(page("Да."))), "Да."},
		{"an unknown charset", answer(u, "200 OK", "text/html; charset=none", `<meta charset="windows-1251">`+page("\xC4\xE0.")), "Да."},
		{"a resource", resource(u, "text/html", page("Yes.")), "Yes."},
		{"a resource from a disk", resource("file:///a%20b.html", "text/html", page("Yes.")), "Yes."},
		{"a conversion", warc("conversion", "r", "Yes.\n", "WARC-Target-URI: "+u, "Content-Type: text/plain"), "Yes.\n"},
		{"capitals", strings.NewReplacer("WARC-Type: response", "warc-TYPE:RESPONSE", "Content-Length", "CONTENT-LENGTH").Replace(answer(u, "200 OK", "TEXT/HTML", page("Yes."))), "Yes."},
		{"a draft", strings.Replace(answer(u, "200 OK", "text/html", page("Yes.")), "WARC/1.0", "WARC/0.17", 1), "Yes."},
		{"the next version", strings.Replace(answer(u, "200 OK", "text/html", page("Yes.")), "WARC/1.0", "WARC/1.1", 1), "Yes."},
		{"LF in the record", "WARC/1.0\nWARC-Type: resource\nWARC-Record-ID: <urn:r>\nContent-Type: text/html\nContent-Length: 7\n\n<p>Yes.\n\n", "Yes."},
		{"a field over two lines", strings.Replace(answer(u, "200 OK", "text/html", page("Yes.")), "WARC-Date:", "X-Note: one\r\n two: three\r\nWARC-Date:", 1), "Yes."},

		{"a redirect", answer(u, "301 Moved", "text/html", page("Moved.")), passedOver},
		{"an error", answer(u, "404 Not Found", "text/html", page("Gone.")), passedOver},
		{"a part", answer(u, "206 Partial Content", "text/html", page("Gone.")), passedOver},
		{"an image", answer(u, "200 OK", "image/png", "\x89PNG"), passedOver},
		{"an image that is called a page", answer(u, "200 OK", "text/html", "\x89PNG\r\n\x1A\n"), passedOver},
		{"style", answer(u, "200 OK", "text/css", "p {}"), passedOver},
		{"a script", answer(u, "200 OK", "application/javascript", "f()"), passedOver},
		{"a script that is called text", answer("http://a.example/x.js?v=1", "200 OK", "text/plain", "f()"), passedOver},
		{"JSON", answer(u, "200 OK", "application/json", "{}"), passedOver},
		{"JSON that is called text", answer(u, "200 OK", "text/plain", `{"a":1}`), passedOver},
		{"robots.txt", answer("https://a.example/robots.txt", "200 OK", "text/plain", "User-agent: *"), passedOver},
		{"a lookup of a name", warc("response", "r", "20260326\na.example. 1 IN A 192.0.2.1", "WARC-Target-URI: dns:a.example", "Content-Type: text/dns"), passedOver},
		{"a crawler's log", resource("metadata://gnu.org/software/wget/warc/wget.log", "text/plain", "Log."), passedOver},
		{"a request", at("request", u, "GET /a HTTP/1.1\r\n\r\n"), passedOver},
		{"a visit to the same again", at("revisit", u, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"), passedOver},
		{"metadata", warc("metadata", "r", "a: b", "Content-Type: application/warc-fields"), passedOver},
		{"a record of a kind to come", warc("future", "r", page("Yes."), "Content-Type: text/html"), passedOver},
	}
	for _, c := range cases {
		for name, content := range map[string]string{
			"a.warc":    warc("warcinfo", "info", "software: x\r\n") + c.record + fetched("last", page("Last.")),
			"a.warc.gz": gzipped(warc("warcinfo", "info", "software: x\r\n")) + gzipped(c.record) + gzipped(fetched("last", page("Last."))),
		} {
			t.Run(c.name+"/"+name, func(t *testing.T) {
				files{name: content}.write(t)
				r, err := ingest.Open([]string{name}, ingest.Options{})
				if err != nil {
					t.Fatal(err)
				}
				var got []string
				for doc, err := range r.Documents(t.Context()) {
					if err != nil {
						t.Fatal(err)
					}
					got = append(got, doc.ID+" | "+doc.Source+" | "+doc.Text)
				}
				want := []string{"urn:last | " + name + "#3 | Last."}
				passed := int64(2)
				if c.want != "" {
					want = append([]string{"urn:r | " + name + "#2 | " + c.want}, want...)
					passed--
				}
				equal(t, got, want...)
				if p := r.Progress(); p.PassedOver != passed || p.Errors != 0 {
					t.Errorf("%d records were passed over, want %d; %d errors", p.PassedOver, passed, p.Errors)
				}
			})
		}
	}
}

// The encodings in which bodies are sent, rightly and wrongly declared.
func TestWARCBodies(t *testing.T) {
	long := page(strings.Repeat("The minister said nothing about it on Tuesday. ", 40) + "End.")
	text := strings.Repeat("The minister said nothing about it on Tuesday. ", 40) + "End."
	cases := []struct {
		name, body string
		fields     []string
		want       string // before "End.", or an error
	}{
		{"gzip", gzipped(long), []string{"Content-Encoding: gzip"}, ""},
		{"x-gzip", gzipped(long), []string{"Content-Encoding: x-gzip"}, ""},
		{"gzip that nobody mentions", gzipped(long), nil, ""},
		{"gzip that is none", long, []string{"Content-Encoding: gzip"}, ""},
		{"zlib", zlibbed(long), []string{"Content-Encoding: deflate"}, ""},
		{"deflate", deflated(long), []string{"Content-Encoding: deflate"}, ""},
		{"brotli", brotlied(long), []string{"Content-Encoding: br"}, ""},
		{"brotli that is none", long, []string{"Content-Encoding: br"}, ""},
		{"Zstandard", zstandard(long), []string{"Content-Encoding: zstd"}, ""},
		{"two encodings", brotlied(gzipped(long)), []string{"Content-Encoding: gzip, br"}, ""},
		{"identity", long, []string{"Content-Encoding: identity"}, ""},
		{"an unheard-of encoding", long, []string{"Content-Encoding: UTF-8"}, ""},
		{"chunks", chunked(long[:9], long[9:700], long[700:]), []string{"Transfer-Encoding: chunked"}, ""},
		{"chunks of gzip", chunked(gzipped(long)[:50], gzipped(long)[50:]), []string{"Transfer-Encoding: chunked", "Content-Encoding: gzip"}, ""},
		{"chunks that are none", long, []string{"Transfer-Encoding: chunked"}, ""},
		{"chunks without an end", strings.TrimSuffix(chunked(long), "0\r\nTrailer: x\r\n\r\n"), []string{"Transfer-Encoding: chunked"}, ""},
		{"cut off", gzipped(long)[:80], []string{"Content-Encoding: gzip"}, "! corrupt_compression kept | a.warc | 1 | 0 | urn:a"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			files{"a.warc": fetched("a", c.body, c.fields...)}.write(t)
			docs, lines := readAll(t, ingest.Options{}, "a.warc")
			if c.want != "" {
				if len(lines) != 2 || lines[1] != c.want || !strings.HasPrefix(text, docs[0].Text) {
					t.Errorf("got %q", lines)
				}
				return
			}
			equal(t, lines, "urn:a | a.warc#1 | "+text)
			if docs[0].Title != "T" || docs[0].URL != "http://news.example/a" {
				t.Errorf("title %q, address %q", docs[0].Title, docs[0].URL)
			}
		})
	}
}

func TestWARCBodyLimits(t *testing.T) {
	for _, c := range []struct{ name, body, encoding, want string }{
		{"a bomb", gzipped(strings.Repeat("x", 100<<20)), "gzip", "! bomb | a.warc.gz | 1 | 0 | urn:a"},
		{"a bomb in brotli", brotlied(strings.Repeat("x", 100<<20)), "br", "! bomb | a.warc.gz | 1 | 0 | urn:a"},
		{"a bomb in a bomb", gzipped(gzipped(strings.Repeat("x", 100<<20))), "gzip, gzip", "! bomb | a.warc.gz | 1 | 0 | urn:a"},
		{"too long", strings.Repeat("x", 20<<20), "", "! too_long | a.warc.gz | 1 | 0 | urn:a"},
		{"too long once decompressed", gzipped(strings.Repeat("x", 18<<20) + noise(1<<20)), "gzip", "! too_long | a.warc.gz | 1 | 0 | urn:a"},
	} {
		t.Run(c.name, func(t *testing.T) {
			files{"a.warc.gz": gzipped(fetched("a", c.body, "Content-Encoding: "+c.encoding)) + gzipped(fetched("b", page("Next.")))}.write(t)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			equal(t, read(t, ingest.Options{MaxRecord: 18 << 20, Workers: 1}, "a.warc.gz"), c.want, "urn:b | a.warc.gz#2 | Next.")
			runtime.ReadMemStats(&after)
			if n := after.TotalAlloc - before.TotalAlloc; n > 150<<20 {
				t.Errorf("%d bytes were allocated", n)
			}
		})
	}
}

// noise does not compress.
func noise(n int) string {
	b := make([]byte, n)
	x := uint64(1)
	for i := range b {
		x = x*6364136223846793005 + 1442695040888963407
		b[i] = byte(x >> 56)
	}
	return string(b)
}

// What is broken is a row, and what is behind it is read.
func TestWARCBroken(t *testing.T) {
	a, b, c := fetched("a", page("First.")), fetched("b", page("Second.")), fetched("c", page("Third."))
	first, second, third := "urn:a | x.warc#1 | First.", "urn:b | x.warc#2 | Second.", "urn:c | x.warc#3 | Third."
	length := func(record string, change int) string {
		var n int
		_, rest, _ := strings.Cut(record, "Content-Length: ")
		fmt.Sscanf(rest, "%d", &n)
		return strings.Replace(record, fmt.Sprintf("Content-Length: %d\r", n), fmt.Sprintf("Content-Length: %d\r", n+change), 1)
	}
	za, zb, zc := gzipped(a), gzipped(b), gzipped(c)
	flip := func(s string, at int) string { b := []byte(s); b[at] ^= 0xFF; return string(b) }
	row := func(reason string, number, at int, id string) string {
		return fmt.Sprintf("! %s | x.warc | %d | %d | %s", reason, number, at, id)
	}
	cases := []struct {
		name, content string
		want          []string
	}{
		{"a length that is too large", a + length(b, 40) + c, []string{first, row("bad_warc", 2, len(a), "urn:b"), third}},
		{"a length that is much too large", a + length(b, 4e6) + c, []string{first, row("bad_warc", 2, len(a), "urn:b"), third}},
		{"a length that is too small", a + length(b, -4) + c, []string{first, row("bad_warc", 2, len(a), "urn:b"), third}},
		{"no length", a + strings.Replace(b, "Content-Length", "Content-Size", 1) + c, []string{first, row("bad_warc", 2, len(a), ""), third}},
		{"a length that is no number", a + strings.Replace(b, "Content-Length: ", "Content-Length: -", 1) + c, []string{first, row("bad_warc", 2, len(a), ""), third}},
		{"rubbish between records", a + "rubbish\nmore\n" + b, []string{row("bad_warc", 1, 0, "urn:a"), second}},
		{"rubbish at the start", "rubbish\n" + b, []string{row("bad_warc", 1, 0, ""), second}},
		{"cut off in a block", a + b[:len(b)-20], []string{first, row("bad_warc", 2, len(a), "urn:b")}},
		{"cut off in a header", a + b[:50], []string{first, row("bad_warc", 2, len(a), "")}},
		{"cut off in a block before others", a + b[:len(b)-20] + "\r\n" + c, []string{first, row("bad_warc", 2, len(a), "urn:b"), third}},
		{"blank lines", "\r\n" + a + "\r\n\r\n\r\n" + b + c + "\n\n", []string{first, second, third}},
		{"no blank lines", strings.TrimRight(a, "\r\n") + "\r\n" + strings.TrimRight(b, "\r\n") + "\r\n" + c, []string{first, second, third}},
		{"an endless header of HTTP", a + warc("response", "b", "HTTP/1.1 200 OK\r\n"+strings.Repeat("X-A: b\r\n", 10_000)) + c, []string{first, row("bad_warc", 2, len(a), "urn:b"), third}},
		{"an endless header", a + "WARC/1.0\r\n" + strings.Repeat("X-A: b\r\n", 10_000) + "\r\n" + c, []string{first, row("bad_warc", 2, len(a), ""), third}},
		{"the same id", a + a, []string{first, row("duplicate_id", 2, len(a), "urn:a")}},
		{"a record that is too long", a + fetched("b", strings.Repeat("x", 3<<20)) + c, []string{first, row("too_long", 2, len(a), "urn:b"), third}},
		{"a long record of another kind", a + warc("metadata", "b", strings.Repeat("x", 3<<20)) + c, []string{first, third}},
		{"a long record", a + fetched("b", "<!--"+strings.Repeat("x", 3<<19)+"-->"+page("Second.")) + c, []string{first, second, third}},
		{"a broken long record", a + length(fetched("b", "<!--"+strings.Repeat("x", 3<<19)+"-->"+page("Second.")), -9) + c, []string{first, row("bad_warc", 2, len(a), "urn:b"), third}},
		{"no record", "rubbish", []string{row("bad_warc", 1, 0, "")}},

		{"a part that cannot be decompressed", za + flip(zb, len(zb)/2) + zc, []string{first, row("corrupt_compression", 2, len(a), "*"), third}},
		{"a part with a wrong checksum", za + flip(zb, len(zb)-6) + zc, []string{first, row("corrupt_compression", 2, len(a), "urn:b"), third}},
		{"a first part that cannot be decompressed", flip(za, 30) + zb + zc, []string{row("corrupt_compression", 1, 0, "*"), second, third}},
		{"a part that is cut off", za + zb[:len(zb)/2] + zc, []string{first, row("corrupt_compression", 2, len(a), "*"), third}},
		{"a last part that is cut off", za + zb + zc[:len(zc)/2], []string{first, second, row("corrupt_compression", 3, len(a)+len(b), "*")}},
		{"rubbish between parts", za + "rubbish" + zb + zc, []string{first, row("corrupt_compression", 2, len(a), ""), "urn:b | x.warc#3 | Second.", "urn:c | x.warc#4 | Third."}},
		{"rubbish at the end", za + "rubbish", []string{first, row("corrupt_compression", 2, len(a), "")}},
		{"rubbish that looks like a part", za + "\x1F\x8B\x08\x00rubbish" + zb, []string{first, row("corrupt_compression", 2, len(a), ""), "urn:b | x.warc#3 | Second."}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			files{"x.warc": c.content}.write(t)
			got := read(t, ingest.Options{MaxRecord: 2 << 20}, "x.warc")
			for i, want := range c.want { // how much of a broken part can be read says the library
				if prefix, any := strings.CutSuffix(want, "*"); any && i < len(got) && strings.HasPrefix(got[i], prefix) {
					c.want[i] = got[i]
				}
			}
			equal(t, got, c.want...)
		})
	}
}

func TestWARCMetadata(t *testing.T) {
	head := "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
	for _, c := range []struct{ name, record, url, language string }{
		{"brackets", warc("response", "a", head+page("A."), "WARC-Target-URI: <http://a.example/>"), "http://a.example/", ""},
		{"spaces", warc("response", "a", head+page("A."), "WARC-Target-URI: http://a.example/b c"), "http://a.example/b c", ""},
		{"bytes", warc("response", "a", head+page("A."), "WARC-Target-URI: http://a.example/\xFF\x01"), "http://a.example/\uFFFD", ""},
		{"a language", warc("conversion", "a", "A.", "WARC-Target-URI: http://a.example/", "Content-Type: text/plain", "WARC-Identified-Content-Language: deu,eng"), "http://a.example/", "de"},
	} {
		t.Run(c.name, func(t *testing.T) {
			files{"x.warc": c.record}.write(t)
			docs, _ := readAll(t, ingest.Options{}, "x.warc")
			if len(docs) != 1 || docs[0].URL != c.url || docs[0].Language != c.language || !docs[0].Published.IsZero() {
				t.Errorf("got %+v", docs)
			}
		})
	}
}

// Archives in Zstandard may begin with a dictionary for all their parts.
func TestWARCDictionary(t *testing.T) {
	var samples [][]byte
	for i := range 200 {
		samples = append(samples, []byte(fetched(fmt.Sprint("sample", i), page(fmt.Sprint("Sample ", i*i, " of a page.")))))
	}
	d, err := dict.BuildZstdDict(samples, dict.Options{MaxDictSize: 4 << 10, HashBytes: 6, ZstdDictID: 7, ZstdDictCompat: false})
	if err != nil {
		t.Fatal(err)
	}
	frame := func(s string) string {
		return "\x5D\x2A\x4D\x18" + string(binary.LittleEndian.AppendUint32(nil, uint32(len(s)))) + s
	}
	parts := zstandardWith(d, fetched("a", page("First."))) + zstandardWith(d, fetched("b", page("Second.")))
	want := []string{"urn:a | x.warc.zst#1 | First.", "urn:b | x.warc.zst#2 | Second."}
	for name, head := range map[string]string{"plain": frame(string(d)), "compressed": frame(zstandard(string(d)))} {
		t.Run(name, func(t *testing.T) {
			files{"x.warc.zst": head + parts}.write(t)
			equal(t, read(t, ingest.Options{}, "x.warc.zst"), want...)
		})
	}
	files{"x.warc.zst": parts}.write(t)
	equal(t, read(t, ingest.Options{}, "x.warc.zst"), "! corrupt_compression | x.warc.zst | 1 | 0 | ")
}

func TestARC(t *testing.T) {
	record := func(line, block string) string { return fmt.Sprintf(line, len(block)) + "\n" + block + "\n" }
	head := record("filedesc://x.arc 0.0.0.0 20080430204825 text/plain %d", "1 1 Crawler\nURL IP-address Archive-date Content-type Archive-length\n")
	answer := func(text string) string {
		return "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + page(text)
	}
	one := record("http://a.example/ 192.0.2.1 20080430204825 text/html %d", answer("One."))
	spaces := record("http://a.example/b?t=Two of them 192.0.2.1 20080430204825 text/html %d", answer("Two."))
	second := record("http://a.example/c 2001:db8::1 20080430204825 text/html 200 - - 1234 x.arc %d", answer("Three."))
	bare := record("http://a.example/d 192.0.2.1 20080430204825 text/html %d", page("Four."))
	dns := record("dns:a.example 192.0.2.1 20080430204825 text/dns %d", "20080430204825\na.example. 1 IN A 192.0.2.1")
	image := record("http://a.example/e.png 192.0.2.1 20080430204825 image/png %d", "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n\x89PNG\n\n")
	want := []string{"x.arc#3 | x.arc#3 | One.", "x.arc#4 | x.arc#4 | Two.", "x.arc#6 | x.arc#6 | Three.", "x.arc#7 | x.arc#7 | Four."}
	cases := []struct {
		name, content string
		want          []string
	}{
		{"plain", head + dns + one + spaces + image + second + bare, want},
		{"in gzip", gzipped(head) + gzipped(dns) + gzipped(one) + gzipped(spaces) + gzipped(image) + gzipped(second) + gzipped(bare), want},
		{"without its first record", one + spaces, []string{"x.arc#1 | x.arc#1 | One.", "x.arc#2 | x.arc#2 | Two."}},
		{"a wrong length", head + strings.Replace(one, "text/html ", "text/html 1", 1) + spaces,
			[]string{fmt.Sprintf("! bad_warc | x.arc | 2 | %d | ", len(head)), "x.arc#3 | x.arc#3 | Two."}},
		{"no length", head + strings.Replace(one, "text/html ", "text/html x", 1) + spaces,
			[]string{fmt.Sprintf("! bad_warc | x.arc | 2 | %d | ", len(head)), "x.arc#3 | x.arc#3 | Two."}},
		{"cut off", head + one[:len(one)-10], []string{fmt.Sprintf("! bad_warc | x.arc | 2 | %d | ", len(head))}},
		{"no page", head + dns, []string{"! no_text | x.arc | 0 | -1 | "}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			files{"x.arc": c.content}.write(t)
			docs, got := readAll(t, ingest.Options{}, "x.arc")
			equal(t, got, c.want...)
			if len(docs) == 4 && docs[1].URL != "http://a.example/b?t=Two of them" {
				t.Errorf("address %q", docs[1].URL)
			}
		})
	}
}

// What comes of archives that others have made, most of them broken on purpose:
// documents, records passed over, and the errors.
func TestWARCSamples(t *testing.T) {
	dir := shared.Path(t, "data/warc")
	want := map[string]struct {
		documents int
		passed    int64
		errors    []string // reason and record
	}{
		"iipc-webarchive-commons/format_arc_IAH-20080430204825-00000-blackbook-truncated.arc": {2, 7, nil},
		"iipc-webarchive-commons/format_gzip_IAH-urls-wget.warc.gz":                           {2, 34, nil},
		"iipc-webarchive-commons/format_warc_IAH-urls-wget.warc":                              {2, 34, nil},
		"iipc-webarchive-commons/format_warc_mutliple-headers.warc":                           {0, 0, []string{"no_text 1"}},
		"iipc-webarchive-commons/resource_html_link-extraction-test.warc":                     {5, 1, []string{"no_text 3", "no_text 7"}},
		"warcio/bad.arc":                             {0, 0, []string{"bad_warc 1", "bad_warc 2", "no_text 3", "bad_warc 4"}},
		"warcio/example-bad-non-chunked.warc.gz":     {1, 5, nil},
		"warcio/example-bad.warc.gz.bad":             {1, 5, nil},
		"warcio/example-digest.warc":                 {0, 4, []string{"no_text 0"}},
		"warcio/example-iana.org-chunked.warc":       {1, 2, nil},
		"warcio/example-resource.warc.gz":            {1, 2, nil},
		"warcio/example-space-in-target-uri.warc.gz": {0, 2, []string{"no_text 0"}},
		"warcio/example-space-in-url.arc":            {0, 1, []string{"bad_warc 2"}},
		"warcio/example-trunc.warc":                  {0, 3, []string{"bad_warc 3"}},
		"warcio/example-wget-bad-target-uri.warc.gz": {1, 5, nil},
		"warcio/example-wrong-chunks.warc.gz":        {1, 1, nil},
		"warcio/example.arc":                         {1, 1, nil},
		"warcio/example.arc.gz":                      {1, 1, nil},
		"warcio/example.warc":                        {1, 5, nil},
		"warcio/example.warc.gz":                     {1, 5, nil},
		"warcio/post-test.warc.gz":                   {0, 6, []string{"no_text 0"}},
	}
	found, err := filepath.Glob(filepath.Join(dir, "*", "*arc*"))
	if err != nil || len(found) != len(want) {
		t.Fatalf("%d files, want %d: %v", len(found), len(want), err)
	}
	for _, path := range found {
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.ToSlash(rel)
		t.Run(name, func(t *testing.T) {
			w := want[name]
			r, err := ingest.Open([]string{path}, ingest.Options{})
			if err != nil {
				t.Fatal(err)
			}
			documents := 0
			var errs []string
			for doc, err := range r.Documents(t.Context()) {
				if doc != nil {
					documents++
					checkDocument(t, doc)
				}
				if err != nil {
					e := err.(*ingest.Error)
					checkError(t, e)
					errs = append(errs, fmt.Sprint(e.Reason, " ", e.Record))
				}
			}
			if p := r.Progress(); documents != w.documents || p.PassedOver != w.passed || !slices.Equal(errs, w.errors) {
				t.Errorf("%d documents, %d records passed over, errors %q; want %+v", documents, p.PassedOver, errs, w)
			}
		})
	}
}
