package resolve_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/onrecord-nlp/onrecord/eval"
	"github.com/onrecord-nlp/onrecord/extractors/quote"
	"github.com/onrecord-nlp/onrecord/pipeline"
)

// broken says what is wrong with the layer of speakers, or "".
func broken(d *pipeline.Document) string {
	res := &d.Resolution
	if len(res.OfAttribution) != len(d.Attributions) || len(res.OfQuote) != len(d.Quotes) || len(res.QuoteMention) != len(d.Quotes) ||
		len(res.QuoteManner) != len(d.Quotes) || len(res.QuoteScore) != len(d.Quotes) {
		return "a list of the resolution has not one entry a row"
	}
	for _, who := range slices.Concat(res.OfAttribution, res.OfQuote) {
		if who < -1 || who >= len(d.Speakers) {
			return fmt.Sprintf("%d is no speaker", who)
		}
	}
	for q := range d.Quotes {
		if !d.Quotes[q].Uttered && res.OfQuote[q] >= 0 {
			return "words that nobody uttered have a speaker"
		}
		m := res.QuoteMention[q]
		if m >= len(d.Mentions) || m >= 0 && d.Mentions[m].Speaker != res.OfQuote[q] {
			return "the mention of a quote is not of its speaker"
		}
		if s := res.QuoteScore[q]; s < 0 || s > 1 || res.OfQuote[q] < 0 && s != 0 {
			return fmt.Sprintf("score %v", s)
		}
	}
	for i, m := range d.Mentions {
		words := ""
		if m.Start < 0 || m.End > len(d.Text) || m.Empty() {
			return fmt.Sprintf("mention %v lies outside the text", m.Span)
		} else if words = m.In(d.Text); !utf8.ValidString(d.Text) || !utf8.ValidString(words) {
			return fmt.Sprintf("mention %q cuts a character", words)
		}
		if !slices.Contains(d.Speakers[m.Speaker].Mentions, i) {
			return fmt.Sprintf("mention %q is missing from its speaker's", words)
		}
	}
	for _, s := range d.Speakers {
		if s.Name == "" {
			return "a speaker without a name"
		}
		for _, w := range strings.Fields(s.Name + " " + s.Description) {
			if !strings.Contains(d.Text, strings.TrimSuffix(w, ",")) {
				return fmt.Sprintf("%q does not stand in the text", w)
			}
		}
		if !slices.IsSorted(s.Mentions) {
			return "mentions are out of order"
		}
	}
	return ""
}

// FuzzProcess resolves attributions laid at random over a text.
func FuzzProcess(f *testing.F) {
	file, err := os.ReadFile("testdata/cases.txt")
	if err != nil {
		f.Fatal(err)
	}
	for i, c := range strings.Split("\n"+string(file), "\n== ")[1:] {
		_, text, _ := strings.Cut(c, "\n")
		f.Add(text, uint64(i))
	}
	f.Add("", uint64(0))
	f.Add("“", uint64(1))
	s := stages(f)
	quotes, err := quote.New()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string, seed uint64) {
		text = strings.ToValidUTF8(text, "?")
		d := &pipeline.Document{Text: text}
		r := rand.New(rand.NewPCG(seed, 1))
		at := 0
		for line := range strings.SplitAfterSeq(text, "\n") {
			if s := strings.TrimSpace(line); s != "" {
				start := at + strings.Index(line, s)
				d.Blocks = append(d.Blocks, pipeline.Block{Span: pipeline.Span{Start: start, End: start + len(s)}, Kind: pipeline.BlockKind(r.IntN(6))})
			}
			at += len(line)
		}
		ctx := context.Background()
		for _, s := range []pipeline.Stage{s[0], quotes} {
			if err := s.Process(ctx, d); err != nil {
				t.Fatal(err)
			}
		}
		if n := len(d.Tokens); n > 0 {
			span := func(size int) pipeline.Span {
				first := r.IntN(n)
				return pipeline.Span{Start: d.Tokens[first].Start, End: d.Tokens[min(n-1, first+r.IntN(size))].End}
			}
			for range r.IntN(6) {
				a := pipeline.Attribution{Content: []pipeline.Span{span(12)}, Confidence: 1, Kind: pipeline.Kind(r.IntN(3))}
				if r.IntN(4) > 0 {
					a.Source = []pipeline.Span{span(5)}
				}
				if r.IntN(4) > 0 {
					a.Cue = []pipeline.Span{span(3)}
				}
				for q := range d.Quotes {
					if r.IntN(3) == 0 {
						a.Quotes = append(a.Quotes, q)
					}
				}
				d.Attributions = append(d.Attributions, a)
			}
		}
		if err := s[1].Process(ctx, d); err != nil {
			t.Fatal(err)
		}
		if what := broken(d); what != "" {
			t.Fatal(what)
		}
	})
}

// The labelled articles, many at once: the layer is sound and always the same.
func TestInvariants(t *testing.T) {
	gold := goldDev(t)
	s := stages(t)
	want := predict(t, gold)
	for _, d := range want {
		if what := broken(d); what != "" {
			t.Errorf("%s: %s", d.ID, what)
		}
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := range gold {
				d := eval.Strip(want[i], eval.Upstream(pipeline.LayerSpeakers).With(pipeline.LayerTokens))
				if err := s[1].Process(context.Background(), d); err != nil {
					t.Error(err)
				}
				if !reflect.DeepEqual(d.Mentions, want[i].Mentions) || !reflect.DeepEqual(d.Speakers, want[i].Speakers) || !reflect.DeepEqual(d.Resolution, want[i].Resolution) {
					t.Errorf("%s: two runs differ", d.ID)
				}
			}
		})
	}
	wg.Wait()
}

// A document in which nothing is attributed has the layer all the same.
func TestEmpty(t *testing.T) {
	s := stages(t)
	d := &pipeline.Document{}
	if err := s[1].Process(context.Background(), d); err != nil {
		t.Fatal(err)
	}
	if d.Speakers == nil || d.Mentions == nil {
		t.Error("no layer was made")
	}
}
