package columnar

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/onrecord-nlp/onrecord/pipeline"
)

// Context is the number of code points of text in each of the columns before
// and after.
const Context = 120

// maxText bounds the text of one document: Arrow's string columns count the
// bytes of a batch in 31 bits.
const maxText = 1 << 29

// undetermined is BCP 47's tag for a language that is not known.
const undetermined = "und"

// The structs below are the rows of the tables, one field a column. Columns
// and Go fields meet in schema.go. An empty string in a nullable column is
// null.

// offsets is a half-open span in both units.
type offsets struct {
	startByte, endByte int64
	startChar, endChar int64
}

// span is offsets and the words there.
type span struct {
	offsets
	text string
}

type blockRow struct {
	kind string
	offsets
}

type mentionRow struct {
	span
	kind string
}

type documentRow struct {
	docID       string
	source      string
	url         string
	title       string
	byline      string
	published   time.Time
	language    string
	text        string
	blocks      []blockRow
	nWords      int32
	nQuotes     int32
	nClaims     int32
	sha256      string
	fingerprint string
	duplicateOf string
	layers      []string
}

type voiceRow struct {
	speakerID   string
	speaker     string
	speakerKind string
}

type stanceRow struct {
	stance           string
	stanceTarget     string
	stanceConfidence float32
	targets          []targetRow
}

type targetRow struct {
	name       string
	stance     string
	confidence float32
	mention    *span
}

type claimRow struct {
	claimID  string
	docID    string
	ordinal  int32
	kind     string
	text     string
	content  []span
	source   []span
	cue      []span
	cueClass string
	voiceRow
	stanceRow
	stanceEvidence []span
	negated        bool
	attribution    string
	confidence     float32
}

type quoteRow struct {
	quoteID string
	docID   string
	claimID string
	ordinal int32
	kind    string
	span
	depth    int32
	mention  *span
	cue      *span
	cueClass string
	voiceRow
	stanceRow
	attributed  bool
	attribution string
	confidence  float32
	before      string
	after       string
}

type speakerRow struct {
	speakerID   string
	docID       string
	name        string
	kind        string
	description string
	pronoun     string
	mentions    []mentionRow
	nQuotes     int32
	nClaims     int32
}

// rows holds the rows of one document in every table but failures. Its memory
// is used again by the next call of make, so rows are valid until then.
type rows struct {
	document documentRow
	quotes   []quoteRow
	claims   []claimRow
	speakers []speakerRow

	chars    charIndex
	blocks   []blockRow
	spans    []span
	mentions []mentionRow
	targets  []targetRow
	layers   []string
	claimOf  []int    // by quote: its claim, or -1
	width    []int    // by quote: the length of that claim's content
	quoteAt  []int    // quotes that make a row, in reading order
	claimAt  []int    // claims in reading order
	ordinal  []int    // by claim: its place in claimAt
	ids      []string // of all speakers, claims and quotes
	claimIDs []string // their part of ids
	quoteIDs []string
	id       []byte
	idEnds   []int
	hash     hash.Hash
	err      error
}

// make fills r with the rows of doc. It depends on nothing but doc. An error
// says that doc breaks the contract of its layers (a span out of the text, an
// index that points nowhere); r then holds nothing of use.
func (r *rows) make(doc *pipeline.Document) error {
	if err := check(doc); err != nil {
		return err
	}
	r.err = nil
	r.chars.reset(doc.Text)
	r.blocks, r.spans, r.mentions, r.targets, r.layers = r.blocks[:0], r.spans[:0], r.mentions[:0], r.targets[:0], r.layers[:0]
	r.order(doc)
	r.makeIDs(doc)
	r.makeSpeakers(doc)
	r.makeClaims(doc)
	r.makeQuotes(doc)
	r.makeDocument(doc)
	return r.err
}

