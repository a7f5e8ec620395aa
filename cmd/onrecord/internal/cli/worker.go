package cli

import (
	"github.com/spf13/cobra"

	"github.com/onrecord-nlp/onrecord/cmd/onrecord/internal/job"
	"github.com/onrecord-nlp/onrecord/cmd/onrecord/internal/settings"
	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/columnar"
	"github.com/onrecord-nlp/onrecord/pipeline/ingest"
)

func newWorker() *cobra.Command {
	var name string
	var rows int
	cmd := &cobra.Command{
		Use:   "worker [flags] < DOCUMENTS > RESULTS",
		Short: "Turn a stream of documents into a stream of results, within another engine",
		Long: `worker reads an Arrow IPC stream of documents from standard input and writes an
Arrow IPC stream of results to standard output, while it goes on. It is what an
engine such as Spark runs in each of its tasks; integrations/spark has the job.

The documents' columns are found by their usual names, as the fields of JSON
records are (doc_id or id, url, title, byline, published, language, text), or
named by flags; others are passed over. A document's id should be in it: what
has none is named after its place in the stream, "stdin#1", and so on, where
--name gives another name than stdin.

There is one row of results a document, in the order of the input: the columns
of the table documents, and its quotes, claims, speakers and failures as lists
of structs, with the columns of these tables. Exploded, the lists are the tables
that extract writes. A row without a document is null but for its failures and
its doc_id. Near-duplicates are not looked for.

With --input-format other than arrow, standard input is whatever extract reads:
a file of JSON Lines, a web archive, and so on.

` + `Exit status: 0 all well, 1 failed or the stream is broken, 2 wrong usage,
3 finished, and some of the rows are failures.`,
		Example: `  # within a program that writes and reads Arrow streams
  python write_documents.py | onrecord worker | python read_results.py

  # a web archive, as rows of results
  onrecord worker --input-format warc --name crawl.warc.gz < crawl.warc.gz > results.arrows`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := noArgs(cmd, args); err != nil {
				return err
			}
			if rows < 1 {
				return usagef("--batch-rows %d: the least is 1", rows)
			}
			s, err := load(cmd)
			if err != nil {
				return err
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
			reading.StdinName = name
			if reading.Format == ingest.FormatAuto {
				reading.Format = ingest.FormatArrow
			}
			out := columnar.NewStreamWriter(cmd.OutOrStdout(), columnar.StreamOptions{BatchRows: rows, Meta: meta(set)})
			stream := job.Stream{Reading: reading, Pipeline: p, Workers: s.Workers, Languages: s.Languages(), Hint: hint, Strict: reading.Format == ingest.FormatArrow}
			failures, err := stream.Run(cmd.Context(), out)
			if err == nil && failures > 0 {
				return errFailures
			}
			return err
		},
	}
	settings.AddFlags(cmd.Flags(), settings.Processing, settings.Reading)
	cmd.Flags().StringVar(&name, "name", "", "`name` of standard input, in sources and ids (default: stdin)")
	cmd.Flags().IntVar(&rows, "batch-rows", 500, "`number` of rows behind which a batch of results is passed on; 2 MiB of text end it earlier")
	return cmd
}
