package body

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html/atom"

	"github.com/onrecord-nlp/onrecord/pipeline/ingest/internal/markup"
)

// About is what a page says of its article outside the text.
type About struct {
	Title       string
	Description string
	Article     string // its body, where linked data holds it
}

// Templates of features. A feature is a template and a value.
const (
	bias uint32 = iota + 1
	tagLength
	linkLength
	tagLinkLength
	endLength
	beginLength
	innerTag
	parentTags
	withinTag
	wordOfBlock
	wordOfParent
	wordOfGrandparent
	wordOfPath
	wordAbove
	wordOfInner
	mainLength
	mainDepth
	signShare
	signCount
	nestShare
	nestBest
	parentLinks
	grandparentLinks
	parentBlocks
	unshown
	firstWord
	firstWords
	lastWord
	wholeText
	anyWord
	likeTitle
	likeDescription
	inArticle
	repeated
	position
	sinceHeading
	signs
	capitals
	digits
	before
	after
	around
	nearProse
	sentences
)

// block is what the features of a paragraph are made of.
type block struct {
	words    int
	length   uint32 // bin of words
	links    uint32 // bin of the share of bytes in links
	end      uint32 // class of the last character
	begin    uint32 // class of the first character
	chosen   bool   // for the body, as far as it is known
	sign     uint32 // of the block element and the two around it
	parent   int32  // the element around the block element
	key      uint32 // hash of the letters
	sentence int
	caps     int // words that begin with a capital
	upper    int // words in capitals
	digits   int // bytes
	marks    uint32
	first    [2]uint32 // hashes of the first two words
	last     uint32
	flags    uint32 // tags of the elements around it
	hidden   bool

	score, scoreText, scorePath int32 // of the first round
}

// element sums up what stands in an element.
type element struct {
	text, links, prose, blocks int
	nest                       int    // bytes of prose whose block elements are its children
	flags                      uint32 // of itself and the elements around it
	hidden                     bool
	score                      int // of its text, times its bytes
}

// scratch is what the features of a page are made in.
type scratch struct {
	blocks   []block
	elements []element
	signs    map[uint32]signed
	seen     map[uint32]bool
	grams    map[uint32]struct{}
	words    []uint32
	paths    [][2]bool // whether the paragraph before is body, where this one is none and is
	ends     []int     // of each block's words in words

	none                            block
	toBefore, toAfter, sinceHeading []int16 // paragraphs
	all                             int     // bytes
	first, last                     int     // chosen paragraph
	main                            int32   // the smallest element that holds most of the prose
	best                            int32   // the element with most prose right below it
	prose                           int     // bytes
	proseOf                         []int   // bytes of prose before each block
	about                           About
	titleKey                        uint32
	describes                       uint32
}

type signed struct{ prose, text, count, score int }

func bin(n int, edges []int) uint32 {
	for i, e := range edges {
		if n <= e {
			return uint32(i)
		}
	}
	return uint32(len(edges))
}

var lengths = []int{1, 2, 3, 5, 8, 12, 20, 35, 60, 120}

// share is the bin of part in whole, 0 to 8.
func share(part, whole int) uint32 {
	switch {
	case part <= 0 || whole <= 0:
		return 0
	case part*50 < whole:
		return 1
	case part*10 < whole:
		return 2
	case part*4 < whole:
		return 3
	case part*2 < whole:
		return 4
	case part*4 < whole*3:
		return 5
	case part*10 < whole*9:
		return 6
	case part < whole:
		return 7
	}
	return 8
}

// coarse is a coarser bin of length.
func coarse(length uint32) uint32 {
	switch {
	case length <= 2:
		return 0
	case length <= 4:
		return 1
	case length <= 5:
		return 2
	case length <= 7:
		return 3
	}
	return 4
}

const (
	flagArticle = 1 << iota
	flagMain
	flagAside
	flagFooter
	flagHeader
	flagNav
	flagFigure
	flagFigcaption
	flagForm
	flagUl
	flagOl
	flagTable
	flagBlockquote
	flagButton
	flagSection
	flagLi
	flagDl
	flagA
	flagHeading
	flagEm
	flagStrong
	flagP
	flags = 22
)

