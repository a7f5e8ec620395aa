package goldform

import (
	"fmt"
	"time"

	"github.com/onrecord-nlp/onrecord/pipeline"
)

// encoder converts one document. The first span or index that is out of
// bounds is kept in err; what is made after it is of no use.
type encoder struct {
	doc       *pipeline.Document
	quoteCues []pipeline.Span
	named     map[string]int // speakers by name
	at        codePoints
	err       error
}

// RecordOf returns the record of an article. It fails as [Append] does.
func RecordOf(a Article) (*Record, error) {
	r, err := recordOf(a)
	if err != nil {
		return nil, fmt.Errorf("goldform: document %q: %w", a.Doc.ID, err)
	}
	return r, nil
}

func recordOf(a Article) (*Record, error) {
	doc := a.Doc
	e := encoder{doc: doc, quoteCues: a.QuoteCues, named: make(map[string]int, len(doc.Speakers)), at: newCodePoints(doc.Text)}
	for _, s := range doc.Speakers {
		e.named[s.Name]++
	}
	r := &Record{
		ID: doc.ID, URL: doc.URL, Title: doc.Title, Byline: doc.Byline, Language: doc.Language,
		Genre: a.Genre, Variety: a.Variety, SomeMentions: a.SomeMentions, Text: &doc.Text,
	}
	if !doc.Published.IsZero() {
		r.Published = doc.Published.Format(time.RFC3339)
	}
	if doc.Has(pipeline.LayerBlocks) {
		r.Blocks = make([]Block, len(doc.Blocks))
		for i, b := range doc.Blocks {
			start, end := e.span("blocks", i, b.Span)
			r.Blocks[i] = Block{start, end, b.Kind.String()}
		}
	}
	claimOf := make([]int, len(doc.Quotes)) // 1 + index, 0 for none
	for i, a := range doc.Attributions {
		for _, q := range a.Quotes {
			if !e.index("claims", i, "quotes", q, len(doc.Quotes)) {
				return nil, e.err
			}
			if claimOf[q] == 0 {
				claimOf[q] = i + 1
			}
		}
	}
	if doc.Has(pipeline.LayerQuotes) {
		r.Quotes = make([]Quote, 0, len(doc.Quotes))
		for i := range doc.Quotes {
			if doc.Quotes[i].Uttered {
				r.Quotes = append(r.Quotes, e.quote(i, claimOf[i]-1))
			}
		}
	}
	if doc.Has(pipeline.LayerAttributions) {
		r.Claims = make([]Claim, len(doc.Attributions))
		for i := range doc.Attributions {
			r.Claims[i] = e.claim(i)
		}
	}
	if doc.Has(pipeline.LayerSpeakers) {
		r.Speakers = make([]Speaker, len(doc.Speakers))
		for i, s := range doc.Speakers {
			row := Speaker{Name: s.Name, Kind: s.Kind.String(), Description: s.Description, Pronoun: s.Pronoun, Mentions: []Offsets{}}
			for _, m := range s.Mentions {
				if e.index("speakers", i, "mentions", m, len(doc.Mentions)) {
					row.Mentions = append(row.Mentions, e.pair("speakers", i, doc.Mentions[m].Span))
				}
			}
			r.Speakers[i] = row
		}
	}
	return r, e.err
}

func (e *encoder) fail(format string, args ...any) {
	if e.err == nil {
		e.err = fmt.Errorf(format, args...)
	}
}

// index reports whether i is the index of one of n.
func (e *encoder) index(layer string, row int, field string, i, n int) bool {
	if i < 0 || i >= n {
		e.fail("%s[%d].%s: %d is not the index of one of %d", layer, row, field, i, n)
		return false
	}
	return true
}

func (e *encoder) span(layer string, row int, s pipeline.Span) (start, end int) {
	start, ok := e.at.ofByte(s.Start)
	end, ok2 := e.at.ofByte(s.End)
	if !ok || !ok2 || end < start {
		e.fail("%s[%d]: bytes [%d, %d] are no span of the text of %d bytes, or cut a character", layer, row, s.Start, s.End, len(e.doc.Text))
	}
	return start, end
}

func (e *encoder) pair(layer string, row int, s pipeline.Span) Offsets {
	start, end := e.span(layer, row, s)
	return Offsets{start, end}
}

