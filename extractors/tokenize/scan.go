package tokenize

import (
	"unicode"
	"unicode/utf8"

	"github.com/onrecord-nlp/onrecord/pipeline"
)

// class is what a rune is to the scanner.
type class uint8

const (
	symbol class = iota
	space
	letter // letters, and marks that join them
	digit
)

var ascii = func() (t [utf8.RuneSelf]class) {
	for c := range t {
		switch {
		case c == ' ' || '\t' <= c && c <= '\r':
			t[c] = space
		case 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_':
			t[c] = letter
		case '0' <= c && c <= '9':
			t[c] = digit
		}
	}
	return t
}()

func classOf(r rune) class {
	switch {
	case r < utf8.RuneSelf:
		return ascii[r]
	case unicode.IsLetter(r) || unicode.IsMark(r):
		return letter
	case unicode.IsDigit(r):
		return digit
	case unicode.IsSpace(r):
		return space
	case r == '\u00ad' || r == '\u200c' || r == '\u200d': // soft hyphen, non-joiner, joiner
		return letter
	}
	return symbol
}

func isWord(r rune) bool { c := classOf(r); return c == letter || c == digit }

func isApostrophe(r rune) bool { return r == '\'' || r == '’' }

// scanner cuts one block into tokens. All offsets count bytes of text.
type scanner struct {
	text string
	end  int // of the block
	toks []pipeline.Token
}

// rune returns the rune at i and its width; at or after the end of the block
// it returns a space of width 0.
func (s *scanner) rune(i int) (rune, int) {
	if i >= s.end {
		return ' ', 0
	}
	if c := s.text[i]; c < utf8.RuneSelf {
		return rune(c), 1
	}
	return utf8.DecodeRuneInString(s.text[i:s.end])
}

func (s *scanner) emit(start, end int) {
	if start < end {
		s.toks = append(s.toks, pipeline.Token{Span: pipeline.Span{Start: start, End: end}})
	}
}

// block appends the tokens of text[start:end]. Every rune there that is not
// white space falls into exactly one token.
func (s *scanner) block(start, end int) {
	s.end = end
	for i := start; i < end; {
		if s.text[i] == ' ' {
			i++
			continue
		}
		r, n := s.rune(i)
		switch classOf(r) {
		case space:
			i += n
		case letter, digit:
			i = s.word(i, i)
		default:
			i = s.symbol(i, r, n)
		}
	}
}

// symbol emits the token that begins with the symbol r of width n at i and
// returns its end.
func (s *scanner) symbol(i int, r rune, n int) int {
	next, _ := s.rune(i + n)
	end := i + n
	switch r {
	case '\'', '’', '‘':
		if next == r && !s.wordBetween(i, i+2*n) {
			end += n // two ticks that make one double mark
			break
		}
		if s.elision(i, i+n, r) {
			return s.word(i, i+n)
		}
	case '`':
		if next == '`' {
			end += n
		}
	case '.':
		if classOf(next) == digit && !s.wordBefore(i) {
			return s.word(i, i+n)
		}
		end = s.run(i, '.')
	case '-', '–', '—', '―':
		end = s.run(i, r)
	case '@', '#':
		if classOf(next) == letter && !s.wordBefore(i) {
			return s.handle(i, i+n)
		}
	}
	// What combines with the symbol before it: accents, variation selectors,
	// shades of skin, joined emoji.
	for {
		r, n := s.rune(end)
		if n == 0 || r < utf8.RuneSelf || !(unicode.IsMark(r) || r == '\u200d' || '\U0001F3FB' <= r && r <= '\U0001F3FF') {
			break
		}
		end += n
		if r == '\u200d' {
			if r, n := s.rune(end); classOf(r) == symbol {
				end += n
			}
		}
	}
	s.emit(i, end)
	return end
}

// run returns the end of the run of r that begins at i.
func (s *scanner) run(i int, r rune) int {
	for {
		q, n := s.rune(i)
		if n == 0 || q != r {
			return i
		}
		i += n
	}
}

// wordBefore reports whether a token ends at i, without white space.
func (s *scanner) wordBefore(i int) bool {
	return len(s.toks) > 0 && s.toks[len(s.toks)-1].End == i && i > 0 && isWord(lastRune(s.text[:i]))
}

// wordBetween reports whether words stand both before i and after j, without
// white space.
func (s *scanner) wordBetween(i, j int) bool {
	r, _ := s.rune(j)
	return isWord(r) && s.wordBefore(i)
}

