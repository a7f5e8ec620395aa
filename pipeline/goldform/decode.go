package goldform

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/onrecord-nlp/onrecord/pipeline"
)

// Article makes the document that the record describes. It fails where the
// record breaks the form, and names the field.
func (r *Record) Article() (Article, error) {
	if r.Text == nil {
		return Article{}, errors.New(`the key "text" is missing`)
	}
	d := &pipeline.Document{
		ID: r.ID, URL: r.URL, Title: r.Title, Byline: r.Byline, Language: r.Language,
		Text: *r.Text,
	}
	if r.Published != "" {
		t, err := time.Parse(time.RFC3339, r.Published)
		if err != nil {
			if t, err = time.Parse(time.DateOnly, r.Published); err != nil {
				return Article{}, fmt.Errorf("published: %q is neither RFC 3339 nor a date as 2006-01-02", r.Published)
			}
		}
		d.Published = t
	}
	dec := decoder{doc: d, at: newCodePoints(d.Text)}
	var err error
	if r.Attributions != nil {
		err = dec.polnear(r.Attributions)
	} else {
		err = dec.layers(r)
	}
	if err != nil {
		return Article{}, err
	}
	// Of speakers that only rows name, the mentions are those of the rows.
	some := r.SomeMentions || r.Speakers == nil && d.Has(pipeline.LayerSpeakers)
	return Article{Doc: d, Genre: r.Genre, Variety: r.Variety, SomeMentions: some, QuoteCues: dec.quoteCues}, nil
}

// decoder fills the layers of one document.
type decoder struct {
	doc       *pipeline.Document
	at        codePoints
	quoteCues []pipeline.Span
}

// fail makes the error for one field of one row: "quotes[3].claim: ...".
func fail(layer string, row int, key, format string, args ...any) error {
	return fmt.Errorf("%s[%d].%s: %s", layer, row, key, fmt.Sprintf(format, args...))
}

// span converts offsets in code points to a span of bytes.
func (d *decoder) span(start, end int) (pipeline.Span, error) {
	switch {
	case start < 0 || end > d.at.n:
		return pipeline.Span{}, fmt.Errorf("offsets [%d, %d] leave the text of %d code points", start, end, d.at.n)
	case start >= end:
		return pipeline.Span{}, fmt.Errorf("offsets [%d, %d] cover nothing", start, end)
	}
	return pipeline.Span{Start: d.at.byteOf(start), End: d.at.byteOf(end)}, nil
}

func (d *decoder) pair(o Offsets) (pipeline.Span, error) {
	if len(o) != 2 {
		return pipeline.Span{}, fmt.Errorf("%d offsets where a start and an end are wanted", len(o))
	}
	return d.span(o[0], o[1])
}

// spans converts a list of offsets and puts it in text order.
func (d *decoder) spans(list []Offsets) ([]pipeline.Span, error) {
	if len(list) == 0 {
		return nil, nil
	}
	out := make([]pipeline.Span, len(list))
	for i, o := range list {
		var err error
		if out[i], err = d.pair(o); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(out, compareSpans)
	return slices.Compact(out), nil
}

func compareSpans(a, b pipeline.Span) int {
	return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End))
}

func (d *decoder) polnear(rows []PolNeAR) error {
	d.doc.Attributions = make([]pipeline.Attribution, 0, len(rows))
	for i, row := range rows {
		a, err := d.attribution("attributions", i, row)
		if err != nil {
			return err
		}
		a.Kind = d.kindOf(a.Content)
		d.doc.Attributions = append(d.doc.Attributions, a)
	}
	d.doc.Mark(pipeline.LayerAttributions)
	return nil
}

// attribution converts the three roles of a row.
func (d *decoder) attribution(layer string, i int, row PolNeAR) (a pipeline.Attribution, err error) {
	if a.Content, err = d.spans(row.Content); err != nil {
		return a, fail(layer, i, "content", "%v", err)
	}
	if len(a.Content) == 0 {
		return a, fail(layer, i, "content", "an attribution needs a content")
	}
	if a.Source, err = d.spans(row.Source); err != nil {
		return a, fail(layer, i, "source", "%v", err)
	}
	if a.Cue, err = d.spans(row.Cue); err != nil {
		return a, fail(layer, i, "cue", "%v", err)
	}
	a.Confidence = 1
	if len(a.Cue) > 0 {
		a.Manner = pipeline.MannerCue
	} else if len(a.Source) > 0 {
		a.Manner = pipeline.MannerContext
	}
	return a, nil
}

