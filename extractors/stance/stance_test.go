package stance_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/onrecord-nlp/onrecord/extractors/stance"
	"github.com/onrecord-nlp/onrecord/extractors/stance/corpus"
	"github.com/onrecord-nlp/onrecord/extractors/tokenize"
	"github.com/onrecord-nlp/onrecord/internal/shared"
	"github.com/onrecord-nlp/onrecord/models/cues"
	model "github.com/onrecord-nlp/onrecord/models/stance"
	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/goldform"
)

func reader(t testing.TB) *corpus.Reader {
	t.Helper()
	tok, err := tokenize.New()
	if err != nil {
		t.Fatal(err)
	}
	return corpus.NewReader(tok)
}

// process runs the stage on a copy of the layers below it.
func process(t testing.TB, doc *pipeline.Document) *pipeline.Document {
	t.Helper()
	st, err := stance.New()
	if err != nil {
		t.Fatal(err)
	}
	c := *doc
	c.Stances = pipeline.Stances{}
	if err := st.Process(context.Background(), &c); err != nil {
		t.Fatal(err)
	}
	check(t, &c)
	return &c
}

// check holds the properties that every stance has.
func check(t testing.TB, doc *pipeline.Document) {
	t.Helper()
	s := doc.Stances
	if len(s.OfAttribution) != len(doc.Attributions) || len(s.CueClasses) != len(doc.Attributions) || len(s.OfQuote) != len(doc.Quotes) {
		t.Fatalf("%d, %d and %d entries for %d attributions and %d quotes",
			len(s.OfAttribution), len(s.CueClasses), len(s.OfQuote), len(doc.Attributions), len(doc.Quotes))
	}
	one := func(name string, st pipeline.Stance, words ...pipeline.Span) {
		if st.Confidence < 0 || st.Confidence > 1 {
			t.Errorf("%s: confidence %v", name, st.Confidence)
		}
		if st.Position == pipeline.Neutral {
			if st.Target != "" || !st.TargetSpan.Empty() || len(st.Evidence) > 0 {
				t.Errorf("%s: neutral, but with target %q or evidence %v", name, st.Target, st.Evidence)
			}
			return
		}
		inside(t, doc, name+": target", st.TargetSpan)
		if got := st.TargetSpan.In(doc.Text); got != st.Target {
			t.Errorf("%s: target %q, but its span holds %q", name, st.Target, got)
		}
		if len(st.Evidence) == 0 || len(st.Evidence) > 2 {
			t.Errorf("%s: %d spans of evidence", name, len(st.Evidence))
		}
		for _, e := range st.Evidence {
			inside(t, doc, name+": evidence", e)
			ok := false
			for _, w := range words {
				ok = ok || w.Contains(e)
			}
			if !ok {
				t.Errorf("%s: evidence %q is neither in the content nor in the cue", name, e.In(doc.Text))
			}
		}
	}
	for i, st := range s.OfAttribution {
		a := doc.Attributions[i]
		words := append([]pipeline.Span{}, a.Content...)
		if len(a.Cue) > 0 {
			words = append(words, pipeline.Cover(a.Cue))
		} else if s.CueClasses[i] != pipeline.CueNone {
			t.Errorf("attribution %d has no cue, but the class %s", i, s.CueClasses[i])
		}
		one(fmt.Sprint("attribution ", i), st, words...)
	}
	for i, st := range s.OfQuote {
		if !doc.Quotes[i].Uttered {
			if st.Position != pipeline.Neutral || st.Confidence != 0 {
				t.Errorf("quote %d is not uttered, but has %+v", i, st)
			}
			continue
		}
		words := []pipeline.Span{doc.Quotes[i].Span}
		for _, a := range doc.Attributions {
			if len(a.Cue) > 0 {
				words = append(words, pipeline.Cover(a.Cue))
			}
		}
		one(fmt.Sprint("quote ", i), st, words...)
	}
}

func inside(t testing.TB, doc *pipeline.Document, name string, s pipeline.Span) {
	t.Helper()
	if s.Start < 0 || s.End > len(doc.Text) || s.Start > s.End {
		t.Fatalf("%s: %v of %d bytes", name, s, len(doc.Text))
	}
	for _, at := range []int{s.Start, s.End} {
		if at < len(doc.Text) && !utf8.RuneStart(doc.Text[at]) {
			t.Errorf("%s: %d is within a character", name, at)
		}
	}
}

