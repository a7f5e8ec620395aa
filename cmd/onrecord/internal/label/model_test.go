package label

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/evanw/esbuild/pkg/api"

	"github.com/onrecord-nlp/onrecord/cmd/onrecord/internal/browser"
	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/goldform"
)

// modules opens a browser in which the page's own modules are at hand, by their
// names.
func modules(t *testing.T, names ...string) *browser.Tab {
	t.Helper()
	tab := browser.Open(t, browser.Wide)
	for _, name := range names {
		r := api.Build(api.BuildOptions{
			EntryPoints: []string{"../page/src/label/" + name + ".js"}, Bundle: true, Format: api.FormatIIFE, GlobalName: name, LogLevel: api.LogLevelSilent,
		})
		if len(r.Errors) > 0 {
			t.Fatal(r.Errors[0].Text)
		}
		browser.Eval[bool](tab, string(r.OutputFiles[0].Contents)+";globalThis."+name+" = "+name+"; true")
	}
	return tab
}

func js(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestKinds: the page tells kinds, and which quotations a claim holds, as the
// stage attribute does.
func TestKinds(t *testing.T) {
	all, marks := pipelines(t)
	tab := modules(t, "model", "words")
	n := 0
	for _, a := range devArticles(t, 32) {
		doc := bare(a.Doc)
		if err := all.Process(t.Context(), doc); err != nil {
			t.Fatal(err)
		}
		p := open(t, t.TempDir(), "ada", Options{Marks: marks.Process})
		if err := p.Add(goldform.Article{Doc: doc}); err != nil {
			t.Fatal(err)
		}
		s, m, err := p.Get(t.Context(), FileName(doc.ID))
		if err != nil {
			t.Fatal(err)
		}
		// Each claim is made anew, of its content.
		wrong := browser.Eval[[]string](tab, fmt.Sprintf(`(() => {
			const state = %s, marks = %s, wrong = [];
			const w = new words.Words(state.labels.text);
			const text = { pairs: marks.quotes.map((q) => ({ start: q.start, end: q.end, kind: q.kind, depth: q.depth ?? 0 })), slice: (a, b) => w.slice(a, b) };
			const base = model.fromState(state);
			for (const c of base.rows.filter((r) => r.type === "claim")) {
				if (c.rest.manner !== "dialogue" && model.kindOf(c.content, text) !== c.kind) wrong.push(model.kindOf(c.content, text) + " for " + c.kind + ": " + w.slice(...c.content[0]));
				const without = { ...base, rows: base.rows.filter((r) => r !== c).map((r) => ({ ...r, claim: r.claim === c.key ? "" : r.claim })) };
				let [next, key] = model.make(without, "claim", c.content[0], text);
				next = model.setSpans(next, key, "content", c.content, text);
				for (const q of base.rows.filter((r) => r.type === "quote")) {
					const now = model.rowOf(next, q.key).claim === key;
					if (now !== (q.claim === c.key)) wrong.push((now ? "holds " : "lacks ") + w.slice(...q.content[0]) + " in " + w.slice(...c.content[0]));
				}
			}
			return wrong;
		})()`, js(t, s), js(t, m)))
		for _, x := range wrong {
			t.Errorf("%s: %s", doc.ID, x)
		}
		n += len(doc.Attributions)
	}
	if n < 100 {
		t.Errorf("only %d claims were looked at", n)
	}
}

// TestRoundTrip: what the page makes of a state and gives back is the state.
func TestRoundTrip(t *testing.T) {
	all, _ := pipelines(t)
	tab := modules(t, "model")
	for _, a := range devArticles(t, 32) {
		for _, doc := range []*pipeline.Document{a.Doc, bare(a.Doc)} {
			if doc != a.Doc {
				if err := all.Process(t.Context(), doc); err != nil {
					t.Fatal(err)
				}
			}
			want, err := begin(goldform.Article{Doc: doc}, Accepted)
			if err != nil {
				t.Fatal(err)
			}
			back := browser.Eval[json.RawMessage](tab, fmt.Sprintf(`model.toState(model.fromState(%s), 0)`, js(t, want)))
			var got State
			if err := json.Unmarshal(back, &got); err != nil {
				t.Fatal(err)
			}
			got.Labels.ID, got.Labels.Text = want.Labels.ID, want.Labels.Text
			a, errA := want.Gold()
			b, errB := got.Gold()
			if errA != nil || errB != nil {
				t.Fatal(errA, errB)
			}
			got.Labels.Genre = want.Labels.Genre
			if stripMeta(t, a) != stripMeta(t, b) {
				t.Errorf("%s: the page gives back\n%s\nof\n%s", doc.ID, b, a)
			}
		}
	}
}

// stripMeta drops what the server adds of the article by itself.
func stripMeta(t *testing.T, line []byte) string {
	t.Helper()
	var m map[string]json.RawMessage
	if err := json.Unmarshal(line, &m); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%s %s %s", m["quotes"], m["claims"], m["speakers"])
}

// TestSpeakers: speakers are found by words, go along with quotations, are merged,
// and are gone with the last statement for which they were made.
func TestSpeakers(t *testing.T) {
	tab := modules(t, "model")
	for _, c := range []struct{ name, do, want string }{
		{"known by a part of the name", `model.known(m, "Crane", text)?.key`, `"s1"`},
		{"known by a mention", `model.known(m, "the Mayor", text)?.key`, `"s1"`},
		{"a pronoun is nobody's name", `model.known(m, "She", text)?.key ?? "nobody"`, `"nobody"`},
		{"a part of a word is none", `model.known(m, "ran", text)?.key ?? "nobody"`, `"nobody"`},
		{"a claim takes its quotation along", `who(model.setSpeaker(m, "c", "s2"))`, `"c:s2:edited q:s2:edited"`},
		{"not one by somebody else", `who(model.setSpeaker(model.setSpeaker(m, "q", "s2"), "c", ""))`, `"c::edited q:s2:edited"`},
		{"merged", `(({speakers: [s], rows}) => [s.key, s.name, s.description, s.mentions, rows.map((r) => r.speaker)])(model.mergeSpeakers(m, "s1", "s2"))`, `["s2","Bo Hill","a mayor",[[0,9],[10,14]],["s2","s2"]]`},
		{"with oneself is nothing", `model.mergeSpeakers(m, "s1", "s1") === m`, `true`},
		{"a name that is empty is none", `model.setSpeakerFields(m, "s1", {name: ""}) === m`, `true`},
		{"renamed", `model.setSpeakerFields(m, "s1", {name: "Ada"}).speakers[0].name`, `"Ada"`},
		{"gone with the last statement", `(() => { const [x, k] = model.addSpeaker(m, "Cy", "person", []); return model.setSpeaker(model.setSpeaker(x, "q", k), "q", "s1").speakers.length; })()`, `2`},
		{"one that came with the article stays", `model.setSpeaker(m, "c", "s2").speakers.length`, `2`},
		{"in use, not removed", `model.removeSpeaker(m, "s1") === m`, `true`},
		{"a stance goes to the quotation that had the same", `model.set(m, "c", {stance: "oppose"}).rows.map((r) => r.stance)`, `["oppose","oppose"]`},
		{"and not to one that had another", `model.set(model.set(m, "q", {stance: "support"}), "c", {stance: "oppose"}).rows.map((r) => r.stance)`, `["oppose","support"]`},
		{"neutral has no target", `model.set(model.set(m, "c", {stance: "oppose", target: "x"}), "c", {stance: "neutral"}).rows[0].target`, `""`},
	} {
		got := browser.Eval[json.RawMessage](tab, fmt.Sprintf(`(() => {
			const row = (key, type, claim) => ({ key, type, claim, status: "accepted", speaker: "s1", stance: "neutral", target: "", evidence: [], content: [[0, 4]], source: [], cue: [], cueClass: "", negated: false, rest: {} });
			const m = { done: false, rows: [row("c", "claim", ""), row("q", "quote", "c")], speakers: [
				{ key: "s1", name: "Ada Crane", kind: "person", description: "a mayor", pronoun: "", mentions: [[0, 9]] },
				{ key: "s2", name: "Bo Hill", kind: "person", description: "", pronoun: "", mentions: [[10, 14], [0, 9]] }] };
			const text = { pairs: [], slice: (a, b) => "the mayor, Bo".slice(a, b) };
			const who = (m) => m.rows.map((r) => r.key + ":" + r.speaker + ":" + r.status).join(" ");
			return %s;
		})()`, c.do))
		if string(got) != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// TestMerge: two changes to one state become one, field by field.
func TestMerge(t *testing.T) {
	tab := modules(t, "model")
	for _, c := range []struct{ name, mine, theirs, want string }{
		{"nothing", `m`, `m`, `a:suggested:s1 b:suggested:`},
		{"two rows", `set(m, "a", {status: "accepted"})`, `set(m, "b", {status: "rejected"})`, `a:accepted:s1 b:rejected:`},
		{"two fields of one row", `set(m, "a", {status: "accepted"})`, `set(m, "a", {speaker: ""})`, `a:accepted: b:suggested:`},
		{"one field: mine", `set(m, "a", {status: "accepted"})`, `set(m, "a", {status: "rejected"})`, `a:accepted:s1 b:suggested: clashes 1`},
		{"the same on both", `set(m, "a", {status: "accepted"})`, `set(m, "a", {status: "accepted"})`, `a:accepted:s1 b:suggested:`},
		{"made on both", `add(m, "c")`, `add(m, "d")`, `a:suggested:s1 b:suggested: d:made: c:made:`},
		{"removed by me", `drop(m, "a")`, `m`, `b:suggested:`},
		{"removed by them", `m`, `drop(m, "a")`, `b:suggested:`},
		{"removed by me, changed by them", `drop(m, "a")`, `set(m, "a", {status: "edited"})`, `a:edited:s1 b:suggested:`},
		{"a speaker that they removed", `set(m, "b", {speaker: "s1"})`, `({...set(m, "a", {speaker: ""}), speakers: []})`, `a:suggested: b:suggested:s1`},
		{"finished by them", `set(m, "a", {status: "accepted"})`, `({...m, done: true})`, `a:accepted:s1 b:suggested: done`},
	} {
		got := browser.Eval[string](tab, fmt.Sprintf(`(() => {
			const row = (key, status, speaker) => ({ key, type: "claim", status, speaker, claim: "", content: [[0, 1]] });
			const m = { done: false, rows: [row("a", "suggested", "s1"), row("b", "suggested", "")], speakers: [{ key: "s1", name: "Ada", mentions: [] }] };
			const set = (m, key, f) => ({ ...m, rows: m.rows.map((r) => r.key === key ? { ...r, ...f } : r) });
			const add = (m, key) => ({ ...m, rows: [...m.rows, row(key, "made", "")] });
			const drop = (m, key) => ({ ...m, rows: m.rows.filter((r) => r.key !== key) });
			const { model: x, clashes } = model.merge(m, %s, %s);
			for (const r of x.rows) if (r.speaker && !x.speakers.some((s) => s.key === r.speaker)) return "a speaker is lost";
			return x.rows.map((r) => r.key + ":" + r.status + ":" + r.speaker).join(" ") + (clashes ? " clashes " + clashes : "") + (x.done ? " done" : "");
		})()`, c.mine, c.theirs))
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// TestSnap: selections go to the bounds of words. What is selected stands between
// [ and ], what is wanted between { and }.
func TestSnap(t *testing.T) {
	tab := modules(t, "words")
	for _, c := range []struct{ in, want string }{
		{"He s[aid n]o.", "He {said no}."},
		{"He[ said ]no.", "He {said} no."},
		{"He said [no.]", "He said {no.}"},
		{"“[No,]” he said.", "“{No,}” he said."},
		{"the don[’t-kn]ow party", "the {don’t-know} party"},
		{"a [ ]b", ""},
		{"𝔄𝔅 𝔄[𝔅 e\u0301]t", "𝔄𝔅 {𝔄𝔅 e\u0301t}"},
		{"é[e\u0301] x", "{ée\u0301} x"},
		{"Line o[ne\nline t]wo", "Line {one\nline two}"},
		{"[👩‍👩‍👧] met", "{👩‍👩‍👧} met"},
		{"co[st $7,6]00 a", "{cost $7,600} a"},
	} {
		open, rest, _ := strings.Cut(c.in, "[")
		inside, tail, _ := strings.Cut(rest, "]")
		text := open + inside + tail
		start := len([]rune(open))
		got := browser.Eval[string](tab, fmt.Sprintf(`(() => {
			const w = new words.Words(%s), s = w.snap([%d, %d]);
			return s ? w.slice(0, s[0]) + "{" + w.slice(...s) + "}" + w.slice(s[1], w.length) : "";
		})()`, js(t, text), start, start+len([]rune(inside))))
		if got != c.want {
			t.Errorf("%q: %q, want %q", c.in, got, c.want)
		}
	}
}
