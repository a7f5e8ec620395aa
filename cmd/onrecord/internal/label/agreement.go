package label

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/onrecord-nlp/onrecord/eval"
	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/goldform"
)

// maxCases is how many disagreements are listed.
const maxCases = 500

// Agreement compares the finished articles of two annotators.
type Agreement struct {
	Articles int // finished by both
	Differ   int // finished by both, with texts that differ: not compared
	// Report scores the second's labels against the first's; nil where there is
	// no article to compare.
	Report *eval.Report
	Cases  []eval.Case
	Kinds  []eval.KindCount
}

// Finished reads the articles that an annotator in dir has finished.
func Finished(dir, annotator string) ([]goldform.Article, error) {
	folder := filepath.Join(dir, annotator)
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var out []goldform.Article
	for _, e := range entries {
		if e.IsDir() || !strings.HasSuffix(e.Name(), goldSuffix) || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		for a, err := range goldform.ReadArticlesPath(filepath.Join(folder, e.Name())) {
			if err != nil {
				return nil, err
			}
			out = append(out, a)
		}
	}
	return out, nil
}

// Agree compares the articles that both annotators in dir have finished. It is
// [eval.Score] of the second's labels with the first's as gold, and its F1 are
// the same the other way round.
func Agree(dir, first, second string, o eval.Options) (*Agreement, error) {
	a, err := Finished(dir, first)
	if err != nil {
		return nil, err
	}
	b, err := Finished(dir, second)
	if err != nil {
		return nil, err
	}
	byID := make(map[string]*pipeline.Document, len(b))
	for _, x := range b {
		byID[x.Doc.ID] = x.Doc
	}
	r := new(Agreement)
	var gold []goldform.Article
	var other []*pipeline.Document
	for _, x := range a {
		switch y := byID[x.Doc.ID]; {
		case y == nil:
		case y.Text != x.Doc.Text:
			r.Differ++
		default:
			x.Split = "" // the folder is the annotator's
			gold = append(gold, x)
			other = append(other, y)
		}
	}
	r.Articles = len(gold)
	if len(gold) == 0 {
		return r, nil
	}
	o.NoGroups = true
	if r.Report, err = eval.Score(gold, other, o); err != nil {
		return nil, err
	}
	r.Cases, r.Kinds, err = eval.Cases(gold, other, o, maxCases)
	return r, err
}

// figure is a row of a report, as the page shows it.
type figure struct {
	Name  string   `json:"name"`
	Slice string   `json:"slice"`
	Stat  string   `json:"stat"`
	About string   `json:"about"`
	Value float64  `json:"value"`
	Low   *float64 `json:"low,omitempty"` // of the interval, where there is one
	High  *float64 `json:"high,omitempty"`
	Mine  int      `json:"mine"` // items counted on each side
	Their int      `json:"their"`
}

// difference is a case, as the page shows it.
type difference struct {
	Key     string `json:"key"`
	ID      string `json:"id"`
	Kind    string `json:"kind"`
	Char    int    `json:"char"`
	Context string `json:"context"`
	Mine    string `json:"mine"`
	Their   string `json:"their"`
}

func (p *Project) getAgreement(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	names, err := Annotators(p.dir)
	if err != nil {
		refuse(w, r, http.StatusInternalServerError, err)
		return
	}
	if !slices.Contains(names, name) || name == p.annotator {
		refuse(w, r, http.StatusNotFound, fmt.Errorf("there is no other annotator %.80q", name))
		return
	}
	a, err := Agree(p.dir, p.annotator, name, eval.Options{})
	if err != nil {
		refuse(w, r, http.StatusInternalServerError, err)
		return
	}
	type count struct {
		Kind string `json:"kind"`
		N    int    `json:"n"`
	}
	out := struct {
		Articles int          `json:"articles"`
		Differ   int          `json:"differ"`
		Figures  []figure     `json:"figures"`
		Kinds    []count      `json:"kinds"`
		Cases    []difference `json:"cases"`
	}{a.Articles, a.Differ, []figure{}, []count{}, []difference{}}
	if a.Report != nil {
		for _, row := range a.Report.Rows {
			f := figure{Name: row.Name, Slice: row.Slice, Stat: row.Stat, About: eval.Definition(row.Name), Value: row.Value, Mine: int(row.Gold), Their: int(row.Predicted)}
			if row.HasInterval {
				f.Low, f.High = &row.Low, &row.High
			}
			out.Figures = append(out.Figures, f)
		}
	}
	for _, k := range a.Kinds {
		out.Kinds = append(out.Kinds, count{k.Kind, k.N})
	}
	for _, c := range a.Cases {
		out.Cases = append(out.Cases, difference{FileName(c.Document), c.Document, c.Kind, c.Char, c.Context, c.Gold, c.Got})
	}
	answer(w, r, http.StatusOK, out)
}

// Progress counts the articles that an annotator in dir has finished, and those
// that were begun and are not.
func Progress(dir, annotator string) (finished, begun int, err error) {
	gold, err := os.ReadDir(filepath.Join(dir, annotator))
	if err != nil {
		return 0, 0, err
	}
	done := make(map[string]bool)
	for _, e := range gold {
		if key, ok := strings.CutSuffix(e.Name(), goldSuffix); ok && !e.IsDir() {
			done[key] = true
		}
	}
	states, err := os.ReadDir(filepath.Join(dir, annotator, workFolder))
	if err != nil {
		return 0, 0, err
	}
	for _, e := range states {
		if key, ok := strings.CutSuffix(e.Name(), stateSuffix); ok && !done[key] {
			begun++
		}
	}
	return len(done), begun, nil
}
