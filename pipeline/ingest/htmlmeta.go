package ingest

import (
	"bytes"
	"strings"
	"time"

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
	m.title = chooseTitle(headings, inlineText(ld.headline), first(metaTitle, anything), titleElement,
		metas["og:site_name"]+" "+m.url)
	for _, authors := range [...][]string{ld.authors, {first(metaByline, isName)}, p.Authors, {p.Byline}} {
		if m.byline = strings.Join(names(authors), ", "); m.byline != "" {
			break
		}
	}
	dated := func(s string) bool { return !parseDate(s).IsZero() }
	for _, date := range append([]string{ld.published, first(metaDate, dated)}, append(p.Times, dateInAddress(m.url))...) {
		if m.published = parseDate(date); !m.published.IsZero() {
			break
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
	s = strings.Trim(s, " ,;:|-–—•·")
	if n := len(s) / 2; len(s)%2 == 1 && s[n] == ' ' && s[:n] == s[n+1:] {
		s = s[:n] // shown twice, for two sizes of screen
	}
	return s
}

// isName reports whether s can name authors: pages put addresses there too.
func isName(s string) bool {
	return s != "" && len(s) <= 300 && !strings.Contains(s, "://") && !strings.HasPrefix(s, "@") &&
		!strings.HasPrefix(s, "/") && strings.ContainsAny(strings.ToLower(s), "abcdefghijklmnopqrstuvwxyz")
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
		if article {
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
