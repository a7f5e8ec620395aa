package exchange

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"github.com/onrecord-nlp/onrecord/pipeline/goldform"
)

// everything is an article that uses every key of the form. Its text has
// characters of one and two UTF-16 units, a combining mark, a carriage return,
// a bidi control, a tab and quotation marks within marks.
const everything = `{"id":"n/1","url":"https://example.org/n1?a=b#c","title":"Zoë","byline":"A. Person","published":"2024-05-06T07:08:09+02:00",
 "language":"en","genre":"local","variety":"IE",
 "text":"🐟 Cafe\u0301 boss\r\n\r\n“Prices – up,” said Zoë Ní.\nSome deny it:\t\u202e“I hear ‘no’ daily, \n“and mean it,” Zoë said. Kim and Kim 🦊 agree; Zoë.",
 "blocks":[{"start":0,"end":12,"kind":"headline"},{"start":16,"end":43,"kind":"body"}],
 "quotes":[
  {"start":17,"end":29,"mention":[36,42],"cue":[31,35],"speaker":"Zoë Ní","kind":"direct","stance":"oppose","target":"Prices; \"now\"\nand = then","claim":0,"stance_evidence":[[17,23],[26,28]],"stance_confidence":0.75,"confidence":0.5},
  {"start":60,"end":79,"speaker":"Zoë Ní","kind":"mixed","stance":"neutral","claim":1,"manner":"continuation"},
  {"start":68,"end":70,"depth":1,"mention":[106,109],"cue":[62,66],"speaker":"Kim","speaker_index":2,"kind":"direct","stance":"support","target":" no ","claim":1},
  {"start":82,"end":94,"kind":"direct","stance":"neutral"}],
 "claims":[
  {"content":[[16,30]],"source":[[36,42]],"cue":[[31,35]],"kind":"direct","speaker":"Zoë Ní","stance":"oppose","target":"Prices","cue_class":"neutral","confidence":0.25},
  {"content":[[59,80],[81,95]],"source":[[96,99]],"cue":[[100,104]],"kind":"mixed","speaker":"Zoë Ní","stance":"neutral","cue_class":"assertive","negated":true},
  {"content":[[53,54]],"source":[[44,48],[106,109]],"cue":[[49,53]],"kind":"indirect","stance":"neutral","manner":"context"},
  {"content":[[53,54]],"source":[[44,48]],"cue":[],"kind":"indirect","speaker":"Kim","speaker_index":1,"stance":"support","target":"x","stance_evidence":[[40,60],[50,55]]}],
 "speakers":[
  {"name":"Zoë Ní","kind":"person","pronoun":"she","description":"Café boss","mentions":[[36,42],[96,99]]},
  {"name":"Kim","kind":"person","mentions":[[106,109]]},
  {"name":"Kim","kind":"group","mentions":[[106,109],[114,117]]},
  {"name":"Kim [2]","kind":"unnamed","mentions":[]}]}`

// parse reads articles in the JSON form.
func parse(t testing.TB, src string) []goldform.Article {
	t.Helper()
	var out []goldform.Article
	for a, err := range goldform.ReadArticles(strings.NewReader(src)) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, a)
	}
	return out
}

type fataler interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
}

// form writes an article in the JSON form.
func form(t fataler, a goldform.Article) string {
	t.Helper()
	b, err := goldform.AppendArticle(nil, a)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// write writes articles into files in memory.
func write(t fataler, f Format, opt Options, articles ...goldform.Article) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	err := f.Write(func(name string) (io.WriteCloser, error) {
		if _, ok := files[name]; ok {
			t.Fatalf("%s is written twice", name)
		}
		file := &memory{fs: files, name: name}
		files[name] = &fstest.MapFile{}
		return file, nil
	}, slices.Values(articles), opt)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

type memory struct {
	bytes.Buffer
	fs   fstest.MapFS
	name string
}

func (m *memory) Close() error {
	m.fs[m.name].Data = m.Bytes()
	return nil
}

// read reads all articles of files, and the errors.
func read(f Format, files fstest.MapFS) (articles []goldform.Article, errs []string) {
	for a, err := range f.Read(files, ".") {
		if err != nil {
			errs = append(errs, err.Error())
		}
		if a.Doc != nil {
			articles = append(articles, a)
		}
	}
	return articles, errs
}

// edit changes words in all files, which must hold them.
func edit(t *testing.T, files fstest.MapFS, changes ...string) fstest.MapFS {
	t.Helper()
	out := fstest.MapFS{}
	for name, file := range files {
		out[name] = &fstest.MapFile{Data: slices.Clone(file.Data)}
	}
	for i := 0; i < len(changes); i += 2 {
		found := false
		for _, file := range out {
			if b := bytes.Replace(file.Data, []byte(changes[i]), []byte(changes[i+1]), 1); !bytes.Equal(b, file.Data) {
				file.Data, found = b, true
			}
		}
		if !found {
			t.Fatalf("%q is in no file: %s", changes[i], show(files))
		}
	}
	return out
}

func show(files fstest.MapFS) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(&b, "== %s\n%s\n", name, files[name].Data)
	}
	return b.String()
}

