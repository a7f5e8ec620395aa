package report

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/onrecord-nlp/onrecord/eval"
)

// row is one figure of a table.
type row struct {
	Name       string // "quotes.speaker", or the slice where the table names the figure
	Sub        bool   // a slice of the figure above
	Stat       string // "F1", "accuracy", "macro-F1"
	Definition string
	Value      string
	P, R       string // empty where the figure has none
	Interval   string // empty where there is none
	Baseline   string
	N          string
	Few        bool
	Bar        bar
}

// bar is an interval drawn on a scale of 0 to 100.
type bar struct {
	Has                        bool // an interval
	Low, High, Value, Baseline string
}

// family is a part of a table.
type family struct {
	Name       string
	Definition string
	Rows       []row
}

var statNames = map[string]string{"f1": "F1", "accuracy": "accuracy", "macro_f1": "macro-F1"}

func newRow(r *eval.Row, name string) row {
	out := row{
		Name: name, Stat: statNames[r.Stat], Definition: eval.Definition(r.Name),
		Value: decimal(r.Value), N: thousands(int(r.Gold)), Few: r.Few(),
		Bar: bar{Has: r.HasInterval, Low: coordinate(r.Low), High: coordinate(r.High), Value: coordinate(r.Value)},
	}
	if r.Stat == "f1" {
		out.P, out.R = decimal(r.Precision), decimal(r.Recall)
	}
	if r.HasInterval {
		out.Interval = decimal(r.Low) + "–" + decimal(r.High)
	}
	if r.HasBaseline {
		out.Baseline, out.Bar.Baseline = decimal(r.Baseline), coordinate(r.Baseline)
	}
	for _, s := range r.Simple {
		if out.Baseline != "" {
			out.Baseline += ", "
		} else {
			out.Bar.Baseline = coordinate(s.Value)
		}
		out.Baseline += s.Name + " " + decimal(s.Value)
	}
	return out
}

// chief are the figures that tell most.
func chief(rows []eval.Row) []row {
	var out []row
	for _, f := range families {
		for i := range rows {
			if r := &rows[i]; r.Chief() && f.holds(r.Name) {
				out = append(out, newRow(r, r.Key()))
			}
		}
	}
	return out
}

// families are the parts of the table of all figures, in its order.
var families = []familyOf{
	{"Quotations", []string{"quotes"}},
	{"Claims", []string{"claims"}},
	{"Stance and class of cue", []string{"stance", "cue_class"}},
	{"Speakers", []string{"speakers"}},
	{"Blocks", []string{"blocks"}},
	{"The PolNeAR family", []string{"polnear"}},
}

type familyOf struct {
	name  string
	first []string // the first parts of the names
}

func (f *familyOf) holds(name string) bool {
	first, _, _ := strings.Cut(name, ".")
	return slices.Contains(f.first, first)
}

// ofKind reports whether the slice is a kind of content, and no class.
func ofKind(r *eval.Row) bool {
	return strings.HasPrefix(r.Name, "quotes") || strings.HasPrefix(r.Name, "claims")
}

// figures are all figures but those by kind.
func figures(rows []eval.Row) []family {
	var out []family
	for _, f := range families {
		part := family{Name: f.name}
		for i := range rows {
			r := &rows[i]
			if !f.holds(r.Name) || r.Slice != "" && ofKind(r) {
				continue
			}
			line := newRow(r, r.Key())
			switch {
			case r.Slice != "":
				line.Sub, line.Definition = true, ""
			case r.Stat == "macro_f1":
				line.Definition = "the mean of F1 over the classes"
			}
			part.Rows = append(part.Rows, line)
		}
		if part.Rows != nil {
			out = append(out, part)
		}
	}
	return out
}

// kinds are the figures by kind of content.
func kinds(rows []eval.Row) []family {
	var out []family
	for i := range rows {
		r := &rows[i]
		if r.Slice == "" || !ofKind(r) {
			continue
		}
		if len(out) == 0 || out[len(out)-1].Name != r.Name {
			out = append(out, family{Name: r.Name, Definition: eval.Definition(r.Name)})
		}
		f := &out[len(out)-1]
		line := newRow(r, r.Slice)
		line.Definition = ""
		f.Rows = append(f.Rows, line)
	}
	return out
}

