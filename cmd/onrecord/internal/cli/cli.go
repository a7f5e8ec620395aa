// Package cli is the command line: its commands, their help, and the status
// with which they end.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/onrecord-nlp/onrecord/cmd/onrecord/internal/job"
	"github.com/onrecord-nlp/onrecord/cmd/onrecord/internal/settings"
	"github.com/onrecord-nlp/onrecord/extractors"
)

// Exit statuses.
const (
	statusOK       = 0
	statusFailed   = 1 // the command did not do its work
	statusUsage    = 2 // it was called wrongly
	statusFailures = 3 // it did its work, and some inputs or documents failed
	// statusInterrupted is that of programs which Ctrl-C ends; SIGTERM gives the
	// same.
	statusInterrupted = 130
)

const statusHelp = `Exit status: 0 all well, 1 failed, 2 wrong usage, 3 finished with failures,
130 interrupted.`

// pageStatusHelp is for commands that serve a page until Ctrl-C.
const pageStatusHelp = `Exit status: 0 all well, also when Ctrl-C ends the page, 1 failed, 2 wrong
usage, 3 the same as 0 with inputs left out, 130 interrupted before the page was
ready.`

// usageError is a command called wrongly.
type usageError struct{ msg string }

func (e *usageError) Error() string { return e.msg }

func usagef(format string, args ...any) error { return &usageError{fmt.Sprintf(format, args...)} }

// errFailures ends a command that did its work and has told of the failures.
var errFailures = errors.New("finished with failures")

// toldError is an error that the user has been told of.
type toldError struct{ error }

func (e *toldError) Unwrap() error { return e.error }

// Main runs the command line and returns the exit status. An interrupt ends a
// command in good order; a second one ends it at once.
func Main(args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	cmd, err := root.ExecuteContextC(ctx)
	return status(cmd, err, stderr)
}

// status tells of an error, and returns the exit status for it.
func status(cmd *cobra.Command, err error, stderr io.Writer) int {
	if err == nil {
		return statusOK
	}
	if errors.Is(err, errFailures) {
		return statusFailures
	}
	if errors.Is(err, context.Canceled) {
		err = job.ErrInterrupted
	}
	if told := new(toldError); !errors.As(err, &told) {
		for line := range strings.SplitSeq(strings.TrimRight(err.Error(), "\n"), "\n") {
			fmt.Fprintf(stderr, "onrecord: %s\n", line)
		}
	}
	if errors.Is(err, job.ErrInterrupted) {
		return statusInterrupted
	}
	var (
		usage   *usageError
		setting *settings.Error
		overlap *job.OverlapError
	)
	if errors.As(err, &usage) || errors.As(err, &setting) || errors.As(err, &overlap) {
		fmt.Fprintf(stderr, "See %s --help.\n", cmd.CommandPath())
		return statusUsage
	}
	return statusFailed
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "onrecord",
		Short: "Who said what in news articles, as columns",
		Long: `onrecord reads news articles and writes every quotation and every reported
claim in them, with its speaker and stance, as columns that open in pandas,
polars, DuckDB or R.

` + statusHelp,
		Example: `  onrecord extract articles/ --out out
  onrecord eval --gold testdata/gold/test`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cmd.Help()
			}
			var names []string
			for _, c := range cmd.Commands() {
				names = append(names, c.Name())
			}
			return usagef("there is no command %q%s", args[0], settings.DidYouMean(args[0], names))
		},
	}
	root.SetFlagErrorFunc(flagError)
	root.PersistentFlags().String("config", "", "configuration `file` (default: "+settings.FileName+" in the working folder, if it is there)")
	root.AddCommand(newExtract(), newVerify(), newPeople(), newWorker(), newServe(), newShow(), newView(), newLabel(), newEval(), newConvert(), newTrain(), newConfig(), newStages(), newVersion())
	return root
}

// flagError makes a usage error of what pflag says, with the nearest flag.
func flagError(cmd *cobra.Command, err error) error {
	if errors.Is(err, pflag.ErrHelp) {
		return err
	}
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) {
		var names []string
		add := func(f *pflag.Flag) { names = append(names, "--"+f.Name) }
		cmd.Flags().VisitAll(add)
		cmd.InheritedFlags().VisitAll(add)
		name := "--" + unknown.GetSpecifiedName()
		if unknown.GetSpecifiedShortnames() != "" {
			return usagef("unknown flag -%s", unknown.GetSpecifiedName())
		}
		return usagef("unknown flag %s%s", name, settings.DidYouMean(name, names))
	}
	return &usageError{err.Error()}
}

// load puts the settings of a command together, and tells of what looks like
// a setting in the environment and is none.
func load(cmd *cobra.Command) (*settings.Loaded, error) {
	file, err := cmd.Flags().GetString("config")
	if err != nil {
		return nil, err
	}
	if file == "" {
		file = os.Getenv(settings.Env("config"))
	}
	s, err := settings.Load(cmd.Flags(), file, os.Environ())
	if err != nil {
		return nil, err
	}
	for _, w := range s.Warnings {
		fmt.Fprintf(cmd.ErrOrStderr(), "onrecord: %s\n", w)
	}
	if s.Workers == 0 {
		s.Workers = runtime.GOMAXPROCS(0)
	}
	return s, nil
}

// loadStages loads the standard stages with the engine and the models that the
// settings name. Options go before the settings.
func loadStages(s *settings.Loaded, opts ...extractors.Option) (*extractors.Set, error) {
	all := []extractors.Option{extractors.WithEngine(extractors.Engine(s.Engine)), extractors.WithTargets(s.Targets()...)}
	if s.Kernel != settings.AutoKernel {
		all = append(all, extractors.WithKernel(s.Kernel))
	}
	for stage, file := range s.Model {
		b, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("the model of the stage %s cannot be read: %w", stage, err)
		}
		all = append(all, extractors.WithModel(stage, b))
	}
	return extractors.Load(append(all, opts...)...)
}
