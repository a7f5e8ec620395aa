package attribute

import "github.com/onrecord-nlp/onrecord/models/chain"

// The features of the first pass, which labels sources, cues and contents
// together. They come in three groups, so that the sums of the first two can
// be kept for the next time that the same word or the same tags occur.

const (
	wordReach = 4 // how far around a token the words count
	tagBefore = 2 // and, in pairs and triples, their tags
	tagAfter  = 1
	numWords  = 2*wordReach + 1
	numPairs  = tagBefore + tagAfter + 1
)

// appendWord appends the features that token k gives to the token d before it;
// k is outside of the paragraph where it is negative.
func appendWord(f []uint64, v *view, k, d int) []uint64 {
	t := uint64(100 + (d+wordReach)*8)
	if k < 0 {
		f = append(f, hash1(t, 0), 0, 0)
		if d >= -2 && d <= 2 {
			f = append(f, 0, 0, 0, 0)
		}
		return f
	}
	f = append(f, hash1(t+1, v.word[k]), hash1(t+2, v.tagAt(k, k, k+1)), hash1(t+3, uint64(v.quote[k])))
	if d >= -2 && d <= 2 {
		f = append(f,
			hash1(t+4, uint64(v.cue[k])*2+uint64(v.known[k])),
			hash1(t+5, v.shape[k]),
			hash1(t+6, v.suffix[k]),
			hash1(t+7, v.raw[k]))
	}
	return f
}

// appendTags appends the features that a pair of tags, and the tag after it,
// give to the token d before the pair.
func appendTags(f []uint64, a, b, c uint64, d int) []uint64 {
	t := uint64(180 + (d+tagBefore)*2)
	return append(f, hash2(t, a, b), hash3(t+1, a, b, c))
}

