package ingest

import (
	"math/bits"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/language"
)

// languageTag makes a BCP 47 tag of what an input says its language is ("en",
// "en_US", "eng", "English"), or "" of what is no language.
func languageTag(s string) string {
	s = strings.TrimSpace(s)
	if s == "" {
		return ""
	}
	if code, ok := languageNames[strings.ToLower(s)]; ok {
		return code
	}
	t, err := language.Parse(s)
	if err != nil || t == language.Und {
		return ""
	}
	return t.String()
}

var languageNames = map[string]string{
	"english": "en", "german": "de", "french": "fr", "spanish": "es", "italian": "it", "portuguese": "pt",
	"dutch": "nl", "swedish": "sv", "danish": "da", "norwegian": "no", "polish": "pl", "russian": "ru",
	"arabic": "ar", "chinese": "zh", "japanese": "ja", "hindi": "hi", "turkish": "tr",
}

const und = "und" // BCP 47's tag for a language that is not known

// LanguageOf tells the language of a text as a BCP 47 tag: "en", "pl", "ar". It
// is "und" where the text is too short to tell, or hardly more than names and
// numbers, and a tag with a script, "und-Latn", "und-Cyrl", where the language is
// none that it knows and surely not English.
//
// It is made for one question above all: whether an article is one that the
// models read. An English text is not taken for another for the foreign words,
// names or letters in it, as long as a third of it is English; other languages
// are told apart as well as their function words allow, Danish from Norwegian
// less well than from English.
//
// It counts the words of each language's list among those of the text that are
// not capitalized, for names are made of function words too ("Las Vegas", "De
// Niro"), and the letters of each script. Of long texts it looks at four pieces
// of 1,000 bytes, spread evenly.
func LanguageOf(text string) string { return defaultLanguages().of(text) }

// What LanguageOf goes by. Shares are in percent of the words that are not
// capitalized.
const (
	samplePieces     = 4
	sampleBytes      = 1000
	leastLetters     = 16 // of a text
	latinThird       = 3  // English is sought where a letter in three is Latin
	ideographLetters = 3  // that one ideograph or kana is worth
	kanaShare        = 20 // Japanese has a kana among so many, Chinese none
	englishShare     = 4  // words of English alone, in English
	foreignShare     = 10 // words of a language in the Latin script, in that
	foreignKinds     = 4  // and different ones
	otherShare       = 3  // words of a language in another script
	proseShare       = 40 // words that are not capitalized in prose, of all words
	nameShare        = 80 // function words in lists of names, of those not capitalized
	proseWords       = 60 // from which on a text is prose, or long enough a list
	strangeShare     = 3  // English words at most in what is not English
	markedShare      = 15 // or words with letters beyond ASCII
)

// wordSet is a hash table, by open addressing, of all words of functionWords.
type wordSet struct {
	tags    []string
	scripts []scriptID // by language
	words   [wordPlaces]wordEntry
}

const (
	wordPlaces   = 1 << 13
	maxLanguages = 128
	english      = 0                // its place in functionWords
	englishAlone = maxLanguages - 1 // the counter of englishWords
)

// wordEntry is a word and the languages whose list has it, one bit each.
type wordEntry struct {
	hash uint64 // 0 where there is none
	in   [maxLanguages / 64]uint64
}

var defaultLanguages = sync.OnceValue(newWordSet)

func newWordSet() *wordSet {
	s := &wordSet{}
	add := func(words string, language int) (in scriptID) {
		for w := range strings.FieldsSeq(words) {
			h := wordSeed
			for _, r := range w {
				h = (h ^ uint64(r)) * wordPrime
				if in == scriptNone {
					in = scriptOf(r)
				}
			}
			e := &s.words[s.find(h)]
			e.hash = h
			e.in[language/64] |= 1 << (language % 64)
		}
		return in
	}
	for i, l := range functionWords {
		s.tags = append(s.tags, l.tag)
		s.scripts = append(s.scripts, add(l.words, i))
	}
	add(englishWords, englishAlone)
	return s
}

// FNV of 64 bits (Fowler, Noll and Vo), over characters.
const (
	wordSeed  = uint64(14695981039346656037)
	wordPrime = 1099511628211
)

