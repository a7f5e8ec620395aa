package columnar

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"

	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/goldform"
)

// same holds the rows of a file of columns to those of the same table in
// another format. What cannot be read of first is a fault already.
func (c *shardCheck) same(first, other Shard) {
	next, stop := iter.Pull2(recordRows(c.dir, other))
	defer stop()
	var columns [][2]int // in a record of first, and in one of other
	var at recordRow
	n, extra := int64(0), int64(0)
	for x, err := range recordRows(c.dir, first) {
		if err != nil || c.ctx.Err() != nil {
			return
		}
		y, err, more := next()
		if err != nil {
			c.fault(FaultDamaged, other, n, "", "%s", firstLine(err))
			return
		}
		if !more {
			c.fault(FaultCount, other, -1, "", "%d rows, %s has more", n, first.Path)
			return
		}
		if x.rec != at.rec || columns == nil {
			at, columns = x, shared(x.rec.Schema(), y.rec.Schema())
		}
		if err := guard(func() error {
			for _, k := range columns {
				if !sameValue(x.rec.Column(k[0]), y.rec.Column(k[1]), x.row, y.row) {
					c.fault(FaultFormats, other, n, x.rec.ColumnName(k[0]), "not what %s has in this row", first.Path)
				}
			}
			return nil
		}); err != nil {
			c.fault(FaultDamaged, other, n, "", "%s", firstLine(err))
			return
		}
		n++
	}
	for {
		if _, err, more := next(); err != nil || !more {
			break
		}
		extra++
	}
	if extra > 0 {
		c.fault(FaultCount, other, -1, "", "%d rows, %s has %d", n+extra, first.Path, n)
	}
	if n+extra != other.Rows {
		c.fault(FaultCount, other, -1, "", "%d rows, the manifest says %d", n+extra, other.Rows)
	}
}

// recordRow is a row of a record.
type recordRow struct {
	rec arrow.Record
	row int
}

func recordRows(dir string, s Shard) iter.Seq2[recordRow, error] {
	return func(yield func(recordRow, error) bool) {
		for rec, err := range readRecords(filepath.Join(dir, filepath.FromSlash(s.Path))) {
			if err != nil {
				yield(recordRow{}, err)
				return
			}
			for i := range int(rec.NumRows()) {
				if !yield(recordRow{rec, i}, nil) {
					return
				}
			}
		}
	}
}

// shared pairs the columns of one name.
func shared(a, b *arrow.Schema) [][2]int {
	pairs := [][2]int{}
	for i, f := range a.Fields() {
		if at := b.FieldIndices(f.Name); len(at) == 1 {
			pairs = append(pairs, [2]int{i, at[0]})
		}
	}
	return pairs
}

// sameValue reports whether value i of a is value k of b. Their types are the
// same.
func sameValue(a, b arrow.Array, i, k int) bool {
	if a.IsNull(i) || b.IsNull(k) {
		return a.IsNull(i) && b.IsNull(k)
	}
	switch a := a.(type) {
	case *array.String:
		return a.Value(i) == b.(*array.String).Value(k)
	case *array.Int32:
		return a.Value(i) == b.(*array.Int32).Value(k)
	case *array.Int64:
		return a.Value(i) == b.(*array.Int64).Value(k)
	case *array.Float32:
		return a.Value(i) == b.(*array.Float32).Value(k)
	case *array.Boolean:
		return a.Value(i) == b.(*array.Boolean).Value(k)
	case *array.Timestamp:
		return a.Value(i) == b.(*array.Timestamp).Value(k)
	case *array.List:
		b := b.(*array.List)
		i, end := a.ValueOffsets(i)
		k, endB := b.ValueOffsets(k)
		if end-i != endB-k {
			return false
		}
		for ; i < end; i, k = i+1, k+1 {
			if !sameValue(a.ListValues(), b.ListValues(), int(i), int(k)) {
				return false
			}
		}
		return true
	case *array.Struct:
		b := b.(*array.Struct)
		for f := range a.NumField() {
			if !sameValue(a.Field(f), b.Field(f), i, k) {
				return false
			}
		}
		return true
	}
	// Columns of further types, as text.
	return a.ValueStr(i) == b.ValueStr(k)
}

