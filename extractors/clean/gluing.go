package clean

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/onrecord-nlp/onrecord/pipeline"
)

// cutLine appends the units of one line or joined paragraph. A line is cut
// only where furniture is known to be glued on: before and after a phrase such
// as "Advertisement" or "Read more:", after a photo credit in brackets, between
// a tag list and a caption, between a byline or date line and the dateline.
// The model, not the cut, says what the parts are; neighbours in a line with
// one label become one block.
func (s *segmenter) cutLine(text string, span pipeline.Span, before sep) {
	start := span.Start
	line := text[:span.End]
	furniture := startsFurniture(line[start:]) // the current part began with a furniture phrase
	dated := furniture || startsDated(line[start:])
	tagsEnd := tagListEnd(line[start:])
	open := -1      // last '(' of the current part
	prev := byte(0) // last byte that is neither white space nor a closing mark
	for i := start; i < len(line); {
		c := line[i]
		if c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			switch {
			case c == '(':
				open = i
				prev = c
			case c == '"' || c == '\'' || c == ']':
				// closing marks leave the mark before them in force
			case c >= utf8.RuneSelf:
				r, n := utf8.DecodeRuneInString(line[i:])
				if r != '”' && r != '’' && r != '»' {
					prev = 0x80
					if r == '…' {
						prev = '.'
					}
				}
				i += n
				continue
			default:
				prev = c
			}
			i++
			continue
		}
		// A run of white space: may the line be cut here?
		at := i
		if i+1 < len(line) && line[i+1] > ' ' && line[i+1] < utf8.RuneSelf {
			i++
		}
		for i < len(line) && (line[i] <= ' ' || line[i] >= utf8.RuneSelf) {
			r, n := utf8.DecodeRuneInString(line[i:])
			if !unicode.IsSpace(r) {
				break
			}
			i += n
		}
		if i >= len(line) {
			break
		}
		next := line[i:]
		c = next[0]
		if c >= 'a' && c <= 'z' || c == ',' {
			continue
		}
		ended := prev == '.' || prev == '!' || prev == '?' || prev == ')'
		switch {
		case at-start == tagsEnd && tagsEnd > 0:
			start, before = s.emit(text, start, at, i, before), sepInline
			furniture, dated, tagsEnd = false, false, 0
		case prev == ')' && open >= start && isCredit(line[open:at]):
			start, before = s.emit(text, start, at, i, before), sepInline
			furniture = startsFurniture(next)
			dated = furniture
		case (ended || prev == '|' || prev == '*' || at-start < 60 || furniture) && startsFurniture(next) && !sameOpening(line[start:at], next) && !inQuotation(line[start:at]):
			start, before = s.emit(text, start, at, i, before), sepInline
			furniture, dated = true, true
		case furniture && (ended || isNotice(line[start:at])) && (unicode.IsUpper(firstRune(next)) || opensQuotation(next)):
			start, before = s.emit(text, start, at, i, before), sepInline
			furniture, dated = false, false
		case dated && at-start < 160 && endsDate(line[start:at]) && (unicode.IsUpper(firstRune(next)) || opensQuotation(next)) && !startsZone(next):
			start, before = s.emit(text, start, at, i, before), sepInline
			furniture, dated = false, false
		case at-start < 160 && c >= 'A' && c <= 'Z' && startsDateline(next) && !endsUpper(line[start:at]):
			start, before = s.emit(text, start, at, i, before), sepInline
			furniture, dated = false, false
		}
	}
	s.emit(text, start, span.End, span.End, before)
}

// emit appends the unit text[start:end] without white space at its end, and
// returns next, where the one behind it starts.
func (s *segmenter) emit(text string, start, end, next int, before sep) int {
	for {
		r, n := utf8.DecodeLastRuneInString(text[start:end])
		if n == 0 || !unicode.IsSpace(r) {
			break
		}
		end -= n
	}
	s.units = append(s.units, unit{pipeline.Span{Start: start, End: end}, before})
	return next
}

