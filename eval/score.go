package eval

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/goldform"
)

// Options say what Score and Compare count. The zero value scores everything
// with intervals.
type Options struct {
	// Layers are those whose measures are wanted; none means all. Blocks have the
	// measures blocks.*; quotes have quotes and quotes.kind; attributions have
	// polnear.*, claims and claims.* but for the speakers; speakers have
	// quotes.source, *.speaker*, and speakers.*; stances have stance.* and
	// cue_class.
	Layers pipeline.Layers
	// Resamples is the number of bootstrap samples: 0 means 1000, and less than 0
	// none.
	Resamples int
	// Seed of the bootstrap; the same seed gives the same intervals.
	Seed uint64
	// NoGroups leaves out the figures by outlet, split, genre and variety.
	NoGroups bool
	// Baselines are scored beside the predictions, by Score alone.
	Baselines []Baseline
}

// Baseline is predictions made by a rule that anybody can check, which tell what
// a figure is worth. The majority class needs none: every figure of classes
// has it.
type Baseline struct {
	Name string // "lexicon": the heading of a column, and the end of keys
	// Figures are the names of those that it is a baseline for; a name stands for
	// those below it too, as quotes.speaker for quotes.speaker.by_name.
	Figures []string
	Docs    []*pipeline.Document
}

// holds reports whether the baseline is one for figures called name.
func (b *Baseline) holds(name string) bool {
	return slices.ContainsFunc(b.Figures, func(f string) bool { return name == f || strings.HasPrefix(name, f+".") })
}

func (o Options) layers() pipeline.Layers {
	if o.Layers == 0 {
		return ^pipeline.Layers(0)
	}
	return o.Layers
}

func (o Options) resamples() int {
	if o.Resamples == 0 {
		return 1000
	}
	return max(o.Resamples, 0)
}

// Score compares predictions with gold, document by document, paired by id.
//
// A gold document without a prediction counts as one in which nothing was
// found, and so does a layer that one prediction lacks and others have; a
// layer that no prediction has is not scored. Predictions for other documents
// are counted in [Report.Extra] and otherwise ignored. It is an error if an id
// stands twice on one side, or if a prediction's text is not the gold text.
func Score(gold []goldform.Article, pred []*pipeline.Document, opt Options) (*Report, error) {
	l := newLayout()
	s, err := pairUp(gold, pred)
	if err != nil {
		return nil, err
	}
	layers := s.predicted(opt.layers())
	r := &Report{Documents: len(gold), Unpredicted: s.missing, Extra: s.extra}
	rows := make([]tally, len(gold))
	confused, reliable := newConfusions(l), newReliability()
	for i := range gold {
		rows[i] = l.tally()
		c := compare(&gold[i], s.pred[i], layers)
		c.count(rows[i], layers)
		confused.add(c, layers)
		reliable.add(c, layers)
		r.Words += countWords(gold[i].Doc.Text)
	}
	r.Confusions, r.Reliability = confused.occurring(), reliable.occurring(opt)
	figs := l.occurring(rows)
	r.Rows = makeRows(l, figs, rows, opt)
	base := make([][]tally, len(opt.Baselines))
	for i, b := range opt.Baselines {
		if base[i], err = tallies(l, gold, b, opt); err != nil {
			return nil, err
		}
		addBaseline(l, r.Rows, figs, b, base[i])
	}
	if !opt.NoGroups {
		for _, g := range groups(gold) {
			in := pick(rows, g.documents)
			figs := l.occurring(in)
			of := makeRows(l, figs, in, opt)
			for i, b := range opt.Baselines {
				addBaseline(l, of, figs, b, pick(base[i], g.documents))
			}
			r.Groups = append(r.Groups, Group{Name: g.name, Documents: len(in), Rows: of})
		}
	}
	return r, nil
}

// tallies counts the predictions of a baseline, document by document.
func tallies(l *layout, gold []goldform.Article, b Baseline, opt Options) ([]tally, error) {
	s, err := pairUp(gold, b.Docs)
	if err != nil {
		return nil, fmt.Errorf("eval: baseline %s: %w", b.Name, err)
	}
	layers := s.predicted(opt.layers())
	out := make([]tally, len(gold))
	for i := range gold {
		out[i] = l.tally()
		compare(&gold[i], s.pred[i], layers).count(out[i], layers)
	}
	return out, nil
}

// addBaseline gives rows, made of figs, what a baseline scores of which counted
// are the counts.
func addBaseline(l *layout, rows []Row, figs []figure, b Baseline, counted []tally) {
	sum := l.sum(counted)
	for i := range rows {
		if b.holds(figs[i].Name) {
			if v := figs[i].values(sum); v.Gold+v.Pred > 0 {
				rows[i].Simple = append(rows[i].Simple, Simple{b.Name, v.Value})
			}
		}
	}
}

// paired holds the prediction for each gold document.
type paired struct {
	pred           []*pipeline.Document
	missing, extra int
	have           pipeline.Layers // of all predictions
}

