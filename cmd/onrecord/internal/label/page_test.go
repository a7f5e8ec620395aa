package label

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/google/go-cmp/cmp"

	"github.com/onrecord-nlp/onrecord/cmd/onrecord/internal/browser"
	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/goldform"
)

// serve serves a project.
func serve(t testing.TB, p *Project) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(p.Handler())
	t.Cleanup(s.Close)
	return s
}

// gold reads the labelled articles of the project's own test data.
func devArticles(t testing.TB, n int) []goldform.Article {
	t.Helper()
	var out []goldform.Article
	for a, err := range goldform.ReadArticlesPath("../../../../testdata/gold/dev") {
		if err != nil {
			t.Fatal(err)
		}
		if out = append(out, a); len(out) == n {
			break
		}
	}
	return out
}

// press presses keys, and waits until the page has dealt with them.
func press(tab *browser.Tab, keys string, modifiers ...int64) {
	tab.Keys(keys, modifiers...)
	settle(tab)
}

// settle waits until the page has dealt with what was sent to it.
func settle(tab *browser.Tab) {
	browser.Eval[bool](tab, `new Promise((done) => requestAnimationFrame(() => setTimeout(() => done(true))))`)
}

// drag selects, with the mouse, from within the first letter of the one to within
// the last letter of the other: words of the article, found by their text.
func drag(tab *browser.Tab, from, to string) {
	// Within a pixel: with fractions of one, Chromium forgets where a selection began.
	point := func(words string, letter int) (x, y float64) {
		p := browser.Eval[[]float64](tab, fmt.Sprintf(`(() => {
			const words = %q, letter = %d, paper = document.querySelector(".paper");
			for (const line of paper.querySelectorAll(".line")) {
				if (!line.textContent.includes(words)) continue;
				line.scrollIntoView({block: "center"});
				let at = line.textContent.indexOf(words) + letter;
				const walk = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
				for (let n; (n = walk.nextNode()); at -= n.length) {
					if (at >= n.length) continue;
					const r = document.createRange();
					r.setStart(n, at);
					r.setEnd(n, at + 1);
					const b = r.getBoundingClientRect();
					return [Math.round(b.left + b.width / 2), Math.round(b.top + b.height / 2)];
				}
			}
			return [];
		})()`, words, letter))
		return p[0], p[1]
	}
	held := func(p *input.DispatchMouseEventParams) { p.Buttons = 1 }
	last := len(to) - 1
	point(from, 0) // brings them into view, and where they stay
	x2, y2 := point(to, last)
	x1, y1 := point(from, 0)
	at := func(event input.DispatchMouseEventType, x, y float64, more ...chromedp.MouseOption) {
		tab.Do(chromedp.MouseEvent(event, x, y, append(more, chromedp.ButtonLeft)...))
		settle(tab)
	}
	at(chromedp.MousePressed, x1, y1, chromedp.ClickCount(1))
	at(chromedp.MouseMoved, x2, y2, held)
	at(chromedp.MouseReleased, x2, y2, chromedp.ClickCount(1))
}

// ready waits for an article to be shown, saved for the page to have said so.
func ready(tab *browser.Tab) { tab.Await(`document.querySelector(".paper .line")`) }
func saved(tab *browser.Tab) {
	tab.Await(`document.querySelector(".saving").classList.contains("saved")`)
}

// panelText is what the panel says, white space as one space.
func panelText(tab *browser.Tab) string {
	return strings.Join(strings.Fields(browser.Eval[string](tab, `document.querySelector(".panel").innerText`)), " ")
}

