package label

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onrecord-nlp/onrecord/extractors"
	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/goldform"
)

// An article written for these tests, with characters of several code points and
// of four bytes.
const ferry = "Ferry to stop at Hàn\n\n" +
	"“We will not pay 😀 twice,” said Ada Crane, the harbour master of Hàn. “Not one é.”\n\n" +
	"Bo Hill said the old ferry was unsafe. He called it “a bathtub”.\n"

// pipelines are all the standard stages, and those up to the quotation marks.
func pipelines(t testing.TB) (all, marks *pipeline.Pipeline) {
	t.Helper()
	set, err := extractors.Load()
	if err != nil {
		t.Fatal(err)
	}
	stages := set.Stages()
	if all, err = pipeline.New(stages); err != nil {
		t.Fatal(err)
	}
	n := slices.IndexFunc(stages, func(s pipeline.Stage) bool { return s.Writes() == pipeline.LayerQuotes })
	if marks, err = pipeline.New(stages[:n+1]); err != nil {
		t.Fatal(err)
	}
	return all, marks
}

func open(t testing.TB, dir, name string, o Options) *Project {
	t.Helper()
	p, err := Open(dir, name, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

func addText(t testing.TB, p *Project, id, text string) {
	t.Helper()
	if err := p.Add(goldform.Article{Doc: &pipeline.Document{ID: id, Text: text}}); err != nil {
		t.Fatal(err)
	}
}

func get(t testing.TB, p *Project, key string) *State {
	t.Helper()
	s, _, err := p.Get(t.Context(), key)
	if err != nil || s == nil {
		t.Fatalf("get %s: %v, %v", key, s, err)
	}
	return s
}

func put(t testing.TB, p *Project, key string, s *State) {
	t.Helper()
	n, err := p.Put(t.Context(), key, s)
	if err != nil {
		t.Fatal(err)
	}
	s.Revision = n
}

// accept accepts all rows.
func accept(s *State) {
	for i := range s.Rows.Claims {
		s.Rows.Claims[i].Status = Accepted
	}
	for i := range s.Rows.Quotes {
		s.Rows.Quotes[i].Status = Accepted
	}
}

// certain drops what is said of confidence, which gold does not have.
func certain(r *goldform.Record) *goldform.Record {
	c := *r
	c.Blocks = nil
	c.Claims, c.Quotes = slices.Clone(c.Claims), slices.Clone(c.Quotes)
	for i := range c.Claims {
		c.Claims[i].Confidence, c.Claims[i].StanceConfidence = nil, nil
	}
	for i := range c.Quotes {
		c.Quotes[i].Confidence, c.Quotes[i].StanceConfidence = nil, nil
	}
	return &c
}

// TestAcceptEverything: the finished article of one in which all was accepted is
// the prediction, but for confidences and blocks.
func TestAcceptEverything(t *testing.T) {
	all, marks := pipelines(t)
	dir := t.TempDir()
	p := open(t, dir, "ada", Options{Suggest: all.Process, Marks: marks.Process})
	texts := map[string]string{"ferry": ferry}
	for a, err := range goldform.ReadArticlesPath("../../../../testdata/gold/dev") {
		if err != nil {
			t.Fatal(err)
		}
		texts[a.Doc.ID] = a.Doc.Text
	}
	for id, text := range texts {
		addText(t, p, id, text)
	}
	for id, text := range texts {
		want := &pipeline.Document{ID: id, Text: text}
		if err := all.Process(t.Context(), want); err != nil {
			t.Fatal(err)
		}
		predicted, err := goldform.RecordOf(goldform.Article{Doc: want})
		if err != nil {
			t.Fatal(err)
		}
		s := get(t, p, id)
		accept(s)
		s.Done = true
		put(t, p, id, s)
		for got, err := range goldform.ReadArticlesPath(p.gold(id)) {
			if err != nil {
				t.Fatal(err)
			}
			r, err := goldform.RecordOf(got)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(certain(predicted), certain(r)); diff != "" {
				t.Errorf("%s: predicted (-), finished (+):\n%s", id, diff)
			}
			if len(r.Claims) > 0 && r.Claims[0].Confidence != nil {
				t.Errorf("%s: a confidence was written", id)
			}
		}
	}
}

// TestGold: which rows and speakers a finished article has, and what they refer
// to.
func TestGold(t *testing.T) {
	text := "“Yes,” said Ada. “No,” said Bo. Cy spoke."
	span := func(words string) goldform.Offsets {
		i := strings.Index(text, words)
		n := len([]rune(text[:i]))
		return goldform.Offsets{n, n + len([]rune(words))}
	}
	quote := func(words string, claim, speaker int, name string) goldform.Quote {
		o := span(words)
		return goldform.Quote{Start: o[0], End: o[1], Claim: &claim, Kind: "direct", Voice: goldform.Voice{Speaker: name, SpeakerIndex: &speaker}}
	}
	claim := func(words string, speaker int, name, stance string) goldform.Claim {
		return goldform.Claim{Content: []goldform.Offsets{span(words)}, Kind: "direct", Voice: goldform.Voice{Speaker: name, SpeakerIndex: &speaker}, View: goldform.View{Stance: stance}}
	}
	state := func() *State {
		return &State{
			Labels: &goldform.Record{
				ID: "x", Text: &text,
				Claims:   []goldform.Claim{claim("No", 1, "Bo", ""), claim("Yes", 0, "Ada", "support")},
				Quotes:   []goldform.Quote{quote("No", 0, 1, "Bo"), quote("Yes", 1, 0, "Ada")},
				Speakers: []goldform.Speaker{{Name: "Ada", Kind: "person"}, {Name: "Bo", Kind: "person"}, {Name: "Cy", Kind: "person", Mentions: []goldform.Offsets{span("Cy")}}},
			},
			Rows: Rows{Claims: []Row{{"c0", Made}, {"c1", Accepted}}, Quotes: []Row{{"q0", Edited}, {"q1", Accepted}}, Speakers: []string{"s0", "s1", "s2"}},
		}
	}
	read := func(s *State) *goldform.Record {
		t.Helper()
		b, err := s.Gold()
		if err != nil {
			t.Fatal(err)
		}
		for a, err := range goldform.ReadArticles(bytes.NewReader(b)) {
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
	names := func(r *goldform.Record) (out []string) {
		for _, s := range r.Speakers {
			out = append(out, s.Name)
		}
		return out
	}

	// In the order of the text. Where one row has a stance, those without are
	// neutral.
	r := read(state())
	if got := []string{r.Claims[0].Speaker, r.Claims[1].Speaker}; !slices.Equal(got, []string{"Ada", "Bo"}) {
		t.Errorf("claims by %v", got)
	}
	if r.Claims[1].Stance != "neutral" || r.Quotes[0].Stance != "neutral" {
		t.Errorf("stances %q, %q", r.Claims[1].Stance, r.Quotes[0].Stance)
	}
	if *r.Quotes[0].Claim != 0 || *r.Quotes[1].Claim != 1 {
		t.Errorf("quotations belong to claims %d and %d", *r.Quotes[0].Claim, *r.Quotes[1].Claim)
	}
	if got := names(r); !slices.Equal(got, []string{"Ada", "Bo", "Cy"}) {
		t.Errorf("speakers %v", got)
	}

	// A rejected claim takes its speaker along where nothing else is theirs, and
	// its quotation belongs to none.
	s := state()
	s.Rows.Claims[1].Status = Rejected
	r = read(s)
	if len(r.Claims) != 1 || len(r.Quotes) != 2 || r.Quotes[0].Claim != nil || *r.Quotes[1].Claim != 0 {
		t.Errorf("claims %v, quotes %v", r.Claims, r.Quotes)
	}
	if r.Claims[0].Stance != "" {
		t.Errorf("a stance %q that nobody gave", r.Claims[0].Stance)
	}
	s.Rows.Quotes[1].Status = Suggested
	if got := names(read(s)); !slices.Equal(got, []string{"Bo", "Cy"}) {
		t.Errorf("speakers %v", got)
	}

	// Two speakers of one name stay two.
	s = state()
	s.Labels.Speakers[0].Name = "Bo"
	s.Labels.Claims[1].Speaker, s.Labels.Quotes[1].Speaker = "Bo", "Bo"
	if r = read(s); !slices.Equal(names(r), []string{"Bo", "Bo", "Cy"}) || *r.Claims[0].SpeakerIndex != 0 || *r.Claims[1].SpeakerIndex != 1 {
		t.Errorf("speakers %v, claims %+v", names(r), r.Claims)
	}

	// Nothing at all is a finished article too, in which nothing is said.
	s = &State{Labels: &goldform.Record{ID: "x", Text: &text}}
	b, err := s.Gold()
	if err != nil || !strings.Contains(string(b), `"quotes":[],"claims":[],"speakers":[]`) {
		t.Errorf("%s, %v", b, err)
	}
}

// TestStale: a change to an older revision is refused, and nothing of it kept.
func TestStale(t *testing.T) {
	p := open(t, t.TempDir(), "ada", Options{})
	addText(t, p, "a", ferry)
	first, second := get(t, p, "a"), get(t, p, "a")
	put(t, p, "a", first)
	second.Done = true
	var stale *StaleError
	if _, err := p.Put(t.Context(), "a", second); !errors.As(err, &stale) || stale.Current.Revision != 1 || stale.Current.Done {
		t.Fatalf("%v", err)
	}
	if _, err := os.Stat(p.gold("a")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the refused change was kept: %v", err)
	}
	second.Revision = stale.Current.Revision
	put(t, p, "a", second)
	second.Revision = 7
	if _, err := p.Put(t.Context(), "a", second); !errors.As(err, &stale) || stale.Current.Revision != 2 {
		t.Errorf("a revision that has not come: %v", err)
	}
}

// TestInvalid: labels that the form cannot have are refused, before they do harm.
func TestInvalid(t *testing.T) {
	p := open(t, t.TempDir(), "ada", Options{})
	addText(t, p, "a", "Short.")
	for name, spoil := range map[string]func(*State){
		"no labels": func(s *State) { s.Labels = nil },
		"far": func(s *State) {
			s.Labels.Quotes = []goldform.Quote{{Start: 1, End: 90}}
			s.Rows.Quotes = []Row{{"q", Made}}
		},
		"empty": func(s *State) {
			s.Labels.Quotes = []goldform.Quote{{Start: 1, End: 1}}
			s.Rows.Quotes = []Row{{"q", Made}}
		},
		"negative": func(s *State) {
			s.Labels.Quotes = []goldform.Quote{{Start: -1, End: 1}}
			s.Rows.Quotes = []Row{{"q", Made}}
		},
		"no content": func(s *State) {
			s.Labels.Claims = []goldform.Claim{{Kind: "direct"}}
			s.Rows.Claims = []Row{{"c", Made}}
		},
		"without row": func(s *State) { s.Labels.Quotes = []goldform.Quote{{Start: 1, End: 2}} },
		"status": func(s *State) {
			s.Labels.Quotes = []goldform.Quote{{Start: 1, End: 2}}
			s.Rows.Quotes = []Row{{"q", "fine"}}
		},
		"key twice": func(s *State) {
			s.Labels.Quotes = []goldform.Quote{{Start: 1, End: 2}, {Start: 3, End: 4}}
			s.Rows.Quotes = []Row{{"q", Made}, {"q", Made}}
		},
		"nobody's name": func(s *State) {
			s.Labels.Speakers = []goldform.Speaker{{Kind: "person"}}
			s.Rows.Speakers = []string{"s"}
		},
		"odd offsets": func(s *State) {
			s.Labels.Claims = []goldform.Claim{{Kind: "direct", Content: []goldform.Offsets{{1}}}}
			s.Rows.Claims = []Row{{"c", Made}}
		},
	} {
		s := get(t, p, "a")
		spoil(s)
		var invalid *InvalidError
		if _, err := p.Put(t.Context(), "a", s); !errors.As(err, &invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if s := get(t, p, "a"); s.Revision != 0 {
		t.Errorf("revision %d after nothing was taken", s.Revision)
	}
	// The text is not for the page to change.
	s := get(t, p, "a")
	other := "Another."
	s.Labels.Text, s.Labels.ID = &other, "b"
	put(t, p, "a", s)
	if s := get(t, p, "a"); *s.Labels.Text != "Short." || s.Labels.ID != "a" {
		t.Errorf("the article became %q, %q", s.Labels.ID, *s.Labels.Text)
	}
}

// TestLock: one server for each annotator.
func TestLock(t *testing.T) {
	dir := t.TempDir()
	p := open(t, dir, "ada", Options{})
	if _, err := Open(dir, "ada", Options{}); !errors.Is(err, ErrInUse) {
		t.Errorf("a second one: %v", err)
	}
	open(t, dir, "bo", Options{})
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, dir, "ada", Options{})
	if _, err := Open(dir, "Ada", Options{}); err == nil || !strings.Contains(err.Error(), `"ada"`) {
		t.Errorf("a name that differs in case alone: %v", err)
	}
	for _, name := range []string{"", ".", "..", "../x", "a/b", `a\b`, "a\x00", ".work", "-x", "nul", strings.Repeat("a", 65)} {
		if _, err := Open(dir, name, Options{}); err == nil {
			t.Errorf("an annotator called %q", name)
		}
	}
}

// TestFileName: no id is a path, and no two share a file, whatever case means.
func TestFileName(t *testing.T) {
	for id, want := range map[string]string{
		"05-carer-trial": "05-carer-trial", "a.b_c-1": "a.b_c-1",
		"A": "A~", "../../etc/passwd": "%2E.%2F..%2Fetc%2Fpasswd~", ".hidden": "%2Ehidden~", "": "~", "a b\x00": "a%20b%00~", "con": "con~", "nul.1": "nul.1~",
		"été": "%C3%A9t%C3%A9~", "dump.jsonl#12": "dump.jsonl%2312~",
	} {
		if got := FileName(id); got != want && !(strings.HasSuffix(want, "~") && strings.HasPrefix(got, want) && len(got) == len(want)+16) {
			t.Errorf("%q: %q, want %q", id, got, want)
		}
	}
	ids := []string{"a", "A", "é", "e\u0301", "%41", "a%", "a/b", "a\\b", "a:b", "~", "a~", strings.Repeat("x", 5000), strings.Repeat("x", 5001), strings.Repeat("/", 5000), "con", "CON"}
	seen := map[string]string{}
	for _, id := range ids {
		name := FileName(id)
		low := strings.ToLower(name)
		if other, ok := seen[low]; ok {
			t.Errorf("%.20q and %.20q are both %s", id, other, name)
		}
		seen[low] = id
		if len(name) > 160 || name != filepath.Base(name) || strings.HasPrefix(name, ".") || strings.ContainsAny(name, `/\:*?"<>|`+"\x00") {
			t.Errorf("%.20q: %q", id, name)
		}
	}
}

// TestHostileIDs: articles whose ids would lead elsewhere stay in the folder.
func TestHostileIDs(t *testing.T) {
	outside := t.TempDir()
	dir := filepath.Join(outside, "labels")
	p := open(t, dir, "ada", Options{})
	ids := []string{"../../escaped", "a\x00b", strings.Repeat("long/", 2000), "Case", "case", ".work/lock", "..", "/etc/x", `C:\x`}
	for _, id := range ids {
		addText(t, p, id, ferry)
		s := get(t, p, FileName(id))
		s.Done = true
		put(t, p, FileName(id), s)
	}
	p.Close()
	entries, _ := os.ReadDir(outside)
	if len(entries) != 1 {
		t.Errorf("files were made outside: %v", entries)
	}
	var got []string
	finished, err := Finished(dir, "ada")
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range finished {
		got = append(got, a.Doc.ID)
	}
	slices.Sort(got)
	slices.Sort(ids)
	if !slices.Equal(got, ids) {
		t.Errorf("%q", got)
	}
	// And they are found again, without the input.
	p = open(t, dir, "ada", Options{})
	if all, done, _ := p.Len(); all != len(ids) || done != len(ids) {
		t.Errorf("%d of %d", done, all)
	}
}

// dieEnv has TestKilled's child end before a step; diedAt is with what status.
const (
	dieEnv = "ONRECORD_LABEL_TEST_DIES"
	diedAt = 57
)

// TestKilled: whenever the process is killed while it keeps a change, the folder
// holds the state before it or the one after it, whole, with the finished
// article that belongs to it; and what was acknowledged stays.
func TestKilled(t *testing.T) {
	if spec := os.Getenv(dieEnv); spec != "" {
		child(t, spec)
		return
	}
	steps := []string{
		"made beside .state", "written beside .state", "synced .state", "renamed .state", "state stands",
		"made beside .json", "written beside .json", "synced .json", "renamed .json", "",
	}
	for _, step := range steps {
		for _, undo := range []bool{false, true} {
			if undo && (step == "" || strings.Contains(step, ".json")) {
				continue // no such step where the finished article is removed
			}
			t.Run(fmt.Sprintf("%s,undo=%v", step, undo), func(t *testing.T) {
				dir := t.TempDir()
				cmd := exec.Command(os.Args[0], "-test.run=^TestKilled$")
				cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s|%v|%s", dieEnv, dir, undo, step))
				out, err := cmd.CombinedOutput()
				var exit *exec.ExitError
				if step != "" && (!errors.As(err, &exit) || exit.ExitCode() != diedAt) || step == "" && err != nil {
					t.Fatalf("the child: %v\n%s", err, out)
				}
				p := open(t, dir, "ada", Options{})
				s := get(t, p, "a")
				after := !strings.Contains(step, "beside .state") && step != "synced .state"
				want := 2
				if after {
					want = 3
				}
				if s.Revision != want {
					t.Errorf("revision %d, want %d", s.Revision, want)
				}
				if done := !undo || !after; s.Done != done {
					t.Errorf("done is %v, want %v", s.Done, done)
				}
				got, err := os.ReadFile(p.gold("a"))
				if s.Done {
					gold, goldErr := s.Gold()
					if err != nil || goldErr != nil || !bytes.Equal(got, gold) {
						t.Errorf("the finished article is not that of the state: %v, %v", err, goldErr)
					}
				} else if !errors.Is(err, os.ErrNotExist) {
					t.Errorf("an article that is not finished is there: %v", err)
				}
				left, _ := filepath.Glob(filepath.Join(dir, "ada", ".*"+tempSuffix))
				more, _ := filepath.Glob(p.work(".*" + tempSuffix))
				if len(left)+len(more) > 0 {
					t.Errorf("left behind: %v %v", left, more)
				}
				if len(p.Warnings()) > 0 {
					t.Errorf("a crash is taken for a stranger: %q", p.Warnings())
				}
				s.Done = true
				put(t, p, "a", s) // and it goes on
			})
		}
	}
}

// child makes two changes, and a third in which it dies.
func child(t *testing.T, spec string) {
	dir, rest, _ := strings.Cut(spec, "|")
	undo, step, _ := strings.Cut(rest, "|")
	p := open(t, dir, "ada", Options{})
	addText(t, p, "a", ferry)
	s := get(t, p, "a")
	put(t, p, "a", s)
	s.Done = true
	put(t, p, "a", s)
	p.step = func(name string) {
		if name == step {
			os.Exit(diedAt) // without any deferred call
		}
	}
	s.Labels.Quotes = []goldform.Quote{{Start: 23, End: 40, Kind: "direct"}}
	s.Rows.Quotes = []Row{{"q-1", Made}}
	s.Done = undo != "true"
	put(t, p, "a", s)
}

// TestFull: a change that cannot be written is an error, and the state before it
// stays.
func TestFull(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root may write everywhere")
	}
	p := open(t, t.TempDir(), "ada", Options{})
	addText(t, p, "a", ferry)
	s := get(t, p, "a")
	put(t, p, "a", s)
	if err := os.Chmod(p.work(""), 0o500); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(p.work(""), 0o755)
	s.Done = true
	if _, err := p.Put(t.Context(), "a", s); err == nil {
		t.Error("a change that was not written was acknowledged")
	}
	if now := get(t, p, "a"); now.Revision != 1 || now.Done {
		t.Errorf("%+v", now)
	}
}

// TestElsewhere: a finished article that another program puts or changes here is
// taken as it is, and nothing is lost for it.
func TestElsewhere(t *testing.T) {
	dir := t.TempDir()
	p := open(t, dir, "ada", Options{})
	addText(t, p, "a", ferry)
	s := get(t, p, "a")
	s.Done = true
	put(t, p, "a", s)
	gold := p.gold("a")
	p.Close()

	b, err := os.ReadFile(gold)
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(string(b), `"quotes":[]`, `"quotes":[{"start":23,"end":40,"kind":"direct"}]`, 1)
	if err := os.WriteFile(gold, []byte(changed), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "ada", "b.json"), []byte(`{"id": "b", "text": "“Yes,” said Bo.", "quotes": [{"start": 1, "end": 4}]}`), 0o644); err != nil {
		t.Fatal(err)
	}
	p = open(t, dir, "ada", Options{})
	if w := p.Warnings(); len(w) != 1 || !strings.Contains(w[0], "another program") {
		t.Errorf("%q", w)
	}
	if s := get(t, p, "a"); s.Revision != 2 || !s.Done || len(s.Labels.Quotes) != 1 || s.Rows.Quotes[0].Status != Accepted {
		t.Errorf("%+v", s)
	}
	if old, _ := filepath.Glob(p.work("*" + oldSuffix)); len(old) != 1 {
		t.Errorf("the state from before is not kept: %v", old)
	}
	s = get(t, p, "b")
	if !s.Done || len(s.Labels.Quotes) != 1 {
		t.Fatalf("%+v", s)
	}
	s.Rows.Quotes[0].Status = Rejected
	put(t, p, "b", s)
	p.Close()
	p = open(t, dir, "ada", Options{})
	if len(p.Warnings()) > 0 {
		t.Errorf("%q", p.Warnings())
	}
	if s := get(t, p, "b"); s.Revision != 1 || s.Rows.Quotes[0].Status != Rejected {
		t.Errorf("%+v", s)
	}
	p.Close()

	// What could not be found again is refused.
	for name, content := range map[string]string{"other.json": `{"id": "c", "text": "x"}`, "all.jsonl": "", "two.json": `[{"id": "two", "text": "x"}, {"id": "two", "text": "x"}]`} {
		path := filepath.Join(dir, "ada", name)
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		if p, err := Open(dir, "ada", Options{}); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
			p.Close()
		}
		os.Remove(path)
	}
}

// TestOtherText: labels stay with the text that they were made in.
func TestOtherText(t *testing.T) {
	dir := t.TempDir()
	p := open(t, dir, "ada", Options{})
	addText(t, p, "a", "One.")
	put(t, p, "a", get(t, p, "a"))
	p.Close()
	p = open(t, dir, "ada", Options{})
	addText(t, p, "a", "Two.")
	if s := get(t, p, "a"); *s.Labels.Text != "One." {
		t.Errorf("%q", *s.Labels.Text)
	}
	if len(p.Warnings()) != 1 {
		t.Errorf("%q", p.Warnings())
	}
	if err := p.Add(goldform.Article{Doc: &pipeline.Document{ID: "a", Text: "Two."}}); err == nil {
		t.Error("two articles with one id")
	}
}

// TestBlind: what an article came with is not shown.
func TestBlind(t *testing.T) {
	all, _ := pipelines(t)
	doc := &pipeline.Document{ID: "a", Text: ferry}
	if err := all.Process(context.Background(), doc); err != nil {
		t.Fatal(err)
	}
	for blind, none := range map[bool]bool{true: true, false: false} {
		p := open(t, t.TempDir(), "ada", Options{Blind: blind})
		if err := p.Add(goldform.Article{Doc: doc}); err != nil {
			t.Fatal(err)
		}
		if s := get(t, p, "a"); (len(s.Labels.Claims)+len(s.Labels.Quotes)+len(s.Labels.Speakers) == 0) != none {
			t.Errorf("blind is %v: %+v", blind, s.Labels)
		}
	}
}
