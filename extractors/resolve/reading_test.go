package resolve_test

import (
	"context"
	"os"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/onrecord-nlp/onrecord/extractors/attribute"
	"github.com/onrecord-nlp/onrecord/extractors/quote"
	"github.com/onrecord-nlp/onrecord/extractors/resolve"
	"github.com/onrecord-nlp/onrecord/models/accurate"
	"github.com/onrecord-nlp/onrecord/models/coref"
	"github.com/onrecord-nlp/onrecord/pipeline"
)

// reading is what tests with the accurate engine's readings need.
type reading struct {
	tok, att, res, plain pipeline.Stage
	quotes               *quote.Stage
	heads                *accurate.Heads
}

func newReading(t testing.TB) *reading {
	t.Helper()
	m, err := accurate.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	c, err := coref.Embedded(resolve.Classes(), resolve.Features())
	if err != nil {
		t.Fatal(err)
	}
	r := &reading{heads: &m.Heads}
	if r.res, err = resolve.WithReadings(c, r.heads); err != nil {
		t.Fatal(err)
	}
	if r.att, err = attribute.NewAccurate(); err != nil {
		t.Fatal(err)
	}
	if r.quotes, err = quote.New(); err != nil {
		t.Fatal(err)
	}
	s := stages(t)
	r.tok, r.plain = s[0], s[1]
	return r
}

// none is in the place of the stage `resolve`.
type none struct{ pipeline.Stage }

func (none) Process(context.Context, *pipeline.Document) error { return nil }

// marked returns a marked text with the labelled attributions and, by the
// embedded encoder, readings.
func (r *reading) marked(t testing.TB, text string) *marked {
	t.Helper()
	m, err := parseCase(text)
	if err != nil {
		t.Fatal(err)
	}
	m.run(t, r.tok, none{r.plain}, r.quotes)
	read := &pipeline.Document{Text: m.doc.Text, Blocks: m.doc.Blocks, Tokens: m.doc.Tokens, Sentences: m.doc.Sentences, Quotes: append([]pipeline.Quote(nil), m.doc.Quotes...)}
	if err := r.att.Process(context.Background(), read); err != nil {
		t.Fatal(err)
	}
	m.doc.Readings = read.Readings
	return m
}

// resolved is what a stage makes of a copy of the document.
func resolved(t testing.TB, s pipeline.Stage, doc *pipeline.Document) *pipeline.Document {
	t.Helper()
	d := *doc
	if err := s.Process(context.Background(), &d); err != nil {
		t.Error(err)
	}
	return &d
}

func same(a, b *pipeline.Document) bool {
	return reflect.DeepEqual(a.Mentions, b.Mentions) && reflect.DeepEqual(a.Speakers, b.Speakers) && reflect.DeepEqual(a.Resolution, b.Resolution)
}

// expect compares the speakers of a marked text's lines with those wanted.
func (m *marked) expect(t *testing.T) {
	t.Helper()
	for _, l := range m.lines {
		if l.want != "" {
			if got := m.got(l, l.want, false); got != l.want {
				t.Errorf("%s\n  got  %s\n  want %s", l.at.In(m.doc.Text), got, l.want)
			}
		}
	}
}

// Marked texts, as in testdata/cases.txt, that the encoder has read.
func TestReadingCases(t *testing.T) {
	r := newReading(t)
	for name, text := range map[string]string{
		"a pronoun after two women": `
[Hanne Vestergaard], the harbour master, {wrote} <to Olivia Trant last week>. => Hanne Vestergaard | person
Olivia Trant runs the fish market. On Friday [she] {said} <the market could not move>. => Olivia Trant | person
[Vestergaard] {replied} <that it must>. => Hanne Vestergaard`,
		"a pronoun that two men could be": `
Police arrested Tomas Rell, a driver, after his van struck Keith Odum on Sunday.
[Odum] {told} <reporters from his hospital bed that he was lucky>. => Keith Odum
[He] {said} <the nurses had saved his leg>. => Keith Odum`,
		"words that nothing but the text around gives a speaker": `
Bea Lindqvist has baked bread in Torsby for forty years.

“I still get up at three in the morning and light the oven myself.” => Bea Lindqvist

[Lindqvist] {said} <she would go on baking>. => Bea Lindqvist`,
		"nobody is named": `
The bridge was closed on Monday.
[A spokeswoman] {said} <it would be mended>. => spokeswoman`,
	} {
		t.Run(name, func(t *testing.T) {
			m := r.marked(t, text)
			if !m.doc.Readings.Any() {
				t.Fatal("the encoder left no readings")
			}
			m.doc = resolved(t, r.res, m.doc)
			if what := broken(m.doc); what != "" {
				t.Error(what)
			}
			m.expect(t)
		})
	}
}