// kindOf reads the kind of a content off the marks in it and at its ends, for
// forms that do not give it.
func (d *decoder) kindOf(content []pipeline.Span) pipeline.Kind {
	const open, close, either = "“«„", "”»", "\""
	text := d.doc.Text
	whole, some := true, false
	for _, s := range content {
		words := s.In(text)
		some = some || strings.ContainsAny(words, open+close+either)
		before, _ := utf8.DecodeLastRuneInString(text[:s.Start])
		first, _ := utf8.DecodeRuneInString(words)
		// A span of a direct content opens with a mark, or is the rest of a quote
		// that the inner marks do not end before the span does.
		inner := strings.TrimRight(strings.TrimLeft(words, open+either), close+either+",. ")
		opened := strings.ContainsRune(open+either, before) || strings.ContainsRune(open+either, first)
		whole = whole && opened && !strings.ContainsAny(inner, open+close+either)
	}
	switch {
	case whole:
		return pipeline.Direct
	case some:
		return pipeline.Mixed
	}
	return pipeline.Indirect
}

// layers fills every layer that the record annotates.
func (d *decoder) layers(r *Record) error {
	if err := d.blocks(r.Blocks); err != nil {
		return err
	}
	if err := d.quotes(r); err != nil {
		return err
	}
	if err := d.claims(r); err != nil {
		return err
	}
	if err := d.speakers(r); err != nil {
		return err
	}
	return d.stances(r)
}

func (d *decoder) blocks(rows []Block) error {
	if rows == nil {
		return nil
	}
	d.doc.Blocks = make([]pipeline.Block, len(rows))
	end := 0
	for i, row := range rows {
		s, err := d.span(row.Start, row.End)
		if err != nil {
			return fail("blocks", i, "start", "%v", err)
		}
		if s.Start < end {
			return fail("blocks", i, "start", "the block begins before the one above it ends")
		}
		end = s.End
		k, ok := pipeline.ParseBlockKind(row.Kind)
		if !ok {
			return fail("blocks", i, "kind", "%q is no kind of block", row.Kind)
		}
		d.doc.Blocks[i] = pipeline.Block{Span: s, Kind: k}
	}
	d.doc.Mark(pipeline.LayerBlocks)
	return nil
}

func (d *decoder) quotes(r *Record) error {
	if r.Quotes == nil {
		return nil
	}
	d.doc.Quotes = make([]pipeline.Quote, len(r.Quotes))
	d.quoteCues = make([]pipeline.Span, len(r.Quotes))
	for i, row := range r.Quotes {
		s, err := d.span(row.Start, row.End)
		if err != nil {
			return fail("quotes", i, "start", "%v", err)
		}
		q := pipeline.Quote{Span: s, Depth: row.Depth, Continues: -1, Uttered: true, Score: 1}
		q.Open, q.Close, q.Style = marksAround(d.doc.Text, s)
		if row.Confidence != nil {
			q.Score = *row.Confidence
		}
		var claim *Claim
		if row.Claim != nil {
			if *row.Claim < 0 || *row.Claim >= len(r.Claims) {
				return fail("quotes", i, "claim", "%d is not the index of one of %d claims", *row.Claim, len(r.Claims))
			}
			claim = &r.Claims[*row.Claim]
		}
		switch {
		case row.Kind != "":
			k, ok := pipeline.ParseKind(row.Kind)
			if !ok || k == pipeline.Indirect {
				return fail("quotes", i, "kind", "%q is neither direct nor mixed", row.Kind)
			}
			q.Kind = k
		case claim != nil && claim.Kind == pipeline.Mixed.String():
			q.Kind = pipeline.Mixed
		}
		if row.Cue != nil {
			if d.quoteCues[i], err = d.pair(row.Cue); err != nil {
				return fail("quotes", i, "cue", "%v", err)
			}
		}
		if i > 0 {
			p := d.doc.Quotes[i-1]
			if p.Close.Empty() && !q.Open.Empty() && p.Depth == q.Depth && p.End <= q.Start && sameClaim(r.Quotes[i-1], row) {
				q.Continues = i - 1
			}
		}
		d.doc.Quotes[i] = q
	}
	d.doc.Mark(pipeline.LayerQuotes)
	return nil
}

