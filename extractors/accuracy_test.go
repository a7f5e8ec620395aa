package extractors_test

import (
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/onrecord-nlp/onrecord/eval"
	"github.com/onrecord-nlp/onrecord/extractors"
	"github.com/onrecord-nlp/onrecord/internal/shared"
	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/goldform"
)

// A real page pasted with its furniture: all seven quotations are Amber
// Rudd's, her reported words and those of local media are claims, and nothing
// comes from the furniture.
func TestPastedPage(t *testing.T) {
	text, err := os.ReadFile(shared.Path(t, "seed/whatsapp-encryption.txt"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := extractors.Standard()
	if err != nil {
		t.Fatal(err)
	}
	doc := &pipeline.Document{ID: "page", Text: string(text)}
	if err := p.Process(t.Context(), doc); err != nil {
		t.Fatal(err)
	}
	var begin []string
	for i, q := range doc.Quotes {
		if !q.Uttered {
			continue
		}
		words := strings.Fields(q.In(doc.Text))
		begin = append(begin, strings.Join(words[:min(3, len(words))], " "))
		if got := name(doc, doc.Resolution.OfQuote[i]); got != "Amber Rudd" {
			t.Errorf("%q: speaker %q, want Amber Rudd", q.In(doc.Text), got)
		}
	}
	want := []string{"secret place for", "calling time on", "It is completely", "We need to", "This is something", "But we do", "their sites, their"}
	if !slices.Equal(begin, want) {
		t.Errorf("quotations begin %q, want %q", begin, want)
	}

	first := strings.Index(doc.Text, "WhatsApp’s message encryption unacceptable")
	last := strings.Index(doc.Text, "📣")
	claims := map[string]string{} // speaker by the beginning of the content
	for i, a := range doc.Attributions {
		for _, s := range slices.Concat(a.Content, a.Source, a.Cue) {
			if s.Start < first || s.End > last {
				t.Errorf("%q is furniture", s.In(doc.Text))
			}
		}
		claims[a.Content[0].In(doc.Text)] = name(doc, doc.Resolution.OfAttribution[i])
	}
	for begins, speaker := range map[string]string{
		"Technology companies must cooperate":            "Amber Rudd",
		"the British case was different":                 "Amber Rudd",
		"she wanted to see an industry-wide board":       "Amber Rudd",
		"British-born Khalid Masood sent an encrypted":   "Local media",
		"It is completely unacceptable, there should be": "Amber Rudd",
	} {
		found := false
		for content, by := range claims {
			if strings.HasPrefix(strings.TrimPrefix(strings.TrimLeft(content, "“"), "that "), begins) {
				found = true
				if by != speaker {
					t.Errorf("%q: speaker %q, want %q", content, by, speaker)
				}
			}
		}
		if !found {
			t.Errorf("no claim begins %q; there are %q", begins, claims)
		}
	}
}

func name(doc *pipeline.Document, speaker int) string {
	if speaker < 0 {
		return ""
	}
	return doc.Speakers[speaker].Name
}

// The embedded models reach these figures on PolNeAR's development articles,
// end to end. They are floors: a change that lowers one needs a reason.
func TestPolNeAR(t *testing.T) {
	if testing.Short() {
		t.Skip("84 articles take a while")
	}
	var gold []goldform.Article
	for a, err := range goldform.ReadArticlesPath(shared.Path(t, "data/polnear/dev.jsonl")) {
		if err != nil {
			t.Fatal(err)
		}
		gold = append(gold, a)
	}
	keys := []string{"quoted.det", "quoted.attr", "rel", "rel_src", "exact", "soft.content"}
	for engine, floors := range map[extractors.Engine][]float64{
		extractors.Fast:     {97.5, 86, 70, 61, 51, 79},
		extractors.Accurate: {97.5, 92, 78.5, 72, 62, 84.5},
	} {
		t.Run(string(engine), func(t *testing.T) {
			set, err := extractors.Load(extractors.WithEngine(engine))
			if err != nil {
				t.Fatal(err)
			}
			pred, err := eval.Predict(t.Context(), set.Stages(), gold, 0, runtime.GOMAXPROCS(0))
			if err != nil {
				t.Fatal(err)
			}
			report, err := eval.Score(gold, pred, eval.Options{Resamples: -1})
			if err != nil {
				t.Fatal(err)
			}
			var want []eval.Floor
			for i, key := range keys {
				want = append(want, eval.Floor{Key: "polnear." + key + ".f1", Value: floors[i]})
			}
			for _, err := range report.Below(want) {
				t.Error(err)
			}
		})
	}
}
