package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/onrecord-nlp/onrecord/cmd/onrecord/internal/settings"
	"github.com/onrecord-nlp/onrecord/pipeline/columnar"
)

// Version is the version of the program, in every file it writes. CHANGELOG.md
// says what each holds.
const Version = "0.1.0"

func newVersion() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "version [flags]",
		Short: "Print the versions of the program, its columns and its models",
		Long: `version prints what stands in the metadata of every file written: the version
of the program, the version of the columns, and the hash of each model: those of
the engine in force, or of the one that --engine names.`,
		Example: `  onrecord version
  onrecord version --engine accurate`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := load(cmd)
			if err != nil {
				return err
			}
			set, err := loadStages(s)
			if err != nil {
				return err
			}
			var b strings.Builder
			fmt.Fprintf(&b, "onrecord %s%s\n", Version, revision())
			fmt.Fprintf(&b, "columns  %s\n", columnar.SchemaVersion)
			fmt.Fprintf(&b, "%s %s/%s\n", runtime.Version(), runtime.GOOS, runtime.GOARCH)
			for _, m := range set.Models() {
				fmt.Fprintf(&b, "model %-12s sha256:%s\n", m.Name, m.SHA256)
			}
			_, err = cmd.OutOrStdout().Write([]byte(b.String()))
			return err
		},
	}
	settings.AddNamed(cmd.Flags(), "engine", "model")
	return cmd
}

// revision is the revision that the program was built from, where the build
// says so.
func revision() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	rev, changed := "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			rev = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			changed = ", with changes"
		}
	}
	if rev == "" {
		return ""
	}
	return " (" + rev[:min(len(rev), 12)] + changed + ")"
}

// noArgs is cobra.NoArgs as a usage error.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("%s takes no arguments, and got %q", cmd.Name(), args[0])
	}
	return nil
}
