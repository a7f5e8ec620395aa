package eval

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/goldform"
)

// spoilt is the council article with labels that spoil has changed.
func spoilt(t *testing.T, id string, spoil func(l *labels)) labels {
	l := councilLabels(t)
	l.ID = id
	if spoil != nil {
		spoil(&l)
	}
	return l
}

// without takes a quote out of labels.
func (l *labels) without(quote int) {
	l.Quotes = slices.Delete(l.Quotes, quote, quote+1)
	r := &l.Resolution
	r.OfQuote, r.QuoteMention = slices.Delete(r.OfQuote, quote, quote+1), slices.Delete(r.QuoteMention, quote, quote+1)
	r.QuoteManner, r.QuoteScore = slices.Delete(r.QuoteManner, quote, quote+1), slices.Delete(r.QuoteScore, quote, quote+1)
	l.Stances.OfQuote = slices.Delete(l.Stances.OfQuote, quote, quote+1)
	for i := range l.Attributions {
		var kept []int
		for _, q := range l.Attributions[i].Quotes {
			switch {
			case q < quote:
				kept = append(kept, q)
			case q > quote:
				kept = append(kept, q-1)
			}
		}
		l.Attributions[i].Quotes = kept
	}
}

func scored(t *testing.T, gold []goldform.Article, opt Options, pred ...labels) *Report {
	t.Helper()
	r, err := Score(gold, predictions(pred...), opt)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func predictions(ls ...labels) (out []*pipeline.Document) {
	for _, l := range ls {
		out = append(out, l.Document)
	}
	return out
}

// Two articles of two quotes (direct, mixed) and three claims (direct support,
// mixed oppose, indirect neutral) each, and what was taken for what.
func TestConfusion(t *testing.T) {
	gold := articles(spoilt(t, "a", nil), spoilt(t, "b", nil))
	r := scored(t, gold, Options{Resamples: -1},
		spoilt(t, "a", func(l *labels) {
			l.Stances.OfAttribution[1].Position = pipeline.Support // is oppose
			l.Stances.CueClasses[1] = pipeline.CueNeutral          // is denial
		}),
		spoilt(t, "b", func(l *labels) {
			l.without(0)
			l.quote(pipeline.Mixed, "Council", -1, -1, pipeline.Neutral) // nobody's words
			l.Attributions[1].Kind = pipeline.Direct                     // is mixed
		}))
	want := []Confusion{
		{Name: "quotes.kind", Classes: []string{"direct", "mixed"}, Counts: [][]int{{1, 0}, {0, 2}}, Missed: []int{1, 0}, Spurious: []int{0, 1},
			Error: "wrong kind of quote", MissedError: "missed quote", SpuriousError: "spurious quote"},
		{Name: "claims.kind", Classes: []string{"direct", "mixed", "indirect"}, Counts: [][]int{{2, 0, 0}, {1, 1, 0}, {0, 0, 2}}, Missed: []int{0, 0, 0}, Spurious: []int{0, 0, 0},
			Error: "wrong kind of claim", MissedError: "missed claim", SpuriousError: "spurious claim"},
		{Name: "stance.quotes", Classes: []string{"support", "oppose"}, Counts: [][]int{{1, 0}, {0, 2}}, Error: "wrong stance of quote"},
		{Name: "stance.claims", Classes: []string{"neutral", "support", "oppose"}, Counts: [][]int{{2, 0, 0}, {0, 2, 0}, {0, 1, 1}}, Error: "wrong stance of claim"},
		{Name: "cue_class", Classes: []string{"neutral", "denial"}, Counts: [][]int{{4, 0}, {1, 1}}, Error: "wrong class of cue"},
	}
	if !reflect.DeepEqual(r.Confusions, want) {
		t.Errorf("got\n%+v\nwant\n%+v", r.Confusions, want)
	}
	claims := r.Confusions[1]
	if claims.Found() != 6 || claims.Gold(1) != 2 || claims.Predicted(0) != 3 {
		t.Errorf("of claims.kind: found %d, gold mixed %d, predicted direct %d", claims.Found(), claims.Gold(1), claims.Predicted(0))
	}
}

// Eight claims, five of them right, in three bins.
func TestReliability(t *testing.T) {
	var gold []goldform.Article
	var pred []labels
	for i, c := range []struct {
		confidence float32
		right      bool
	}{
		{0.05, false},
		{0.7, true}, {0.74, true}, {0.76, false}, {0.72, true}, // mean 73, 75 right
		{0.9, true}, {1, true}, {0.95, false}, // mean 95, 66.67 right
	} {
		l := label(t, fmt.Sprint(i), "Rain fell, Ann Lee said. Bob Ray left.")
		l.claim(pipeline.Indirect, "Rain fell", "Ann Lee", "said", -1, pipeline.Neutral, pipeline.CueNeutral)
		gold = append(gold, goldform.Article{Doc: Strip(l.Document, ^pipeline.Layers(0))})
		l.Attributions[0].Confidence = c.confidence
		if !c.right {
			l.Attributions[0].Source = l.find("Bob Ray")
		}
		pred = append(pred, l)
	}
	got := scored(t, gold, Options{Resamples: -1, Layers: pipeline.LayerSet(pipeline.LayerAttributions)}, pred...).Reliability
	if len(got) != 1 {
		t.Fatalf("%d tables: %+v", len(got), got)
	}
	r := got[0]
	// (1·|5−0| + 4·|73−75| + 3·|95−66.67|) / 8
	if r.Name != "claims" || !r.Given || r.Rows != 8 || r.Right != 5 || !near(r.Mean, 72.75) || !near(r.Error, (5+8+85)/8.) || r.Chance != 0 {
		t.Errorf("%+v", r)
	}
	want := []Bin{
		{From: 0, To: 10, Rows: 1, Right: 0, Mean: 5, Share: 0, Low: 0, High: 79.35},
		{From: 70, To: 80, Rows: 4, Right: 3, Mean: 73, Share: 75, Low: 30.06, High: 95.44},
		{From: 90, To: 100, Rows: 3, Right: 2, Mean: 95, Share: 66.67, Low: 20.77, High: 93.85},
	}
	if len(r.Bins) != len(want) {
		t.Fatalf("bins %+v", r.Bins)
	}
	for i, b := range r.Bins {
		w := want[i]
		if b.From != w.From || b.To != w.To || b.Rows != w.Rows || b.Right != w.Right || !near(b.Mean, w.Mean) || !near(b.Share, w.Share) || !near(b.Low, w.Low) || !near(b.High, w.High) {
			t.Errorf("bin %d: %+v, want %+v", i, b, w)
		}
	}
}

func near(a, b float64) bool { return math.Abs(a-b) < 0.006 }

// What can be judged: every claim, but speakers and stances of found ones
// only; predictions without confidences say so.
func TestReliabilityOfWhat(t *testing.T) {
	gold := articles(councilLabels(t))
	of := func(spoil func(*labels)) map[string]Reliability {
		out := map[string]Reliability{}
		for _, r := range scored(t, gold, Options{Resamples: 100}, spoilt(t, "council", spoil)).Reliability {
			out[r.Name] = r
		}
		return out
	}
	for _, r := range of(func(l *labels) {
		for i := range l.Attributions {
			l.Attributions[i].Confidence = 1
			l.Stances.OfAttribution[i].Confidence = 1
		}
		for i := range l.Quotes {
			l.Stances.OfQuote[i].Confidence = 1
		}
	}) {
		if r.Given || r.Right != r.Rows || r.Error != 0 || r.Chance != 0 {
			t.Errorf("without confidences: %+v", r)
		}
	}
	got := of(func(l *labels) {
		l.quote(pipeline.Mixed, "Council", -1, -1, pipeline.Neutral)
		l.claim(pipeline.Indirect, "Council to act", "", "", -1, pipeline.Neutral, pipeline.CueNone)
		l.Resolution.OfQuote[1] = 0
		l.Resolution.QuoteScore = []float32{0.5, 0.5, 0.5}
	})
	for name, want := range map[string][2]int{"claims": {3, 4}, "quotes.speaker": {1, 2}, "stance.quotes": {2, 2}, "stance.claims": {3, 3}} {
		if r := got[name]; r.Right != want[0] || r.Rows != want[1] {
			t.Errorf("%s: %d of %d right, want %v", name, r.Right, r.Rows, want)
		}
	}
	// One right of two at one half is as good as it gets; chance gives none or
	// both half of the time.
	if r := got["quotes.speaker"]; r.Error != 0 || !near(r.Chance, 50) {
		t.Errorf("%+v", r)
	}
}

// The same questions are asked of both predictions; each line is a case as
// "outcome: kind: words: gold, before, got".
func TestChanges(t *testing.T) {
	gold := articles(councilLabels(t))
	a := spoilt(t, "council", func(l *labels) {
		l.without(0)
		l.quote(pipeline.Mixed, "Council", -1, -1, pipeline.Neutral)
		l.Stances.OfAttribution[1].Position = pipeline.Support
		l.Resolution.OfAttribution[2] = 0
		l.Stances.CueClasses[1] = pipeline.CueNeutral
		l.claim(pipeline.Indirect, "Council to act", "", "", -1, pipeline.Neutral, pipeline.CueNone)
	})
	b := spoilt(t, "council", func(l *labels) {
		l.Resolution.OfQuote[0] = 1                                   // the quote that A missed
		l.Resolution.OfAttribution[2] = -1                            // wrong in another way
		l.Attributions[0].Cue = l.find("denied")                      // right in A
		l.Stances.CueClasses[1] = pipeline.CueNeutral                 // wrong in the same way
		l.claim(pipeline.Indirect, "Council to", "", "", -1, 0, 0)    // much the same as A's
		l.claim(pipeline.Indirect, "Subscribe now", "", "", -1, 0, 0) // new
	})
	changes, counts, err := Changes(gold, predictions(a), predictions(b), Options{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range changes {
		got = append(got, fmt.Sprintf("%v: %s: %s: %s, %s, %s", c.Outcome, c.Kind, c.Span.In(council), c.Gold, c.Before, c.Got))
	}
	want := []string{
		"fixed: missed quote: We back the plan,: direct, , ",
		"still wrong: spurious claim: Council to: , indirect, source (none), cue (none), indirect, source (none), cue (none)",
		"broken: spurious claim: Subscribe now: , , indirect, source (none), cue (none)",
		"fixed: spurious quote: Council: , , mixed",
		"still wrong: wrong class of cue: denied: denial, neutral, neutral",
		"broken: wrong cue of claim: We back the plan: \"said\", , \"denied\"",
		"still wrong: wrong speaker of claim: rain fell: Bob Ray, Ann Lee, (none)",
		"still wrong: wrong speaker of quote: We back the plan,: Ann Lee, , Bob Ray",
		"fixed: wrong stance of claim: it was “dead”: oppose, , support",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if want := (ChangeCount{"spurious claim", 0, 1, 1}); len(counts) != 8 || counts[1] != want {
		t.Errorf("counts %+v", counts)
	}
	if c := changes[8]; c.Char != strings.Count(council[:c.Span.Start], "")-1 || !strings.Contains(c.Context, "⟦it was “dead”⟧") {
		t.Errorf("%+v", c)
	}
	for name, pred := range map[string][2]labels{"A": {a, a}, "B": {b, b}} {
		changes, _, err := Changes(gold, predictions(pred[0]), predictions(pred[1]), Options{})
		if err != nil || slices.ContainsFunc(changes, func(c Change) bool { return c.Outcome != Still }) {
			t.Errorf("%s against itself: %v %+v", name, err, changes)
		}
	}
}

// Tables, lists of cases and changes tell of the same errors. The second
// labelling of the gold articles stands for predictions.
func TestTablesAndCasesAgree(t *testing.T) {
	const dir = "../testdata/gold/"
	if !exists(dir + "second") {
		t.Skip("no second labelling")
	}
	var second, first []*pipeline.Document
	again := map[string]bool{}
	for _, a := range readGold(t, dir+"second") {
		second = append(second, a.Doc)
		again[a.Doc.ID] = true
	}
	gold := slices.DeleteFunc(slices.Concat(readGold(t, dir+"dev"), readGold(t, dir+"test")), func(a goldform.Article) bool { return !again[a.Doc.ID] })
	for _, g := range gold {
		first = append(first, g.Doc)
	}
	r, err := Score(gold, second, Options{Resamples: -1})
	if err != nil {
		t.Fatal(err)
	}
	cases, total, err := Cases(gold, second, Options{}, math.MaxInt)
	if err != nil {
		t.Fatal(err)
	}
	type cell struct{ kind, gold, got string }
	cells, kinds := map[cell]int{}, map[string]int{}
	for i := range cases {
		c := &cases[i]
		cells[cell{c.Kind, c.GoldClass, c.GotClass}]++
		kinds[c.Kind]++
	}
	for _, k := range total {
		if kinds[k.Kind] != k.N {
			t.Errorf("%s: %d cases of %d", k.Kind, kinds[k.Kind], k.N)
		}
	}
	if len(r.Confusions) != 5 {
		t.Errorf("%d tables", len(r.Confusions))
	}
	for _, c := range r.Confusions {
		for g, gold := range c.Classes {
			for p, got := range c.Classes {
				if n := cells[cell{c.Error, gold, got}]; g != p && n != c.Counts[g][p] {
					t.Errorf("%s: %s for %s: %d in the table, %d cases", c.Name, got, gold, c.Counts[g][p], n)
				}
			}
			if c.Missed != nil && (c.Missed[g] != cells[cell{c.MissedError, gold, ""}] || c.Spurious[g] != cells[cell{c.SpuriousError, "", gold}]) {
				t.Errorf("%s: %d missed and %d spurious %s are not as many cases", c.Name, c.Missed[g], c.Spurious[g], gold)
			}
		}
	}
	// Everything that is wrong in the second labelling was right in the first,
	// and the other way round.
	for outcome, sides := range map[Outcome][2][]*pipeline.Document{Broken: {first, second}, Fixed: {second, first}, Still: {second, second}} {
		changes, counts, err := Changes(gold, sides[0], sides[1], Options{})
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for i, c := range counts {
			got := map[Outcome]int{Fixed: c.Fixed, Broken: c.Broken, Still: c.Still}
			n += got[outcome]
			if c.Fixed+c.Broken+c.Still != got[outcome] || i > 0 && counts[i-1].Kind >= c.Kind {
				t.Errorf("%v: %+v", outcome, c)
			}
			if outcome != Fixed && got[outcome] != kinds[c.Kind] {
				t.Errorf("%v: %s: %d of %d cases", outcome, c.Kind, got[outcome], kinds[c.Kind])
			}
		}
		if n != len(changes) || n < 40 {
			t.Errorf("%v: %d counted, %d changes", outcome, n, len(changes))
		}
	}
}

// Figures by outlet are those of the articles of that outlet.
func TestByOutlet(t *testing.T) {
	gold := articles(spoilt(t, "a", nil), spoilt(t, "b", nil), spoilt(t, "c", nil))
	gold[0].Doc.URL, gold[1].Doc.URL = "https://www.a.example/1", "https://a.example/2"
	r := scored(t, gold, Options{Resamples: -1}, spoilt(t, "a", func(l *labels) { l.without(0) }), spoilt(t, "b", nil), spoilt(t, "c", nil))
	m := r.Metrics()
	if m["quotes.outlet:a.example.r"] != 75 || m["quotes.outlet:none.r"] != 100 {
		t.Errorf("%v", m)
	}
	if len(r.Groups) != 2 || r.Groups[0].Documents != 2 || !r.Groups[0].Few() || !r.Rows[0].Few() {
		t.Errorf("%+v", r.Groups)
	}
}

// Holm's correction: the least of three is multiplied by three, the next by
// two, and none falls below one before it.
func TestAdjust(t *testing.T) {
	ds := []Difference{{P: 0.03}, {P: 0.01}, {P: 0.02}, {P: 1}}
	adjust(ds)
	for i, want := range []float64{0.06, 0.04, 0.06, 1} {
		if math.Abs(ds[i].Adjusted-want) > 1e-12 {
			t.Errorf("%v is adjusted to %v, want %v", ds[i].P, ds[i].Adjusted, want)
		}
	}
	if p := probability(1.959964, []float64{0, 2}); !near(p, 0.05) { // standard error 1
		t.Errorf("p %v", p)
	}
}

// Of forty articles one set gets a claim's source wrong in half, and in one:
// the first is no chance, the second may be.
func TestSignificance(t *testing.T) {
	var gold []goldform.Article
	var right []labels
	for i := range 40 {
		l := spoilt(t, fmt.Sprint(i), nil)
		gold, right = append(gold, goldform.Article{Doc: l.Document}), append(right, l)
	}
	for wrong, want := range map[int][2]bool{20: {true, true}, 1: {false, false}, 0: {false, false}} {
		var a []labels
		for i := range gold {
			a = append(a, spoilt(t, fmt.Sprint(i), func(l *labels) {
				if i < wrong {
					l.Attributions[0].Source = l.find("Bob Ray")
				}
			}))
		}
		ds, err := Compare(gold, predictions(a...), predictions(right...), Options{})
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(ds, func(d Difference) bool { return d.Key() == "claims.source" })
		if d := &ds[i]; d.Significant() != want[0] || d.Certain() != want[1] {
			t.Errorf("%d wrong: %+v", wrong, d)
		}
		for _, d := range ds {
			if d.Diff == 0 && (d.P != 1 || d.Significant()) {
				t.Errorf("no difference: %+v", d)
			}
		}
	}
}

func TestReportJSON(t *testing.T) {
	r := scored(t, articles(councilLabels(t)), Options{Resamples: -1}, councilLabels(t))
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"words":28`,
		`{"name":"quotes.kind","classes":["direct","mixed"],"counts":[[1,0],[0,1]],"missed":[0,0],"spurious":[0,0]}`,
		`"error.chance":0,"bins":[{"from":0,"to":10,"n":3,"right":3,"confidence":0,"share":100,"share.low":43.85,"share.high":100}]`,
	} {
		if !strings.Contains(string(b), want) {
			t.Errorf("%s is not in %s", want, b)
		}
	}
}

// Every measure is defined.
func TestDefinition(t *testing.T) {
	for _, s := range newLayout().specs {
		if Definition(s.name) == "" {
			t.Errorf("%s has no definition", s.name)
		}
	}
	if d := Definition("nothing"); d != "" {
		t.Error(d)
	}
}

// neighbours leaves out no set that has a word in common, and gives them in
// order.
func TestNeighbours(t *testing.T) {
	text := newText(strings.Repeat("a bc, ", 40))
	rapid.Check(t, func(t *rapid.T) {
		span := rapid.Custom(func(t *rapid.T) pipeline.Span {
			at := rapid.IntRange(0, len(text.s)).Draw(t, "start")
			return pipeline.Span{Start: at, End: min(len(text.s), at+rapid.IntRange(0, 30).Draw(t, "length"))}
		})
		some := rapid.Custom(func(t *rapid.T) set { return text.set(rapid.SliceOfN(span, 0, 3).Draw(t, "spans")...) })
		sets, one := rapid.SliceOf(some).Draw(t, "sets"), some.Draw(t, "one")
		found := slices.Clone(newNeighbours(len(sets), func(i int) set { return sets[i] }).of(one))
		if !slices.IsSorted(found) {
			t.Fatalf("%v is out of order", found)
		}
		for i, s := range sets {
			if text.common(one, s) > 0 && !slices.Contains(found, i) {
				t.Fatalf("%v is not found for %v", s.spans, one.spans)
			}
		}
	})
}
