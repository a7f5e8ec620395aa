package body

import (
	"golang.org/x/net/html/atom"

	"github.com/onrecord-nlp/onrecord/pipeline/ingest/internal/markup"
)

// Numbers of a paragraph that the trees look at.
const (
	nWords = iota
	nLinks
	nEnd
	nBegin
	nSentences
	nCaps
	nUpper
	nDigits
	nCopyright
	nBar
	nAt
	nMark
	nPrice
	nTag
	nHidden
	nRepeated
	nTitle
	nDescription
	nArticle
	nScore
	nScorePrev
	nScoreNext
	nScorePrev2
	nScoreNext2
	nScoreText
	nScorePath
	nScoreSign
	nScoreParent
	nChosen
	nChosenPrev
	nChosenNext
	nWordsPrev
	nWordsNext
	nLinksPrev
	nLinksNext
	nTagPrev
	nTagNext
	nParentPrev
	nParentNext
	nParentDensity
	nParentLinks
	nParentBlocks
	nParentText
	nParentShare
	nGrandDensity
	nGrandLinks
	nGrandShare
	nGreatDensity
	nGreatShare
	nSignDensity
	nSignCount
	nSignShare
	nSignWords
	nMainDepth
	nBestDepth
	nPlace
	nToChosenBefore
	nToChosenAfter
	nBeforeFirst
	nAfterLast
	nSinceHeading
	nFraction
	nPageChosen
	nPageBlocks
	nPageDensity
	nInner
	nFlags  // one for each flag from here on
	numbers = nFlags + flags
)

func tagNumber(a atom.Atom) int16 {
	switch a {
	case atom.P:
		return 1
	case atom.H1:
		return 2
	case atom.H2:
		return 3
	case atom.H3:
		return 4
	case atom.H4, atom.H5, atom.H6:
		return 5
	case atom.Blockquote:
		return 6
	case atom.Pre:
		return 7
	case atom.Div:
		return 8
	case atom.Section, atom.Article, atom.Main, atom.Body:
		return 9
	case atom.Li:
		return 10
	case atom.Dd, atom.Dt:
		return 11
	case atom.Tr, atom.Table:
		return 12
	case atom.Figcaption, atom.Figure, atom.Caption:
		return 13
	}
	return 14
}

func permille(a, b int) int16 {
	if b <= 0 {
		return -1
	}
	return int16(a * 1000 / b)
}

func clip(n int) int16 { return int16(max(-32000, min(n, 32000))) }

func flag(b bool) int16 {
	if b {
		return 1
	}
	return 0
}

