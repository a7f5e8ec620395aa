package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/goldform"
)

// readPolNeAR reads those articles of PolNeAR (Newell, Margolin and Ruths 2018)
// of which the file of antecedents labels a source, with these labels. Every
// line of an article is a paragraph and the first a headline, since the corpus
// marks no more.
func readPolNeAR(folder, labels string, stages []pipeline.Stage) ([]*pipeline.Document, error) {
	rows := make(map[string][][4]int)
	file, err := os.ReadFile(labels)
	if err != nil {
		return nil, err
	}
	n := 0
	for line := range strings.Lines(string(file)) {
		n++
		f := strings.Fields(line)
		if len(f) == 0 || f[0][0] == '#' {
			continue
		}
		var row [4]int
		for i := range row {
			if len(f) != 5 {
				return nil, fmt.Errorf("%s: line %d: %d columns, want 5", labels, n, len(f))
			}
			if row[i], err = strconv.Atoi(f[i+1]); err != nil {
				return nil, fmt.Errorf("%s: line %d: %w", labels, n, err)
			}
		}
		rows[f[0]] = append(rows[f[0]], row)
	}
	var out []*pipeline.Document
	for doc, err := range goldform.ReadPath(filepath.Join(folder, "train.jsonl")) {
		if err != nil {
			return nil, err
		}
		if rows[doc.ID] == nil {
			continue
		}
		paragraphs(doc)
		for _, s := range stages {
			if err := s.Process(context.Background(), doc); err != nil {
				return nil, err
			}
			doc.Mark(s.Writes())
		}
		linkQuotes(doc)
		byteOf := offsets(doc.Text)
		for _, r := range rows[doc.ID] {
			s := len(doc.Speakers)
			doc.Speakers = append(doc.Speakers, pipeline.Speaker{})
			for i := 0; i < 4; i += 2 {
				if r[i] >= 0 {
					doc.Mentions = append(doc.Mentions, pipeline.Mention{Span: pipeline.Span{Start: byteOf[r[i]], End: byteOf[r[i+1]]}, Speaker: s})
				}
			}
		}
		doc.Mark(pipeline.LayerSpeakers)
		out = append(out, doc)
	}
	return out, nil
}

func paragraphs(doc *pipeline.Document) {
	at := 0
	for line := range strings.SplitAfterSeq(doc.Text, "\n") {
		if s := strings.TrimRight(line, "\n"); strings.TrimSpace(s) != "" {
			doc.Blocks = append(doc.Blocks, pipeline.Block{Span: pipeline.Span{Start: at, End: at + len(s)}})
		}
		at += len(line)
	}
	doc.Blocks[0].Kind = pipeline.BlockHeadline
	doc.Mark(pipeline.LayerBlocks)
}

// linkQuotes gives every attribution the quotes of which half or more lies in
// its content.
func linkQuotes(doc *pipeline.Document) {
	for k := range doc.Attributions {
		a := &doc.Attributions[k]
		for i, q := range doc.Quotes {
			in := 0
			for _, c := range a.Content {
				in += c.Intersect(q.Span).Len()
			}
			if q.Uttered && 2*in >= q.Len() {
				a.Quotes = append(a.Quotes, i)
			}
		}
	}
}

// offsets returns the byte at which each code point of s begins, and its
// length.
func offsets(s string) []int {
	out := make([]int, 0, utf8.RuneCountInString(s)+1)
	for i := range s {
		out = append(out, i)
	}
	return append(out, len(s))
}