// lineReader yields the lines of a file.
type lineReader struct {
	f   *os.File
	buf *bufio.Reader
}

func openLines(dir string, s Shard) (*lineReader, error) {
	f, err := os.Open(filepath.Join(dir, filepath.FromSlash(s.Path)))
	if err != nil {
		return nil, err
	}
	return &lineReader{f, bufio.NewReaderSize(f, 1<<18)}, nil
}

// next returns the next line without its end, and io.EOF behind the last.
func (l *lineReader) next() ([]byte, error) {
	line, err := l.buf.ReadBytes('\n')
	if err == io.EOF && len(line) > 0 {
		err = nil
	}
	return bytes.TrimSuffix(line, []byte("\n")), err
}

// article is a document in the JSON form, as far as its columns hold it.
// goldform reads the form into documents, which say less than it: two speakers
// of one name are one to it.
type article struct {
	ID        string       `json:"id"`
	URL       string       `json:"url"`
	Title     string       `json:"title"`
	Byline    string       `json:"byline"`
	Published string       `json:"published"`
	Language  string       `json:"language"`
	Text      string       `json:"text"`
	Blocks    []blockJSON  `json:"blocks"`
	Quotes    []quoteJSON  `json:"quotes"`
	Claims    []claimJSON  `json:"claims"`
	Speakers  []personJSON `json:"speakers"`
}

type blockJSON struct {
	Start int64  `json:"start"`
	End   int64  `json:"end"`
	Kind  string `json:"kind"`
}

type voiceJSON struct {
	Kind             string      `json:"kind"`
	Speaker          string      `json:"speaker"`
	SpeakerKind      string      `json:"speaker_kind"`
	Stance           string      `json:"stance"`
	Target           string      `json:"target"`
	StanceEvidence   []charsJSON `json:"stance_evidence"`
	StanceConfidence *float32    `json:"stance_confidence"`
	Manner           string      `json:"manner"`
	Confidence       *float32    `json:"confidence"`
}

type charsJSON [2]int64

type quoteJSON struct {
	Start   int64      `json:"start"`
	End     int64      `json:"end"`
	Mention *charsJSON `json:"mention"`
	Claim   *int       `json:"claim"`
	Depth   int32      `json:"depth"`
	voiceJSON
}

type claimJSON struct {
	Content  []charsJSON `json:"content"`
	Source   []charsJSON `json:"source"`
	Cue      []charsJSON `json:"cue"`
	CueClass string      `json:"cue_class"`
	Negated  bool        `json:"negated"`
	voiceJSON
}

type personJSON struct {
	Name        string      `json:"name"`
	Kind        string      `json:"kind"`
	Description string      `json:"description"`
	Pronoun     string      `json:"pronoun"`
	Mentions    []charsJSON `json:"mentions"`
}

// articleCheck holds the lines of articles to the rows of columns.
type articleCheck struct {
	*shardCheck
	file  Shard
	lines *lineReader // nil where the run has no JSON Lines, and behind the end
	n     int64       // the line at hand
}

// newArticles returns a check that does nothing where the run has no JSON
// Lines.
func (c *shardCheck) newArticles() *articleCheck {
	file, ok := c.shard[Articles][JSONL]
	a := &articleCheck{shardCheck: c, file: file, n: -1}
	if !ok {
		return a
	}
	var err error
	if a.lines, err = openLines(c.dir, file); err != nil {
		c.fault(FaultDamaged, file, -1, "", "%s", firstLine(err))
		a.lines = nil
	}
	return a
}

func (c *articleCheck) close() {
	if c.lines != nil {
		c.lines.f.Close()
	}
}

// end finds lines without a document.
func (c *articleCheck) end() {
	if c.lines == nil {
		return
	}
	n := c.n + 1
	for {
		if _, err := c.lines.next(); err != nil {
			break
		}
		n++
	}
	if n != c.file.Rows || n > c.n+1 {
		c.fault(FaultCount, c.file, -1, "", "%d lines, %d documents; the manifest says %d", n, c.n+1, c.file.Rows)
	}
}

