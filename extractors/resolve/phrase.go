package resolve

import (
	"github.com/onrecord-nlp/onrecord/models/cues"
	"github.com/onrecord-nlp/onrecord/models/postag"
	"github.com/onrecord-nlp/onrecord/pipeline"
)

// form says how a phrase refers.
type form uint8

const (
	formName    form = iota // Amber Rudd
	formNominal             // the home secretary
	formPronoun             // she
)

// determiner is what makes a phrase definite or not.
type determiner uint8

const (
	detNone  determiner = iota
	detThe              // the, this, that, both
	detA                // a, an, one, another, some, a number
	detOwned            // her, the ministry's
)

// pronounForm is the pronoun that a phrase is.
type pronounForm uint8

const (
	notPronoun pronounForm = iota
	pronounHe
	pronounShe
	pronounThey
	pronounIt
	pronounI
	pronounWe
	pronounYou
	pronounWho
	pronounWhich
)

// phrase is a noun phrase without what follows its head: title, name, or
// determiner, adjectives and nouns. Phrases are in the order of their heads; an
// owner ("Ann's", "her") is a phrase of its own before the phrase it owns.
type phrase struct {
	first, last  int32 // tokens [first, last)
	head         int32 // token
	name0, name1 int32 // tokens of the name, titles left out; of names only
	role         int32 // token that heads the title or role before a name, or -1
	owner        int32 // phrase, or -1
	next         int32 // phrase of the name that this one describes (apposition), or -1
	sentence     int32
	block        int32
	entity       int32 // or -1
	attribution  int32 // that it is the source of, or -1
	joint        int32 // that it is the last member of, or -1
	quote        int32 // the innermost uttered quote that it stands in, or -1
	class        class // of the head or, before a name, of titles and role
	sense        uint64
	form         form
	det          determiner
	pronoun      pronounForm
	plural       bool
	possessive   bool // owns what follows
	subject      bool // a finite verb follows
	oblique      bool // a preposition stands before it
	few          bool // a number up to four counts it
	opening      bool // the first phrase of its sentence
	age          bool // an age follows: ", 34,"
}

// chunker finds the phrases of a document.
type chunker struct {
	*view
	phrases []phrase
}

// chunk finds the phrases of the tokens of one sentence.
func (c *chunker) chunk(sentence int32) {
	s := &c.doc.Sentences[sentence]
	start := len(c.phrases)
	for i := s.First; i < s.Last; {
		before := len(c.phrases)
		next := c.pronounAt(i)
		if next == i {
			next = c.nounPhrase(i, s.First, s.Last)
		}
		for k := before; k < len(c.phrases); k++ {
			p := &c.phrases[k]
			p.sentence, p.block = sentence, int32(s.Block)
			p.entity, p.attribution, p.next, p.joint = -1, -1, -1, -1
			p.quote = c.words[p.head].quote
		}
		i = max(next, i+1)
	}
	for k := start; k < len(c.phrases); k++ {
		p := &c.phrases[k]
		p.opening = k == start
		c.place(k, s.First, s.Last)
	}
	c.appositions(start)
}

// pronounAt appends the pronoun at token i, with what it owns, and returns what
// follows it, or i.
func (c *chunker) pronounAt(i int) int {
	w := &c.words[i]
	possessive := false
	switch w.tag {
	case postag.PRP, postag.WP, postag.WDT:
	case postag.PRPS, postag.WPS:
		possessive = true
	default:
		// "I" under any tag, and "that" of a source: "a report that says".
		if !(w.pronoun == pronounI && w.caps == oneLetter) && !(w.pronoun == pronounWhich && w.source && c.is(i, "that")) {
			return i
		}
	}
	if w.pronoun == notPronoun || w.pronoun == pronounI && w.caps == oneLetter && c.doc.Tokens[i].Len() > 1 { // "I." is an initial
		return i
	}
	c.phrases = append(c.phrases, phrase{
		first: int32(i), last: int32(i + 1), head: int32(i), role: -1, owner: -1,
		form: formPronoun, pronoun: w.pronoun, possessive: possessive, plural: w.pronoun == pronounThey || w.pronoun == pronounWe,
	})
	if possessive {
		if s := c.sentence(int32(i)); i+1 < s.Last && !c.words[i+1].edge {
			return c.owned(i, i+1, s.First, s.Last)
		}
	}
	return i + 1
}

