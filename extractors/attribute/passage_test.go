package attribute

import (
	stdcontext "context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/onrecord-nlp/onrecord/extractors/quote"
	"github.com/onrecord-nlp/onrecord/extractors/tokenize"
	"github.com/onrecord-nlp/onrecord/models/wordpiece"
	"github.com/onrecord-nlp/onrecord/pipeline"
	"pgregory.net/rapid"
)

// lines returns a function that makes of a text a document with tokens and
// quotes. Each line is a paragraph of the body, but those that begin with "#"
// are headlines and those that begin with "!" furniture.
func lines(tb testing.TB) func(text string) *pipeline.Document {
	tb.Helper()
	tok, err := tokenize.New()
	if err != nil {
		tb.Fatal(err)
	}
	quo, err := quote.New()
	if err != nil {
		tb.Fatal(err)
	}
	p, err := pipeline.New([]pipeline.Stage{tok, quo}, pipeline.LayerBlocks)
	if err != nil {
		tb.Fatal(err)
	}
	return func(text string) *pipeline.Document {
		d := &pipeline.Document{ID: "test", Text: text}
		at := 0
		for line := range strings.SplitAfterSeq(text, "\n") {
			if s := strings.TrimSpace(line); s != "" {
				k := at + strings.Index(line, s)
				b := pipeline.Block{Span: pipeline.Span{Start: k, End: k + len(s)}}
				switch s[0] {
				case '#':
					b.Kind = pipeline.BlockHeadline
					b.Start++
				case '!':
					b.Kind = pipeline.BlockBoilerplate
					b.Start++
				}
				if !b.Empty() {
					d.Blocks = append(d.Blocks, b)
				}
			}
			at += len(line)
		}
		d.Mark(pipeline.LayerBlocks)
		if err := p.Process(stdcontext.Background(), d); err != nil {
			tb.Fatal(err)
		}
		return d
	}
}

// hardTexts are texts that strain the cutting into passages.
func hardTexts() map[string]string {
	said := "“We have no money left,” the mayor of Ashby said on Monday. "
	return map[string]string{
		"empty":                       "",
		"white space":                 " \n\t\n ",
		"no speech":                   "!Read more: “It is late,” said Omar Haddad.\n!Share this",
		"one word":                    "Yes",
		"one mark":                    "“",
		"an article":                  "#Mayor says money is gone\n" + said + "She blamed the county.\n!Share this\n“They knew,” she added.\n",
		"furniture between":           strings.Repeat("!"+said+"\n"+said+said+"\n", 40),
		"furniture at both ends":      "!" + strings.Repeat(said, 9) + "\n" + strings.Repeat(said, 60) + "\n!" + said,
		"control characters":          strings.Repeat("He said \x01 \x02\x03 that \x7f it was\x04over. \x05\x06 ", 60),
		"replacement characters":      strings.Repeat("� He � said �� no�thing. �\n", 60),
		"combining marks":             strings.Repeat("́ ̂ He sáid ̈̈̈ that it was ōver. ́\n", 60),
		"only control characters":     strings.Repeat("\x01 \x02 ", 300) + "\n" + strings.Repeat("\x03", 900),
		"soft hyphens":                strings.Repeat("The min\u00ad\u00adis\u00adter \u00ad said \u00ad\u00ad so. ", 100),
		"no sentence end":             strings.Repeat("the mayor said that she ", 2000), // 10,000 words
		"one-word paragraphs":         strings.Repeat("said\n", 5000),
		"one-piece paragraphs, mixed": strings.Repeat("No.\nYes\n\x01\n“\n", 400),
		"words of 500 letters":        strings.Repeat(strings.Repeat("abcde", 100)+" said ", 200),
		"words of 90 odd letters":     strings.Repeat(strings.Repeat("zqx", 30)+" said ", 200),
		"words of 500 marks":          strings.Repeat("He said "+strings.Repeat("a-", 250)+" and "+strings.Repeat(".", 500)+" to "+strings.Repeat("x/1", 170)+". ", 12),
		"one word of marks":           strings.Repeat("_", 5000),
		"a word of marks, furniture":  "saidsaidsaidsaid" + strings.Repeat(".", 1200) + "\n!said\n" + strings.Repeat("Ms. Ohm", 30),
		"an address":                  "He said http://example.org/" + strings.Repeat("a-b/", 900) + " was down, he said.",
		"Chinese":                     strings.Repeat("市长说他们没有钱了", 400),
		"Korean":                      strings.Repeat("시장은 돈이 없다고 말했다. ", 300),
		"emoji":                       strings.Repeat("He said 👩‍👩‍👧‍👦🏽 so 🇬🇧. ", 120),
		"quotation marks":             strings.Repeat("“a” ", 600),
		"long sentences":              strings.Repeat(strings.Repeat("the mayor said that she ", 50)+"left. ", 8),
		"short sentences":             strings.Repeat("He said no. ", 700),
		"a long cue":                  strings.Repeat(said, 21) + "He said and repeated and insisted and claimed and told and " + strings.Repeat("argued and said and warned and ", 60) + "that was it.",
	}
}

