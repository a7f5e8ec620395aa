package attribute_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/onrecord-nlp/onrecord/extractors/attribute"
	"github.com/onrecord-nlp/onrecord/extractors/quote"
	"github.com/onrecord-nlp/onrecord/extractors/tokenize"
	"github.com/onrecord-nlp/onrecord/models/accurate"
	"github.com/onrecord-nlp/onrecord/models/attribution"
	"github.com/onrecord-nlp/onrecord/models/encoder"
	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/goldform"
)

// engine returns the stage with the accurate engine, on one of encoder.Paths or
// the first.
func engine(t testing.TB, path string) *attribute.Stage {
	t.Helper()
	m, err := accurate.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	if path != "" {
		if m, err = m.With(path); err != nil {
			t.Fatal(err)
		}
	}
	fast, err := attribution.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	st, err := attribute.WithAccurate(m, fast)
	if err != nil {
		t.Fatal(err)
	}
	return st
}

// reader returns a function that makes of a text a document with tokens and
// quotes.
func reader(t testing.TB) func(text string) *pipeline.Document {
	t.Helper()
	tok, err := tokenize.New()
	if err != nil {
		t.Fatal(err)
	}
	quo, err := quote.New()
	if err != nil {
		t.Fatal(err)
	}
	p, err := pipeline.New([]pipeline.Stage{tok, quo}, pipeline.LayerBlocks)
	if err != nil {
		t.Fatal(err)
	}
	return func(text string) *pipeline.Document {
		d := document(text)
		if err := p.Process(context.Background(), d); err != nil {
			t.Fatal(err)
		}
		return d
	}
}

// attributions returns those of a document, by a stage.
func attributions(t testing.TB, st *attribute.Stage, doc *pipeline.Document) []pipeline.Attribution {
	t.Helper()
	if err := st.Process(context.Background(), doc); err != nil {
		t.Error(err)
	}
	return slices.Clone(doc.Attributions)
}

// first returns the first bytes of a text, whole characters.
func first(text string, bytes int) string {
	if len(text) <= bytes {
		return text
	}
	for !utf8.RuneStart(text[bytes]) {
		bytes--
	}
	return text[:bytes]
}

// hard returns the hard texts in a fixed order, none of more than 10,500 bytes, or
// of 500 where the encoder is slow.
func hard() (names, texts []string) {
	all, most := attribute.HardTexts(), 10_500
	if attribute.Slow() {
		most = 500
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		names, texts = append(names, name), append(texts, first(all[name], most))
	}
	return names, texts
}

// What the accurate engine finds is well formed, as what the fast one finds, in
// whatever text, and does not depend on what ran before in the same memory.
func TestAccurateInvariants(t *testing.T) {
	read, st := reader(t), engine(t, "")
	names, all := hard()
	for i, text := range texts(t) {
		if attribute.Slow() {
			text = first(text, 500)
		}
		if i%10 == 0 || len(text) < 2000 && !attribute.Slow() {
			names, all = append(names, fmt.Sprintf("text %d", i)), append(all, text)
		}
	}
	found := make([][]pipeline.Attribution, len(all))
	some := 0
	for i, text := range all {
		doc := read(text)
		found[i] = attributions(t, st, doc)
		some += len(found[i])
		if err := check(doc); err != nil {
			t.Errorf("%s: %v", names[i], err)
		}
	}
	if some < len(all) && !attribute.Slow() {
		t.Errorf("only %d attributions in %d texts", some, len(all))
	}
	for i := len(all) - 1; i >= 0; i-- {
		if again := attributions(t, st, read(all[i])); !reflect.DeepEqual(again, found[i]) {
			t.Errorf("%s: a run after other documents differs", names[i])
		}
	}
}

// One stage serves many goroutines, and each finds what one alone finds.
func TestAccurateGoroutines(t *testing.T) {
	read, st := reader(t), engine(t, "")
	article := "“We have no money left,” the mayor of Ashby said on Monday.\nShe blamed the county, which denied that it owed the town anything.\n"
	all := []string{article, "", strings.Repeat(article, 8), "No one spoke.", strings.Repeat("He said so ", 700), article + article}
	if attribute.Slow() {
		all = all[:4]
	}
	var want [][]pipeline.Attribution
	for _, text := range all {
		want = append(want, attributions(t, engine(t, ""), read(text)))
	}
	var wg sync.WaitGroup
	for g := range 6 {
		docs := make([]*pipeline.Document, len(all))
		for i, text := range all {
			docs[i] = read(text)
		}
		wg.Go(func() {
			for k := range docs {
				i := (k + g) % len(docs)
				if got := attributions(t, st, docs[i]); !reflect.DeepEqual(got, want[i]) {
					t.Errorf("goroutine %d: text %d differs from what one goroutine finds", g, i)
				}
			}
		})
	}
	wg.Wait()
}