func TestStatements(t *testing.T) {
	file, err := os.ReadFile("testdata/statements.txt")
	if err != nil {
		t.Fatal(err)
	}
	r := reader(t)
	for line := range strings.Lines(string(file)) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		line, wrong := strings.CutPrefix(line, "?")
		statement, label, _ := strings.Cut(line, "=>")
		want := strings.Split(label, "|")
		for i := range want {
			want[i] = strings.TrimSpace(want[i])
		}
		if len(want) != 3 {
			t.Fatalf("%q: want position | target | class", line)
		}
		t.Run(strings.TrimSpace(statement), func(t *testing.T) {
			in, err := r.Marked("test", []string{statement + "=>" + want[0]})
			if err != nil {
				t.Fatal(err)
			}
			doc := process(t, in)
			st := doc.Stances.OfAttribution[0]
			got := []string{st.Position.String(), st.Target, doc.Stances.CueClasses[0].String()}
			ok := got[0] == want[0] && got[2] == want[2] && (strings.HasPrefix(want[1], "(") || got[1] == want[1])
			switch {
			case ok && wrong:
				t.Errorf("right at last: take the ? away")
			case !ok && !wrong:
				t.Errorf("got %q (%.2f), want %q", got, st.Confidence, want)
			}
		})
	}
}

// A short quote repeats the words of its claim, so it takes the same side.
func TestQuoteFollowsItsClaim(t *testing.T) {
	in, err := reader(t).Marked("test", []string{
		"“<This is completely unacceptable>,” [the minister] {said} => oppose",
		"“<It opened in May>,” [the minister] {said} => neutral",
	})
	if err != nil {
		t.Fatal(err)
	}
	doc := process(t, in)
	for i, want := range []pipeline.Position{pipeline.Oppose, pipeline.Neutral} {
		if got := doc.Stances.OfQuote[i].Position; got != want {
			t.Errorf("quote %d: %s, want %s", i, got, want)
		}
	}
}

func TestPronounTargetIsNamed(t *testing.T) {
	in, err := reader(t).Marked("test", []string{
		"[Asha Menon] {said} <the bridge was open> => neutral",
		"[The mayor] {accused} <her of fraud> => oppose",
	})
	if err != nil {
		t.Fatal(err)
	}
	at := strings.Index(in.Text, "her of")
	in.Speakers = []pipeline.Speaker{{Name: "Asha Menon", Mentions: []int{0, 1}}}
	in.Mentions = []pipeline.Mention{
		{Span: pipeline.Span{Start: 0, End: len("Asha Menon")}, Type: pipeline.MentionName},
		{Span: pipeline.Span{Start: at, End: at + len("her")}, Type: pipeline.MentionPronoun},
	}
	in.Resolution.OfAttribution = []int{0, -1}
	st := process(t, in).Stances.OfAttribution[1]
	if st.Position != pipeline.Oppose || st.Target != "Asha Menon" {
		t.Errorf("%s %q, want oppose Asha Menon", st.Position, st.Target)
	}
}

func TestUnfinishedLayers(t *testing.T) {
	// Attributions without source, cue or speaker; quotes without attribution;
	// contents that hold no token.
	in, err := reader(t).Marked("test", []string{"“<Shame on the board>” => oppose", "<It is over> => neutral"})
	if err != nil {
		t.Fatal(err)
	}
	in.Attributions[0].Quotes = nil
	in.Attributions[1].Content = []pipeline.Span{{Start: len(in.Text), End: len(in.Text)}}
	process(t, in)
	empty := &pipeline.Document{}
	process(t, empty)
}

func TestCueClassesAgree(t *testing.T) {
	for c := uint8(cues.None); c < cues.NumClasses; c++ {
		if cues.Name(c) != pipeline.CueClass(c).String() {
			t.Errorf("class %d is %q in cues and %q in pipeline", c, cues.Name(c), pipeline.CueClass(c))
		}
	}
	for p, want := range map[int]pipeline.Position{model.Neutral: pipeline.Neutral, model.Support: pipeline.Support, model.Oppose: pipeline.Oppose} {
		if pipeline.Position(p) != want {
			t.Errorf("class %d is not %s", p, want)
		}
	}
}

