package stance_test

import (
	"context"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/onrecord-nlp/onrecord/extractors/stance"
	"github.com/onrecord-nlp/onrecord/pipeline"
)

// toward runs the stage, asked for targets, on a copy of the layers below it.
func toward(t testing.TB, doc *pipeline.Document, targets ...stance.Target) *pipeline.Document {
	t.Helper()
	st, err := stance.New()
	if err != nil {
		t.Fatal(err)
	}
	if st, err = st.Toward(targets); err != nil {
		t.Fatal(err)
	}
	c := *doc
	c.Stances = pipeline.Stances{}
	if err := st.Process(context.Background(), &c); err != nil {
		t.Fatal(err)
	}
	check(t, &c)
	checkToward(t, &c, targets)
	return &c
}

// checkToward holds the properties that every stance toward a target has.
func checkToward(t testing.TB, doc *pipeline.Document, targets []stance.Target) {
	t.Helper()
	one := func(s pipeline.Stance, content []pipeline.Span) {
		next := 0
		for _, to := range s.Toward {
			for next < len(targets) && targets[next].Name != to.Target {
				next++
			}
			if next == len(targets) {
				t.Errorf("%q was not asked for, stands twice or out of order", to.Target)
				return
			}
			next++
			if to.Confidence < 0 || to.Confidence > 1 {
				t.Errorf("%s: confidence %v", to.Target, to.Confidence)
			}
			if to.Span.Empty() {
				continue
			}
			inside(t, doc, to.Target, to.Span)
			ok := false
			for _, c := range content {
				ok = ok || c.Overlaps(to.Span)
			}
			if !ok {
				t.Errorf("%s: %q is not in the statement", to.Target, to.Span.In(doc.Text))
			}
		}
	}
	for i, s := range doc.Stances.OfAttribution {
		one(s, doc.Attributions[i].Content)
	}
	for i, s := range doc.Stances.OfQuote {
		one(s, []pipeline.Span{doc.Quotes[i].Span})
	}
}

// What is a target named by, and what is it not? The last words are those found,
// "-" for none.
func TestNamings(t *testing.T) {
	for _, c := range []struct{ phrases, statement, want string }{
		{"encryption", "encryption is safe", "encryption"},
		{"Encryption", "strong ENCRYPTION is safe", "ENCRYPTION"},
		{"encryption", "encryptions are safe", "encryptions"},
		{"policy", "the policies are safe", "policies"},
		{"tax", "the taxes are high", "taxes"},
		{"tax", "the taxation is high", "-"},
		{"tax", "a surtax is high", "-"},
		{"tax cuts", "the tax cuts are late", "tax cuts"},
		{"end-to-end encryption", "end to end encryption is safe", "end to end encryption"},
		{"end to end encryption", "end-to-end encryption is safe", "end-to-end encryption"},
		{"end-to-end encryption", "this end is better than encryption", "-"},
		{"Apple", "Apple’s phone is late", "Apple"},
		{"McDonald's", "McDonald’s is late", "McDonald’s"},
		{"tax cuts", "no to the tax cuts.", "tax cuts"},
		{"workers", "the workers’ bread is late", "workers"},
		{"workers’ rights", "the workers' rights are safe", "workers' rights"},
		{"the US", "THE US is late", "THE US"},
		{"US", "the US is late", "US"},
		{"US", "the U.S. is late", "U.S."},
		{"US", "they told us to wait", "-"},
		{"MP", "the MPs are late", "MPs"},
		{"tax,tax cuts", "the tax cuts are late", "tax cuts"}, // the longest
		{"cuts,tax", "the cuts in tax are late", "cuts"},      // the first
		{"AT&T", "the lines of AT&T are late", "AT&T"},
		{"élite", "the Élite is late", "Élite"},
		{"across", "a cross stands there", "-"},
		{"bridge", "nothing is late", "-"},
	} {
		in, err := reader(t).Marked("test", []string{"[She] {said} <" + c.statement + "> => neutral"})
		if err != nil {
			t.Fatal(err)
		}
		doc := toward(t, in, stance.Target{Name: "it", Phrases: strings.Split(c.phrases, ",")})
		got := "-"
		if to := doc.Stances.OfAttribution[0].Toward; len(to) > 0 {
			got = to[0].Span.In(doc.Text)
		}
		if got != c.want {
			t.Errorf("%q in %q: found %q, want %q", c.phrases, c.statement, got, c.want)
		}
	}
}