// TestLooks takes pictures of the page, wide and narrow, light and dark.
func TestLooks(t *testing.T) {
	all, marks := pipelines(t)
	dir := t.TempDir()
	articles := devArticles(t, 12)
	add := func(name string, labelled bool) *Project {
		p := open(t, dir, name, Options{Suggest: all.Process, Marks: marks.Process})
		for i, a := range articles {
			if !labelled {
				a.Doc = bare(a.Doc)
			}
			if err := p.Add(a); err != nil {
				t.Fatal(err)
			}
			if i < 4 {
				s := get(t, p, FileName(a.Doc.ID))
				if i < 3 {
					accept(s)
					s.Done = true
				}
				put(t, p, FileName(a.Doc.ID), s)
			}
		}
		return p
	}
	add("bo", true).Close()
	s := serve(t, add("ada", false))
	for _, size := range []struct {
		name string
		browser.Size
	}{{"wide", browser.Wide}, {"narrow", browser.Narrow}} {
		tab := browser.Open(t, size.Size)
		for _, dark := range []bool{false, true} {
			look := "label-" + size.name + map[bool]string{true: "-dark", false: "-light"}[dark]
			tab.Dark(dark)
			tab.Go("about:blank")
			tab.Go(s.URL)
			ready(tab)
			press(tab, "jjjj2")
			saved(tab)
			tab.Shot(look)
			press(tab, "p")
			tab.Shot(look + "-speaker")
			press(tab, kb.Escape)
			press(tab, "?")
			tab.Shot(look + "-keys")
			tab.Click("dialog button.primary")
			press(tab, "d")
			tab.Shot(look + "-finish")
			tab.Click("#finish-back")
			press(tab, "z")
			saved(tab)
			if size.name == "narrow" {
				tab.Click(".lists")
				tab.Shot(look + "-list")
			}
			tab.Go("about:blank")
			tab.Go(s.URL + "#with=bo")
			tab.Await(`document.querySelector(".agreement table")`)
			tab.Shot(look + "-agreement")
		}
		tab.Quiet()
	}
}

// served is a project served so that the server can go away and come back at the
// same address, as a killed one does.
type served struct {
	t    *testing.T
	addr string
	*http.Server
}

func serveAt(t *testing.T, addr string, h http.Handler) *served {
	t.Helper()
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	s := &served{t, ln.Addr().String(), &http.Server{Handler: h}}
	go s.Serve(ln)
	t.Cleanup(func() { s.Close() })
	return s
}

func (s *served) url() string { return "http://" + s.addr }

// moorings is an article with two quotations and a claim, which the program finds.
const moorings = "Harbour to charge for 😀 moorings\n\n" +
	"“We will not pay twi𝔠e,” said Ada Crane, the harbour master of Ha\u0300n.\n\n" +
	"“The plan is completely unacceptable,” Bo Hill told the council on Monday.\n\n" +
	"The council believes that the charge is fair, according to Cy Dunn.\n"