// loaded returns a view and passages of a document.
func loaded(tb testing.TB) func(d *pipeline.Document, most int) (*view, *passages) {
	tb.Helper()
	vocab, err := newPieces()
	if err != nil {
		tb.Fatal(err)
	}
	v, ps := new(view), newPassages(vocab)
	return func(d *pipeline.Document, most int) (*view, *passages) {
		v.load(d, nil)
		v.cutParas(most)
		ps.load(v)
		return v, ps
	}
}

// spansOf returns the place in the text of every piece of all paragraphs, and
// an empty one for those that end a paragraph.
func spansOf(v *view, vocab *pieces) (spans []pipeline.Span, ends []bool) {
	var raw []wordpiece.Piece
	for _, p := range v.paras {
		base := v.doc.Tokens[p.first].Start
		raw = vocab.Append(raw[:0], v.doc.Text[base:v.doc.Tokens[p.last-1].End])
		for _, r := range raw {
			spans, ends = append(spans, pipeline.Span{Start: base + int(r.Start), End: base + int(r.End)}), append(ends, false)
		}
		spans, ends = append(spans, pipeline.Span{}), append(ends, true)
	}
	return spans, ends
}

// checkPassages reports what passages may not be.
func checkPassages(v *view, ps *passages) error {
	spans, ends := spansOf(v, ps.vocab)
	if len(spans) != len(ps.pieces) {
		return fmt.Errorf("%d pieces, want %d", len(ps.pieces), len(spans))
	}
	tokens := v.doc.Tokens

	// The row of a token is that of its first piece, or where it has none, of the
	// token before.
	var own []int // for each token of a paragraph, in order, whether it has a piece: its first or -1
	at := 0
	for _, p := range v.paras {
		begin := at
		for i := p.first; i < p.last; i++ {
			for !ends[at] && spans[at].End <= tokens[i].Start {
				at++
			}
			k := -1
			if !ends[at] && spans[at].Overlaps(tokens[i].Span) {
				k = at
			}
			own = append(own, k)
			want := k
			switch {
			case k >= 0:
			case i == p.first:
				want = begin
			default:
				want = int(ps.first[i-1])
			}
			if int(ps.first[i]) != want {
				return fmt.Errorf("token %d %q: piece %d stands for it, want %d", i, tokens[i].In(v.doc.Text), ps.first[i], want)
			}
		}
		for !ends[at] {
			at++
		}
		at++
	}

	// Of what the encoder says, what is kept of a passage is no more than it has
	// pieces: units are in order, and each is there once.
	for k, u := range ps.units {
		if k > 0 && u <= ps.units[k-1] {
			return fmt.Errorf("unit %d is piece %d, that before piece %d", k, u, ps.units[k-1])
		}
	}

	// Passages have the pieces between special ones, with features that there
	// are, and are no longer than the encoder reads.
	for n, p := range ps.list {
		if len(p.ids) > maxPieces || len(p.ids) != p.to-p.from+2 || len(p.feats) != numPieceFeat*len(p.ids) {
			return fmt.Errorf("passage %d [%d, %d): %d ids and %d features", n, p.from, p.to, len(p.ids), len(p.feats))
		}
		if p.ids[0] != ps.vocab.cls || p.ids[len(p.ids)-1] != ps.vocab.sep || !slices.Equal(p.ids[1:len(p.ids)-1], ps.pieces[p.from:p.to]) {
			return fmt.Errorf("passage %d: its ids are not the pieces [%d, %d) between special ones", n, p.from, p.to)
		}
		for k, f := range p.feats {
			if int(f) >= featureValues[k%numPieceFeat] {
				return fmt.Errorf("passage %d, piece %d: feature %d is %d", n, k/numPieceFeat, k%numPieceFeat, f)
			}
		}
	}

	// Every token of the paragraphs is decided once, in order, by a passage that
	// has a row for it.
	n := 0
	for k := range ps.list {
		p := &ps.list[k]
		if k > 0 && p.first != ps.list[k-1].last {
			return fmt.Errorf("passage %d decides from token %d, that before to %d", k, p.first, ps.list[k-1].last)
		}
	}
	for _, para := range v.paras {
		for i := para.first; i < para.last; i++ {
			for n < len(ps.list) && ps.list[n].last <= i {
				n++
			}
			if n == len(ps.list) || i < ps.list[n].first {
				return fmt.Errorf("no passage decides token %d", i)
			}
			row, ok := ps.row(&ps.list[n], i)
			if !ok || row < 1 || row >= len(ps.list[n].ids)-1 {
				return fmt.Errorf("passage %d decides token %d %q and has row %d of %d for it (%v)", n, i, tokens[i].In(v.doc.Text), row, len(ps.list[n].ids), ok)
			}
			if u := int(ps.unitOf[i]); u < ps.list[n].unit || u >= ps.list[n].unitEnd || ps.units[u] != ps.first[i] {
				return fmt.Errorf("passage %d decides token %d, unit %d, and covers [%d, %d)", n, i, u, ps.list[n].unit, ps.list[n].unitEnd)
			}
			// A cue of one token and one to the paragraph's end: what it reaches is
			// covered, but for the cue's own end.
			for _, c := range []tokenRange{{i, i + 1}, {i, min(i+40, para.last)}} {
				w := ps.reach(&ps.list[n], window(para, c), c)
				if w.first > c.first || w.last < c.last || w.first < para.first || w.last > para.last {
					return fmt.Errorf("cue %v of paragraph %v reaches %v", c, para, w)
				}
				if _, ok := ps.row(&ps.list[n], w.first); !ok {
					return fmt.Errorf("cue %v reaches token %d, that the passage does not cover", c, w.first)
				}
				if _, ok := ps.row(&ps.list[n], w.last-1); !ok && w.last > c.last {
					return fmt.Errorf("cue %v reaches token %d, that the passage does not cover", c, w.last-1)
				}
			}
		}
	}
	if k := len(ps.list); k > 0 {
		if first, last := v.paras[0].first, v.paras[len(v.paras)-1].last; ps.list[0].first != first || ps.list[k-1].last != last {
			return fmt.Errorf("tokens [%d, %d) are decided, want [%d, %d)", ps.list[0].first, ps.list[k-1].last, first, last)
		}
	}
	return checkCuts(v, ps, spans, ends, own)
}

