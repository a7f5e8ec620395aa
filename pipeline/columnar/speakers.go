package columnar

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"

	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/people"
)

// ReadSpeakers yields, of each document of the finished run in the folder dir,
// what package people needs of it, in the order in which the documents were
// written: from Arrow files, else from Parquet files, else from JSON Lines. As
// many shards as there are workers are read at once, GOMAXPROCS when 0. The
// sequence ends with the first error, which names file and row. Memory is
// bounded by some batches a worker.
func ReadSpeakers(ctx context.Context, dir string, workers int) iter.Seq2[*people.Document, error] {
	return func(yield func(*people.Document, error) bool) {
		if workers <= 0 {
			workers = runtime.GOMAXPROCS(0)
		}
		m, err := ReadManifest(dir)
		if err == nil && m.SchemaVersion != SchemaVersion {
			err = fmt.Errorf("columnar: %s has schema version %s; this program reads %s: run the extraction again", dir, m.SchemaVersion, SchemaVersion)
		}
		if err != nil {
			yield(nil, err)
			return
		}
		format := Format("")
		for _, f := range []Format{Arrow, Parquet} {
			if format == "" && slices.Contains(m.Formats, f) {
				format = f
			}
		}
		if format == "" {
			for doc, err := range ReadDocuments(dir) {
				if err == nil {
					err = ctx.Err()
				}
				if err != nil {
					yield(nil, err)
					return
				}
				if !yield(speakersOf(doc), nil) {
					return
				}
			}
			return
		}
		files := make(map[Table][]Shard)
		for _, s := range m.Shards {
			if formatOf(s) == format {
				files[s.Table] = append(files[s.Table], s)
			}
		}
		shards := len(files[Documents])
		for _, t := range []Table{Quotes, Claims, Speakers} {
			if len(files[t]) != shards {
				yield(nil, fmt.Errorf("columnar: %s: the manifest lists %d files of the table %s and %d of %s", dir, len(files[t]), t, shards, Documents))
				return
			}
		}
		ctx, cancel := context.WithCancel(ctx)
		var wg sync.WaitGroup
		defer wg.Wait()
		defer cancel()
		// Each shard has a worker, and the workers' shards are those next in turn.
		type batch struct {
			docs []*people.Document
			err  error
		}
		results := make([]chan batch, shards)
		start := func(n int) {
			if n >= shards {
				return
			}
			results[n] = make(chan batch, 2)
			wg.Go(func() {
				defer close(results[n])
				send := func(b batch) bool {
					select {
					case results[n] <- b:
						return true
					case <-ctx.Done():
						return false
					}
				}
				var docs []*people.Document
				for d, err := range readSpeakersShard(dir, files[Documents][n], files[Quotes][n], files[Claims][n], files[Speakers][n]) {
					if err != nil {
						send(batch{docs, err})
						return
					}
					if docs = append(docs, d); len(docs) == 512 {
						if !send(batch{docs, nil}) {
							return
						}
						docs = nil
					}
				}
				send(batch{docs, nil})
			})
		}
		for n := range min(workers, shards) {
			start(n)
		}
		for n := range shards {
			for b := range results[n] {
				for _, d := range b.docs {
					if !yield(d, nil) {
						return
					}
				}
				if b.err != nil {
					yield(nil, b.err)
					return
				}
			}
			if err := ctx.Err(); err != nil {
				yield(nil, err)
				return
			}
			start(n + workers)
		}
	}
}

// nameRow is a row of speakers as people need it.
type nameRow struct {
	speakerRow
	names []string
}

// nameColumns are the columns of speakers that people need. Of mentions the
// names are read, of organizations only, which have abbreviations.
func nameColumns() []column[nameRow] {
	var list []column[nameRow]
	for _, c := range speakerColumns() {
		n := column[nameRow]{field: c.field, read: func(a arrow.Array, i int, r *nameRow) { c.read(a, i, &r.speakerRow) }}
		if c.field.Name == "mentions" {
			n.read = readNames
		}
		list = append(list, n)
	}
	return list
}

func readNames(a arrow.Array, i int, r *nameRow) {
	if r.kind != pipeline.SpeakerOrganization.String() {
		return
	}
	l := a.(*array.List)
	values := l.ListValues().(*array.Struct)
	at := func(name string) *array.String {
		n, _ := values.DataType().(*arrow.StructType).FieldIdx(name)
		return values.Field(n).(*array.String)
	}
	texts, types := at("text"), at("type")
	for from, to := l.ValueOffsets(i); from < to; from++ {
		if text := texts.Value(int(from)); types.Value(int(from)) == pipeline.MentionName.String() && text != r.name && !slices.Contains(r.names, text) {
			r.names = append(r.names, strings.Clone(text))
		}
	}
}

// some are the columns of these names.
func some[R any](columns []column[R], names ...string) []column[R] {
	return slices.DeleteFunc(columns, func(c column[R]) bool { return !slices.Contains(names, c.field.Name) })
}

