package attribute

import (
	stdcontext "context"
	"fmt"
	"math"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/onrecord-nlp/onrecord/models/accurate"
	"github.com/onrecord-nlp/onrecord/models/attribution"
	"github.com/onrecord-nlp/onrecord/models/chain"
	"github.com/onrecord-nlp/onrecord/models/encoder"
)

func accurateStage(t *testing.T) *Stage {
	t.Helper()
	st, err := NewAccurate()
	if err != nil {
		t.Fatal(err)
	}
	return st
}

// slow reports whether the encoder has to run in portable Go, which takes some
// twenty times as long: tests then read less.
func slow() bool { return encoder.Paths()[0] == "portable" }

// needsKernel skips a test that reads thousands of words where that takes minutes.
func needsKernel(t *testing.T) {
	t.Helper()
	if slow() {
		t.Skip("this processor has none of the instructions that the encoder has kernels for, and the test would take a minute")
	}
}

// held returns the bytes of the slices that a value holds, what models share
// left out.
func held(v reflect.Value) int {
	switch v.Type() {
	case reflect.TypeFor[*deepModel](), reflect.TypeFor[*accurate.Model](), reflect.TypeFor[*attribution.Model](), reflect.TypeFor[*pieces]():
		return 0
	}
	n := 0
	switch v.Kind() {
	case reflect.Pointer:
		if name := v.Type().Elem().Name(); !v.IsNil() && name != "Model" && name != "Document" {
			n = held(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			n += held(v.Field(i))
		}
	case reflect.Slice:
		n = v.Cap() * int(v.Type().Elem().Size())
		switch v.Type().Elem().Kind() {
		case reflect.Struct, reflect.Slice, reflect.Pointer:
			all := v.Slice(0, v.Cap())
			for i := range all.Len() {
				n += held(all.Index(i))
			}
		}
	}
	return n
}

// The memory that a document took stays for the next one, unless it was much.
func TestMemoryKept(t *testing.T) {
	document, st := lines(t), accurateStage(t)
	for _, c := range []struct {
		name, text string
		kept       bool
	}{
		{"an article", strings.Repeat("“We have no money left,” she said.\n", 100), true},
		{"furniture of 1 MB", "She said so.\n!" + strings.Repeat("Read more. ", 95_000), false},
		{"1 MB of words that no piece spells", strings.Repeat(strings.Repeat("q", 101)+" ", 10_000), true},
		{"1 MB in one word", strings.Repeat("_", 1<<20), false},
	} {
		st.idle = nil
		s := st.take()
		s.view.load(document(c.text), st.m.Lexicon)
		s.deep.ps.load(&s.view)
		st.give(s)
		if got := len(st.idle) == 1; got != c.kept {
			t.Errorf("%s: kept %v, want %v", c.name, got, c.kept)
		}
		for _, s := range st.idle {
			if n := held(reflect.ValueOf(s.deep)) + held(reflect.ValueOf(&s.view)); n > 8<<20 {
				t.Errorf("%s: %d bytes are kept", c.name, n)
			}
		}
	}
}

// What a worker holds does not grow from document to document, and is bounded.
func TestMemoryBounded(t *testing.T) {
	needsKernel(t)
	document, st := lines(t), accurateStage(t)
	small := "“We have no money left,” the mayor of Ashby said on Monday.\n"
	big := strings.Repeat("The mayor of Ashby-upon-Mersea said that Wrzeszcz-Niedźwiedź had overspent. ", 2*longestPara/16) + "\n" + strings.Repeat(small, 40)
	var sizes []int
	for range 3 {
		for _, text := range []string{big, small, strings.Repeat(small, 30), small} {
			if err := st.Process(stdcontext.Background(), document(text)); err != nil {
				t.Fatal(err)
			}
		}
		if len(st.idle) != 1 {
			t.Fatalf("%d scratch spaces are idle after one goroutine", len(st.idle))
		}
		sizes = append(sizes, held(reflect.ValueOf(st.idle[0].deep)))
	}
	t.Logf("%d bytes", sizes)
	if sizes[2] != sizes[1] {
		t.Errorf("memory grows: %v bytes after each round", sizes)
	}
	const most = 40 << 20
	if sizes[2] > most {
		t.Errorf("a worker holds %d bytes, of at most %d", sizes[2], most)
	}
	// One passage covers all of these paragraphs: none of the characters is a
	// piece. The document is so long that its space is not kept.
	s := st.take()
	s.view.load(document(strings.Repeat("The mayor said so. "+strings.Repeat("\x01 ", 1900)+"\n", 60)), st.m.Lexicon)
	s.ctx.load(&s.view)
	s.fp.reset(&s.view)
	s.deep.run(s, st)
	if n := held(reflect.ValueOf(s.deep)); n > most {
		t.Errorf("with %d tokens in %d passages a worker holds %d bytes, of at most %d", len(s.view.word), len(s.deep.ps.list), n, most)
	}
}

// Nothing is allocated for what the encoder does, once the memory is there.
func TestEncoderAllocatesNothing(t *testing.T) {
	document, st := lines(t), accurateStage(t)
	doc := document(strings.Repeat("“We have no money left,” the mayor of Ashby \x01 said on Monday.\n", 30))
	s := st.take()
	v, d := &s.view, s.deep
	v.load(doc, st.m.Lexicon)
	em := make([]chain.Scores, len(v.word))
	run := func() {
		d.ps.load(v)
		d.from, d.to = 0, 0
		for _, p := range v.paras {
			for d.to == 0 || d.ps.list[d.to-1].last < p.last {
				d.next()
			}
			d.tagScores(p, em[:p.last-p.first])
			for _, c := range []tokenRange{{p.first, p.first + 1}, {p.last - 4, p.last - 3}} { // past "\x01" or not
				w := d.reach(window(p, c), c)
				d.linkScores(v, c, w, em[:w.last-w.first])
			}
			d.forget(p.last)
		}
	}
	run()
	if n := testing.AllocsPerRun(3, run); n > 0 {
		t.Errorf("%v allocations a document", n)
	}
}

// Scores are those of the encoder beside those of the fast engine: of the first
// pass a token's own, of the second those of token and cue by the formula of
// package accurate, with the mean of the cue's tokens.
func TestScores(t *testing.T) {
	document, st := lines(t), accurateStage(t)
	s := st.take()
	// A few passages; words of several pieces, and characters without any.
	doc := document(strings.Repeat("Niedźwiedź of Ashby-upon-Mersea has \x01 said so. It rained.\n!Read more.\n", 60))
	v, d := &s.view, s.deep
	v.load(doc, st.m.Lexicon)
	d.ps.load(v)
	d.from, d.to = 0, 0
	d.next()
	if len(d.ps.list) < 3 {
		t.Fatalf("%d passages", len(d.ps.list))
	}
	near := func(a, b float32) bool { return math.Abs(float64(a-b)) < 2e-3 }
	session, m := st.deep.m.Encoder.Session(), st.deep.m
	for i := range d.ps.list {
		p := &d.ps.list[i]
		w := []encoder.Window{{Pieces: p.ids, Features: p.feats}}
		session.Run(w)
		outputs := m.Encoder.Config().Outputs
		at := func(token int) []float32 {
			row, ok := d.ps.row(p, token)
			if !ok {
				t.Fatalf("passage %d has no row for token %d", i, token)
			}
			return w[0].Out[row*outputs:][:outputs]
		}
		for _, para := range v.paras {
			if para.first < p.first || para.last > p.last {
				continue
			}
			em := make([]chain.Scores, para.last-para.first)
			for k := range em {
				em[k] = chain.Scores{1, 2, 3, 4, 5, 6, 7}
			}
			d.tagScores(para, em)
			for k := range em {
				for y := range int(numTagLabels) {
					if want := tagMix*float32(y+1) + at(para.first + k)[y]; !near(em[k][y], want) {
						t.Fatalf("token %d: score %v of label %d, want %v", para.first+k, em[k][y], y, want)
					}
				}
			}
			c := tokenRange{para.first + 3, para.first + 6} // a word, one without a piece, a word
			reach := d.reach(window(para, c), c)
			if reach.first != para.first || reach.last != para.last {
				t.Fatalf("the cue %v reaches %v of %v", c, reach, para)
			}
			for k := range em {
				em[k] = chain.Scores{1, 2, 3, 4, 5, 6}
			}
			d.linkScores(v, c, reach, em)
			for k := range em {
				a, r := at(para.first + k)[8:], int(v.relation(c, para.first+k))
				for y := range int(numLinkLabels) {
					want := m.Bias[y] + linkMix*float32(y+1)
					for j := range m.Pair {
						var b float32
						for x := c.first; x < c.last; x++ {
							b += at(x)[8+m.Pair+j] / 3
						}
						want += max(0, a[j]+b+m.Relation[r*m.Pair+j]) * m.Weight[j*8+y]
					}
					if !near(em[k][y], want) {
						t.Fatalf("cue %v, token %d: score %v of label %d, want %v", c, para.first+k, em[k][y], y, want)
					}
				}
			}
		}
	}
}

// A cue that begins where a passage's core ends may go on for longer than the
// passage; what lies before it is scored all the same.
func TestCueBeyondPassage(t *testing.T) {
	document, st := lines(t), accurateStage(t)
	s := st.take()
	doc := document(strings.Repeat("the ", 900))
	s.view.load(doc, st.m.Lexicon)
	d := s.deep
	d.ps.load(&s.view)
	d.from, d.to = 0, 0
	d.next()
	last := d.ps.list[0].last
	for _, c := range []tokenRange{{last - 1, last}, {last - 1, last + lookAfter}, {last - 1, last + lookAfter + 1}, {last - 1, last + 200}, {last - 5, 900}, {0, 900}} {
		w := d.reach(window(s.view.paraOf(c.first), c), c)
		if w.first > c.first || w.last < c.last {
			t.Fatalf("cue %v reaches %v", c, w)
		}
		em := make([]chain.Scores, w.last-w.first)
		for i := range em {
			em[i] = chain.Scores{1}
		}
		d.linkScores(&s.view, c, w, em)
		for i := w.first; i < c.first; i++ {
			if em[i-w.first] == (chain.Scores{1}) {
				t.Errorf("cue %v: token %d has no scores", c, i)
			}
		}
	}
}

// A model that does not fit what this version makes of a text is refused.
func TestModelMisfits(t *testing.T) {
	fast, err := attribution.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	m, err := accurate.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile("../../models/encoder/testdata/golden.bin")
	if err != nil {
		t.Fatal(err)
	}
	small, err := encoder.Decode(b)
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*accurate.Model){
		"an encoder of other pieces":      func(m *accurate.Model) { m.Encoder = small },
		"other labels":                    func(m *accurate.Model) { m.Tag.Labels-- },
		"other labels of the second pass": func(m *accurate.Model) { m.Link.Labels++ },
		"fewer relations":                 func(m *accurate.Model) { m.Relation = m.Relation[m.Pair:] },
	} {
		other := *m
		change(&other)
		if st, err := WithAccurate(&other, fast); st != nil || err == nil || !strings.Contains(err.Error(), "models/train") {
			t.Errorf("%s: error %v, want one that names the remedy", name, err)
		}
	}
	if _, err := WithAccurate(m, fast); err != nil {
		t.Errorf("unchanged: %v", err)
	}
}

