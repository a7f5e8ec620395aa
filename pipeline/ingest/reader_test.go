package ingest_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/klauspost/compress/zstd"

	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/ingest"
)

// files is a folder to be: names and contents.
type files map[string]string

// write makes the folder, goes into it and returns to where it was when the
// test ends.
func (f files) write(t testing.TB) {
	t.Helper()
	dir := t.TempDir()
	for name, content := range f {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	switch t := t.(type) {
	case *testing.T:
		t.Chdir(dir)
	case *testing.B:
		t.Chdir(dir)
	}
}

// read returns what the inputs give, one line a document or error:
//
//	id | source | text
//	! reason | source | record | byte | id
//
// with "kept" after the reason where the document was delivered.
func read(t testing.TB, opts ingest.Options, inputs ...string) []string {
	t.Helper()
	docs, lines := readAll(t, opts, inputs...)
	_ = docs
	return lines
}

func readAll(t testing.TB, opts ingest.Options, inputs ...string) (docs []*pipeline.Document, lines []string) {
	t.Helper()
	r, err := ingest.Open(inputs, opts)
	if err != nil {
		t.Fatal(err)
	}
	for doc, err := range r.Documents(context.Background()) {
		if doc != nil {
			docs = append(docs, doc)
			lines = append(lines, fmt.Sprintf("%s | %s | %s", doc.ID, doc.Source, doc.Text))
			checkDocument(t, doc)
		}
		if err == nil {
			continue
		}
		e, ok := errors.AsType[*ingest.Error](err)
		if !ok {
			t.Fatalf("an error of the stream is a %T: %v", err, err)
		}
		checkError(t, e)
		kept := ""
		if e.Kept {
			kept = " kept"
		}
		lines = append(lines, fmt.Sprintf("! %s%s | %s | %d | %d | %s", e.Reason, kept, e.Source, e.Record, e.Byte, e.DocID))
	}
	p := r.Progress()
	if got := int64(len(docs)); p.Documents != got || p.Errors != int64(len(lines))-got {
		t.Errorf("progress counts %d documents and %d errors of %d lines", p.Documents, p.Errors, len(lines))
	}
	return docs, lines
}

func checkDocument(t testing.TB, d *pipeline.Document) {
	t.Helper()
	if d.ID == "" || d.Source == "" || strings.TrimSpace(d.Text) == "" {
		t.Errorf("a document lacks id, source or text: %+v", d)
	}
	for _, s := range []string{d.ID, d.Source, d.URL, d.Title, d.Byline, d.Language, d.Text} {
		if !utf8.ValidString(s) {
			t.Errorf("document %q: no valid UTF-8: %q", d.ID, s)
		}
		if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' || r >= 0x7F && r < 0xA0 }) {
			t.Errorf("document %q: control character in %q", d.ID, s)
		}
	}
	if strings.ContainsAny(d.Title+d.Byline+d.URL+d.ID, "\n\t") {
		t.Errorf("document %q: metadata over several lines", d.ID)
	}
}

func checkError(t testing.TB, e *ingest.Error) {
	t.Helper()
	if !slices.Contains(ingest.Reasons(), e.Reason) {
		t.Errorf("%v: the reason %q is not on the list", e, e.Reason)
	}
	if !strings.Contains(e.Message, ":") || strings.Contains(e.Message, "\n") {
		t.Errorf("a message is one line and names a remedy after a colon: %q", e.Message)
	}
	if e.Source == "" || !strings.HasPrefix(e.Error(), e.Source) {
		t.Errorf("an error begins with its source: %q", e.Error())
	}
	for _, s := range []string{e.Source, e.DocID, e.Message} {
		if !utf8.ValidString(s) {
			t.Errorf("no valid UTF-8: %q", s)
		}
	}
}

func equal(t testing.TB, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

func gzipped(s string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write([]byte(s))
	z.Close()
	return b.String()
}

func zstandard(s string) string {
	z, err := zstd.NewWriter(nil)
	if err != nil {
		panic(err)
	}
	return string(z.EncodeAll([]byte(s), nil))
}

func utf16le(s string) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return string(b)
}

func utf16be(s string) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.BigEndian.AppendUint16(b, u)
	}
	return string(b)
}

func utf32be(s string) string {
	var b []byte
	for _, r := range s {
		b = binary.BigEndian.AppendUint32(b, uint32(r))
	}
	return string(b)
}

