package page_test

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	protocol "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/evanw/esbuild/pkg/api"

	"github.com/onrecord-nlp/onrecord/cmd/onrecord/internal/browser"
	"github.com/onrecord-nlp/onrecord/cmd/onrecord/internal/page"
	"github.com/onrecord-nlp/onrecord/pipeline"
)

// newsroom is the project's labelled articles, given to four outlets, one of them
// unknown, and to days of two years, some unknown.
func newsroom(t *testing.T) []*pipeline.Document {
	t.Helper()
	docs := documents(t, "../../../../testdata/gold/dev")
	for i, d := range docs {
		if o := []string{"https://www.Lantern.example/a", "http://harbour.example/b", "https://post.example:8080/", ""}[i%4]; o != "" {
			d.URL = o
		}
		if i%5 > 0 {
			d.Published = time.Date(2025, time.Month(1+i%18), 1+i%28, 12, 0, 0, 0, time.UTC)
		}
		for k := range d.Attributions {
			d.Attributions[k].Confidence = float32((i*7+k*13)%100) / 100
		}
	}
	return docs
}

// said is a statement as the page should know it.
type said struct {
	doc                   int
	id, speaker, text     string
	kind, stance, target  string
	start, end            int // in code points
	confidence            float32
	published, outlet     string
	title                 string
	content, source, cues []pipeline.Span
}

// statements lists what is said in documents: claims, and uttered quotes that are
// in none of the same speaker, in the order of each text.
func statements(docs []*pipeline.Document) []said {
	var all []said
	for i, d := range docs {
		begin := len(all)
		add := func(id string, speaker int, kind pipeline.Kind, st []pipeline.Stance, k int, confidence float32, content, source, cue []pipeline.Span) {
			s := said{doc: i, id: d.ID + "#" + id, kind: kind.String(), confidence: confidence, outlet: d.Outlet(), title: d.Title, content: content, source: source, cues: cue}
			if speaker >= 0 {
				s.speaker = d.Speakers[speaker].Kind.String() + ":" + d.Speakers[speaker].Name
			}
			if st != nil {
				s.stance, s.target = st[k].Position.String(), st[k].Target
			}
			if !d.Published.IsZero() {
				s.published = d.Published.Format(time.DateOnly)
			}
			var parts []string
			for _, c := range content {
				parts = append(parts, c.In(d.Text))
			}
			s.text = strings.Join(parts, " ")
			s.start = utf8.RuneCountInString(d.Text[:content[0].Start])
			s.end = utf8.RuneCountInString(d.Text[:content[len(content)-1].End])
			all = append(all, s)
		}
		within := map[int]bool{}
		for k, a := range d.Attributions {
			for _, q := range a.Quotes {
				own, of := d.Resolution.OfQuote[q], d.Resolution.OfAttribution[k]
				within[q] = own == of || own < 0 || of < 0
			}
			add("c"+strconv.Itoa(k), d.Resolution.OfAttribution[k], a.Kind, d.Stances.OfAttribution, k, a.Confidence, a.Content, a.Source, a.Cue)
		}
		for k, q := range d.Quotes {
			if !within[k] {
				add("q"+strconv.Itoa(k), d.Resolution.OfQuote[k], q.Kind, d.Stances.OfQuote, k, 1, []pipeline.Span{q.Span}, mention(d, k), nil)
			}
		}
		slices.SortStableFunc(all[begin:], func(a, b said) int {
			if a.start != b.start {
				return a.start - b.start
			}
			return b.end - a.end
		})
	}
	return all
}

// mention is that of the speaker by which a quote is told to be theirs.
func mention(d *pipeline.Document, quote int) []pipeline.Span {
	if m := d.Resolution.QuoteMention[quote]; m >= 0 {
		return []pipeline.Span{d.Mentions[m].Span}
	}
	return nil
}

// settle waits until the page shows what its address says.
func settle(tab *browser.Tab) {
	tab.Await(`document.querySelector("#page")?.dataset.shown === (location.hash || "#/articles")`)
}

func text(tab *browser.Tab, selector string) string {
	return browser.Eval[string](tab, fmt.Sprintf(`document.querySelector(%q)?.textContent ?? "(none)"`, selector))
}

// set gives a control a value as a reader would.
func set(tab *browser.Tab, id, value string) {
	browser.Eval[bool](tab, fmt.Sprintf(`(() => { const e = document.getElementById(%q); e.value = %q; e.dispatchEvent(new Event("input")); e.dispatchEvent(new Event("change")); return true })()`, id, value))
}

func plural(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	s := strconv.Itoa(n)
	if n > 999 {
		s = s[:len(s)-3] + "," + s[len(s)-3:]
	}
	return s + " " + what
}

