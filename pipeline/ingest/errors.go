package ingest

import (
	"fmt"
	"slices"
	"strings"
)

// Stage is the name under which the errors of this package are listed beside
// those of the pipeline's stages.
const Stage = "ingest"

// Reason says in one word why an input gave no document. The list is fixed;
// [Reasons] returns it.
type Reason string

// The reasons.
const (
	NotFound           Reason = "not_found"           // no file or folder of this name, no match for this pattern
	Unreadable         Reason = "unreadable"          // permission, a read error
	NoFiles            Reason = "no_files"            // a folder without a file to read
	EmptyFile          Reason = "empty_file"          // nothing in it, or nothing but white space
	Unsupported        Reason = "unsupported"         // a kind of file that is not read
	CorruptCompression Reason = "corrupt_compression" // broken or cut off gzip, Zstandard, bzip2, xz or lz4
	BadArchive         Reason = "bad_archive"         // a broken or cut off ZIP or tar archive
	Encrypted          Reason = "encrypted"           // a member of an archive that needs a password
	TooNested          Reason = "too_nested"          // archives within archives within archives, or compressed again and again
	Bomb               Reason = "bomb"                // little compressed data that becomes very much without a document in it
	BadEncoding        Reason = "bad_encoding"        // bytes that no encoding explains
	BadJSON            Reason = "bad_json"            // a record that is not a JSON object
	BadWARC            Reason = "bad_warc"            // a broken or cut off record of a web archive
	BadCSV             Reason = "bad_csv"             // lines that are no row of separated values
	BadTable           Reason = "bad_table"           // a damaged Parquet or Arrow file
	BadFeed            Reason = "bad_feed"            // an entry of a feed that is no XML
	BadMail            Reason = "bad_mail"            // a message that cannot be parsed
	TooLong            Reason = "too_long"            // a record longer than Options.MaxRecord
	NoText             Reason = "no_text"             // a record or page without text
	DuplicateID        Reason = "duplicate_id"        // an id that an earlier document has
	HTMLFailed         Reason = "html_failed"         // a page that cannot be parsed
)

var reasons = []Reason{
	NotFound, Unreadable, NoFiles, EmptyFile, Unsupported, CorruptCompression, BadArchive,
	Encrypted, TooNested, Bomb, BadEncoding, BadJSON, BadWARC, BadCSV, BadTable, BadFeed, BadMail, TooLong, NoText, DuplicateID, HTMLFailed,
}

// Reasons returns every reason.
func Reasons() []Reason { return slices.Clone(reasons) }

// Error says what could not be read, where and why, and what to do about it.
type Error struct {
	// Source is the file as it was found, "stdin" for standard input, or the
	// input itself when it names nothing.
	Source string
	// Record counts from 1: the line in JSON Lines, the element in a JSON array,
	// the row of a table below its names, the entry of a feed, the message of a
	// mailbox, the record of any type in a web archive. It is 0 when the error
	// concerns the whole file.
	Record int64
	// Byte is the offset of the fault in the decompressed input, or -1. In input
	// converted from UTF-16, UTF-32 or [Options.Encoding] it counts bytes of UTF-8.
	Byte int64
	// DocID is the document's id where one is known.
	DocID  string
	Reason Reason
	// Message says what happened and the remedy, in one line, without the place.
	Message string
	// Kept is true when the document was delivered all the same.
	Kept bool
	// Err is the cause, or nil.
	Err error
}

// Error gives place, reason and remedy in one line.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Source)
	if e.Record > 0 {
		fmt.Fprintf(&b, ": record %d", e.Record)
	}
	if e.Byte >= 0 {
		fmt.Fprintf(&b, ": byte %d", e.Byte)
	}
	if e.DocID != "" {
		fmt.Fprintf(&b, ": document %q", e.DocID)
	}
	b.WriteString(": ")
	b.WriteString(e.Message)
	return b.String()
}

func (e *Error) Unwrap() error { return e.Err }
