package attribute

import (
	"fmt"
	"slices"
	"unicode"
	"unicode/utf8"

	"github.com/onrecord-nlp/onrecord/models/wordpiece"
	"github.com/onrecord-nlp/onrecord/pipeline"
)

// The encoder reads a document in passages of at most maxPieces pieces. Each
// decides the tokens of its core; what stands before and after the core is
// there to be looked at. Passages end with paragraphs where they can, with
// sentences where not.
const (
	maxPieces    = 384 // with the two special pieces at its ends
	lookBefore   = 48
	lookAfter    = 24
	maxCore      = maxPieces - 2 - lookBefore - lookAfter
	numPieceFeat = 4
)

// featureValues are the numbers of values of the features that every piece has
// beside its identity, as [view.pieceFeatures] gives them.
var featureValues = [numPieceFeat]int{16, 16, 8, 12}

// passages cuts a document into passages. It is scratch space.
type passages struct {
	vocab *pieces

	pieces []int32 // of all paragraphs, each followed by sep
	feats  []uint8 // numPieceFeat a piece
	first  []int32 // for each token of a paragraph the piece that stands for it, -1 for others
	units  []int32 // the pieces that stand for tokens, in order, each once
	unitOf []int32 // for each token of a paragraph the place in units of its piece
	// For each place in units the first token that it is of.
	tokenOf []int32
	cuts    []cut             // where a core may end
	list    []passage         // in the order of the text
	raw     []wordpiece.Piece // of one paragraph
	ids     []int32           // of all passages, with the special pieces
	idf     []uint8           // and their features
}

// cut is a place where a core may end: before that piece and that token.
type cut struct {
	piece, token int32
	para         bool // at the end of a paragraph
}

// passage is a run of pieces and what they stand for.
type passage struct {
	from, to    int // pieces covered
	first, last int // tokens that it decides; those of skipped blocks lie between
	ids         []int32
	feats       []uint8

	unit, unitEnd int // places in units of the pieces covered that stand for tokens
}

// row returns the row of the passage, its special first piece counted, that
// stands for a token, if the passage covers it.
func (ps *passages) row(p *passage, token int) (int, bool) {
	k := int(ps.first[token])
	if k < p.from || k >= p.to {
		return 0, false
	}
	return k - p.from + 1, true
}

// load cuts the loaded view's paragraphs into passages.
func (ps *passages) load(v *view) {
	n := len(v.word)
	ps.first = resize(ps.first, n)
	for i := range ps.first {
		ps.first[i] = -1
	}
	ps.pieces, ps.feats, ps.cuts, ps.list = ps.pieces[:0], ps.feats[:0], ps.cuts[:0], ps.list[:0]
	for _, p := range v.paras {
		tokens := v.doc.Tokens
		base := tokens[p.first].Start
		ps.raw = ps.vocab.Append(ps.raw[:0], v.doc.Text[base:tokens[p.last-1].End])
		headline := v.doc.Blocks[p.block].Kind == pipeline.BlockHeadline
		t, begin := p.first, int32(len(ps.pieces))
		lookedAt, look := -1, uint8(0)
		for _, piece := range ps.raw {
			at := base + int(piece.Start)
			for t < p.last-1 && tokens[t].End <= at {
				t++
			}
			// Every token that begins before the piece's end and has none yet.
			k := int32(len(ps.pieces))
			for u := t; u < p.last && tokens[u].Start < base+int(piece.End); u++ {
				if ps.first[u] < 0 {
					ps.first[u] = k
				}
			}
			if t > p.first && tokens[t].Start >= at && v.sentFirst[t] == int32(t) && ps.first[t] == k {
				ps.cuts = append(ps.cuts, cut{k, int32(t), false})
			}
			ps.pieces = append(ps.pieces, piece.ID)
			if t != lookedAt {
				lookedAt, look = t, looksOf(tokens[t].In(v.doc.Text))
			}
			f := v.pieceFeatures(t, look, ps.first[t] == k)
			if headline {
				f[2] += 4
			}
			ps.feats = append(ps.feats, f[:]...)
		}
		// Tokens without a piece of their own share the one before.
		for u := p.first; u < p.last; u++ {
			if ps.first[u] < 0 {
				if u > p.first {
					ps.first[u] = ps.first[u-1]
				} else {
					ps.first[u] = begin
				}
			}
		}
		ps.pieces = append(ps.pieces, ps.vocab.sep)
		ps.feats = append(ps.feats, 0, 0, 0, 0)
		ps.cuts = append(ps.cuts, cut{int32(len(ps.pieces)), int32(p.last), true})
	}
	ps.units, ps.unitOf, ps.tokenOf = ps.units[:0], resize(ps.unitOf, n), ps.tokenOf[:0]
	for _, p := range v.paras {
		for i := p.first; i < p.last; i++ {
			if k := len(ps.units); k == 0 || ps.units[k-1] != ps.first[i] {
				ps.units = append(ps.units, ps.first[i])
				ps.tokenOf = append(ps.tokenOf, int32(i))
			}
			ps.unitOf[i] = int32(len(ps.units) - 1)
		}
	}
	ps.cut(v)
}

