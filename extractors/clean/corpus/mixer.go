package corpus

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/onrecord-nlp/onrecord/pipeline"
)

// mixer makes pages from articles and furniture, the furniture partly written
// for this project, partly taken from real pages.
type mixer struct {
	rng      *rand.Rand
	articles []*Page // without furniture
	titles   []string
	// whether real furniture is used in the page at hand
	useReal bool
	// real furniture, by where it stood: before, within, after the article.
	real     [3][]Line
	captions []Line
}

// newMixer takes furniture from pages, and articles from them and from
// articles.
func newMixer(rng *rand.Rand, pages, articles []*Page) *mixer {
	m := &mixer{rng: rng, articles: articles}
	for _, p := range pages {
		m.titles = append(m.titles, p.Title)
		first, last := p.article()
		art := &Page{ID: p.ID, Site: p.Site, Title: p.Title, Byline: p.Byline}
		for i, l := range p.Lines {
			switch {
			case l.Kind.Speech():
				art.Lines = append(art.Lines, l)
			case l.Kind == pipeline.BlockCaption && len(l.Text) > 20:
				m.captions = append(m.captions, l)
			case l.Kind == pipeline.BlockBoilerplate:
				k := 1
				if i < first {
					k = 0
				} else if i > last {
					k = 2
				}
				m.real[k] = append(m.real[k], l)
			}
		}
		if len(art.Lines) > 3 {
			m.articles = append(m.articles, art)
		}
	}
	for _, a := range articles {
		m.titles = append(m.titles, a.Title)
	}
	m.titles = slices.DeleteFunc(m.titles, func(t string) bool { return t == "" || strings.Contains(t, "{") })
	return m
}

func pick[T any](m *mixer, list []T) T { return list[m.rng.IntN(len(list))] }

func (m *mixer) chance(percent int) bool { return m.rng.IntN(100) < percent }

// fill puts words into a phrase.
func (m *mixer) fill(s string) string {
	for {
		i := strings.IndexByte(s, '{')
		if i < 0 {
			return s
		}
		j := i + strings.IndexByte(s[i:], '}')
		s = s[:i] + m.slot(s[i+1:j]) + s[j+1:]
	}
}

func (m *mixer) slot(name string) string {
	switch name {
	case "name":
		if m.chance(10) {
			return pick(m, firstNames) + " " + string('A'+rune(m.rng.IntN(20))) + ". " + pick(m, lastNames)
		}
		return pick(m, firstNames) + " " + pick(m, lastNames)
	case "NAME":
		return strings.ToUpper(m.slot("name"))
	case "paper":
		return pick(m, papers)
	case "agency":
		return pick(m, agencies)
	case "city":
		return pick(m, cities)
	case "place":
		return pick(m, places)
	case "section":
		return pick(m, sections)
	case "SECTION":
		return strings.ToUpper(pick(m, sections))
	case "tracker":
		return pick(m, trackers)
	case "role":
		return pick(m, roles)
	case "thing":
		return pick(m, things)
	case "title":
		return pick(m, m.titles)
	case "sponsored":
		return pick(m, sponsored)
	case "month":
		return pick(m, months)
	case "mon":
		return pick(m, months)[:3]
	case "weekday":
		return pick(m, weekdays)
	case "day":
		return fmt.Sprint(1 + m.rng.IntN(28))
	case "year":
		return fmt.Sprint(2003 + m.rng.IntN(22))
	case "hour":
		return fmt.Sprint(1 + m.rng.IntN(12))
	case "min":
		return fmt.Sprintf("%02d", m.rng.IntN(60))
	case "num":
		return fmt.Sprint(m.rng.IntN(400))
	case "handle":
		return strings.ToLower(pick(m, firstNames)) + fmt.Sprint(m.rng.IntN(99))
	case "email":
		return strings.ToLower(pick(m, firstNames)) + "@" + strings.ToLower(strings.ReplaceAll(pick(m, lastNames), " ", "")) + ".com"
	case "phone":
		return fmt.Sprintf("0%d %d", 100+m.rng.IntN(800), 100000+m.rng.IntN(800000))
	case "tags":
		n := 3 + m.rng.IntN(9)
		tags := make([]string, n)
		for i := range tags {
			words := strings.Fields(pick(m, m.titles))
			k := m.rng.IntN(len(words))
			t := strings.Join(words[k:min(k+1+m.rng.IntN(3), len(words))], " ")
			if m.chance(70) {
				t = strings.ToLower(t)
			}
			tags[i] = strings.Trim(t, ".,:;!?‘’“”\"'{}")
		}
		return strings.Join(tags, ", ")
	}
	panic("corpus: unknown slot " + name)
}