// check tests what the other functions rely on, spans apart.
func check(doc *pipeline.Document) error {
	switch {
	case doc.ID == "":
		return errors.New("the document has no id")
	case len(doc.Text) > maxText:
		return fmt.Errorf("the text has %d bytes, more than the %d that a column can hold: split the document", len(doc.Text), maxText)
	case !utf8.ValidString(doc.Text):
		return errors.New("the text is not valid UTF-8: decode it before the pipeline")
	}
	for i, a := range doc.Attributions {
		if len(a.Content) == 0 {
			return fmt.Errorf("attribution %d has no content", i)
		}
		for _, q := range a.Quotes {
			if q < 0 || q >= len(doc.Quotes) {
				return fmt.Errorf("attribution %d refers to quote %d of %d", i, q, len(doc.Quotes))
			}
		}
	}
	for i, m := range doc.Mentions {
		if m.Speaker < 0 || m.Speaker >= len(doc.Speakers) {
			return fmt.Errorf("mention %d refers to speaker %d of %d", i, m.Speaker, len(doc.Speakers))
		}
	}
	for i, s := range doc.Speakers {
		for _, m := range s.Mentions {
			if m < 0 || m >= len(doc.Mentions) {
				return fmt.Errorf("speaker %d refers to mention %d of %d", i, m, len(doc.Mentions))
			}
		}
	}
	if doc.Has(pipeline.LayerSpeakers) {
		r := doc.Resolution
		if err := errors.Join(
			oneEach("Resolution.OfAttribution", len(r.OfAttribution), "attribution", len(doc.Attributions)),
			oneEach("Resolution.OfQuote", len(r.OfQuote), "quote", len(doc.Quotes)),
			oneEach("Resolution.QuoteMention", len(r.QuoteMention), "quote", len(doc.Quotes)),
			oneEach("Resolution.QuoteManner", len(r.QuoteManner), "quote", len(doc.Quotes)),
			oneEach("Resolution.QuoteScore", len(r.QuoteScore), "quote", len(doc.Quotes)),
			inRange("Resolution.OfAttribution", r.OfAttribution, len(doc.Speakers)),
			inRange("Resolution.OfQuote", r.OfQuote, len(doc.Speakers)),
			inRange("Resolution.QuoteMention", r.QuoteMention, len(doc.Mentions)),
		); err != nil {
			return err
		}
	}
	if doc.Has(pipeline.LayerStances) {
		s := doc.Stances
		return errors.Join(
			oneEach("Stances.OfAttribution", len(s.OfAttribution), "attribution", len(doc.Attributions)),
			oneEach("Stances.OfQuote", len(s.OfQuote), "quote", len(doc.Quotes)),
			oneEach("Stances.CueClasses", len(s.CueClasses), "attribution", len(doc.Attributions)),
		)
	}
	return nil
}

func oneEach(field string, got int, of string, want int) error {
	if got != want {
		return fmt.Errorf("%s has %d entries, not one for each %s (%d)", field, got, of, want)
	}
	return nil
}

func inRange(field string, indices []int, n int) error {
	for i, x := range indices {
		if x < -1 || x >= n {
			return fmt.Errorf("%s[%d] is %d, of %d", field, i, x, n)
		}
	}
	return nil
}

// order finds the reading order of quotes and claims, and each quote's claim.
func (r *rows) order(doc *pipeline.Document) {
	r.quoteAt = r.quoteAt[:0]
	r.claimOf, r.width = r.claimOf[:0], r.width[:0]
	for i, q := range doc.Quotes {
		if q.Uttered {
			r.quoteAt = append(r.quoteAt, i)
		}
		r.claimOf, r.width = append(r.claimOf, -1), append(r.width, 0)
	}
	slices.SortStableFunc(r.quoteAt, func(a, b int) int {
		x, y := doc.Quotes[a], doc.Quotes[b]
		return cmp.Or(cmp.Compare(x.Start, y.Start), cmp.Compare(y.End, x.End))
	})
	r.claimAt = r.claimAt[:0]
	for i, a := range doc.Attributions {
		r.claimAt = append(r.claimAt, i)
		// Of claims within claims, the narrowest that holds the quote is its own.
		width := 0
		for _, s := range a.Content {
			width += s.Len()
		}
		for _, q := range a.Quotes {
			if r.claimOf[q] < 0 || width < r.width[q] {
				r.claimOf[q], r.width[q] = i, width
			}
		}
	}
	slices.SortStableFunc(r.claimAt, func(a, b int) int {
		x, y := doc.Attributions[a].Content, doc.Attributions[b].Content
		return cmp.Or(cmp.Compare(x[0].Start, y[0].Start), cmp.Compare(y[len(y)-1].End, x[len(x)-1].End))
	})
	r.ordinal = slices.Grow(r.ordinal[:0], len(r.claimAt))[:len(r.claimAt)]
	for i, a := range r.claimAt {
		r.ordinal[a] = i
	}
}

func (r *rows) makeDocument(doc *pipeline.Document) {
	start := len(r.blocks)
	for i, b := range doc.Blocks {
		r.blocks = append(r.blocks, blockRow{b.Kind.String(), r.offsets(b.Span, "block", i)})
	}
	for l := pipeline.LayerBlocks; l <= pipeline.LayerStances; l++ {
		if doc.Has(l) {
			r.layers = append(r.layers, l.String())
		}
	}
	r.document = documentRow{
		docID:       valid(doc.ID),
		source:      valid(doc.Source),
		url:         valid(doc.URL),
		title:       valid(doc.Title),
		byline:      valid(doc.Byline),
		published:   doc.Published,
		language:    cmp.Or(valid(doc.Language), undetermined),
		text:        doc.Text,
		blocks:      r.blocks[start:],
		nWords:      int32(countWords(doc.Text)),
		nQuotes:     int32(len(r.quotes)),
		nClaims:     int32(len(r.claims)),
		sha256:      r.sum(doc.Text),
		duplicateOf: valid(doc.DuplicateOf),
		layers:      r.layers,
	}
	if doc.Fingerprint != [32]byte{} {
		r.document.fingerprint = hex.EncodeToString(doc.Fingerprint[:])
	}
}

