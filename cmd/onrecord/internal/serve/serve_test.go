package serve

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/onrecord-nlp/onrecord/extractors"
	"github.com/onrecord-nlp/onrecord/pipeline"
)

var standard = sync.OnceValues(func() (*pipeline.Pipeline, error) {
	set, err := extractors.Load()
	if err != nil {
		return nil, err
	}
	return pipeline.New(set.Stages())
})

// newServer makes a server of the standard stages with small limits, which change
// changes.
func newServer(t testing.TB, change func(*Options)) *Server {
	t.Helper()
	p, err := standard()
	if err != nil {
		t.Fatal(err)
	}
	o := Options{
		Pipeline: p, Version: "1.2.3", Models: []Model{{"quote", strings.Repeat("0a", 32)}}, Languages: []string{"en"},
		Workers: 2, MaxRecord: 1 << 20, MaxBody: 8 << 20, MaxRequests: 8, Timeout: 20 * time.Second,
	}
	if change != nil {
		change(&o)
	}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func listen(t testing.TB, s *Server) (url string) {
	t.Helper()
	srv := httptest.NewServer(s)
	t.Cleanup(srv.Close)
	return srv.URL
}

// stage is a stage of a test, which writes blocks.
type stage func(context.Context, *pipeline.Document) error

func (stage) Name() string                                                { return "test" }
func (stage) Doc() string                                                 { return "" }
func (stage) Reads() pipeline.Layers                                      { return 0 }
func (stage) Writes() pipeline.Layer                                      { return pipeline.LayerBlocks }
func (f stage) Process(ctx context.Context, doc *pipeline.Document) error { return f(ctx, doc) }

func only(t testing.TB, f stage) func(*Options) {
	p, err := pipeline.New([]pipeline.Stage{f})
	if err != nil {
		t.Fatal(err)
	}
	return func(o *Options) { o.Pipeline = p }
}

func zip(s string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	io.WriteString(w, s)
	w.Close()
	return b.String()
}

const said = "“It is completely unacceptable,” Mayor Ada Quill said on Monday."

func TestRequests(t *testing.T) {
	const (
		plain = "Content-Type: text/plain"
		html  = "Content-Type: text/html"
		jsn   = "Content-Type: application/json"
		lines = "Content-Type: application/x-ndjson"
		gz    = "Content-Encoding: gzip"
	)
	utf16 := "\xff\xfe" + strings.Join(strings.Split("He said no.", ""), "\x00") + "\x00"
	tests := []struct {
		name, request string
		headers       []string
		body          string
		status        int
		code          string // of the problem
		in            string // the response's body, or its headers
	}{
		{name: "what there is", request: "GET /", status: 200, in: `"path":"/v1/extract","methods":["POST"]`},
		{name: "description", request: "GET /v1/openapi.json", status: 200, in: `"version": "1.2.3"`},
		{name: "version", request: "GET /v1/version", status: 200, in: `"name":"onrecord","version":"1.2.3","models":[{"name":"quote","sha256":"0a0a`},
		{name: "alive", request: "GET /healthz", status: 200, in: `{"status":"alive"}`},
		{name: "ready", request: "GET /readyz", status: 200, in: `{"status":"ready"}`},
		{name: "metrics", request: "GET /metrics", status: 200, in: "# TYPE onrecord_documents_total counter"},
		{name: "metrics as Prometheus asks", request: "GET /metrics", headers: []string{"Accept: application/vnd.google.protobuf;q=1,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"}, status: 200, in: "# HELP"},
		{name: "head", request: "HEAD /v1/version", status: 200, in: "Content-Length: 1"},

		{name: "no such path", request: "GET /v2/extract", status: 404, code: "not_found", in: "GET / lists"},
		{name: "a slash more", request: "POST /v1/extract/", status: 404, code: "not_found"},
		{name: "wrong method", request: "GET /v1/extract", status: 405, code: "method", in: "Allow: OPTIONS, POST"},
		{name: "wrong method to read", request: "DELETE /healthz", status: 405, code: "method", in: "Allow: GET, HEAD, OPTIONS"},
		{name: "method of no standard", request: "BREW /", status: 405, code: "method", in: "Allow: GET, HEAD, OPTIONS"},
		{name: "options", request: "OPTIONS /v1/batch", status: 204, in: "Allow: OPTIONS, POST"},

		{name: "text", request: "POST /v1/extract", headers: []string{plain}, body: said, status: 200, in: `"speaker":"Ada Quill","speaker_kind":"person","kind":"direct","stance":"oppose"`},
		{name: "made by", request: "POST /v1/extract", headers: []string{plain}, body: said, status: 200, in: `"made_by":{"name":"onrecord","version":"1.2.3","models":[`},
		{name: "text in UTF-16", request: "POST /v1/extract", headers: []string{plain}, body: utf16, status: 200, in: `"text":"He said no."`},
		{name: "text in Latin-1", request: "POST /v1/extract", headers: []string{plain + "; charset=iso-8859-1"}, body: "The caf\xe9 said no.", status: 200, in: `"text":"The café said no."`},
		{name: "text with markup in it", request: "POST /v1/extract", headers: []string{plain}, body: "AT&amp;T <b>said</b> no.", status: 200, in: `"text":"AT&amp;T <b>said</b> no."`},
		{name: "text with NULs", request: "POST /v1/extract", headers: []string{plain + "; charset=utf-8"}, body: "He\x00 said no.", status: 200, in: `"text":"He  said no."`},
		{name: "text with a broken byte", request: "POST /v1/extract", headers: []string{plain}, body: "“Nobody” \xff" + strings.Repeat(" and so on", 9), status: 200, in: `"notes":[{"reason":"bad_encoding","message":"1 byte could not be decoded`},
		{name: "text in gzip", request: "POST /v1/extract", headers: []string{plain, gz}, body: zip(said), status: 200, in: `"speaker":"Ada Quill"`},
		{name: "page", request: "POST /v1/extract", headers: []string{html}, body: "<html><head><title>A title</title></head><body><p>" + said + "</p></body></html>", status: 200, in: `"title":"A title","text":"` + said},
		{name: "JSON", request: "POST /v1/extract", headers: []string{jsn}, body: `{"id":"a","url":"https://example.org/","title":"T","byline":"B","published":"2024-05-06","language":"en-GB","text":"He said no."}`, status: 200,
			in: `{"id":"a","url":"https://example.org/","title":"T","byline":"B","published":"2024-05-06T00:00:00Z","language":"en-GB","text":"He said no."`},
		{name: "JSON with HTML", request: "POST /v1/extract", headers: []string{jsn}, body: `{"html":"<p>AT&amp;T said no.</p>","title":null}`, status: 200, in: `"text":"AT&T said no."`},
		{name: "JSON with a mark at its head", request: "POST /v1/extract", headers: []string{jsn + "; charset=UTF-8"}, body: "\uFEFF" + `{"text":"He said no."}`, status: 200},
		{name: "half a surrogate pair", request: "POST /v1/extract", headers: []string{jsn}, body: `{"text":"\ud83d \ufffd \\ufffd said no"}`, status: 200, in: `"notes":[{"reason":"bad_encoding","message":"1 halves`},
		{name: "a date that is none", request: "POST /v1/extract", headers: []string{jsn}, body: `{"text":"He said no.","published":"one day"}`, status: 200, in: `"notes":[{"reason":"bad_date"`},
		{name: "another language", request: "POST /v1/extract", headers: []string{plain}, body: strings.Repeat("Der Bürgermeister sagte, dass die Brücke noch lange gesperrt bleibt und niemand sie benutzen darf. ", 3), status: 200,
			in: `"notes":[{"reason":"unsupported_language","message":"the language of the text is \"de\"`},
		{name: "response in gzip", request: "POST /v1/extract", headers: []string{plain, "Accept-Encoding: gzip"}, body: strings.Repeat(said+"\n\n", 9), status: 200, in: "Content-Encoding: gzip"},

		{name: "nothing", request: "POST /v1/extract", headers: []string{plain}, status: 400, code: "empty"},
		{name: "white space", request: "POST /v1/extract", headers: []string{plain}, body: " \n ", status: 422, code: "no_text"},
		{name: "page without text", request: "POST /v1/extract", headers: []string{html}, body: "<p></p>", status: 422, code: "no_text"},
		{name: "no encoding", request: "POST /v1/extract", headers: []string{plain}, body: "\x81\x8d\x8f\x90\x9d", status: 422, code: "bad_encoding"},
		{name: "no type", request: "POST /v1/extract", body: said, status: 415, code: "media_type", in: "Accept: text/plain, text/html, application/json"},
		{name: "type not read", request: "POST /v1/extract", headers: []string{"Content-Type: application/pdf"}, body: said, status: 415, code: "media_type"},
		{name: "type broken", request: "POST /v1/extract", headers: []string{"Content-Type: text/plain; ="}, body: said, status: 415, code: "media_type"},
		{name: "charset unknown", request: "POST /v1/extract", headers: []string{plain + "; charset=klingon"}, body: said, status: 415, code: "media_type"},
		{name: "charset of JSON", request: "POST /v1/extract", headers: []string{jsn + "; charset=latin1"}, body: `{}`, status: 415, code: "media_type"},
		{name: "encoding unknown", request: "POST /v1/extract", headers: []string{plain, "Content-Encoding: br"}, body: said, status: 415, code: "content_encoding", in: "Accept-Encoding: gzip"},
		{name: "encoded twice", request: "POST /v1/extract", headers: []string{plain, "Content-Encoding: gzip, gzip"}, body: zip(zip(said)), status: 415, code: "content_encoding"},
		{name: "not acceptable", request: "POST /v1/extract", headers: []string{plain, "Accept: text/csv"}, body: said, status: 406, code: "not_acceptable"},
		{name: "expressly not acceptable", request: "POST /v1/extract", headers: []string{plain, "Accept: */*, application/json;q=0"}, body: said, status: 406, code: "not_acceptable"},
		{name: "acceptable", request: "POST /v1/extract", headers: []string{plain, "Accept: text/csv, application/*;q=0.1"}, body: said, status: 200},
		{name: "page not acceptable", request: "GET /", headers: []string{"Accept: text/html"}, status: 406, code: "not_acceptable"},

		{name: "no JSON", request: "POST /v1/extract", headers: []string{jsn}, body: `{"text": "He`, status: 400, code: "bad_json", in: "byte 12"},
		{name: "two values", request: "POST /v1/extract", headers: []string{jsn}, body: `{"text":"a"} {}`, status: 400, code: "bad_json"},
		{name: "JSON not in UTF-8", request: "POST /v1/extract", headers: []string{jsn}, body: `{"text":"caf` + "\xe9" + `"}`, status: 400, code: "bad_encoding", in: "byte 12"},
		{name: "deep JSON", request: "POST /v1/extract", headers: []string{jsn}, body: strings.Repeat(`{"text":`, 100_000), status: 400, code: "bad_json"},
		{name: "no object", request: "POST /v1/extract", headers: []string{jsn}, body: `["text"]`, status: 422, code: "bad_document"},
		{name: "null", request: "POST /v1/extract", headers: []string{jsn}, body: `null`, status: 422, code: "bad_document"},
		{name: "no text", request: "POST /v1/extract", headers: []string{jsn}, body: `{"title":"T"}`, status: 422, code: "bad_document", in: "give one of them"},
		{name: "text and HTML", request: "POST /v1/extract", headers: []string{jsn}, body: `{"text":"a","html":"b"}`, status: 422, code: "bad_document", in: "not both"},
		{name: "key unknown", request: "POST /v1/extract", headers: []string{jsn}, body: `{"text":"a","headline":"b"}`, status: 422, code: "bad_document", in: `The key \"headline\" is none of id, url, title`},
		{name: "value no string", request: "POST /v1/extract", headers: []string{jsn}, body: `{"text":["a"]}`, status: 422, code: "bad_document", in: `The value of \"text\" is no string`},
		{name: "text null", request: "POST /v1/extract", headers: []string{jsn}, body: `{"text":null}`, status: 422, code: "bad_document"},
		{name: "empty text", request: "POST /v1/extract", headers: []string{jsn}, body: `{"text":""}`, status: 422, code: "no_text"},

		{name: "too long", request: "POST /v1/extract", headers: []string{plain}, body: strings.Repeat("a", 10<<20), status: 413, code: "too_long", in: "1048576 bytes"},
		{name: "bomb", request: "POST /v1/extract", headers: []string{plain, gz}, body: zip(strings.Repeat("a", 100<<20)), status: 413, code: "too_long"},
		{name: "as long as may be", request: "POST /v1/extract", headers: []string{plain, gz}, body: zip(strings.Repeat("He said so.\n", 80_000)), status: 200},
		{name: "no gzip", request: "POST /v1/extract", headers: []string{plain, gz}, body: said, status: 400, code: "corrupt_compression"},
		{name: "broken gzip", request: "POST /v1/extract", headers: []string{plain, gz}, body: strings.Replace(zip(strings.Repeat(said, 9)), zip(strings.Repeat(said, 9))[20:40], strings.Repeat("x", 20), 1), status: 400, code: "corrupt_compression"},
		{name: "gzip cut off", request: "POST /v1/extract", headers: []string{plain, gz}, body: zip(strings.Repeat(said, 9))[:50], status: 400, code: "cut_off"},

		{name: "batch too long", request: "POST /v1/batch", headers: []string{lines}, body: strings.Repeat("a", 9<<20), status: 413, code: "too_long"},
		{name: "batch of nothing", request: "POST /v1/batch", headers: []string{lines}, status: 400, code: "empty"},
		{name: "array of nothing", request: "POST /v1/batch", headers: []string{jsn}, body: " ", status: 400, code: "bad_json"},
		{name: "no array", request: "POST /v1/batch", headers: []string{jsn}, body: `{"text":"a"}`, status: 400, code: "bad_json", in: "begin it with ["},
		{name: "batch of text", request: "POST /v1/batch", headers: []string{plain}, body: said, status: 415, code: "media_type"},
		{name: "batch not acceptable", request: "POST /v1/batch", headers: []string{lines, "Accept: text/plain"}, body: "{}", status: 406, code: "not_acceptable"},
		{name: "batch no gzip", request: "POST /v1/batch", headers: []string{lines, gz}, body: "{}{}{}{}{}{}{}", status: 400, code: "corrupt_compression"},
		{name: "empty array", request: "POST /v1/batch", headers: []string{jsn}, body: " [ ] ", status: 200, in: "[]\n"},
		{name: "array to lines", request: "POST /v1/batch", headers: []string{jsn, "Accept: application/x-ndjson"}, body: `[{"text":"a"},2]`, status: 200, in: "}\n{\"record\":2,\"error\":{"},
		{name: "lines to array", request: "POST /v1/batch", headers: []string{lines, "Accept: application/json"}, body: "{\"text\":\"a\"}\n2", status: 200, in: "},\n{\"record\":2,\"error\":{"},
	}
	c, url := newContract(t), listen(t, newServer(t, nil))
	client := &http.Client{Transport: &http.Transport{DisableCompression: true}}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			method, path, _ := strings.Cut(tt.request, " ")
			req, err := http.NewRequestWithContext(t.Context(), method, url+path, strings.NewReader(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			for _, h := range tt.headers {
				k, v, _ := strings.Cut(h, ": ")
				req.Header.Set(k, v)
			}
			resp, err := client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			if err != nil {
				t.Fatal(err)
			}
			if resp.StatusCode != tt.status {
				t.Errorf("status %d, want %d: %.300s", resp.StatusCode, tt.status, body)
			}
			if code := problemType + tt.code; tt.code != "" && !bytes.Contains(body, []byte(`{"type":"`+code+`"`)) {
				t.Errorf("no %s: %.300s", code, body)
			}
			var head strings.Builder
			resp.Header.Write(&head)
			if !strings.Contains(string(body), tt.in) && !strings.Contains(head.String(), tt.in) {
				t.Errorf("no %s in\n%s\n%.2000s", tt.in, head.String(), body)
			}
			if resp.Header.Get("Content-Encoding") == "" {
				c.check(t, method, path, resp, body)
			}
		})
	}
}

