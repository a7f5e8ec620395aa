package page

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/goldform"
)

const (
	// A chunk holds up to chunkArticles articles and ends with the one that brings
	// it to chunkBytes of JSON, whichever comes first.
	chunkArticles = 32
	chunkBytes    = 1 << 20
	// statementRunes is how much of a statement's words the index holds, for lists
	// and searching; the article holds all.
	statementRunes = 400
	// descriptions is how many descriptions of one speaker the index holds.
	descriptions = 8
)

// Book is the data of a page. It is immutable and safe for concurrent use.
type Book struct {
	title  string
	index  []byte   // gzip of the JSON of index
	chunks [][]byte // gzip of JSON arrays of articles in the form of package goldform
}

// Size is the number of bytes of a Book's data.
func (b *Book) Size() int {
	n := len(b.index)
	for _, c := range b.chunks {
		n += len(c)
	}
	return n
}

// Made says what made the documents of a Book, as the page tells.
type Made struct {
	Title   string    `json:"title"` // of the page: the run's folder
	Version string    `json:"version,omitempty"`
	Time    time.Time `json:"time,omitzero"`
	// Selected says by what the articles were chosen, "" where all of them were.
	Selected string `json:"selected,omitempty"`
	// Correct is the command with which what is shown can be corrected, "" where
	// there is none.
	Correct string `json:"correct,omitempty"`
}

// index is what the page knows of all articles before it has read one. Lists of
// one struct are as long as each other: columns. Numbers that refer to other
// lists are indices, -1 for none.
type index struct {
	Made     Made     `json:"made"`
	Total    int      `json:"total"`   // articles in the run, of which the first are here; -1 where there are more and nobody counted
	Failed   int      `json:"failed"`  // articles that could not be read
	Chunks   []int    `json:"chunks"`  // the first article of each chunk
	Kinds    []string `json:"kinds"`   // names that Statements.Kind refers to
	Stances  []string `json:"stances"` // names that Statements.Stance refers to
	Outlets  []string `json:"outlets"`
	Speakers []voice  `json:"speakers"` // over all articles: one of that name and kind
	Targets  []string `json:"targets"`

	Articles struct {
		ID        []string `json:"id"`
		Title     []string `json:"title"`
		Outlet    []int    `json:"outlet"`
		Published []string `json:"published"` // RFC 3339; "" where unknown
		Words     []int    `json:"words"`
		// First is the article's first statement, and one more entry, the number of
		// statements, ends the list.
		First []int `json:"first"`
	} `json:"articles"`

	// Statements are the claims, and the quotations that belong to none of the
	// same speaker, as
	// src/article.js has them: article by article, and in each in the order of its
	// text.
	Statements struct {
		Ref        []string  `json:"ref"`     // "c3": claim 3 of the article; "q5": quotation 5
		Kind       []int     `json:"kind"`    // of Kinds
		Speaker    []int     `json:"speaker"` // of Speakers
		Stance     []int     `json:"stance"`  // of Stances, -1 where not judged
		Target     []int     `json:"target"`  // of Targets
		Confidence []float64 `json:"confidence"`
		Text       []string  `json:"text"` // its first statementRunes
	} `json:"statements"`
}

type voice struct {
	Name         string   `json:"name"`
	Kind         string   `json:"kind"`
	Descriptions []string `json:"descriptions,omitempty"` // the articles' own, each once
}

// who is what one voice has in common over all articles.
type who struct{ name, kind string }

// Builder makes a Book of documents. It is used by one goroutine.
type Builder struct {
	ix       index
	ids      map[string]bool
	outlets  map[string]int
	speakers map[who]int
	targets  map[string]int
	found    []statement // of the document being added
	chunk    []json.RawMessage
	bytes    int // of chunk
	book     Book
}

// statement is a row of the index before it has its place.
type statement struct {
	ref        string
	kind       pipeline.Kind
	speaker    int // index into Document.Speakers, or -1
	stance     *pipeline.Stance
	confidence float32
	content    []pipeline.Span
}