// grouping is the chief figures by one property of the articles.
type grouping struct {
	Name    string // "outlet"
	Figures []string
	Rows    []group
	Small   []group // those with too few articles, where they are many
}

// groupTable is the groups of one table.
type groupTable struct {
	Title, By string
	Figures   []string
	Rows      []group
}

// All is the table of the groups that have articles enough, or of all.
func (g grouping) All() groupTable {
	return groupTable{"Chief figures by " + g.Name, g.Name, g.Figures, g.Rows}
}

// Few is the table of the others.
func (g grouping) Few() groupTable {
	return groupTable{"Chief figures by " + g.Name + ", with too few articles to tell", g.Name, g.Figures, g.Small}
}

type group struct {
	Name      string
	Documents string
	Few       bool
	Cells     []*row // one a figure; nil where there is nothing to count
}

// manySmall is how many groups of too few articles make a list of their own.
const manySmall = 20

func groupings(r *eval.Report) []grouping {
	type place struct{ name, stat string }
	at := map[place]int{}
	var names []string
	for _, f := range families {
		for i := range r.Rows {
			if row := &r.Rows[i]; row.Chief() && f.holds(row.Name) {
				at[place{row.Name, row.Stat}] = len(names)
				names = append(names, row.Key())
			}
		}
	}
	var out []grouping
	for i := range r.Groups {
		g := &r.Groups[i]
		by, name, _ := strings.Cut(g.Name, ":")
		if len(out) == 0 || out[len(out)-1].Name != by {
			out = append(out, grouping{Name: by, Figures: names})
		}
		line := group{Name: name, Documents: thousands(g.Documents), Few: g.Few(), Cells: make([]*row, len(names))}
		for k := range g.Rows {
			r := &g.Rows[k]
			if c, ok := at[place{r.Name, r.Stat}]; ok && r.Slice == "" {
				cell := newRow(r, name)
				if g.Few() { // the bootstrap of a handful of articles says nothing
					cell.Few, cell.Interval, cell.Bar = true, "", bar{}
				}
				line.Cells[c] = &cell
			}
		}
		into := &out[len(out)-1]
		into.Rows = append(into.Rows, line)
	}
	for i := range out {
		g := &out[i]
		small := func(x group) bool { return x.Few }
		if n := len(g.Rows) - len(slices.DeleteFunc(slices.Clone(g.Rows), small)); n >= manySmall {
			for _, x := range g.Rows {
				if x.Few {
					g.Small = append(g.Small, x)
				}
			}
			g.Rows = slices.DeleteFunc(g.Rows, small)
		}
	}
	return out
}

// confusion is a table of classes taken for one another.
type confusion struct {
	Title     string
	Classes   []string
	Rows      []confusionRow
	HasMissed bool
	Spurious  []cell
	Predicted []string
	Found     string
}

type confusionRow struct {
	Class  string
	Cells  []cell
	Found  string
	Missed cell
}

// cell is a count, its share, and where its cases stand.
type cell struct {
	N      string
	Share  string // of the row, in percent; empty where there is none
	Right  bool
	Shade  int    // the share in tenths
	Anchor string // empty where there are no cases to show
	Means  string // for those who do not see the table: "gold support, got oppose"
}

var confusionTitles = map[string]string{
	"quotes.kind": "Kind of quotation", "claims.kind": "Kind of claim",
	"stance.quotes": "Stance of quotations", "stance.claims": "Stance of claims", "cue_class": "Class of cue",
}

