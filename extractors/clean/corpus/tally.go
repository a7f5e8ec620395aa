package corpus

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/onrecord-nlp/onrecord/pipeline"
)

// Kinds is the number of kinds of block.
const Kinds = int(pipeline.BlockBoilerplate) + 1

// Tally counts, over documents, the characters (code points other than white
// space) of every gold kind by the kind that was given to them. Characters
// without a gold label are left out.
type Tally struct {
	Docs  int
	Chars [Kinds][Kinds]int // [gold][predicted]
	// Quoted counts gold body blocks that hold a quotation mark, and
	// QuotedLost those of them of which more than a tenth was called furniture.
	Quoted, QuotedLost int
	Body, BodyLost     int // the same for all gold body blocks

	precisions, recalls float64 // of speech, summed over documents
}

// Add compares the blocks of pred with those of gold; both have the same text.
func (t *Tally) Add(gold, pred *pipeline.Document) {
	t.Docs++
	var own Tally // of this document
	defer func() {
		for i := range Kinds {
			for k := range Kinds {
				t.Chars[i][k] += own.Chars[i][k]
			}
		}
		p, r := own.Speech()
		t.precisions += p
		t.recalls += r
	}()
	j := 0
	for _, g := range gold.Blocks {
		for j < len(pred.Blocks) && pred.Blocks[j].End <= g.Start {
			j++
		}
		total, lost := 0, 0
		for k := j; k < len(pred.Blocks) && pred.Blocks[k].Start < g.End; k++ {
			p := pred.Blocks[k]
			n := chars(gold.Text, p.Intersect(g.Span))
			own.Chars[g.Kind][p.Kind] += n
			total += n
			if !p.Kind.Speech() {
				lost += n
			}
		}
		if g.Kind == pipeline.BlockBody {
			gone := 0
			if 10*lost > total {
				gone = 1
			}
			t.Body++
			t.BodyLost += gone
			if strings.ContainsAny(g.In(gold.Text), "\"“”‘«„") {
				t.Quoted++
				t.QuotedLost += gone
			}
		}
	}
}

func chars(text string, s pipeline.Span) int {
	n := 0
	for _, r := range s.In(text) {
		if !unicode.IsSpace(r) {
			n++
		}
	}
	return n
}

// Of returns precision and recall of one kind, by characters.
func (t *Tally) Of(k pipeline.BlockKind) (precision, recall float64) {
	var right, said, gold int
	right = t.Chars[k][k]
	for i := range Kinds {
		said += t.Chars[i][k]
		gold += t.Chars[k][i]
	}
	return ratio(right, said), ratio(right, gold)
}

// Speech returns precision and recall of body and headline together: the text
// in which statements are sought.
func (t *Tally) Speech() (precision, recall float64) {
	var right, said, gold int
	for i := range Kinds {
		for j := range Kinds {
			n := t.Chars[i][j]
			a, b := pipeline.BlockKind(i).Speech(), pipeline.BlockKind(j).Speech()
			if a && b {
				right += n
			}
			if a {
				gold += n
			}
			if b {
				said += n
			}
		}
	}
	return ratio(right, said), ratio(right, gold)
}

// Mean returns precision and recall of speech averaged over documents, so that
// a long one counts no more than a short one.
func (t *Tally) Mean() (precision, recall float64) {
	n := float64(max(t.Docs, 1))
	return t.precisions / n, t.recalls / n
}

// String is a table for people.
func (t *Tally) String() string {
	var b strings.Builder
	p, r := t.Speech()
	mp, mr := t.Mean()
	fmt.Fprintf(&b, "%d documents; speech P %.2f R %.2f, mean of documents P %.2f R %.2f; body blocks lost %d of %d (%.2f %%), quoted ones %d of %d (%.2f %%)\n", t.Docs, 100*p, 100*r, 100*mp, 100*mr,
		t.BodyLost, t.Body, 100*ratio(t.BodyLost, t.Body), t.QuotedLost, t.Quoted, 100*ratio(t.QuotedLost, t.Quoted))
	for k := range Kinds {
		p, r := t.Of(pipeline.BlockKind(k))
		n := 0
		for _, c := range t.Chars[k] {
			n += c
		}
		fmt.Fprintf(&b, "  %-11s %8d chars  P %6.2f  R %6.2f\n", pipeline.BlockKind(k), n, 100*p, 100*r)
	}
	return b.String()
}

func ratio(a, b int) float64 {
	if b == 0 {
		return 1
	}
	return float64(a) / float64(b)
}
