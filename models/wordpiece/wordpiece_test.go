package wordpiece

import (
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"
)

func vocabulary(tb testing.TB) *Vocabulary {
	tb.Helper()
	v, err := Uncased()
	if err != nil {
		tb.Fatal(err)
	}
	return v
}

// written are the embedded pieces as the file has them.
var written = strings.Fields(string(uncased))

// Each case is a text, its pieces, and the parts of the text that these spell,
// "=" standing for the piece itself, without "##".
func TestAppend(t *testing.T) {
	v := vocabulary(t)
	for _, c := range []struct{ about, text, pieces, places string }{
		{"nothing", "", "", ""},
		{"white space alone", " \t\r\n\u00a0\u2003\u3000 ", "", ""},
		{"many kinds of white space", "x\u2003y\u3000z\u2028w\u00a0v", "x y z w v", "= = = = ="},
		{"a word that the vocabulary has", "government", "government", "="},
		{"the longest pieces first", "unaffable hyphen", "una ##ffa ##ble h ##yp ##hen", "= = = = = ="},
		{"capitals", "HTML MeToo", "html met ##oo", "HTML MeT oo"},
		{"marks of punctuation are words", "can't don`t~ 12th-century", "can ' t don ` t ~ 12th - century", "= = = = = = = = = ="},
		{"curly quotes and dashes", "“Don’t,” she said—twice…", "“ don ’ t , ” she said — twice …", "= Don = = = = = = = = ="},
		{"an address", "https://example.org/a_b?c=1", "https : / / example . org / a _ b ? c = 1", "= = = = = = = = = = = = = = ="},
		{"numbers", "$1,234.56", "$ 1 , 234 . 56", "= = = = = ="},
		{"number signs are not of the vocabulary's form", "#a ##ing", "# a # # ing", "= = = = ="},
		{"the names of special pieces are text", "[SEP] [unused1]", "[ sep ] [ unused ##1 ]", "= SEP = = = = ="},
		{"markup is text", "<b>R&amp;D</b>", "< b > r & amp ; d < / b >", "= = = R = = = D = = = ="},

		{"accents", "Café Łódź Zürich–Köln Việt", "cafe łodz zurich – koln viet", "Café Łódź Zürich = Köln Việt"},
		{"accents amid pieces", "naïveté", "naive ##te", "naïve té"},
		{"an accent of its own inside a word", "n\u0303o", "no", "n\u0303o"},
		{"an accent of its own at a word's end", "cafe\u0301 q\u0308\u0323", "cafe q", "= ="},
		{"an accent without a letter", "\u0301 \u0301a", "a", "="},
		{"German sharp s stays", "Straße GROẞ", "st ##raße gr ##o ##ß", "St = GR O ẞ"},
		{"Turkish i, dotted and not", "İstanbul Iğdır", "istanbul i ##g ##d ##ı ##r", "İstanbul I ğ = = ="},
		{"Greek: no final sigma is made", "ΟΔΟΣ Ωmega ός", "ο ##δ ##ο ##σ ω ##me ##ga ο ##ς", "Ο Δ Ο Σ Ω = = ό ="},
		{"Cyrillic: the breve is an accent", "Йод", "и ##о ##д", "Й = ="},
		{"ligatures and fractions stay", "ﬁne ½ x²", "ﬁ ##ne ½ x ##²", "= = = = ="},
		{"letters of two", "Øre Æsir", "ø ##re æ ##sir", "Ø = Æ ="},
		{"Hebrew points", "שָׁלוֹם", "ש ##ל ##ו ##ם", "= = = ="},
		{"Arabic vowels", "وَلَد", "و ##ل ##د", "= = ="},

		{"Chinese characters are words", "a東京b中", "a 東 京 b 中", "= = = = ="},
		{"kana are not", "に行く", "に 行 く", "= = ="},
		{"an unknown Chinese character", "株a", "[UNK] a", "株 ="},
		{"a Hangul syllable is its letters, each in its place", "한국", "ᄒ ##ᅡ ##ᆫ ##ᄀ ##ᅮ ##ᆨ", "한 한 한 국 국 국"},

		{"emoji", "ok 👍🏽!", "ok [UNK] !", "= 👍🏽 ="},
		{"emoji joined", "👩\u200d🚀", "[UNK]", "👩\u200d🚀"},
		{"soft hyphen", "so\u00adft", "soft", "so\u00adft"},
		{"other characters without width", "a\u200bb\ufeff \u2060zero", "ab zero", "a\u200bb ="},
		{"control characters", "a\x00b\x07 c\x7f", "ab c", "a\x00b ="},
		{"the replacement character", "a\ufffdb\ufffd", "ab", "a\ufffdb"},
		{"bytes that are not UTF-8", "a\xffb\xe2\x82 \xc3", "ab", "a\xffb"},
		{"a surrogate in UTF-8", "a\xed\xa0\x80b", "ab", "a\xed\xa0\x80b"},
		{"private use", "\ue000a\U0010fffdb", "ab", "a\U0010fffdb"},

		{"a word that cannot be spelled, whole", "say👍ing it", "[UNK] it", "say👍ing ="},
		{"100 letters", strings.Repeat("é", 100), "ee" + strings.Repeat(" ##ee", 49), ""},
		{"101 letters", "a " + strings.Repeat("é", 101) + " b", "a [UNK] b", "= " + strings.Repeat("é", 101) + " ="},
		{"accents do not count", strings.Repeat("e\u0301", 100), "ee" + strings.Repeat(" ##ee", 49), ""},
		{"dropped ones do not either", strings.Repeat("\u00ad", 200) + "so", "so", "="},
	} {
		var pieces, places []string
		for _, p := range v.Append(nil, c.text) {
			pieces = append(pieces, written[p.ID])
			places = append(places, c.text[p.Start:p.End])
		}
		if got := strings.Join(pieces, " "); got != c.pieces {
			t.Errorf("%s: %q: pieces\n\t%s, want\n\t%s", c.about, c.text, got, c.pieces)
			continue
		}
		if c.places == "" {
			continue
		}
		want := strings.Split(c.places, " ")
		for i := range want {
			if want[i] == "=" {
				want[i] = strings.TrimPrefix(pieces[i], continued)
			}
		}
		if !slices.Equal(places, want) {
			t.Errorf("%s: %q: places %q, want %q", c.about, c.text, places, want)
		}
	}
}

