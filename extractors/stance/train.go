package stance

import (
	"errors"
	"fmt"
	"slices"

	model "github.com/onrecord-nlp/onrecord/models/stance"
	"github.com/onrecord-nlp/onrecord/pipeline"
)

// Sentence is a text that leans to one side or to neither, from a set labelled
// for sentiment: what somebody writes of a target, or of whom somebody is for
// or against.
type Sentence struct {
	Doc   *pipeline.Document // with tokens; one block
	Focus []pipeline.Span    // where the target stands, and who holds the view; words near count for more. None: all count
	Class pipeline.Position
	Sided bool // labelled between support and opposition only
	// Weight is how much it counts, 1 for one that is sure.
	Weight float32
}

// Set is documents with gold stances and every layer below them.
type Set struct {
	Docs   []*pipeline.Document
	Sided  bool    // labelled between support and opposition only
	Weight float32 // how much a statement counts
}

// Options of [Train]. The zero value stands for those of the embedded model.
type Options struct {
	Statements model.Options // of the weights of statements' features
	Folds      int           // over the documents, to judge each by a model that has not seen it, 8
	Side       float32       // how much more a statement that takes a side counts than one that does not, 1
	Copies     bool
}

// Train fits a model to sets of documents, given the leanings of words
// ([TrainWords]). The first set is the one whose labels are as wanted, by
// which confidences are calibrated. The documents are not changed.
func Train(sets []Set, words model.Weights, o Options) (*model.Model, error) {
	for _, set := range sets {
		for _, d := range set.Docs {
			for l := pipeline.LayerBlocks; l <= pipeline.LayerStances; l++ {
				if !d.Has(l) {
					return nil, fmt.Errorf("stance: training document %q lacks the layer %q", d.ID, l)
				}
			}
		}
	}
	if len(sets) == 0 || len(sets[0].Docs) == 0 {
		return nil, errors.New("stance: no training documents")
	}
	if o.Statements.Decay == 0 {
		o.Statements.Decay = 0.02
	}
	if o.Folds == 0 {
		o.Folds = 8
	}
	if o.Side == 0 {
		o.Side = 1
	}
	m := &model.Model{Words: words, Temperature: 1}
	t := trainer{words: m.Words, o: o}
	m.Statements, m.Temperature = t.train(sets)
	return m, nil
}

// TrainWords fits the leanings of words and pairs of words to sentences.
func TrainWords(sentences []Sentence, o model.Options) model.Weights {
	if o.Passes == 0 {
		o.Passes = 10
	}
	var v view
	examples := make([]model.Example, 0, len(sentences))
	for _, s := range sentences {
		v.load(s.Doc, nil)
		e := model.Example{Class: int(s.Class), Sided: s.Sided, Weight: s.Weight}
		norm := float32(0)
		for i := range v.word {
			if v.kind[i] == mark || v.kind[i] == name || v.kind[i] == number {
				continue
			}
			x := near(s.Focus, s.Doc.Tokens[i].Span)
			norm += x * x
			e.Vector = append(e.Vector, model.Feature{Slot: v.unigram(i), Value: x})
			if i > 0 {
				e.Vector = append(e.Vector, model.Feature{Slot: v.bigram(i), Value: x})
			}
		}
		norm = 1 / sqrt(max(norm, 1))
		for i := range e.Vector {
			e.Vector[i].Value *= norm * 2
		}
		examples = append(examples, e)
	}
	return model.Train(model.WordSlots, examples, o)
}

// near is how much a word counts by its distance from the focus.
func near(focus []pipeline.Span, t pipeline.Span) float32 {
	if len(focus) == 0 {
		return 1
	}
	best := 1 << 30
	for _, f := range focus {
		best = min(best, max(f.Start-t.End, t.Start-f.End, 0))
	}
	if best < 60 {
		return 1
	}
	return 0.5
}

// trainer fits the weights of statements.
type trainer struct {
	words model.Weights
	o     Options
}

// labelled is the examples of one document.
type labelled struct {
	claims, quotes []model.Example
	fold           int
	first          bool // of the first set
}

