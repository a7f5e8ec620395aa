package exchange

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/goldform"
)

// small is an article of one claim, that people then edit in their tools. The
// fish is one code point and two UTF-16 units.
const small = `{"id":"s","text":"🐟 “No,” said Ann. Bob agreed.",
 "quotes":[{"start":3,"end":6,"speaker":"Ann","mention":[13,16],"cue":[8,12],"stance":"oppose","target":"fish","claim":0,"confidence":0.5}],
 "claims":[{"content":[[2,7]],"source":[[13,16]],"cue":[[8,12]],"kind":"direct","speaker":"Ann","stance":"oppose","target":"fish","cue_class":"neutral"}],
 "speakers":[{"name":"Ann","kind":"person","description":"a cook","mentions":[[13,16]]}]}`

// of looks at what was read of an article.
type of struct{ goldform.Article }

func (a of) record(t *testing.T) *goldform.Record {
	t.Helper()
	r, err := goldform.RecordOf(a.Article)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func words(r *goldform.Record, spans ...goldform.Offsets) string {
	var out []string
	for _, s := range spans {
		out = append(out, string([]rune(*r.Text)[s[0]:s[1]]))
	}
	return strings.Join(out, "|")
}

// What a person changed in the tool wins over what rides along, and the rest
// stays.
func TestEdits(t *testing.T) {
	for name, c := range map[string]struct {
		format  Format
		changes []string
		check   func(t *testing.T, r *goldform.Record)
	}{
		"brat: a span moved": {brat{}, []string{"T3\tSource 13 16\tAnn", "T3\tSource 18 21\tBob"}, func(t *testing.T, r *goldform.Record) {
			if got := words(r, r.Claims[0].Source...); got != "Bob" {
				t.Errorf("source %q", got)
			}
		}},
		"brat: an attribute changed": {brat{}, []string{"stance T2 oppose", "stance T2 support"}, func(t *testing.T, r *goldform.Record) {
			if r.Claims[0].Stance != "support" || r.Quotes[0].Stance != "oppose" {
				t.Errorf("stances %q, %q", r.Claims[0].Stance, r.Quotes[0].Stance)
			}
		}},
		"brat: a note changed": {brat{}, []string{"T2\ttarget=fish; speaker=Ann", "T2\tspeaker: Bob"}, func(t *testing.T, r *goldform.Record) {
			if r.Claims[0].Speaker != "Bob" || r.Claims[0].Target != "" || len(r.Speakers) != 2 || r.Speakers[0].Description != "a cook" {
				t.Errorf("%+v, %+v", r.Claims[0], r.Speakers)
			}
		}},
		"brat: a claim added": {brat{}, []string{"R1\t", "T9\tContent 22 28\tagreed\nT10\tSource 18 21\tBob\nR9\tsource Arg1:T9 Arg2:T10\nA30\tstance T9 support\nR1\t"}, func(t *testing.T, r *goldform.Record) {
			if len(r.Claims) != 2 || words(r, r.Claims[1].Content...) != "agreed" || words(r, r.Claims[1].Source...) != "Bob" || r.Claims[1].Stance != "support" || r.Claims[1].Kind != "indirect" {
				t.Errorf("%+v", r.Claims)
			}
		}},
		"Label Studio: a region moved": {labelStudio{}, []string{`"value":{"start":13,"end":16,"text":"Ann","labels":["Source"]}`, `"value":{"start":18,"end":21,"text":"Bob","labels":["Source"]}`}, func(t *testing.T, r *goldform.Record) {
			if got := words(r, r.Claims[0].Source...); got != "Bob" {
				t.Errorf("source %q", got)
			}
		}},
		"Label Studio: a label changed": {labelStudio{}, []string{`"labels":["Source"]`, `"labels":["Cue"]`}, func(t *testing.T, r *goldform.Record) {
			if c := r.Claims[0]; len(c.Source) != 0 || words(r, c.Cue...) != "said|Ann" {
				t.Errorf("%+v", c)
			}
		}},
		"Label Studio: a choice and words changed": {labelStudio{}, []string{`"choices":["oppose"]`, `"choices":["support"]`, `"text":["fish"]`, `"text":["the 🐟"]`}, func(t *testing.T, r *goldform.Record) {
			if q := r.Quotes[0]; q.Stance != "support" || q.Target != "the 🐟" || *q.Confidence != 0.5 {
				t.Errorf("%+v", q)
			}
		}},
		"Label Studio: an old one counted UTF-16": {labelStudio{}, []string{`"value":{"start":13,"end":16,"text":"Ann","labels":["Source"]}`, `"value":{"start":14,"end":17,"text":"Ann","labels":["Source"]}`}, func(t *testing.T, r *goldform.Record) {
			if got := words(r, r.Claims[0].Source...); got != "Ann" {
				t.Errorf("source %q", got)
			}
		}},
		"doccano: its own ids, a span moved": {doccano{}, []string{
			`{"id":2,"label":"Source","start_offset":14,"end_offset":17}`, `{"id":902,"label":"Source","start_offset":19,"end_offset":22}`,
			`{"id":0,"label":"Quote","start_offset":4,"end_offset":7}`, `{"id":900,"label":"Quote","start_offset":4,"end_offset":6}`,
			`"from_id":1,"to_id":2`, `"from_id":1,"to_id":902`, `"from_id":1,"to_id":0`, `"from_id":1,"to_id":900`,
			`"from_id":0`, `"from_id":900`, `"from_id":0`, `"from_id":900`,
		}, func(t *testing.T, r *goldform.Record) {
			if q := r.Quotes[0]; words(r, r.Claims[0].Source...) != "Bob" || q.Target != "fish" || *q.Confidence != 0.5 || words(r, goldform.Offsets{q.Start, q.End}) != "No" {
				t.Errorf("%+v", r)
			}
		}},
		"doccano: a quote added finds its content": {doccano{}, []string{`"entities":[`, `"entities":[{"id":77,"label":"Quote","start_offset":4,"end_offset":6},`}, func(t *testing.T, r *goldform.Record) {
			if len(r.Quotes) != 2 || r.Quotes[1].Claim == nil || r.Quotes[1].Stance != "neutral" {
				t.Errorf("%+v", r.Quotes)
			}
		}},
		"doccano: without what rides along": {doccano{}, []string{`"onrecord":`, `"gone":`}, func(t *testing.T, r *goldform.Record) {
			if c := r.Claims[0]; words(r, c.Content...) != "“No,”" || words(r, c.Source...) != "Ann" || words(r, c.Cue...) != "said" || c.Kind != "direct" || c.Stance != "" || *r.Quotes[0].Claim != 0 {
				t.Errorf("%+v", r)
			}
		}},
		"W3C: the position no longer fits": {webAnnotation{}, []string{`"start": 13,`, `"start": 12,`}, func(t *testing.T, r *goldform.Record) {
			if got := words(r, r.Claims[0].Source...); got != "Ann" {
				t.Errorf("source %q", got)
			}
		}},
		"W3C: words put before the text": {webAnnotation{}, []string{`"text": "🐟 `, `"text": "Fresh today: 🐟 `}, func(t *testing.T, r *goldform.Record) {
			if q := r.Quotes[0]; words(r, goldform.Offsets{q.Start, q.End}) != "No," || words(r, r.Claims[0].Source...) != "Ann" || words(r, r.Speakers[0].Mentions...) != "Ann" {
				t.Errorf("%+v", r)
			}
		}},
		"W3C: a body changed": {webAnnotation{}, []string{`"stance: oppose"`, `"stance: support"`}, func(t *testing.T, r *goldform.Record) {
			if r.Quotes[0].Stance != "support" {
				t.Errorf("%+v", r.Quotes[0])
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			files := edit(t, write(t, c.format, Options{}, parse(t, small)...), c.changes...)
			got, errs := read(c.format, files)
			if len(got) != 1 || errs != nil && !strings.Contains(name, "without") {
				t.Fatalf("%d articles, %q\n%s", len(got), errs, show(files))
			}
			c.check(t, of{got[0]}.record(t))
		})
	}
}

// A deleted mark takes its relations with it; what hung on it alone is told
// of.
func TestDeletedLabels(t *testing.T) {
	a := parse(t, small)
	files := write(t, labelStudio{}, Options{}, a...)
	var tasks []studioTask
	if err := json.Unmarshal(files["tasks.json"].Data, &tasks); err != nil {
		t.Fatal(err)
	}
	work := &tasks[0].Annotations[0]
	content := ""
	for _, r := range work.Result {
		if strings.Contains(string(r.Value), `"labels":["Content"]`) {
			content = r.ID
		}
	}
	work.Result = slices.DeleteFunc(work.Result, func(r studioResult) bool { return r.ID == content || r.FromID == content })
	b, err := json.Marshal(tasks)
	if err != nil {
		t.Fatal(err)
	}
	got, errs := read(labelStudio{}, fstest.MapFS{"tasks.json": {Data: b}})
	if len(got) != 1 || len(errs) != 1 || !strings.Contains(errs[0], `Source m3 (13 to 16, "Ann"): no relation leads to it: link it to its Content`) {
		t.Fatalf("%d articles, %q", len(got), errs)
	}
	if r := (of{got[0]}).record(t); len(r.Claims) != 0 || r.Claims == nil || len(r.Quotes) != 1 || r.Quotes[0].Claim != nil || words(r, r.Quotes[0].Cue) != "said" {
		t.Errorf("%+v", r)
	}
}

// Files that people made, without anything that rides along.
func TestPlainFiles(t *testing.T) {
	const text = "“No,” said Ann, “not now.” Bob agreed that it is late."
	quoted, err := json.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	check := func(t *testing.T, r *goldform.Record) {
		t.Helper()
		if len(r.Quotes) != 2 || *r.Quotes[0].Claim != 0 || *r.Quotes[1].Claim != 0 || r.Speakers != nil || r.Blocks != nil {
			t.Fatalf("%+v", r)
		}
		c := r.Claims
		if len(c) != 2 || words(r, c[0].Content...) != "“No,”|“not now.”" || words(r, c[0].Source...) != "Ann" || words(r, c[0].Cue...) != "said" || c[0].Kind != "direct" ||
			words(r, c[1].Content...) != "it is late" || words(r, c[1].Source...) != "Bob" || words(r, c[1].Cue...) != "agreed" || c[1].Kind != "indirect" {
			t.Errorf("%+v", c)
		}
	}
	for name, c := range map[string]struct {
		format Format
		files  map[string]string
	}{
		"brat, relations either way": {brat{}, map[string]string{"sub/a.txt": text, "sub/a.ann": `T1	quote 1 4	No,
T2	Quote 17 25	not now.
T3	Content 0 5;16 26	“No,” “not now.”
T4	Source 11 14	Ann
T5	Cue 6 10	said
T6	Cue 31 37	agreed
T7	Source 27 30	Bob
T8	Content 43 53	it is late
R1	says Arg1:T4 Arg2:T5
R2	x Arg1:T5 Arg2:T3
R3	source Arg1:T8 Arg2:T7
R4	cue Arg1:T8 Arg2:T6
#1	AnnotatorNotes T8	sure?
`}},
		"brat, events": {brat{}, map[string]string{"a.txt": text, "a.ann": "T1\tQuote 1 4\tNo,\nT2\tQuote 17 25\tnot now.\n" +
			"E1\tSays:T5 Who:T4 What:T3\nE2\tSays:T6 Who:T7 What:T8\nT3\tContent 0 5;16 26\t“No,” “not now.”\nT4\tSource 11 14\tAnn\nT5\tSays 6 10\tsaid\nT6\tSays 31 37\tagreed\nT7\tSource 27 30\tBob\nT8\tContent 43 53\tit is late\nA1\tnegated E2\n"}},
		"Label Studio": {labelStudio{}, map[string]string{"export.json": `[{"id":7,"data":{"text":` + string(quoted) + `},"annotations":[{"id":1,"was_cancelled":true,"result":[]},{"id":2,"result":[
 {"id":"a","from_name":"l","to_name":"text","type":"labels","value":{"start":1,"end":4,"text":"No,","labels":["Quote"]}},
 {"id":"b","from_name":"l","to_name":"text","type":"labels","value":{"start":"17","end":25,"labels":["Quote"]}},
 {"id":"c","from_name":"l","to_name":"text","type":"labels","value":{"start":0,"end":5,"labels":["Content"]}},
 {"id":"d","from_name":"l","to_name":"text","type":"labels","value":{"start":16,"end":26,"labels":["Content"]}},
 {"id":"e","from_name":"l","to_name":"text","type":"labels","value":{"start":11,"end":14,"labels":["Source"]}},
 {"id":"f","from_name":"l","to_name":"text","type":"labels","value":{"start":6,"end":10,"labels":["Cue"]}},
 {"id":"g","from_name":"l","to_name":"text","type":"labels","value":{"start":43,"end":53,"labels":["Content"]}},
 {"id":"h","from_name":"l","to_name":"text","type":"labels","value":{"start":27,"end":30,"labels":["Source"]}},
 {"id":"i","from_name":"l","to_name":"text","type":"labels","value":{"start":31,"end":37,"labels":["Cue"]}},
 {"from_id":"d","to_id":"c","type":"relation","direction":"right"},{"from_id":"c","to_id":"e","type":"relation","direction":"left"},
 {"from_id":"d","to_id":"f","type":"relation","direction":"bi","labels":["x"]},{"from_id":"g","to_id":"h","type":"relation"},{"from_id":"g","to_id":"i","type":"relation"}]}]}]`}},
		"doccano": {doccano{}, map[string]string{"all.jsonl": `{"id":5,"text":` + string(quoted) + `,"entities":[{"id":1,"label":"Quote","start_offset":1,"end_offset":4},{"id":2,"label":"Quote","start_offset":17,"end_offset":25},
 {"id":3,"label":"Content","start_offset":0,"end_offset":5},{"id":4,"label":"Content","start_offset":16,"end_offset":26},{"id":5,"label":"Source","start_offset":11,"end_offset":14},{"id":6,"label":"Cue","start_offset":6,"end_offset":10},
 {"id":7,"label":"Content","start_offset":43,"end_offset":53},{"id":8,"label":"Source","start_offset":27,"end_offset":30},{"id":9,"label":"Cue","start_offset":31,"end_offset":37}],
 "relations":[{"id":1,"from_id":3,"to_id":4,"type":"part"},{"id":2,"from_id":6,"to_id":4,"type":"c"},{"id":3,"from_id":6,"to_id":5,"type":"s"},{"id":4,"from_id":7,"to_id":8,"type":"s"},{"id":5,"from_id":7,"to_id":9,"type":"c"}],"Comments":[]}`}},
		"W3C, annotations alone beside their text": {webAnnotation{}, map[string]string{"a.txt": text, "b.jsonld": `[
 {"id":"#1","type":"Annotation","body":{"type":"TextualBody","purpose":"tagging","value":"Quote"},"target":{"source":"a.txt","selector":{"type":"TextQuoteSelector","exact":"No,"}}},
 {"id":"#2","type":"Annotation","body":[{"type":"TextualBody","value":"a comment"},{"type":"TextualBody","value":"quote"}],"target":{"source":"a.txt","selector":[{"type":"TextPositionSelector","start":17,"end":25}]}},
 {"id":"#3","type":"Annotation","body":{"value":"Content"},"target":[{"source":{"id":"a.txt"},"selector":{"type":"TextQuoteSelector","exact":"“No,”"}},{"source":"a.txt","selector":{"type":"TextQuoteSelector","exact":"“not now.”"}}]},
 {"id":"#4","type":"Annotation","body":{"value":"Source"},"target":{"source":"a.txt","selector":{"type":"TextPositionSelector","start":11,"end":14}}},
 {"id":"#5","type":"Annotation","body":{"value":"Cue"},"target":{"source":"a.txt","selector":{"type":"TextPositionSelector","start":6,"end":10}}},
 {"id":"#6","type":"Annotation","body":{"value":"Content"},"target":{"source":"a.txt","selector":{"type":"TextPositionSelector","start":43,"end":53}}},
 {"id":"#7","type":"Annotation","body":{"value":"Source"},"target":{"source":"a.txt","selector":{"type":"TextPositionSelector","start":27,"end":30}}},
 {"id":"#8","type":"Annotation","body":{"value":"Cue"},"target":{"source":"a.txt","selector":{"type":"TextPositionSelector","start":31,"end":37}}},
 {"type":"Annotation","motivation":"linking","target":[{"id":"#3"},{"id":"#4"}]},{"type":"Annotation","motivation":"linking","target":["#5","#3"]},
 {"type":"Annotation","motivation":"linking","target":["#6","#7"]},{"type":"Annotation","motivation":"linking","target":["#6","#8"]}]`}},
	} {
		t.Run(name, func(t *testing.T) {
			files := fstest.MapFS{}
			for name, src := range c.files {
				files[name] = &fstest.MapFile{Data: []byte(src)}
			}
			got, errs := read(c.format, files)
			if len(got) != 1 || errs != nil {
				t.Fatalf("%d articles, %q", len(got), errs)
			}
			check(t, of{got[0]}.record(t))
			if got[0].Doc.ID == "" {
				t.Error("no id")
			}
			if f, err := Detect(files, "."); err != nil || f != c.format {
				t.Errorf("detected %v, %v", f, err)
			}
		})
	}
}

// A quotation that hangs on a source, without a content, is a claim; one in
// doccano's simple form has none.
func TestQuotesWithoutContent(t *testing.T) {
	got, errs := read(brat{}, fstest.MapFS{"a.txt": {Data: []byte("“No,” said Ann.")}, "a.ann": {Data: []byte("T1\tQuote 1 4\tNo,\nT2\tSource 11 14\tAnn\nT3\tCue 6 10\tsaid\nR1\ts Arg1:T1 Arg2:T2\nR2\tc Arg1:T1 Arg2:T3\n")}})
	if len(got) != 1 || errs != nil {
		t.Fatal(errs)
	}
	if r := (of{got[0]}).record(t); len(r.Claims) != 1 || words(r, r.Claims[0].Content...) != "No," || words(r, r.Claims[0].Source...) != "Ann" || words(r, r.Claims[0].Cue...) != "said" || r.Claims[0].Kind != "direct" {
		t.Errorf("%+v", r.Claims)
	}
	got, errs = read(doccano{}, fstest.MapFS{"a.jsonl": {Data: []byte(`{"id":1,"text":"“No,” said Ann.","label":[[1,4,"Quote"]]}`)}})
	if len(got) != 1 || errs != nil {
		t.Fatal(errs)
	}
	if r := (of{got[0]}).record(t); len(r.Quotes) != 1 || r.Claims != nil || r.ID != "1" {
		t.Errorf("%+v", r)
	}
}

// Errors name file, record, annotation and what to do, and the rest is read.
func TestErrors(t *testing.T) {
	const ann = "a.ann"
	for _, c := range []struct {
		format Format
		files  map[string]string
		want   string
		read   int // articles
	}{
		{brat{}, map[string]string{"a.txt": "No.", ann: "T1\tQuote 0 9\tNo.\n"}, "a.ann:1: T1: 0 to 9 is no span of a text of 3 characters: mark it again in brat", 1},
		{brat{}, map[string]string{"a.txt": "No.", ann: "T1\tQuote 0 2\tYes\n"}, `a.ann:1: T1: "No" stands there and not "Yes": was the text changed?`, 1},
		{brat{}, map[string]string{"a.txt": "No.", ann: "\nT1\tPerson 0 2\tNo\n"}, `a.ann: Person T1 (0 to 2, "No"): this label means nothing here`, 1},
		{brat{}, map[string]string{"a.txt": "No.", ann: "T1\tCue 0 2\tNo\n"}, `Cue T1 (0 to 2, "No"): no relation leads to it: link it to its Content`, 1},
		{brat{}, map[string]string{"a.txt": "No.", ann: "R1\tx Arg1:T1 Arg2:T2\n"}, `a.ann:1: R1: "T1", to which it leads, is not there`, 1},
		{brat{}, map[string]string{"a.txt": "No.", ann: "T1\tQuote 0 2\tNo\nA1\tmood T1 bad\n"}, `a.ann:2: A1: the attribute "mood" means nothing here`, 1},
		{brat{}, map[string]string{"a.txt": "No.", ann: "T1\tQuote 0 2\tNo\nA1\tstance T1 bad\n"}, `stance "bad" is none of support, oppose, neutral`, 1},
		{brat{}, map[string]string{"a.txt": "a b c", ann: "T1\tQuote 0 1;4 5\ta c\n"}, "it has 2 parts with words between them", 1},
		{brat{}, map[string]string{"a.txt": "No.", ann: "T1\tQuote 0\n"}, "a.ann:1: T1: the line is not as brat writes it", 1},
		{brat{}, map[string]string{ann: ""}, "a.ann: the text of these annotations cannot be read", 0},
		{labelStudio{}, map[string]string{"t.json": `[{"id":3,"data":{"words":"x"}}]`}, `t.json: task 1 (id "3"): its data have no "text"`, 0},
		{labelStudio{}, map[string]string{"t.json": `[{"id":3,"data":{"text":"xyz"},"annotations":[{"id":1,"result":[]},{"id":2,"result":[]}]}]`}, "it has 1 annotations more, and only that with the id 2 was read", 1},
		{labelStudio{}, map[string]string{"t.json": `[{"data":{"text":"xyz"},"annotations":[{"result":[{"id":"r","type":"labels","value":{"start":0,"end":2,"text":"no","labels":["Quote"]}}]}]}]`}, `t.json: task 1 (id ""): result 0 (region r): "xy" stands at 0 to 2 and not "no": was the text changed?`, 1},
		{labelStudio{}, map[string]string{"t.json": `[{"data":{"text":"xyz"},"annotations":[{"result":[{"id":"r","type":"labels","value":{"start":0,"end":2,"labels":["Verb"]}}]}]}]`}, `the label "Verb" means nothing here`, 1},
		{labelStudio{}, map[string]string{"t.json": `[{"data":7},{"id":2,"data":{"text":"x"}}]`}, "t.json: record 1 (before byte", 1},
		{doccano{}, map[string]string{"d.jsonl": `{"id":1,"text":"🐟x","entities":[{"id":4,"label":"Quote","start_offset":1,"end_offset":3}]}`}, `d.jsonl: record 1 (id "1"): entity 4 (Quote): 1 to 3 is no span of a text of 3 UTF-16 units, or cuts a character`, 1},
		{doccano{}, map[string]string{"d.jsonl": `{"id":1,"text":"x","relations":[{"id":4,"from_id":1,"to_id":2,"type":"cue"}]}`}, "relation 4 (cue): from 1 to 2, and one of them is not there", 1},
		{doccano{}, map[string]string{"d.jsonl": "{\"id\":1}\n{\"id\":2,\"text\":\"x\"}"}, `d.jsonl: record 1 (id "1"): it has no "text"`, 1},
		{webAnnotation{}, map[string]string{"w.jsonld": `{"type":"AnnotationPage","items":[]}`}, "w.jsonld: record 1: the text is not there: put it beside the annotations, as w.txt", 0},
		{webAnnotation{}, map[string]string{"w.txt": "no or no", "w.jsonld": `{"type":"Annotation","id":"#1","body":{"value":"Quote"},"target":{"source":"http://x","selector":{"type":"TextQuoteSelector","exact":"no"}}}`}, `annotation #1: "no" stands in the text several times, and position, prefix and suffix do not tell which is meant`, 1},
		{webAnnotation{}, map[string]string{"w.txt": "no or no", "w.jsonld": `{"type":"Annotation","id":"#1","body":{"value":"Quote"},"target":{"source":"http://x","selector":[{"type":"TextQuoteSelector","exact":"yes"}]}}`}, `"yes" does not stand in the text any more`, 1},
		{webAnnotation{}, map[string]string{"w.txt": "no", "w.jsonld": `{"type":"Annotation","id":"#1","body":{"value":"hm"},"target":{"source":"http://x","selector":[{"type":"TextQuoteSelector","exact":"no"}]}}`}, "annotation #1: none of its bodies has a label (Quote, Content", 1},
		{webAnnotation{}, map[string]string{"w.txt": "no", "w.jsonld": `{"type":"AnnotationCollection","first":"http://x/1"}`}, "its first page is not in the file", 0},
	} {
		files := fstest.MapFS{}
		for name, src := range c.files {
			files[name] = &fstest.MapFile{Data: []byte(src)}
		}
		got, errs := read(c.format, files)
		if len(got) != c.read || len(errs) != 1 || !strings.Contains(errs[0], c.want) {
			t.Errorf("%v\n got %d articles, %q\nwant %d, %q", c.files, len(got), errs, c.read, c.want)
		}
	}
}

// A file of W3C annotations that breaks off anywhere is an error; an annotation
// of another shape is one of its record, and the next is read.
func TestBrokenWebAnnotations(t *testing.T) {
	whole := string(write(t, webAnnotation{}, Options{}, parse(t, small)...)["s.jsonld"].Data)
	file := func(src string) fstest.MapFS { return fstest.MapFS{"s.jsonld": {Data: []byte(src)}} }
	for n := 1; n < len(strings.TrimSpace(whole)); n += 7 {
		for _, src := range []string{whole[:n], "[" + whole[:n], "[" + whole + "," + whole[:n]} {
			if _, errs := read(webAnnotation{}, file(src)); len(errs) != 1 {
				t.Fatalf("errors %q in\n%s", errs, src)
			}
		}
	}
	for _, wrong := range []string{
		`7`, `[7, {"a": [8]}]`, `{"items": 7}`, `{"items": {"items": []}}`, `{"first": {"items": [7, {"id": "x"}]}}`, `{"type": "Annotation", "target": 7}`,
		`{"id": {"x": [1]}, "items": []}`, `{"first": ["x"]}`, `{"first": "x"}`,
	} {
		got, errs := read(webAnnotation{}, file("["+wrong+","+whole+"]"))
		if len(got) != 1 || len(errs) != 1 || !strings.HasPrefix(errs[0], "s.jsonld: record 1") {
			t.Errorf("%s: %d articles, %q", wrong, len(got), errs)
		}
	}
}

// A quotation is sought by its words, and of several places the one with the
// given surroundings is taken.
func TestSeek(t *testing.T) {
	const text = "🐟 He said no. Then she said no, and they said no again."
	for _, c := range []struct {
		exact, prefix, suffix string
		want                  string // what stands before the place; "" for none
	}{
		{"Then", "", "", "🐟 He said no. "},
		{"no", "Then she said ", ", and", "🐟 He said no. Then she said "},
		{"no", "Then SHE said ", ", and they", "🐟 He said no. Then she said "}, // the prefix was edited
		{"no", " said ", "", ""},
		{"no", "xxxxxxxxxx", "yyyyyyyyy", ""},
		{"no", "xxxxxxxxxx", " agyyyyyyyyy", ""}, // too little agrees
		{"maybe", "", "", ""},
	} {
		r := webReader{runes: []rune(text)}
		s, err := r.seek(&webSelector{Exact: c.exact, Prefix: c.prefix, Suffix: c.suffix})
		if c.want == "" {
			if err == nil {
				t.Errorf("%+v: found at %d", c, s.start)
			}
		} else if err != nil || string(r.runes[:s.start]) != c.want || string(r.runes[s.start:s.end]) != c.exact {
			t.Errorf("%+v: %v, %v", c, s, err)
		}
	}
}

// The place found by the index is that which looking at every place finds.
func TestSeekAsEveryPlace(t *testing.T) {
	letters := []rune("ab🐟")
	rapid.Check(t, func(t *rapid.T) {
		word := func(name string, least, most int) string {
			return rapid.StringOfN(rapid.SampledFrom(letters), least, most, -1).Draw(t, name)
		}
		text, exact, prefix, suffix := word("text", 0, 60), word("exact", 1, 3), word("prefix", 0, 12), word("suffix", 0, 12)
		want, most, ties, found := -1, -1, 0, 0
		for i := range text {
			if !strings.HasPrefix(text[i:], exact) {
				continue
			}
			found++
			switch agree := agreeing(text[:i], prefix, true) + agreeing(text[i+len(exact):], suffix, false); {
			case agree > most:
				want, most, ties = utf8.RuneCountInString(text[:i]), agree, 1
			case agree == most:
				ties++
			}
		}
		if ties != 1 || found > 1 && most < min(utf8.RuneCountInString(prefix+suffix), enough) {
			want = -1
		}
		r := webReader{runes: []rune(text)}
		s, err := r.seek(&webSelector{Exact: exact, Prefix: prefix, Suffix: suffix})
		if err != nil {
			s.start = -1
		}
		if s.start != want {
			t.Fatalf("%q between %q and %q in %q: %v, %v, want %d", exact, prefix, suffix, text, s, err, want)
		}
	})
}

// shifted is an annotated article of a megabyte, before which a line was put
// after it was annotated, so that no position fits. Of edited annotations the
// words before have changed, too.
func shifted(tb testing.TB, edited bool) (files fstest.MapFS, annotations int) {
	var text strings.Builder
	var marks []mark
	n := 0
	say := func(s string) {
		text.WriteString(s)
		n += utf8.RuneCountInString(s)
	}
	for i := 0; text.Len() < 1<<20; i++ {
		say(fmt.Sprintf("In the year %d “", i*7919%100_003))
		start := n
		say("we count the fish")
		marks = append(marks, mark{label: labelQuote, spans: []span{{start, n}}})
		say(fmt.Sprintf("”, said the owner of boat %d – not for the first time. The harbour was closed on Monday.\n", i))
	}
	p := page{text: text.String(), marks: marks}
	node := p.web(goldform.Article{Doc: &pipeline.Document{ID: "a"}})
	node.Onrecord.Text = "🐟 A line that was not there before.\n" + strings.ReplaceAll(p.text, "year", map[bool]string{false: "year", true: "YEAR"}[edited])
	b, err := json.Marshal(node)
	if err != nil {
		tb.Fatal(err)
	}
	return fstest.MapFS{"a.jsonld": {Data: b}}, len(marks)
}

func TestSeekInLongText(t *testing.T) {
	for _, edited := range []bool{false, true} {
		files, n := shifted(t, edited)
		got, errs := read(webAnnotation{}, files)
		if len(got) != 1 || errs != nil {
			t.Fatalf("edited %v: %d articles, %.300q", edited, len(got), errs)
		}
		r := of{got[0]}.record(t)
		if len(r.Quotes) != n {
			t.Fatalf("edited %v: %d quotes, want %d", edited, len(r.Quotes), n)
		}
		last := 0
		for i, q := range r.Quotes {
			if q.Start <= last || i%1000 == 0 && words(r, goldform.Offsets{q.Start, q.End}) != "we count the fish" {
				t.Fatalf("edited %v: quote %d at %d to %d", edited, i, q.Start, q.End)
			}
			last = q.Start
		}
	}
}

// Every annotation of a megabyte of text must be sought.
func BenchmarkSeek(b *testing.B) {
	for name, edited := range map[string]bool{"shifted": false, "edited": true} {
		b.Run(name, func(b *testing.B) {
			files, n := shifted(b, edited)
			for b.Loop() {
				if got, errs := read(webAnnotation{}, files); len(got) != 1 || errs != nil {
					b.Fatal(errs)
				}
			}
			b.ReportMetric(float64(n), "annotations")
		})
	}
}

// Where the text is edited beyond repair nothing is put in a wrong place.
func FuzzCodeUnits(f *testing.F) {
	f.Add("a🐟é👨\u200d🚒", 3)
	f.Fuzz(func(t *testing.T, text string, unit int) {
		runes := []rune(text)
		u := newCodeUnits(runes)
		n := 0
		for i, r := range runes {
			if got := u.of(i); got != n {
				t.Fatalf("of(%d) = %d, want %d", i, got, n)
			}
			if got, ok := u.point(n); !ok || got != i {
				t.Fatalf("point(%d) = %d, %v, want %d", n, got, ok, i)
			}
			if n++; r >= 0x10000 {
				if _, ok := u.point(n); ok {
					t.Fatalf("point(%d) is within a character", n)
				}
				n++
			}
		}
		if got, ok := u.point(unit); ok && u.of(got) != unit {
			t.Fatalf("point(%d) = %d", unit, got)
		}
	})
}
