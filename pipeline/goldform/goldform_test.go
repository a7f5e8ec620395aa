package goldform

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/onrecord-nlp/onrecord/pipeline"
)

// one is a document that uses every key. Its text holds characters of one to
// four bytes, so that bytes and code points differ.
const one = `{
 "id": "n1", "url": "https://example.org/n1", "title": "Zoë", "byline": "A. Person",
 "published": "2024-05-06T07:08:09Z", "language": "en", "genre": "local", "variety": "IE",
 "text": "🐟 Café boss\n\n“Prices – up,” said Zoë Ní. Some deny it.",
 "blocks": [{"start": 0, "end": 11, "kind": "headline"}, {"start": 13, "end": 54, "kind": "body"}],
 "quotes": [{"start": 14, "end": 26, "mention": [33, 39], "cue": [28, 32], "speaker": "Zoë Ní", "speaker_kind": "person",
   "kind": "direct", "stance": "oppose", "target": "Prices", "claim": 0, "stance_evidence": [[14, 20]], "stance_confidence": 0.75, "confidence": 0.5}],
 "claims": [
  {"content": [[14, 25]], "source": [[33, 39]], "cue": [[28, 32]], "kind": "direct", "speaker": "Zoë Ní", "speaker_kind": "person",
   "stance": "oppose", "target": "Prices", "cue_class": "neutral", "confidence": 0.25},
  {"content": [[51, 53]], "source": [[41, 45]], "cue": [[46, 50]], "kind": "indirect", "stance": "neutral", "cue_class": "denial", "negated": true}],
 "speakers": [{"name": "Zoë Ní", "kind": "person", "pronoun": "she", "description": "Café boss", "mentions": [[33, 39], [2, 11]]}]
}`

func readAll(t *testing.T, src string) []Article {
	t.Helper()
	var out []Article
	for a, err := range ReadArticles(strings.NewReader(src)) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, a)
	}
	return out
}

func TestReadEveryKey(t *testing.T) {
	arts := readAll(t, one)
	if len(arts) != 1 {
		t.Fatalf("%d articles, want 1", len(arts))
	}
	a, d := arts[0], arts[0].Doc
	if a.Genre != "local" || a.Variety != "IE" || d.Title != "Zoë" || d.Published.Year() != 2024 {
		t.Errorf("metadata: %+v, title %q, published %v", a, d.Title, d.Published)
	}
	in := func(s pipeline.Span) string { return s.In(d.Text) }
	for _, c := range []struct{ what, got, want string }{
		{"headline", in(d.Blocks[0].Span), "🐟 Café boss"},
		{"body", in(d.Blocks[1].Span), "“Prices – up,” said Zoë Ní. Some deny it."},
		{"quote", in(d.Quotes[0].Span), "Prices – up,"},
		{"open", in(d.Quotes[0].Open), "“"},
		{"close", in(d.Quotes[0].Close), "”"},
		{"content", in(d.Attributions[0].Content[0]), "Prices – up"},
		{"source", in(d.Attributions[0].Source[0]), "Zoë Ní"},
		{"cue", in(d.Attributions[1].Cue[0]), "deny"},
		{"first mention", in(d.Mentions[0].Span), "Café boss"},
		{"quote's mention", in(d.Mentions[d.Resolution.QuoteMention[0]].Span), "Zoë Ní"},
		{"evidence", in(d.Stances.OfQuote[0].Evidence[0]), "Prices"},
		{"speaker", d.Speakers[d.Resolution.OfQuote[0]].Name, "Zoë Ní"},
		{"manner", d.Resolution.QuoteManner[0].String(), "cue"},
		{"stance", d.Stances.OfAttribution[0].Position.String(), "oppose"},
		{"class", d.Stances.CueClasses[1].String(), "denial"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %q, want %q", c.what, c.got, c.want)
		}
	}
	if !d.Attributions[1].Negated || d.Resolution.OfAttribution[1] != -1 || d.Attributions[0].Confidence != 0.25 {
		t.Errorf("attributions: %+v, %v", d.Attributions, d.Resolution)
	}
	for l := pipeline.LayerBlocks; l <= pipeline.LayerStances; l++ {
		if d.Has(l) != (l != pipeline.LayerTokens) {
			t.Errorf("Has(%v) = %v", l, d.Has(l))
		}
	}
}