// makeSpeakers comes before claims and quotes, which copy its names.
func (r *rows) makeSpeakers(doc *pipeline.Document) {
	r.speakers = r.speakers[:0]
	for i, s := range doc.Speakers {
		start := len(r.mentions)
		for _, m := range s.Mentions {
			r.mentions = append(r.mentions, mentionRow{
				r.span(doc.Text, doc.Mentions[m].Span, "mention", m), doc.Mentions[m].Type.String(),
			})
		}
		r.speakers = append(r.speakers, speakerRow{
			speakerID:   r.ids[i],
			docID:       valid(doc.ID),
			name:        valid(s.Name),
			kind:        s.Kind.String(),
			description: valid(s.Description),
			pronoun:     valid(s.Pronoun),
			mentions:    r.mentions[start:],
		})
	}
}

func (r *rows) makeClaims(doc *pipeline.Document) {
	r.claims = r.claims[:0]
	for ordinal, i := range r.claimAt {
		a := doc.Attributions[i]
		row := claimRow{
			claimID:     r.claimIDs[ordinal],
			docID:       valid(doc.ID),
			ordinal:     int32(ordinal),
			kind:        a.Kind.String(),
			content:     r.spanList(doc.Text, a.Content, "content of attribution", i),
			source:      r.spanList(doc.Text, a.Source, "source of attribution", i),
			cue:         r.spanList(doc.Text, a.Cue, "cue of attribution", i),
			stanceRow:   stanceRow{stance: pipeline.Neutral.String()},
			negated:     a.Negated,
			attribution: a.Manner.String(),
			confidence:  a.Confidence,
		}
		row.text = joined(row.content)
		if doc.Has(pipeline.LayerSpeakers) {
			if s := doc.Resolution.OfAttribution[i]; s >= 0 {
				row.voiceRow = r.voice(s)
				r.speakers[s].nClaims++
			}
		}
		if doc.Has(pipeline.LayerStances) {
			stance := doc.Stances.OfAttribution[i]
			row.cueClass = doc.Stances.CueClasses[i].String()
			row.stanceRow = r.stance(doc.Text, &stance, "target of attribution", i)
			row.stanceEvidence = r.spanList(doc.Text, stance.Evidence, "evidence of attribution", i)
		}
		r.claims = append(r.claims, row)
	}
}

func (r *rows) makeQuotes(doc *pipeline.Document) {
	r.quotes = r.quotes[:0]
	for ordinal, i := range r.quoteAt {
		q := doc.Quotes[i]
		row := quoteRow{
			quoteID:     r.quoteIDs[ordinal],
			docID:       valid(doc.ID),
			ordinal:     int32(ordinal),
			kind:        q.Kind.String(),
			span:        r.span(doc.Text, q.Span, "quote", i),
			depth:       int32(q.Depth),
			stanceRow:   stanceRow{stance: pipeline.Neutral.String()},
			attribution: pipeline.MannerNone.String(),
			confidence:  q.Score,
		}
		if r.err != nil {
			return
		}
		row.before = lastChars(doc.Text[:q.Start], Context)
		row.after = firstChars(doc.Text[q.End:], Context)
		if c := r.claimOf[i]; c >= 0 {
			a := doc.Attributions[c]
			claim := &r.claims[r.ordinal[c]]
			row.claimID = claim.claimID
			row.cueClass = claim.cueClass
			row.attributed = len(a.Source) > 0
			row.attribution = a.Manner.String()
		}
		if doc.Has(pipeline.LayerSpeakers) {
			if s := doc.Resolution.OfQuote[i]; s >= 0 {
				row.attributed = true
				row.voiceRow = r.voice(s)
				r.speakers[s].nQuotes++
			}
			if m := doc.Resolution.QuoteMention[i]; m >= 0 {
				r.spans = append(r.spans, r.span(doc.Text, doc.Mentions[m].Span, "mention", m))
				row.mention = &r.spans[len(r.spans)-1]
			}
			row.attribution = doc.Resolution.QuoteManner[i].String()
			row.confidence = doc.Resolution.QuoteScore[i]
		}
		// A quote that carries on, or that only context attributes, has no cue of
		// its own, whatever claim it belongs to.
		if c := r.claimOf[i]; c >= 0 && row.attribution == pipeline.MannerCue.String() {
			if n := nearest(doc.Attributions[c].Cue, q.Span); n >= 0 {
				row.cue = &r.claims[r.ordinal[c]].cue[n]
			}
		}
		if doc.Has(pipeline.LayerStances) {
			row.stanceRow = r.stance(doc.Text, &doc.Stances.OfQuote[i], "target of quote", i)
		}
		r.quotes = append(r.quotes, row)
	}
}

