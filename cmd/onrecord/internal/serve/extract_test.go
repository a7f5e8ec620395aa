package serve_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/onrecord-nlp/onrecord/cmd/onrecord/internal/cli"
	"github.com/onrecord-nlp/onrecord/cmd/onrecord/internal/serve"
	"github.com/onrecord-nlp/onrecord/extractors"
	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/columnar"
	"github.com/onrecord-nlp/onrecord/pipeline/goldform"
)

// An article gets the same labels from extract, by way of the tables, and from
// serve, whichever way it is sent.
func TestLikeExtract(t *testing.T) {
	dir, out := t.TempDir(), filepath.Join(t.TempDir(), "out")
	var lines bytes.Buffer
	n := 0
	for doc, err := range goldform.ReadPath("../../../../testdata/gold/dev") {
		if err != nil {
			t.Fatal(err)
		}
		rec := map[string]string{"id": doc.ID, "title": doc.Title, "byline": doc.Byline, "url": doc.URL, "text": doc.Text}
		if n++; n%5 == 0 { // and as a part of a page
			rec["html"] = "<p>" + strings.NewReplacer("&", "&amp;", "<", "&lt;", "\n\n", "</p><p>").Replace(doc.Text) + "</p>"
			delete(rec, "text")
		}
		b, err := json.Marshal(rec)
		if err != nil {
			t.Fatal(err)
		}
		lines.Write(append(b, '\n'))
	}
	write(t, filepath.Join(dir, "lines.jsonl"), lines.Bytes())
	files := []string{"bandstand-interview.txt", "heat-pump-pilot.html", "night-bus-cuts.txt"}
	bodies := map[string][]byte{}
	for _, name := range files {
		b, err := os.ReadFile("../../../../testdata/articles/" + name)
		if err != nil {
			t.Fatal(err)
		}
		bodies[name] = b
		write(t, filepath.Join(dir, name), b)
	}
	t.Chdir(dir)
	var stdout, stderr bytes.Buffer
	args := append([]string{"extract", "--out", out, "lines.jsonl"}, files...)
	if status := cli.Main(args, &stdout, &stderr); status != 0 {
		t.Fatalf("extract ended with status %d: %s", status, stderr.String())
	}
	want := map[string]string{}
	for doc, err := range columnar.ReadDocuments(out) {
		if err != nil {
			t.Fatal(err)
		}
		want[doc.ID] = form(t, doc)
	}

	url := server(t)
	got := map[string]string{}
	for doc, err := range goldform.Read(bytes.NewReader(post(t, url+"/v1/batch", "application/x-ndjson", lines.Bytes()))) {
		if err != nil {
			t.Fatal(err)
		}
		got[doc.ID] = form(t, doc)
	}
	for name, body := range bodies {
		media := "text/plain"
		if filepath.Ext(name) == ".html" {
			media = "text/html"
		}
		for doc, err := range goldform.Read(bytes.NewReader(post(t, url+"/v1/extract", media, body))) {
			if err != nil {
				t.Fatal(err)
			}
			doc.ID = name // a file's name is its id
			got[name] = form(t, doc)
		}
	}
	if len(want) != n+len(files) || len(got) != len(want) {
		t.Errorf("%d articles by extract, %d by serve, want %d", len(want), len(got), n+len(files))
	}
	for id := range want {
		if got[id] != want[id] {
			at := 0
			for at < min(len(want[id]), len(got[id])) && want[id][at] == got[id][at] {
				at++
			}
			from := max(0, at-200)
			t.Errorf("%s:\nextract …%.300s\nserve   …%.300s", id, want[id][from:], got[id][min(from, len(got[id])):])
		}
	}
}

func server(t *testing.T) (url string) {
	set, err := extractors.Load()
	if err != nil {
		t.Fatal(err)
	}
	p, err := pipeline.New(set.Stages())
	if err != nil {
		t.Fatal(err)
	}
	s, err := serve.New(serve.Options{Pipeline: p, Languages: []string{"en"}, Workers: 2, MaxRecord: 8 << 20, MaxBody: 64 << 20, MaxRequests: 8, Timeout: 60e9})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(s)
	t.Cleanup(srv.Close)
	return srv.URL
}

func post(t *testing.T, url, media string, body []byte) []byte {
	t.Helper()
	resp, err := http.Post(url, media, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	out, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != 200 {
		t.Fatalf("status %d, %v: %s", resp.StatusCode, err, out)
	}
	return out
}

// form is the JSON form of a document without the evidence of stances, for which
// the tables have no column.
func form(t *testing.T, doc *pipeline.Document) string {
	t.Helper()
	for _, stances := range [][]pipeline.Stance{doc.Stances.OfQuote, doc.Stances.OfAttribution} {
		for i := range stances {
			stances[i].Evidence = nil
		}
	}
	b, err := goldform.Append(nil, doc)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func write(t *testing.T, name string, b []byte) {
	t.Helper()
	if err := os.WriteFile(name, b, 0o666); err != nil {
		t.Fatal(err)
	}
}
