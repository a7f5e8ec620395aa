package stance_test

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/onrecord-nlp/onrecord/extractors/attribute"
	"github.com/onrecord-nlp/onrecord/extractors/stance"
	"github.com/onrecord-nlp/onrecord/models/accurate"
	model "github.com/onrecord-nlp/onrecord/models/stance"
	"github.com/onrecord-nlp/onrecord/pipeline"
)

// withReadings returns a new stage that reads what the accurate engine's encoder
// says, and the heads that it reads with.
func withReadings(t testing.TB, asked ...stance.Target) (*stance.Stage, *accurate.Heads) {
	t.Helper()
	deep, err := accurate.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	m, err := model.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	st, err := stance.WithReadings(m, &deep.Heads).Toward(asked)
	if err != nil {
		t.Fatal(err)
	}
	return st, &deep.Heads
}

// read adds the encoder's readings to documents.
func read(t testing.TB, docs ...*pipeline.Document) {
	t.Helper()
	att, err := attribute.NewAccurate()
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range docs {
		c := *d
		c.Quotes = append([]pipeline.Quote(nil), d.Quotes...)
		if err := att.Process(context.Background(), &c); err != nil {
			t.Fatal(err)
		}
		if !c.Readings.Any() {
			t.Fatalf("%q: the encoder left no readings", d.Text)
		}
		d.Readings = c.Readings
	}
}

// stances returns what a stage finds, on a copy of the layers below it.
func stances(t testing.TB, st *stance.Stage, doc *pipeline.Document) pipeline.Stances {
	t.Helper()
	c := *doc
	c.Stances = pipeline.Stances{}
	if err := st.Process(context.Background(), &c); err != nil {
		t.Error(err)
	}
	return c.Stances
}

// plain are statements whose side nobody would dispute.
var plain = []string{
	"[The mayor of Ashby] {condemned} <the new harbour tax> => oppose",
	"“<This plan is a disaster for our town>,” [Edda Moor] {said} => oppose",
	"[Ivo Lund] {praised} <the nurses of the children’s ward> => support",
	"“<We fully support the new library and thank everyone who built it>,” [the council] {said} => support",
	"[The police] {said} <the road was opened on Monday> => neutral",
	"“<The train left at nine>,” [the guard] {said} => neutral",
}

// Statements that the encoder has read.
func TestReadingPositions(t *testing.T) {
	r := reader(t)
	st, _ := withReadings(t)
	for _, line := range plain {
		doc, err := r.Marked("test", []string{line})
		if err != nil {
			t.Fatal(err)
		}
		read(t, doc)
		c := *doc
		c.Stances = stances(t, st, doc)
		check(t, &c)
		_, want, _ := strings.Cut(line, "=> ")
		if got := c.Stances.OfAttribution[0].Position.String(); got != want {
			t.Errorf("%s: %s", line, got)
		}
	}
}

// Documents without readings, or with those of another model, get the stances
// that the stage gives which knows of none, to the last digit and whatever was
// read before in the same memory; those with readings the same as alone. So do
// stances toward what is asked for.
func TestReadingsOrNone(t *testing.T) {
	r := reader(t)
	asked := []stance.Target{{Name: "Tax", Phrases: []string{"harbour tax"}}, {Name: "Library", Phrases: []string{"library"}}}
	st, _ := withReadings(t, asked...)
	m, err := model.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	without, err := stance.With(m).Toward(asked)
	if err != nil {
		t.Fatal(err)
	}
	var docs []*pipeline.Document
	var want []pipeline.Stances
	differ := 0
	for i := range plain {
		doc, err := r.Marked("test", plain[:i+1])
		if err != nil {
			t.Fatal(err)
		}
		read(t, doc)
		bare, other := *doc, *doc
		bare.Readings = pipeline.Readings{}
		other.Readings.Width--
		fresh, _ := withReadings(t, asked...)
		with, none := stances(t, fresh, doc), stances(t, without, doc)
		if !reflect.DeepEqual(with, none) {
			differ++
		}
		docs = append(docs, doc, &bare, &other)
		want = append(want, with, none, none)
	}
	if differ < len(plain) {
		t.Errorf("readings change the stances of %d of %d documents", differ, len(plain))
	}
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range docs {
				k := (i*(2*g+1) + g) % len(docs)
				if got := stances(t, st, docs[k]); !reflect.DeepEqual(got, want[k]) {
					t.Errorf("document %d has other stances than alone", k)
				}
			}
		})
	}
	wg.Wait()
}

// A content of which no token was read, a source that was not, and none at all:
// what is missing is left out, and nothing comes of it that is no number.
func TestReadingsOfSome(t *testing.T) {
	r := reader(t)
	st, heads := withReadings(t)
	doc, err := r.Marked("test", plain)
	if err != nil {
		t.Fatal(err)
	}
	read(t, doc)
	all := doc.Readings
	for name, keep := range map[string]func(token int) bool{
		"every other token": func(i int) bool { return i%2 == 0 },
		"the first token":   func(i int) bool { return i == 0 },
		"the second half":   func(i int) bool { return i > len(doc.Tokens)/2 },
		"no token":          func(int) bool { return false },
	} {
		some := pipeline.Readings{Width: heads.ReadingWidth(), Rows: all.Rows, Row: append([]int32(nil), all.Row...)}
		for i := range some.Row {
			if !keep(i) {
				some.Row[i] = -1
			}
		}
		c := *doc
		c.Readings = some
		c.Stances = stances(t, st, &c)
		check(t, &c)
		for i, s := range c.Stances.OfAttribution {
			if !(s.Confidence > 0 && s.Confidence <= 1) {
				t.Errorf("%s: attribution %d has the confidence %v", name, i, s.Confidence)
			}
		}
	}
}

// What the encoder says of a statement is not kept for the next: the order of the
// statements does not matter.
func TestReadingsOfStatements(t *testing.T) {
	st, _ := withReadings(t)
	doc, err := reader(t).Marked("test", plain)
	if err != nil {
		t.Fatal(err)
	}
	read(t, doc)
	doc.Quotes = nil
	for i := range doc.Attributions {
		doc.Attributions[i].Quotes = nil
	}
	back := *doc
	back.Attributions = slices.Clone(doc.Attributions)
	slices.Reverse(back.Attributions)
	want, got := stances(t, st, doc), stances(t, st, &back)
	slices.Reverse(got.OfAttribution)
	for i, s := range want.OfAttribution {
		if !reflect.DeepEqual(got.OfAttribution[i], s) {
			t.Errorf("statement %d: %+v, in the other order %+v", i, s, got.OfAttribution[i])
		}
	}
}
