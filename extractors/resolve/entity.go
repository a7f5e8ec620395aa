package resolve

import (
	"slices"
	"strings"

	"github.com/onrecord-nlp/onrecord/models/postag"
	"github.com/onrecord-nlp/onrecord/pipeline"
)

// entity is somebody or something that phrases stand for.
type entity struct {
	best     int32 // the phrase that names it most fully, or -1
	keys     []key // the words of that name, titles left out
	suffix   key   // Jr, III; 0 for none
	sense    uint64
	heads    []key // of its descriptions
	describe int32 // the phrase that describes it best, or -1
	member   []int32
	and      string // the word that joins the last member

	person, org, place float32 // evidence of what it is
	he, she, they      float32 // evidence of its pronoun

	nominal bool // no name stands for it
	plural  bool
	public  bool // an organization that is no company
	doc     bool
	writer  bool   // who signed the article
	letter  bool   // it is called by one letter: "Q"
	alias   int32  // the entity that this one turned out to be, or -1
	label   string // its name where no phrase gives it

	// What the reading has come to.
	mentions int32 // so far
	named    int32 // names for it, in all of the text
	start    int32 // its first phrase in the text, or -1
	last     int32 // its last phrase so far, or -1
	lastOut  int32 // its last phrase outside quotations, or -1
	subject  int32 // the last sentence of which it was a subject, outside what is reported; -1
	lastTurn int32 // the last attribution, counted in reading order, that it is the source of; -1
}

// names is the store of entities, and the index of those that have names.
type names struct {
	*chunker
	enc        reading
	entities   []entity
	byWord     index // the words of their names
	byInitials keyMap
	scratch    []key
	common     keyMap // nouns that the article writes in small letters
	titled     []bool // of each sentence
}

func (n *names) reset(c *chunker) {
	n.chunker = c
	n.entities = n.entities[:0]
	n.byWord.reset()
}

// add makes a new entity of a phrase, or of none (-1).
func (n *names) add(p int32) int32 {
	id := len(n.entities)
	var old entity // whose memory is used again
	if id < cap(n.entities) {
		n.entities = n.entities[:id+1]
		old = n.entities[id]
	} else {
		n.entities = append(n.entities, entity{})
	}
	n.entities[id] = entity{
		best: p, describe: -1, alias: -1, start: -1, last: -1, lastOut: -1, subject: -1, lastTurn: -1,
		keys: old.keys[:0], heads: old.heads[:0], member: old.member[:0],
	}
	return int32(id)
}

// nameKeys returns the words of a name, and apart from them its suffix. Small
// words and marks do not count.
func (n *names) nameKeys(p *phrase, into []key) (keys []key, suffix key) {
	keys = into[:0]
	nick := false
	for i := p.name0; i < p.name1; i++ {
		w := &n.words[i]
		switch {
		case w.tag == postag.OpenQuote || w.tag == postag.CloseQuote || n.is(int(i), "\""):
			nick = !nick // what stands in marks is no part of the name
		case nick, w.class&isRank != 0 && i > p.name0:
		case w.class&isSuffix != 0 && i > p.name0:
			suffix = w.key
		case w.caps == small && w.tag != postag.CD, w.tag == postag.Comma:
		case i == p.name0 && p.name1-p.name0 > 1 && (n.oneOf(int(i), "von", "van", "de", "del", "du")):
			// "Von der Leyen" is "Ursula von der Leyen"
		default:
			keys = append(keys, w.key)
		}
	}
	return keys, suffix
}

