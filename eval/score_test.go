package eval

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/goldform"
)

// labels builds a document by naming words of its text, so that a test reads
// like the article it is about.
type labels struct {
	*pipeline.Document
	t *testing.T
}

// label begins a document in which every layer is annotated and empty.
func label(t *testing.T, id, text string) labels {
	t.Helper()
	d := &pipeline.Document{ID: id, Text: text}
	for _, l := range Judged() {
		d.Mark(l)
	}
	return labels{d, t}
}

// find returns the spans of words in the text; "word#2" is its second
// occurrence, and parts around " … " are spans of their own.
func (l labels) find(words string) []pipeline.Span {
	l.t.Helper()
	if words == "" {
		return nil
	}
	var out []pipeline.Span
	for part := range strings.SplitSeq(words, " … ") {
		part, nth, _ := strings.Cut(part, "#")
		n := 1
		if nth != "" {
			n = int(nth[0] - '0')
		}
		at := -1
		for range n {
			i := strings.Index(l.Text[at+1:], part)
			if i < 0 {
				l.t.Fatalf("%q does not stand in the text %d times", part, n)
			}
			at += 1 + i
		}
		out = append(out, pipeline.Span{Start: at, End: at + len(part)})
	}
	return out
}

func (l labels) block(words string, kind pipeline.BlockKind) {
	l.Blocks = append(l.Blocks, pipeline.Block{Span: l.find(words)[0], Kind: kind})
}

// speaker adds a speaker with its mentions.
func (l labels) speaker(name string, kind pipeline.SpeakerKind, mentions ...string) int {
	who := len(l.Speakers)
	s := pipeline.Speaker{Name: name, Kind: kind}
	for _, m := range mentions {
		s.Mentions = append(s.Mentions, len(l.Mentions))
		l.Mentions = append(l.Mentions, pipeline.Mention{Span: l.find(m)[0], Speaker: who})
	}
	l.Speakers = append(l.Speakers, s)
	return who
}

func (l labels) claim(kind pipeline.Kind, content, source, cue string, who int, p pipeline.Position, class pipeline.CueClass) int {
	l.t.Helper()
	l.Attributions = append(l.Attributions, pipeline.Attribution{Kind: kind, Content: l.find(content), Source: l.find(source), Cue: l.find(cue)})
	l.Resolution.OfAttribution = append(l.Resolution.OfAttribution, who)
	l.Stances.OfAttribution = append(l.Stances.OfAttribution, pipeline.Stance{Position: p})
	l.Stances.CueClasses = append(l.Stances.CueClasses, class)
	return len(l.Attributions) - 1
}

func (l labels) quote(kind pipeline.Kind, words string, claim, who int, p pipeline.Position) {
	l.t.Helper()
	if claim >= 0 {
		l.Attributions[claim].Quotes = append(l.Attributions[claim].Quotes, len(l.Quotes))
	}
	l.Quotes = append(l.Quotes, pipeline.Quote{Span: l.find(words)[0], Kind: kind, Uttered: true, Continues: -1})
	r := &l.Resolution
	r.OfQuote = append(r.OfQuote, who)
	r.QuoteMention = append(r.QuoteMention, -1)
	r.QuoteManner = append(r.QuoteManner, pipeline.MannerNone)
	r.QuoteScore = append(r.QuoteScore, 1)
	l.Stances.OfQuote = append(l.Stances.OfQuote, pipeline.Stance{Position: p})
}

// council is a small article with two quotes and three claims.
const council = "Council to act\nBy A. Writer\n“We back the plan,” Mayor Ann Lee said. Her rival Bob Ray denied it was “dead”. He said rain fell.\nSubscribe now"

func councilLabels(t *testing.T) labels {
	l := label(t, "council", council)
	l.block("Council to act", pipeline.BlockHeadline)
	l.block("By A. Writer", pipeline.BlockByline)
	l.block("“We back the plan,” Mayor Ann Lee said. Her rival Bob Ray denied it was “dead”. He said rain fell.", pipeline.BlockBody)
	l.block("Subscribe now", pipeline.BlockBoilerplate)
	ann := l.speaker("Ann Lee", pipeline.SpeakerPerson, "Ann Lee")
	bob := l.speaker("Bob Ray", pipeline.SpeakerPerson, "Bob Ray", "He#2")
	first := l.claim(pipeline.Direct, "We back the plan", "Mayor Ann Lee", "said", ann, pipeline.Support, pipeline.CueNeutral)
	second := l.claim(pipeline.Mixed, "it was “dead”", "Her rival Bob Ray", "denied", bob, pipeline.Oppose, pipeline.CueDenial)
	l.claim(pipeline.Indirect, "rain fell", "He#2", "said#2", bob, pipeline.Neutral, pipeline.CueNeutral)
	l.quote(pipeline.Direct, "We back the plan,", first, ann, pipeline.Support)
	l.quote(pipeline.Mixed, "dead", second, bob, pipeline.Oppose)
	return l
}

func articles(ls ...labels) (out []goldform.Article) {
	for _, l := range ls {
		out = append(out, goldform.Article{Doc: l.Document})
	}
	return out
}

func metrics(t *testing.T, gold []goldform.Article, pred ...*pipeline.Document) map[string]float64 {
	t.Helper()
	r, err := Score(gold, pred, Options{Resamples: -1})
	if err != nil {
		t.Fatal(err)
	}
	return r.Metrics()
}