func flagOf(tag atom.Atom) uint32 {
	switch tag {
	case atom.Article:
		return flagArticle
	case atom.Main:
		return flagMain
	case atom.Aside:
		return flagAside
	case atom.Footer:
		return flagFooter
	case atom.Header:
		return flagHeader
	case atom.Nav:
		return flagNav
	case atom.Figure:
		return flagFigure
	case atom.Figcaption:
		return flagFigcaption
	case atom.Form:
		return flagForm
	case atom.Ul:
		return flagUl
	case atom.Ol:
		return flagOl
	case atom.Table:
		return flagTable
	case atom.Blockquote:
		return flagBlockquote
	case atom.Button:
		return flagButton
	case atom.Section:
		return flagSection
	case atom.Li:
		return flagLi
	case atom.Dl:
		return flagDl
	case atom.A:
		return flagA
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		return flagHeading
	case atom.Em, atom.I:
		return flagEm
	case atom.Strong, atom.B:
		return flagStrong
	case atom.P:
		return flagP
	}
	return 0
}

// prepare sums up the page.
func (s *scratch) prepare(p *markup.Page, about About) {
	s.about = about
	s.blocks = resize(s.blocks, len(p.Blocks))
	s.elements = resize(s.elements, len(p.Elements))
	s.proseOf = resize(s.proseOf, len(p.Blocks))
	s.ends = s.ends[:0]
	s.words = s.words[:0]
	if s.signs == nil {
		s.signs = make(map[uint32]signed)
		s.seen = make(map[uint32]bool)
		s.grams = make(map[uint32]struct{})
	}
	clear(s.grams)
	for i := range p.Elements {
		e := &p.Elements[i]
		s.elements[i].flags = flagOf(e.Tag)
		s.elements[i].hidden = e.Hidden
		if e.Parent >= 0 {
			s.elements[i].flags |= s.elements[e.Parent].flags
			s.elements[i].hidden = s.elements[i].hidden || s.elements[e.Parent].hidden
		}
	}
	for i := range p.Blocks {
		b := &s.blocks[i]
		s.readText(b, p.Blocks[i].Text)
		s.ends = append(s.ends, len(s.words))
		src := &p.Blocks[i]
		b.length = bin(b.words, lengths)
		b.links = share(src.LinkBytes, len(src.Text))
		b.chosen = len(src.Text) >= 80 && src.LinkBytes*3 < len(src.Text)
		b.parent = -1
		if in := src.Inner; in >= 0 {
			b.flags = s.elements[in].flags
			b.hidden = s.elements[in].hidden
			b.chosen = b.chosen && b.flags&(flagNav|flagFooter|flagAside|flagForm|flagFigure|flagButton) == 0
		}
		if e := src.Element; e >= 0 {
			b.sign = p.Elements[e].Sign
			b.parent = p.Elements[e].Parent
			if b.parent >= 0 {
				b.sign = mix(b.sign, p.Elements[b.parent].Sign)
				if g := p.Elements[b.parent].Parent; g >= 0 {
					b.sign = mix(b.sign, p.Elements[g].Sign)
				}
			}
		}
	}
	s.titleKey = key(about.Title)
	s.describes = 0
	if about.Description != "" {
		s.describes = start(about.Description)
	}
	if about.Article != "" {
		s.readArticle(about.Article)
	}
}

