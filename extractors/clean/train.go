package clean

import (
	"errors"
	"iter"
	"slices"

	"github.com/onrecord-nlp/onrecord/models/blocks"
	"github.com/onrecord-nlp/onrecord/pipeline"
)

// Example is one document to train on: its LayerBlocks is gold. Text without a
// block has no known label. Documents with the same Group come from one site;
// what occurs on a single site only is not learned.
type Example struct {
	Doc   *pipeline.Document
	Group uint32
}

// Costs of calling body text or a headline furniture, in units of calling
// furniture body.
const (
	costLine     = 3 // a list item, a crosshead
	costHeadline = 4
	costProse    = 6  // a paragraph
	costQuote    = 12 // a paragraph that holds a quotation mark
)

// Train fits a model to examples. It holds the features of all of them in
// memory, some 200 bytes a line.
func Train(examples iter.Seq[Example], opt blocks.Options) (*blocks.Model, error) {
	var d describer
	var seqs []blocks.Sequence
	var scratch []uint32
	for ex := range examples {
		if !ex.Doc.Has(pipeline.LayerBlocks) {
			return nil, errors.New("clean: document " + ex.Doc.ID + " has no block labels to train on")
		}
		d.describe(ex.Doc)
		if len(d.units) == 0 {
			continue
		}
		kinds := goldKinds(d.units, ex.Doc.Blocks)
		s := blocks.Sequence{Group: ex.Group, Kinds: kinds}
		for i, u := range d.units {
			scratch = d.features(scratch[:0], i)
			s.Features = append(s.Features, slices.Clone(scratch))
			s.Seps = append(s.Seps, uint8(u.sep))
			s.Long = append(s.Long, d.facts[i].long())
			cost := float32(costLine)
			switch f := &d.facts[i]; {
			case kinds[i] == blocks.Headline:
				cost = costHeadline
			case f.quotes > 0 && (f.prose || f.flags&(fTermStop|fTermQuote) != 0):
				cost = costQuote
			case f.prose:
				cost = costProse
			}
			s.Cost = append(s.Cost, cost)
		}
		seqs = append(seqs, s)
	}
	return blocks.Train(seqs, opt)
}

// goldKinds gives every unit the kind that most of it has in gold.
func goldKinds(units []unit, gold []pipeline.Block) []blocks.Kind {
	kinds := make([]blocks.Kind, len(units))
	j := 0
	for i, u := range units {
		for j < len(gold) && gold[j].End <= u.Start {
			j++
		}
		var share [blocks.NumKinds]int
		for k := j; k < len(gold) && gold[k].Start < u.End; k++ {
			share[gold[k].Kind] += gold[k].Intersect(u.Span).Len()
		}
		kinds[i] = blocks.Free
		best := 0
		for k, n := range share {
			if n > best {
				best, kinds[i] = n, blocks.Kind(k)
			}
		}
		if 2*best < u.Len() {
			kinds[i] = blocks.Free
		}
	}
	return kinds
}
