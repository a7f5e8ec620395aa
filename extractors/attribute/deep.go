package attribute

import (
	"fmt"
	"slices"

	"github.com/onrecord-nlp/onrecord/models/accurate"
	"github.com/onrecord-nlp/onrecord/models/attribution"
	"github.com/onrecord-nlp/onrecord/models/chain"
	"github.com/onrecord-nlp/onrecord/models/encoder"
	"github.com/onrecord-nlp/onrecord/pipeline"
)

// The accurate engine runs the same two passes as the fast one. To the scores
// of the fast engine's features, weighed less, it adds those of an encoder that
// reads whole passages, in both passes. Each pass stays one linear chain, so
// that what is decoded, and how sure it is, means the same in both engines.

// How much the fast engine's scores count beside the encoder's, in the first
// pass and in the second; set on PolNeAR's development part.
const (
	tagMix  = 0.5
	linkMix = 0.3
)

var accurateSettings = settings{minCue: 0.2, minLink: 0.05, minSource: 0.1, slope: 0.375, offset: 0.194}

const (
	// batch is how many passages the encoder reads at once.
	batch = 8
	// longestPara is the most tokens of a paragraph of the accurate engine, which
	// keeps what the encoder says of a whole paragraph in memory; longer ones are
	// cut where a sentence ends.
	longestPara = 2000
)

// deepModel is what all goroutines share of the accurate engine.
type deepModel struct {
	m         *accurate.Model
	outputs   int // numbers that the encoder gives a piece
	pieces    *pieces
	tag, link chain.Transitions // the fast engine's mixed in
}

func newDeepModel(m *accurate.Model, fast *attribution.Model) (*deepModel, error) {
	if m.Tag.Labels != int(numTagLabels) || m.Link.Labels != int(numLinkLabels) || len(m.Relation) != numRelations*m.Pair {
		return nil, fmt.Errorf("attribute: the model of the accurate engine has other labels (%d and %d) or relations (%d) than this version; make it again with models/train",
			m.Tag.Labels, m.Link.Labels, len(m.Relation)/m.Pair)
	}
	p, err := newPieces()
	if err != nil {
		return nil, err
	}
	if c := m.Encoder.Config(); c.Positions < maxPieces || c.Vocabulary != p.Len() || !slices.Equal(c.Features, featureValues[:]) {
		return nil, fmt.Errorf("attribute: the encoder of the accurate engine reads %d pieces of %d with the features %v, and this version makes %d of %d with %v; make it again with models/train",
			c.Positions, c.Vocabulary, c.Features, maxPieces, p.Len(), featureValues)
	}
	d := &deepModel{m: m, outputs: m.Encoder.Config().Outputs, pieces: p}
	d.tag = mixTransitions(&m.Tag, &fast.Tag.Trans, tagMix)
	d.link = mixTransitions(&m.Link, &fast.Link.Trans, linkMix)
	return d, nil
}

// mixTransitions returns a with what b weighs added. Here and in tagScores and
// linkScores a product is rounded before it is added to, lest the compiler make
// one operation of both where the processor has it: then results would differ
// from machine to machine.
func mixTransitions(a, b *chain.Transitions, mix float32) chain.Transitions {
	t := *a
	for x := range t.Labels {
		t.Start[x] += float32(mix * b.Start[x])
		for y := range t.Labels {
			t.Next[x][y] += float32(mix * b.Next[x][y])
		}
	}
	return t
}

// deep is the accurate engine's scratch space of one document.
type deep struct {
	*deepModel
	ps      *passages
	session *encoder.Session
	windows []encoder.Window
	outs    []float32 // of the passages of a batch

	// What the encoder says of the tokens that some passages cover, kept for as
	// long as a paragraph of theirs is at work: passages [from, to).
	from, to int
	kept     []unitScores
	readings pipeline.Readings // of the document

	// Of a cue and the tokens in its reach.
	cue    []float32
	rels   []uint8   // how each stands to the cue
	pair   []float32 // Pair values each, where tokens share a piece
	scores [][accurate.Labels]float32
}

// unitScores holds what the encoder says of the tokens that one passage covers,
// once for those that share a piece.
type unitScores struct {
	unit  int       // the place in passages.units of the first
	tags  []float32 // accurate.Labels a unit
	pair  []float32 // Pair a unit
	asCue []float32 // Pair a unit
}

func newDeep(m *deepModel) *deep {
	return &deep{deepModel: m, ps: newPassages(m.pieces), session: m.m.Encoder.Session()}
}

