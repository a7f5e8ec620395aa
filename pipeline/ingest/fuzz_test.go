package ingest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzScan holds the scanner to encoding/json: what that accepts it accepts,
// with the same keys and the same strings.
func FuzzScan(f *testing.F) {
	for _, s := range []string{
		`{"a":"b\u00e9\ud83d\ude00\n","c":[1,2.5e-3,{"d":null}],"e":{"f":true}}`, `{}`, `{"a":"\ud800x"}`, `{"a" : -0.0 , "b":[ ] }`,
		`{"a":"x\\"}`, `{"a":"x\""}`, `{"a":01}`, `{"a":"x`, `{"a":1,}`, `[]`, "{\"a\":\"\x00\"}",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		start := skipSpace(data, 0)
		if start == len(data) {
			return
		}
		v, err := scanValue(data, start, 0)
		if err != nil {
			if json.Valid(data) && !strings.Contains(err.msg, "nested deeper") {
				t.Fatalf("%q is valid JSON: %v", data, err)
			}
			if err.at < 0 || err.at > len(data) {
				t.Fatalf("%q: error at %d", data, err.at)
			}
			return
		}
		if !json.Valid(data) || v.kind != objectValue || !utf8.Valid(data) {
			return
		}
		want := make(map[string]any)
		if err := json.Unmarshal(data, &want); err != nil {
			return // numbers beyond float64
		}
		got := make(map[string]value)
		scanObject(data, v.start, 0, func(key []byte, val value) {
			name, _ := unquote(append(append([]byte{'"'}, key...), '"'), value{0, len(key) + 2, stringValue})
			got[name] = val
		})
		if len(got) != len(want) {
			t.Fatalf("%q: %d keys, want %d", data, len(got), len(want))
		}
		for k, w := range want {
			if w, ok := w.(string); ok {
				if s, _ := unquote(data, got[k]); s != w {
					t.Fatalf("%q: %q is %q, want %q", data, k, s, w)
				}
			}
		}
	})
}

// FuzzDocuments reads anything in any format: it must end, deliver valid text,
// explain every record that it does not deliver, and cut records where a plain
// reading cuts them.
func FuzzDocuments(f *testing.F) {
	for _, s := range []string{
		"{\"text\":\"A.\"}\n{\"text\":\"B\n\n{\"id\":1,\"text\":\"<p>C</p>\"}", "[{\"text\":\"A.\"},{\"text\":nope},7]", "<html><title>T</title><p>“A”<q>b</q><br><br>c",
		"\xFF\xFEA\x00", "\xEF\xBB\xBFA", "\x93A\x94", "A\xE2\x80", "{\n\"text\":\"A\"\n}\n{}", "{\"text\":\"\\ud800\"}", "\x1F\x8B\x08", "\x28\xB5\x2F\xFD\x00",
		"id,text\n1,\"A,\nb\"\n2,\"C\n3,D\n", "text;x\n\"\"\"a\"\"\";\n", "<rss><item><description>A &lt;p&gt;</description></item><item><![CDATA[></item></rss>",
		"<feed><entry><content type=\"xhtml\"><p>A</p></content></entry></feed>", "From a\nSubject: s\n\nA\n\nFrom b\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\nB\n--x--\n",
		`{"text":"&quot;A&#8221;","date":"2017-03-26","author":[{"name":"x"}],"content":{"rendered":"y"}}`,
	} {
		for format := range len(formatNames) {
			f.Add([]byte(s), uint8(format))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, format uint8) {
		if len(data) > 1<<16 {
			return
		}
		r, err := Open([]string{"-"}, Options{Stdin: bytes.NewReader(data), Format: Format(format) % Format(len(formatNames)), MaxRecord: 1 << 12, Workers: 1})
		if err != nil {
			t.Fatal(err)
		}
		results := 0
		ids := make(map[string]bool)
		for doc, err := range r.Documents(context.Background()) {
			results++
			if err != nil {
				if _, ok := errors.AsType[*Error](err); !ok {
					t.Fatalf("%T", err)
				}
				continue
			}
			if ids[doc.ID] {
				t.Fatalf("the id %q comes twice", doc.ID)
			}
			ids[doc.ID] = true
			if strings.TrimSpace(doc.Text) == "" {
				t.Fatal("a document without text")
			}
			for _, s := range []string{doc.ID, doc.Source, doc.URL, doc.Title, doc.Byline, doc.Language, doc.Text} {
				if !utf8.ValidString(s) || firstOdd(s, 0) != len(s) {
					t.Fatalf("%q in a document of %q", s, data)
				}
			}
		}
		if results == 0 {
			t.Fatalf("nothing came of %q, not even an error", data)
		}
	})
}

// FuzzRecords cuts streams through a reader with a small buffer and one with a
// large one; both must find the same records.
func FuzzRecords(f *testing.F) {
	f.Add([]byte("[{\"a\":\"]\\\"\"},2,[3]]{} \"x\" word }{"), true)
	f.Add([]byte("a\n\nb\r\nc"), false)
	f.Fuzz(func(t *testing.T, data []byte, values bool) {
		cut := func(buffer int) (records []string) {
			rr := &recordReader{br: newBuffer(data, buffer), limit: 64}
			for {
				next := rr.line
				if values {
					next = rr.value
				}
				rec, err := next()
				if err != nil {
					return append(records, err.Error())
				}
				if rec.offset < 0 || rec.offset > int64(len(data)) || rec.size > int64(len(data)) {
					t.Fatalf("a record of %d bytes at %d in %d bytes", rec.size, rec.offset, len(data))
				}
				if rec.long {
					records = append(records, "long")
					continue
				}
				if values && !bytes.HasPrefix(data[rec.offset:], rec.data) {
					t.Fatalf("%q does not stand at %d of %q", rec.data, rec.offset, data)
				}
				records = append(records, string(rec.data))
			}
		}
		small, large := cut(16), cut(1<<16)
		if strings.Join(small, "\x00") != strings.Join(large, "\x00") {
			t.Fatalf("%q: records are %q with a small buffer, %q with a large one", data, small, large)
		}
	})
}

// FuzzPage renders anything as a page.
func FuzzPage(f *testing.F) {
	for _, s := range []string{"<p>He <b>said</b> “yes”.</p>", "<table><td>x<p>y", "<q><q>a</q>", "<a><div><a>", "<script type=application/ld+json>{\"@type\":\"Article\",\"author\":[[[]]]}</script>", "&#x0;&#147;\x00\x93"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		s = strings.ToValidUTF8(s, "\uFFFD")
		if len(s) > 1<<14 {
			return
		}
		for _, text := range []string{markupText(s), inlineText(s)} {
			if !utf8.ValidString(text) {
				t.Fatalf("%q gives %q", s, text)
			}
		}
		p, err := readPage(s)
		if err != nil {
			if strings.HasPrefix(err.Error(), "panic") {
				t.Fatalf("%q: %v", s, err)
			}
			return
		}
		for _, text := range []string{p.text, p.title, p.byline, p.url, p.language} {
			if !utf8.ValidString(text) {
				t.Fatalf("%q gives %q", s, text)
			}
		}
		if strings.Contains(p.text, "\n\n\n") || len(p.text) > 3*len(s)+math.MaxUint8 {
			t.Fatalf("%q gives %q", s, p.text)
		}
	})
}

func newBuffer(data []byte, size int) *bufio.Reader {
	return bufio.NewReaderSize(bytes.NewReader(data), size)
}
