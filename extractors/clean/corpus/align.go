package corpus

import (
	"strings"
	"unicode"

	"github.com/onrecord-nlp/onrecord/extractors/clean"
	"github.com/onrecord-nlp/onrecord/pipeline"
)

// goldPage is what a corpus says about a page.
type goldPage struct {
	title, authors, text string
}

// label gives every line of a page a kind by comparing it with the gold body
// text, title and authors. It returns the share of the gold body that was
// found on the page.
func label(lines []pageLine, gold goldPage) ([]pipeline.BlockKind, float64) {
	kinds := make([]pipeline.BlockKind, len(lines))
	body := squeeze(gold.text)
	goldLines := make(map[string]bool)
	for l := range strings.Lines(gold.text) {
		goldLines[squeeze(l)] = true
	}
	grams := make(map[string]bool)
	words := strings.Fields(gold.text)
	for i := range words {
		words[i] = squeeze(words[i])
	}
	for i := 0; i+4 <= len(words); i++ {
		grams[strings.Join(words[i:i+4], " ")] = true
	}

	// Where in the gold body does each line stand? -1: nowhere.
	at := make([]int, len(lines))
	norm := make([]string, len(lines))
	from := 0
	for i, l := range lines {
		at[i] = -1
		s := squeeze(l.text)
		norm[i] = s
		if s == "" {
			continue
		}
		find := func() int {
			if k := strings.Index(body[min(from, len(body)):], s); k >= 0 {
				return from + k
			}
			return strings.Index(body, s)
		}
		switch {
		case len(s) >= 25:
			if k := find(); k >= 0 {
				at[i] = k
			} else if gramShare(l.text, grams) >= 0.6 && len(s) >= 40 {
				at[i] = -2 // somewhere
			}
		case goldLines[s]:
			at[i] = find()
		}
		if at[i] >= 0 && len(s) >= 25 {
			from = at[i] + len(s)
		}
	}
	inOrder := longestRise(at, norm)
	first, last := -1, -1
	found := 0
	for i := range lines {
		if inOrder[i] {
			if first < 0 {
				first = i
			}
			last = i
			found += len(norm[i])
		}
	}
	if len(body) == 0 || first < 0 {
		return kinds, 0
	}
	// Short lines and lines found only nearly count between the others.
	isBody := make([]bool, len(lines))
	for i := range lines {
		isBody[i] = inOrder[i]
		if at[i] == -2 && i >= first-3 && i <= last+3 {
			isBody[i] = true
			found += len(norm[i])
		}
	}

	title := squeeze(gold.title)
	best := -1 // the title nearest before the body
	for i := range lines {
		if (norm[i] == title || len(norm[i]) > 20 && (strings.HasPrefix(norm[i], title) && len(norm[i]) < len(title)+30 || strings.HasPrefix(title, norm[i]))) && title != "" && i <= first+2 {
			if best < 0 || i <= first || lines[i].heading == 1 && lines[best].heading != 1 {
				if best < 0 || lines[best].heading != 1 || lines[i].heading == 1 {
					best = i
				}
			}
		}
	}
	for i, l := range lines {
		switch {
		case i == best:
			kinds[i] = pipeline.BlockHeadline
		case isBody[i] && l.heading > 0 && !strings.HasSuffix(l.text, ".") && len(l.text) < 150:
			kinds[i] = pipeline.BlockHeadline
		case isBody[i]:
			kinds[i] = pipeline.BlockBody
		case l.figure && len(l.text) > 3:
			kinds[i] = pipeline.BlockCaption
		case clean.IsDateLine(l.text):
			kinds[i] = pipeline.BlockDate
		case isByline(l.text, gold.authors):
			kinds[i] = pipeline.BlockByline
		case isPictureCredit(l.text):
			kinds[i] = pipeline.BlockCaption
		default:
			kinds[i] = pipeline.BlockBoilerplate
		}
		// The deck: a sentence between the headline and the body.
		if kinds[i] == pipeline.BlockBoilerplate && best >= 0 && i > best && i <= best+2 && i < first && l.heading > 0 && len(l.text) > 30 {
			kinds[i] = pipeline.BlockHeadline
		}
	}
	return kinds, float64(found) / float64(len(body))
}

// Extracted labels the lines of text that an extractor took from a page, by
// the page's gold title, authors and body text. It returns nil where less than
// half of the gold body is there.
func Extracted(id, text, title, authors, body string) *Page {
	var lines []pageLine
	para := true
	for l := range strings.Lines(text) {
		if l = strings.TrimSpace(l); l == "" {
			para = true
			continue
		}
		lines = append(lines, pageLine{text: l, para: para})
		para = false
	}
	kinds, coverage := label(lines, goldPage{title, authors, body})
	if coverage < 0.5 {
		return nil
	}
	p := &Page{ID: id, Title: title, Byline: authors}
	for i, l := range lines {
		p.Lines = append(p.Lines, Line{l.text, kinds[i], l.para})
	}
	doubt(p.Lines)
	return p
}

// longestRise marks the heaviest run of lines whose places in the body rise.
func longestRise(at []int, norm []string) []bool {
	n := len(at)
	weight, from := make([]int, n), make([]int, n)
	best := -1
	for i := range n {
		from[i] = -1
		if at[i] < 0 {
			continue
		}
		weight[i] = len(norm[i])
		for j := i - 1; j >= 0; j-- {
			if at[j] >= 0 && at[j]+len(norm[j]) <= at[i]+5 && weight[j]+len(norm[i]) > weight[i] {
				weight[i], from[i] = weight[j]+len(norm[i]), j
			}
		}
		if best < 0 || weight[i] > weight[best] {
			best = i
		}
	}
	in := make([]bool, n)
	for i := best; i >= 0; i = from[i] {
		in[i] = true
	}
	return in
}

func gramShare(line string, grams map[string]bool) float64 {
	words := strings.Fields(line)
	for i := range words {
		words[i] = squeeze(words[i])
	}
	hit, n := 0, 0
	for i := 0; i+4 <= len(words); i++ {
		n++
		if grams[strings.Join(words[i:i+4], " ")] {
			hit++
		}
	}
	if n == 0 {
		return 0
	}
	return float64(hit) / float64(n)
}

// squeeze keeps letters and digits, in lower case.
func squeeze(s string) string {
	var b strings.Builder
	for _, r := range s {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String()
}

// isByline reports whether a short line names an author of the page.
func isByline(line, authors string) bool {
	n := len(strings.Fields(line))
	if n > 12 {
		return false
	}
	if strings.HasPrefix(line, "By ") || strings.HasPrefix(line, "BY ") {
		return true
	}
	s := squeeze(line)
	for a := range strings.SplitSeq(authors, ",") {
		if a = squeeze(a); len(a) >= 6 && strings.Contains(s, a) {
			return true
		}
	}
	return false
}

// isPictureCredit reports whether a line outside the body credits a picture.
func isPictureCredit(line string) bool {
	if len(line) > 400 {
		return false
	}
	for _, w := range []string{"Getty Images", "Photo by", "Photo:", "Photo credit", "Image credit", "Image source", "AP Photo", "REUTERS/", "Shutterstock", "Photograph:", "Courtesy of", "Photograph by", "via Getty", "(AP)", "Credit:"} {
		if strings.Contains(line, w) {
			return true
		}
	}
	return false
}