// brief says what became of each record of a batch: its id, or the number and
// the problem.
func brief(t *testing.T, c *contract, body []byte) string {
	t.Helper()
	var out []string
	for line := range bytes.Lines(body) {
		c.fits(t, []string{"components", "schemas", "Result"}, line)
		var r struct {
			ID     string
			Record int
			Error  *problem
		}
		if err := json.Unmarshal(line, &r); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if r.Error != nil {
			r.ID = strings.TrimSpace(fmt.Sprintf("%d:%s %s", r.Record, r.Error.code(), r.ID))
		}
		out = append(out, r.ID)
	}
	return strings.Join(out, ", ")
}

func TestBatch(t *testing.T) {
	const a, b = `{"id":"a","text":"He said no."}`, `{"id":"b","text":"“Yes,” she said."}`
	long := `{"text":"` + strings.Repeat("a", 1<<20) + `"}`
	tests := []struct {
		name, media, body, encoding, want string
	}{
		{name: "lines", body: a + "\n" + b + "\n", want: "a, b"},
		{name: "no break at the end", body: a + "\n" + b, want: "a, b"},
		{name: "breaks of Windows, and blank lines, which count", body: "\r\n" + a + "\r\n\r\n" + "{" + "\r\n", want: "a, 4:bad_json"},
		{name: "nothing but blank lines", body: "\n\n", want: ""},
		{name: "no id", body: `{"text":"a"}` + "\n\n" + `{"text":"b"}`, want: "body#1, body#3"},
		{name: "one id twice", body: a + "\n" + a, want: "a, a"},
		{name: "bad ones do not stop the rest", body: "rubbish\n" + a + "\n{}\n[1]\n{\"text\":\"\\u0000\",\"id\":\"n\"}\n\xff\n" + b, want: "1:bad_json, a, 3:bad_document, 4:bad_document, 5:no_text n, 6:bad_encoding, b"},
		{name: "a long one does not stop the rest", body: a + "\n" + long + "\n" + b, want: "a, 2:too_long, b"},
		{name: "gzip", encoding: "gzip", body: zip(a + "\n" + b), want: "a, b"},
		{name: "gzip cut off", encoding: "gzip", body: zip(a + "\n" + b + "\n")[:60], want: "a, 2:cut_off"},
		{name: "bomb", encoding: "gzip", body: zip(a + "\n" + strings.Repeat(" ", 100<<20)), want: "a, 2:too_long"},

		{name: "array", media: mediaJSON, body: "[" + a + " ,\n" + b + "]", want: "a, b"},
		{name: "brackets in strings", media: mediaJSON, body: `[{"id":"a","text":"] , } \" ["},` + b + "]", want: "a, b"},
		{name: "bad elements", media: mediaJSON, body: "[1," + a + `,"x",null,{"text":{}},tru,` + b + "]", want: "1:bad_document, a, 3:bad_document, 4:bad_document, 5:bad_document, 6:bad_json, b"},
		{name: "a comma too many", media: mediaJSON, body: "[" + a + ",," + b + ",]", want: "a, 2:bad_json, b, 4:bad_json"},
		{name: "a long element", media: mediaJSON, body: "[" + a + "," + long + "," + b + "]", want: "a, 2:too_long, b"},
		{name: "not closed", media: mediaJSON, body: "[" + a + "," + b, want: "a, 2:bad_json"},
		{name: "something behind", media: mediaJSON, body: "[" + a + "] x", want: "a, 2:bad_json"},
		{name: "deep", media: mediaJSON, body: "[" + strings.Repeat("[", 200_000) + strings.Repeat("]", 200_000) + "," + b + "]", want: "1:bad_json, b"},
	}
	c, url := newContract(t), listen(t, newServer(t, nil))
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			req, _ := http.NewRequestWithContext(t.Context(), "POST", url+"/v1/batch", strings.NewReader(tt.body))
			req.Header.Set("Content-Type", mediaNDJSON)
			if tt.media != "" {
				req.Header.Set("Content-Type", tt.media)
			}
			if tt.encoding != "" {
				req.Header.Set("Content-Encoding", tt.encoding)
			}
			req.Header.Set("Accept", mediaNDJSON)
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			if err != nil {
				t.Fatal(err)
			}
			if got := brief(t, c, body); resp.StatusCode != 200 || got != tt.want {
				t.Errorf("status %d: %s, want %s", resp.StatusCode, got, tt.want)
			}
		})
	}
}