// owned finds the noun phrase that goes on at j after an owner, the phrase
// appended last, which begins at token i.
func (c *chunker) owned(i, j, first, end int) int {
	owner := int32(len(c.phrases) - 1)
	next := c.nounPhrase(j, first, end)
	if k := len(c.phrases) - 1; int32(k) > owner {
		// The phrase right after the owner, or the one that it owns in turn.
		for k := owner + 1; k < int32(len(c.phrases)); k++ {
			if p := &c.phrases[k]; p.first == int32(j) {
				p.owner, p.det = owner, detOwned
				p.first = int32(i)
			}
		}
	}
	return next
}

// named reports whether token i may be part of a name: capitalised, and no
// function word.
func (c *chunker) named(i, first int) bool {
	w := &c.words[i]
	if w.caps == small {
		return false
	}
	switch w.tag {
	case postag.NNP, postag.NNPS:
		return true
	case postag.NN, postag.NNS, postag.JJ, postag.VB, postag.VBN, postag.VBG, postag.FW, postag.UH, postag.VBP, postag.RB:
		return i > first && c.words[i-1].tag != postag.OpenQuote
	case postag.VBZ, postag.VBD:
		// "Rep. Cole Hutchens", but not the verbs of a headline.
		if i == first || c.words[i-1].tag != postag.NNP || c.doc.Blocks[c.sentence(int32(i)).Block].Kind != pipeline.BlockBody {
			return false
		}
		_, reports := cues.Class(c.doc.Tokens[i].In(c.doc.Text))
		return !reports
	}
	return false
}

// scan is the reading of one noun phrase.
type scan struct {
	i, first, end int // the phrase's first token, and the sentence's tokens [first, end)
	j             int // the token looked at
	noun          int // the last noun so far, or -1
	det           determiner
	few, number   bool
	from, to      int // small words and marks in [from, to) are part of a name; from is -1 for none
}

// join makes the small words and marks in [from, to) part of the name.
func (s *scan) join(from, to int) {
	if s.from < 0 {
		s.from = from
	}
	s.to = to
}

// nounPhrase appends the phrase that begins at token i, if one does, with its
// owners before it, and returns the token after it.
func (c *chunker) nounPhrase(i, first, end int) int {
	s := scan{i: i, first: first, end: end, j: i, noun: -1, from: -1, to: -1}
	if s.j < end && c.words[s.j].tag == postag.PDT {
		s.j++
	}
	if s.j < end && c.words[s.j].tag == postag.DT {
		s.det = detThe
		if c.oneOf(s.j, "a", "an", "another", "some", "any", "every", "no", "each") {
			s.det = detA
		}
		s.j++
	}
	for s.j < end && (s.j == i || !c.words[s.j].edge) {
		if w := &c.words[s.j]; w.tag == postag.POS || s.noun >= 0 && s.noun == s.j-1 && c.apostrophe(s.j) {
			if s.noun < 0 {
				break
			}
			if !c.ownsName(s.noun, s.j, end) {
				return c.ownerOf(&s)
			}
			s.join(s.noun, s.j+1)
			s.j++
			continue
		}
		next := c.within(&s)
		if next == s.j {
			break
		}
		s.j = next
	}
	if s.noun < 0 {
		return c.quantity(&s)
	}
	c.add(&s)
	return s.noun + 1
}

// ownerOf appends the phrase scanned, before a possessive ending at s.j, as the
// owner of the phrase that follows it, and returns the token after both.
func (c *chunker) ownerOf(s *scan) int {
	c.add(s)
	c.phrases[len(c.phrases)-1].possessive = true
	if !c.inside(s, s.j+1) {
		return s.j + 1
	}
	return max(c.owned(s.i, s.j+1, s.first, s.end), s.j+1)
}

// inside reports whether token k may belong to the phrase.
func (c *chunker) inside(s *scan, k int) bool { return k < s.end && !c.words[k].edge }

// nounish reports whether token k may go on the phrase as a noun.
func (c *chunker) nounish(s *scan, k int) bool {
	return c.inside(s, k) && (c.noun(k) || c.named(k, s.first))
}