// appendTag appends the other features of token i of the paragraph [lo, hi).
func appendTag(f []uint64, v *view, c *context, i, lo, hi int) []uint64 {
	q := uint64(v.quote[i])
	sf, sl := int(v.sentFirst[i]), int(v.sentLast[i])
	pq := uint64(c.paraQuotes[i])
	lc, rc := c.leftCue[i], c.rightCue[i]
	ls, rs := v.strengthAt(lc), v.strengthAt(rc)
	lw, rw := v.wordAtOrNone(lc), v.wordAtOrNone(rc)
	ld, rd := uint64(15), uint64(15)
	if lc >= 0 {
		ld = bucket(i - int(lc))
	}
	if rc >= 0 {
		rd = bucket(int(rc) - i)
	}
	own := uint64(v.cue[i])
	class := uint64(v.class[i])
	w := v.word[i]
	first := bucket(i - sf)
	f = append(f,
		hash1(1, 1),
		hash2(2, q, pq),
		hash2(3, bucket(i-lo), q),
		hash2(4, first, q),
		hash2(5, bucket(sl-1-i), q),
		hash2(6, ls, q),
		hash2(7, rs, q),
		hash3(8, ls*8+rs, q, pq),
		hash1(9, lw),
		hash1(10, rw),
		hash2(11, ld, ls),
		hash2(12, rd, rs),
		hash2(13, lw, ld),
		hash2(14, rw, rd),
		hash3(15, ls, own, rs),
		hash2(16, w, ls),
		hash2(17, w, rs),
		hash3(18, uint64(v.tag[i]), ls*8+rs, q))
	// Words and tags side by side.
	t0, t1 := v.tagAt(i-1, lo, hi), v.tagAt(i+1, lo, hi)
	ti := v.tagAt(i, lo, hi)
	wb, wa := v.at(v.word, i-1, lo, hi), v.at(v.word, i+1, lo, hi)
	f = append(f,
		hash2(20, v.at(v.word, i-2, lo, hi), t0),
		hash2(21, v.tagAt(i-2, lo, hi), wb),
		hash2(22, wb, ti),
		hash2(23, t0, w),
		hash2(24, wb, w),
		hash2(25, w, t1),
		hash2(26, ti, wa),
		hash2(27, w, wa))
	// Verbs, subordinators and marks around.
	lv, rv := c.leftVerb[i], c.rightVerb[i]
	lt := c.leftThat[i]
	lm, rm := c.leftMark[i], c.rightMark[i]
	lmw, rmw, ltw := v.wordAtOrNone(lm), v.wordAtOrNone(rm), v.wordAtOrNone(lt)
	lvw, rvw := v.wordAtOrNone(lv), v.wordAtOrNone(rv)
	f = append(f,
		hash2(30, lvw, bucket(i-int(lv))),
		hash2(31, rvw, bucket(int(rv)-i)),
		hash3(32, rvw, class, q),
		hash3(33, lvw, class, q),
		hash3(34, v.strengthAt(lv), v.strengthAt(rv), q),
		hash3(35, ltw, bucket(i-int(lt)), order(lt, lc)),
		hash3(36, ls, order(lt, lc), ltw),
		hash3(37, lmw, bucket(i-int(lm)), q),
		hash3(38, rmw, bucket(int(rm)-i), q),
		hash3(39, order(lm, lc)*8+ls, lmw, q),
		hash3(40, order(rm, rc)*8+rs, rmw, q))
	// The noun chunk: what stands before and after it.
	if cf := c.chunkFirst[i]; cf >= 0 {
		cl := c.chunkLast[i]
		cb, ca := uint64(0), uint64(0)
		if int(cf)-1 >= lo {
			cb = uint64(v.cue[cf-1])
		}
		if int(cl) < hi {
			ca = uint64(v.cue[cl])
		}
		f = append(f,
			hash1(50, v.at(v.word, int(cf)-1, lo, hi)),
			hash1(51, v.at(v.word, int(cl), lo, hi)),
			hash2(52, cb, ca),
			hash3(53, class, cb*8+ca, bucket(i-int(cf))),
			hash2(54, v.word[cl-1], ca*8+cb),
			hash3(55, v.tagAt(int(cf)-1, lo, hi), v.tagAt(int(cl), lo, hi), bucket(int(cf)-sf)))
	}
	// Reporting words.
	report := uint64(v.report[i])
	f = append(f,
		hash3(62, report, own, class),
		hash3(65, report, ls, rs),
		hash3(66, report, t0, t1),
		hash3(67, v.reportAt(rv), v.strengthAt(rv), bucket(int(rv)-i)),
		hash3(68, v.reportAt(lv), v.strengthAt(lv), bucket(i-int(lv))))
	if i > lo {
		f = append(f, hash3(61, uint64(v.report[i-1]), uint64(v.cue[i-1]), uint64(v.class[i-1])))
	}
	if i+1 < hi {
		f = append(f, hash3(63, uint64(v.report[i+1]), uint64(v.cue[i+1]), uint64(v.class[i+1])))
	}
	// First and last word of the sentence, and whether the paragraph's first
	// sentence is this one.
	f = append(f,
		hash2(70, v.word[sf], first),
		hash3(71, v.tagAt(sl-1, lo, hi), v.tagAt(sf, lo, hi), q))
	if sf <= lo { // before lo: the paragraph is a part of one, cut inside a sentence
		f = append(f, hash2(72, 1, q))
	} else {
		f = append(f, hash3(73, 2, uint64(v.quote[sf-1]), q))
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
		f = append(f, hash3(80, n, u, closed), hash2(81, n, q), hash2(82, u, q))
	}
	return f
}

// tagFeatures appends all features of token i of the paragraph [lo, hi).
func tagFeatures(f []uint64, v *view, c *context, i, lo, hi int) []uint64 {
	for d := -wordReach; d <= wordReach; d++ {
		k := i + d
		if k < lo || k >= hi {
			k = -1
		}
		f = appendWord(f, v, k, d)
	}
	for d := -tagBefore; d <= tagAfter; d++ {
		f = appendTags(f, v.tagAt(i+d, lo, hi), v.tagAt(i+d+1, lo, hi), v.tagAt(i+d+2, lo, hi), d)
	}
	return appendTag(f, v, c, i, lo, hi)
}

