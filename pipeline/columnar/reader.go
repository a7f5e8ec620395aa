package columnar

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	parquetfile "github.com/apache/arrow/go/v15/parquet/file"
	"github.com/apache/arrow/go/v15/parquet/pqarrow"

	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/goldform"
)

// ReadDocuments yields the documents of the finished run in the folder dir, in
// the order in which they were written, from its Arrow files, else from its
// Parquet files, else from its JSON Lines. A run without a manifest is not
// finished, and refused. The sequence ends with the first error, which names
// file and row. Memory is bounded by the size of a batch.
//
// From columns come back what columns hold: tokens, sentences and entities do
// not, nor quotes that were not uttered, nor of the quotes their marks (Open,
// Close, Style, Continues) and Score; a stance keeps no TargetSpan, and that
// of a quote no Evidence. Mentions come in text order. Layers made are those
// that were made when the document was written, less LayerTokens.
func ReadDocuments(dir string) iter.Seq2[*pipeline.Document, error] {
	return func(yield func(*pipeline.Document, error) bool) {
		m, err := ReadManifest(dir)
		if err != nil {
			yield(nil, err)
			return
		}
		if m.SchemaVersion != SchemaVersion {
			yield(nil, fmt.Errorf("columnar: %s has schema version %s; this program reads %s: run the extraction again", dir, m.SchemaVersion, SchemaVersion))
			return
		}
		var format Format
		switch {
		case slices.Contains(m.Formats, Arrow):
			format = Arrow
		case slices.Contains(m.Formats, Parquet):
			format = Parquet
		default:
			for _, s := range m.Shards {
				if s.Table == Articles && !readArticles(filepath.Join(dir, filepath.FromSlash(s.Path)), yield) {
					return
				}
			}
			return
		}
		// The shards of a table are listed in order, and every table has as many.
		files := make(map[Table][]Shard)
		for _, s := range m.Shards {
			if strings.HasSuffix(s.Path, "."+string(format)) {
				files[s.Table] = append(files[s.Table], s)
			}
		}
		for n, d := range files[Documents] {
			if n >= len(files[Quotes]) || n >= len(files[Claims]) || n >= len(files[Speakers]) {
				yield(nil, fmt.Errorf("columnar: %s: the manifest lists no other table for %s", dir, d.Path))
				return
			}
			if !readShard(dir, d, files[Quotes][n], files[Claims][n], files[Speakers][n], yield) {
				return
			}
		}
	}
}

// readArticles yields the documents of a file of JSON Lines and reports
// whether to go on.
func readArticles(path string, yield func(*pipeline.Document, error) bool) bool {
	for doc, err := range goldform.ReadPath(path) {
		if !yield(doc, err) || err != nil {
			return false
		}
	}
	return true
}

// readShard yields the documents of one shard, whose tables follow one order
// of documents, and reports whether to go on.
func readShard(dir string, documents, quotes, claims, speakers Shard, yield func(*pipeline.Document, error) bool) bool {
	q := newCursor(dir, quotes, quoteColumns(), func(r *quoteRow) string { return r.docID })
	defer q.stop()
	c := newCursor(dir, claims, claimColumns(), func(r *claimRow) string { return r.docID })
	defer c.stop()
	s := newCursor(dir, speakers, speakerColumns(), func(r *speakerRow) string { return r.docID })
	defer s.stop()
	n := 0
	for row, err := range readRows(dir, documents, documentColumns()) {
		if err != nil {
			yield(nil, err)
			return false
		}
		doc, err := rebuild(&row, q, c, s)
		if err != nil {
			yield(nil, fmt.Errorf("columnar: %s: row %d (doc_id %q): %w", documents.Path, n, row.docID, err))
			return false
		}
		if !yield(doc, nil) {
			return false
		}
		n++
	}
	if err := errors.Join(q.end(), c.end(), s.end()); err != nil {
		yield(nil, err)
		return false
	}
	return true
}

