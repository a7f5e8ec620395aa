package ingest_test

import (
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/onrecord-nlp/onrecord/pipeline/ingest"
)

func TestCSV(t *testing.T) {
	const name = "x.csv"
	doc := func(row int, text string) string {
		return fmt.Sprintf("%s#%d | %s#%d | %s", name, row, name, row, text)
	}
	fault := func(row, at int) string { return fmt.Sprintf("! bad_csv | %s | %d | %d | ", name, row, at) }
	cases := []struct {
		name, content string
		want          []string
	}{
		{"the plainest", "id,text\n1,A.\n2,B.\n", []string{"1 | x.csv#1 | A.", "2 | x.csv#2 | B."}},
		{"no end of the last line", "id,text\n1,A.", []string{"1 | x.csv#1 | A."}},
		{"CR LF, a byte-order mark, empty lines", "\uFEFFid,text\r\n\r\n1,A.\r\n\r\n2,B.\r\n", []string{"1 | x.csv#1 | A.", "2 | x.csv#2 | B."}},
		{"quoted", "text,n\n\"A, b.\n\nC \"\"d\"\".\",1\n\"\",2\n\"E.\",3\n", []string{
			doc(1, "A, b.\n\nC \"d\"."), "! no_text | x.csv | 2 | -1 | x.csv#2", doc(3, "E."),
		}},
		{"CR LF within quotes", "text,n\r\n\"A.\r\nB.\",1\r\n", []string{doc(1, "A.\nB.")}},
		{"semicolons", "id;text\n1;A, b, c.\n2;\"D; e.\"\n", []string{"1 | x.csv#1 | A, b, c.", "2 | x.csv#2 | D; e."}},
		{"tabs", "id\ttext\n1\tA, b.\n", []string{"1 | x.csv#1 | A, b."}},
		{"bars", "id|text\n1|A, b.\n", []string{"1 | x.csv#1 | A, b."}},
		{"the separator of Excel", "sep=;\nid;text\n1;A, b.\n", []string{"1 | x.csv#1 | A, b."}},
		{"tabs, and marks that are the text's own", "id\ttext\n1\t\"Yes,\" she said.\n2\t\"No,\" he said.\n", []string{`1 | x.csv#1 | "Yes," she said.`, `2 | x.csv#2 | "No," he said.`}},
		{"one column, commas in it", "text\nA, b, c.\nD, e.\n", []string{doc(1, "A, b, c."), doc(2, "D, e.")}},
		{"bare marks", "id,text\n1,A 5\" gun.\n2,\"He said \"no\" to it.\"\n3, \"B.\" \n", []string{`1 | x.csv#1 | A 5" gun.`, `2 | x.csv#2 | He said "no" to it.`, "3 | x.csv#3 | B."}},
		{"marks with a backslash", "id,text\n1,\"He said \\\"no\\\", twice.\"\n2,\"C:\\\\\"\n", []string{`1 | x.csv#1 | He said "no", twice.`, `2 | x.csv#2 | C:\\`}},
		{"too few values, too many", "id,text,n\n1,A.,x\n2,B.\n3,C.,x,y\n4,D.,x,,\n", []string{
			"1 | x.csv#1 | A.", fault(2, 17), fault(3, 22), "4 | x.csv#4 | D.",
		}},
		{"a mark that is not closed", "id,text\n1,\"A.\n2,B.\n3,\"C.\"\n4,D.\n", []string{
			fault(1, 8), "2 | x.csv#2 | B.", "3 | x.csv#3 | C.", "4 | x.csv#4 | D.",
		}},
		{"a mark that is not closed before the end", "id,text\n1,A.\n2,\"B.\n3,C.\n4,D.\n", []string{
			"1 | x.csv#1 | A.", fault(2, 13), "3 | x.csv#3 | C.", "4 | x.csv#4 | D.",
		}},
		{"what is lost with it is one failure", "id,text\n1,\"A.\nmore of it\nand more\n2,B.\n3,\"C.\"\n", []string{
			fault(1, 8), "2 | x.csv#2 | B.", "3 | x.csv#3 | C.",
		}},
		{"a NUL", "id,text\n1,A\x00b.\n", []string{"1 | x.csv#1 | A b."}},
		{"Windows-1252 in one record", "id,text\n1,“A.”\n2,\"\x93B\x94, caf\xE9.\"\n", []string{"1 | x.csv#1 | “A.”", "2 | x.csv#2 | “B”, café."}},
		{"HTML", "id,content\n1,\"<p>A &amp; b.</p><p>C.</p>\"\n", []string{"1 | x.csv#1 | A & b.\n\nC."}},
		{"no names", "1,A.\n2,B.\n", []string{"! no_text | x.csv | 0 | -1 | "}},
		{"nothing but names", "id,text\n", []string{"! empty_file | x.csv | 0 | -1 | "}},
		{"an id twice", "id,text\n1,A.\n1,B.\n", []string{"1 | x.csv#1 | A.", "! duplicate_id | x.csv | 2 | 13 | 1"}},
		{"UTF-16", "\xFF\xFE" + utf16le("id,text\n1,“A.”\n"), []string{"1 | x.csv#1 | “A.”"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			files{name: c.content}.write(t)
			got := read(t, ingest.Options{}, name)
			for i := range got { // the place of a record without text is not the point here
				if strings.HasPrefix(got[i], "! no_text | x.csv | 2") {
					got[i] = "! no_text | x.csv | 2 | -1 | x.csv#2"
				}
			}
			equal(t, got, c.want...)
		})
	}
}