// cut makes the passages, core after core. A core begins where the one before
// ended. The last takes all pieces that are left, if they fit a passage with
// those before them. Any other has at most maxCore pieces and ends with the last
// paragraph that ends in the second half of these; failing that, with the last
// sentence or paragraph that ends in it; failing that, between two tokens; and
// inside a token only where that is longer than a core. A passage is the core
// with up to lookBefore pieces before it and lookAfter after it. Where no token
// begins in a core, the rest of a long one, there is no passage.
func (ps *passages) cut(v *view) {
	n := len(ps.pieces)
	ps.ids, ps.idf = ps.ids[:0], ps.idf[:0]
	if n == 0 {
		return
	}
	token, ci := v.paras[0].first, 0
	for a := 0; a < n; {
		b, end := n, v.paras[len(v.paras)-1].last
		if a+maxPieces-2-min(a, lookBefore) < n {
			// The last end of a paragraph in the core's second half, or of a sentence.
			best := cut{-1, 0, false}
			for ; ci < len(ps.cuts) && int(ps.cuts[ci].piece) <= a+maxCore; ci++ {
				c := ps.cuts[ci]
				if int(c.piece) <= a {
					continue
				}
				if best.piece < 0 || c.para || !best.para || int(best.piece) < a+maxCore/2 {
					best = c
				}
			}
			if best.piece < 0 {
				best = ps.between(v, a, token)
			}
			b, end = int(best.piece), int(best.token)
		}
		if token < end { // not the rest of a token that is longer than a core
			from, to := max(0, a-lookBefore), min(n, b+lookAfter)
			unit, _ := slices.BinarySearch(ps.units, int32(from))
			unitEnd, _ := slices.BinarySearch(ps.units, int32(to))
			ps.list = append(ps.list, passage{from: from, to: to, first: token, last: end, unit: unit, unitEnd: unitEnd})
			ps.ids = append(append(append(ps.ids, ps.vocab.cls), ps.pieces[from:to]...), ps.vocab.sep)
			ps.idf = append(append(append(ps.idf, 0, 0, 0, 0), ps.feats[from*numPieceFeat:to*numPieceFeat]...), 0, 0, 0, 0)
		}
		a, token = b, end
		for ci > 0 && int(ps.cuts[ci-1].piece) > a {
			ci--
		}
	}
	at := 0
	for i := range ps.list {
		p := &ps.list[i]
		m := p.to - p.from + 2
		p.ids, p.feats = ps.ids[at:at+m], ps.idf[at*numPieceFeat:(at+m)*numPieceFeat]
		at += m
	}
}

// between returns a place between two tokens for a core that begins with piece
// a, decides tokens from the given one on, and holds no end of a sentence. A
// token that is longer than a core is decided where it begins.
func (ps *passages) between(v *view, a, token int) cut {
	best, next := cut{-1, 0, false}, token
	for t, end := token, v.paras[len(v.paras)-1].last; t < end && int(ps.first[t]) <= a+maxCore; t++ {
		if int(ps.first[t]) > a {
			best = cut{ps.first[t], int32(t), false}
		}
		if ps.first[t] >= 0 { // not of a skipped block
			next = t + 1
		}
	}
	if best.piece < 0 {
		best = cut{int32(a + maxCore), int32(next), false}
	}
	return best
}

// pieceFeatures returns the features of a piece of token t, which looks so;
// begins says that it is the token's first. They are, in the order of
// featureValues:
//
//   - twice the token's looks, 1 more where it begins a sentence;
//   - its place in quotation marks, 0 outside, 1 the opening mark, 2 inside, 3 the
//     closing mark; 4 more in a nested pair, 8 more where the quotation has
//     probably been uttered;
//   - 1 for a piece that does not begin the token, 2 more where the token begins
//     a paragraph; load adds 4 in a headline;
//   - twice the token's strength as a cue, 0 to 5, 1 more where the word is known
//     as a speaker's.
func (v *view) pieceFeatures(t int, looks uint8, begins bool) (f [numPieceFeat]uint8) {
	f[0] = looks * 2
	if v.sentFirst[t] == int32(t) {
		f[0]++
	}
	f[1] = v.quote[t] + 4*v.nested[t]
	if qi := v.qindex[t]; qi >= 0 && v.doc.Quotes[qi].Score >= minQuote {
		f[1] += 8
	}
	if !begins {
		f[2] = 1
	}
	if v.paraFirst[t] == int32(t) {
		f[2] += 2
	}
	f[3] = v.cue[t]*2 + v.known[t]
	return f
}

// Looks of a token, below half of featureValues[0].
const (
	looksLower uint8 = iota + 1
	looksCapital
	looksUpper
	looksMixed
	looksNumber
	looksMark
	looksOther
)

func looksOf(s string) uint8 {
	var upper, lower, digit, letters int
	firstUpper := false
	for i, r := range s {
		switch {
		case unicode.IsUpper(r):
			upper++
			letters++
			if i == 0 {
				firstUpper = true
			}
		case unicode.IsLetter(r):
			lower++
			letters++
		case unicode.IsDigit(r):
			digit++
		}
	}
	switch {
	case digit > 0:
		return looksNumber
	case letters == 0:
		if r, _ := utf8.DecodeRuneInString(s); unicode.IsPunct(r) || unicode.IsSymbol(r) {
			return looksMark
		}
		return looksOther
	case upper == 0:
		return looksLower
	case firstUpper && upper == 1:
		return looksCapital
	case lower == 0:
		return looksUpper
	}
	return looksMixed
}

// pieces is the vocabulary and the pieces that begin and end a passage.
type pieces struct {
	*wordpiece.Vocabulary
	cls, sep int32
}

func newPieces() (*pieces, error) {
	vocab, err := wordpiece.Uncased()
	if err != nil {
		return nil, fmt.Errorf("attribute: %w", err)
	}
	p := &pieces{Vocabulary: vocab}
	for name, id := range map[string]*int32{"[CLS]": &p.cls, "[SEP]": &p.sep} {
		var ok bool
		if *id, ok = vocab.ID(name); !ok {
			return nil, fmt.Errorf("attribute: the vocabulary lacks the piece %s", name)
		}
	}
	return p, nil
}

func newPassages(p *pieces) *passages { return &passages{vocab: p} }