// numbersOf fills v with the numbers of block i, after the first round.
func (s *scratch) numbersOf(p *markup.Page, i int, v *[numbers]int16) {
	b := &s.blocks[i]
	src := &p.Blocks[i]
	v[nWords] = clip(b.words)
	v[nLinks] = permille(src.LinkBytes, len(src.Text))
	v[nEnd] = int16(b.end)
	v[nBegin] = int16(b.begin)
	v[nSentences] = clip(b.sentence)
	v[nCaps] = permille(b.caps, b.words)
	v[nUpper] = permille(b.upper, b.words)
	v[nDigits] = permille(b.digits, len(src.Text))
	v[nCopyright] = flag(b.marks&1 != 0)
	v[nBar] = flag(b.marks&2 != 0)
	v[nAt] = flag(b.marks&4 != 0)
	v[nMark] = flag(b.marks&8 != 0)
	v[nPrice] = flag(b.marks&16 != 0)
	v[nTag] = tagNumber(src.Tag)
	v[nHidden] = flag(b.hidden)
	v[nRepeated] = flag(s.seen[b.key])
	s.seen[b.key] = true
	v[nTitle] = flag(b.key == s.titleKey && b.words > 0)
	words := s.wordsOf(i)
	st := startOf(words)
	v[nDescription] = flag(st != 0 && st == s.describes)
	v[nArticle] = -1
	if len(s.grams) > 0 {
		v[nArticle] = -2
		if len(words) >= gram {
			v[nArticle] = permille(s.inArticle(words), len(words)-gram+1)
		}
	}
	at := func(j int) *block {
		if j < 0 || j >= len(s.blocks) {
			return &s.none
		}
		return &s.blocks[j]
	}
	prev, next := at(i-1), at(i+1)
	v[nScore] = clip(int(b.score))
	v[nScorePrev] = clip(int(prev.score))
	v[nScoreNext] = clip(int(next.score))
	v[nScorePrev2] = clip(int(at(i - 2).score))
	v[nScoreNext2] = clip(int(at(i + 2).score))
	v[nScoreText] = clip(int(b.scoreText))
	v[nScorePath] = clip(int(b.scorePath))
	v[nChosen] = flag(b.chosen)
	v[nChosenPrev] = flag(prev.chosen) + flag(at(i-2).chosen)
	v[nChosenNext] = flag(next.chosen) + flag(at(i+2).chosen)
	v[nWordsPrev] = clip(prev.words)
	v[nWordsNext] = clip(next.words)
	v[nLinksPrev] = int16(prev.links)
	v[nLinksNext] = int16(next.links)
	v[nTagPrev], v[nTagNext] = -1, -1
	if i > 0 {
		v[nTagPrev] = tagNumber(p.Blocks[i-1].Tag)
	}
	if i+1 < len(p.Blocks) {
		v[nTagNext] = tagNumber(p.Blocks[i+1].Tag)
	}
	v[nParentPrev] = flag(prev.parent == b.parent)
	v[nParentNext] = flag(next.parent == b.parent)
	e := src.Element
	up := b.parent
	for _, to := range [3][2]int{{nParentDensity, nParentShare}, {nGrandDensity, nGrandShare}, {nGreatDensity, nGreatShare}} {
		if up < 0 {
			v[to[0]], v[to[1]] = -1, -1
			continue
		}
		el := &s.elements[up]
		v[to[0]] = permille(el.prose, el.text)
		v[to[1]] = permille(el.prose, s.prose)
		up = p.Elements[up].Parent
	}
	v[nParentLinks], v[nParentBlocks], v[nParentText], v[nScoreParent], v[nGrandLinks] = -1, -1, -1, 0, -1
	if b.parent >= 0 {
		el := &s.elements[b.parent]
		v[nParentLinks] = permille(el.links, el.text)
		v[nParentBlocks] = clip(el.blocks)
		v[nParentText] = clip(el.text)
		v[nScoreParent] = clip(el.score / max(el.text, 1))
		if g := p.Elements[b.parent].Parent; g >= 0 {
			v[nGrandLinks] = permille(s.elements[g].links, s.elements[g].text)
		}
	}
	c := s.signs[b.sign]
	v[nSignDensity] = permille(c.prose, c.text)
	v[nSignCount] = clip(c.count)
	v[nSignShare] = permille(c.prose, s.prose)
	v[nSignWords] = clip(c.text / max(c.count, 1))
	v[nScoreSign] = clip(c.score / max(c.text, 1))
	depth, inMain := 0, false
	near := 99
	for k, up := 0, e; up >= 0; k, up = k+1, p.Elements[up].Parent {
		if up == s.best {
			near = k
		}
		if up == s.main {
			depth, inMain = k, true
			break
		}
	}
	if !inMain {
		depth = 99
	}
	v[nMainDepth] = int16(depth)
	v[nBestDepth] = int16(near)
	v[nPlace] = permille(s.proseOf[i], s.prose)
	v[nToChosenBefore] = s.toBefore[i]
	v[nToChosenAfter] = s.toAfter[i]
	v[nBeforeFirst] = clip(s.first - i)
	v[nAfterLast] = clip(i - s.last)
	v[nSinceHeading] = s.sinceHeading[i]
	v[nFraction] = permille(i, len(s.blocks))
	v[nPageChosen] = clip(s.prose)
	v[nPageBlocks] = clip(len(s.blocks))
	v[nPageDensity] = permille(s.prose, s.all)
	v[nInner] = -1
	if src.Inner >= 0 && src.Inner != e {
		v[nInner] = tagNumberInner(p.Elements[src.Inner].Tag)
	}
	for f := range flags {
		v[nFlags+f] = int16(b.flags >> f & 1)
	}
}

func tagNumberInner(a atom.Atom) int16 {
	switch a {
	case atom.A:
		return 1
	case atom.Strong, atom.B:
		return 2
	case atom.Em, atom.I:
		return 3
	case atom.Span:
		return 4
	}
	return 5
}
