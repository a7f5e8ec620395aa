package columnar

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"github.com/onrecord-nlp/onrecord/pipeline"
)

func verify(t testing.TB, dir string) *Report {
	t.Helper()
	r, err := Verify(t.Context(), dir, VerifyOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestVerifyGood: what the writer writes is whole, in every mix of formats, in
// many shards, and where nothing was found.
func TestVerifyGood(t *testing.T) {
	var many []*pipeline.Document
	for i := range 1500 { // more than a batch
		many = append(many, benchDocument(i))
	}
	good := func(formats []Format, shard int, docs ...*pipeline.Document) {
		dir := t.TempDir()
		m := write(t, dir, Options{Formats: formats, ShardDocuments: shard}, docs...)
		r := verify(t, dir)
		for _, f := range r.Faults {
			t.Errorf("%v, %d documents in shards of %d: %s: %s", formats, len(docs), shard, f.Kind, f)
		}
		if r.Manifest == nil || r.Files != len(m.Shards) || r.Found != 0 || r.Skipped != 0 || r.Bytes == 0 {
			t.Errorf("%v, %d documents: the report is %+v", formats, len(docs), r)
		}
	}
	for _, formats := range [][]Format{{Arrow}, {Parquet}, {JSONL}, {Arrow, Parquet}, {Parquet, JSONL}, Formats()} {
		good(formats, 0)
		good(formats, 0, fixtures(t)...)
		good(formats, 2, fixtures(t)...)
	}
	good(Formats(), 1200, many...)
}

// rewrite gives the rows of the first shard of a table to edit, and writes what
// it returns in each format, with a manifest that fits the files.
func rewrite[R any](t *testing.T, dir string, name Table, columns []column[R], formats []Format, edit func([]R) []R) {
	t.Helper()
	for _, format := range formats {
		path := shardPath(name, 0, format)
		var list []R
		for row, err := range readRows(dir, shardOf(t, dir, path), columns) {
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, row)
		}
		list = edit(list)
		os.Remove(filepath.Join(dir, path))
		var out *file
		table := newTable(name, columns, []Format{format}, meta)
		err := table.open(func(Table, Format) (f *file, err error) {
			out, err = newFile(createFile, filepath.Join(dir, path))
			return out, err
		})
		if err == nil {
			appendAll(table, list)
			err = errors.Join(table.close(), out.finish(), out.publish())
		}
		if err != nil {
			t.Fatal(err)
		}
		seal(t, dir, path)
	}
}

// recast is rewrite for records.
func recast(t *testing.T, dir string, name Table, formats []Format, edit func(arrow.Record) arrow.Record) {
	t.Helper()
	for _, format := range formats {
		path := shardPath(name, 0, format)
		full := filepath.Join(dir, path)
		var records []arrow.Record
		for rec, err := range readRecords(full) {
			if err != nil {
				t.Fatal(err)
			}
			rec.Retain()
			records = append(records, edit(rec))
		}
		os.Remove(full)
		out, err := newFile(createFile, full)
		if err != nil {
			t.Fatal(err)
		}
		e, err := newEncoder(format, out, records[0].Schema(), nil, memory.DefaultAllocator)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range records {
			if err := e.Write(r); err != nil {
				t.Fatal(err)
			}
		}
		if err := errors.Join(e.Close(), out.finish(), out.publish()); err != nil {
			t.Fatal(err)
		}
		seal(t, dir, path)
	}
}

func shardOf(t *testing.T, dir, path string) Shard {
	t.Helper()
	m, err := ReadManifest(dir)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(m.Shards, func(s Shard) bool { return s.Path == path })
	if i < 0 {
		t.Fatalf("no shard %s", path)
	}
	return m.Shards[i]
}

// seal makes the manifest fit the file, so that more than its sha256 be looked
// at.
func seal(t *testing.T, dir, path string) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, path))
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(b)
	editManifest(t, dir, func(m *Manifest) {
		for i := range m.Shards {
			if s := &m.Shards[i]; s.Path == path {
				s.Bytes, s.SHA256 = int64(len(b)), hex.EncodeToString(sum[:])
			}
		}
	})
}

func editManifest(t *testing.T, dir string, edit func(*Manifest)) {
	t.Helper()
	m, err := ReadManifest(dir)
	if err != nil {
		t.Fatal(err)
	}
	edit(m)
	b, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, manifestName), b, 0o644); err != nil {
		t.Fatal(err)
	}
}

// editLine changes a line of the articles by replacing old, which is in it.
func editLine(t *testing.T, dir string, table Table, old, new string) {
	t.Helper()
	path := shardPath(table, 0, JSONL)
	full := filepath.Join(dir, path)
	b, err := os.ReadFile(full)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(b, []byte(old)) {
		t.Fatalf("%s has no %q: %s", path, old, b)
	}
	if err := os.WriteFile(full, bytes.Replace(b, []byte(old), []byte(new), 1), 0o644); err != nil {
		t.Fatal(err)
	}
	seal(t, dir, path)
}

