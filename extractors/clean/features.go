package clean

import (
	"math/bits"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/onrecord-nlp/onrecord/pipeline"
)

// A unit is described by what it is made of (words, marks, shapes), by what
// stands around it, and by where in the document it stands. Every fact becomes
// one hashed feature. Long units give their words at both ends only, so that
// the cost of a paragraph hardly grows with its length.

// Words of a unit that become features of their own.
const (
	wordsAtStart = 12
	wordsAtEnd   = 8
)

// facts is what features are made from, found in one pass over a unit.
type facts struct {
	words, caps, upper, function, dates int
	digits, quotes, marks               int
	length                              int // bytes
	first, second, third                uint32
	last, beforeLast                    uint32
	whole                               uint32 // hash of all its words
	flags                               uint32
	shape                               uint32 // a coarse summary, for neighbours
	head                                [wordsAtStart]uint32
	tail                                [wordsAtEnd]uint32 // ring
	title                               uint8              // overlap with the known title
	byline                              bool               // holds the known byline
	dup                                 uint8              // 1: its words stand in an earlier unit, 2: in a later one, 3: both
	prose                               bool               // a sentence of some length
}

// long reports whether the unit could be taken for article text.
func (f *facts) long() bool { return f.prose || f.words >= 10 || f.length >= 80 }

// Bits of facts.flags.
const (
	fURL = 1 << iota
	fAt
	fEmail
	fPipe
	fCopyright
	fBulletIn
	fArrow
	fSlash
	fColonEnd
	fColonIn
	fEllipsisEnd
	fQuoteMark
	fParen
	fHash
	fEmoji
	fCredit
	fSpeakerLabel
	fTermStop  // ends in . ! ?
	fTermQuote // ends in a closing mark after a stop
	fTermComma
	fTermParen
	fBracket
	fCommas // many commas, few other marks
	fAmp
	fUnderscore
	fNonLatin
	fDateLine // says when and hardly anything else
)

// Kinds of first character.
const (
	startUpper = iota
	startLower
	startDigit
	startQuote
	startBullet
	startAt
	startParen
	startDash
	startEmoji
	startOther
)

