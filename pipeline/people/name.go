package people

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// name is a name taken apart. Words are folded: lower case without diacritics,
// apostrophes and hyphens.
type name struct {
	words  []string // titles, suffix and nickname left out
	suffix string   // jr, sr, ii, iii, iv, or ""
	nick   string   // the nickname in marks, or ""
}

// given is the first word, "" where there is one word alone.
func (n *name) given() string {
	if len(n.words) < 2 {
		return ""
	}
	return n.words[0]
}

// surname is the last word.
func (n *name) surname() string {
	if len(n.words) == 0 {
		return ""
	}
	return n.words[len(n.words)-1]
}

// middle is what stands between, particles ("de", "van") left out.
func (n *name) middle() []string {
	if len(n.words) < 3 {
		return nil
	}
	m := n.words[1 : len(n.words)-1]
	for len(m) > 0 && particles[m[len(m)-1]] {
		m = m[:len(m)-1]
	}
	return m
}

// key is the same for spellings that differ in case, diacritics, apostrophes,
// hyphens, full stops and the spaces between the words; a single word has
// another than two of the same letters.
func (n *name) key() string {
	var b strings.Builder
	if len(n.words) == 1 {
		b.WriteString("1 ")
	}
	for _, w := range n.words {
		b.WriteString(w)
	}
	if n.suffix != "" {
		b.WriteByte(' ')
		b.WriteString(n.suffix)
	}
	return b.String()
}

// parseName takes a name apart. A name of nothing but titles keeps its words.
func parseName(s string) name {
	var n name
	words := strings.Fields(s)
	for i, w := range words {
		if open, _ := utf8.DecodeRuneInString(w); i > 0 && i+1 < len(words) && strings.ContainsRune("\"“‘'«(", open) && len(w) > 2 {
			if f := foldWord(w); f != "" && strings.ContainsRune("\"”’'»)", lastRune(w)) {
				n.nick = f
				continue
			}
		}
		if w == "&" {
			n.words = append(n.words, "and")
			continue
		}
		if initials(w) {
			for _, r := range w {
				if unicode.IsLetter(r) {
					n.words = append(n.words, foldWord(string(r)))
				}
			}
			continue
		}
		w = strings.TrimSuffix(strings.TrimSuffix(w, "’s"), "'s")
		if f := foldWord(w); f != "" {
			n.words = append(n.words, f)
		}
	}
	for len(n.words) > 1 && (titles[n.words[0]] || n.words[0] == "the") {
		n.words = n.words[1:]
	}
	for len(n.words) > 1 {
		last := n.words[len(n.words)-1]
		if s := suffixes[last]; s != "" {
			n.suffix = s
		} else if !honours[last] || len(n.words) == 2 && len(last) < 3 {
			break
		}
		n.words = n.words[:len(n.words)-1]
	}
	return n
}

func lastRune(s string) rune {
	r, _ := utf8.DecodeLastRuneInString(s)
	return r
}

// initials reports whether a word is made of initials: "J.", "J.M.".
func initials(w string) bool {
	letters, point := 0, false
	expect := true
	for _, r := range w {
		switch {
		case r == '.' && !expect:
			expect, point = true, true
		case unicode.IsUpper(r) && expect:
			expect = false
			letters++
		default:
			return false
		}
	}
	return letters > 0 && (point || letters == 1 && utf8.RuneCountInString(w) == 1)
}

// foldWord returns the letters and digits of a word in lower case, without
// diacritics.
func foldWord(w string) string {
	plain := true
	for i := range len(w) {
		if c := w[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			plain = false
			break
		}
	}
	if plain {
		return w
	}
	var b strings.Builder
	for _, r := range w {
		r = unicode.ToLower(r)
		switch {
		case r < utf8.RuneSelf:
			if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
				b.WriteByte(byte(r))
			}
		case foldLong[r] != "":
			b.WriteString(foldLong[r])
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			b.WriteRune(foldLetter(r))
		}
	}
	return b.String()
}

// foldLetter returns the letter without its diacritic.
func foldLetter(r rune) rune {
	for _, f := range folds {
		if strings.ContainsRune(f.with, r) {
			return f.plain
		}
	}
	return r
}