// compare holds the next line to the document at hand.
func (c *articleCheck) compare(d *documentCheck) {
	if c.lines == nil {
		return
	}
	line, err := c.lines.next()
	if err != nil {
		c.fault(FaultCount, c.file, -1, "", "%d lines, and more documents", c.n+1)
		c.close()
		c.lines = nil
		return
	}
	c.n++
	var a article
	if err := json.Unmarshal(line, &a); err != nil {
		c.fault(FaultDamaged, c.file, c.n, "", "no article in JSON: %s", firstLine(err))
		return
	}
	c.compareDocument(&a, d)
}

// differ notes two values that are not the same.
func (c *articleCheck) differ(column string, got, want any) {
	c.fault(FaultFormats, c.file, c.n, column, "%s, and the columns have %s", show(got), show(want))
}

func show(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(b)
}

func differs[T comparable](c *articleCheck, column string, got, want T) {
	if got != want {
		c.differ(column, got, want)
	}
}

// metadata may hold bytes that are not UTF-8, for which JSON has one U+FFFD
// each, and a column one for a run of them.
func (c *articleCheck) metadata(column, got, want string) {
	if got != want && squeeze(got) != squeeze(want) {
		c.differ(column, got, want)
	}
}

func squeeze(s string) string {
	const bad = "\uFFFD"
	for strings.Contains(s, bad+bad) {
		s = strings.ReplaceAll(s, bad+bad, bad)
	}
	return s
}

func (c *articleCheck) compareDocument(a *article, d *documentCheck) {
	r := &d.row
	c.metadata("id", a.ID, r.docID)
	c.metadata("url", a.URL, r.url)
	c.metadata("title", a.Title, r.title)
	c.metadata("byline", a.Byline, r.byline)
	c.metadata("language", cmp.Or(a.Language, undetermined), r.language)
	published := ""
	if t, err := time.Parse(time.RFC3339, a.Published); err == nil {
		published = t.UTC().Format(time.RFC3339)
	}
	want := ""
	if !r.published.IsZero() {
		want = r.published.Format(time.RFC3339)
	}
	differs(c, "published", published, want)
	if a.Text != r.text {
		c.fault(FaultFormats, c.file, c.n, "text", "not that of the columns")
		return
	}
	for _, l := range []struct {
		key   string
		there bool
		layer pipeline.Layer
	}{
		{"blocks", a.Blocks != nil, pipeline.LayerBlocks}, {"quotes", a.Quotes != nil, pipeline.LayerQuotes},
		{"claims", a.Claims != nil, pipeline.LayerAttributions}, {"speakers", a.Speakers != nil, pipeline.LayerSpeakers},
	} {
		if l.there != d.has(l.layer) {
			c.fault(FaultFormats, c.file, c.n, l.key, "there is %v, and the column layers says %v", l.there, d.has(l.layer))
			return
		}
	}
	blocks := make([]blockJSON, len(r.blocks))
	for i, b := range r.blocks {
		blocks[i] = blockJSON{b.startChar, b.endChar, b.kind}
	}
	if !slices.Equal(a.Blocks, blocks) {
		c.differ("blocks", a.Blocks, blocks)
	}
	c.compareClaims(a, d)
	c.compareQuotes(a, d)
	if len(a.Speakers) != len(d.speakers) {
		c.differ("speakers", len(a.Speakers), len(d.speakers))
		return
	}
	for i, s := range a.Speakers {
		r := &d.speakers[i]
		what := func(key string) string { return fmt.Sprintf("speakers[%d].%s", i, key) }
		c.metadata(what("name"), s.Name, r.name)
		differs(c, what("kind"), s.Kind, r.kind)
		c.metadata(what("description"), s.Description, r.description)
		c.metadata(what("pronoun"), s.Pronoun, r.pronoun)
		var mentions []charsJSON
		for _, m := range r.mentions {
			mentions = append(mentions, chars(m.offsets))
		}
		c.spans(what("mentions"), s.Mentions, mentions)
	}
}

func chars(o offsets) charsJSON { return charsJSON{o.startChar, o.endChar} }