func TestInputs(t *testing.T) {
	content := files{
		"a/b/deep.txt":       "Deep.",
		"a/b.jsonl":          `{"id":"j1","text":"Line one."}` + "\n" + `{"id":"j2","text":"Line two."}`,
		"a/c.html":           "<title>T</title><p>Page.",
		"a/plain":            "No suffix.",
		"a/photo.jpg":        "\xFF\xD8\xFF\xE0",
		"a/raw":              "\x00\x01\x02\x03\x04",
		"a/style.css":        "p {}",
		"a/run":              "#!/bin/sh\n",
		"a/.hidden.txt":      "Hidden.",
		"a/.git/config.txt":  "Hidden.",
		"a/z.txt.gz":         gzipped("Zipped."),
		"a/z.txt.zst":        zstandard("Zstd."),
		"other/press.pdf":    "%PDF-1.7",
		"other/x.txt":        "X.",
		"images/photo.png":   "\x89PNG",
		"odd[1].txt":         "Brackets.",
		"named.dat":          "Named.",
		"named.xyz":          "<html><body><p>A page.</p></body></html>",
		"named.list":         `[{"text": "Element."}]`,
		"photo.jpg":          "\xFF\xD8\xFF\xE0",
		"notgzip.txt.gz":     "Plain after all.",
		"notgzip2.jsonl.zst": "\x01\x02\x03\x04\x05\x00\x00\x00",
	}
	content.write(t)
	folderA := []string{
		"a/b/deep.txt | a/b/deep.txt | Deep.",
		"j1 | a/b.jsonl#1 | Line one.",
		"j2 | a/b.jsonl#2 | Line two.",
		"a/c.html | a/c.html | Page.",
		"a/plain | a/plain | No suffix.",
		"a/z.txt.gz | a/z.txt.gz | Zipped.",
		"a/z.txt.zst | a/z.txt.zst | Zstd.",
	}
	cases := []struct {
		name   string
		inputs []string
		want   []string
	}{
		{"a folder, in the order of its names", []string{"a"}, folderA},
		{"a trailing slash changes nothing", []string{"a/"}, folderA},
		{"a file comes once", []string{"a/plain", "a", "./a/plain"}, append([]string{folderA[4]}, slices.Delete(slices.Clone(folderA), 4, 5)...)},
		{"a pattern", []string{"a/*.txt*"}, []string{folderA[5], folderA[6]}},
		{"a pattern over folders", []string{"**/*.txt"}, []string{folderA[0], "odd[1].txt | odd[1].txt | Brackets.", "other/x.txt | other/x.txt | X."}},
		{"a name that looks like a pattern", []string{"odd[1].txt"}, []string{"odd[1].txt | odd[1].txt | Brackets."}},
		{"a pattern without match", []string{"a/*.doc"}, []string{"! not_found | a/*.doc | 0 | -1 | "}},
		{"a missing file does not stop the next", []string{"gone.txt", "other/x.txt"}, []string{"! not_found | gone.txt | 0 | -1 | ", "other/x.txt | other/x.txt | X."}},
		{"what may hold articles is not passed over in silence", []string{"other"}, []string{"! unsupported | other/press.pdf | 0 | -1 | ", "other/x.txt | other/x.txt | X."}},
		{"a folder without files to read", []string{"images"}, []string{"! no_files | images | 0 | -1 | "}},
		{"a named file is read whatever it is called", []string{"named.dat", "named.xyz", "named.list"}, []string{
			"named.dat | named.dat | Named.",
			"named.xyz | named.xyz | A page.",
			"named.list#1 | named.list#1 | Element.",
		}},
		{"a named file that is no text", []string{"photo.jpg"}, []string{"! unsupported | photo.jpg | 0 | -1 | "}},
		{"compression is known by content", []string{"notgzip.txt.gz", "notgzip2.jsonl.zst"}, []string{
			"notgzip.txt.gz | notgzip.txt.gz | Plain after all.",
			"! corrupt_compression | notgzip2.jsonl.zst | 0 | -1 | ",
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) { equal(t, read(t, ingest.Options{}, c.inputs...), c.want...) })
	}
}