func pairUp(gold []goldform.Article, pred []*pipeline.Document) (paired, error) {
	var s paired
	seen := make(map[string]bool, len(gold))
	for _, g := range gold {
		if seen[g.Doc.ID] {
			return s, fmt.Errorf("eval: two gold documents have the id %q (%s): give each an id of its own", g.Doc.ID, g.Doc.Source)
		}
		seen[g.Doc.ID] = true
	}
	byID := make(map[string]*pipeline.Document, len(pred))
	for _, d := range pred {
		if byID[d.ID] != nil {
			return s, fmt.Errorf("eval: two predictions have the id %q; score one run at a time", d.ID)
		}
		byID[d.ID] = d
		for l := range pipeline.LayerStances + 1 {
			if d.Has(l) {
				s.have = s.have.With(l)
			}
		}
	}
	for _, g := range gold {
		d := byID[g.Doc.ID]
		switch {
		case d == nil:
			s.missing++
			d = &pipeline.Document{ID: g.Doc.ID, Text: g.Doc.Text}
		case d.Text != g.Doc.Text:
			at := 0
			for at < len(d.Text) && at < len(g.Doc.Text) && d.Text[at] == g.Doc.Text[at] {
				at++
			}
			return s, fmt.Errorf("eval: document %q: the prediction's text (%d bytes) differs from the gold text (%d bytes) from byte %d on; extract from the gold file's own text", g.Doc.ID, len(d.Text), len(g.Doc.Text), at)
		}
		s.pred = append(s.pred, d)
	}
	s.extra = len(pred) - (len(gold) - s.missing)
	return s, nil
}

// predicted narrows layers to those that some prediction has. Where there is
// no prediction at all, everything was missed.
func (s *paired) predicted(layers pipeline.Layers) pipeline.Layers {
	if s.missing == len(s.pred) {
		return layers
	}
	return layers & s.have
}

// groups lists the documents of each outlet, split, genre and variety, where
// there is more than one.
type group struct {
	name      string
	documents []int
}

func groups(gold []goldform.Article) []group {
	var out []group
	for _, by := range []struct {
		name string
		of   func(goldform.Article) string
	}{
		{"outlet", func(a goldform.Article) string { return cmp.Or(a.Doc.Outlet(), "none") }},
		{"split", func(a goldform.Article) string { return a.Split }},
		{"genre", func(a goldform.Article) string { return a.Genre }},
		{"variety", func(a goldform.Article) string { return a.Variety }},
	} {
		members := make(map[string][]int)
		var names []string
		for i, a := range gold {
			v := by.of(a)
			if v == "" {
				continue
			}
			if members[v] == nil {
				names = append(names, v)
			}
			members[v] = append(members[v], i)
		}
		if len(names) < 2 {
			continue
		}
		slices.Sort(names)
		for _, n := range names {
			out = append(out, group{by.name + ":" + n, members[n]})
		}
	}
	return out
}

// occurring lists the figures of which there is something to count.
func (l *layout) occurring(rows []tally) []figure {
	sum := l.sum(rows)
	return slices.DeleteFunc(l.figures(), func(f figure) bool {
		v := f.values(sum)
		return v.Gold+v.Pred == 0
	})
}

func (l *layout) sum(rows []tally) []float64 {
	sum := make([]float64, l.width)
	for _, r := range rows {
		for i, x := range r.n {
			sum[i] += x
		}
	}
	return sum
}

func makeRows(l *layout, figs []figure, rows []tally, opt Options) []Row {
	sum := l.sum(rows)
	out := make([]Row, len(figs))
	for i := range figs {
		f := &figs[i]
		v := f.values(sum)
		out[i] = Row{
			Name: f.Name, Slice: f.Slice, Stat: f.Stat,
			Precision: v.P, Recall: v.R, Value: v.Value, Low: v.Value, High: v.Value,
			Gold: v.Gold, Predicted: v.Pred,
			HasBaseline: f.of.classes != nil && f.of.form != ratio && f.Stat != "f1", Baseline: v.Baseline,
		}
	}
	n := opt.resamples()
	if n == 0 || len(rows) < 2 {
		return out
	}
	samples := bootstrap(l, figs, [][]tally{rows}, n, opt.Seed)
	for i := range out {
		out[i].Low, out[i].High = interval(samples[0][i])
		out[i].HasInterval = true
	}
	return out
}

