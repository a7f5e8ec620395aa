// Package goldform reads and writes the JSON form that gold labels and
// predictions share: one object a document, alone in a file, in an array, or
// one a line (JSON Lines).
//
//	{"id", "text",
//	 "url"?, "title"?, "byline"?, "published"?, "language"?, "genre"?, "variety"?, "some_mentions"?,
//	 "blocks"?:   [{"start", "end", "kind"}],
//	 "quotes"?:   [{"start", "end", "mention"?: [s, e], "cue"?: [s, e], "speaker"?, "speaker_index"?, "speaker_kind"?,
//	                "kind"?, "stance"?, "target"?, "claim"?: index, "depth"?, "manner"?, "confidence"?}],
//	 "claims"?:   [{"content": [[s, e]..], "source": [[s, e]..], "cue": [[s, e]..], "kind",
//	                "speaker"?, "speaker_index"?, "speaker_kind"?, "stance"?, "target"?, "cue_class"?, "negated"?, "manner"?, "confidence"?}],
//	 "speakers"?: [{"name", "kind", "pronoun"?, "description"?, "mentions": [[s, e]..]}]}
//
// Quotes and claims may also hold "stance_evidence" and "stance_confidence", and
// where stances toward targets were asked for
//
//	"targets": [{"name", "stance", "confidence"?, "mention"?: [s, e]}]
//
// for those that they are on, "mention" being their own words for it.
// A confidence that is absent is 1; that of a stance with "sure": false is 0.5,
// as labellers mark what they would not bet on. "speaker_index" is written where several
// speakers have one name; where it is missing, the one with a mention in the
// source, or at the quote, is meant. The kind of a claim, where it is missing,
// is read off the marks in its content. A span given twice is read once. Other keys are ignored. A quote is the
// inside of its marks; the marks are looked for beside it, and may be missing.
//
// Offsets in the form are Unicode code points of "text", end exclusive, as
// Python slices; offsets in a [pipeline.Document] are bytes. The conversion is
// exact both ways and linear in the length of the text.
//
// A layer whose key is absent (or null) was not annotated, and
// [pipeline.Document.Has] is false for it. A layer that is an empty list was
// annotated and holds nothing. Stances are annotated where rows have them:
// every row of a list or none, so that Stances.OfQuote, OfAttribution and
// CueClasses are as long as their layers or nil. The form has no tokens:
// LayerTokens is never read or written. "quotes" lists uttered words only, so
// every quote read has Uttered set, and quotes that are not uttered are not
// written.
//
// "some_mentions" is true where "mentions" hold some of those of a speaker and
// not each, as where a labeller wrote down only what names the source of a
// quotation: that a mention is missing then says nothing. It is so, too, where
// the key "speakers" is missing and only rows name speakers.
//
// Stand-off labels hold "sha256", the sum of the text in hexadecimal, in place
// of "text"; their texts come from [ReadTexts].
//
// Objects with the key "attributions" are read as PolNeAR's form: only the
// layer of attributions, each with "source", "cue" and "content".
package goldform

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"

	"github.com/onrecord-nlp/onrecord/pipeline"
)

// Article is a document with what a gold file says about it beside its layers.
type Article struct {
	Doc     *pipeline.Document
	Genre   string // "wire", "tabloid", "transcript", ...; empty when not given
	Variety string // of English: "US", "GB", "IN", ...; empty when not given
	Split   string // name of the folder that holds the file ("dev"); empty when not read from one
	// SomeMentions is true where the mentions of the speakers are not all that
	// stand in the text.
	SomeMentions bool
	// QuoteCues has one entry a quote of Doc: the cue that the record gives it,
	// empty where it gives none. A quote within another has a cue of its own,
	// and a document only that of the claim around both. Nil where the document
	// was not read from this form: cues are then those of the claims.
	QuoteCues []pipeline.Span
}

// Read yields the documents of r in order. It accepts one object, an array of
// objects, or JSON Lines. A record that breaks the form yields an error that
// names the file (where r has a Name method, as *os.File has), the record
// counted from 1, and the field; reading goes on behind it. Broken JSON yields
// an error and ends the sequence. Memory is bounded by the largest record.
func Read(r io.Reader) iter.Seq2[*pipeline.Document, error] {
	return documents(ReadArticles(r))
}

// ReadPath is [Read] of a file, or of every .json and .jsonl file of a folder
// and its subfolders in lexical order.
func ReadPath(path string) iter.Seq2[*pipeline.Document, error] {
	return documents(ReadArticlesPath(path))
}