// The script that trains the model has the numbers of this package.
func TestTrainingAgrees(t *testing.T) {
	b, err := os.ReadFile("../../models/train/train.py")
	if err != nil {
		t.Fatal(err)
	}
	m, err := accurate.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	// For each label that may not follow all others, those that it may.
	follows := func(labels int, forbid func(prev, next int) bool) string {
		var out []string
		for y := range labels {
			var ok []string
			for x := range labels {
				if !forbid(x, y) {
					ok = append(ok, fmt.Sprint(x))
				}
			}
			if len(ok) < labels {
				out = append(out, fmt.Sprintf("%d: (%s)", y, strings.Join(ok, ", ")))
			}
			if forbid(-1, y) != (len(ok) < labels) {
				t.Errorf("label %d may begin a sequence, or follow all others, and not both", y)
			}
		}
		return "{" + strings.Join(out, ", ") + "}"
	}
	lines := slices.Collect(strings.Lines(string(b)))
	for _, want := range []string{
		fmt.Sprintf("TAGS, LINKS, PAIR = %d, %d, %d", numTagLabels, numLinkLabels, m.Pair),
		fmt.Sprintf("CUE = %d ", linkCue),
		"TAG_INSIDE = " + follows(int(numTagLabels), forbidTag),
		"LINK_INSIDE = " + follows(int(numLinkLabels), forbidLink),
		fmt.Sprintf("features, relations = [%s], %d", strings.Trim(strings.ReplaceAll(fmt.Sprint(featureValues), " ", ", "), "[]"), numRelations),
		fmt.Sprintf("self.out = nn.Linear(h, %d + 2 * PAIR)", accurate.Labels),
	} {
		if !slices.ContainsFunc(lines, func(s string) bool { return strings.HasPrefix(strings.TrimSpace(s)+" ", want) }) {
			t.Errorf("models/train/train.py has no line %q, as this package wants it", want)
		}
	}
}