// run runs both passes over the loaded document, a few paragraphs at a time.
func (d *deep) run(s *scratch, st *Stage) {
	v := &s.view
	whole := v.paras
	v.cutParas(longestPara)
	d.ps.load(v)
	d.from, d.to = 0, 0
	d.beginReadings(v)
	paras := v.paras
	for len(paras) > 0 {
		// The paragraphs that the next passages decide to their ends.
		d.next()
		n := 0
		for n < len(paras) && paras[n].last <= d.ps.list[d.to-1].last {
			n++
		}
		cues := len(s.fp.cues)
		s.first(st.m.Tag, &d.deepModel.tag, paras[:n])
		s.second(st.m.Link, &d.deepModel.link, cues)
		paras = paras[n:]
		if len(paras) > 0 {
			d.forget(paras[0].first)
		}
	}
	v.doc.Readings, d.readings = d.readings, pipeline.Readings{}
	v.setParas(whole) // a turn of a transcript is a paragraph, however long
}

// mostRead is the number of tokens beyond which a document gets no readings, lest
// they take too much memory (2 kB a token): its speakers and stances are then
// found as the fast engine finds them.
const mostRead = 1 << 15

// beginReadings makes room for the document's readings.
func (d *deep) beginReadings(v *view) {
	d.readings = pipeline.Readings{}
	n := len(v.word)
	if n == 0 || n > mostRead {
		return
	}
	width := d.m.Heads.ReadingWidth()
	d.readings = pipeline.Readings{Width: width, Rows: make([]float32, len(d.ps.units)*width), Row: make([]int32, n)}
	row := d.readings.Row
	for i := range row {
		row[i] = -1
	}
	for _, p := range v.paras {
		copy(row[p.first:p.last], d.ps.unitOf[p.first:p.last])
	}
}

// keepReadings copies the readings of the tokens that a passage decides.
func (d *deep) keepReadings(p *passage, out []float32) {
	r := &d.readings
	if r.Width == 0 {
		return
	}
	at := accurate.Labels + 2*d.m.Pair
	for u := p.unit; u < p.unitEnd; u++ {
		// A unit that two passages cover is of the one that decides it.
		if t := d.ps.tokenOf[u]; int(t) < p.first || int(t) >= p.last {
			continue
		}
		row := int(d.ps.units[u]) - p.from + 1
		copy(r.Rows[u*r.Width:(u+1)*r.Width], out[row*d.outputs+at:])
	}
}

// next has the encoder read the next passages.
func (d *deep) next() {
	list := d.ps.list[d.to:min(d.to+batch, len(d.ps.list))]
	outputs, rows := d.outputs, 0
	for i := range list {
		rows += len(list[i].ids)
	}
	if cap(d.outs) < rows*outputs {
		d.outs = make([]float32, max(rows, batch*maxPieces)*outputs)
	}
	d.windows = d.windows[:0]
	at := 0
	for i := range list {
		n := len(list[i].ids) * outputs
		d.windows = append(d.windows, encoder.Window{Pieces: list[i].ids, Features: list[i].feats, Out: d.outs[at : at+n : at+n]})
		at += n
	}
	d.session.Run(d.windows)
	for i := range list {
		d.keep(&list[i], d.windows[i].Out)
	}
}

// keep copies what the encoder says of a passage's tokens.
func (d *deep) keep(p *passage, out []float32) {
	k := d.to - d.from
	if k == len(d.kept) {
		d.kept = append(d.kept, unitScores{})
	}
	t := &d.kept[k]
	d.to++
	pair, outputs := d.m.Pair, d.outputs
	t.unit = p.unit
	t.tags, t.pair, t.asCue = t.tags[:0], t.pair[:0], t.asCue[:0]
	for u := p.unit; u < p.unitEnd; u++ {
		row := int(d.ps.units[u]) - p.from + 1
		o := out[row*outputs:]
		t.tags = append(t.tags, o[:accurate.Labels]...)
		o = o[accurate.Labels:]
		t.pair = append(t.pair, o[:pair]...)
		t.asCue = append(t.asCue, o[pair:2*pair]...)
	}
	d.keepReadings(p, out)
}

// forget drops the passages that decide no token from the given one on.
func (d *deep) forget(token int) {
	k := 0
	for d.from+k < d.to && d.ps.list[d.from+k].last <= token {
		k++
	}
	// Those dropped go to the end, and lend their memory to those to come.
	kept := d.kept[:d.to-d.from]
	slices.Reverse(kept[:k])
	slices.Reverse(kept[k:])
	slices.Reverse(kept)
	d.from += k
}

