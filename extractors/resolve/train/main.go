// Command train fits the weights of package models/coref and reports how well
// they do, each part of the labelled articles judged by weights that were
// trained without it.
//
//	go run ./extractors/resolve/train -gum ../shared/data/gum
//
// writes models/coref/weights.txt when run with -write.
package main

import (
	"context"
	"flag"
	"fmt"
	"math"
	"os"
	"strings"

	"github.com/onrecord-nlp/onrecord/eval"
	"github.com/onrecord-nlp/onrecord/extractors/quote"
	"github.com/onrecord-nlp/onrecord/extractors/resolve"
	"github.com/onrecord-nlp/onrecord/extractors/tokenize"
	"github.com/onrecord-nlp/onrecord/models/coref"
	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/goldform"
)

// corpusWeight is how much an example of GUM counts beside one of the labelled
// articles, by class. Its descriptions teach less than its pronouns: few of its
// noun phrases speak.
var corpusWeight = [...]float64{0.5, 0.3, 0.5, 0.03, 0.03}

// decay is how strongly the weights of each class are drawn back to the
// hand-set ones. The labelled descriptions of bodies are few and unlike one
// another: what they teach does not carry over to the next article.
var decay = []float64{4, 4, 4, 4, 40}

func main() {
	var (
		gum     = flag.String("gum", "../shared/data/gum", "folder of the GUM corpus")
		gold    = flag.String("gold", "testdata/gold/dev", "folder of labelled articles")
		polnear = flag.String("polnear", "../shared/data/polnear", "folder of PolNeAR")
		labels  = flag.String("antecedents", "extractors/resolve/testdata/antecedents.tsv", "labelled antecedents in PolNeAR")
		prior   = flag.String("prior", "extractors/resolve/train/prior.txt", "hand-set weights to begin at")
		out     = flag.String("write", "", "file to write the weights to")
		passes  = flag.Int("passes", 200, "passes over the examples")
		folds   = flag.Int("folds", 8, "parts of the labelled articles")
	)
	flag.Parse()
	if err := run(*gum, *gold, *polnear, *labels, *prior, *out, *passes, *folds); err != nil {
		fmt.Fprintln(os.Stderr, "train:", err)
		os.Exit(1)
	}
}