// find returns the place of the word with the hash, or where it would be.
func (s *wordSet) find(hash uint64) int {
	for i := hash ^ hash>>32; ; i++ {
		at := int(i % wordPlaces)
		if h := s.words[at].hash; h == hash || h == 0 {
			return at
		}
	}
}

// of tells the language of a text.
func (s *wordSet) of(text string) string {
	var t tally
	shout := inCapitals(text)
	if len(text) <= samplePieces*sampleBytes {
		t.count(s, text, shout)
	} else {
		for i := range samplePieces {
			start := i * (len(text) - sampleBytes) / (samplePieces - 1)
			t.count(s, text[start:start+sampleBytes], shout) // a character cut in two is no letter
		}
	}
	t.byLanguage(s)
	return s.judge(&t)
}

// inCapitals reports whether most ASCII letters at the beginning of the text
// are capitals.
func inCapitals(text string) bool {
	upper, lower := 0, 0
	for i := range min(len(text), sampleBytes) {
		if c := text[i]; 'a' <= c && c <= 'z' {
			lower++
		} else if 'A' <= c && c <= 'Z' {
			upper++
		}
	}
	return upper > lower
}

// tally counts what stands in a text.
type tally struct {
	letters  [numScripts]int
	words    [numScripts]int                        // those not capitalized
	capitals int                                    // capitalized words in Latin letters
	marked   int                                    // of them, those in Latin letters with one beyond ASCII
	times    [wordPlaces]uint16                     // that the word of each place was met
	met      [samplePieces * sampleBytes / 2]uint16 // the places of words that were, each once
	kept     int                                    // in met
	// By language, words of its list, and different ones.
	hits, kinds [maxLanguages]int
}