// within returns the token at which the phrase goes on after the token s.j, and
// s.j where it ends before it.
func (c *chunker) within(s *scan) int {
	j, noun := s.j, s.noun
	w := &c.words[j]
	if k := c.particle(s); k > 0 {
		s.join(max(noun, s.i), k)
		return k
	}
	if c.noun(j) || c.named(j, s.first) && (noun >= 0 || j > s.i || w.tag == postag.NNP) {
		switch {
		case w.class&isNever != 0 && w.caps != small:
			if noun >= 0 {
				return j
			}
		case noun < 0 && w.class&isPrefix != 0 && w.caps == initial && c.inside(s, j+1) && c.words[j+1].tag == postag.JJ:
			// "American academic"
		case noun >= 0 && w.class&isGeneric != 0 && c.oneOf(j, "somebody", "someone", "everybody", "everyone", "nobody"):
			return j
		default:
			s.noun = j
		}
		return j + 1
	}
	switch w.tag {
	case postag.CD:
		if noun >= 0 {
			if noun == j-1 && c.words[noun].caps == initial && c.oneOf(noun, "number", "local", "channel", "district") {
				s.join(noun, j+1) // Number 10
				s.noun = j
				return j + 1
			}
			return j
		}
		s.number = true
		s.few = s.few || c.oneOf(j, "one", "two", "three", "four", "2", "3", "4")
		return j + 1
	case postag.JJ, postag.JJR, postag.JJS:
		switch {
		case noun < 0 || c.nounish(s, j+1):
			return j + 1
		case c.inside(s, j+1) && c.words[j+1].tag == postag.POS:
			s.noun = j // "the union local's president"
			return j + 1
		}
		return j
	case postag.VBN, postag.VBG:
		if noun >= 0 && w.source && w.caps == small && c.inside(s, j+1) && c.words[j+1].class&isPerson != 0 {
			return j + 1 // "Leeds managing director Ann Poole"
		}
		if noun < 0 && j > s.i && (c.nounish(s, j+1) || c.inside(s, j+1) && c.words[j+1].tag == postag.JJ) {
			return j + 1
		}
		return j
	case postag.VBP, postag.VB:
		// "British interior minister", mistagged: a source holds few verbs.
		if _, reports := cues.Class(c.doc.Tokens[j].In(c.doc.Text)); w.source && w.caps == small && j > s.i && c.nounish(s, j+1) && !reports {
			return j + 1
		}
		return j
	case postag.RB, postag.RBR, postag.RBS:
		if noun < 0 && c.inside(s, j+1) {
			switch c.words[j+1].tag {
			case postag.JJ, postag.VBN, postag.CD, postag.VBG:
				return j + 1
			}
		}
		return j
	case postag.Dollar:
		if noun < 0 {
			return j + 1
		}
		return j
	}
	if noun < 0 {
		return j
	}
	k := 0 // the token at which a name goes on
	switch {
	case c.is(j, "&"):
		if c.nounish(s, j+1) {
			k = j + 1
		}
	case c.is(j, "and"):
		if c.oneBody(s) {
			k = j + 1
		}
	case c.oneOf(j, "of", "for"):
		if k = c.bodyOf(s); k == 0 {
			k = c.portfolio(s)
		}
	case w.tag == postag.Comma:
		if noun == j-1 && c.inside(s, j+1) && c.words[j+1].class&(isSuffix|isRank) != 0 && c.words[j+1].caps != small {
			k = j + 1
		}
	case w.tag == postag.OpenQuote || c.is(j, "\""):
		k = c.nickname(s)
	}
	if k == 0 {
		return j
	}
	s.join(noun, k)
	return k
}

// quantity appends a phrase without a noun, "some", "those", "two of them",
// and returns the token after it.
func (c *chunker) quantity(s *scan) int {
	k := s.j - 1
	if k < s.i || !c.words[s.i].edge && !c.is(k+1, "of") || !s.number && c.words[k].class&(isMany|isGeneric) == 0 && !c.oneOf(k, "those", "another") {
		return s.i + 1
	}
	p := phrase{first: int32(s.i), last: int32(k + 1), head: int32(k), role: -1, owner: -1, form: formNominal, det: detA, few: s.few}
	p.class = isMany
	if c.oneOf(k, "one", "another") {
		p.class = isPerson | isGeneric
	} else {
		p.plural = true
	}
	c.phrases = append(c.phrases, p)
	return k + 1
}

// apostrophe reports whether token j is an apostrophe that stands for a
// possessive ending although it was not tagged as one: "Lecturers’ Association".
func (c *chunker) apostrophe(j int) bool {
	if !c.oneOf(j, "'", "’") {
		return false
	}
	return c.doc.Tokens[j-1].End == c.doc.Tokens[j].Start && c.words[j-1].tag != postag.NN
}

