package label

import (
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/onrecord-nlp/onrecord/cmd/onrecord/internal/httpserve"
)

// TestRequests: what requests are answered with. The server is the one that the
// command runs, with its guards.
func TestRequests(t *testing.T) {
	dir := t.TempDir()
	p := open(t, dir, "ada", Options{})
	addText(t, p, "a", "“Yes,” said Bo.")
	addText(t, p, "../b", "Short.")
	ctx, stop := context.WithCancel(t.Context())
	ended, url := make(chan error, 1), make(chan string, 1)
	go func() {
		ended <- httpserve.Run(ctx, httpserve.Options{Handler: p.Handler(), Ready: func(u string) { url <- u }})
	}()
	base := <-url
	t.Cleanup(func() {
		stop()
		<-ended
	})

	good := `{"revision": 0, "done": true, "labels": {"quotes": [{"start": 1, "end": 5, "kind": "direct"}]}, "rows": {"quotes": [{"key": "q-1", "status": "made"}]}}`
	for _, c := range []struct {
		name, method, path string
		header             map[string]string // Host among it
		body               string
		status             int
		says               string
	}{
		{"the page", "GET", "/", nil, "", 200, "<!DOCTYPE html>"},
		{"the index", "GET", "/data/index", nil, "", 200, `"annotator":"ada"`},
		{"an article", "GET", "/data/articles/a", nil, "", 200, `“Yes,” said Bo.`},
		{"one whose id is a path", "GET", "/data/articles/" + strings.ReplaceAll(FileName("../b"), "%", "%25"), nil, "", 200, `"Short."`},
		{"none", "GET", "/data/articles/c", nil, "", 404, "no such article"},
		{"a path", "GET", "/data/articles/..%2f..%2fada%2f.work%2fproject", nil, "", 404, "no such article"},
		{"a path to write", "PUT", "/data/articles/..%2f..%2fx", nil, good, 404, "no such article"},
		{"another's agreement", "GET", "/data/agreement/..%2f..", nil, "", 404, "no other annotator"},
		{"one's own", "GET", "/data/agreement/ada", nil, "", 404, "no other annotator"},

		{"from another page", "PUT", "/data/articles/a", map[string]string{"Origin": "https://example.org", "Sec-Fetch-Site": "cross-site"}, good, 403, "another origin"},
		{"as a form", "PUT", "/data/articles/a", map[string]string{"Content-Type": "text/plain"}, good, 415, "application/json"},
		{"by another name", "GET", "/data/index", map[string]string{"Host": "rebound.example.org"}, "", 421, "does not go by"},
		{"not JSON", "PUT", "/data/articles/a", nil, `{"revision": `, 400, "unexpected"},
		{"too long", "PUT", "/data/articles/a", nil, `{"revision": 0, "x": "` + strings.Repeat("x", maxBody) + `"}`, 413, "longer than"},
		{"no labels", "PUT", "/data/articles/a", nil, `{"revision": 0}`, 422, "no labels"},
		{"beyond the text", "PUT", "/data/articles/a", nil, strings.Replace(good, `"end": 5`, `"end": 500`, 1), 422, "quotes[0].start"},
		{"POST", "POST", "/data/articles/a", nil, good, 405, ""},

		{"a change", "PUT", "/data/articles/a", nil, good, 200, `{"revision":1}`},
		{"again", "PUT", "/data/articles/a", nil, good, 409, `"revision":1`},
		{"the next", "PUT", "/data/articles/a", nil, strings.Replace(good, `"revision": 0`, `"revision": 1`, 1), 200, `{"revision":2}`},
	} {
		r, err := http.NewRequest(c.method, base+c.path, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		if c.method != "GET" {
			r.Header.Set("Content-Type", "application/json")
		}
		for k, v := range c.header {
			if k == "Host" {
				r.Host = v
			} else {
				r.Header.Set(k, v)
			}
		}
		got, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		body, err := io.ReadAll(got.Body)
		got.Body.Close()
		if err != nil || got.StatusCode != c.status || !strings.Contains(string(body), c.says) {
			t.Errorf("%s: status %d, want %d; %v; %.200s", c.name, got.StatusCode, c.status, err, body)
		}
		if c.status == 409 && strings.Contains(string(body), "said Bo") {
			t.Errorf("%s: the text is sent once more", c.name)
		}
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("beside the annotator's folder: %v", entries)
	}
	if b, err := os.ReadFile(filepath.Join(dir, "ada", "a.json")); err != nil || !strings.Contains(string(b), `{"start":1,"end":5,`) {
		t.Errorf("%s, %v", b, err)
	}
}
