package tokenize_test

import (
	"bytes"
	"encoding/gob"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/jdkato/prose/v2"

	"github.com/onrecord-nlp/onrecord/extractors/tokenize"
	"github.com/onrecord-nlp/onrecord/models/entity"
	"github.com/onrecord-nlp/onrecord/models/postag"
	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/goldform"
)

func articles(t testing.TB) []*pipeline.Document {
	t.Helper()
	files, err := filepath.Glob("../../testdata/gold/dev/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no labelled articles: %v", err)
	}
	var docs []*pipeline.Document
	for _, f := range files {
		for gold, err := range goldform.ReadPath(f) {
			if err != nil {
				t.Fatal(err)
			}
			doc := &pipeline.Document{ID: gold.ID, Text: gold.Text, Blocks: gold.Blocks}
			if err := stage().Process(t.Context(), doc); err != nil {
				t.Fatal(err)
			}
			docs = append(docs, doc)
		}
	}
	return docs
}

// prose tags a sentence as package postag does, where it cuts it into the same
// words and no word occurs twice (it hands out one token for all occurrences of
// a word, so that later tags overwrite earlier ones).
func TestTagsAsProse(t *testing.T) {
	model := prose.ModelFromData("tags")
	weights, err := postag.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	tagger := weights.NewTagger()
	sentences, words, same := 0, 0, 0
	for _, doc := range articles(t) {
		for _, s := range doc.Sentences {
			theirs, err := prose.NewDocument(s.In(doc.Text), prose.UsingModel(model), prose.WithSegmentation(false), prose.WithExtraction(false))
			if err != nil {
				t.Fatal(err)
			}
			var w, tags []string
			seen := map[string]bool{}
			sound := true
			for _, tok := range theirs.Tokens() {
				sound = sound && !seen[tok.Text] && !strings.ContainsAny(tok.Text, "“”‘’\"") && tok.Text != "0" && tok.Text != "-"
				seen[tok.Text] = true
				w, tags = append(w, tok.Text), append(tags, tok.Tag)
			}
			if !sound || len(w) == 0 {
				continue
			}
			sentences++
			got := make([]uint8, len(w))
			tagger.Tag(w, got)
			for i := range w {
				words++
				if postag.Name(got[i]) == tags[i] {
					same++
				} else {
					t.Logf("%q: %s, prose %s, in %q", w[i], postag.Name(got[i]), tags[i], s.In(doc.Text))
				}
			}
		}
	}
	t.Logf("%d sentences, %d of %d tags are prose's", sentences, same, words)
	if sentences < 100 || same*1000 < words*999 {
		t.Errorf("%d of %d tags are prose's", same, words)
	}
}

// The labels of package entity are those that the features of NLTK's chunker,
// looked up one by one in the weights as prose keeps them, give.
func TestLabelsAsReference(t *testing.T) {
	var (
		mapping map[string]int
		weights []float64
		basic   []string
	)
	for name, into := range map[string]any{"mapping": &mapping, "weights": &weights, "words": &basic} {
		b, err := prose.Asset("model/Maxent/" + name + ".gob")
		if err != nil {
			t.Fatal(err)
		}
		if err := gob.NewDecoder(bytes.NewReader(b)).Decode(into); err != nil {
			t.Fatal(err)
		}
	}
	model, err := entity.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	labeler := model.NewLabeler()
	names, same := 0, 0
	for _, doc := range articles(t) {
		for _, s := range doc.Sentences {
			var words []string
			var tags []uint8
			for _, tok := range doc.Tokens[s.First:s.Last] {
				words = append(words, strings.NewReplacer("’", "'", "‘", "'", "“", "``", "”", "''").Replace(tok.In(doc.Text)))
				tags = append(tags, uint8(tok.Tag))
			}
			labels := make([]entity.Label, len(words))
			labeler.Label(words, tags, labels)
			for i := range words {
				if labels[i] == entity.Outside {
					continue
				}
				names++
				best, high := entity.Outside, math.Inf(-1)
				for l := range entity.NumLabels {
					sum := 0.0
					for f, v := range reference(words, tags, labels, i, basic) {
						if k, ok := mapping[f+"-"+v+"-"+l.String()]; ok {
							sum += weights[k]
						}
					}
					if sum > high {
						best, high = l, sum
					}
				}
				if best == labels[i] {
					same++
				} else {
					t.Logf("%q: %v, reference %v, in %q", words[i], labels[i], best, s.In(doc.Text))
				}
			}
		}
	}
	t.Logf("%d of %d labels are the reference's", same, names)
	if names < 500 || same*1000 < names*999 {
		t.Errorf("%d of %d labels are the reference's", same, names)
	}
}

