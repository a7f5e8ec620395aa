package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/onrecord-nlp/onrecord/cmd/onrecord/internal/settings"
	"github.com/onrecord-nlp/onrecord/pipeline/exchange"
	"github.com/onrecord-nlp/onrecord/pipeline/goldform"
)

// convertFlags are the flags of convert.
type convertFlags struct {
	from, to, out        string
	overwrite, predicted bool
}

func newConvert() *cobra.Command {
	var f convertFlags
	var list strings.Builder
	for _, format := range exchange.Formats() {
		fmt.Fprintf(&list, "  %-13s %s\n", format.Name(), format.Title())
	}
	cmd := &cobra.Command{
		Use:   "convert [flags] --to FORMAT INPUT... --out PATH",
		Short: "Take labels into other annotation tools, and back",
		Long: `convert reads articles with their labels in one format and writes them in
another:

` + list.String() + `
INPUT is a file or folder in one of these, or the output folder of onrecord
extract, whose labels a tool then shows as suggestions. A conversion and back
loses nothing; what a person changed in the tool in between is kept. What cannot
be read is told, with its place, and left out.

PATH is a folder, which gets the tool's settings too; or, where the format has
one file for all articles, a file that ends in .json or .jsonl.

` + statusHelp,
		Example: `  # correct a run's labels in Label Studio, and score the run by them
  onrecord convert --to label-studio out --out tasks
  onrecord convert exported.json --to gold --out corrected.jsonl
  onrecord eval out --gold corrected.jsonl

  # open gold labels in brat
  onrecord convert --to brat testdata/gold/dev --out brat/data/dev`,
		RunE: func(cmd *cobra.Command, args []string) error { return runConvert(cmd, args, &f) },
	}
	fl := cmd.Flags()
	fl.StringVar(&f.from, "from", "", "`format` of the inputs (default: told from each)")
	fl.StringVar(&f.to, "to", "", "`format` to write")
	fl.StringVarP(&f.out, "out", "o", "", "folder or file to write, as `PATH`")
	fl.BoolVar(&f.overwrite, "overwrite", false, "replace files that are there")
	fl.BoolVar(&f.predicted, "predicted", false, "let the tool show the labels as suggestions, as those of a run")
	return cmd
}

func runConvert(cmd *cobra.Command, args []string, f *convertFlags) error {
	switch {
	case len(args) == 0:
		return usagef("name at least one input")
	case f.to == "":
		return usagef("name the format to write with --to: %s", strings.Join(exchange.Names(), ", "))
	case f.out == "":
		return usagef("name the folder or file to write with --out")
	}
	to, err := formatByName("--to", f.to)
	if err != nil {
		return err
	}
	c := conversion{ctx: cmd.Context(), tell: func(err error) { fmt.Fprintf(cmd.ErrOrStderr(), "onrecord: %v\n", err) }}
	opt := exchange.Options{Predicted: f.predicted}
	runs := 0
	for _, path := range args {
		seq, run, err := openLabels(path, f.from)
		if err != nil {
			return err
		}
		if run {
			runs++
		}
		c.inputs = append(c.inputs, input{path, seq})
	}
	switch {
	case runs == len(args):
		opt.Predicted = true
	case runs > 0 && !f.predicted:
		return usagef("some inputs are runs, whose labels are suggestions, and some are not: convert them apart, or all as suggestions with --predicted")
	}
	write := exchange.WriteFolder
	if ext := filepath.Ext(f.out); ext == ".json" || ext == ".jsonl" {
		write = exchange.WriteFile
	}
	err = write(f.out, to, f.overwrite, c.articles, opt)
	switch {
	case cmd.Context().Err() != nil:
		return cmd.Context().Err()
	case errors.Is(err, fs.ErrExist):
		return fmt.Errorf("%s is there already: name another --out, or replace it with --overwrite", f.out)
	case err != nil:
		return err
	}
	if c.n == 0 {
		return errors.New("nothing was converted: the inputs hold no article that can be read")
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%s in %s, as %s\n", plural(c.n, "article"), f.out, to.Title())
	if c.failed > 0 {
		return errFailures
	}
	return nil
}

// formatByName finds the format that a flag names.
func formatByName(flag, name string) (exchange.Format, error) {
	f, ok := exchange.ByName(name)
	if !ok {
		return nil, usagef("%s %s: there is no such format%s; there are %s", flag, name, settings.DidYouMean(name, exchange.Names()), strings.Join(exchange.Names(), ", "))
	}
	return f, nil
}

// openLabels opens a file or folder of articles with labels. run tells that it
// is the output of a run.
func openLabels(path, from string) (seq iter.Seq2[goldform.Article, error], run bool, err error) {
	if from != "" {
		f, err := formatByName("--from", from)
		if err != nil {
			return nil, false, err
		}
		return exchange.ReadPath(f, path), false, nil
	}
	if isRun(path) {
		return func(yield func(goldform.Article, error) bool) {
			for doc, err := range readRun(path) {
				if !yield(goldform.Article{Doc: doc}, err) {
					return
				}
			}
		}, true, nil
	}
	f, err := exchange.DetectPath(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, errNoInput(path)
	}
	if err != nil {
		return nil, false, err
	}
	return exchange.ReadPath(f, path), false, nil
}

// conversion is one call of convert.
type conversion struct {
	ctx    context.Context
	inputs []input
	tell   func(error)
	n      int64 // articles
	failed int   // errors told of
}

type input struct {
	path string
	seq  iter.Seq2[goldform.Article, error]
}

// articles yields the articles of all inputs, and tells of what cannot be
// read.
func (c *conversion) articles(yield func(goldform.Article) bool) {
	for _, in := range c.inputs {
		before := c.n + int64(c.failed)
		for a, err := range in.seq {
			if c.ctx.Err() != nil {
				return
			}
			if err != nil {
				c.tell(err)
				c.failed++
			}
			if a.Doc == nil {
				continue
			}
			c.n++
			if !yield(a) {
				return
			}
		}
		if c.n+int64(c.failed) == before {
			c.tell(fmt.Errorf("%s holds no articles", in.path))
			c.failed++
		}
	}
}