func run(gum, gold, polnear, labels, priorFile, out string, passes, folds int) error {
	file, err := os.ReadFile(priorFile)
	if err != nil {
		return err
	}
	prior, err := coref.Parse(string(file), resolve.Classes(), resolve.Features())
	if err != nil {
		return err
	}
	tok, err := tokenize.New()
	if err != nil {
		return err
	}
	quotes, err := quote.New()
	if err != nil {
		return err
	}
	ctx := context.Background()
	corpus, err := readGUM(gum)
	if err != nil {
		return err
	}
	var base, gumDev []coref.Example
	for i := range corpus {
		a := &corpus[i]
		if err := tok.Process(ctx, a.doc); err != nil {
			return err
		}
		a.doc.Mark(pipeline.LayerTokens)
		if err := quotes.Process(ctx, a.doc); err != nil {
			return err
		}
		a.doc.Mark(pipeline.LayerQuotes)
		linkQuotes(a.doc)
		ex, err := resolve.Examples(a.doc, prior, true)
		if err != nil {
			return err
		}
		for k := range ex {
			ex[k].Weight = corpusWeight[ex[k].Class]
			if a.genre == "speech" {
				ex[k].Weight /= 2
			}
		}
		if a.split == "dev" {
			gumDev = append(gumDev, ex...)
		} else {
			base = append(base, ex...)
		}
	}
	var labelled []goldform.Article
	var perDoc [][]coref.Example
	for a, err := range goldform.ReadArticlesPath(gold) {
		if err != nil {
			return err
		}
		if err := tok.Process(ctx, a.Doc); err != nil {
			return err
		}
		a.Doc.Mark(pipeline.LayerTokens)
		ex, err := resolve.Examples(a.Doc, prior, false)
		if err != nil {
			return err
		}
		labelled = append(labelled, a)
		perDoc = append(perDoc, ex)
	}
	news, err := readPolNeAR(polnear, labels, []pipeline.Stage{tok, quotes})
	if err != nil {
		return err
	}
	var perNews [][]coref.Example
	for _, d := range news {
		ex, err := resolve.Examples(d, prior, false)
		if err != nil {
			return err
		}
		perNews = append(perNews, ex)
	}
	count("gum", base)
	count("labelled articles", flatten(perDoc))
	count("polnear", flatten(perNews))
	count("gum dev", gumDev)
	// Each fold by weights trained without it.
	pred := make([]*pipeline.Document, len(labelled))
	handPred := make([]*pipeline.Document, len(labelled))
	var calibration bins
	total := make([][4]int, len(resolve.Classes()))
	totalNews := make([][4]int, len(resolve.Classes()))
	for f := range folds {
		ex := append([]coref.Example(nil), base...)
		for i := range perDoc {
			if i%folds != f {
				ex = append(ex, perDoc[i]...)
			}
		}
		for i := range perNews {
			if i%folds != f {
				ex = append(ex, perNews[i]...)
			}
		}
		m := coref.Train(ex, prior, decay, passes)
		for i := range perDoc {
			if i%folds == f {
				accuracy(m, perDoc[i], total, 0)
				calibration.add(m, perDoc[i])
				accuracy(prior, perDoc[i], total, 2)
				if pred[i], err = predict(m, labelled[i]); err != nil {
					return err
				}
				if handPred[i], err = predict(prior, labelled[i]); err != nil {
					return err
				}
			}
		}
		for i := range perNews {
			if i%folds == f {
				accuracy(m, perNews[i], totalNews, 0)
				calibration.add(m, perNews[i])
				accuracy(prior, perNews[i], totalNews, 2)
			}
		}
	}
	calibration.print("anaphors")
	report("polnear (cross-validated)", totalNews)
	report("labelled articles (cross-validated)", total)
	m := coref.Train(append(append(base, flatten(perDoc)...), flatten(perNews)...), prior, decay, passes)
	dev := make([][4]int, len(resolve.Classes()))
	accuracy(m, gumDev, dev, 0)
	accuracy(prior, gumDev, dev, 2)
	report("gum dev", dev)
	if err := corpusNames(m, corpus); err != nil {
		return err
	}
	for _, p := range []struct {
		name string
		pred []*pipeline.Document
	}{{"trained (cross-validated)", pred}, {"hand-set", handPred}} {
		r, err := eval.Score(labelled, p.pred, eval.Options{Layers: pipeline.LayerSet(pipeline.LayerSpeakers), Resamples: -1, NoGroups: true})
		if err != nil {
			return err
		}
		fmt.Println(p.name)
		for _, row := range r.Rows {
			fmt.Printf("  %-24s %-9s %5.1f\n", row.Name, row.Slice, row.Value)
		}
	}
	if os.Getenv("NAMES") != "" {
		for i, d := range pred {
			g := labelled[i].Doc
			for k, a := range g.Attributions {
				x, y := "-", "-"
				if s := g.Resolution.OfAttribution[k]; s >= 0 {
					x = g.Speakers[s].Name
				}
				if s := d.Resolution.OfAttribution[k]; s >= 0 {
					y = d.Speakers[s].Name
				}
				if plain(x) != plain(y) && len(a.Source) > 0 {
					fmt.Printf("    %s %q: %q, not %q\n", d.ID, a.Source[0].In(d.Text), y, x)
				}
			}
		}
	}
	if out != "" {
		return os.WriteFile(out, []byte("# Written by extractors/resolve/train. See card.md.\n"+m.String()), 0o666)
	}
	return nil
}

