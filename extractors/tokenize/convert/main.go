// Command convert makes the embedded weights of packages models/postag and
// models/entity from those of github.com/jdkato/prose/v2. It is run by go
// generate in extractors/tokenize; the same release of prose gives the same
// bytes.
//
// prose keeps its weights as gobs of maps in its program; decoding them takes
// a quarter of a second at every start, the converted files two milliseconds.
package main

import (
	"bytes"
	"encoding/gob"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/jdkato/prose/v2"

	"github.com/onrecord-nlp/onrecord/models/entity"
	"github.com/onrecord-nlp/onrecord/models/postag"
)

func main() {
	models := flag.String("models", filepath.Join("..", "..", "models"), "the folder of the model packages")
	flag.Parse()
	if err := run(*models); err != nil {
		fmt.Fprintln(os.Stderr, "convert:", err)
		os.Exit(1)
	}
}

func run(models string) error {
	var (
		tagWeights map[string]map[string]float64
		single     map[string]string
		mapping    map[string]int
		weights    []float64
		basic      []string
	)
	for name, into := range map[string]any{
		"AveragedPerceptron/weights": &tagWeights,
		"AveragedPerceptron/tags":    &single,
		"Maxent/mapping":             &mapping,
		"Maxent/weights":             &weights,
		"Maxent/words":               &basic,
	} {
		b, err := prose.Asset("model/" + name + ".gob")
		if err != nil {
			return err
		}
		if err := gob.NewDecoder(bytes.NewReader(b)).Decode(into); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	tagger, err := postag.Convert(tagWeights, single)
	if err != nil {
		return err
	}
	names, err := entity.Convert(mapping, weights, basic)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(models, "postag", "weights.bin"), tagger, 0o666); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(models, "entity", "weights.bin"), names, 0o666)
}