// ReadArticles is [Read] with genre and variety.
func ReadArticles(r io.Reader) iter.Seq2[Article, error] {
	name := "input"
	if n, ok := r.(interface{ Name() string }); ok {
		name = n.Name()
	}
	return read(r, name, "", nil)
}

// ReadArticlesPath is [ReadPath] with genre, variety and split.
func ReadArticlesPath(path string, texts ...Texts) iter.Seq2[Article, error] {
	return func(yield func(Article, error) bool) {
		stopped := false
		err := filepath.WalkDir(path, func(file string, e fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if e.IsDir() || file != path && filepath.Ext(file) != ".json" && filepath.Ext(file) != ".jsonl" {
				return nil
			}
			f, err := os.Open(file)
			if err != nil {
				return err
			}
			defer f.Close()
			split := ""
			if abs, err := filepath.Abs(file); err == nil {
				split = filepath.Base(filepath.Dir(abs))
			}
			for a, err := range read(f, file, split, texts) {
				if !yield(a, err) {
					stopped = true
					return fs.SkipAll
				}
			}
			return nil
		})
		if err != nil && !stopped {
			yield(Article{}, fmt.Errorf("goldform: %w", err))
		}
	}
}

func documents(in iter.Seq2[Article, error]) iter.Seq2[*pipeline.Document, error] {
	return func(yield func(*pipeline.Document, error) bool) {
		for a, err := range in {
			if !yield(a.Doc, err) {
				return
			}
		}
	}
}

func read(r io.Reader, name, split string, texts []Texts) iter.Seq2[Article, error] {
	return func(yield func(Article, error) bool) {
		br := bufio.NewReaderSize(r, 1<<16)
		first, err := firstByte(br)
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			yield(Article{}, fmt.Errorf("%s: %w", name, err))
			return
		}
		dec := json.NewDecoder(br)
		array := first == '['
		if array {
			if _, err := dec.Token(); err != nil {
				yield(Article{}, fmt.Errorf("%s: %w", name, err))
				return
			}
		}
		for n := 1; ; n++ {
			if array && !dec.More() {
				if _, err := dec.Token(); err != nil {
					yield(Article{}, fmt.Errorf("%s: record %d: the array is not closed: %w", name, n, err))
				}
				return
			}
			var rec Record
			err := dec.Decode(&rec)
			if !array && errors.Is(err, io.EOF) {
				return
			}
			var typeErr *json.UnmarshalTypeError
			broken := err != nil && !errors.As(err, &typeErr) // the decoder cannot find its way back
			var a Article
			if err != nil {
				err = fmt.Errorf("%s: record %d (before byte %d): %w", name, n, dec.InputOffset(), err)
			} else if err = rec.findText(texts); err != nil {
				err = fmt.Errorf("%s: record %d (id %q): %w", name, n, rec.ID, err)
			} else if a, err = rec.Article(); err != nil {
				err = fmt.Errorf("%s: record %d (id %q): %w", name, n, rec.ID, err)
				a = Article{}
			} else {
				a.Split = split
				a.Doc.Source = fmt.Sprintf("%s:%d", name, n)
			}
			if !yield(a, err) {
				return
			}
			if broken {
				return
			}
		}
	}
}

// firstByte skips a byte order mark and white space and peeks at what follows.
func firstByte(br *bufio.Reader) (byte, error) {
	if b, err := br.Peek(3); err == nil && bytes.Equal(b, []byte("\xef\xbb\xbf")) {
		br.Discard(3)
	}
	for {
		b, err := br.Peek(1)
		if err != nil {
			return 0, err
		}
		if !bytes.Contains([]byte(" \t\r\n"), b) {
			return b[0], nil
		}
		br.Discard(1)
	}
}

// Append appends doc as one JSON object, without a line break, to dst. Layers
// that were not made are left out. It fails where a span does not lie on rune
// boundaries of the text or an index points nowhere.
func Append(dst []byte, doc *pipeline.Document) ([]byte, error) {
	return AppendArticle(dst, Article{Doc: doc})
}

// AppendArticle is [Append] with genre, variety and the cues of quotes. What it
// writes it writes again byte for byte when that has been read by
// [ReadArticles].
func AppendArticle(dst []byte, a Article) ([]byte, error) {
	rec, err := RecordOf(a)
	if err != nil {
		return dst, err
	}
	return rec.Append(dst)
}

