package ingest_test

import (
	"archive/tar"
	"bytes"
	"encoding/base64"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"

	"github.com/onrecord-nlp/onrecord/pipeline/ingest"
)

// Made with bzip2 and xz, which cannot be written here.
const (
	packedText  = "He said “yes” and packed his bags.\n"
	packedBzip2 = "QlpoOTFBWSZTWdDweDkAAARV4QAQQAEAQD7pSCBAAAAGEAAgACImQaNA9ICgaaGRkxE6LExpMNGpMo3gPRTcJFXRu+LxS18XckU4UJDQ8Hg5"
	packedXz    = "/Td6WFoAAATm1rRGAgAhARYAAAB0L+WjAQAmSGUgc2FpZCDigJx5ZXPigJ0gYW5kIHBhY2tlZCBoaXMgYmFncy4KAACaVdc3pUIkpQABPyd8KlLdH7bzfQEAAAAABFla"
	xsBzip2     = "QlpoOTFBWSZTWZXGgJcBAQGAgIBAAAggADCAKRtoAgGiAQDi7kinChISuNAS4A=="                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                         // 32 MiB of the letter x
	xsXz        = "/Td6WFoAAAD/EtlBAgAhARwAAAAQz1jM//8RAWxdADxv+7/+o7Fe5fg/sqomVfhocEFwFQ+N/R5MG4pCtxn0aRhxrmYjiopNL6MN2X+m44wjEVPgWRjFdYrid/i2lH8MasDedElk4ulcU7IE2PdEDKtfDW1G6eXDdoi3llestk3haR1v+0uIEGxCy4g/XACP0E6vJiiUcR89jyThcJ6nI1/sKMuF0ZWYin4qkfIndfcZwAaYTZj92K/VkA/EJVP49ZE2MQWlsO5vwXBNRwzRkRGqrWAdus6xJxhcWYbpZlJYvul2rFnk5VsFCPnH2q38+1IrdM0eWyBC+d1TPfgpZAk7gMsqbN+1O/DEvS5fqg8+S2ZCkBMO/xCT+HF4WfgLzf+VKEYPqfx83vuaMC5WwI+F84OBwGXEJVP49ZE2MQWlsO5vwXBNRwzRkRGqrWAdus6xJxhcWYbpZlJYvul2rFnk5VsFCPnH2q38+1IrdM0eWyBC+d1TPfgpZAk7gMsqbN+1O/DEvEgn5lif/xABKwDsc1On/b6ufDEan7eNMW5wnqcjX+woy4XRlZiKfiqR8id19xnABphNmP3Yr9WQD8QlU/j1kTYxBaWw7m/BcE1HDNGREaqtYB26zrEnGFxZhulmUli+6XasWeTlWwUI+cfarfz7Uit0zR5bIEL53VM9+ClkCTuAyyps37U78MS9Ll+qDz5LZkKQEw7/EJP4cXhZ+AvN/5UoRg+p/Hze+5owLlbAj4Xzg4HAZcQlU/j1kTYxBaWw7m/BcE1HDNGREaqtYB26zrEnGFxZhulmUli+6XasWeTlWwUI+cfarfz7Uit0zR5bIEL53VM9+ClkCTuAyyps37U78MS9Ll+qDz5LZkKQEw7/EJP4cXhZ+AvN/5UoRg+p/Hze+5owLlbAj4Xzg4HAZcQlUQ8/soAB3AAFAEHqpi0AAAABvAWAgIACf9xcv6gACvwCAAAAAABZWg==" // 4 MiB of the letter x
)

