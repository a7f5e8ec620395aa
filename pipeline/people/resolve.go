package people

import (
	"cmp"
	"encoding/binary"
	"encoding/hex"
	"math"
	"slices"
	"strings"

	"github.com/onrecord-nlp/onrecord/pipeline"
)

// What is known before any evidence, as log-odds.
const (
	sameName    = 2.6 // that two bearers of one full name are one person
	mostInBlock = 48  // names that are all compared with one another
	mostBearers = 64  // bearers of a single name that are looked at, those most met
	closeCall   = 1.0 // a rival that is less worse than this is as likely
)

// node is a bearer of a name, told from other bearers of it.
type node struct {
	profile uint32
	traits  traits
	org     bool
	known   int // of the user's people, or -1
	person  int
	// How the node came to its person.
	rule Rule
	odds float64
	why  Evidence
}

// Register says who the speakers of the documents that were added are. It is
// used by one goroutine at a time.
type Register struct {
	b       *Builder
	nodes   []node
	people  []*person
	byKnown map[int]int      // persons of the user's people
	bearers map[string][]int // nodes of persons by each end of their names
	total   float64          // of full names
	surname map[string]int
	given   map[string]int
	seen    int // documents linked
}

// Resolve says which names, and which bearers of a name, are one. The Builder
// takes no more documents.
func (b *Builder) Resolve() *Register {
	r := &Register{b: b, byKnown: make(map[int]int), bearers: make(map[string][]int), surname: make(map[string]int), given: make(map[string]int)}
	order := r.order()
	for _, id := range order {
		if n := &b.profiles[id].name; len(n.words) > 1 && !b.profiles[id].org() {
			r.total++
			r.surname[n.surname()]++
			r.given[n.given()]++
		}
	}
	for _, id := range order {
		r.tell(id)
	}
	r.join(r.edges())
	r.name()
	return r
}

// order lists the profiles by their keys, with the names taken apart.
func (r *Register) order() []uint32 {
	b := r.b
	var order []uint32
	for id := range b.profiles {
		if p := b.profiles[id]; id > 0 && p.docs > 0 {
			p.name = parseName(p.spelled)
			order = append(order, uint32(id))
		}
	}
	slices.SortFunc(order, func(x, y uint32) int { return strings.Compare(b.names.list[x], b.names.list[y]) })
	return order
}

// org reports whether the name is an organization's.
func (p *profile) org() bool {
	if len(p.name.words) == 1 {
		return p.orgs*2 >= p.docs // Microsoft says, and is taken for a person often
	}
	return p.orgs*2 > p.docs
}

// chance is how many persons a run of this size has of the name, were given
// names and surnames drawn apart.
func (r *Register) chance(n *name) float64 {
	if len(n.words) < 2 || r.total == 0 {
		return 0
	}
	e := float64(r.surname[n.surname()]) * float64(r.given[n.given()]) / r.total
	if r.surname[n.surname()] <= 1 || r.given[n.given()] <= 1 {
		e = 0 // the name itself
	}
	if len(n.middle()) > 0 {
		e /= 10
	}
	return e
}

// tell makes the nodes of a profile: one, or, of a full name, one for each
// bearer that evidence sets apart.
func (r *Register) tell(id uint32) {
	b := r.b
	p := b.profiles[id]
	for i := range p.cells {
		if c := &p.cells[i]; c.text != 0 {
			b.wordsOf(&c.traits, b.texts.list[c.text], c.docs)
		}
	}
	p.places, p.odds, p.why = make([]int8, len(p.cells)), make([]float64, len(p.cells)), make([]Evidence, len(p.cells))
	key := b.names.list[id]
	add := func(known int) int {
		r.nodes = append(r.nodes, node{profile: id, org: p.org(), known: known, person: -1})
		p.nodes = append(p.nodes, len(r.nodes)-1)
		return len(r.nodes) - 1
	}
	known := -1
	if list := b.knownBy[key]; len(list) == 1 {
		kind := pipeline.SpeakerPerson
		if p.org() {
			kind = pipeline.SpeakerOrganization
		}
		known, _ = b.knownOf(key, "", kind)
	}
	prior := sameName - math.Log1p(r.chance(&p.name))
	var senses []traits
	if len(p.name.words) > 1 && !p.org() && known < 0 {
		senses = r.senses(p, prior)
	}
	if len(senses) < 2 {
		n := add(known)
		if len(p.cells) == 1 {
			r.nodes[n].traits = p.cells[0].traits // neither changes any more
		} else {
			for i := range p.cells {
				r.nodes[n].traits.merge(&p.cells[i].traits, b)
			}
			r.nodes[n].traits.merge(&p.rest, b)
		}
		for i := range p.cells {
			odds, why := r.within(&p.cells[i].traits, &r.nodes[n].traits)
			p.places[i], p.odds[i], p.why[i] = 0, max(prior+odds, 0.1), why
		}
		return
	}
	for _, s := range senses {
		r.nodes[add(-1)].traits = s
	}
}