// furniture is the openings at which furniture glued to other text
// begins. They must be followed by a character that ends a word.
var furniture = newPhrases(
	"ADVERTISEMENT", "ALSO READ", "Advertisement", "All rights reserved", "Also Read", "Also read", "Article continues below",
	"Click here", "Continue reading", "Copyright", "Download", "Editing by", "First Published", "First published",
	"Find us on", "Follow Us", "Follow us", "Get our", "Get the latest",
	"Join our", "Keep up with", "Last Updated", "Last updated", "Listen:", "Loading", "Log in", "Most Read",
	"Posted", "Published", "READ ALSO", "READ MORE", "READ NEXT", "Read Also", "Read More", "Read Next", "Read also", "Read more", "Read next",
	"RELATED", "Recommended", "Related", "Reporting by", "SEE ALSO", "SIGN UP", "SUBSCRIBE", "Scroll down", "See Also", "See also", "Share this",
	"Share on", "Sign Up", "Sign up", "Skip advert", "Skip to", "Sponsored", "Stay informed", "Stay up to date", "Story continues", "Subscribe", "TAGS", "Tags:", "The views expressed",
	"This story has been", "Topics:", "UPDATED", "Updated", "WATCH", "Watch:", "With inputs from", "©",
	"(Editing by", "(Reporting by", "(This story", "(Updated", "(With inputs", "[email",
)

// startsFurniture reports whether s begins with a furniture phrase.
func startsFurniture(s string) bool {
	if len(s) < 4 {
		return false
	}
	for _, p := range furniture.byFirst[s[0]] {
		if strings.HasPrefix(s, p) && endsWord(s[len(p):]) {
			return true
		}
	}
	if s[0] < utf8.RuneSelf {
		return false
	}
	r, _ := utf8.DecodeRuneInString(s)
	return r == '•' || r == '►' || r == '▶' || isPictograph(r)
}

// isPictograph reports whether r is a small picture, which is to draw the eye
// and stands in no prose.
func isPictograph(r rune) bool { return r >= 0x1F300 && r <= 0x1FAFF }

func endsWord(rest string) bool {
	r, n := utf8.DecodeRuneInString(rest)
	return n == 0 || !unicode.IsLetter(r) && !unicode.IsDigit(r)
}

// isNotice reports whether s is one of the notices after which text resumes
// without a stop.
func isNotice(s string) bool {
	if len(s) > 50 {
		return false
	}
	switch strings.ToLower(s) {
	case "advertisement", "article continues below", "story continues below", "story continues below advertisement",
		"story continues below this ad", "article continues below advertisement", "getty images", "read more", "also read", "share this", "skip advert":
		return true
	}
	return false
}

// sameOpening reports whether a is but the start of a phrase that goes on with
// next ("Share this | Share on").
func sameOpening(a, next string) bool {
	return len(a) < 2 || strings.HasSuffix(a, "First") && strings.HasPrefix(next, "Published") || strings.HasSuffix(a, "Last") && strings.HasPrefix(next, "Updated")
}

func opensQuotation(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return r == '"' || r == '“' || r == '‘' || r == '\'' || r == '«' || r == '„'
}

// inQuotation reports whether s ends between curly quotation marks: furniture is
// not glued on in mid-quotation, but people do quote with 😀 and ©.
func inQuotation(s string) bool {
	return strings.LastIndex(s, "“") > strings.LastIndex(s, "”")
}

