//go:build unix

package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/onrecord-nlp/onrecord/cmd/onrecord/internal/cli"
	"github.com/onrecord-nlp/onrecord/extractors"
	"github.com/onrecord-nlp/onrecord/models/entity"
	"github.com/onrecord-nlp/onrecord/models/postag"
	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/columnar"
	"github.com/onrecord-nlp/onrecord/pipeline/goldform"
	"github.com/onrecord-nlp/onrecord/pipeline/ingest"
)

// BenchmarkParts measures every part of an extraction by itself, and the whole,
// in CPU time on one core: the articles of testdata/gold/dev, again and again.
// At its end it prints the table that docs/speed.md holds.
//
//	go test ./cmd/onrecord -run '^$' -bench Parts -cpu 1
func BenchmarkParts(b *testing.B) {
	c := newCorpus(b)
	t := &timetable{words: c.words}
	read := func(b *testing.B, f *costs, packed string) {
		path := filepath.Join(b.TempDir(), "articles.jsonl"+packed)
		if err := os.WriteFile(path, c.packed[packed], 0o666); err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			f.add(c.words)
			r, err := ingest.Open([]string{path}, ingest.Options{})
			if err != nil {
				b.Fatal(err)
			}
			for _, err := range r.Documents(b.Context()) {
				if err != nil {
					b.Fatal(err)
				}
			}
		}
	}
	t.row(b, partRow, "read JSON Lines", func(b *testing.B, f *costs) { read(b, f, "") })
	t.row(b, withinRow, "tell the language", func(b *testing.B, f *costs) {
		for b.Loop() {
			f.add(c.words)
			for _, d := range c.docs {
				ingest.LanguageOf(d.Text)
			}
		}
	})
	for _, s := range c.stages {
		t.row(b, partRow, s.Name(), func(b *testing.B, f *costs) {
			for b.Loop() {
				f.add(c.words)
				for _, d := range c.docs {
					doc := *d
					if err := s.Process(b.Context(), &doc); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
		if s.Name() == "tokenize" {
			t.row(b, withinRow, "tag parts of speech", c.tag)
			t.row(b, withinRow, "label names", c.label)
		}
	}
	t.row(b, partRow, "write Arrow", func(b *testing.B, f *costs) {
		w, err := columnar.Create(b.TempDir(), columnar.Options{})
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			f.add(c.words)
			for _, d := range c.docs {
				if err := w.Write(d); err != nil {
					b.Fatal(err)
				}
			}
		}
		if _, err := w.Close(columnar.ManifestInfo{}); err != nil {
			b.Fatal(err)
		}
	})
	t.row(b, wholeRow, "extract, all in all", func(b *testing.B, f *costs) {
		dir := b.TempDir()
		path := filepath.Join(dir, "articles.jsonl")
		words, err := repeatArticles(path, 100*len(c.docs))
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			f.add(words)
			args := []string{"extract", path, "--out", filepath.Join(dir, "out"), "--overwrite", "--workers", "1"}
			if status := cli.Main(args, io.Discard, os.Stderr); status != 0 {
				b.Fatalf("exit status %d", status)
			}
		}
	})
	t.turns(b, c)
	t.row(b, limitRow, "only decompress gzip", func(b *testing.B, f *costs) {
		for b.Loop() {
			f.add(c.words)
			r, err := gzip.NewReader(bytes.NewReader(c.packed[".gz"]))
			if err != nil {
				b.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, r); err != nil {
				b.Fatal(err)
			}
		}
	})
	t.row(b, limitRow, "only decompress Zstandard", func(b *testing.B, f *costs) {
		for b.Loop() {
			f.add(c.words)
			r, err := zstd.NewReader(bytes.NewReader(c.packed[".zst"]), zstd.WithDecoderConcurrency(1))
			if err != nil {
				b.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, r); err != nil {
				b.Fatal(err)
			}
			r.Close()
		}
	})
	t.row(b, limitRow, "only read JSON Lines from gzip", func(b *testing.B, f *costs) { read(b, f, ".gz") })
	fmt.Print(t)
}

// corpus is articles as they come, and as all stages have left them.
type corpus struct {
	docs   []*pipeline.Document
	stages []pipeline.Stage
	words  int               // of all texts, as white space sets them apart
	packed map[string][]byte // the articles as JSON Lines, by the suffix of the compression
}

func newCorpus(b *testing.B) *corpus {
	b.Helper()
	c := &corpus{packed: make(map[string][]byte)}
	set, err := extractors.Load()
	if err != nil {
		b.Fatal(err)
	}
	c.stages = set.Stages()
	all, err := pipeline.New(c.stages)
	if err != nil {
		b.Fatal(err)
	}
	var plain bytes.Buffer
	path := filepath.Join(b.TempDir(), "articles.jsonl")
	n := 0
	for gold, err := range goldform.ReadPath("../../testdata/gold/dev") {
		if err != nil {
			b.Fatal(err)
		}
		doc := &pipeline.Document{ID: gold.ID, Source: gold.Source, Title: gold.Title, Text: gold.Text}
		if err := all.Process(b.Context(), doc); err != nil {
			b.Fatal(err)
		}
		c.docs = append(c.docs, doc)
		n++
	}
	if c.words, err = repeatArticles(path, n); err != nil {
		b.Fatal(err)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		b.Fatal(err)
	}
	plain.Write(file)
	c.packed[""] = plain.Bytes()
	var g, z bytes.Buffer
	gw := gzip.NewWriter(&g)
	zw, err := zstd.NewWriter(&z)
	if err != nil {
		b.Fatal(err)
	}
	for _, w := range []io.WriteCloser{gw, zw} {
		if _, err := w.Write(file); err != nil {
			b.Fatal(err)
		}
		if err := w.Close(); err != nil {
			b.Fatal(err)
		}
	}
	c.packed[".gz"], c.packed[".zst"] = g.Bytes(), z.Bytes()
	return c
}

// sentences calls f for each sentence of the corpus with its words.
func (c *corpus) sentences(words []string, f func(words []string, d *pipeline.Document, s pipeline.Sentence)) []string {
	for _, d := range c.docs {
		for _, s := range d.Sentences {
			words = words[:0]
			for _, t := range d.Tokens[s.First:s.Last] {
				words = append(words, t.In(d.Text))
			}
			f(words, d, s)
		}
	}
	return words
}

// tag measures the tagger of parts of speech alone, on words cut before.
func (c *corpus) tag(b *testing.B, f *costs) {
	m, err := postag.Embedded()
	if err != nil {
		b.Fatal(err)
	}
	tagger := m.NewTagger()
	var words []string
	tags := make([]uint8, 1<<12)
	for b.Loop() {
		f.add(c.words)
		words = c.sentences(words, func(words []string, _ *pipeline.Document, _ pipeline.Sentence) {
			tagger.Tag(words, tags[:len(words)])
		})
	}
}

// label measures the labelling of names alone, on words tagged before.
func (c *corpus) label(b *testing.B, f *costs) {
	m, err := entity.Embedded()
	if err != nil {
		b.Fatal(err)
	}
	var words []string
	tags := make([]uint8, 1<<12)
	labels := make([]entity.Label, 1<<12)
	labeler := m.NewLabeler()
	for b.Loop() {
		f.add(c.words)
		words = c.sentences(words, func(words []string, d *pipeline.Document, s pipeline.Sentence) {
			for i, t := range d.Tokens[s.First:s.Last] {
				tags[i] = uint8(t.Tag)
			}
			labeler.Label(words, tags[:len(words)], labels[:len(words)])
		})
	}
}

// timetable is what the parts cost.
type timetable struct {
	words int
	rows  []costs
}

type rowKind uint8

const (
	partRow   rowKind = iota
	withinRow         // a part of the part before
	wholeRow          // all parts, and what joins them
	limitRow          // what cannot be done without
)

type costs struct {
	kind   rowKind
	name   string
	words  int     // done so far
	micros float64 // CPU time a word, by itself
	turn   float64 // as it takes turns with the others; 0 where not measured
	allocs float64 // allocations in 1,000 words
	bytes  float64 // allocated a word
}

func (f *costs) add(words int) { f.words += words }

// row runs a benchmark and adds a row for it.
func (t *timetable) row(b *testing.B, kind rowKind, name string, run func(*testing.B, *costs)) {
	f := costs{kind: kind, name: name}
	ok := b.Run(strings.ReplaceAll(name, " ", "_"), func(b *testing.B) {
		f.words = 0
		runtime.GC()
		var m0, m1 runtime.MemStats
		runtime.ReadMemStats(&m0)
		before := cpuTime(b)
		run(b, &f)
		spent := cpuTime(b) - before
		runtime.ReadMemStats(&m1)
		w := float64(f.words)
		f.micros = spent.Seconds() * 1e6 / w
		f.allocs = float64(m1.Mallocs-m0.Mallocs) * 1000 / w
		f.bytes = float64(m1.TotalAlloc-m0.TotalAlloc) / w
		b.ReportMetric(1e6/f.micros, "words/cpu-s")
		b.ReportMetric(f.micros, "cpu-µs/word")
		b.ReportMetric(f.bytes, "B/word")
	})
	if ok && f.words > 0 {
		t.rows = append(t.rows, f)
	}
}

// turns measures the parts as they take turns in a run, each on some thirty
// articles: what one leaves in the processor's caches another pushes out.
func (t *timetable) turns(b *testing.B, c *corpus) {
	spent := make(map[string]time.Duration)
	words := 0
	b.Run("in_turn", func(b *testing.B) {
		clear(spent)
		words = 0
		path := filepath.Join(b.TempDir(), "articles.jsonl")
		if err := os.WriteFile(path, c.packed[""], 0o666); err != nil {
			b.Fatal(err)
		}
		w, err := columnar.Create(filepath.Join(b.TempDir(), "out"), columnar.Options{})
		if err != nil {
			b.Fatal(err)
		}
		at := cpuTime(b)
		lap := func(part string) {
			now := cpuTime(b)
			spent[part] += now - at
			at = now
		}
		var docs []*pipeline.Document
		pass := func() {
			words += c.words
			docs = docs[:0]
			r, err := ingest.Open([]string{path}, ingest.Options{})
			if err != nil {
				b.Fatal(err)
			}
			for doc, err := range r.Documents(b.Context()) {
				if err != nil {
					b.Fatal(err)
				}
				docs = append(docs, doc)
			}
			lap("read JSON Lines")
			for _, s := range c.stages {
				for _, doc := range docs {
					if err := s.Process(b.Context(), doc); err != nil {
						b.Fatal(err)
					}
					doc.Mark(s.Writes())
				}
				lap(s.Name())
			}
			for _, doc := range docs {
				if err := w.Write(doc); err != nil {
					b.Fatal(err)
				}
			}
			lap("write Arrow")
		}
		for b.Loop() {
			for range 50 { // a shard of some length
				pass()
			}
		}
		if _, err := w.Close(columnar.ManifestInfo{}); err != nil {
			b.Fatal(err)
		}
		lap("write Arrow")
		for part, time := range spent {
			b.ReportMetric(time.Seconds()*1e6/float64(words), strings.ReplaceAll(part, " ", "-")+"-µs/word")
		}
	})
	for i := range t.rows {
		if d, ok := spent[t.rows[i].name]; ok && words > 0 {
			t.rows[i].turn = d.Seconds() * 1e6 / float64(words)
		}
	}
}

// String is the table in Markdown. A share is that of all that takes turns.
func (t *timetable) String() string {
	sum := 0.0
	for _, r := range t.rows {
		if r.kind == partRow {
			sum += r.turn
		}
	}
	var s strings.Builder
	s.WriteString("| part | µs a word in turn | share | µs a word alone | bytes allocated a word | allocations in 1,000 words |\n|---|--:|--:|--:|--:|--:|\n")
	for _, r := range t.rows {
		name, turn, share := r.name, "", ""
		if r.turn > 0 {
			turn, share = fmt.Sprintf("%.2f", r.turn), fmt.Sprintf("%.0f%%", 100*r.turn/sum)
		}
		switch r.kind {
		case withinRow:
			name = "– of it: " + name
		case wholeRow:
			name = "**" + name + "**"
		}
		fmt.Fprintf(&s, "| %s | %s | %s | %.3f | %.0f | %.0f |\n", name, turn, share, r.micros, r.bytes, r.allocs)
	}
	return s.String()
}