// TestFilters works each filter as a reader does, and counts in Go what should
// be left.
func TestFilters(t *testing.T) {
	docs := newsroom(t)
	all := statements(docs)
	speaker := all[len(all)/2].speaker
	for i := len(all) / 2; speaker == ""; i++ {
		speaker = all[i].speaker
	}
	_, name, _ := strings.Cut(speaker, ":")
	tab := browser.Open(t, browser.Wide)
	tab.Go(written(t, book(t, docs...)))
	settle(tab)
	if got, want := text(tab, ".count"), plural(len(docs), "article")+", "+plural(len(all), "statement"); got != want {
		t.Errorf("unfiltered: %s, want %s", got, want)
	}
	tests := []struct {
		name string
		do   func()
		want func(said) bool
	}{
		{"words", func() { tab.Click("#q"); tab.Keys("The COUNCIL") }, func(s said) bool {
			for _, w := range []string{"the", "council"} {
				if !strings.Contains(strings.ToLower(s.text), w) && !strings.Contains(strings.ToLower(s.title), w) && !strings.Contains(strings.ToLower(s.speaker), w) && !strings.Contains(strings.ToLower(s.target), w) {
					return false
				}
			}
			return true
		}},
		{"words in marks", func() { tab.Click("#q"); tab.Keys(`"of the`) }, func(s said) bool {
			return strings.Contains(strings.ToLower(s.text+"\n"+s.title+"\n"+s.target+"\n"+s.speaker), "of the")
		}},
		{"speaker", func() { tab.Click("#speaker"); tab.Keys(name); tab.Keys(kb.ArrowDown + kb.Enter) }, func(s said) bool { return s.speaker == speaker }},
		{"no speaker", func() { tab.Click("#speaker"); tab.Keys("no speaker"); tab.Keys(kb.Enter) }, func(s said) bool { return s.speaker == "" }},
		{"stance", func() { tab.Click(`input[value="oppose"]`) }, func(s said) bool { return s.stance == "oppose" }},
		{"two stances", func() { tab.Click(`input[value="oppose"]`); tab.Click(`input[value="support"]`) }, func(s said) bool { return s.stance == "oppose" || s.stance == "support" }},
		{"kind", func() { tab.Click(`input[value="mixed"]`) }, func(s said) bool { return s.kind == "mixed" }},
		{"outlet", func() { tab.Click("#outlet"); tab.Keys("lant"); tab.Keys(kb.Enter) }, func(s said) bool { return s.outlet == "lantern.example" }},
		{"no outlet", func() { tab.Click("#outlet"); tab.Keys("no outlet"); tab.Keys(kb.Enter) }, func(s said) bool { return s.outlet == "" }},
		{"from", func() { set(tab, "from", "2025-06-10") }, func(s said) bool { return s.published >= "2025-06-10" }},
		{"to", func() { set(tab, "to", "2025-06-10") }, func(s said) bool { return s.published != "" && s.published <= "2025-06-10" }},
		{"confidence", func() { set(tab, "sure", "0.8") }, func(s said) bool { return s.confidence >= 0.8 }},
		{"several", func() {
			tab.Click(`input[value="neutral"]`)
			tab.Click(`input[value="direct"]`)
			set(tab, "from", "2025-03-01")
			tab.Click("#q")
			tab.Keys("we")
		}, func(s said) bool {
			return s.stance == "neutral" && s.kind == "direct" && s.published >= "2025-03-01" &&
				strings.Contains(strings.ToLower(s.text+"\n"+s.title+"\n"+s.target+"\n"+s.speaker[strings.Index(s.speaker, ":")+1:]), "we")
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.do()
			settle(tab)
			n, articles := 0, map[int]bool{}
			for _, s := range all {
				if tt.want(s) {
					n++
					articles[s.doc] = true
				}
			}
			if n == 0 {
				t.Fatal("the test filters everything away")
			}
			if got, want := text(tab, ".count"), plural(len(articles), "article")+", "+plural(n, "matching statement"); got != want {
				t.Errorf("%s, want %s; at %s", got, want, browser.Eval[string](tab, "location.hash"))
			}
			tab.Await(`document.querySelector("[role=status]").textContent === document.querySelector(".count").textContent`)
			// The other list has as many.
			tab.Click(`a[data-view="statements"]`)
			settle(tab)
			if got, want := text(tab, ".count"), plural(n, "statement")+" in "+plural(len(articles), "article"); got != want {
				t.Errorf("statements: %s, want %s", got, want)
			}
			if got := browser.Eval[int](tab, `document.querySelectorAll(".statements tbody tr").length`); got != min(n, 50) {
				t.Errorf("%d rows, want %d", got, min(n, 50))
			}
			tab.Click(`a[data-view="articles"]`)
			settle(tab)
			tab.Shot("view-filter-" + strings.ReplaceAll(tt.name, " ", "-"))
			tab.Click(".filters form > button")
			settle(tab)
			if got := browser.Eval[string](tab, "location.hash"); got != "#/articles" {
				t.Errorf("cleared: %s", got)
			}
		})
	}
	tab.Quiet()
}

// TestWalk goes from the list into an article and through it by keys alone, and
// sees that what is lit is what is said.
func TestWalk(t *testing.T) {
	docs := newsroom(t)
	all := statements(docs)
	tab := browser.Open(t, browser.Wide)
	tab.Go(written(t, book(t, docs...)))
	settle(tab)
	focus := func() string {
		return browser.Eval[string](tab, `document.activeElement.textContent`)
	}
	tab.Keys("jjk")
	if focus() != docs[0].Title {
		t.Errorf("the focus is on %q, want the first article", focus())
	}
	tab.Keys(kb.Enter)
	settle(tab)
	tab.Shot("view-article")
	if got := text(tab, "article h1"); got != docs[0].Title {
		t.Errorf("title %q", got)
	}
	if got, want := browser.Eval[string](tab, `[...document.querySelectorAll(".line")].map(l => l.textContent).join("\n")`), lines(docs[0].Text); got != want {
		t.Errorf("the text is %.300q, want %.300q", got, want)
	}
	const lit = `(role) => [...document.querySelectorAll(".run.active." + role)].map(r => r.textContent).join("")`
	together := func(s said, spans []pipeline.Span) string {
		var b strings.Builder
		for _, sp := range spans {
			b.WriteString(strings.ReplaceAll(sp.In(docs[s.doc].Text), "\n", ""))
		}
		return b.String()
	}
	for i, s := range all {
		if s.doc > 0 {
			break
		}
		tab.Keys("j")
		if got, want := browser.Eval[string](tab, `document.querySelector(".note.active").dataset.key`), s.id[strings.LastIndex(s.id, "#")+1:]; got != want {
			t.Fatalf("statement %d is %s, want %s", i, got, want)
		}
		if got, want := browser.Eval[string](tab, "("+lit+`)("content")`), together(s, s.content); !strings.Contains(got, want) {
			t.Errorf("statement %d: %q is lit, want %q", i, got, want)
		}
		if got, want := browser.Eval[string](tab, "("+lit+`)("cue")`), together(s, s.cues); !strings.Contains(got, want) {
			t.Errorf("statement %d: the cue %q is lit, want %q", i, got, want)
		}
	}
	tab.Keys("k")
	tab.Keys(kb.Enter)
	tab.Await(`document.querySelector(".note.active dl:not([hidden])")`)
	tab.Shot("view-details")
	tab.Keys(kb.ArrowUp)
	if got := browser.Eval[int](tab, `document.querySelectorAll(".note dl:not([hidden])").length`); got != 0 {
		t.Errorf("%d details are open after walking on", got)
	}
	tab.Keys(kb.Escape)
	if got := browser.Eval[int](tab, `document.querySelectorAll(".active").length`); got != 0 {
		t.Errorf("%d elements are lit after Esc", got)
	}
	// The pointer does what the keys do, and leaves nothing behind.
	pointer := func(event, selector string) {
		browser.Eval[bool](tab, fmt.Sprintf(`document.querySelector(%q).dispatchEvent(new MouseEvent(%q, { bubbles: true }))`, selector, event))
	}
	pointer("mouseover", ".run.content")
	first := browser.Eval[string](tab, `document.querySelector(".run.content").dataset.of.split(" ").at(-1)`)
	if got := browser.Eval[[]string](tab, `[...document.querySelectorAll(".run.hover, .note.hover")].map(e => e.dataset.key ?? e.dataset.of)`); len(got) < 4 || slices.ContainsFunc(got, func(of string) bool { return !slices.Contains(strings.Fields(of), first) }) {
		t.Errorf("the pointer on %s lights %q", first, got)
	}
	pointer("mouseover", ".line")
	if got := browser.Eval[int](tab, `document.querySelectorAll(".hover").length`); got != 0 {
		t.Errorf("%d elements stay lit", got)
	}
	tab.Keys("]")
	tab.Await(fmt.Sprintf(`document.querySelector("article h1").textContent === %q`, docs[1].Title))
	tab.Keys("[")
	tab.Await(fmt.Sprintf(`document.querySelector("article h1").textContent === %q`, docs[0].Title))
	tab.Keys("?")
	tab.Await(`document.querySelector("dialog[open]")`)
	tab.Shot("view-keys")
	tab.Keys(kb.Escape)
	tab.Await(`!document.querySelector("dialog[open]")`)
	tab.Keys(kb.Escape)
	settle(tab)
	if got := browser.Eval[string](tab, "location.hash"); got != "#/articles" {
		t.Errorf("Esc leads to %s", got)
	}
	// Keys sends the letter apart from the key, which no page can then withhold.
	tab.Do(func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, target, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyDown, Key: "/", Text: "/"})
		return chromedp.Void{}, err
	})
	tab.Keys("bridge")
	settle(tab)
	tab.Keys("j") // in the field, it is a letter
	settle(tab)
	if got := browser.Eval[string](tab, `document.getElementById("q").value`); got != "bridgej" {
		t.Errorf("the field holds %q", got)
	}
	tab.Quiet()
}

