package attribute

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/onrecord-nlp/onrecord/pipeline"
)

// gold adds an attribution to a document, of the first place of each of the
// words; "" is none.
func gold(t *testing.T, d *pipeline.Document, source, cue, content string) {
	t.Helper()
	find := func(words string) []pipeline.Span {
		if words == "" {
			return nil
		}
		k := strings.Index(d.Text, words)
		if k < 0 {
			t.Fatalf("no %q", words)
		}
		return []pipeline.Span{{Start: k, End: k + len(words)}}
	}
	d.Attributions = append(d.Attributions, pipeline.Attribution{Source: find(source), Cue: find(cue), Content: find(content)})
	d.Mark(pipeline.LayerAttributions)
}

// examples makes those of documents, with little training.
func examples(t *testing.T, docs, held []*pipeline.Document) []Example {
	t.Helper()
	o := DefaultTrainOptions()
	o.Folds, o.Tag.Epochs, o.Tag.MinCount = 2, 1, 1
	var all []Example
	if err := Examples(docs, held, o, func(e *Example) error {
		all = append(all, *e)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

// labelled writes labels one after the other, of the first pass ("osScCtT") or of
// the second ("osSctT"): small where one begins.
func labelled(labels []int, letters string) string {
	var b strings.Builder
	for _, y := range labels {
		b.WriteByte(letters[y])
	}
	return b.String()
}

func exampleDocs(t *testing.T) (docs, held []*pipeline.Document) {
	document := lines(t)
	short := func(id string) *pipeline.Document {
		d := document("It rained. Ann Lee said the bridge was shut.\n!Bo Hill said no.\nIt is old.\n")
		d.ID = id
		gold(t, d, "Ann Lee", "said", "the bridge was shut")
		gold(t, d, "Bo Hill", "said no", "no")
		d.Attributions[1].Content = nil // of furniture: not to be learned
		return d
	}
	// 300 words, then a cue of 60 that the first passage begins and does not hold.
	long := document(strings.Repeat("the ", maxCore-5) + strings.Repeat("said ", 60) + "so it was " + strings.Repeat("a ", 250))
	long.ID = "long"
	gold(t, long, "", strings.TrimSpace(strings.Repeat("said ", 60)), "so it was")
	none := document("The bridge is old.")
	none.ID = "none"
	none.Attributions = []pipeline.Attribution{}
	none.Mark(pipeline.LayerAttributions)
	return []*pipeline.Document{short("a"), long, short("a"), short("b"), none, short("a")}, []*pipeline.Document{short("held")}
}

// Examples carry the labels of their passages.
func TestExamples(t *testing.T) {
	docs, held := exampleDocs(t)
	all := examples(t, docs, held)
	var made []string
	for _, e := range all {
		made = append(made, fmt.Sprintf("%d×%d", e.Document, e.Copies))
	}
	// The document "a" is counted three times and made once; that kept apart
	// comes last and counts for none.
	if want := []string{"0×3", "1×1", "1×1", "3×1", "4×1", "6×0"}; !slices.Equal(made, want) {
		t.Fatalf("examples of the documents %v, want %v", made, want)
	}
	for _, k := range []int{0, 3, 5} {
		e := all[k]
		//               It rained . Ann Lee said the bridge was shut .   It is old .
		if got, want := labelled(e.Tags, "osScCtT"), "ooo"+"sSctTTTo"+"oooo"; got != want {
			t.Errorf("document %d: tags %s, want %s", e.Document, got, want)
		}
		if want := [][2]int{{0, 11}, {11, 15}}; !slices.Equal(e.Decided, want) {
			t.Errorf("document %d: runs %v are decided, want %v", e.Document, e.Decided, want)
		}
		var own []CueExample
		for _, c := range e.Cues {
			if c.Cue == [2]int{5, 6} {
				own = append(own, c)
			} else if s := labelled(c.Labels, "osSctT"); strings.Trim(s, "oc") != "" {
				t.Errorf("document %d: cue %v, which is none, has the labels %s", e.Document, c.Cue, s)
			}
		}
		if len(own) != 1 {
			t.Fatalf("document %d: the cue is there %d times", e.Document, len(own))
		}
		c := own[0]
		if want := [2]int{0, 11}; c.Reach != want {
			t.Errorf("document %d: the cue reaches %v, want %v", e.Document, c.Reach, want)
		}
		if got, want := labelled(c.Labels, "osSctT"), "ooosSctTTTo"; got != want {
			t.Errorf("document %d: labels of the cue's %s, want %s", e.Document, got, want)
		}
		// One end of a sentence lies between "It rained." and the cue; from the cue on
		// tokens are on its other side.
		for i, want := range []int{32 + 5, 32 + 4, 32 + 3, 2, 1, 16, 17, 18, 19, 20, 21} {
			if got := c.Relation[i]; got != want {
				t.Errorf("document %d: token %d stands to the cue in relation %d, want %d", e.Document, i, got, want)
			}
		}
	}
	if e := all[4]; strings.Trim(labelled(e.Tags, "osScCtT"), "o") != "" {
		t.Errorf("a document without attributions has the tags %v", e.Tags)
	}
}

// In every example the numbers fit one another, and over all passages of a
// document every token is decided once and every gold cue is there once.
func TestExamplesFit(t *testing.T) {
	docs, held := exampleDocs(t)
	decided, cued := make(map[int]int), make(map[int]int)
	for n, e := range examples(t, docs, held) {
		if len(e.Pieces) > maxPieces || len(e.Features) != len(e.Pieces)*numPieceFeat {
			t.Errorf("example %d: %d pieces with %d features", n, len(e.Pieces), len(e.Features))
		}
		for i, f := range e.Features {
			if f < 0 || f >= featureValues[i%numPieceFeat] {
				t.Errorf("example %d: feature %d is %d", n, i%numPieceFeat, f)
			}
		}
		if len(e.Rows) != len(e.Tags) || !slices.IsSorted(e.Rows) || len(e.Rows) > 0 && (e.Rows[0] < 1 || e.Rows[len(e.Rows)-1] > len(e.Pieces)-2) {
			t.Errorf("example %d: %d rows %v for %d tags and %d pieces", n, len(e.Rows), e.Rows, len(e.Tags), len(e.Pieces))
		}
		at := 0
		for _, r := range e.Decided {
			if r[0] < at || r[1] <= r[0] || r[1] > len(e.Rows) {
				t.Errorf("example %d: runs %v of %d tokens", n, e.Decided, len(e.Rows))
			}
			at = r[1]
			decided[e.Document] += r[1] - r[0]
		}
		seen := make(map[[2]int]bool)
		for _, c := range e.Cues {
			size := c.Reach[1] - c.Reach[0]
			if c.Cue[0] < c.Reach[0] || c.Cue[1] > c.Reach[1] || c.Cue[1] <= c.Cue[0] || c.Reach[0] < 0 || c.Reach[1] > len(e.Rows) {
				t.Errorf("example %d: cue %v reaches %v of %d tokens", n, c.Cue, c.Reach, len(e.Rows))
				continue
			}
			if len(c.Labels) != size || len(c.Relation) != size {
				t.Errorf("example %d: cue %v reaches %v and has %d labels and %d relations", n, c.Cue, c.Reach, len(c.Labels), len(c.Relation))
				continue
			}
			if seen[c.Cue] {
				t.Errorf("example %d: the cue %v is there twice", n, c.Cue)
			}
			seen[c.Cue] = true
			for i, y := range c.Labels {
				k := c.Reach[0] + i
				if inside := k >= c.Cue[0] && k < c.Cue[1]; inside != (y == int(linkCue)) || y >= int(numLinkLabels) {
					t.Errorf("example %d: cue %v: token %d has label %d", n, c.Cue, k, y)
				}
				if r := c.Relation[i]; r < 0 || r >= numRelations {
					t.Errorf("example %d: cue %v: relation %d", n, c.Cue, r)
				}
			}
			if strings.Contains(labelled(c.Labels, "osSctT"), "t") || c.Cue[1]-c.Cue[0] > 1 {
				cued[e.Document]++
			}
		}
	}
	for di, d := range append(docs, held...) {
		if di == 2 || di == 5 {
			continue // copies of the first
		}
		want := 0
		for _, s := range d.Sentences {
			if d.Blocks[s.Block].Kind.Speech() {
				want += s.Last - s.First
			}
		}
		if decided[di] != want {
			t.Errorf("document %d: %d tokens are decided, want %d", di, decided[di], want)
		}
		if want := min(1, len(d.Attributions)); cued[di] < want {
			t.Errorf("document %d: the cue is not there", di)
		}
	}
}

// A paragraph that the engine decodes in parts is two runs to learn from.
func TestExamplesOfLongParagraph(t *testing.T) {
	docs, _ := exampleDocs(t)
	long := lines(t)(strings.Repeat("the ", longestPara+10))
	long.ID, long.Attributions = "long", []pipeline.Attribution{}
	long.Mark(pipeline.LayerAttributions)
	decided, ends := 0, []int(nil)
	for _, e := range examples(t, docs, []*pipeline.Document{long}) {
		if e.Document != len(docs) {
			continue
		}
		for i, r := range e.Decided {
			decided += r[1] - r[0]
			if i+1 < len(e.Decided) { // not where the passage ends
				ends = append(ends, decided)
			}
		}
	}
	if want := []int{longestPara}; decided != longestPara+10 || !slices.Equal(ends, want) {
		t.Errorf("of %d tokens runs end with %v, want %v", decided, ends, want)
	}
}

// A document whose attributions nobody has labelled, such as one of quotations or
// a single sentence, has passages for other labels to be joined with: their tokens'
// bytes are told, and nothing of them is to be learned by the engine.
func TestExamplesWithoutLabels(t *testing.T) {
	docs, _ := exampleDocs(t)
	bare := lines(t)("It rained. “Zoë’s bridge,” Ann Lee said, “is shut.”\nIt is old.\n")
	bare.ID, bare.Attributions = "bare", nil
	if bare.Has(pipeline.LayerAttributions) {
		t.Fatal("the document has attributions")
	}
	var words []string
	for _, e := range examples(t, docs, []*pipeline.Document{bare}) {
		if e.ID != "bare" {
			continue
		}
		if len(e.Decided) != 0 || len(e.Cues) != 0 || strings.Trim(labelled(e.Tags, "osScCtT"), "o") != "" {
			t.Errorf("runs %v, cues %v and tags %v without labels", e.Decided, e.Cues, e.Tags)
		}
		if e.Copies != 0 || len(e.Pieces) == 0 || len(e.Spans) != len(e.Rows) || len(e.Tags) != len(e.Rows) {
			t.Errorf("%d copies, %d pieces, %d spans and %d tags for %d rows", e.Copies, len(e.Pieces), len(e.Spans), len(e.Tags), len(e.Rows))
		}
		for _, s := range e.Spans {
			words = append(words, bare.Text[s[0]:s[1]])
		}
	}
	var want []string
	for _, tok := range bare.Tokens {
		want = append(want, bare.Text[tok.Start:tok.End])
	}
	if !slices.Equal(words, want) || !slices.Contains(words, "Ann") {
		t.Errorf("the spans hold %q, want the tokens %q", words, want)
	}
}

// Too few documents are an error, and so is what the receiver returns.
func TestExamplesErrors(t *testing.T) {
	docs, held := exampleDocs(t)
	o := DefaultTrainOptions()
	o.Folds, o.Tag.Epochs = 2, 1
	if err := Examples(docs[:1], held, o, func(*Example) error { return nil }); err == nil || !strings.Contains(err.Error(), "too few") {
		t.Errorf("one document for two parts: %v", err)
	}
	full := fmt.Errorf("the disk is full")
	calls := 0
	if err := Examples(docs, held, o, func(*Example) error { calls++; return full }); err != full || calls != 1 {
		t.Errorf("%v after %d calls, want the receiver's error at once", err, calls)
	}
}
