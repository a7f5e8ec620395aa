package columnar

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/onrecord-nlp/onrecord/pipeline"
)

// kept returns doc less what columns do not hold, as ReadDocuments says.
func kept(doc *pipeline.Document) *pipeline.Document {
	d := *doc
	d.Tokens, d.Sentences, d.Entities = nil, nil, nil
	d.Unmark(pipeline.LayerTokens)
	at := make([]int, len(d.Quotes)) // new index of each quote
	var (
		quotes []pipeline.Quote
		res    = pipeline.Resolution{OfAttribution: doc.Resolution.OfAttribution}
		stance = pipeline.Stances{CueClasses: doc.Stances.CueClasses}
	)
	for i, q := range d.Quotes {
		if !q.Uttered {
			continue
		}
		at[i] = len(quotes)
		q.Open, q.Close, q.Style, q.Continues, q.Score = pipeline.Span{}, pipeline.Span{}, 0, -1, 0
		quotes = append(quotes, q)
		if d.Has(pipeline.LayerSpeakers) {
			res.OfQuote = append(res.OfQuote, doc.Resolution.OfQuote[i])
			res.QuoteMention = append(res.QuoteMention, doc.Resolution.QuoteMention[i])
			res.QuoteManner = append(res.QuoteManner, doc.Resolution.QuoteManner[i])
			res.QuoteScore = append(res.QuoteScore, doc.Resolution.QuoteScore[i])
		}
		if d.Has(pipeline.LayerStances) {
			s := doc.Stances.OfQuote[i]
			s.TargetSpan, s.Evidence = pipeline.Span{}, nil
			stance.OfQuote = append(stance.OfQuote, s)
		}
	}
	for _, s := range doc.Stances.OfAttribution {
		s.TargetSpan = pipeline.Span{}
		stance.OfAttribution = append(stance.OfAttribution, s)
	}
	// A quote keeps one claim, the narrowest.
	var r rows
	r.order(doc)
	d.Attributions = nil
	for i, a := range doc.Attributions {
		var own []int
		for _, q := range a.Quotes {
			if r.claimOf[q] == i && doc.Quotes[q].Uttered {
				own = append(own, at[q])
			}
		}
		a.Quotes = own
		d.Attributions = append(d.Attributions, a)
	}
	d.Quotes, d.Resolution, d.Stances = quotes, res, stance
	return &d
}

var sameDocument = cmp.Options{cmp.AllowUnexported(pipeline.Document{}), cmpopts.EquateEmpty()}

func TestRoundTrip(t *testing.T) {
	for _, format := range []Format{Arrow, Parquet} {
		for shard := range 3 {
			dir := t.TempDir()
			docs := fixtures(t)
			for i := range 1500 { // more than a batch
				docs = append(docs, benchDocument(i))
			}
			write(t, dir, Options{Formats: []Format{format}, ShardDocuments: 1 + shard*1400}, docs[:5+shard*750]...)
			n := 0
			for got, err := range ReadDocuments(dir) {
				if err != nil {
					t.Fatal(err)
				}
				if n >= 5 && n%25 != 0 { // comparing is slow
					if got.ID != docs[n].ID {
						t.Fatalf("%s: document %d is %s, want %s", format, n, got.ID, docs[n].ID)
					}
				} else if diff := cmp.Diff(kept(docs[n]), got, sameDocument); diff != "" {
					t.Fatalf("%s: %s (-written +read):\n%s", format, docs[n].ID, diff)
				}
				n++
			}
			if n != 5+shard*750 {
				t.Errorf("%s: %d documents came back, want %d", format, n, 5+shard*750)
			}
		}
	}
}