// lines is a text as its lines that are not blank.
func lines(s string) string {
	var out []string
	for line := range strings.SplitSeq(s, "\n") {
		if strings.TrimSpace(line) != "" {
			out = append(out, line)
		}
	}
	return strings.Join(out, "\n")
}

// TestNested: of a claim within a claim, each lights its own parts, and a click
// goes to the inner one.
func TestNested(t *testing.T) {
	const text = "Ann said Bo told her he would go."
	span := func(words string) []pipeline.Span {
		at := strings.Index(text, words)
		return []pipeline.Span{{Start: at, End: at + len(words)}}
	}
	doc := &pipeline.Document{ID: "1", Text: text}
	doc.Mark(pipeline.LayerAttributions)
	doc.Attributions = []pipeline.Attribution{
		{Content: span("Bo told her he would go"), Source: span("Ann"), Cue: span("said"), Kind: pipeline.Indirect, Confidence: 0.9},
		{Content: span("he would go"), Source: span("Bo"), Cue: span("told"), Kind: pipeline.Indirect, Confidence: 0.9},
	}
	tab := browser.Open(t, browser.Wide)
	tab.Go(written(t, book(t, doc)) + "#/article/1")
	settle(tab)
	for i, want := range []string{"Ann|said|Bo| |told| her |he would go", "Bo|told|he would go"} {
		tab.Keys("j")
		if got := browser.Eval[string](tab, `[...document.querySelectorAll(".run.active")].map(r => r.textContent).join("|")`); got != want {
			t.Errorf("claim %d lights %q, want %q", i, got, want)
		}
	}
	for _, tt := range []struct{ run, key string }{{"told", "c1"}, {" her ", "c0"}, {"Ann", "c0"}, {"he would go", "c1"}} {
		browser.Eval[bool](tab, fmt.Sprintf(`([...document.querySelectorAll(".run")].find(r => r.textContent === %q).click(), true)`, tt.run))
		if got := browser.Eval[string](tab, `document.querySelector(".note.active").dataset.key`); got != tt.key {
			t.Errorf("a click on %q goes to %s, want %s", tt.run, got, tt.key)
		}
	}
	tab.Quiet()
}

// TestOtherVoice: words of somebody else within a claim are a statement of
// theirs, and words of the claim's own speaker are not one more.
func TestOtherVoice(t *testing.T) {
	const text = "“Bo told me “never” twice, and I said “fine”,” said Ann."
	span := func(words string) pipeline.Span {
		at := strings.Index(text, words)
		return pipeline.Span{Start: at, End: at + len(words)}
	}
	doc := &pipeline.Document{ID: "1", Text: text}
	for _, l := range []pipeline.Layer{pipeline.LayerQuotes, pipeline.LayerAttributions, pipeline.LayerSpeakers} {
		doc.Mark(l)
	}
	doc.Quotes = []pipeline.Quote{{Span: span("never"), Uttered: true, Depth: 1}, {Span: span("fine"), Uttered: true, Depth: 1}}
	doc.Attributions = []pipeline.Attribution{{Content: []pipeline.Span{span("Bo told me “never” twice, and I said “fine”,")}, Source: []pipeline.Span{span("Ann")}, Quotes: []int{0, 1}, Confidence: 0.9}}
	doc.Speakers = []pipeline.Speaker{{Name: "Ann"}, {Name: "Bo"}}
	doc.Resolution = pipeline.Resolution{OfQuote: []int{1, 0}, OfAttribution: []int{0}, QuoteMention: []int{-1, -1}, QuoteScore: []float32{0.9, 0.9}}
	tab := browser.Open(t, browser.Wide)
	address := written(t, book(t, doc))
	tab.Go(address + "#/article/1")
	settle(tab)
	if got := browser.Eval[string](tab, `[...document.querySelectorAll(".note")].map(n => n.dataset.key + " " + n.querySelector(".who").textContent).join("|")`); got != "c0 Ann|q0 Bo" {
		t.Errorf("statements %q", got)
	}
	tab.Go(address + "#/speaker/" + pipeline.SpeakerKind(0).String() + ":Bo")
	settle(tab)
	if got := browser.Eval[string](tab, `document.querySelector(".statements .row-link").textContent`); got != "never" {
		t.Errorf("Bo says %q", got)
	}
	tab.Quiet()
}

// TestBack: the way back leads to the list as it was left.
func TestBack(t *testing.T) {
	tab := browser.Open(t, browser.Wide)
	tab.Go(written(t, book(t, newsroom(t)...)))
	settle(tab)
	tab.Click("#q")
	tab.Keys("council")
	settle(tab)
	browser.Eval[bool](tab, `(scrollTo(0, 400), true)`)
	y := browser.Eval[float64](tab, "scrollY")
	before := text(tab, "main")
	browser.Eval[bool](tab, `document.querySelectorAll(".row-link")[3].click() || true`)
	settle(tab)
	browser.Eval[bool](tab, `history.back() || true`)
	tab.Await(`location.hash.startsWith("#/articles")`)
	settle(tab)
	if got := text(tab, "main"); got != before {
		t.Errorf("another list: %.200q, want %.200q", got, before)
	}
	if got := browser.Eval[float64](tab, "scrollY"); got != y {
		t.Errorf("scrolled to %v, want %v", got, y)
	}
	// One entry of the history for all the letters typed.
	browser.Eval[bool](tab, `history.back() || true`)
	tab.Await(`location.hash === "#/articles"`)
	settle(tab)
	if got := browser.Eval[string](tab, `document.getElementById("q").value`); got != "" {
		t.Errorf("the field holds %q", got)
	}
	tab.Quiet()
}

// TestLink: a link opened by somebody else shows the same, from a file and from
// a server.
func TestLink(t *testing.T) {
	docs := newsroom(t)
	b := book(t, docs...)
	server := httptest.NewServer(b.Handler())
	defer server.Close()
	first := browser.Open(t, browser.Wide)
	first.Go(server.URL)
	settle(first)
	file := written(t, b)
	shown := func(tab *browser.Tab) string {
		return browser.Eval[string](tab, `document.querySelector("main").innerHTML + document.querySelector(".filters form").innerHTML
			+ JSON.stringify([...document.querySelectorAll("input")].map(i => [i.id, i.value, i.checked]))`)
	}
	id := statements(docs)[5]
	fresh := browser.Open(t, browser.Wide)
	for _, step := range []func(){
		func() { first.Click("#q"); first.Keys("the"); first.Click(`input[value="neutral"]`) },
		func() { first.Click(`a[data-view="statements"]`) },
		func() { set(first, "sort", "unsure") },
		func() { first.Click(`a[rel="next"]`) },
		func() { first.Click(".row-link") },
		func() { first.Keys("j") },
		func() { first.Click(".legend a") },
		func() {
			browser.Eval[bool](first, fmt.Sprintf(`(location.hash = "#/article/%s?at=c1") !== ""`, docs[id.doc].ID))
		},
	} {
		step()
		settle(first)
		want := shown(first)
		hash := browser.Eval[string](first, "location.hash")
		for _, address := range []string{server.URL, file} {
			fresh.Go("about:blank") // so that the page is loaded, and not only its fragment followed
			fresh.Go(address + hash)
			settle(fresh)
			if got := shown(fresh); got != want {
				t.Errorf("%s%s differs: %d characters, want %d", address, hash, len(got), len(want))
			}
			fresh.Quiet()
		}
	}
	first.Quiet()
}