// NewBuilder begins a Book.
func NewBuilder(m Made) *Builder {
	b := &Builder{ids: map[string]bool{}, outlets: map[string]int{}, speakers: map[who]int{}, targets: map[string]int{}}
	// A list of nothing is an empty list to the script, and not null.
	b.ix = index{Made: m, Chunks: []int{}, Outlets: []string{}, Speakers: []voice{}, Targets: []string{}}
	a, s := &b.ix.Articles, &b.ix.Statements
	a.ID, a.Title, a.Outlet, a.Published, a.Words, a.First = []string{}, []string{}, []int{}, []string{}, []int{}, []int{}
	s.Ref, s.Kind, s.Speaker, s.Stance, s.Target, s.Confidence, s.Text = []string{}, []int{}, []int{}, []int{}, []int{}, []float64{}, []string{}
	for _, k := range []pipeline.Kind{pipeline.Direct, pipeline.Mixed, pipeline.Indirect} {
		b.ix.Kinds = append(b.ix.Kinds, k.String())
	}
	for _, p := range []pipeline.Position{pipeline.Neutral, pipeline.Support, pipeline.Oppose} {
		b.ix.Stances = append(b.ix.Stances, p.String())
	}
	b.book.title = m.Title
	return b
}

// Len is the number of documents added.
func (b *Builder) Len() int { return len(b.ix.Articles.ID) }

// Add adds a document. It keeps nothing of it but copies. The page finds
// articles by their ids: one without an id gets its number, as "#3", and one
// with the id of another is refused.
func (b *Builder) Add(doc *pipeline.Document) error {
	if doc.ID == "" {
		numbered := *doc
		numbered.ID = "#" + strconv.Itoa(b.Len()+1)
		doc = &numbered
	}
	if b.ids[doc.ID] {
		return fmt.Errorf("%s: an earlier article has the id %q: give it another one", doc.Source, doc.ID)
	}
	form, err := goldform.Append(nil, doc)
	if err != nil {
		return err
	}
	a := &b.ix.Articles
	if len(b.chunk) == 0 {
		b.ix.Chunks = append(b.ix.Chunks, len(a.ID))
	}
	a.ID = append(a.ID, strings.Clone(doc.ID))
	b.ids[a.ID[b.Len()-1]] = true
	a.Title = append(a.Title, title(doc))
	a.Outlet = append(a.Outlet, number(b.outlets, &b.ix.Outlets, strings.Clone(doc.Outlet())))
	published := ""
	if !doc.Published.IsZero() {
		published = doc.Published.UTC().Format(time.RFC3339)
	}
	a.Published = append(a.Published, published)
	a.Words = append(a.Words, len(strings.Fields(doc.Text)))
	a.First = append(a.First, len(b.ix.Statements.Ref))
	b.find(doc)
	for _, s := range b.found {
		b.statement(doc, s)
	}

	b.chunk = append(b.chunk, form)
	b.bytes += len(form)
	if len(b.chunk) == chunkArticles || b.bytes >= chunkBytes {
		return b.endChunk()
	}
	return nil
}

// find puts the statements of a document into b.found, in the order of the
// text.
func (b *Builder) find(doc *pipeline.Document) {
	b.found = b.found[:0]
	claimOf := make([]int, len(doc.Quotes)) // 1 + index, 0 for none: what the JSON form calls the quote's claim
	resolved := doc.Has(pipeline.LayerSpeakers)
	for i, c := range doc.Attributions {
		s := statement{"c" + strconv.Itoa(i), c.Kind, -1, stanceAt(doc.Stances.OfAttribution, i), c.Confidence, c.Content}
		if resolved {
			s.speaker = doc.Resolution.OfAttribution[i]
		}
		for _, q := range c.Quotes {
			if claimOf[q] == 0 {
				claimOf[q] = i + 1
			}
		}
		b.found = append(b.found, s)
	}
	n := 0 // quotes in the JSON form: those that were uttered
	for i, q := range doc.Quotes {
		if !q.Uttered {
			continue
		}
		// Words of somebody else, quoted within what a speaker says, are theirs.
		own := claimOf[i] == 0
		if !own && resolved {
			of, by := doc.Resolution.OfAttribution[claimOf[i]-1], doc.Resolution.OfQuote[i]
			own = of >= 0 && by >= 0 && of != by
		}
		if own {
			s := statement{"q" + strconv.Itoa(n), q.Kind, -1, stanceAt(doc.Stances.OfQuote, i), 1, []pipeline.Span{q.Span}}
			if resolved {
				s.speaker = doc.Resolution.OfQuote[i]
				if doc.Resolution.QuoteScore != nil {
					s.confidence = doc.Resolution.QuoteScore[i]
				}
			}
			b.found = append(b.found, s)
		}
		n++
	}
	slices.SortStableFunc(b.found, func(x, y statement) int {
		return cmp.Or(x.content[0].Start-y.content[0].Start, y.content[len(y.content)-1].End-x.content[len(x.content)-1].End)
	})
}