// readRows yields the rows of one file, and an error where they are not as
// many as the manifest says.
func readRows[R any](dir string, shard Shard, columns []column[R]) iter.Seq2[R, error] {
	return func(yield func(R, error) bool) {
		var zero R
		count := int64(0)
		for rec, err := range readRecords(filepath.Join(dir, filepath.FromSlash(shard.Path))) {
			if err != nil {
				yield(zero, fmt.Errorf("columnar: read %s: %w", shard.Path, err))
				return
			}
			at, err := locate(columns, rec.Schema())
			if err != nil {
				yield(zero, fmt.Errorf("columnar: read %s: %w: was it written by another version?", shard.Path, err))
				return
			}
			for i := range int(rec.NumRows()) {
				var row R
				for n, c := range columns {
					c.read(rec.Column(at[n]), i, &row)
				}
				if !yield(row, nil) {
					return
				}
			}
			count += rec.NumRows()
		}
		if count != shard.Rows {
			yield(zero, fmt.Errorf("columnar: read %s: %d rows, where the manifest says %d", shard.Path, count, shard.Rows))
		}
	}
}

// readRecords yields the record batches of a file. Each is valid until the
// next.
func readRecords(path string) iter.Seq2[arrow.Record, error] {
	return func(yield func(arrow.Record, error) bool) {
		f, err := os.Open(path)
		if err != nil {
			yield(nil, err)
			return
		}
		defer f.Close()
		if strings.HasSuffix(path, "."+string(Parquet)) {
			readParquet(f, yield)
		} else {
			readArrow(f, yield)
		}
	}
}

func readArrow(f *os.File, yield func(arrow.Record, error) bool) {
	var r *ipc.FileReader
	err := guard(func() (err error) {
		r, err = ipc.NewFileReader(f, ipc.WithAllocator(reading))
		return err
	})
	if err != nil {
		yield(nil, err)
		return
	}
	defer r.Close()
	for i := range r.NumRecords() {
		var rec arrow.Record
		err := guard(func() (err error) {
			if rec, err = r.Record(i); err == nil {
				err = sound(rec)
			}
			return err
		})
		if !yield(rec, err) || err != nil {
			return
		}
	}
}

// guard returns an error where f panics, as Arrow's readers do on broken files.
func guard(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the file is damaged: %v", r)
		}
	}()
	return f()
}

func readParquet(f *os.File, yield func(arrow.Record, error) bool) {
	var records pqarrow.RecordReader
	err := guard(func() error {
		p, err := parquetfile.NewParquetReader(f)
		if err != nil {
			return err
		}
		r, err := pqarrow.NewFileReader(p, pqarrow.ArrowReadProperties{BatchSize: 1024}, reading)
		if err != nil {
			return err
		}
		records, err = r.GetRecordReader(context.Background(), nil, nil)
		return err
	})
	if err != nil {
		yield(nil, err)
		return
	}
	defer records.Release()
	for {
		var more bool
		err := guard(func() error {
			more = records.Next()
			return records.Err()
		})
		if err != nil && !errors.Is(err, io.EOF) {
			yield(nil, err)
			return
		}
		if !more || !yield(records.Record(), nil) {
			return
		}
	}
}

// cursor walks the rows of a table that follow the order of documents.
type cursor[R any] struct {
	path  string
	next  func() (R, error, bool)
	stop  func()
	docID func(*R) string

	row  R // the next one, where have is true
	have bool
	n    int // of rows taken
	err  error
	rows []R
}

func newCursor[R any](dir string, shard Shard, columns []column[R], docID func(*R) string) *cursor[R] {
	c := &cursor[R]{path: shard.Path, docID: docID}
	c.next, c.stop = iter.Pull2(readRows(dir, shard, columns))
	c.advance()
	return c
}

func (c *cursor[R]) advance() {
	if c.err == nil {
		c.row, c.err, c.have = c.next()
	}
	c.have = c.have && c.err == nil
}

// take returns the rows of the document, which are valid until the next call.
func (c *cursor[R]) take(docID string) ([]R, error) {
	c.rows = c.rows[:0]
	for c.have && c.docID(&c.row) == docID {
		c.rows = append(c.rows, c.row)
		c.n++
		c.advance()
	}
	return c.rows, c.err
}

// end returns an error unless every row was taken.
func (c *cursor[R]) end() error {
	if c.err == nil && c.have {
		return fmt.Errorf("columnar: %s: row %d: doc_id %q is not in the table documents, or stands elsewhere in it", c.path, c.n, c.docID(&c.row))
	}
	return c.err
}

