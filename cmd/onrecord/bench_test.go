//go:build unix

package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/onrecord-nlp/onrecord/cmd/onrecord/internal/cli"
	"github.com/onrecord-nlp/onrecord/pipeline/goldform"
)

var articles = flag.Int("articles", 320, "number of articles of BenchmarkEndToEnd")

// BenchmarkEndToEnd extracts articles from JSON Lines to Arrow with one worker
// on one core: the articles of testdata/gold/dev, again and again with new ids.
// It reports words a CPU-second, system time included, and the most memory that
// the process ever held.
//
//	go test ./cmd/onrecord -run '^$' -bench EndToEnd -benchtime 1x -cpu 1 -articles 100000
func BenchmarkEndToEnd(b *testing.B) {
	dir := b.TempDir()
	input := filepath.Join(dir, "articles.jsonl")
	words, err := repeatArticles(input, *articles)
	if err != nil {
		b.Fatal(err)
	}
	before := cpuTime(b)
	for b.Loop() {
		out := filepath.Join(dir, "out")
		if status := cli.Main([]string{"extract", input, "--out", out, "--overwrite", "--workers", "1"}, io.Discard, os.Stderr); status != 0 {
			b.Fatalf("exit status %d", status)
		}
	}
	spent := cpuTime(b) - before
	b.ReportMetric(float64(words)*float64(b.N)/spent.Seconds(), "words/cpu-s")
	b.ReportMetric(spent.Seconds()/float64(b.N), "cpu-s/op")
	b.ReportMetric(float64(peak(b))/1e6, "MB-peak")
	b.ReportMetric(float64(words)/float64(*articles), "words/article")
}

// repeatArticles writes n articles to a file and returns the number of their
// words, as set apart by white space.
func repeatArticles(path string, n int) (words int, err error) {
	type article struct {
		ID    string `json:"id"`
		Title string `json:"title"`
		Text  string `json:"text"`
	}
	var all []article
	for doc, err := range goldform.ReadPath("../../testdata/gold/dev") {
		if err != nil {
			return 0, err
		}
		all = append(all, article{doc.ID, doc.Title, doc.Text})
	}
	f, err := os.Create(path)
	if err != nil {
		return 0, err
	}
	w := bufio.NewWriter(f)
	e := json.NewEncoder(w)
	for i := range n {
		a := all[i%len(all)]
		a.ID = fmt.Sprintf("%s-%d", a.ID, i)
		words += len(strings.Fields(a.Text))
		if err := e.Encode(a); err != nil {
			return 0, err
		}
	}
	if err := w.Flush(); err != nil {
		return 0, err
	}
	return words, f.Close()
}

func usage(b *testing.B) syscall.Rusage {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return u
}

// cpuTime is the time that the process has spent on all cores.
func cpuTime(b *testing.B) time.Duration {
	u := usage(b)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// peak is the most memory that the process ever held, in bytes.
func peak(b *testing.B) int64 {
	n := int64(usage(b).Maxrss)
	if runtime.GOOS != "darwin" && runtime.GOOS != "ios" {
		n *= 1024
	}
	return n
}
