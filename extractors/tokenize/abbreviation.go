package tokenize

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// kind of abbreviation: what its full stop says about the end of a sentence.
type abbreviation uint8

const (
	plain    abbreviation = iota // no abbreviation
	before                       // always before something: Mr., Sen.
	numbered                     // before a number: Jan., No.
	anywhere                     // may end a sentence: U.S., Inc., p.m., etc.
)

// abbreviationOf looks up a word without its full stop.
func abbreviationOf(w string) abbreviation {
	switch w {
	case "Mr", "Mrs", "Ms", "Mx", "Dr", "Prof", "Messrs", "Mmes", "Mme", "Mlle", "Hon", "Rev", "Fr", "Sr.", "Msgr",
		"Sen", "Sens", "Rep", "Reps", "Gov", "Govs", "Pres", "Atty", "Dist", "Asst", "Supt", "Insp", "Det", "Amb",
		"Gen", "Lt", "Col", "Maj", "Capt", "Sgt", "Cpl", "Pvt", "Pfc", "Cmdr", "Adm", "Brig", "Spc", "Ofc",
		"St", "Ste", "Mt", "Ft", "MR", "MRS", "MS", "DR", "SEN", "REP", "GOV", "vs", "Vs", "viz", "cf", "approx",
		"Drs", "Profs", "Supts", "Sgts", "Gens", "Lts", "Ald", "Del", "Dep", "Cllr", "Sec", "Ass'n", "incl", "Comdr",
		"Shri", "Smt", "Sri", "Adv", "Er", "Ven", "Abp", "Bp":
		return before
	case "Jan", "Feb", "Mar", "Apr", "Aug", "Sept", "Sep", "Oct", "Nov", "Dec", "Fig", "Figs", "No", "Nos", "no", "nos", "pp", "Vol", "vol", "Art", "Ch", "Sect", "Rs", "ca":
		return numbered
	case "Inc", "Corp", "Co", "Cos", "Ltd", "Bros", "Jr", "Sr", "Esq", "LLC", "Pty", "Plc", "PLC", "Bhd", "Pvt.", "Assn", "Univ", "Dept", "Intl", "Natl",
		"Ave", "Blvd", "Rd", "Hwy", "Pkwy", "Sq", "Apt", "Bldg", "Rte",
		"etc", "al", "est", "ft", "lb", "lbs", "oz", "min", "hr", "hrs", "yr", "yrs", "mph", "sq", "tsp", "tbsp", "ed", "eds", "dept",
		"Ala", "Ariz", "Ark", "Calif", "Colo", "Conn", "Fla", "Ga", "Ill", "Ind", "Kan", "Ky", "La", "Md", "Mass", "Mich", "Minn",
		"Miss", "Mo", "Mont", "Neb", "Nev", "Okla", "Ore", "Pa", "Penn", "Tenn", "Tex", "Va", "Vt", "Wash", "Wis", "Wyo", "Del.", "Ont", "Que", "Alta", "Sask", "Man",
		"Ph.D", "Ph.Ds", "Hons", "Tues", "Thurs", "Mon", "Wed", "Fri", "Sat", "Sun", "Ed", "Eds":
		return anywhere
	}
	if acronym(w) {
		return anywhere
	}
	return plain
}

// acronym reports whether w is single letters with full stops between: U.S,
// a.m, e.g.
func acronym(w string) bool {
	if len(w) < 3 {
		return false
	}
	wantLetter := true
	for _, r := range w {
		if wantLetter != unicode.IsLetter(r) || !wantLetter && r != '.' {
			return false
		}
		wantLetter = !wantLetter
	}
	return !wantLetter
}

func title(w string) bool { return abbreviationOf(w) == before }

// abbreviated reports whether the full stop at end belongs to the word
// text[start:end].
func (s *scanner) abbreviated(start, end int) bool {
	w := s.text[start:end]
	if i := strings.LastIndexByte(w, '-'); i >= 0 {
		w = w[i+1:] // R-Ariz.
	}
	next, afterSpace := s.nextRune(end + 1)
	if r, n := utf8.DecodeRuneInString(w); n == len(w) && unicode.IsUpper(r) {
		return s.initial(start, r, next, afterSpace)
	}
	switch abbreviationOf(w) {
	case before:
		return next != 0
	case numbered:
		if unicode.IsDigit(next) {
			return true
		}
		switch w {
		case "No", "Nos", "no", "nos", "Art", "Mar", "ca", "Ch", "Sect", "vol", "pp":
			return false
		}
		return true
	case anywhere:
		switch w {
		case "al", "est", "ed", "min", "hr", "Sun", "Sat", "Mon", "Wed", "Fri", "Man", "Ed", "Eds", "eds":
			// Words of their own: only in the middle of a sentence.
			return unicode.IsLower(next) || unicode.IsDigit(next) || next == ',' || next == ')'
		case "Miss", "Mass", "Ill", "Wash", "Ore", "Ind", "La", "Pa", "Mo", "Tex", "Penn", "Va", "Ga", "Md":
			// States: after a place and a comma, or a party and a hyphen.
			return s.text[start:end] != w || s.commaBefore(start) || next == ',' || unicode.IsLower(next)
		}
		return true
	}
	return false
}

// initial reports whether a capital with a full stop is short for a name.
func (s *scanner) initial(start int, r, next rune, afterSpace bool) bool {
	if next == ',' || !afterSpace && isWord(next) {
		return true
	}
	if !unicode.IsUpper(next) {
		return unicode.IsLower(next)
	}
	// "So do I. The", "vitamin C. It" against "Samuel L. Jackson", "J. K. Rowling".
	if n := len(s.toks); n > 0 {
		prev := s.toks[n-1]
		if first, _ := utf8.DecodeRuneInString(s.text[prev.Start:]); unicode.IsLower(first) && prev.End < start {
			return r != 'I' && r != 'A'
		}
	}
	return true
}

func (s *scanner) commaBefore(start int) bool {
	n := len(s.toks)
	return n > 0 && s.text[s.toks[n-1].Start:s.toks[n-1].End] == ","
}

// nextRune returns the first rune at or after i that is not white space, 0
// when the block ends before, and whether white space comes first.
func (s *scanner) nextRune(i int) (r rune, afterSpace bool) {
	for {
		r, n := s.rune(i)
		if n == 0 {
			return 0, afterSpace
		}
		if classOf(r) != space {
			return r, afterSpace
		}
		i, afterSpace = i+n, true
	}
}