// describe fills f from the unit's words.
func describe(f *facts, s string) {
	*f = facts{length: len(s), whole: hashSeed}
	n := 0
	i := 0
	commas := 0
	for i < len(s) {
		c := s[i]
		if c == ' ' {
			i++
			continue
		}
		if !isWordByte(c) {
			switch c {
			case '"':
				f.flags |= fQuoteMark
				f.quotes++
			case '@':
				f.flags |= fAt
				if i > 0 && i+1 < len(s) && isWordByte(s[i-1]) && isWordByte(s[i+1]) {
					f.flags |= fEmail
				}
			case '|':
				f.flags |= fPipe
			case '/':
				f.flags |= fSlash
				if i > 0 && s[i-1] == '/' {
					f.flags |= fURL
				}
			case ':':
				if i == len(s)-1 {
					f.flags |= fColonEnd
				} else {
					f.flags |= fColonIn
					if s[i+1] == ' ' && n > 0 && n <= 4 && f.upper+f.caps >= n {
						f.flags |= fSpeakerLabel
					}
				}
			case ',':
				commas++
			case '(', ')':
				f.flags |= fParen
			case '[', ']':
				f.flags |= fBracket
			case '#':
				f.flags |= fHash
			case '&':
				f.flags |= fAmp
			case '_':
				f.flags |= fUnderscore
			case '>', '<':
				f.flags |= fArrow
			}
			f.marks++
			i++
			continue
		}
		// A word, or a character beyond ASCII that is none.
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
				describeRune(f, r)
				i += size
				continue
			}
			if r > 0x24F {
				f.flags |= fNonLatin
			}
		}
		start := i
		h := uint32(hashSeed)
		upper, lowers, digits := 0, 0, 0
		for i < len(s) {
			c := s[i]
			switch {
			case c >= 'a' && c <= 'z':
				lowers++
			case c >= 'A' && c <= 'Z':
				upper++
				c += 'a' - 'A'
			case isDigit(c):
				digits++
				c = '0'
			case c >= utf8.RuneSelf:
				r, size := utf8.DecodeRuneInString(s[i:])
				if !unicode.IsLetter(r) && r != '’' {
					goto done
				}
				if r == '’' { // don’t and don't are one word
					if i+size >= len(s) || !isWordByte(s[i+size]) {
						goto done
					}
					h = (h ^ '\'') * hashPrime
					i += size
					continue
				}
				for k := range size {
					h = (h ^ uint32(s[i+k])) * hashPrime
				}
				lowers++
				i += size
				continue
			case (c == '.' || c == ':' || c == '\'' || c == '-' || c == '/') && i+1 < len(s) && isWordByte(s[i+1]) && s[i+1] < utf8.RuneSelf:
			default:
				goto done
			}
			h = (h ^ uint32(c)) * hashPrime
			i++
		}
	done:
		if i == start { // a lone mark such as ’
			r, size := utf8.DecodeRuneInString(s[i:])
			describeRune(f, r)
			i += size
			continue
		}
		w := s[start:i]
		if n < wordsAtStart {
			f.head[n] = h
		} else {
			f.tail[n%wordsAtEnd] = h
		}
		f.whole = mix(f.whole, h)
		f.beforeLast, f.last = f.last, h
		n++
		f.digits += digits
		switch {
		case upper > 1 && lowers == 0:
			f.upper++
		case upper > 0 && s[start] >= 'A' && s[start] <= 'Z':
			f.caps++
		}
		switch {
		case isDigit(w[0]):
			if len(w) <= 25 && dateNumeral(w) != dateNone {
				f.dates++
			}
		default:
			p := plainWords.find(h, w)
			if p.function {
				f.function++
			}
			if part := p.date(w); part == dateHelp || part == dateName && (digits > 0 || upper > 0 || len(w) <= 5) {
				f.dates++
			}
		}
		if i-start > 5 && (strings.HasPrefix(w, "www.") || strings.HasSuffix(w, ".com") || strings.HasSuffix(w, ".org") || strings.HasPrefix(w, "http") || strings.HasPrefix(w, "pic.")) {
			f.flags |= fURL
		}
	}
	f.words = n
	f.first, f.second, f.third = f.head[0], f.head[1], f.head[2]
	if f.length < 260 && (f.flags&(fParen|fSlash|fColonIn) != 0 || n <= 12) && looksLikeCredit(s) {
		f.flags |= fCredit
	}
	if commas >= 3 && commas*5 >= n {
		f.flags |= fCommas
	}
	describeEnd(f, s)
	if f.dates > 0 && 3*f.dates >= 2*n && IsDateLine(s) {
		f.flags |= fDateLine
	}
	f.prose = n >= 8 && 6*f.function >= n && f.flags&(fTermStop|fTermQuote|fColonEnd) != 0 || f.flags&fNonLatin != 0 && f.length > 150
	f.shape = shapeOf(f, s)
}

func describeRune(f *facts, r rune) {
	switch r {
	case '“', '”', '‘', '«', '»', '„':
		f.flags |= fQuoteMark
		f.quotes++
	case '’', '–', '—', '…', '\u00a0':
	case '©', '®', '™':
		f.flags |= fCopyright
	case '•', '·', '▪', '●', '►', '▶', '◦':
		f.flags |= fBulletIn
	case '›', '→', '←', '‹', '⟩', '↓', '↑':
		f.flags |= fArrow
	default:
		if r >= 0x2190 && r <= 0x2BFF || r >= 0x1F000 {
			f.flags |= fEmoji
		}
	}
	f.marks++
}

// describeEnd sets the flags of how the unit ends.
func describeEnd(f *facts, s string) {
	closing := false
	for s != "" {
		r, n := utf8.DecodeLastRuneInString(s)
		switch r {
		case '"', '”', '’', '\'', '»', '“':
			closing = true
		case '.', '!', '?', '。', '！', '？':
			if r == '.' && strings.HasSuffix(s, "...") {
				f.flags |= fEllipsisEnd
			}
			if closing {
				f.flags |= fTermQuote
			}
			f.flags |= fTermStop
			return
		case '…':
			f.flags |= fEllipsisEnd
			return
		case ',', ';', '-', '–', '—':
			f.flags |= fTermComma
			if closing {
				f.flags |= fTermQuote
			}
			return
		case ')', ']':
			f.flags |= fTermParen
			return
		default:
			return
		}
		s = s[:len(s)-n]
	}
}