// gather sums up where the paragraphs stand that are chosen for the body.
func (s *scratch) gather(p *markup.Page) {
	clear(s.signs)
	clear(s.seen)
	for i := range s.elements {
		e := &s.elements[i]
		e.text, e.links, e.prose, e.blocks, e.nest, e.score = 0, 0, 0, 0, 0, 0
	}
	s.none = block{parent: -2}
	s.prose, s.all = 0, 0
	s.first, s.last = len(s.blocks), -1
	for i := range s.blocks {
		b, src := &s.blocks[i], &p.Blocks[i]
		s.proseOf[i] = s.prose
		c := s.signs[b.sign]
		c.count++
		c.text += len(src.Text)
		c.score += int(b.score) * len(src.Text)
		s.all += len(src.Text)
		if b.chosen {
			s.first, s.last = min(s.first, i), i
			s.prose += len(src.Text)
			c.prose += len(src.Text)
		}
		s.signs[b.sign] = c
		if src.Element < 0 {
			continue
		}
		el := &s.elements[src.Element]
		el.text += len(src.Text)
		el.score += int(b.score) * len(src.Text)
		el.links += src.LinkBytes
		el.blocks++
		if b.chosen {
			el.prose += len(src.Text)
			if b.parent >= 0 {
				s.elements[b.parent].nest += len(src.Text)
			}
		}
	}
	s.best = -1
	for i := len(p.Elements) - 1; i >= 0; i-- {
		e := &s.elements[i]
		if up := p.Elements[i].Parent; up >= 0 {
			parent := &s.elements[up]
			parent.text += e.text
			parent.score += e.score
			parent.links += e.links
			parent.prose += e.prose
			parent.blocks += e.blocks
		}
		if e.nest > 0 && (s.best < 0 || e.nest >= s.elements[s.best].nest) {
			s.best = int32(i)
		}
	}
	s.main = -1
	for i := range s.elements {
		if s.elements[i].prose*5 >= s.prose*3 && s.prose > 0 {
			s.main = int32(i) // elements stand before those in them
		}
	}
}

func resize[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	s = s[:n]
	clear(s)
	return s
}

// gram is how many words are sought together in the article of linked data.
const gram = 4

func (s *scratch) readArticle(text string) {
	var b block
	from := len(s.words)
	s.readText(&b, text)
	w := s.words[from:]
	for i := 0; i+gram <= len(w); i++ {
		s.grams[gramOf(w[i:])] = struct{}{}
	}
	s.words = s.words[:from]
}

func gramOf(w []uint32) uint32 {
	h := uint32(0)
	for _, x := range w[:gram] {
		h = mix(h, x)
	}
	return h
}

