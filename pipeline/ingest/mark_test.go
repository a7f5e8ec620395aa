package ingest_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/onrecord-nlp/onrecord/pipeline/ingest"
)

// From the mark after any number of results, another reader yields exactly
// the rest.
func TestMark(t *testing.T) {
	text, id := nullable("text", textType), nullable("id", textType)
	rows := batch(t, `[{"id": "p", "text": "P."}, {"id": "q", "text": "<p>Q.</p>"}, {"id": "x", "text": "twice"}, {"id": "r", "text": null}]`, nil, id, text)
	others := batch(t, `[{"id": "s", "text": "S."}, {"id": "p", "text": "twice"}]`, nil, id, text)
	files{
		"a/1.txt":   "One text.",
		"a/2.jsonl": "{\"id\":\"x\",\"text\":\"A.\"}\nnot JSON\n{\"id\":\"y\",\"text\":\"<p>B.</p><p>C.</p>\"}\n{\"id\":\"x\",\"text\":\"D.\"}",
		"a/3.txt":   "",
		"a/4.html":  "<html><body><p>A page of a few words, and some more of them.</p></body></html>",
		"a/5.txt":   "“Yes\xFF” é, she said.",
		"b/1.csv":   "id,text\n1,A.\n2,\"B.\nlost,too,too\n3,C.\n4,\"D.\"\n5\n6,\"<p>E.</p>\"\n",
		"b/2.xml":   rssFeed,
		"b/3.pq":    parquetOf(t, rows, rows),
		"b/4.arrow": streamOf(t, others)[:len(streamOf(t, others))-10],
		"b/5.mbox":  "From a\nMessage-Id: <m>\n\nM.\n\nFrom b\nno header\n\nFrom c\nMessage-Id: <n>\nContent-Type: text/html\n\n<p>N.</p>\n",
		"z.jsonl":   gzipped("{\"text\":\"E.\"}\n{\"id\":\"y\",\"text\":\"F.\"}\n"),
	}.write(t)
	checkMarks(t, 32, "a", "missing.txt", "b", "z.jsonl")
}

// The same within archives.
func TestMarkInArchives(t *testing.T) {
	one, two := fetched("1", page("One.")), fetched("2", page("Two."))
	files{
		"a/1.zip":    zipped(member{"a.txt", "A."}, member{"b.jpg", ""}, member{"c.jsonl", "{\"text\":\"B.\"}\n{}"}, member{"d.tar", tarred(member{"e.html", page("C.")}, member{"f.txt", ""})}),
		"a/2.tar.gz": gzipped(tarred(member{"a.txt", "A."}, member{"b.warc.gz", gzipped(one) + gzipped(warc("request", "r", "x")) + gzipped(two)})),
		"a/3.warc.gz": gzipped(fetched("3", page("Three."))) + gzipped(fetched("4", strings.Repeat("x", 1<<10)))[:40] +
			gzipped(two) + gzipped(fetched("5", page("Five."))),
	}.write(t)
	checkMarks(t, 12, "a")
}

// checkMarks reads inputs, which give so many results, and then from the mark
// after each of these.
func checkMarks(t *testing.T, results int, inputs ...string) {
	t.Helper()
	line := func(id string, err error) string {
		if err != nil {
			return id + " " + err.Error()
		}
		return id
	}
	for _, workers := range []int{1, 4} {
		var whole, ids []string // a line and an id for each result
		var marks []ingest.Mark
		r, err := ingest.Open(inputs, ingest.Options{Workers: workers})
		if err != nil {
			t.Fatal(err)
		}
		marks = append(marks, r.MarkAt(0))
		for doc, err := range r.Documents(t.Context()) {
			id := ""
			if doc != nil {
				id = doc.ID
			}
			whole, ids = append(whole, line(id, err)), append(ids, id)
			marks = append(marks, r.MarkAt(int64(len(whole))))
		}
		if len(whole) != results {
			t.Fatalf("%d results: %q", len(whole), whole)
		}
		for n, m := range marks {
			b, err := json.Marshal(m)
			if err != nil {
				t.Fatal(err)
			}
			from := new(ingest.Mark)
			if err := json.Unmarshal(b, from); err != nil {
				t.Fatal(err)
			}
			r, err := ingest.Open(inputs, ingest.Options{Workers: workers, From: from})
			if err != nil {
				t.Fatalf("from %s: %v", b, err)
			}
			for _, id := range ids[:n] {
				r.Reserve(id)
			}
			var rest []string
			for doc, err := range r.Documents(t.Context()) {
				id := ""
				if doc != nil {
					id = doc.ID
				}
				rest = append(rest, line(id, err))
				if m := r.MarkAt(int64(n + len(rest))); m != marks[n+len(rest)] && workers == 1 {
					t.Errorf("mark %d is %+v after going on from %d, else %+v", n+len(rest), m, n, marks[n+len(rest)])
				}
			}
			if !slices.Equal(rest, whole[n:]) {
				t.Errorf("%d workers, from %s:\ngot  %q\nwant %q", workers, b, rest, whole[n:])
			}
		}
	}
}

// A mark is refused where the inputs before it are not the same.
func TestMarkOfOtherInputs(t *testing.T) {
	at := func(n int64, inputs ...string) *ingest.Mark {
		r, err := ingest.Open(inputs, ingest.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for range r.Documents(t.Context()) {
		}
		m := r.MarkAt(n)
		return &m
	}
	open := func(from *ingest.Mark, inputs ...string) error {
		_, err := ingest.Open(inputs, ingest.Options{From: from})
		return err
	}
	files{"d/a.txt": "A.", "d/b.txt": "B.", "d/c.txt": "C."}.write(t)
	m := at(2, "d") // in c.txt, of which nothing was read
	if err := open(m, "d"); err != nil {
		t.Error(err)
	}
	for name, change := range map[string]func() error{
		"a file is longer": func() error { return os.WriteFile("d/a.txt", []byte("A. B."), 0o644) },
		"a file is new":    func() error { return os.WriteFile("d/aa.txt", []byte("A."), 0o644) },
		"a file is gone":   func() error { return os.Remove("d/b.txt") },
	} {
		t.Run(name, func(t *testing.T) {
			files{"d/a.txt": "A.", "d/b.txt": "B.", "d/c.txt": "C."}.write(t)
			if err := change(); err != nil {
				t.Fatal(err)
			}
			if err := open(m, "d"); !errors.Is(err, ingest.ErrChanged) {
				t.Errorf("error %v", err)
			}
		})
	}
	files{"d/a.txt": "A.", "d/b.txt": "B.", "d/c.txt": "C.", "d/d.txt": "D."}.write(t)
	if err := open(m, "d"); err != nil {
		t.Error("a file added behind the mark: " + fmt.Sprint(err))
	}
}
