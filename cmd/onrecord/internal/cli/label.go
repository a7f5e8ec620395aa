package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/onrecord-nlp/onrecord/cmd/onrecord/internal/httpserve"
	"github.com/onrecord-nlp/onrecord/cmd/onrecord/internal/label"
	"github.com/onrecord-nlp/onrecord/cmd/onrecord/internal/settings"
	"github.com/onrecord-nlp/onrecord/eval"
	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/columnar"
	"github.com/onrecord-nlp/onrecord/pipeline/goldform"
	"github.com/onrecord-nlp/onrecord/pipeline/ingest"
)

// labelFlags are the flags of label that are no settings.
type labelFlags struct {
	labels, annotator, addr string
	blind, open, status     bool
	texts                   []string
}

func newLabel() *cobra.Command {
	var f labelFlags
	cmd := &cobra.Command{
		Use:   "label [flags] INPUT... --labels DIR --annotator NAME",
		Short: "Label articles by hand, or correct what was found, in a browser",
		Long: `label serves a page on which statements are accepted, corrected, rejected and
made by hand: content, source, cue, speaker, stance. In the page, ? lists its
keys. It is served until Ctrl-C, to this machine alone unless --addr names
another address.

An INPUT is the output folder of onrecord extract, or a file or folder of labels
in the JSON form of gold: what was found or labelled there is suggested. Or it is
anything that extract reads: what the program finds is suggested when an article
is opened. With --blind nothing is suggested. Without an INPUT there are the
articles that the annotator has labelled before.

DIR/NAME holds a file for each article that the annotator has finished, in the
JSON form of gold, which eval, train, view and convert read. Everything else is
in DIR/NAME/.work. Each change is on the disk before the page calls it saved.

With --status nothing is served: it tells how far the annotators in DIR are, and
how far any two agree on articles that both have finished.

` + pageStatusHelp,
		Example: `  # correct what a run found
  onrecord extract articles/ --out out
  onrecord label out --labels labels --annotator ada --open

  # a second opinion, made without suggestions, and how far the two agree
  onrecord label articles/ --labels labels --annotator bo --blind
  onrecord label --labels labels --status

  # what the labels are for
  onrecord eval out --gold labels/ada
  onrecord train quote --data labels/ada --out quote.bin`,
		RunE: func(cmd *cobra.Command, args []string) error { return runLabel(cmd, args, &f) },
	}
	settings.AddFlags(cmd.Flags(), settings.Processing, settings.Reading)
	fl := cmd.Flags()
	fl.StringVar(&f.labels, "labels", "", "`folder` of the labels, one folder in it for each annotator")
	fl.StringVar(&f.annotator, "annotator", "", "`name` of whoever labels")
	fl.StringVar(&f.addr, "addr", "", "`address` to listen on: a host and a port (default: that of the last time, else a free port of this machine)")
	fl.BoolVar(&f.blind, "blind", false, "suggest nothing")
	fl.BoolVar(&f.open, "open", false, "open the page in the browser")
	fl.BoolVar(&f.status, "status", false, "tell how far everybody is, and how far they agree; serve nothing")
	fl.StringArrayVar(&f.texts, "texts", nil, "JSON Lines `file` with the texts that stand-off labels are about; may be repeated")
	return cmd
}

func runLabel(cmd *cobra.Command, args []string, f *labelFlags) error {
	s, err := load(cmd)
	if err != nil {
		return err
	}
	switch {
	case f.labels == "":
		return usagef("no folder for the labels: name one with --labels")
	case f.status && (len(args) > 0 || f.annotator != ""):
		return usagef("--status tells of all annotators: leave out inputs and --annotator")
	case f.status:
		return labelStatus(cmd.OutOrStdout(), f.labels)
	case f.annotator == "":
		return usagef("nobody to label: give a name with --annotator")
	}
	if err := label.CheckAnnotator(f.annotator); err != nil {
		return &usageError{err.Error()}
	}
	o, err := labelOptions(s, f.blind)
	if err != nil {
		return err
	}
	p, err := label.Open(f.labels, f.annotator, o)
	if err != nil {
		return err
	}
	defer p.Close()
	failures, err := labelInputs(cmd, args, s, f, p)
	if err != nil {
		return err
	}
	p.End()
	for _, w := range p.Warnings() {
		fmt.Fprintf(cmd.ErrOrStderr(), "onrecord: %s\n", w)
	}
	all, finished, begun := p.Len()
	if all == 0 {
		return errors.New("there is no article to label: name inputs")
	}
	if err := serveLabels(cmd, f, p, fmt.Sprintf("%d articles, %d finished, %d begun; labels in %s", all, finished, begun, filepath.Join(f.labels, f.annotator))); err != nil {
		return err
	}
	return failures
}

