package ingest

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/onrecord-nlp/onrecord/pipeline/ingest/internal/markup"
)

// pageMeta is what a page says about itself outside its body.
type pageMeta struct {
	title, byline, url, language string
	published                    time.Time
	description                  string
	articleBody                  string // of JSON-LD, where there is one
}

// The metadata is read here and not by the extractor because the extractor
// walks JSON-LD through Go maps: of a page that describes several articles it
// names another author from run to run.

// metaNames lists the meta elements (by name, property or itemprop) that hold
// each property, the most trusted first.
var (
	metaTitle = []string{"og:title", "twitter:title", "headline", "parsely-title", "sailthru.title", "dc.title",
		"dcterms.title", "title"}
	metaByline = []string{"author", "article:author", "byl", "parsely-author", "sailthru.author", "dc.creator",
		"dcterms.creator", "cxenseparse:author", "article:author_name"}
	metaDate = []string{"article:published_time", "og:article:published_time", "datepublished", "parsely-pub-date",
		"sailthru.date", "article.published", "dc.date.issued", "dcterms.created", "dc.date", "dc.date.created",
		"publish-date", "publish_date", "pubdate", "publication_date", "displaydate", "rnews:datepublished",
		"og:published_time", "date"}
	metaURL = []string{"og:url", "twitter:url", "parsely-link"}
)

// readMeta collects the metadata of a page. The order of trust is JSON-LD,
// meta elements, then what the page shows.
func readMeta(p *markup.Page) pageMeta {
	var (
		m            pageMeta
		ld           linkedData
		metas        = make(map[string]string, len(p.Metas))
		titleElement = oneLine(p.Title)
		headings     []string
	)
	m.language = languageTag(p.Language)
	for _, meta := range p.Metas {
		if _, ok := metas[meta.Name]; !ok {
			metas[meta.Name] = meta.Content
		}
	}
	for _, script := range p.LinkedData {
		ld.read([]byte(script))
	}
	for _, h := range p.Headings {
		if h = oneLine(h); h != "" {
			headings = append(headings, h)
		}
	}
	first := func(names []string, good func(string) bool) string {
		for _, name := range names {
			if v := inlineText(metas[name]); v != "" && good(v) {
				return v
			}
		}
		return ""
	}
	anything := func(string) bool { return true }
	for _, u := range [...]string{p.Canonical, first(metaURL, anything), ld.url} {
		if u = strings.TrimSpace(u); strings.HasPrefix(u, "http://") || strings.HasPrefix(u, "https://") {
			m.url = u
			break
		}
	}
	headline := inlineText(ld.headline)
	if titleKey(headline) == titleKey(metas["og:site_name"]) {
		headline = ""
	}
	m.title = chooseTitle(headings, headline, first(metaTitle, anything), titleElement,
		metas["og:site_name"]+" "+m.url)
	m.byline = chooseByline(metas["og:site_name"], ld.authors, []string{first(metaByline, isName)}, p.Authors, []string{p.Byline},
		p.Bylinks[:min(len(p.Bylinks), 1)])
	dated := func(s string) bool { return !parseDate(s).IsZero() }
	m.published = parseDate(ld.published)
	if m.published.IsZero() {
		m.published = parseDate(first(metaDate, dated))
	}
	if m.published.IsZero() {
		m.published = shownDate(append(p.Times, p.Byline), dateInAddress(m.url))
	}
	if m.published.IsZero() { // a line that a date stands in
		for _, b := range p.Blocks {
			if len(b.Text) > 80 {
				continue
			}
			if m.published = parseDate(dateIn(b.Text)); !m.published.IsZero() {
				break
			}
		}
	}
	if m.language == "" {
		for _, l := range [...]string{ld.language, metas["og:locale"], metas["content-language"], metas["language"]} {
			if m.language = languageTag(l); m.language != "" {
				break
			}
		}
	}
	m.description = first([]string{"og:description", "description"}, anything)
	m.articleBody = ld.body
	return m
}

// chooseByline takes the first list that names authors, and one that names the
// site only where there is no better.
func chooseByline(site string, lists ...[]string) string {
	second := ""
	for _, authors := range lists {
		byline := strings.Join(names(authors), ", ")
		switch {
		case byline == "":
		case titleKey(byline) != titleKey(site) && !strings.HasPrefix(strings.TrimSpace(authors[0]), ","):
			return byline
		case second == "":
			second = byline // the site, or an office whose holder was left out
		}
	}
	return second
}

// shownDate takes the date that the page shows: the first of those that agree
// with the date in the page's address, where that has one; else the first.
func shownDate(texts []string, address string) time.Time {
	inAddress := parseDate(address)
	for _, s := range texts {
		t := parseDate(s)
		if t.IsZero() {
			t = parseDate(dateIn(s))
		}
		if d := t.Sub(inAddress).Abs(); !t.IsZero() && (inAddress.IsZero() || d <= 36*time.Hour) {
			return t
		}
	}
	return inAddress
}

