package baseline

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/onrecord-nlp/onrecord/eval"
	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/goldform"
)

// article makes an article of a text in which ⟨ and ⟩ stand around quotations,
// ‹ and › around their cues, in the same order. Each is a claim, too.
func article(text string) goldform.Article {
	d := &pipeline.Document{ID: "a"}
	var a goldform.Article
	var plain strings.Builder
	start := 0
	for _, r := range text {
		at := pipeline.Span{Start: start, End: plain.Len()}
		switch r {
		case '⟨', '‹':
			start = plain.Len()
		case '⟩':
			d.Quotes = append(d.Quotes, pipeline.Quote{Span: at, Uttered: true, Continues: -1})
			d.Attributions = append(d.Attributions, pipeline.Attribution{Content: []pipeline.Span{at}, Quotes: []int{len(d.Quotes) - 1}})
		case '›':
			a.QuoteCues = append(a.QuoteCues, at)
		default:
			plain.WriteRune(r)
		}
	}
	for i, c := range a.QuoteCues {
		d.Attributions[i].Cue = []pipeline.Span{c}
	}
	d.Text = plain.String()
	d.Mark(pipeline.LayerQuotes)
	d.Mark(pipeline.LayerAttributions)
	a.Doc = d
	return a
}

func TestNearest(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"Amber Rudd met Bo Hill. “⟨Go.⟩” “⟨Now.⟩” She left.", "Bo Hill, Bo Hill"},
		{"“⟨Go,⟩” said Amber Rudd. “⟨Now.⟩”", "Amber Rudd, Amber Rudd"},
		{"“⟨Go.⟩” That was all, from nobody.", "none"},
		{"Today, Rudd left. “⟨Go.⟩”", "none"},                                               // one word is no name
		{"Amber Rudd and Tom Rudd met. Bo Hill left, and Rudd said: “⟨Go.⟩”", "Amber Rudd"}, // but for the last of one
		{"Amber paused. “⟨Go,⟩” Amber Rudd said.", "Amber Rudd"},
		{"The Amber Rudd that we know. “⟨Go.⟩”", "Amber Rudd"},                   // an article opens a sentence
		{"In London Rain fell. “⟨Go.⟩”", "London Rain"},                          // what the rule cannot know
		{"Amber Rudd’s aide paused. “⟨Go.⟩”", "Amber Rudd"},                      // and neither this
		{"Amber Rudd. “⟨Ask Bo Hill today.⟩” “⟨Go.⟩”", "Amber Rudd, Amber Rudd"}, // names that are quoted say nothing
		{"Minister J. P. O’Brien, Rain Hat. “⟨Go.⟩”", "Rain Hat"},                // a comma ends one
		{"Then J. P. O’Brien-Shaw left. “⟨Go.⟩”", "J. P. O’Brien-Shaw"},          // initials do not
		{"Amber\nRudd spoke. “⟨Go.⟩” Łukasz Żak", "Łukasz Żak"},                  // a line does
		{"Amber Rudd. “⟨Go.⟩” Bo Hill. “⟨Stay.⟩” “⟨Sit.⟩”", "Amber Rudd, Bo Hill, Bo Hill"},
	} {
		d := All([]goldform.Article{article(c.text)})[0].Docs[0]
		var got, claims []string
		for i := range d.Quotes {
			for _, x := range []struct {
				of   []int
				into *[]string
			}{{d.Resolution.OfQuote, &got}, {d.Resolution.OfAttribution, &claims}} {
				name := "none"
				if who := x.of[i]; who >= 0 {
					name = d.Speakers[who].Name
				}
				*x.into = append(*x.into, name)
			}
		}
		if g := strings.Join(got, ", "); g != c.want || strings.Join(claims, ", ") != g {
			t.Errorf("%s\n%s (claims %s), want %s", c.text, g, claims, c.want)
		}
	}
}

