package report

import (
	"fmt"
	"math"

	"github.com/onrecord-nlp/onrecord/eval"
)

// comparison is two sets of predictions side by side.
type comparison struct {
	Name            string
	Figures         []diffFamily
	N               int // figures compared
	Better, Worse   int // after correction
	BetterA, WorseA int // beyond that, taken alone
	ByChance        string
	Few             bool // too few articles
	Counts          []changeCount
	Outcomes        []outcome
	Scale           string // end of the scale of the bars
	Fixed, Broken   int
	Still           int
}

type diffFamily struct {
	Name string
	Rows []diffRow
}

type diffRow struct {
	Name, Stat, A, B, Diff, Interval, P, N string
	Sub                                    bool
	Verdict, Class                         string
	Bar                                    bar // 50 is no difference
}

type changeCount struct {
	Kind                       string
	Fixed, Broken, Still       string
	FixedAt, BrokenAt, StillAt string // anchors; empty where there are none
}

// outcome is the changes with one outcome.
type outcome struct {
	Name, Anchor, N, Says string
	Kinds                 []errorKind
}

func newComparison(t texts, a *Against, documents int) *comparison {
	out := &comparison{Name: a.Name, N: len(a.Differences), ByChance: fmt.Sprintf("%.0f", math.Round(float64(len(a.Differences))/20)), Few: documents < eval.FewDocuments}
	scale := 5.0
	for i := range a.Differences {
		d := &a.Differences[i]
		scale = max(scale, math.Abs(d.Lowest), math.Abs(d.Highest))
	}
	scale = math.Ceil(scale/5) * 5
	out.Scale = fmt.Sprintf("%.0f", scale)
	for _, f := range families {
		part := diffFamily{Name: f.name}
		for i := range a.Differences {
			d := &a.Differences[i]
			if !f.holds(d.Name) {
				continue
			}
			row := newDiffRow(d, scale, out.Few)
			switch row.Class {
			case "better":
				out.Better++
			case "worse":
				out.Worse++
			case "better-alone":
				out.BetterA++
			case "worse-alone":
				out.WorseA++
			}
			part.Rows = append(part.Rows, row)
		}
		if part.Rows != nil {
			out.Figures = append(out.Figures, part)
		}
	}
	link := func(o eval.Outcome, kind string, n int) string {
		if n == 0 {
			return ""
		}
		return anchor(o.String()+" "+kind, "", "")
	}
	for _, c := range a.Counts {
		out.Fixed, out.Broken, out.Still = out.Fixed+c.Fixed, out.Broken+c.Broken, out.Still+c.Still
		out.Counts = append(out.Counts, changeCount{
			c.Kind, thousands(c.Fixed), thousands(c.Broken), thousands(c.Still),
			link(eval.Fixed, c.Kind, c.Fixed), link(eval.Broken, c.Kind, c.Broken), link(eval.Still, c.Kind, c.Still),
		})
	}
	for _, o := range []struct {
		eval.Outcome
		says string
	}{
		{eval.Fixed, "wrong in A, right in B"},
		{eval.Broken, "right in A, wrong in B"},
		{eval.Still, "wrong in B, and wrong in A or not found there"},
	} {
		var of []eval.Change
		for _, c := range a.Changes {
			if c.Outcome == o.Outcome {
				of = append(of, c)
			}
		}
		part := outcome{Name: o.String(), Anchor: anchor("change "+o.String(), "", ""), N: thousands(len(of)), Says: o.says}
		for kind := range runs(of, func(c *eval.Change) string { return c.Kind }) {
			k := errorKind{Name: kind[0].Kind, Anchor: anchor(o.String()+" "+kind[0].Kind, "", ""), N: thousands(len(kind))}
			for in := range runs(kind, func(c *eval.Change) string { return c.Document }) {
				x := t.article(in[0].Document)
				for i := range in {
					x.Cases = append(x.Cases, t.show(&in[i].Case, answers(&in[i])...))
				}
				k.In = append(k.In, x)
			}
			k.Articles = "1 article"
			if len(k.In) > 1 {
				k.Articles = thousands(len(k.In)) + " articles"
			}
			part.Kinds = append(part.Kinds, k)
		}
		out.Outcomes = append(out.Outcomes, part)
	}
	return out
}

// answers are what gold, A and B say of a case.
func answers(c *eval.Change) []answer {
	gold := says("gold", c.Gold)
	switch c.Outcome {
	case eval.Fixed:
		return []answer{gold, says("A", c.Got), {"B", "as gold"}}
	case eval.Broken:
		return []answer{gold, {"A", "as gold"}, says("B", c.Got)}
	}
	return []answer{gold, says("A", c.Before), says("B", c.Got)}
}

func newDiffRow(d *eval.Difference, scale float64, few bool) diffRow {
	out := diffRow{
		Name: d.Key(), Stat: statNames[d.Stat], Sub: d.Slice != "", A: decimal(d.A), B: decimal(d.Value), Diff: signed(d.Diff), N: thousands(int(d.Gold)),
	}
	if d.HasInterval {
		at := func(x float64) string { return coordinate(50 + 50*x/scale) }
		out.Bar = bar{Has: true, Low: at(d.Lowest), High: at(d.Highest), Value: at(d.Diff)}
		out.Interval = signed(d.Lowest) + " to " + signed(d.Highest)
		out.P = probability(d.Adjusted)
	}
	better := d.Diff > 0
	switch {
	case d.Diff == 0 && d.Lowest == 0 && d.Highest == 0:
		out.Verdict = "the same"
	case few || d.Few():
		out.Verdict = "too few to tell"
	case !d.Significant():
		out.Verdict = "not significant"
	case d.Certain() && better:
		out.Verdict, out.Class = "better, significant", "better"
	case d.Certain():
		out.Verdict, out.Class = "worse, significant", "worse"
	case better:
		out.Verdict, out.Class = "better, if taken alone", "better-alone"
	default:
		out.Verdict, out.Class = "worse, if taken alone", "worse-alone"
	}
	return out
}

func probability(p float64) string {
	if p < 0.001 {
		return "< 0.001"
	}
	return fmt.Sprintf("%.3f", p)
}
