package fingerprint_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/fingerprint"
)

// story is a wire story of some length.
const story = `Harbour pilots in Port Ellery voted on Thursday to end a strike that had kept
container ships waiting in the bay for eleven days, after the port authority agreed to put a second pilot
on every night passage.

“We asked for nothing that the accident report did not ask for first,” said Mirja Solheim, who leads the
pilots' union. She said that members would return to the boats on Friday morning.

The authority's director, José Quiñones, called the deal “fair but late”. He told reporters that forty-one
ships were at anchor and that clearing them would take until the end of next week.

Shops in the town have run short of fresh fruit and of some medicines, according to the chamber of commerce,
which put the cost of the dispute at 3.5 million crowns a day. A spokesman for the transport ministry said
that it would look at the staffing of all ports in the autumn.`

// other is of the same event, by another newsroom.
const other = `The eleven-day pilots' strike at Port Ellery is over. Union members backed an offer of double
crews at night by 88 votes to 6, and the first ships are expected to move on Friday.

Director José Quiñones said the agreement was “fair but late”, and blamed both sides for a stoppage that
emptied shelves across the island. Union leader Mirja Solheim said safety had been the only demand since two
pilots were hurt in a collision in February.

Economists at the chamber of commerce believe that the strike has cost 3.5 million crowns a day.`

// TestCopies: what a copy is, and what is none.
func TestCopies(t *testing.T) {
	paragraphs := strings.Split(story, "\n\n")
	for _, c := range []struct {
		what, text string
		shares     int // at least, of 16; a negative number: at most
	}{
		{"the same", story, 16},
		{"wrapped otherwise", strings.Join(strings.Fields(story), " "), 16},
		{"straight marks", strings.NewReplacer("“", `"`, "”", `"`, "'", "’").Replace(story), 16},
		{"capitals", strings.ToUpper(story), 16},
		{"without accents", strings.NewReplacer("é", "e", "ñ", "n").Replace(story), 16},
		{"accents as characters of their own", strings.NewReplacer("é", "e\u0301", "ñ", "n\u0303").Replace(story), 16},
		{"soft hyphens and zero-width spaces", strings.NewReplacer("t", "\u00adt", "o", "\u200bo", "a", "a\u2060").Replace(story), 16},
		{"a headline, a byline and an agency's line", "Pilots end strike\nBy Ann Reporter\nPORT ELLERY (Wire) — " + story, 12},
		{"the last paragraph cut", strings.Join(paragraphs[:3], "\n\n"), 8},
		{"a few words changed", strings.NewReplacer("Thursday", "Wednesday", "eleven", "11", "agreed", "consented", "forty-one", "41").Replace(story), 9},
		{"of the same event", other, -3},
		{"one of its quotations in another story", "The dispute has been watched in other ports. " + paragraphs[1] + " " + strings.ReplaceAll(other, "Ellery", "Anders"), -6},
		{"nothing", "", 0},
		{"no word", "— … “”!", 0},
	} {
		got := fingerprint.Of(story).Shares(fingerprint.Of(c.text))
		if c.shares >= 0 && got < c.shares || c.shares < 0 && got > -c.shares || c.shares == 0 && got != 0 {
			t.Errorf("%s: shares %d, want %d", c.what, got, c.shares)
		}
	}
}

// TestShortTexts: below thirty words only the same words are a copy.
func TestShortTexts(t *testing.T) {
	words := strings.Fields(strings.ReplaceAll(story, "\n", " "))
	for n := 1; n < 40; n++ {
		text := strings.Join(words[:n], " ")
		count := len(strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }))
		f := fingerprint.Of(text)
		if !f.CopyOf(fingerprint.Of("“" + strings.ToUpper(text) + "”")) {
			t.Errorf("%d words: no copy of itself", count)
		}
		if f.IsZero() {
			t.Errorf("%d words: no fingerprint", count)
		}
		longer := fingerprint.Of(text + " today")
		if count < fingerprint.ShortText && f.Shares(longer) > 0 {
			t.Errorf("%d words: with one more it shares %d", count, f.Shares(longer))
		}
		if count >= fingerprint.ShortText && !f.CopyOf(longer) {
			t.Errorf("%d words: with one more it shares %d", count, f.Shares(longer))
		}
	}
	if a, b := fingerprint.Of("one two three"), fingerprint.Of("three two one"); a.Shares(b) != 0 {
		t.Errorf("the same words in another order share %d", a.Shares(b))
	}
}