// isCredit reports whether the bracket s, which ends in ')', credits a
// picture.
func isCredit(s string) bool {
	if len(s) > 120 {
		return false
	}
	for _, w := range [...]string{"Source:", "Photo", "photo", "Image", "Getty", "REUTERS/", "Reuters/", "AP Photo", "AFP/", "/AP", "/AFP", "/Reuters", "Credit", "credit", "Picture", "File)", "Courtesy", "courtesy", "Handout", "Twitter/", "Instagram/", "PTI/", "Shutterstock"} {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}

// startsDated reports whether the line begins as a byline or a date line does.
func startsDated(s string) bool {
	for _, p := range [...]string{"By ", "By: ", "BY ", "Written by", "Posted", "Published", "Updated", "Last ", "First ", "Date:", "|"} {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	w, _ := word(s)
	return dateWord(w) == dateName
}

// endsDate reports whether s ends in a year, a time of day or a time zone.
func endsDate(s string) bool {
	i := strings.LastIndexByte(s, ' ') + 1
	w := strings.TrimRight(s[i:], ".,|)")
	switch len(w) {
	case 2:
		return w == "am" || w == "pm" || w == "AM" || w == "PM" || w == "ET" || w == "PT"
	case 3:
		return w == "a.m" || w == "p.m" || w == "GMT" || w == "IST" || w == "BST" || w == "EST" || w == "EDT" || w == "PST" || w == "PDT" || w == "UTC"
	case 4:
		return (w[0] == '1' && w[1] == '9' || w[0] == '2' && w[1] == '0') && isDigit(w[2]) && isDigit(w[3])
	}
	n := len(w)
	return n > 3 && n <= 8 && isDigit(w[0]) && (strings.HasSuffix(w, "am") || strings.HasSuffix(w, "pm") || strings.HasSuffix(w, "AM") || strings.HasSuffix(w, "PM"))
}

// startsZone reports whether s begins with a word that carries a date on.
func startsZone(s string) bool {
	w, _ := word(s)
	return dateWord(w) != dateNone
}

func endsUpper(s string) bool {
	if s == "" {
		return false
	}
	i := strings.LastIndexByte(s, ' ') + 1
	w := strings.TrimRight(s[i:], ",.")
	return len(w) > 1 && w == strings.ToUpper(w) && !isDigit(w[0])
}

// startsDateline reports whether s begins as a wire story does: a place in
// capitals, an agency in brackets, a dash.
func startsDateline(s string) bool {
	if len(s) < 3 || s[1] < 'A' || s[1] > 'Z' {
		return false
	}
	s = s[:min(len(s), 60)]
	open := strings.IndexByte(s, '(')
	if open < 0 {
		return false
	}
	end := strings.IndexByte(s[open:], ')')
	if end < 0 {
		return false
	}
	rest := strings.TrimLeft(s[open+end+1:], " ")
	return strings.HasPrefix(rest, "-") || strings.HasPrefix(rest, "–") || strings.HasPrefix(rest, "—")
}

// tagListEnd returns the length of the list of tags that s begins with where
// other text follows it in the line, or 0. A tag list is five or more items of
// at most five words between commas; it ends before the first capital that
// follows a lower-case word after the last of the short items.
func tagListEnd(s string) int {
	items, words := 0, 0
	wordStart := true
	var prev rune // last letter before the white space
	cutAt := 0
	for i, r := range s {
		if i > 2000 {
			return 0
		}
		switch {
		case r == ',':
			if cutAt > 0 {
				// The candidate lay inside an item that ended in a comma soon after: it
				// is a name within the list.
				if words <= 5 {
					cutAt = 0
				} else {
					return cutAt
				}
			}
			if words > 5 {
				return 0
			}
			items++
			words = 0
			wordStart = true
			prev = ','
		case r == ' ':
			wordStart = true
		case r == '.' || r == '!' || r == '?' || r == ';' || r == '"' || r == '“' || r == ':':
			return cutAt
		default:
			if wordStart {
				words++
				wordStart = false
				if items >= 4 && cutAt == 0 && unicode.IsUpper(r) && unicode.IsLower(prev) {
					cutAt = i - 1
				}
			}
			prev = r
		}
	}
	if words <= 5 {
		return 0
	}
	return cutAt
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