// A word before a person's name that the encoder takes for none of it is not part
// of the name, the word that it is surest of staying. The readings are made here:
// they say nothing but which tokens are a name.
func TestNamesAreTrimmed(t *testing.T) {
	r := newReading(t)
	const sure = 10
	for _, c := range []struct {
		what, read string // of the first tokens: n no name, p a person's, o another's, - no reading
		want       string
	}{
		{"the trade is none of the name", "npp", "Marla Quist"},
		{"all of it is", "ppp", "Glassblower Marla Quist"},
		{"nothing of it is", "nnn", "Glassblower Marla Quist"},
		{"it is no person's", "noo", "Glassblower Marla Quist"},
		{"only the surname", "nnp", "Quist"},
		{"the end alone is none", "ppn", "Glassblower Marla Quist"},
		{"the trade was not read", "-pp", "Glassblower Marla Quist"},
		{"the next word was not read", "n-p", "Glassblower Marla Quist"},
		{"nothing was read", "---", "Glassblower Marla Quist"},
	} {
		m := r.marked(t, "[Glassblower Marla Quist] {said} <the kiln was cold>.")
		rd := &m.doc.Readings
		*rd = pipeline.Readings{Width: r.heads.ReadingWidth(), Row: make([]int32, len(m.doc.Tokens))}
		for i := range m.doc.Tokens {
			row := make([]float32, rd.Width)
			if i < len(c.read) {
				if k := strings.IndexByte("npo", c.read[i]); k >= 0 {
					row[k] = sure
				} else {
					rd.Row[i] = -1
					continue
				}
			} else {
				row[accurate.NoName] = sure
			}
			rd.Row[i] = int32(len(rd.Rows) / rd.Width)
			rd.Rows = append(rd.Rows, row...)
		}
		d := resolved(t, r.res, m.doc)
		if got := d.Speakers[d.Resolution.OfAttribution[0]].Name; got != c.want {
			t.Errorf("%s: %q, want %q", c.what, got, c.want)
		}
	}
}

// Documents without readings, or with those of another model, are resolved as by
// the stage that knows of none, whatever was resolved before in the same memory;
// those with readings as alone. Many at once, and all of them sound.
func TestReadingsOrNone(t *testing.T) {
	file, err := os.ReadFile("testdata/cases.txt")
	if err != nil {
		t.Fatal(err)
	}
	r := newReading(t)
	fresh := func() pipeline.Stage {
		c, err := coref.Embedded(resolve.Classes(), resolve.Features())
		if err != nil {
			t.Fatal(err)
		}
		s, err := resolve.WithReadings(c, r.heads)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	var docs, want []*pipeline.Document
	differ := 0
	for i, c := range strings.Split("\n"+string(file), "\n== ")[1:] {
		if i%4 != 0 {
			continue
		}
		_, text, _ := strings.Cut(c, "\n")
		m := r.marked(t, text)
		bare, other := *m.doc, *m.doc
		bare.Readings = pipeline.Readings{}
		other.Readings.Width--
		plain := resolved(t, r.plain, m.doc)
		with := resolved(t, fresh(), m.doc)
		if what := broken(with); what != "" {
			t.Errorf("%s: %s", m.doc.Text, what)
		}
		if !same(with, plain) {
			differ++
		}
		docs = append(docs, m.doc, &bare, &other)
		want = append(want, with, plain, plain)
	}
	if differ == 0 {
		t.Error("readings change nothing in any text")
	}
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range docs {
				k := (i*(2*g+1) + g) % len(docs)
				if !same(resolved(t, r.res, docs[k]), want[k]) {
					t.Errorf("document %d differs from what it is alone:\n%s", k, docs[k].Text)
				}
			}
		})
	}
	wg.Wait()
}
