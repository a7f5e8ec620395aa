package cli

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/onrecord-nlp/onrecord/pipeline/columnar"
)

func newVerify() *cobra.Command {
	var most int
	cmd := &cobra.Command{
		Use:   "verify [flags] DIR",
		Short: "Prove that a finished output is whole and right",
		Long: `verify holds the output folder DIR of a finished run to what its manifest and
the schema say: every file is there, none beside them, each with its size and
sha256; columns and metadata are right; rows are as many as they should be; ids
are unique and every reference leads to its row; the words of every span are the
slice of their article's text, by bytes and by code points; values are of their
lists; formats written side by side hold the same.

Of a folder that onrecord people wrote it proves the same, and that every speaker
of the run, where that is still there, has its link.

It prints a line for each fault, with file, row and column, and what to do. It
changes nothing.

Exit status: 0 all well, 1 faults found or DIR cannot be read, 2 wrong usage.`,
		Example: `  onrecord extract articles/ --out out
  onrecord verify out`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("name one output folder")
			}
			if most < 1 {
				return usagef("--faults %d: the least is 1", most)
			}
			if columnar.IsPeople(args[0]) {
				return verifyPeople(cmd, args[0], most)
			}
			started := time.Now()
			r, err := columnar.Verify(cmd.Context(), args[0], columnar.VerifyOptions{MaxFaults: most})
			if err != nil {
				return err
			}
			if _, err := cmd.OutOrStdout().Write([]byte(verifyReport(r, args[0], time.Since(started)))); err != nil {
				return err
			}
			if r.Found > 0 {
				return fmt.Errorf("%s is not as it should be: %s", args[0], plural(r.Found, "fault"))
			}
			return nil
		},
	}
	cmd.Flags().IntVar(&most, "faults", 100, "`number` of faults to list; all are counted")
	return cmd
}

// writeFaults lists faults, of all that were found, and what to do about each
// kind of them.
func writeFaults(b *strings.Builder, faults []columnar.Fault, found int64) {
	var kinds []columnar.FaultKind
	for _, f := range faults {
		fmt.Fprintln(b, f)
		if !slices.Contains(kinds, f.Kind) {
			kinds = append(kinds, f.Kind)
		}
	}
	if more := found - int64(len(faults)); more > 0 {
		fmt.Fprintf(b, "and %s more\n", thousands(more))
	}
	for _, k := range kinds {
		fmt.Fprintf(b, "%s: %s\n", k, k.Remedy())
	}
}

// verifyReport tells of the faults, or of what is whole.
func verifyReport(r *columnar.Report, dir string, took time.Duration) string {
	var b strings.Builder
	writeFaults(&b, r.Faults, r.Found)
	if r.Skipped > 0 {
		fmt.Fprintf(&b, "not looked at: the rows of %s that have missing or damaged files\n", plural(int64(r.Skipped), "shard"))
	}
	if r.Found == 0 {
		t := r.Manifest.Totals
		seconds := took.Seconds()
		fmt.Fprintf(&b, "%s is whole: %s documents, %s quotes, %s claims, %s speakers, %s failures\n",
			dir, thousands(t.Documents), thousands(t.Quotes), thousands(t.Claims), thousands(t.Speakers), thousands(t.Failures))
		fmt.Fprintf(&b, "%s, %.1f MB in %.1f s, %s documents/s\n",
			plural(int64(r.Files), "file"), float64(r.Bytes)/1e6, seconds, thousands(int64(float64(t.Documents)/seconds)))
	}
	return b.String()
}

func plural(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return thousands(n) + " " + what + "s"
}
