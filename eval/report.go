package eval

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Report holds the figures of one scoring.
type Report struct {
	Documents   int // gold documents
	Unpredicted int // gold documents without a prediction
	Extra       int // predictions without a gold document
	Words       int // of the gold texts: runs without white space that hold a letter or a digit
	Rows        []Row
	Groups      []Group // by outlet, split, genre and variety, where there are several
	Confusions  []Confusion
	Reliability []Reliability
}

// A figure over fewer than FewItems gold items, or fewer than FewDocuments
// documents, is too small to tell anything by: its interval, if it has one, is
// wider than differences that matter, and not to be relied on.
const FewItems, FewDocuments = 20, 5

// Group holds the figures of some of the documents.
type Group struct {
	Name      string // "genre:wire", "outlet:example.org"
	Documents int
	Rows      []Row
}

// Row is one figure with what it is made of. Figures are percentages.
type Row struct {
	Name  string // "quotes.speaker"
	Slice string // "mixed", or empty
	Stat  string // what Value is: "f1", "accuracy" or "macro_f1"

	Precision, Recall float64 // for f1 only
	Value             float64
	HasInterval       bool
	Low, High         float64 // 95% interval of Value
	Gold, Predicted   float64 // items counted on each side
	HasBaseline       bool
	Baseline          float64 // what the most frequent gold class, always guessed, would score
	// Simple is what [Options.Baselines] score in the figure, those that are for
	// it, in their order.
	Simple []Simple
}

// Simple is what a baseline scores.
type Simple struct {
	Name  string // of the baseline
	Value float64
}

// Chief reports whether the figure is one of the few that tell most: those that
// stand for a group of documents in [Report.WriteTable].
func (r *Row) Chief() bool {
	switch r.Key() + "." + r.Stat {
	case "quotes.f1", "quotes.speaker.f1", "claims.f1", "claims.source.f1", "claims.speaker.f1",
		"stance.quotes.accuracy", "stance.claims.accuracy", "cue_class.accuracy", "blocks.accuracy", "speakers.b3.f1":
		return true
	}
	return false
}

// Few reports whether the row counts too few gold items to tell.
func (r *Row) Few() bool { return r.Gold < FewItems }

// Few reports whether the group has too few documents to tell.
func (g *Group) Few() bool { return g.Documents < FewDocuments }

// Key is the row's stable name without its statistic: NAME or NAME.SLICE.
func (r *Row) Key() string {
	if r.Slice == "" {
		return r.Name
	}
	return r.Name + "." + r.Slice
}

// Metrics returns every number of the report by its key: "quotes.f1",
// "quotes.p", "quotes.direct.f1.low", "quotes.n", "stance.quotes.accuracy.baseline",
// "stance.quotes.accuracy.lexicon" of a baseline called so, "quotes.genre:wire.f1". Numbers are rounded to two decimals.
func (r *Report) Metrics() map[string]float64 {
	out := make(map[string]float64)
	add := func(rows []Row, group string) {
		for i := range rows {
			row := &rows[i]
			key := row.Key() + group + "."
			set := func(stat string, v float64) { out[key+stat] = round(v) }
			set(row.Stat, row.Value)
			if row.Stat == "f1" {
				set("p", row.Precision)
				set("r", row.Recall)
			}
			if row.HasInterval {
				set(row.Stat+".low", row.Low)
				set(row.Stat+".high", row.High)
			}
			if row.HasBaseline {
				set(row.Stat+".baseline", row.Baseline)
			}
			for _, s := range row.Simple {
				set(row.Stat+"."+s.Name, s.Value)
			}
			set("n", row.Gold)
		}
	}
	add(r.Rows, "")
	for _, g := range r.Groups {
		add(g.Rows, "."+g.Name)
	}
	return out
}

// MarshalJSON writes {"documents", "unpredicted", "extra", "words", "metrics":
// {KEY: NUMBER}, "confusion": [..], "reliability": [..]} with the keys of
// [Report.Metrics] in order.
func (r *Report) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Documents   int                `json:"documents"`
		Unpredicted int                `json:"unpredicted"`
		Extra       int                `json:"extra"`
		Words       int                `json:"words"`
		Metrics     map[string]float64 `json:"metrics"`
		Confusions  []Confusion        `json:"confusion,omitempty"`
		Reliability []Reliability      `json:"reliability,omitempty"`
	}{r.Documents, r.Unpredicted, r.Extra, r.Words, r.Metrics(), r.Confusions, r.Reliability})
}

