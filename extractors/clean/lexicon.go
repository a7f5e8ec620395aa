package clean

import (
	"strings"
	"unicode/utf8"
)

// dateClass says what part a word can have in a date or time of day.
type dateClass uint8

const (
	dateNone   dateClass = iota
	dateName             // a month or a day of the week
	dateNumber           // 21, 21st, 10:42, 2017-03-26, 7.01pm
	dateHelp             // am, GMT, ago, updated, at, IST …
)

// word returns the first run of letters, digits and inner marks in s, and
// what follows it.
func word(s string) (w, rest string) {
	i := 0
	for i < len(s) && !isWordByte(s[i]) {
		i++
	}
	j := i
	for j < len(s) && (isWordByte(s[j]) || j+1 < len(s) && isWordByte(s[j+1]) && (s[j] == '.' || s[j] == ':' || s[j] == '/' || s[j] == '-' || s[j] == '\'')) {
		j++
	}
	return s[i:j], s[j:]
}

func isWordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || isDigit(c) || c >= utf8.RuneSelf
}

// dateWord returns what part w can have in a date.
func dateWord(w string) dateClass {
	if w == "" || len(w) > 25 {
		return dateNone
	}
	if isDigit(w[0]) {
		return dateNumeral(w)
	}
	h := uint32(hashSeed)
	for i := 0; i < len(w); i++ {
		c := w[i]
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		h = (h ^ uint32(c)) * hashPrime
	}
	return plainWords.find(h, w).date(w)
}

// dateNumeral classes a word that begins with a digit.
func dateNumeral(w string) dateClass {
	digits, marks, letters := 0, 0, 0
	for i := 0; i < len(w); i++ {
		switch c := w[i]; {
		case isDigit(c):
			digits++
		case c == ':' || c == '/' || c == '-' || c == '.':
			marks++
		default:
			letters++
		}
	}
	if letters == 0 {
		if digits <= 2 || digits == 4 || marks >= 1 && digits <= 14 {
			return dateNumber
		}
		return dateNone
	}
	tail := w[len(w)-min(letters, len(w)):]
	switch tail {
	case "am", "pm", "AM", "PM", "st", "nd", "rd", "th", "h", "m", "d", "w", "hrs", "min", "mins", "a.m", "p.m":
		return dateNumber
	}
	if letters <= 4 && marks > 0 && (w[len(w)-1] == 'Z' || w[len(w)-1] == 'm' || w[len(w)-1] == 'M') {
		return dateNumber
	}
	return dateNone
}

// plainWord is what is known of a word of letters.
type plainWord struct {
	word string // in small letters
	hash uint32 // as facts hold it
	part dateClass
	// proper: it has its part in a date only with a capital.
	proper bool
	// function: running prose cannot do without it and furniture mostly can.
	function bool
}

// date returns what part the word, written as w, can have in a date.
func (p *plainWord) date(w string) dateClass {
	if p.proper && w[0] >= 'a' {
		return dateNone
	}
	return p.part
}

// wordTable finds words by open addressing.
type wordTable struct {
	words []plainWord // by slot; "" is free
}

// find returns what is known of w, whose letters, in small ones, have the hash
// h.
func (t *wordTable) find(h uint32, w string) *plainWord {
	for i := h; ; i++ {
		p := &t.words[i%wordSlots]
		if p.word == "" || p.hash == h && sameLetters(w, p.word) {
			return p
		}
	}
}

// sameLetters reports whether w is word, which is in small letters.
func sameLetters(w, word string) bool {
	if len(w) != len(word) {
		return false
	}
	for i := 0; i < len(w); i++ {
		c := w[i]
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != word[i] {
			return false
		}
	}
	return true
}

// wordSlots is several times the number of the words.
const wordSlots = 1024

// plainWords are the words of dates, and the function words of English, German,
// French and Spanish.
var plainWords = func() (t wordTable) {
	t.words = make([]plainWord, wordSlots)
	each := func(list string, set func(p *plainWord)) {
		for w := range strings.FieldsSeq(list) {
			h := uint32(hashSeed)
			for i := range len(w) {
				h = (h ^ uint32(w[i])) * hashPrime
			}
			p := t.find(h, w)
			p.word, p.hash = w, h
			set(p)
		}
	}
	each(`january february march april june july august september october november december
		jan feb mar apr jun jul aug sep sept oct nov dec
		monday tuesday wednesday thursday friday saturday sunday
		mon tue tues wed thu thur thurs fri sat`, func(p *plainWord) { p.part = dateName })
	each("may sun", func(p *plainWord) { p.part, p.proper = dateName, true })
	each(`am pm a.m p.m gmt utc bst ist est edt et pt pst pdt ct cst cdt cet cest aest aedt sgt
		ago hours hour hrs hr minutes minute mins min days day weeks week months month years year
		updated published posted modified last first today yesterday at on date time noon midnight just now read`,
		func(p *plainWord) { p.part = dateHelp })
	each(`the a an of to in and that is was it he she they we i his her their had has have
		been be were are will would could said says who which with as by but not from than when about after
		don't it's i'm no what there so if
		der die das und den dem des ein eine nicht von mit dass ist sich auf wird hat
		le la les de du et un une est que qui pas dans
		el los las del y en por con una se no.`, func(p *plainWord) { p.function = true })
	return t
}()
