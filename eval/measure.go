package eval

import (
	"github.com/onrecord-nlp/onrecord/pipeline"
)

// measure is one thing that is counted. Its counts are numbers that add up
// over documents, and figures are made of the sums.
type measure uint8

const (
	polnearDet measure = iota
	polnearAttr
	polnearRel
	polnearRelSrc
	polnearExact
	polnearSoftContent
	polnearSoftSource
	polnearSoftCue
	quotesFound
	quotesSource
	quotesSpeaker
	quotesSpeakerLoose
	quotesSpeakerFound
	quotesSpeakerFoundLoose
	quotesSpeakerKind
	quotesSpeakerByName
	quotesSpeakerByNominal
	quotesSpeakerByPronoun
	quotesSpeakerByNone
	quotesKind
	claimsFound
	claimsExact
	claimsSource
	claimsSpeaker
	claimsSpeakerLoose
	claimsSpeakerKind
	claimsCue
	claimsCueExact
	claimsKind
	stanceQuotes
	stanceQuotesWithTarget
	stanceQuotesTarget
	stanceClaims
	stanceClaimsWithTarget
	stanceClaimsTarget
	cueClass
	blockKinds
	bodyKept
	boilerplateExcluded
	furnitureExcluded
	speakerMentions
	speakerB3
	numMeasures
)

// form says what numbers a measure counts.
type form uint8

const (
	prf       form = iota // right of predicted, predicted, right of gold, gold
	ratio                 // right, all
	confusion             // gold class by predicted class
	byClass               // for each class: right, predicted, gold, and gold for which the class is all that is asked
)

// slice is a part of a prf measure: everything, or one pipeline.Kind.
type slice uint8

const (
	sliceAll slice = iota
	sliceDirect
	sliceMixed
	sliceIndirect
)

// byMention is the measure of the speakers of quotations whose gold mention is
// of a type.
func byMention(t pipeline.MentionType) measure { return quotesSpeakerByName + measure(t) }

func ofKind(k pipeline.Kind) slice { return sliceDirect + slice(k) }

// spec describes a measure.
type spec struct {
	name    string
	about   string         // what it counts, for people
	layer   pipeline.Layer // the layer whose stage it judges
	form    form
	byKind  bool     // counted by kind, too
	classes []string // of a confusion, and of a kind
	macro   bool     // of classes: average F1 over them
}

// unit is the number of counts of one slice.
func (s *spec) unit() int {
	switch s.form {
	case prf:
		return 4
	case ratio:
		return 2
	case byClass:
		return 4 * len(s.classes)
	}
	return len(s.classes) * len(s.classes)
}

func (s *spec) slices() int {
	if s.byKind {
		return 4
	}
	return 1
}

// layout places the counts of every measure in one flat list.
type layout struct {
	specs [numMeasures]spec
	at    [numMeasures]int
	width int
}

// noBlock is the class of characters that lie in no predicted block.
const noBlock = int(pipeline.BlockBoilerplate) + 1