// A record is answered before the next one is sent.
func TestBatchStreams(t *testing.T) {
	url := listen(t, newServer(t, nil))
	body, feed := io.Pipe()
	req, _ := http.NewRequestWithContext(t.Context(), "POST", url+"/v1/batch", body)
	req.Header.Set("Content-Type", mediaNDJSON)
	go io.WriteString(feed, "{\"id\":\"0\",\"text\":\"He said no.\"}\n")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	results := bufio.NewScanner(resp.Body)
	for i := range 3 {
		if !results.Scan() || !strings.HasPrefix(results.Text(), fmt.Sprintf(`{"id":"%d"`, i)) {
			t.Fatalf("%d: %q, %v", i, results.Text(), results.Err())
		}
		go fmt.Fprintf(feed, "{\"id\":\"%d\",\"text\":\"He said no.\"}\n", i+1)
	}
	if !results.Scan() {
		t.Fatal(results.Err())
	}
	feed.Close()
	if results.Scan() || results.Err() != nil {
		t.Errorf("%q, %v", results.Text(), results.Err())
	}
}

// A client may send all of a batch before it reads anything.
func TestBatchSentBeforeRead(t *testing.T) {
	const n = 8_000 // 32 MB, more than the buffers of a connection hold
	s := newServer(t, func(o *Options) {
		only(t, func(context.Context, *pipeline.Document) error { return nil })(o)
		o.MaxBody = 64 << 20
	})
	url := listen(t, s)
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(time.Minute))
	line := `{"text":"` + strings.Repeat("He said no. ", 340) + `"}` + "\n"
	fmt.Fprintf(conn, "POST /v1/batch HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\nContent-Length: %d\r\nConnection: close\r\n\r\n", n*len(line))
	if _, err := io.WriteString(conn, strings.Repeat(line, n)); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	results := bufio.NewScanner(resp.Body)
	results.Buffer(nil, 1<<20)
	got := 0
	for ; results.Scan(); got++ {
		if !strings.HasPrefix(results.Text(), fmt.Sprintf(`{"id":"body#%d"`, got+1)) {
			t.Fatalf("result %d: %s", got, results.Text())
		}
	}
	if got != n || results.Err() != nil {
		t.Errorf("%d results, %v", got, results.Err())
	}
}