// dateIn returns the first date with a month's name that stands in a text, such
// as "Published on March 26, 2017 by", or "".
func dateIn(s string) string {
	fields := strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	number := func(i, low, high int) bool {
		if i < 0 || i >= len(fields) {
			return false
		}
		n, err := strconv.Atoi(fields[i])
		return err == nil && n >= low && n <= high
	}
	for i, f := range fields {
		month := monthOf(f)
		switch {
		case month == 0:
		case number(i+1, 1, 31) && number(i+2, 1900, 2200):
			return fmt.Sprintf("%s-%02d-%02s", fields[i+2], month, fields[i+1])
		case number(i-1, 1, 31) && number(i+1, 1900, 2200):
			return fmt.Sprintf("%s-%02d-%02s", fields[i+1], month, fields[i-1])
		}
	}
	return ""
}

// monthOf returns the month of an English name or its abbreviation, or 0.
func monthOf(name string) time.Month {
	if len(name) < 3 || len(name) > len("September") {
		return 0
	}
	for m := time.January; m <= time.December; m++ {
		if full := m.String(); len(name) <= len(full) && strings.EqualFold(full[:len(name)], name) || strings.EqualFold(name, "sept") && m == time.September {
			return m
		}
	}
	return 0
}

// chooseTitle takes the page's visible heading where it has one that the
// metadata knows too, or that is the only one and long enough to be a headline;
// else the metadata's, else what there is. site is the name and the host of the
// site.
func chooseTitle(headings []string, linked, meta, element, site string) string {
	for _, h := range headings {
		for _, t := range [...]string{linked, meta, element} {
			if len(h)*2 >= len(t) && strings.Contains(titleKey(t), titleKey(h)) {
				return h
			}
		}
	}
	switch {
	case linked != "":
		return linked
	case len(headings) == 1 && (len(headings[0]) >= 20 || meta == ""):
		return headings[0]
	case meta != "":
		return withoutSite(meta, site)
	case element == "" && len(headings) > 0:
		return headings[0]
	}
	return withoutSite(element, site)
}

// withoutSite takes the name of the site off the end of a title: the shorter
// part after the last bar, or what follows the last dash where it is known to
// be the site's name.
func withoutSite(title, site string) string {
	for _, sep := range [...]string{" | ", " – ", " — ", " - ", " :: ", " » ", " · "} {
		i := strings.LastIndex(title, sep)
		if i <= 0 {
			continue
		}
		end := titleKey(title[i+len(sep):])
		if sep == " | " && i*2 > len(title) || end != "" && strings.Contains(titleKey(site), end) {
			return strings.TrimSpace(title[:i])
		}
	}
	return title
}

// titleKey makes titles comparable: no case, no white space, and every sort of
// quotation mark and dash alike.
func titleKey(s string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case '“', '”', '„', '‘', '’', '\'', '`', '"':
			return '"'
		case '–', '—', '‑':
			return '-'
		case ' ', '\t', '\n', '\u00a0', '\u200b', '\u00ad':
			return -1
		}
		return r
	}, strings.ToLower(s))
}

// dateInAddress returns the date that stands in the path of an address, as in
// /2023/12/22/, or "".
func dateInAddress(address string) string {
	parts := strings.Split(address, "/")
	for i := 3; i < len(parts); i++ {
		if len(parts[i]) == len(time.DateOnly) {
			if _, err := time.Parse(time.DateOnly, parts[i]); err == nil {
				return parts[i]
			}
		}
	}
	for i := 3; i+2 < len(parts); i++ {
		y, m, d := parts[i], parts[i+1], parts[i+2]
		if len(y) == 4 && len(m) <= 3 && len(d) <= 2 {
			if t, err := time.Parse("2006/1/2", y+"/"+m+"/"+d); err == nil {
				return t.Format(time.DateOnly)
			}
			if t, err := time.Parse("2006/Jan/2", y+"/"+m+"/"+d); err == nil {
				return t.Format(time.DateOnly)
			}
		}
	}
	return ""
}

// names cleans a list of names and drops what is none and what repeats.
func names(list []string) []string {
	var out []string
	for _, s := range list {
		s = cleanByline(inlineText(s))
		if !isName(s) {
			continue
		}
		repeats := false
		for _, o := range out {
			repeats = repeats || strings.Contains(strings.ToLower(o), strings.ToLower(s))
		}
		if !repeats {
			out = append(out, s)
		}
	}
	return out
}