// withoutColumn drops a column of a record.
func withoutColumn(name string) func(arrow.Record) arrow.Record {
	return func(rec arrow.Record) arrow.Record {
		return pick(rec, func(f arrow.Field) bool { return f.Name != name }, func(f arrow.Field, a arrow.Array) (arrow.Field, arrow.Array) { return f, a })
	}
}

// nulled puts a null into row 0 of a column of strings.
func nulled(name string) func(arrow.Record) arrow.Record {
	return func(rec arrow.Record) arrow.Record {
		return pick(rec, func(arrow.Field) bool { return true }, func(f arrow.Field, a arrow.Array) (arrow.Field, arrow.Array) {
			if f.Name != name {
				return f, a
			}
			b := array.NewStringBuilder(memory.DefaultAllocator)
			b.AppendNull()
			for i := 1; i < a.Len(); i++ {
				b.Append(a.(*array.String).Value(i))
			}
			return f, b.NewArray()
		})
	}
}

func pick(rec arrow.Record, keep func(arrow.Field) bool, edit func(arrow.Field, arrow.Array) (arrow.Field, arrow.Array)) arrow.Record {
	var fields []arrow.Field
	var columns []arrow.Array
	for i, f := range rec.Schema().Fields() {
		if keep(f) {
			f, a := edit(f, rec.Column(i))
			fields, columns = append(fields, f), append(columns, a)
		}
	}
	m := rec.Schema().Metadata()
	return array.NewRecord(arrow.NewSchema(fields, &m), columns, rec.NumRows())
}

// editing edits row i.
func editing[R any](i int, edit func(*R)) func([]R) []R {
	return func(rows []R) []R {
		edit(&rows[i])
		return rows
	}
}

