package people

import (
	"cmp"
	"iter"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/onrecord-nlp/onrecord/pipeline"
)

// Link says who a speaker is.
type Link struct {
	SpeakerID string
	Person    string // an id; "" for who is nobody's: see [Rule.Nobody]
	Rule      Rule
	// Score is the probability by the evidence that the speaker is this person:
	// by the words and company of the speakers that share its name, pronoun and
	// description. It is 0 where there is no person.
	Score float32
	// Evidence is what spoke for it, or, of names told apart, against the others.
	Evidence Evidence
	// Other is the person that the speaker was held apart from, the likeliest, or
	// "".
	Other string
}

// Count is how often something was met.
type Count struct {
	Text string
	N    int
}

const (
	mostListed = 1024 // spellings, descriptions, outlets of a person
	prominent  = 10   // documents of a person that may go by surname wherever no other is as likely
)

// Person is one person or organization of the run.
type Person struct {
	ID           string
	Name         string
	Kind         pipeline.SpeakerKind // a person or an organization
	Identifier   string               // the user's
	Variants     []Count              // of the name, the most met first
	Descriptions []Count
	Outlets      []Count
	Pronoun      string // the one met most, or ""
	Documents    int
	Speakers     int // links to it
	Quotes       int
	Claims       int
	Stances      [3]int    // statements by [pipeline.Position]
	First, Last  time.Time // published; zero where no document has a date
}

// person is a Person in the making.
type person struct {
	id       string
	known    int // of the user's people, or -1
	nodes    []int
	lead     int // the node that it has its name of, -1 for none
	docs     int
	speakers int
	orgs     int
	pronouns [3]uint32 // he, she, they
	quotes   int
	claims   int
	stances  [3]int
	first    time.Time
	last     time.Time
	lastSeen int // number of the document last met
	variants tally
	texts    tally
	outlets  tally
}

// Link appends to links one for each speaker of a document that was added, in
// their order, and counts what they said. Each document is linked once.
func (r *Register) Link(d *Document, links []Link) []Link {
	b := r.b
	r.seen++
	b.read(d, false)
	for i := range d.Speakers {
		s := &d.Speakers[i]
		l := Link{SpeakerID: s.ID}
		key, _, rule := named(s)
		if key == "" {
			l.Rule = rule
			links = append(links, l)
			continue
		}
		at := r.find(d, s, key, b.ids[i], &l)
		p := r.people[at]
		l.Person = p.id
		r.count(p, d, s)
		links = append(links, l)
	}
	return links
}

// find returns the person of a speaker, and fills the link.
func (r *Register) find(d *Document, s *Speaker, key string, id uint32, l *Link) int {
	b := r.b
	if len(b.knownBy[key]) > 0 {
		if k, _ := b.knownOf(key, s.Description, s.Kind); k >= 0 {
			if at, ok := r.byKnown[k]; ok {
				l.Rule, l.Score = RuleUser, 1
				return at
			}
		}
	}
	p := b.profiles[id]
	if id == 0 || p.docs == 0 {
		// A document that was not added.
		return r.alone(s, RuleSingle, l)
	}
	if len(p.name.words) == 1 && !p.org() && r.nodes[p.nodes[0]].known < 0 {
		return r.single(d, s, id, l)
	}
	place, odds, why := r.place(d, s, id)
	n := &r.nodes[p.nodes[place]]
	q := r.people[n.person]
	l.Evidence = why
	if n.why&AgainstRivals != 0 {
		l.Evidence |= AgainstRivals
	}
	switch {
	case n.rule == RuleUser:
		l.Rule, l.Score = RuleUser, 1
		return n.person
	case q.known >= 0 || q.lead != p.nodes[place]:
		l.Rule = n.rule
		l.Evidence = n.why
		odds = math.Log(probability(odds)*probability(n.odds)) - math.Log1p(-probability(odds)*probability(n.odds))
	case len(p.nodes) > 1:
		l.Rule = RuleApart
	case r.docs(q) == 1:
		l.Rule = RuleAlone
		l.Score = 1
		return n.person
	default:
		l.Rule = RuleName
	}
	if len(p.nodes) > 1 {
		for _, other := range p.nodes {
			if o := &r.nodes[other]; o.person != n.person {
				_, against := b.weigh(&n.traits, &o.traits)
				l.Evidence |= against & (AgainstDescription | AgainstPronoun | AgainstCompany)
				l.Other = r.people[o.person].id
				break
			}
		}
	}
	l.Score = float32(probability(odds))
	return n.person
}