// ownsName reports whether the possessive at j stands within the name of an
// organization: "Bakers’ Federation".
func (c *chunker) ownsName(noun, j, end int) bool {
	if c.words[noun].caps == small {
		return false
	}
	k := j + 1
	for k < end && !c.words[k].edge && (c.words[k].caps != small && c.words[k].tag != postag.DT || c.oneOf(k, "&", "and") || c.words[k].tag == postag.POS || c.apostrophe(k)) {
		k++
	}
	k--
	return k > j && c.words[k].caps != small && c.words[k].class&isOrgEnd != 0 && c.words[k].class&isPerson == 0 &&
		(c.words[noun].tag == postag.NNPS || c.words[noun].tag == postag.NNS || c.words[noun].class&isPlural != 0 || k-j > 1)
}

// oneBody reports whether the "and" at j joins two parts of one organization's
// name: "the University and College Lecturers’ Association".
func (c *chunker) oneBody(s *scan) bool {
	i, noun, j, end := s.i, s.noun, s.j, s.end
	if c.words[noun].caps != initial || c.given(noun) || noun-i > 2 {
		return false
	}
	k := j + 1
	for k < end && !c.words[k].edge && (c.words[k].caps != small && !c.is(k, "the") || c.words[k].tag == postag.POS || c.apostrophe(k)) {
		k++
	}
	k--
	if k <= j || c.words[k].class&isOrgEnd == 0 || c.given(j+1) {
		return false
	}
	// Two bodies, each with its own head, are two: "the Senate and House".
	return c.words[noun].class&isOrgEnd == 0 || k > j+1
}

// bodyOf returns the token at which the name goes on after "of" or "for" at j,
// or 0: "Department of Public Works", "Office of the President".
func (c *chunker) bodyOf(s *scan) int {
	noun, j, end := s.noun, s.j, s.end
	if noun != j-1 || c.words[noun].caps == small || c.words[noun].class&(isOrgEnd|isOrg) == 0 {
		return 0
	}
	if c.is(j, "for") && c.words[noun].class&isOrgEnd == 0 {
		return 0
	}
	k := j + 1
	if k < end && !c.words[k].edge && c.words[k].tag == postag.DT {
		k++
	}
	if k < end && !c.words[k].edge && c.words[k].caps != small && (c.noun(k) || c.words[k].tag == postag.JJ) && c.words[k].class&isNever == 0 {
		return k
	}
	return 0
}

// portfolio returns the token after "of" at j where a title goes on there and a
// name follows, or 0: "Secretary of State John Kerry".
func (c *chunker) portfolio(s *scan) int {
	noun, j, end := s.noun, s.j, s.end
	if noun != j-1 || c.words[noun].class&isTitle == 0 || c.words[noun].caps == small {
		return 0
	}
	k := j + 1
	for k < end && !c.words[k].edge && c.words[k].class&isPortfolio != 0 && (c.words[k].caps != small || c.words[k].tag == postag.DT) || k < end && k > j+1 && c.is(k, "and") {
		k++
	}
	if k > j+1 && k < end && !c.words[k].edge && c.words[k].caps != small && c.noun(k) {
		return j + 1
	}
	return 0
}

// particle returns the token at which a surname goes on after small words at j,
// or 0: "Ursula von der Leyen".
func (c *chunker) particle(s *scan) int {
	i, noun, j, end := s.i, s.noun, s.j, s.end
	if c.words[j].class&isParticle == 0 || !(noun >= 0 && noun == j-1 && c.words[noun].caps != small && c.words[j].caps == small || noun < 0 && j == i && c.words[j].caps == initial) {
		return 0
	}
	k := j + 1
	for k < min(end, j+3) && !c.words[k].edge && c.words[k].class&isParticle != 0 && c.words[k].caps == small {
		k++
	}
	if k >= end || c.words[k].edge || c.words[k].caps == small || !c.noun(k) {
		return 0
	}
	return k
}

// nickname returns the token after a name in marks at j, between two parts of a
// person's name, or 0: Joe "Lefty" Arquette.
func (c *chunker) nickname(s *scan) int {
	noun, j, end := s.noun, s.j, s.end
	if noun != j-1 || c.words[noun].caps == small {
		return 0
	}
	for k := j + 1; k < min(end, j+4); k++ {
		if c.words[k].tag == postag.CloseQuote || k > j+1 && (c.oneOf(k, "\"", "”", "’", "'")) {
			if k+1 < end && c.words[k+1].caps != small && c.noun(k+1) {
				return k + 1
			}
			return 0
		}
		if c.words[k].caps == small {
			return 0
		}
	}
	return 0
}