// at returns the passage that decides the token, and what is kept of it.
func (d *deep) at(token int) (*passage, *unitScores) {
	for i := d.from; i < d.to; i++ {
		if p := &d.ps.list[i]; token >= p.first && token < p.last {
			return p, &d.kept[i-d.from]
		}
	}
	panic("attribute: no passage decides the token")
}

// tagScores mixes the encoder's scores of a paragraph into em, which holds the fast
// engine's.
func (d *deep) tagScores(p para, em []chain.Scores) {
	for i := p.first; i < p.last; {
		pa, t := d.at(i)
		for ; i < min(p.last, pa.last); i++ {
			o := t.tags[(int(d.ps.unitOf[i])-t.unit)*accurate.Labels:]
			e := &em[i-p.first]
			for y := range numTagLabels {
				e[y] = float32(tagMix*e[y]) + o[y]
			}
		}
	}
}

// reach returns the part of w that the passage which decides the cue covers.
func (d *deep) reach(w para, c tokenRange) para {
	p, _ := d.at(c.first)
	return d.ps.reach(p, w, c)
}

// linkScores mixes the encoder's scores of the tokens of w beside the cue c
// into em.
func (d *deep) linkScores(v *view, c tokenRange, w para, em []chain.Scores) {
	p, t := d.at(c.first)
	// A cue may go on beyond the passage; w then ends with it.
	seen := d.ps.covered(p, c)
	pair := d.m.Pair
	d.cue = resize(d.cue, pair)
	for i := seen.first; i < seen.last; i++ {
		o := t.asCue[(int(d.ps.unitOf[i])-t.unit)*pair:]
		for k := range d.cue {
			d.cue[k] += o[k]
		}
	}
	for k := range d.cue {
		d.cue[k] /= float32(seen.last - seen.first)
	}
	n := w.last - w.first - (c.last - seen.last)
	d.scores, d.rels = resize(d.scores, n), resize(d.rels, n)
	for k := range n {
		d.rels[k] = v.relation(c, w.first+k)
	}
	d.m.PairScores(d.pairRows(t, w.first, n), d.cue, d.rels, d.scores)
	for i := range n {
		for y := range numLinkLabels {
			em[i][y] = float32(linkMix*em[i][y]) + d.scores[i][y]
		}
	}
}

// pairRows returns the Pair values of each of n tokens from the given one on, all
// of the passage that t is of.
func (d *deep) pairRows(t *unitScores, first, n int) []float32 {
	pair, units := d.m.Pair, d.ps.unitOf[first:first+n]
	at := int(units[0]) - t.unit
	if int(units[n-1]-units[0]) == n-1 {
		return t.pair[at*pair : (at+n)*pair]
	}
	d.pair = d.pair[:0]
	for _, u := range units {
		at := (int(u) - t.unit) * pair
		d.pair = append(d.pair, t.pair[at:at+pair]...)
	}
	return d.pair
}

// reach returns the part of w, which holds the cue c, that the passage covers.
func (ps *passages) reach(p *passage, w para, c tokenRange) para {
	lo, hi := c.first, c.last
	for lo > w.first {
		if _, ok := ps.row(p, lo-1); !ok {
			break
		}
		lo--
	}
	for hi < w.last {
		if _, ok := ps.row(p, hi); !ok {
			break
		}
		hi++
	}
	return para{lo, hi, w.block}
}

// covered returns the part of the cue c, whose first token the passage decides,
// that the passage covers: one that begins where the core ends may go on for
// longer than the passage.
func (ps *passages) covered(p *passage, c tokenRange) tokenRange {
	for c.last > c.first+1 {
		if _, ok := ps.row(p, c.last-1); ok {
			break
		}
		c.last--
	}
	return c
}

// numRelations is the number of ways in which a token can stand to a cue.
const numRelations = 128

// relation tells them apart: the side, how far in tokens, and how many ends of
// sentences lie between.
func (v *view) relation(c tokenRange, i int) uint8 {
	side, dist, breaks := uint64(0), c.first-i, v.sentence[c.first]-v.sentence[i]
	if i >= c.first {
		side, dist, breaks = 1, i-c.last+1, v.sentence[i]-v.sentence[c.first]
	}
	return uint8(side*16+bucket(dist)) + 32*uint8(min(breaks, 3))
}
