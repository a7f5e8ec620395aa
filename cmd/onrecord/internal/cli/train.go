package cli

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/onrecord-nlp/onrecord/cmd/onrecord/internal/settings"
	"github.com/onrecord-nlp/onrecord/eval"
	"github.com/onrecord-nlp/onrecord/extractors"
	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/goldform"
)

// trainFlags are the flags of train. They are no settings: a training run
// names what it reads and writes each time.
type trainFlags struct {
	data, dev []string
	out       string
}

func newTrain() *cobra.Command {
	var f trainFlags
	cmd := &cobra.Command{
		Use:   "train [flags] STAGE --data PATH --out FILE",
		Short: "Make the model of a stage again from labelled articles",
		Long: `train fits the model of a stage to labelled articles and writes it to a file,
which --model STAGE=FILE makes extract and eval use.

STAGE is one of ` + list(extractors.Trainable()) + `. Data are files or
folders in the JSON form of gold labels, or PolNeAR's form for attribute and
quote; the layers before the stage are taken from the labels where they are
there, and made by the stages where not. The stage clean also learns from a
folder of pages (gold.jsonl with html/) and from articles without furniture in
JSON Lines.

The figures printed are of articles that the model has not seen: those of --dev
or, without it, the tenth of the data that is kept apart by a hash of the id and
not trained on. The same data give the same model.`,
		Example: `  onrecord train attribute --data polnear/train.jsonl --dev polnear/dev.jsonl --out attribute.bin
  onrecord eval --gold polnear/dev.jsonl --model attribute=attribute.bin

  # your own labelled files besides
  onrecord train quote --data polnear/train.jsonl --data labelled/ --out quote.bin
  onrecord extract articles/ --out out --model quote=quote.bin`,
		RunE: func(cmd *cobra.Command, args []string) error { return runTrain(cmd, args, &f) },
	}
	fl := cmd.Flags()
	fl.StringArrayVar(&f.data, "data", nil, "`path` of labelled articles to train on; may be repeated")
	fl.StringArrayVar(&f.dev, "dev", nil, "`path` of labelled articles to measure on; may be repeated (default: a tenth of the data, which is then not trained on)")
	fl.StringVar(&f.out, "out", "", "`file` to write the model to")
	settings.AddFlags(fl, settings.Processing)
	return cmd
}

func runTrain(cmd *cobra.Command, args []string, f *trainFlags) error {
	s, err := load(cmd)
	if err != nil {
		return err
	}
	stages := extractors.Trainable()
	switch {
	case len(args) == 0:
		return usagef("which stage? Those that are trained are %s", list(stages))
	case len(args) > 1:
		return usagef("one stage at a time, and got %q too", args[1])
	case !slices.Contains(stages, args[0]):
		return usagef("no stage %q is trained: those that are are %s%s", args[0], list(stages), settings.DidYouMean(args[0], stages))
	case len(f.data) == 0:
		return usagef("nothing to train on: name labelled articles with --data")
	case f.out == "":
		return usagef("no file for the model: name one with --out")
	}
	stage := args[0]
	set, err := loadStages(s)
	if err != nil {
		return err
	}
	started := time.Now()
	t := training{ctx: cmd.Context(), stage: stage, stages: set.Stages(), workers: s.Workers, log: func(format string, args ...any) {
		fmt.Fprintf(cmd.ErrOrStderr(), "onrecord: %5.0f s  %s\n", time.Since(started).Seconds(), fmt.Sprintf(format, args...))
	}}
	if err := t.read(f.data, f.dev); err != nil {
		return err
	}
	t.log("%d documents to train on, %d to measure on", len(t.docs), len(t.held))
	file, err := trainers()[stage](&t)
	if err != nil {
		return err
	}
	if err := writeFile(f.out, func(w io.Writer) error { _, err := w.Write(file); return err }); err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	fmt.Fprintf(out, "%s: %s bytes, sha256 %x\n", f.out, thousands(int64(len(file))), sha256.Sum256(file))
	return t.measure(out, file)
}

// training is one run of train.
type training struct {
	ctx     context.Context
	stage   string
	stages  []pipeline.Stage
	workers int
	log     func(format string, args ...any)

	docs []goldform.Article // to learn from
	held []goldform.Article // to measure on
	corpora
}