// reference is _feature_detector of nltk.chunk.named_entity.
func reference(words []string, tags []uint8, labels []entity.Label, i int, basic []string) map[string]string {
	text := func(i int) string {
		if words[i] == "``" || words[i] == "''" {
			return `"`
		}
		return words[i]
	}
	tag := func(i int) string {
		switch n := postag.Name(tags[i]); n {
		case "(":
			return "-LRB-"
		case ")":
			return "-RRB-"
		default:
			return n
		}
	}
	simple := func(tag string) string {
		if strings.HasPrefix(tag, "V") {
			return "V"
		}
		before, _, _ := strings.Cut(tag, "-")
		return before
	}
	word := text(i)
	lower := strings.ToLower(word)
	prevword, prevpos, prevtag := "None", "None", "None"
	if i > 0 {
		prevword, prevpos = strings.ToLower(text(i-1)), simple(tag(i-1))
		prevtag = labels[i-1].String()
		if i == 1 {
			prevtag = prevtag[:1]
		}
	}
	nextword, nextpos := "None", "None"
	if i+1 < len(words) {
		nextword, nextpos = strings.ToLower(text(i+1)), strings.ToLower(tag(i+1))
	}
	runes := []rune(lower)
	pos := simple(tag(i))
	inList := "False"
	if slices.Contains(basic, word) {
		inList = "True"
	}
	return map[string]string{
		"bias": "True", "shape": referenceShape(word), "wordlen": strconv.Itoa(len(runes)),
		"prefix3": string(runes[:min(3, len(runes))]), "suffix3": string(runes[max(0, len(runes)-3):]),
		"pos": pos, "word": word, "en-wordlist": inList,
		"prevtag": prevtag, "prevpos": prevpos, "nextpos": nextpos, "prevword": prevword, "nextword": nextword,
		"word+nextpos": lower + "+" + nextpos, "pos+prevtag": pos + "+" + prevtag,
		"shape+prevtag": "<function shape at 0x8bde0d4>+" + prevtag,
	}
}

func referenceShape(word string) string {
	letters, marks := 0, 0
	for _, r := range word {
		if strings.ContainsRune("'-.&/$%,;:!?()[]{}\"`@#*+=—–…£€", r) {
			marks++
		} else {
			letters++
		}
	}
	title := strings.ToUpper(word[:1])+strings.ToLower(word[1:]) == word && strings.ToLower(word) != word
	switch {
	case word[0] >= '0' && word[0] <= '9':
		return "number"
	case letters == 0:
		return "punct"
	case marks > 0:
		return "other"
	case title:
		return "upcase"
	case strings.ToLower(word) == word:
		return "downcase"
	}
	return "mixedcase"
}

func BenchmarkTokenize(b *testing.B) {
	docs := articles(b)
	tokens := 0
	for _, d := range docs {
		tokens += len(d.Tokens)
	}
	s, err := tokenize.New()
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		for _, d := range docs {
			doc := pipeline.Document{Text: d.Text, Blocks: d.Blocks}
			if err := s.Process(b.Context(), &doc); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(tokens), "ns/token")
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		if _, err := tokenize.New(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkTag(b *testing.B) {
	weights, err := postag.Embedded()
	if err != nil {
		b.Fatal(err)
	}
	tagger := weights.NewTagger()
	var sentences [][]string
	words := 0
	for _, d := range articles(b) {
		for _, s := range d.Sentences {
			var w []string
			for _, tok := range d.Tokens[s.First:s.Last] {
				w = append(w, tok.In(d.Text))
			}
			sentences = append(sentences, w)
			words += len(w)
		}
	}
	tags := make([]uint8, 1000)
	b.ReportAllocs()
	for b.Loop() {
		for _, w := range sentences {
			tagger.Tag(w, tags[:len(w)])
		}
	}
	b.ReportMetric(float64(words)*float64(b.N)/b.Elapsed().Seconds(), "tokens/s")
}