// checkCuts reports cores that end where they should not, and passages without
// what should stand around the core.
func checkCuts(v *view, ps *passages, spans []pipeline.Span, ends []bool, own []int) error {
	n := len(ps.pieces)
	sentence, token := make([]bool, n+1), make([]bool, n+1)
	u, before := 0, -1 // the piece of the token before
	for _, p := range v.paras {
		for i := p.first; i < p.last; i++ {
			if k := own[u]; k >= 0 && before != k {
				token[k] = true
				sentence[k] = v.sentFirst[i] == int32(i)
			}
			before = int(ps.first[i])
			u++
		}
	}
	k := 0
	for a := 0; a < n; {
		// The last core takes all that is left, the others end where they may.
		b, kind := n, "at the end"
		if max(0, a-lookBefore)+maxPieces-2 < n {
			b, kind = 0, "where a paragraph ends"
			for c := min(n, a+maxCore); c >= a+maxCore/2 && b == 0; c-- {
				if ends[c-1] {
					b = c
				}
			}
			if b == 0 {
				kind = "where a sentence or a paragraph ends"
				for c := min(n, a+maxCore); c > a && b == 0; c-- {
					if ends[c-1] || sentence[c] {
						b = c
					}
				}
			}
			if b == 0 {
				kind = "between two tokens"
				for c := min(n, a+maxCore); c > a && b == 0; c-- {
					if token[c] {
						b = c
					}
				}
			}
			if b == 0 {
				b, kind = a+maxCore, "inside a token"
			}
		}
		from, to := max(0, a-lookBefore), min(n, b+lookAfter)
		switch {
		case k < len(ps.list) && ps.list[k].from == from && ps.list[k].to == to:
			k++
		case slices.ContainsFunc(ps.units, func(u int32) bool { return int(u) >= a && int(u) < b }):
			return fmt.Errorf("passage %d is not [%d, %d), whose core [%d, %d) ends %s", k, from, to, a, b, kind)
		}
		a = b
	}
	if k < len(ps.list) {
		return fmt.Errorf("passage %d of %d covers what it should not, [%d, %d)", k, len(ps.list), ps.list[k].from, ps.list[k].to)
	}
	return nil
}