// tagMemo keeps sums of the weights of features that recur. It belongs to one
// model and one goroutine.
type tagMemo struct {
	outside [numWords]chain.Sum // of a word that is outside of the paragraph
	words   [4096]wordSums
	tags    [4096]tagSums
	sums    []chain.Sum
	feats   []uint64
}

// wordSums is what a word adds to the tokens around it: at[d+wordReach] to the
// one that stands d before it.
type wordSums struct {
	key uint64
	at  [numWords]chain.Sum
}

type tagSums struct {
	key uint64
	at  [numPairs]chain.Sum
}

// Numbers of features in a group.
const (
	wordFeatures = 3*numWords + 4*5
	pairFeatures = 2 * numPairs
)

func newTagMemo(m *chain.Model) *tagMemo {
	t := new(tagMemo)
	for d := -wordReach; d <= wordReach; d++ {
		t.feats = appendWord(t.feats[:0], nil, -1, d)
		t.outside[d+wordReach] = m.Sum(t.feats)
	}
	return t
}

func (t *tagMemo) word(m *chain.Model, v *view, k int) *wordSums {
	key := hash3(1, v.raw[k], v.tagAt(k, k, k+1)<<8|uint64(v.quote[k])<<4|uint64(v.known[k]), uint64(v.cue[k])) | 1
	w := &t.words[key>>52]
	if w.key != key {
		w.key = key
		for d := -wordReach; d <= wordReach; d++ {
			t.feats = appendWord(t.feats[:0], v, k, d)
			w.at[d+wordReach] = m.Sum(t.feats)
		}
	}
	return w
}

func (t *tagMemo) pair(m *chain.Model, a, b, c uint64) *tagSums {
	key := a<<12 | b<<6 | c | 1<<20
	w := &t.tags[hash1(0, key)>>52]
	if w.key != key {
		w.key = key
		for d := -tagBefore; d <= tagAfter; d++ {
			t.feats = appendTags(t.feats[:0], a, b, c, d)
			w.at[d+tagBefore] = m.Sum(t.feats)
		}
	}
	return w
}

// emit sets em to the emission scores of the paragraph p: exactly those of
// tagFeatures.
func (t *tagMemo) emit(m *chain.Model, v *view, c *context, p para, em []chain.Scores) {
	lo, hi := p.first, p.last
	n := hi - lo
	t.sums = resize(t.sums, n)
	sums := t.sums
	for k := lo - wordReach; k < hi+wordReach; k++ {
		at := &t.outside
		if k >= lo && k < hi {
			at = &t.word(m, v, k).at
		}
		// The token d before k.
		for d := max(-wordReach, k-hi+1); d <= min(wordReach, k-lo); d++ {
			sums[k-d-lo].Add(at[d+wordReach])
		}
	}
	a, b := v.tagAt(lo-tagBefore, lo, hi), v.tagAt(lo-tagBefore+1, lo, hi)
	for k := lo - tagBefore; k < hi+tagAfter; k++ {
		c := v.tagAt(k+2, lo, hi)
		at := &t.pair(m, a, b, c).at
		for d := max(-tagBefore, k-hi+1); d <= min(tagAfter, k-lo); d++ {
			sums[k-d-lo].Add(at[d+tagBefore])
		}
		a, b = b, c
	}
	for i := lo; i < hi; i++ {
		f := appendTag(t.feats[:0], v, c, i, lo, hi)
		sums[i-lo].Add(m.Sum(f))
		m.Scores(sums[i-lo], wordFeatures+pairFeatures+len(f), &em[i-lo])
		t.feats = f
	}
}