func TestAppendKeepsWhatIsThere(t *testing.T) {
	v := vocabulary(t)
	before := Piece{7, 1, 2}
	got := v.Append([]Piece{before}, "👍")
	if want := []Piece{before, {v.unknown, 0, 4}}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestAppendAllocatesNothing(t *testing.T) {
	v := vocabulary(t)
	text := strings.Repeat("The government’s “naïve” plan, 한국 株 👍 \u0958. ", 20)
	dst := v.Append(nil, text)
	if n := testing.AllocsPerRun(10, func() { dst = v.Append(dst[:0], text) }); n != 0 {
		t.Errorf("%v allocations a text", n)
	}
}

func TestManyGoroutines(t *testing.T) {
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			v, err := Uncased()
			if err != nil {
				t.Error(err)
				return
			}
			if got := v.Append(nil, "the vote"); len(got) != 2 {
				t.Errorf("%v, want two pieces", got)
			}
		})
	}
	wg.Wait()
}

func TestID(t *testing.T) {
	v := vocabulary(t)
	for id, piece := range written {
		if got, ok := v.ID(piece); !ok || got != int32(id) {
			t.Errorf("ID(%q) = %d, %v, want %d", piece, got, ok, id)
		}
	}
	for _, piece := range []string{"", "##", "governmen", "Government", "the ", "\x00"} {
		if id, ok := v.ID(piece); ok {
			t.Errorf("ID(%q) = %d, want none", piece, id)
		}
	}
}

func TestReadVocabulary(t *testing.T) {
	for _, vocab := range []string{"[UNK]\na\n##b\n", "[UNK]\na\n##b", "[UNK]\r\na\r\n##b\r\n"} {
		v, err := ReadVocabulary([]byte(vocab))
		if err != nil {
			t.Errorf("%q: %v", vocab, err)
			continue
		}
		got := v.Append(nil, "abb c")
		if want := []Piece{{1, 0, 1}, {2, 1, 2}, {2, 2, 3}, {0, 4, 5}}; !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", vocab, got, want)
		}
	}
	for _, vocab := range []string{"[UNK]", "[UNK]\na", "[UNK]\nab\nc"} { // no piece "##", tables nearly full
		v, err := ReadVocabulary([]byte(vocab))
		if err != nil {
			t.Errorf("%q: %v", vocab, err)
			continue
		}
		if got, want := v.Append(nil, "zz"), []Piece{{0, 0, 2}}; !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", vocab, got, want)
		}
	}
}

func TestReadVocabularyErrors(t *testing.T) {
	for _, c := range []struct{ vocab, want string }{
		{"", "no piece [UNK]"},
		{"a\nb\n", "no piece [UNK]"},
		{"[UNK]\n\nb\n", "line 2 of the vocabulary is empty"},
		{"[UNK]\na\nb\na\n", `line 4 of the vocabulary has "a", as line 2 has`},
		{"[UNK]\na\xff\n", "line 2 of the vocabulary is not UTF-8"},
		{strings.Repeat("a", maxVocabulary+1), "4194304 is the most"},
	} {
		if _, err := ReadVocabulary([]byte(c.vocab)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.20q: %v, want an error with %q", c.vocab, err, c.want)
		}
	}
}

// A plainWord is a word, normalized, with the offsets of the character that
// each rune comes from.
type plainWord struct {
	runes        []rune
	starts, ends []int
}