// Writing and reading again gives the same document and the same bytes.
func TestRoundTrip(t *testing.T) {
	for _, src := range []string{
		one,
		`{"id":"a","text":"x"}`,
		`{"id":"b","text":"é","blocks":[],"quotes":[],"claims":[],"speakers":[]}`,
	} {
		want := readAll(t, src)[0].Doc
		b, err := Append([]byte("kept:"), want)
		if err != nil {
			t.Fatal(err)
		}
		s, ok := strings.CutPrefix(string(b), "kept:")
		if !ok {
			t.Fatalf("Append lost what was there: %s", b)
		}
		got := readAll(t, s)[0].Doc
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
	}
}

// namesakes has two speakers of one name, a quote within a quote that has its
// own cue, and a span given twice.
const namesakes = `{"id":"n","genre":"wire","variety":"IE","some_mentions":true,"text":"“He said ‘no’,” Kim told Kim.",
 "quotes":[{"start":1,"end":14,"cue":[20,24],"mention":[16,19],"speaker":"Kim","speaker_index":1,"claim":0},
  {"start":10,"end":12,"depth":1,"cue":[4,8],"mention":[25,28],"speaker":"Kim","speaker_index":0,"claim":0}],
 "claims":[{"content":[[0,15],[0,15]],"source":[[16,19]],"cue":[[20,24]],"kind":"direct","speaker":"Kim","speaker_index":1}],
 "speakers":[{"name":"Kim","kind":"person","mentions":[[25,28]]},{"name":"Kim","kind":"group","mentions":[[16,19]]}]}`

// An article keeps what a document alone has no place for.
func TestArticleRoundTrip(t *testing.T) {
	a := readAll(t, namesakes)[0]
	for range 2 {
		d := a.Doc
		if got := d.Resolution.OfQuote; got[0] != 1 || got[1] != 0 || d.Resolution.OfAttribution[0] != 1 {
			t.Errorf("speakers %v, %v: want the second, the first; the second", got, d.Resolution.OfAttribution)
		}
		if len(a.QuoteCues) != 2 || a.QuoteCues[0].In(d.Text) != "told" || a.QuoteCues[1].In(d.Text) != "said" {
			t.Errorf("cues %v: want told, said", a.QuoteCues)
		}
		if len(d.Attributions[0].Content) != 1 {
			t.Errorf("content %v: want one span", d.Attributions[0].Content)
		}
		if a.Genre != "wire" || a.Variety != "IE" || !a.SomeMentions {
			t.Errorf("genre %q, variety %q, some mentions only: %v", a.Genre, a.Variety, a.SomeMentions)
		}
		b, err := AppendArticle(nil, a)
		if err != nil {
			t.Fatal(err)
		}
		a = readAll(t, string(b))[0]
	}
}

// Labels made elsewhere may lack the kind of a claim.
func TestKindOfAClaimIsReadOffTheMarks(t *testing.T) {
	const text = "“No,” said Ann. Bob said it was “bad” and that he left."
	for _, c := range []struct{ content, want string }{
		{"[[1,3]]", "direct"}, {"[[25,37]]", "mixed"}, {"[[47,54]]", "indirect"},
	} {
		d := readAll(t, fmt.Sprintf(`{"id":"a","text":%q,"claims":[{"content":%s}]}`, text, c.content))[0].Doc
		if got := d.Attributions[0].Kind.String(); got != c.want {
			t.Errorf("%q: %s, want %s", d.Attributions[0].Content[0].In(text), got, c.want)
		}
	}
}

// A label that its reader would not bet on counts half.
func TestUnsureStance(t *testing.T) {
	for sure, want := range map[string]float32{`, "sure": false`: 0.5, `, "sure": true`: 1, ``: 1, `, "sure": false, "stance_confidence": 0.25`: 0.25} {
		d := readAll(t, `{"id": "u", "text": "No.", "claims": [{"content": [[0, 2]], "source": [], "cue": [], "stance": "neutral"`+sure+`}]}`)[0].Doc
		if got := d.Stances.OfAttribution[0].Confidence; got != want {
			t.Errorf("%q: confidence %v, want %v", sure, got, want)
		}
	}
}