// looksLikeCredit reports whether a short unit credits a picture.
func looksLikeCredit(s string) bool { return credits.in(s) }

// phrases finds which of several phrases stands in a text, reading it once.
type phrases struct {
	byFirst [256][]string // the phrases by their first byte
}

func newPhrases(list ...string) *phrases {
	p := new(phrases)
	for _, w := range list {
		p.byFirst[w[0]] = append(p.byFirst[w[0]], w)
	}
	return p
}

// in reports whether one of the phrases stands in s.
func (p *phrases) in(s string) bool {
	for i := range len(s) {
		for _, w := range p.byFirst[s[i]] {
			if strings.HasPrefix(s[i:], w) {
				return true
			}
		}
	}
	return false
}

var credits = newPhrases("Getty", "Photo", "PHOTO", "photo by", "Image", "/AP", "AP Photo", "REUTERS/", "Reuters/", "AFP", "Shutterstock",
	"Credit:", "credit:", "Courtesy of", "courtesy of", "Photograph", "Picture:", "Pictured", "File photo", "EPA", "iStock", "Alamy",
	"(Source:", "Handout", "via AP", "Staff/", " / ")

func startKind(s string) uint32 {
	switch r := firstRune(s); {
	case r >= '0' && r <= '9':
		return startDigit
	case r == '"' || r == '“' || r == '‘' || r == '\'' || r == '«' || r == '„':
		return startQuote
	case r == '@' || r == '#':
		return startAt
	case r == '(' || r == '[':
		return startParen
	case r == '-' || r == '–' || r == '—':
		return startDash
	case isBulleted(s):
		return startBullet
	case unicode.IsUpper(r):
		return startUpper
	case unicode.IsLower(r):
		return startLower
	case r >= 0x2190 && r <= 0x2BFF || r >= 0x1F000:
		return startEmoji
	case unicode.IsLetter(r):
		return startUpper
	}
	return startOther
}

// shapeOf sums a unit up in eight bits: length, ending, prose, quotation.
func shapeOf(f *facts, s string) uint32 {
	size := uint32(0)
	switch {
	case f.words <= 1:
	case f.words <= 3:
		size = 1
	case f.words <= 7:
		size = 2
	case f.words <= 14:
		size = 3
	case f.words <= 29:
		size = 4
	default:
		size = 5
	}
	if f.flags&fNonLatin != 0 { // scripts without spaces: judge by bytes
		switch {
		case f.length > 300:
			size = max(size, 5)
		case f.length > 120:
			size = max(size, 4)
		case f.length > 60:
			size = max(size, 3)
		}
	}
	end := uint32(0)
	switch {
	case f.flags&fTermStop != 0:
		end = 1
	case f.flags&(fColonEnd|fTermComma) != 0:
		end = 2
	case f.flags&(fEllipsisEnd|fTermParen) != 0:
		end = 3
	}
	sh := size | end<<3
	if f.dates*2 > f.words {
		sh |= 1 << 5
	}
	if f.function*6 >= f.words && f.function > 0 {
		sh |= 1 << 6
	}
	if f.quotes > 0 {
		sh |= 1 << 7
	}
	return sh
}

const (
	hashSeed  = 2166136261
	hashPrime = 16777619
)

func mix(a, b uint32) uint32 {
	h := (a ^ b*0x9E3779B1) * 0x85EBCA6B
	return h ^ h>>15
}

// words of the known title and byline, to compare units with.
type known struct {
	title, byline []uint32 // sorted
	whole         uint32
}

// overlap returns how well the unit's leading words match the known title:
// 0 unknown title, 1 none, 2 some, 3 most, 4 all of both.
func (k *known) overlap(f *facts) uint8 {
	if len(k.title) == 0 {
		return 0
	}
	if f.whole == k.whole {
		return 4
	}
	if f.words > 40 {
		return 1
	}
	hit := 0
	n := min(f.words, wordsAtStart)
	for _, h := range f.head[:n] {
		if containsHash(k.title, h) {
			hit++
		}
	}
	lim := min(len(k.title), wordsAtStart)
	switch {
	case n >= 3 && 5*hit >= 4*n && 5*hit >= 4*lim:
		return 3
	case n >= 3 && 3*hit >= 2*n:
		return 2
	}
	return 1
}