// cleanByline takes "By" off the front of a byline, and dates and offices off
// its end.
func cleanByline(s string) string {
	for _, by := range [...]string{"view all posts by ", "written by ", "posted by ", "story by ", "by "} {
		if len(s) > len(by) && strings.EqualFold(s[:len(by)], by) {
			s = s[len(by):]
		}
	}
	for _, end := range [...]string{" | ", " • ", " · ", " Published", " Posted", " Updated", " - Jan", " - Feb", " - Mar",
		" - Apr", " - May", " - Jun", " - Jul", " - Aug", " - Sep", " - Oct", " - Nov", " - Dec"} {
		if i := strings.Index(s, end); i > 0 {
			s = s[:i]
		}
	}
	if i := monthAt(s); i > 0 {
		s = s[:i]
	}
	s = strings.Trim(s, " ,;:|-–—•·")
	if n := len(s) / 2; len(s)%2 == 1 && s[n] == ' ' && s[:n] == s[n+1:] {
		s = s[:n] // shown twice, for two sizes of screen
	}
	return s
}

// monthAt returns where in s a month's name stands before a number, or -1.
func monthAt(s string) int {
	at := 0
	for at < len(s) {
		word, rest, ok := strings.Cut(s[at:], " ")
		if !ok {
			break
		}
		if rest != "" && '0' <= rest[0] && rest[0] <= '9' && monthOf(strings.TrimRight(word, ".")) != 0 {
			return at
		}
		at = len(s) - len(rest)
	}
	return -1
}

// isName reports whether s can name authors: pages put addresses there too.
func isName(s string) bool {
	return s != "" && len(s) <= 300 && !strings.Contains(s, "://") && !strings.HasPrefix(s, "@") &&
		!strings.HasPrefix(s, "/") && digitsIn(s) < 3 && monthAt(s) != 0 && strings.ContainsAny(strings.ToLower(s), "abcdefghijklmnopqrstuvwxyz")
}

func digitsIn(s string) int {
	n := 0
	for i := range len(s) {
		if '0' <= s[i] && s[i] <= '9' {
			n++
		}
	}
	return n
}

// linkedData is what a page's JSON-LD says about its article. Of several
// articles the first that says a thing counts.
type linkedData struct {
	headline, published, url, language, body string
	authors                                  []string
}

// read takes one script element. Scripts that are no JSON are passed over: they
// are the page's fault and not the reader's business.
func (ld *linkedData) read(script []byte) {
	script = bytes.TrimSpace(script)
	v, err := scanValue(script, 0, 0)
	if err == nil {
		ld.walk(script, v, 0)
	}
}

func (ld *linkedData) walk(data []byte, v value, depth int) {
	switch {
	case depth > 4:
	case v.kind == arrayValue:
		scanArray(data, v.start, 0, func(e value) { ld.walk(data, e, depth+1) })
	case v.kind == objectValue:
		fields := make(map[string]value)
		article := false
		scanObject(data, v.start, 0, func(key []byte, f value) {
			switch k := string(key); k {
			case "@type":
				types, _ := flatten(data, f, " ")
				article = isArticleType(types)
			case "@graph", "mainEntity", "mainEntityOfPage", "headline", "author", "datePublished", "url", "inLanguage",
				"articleBody", "creator":
				fields[k] = f
			}
		})
		_, headed := fields["headline"]
		_, dated := fields["datePublished"]
		if article || headed && dated {
			ld.take(data, fields)
		}
		for _, k := range [...]string{"@graph", "mainEntity", "mainEntityOfPage"} {
			if f, ok := fields[k]; ok {
				ld.walk(data, f, depth+1)
			}
		}
	}
}

// isArticleType reports whether one of the schema.org types is an article.
func isArticleType(types string) bool {
	for t := range strings.FieldsSeq(types) {
		t = strings.ToLower(t)
		if strings.HasSuffix(t, "article") || strings.HasSuffix(t, "posting") || t == "report" {
			return true
		}
	}
	return false
}

func (ld *linkedData) take(data []byte, fields map[string]value) {
	set := func(to *string, key string) {
		if f, ok := fields[key]; ok && *to == "" {
			*to, _ = flatten(data, f, " ")
		}
	}
	set(&ld.headline, "headline")
	set(&ld.published, "datePublished")
	set(&ld.url, "url")
	set(&ld.language, "inLanguage")
	set(&ld.body, "articleBody")
	for _, key := range [...]string{"author", "creator"} {
		f, ok := fields[key]
		if !ok || len(ld.authors) > 0 {
			continue
		}
		if f.kind == arrayValue {
			scanArray(data, f.start, 0, func(e value) {
				if s, _ := flatten(data, e, " "); s != "" {
					ld.authors = append(ld.authors, s)
				}
			})
		} else if s, _ := flatten(data, f, " "); s != "" {
			ld.authors = append(ld.authors, s)
		}
	}
}