func TestAbsentIsNotEmpty(t *testing.T) {
	absent := readAll(t, `{"id":"a","text":"x","quotes":null}`)[0].Doc
	empty := readAll(t, `{"id":"a","text":"x","quotes":[],"claims":[],"speakers":[],"blocks":[]}`)[0].Doc
	for _, l := range []pipeline.Layer{pipeline.LayerBlocks, pipeline.LayerQuotes, pipeline.LayerAttributions, pipeline.LayerSpeakers, pipeline.LayerStances} {
		if absent.Has(l) || !empty.Has(l) {
			t.Errorf("%v: absent %v, empty %v", l, absent.Has(l), empty.Has(l))
		}
	}
}

func TestStreams(t *testing.T) {
	a, b := `{"id":"a","text":"x"}`, "{\"id\":\"b\",\n\"text\":\"y\"}"
	for name, src := range map[string]string{
		"lines":   a + "\n" + b + "\n",
		"array":   "\n [" + a + " , " + b + "]\n",
		"mark":    "\ufeff" + a + b,
		"spaced ": "\r\n" + a + "\r\n\r\n" + b,
	} {
		arts := readAll(t, src)
		if len(arts) != 2 || arts[0].Doc.ID != "a" || arts[1].Doc.ID != "b" {
			t.Errorf("%s: %v", name, arts)
		}
	}
	for _, src := range []string{"", "[]", " \n"} {
		if n := len(readAll(t, src)); n != 0 {
			t.Errorf("%q: %d articles", src, n)
		}
	}
}

func TestPolNeAR(t *testing.T) {
	d := readAll(t, `{"id":"p","publisher":"x","title":"T","text":"Ann said “yes” and Bob said no. “Go,” he said.",
		"attributions":[
		 {"source":[[0,3]],"cue":[[4,8]],"content":[[9,14]]},
		 {"source":[],"cue":[[23,27]],"content":[[28,30],[12,13]]},
		 {"source":[[38,40]],"cue":[[41,45]],"content":[[32,37]]}]}`)[0].Doc
	if !d.Has(pipeline.LayerAttributions) || d.Has(pipeline.LayerQuotes) || d.Has(pipeline.LayerSpeakers) {
		t.Error("only attributions are annotated in this form")
	}
	var kinds []string
	for _, a := range d.Attributions {
		kinds = append(kinds, a.Kind.String())
	}
	if got := strings.Join(kinds, " "); got != "direct indirect direct" {
		t.Errorf("kinds: %s", got)
	}
	if c := d.Attributions[1].Content; c[0].Start > c[1].Start {
		t.Errorf("spans are not in text order: %v", c)
	}
}

// Speakers that only rows name are speakers all the same.
func TestSpeakersFromRows(t *testing.T) {
	a := readAll(t, `{"id":"q","text":"Ann: “Go.” “Now.”","quotes":[
		{"start":6,"end":9,"speaker":"Ann","speaker_kind":"organization","mention":[0,3]},{"start":12,"end":16,"speaker":"Ann"}]}`)[0]
	d := a.Doc
	if !a.SomeMentions {
		t.Error("the rows' mentions are taken for all that there are")
	}
	if !d.Has(pipeline.LayerSpeakers) || len(d.Speakers) != 1 || d.Speakers[0].Kind != pipeline.SpeakerOrganization ||
		!reflect.DeepEqual(d.Resolution.OfQuote, []int{0, 0}) || !reflect.DeepEqual(d.Resolution.QuoteMention, []int{0, -1}) {
		t.Errorf("%+v %+v", d.Speakers, d.Resolution)
	}
}

// Of two speakers with one name, the row means the one that it touches.
func TestNamesakes(t *testing.T) {
	d := readAll(t, `{"id":"q","text":"a man said a. Then a man said b.",
		"claims":[{"content":[[11,12]],"source":[[0,5]],"cue":[],"kind":"indirect","speaker":"a man"},
		          {"content":[[30,31]],"source":[[19,24]],"cue":[],"kind":"indirect","speaker":"a man"}],
		"speakers":[{"name":"a man","kind":"unnamed","mentions":[[0,5]]},{"name":"a man","kind":"unnamed","mentions":[[19,24]]}]}`)[0].Doc
	if got := d.Resolution.OfAttribution; !reflect.DeepEqual(got, []int{0, 1}) {
		t.Errorf("%v", got)
	}
}