// trainers make the file of a stage's model from the documents of a training.
func trainers() map[string]func(*training) ([]byte, error) {
	return map[string]func(*training) ([]byte, error){
		"clean": (*training).trainClean,
		"quote": (*training).trainQuote,
	}
}

// layer is the layer that the stage writes.
func (t *training) layer() pipeline.Layer {
	i := slices.IndexFunc(t.stages, func(s pipeline.Stage) bool { return s.Name() == t.stage })
	return t.stages[i].Writes()
}

// read reads the labelled articles.
func (t *training) read(data, dev []string) error {
	if t.stage == "clean" {
		if err := t.readCorpora(data, len(dev) == 0); err != nil {
			return err
		}
		data = t.labelled
	}
	all, err := readLabelled(data)
	if err != nil {
		return err
	}
	if len(dev) > 0 {
		t.docs = all
		held, err := readLabelled(dev)
		t.held = append(t.held, held...)
		return err
	}
	for _, a := range all {
		if heldApart(a.Doc.ID) {
			t.held = append(t.held, a)
		} else {
			t.docs = append(t.docs, a)
		}
	}
	return nil
}

func readLabelled(paths []string) ([]goldform.Article, error) {
	if len(paths) == 0 {
		return nil, nil
	}
	return readGold(paths)
}

// heldApart reports whether the document is one of the tenth that is not
// trained on.
func heldApart(id string) bool {
	h := fnv.New32a()
	h.Write([]byte(id))
	return h.Sum32()%10 == 0
}

// prepared returns the documents to learn from with the layers before the
// stage, gold where they are labelled and made by the stages where not, and
// then with all other gold layers.
func (t *training) prepared() ([]*pipeline.Document, error) {
	layer := t.layer()
	i := slices.IndexFunc(t.stages, func(s pipeline.Stage) bool { return s.Writes() == layer })
	docs, err := eval.Predict(t.ctx, t.stages[:i], t.docs, eval.Upstream(layer), t.workers)
	if err != nil {
		return nil, err
	}
	for i, d := range docs {
		gold := t.docs[i].Doc
		for l := layer; l <= pipeline.LayerStances; l++ {
			if gold.Has(l) {
				copyLayer(d, gold, l)
			}
		}
	}
	return docs, nil
}

// copyLayer gives d a layer of gold, which shares memory with it.
func copyLayer(d, gold *pipeline.Document, l pipeline.Layer) {
	switch l {
	case pipeline.LayerBlocks:
		d.Blocks = gold.Blocks
	case pipeline.LayerQuotes:
		d.Quotes = gold.Quotes
	case pipeline.LayerAttributions:
		d.Attributions = gold.Attributions
	case pipeline.LayerSpeakers:
		d.Mentions, d.Speakers, d.Resolution = gold.Mentions, gold.Speakers, gold.Resolution
	case pipeline.LayerStances:
		d.Stances = gold.Stances
	default:
		return
	}
	d.Mark(l)
}

// measure scores the new model on the documents held apart, on gold layers
// before the stage.
func (t *training) measure(w io.Writer, file []byte) error {
	layer := t.layer()
	held := slices.DeleteFunc(t.held, func(a goldform.Article) bool { return !a.Doc.Has(layer) })
	if len(held) == 0 {
		_, err := fmt.Fprintf(w, "no figures: no article with labels of %s was kept apart; name some with --dev\n", layer)
		return err
	}
	set, err := extractors.Load(extractors.WithModel(t.stage, file))
	if err != nil {
		return err
	}
	pred, err := eval.PredictLayer(t.ctx, set.Stages(), held, layer, t.workers)
	if err != nil {
		return err
	}
	report, err := eval.Score(held, pred, eval.Options{Layers: pipeline.LayerSet(layer), NoGroups: true})
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "\nThe stage %s on articles it has not seen:\n", t.stage)
	return report.WriteTable(w)
}

// errNoLabels says that no document has what a stage learns from.
func errNoLabels(what string) error {
	return errors.New("none of the documents to train on has labels of " + what)
}
