package stance

import (
	"fmt"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/onrecord-nlp/onrecord/pipeline"
)

// Target is something that stances are asked for toward.
type Target struct {
	Name string
	// Phrases are what it is called in articles. Whole words count, in capitals or
	// small letters; a hyphen is as good as a space, full stops and apostrophes do
	// not matter, and the simple plural will do. A word in capitals alone, US, is
	// found in capitals alone.
	Phrases []string
}

// Check returns an error for the first of the targets that has no name, the name
// of one before it, or no phrase to find it by.
func Check(targets []Target) error {
	seen := make(map[string]bool, len(targets))
	for i, t := range targets {
		name := strings.TrimSpace(t.Name)
		if name == "" {
			return fmt.Errorf("target %d has no name: give it one, as in %q", i+1, example)
		}
		if seen[name] {
			return fmt.Errorf("there are two targets %q: put all phrases behind one name, or name one otherwise", name)
		}
		seen[name] = true
		if len(t.Phrases) == 0 {
			return fmt.Errorf("the target %q has no phrases: say what articles call it, as in %q", name, example)
		}
		for _, p := range t.Phrases {
			if !strings.ContainsFunc(p, wordRune) {
				return fmt.Errorf("the target %q has the phrase %q, which holds no letter and no digit: leave it out, or say what articles call the target, as in %q", name, p, example)
			}
		}
	}
	return nil
}

const example = "encryption=end-to-end encryption,encrypted messages"

func wordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// Toward returns the stage such that each statement on one of the targets gets a
// stance toward it: one that has words for it, or whose own target has. It fails
// as [Check] does. The stage st stays as it is.
func (st *Stage) Toward(targets []Target) (*Stage, error) {
	if err := Check(targets); err != nil {
		return nil, fmt.Errorf("stance: %w", err)
	}
	out := WithReadings(st.model, st.heads)
	if len(targets) > 0 {
		out.asked = newFinder(targets)
	}
	return out, nil
}

// finder finds the phrases of targets in tokens: a trie of their characters, as
// spelled writes them.
type finder struct {
	names   []string
	nodes   []trieNode // the first is the root
	ascii   [utf8.RuneSelf]int32
	longest int // a bound on the tokens of a phrase
}

// trieNode is reached by a character. Nodes that follow the same node are a list.
type trieNode struct {
	r           rune
	child, next int32 // 0 for none
	ends        []ending
}

// ending is a phrase that is complete.
type ending struct {
	target   int
	capitals int // how many letters must be capitals
}

func newFinder(targets []Target) *finder {
	f := &finder{nodes: make([]trieNode, 1)}
	for i, t := range targets {
		f.names = append(f.names, strings.TrimSpace(t.Name))
		for _, p := range t.Phrases {
			form := spell(p)
			e := ending{i, capitals(p)}
			f.add(form, e)
			f.add(plural(form), e)
			f.longest = max(f.longest, 2+len(form)) // apostrophes and stops may be tokens, too
		}
	}
	for c := f.nodes[0].child; c != 0; c = f.nodes[c].next {
		if r := f.nodes[c].r; r < utf8.RuneSelf {
			f.ascii[r] = c
		}
	}
	return f
}

func (f *finder) add(form string, e ending) {
	at := int32(0)
	for _, r := range form {
		to := f.step(at, r)
		if to == 0 {
			to = int32(len(f.nodes))
			f.nodes = append(f.nodes, trieNode{r: r, next: f.nodes[at].child})
			f.nodes[at].child = to
		}
		at = to
	}
	f.nodes[at].ends = append(f.nodes[at].ends, e)
}

// step returns the node that r leads to, 0 for none.
func (f *finder) step(at int32, r rune) int32 {
	if at == 0 && r < utf8.RuneSelf && f.ascii[r] != 0 {
		return f.ascii[r]
	}
	for c := f.nodes[at].child; c != 0; c = f.nodes[c].next {
		if f.nodes[c].r == r {
			return c
		}
	}
	return 0
}

// walk follows the characters of a word as spelled writes them, and returns the
// node that they lead to, 0 for none.
func (f *finder) walk(at int32, word string) int32 {
	for _, r := range word {
		r, ok := spelled(r)
		if !ok {
			continue
		}
		if at = f.step(at, r); at == 0 {
			return 0
		}
	}
	return at
}

// spelled returns what stands for a character in the trie; ok is false where
// nothing does.
func spelled(r rune) (_ rune, ok bool) {
	switch r {
	case '.', '\'', '’', '\u00AD':
		return 0, false
	case '-', '\u2010', '\u2011':
		return ' ', true
	}
	if r < utf8.RuneSelf {
		if 'A' <= r && r <= 'Z' {
			r |= 0x20
		}
		return r, true
	}
	return unicode.ToLower(r), true
}

// spell returns a phrase as the trie has it, with single spaces.
func spell(phrase string) string {
	form := strings.Map(func(r rune) rune {
		if r, ok := spelled(r); ok {
			return r
		}
		return -1
	}, phrase)
	return strings.Join(strings.Fields(form), " ")
}

// plural returns the simple plural of the last word of a phrase.
func plural(form string) string {
	for _, end := range []string{"s", "x", "z", "ch", "sh"} {
		if strings.HasSuffix(form, end) {
			return form + "es"
		}
	}
	if stem, ok := strings.CutSuffix(form, "y"); ok && stem != "" && !strings.ContainsRune(" aeiou", rune(stem[len(stem)-1])) {
		return stem + "ies"
	}
	return form + "s"
}

