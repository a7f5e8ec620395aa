package quote

import (
	"errors"
	"unicode/utf8"

	"github.com/onrecord-nlp/onrecord/models/uttered"
	"github.com/onrecord-nlp/onrecord/pipeline"
)

// Train fits the model that tells uttered words from others. Every document
// must have blocks and tokens, and labels: quotes (those listed are uttered,
// all others are not), or else attributions (those whose words lie for half or
// more in a content are uttered). The marks are paired anew, as in
// [Stage.Process]. The documents are not changed.
//
// Labels from attributions are weaker: a content may hold a title or a scare
// quote of its source's. A short quotation within a long content does not
// count, nor does one within another quotation; those within no content, which
// are rarer there than in hand-labelled articles, count twice. Labels of quotes
// count three times.
func Train(docs []*pipeline.Document, o uttered.Options) (*uttered.Model, error) {
	examples, err := Examples(docs)
	if err != nil {
		return nil, err
	}
	if len(examples) == 0 {
		return nil, errors.New("quote: no quotation in the training documents")
	}
	return uttered.Train(examples, o), nil
}

// Examples returns the labelled pairs of marks of the documents of [Train].
func Examples(docs []*pipeline.Document) ([]uttered.Example, error) {
	var (
		p        pairer
		examples []uttered.Example
	)
	for _, gold := range docs {
		if !gold.Has(pipeline.LayerTokens) {
			return nil, errors.New("quote: training document " + gold.ID + " has no tokens; run the stages clean and tokenize first")
		}
		doc := &pipeline.Document{Text: gold.Text, Blocks: gold.Blocks, Tokens: gold.Tokens, Sentences: gold.Sentences}
		doc.Quotes = p.find(doc, nil)
		v := newView(doc)
		for i, q := range doc.Quotes {
			e := uttered.Example{Vector: v.features(i, nil)}
			switch {
			case gold.Has(pipeline.LayerQuotes):
				e.Weight = 3
				e.Uttered = listed(gold.Quotes, q)
			case gold.Has(pipeline.LayerAttributions) && q.Depth == 0:
				e.Uttered, e.Weight = attributed(gold, q)
			}
			if e.Weight > 0 && len(e.Vector) > 0 {
				examples = append(examples, e)
			}
		}
	}
	return examples, nil
}

// listed reports whether q is one of gold: they share more than half of what
// they cover together.
func listed(gold []pipeline.Quote, q pipeline.Quote) bool {
	for _, g := range gold {
		if n := g.Intersect(q.Span).Len(); 2*n > g.Len()+q.Len()-n && g.Depth == q.Depth {
			return true
		}
	}
	return false
}

// attributed reports whether half or more of the letters and digits of q lie
// in one content, and how much that says.
func attributed(gold *pipeline.Document, q pipeline.Quote) (yes bool, weight float64) {
	all := letters(gold.Text, q.Span)
	for _, a := range gold.Attributions {
		in, size := 0, 0
		for _, c := range a.Content {
			in += letters(gold.Text, c.Intersect(q.Span))
			size += c.Len()
		}
		if 2*in < all || all == 0 {
			continue
		}
		if q.Len() < 30 && size > 2*q.Len()+20 {
			return true, 0
		}
		yes = true
	}
	if yes {
		return true, 1
	}
	return false, 2
}

func letters(text string, s pipeline.Span) int {
	n := 0
	for i := s.Start; i < s.End; {
		r, w := utf8.DecodeRuneInString(text[i:s.End])
		if sideOf(r) == word {
			n++
		}
		i += w
	}
	return n
}