// Passages are as they should be, of all texts, of any order of them in the same
// memory.
func TestPassages(t *testing.T) {
	document, load := lines(t), loaded(t)
	for name, text := range hardTexts() {
		t.Run(name, func(t *testing.T) {
			for _, most := range []int{longestPara, 7} {
				v, ps := load(document(text), most)
				if err := checkPassages(v, ps); err != nil {
					t.Errorf("paragraphs of at most %d tokens: %v", most, err)
				}
				for _, p := range v.paras {
					if p.last-p.first > most {
						t.Errorf("a paragraph has %d tokens, of %d", p.last-p.first, most)
					}
				}
			}
		})
	}
	for i, text := range manyTexts(t) {
		v, ps := load(document(text), longestPara)
		if err := checkPassages(v, ps); err != nil {
			t.Errorf("text %d: %v", i, err)
		}
	}
}

// manyTexts returns the texts of testdata/gold/dev, and mangled copies.
func manyTexts(t testing.TB) []string {
	docs, _ := articles(t)
	r := rand.New(rand.NewPCG(3, 5))
	var out []string
	for _, d := range docs {
		runes := []rune(d.Text)
		for range len(runes) / 20 {
			i, j := r.IntN(len(runes)), r.IntN(len(runes))
			runes[i], runes[j] = runes[j], runes[i]
		}
		out = append(out, d.Text, string(runes))
	}
	return out
}

func TestPassagesOfAnyText(t *testing.T) {
	document, load := lines(t), loaded(t)
	parts := []string{"said", "The", "Mayor", "Ms. Ohm", " ", " ", " ", ". ", ", ", "“", "”", "'", "\n", "\n#", "\n!", "\x01", "�", "́", "é", "市", "-", "_/", "...", "1,000", "http://a.b/c", "zqxzqx", "\u00ad", "👩‍👧"}
	rapid.Check(t, func(t *rapid.T) {
		var b strings.Builder
		for range rapid.IntRange(0, 60).Draw(t, "parts") {
			part := rapid.SampledFrom(parts).Draw(t, "part")
			b.WriteString(strings.Repeat(part, rapid.SampledFrom([]int{1, 1, 1, 2, 30, 400}).Draw(t, "times")))
		}
		v, ps := load(document(b.String()), rapid.SampledFrom([]int{longestPara, 100, 1}).Draw(t, "longest paragraph"))
		if err := checkPassages(v, ps); err != nil {
			t.Fatalf("%q: %v", b.String(), err)
		}
	})
}

func FuzzPassages(f *testing.F) {
	document, load := lines(f), loaded(f)
	for _, text := range hardTexts() {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) || len(text) > 1<<16 {
			t.Skip()
		}
		v, ps := load(document(text), longestPara)
		if err := checkPassages(v, ps); err != nil {
			t.Error(err)
		}
	})
}

// Where a core ends: texts of words of one piece each, a "." being one too, and
// the end of a paragraph.
func TestCores(t *testing.T) {
	document, load := lines(t), loaded(t)
	words := func(n int) string { return strings.Repeat("the ", n) }
	for _, c := range []struct {
		name, text string
		cores      []int // the sizes of all but the last
	}{
		{"what one passage holds", words(maxPieces - 3), nil},
		{"one more", words(maxPieces - 2), []int{maxCore}},
		{"a paragraph ends in the second half", words(199) + "\n" + words(50) + ". The " + words(270), []int{200}},
		{"the last of those that do", words(199) + "\n" + words(49) + "\n" + words(400), []int{250, maxCore}},
		{"one that ends in the first half, a sentence in the second", words(99) + "\n" + words(150) + ". The " + words(250), []int{251}},
		{"a paragraph and a sentence that end in the first half", words(99) + "\n" + words(30) + ". The " + words(300), []int{131}},
		{"nothing but a paragraph in the first half", words(9) + "\n" + words(450), []int{10, maxCore}},
		{"one that was passed over for a paragraph, taken next", words(199) + "\n" + words(88) + ". The " + words(560), []int{200, 89, maxCore}},
		{"nothing ends", words(800), []int{maxCore, maxCore}},
	} {
		v, ps := load(document(c.text), longestPara)
		if err := checkPassages(v, ps); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		var cores []int
		a := 0
		for _, p := range ps.list[1:] {
			b := p.from + lookBefore
			if p.from == 0 {
				b = ps.list[0].to - lookAfter
			}
			cores = append(cores, b-a)
			a = b
		}
		if !slices.Equal(cores, c.cores) {
			t.Errorf("%s: cores of %v pieces, want %v", c.name, cores, c.cores)
		}
		for i, p := range ps.list {
			if before := ps.first[p.first] - int32(p.from); i > 0 && before != lookBefore && p.from > 0 {
				t.Errorf("%s: %d pieces stand before the core of passage %d", c.name, before, i)
			}
		}
	}
}