func TestProgressCountsWhatIsPassedOver(t *testing.T) {
	files{"a/x.txt": "12345", "a/photo.jpg": "1", "a/style.css": "1", "a/y.txt": "1234567890"}.write(t)
	r, err := ingest.Open([]string{"a", "gone"}, ingest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r.Survey(context.Background())
	for range r.Documents(context.Background()) {
	}
	want := ingest.Progress{Bytes: 15, Files: 2, Documents: 2, Errors: 1, Skipped: 2, BytesTotal: 15, FilesTotal: 2}
	if got := r.Progress(); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestOpenRefusesNonsense(t *testing.T) {
	for name, open := range map[string]func() (*ingest.Reader, error){
		"no inputs":        func() (*ingest.Reader, error) { return ingest.Open(nil, ingest.Options{}) },
		"unknown encoding": func() (*ingest.Reader, error) { return ingest.Open([]string{"x"}, ingest.Options{Encoding: "utf-9"}) },
		"negative limit":   func() (*ingest.Reader, error) { return ingest.Open([]string{"x"}, ingest.Options{MaxRecord: -1}) },
		"unknown format":   func() (*ingest.Reader, error) { return ingest.Open([]string{"x"}, ingest.Options{Format: 99}) },
	} {
		if _, err := open(); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestUnreadable(t *testing.T) {
	if os.Getuid() == 0 || runtime.GOOS == "windows" {
		t.Skip("this user may read everything")
	}
	files{"a/no.txt": "x", "a/sub/x.txt": "x", "a/yes.txt": "Yes."}.write(t)
	for _, path := range []string{"a/no.txt", "a/sub"} {
		if err := os.Chmod(path, 0); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.Chmod(path, 0o755) })
	}
	equal(t, read(t, ingest.Options{}, "a"),
		"! unreadable | a/no.txt | 0 | -1 | ",
		"! unreadable | a/sub | 0 | -1 | ",
		"a/yes.txt | a/yes.txt | Yes.")
}

func TestBrokenLink(t *testing.T) {
	files{"a/yes.txt": "Yes."}.write(t)
	if err := os.Symlink("nowhere.txt", "a/link.txt"); err != nil {
		t.Skip(err)
	}
	equal(t, read(t, ingest.Options{}, "a"), "! not_found | a/link.txt | 0 | -1 | ", "a/yes.txt | a/yes.txt | Yes.")
}

func TestStdin(t *testing.T) {
	cases := []struct {
		name, content string
		format        ingest.Format
		want          string
	}{
		{"text", "He said yes.", ingest.FormatAuto, "stdin | stdin | He said yes."},
		{"JSON Lines", `{"text":"A."}`, ingest.FormatAuto, "stdin#1 | stdin#1 | A."},
		{"HTML", "<!DOCTYPE html><p>A.", ingest.FormatAuto, "stdin | stdin | A."},
		{"gzip", gzipped("Zipped."), ingest.FormatAuto, "stdin | stdin | Zipped."},
		{"Zstandard", zstandard(`{"id":7,"body":"Zipped."}`), ingest.FormatAuto, "7 | stdin#1 | Zipped."},
		{"the format named", `{"text":"A."}`, ingest.FormatText, `stdin | stdin | {"text":"A."}`},
		{"nothing", "", ingest.FormatAuto, "! empty_file | stdin | 0 | -1 | "},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			opts := ingest.Options{Format: c.format, Stdin: strings.NewReader(c.content)}
			equal(t, read(t, opts, "-", "-"), c.want)
		})
	}
}