// serveLabels serves the page at the address that was asked for, else at that of
// the last time: a browser keeps by address what it could not send.
func serveLabels(cmd *cobra.Command, f *labelFlags, p *label.Project, told string) error {
	serve := func(addr string) (ready bool, err error) {
		err = httpserve.Run(cmd.Context(), httpserve.Options{
			Addr: addr, Handler: p.Handler(), Grace: 5 * time.Second,
			Ready: func(url string) {
				ready = true
				if f.addr == "" {
					if err := p.KeepAddress(strings.TrimPrefix(url, "http://")); err != nil {
						fmt.Fprintf(cmd.ErrOrStderr(), "onrecord: %v\n", err)
					}
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%s\n%s/\nCtrl-C ends it.\n", told, url)
				if f.open {
					openBrowser(cmd.ErrOrStderr(), url+"/")
				}
			},
		})
		if errors.Is(err, httpserve.ErrCut) {
			err = nil
		}
		return ready, err
	}
	addr := f.addr
	if addr == "" {
		addr = p.Address()
	}
	ready, err := serve(addr)
	if err != nil && !ready && f.addr == "" && addr != "" {
		fmt.Fprintf(cmd.ErrOrStderr(), "onrecord: the page is served at another address than the last time: what a browser may not have sent, it sends from %s\n", addr)
		_, err = serve("")
	}
	return err
}

// labelOptions are how articles are prepared.
func labelOptions(s *settings.Loaded, blind bool) (o label.Options, err error) {
	set, err := loadStages(s)
	if err != nil {
		return o, err
	}
	stages := set.Stages()
	n := slices.IndexFunc(stages, func(st pipeline.Stage) bool { return st.Writes() == pipeline.LayerQuotes })
	marks, err := pipeline.New(stages[:n+1])
	if err != nil {
		return o, err
	}
	o = label.Options{Marks: marks.Process, Blind: blind}
	if blind {
		return o, nil
	}
	all, err := pipeline.New(stages)
	if err != nil {
		return o, err
	}
	known := s.Languages()
	o.Suggest = func(ctx context.Context, doc *pipeline.Document) error {
		if known != nil && doc.Language != "" && doc.Language != "und" && !slices.Contains(known, ingest.BaseLanguage(doc.Language)) {
			return nil
		}
		return all.Process(ctx, doc)
	}
	return o, nil
}

// labelInputs enters the articles of the inputs. failed is errFailures where some
// could not be read, of which it tells.
func labelInputs(cmd *cobra.Command, args []string, s *settings.Loaded, f *labelFlags, p *label.Project) (failed, err error) {
	known, err := readTexts(f.texts)
	if err != nil {
		return nil, err
	}
	var raw []string
	for _, arg := range args {
		switch {
		case isRun(arg):
			for doc, err := range columnar.ReadDocuments(arg) {
				if errors.Is(err, fs.ErrNotExist) {
					return nil, fmt.Errorf("%s holds a run that did not finish: take it up again with onrecord extract --resume", arg)
				}
				if err != nil {
					return nil, err
				}
				if err := p.Add(goldform.Article{Doc: doc}); err != nil {
					return nil, err
				}
			}
		case isLabelled(arg):
			for a, err := range goldform.ReadArticlesPath(arg, known...) {
				if err != nil {
					return nil, err
				}
				if err := p.Add(a); err != nil {
					return nil, err
				}
			}
		default:
			raw = append(raw, arg)
		}
	}
	if len(raw) == 0 {
		return nil, cmd.Context().Err()
	}
	r, err := ingest.Open(raw, s.Ingest())
	if err != nil {
		return nil, err
	}
	n := 0
	for doc, err := range r.Documents(cmd.Context()) {
		if err != nil {
			msg := err.Error()
			if read := new(ingest.Error); errors.As(err, &read) {
				msg += hint(string(read.Reason))
			}
			if n++; n <= failuresTold {
				fmt.Fprintf(cmd.ErrOrStderr(), "onrecord: %s\n", msg)
			}
		}
		if doc == nil {
			continue
		}
		if err := p.Add(goldform.Article{Doc: doc}); err != nil {
			return nil, err
		}
	}
	if n > failuresTold {
		fmt.Fprintf(cmd.ErrOrStderr(), "onrecord: %d failures more\n", n-failuresTold)
	}
	if n > 0 {
		failed = errFailures
	}
	return failed, cmd.Context().Err()
}

// labelStatus tells how far annotators are and agree.
func labelStatus(w io.Writer, dir string) error {
	names, err := label.Annotators(dir)
	if err != nil {
		return err
	}
	if len(names) == 0 {
		return fmt.Errorf("nobody has labelled anything in %s", dir)
	}
	var b strings.Builder
	for _, name := range names {
		finished, begun, err := label.Progress(dir, name)
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "%-16s %6d finished %6d begun\n", name, finished, begun)
	}
	for i, first := range names {
		for _, second := range names[i+1:] {
			a, err := label.Agree(dir, first, second, eval.Options{})
			if err != nil {
				return err
			}
			fmt.Fprintf(&b, "\n%s and %s: %d articles finished by both", first, second, a.Articles)
			if a.Differ > 0 {
				fmt.Fprintf(&b, ", and %d whose texts differ", a.Differ)
			}
			b.WriteString("\n")
			if a.Report != nil {
				if err := a.Report.WriteTable(&b); err != nil {
					return err
				}
			}
		}
	}
	_, err = io.WriteString(w, b.String())
	return err
}