// Each case spoils one thing of a perfect prediction and names the figures
// that must fall to it, and some that must stand.
func TestOneErrorAtATime(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(l *labels)
		want  map[string]float64
	}{
		{"nothing", func(l *labels) {}, map[string]float64{
			"quotes.f1": 100, "quotes.n": 2, "quotes.direct.n": 1, "quotes.source.f1": 100, "quotes.speaker.f1": 100,
			"claims.exact.f1": 100, "claims.n": 3, "claims.indirect.n": 1, "claims.cue_exact.f1": 100, "claims.speaker.f1": 100,
			"stance.quotes.accuracy": 100, "stance.quotes.accuracy.baseline": 50, "stance.quotes.macro_f1": 100,
			"stance.claims.macro_f1": 100, "cue_class.accuracy": 100, "blocks.accuracy": 100, "speakers.b3.f1": 100,
			"polnear.quoted.attr.f1": 100, "polnear.quoted.attr.n": 2, "polnear.soft.cue.f1": 100,
		}},
		{"a closing comma less", func(l *labels) { l.Quotes[0].End-- }, map[string]float64{"quotes.f1": 100}},
		{"a word less", func(l *labels) { l.Quotes[0].End -= len("plan,") }, map[string]float64{
			"quotes.f1": 50, "quotes.direct.f1": 0, "quotes.mixed.f1": 100, "quotes.speaker.f1": 50, "claims.f1": 100,
		}},
		{"a scare quote taken for speech", func(l *labels) { l.quote(pipeline.Mixed, "Council", -1, -1, pipeline.Neutral) }, map[string]float64{
			"quotes.p": 66.67, "quotes.r": 100, "quotes.f1": 80, "quotes.mixed.p": 50, "quotes.direct.f1": 100, "quotes.speaker.f1": 80,
		}},
		{"a quote known not to be speech", func(l *labels) { l.Quotes[1].Uttered = false }, map[string]float64{
			"quotes.p": 100, "quotes.r": 50, "stance.quotes.n": 1,
		}},
		{"a name with its title", func(l *labels) { l.Speakers[0].Name = "Mrs. ANN Lee" }, map[string]float64{"quotes.speaker.f1": 100}},
		{"half a name", func(l *labels) { l.Speakers[0].Name = "Lee" }, map[string]float64{
			"quotes.speaker.f1": 50, "quotes.speaker_loose.f1": 100, "quotes.source.f1": 100, "claims.speaker.f1": 66.67, "claims.speaker_loose.f1": 100,
		}},
		{"the wrong person", func(l *labels) { l.Resolution.OfQuote[0] = 1 }, map[string]float64{
			"quotes.speaker.f1": 50, "quotes.speaker.direct.f1": 0, "quotes.speaker_loose.f1": 50, "claims.speaker.f1": 100,
		}},
		{"no speaker", func(l *labels) { l.Resolution.OfQuote[0] = -1 }, map[string]float64{"quotes.speaker.f1": 50, "quotes.speaker_kind.n": 1}},
		{"the wrong kind of speaker", func(l *labels) { l.Speakers[1].Kind = pipeline.SpeakerGroup }, map[string]float64{
			"quotes.speaker_kind.accuracy": 50, "claims.speaker_kind.accuracy": 33.33,
		}},
		{"a source cut short", func(l *labels) { l.Attributions[0].Source = l.find("Mayor") }, map[string]float64{
			"claims.source.f1": 100, "polnear.rel_src.f1": 100, "quotes.source.f1": 100, "polnear.soft.source.r": 81.82,
		}},
		{"a source elsewhere", func(l *labels) { l.Attributions[0].Source = l.find("Bob Ray") }, map[string]float64{
			"claims.source.f1": 66.67, "claims.source.direct.f1": 0, "polnear.rel_src.f1": 66.67, "quotes.source.f1": 50, "quotes.speaker.f1": 100,
		}},
		{"a content cut by half", func(l *labels) { l.Attributions[0].Content = l.find("We back") }, map[string]float64{
			"claims.f1": 66.67, "claims.exact.f1": 66.67, // 6 of 13 letters
		}},
		{"a content cut by a third", func(l *labels) { l.Attributions[0].Content = l.find("We back … plan") }, map[string]float64{
			"claims.f1": 100, "claims.exact.f1": 66.67, "polnear.exact.f1": 100,
		}},
		{"a cue elsewhere", func(l *labels) { l.Attributions[1].Cue = l.find("rival") }, map[string]float64{"claims.cue.f1": 66.67, "claims.cue_exact.f1": 66.67}},
		{"the wrong kind of claim", func(l *labels) { l.Attributions[1].Kind = pipeline.Direct }, map[string]float64{
			"claims.kind.accuracy": 66.67, "claims.direct.p": 100, "claims.direct.n": 1, "claims.mixed.r": 100, "claims.mixed.p": 0,
		}},
		{"the wrong stance", func(l *labels) { l.Stances.OfAttribution[1].Position = pipeline.Support }, map[string]float64{
			"stance.claims.accuracy": 66.67, "stance.claims.accuracy.baseline": 33.33,
			"stance.claims.support.p": 50, "stance.claims.support.r": 100, "stance.claims.oppose.f1": 0, "stance.claims.neutral.f1": 100,
			"stance.claims.macro_f1": 55.56, "stance.claims.macro_f1.baseline": 16.67, "stance.quotes.accuracy": 100,
		}},
		{"the wrong class of cue", func(l *labels) { l.Stances.CueClasses[1] = pipeline.CueNeutral }, map[string]float64{
			"cue_class.accuracy": 66.67, "cue_class.accuracy.baseline": 66.67, "cue_class.denial.f1": 0, "cue_class.neutral.f1": 80,
		}},
		{"furniture taken for body", func(l *labels) { l.Blocks[3].Kind = pipeline.BlockBody }, map[string]float64{
			"blocks.boilerplate_excluded.accuracy": 0, "blocks.boilerplate_excluded.n": 12, "blocks.furniture_excluded.accuracy": 42.86,
			"blocks.body_kept.accuracy": 100, "blocks.headline.f1": 100,
		}},
		{"body lost", func(l *labels) { l.Blocks = slices.Delete(l.Blocks, 2, 3) }, map[string]float64{
			"blocks.body_kept.accuracy": 0, "blocks.boilerplate_excluded.accuracy": 100, "blocks.body.r": 0,
		}},
		{"a mention with its role", func(l *labels) { l.Mentions[0].Span = l.find("Mayor Ann Lee")[0] }, map[string]float64{"speakers.mentions.f1": 100}},
		{"a pronoun of somebody else", func(l *labels) {
			l.Mentions[2].Speaker = 0
			l.Speakers[0].Mentions, l.Speakers[1].Mentions = []int{0, 2}, []int{1}
			// B³ precision: 1/2, 1, 1/2; recall: 1, 1/2, 1/2.
		}, map[string]float64{"speakers.mentions.f1": 100, "speakers.b3.p": 66.67, "speakers.b3.r": 66.67}},
	} {
		t.Run(c.name, func(t *testing.T) {
			pred := councilLabels(t)
			c.spoil(&pred)
			got := metrics(t, articles(councilLabels(t)), pred.Document)
			for key, want := range c.want {
				if g, ok := got[key]; !ok || g != want {
					t.Errorf("%s: %v, want %v", key, g, want)
				}
			}
		})
	}
}

