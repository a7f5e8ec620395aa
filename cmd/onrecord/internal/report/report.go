// Package report writes the figures of an evaluation as a page for people.
//
// It reads what package eval has measured, and the texts of the gold articles,
// and writes one HTML file that needs nothing else: no script, no font, no
// picture. Words of articles stand in it as text, whatever they hold, and its
// content security policy allows nothing but its own style sheet. The same
// input gives the same bytes.
package report

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"

	"github.com/onrecord-nlp/onrecord/cmd/onrecord/internal/style"
	"github.com/onrecord-nlp/onrecord/eval"
	"github.com/onrecord-nlp/onrecord/pipeline/goldform"
)

// Page is what a report tells of.
type Page struct {
	Gold        []string // paths of the gold labels
	Predictions string   // path; empty where the articles were extracted anew
	Command     string   // makes the page again
	Version     string   // of the program that scored
	Resamples   int      // of the bootstrap
	// MadeBy is the version of the program that made the predictions, and Models
	// its models; empty where that is not known.
	MadeBy string
	Models []Model

	Articles []goldform.Article // the gold
	Report   *eval.Report
	Stages   []Stage
	Cases    []eval.Case // every error, as eval.Cases lists them
	Against  *Against    // nil where nothing is compared
}

// Model is a model by the sum of its bytes.
type Model struct{ Name, SHA256 string }

// Stage is the score of one stage by itself.
type Stage struct {
	Name   string
	Given  string // the gold layers it was given
	Report *eval.Report
}

// Against is the comparison with other predictions, called A; the page's own
// are B.
type Against struct {
	Name        string // path of A
	Differences []eval.Difference
	Changes     []eval.Change
	Counts      []eval.ChangeCount
}

//go:embed page.html
var pageHTML string

//go:embed page.css
var pageCSS string

// Write writes the page.
func Write(w io.Writer, p *Page) error {
	t, err := template.New("page").Parse(pageHTML)
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return t.Execute(w, newView(p))
}

// view is the page as its template reads it.
type view struct {
	*Page
	CSS      template.CSS
	Policy   string
	Articles int
	Words    string

	Chief       []row
	Figures     []family
	Kinds       []family
	Groupings   []grouping
	Confusions  []confusion
	Reliability []reliability
	StageTables []stageTable
	Errors      errorList
	Compared    *comparison
	Few         struct{ Items, Documents int }
}

func newView(p *Page) *view {
	css := style.CSS + pageCSS
	sum := sha256.Sum256([]byte(css))
	v := &view{
		Page: p, CSS: template.CSS(css),
		Policy:   "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'",
		Articles: p.Report.Documents, Words: thousands(p.Report.Words),
	}
	v.Few.Items, v.Few.Documents = eval.FewItems, eval.FewDocuments
	v.Chief, v.Figures, v.Kinds = chief(p.Report.Rows), figures(p.Report.Rows), kinds(p.Report.Rows)
	v.Groupings = groupings(p.Report)
	for i := range p.Report.Reliability {
		v.Reliability = append(v.Reliability, newReliability(&p.Report.Reliability[i]))
	}
	for _, s := range p.Stages {
		v.StageTables = append(v.StageTables, stageTable{s.Name, s.Given, figures(s.Report.Rows)})
	}
	texts := newTexts(p.Articles)
	v.Errors = newErrorList(texts, p.Cases)
	for i := range p.Report.Confusions {
		v.Confusions = append(v.Confusions, newConfusion(&p.Report.Confusions[i]))
	}
	if p.Against != nil {
		v.Compared = newComparison(texts, p.Against, p.Report.Documents)
	}
	return v
}

type stageTable struct {
	Name, Given string
	Figures     []family
}

// table is a table of figures with its caption.
type table struct {
	Name string
	Of   []family
}

// Table gives a table of figures its caption.
func (v *view) Table(name string, of []family) table { return table{name, of} }

// articleAt is the cases of one article, under a heading of level 4, or of
// level 5 where they lie deep.
type articleAt struct {
	In   inArticle
	Deep bool
}

// Article places the cases of an article.
func (v *view) Article(in inArticle, deep bool) articleAt { return articleAt{in, deep} }