// within weighs whether what is in a part of t is one with the rest of it, and,
// where the part is all, with itself.
func (r *Register) within(part, t *traits) (odds float64, why Evidence) {
	if part.docs < t.docs {
		rest := r.without(t, part)
		odds, why = r.b.weigh(part, &rest)
		if why&(ForCompany|ForDescription) != 0 || part.docs == 1 {
			return odds, why
		}
	}
	again := func(t tally) bool { return slices.ContainsFunc(t, func(c count) bool { return c.n > 1 }) }
	if again(part.words) {
		odds += 1
		why |= ForDescription
	}
	if again(part.company) {
		odds += 1
		why = why&^AgainstCompany | ForCompany
	}
	if again(part.outlets) {
		odds += 0.4
		why |= ForOutlet
	}
	return odds, why
}

// senses sorts the cells of a full name into bearers. Cells that say little
// are left to be looked at speaker by speaker, where there are several bearers.
func (r *Register) senses(p *profile, prior float64) []traits {
	b := r.b
	var solid []int
	for i := range p.cells {
		p.places[i] = -1
		if c := &p.cells[i]; len(c.words) > 0 || c.he+c.she > 0 {
			solid = append(solid, i)
		}
	}
	slices.SortFunc(solid, func(x, y int) int {
		c, d := &p.cells[x], &p.cells[y]
		return cmp.Or(cmp.Compare(min(len(d.words), 1), min(len(c.words), 1)), cmp.Compare(d.docs, c.docs), cmp.Compare(c.hash, d.hash))
	})
	var senses []traits
	for _, i := range solid {
		c := &p.cells[i]
		best, bestOdds, bestWhy := -1, 0.0, Evidence(0)
		for n := range senses {
			odds, why := b.weigh(&c.traits, &senses[n])
			odds += prior + 0.5*math.Log(float64(senses[n].docs)/float64(c.docs))
			if odds > bestOdds {
				best, bestOdds, bestWhy = n, odds, why
			}
		}
		if best < 0 {
			if len(senses) == 100 {
				continue // looked at one by one
			}
			best, bestOdds = len(senses), prior
			senses = append(senses, traits{})
		}
		p.places[i], p.odds[i], p.why[i] = int8(best), bestOdds, bestWhy
		senses[best].merge(&c.traits, b)
	}
	return senses
}

// edge says that two nodes may be one person.
type edge struct {
	a, b int // nodes; in the order of nodes
	rule Rule
	odds float64
	why  Evidence
}