// capitals returns how many letters of a phrase must be found as capitals: all of
// a word that is written in them alone, else none.
func capitals(phrase string) int {
	phrase = strings.TrimSpace(phrase)
	n := 0
	for _, r := range phrase {
		switch {
		case unicode.IsUpper(r):
			n++
		case unicode.IsLetter(r), unicode.IsSpace(r):
			return 0
		}
	}
	if n < 2 {
		return 0 // I, 5G
	}
	return n
}

// inCapitals reports whether the first n letters of words are capitals.
func inCapitals(words string, n int) bool {
	for _, r := range words {
		if n == 0 {
			break
		}
		if unicode.IsLetter(r) {
			if !unicode.IsUpper(r) {
				return false
			}
			n--
		}
	}
	return true
}

// naming is a place where a phrase of a target stands.
type naming struct {
	tokens
	target int
}

// findNamings fills s.namings with the places where targets are named, in text
// order. Those of one target do not overlap: the one that begins first counts,
// and of several the longest.
func (s *scratch) findNamings(f *finder) {
	s.namings = s.namings[:0]
	s.taken = resize(s.taken, len(f.names))
	clear(s.taken)
	toks := s.view.doc.Tokens
	for i := range toks {
		first := len(s.namings)
		at := int32(0)
		for k := i; k < len(toks) && toks[k].Sentence == toks[i].Sentence; k++ {
			if k > i && toks[k].Start > toks[k-1].End {
				// White space; a hyphen before it was as good.
				if f.nodes[at].r != ' ' {
					if at = f.step(at, ' '); at == 0 {
						break
					}
				}
			}
			if at = f.walk(at, s.view.text(k)); at == 0 {
				break
			}
			for _, e := range f.nodes[at].ends {
				if s.taken[e.target] <= i && inCapitals(s.view.doc.Text[toks[i].Start:toks[k].End], e.capitals) {
					s.name(first, naming{tokens{i, k + 1}, e.target}, clitic(s.view.text(k)))
				}
			}
		}
		for _, n := range s.namings[first:] {
			s.taken[n.target] = n.last
		}
	}
}

// clitic reports whether a token begins with a mark that the trie passes over, as
// those do that end a word or a sentence: 's, a full stop.
func clitic(word string) bool {
	r, _ := utf8.DecodeRuneInString(word)
	_, ok := spelled(r)
	return !ok
}

// name adds n to the namings from first on, or makes that of its target there
// longer, unless by a clitic: McDonald's, but Apple of Apple's.
func (s *scratch) name(first int, n naming, clitic bool) {
	for i := first; i < len(s.namings); i++ {
		if s.namings[i].target == n.target {
			if !clitic {
				s.namings[i] = n
			}
			return
		}
	}
	s.namings = append(s.namings, n)
}

// namingAt returns the first naming that begins at token t or after it.
func (s *scratch) namingAt(t int) int {
	return sort.Search(len(s.namings), func(i int) bool { return s.namings[i].first >= t })
}

// towards returns the stance of a statement toward each target that it is on, in
// the order in which they were asked for. about is what its own stance is toward,
// or empty.
func (s *scratch) towards(st *Stage, u *statement, about pipeline.Span) []pipeline.Toward {
	if len(s.namings) == 0 || len(u.content) == 0 {
		return nil
	}
	s.on = resize(s.on, len(st.asked.names))
	for i := range s.on {
		s.on[i] = place{-1, -1}
	}
	n := 0
	for _, r := range u.content {
		for i := s.namingAt(r.first); i < len(s.namings) && s.namings[i].first < r.last; i++ {
			if p := &s.on[s.namings[i].target]; p.inside < 0 && s.namings[i].last <= r.last {
				*p = place{i, i}
				n++
			}
		}
	}
	if !about.Empty() {
		a := s.view.within(about)
		for i := s.namingAt(a.first - st.asked.longest); i < len(s.namings) && s.namings[i].first < a.last; i++ {
			if s.namings[i].last <= a.first {
				continue
			}
			p := &s.on[s.namings[i].target]
			if p.judged < 0 {
				n++
			}
			p.judged = i
			if u.holds(s.namings[i].tokens) {
				p.inside = i
			}
		}
	}
	if n == 0 {
		return nil
	}
	out := make([]pipeline.Toward, 0, n)
	for t, p := range s.on {
		if p.judged < 0 {
			continue
		}
		scores := s.toward(st.model, u, s.namings[p.judged].tokens)
		c := st.model.Choose(scores)
		to := pipeline.Toward{Target: st.asked.names[t], Position: pipeline.Position(c), Confidence: scores[c]}
		if p.inside >= 0 {
			to.Span = s.view.span(s.namings[p.inside].tokens)
		}
		out = append(out, to)
	}
	return out
}

// place is where a statement is on a target, as indices of namings or -1: the
// words for it in the content, of several those that its own stance is toward,
// else the first; and the words by which it is judged, which may be outside of it.
type place struct{ inside, judged int }

// holds reports whether a run of tokens lies in the content.
func (u *statement) holds(t tokens) bool {
	for _, r := range u.content {
		if r.first <= t.first && t.last <= r.last {
			return true
		}
	}
	return false
}
