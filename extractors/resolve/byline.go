package resolve

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// bylineName returns the person's name in a byline ("By Ann Lee, Health
// Editor"), or "" where it names none or several.
func bylineName(line string) string {
	line = strings.TrimSpace(line)
	if i := strings.IndexByte(line, '\n'); i >= 0 {
		line = strings.TrimSpace(line[:i])
	}
	for _, by := range [...]string{"By ", "BY ", "by "} {
		line = strings.TrimPrefix(line, by)
	}
	if i := strings.IndexAny(line, ",|(–—"); i >= 0 {
		line = line[:i]
	}
	line = strings.TrimSpace(line)
	words := strings.Fields(line)
	for _, w := range words {
		if w == "and" || w == "&" {
			return ""
		}
	}
	// A role without a comma before it: "Kofi Mensah-Blake Health editor".
	if len(words) > 3 {
		words = words[:2]
	}
	if len(words) < 2 {
		return ""
	}
	for _, w := range words {
		r, _ := utf8.DecodeRuneInString(w)
		switch strings.ToLower(w) {
		case "and", "&", "staff", "desk", "reporter", "correspondent", "agency", "agencies", "bureau", "service", "news", "the", "special", "press", "editor", "court", "legal":
			return ""
		}
		if !unicode.IsUpper(r) && len(w) > 3 {
			return ""
		}
	}
	return strings.Join(words, " ")
}