func readSpeakersShard(dir string, documents, quotes, claims, speakers Shard) iter.Seq2[*people.Document, error] {
	return func(yield func(*people.Document, error) bool) {
		q := newCursor(dir, quotes, some(quoteColumns(), "doc_id", "claim_id", "speaker_id", "stance"), func(r *quoteRow) string { return r.docID })
		defer q.stop()
		c := newCursor(dir, claims, some(claimColumns(), "doc_id", "speaker_id", "stance"), func(r *claimRow) string { return r.docID })
		defer c.stop()
		s := newCursor(dir, speakers, nameColumns(), func(r *nameRow) string { return r.docID })
		defer s.stop()
		n := 0
		for row, err := range readRows(dir, documents, some(documentColumns(), "doc_id", "url", "published")) {
			if err != nil {
				yield(nil, err)
				return
			}
			d, err := speakersDocument(&row, q, c, s)
			if err != nil {
				yield(nil, fmt.Errorf("columnar: %s: row %d (doc_id %q): %w", documents.Path, n, row.docID, err))
				return
			}
			if !yield(d, nil) {
				return
			}
			n++
		}
		if err := errors.Join(q.end(), c.end(), s.end()); err != nil {
			yield(nil, err)
		}
	}
}

func speakersDocument(row *documentRow, quotes *cursor[quoteRow], claims *cursor[claimRow], speakers *cursor[nameRow]) (*people.Document, error) {
	names, err := speakers.take(row.docID)
	if err != nil {
		return nil, err
	}
	d := &people.Document{
		ID: row.docID, Outlet: (&pipeline.Document{URL: row.url}).Outlet(), Published: row.published,
		Speakers: make([]people.Speaker, len(names)),
	}
	for i := range names {
		r := &names[i]
		kind, ok := pipeline.ParseSpeakerKind(r.kind)
		if !ok {
			return nil, fmt.Errorf("speaker %s: kind: %q is none", r.speakerID, r.kind)
		}
		d.Speakers[i] = people.Speaker{
			ID: r.speakerID, Name: r.name, Kind: kind, Description: r.description, Pronoun: r.pronoun, Names: r.names,
			Quotes: int(r.nQuotes), Claims: int(r.nClaims),
		}
	}
	said := func(id, stance string) error {
		if id == "" {
			return nil
		}
		i, err := strconv.Atoi(id[strings.LastIndex(id, "#s")+len("#s"):])
		p, ok := pipeline.ParsePosition(stance)
		if err != nil || i < 0 || i >= len(d.Speakers) || d.Speakers[i].ID != id || !ok {
			return fmt.Errorf("stance %q of the speaker %q: there is no such stance, or no such speaker of the document", stance, id)
		}
		d.Speakers[i].Stances[p]++
		return nil
	}
	cs, err := claims.take(row.docID)
	if err != nil {
		return nil, err
	}
	for i := range cs {
		if err := said(cs[i].speakerID, cs[i].stance); err != nil {
			return nil, err
		}
	}
	qs, err := quotes.take(row.docID)
	if err != nil {
		return nil, err
	}
	for i := range qs {
		if qs[i].claimID != "" {
			continue // its claim is counted
		}
		if err := said(qs[i].speakerID, qs[i].stance); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// speakersOf is what people need of a document. The ids of its speakers are
// those that columns have.
func speakersOf(doc *pipeline.Document) *people.Document {
	d := &people.Document{ID: doc.ID, Outlet: doc.Outlet(), Published: doc.Published, Speakers: make([]people.Speaker, len(doc.Speakers))}
	for i := range doc.Speakers {
		s := &doc.Speakers[i]
		p := people.Speaker{ID: fmt.Sprintf("%s#s%d", doc.ID, i), Name: s.Name, Kind: s.Kind, Description: s.Description, Pronoun: s.Pronoun}
		if s.Kind == pipeline.SpeakerOrganization {
			for _, m := range s.Mentions {
				text := doc.Mentions[m].In(doc.Text)
				if doc.Mentions[m].Type == pipeline.MentionName && text != s.Name && !slices.Contains(p.Names, text) {
					p.Names = append(p.Names, text)
				}
			}
		}
		d.Speakers[i] = p
	}
	claimed := make([]bool, len(doc.Quotes))
	for i, s := range doc.Resolution.OfAttribution {
		for _, q := range doc.Attributions[i].Quotes {
			claimed[q] = true
		}
		if s >= 0 {
			d.Speakers[s].Claims++
			if i < len(doc.Stances.OfAttribution) {
				d.Speakers[s].Stances[doc.Stances.OfAttribution[i].Position]++
			} else {
				d.Speakers[s].Stances[pipeline.Neutral]++
			}
		}
	}
	for i, s := range doc.Resolution.OfQuote {
		if s >= 0 {
			d.Speakers[s].Quotes++
			if !claimed[i] {
				p := pipeline.Neutral
				if i < len(doc.Stances.OfQuote) {
					p = doc.Stances.OfQuote[i].Position
				}
				d.Speakers[s].Stances[p]++
			}
		}
	}
	return d
}
