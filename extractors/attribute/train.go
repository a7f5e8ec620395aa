package attribute

import (
	"fmt"
	"sync"

	"github.com/onrecord-nlp/onrecord/models/attribution"
	"github.com/onrecord-nlp/onrecord/models/chain"
	"github.com/onrecord-nlp/onrecord/pipeline"
)

// TrainOptions are the settings of [Train].
type TrainOptions struct {
	Folds     int // parts for the second pass's training, each labelled by a model trained on the others
	Tag, Link chain.Options
	TagLimit  int // features kept in the packed models
	LinkLimit int
	Runs      int // trainings that each of the two models is the mean of
	Parallel  int // folds trained at once
	Log       func(format string, args ...any)
}

// DefaultTrainOptions are those of the embedded model.
func DefaultTrainOptions() TrainOptions {
	return TrainOptions{
		Folds:     4,
		Tag:       chain.Options{Labels: int(numTagLabels), MinCount: 2, Epochs: 8, Rate: 0.01, Dropout: 0.3, Seed: 1, Forbid: forbidTag},
		Link:      chain.Options{Labels: int(numLinkLabels), MinCount: 2, Epochs: 9, Rate: 0.01, Dropout: 0.3, Seed: 2, Forbid: forbidLink},
		TagLimit:  450_000,
		LinkLimit: 350_000,
		Runs:      4,
		Parallel:  2,
	}
}

// log reports progress, to whom wants to know.
func (o *TrainOptions) log(format string, args ...any) {
	if o.Log != nil {
		o.Log(format, args...)
	}
}

// trainDoc is one training document. Documents that are counted several times
// share their fold and their counts.
type trainDoc struct {
	doc    *pipeline.Document
	own    *counts
	fold   int
	copies int // of the document in all; 0 in those after the first
}

// Train fits both passes to documents with blocks, tokens, quotes and gold
// attributions.
func Train(docs []*pipeline.Document, o TrainOptions) (*attribution.Model, error) {
	if len(docs) < o.Folds {
		return nil, fmt.Errorf("attribute: %d documents are too few to train on; at least %d are needed", len(docs), o.Folds)
	}
	tds, all := prepare(docs, o.Folds)
	lex := all.strengths(nil)
	trained := firstPasses(tds, all, o, o.Folds+1)
	o.log("first pass: %d features", trained[o.Folds].Features())
	// Second pass on what the first pass finds in documents it has not seen.
	linkSeqs := make([][]chain.Sequence, len(docs))
	parallel(len(docs), o.Parallel, func(i int) {
		s := scratch{set: fastSettings}
		linkSeqs[i] = linkSequences(&s, tds[i], trained[tds[i].fold], all.strengths(tds[i].own))
	})
	var ss []chain.Sequence
	for _, x := range linkSeqs {
		ss = append(ss, x...)
	}
	linkSeqs = nil
	lo := o.Link
	lo.Runs = o.Runs
	lo.Log = func(e int, ll float64) { o.log("second pass, epoch %d: log-likelihood %.0f", e, ll) }
	o.log("second pass: %d cues", len(ss))
	link := chain.Train(ss, lo)
	o.log("second pass: %d features", link.Features())
	return &attribution.Model{Lexicon: lex, Tag: trained[o.Folds].Pack(o.TagLimit), Link: link.Pack(o.LinkLimit)}, nil
}

// prepare counts the words of cues and parts the documents into folds.
func prepare(docs []*pipeline.Document, folds int) ([]*trainDoc, *counts) {
	all := newCounts()
	tds := make([]*trainDoc, len(docs))
	known := make(map[[2]string]*trainDoc)
	var v view
	for i, d := range docs {
		key := [2]string{d.ID, d.Text}
		td := known[key]
		if td == nil {
			td = &trainDoc{own: newCounts(), fold: len(known) % folds}
			known[key] = td
		}
		v.load(d, nil)
		y := v.tagLabels(v.gold())
		for k, w := range v.word {
			td.own.seen[w]++
			all.seen[w]++
			if y[k] == labelBCue || y[k] == labelICue {
				td.own.cue[w]++
				all.cue[w]++
			}
		}
		td.copies++
		if td.copies == 1 {
			td.doc, tds[i] = d, td
		} else {
			tds[i] = &trainDoc{doc: d, own: td.own, fold: td.fold}
		}
	}
	return tds, all
}

