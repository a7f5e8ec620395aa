package ingest_test

import (
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/onrecord-nlp/onrecord/pipeline/ingest"
)

func TestFileLists(t *testing.T) {
	files{"a.txt": "A.", "b c.txt": "B.", "d/e.txt": "E.", "d/f.txt": "F.", "#g.txt": "G.", "-": "dash"}.write(t)
	a, b, e, f, g := "a.txt | a.txt | A.", "b c.txt | b c.txt | B.", "d/e.txt | d/e.txt | E.", "d/f.txt | d/f.txt | F.", "#g.txt | #g.txt | G."
	cases := []struct {
		name, list string
		inputs     []string
		want       []string
	}{
		{"one a line", "b c.txt\na.txt\n", nil, []string{b, a}},
		{"no end of the last line, CR LF, empty lines, a byte-order mark", "\uFEFFa.txt\r\n\r\n#g.txt", nil, []string{a, g}},
		{"ended by NUL", "b c.txt\x00a.txt\x00", nil, []string{b, a}},
		{"behind the inputs named, each once", "a.txt\nd/f.txt\n", []string{"d"}, []string{e, f, a}},
		{"folders and patterns too", "d\n*.txt\n", nil, []string{e, f, g, a, b}},
		{"a missing file", "gone.txt\na.txt\n", nil, []string{"! not_found | gone.txt | 0 | -1 | ", a}},
		{"a file called -", "-\n", nil, []string{"./- | ./- | dash"}},
		{"an empty list", "", nil, nil},
		{"no list", strings.Repeat("x", 1<<17), nil, []string{"! unreadable | LIST | 0 | -1 | "}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			files{"a.txt": "A.", "b c.txt": "B.", "d/e.txt": "E.", "d/f.txt": "F.", "#g.txt": "G.", "-": "dash", "LIST": c.list}.write(t)
			equal(t, read(t, ingest.Options{FilesFrom: "LIST"}, c.inputs...), c.want...)
			for i, w := range c.want {
				c.want[i] = strings.Replace(w, "| LIST |", "| stdin |", 1)
			}
			equal(t, read(t, ingest.Options{FilesFrom: "-", Stdin: strings.NewReader(c.list)}, c.inputs...), c.want...)
		})
	}
	equal(t, read(t, ingest.Options{FilesFrom: "no list"}, "a.txt"), a, "! not_found | no list | 0 | -1 | ")
	if _, err := ingest.Open([]string{"-"}, ingest.Options{FilesFrom: "-"}); err == nil {
		t.Error("standard input is both the list and an input, and no error")
	}
}

// A run goes on within a list, and refuses one that has changed before the
// place.
func TestMarkInList(t *testing.T) {
	files{"a.txt": "A.", "b.txt": "B.", "c.txt": "C.", "LIST": "a.txt\nb.txt\nc.txt\n", "OTHER": "b.txt\na.txt\nc.txt\n"}.write(t)
	for _, stdin := range []bool{false, true} {
		open := func(list string, from *ingest.Mark) (*ingest.Reader, error) {
			opts := ingest.Options{FilesFrom: list, From: from}
			if stdin {
				content := map[string]string{"LIST": "a.txt\nb.txt\nc.txt\n", "OTHER": "b.txt\na.txt\nc.txt\n"}[list]
				opts.FilesFrom, opts.Stdin = "-", strings.NewReader(content)
			}
			return ingest.Open(nil, opts)
		}
		r, err := open("LIST", nil)
		if err != nil {
			t.Fatal(err)
		}
		for range r.Documents(t.Context()) {
		}
		m := r.MarkAt(2)
		b, _ := json.Marshal(m)
		if r, err = open("LIST", &m); err != nil {
			t.Fatalf("from %s: %v", b, err)
		}
		var got []string
		for doc := range r.Documents(t.Context()) {
			got = append(got, doc.ID)
		}
		equal(t, got, "c.txt")
		if _, err := open("OTHER", &m); err == nil {
			t.Error("another list, and no error")
		}
	}
}

// Of a long list no more is held than what tells the names apart.
func TestLongListMemory(t *testing.T) {
	files{}.write(t)
	var list strings.Builder
	const names = 200_000
	for i := range names {
		fmt.Fprintf(&list, "a/folder/of/some/depth/with/a/long/name/that/takes/up/space/article-%07d.html\n", i)
	}
	files{"LIST": list.String()}.write(t)
	list.Reset()
	r, err := ingest.Open(nil, ingest.Options{FilesFrom: "LIST"})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	var before, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for range r.Documents(t.Context()) {
		if n++; n%10_000 == 0 {
			r.MarkAt(int64(n))
		}
		if n == names-1 {
			runtime.GC()
			runtime.ReadMemStats(&now)
		}
	}
	if grown := int64(now.HeapAlloc) - int64(before.HeapAlloc); n != names || grown > 8<<20 {
		t.Errorf("%d results, %d MB are held for a list of 16", n, grown>>20)
	}
}
