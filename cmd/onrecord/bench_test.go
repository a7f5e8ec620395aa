//go:build unix

package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/onrecord-nlp/onrecord/cmd/onrecord/internal/cli"
	"github.com/onrecord-nlp/onrecord/models/encoder"
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
	b.ReportMetric(float64(peakOf(usage(b)))/1e6, "MB-peak")
	b.ReportMetric(float64(words)/float64(*articles), "words/article")
}

// BenchmarkEngines extracts from the same articles with both engines, and with
// the accurate one on every path that the processor has and with two workers:
// words a second of CPU time, end to end from JSON Lines to Arrow, and the most
// memory held. Each run is a process of its own. The slowest path reads few
// articles, and the fast engine with one worker many; memory grows with them
// until a part of the output is full, so that the two rows of two workers, of as
// many articles, are those to compare.
//
//	go test ./cmd/onrecord -run '^$' -bench Engines -benchtime 1x
func BenchmarkEngines(b *testing.B) {
	run := func(name string, n, workers int, flags ...string) {
		b.Run(name, func(b *testing.B) {
			dir := b.TempDir()
			input := filepath.Join(dir, "articles.jsonl")
			words, err := repeatArticles(input, n)
			if err != nil {
				b.Fatal(err)
			}
			var spent time.Duration
			var most int64
			for b.Loop() {
				args := append([]string{"extract", input, "--out", filepath.Join(dir, "out"), "--overwrite", "--workers", strconv.Itoa(workers)}, flags...)
				cmd := exec.Command("onrecord", args...) // TestMain puts it in the path
				cmd.Env = append(os.Environ(), "GOMAXPROCS="+strconv.Itoa(workers))
				if out, err := cmd.CombinedOutput(); err != nil {
					b.Fatalf("%v\n%s", err, out)
				}
				u := *cmd.ProcessState.SysUsage().(*syscall.Rusage)
				spent += cpuTimeOf(u)
				most = max(most, peakOf(u))
			}
			b.ReportMetric(float64(words)*float64(b.N)/spent.Seconds(), "words/cpu-s")
			// A process begins as a copy of this one, whose memory Linux counts.
			if own := peakOf(usage(b)); most > own {
				b.ReportMetric(float64(most)/1e6, "MB-peak")
			} else {
				b.Logf("no MB-peak: this process has held %d MB itself; run this benchmark alone", own/1e6)
			}
		})
	}
	run("fast", 1920, 1)
	run("fast/two-workers", 640, 2)
	for _, path := range encoder.Paths() {
		n := 640
		if path == "portable" {
			n = 32
		}
		run("accurate/"+path, n, 1, "--engine", "accurate", "--kernel", path)
	}
	run("accurate/two-workers", 640, 2, "--engine", "accurate")
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

// usage is what this process has used until now.
func usage(b *testing.B) syscall.Rusage {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return u
}

// cpuTime is the time that this process has spent on all cores.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	return cpuTimeOf(usage(b))
}

// cpuTimeOf is the time that a process has spent on all cores.
func cpuTimeOf(u syscall.Rusage) time.Duration {
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// peakOf is the most memory that a process ever held, in bytes.
func peakOf(u syscall.Rusage) int64 {
	n := int64(u.Maxrss)
	if runtime.GOOS != "darwin" && runtime.GOOS != "ios" {
		n *= 1024
	}
	return n
}