func (k *known) hasByline(f *facts) bool {
	if len(k.byline) == 0 || f.words > 25 {
		return false
	}
	hit := 0
	for _, h := range f.head[:min(f.words, wordsAtStart)] {
		if containsHash(k.byline, h) {
			hit++
		}
	}
	return hit >= 2 && (hit*3 >= len(k.byline)*2 || hit*2 >= f.words)
}

func containsHash(hs []uint32, h uint32) bool {
	for _, x := range hs { // a title has a dozen words
		if x == h {
			return true
		}
	}
	return false
}

// layout is what the features of a unit say about its place in the document.
type layout struct {
	units              int
	runStart, runEnd   int // the stretch richest in prose, units [runStart, runEnd)
	title              int // the likeliest headline: the longest line shortly before that stretch, or -1
	proseShare         uint32
	shortShare         uint32
	prefix             []int32 // prose units before each unit
	lastProse, toProse []int32 // distance to the prose unit before and after, or farAway
	blankBetween       bool    // most line breaks are blank lines
}

const farAway = 99

// titleReach is how many lines before the article its headline is sought.
const titleReach = 12

// Worth of units in the search for the stretch richest in prose, a maximum
// subsequence segmentation (Pasternack and Roth, WWW 2009).
const (
	proseWorth = 40 // at most: one a word
	otherWorth = -6
)

// survey finds the layout from the facts of all units.
func (l *layout) survey(fs []facts) {
	n := len(fs)
	l.units = n
	l.prefix = grow(l.prefix, n+1)
	l.lastProse, l.toProse = grow(l.lastProse, n), grow(l.toProse, n)
	l.runStart, l.runEnd = n, n
	prose, short := 0, 0
	best, sum, start := 0, 0, 0
	last := int32(farAway)
	for i := range fs {
		f := &fs[i]
		l.prefix[i] = int32(prose)
		l.lastProse[i] = last
		last = min(last+1, farAway)
		worth := otherWorth
		if f.prose {
			prose++
			last = 1
			worth = min(f.words, proseWorth)
		}
		if f.words <= 5 {
			short++
		}
		if sum <= 0 {
			sum, start = 0, i
		}
		if sum += worth; sum > best {
			best, l.runStart, l.runEnd = sum, start, i+1
		}
	}
	l.prefix[n] = int32(prose)
	next := int32(farAway)
	for i := n - 1; i >= 0; i-- {
		l.toProse[i] = next
		next = min(next+1, farAway)
		if fs[i].prose {
			next = 1
		}
	}
	l.title = -1
	for i := max(0, l.runStart-titleReach); i < l.runStart && l.runStart < n; i++ {
		f := &fs[i]
		if f.words >= 3 && f.words <= 30 && f.flags&(fDateLine|fCredit|fURL) == 0 && (l.title < 0 || f.words > fs[l.title].words) {
			l.title = i
		}
	}
	if n > 0 {
		l.proseShare = uint32(prose * 8 / n)
		l.shortShare = uint32(short * 8 / n)
	}
}

// logBucket is a coarse logarithm: 0, 1, 2, 3, 4, 6, 8, 12, 16, 24 …
func logBucket(n int) uint32 {
	if n < 4 {
		return uint32(max(n, 0))
	}
	b := bits.Len(uint(n))
	return uint32(2*b) + uint32(n>>(b-2)&1)
}

// Feature templates. The number is part of every feature's hash, so that a
// stored model goes with this list.
const (
	tBias = iota
	tWord
	tWordShort
	tFirst
	tFirstTwo
	tFirstThree
	tLast
	tLastTwo
	tWhole
	tBigram
	tWords
	tFlag
	tStart
	tCaps
	tFunction
	tDates
	tDigits
	tMarks
	tShape
	tShapeStart
	tPrevShape
	tNextShape
	tPrevNext
	tPrev2
	tNext2
	tPrevWhole
	tNextWhole
	tPrevFirst
	tTitle
	tTitlePos
	tByline
	tDup
	tFromStart
	tFromEnd
	tPlace
	tPlaceShape
	tProseNear
	tProseShare
	tProseShareShape
	tSep
	tSepShape
	tSpeaker
	tFirstShape
	tUnits
	tPrevTitle
	tFlagPlace
	tProseAround
	tWordPlace
	tEdge
	tEdgeShare
	tProseDistance
	tToProse
	tFromProse
	tBest
	tBestShape
)

