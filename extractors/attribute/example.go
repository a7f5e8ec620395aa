package attribute

import (
	"cmp"
	"fmt"
	"slices"
	"sort"

	"github.com/onrecord-nlp/onrecord/pipeline"
)

// An Example is one passage with gold labels, as the training of the encoder
// reads it (models/train). Tokens are counted from the passage's first.
type Example struct {
	Document int      `json:"doc"`
	ID       string   `json:"id"`     // of the document
	Copies   int      `json:"copies"` // how often the document is counted; 0: kept apart
	Pieces   []int32  `json:"pieces"`
	Features []int    `json:"features"` // one after the other, as many of each piece
	Rows     []int    `json:"rows"`     // for each token the piece that stands for it
	Spans    [][2]int `json:"spans"`    // for each token its bytes in the document's text
	Tags     []int    `json:"tags"`     // labels of the first pass, for each token
	// Decided holds the runs of tokens, each of one paragraph, whose tags count:
	// none where the document's attributions are not labelled.
	Decided [][2]int     `json:"decided"`
	Cues    []CueExample `json:"cues"`
}

// A CueExample is one candidate cue of a passage with the labels of the second
// pass. A candidate that is none has no source and no content.
type CueExample struct {
	Cue      [2]int `json:"cue"`
	Reach    [2]int `json:"reach"`    // the tokens labelled
	Labels   []int  `json:"labels"`   // of each token in reach
	Relation []int  `json:"relation"` // how each stands to the cue
}

// Examples makes the encoder's training examples of documents with blocks,
// tokens, quotes and gold attributions. A document without that layer has
// passages without labels, with which others' are joined. Candidate cues that are none are those
// which the fast engine's first pass takes for cues in documents that it has
// not seen. Documents in held are kept apart: the first pass does not learn from
// them, and their examples come last and bear no copies, for the training to be
// watched by.
//
// Examples calls each with one example after the other, until it returns an
// error, which Examples returns. An example may be kept.
func Examples(docs, held []*pipeline.Document, o TrainOptions, each func(*Example) error) error {
	if len(docs) < o.Folds {
		return fmt.Errorf("attribute: %d documents are too few to train on; at least %d are needed", len(docs), o.Folds)
	}
	vocab, err := newPieces()
	if err != nil {
		return err
	}
	tds, all := prepare(docs, o.Folds)
	trained := firstPasses(tds, all, o, o.Folds)
	x := exampler{ps: newPassages(vocab), scratch: scratch{set: fastSettings}}
	for _, d := range held {
		tds = append(tds, &trainDoc{doc: d})
	}
	for di, td := range tds {
		if td.copies == 0 && di < len(docs) {
			continue
		}
		v := &x.view
		m := trained[td.fold]
		v.load(td.doc, all.strengths(td.own))
		x.ctx.load(v)
		x.fp.reset(v)
		v.cutParas(longestPara)
		x.first(m, &m.Trans, v.paras)
		x.load()
		for pi := range x.ps.list {
			e := x.example(pi)
			e.Document, e.ID, e.Copies = di, td.doc.ID, td.copies
			if err := each(e); err != nil {
				return err
			}
		}
	}
	return nil
}

// exampler is what making the examples of one document needs.
type exampler struct {
	scratch
	ps     *passages
	gold   []goldAttribution
	tags   []uint8
	tokens []int32     // of the paragraphs, in order
	place  []int32     // for each token of a paragraph its place in tokens
	cues   []placedCue // in the order of the passages
}

// placedCue is a candidate cue, or one of the gold ones, and the passage that
// decides its first token.
type placedCue struct {
	tokenRange
	passage int
}