// evidence adds what the phrase and what stands around it say of its entity, in
// points: three or four for what all but settles the question, one for what
// often misleads.
func (n *names) evidence(e *entity, k int32) {
	p := &n.phrases[k]
	head := int(p.name1) - 1
	for head > int(p.name0) && n.words[head].class&(isSuffix|isRank) != 0 {
		head--
	}
	size := p.name1 - p.name0
	first := &n.words[p.name0]
	last := &n.words[head]
	given := first.class&(isGivenHe|isGivenShe) != 0 && first.caps != oneLetter
	if last.class&isPlace != 0 && p.class == 0 {
		given = false // Lamar County
	}
	switch {
	case p.class&isHonour != 0:
		e.person += 5
	case p.class&(isTitle|isPerson) != 0 && p.class&isPlural == 0:
		e.person += 4
	case p.class&isOrg != 0:
		e.org += 3
	}
	if he, she := p.class.sex(); he {
		e.he += 4
	} else if she {
		e.she += 4
	}
	if given && size >= 2 {
		e.person += 3
	} else if given {
		e.person++
	}
	if size >= 2 && first.caps == oneLetter && last.caps != oneLetter {
		e.person += 2
	}
	if p.age {
		e.person += 4
	}
	if n.words[p.name1-1].class&isSuffix != 0 && size > 1 {
		e.person += 3
	}
	if last.class&isOrgEnd != 0 && size > 1 || last.class&isOrg != 0 && last.class&isOrgEnd != 0 {
		e.org += 4
		if given && size == 2 {
			e.org -= 3
		}
	} else if last.class&isOrg != 0 {
		e.org += 2
	} else if last.class&isDoc != 0 && size > 1 && !given {
		e.doc = true
	}
	for i := p.name0; i < p.name1; i++ {
		if w := n.doc.Tokens[i].In(n.doc.Text); strings.Contains(w, ".c") || strings.Contains(w, ".o") || camel(w) {
			e.org += 1.5
		}
	}
	if last.class&isPlace != 0 && size > 1 && p.class == 0 {
		e.place += 2 // Lake and Hall are surnames, County is not
		if last.class&isOrg != 0 || n.oneOf(head, "street", "avenue", "road", "lane", "square", "airport", "stadium") {
			e.place += 2
		}
	}
	if last.tag == postag.CD {
		e.org += 3
	}
	if last.class&isNation != 0 && (!given || size == 1) && p.class == 0 {
		e.place += 3
		e.person -= 2
	}
	if size > 1 && p.class == 0 && n.isCommon(last.key) {
		e.org++ // "Cal Fire" in an article on a fire
		if !given {
			e.org++
		}
	}
	e.letter = size == 1 && first.caps == oneLetter
	if p.det == detThe && p.class&(isTitle|isPerson) == 0 {
		e.org += 1.5
		e.person -= 2
	}
	for i := p.name0; i < p.name1; i++ {
		if n.oneOf(int(i), "&", "of") {
			e.org += 2.5
			break
		}
	}
	if !given {
		// "the council" is Thornley District Council.
		for i := p.name0; i < p.name1; i++ {
			if w := &n.words[i]; w.class&(isOrg|isOrgEnd) != 0 && w.caps != small {
				n.describeBy(e, i, w.sense)
			}
		}
	}
	if size == 1 && first.caps == allCaps && n.doc.Tokens[p.name0].Len() <= 6 && !n.shouted(p) {
		e.org += 2
	}
	if size == 2 || size == 3 {
		e.person += 0.5
	}
	j := int(p.last)
	if j < len(n.words) {
		if n.words[j].tag == postag.Comma {
			j++
		}
		if n.is(j, "who") {
			if !p.oblique {
				e.person += 3
			}
		} else if n.is(j, "which") {
			e.org += 1.5
		}
	}
	if p.attribution >= 0 {
		e.person++
		e.org += 0.5
	}
	if b := int(p.first) - 1; b >= 0 {
		switch {
		case n.oneOf(b, "in", "at", "near", "outside", "across"):
			e.place++
		}
	}
	n.nameEvidence(e, p)
	// A name's own sex: weak, and only once an entity.
	if size >= 2 && given && e.mentions == 0 {
		n.givenSex(e, first.class)
	}
	// Descriptions.
	if p.role >= 0 {
		n.describeBy(e, p.role, p.sense)
		if e.describe < 0 && p.class&isHonour == 0 {
			e.describe = k
		}
	}
}

// camel reports whether a capital follows a small letter: BuzzFeed; but not
// McCain or MacDonald.
func camel(w string) bool {
	for i := 2; i < len(w); i++ {
		if 'A' <= w[i] && w[i] <= 'Z' && 'a' <= w[i-1] && w[i-1] <= 'z' {
			return w[:i] != "Mc" && w[:i] != "Mac" && w[:i] != "De" && w[:i] != "Di" && w[:i] != "La" && w[:i] != "Le" && w[:i] != "Van" && w[:i] != "O"
		}
	}
	return false
}

