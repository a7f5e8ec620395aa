//go:build unix

package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/onrecord-nlp/onrecord/pipeline/goldform"
)

var (
	killArticles = flag.Int("kill.articles", 0, "number of articles for TestKillMany")
	killLength   = flag.Int("kill.paragraphs", 0, "the most paragraphs of an article for TestKillMany; 0 is any number")
	killTimes    = flag.Int("kill.times", 3, "how often TestKillMany kills the run")
	killDir      = flag.String("kill.dir", "", "empty folder for the files of TestKillMany (default: a temporary one)")
)

// A run that is killed at any time, again and again, with one worker or eight,
// ends with the bytes of an undisturbed run; faults in the input are rows, each
// once.
func TestKill(t *testing.T) {
	dir := t.TempDir()
	makeArticles(t, dir, 300, 100, 0)
	// A member that breaks off in the middle, an input that is not there, and a
	// record that is none.
	whole, err := os.ReadFile(filepath.Join(dir, "news", "part-001.jsonl.gz"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "news"), "part-001b.jsonl.gz", whole[:len(whole)/2])
	write(t, dir, "odd.jsonl", []byte("{\"text\": \"“Yes,” she said.\"}\nno JSON\n{\"id\": \"varied-7\", \"text\": \"The id is taken.\"}\n"))
	args := []string{"extract", "news", "missing.txt", "odd.jsonl", "--shard-documents=25", "--format=arrow,jsonl"}
	want := filepath.Join(dir, "whole")
	if status := start(t, dir, append(args, "--out=whole", "--workers=2")...).wait(); status != 3 {
		t.Fatalf("the undisturbed run ended with status %d", status)
	}
	for _, workers := range []int{1, 8} {
		out := fmt.Sprintf("killed%d", workers)
		line := append(args, "--out="+out, fmt.Sprintf("--workers=%d", workers), "--resume")
		kills := 0
		// Longer each time, so that it comes to an end on a slow machine too.
		for delay := time.Duration(0); ; delay = 200*time.Millisecond + rand.N(time.Duration(kills+1)*300*time.Millisecond) {
			p := start(t, dir, line...)
			if delay == 0 {
				p.await(filepath.Join(dir, out)) // the first one, when it has just begun
			}
			dead := time.AfterFunc(delay, func() { p.cmd.Process.Kill() })
			status := p.wait()
			dead.Stop()
			if status >= 0 {
				if status != 3 {
					t.Fatalf("status %d: %s", status, p.stderr)
				}
				break
			}
			kills++
		}
		t.Logf("%d workers: killed %d times", workers, kills)
		compare(t, want, filepath.Join(dir, out))
	}
}

