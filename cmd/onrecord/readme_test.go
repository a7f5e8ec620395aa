package main

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/onrecord-nlp/onrecord/cmd/onrecord/internal/cli"
	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/columnar"
)

var update = flag.Bool("update", false, "write what the commands of README.md print into it")

// The output in README.md is what its commands print, but for the speed.
//
//	go test ./cmd/onrecord -run Readme -update
//
// writes it anew.
func TestReadme(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(root, "README.md")
	readme, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	var stdout, stderr bytes.Buffer
	if status := cli.Main([]string{"extract", filepath.Join(root, "testdata", "articles"), "--out", "out"}, &stdout, &stderr); status != 0 {
		t.Fatalf("exit status %d: %s", status, stderr.String())
	}
	quotes, claims := rows(t, "out")
	out := replaceOutput(t, string(readme), "extract", "```\n"+stdout.String()+"```\n")
	out = replaceOutput(t, out, "quotes", table("speaker | attribution | text", quotes))
	out = replaceOutput(t, out, "claims", table("speaker | kind | stance | stance_target | text", claims))
	if *update {
		if err := os.WriteFile(path, []byte(out), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	speed := regexp.MustCompile(`words/s .*`)
	if got, want := speed.ReplaceAllString(string(readme), ""), speed.ReplaceAllString(out, ""); got != want {
		t.Errorf("README.md shows other output than its commands print; write it anew with -update\n%s", firstDifference(got, want))
	}
}

// rows returns the first direct quotes, and the first claims that surely take a side,
// as rows of a table. NaN is what pandas shows for null.
func rows(t *testing.T, dir string) (quotes, claims []string) {
	const n = 8
	for doc, err := range columnar.ReadDocuments(dir) {
		if err != nil {
			t.Fatal(err)
		}
		speaker := func(i int) string {
			if i < 0 {
				return "NaN"
			}
			return doc.Speakers[i].Name
		}
		for i, q := range doc.Quotes {
			if q.Kind == pipeline.Direct && len(quotes) < n {
				quotes = append(quotes, fmt.Sprintf("%s | %s | %s", speaker(doc.Resolution.OfQuote[i]), doc.Resolution.QuoteManner[i], q.In(doc.Text)))
			}
		}
		for i, a := range doc.Attributions {
			if s := doc.Stances.OfAttribution[i]; s.Position != pipeline.Neutral && s.Confidence > 0.6 && len(claims) < n {
				var parts []string
				for _, c := range a.Content {
					parts = append(parts, c.In(doc.Text))
				}
				claims = append(claims, fmt.Sprintf("%s | %s | %s | %s | %s", speaker(doc.Resolution.OfAttribution[i]), a.Kind, s.Position,
					cmp.Or(s.Target, "NaN"), strings.Join(parts, " ")))
			}
		}
	}
	return quotes, claims
}

// table writes rows as a table of Markdown.
func table(header string, rows []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "| %s |\n|%s\n", header, strings.Repeat("---|", strings.Count(header, "|")+1))
	for _, r := range rows {
		fmt.Fprintf(&b, "| %s |\n", strings.ReplaceAll(r, "\n", " "))
	}
	return b.String()
}

// replaceOutput puts new output behind its marker: the block up to the next
// empty line.
func replaceOutput(t *testing.T, readme, name, output string) string {
	t.Helper()
	before, after, ok := strings.Cut(readme, "<!-- output: "+name+" -->\n")
	if !ok {
		t.Fatalf("README.md has no marker for the output of %s", name)
	}
	_, after, ok = strings.Cut(after, "\n\n")
	if !ok {
		t.Fatalf("README.md: the output of %s has no end", name)
	}
	return before + "<!-- output: " + name + " -->\n" + output + "\n" + after
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			return fmt.Sprintf("line %d: %s\n  should be: %s", i+1, g[i], w[i])
		}
	}
	return "one is longer"
}