// TestVerifyFaults plants one fault at a time into a good run and expects
// Verify to name its kind and place.
func TestVerifyFaults(t *testing.T) {
	source := t.TempDir()
	write(t, source, Options{Formats: Formats(), ShardDocuments: 3}, fixtures(t)...)
	both := []Format{Arrow, Parquet}

	type plant func(t *testing.T, dir string)
	document := func(i int, edit func(*documentRow)) plant {
		return func(t *testing.T, dir string) {
			rewrite(t, dir, Documents, documentColumns(), both, editing(i, edit))
		}
	}
	quote := func(i int, edit func(*quoteRow)) plant {
		return func(t *testing.T, dir string) {
			rewrite(t, dir, Quotes, quoteColumns(), both, editing(i, edit))
		}
	}
	claim := func(i int, edit func(*claimRow)) plant {
		return func(t *testing.T, dir string) {
			rewrite(t, dir, Claims, claimColumns(), both, editing(i, edit))
		}
	}
	speaker := func(i int, edit func(*speakerRow)) plant {
		return func(t *testing.T, dir string) {
			rewrite(t, dir, Speakers, speakerColumns(), both, editing(i, edit))
		}
	}
	failed := func(i int, edit func(*Failure)) plant {
		return func(t *testing.T, dir string) {
			// The failures stand in the second shard.
			rewrite(t, dir, Failures, failureColumns(), both, func([]Failure) []Failure {
				list := []Failure{failure, failure}
				edit(&list[i])
				return list
			})
			editManifest(t, dir, func(m *Manifest) {
				m.Totals.Failures += 2
				for k := range m.Shards {
					if strings.HasPrefix(m.Shards[k].Path, "failures/part-00000.") && !strings.HasSuffix(m.Shards[k].Path, "jsonl") {
						m.Shards[k].Rows = 2
					}
				}
			})
		}
	}
	manifest := func(edit func(*Manifest)) plant {
		return func(t *testing.T, dir string) { editManifest(t, dir, edit) }
	}
	cast := func(name Table, edit func(arrow.Record) arrow.Record) plant {
		return func(t *testing.T, dir string) { recast(t, dir, name, both, edit) }
	}
	line := func(old, new string) plant {
		return func(t *testing.T, dir string) { editLine(t, dir, Articles, old, new) }
	}
	file := func(do func(dir string) error) plant {
		return func(t *testing.T, dir string) {
			if err := do(dir); err != nil {
				t.Fatal(err)
			}
		}
	}

	for _, c := range []struct {
		name  string
		plant plant
		kind  FaultKind
		says  string // the beginning of the fault in words
	}{
		// Spans.
		{"a word changed", quote(1, func(r *quoteRow) { r.text = "No." }), FaultSpan, `quotes/part-00000.arrow: row 1: text: the words are "No."`},
		{"a character off", quote(0, func(r *quoteRow) { r.startChar++ }), FaultSpan, "quotes/part-00000.arrow: row 0: text: bytes ["},
		{"an end a character off", quote(0, func(r *quoteRow) { r.endChar++ }), FaultSpan, "quotes/part-00000.arrow: row 0: text: bytes ["},
		{"a byte within a character", claim(4, func(r *claimRow) { r.content[0].startByte += 2 }), FaultSpan, "claims/part-00000.arrow: row 4: content: bytes"},
		{"out of the text", claim(0, func(r *claimRow) { r.cue[0].endByte = 1e6 }), FaultSpan, "claims/part-00000.arrow: row 0: cue: bytes"},
		{"before the text", claim(0, func(r *claimRow) { r.source[0].startByte = -1 }), FaultSpan, "claims/part-00000.arrow: row 0: source: bytes"},
		{"source changed", claim(0, func(r *claimRow) { r.source[0].text = "x" }), FaultSpan, "claims/part-00000.arrow: row 0: source: the words"},
		{"cue changed", claim(0, func(r *claimRow) { r.cue[0].text = "x" }), FaultSpan, "claims/part-00000.arrow: row 0: cue: the words"},
		{"evidence changed", claim(2, func(r *claimRow) { r.stanceEvidence[0].text = "x" }), FaultSpan, "claims/part-00000.arrow: row 2: stance_evidence: the words"},
		{"a claim's text changed", claim(0, func(r *claimRow) { r.text = "We heard you" }), FaultSpan, "claims/part-00000.arrow: row 0: text: "},
		{"a mention changed", speaker(0, func(r *speakerRow) { r.mentions[1].text = "x" }), FaultSpan, "speakers/part-00000.arrow: row 0: mentions: the words"},
		{"a quote's mention changed", quote(0, func(r *quoteRow) { r.mention.text = "x" }), FaultSpan, "quotes/part-00000.arrow: row 0: mention: the words"},
		{"a quote's cue changed", quote(0, func(r *quoteRow) { r.cue.text = "sang" }), FaultSpan, "quotes/part-00000.arrow: row 0: cue: the words"},
		{"context changed", quote(0, func(r *quoteRow) { r.before = "" }), FaultSpan, "quotes/part-00000.arrow: row 0: before: "},
		{"context too long", quote(0, func(r *quoteRow) { r.after += "x" }), FaultSpan, "quotes/part-00000.arrow: row 0: after: "},
		{"a block off", document(0, func(r *documentRow) { r.blocks[1].endChar++ }), FaultSpan, "documents/part-00000.arrow: row 0: blocks: bytes"},
		{"the text changed", document(2, func(r *documentRow) { r.text += "." }), FaultSpan, "documents/part-00000.arrow: row 2: sha256: "},
		{"sha256 of another text", document(0, func(r *documentRow) { r.sha256 = strings.Repeat("0", 64) }), FaultSpan, "documents/part-00000.arrow: row 0: sha256: "},

		// Counts.
		{"words miscounted", document(0, func(r *documentRow) { r.nWords++ }), FaultCount, "documents/part-00000.arrow: row 0: n_words: "},
		{"quotes miscounted", document(0, func(r *documentRow) { r.nQuotes++ }), FaultCount, "documents/part-00000.arrow: row 0: n_quotes: "},
		{"claims miscounted", document(1, func(r *documentRow) { r.nClaims-- }), FaultCount, "documents/part-00000.arrow: row 1: n_claims: -1, counted 0"},
		{"speaker's claims miscounted", speaker(1, func(r *speakerRow) { r.nClaims++ }), FaultCount, "speakers/part-00000.arrow: row 1: n_claims: 4, counted 3"},
		{"speaker's quotes miscounted", speaker(0, func(r *speakerRow) { r.nQuotes = 0 }), FaultCount, "speakers/part-00000.arrow: row 0: n_quotes: 0, counted 2"},
		{"a row gone", func(t *testing.T, dir string) {
			rewrite(t, dir, Claims, claimColumns(), both, func(r []claimRow) []claimRow { return r[:4] })
		}, FaultCount, "claims/part-00000.arrow: 4 rows, the manifest says 5"},
		{"a document gone", func(t *testing.T, dir string) {
			rewrite(t, dir, Documents, documentColumns(), both, func(r []documentRow) []documentRow { return r[:2] })
		}, FaultCount, "documents/part-00000.arrow: 2 rows, the manifest says 3"},
		{"a wrong total", manifest(func(m *Manifest) { m.Totals.Quotes++ }), FaultCount, "manifest.json: totals.quotes: 6, there are 5"},
		{"a wrong total by kind", manifest(func(m *Manifest) { m.Totals.ClaimsIndirect++ }), FaultCount, "manifest.json: totals.claims_indirect: "},
		{"a wrong total of words", manifest(func(m *Manifest) { m.Totals.Words++ }), FaultCount, "manifest.json: totals.words: "},
		{"a wrong total of failures", manifest(func(m *Manifest) { m.Totals.Failures++ }), FaultCount, "manifest.json: totals.failures: "},

		// Ids, links and order.
		{"an id twice", quote(1, func(r *quoteRow) { r.quoteID = "ferry-1#q0" }), FaultIdentity, `quotes/part-00000.arrow: row 1: quote_id: "ferry-1#q0", not "ferry-1#q1"`},
		{"an id of another document", speaker(1, func(r *speakerRow) { r.speakerID = "silent#s1" }), FaultIdentity, `speakers/part-00000.arrow: row 1: speaker_id: "silent#s1"`},
		{"no id", document(1, func(r *documentRow) { r.docID = "" }), FaultIdentity, "documents/part-00000.arrow: row 1: doc_id: empty"},
		{"a document's id twice", document(2, func(r *documentRow) { r.docID = "silent" }), FaultIdentity, `documents/part-00000.arrow: row 2: doc_id: "silent" is taken by documents/part-00000.arrow: row 1`},
		{"a document's id of another shard", document(2, func(r *documentRow) { r.docID = "crowded" }), FaultIdentity, `documents/part-00001.arrow: row 1: doc_id: "crowded" is taken by documents/part-00000.arrow: row 2`},
		{"a link to no claim", quote(0, func(r *quoteRow) { r.claimID = "x" }), FaultLink, `quotes/part-00000.arrow: row 0: claim_id: "x"`},
		{"a link behind the claims", quote(0, func(r *quoteRow) { r.claimID = "ferry-1#c5" }), FaultLink, `quotes/part-00000.arrow: row 0: claim_id: "ferry-1#c5"`},
		{"a link to no speaker", claim(0, func(r *claimRow) { r.speakerID = "x" }), FaultLink, `claims/part-00000.arrow: row 0: speaker_id: "x"`},
		{"a speaker with another number", quote(0, func(r *quoteRow) { r.speakerID = "ferry-1#s00" }), FaultLink, `quotes/part-00000.arrow: row 0: speaker_id: "ferry-1#s00"`},
		{"a link to no document", speaker(0, func(r *speakerRow) { r.docID = "x" }), FaultLink, `speakers/part-00000.arrow: row 0: doc_id: "x"`},
		{"rows of an earlier document", func(t *testing.T, dir string) {
			rewrite(t, dir, Documents, documentColumns(), both, func(r []documentRow) []documentRow { return []documentRow{r[1], r[0], r[2]} })
			rewrite(t, dir, Speakers, speakerColumns(), both, func(r []speakerRow) []speakerRow {
				last := r[1]
				last.docID = "silent"
				return []speakerRow{r[0], last}
			})
		}, FaultOrder, `speakers/part-00000.arrow: row 1: doc_id: the rows of "silent" stand behind`},
		{"another's name", claim(0, func(r *claimRow) { r.speaker = "x" }), FaultLink, `claims/part-00000.arrow: row 0: speaker: "x"`},
		{"another's kind", quote(0, func(r *quoteRow) { r.speakerKind = "group" }), FaultLink, `quotes/part-00000.arrow: row 0: speaker_kind: "group"`},
		{"a name without a speaker", claim(4, func(r *claimRow) { r.speaker = "x" }), FaultLink, "claims/part-00000.arrow: row 4: speaker_id: null"},
		{"a speaker not attributed", quote(0, func(r *quoteRow) { r.attributed = false }), FaultLink, "quotes/part-00000.arrow: row 0: attributed: "},
		{"a class not the claim's", quote(0, func(r *quoteRow) { r.cueClass = "denial" }), FaultLink, "quotes/part-00000.arrow: row 0: cue_class: "},
		{"a cue not the claim's", quote(0, func(r *quoteRow) { r.claimID = "ferry-1#c1" }), FaultLink, "quotes/part-00000.arrow: row 0: cue: none of its claim's"},
		{"a duplicate of nothing", document(1, func(r *documentRow) { r.duplicateOf = "x" }), FaultLink, `documents/part-00000.arrow: row 1: duplicate_of: "x" is no earlier`},
		{"a duplicate of a later one", document(1, func(r *documentRow) { r.duplicateOf = "bare" }), FaultLink, `documents/part-00000.arrow: row 1: duplicate_of: "bare" is no earlier`},
		{"a duplicate that is none", document(0, func(r *documentRow) { r.fingerprint = strings.Repeat("0123456789abcdef", 4) }), FaultLink, "documents/part-00001.arrow: row 0: duplicate_of: the fingerprint"},
		{"no fingerprint", document(0, func(r *documentRow) { r.fingerprint = "0123" }), FaultValue, `documents/part-00000.arrow: row 0: fingerprint: "0123"`},
		{"an ordinal left out", claim(1, func(r *claimRow) { r.ordinal = 2 }), FaultOrder, "claims/part-00000.arrow: row 1: ordinal: 2, not 1"},
		{"rows exchanged", func(t *testing.T, dir string) {
			rewrite(t, dir, Quotes, quoteColumns(), both, func(r []quoteRow) []quoteRow {
				r[0].span, r[1].span = r[1].span, r[0].span
				return r
			})
		}, FaultOrder, "quotes/part-00000.arrow: row 1: start_byte: "},
		{"claims exchanged", func(t *testing.T, dir string) {
			rewrite(t, dir, Claims, claimColumns(), both, func(r []claimRow) []claimRow {
				r[2].content, r[3].content = r[3].content, r[2].content
				return r
			})
		}, FaultOrder, "claims/part-00000.arrow: row 3: content: "},
		{"spans exchanged", claim(0, func(r *claimRow) { slices.Reverse(r.content) }), FaultOrder, "claims/part-00000.arrow: row 0: content: "},
		{"blocks overlap", document(1, func(r *documentRow) {
			r.blocks = []blockRow{{"body", offsets{0, 5, 0, 5}}, {"body", offsets{4, 6, 4, 6}}}
		}), FaultOrder, "documents/part-00000.arrow: row 1: blocks: "},

		// Values.
		{"an unknown stance", claim(1, func(r *claimRow) { r.stance = "angry" }), FaultValue, `claims/part-00000.arrow: row 1: stance: "angry"`},
		{"an indirect quote", quote(1, func(r *quoteRow) { r.kind = "indirect" }), FaultValue, `quotes/part-00000.arrow: row 1: kind: "indirect"`},
		{"an unknown kind of claim", claim(1, func(r *claimRow) { r.kind = "x" }), FaultValue, `claims/part-00000.arrow: row 1: kind: "x"`},
		{"an unknown manner", quote(1, func(r *quoteRow) { r.attribution = "x" }), FaultValue, `quotes/part-00000.arrow: row 1: attribution: "x"`},
		{"an unknown class", claim(1, func(r *claimRow) { r.cueClass = "x" }), FaultValue, `claims/part-00000.arrow: row 1: cue_class: "x"`},
		{"an unknown kind of speaker", speaker(0, func(r *speakerRow) { r.kind = "x" }), FaultValue, `speakers/part-00000.arrow: row 0: kind: "x"`},
		{"an unknown pronoun", speaker(0, func(r *speakerRow) { r.pronoun = "x" }), FaultValue, `speakers/part-00000.arrow: row 0: pronoun: "x"`},
		{"an unknown type", speaker(0, func(r *speakerRow) { r.mentions[0].kind = "x" }), FaultValue, `speakers/part-00000.arrow: row 0: mentions.type: "x"`},
		{"an unknown block", document(0, func(r *documentRow) { r.blocks[0].kind = "x" }), FaultValue, `documents/part-00000.arrow: row 0: blocks.kind: "x"`},
		{"layers out of order", document(0, func(r *documentRow) { slices.Reverse(r.layers) }), FaultValue, "documents/part-00000.arrow: row 0: layers: "},
		{"rows of a layer that was not made", document(0, func(r *documentRow) { r.layers = r.layers[:2] }), FaultValue, "documents/part-00000.arrow: row 0: layers: quotes were not looked for"},
		{"certainty above 1", claim(1, func(r *claimRow) { r.confidence = 1.5 }), FaultValue, "claims/part-00000.arrow: row 1: confidence: 1.5"},
		{"no number", quote(1, func(r *quoteRow) { r.stanceConfidence = float32(math.NaN()) }), FaultValue, "quotes/part-00000.arrow: row 1: stance_confidence: NaN"},
		{"a target twice", claim(1, func(r *claimRow) { r.targets[1].name = r.targets[0].name }), FaultValue, "claims/part-00000.arrow: row 1: targets.name: "},
		{"a target without a name", claim(1, func(r *claimRow) { r.targets[0].name = "" }), FaultValue, "claims/part-00000.arrow: row 1: targets.name: empty"},
		{"other words for a target", claim(1, func(r *claimRow) { r.targets[0].mention.text = "ships" }), FaultSpan, "claims/part-00000.arrow: row 1: targets.mention: "},
		{"no stance toward a target", claim(1, func(r *claimRow) { r.targets[0].stance = "for" }), FaultValue, "claims/part-00000.arrow: row 1: targets.stance: "},
		{"a target of nothing", quote(0, func(r *quoteRow) { r.stanceTarget = "x" }), FaultValue, "quotes/part-00000.arrow: row 0: stance_target: "},
		{"no content", claim(1, func(r *claimRow) { r.content = nil }), FaultValue, "claims/part-00000.arrow: row 1: content: empty"},
		{"no reason", failed(0, func(r *Failure) { r.Reason = "" }), FaultValue, "failures/part-00000.arrow: row 0: reason: empty"},
		{"a null", cast(Quotes, nulled("after")), FaultValue, "quotes/part-00000.arrow: row 0: after: null"},

		// Columns.
		{"no column", cast(Claims, withoutColumn("negated")), FaultSchema, "claims/part-00000.arrow: negated: there are 0"},
		{"a column too many", cast(Documents, func(rec arrow.Record) arrow.Record {
			m := rec.Schema().Metadata()
			fields := append(slices.Clone(rec.Schema().Fields()), arrow.Field{Name: "x", Type: arrow.BinaryTypes.String})
			return array.NewRecord(arrow.NewSchema(fields, &m), append(slices.Clone(rec.Columns()), rec.Column(0)), rec.NumRows())
		}), FaultSchema, "documents/part-00000.arrow: x: no column of the table"},
		{"a nullable column", cast(Claims, func(rec arrow.Record) arrow.Record {
			return pick(rec, func(arrow.Field) bool { return true }, func(f arrow.Field, a arrow.Array) (arrow.Field, arrow.Array) {
				f.Nullable = f.Nullable || f.Name == "stance"
				return f, a
			})
		}), FaultSchema, "claims/part-00000.arrow: stance: nullable is true"},
		{"another type", cast(Claims, func(rec arrow.Record) arrow.Record {
			return pick(rec, func(arrow.Field) bool { return true }, func(f arrow.Field, a arrow.Array) (arrow.Field, arrow.Array) {
				if f.Name == "ordinal" {
					b := array.NewInt64Builder(memory.DefaultAllocator)
					for i := range a.Len() {
						b.Append(int64(i))
					}
					f.Type, a = arrow.PrimitiveTypes.Int64, b.NewArray()
				}
				return f, a
			})
		}), FaultSchema, "claims/part-00000.arrow: ordinal: the type is int64, not int32"},
		{"no metadata", cast(Speakers, func(rec arrow.Record) arrow.Record {
			return array.NewRecord(arrow.NewSchema(rec.Schema().Fields(), nil), rec.Columns(), rec.NumRows())
		}), FaultSchema, "speakers/part-00000.arrow: the metadata onrecord.models is"},
		{"other models", manifest(func(m *Manifest) { m.Models = m.Models[:1] }), FaultSchema, "documents/part-00000.arrow: the metadata onrecord.models is"},

		// Formats.
		{"formats apart", func(t *testing.T, dir string) {
			rewrite(t, dir, Claims, claimColumns(), []Format{Parquet}, editing(0, func(r *claimRow) { r.confidence = 0.5 }))
		}, FaultFormats, "claims/part-00000.parquet: row 0: confidence: "},
		{"formats apart in a list", func(t *testing.T, dir string) {
			rewrite(t, dir, Speakers, speakerColumns(), []Format{Parquet}, editing(1, func(r *speakerRow) { r.mentions = r.mentions[1:] }))
		}, FaultFormats, "speakers/part-00000.parquet: row 1: mentions: "},
		{"a row more in Parquet", func(t *testing.T, dir string) {
			rewrite(t, dir, Quotes, quoteColumns(), []Format{Parquet}, func(r []quoteRow) []quoteRow { return append(r, r[0]) })
		}, FaultCount, "quotes/part-00000.parquet: 4 rows, quotes/part-00000.arrow has 3"},
		{"a row less in Parquet", func(t *testing.T, dir string) {
			rewrite(t, dir, Quotes, quoteColumns(), []Format{Parquet}, func(r []quoteRow) []quoteRow { return r[:2] })
		}, FaultCount, "quotes/part-00000.parquet: 2 rows, quotes/part-00000.arrow has more"},
		{"another speaker in JSON", line(`"speaker":"José Nuñez"`, `"speaker":"x"`), FaultFormats, "articles/part-00000.jsonl: row 0: quotes[0].speaker: "},
		{"another span in JSON", line(`"quotes":[{"start":29,`, `"quotes":[{"start":28,`), FaultFormats, "articles/part-00000.jsonl: row 0: quotes[0].start, end: [28,"},
		{"another stance in JSON", line(`"stance":"oppose","target":"rescue"`, `"stance":"neutral","target":"rescue"`), FaultFormats, `articles/part-00000.jsonl: row 0: claims[2].stance: "neutral"`},
		{"another mention in JSON", line(`"mentions":[[44,54]`, `"mentions":[[43,54]`), FaultFormats, "articles/part-00000.jsonl: row 0: speakers[0].mentions: [[43,54]"},
		{"another text in JSON", line("No one spoke.", "No one spoke!"), FaultFormats, "articles/part-00000.jsonl: row 1: text: "},
		{"another title in JSON", line(`"title":"Ferry stays`, `"title":"Ferry goes`), FaultFormats, "articles/part-00000.jsonl: row 0: title: "},
		{"a layer too many in JSON", line(`"id":"bare",`, `"id":"bare","quotes":[],`), FaultFormats, "articles/part-00000.jsonl: row 2: quotes: "},
		{"another document in JSON", line(`"id":"silent"`, `"id":"x"`), FaultFormats, `articles/part-00000.jsonl: row 1: id: "x"`},
		{"no JSON", line(`{"id":"silent"`, `{"id":"silent`), FaultDamaged, "articles/part-00000.jsonl: row 1: no article in JSON"},
		{"a line less in JSON", func(t *testing.T, dir string) {
			path := shardPath(Articles, 0, JSONL)
			b, _ := os.ReadFile(filepath.Join(dir, path))
			os.WriteFile(filepath.Join(dir, path), b[:bytes.LastIndexByte(b[:len(b)-1], '\n')+1], 0o644)
			seal(t, dir, path)
		}, FaultCount, "articles/part-00000.jsonl: 2 lines"},
		{"a line more in JSON", func(t *testing.T, dir string) {
			path := shardPath(Articles, 0, JSONL)
			b, _ := os.ReadFile(filepath.Join(dir, path))
			os.WriteFile(filepath.Join(dir, path), append(b, "{}\n"...), 0o644)
			seal(t, dir, path)
		}, FaultCount, "articles/part-00000.jsonl: 4 lines"},
		{"another failure in JSON", func(t *testing.T, dir string) {
			path := shardPath(Failures, 1, JSONL)
			b, _ := os.ReadFile(filepath.Join(dir, path))
			os.WriteFile(filepath.Join(dir, path), bytes.Replace(b, []byte("bad_json"), []byte("bad"), 1), 0o644)
			seal(t, dir, path)
		}, FaultFormats, "failures/part-00001.jsonl: row 0: "},

		// Files.
		{"a bit turned", file(func(dir string) error {
			path := filepath.Join(dir, shardPath(Claims, 0, Arrow))
			b, err := os.ReadFile(path)
			b[len(b)/2] ^= 1
			return errors.Join(err, os.WriteFile(path, b, 0o644))
		}), FaultDamaged, "claims/part-00000.arrow: the sha256"},
		{"a file cut off", file(func(dir string) error { return os.Truncate(filepath.Join(dir, shardPath(Quotes, 1, Parquet)), 100) }),
			FaultDamaged, "quotes/part-00001.parquet: 100 bytes, the manifest says"},
		{"no Arrow file", func(t *testing.T, dir string) {
			path := shardPath(Quotes, 0, Arrow)
			os.WriteFile(filepath.Join(dir, path), bytes.Repeat([]byte("x"), 500), 0o644)
			seal(t, dir, path)
		}, FaultDamaged, "quotes/part-00000.arrow: "},
		{"no Parquet file", func(t *testing.T, dir string) {
			path := shardPath(Quotes, 0, Parquet)
			os.WriteFile(filepath.Join(dir, path), []byte("x"), 0o644)
			seal(t, dir, path)
		}, FaultDamaged, "quotes/part-00000.parquet: "},
		{"a file too many", file(func(dir string) error { return os.WriteFile(filepath.Join(dir, "notes.txt"), nil, 0o644) }), FaultLeftover, "notes.txt: "},
		{"a shard too many", file(func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "quotes", "part-00002.arrow"), nil, 0o644)
		}), FaultLeftover, "quotes/part-00002.arrow: "},
		{"half a file", file(func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "quotes", ".part-00002.arrow.tmp"), nil, 0o644)
		}), FaultLeftover, "quotes/.part-00002.arrow.tmp: "},
		{"a folder too many", file(func(dir string) error { return os.Mkdir(filepath.Join(dir, "x"), 0o755) }), FaultLeftover, "x: "},
		{"a file gone", file(func(dir string) error { return os.Remove(filepath.Join(dir, shardPath(Quotes, 0, Parquet))) }), FaultMissing, "quotes/part-00000.parquet: "},

		// The manifest.
		{"no manifest", file(func(dir string) error { return os.Remove(filepath.Join(dir, manifestName)) }), FaultManifest, "manifest.json: there is none"},
		{"half a manifest", file(func(dir string) error { return os.Truncate(filepath.Join(dir, manifestName), 100) }), FaultManifest, "manifest.json: "},
		{"another version", manifest(func(m *Manifest) { m.SchemaVersion = "0" }), FaultManifest, "manifest.json: schema_version is 0"},
		{"a shard not listed", manifest(func(m *Manifest) { m.Shards = m.Shards[1:] }), FaultManifest, "manifest.json: shards: failures/part-00000.arrow is not listed"},
		{"a shard listed twice", manifest(func(m *Manifest) { m.Shards = append(m.Shards, m.Shards[0]) }), FaultManifest, "manifest.json: shards: failures/part-00000.arrow is listed twice"},
		{"a path out of the folder", manifest(func(m *Manifest) { m.Shards[0].Path = "../x" }), FaultManifest, `manifest.json: shards: "../x"`},
		{"an unknown format", manifest(func(m *Manifest) { m.Formats[0] = "x" }), FaultManifest, `manifest.json: formats: "x"`},
		{"times exchanged", manifest(func(m *Manifest) { m.Started, m.Finished = m.Finished, m.Started }), FaultManifest, "manifest.json: finished"},
		{"a number of rows", manifest(func(m *Manifest) {
			for i := range m.Shards {
				if m.Shards[i].Path == "quotes/part-00000.parquet" {
					m.Shards[i].Rows++
				}
			}
		}), FaultCount, "quotes/part-00000.parquet: 3 rows, the manifest says 4"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(source)); err != nil {
				t.Fatal(err)
			}
			c.plant(t, dir)
			r := verify(t, dir)
			var said []string
			for _, f := range r.Faults {
				if f.Kind == c.kind && strings.HasPrefix(f.String(), c.says) {
					if f.Kind.Remedy() == "" {
						t.Error("no remedy")
					}
					return
				}
				said = append(said, string(f.Kind)+": "+f.String())
			}
			t.Errorf("found:\n\t%s\nnot:\n\t%s: %s", strings.Join(said, "\n\t"), c.kind, c.says)
		})
	}
}