// plainWords cuts a text into words with no thought of speed.
func plainWords(v *Vocabulary, text string) []plainWord {
	var words []plainWord
	var w plainWord
	end := func() {
		if len(w.runes) > 0 {
			words = append(words, w)
		}
		w = plainWord{}
	}
	for i, r := range text {
		_, size := utf8.DecodeRuneInString(text[i:])
		add := func(to ...rune) {
			for _, r := range to {
				w.runes = append(w.runes, r)
				w.starts = append(w.starts, i)
				w.ends = append(w.ends, i+size)
			}
		}
		switch kind, to := v.runes.look(r); {
		case kind == space:
			end()
		case kind == apart:
			end()
			add(to)
			end()
		case kind == letter:
			add(to)
		case r >= hangulFirst && r <= hangulLast:
			jamo := []rune{0x1100 + (r-hangulFirst)/588, 0x1161 + (r-hangulFirst)%588/28, 0x11A7 + (r-hangulFirst)%28}
			if jamo[2] == 0x11A7 {
				jamo = jamo[:2]
			}
			add(jamo...)
		case kind == several:
			add([]rune(expanded[r])...)
		}
	}
	end()
	return words
}

// plain is Append with no thought of speed.
func plain(v *Vocabulary, text string) []Piece {
	var out []Piece
	for _, w := range plainWords(v, text) {
		var pieces []Piece
		n := len(w.runes)
		for from := 0; from < n; {
			prefix := ""
			if from > 0 {
				prefix = continued
			}
			to, id, ok := n, int32(0), false
			for ; to > from; to-- {
				if id, ok = v.ID(prefix + string(w.runes[from:to])); ok {
					break
				}
			}
			if !ok || n > maxRunes {
				pieces = []Piece{{v.unknown, int32(w.starts[0]), int32(w.ends[n-1])}}
				break
			}
			pieces = append(pieces, Piece{id, int32(w.starts[from]), int32(w.ends[to-1])})
			from = to
		}
		out = append(out, pieces...)
	}
	return out
}

func FuzzAppend(f *testing.F) {
	v := vocabulary(f)
	for _, s := range []string{
		"", "The vote, on Tuesday: “unaffable”.", "cafe\u0301 so\u00adft 한국 株", "\xff\xe2\x82a\xed\xa0\x80",
		strings.Repeat("é", 101), strings.Repeat("한", 34), "\u0301\U0001d16d\u302ea", "\u0958\U0001d160 [SEP] ##a",
	} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		got := v.Append(nil, a)
		if want := plain(v, a); !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", a, got, want)
		}
		boundaries := map[int32]bool{int32(len(a)): true}
		for i := range a {
			boundaries[int32(i)] = true
		}
		for i, p := range got {
			if p.ID < 0 || int(p.ID) >= len(written) || p.Start >= p.End || !boundaries[p.Start] || !boundaries[p.End] {
				t.Errorf("%q: piece %v is no part of the text", a, p)
			}
			if i > 0 && p.Start < got[i-1].End && (p.Start != got[i-1].Start || p.End != got[i-1].End) {
				t.Errorf("%q: piece %v after %v", a, p, got[i-1])
			}
		}

		// Words do not depend on those around them.
		want := slices.Clone(got)
		for _, p := range v.Append(nil, b) {
			shift := int32(len(a) + 1)
			want = append(want, Piece{p.ID, p.Start + shift, p.End + shift})
		}
		if got := v.Append(nil, a+" "+b); !slices.Equal(got, want) {
			t.Errorf("%q and %q: %v, want %v", a, b, got, want)
		}
	})
}

// BenchmarkAppend cuts up words of the vocabulary, frequent ones more often, a
// tenth of them with another word at their end, and punctuation.
func BenchmarkAppend(b *testing.B) {
	v := vocabulary(b)
	random := rand.New(rand.NewPCG(1, 2))
	var text strings.Builder
	const words = 50_000
	for range words {
		// From 1996 on the vocabulary is in the order of frequency.
		i := 1996 + random.Uint64()%(1<<(1+random.Uint64()%14))
		text.WriteString(strings.TrimPrefix(written[i], continued))
		if random.Uint64()%10 == 0 {
			text.WriteString(strings.TrimPrefix(written[2000+random.Uint64()%20000], continued))
		}
		text.WriteString([]string{" ", " ", " ", " ", " ", ", ", ". ", "’s "}[random.Uint64()%8])
	}
	dst := v.Append(nil, text.String())
	b.SetBytes(int64(text.Len()))
	b.ReportAllocs()
	for b.Loop() {
		dst = v.Append(dst[:0], text.String())
	}
	b.ReportMetric(float64(words)*float64(b.N)/b.Elapsed().Seconds(), "words/s")
	b.ReportMetric(float64(len(dst))/words, "pieces/word")
}

func BenchmarkReadVocabulary(b *testing.B) {
	for b.Loop() {
		if _, err := ReadVocabulary(uncased); err != nil {
			b.Fatal(err)
		}
	}
}
