package page

import (
	"encoding/json"
	"fmt"
	"math"
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
	// statementRunes is how much of a statement's words the index holds, for lists
	// and searching; the article holds all.
	statementRunes = 400
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
}

// index is what the page knows of all articles before it has read one. Lists of
// one struct are as long as each other: columns. Numbers that refer to other
// lists are indices, -1 for none.
type index struct {
	Made     Made     `json:"made"`
	Total    int      `json:"total"` // articles in the run, of which the first are here
	Chunk    int      `json:"chunk"` // articles in every chunk but the last
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

	// Statements are the claims, and the quotations that belong to none, as
	// src/article.js has them, article by article, claims before quotations.
	Statements struct {
		Ref        []string  `json:"ref"`     // "c3": claim 3 of the article; "q5": quotation 5
		Kind       []int     `json:"kind"`    // of kinds
		Speaker    []int     `json:"speaker"` // of Speakers
		Stance     []int     `json:"stance"`  // of stances, -1 where not judged
		Target     []int     `json:"target"`  // of Targets
		Confidence []float64 `json:"confidence"`
		Text       []string  `json:"text"` // its first statementRunes
	} `json:"statements"`
}

type voice struct {
	Name string `json:"name"`
	Kind string `json:"kind"`
}

// Builder makes a Book of documents. It is used by one goroutine.
type Builder struct {
	ix       index
	outlets  map[string]int
	speakers map[voice]int
	targets  map[string]int
	chunk    []json.RawMessage
	book     Book
}

// NewBuilder begins a Book.
func NewBuilder(m Made) *Builder {
	b := &Builder{outlets: map[string]int{}, speakers: map[voice]int{}, targets: map[string]int{}}
	b.ix.Made = m
	b.ix.Chunk = chunkArticles
	b.book.title = m.Title
	return b
}

// Len is the number of documents added.
func (b *Builder) Len() int { return len(b.ix.Articles.ID) }

// Add adds a document. It keeps nothing of it but copies.
func (b *Builder) Add(doc *pipeline.Document) error {
	form, err := goldform.Append(nil, doc)
	if err != nil {
		return err
	}
	a, s := &b.ix.Articles, &b.ix.Statements
	a.ID = append(a.ID, doc.ID)
	a.Title = append(a.Title, title(doc))
	a.Outlet = append(a.Outlet, number(b.outlets, &b.ix.Outlets, doc.Outlet()))
	published := ""
	if !doc.Published.IsZero() {
		published = doc.Published.UTC().Format(time.RFC3339)
	}
	a.Published = append(a.Published, published)
	a.Words = append(a.Words, len(strings.Fields(doc.Text)))
	a.First = append(a.First, len(s.Ref))

	claimed := make([]bool, len(doc.Quotes))
	for i, c := range doc.Attributions {
		for _, q := range c.Quotes {
			claimed[q] = true
		}
		speaker := -1
		if doc.Has(pipeline.LayerSpeakers) {
			speaker = doc.Resolution.OfAttribution[i]
		}
		b.statement(doc, "c"+strconv.Itoa(i), c.Kind, speaker, stanceAt(doc.Stances.OfAttribution, i), c.Confidence, c.Content)
	}
	n := 0 // quotes in the JSON form: those that were uttered
	for i, q := range doc.Quotes {
		if !q.Uttered {
			continue
		}
		if !claimed[i] {
			speaker, confidence := -1, float32(1)
			if doc.Has(pipeline.LayerSpeakers) {
				speaker = doc.Resolution.OfQuote[i]
				if doc.Resolution.QuoteScore != nil {
					confidence = doc.Resolution.QuoteScore[i]
				}
			}
			b.statement(doc, "q"+strconv.Itoa(n), q.Kind, speaker, stanceAt(doc.Stances.OfQuote, i), confidence, []pipeline.Span{q.Span})
		}
		n++
	}
	b.chunk = append(b.chunk, form)
	if len(b.chunk) == chunkArticles {
		return b.endChunk()
	}
	return nil
}

func stanceAt(list []pipeline.Stance, i int) *pipeline.Stance {
	if i >= len(list) {
		return nil
	}
	return &list[i]
}

func (b *Builder) statement(doc *pipeline.Document, ref string, kind pipeline.Kind, speaker int, stance *pipeline.Stance, confidence float32, content []pipeline.Span) {
	s := &b.ix.Statements
	s.Ref = append(s.Ref, ref)
	s.Kind = append(s.Kind, int(kind))
	who := -1
	if speaker >= 0 {
		sp := doc.Speakers[speaker]
		who = number(b.speakers, &b.ix.Speakers, voice{strings.Clone(sp.Name), sp.Kind.String()})
	}
	s.Speaker = append(s.Speaker, who)
	position, target := -1, -1
	if stance != nil {
		position = int(stance.Position)
		if stance.Target != "" {
			target = number(b.targets, &b.ix.Targets, strings.Clone(stance.Target))
		}
	}
	s.Stance = append(s.Stance, position)
	s.Target = append(s.Target, target)
	s.Confidence = append(s.Confidence, math.Round(float64(confidence)*1000)/1000)
	var text strings.Builder
	for i, c := range content {
		if i > 0 {
			text.WriteByte(' ')
		}
		text.WriteString(c.In(doc.Text))
		if text.Len() > utf8.UTFMax*statementRunes {
			break
		}
	}
	s.Text = append(s.Text, strings.Clone(cut(text.String(), statementRunes)))
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
	b.chunk = b.chunk[:0]
	return nil
}

// Book ends the Book. total is the number of articles that the run holds, which
// is more than were added where the page shows the first of them.
func (b *Builder) Book(total int) (*Book, error) {
	if total < b.Len() {
		return nil, fmt.Errorf("page: %d articles were added, of %d", b.Len(), total)
	}
	if len(b.chunk) > 0 {
		if err := b.endChunk(); err != nil {
			return nil, err
		}
	}
	b.ix.Total = total
	b.ix.Articles.First = append(b.ix.Articles.First, len(b.ix.Statements.Ref))
	var err error
	if b.book.index, err = compress(&b.ix); err != nil {
		return nil, err
	}
	return &b.book, nil
}