// Where the gold names no source for a quote, any mention of its speaker is
// right, and no mention, too.
func TestSourceFromContext(t *testing.T) {
	const text = "Ann Lee paused. “Go.” Bob Ray left."
	build := func(mention string) labels {
		l := label(t, "a", text)
		l.speaker("Ann Lee", pipeline.SpeakerPerson, "Ann Lee")
		l.speaker("Bob Ray", pipeline.SpeakerPerson, "Bob Ray")
		l.quote(pipeline.Direct, "Go.", -1, 0, pipeline.Neutral)
		if mention != "" {
			l.Resolution.QuoteMention[0] = slices.IndexFunc(l.Mentions, func(m pipeline.Mention) bool { return m.Span == l.find(mention)[0] })
		}
		return l
	}
	for mention, want := range map[string]float64{"": 100, "Ann Lee": 100, "Bob Ray": 0} {
		if got := metrics(t, articles(build("")), build(mention).Document)["quotes.source.f1"]; got != want {
			t.Errorf("mention %q: %v, want %v", mention, got, want)
		}
	}
	if got := metrics(t, articles(build("Ann Lee")), build("").Document)["quotes.source.f1"]; got != 0 {
		t.Errorf("a missing mention: %v, want 0", got)
	}
}

// Speakers are counted apart by how the gold mentions them beside the quote;
// what the prediction mentions does not matter.
func TestSpeakersByMention(t *testing.T) {
	const text = "Ann Lee: “Go.” The mayor: “Stay.” She: “Sit.” “Run.”"
	build := func(who ...int) labels {
		l := label(t, "a", text)
		ann := l.speaker("Ann Lee", pipeline.SpeakerPerson, "Ann Lee", "The mayor", "She")
		l.speaker("Bob Ray", pipeline.SpeakerPerson)
		for _, words := range []string{"Go.", "Stay.", "Sit.", "Run."} {
			l.quote(pipeline.Direct, words, -1, ann, pipeline.Neutral)
		}
		copy(l.Resolution.OfQuote, who)
		return l
	}
	gold := build()
	for i, form := range []pipeline.MentionType{pipeline.MentionName, pipeline.MentionNominal, pipeline.MentionPronoun} {
		gold.Mentions[i].Type, gold.Resolution.QuoteMention[i] = form, i
	}
	names := []string{"by_name", "by_nominal", "by_pronoun", "by_none"}
	for wrong := range names {
		pred := build()
		pred.Resolution.OfQuote[wrong] = 1
		got := metrics(t, articles(gold), pred.Document)
		for i, name := range names {
			want := 100.0
			if i == wrong {
				want = 0
			}
			if got := got["quotes.speaker."+name+".accuracy"]; got != want {
				t.Errorf("quote %d wrong: %s is %v, want %v", wrong, name, got, want)
			}
			if n := got["quotes.speaker."+name+".n"]; n != 1 {
				t.Errorf("%s counts %v quotes, want 1", name, n)
			}
		}
	}
}

func TestB3(t *testing.T) {
	// The example of Bagga and Baldwin (1998), figures 1 and 2.
	const text = "a b c d e f g h i j k l"
	build := func(clusters ...string) labels {
		l := label(t, "b3", text)
		for _, c := range clusters {
			l.speaker(c, pipeline.SpeakerPerson, strings.Fields(c)...)
		}
		return l
	}
	gold := articles(build("a b c d e", "f g", "h i j k l"))
	for _, c := range []struct {
		pred       labels
		p, r, ment float64
	}{
		{build("a b c d e", "f g h i j k l"), 76.19, 100, 100},
		{build("a b c d e h i j k l", "f g"), 58.33, 100, 100},
		{build("a b c d e", "f g", "h i j k l"), 100, 100, 100},
	} {
		got := metrics(t, gold, c.pred.Document)
		if got["speakers.b3.p"] != c.p || got["speakers.b3.r"] != c.r || got["speakers.mentions.f1"] != c.ment {
			t.Errorf("P %v R %v mentions %v, want %v %v %v", got["speakers.b3.p"], got["speakers.b3.r"], got["speakers.mentions.f1"], c.p, c.r, c.ment)
		}
	}
}

