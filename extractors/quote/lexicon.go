package quote

// class groups the words that tell what a quotation beside them is.
type class uint8

const (
	otherWord class = iota
	speech          // said, wrote, according
	naming          // called, nicknamed, titled
	work            // film, song, report
	term            // word, phrase, name
	numClasses
)

var classNames = [numClasses]string{"other", "speech", "naming", "work", "term"}

// classOf returns the class of a word, whose capitals are passed over.
func classOf(w string) class {
	var buf [16]byte
	if len(w) > len(buf) {
		return otherWord
	}
	for i := range len(w) {
		c := w[i]
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		buf[i] = c
	}
	switch string(buf[:len(w)]) {
	case "said", "says", "say", "saying", "told", "tells", "tell", "telling", "asked", "asks", "ask", "asking",
		"added", "adds", "adding", "wrote", "writes", "written", "write", "writing", "replied", "replies", "replying",
		"explained", "explains", "explaining", "explain", "insisted", "insists", "insisting", "argued", "argues", "arguing", "argue",
		"claimed", "claims", "claiming", "claim", "warned", "warns", "warning", "warn", "noted", "notes", "noting", "note",
		"recalled", "recalls", "recalling", "admitted", "admits", "admitting", "announced", "announces", "announcing",
		"declared", "declares", "declaring", "stated", "states", "stating", "tweeted", "tweets", "tweeting", "posted",
		"shouted", "shouting", "shouts", "yelled", "yelling", "chanted", "chanting", "joked", "jokes", "joking", "quipped",
		"continued", "continues", "concluded", "concludes", "responded", "responds", "responding", "answered", "answers",
		"insist", "denied", "denies", "described", "describes", "describing", "describe", "accused", "accuses", "accusing",
		"blasted", "slammed", "criticized", "criticised", "praised", "hailed", "mocked", "blamed", "dismissed", "denounced", "condemned",
		"acknowledged", "acknowledges", "conceded", "observed", "observes", "remarked", "commented", "predicted", "promised", "vowed",
		"urged", "urges", "urging", "demanded", "demanding", "alleged", "alleges", "alleging", "suggested", "suggests", "suggesting",
		"believes", "believed", "believe", "thinks", "thought", "think", "according", "reads", "read", "reported", "reports", "reporting",
		"complained", "complains", "pleaded", "begged", "cried", "screamed", "whispered", "muttered", "murmured", "sighed", "laughed",
		"exclaimed", "opined", "reiterated", "repeated", "stressed", "emphasized", "emphasised", "maintained", "maintains", "testified",
		"revealed", "disclosed", "confirmed", "apologised", "apologized", "boasted", "bragged", "lamented", "wondered", "wonders",
		"ruled", "found", "heard", "cited", "quoted", "referred", "referring", "calls", "sang", "greeted", "welcomed", "confessed",
		"interrupted", "demands", "urge", "vows", "pledged", "thanked", "ordered", "instructed", "advised", "informed", "mentioned":
		return speech
	case "called", "nicknamed", "dubbed", "known", "titled", "entitled", "headlined", "named", "labeled", "labelled", "termed",
		"so-called", "codenamed", "branded", "labeling", "labelling", "subtitled", "captioned", "christened", "styled", "calling",
		"aka", "name", "names", "call", "marked", "signed", "headed", "spelled", "spelt", "billed", "rebranded", "renamed":
		return naming
	case "film", "movie", "song", "songs", "album", "book", "novel", "play", "show", "series", "column", "article", "episode", "magazine",
		"painting", "poem", "paper", "documentary", "single", "track", "musical", "opera", "exhibition", "programme", "program", "ballad",
		"memoir", "essay", "story", "video", "game", "hit", "anthem", "drama", "comedy", "sitcom", "lp", "ep", "record", "soundtrack",
		"bestseller", "host", "hosts", "starred", "star", "stars", "author", "feature", "editorial", "podcast", "ad", "spot", "thriller",
		"chapter", "tune", "hymn", "sculpture", "portrait", "ballet", "concerto", "symphony", "newsletter", "cover", "version", "remake",
		"sequel", "franchise", "singing", "recorded", "performed", "sings", "sing", "played", "released", "authored":
		return work
	case "word", "words", "term", "terms", "phrase", "phrases", "nickname", "slogan", "title", "label", "hashtag", "moniker", "motto",
		"brand", "expression", "euphemism", "jargon", "slang", "buzzword", "definition", "meaning", "means", "mean", "password", "code",
		"adjective", "noun", "verb", "catchphrase", "sobriquet", "acronym", "concept", "category", "section", "heading", "placard":
		return term
	}
	return otherWord
}