// folds are the Latin letters with diacritics, in lower case.
var folds = []struct {
	plain rune
	with  string
}{
	{'a', "àáâãäåāăąǎǟǡǻȁȃȧḁạảấầẩẫậắằẳẵặ"}, {'b', "ḃḅḇɓ"}, {'c', "çćĉċčḉƈ"}, {'d', "ďđḋḍḏḑḓɗ"},
	{'e', "èéêëēĕėęěȅȇȩḕḗḙḛḝẹẻẽếềểễệəɛ"}, {'f', "ḟƒ"}, {'g', "ĝğġģǧǵḡɠ"}, {'h', "ĥħȟḣḥḧḩḫẖ"},
	{'i', "ìíîïĩīĭįıǐȉȋḭḯỉị"}, {'j', "ĵǰ"}, {'k', "ķǩḱḳḵƙ"}, {'l', "ĺļľŀłḷḹḻḽ"}, {'m', "ḿṁṃ"},
	{'n', "ñńņňŉŋǹṅṇṉṋ"}, {'o', "òóôõöøōŏőơǒǫǭȍȏȫȭȯȱṍṏṑṓọỏốồổỗộớờởỡợɔ"}, {'p', "ṕṗ"},
	{'r', "ŕŗřȑȓṙṛṝṟ"}, {'s', "śŝşšșṡṣṥṧṩſ"}, {'t', "ţťŧțṫṭṯṱẗ"},
	{'u', "ùúûüũūŭůűųưǔǖǘǚǜȕȗṳṵṷṹṻụủứừửữự"}, {'v', "ṽṿ"}, {'w', "ŵẁẃẅẇẉẘ"}, {'x', "ẋẍ"},
	{'y', "ýÿŷȳẏẙỳỵỷỹ"}, {'z', "źżžẑẓẕƶ"},
}

// foldLong are letters that stand for two.
var foldLong = map[rune]string{'ß': "ss", 'æ': "ae", 'ǽ': "ae", 'œ': "oe", 'þ': "th", 'ð': "d"}

// skeleton is the same for most spellings of a name that was written in another
// alphabet, or that sound alike: its consonants, those that are written in
// several ways made one, with the first vowel where the name begins with one.
func skeleton(w string) string {
	var b []byte
	add := func(c byte) {
		if len(b) == 0 || b[len(b)-1] != c {
			b = append(b, c)
		}
	}
	for i := 0; i < len(w); i++ {
		c, next := w[i], byte(0)
		if i+1 < len(w) {
			next = w[i+1]
		}
		switch c {
		case 'a', 'e', 'i', 'o', 'u', 'y', 'j':
			if c == 'j' && i == 0 {
				add('j')
			} else if i == 0 {
				add('a')
			}
		case 'h':
			if i == 0 {
				add('h')
			}
		case 'c', 'k', 'q', 'g', 'x':
			if c == 'c' && (next == 'h' || next == 'z' || next == 'e' || next == 'i') {
				add('s')
			} else {
				add('k')
			}
		case 'p':
			if next == 'h' {
				add('f')
			} else {
				add('b')
			}
		case 'b':
			add('b')
		case 'f', 'v', 'w':
			add('f')
		case 's', 'z':
			add('s')
		case 't', 'd':
			if c == 't' && (next == 's' || next == 'z') {
				continue // Tsvetkov, Tzipi
			}
			add('t')
		default:
			add(c)
		}
	}
	return string(b)
}

