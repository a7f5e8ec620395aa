package attribute

import (
	"fmt"

	"github.com/onrecord-nlp/onrecord/models/wordpiece"
	"github.com/onrecord-nlp/onrecord/pipeline"
)

// An Example is one passage with gold labels, as the training of the encoder
// reads it (models/train). Tokens are counted from the passage's first.
type Example struct {
	Document int     `json:"doc"`
	Pieces   []int32 `json:"pieces"`
	Features []int   `json:"features"` // one after the other, as many a piece as PieceFeatures has
	Rows     []int   `json:"rows"`     // for each token the piece that stands for it
	Tags     []int   `json:"tags"`     // labels of the first pass, for each token
	// Decided holds the runs of tokens, each of one paragraph, whose tags count.
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
// tokens, quotes and gold attributions. Candidate cues that are none are those
// which the fast engine's first pass takes for cues in documents that it has
// not seen.
func Examples(docs []*pipeline.Document, o TrainOptions, each func(*Example) error) error {
	if len(docs) < o.Folds {
		return fmt.Errorf("attribute: %d documents are too few to train on; at least %d are needed", len(docs), o.Folds)
	}
	vocab, err := wordpiece.Uncased()
	if err != nil {
		return err
	}
	tds, all := prepare(docs, o.Folds)
	trained := firstPasses(tds, all, o, o.Folds)
	ps, err := newPassages(vocab)
	if err != nil {
		return err
	}
	var s scratch
	for di, td := range tds {
		v := &s.view
		m := trained[td.fold]
		v.load(td.doc, all.strengths(td.own))
		s.ctx.load(v)
		s.first(m, &m.Trans)
		ps.load(v)
		gold := v.gold()
		tags := v.tagLabels(gold)
		cues := append([]candidate(nil), s.fp.cues...)
		for _, g := range gold {
			for _, r := range g.cue {
				cues = append(cues, v.headed(candidate{tokenRange: r}))
			}
		}
		for pi := range ps.list {
			p := &ps.list[pi]
			e := &Example{Document: di, Pieces: p.ids}
			for _, f := range p.feats {
				e.Features = append(e.Features, int(f))
			}
			local := make(map[int]int)
			var tokens []int
			for _, para := range v.paras {
				lo := -1
				for i := para.first; i < para.last; i++ {
					row, ok := ps.row(p, i)
					if !ok {
						continue
					}
					local[i] = len(tokens)
					tokens = append(tokens, i)
					e.Rows = append(e.Rows, row)
					e.Tags = append(e.Tags, int(tags[i]))
					if i >= p.first && i < p.last {
						if lo < 0 {
							lo = local[i]
						}
						if i+1 == para.last || i+1 == p.last {
							e.Decided = append(e.Decided, [2]int{lo, local[i] + 1})
						}
					}
				}
			}
			seen := make(map[tokenRange]bool)
			for _, c := range cues {
				if c.first < p.first || c.first >= p.last || seen[c.tokenRange] || c.last <= c.first {
					continue
				}
				if !v.doc.Blocks[v.doc.Sentences[v.sentence[c.first]].Block].Kind.Speech() {
					continue
				}
				seen[c.tokenRange] = true
				w := ps.reach(p, window(v.paraOf(c.first), c.tokenRange), c.tokenRange)
				labels := v.linkLabels(gold, c.tokenRange, w)
				x := CueExample{
					Cue:   [2]int{local[c.first], local[c.last-1] + 1},
					Reach: [2]int{local[w.first], local[w.last-1] + 1},
				}
				for i := w.first; i < w.last; i++ {
					x.Labels = append(x.Labels, int(labels[i-w.first]))
					x.Relation = append(x.Relation, int(v.relation(c.tokenRange, i)))
				}
				e.Cues = append(e.Cues, x)
			}
			if err := each(e); err != nil {
				return err
			}
		}
	}
	return nil
}