// feature hashes one fact into 32 bits.
func feature(template, value uint32) uint32 {
	h := (template+1)*0x9E3779B1 ^ value*0x85EBCA6B
	h ^= h >> 15
	h *= 0xC2B2AE35
	return h ^ h>>13
}

var noFacts = facts{shape: 0xFFF}

// features appends the features of unit i to out.
func (d *describer) features(out []uint32, i int) []uint32 {
	u, f, lay := d.units[i], &d.facts[i], &d.lay
	at := func(j int) *facts {
		if j < 0 || j >= len(d.facts) {
			return &noFacts
		}
		return &d.facts[j]
	}
	prev, next := at(i-1), at(i+1)
	add := func(template, value uint32) { out = append(out, feature(template, value)) }

	// Where it stands.
	place, off := uint32(1), 0
	switch {
	case lay.runStart == lay.runEnd:
		place = 3
	case i < lay.runStart:
		place, off = 0, lay.runStart-i
	case i >= lay.runEnd:
		place, off = 2, i-lay.runEnd+1
	}
	edge := place<<4 | logBucket(off)
	near := func(lo, hi int) uint32 {
		lo, hi = max(lo, 0), min(hi, lay.units)
		if lo >= hi {
			return 0
		}
		return uint32(lay.prefix[hi] - lay.prefix[lo])
	}
	before, after := near(i-4, i), near(i+1, i+5)

	add(tBias, 0)
	// Words.
	n := f.words
	short := n <= 14
	for k := range min(n, wordsAtStart) {
		add(tWord, f.head[k])
		if short {
			add(tWordShort, f.head[k])
			add(tWordPlace, f.head[k]<<2|place)
			if k > 0 {
				add(tBigram, mix(f.head[k-1], f.head[k]))
			}
		}
	}
	for k := wordsAtStart; k < min(n, wordsAtStart+wordsAtEnd); k++ {
		add(tWord, f.tail[k%wordsAtEnd])
	}
	add(tFirst, f.first)
	add(tFirstTwo, mix(f.first, f.second))
	add(tFirstThree, mix(mix(f.first, f.second), f.third))
	add(tLast, f.last)
	add(tLastTwo, mix(f.beforeLast, f.last))
	if n <= 12 {
		add(tWhole, f.whole)
	}
	add(tFirstShape, mix(f.first, f.shape))

	// Make.
	length := logBucket(n)
	if f.flags&fNonLatin != 0 {
		length = 64 + logBucket(f.length/6)
	}
	add(tWords, length)
	for fl := f.flags; fl != 0; fl &= fl - 1 {
		b := uint32(bits.TrailingZeros32(fl))
		add(tFlag, b)
		add(tFlagPlace, b<<8|place<<4|f.shape&7)
	}
	start := d.starts[i]
	add(tStart, start)
	share := func(k int) uint32 {
		if n == 0 {
			return 9
		}
		return uint32(k * 8 / n)
	}
	capShare := share(f.caps + f.upper)
	add(tCaps, capShare<<8|share(f.upper)<<4|f.shape&7)
	add(tFunction, share(2*f.function)<<8|f.shape&7)
	add(tDates, share(f.dates)<<8|min(uint32(n), 9)<<4)
	add(tDigits, logBucket(f.digits)<<8|f.shape&7)
	if n > 0 {
		add(tMarks, min(uint32(f.marks*4/n), 15)<<8|f.shape&7)
	}
	add(tShape, f.shape)
	add(tShapeStart, f.shape<<8|start)
	if f.flags&fSpeakerLabel != 0 {
		add(tSpeaker, f.shape)
	}

	// Neighbours.
	add(tPrevShape, prev.shape<<12|f.shape)
	add(tNextShape, next.shape<<12|f.shape)
	add(tPrevNext, mix(prev.shape, next.shape)<<3|f.shape&7)
	add(tPrev2, mix(at(i-2).shape, prev.shape)<<3|f.shape&7)
	add(tNext2, mix(at(i+2).shape, next.shape)<<3|f.shape&7)
	if prev.words > 0 && prev.words <= 4 {
		add(tPrevWhole, prev.whole)
	}
	add(tPrevFirst, prev.first)
	if next.words > 0 && next.words <= 4 {
		add(tNextWhole, next.whole)
	}

	// Metadata and repeats.
	add(tTitle, uint32(f.title)<<8|edge)
	add(tTitlePos, uint32(f.title)<<8|uint32(f.dup)<<4|place)
	add(tPrevTitle, uint32(prev.title)<<8|uint32(next.title)<<4|f.shape&7)
	if f.byline {
		add(tByline, f.shape&7)
	}
	if f.dup > 0 {
		add(tDup, uint32(f.dup)<<8|f.shape&7)
	}

	// Place.
	add(tFromStart, min(uint32(i), 6)<<8|f.shape&31)
	add(tFromEnd, min(uint32(lay.units-1-i), 6)<<8|f.shape&31)
	add(tPlace, place)
	add(tPlaceShape, place<<8|f.shape)
	add(tProseNear, before<<8|after<<4|f.shape&7)
	add(tProseAround, (near(i-12, i)/3)<<12|(near(i+1, i+13)/3)<<8|f.shape&7)
	best := b2u(i == lay.title)
	add(tBest, best<<12|edge<<4|f.shape&7)
	add(tBestShape, best<<12|f.shape)
	add(tEdge, edge<<8|f.shape)
	add(tEdgeShare, edge<<8|lay.proseShare<<4)
	toNext, fromLast := logBucket(int(lay.toProse[i])), logBucket(int(lay.lastProse[i]))
	add(tProseDistance, toNext<<16|fromLast<<8|f.shape&31)
	add(tToProse, toNext<<8|f.shape)
	add(tFromProse, fromLast<<8|f.shape)
	add(tProseShare, lay.proseShare<<8|lay.shortShare<<4)
	add(tProseShareShape, lay.proseShare<<12|place<<8|f.shape)
	add(tUnits, logBucket(lay.units)<<8|f.shape&7)
	behind := sep(numSeps)
	if i+1 < lay.units {
		behind = d.units[i+1].sep
	}
	add(tSep, uint32(u.sep)<<4|uint32(behind))
	add(tSepShape, (uint32(u.sep)<<4|uint32(behind))<<12|f.shape<<1|b2u(lay.blankBetween))
	return out
}

