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
		j := i
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
					j = i
				}
			}
		}
		if j == i {
			c.chunkFirst[i], c.chunkLast[i] = -1, -1
			i++
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

// featureSet appends hashed features of one position to dst. Each call of add
// uses a template number of its own.
type featureSet struct {
	dst []uint64
	t   uint64
}

func (f *featureSet) add(x uint64) {
	f.t++
	f.dst = append(f.dst, mix(f.t*0x9e3779b97f4a7c15, x))
}

func (f *featureSet) add2(x, y uint64) {
	f.t++
	f.dst = append(f.dst, mix(mix(f.t*0x9e3779b97f4a7c15, x), y))
}

func (f *featureSet) add3(x, y, z uint64) {
	f.t++
	f.dst = append(f.dst, mix(mix(mix(f.t*0x9e3779b97f4a7c15, x), y), z))
}

// skip passes over n templates, so that the numbers of those that follow do
// not depend on where the position stands.
func (f *featureSet) skip(n uint64) { f.t += n }

func (v *view) at(a []uint64, i, lo, hi int) uint64 {
	if i < lo || i >= hi {
		return hashNone
	}
	return a[i]
}

func (v *view) tagAt(i, lo, hi int) uint64 {
	if i < lo || i >= hi {
		return 255
	}
	if v.quote[i] == 1 || v.quote[i] == 3 {
		return 250 + uint64(v.quote[i])
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

// tagFeatures appends the features of token i of the paragraph [lo, hi) for
// the first pass, which labels sources, cues and contents together.
func tagFeatures(dst []uint64, v *view, c *context, i, lo, hi int) []uint64 {
	f := featureSet{dst: dst}
	q := uint64(v.quote[i])
	sf, sl := int(v.sentFirst[i]), int(v.sentLast[i])
	pq := uint64(c.paraQuotes[i])
	lc, rc := c.leftCue[i], c.rightCue[i]
	ls, rs := v.strengthAt(lc), v.strengthAt(rc)
	lw, rw := v.wordAtOrNone(lc), v.wordAtOrNone(rc)
	ld, rd := bucket(i-int(lc)), bucket(int(rc)-i)
	if lc < 0 {
		ld = 15
	}
	if rc < 0 {
		rd = 15
	}
	own := uint64(v.cue[i])
	w := v.word[i]

	f.add(1)
	f.add2(q, pq)
	f.add2(bucket(i-lo), q)
	f.add2(bucket(i-sf), q)
	f.add2(bucket(sl-1-i), q)
	f.add2(ls, q)
	f.add2(rs, q)
	f.add3(ls*8+rs, q, pq)
	f.add(lw)
	f.add(rw)
	f.add2(ld, ls)
	f.add2(rd, rs)
	f.add2(lw, ld)
	f.add2(rw, rd)
	f.add3(ls, own, rs)
	f.add2(w, ls)
	f.add2(w, rs)
	f.add3(uint64(v.tag[i]), ls*8+rs, q)

	// The words around.
	for d := -4; d <= 4; d++ {
		k := i + d
		if k < lo || k >= hi {
			f.add(0)
			f.skip(6)
			continue
		}
		f.add(v.word[k])
		f.add(v.tagAt(k, lo, hi))
		f.add(uint64(v.quote[k]))
		if d >= -2 && d <= 2 {
			f.add(uint64(v.cue[k])*2 + uint64(v.known[k]))
			f.add(v.shape[k])
			f.add(v.suffix[k])
			f.add(v.raw[k])
		} else {
			f.skip(4)
		}
	}
	for d := -2; d <= 1; d++ {
		f.add2(v.tagAt(i+d, lo, hi), v.tagAt(i+d+1, lo, hi))
		f.add2(v.at(v.word, i+d, lo, hi), v.tagAt(i+d+1, lo, hi))
		f.add2(v.tagAt(i+d, lo, hi), v.at(v.word, i+d+1, lo, hi))
		f.add2(v.at(v.word, i+d, lo, hi), v.at(v.word, i+d+1, lo, hi))
		f.add3(v.tagAt(i+d, lo, hi), v.tagAt(i+d+1, lo, hi), v.tagAt(i+d+2, lo, hi))
	}
	f.add3(v.at(v.word, i-1, lo, hi), w, v.at(v.word, i+1, lo, hi))

	// Verbs, subordinators and marks around.
	lv, rv := c.leftVerb[i], c.rightVerb[i]
	f.add2(v.wordAtOrNone(lv), bucket(i-int(lv)))
	f.add2(v.wordAtOrNone(rv), bucket(int(rv)-i))
	f.add3(v.wordAtOrNone(rv), uint64(v.class[i]), q)
	f.add3(v.wordAtOrNone(lv), uint64(v.class[i]), q)
	f.add3(v.strengthAt(lv), v.strengthAt(rv), q)
	lt := c.leftThat[i]
	f.add3(v.wordAtOrNone(lt), bucket(i-int(lt)), order(lt, lc))
	f.add3(ls, order(lt, lc), v.wordAtOrNone(lt))
	lm, rm := c.leftMark[i], c.rightMark[i]
	f.add3(v.wordAtOrNone(lm), bucket(i-int(lm)), q)
	f.add3(v.wordAtOrNone(rm), bucket(int(rm)-i), q)
	f.add3(order(lm, lc)*8+ls, v.wordAtOrNone(lm), q)
	f.add3(order(rm, rc)*8+rs, v.wordAtOrNone(rm), q)
	// The noun chunk: what stands before and after it.
	if cf := c.chunkFirst[i]; cf >= 0 {
		cl := c.chunkLast[i]
		before, after := v.at(v.word, int(cf)-1, lo, hi), v.at(v.word, int(cl), lo, hi)
		cb, ca := uint64(0), uint64(0)
		if int(cf)-1 >= lo {
			cb = uint64(v.cue[cf-1])
		}
		if int(cl) < hi {
			ca = uint64(v.cue[cl])
		}
		f.add(before)
		f.add(after)
		f.add2(cb, ca)
		f.add3(uint64(v.class[i]), cb*8+ca, bucket(i-int(cf)))
		f.add2(v.word[cl-1], ca*8+cb)
		f.add3(v.tagAt(int(cf)-1, lo, hi), v.tagAt(int(cl), lo, hi), bucket(int(cf)-sf))
	} else {
		f.skip(6)
	}
	// Reporting words.
	for d := -2; d <= 2; d++ {
		k := i + d
		if k < lo || k >= hi {
			f.skip(1)
			continue
		}
		f.add3(uint64(v.report[k]), uint64(v.cue[k]), uint64(v.class[k]))
	}
	f.add3(uint64(v.report[i]), ls, rs)
	f.add3(uint64(v.report[i]), v.tagAt(i-1, lo, hi), v.tagAt(i+1, lo, hi))
	f.add3(v.reportAt(rv), v.strengthAt(rv), bucket(int(rv)-i))
	f.add3(v.reportAt(lv), v.strengthAt(lv), bucket(i-int(lv)))
	// First and last word of the sentence, and whether the paragraph's first
	// sentence is this one.
	f.add2(v.word[sf], bucket(i-sf))
	f.add3(v.tagAt(sl-1, lo, hi), v.tagAt(sf, lo, hi), q)
	if sf == lo {
		f.add2(1, q)
	} else {
		f.add3(2, uint64(v.quote[sf-1]), q)
	}
	// The whole quotation that the token lies in.
	if qi := v.qindex[i]; qi >= 0 {
		quote := &v.doc.Quotes[qi]
		n := bucket((quote.End - quote.Start) / 6)
		u := uint64(quote.Score * 5)
		closed := uint64(0)
		if quote.Closed() {
			closed = 1
		}
		f.add3(n, u, closed)
		f.add2(n, q)
		f.add2(u, q)
	} else {
		f.skip(3)
	}
	return f.dst
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