// What is the stance toward bread, and toward the bridge?
func TestToward(t *testing.T) {
	asked := []stance.Target{{Name: "bread", Phrases: []string{"bread", "bakers"}}, {Name: "the bridge", Phrases: []string{"bridge"}}}
	for _, c := range []struct{ statement, bread, bridge string }{
		{"[The mayor] {condemned} <the bridge>", "", "oppose"},
		{"[The mayor] {praised} <the bakers>", "support", ""},
		{"“<I am totally opposed to the bridge>,” [he] {said}", "", "oppose"},
		{"“<It opened in May>,” [she] {said}", "", ""},
		{"[She] {said} <the bridge opened in May>", "", "neutral"},
		{"[She] {said} <the bakers were late for the bridge>", "neutral", "neutral"},
	} {
		in, err := reader(t).Marked("test", []string{c.statement + " => neutral"})
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		for _, to := range toward(t, in, asked...).Stances.OfAttribution[0].Toward {
			got[to.Target] = to.Position.String()
		}
		if got["bread"] != c.bread || got["the bridge"] != c.bridge {
			t.Errorf("%s: %v, want bread %q, the bridge %q", c.statement, got, c.bread, c.bridge)
		}
	}
}

// A statement about "her" is on the one who is named before it.
func TestTowardNamedAround(t *testing.T) {
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
	doc := toward(t, in, stance.Target{Name: "Menon", Phrases: []string{"Asha Menon"}})
	if to := doc.Stances.OfAttribution[1].Toward; len(to) != 1 || to[0].Position != pipeline.Oppose || !to[0].Span.Empty() {
		t.Errorf("%+v, want oppose without words of its own", to)
	}
}

// What is asked for changes nothing else.
func TestTowardAlone(t *testing.T) {
	for _, in := range gold(t) {
		plain, asked := process(t, in), toward(t, in, stance.Target{Name: "x", Phrases: []string{"the", "plan", "he", "price"}})
		for i := range asked.Stances.OfAttribution {
			asked.Stances.OfAttribution[i].Toward = nil
		}
		for i := range asked.Stances.OfQuote {
			asked.Stances.OfQuote[i].Toward = nil
		}
		if a, b := plain.Stances, asked.Stances; !equal(a.OfAttribution, b.OfAttribution) || !equal(a.OfQuote, b.OfQuote) {
			t.Errorf("%s: another stance", in.ID)
		}
	}
}

func equal(a, b []pipeline.Stance) bool {
	for i := range a {
		if a[i].Position != b[i].Position || a[i].TargetSpan != b[i].TargetSpan || a[i].Confidence != b[i].Confidence {
			return false
		}
	}
	return len(a) == len(b)
}

// Whatever is asked for, the properties hold.
func TestTowardAnything(t *testing.T) {
	r := reader(t)
	rapid.Check(t, func(rt *rapid.T) {
		words := rapid.SampledFrom([]string{"bread", "the", "U.S.", "end-to-end", "’s", "don’t", "é", "tax", "cuts", ",", "–", "us", "US"})
		phrase := func(name string, least int) string {
			return strings.Join(rapid.SliceOfN(words, least, 8).Draw(rt, name), rapid.SampledFrom([]string{" ", "", "-"}).Draw(rt, "glue"))
		}
		in, err := r.Marked("test", []string{"[She] {condemned} <the " + phrase("statement", 1) + "> => oppose", "[He] {said} <so " + phrase("other", 1) + "> => neutral"})
		if err != nil {
			rt.Skip(err)
		}
		targets := []stance.Target{{Name: "a", Phrases: []string{phrase("a", 1)}}, {Name: "b", Phrases: []string{phrase("b", 1), phrase("b2", 1)}}}
		if stance.Check(targets) != nil {
			rt.Skip("no phrase")
		}
		toward(t, in, targets...)
	})
}

func TestTargetsRefused(t *testing.T) {
	ok := []string{"bread"}
	for want, targets := range map[string][]stance.Target{
		"target 2 has no name":              {{Name: "a", Phrases: ok}, {Name: " ", Phrases: ok}},
		`there are two targets "a"`:         {{Name: "a", Phrases: ok}, {Name: "a ", Phrases: ok}},
		`the target "a" has no phrases`:     {{Name: "a"}},
		`the target "a" has the phrase "-"`: {{Name: "a", Phrases: []string{"bread", "-"}}},
	} {
		if err := stance.Check(targets); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v, want %s…", err, want)
		}
	}
}

func BenchmarkToward(b *testing.B) {
	st, err := stance.New()
	if err != nil {
		b.Fatal(err)
	}
	if st, err = st.Toward([]stance.Target{{Name: "x", Phrases: []string{"encryption", "tax cuts", "ferry"}}, {Name: "y", Phrases: []string{"the council", "police"}}}); err != nil {
		b.Fatal(err)
	}
	docs := gold(b)
	b.ReportAllocs()
	for b.Loop() {
		for _, d := range docs {
			if err := st.Process(context.Background(), d); err != nil {
				b.Fatal(err)
			}
		}
	}
}
