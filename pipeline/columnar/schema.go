package columnar

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
)

// SchemaVersion is the version of the columns, in the metadata of every file
// and in the manifest. docs/schema.md keeps its history.
const SchemaVersion = "3"

// Keys of the metadata of every schema.
const (
	MetaSchemaVersion = "onrecord.schema_version"
	MetaVersion       = "onrecord.version" // of the program
	MetaModels        = "onrecord.models"  // a JSON array of [Model]
)

// Table names one table of the output; it is also the name of its folder.
type Table string

// The tables. Articles holds the documents with all their layers in the JSON
// form of gold labels and exists in the format JSONL only; the others hold
// columns, and Failures exists in every format.
const (
	Documents Table = "documents"
	Quotes    Table = "quotes"
	Claims    Table = "claims"
	Speakers  Table = "speakers"
	Failures  Table = "failures"
	Articles  Table = "articles"
)

// Model names trained weights that the run used.
type Model struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"` // of the weights, in hexadecimal
}

// Meta is what the metadata of every schema says of the program that ran.
type Meta struct {
	ToolVersion string
	Models      []Model // written in the order of their names
}

func (m Meta) models() []Model {
	models := slices.Clone(m.Models)
	slices.SortFunc(models, func(a, b Model) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.SHA256, b.SHA256))
	})
	if models == nil {
		models = []Model{} // "[]", not "null"
	}
	return models
}

func (m Meta) arrow() arrow.Metadata {
	models, err := json.Marshal(m.models())
	if err != nil { // strings always encode
		panic(err)
	}
	return arrow.NewMetadata(
		[]string{MetaModels, MetaSchemaVersion, MetaVersion},
		[]string{string(models), SchemaVersion, m.ToolVersion},
	)
}

// Schema returns the Arrow schema of a table, and nil for Articles, which has
// none.
func Schema(t Table, meta Meta) *arrow.Schema {
	switch t {
	case Documents:
		return schemaOf(documentColumns(), meta)
	case Quotes:
		return schemaOf(quoteColumns(), meta)
	case Claims:
		return schemaOf(claimColumns(), meta)
	case Speakers:
		return schemaOf(speakerColumns(), meta)
	case Failures:
		return schemaOf(failureColumns(), meta)
	case People:
		return schemaOf(personColumns(), meta)
	case Links:
		return schemaOf(linkColumns(), meta)
	}
	return nil
}

func schemaOf[R any](columns []column[R], meta Meta) *arrow.Schema {
	m := meta.arrow()
	return arrow.NewSchema(fieldsOf(columns), &m)
}

// The columns of the tables, in order.

func documentColumns() []column[documentRow] {
	type row = documentRow
	return []column[row]{
		str("doc_id", func(r *row) *string { return &r.docID }),
		str("source", func(r *row) *string { return &r.source }),
		optStr("url", func(r *row) *string { return &r.url }),
		optStr("title", func(r *row) *string { return &r.title }),
		optStr("byline", func(r *row) *string { return &r.byline }),
		optTime("published", func(r *row) *time.Time { return &r.published }),
		repeating(str("language", func(r *row) *string { return &r.language })),
		str("text", func(r *row) *string { return &r.text }),
		structs("blocks", func(r *row) *[]blockRow { return &r.blocks }, slices.Concat(
			[]column[blockRow]{str("kind", func(r *blockRow) *string { return &r.kind })},
			offsetColumns(func(r *blockRow) *offsets { return &r.offsets }),
		)),
		num32("n_words", func(r *row) *int32 { return &r.nWords }),
		num32("n_quotes", func(r *row) *int32 { return &r.nQuotes }),
		num32("n_claims", func(r *row) *int32 { return &r.nClaims }),
		str("sha256", func(r *row) *string { return &r.sha256 }),
		optStr("fingerprint", func(r *row) *string { return &r.fingerprint }),
		optStr("duplicate_of", func(r *row) *string { return &r.duplicateOf }),
		strs("layers", func(r *row) *[]string { return &r.layers }),
	}
}

func claimColumns() []column[claimRow] {
	type row = claimRow
	voice := voiceColumns(func(r *row) *voiceRow { return &r.voiceRow })
	stance := stanceColumns(func(r *row) *stanceRow { return &r.stanceRow })
	return slices.Concat(
		[]column[row]{
			str("claim_id", func(r *row) *string { return &r.claimID }),
			repeating(str("doc_id", func(r *row) *string { return &r.docID })),
			num32("ordinal", func(r *row) *int32 { return &r.ordinal }),
			repeating(str("kind", func(r *row) *string { return &r.kind })),
			str("text", func(r *row) *string { return &r.text }),
			spans("content", func(r *row) *[]span { return &r.content }),
			spans("source", func(r *row) *[]span { return &r.source }),
			spans("cue", func(r *row) *[]span { return &r.cue }),
			repeating(optStr("cue_class", func(r *row) *string { return &r.cueClass })),
		},
		voice,
		stance[:2],
		[]column[row]{spans("stance_evidence", func(r *row) *[]span { return &r.stanceEvidence })},
		stance[2:],
		[]column[row]{
			boolean("negated", func(r *row) *bool { return &r.negated }),
			float32s("confidence", func(r *row) *float32 { return &r.confidence }),
			repeating(str("attribution", func(r *row) *string { return &r.attribution })),
		},
	)
}