func (s *scanner) handle(start, i int) int {
	for {
		r, n := s.rune(i)
		if n == 0 || !isWord(r) {
			break
		}
		i += n
	}
	s.emit(start, i)
	return i
}

// word emits the word that begins at start, of which text[start:i] is known to
// belong to it, and the clitics at its end. It returns the end of what it
// emitted.
func (s *scanner) word(start, i int) int {
	if end := s.link(start); end > 0 {
		s.emit(start, end)
		return end
	}
	// Most words are plain letters and then a space.
	k := i
	for k < s.end && s.text[k] < utf8.RuneSelf && ascii[s.text[k]] >= letter {
		k++
	}
	if k > i && k < s.end && s.text[k] == ' ' {
		s.emit(start, k)
		return k
	}
	var (
		prev    rune // the rune before i
		dot, at bool // a full stop, an at sign stand inside
	)
	for {
		r, n := s.rune(i)
		if n == 0 {
			break
		}
		if isWord(r) {
			prev, i = r, i+n
			continue
		}
		if classOf(r) == space || prev == 0 {
			break
		}
		if r == '$' {
			// US$5, C$2
			if next, _ := s.rune(i + n); classOf(next) == digit && upper(s.text[start:i]) {
				s.emit(start, i+n)
				return i + n
			}
			break
		}
		if !s.joins(start, i, prev, r, n, dot) {
			break
		}
		dot, at = dot || r == '.', at || r == '@'
		if r == '/' && dot && !at {
			i = s.linkEnd(i)
			s.emit(start, i)
			return i
		}
		prev, i = r, i+n
	}
	if r, n := s.rune(i); r == '.' {
		if after, _ := s.rune(i + n); after != '.' && s.abbreviated(start, i) {
			s.emit(start, i+n)
			return i + n
		}
	}
	return s.clitics(start, i)
}

// joins reports whether the symbol r of width n at i, after prev, stands
// inside the word that begins at start; dot tells whether a full stop stands in
// it before.
func (s *scanner) joins(start, i int, prev, r rune, n int, dot bool) bool {
	next, width := s.rune(i + n)
	if width == 0 {
		return r == '*' && prev == '*'
	}
	word := isWord(next)
	switch r {
	case '-', '\u2010', '\u2011':
		// A hyphen left open before "and" stays: pre- and post-war.
		return isWord(prev) && (word || classOf(next) == space && classOf(prev) == letter && s.openHyphen(i+n)) ||
			prev == '.' && word
	case '\'', '’', '‘':
		return word && (isWord(prev) || prev == '.')
	case '.':
		if !word {
			// U.S.-led, U.S.'s
			if next == '-' || isApostrophe(next) {
				after, _ := s.rune(i + n + width)
				return isWord(after) && (acronym(s.text[start:i]) || next == '-' && title(s.text[start:i]))
			}
			return false
		}
		return isWord(prev) && (dot || !s.missingSpace(start, i, prev, next, i+n+width))
	case ',', ':':
		return classOf(prev) == digit && classOf(next) == digit
	case '/', '@':
		return isWord(prev) && word
	case '&':
		return classOf(prev) == letter && classOf(next) == letter
	case '*':
		return word || next == '*' || prev == '*'
	}
	return false
}

// openHyphen reports whether "and", "or", "to" follow.
func (s *scanner) openHyphen(i int) bool {
	rest := s.text[i:s.end]
	for _, w := range [...]string{" and ", " or ", " to "} {
		if len(rest) > len(w) && rest[:len(w)] == w {
			return true
		}
	}
	return false
}

// missingSpace reports whether the full stop at i ends a sentence although no
// space follows it: "he said.The minister".
func (s *scanner) missingSpace(start, i int, prev, next rune, after int) bool {
	if !unicode.IsUpper(next) || unicode.IsUpper(prev) {
		return false
	}
	r, _ := s.rune(after)
	return unicode.IsLower(r) && i-start >= 3
}

// link returns the end of the web address that begins at i, or 0.
func (s *scanner) link(i int) int {
	if c := s.text[i] | 0x20; c != 'h' && c != 'w' {
		return 0
	}
	rest := s.text[i:s.end]
	switch {
	case hasPrefixFold(rest, "http://"), hasPrefixFold(rest, "https://"), hasPrefixFold(rest, "www."):
		return s.linkEnd(i)
	}
	return 0
}

// linkEnd returns the end of the web address that goes on at i.
func (s *scanner) linkEnd(i int) int {
	end := i
	for {
		r, n := s.rune(i)
		if n == 0 || classOf(r) == space {
			return end
		}
		switch r {
		case '"', '“', '”', '«', '»', '<', '>', '‘', '’', '‹', '›', '„', '‚':
			return end
		}
		i += n
		switch r {
		case '.', ',', ';', ':', '!', '?', ')', ']', '\'', '—', '–', '…':
		default:
			end = i
		}
	}
}