// Where the gold holds some of the mentions only, predicted ones that it does
// not hold are neither right nor wrong.
func TestB3OfSomeMentions(t *testing.T) {
	const text = "a b c d e f g"
	build := func(clusters ...string) labels {
		l := label(t, "b3", text)
		for _, c := range clusters {
			l.speaker(c, pipeline.SpeakerPerson, strings.Fields(c)...)
		}
		return l
	}
	for _, c := range []struct {
		name       string
		pred       labels
		some       bool
		p, r, ment float64 // ment is -1 where mentions are not counted
	}{
		{"others beside them", build("a b e", "c d f", "g"), true, 100, 100, -1},
		{"the same where all are labelled: each of six has two thirds, those in gold", build("a b e", "c d f", "g"), false, 44.44, 100, 80},
		{"two speakers taken for one", build("a b c d"), true, 50, 100, -1},
		{"one mention of four found", build("a e"), true, 100, 12.5, -1},
		{"none", build("e f"), true, 0, 0, -1},
	} {
		gold := articles(build("a b", "c d"))
		gold[0].SomeMentions = c.some
		got := metrics(t, gold, c.pred.Document)
		ment, ok := got["speakers.mentions.f1"]
		if !ok {
			ment = -1
		}
		if got["speakers.b3.p"] != c.p || got["speakers.b3.r"] != c.r || ment != c.ment {
			t.Errorf("%s: P %v R %v mentions %v, want %v %v %v", c.name, got["speakers.b3.p"], got["speakers.b3.r"], ment, c.p, c.r, c.ment)
		}
	}
}

// Of quotes that were found; those missed count for quotes.speaker alone.
func TestSpeakersOfFoundQuotes(t *testing.T) {
	for _, c := range []struct {
		name                 string
		spoil                func(l *labels)
		found, loose, all, n float64
	}{
		{"nothing", func(l *labels) {}, 100, 100, 100, 2},
		{"a quote missed", func(l *labels) { l.Quotes[1].Uttered = false }, 100, 100, 66.67, 1},
		{"a quote too many", func(l *labels) { l.quote(pipeline.Mixed, "Council", -1, 0, pipeline.Neutral) }, 100, 100, 80, 2},
		{"half a name", func(l *labels) { l.Speakers[0].Name = "Lee" }, 50, 100, 50, 2},
		{"the wrong person", func(l *labels) { l.Resolution.OfQuote[0] = 1 }, 50, 50, 50, 2},
		{"no speaker", func(l *labels) { l.Resolution.OfQuote[0] = -1 }, 50, 50, 50, 2},
	} {
		pred := councilLabels(t)
		c.spoil(&pred)
		m := metrics(t, articles(councilLabels(t)), pred.Document)
		found, loose, all, n := m["quotes.speaker.found.accuracy"], m["quotes.speaker.found_loose.accuracy"], m["quotes.speaker.f1"], m["quotes.speaker.found.n"]
		if found != c.found || loose != c.loose || all != c.all || n != c.n {
			t.Errorf("%s: found %v, loosely %v, of all %v, n %v; want %v, %v, %v, %v", c.name, found, loose, all, n, c.found, c.loose, c.all, c.n)
		}
	}
	both := councilLabels(t)
	both.Resolution.OfQuote[0] = -1
	if got := metrics(t, articles(both), both.Document)["quotes.speaker.found.accuracy"]; got != 100 {
		t.Errorf("no speaker where the gold names none: %v, want 100", got)
	}
}

func TestNames(t *testing.T) {
	for _, c := range []struct {
		a, b       string
		same, like bool
	}{
		{"Amber Rudd", "amber rudd", true, true},
		{"Dr. Amber Rudd", "Amber Rudd", true, true},
		{"The Harbour Trust", "Harbour Trust", true, true},
		{"Amber Rudd's", "Amber Rudd", true, true},
		{"Sean O’Brien", "Sean O'Brien", true, true},
		{"J. P. Okafor", "J P Okafor", true, true},
		{"Jean-Luc Roy", "Jean Luc Roy", true, true},
		{"Rudd", "Amber Rudd", false, true},
		{"Mr Lord", "Lord", true, true},
		{"the lord", "The Lord", true, true},
		{"Amber Rudd", "Amber Ridd", false, false},
		{"Ann Lee", "Tom Lee", false, false},
		{"Łukasz Żak", "łukasz żak", true, true},
		{"one source close to Lee", "a source close to Lee", true, true},
		{"One", "one", true, true},
		{"Capital One", "Capital", false, true},
		{"Radio One", "Radio Two", false, false},
		{"", "Ann", false, false},
		{"…", "Ann", false, false},
	} {
		if s, l := sameName(c.a, c.b), likeName(c.a, c.b); s != c.same || l != c.like {
			t.Errorf("%q, %q: same %v like %v", c.a, c.b, s, l)
		}
	}
}

// A document scored against itself is perfect in every figure, whatever it
// holds. The gold files are the documents.
func TestIdentity(t *testing.T) {
	gold := articles(councilLabels(t))
	for _, split := range []string{"dev", "test"} {
		if dir := "../testdata/gold/" + split; exists(dir) {
			gold = append(gold, readGold(t, dir)...)
		}
	}
	var pred []*pipeline.Document
	for _, g := range gold {
		pred = append(pred, Strip(g.Doc, ^pipeline.Layers(0)))
	}
	slices.Reverse(pred) // order does not matter
	r, err := Score(gold, pred, Options{Resamples: 50})
	if err != nil {
		t.Fatal(err)
	}
	for _, rows := range append([][]Row{r.Rows}, rowsOf(r.Groups)...) {
		for _, row := range rows {
			// Two gold quotes or contents with the same words would be two of one.
			if math.Abs(row.Value-100) > 1e-9 || math.Abs(row.Low-100) > 1e-9 {
				t.Errorf("%s.%s is %v [%v, %v]", row.Key(), row.Stat, row.Value, row.Low, row.High)
			}
		}
	}
	if cases, total, err := Cases(gold, pred, Options{}, 10); err != nil || len(cases)+len(total) > 0 {
		t.Errorf("%v %v %v", cases, total, err)
	}
	for i, g := range gold {
		if p := pred[len(pred)-1-i]; !reflect.DeepEqual(g.Doc, p) {
			t.Errorf("Strip with every layer changes %s", p.ID)
		}
	}
}

