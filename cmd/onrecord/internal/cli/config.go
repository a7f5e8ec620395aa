package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/onrecord-nlp/onrecord/cmd/onrecord/internal/settings"
)

func newConfig() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Print the settings in force and where each comes from",
		Long: `config prints every setting in force and where its value comes from. What it
prints is a configuration file.

A setting has one name everywhere. What the flag --shard-documents sets is
shard-documents in ` + settings.FileName + ` and ONRECORD_SHARD_DOCUMENTS in the
environment, where the parts of a list are set apart by commas. A flag goes
before the environment, the environment before the file, the file before the
default. The file is ` + settings.FileName + ` in the working folder, or what --config or
ONRECORD_CONFIG names. A key in it that is no setting is an error.`,
		Example: `  onrecord config > onrecord.yaml
  ONRECORD_WORKERS=4 onrecord config --format arrow,parquet`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := load(cmd)
			if err != nil {
				return err
			}
			file := "no configuration file"
			if s.File != "" {
				file = "configuration file: " + s.File
			}
			lines := make([]string, len(s.Values))
			width := 0
			for i, v := range s.Values {
				lines[i] = v.Key + ": " + yaml(v.Value)
				width = max(width, min(len(lines[i]), 40))
			}
			var b strings.Builder
			fmt.Fprintf(&b, "# %s\n", file)
			for i, v := range s.Values {
				fmt.Fprintf(&b, "%-*s  # %s\n", width, lines[i], v.Origin)
			}
			_, err = cmd.OutOrStdout().Write([]byte(b.String()))
			return err
		},
	}
	settings.AddFlags(cmd.Flags(), settings.Processing, settings.Naming, settings.Reading, settings.Writing, settings.Scoring)
	return cmd
}

// yaml writes a value as JSON, which is YAML.
func yaml(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return fmt.Sprint(v) // no setting is of a kind that JSON lacks
	}
	return strings.TrimSpace(b.String())
}