// All paths of the encoder find the same, to the last digit of the confidence.
// The portable one is slow, and sees two short articles.
func TestAccuratePaths(t *testing.T) {
	if attribute.Slow() {
		t.Skip("this processor has no path but the portable one, and there is none to compare it with")
	}
	read := reader(t)
	var all []string
	paths, err := filepath.Glob("../../testdata/articles/*.txt")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no articles: %v", err)
	}
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(b))
	}
	portable := []string{all[0], "“We have no money left,” the mayor of Ashby said on Monday.\n\nShe blamed the county."}
	all = append(all, portable[1])
	for a, err := range goldform.ReadPath("../../testdata/gold/dev") {
		if err != nil {
			t.Fatal(err)
		}
		if !testing.Short() || len(a.Text) < 2000 {
			all = append(all, a.Text)
		}
	}
	want := make(map[string][]pipeline.Attribution)
	st := engine(t, "")
	for _, text := range all {
		want[text] = attributions(t, st, read(text))
	}
	for _, path := range encoder.Paths()[1:] {
		st, these := engine(t, path), all
		if path == "portable" {
			these = portable
		}
		for _, text := range these {
			if got := attributions(t, st, read(text)); !reflect.DeepEqual(got, want[text]) {
				t.Errorf("%s and %s differ on %q", path, encoder.Paths()[0], first(text, 60))
			}
		}
	}
}

// A text without cues has no attributions, and the layer is there all the same.
func TestAccurateFindsNothing(t *testing.T) {
	read, st := reader(t), engine(t, "")
	many := 2 * attribute.LongestPara
	if attribute.Slow() {
		many = 500
	}
	for _, text := range []string{"", "\n\n", "\x01", ".", "The bridge is old. It has two lanes.\n\nRain fell all week.", strings.Repeat("the ", many)} {
		doc := read(text)
		if got := attributions(t, st, doc); len(got) != 0 {
			t.Errorf("%q: %d attributions", first(text, 60), len(got))
		}
		if doc.Attributions == nil {
			t.Errorf("%q: the attributions are nil", first(text, 60))
		}
	}
}

// A paragraph that is longer than the engine keeps in memory is decoded in
// parts, and all of it is read.
func TestAccurateLongParagraph(t *testing.T) {
	attribute.NeedsKernel(t)
	read, st := reader(t), engine(t, "")
	const said = "The mayor of Ashby said that the town had no money left. "
	const times = 3 * attribute.LongestPara / 12
	doc := read(strings.Repeat(said, times))
	if len(doc.Blocks) != 1 || len(doc.Tokens) < 2*attribute.LongestPara {
		t.Fatalf("%d paragraphs of %d tokens in all", len(doc.Blocks), len(doc.Tokens))
	}
	got := attributions(t, st, doc)
	if err := check(doc); err != nil {
		t.Error(err)
	}
	// No sentence is lost where a passage or a part ends.
	seen := make([]bool, times)
	for _, a := range got {
		seen[a.Content[0].Start/len(said)] = true
	}
	if i := slices.Index(seen, false); i >= 0 {
		t.Errorf("nothing was found in sentence %d of %d", i, times)
	}
}

// The turn of a transcript is one attribution, however long it is.
func TestAccurateLongTurn(t *testing.T) {
	attribute.NeedsKernel(t)
	read := reader(t)
	text := "SMITH: " + strings.Repeat("The bridge is old and it has to go. ", attribute.LongestPara/6) + "\n\nDOE: Yes, it has.\n\nSMITH: Thank you all."
	fast, err := attribute.New()
	if err != nil {
		t.Fatal(err)
	}
	want, got := attributions(t, fast, read(text)), attributions(t, engine(t, ""), read(text))
	if len(want) != 3 || len(got) != len(want) {
		t.Fatalf("%d turns, the fast engine finds %d, of 3", len(got), len(want))
	}
	for i := range want {
		if !reflect.DeepEqual(got[i].Content, want[i].Content) || !reflect.DeepEqual(got[i].Source, want[i].Source) {
			t.Errorf("turn %d: %v by %v, the fast engine finds %v by %v", i, got[i].Content, got[i].Source, want[i].Content, want[i].Source)
		}
	}
}
