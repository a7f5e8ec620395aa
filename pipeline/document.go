package pipeline

import (
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Document is one article and what the stages found in it.
//
// Text is never rewritten: every Span in every layer counts bytes of it.
// Layers refer to one another by index. A layer that ran and found nothing is
// an empty slice for which [Document.Has] is true; a layer that did not run
// is one for which it is false. Gold labels and predictions are both
// Documents, so that evaluation compares like with like.
//
// A Document is used by one goroutine at a time.
type Document struct {
	ID        string    // the input's own id, or one derived from source and position; unique in a run
	Source    string    // the file, and the record in it
	URL       string    // empty when unknown
	Title     string    // empty when unknown
	Byline    string    // empty when unknown
	Published time.Time // zero when unknown
	Language  string    // BCP 47; "" until known, written as "und"
	// Fingerprint is that of the text by package pipeline/fingerprint, much the
	// same for texts that are; all zero where it was not made.
	Fingerprint [32]byte
	// DuplicateOf is the id of an earlier document of which this one is a
	// near-duplicate, and which is none itself; empty where there is none, or
	// nobody looked.
	DuplicateOf string

	Text string

	Blocks       []Block       // LayerBlocks
	Sentences    []Sentence    // LayerTokens
	Tokens       []Token       // LayerTokens
	Entities     []Entity      // LayerTokens
	Quotes       []Quote       // LayerQuotes
	Attributions []Attribution // LayerAttributions
	Mentions     []Mention     // LayerSpeakers
	Speakers     []Speaker     // LayerSpeakers
	Resolution   Resolution    // LayerSpeakers
	Stances      Stances       // LayerStances

	// Readings are what an encoder said of the tokens, where one ran, until the
	// last stage has been run.
	Readings Readings

	layers Layers
}

// Has reports whether the layer has been made, even if nothing was found.
func (d *Document) Has(l Layer) bool { return d.layers.Has(l) }

// Mark records that the layer has been made. [Pipeline.Process] calls it after
// each stage; readers of gold labels call it for each layer that was annotated.
func (d *Document) Mark(l Layer) { d.layers = d.layers.With(l) }

// Unmark records that the layer has not been made, so that a stage may write
// it again.
func (d *Document) Unmark(l Layer) { d.layers &^= 1 << l }

// Outlet is who published the document: the host of its URL without "www.", in
// lower case; empty where there is no URL, or it has no host.
func (d *Document) Outlet() string {
	address := strings.TrimSpace(d.URL)
	if !strings.Contains(address, "://") {
		address = "//" + address // "example.com/a"
	}
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.")
}

// Layer names one layer of a Document.
type Layer uint8

// The layers in the order in which the standard stages write them.
const (
	LayerBlocks       Layer = iota // clean: Blocks
	LayerTokens                    // tokenize: Tokens, Sentences, Entities
	LayerQuotes                    // quote: Quotes
	LayerAttributions              // attribute: Attributions
	LayerSpeakers                  // resolve: Mentions, Speakers, Resolution
	LayerStances                   // stance: Stances
	numLayers
)

// LayerOwn is the first of the layers, LayerOwn to LayerOwn+7, that no stage of
// this module writes. They are for the stages of other programs, which keep
// what they make where they like.
const LayerOwn Layer = 8

const maxLayers = 16 // that Layers has room for

var layerNames = [numLayers]string{"blocks", "tokens", "quotes", "attributions", "speakers", "stances"}

func (l Layer) String() string {
	if l < numLayers {
		return layerNames[l]
	}
	if l >= LayerOwn && l < maxLayers {
		return "own " + strconv.Itoa(int(l-LayerOwn))
	}
	return "unknown layer"
}

// Layers is a set of layers.
type Layers uint16

// LayerSet returns the set of the given layers.
func LayerSet(ls ...Layer) Layers {
	var s Layers
	for _, l := range ls {
		s = s.With(l)
	}
	return s
}

// Has reports whether l is in the set.
func (s Layers) Has(l Layer) bool { return s&(1<<l) != 0 }

// With returns the set with l added.
func (s Layers) With(l Layer) Layers { return s | 1<<l }

// BlockKind says what a block of the text is.
type BlockKind uint8

// Kinds of block. Nothing is extracted from any but BlockBody and
// BlockHeadline.
const (
	BlockBody BlockKind = iota
	BlockHeadline
	BlockByline
	BlockDate
	BlockCaption
	BlockBoilerplate
	numBlockKinds
)

var blockKindNames = [numBlockKinds]string{"body", "headline", "byline", "date", "caption", "boilerplate"}

func (k BlockKind) String() string { return blockKindNames[k] }

// ParseBlockKind is the inverse of [BlockKind.String].
func ParseBlockKind(s string) (BlockKind, bool) { return parseName[BlockKind](blockKindNames[:], s) }

// Speech reports whether statements are sought in blocks of this kind.
func (k BlockKind) Speech() bool { return k == BlockBody || k == BlockHeadline }

// Block is a paragraph or line of the text, without the line break that ends
// it. Blocks are in text order, do not overlap, and together hold every
// character of the text that is not white space between them. One line may
// hold several blocks (a tag list glued to a caption).
type Block struct {
	Span
	Kind BlockKind
}

// Sentence is a run of tokens within one block.
type Sentence struct {
	Span
	First, Last int // tokens [First, Last)
	Block       int // index into Blocks
}

// Tag is a Penn Treebank part of speech, as in the tag set of package
// extractors/tokenize.
type Tag uint8

// Token is a word or a mark. Tokens are in text order and do not overlap; the
// text between two of them is white space.
type Token struct {
	Span
	Tag      Tag
	Sentence int32 // index into Sentences
}

// EntityKind says what a name names.
type EntityKind uint8

// Kinds of named entity.
const (
	EntityPerson EntityKind = iota
	EntityOrganization
	EntityPlace
	EntityOther
	numEntityKinds
)

var entityKindNames = [numEntityKinds]string{"person", "organization", "place", "other"}

func (k EntityKind) String() string { return entityKindNames[k] }

// Entity is a named entity: a run of tokens.
type Entity struct {
	Span
	First, Last int // tokens [First, Last)
	Kind        EntityKind
}

// MarkStyle is the convention by which a pair of quotation marks is written.
type MarkStyle uint8

// Styles of quotation mark.
const (
	MarksDouble       MarkStyle = iota // “ ”
	MarksStraight                      // " "
	MarksSingle                        // ‘ ’
	MarksStraightTick                  // ' '
	MarksGuillemets                    // « »
	MarksGerman                        // „ “
	numMarkStyles
)

var markStyleNames = [numMarkStyles]string{"double", "straight", "single", "tick", "guillemets", "german"}

func (m MarkStyle) String() string { return markStyleNames[m] }

// Quote is one pair of quotation marks, uttered words or not. Span is the
// inside of the marks. A quote whose closing mark is missing ends with its
// block; Closed tells.
type Quote struct {
	Span
	Open, Close Span // the marks; Close is empty where the mark is missing, and likewise Open
	Style       MarkStyle
	Depth       int // 0; 1 inside another pair, and so on
	// Kind is Direct where a sentence or more stands in the marks, Mixed where a
	// fragment stands in the reporter's sentence; never Indirect.
	Kind Kind
	// Continues is the index of the quote of an earlier paragraph that this one
	// carries on (a reopening mark, the earlier one left unclosed), or -1.
	Continues int
	// Uttered is true for words that somebody said or wrote, false for titles,
	// names, terms and scare quotes.
	Uttered bool
	// Score is the calibrated probability that the words were uttered.
	Score float32
}

// Closed reports whether the closing mark is there.
func (q Quote) Closed() bool { return !q.Close.Empty() }

// Kind says how a content or a quote stands in the text.
type Kind uint8

// Kinds of content.
const (
	Direct   Kind = iota // all of it stands in quotation marks
	Mixed                // part of it does
	Indirect             // none of it does
	numKinds
)

var kindNames = [numKinds]string{"direct", "mixed", "indirect"}

func (k Kind) String() string { return kindNames[k] }

// ParseKind is the inverse of [Kind.String].
func ParseKind(s string) (Kind, bool) { return parseName[Kind](kindNames[:], s) }

// Manner says by what an attribution was found.
type Manner uint8

// Manners of attribution.
const (
	MannerNone         Manner = iota // not attributed
	MannerCue                        // a cue links source and content
	MannerContinuation               // it carries on an attribution before it
	MannerContext                    // only the text around names the source
	MannerDialogue                   // speakers taking turns, or a transcript's label
	numManners
)

var mannerNames = [numManners]string{"none", "cue", "continuation", "context", "dialogue"}

func (m Manner) String() string { return mannerNames[m] }

// ParseManner is the inverse of [Manner.String].
func ParseManner(s string) (Manner, bool) { return parseName[Manner](mannerNames[:], s) }

// Attribution relates a source and a cue to a content, as in PARC 3 and
// PolNeAR. Spans within a role are in text order. Content is never empty.
type Attribution struct {
	Content []Span
	Source  []Span // none where the article names no source
	Cue     []Span // none where only context tells
	Kind    Kind
	Manner  Manner
	Negated bool  // the attribution itself is denied: "did not say"
	Quotes  []int // the quotes whose words lie in the content
	// Confidence is the calibrated probability that content and source are right.
	Confidence float32
}

// MentionType says what a mention is.
type MentionType uint8

// Types of mention.
const (
	MentionName MentionType = iota
	MentionNominal
	MentionPronoun
	numMentionTypes
)

var mentionTypeNames = [numMentionTypes]string{"name", "nominal", "pronoun"}

func (t MentionType) String() string { return mentionTypeNames[t] }

// Mention is an expression that stands for a speaker.
type Mention struct {
	Span
	Type    MentionType
	Speaker int // index into Speakers
}

// SpeakerKind says what a speaker is.
type SpeakerKind uint8

// Kinds of speaker.
const (
	SpeakerPerson SpeakerKind = iota
	SpeakerOrganization
	SpeakerGroup    // indefinite plurals: "fans"
	SpeakerDocument // "the report"
	SpeakerUnnamed  // "a spokeswoman"
	numSpeakerKinds
)

var speakerKindNames = [numSpeakerKinds]string{"person", "organization", "group", "document", "unnamed"}

func (k SpeakerKind) String() string { return speakerKindNames[k] }

// ParseSpeakerKind is the inverse of [SpeakerKind.String].
func ParseSpeakerKind(s string) (SpeakerKind, bool) {
	return parseName[SpeakerKind](speakerKindNames[:], s)
}

// Speaker is whom mentions stand for.
type Speaker struct {
	Name        string // the fullest name in the article, without titles
	Kind        SpeakerKind
	Description string // "British interior minister"; empty when the article gives none
	Pronoun     string // "he", "she", "they"; empty when the article gives none
	Mentions    []int  // indices into Document.Mentions, in text order
}

// Resolution says who the source of each attribution and of each quote is.
// Entries are indices into Document.Speakers, or -1.
type Resolution struct {
	OfAttribution []int     // one entry an attribution
	OfQuote       []int     // one entry a quote; -1 for those not uttered
	QuoteMention  []int     // one entry a quote: index into Mentions of the words nearest that name the source, or -1
	QuoteManner   []Manner  // one entry a quote
	QuoteScore    []float32 // one entry a quote: calibrated probability that the speaker is right
}

// Position is a speaker's own expressed position toward a target.
type Position uint8

// Positions.
const (
	Neutral Position = iota
	Support
	Oppose
	numPositions
)

var positionNames = [numPositions]string{"neutral", "support", "oppose"}

func (p Position) String() string { return positionNames[p] }

// ParsePosition is the inverse of [Position.String].
func ParsePosition(s string) (Position, bool) { return parseName[Position](positionNames[:], s) }

// CueClass is the reporter's framing of a statement.
type CueClass uint8

// Cue classes. CueNone stands where there is no cue.
const (
	CueNone       CueClass = iota
	CueNeutral             // said
	CueAssertive           // insisted
	CueDistancing          // claimed
	CueConcessive          // admitted
	CueDenial              // denied
	CueEvaluative          // praised, accused
	CueDirective           // urged, warned
	CueMental              // believes
	numCueClasses
)

var cueClassNames = [numCueClasses]string{"", "neutral", "assertive", "distancing", "concessive", "denial", "evaluative", "directive", "mental"}

func (c CueClass) String() string { return cueClassNames[c] }

// ParseCueClass is the inverse of [CueClass.String].
func ParseCueClass(s string) (CueClass, bool) { return parseName[CueClass](cueClassNames[:], s) }

// Stance is the position expressed in one statement.
type Stance struct {
	Position   Position
	Target     string  // a short noun phrase; empty for neutral
	TargetSpan Span    // where the target stands, empty when it stands nowhere
	Evidence   []Span  // the words that express the position; none for neutral
	Confidence float32 // calibrated probability that Position is right
	// Toward has an entry for each target that was asked for and that the statement
	// is on, in the order in which they were asked for.
	Toward []Toward
}

// Toward is the position that a statement expresses toward a target that was
// asked for, whatever else it is about.
type Toward struct {
	Target     string // the name that it was asked for by
	Position   Position
	Span       Span    // words of the statement that name it; empty where only words around it do
	Confidence float32 // probability that Position is right
}

// Stances holds the stance layer: one entry an attribution and one a quote,
// and the class of each attribution's cue.
type Stances struct {
	OfAttribution []Stance
	OfQuote       []Stance
	CueClasses    []CueClass // one entry an attribution
}

func parseName[T ~uint8](names []string, s string) (T, bool) {
	for i, n := range names {
		if n == s {
			return T(i), true
		}
	}
	return 0, false
}