// gold returns the gold articles, with tokens.
func gold(t testing.TB) []*pipeline.Document {
	t.Helper()
	tok, err := tokenize.New()
	if err != nil {
		t.Fatal(err)
	}
	var docs []*pipeline.Document
	for doc, err := range goldform.ReadPath("../../testdata/gold/dev") {
		if err != nil {
			t.Fatal(err)
		}
		if err := tok.Process(context.Background(), doc); err != nil {
			t.Fatal(err)
		}
		doc.Mark(pipeline.LayerTokens)
		docs = append(docs, doc)
	}
	return docs
}

func TestGoldArticles(t *testing.T) {
	for _, doc := range gold(t) {
		a, b := process(t, doc), process(t, doc)
		if fmt.Sprint(a.Stances) != fmt.Sprint(b.Stances) {
			t.Errorf("%s: not the same twice", doc.ID)
		}
	}
}

// The minister's words on encryption are opposition.
func TestSeedArticle(t *testing.T) {
	text, err := os.ReadFile(shared.Path(t, "seed/whatsapp-encryption.txt"))
	if err != nil {
		t.Skip(err)
	}
	var paragraph string
	for line := range strings.Lines(string(text)) {
		if strings.Contains(line, "It is completely unacceptable") {
			paragraph = strings.TrimSpace(line)
		}
	}
	begin, rest, ok := strings.Cut(paragraph, "Rudd said: “")
	if !ok {
		t.Fatal("the paragraph is not there")
	}
	words, end, _ := strings.Cut(rest, "”")
	in, err := reader(t).Marked("seed", []string{begin + "[Rudd] {said}: “<" + words + ">”" + end + " => oppose"})
	if err != nil {
		t.Fatal(err)
	}
	doc := process(t, in)
	for _, st := range []pipeline.Stance{doc.Stances.OfAttribution[0], doc.Stances.OfQuote[0]} {
		if st.Position != pipeline.Oppose {
			t.Errorf("%s (%.2f), want oppose", st.Position, st.Confidence)
		}
		if !strings.Contains(st.Target, "encrypted messages") {
			t.Errorf("target %q, want the encrypted messages that she was asked about", st.Target)
		}
		t.Logf("%s %.2f toward %q", st.Position, st.Confidence, st.Target)
		for _, e := range st.Evidence {
			t.Logf("evidence %q", e.In(doc.Text))
		}
	}
}

// Training twice gives the same model, and the model survives being stored.
func TestTrain(t *testing.T) {
	docs, err := reader(t).Written()
	if err != nil {
		t.Fatal(err)
	}
	words := make(model.Weights, model.WordSlots)
	sets := []stance.Set{{Docs: docs, Weight: 1}}
	o := stance.Options{Folds: 2, Statements: model.Options{Passes: 4}}
	a, err := stance.Train(sets, words, o)
	if err != nil {
		t.Fatal(err)
	}
	b, err := stance.Train(sets, words, o)
	if err != nil {
		t.Fatal(err)
	}
	file := a.Encode()
	if string(file) != string(b.Encode()) {
		t.Error("trained twice, two models")
	}
	c, err := model.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(c.Encode()) != string(file) {
		t.Error("the model changes when stored")
	}
	if _, err := model.Decode(file[:len(file)-1]); err == nil {
		t.Error("a file cut short is accepted")
	}
	if _, err := stance.Train([]stance.Set{{Docs: []*pipeline.Document{{ID: "bare"}}}}, words, o); err == nil || !strings.Contains(err.Error(), `"bare" lacks the layer "blocks"`) {
		t.Errorf("error %v", err)
	}
}

func BenchmarkStance(b *testing.B) {
	st, err := stance.New()
	if err != nil {
		b.Fatal(err)
	}
	docs := gold(b)
	n := 0
	for _, d := range docs {
		n += len(strings.Fields(d.Text))
	}
	b.ReportAllocs()
	for b.Loop() {
		for _, d := range docs {
			if err := st.Process(context.Background(), d); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/word")
}