// firstPasses trains the first pass without each of the folds and, where n is
// one more than their number, on all documents.
func firstPasses(tds []*trainDoc, all *counts, o TrainOptions, n int) []*chain.Trained {
	seqs := make([][]chain.Sequence, len(tds))
	for i, td := range tds {
		seqs[i] = tagSequences(td, all.strengths(td.own))
	}
	o.log("first pass: %d documents", len(tds))
	trained := make([]*chain.Trained, n)
	run := func(fold int) {
		var ss []chain.Sequence
		for i := range tds {
			if tds[i].fold != fold {
				ss = append(ss, seqs[i]...)
			}
		}
		to := o.Tag
		if fold == o.Folds {
			to.Runs = o.Runs
		}
		to.Log = func(e int, ll float64) { o.log("first pass, part %d, epoch %d: log-likelihood %.0f", fold, e, ll) }
		trained[fold] = chain.Train(ss, to)
	}
	parallel(n, o.Parallel, run)
	return trained
}

func parallel(n, workers int, f func(int)) {
	next := make(chan int)
	var wg sync.WaitGroup
	for range max(1, workers) {
		wg.Go(func() {
			for i := range next {
				f(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
}

func tagSequences(td *trainDoc, lex attribution.Lexicon) []chain.Sequence {
	var v view
	var c context
	v.load(td.doc, lex)
	c.load(&v)
	y := v.tagLabels(v.gold())
	var out []chain.Sequence
	for _, p := range v.paras {
		s := chain.Sequence{Labels: y[p.first:p.last]}
		for i := p.first; i < p.last; i++ {
			s.Features = append(s.Features, tagFeatures(make([]uint64, 0, 144), &v, &c, i, p.first, p.last))
		}
		out = append(out, s)
	}
	return out
}

func linkSequences(s *scratch, td *trainDoc, m *chain.Trained, lex attribution.Lexicon) []chain.Sequence {
	v := &s.view
	v.load(td.doc, lex)
	s.ctx.load(v)
	s.fp.reset(v)
	s.first(m, &m.Trans, v.paras)
	gold := v.gold()
	var out []chain.Sequence
	for ci := range s.fp.cues {
		c := s.fp.cues[ci]
		w := window(v.paraOf(c.first), c.tokenRange)
		s.link.load(v, &s.fp, ci, w)
		seq := chain.Sequence{Labels: v.linkLabels(gold, c.tokenRange, w), Fixed: make([]chain.Scores, w.last-w.first)}
		cue := v.cueState(c, w)
		for i := w.first; i < w.last; i++ {
			inside := i >= c.first && i < c.last
			if inside {
				seq.Features = append(seq.Features, nil)
			} else {
				seq.Features = append(seq.Features, linkFeatures(make([]uint64, 0, 96), v, &s.ctx, &s.fp, &s.link, &cue, ci, i, w))
			}
			fixCue(&seq.Fixed[i-w.first], inside)
		}
		out = append(out, seq)
	}
	return out
}

// linkLabels returns the second pass's gold labels of the tokens of w for the
// candidate cue c.
func (v *view) linkLabels(gold []goldAttribution, c tokenRange, w para) []uint8 {
	y := make([]uint8, w.last-w.first)
	put := func(rs []tokenRange, begin, inside uint8) {
		for _, r := range rs {
			for i := max(r.first, w.first); i < min(r.last, w.last); i++ {
				if i == r.first || i == w.first {
					y[i-w.first] = begin
				} else {
					y[i-w.first] = inside
				}
			}
		}
	}
	if g := matchCue(gold, c); g >= 0 {
		put(gold[g].content, linkBContent, linkIContent)
		put(gold[g].source, linkBSource, linkISource)
	}
	for i := max(c.first, w.first); i < min(c.last, w.last); i++ {
		y[i-w.first] = linkCue
	}
	prev := -1
	for i := range y {
		if forbidLink(prev, int(y[i])) {
			y[i]--
		}
		prev = int(y[i])
	}
	return y
}

// matchCue returns the gold attribution whose cue shares most with the
// candidate, or -1.
func matchCue(gold []goldAttribution, c tokenRange) int {
	best, bi := 0, -1
	for i, g := range gold {
		for _, r := range g.cue {
			if n := min(r.last, c.last) - max(r.first, c.first); n > best {
				best, bi = n, i
			}
		}
	}
	return bi
}