func TestLexicon(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"“⟨It rained all week,⟩” she ‹said›.", "neutral"},
		{"“⟨We support the new plan.⟩” she ‹said›.", "support the new plan"},
		{"“⟨We do not support the plan.⟩” she ‹said›.", "oppose the plan"},
		{"“⟨We don’t support the plan.⟩” she ‹said›.", "oppose the plan"},
		{"“⟨I will not say, but all of us now support it.⟩” she ‹said›.", "support it"}, // a negation reaches three words
		{"“⟨A terrible, terrible but excellent idea⟩” she ‹said›.", "oppose "},          // two against one
		{"“⟨An excellent and terrible idea⟩” she ‹said›.", "neutral"},                   // one against one
		{"She ‹praised› the “⟨tall men of the north and south⟩”", "support tall men of the north"},
		{"She ‹denied› “⟨taking bribes⟩”", "oppose taking bribes"},
		{"She ‹did not deny› “⟨taking bribes⟩”", "support taking bribes"},
		{"“⟨’Tis ‘excellent’ news’⟩” she ‹said›", "support "},
	} {
		a := article(c.text)
		b := All([]goldform.Article{a})[1]
		s := b.Docs[0].Stances
		for _, x := range []pipeline.Stance{s.OfQuote[0], s.OfAttribution[0]} {
			got := x.Position.String()
			if x.Position != pipeline.Neutral {
				got += " " + x.Target
			}
			if got != c.want {
				t.Errorf("%s\n%q, want %q", c.text, got, c.want)
			}
		}
	}
}

// A baseline sees none of the labels that it is there to find.
func TestLabelsAreNotSeen(t *testing.T) {
	a := article("Amber Rudd. “⟨We support it,⟩” ‹said› Bo Hill.")
	b := article("Amber Rudd. “⟨We support it,⟩” ‹said› Bo Hill.")
	b.Doc.Attributions[0].Source = []pipeline.Span{{Start: 0, End: 10}}
	b.Doc.Speakers = []pipeline.Speaker{{Name: "Bo Hill"}}
	b.Doc.Resolution = pipeline.Resolution{OfQuote: []int{0}, OfAttribution: []int{0}, QuoteMention: []int{-1}}
	b.Doc.Stances = pipeline.Stances{OfQuote: []pipeline.Stance{{Position: pipeline.Oppose}}}
	b.Doc.Mark(pipeline.LayerSpeakers)
	b.Doc.Mark(pipeline.LayerStances)
	bare, labelled := All([]goldform.Article{a}), All([]goldform.Article{b})
	for i := range bare {
		if x, y := fmt.Sprintf("%+v", bare[i].Docs[0]), fmt.Sprintf("%+v", labelled[i].Docs[0]); x != y {
			t.Errorf("%s: labels change the answer from\n%s to\n%s", bare[i].Name, x, y)
		}
	}
}

// Any text with any quotation gets answers that can be scored.
func TestAnyText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Map(func(r rune) rune {
			if strings.ContainsRune("⟨⟩‹›", r) {
				return ' '
			}
			return r
		}, rapid.StringOf(rapid.OneOf(rapid.Rune(), rapid.SampledFrom([]rune("AB ab.’'-n\n")))).Draw(t, "text"))
		cut := func(name string) int {
			i := rapid.IntRange(0, len(text)).Draw(t, name)
			for i < len(text) && !utf8.RuneStart(text[i]) {
				i++
			}
			return i
		}
		i, j := cut("start"), cut("end")
		if i > j {
			i, j = j, i
		}
		a := article(text[:i] + "⟨" + text[i:j] + "x⟩" + text[j:] + "‹y›")
		gold := []goldform.Article{a}
		if _, err := eval.Score(gold, []*pipeline.Document{a.Doc}, eval.Options{Resamples: -1, Baselines: All(gold)}); err != nil {
			t.Fatal(err)
		}
		for _, b := range All(gold) {
			for _, s := range b.Docs[0].Stances.OfQuote {
				if len(strings.Fields(s.Target)) > longest {
					t.Fatal(s.Target)
				}
			}
			for _, s := range b.Docs[0].Speakers {
				if !strings.Contains(a.Doc.Text, s.Name) || !utf8.ValidString(s.Name) {
					t.Fatalf("the name %q does not stand in the text", s.Name)
				}
			}
		}
	})
}