func rowsOf(gs []Group) (out [][]Row) {
	for _, g := range gs {
		out = append(out, g.Rows)
	}
	return out
}

// Two labellings of one article: scored the other way round, precision and
// recall change places and F1 stays.
func TestAgreement(t *testing.T) {
	a, b := councilLabels(t), councilLabels(t)
	b.Resolution.OfQuote[1] = 0
	b.Quotes = b.Quotes[:1:1]
	b.Attributions[1].Quotes = nil
	b.Resolution.OfQuote, b.Resolution.QuoteMention = b.Resolution.OfQuote[:1], b.Resolution.QuoteMention[:1]
	b.Stances.OfQuote = b.Stances.OfQuote[:1]
	b.Attributions[2].Content = b.find("fell")
	ab, ba := metrics(t, articles(a), b.Document), metrics(t, articles(b), a.Document)
	for _, m := range []string{"quotes", "quotes.speaker", "claims", "claims.exact", "claims.source", "polnear.rel", "polnear.soft.content"} {
		if ab[m+".p"] != ba[m+".r"] || ab[m+".r"] != ba[m+".p"] || ab[m+".f1"] != ba[m+".f1"] {
			t.Errorf("%s: %v %v %v one way, %v %v %v the other", m, ab[m+".p"], ab[m+".r"], ab[m+".f1"], ba[m+".p"], ba[m+".r"], ba[m+".f1"])
		}
	}
	if ab["quotes.r"] != 50 || ab["claims.f1"] != 100 || ab["claims.exact.f1"] != 66.67 {
		t.Errorf("quotes.r %v, claims.f1 %v, claims.exact.f1 %v", ab["quotes.r"], ab["claims.f1"], ab["claims.exact.f1"])
	}
}