// corpusNames prints for how many of GUM's attributions of news, of those whose
// source the corpus names, the stage finds that name.
func corpusNames(m *coref.Model, corpus []article) error {
	s, err := resolve.With(m)
	if err != nil {
		return err
	}
	right, all := make(map[string]int), make(map[string]int)
	for _, a := range corpus {
		if a.genre != "news" {
			continue
		}
		d := eval.Strip(a.doc, eval.Upstream(pipeline.LayerSpeakers).With(pipeline.LayerTokens))
		if err := s.Process(context.Background(), d); err != nil {
			return err
		}
		for k, name := range a.names {
			if name == "" {
				continue
			}
			all[a.split]++
			got := ""
			if x := d.Resolution.OfAttribution[k]; x >= 0 {
				got = d.Speakers[x].Name
			}
			if plain(got) == plain(name) {
				right[a.split]++
			} else if os.Getenv("NAMES") != "" {
				fmt.Printf("    %s %q: %q, not %q\n", d.ID, d.Attributions[k].Source[0].In(d.Text), got, name)
			}
		}
	}
	for _, split := range []string{"train", "dev"} {
		fmt.Printf("gum news %s: the name is right for %d of %d attributions that have one\n", split, right[split], all[split])
	}
	return nil
}

// plain is a name in small letters without article and titles.
func plain(name string) string {
	var out []string
	for w := range strings.FieldsSeq(strings.ToLower(name)) {
		switch w {
		case "the", "a", "an", "mr.", "mrs.", "ms.", "dr.", "professor", "president", "sir":
			continue
		}
		out = append(out, w)
	}
	return strings.Join(out, " ")
}

// report prints how many anaphors of each class the trained and the hand-set
// weights resolve rightly.
func report(name string, total [][4]int) {
	fmt.Println(name + ": right of anaphors, trained and hand-set")
	for c, n := range total {
		if n[1] > 0 {
			fmt.Printf("  %-8s %4d of %4d %5.1f   %5.1f\n", resolve.Classes()[c], n[0], n[1], 100*float64(n[0])/float64(n[1]), 100*float64(n[2])/float64(n[3]))
		}
	}
}

func flatten(x [][]coref.Example) (out []coref.Example) {
	for _, e := range x {
		out = append(out, e...)
	}
	return out
}

func predict(m *coref.Model, a goldform.Article) (*pipeline.Document, error) {
	s, err := resolve.With(m)
	if err != nil {
		return nil, err
	}
	keep := eval.Upstream(pipeline.LayerSpeakers).With(pipeline.LayerTokens)
	d := eval.Strip(a.Doc, keep)
	if err := s.Process(context.Background(), d); err != nil {
		return nil, err
	}
	d.Mark(pipeline.LayerSpeakers)
	return d, nil
}

// bins counts, by tenths of the probability of the candidate chosen, how often
// it is right.
type bins [10][2]int

func (b *bins) add(m *coref.Model, ex []coref.Example) {
	for _, e := range ex {
		best, sum := 0, 0.0
		scores := make([]float64, len(e.Candidates))
		for i, c := range e.Candidates {
			scores[i] = float64(m.Score(e.Class, c))
			if scores[i] > scores[best] {
				best = i
			}
		}
		for _, s := range scores {
			sum += math.Exp(s - scores[best])
		}
		k := min(int(10/sum), 9)
		b[k][1]++
		if best == e.Gold {
			b[k][0]++
		}
	}
}

func (b *bins) print(name string) {
	fmt.Printf("%s: share right by probability", name)
	for k, n := range b {
		if n[1] > 0 {
			fmt.Printf("  %.1f: %.2f (%d)", float64(k)/10, float64(n[0])/float64(n[1]), n[1])
		}
	}
	fmt.Println()
}

func accuracy(m *coref.Model, ex []coref.Example, total [][4]int, at int) {
	for _, e := range ex {
		best, bestScore := 0, float32(0)
		for i, c := range e.Candidates {
			if s := m.Score(e.Class, c); i == 0 || s > bestScore {
				best, bestScore = i, s
			}
		}
		total[e.Class][at+1]++
		if best == e.Gold {
			total[e.Class][at]++
		}
	}
}

func count(name string, ex []coref.Example) {
	n := make([]int, len(resolve.Classes()))
	none := make([]int, len(n))
	for _, e := range ex {
		n[e.Class]++
		if e.Gold == len(e.Candidates)-1 {
			none[e.Class]++
		}
	}
	fmt.Printf("%s: examples", name)
	for c, k := range n {
		fmt.Printf(" %s %d (%d new)", resolve.Classes()[c], k, none[c])
	}
	fmt.Println()
}