// TestKillMany does the same with as many articles as -kill.articles says, in a
// hundred parts, which are killed -kill.times times at random, and tells how long
// it took and the peak of memory:
//
//	go test ./cmd/onrecord -run TestKillMany -kill.articles 1000000 -timeout 12h -v
//
// -kill.paragraphs 4 makes the articles short, and the test a third as long.
func TestKillMany(t *testing.T) {
	if *killArticles == 0 {
		t.Skip("takes long: -kill.articles 1000000")
	}
	dir := *killDir
	if dir == "" {
		dir = t.TempDir()
	}
	began := time.Now()
	size := makeArticles(t, dir, *killArticles, 50_000, *killLength)
	t.Logf("%d articles, %d MB of text, made in %.0f s", *killArticles, size/1e6, time.Since(began).Seconds())
	const parts = 100
	// run does the extraction, and kills it some time after it has written so many
	// parts, where that is not 0.
	run := func(out string, resume bool, kill int) (status int) {
		args := []string{"extract", "news", "--out=" + out, "--workers=2", "--profile=" + out + ".json",
			fmt.Sprintf("--shard-documents=%d", max(*killArticles/parts, 1))}
		if resume {
			args = append(args, "--resume")
		}
		cmd := exec.Command("onrecord", args...)
		cmd.Dir = dir
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		began := time.Now()
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if kill > 0 {
			for last := filepath.Join(dir, out, "documents", fmt.Sprintf("part-%05d.arrow", kill-1)); ; time.Sleep(time.Millisecond) {
				if _, err := os.Stat(last); err == nil {
					break
				}
				if time.Since(began) > 6*time.Hour {
					t.Error("it came to nothing")
					break
				}
			}
			time.Sleep(rand.N(time.Since(began) / time.Duration(kill)))
			cmd.Process.Kill()
		}
		cmd.Wait()
		status = cmd.ProcessState.ExitCode()
		usage := cmd.ProcessState.SysUsage().(*syscall.Rusage)
		peak := int64(usage.Maxrss) << 10
		if runtime.GOOS == "darwin" {
			peak = int64(usage.Maxrss)
		}
		t.Logf("%s: status %d after %.1f s, %.1f s of processor time, at most %d MB of memory", out, status, time.Since(began).Seconds(),
			(cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds(), peak/1e6)
		if peak > 500e6 {
			t.Errorf("%d MB of memory, want at most 500", peak/1e6)
		}
		if status != 0 && status != -1 {
			t.Fatalf("%s", stderr.Bytes())
		}
		return status
	}
	if status := run("whole", false, 0); status != 0 {
		t.Fatalf("status %d", status)
	}
	var kills []int
	for range *killTimes {
		kills = append(kills, 1+rand.IntN(parts-5))
	}
	slices.Sort(kills)
	for _, n := range kills {
		t.Logf("killing it behind part %d of %d", n, parts)
		if status := run("killed", true, n); status != -1 {
			t.Errorf("status %d", status)
		}
	}
	if status := run("killed", true, 0); status != 0 {
		t.Fatalf("status %d", status)
	}
	compare(t, filepath.Join(dir, "whole"), filepath.Join(dir, "killed"))
}

// compare fails the test unless two output folders hold the same: the files byte
// for byte, the manifests but for their times, their folder and how often the
// run was resumed.
func compare(t *testing.T, want, got string) {
	t.Helper()
	names := func(dir string) (list []string) {
		err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
			if err == nil && !e.IsDir() {
				list = append(list, strings.TrimPrefix(path, dir))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	files := names(want)
	if g := names(got); !slices.Equal(g, files) {
		t.Fatalf("files %q, want %q", g, files)
	}
	for _, name := range files {
		if filepath.Base(name) == "manifest.json" {
			if a, b := manifest(t, want+name), manifest(t, got+name); a != b {
				t.Errorf("manifest:\n%s\nwant\n%s", b, a)
			}
			continue
		}
		if !equalFiles(t, want+name, got+name) {
			t.Errorf("%s differs", name)
		}
	}
}

// manifest is the text of a manifest without what may differ.
func manifest(t *testing.T, path string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]json.RawMessage
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	var config map[string]json.RawMessage
	if err := json.Unmarshal(m["config"], &config); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"started", "finished", "resumed", "config"} {
		delete(m, key)
	}
	for _, key := range []string{"workers", "out"} {
		delete(config, key)
	}
	out, err := json.MarshalIndent([]any{m, config}, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func equalFiles(t *testing.T, a, b string) bool {
	open := func(path string) (*os.File, *bufio.Reader) {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		return f, bufio.NewReaderSize(f, 1<<20)
	}
	fa, ra := open(a)
	defer fa.Close()
	fb, rb := open(b)
	defer fb.Close()
	for {
		pa, errA := ra.Peek(1 << 20)
		pb, errB := rb.Peek(1 << 20)
		if !bytes.Equal(pa, pb) {
			return false
		}
		if errors.Is(errA, io.EOF) && errors.Is(errB, io.EOF) {
			return true
		}
		if errA != nil || errB != nil {
			t.Fatal(errA, errB)
		}
		ra.Discard(len(pa))
		rb.Discard(len(pb))
	}
}

// makeArticles writes n articles into dir/news, perFile to a file of gzipped
// JSON Lines, and returns the bytes of their text. They are the hand-labelled
// ones of testdata/gold/dev, varied: each has paragraphs of three of them in
// another order, with other names and numbers, and no more than most of them
// where that is not 0. The same n gives the same bytes.
func makeArticles(t *testing.T, dir string, n, perFile, most int) (size int64) {
	t.Helper()
	var sources [][]string // paragraphs by article
	for doc, err := range goldform.ReadPath("../../testdata/gold/dev") {
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, strings.Split(doc.Text, "\n\n"))
	}
	names := capitalized(sources)
	r := rand.New(rand.NewPCG(1, 2))
	if err := os.MkdirAll(filepath.Join(dir, "news"), 0o755); err != nil {
		t.Fatal(err)
	}
	for first := 0; first < n; first += perFile {
		f, err := os.Create(filepath.Join(dir, "news", fmt.Sprintf("part-%03d.jsonl.gz", first/perFile)))
		if err != nil {
			t.Fatal(err)
		}
		z, _ := gzip.NewWriterLevel(f, gzip.BestSpeed)
		e := json.NewEncoder(z)
		for i := first; i < min(first+perFile, n); i++ {
			text := vary(r, sources, names, most)
			size += int64(len(text))
			if err := e.Encode(map[string]string{"id": fmt.Sprintf("varied-%d", i), "text": text}); err != nil {
				t.Fatal(err)
			}
		}
		if err := errors.Join(z.Close(), f.Close()); err != nil {
			t.Fatal(err)
		}
	}
	return size
}

// capitalized lists the words that stand with a capital within sentences: names,
// nearly all of them.
func capitalized(sources [][]string) []string {
	seen := make(map[string]bool)
	for _, paragraphs := range sources {
		for _, p := range paragraphs {
			words := strings.Fields(p)
			for i, w := range words {
				if i > 0 && isName(w) && unicode.IsLower(rune(words[i-1][len(words[i-1])-1])) {
					seen[w] = true
				}
			}
		}
	}
	list := make([]string, 0, len(seen))
	for w := range seen {
		list = append(list, w)
	}
	slices.Sort(list)
	return list
}

// isName reports whether a word is a capital and small letters, four at least.
func isName(w string) bool {
	if len(w) < 4 || w[0] < 'A' || w[0] > 'Z' {
		return false
	}
	return !strings.ContainsFunc(w[1:], func(r rune) bool { return r < 'a' || r > 'z' })
}

// vary makes an article.
func vary(r *rand.Rand, sources [][]string, names []string, most int) string {
	var paragraphs []string
	for range 3 {
		for _, p := range sources[r.IntN(len(sources))] {
			if r.IntN(2) == 0 {
				paragraphs = append(paragraphs, p)
			}
		}
	}
	r.Shuffle(len(paragraphs), func(i, k int) { paragraphs[i], paragraphs[k] = paragraphs[k], paragraphs[i] })
	if most > 0 && len(paragraphs) > most {
		paragraphs = paragraphs[:most]
	}
	given := make(map[string]string) // one new name for an old one, as an article has it
	isNew := make(map[string]bool, len(names))
	for _, w := range names {
		isNew[w] = true
	}
	var b strings.Builder
	for i, p := range paragraphs {
		if i > 0 {
			b.WriteString("\n\n")
		}
		for len(p) > 0 {
			n := strings.IndexFunc(p, func(r rune) bool { return !unicode.IsLetter(r) })
			if n < 0 {
				n = len(p)
			}
			if w := p[:n]; n > 0 {
				if isNew[w] {
					if given[w] == "" {
						given[w] = names[r.IntN(len(names))]
					}
					w = given[w]
				}
				b.WriteString(w)
				p = p[n:]
				continue
			}
			c, n := utf8.DecodeRuneInString(p)
			if c >= '1' && c <= '9' {
				c = '1' + rune(r.IntN(9))
			}
			b.WriteRune(c)
			p = p[n:]
		}
	}
	return b.String()
}
