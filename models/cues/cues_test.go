package cues

import (
	"fmt"
	"strings"
	"testing"
)

func TestLexicon(t *testing.T) {
	if _, err := parse(source); err != nil {
		t.Fatal(err)
	}
}

func TestPhrasesBeginWithKnownVerbs(t *testing.T) {
	l := lexicon()
	for _, p := range l.phrases {
		first, _, _ := strings.Cut(p.text, " ")
		switch first {
		case "in", "per", "as", "would":
			continue
		}
		if Lemma(first) != first {
			t.Errorf("phrase %q: %q is no verb of the lexicon", p.text, first)
		}
	}
}

func TestLexiconErrors(t *testing.T) {
	for _, c := range []struct{ source, want string }{
		{"v say:said", "line 1: want a class first"},
		{"[neutral]\nv say:said\n[mental]\nn say", `line 4: "say" is neutral and mental`},
		{"[loud]", "line 1: no class"},
		{"[neutral]\nx say", `line 2: "x" is none of`},
	} {
		if _, err := parse(c.source); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("parse(%q) = %v, want an error with %q", c.source, err, c.want)
		}
	}
}

func TestClass(t *testing.T) {
	for word, want := range map[string]string{
		"said": "neutral", "Says": "neutral", "TOLD": "neutral", "statement": "neutral",
		"insists": "assertive", "vowing": "assertive",
		"claimed": "distancing", "allegations": "distancing", "reportedly": "distancing",
		"admitting": "concessive", "conceded": "concessive",
		"denies": "denial", "rejected": "denial",
		"praised": "evaluative", "criticised": "evaluative", "criticized": "evaluative", "accusing": "evaluative",
		"urges": "directive", "warned": "directive", "demanded": "directive",
		"thought": "mental", "believes": "mental", "hoping": "mental",
		"has": "", "issued": "", "table-top": "", "": "", "tree": "",
	} {
		class, ok := Class(word)
		if Name(class) != want || ok != (want != "") {
			t.Errorf("Class(%q) = %q, %v, want %q", word, Name(class), ok, want)
		}
	}
}

func TestWords(t *testing.T) {
	seen := make(map[string]bool)
	for w, class := range Words() {
		if seen[w] {
			t.Errorf("%q twice", w)
		}
		seen[w] = true
		if got, ok := Class(w); !ok || got != class {
			t.Errorf("Class(%q) = %d, %v, but Words says %d", w, got, ok, class)
		}
		if w != strings.ToLower(w) {
			t.Errorf("%q has capitals", w)
		}
	}
	if len(seen) < 1500 {
		t.Errorf("%d forms", len(seen))
	}
}

func TestRead(t *testing.T) {
	for _, c := range []struct{ cue, want string }{
		// The word that decides, its class, and "not" where negated.
		{"said", "say neutral"},
		{"has repeatedly said", "say neutral"},
		{"did not say", "say neutral not"},
		{"did n't say", "say neutral not"},
		{"didn’t say", "say neutral not"},
		{"has never denied", "deny denial not"},
		{"said in a statement", "say neutral"},
		{"issued a statement saying", "say neutral"},
		{"released a report", "report neutral"},
		{"according to", "according to neutral"},
		{"According to", "according to neutral"},
		{"called", "call neutral"},
		{"called for", "call for directive"},
		{"have called for", "call for directive"},
		{"did not call for", "call for directive not"},
		{"calling on", "call on directive"},
		{"made clear", "make clear assertive"},
		{"has made it clear", "make it clear assertive"},
		{"declined", "decline denial"},
		{"declined to comment", "decline denial"},
		{"declined to say", "decline to say neutral"},
		{"refused to promise", "refuse denial"},
		{"pleaded with", "plead with directive"},
		{"pleaded guilty", "plead guilty concessive"},
		{"pleaded not guilty", "plead not guilty denial"},
		{"did not rule out", "rule out denial not"},
		{"continued to insist", "insist assertive"},
		{"is said to believe", "believe mental"},
		{"is said", "say neutral"},
		{"is thought", "be thought mental"},
		{"is understood", "be understood mental"},
		{"is alleged", "be alleged distancing"},
		{"reportedly said", "reportedly distancing"},
		{"wanted to know", "want to know neutral"},
		{"twice threatened", "threaten assertive"},
		{"hit back", "hit back denial"},
		{"hit out", "hit out evaluative"},
		{"continued", "continue neutral"},
		{"looks forward", "look forward mental"},
		{"was told", "tell neutral"},
		{"’s claim that", "claim distancing"},
		{"wants", "want mental"},
		{"frobnicated", " neutral"},
		{"was not frobnicated", " neutral not"},
		{"", " neutral"},
	} {
		words := strings.Fields(c.cue)
		r := Read(words)
		got := r.Lemma + " " + Name(r.Class)
		if r.Negated {
			got += " not"
		}
		if got != c.want {
			t.Errorf("Read(%q) = %q, want %q", c.cue, got, c.want)
		}
		if r.Head >= len(words) || r.Head < 0 != (r.Lemma == "") {
			t.Errorf("Read(%q).Head = %d", c.cue, r.Head)
		}
	}
}

func TestNoAllocation(t *testing.T) {
	words := []string{"has", "repeatedly", "called", "for"}
	if n := testing.AllocsPerRun(10, func() { Read(words); Class("insisted") }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func ExampleRead() {
	r := Read([]string{"did", "not", "call", "for"})
	fmt.Println(Name(r.Class), r.Lemma, r.Negated)
	// Output: directive call for true
}

func BenchmarkClass(b *testing.B) {
	words := strings.Fields("The minister said on Tuesday that she had repeatedly called for the bill to be withdrawn")
	for b.Loop() {
		for _, w := range words {
			Class(w)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(words)), "ns/word")
}