// TestSpeakerPage holds the page of the speaker with the most statements to
// counts made in Go.
func TestSpeakerPage(t *testing.T) {
	docs := newsroom(t)
	// The same name in two articles.
	twin := *docs[0]
	twin.ID = "twin"
	twin.Published = docs[0].Published.AddDate(0, 3, 0)
	docs = append(docs, &twin)
	all := statements(docs)
	of := map[string]int{}
	who := ""
	for _, s := range all {
		if s.speaker == "" {
			continue
		}
		if of[s.speaker]++; of[s.speaker] > of[who] {
			who = s.speaker
		}
	}
	articles, stances, outlets := map[int]bool{}, map[string]int{}, map[string]int{}
	for _, s := range all {
		if s.speaker == who {
			articles[s.doc] = true
			stances[s.stance]++
			outlets[s.outlet]++
		}
	}
	tab := browser.Open(t, browser.Wide)
	tab.Go(written(t, book(t, docs...)))
	settle(tab)
	_, name, _ := strings.Cut(who, ":")
	browser.Eval[bool](tab, fmt.Sprintf(`(location.hash = "#/speaker/" + encodeURIComponent(%q)) !== ""`, who))
	settle(tab)
	tab.Shot("view-speaker")
	if got := text(tab, "h1"); got != name {
		t.Errorf("the page of %q, want %q", got, name)
	}
	if got, want := text(tab, ".speaker .head"), plural(of[who], "statement")+" in "+plural(len(articles), "article"); !strings.Contains(got, want) {
		t.Errorf("%q does not say %q", got, want)
	}
	for stance, n := range stances {
		verb := map[string]string{"support": "supports", "oppose": "opposes", "neutral": "neutral"}[stance]
		sign := map[string]string{"support": "+", "oppose": "−", "neutral": "·"}[stance]
		if got, want := text(tab, ".speaker .head"), fmt.Sprintf("%d %s%s", n, sign, verb); !strings.Contains(got, want) {
			t.Errorf("%q does not say %q", got, want)
		}
	}
	for outlet, n := range outlets {
		if outlet == "" {
			outlet = "no outlet known"
		}
		if got := browser.Eval[string](tab, fmt.Sprintf(`[...document.querySelectorAll("table[aria-label='By outlet'] tbody tr")].find(r => r.cells[0].textContent === %q)?.cells[1].textContent ?? ""`, outlet)); got != strconv.Itoa(n) {
			t.Errorf("%s: %s statements, want %d", outlet, got, n)
		}
	}
	if got := browser.Eval[int](tab, `document.querySelectorAll(".statements tbody tr").length`); got != min(50, of[who]) {
		t.Errorf("%d rows, want %d", got, of[who])
	}
	if got := browser.Eval[int](tab, `document.querySelectorAll("svg.chart rect").length`); got == 0 && docs[0].Published.Year() > 1 {
		t.Error("no chart")
	}
	tab.Quiet()
}

// caught has the page hand over what it would save.
const caught = `(() => { window.saved = []; URL.createObjectURL = (b) => { saved.push(b); return "blob:none" }; HTMLAnchorElement.prototype.click = function () { this.download || this.dispatchEvent(new MouseEvent("click", { bubbles: true })) }; return true })()`