func (n *names) givenSex(e *entity, c class) {
	switch {
	case c&isGivenHe != 0 && c&isGivenShe == 0:
		e.he++
	case c&isGivenShe != 0 && c&isGivenHe == 0:
		e.she++
	}
}

// describeBy notes that a word describes the entity.
func (n *names) describeBy(e *entity, head int32, sense uint64) {
	k := n.headKey(head)
	if k == n.words[head].full {
		e.sense |= sense
	}
	e.public = e.public || n.words[head].class&isPublic != 0
	if len(e.heads) < 8 && !slices.Contains(e.heads, k) {
		e.heads = append(e.heads, k)
	}
}

// shouted reports whether the phrase stands among capitals only, where they say
// nothing.
func (n *names) shouted(p *phrase) bool {
	s := &n.doc.Sentences[p.sentence]
	caps, all := 0, 0
	for i := s.First; i < s.Last; i++ {
		switch n.words[i].caps {
		case allCaps:
			caps++
			all++
		case small, initial:
			if n.noun(i) || n.words[i].class != 0 {
				all++
			}
		}
	}
	return caps > 2 && caps*2 > all || n.is(int(p.last), ":")
}

// cluster gives every name phrase its entity.
func (n *names) cluster() {
	n.findTitled()
	n.findCommon()
	// Names of two words and more found entities; a single word is looked up
	// among them, wherever in the article they stand. The names of headlines,
	// whose capitals say little, come last.
	for _, headline := range [2]bool{false, true} {
		for k := range n.phrases {
			p := &n.phrases[k]
			if p.form != formName || p.name1-p.name0 < 2 || n.headlined(p) != headline {
				continue
			}
			keys, suffix := n.nameKeys(p, n.scratch)
			n.scratch = keys
			if len(keys) >= 2 {
				n.join(int32(k), keys, suffix)
			}
		}
		n.shared(headline)
		for k := range n.phrases {
			p := &n.phrases[k]
			if p.form != formName || p.entity >= 0 || n.headlined(p) != headline {
				continue
			}
			keys, suffix := n.nameKeys(p, n.scratch)
			n.scratch = keys
			if len(keys) == 0 {
				p.form = formNominal
				continue
			}
			n.joinSingle(int32(k), keys[0], suffix)
		}
	}
	n.single()
	n.acronyms()
	n.labels()
}

// single makes names of capitalised words that stand alone and were taken for
// nouns, because they open a sentence or are trades too, where the article has
// them as names elsewhere.
func (n *names) single() {
	for k := range n.phrases {
		p := &n.phrases[k]
		w := &n.words[p.head]
		if p.form != formNominal || p.det != detNone || p.first != p.head || w.caps != initial {
			continue
		}
		for id := range n.byWord.all(w.key) {
			e := &n.entities[id]
			if len(e.keys) == 1 && w.class&(isPerson|isOrg|isDoc) != 0 || len(e.keys) > 1 && e.keys[len(e.keys)-1] != w.key && (e.keys[0] != w.key || w.class != 0 && w.class&(isGivenHe|isGivenShe) == 0) ||
				w.class&(isPerson|isOrg|isDoc) != 0 && (e.person < e.org || p.plural) {
				continue
			}
			p.form, p.entity, p.name0, p.name1, p.plural = formName, id, p.head, p.head+1, false
			e.named++
			break
		}
		if p.form == formNominal && w.class&(isGivenHe|isGivenShe) != 0 && w.class&(isPerson|isOrg|isDoc) == 0 {
			p.form, p.name0, p.name1 = formName, p.head, p.head+1
			n.joinSingle(int32(k), w.key, 0)
		}
	}
}