func stanceAt(list []pipeline.Stance, i int) *pipeline.Stance {
	if i >= len(list) {
		return nil
	}
	return &list[i]
}

// statement adds a row to the index.
func (b *Builder) statement(doc *pipeline.Document, row statement) {
	s := &b.ix.Statements
	s.Ref = append(s.Ref, row.ref)
	s.Kind = append(s.Kind, int(row.kind))
	speaker := -1
	if row.speaker >= 0 {
		speaker = b.voice(doc.Speakers[row.speaker])
	}
	s.Speaker = append(s.Speaker, speaker)
	position, target := -1, -1
	if row.stance != nil {
		position = int(row.stance.Position)
		if row.stance.Target != "" {
			target = number(b.targets, &b.ix.Targets, strings.Clone(row.stance.Target))
		}
	}
	s.Stance = append(s.Stance, position)
	s.Target = append(s.Target, target)
	s.Confidence = append(s.Confidence, math.Round(float64(row.confidence)*1000)/1000)
	var text strings.Builder
	for i, c := range row.content {
		if i > 0 {
			text.WriteByte(' ')
		}
		part := c.In(doc.Text)
		text.WriteString(part[:min(len(part), utf8.UTFMax*statementRunes+utf8.UTFMax)])
		if text.Len() > utf8.UTFMax*statementRunes {
			break
		}
	}
	s.Text = append(s.Text, strings.Clone(cut(text.String(), statementRunes)))
}

// voice returns the index of a speaker among those of all articles.
func (b *Builder) voice(sp pipeline.Speaker) int {
	w := who{strings.Clone(sp.Name), sp.Kind.String()}
	n, ok := b.speakers[w]
	if !ok {
		n = len(b.ix.Speakers)
		b.speakers[w] = n
		b.ix.Speakers = append(b.ix.Speakers, voice{Name: w.name, Kind: w.kind})
	}
	v := &b.ix.Speakers[n]
	if sp.Description != "" && len(v.Descriptions) < descriptions && !slices.Contains(v.Descriptions, sp.Description) {
		v.Descriptions = append(v.Descriptions, strings.Clone(sp.Description))
	}
	return n
}

// number returns the index of v in list, at whose end it puts it where it is
// new.
func number[T comparable](known map[T]int, list *[]T, v T) int {
	n, ok := known[v]
	if !ok {
		n = len(*list)
		known[v] = n
		*list = append(*list, v)
	}
	return n
}

// cut returns the first n code points of s, with an ellipsis where there are
// more.
func cut(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i] + "…"
		}
		n--
	}
	return s
}

// title is the document's title, or its first line.
func title(doc *pipeline.Document) string {
	t := doc.Title
	if t == "" {
		t, _, _ = strings.Cut(strings.TrimSpace(doc.Text), "\n")
	}
	return strings.Clone(cut(strings.TrimSpace(t), 200))
}

func (b *Builder) endChunk() error {
	c, err := compress(b.chunk)
	if err != nil {
		return err
	}
	b.book.chunks = append(b.book.chunks, c)
	b.chunk, b.bytes = b.chunk[:0], 0
	return nil
}

// Book ends the Book. total is the number of articles that the run holds, which
// is more than were added where the page shows the first of them, or -1 where
// there are more and nobody counted them; failed the number of those that could
// not be read.
func (b *Builder) Book(total, failed int) (*Book, error) {
	if total >= 0 && total < b.Len() {
		return nil, fmt.Errorf("page: %d articles were added, of %d", b.Len(), total)
	}
	if len(b.chunk) > 0 {
		if err := b.endChunk(); err != nil {
			return nil, err
		}
	}
	b.ix.Total, b.ix.Failed = total, failed
	b.ix.Articles.First = append(b.ix.Articles.First, len(b.ix.Statements.Ref))
	var err error
	if b.book.index, err = compress(&b.ix); err != nil {
		return nil, err
	}
	return &b.book, nil
}
