// Package page is the web page of the commands view and label: what it holds,
// and how it reaches a browser.
//
// A Builder reads finished documents, one after another, and makes a Book of
// them: an index of all articles and statements, and the articles in chunks of
// the JSON form of package goldform, everything compressed. A Book is written
// as one file that holds everything (WriteFile), or served (Handler). The page
// is the same for both: HTML of a few lines, the style sheet, and one script,
// bundled from src/ by go generate.
//
// Text of articles is data all the way: it stands in compressed JSON, and the
// script puts it into the page as text nodes. The content security policy lets
// no script run but that one, by its hash, loads nothing from elsewhere, and
// has the browser refuse to take markup from a string (trusted types).
package page

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/onrecord-nlp/onrecord/cmd/onrecord/internal/style"
)

//go:generate go test -run Bundle -update

//go:embed page.css
var css string

//go:embed label.css
var labelCSS string

//go:embed view.css
var viewCSS string

//go:embed dist/page.js
var script string

// Mode is what the page is for.
type Mode string

// The modes.
const (
	View  Mode = "view"
	Label Mode = "label"
)

// boot is what the script learns first.
type boot struct {
	Mode   Mode `json:"mode"`
	Inline bool `json:"inline"` // the data stand in the page
}

// shell is the page without its data. The script element that is run and the
// style element hold what the hashes of the policy stand for, to the byte.
var shell = template.Must(template.New("page").Parse(`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{{.Policy}}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{{.Title}}</title>
<link rel="icon" href="data:,">
<style>{{.Style}}</style>
</head>
<body>
<noscript>This page shows articles by a script of its own: allow scripts for it.</noscript>
<div id="page"></div>
<script type="application/json" id="boot">{{.Boot}}</script>
`))

// policy is the content security policy of the page.
func policy() string {
	return "default-src 'none'; script-src " + source(script) + "; style-src " + source(sheet()) +
		"; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
}

// source names a script or style by its hash, as content security policies do.
func source(s string) string {
	sum := sha256.Sum256([]byte(s))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

func sheet() string { return style.CSS + css + viewCSS + labelCSS }

// writeShell writes everything that stands before the data.
func writeShell(w io.Writer, b boot, title string) error {
	return shell.Execute(w, struct {
		Policy, Title string
		Style         template.CSS
		Boot          boot
	}{policy(), title, template.CSS(sheet()), b})
}

// writeScript writes what stands behind the data.
func writeScript(w io.Writer) error {
	_, err := fmt.Fprintf(w, "<script type=\"module\">%s</script>\n</body>\n</html>\n", script)
	return err
}

// WriteFile writes the page with all its data as one HTML file.
func (b *Book) WriteFile(w io.Writer) error {
	if err := writeShell(w, boot{Mode: View, Inline: true}, b.title); err != nil {
		return err
	}
	for _, name := range b.names() {
		// Base64 has no character that means anything in HTML.
		if _, err := fmt.Fprintf(w, "<script type=\"application/gzip\" id=\"%s\">", name); err != nil {
			return err
		}
		e := base64.NewEncoder(base64.StdEncoding, w)
		if _, err := e.Write(b.data(name)); err != nil {
			return err
		}
		if err := e.Close(); err != nil {
			return err
		}
		if _, err := io.WriteString(w, "</script>\n"); err != nil {
			return err
		}
	}
	return writeScript(w)
}

// Handler serves the page at / and its data below /data/.
func (b *Book) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", Shell(View, b.title))
	mux.HandleFunc("GET /data/{name}", func(w http.ResponseWriter, r *http.Request) {
		d := b.data(r.PathValue("name"))
		if d == nil {
			http.NotFound(w, r)
			return
		}
		h := w.Header()
		h.Set("Content-Type", "application/json")
		h.Set("Cache-Control", "no-store") // the next run is served from the same address
		h.Set("Content-Encoding", "gzip")
		h.Set("Content-Length", strconv.Itoa(len(d)))
		w.Write(d)
	})
	return mux
}

// Shell serves the page without data, which its script asks the server for.
func Shell(m Mode, title string) http.Handler {
	var page bytes.Buffer
	err := writeShell(&page, boot{Mode: m}, title)
	if err == nil {
		err = writeScript(&page)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		h := w.Header()
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Content-Security-Policy", policy()+"; frame-ancestors 'none'")
		h.Set("Cache-Control", "no-store")
		w.Write(page.Bytes())
	})
}

// names lists the pieces of data.
func (b *Book) names() []string {
	names := []string{"index"}
	for i := range b.chunks {
		names = append(names, "chunk-"+strconv.Itoa(i))
	}
	return names
}

// data returns a piece of data as gzip, nil where there is none of that name.
func (b *Book) data(name string) []byte {
	if name == "index" {
		return b.index
	}
	n, ok := strings.CutPrefix(name, "chunk-")
	i, err := strconv.Atoi(n)
	if !ok || err != nil || i < 0 || i >= len(b.chunks) {
		return nil
	}
	return b.chunks[i]
}

// compress returns v as JSON in gzip.
func compress(v any) ([]byte, error) {
	var buf bytes.Buffer
	z := gzip.NewWriter(&buf)
	e := json.NewEncoder(z)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}
