package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/onrecord-nlp/onrecord/extractors/attribute"
	"github.com/onrecord-nlp/onrecord/extractors/clean"
	"github.com/onrecord-nlp/onrecord/extractors/clean/corpus"
	"github.com/onrecord-nlp/onrecord/extractors/quote"
	"github.com/onrecord-nlp/onrecord/extractors/resolve"
	stancecorpus "github.com/onrecord-nlp/onrecord/extractors/stance/corpus"
	"github.com/onrecord-nlp/onrecord/extractors/tokenize"
	"github.com/onrecord-nlp/onrecord/models/blocks"
	"github.com/onrecord-nlp/onrecord/models/coref"
	"github.com/onrecord-nlp/onrecord/models/uttered"
	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/goldform"
)

// trainQuote trains on quotations, or on attributions where those alone are
// labelled.
func (t *training) trainQuote() ([]byte, error) {
	docs, err := t.labelledWith("quotes or attributions", pipeline.LayerQuotes, pipeline.LayerAttributions)
	if err != nil {
		return nil, err
	}
	m, err := quote.Train(docs, uttered.Options{})
	if err != nil {
		return nil, err
	}
	return m.Encode(), nil
}

// trainAttribute trains on attributions.
func (t *training) trainAttribute() ([]byte, error) {
	docs, err := t.labelledWith("attributions", pipeline.LayerAttributions)
	if err != nil {
		return nil, err
	}
	m, err := attribute.Train(docs, t.attributeOptions())
	if err != nil {
		return nil, err
	}
	return m.Encode(), nil
}

// attributeOptions are those that models and passages of attribute are made with.
func (t *training) attributeOptions() attribute.TrainOptions {
	o := attribute.DefaultTrainOptions()
	o.Parallel = min(o.Parallel, t.workers)
	o.Log = t.log
	return o
}

// examples makes the passages that the encoder of attribute is trained on, as
// JSON Lines.
func (t *training) examples() ([]byte, error) {
	docs, err := t.labelledWith("attributions", pipeline.LayerAttributions)
	if err != nil {
		return nil, err
	}
	held, err := t.prepared(t.held)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	err = attribute.Examples(docs, held, t.attributeOptions(), func(e *attribute.Example) error { return enc.Encode(e) })
	return b.Bytes(), err
}

// How strongly the weights of resolve are drawn back to the embedded ones, from
// which they start, and the passes over the examples.
const (
	resolveDecay  = 4
	resolvePasses = 200
)

// trainResolve trains on speakers. It starts from the embedded weights, since
// few articles have labels of them.
func (t *training) trainResolve() ([]byte, error) {
	docs, err := t.labelledWith("speakers", pipeline.LayerSpeakers)
	if err != nil {
		return nil, err
	}
	base, err := coref.Embedded(resolve.Classes(), resolve.Features())
	if err != nil {
		return nil, err
	}
	var examples []coref.Example
	for _, d := range docs {
		more, err := resolve.Examples(d, base, false)
		if err != nil {
			return nil, err
		}
		examples = append(examples, more...)
	}
	t.log("%d pronouns and descriptions", len(examples))
	decay := slices.Repeat([]float64{resolveDecay}, len(resolve.Classes()))
	return []byte(coref.Train(examples, base, decay, resolvePasses).String()), nil
}

// trainStance trains on stances and on the sets of sentiment in the folder
// that was named.
func (t *training) trainStance() ([]byte, error) {
	for _, a := range t.docs {
		// Labels of speakers are of use where they are of every row.
		if d := a.Doc; !d.Has(pipeline.LayerQuotes) || !d.Has(pipeline.LayerAttributions) {
			d.Unmark(pipeline.LayerSpeakers)
		}
	}
	docs, err := t.labelledWith("stances", pipeline.LayerStances)
	if err != nil {
		return nil, err
	}
	if t.sets == "" {
		return nil, errors.New("the stage stance needs a folder with the sets newsmtsc, directed_sentiment, polnear and basil besides: name it with --data")
	}
	tokens, err := tokenize.New()
	if err != nil {
		return nil, err
	}
	m, err := stancecorpus.NewReader(tokens).Train(t.sets, docs)
	if err != nil {
		return nil, err
	}
	return m.Encode(), nil
}

// readFolders takes the folder of sets of sentiment out of paths.
func (t *training) readFolders(paths []string) []string {
	return slices.DeleteFunc(slices.Clone(paths), func(path string) bool {
		if !exists(filepath.Join(path, "newsmtsc")) {
			return false
		}
		t.sets = path
		return true
	})
}

// trainClean trains on pages, on articles without furniture, and on mixtures
// of both that it makes.
func (t *training) trainClean() ([]byte, error) {
	var examples []clean.Example
	if t.sources.HTMLNews != "" || t.sources.Articles != nil {
		made, err := corpus.Training(t.sources, func(p *corpus.Page) bool { return t.apart && p.HeldOut() }, 10)
		if err != nil {
			return nil, err
		}
		examples = made
	}
	for _, a := range t.docs {
		if a.Doc.Has(pipeline.LayerBlocks) {
			h := fnv.New32a()
			h.Write([]byte(a.Doc.ID))
			examples = append(examples, clean.Example{Doc: a.Doc, Group: h.Sum32()})
		}
	}
	if len(examples) == 0 {
		return nil, errNoLabels("blocks")
	}
	t.log("%d examples", len(examples))
	o := blocks.DefaultOptions()
	o.Progress = func(epoch int, loss float64) { t.log("pass %d: mean loss %.4f", epoch, loss) }
	m, err := clean.Train(slices.Values(examples), o)
	if err != nil {
		return nil, err
	}
	return m.Bytes(), nil
}

// corpora is what the stage clean learns from beside labelled articles.
type corpora struct {
	sources  corpus.Sources
	labelled []string // paths of labelled articles
	apart    bool     // pages of some sites are kept apart
	sets     string   // folder of the sets of sentiment that the stage stance learns from
}

// readCorpora tells the paths of pages, of articles without furniture and of
// labelled articles from one another, and keeps the pages of some sites apart.
func (t *training) readCorpora(paths []string, apart bool) error {
	t.apart = apart
	for _, path := range paths {
		switch {
		case exists(filepath.Join(path, "gold.jsonl")) && exists(filepath.Join(path, "html")):
			if t.sources.HTMLNews != "" {
				return fmt.Errorf("%s: one folder of pages is read, and %s was named before", path, t.sources.HTMLNews)
			}
			t.sources.HTMLNews = path
		case strings.HasSuffix(path, ".jsonl") && !hasBlocks(path):
			t.sources.Articles = append(t.sources.Articles, path)
		default:
			t.labelled = append(t.labelled, path)
		}
	}
	if t.sources.HTMLNews == "" || !apart {
		return nil
	}
	pages, leftOut, err := corpus.HTMLNews(t.sources.HTMLNews)
	if err != nil {
		return err
	}
	t.log("%d pages; %d left out, whose gold text is not on them", len(pages), leftOut)
	for _, p := range pages {
		if p.HeldOut() {
			t.held = append(t.held, goldform.Article{Doc: p.Document(corpus.AsShown, true, nil)})
		}
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// hasBlocks reports whether the first record of a file has labels of blocks.
func hasBlocks(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return true // readGold tells of the error
	}
	defer f.Close()
	var first struct{ Blocks json.RawMessage }
	if err := json.NewDecoder(io.LimitReader(f, 64<<20)).Decode(&first); err != nil {
		return true
	}
	return first.Blocks != nil && !bytes.Equal(first.Blocks, []byte("null"))
}
