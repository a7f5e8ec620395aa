package ingest

import (
	"strings"
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

// functionWords lists, for each language that [LanguageOf] knows, its
// commonest words that are rare in the others.
var functionWords = map[string]string{
	"en": "the of and to that was for with his it is by as had not be from they which have has were this are her but said will who their been an she he at would",
	"de": "der die und das den von zu mit sich des auf für ist im dem nicht ein eine als auch es hat werden aus wird bei sind einer nach wie wurde noch über einen",
	"fr": "le la les et des du une dans que qui pour pas sur au plus avec ce il est sont par ont été cette aux mais ses leur elle nous",
	"es": "el los las y del que una por con para su se lo como más pero sus este ya fue ha entre esta son también desde está muy",
	"it": "il di che è per una del della sono con non gli della dei alla più nel anche delle ha dal come essere questo nella ma lo",
	"pt": "o os e do da dos das em um uma que não para com por mais como foi ao ele seu sua ou quando muito nos já também pelo pela até isso",
	"nl": "de het een van en dat niet op te zijn voor met die aan er om hij ook naar maar bij uit wordt nog door heeft werd zich deze over",
	"sv": "och att det som en på är av för med till den har inte om ett han var jag men sig från vi så kan när efter också",
}

// LanguageOf tells the language of a text by its function words: "en", "de",
// "fr", "es", "it", "pt", "nl" or "sv", and "und" where too few of any stand
// in it. It looks at the first 4,000 bytes. It is made for telling whether an
// article is English, which is what the models read, and not for short texts or
// for a language that it does not know.
func LanguageOf(text string) string { return defaultLanguages.of(text) }

// languages holds which languages each function word belongs to, one bit each.
type languages struct {
	codes []string
	words map[string]uint16
}

var defaultLanguages = newLanguages([]string{"en", "de", "fr", "es", "it", "pt", "nl", "sv"})

func newLanguages(codes []string) *languages {
	l := &languages{codes: codes, words: make(map[string]uint16, 300)}
	for i, code := range codes {
		for w := range strings.FieldsSeq(functionWords[code]) {
			l.words[w] |= 1 << i
		}
	}
	return l
}

func (l *languages) of(text string) string {
	text = text[:min(len(text), 4000)]
	var buf [16]byte
	var hits [16]int
	words := 0
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		if !unicode.IsLetter(r) {
			i += n
			continue
		}
		word := buf[:0]
		for i < len(text) {
			r, n = utf8.DecodeRuneInString(text[i:])
			if !unicode.IsLetter(r) {
				break
			}
			if len(word)+utf8.UTFMax <= len(buf) {
				word = utf8.AppendRune(word, unicode.ToLower(r))
			}
			i += n
		}
		words++
		for set, k := l.words[string(word)], 0; set != 0; set, k = set>>1, k+1 {
			if set&1 != 0 {
				hits[k]++
			}
		}
	}
	best := 0
	for k := range l.codes {
		if hits[k] > hits[best] {
			best = k
		}
	}
	if words < 5 || hits[best]*7 < words {
		return language.Und.String()
	}
	return l.codes[best]
}