// clitics emits the word text[start:end], cut before 's, n't and their like,
// and after a final apostrophe that belongs to it (goin').
func (s *scanner) clitics(start, end int) int {
	if r, n := s.rune(end); isApostrophe(r) && dropped(s.text[start:end]) {
		s.emit(start, end+n)
		return end + n
	}
	cuts, n := [2]int{}, 0
	for stop := end; n < len(cuts); {
		cut := clitic(s.text[start:stop])
		if cut <= 0 {
			break
		}
		stop = start + cut
		cuts[n] = stop
		n++
	}
	i := start
	for n--; n >= 0; n-- {
		s.emit(i, cuts[n])
		i = cuts[n]
	}
	s.emit(i, end)
	return end
}

// clitic returns the offset in word where a contracted word at its end
// begins, or 0.
func clitic(word string) int {
	// From the end: up to two letters, an apostrophe, or t, apostrophe, n.
	for k := 1; k <= 2 && k < len(word); k++ {
		at := len(word) - k
		if !lowerOrUpper(word[at]) {
			return 0
		}
		width := 0
		switch {
		case word[at-1] == '\'':
			width = 1
		case at >= 3 && word[at-3:at] == "’" || at >= 3 && word[at-3:at] == "‘":
			width = 3
		default:
			continue
		}
		a := at - width
		switch tail := word[at:]; len(tail) {
		case 1:
			switch tail[0] | 0x20 {
			case 's', 'm', 'd':
				return a
			case 't':
				if a >= 2 && word[a-1]|0x20 == 'n' {
					return a - 1
				}
			}
		case 2:
			switch string([]byte{tail[0] | 0x20, tail[1] | 0x20}) {
			case "re", "ve", "ll":
				return a
			}
		}
		return 0
	}
	return 0
}

func lowerOrUpper(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// elision reports whether the apostrophe at i, which ends at j, stands for
// letters left out at the start of a word: 'tis, ’90s.
func (s *scanner) elision(i, j int, r rune) bool {
	if s.wordBefore(i) {
		return false
	}
	end := j
	for {
		q, n := s.rune(end)
		if n == 0 || !isWord(q) {
			break
		}
		end += n
	}
	w := s.text[j:end]
	if w == "" {
		return false
	}
	if w[0] >= '0' && w[0] <= '9' {
		if len(w) == 3 && w[2] == 's' && w[1] == '0' {
			return true // '90s
		}
		return r == '’' && len(w) == 2
	}
	switch w {
	case "s", "d", "m", "re", "ve", "ll":
		// A clitic cut off by a space or a mark: it 's.
		r, n := s.rune(end)
		return n == 0 || classOf(r) == space || r == '.' || r == ','
	case "em", "Em", "tis", "Tis", "twas", "Twas", "twere", "til", "cos", "coz", "nuff", "n", "N":
		return true
	case "till", "cause", "bout", "round", "neath", "ere", "appen", "ello":
		return r == '’'
	}
	return false
}

// dropped reports whether a word loses its last letters to an apostrophe.
func dropped(w string) bool {
	switch w {
	case "o", "O", "ol", "Ol", "th", "Th", "an", "wi",
		"doin", "goin", "nothin", "somethin", "talkin", "gettin", "comin", "lookin", "tryin", "makin",
		"sayin", "runnin", "workin", "livin", "thinkin", "feelin", "darlin", "mornin", "evenin", "everythin",
		"anythin", "playin", "takin", "givin", "singin", "fightin", "tellin", "waitin", "watchin", "hittin",
		"sittin", "cookin", "rockin", "fuckin", "freakin", "friggin", "drinkin", "huntin", "fishin", "hopin",
		"Nothin", "Goin", "Somethin", "Lookin", "Talkin", "Rockin":
		return true
	}
	return false
}

// upper reports whether w is up to three capitals.
func upper(w string) bool {
	for i := range len(w) {
		if i == 3 || w[i] < 'A' || w[i] > 'Z' {
			return false
		}
	}
	return true
}

func hasPrefixFold(s, prefix string) bool {
	if len(s) < len(prefix) {
		return false
	}
	for i := range len(prefix) {
		c := s[i]
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		if c != prefix[i] {
			return false
		}
	}
	return true
}

func lastRune(s string) rune {
	r, _ := utf8.DecodeLastRuneInString(s)
	return r
}