// place says which bearer of its name a speaker is.
func (r *Register) place(d *Document, s *Speaker, id uint32) (place int, odds float64, why Evidence) {
	b := r.b
	p := b.profiles[id]
	h := cellHash(s)
	at, found := slices.BinarySearchFunc(p.cells, h, func(c cell, h uint64) int { return cmp.Compare(c.hash, h) })
	if found && p.places[at] >= 0 {
		return int(p.places[at]), p.odds[at], p.why[at]
	}
	if len(p.nodes) == 1 {
		return 0, sameName - math.Log1p(r.chance(&p.name)), 0
	}
	var t traits
	b.observe(&t, d, s, id)
	b.wordsOf(&t, s.Description, 1)
	total, best := 0.0, -1
	for k, n := range p.nodes {
		w, e := b.weigh(&t, &r.nodes[n].traits)
		w += 0.5 * math.Log(float64(r.nodes[n].traits.docs))
		total += math.Exp(w)
		if best < 0 || w > odds {
			best, odds, why = k, w, e
		}
	}
	x := min(math.Exp(odds)/total, 0.999)
	return best, math.Log(x / (1 - x)), why
}

// single says whose single name this is: a surname of one of its bearers, where
// the evidence is for one of them; else the document's own.
func (r *Register) single(d *Document, s *Speaker, id uint32, l *Link) int {
	b := r.b
	p := b.profiles[id]
	word := p.name.words[0]
	var t traits
	b.observe(&t, d, s, id)
	b.wordsOf(&t, s.Description, 1)
	// Who is in the document by a full name is not meant.
	there := func(n int) bool { return slices.Contains(b.company, r.nodes[n].profile) }
	type candidate struct {
		person int
		odds   float64
		why    Evidence
	}
	var list []candidate
	sum := 0.0
	for _, n := range r.bearers[word] {
		sum += float64(r.nodes[n].traits.docs)
	}
	beside := false
	for _, n := range r.bearers[word] {
		if there(n) {
			beside = true
			continue
		}
		node := &r.nodes[n]
		odds, why := b.weigh(&t, &node.traits)
		odds += math.Log((float64(node.traits.docs) + 0.5) / (sum + 3))
		if w := &b.profiles[node.profile].name; !strings.HasSuffix(word, w.surname()) {
			odds -= 2 // a given name, or a surname that stands first
		}
		if k := slices.IndexFunc(list, func(c candidate) bool { return c.person == node.person }); k < 0 {
			list = append(list, candidate{node.person, odds, why})
		} else if odds > list[k].odds {
			list[k].odds, list[k].why = odds, why|list[k].why&ForCompany
		}
	}
	// And whom nobody names in full.
	total := math.Exp(math.Log(2/(sum+3)) + 0.5)
	best := -1
	for k := range list {
		total += math.Exp(list[k].odds)
		if best < 0 || list[k].odds > list[best].odds {
			best = k
		}
	}
	if best >= 0 {
		share := math.Exp(list[best].odds) / total
		evidence := list[best].why&(ForCompany|ForDescription) != 0 || list[best].why&(ForOutlet|ForTime) == ForOutlet|ForTime
		if n := r.docs(r.people[list[best].person]); !evidence && n >= prominent && share >= 0.8 && list[best].why&AgainstPronoun == 0 {
			evidence = true
			list[best].why |= ForProminence
		}
		if evidence && share >= 0.65 {
			l.Rule, l.Score, l.Evidence = RuleSurname, float32(share), list[best].why
			return list[best].person
		}
		l.Other, l.Evidence = r.people[list[best].person].id, list[best].why&^(ForDescription|ForCompany|ForOutlet|ForTime)
		if len(list) > 1 {
			l.Evidence |= AgainstRivals
		}
		return r.alone(s, RuleSingle, l)
	}
	if beside {
		return r.alone(s, RuleSingle, l)
	}
	// Others who are called so, and by what else they have in common the same.
	node := &r.nodes[p.nodes[0]]
	if p.docs > 1 {
		rest := r.without(&node.traits, &t)
		if odds, why := b.weigh(&t, &rest); why&(ForCompany|ForDescription) != 0 && odds > 0.5 {
			l.Rule, l.Score, l.Evidence = RuleSurname, float32(probability(odds)), why
			return node.person
		}
		return r.alone(s, RuleSingle, l)
	}
	l.Rule, l.Score = RuleAlone, 1
	return node.person
}