func base64Of(s string) string {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func lz4Frame(s string) string {
	var b bytes.Buffer
	z := lz4.NewWriter(&b)
	z.Write([]byte(s))
	z.Close()
	return b.String()
}

func TestCompression(t *testing.T) {
	bzip2, xz := base64Of(packedBzip2), base64Of(packedXz)
	hugeXz := []byte(xz)
	hugeXz[16] = 40                                                               // a dictionary of 4 GiB,
	copy(hugeXz[20:24], "\xE6\xA0\x11\xB3")                                       // and the checksum of the header that says so
	skip := "\x50\x2A\x4D\x18\x03\x00\x00\x00abc"                                 // a frame of Zstandard that holds no data
	hugeZstd := "\x28\xB5\x2F\xFD\x00" + string([]byte{18 << 3}) + "\x01\x00\x00" // a window of 256 MiB
	text := func(name, s string) string { return fmt.Sprintf("%s | %s | %s", name, name, s) }
	cases := []struct{ name, content, want string }{
		{"a.txt.bz2", bzip2, text("a.txt.bz2", packedText)},
		{"a.txt.xz", xz, text("a.txt.xz", packedText)},
		{"a.txt.lz4", lz4Frame(packedText), text("a.txt.lz4", packedText)},
		{"a.txt.gz", gzipped("One, ") + gzipped("two."), text("a.txt.gz", "One, two.")},
		{"padded.txt.gz", gzipped("One, ") + "\x00\x00" + gzipped("two.") + strings.Repeat("\x00", 512), text("padded.txt.gz", "One, two.")},
		{"b.txt.zst", zstandard("One, ") + skip + zstandard("two."), text("b.txt.zst", "One, two.")},
		{"b.txt.bz2", bzip2 + bzip2, text("b.txt.bz2", packedText+packedText)},
		{"b.txt.xz", xz + "\x00\x00\x00\x00" + xz, text("b.txt.xz", packedText+packedText)},
		{"b.txt.lz4", lz4Frame("One, ") + lz4Frame("two."), text("b.txt.lz4", "One, two.")},
		{"twice.txt.gz", gzipped(gzipped("Twice.")), text("twice.txt.gz", "Twice.")},
		{"mixed.txt.gz.zst", zstandard(gzipped("Mixed.")), text("mixed.txt.gz.zst", "Mixed.")},
		{"thrice.txt.gz", gzipped(gzipped(gzipped("Thrice."))), "! too_nested | thrice.txt.gz | 0 | -1 | "},
		{"BZh.txt", "BZh is no prefix of mine.", text("BZh.txt", "BZh is no prefix of mine.")},
		{"misnamed.gz", xz, text("misnamed.gz", packedText)},
		{"cut.txt.gz", gzipped(article)[:40], "! corrupt_compression | cut.txt.gz | 0 | -1 | "},
		{"cut.txt.bz2", bzip2[:60], "! corrupt_compression | cut.txt.bz2 | 0 | -1 | "},
		{"cut.txt.xz", xz[:60], "! corrupt_compression | cut.txt.xz | 0 | -1 | "},
		{"cut.txt.lz4", lz4Frame(packedText)[:20], "! corrupt_compression | cut.txt.lz4 | 0 | -1 | "},
		{"huge.txt.xz", string(hugeXz), "! unsupported | huge.txt.xz | 0 | -1 | "},
		{"huge.txt.zst", hugeZstd, "! unsupported | huge.txt.zst | 0 | -1 | "},
		{"rubbish.txt.gz", gzipped("One.") + "rubbish", "! corrupt_compression | rubbish.txt.gz | 0 | -1 | "},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			files{"d/" + c.name: c.content}.write(t)
			want := strings.ReplaceAll(c.want, c.name, "d/"+c.name)
			equal(t, read(t, ingest.Options{}, "d"), want) // found in a folder
		})
	}
}

// article is as long as a short wire story.
var article = strings.Repeat("“We will not pay,” the minister told reporters on Tuesday. \"That is final,\" she added, and left for the airport.\n\n", 24)

// blow makes a file of parts: head, and then n MiB of the byte c.
func blow(pack func(string) string, head string, c byte, n int) string {
	return pack(head) + strings.Repeat(pack(strings.Repeat(string(c), 16<<20)), n/16)
}

