package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/onrecord-nlp/onrecord/cmd/onrecord/internal/settings"
	"github.com/onrecord-nlp/onrecord/extractors"
	"github.com/onrecord-nlp/onrecord/pipeline"
)

// engineStage is the stage that has several engines.
const engineStage = "attribute"

func newStages() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "stages [flags]",
		Short: "List the stages that a document goes through",
		Long: `stages lists the stages in the order in which they run: what each does, which
layers of the document it reads and which one it writes, whether it takes a
model, as onrecord train makes them, and its engine, where there are several.`,
		Example: `  onrecord stages`,
		Args:    noArgs,
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
			for _, stage := range set.Stages() {
				fmt.Fprintf(&b, "%s\n    %s\n", stage.Name(), stage.Doc())
				fmt.Fprintf(&b, "    reads %s; writes %s", layerNames(stage.Reads()), stage.Writes())
				if slices.Contains(extractors.Trainable(), stage.Name()) {
					b.WriteString("; takes a model (--model " + stage.Name() + "=FILE)")
				}
				if stage.Name() == engineStage {
					b.WriteString("; engine " + s.Engine + " (--engine)")
				}
				b.WriteString("\n")
			}
			_, err = cmd.OutOrStdout().Write([]byte(b.String()))
			return err
		},
	}
	settings.AddNamed(cmd.Flags(), "engine", "model")
	return cmd
}

// layerNames names the layers of a set, "the text" where it is empty.
func layerNames(set pipeline.Layers) string {
	var names []string
	for l := range pipeline.LayerStances + 1 {
		if set.Has(l) {
			names = append(names, l.String())
		}
	}
	if names == nil {
		return "the text"
	}
	return strings.Join(names, ", ")
}