// TestRoundTripJSONL: the documents of a run in JSON Lines come back through
// package goldform, which tests what they hold.
func TestRoundTripJSONL(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, Options{Formats: []Format{JSONL}, ShardDocuments: 2}, fixtures(t)...)
	var ids []string
	for d, err := range ReadDocuments(dir) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, fmt.Sprintf("%s %d %d", d.ID, len(d.Quotes), len(d.Attributions)))
	}
	want := []string{"ferry-1 3 5", "silent 0 0", "bare 0 0", "unresolved#c0 2 1", "crowded 0 1"}
	if diff := cmp.Diff(want, ids); diff != "" {
		t.Error(diff)
	}
}

// randomDocument draws a document whose layers are in text order and valid.
func randomDocument(t *rapid.T) *pipeline.Document {
	text := rapid.StringOfN(rapid.SampledFrom([]rune("ab é\u0301“”漢🚢\n")), 2, 200, -1).Draw(t, "text")
	doc := &pipeline.Document{ID: rapid.StringN(1, 5, -1).Draw(t, "id"), Source: "s", Text: text}
	var bounds []int
	for b := range text {
		bounds = append(bounds, b)
	}
	bounds = append(bounds, len(text))
	// Spans side by side, so that their order is the order of the text.
	next := 0
	span := func() (pipeline.Span, bool) {
		if next+1 >= len(bounds) {
			return pipeline.Span{}, false
		}
		from := rapid.IntRange(next, len(bounds)-2).Draw(t, "from")
		next = rapid.IntRange(from+1, min(from+9, len(bounds)-1)).Draw(t, "to")
		return pipeline.Span{Start: bounds[from], End: bounds[next]}, true
	}
	spans := func(least int) (l []pipeline.Span) {
		for range rapid.IntRange(least, 3).Draw(t, "spans") {
			if s, ok := span(); ok {
				l = append(l, s)
			}
		}
		return l
	}
	probability := func() float32 { return float32(rapid.IntRange(0, 8).Draw(t, "eighths")) / 8 }
	stance := func() pipeline.Stance {
		position := func() pipeline.Position { return pipeline.Position(rapid.IntRange(0, 2).Draw(t, "position")) }
		s := pipeline.Stance{Position: position(), Confidence: probability()}
		for i, span := range spans(0) {
			s.Toward = append(s.Toward, pipeline.Toward{Target: string(rune('a' + i)), Position: position(), Span: span, Confidence: probability()})
		}
		return s
	}
	for i := range rapid.IntRange(0, 3).Draw(t, "speakers") {
		sp := pipeline.Speaker{Name: "n", Kind: pipeline.SpeakerKind(rapid.IntRange(0, 4).Draw(t, "kind"))}
		for _, s := range spans(0) {
			sp.Mentions = append(sp.Mentions, len(doc.Mentions))
			doc.Mentions = append(doc.Mentions, pipeline.Mention{Span: s, Type: pipeline.MentionType(rapid.IntRange(0, 2).Draw(t, "type")), Speaker: i})
		}
		doc.Speakers = append(doc.Speakers, sp)
	}
	speaker := func() int { return rapid.IntRange(-1, len(doc.Speakers)-1).Draw(t, "speaker") }
	mentionOf := func(s int) int {
		if s < 0 || len(doc.Speakers[s].Mentions) == 0 {
			return -1
		}
		return rapid.SampledFrom(doc.Speakers[s].Mentions).Draw(t, "mention")
	}
	next = 0
	for range rapid.IntRange(0, 3).Draw(t, "claims") {
		a := pipeline.Attribution{Content: spans(1), Source: spans(0), Cue: spans(0), Kind: pipeline.Kind(rapid.IntRange(0, 2).Draw(t, "kind")), Negated: rapid.Bool().Draw(t, "negated"), Confidence: probability()}
		if len(a.Content) == 0 {
			break
		}
		for _, s := range a.Content {
			if rapid.Bool().Draw(t, "quoted") {
				a.Quotes = append(a.Quotes, len(doc.Quotes))
				doc.Quotes = append(doc.Quotes, pipeline.Quote{Span: s, Uttered: rapid.Bool().Draw(t, "uttered"), Kind: pipeline.Kind(rapid.IntRange(0, 1).Draw(t, "kind")), Continues: -1})
			}
		}
		doc.Attributions = append(doc.Attributions, a)
		doc.Resolution.OfAttribution = append(doc.Resolution.OfAttribution, speaker())
		doc.Stances.OfAttribution = append(doc.Stances.OfAttribution, stance())
		doc.Stances.CueClasses = append(doc.Stances.CueClasses, pipeline.CueClass(rapid.IntRange(0, 8).Draw(t, "class")))
	}
	for range doc.Quotes {
		s := speaker()
		r := &doc.Resolution
		r.OfQuote = append(r.OfQuote, s)
		r.QuoteMention = append(r.QuoteMention, mentionOf(s))
		r.QuoteManner = append(r.QuoteManner, pipeline.Manner(rapid.IntRange(0, 4).Draw(t, "manner")))
		r.QuoteScore = append(r.QuoteScore, probability())
		doc.Stances.OfQuote = append(doc.Stances.OfQuote, stance())
	}
	return marked(doc, allLayers...)
}