// labels adds what the tagger of names says.
func (n *names) labels() {
	k := 0
	for i := range n.doc.Entities {
		x := &n.doc.Entities[i]
		for k < len(n.phrases) && n.phrases[k].head < int32(x.First) {
			k++
		}
		for j := k; j < len(n.phrases) && n.phrases[j].first < int32(x.Last); j++ {
			p := &n.phrases[j]
			if p.form != formName || p.name1 > int32(x.Last) || p.name0 < int32(x.First)-1 {
				continue
			}
			e := &n.entities[p.entity]
			switch x.Kind {
			case pipeline.EntityPerson:
				e.person += 0.5
			case pipeline.EntityOrganization:
				e.org += 0.5
			case pipeline.EntityPlace:
				e.place += 0.5
			}
		}
	}
}

// shared gives the first of two given names their common surname: "Khizr and
// Ghazala Khan".
func (n *names) shared(headline bool) {
	for k := 0; k+1 < len(n.phrases); k++ {
		p, q := &n.phrases[k], &n.phrases[k+1]
		if p.form != formName || q.form != formName || p.entity >= 0 || p.name1-p.name0 != 1 || q.name1-q.name0 != 2 ||
			q.first != p.last+1 || !n.is(int(p.last), "and") || n.headlined(p) != headline || q.name0 != q.first ||
			n.words[p.name0].class&isNation != 0 || !n.personal(int(q.name0), int(q.name1)-1) && !n.personal(int(p.name0), int(p.name0)) {
			continue
		}
		keys := append(n.scratch[:0], n.words[p.name0].key, n.words[q.name1-1].key)
		n.scratch = keys
		known := false
		for id := range n.byWord.all(keys[0]) {
			known = known || n.entities[id].keys[len(n.entities[id].keys)-1] == keys[0]
		}
		if known {
			continue // a surname of its own: "Clinton and Bernie Sanders"
		}
		n.join(int32(k), keys, 0)
		if e := &n.entities[p.entity]; e.best == int32(k) {
			e.label = n.text(p.name0, p.name0+1) + " " + n.text(q.name1-1, q.name1)
		}
	}
}

// headlined reports whether a phrase stands in a headline, or in a line that is
// written like one: Most Of Its Words Are Capitals.
func (n *names) headlined(p *phrase) bool {
	return n.doc.Blocks[p.block].Kind == pipeline.BlockHeadline || n.titled[p.sentence]
}

// findCommon notes the nouns written in small letters.
func (n *names) findCommon() {
	n.common.reset()
	for i := range n.words {
		if w := &n.words[i]; w.caps == small && (w.tag == postag.NN || w.tag == postag.NNS) {
			n.common.put(w.key, 1)
		}
	}
}

// isCommon reports whether the article writes a noun in small letters.
func (n *names) isCommon(k key) bool {
	_, ok := n.common.get(k)
	return ok
}

// findTitled looks for sentences written like headlines.
func (n *names) findTitled() {
	n.titled = resize(n.titled, len(n.doc.Sentences))
	for i := range n.doc.Sentences {
		s := &n.doc.Sentences[i]
		long, caps := 0, 0
		for t := s.First; t < s.Last; t++ {
			if n.doc.Tokens[t].Len() > 3 {
				long++
				if n.words[t].caps != small {
					caps++
				}
			}
		}
		stop := s.Last > s.First && n.words[s.Last-1].tag == postag.Stop
		n.titled[i] = caps*4 >= long*3 && (long > 7 || long > 4 && !stop)
	}
}

// join finds the entity of a name of two words or more, or makes it.
func (n *names) join(k int32, keys []key, suffix key) {
	p := &n.phrases[k]
	found := int32(-1)
	for id := range n.byWord.all(keys[len(keys)-1]) {
		if e := &n.entities[id]; len(e.keys) > 1 && n.sameName(e, keys, suffix, p) {
			found = id
			break
		}
	}
	if found < 0 {
		for id := range n.byWord.all(keys[0]) {
			if e := &n.entities[id]; len(e.keys) > 1 && n.sameName(e, keys, suffix, p) {
				found = id
				break
			}
		}
	}
	if found < 0 && n.headlined(p) {
		// Only the headline has the full name: "Moira Tressilian obituary".
		for id := range n.byWord.all(keys[len(keys)-1]) {
			if e := &n.entities[id]; len(e.keys) == 1 && e.person > e.org && n.personal(int(p.name0), int(p.name1)-1) {
				found = id
				break
			}
		}
	}
	if found < 0 {
		found = n.add(k)
		e := &n.entities[found]
		e.plural = p.plural
		e.keys = append(e.keys, keys...)
		e.suffix = suffix
		for i, w := range keys {
			if !slices.Contains(keys[:i], w) {
				n.byWord.add(w, found)
			}
		}
	}
	e := &n.entities[found]
	n.evidence(e, k)
	e.mentions++
	e.named++
	p.entity = found
	if len(keys) > len(e.keys) {
		for i, w := range keys {
			if !slices.Contains(e.keys, w) && !slices.Contains(keys[:i], w) {
				n.byWord.add(w, found)
			}
		}
		e.keys = append(e.keys[:0], keys...)
		e.best, e.label = k, ""
	} else if n.fuller(k, e.best) {
		e.best, e.label = k, ""
	}
	if e.suffix == 0 {
		e.suffix = suffix
	}
}

