package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/onrecord-nlp/onrecord/extractors"
	"github.com/onrecord-nlp/onrecord/pipeline"
)

func newStages() *cobra.Command {
	return &cobra.Command{
		Use:   "stages",
		Short: "List the stages that a document goes through",
		Long: `stages lists the stages in the order in which they run: what each does, which
layers of the document it reads and which one it writes, and whether onrecord
train makes its model.`,
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
				b.WriteString("\n")
			}
			_, err = cmd.OutOrStdout().Write([]byte(b.String()))
			return err
		},
	}
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