func charsOf(list []span) []charsJSON {
	var out []charsJSON
	for _, s := range list {
		out = append(out, chars(s.offsets))
	}
	return out
}

func (c *articleCheck) spans(column string, got, want []charsJSON) {
	if !slices.Equal(got, want) {
		c.differ(column, got, want)
	}
}

func (c *articleCheck) compareClaims(a *article, d *documentCheck) {
	if len(a.Claims) != len(d.claims) {
		c.differ("claims", len(a.Claims), len(d.claims))
		return
	}
	// In reading order, as rows are.
	slices.SortStableFunc(a.Claims, func(x, y claimJSON) int {
		if len(x.Content) == 0 || len(y.Content) == 0 {
			return cmp.Compare(len(x.Content), len(y.Content))
		}
		return cmp.Or(cmp.Compare(x.Content[0][0], y.Content[0][0]), cmp.Compare(y.Content[len(y.Content)-1][1], x.Content[len(x.Content)-1][1]))
	})
	for i := range a.Claims {
		j, r := &a.Claims[i], &d.claims[i]
		what := func(key string) string { return fmt.Sprintf("claims[%d].%s", i, key) }
		c.spans(what("content"), j.Content, charsOf(r.content))
		c.spans(what("source"), j.Source, charsOf(r.source))
		c.spans(what("cue"), j.Cue, charsOf(r.cue))
		differs(c, what("negated"), j.Negated, r.negated)
		differs(c, what("manner"), j.Manner, r.attribution)
		c.voice(what, d, &j.voiceJSON, r.kind, r.voiceRow, r.stanceRow, r.confidence)
		if d.has(pipeline.LayerStances) {
			differs(c, what("cue_class"), j.CueClass, r.cueClass)
			c.spans(what("stance_evidence"), j.StanceEvidence, charsOf(r.stanceEvidence))
		}
	}
}

func (c *articleCheck) compareQuotes(a *article, d *documentCheck) {
	if len(a.Quotes) != len(d.quotes) {
		c.differ("quotes", len(a.Quotes), len(d.quotes))
		return
	}
	slices.SortStableFunc(a.Quotes, func(x, y quoteJSON) int {
		return cmp.Or(cmp.Compare(x.Start, y.Start), cmp.Compare(y.End, x.End))
	})
	for i := range a.Quotes {
		j, r := &a.Quotes[i], &d.quotes[i]
		what := func(key string) string { return fmt.Sprintf("quotes[%d].%s", i, key) }
		differs(c, what("start, end"), charsJSON{j.Start, j.End}, chars(r.offsets))
		differs(c, what("depth"), j.Depth, r.depth)
		// Of claims within claims each form names one that holds the quote.
		if (j.Claim != nil) != (r.claimID != "") {
			c.fault(FaultFormats, c.file, c.n, what("claim"), "there is %v, and in the columns %v", j.Claim != nil, r.claimID != "")
		}
		c.voice(what, d, &j.voiceJSON, r.kind, r.voiceRow, r.stanceRow, r.confidence)
		if d.has(pipeline.LayerSpeakers) {
			differs(c, what("manner"), j.Manner, r.attribution)
			var mention *charsJSON
			if r.mention != nil {
				m := chars(r.mention.offsets)
				mention = &m
			}
			if (mention == nil) != (j.Mention == nil) || mention != nil && *mention != *j.Mention {
				c.differ(what("mention"), j.Mention, mention)
			}
		}
	}
}

// voice compares what claims and quotes have in common.
func (c *articleCheck) voice(what func(string) string, d *documentCheck, j *voiceJSON, kind string, v voiceRow, s stanceRow, confidence float32) {
	differs(c, what("kind"), j.Kind, kind)
	differs(c, what("confidence"), certain(j.Confidence), confidence)
	if d.has(pipeline.LayerSpeakers) {
		c.metadata(what("speaker"), j.Speaker, v.speaker)
		differs(c, what("speaker_kind"), j.SpeakerKind, v.speakerKind)
	}
	if d.has(pipeline.LayerStances) {
		differs(c, what("stance"), j.Stance, s.stance)
		c.metadata(what("target"), j.Target, s.stanceTarget)
		differs(c, what("stance_confidence"), certain(j.StanceConfidence), s.stanceConfidence)
	}
}