func sameClaim(a, b Quote) bool {
	return a.Claim == nil && b.Claim == nil || a.Claim != nil && b.Claim != nil && *a.Claim == *b.Claim
}

// marksAround looks for the marks that touch the inside of a quote.
func marksAround(text string, inside pipeline.Span) (open, close pipeline.Span, style pipeline.MarkStyle) {
	before, n := utf8.DecodeLastRuneInString(text[:inside.Start])
	switch before {
	case '“', '”':
		style = pipeline.MarksDouble
	case '"':
		style = pipeline.MarksStraight
	case '‘', '’':
		style = pipeline.MarksSingle
	case '\'':
		style = pipeline.MarksStraightTick
	case '«', '»':
		style = pipeline.MarksGuillemets
	case '„':
		style = pipeline.MarksGerman
	default:
		n = 0
	}
	open = pipeline.Span{Start: inside.Start - n, End: inside.Start}
	after, m := utf8.DecodeRuneInString(text[inside.End:])
	ok := false
	switch after {
	case '“':
		ok = style == pipeline.MarksGerman || n == 0
	case '”', '"', '’', '\'', '»', '«':
		ok = true
	}
	if !ok {
		m = 0
	}
	close = pipeline.Span{Start: inside.End, End: inside.End + m}
	if open.Empty() {
		open = pipeline.Span{}
	}
	if close.Empty() {
		close = pipeline.Span{}
	}
	return open, close, style
}

func (d *decoder) claims(r *Record) error {
	if r.Claims == nil {
		return nil
	}
	d.doc.Attributions = make([]pipeline.Attribution, len(r.Claims))
	for i, row := range r.Claims {
		a, err := d.attribution("claims", i, PolNeAR{row.Content, row.Source, row.Cue})
		if err != nil {
			return err
		}
		k, ok := pipeline.ParseKind(row.Kind)
		if row.Kind == "" {
			k, ok = d.kindOf(a.Content), true
		}
		if !ok {
			return fail("claims", i, "kind", "%q is none of direct, mixed, indirect", row.Kind)
		}
		a.Kind, a.Negated = k, row.Negated
		if row.Confidence != nil {
			a.Confidence = *row.Confidence
		}
		if row.Manner != "" {
			if a.Manner, ok = pipeline.ParseManner(row.Manner); !ok {
				return fail("claims", i, "manner", "%q is no manner of attribution", row.Manner)
			}
		}
		d.doc.Attributions[i] = a
	}
	for i, row := range r.Quotes {
		if row.Claim != nil {
			a := &d.doc.Attributions[*row.Claim]
			a.Quotes = append(a.Quotes, i)
		}
	}
	d.doc.Mark(pipeline.LayerAttributions)
	return nil
}