func b2u(b bool) uint32 {
	if b {
		return 1
	}
	return 0
}

// describer turns a document into units and their features. It is scratch
// space, used by one goroutine at a time.
type describer struct {
	segmenter
	facts  []facts
	starts []uint32
	lay    layout
	known  known
	seen   map[uint32]int32
}

// describe cuts doc.Text into units and finds the facts of each.
func (d *describer) describe(doc *pipeline.Document) {
	units := d.cut(doc.Text)
	d.facts = grow(d.facts, len(units))
	d.starts = grow(d.starts, len(units))
	d.known.title = d.hashWords(d.known.title[:0], doc.Title, &d.known.whole)
	var unused uint32
	d.known.byline = d.hashWords(d.known.byline[:0], doc.Byline, &unused)
	if d.seen == nil {
		d.seen = make(map[uint32]int32)
	}
	clear(d.seen)
	blanks := 0
	for i, u := range units {
		f := &d.facts[i]
		s := u.In(doc.Text)
		describe(f, s)
		d.starts[i] = startKind(s)
		f.title = d.known.overlap(f)
		f.byline = d.known.hasByline(f)
		if u.sep == sepBlank {
			blanks++
		}
		if j, ok := d.seen[f.whole]; ok {
			f.dup |= 1
			d.facts[j].dup |= 2
		}
		d.seen[f.whole] = int32(i)
	}
	d.lay.survey(d.facts)
	d.lay.blankBetween = 2*blanks > len(units)
}

// hashWords appends the hashes of the words of s, as facts hold them, and sets
// whole to the hash of them all.
func (d *describer) hashWords(out []uint32, s string, whole *uint32) []uint32 {
	if s == "" {
		*whole = 0
		return out
	}
	var f facts
	describe(&f, s)
	*whole = f.whole
	return append(out, f.head[:min(f.words, wordsAtStart)]...)
}

func grow[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, n+n/2)
	}
	return s[:n]
}