// TestPinned: fingerprints do not change between versions, so that those of
// different runs can be compared. If this fails, the method has changed: that
// is a new version of the output columns.
func TestPinned(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", ""},
		{"Yes.", "f44e2ca52d9e9c30d31603011533f3ebac81c869332f5704c4ab13aa95e73cef"},
		{story, "80d5053eb00369f081f424abaddec7ccb897b70f6d1a8ae8e200eb912e67d3ec"},
		{strings.Repeat("Ærø's ferry №5 left at 12:30. ", 12), "4e590dae4e594e5928bb28bb0dae64ab34ab3d3e4e593d3e0dae64ab64ab0dae"},
		{strings.Repeat("Порт открыт. ", 5), "106542c7061e8c7ac5ee6057c48b73e63685ef5dc46914b6cacf5382cc14ab31"},
		{strings.Repeat("港口今天重新开放，", 5), "bba7b94c2280452445244524bba7bba7b94c6c5722804524b94cb94c63b42280"},
		{strings.Repeat("बंदरगाह आज खुला। ", 8), "bcdd814a83b582436e5059928fab594c1edd5ab2ce7e89b68951ef5b03e702f1"},
		{strings.Repeat("ท่าเรือเปิดแล้ว", 4), "ad20ccf3ad20db8e562cd43a4987ae4edc64d43adb8e5283ae4e562c8e51b547"},
		{"caf\xe9 \xff latte", "824f4fbcc06ed22f4634e491de5fc104e660de8690fd71ad231772470862e7eb"},
	} {
		if got := fingerprint.Of(c.text).String(); got != c.want {
			t.Errorf("%.20q: got\n%s, want\n%s", c.text, got, c.want)
		}
	}
}

func TestParse(t *testing.T) {
	f := fingerprint.Of(story)
	if g, err := fingerprint.Parse(f.String()); err != nil || g != f {
		t.Errorf("got %v, %v", g, err)
	}
	if g, err := fingerprint.Parse(""); err != nil || !g.IsZero() {
		t.Errorf("nothing: got %v, %v", g, err)
	}
	for _, s := range []string{"12", f.String() + "00", strings.Repeat("x", 64), f.String()[:63] + "é"} {
		if g, err := fingerprint.Parse(s); err == nil || !g.IsZero() {
			t.Errorf("%q: got %v and no error", s, g)
		}
	}
	var doc pipeline.Document
	doc.Fingerprint = f // a document holds one without this package
	if f != fingerprint.Fingerprint(doc.Fingerprint) {
		t.Error("a document holds another")
	}
}

func TestOfAllocates(t *testing.T) {
	text := story + "\nПорт открыт. 港口今天重新开放"
	if n := testing.AllocsPerRun(100, func() { fingerprint.Of(text) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// FuzzOf: any bytes have a fingerprint that is the same each time, that is
// zero only where there is no letter and no digit, and that marks and spaces
// around do not change.
func FuzzOf(f *testing.F) {
	for _, s := range []string{story, "Yes.", "", "\xff\xfe", "港口今天", "e\u0301\u200b", "½ Ⅷ ٣"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p := fingerprint.Of(s)
		if p != fingerprint.Of(s) || p != fingerprint.Of("“ "+s+" …\n") {
			t.Fatal("not the same")
		}
		if p.IsZero() && strings.ContainsFunc(s, func(r rune) bool { return r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r)) }) {
			t.Fatal("none for a text with words")
		}
		if q, err := fingerprint.Parse(p.String()); err != nil || p != q {
			t.Fatal(err)
		}
	})
}

func BenchmarkOf(b *testing.B) {
	for name, text := range map[string]string{
		"English": strings.Repeat(story, 4),
		"Russian": strings.Repeat("Лоцманы порта проголосовали в четверг за прекращение забастовки. ", 40),
		"Chinese": strings.Repeat("港口引航员周四投票决定结束罢工，船只将于周五上午恢复通行。", 60),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				fingerprint.Of(text)
			}
		})
	}
}
