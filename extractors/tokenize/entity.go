package tokenize

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/onrecord-nlp/onrecord/models/entity"
	"github.com/onrecord-nlp/onrecord/models/postag"
	"github.com/onrecord-nlp/onrecord/pipeline"
)

// namer finds the names of one document. Words that the tagger takes for
// proper nouns, or the model for part of a name, make up names; what a name
// names is decided once for all names of the document that share their last
// word, from the model's probabilities and the words around each.
type namer struct {
	model  *entity.Labeler
	labels []entity.Label
	groups map[string]int // last word of a name to its weights
	weight [][entity.NumKinds]float64
	group  []int32 // of each entity
}

func (n *namer) reset() {
	clear(n.groups)
	n.weight, n.group = n.weight[:0], n.group[:0]
}

// sentence appends the names of one sentence, the first of whose tokens has the
// index first.
func (n *namer) sentence(toks []pipeline.Token, first int, words []string, tags []uint8, out []pipeline.Entity) []pipeline.Entity {
	n.labels = slices.Grow(n.labels[:0], len(words))[:len(words)]
	n.model.Label(words, tags, n.labels)
	for i := 0; i < len(words); {
		if !n.inName(words, tags, i) {
			i++
			continue
		}
		end := i + 1
		for end < len(words) {
			if n.inName(words, tags, end) {
				end++
			} else if end+1 < len(words) && n.labels[end] != entity.Outside && n.inName(words, tags, end+1) {
				end += 2 // Bank of England
			} else {
				break
			}
		}
		var w [entity.NumKinds]float64
		for k := i; k < end; k++ {
			for kind, p := range n.model.Kinds(words, tags, n.labels, k) {
				w[kind] += p / float64(end-i)
			}
		}
		around(&w, words, tags, i, end)
		last := words[end-1]
		g, ok := n.groups[last]
		if !ok {
			g = len(n.weight)
			n.groups[last] = g
			n.weight = append(n.weight, [entity.NumKinds]float64{})
		}
		for kind := range w {
			n.weight[g][kind] += w[kind]
		}
		n.group = append(n.group, int32(g))
		out = append(out, pipeline.Entity{
			Span:  pipeline.Span{Start: toks[i].Start, End: toks[end-1].End},
			First: first + i, Last: first + end,
		})
		i = end
	}
	return out
}

// inName reports whether word i is part of a name by itself.
func (n *namer) inName(words []string, tags []uint8, i int) bool {
	w := words[i]
	if c := w[0]; n.labels[i] == entity.Outside && 'a' <= c && c <= 'z' {
		return false
	}
	r, _ := utf8.DecodeRuneInString(w)
	if !unicode.IsUpper(r) && !(n.labels[i] != entity.Outside && strings.ContainsFunc(w, unicode.IsUpper)) {
		return false
	}
	if calendar(w) {
		return false
	}
	switch tags[i] {
	case postag.NNP, postag.NNPS:
		return true
	case postag.PRP, postag.PRPS, postag.DT, postag.IN, postag.CC, postag.WP, postag.WRB, postag.MD, postag.TO, postag.EX, postag.WDT, postag.UH, postag.CD, postag.RB:
		return false
	}
	return i > 0 && n.labels[i] != entity.Outside
}

// finish sets the kinds of entities, all of one document.
func (n *namer) finish(entities []pipeline.Entity) {
	for i := range entities {
		w := n.weight[n.group[i]]
		kind := entity.Person
		for k := range w {
			if w[k] > w[kind] {
				kind = k
			}
		}
		entities[i].Kind = [...]pipeline.EntityKind{pipeline.EntityPerson, pipeline.EntityOrganization, pipeline.EntityPlace}[kind]
	}
}