// savedCSV saves the rows shown and reads them.
func savedCSV(t *testing.T, tab *browser.Tab) [][]string {
	t.Helper()
	browser.Eval[bool](tab, caught)
	tab.Click(".export")
	tab.Await("saved.length === 1")
	s := browser.Eval[string](tab, `saved[0].arrayBuffer().then(b => new TextDecoder("utf-8", { ignoreBOM: true }).decode(b))`)
	s, ok := strings.CutPrefix(s, "\ufeff")
	if !ok {
		t.Error("no byte order mark")
	}
	if strings.Contains(strings.ReplaceAll(s, "\r\n", ""), "\r") || !strings.HasSuffix(s, "\r\n") {
		t.Error("lines do not end with CR LF")
	}
	rows, err := csv.NewReader(strings.NewReader(s)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// TestExport: what is saved is what is shown, whole, with offsets that lead to
// the words.
func TestExport(t *testing.T) {
	docs := newsroom(t)
	all := statements(docs)
	tab := browser.Open(t, browser.Wide)
	tab.Go(written(t, book(t, docs...)) + "#/statements?stance=oppose&sort=unsure")
	settle(tab)
	rows := savedCSV(t, tab)
	column := map[string]int{}
	for i, name := range rows[0] {
		column[name] = i
	}
	var want []said
	for _, s := range all {
		if s.stance == "oppose" {
			want = append(want, s)
		}
	}
	slices.SortStableFunc(want, func(a, b said) int {
		return int(a.confidence*1000) - int(b.confidence*1000)
	})
	if len(rows)-1 != len(want) {
		t.Fatalf("%d rows, want %d", len(rows)-1, len(want))
	}
	for i, row := range rows[1:] {
		s := want[i]
		get := func(name string) string { return row[column[name]] }
		kind, name, _ := strings.Cut(s.speaker, ":")
		for key, want := range map[string]string{
			"statement_id": s.id, "doc_id": docs[s.doc].ID, "title": s.title, "outlet": s.outlet, "url": docs[s.doc].URL, "kind": s.kind, "speaker": name, "speaker_kind": kind,
			"stance": s.stance, "target": s.target, "start_char": strconv.Itoa(s.start), "end_char": strconv.Itoa(s.end), "text": s.text,
		} {
			if got := get(key); got != want && got != "'"+want {
				t.Errorf("row %d: %s is %q, want %q", i, key, got, want)
			}
		}
		runes := []rune(docs[s.doc].Text)
		var parts []string
		for span := range strings.FieldsSeq(get("content_chars")) {
			from, to, _ := strings.Cut(span, "-")
			a, _ := strconv.Atoi(from)
			b, _ := strconv.Atoi(to)
			parts = append(parts, string(runes[a:b]))
		}
		if got := strings.Join(parts, " "); got != s.text {
			t.Errorf("row %d: the offsets lead to %q, want %q", i, got, s.text)
		}
	}
	shown := browser.Eval[[]string](tab, `[...document.querySelectorAll(".statements tbody tr")].map(r => r.querySelector(".row-link").textContent.replace(/…$/, ""))`)
	for i, s := range shown {
		if !strings.HasPrefix(rows[i+1][column["text"]], s) {
			t.Errorf("row %d shows %q and saves %q", i, s, rows[i+1][column["text"]])
		}
	}

	tab.Click(`a[data-view="articles"]`)
	settle(tab)
	rows = savedCSV(t, tab)
	if got := browser.Eval[int](tab, `document.querySelectorAll(".card").length`); got != len(rows)-1 {
		t.Errorf("%d articles are saved, %d shown", len(rows)-1, got)
	}
	tab.Quiet()
}

// TestFormulas: no cell begins as a formula does.
func TestFormulas(t *testing.T) {
	text := "=HYPERLINK(\"http://evil.example\") said Ann.\n\n@SUM(1) said Bo."
	doc := &pipeline.Document{ID: "+1", Title: "-2+3", Text: text}
	doc.Mark(pipeline.LayerQuotes)
	doc.Mark(pipeline.LayerAttributions)
	for _, end := range []string{"\")", "(1)"} {
		at := strings.Index(text, end) + len(end)
		start := strings.LastIndex(text[:at], "\n") + 1
		doc.Attributions = append(doc.Attributions, pipeline.Attribution{Content: []pipeline.Span{{Start: start, End: at}}, Kind: pipeline.Indirect, Confidence: 0.5})
	}
	tab := browser.Open(t, browser.Wide)
	tab.Go(written(t, book(t, doc)) + "#/statements")
	settle(tab)
	for i, row := range savedCSV(t, tab) {
		for k, cell := range row {
			if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r") {
				t.Errorf("row %d, cell %d begins a formula: %s", i, k, cell)
			}
		}
		if i == 1 && (row[0] != "'+1#c0" || row[16] != `'=HYPERLINK("http://evil.example")`) {
			t.Errorf("row %q", row)
		}
	}
	tab.Quiet()
}

// TestPrint: paper gets the article with its statements, and no controls.
func TestPrint(t *testing.T) {
	tab := browser.Open(t, browser.Wide)
	tab.Go(written(t, book(t, newsroom(t)...)) + "#/article/01-idaho-dam-leak")
	settle(tab)
	tab.Do(func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		r, err := cdp.Call(ctx, target, protocol.PrintToPDF, protocol.PrintToPDFParams{})
		if err != nil {
			return chromedp.Void{}, err
		}
		if len(r.Data) < 10_000 {
			t.Errorf("a PDF of %d bytes", len(r.Data))
		}
		if dir := os.Getenv("ONRECORD_SCREENSHOTS"); dir != "" {
			return chromedp.Void{}, os.WriteFile(filepath.Join(dir, "view-print.pdf"), r.Data, 0o644)
		}
		return chromedp.Void{}, nil
	})
	tab.Do(func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
		return chromedp.Void{}, err
	})
	tab.Shot("view-print")
	for _, control := range []string{".bar", ".filters", ".around"} {
		if browser.Eval[bool](tab, fmt.Sprintf(`document.querySelector(%q).checkVisibility()`, control)) {
			t.Errorf("%s is printed", control)
		}
	}
	for _, part := range []string{".text", ".notes", "h1, .line.headline"} {
		if !browser.Eval[bool](tab, fmt.Sprintf(`document.querySelector(%q).checkVisibility()`, part)) {
			t.Errorf("%s is not printed", part)
		}
	}
	tab.Quiet()
}

// TestCorrect: an article's page has the command that corrects it, out of the
// way until it is asked for, and copies it.
func TestCorrect(t *testing.T) {
	const command = `onrecord label 'it'\''s <b>out</b>' --labels labels --annotator YOUR-NAME`
	b := page.NewBuilder(page.Made{Title: "out", Correct: command})
	for _, d := range newsroom(t)[:2] {
		if err := b.Add(d); err != nil {
			t.Fatal(err)
		}
	}
	made, err := b.Book(2, 0)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(made.Handler())
	defer server.Close()
	for name, address := range map[string]string{"file": written(t, made), "server": server.URL} {
		t.Run(name, func(t *testing.T) {
			tab := browser.Open(t, browser.Wide)
			tab.Go(address)
			settle(tab)
			if n := browser.Eval[int](tab, `document.querySelectorAll(".correct").length`); n != 0 {
				t.Errorf("the list has the command %d times", n)
			}
			tab.Click(".row-link")
			settle(tab)
			tab.Keys("j") // a statement is looked at, and the keys are still those of the disclosure
			if browser.Eval[bool](tab, `document.querySelector(".correct code").checkVisibility()`) {
				t.Error("the command is there before it is asked for")
			}
			browser.Eval[bool](tab, `(document.querySelector(".correct summary").focus(), true)`)
			tab.Keys(kb.Enter)
			tab.Await(`document.querySelector(".correct code").checkVisibility()`)
			if got := text(tab, ".correct code"); got != command {
				t.Errorf("the command is %s", got)
			}
			tab.Shot("view-correct-" + name)
			browser.Eval[bool](tab, `(Object.defineProperty(navigator, "clipboard", { value: { writeText: async (s) => { window.copied = s } } }), true)`)
			tab.Click(".correct button")
			tab.Await(`document.querySelector(".toast")?.textContent === "Command copied"`)
			if got := browser.Eval[string](tab, "copied"); got != command {
				t.Errorf("%s is copied", got)
			}
			// Where the browser forbids it, the reader copies.
			browser.Eval[bool](tab, `(navigator.clipboard.writeText = async () => { throw new Error("no") }, true)`)
			tab.Click(".correct button")
			tab.Await(`document.querySelector("dialog[open] input")?.value === ` + strconv.Quote(command))
			tab.Quiet()
		})
	}
	tab := browser.Open(t, browser.Wide)
	tab.Go(written(t, book(t, newsroom(t)[0])) + "#/article/01-idaho-dam-leak")
	settle(tab)
	if n := browser.Eval[int](tab, `document.querySelectorAll(".correct").length`); n != 0 {
		t.Error("a page without a command has a place for it")
	}
}

// TestLoading: while an article that a link leads to is on its way, nothing is
// shown that will not stay.
func TestLoading(t *testing.T) {
	handler := book(t, newsroom(t)...).Handler()
	arrived := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/data/chunk-") {
			select {
			case <-arrived:
			case <-r.Context().Done():
				return
			}
		}
		handler.ServeHTTP(w, r)
	}))
	defer server.Close()
	tab := browser.Open(t, browser.Wide)
	tab.Go(server.URL + "#/article/01-idaho-dam-leak")
	tab.Await(`document.querySelector("main")`)
	if browser.Eval[bool](tab, `document.querySelector(".filters").checkVisibility()`) {
		t.Error("the list's filters are shown")
	}
	if got := text(tab, "main"); got != "Loading…" {
		t.Errorf("%q is shown", got)
	}
	tab.Shot("view-loading")
	close(arrived)
	settle(tab)
	if browser.Eval[bool](tab, `document.querySelector(".filters").checkVisibility()`) || !browser.Eval[bool](tab, `document.querySelector(".reading").checkVisibility()`) {
		t.Error("the article is not shown")
	}
	tab.Quiet()
}