// The second labelling of part of the gold articles, made apart from the first,
// agrees with it. go test -v prints the figures.
func TestSecondLabelling(t *testing.T) {
	const dir = "../testdata/gold/"
	if !exists(dir + "second") {
		t.Skip("no second labelling")
	}
	var second []*pipeline.Document
	again := map[string]bool{}
	for _, a := range readGold(t, dir+"second") {
		second = append(second, a.Doc)
		again[a.Doc.ID] = true
	}
	first := slices.DeleteFunc(slices.Concat(readGold(t, dir+"dev"), readGold(t, dir+"test")), func(a goldform.Article) bool { return !again[a.Doc.ID] })
	r, err := Score(first, second, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(first) != len(second) || len(first) < 20 {
		t.Errorf("%d articles are labelled twice, of %d second labellings; 20 are wanted", len(first), len(second))
	}
	for _, err := range r.Below([]Floor{{"quotes.f1", 95}, {"claims.f1", 90}, {"claims.source.f1", 90}, {"quotes.speaker_loose.f1", 90}}) {
		t.Error(err)
	}
	var b strings.Builder
	if err := r.WriteTable(&b); err != nil {
		t.Fatal(err)
	}
	t.Log("\n" + b.String())
}

func TestNothingPredicted(t *testing.T) {
	gold := articles(councilLabels(t))
	for name, pred := range map[string][]*pipeline.Document{
		"no documents":      nil,
		"another document":  {label(t, "other", "x").Document},
		"an empty document": {label(t, "council", council).Document},
	} {
		r, err := Score(gold, pred, Options{})
		if err != nil {
			t.Fatal(err)
		}
		m := r.Metrics()
		for _, key := range []string{"quotes.f1", "quotes.speaker.f1", "claims.f1", "polnear.rel.f1", "speakers.b3.f1", "polnear.soft.cue.f1", "blocks.body_kept.accuracy"} {
			if v, ok := m[key]; !ok || v != 0 {
				t.Errorf("%s: %s is %v, %v", name, key, v, ok)
			}
		}
		if _, ok := m["stance.quotes.accuracy"]; ok {
			t.Errorf("%s: stance is scored where no quote was found", name)
		}
		if want := map[string]int{"no documents": 1, "another document": 1}[name]; r.Unpredicted != want {
			t.Errorf("%s: %d unpredicted", name, r.Unpredicted)
		}
	}
}

// A layer that no prediction has, or that the gold lacks, is not scored.
func TestLayersNotMade(t *testing.T) {
	gold := articles(councilLabels(t))
	only := Strip(gold[0].Doc, pipeline.LayerSet(pipeline.LayerQuotes))
	for name, m := range map[string]map[string]float64{
		"predicted": metrics(t, gold, only),
		"gold":      metrics(t, []goldform.Article{{Doc: only}}, gold[0].Doc),
	} {
		for key := range m {
			if !strings.HasPrefix(key, "quotes") || strings.HasPrefix(key, "quotes.s") {
				t.Errorf("only quotes are %s, but %s is scored", name, key)
			}
		}
		if m["quotes.f1"] != 100 {
			t.Errorf("%s: quotes.f1 %v", name, m["quotes.f1"])
		}
	}
}

func TestDegenerateDocuments(t *testing.T) {
	empty, marks := label(t, "empty", ""), label(t, "marks", "“…” — “")
	marks.Quotes = []pipeline.Quote{{Span: pipeline.Span{Start: 3, End: 6}, Uttered: true}}
	marks.Attributions = []pipeline.Attribution{{Content: []pipeline.Span{{Start: 3, End: 6}}}}
	gold := articles(empty, marks)
	for _, pred := range [][]*pipeline.Document{nil, {empty.Document, marks.Document}, {marks.Document}} {
		r, err := Score(gold, pred, Options{Resamples: 20})
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range r.Rows {
			if math.IsNaN(row.Value) || math.IsNaN(row.Low) || math.IsNaN(row.High) {
				t.Errorf("%s is not a number", row.Key())
			}
		}
	}
	if r, err := Score(nil, nil, Options{}); err != nil || len(r.Rows) != 0 {
		t.Errorf("no gold: %v, %v", r, err)
	}
}

func TestScoreRefuses(t *testing.T) {
	a, other := councilLabels(t), label(t, "council", council[:20]+"!")
	for name, c := range map[string]struct {
		gold []goldform.Article
		pred []*pipeline.Document
		want string
	}{
		"gold twice":       {articles(a, a), nil, `two gold documents have the id "council"`},
		"extracted anew":   {articles(a, a), []*pipeline.Document{a.Document, a.Document}, `two gold documents have the id "council"`},
		"prediction twice": {articles(a), []*pipeline.Document{a.Document, a.Document}, `two predictions have the id "council"`},
		"another text":     {articles(a), []*pipeline.Document{other.Document}, "differs from the gold text"},
	} {
		if _, err := Score(c.gold, c.pred, Options{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// many makes n articles, in every third of which the prediction misses a
// quote.
func many(t *testing.T, n int) (gold []goldform.Article, pred []*pipeline.Document) {
	for i := range n {
		g, p := councilLabels(t), councilLabels(t)
		g.ID = fmt.Sprintf("doc%02d", i)
		p.ID = g.ID
		if i%3 == 0 {
			p.Quotes[1].Uttered = false
		}
		gold = append(gold, goldform.Article{Doc: g.Document, Genre: []string{"wire", "local"}[i%2], Split: "dev"})
		pred = append(pred, p.Document)
	}
	return gold, pred
}

func TestIntervals(t *testing.T) {
	gold, pred := many(t, 30)
	score := func(seed uint64, resamples int) ([]byte, *Report) {
		r, err := Score(gold, pred, Options{Seed: seed, Resamples: resamples})
		if err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		return b, r
	}
	a, r := score(1, 1000)
	b, _ := score(1, 1000)
	c, _ := score(2, 30)
	d, _ := score(3, 30)
	if !bytes.Equal(a, b) {
		t.Error("the same seed gives another report")
	}
	if bytes.Equal(c, d) {
		t.Error("another seed gives the same intervals")
	}
	// Of 60 quotes 50 are found: recall 83.3, F1 90.9. The number of documents
	// with a miss is binomial(30, 1/3): 95% of it lies within 5 and 15, so that
	// recall lies within 75 and 92.
	for _, row := range r.Rows {
		if row.Key() == "quotes" && (row.Low < 84 || row.Low > 88 || row.High < 94 || row.High > 97 || math.Abs(row.Value-90.91) > 0.01) {
			t.Errorf("quotes: %v [%v, %v]", row.Value, row.Low, row.High)
		}
		if row.Low > row.Value+1e-9 || row.High < row.Value-1e-9 {
			t.Errorf("%s: %v lies outside [%v, %v]", row.Key(), row.Value, row.Low, row.High)
		}
	}
	if len(r.Groups) != 2 || r.Groups[0].Name != "genre:local" || r.Groups[0].Documents != 15 {
		t.Errorf("groups: %+v", r.Groups)
	}
	if _, ok := r.Metrics()["quotes.direct.genre:wire.f1"]; !ok {
		t.Error("no figure by genre and kind")
	}
}

func TestCompare(t *testing.T) {
	gold, worse := many(t, 30)
	var better []*pipeline.Document
	for _, g := range gold {
		better = append(better, g.Doc)
	}
	find := func(a, b []*pipeline.Document, key string) Difference {
		ds, err := Compare(gold, a, b, Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range ds {
			if d.Key() == key {
				return d
			}
		}
		t.Fatalf("no %s", key)
		return Difference{}
	}
	d := find(worse, better, "quotes")
	if d.A > 91 || d.Value != 100 || math.Abs(d.Diff-(100-d.A)) > 1e-9 || d.Lowest <= 0 || d.Highest < d.Lowest {
		t.Errorf("%+v", d)
	}
	if r := find(better, worse, "quotes"); math.Abs(r.Diff+d.Diff) > 1e-9 || math.Abs(r.Lowest+d.Highest) > 1 {
		t.Errorf("the other way round: %+v", r)
	}
	if d := find(worse, worse, "quotes"); d.Diff != 0 || d.Lowest != 0 || d.Highest != 0 {
		t.Errorf("with itself: %+v", d)
	}
	var b strings.Builder
	ds, _ := Compare(gold, worse, better, Options{})
	if err := WriteDifferences(&b, ds); err != nil || !strings.Contains(b.String(), "+9.1") {
		t.Errorf("%v\n%s", err, b.String())
	}
}

func TestTable(t *testing.T) {
	gold, pred := many(t, 6)
	r, err := Score(gold, pred, Options{Layers: pipeline.LayerSet(pipeline.LayerQuotes, pipeline.LayerStances)})
	if err != nil {
		t.Fatal(err)
	}
	for i := range r.Rows {
		r.Rows[i].Low, r.Rows[i].High = 0, 100
	}
	var b strings.Builder
	if err := r.WriteTable(&b); err != nil {
		t.Fatal(err)
	}
	const want = `6 documents

                                          P      R  F1/acc  95% interval   n  baseline
quotes                                100.0   83.3    90.9  [0.0, 100.0]  12
quotes.direct                         100.0  100.0   100.0  [0.0, 100.0]   6
quotes.mixed                          100.0   66.7    80.0  [0.0, 100.0]   6
quotes.kind                                          100.0  [0.0, 100.0]  10
stance.quotes                                        100.0  [0.0, 100.0]  10      60.0
stance.quotes (macro F1)                             100.0  [0.0, 100.0]  10      37.5
stance.quotes.support                 100.0  100.0   100.0  [0.0, 100.0]   6
stance.quotes.oppose                  100.0  100.0   100.0  [0.0, 100.0]   4
stance.quotes.with_target                            100.0  [0.0, 100.0]  10      60.0
stance.quotes.with_target (macro F1)                 100.0  [0.0, 100.0]  10      37.5
stance.claims                                        100.0  [0.0, 100.0]  18      33.3
stance.claims (macro F1)                             100.0  [0.0, 100.0]  18      16.7
stance.claims.neutral                 100.0  100.0   100.0  [0.0, 100.0]   6
stance.claims.support                 100.0  100.0   100.0  [0.0, 100.0]   6
stance.claims.oppose                  100.0  100.0   100.0  [0.0, 100.0]   6
stance.claims.with_target                            100.0  [0.0, 100.0]  18      33.3
stance.claims.with_target (macro F1)                 100.0  [0.0, 100.0]  18      16.7
cue_class                                            100.0  [0.0, 100.0]  18      66.7
cue_class (macro F1)                                 100.0  [0.0, 100.0]  18      40.0
cue_class.neutral                     100.0  100.0   100.0  [0.0, 100.0]  12
cue_class.denial                      100.0  100.0   100.0  [0.0, 100.0]   6

             documents  quotes  stance.quotes  stance.claims  cue_class
genre:local          3    90.9          100.0          100.0      100.0
genre:wire           3    90.9          100.0          100.0      100.0
`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

func TestFloors(t *testing.T) {
	gold, pred := many(t, 6)
	r, err := Score(gold, pred, Options{Resamples: -1})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ floor, want string }{
		{"quotes.f1=90.9", ""},
		{"quotes.f1=91", "quotes.f1 is 90.91, below 91"},
		{"quote.f1=1", `no figure is called "quote.f1"; did you mean "quotes.f1"?`},
		{"quotes.f1", "is not METRIC=VALUE"},
		{"quotes.f1=high", "is not METRIC=VALUE"},
		{"=3", "is not METRIC=VALUE"},
	} {
		f, err := ParseFloor(c.floor)
		got := ""
		if err != nil {
			got = err.Error()
		} else if errs := r.Below([]Floor{f}); len(errs) > 0 {
			got = errs[0].Error()
		}
		if c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", c.floor, got, c.want)
		}
	}
}

func TestCases(t *testing.T) {
	g, p := councilLabels(t), councilLabels(t)
	p.Quotes[0].Uttered = false
	p.Resolution.OfQuote[1] = 0
	p.Stances.OfAttribution[1] = pipeline.Stance{Position: pipeline.Support, Target: "it"}
	p.Attributions[2].Source = p.find("Her rival")
	p.Attributions[0].Content = p.find("Ann Lee")
	p.Blocks[3].Kind = pipeline.BlockBody
	cases, total, err := Cases(articles(g), []*pipeline.Document{p.Document}, Options{}, 100)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := WriteCases(&b, cases, total); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"missed claim  council  byte 31, char 29\n    Council to act¶By A. Writer¶“⟦We back the plan⟧,” Mayor Ann Lee said. ",
		`    gold: direct, source "Mayor Ann Lee", cue "said"` + "\n",
		"missed quote  council  byte 31, char 29\n",
		"spurious claim  council ",
		"wrong speaker of quote",
		"    gold: Bob Ray\n    got:  Ann Lee\n",
		"    gold: oppose\n    got:  support → it\n",
		"    gold: \"He\"\n    got:  \"Her rival\"\n",
		"    gold: boilerplate\n    got:  body\n",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is not in\n%s", want, b.String())
		}
	}
	// A few are taken in turn from every kind, and over the documents.
	gold, pred := many(t, 30)
	for _, p := range pred {
		p.Stances.OfAttribution[0].Position = pipeline.Oppose
	}
	cases, total, err = Cases(gold, pred, Options{}, 5)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range cases {
		got = append(got, c.Kind+" "+c.Document)
	}
	want := []string{"missed quote doc03", "missed quote doc15", "missed quote doc24", "wrong stance of claim doc07", "wrong stance of claim doc22"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
	if !slices.Equal(total, []KindCount{{"missed quote", 10}, {"wrong stance of claim", 30}}) {
		t.Errorf("total %v", total)
	}
}

// Each case gives a quote and a claim that take a side a gold target and a
// found one, and says whether the found one is right.
func TestTargets(t *testing.T) {
	for _, c := range []struct {
		name         string
		gold, pred   string
		right, sided bool
	}{
		{"the same", "the plan", "the plan", true, true},
		{"case and more words", "the plan", "their new Plan for 2024", true, true},
		{"a possessive", "Lee", "Lee's plan", true, true},
		{"a pronoun", "it", "It", true, true},
		{"another thing", "the plan", "the budget", false, true},
		{"function words only", "that of the council", "the rest of that", false, true},
		{"none", "the plan", "", false, true},
		{"marks only", "the plan", "“”", false, true},
		{"gold without a target is not counted", "", "the plan", false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			gold, pred := councilLabels(t), councilLabels(t)
			set := func(s *pipeline.Stances, target string) {
				s.OfQuote[0].Target, s.OfAttribution[1].Target = target, target
			}
			set(&gold.Stances, c.gold)
			set(&pred.Stances, c.pred)
			got := metrics(t, articles(gold), pred.Document)
			for _, of := range []string{"stance.quotes.target", "stance.claims.target"} {
				v, ok := got[of+".accuracy"]
				if ok != c.sided || v != map[bool]float64{true: 100}[c.right] {
					t.Errorf("%s: %v, counted %v", of, v, ok)
				}
			}
			pred.Stances.OfQuote[0].Position = pipeline.Neutral
			if _, ok := metrics(t, articles(gold), pred.Document)["stance.quotes.target.accuracy"]; ok {
				t.Error("the target of a quote is counted to which no side was given")
			}
		})
	}
}

// The three claims of the council support, oppose and are neutral. With its
// target a side is right only if the target is.
func TestStanceWithTarget(t *testing.T) {
	const key = "stance.claims.with_target."
	for _, c := range []struct {
		name                     string
		spoil                    func(gold, pred []pipeline.Stance)
		accuracy, macro, ignored float64 // ignored: macro-F1 without the target
	}{
		{"all right", func(gold, pred []pipeline.Stance) {}, 100, 100, 100},
		// support 0, oppose 100, neutral 100
		{"another target", func(gold, pred []pipeline.Stance) { pred[0].Target = "the rain" }, 66.67, 66.67, 100},
		{"no target", func(gold, pred []pipeline.Stance) { pred[0].Target = "" }, 66.67, 66.67, 100},
		{"no target in gold", func(gold, pred []pipeline.Stance) { gold[0].Target = "" }, 100, 100, 100},
		// support 0, oppose 66.67 (half of those predicted, all in gold), neutral 100
		{"the other side", func(gold, pred []pipeline.Stance) { pred[0].Position = pipeline.Oppose }, 66.67, 55.56, 55.56},
		// the same, and oppose 0: the one is of the other class, and the one that is right has no target
		{"the other side, and another target", func(gold, pred []pipeline.Stance) {
			pred[0].Position = pipeline.Oppose
			pred[1].Target = "the rain"
		}, 33.33, 33.33, 55.56},
		{"a target where there is none to name", func(gold, pred []pipeline.Stance) { pred[2].Target = "the rain" }, 100, 100, 100},
	} {
		gold, pred := councilLabels(t), councilLabels(t)
		for _, l := range []labels{gold, pred} {
			l.Stances.OfAttribution[0].Target, l.Stances.OfAttribution[1].Target = "the plan", "plan"
		}
		c.spoil(gold.Stances.OfAttribution, pred.Stances.OfAttribution)
		m := metrics(t, articles(gold), pred.Document)
		if m[key+"accuracy"] != c.accuracy || m[key+"macro_f1"] != c.macro || m["stance.claims.macro_f1"] != c.ignored {
			t.Errorf("%s: accuracy %v, macro-F1 %v, without targets %v; want %v, %v, %v",
				c.name, m[key+"accuracy"], m[key+"macro_f1"], m["stance.claims.macro_f1"], c.accuracy, c.macro, c.ignored)
		}
	}
	// The most frequent class guessed is right of itself where it is neutral, and
	// else where the gold names no target.
	for _, c := range []struct {
		target string
		want   float64
	}{{"", 66.67}, {"the rain", 33.33}} {
		gold := councilLabels(t)
		gold.Stances.OfAttribution[0].Target = "the plan"
		gold.Stances.OfAttribution[1] = pipeline.Stance{Position: pipeline.Support, Target: c.target}
		gold.Stances.OfAttribution[2] = pipeline.Stance{Position: pipeline.Support}
		m := metrics(t, articles(gold), gold.Document)
		if got := m[key+"accuracy.baseline"]; got != c.want || m["stance.claims.accuracy.baseline"] != 100 {
			t.Errorf("support of %q, always guessed: %v, want %v; without targets %v, want 100", c.target, got, c.want, m["stance.claims.accuracy.baseline"])
		}
	}
}

// Baselines stand beside the figures that they are for, and nowhere else.
func TestBaselines(t *testing.T) {
	gold, pred := many(t, 4)
	var rule []*pipeline.Document
	for _, g := range gold {
		d := Strip(g.Doc, ^pipeline.Layers(0))
		d.Resolution.OfQuote[0] = -1
		rule = append(rule, d)
	}
	opt := Options{Resamples: -1, Baselines: []Baseline{
		{Name: "rule", Figures: []string{"quotes.speaker"}, Docs: rule},
		{Name: "other", Figures: []string{"stance"}, Docs: rule[:2]},
	}}
	r, err := Score(gold, pred, opt)
	if err != nil {
		t.Fatal(err)
	}
	m := r.Metrics()
	for key, want := range map[string]float64{
		"quotes.speaker.f1.rule": 50, "quotes.speaker.direct.f1.rule": 0, "quotes.speaker.mixed.f1.rule": 100,
		"quotes.speaker.found.accuracy.rule": 50, "quotes.speaker.genre:wire.f1.rule": 50,
		"stance.quotes.accuracy.other": 100, "stance.quotes.n": m["quotes.n"] - 2,
	} {
		if got, ok := m[key]; !ok || got != want {
			t.Errorf("%s: %v, want %v", key, got, want)
		}
	}
	for _, key := range []string{"quotes.f1.rule", "quotes.speaker_kind.accuracy.rule", "claims.speaker.f1.rule", "quotes.speaker.f1.other"} {
		if _, ok := m[key]; ok {
			t.Errorf("%s is there, and no baseline is for it", key)
		}
	}
	var b strings.Builder
	if err := r.WriteTable(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"  n  baseline   rule  other\n",
		"quotes.speaker.direct",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the table has no %q:\n%s", want, b.String())
		}
	}
	opt.Baselines[0].Docs = []*pipeline.Document{{ID: gold[0].Doc.ID, Text: "another"}}
	if _, err := Score(gold, pred, opt); err == nil || !strings.Contains(err.Error(), "baseline rule") {
		t.Errorf("a baseline on other texts: %v", err)
	}
}