// WriteTable writes the report for people: a row a figure with precision,
// recall, the headline figure, its interval, the number of gold items, the
// majority baseline and a column for every other; then a line a group with the
// chief figures.
func (r *Report) WriteTable(w io.Writer) error {
	t := table{header: []string{"", "P", "R", "F1/acc", "95% interval", "n", "baseline"}, left: 1}
	column := make(map[string]int) // of a baseline
	for i := range r.Rows {
		for _, s := range r.Rows[i].Simple {
			if column[s.Name] == 0 {
				column[s.Name] = len(t.header)
				t.header = append(t.header, s.Name)
			}
		}
	}
	for i := range r.Rows {
		row := &r.Rows[i]
		name := row.Key()
		if row.Stat == "macro_f1" {
			name += " (macro F1)"
		}
		p, rec, interval, base := "", "", "", ""
		if row.Stat == "f1" {
			p, rec = decimal(row.Precision), decimal(row.Recall)
		}
		if row.HasInterval {
			interval = "[" + decimal(row.Low) + ", " + decimal(row.High) + "]"
		}
		if row.HasBaseline {
			base = decimal(row.Baseline)
		}
		cells := make([]string, len(t.header))
		copy(cells, []string{name, p, rec, decimal(row.Value), interval, strconv.FormatFloat(row.Gold, 'f', 0, 64), base})
		for _, s := range row.Simple {
			cells[column[s.Name]] = decimal(s.Value)
		}
		t.row(cells...)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d document", r.Documents)
	if r.Documents != 1 {
		b.WriteByte('s')
	}
	if r.Unpredicted > 0 {
		fmt.Fprintf(&b, ", %d of them without a prediction", r.Unpredicted)
	}
	if r.Extra > 0 {
		fmt.Fprintf(&b, ", %d predictions without gold left out", r.Extra)
	}
	b.WriteString("\n\n")
	t.write(&b)
	r.writeGroups(&b)
	_, err := io.WriteString(w, b.String())
	return err
}

// writeGroups writes the chief figures of every group.
func (r *Report) writeGroups(b *strings.Builder) {
	if len(r.Groups) == 0 {
		return
	}
	var chief []string
	t := table{header: []string{"", "documents"}, left: 1}
	for i := range r.Rows {
		if row := &r.Rows[i]; row.Chief() {
			chief = append(chief, row.Key())
			t.header = append(t.header, row.Key())
		}
	}
	for _, g := range r.Groups {
		cells := []string{g.Name, strconv.Itoa(g.Documents)}
		for _, key := range chief {
			i := slices.IndexFunc(g.Rows, func(row Row) bool { return row.Key() == key })
			if i < 0 {
				cells = append(cells, "–")
			} else {
				cells = append(cells, decimal(g.Rows[i].Value))
			}
		}
		t.row(cells...)
	}
	b.WriteString("\n")
	t.write(b)
}

// WriteDifferences writes the figures of two sets of predictions side by side.
func WriteDifferences(w io.Writer, ds []Difference) error {
	t := table{header: []string{"", "A", "B", "B-A", "95% interval", "n"}, left: 1}
	for i := range ds {
		d := &ds[i]
		name := d.Key()
		if d.Stat == "macro_f1" {
			name += " (macro F1)"
		}
		t.row(name, decimal(d.A), decimal(d.Value), signed(d.Diff),
			"["+signed(d.Lowest)+", "+signed(d.Highest)+"]", strconv.FormatFloat(d.Gold, 'f', 0, 64))
	}
	var b strings.Builder
	t.write(&b)
	_, err := io.WriteString(w, b.String())
	return err
}

func decimal(x float64) string { return strconv.FormatFloat(x, 'f', 1, 64) }
func signed(x float64) string  { return fmt.Sprintf("%+.1f", x) }

// table aligns cells of ASCII text: the first left columns to the left, the
// others to the right.
type table struct {
	header []string
	left   int
	rows   [][]string
}

func (t *table) row(cells ...string) { t.rows = append(t.rows, cells) }

func (t *table) write(b *strings.Builder) {
	all := append([][]string{t.header}, t.rows...)
	width := make([]int, len(t.header))
	for _, cells := range all {
		for i, c := range cells {
			width[i] = max(width[i], len([]rune(c)))
		}
	}
	for _, cells := range all {
		line := ""
		for i, c := range cells {
			pad := strings.Repeat(" ", width[i]-len([]rune(c)))
			if i > 0 {
				line += "  "
			}
			if i < t.left {
				line += c + pad
			} else {
				line += pad + c
			}
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
}

// Floor is a least value that a figure must reach.
type Floor struct {
	Key   string
	Value float64
}

// ParseFloor reads METRIC=VALUE, as "quotes.f1=90" or "stance.claims.accuracy=70.5".
func ParseFloor(s string) (Floor, error) {
	key, value, ok := strings.Cut(s, "=")
	f, err := strconv.ParseFloat(value, 64)
	if !ok || key == "" || err != nil {
		return Floor{}, fmt.Errorf("%q is not METRIC=VALUE, as in quotes.f1=90", s)
	}
	return Floor{key, f}, nil
}

// Below returns an error for every floor that the report does not reach, or
// whose figure it does not have.
func (r *Report) Below(floors []Floor) []error {
	m := r.Metrics()
	var out []error
	for _, f := range floors {
		switch v, ok := m[f.Key]; {
		case !ok:
			out = append(out, fmt.Errorf("no figure is called %q; did you mean %q?", f.Key, nearest(m, f.Key)))
		case v < f.Value:
			out = append(out, fmt.Errorf("%s is %.2f, below %v", f.Key, v, f.Value))
		}
	}
	return out
}

// nearest returns the key with the fewest edits to want, the first of equals.
func nearest(m map[string]float64, want string) string {
	best, edits := "", math.MaxInt
	for key := range m {
		if e := distance(key, want); e < edits || e == edits && key < best {
			best, edits = key, e
		}
	}
	return best
}

// distance is Levenshtein's, in bytes.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(diagonal+cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