// add appends the phrase scanned, up to its last noun.
func (c *chunker) add(s *scan) {
	h := &c.words[s.noun]
	p := phrase{
		first: int32(s.i), last: int32(s.noun + 1), head: int32(s.noun), role: -1, owner: -1,
		det: s.det, few: s.few && s.det != detThe, form: formNominal, class: h.class, sense: h.sense,
	}
	switch {
	case s.det != detNone:
	case s.number:
		p.det = detA
		// "about 30 parents", "more than 200 people"
		for b := s.i - 1; b >= s.first && !c.words[b+1].edge && c.oneOf(b, "about", "around", "nearly", "almost", "some", "than", "more", "over", "least", "at"); b-- {
			p.first = int32(b)
		}
	case h.class&isGeneric != 0 && s.noun == s.i:
		p.det = detA // somebody
	}
	switch {
	case h.class&isPlural != 0:
		p.plural = true
	case h.class&isPerson == 0:
		p.plural = h.tag == postag.NNS || h.tag == postag.NNPS
	}
	if k := c.run(s); k <= s.noun {
		c.name(s, &p, k)
	}
	c.phrases = append(c.phrases, p)
}

// run returns the first token of the run of capitalised words that ends the
// phrase; the token after the phrase where its last word is not one.
func (c *chunker) run(s *scan) int {
	k := s.noun + 1
	for k > s.i {
		b := k - 1
		joined := s.from >= 0 && s.from <= b && b < s.to || b == s.to && c.words[b].tag == postag.CD
		if !joined && !c.named(b, s.first) && !(b == s.i && c.words[b].caps != small && c.noun(b)) {
			break
		}
		k = b
	}
	if k <= s.noun && c.words[k].tag == postag.DT {
		k++
	}
	return k
}

// name makes p a name with what stands before it, if the capitalised words from
// token k on are one.
func (c *chunker) name(s *scan, p *phrase, k int) {
	end := s.noun // the last token that is no suffix
	for end > k && c.words[end].class&(isSuffix|isRank) != 0 {
		end--
	}
	if end > k && c.words[end].tag == postag.Comma {
		end--
	}
	given := c.given(k)
	e := &c.words[end]
	// "Residents" opening a sentence, "the Prime Minister": no name. Trades that
	// are surnames, too, are ones where they stand after another capital.
	role := s.from < 0 && (e.class&isOrgEnd == 0 || end == s.first) &&
		(e.class&(isTitle|isMany) != 0 || e.class&isPerson != 0 && (end == k || e.class&isPlural != 0 || s.det == detThe))
	if role && !given && e.caps != oneLetter {
		p.class = e.class
		return
	}
	if k == s.first && end == k && s.det == detNone && (e.class&(isOrg|isDoc|isPlace) != 0 || e.tag != postag.NNP && e.caps == initial && !given) {
		return
	}
	p.class = 0
	first := c.titles(s, p, k, end)
	// "GOP Marco Rubio", "Year Barack Obama": words that begin no name.
	for first+1 < end && p.role < 0 && s.from < 0 && c.words[first].class&^(isGivenHe|isGivenShe|isParticle) != 0 && !c.given(first) && c.given(first+1) {
		first++
	}
	if e.class&isOrgEnd != 0 && first < end && !c.personal(first, end) {
		// "Governor's Office", "General Motors Corp": the whole run is the name.
		first, p.role, p.class = k, -1, 0
	}
	if first == k && k > s.i && c.noun(k-1) && c.words[k-1].caps == small {
		p.role = int32(k - 1)
		p.class |= c.words[k-1].class
		p.sense |= c.words[k-1].sense
	}
	p.form = formName
	p.name0, p.name1 = int32(first), int32(s.noun+1)
	for p.name1-1 > p.name0 && (c.words[p.name1-1].class&isRank != 0 || c.words[p.name1-1].tag == postag.Comma) {
		p.name1-- // Mark Tedeschi, QC
	}
	h := &c.words[s.noun]
	p.plural = (h.tag == postag.NNPS || h.tag == postag.NNS) && e.class&isOrgEnd == 0
}

