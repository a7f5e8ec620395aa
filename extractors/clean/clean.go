// Package clean is the first stage: it tells the article from the furniture of
// the page it came on.
//
// It reads Document.Text, and Title and Byline where they are known, and
// writes LayerBlocks. Text is never changed: every paragraph, line, or part of
// a line gets a label.
//
//   - body: the article's paragraphs, list items, turns of a transcript
//   - headline: the headline, the deck below it, and crossheads within the body
//   - byline, date, caption: as they say; the time stamps of a live blog are dates
//   - boilerplate: everything else (menus, promotions, tags, related stories,
//     comments, notices)
//
// Lines are told apart from paragraphs that were wrapped at a fixed width.
// Where furniture is glued to other text in one line, the line is cut into
// several blocks. The labels come from a trained sequence model (package
// models/blocks).
package clean

import (
	"context"
	"sync"

	"github.com/onrecord-nlp/onrecord/models/blocks"
	"github.com/onrecord-nlp/onrecord/pipeline"
)

// Stage labels blocks. It is safe for use by many goroutines.
type Stage struct {
	model *blocks.Model
	pool  sync.Pool // of *scratch
}

// New returns the stage with the given model, or with the one that comes with
// the program where model is nil.
func New(model *blocks.Model) (*Stage, error) {
	if model == nil {
		var err error
		if model, err = blocks.Embedded(); err != nil {
			return nil, err
		}
	}
	s := &Stage{model: model}
	s.pool.New = func() any { return &scratch{decoder: blocks.NewDecoder(model)} }
	return s, nil
}

// scratch is what one goroutine needs to label a document.
type scratch struct {
	describer
	decoder  *blocks.Decoder
	features []uint32
	kinds    []blocks.Kind
}

// maxKept is the number of lines beyond which a document's scratch space is
// given back to the garbage collector.
const maxKept = 1 << 15

// Name is "clean".
func (*Stage) Name() string { return "clean" }

// Doc says what the stage does.
func (*Stage) Doc() string {
	return "label each paragraph and line as body, headline, byline, date, caption or boilerplate; delete nothing"
}

// Reads is empty: the stage needs the text only.
func (*Stage) Reads() pipeline.Layers { return 0 }

// Writes is LayerBlocks.
func (*Stage) Writes() pipeline.Layer { return pipeline.LayerBlocks }

// Process writes doc.Blocks. It returns no error.
func (s *Stage) Process(_ context.Context, doc *pipeline.Document) error {
	sc := s.pool.Get().(*scratch)
	sc.describe(doc)
	if len(sc.units) <= maxKept {
		defer s.pool.Put(sc)
	}
	sc.decoder.Reset()
	for i, u := range sc.units {
		sc.features = sc.describer.features(sc.features[:0], i)
		sc.decoder.Add(sc.features, uint8(u.sep), sc.facts[i].long())
	}
	sc.kinds = grow(sc.kinds, len(sc.units))
	sc.decoder.Decode(sc.kinds)
	for i := range sc.kinds {
		// Two things are known for sure, whatever the model holds likely.
		switch f := &sc.facts[i]; {
		case f.words == 0: // a rule, a row of stars, a lone icon
			sc.kinds[i] = blocks.Boilerplate
		case sc.kinds[i] <= blocks.Headline && f.flags&fDateLine != 0 && f.quotes == 0:
			sc.kinds[i] = blocks.Date
		}
	}
	doc.Blocks = merge(sc.units, sc.kinds)
	return nil
}

// merge makes blocks of units, those of one line and one kind together.
func merge(units []unit, kinds []blocks.Kind) []pipeline.Block {
	out := make([]pipeline.Block, 0, len(units))
	for i, u := range units {
		k := pipeline.BlockKind(kinds[i])
		if u.sep == sepInline && i > 0 && out[len(out)-1].Kind == k {
			out[len(out)-1].End = u.End
			continue
		}
		out = append(out, pipeline.Block{Span: u.Span, Kind: k})
	}
	return out
}

// IsDateLine reports whether a line says when and hardly anything else: most
// of its words belong to dates or times of day, and one is a number.
func IsDateLine(line string) bool {
	dates, numbers, words := 0, 0, 0
	clock := false
	for rest := line; ; {
		var w string
		if w, rest = word(rest); w == "" {
			break
		}
		words++
		switch dateWord(w) {
		case dateNumber:
			numbers++
			dates++
			clock = clock || isClock(w)
		case dateName, dateHelp:
			dates++
		}
	}
	return words > 0 && words <= 20 && numbers > 0 && (dates >= 2 || clock) && 3*dates >= 2*words
}

// isClock reports whether a date numeral is a time of day or a full date on
// its own: 10:42, 7.01pm, 2017-03-26.
func isClock(w string) bool {
	digits, marks := 0, 0
	for i := 0; i < len(w); i++ {
		switch {
		case isDigit(w[i]):
			digits++
		case w[i] == ':' || w[i] == '-' || w[i] == '/':
			marks++
		}
	}
	m := w[len(w)-1]
	return digits >= 3 && marks > 0 || digits >= 1 && (m == 'm' || m == 'M') && len(w) > 2
}