// The features of pieces say what the uncased pieces do not.
func TestPieceFeatures(t *testing.T) {
	document, load := lines(t), loaded(t)
	v, ps := load(document("#Mayor quits\nMs. Ohm left. “Unbelievable nonsense,” she said.\n"), longestPara)
	find := func(word string) []uint8 {
		for i, tok := range v.doc.Tokens {
			if tok.In(v.doc.Text) == word {
				k := int(ps.first[i])
				return ps.feats[k*numPieceFeat : (k+1)*numPieceFeat]
			}
		}
		t.Fatalf("no token %q", word)
		return nil
	}
	for _, c := range []struct {
		word  string
		looks uint8 // and 1 where it begins a sentence
		place uint8 // 2 begins a paragraph, 4 in a headline
		quote uint8 // 1 opens, 2 inside, 3 closes; 8 in an uttered quotation
	}{
		{"Mayor", looksCapital*2 + 1, 6, 0},
		{"quits", looksLower * 2, 4, 0},
		{"Ms.", looksCapital*2 + 1, 2, 0},
		{"left", looksLower * 2, 0, 0},
		{"“", looksMark*2 + 1, 0, 1 + 8},
		{"nonsense", looksLower * 2, 0, 2 + 8},
		{"”", looksMark * 2, 0, 3 + 8},
		{"she", looksLower * 2, 0, 0},
	} {
		f := find(c.word)
		if f[0] != c.looks || f[1] != c.quote || f[2] != c.place {
			t.Errorf("%s: looks %d, quote %d, place %d; want %d, %d, %d", c.word, f[0], f[1], f[2], c.looks, c.quote, c.place)
		}
	}
	// Of a token of several pieces, those after the first do not begin it.
	for i, tok := range v.doc.Tokens {
		k, next := int(ps.first[i]), len(ps.pieces)
		if i+1 < len(v.doc.Tokens) {
			next = int(ps.first[i+1])
		}
		for j := k; j < next && ps.pieces[j] != ps.vocab.sep; j++ {
			if got := ps.feats[j*numPieceFeat+2] & 1; (got == 0) != (j == k) {
				t.Errorf("piece %d of %q: %d", j-k, tok.In(v.doc.Text), got)
			}
		}
	}
}

func TestLooks(t *testing.T) {
	for _, c := range []struct {
		looks uint8
		words string
	}{
		{looksLower, "said don't co-op élan ß a"},
		{looksCapital, "Mayor A Élan Don't I O'hara"},
		{looksUpper, "MAYOR USA U.S. ÉTÉ AT&T"},
		{looksMixed, "McDonald iPhone eBay LaGuardia O'Hara"},
		{looksNumber, "1 1,000 $5 3rd COVID-19 ٣"},
		{looksMark, "“ . -- ' $ … % \" +"},
		{looksOther, "\x01 � ́ \u00ad \u200d"},
	} {
		for w := range strings.FieldsSeq(c.words) {
			want := c.looks
			if w == "�" {
				want = looksMark // a symbol, by Unicode
			}
			if got := looksOf(w); got != want {
				t.Errorf("%+q looks %d, want %d", w, got, want)
			}
		}
	}
}

// Relations tell apart sides, distances and ends of sentences between, and
// there are as many as the model has.
func TestRelation(t *testing.T) {
	document, load := lines(t), loaded(t)
	v, _ := load(document("It rained. Ms. Ohm left early. She said so. It stopped. Nobody came. The end."), longestPara)
	cue := tokenRange{}
	for i, tok := range v.doc.Tokens {
		if tok.In(v.doc.Text) == "said" {
			cue = tokenRange{i, i + 1}
		}
	}
	seen := make(map[uint8]int)
	for i := range v.doc.Tokens {
		r := v.relation(cue, i)
		if int(r) >= numRelations {
			t.Fatalf("relation %d of %d", r, numRelations)
		}
		breaks := v.sentence[i] - v.sentence[cue.first]
		if side := r / 16 % 2; (side == 1) != (i >= cue.first) {
			t.Errorf("token %d: side %d", i, side)
		}
		if got, want := int32(r/32), min(max(breaks, -breaks), 3); got != want {
			t.Errorf("token %d: %d ends of sentences, want %d", i, got, want)
		}
		if j, ok := seen[r]; ok && max(i, cue.first)-min(i, cue.first) <= 4 {
			t.Errorf("tokens %d and %d near the cue have the same relation %d", i, j, r)
		}
		seen[r] = i
	}
}