// train returns the weights, and the temperature by statements of the first
// set judged by models that have not seen their documents.
func (t *trainer) train(sets []Set) (model.Weights, float32) {
	var all []labelled
	var docs []*pipeline.Document
	var s scratch
	for k := range sets {
		for i, d := range sets[k].Docs {
			l := labelled{fold: i % t.o.Folds, first: k == 0}
			l.claims = t.prepare(t.claims(&s, d), &sets[k], l.first)
			all = append(all, l)
			docs = append(docs, d)
		}
	}
	// Quotes look at their attribution's scores, by a model that has not seen it.
	for fold := range t.o.Folds {
		w := t.fit(all, fold, false)
		n := 0
		for k := range sets {
			for range sets[k].Docs {
				if all[n].fold == fold {
					all[n].quotes = t.prepare(t.quotes(&s, docs[n], w), &sets[k], all[n].first)
				}
				n++
			}
		}
	}
	var logits []model.Leaning
	var classes []int
	for fold := range t.o.Folds {
		w := t.fit(all, fold, true)
		for _, l := range all {
			if l.fold == fold && l.first {
				for _, e := range slices.Concat(l.claims, l.quotes) {
					logits = append(logits, w.Logits(e.Vector[:len(e.Vector)/2]))
					classes = append(classes, e.Class)
				}
			}
		}
	}
	return t.fit(all, -1, true), model.Temperature(logits, classes)
}

// prepare weighs examples and gives each feature a copy of its own for its
// domain (Daumé 2007): what holds in both is learnt by the shared one.
func (t *trainer) prepare(es []model.Example, set *Set, first bool) []model.Example {
	for i := range es {
		e := &es[i]
		e.Weight *= set.Weight
		e.Sided = set.Sided
		shift := uint32(model.Slots)
		if !first {
			shift *= 2
		}
		if e.Class != model.Neutral {
			e.Weight *= t.o.Side
		}
		for _, f := range e.Vector {
			f.Slot += shift
			if !t.o.Copies {
				f.Value = 0
			}
			e.Vector = append(e.Vector, f)
		}
	}
	return es
}

// fit trains on all examples but those of a fold, and adds the copies for the
// first set to the shared weights.
func (t *trainer) fit(all []labelled, without int, quotes bool) model.Weights {
	var picked []model.Example
	for _, l := range all {
		if l.fold != without {
			picked = append(picked, l.claims...)
			if quotes {
				picked = append(picked, l.quotes...)
			}
		}
	}
	w := model.Train(3*model.Slots, picked, t.o.Statements)
	for i := range model.Slots {
		w[i].Support += w[model.Slots+i].Support
		w[i].Oppose += w[model.Slots+i].Oppose
	}
	return w[:model.Slots]
}

// claims returns the labelled attributions of a document.
func (t *trainer) claims(s *scratch, d *pipeline.Document) []model.Example {
	s.view.load(d, t.words)
	var es []model.Example
	for i := range d.Stances.OfAttribution {
		u := s.attribution(i)
		s.features(&u)
		es = append(es, model.Example{Vector: clone(s.vec), Class: int(d.Stances.OfAttribution[i].Position), Weight: 1})
	}
	return es
}

// quotes returns the labelled quotes of a document; w scores its attributions.
func (t *trainer) quotes(s *scratch, d *pipeline.Document, w model.Weights) []model.Example {
	s.view.load(d, t.words)
	s.claims = resize(s.claims, len(d.Attributions))
	for i := range d.Attributions {
		u := s.attribution(i)
		s.features(&u)
		s.claims[i] = w.Score(s.vec, 1)
	}
	s.own(d)
	var es []model.Example
	for i := range d.Stances.OfQuote {
		if !d.Quotes[i].Uttered {
			continue
		}
		u := s.quotation(i)
		s.features(&u)
		es = append(es, model.Example{Vector: clone(s.vec), Class: int(d.Stances.OfQuote[i].Position), Weight: 1})
	}
	return es
}

func clone(v model.Vector) model.Vector { return append(model.Vector(nil), v...) }

// Side judges the first attribution of a document between support and
// opposition only.
func Side(doc *pipeline.Document, m *model.Model) pipeline.Position {
	var s scratch
	s.view.load(doc, m.Words)
	u := s.attribution(0)
	s.features(&u)
	if l := m.Statements.Logits(s.vec); l.Support > l.Oppose {
		return pipeline.Support
	}
	return pipeline.Oppose
}
