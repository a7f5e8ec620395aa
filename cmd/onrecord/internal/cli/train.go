package cli

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"slices"
	"strings"
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
	data, dev, texts []string
	out              string
	examples         string
}

func newTrain() *cobra.Command {
	var f trainFlags
	cmd := &cobra.Command{
		Use:   "train [flags] STAGE --data PATH (--out FILE | --examples FILE)",
		Short: "Make the model of a stage again from labelled articles",
		Long: `train fits the model of a stage to labelled articles and writes it to a file,
which --model STAGE=FILE makes extract and eval use.

STAGE is one of ` + strings.Join(extractors.Trainable(), ", ") + `. Data are files or
folders in the JSON form of gold labels, or PolNeAR's form for attribute and
quote; the layers before the stage are taken from the labels where they are
there, and made by the stages where not. The stage clean also learns from a
folder of pages (gold.jsonl with html/) and from articles without furniture in
JSON Lines; the stage stance from a folder that holds newsmtsc,
directed_sentiment, polnear and basil.

The model that --out gives for attribute is the fast engine's. The accurate
engine's is made by models/train from the passages that --examples writes.

The figures printed are of articles that the model has not seen: those of --dev
or, without it, the tenth of the data that is kept apart by a hash of the id and
not trained on. The same data give the same model. The weights of resolve start
from the embedded ones, which know the articles named in their card.`,
		Example: `  onrecord train attribute --data polnear/train.jsonl --dev polnear/dev.jsonl --out attribute.bin
  onrecord eval --gold polnear/dev.jsonl --model attribute=attribute.bin

  # labels without text, whose texts stand in another file
  onrecord train attribute --data labels/train --texts articles.jsonl --dev labels/dev --out attribute.bin

  # what the model of the accurate engine learns from
  onrecord train attribute --data polnear/train.jsonl --dev polnear/dev.jsonl --examples passages.jsonl

  # your own labelled files besides
  onrecord train quote --data polnear/train.jsonl --data labelled/ --out quote.bin
  onrecord extract articles/ --out out --model quote=quote.bin`,
		RunE: func(cmd *cobra.Command, args []string) error { return runTrain(cmd, args, &f) },
	}
	fl := cmd.Flags()
	fl.StringArrayVar(&f.data, "data", nil, "`path` of labelled articles to train on; may be repeated")
	fl.StringArrayVar(&f.dev, "dev", nil, "`path` of labelled articles to measure on; may be repeated (default: a tenth of the data, which is then not trained on)")
	fl.StringArrayVar(&f.texts, "texts", nil, "JSON Lines `file` with the texts that stand-off labels are about; may be repeated")
	fl.StringVar(&f.out, "out", "", "`file` to write the model to")
	fl.StringVar(&f.examples, "examples", "", "for attribute: write the labelled passages from which models/train makes the accurate engine's model to this JSON Lines `file`, and no model")
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
		return usagef("which stage? Those that are trained are %s", strings.Join(stages, ", "))
	case len(args) > 1:
		return usagef("one stage at a time, and got %q too", args[1])
	case !slices.Contains(stages, args[0]):
		return usagef("no stage %q is trained: those that are are %s%s", args[0], strings.Join(stages, ", "), settings.DidYouMean(args[0], stages))
	case len(f.data) == 0:
		return usagef("nothing to train on: name labelled articles with --data")
	case f.examples != "" && args[0] != engineStage:
		return usagef("--examples goes with the stage %s, not %s", engineStage, args[0])
	case f.examples != "" && f.out != "":
		return usagef("--examples writes passages and --out a model: give one of them")
	case f.examples == "" && f.out == "":
		return usagef("no file for the model: name one with --out")
	case f.examples == "" && args[0] == engineStage && s.Engine != string(extractors.Fast):
		return &settings.Error{Key: "engine", Origin: s.Origin("engine"), Err: errors.New("train makes the fast engine's model: name that engine with --engine fast; the accurate engine's is made by models/train from what --examples writes")}
	}
	stage := args[0]
	set, err := loadStages(s, extractors.Before(stage)) // the stage's own model may be of another form by now
	if err != nil {
		return err
	}
	started := time.Now()
	t := training{ctx: cmd.Context(), stage: stage, trainer: trainers()[stage], before: set.Stages(), settings: s, workers: s.Workers, log: func(format string, args ...any) {
		fmt.Fprintf(cmd.ErrOrStderr(), "onrecord: %5.0f s  %s\n", time.Since(started).Seconds(), fmt.Sprintf(format, args...))
	}}
	if err := t.read(f.data, f.dev, f.texts); err != nil {
		return err
	}
	t.log("%d documents to train on, %d to measure on", len(t.docs), len(t.held))
	name, produce := f.out, t.train
	if f.examples != "" {
		name, produce = f.examples, (*training).examples
	}
	file, err := produce(&t)
	if err != nil {
		return err
	}
	if err := writeFile(name, func(w io.Writer) error { _, err := w.Write(file); return err }); err != nil || f.examples != "" {
		return err
	}
	out := cmd.OutOrStdout()
	fmt.Fprintf(out, "%s: %s bytes, sha256 %x\n", f.out, thousands(int64(len(file))), sha256.Sum256(file))
	return t.measure(out, file)
}