// the labels of a finished article.
func finished(t *testing.T, p *Project, key string) *goldform.Record {
	t.Helper()
	for a, err := range goldform.ReadArticlesPath(p.gold(key)) {
		if err != nil {
			t.Fatal(err)
		}
		r, err := goldform.RecordOf(a)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	t.Fatal("no article")
	return nil
}

// words are the words of spans in the text of a record.
func words(r *goldform.Record, spans ...goldform.Offsets) string {
	text := []rune(*r.Text)
	var out []string
	for _, s := range spans {
		out = append(out, string(text[s[0]:s[1]]))
	}
	return strings.Join(out, " … ")
}

// TestAsAPerson does what a person would: walk, accept, reject, correct, mark new
// statements with mouse and keyboard, undo, finish, come back.
func TestAsAPerson(t *testing.T) {
	all, marks := pipelines(t)
	p := open(t, t.TempDir(), "ada", Options{Suggest: all.Process, Marks: marks.Process})
	addText(t, p, "moorings", moorings)
	addText(t, p, "second", "Nothing is said here.\n")
	suggested := get(t, p, "moorings")
	if len(suggested.Labels.Quotes) != 2 || len(suggested.Labels.Claims) < 2 {
		t.Fatalf("the article does not suit this test: %+v", suggested.Labels)
	}
	s := serveAt(t, "127.0.0.1:0", p.Handler())
	tab := browser.Open(t, browser.Wide)
	tab.Go(s.url())
	ready(tab)

	// Finishing now would leave everything out: the page says so, and can be told to
	// go back.
	press(tab, "d")
	if got := browser.Eval[string](tab, `document.querySelector("dialog")?.innerText ?? "no dialog"`); !strings.Contains(got, "5 suggestions are neither accepted nor rejected") {
		t.Errorf("finishing says: %s", got)
	}
	tab.Click("#finish-back")
	if st := get(t, p, "moorings"); st.Revision != 0 {
		t.Errorf("going back made revision %d", st.Revision)
	}

	// The first quotation's claim is right; a goes on to the next.
	press(tab, "j")
	if got := panelText(tab); !strings.HasPrefix(got, "Claim, direct 1 of ") || !strings.Contains(got, "suggested") {
		t.Fatalf("at the first statement: %s", got)
	}
	press(tab, "a")
	if got := panelText(tab); !strings.Contains(got, "completely unacceptable") {
		t.Errorf("after accepting: %s", got)
	}
	// The second one is rejected, with its quotation.
	// The second one is rejected, with its quotation.
	press(tab, "x")
	saved(tab)
	st := get(t, p, "moorings")
	var statuses []string
	for _, r := range append(st.Rows.Claims[:2:2], st.Rows.Quotes...) {
		statuses = append(statuses, string(r.Status))
	}
	if got := strings.Join(statuses, " "); got != "accepted rejected accepted rejected" {
		t.Errorf("statuses: %s", got)
	}
	// The rest is rejected too.
	for range len(st.Labels.Claims) - 2 {
		press(tab, "x")
	}

	// A speaker is corrected by typing.
	press(tab, "kkkkkkkk")
	press(tab, "p")
	press(tab, "Ada Crane-Lee")
	press(tab, kb.Enter)
	if got := panelText(tab); !strings.Contains(got, "corrected") || !strings.Contains(got, "Speaker: Ada Crane-Lee") {
		t.Errorf("after correcting the speaker: %s", got)
	}

	// A quotation is marked with the mouse, sloppily, within its marks.
	drag(tab, "plan", "completely")
	press(tab, "q")

	if got := panelText(tab); !strings.HasPrefix(got, "Quotation, direct") || !strings.Contains(got, "The plan is completely unacceptable,") {
		t.Errorf("after marking a quotation: %s", got)
	}
	// Its mention is taken as its speaker; cue and stance by key.
	drag(tab, "Bo", "Hill")
	press(tab, "s")
	drag(tab, "told", "told")
	press(tab, "u")
	press(tab, "2")
	drag(tab, "plan", "plan")
	press(tab, "t")

	// A claim is marked with the keyboard alone: from the statement at hand seven
	// words on, and then more.
	press(tab, "j")
	for range 40 {
		press(tab, kb.ArrowRight)
		if browser.Eval[string](tab, `getSelection().toString()`) == "the" && browser.Eval[string](tab, `getSelection().anchorNode.parentElement.closest(".line").textContent`)[:3] == "The" {
			break
		}
	}
	for range 3 {
		press(tab, kb.ArrowRight, browser.Shift)
	}
	if got := browser.Eval[string](tab, `getSelection().toString()`); got != "the charge is fair" {
		t.Fatalf("the keyboard selects %q", got)
	}
	press(tab, kb.ArrowRight, browser.Shift)
	press(tab, kb.ArrowLeft, browser.Shift)
	press(tab, "c")
	drag(tab, "Cy", "Dunn")
	press(tab, "s")
	drag(tab, "according", "according to")
	press(tab, "u")
	press(tab, "1")
	press(tab, "t")
	press(tab, "the charge")
	press(tab, kb.Enter)
	press(tab, "n")
	press(tab, "n")
	saved(tab)
	tab.Shot("label-corrected")
	before := get(t, p, "moorings")

	// Undo and redo, any number of steps: all that was done, and back again.
	for range 60 {
		press(tab, "z")
	}
	saved(tab)
	if u := get(t, p, "moorings"); u.Rows.Claims[0].Status != Suggested || len(u.Rows.Claims) != len(suggested.Rows.Claims) || u.Labels.Claims[0].Speaker != suggested.Labels.Claims[0].Speaker {
		t.Errorf("after undoing everything: %+v", u.Rows)
	}
	for range 60 {
		press(tab, "z", browser.Ctrl|browser.Shift)
	}
	saved(tab)
	after := get(t, p, "moorings")
	after.Revision = before.Revision
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("before undoing (-) and after redoing (+):\n%s", diff)
	}

	// Finish: nothing is left to warn of, and the next article opens.
	press(tab, "d")
	tab.Await(`document.querySelector(".head h1").textContent === "second"`)
	saved(tab)
	r := finished(t, p, "moorings")
	type statement struct{ Content, Source, Cue, Speaker, Kind, Stance, Target string }
	var got []statement
	for _, c := range r.Claims {
		got = append(got, statement{words(r, c.Content...), words(r, c.Source...), words(r, c.Cue...), c.Speaker, c.Kind, c.Stance, c.Target})
	}
	for _, q := range r.Quotes {
		got = append(got, statement{words(r, goldform.Offsets{q.Start, q.End}), words(r, q.Mention), words(r, q.Cue), q.Speaker, q.Kind, q.Stance, q.Target})
	}
	first := suggested.Labels.Claims[0]
	want := []statement{
		{"We will not pay twi𝔠e", words(r, first.Source...), "said", "Ada Crane-Lee", "direct", first.Stance, first.Target},
		{"the charge is fair", "Cy Dunn", "according to", "Cy Dunn", "indirect", "support", "the charge"},
		{"We will not pay twi𝔠e,", words(r, suggested.Labels.Quotes[0].Mention), "said", "Ada Crane-Lee", "direct", first.Stance, first.Target},
		{"The plan is completely unacceptable,", "Bo Hill", "told", "Bo Hill", "direct", "oppose", "plan"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("wanted (-), finished (+):\n%s", diff)
	}

	// Come back: the correction is there, and shown.
	tab.Go("about:blank")
	tab.Go(s.url() + "#a=moorings")
	ready(tab)
	press(tab, "j")
	if got := panelText(tab); !strings.Contains(got, "corrected") || !strings.Contains(got, "Speaker: Ada Crane-Lee") {
		t.Errorf("after coming back: %s", got)
	}
	if got := browser.Eval[string](tab, `document.querySelector(".articles .told, .articles [role=status]").textContent`); got != "1 of 2 finished" {
		t.Errorf("progress: %s", got)
	}
	tab.Quiet()
}

// TestServerAway: what is labelled while the server is away, and after it was
// killed, is kept in the browser, over a reload, and sent when it is back.
func TestServerAway(t *testing.T) {
	all, marks := pipelines(t)
	dir := t.TempDir()
	o := Options{Suggest: all.Process, Marks: marks.Process}
	p := open(t, dir, "ada", o)
	addText(t, p, "moorings", moorings)
	s := serveAt(t, "127.0.0.1:0", p.Handler())
	tab := browser.Open(t, browser.Wide)
	tab.Go(s.url())
	ready(tab)
	press(tab, "ja") // acknowledged
	saved(tab)
	s.Close() // at once, as kill -9 would
	p.Close()
	press(tab, "x")
	tab.Await(`document.querySelector(".saving").textContent.includes("kept in this browser")`)
	tab.Shot("label-away")

	// Back again, and the page is told nothing: it tries by itself.
	back := func() (*Project, *served) {
		p := open(t, dir, "ada", o)
		addText(t, p, "moorings", moorings)
		return p, serveAt(t, s.addr, p.Handler())
	}
	status := func(p *Project) string {
		var all []string
		for _, r := range get(t, p, "moorings").Rows.Claims {
			all = append(all, string(r.Status))
		}
		return strings.Join(all, " ")
	}
	p, s2 := back()
	saved(tab)
	if got := status(p); got != "accepted rejected suggested" {
		t.Errorf("after the server came back: %s", got)
	}

	// Away again, and the page is closed on it: a new one finds what was left.
	s2.Close()
	p.Close()
	press(tab, "a")
	tab.Await(`document.querySelector(".saving").textContent.includes("kept in this browser")`)
	tab.Go("about:blank")
	p, _ = back()
	if got := status(p); got != "accepted rejected suggested" {
		t.Errorf("while it was not sent: %s", got)
	}
	tab.Go(s.url())
	ready(tab)
	tab.Await(`document.querySelector(".notice").textContent.includes("found in this browser")`)
	saved(tab)
	if got := status(p); got != "accepted rejected accepted" {
		t.Errorf("after a new page: %s", got)
	}
	if n := browser.Eval[int](tab, `Object.keys(localStorage).filter((k) => k.startsWith("onrecord-label/")).length`); n != 0 {
		t.Errorf("%d entries are left in the browser", n)
	}
	for _, c := range tab.Complaints() {
		if !strings.Contains(c, "Failed to load resource") {
			t.Errorf("the page complains: %s", c)
		}
	}
}

// TestTwoWindows: changes made in two windows at once are both kept.
func TestTwoWindows(t *testing.T) {
	all, marks := pipelines(t)
	p := open(t, t.TempDir(), "ada", Options{Suggest: all.Process, Marks: marks.Process})
	addText(t, p, "moorings", moorings)
	s := serveAt(t, "127.0.0.1:0", p.Handler())
	one, two := browser.Open(t, browser.Wide), browser.Open(t, browser.Wide) // two browsers: neither hears of the other
	for _, tab := range []*browser.Tab{one, two} {
		tab.Go(s.url())
		ready(tab)
	}
	press(one, "ja", 0)
	saved(one)
	press(two, "jjjx", 0) // the second claim, by a window that knows nothing of the first's
	saved(two)
	two.Await(`document.querySelector(".notice").textContent.includes("changed in another window")`)
	st := get(t, p, "moorings")
	if got := fmt.Sprint(st.Rows.Claims); got != "[{c0 accepted} {c1 rejected} {c2 suggested}]" {
		t.Errorf("%s", got)
	}
	// The same statement, differently: the later one stays, and undo has the other.
	press(one, "kkkkkk", 0)
	press(one, "1", 0)
	saved(one)
	press(two, "kkkkkk", 0)
	press(two, "3", 0)
	saved(two)
	if got := get(t, p, "moorings").Labels.Claims[0].Stance; got != "neutral" {
		t.Errorf("stance %q", got)
	}
}

// TestHostileArticle: an article of markup, overrides of direction and characters
// of four bytes is text, its labels count as Go counts, and 2 MB of it are
// labelled like any other.
func TestHostileArticle(t *testing.T) {
	_, marks := pipelines(t)
	const hostile = "</script><script>alert(1)</script> \u202eesrever\u202c <img src=x onerror=alert(2)>\n\n" +
		"“𝔄😀 e\u0301<b>not</b>” said \u2067Ada 𝔄𝔅\u2069.\n\n"
	const tail = "The mayor of 𝔄𝔅 said the bridge was unsafe 👩‍👩‍👧 today.\n"
	filler := strings.Repeat("The council met 😀 and adjourned “at <once>” again.\n\n", 2<<20/60)
	for name, text := range map[string]string{"short": hostile + tail, "2 MB": hostile + filler + tail} {
		t.Run(name, func(t *testing.T) {
			p := open(t, t.TempDir(), "ada", Options{Marks: marks.Process})
			id := `<img src=x onerror=alert(3)>`
			if err := p.Add(goldform.Article{Doc: &pipeline.Document{ID: id, Title: `<script>alert(4)</script>`, URL: "javascript:alert(5)", Text: text}}); err != nil {
				t.Fatal(err)
			}
			s := serve(t, p)
			tab := browser.Open(t, browser.Wide)
			tab.Go(s.URL)
			ready(tab)
			drag(tab, "Ada", "Ada")
			press(tab, "c")
			drag(tab, "unsafe", "unsafe")
			press(tab, "c")
			drag(tab, "today", "today")
			press(tab, "+")
			drag(tab, "mayor", "mayor")
			press(tab, "s")
			press(tab, kb.ArrowRight)
			for range 5 {
				press(tab, kb.ArrowLeft)
			}
			press(tab, kb.ArrowLeft, browser.Shift)
			if got := browser.Eval[string](tab, `getSelection().toString()`); got != "of 𝔄𝔅" {
				t.Errorf("the keyboard selects %q", got)
			}
			tab.Shot("label-hostile-" + strings.Fields(name)[0])
			saved(tab)
			st := get(t, p, FileName(id))
			var got []string
			for _, c := range st.Labels.Claims {
				for _, o := range slices.Concat(c.Content, c.Source) {
					got = append(got, words(st.Labels, o))
				}
			}
			if want := []string{"Ada", "unsafe", "today", "mayor"}; !slices.Equal(got, want) {
				t.Errorf("%q, want %q", got, want)
			}
			// To where they stand, and not only to words like these.
			at := len([]rune(text[:strings.LastIndex(text, "unsafe")]))
			if c := st.Labels.Claims[1].Content[0]; c[0] != at || c[1] != at+len("unsafe") {
				t.Errorf("offsets %v, want %d", c, at)
			}
			tab.Quiet()
		})
	}
}

// TestAgreement: two annotators' labels are compared, and a disagreement leads to
// its place in the article.
func TestAgreement(t *testing.T) {
	all, marks := pipelines(t)
	dir := t.TempDir()
	label := func(name string, change func(*State)) *Project {
		p := open(t, dir, name, Options{Suggest: all.Process, Marks: marks.Process})
		addText(t, p, "moorings", moorings)
		s := get(t, p, "moorings")
		accept(s)
		s.Done = true
		change(s)
		put(t, p, "moorings", s)
		return p
	}
	label("bo", func(s *State) { s.Rows.Claims[2].Status = Rejected })
	p := label("ada", func(*State) {})
	tab := browser.Open(t, browser.Wide)
	tab.Go(serve(t, p).URL)
	ready(tab)
	tab.Click(`.bar a`)
	tab.Await(`document.querySelector(".agreement .cases a")`)
	text := strings.Join(strings.Fields(browser.Eval[string](tab, `document.querySelector(".agreement").innerText`)), " ")
	for _, want := range []string{"1 article finished by both", "claims F1", "80.0", "missed claim, moorings"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in %s", want, text)
		}
	}
	tab.Click(`.agreement .cases a`)
	ready(tab)
	// The article is there before the statement is gone to.
	tab.Await(`document.querySelector(".panel").innerText.replace(/\s+/g, " ").includes("The council believes that the charge is fair")`)
	tab.Quiet()
}