func newLayout() *layout {
	var blocks, positions, classes, kinds []string
	for k := range pipeline.Indirect + 1 {
		kinds = append(kinds, k.String())
	}
	for k := range pipeline.BlockBoilerplate + 1 {
		blocks = append(blocks, k.String())
	}
	blocks = append(blocks, "none")
	for p := range pipeline.Oppose + 1 {
		positions = append(positions, p.String())
	}
	for c := range pipeline.CueMental + 1 {
		classes = append(classes, c.String())
	}
	classes[pipeline.CueNone] = "none"

	const (
		B = pipeline.LayerBlocks
		Q = pipeline.LayerQuotes
		A = pipeline.LayerAttributions
		S = pipeline.LayerSpeakers
		T = pipeline.LayerStances
	)
	l := &layout{specs: [numMeasures]spec{
		polnearDet:              {name: "polnear.quoted.det", about: "of pairs of double quotation marks, those told to be attributed speech", layer: A},
		polnearAttr:             {name: "polnear.quoted.attr", about: "of pairs of double quotation marks, those told to be attributed speech, with the right source", layer: A},
		polnearRel:              {name: "polnear.rel", about: "contents found, matched at an overlap of at least one half", layer: A},
		polnearRelSrc:           {name: "polnear.rel_src", about: "contents found, and the source is right", layer: A},
		polnearExact:            {name: "polnear.exact", about: "contents whose first and last word character agree", layer: A},
		polnearSoftContent:      {name: "polnear.soft.content", about: "contents, weighted by the share of words that overlap", layer: A},
		polnearSoftSource:       {name: "polnear.soft.source", about: "sources, weighted by the share of words that overlap", layer: A},
		polnearSoftCue:          {name: "polnear.soft.cue", about: "cues, weighted by the share of words that overlap", layer: A},
		quotesFound:             {name: "quotes", about: "uttered quotations found: the same inside of the marks, white space and a closing comma apart", layer: Q, byKind: true},
		quotesSource:            {name: "quotes.source", about: "quotations found, and the words that name the source are right", layer: S, byKind: true},
		quotesSpeaker:           {name: "quotes.speaker", about: "quotations found, and the speaker's name is right, case, articles and honorifics apart", layer: S, byKind: true},
		quotesSpeakerLoose:      {name: "quotes.speaker_loose", about: "quotations found, and the words of one name all stand in the other", layer: S},
		quotesSpeakerFound:      {name: "quotes.speaker.found", about: "of found quotations: the speaker's name is right, or that there is none", layer: S, form: ratio},
		quotesSpeakerFoundLoose: {name: "quotes.speaker.found_loose", about: "of found quotations: the words of one name all stand in the other, or there is none", layer: S, form: ratio},
		quotesSpeakerKind:       {name: "quotes.speaker_kind", about: "of found quotations with a speaker: the kind of speaker", layer: S, form: ratio},
		quotesSpeakerByName:     {name: "quotes.speaker.by_name", about: "of found quotations whose speaker the gold mentions beside them by name: the speaker's name is right", layer: S, form: ratio},
		quotesSpeakerByNominal:  {name: "quotes.speaker.by_nominal", about: "of found quotations whose speaker the gold mentions beside them by a description: the speaker's name is right", layer: S, form: ratio},
		quotesSpeakerByPronoun:  {name: "quotes.speaker.by_pronoun", about: "of found quotations whose speaker the gold mentions beside them by a pronoun: the speaker's name is right", layer: S, form: ratio},
		quotesSpeakerByNone:     {name: "quotes.speaker.by_none", about: "of found quotations beside which the gold mentions no speaker: the speaker's name is right, or that there is none", layer: S, form: ratio},
		quotesKind:              {name: "quotes.kind", about: "of found quotations: direct or mixed", layer: Q, form: ratio, classes: kinds[:2]},
		claimsFound:             {name: "claims", about: "contents of claims found: matched one to one at an overlap of at least one half", layer: A, byKind: true},
		claimsExact:             {name: "claims.exact", about: "claims found with exactly the same words, a leading “that” apart", layer: A, byKind: true},
		claimsSource:            {name: "claims.source", about: "claims found, and the source shares a word with the gold source", layer: A, byKind: true},
		claimsSpeaker:           {name: "claims.speaker", about: "claims found, and the speaker's name is right", layer: S, byKind: true},
		claimsSpeakerLoose:      {name: "claims.speaker_loose", about: "claims found, and the words of one name all stand in the other", layer: S},
		claimsSpeakerKind:       {name: "claims.speaker_kind", about: "of found claims with a speaker: the kind of speaker", layer: S, form: ratio},
		claimsCue:               {name: "claims.cue", about: "claims found, and the cue shares a word with the gold cue", layer: A, byKind: true},
		claimsCueExact:          {name: "claims.cue_exact", about: "claims found, and the cue has exactly the same words", layer: A},
		claimsKind:              {name: "claims.kind", about: "of found claims: direct, mixed or indirect", layer: A, form: ratio, classes: kinds},
		stanceQuotes:            {name: "stance.quotes", about: "of found quotations: the position (support, oppose or neutral)", layer: T, form: confusion, classes: positions, macro: true},
		stanceClaims:            {name: "stance.claims", about: "of found claims: the position (support, oppose or neutral)", layer: T, form: confusion, classes: positions, macro: true},
		stanceQuotesWithTarget:  {name: "stance.quotes.with_target", about: "of found quotations: the position, and a support or opposition is right only if its target is, too, where the gold names one", layer: T, form: byClass, classes: positions, macro: true},
		stanceQuotesTarget:      {name: "stance.quotes.target", about: "of found quotations to which both sides give support or opposition: the target has a content word of the gold target, or is the same", layer: T, form: ratio},
		stanceClaimsWithTarget:  {name: "stance.claims.with_target", about: "of found claims: the position, and a support or opposition is right only if its target is, too, where the gold names one", layer: T, form: byClass, classes: positions, macro: true},
		stanceClaimsTarget:      {name: "stance.claims.target", about: "of found claims to which both sides give support or opposition: the target has a content word of the gold target, or is the same", layer: T, form: ratio},
		cueClass:                {name: "cue_class", about: "of found claims with a cue: the class of the cue", layer: T, form: confusion, classes: classes, macro: true},
		blockKinds:              {name: "blocks", about: "the kind of block that each word character lies in", layer: B, form: confusion, classes: blocks},
		bodyKept:                {name: "blocks.body_kept", about: "of the body's word characters, those in blocks from which statements are taken", layer: B, form: ratio},
		boilerplateExcluded:     {name: "blocks.boilerplate_excluded", about: "of boilerplate's word characters, those in blocks from which no statements are taken", layer: B, form: ratio},
		furnitureExcluded:       {name: "blocks.furniture_excluded", about: "of all furniture's word characters, those in blocks from which no statements are taken", layer: B, form: ratio},
		speakerMentions:         {name: "speakers.mentions", about: "mentions of speakers found", layer: S},
		speakerB3:               {name: "speakers.b3", about: "mentions grouped by speaker, B³ (Bagga and Baldwin 1998)", layer: S},
	}}
	for m := range numMeasures {
		l.at[m] = l.width
		l.width += l.specs[m].unit() * l.specs[m].slices()
	}
	return l
}

