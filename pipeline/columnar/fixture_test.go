package columnar

import (
	"strings"
	"testing"
	"time"

	"github.com/onrecord-nlp/onrecord/pipeline"
)

// at returns the span of words in the text of doc, where they stand once.
func at(t testing.TB, doc *pipeline.Document, words string) pipeline.Span {
	t.Helper()
	start := strings.Index(doc.Text, words)
	if start < 0 || strings.Contains(doc.Text[start+1:], words) {
		t.Fatalf("%q does not stand once in the text of %s", words, doc.ID)
	}
	return pipeline.Span{Start: start, End: start + len(words)}
}

func list(spans ...pipeline.Span) []pipeline.Span { return spans }

// ferry is an article with every layer: a headline with an emoji, names with
// letters of two bytes and with a combining mark, a discontinuous quotation, a
// quote within a quote, a scare quote, an indirect claim without a source,
// furniture.
func ferry(t testing.TB) *pipeline.Document {
	doc := &pipeline.Document{
		ID: "ferry-1", Source: "news.jsonl:1", URL: "https://example.org/ferry", Title: "Ferry stays 🚢",
		Byline: "By Ana Ruiz", Published: time.Date(2024, 3, 5, 6, 7, 8, 901_000, time.UTC), Language: "en", Fingerprint: [32]byte{0: 0x01, 31: 0xFE},
		Text: "Ferry stays 🚢 after outcry\n\n" +
			"“We heard you,” José Nuñez, the transport minister, told reporters. “The ‘death’ of the line is a myth, and as Åsa said, ‘boats are roads’.”\n\n" +
			"The firm’s “rescue” was denied by Åsa Lind, who warned that fares would double. It is alleged that e\u0301lite donors paid.\n\n" +
			"Advertisement",
	}
	span := func(words string) pipeline.Span { return at(t, doc, words) }
	for _, b := range []struct {
		words string
		kind  pipeline.BlockKind
	}{
		{"Ferry stays 🚢 after outcry", pipeline.BlockHeadline},
		{doc.Text[strings.Index(doc.Text, "“We heard"):strings.Index(doc.Text, "\n\nThe firm")], pipeline.BlockBody},
		{doc.Text[strings.Index(doc.Text, "The firm"):strings.Index(doc.Text, "\n\nAdvert")], pipeline.BlockBody},
		{"Advertisement", pipeline.BlockBoilerplate},
	} {
		doc.Blocks = append(doc.Blocks, pipeline.Block{Span: span(b.words), Kind: b.kind})
	}
	quote := func(words string, depth int, uttered bool) pipeline.Quote {
		return pipeline.Quote{Span: span(words), Depth: depth, Uttered: uttered, Continues: -1}
	}
	doc.Quotes = []pipeline.Quote{
		quote("We heard you,", 0, true),
		quote("The ‘death’ of the line is a myth, and as Åsa said, ‘boats are roads’.", 0, true),
		quote("death", 1, false),
		quote("boats are roads", 1, true),
		quote("rescue", 0, false),
	}
	doc.Quotes[3].Kind = pipeline.Mixed
	doc.Speakers = []pipeline.Speaker{
		{Name: "José Nuñez", Kind: pipeline.SpeakerPerson, Description: "transport minister", Pronoun: "he"},
		{Name: "Åsa Lind", Kind: pipeline.SpeakerPerson},
	}
	for _, m := range []struct {
		span    pipeline.Span
		typ     pipeline.MentionType
		speaker int
	}{
		{span("José Nuñez"), pipeline.MentionName, 0},
		{span("the transport minister"), pipeline.MentionNominal, 0},
		{pipeline.Span{Start: span("Åsa said").Start, End: span("Åsa said").Start + len("Åsa")}, pipeline.MentionName, 1},
		{span("Åsa Lind"), pipeline.MentionName, 1},
		{span("who"), pipeline.MentionPronoun, 1},
	} {
		s := &doc.Speakers[m.speaker]
		s.Mentions = append(s.Mentions, len(doc.Mentions))
		doc.Mentions = append(doc.Mentions, pipeline.Mention{Span: m.span, Type: m.typ, Speaker: m.speaker})
	}
	doc.Attributions = []pipeline.Attribution{{
		Content: list(span("We heard you"), doc.Quotes[1].Span), Source: list(span("José Nuñez, the transport minister")),
		Cue: list(span("told")), Manner: pipeline.MannerCue, Quotes: []int{0, 1, 3}, Confidence: 0.75,
	}, {
		Content: list(doc.Quotes[3].Span), Source: list(doc.Mentions[2].Span), Cue: list(span("said")),
		Manner: pipeline.MannerCue, Quotes: []int{3}, Confidence: 0.5,
	}, {
		Content: list(span("The firm’s “rescue”")), Source: list(span("Åsa Lind")), Cue: list(span("was denied by")),
		Kind: pipeline.Mixed, Manner: pipeline.MannerCue, Confidence: 0.25,
	}, {
		Content: list(span("fares would double")), Source: list(span("who")), Cue: list(span("warned")),
		Kind: pipeline.Indirect, Manner: pipeline.MannerCue, Confidence: 0.875,
	}, {
		Content: list(span("e\u0301lite donors paid")), Cue: list(span("is alleged")), Kind: pipeline.Indirect,
		Manner: pipeline.MannerCue, Negated: true, Confidence: 0.125,
	}}
	doc.Resolution = pipeline.Resolution{
		OfAttribution: []int{0, 1, 1, 1, -1},
		OfQuote:       []int{0, 0, -1, 1, -1},
		QuoteMention:  []int{0, 0, -1, 2, -1},
		QuoteManner:   []pipeline.Manner{pipeline.MannerCue, pipeline.MannerContinuation, pipeline.MannerNone, pipeline.MannerCue, pipeline.MannerNone},
		QuoteScore:    []float32{0.75, 0.5, 0, 0.25, 0},
	}
	doc.Stances = pipeline.Stances{
		OfAttribution: []pipeline.Stance{
			{Confidence: 0.5},
			{Position: pipeline.Support, Target: "boats", Evidence: list(span("boats are roads")), Confidence: 0.625, Toward: []pipeline.Toward{
				{Target: "the fleet", Position: pipeline.Support, Span: span("boats"), Confidence: 0.5},
				{Target: "Åsa’s line", Confidence: 0.75}, // which only words around it name
			}},
			{Position: pipeline.Oppose, Target: "rescue", Evidence: list(span("was denied by"), span("rescue")), Confidence: 0.75},
			{Position: pipeline.Oppose, Target: "fares", Confidence: 0.5},
			{},
		},
		OfQuote: []pipeline.Stance{
			{Confidence: 0.5}, {Position: pipeline.Oppose, Target: "the ‘death’ of the line", Confidence: 0.25}, {}, {Position: pipeline.Support, Target: "boats", Confidence: 0.625, Toward: []pipeline.Toward{{Target: "roads", Position: pipeline.Oppose, Span: span("roads"), Confidence: 0.25}}}, {},
		},
		CueClasses: []pipeline.CueClass{pipeline.CueNeutral, pipeline.CueNeutral, pipeline.CueDenial, pipeline.CueDirective, pipeline.CueDistancing},
	}
	return marked(doc, allLayers...)
}

