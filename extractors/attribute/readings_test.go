package attribute

import (
	stdcontext "context"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/onrecord-nlp/onrecord/models/accurate"
	"github.com/onrecord-nlp/onrecord/models/encoder"
	"github.com/onrecord-nlp/onrecord/pipeline"
)

// The accurate engine leaves a reading for every token of a paragraph that it
// reads, and none for those of furniture. It is what the encoder says of the
// token's first piece in the passage that decides the token; one without a piece
// has that of the token before.
func TestReadings(t *testing.T) {
	document, st := lines(t), accurateStage(t)
	vocab := st.deep.pieces
	m := st.deep.m
	width, outputs := m.Heads.ReadingWidth(), m.Encoder.Config().Outputs
	at := accurate.Labels + 2*m.Pair
	session := m.Encoder.Session()
	v, ps := new(view), newPassages(vocab)
	texts := hardTexts()
	texts["words in pieces"] = strings.Repeat("Niedźwiedź of Ashby-upon-Mersea has \x01 said so. It rained.\n!Read more.\n", 40)
	several := 0
	for name, text := range texts {
		most := 6000
		if slow() {
			most = 400
		}
		if len(text) > most {
			text = strings.ToValidUTF8(text[:most], "")
		}
		doc := document(text)
		if err := st.Process(stdcontext.Background(), doc); err != nil {
			t.Fatal(err)
		}
		r := &doc.Readings
		v.load(doc, st.m.Lexicon)
		read := make([]bool, len(doc.Tokens))
		for _, p := range v.paras {
			for i := p.first; i < p.last; i++ {
				read[i] = true
			}
		}
		for i := range doc.Tokens {
			if got := r.Of(i) != nil; got != read[i] {
				t.Fatalf("%s: token %d has a reading: %v, want %v", name, i, got, read[i])
			}
		}
		if !slices.Contains(read, true) {
			continue
		}
		if r.Width != width || len(r.Row) != len(doc.Tokens) || len(r.Rows)%width != 0 {
			t.Fatalf("%s: %d values of readings %d wide (the heads read %d), for %d of %d tokens", name, len(r.Rows), r.Width, width, len(r.Row), len(doc.Tokens))
		}
		v.cutParas(longestPara)
		ps.load(v)
		if len(ps.list) > 1 {
			several++
		}
		for k := range ps.list {
			p := &ps.list[k]
			w := []encoder.Window{{Pieces: p.ids, Features: p.feats}}
			session.Run(w)
			for i := p.first; i < p.last; i++ {
				if !read[i] || i > 0 && read[i-1] && ps.first[i] == ps.first[i-1] {
					continue
				}
				row, ok := ps.row(p, i)
				if !ok {
					t.Fatalf("%s: passage %d has no row for token %d", name, k, i)
				}
				if want := w[0].Out[row*outputs+at:][:width]; !slices.Equal(r.Of(i), want) {
					t.Fatalf("%s: the reading of token %d is not that of passage %d of %d, which decides it", name, i, k, len(ps.list))
				}
			}
		}
		for i := 1; i < len(read); i++ {
			if read[i] && read[i-1] && ps.first[i] == ps.first[i-1] && &r.Of(i)[0] != &r.Of(i - 1)[0] {
				t.Fatalf("%s: tokens %d and %d share a piece and not a reading", name, i-1, i)
			}
		}
	}
	if several < 3 && !slow() {
		t.Errorf("only %d texts take several passages", several)
	}
}

// A document that would take too much memory has no readings, and its
// attributions are those that it has anyway.
func TestReadingsLimited(t *testing.T) {
	needsKernel(t)
	document, st := lines(t), accurateStage(t)
	said := "She said that the mill will close.\n"
	of := func(furniture int) *pipeline.Document {
		doc := document(strings.Repeat(said, 15) + "!" + strings.Repeat("the ", furniture) + "\n" + strings.Repeat(said, 15))
		if err := st.Process(stdcontext.Background(), doc); err != nil {
			t.Fatal(err)
		}
		return doc
	}
	around := len(of(1).Tokens) - 1
	least, most := of(mostRead-around), of(mostRead-around+1)
	if len(least.Tokens) != mostRead || !least.Readings.Any() {
		t.Errorf("%d tokens, readings: %v; want some", len(least.Tokens), least.Readings.Any())
	}
	if len(most.Tokens) != mostRead+1 || !reflect.DeepEqual(most.Readings, pipeline.Readings{}) {
		t.Errorf("%d tokens, readings: %v; want none", len(most.Tokens), most.Readings.Any())
	}
	if len(most.Attributions) < 25 || len(most.Attributions) != len(least.Attributions) {
		t.Errorf("%d attributions without readings, %d with", len(most.Attributions), len(least.Attributions))
	}
	// A document after it has readings again.
	if doc := of(1); !doc.Readings.Any() {
		t.Error("a short document after a long one has no readings")
	}
}

// Readings are a document's own: one that is processed later leaves them as they
// are. The fast engine leaves none.
func TestReadingsOfDocument(t *testing.T) {
	document, st := lines(t), accurateStage(t)
	text := "“We have no money left,” the mayor of Ashby said on Monday.\n!Share this\nShe blamed the county.\n"
	one := document(text)
	if err := st.Process(stdcontext.Background(), one); err != nil {
		t.Fatal(err)
	}
	rows, row := slices.Clone(one.Readings.Rows), slices.Clone(one.Readings.Row)
	for _, other := range []string{"She said no.\n", text + text, ""} {
		if err := st.Process(stdcontext.Background(), document(other)); err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Equal(one.Readings.Rows, rows) || !slices.Equal(one.Readings.Row, row) {
		t.Error("documents that came later changed the readings")
	}
	fast, err := New()
	if err != nil {
		t.Fatal(err)
	}
	doc := document(text)
	if err := fast.Process(stdcontext.Background(), doc); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(doc.Readings, pipeline.Readings{}) || len(doc.Attributions) == 0 {
		t.Errorf("the fast engine leaves readings, or no attributions: %d", len(doc.Attributions))
	}
}