// training is one run of train.
type training struct {
	ctx   context.Context
	stage string
	trainer
	before   []pipeline.Stage // the stages before it
	settings *settings.Loaded
	workers  int
	log      func(format string, args ...any)

	docs []goldform.Article // to learn from
	held []goldform.Article // to measure on
	corpora
}

// trainer makes the file of a stage's model from the documents of a training.
type trainer struct {
	layer pipeline.Layer // that the stage writes
	train func(*training) ([]byte, error)
}

func trainers() map[string]trainer {
	return map[string]trainer{
		"clean":     {pipeline.LayerBlocks, (*training).trainClean},
		"quote":     {pipeline.LayerQuotes, (*training).trainQuote},
		"attribute": {pipeline.LayerAttributions, (*training).trainAttribute},
		"resolve":   {pipeline.LayerSpeakers, (*training).trainResolve},
		"stance":    {pipeline.LayerStances, (*training).trainStance},
	}
}

// read reads the labelled articles.
func (t *training) read(data, dev, texts []string) error {
	if t.stage == "clean" {
		if err := t.readCorpora(data, len(dev) == 0); err != nil {
			return err
		}
		data = t.labelled
	}
	if t.stage == "stance" {
		data = t.readFolders(data)
	}
	all, err := readLabelled(data, texts)
	if err != nil {
		return err
	}
	if len(dev) > 0 {
		t.docs = all
		held, err := readLabelled(dev, texts)
		t.held = append(t.held, held...)
		return err
	}
	docs, held := keepApart(all)
	t.docs, t.held = docs, append(t.held, held...)
	return nil
}

func readLabelled(paths, texts []string) ([]goldform.Article, error) {
	if len(paths) == 0 {
		return nil, nil
	}
	known, err := readTexts(texts)
	if err != nil {
		return nil, err
	}
	return readGold(paths, known)
}

// keepApart takes a tenth of the articles out, those whose ids have the lowest
// hashes, so that neither order nor chance decides.
func keepApart(all []goldform.Article) (docs, held []goldform.Article) {
	hash := func(a goldform.Article) uint64 {
		h := fnv.New64a()
		h.Write([]byte(a.Doc.ID))
		return h.Sum64()
	}
	n := len(all) / 10
	order := slices.SortedFunc(slices.Values(all), func(a, b goldform.Article) int { return cmp.Compare(hash(a), hash(b)) })
	apart := make(map[*pipeline.Document]bool, n)
	for _, a := range order[:n] {
		apart[a.Doc] = true
	}
	for _, a := range all {
		if apart[a.Doc] {
			held = append(held, a)
		} else {
			docs = append(docs, a)
		}
	}
	return docs, held
}

// prepared returns the documents to learn from with the layers before the
// stage, gold where they are labelled and made by the stages where not, and
// then with all other gold layers.
func (t *training) prepared(articles []goldform.Article) ([]*pipeline.Document, error) {
	docs, err := eval.Predict(t.ctx, t.before, articles, eval.Upstream(t.layer), t.workers)
	if err != nil {
		return nil, err
	}
	for i, d := range docs {
		gold := articles[i].Doc
		for l := t.layer; l <= pipeline.LayerStances; l++ {
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
	held := slices.DeleteFunc(t.held, func(a goldform.Article) bool { return !a.Doc.Has(t.layer) })
	if len(held) == 0 {
		_, err := fmt.Fprintf(w, "no figures: no article with labels of %s was kept apart; name some with --dev\n", t.layer)
		return err
	}
	set, err := loadStages(t.settings, extractors.WithModel(t.stage, file))
	if err != nil {
		return err
	}
	pred, err := eval.PredictLayer(t.ctx, set.Stages(), held, t.layer, t.workers)
	if err != nil {
		return err
	}
	report, err := eval.Score(held, pred, eval.Options{Layers: pipeline.LayerSet(t.layer), NoGroups: true})
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "\nThe stage %s on articles it has not seen:\n", t.stage)
	return report.WriteTable(w)
}

// labelledWith returns the documents to learn from, as prepared makes them,
// that have labels of any of the layers. what names these for the error where
// there are none.
func (t *training) labelledWith(what string, layers ...pipeline.Layer) ([]*pipeline.Document, error) {
	docs, err := t.prepared(t.docs)
	if err != nil {
		return nil, err
	}
	docs = slices.DeleteFunc(docs, func(d *pipeline.Document) bool {
		return !slices.ContainsFunc(layers, d.Has)
	})
	if len(docs) == 0 {
		return nil, errNoLabels(what)
	}
	return docs, nil
}

// errNoLabels says that no document has what a stage learns from.
func errNoLabels(what string) error {
	return errors.New("none of the documents to train on has labels of " + what)
}