// distance is the number of letters to insert, remove, change, or swap with the
// next, from a to b; some number beyond most where there are more than most.
func distance(a, b string, most int) int {
	if len(a)-len(b) > most || len(b)-len(a) > most || len(a) > 64 || len(b) > 64 {
		return most + 1
	}
	var rows [3][65]int
	before, last, row := &rows[0], &rows[1], &rows[2]
	for j := range len(b) + 1 {
		last[j] = j
	}
	for i := range len(a) {
		row[0] = i + 1
		for j := range len(b) {
			change := last[j]
			if a[i] != b[j] {
				change++
			}
			row[j+1] = min(change, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}

// sameGiven says how two given names go together.
func sameGiven(a, b string) Rule {
	switch {
	case a == b:
		return RuleName
	case len(a) == 1 || len(b) == 1:
		if begins(a, b) || begins(b, a) {
			return RuleInitials
		}
	case nicknames(a, b):
		return RuleNickname
	case spelling(a, b):
		return RuleSpelling
	}
	return RuleNone
}

// begins reports whether the initial may be that of the given name, or of one
// that it is a short form of.
func begins(given, initial string) bool {
	return len(initial) == 1 && (given[0] == initial[0] ||
		slices.ContainsFunc(shortForms[given], func(long string) bool { return long[0] == initial[0] }))
}

// spelling reports whether two words are likely to be one, spelled in two ways.
func spelling(a, b string) bool {
	if len(a) < 4 || len(b) < 4 || skeleton(a) != skeleton(b) {
		// Jon and John, Ann and Anne: short ones differ in one letter, which no
		// sound has.
		return len(a) >= 3 && len(b) >= 3 && skeleton(a) == skeleton(b) && a[0] == b[0] && distance(a, b, 1) <= 1
	}
	return distance(a, b, 2) <= 1+min(len(a), len(b))/7
}

// nicknames reports whether one of two given names is a short form of the
// other: by the list, or as its beginning.
func nicknames(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(a) >= 3 && strings.HasPrefix(b, a) && len(b)-len(a) >= 2 {
		return true
	}
	return slices.Contains(shortForms[a], b) || slices.Contains(shortForms[b], a) ||
		slices.ContainsFunc(shortForms[a], func(long string) bool { return slices.Contains(shortForms[b], long) })
}

// middlesAgree reports whether the middle names may be one person's: one has
// none, or each goes with that at its place by its initial or its letters.
func middlesAgree(a, b []string) bool {
	for i := range min(len(a), len(b)) {
		x, y := a[i], b[i]
		if x != y && (x[0] != y[0] || len(x) > 1 && len(y) > 1 && !spelling(x, y)) {
			return false
		}
	}
	return true
}

// relate says by what rule two full names may be one person's, and the log-odds
// of it that the names alone give where both are of one article's world.
// RuleNone says that they may not.
func relate(a, b *name) (Rule, float64) {
	if len(a.words) < 2 || len(b.words) < 2 {
		return RuleNone, 0
	}
	if a.suffix != b.suffix && a.suffix != "" && b.suffix != "" {
		return RuleNone, 0
	}
	rule, odds := relateWords(a, b)
	if rule == RuleNone {
		return RuleNone, 0
	}
	if a.suffix != b.suffix {
		if rule == RuleName {
			rule = RuleSuffix
		}
		odds -= 1.5
		if a.suffix == "sr" || b.suffix == "sr" { // the other is the younger one
			odds -= 1.5
		}
	}
	return rule, odds
}

func relateWords(a, b *name) (Rule, float64) {
	if len(a.words) > len(b.words) {
		a, b = b, a
	}
	surname := a.surname() == b.surname()
	if !surname {
		// Xi Jinping, Jinping Xi
		if len(a.words) == 2 && len(b.words) == 2 && a.words[0] == b.words[1] && a.words[1] == b.words[0] {
			return RuleSpelling, 1.5
		}
		if !spelling(a.surname(), b.surname()) {
			return RuleNone, 0
		}
	}
	agree := middlesAgree(a.middle(), b.middle())
	given := sameGiven(a.given(), b.given())
	if a.nick != "" && sameGiven(a.nick, b.given()) == RuleName || b.nick != "" && sameGiven(b.nick, a.given()) == RuleName {
		given = RuleName
	}
	middles := len(a.middle()) > 0 && len(b.middle()) > 0 // that agree: two names the more in common
	switch {
	case given == RuleNone || !agree:
		// W. Mitt Romney is Mitt Romney, and Debbie Wasserman Schultz is at times
		// Wasserman Schultz.
		if surname && len(a.words) >= 2 && len(b.words) > len(a.words) && slices.Equal(a.words, b.words[len(b.words)-len(a.words):]) {
			if len(b.words[0]) == 1 {
				return RuleMiddle, 1.5
			}
			return RuleSurname, 0
		}
		return RuleNone, 0
	case !surname && given == RuleName:
		if min(len(a.surname()), len(b.surname())) < 5 {
			return RuleSpelling, -0.5
		}
		return RuleSpelling, 1.5
	case !surname && given == RuleSpelling:
		if min(len(a.surname()), len(b.surname()), len(a.given()), len(b.given())) < 6 {
			return RuleSpelling, -1.5 // Dean Baker, Dan Backer
		}
		return RuleSpelling, 0.5
	case !surname:
		return RuleNone, 0
	case given == RuleName && len(a.middle()) == len(b.middle()):
		return RuleName, 3 // J. Robert and J Robert; A. and Alan between
	case given == RuleName:
		return RuleMiddle, 2.2
	case given == RuleNickname:
		if middles {
			return given, 2
		}
		return given, 0.6
	case given == RuleInitials && middles:
		return given, 1.5
	case given == RuleInitials:
		return given, -0.3
	}
	if middles {
		return given, 1.2
	}
	return given, 0.4
}
