// Package ingest turns inputs into a stream of documents.
//
// It reads files, folders, glob patterns and standard input, each plain or
// compressed with gzip or Zstandard, as text, HTML or JSON, and writes
// [pipeline.Document] values with identity, metadata and text. It writes no
// layer: which blocks of the text are body is for the clean stage to say, also
// in pages, whose furniture the reader has left out only as far as it could tell.
//
// # What is read
//
// A file that is named, or matched by a pattern, is always read: as the format
// that its suffix says (.txt, .text; .html, .htm, .xhtml, .shtml; .json, .jsonl,
// .ndjson, .jsonlines, each also with .gz, .zst or .zstd), else as what its first
// bytes look like. Of a folder are read the files with these suffixes, and those
// without any suffix that look like text. Files in which people keep articles and
// which this package cannot read (PDF, office documents, XML, CSV, archives and
// the like) are errors, so that they are not missed in silence. Everything else
// in a folder is passed over and counted ([Progress]); hidden files and folders,
// links to folders, and what is no regular file are passed over uncounted. A file
// that is reached twice is read once.
//
// # Records and identity
//
// A text or HTML file is one document. JSON Lines give one a line, a JSON array
// one an element, and a file of objects one each. Fields are found by their usual
// names ([UsualFields]) or named ([Fields]).
//
// A document's id is the record's own, else its source: the file's name, and for
// JSON "#" and the number of the line or element, from 1. Ids are unique in a
// run: the first document of an id has it, and later ones are errors with reason
// [DuplicateID].
//
// # HTML
//
// Title, byline, date, address and language come from JSON-LD, meta elements and
// what the page shows, in this order. The text is the body's paragraphs with a
// blank line between them and without the headline: go-trafilatura judges which
// paragraphs these are (A. Barbaresi, "Trafilatura: A Web Scraping Library and
// Command-Line Tool for Text Discovery and Extraction", ACL 2021), or
// go-readability where that finds next to nothing; the words are taken from the
// page itself, so that none is glued, split or lost at the border of an inline
// element. <q> becomes the quotation marks that a browser would draw.
//
// # What becomes of a document's text
//
// A Document's Text never changes once it is made, so everything that changes
// bytes happens here, and only this:
//
//   - Any encoding becomes UTF-8 (see below).
//   - CR LF and CR become LF, and so do form feed, vertical tab and the Unicode
//     line and paragraph separators.
//   - A byte-order mark at the start is dropped. Other control characters become
//     a space. U+0080–U+009F, which nobody writes, become the Windows-1252
//     characters they were before somebody took that encoding for Latin-1: “ and
//     ” most often.
//   - HTML is rendered as a browser would show it, with white space collapsed.
//     Text in JSON that plainly is markup, or has character references, is treated
//     likewise ([Markup]).
//
// Valid UTF-8 text without such characters is passed on byte for byte.
//
// # Encodings
//
// UTF-8, UTF-16 and UTF-32 are known by their byte-order mark, the last two by
// their pattern of zero bytes too. HTML may declare its encoding; what is valid
// UTF-8 beyond ASCII is UTF-8 whatever it declares. Text that is not valid
// UTF-8 is Windows-1252 (which includes Latin-1) when it can be: when
// UTF-8 sequences do not occur, no byte is undefined in Windows-1252 and at most
// a quarter of the bytes lie beyond ASCII. [Options.Encoding] overrules all.
//
// Text that is UTF-8 but for a few bad bytes is delivered with U+FFFD in their
// place, and an [Error] with reason [BadEncoding] and Kept set beside it, so that
// every such document is a row among the failures too: whoever must trust each
// row can leave those out by their id. Text that fits no encoding is not
// delivered.
//
// # Errors
//
// Every error of the stream is an *[Error] that names the file, the record and
// the remedy. A bad record never stops the rest, and never vanishes.
package ingest