// without is t less what u, a part of it, adds.
func (r *Register) without(t, u *traits) traits {
	rest := *t
	less := func(a, b tally, hashes []uint64) tally {
		var left tally
		for _, c := range a {
			n := c.n
			common(tally{c}, b, hashes, func(_, y count) { n -= min(n, y.n) })
			if n > 0 {
				left = append(left, count{c.id, n})
			}
		}
		return left
	}
	rest.docs -= u.docs
	rest.he -= u.he
	rest.she -= u.she
	rest.words = less(t.words, u.words, r.b.words.hash)
	rest.company = less(t.company, u.company, r.b.names.hash)
	rest.outlets = less(t.outlets, u.outlets, r.b.outlets.hash)
	return rest
}

// alone makes a person for this speaker alone.
func (r *Register) alone(s *Speaker, rule Rule, l *Link) int {
	n := parseName(s.Name)
	l.Rule, l.Score = rule, 1
	return r.person(&person{known: -1, lead: -1, id: slugOf(&n) + "~" + short(hash("speaker", s.ID))})
}

func (r *Register) count(p *person, d *Document, s *Speaker) {
	b := r.b
	if p.lastSeen != r.seen {
		p.lastSeen = r.seen
		p.docs++
		if d.Outlet != "" {
			p.outlets.add(b.outlets.id(d.Outlet), 1, b.outlets.hash, mostListed)
		}
		if t := d.Published; !t.IsZero() {
			if p.first.IsZero() || t.Before(p.first) {
				p.first = t
			}
			if t.After(p.last) {
				p.last = t
			}
		}
	}
	p.speakers++
	if s.Kind == pipeline.SpeakerOrganization {
		p.orgs++
	}
	switch s.Pronoun {
	case "he":
		p.pronouns[0]++
	case "she":
		p.pronouns[1]++
	case "they":
		p.pronouns[2]++
	}
	p.quotes += s.Quotes
	p.claims += s.Claims
	for i, n := range s.Stances {
		p.stances[i] += n
	}
	p.variants.add(b.texts.id(s.Name), 1, b.texts.hash, mostListed)
	if s.Description != "" {
		p.texts.add(b.texts.id(s.Description), 1, b.texts.hash, mostListed)
	}
}

// People yields who spoke in the documents that were linked, those most quoted
// first. Each Person is made when its turn comes.
func (r *Register) People() iter.Seq[Person] {
	list := slices.DeleteFunc(slices.Clone(r.people), func(p *person) bool { return p.speakers == 0 })
	slices.SortFunc(list, func(x, y *person) int {
		return cmp.Or(cmp.Compare(y.quotes, x.quotes), cmp.Compare(y.claims, x.claims), cmp.Compare(y.docs, x.docs), strings.Compare(x.id, y.id))
	})
	return func(yield func(Person) bool) {
		for _, p := range list {
			if !yield(r.finished(p)) {
				return
			}
		}
	}
}

func (r *Register) finished(p *person) Person {
	b := r.b
	out := Person{
		ID: p.id, Documents: p.docs, Speakers: p.speakers, Quotes: p.quotes, Claims: p.claims, Stances: p.stances,
		First: p.first, Last: p.last,
		Variants: counts(p.variants, &b.texts), Descriptions: counts(p.texts, &b.texts), Outlets: counts(p.outlets, &b.outlets),
	}
	out.Name = out.Variants[0].Text
	if p.lead >= 0 {
		// The spelling that is met most, of the name with which it is named.
		key := b.names.list[r.nodes[p.lead].profile]
		for _, v := range out.Variants {
			if n := parseName(v.Text); n.key() == key {
				out.Name = v.Text
				break
			}
		}
	}
	if 2*p.orgs > p.speakers || p.orgs > 0 && p.lead >= 0 && r.nodes[p.lead].org {
		out.Kind = pipeline.SpeakerOrganization
	}
	for i, name := range []string{"he", "she", "they"} {
		if n := p.pronouns[i]; n > 0 && n == max(p.pronouns[0], p.pronouns[1], p.pronouns[2]) {
			out.Pronoun = name
			break
		}
	}
	if p.known >= 0 {
		k := &b.known[p.known]
		out.Name, out.Identifier = k.Name, k.Identifier
		if kind, ok := pipeline.ParseSpeakerKind(k.Kind); ok {
			out.Kind = kind
		}
	}
	return out
}

func counts(t tally, s *strs) []Count {
	list := make([]Count, len(t))
	for i, c := range t {
		list[i] = Count{s.list[c.id], int(c.n)}
	}
	slices.SortFunc(list, func(x, y Count) int { return cmp.Or(cmp.Compare(y.N, x.N), strings.Compare(x.Text, y.Text)) })
	return list
}