// same fails unless what is read of files is the articles, without errors.
func same(t fataler, f Format, files fstest.MapFS, want ...goldform.Article) {
	t.Helper()
	got, errs := read(f, files)
	if errs != nil {
		t.Fatalf("%s: %s\n%s", f.Name(), strings.Join(errs, "\n"), show(files))
	}
	if len(got) != len(want) {
		t.Fatalf("%s: %d articles, want %d\n%s", f.Name(), len(got), len(want), show(files))
	}
	for i := range got {
		if g, w := form(t, got[i]), form(t, want[i]); g != w {
			t.Fatalf("%s:\ngot  %s\nwant %s\n%s", f.Name(), g, w, show(files))
		}
	}
}

// eachFormat runs a test for every format.
func eachFormat(t *testing.T, test func(t *testing.T, f Format)) {
	for _, f := range Formats() {
		t.Run(f.Name(), func(t *testing.T) { test(t, f) })
	}
}

// What is written and read again is the same in the JSON form.
func TestRoundTrip(t *testing.T) {
	eachFormat(t, func(t *testing.T, f Format) {
		for _, src := range []string{
			everything,
			`{"id":"a","text":"x"}`,
			`{"id":"a","text":""}`,
			`{"id":"a","text":"x","blocks":[],"quotes":[],"claims":[],"speakers":[]}`,
			`{"id":"a","text":"x","quotes":[]}`,
			`{"id":"a","text":"x","speakers":[]}`,
			`{"id":"","text":"x","claims":[]}`,
			`{"id":"p","text":"é said “x”","attributions":[{"source":[[0,1]],"cue":[[2,6]],"content":[[8,9],[7,8]]}]}`,
		} {
			for _, opt := range []Options{{}, {Predicted: true}} {
				a := parse(t, src)
				same(t, f, write(t, f, opt, a...), a...)
			}
		}
	})
}

// Several articles go into files together and come back in order, though
// their ids differ in nothing that a file's name can show.
func TestManyArticles(t *testing.T) {
	eachFormat(t, func(t *testing.T, f Format) {
		a := parse(t, `[{"id":"a b","text":"1"},{"id":"a/b","text":"2"},{"id":"A_B","text":"3"},{"id":"../a","text":"4"}]`)
		files := write(t, f, Options{}, a...)
		got, errs := read(f, files)
		if len(got) != len(a) || errs != nil {
			t.Fatalf("%d articles, %v", len(got), errs)
		}
		ids := func(as []goldform.Article) (out []string) {
			for _, a := range as {
				out = append(out, a.Doc.ID+a.Doc.Text)
			}
			slices.Sort(out)
			return out
		}
		if !slices.Equal(ids(got), ids(a)) {
			t.Errorf("got %q, want %q", ids(got), ids(a))
		}
		for name := range files {
			if strings.Contains(name, "/") || strings.Contains(name, "..") {
				t.Errorf("file %q", name)
			}
		}
	})
}

// Every article of the evaluation set survives every format.
func TestRoundTripOfGold(t *testing.T) {
	var all []goldform.Article
	for a, err := range goldform.ReadArticlesPath(filepath.FromSlash("../../testdata/gold")) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, a)
	}
	if len(all) == 0 {
		t.Skip("there are no gold articles")
	}
	eachFormat(t, func(t *testing.T, f Format) {
		for _, a := range all {
			same(t, f, write(t, f, Options{}, a), a)
		}
	})
}

// Written from many goroutines or one, files are the same bytes.
func TestWritingIsDeterministic(t *testing.T) {
	eachFormat(t, func(t *testing.T, f Format) {
		a := parse(t, everything)
		first := show(write(t, f, Options{}, a...))
		for range 5 {
			if again := show(write(t, f, Options{}, a...)); again != first {
				t.Fatalf("got  %s\nthen %s", first, again)
			}
		}
	})
}

// odd are the characters of generated texts: of one to four bytes, one and
// two UTF-16 units, line breaks of all kinds, marks, controls.
var odd = []rune("aB é\u0301\u202e\u2066\u2069🐟👨\u200d🚒\n\r\t\v\f\u0085\u2028\ufeff\x00\ufffd\"'“”‘’\\;=:[2]{}<&>|")