// around adds to w what the words of a name and those beside it tell.
func around(w *[entity.NumKinds]float64, words []string, tags []uint8, i, end int) {
	first, last := words[i], words[end-1]
	if personTitle(first) || i > 0 && personTitle(words[i-1]) {
		w[entity.Person] += 4
	}
	if organizationHead(last) || end-i > 1 && organizationHead(first) {
		w[entity.Organization] += 4
	}
	w[entity.Place]--
	if n := end - i; n == 2 || n == 3 {
		w[entity.Person]++ // a first name and a surname
	}
	if i > 0 {
		switch words[i-1] {
		case "in", "near", "In", "across", "throughout", "to", "from", "at":
			w[entity.Place]++
		case "the", "The":
			w[entity.Person] -= 2
		}
	}
	if end < len(words) {
		switch words[end] {
		case "who", "himself", "herself":
			w[entity.Person] += 2
		case "said", "says", "told", "added", "wrote", "asked", "tweeted":
			w[entity.Person]++
			w[entity.Place]--
		}
	}
	if end-i == 1 && len(last) > 1 && strings.ToUpper(last) == last && !strings.Contains(last, ".") {
		w[entity.Organization] += 1 // FBI
	}
}

func calendar(w string) bool {
	switch w {
	case "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday",
		"January", "February", "March", "April", "June", "July", "August", "September", "October", "November", "December",
		"Jan.", "Feb.", "Mar.", "Apr.", "Aug.", "Sept.", "Sep.", "Oct.", "Nov.", "Dec.", "Mondays", "Sundays":
		return true
	}
	return false
}

func personTitle(w string) bool {
	switch w {
	case "Mr.", "Mrs.", "Ms.", "Mr", "Mrs", "Ms", "Miss", "Mx", "Mx.", "Dr.", "Dr", "Prof.", "Prof", "Professor", "Sir", "Dame", "Lord", "Lady",
		"Sen.", "Rep.", "Gov.", "Senator", "Governor", "President", "Mayor", "Judge", "Justice", "Capt.", "Captain", "Sgt.", "Lt.", "Gen.", "General",
		"Col.", "Colonel", "Rev.", "Reverend", "Father", "Sister", "Pope", "Bishop", "Archbishop", "Rabbi", "Imam", "King", "Queen", "Prince", "Princess",
		"Minister", "Secretary", "Chancellor", "Councillor", "Cllr", "Councilman", "Councilwoman", "Detective", "Officer", "Inspector", "Constable",
		"Superintendent", "Chief", "Coach", "Ambassador", "Congressman", "Congresswoman", "Shri", "Smt", "Shri.", "Smt.", "Justice.", "spokesman", "spokeswoman",
		"Attorney", "Sheriff", "Commissioner", "Chairman", "Chairwoman", "Baroness", "Baron", "Admiral", "Major", "Maj.", "Cpl.", "Pvt.", "Sheikh", "Ayatollah":
		return true
	}
	return false
}

func organizationHead(w string) bool {
	switch w {
	case "Party", "University", "College", "School", "Court", "Committee", "Commission", "Council", "Institute", "Institution", "Association", "Society",
		"Union", "Federation", "League", "Foundation", "Trust", "Fund", "Bank", "Group", "Inc.", "Inc", "Corp.", "Corp", "Co.", "Ltd", "Ltd.", "LLC", "PLC", "plc",
		"Company", "Corporation", "Agency", "Authority", "Department", "Ministry", "Bureau", "Board", "Office", "Service", "Services", "Administration",
		"Parliament", "Congress", "Senate", "House", "Assembly", "Police", "Army", "Navy", "Force", "Hospital", "Church", "Club", "United", "FC", "News",
		"Times", "Post", "Journal", "Tribune", "Herald", "Guardian", "Telegraph", "Press", "Network", "Center", "Centre", "Coalition", "Alliance", "Council's",
		"Partners", "Associates", "Holdings", "Airlines", "Airways", "Systems", "Technologies", "Industries", "Organization", "Organisation", "Campaign",
		"Democrats", "Republicans", "Conservatives", "Labour", "PAC", "Treasury", "Pentagon", "Kremlin", "Cabinet", "Nations", "Tribunal", "Chamber", "Conference":
		return true
	}
	return false
}