// The number of workers does not show in the response.
func TestBatchOrder(t *testing.T) {
	var in strings.Builder
	for i := range 200 {
		fmt.Fprintf(&in, "{\"text\":%q}\n", strings.Repeat(said+" ", i*7%40))
	}
	var first []byte
	for _, workers := range []int{1, 8} {
		url := listen(t, newServer(t, func(o *Options) { o.Workers = workers }))
		resp, err := http.Post(url+"/v1/batch", mediaNDJSON, strings.NewReader(in.String()))
		if err != nil {
			t.Fatal(err)
		}
		out, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = out
		} else if !bytes.Equal(first, out) {
			t.Errorf("%d workers give another response", workers)
		}
	}
}

// A stage that panics costs one record, and neither the response nor the log
// repeats what it panicked with.
func TestPanicCostsOneRecord(t *testing.T) {
	var logged bytes.Buffer
	s := newServer(t, func(o *Options) {
		only(t, func(_ context.Context, doc *pipeline.Document) error {
			if doc.Text == "bad" {
				panic("secret words: " + doc.Text)
			}
			return nil
		})(o)
		o.Log = slog.New(slog.NewJSONHandler(&logged, nil))
	})
	c, url := newContract(t), listen(t, s)
	resp, err := http.Post(url+"/v1/batch", mediaNDJSON, strings.NewReader(`{"id":"a","text":"good"}`+"\n"+`{"id":"b","text":"bad"}`+"\n"+`{"id":"c","text":"good"}`))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	if got := brief(t, c, body); got != "a, 2:panic b, c" {
		t.Errorf("%s\n%s", got, body)
	}
	resp, err = http.Post(url+"/v1/extract", "text/plain", strings.NewReader("bad"))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	single, _ := io.ReadAll(resp.Body)
	if resp.StatusCode != 500 {
		t.Errorf("status %d", resp.StatusCode)
	}
	c.check(t, "POST", "/v1/extract", resp, single)
	for _, text := range []string{string(body), string(single), logged.String()} {
		if strings.Contains(text, "secret") {
			t.Errorf("it repeats the panic: %s", text)
		}
	}
	if !strings.Contains(logged.String(), `"stage":"test"`) || !strings.Contains(logged.String(), "serve_test.go") {
		t.Errorf("the log does not say where: %s", logged.String())
	}
}