// fuller reports whether phrase k names its entity more fully than phrase b, or
// as fully and in better letters.
func (n *names) fuller(k, b int32) bool {
	p, q := &n.phrases[k], &n.phrases[b]
	if x, y := p.name1-p.name0, q.name1-q.name0; x != y {
		return x > y
	}
	shout := func(p *phrase) bool {
		for i := p.name0; i < p.name1; i++ {
			if n.words[i].caps == initial {
				return false
			}
		}
		return true
	}
	return shout(q) && !shout(p)
}

// within reports whether the words of a stand in b in the same order.
func within(a, b []key) bool {
	j := 0
	for _, k := range a {
		for j < len(b) && b[j] != k {
			j++
		}
		if j == len(b) {
			return false
		}
		j++
	}
	return true
}

// sameName reports whether a name of two words or more may be the entity's.
func (n *names) sameName(e *entity, keys []key, suffix key, p *phrase) bool {
	if e.suffix != suffix && e.suffix != 0 && suffix != 0 {
		return false
	}
	if (e.suffix != 0) != (suffix != 0) && len(e.keys) == len(keys) && within(keys, e.keys) {
		// "Donald Trump" where "Donald Trump Jr." was: two people, unless only
		// one form is ever used; the plain one is kept apart.
		return false
	}
	last, elast := keys[len(keys)-1], e.keys[len(e.keys)-1]
	if last == elast {
		if keys[0] == e.keys[0] {
			return within(keys, e.keys) || within(e.keys, keys)
		}
		// "J. Smith" for "John Smith"
		return n.initialFor(p, e)
	}
	// "Tessellate Power" for "Tessellate Power Inc."
	return e.org > e.person && keys[0] == e.keys[0] && !n.personal(int(p.name0), int(p.name1)-1) && (within(keys, e.keys) || within(e.keys, keys))
}

// initialFor reports whether the phrase and the entity's fullest name have the
// same surname, and the given name of one is the initial of the other's.
func (n *names) initialFor(p *phrase, e *entity) bool {
	if e.best < 0 {
		return false
	}
	q := &n.phrases[e.best]
	if n.words[p.name0].caps != oneLetter && n.words[q.name0].caps != oneLetter {
		return false
	}
	return n.doc.Text[n.doc.Tokens[p.name0].Start] == n.doc.Text[n.doc.Tokens[q.name0].Start]
}