// A file that becomes very much without a document in it is given up. What came
// before is kept, and memory stays as it is.
func TestBomb(t *testing.T) {
	const n = 400 // MiB
	line := `{"id":"first","text":"Before."}` + "\n"
	head := "first | %s#1 | Before."
	tarOf := func(name string) string {
		return blow(gzipped, tarHeader("first.txt", 7)+tarBlock("Before.")+tarHeader(name, n<<20), 0, n)
	}
	record := func(kind string) string {
		return fmt.Sprintf("WARC/1.0\r\nWARC-Type: %s\r\nWARC-Record-ID: <urn:uuid:b>\r\nWARC-Target-URI: http://a.example/\r\nContent-Type: application/http\r\nContent-Length: %d\r\n\r\n", kind, n<<20)
	}
	page := "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>"
	cases := []struct {
		name, content string
		want          []string
	}{
		{"line.jsonl.gz", blow(gzipped, line, 'x', n), []string{head, "! bomb | %s | 2 |"}},
		{"line.jsonl.zst", blow(zstandard, line, 'x', n), []string{head, "! bomb | %s | 2 |"}},
		{"line.jsonl.lz4", blow(lz4Frame, line, 'x', n), []string{head, "! bomb | %s | 2 |"}},
		{"line.jsonl.bz2", base64Of(packedBzip2) + strings.Repeat(base64Of(xsBzip2), 13), []string{"! bad_json | %s | 1 |", "! bomb | %s | 2 |"}},
		{"line.jsonl.xz", base64Of(packedXz) + strings.Repeat(base64Of(xsXz), 100), []string{"! bad_json | %s | 1 |", "! bomb | %s | 2 |"}},
		{"array.json.gz", blow(gzipped, "["+line+",", ' ', n), []string{head, "! bomb | %s | 2 |"}},
		{"string.json.gz", blow(gzipped, "["+line+`,{"text":"`, 'x', n), []string{head, "! bomb | %s | 2 |"}},
		{"text.txt.gz", blow(gzipped, "", 'x', n), []string{"! too_long | %s | 0 |"}},
		{"passed-over.tar.gz", tarOf("photo.jpg"), []string{"%s!/first.txt | %s!/first.txt | Before.", "! bomb | %s | 0 |"}},
		{"long.tar.gz", tarOf("long.html"), []string{"%s!/first.txt | %s!/first.txt | Before.", "! unsupported | %s!/long.html", "! bomb | %s | 0 |"}},
		{"passed-over.warc.gz", blow(gzipped, record("request"), 0, n), []string{"! bomb | %s | 1 |"}},
		{"page.warc.gz", blow(gzipped, record("response")+page, 'x', n), []string{"! bomb | %s | 1 |"}},
		{"header.warc.gz", blow(gzipped, "WARC/1.0\r\nX:", 'x', n), []string{"! bad_warc | %s | 1 |", "! bomb | %s | 2 |"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			files{c.name: c.content}.write(t)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			got := read(t, ingest.Options{MaxRecord: 1 << 20, Workers: 1}, c.name)
			runtime.ReadMemStats(&after)
			if n := after.TotalAlloc - before.TotalAlloc; n > 100<<20 {
				t.Errorf("%d bytes were allocated", n)
			}
			for i, want := range c.want {
				want = strings.ReplaceAll(want, "%s", c.name)
				if i >= len(got) || !strings.HasPrefix(got[i], want) {
					t.Fatalf("got %.300q, want %q", got, c.want)
				}
			}
			if len(got) != len(c.want) {
				t.Errorf("got %.300q, want %q", got, c.want)
			}
		})
	}
}

// A dump that says the same again and again is no bomb.
func TestRepetitionIsNoBomb(t *testing.T) {
	if testing.Short() {
		t.Skip("reads half a gigabyte")
	}
	const n = 150_000
	escaped := strings.NewReplacer("\"", `\"`, "\n", `\n`).Replace(article)
	z := zstandard(strings.Repeat(`{"text":"`+escaped+`"}`+"\n", n))
	if ratio := n * len(escaped) / len(z); ratio < 1000 {
		t.Fatalf("the dump is compressed 1 to %d", ratio)
	}
	files{"same.jsonl.zst": z}.write(t)
	r, err := ingest.Open([]string{"same.jsonl.zst"}, ingest.Options{MaxRecord: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range r.Documents(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
	}
	if got := r.Progress().Documents; got != n {
		t.Errorf("%d documents, want %d", got, n)
	}
}

// tarHeader is the header of a member of a tar archive.
func tarHeader(name string, size int64) string {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	if err := w.WriteHeader(&tar.Header{Name: name, Size: size, Mode: 0o644, Format: tar.FormatUSTAR}); err != nil {
		panic(err)
	}
	return b.String()
}

// tarBlock fills the last block of a member.
func tarBlock(s string) string { return s + strings.Repeat("\x00", -len(s)&511) }

func zstandardWith(dict []byte, s string) string {
	z, err := zstd.NewWriter(nil, zstd.WithEncoderDict(dict))
	if err != nil {
		panic(err)
	}
	return string(z.EncodeAll([]byte(s), nil))
}