func newConfusion(c *eval.Confusion) confusion {
	out := confusion{Title: confusionTitles[c.Name], Classes: c.Classes, HasMissed: c.Missed != nil, Found: thousands(c.Found())}
	for g, gold := range c.Classes {
		line := confusionRow{Class: gold, Found: thousands(c.Gold(g))}
		for p, got := range c.Classes {
			n := c.Counts[g][p]
			x := cell{N: thousands(n), Right: g == p, Means: "gold " + gold + ", got " + got}
			if all := c.Gold(g); n > 0 {
				share := float64(n) / float64(all)
				x.Share, x.Shade = strconv.FormatFloat(100*share, 'f', 0, 64)+"%", int(math.Ceil(10*share))
			}
			if g != p && n > 0 {
				x.Anchor = anchor(c.Error, gold, got)
			}
			line.Cells = append(line.Cells, x)
		}
		if c.Missed != nil {
			line.Missed = outside(c.Missed[g], anchor(c.MissedError, gold, ""), "missed, gold "+gold)
			out.Spurious = append(out.Spurious, outside(c.Spurious[g], anchor(c.SpuriousError, "", gold), "spurious, got "+gold))
		}
		out.Rows = append(out.Rows, line)
		out.Predicted = append(out.Predicted, thousands(c.Predicted(g)))
	}
	return out
}

// outside is a cell for items that one side alone has.
func outside(n int, to, means string) cell {
	x := cell{N: thousands(n), Means: means}
	if n > 0 {
		x.Anchor = to
	}
	return x
}

// reliability is a table of confidences and its diagram.
type reliability struct {
	Title, About string
	Given        bool
	Rows         string
	Right        string
	Mean, Share  string
	Error        string
	Verdict      string // empty where nothing can be said
	Bins         []bin
}

type bin struct {
	Range, Rows, Right, Mean, Share, Interval string
	Few                                       bool
	X, Y, Low, High                           string // in the diagram, y downwards
}

var reliabilityTitles = map[string][2]string{
	"claims":         {"Confidence of claims", "Every predicted claim. Right: the gold has it, with this source."},
	"quotes.speaker": {"Confidence of quotations' speakers", "Every predicted quotation that the gold has. Right: the speaker's name."},
	"stance.quotes":  {"Confidence of quotations' stance", "Every predicted quotation that the gold has. Right: the position."},
	"stance.claims":  {"Confidence of claims' stance", "Every predicted claim that the gold has. Right: the position."},
}

func newReliability(r *eval.Reliability) reliability {
	title := reliabilityTitles[r.Name]
	out := reliability{
		Title: title[0], About: title[1], Given: r.Given, Rows: thousands(r.Rows), Right: thousands(r.Right),
		Mean: decimal(r.Mean), Share: decimal(100 * float64(r.Right) / float64(r.Rows)), Error: decimal(r.Error),
	}
	if r.Chance > 0 {
		chance := "Perfect confidences over as many rows would have one of up to " + decimal(r.Chance) + " by chance (in 95 of 100 samples)"
		switch share := 100 * float64(r.Right) / float64(r.Rows); {
		case r.Error <= r.Chance:
			out.Verdict = chance + ", so these may be perfect."
		case share > r.Mean:
			out.Verdict = chance + ": these are off, and rows are right more often than they say."
		default:
			out.Verdict = chance + ": these are off, and rows are right less often than they say."
		}
	}
	for i := range r.Bins {
		b := &r.Bins[i]
		out.Bins = append(out.Bins, bin{
			Range: fmt.Sprintf("%.0f–%.0f", b.From, b.To), Rows: thousands(b.Rows), Right: thousands(b.Right), Few: b.Rows < eval.FewItems,
			Mean: decimal(b.Mean), Share: decimal(b.Share), Interval: decimal(b.Low) + "–" + decimal(b.High),
			X: coordinate(b.Mean), Y: coordinate(100 - b.Share), Low: coordinate(100 - b.Low), High: coordinate(100 - b.High),
		})
	}
	return out
}

func decimal(x float64) string { return strconv.FormatFloat(x, 'f', 1, 64) }

// coordinate is a number of a drawing.
func coordinate(x float64) string { return strconv.FormatFloat(math.Round(10*x)/10, 'f', -1, 64) }

// signed is a difference with its sign, a minus and no hyphen.
func signed(x float64) string {
	s := strconv.FormatFloat(math.Abs(x), 'f', 1, 64)
	switch {
	case s == "0.0":
		return s
	case x < 0:
		return "−" + s
	}
	return "+" + s
}

// thousands writes a number with spaces between thousands.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "\u202f" + s[i:]
	}
	return s
}
