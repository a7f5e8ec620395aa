package attribute

import (
	"fmt"
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

// PieceFeatures are the numbers of values of the features that every piece
// has beside its identity: shape of its token, place in quotation marks,
// place in the text, strength of its token as a cue.
var PieceFeatures = []int{16, 16, 8, 12}

// passages cuts a document into passages. It is scratch space.
type passages struct {
	vocab    *wordpiece.Vocabulary
	cls, sep int32

	pieces []int32           // of all paragraphs, each followed by sep
	feats  []uint8           // numPieceFeat a piece
	first  []int32           // for each token of a paragraph its first piece, -1 for others
	cuts   []cut             // where a core may end
	list   []passage         //
	raw    []wordpiece.Piece // of one paragraph
	ids    []int32           // of all passages, with the special pieces
	idf    []uint8           // and their features
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
		if p.first == p.last {
			continue
		}
		tokens := v.doc.Tokens
		base := tokens[p.first].Start
		ps.raw = ps.vocab.Append(ps.raw[:0], v.doc.Text[base:tokens[p.last-1].End])
		headline := v.doc.Blocks[p.block].Kind == pipeline.BlockHeadline
		t := p.first
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
					ps.first[u] = int32(len(ps.pieces))
				}
			}
		}
		ps.pieces = append(ps.pieces, ps.sep)
		ps.feats = append(ps.feats, 0, 0, 0, 0)
		ps.cuts = append(ps.cuts, cut{int32(len(ps.pieces)), int32(p.last), true})
	}
	ps.cut(v)
}

// cut makes the passages.
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
		from, to := max(0, a-lookBefore), min(n, b+lookAfter)
		ps.list = append(ps.list, passage{from: from, to: to, first: token, last: end})
		ps.ids = append(append(append(ps.ids, ps.cls), ps.pieces[from:to]...), ps.sep)
		ps.idf = append(append(append(ps.idf, 0, 0, 0, 0), ps.feats[from*numPieceFeat:to*numPieceFeat]...), 0, 0, 0, 0)
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
// a, of that token, and holds no end of a sentence.
func (ps *passages) between(v *view, a, token int) cut {
	best := cut{int32(min(a+maxCore, len(ps.pieces))), int32(token), false}
	for t := token; t < len(ps.first) && int(ps.first[t]) <= a+maxCore; t++ {
		if int(ps.first[t]) > a {
			best = cut{ps.first[t], int32(t), false}
		}
	}
	return best
}

// pieceFeatures returns the features of a piece of token t, which looks so, but
// for the kind of its block; begins says that it is the token's first.
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

// Looks of a token.
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

// newPassages returns scratch space for a vocabulary.
func newPassages(vocab *wordpiece.Vocabulary) (*passages, error) {
	ps := &passages{vocab: vocab}
	for name, id := range map[string]*int32{"[CLS]": &ps.cls, "[SEP]": &ps.sep} {
		var ok bool
		if *id, ok = vocab.ID(name); !ok {
			return nil, fmt.Errorf("attribute: the vocabulary lacks the piece %s", name)
		}
	}
	return ps, nil
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

// paraOf returns the paragraph that holds the token.
func (v *view) paraOf(i int) para {
	return para{int(v.paraFirst[i]), int(v.paraLast[i]), v.doc.Sentences[v.sentence[i]].Block}
}