// speakers fills Speakers, Mentions and Resolution. Where the record names
// speakers in its rows and has no key "speakers", they are made from the rows.
func (d *decoder) speakers(r *Record) error {
	named := false
	for _, row := range r.Quotes {
		named = named || row.Speaker != ""
	}
	for _, row := range r.Claims {
		named = named || row.Speaker != ""
	}
	if r.Speakers == nil && !named {
		return nil
	}
	doc := d.doc
	doc.Speakers = make([]pipeline.Speaker, len(r.Speakers))
	byName := make(map[string][]int, len(r.Speakers))
	mentions := make(map[pipeline.Mention]int)
	mention := func(s pipeline.Span, who int) int {
		m := pipeline.Mention{Span: s, Speaker: who, Type: mentionType(s.In(doc.Text), &doc.Speakers[who])}
		at, ok := mentions[m]
		if !ok {
			at = len(doc.Mentions)
			mentions[m] = at
			doc.Mentions = append(doc.Mentions, m)
		}
		return at
	}
	doc.Mentions = []pipeline.Mention{}
	for i, row := range r.Speakers {
		k, ok := pipeline.ParseSpeakerKind(row.Kind)
		if !ok {
			return fail("speakers", i, "kind", "%q is no kind of speaker", row.Kind)
		}
		if row.Name == "" {
			return fail("speakers", i, "name", "a speaker needs a name")
		}
		doc.Speakers[i] = pipeline.Speaker{Name: row.Name, Kind: k, Description: row.Description, Pronoun: row.Pronoun}
		byName[row.Name] = append(byName[row.Name], i)
		spans, err := d.spans(row.Mentions)
		if err != nil {
			return fail("speakers", i, "mentions", "%v", err)
		}
		for _, s := range spans {
			mention(s, i)
		}
	}
	// who finds the speaker of a row by its name, and of several with that name
	// the one with a mention in near.
	who := func(layer string, i int, v Voice, near []pipeline.Span) (int, error) {
		if v.Speaker == "" {
			return -1, nil
		}
		kind, ok := pipeline.ParseSpeakerKind(v.SpeakerKind)
		if v.SpeakerKind != "" && !ok {
			return -1, fail(layer, i, "speaker_kind", "%q is no kind of speaker", v.SpeakerKind)
		}
		if at := v.SpeakerIndex; at != nil {
			if *at < 0 || *at >= len(r.Speakers) || r.Speakers[*at].Name != v.Speaker {
				return -1, fail(layer, i, "speaker_index", "%d is not the index of a speaker with the name %q", *at, v.Speaker)
			}
			return *at, nil
		}
		same := byName[v.Speaker]
		if len(same) == 0 {
			if r.Speakers != nil {
				return -1, fail(layer, i, "speaker", "%q is not among the speakers", v.Speaker)
			}
			doc.Speakers = append(doc.Speakers, pipeline.Speaker{Name: v.Speaker, Kind: kind})
			same = []int{len(doc.Speakers) - 1}
			byName[v.Speaker] = same
		}
		if len(same) > 1 {
			for _, s := range same {
				for _, m := range doc.Mentions {
					if m.Speaker == s && slices.ContainsFunc(near, m.Overlaps) {
						return s, nil
					}
				}
			}
		}
		return same[0], nil
	}
	res := &doc.Resolution
	for i, row := range r.Claims {
		s, err := who("claims", i, row.Voice, doc.Attributions[i].Source)
		if err != nil {
			return err
		}
		res.OfAttribution = append(res.OfAttribution, s)
	}
	for i, row := range r.Quotes {
		var near []pipeline.Span
		if row.Mention != nil {
			s, err := d.pair(row.Mention)
			if err != nil {
				return fail("quotes", i, "mention", "%v", err)
			}
			near = []pipeline.Span{s}
		}
		s, err := who("quotes", i, row.Voice, near)
		if err != nil {
			return err
		}
		m := -1
		if near != nil {
			if s < 0 {
				return fail("quotes", i, "mention", "a mention is given without a speaker")
			}
			m = mention(near[0], s)
		}
		res.OfQuote = append(res.OfQuote, s)
		res.QuoteMention = append(res.QuoteMention, m)
		res.QuoteScore = append(res.QuoteScore, doc.Quotes[i].Score)
		manner := quoteManner(r, row)
		if row.Manner != "" {
			var ok bool
			if manner, ok = pipeline.ParseManner(row.Manner); !ok {
				return fail("quotes", i, "manner", "%q is no manner of attribution", row.Manner)
			}
		}
		res.QuoteManner = append(res.QuoteManner, manner)
	}
	d.sortMentions()
	doc.Mark(pipeline.LayerSpeakers)
	return nil
}

// quoteManner says by what a quote is attributed where the record does not.
func quoteManner(r *Record, row Quote) pipeline.Manner {
	switch {
	case row.Cue != nil:
		return pipeline.MannerCue
	case row.Claim != nil && len(r.Claims[*row.Claim].Cue) > 0:
		return pipeline.MannerContinuation
	case row.Speaker != "":
		return pipeline.MannerContext
	}
	return pipeline.MannerNone
}

// sortMentions puts Mentions in text order and links them to their speakers.
func (d *decoder) sortMentions() {
	doc := d.doc
	order := make([]int, len(doc.Mentions))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Or(compareSpans(doc.Mentions[a].Span, doc.Mentions[b].Span),
			cmp.Compare(doc.Mentions[a].Speaker, doc.Mentions[b].Speaker))
	})
	place := make([]int, len(order))
	sorted := make([]pipeline.Mention, len(order))
	for to, from := range order {
		place[from] = to
		sorted[to] = doc.Mentions[from]
		s := &doc.Speakers[sorted[to].Speaker]
		s.Mentions = append(s.Mentions, to)
	}
	doc.Mentions = sorted
	for i, m := range doc.Resolution.QuoteMention {
		if m >= 0 {
			doc.Resolution.QuoteMention[i] = place[m]
		}
	}
}

