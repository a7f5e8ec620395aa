package page_test

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/onrecord-nlp/onrecord/cmd/onrecord/internal/browser"
	"github.com/onrecord-nlp/onrecord/cmd/onrecord/internal/page"
	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/goldform"
)

// hostile holds what an article must not do to the page: markup, an override
// of the direction of text, characters of two units, and what ends a script
// element.
const hostile = `</script><script>alert(1)</script><img src=x onerror=alert(2)>

“😀 <b onmouseover=alert(3)>We</b> ` + "\u202e" + `esrever` + "\u202c" + ` do,” said Ada “{{.}}” O’Neil 𝔄.

“𝔄𝔅 e` + "\u0301" + ` again,” she said. ${alert(4)} <!-- javascript:alert(5)`

// documents reads articles in the JSON form.
func documents(t *testing.T, path string) []*pipeline.Document {
	t.Helper()
	var docs []*pipeline.Document
	for doc, err := range goldform.ReadPath(path) {
		if err != nil {
			t.Fatal(err)
		}
		docs = append(docs, doc)
	}
	return docs
}

// book makes a Book of documents.
func book(t *testing.T, docs ...*pipeline.Document) *page.Book {
	t.Helper()
	b := page.NewBuilder(page.Made{Title: "run <b>1</b>"})
	for _, d := range docs {
		if err := b.Add(d); err != nil {
			t.Fatal(err)
		}
	}
	book, err := b.Book(len(docs), 0)
	if err != nil {
		t.Fatal(err)
	}
	return book
}

// written writes a Book as a file and returns its address.
func written(t *testing.T, b *page.Book) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "page.html")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := b.WriteFile(f); err != nil {
		t.Fatal(err)
	}
	return "file://" + path
}

func TestHostile(t *testing.T) {
	doc := &pipeline.Document{ID: "x</script>", Title: "<script>alert(0)</script>", URL: "javascript:alert(6)", Text: hostile}
	b := book(t, doc)
	server := httptest.NewServer(b.Handler())
	defer server.Close()
	for name, address := range map[string]string{"file": written(t, b), "server": server.URL} {
		t.Run(name, func(t *testing.T) {
			tab := browser.Open(t, browser.Wide)
			tab.Go(address)
			tab.Await(`document.querySelector(".row-link")`)
			tab.Click(".row-link")
			tab.Await(`document.querySelector(".line")`)
			tab.Shot("hostile-" + name)
			tab.Quiet()
		})
	}
}