func TestText(t *testing.T) {
	latin := "Le ministre a d\xE9clar\xE9 : \x93Nous sommes pr\xEAts\x94, a-t-il dit mardi devant les d\xE9put\xE9s."
	latinText := "Le ministre a déclaré : “Nous sommes prêts”, a-t-il dit mardi devant les députés."
	long := strings.Repeat("The minister said nothing. ", 20)
	cases := []struct{ name, content, want string }{
		{"as it stands", "“Yes,” she said.\n\n\tIndented.  \n", "“Yes,” she said.\n\n\tIndented.  \n"},
		{"CR LF", "One.\r\nTwo.\rThree.\r\n", "One.\nTwo.\nThree.\n"},
		{"byte-order mark", "\uFEFFOne.", "One."},
		{"control characters", "One\x00two\x1Bthree\ffour\u2028five\x7Fsix.", "One two three\nfour\nfive six."},
		{"Windows-1252 taken for Latin-1", "\u0093Yes,\u0094 she said\u0085", "“Yes,” she said…"},
		{"Windows-1252", latin, latinText},
		{"UTF-16, little-endian, marked", "\xFF\xFE" + utf16le("“Yes” 😀"), "“Yes” 😀"},
		{"UTF-16, big-endian, marked", "\xFE\xFF" + utf16be("“Yes” 😀"), "“Yes” 😀"},
		{"UTF-16, little-endian, unmarked", utf16le("“Yes,” said the minister.\r\n"), "“Yes,” said the minister.\n"},
		{"UTF-16, big-endian, unmarked", utf16be("“Yes,” said the minister."), "“Yes,” said the minister."},
		{"UTF-32, marked", utf32be("\uFEFF“Yes” 😀"), "“Yes” 😀"},
		{"UTF-32, unmarked", utf32be("“Yes,” said the minister."), "“Yes,” said the minister."},
		{"tags in a text file are text", "The <p> tag, he said.", "The <p> tag, he said."},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			files{"x.txt": c.content}.write(t)
			docs, lines := readAll(t, ingest.Options{}, "x.txt")
			if len(docs) != 1 || len(lines) != 1 || docs[0].Text != c.want {
				t.Errorf("got %q, want one document %q", lines, c.want)
			}
		})
	}
	failures := []struct {
		name, content string
		want          []string
	}{
		{"empty", "", []string{"! empty_file | x.txt | 0 | -1 | "}},
		{"white space only", "\uFEFF \r\n\t\n", []string{"! empty_file | x.txt | 0 | -1 | "}},
		{"UTF-8 with a bad byte is kept and reported", long + "“Yes\xFF” é.", []string{
			"x.txt | x.txt | " + long + "“Yes\uFFFD” é.",
			fmt.Sprintf("! bad_encoding kept | x.txt | 0 | %d | x.txt", len(long)+len("“Yes")),
		}},
		{"UTF-8 cut off within a character", long + "é “Yes\xE2\x80", []string{
			"x.txt | x.txt | " + long + "é “Yes\uFFFD\uFFFD",
			fmt.Sprintf("! bad_encoding kept | x.txt | 0 | %d | x.txt", len(long)+len("é “Yes")),
		}},
		{"no known encoding", "\xEF\xF0\xE8\xE2\xE5\xF2 \xEC\xE8\xF0, \xF1\xEA\xE0\xE7\xE0\xEB \xEE\xED", []string{"! bad_encoding | x.txt | 0 | 0 | x.txt"}},
		{"binary", "\x7FELF\x02\x01\x01", []string{"! unsupported | x.txt | 0 | -1 | "}},
	}
	for _, c := range failures {
		t.Run(c.name, func(t *testing.T) {
			files{"x.txt": c.content}.write(t)
			equal(t, read(t, ingest.Options{}, "x.txt"), c.want...)
		})
	}
	t.Run("the encoding named", func(t *testing.T) {
		files{"x.txt": "\xEF\xF0\xE8\xE2\xE5\xF2 \xEC\xE8\xF0"}.write(t)
		equal(t, read(t, ingest.Options{Encoding: "windows-1251"}, "x.txt"), "x.txt | x.txt | привет мир")
	})
	t.Run("too long", func(t *testing.T) {
		files{"x.txt": "0123456789", "y.txt": "012345678"}.write(t)
		equal(t, read(t, ingest.Options{MaxRecord: 9}, "x.txt", "y.txt"), "! too_long | x.txt | 0 | -1 | ", "y.txt | y.txt | 012345678")
	})
}