// Definition says in a sentence what the figures called name count, as
// "quotes.speaker"; it is empty where no figure is called so.
func Definition(name string) string {
	for _, s := range newLayout().specs {
		if s.name == name {
			return s.about
		}
	}
	return ""
}

// tally holds the counts of one document, or the sum over some.
type tally struct {
	*layout
	n []float64
}

func (l *layout) tally() tally { return tally{l, make([]float64, l.width)} }

// add adds the four counts of a prf measure to one slice.
func (c tally) add(m measure, s slice, rightOfPred, pred, rightOfGold, gold float64) {
	if s != sliceAll && !c.specs[m].byKind {
		return
	}
	at := c.at[m] + 4*int(s)
	c.n[at] += rightOfPred
	c.n[at+1] += pred
	c.n[at+2] += rightOfGold
	c.n[at+3] += gold
}

// gold, pred and hit count one gold item, one predicted item, and one of each
// that match, in the slice named and in the whole.
func (c tally) gold(m measure, s slice) { c.both(m, s, 0, 0, 0, 1) }
func (c tally) pred(m measure, s slice) { c.both(m, s, 0, 1, 0, 0) }
func (c tally) hit(m measure, gold, pred slice) {
	c.both(m, gold, 0, 0, 1, 0)
	c.both(m, pred, 1, 0, 0, 0)
}

func (c tally) both(m measure, s slice, a, b, d, e float64) {
	c.add(m, sliceAll, a, b, d, e)
	if s != sliceAll {
		c.add(m, s, a, b, d, e)
	}
}

// share counts n of a ratio measure.
func (c tally) share(m measure, right bool, n int) {
	if right {
		c.n[c.at[m]] += float64(n)
	}
	c.n[c.at[m]+1] += float64(n)
}

// confuse counts n items of class gold that were predicted as pred.
func (c tally) confuse(m measure, gold, pred, n int) {
	c.n[c.at[m]+gold*len(c.specs[m].classes)+pred] += float64(n)
}