// joinSingle finds the entity of a name of one word, or makes it.
func (n *names) joinSingle(k int32, w, suffix key) {
	p := &n.phrases[k]
	best, bestScore := int32(-1), float32(0)
	for id := range n.byWord.all(w) {
		e := &n.entities[id]
		if e.suffix != suffix && suffix != 0 {
			continue
		}
		var s float32
		switch {
		case len(e.keys) == 1:
			s = 3
		case e.keys[len(e.keys)-1] == w:
			s = 2.5
			if e.org > e.person && n.words[p.head].class&isOrg != 0 && p.det != detThe {
				s = 0 // "House" is not "White House"
			}
		case e.keys[0] == w:
			s = 2
			if e.person <= e.org && n.words[p.head].caps == allCaps && e.org < 3 {
				s = 0 // NASA is no "NASA T-shirt"
			}
			if e.person > e.org && p.class&isHonour != 0 {
				s = 0.5 // Mr Amber
			}
		default:
			s = 1
			if e.person < e.org {
				s = 0.3
			}
		}
		if s == 0 {
			continue
		}
		if p.class&(isHonour|isPerson) != 0 && e.org > e.person+2 {
			continue
		}
		if e.suffix != 0 && suffix == 0 {
			s-- // Trump rather than Trump Jr.
		}
		if p.class&isOrg != 0 && p.class&isPerson == 0 && e.person > e.org {
			continue // "biscuit maker Hartnoll" is not Philippa Hartnoll
		}
		// Mr and Mrs keep relatives apart.
		he, she := p.class.sex()
		if he && e.she > e.he+sure || she && e.he > e.she+sure {
			continue
		}
		if he && e.he > 0 || she && e.she > 0 {
			s += 2
		} else if he && e.she > 0 || she && e.he > 0 {
			s -= 1.5
		}
		if p.role >= 0 && slices.Contains(e.heads, n.headKey(p.role)) {
			s++
		}
		// Where relatives share the name, it stands bare for the one that the
		// article is about: named first or most.
		s += min(float32(e.named), 6) * 0.1
		if e.best < k {
			s += 0.3
		}
		if s > bestScore {
			best, bestScore = id, s
		}
	}
	if best < 0 || bestScore < 0.9 {
		best = n.add(k)
		e := &n.entities[best]
		e.plural = p.plural
		e.keys = append(e.keys, w)
		e.suffix = suffix
		n.byWord.add(w, best)
	}
	e := &n.entities[best]
	n.evidence(e, k)
	if len(e.keys) > 1 {
		// People are named again by the surname, companies by the first word.
		if e.keys[len(e.keys)-1] == w {
			e.person++
		} else if e.keys[0] == w && n.words[p.head].class&(isGivenHe|isGivenShe) == 0 {
			e.org++
		}
	}
	e.mentions++
	e.named++
	p.entity = best
}

// acronyms joins "EPA" to "Environmental Protection Agency", by brackets or by
// initials.
func (n *names) acronyms() {
	n.byInitials.reset()
	for id := range n.entities {
		e := &n.entities[id]
		if len(e.keys) > 1 && e.best >= 0 && e.person <= e.org+1 {
			if k, ok := n.initials(&n.phrases[e.best]); ok {
				if _, ok := n.byInitials.get(k); !ok {
					n.byInitials.put(k, int32(id))
				}
			}
		}
	}
	for k := range n.phrases {
		p := &n.phrases[k]
		if p.form != formName || p.name1-p.name0 != 1 || n.words[p.name0].caps != allCaps || len(n.entities[p.entity].keys) != 1 || n.entities[p.entity].alias >= 0 {
			continue
		}
		if k > 0 && n.is(int(p.first)-1, "(") && n.is(int(p.last), ")") {
			q := &n.phrases[k-1]
			if q.last == p.first-1 && q.form == formName && q.entity != p.entity && len(n.entities[q.entity].keys) > 1 {
				n.merge(p.entity, q.entity)
				continue
			}
		}
		if id, ok := n.byInitials.get(n.words[p.name0].key); ok && id != p.entity {
			n.merge(p.entity, id)
		}
	}
	for k := range n.phrases {
		if p := &n.phrases[k]; p.entity >= 0 && n.entities[p.entity].alias >= 0 {
			p.entity = n.entities[p.entity].alias
		}
	}
}

// initials returns the key of the word that the first letters of the
// capitalised words of a name make, three letters or more.
func (n *names) initials(p *phrase) (k key, ok bool) {
	k = keyStart
	size := 0
	for i := p.name0; i < p.name1; i++ {
		if n.words[i].caps == initial {
			k = (k ^ key(n.doc.Text[n.doc.Tokens[i].Start]|0x20)) * keyPrime
			size++
		}
	}
	return k, size > 2
}

// merge makes entity a another name of entity b.
func (n *names) merge(a, b int32) {
	x, y := &n.entities[a], &n.entities[b]
	x.alias = b
	y.person += x.person
	y.org += x.org + 3
	y.place += x.place
	y.mentions += x.mentions
	y.named += x.named
}