// waiting is a stage that ends with its context.
type waiting struct {
	begun chan struct{}
	ended chan error
}

func newWaiting() waiting { return waiting{make(chan struct{}, 8), make(chan error, 8)} }

func (w waiting) process(ctx context.Context, _ *pipeline.Document) error {
	w.begun <- struct{}{}
	<-ctx.Done()
	w.ended <- ctx.Err()
	return ctx.Err()
}

func TestClientThatGoesStopsWork(t *testing.T) {
	for path, body := range map[string]string{"/v1/extract": `{"text":"a"}`, "/v1/batch": `[{"text":"a"}]`} {
		w := newWaiting()
		url := listen(t, newServer(t, only(t, w.process)))
		ctx, cancel := context.WithCancel(t.Context())
		req, _ := http.NewRequestWithContext(ctx, "POST", url+path, strings.NewReader(body))
		req.Header.Set("Content-Type", mediaJSON)
		go func() { <-w.begun; cancel() }()
		if resp, err := http.DefaultClient.Do(req); err == nil {
			io.Copy(io.Discard, resp.Body) // which may begin before the work does
			resp.Body.Close()
		}
		select {
		case err := <-w.ended:
			if err != context.Canceled {
				t.Errorf("%s: %v", path, err)
			}
		case <-time.After(10 * time.Second):
			t.Errorf("%s: the stage goes on", path)
		}
	}
}