// articles generates articles whose every layer may be missing, be empty or
// hold rows that overlap, nest and repeat.
func articles(t *rapid.T) goldform.Article {
	text := string(rapid.SliceOfN(rapid.SampledFrom(odd), 0, 40).Draw(t, "text"))
	if rapid.Bool().Draw(t, "crlf") {
		text = strings.ReplaceAll(text, "\n", "\r\n")
	}
	n := len([]rune(text))
	word := rapid.StringOfN(rapid.SampledFrom(odd), 0, 6, -1)
	pair := func() goldform.Offsets {
		s := rapid.IntRange(0, n-1).Draw(t, "start")
		return goldform.Offsets{s, rapid.IntRange(s+1, n).Draw(t, "end")}
	}
	pairs := func(least int) []goldform.Offsets {
		out := []goldform.Offsets{}
		for range rapid.IntRange(least, 3).Draw(t, "spans") {
			out = append(out, pair())
		}
		return out
	}
	chance := func(name string) bool { return rapid.Bool().Draw(t, name) }
	number := func() *float32 {
		if chance("certain") {
			return nil
		}
		f := rapid.Float32Range(0, 1).Draw(t, "number")
		return &f
	}
	r := goldform.Record{ID: word.Draw(t, "id"), Title: word.Draw(t, "title"), Genre: word.Draw(t, "genre"), Text: &text}
	rows := func(name string) int {
		if n == 0 {
			return 0
		}
		return rapid.IntRange(0, 4).Draw(t, name)
	}
	if chance("speakers") {
		r.Speakers = []goldform.Speaker{}
		for range rows("speakers") {
			s := goldform.Speaker{Name: rapid.SampledFrom([]string{"Kim", "Kim [2]", "Ann", "x\n;\"", " "}).Draw(t, "name"), Kind: rapid.SampledFrom([]string{"person", "group", "unnamed"}).Draw(t, "kind"), Mentions: pairs(0)}
			s.Description = word.Draw(t, "description")
			r.Speakers = append(r.Speakers, s)
		}
	}
	voice := func() (v goldform.Voice) {
		if i := rapid.IntRange(-1, len(r.Speakers)-1).Draw(t, "speaker"); i >= 0 {
			v = goldform.Voice{Speaker: r.Speakers[i].Name, SpeakerIndex: &i}
		}
		return v
	}
	stances := chance("stances")
	view := func() (v goldform.View) {
		if stances {
			v = goldform.View{Stance: rapid.SampledFrom(fields[fieldStance].values).Draw(t, "stance"), Target: word.Draw(t, "target"), StanceEvidence: pairs(0), StanceConfidence: number()}
		}
		return v
	}
	if chance("blocks") {
		r.Blocks = []goldform.Block{}
		if n > 0 && chance("a block") {
			at := rapid.IntRange(1, n).Draw(t, "block")
			r.Blocks = append(r.Blocks, goldform.Block{Start: 0, End: at, Kind: "headline"})
			if at < n {
				r.Blocks = append(r.Blocks, goldform.Block{Start: at, End: n, Kind: rapid.SampledFrom([]string{"body", "boilerplate"}).Draw(t, "kind")})
			}
		}
	}
	if chance("claims") {
		r.Claims = []goldform.Claim{}
		for range rows("claims") {
			c := goldform.Claim{Content: pairs(1), Source: pairs(0), Cue: pairs(0), Voice: voice(), View: view(), Negated: chance("negated"), Confidence: number()}
			c.Kind = rapid.SampledFrom(fields[fieldKind].values).Draw(t, "kind")
			c.CueClass = rapid.SampledFrom(append([]string{""}, fields[fieldCueClass].values...)).Draw(t, "class")
			r.Claims = append(r.Claims, c)
		}
	}
	if chance("quotes") {
		r.Quotes = []goldform.Quote{}
		for range rows("quotes") {
			p := pair()
			q := goldform.Quote{Start: p[0], End: p[1], Voice: voice(), View: view(), Depth: rapid.IntRange(0, 2).Draw(t, "depth"), Confidence: number()}
			q.Kind = rapid.SampledFrom([]string{"", "direct", "mixed"}).Draw(t, "kind")
			q.Manner = rapid.SampledFrom(append([]string{""}, fields[fieldManner].values...)).Draw(t, "manner")
			if chance("cue") {
				q.Cue = pair()
			}
			if q.Speaker != "" && chance("mention") {
				q.Mention = pair()
			}
			if i := rapid.IntRange(-1, len(r.Claims)-1).Draw(t, "claim"); i >= 0 {
				q.Claim = &i
			}
			r.Quotes = append(r.Quotes, q)
		}
	}
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	for a, err := range goldform.ReadArticles(bytes.NewReader(b)) {
		if err != nil {
			t.Fatalf("%v\n%s", err, b)
		}
		return a
	}
	panic("no article")
}

// Generated articles survive every format, too.
func TestRoundTripOfGenerated(t *testing.T) {
	eachFormat(t, func(t *testing.T, f Format) {
		rapid.Check(t, func(t *rapid.T) {
			a := articles(t)
			opt := Options{Predicted: rapid.Bool().Draw(t, "predicted")}
			same(t, f, write(t, f, opt, a), a)
		})
	})
}
