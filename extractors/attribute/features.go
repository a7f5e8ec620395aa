package attribute

// context holds, for each token, what stands around it in its sentence; it is
// filled once a document.
type context struct {
	leftCue, rightCue   []int32 // the strongest cue word before and after in the sentence, -1 none
	leftVerb, rightVerb []int32 // the nearest verb outside quotation marks
	leftThat            []int32 // the nearest "that", wh-word or subordinator before
	leftMark, rightMark []int32 // the nearest comma, colon, dash or quotation mark
	chunkFirst          []int32 // first token of the noun chunk that the token lies in, -1 none
	chunkLast           []int32 // one past its last token
	paraQuotes          []uint8 // 0 the paragraph has no quotation marks, 1 some, 2 begins inside one or with one
}

func (v *view) isVerb(i int) bool {
	c := v.class[i]
	return c == classVerb || c == classModal
}

// isBreak reports whether the token is punctuation that parts clauses.
func (v *view) isBreak(i int) bool {
	return v.class[i] == classPunct || v.quote[i] == 1 || v.quote[i] == 3
}

var (
	hashThat = hashString("that")
	hashIf   = hashString("if")
)

func (c *context) load(v *view) {
	n := len(v.word)
	c.leftCue, c.rightCue = resize(c.leftCue, n), resize(c.rightCue, n)
	c.leftVerb, c.rightVerb = resize(c.leftVerb, n), resize(c.rightVerb, n)
	c.leftThat = resize(c.leftThat, n)
	c.leftMark, c.rightMark = resize(c.leftMark, n), resize(c.rightMark, n)
	c.chunkFirst, c.chunkLast = resize(c.chunkFirst, n), resize(c.chunkLast, n)
	c.paraQuotes = resize(c.paraQuotes, n)

	for i := 0; i < n; {
		end := int(v.sentLast[i])
		if end <= i {
			end = i + 1
		}
		cue, verb, that, mark := int32(-1), int32(-1), int32(-1), int32(-1)
		for k := i; k < end; k++ {
			c.leftCue[k], c.leftVerb[k], c.leftThat[k], c.leftMark[k] = cue, verb, that, mark
			if v.cue[k] >= 1 && v.quote[k] == 0 && (cue < 0 || v.cue[k] >= v.cue[cue]) {
				cue = int32(k)
			}
			if v.isVerb(k) && v.quote[k] == 0 {
				verb = int32(k)
			}
			if v.class[k] == classWh || v.word[k] == hashThat || v.word[k] == hashIf {
				that = int32(k)
			}
			if v.isBreak(k) {
				mark = int32(k)
			}
		}
		cue, verb, mark = -1, -1, -1
		for k := end - 1; k >= i; k-- {
			c.rightCue[k], c.rightVerb[k], c.rightMark[k] = cue, verb, mark
			if v.cue[k] >= 1 && v.quote[k] == 0 && (cue < 0 || v.cue[k] >= v.cue[cue]) {
				cue = int32(k)
			}
			if v.isVerb(k) && v.quote[k] == 0 {
				verb = int32(k)
			}
			if v.isBreak(k) {
				mark = int32(k)
			}
		}
		c.chunks(v, i, end)
		i = end
	}
	for _, p := range v.paras {
		var f uint8
		for i := p.first; i < p.last; i++ {
			if v.quote[i] != 0 {
				f = 1
				break
			}
		}
		if p.first < p.last && v.quote[p.first] != 0 {
			f = 2
		}
		for i := p.first; i < p.last; i++ {
			c.paraQuotes[i] = f
		}
	}
}

// chunks marks the noun chunks of the sentence [first, end): runs of
// determiners, adjectives, numbers and nouns, and pronouns.
func (c *context) chunks(v *view, first, end int) {
	for i := first; i < end; {
		j, none := i, i+1 // no chunk begins in [i, none) where j stays at i
		if v.quote[i] != 1 && v.quote[i] != 3 {
			if v.class[i] == classPronoun {
				j = i + 1
			} else {
				noun := false
				for j < end && v.quote[j] == v.quote[i] {
					switch v.class[j] {
					case classNoun, classProper:
						noun = true
					case classDeterminer, classAdjective, classNumber:
					default:
						goto done
					}
					j++
				}
			done:
				if !noun {
					j, none = i, max(j, none) // nor has the rest of the run a noun
				}
			}
		}
		if j == i {
			for ; i < none; i++ {
				c.chunkFirst[i], c.chunkLast[i] = -1, -1
			}
			continue
		}
		for k := i; k < j; k++ {
			c.chunkFirst[k], c.chunkLast[k] = int32(i), int32(j)
		}
		i = j
	}
}

// bucket folds a distance into few values.
func bucket(d int) uint64 {
	switch {
	case d < 0:
		return 15
	case d <= 4:
		return uint64(d)
	case d <= 6:
		return 5
	case d <= 9:
		return 6
	case d <= 14:
		return 7
	case d <= 22:
		return 8
	case d <= 40:
		return 9
	}
	return 10
}

// A feature is a number of a template and up to three values, hashed to 64
// bits. The number stands first in each call; the feature 0 is none, and takes a
// place where the number of features must not change.

const (
	mulT = 0x9e3779b97f4a7c15
	mulX = 0xbf58476d1ce4e5b9
	mulY = 0x94d049bb133111eb
	mulZ = 0xd6e8feb86659fd93
	mulH = 0xff51afd7ed558ccd
)

func finish(h uint64) uint64 {
	h ^= h >> 32
	h *= mulH
	return h ^ h>>29
}

func hash1(t, x uint64) uint64       { return finish(t*mulT + x*mulX) }
func hash2(t, x, y uint64) uint64    { return finish(t*mulT + x*mulX + y*mulY) }
func hash3(t, x, y, z uint64) uint64 { return finish(t*mulT + x*mulX + y*mulY + z*mulZ) }

func (v *view) at(a []uint64, i, lo, hi int) uint64 {
	if i < lo || i >= hi {
		return hashNone
	}
	return a[i]
}

// Tags beside those of the tagger.
const (
	tagOpen    = 48 + iota // an opening quotation mark
	tagClose               // a closing one
	tagOutside             // no token
	numTags    = 64
)

func (v *view) tagAt(i, lo, hi int) uint64 {
	if i < lo || i >= hi {
		return tagOutside
	}
	switch v.quote[i] {
	case 1:
		return tagOpen
	case 3:
		return tagClose
	}
	return uint64(v.tag[i])
}

func (v *view) wordAtOrNone(i int32) uint64 {
	if i < 0 {
		return hashNone
	}
	return v.word[i]
}

func (v *view) strengthAt(i int32) uint64 {
	if i < 0 {
		return 0
	}
	return uint64(v.cue[i])
}

func (v *view) reportAt(i int32) uint64 {
	if i < 0 {
		return 31
	}
	return uint64(v.report[i])
}

// order says where a stands relative to b: 0 a missing, 1 before, 2 after, 3 b
// missing.
func order(a, b int32) uint64 {
	switch {
	case a < 0:
		return 0
	case b < 0:
		return 3
	case a < b:
		return 1
	}
	return 2
}
