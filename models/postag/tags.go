package postag

// The tags of the Penn Treebank (Marcus, Santorini and Marcinkiewicz 1993), in
// alphabetical order with words before marks. They are untyped so that they
// compare with any integer type a tag is kept in. None is no tag at all.
const (
	None = iota
	CC   // coordinating conjunction
	CD   // cardinal number
	DT   // determiner
	EX   // existential there
	FW   // foreign word
	IN   // preposition or subordinating conjunction
	JJ   // adjective
	JJR  // adjective, comparative
	JJS  // adjective, superlative
	LS   // list item marker
	MD   // modal
	NN   // noun, singular or mass
	NNP  // proper noun, singular
	NNPS // proper noun, plural
	NNS  // noun, plural
	PDT  // predeterminer
	POS  // possessive ending
	PRP  // personal pronoun
	PRPS // possessive pronoun, PRP$
	RB   // adverb
	RBR  // adverb, comparative
	RBS  // adverb, superlative
	RP   // particle
	SYM  // symbol
	TO   // to
	UH   // interjection
	VB   // verb, base form
	VBD  // verb, past tense
	VBG  // verb, gerund or present participle
	VBN  // verb, past participle
	VBP  // verb, present, not third person singular
	VBZ  // verb, present, third person singular
	WDT  // wh-determiner
	WP   // wh-pronoun
	WPS  // possessive wh-pronoun, WP$
	WRB  // wh-adverb
	Dollar
	Hash
	OpenQuote    // ``
	CloseQuote   // ''
	OpenBracket  // (
	CloseBracket // )
	Comma
	Stop  // . ? !
	Colon // : ; - ... and dashes
	NumTags
)

var names = [NumTags]string{"", "CC", "CD", "DT", "EX", "FW", "IN", "JJ", "JJR", "JJS", "LS", "MD",
	"NN", "NNP", "NNPS", "NNS", "PDT", "POS", "PRP", "PRP$", "RB", "RBR", "RBS", "RP", "SYM", "TO", "UH",
	"VB", "VBD", "VBG", "VBN", "VBP", "VBZ", "WDT", "WP", "WP$", "WRB",
	"$", "#", "``", "''", "(", ")", ",", ".", ":"}

// Name returns the treebank's name of a tag, "" for [None] and for numbers
// that are no tag.
func Name(tag uint8) string {
	if int(tag) < len(names) {
		return names[tag]
	}
	return ""
}

// Parse is the inverse of [Name].
func Parse(name string) (uint8, bool) {
	for i, n := range names {
		if n == name && i != None {
			return uint8(i), true
		}
	}
	return None, false
}
