package corpus

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"

	"github.com/onrecord-nlp/onrecord/extractors/clean"
	"github.com/onrecord-nlp/onrecord/pipeline"
)

// Sources names the corpora that training data is made of. An empty path
// leaves one out.
type Sources struct {
	HTMLNews string   // folder with gold.jsonl and html/, see [HTMLNews]
	Articles []string // JSON Lines files of articles, see [Articles]
}

// DefaultSources are the corpora of the embedded model under a data folder.
func DefaultSources(data string) Sources {
	return Sources{
		HTMLNews: filepath.Join(data, "html_news"),
		Articles: []string{
			filepath.Join(data, "polnear", "train.jsonl"),
			filepath.Join(data, "basil", "articles.jsonl"),
		},
	}
}

// Training makes the examples that the embedded model is trained on: real
// pages in several layouts, whole and cropped; articles without furniture,
// whole and in parts; and mixtures of both. Pages for which skip is true are
// not used in any way. The same sources and seed give the same examples.
func Training(src Sources, skip func(*Page) bool, seed uint64) ([]clean.Example, error) {
	rng := rand.New(rand.NewPCG(seed, 3))
	var pages, articles []*Page
	if src.HTMLNews != "" {
		all, _, err := HTMLNews(src.HTMLNews)
		if err != nil {
			return nil, err
		}
		for _, p := range all {
			if !skip(p) {
				pages = append(pages, p)
			}
		}
	}
	for _, path := range src.Articles {
		a, err := Articles(path)
		if err != nil {
			return nil, err
		}
		articles = append(articles, a...)
	}
	if len(pages)+len(articles) == 0 {
		return nil, fmt.Errorf("corpus: no pages and no articles to make training data of")
	}
	m := newMixer(rng, pages, articles)
	var out []clean.Example
	for range rounds {
		out = m.round(out, pages)
	}
	return out, nil
}

// rounds is how often everything is mixed anew, so that a model depends little
// on the seed.
const rounds = 3

// round appends one round of examples to out.
func (m *mixer) round(out []clean.Example, pages []*Page) []clean.Example {
	layouts := []Layout{AsShown, Single, Double}
	add := func(p *Page, d *pipeline.Document) {
		out = append(out, clean.Example{Doc: d, Group: p.Group()})
	}
	for _, p := range pages {
		add(p, p.Document(AsShown, m.chance(50), nil))
		add(p, p.Document(pick(m, layouts), m.chance(50), nil))
		for range 3 {
			add(p, p.Crop(m.rng).Document(pick(m, layouts), m.chance(50), nil))
		}
		add(p, p.Crop(m.rng).Document(pick(m, layouts), m.chance(50), m.glue(8)))
	}
	for _, a := range m.articles { // whole, as they are
		d := a.Document(pick(m, layouts), m.chance(50), nil)
		if m.chance(20) {
			wrap(d, 55+m.rng.IntN(30))
		}
		add(a, d)
	}
	for range len(m.articles) { // with short paragraphs, lists and so on; no furniture
		a := *pick(m, m.articles)
		a.Lines = m.body(&a)
		var g Glue
		if m.chance(10) {
			g = func(Line, Line) bool { return true }
		}
		d := a.Document(pick(m, layouts), m.chance(50), g)
		if m.chance(10) {
			wrap(d, 55+m.rng.IntN(30))
		}
		add(&a, d)
	}
	for i := range 2 * len(m.articles) { // with furniture
		p := m.extract
		if i%2 == 1 {
			p = func() *Page { return m.page(1 + i%7) }
		}
		var g Glue
		if m.chance(30) {
			g = m.glue(10)
		}
		page := p()
		d := page.Document(pick(m, layouts), m.chance(50), g)
		if m.chance(5) {
			wrap(d, 55+m.rng.IntN(30))
		}
		add(page, d)
	}
	return out
}
