package ingest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"
)

func webRecord(id, html string) string {
	block := "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + html
	return fmt.Sprintf("WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <%s>\r\nWARC-Target-URI: http://a.example/%s\r\nContent-Length: %d\r\n\r\n%s\r\n\r\n", id, id, len(block), block)
}

// Whatever byte of one part of a file is damaged, the parts around it are read,
// and something is said of it.
func TestEveryDamage(t *testing.T) {
	var part [3]string
	for i, id := range []string{"a", "b", "c"} {
		part[i] = string(packGzip([]byte(webRecord(id, "<p>A page of a few words, called "+id+"."))))
	}
	for at := range part[1] {
		for _, mask := range []byte{0x01, 0x80, 0xFF} {
			b := []byte(part[1])
			b[at] ^= mask
			r, err := Open([]string{"-"}, Options{Stdin: strings.NewReader(part[0] + string(b) + part[2]), Workers: 1})
			if err != nil {
				t.Fatal(err)
			}
			var ids []string
			failed := 0
			for doc, err := range r.Documents(t.Context()) {
				if doc != nil {
					ids = append(ids, doc.ID)
				}
				if err != nil {
					failed++
				}
			}
			got := strings.Join(ids, " ")
			// Some bytes of the header of gzip say nothing.
			if got != "a c" && got != "a b c" || got == "a c" && failed == 0 || failed > 2 {
				t.Errorf("byte %d with %02x: documents %s, %d errors", at, mask, got, failed)
			}
		}
	}
}

// FuzzContainers reads anything as a web archive or whatever else it looks like.
func FuzzContainers(f *testing.F) {
	page := webRecord("a", "<p>A.")
	f.Add([]byte(page+page), true)
	f.Add(packGzip([]byte(page)), true)
	f.Add(append(packGzip([]byte(page))[:60], packGzip([]byte(page))...), false)
	f.Add([]byte("filedesc://x 0.0.0.0 20080430204825 text/plain 4\n1 1\n\nhttp://a 1.1.1.1 20080430204825 text/html 5\n<p>A.\n"), true)
	f.Add([]byte(strings.Replace(page, "Content-Type:", "Transfer-Encoding: chunked\r\nContent-Encoding: gzip, br\r\nContent-Type:", 1)), true)
	f.Add([]byte("PK\x03\x04"+page+"PK\x05\x06"), false)
	f.Add([]byte("\xFD7zXZ\x00\x00\x00\xFF\x12\xD9A\x02\x00!\x01\x16\x00\x00\x00t/\xE5\xA3"), false)
	f.Add([]byte("BZh91AY&SY\xD0\xF0x9\x00\x00\x04W\x80\x00@\x00\x01"), false)
	f.Add([]byte("\x04\x22\x4D\x18d@\xA7\x04\x00\x00\x80A.A.\x00\x00\x00\x00"), false)
	f.Fuzz(func(t *testing.T, data []byte, web bool) {
		if len(data) > 1<<16 {
			return
		}
		opts := Options{Stdin: bytes.NewReader(data), MaxRecord: 1 << 12, Workers: 1}
		if web {
			opts.Format = FormatWARC
		}
		r, err := Open([]string{"-"}, opts)
		if err != nil {
			t.Fatal(err)
		}
		results := 0
		for doc, err := range r.Documents(context.Background()) {
			results++
			if err != nil {
				e, ok := errors.AsType[*Error](err)
				if !ok || !utf8.ValidString(e.Source+e.Message+e.DocID) || e.Byte > 1<<30 {
					t.Fatalf("%T: %v", err, err)
				}
			}
			if doc != nil && (strings.TrimSpace(doc.Text) == "" || !utf8.ValidString(doc.ID+doc.Source+doc.URL) || firstOdd(doc.ID+doc.Source+doc.URL, 0) != len(doc.ID+doc.Source+doc.URL)) {
				t.Fatalf("%+v", doc)
			}
		}
		if results == 0 {
			t.Fatal("nothing came of it, not even an error")
		}
	})
}

// FuzzChunks takes a body out of the chunks that it was put into, and anything
// else as far as it goes.
func FuzzChunks(f *testing.F) {
	f.Add([]byte("5;a=b\r\nabcde\r\n0\r\n\r\n"), uint64(3))
	f.Add([]byte("<p>no chunk"), uint64(1))
	f.Fuzz(func(t *testing.T, data []byte, seed uint64) {
		var b bytes.Buffer
		rng := rand.New(rand.NewPCG(seed, 0))
		for rest := data; len(rest) > 0; {
			n := 1 + rng.IntN(len(rest))
			fmt.Fprintf(&b, "%X\r\n%s\r\n", n, rest[:n])
			rest = rest[n:]
		}
		whole := b.String() + "0\r\n\r\n"
		if got := dechunk([]byte(whole)); !bytes.Equal(got, data) {
			t.Fatalf("%q in chunks became %q", data, got)
		}
		if got := dechunk(bytes.Clone(data)); len(got) > len(data) {
			t.Fatalf("%q became %q", data, got)
		}
	})
}

// webPages is a crawl of n pages of about 60 kB, two thirds of which they share,
// each with a request before it.
func webPages(n int, zip bool) []byte {
	rng := rand.New(rand.NewPCG(1, 2))
	words := make([]string, 4000)
	for i := range words {
		words[i] = fmt.Sprintf("%c%x", 'a'+rng.IntN(26), rng.IntN(1<<(4+4*rng.IntN(4))))
	}
	var out bytes.Buffer
	furniture := strings.Repeat("<li class=\"menu-item\"><a href=\"/section/topic\">A topic of the day</a></li>\n", 520)
	for i := range n {
		var b strings.Builder
		b.WriteString("<!DOCTYPE html><html><head><title>T</title></head><body>" + furniture)
		for b.Len() < 60_000 {
			fmt.Fprintf(&b, `<div class="%s"><a href="/%s/%s.html">%s</a><p>`, words[rng.IntN(100)], words[rng.IntN(100)], words[rng.IntN(4000)], words[rng.IntN(4000)])
			for range 20 {
				b.WriteString(words[rng.IntN(4000)])
				b.WriteByte(' ')
			}
			b.WriteString("</p></div>\n")
		}
		request := fmt.Sprintf("WARC/1.0\r\nWARC-Type: request\r\nWARC-Record-ID: <q%d>\r\nContent-Length: 4\r\n\r\nGET \r\n\r\n", i)
		for _, record := range []string{request, webRecord(fmt.Sprint("urn:uuid:", i), b.String())} {
			if zip {
				out.Write(packGzip([]byte(record)))
			} else {
				out.WriteString(record)
			}
		}
	}
	return out.Bytes()
}

// BenchmarkWARC finds the pages of a crawl, without taking them apart.
func BenchmarkWARC(b *testing.B) {
	const n = 300
	for _, c := range []struct {
		name string
		data []byte
	}{{"plain", webPages(n, false)}, {"gzip", webPages(n, true)}} {
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(len(c.data)))
			b.ReportAllocs()
			for b.Loop() {
				r, err := Open([]string{"-"}, Options{Stdin: bytes.NewReader(c.data)})
				if err != nil {
					b.Fatal(err)
				}
				s := &stream{Reader: r, ctx: b.Context(), skip: 1 << 40} // as if all were delivered
				f := file{path: "-", name: stdin}
				raw, err := r.open(f)
				if err != nil {
					b.Fatal(err)
				}
				if !s.readInput(f, raw, 0) || s.slots != n {
					b.Fatalf("%d pages", s.slots)
				}
			}
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "pages/s")
		})
	}
}