// load cuts the loaded view, whose candidate cues have been found, into passages.
func (x *exampler) load() {
	v := &x.view
	x.ps.load(v)
	x.gold = nil
	if v.doc.Has(pipeline.LayerAttributions) {
		x.gold = v.gold()
	}
	x.tags = v.tagLabels(x.gold)
	x.tokens, x.place = x.tokens[:0], resize(x.place, len(v.word))
	for _, p := range v.paras {
		for i := p.first; i < p.last; i++ {
			x.place[i] = int32(len(x.tokens))
			x.tokens = append(x.tokens, int32(i))
		}
	}
	x.cues = x.cues[:0]
	add := func(c tokenRange) {
		list := x.ps.list
		k := sort.Search(len(list), func(i int) bool { return list[i].last > c.first })
		if k == len(list) || c.first < list[k].first || c.last <= c.first {
			return
		}
		if v.doc.Blocks[v.paraOf(c.first).block].Kind.Speech() {
			x.cues = append(x.cues, placedCue{c, k})
		}
	}
	for _, c := range x.fp.cues {
		add(c.tokenRange)
	}
	for _, g := range x.gold {
		for _, c := range g.cue {
			add(c)
		}
	}
	slices.SortStableFunc(x.cues, func(a, b placedCue) int { return cmp.Compare(a.passage, b.passage) })
}

// example makes that of a passage.
func (x *exampler) example(pi int) *Example {
	v, ps := &x.view, x.ps
	p := &ps.list[pi]
	// The tokens covered, and where each is among them.
	piece := func(k int) int { return int(ps.first[x.tokens[k]]) }
	lo := sort.Search(len(x.tokens), func(k int) bool { return piece(k) >= p.from })
	hi := sort.Search(len(x.tokens), func(k int) bool { return piece(k) >= p.to })
	local := func(token int) int { return int(x.place[token]) - lo }

	e := &Example{
		Pieces:   slices.Clone(p.ids),
		Features: ints(p.feats),
		Rows:     make([]int, 0, hi-lo),
		Spans:    make([][2]int, 0, hi-lo),
		Tags:     make([]int, 0, hi-lo),
		Decided:  [][2]int{},
		Cues:     []CueExample{},
	}
	begin := -1 // of the run decided
	for _, t := range x.tokens[lo:hi] {
		i := int(t)
		row, _ := ps.row(p, i)
		e.Rows = append(e.Rows, row)
		e.Spans = append(e.Spans, [2]int{v.doc.Tokens[i].Start, v.doc.Tokens[i].End})
		e.Tags = append(e.Tags, int(x.tags[i]))
		if i < p.first || i >= p.last || !v.doc.Has(pipeline.LayerAttributions) {
			continue
		}
		if begin < 0 {
			begin = local(i)
		}
		if i+1 == int(v.paraLast[i]) || i+1 == p.last {
			e.Decided = append(e.Decided, [2]int{begin, local(i) + 1})
			begin = -1
		}
	}
	if !v.doc.Has(pipeline.LayerAttributions) {
		return e
	}
	seen := make(map[tokenRange]bool)
	from := sort.Search(len(x.cues), func(k int) bool { return x.cues[k].passage >= pi })
	for _, c := range x.cues[from:] {
		if c.passage != pi {
			break
		}
		cue := ps.covered(p, c.tokenRange)
		if seen[cue] {
			continue
		}
		seen[cue] = true
		w := ps.reach(p, window(v.paraOf(cue.first), cue), cue)
		ce := CueExample{
			Cue:      [2]int{local(cue.first), local(cue.last-1) + 1},
			Reach:    [2]int{local(w.first), local(w.last-1) + 1},
			Labels:   ints(v.linkLabels(x.gold, cue, w)),
			Relation: make([]int, 0, w.last-w.first),
		}
		for i := w.first; i < w.last; i++ {
			ce.Relation = append(ce.Relation, int(v.relation(cue, i)))
		}
		e.Cues = append(e.Cues, ce)
	}
	return e
}

// ints returns the numbers as JSON shall have them: bytes would be a string.
func ints(b []uint8) []int {
	out := make([]int, len(b))
	for i, x := range b {
		out[i] = int(x)
	}
	return out
}