// A quote that reopens in the next paragraph carries on the one left unclosed.
func TestContinues(t *testing.T) {
	d := readAll(t, `{"id":"q","text":"“One.\n\n“Two.” ‘Three’ \"four\" «five» „six“ seven",
		"quotes":[{"start":1,"end":5},{"start":8,"end":12},{"start":15,"end":20},{"start":23,"end":27},{"start":30,"end":34},{"start":37,"end":40},{"start":42,"end":47}]}`)[0].Doc
	var got []string
	for _, q := range d.Quotes {
		got = append(got, q.Open.In(d.Text)+q.Style.String()+q.Close.In(d.Text))
	}
	if want := "“double “double” ‘single’ \"straight\" «guillemets» „german“ double"; strings.Join(got, " ") != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if d.Quotes[1].Continues != 0 || d.Quotes[0].Continues != -1 || d.Quotes[2].Continues != -1 {
		t.Errorf("%+v", d.Quotes)
	}
}

func TestErrorsNameTheField(t *testing.T) {
	for _, c := range []struct{ record, want string }{
		{`{"id":"a"}`, `input: record 1 (id "a"): the key "text" is missing`},
		{`{"id":"a","text":"xyz","quotes":[{"start":1,"end":4}]}`, "quotes[0].start: offsets [1, 4] leave the text of 3 code points"},
		{`{"id":"a","text":"xyz","quotes":[{"start":2,"end":2}]}`, "quotes[0].start: offsets [2, 2] cover nothing"},
		{`{"id":"a","text":"xyz","quotes":[{"start":0,"end":2,"claim":1}],"claims":[]}`, "quotes[0].claim: 1 is not the index of one of 0 claims"},
		{`{"id":"a","text":"xyz","quotes":[{"start":0,"end":2,"kind":"indirect"}]}`, `quotes[0].kind: "indirect" is neither`},
		{`{"id":"a","text":"xyz","quotes":[{"start":0,"end":2,"mention":[0,1]}],"speakers":[]}`, "quotes[0].mention: a mention is given without a speaker"},
		{`{"id":"a","text":"xyz","quotes":[{"start":0,"end":2,"speaker":"X"}],"speakers":[]}`, `quotes[0].speaker: "X" is not among the speakers`},
		{`{"id":"a","text":"xyz","quotes":[{"start":0,"end":1,"stance":"oppose"},{"start":1,"end":2}]}`, "quotes[1].stance: missing"},
		{`{"id":"a","text":"xyz","claims":[{"content":[],"kind":"direct"}]}`, "claims[0].content: an attribution needs a content"},
		{`{"id":"a","text":"xyz","claims":[{"content":[[0,1]],"source":[[1]],"kind":"direct"}]}`, "claims[0].source: 1 offsets where"},
		{`{"id":"a","text":"xyz","claims":[{"content":[[0,1]],"kind":"said"}]}`, `claims[0].kind: "said" is none of`},
		{`{"id":"a","text":"xyz","claims":[{"content":[[0,1]],"kind":"direct","cue_class":"loud"}]}`, `claims[0].cue_class: "loud"`},
		{`{"id":"a","text":"xyz","blocks":[{"start":0,"end":2,"kind":"body"},{"start":1,"end":3,"kind":"body"}]}`, "blocks[1].start: the block begins before"},
		{`{"id":"a","text":"xyz","speakers":[{"name":"X","kind":"alien"}]}`, `speakers[0].kind: "alien"`},
		{`{"id":"a","text":"xyz","claims":[{"content":[[0,1]],"kind":"direct","speaker":"X","speaker_index":1}],"speakers":[{"name":"X","kind":"person","mentions":[]}]}`, `claims[0].speaker_index: 1 is not the index`},
		{`{"id":"a","text":"xyz","attributions":[{"content":[[0,9]]}]}`, "attributions[0].content: offsets [0, 9]"},
		{`{"id":7,"text":"xyz"}`, "record 1 (before byte "},
		{`{"id":"a","published":"May","text":""}`, `published: "May" is neither`},
	} {
		// The record after a bad one is read.
		var errs []string
		ids := ""
		for d, err := range Read(strings.NewReader(c.record + "\n" + `{"id":"next","text":""}`)) {
			if err != nil {
				errs = append(errs, err.Error())
			} else {
				ids += d.ID
			}
		}
		if len(errs) != 1 || !strings.Contains(errs[0], c.want) || ids != "next" {
			t.Errorf("%s:\n got %q, then %q\nwant %q", c.record, errs, ids, c.want)
		}
	}
}