func (m *mixer) line(kind pipeline.BlockKind, phrases []string) Line {
	return Line{m.fill(pick(m, phrases)), kind, m.chance(50)}
}

// furniture returns up to n lines, from the phrases or from real pages.
func (m *mixer) furniture(n, region int, phrases []string) []Line {
	var out []Line
	for range m.rng.IntN(n + 1) {
		if real := m.real[region]; m.useReal && m.chance(60) && len(real) > 0 {
			// Neighbours on a page belong together.
			k := m.rng.IntN(len(real))
			out = append(out, real[k:min(k+1+m.rng.IntN(4), len(real))]...)
			continue
		}
		out = append(out, m.line(pipeline.BlockBoilerplate, phrases))
	}
	return out
}

func (m *mixer) caption() Line {
	if m.useReal && m.chance(60) && len(m.captions) > 0 {
		return pick(m, m.captions)
	}
	return m.line(pipeline.BlockCaption, captions)
}

// body returns the paragraphs of an article, some of them changed to give
// short quotations, crossheads, lists, transcripts and live blogs a part.
func (m *mixer) body(a *Page) []Line {
	var out []Line
	start := 0
	if len(a.Lines) > 0 && a.Lines[0].Kind == pipeline.BlockHeadline {
		start = 1
	}
	lines := a.Lines[start:]
	if m.chance(15) && len(lines) > 3 { // a part of it only
		k := m.rng.IntN(len(lines) - 1)
		lines = lines[k:min(len(lines), k+1+m.rng.IntN(8))]
	}
	special := m.chance(35)
	live, transcript := m.chance(6), m.chance(6)
	speakers := []string{strings.ToUpper(pick(m, lastNames)), strings.ToUpper(pick(m, lastNames)), m.slot("NAME")}
	if m.chance(30) {
		speakers = []string{"Q", "A"}
	} else if m.chance(20) {
		speakers = []string{m.slot("name"), m.slot("name")}
	}
	for i, l := range lines {
		if l.Kind == pipeline.BlockDate && live {
			continue
		}
		if live && m.chance(50) {
			stamp := m.fill(pick(m, []string{"{hour}.{min}am", "{hour}:{min}pm", "{hour}.{min}pm GMT", "{hour}:{min}", "{hour}:{min} BST", "{hour}:{min} a.m.", "{hour}.{min}am {mon} {day}", "{min}m ago", "Updated at {hour}.{min}am EST"}))
			out = append(out, Line{stamp, pipeline.BlockDate, true})
			if m.chance(40) {
				out = append(out, Line{m.fill(pick(m, append(crossheads, "{title}"))), pipeline.BlockHeadline, false})
			}
		}
		if transcript && l.Kind == pipeline.BlockBody {
			l.Text = speakers[m.rng.IntN(len(speakers))] + ": " + l.Text
		}
		out = append(out, l)
		if l.Kind != pipeline.BlockBody {
			continue
		}
		switch {
		case special && m.chance(8):
			s := m.fill(pick(m, shortBodies))
			if transcript {
				s = speakers[m.rng.IntN(len(speakers))] + ": " + strings.Trim(s, "“”\"‘’")
			}
			out = append(out, Line{s, pipeline.BlockBody, l.Para})
		case special && m.chance(5) && i+1 < len(lines):
			out = append(out, Line{pick(m, crossheads), pipeline.BlockHeadline, l.Para})
		case special && m.chance(3):
			bullet := pick(m, []string{"• ", "- ", "* ", "– ", "", "1. ", "▪ "})
			for range 2 + m.rng.IntN(4) {
				out = append(out, Line{bullet + m.fill(pick(m, listItems)), pipeline.BlockBody, false})
			}
		}
	}
	// Body text again from the end, lest the article end in a list.
	if n := len(out); n > 0 && out[n-1].Kind == pipeline.BlockHeadline {
		out = out[:n-1]
	}
	return out
}

// extract makes what an extractor leaves of a page: the article, most often
// without its headline, and a few lines of furniture.
func (m *mixer) extract() *Page {
	p := m.begin()
	a := pick(m, m.articles)
	p.Title = a.Title
	if m.chance(30) {
		p.Lines = append(p.Lines, Line{a.Title, pipeline.BlockHeadline, true})
	}
	for range m.rng.IntN(3) {
		switch m.rng.IntN(5) {
		case 0:
			p.Lines = append(p.Lines, m.line(pipeline.BlockByline, bylines))
		case 1:
			p.Lines = append(p.Lines, m.line(pipeline.BlockDate, dates))
		case 2:
			p.Lines = append(p.Lines, m.caption())
		case 3:
			p.Lines = append(p.Lines, m.furniture(2, 1, afterHeadline)...)
		default:
			p.Lines = append(p.Lines, m.furniture(1, 0, headerLines)...)
		}
	}
	body := m.body(a)
	gap := 1 + m.rng.IntN(max(len(body), 1))
	for i, l := range body {
		p.Lines = append(p.Lines, l)
		if i%gap == gap-1 && i+1 < len(body) && m.chance(60) {
			if m.chance(25) {
				p.Lines = append(p.Lines, m.caption())
			} else {
				p.Lines = append(p.Lines, m.line(pipeline.BlockBoilerplate, interruptions))
			}
		}
	}
	for range m.rng.IntN(3) {
		if m.chance(70) {
			p.Lines = append(p.Lines, m.line(pipeline.BlockBoilerplate, closers))
		} else {
			p.Lines = append(p.Lines, m.furniture(2, 2, footers)...)
		}
	}
	return p
}