// rebuild makes a document of its rows.
func rebuild(row *documentRow, quotes *cursor[quoteRow], claims *cursor[claimRow], speakers *cursor[speakerRow]) (*pipeline.Document, error) {
	b := builder{doc: &pipeline.Document{
		ID: row.docID, Source: row.source, URL: row.url, Title: row.title, Byline: row.byline,
		Published: row.published, Text: row.text, DuplicateOf: row.duplicateOf,
	}}
	if row.fingerprint != "" {
		f, err := hex.DecodeString(row.fingerprint)
		if err != nil || copy(b.doc.Fingerprint[:], f) != len(f) || len(f) != len(b.doc.Fingerprint) {
			b.fail("fingerprint: %q is none", row.fingerprint)
		}
	}
	if row.language != undetermined {
		b.doc.Language = row.language
	}
	for _, name := range row.layers {
		l := parse(&b, "layers", name, pipeline.LayerBlocks, pipeline.LayerStances)
		if l != pipeline.LayerTokens {
			b.doc.Mark(l)
		}
	}
	s, err := speakers.take(row.docID)
	if err != nil {
		return nil, err
	}
	c, err := claims.take(row.docID)
	if err != nil {
		return nil, err
	}
	q, err := quotes.take(row.docID)
	if err != nil {
		return nil, err
	}
	for _, r := range row.blocks {
		b.doc.Blocks = append(b.doc.Blocks, pipeline.Block{
			Span: b.span(r.offsets), Kind: parse(&b, "blocks.kind", r.kind, pipeline.BlockBody, pipeline.BlockBoilerplate),
		})
	}
	b.speakers(s)
	b.claims(c)
	b.quotes(q)
	b.layers()
	return b.doc, b.err
}

// builder fills a document. The first value that does not fit is kept in err.
type builder struct {
	doc     *pipeline.Document
	speaker map[string]int // by speaker_id
	claim   map[string]int // by claim_id
	err     error
}

func (b *builder) speakers(rows []speakerRow) {
	b.speaker = make(map[string]int, len(rows))
	for i, r := range rows {
		b.speaker[r.speakerID] = i
		b.doc.Speakers = append(b.doc.Speakers, pipeline.Speaker{
			Name: r.name, Kind: parse(b, "speaker kind", r.kind, pipeline.SpeakerPerson, pipeline.SpeakerUnnamed),
			Description: r.description, Pronoun: r.pronoun,
		})
		for _, m := range r.mentions {
			b.doc.Mentions = append(b.doc.Mentions, pipeline.Mention{
				Span: b.span(m.offsets), Type: parse(b, "mention type", m.kind, pipeline.MentionName, pipeline.MentionPronoun), Speaker: i,
			})
		}
	}
	slices.SortStableFunc(b.doc.Mentions, compareMentions)
	for i, m := range b.doc.Mentions {
		s := &b.doc.Speakers[m.Speaker]
		s.Mentions = append(s.Mentions, i)
	}
}

func compareMentions(x, y pipeline.Mention) int {
	if x.Start != y.Start {
		return x.Start - y.Start
	}
	return x.End - y.End
}

func (b *builder) claims(rows []claimRow) {
	b.claim = make(map[string]int, len(rows))
	doc := b.doc
	for i, r := range rows {
		b.claim[r.claimID] = i
		doc.Attributions = append(doc.Attributions, pipeline.Attribution{
			Content: b.spans(r.content), Source: b.spans(r.source), Cue: b.spans(r.cue),
			Kind:    parse(b, "claim kind", r.kind, pipeline.Direct, pipeline.Indirect),
			Manner:  parse(b, "attribution", r.attribution, pipeline.MannerNone, pipeline.MannerDialogue),
			Negated: r.negated, Confidence: r.confidence,
		})
		doc.Resolution.OfAttribution = append(doc.Resolution.OfAttribution, b.speakerOf(r.voiceRow))
		stance := b.stance(r.stanceRow)
		stance.Evidence = b.spans(r.stanceEvidence)
		doc.Stances.OfAttribution = append(doc.Stances.OfAttribution, stance)
		doc.Stances.CueClasses = append(doc.Stances.CueClasses, parse(b, "cue_class", r.cueClass, pipeline.CueNone, pipeline.CueMental))
	}
}