// Broken JSON ends the reading with one error.
func TestBrokenJSON(t *testing.T) {
	for _, src := range []string{`{"id":"a","text":"x"}` + "\n{oops}\n" + `{"id":"b","text":"x"}`, `[{"id":"a","text":"x"}`, `[{"id":"a","text":"x"} {`} {
		good, failed := 0, 0
		for _, err := range Read(strings.NewReader(src)) {
			if err != nil {
				failed++
			} else {
				good++
			}
		}
		if good != 1 || failed != 1 {
			t.Errorf("%s: %d read, %d errors", src, good, failed)
		}
	}
}

func TestReadPath(t *testing.T) {
	dir := t.TempDir()
	for name, src := range map[string]string{
		"dev/b.json": `{"id":"b","text":""}`, "dev/a.jsonl": `{"id":"a","text":""}`, "test/c.json": `{"id":"c","text":""}`, "test/note.txt": "x",
	} {
		file := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(src), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	got := ""
	for a, err := range ReadArticlesPath(dir) {
		if err != nil {
			t.Fatal(err)
		}
		got += a.Split + "/" + a.Doc.ID + " "
		if want := ".json"; !strings.Contains(a.Doc.Source, want) {
			t.Errorf("source %q", a.Doc.Source)
		}
	}
	if got != "dev/a dev/b test/c " {
		t.Errorf("got %s", got)
	}
	for _, err := range ReadPath(filepath.Join(dir, "none")) {
		if !errors.Is(err, os.ErrNotExist) {
			t.Errorf("missing path: %v", err)
		}
	}
}

func TestAppendRefusesBadDocuments(t *testing.T) {
	for name, breakIt := range map[string]func(*pipeline.Document){
		"cuts a character": func(d *pipeline.Document) { d.Quotes[0].Start-- },
		"beyond the text":  func(d *pipeline.Document) { d.Blocks[0].End = 1000 },
		"reversed":         func(d *pipeline.Document) { d.Blocks[0].Start, d.Blocks[0].End = 3, 0 },
		"no such mention":  func(d *pipeline.Document) { d.Speakers[0].Mentions[0] = 9 },
		"no such quote":    func(d *pipeline.Document) { d.Attributions[0].Quotes[0] = 9 },
		"no such speaker":  func(d *pipeline.Document) { d.Resolution.OfQuote[0] = 9 },
	} {
		d := readAll(t, one)[0].Doc
		breakIt(d)
		if b, err := Append(nil, d); err == nil {
			t.Errorf("%s: no error, wrote %s", name, b)
		}
	}
}

// Quotes that nobody uttered are not in the form.
func TestUnutteredQuotesAreNotWritten(t *testing.T) {
	d := &pipeline.Document{ID: "a", Text: `"A" "B"`, Quotes: []pipeline.Quote{
		{Span: pipeline.Span{Start: 1, End: 2}}, {Span: pipeline.Span{Start: 5, End: 6}, Uttered: true},
	}}
	d.Mark(pipeline.LayerQuotes)
	b, err := Append(nil, d)
	if err != nil {
		t.Fatal(err)
	}
	got := readAll(t, string(b))[0].Doc.Quotes
	if len(got) != 1 || got[0].In(d.Text) != "B" {
		t.Errorf("%s", b)
	}
}

func FuzzCodePoints(f *testing.F) {
	f.Add("plain", 3)
	f.Add(strings.Repeat("aé–🐟\n", 100), 77)
	f.Add("\xff\xfe🐟\xf0\x9f", 2)
	f.Fuzz(func(t *testing.T, text string, b int) {
		c := newCodePoints(text)
		n := 0
		for at := range text {
			if got := c.byteOf(n); got != at {
				t.Fatalf("byteOf(%d) = %d, want %d", n, got, at)
			}
			if got, ok := c.ofByte(at); got != n || !ok {
				t.Fatalf("ofByte(%d) = %d, %v, want %d", at, got, ok, n)
			}
			n++
		}
		if c.byteOf(n) != len(text) {
			t.Fatal("the end of the text is not the end of the code points")
		}
		if got, ok := c.ofByte(b); ok && c.byteOf(got) != b {
			t.Fatalf("ofByte(%d) = %d", b, got)
		}
	})
}

// Whatever is read holds to a document's rules, and what was written is
// written again byte for byte after reading.
func FuzzRead(f *testing.F) {
	f.Add(one)
	f.Add(namesakes)
	f.Add(`[{"id":"a","text":"“a”","quotes":[{"start":1,"end":2,"speaker":"A","mention":[0,1]}]}]`)
	f.Add(`{"id":"p","text":"é said “x”","attributions":[{"source":[[0,1]],"cue":[[2,6]],"content":[[8,9],[7,8]]}]}`)
	f.Fuzz(func(t *testing.T, src string) {
		for a, err := range ReadArticles(strings.NewReader(src)) {
			if err != nil {
				continue
			}
			first, err := AppendArticle(nil, a)
			if err != nil {
				t.Fatalf("what was read cannot be written: %v", err)
			}
			for again, err := range ReadArticles(strings.NewReader(string(first))) {
				if err != nil {
					t.Fatalf("what was written cannot be read: %v\n%s", err, first)
				}
				if second, err := AppendArticle(nil, again); err != nil || string(second) != string(first) {
					t.Fatalf("%v\nfirst  %s\nsecond %s", err, first, second)
				}
			}
		}
	})
}

// goldFolder is the evaluation set of the repository.
const goldFolder = "../../testdata/gold"

// Every hand-made gold file holds to the form and to the labelling guide's
// rules that a program can check.
func TestGoldFiles(t *testing.T) {
	files, err := filepath.Glob(goldFolder + "/*/*.json")
	if err != nil || len(files) == 0 {
		t.Skip("no gold files in " + goldFolder)
	}
	// "second" holds second labellings of articles of the other folders.
	texts := map[string]string{} // by whether it is a second labelling, and id
	for _, file := range files {
		second := filepath.Base(filepath.Dir(file)) == "second"
		t.Run(filepath.Base(filepath.Dir(file))+"/"+filepath.Base(file), func(t *testing.T) {
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			dec := json.NewDecoder(strings.NewReader(string(src)))
			dec.DisallowUnknownFields()
			if err := dec.Decode(new(Record)); err != nil {
				t.Errorf("keys: %v", err)
			}
			n := 0
			for a, err := range ReadArticlesPath(file) {
				if err != nil {
					t.Fatal(err)
				}
				n++
				checkGold(t, a, second)
				if name := strings.TrimSuffix(filepath.Base(file), ".json"); a.Doc.ID != name {
					t.Errorf("id %q is not the file's name", a.Doc.ID)
				}
				key := fmt.Sprint(second, a.Doc.ID)
				if _, ok := texts[key]; ok {
					t.Errorf("id %q stands in two files", a.Doc.ID)
				}
				texts[key] = a.Doc.Text
				// It survives writing.
				b, err := Append(nil, a.Doc)
				if err != nil {
					t.Fatal(err)
				}
				again := readAll(t, string(b))[0].Doc
				again.Source = a.Doc.Source
				if !reflect.DeepEqual(again, a.Doc) {
					t.Error("writing and reading again gives another document")
				}
			}
			if n != 1 {
				t.Errorf("%d records, want 1", n)
			}
		})
	}
	for key, text := range texts {
		if id, ok := strings.CutPrefix(key, "true"); ok && texts["false"+id] != text {
			t.Errorf("the second labelling of %q is of another text", id)
		}
	}
}

func checkGold(t *testing.T, a Article, second bool) {
	t.Helper()
	d := a.Doc
	if a.Genre == "" || a.Variety == "" {
		t.Error("genre or variety is missing")
	}
	for l := pipeline.LayerBlocks; l <= pipeline.LayerStances; l++ {
		if l != pipeline.LayerTokens && !d.Has(l) && !(second && l == pipeline.LayerBlocks) {
			t.Errorf("layer %v is not annotated", l)
		}
	}
	// Blocks hold everything but white space, and no line break.
	at := 0
	if !d.Has(pipeline.LayerBlocks) {
		at = len(d.Text)
	}
	for _, b := range append(d.Blocks, pipeline.Block{Span: pipeline.Span{Start: len(d.Text), End: len(d.Text)}}) {
		if gap := d.Text[at:b.Start]; strings.TrimSpace(gap) != "" {
			t.Errorf("%.80q lies in no block", gap)
		}
		if words := b.In(d.Text); strings.ContainsRune(words, '\n') || strings.TrimSpace(words) != words {
			t.Errorf("block %q holds a line break or begins or ends with white space", words)
		}
		at = b.End
	}
	claimOf := make([]int, len(d.Quotes))
	for i := range claimOf {
		claimOf[i] = -1
	}
	for i, c := range d.Attributions {
		for _, q := range c.Quotes {
			claimOf[q] = i
		}
		if len(d.Stances.CueClasses) == len(d.Attributions) && len(c.Cue) > 0 && d.Stances.CueClasses[i] == pipeline.CueNone {
			t.Errorf("claims[%d] %q has a cue and no class of cue", i, c.Cue[0].In(d.Text))
		}
		if c.Kind != pipeline.Indirect && len(c.Quotes) == 0 && len(c.Cue) > 0 {
			t.Errorf("claims[%d] %q is %v and no quote belongs to it", i, c.Content[0].In(d.Text), c.Kind)
		}
		if len(c.Source) > 0 && d.Resolution.OfAttribution[i] < 0 {
			t.Errorf("claims[%d] has the source %q and no speaker", i, c.Source[0].In(d.Text))
		}
	}
	last := pipeline.Span{}
	for i, q := range d.Quotes {
		words := q.In(d.Text)
		switch {
		case q.Open.Empty() && q.Close.Empty():
			t.Errorf("quotes[%d] %q touches no mark", i, words)
		case q.Open.Empty() || q.Close.Empty():
			// A mark may be missing only at an end of the paragraph.
			starts := q.Start == 0 || d.Text[q.Start-1] == '\n'
			ends := q.End == len(d.Text) || d.Text[q.End] == '\n'
			if q.Open.Empty() && !starts || q.Close.Empty() && !ends {
				t.Errorf("quotes[%d] %q lacks a mark in the middle of its paragraph", i, words)
			}
		}
		if compareSpans(last, q.Span) >= 0 {
			t.Errorf("quotes[%d] %q is not in reading order", i, words)
		}
		last = q.Span
		if d.Resolution.OfQuote[i] < 0 {
			t.Logf("quotes[%d] %q has no speaker", i, words)
		}
		if claimOf[i] < 0 {
			if q.Depth == 0 {
				t.Errorf("quotes[%d] %q belongs to no claim", i, words)
			}
			continue
		}
		overlaps := false
		for _, s := range d.Attributions[claimOf[i]].Content {
			overlaps = overlaps || s.Overlaps(q.Span)
		}
		if !overlaps {
			t.Errorf("quotes[%d] %q lies outside the content of claims[%d]", i, words, claimOf[i])
		}
	}
}

func BenchmarkRead(b *testing.B) {
	src := strings.Repeat(strings.ReplaceAll(one, "\n", " ")+"\n", 100)
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		for _, err := range Read(strings.NewReader(src)) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkAppend(b *testing.B) {
	var doc *pipeline.Document
	for d, err := range Read(strings.NewReader(one)) {
		if err != nil {
			b.Fatal(err)
		}
		doc = d
	}
	b.ReportAllocs()
	var buf []byte
	for b.Loop() {
		var err error
		if buf, err = Append(buf[:0], doc); err != nil {
			b.Fatal(err)
		}
	}
}

// Stand-off labels take their text from elsewhere, by its sum.
func TestStandOff(t *testing.T) {
	dir := t.TempDir()
	const text = "“Nö,” she said."
	sum := sha256.Sum256([]byte(text))
	labels := fmt.Sprintf(`{"id": "a", "sha256": "%x", "claims": [{"content": [[1, 3]], "source": [[6, 9]], "cue": [[10, 14]], "kind": "direct"}]}`, sum)
	write := func(name, s string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(s), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	path := write("a.json", labels)
	texts, err := ReadTexts(write("texts.jsonl", `{"text": "other"}`+"\n"+`{"text": "“Nö,” she said."}`))
	if err != nil {
		t.Fatal(err)
	}
	for a, err := range ReadArticlesPath(path, texts) {
		if err != nil {
			t.Fatal(err)
		}
		if got := a.Doc.Attributions[0].Content[0].In(a.Doc.Text); got != "Nö" {
			t.Errorf("content %q", got)
		}
	}
	for _, err := range ReadArticlesPath(path) {
		if err == nil || !strings.Contains(err.Error(), "SHA-256") {
			t.Errorf("without texts: %v", err)
		}
	}
}