// titles returns the token at which the name begins after the titles in the run
// of capitalised words [k, end], which it notes as p's role: "Staten Island
// District Attorney | Carmela Ruiz".
func (c *chunker) titles(s *scan, p *phrase, k, end int) int {
	first := k
	for m := k; m < end; m++ {
		w := &c.words[m]
		switch {
		case m > k && first == m && (w.class&isPortfolio != 0 || c.is(m, "of")):
			first = m + 1 // Secretary of State
			continue
		case w.class&isTitle != 0:
		case w.class&isPerson == 0 || m != s.first && end-k < 2 || c.given(m):
			continue
		}
		switch {
		case s.from >= 0 && m > s.from && m < s.to: // within the name of a body
		case m == k && end == m+1 && c.given(m): // Dean Smith
		case s.from >= 0 && m < s.from && c.words[end].class&isOrgEnd != 0:
		default:
			first = m + 1
			p.role = int32(m)
			p.class |= w.class & (isTitle | isPerson | isHonour | isHe | isShe)
			p.sense |= w.sense
		}
	}
	return first
}

// given reports whether token i is a given name.
func (c *chunker) given(i int) bool { return c.words[i].class&(isGivenHe|isGivenShe) != 0 }

// personal reports whether the name that begins at a token begins with a
// person's given name.
func (c *chunker) personal(i, end int) bool {
	return c.given(i) || i < end && c.words[i].caps == oneLetter
}

// place fills in what stands around the phrase.
func (c *chunker) place(at, first, end int) {
	p := &c.phrases[at]
	for b := int(p.first) - 1; b >= first; b-- {
		switch c.words[b].tag {
		case postag.RB, postag.OpenQuote:
			continue
		case postag.IN, postag.TO:
			p.oblique = !c.oneOf(b, "that", "because", "if", "while", "whether", "as", "after", "before", "although", "though", "since")
		}
		break
	}
	j := int(p.last)
	if j+1 < end && c.words[j].tag == postag.Comma && c.words[j+1].tag == postag.CD {
		w := c.doc.Tokens[j+1].In(c.doc.Text)
		if (len(w) == 1 || len(w) == 2) && (j+2 >= end || c.words[j+2].tag == postag.Comma || c.words[j+2].tag == postag.Stop || c.words[j+2].tag == postag.Colon) {
			p.age = true
			j += 2
		}
	}
	if j < end && c.words[j].tag == postag.Comma && (j+1 >= end || c.words[j+1].tag != postag.IN) {
		// Over an insertion to the comma that ends it.
		for k := j + 1; k < min(end, j+16); k++ {
			if c.words[k].tag == postag.Comma && k+1 < end {
				p.subject = c.verb(k+1) || k+2 < end && c.words[k+1].tag == postag.RB && c.verb(k+2)
				break
			}
		}
		return
	}
	// Over "of Philadelphia" and adverbs.
	next := at + 1
	for n := 0; n < 3 && j < end; n++ {
		if c.words[j].tag == postag.Comma {
			j++
		}
		if j >= end || c.words[j].tag != postag.IN {
			break
		}
		for next < len(c.phrases) && int(c.phrases[next].first) <= j {
			next++
		}
		for next+1 < len(c.phrases) && c.phrases[next].possessive {
			next++
		}
		if next == len(c.phrases) || int(c.phrases[next].first) != j+1 {
			break
		}
		j = int(c.phrases[next].last)
	}
	for j < end && c.words[j].tag == postag.RB {
		j++
	}
	p.subject = j < end && c.verb(j)
}

// follows reports whether only a preposition stands between two phrases, and
// nothing else.
func (c *chunker) follows(p, q *phrase) bool {
	return q.first == p.last+1 && (c.words[p.last].tag == postag.IN || c.words[p.last].tag == postag.TO)
}

// governor returns the phrase that the phrase k hangs on by prepositions: in
// "a reviewer for the website" the reviewer; k itself where it hangs on none.
func (c *chunker) governor(k, start int) int {
	for range 4 {
		g := k - 1
		for g >= start && c.phrases[g].last > c.phrases[k].first { // its own owners
			g--
		}
		if g < start || !c.follows(&c.phrases[g], &c.phrases[k]) {
			break
		}
		k = g
	}
	return k
}