// TestRandomDocuments: of any document, every span in every row is a slice of
// the text in both units, and the document comes back.
func TestRandomDocuments(t *testing.T) {
	var r rows
	rapid.Check(t, func(t *rapid.T) {
		doc := randomDocument(t)
		if err := r.make(doc); err != nil {
			t.Fatal(err)
		}
		chars := []rune(doc.Text)
		check := func(s span) {
			if doc.Text[s.startByte:s.endByte] != s.text || string(chars[s.startChar:s.endChar]) != s.text {
				t.Fatalf("%+v is no slice of %q", s, doc.Text)
			}
		}
		for _, q := range r.quotes {
			check(q.span)
			if !strings.HasSuffix(doc.Text[:q.startByte], q.before) || !strings.HasPrefix(doc.Text[q.endByte:], q.after) {
				t.Fatalf("the context of %+v is not the text's", q)
			}
			for _, s := range []*span{q.mention, q.cue} {
				if s != nil {
					check(*s)
				}
			}
		}
		for _, c := range r.claims {
			for _, l := range [][]span{c.content, c.source, c.cue, c.stanceEvidence} {
				for _, s := range l {
					check(s)
				}
			}
		}
		for _, s := range r.speakers {
			for _, m := range s.mentions {
				check(m.span)
			}
		}
	})
	dir := t.TempDir()
	w, err := Create(dir, Options{Formats: []Format{Arrow, Parquet}})
	if err != nil {
		t.Fatal(err)
	}
	var docs []*pipeline.Document
	rapid.Check(t, func(t *rapid.T) {
		doc := randomDocument(t)
		doc.ID = fmt.Sprint(len(docs))
		docs = append(docs, doc)
		if err := w.Write(doc); err != nil {
			t.Fatal(err)
		}
	})
	if _, err := w.Close(info); err != nil {
		t.Fatal(err)
	}
	readBoth(t, dir, func(n int, got *pipeline.Document) {
		if diff := cmp.Diff(kept(docs[n]), got, sameDocument); diff != "" {
			t.Fatalf("document %d (-written +read):\n%s", n, diff)
		}
	})
}