// judge counts one item of a measure by class. all is whether more
// than the class was asked, and right whether everything was.
func (c tally) judge(m measure, gold, pred int, all, right bool) {
	at := c.n[c.at[m]:]
	at[4*pred+1]++
	at[4*gold+2]++
	if right {
		at[4*gold]++
	}
	if !all {
		at[4*gold+3]++
	}
}

// figure is one number in a report, computed from a sum of tallies.
type figure struct {
	Name  string
	Slice string
	Stat  string // "f1", "accuracy", "macro_f1"

	of    *spec
	at    int // where its counts begin
	class int // of a confusion
}

// figures lists every figure of the layout in the order of the measures.
func (l *layout) figures() []figure {
	var out []figure
	for m := range numMeasures {
		s := &l.specs[m]
		add := func(slice, stat string, at, class int) {
			out = append(out, figure{Name: s.name, Slice: slice, Stat: stat, of: s, at: at, class: class})
		}
		switch s.form {
		case prf:
			add("", "f1", l.at[m], 0)
			if s.byKind {
				for k := range pipeline.Indirect + 1 {
					add(k.String(), "f1", l.at[m]+4*int(ofKind(k)), 0)
				}
			}
		case ratio:
			add("", "accuracy", l.at[m], 0)
		case confusion, byClass:
			add("", "accuracy", l.at[m], 0)
			if s.macro {
				add("", "macro_f1", l.at[m], 0)
			}
			if s.form == confusion {
				for class, name := range s.classes {
					add(name, "f1", l.at[m], class)
				}
			}
		}
	}
	return out
}

// values are what one figure comes to.
type values struct {
	P, R, Value float64 // P and R only for f1
	Gold, Pred  float64 // items counted
	Baseline    float64 // of always guessing the most frequent gold class; only for classes
}

func (f *figure) values(c []float64) values {
	c = c[f.at:]
	switch f.of.form {
	case prf:
		v := values{Pred: c[1], Gold: c[3]}
		v.P, v.R, v.Value = score(c[0], c[1], c[2], c[3])
		return v
	case ratio:
		return values{Value: percent(c[0], c[1]), Gold: c[1], Pred: c[1]}
	}
	n := len(f.of.classes)
	if f.Stat == "f1" {
		right, pred, gold, _ := f.counts(c, f.class)
		v := values{Pred: pred, Gold: gold}
		v.P, v.R, v.Value = score(right, pred, right, gold)
		return v
	}
	var all, right, most, guessed, sum float64
	seen, inGold := 0, 0
	for k := range n {
		r, p, g, bare := f.counts(c, k)
		right += r
		all += g
		if g > most {
			most, guessed = g, bare
		}
		if p+g > 0 {
			_, _, f1 := score(r, p, r, g)
			sum += f1
			seen++
		}
		if g > 0 {
			inGold++
		}
	}
	v := values{Gold: all, Pred: all}
	switch {
	case f.Stat == "accuracy":
		v.Value, v.Baseline = percent(right, all), percent(guessed, all)
	case all > 0: // the mean over classes that occur
		_, _, always := score(guessed, all, guessed, most)
		v.Value, v.Baseline = sum/float64(seen), always/float64(inGold)
	}
	return v
}

// counts reads one class off a confusion or the judgements of classes. bare is
// how many of gold would be right if the class were guessed and nothing else.
func (f *figure) counts(c []float64, class int) (right, pred, gold, bare float64) {
	if f.of.form == byClass {
		c = c[4*class:]
		return c[0], c[1], c[2], c[3]
	}
	n := len(f.of.classes)
	for k := range n {
		gold += c[class*n+k]
		pred += c[k*n+class]
	}
	return c[class*n+class], pred, gold, gold
}

// score makes precision, recall and F1, in percent.
func score(rightOfPred, pred, rightOfGold, gold float64) (p, r, f float64) {
	p, r = percent(rightOfPred, pred), percent(rightOfGold, gold)
	if p+r > 0 {
		f = 2 * p * r / (p + r)
	}
	return p, r, f
}

func percent(part, whole float64) float64 {
	if whole == 0 {
		return 0
	}
	return 100 * part / whole
}
