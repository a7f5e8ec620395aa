package stance

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

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
		o.Statements.Decay = 0.05
	}
	if o.Statements.Passes == 0 {
		o.Statements.Passes = 12
	}
	if o.Folds == 0 {
		o.Folds = 8
	}
	t := trainer{words: words, o: o}
	return t.train(sets), nil
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
	alone  []model.Example // attributions, each by itself
	claims []model.Example // attributions, with what their speakers say elsewhere
	quotes []model.Example
	fold   int
	first  bool // of the first set
}

// train returns the model, calibrated by statements of the first set judged by
// models that have not seen their documents.
func (t *trainer) train(sets []Set) *model.Model {
	var all []labelled
	var docs []*pipeline.Document
	var of []*Set
	s := new(scratch)
	for k := range sets {
		for i, d := range sets[k].Docs {
			l := labelled{fold: i % t.o.Folds, first: k == 0}
			l.alone = prepare(t.alone(s, d), &sets[k])
			all = append(all, l)
			docs = append(docs, d)
			of = append(of, &sets[k])
		}
	}
	// Attributions look at their speaker's others, and quotes at their
	// attribution, as models judge those that have not seen the document.
	apart := t.foldsOf(all)
	for n := range all {
		all[n].claims = prepare(t.claims(s, docs[n], apart[all[n].fold]), of[n])
	}
	apart = t.foldsOf(all)
	for n := range all {
		all[n].quotes = prepare(t.quotes(s, docs[n], apart[all[n].fold]), of[n])
	}
	apart = t.foldsOf(all)
	var logits []model.Leaning
	var classes []int
	for _, l := range all {
		if l.first {
			for _, e := range slices.Concat(l.claims, l.quotes) {
				logits = append(logits, apart[l.fold].Logits(model.Leaning{}, e.Vector))
				classes = append(classes, e.Class)
			}
		}
	}
	m := &model.Model{Words: t.words, Statements: t.fit(all, -1)}
	m.Temperature = model.Temperature(logits, classes)
	m.Targets = t.targets(sets)
	return m
}

// foldsOf trains a model for each fold without it, all at once.
func (t *trainer) foldsOf(all []labelled) []model.Weights {
	out := make([]model.Weights, t.o.Folds)
	var wg sync.WaitGroup
	for fold := range out {
		wg.Go(func() { out[fold] = t.fit(all, fold) })
	}
	wg.Wait()
	return out
}

// prepare weighs the examples of a set.
func prepare(es []model.Example, set *Set) []model.Example {
	for i := range es {
		es[i].Weight *= set.Weight
		es[i].Sided = set.Sided
	}
	return es
}

// fit trains on all examples but those of a fold.
func (t *trainer) fit(all []labelled, without int) model.Weights {
	var picked []model.Example
	for _, l := range all {
		if l.fold != without {
			picked = append(append(append(picked, l.alone...), l.claims...), l.quotes...)
		}
	}
	return model.Train(model.Slots, picked, t.o.Statements)
}

// positions returns the label of each attribution of a document, a stance of no
// confidence where it has none. Where only quotes are labelled, an attribution
// has the label of those that make it up, if they do not contradict one another.
func positions(d *pipeline.Document) []pipeline.Stance {
	if len(d.Stances.OfAttribution) == len(d.Attributions) {
		return d.Stances.OfAttribution
	}
	out := make([]pipeline.Stance, len(d.Attributions))
	if len(d.Stances.OfQuote) != len(d.Quotes) {
		return out
	}
	for i, a := range d.Attributions {
		size, quoted := 0, 0
		for _, c := range a.Content {
			size += c.Len()
		}
		var label pipeline.Stance
		same := true
		for _, q := range a.Quotes {
			quoted += d.Quotes[q].Len()
			switch st := d.Stances.OfQuote[q]; {
			case label.Confidence == 0 || label.Position == pipeline.Neutral:
				label = st
			case st.Position != pipeline.Neutral && st.Position != label.Position:
				same = false
			}
		}
		if same && quoted*10 >= size*8 {
			out[i] = label
		}
	}
	return out
}

// alone returns the labelled attributions of a document, each by itself.
func (t *trainer) alone(s *scratch, d *pipeline.Document) []model.Example {
	s.view.load(d, t.words)
	var es []model.Example
	for i, st := range positions(d) {
		if st.Confidence > 0 {
			u := s.attribution(i)
			s.features(&u)
			es = append(es, s.example(st))
		}
	}
	return es
}

// example is the features made last with the label st.
func (s *scratch) example(st pipeline.Stance) model.Example {
	return model.Example{Vector: clone(s.vec), Class: int(st.Position), Weight: st.Confidence}
}