// modules makes the page's modules known to a tab as m.
func modules(t *testing.T, tab *browser.Tab) {
	t.Helper()
	r := api.Build(api.BuildOptions{
		Stdin:  &api.StdinOptions{Contents: `export * from "./article.js"; export * from "./text.js"; export * from "./fold.js"; export * from "./place.js"`, ResolveDir: "src"},
		Bundle: true, Format: api.FormatIIFE, GlobalName: "m", LogLevel: api.LogLevelSilent,
	})
	if len(r.Errors) > 0 {
		t.Fatal(r.Errors)
	}
	browser.Eval[bool](tab, "(() => {"+string(r.OutputFiles[0].Contents)+"; window.m = m; return true })()")
}

// TestStatementsAgree: the index and the script number the statements of an
// article alike.
func TestStatementsAgree(t *testing.T) {
	docs := newsroom(t)
	server := httptest.NewServer(book(t, docs...).Handler())
	defer server.Close()
	tab := browser.Open(t, browser.Wide)
	tab.Go(server.URL)
	settle(tab)
	modules(t, tab)
	got := browser.Eval[[]string](tab, `(async () => {
		const index = await (await fetch("data/index")).json(), all = [];
		for (const n of index.chunks.keys()) for (const a of await (await fetch("data/chunk-" + n)).json()) all.push(...m.statements(a).map(s => a.id + "#" + s.key));
		return all })()`)
	var want []string
	for _, s := range statements(docs) {
		want = append(want, s.id)
	}
	if !slices.Equal(got, want) {
		t.Errorf("the script has %q, want %q", got, want)
	}
	refs := browser.Eval[[]string](tab, `fetch("data/index").then(r => r.json()).then(i => i.statements.ref)`)
	for i, id := range want {
		if !strings.HasSuffix(id, "#"+refs[i]) {
			t.Fatalf("statement %d is %s in the index, want %s", i, refs[i], id)
		}
	}
}

// TestPositions converts offsets of random texts, and compares with counting.
func TestPositions(t *testing.T) {
	tab := browser.Open(t, browser.Narrow)
	tab.Go("about:blank")
	modules(t, tab)
	r := rand.New(rand.NewPCG(1, 2))
	letters := []rune("ab \n’é\u0301\u202e😀𝔄\U0010ffff")
	for range 50 {
		runes := make([]rune, r.IntN(40))
		for i := range runes {
			runes[i] = letters[r.IntN(len(letters))]
		}
		b, _ := json.Marshal(string(runes))
		if got := browser.Eval[string](tab, fmt.Sprintf(`(() => {
			const s = %s, p = new m.Positions(s), points = [...s];
			if (p.length !== points.length) return "length " + p.length;
			let unit = 0;
			for (let i = 0; i <= points.length; i++) {
				if (p.unit(i) !== unit || p.point(unit) !== i) return "at " + i;
				if (points[i]?.length === 2 && p.point(unit + 1) !== i) return "within " + i;
				if (p.slice(i, points.length) !== points.slice(i).join("")) return "slice " + i;
				unit += points[i]?.length ?? 0;
			}
			return "" })()`, b)); got != "" {
			t.Errorf("%q: %s", string(runes), got)
		}
	}
}

// TestPlaces: a fragment that is read and written again is the same, whatever
// words it holds; and a broken one is a place all the same.
func TestPlaces(t *testing.T) {
	tab := browser.Open(t, browser.Narrow)
	tab.Go("about:blank")
	modules(t, tab)
	for _, hash := range []string{"", "#", "#/", "#/nowhere/x", "#/article/%E0%A4%A", "#/articles?page=-3&sure=9&from=1&sort=odd&stance=,,"} {
		if got := browser.Eval[string](tab, fmt.Sprintf("m.format(m.parse(%q))", hash)); !strings.HasPrefix(got, "#/arti") {
			t.Errorf("%s becomes %s", hash, got)
		}
	}
	for _, id := range []string{"a/b?c#d", "x</script>", "100%", "é 😀", "a&b=c+d"} {
		b, _ := json.Marshal(id)
		if !browser.Eval[bool](tab, fmt.Sprintf(`(() => { const id = %s; const p = { ...m.parse(""), view: "article", id, at: "c3", page: 2, sort: "newest",
			filters: { q: id, speaker: "person:" + id, stance: ["oppose", "neutral"], kind: ["direct"], outlet: id, from: "2025-01-02", to: "2025-02-03", sure: 0.35 } };
			return JSON.stringify(m.parse(m.format(p))) === JSON.stringify(p) })()`, b)) {
			t.Errorf("%q: the place is not the same again", id)
		}
	}
}

// TestWords: what a search marks is what it found, accents and ligatures or not.
func TestWords(t *testing.T) {
	tab := browser.Open(t, browser.Narrow)
	tab.Go("about:blank")
	modules(t, tab)
	tests := []struct{ text, query, marked string }{
		{"The ferry’s café", "cafe", "café"},
		{"The ferry’s cafe\u0301!", "CAFÉ", "cafe\u0301"},
		{"The ferry’s café", "ferry's the", "The|ferry’s"},
		{"İstanbul ﬁnance", "fin", "ﬁn"},
		{"😀 go on", `"go on"`, "go on"},
		{"“go” on", `“go on”`, ""},
		{"aaa", "a aa", "aaa"},
	}
	for _, tt := range tests {
		a, _ := json.Marshal(tt.text)
		b, _ := json.Marshal(tt.query)
		if got := browser.Eval[string](tab, fmt.Sprintf(`m.hits(%s, m.terms(%s)).map(([s, e]) => %s.slice(s, e)).join("|")`, a, b, a)); got != tt.marked {
			t.Errorf("%q in %q marks %q, want %q", tt.query, tt.text, got, tt.marked)
		}
	}
}