func TestCSVFields(t *testing.T) {
	files{"x.tsv": "Article ID\tHeadline\tAuthors\tDate Published\tURL\tLang\tBody\tkey\n7\tT &amp; u\tAnn Bo\t2017-03-26 19:01:28\thttps://x.org/7\ten\tA.\tk\n"}.write(t)
	docs, _ := readAll(t, ingest.Options{}, "x.tsv")
	if len(docs) != 1 {
		t.Fatalf("%d documents", len(docs))
	}
	d := docs[0]
	if got, want := fmt.Sprint(d.ID, d.Title, d.Byline, d.Published, d.URL, d.Language, d.Text), "7T & uAnn Bo2017-03-26 19:01:28 +0000 UTChttps://x.org/7enA."; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	equal(t, read(t, ingest.Options{Fields: ingest.Fields{ID: "URL", Text: "key"}}, "x.tsv"), "https://x.org/7 | x.tsv#1 | k")
	equal(t, read(t, ingest.Options{Fields: ingest.Fields{Text: "no such"}}, "x.tsv"), "! no_text | x.tsv | 0 | -1 | ")
}

func TestCSVFromStdin(t *testing.T) {
	for content, want := range map[string]string{
		"id,title,text\n1,T,A.\n":                "1 | stdin#1 | A.",
		"id\tbody\n1\tA.\n":                      "1 | stdin#1 | A.",
		"Text, body and soul, he said.\nA, b.\n": "stdin | stdin | Text, body and soul, he said.\nA, b.\n",
	} {
		equal(t, read(t, ingest.Options{Stdin: strings.NewReader(content)}, "-"), want)
	}
}

// However long a record is, or seems to be, memory stays flat and the records
// behind it are read.
func TestCSVTooLong(t *testing.T) {
	const limit = 1 << 16
	long := strings.Repeat("words and more words ", 1<<20/21)
	lines := strings.Repeat("3,Words.\n", 1<<20/9)
	for _, c := range []struct {
		name, content string
		want          []string
	}{
		{"a line", "id,text\n1,A.\n2," + long + "\n3,C.\n", []string{"1 | stdin#1 | A.", "! too_long | stdin | 2 | 13 | ", "3 | stdin#3 | C."}},
		{"a line in marks", "id,text\n1,A.\n2,\"" + long + "\"\n3,C.\n", []string{"1 | stdin#1 | A.", "! too_long | stdin | 2 | 13 | ", "3 | stdin#3 | C."}},
		{"many lines in marks", "id,text\n1,A.\n2,\"" + strings.Repeat("more\n", limit) + "\"\n3,C.\n", []string{"1 | stdin#1 | A.", "! bad_csv | stdin | 2 | 13 | ", "3 | stdin#3 | C."}},
	} {
		t.Run(c.name, func(t *testing.T) {
			equal(t, read(t, ingest.Options{Format: ingest.FormatCSV, MaxRecord: limit, Stdin: strings.NewReader(c.content)}, "-"), c.want...)
		})
	}
	t.Run("a mark that nothing closes", func(t *testing.T) {
		got := read(t, ingest.Options{Format: ingest.FormatCSV, MaxRecord: limit, Fields: ingest.Fields{ID: "none"}, Stdin: strings.NewReader("id,text\n1,\"A.\n" + lines)}, "-")
		if n := strings.Count(lines, "\n"); len(got) != n+1 || got[0] != "! bad_csv | stdin | 1 | 8 | " || got[n] != fmt.Sprintf("stdin#%d | stdin#%d | Words.", n+1, n+1) {
			t.Errorf("%d of %d results, the first %s, the last %s", len(got), n+1, got[0], got[len(got)-1])
		}
	})
}

// Every line opens a mark that nothing closes: the time is still linear, and
// nothing is lost without a failure.
func TestCSVManyMarks(t *testing.T) {
	for _, line := range []string{"1,\"A.\n", "1,\"\"A.\n", "\"\n", "\"\"\"\n", ",\",\n"} {
		content := "id,text\n" + strings.Repeat(line, 1<<20/len(line)) + "2,B.\n"
		got := read(t, ingest.Options{Format: ingest.FormatCSV, MaxRecord: 1 << 19, Stdin: strings.NewReader(content)}, "-")
		if last := got[len(got)-1]; !strings.HasSuffix(last, " | B.") && !slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, "! bad_csv") }) {
			t.Errorf("%q: %d results, the last %s", line, len(got), last)
		}
	}
}

func TestCSVMemory(t *testing.T) {
	row := "1,\"" + strings.Repeat("Words of an article, she said. ", 100) + "\",x\n"
	const rows = 50_000 // 160 MB
	r, err := ingest.Open([]string{"-"}, ingest.Options{Format: ingest.FormatCSV, Stdin: io.MultiReader(
		strings.NewReader("n,text,z\n2,\"never closed\n"), &rowsOf{s: row, n: rows})})
	if err != nil {
		t.Fatal(err)
	}
	n, most := 0, uint64(0)
	for doc := range r.Documents(t.Context()) {
		if doc != nil {
			n++
		}
		if n%10_000 == 1 {
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapAlloc)
		}
	}
	if n != rows || most > 64<<20 {
		t.Errorf("%d documents in %d MB", n, most>>20)
	}
}

// rowsOf reads s n times.
type rowsOf struct {
	s    string
	n    int
	left string
}

func (r *rowsOf) Read(p []byte) (int, error) {
	if r.left == "" {
		if r.n == 0 {
			return 0, io.EOF
		}
		r.n--
		r.left = r.s
	}
	n := copy(p, r.left)
	r.left = r.left[n:]
	return n, nil
}
