package resolve_test

import (
	"context"
	"os"
	"testing"

	"github.com/onrecord-nlp/onrecord/extractors"
	"github.com/onrecord-nlp/onrecord/internal/shared"
	"github.com/onrecord-nlp/onrecord/pipeline"
)

// All stages on a page with its furniture: every quotation is Amber Rudd's.
func TestSeed(t *testing.T) {
	text, err := os.ReadFile(shared.Path(t, "seed/whatsapp-encryption.txt"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := extractors.Standard()
	if err != nil {
		t.Fatal(err)
	}
	doc := &pipeline.Document{ID: "seed", Text: string(text)}
	if err := p.Process(context.Background(), doc); err != nil {
		t.Fatal(err)
	}
	uttered := 0
	for i, q := range doc.Quotes {
		if !q.Uttered {
			continue
		}
		uttered++
		who := doc.Resolution.OfQuote[i]
		if who < 0 {
			t.Errorf("%q has no speaker", q.In(doc.Text))
		} else if s := doc.Speakers[who]; s.Name != "Amber Rudd" || s.Kind != pipeline.SpeakerPerson {
			t.Errorf("%q is %s's (%v)", q.In(doc.Text), s.Name, s.Kind)
		}
		t.Logf("%v %.2f %q", doc.Resolution.QuoteManner[i], doc.Resolution.QuoteScore[i], q.In(doc.Text))
	}
	if uttered != 7 {
		t.Errorf("%d uttered quotations, want 7", uttered)
	}
	for _, s := range doc.Speakers {
		t.Logf("%s | %v | %s | %s", s.Name, s.Kind, s.Description, s.Pronoun)
		for _, m := range s.Mentions {
			t.Logf("    %v %q", doc.Mentions[m].Type, doc.Mentions[m].In(doc.Text))
		}
	}
}
