package extractors_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"hash/fnv"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/markusmobius/go-trafilatura"

	"github.com/onrecord-nlp/onrecord/extractors"
	"github.com/onrecord-nlp/onrecord/internal/shared"
	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/ingest"
)

// TestQuotationsFromPages compares the quotations that are found in an article
// when its page is read with those found in the body that people took from the
// page: 361 news pages, by the halves of their sites (see docs/html.md).
func TestQuotationsFromPages(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	f, err := os.Open(shared.Path(t, "data/html_news/gold.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	standard, err := extractors.Standard()
	if err != nil {
		t.Fatal(err)
	}
	quotations := func(doc *pipeline.Document) map[string]int {
		found := make(map[string]int)
		if doc.Text == "" {
			return found
		}
		if err := standard.Process(context.Background(), doc); err != nil {
			t.Fatal(err)
		}
		for _, q := range doc.Quotes {
			if k := letters(q.In(doc.Text)); q.Uttered && k != "" {
				found[k]++
			}
		}
		return found
	}
	var ours, others [2]tally
	for dec := json.NewDecoder(f); ; {
		var g struct{ HTML, Site, Title, Text string }
		if err := dec.Decode(&g); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		page := unzip(t, filepath.Join(filepath.Dir(f.Name()), g.HTML))
		half := halfOf(g.Site)
		want := quotations(&pipeline.Document{Title: g.Title, Text: g.Text})
		r, err := ingest.Open([]string{"-"}, ingest.Options{Stdin: bytes.NewReader(page), Format: ingest.FormatHTML})
		if err != nil {
			t.Fatal(err)
		}
		var doc pipeline.Document
		for d, err := range r.Documents(context.Background()) {
			if err == nil {
				doc = *d
			}
		}
		ours[half].add(want, quotations(&doc))
		doc = pipeline.Document{}
		if res, err := trafilatura.Extract(bytes.NewReader(page), trafilatura.Options{ExcludeComments: true, HtmlDateMode: trafilatura.Disabled}); err == nil {
			doc.Title, doc.Text = res.Metadata.Title, res.ContentText
		}
		others[half].add(want, quotations(&doc))
	}
	for half, name := range []string{"sites looked at", "sites only measured"} {
		for k, s := range []tally{ours[half], others[half]} {
			t.Logf("%s, %s: of %d quotations in the gold bodies %d found (%.1f%%), of %d found %d there (%.1f%%)", name, [2]string{"onrecord", "go-trafilatura"}[k],
				s.want, s.hits, s.recall(), s.found, s.hits, s.precision())
		}
		// On the first half, many of the bodies that people took stop early.
		if ours[half].recall() < 95 || ours[half].precision() < [2]float64{74, 92}[half] {
			t.Errorf("%s: fewer quotations are found from pages, or more that are none", name)
		}
	}
}

// tally counts quotations.
type tally struct{ want, found, hits int }

func (s *tally) add(want, found map[string]int) {
	for _, n := range want {
		s.want += n
	}
	for k, n := range found {
		s.found += n
		s.hits += min(n, want[k])
	}
}

func (s tally) recall() float64    { return 100 * float64(s.hits) / float64(s.want) }
func (s tally) precision() float64 { return 100 * float64(s.hits) / float64(s.found) }

// halfOf is the half of the sites that a page belongs to: the model that chooses
// the body was trained on the first.
func halfOf(site string) int {
	site = strings.TrimPrefix(strings.TrimPrefix(site, "http://"), "https://")
	site, _, _ = strings.Cut(site, "/")
	h := fnv.New32a()
	io.WriteString(h, strings.TrimPrefix(site, "www."))
	return int(h.Sum32()>>4) % 2
}

// letters keeps the letters and digits of a text.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

func unzip(t *testing.T, name string) []byte {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