// TestVerifyArticles: faults of a run of JSON Lines alone.
func TestVerifyArticles(t *testing.T) {
	source := t.TempDir()
	write(t, source, Options{Formats: []Format{JSONL}}, fixtures(t)...)
	for _, c := range []struct {
		name     string
		old, new string
		kind     FaultKind
		says     string
	}{
		{"an offset out of the text", `"end":42`, `"end":9999`, FaultValue, "articles/part-00000.jsonl: row 0: quotes[0].start: offsets"},
		{"a speaker who is none", `"speaker":"José Nuñez"`, `"speaker":"x"`, FaultValue, `articles/part-00000.jsonl: row 0: quotes[0].speaker: "x"`},
		{"a claim that is none", `"claim":0`, `"claim":99`, FaultValue, "articles/part-00000.jsonl: row 0: quotes[0].claim: 99"},
		{"an unknown kind", `"kind":"body"`, `"kind":"x"`, FaultValue, "articles/part-00000.jsonl: row 0: blocks"},
		{"an id twice", `"id":"bare"`, `"id":"silent"`, FaultIdentity, `articles/part-00000.jsonl: row 2: doc_id: "silent" is taken`},
		{"a word more", `No one spoke.`, `No one ever spoke.`, FaultCount, "manifest.json: totals.words: "},
		{"a claim less", `"kind":"indirect"`, `"kind":"mixed"`, FaultCount, "manifest.json: totals.claims_"},
		{"no JSON", `{"id":"silent"`, `{"id":"silent`, FaultDamaged, "articles/part-00000.jsonl: row 1: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(source)); err != nil {
				t.Fatal(err)
			}
			editLine(t, dir, Articles, c.old, c.new)
			r := verify(t, dir)
			for _, f := range r.Faults {
				if f.Kind == c.kind && strings.HasPrefix(f.String(), c.says) {
					return
				}
			}
			t.Errorf("found %v, not %s: %s", r.Faults, c.kind, c.says)
		})
	}
}