// bootstrap draws n samples of documents with replacement and returns, for
// each of the sets, the figures' values: [set][figure][sample]. All sets hold
// the same documents in the same order, and every sample takes the same ones
// from each. A value is NaN where the sample holds nothing to count.
func bootstrap(l *layout, figs []figure, sets [][]tally, n int, seed uint64) [][][]float64 {
	rnd := rand.New(rand.NewPCG(seed, 7))
	out := make([][][]float64, len(sets))
	for s := range sets {
		out[s] = make([][]float64, len(figs))
		for i := range figs {
			out[s][i] = make([]float64, n)
		}
	}
	sum := make([]float64, l.width)
	drawn := make([]float64, len(sets[0])) // times that each document was drawn
	for k := range n {
		clear(drawn)
		for range drawn {
			drawn[rnd.IntN(len(drawn))]++
		}
		for s, rows := range sets {
			clear(sum)
			for d, times := range drawn {
				if times == 0 {
					continue
				}
				for i, x := range rows[d].n {
					sum[i] += times * x
				}
			}
			for i := range figs {
				v := figs[i].values(sum)
				if v.Gold+v.Pred == 0 {
					v.Value = math.NaN()
				}
				out[s][i][k] = v.Value
			}
		}
	}
	return out
}

// interval is the percentile interval that holds 95% of xs, NaNs apart. It
// reorders xs.
func interval(xs []float64) (low, high float64) {
	xs = slices.DeleteFunc(xs, math.IsNaN)
	slices.Sort(xs)
	n := len(xs)
	if n == 0 {
		return 0, 100
	}
	return xs[n*25/1000], xs[min(n*975/1000, n-1)]
}

// Difference is how two sets of predictions differ in one figure.
type Difference struct {
	Row          // of B, with its own interval
	A    float64 // the first set's value
	Diff float64 // B minus A
	// Lowest and Highest bound the difference with 95% confidence; where zero
	// lies outside them, chance is an unlikely reason.
	Lowest, Highest float64
	// P is the probability of a difference as large as this, either way, if the
	// two were equally good: from the standard error of the paired bootstrap,
	// taken for normal. Adjusted is P corrected for the number of figures
	// compared (Holm 1979). Both are 1 where there are no intervals.
	P, Adjusted float64
}

// Significant reports whether zero lies outside the interval: whether chance
// is an unlikely reason, this figure taken alone.
func (d *Difference) Significant() bool { return d.HasInterval && (d.Lowest > 0 || d.Highest < 0) }

// Certain reports whether the difference is significant still when it is one
// of the many that were looked at.
func (d *Difference) Certain() bool { return d.Significant() && d.Adjusted < 0.05 }

// Compare scores two sets of predictions against the same gold and bounds
// their difference by a paired bootstrap: every sample takes the same
// documents for both. Only layers that both sets have are compared.
func Compare(gold []goldform.Article, a, b []*pipeline.Document, opt Options) ([]Difference, error) {
	l := newLayout()
	pa, errA := pairUp(gold, a)
	pb, errB := pairUp(gold, b)
	if err := errors.Join(errA, errB); err != nil {
		return nil, err
	}
	layers := pa.predicted(opt.layers()) & pb.predicted(opt.layers())
	sets := [][]tally{make([]tally, len(gold)), make([]tally, len(gold))}
	for i := range gold {
		for s, pred := range []*pipeline.Document{pa.pred[i], pb.pred[i]} {
			sets[s][i] = l.tally()
			compare(&gold[i], pred, layers).count(sets[s][i], layers)
		}
	}
	figs := l.occurring(append(slices.Clone(sets[0]), sets[1]...))
	rowsA, rowsB := makeRows(l, figs, sets[0], Options{Resamples: -1}), makeRows(l, figs, sets[1], opt)
	out := make([]Difference, len(figs))
	for i := range figs {
		d := rowsB[i].Value - rowsA[i].Value
		out[i] = Difference{Row: rowsB[i], A: rowsA[i].Value, Diff: d, Lowest: d, Highest: d, P: 1, Adjusted: 1}
	}
	if n := opt.resamples(); n > 0 && len(gold) > 1 {
		samples := bootstrap(l, figs, sets, n, opt.Seed)
		for i := range figs {
			diffs := make([]float64, n)
			for k := range n {
				diffs[k] = samples[1][i][k] - samples[0][i][k]
			}
			out[i].P = probability(out[i].Diff, diffs)
			out[i].Lowest, out[i].Highest = interval(diffs)
		}
		adjust(out)
	}
	return out, nil
}

// probability is the two-sided one of a difference, were it normal with the
// standard error of samples. NaNs are left out.
func probability(diff float64, samples []float64) float64 {
	n, sum, squares := 0.0, 0.0, 0.0
	for _, x := range samples {
		if !math.IsNaN(x) {
			n, sum, squares = n+1, sum+x, squares+x*x
		}
	}
	if diff == 0 || n == 0 {
		return 1
	}
	sd := math.Sqrt(max(0, squares/n-sum/n*sum/n))
	return math.Erfc(math.Abs(diff) / sd / math.Sqrt2)
}

// adjust corrects for the number of figures by Holm's step-down method.
func adjust(ds []Difference) {
	order := make([]int, len(ds))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(ds[a].P, ds[b].P) })
	least := 0.0
	for k, i := range order {
		least = max(least, min(1, float64(len(ds)-k)*ds[i].P))
		ds[i].Adjusted = least
	}
}