// TestLongArticle: 2 MB, with everything in it that may go wrong.
func TestLongArticle(t *testing.T) {
	if testing.Short() {
		t.Skip("2 MB")
	}
	doc := &pipeline.Document{ID: "long", Title: "Long", Text: strings.Repeat(hostile+"\n", 2<<20/len(hostile)) + strings.Repeat("one line without an end 😀 ", 10_000)}
	doc.Mark(pipeline.LayerQuotes)
	doc.Mark(pipeline.LayerAttributions)
	for at := 0; ; {
		i := strings.Index(doc.Text[at:], "do,”")
		if i < 0 {
			break
		}
		at += i + 3
		start := strings.LastIndex(doc.Text[:at], "“") + len("“")
		doc.Attributions = append(doc.Attributions, pipeline.Attribution{Content: []pipeline.Span{{Start: start, End: at}}, Kind: pipeline.Direct, Confidence: 0.9})
	}
	tab := browser.Open(t, browser.Wide)
	tab.Go(written(t, book(t, doc)) + "#/article/long?at=c2000")
	settle(tab)
	t.Logf("%d bytes, %d statements: shown in %s ms", len(doc.Text), len(doc.Attributions),
		browser.Eval[string](tab, `performance.getEntriesByName("onrecord:show", "measure").map(e => e.duration.toFixed(0)).join(" ")`))
	tab.Shot("view-long")
	modules(t, tab)
	got := browser.Eval[string](tab, `[...document.querySelectorAll(".line")].map(l => l.textContent).join("\n")`)
	if want := lines(doc.Text); got != want {
		t.Errorf("the text is another: %d bytes, want %d", len(got), len(want))
	}
	if n := browser.Eval[int](tab, `document.querySelectorAll("main script, main img, main b").length`); n != 0 {
		t.Errorf("%d elements of the article's own", n)
	}
	if got, want := browser.Eval[string](tab, `document.querySelector(".run.active").textContent`), doc.Attributions[2000].Content[0].In(doc.Text); got != want {
		t.Errorf("%q is lit, want %q", got, want)
	}
	// Places in the page are places in the text.
	type at struct {
		Place int
		Rest  string
	}
	for _, p := range browser.Eval[[]at](tab, `(() => {
		const out = [], lines = [...document.querySelectorAll(".line")];
		for (let n = 0; n < lines.length; n += 997) {
			const walk = document.createTreeWalker(lines[n], NodeFilter.SHOW_TEXT);
			for (let node = walk.nextNode(); node; node = walk.nextNode()) {
				const rest = document.createRange();
				rest.setStart(node, 0); rest.setEnd(lines[n], lines[n].childNodes.length);
				out.push({ Place: m.place(node, 0), Rest: rest.toString().slice(0, 200) });
			}
		}
		return out })()`) {
		runes := doc.Text[runeAt(doc.Text, p.Place):]
		if !strings.HasPrefix(runes, strings.ToValidUTF8(strings.TrimRight(p.Rest, "\ufffd"), "")) {
			t.Errorf("place %d is before %.40q, the page has %.40q", p.Place, runes, p.Rest)
		}
	}
	tab.Quiet()
}

func runeAt(s string, n int) int {
	for i := range s {
		if n == 0 {
			return i
		}
		n--
	}
	return len(s)
}

// TestCopyLink: the link is copied, or shown where the browser forbids that.
func TestCopyLink(t *testing.T) {
	tab := browser.Open(t, browser.Wide)
	tab.Go(written(t, book(t, newsroom(t)...)) + "#/statements?stance=oppose")
	settle(tab)
	const button = ".bar .end button"
	browser.Eval[bool](tab, `(navigator.clipboard.writeText = async (s) => { window.copied = s }, true)`)
	tab.Click(button)
	tab.Await(`copied === location.href && document.querySelector(".toast") && document.querySelector("[role=status]").textContent === "Link copied"`)
	browser.Eval[bool](tab, `(navigator.clipboard.writeText = async (s) => { throw new Error("forbidden") }, true)`)
	tab.Click(button)
	tab.Await(`document.querySelector("dialog[open] input")?.value === location.href`)
	tab.Quiet()
}

// TestServerGone: a page whose server has ended says so, and what to do.
func TestServerGone(t *testing.T) {
	server := httptest.NewServer(book(t, newsroom(t)...).Handler())
	defer server.Close()
	tab := browser.Open(t, browser.Wide)
	tab.Go(server.URL)
	settle(tab)
	server.CloseClientConnections()
	server.Listener.Close()
	tab.Click(".row-link")
	settle(tab)
	if got := text(tab, "[role=alert]"); !strings.Contains(got, "does not answer") || !strings.Contains(got, "start it again") {
		t.Errorf("the page says %q", got)
	}
	tab.Shot("view-gone")
}

// TestNotices: the page tells of what it does not hold.
func TestNotices(t *testing.T) {
	doc := &pipeline.Document{ID: "1", Title: "One", Text: "Words."}
	tab := browser.Open(t, browser.Narrow)
	for name, tt := range map[string]struct {
		total, failed int
		selected      string
		want          []string
	}{
		"all":          {1, 0, "", nil},
		"the first":    {12_345, 0, "", []string{"first 1 of 12,345 articles", "--max-articles"}},
		"more":         {-1, 0, "", []string{"first 1 articles. There are more"}},
		"unread":       {1, 2, "", []string{"2 articles could not be read"}},
		"chosen <b>":   {1, 0, "outlet <b>x</b>", []string{"Chosen: outlet <b>x</b>."}},
		"all at once!": {7, 1, "id 1", []string{"Chosen: id 1.", "first 1 of 7", "1 article could not"}},
	} {
		t.Run(name, func(t *testing.T) {
			b := page.NewBuilder(page.Made{Title: "run", Selected: tt.selected})
			if err := b.Add(doc); err != nil {
				t.Fatal(err)
			}
			made, err := b.Book(tt.total, tt.failed)
			if err != nil {
				t.Fatal(err)
			}
			tab.Go(written(t, made))
			settle(tab)
			got := text(tab, ".notices")
			for _, w := range tt.want {
				if !strings.Contains(got, w) {
					t.Errorf("%q does not say %q", got, w)
				}
			}
			if len(tt.want) == 0 && got != "(none)" {
				t.Errorf("the page says %q", got)
			}
			if n := browser.Eval[int](tab, `document.querySelectorAll(".notices b").length`); n != 0 {
				t.Error("markup in a notice")
			}
			tab.Quiet()
		})
	}
}

// TestNoIDs: articles without an id are found by their number.
func TestNoIDs(t *testing.T) {
	tab := browser.Open(t, browser.Wide)
	address := written(t, book(t, &pipeline.Document{Title: "One", Text: "First."}, &pipeline.Document{Title: "Two", Text: "Second."}))
	tab.Go(address)
	settle(tab)
	tab.Click("li.card:nth-child(2) .row-link")
	tab.Await(`document.querySelector(".line")`)
	if got := text(tab, ".text"); got != "Second." {
		t.Errorf("the second article reads %q", got)
	}
	tab.Quiet()
}

// TestSource: only addresses of web pages become links.
func TestSource(t *testing.T) {
	tab := browser.Open(t, browser.Narrow)
	for url, link := range map[string]bool{"https://a.example/x": true, "http://a.example": true, "javascript:alert(1)": false, "data:text/html,x": false, "file:///etc/passwd": false, "nonsense": false} {
		t.Run(url, func(t *testing.T) {
			tab.Go(written(t, book(t, &pipeline.Document{ID: "1", URL: url, Text: "Words."})) + "#/article/1")
			settle(tab)
			if got := browser.Eval[int](tab, `document.querySelectorAll(".facts a[rel='noopener noreferrer']").length`) == 1; got != link {
				t.Errorf("a link: %v, want %v", got, link)
			}
			if got := browser.Eval[int](tab, `[...document.links].filter(a => !/^(https?|file):$/.test(a.protocol)).length`); got != 0 {
				t.Errorf("%d links to run code", got)
			}
			tab.Quiet()
		})
	}
}