func quoteColumns() []column[quoteRow] {
	type row = quoteRow
	return slices.Concat(
		[]column[row]{
			str("quote_id", func(r *row) *string { return &r.quoteID }),
			repeating(str("doc_id", func(r *row) *string { return &r.docID })),
			optStr("claim_id", func(r *row) *string { return &r.claimID }),
			num32("ordinal", func(r *row) *int32 { return &r.ordinal }),
			repeating(str("kind", func(r *row) *string { return &r.kind })),
			str("text", func(r *row) *string { return &r.text }),
		},
		offsetColumns(func(r *row) *offsets { return &r.offsets }),
		[]column[row]{
			num32("depth", func(r *row) *int32 { return &r.depth }),
			optStruct("mention", func(r *row) **span { return &r.mention }, spanColumns()),
			optStruct("cue", func(r *row) **span { return &r.cue }, spanColumns()),
			repeating(optStr("cue_class", func(r *row) *string { return &r.cueClass })),
		},
		voiceColumns(func(r *row) *voiceRow { return &r.voiceRow }),
		stanceColumns(func(r *row) *stanceRow { return &r.stanceRow }),
		[]column[row]{
			boolean("attributed", func(r *row) *bool { return &r.attributed }),
			repeating(str("attribution", func(r *row) *string { return &r.attribution })),
			float32s("confidence", func(r *row) *float32 { return &r.confidence }),
			str("before", func(r *row) *string { return &r.before }),
			str("after", func(r *row) *string { return &r.after }),
		},
	)
}

func speakerColumns() []column[speakerRow] {
	type row = speakerRow
	return []column[row]{
		str("speaker_id", func(r *row) *string { return &r.speakerID }),
		repeating(str("doc_id", func(r *row) *string { return &r.docID })),
		str("name", func(r *row) *string { return &r.name }),
		repeating(str("kind", func(r *row) *string { return &r.kind })),
		optStr("description", func(r *row) *string { return &r.description }),
		repeating(optStr("pronoun", func(r *row) *string { return &r.pronoun })),
		structs("mentions", func(r *row) *[]mentionRow { return &r.mentions }, slices.Concat(
			offsetColumns(func(r *mentionRow) *offsets { return &r.offsets }),
			[]column[mentionRow]{
				str("text", func(r *mentionRow) *string { return &r.text }),
				str("type", func(r *mentionRow) *string { return &r.kind }),
			},
		)),
		num32("n_quotes", func(r *row) *int32 { return &r.nQuotes }),
		num32("n_claims", func(r *row) *int32 { return &r.nClaims }),
	}
}

func failureColumns() []column[Failure] {
	type row = Failure
	return []column[row]{
		repeating(str("source", func(r *row) *string { return &r.Source })),
		optNum64("record", func(r *row) *int64 { return &r.Record }),
		optStr("doc_id", func(r *row) *string { return &r.DocID }),
		repeating(str("stage", func(r *row) *string { return &r.Stage })),
		repeating(str("reason", func(r *row) *string { return &r.Reason })),
		str("message", func(r *row) *string { return &r.Message }),
	}
}

// Columns that several tables share.

func offsetColumns[R any](of func(*R) *offsets) []column[R] {
	return []column[R]{
		num64("start_byte", func(r *R) *int64 { return &of(r).startByte }),
		num64("end_byte", func(r *R) *int64 { return &of(r).endByte }),
		num64("start_char", func(r *R) *int64 { return &of(r).startChar }),
		num64("end_char", func(r *R) *int64 { return &of(r).endChar }),
	}
}

func spanColumns() []column[span] {
	return append(
		offsetColumns(func(r *span) *offsets { return &r.offsets }),
		str("text", func(r *span) *string { return &r.text }),
	)
}

func spans[R any](name string, of func(*R) *[]span) column[R] {
	return structs(name, of, spanColumns())
}

func voiceColumns[R any](of func(*R) *voiceRow) []column[R] {
	return []column[R]{
		optStr("speaker_id", func(r *R) *string { return &of(r).speakerID }),
		repeating(optStr("speaker", func(r *R) *string { return &of(r).speaker })),
		repeating(optStr("speaker_kind", func(r *R) *string { return &of(r).speakerKind })),
	}
}

func stanceColumns[R any](of func(*R) *stanceRow) []column[R] {
	return []column[R]{
		repeating(str("stance", func(r *R) *string { return &of(r).stance })),
		optStr("stance_target", func(r *R) *string { return &of(r).stanceTarget }),
		float32s("stance_confidence", func(r *R) *float32 { return &of(r).stanceConfidence }),
		structs("targets", func(r *R) *[]targetRow { return &of(r).targets }, []column[targetRow]{
			str("name", func(r *targetRow) *string { return &r.name }),
			str("stance", func(r *targetRow) *string { return &r.stance }),
			float32s("confidence", func(r *targetRow) *float32 { return &r.confidence }),
			optStruct("mention", func(r *targetRow) **span { return &r.mention }, spanColumns()),
		}),
	}
}