func (e *encoder) list(layer string, row int, spans []pipeline.Span) []Offsets {
	out := make([]Offsets, len(spans))
	for i, s := range spans {
		out[i] = e.pair(layer, row, s)
	}
	return out
}

func (e *encoder) quote(i, claim int) Quote {
	doc := e.doc
	q := doc.Quotes[i]
	row := Quote{Depth: q.Depth, Kind: q.Kind.String()}
	row.Start, row.End = e.span("quotes", i, q.Span)
	if claim >= 0 {
		row.Claim = &claim
	}
	score := q.Score
	if doc.Has(pipeline.LayerSpeakers) {
		res := &doc.Resolution
		if i < len(res.OfQuote) {
			row.Voice = e.voice("quotes", i, res.OfQuote[i])
		}
		if i < len(res.QuoteMention) && res.QuoteMention[i] >= 0 && e.index("quotes", i, "mention", res.QuoteMention[i], len(doc.Mentions)) {
			row.Mention = e.pair("quotes", i, doc.Mentions[res.QuoteMention[i]].Span)
		}
		if i < len(res.QuoteManner) {
			row.Manner = res.QuoteManner[i].String()
			if e.quoteCues == nil && res.QuoteManner[i] == pipeline.MannerCue && claim >= 0 && len(doc.Attributions[claim].Cue) > 0 {
				row.Cue = e.pair("quotes", i, doc.Attributions[claim].Cue[0])
			}
		}
		if i < len(res.QuoteScore) {
			score = res.QuoteScore[i]
		}
	}
	if i < len(e.quoteCues) && !e.quoteCues[i].Empty() {
		row.Cue = e.pair("quotes", i, e.quoteCues[i])
	}
	row.Confidence = confidence(score)
	if doc.Has(pipeline.LayerStances) && i < len(doc.Stances.OfQuote) {
		row.View = e.stance("quotes", i, &doc.Stances.OfQuote[i])
	}
	return row
}

func (e *encoder) claim(i int) Claim {
	doc := e.doc
	a := &doc.Attributions[i]
	row := Claim{
		Content:    e.list("claims", i, a.Content),
		Source:     e.list("claims", i, a.Source),
		Cue:        e.list("claims", i, a.Cue),
		Kind:       a.Kind.String(),
		Negated:    a.Negated,
		Manner:     a.Manner.String(),
		Confidence: confidence(a.Confidence),
	}
	if doc.Has(pipeline.LayerSpeakers) && i < len(doc.Resolution.OfAttribution) {
		row.Voice = e.voice("claims", i, doc.Resolution.OfAttribution[i])
	}
	if doc.Has(pipeline.LayerStances) {
		if i < len(doc.Stances.OfAttribution) {
			row.View = e.stance("claims", i, &doc.Stances.OfAttribution[i])
		}
		if i < len(doc.Stances.CueClasses) {
			row.CueClass = doc.Stances.CueClasses[i].String()
		}
	}
	return row
}

func (e *encoder) voice(layer string, row, speaker int) Voice {
	if speaker < 0 || !e.index(layer, row, "speaker", speaker, len(e.doc.Speakers)) {
		return Voice{}
	}
	s := &e.doc.Speakers[speaker]
	v := Voice{Speaker: s.Name, SpeakerKind: s.Kind.String()}
	if e.named[s.Name] > 1 {
		v.SpeakerIndex = &speaker
	}
	return v
}

func (e *encoder) stance(layer string, i int, s *pipeline.Stance) View {
	v := View{
		Stance:           s.Position.String(),
		Target:           s.Target,
		StanceEvidence:   e.list(layer, i, s.Evidence),
		StanceConfidence: confidence(s.Confidence),
	}
	for _, t := range s.Toward {
		row := Toward{Name: t.Target, Stance: t.Position.String(), Confidence: confidence(t.Confidence)}
		if !t.Span.Empty() {
			row.Mention = e.pair(layer, i, t.Span)
		}
		v.Targets = append(v.Targets, row)
	}
	return v
}

// confidence is nil for certainty, which is what an absent key is read as.
func confidence(c float32) *float32 {
	if c == 1 {
		return nil
	}
	return &c
}