// appositions links nominals to the names that they stand beside, in the
// sentence whose phrases begin at start: "the landlord, Sanjeev Kejria,",
// "Ramona Tsosie, the state's dam safety chief".
func (c *chunker) appositions(start int) {
	for k := start + 1; k < len(c.phrases); k++ {
		q := &c.phrases[k]
		if q.possessive || q.form == formPronoun {
			continue
		}
		// The phrase before, over the owners of this one.
		b := k - 1
		for b >= start && c.phrases[b].last > q.first {
			b--
		}
		if b < start {
			continue
		}
		before := &c.phrases[b]
		gap := before.last
		if before.age {
			gap += 2
		}
		if q.first != gap+1 || c.words[gap].tag != postag.Comma && c.words[gap].tag != postag.OpenBracket {
			continue
		}
		g := c.governor(b, start)
		p := &c.phrases[g]
		switch {
		case q.form == formName:
			// Of the nearest description that fits, or of that on which it hangs:
			// "a reviewer for the website Needle Drop, Paulina Wirth".
			if before != p && c.described(before, q, true) && (before.det != detNone || p.form != formNominal) {
				p = before // but "editor in chief" hangs together
			}
			if !q.plural && c.closes(q) && c.described(p, q, p == before) {
				p.next = int32(k)
			}
		case !c.endsThere(q) || q.plural:
		case p.form == formNominal && g == b && q.det == detA && p.det != detA && !p.plural && !p.possessive && p.class&isPerson != 0 && q.class&isPerson != 0:
			q.next = int32(b) // "her husband, a truck driver"
		case q.class&isPerson != 0 && (q.det != detNone || c.words[q.head].class&isPerson != 0):
			// Of a name and one that hangs on it, "Bernie Sanders of Vermont, a
			// socialist", the first.
			if p.form == formName && !p.possessive && !c.body(p) {
				q.next = int32(g)
			} else if before.form == formName && !c.body(before) {
				q.next = int32(b)
			}
		case q.class&isOrg != 0 && q.det != detNone && before.form == formName && before.class&isPerson == 0 && !before.age:
			q.next = int32(b)
		}
	}
	// "Her nephew and apprentice, Daithí Hession": of both.
	for k := len(c.phrases) - 2; k >= start; k-- {
		p, q := &c.phrases[k], &c.phrases[k+1]
		// "Mei-Ling Chau, a retired seamstress and great-grandmother"
		if q.next < 0 && p.next >= 0 && p.next < int32(k) && q.form == formNominal && q.det == detNone && q.first == p.last+1 && c.is(int(p.last), "and") && q.class&isPerson != 0 && !q.plural {
			q.next = p.next
		}
		if p.next < 0 && q.next > int32(k) && p.form == formNominal && q.det == detNone && q.first == p.last+1 && c.is(int(p.last), "and") && p.class&isPerson != 0 {
			p.next = q.next
		}
	}
}

// described reports whether a description may be of the name that follows it
// after a comma; near says that nothing stands between.
func (c *chunker) described(p, q *phrase, near bool) bool {
	switch {
	case p.form != formNominal || p.possessive || p.plural:
		return false
	case p.class&isPerson != 0:
		return true
	case p.class == 0:
		return near && p.det != detNone && !c.body(q) && (c.personal(int(q.name0), int(q.name1)-1) || q.class&isTitle != 0)
	}
	return near && p.class&isOrg != 0 && q.class&isPerson == 0 && p.det != detNone
}

// body reports whether a name ends as those of organizations do.
func (c *chunker) body(p *phrase) bool {
	return c.words[p.name1-1].class&(isOrgEnd|isPlace) != 0 && p.class&isPerson == 0 && !c.personal(int(p.name0), int(p.name1)-1) ||
		p.det == detThe && p.class&isPerson == 0
}

// closes reports whether the phrase ends its part of the sentence: a comma, a
// verb, a mark or nothing follows, and no conjunction.
func (c *chunker) closes(p *phrase) bool {
	j := int(p.last)
	if j >= c.sentence(p.head).Last || c.words[j].edge {
		return true
	}
	switch c.words[j].tag {
	case postag.CC:
		return false
	case postag.IN, postag.WP, postag.TO, postag.RB:
		return true
	}
	return !c.noun(j)
}

// endsThere reports whether a nominal after a comma may be an apposition and is
// not the subject of a clause of its own.
func (c *chunker) endsThere(p *phrase) bool {
	j := int(p.last)
	if j >= c.sentence(p.head).Last || c.words[j].edge {
		return true
	}
	switch c.words[j].tag {
	case postag.VBD, postag.VBZ, postag.VBP, postag.MD:
		return false
	}
	return true
}