// edges compares the nodes within blocks.
func (r *Register) edges() []edge {
	b := r.b
	type entry struct {
		block uint64
		node  int
	}
	var entries []entry
	var list []edge
	flush := func() {
		slices.SortFunc(entries, func(x, y entry) int {
			return cmp.Or(cmp.Compare(x.block, y.block), cmp.Compare(x.node, y.node))
		})
		for from := 0; from < len(entries); {
			to := from + 1
			for to < len(entries) && entries[to].block == entries[from].block {
				to++
			}
			block := entries[from:to]
			hubs := len(block)
			if hubs > mostInBlock {
				// Those of the fewest words, which may be any of the others.
				slices.SortStableFunc(block, func(x, y entry) int {
					return cmp.Compare(r.length(x.node), r.length(y.node))
				})
				hubs = 4
			}
			for i := range min(hubs, len(block)) {
				for j := i + 1; j < len(block); j++ {
					if e, ok := r.compare(block[i].node, block[j].node); ok {
						list = append(list, e)
					}
				}
			}
			from = to
		}
		entries = entries[:0]
	}
	// A kind of block after another: what is held is one kind's.
	for kind := range 6 {
		for i := range r.nodes {
			n := &r.nodes[i]
			w := &b.profiles[n.profile].name
			if n.org || len(w.words) < 2 {
				continue
			}
			add := func(parts ...string) { entries = append(entries, entry{hash(parts...), i}) }
			switch kind {
			case 0:
				add(w.surname(), w.given())
			case 1:
				add(w.surname(), skeleton(w.given()))
			case 2:
				if r.surname[w.surname()] <= mostInBlock*26 {
					add(w.surname(), w.given()[:1])
				}
			case 3:
				add(skeleton(w.surname()), skeleton(w.given()))
				add("turned", min(w.words[0], w.surname()), max(w.words[0], w.surname()))
			case 4:
				add(w.surname(), w.given())
				for _, long := range shortForms[w.given()] {
					add(w.surname(), long)
				}
				if w.nick != "" {
					add(w.surname(), w.nick)
				}
			case 5:
				add(w.words[len(w.words)-2], w.surname())
			}
		}
		flush()
	}
	// Organizations by what articles call them for short.
	for id, p := range b.profiles {
		if id == 0 || p.docs == 0 || !p.org() || len(p.nodes) == 0 {
			continue
		}
		for _, alias := range p.aliases {
			if q := b.profiles[alias.id]; q.docs > 0 && q.org() {
				x, y := min(p.nodes[0], q.nodes[0]), max(p.nodes[0], q.nodes[0])
				list = append(list, edge{x, y, RuleAbbreviation, 1 + math.Log(float64(alias.n)), 0})
			}
		}
	}
	slices.SortFunc(list, func(x, y edge) int {
		return cmp.Or(cmp.Compare(x.a, y.a), cmp.Compare(x.b, y.b), cmp.Compare(y.odds, x.odds))
	})
	return slices.CompactFunc(list, func(x, y edge) bool { return x.a == y.a && x.b == y.b })
}

func (r *Register) length(n int) int { return len(r.b.profiles[r.nodes[n].profile].name.words) }

// compare weighs whether two nodes are one person, and reports whether that is
// likelier than not.
func (r *Register) compare(x, y int) (edge, bool) {
	b := r.b
	x, y = min(x, y), max(x, y)
	n, m := &r.nodes[x], &r.nodes[y]
	if x == y || n.profile == m.profile {
		return edge{}, false
	}
	p, q := b.profiles[n.profile], b.profiles[m.profile]
	rule, odds := relate(&p.name, &q.name)
	if rule == RuleNone {
		return edge{}, false
	}
	odds -= math.Log1p(max(r.chance(&p.name), r.chance(&q.name)))
	if rule == RuleNickname || rule == RuleInitials || rule == RuleSpelling {
		// The more bearers a surname has, the likelier are two with given names
		// that are nearly one.
		odds -= 0.7 * math.Log1p(float64(max(min(r.surname[p.name.surname()], r.surname[q.name.surname()])-2, 0)))
	}
	weight, why := b.weigh(&n.traits, &m.traits)
	odds += weight
	// Two speakers of one article are two people, but for mistakes.
	if together := n.traits.with(m.profile, b) + m.traits.with(n.profile, b); together > 0 {
		odds -= 1
		if float64(together) > 0.3*2*float64(min(n.traits.docs, m.traits.docs)) {
			odds -= 3
		}
	}
	return edge{x, y, rule, odds, why}, odds > 0
}

// with is how often the bearer stood in a document with the name.
func (t *traits) with(id uint32, b *Builder) uint32 {
	n := uint32(0)
	common(t.company, tally{{id, 1}}, b.names.hash, func(c, _ count) { n = c.n })
	return n
}

