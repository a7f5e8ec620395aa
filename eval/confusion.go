package eval

import (
	"slices"

	"github.com/onrecord-nlp/onrecord/pipeline"
)

// Confusion counts how items of each gold class were classed by the
// predictions.
type Confusion struct {
	// Name is that of the figures over the same items: "stance.quotes",
	// "stance.claims", "cue_class", "quotes.kind", "claims.kind".
	Name string `json:"name"`
	// Classes that occur on either side, in their own order.
	Classes []string `json:"classes"`
	// Counts of found items: Counts[gold][predicted].
	Counts [][]int `json:"counts"`
	// Missed counts the items of each gold class that were not found, and
	// Spurious the predicted ones of each class that are not in the gold. Both
	// are nil but for kinds: only a kind is had by items of one side alone.
	Missed   []int `json:"missed,omitempty"`
	Spurious []int `json:"spurious,omitempty"`
	// Error and, for kinds, MissedError and SpuriousError are the kinds of
	// [Case] that the cells off the diagonal count.
	Error         string `json:"-"`
	MissedError   string `json:"-"`
	SpuriousError string `json:"-"`
}

// Found is the number of items that were found and are counted in Counts.
func (c *Confusion) Found() int {
	n := 0
	for i := range c.Counts {
		n += c.Gold(i)
	}
	return n
}

// Gold is the number of found items of gold class i.
func (c *Confusion) Gold(i int) int {
	n := 0
	for _, k := range c.Counts[i] {
		n += k
	}
	return n
}

// Predicted is the number of found items that were classed as i.
func (c *Confusion) Predicted(i int) int {
	n := 0
	for _, row := range c.Counts {
		n += row[i]
	}
	return n
}

// confusions are the tables of a report, in the order of the report.
type confusions [numMeasures]*Confusion

var confused = [...]measure{quotesKind, claimsKind, stanceQuotes, stanceClaims, cueClass}

func newConfusions(l *layout) *confusions {
	var out confusions
	for _, m := range confused {
		n := len(l.specs[m].classes)
		c := &Confusion{Name: l.specs[m].name, Classes: l.specs[m].classes, Error: errorNames[classQuestion(m)]}
		for range n {
			c.Counts = append(c.Counts, make([]int, n))
		}
		switch m {
		case quotesKind:
			c.MissedError, c.SpuriousError = errorNames[quoteMissed], errorNames[quoteSpurious]
		case claimsKind:
			c.MissedError, c.SpuriousError = errorNames[claimMissed], errorNames[claimSpurious]
		}
		if c.MissedError != "" {
			c.Missed, c.Spurious = make([]int, n), make([]int, n)
		}
		out[m] = c
	}
	return &out
}

// add counts one document.
func (cs *confusions) add(c *comparison, layers pipeline.Layers) {
	c.classed(layers, func(m measure, _ match, gold, pred int) { cs[m].Counts[gold][pred]++ })
	one := func(into *Confusion, m match, kind func(*pipeline.Document, int) pipeline.Kind) {
		switch {
		case m.pred < 0:
			into.Missed[kind(c.gold, m.gold)]++
		case m.gold < 0:
			into.Spurious[kind(c.pred, m.pred)]++
		}
	}
	if layers.Has(pipeline.LayerQuotes) {
		for _, m := range c.quotes {
			one(cs[quotesKind], m, quoteKind)
		}
	}
	if layers.Has(pipeline.LayerAttributions) {
		for _, m := range c.claims {
			one(cs[claimsKind], m, claimKind)
		}
	}
}

// occurring returns the tables that count something, without the classes that
// do not occur.
func (cs *confusions) occurring() []Confusion {
	var out []Confusion
	for _, m := range confused {
		c := cs[m]
		var keep []int
		for i := range c.Classes {
			n := c.Gold(i) + c.Predicted(i)
			if c.Missed != nil {
				n += c.Missed[i] + c.Spurious[i]
			}
			if n > 0 {
				keep = append(keep, i)
			}
		}
		if keep == nil {
			continue
		}
		d := Confusion{Name: c.Name, Error: c.Error, MissedError: c.MissedError, SpuriousError: c.SpuriousError, Classes: pick(c.Classes, keep)}
		if c.Missed != nil {
			d.Missed, d.Spurious = pick(c.Missed, keep), pick(c.Spurious, keep)
		}
		for _, i := range keep {
			d.Counts = append(d.Counts, pick(c.Counts[i], keep))
		}
		out = append(out, d)
	}
	return slices.Clip(out)
}

// pick returns the elements at the given places.
func pick[T any](from []T, at []int) []T {
	out := make([]T, len(at))
	for k, i := range at {
		out[k] = from[i]
	}
	return out
}