func TestTimeout(t *testing.T) {
	w := newWaiting()
	c, url := newContract(t), listen(t, newServer(t, func(o *Options) { only(t, w.process)(o); o.Timeout = 50 * time.Millisecond }))
	resp, err := http.Post(url+"/v1/extract", "text/plain", strings.NewReader("a"))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	if resp.StatusCode != 503 || !bytes.Contains(body, []byte(problemType+"timeout")) {
		t.Errorf("status %d: %s", resp.StatusCode, body)
	}
	c.check(t, "POST", "/v1/extract", resp, body)
	resp, err = http.Post(url+"/v1/batch", mediaNDJSON, strings.NewReader(`{"text":"a"}`))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, _ = io.ReadAll(resp.Body)
	if got := brief(t, c, body); got != "1:timeout" {
		t.Error(got)
	}
}

func TestBusy(t *testing.T) {
	w := newWaiting()
	s := newServer(t, func(o *Options) { only(t, w.process)(o); o.Workers, o.MaxRequests = 1, 2 })
	c, url := newContract(t), listen(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	var held sync.WaitGroup
	post := func() {
		req, _ := http.NewRequestWithContext(ctx, "POST", url+"/v1/extract", strings.NewReader("a"))
		req.Header.Set("Content-Type", "text/plain")
		if resp, err := http.DefaultClient.Do(req); err == nil {
			resp.Body.Close()
		}
	}
	held.Go(post) // at work
	<-w.begun
	held.Go(post) // waits for it
	for len(s.admitted) < 2 {
		time.Sleep(time.Millisecond)
	}
	for path, media := range map[string]string{"/v1/extract": mediaText, "/v1/batch": mediaNDJSON} {
		resp, err := http.Post(url+path, media, strings.NewReader("a"))
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != 503 || resp.Header.Get("Retry-After") != "1" {
			t.Errorf("%s: status %d, Retry-After %q", path, resp.StatusCode, resp.Header.Get("Retry-After"))
		}
		c.check(t, "POST", path, resp, body)
	}
	resp, err := http.Get(url + "/healthz")
	if err != nil || resp.StatusCode != 200 {
		t.Errorf("a busy server is not alive: %v, %v", resp, err)
	}
	resp.Body.Close()
	cancel()
	held.Wait()
}

// Who waits for a worker for longer than the timeout is sent away.
func TestNoWorkerInTime(t *testing.T) {
	release := make(chan struct{})
	begun := make(chan struct{}, 1)
	s := newServer(t, func(o *Options) {
		only(t, func(context.Context, *pipeline.Document) error { begun <- struct{}{}; <-release; return nil })(o)
		o.Workers, o.Timeout = 1, 100*time.Millisecond
	})
	url := listen(t, s)
	done := make(chan struct{})
	go func() {
		defer close(done)
		if resp, err := http.Post(url+"/v1/extract", mediaText, strings.NewReader("a")); err == nil {
			resp.Body.Close()
		}
	}()
	<-begun
	resp, err := http.Post(url+"/v1/extract", mediaText, strings.NewReader("a"))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, _ := io.ReadAll(resp.Body); resp.StatusCode != 503 || !bytes.Contains(body, []byte("no core was free")) {
		t.Errorf("status %d: %s", resp.StatusCode, body)
	}
	close(release)
	<-done
}

// Long articles go one after another, and short ones do not wait for them.
func TestShortBesideLong(t *testing.T) {
	const long = 1 << 20
	begun, release := make(chan struct{}, 8), make(chan struct{})
	s := newServer(t, func(o *Options) {
		only(t, func(_ context.Context, d *pipeline.Document) error {
			if len(d.Text) > long/2 {
				begun <- struct{}{}
				<-release
			}
			return nil
		})(o)
		o.Workers, o.MaxRecord = 2, long
	})
	url := listen(t, s)
	var held sync.WaitGroup
	for range 3 {
		held.Go(func() {
			if resp, err := http.Post(url+"/v1/extract", mediaText, strings.NewReader(strings.Repeat(said+"\n", long/(len(said)+1)))); err == nil {
				resp.Body.Close()
			}
		})
	}
	select {
	case <-begun:
	case <-time.After(10 * time.Second):
		t.Fatal("no long article is in work")
	}
	for len(s.admitted) < 3 {
		time.Sleep(time.Millisecond)
	}
	resp, err := http.Post(url+"/v1/extract", mediaText, strings.NewReader("a"))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != 200 {
		t.Errorf("a short article gets status %d", resp.StatusCode)
	}
	if len(begun) > 0 {
		t.Error("two long articles are in work at once")
	}
	close(release)
	held.Wait()
}

func TestSlowClient(t *testing.T) {
	for path, media := range map[string]string{"/v1/extract": mediaText, "/v1/batch": mediaNDJSON} {
		s := newServer(t, func(o *Options) { o.Timeout = 100 * time.Millisecond })
		c, url := newContract(t), listen(t, s)
		conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		conn.SetDeadline(time.Now().Add(20 * time.Second))
		fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: %s\r\nContent-Length: 100\r\n\r\n{", path, media)
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(path, err)
		}
		body, _ := io.ReadAll(resp.Body)
		if resp.StatusCode != 408 {
			t.Errorf("%s: status %d: %s", path, resp.StatusCode, body)
		}
		c.check(t, "POST", path, resp, body)
	}
}

// What came before a client fell silent is answered.
func TestSlowBatch(t *testing.T) {
	c, url := newContract(t), listen(t, newServer(t, func(o *Options) { o.Timeout = 200 * time.Millisecond }))
	body, feed := io.Pipe()
	defer feed.Close()
	go io.WriteString(feed, "{\"id\":\"a\",\"text\":\"He said no.\"}\n{")
	resp, err := http.Post(url+"/v1/batch", mediaNDJSON, body)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	out, err := io.ReadAll(resp.Body)
	if got := brief(t, c, out); got != "a, 2:slow" || err != nil {
		t.Errorf("%s, %v", got, err)
	}
}

// A client that does not read its response is let go, and its places with it.
func TestClientThatDoesNotRead(t *testing.T) {
	s := newServer(t, func(o *Options) {
		only(t, func(context.Context, *pipeline.Document) error { return nil })(o)
		o.Timeout, o.MaxBody = 200*time.Millisecond, 64<<20
	})
	url := listen(t, s)
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	line := `{"text":"` + strings.Repeat("He said no. ", 1000) + `"}` + "\n"
	const n = 2000
	fmt.Fprintf(conn, "POST /v1/batch HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\nContent-Length: %d\r\n\r\n", n*len(line))
	go io.WriteString(conn, strings.Repeat(line, n))
	for began := time.Now(); len(s.admitted) == 0; time.Sleep(time.Millisecond) {
		if time.Since(began) > 10*time.Second {
			t.Fatal("never admitted")
		}
	}
	for began := time.Now(); len(s.admitted) > 0; time.Sleep(10 * time.Millisecond) {
		if time.Since(began) > 30*time.Second {
			t.Fatal("still held")
		}
	}
}

// A long body read in time does not make the work on it time out, and the next
// request on the connection is as good as the first.
func TestDeadlinesAreOfOneRequest(t *testing.T) {
	s := newServer(t, func(o *Options) {
		only(t, func(ctx context.Context, _ *pipeline.Document) error {
			select {
			case <-time.After(150 * time.Millisecond):
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})(o)
		o.Timeout = 200 * time.Millisecond
	})
	url := listen(t, s)
	client := &http.Client{Transport: &http.Transport{MaxConnsPerHost: 1}}
	for i, path := range []string{"/v1/extract", "/v1/batch", "/v1/extract", "/v1/batch", "/v1/extract"} {
		body := `{"text":"a"}`
		if path == "/v1/batch" {
			body = `[{"text":"a"},{"text":"b"},{"text":"c"},{"text":"d"}]`
		}
		resp, err := client.Post(url+path, mediaJSON, strings.NewReader(body))
		if err != nil {
			t.Fatal(i, path, err)
		}
		out, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != 200 || bytes.Contains(out, []byte(`"error"`)) {
			t.Errorf("%d, %s: status %d, %v: %s", i, path, resp.StatusCode, err, out)
		}
	}
}

func TestStopping(t *testing.T) {
	s := newServer(t, nil)
	c, url := newContract(t), listen(t, s)
	s.Stop()
	for path, want := range map[string]int{"/readyz": 503, "/healthz": 200} {
		resp, err := http.Get(url + path)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%s: status %d, want %d", path, resp.StatusCode, want)
		}
		c.check(t, "GET", path, resp, body)
	}
}

func TestOrigins(t *testing.T) {
	url := listen(t, newServer(t, func(o *Options) { o.AllowOrigins = []string{"https://desk.example"} }))
	for origin, want := range map[string]string{"https://desk.example": "https://desk.example", "https://evil.example": "", "null": "", "": ""} {
		for _, method := range []string{"OPTIONS", "POST"} {
			req, _ := http.NewRequestWithContext(t.Context(), method, url+"/v1/extract", strings.NewReader("a"))
			req.Header.Set("Content-Type", "text/plain")
			req.Header.Set("Origin", origin)
			req.Header.Set("Access-Control-Request-Method", "POST")
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if got := resp.Header.Get("Access-Control-Allow-Origin"); got != want {
				t.Errorf("%s from %q: %q, want %q", method, origin, got, want)
			}
			if methods := resp.Header.Get("Access-Control-Allow-Methods"); (methods != "") != (want != "" && method == "OPTIONS") {
				t.Errorf("%s from %q: methods %q", method, origin, methods)
			}
			if !strings.Contains(strings.Join(resp.Header.Values("Vary"), ","), "Origin") {
				t.Error("no Vary")
			}
		}
	}
}

// What httpserve refuses is a problem as others are.
func TestRefuse(t *testing.T) {
	s, c := newServer(t, nil), newContract(t)
	for _, status := range []int{403, 421} {
		w := httptest.NewRecorder()
		s.Refuse(w, httptest.NewRequest("POST", "/v1/extract", nil), status, "Why, and what to do.")
		c.check(t, "POST", "/v1/extract", w.Result(), w.Body.Bytes())
		if w.Code != status {
			t.Errorf("status %d, want %d", w.Code, status)
		}
	}
}

func TestMetrics(t *testing.T) {
	url := listen(t, newServer(t, nil))
	post := func(media, body, path string) {
		resp, err := http.Post(url+path, media, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
	}
	post(mediaText, "She said five words.", "/v1/extract")
	post(mediaText, " ", "/v1/extract")
	post(mediaNDJSON, "{\"text\":\"Two words.\"}\n{}\n", "/v1/batch")
	post(mediaText, "", "/made-up-by-a-client")
	resp, err := http.Get(url + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	for _, line := range []string{
		"onrecord_documents_total 2",
		"onrecord_words_total 6",
		`onrecord_failures_total{reason="no_text"} 1`,
		`onrecord_failures_total{reason="bad_document"} 1`,
		`onrecord_http_requests_total{code="200",method="POST",route="extract"} 1`,
		`onrecord_http_requests_total{code="422",method="POST",route="extract"} 1`,
		`onrecord_http_requests_total{code="404",method="POST",route="none"} 1`,
		`onrecord_http_request_duration_seconds_count{route="batch"} 1`,
		"onrecord_http_requests_in_flight 1",
		"onrecord_requests_held 0",
		"onrecord_documents_queued 0",
	} {
		if !strings.Contains(string(body), line+"\n") {
			t.Errorf("no %s", line)
		}
	}
	if !strings.Contains(string(body), `onrecord_stage_seconds_total{stage="stance"} `) || strings.Contains(string(body), "made-up") {
		t.Error("stages are missing, or clients make up labels")
	}
}

// The log has a line a request, and no words of articles or addresses.
func TestLog(t *testing.T) {
	var logged bytes.Buffer
	s := newServer(t, func(o *Options) { o.Log = slog.New(slog.NewJSONHandler(&logged, nil)) })
	for _, path := range []string{"/v1/extract", "/secret"} {
		r := httptest.NewRequest("POST", path+"?q=secret", strings.NewReader(`{"id":"secret","text":"The secret is out, she said."}`))
		r.Header.Set("Content-Type", mediaJSON)
		s.ServeHTTP(httptest.NewRecorder(), r)
	}
	if n := strings.Count(logged.String(), "\n"); n != 2 || strings.Contains(logged.String(), "secret") {
		t.Errorf("%d lines: %s", n, logged.String())
	}
	var line struct {
		Route     string
		Status    int
		Documents int
	}
	if err := json.Unmarshal(bytes.SplitN(logged.Bytes(), []byte("\n"), 2)[0], &line); err != nil || line.Route != "extract" || line.Status != 200 || line.Documents != 1 {
		t.Errorf("%+v, %v", line, err)
	}
}