// certain is 1 for a confidence that is absent.
func certain(x *float32) float32 {
	if x == nil {
		return 1
	}
	return *x
}

// articles looks at a shard that has JSON Lines alone: every line is of the
// JSON form, with offsets, links and values that hold.
func (c *shardCheck) articles() {
	file := c.shard[Articles][JSONL]
	l, err := openLines(c.dir, file)
	if err != nil {
		c.fault(FaultDamaged, file, -1, "", "%s", firstLine(err))
		return
	}
	defer l.f.Close()
	n := int64(0)
	for c.ctx.Err() == nil {
		line, err := l.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			c.fault(FaultDamaged, file, n, "", "%s", firstLine(err))
			break
		}
		c.article(file, n, line)
		n++
	}
	if n != file.Rows {
		c.fault(FaultCount, file, -1, "", "%d lines, the manifest says %d", n, file.Rows)
	}
	c.totals.Documents += n
	c.totals.Failures += c.failureLines(func(int64, Failure) {})
}

// article looks at one line.
func (c *shardCheck) article(file Shard, n int64, line []byte) {
	var a article
	if err := json.Unmarshal(line, &a); err != nil {
		c.fault(FaultDamaged, file, n, "", "no article in JSON: %s", firstLine(err))
		return
	}
	c.docs = append(c.docs, maphash.String(c.seed, a.ID))
	if a.ID == "" {
		c.fault(FaultIdentity, file, n, "id", "empty")
	}
	for _, err := range goldform.Read(bytes.NewReader(line)) {
		if err != nil {
			// Behind the place, which is that of this line alone.
			message := firstLine(err)
			if _, rest, ok := strings.Cut(message, "): "); ok {
				message = rest
			}
			c.fault(FaultValue, file, n, "", "%s", message)
		}
	}
	t := &c.totals
	t.Words += int64(countWords(a.Text))
	t.Speakers += int64(len(a.Speakers))
	for _, q := range a.Quotes {
		attributed := q.Speaker != ""
		if q.Claim != nil && *q.Claim >= 0 && *q.Claim < len(a.Claims) {
			attributed = attributed || len(a.Claims[*q.Claim].Source) > 0
		}
		t.countQuote(q.Kind, attributed)
	}
	for _, claim := range a.Claims {
		t.countClaim(claim.Kind)
	}
}

// articleIDs yields the id of each line.
func articleIDs(dir string, s Shard) iter.Seq2[int64, string] {
	return func(yield func(int64, string) bool) {
		l, err := openLines(dir, s)
		if err != nil {
			return
		}
		defer l.f.Close()
		for n := int64(0); ; n++ {
			line, err := l.next()
			if err != nil {
				return
			}
			var a struct {
				ID string `json:"id"`
			}
			if json.Unmarshal(line, &a) == nil && !yield(n, a.ID) {
				return
			}
		}
	}
}

// failureLines gives each failure of JSON Lines to do, and returns their number.
func (c *shardCheck) failureLines(do func(int64, Failure)) int64 {
	file := c.shard[Failures][JSONL]
	l, err := openLines(c.dir, file)
	if err != nil {
		c.fault(FaultDamaged, file, -1, "", "%s", firstLine(err))
		return 0
	}
	defer l.f.Close()
	n := int64(0)
	for ; ; n++ {
		line, err := l.next()
		if err != nil {
			break
		}
		var f struct {
			Source  string `json:"source"`
			Record  int64  `json:"record"`
			DocID   string `json:"doc_id"`
			Stage   string `json:"stage"`
			Reason  string `json:"reason"`
			Message string `json:"message"`
		}
		if err := json.Unmarshal(line, &f); err != nil {
			c.fault(FaultDamaged, file, n, "", "no failure in JSON: %s", firstLine(err))
			continue
		}
		c.failure(file, n, Failure(f))
		do(n, Failure(f))
	}
	if n != file.Rows {
		c.fault(FaultCount, file, -1, "", "%d lines, the manifest says %d", n, file.Rows)
	}
	return n
}
