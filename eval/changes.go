package eval

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/goldform"
)

// Outcome says what became of a case between two sets of predictions, A and B.
type Outcome uint8

// Outcomes.
const (
	Fixed  Outcome = iota // wrong in A, right in B
	Broken                // right in A, wrong in B
	Still                 // wrong in B, and wrong in A or not found there
	numOutcomes
)

var outcomeNames = [numOutcomes]string{"fixed", "broken", "still wrong"}

func (o Outcome) String() string { return outcomeNames[o] }

// Change is a case that at least one of two sets of predictions got wrong.
type Change struct {
	Outcome
	// Case is that of B, and of A where B is right.
	Case
	// Before is what A said where both are wrong: empty where it missed the item,
	// or where the case is about one that A did not find.
	Before string
}

// ChangeCount is the number of changes in one kind of error.
type ChangeCount struct {
	Kind                 string
	Fixed, Broken, Still int
}

// Changes lists what became of every single case between two sets of
// predictions for the same gold, by kind and within a kind in the order of
// gold, and counts them by kind. Only layers that both sets have are compared.
//
// A case is one question about one item, as "who is the speaker of this
// quote". Where A did not find the item and B did, B's wrong answers about it
// are Still, since A had no right ones; where B no longer finds it, A's errors
// about it give way to the one that it is missed. Spurious items are the same
// where their quotes are, or where their contents overlap by half or more.
func Changes(gold []goldform.Article, a, b []*pipeline.Document, opt Options) ([]Change, []ChangeCount, error) {
	pa, errA := pairUp(gold, a)
	pb, errB := pairUp(gold, b)
	if err := errors.Join(errA, errB); err != nil {
		return nil, nil, err
	}
	l := newLayout()
	layers := pa.predicted(opt.layers()) & pb.predicted(opt.layers())
	var all []Change
	for i, g := range gold {
		all = append(all, changes(l, compare(&g, pa.pred[i], layers), compare(&g, pb.pred[i], layers), layers)...)
	}
	slices.SortStableFunc(all, func(x, y Change) int { return strings.Compare(x.Kind, y.Kind) })
	var counts []ChangeCount
	for _, x := range all {
		if len(counts) == 0 || counts[len(counts)-1].Kind != x.Kind {
			counts = append(counts, ChangeCount{Kind: x.Kind})
		}
		n := &counts[len(counts)-1]
		switch x.Outcome {
		case Fixed:
			n.Fixed++
		case Broken:
			n.Broken++
		case Still:
			n.Still++
		}
	}
	return all, counts, nil
}

// changes compares the judgements of two predictions for one document.
func changes(l *layout, a, b *comparison, layers pipeline.Layers) []Change {
	type key struct {
		question
		item int
	}
	spuriousInA := sameSpurious(a, b)
	var inA []judgement
	before := make(map[key]int) // into inA
	a.judge(l, layers, func(j judgement) {
		item := j.gold
		if item < 0 {
			item = j.pred
		}
		before[key{j.question, item}] = len(inA)
		inA = append(inA, j)
	})
	both := make([]bool, len(inA)) // B was asked, too
	var out []Change
	b.judge(l, layers, func(j judgement) {
		k := key{j.question, j.gold}
		if j.gold < 0 {
			k.item = spuriousInA(j)
		}
		at, asked := before[k]
		var was judgement
		if asked {
			was, both[at] = inA[at], true
		}
		switch {
		case j.right && asked && !was.right:
			out = append(out, Change{Outcome: Fixed, Case: a.describe(was)})
		case j.right:
		case asked && was.right, j.gold < 0 && !asked:
			out = append(out, Change{Outcome: Broken, Case: b.describe(j)})
		default:
			x := Change{Outcome: Still, Case: b.describe(j)}
			if asked {
				x.Before = a.describe(was).Got
			}
			out = append(out, x)
		}
	})
	// What is left was not asked of B: spurious items that it does not have, and
	// questions about items that it missed.
	for i, j := range inA {
		if j.gold < 0 && !both[i] {
			out = append(out, Change{Outcome: Fixed, Case: a.describe(j)})
		}
	}
	slices.SortStableFunc(out, func(x, y Change) int {
		return cmp.Or(strings.Compare(x.Kind, y.Kind), bySpan(x.Span, y.Span), cmp.Compare(x.Outcome, y.Outcome), strings.Compare(x.Got, y.Got))
	})
	here := make([]*Case, len(out))
	for i := range out {
		here[i] = &out[i].Case
	}
	b.place(here)
	return out
}

// sameSpurious returns a function that gives, for a spurious item of b, the
// spurious item of a that it is the same as, or -1.
func sameSpurious(a, b *comparison) func(judgement) int {
	quotes := make(map[pipeline.Span]int)
	for _, m := range a.quotes {
		if m.gold < 0 {
			quotes[inside(a.t.s, a.pred.Quotes[m.pred].Span)] = m.pred
		}
	}
	of := func(c *comparison) (rel []relation, item []int) {
		for _, m := range c.claims {
			if m.gold < 0 {
				rel = append(rel, c.predRel[m.pred])
				item = append(item, m.pred)
			}
		}
		return rel, item
	}
	relA, itemA := of(a)
	relB, itemB := of(b)
	claims := make(map[int]int)
	for _, x := range matchContents(a.t, relA, relB) {
		claims[itemB[x[1]]] = itemA[x[0]]
	}
	return func(j judgement) int {
		found, i := false, 0
		if j.question == quoteSpurious {
			s := inside(b.t.s, b.pred.Quotes[j.pred].Span)
			if i, found = quotes[s]; found {
				delete(quotes, s) // one for one
			}
		} else {
			i, found = claims[j.pred]
		}
		if !found {
			return -1
		}
		return i
	}
}
