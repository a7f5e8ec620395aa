package cli

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/onrecord-nlp/onrecord/cmd/onrecord/internal/job"
	"github.com/onrecord-nlp/onrecord/cmd/onrecord/internal/profile"
	"github.com/onrecord-nlp/onrecord/cmd/onrecord/internal/progress"
	"github.com/onrecord-nlp/onrecord/cmd/onrecord/internal/settings"
	"github.com/onrecord-nlp/onrecord/extractors"
	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/columnar"
	"github.com/onrecord-nlp/onrecord/pipeline/ingest"
)

func newExtract() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "extract [flags] INPUT...",
		Short: "Read articles, write their quotes and claims as tables",
		Long: `extract reads articles and writes five tables into the folder --out: documents,
quotes, claims, speakers and failures, and manifest.json when it is done.

An INPUT is a file, a folder (read with its subfolders), a pattern such as
'news/**/*.html' (in quotation marks, so that the shell leaves it alone), or -
for standard input. Files are text, HTML, JSON Lines, CSV or TSV, Parquet,
Arrow, WARC, RSS or Atom, or mail, plain, compressed or in archives. What cannot
be read is a row of the table failures, and the rest of the run stays whole.

An output folder that is not empty is refused, unless --overwrite is given,
which removes an earlier run's tables and nothing else.

A run that broke off, by whatever cause, goes on with --resume and the same
arguments as before, and ends with the same bytes as if nothing had happened.
An interrupt (Ctrl-C) or SIGTERM finishes the part at hand, a second one drops
it; a run on standard input, which has to be fed again, drops it at the first.
No half file is left.

Articles in other languages than --language, and with --dedupe copies of
earlier ones, are rows of the table failures, and cost no more than reading.

` + statusHelp,
		Example: `  # a folder of articles, as Arrow files
  onrecord extract articles/ --out out

  # a compressed dump whose text stands in the field "content", for DuckDB
  onrecord extract dump.jsonl.gz --out out --format parquet --text-field content

  # from another program
  zcat pages.html.gz | onrecord extract - --input-format html --out out

  # go on after a crash
  onrecord extract dump.jsonl.gz --out out --resume`,
		RunE: runExtract,
	}
	settings.AddFlags(cmd.Flags(), settings.Processing, settings.Naming, settings.Reading, settings.Writing, settings.Telling)
	return cmd
}

func runExtract(cmd *cobra.Command, args []string) error {
	s, err := load(cmd)
	if err != nil {
		return err
	}
	if len(args) == 0 && s.FilesFrom == "" {
		return usagef("nothing to read: name files, folders or patterns, or - for standard input")
	}
	if s.Out == "" {
		return usagef("no output folder: name one with --out")
	}
	if s.Overwrite && s.Resume {
		return usagef("--overwrite and --resume exclude one another: the one begins anew, the other goes on")
	}
	set, err := loadStages(s)
	if err != nil {
		return err
	}
	p, err := pipeline.New(set.Stages())
	if err != nil {
		return err
	}
	reading := s.Ingest()
	reading.FilesFrom = s.FilesFrom
	writing := s.Columnar()
	writing.Meta = meta(set)
	frugal()
	ctx, stop, release := interrupts(cmd.Context())
	defer release()
	watch := progress.New(cmd.ErrOrStderr(), s.LogFormat == "json")
	summary, err := job.Run(ctx, job.Job{
		Inputs: args, Reading: reading, Pipeline: p, Workers: s.Workers,
		Out: s.Out, Writing: writing, Config: s.Settings, Indifferent: settings.Indifferent(),
		Resume: s.Resume, Dedupe: s.Dedupe, Languages: s.Languages(),
		Stop: stop, Watch: watch, Hint: hint,
	})
	if err != nil {
		if err = remedy(cmd, args, s, err); watch.Error(err) {
			return &toldError{err}
		}
		return err
	}
	watch.Done(summary)
	if summary.Before {
		_, err := fmt.Fprintf(cmd.OutOrStdout(), "the run in %s is finished, with %s documents and %s failures: nothing to do\n",
			s.Out, thousands(summary.Manifest.Totals.Documents), thousands(summary.Manifest.Totals.Failures))
		return err
	}
	if s.Profile != "" {
		if err := profile.Write(s.Profile, summary.Profile); err != nil {
			return err
		}
	}
	if err := writeSummary(cmd.OutOrStdout(), summary, s.Out); err != nil {
		return err
	}
	if summary.Faults() > 0 {
		return errFailures
	}
	return nil
}

