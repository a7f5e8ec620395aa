package cli

import (
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/onrecord-nlp/onrecord/cmd/onrecord/internal/report"
	"github.com/onrecord-nlp/onrecord/cmd/onrecord/internal/settings"
	"github.com/onrecord-nlp/onrecord/eval"
	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/goldform"
)

// scored is what a report page is made of, beside the result.
type scored struct {
	settings    *settings.Loaded
	opt         eval.Options
	gold        []goldform.Article
	pred, other []*pipeline.Document // other is nil where nothing is compared
	predictions string               // path; empty where they were made anew
	against     string
	command     string
}

// writeHTML writes the report page.
func (r *result) writeHTML(file string, s *scored) error {
	p := &report.Page{
		Gold: s.settings.Gold, Predictions: s.predictions, Command: s.command, Version: Version + revision(), Resamples: s.settings.Bootstrap,
		Articles: s.gold, Report: r.report,
	}
	if err := r.madeBy(p); err != nil {
		return err
	}
	for _, st := range r.stages {
		p.Stages = append(p.Stages, report.Stage{Name: st.stage, Given: st.given, Report: st.Report})
	}
	var err error
	if p.Cases, _, err = eval.Cases(s.gold, s.pred, s.opt, math.MaxInt); err != nil {
		return err
	}
	if s.other != nil {
		a := &report.Against{Name: s.against, Differences: r.differences}
		if a.Changes, a.Counts, err = eval.Changes(s.gold, s.other, s.pred, s.opt); err != nil {
			return err
		}
		p.Against = a
	}
	return writeFile(file, func(w io.Writer) error { return report.Write(w, p) })
}

// madeBy says by what the predictions were made, where that is known: by this
// program, or by the one that wrote the output folder.
func (r *result) madeBy(p *report.Page) error {
	if p.Predictions == "" {
		p.MadeBy = p.Version
		for _, m := range r.models {
			p.Models = append(p.Models, report.Model{Name: m.Name, SHA256: m.SHA256})
		}
		return nil
	}
	if !isRun(p.Predictions) {
		return nil
	}
	m, err := manifestOf(p.Predictions)
	if err != nil {
		return fmt.Errorf("predictions: %w", err)
	}
	p.MadeBy = m.ToolVersion
	for _, m := range m.Models {
		p.Models = append(p.Models, report.Model{Name: m.Name, SHA256: m.SHA256})
	}
	return nil
}

// commandLine is the command that does the same again anywhere: settings that
// came from a file or the environment stand in it as flags. What changes no
// figure is left out.
func commandLine(cmd *cobra.Command, s *settings.Loaded, args []string) string {
	values := make(map[string]any, len(s.Values))
	for _, v := range s.Values {
		if v.Origin != "default" {
			values[v.Key] = v.Value
		}
	}
	words := []string{cmd.CommandPath()}
	add := func(name, value string) { words = append(words, "--"+name, shellQuote(value)) }
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		value, isSetting := values[f.Name]
		switch value := value.(type) {
		case []string:
			for _, x := range value {
				add(f.Name, quoteField(x))
			}
		case map[string]string:
			for _, k := range slices.Sorted(maps.Keys(value)) {
				add(f.Name, quoteField(k+"="+value[k]))
			}
		default:
			switch list, isList := f.Value.(pflag.SliceValue); {
			case f.Name == "workers" || f.Name == "config" || f.Name == "json":
			case isSetting:
				add(f.Name, fmt.Sprint(value))
			case !f.Changed:
			case isList:
				for _, x := range list.GetSlice() {
					add(f.Name, x)
				}
			case f.Value.String() == "true" && f.NoOptDefVal == "true":
				words = append(words, "--"+f.Name)
			default:
				add(f.Name, f.Value.String())
			}
		}
	})
	for _, a := range args {
		words = append(words, shellQuote(a))
	}
	return strings.Join(words, " ")
}

// quoteField is an element of a list as a flag takes it: flags of settings
// split their values as CSV.
func quoteField(s string) string {
	if !strings.ContainsAny(s, ",\"\n\r") {
		return s
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
}
