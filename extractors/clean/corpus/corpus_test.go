package corpus

import (
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/onrecord-nlp/onrecord/extractors/clean"
	"github.com/onrecord-nlp/onrecord/pipeline"
)

const page = `<html><head><title>x</title><script>var a = "no";</script></head><body>
<nav><ul><li><a href=/>Home</a></li><li>Sport</li></ul></nav>
<h1>Bridge to stay shut until May</h1>
<div class=meta>By Ines Roth<br><time>3 May 2021, 10:42</time></div>
<figure><img src=b.jpg><figcaption>The bridge on Monday.</figcaption></figure>
<p>The bridge over the Tamme will stay shut until <b>May</b>, the mayor said on Monday.</p>
<div>Advertisement</div>
<h2>Ferries</h2>
<p>“No.”</p>
<p>He would not say what the repairs would cost, or who was going to pay for them.</p>
<div style="display: none">Nobody sees this.</div>
<p>More from this section</p>
</body></html>`

const pageBody = "The bridge over the Tamme will stay shut until May, the mayor said on Monday.\n\nFerries\n\n“No.”\n\nHe would not say what the repairs would cost, or who was going to pay for them."

// TestLabels holds the labels of a small page.
func TestLabels(t *testing.T) {
	lines, err := visibleText(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	kinds, coverage := label(lines, goldPage{"Bridge to stay shut until May", "Ines Roth", pageBody})
	if coverage < 0.99 {
		t.Errorf("%.2f of the body was found", coverage)
	}
	var got []string
	for i, l := range lines {
		got = append(got, kinds[i].String()+" "+l.text)
	}
	want := []string{
		"boilerplate Home",
		"boilerplate Sport",
		"headline Bridge to stay shut until May",
		"byline By Ines Roth",
		"date 3 May 2021, 10:42",
		"caption The bridge on Monday.",
		"body The bridge over the Tamme will stay shut until May, the mayor said on Monday.",
		"boilerplate Advertisement",
		"headline Ferries",
		"body “No.”",
		"body He would not say what the repairs would cost, or who was going to pay for them.",
		"boilerplate More from this section",
	}
	if !slices.Equal(got, want) {
		t.Errorf("labels:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// folder makes a corpus of a few small pages and articles.
func folder(t *testing.T) Sources {
	t.Helper()
	dir := t.TempDir()
	write := func(name string, records ...any) string {
		path := filepath.Join(dir, name)
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		for _, r := range records {
			if err := json.NewEncoder(f).Encode(r); err != nil {
				t.Fatal(err)
			}
		}
		return path
	}
	var golds []any
	for _, site := range []string{"a.example", "b.example", "c.example"} {
		f, err := os.Create(filepath.Join(dir, site+".html.gz"))
		if err != nil {
			t.Fatal(err)
		}
		z := gzip.NewWriter(f)
		z.Write([]byte(page))
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		f.Close()
		golds = append(golds, Gold{site + ".html.gz", "https://www." + site + "/x", "Bridge to stay shut until May", "Ines Roth", pageBody})
	}
	write("gold.jsonl", golds...)
	article := map[string]string{"id": "1", "title": "Bridge shut", "publisher": "p", "text": "Bridge shut.\n\n" + pageBody + "\n\nFollow Ines Roth on Twitter @ir.\n\n___"}
	return Sources{HTMLNews: dir, Articles: []string{write("articles.jsonl", article)}}
}

func TestArticles(t *testing.T) {
	src := folder(t)
	pages, err := Articles(src.Articles[0])
	if err != nil {
		t.Fatal(err)
	}
	doc := pages[0].Document(AsShown, false, nil)
	var kinds []string
	for _, b := range doc.Blocks {
		kinds = append(kinds, b.Kind.String())
	}
	if want := []string{"headline", "body", "body", "body", "body", "boilerplate"}; !slices.Equal(kinds, want) {
		t.Errorf("kinds %v, want %v (a line that the corpus kept by mistake has none)", kinds, want)
	}
}

// TestTraining holds that the examples are well-formed, leave out what they
// should, and are the same every time.
func TestTraining(t *testing.T) {
	src := folder(t)
	skip := func(p *Page) bool { return p.Site == "b.example" }
	examples, err := Training(src, skip, 7)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Training(src, skip, 7)
	if err != nil {
		t.Fatal(err)
	}
	for i, ex := range examples {
		if ex.Doc.Text != again[i].Doc.Text || !slices.Equal(ex.Doc.Blocks, again[i].Doc.Blocks) || ex.Group != again[i].Group {
			t.Fatalf("example %d differs the second time", i)
		}
		if ex.Group == siteHash("b.example") {
			t.Errorf("example %d is of a site that was to be left out", i)
		}
		checkGold(t, ex)
	}
}

func checkGold(t *testing.T, ex clean.Example) {
	t.Helper()
	if !ex.Doc.Has(pipeline.LayerBlocks) {
		t.Fatal("no blocks")
	}
	at := 0
	for _, b := range ex.Doc.Blocks {
		if b.Start < at || b.End <= b.Start || b.End > len(ex.Doc.Text) || b.Kind > pipeline.BlockBoilerplate {
			t.Fatalf("block %+v after %d in a text of %d bytes", b, at, len(ex.Doc.Text))
		}
		if s := b.In(ex.Doc.Text); strings.TrimSpace(s) != s {
			t.Fatalf("block %q is not trimmed", s)
		}
		at = b.End
	}
}

func TestWrap(t *testing.T) {
	doc := &pipeline.Document{Text: "one two three four\n\nfünf sechs sieben", Blocks: []pipeline.Block{{Span: pipeline.Span{Start: 0, End: 18}}, {Span: pipeline.Span{Start: 20, End: 38}}}}
	wrap(doc, 10)
	if want := "one two\nthree four\n\nfünf sechs\nsieben"; doc.Text != want {
		t.Errorf("%q, want %q", doc.Text, want)
	}
}

func TestTally(t *testing.T) {
	text := "Head\n“No.”\nMenu"
	blocks := func(kinds ...pipeline.BlockKind) *pipeline.Document {
		return &pipeline.Document{Text: text, Blocks: []pipeline.Block{
			{Span: pipeline.Span{Start: 0, End: 4}, Kind: kinds[0]},
			{Span: pipeline.Span{Start: 5, End: 14}, Kind: kinds[1]},
			{Span: pipeline.Span{Start: 15, End: 19}, Kind: kinds[2]},
		}}
	}
	var tally Tally
	tally.Add(blocks(pipeline.BlockHeadline, pipeline.BlockBody, pipeline.BlockBoilerplate), blocks(pipeline.BlockBody, pipeline.BlockCaption, pipeline.BlockBody))
	// Speech in gold: 4 + 5 characters; kept: 4; called speech: 4 + 4.
	if p, r := tally.Speech(); p != 4.0/8 || r != 4.0/9 {
		t.Errorf("speech %v, %v", p, r)
	}
	if tally.Quoted != 1 || tally.QuotedLost != 1 {
		t.Errorf("%d of %d quoting paragraphs lost, want 1 of 1", tally.QuotedLost, tally.Quoted)
	}
}