func (b *builder) quotes(rows []quoteRow) {
	doc := b.doc
	for i, r := range rows {
		manner := parse(b, "attribution", r.attribution, pipeline.MannerNone, pipeline.MannerDialogue)
		doc.Quotes = append(doc.Quotes, pipeline.Quote{
			Span: b.span(r.offsets), Depth: int(r.depth), Continues: -1, Uttered: true,
			Kind: parse(b, "quote kind", r.kind, pipeline.Direct, pipeline.Mixed),
		})
		if r.claimID != "" {
			if c, ok := b.claim[r.claimID]; ok {
				doc.Attributions[c].Quotes = append(doc.Attributions[c].Quotes, i)
			} else {
				b.fail("quote %s: claim_id %q is not in the table claims", r.quoteID, r.claimID)
			}
		}
		mention := -1
		if r.mention != nil {
			if mention = b.mention(b.span(r.mention.offsets), b.speakerOf(r.voiceRow)); mention < 0 {
				b.fail("quote %s: its mention is none of the mentions in the table speakers", r.quoteID)
			}
		}
		res := &doc.Resolution
		res.OfQuote = append(res.OfQuote, b.speakerOf(r.voiceRow))
		res.QuoteMention = append(res.QuoteMention, mention)
		res.QuoteManner = append(res.QuoteManner, manner)
		res.QuoteScore = append(res.QuoteScore, r.confidence)
		doc.Stances.OfQuote = append(doc.Stances.OfQuote, b.stance(r.stanceRow))
	}
}

// layers takes back what rows say of layers that were not made.
func (b *builder) layers() {
	if !b.doc.Has(pipeline.LayerSpeakers) {
		b.doc.Resolution = pipeline.Resolution{}
	}
	if !b.doc.Has(pipeline.LayerStances) {
		b.doc.Stances = pipeline.Stances{}
	}
}

// mention returns the index of the mention at s, of the given speaker where
// several stand there, or -1.
func (b *builder) mention(s pipeline.Span, speaker int) int {
	mentions := b.doc.Mentions
	i, found := slices.BinarySearchFunc(mentions, pipeline.Mention{Span: s}, compareMentions)
	if !found {
		return -1
	}
	for k := i; k < len(mentions) && mentions[k].Span == s; k++ {
		if mentions[k].Speaker == speaker {
			return k
		}
	}
	return i
}

func (b *builder) speakerOf(v voiceRow) int {
	if v.speakerID == "" {
		return -1
	}
	i, ok := b.speaker[v.speakerID]
	if !ok {
		b.fail("speaker_id %q is not in the table speakers", v.speakerID)
		return -1
	}
	return i
}

func (b *builder) stance(r stanceRow) pipeline.Stance {
	s := pipeline.Stance{
		Position: parse(b, "stance", r.stance, pipeline.Neutral, pipeline.Oppose),
		Target:   r.stanceTarget, Confidence: r.stanceConfidence,
	}
	for _, t := range r.targets {
		to := pipeline.Toward{Target: t.name, Position: parse(b, "targets.stance", t.stance, pipeline.Neutral, pipeline.Oppose), Confidence: t.confidence}
		if t.mention != nil {
			to.Span = b.span(t.mention.offsets)
		}
		s.Toward = append(s.Toward, to)
	}
	return s
}

func (b *builder) spans(rows []span) []pipeline.Span {
	var list []pipeline.Span
	for _, r := range rows {
		list = append(list, b.span(r.offsets))
	}
	return list
}

func (b *builder) span(o offsets) pipeline.Span {
	text := b.doc.Text
	if n := int64(len(text)); o.startByte < 0 || o.startByte > o.endByte || o.endByte > n {
		b.fail("bytes [%d:%d) are no span of a text of %d bytes", o.startByte, o.endByte, n)
		return pipeline.Span{}
	}
	s := pipeline.Span{Start: int(o.startByte), End: int(o.endByte)}
	if !onBoundary(text, s.Start) || !onBoundary(text, s.End) {
		b.fail("bytes [%d:%d) cut a character in two", s.Start, s.End)
	}
	return s
}

func (b *builder) fail(format string, args ...any) {
	if b.err == nil {
		b.err = fmt.Errorf(format, args...)
	}
}

// parse returns the value from first to last whose name is name.
func parse[T interface {
	~uint8
	String() string
}](b *builder, column, name string, first, last T) T {
	for v := first; v <= last; v++ {
		if v.String() == name {
			return v
		}
	}
	b.fail("%s: %q is none of its values", column, name)
	return first
}
