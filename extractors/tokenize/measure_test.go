package tokenize_test

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/neurosnap/sentences/english"

	"github.com/onrecord-nlp/onrecord/extractors/tokenize"
	"github.com/onrecord-nlp/onrecord/internal/shared"
	"github.com/onrecord-nlp/onrecord/pipeline"
)

// gumDoc is one document of ../shared/data/gum/docs.jsonl; offsets count
// tokens.
type gumDoc struct {
	Doc          string
	Tokens       []string
	NoSpaceAfter []int `json:"no_space_after"`
	UPOS         []string
	Sentences    []struct{ Start, End int }
	Mentions     []struct {
		EType      string
		Start, End int
	}
}

// text returns the running text and the span of each token. A sentence that
// ends without a stop (a headline, a caption) ends a block.
func (g *gumDoc) text() (*pipeline.Document, []pipeline.Span, map[int]bool) {
	glued := map[int]bool{}
	for _, i := range g.NoSpaceAfter {
		glued[i] = true
	}
	var b strings.Builder
	spans := make([]pipeline.Span, len(g.Tokens))
	for i, w := range g.Tokens {
		spans[i] = pipeline.Span{Start: b.Len(), End: b.Len() + len(w)}
		b.WriteString(w)
		if !glued[i] {
			b.WriteByte(' ')
		}
	}
	doc := &pipeline.Document{Text: strings.TrimRight(b.String(), " ")}
	ends := map[int]bool{} // of sentences within a block
	start := 0
	for _, s := range g.Sentences {
		end := spans[s.End-1].End
		closed := strings.TrimRight(doc.Text[:end], "\"'”’)] ")
		if strings.ContainsAny(closed[max(0, len(closed)-1):], ".?!") {
			ends[end] = true
			continue
		}
		doc.Blocks = append(doc.Blocks, pipeline.Block{Span: pipeline.Span{Start: start, End: end}})
		start = end
	}
	if start < len(doc.Text) {
		doc.Blocks = append(doc.Blocks, pipeline.Block{Span: pipeline.Span{Start: start, End: len(doc.Text)}})
	}
	for _, b := range doc.Blocks {
		delete(ends, b.End)
	}
	return doc, spans, ends
}

// coarse maps a Penn tag to the universal ones that it may stand for.
func coarse(tag string) string {
	switch tag {
	case "NN", "NNS":
		return "NOUN"
	case "NNP", "NNPS":
		return "PROPN"
	case "VB", "VBD", "VBG", "VBN", "VBP", "VBZ", "MD":
		return "VERB AUX"
	case "JJ", "JJR", "JJS":
		return "ADJ"
	case "RB", "RBR", "RBS", "WRB":
		return "ADV PART"
	case "PRP", "WP", "EX", "PRP$", "WP$":
		return "PRON"
	case "DT", "PDT", "WDT":
		return "DET"
	case "IN", "RP":
		return "ADP SCONJ"
	case "TO":
		return "ADP PART"
	case "CC":
		return "CCONJ"
	case "CD":
		return "NUM"
	case "UH":
		return "INTJ"
	case "POS":
		return "PART"
	case "$", "#", "SYM":
		return "SYM"
	}
	return "PUNCT"
}

// What the stage gets right of the Wikinews, interviews and speeches of GUM.
// The floors lie a little below what was measured.
func TestMeasureOnGUM(t *testing.T) {
	file, err := os.Open(shared.Path(t, "data/gum/docs.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	punkt, err := english.NewSentenceTokenizer(nil)
	if err != nil {
		t.Fatal(err)
	}
	var words, tagged, propn, named, kinds, kindsRight int
	var ends, ours, oursRight, theirs, theirsRight int
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var g gumDoc
		if err := json.Unmarshal(lines.Bytes(), &g); err != nil {
			t.Fatal(err)
		}
		doc, spans, gold := g.text()
		if err := stage().Process(context.Background(), doc); err != nil {
			t.Fatal(err)
		}
		holds(t, doc)

		blockEnd := map[int]bool{}
		for _, b := range doc.Blocks {
			blockEnd[b.End] = true
			for _, s := range punkt.Tokenize(b.In(doc.Text)) {
				end := b.Start + s.Start + len(strings.TrimRight(s.Text, " "))
				if end < b.End {
					theirs++
					if gold[end] {
						theirsRight++
					}
				}
			}
		}
		ends += len(gold)
		for _, s := range doc.Sentences {
			if !blockEnd[s.End] {
				ours++
				if gold[s.End] {
					oursRight++
				}
			}
		}

		at := map[pipeline.Span]int{}
		name := make([]int, len(doc.Tokens))
		for i, tok := range doc.Tokens {
			at[tok.Span], name[i] = i, -1
		}
		for k, e := range doc.Entities {
			for i := e.First; i < e.Last; i++ {
				name[i] = k
			}
		}
		etype, size := make([]string, len(g.Tokens)), make([]int, len(g.Tokens))
		for _, m := range g.Mentions {
			for i := m.Start; i < m.End; i++ {
				if n := m.End - m.Start; size[i] == 0 || n < size[i] {
					etype[i], size[i] = m.EType, n
				}
			}
		}
		for i, s := range spans {
			k, ok := at[s]
			if !ok {
				continue
			}
			words++
			if strings.Contains(coarse(tokenize.TagName(doc.Tokens[k].Tag)), g.UPOS[i]) {
				tagged++
			}
			if g.UPOS[i] != "PROPN" {
				continue
			}
			propn++
			if name[k] < 0 {
				continue
			}
			named++
			switch etype[i] {
			case "person", "organization", "place":
				kinds++
				if doc.Entities[name[k]].Kind.String() == etype[i] {
					kindsRight++
				}
			}
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	f1 := func(right, got, want int) float64 { return 200 * float64(right) / float64(got+want) }
	part := func(a, b int) float64 { return 100 * float64(a) / float64(b) }
	sentences, others := f1(oursRight, ours, ends), f1(theirsRight, theirs, ends)
	t.Logf("sentence ends: F1 %.1f (neurosnap/sentences %.1f) of %d", sentences, others, ends)
	t.Logf("universal parts of speech: %.1f%% of %d words", part(tagged, words), words)
	t.Logf("names: %.1f%% of %d proper nouns found, the kind of %.1f%% right", part(named, propn), propn, part(kindsRight, kinds))
	if sentences < 98.8 || sentences < others {
		t.Errorf("sentence ends: F1 %.1f, neurosnap/sentences %.1f", sentences, others)
	}
	if part(tagged, words) < 93.5 {
		t.Errorf("parts of speech: %.1f%%", part(tagged, words))
	}
	if part(named, propn) < 90 || part(kindsRight, kinds) < 70 {
		t.Errorf("names: %.1f%% found, %.1f%% of the right kind", part(named, propn), part(kindsRight, kinds))
	}
}