// count adds a piece of text. In a text that is all in capitals they do not tell
// a name.
func (t *tally) count(s *wordSet, text string, shout bool) {
	for i := 0; i < len(text); {
		r, n := rune(text[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRuneInString(text[i:])
		}
		script := scriptOf(r)
		if script == scriptNone {
			i += n
			continue
		}
		capital := !shout && (r >= utf8.RuneSelf && unicode.IsUpper(r) || 'A' <= r && r <= 'Z')
		hash, marked := wordSeed, false
		for in := script; in != scriptNone; {
			t.letters[in]++
			if r < utf8.RuneSelf {
				r |= 0x20 // a letter
			} else {
				r, marked = unicode.ToLower(r), true
			}
			hash = (hash ^ uint64(r)) * wordPrime
			if i += n; i >= len(text) {
				break
			}
			if r, n = rune(text[i]), 1; r >= utf8.RuneSelf {
				r, n = utf8.DecodeRuneInString(text[i:])
			}
			in = scriptOf(r)
		}
		if capital {
			if script == scriptLatin {
				t.capitals++
			}
			t.noteCapital(s, hash)
			continue
		}
		t.words[script]++
		if marked && script == scriptLatin {
			t.marked++
		}
		t.note(s, hash)
	}
}

// note counts a word if it is on a list.
func (t *tally) note(s *wordSet, hash uint64) {
	at := s.find(hash)
	if s.words[at].hash == 0 {
		return
	}
	if t.times[at] == 0 {
		t.met[t.kept] = uint16(at)
		t.kept++
	}
	t.times[at]++
}

// byLanguage counts for each language what was noted.
func (t *tally) byLanguage(s *wordSet) {
	for _, at := range t.met[:t.kept] {
		for half, set := range s.words[at].in {
			for ; set != 0; set &= set - 1 {
				k := half*64 + bits.TrailingZeros64(set)
				t.hits[k] += int(t.times[at])
				t.kinds[k]++
			}
		}
	}
}

// noteCapital counts a capitalized word if it is of English alone, which other
// languages have in titles of works at most.
func (t *tally) noteCapital(s *wordSet, hash uint64) {
	if e := &s.words[s.find(hash)]; e.hash != 0 && e.in[englishAlone/64]>>(englishAlone%64)&1 != 0 {
		t.hits[english]++
		t.hits[englishAlone]++
	}
}

// judge makes a tag of what was counted.
func (s *wordSet) judge(t *tally) string {
	t.letters[scriptHan] = ideographLetters * (t.letters[scriptHan] + t.letters[scriptKana])
	main, all := scriptLatin, 0
	for script, n := range t.letters {
		if script == int(scriptKana) {
			continue // counted with Han
		}
		all += n
		if n > t.letters[main] {
			main = scriptID(script)
		}
	}
	if all < leastLetters {
		return und
	}
	if t.letters[scriptLatin]*latinThird >= all && s.english(t) {
		return "en"
	}
	switch main {
	case scriptLatin:
		return s.latin(t)
	case scriptHan:
		if t.letters[scriptKana]*ideographLetters*kanaShare >= t.letters[scriptHan] {
			return "ja"
		}
		return "zh"
	}
	if best := s.best(t, main); best >= 0 && t.kinds[best] >= 2 && percent(t.hits[best], t.words[main]) >= otherShare {
		return s.tags[best]
	}
	return scriptTags[main]
}

// english reports whether the Latin words are English prose, or as English as
// anything else.
func (s *wordSet) english(t *tally) bool {
	alone := t.hits[englishAlone]
	return alone >= 2 && percent(alone, t.words[scriptLatin]) >= englishShare && 2*t.hits[english] >= t.hits[s.best(t, scriptLatin)]
}

// latin tells a language that is not English by its Latin words.
func (s *wordSet) latin(t *tally) string {
	words, best := t.words[scriptLatin], s.best(t, scriptLatin)
	hits, ofEnglish := t.hits[best], t.hits[english]
	if percent(words, words+t.capitals) < proseShare && percent(hits, words) > nameShare {
		return und // "Juan de la Cruz, Los Angeles; Luis del Río, El Paso"
	}
	if t.kinds[best] >= foreignKinds && percent(hits, words) >= foreignShare && 2*hits >= 3*ofEnglish {
		return s.tags[best]
	}
	strange := percent(ofEnglish, words) <= strangeShare || percent(t.marked, words) >= markedShare
	if words >= proseWords && percent(t.hits[englishAlone], words) == 0 && strange {
		return "und-Latn"
	}
	return und
}

// best returns the language of a script with most words in the text, other than
// English, the earlier of equals; -1 where the script has none.
func (s *wordSet) best(t *tally, script scriptID) int {
	best := -1
	for k := english + 1; k < len(s.tags); k++ {
		if s.scripts[k] == script && (best < 0 || t.hits[k] > t.hits[best]) {
			best = k
		}
	}
	return best
}

func percent(n, of int) int { return 100 * n / max(of, 1) }

// script is a system of Script.
type scriptID uint8

const (
	scriptNone scriptID = iota // no letter
	scriptLatin
	scriptGreek
	scriptCyrillic
	scriptArmenian
	scriptHebrew
	scriptArabic
	scriptDevanagari
	scriptBengali
	scriptGurmukhi
	scriptGujarati
	scriptOriya
	scriptTamil
	scriptTelugu
	scriptKannada
	scriptMalayalam
	scriptSinhala
	scriptThai
	scriptLao
	scriptTibetan
	scriptMyanmar
	scriptGeorgian
	scriptHangul
	scriptEthiopic
	scriptKhmer
	scriptKana
	scriptHan
	scriptOther
	numScripts
)

// scriptTags holds for each script the language that news is written in with it,
// where there is one; else a tag with the script.
var scriptTags = [numScripts]string{
	scriptNone: und, scriptLatin: "und-Latn", scriptGreek: "el", scriptCyrillic: "und-Cyrl", scriptArmenian: "hy",
	scriptHebrew: "he", scriptArabic: "und-Arab", scriptDevanagari: "und-Deva", scriptBengali: "bn", scriptGurmukhi: "pa",
	scriptGujarati: "gu", scriptOriya: "or", scriptTamil: "ta", scriptTelugu: "te", scriptKannada: "kn", scriptMalayalam: "ml",
	scriptSinhala: "si", scriptThai: "th", scriptLao: "lo", scriptTibetan: "bo", scriptMyanmar: "my", scriptGeorgian: "ka",
	scriptHangul: "ko", scriptEthiopic: "am", scriptKhmer: "km", scriptKana: "ja", scriptHan: "zh", scriptOther: "und-Zzzz",
}

// scriptBlocks are the blocks of Unicode in order, with what fills them. What
// lies between is of scriptOther.
var scriptBlocks = [...]struct {
	first, last rune
	script      scriptID
}{
	{0xAA, 0x36F, scriptLatin}, {0x370, 0x3FF, scriptGreek}, {0x400, 0x52F, scriptCyrillic}, {0x531, 0x58F, scriptArmenian},
	{0x591, 0x5FF, scriptHebrew}, {0x600, 0x6FF, scriptArabic}, {0x750, 0x77F, scriptArabic}, {0x870, 0x8FF, scriptArabic},
	{0x900, 0x97F, scriptDevanagari}, {0x980, 0x9FF, scriptBengali}, {0xA00, 0xA7F, scriptGurmukhi}, {0xA80, 0xAFF, scriptGujarati},
	{0xB00, 0xB7F, scriptOriya}, {0xB80, 0xBFF, scriptTamil}, {0xC00, 0xC7F, scriptTelugu}, {0xC80, 0xCFF, scriptKannada},
	{0xD00, 0xD7F, scriptMalayalam}, {0xD80, 0xDFF, scriptSinhala}, {0xE00, 0xE7F, scriptThai}, {0xE80, 0xEFF, scriptLao},
	{0xF00, 0xFFF, scriptTibetan}, {0x1000, 0x109F, scriptMyanmar}, {0x10A0, 0x10FF, scriptGeorgian}, {0x1100, 0x11FF, scriptHangul},
	{0x1200, 0x139F, scriptEthiopic}, {0x1780, 0x17FF, scriptKhmer}, {0x1E00, 0x1EFF, scriptLatin}, {0x1F00, 0x1FFF, scriptGreek},
	{0x2070, 0x218F, scriptLatin}, {0x3005, 0x3007, scriptHan}, {0x3041, 0x30FF, scriptKana}, {0x3130, 0x318F, scriptHangul},
	{0x31F0, 0x31FF, scriptKana}, {0x3400, 0x9FFF, scriptHan}, {0xA720, 0xA7FF, scriptLatin}, {0xAC00, 0xD7FF, scriptHangul},
	{0xF900, 0xFAFF, scriptHan}, {0xFB00, 0xFB06, scriptLatin}, {0xFB50, 0xFDFF, scriptArabic}, {0xFE70, 0xFEFC, scriptArabic},
	{0xFF21, 0xFF5A, scriptLatin}, {0xFF66, 0xFF9F, scriptKana}, {0x20000, 0x323AF, scriptHan},
}

// scriptOf returns the script of a letter, or of a mark set on one, and
// scriptNone for anything else.
func scriptOf(r rune) scriptID {
	if r < utf8.RuneSelf {
		return asciiScripts[r&(utf8.RuneSelf-1)]
	}
	return scriptBeyondASCII(r)
}

var asciiScripts = func() (t [utf8.RuneSelf]scriptID) {
	for c := 'a'; c <= 'z'; c++ {
		t[c], t[c+'A'-'a'] = scriptLatin, scriptLatin
	}
	return t
}()

func scriptBeyondASCII(r rune) scriptID {
	if !unicode.IsLetter(r) && !unicode.IsMark(r) {
		return scriptNone
	}
	lo, hi := 0, len(scriptBlocks)
	for lo < hi {
		if mid := (lo + hi) / 2; scriptBlocks[mid].last < r {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo == len(scriptBlocks) || r < scriptBlocks[lo].first {
		return scriptOther
	}
	return scriptBlocks[lo].script
}

const undetermined = "und"

// believed is the language of a document that declares one, or "", and whose
// text tells one: that of the text, unless it tells nothing, or the same with
// less detail, or no more than that it is not English.
func believed(declared, told string) string {
	base := BaseLanguage(declared)
	switch known := base != "" && base != undetermined; {
	case told == undetermined, known && base == BaseLanguage(told):
		return declared
	case known && base != "en" && BaseLanguage(told) == undetermined:
		return declared
	}
	return told
}

// BaseLanguage is the language of a BCP 47 tag without script and region: "en"
// of "en-GB".
func BaseLanguage(tag string) string {
	base, _, _ := strings.Cut(tag, "-")
	return base
}