// mentionType reads the type of a mention off its words: the form does not
// give it. A mention that shares a capitalised word with the speaker's name is
// a name, and so are initials.
func mentionType(words string, s *pipeline.Speaker) pipeline.MentionType {
	switch strings.ToLower(words) {
	case "i", "me", "we", "us", "you", "he", "him", "she", "her", "it", "they", "them", "who", "whom",
		"himself", "herself", "itself", "themselves", "one", "both":
		return pipeline.MentionPronoun
	}
	if s.Kind == pipeline.SpeakerUnnamed || s.Kind == pipeline.SpeakerGroup {
		return pipeline.MentionNominal
	}
	notLetter := func(r rune) bool { return !unicode.IsLetter(r) }
	for w := range strings.FieldsFuncSeq(words, notLetter) {
		if first, _ := utf8.DecodeRuneInString(w); !unicode.IsUpper(first) || strings.EqualFold(w, "the") {
			continue
		}
		for n := range strings.FieldsFuncSeq(s.Name, notLetter) {
			if strings.EqualFold(n, w) {
				return pipeline.MentionName
			}
		}
	}
	if strings.ToUpper(words) == words && !strings.ContainsRune(words, ' ') {
		return pipeline.MentionName
	}
	return pipeline.MentionNominal
}

// stances fills Stances. Within quotes and within claims a stance stands in
// every row or in none; Stances.OfQuote, OfAttribution and CueClasses stay nil
// where the record does not annotate them.
func (d *decoder) stances(r *Record) error {
	quotes, claims, classes := false, false, false
	for _, row := range r.Quotes {
		quotes = quotes || row.Stance != ""
	}
	for _, row := range r.Claims {
		claims = claims || row.Stance != ""
		classes = classes || row.CueClass != ""
	}
	none := r.Quotes != nil && r.Claims != nil && len(r.Quotes)+len(r.Claims) == 0
	if !quotes && !claims && !classes && !none {
		return nil
	}
	out := &d.doc.Stances
	if quotes {
		for i, row := range r.Quotes {
			s, err := d.stance("quotes", i, row.View)
			if err != nil {
				return err
			}
			out.OfQuote = append(out.OfQuote, s)
		}
	}
	if claims {
		for i, row := range r.Claims {
			s, err := d.stance("claims", i, row.View)
			if err != nil {
				return err
			}
			out.OfAttribution = append(out.OfAttribution, s)
		}
	}
	if classes {
		for i, row := range r.Claims {
			c, ok := pipeline.ParseCueClass(row.CueClass)
			if !ok {
				return fail("claims", i, "cue_class", "%q is no class of cue", row.CueClass)
			}
			out.CueClasses = append(out.CueClasses, c)
		}
	}
	d.doc.Mark(pipeline.LayerStances)
	return nil
}

func (d *decoder) stance(layer string, i int, row View) (pipeline.Stance, error) {
	if row.Stance == "" {
		return pipeline.Stance{}, fail(layer, i, "stance", "missing, though other rows have one")
	}
	p, ok := pipeline.ParsePosition(row.Stance)
	if !ok {
		return pipeline.Stance{}, fail(layer, i, "stance", "%q is none of support, oppose, neutral", row.Stance)
	}
	s := pipeline.Stance{Position: p, Target: row.Target, Confidence: 1}
	var err error
	if s.Evidence, err = d.spans(row.StanceEvidence); err != nil {
		return s, fail(layer, i, "stance_evidence", "%v", err)
	}
	if row.Sure != nil && !*row.Sure {
		s.Confidence = 0.5
	}
	if row.StanceConfidence != nil {
		s.Confidence = *row.StanceConfidence
	}
	for _, t := range row.Targets {
		to := pipeline.Toward{Target: t.Name, Confidence: 1}
		if t.Name == "" {
			return s, fail(layer, i, "targets", "a target needs a name")
		}
		if to.Position, ok = pipeline.ParsePosition(t.Stance); !ok {
			return s, fail(layer, i, "targets", "the stance %q toward %q is none of support, oppose, neutral", t.Stance, t.Name)
		}
		if t.Confidence != nil {
			to.Confidence = *t.Confidence
		}
		if t.Mention != nil {
			if to.Span, err = d.pair(t.Mention); err != nil {
				return s, fail(layer, i, "targets", "%q: mention: %v", t.Name, err)
			}
		}
		s.Toward = append(s.Toward, to)
	}
	return s, nil
}