// readText reads the words of a paragraph.
func (s *scratch) readText(b *block, text string) {
	from := len(s.words)
	var last rune
	const (
		isFirst = 1 << iota
		isCapital
		isUpper
	)
	h, state := uint32(0), 0
	endWord := func() {
		if h == 0 {
			return
		}
		s.words = append(s.words, h)
		if state&isCapital != 0 {
			b.caps++
			if state&isUpper != 0 {
				b.upper++
			}
		}
		h = 0
	}
	for i := 0; i < len(text); {
		r, n := rune(text[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRuneInString(text[i:])
		}
		i += n
		letter := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r >= utf8.RuneSelf && unicode.IsLetter(r)
		if i == n { // the first
			b.begin = class(r)
		}
		if letter {
			upper := 'A' <= r && r <= 'Z' || r >= utf8.RuneSelf && unicode.IsUpper(r)
			if h == 0 {
				h = 2166136261
				state = isUpper
				if upper {
					state |= isCapital
				}
			} else if !upper {
				state &^= isUpper
			}
			if '0' <= r && r <= '9' {
				b.digits++
			}
			if upper {
				r = unicode.ToLower(r)
			}
			h = (h ^ uint32(r)) * 16777619
		} else {
			if r != '\'' && r != '’' || h == 0 {
				endWord()
			}
			switch r {
			case '©':
				b.marks |= 1
			case '|', '•', '·':
				b.marks |= 2
			case '@':
				b.marks |= 4
			case '“', '”', '"', '„', '«', '»':
				b.marks |= 8
			case '$', '€', '£':
				b.marks |= 16
			case ' ':
				if last == '.' || last == '?' || last == '!' || last == '”' {
					b.sentence++
				}
			}
		}
		last = r
	}
	endWord()
	b.end = class(last)
	w := s.words[from:]
	b.words = len(w)
	b.key = 0
	for i, x := range w {
		b.key = mix(b.key, x)
		if i < 2 {
			b.first[i] = x
		}
		b.last = x
	}
}

// class sorts a character.
func class(r rune) uint32 {
	switch {
	case r == '.':
		return 1
	case r == '?' || r == '!':
		return 2
	case r == '”' || r == '"' || r == '“' || r == '’' || r == '\'':
		return 3
	case r == ':':
		return 4
	case r == ',' || r == ';':
		return 5
	case r == ')' || r == '(' || r == ']' || r == '[':
		return 6
	case '0' <= r && r <= '9':
		return 7
	case r == '…':
		return 8
	case unicode.IsUpper(r):
		return 9
	case unicode.IsLetter(r):
		return 10
	case r == '-' || r == '–' || r == '—' || r == '*' || r == '•':
		return 11
	}
	return 12
}

func mix(h, x uint32) uint32 {
	h ^= x
	h *= 0x85EBCA6B
	return h ^ h>>13
}

func key(text string) uint32 {
	var s scratch
	var b block
	s.readText(&b, text)
	if b.words == 0 {
		return 0
	}
	return b.key
}

// start hashes the first words of a text.
func start(text string) uint32 {
	var s scratch
	var b block
	s.readText(&b, text[:min(len(text), 200)])
	return startOf(s.words)
}

func startOf(words []uint32) uint32 {
	if len(words) < 6 {
		return 0
	}
	h := uint32(1)
	for _, w := range words[:6] {
		h = mix(h, w)
	}
	return h
}

// distances counts the paragraphs to the chosen ones and to headings.
func (s *scratch) distances(p *markup.Page) {
	n := len(s.blocks)
	s.toBefore, s.toAfter, s.sinceHeading = resize(s.toBefore, n), resize(s.toAfter, n), resize(s.sinceHeading, n)
	d, h := 999, 999
	for i := range n {
		s.toBefore[i] = int16(min(d, 999))
		s.sinceHeading[i] = int16(min(h, 999))
		d++
		h++
		if s.blocks[i].chosen {
			d = 1
		}
		if p.Blocks[i].Tag == atom.H1 {
			h = 1
		}
	}
	d = 999
	for i := n - 1; i >= 0; i-- {
		s.toAfter[i] = int16(min(d, 999))
		d++
		if s.blocks[i].chosen {
			d = 1
		}
	}
}

// inArticle counts the runs of words that stand in the article of linked data.
func (s *scratch) inArticle(words []uint32) int {
	n := 0
	for k := 0; k+gram <= len(words); k++ {
		if _, ok := s.grams[gramOf(words[k:])]; ok {
			n++
		}
	}
	return n
}

// wordsOf returns the hashes of the words of block i.
func (s *scratch) wordsOf(i int) []uint32 {
	from := 0
	if i > 0 {
		from = s.ends[i-1]
	}
	return s.words[from:s.ends[i]]
}

// features calls add with the features of block i.
func (s *scratch) features(p *markup.Page, i int, add func(template, value uint32)) {
	b := &s.blocks[i]
	src := &p.Blocks[i]
	words := s.wordsOf(i)
	tag := uint32(src.Tag)
	size := coarse(b.length)
	add(bias, 0)
	add(tagLength, tag*16+b.length)
	add(linkLength, b.links*16+b.length)
	add(tagLinkLength, (tag*16+b.links)*8+size)
	add(endLength, b.end*8+size)
	add(beginLength, b.begin*8+size)
	if src.Inner != src.Element && src.Inner >= 0 {
		add(innerTag, uint32(p.Elements[src.Inner].Tag)*16+b.links)
		for _, w := range p.Words(src.Inner) {
			add(wordOfInner, w)
		}
	}
	e := src.Element
	parent, grand := int32(-1), int32(-1)
	if e >= 0 {
		parent = p.Elements[e].Parent
		if parent >= 0 {
			grand = p.Elements[parent].Parent
		}
	}
	tagOf := func(e int32) uint32 {
		if e < 0 {
			return 0
		}
		return uint32(p.Elements[e].Tag)
	}
	add(parentTags, mix(tag, tagOf(parent)))
	add(parentTags, mix(mix(tag, tagOf(parent)), tagOf(grand)+1))
	for f := range uint32(flags) {
		if b.flags&(1<<f) != 0 {
			add(withinTag, f*8+size)
		}
	}
	// The path.
	inMain := false
	depth := uint32(0)
	template := wordOfBlock
	for up := e; up >= 0; up = p.Elements[up].Parent {
		if up == s.main {
			inMain = true
			template = wordAbove
		} else if !inMain {
			depth++
		}
		for _, w := range p.Words(up) {
			add(template, w)
		}
		if template < wordOfPath {
			template++
		}
	}
	if !inMain {
		depth = 31
	}
	add(mainLength, depth*16+b.length)
	add(mainDepth, min(depth, 6)*512+tag)
	c := s.signs[b.sign]
	sh := share(c.prose, s.prose)
	add(signShare, (sh*8+size)*16+b.links)
	add(signCount, bin(c.count, []int{1, 2, 4, 8, 16, 32})*8+size)
	if parent >= 0 {
		add(nestShare, (share(s.elements[parent].nest, s.prose)*8+size)*16+b.links)
		near := uint32(0)
		for up := e; up >= 0 && near < 6; up = p.Elements[up].Parent {
			if up == s.best {
				break
			}
			near++
			if p.Elements[up].Parent < 0 {
				near = 7
				break
			}
		}
		add(nestBest, (near*8+size)*16+b.links)
		add(nestBest, mix(near*1024+tag, b.length)|1<<31)
		add(parentLinks, share(s.elements[parent].links, s.elements[parent].text)*8+size)
		add(parentBlocks, bin(s.elements[parent].blocks, []int{1, 2, 4, 8, 16, 32})*8+size)
		if grand >= 0 {
			add(grandparentLinks, share(s.elements[grand].links, s.elements[grand].text)*8+size)
		}
	}
	if b.hidden {
		add(unshown, size)
	}
	// The words.
	if b.words > 0 {
		add(firstWord, b.first[0])
		add(lastWord, mix(b.last, size))
	}
	if b.words > 1 {
		add(firstWords, mix(b.first[0], b.first[1]))
	}
	if b.words <= 6 {
		add(wholeText, b.key)
	}
	for _, w := range words[:min(len(words), 60)] {
		add(anyWord, mix(w, bin(b.words, []int{12, 30, 60})))
	}
	add(sentences, bin(b.sentence, []int{0, 1, 2, 4})*16+b.length)
	if b.words > 0 {
		add(capitals, share(b.caps, b.words)*8+size)
		add(capitals, 1000+share(b.upper, b.words)*8+size)
		add(digits, share(b.digits, len(src.Text))*8+size)
	}
	for m := range uint32(5) {
		if b.marks&(1<<m) != 0 {
			add(signs, m*8+size)
		}
	}
	if b.key == s.titleKey && b.words > 0 {
		add(likeTitle, uint32(size))
	}
	if st := startOf(words); st != 0 && st == s.describes {
		add(likeDescription, b.length)
	}
	if len(s.grams) > 0 && len(words) >= gram {
		add(inArticle, share(s.inArticle(words), len(words)-gram+1)*8+size)
	}
	if s.seen[b.key] {
		add(repeated, size)
	}
	s.seen[b.key] = true
	// The place.
	add(position, (share(s.proseOf[i], s.prose)*8+size)*2+uint32(min(depth, 1)))
	// What stands beside it.
	var prev, next uint32
	if i > 0 {
		o := &s.blocks[i-1]
		prev = s.beside(p, i, i-1, b, o)
	}
	if i+1 < len(s.blocks) {
		o := &s.blocks[i+1]
		next = s.beside(p, i, i+1, b, o)
	}
	add(before, prev*8+size)
	add(after, next*8+size)
	add(around, mix(prev, next*64)*8+size)
	add(nearProse, (s.distance(i, -1)*8+s.distance(i, 1))*8+size)
}

func (s *scratch) beside(p *markup.Page, i, j int, b, o *block) uint32 {
	v := coarse(o.length)*4 + 32
	if o.links >= 5 {
		v++
	}
	if b.parent == o.parent {
		v += 2
	}
	if p.Blocks[i].Tag == p.Blocks[j].Tag {
		v += 64
	}
	return v
}

// distance is how many paragraphs away the next prose of the same parent stands,
// 4 for none near by.
func (s *scratch) distance(i, step int) uint32 {
	b := &s.blocks[i]
	for d := uint32(1); d < 4; d++ {
		i += step
		if i < 0 || i >= len(s.blocks) {
			return 5
		}
		if o := &s.blocks[i]; o.chosen && o.parent == b.parent {
			return d
		}
	}
	return 4
}