// begin returns an empty page and decides whether furniture of real pages is
// used in it: its words come from a site that is counted already, while the
// phrases stand for several papers.
func (m *mixer) begin() *Page {
	m.useReal = m.chance(45)
	if m.useReal {
		return &Page{ID: "mixed", Site: "mixed"}
	}
	return &Page{ID: "mixed", Site: fmt.Sprint("phrases", m.rng.IntN(6))}
}

// page makes a page with furniture. The more heavy it is, the more furniture.
func (m *mixer) page(heavy int) *Page {
	a := pick(m, m.articles)
	p := m.begin()
	p.Title = a.Title
	add := func(ls ...Line) { p.Lines = append(p.Lines, ls...) }

	if m.chance(70) {
		add(m.furniture(3*heavy, 0, headerLines)...)
	}
	if m.chance(85) {
		add(Line{a.Title, pipeline.BlockHeadline, true})
		if m.chance(15) {
			add(Line{firstSentence(pick(m, m.articles)), pipeline.BlockHeadline, m.chance(50)})
		}
	}
	meta := []func(){
		func() {
			l := m.line(pipeline.BlockByline, bylines)
			p.Byline = strings.TrimPrefix(l.Text, "By ")
			add(l)
		},
		func() { add(m.line(pipeline.BlockDate, dates)) },
		func() { add(m.furniture(heavy, 1, afterHeadline)...) },
		func() { add(m.caption()) },
	}
	if m.chance(30) {
		m.rng.Shuffle(len(meta), func(i, j int) { meta[i], meta[j] = meta[j], meta[i] })
	}
	share := pick(m, []int{0, 40, 60, 80})
	for _, f := range meta {
		if m.chance(share) {
			f()
		}
	}
	if m.chance(10) {
		add(Line{m.slot("tags"), pipeline.BlockBoilerplate, false})
		add(m.caption())
	}
	body := m.body(a)
	every := 3 + m.rng.IntN(15)
	for i, l := range body {
		add(l)
		if i+1 < len(body) && m.rng.IntN(every) == 0 {
			switch {
			case m.chance(25):
				add(m.caption())
			default:
				add(m.furniture(1+heavy/3, 1, interruptions)...)
			}
		}
	}
	if m.chance(60) {
		add(m.furniture(2, 2, closers)...)
	}
	if m.chance(75) {
		add(m.furniture(4*heavy, 2, footers)...)
	}
	return p
}

func firstSentence(p *Page) string {
	for _, l := range p.Lines {
		if l.Kind == pipeline.BlockBody && len(l.Text) > 60 {
			if i := strings.Index(l.Text, ". "); i > 40 && i < 240 {
				return l.Text[:i]
			}
			if len(l.Text) < 240 {
				return l.Text
			}
		}
	}
	return "Nobody was hurt, but the owners say they cannot go on"
}

// glueOnce is a Glue that joins furniture to what follows, now and then.
func (m *mixer) glue(percent int) Glue {
	return func(a, b Line) bool {
		if a.Kind == pipeline.BlockBody && b.Kind == pipeline.BlockBody || len(a.Text)+len(b.Text) > 3000 {
			return false
		}
		return m.chance(percent)
	}
}

// wrap breaks the lines of a text at the given width, as old systems do, and
// returns the new text and the blocks moved along: every space at a break
// becomes one line break, so that offsets stay.
func wrap(d *pipeline.Document, width int) {
	b := []byte(d.Text)
	for _, bl := range d.Blocks {
		col, lastSpace := 0, -1
		for i := bl.Start; i < bl.End; i++ {
			if b[i]&0xC0 == 0x80 {
				continue
			}
			if b[i] == ' ' {
				lastSpace = i
			}
			col++
			if col > width && lastSpace > 0 {
				b[lastSpace] = '\n'
				col = 0
				for k := lastSpace + 1; k <= i; k++ {
					if b[k]&0xC0 != 0x80 {
						col++
					}
				}
				lastSpace = -1
			}
		}
	}
	d.Text = string(b)
}