// remedy adds to an error of a run what to do about it.
func remedy(cmd *cobra.Command, args []string, s *settings.Loaded, err error) error {
	var unfinished *job.UnfinishedError
	switch {
	case errors.Is(err, columnar.ErrNotEmpty):
		return fmt.Errorf("%w (--overwrite; or --resume, where a run broke off)", err)
	case errors.Is(err, columnar.ErrDiffers), errors.Is(err, columnar.ErrDamaged), errors.Is(err, columnar.ErrNoCheckpoint), errors.Is(err, ingest.ErrChanged):
		return fmt.Errorf("%w (--overwrite in the place of --resume begins anew)", err)
	case errors.As(err, &unfinished) && unfinished.Whole != (columnar.Totals{}):
		fed := ""
		if slices.Contains(args, "-") || s.FilesFrom == "-" {
			fed = ", with the same standard input"
		}
		return fmt.Errorf("%w\nto go on%s: %s", err, fed, resumeLine(cmd, args, s.Overwrite))
	}
	return err
}

// hint names the flag that helps against a failure.
func hint(reason string) string {
	switch ingest.Reason(reason) {
	case ingest.TooLong:
		return " (--max-record)"
	case ingest.DuplicateID:
		return " (--id-field)"
	case ingest.NoText:
		return " (in JSON or a table: --text-field)"
	case ingest.BadEncoding:
		return " (--encoding)"
	case job.UnsupportedLanguage:
		return " (--language any looks through all)"
	case job.Duplicate:
		return " (without --dedupe it is kept, and marked)"
	}
	return ""
}

func meta(set *extractors.Set) columnar.Meta {
	m := columnar.Meta{ToolVersion: Version}
	for _, model := range set.Models() {
		m.Models = append(m.Models, columnar.Model{Name: model.Name, SHA256: model.SHA256})
	}
	return m
}

// writeSummary writes the table at the end of a run.
func writeSummary(w io.Writer, s *job.Summary, out string) error {
	t := s.Manifest.Totals
	var b strings.Builder
	row := func(name string, n int64, note string) {
		line := fmt.Sprintf("%-10s %12s", name, thousands(n))
		if note != "" {
			line += "   " + note
		}
		fmt.Fprintln(&b, line)
	}
	row("documents", t.Documents, thousands(t.Words)+" words")
	row("quotes", t.Quotes, fmt.Sprintf("%s direct, %s mixed; %s with a source", thousands(t.QuotesDirect), thousands(t.QuotesMixed), thousands(t.Attributed)))
	row("claims", t.Claims, fmt.Sprintf("%s direct, %s mixed, %s indirect", thousands(t.ClaimsDirect), thousands(t.ClaimsMixed), thousands(t.ClaimsIndirect)))
	row("speakers", t.Speakers, "")
	var reasons []string
	for _, c := range s.Reasons {
		reasons = append(reasons, fmt.Sprintf("%s %s", thousands(c.N), c.Reason))
	}
	row("failures", t.Failures, strings.Join(reasons, ", "))
	if s.PassedOver > 0 {
		row("passed over", s.PassedOver, "files of other kinds in folders and archives")
	}
	if s.NoPages > 0 {
		row("passed over", s.NoPages, "records of web archives that are no pages")
	}
	seconds := s.Profile.Elapsed
	row("words/s", int64(float64(s.Profile.Words)/seconds), fmt.Sprintf("%.1f s", seconds))
	var formats []string
	for _, f := range s.Manifest.Formats {
		formats = append(formats, string(f))
	}
	fmt.Fprintf(&b, "%-10s %s (%s)\n", "output", out, strings.Join(formats, ", "))
	_, err := io.WriteString(w, b.String())
	return err
}

// thousands writes n with commas.
func thousands(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