func TestJSONFields(t *testing.T) {
	at := func(s string) time.Time {
		d, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	type doc struct {
		id, url, title, byline, language, text string
		published                              time.Time
	}
	cases := []struct {
		name, record string
		fields       ingest.Fields
		want         doc
	}{
		{"the plainest", `{"text": "A."}`, ingest.Fields{}, doc{id: "x.jsonl#1", text: "A."}},
		{"of news-please", `{"maintext":"A.","title":"T","authors":["Ann Bo","C. Do"],"date_publish":"2017-03-26 19:01:28","url":"https://x.org/1","language":"en","source_domain":"x.org"}`, ingest.Fields{},
			doc{id: "x.jsonl#1", text: "A.", title: "T", byline: "Ann Bo, C. Do", published: at("2017-03-26T19:01:28Z"), url: "https://x.org/1", language: "en"}},
		{"of newspaper3k", `{"text":"A.","title":"T","authors":[],"publish_date":null,"source_url":"https://x.org"}`, ingest.Fields{}, doc{id: "x.jsonl#1", text: "A.", title: "T", url: "https://x.org"}},
		{"camel case, ids of numbers", `{"docID": 42, "articleBody":"A.","headline":"T","datePublished":"2017-03-26T19:01:28+05:30","Author":{"name":"Ann"},"inLanguage":"en-GB"}`, ingest.Fields{},
			doc{id: "42", text: "A.", title: "T", byline: "Ann", published: at("2017-03-26T13:31:28Z"), language: "en-GB"}},
		{"of WordPress", `{"id":7,"date":"2017-03-26T19:01:28","link":"https://x.org/7","title":{"rendered":"Rudd&#8217;s view"},"content":{"rendered":"<p>A &#8220;b&#8221;.<\/p>\n<p>C.<\/p>"}}`, ingest.Fields{},
			doc{id: "7", url: "https://x.org/7", title: "Rudd’s view", text: "A “b”.\n\nC.", published: at("2017-03-26T19:01:28Z")}},
		{"of the Guardian", `{"id":"world/x","webTitle":"T","webUrl":"https://x.org","webPublicationDate":"2017-03-26T19:01:28Z","fields":{"bodyText":"A.","byline":"Ann"}}`, ingest.Fields{},
			doc{id: "world/x", url: "https://x.org", title: "T", text: "A.", byline: "Ann", published: at("2017-03-26T19:01:28Z")}},
		{"of Elasticsearch", `{"_index":"news","_id":"e1","_source":{"title":"T","content":"A.","published":1490554888}}`, ingest.Fields{},
			doc{id: "e1", title: "T", text: "A.", published: at("2017-03-26T19:01:28Z")}},
		{"a list of paragraphs", `{"body":["A.","","B."]}`, ingest.Fields{}, doc{id: "x.jsonl#1", text: "A.\n\nB."}},
		{"the likelier name wins, whatever the order", `{"content":"no","text":"yes","body":"no"}`, ingest.Fields{}, doc{id: "x.jsonl#1", text: "yes"}},
		{"an empty field does not", `{"text":"","body":null,"content":"yes"}`, ingest.Fields{}, doc{id: "x.jsonl#1", text: "yes"}},
		{"what is nested in others is not ours", `{"text":"A.","author":{"name":"Ann","id":9,"url":"https://ann.org"},"comments":[{"text":"no","id":3}]}`, ingest.Fields{}, doc{id: "x.jsonl#1", text: "A.", byline: "Ann"}},
		{"fields named", `{"id":1,"key":"k","text":"no","t":{"de":"ja","en":"yes"},"a.b":"dotted"}`, ingest.Fields{ID: "key", Text: "t.en", Title: "a.b"}, doc{id: "k", text: "yes", title: "dotted"}},
		{"escapes", `{"text":"\"A\"\/\\ \u201cb\u201d \ud83d\ude00\n\tc\u0000d \u0093e\u0094"}`, ingest.Fields{}, doc{id: "x.jsonl#1", text: "\"A\"/\\ “b” 😀\n\tc d “e”"}},
		{"what Python writes", `{"score":NaN,"rank":-Infinity,"text":"A."}`, ingest.Fields{}, doc{id: "x.jsonl#1", text: "A."}},
		{"a tab as it is", "{\"text\":\"A.\tB.\"}", ingest.Fields{}, doc{id: "x.jsonl#1", text: "A.\tB."}},
		{"text that is markup", `{"text":"<div><p>“A,”\n said\n<b>Bo</b>.</p><p>C&amp;D<br>E</p></div>"}`, ingest.Fields{}, doc{id: "x.jsonl#1", text: "“A,” said Bo.\n\nC&D\nE"}},
		{"text with references", `{"text":"&quot;A&quot; &amp; b, AT&T; if x < y"}`, ingest.Fields{}, doc{id: "x.jsonl#1", text: `"A" & b, AT&T; if x < y`}},
		{"text that only looks like it", `{"text":"AT&T said <10% of p > 5 was \"R&D\"."}`, ingest.Fields{}, doc{id: "x.jsonl#1", text: `AT&T said <10% of p > 5 was "R&D".`}},
		{"an unreadable date is unknown", `{"text":"A.","date":"last Tuesday"}`, ingest.Fields{}, doc{id: "x.jsonl#1", text: "A."}},
		{"a date that can be read in two ways is unknown", `{"text":"A.","date":"03/04/2017"}`, ingest.Fields{}, doc{id: "x.jsonl#1", text: "A."}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			files{"x.jsonl": c.record + "\n"}.write(t)
			docs, lines := readAll(t, ingest.Options{Fields: c.fields}, "x.jsonl")
			if len(docs) != 1 || len(lines) != 1 {
				t.Fatalf("got %q, want one document", lines)
			}
			d := docs[0]
			if got := (doc{d.ID, d.URL, d.Title, d.Byline, d.Language, d.Text, d.Published}); !reflect.DeepEqual(got, c.want) {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
		})
	}
}

func TestMarkup(t *testing.T) {
	record := `{"text":"A <p> tag &amp; more"}`
	for markup, want := range map[ingest.Markup]string{
		ingest.MarkupPlain: "A <p> tag &amp; more",
		ingest.MarkupAuto:  "A\n\ntag & more",
		ingest.MarkupHTML:  "A\n\ntag & more",
	} {
		files{"x.jsonl": record}.write(t)
		equal(t, read(t, ingest.Options{Markup: markup}, "x.jsonl"), "x.jsonl#1 | x.jsonl#1 | "+want)
	}
}

func TestJSONRecords(t *testing.T) {
	latin := "{\"text\":\"Le ministre a d\xE9clar\xE9 : \x93Nous sommes pr\xEAts\x94, a-t-il dit mardi.\"}"
	cases := []struct {
		name, file, content string
		want                []string
	}{
		{"a broken line among good ones", "x.jsonl", `{"text":"A."}` + "\n" + `{"text":"B.` + "\n\n" + `{"text":"C."}`, []string{
			"x.jsonl#1 | x.jsonl#1 | A.", "! bad_json | x.jsonl | 2 | 22 | ", "x.jsonl#4 | x.jsonl#4 | C."}},
		{"things that are no objects", "x.jsonl", "{\"text\":\"A.\"}\n12\n\"B.\"\nnull\nword\n{\"text\":\"C.\"} tail\n{\"text\" \"D.\"}", []string{
			"x.jsonl#1 | x.jsonl#1 | A.", "! bad_json | x.jsonl | 2 | 14 | ", "! bad_json | x.jsonl | 3 | 17 | ", "! bad_json | x.jsonl | 4 | 22 | ",
			"! bad_json | x.jsonl | 5 | 27 | ", "! bad_json | x.jsonl | 6 | 46 | ", "! bad_json | x.jsonl | 7 | 59 | "}},
		{"no text", "x.jsonl", `{"id":"a","title":"T"}` + "\n" + `{"id":"b","text":" \n "}` + "\n" + `{"id":"c","text":"C."}`, []string{
			"! no_text | x.jsonl | 1 | 0 | a", "! no_text | x.jsonl | 2 | 23 | b", "c | x.jsonl#3 | C."}},
		{"an id comes once", "x.jsonl", `{"id":"a","text":"A."}` + "\n" + `{"id":"b","text":"B."}` + "\n" + `{"id":"a","text":"C."}`, []string{
			"a | x.jsonl#1 | A.", "b | x.jsonl#2 | B.", "! duplicate_id | x.jsonl | 3 | 46 | a"}},
		{"CR LF, a byte-order mark, blank lines", "x.jsonl", "\uFEFF\r\n{\"text\":\"A.\"}\r\n\r\n", []string{"x.jsonl#2 | x.jsonl#2 | A."}},
		{"an array", "x.json", "[\n  {\"text\": \"A.\"},\n  {\"text\": \"B]}\\\"\"}\n]\n", []string{"x.json#1 | x.json#1 | A.", "x.json#2 | x.json#2 | B]}\""}},
		{"a broken element of an array", "x.json", `[{"text":"A."},{"text":nope},7,{"text":"B."}]`, []string{
			"x.json#1 | x.json#1 | A.", "! bad_json | x.json | 2 | 23 | ", "! bad_json | x.json | 3 | 29 | ", "x.json#4 | x.json#4 | B."}},
		{"an array cut off", "x.json", `[{"text":"A."},{"text":"B`, []string{"x.json#1 | x.json#1 | A.", "! bad_json | x.json | 2 | 25 | "}},
		{"one object over several lines", "x.json", "{\n \"text\": \"A.\"\n}\n", []string{"x.json#1 | x.json#1 | A."}},
		{"objects one after another", "x.json", "{\n \"text\": \"A.\"\n}\n{\n \"text\": \"B.\"\n}", []string{"x.json#1 | x.json#1 | A.", "x.json#2 | x.json#2 | B."}},
		{"lines in a file called .json", "x.json", `{"text":"A."}` + "\n" + `{"text":"B.` + "\n" + `{"text":"C."}`, []string{
			"x.json#1 | x.json#1 | A.", "! bad_json | x.json | 2 | 22 | ", "x.json#3 | x.json#3 | C."}},
		{"no JSON at all", "x.json", "<html>", []string{"! bad_json | x.json | 0 | 0 | "}},
		{"nothing", "x.jsonl", "", []string{"! empty_file | x.jsonl | 0 | -1 | "}},
		{"blank lines", "x.jsonl", "\n \n", []string{"! empty_file | x.jsonl | 0 | -1 | "}},
		{"an empty array", "x.json", "[]", []string{"! empty_file | x.json | 0 | -1 | "}},
		{"Windows-1252", "x.jsonl", latin, []string{"x.jsonl#1 | x.jsonl#1 | Le ministre a déclaré : “Nous sommes prêts”, a-t-il dit mardi."}},
		{"UTF-16", "x.jsonl", "\xFF\xFE" + utf16le("{\"text\":\"“A.”\"}\n{\"text\":\"B.\"}\n"), []string{"x.jsonl#1 | x.jsonl#1 | “A.”", "x.jsonl#2 | x.jsonl#2 | B."}},
		{"a bad byte in UTF-8 is reported, the document kept", "x.jsonl", "{\"id\":\"a\",\"text\":\"“Yes\xFF” é, she said to reporters.\"}", []string{
			"a | x.jsonl#1 | “Yes\uFFFD” é, she said to reporters.", "! bad_encoding kept | x.jsonl | 1 | 24 | a"}},
		{"half of a surrogate pair", "x.jsonl", `{"id":"a","text":"A \ud83d b"}`, []string{"a | x.jsonl#1 | A \uFFFD b", "! bad_encoding kept | x.jsonl | 1 | 0 | a"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			files{c.file: c.content, c.file + ".gz": gzipped(c.content), c.file + ".zst": zstandard(c.content)}.write(t)
			equal(t, read(t, ingest.Options{}, c.file), c.want...)
			for _, suffix := range []string{".gz", ".zst"} {
				got := read(t, ingest.Options{}, c.file+suffix)
				for i := range got {
					got[i] = strings.ReplaceAll(got[i], suffix, "")
				}
				equal(t, got, c.want...)
			}
		})
	}
}

func TestLongLines(t *testing.T) {
	long := func(n int) string { return `{"id":"long","text":"` + strings.Repeat("word ", n/5) + `"}` }
	files{"x.jsonl": `{"id":"a","text":"A."}` + "\n" + long(50_000_000) + "\n" + `{"id":"b","text":"B."}`}.write(t)

	docs, lines := readAll(t, ingest.Options{}, "x.jsonl")
	if len(docs) != 3 || len(lines) != 3 || len(docs[1].Text) != 50_000_000 || docs[2].ID != "b" {
		t.Fatalf("a line of 50 MB: got %d documents", len(docs))
	}
	equal(t, read(t, ingest.Options{MaxRecord: 1 << 20}, "x.jsonl"),
		"a | x.jsonl#1 | A.", "! too_long | x.jsonl | 2 | 23 | ", "b | x.jsonl#3 | B.")
	files{"y.json": `[{"id":"a","text":"A."},` + long(5_000_000) + `,{"id":"b","text":"B."}]`}.write(t)
	equal(t, read(t, ingest.Options{MaxRecord: 1 << 20}, "y.json"),
		"a | y.json#1 | A.", "! too_long | y.json | 2 | 24 | ", "b | y.json#3 | B.")
}

func TestCorruptCompression(t *testing.T) {
	var lines strings.Builder
	for i := range 20000 {
		fmt.Fprintf(&lines, "{\"id\":%d,\"text\":\"Number %d said %x.\"}\n", i, i, i*i*2654435761)
	}
	for name, packed := range map[string]string{"x.jsonl.gz": gzipped(lines.String()), "x.jsonl.zst": zstandard(lines.String())} {
		for damage, content := range map[string]string{
			"cut off": packed[:len(packed)/2],
			"broken":  packed[:len(packed)/2] + "\x00\xFF\x00\xFF\x12\x34\x56\x78" + packed[len(packed)/2+8:],
		} {
			files{name: content, "after.txt": "After."}.write(t)
			docs, got := readAll(t, ingest.Options{}, name, "after.txt")
			bad := slices.DeleteFunc(slices.Clone(got), func(s string) bool { return !strings.HasPrefix(s, "!") })
			if len(bad) == 0 || !strings.HasPrefix(bad[len(bad)-1], "! corrupt_compression | "+name) {
				t.Errorf("%s, %s: errors are %q", name, damage, bad)
			}
			if len(docs) < 2 || docs[0].ID != "0" || docs[len(docs)-1].Text != "After." {
				t.Errorf("%s, %s: %d documents; those before the fault and the file after it should be there", name, damage, len(docs))
			}
		}
	}
}

// TestWorkers shows that the stream is the same for any number of workers, and
// that a consumer may stop where it likes.
func TestWorkers(t *testing.T) {
	content := files{}
	for i := range 60 {
		content[fmt.Sprintf("a/%02d.html", i)] = fmt.Sprintf("<title>T%d</title><h1>T%d</h1>%s", i, i, strings.Repeat("<p>He said that it was so, and it was.</p>", i*7%50+1))
		if i%7 == 0 {
			content[fmt.Sprintf("a/%02d.jsonl", i)] = fmt.Sprintf("{\"id\":%d,\"text\":\"<p>A.</p>\"}\n{\n{\"id\":%d,\"text\":\"B.\"}\n", i%3, i+100)
		}
	}
	content.write(t)
	want := read(t, ingest.Options{Workers: 1}, "a")
	if len(want) != 60+9*3 {
		t.Fatalf("%d lines", len(want))
	}
	for _, workers := range []int{2, 3, 16} {
		equal(t, read(t, ingest.Options{Workers: workers}, "a"), want...)
	}
	before := runtime.NumGoroutine()
	for stop := range 20 {
		r, err := ingest.Open([]string{"a"}, ingest.Options{Workers: 4})
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for range r.Documents(context.Background()) {
			if n++; n > stop {
				break
			}
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	r, err := ingest.Open([]string{"a"}, ingest.Options{Workers: 4})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for range r.Documents(ctx) {
		if n++; n == 5 {
			cancel()
		}
	}
	if n != 5 {
		t.Errorf("%d results after the context was cancelled at the fifth", n)
	}
	after := runtime.NumGoroutine()
	for range 100 { // those that are done take a moment to be gone
		if after <= before {
			break
		}
		time.Sleep(10 * time.Millisecond)
		after = runtime.NumGoroutine()
	}
	if after > before {
		t.Errorf("%d goroutines before, %d after", before, after)
	}
}

// endless gives JSON Lines without holding them.
type endless struct {
	left, next int
	buf        []byte
}

func (e *endless) Read(p []byte) (int, error) {
	for len(e.buf) == 0 {
		if e.left == 0 {
			return 0, io.EOF
		}
		e.left--
		e.next++
		e.buf = fmt.Appendf(nil, "{\"id\":%d,\"text\":\"%s\"}\n", e.next, strings.Repeat("He said that it was so. ", 100))
	}
	n := copy(p, e.buf)
	e.buf = e.buf[n:]
	return n, nil
}

// TestMemoryDoesNotGrow reads 100,000 documents, 240 MB, and looks at what is
// held on the way.
func TestMemoryDoesNotGrow(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	r, err := ingest.Open([]string{"-"}, ingest.Options{Stdin: &endless{left: 100_000}})
	if err != nil {
		t.Fatal(err)
	}
	held := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before, n, most := held(), 0, uint64(0)
	for _, err := range r.Documents(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n%20_000 == 0 {
			most = max(most, held())
		}
	}
	if n != 100_000 {
		t.Errorf("%d documents", n)
	}
	if grown := int64(most) - int64(before); grown > 16<<20 {
		t.Errorf("%d bytes more are held while reading", grown)
	} else {
		t.Logf("%d bytes more are held while reading", grown)
	}
}