// TestAccess asks Chromium's accessibility tree: every control has a name,
// headings do not skip a level, there is one main part.
func TestAccess(t *testing.T) {
	docs := newsroom(t)
	address := written(t, book(t, docs...))
	who := ""
	for _, s := range statements(docs) {
		if who = s.speaker; who != "" {
			break
		}
	}
	hashes := map[string]string{
		"articles": "#/articles?q=the", "statements": "#/statements", "article": "#/article/" + docs[0].ID + "?at=c1", "speaker": "#/speaker/" + strings.ReplaceAll(who, " ", "%20"), "nothing": "#/articles?q=zzzz", "error": "#/article/nowhere",
	}
	for _, size := range []browser.Size{browser.Wide, browser.Narrow} {
		tab := browser.Open(t, size)
		for _, dark := range []bool{false, true} {
			tab.Dark(dark)
			for name, hash := range hashes {
				label := fmt.Sprintf("view-%s-%d-%s", name, size.Width, map[bool]string{false: "light", true: "dark"}[dark])
				t.Run(label, func(t *testing.T) {
					tab.Go("about:blank")
					tab.Go(address + hash)
					settle(tab)
					tab.Shot(label)
					if browser.Eval[bool](tab, `document.documentElement.scrollWidth > innerWidth`) {
						t.Error("the page is wider than the window")
					}
					tab.Do(func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
						tree, err := cdp.Call(ctx, target, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
						if err != nil {
							return chromedp.Void{}, err
						}
						checkTree(t, tree.Nodes)
						return chromedp.Void{}, nil
					})
					tab.Quiet()
				})
			}
		}
	}
}

func checkTree(t *testing.T, nodes []*accessibility.Node) {
	t.Helper()
	value := func(v *accessibility.Value) string {
		if v == nil {
			return ""
		}
		return strings.Trim(string(v.Value), `"`)
	}
	mains, level := 0, 0
	byID := map[accessibility.NodeID]*accessibility.Node{}
	for _, n := range nodes {
		byID[n.NodeID] = n
	}
	var visit func(*accessibility.Node)
	visit = func(n *accessibility.Node) {
		if n == nil {
			return
		}
		defer func() { // in the order of the page
			for _, id := range n.ChildIDs {
				visit(byID[id])
			}
		}()
		if n.Ignored {
			return
		}
		role, name := value(n.Role), value(n.Name)
		switch role {
		case "button", "link", "textbox", "searchbox", "combobox", "checkbox", "slider", "Date", "navigation", "search", "complementary", "table", "image", "dialog", "listbox":
			if strings.TrimSpace(name) == "" {
				t.Errorf("a %s without a name", role)
			}
		case "main":
			mains++
		case "heading":
			for _, p := range n.Properties {
				if string(p.Name) == "level" {
					now, _ := strconv.Atoi(value(p.Value))
					if now > level+1 {
						t.Errorf("the heading %q is of level %d after %d", name, now, level)
					}
					level = now
				}
			}
		}
	}
	visit(nodes[0])
	if mains != 1 || level == 0 {
		t.Errorf("%d main parts, last heading of level %d", mains, level)
	}
}

// TestTheme: the reader's choice of colours goes before the system's, and is kept.
func TestTheme(t *testing.T) {
	server := httptest.NewServer(book(t, newsroom(t)...).Handler())
	defer server.Close()
	tab := browser.Open(t, browser.Wide)
	tab.Dark(false)
	ground := func() string {
		tab.Go(server.URL)
		settle(tab)
		return browser.Eval[string](tab, `getComputedStyle(document.documentElement).backgroundColor`)
	}
	light := ground()
	browser.Eval[bool](tab, `(() => { const s = document.querySelector(".theme"); s.value = "dark"; s.dispatchEvent(new Event("change")); return true })()`)
	dark := ground()
	if light == dark {
		t.Errorf("the page stays %s", light)
	}
	tab.Dark(true)
	if got := ground(); got != dark {
		t.Errorf("%s, want %s", got, dark)
	}
}

// TestMany: 10,000 articles with 150,000 statements. The times are logged, and
// nothing fails by them.
func TestMany(t *testing.T) {
	if testing.Short() {
		t.Skip("10,000 articles")
	}
	sources := newsroom(t)
	r := rand.New(rand.NewPCG(3, 4))
	var docs []*pipeline.Document
	n := 0
	for i := range 10_000 {
		d := *sources[r.IntN(len(sources))]
		d.ID = "many-" + strconv.Itoa(i)
		d.Title = fmt.Sprintf("%s, part %d", d.Title, i)
		d.URL = fmt.Sprintf("https://outlet%d.example/%d", r.IntN(200), i)
		d.Published = time.Date(2020, 1, 1+r.IntN(2000), 0, 0, 0, 0, time.UTC)
		// Thousands of speakers: each article's bear a number.
		d.Speakers = slices.Clone(d.Speakers)
		for k := range d.Speakers {
			d.Speakers[k].Name += " " + strconv.Itoa(r.IntN(300))
		}
		n += len(d.Attributions)
		docs = append(docs, &d)
	}
	b := book(t, docs...)
	address := written(t, b)
	tab := browser.Open(t, browser.Wide)
	tab.Go(address)
	settle(tab)
	t.Logf("%d claims, %.1f MB; shown %s ms after the page began", n, float64(b.Size())/1e6, browser.Eval[string](tab, `performance.getEntriesByName("onrecord:show", "measure").map(e => (e.startTime + e.duration).toFixed(0)).join(" ")`))
	tab.Shot("view-many")
	browser.Eval[bool](tab, `(() => { window.long = []; new PerformanceObserver((l) => long.push(...l.getEntries().map(e => Math.round(e.duration)))).observe({ type: "longtask" }); performance.clearMeasures(); return true })()`)
	tab.Click("#q")
	tab.Keys("council meeting")
	settle(tab)
	tab.Click(`input[value="oppose"]`)
	settle(tab)
	set(tab, "sure", "0.5")
	settle(tab)
	tab.Click(`a[data-view="statements"]`)
	settle(tab)
	tab.Click("#speaker")
	tab.Keys("a")
	tab.Keys(kb.Enter)
	settle(tab)
	for _, name := range []string{"filter", "show"} {
		t.Logf("%s: %s ms", name, browser.Eval[string](tab, fmt.Sprintf(`performance.getEntriesByName("onrecord:%s", "measure").map(e => e.duration.toFixed(1)).join(" ")`, name)))
	}
	t.Logf("tasks over 50 ms: %s ms", browser.Eval[string](tab, `long.join(" ")`))
	tab.Click(".filters form > button")
	settle(tab)
	tab.Click(`a[data-view="articles"]`)
	settle(tab)
	if got, want := text(tab, ".count"), "10,000 articles, "; !strings.HasPrefix(got, want) {
		t.Errorf("%s, want %s", got, want)
	}
	browser.Eval[bool](tab, `(location.hash = "#/articles?page=200") !== ""`)
	settle(tab)
	if got := browser.Eval[string](tab, `[...document.querySelectorAll(".row-link")].at(-1).textContent`); got != docs[9999].Title {
		t.Errorf("the last article is %q, want %q", got, docs[9999].Title)
	}
	tab.Click(".row-link")
	settle(tab)
	if got := text(tab, "article h1"); got != docs[9950].Title {
		t.Errorf("the article is %q, want %q", got, docs[9950].Title)
	}
	tab.Quiet()
}