// claims returns the labelled attributions of a document with what their
// speakers say elsewhere, by w.
func (t *trainer) claims(s *scratch, d *pipeline.Document, w model.Weights) []model.Example {
	s.view.load(d, t.words)
	s.look(w, 1)
	s.survey()
	var es []model.Example
	for i, st := range positions(d) {
		if st.Confidence > 0 {
			u := s.attribution(i)
			u.around = s.around[i]
			s.features(&u)
			es = append(es, s.example(st))
		}
	}
	return es
}

// quotes returns the labelled quotes of a document that are not attributions by
// themselves; w judges its attributions.
func (t *trainer) quotes(s *scratch, d *pipeline.Document, w model.Weights) []model.Example {
	s.view.load(d, t.words)
	s.look(w, 1)
	s.survey()
	for i := range d.Attributions {
		u := s.attribution(i)
		u.around = s.around[i]
		s.features(&u)
		s.claims[i] = w.Score(s.vec, 1)
	}
	s.own(d)
	var es []model.Example
	for i, st := range d.Stances.OfQuote {
		if !d.Quotes[i].Uttered {
			continue
		}
		u := s.quotation(i)
		if u.whole {
			continue
		}
		s.features(&u)
		es = append(es, s.example(st))
	}
	return es
}

// targets fits the weights by which a statement's target is picked, by the
// labelled targets: phrases with the same words, but for the article, or with
// the same noun.
func (t *trainer) targets(sets []Set) model.Weights {
	s := new(scratch)
	var es []model.Example
	// add returns where the target stands, the empty span where it does not.
	add := func(u *statement, st pipeline.Stance, weight float32, given pipeline.Span) (at pipeline.Span) {
		if st.Position == pipeline.Neutral || st.Target == "" {
			return at
		}
		first, found := len(es), false
		s.candidates(u, func(i, place, order int) {
			s.targetFeatures(u, int(st.Position), i, place, order, given)
			e := model.Example{Vector: clone(s.tvec), Weight: weight}
			p := s.phrases[i]
			match := same(s.resolve(p).In(s.view.doc.Text), st.Target)
			if match == 1 && p.form == pronounPhrase {
				match = 2 // a pronoun of the one whose other name is given
			}
			switch match {
			case 2:
				e.Class = model.Support
				if !found {
					at, found = s.view.span(s.phrases[i].tokens), true
				}
			case 1:
				e.Class, e.Weight = model.Support, weight*0.4
			}
			es = append(es, e)
		})
		if !found {
			es = es[:first]
		}
		return at
	}
	var places []pipeline.Span
	for k := range sets {
		if sets[k].Sided {
			continue
		}
		for _, d := range sets[k].Docs {
			s.view.load(d, t.words)
			s.prepare()
			s.own(d)
			s.claims = resize(s.claims, len(d.Attributions))
			places = resize(places, len(d.Attributions))
			for i, st := range positions(d) {
				u := s.attribution(i)
				places[i] = add(&u, st, sets[k].Weight*st.Confidence, pipeline.Span{})
			}
			for i, st := range d.Stances.OfQuote {
				if !d.Quotes[i].Uttered {
					continue
				}
				var given pipeline.Span
				if o := s.owner[i]; o >= 0 {
					given = places[o]
				}
				u := s.quotation(i)
				add(&u, st, sets[k].Weight*st.Confidence, given)
			}
		}
	}
	o := t.o.Statements
	o.Passes = 10
	return model.Train(model.TargetSlots, es, o)
}

// same compares a phrase with a target: 2 for the same words but for a
// leading article, 1 for the same last word, else 0.
func same(a, b string) int {
	a, b = bare(a), bare(b)
	if a == b {
		return 2
	}
	if a[strings.LastIndexByte(a, ' ')+1:] == b[strings.LastIndexByte(b, ' ')+1:] {
		return 1
	}
	return 0
}

func bare(s string) string {
	s = strings.ToLower(s)
	for _, article := range []string{"the ", "a ", "an "} {
		s = strings.TrimPrefix(s, article)
	}
	return s
}

func clone(v model.Vector) model.Vector { return append(model.Vector(nil), v...) }

// Side judges the first attribution of a document between support and
// opposition only.
func Side(doc *pipeline.Document, m *model.Model) pipeline.Position {
	s := new(scratch)
	s.view.load(doc, m.Words)
	u := s.attribution(0)
	s.features(&u)
	if l := m.Statements.Logits(model.Leaning{}, s.vec); l.Support > l.Oppose {
		return pipeline.Support
	}
	return pipeline.Oppose
}