// makeIDs makes the ids of the document's speakers, claims and quotes, in one
// piece of memory. A document's id comes before the last "#", so that ids are
// unique wherever documents' ids are.
func (r *rows) makeIDs(doc *pipeline.Document) {
	id := valid(doc.ID)
	r.id, r.idEnds = r.id[:0], r.idEnds[:0]
	add := func(kind byte, n int) {
		for i := range n {
			r.id = append(append(r.id, id...), '#', kind)
			r.id = strconv.AppendInt(r.id, int64(i), 10)
			r.idEnds = append(r.idEnds, len(r.id))
		}
	}
	add('s', len(doc.Speakers))
	add('c', len(r.claimAt))
	add('q', len(r.quoteAt))
	all := string(r.id)
	r.ids = r.ids[:0]
	start := 0
	for _, end := range r.idEnds {
		r.ids = append(r.ids, all[start:end])
		start = end
	}
	r.claimIDs = r.ids[len(doc.Speakers):]
	r.quoteIDs = r.claimIDs[len(r.claimAt):]
}

// sum returns the hash of a text in hexadecimal. It passes the text on in
// pieces, lest it be copied whole.
func (r *rows) sum(text string) string {
	if r.hash == nil {
		r.hash = sha256.New()
	}
	r.hash.Reset()
	var piece [4096]byte
	for text != "" {
		n := copy(piece[:], text)
		r.hash.Write(piece[:n])
		text = text[n:]
	}
	return hex.EncodeToString(r.hash.Sum(piece[:0]))
}

func (r *rows) voice(speaker int) voiceRow {
	s := &r.speakers[speaker]
	return voiceRow{s.speakerID, s.name, s.kind}
}

func (r *rows) stance(text string, s *pipeline.Stance, what string, i int) stanceRow {
	start := len(r.targets)
	for _, t := range s.Toward {
		row := targetRow{name: valid(t.Target), stance: t.Position.String(), confidence: t.Confidence}
		if !t.Span.Empty() {
			r.spans = append(r.spans, r.span(text, t.Span, what, i))
			row.mention = &r.spans[len(r.spans)-1]
		}
		r.targets = append(r.targets, row)
	}
	return stanceRow{s.Position.String(), valid(s.Target), s.Confidence, r.targets[start:]}
}

func (r *rows) spanList(text string, list []pipeline.Span, what string, i int) []span {
	start := len(r.spans)
	for _, s := range list {
		r.spans = append(r.spans, r.span(text, s, what, i))
	}
	return r.spans[start:]
}

func (r *rows) span(text string, s pipeline.Span, what string, i int) span {
	o := r.offsets(s, what, i)
	if r.err != nil {
		return span{}
	}
	return span{o, s.In(text)}
}

// offsets converts s, or notes in r.err that it is no span of the text.
func (r *rows) offsets(s pipeline.Span, what string, i int) offsets {
	if s.Start > s.End || !onBoundary(r.chars.text, s.Start) || !onBoundary(r.chars.text, s.End) {
		if r.err == nil {
			r.err = fmt.Errorf("%s %d: bytes [%d:%d) are no span of a text of %d bytes, or cut a character in two", what, i, s.Start, s.End, len(r.chars.text))
		}
		return offsets{}
	}
	return offsets{
		int64(s.Start), int64(s.End),
		int64(r.chars.at(s.Start)), int64(r.chars.at(s.End)),
	}
}

// nearest returns the index of the span of list with the fewest bytes between
// it and s, the first of equals, or -1.
func nearest(list []pipeline.Span, s pipeline.Span) int {
	best, bestGap := -1, 0
	for i, t := range list {
		gap := max(t.Start-s.End, s.Start-t.End, 0)
		if best < 0 || gap < bestGap {
			best, bestGap = i, gap
		}
	}
	return best
}

// joined returns the words of the spans with one space between.
func joined(spans []span) string {
	if len(spans) == 1 {
		return spans[0].text
	}
	var b strings.Builder
	for i, s := range spans {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(s.text)
	}
	return b.String()
}

// valid replaces what is not UTF-8 in metadata (the name of a file may be any
// bytes); columns of strings hold UTF-8 alone.
func valid(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }
