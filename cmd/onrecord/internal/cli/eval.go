package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/onrecord-nlp/onrecord/cmd/onrecord/internal/baseline"
	"github.com/onrecord-nlp/onrecord/cmd/onrecord/internal/settings"
	"github.com/onrecord-nlp/onrecord/eval"
	"github.com/onrecord-nlp/onrecord/extractors"
	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/goldform"
)

// evalFlags are the flags of eval that are no settings.
type evalFlags struct {
	fresh, stages, json bool
	errors              int
	save, against, html string
	texts               []string
}

func newEval() *cobra.Command {
	var f evalFlags
	cmd := &cobra.Command{
		Use:   "eval [flags] --gold PATH [PREDICTIONS]",
		Short: "Score predictions against gold labels",
		Long: `eval compares predictions with gold labels and prints precision, recall and F1
or accuracy of every layer, with bootstrap intervals: quotations found and
their speakers, claims, sources, cues, stance, blocks. Beside them stands what
simple rules score on the gold statements: the majority class, the nearest name
for speakers, a count of opinion words for stances.

PREDICTIONS is the output folder of onrecord extract, or a file or folder in
the JSON form of gold labels. Without it, or with --fresh, the texts of the gold
articles are extracted anew. Gold is that JSON form, or PolNeAR's.

The names of the figures are those of --json; --fail-under takes them with
their statistic, as quotes.speaker.f1=80 or stance.quotes.accuracy=70.

` + statusHelp,
		Example: `  # extract the gold articles anew and score, each stage by itself too
  onrecord eval --gold testdata/gold/test --stages

  # score a run, read 20 of its errors, fail where it is worse than before
  onrecord extract labelled/ --out out
  onrecord eval out --gold labelled/ --errors 20 --fail-under quotes.f1=90

  # the same to look at, with every error in context, beside an earlier run
  onrecord eval out --gold labelled/ --html report.html --against earlier

  # is a new model better on articles that it has not seen, and is it chance?
  onrecord eval --gold held/ --save before.jsonl
  onrecord eval --gold held/ --model quote=new.bin --against before.jsonl`,
		RunE: func(cmd *cobra.Command, args []string) error { return runEval(cmd, args, &f) },
	}
	fl := cmd.Flags()
	settings.AddFlags(fl, settings.Scoring, settings.Processing)
	fl.BoolVar(&f.fresh, "fresh", false, "extract the gold articles anew, as without PREDICTIONS")
	fl.StringArrayVar(&f.texts, "texts", nil, "JSON Lines `file` with the texts that stand-off labels, gold or PREDICTIONS, are about; may be repeated")
	fl.BoolVar(&f.stages, "stages", false, "score each stage on the gold layers before it too")
	fl.BoolVar(&f.json, "json", false, "print the figures as JSON")
	fl.IntVar(&f.errors, "errors", 0, "print `N` wrong cases in context")
	fl.StringVar(&f.save, "save", "", "write the predictions to a `file`, one JSON object a line")
	fl.StringVar(&f.html, "html", "", "write a report page to a `file`: figures, confusions, reliability, every error in context, and what changed --against others")
	fl.StringVar(&f.against, "against", "", "compare with the predictions in `PATH`: differences with paired intervals")
	return cmd
}

func runEval(cmd *cobra.Command, args []string, f *evalFlags) error {
	s, err := load(cmd)
	if err != nil {
		return err
	}
	switch {
	case len(args) > 1:
		return usagef("one set of predictions at a time, and got %q too: --against compares two", args[1])
	case len(args) == 1 && (f.fresh || f.stages):
		return usagef("--fresh and --stages extract anew: leave out %q", args[0])
	case len(s.Gold) == 0:
		return usagef("no gold labels: name a file or folder with --gold")
	case f.errors < 0:
		return usagef("--errors %d: a number of cases is wanted", f.errors)
	}
	texts, err := readTexts(f.texts)
	if err != nil {
		return err
	}
	gold, err := readGold(s.Gold, texts)
	if err != nil {
		return err
	}
	opt := eval.Options{Resamples: s.Bootstrap, Baselines: baseline.All(gold)}
	if s.Bootstrap == 0 {
		opt.Resamples = -1
	}
	var (
		r      result
		pred   []*pipeline.Document
		failed error // documents on which a stage failed
	)
	if len(args) == 1 {
		pred, err = readPredictions(args[0], texts)
	} else {
		pred, failed, err = r.extract(cmd.Context(), s, gold, opt, f.stages)
	}
	if err != nil {
		return err
	}
	if f.save != "" {
		if err := savePredictions(f.save, pred); err != nil {
			return err
		}
	}
	if r.report, err = eval.Score(gold, pred, opt); err != nil {
		return err
	}
	switch {
	case r.report.Unpredicted == len(gold) && r.report.Extra > 0:
		return fmt.Errorf("no prediction is for a gold article: their ids are such as %q, those of the gold such as %q", pred[0].ID, gold[0].Doc.ID)
	case len(r.report.Rows) == 0:
		return errors.New("there is nothing to score: the gold articles hold no labels, or none of a kind that was predicted")
	}
	if f.errors > 0 {
		if r.cases, r.caseCounts, err = eval.Cases(gold, pred, opt, f.errors); err != nil {
			return err
		}
	}
	var other []*pipeline.Document
	if f.against != "" {
		if other, err = readPredictions(f.against, texts); err != nil {
			return err
		}
		if r.differences, err = eval.Compare(gold, other, pred, opt); err != nil {
			return err
		}
	}
	if f.html != "" {
		page := &scored{settings: s, opt: opt, gold: gold, pred: pred, other: other, against: f.against, command: commandLine(cmd, s, args)}
		if len(args) == 1 {
			page.predictions = args[0]
		}
		if err := r.writeHTML(f.html, page); err != nil {
			return err
		}
	}
	write := r.writeText
	if f.json {
		write = r.writeJSON
	}
	if err := write(cmd.OutOrStdout()); err != nil {
		return err
	}
	if below := r.report.Below(s.Floors()); len(below) > 0 {
		return errors.Join(below...)
	}
	if failed != nil {
		fmt.Fprintf(cmd.ErrOrStderr(), "onrecord: %v\n", failed)
		return errFailures
	}
	return nil
}

// result is all that one call of eval prints.
type result struct {
	report      *eval.Report
	stages      []stageReport
	cases       []eval.Case
	caseCounts  []eval.KindCount
	differences []eval.Difference
	models      []extractors.Model // that extracted anew
}

type stageReport struct {
	stage string
	given string // the gold layers it was given
	*eval.Report
}

// extract extracts the gold articles anew, end to end, and scores each stage
// on gold layers where that is wanted. failed tells of documents on which a
// stage failed.
func (r *result) extract(ctx context.Context, s *settings.Loaded, gold []goldform.Article, opt eval.Options, byStage bool) (pred []*pipeline.Document, failed, err error) {
	set, err := loadStages(s)
	if err != nil {
		return nil, nil, err
	}
	r.models = set.Models()
	stages := set.Stages()
	if byStage {
		for _, layer := range eval.Judged() {
			i := slices.IndexFunc(stages, func(st pipeline.Stage) bool { return st.Writes() == layer })
			labelled := func(l pipeline.Layer) bool {
				return slices.ContainsFunc(gold, func(a goldform.Article) bool { return a.Doc.Has(l) })
			}
			if i < 0 || !labelled(layer) {
				continue
			}
			pred, err := eval.PredictLayer(ctx, stages, gold, layer, s.Workers)
			if ctx.Err() != nil {
				return nil, nil, ctx.Err()
			}
			failed = errors.Join(failed, err)
			o := opt
			o.Layers = pipeline.LayerSet(layer)
			o.NoGroups = true
			report, err := eval.Score(gold, pred, o)
			if err != nil {
				return nil, nil, err
			}
			var given pipeline.Layers
			for _, l := range eval.Judged() {
				if eval.Upstream(layer).Has(l) && labelled(l) {
					given = given.With(l)
				}
			}
			r.stages = append(r.stages, stageReport{stages[i].Name(), layerNames(given), report})
		}
	}
	pred, err = eval.Predict(ctx, stages, gold, 0, s.Workers)
	if ctx.Err() != nil {
		return nil, nil, ctx.Err()
	}
	return pred, errors.Join(failed, err), nil
}

func (r *result) writeText(w io.Writer) error {
	b := bufio.NewWriter(w)
	if err := r.report.WriteTable(b); err != nil {
		return err
	}
	for _, st := range r.stages {
		fmt.Fprintf(b, "\nThe stage %s on gold: %s\n", st.stage, st.given)
		if err := st.WriteTable(b); err != nil {
			return err
		}
	}
	if r.differences != nil {
		fmt.Fprintf(b, "\nB is these predictions, A those compared with\n")
		if err := eval.WriteDifferences(b, r.differences); err != nil {
			return err
		}
	}
	if r.caseCounts != nil {
		fmt.Fprintln(b)
		if err := eval.WriteCases(b, r.cases, r.caseCounts); err != nil {
			return err
		}
	}
	return b.Flush()
}

func (r *result) writeJSON(w io.Writer) error {
	type errorCase struct {
		Document string `json:"document"`
		Kind     string `json:"kind"`
		Char     int    `json:"start_char"`
		Context  string `json:"context"`
		Gold     string `json:"gold,omitempty"`
		Got      string `json:"got,omitempty"`
	}
	type difference struct {
		A    float64 `json:"a"`
		B    float64 `json:"b"`
		Diff float64 `json:"difference"`
		Low  float64 `json:"low"`
		High float64 `json:"high"`
	}
	out := struct {
		Documents   int                     `json:"documents"`
		Unpredicted int                     `json:"unpredicted"`
		Extra       int                     `json:"extra"`
		Words       int                     `json:"words"`
		Metrics     map[string]float64      `json:"metrics"`
		Confusions  []eval.Confusion        `json:"confusion,omitempty"`
		Reliability []eval.Reliability      `json:"reliability,omitempty"`
		Stages      map[string]*eval.Report `json:"stages,omitempty"`
		Differences map[string]difference   `json:"differences,omitempty"`
		ErrorCounts map[string]int          `json:"error_counts,omitempty"`
		Errors      []errorCase             `json:"errors,omitempty"`
	}{
		Documents: r.report.Documents, Unpredicted: r.report.Unpredicted, Extra: r.report.Extra, Words: r.report.Words, Metrics: r.report.Metrics(),
		Confusions: r.report.Confusions, Reliability: r.report.Reliability,
		Stages: map[string]*eval.Report{}, Differences: map[string]difference{}, ErrorCounts: map[string]int{},
	}
	for _, st := range r.stages {
		out.Stages[st.stage] = st.Report
	}
	for _, d := range r.differences {
		out.Differences[d.Key()+"."+d.Stat] = difference{d.A, d.Value, d.Diff, d.Lowest, d.Highest}
	}
	for _, k := range r.caseCounts {
		out.ErrorCounts[k.Kind] = k.N
	}
	for _, c := range r.cases {
		out.Errors = append(out.Errors, errorCase{c.Document, c.Kind, c.Char, c.Context, c.Gold, c.Got})
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(out)
}

// readTexts reads the files that hold the texts of stand-off labels.
func readTexts(paths []string) ([]goldform.Texts, error) {
	var texts []goldform.Texts
	for _, path := range paths {
		t, err := goldform.ReadTexts(path)
		if err != nil {
			return nil, err
		}
		texts = append(texts, t)
	}
	return texts, nil
}

// readGold reads gold labels. Labels that break the form are an error: figures
// over the rest would not be what they seem.
func readGold(paths []string, texts []goldform.Texts) ([]goldform.Article, error) {
	var gold []goldform.Article
	for _, path := range paths {
		n := len(gold)
		for a, err := range goldform.ReadArticlesPath(path, texts...) {
			if err != nil {
				return nil, fmt.Errorf("gold labels: %w", err)
			}
			gold = append(gold, a)
		}
		if len(gold) == n {
			return nil, fmt.Errorf("gold labels: %s holds no articles: name a .json or .jsonl file, or a folder of them", path)
		}
	}
	return gold, nil
}

// readPredictions reads the output folder of a run, or a file or folder in the
// JSON form.
func readPredictions(path string, texts []goldform.Texts) ([]*pipeline.Document, error) {
	var docs []*pipeline.Document
	add := func(doc *pipeline.Document, err error) error {
		if err != nil {
			return fmt.Errorf("predictions: %w", err)
		}
		docs = append(docs, doc)
		return nil
	}
	if isRun(path) {
		for doc, err := range readRun(path) {
			if err := add(doc, err); err != nil {
				return nil, err
			}
		}
	} else {
		for a, err := range goldform.ReadArticlesPath(path, texts...) {
			if err := add(a.Doc, err); err != nil {
				return nil, err
			}
		}
	}
	if docs == nil {
		return nil, fmt.Errorf("predictions: %s holds no documents", path)
	}
	return docs, nil
}

// savePredictions writes documents beside path and gives the file its name
// when it is whole.
func savePredictions(path string, docs []*pipeline.Document) error {
	return writeFile(path, func(w io.Writer) error {
		for _, d := range docs {
			if err := goldform.Write(w, d); err != nil {
				return err
			}
		}
		return nil
	})
}

// writeFile writes a file beside its place, and moves it there when it is
// whole. A device or a pipe is written into.
func writeFile(path string, write func(io.Writer) error) error {
	err := func() error {
		info, err := os.Stat(path)
		switch {
		case path == "-":
			return errors.New("it names no file; standard output is /dev/stdout")
		case err == nil && info.IsDir():
			return errors.New("it is a folder: name a file in it")
		case err == nil && !info.Mode().IsRegular():
			f, err := os.OpenFile(path, os.O_WRONLY, 0)
			if err != nil {
				return err
			}
			return writeAll(f, write)
		}
		// In a folder of its own the file gets the rights that the user's mask
		// leaves, which os.CreateTemp does not give.
		aside, err := os.MkdirTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
		if err != nil {
			return err
		}
		defer os.RemoveAll(aside)
		f, err := os.Create(filepath.Join(aside, filepath.Base(path)))
		if err != nil {
			return err
		}
		if err := writeAll(f, write); err != nil {
			return err
		}
		return os.Rename(f.Name(), path)
	}()
	if err == nil {
		return nil
	}
	// The path is named once, and not that of the file beside it.
	if pe := new(fs.PathError); errors.As(err, &pe) {
		err = pe.Err
	} else if le := new(os.LinkError); errors.As(err, &le) {
		err = le.Err
	}
	return fmt.Errorf("%s cannot be written: %w", path, err)
}

// writeAll writes to a file and closes it.
func writeAll(f *os.File, write func(io.Writer) error) error {
	b := bufio.NewWriter(f)
	err := write(b)
	if err == nil {
		err = b.Flush()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	return err
}