// join makes persons of the nodes, the surest edges first. A name that two
// others, which are not one, are as likely to be is joined with neither.
func (r *Register) join(edges []edge) {
	b := r.b
	at := make(map[int][]int) // edges of each node
	for i, e := range edges {
		at[e.a] = append(at[e.a], i)
		at[e.b] = append(at[e.b], i)
	}
	drop := make([]bool, len(edges))
	related := func(x, y int) bool {
		p, q := r.nodes[x].profile, r.nodes[y].profile
		if p == q {
			return false
		}
		rule, _ := relate(&b.profiles[p].name, &b.profiles[q].name)
		return rule != RuleNone
	}
	for i := range r.nodes {
		list := at[i]
		if len(list) < 2 {
			continue
		}
		slices.SortStableFunc(list, func(x, y int) int { return cmp.Compare(edges[y].odds, edges[x].odds) })
		other := func(e int) int { return edges[e].a + edges[e].b - i }
		for _, e := range list[1:] {
			if r.nodes[i].org && r.nodes[other(e)].org {
				continue
			}
			if edges[e].odds > edges[list[0]].odds-closeCall && !related(other(e), other(list[0])) {
				for _, f := range list {
					if !related(other(f), other(list[0])) || f == list[0] {
						drop[f] = true
					}
				}
				r.nodes[i].why |= AgainstRivals
				break
			}
		}
	}
	// Union, the surest first.
	parent := make([]int, len(r.nodes))
	members := make([][]int, len(r.nodes))
	for i := range parent {
		parent[i], members[i] = i, []int{i}
	}
	find := func(x int) int {
		for parent[x] != x {
			parent[x] = parent[parent[x]]
			x = parent[x]
		}
		return x
	}
	union := func(x, y int) {
		x, y = find(x), find(y)
		if x == y {
			return
		}
		if y < x {
			x, y = y, x
		}
		parent[y] = x
		members[x], members[y] = append(members[x], members[y]...), nil
		r.nodes[x].known = max(r.nodes[x].known, r.nodes[y].known)
	}
	first := make(map[int]int)
	for i := range r.nodes {
		if k := r.nodes[i].known; k >= 0 {
			if f, ok := first[k]; ok {
				union(f, i)
			} else {
				first[k] = i
			}
			r.nodes[i].rule, r.nodes[i].odds = RuleUser, math.Inf(1)
		}
	}
	order := make([]int, 0, len(edges))
	for i := range edges {
		if !drop[i] {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(x, y int) int { return cmp.Compare(edges[y].odds, edges[x].odds) })
	for _, i := range order {
		e := &edges[i]
		x, y := find(e.a), find(e.b)
		if x == y {
			continue
		}
		if j, k := r.nodes[x].known, r.nodes[y].known; j >= 0 && k >= 0 && j != k {
			continue
		}
		fits := true
		if e.rule != RuleAbbreviation {
			for _, u := range members[x][:min(len(members[x]), 8)] {
				for _, v := range members[y][:min(len(members[y]), 8)] {
					if (u != e.a || v != e.b) && (u != e.b || v != e.a) && !related(u, v) && r.nodes[u].rule != RuleUser && r.nodes[v].rule != RuleUser {
						fits = false
					}
				}
			}
		}
		if !fits {
			continue
		}
		for _, n := range []int{e.a, e.b} {
			if r.nodes[n].rule == RuleNone {
				r.nodes[n].rule, r.nodes[n].odds, r.nodes[n].why = e.rule, e.odds, e.why
			}
		}
		union(e.a, e.b)
	}
	for i := range r.nodes {
		root := find(i)
		if r.nodes[root].person < 0 {
			r.nodes[root].person = r.person(&person{known: r.nodes[root].known})
			if k := r.nodes[root].known; k >= 0 {
				r.byKnown[k] = r.nodes[root].person
			}
		}
		r.nodes[i].person = r.nodes[root].person
		p := r.people[r.nodes[i].person]
		p.nodes = append(p.nodes, i)
	}
	// The user's people who share a name have a node each by themselves.
	for _, list := range b.knownBy {
		if len(list) < 2 {
			continue
		}
		for _, k := range list {
			if _, ok := r.byKnown[k]; !ok {
				r.byKnown[k] = -1
			}
		}
	}
	var missing []int
	for k, p := range r.byKnown {
		if p < 0 {
			missing = append(missing, k)
		}
	}
	slices.Sort(missing)
	for _, k := range missing {
		r.byKnown[k] = r.person(&person{known: k})
	}
}

func (r *Register) person(p *person) int {
	r.people = append(r.people, p)
	return len(r.people) - 1
}

// name gives each person a name, of its names with a surname that met most, and
// an id, and lists persons by the ends of their names.
func (r *Register) name() {
	b := r.b
	byID := make(map[string][]int)
	for i, p := range r.people {
		best := -1
		for _, n := range p.nodes {
			switch {
			case best < 0:
				best = n
			case r.better(n, best):
				best = n
			}
		}
		p.lead = best
		slug := ""
		if best >= 0 {
			q := b.profiles[r.nodes[best].profile]
			slug = slugOf(&q.name)
		}
		if p.known >= 0 {
			n := parseName(b.known[p.known].Name)
			slug = slugOf(&n)
		}
		byID[slug] = append(byID[slug], i)
	}
	for slug, list := range byID {
		slices.SortFunc(list, func(x, y int) int {
			p, q := r.people[x], r.people[y]
			return cmp.Or(cmp.Compare(min(q.known, 0), min(p.known, 0)), cmp.Compare(r.docs(q), r.docs(p)), cmp.Compare(x, y))
		})
		for k, i := range list {
			p := r.people[i]
			p.id = slug
			if k > 0 {
				p.id += "~" + short(r.mark(p))
				for _, earlier := range list[:k] {
					if r.people[earlier].id == p.id {
						p.id += "~" + short(uint64(k))
					}
				}
			}
		}
	}
	for i := range r.nodes {
		n := &r.nodes[i]
		w := b.profiles[n.profile].name.words
		if n.org || len(w) < 2 {
			continue
		}
		for k, word := range w {
			if k == 0 && len(w) < 4 || k == len(w)-1 || k == len(w)-2 && len(w) > 2 {
				r.bearers[word] = append(r.bearers[word], i)
			}
		}
		if len(w) > 2 { // a surname of two words may stand with a hyphen
			double := w[len(w)-2] + w[len(w)-1]
			r.bearers[double] = append(r.bearers[double], i)
		}
	}
	for word, list := range r.bearers {
		slices.SortFunc(list, func(x, y int) int {
			return cmp.Or(cmp.Compare(r.nodes[y].traits.docs, r.nodes[x].traits.docs), cmp.Compare(x, y))
		})
		r.bearers[word] = list[:min(len(list), mostBearers)]
	}
}

func (r *Register) docs(p *person) (n uint32) {
	for _, i := range p.nodes {
		n += r.nodes[i].traits.docs
	}
	return n
}

// mark is the same for the same bearer as long as the pair of pronoun and
// description that it is known by is there.
func (r *Register) mark(p *person) uint64 {
	if p.lead < 0 {
		return hash("known", r.b.known[p.known].Identifier, r.b.known[p.known].Description)
	}
	n := &r.nodes[p.lead]
	q := r.b.profiles[n.profile]
	for i := range q.cells {
		if at := q.places[i]; at >= 0 && q.nodes[at] == p.lead {
			return hash(r.b.names.list[n.profile]) ^ q.cells[i].hash
		}
	}
	return hash(r.b.names.list[n.profile])
}

// better reports whether a person is rather named by node x than by y.
func (r *Register) better(x, y int) bool {
	p, q := r.b.profiles[r.nodes[x].profile], r.b.profiles[r.nodes[y].profile]
	whole := func(p *profile) int { // 2 for a name with a given name, 1 with initials, 0 for one word
		switch {
		case len(p.name.words) < 2:
			return 0
		case len(p.name.given()) == 1:
			return 1
		}
		return 2
	}
	c := cmp.Or(cmp.Compare(whole(p), whole(q)), cmp.Compare(r.nodes[x].traits.docs, r.nodes[y].traits.docs))
	if r.nodes[x].org { // the longer one: the other is its abbreviation
		c = cmp.Compare(len(p.name.words), len(q.name.words))
	}
	return c > 0 || c == 0 && x < y
}

// slugOf is a name as an id has it.
func slugOf(n *name) string {
	s := strings.Join(n.words, "-")
	if n.suffix != "" {
		s += "-" + n.suffix
	}
	return s
}

func short(h uint64) string {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], h)
	return hex.EncodeToString(b[:5])
}