// Append appends the record as one JSON object, without a line break, to dst.
func (r *Record) Append(dst []byte) ([]byte, error) {
	buf := bytes.NewBuffer(dst)
	enc := json.NewEncoder(buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(r); err != nil {
		return dst, fmt.Errorf("goldform: document %q: %w", r.ID, err)
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}

// Write writes doc as one line of JSON Lines.
func Write(w io.Writer, doc *pipeline.Document) error {
	return WriteArticle(w, Article{Doc: doc})
}

// WriteArticle writes an article as one line of JSON Lines, as [AppendArticle]
// does.
func WriteArticle(w io.Writer, a Article) error {
	b, err := AppendArticle(nil, a)
	if err != nil {
		return err
	}
	_, err = w.Write(append(b, '\n'))
	return err
}

// Record is an article as the JSON object that it is read from and written as,
// for programs that carry the labels into another form and back. Offsets are
// code points. A nil slice is an absent key.
type Record struct {
	ID           string    `json:"id"`
	URL          string    `json:"url,omitempty"`
	Title        string    `json:"title,omitempty"`
	Byline       string    `json:"byline,omitempty"`
	Published    string    `json:"published,omitempty"` // RFC 3339
	Language     string    `json:"language,omitempty"`
	Genre        string    `json:"genre,omitempty"`
	Variety      string    `json:"variety,omitempty"`
	SomeMentions bool      `json:"some_mentions,omitempty"`
	Text         *string   `json:"text,omitempty"`
	SHA256       string    `json:"sha256,omitempty"`
	Blocks       []Block   `json:"blocks,omitzero"`
	Quotes       []Quote   `json:"quotes,omitzero"`
	Claims       []Claim   `json:"claims,omitzero"`
	Speakers     []Speaker `json:"speakers,omitzero"`

	Attributions []PolNeAR `json:"attributions,omitzero"`
}

// Offsets is a start and an end in code points.
type Offsets []int

// Block is a row of "blocks".
type Block struct {
	Start int    `json:"start"`
	End   int    `json:"end"`
	Kind  string `json:"kind"`
}

// Quote is a row of "quotes". Cue is the cue that reports these words; Claim
// the index of the claim that they belong to.
type Quote struct {
	Start   int     `json:"start"`
	End     int     `json:"end"`
	Mention Offsets `json:"mention,omitempty"`
	Cue     Offsets `json:"cue,omitempty"`
	Voice
	Kind string `json:"kind,omitempty"`
	View
	Claim      *int     `json:"claim,omitempty"`
	Depth      int      `json:"depth,omitempty"`
	Manner     string   `json:"manner,omitempty"`
	Confidence *float32 `json:"confidence,omitempty"`
}

// Claim is a row of "claims".
type Claim struct {
	Content []Offsets `json:"content"`
	Source  []Offsets `json:"source"`
	Cue     []Offsets `json:"cue"`
	Kind    string    `json:"kind"`
	Voice
	View
	CueClass   string   `json:"cue_class,omitempty"`
	Negated    bool     `json:"negated,omitempty"`
	Manner     string   `json:"manner,omitempty"`
	Confidence *float32 `json:"confidence,omitempty"`
}

// Voice is what quotes and claims say of their speaker. SpeakerIndex is the
// index of the speaker, and is written where several have the name.
type Voice struct {
	Speaker      string `json:"speaker,omitempty"`
	SpeakerIndex *int   `json:"speaker_index,omitempty"`
	SpeakerKind  string `json:"speaker_kind,omitempty"`
}

// View is what quotes and claims say of the position they express.
type View struct {
	Stance           string    `json:"stance,omitempty"`
	Target           string    `json:"target,omitempty"`
	StanceEvidence   []Offsets `json:"stance_evidence,omitempty"`
	StanceConfidence *float32  `json:"stance_confidence,omitempty"`
	Sure             *bool     `json:"sure,omitempty"`
	Targets          []Toward  `json:"targets,omitempty"`
}

// Toward is what a quote or a claim says of its position toward a target that
// was asked for. Mention is the words in it that name the target.
type Toward struct {
	Name       string   `json:"name"`
	Stance     string   `json:"stance"`
	Confidence *float32 `json:"confidence,omitempty"`
	Mention    Offsets  `json:"mention,omitempty"`
}

// Speaker is a row of "speakers".
type Speaker struct {
	Name        string    `json:"name"`
	Kind        string    `json:"kind"`
	Description string    `json:"description,omitempty"`
	Pronoun     string    `json:"pronoun,omitempty"`
	Mentions    []Offsets `json:"mentions"`
}

// PolNeAR is a row of "attributions", the form of the corpus of that name.
type PolNeAR struct {
	Content []Offsets `json:"content"`
	Source  []Offsets `json:"source"`
	Cue     []Offsets `json:"cue"`
}