var allLayers = []pipeline.Layer{
	pipeline.LayerBlocks, pipeline.LayerTokens, pipeline.LayerQuotes, pipeline.LayerAttributions, pipeline.LayerSpeakers, pipeline.LayerStances,
}

func marked(doc *pipeline.Document, layers ...pipeline.Layer) *pipeline.Document {
	for _, l := range layers {
		doc.Mark(l)
	}
	return doc
}

// silent is an article in which every stage ran and found nothing.
func silent() *pipeline.Document {
	doc := &pipeline.Document{ID: "silent", Source: "news.jsonl:2", Text: "No one spoke."}
	doc.Blocks = []pipeline.Block{{Span: pipeline.Span{End: len(doc.Text)}}}
	return marked(doc, allLayers...)
}

// bare is a text to which no stage came.
func bare() *pipeline.Document {
	return &pipeline.Document{ID: "bare", Source: "news.jsonl:3", Text: "“Nothing ran here,” he said."}
}

// unresolved has quotes and attributions, but no speakers and no stances, and is
// said to be a copy of ferry.
func unresolved(t testing.TB) *pipeline.Document {
	doc := &pipeline.Document{ID: "unresolved#c0", Source: "a/b.txt", Text: "“Go,” said Yi. “Stop.”", Fingerprint: [32]byte{31: 2}, DuplicateOf: "ferry-1"}
	doc.Quotes = []pipeline.Quote{
		{Span: at(t, doc, "Go,"), Uttered: true, Continues: -1, Score: 0.5},
		{Span: at(t, doc, "Stop."), Uttered: true, Continues: -1, Score: 0.25},
	}
	doc.Attributions = []pipeline.Attribution{{
		Content: list(at(t, doc, "Go")), Source: list(at(t, doc, "Yi")), Cue: list(at(t, doc, "said")),
		Manner: pipeline.MannerCue, Quotes: []int{0}, Confidence: 0.5,
	}}
	return marked(doc, pipeline.LayerQuotes, pipeline.LayerAttributions)
}

// crowded has more spans than any article: a claim of many parts.
func crowded() *pipeline.Document {
	doc := &pipeline.Document{ID: "crowded", Source: "news.jsonl:5", Text: strings.Repeat("é ", 2000)}
	var a pipeline.Attribution
	for i := range 2000 {
		a.Content = append(a.Content, pipeline.Span{Start: 3 * i, End: 3*i + 2})
	}
	doc.Attributions = []pipeline.Attribution{a}
	return marked(doc, pipeline.LayerAttributions)
}

func fixtures(t testing.TB) []*pipeline.Document {
	return []*pipeline.Document{ferry(t), silent(), bare(), unresolved(t), crowded()}
}