// readBoth reads the Arrow files of a run, and then, those removed from the
// manifest, its Parquet files.
func readBoth(t *testing.T, dir string, f func(int, *pipeline.Document)) {
	t.Helper()
	for format := range 2 {
		n := 0
		for d, err := range ReadDocuments(dir) {
			if err != nil {
				t.Fatal(err)
			}
			f(n, d)
			n++
		}
		if n == 0 {
			t.Fatal("no documents came back")
		}
		path := filepath.Join(dir, manifestName)
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		parquet := bytes.Replace(b, []byte("    \"arrow\",\n"), nil, 1)
		if format == 0 && len(parquet) == len(b) {
			t.Fatal("the manifest does not list the format arrow")
		}
		if err := os.WriteFile(path, parquet, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestDamagedRuns: a run that is not whole is an error that names the file,
// never a panic and never fewer documents without a word.
func TestDamagedRuns(t *testing.T) {
	for _, format := range []Format{Arrow, Parquet} {
		edit := func(table Table, f func([]byte) []byte) func(string) error {
			return func(dir string) error {
				path := filepath.Join(dir, string(table), "part-00000."+string(format))
				b, err := os.ReadFile(path)
				if err != nil {
					return err
				}
				return os.WriteFile(path, f(b), 0o644)
			}
		}
		manifest := func(old, new string) func(string) error {
			return func(dir string) error {
				path := filepath.Join(dir, manifestName)
				b, err := os.ReadFile(path)
				if err != nil {
					return err
				}
				if !bytes.Contains(b, []byte(old)) {
					return fmt.Errorf("no %s in %s", old, b)
				}
				return os.WriteFile(path, bytes.Replace(b, []byte(old), []byte(new), 1), 0o644)
			}
		}
		// swap puts the table of another run in the place of this one's.
		swap := func(table Table, doc *pipeline.Document) func(string) error {
			return func(dir string) error {
				other := filepath.Join(t.TempDir(), "other")
				m := write(t, other, Options{Formats: []Format{format}}, doc)
				name := filepath.Join(string(table), "part-00000."+string(format))
				rows := ""
				for _, s := range m.Shards {
					if s.Table == table {
						rows = fmt.Sprintf("part-00000.%s\",\n      \"rows\": %d", format, s.Rows)
					}
				}
				if err := manifest(fmt.Sprintf("%s/part-00000.%s\",\n      \"rows\": 3", table, format), string(table)+"/"+rows)(dir); err != nil {
					return err
				}
				return os.Rename(filepath.Join(other, name), filepath.Join(dir, name))
			}
		}
		for name, c := range map[string]struct {
			damage func(string) error
			want   string
		}{
			"no manifest":       {func(dir string) error { return os.Remove(filepath.Join(dir, manifestName)) }, "manifest.json"},
			"another version":   {manifest(`"schema_version": "`+SchemaVersion+`"`, `"schema_version": "0"`), "schema version 0"},
			"a file gone":       {func(dir string) error { return os.Remove(filepath.Join(dir, "claims", "part-00000."+string(format))) }, "claims/part-00000"},
			"an empty file":     {edit(Quotes, func(b []byte) []byte { return nil }), "quotes/part-00000"},
			"a file cut short":  {edit(Documents, func(b []byte) []byte { return b[:len(b)/2] }), "documents/part-00000"},
			"noise in the rows": {edit(Speakers, func(b []byte) []byte { copy(b[len(b)/4:], bytes.Repeat([]byte{0xa5}, 400)); return b }), "speakers/part-00000"},
			"a wrong count":     {manifest("claims/part-00000."+string(format)+"\",\n      \"rows\": 5", "claims/part-00000."+string(format)+"\",\n      \"rows\": 6"), "claims/part-00000." + string(format) + ": 5 rows, where the manifest says 6"},
			"another's quotes":  {swap(Quotes, unresolved(t)), `doc_id "unresolved#c0" is not in the table documents`},
		} {
			t.Run(string(format)+"/"+name, func(t *testing.T) {
				dir := t.TempDir()
				write(t, dir, Options{Formats: []Format{format}}, ferry(t))
				if err := c.damage(dir); err != nil {
					t.Fatal(err)
				}
				var failed error
				for _, err := range ReadDocuments(dir) {
					failed = err
				}
				if failed == nil || !strings.Contains(failed.Error(), c.want) {
					t.Errorf("the error is %v, want one with %q", failed, c.want)
				}
			})
		}
	}
}