// TestVerifyMany: of many faults the first are listed and all counted, the same
// whatever the number of workers.
func TestVerifyMany(t *testing.T) {
	dir := t.TempDir()
	var docs []*pipeline.Document
	for i := range 100 {
		docs = append(docs, benchDocument(i))
	}
	write(t, dir, Options{ShardDocuments: 10}, docs...)
	rewrite(t, dir, Quotes, quoteColumns(), []Format{Arrow}, func(rows []quoteRow) []quoteRow {
		for i := range rows {
			rows[i].before = "x"
		}
		return rows
	})
	var before *Report
	for workers := range 4 {
		r, err := Verify(t.Context(), dir, VerifyOptions{Workers: workers, MaxFaults: 7})
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Faults) != 7 || r.Found != 100 || r.Faults[6].Row != 6 {
			t.Errorf("%d listed of %d, the last %s", len(r.Faults), r.Found, r.Faults[len(r.Faults)-1])
		}
		if before != nil && !slices.Equal(r.Faults, before.Faults) {
			t.Errorf("with %d workers %v, not %v", workers, r.Faults, before.Faults)
		}
		before = r
	}
}

// TestVerifyCut: a file that ends too early is a fault wherever it ends, even
// where the manifest knows no better.
func TestVerifyCut(t *testing.T) {
	source := t.TempDir()
	write(t, source, Options{Formats: []Format{Arrow, Parquet}}, ferry(t))
	for _, format := range []Format{Arrow, Parquet} {
		path := shardPath(Claims, 0, format)
		good, err := os.ReadFile(filepath.Join(source, path))
		if err != nil {
			t.Fatal(err)
		}
		for size := 0; size < len(good); size += 1 + len(good)/20 {
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(source)); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, path), good[:size], 0o644); err != nil {
				t.Fatal(err)
			}
			seal(t, dir, path)
			if r := verify(t, dir); r.Found == 0 || r.Faults[0].Kind != FaultDamaged {
				t.Errorf("%s cut to %d bytes: %v", path, size, r.Faults)
			}
		}
	}
}

func TestVerifyStops(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, Options{}, fixtures(t)...)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Verify(ctx, dir, VerifyOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
	if _, err := Verify(t.Context(), filepath.Join(dir, "none"), VerifyOptions{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the error is %v", err)
	}
}

// BenchmarkVerify measures what a megabyte of output costs.
func BenchmarkVerify(b *testing.B) {
	var docs []*pipeline.Document
	for i := range 2000 {
		docs = append(docs, benchDocument(i))
	}
	for _, formats := range [][]Format{{Arrow}, {Parquet}, {JSONL}, Formats()} {
		b.Run(string(formats[0])+map[bool]string{true: "+", false: ""}[len(formats) > 1], func(b *testing.B) {
			dir := b.TempDir()
			write(b, dir, Options{Formats: formats}, docs...)
			text := 0
			for _, d := range docs {
				text += len(d.Text)
			}
			b.SetBytes(int64(text))
			b.ReportAllocs()
			for b.Loop() {
				if r := verify(b, dir); r.Found > 0 {
					b.Fatal(r.Faults)
				}
			}
		})
	}
}
