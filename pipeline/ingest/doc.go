// Package ingest turns inputs into a stream of documents.
//
// It reads files, folders, glob patterns, lists of names and standard input, and
// writes [pipeline.Document] values with identity, metadata and text. It writes
// no layer: which blocks of the text are body is for the clean stage to say, also
// in pages, whose furniture the reader has left out only as far as it could tell.
//
// # What is read
//
//	text     .txt, .text                          one document
//	html     .html, .htm, .xhtml, .shtml          one document
//	jsonl    .json, .jsonl, .ndjson, .jsonlines   JSON Lines, an array, or objects one after another
//	csv      .csv, .tsv, .tab                     separated values below a line of names
//	parquet  .parquet, .pq                        Parquet, from plain files only
//	arrow    .arrow, .arrows, .feather, .ipc      Arrow IPC, file or stream
//	warc     .warc, .arc                          the pages of a web crawl
//	feed     .rss, .atom, .xml                    RSS, RDF or Atom
//	mail     .eml, .mbox                          messages
//
// Each may be compressed (gzip, Zstandard, bzip2, xz, lz4), and lie in a ZIP or
// tar archive. A file that is named, or matched by a pattern, is always read: as
// the format that its first bytes or its suffix say, else as what its content
// looks like. Of a folder, and of an archive, are read the files with these
// suffixes, and those without any suffix that look like text. Files in which
// people keep articles and which this package cannot read (PDF, office documents,
// other XML and the like) are errors, so that they are not missed in silence.
// Everything else in a folder is passed over and counted ([Progress]); hidden
// files and folders, links to folders, and what is no regular file are passed
// over uncounted. A file that is reached twice is read once.
//
// # Records and identity
//
// A text or HTML file is one document, and so is a message. JSON Lines give one a
// line, a JSON array one an element, a file of objects one each, a table one a
// row, a feed one an entry, a mailbox one a message. Fields of JSON and columns of
// tables are found by their usual names ([UsualFields]) or named ([Fields]); the
// fields of a struct are found as those of a JSON object are.
//
// A document's id is the record's own (a feed's guid or id, a message's
// Message-ID), else its source: the file's name, and "#" and the number of the
// line, element, row, entry or message, from 1. Ids are unique in a run: the first
// document of an id has it, and later ones are errors with reason [DuplicateID].
//
// Separated values follow RFC 4180, with the separator (comma, semicolon, tab,
// bar) told from the first lines, and with some leniency in quotation marks. A row
// with too few or too many values is an error. A mark that nothing closes is one
// too, together with the lines behind it that are no rows; it does not swallow
// those that are.
//
// Of an entry the content is taken, else the summary; of a message the part of
// HTML, else that of plain text. Tables that this program wrote can be read
// again: of its tables the documents, whose text comes back as it was.
//
// # Compression and archives
//
// Compression is known by its first bytes: gzip of one part or many, Zstandard,
// bzip2, xz and lz4, two of them one within the other at most. Windows and
// dictionaries of more than 128 MiB are refused, and half as much within another
// compression.
//
// ZIP and tar archives are read member by member, in their order, as a folder
// would be, and so are archives in archives, three deep. A member is called
// "dump.zip!/news/a.html" in sources and errors. A ZIP archive has its list of
// members at its end: one that is a file is read in place; one that is compressed,
// in another archive or on standard input is held in memory, and must be no longer
// than a record may be. Office documents and e-books, which are ZIP archives, are
// refused, and so are members under a password and files with holes.
//
// A decompression bomb ends the file with reason [Bomb]: once 256 MiB and one
// record have come out of a decompressor since the last document, all that comes
// must be at most 100 times as long as what went in. A dump that says the same
// thing a million times is none, since each time is a document.
//
// # Web archives
//
// WARC (1.0, 1.1 and the drafts 0.17 and 0.18) and ARC (1 and 2) are read as
// crawlers write them, plain or compressed, record by record or as a whole;
// Zstandard with a dictionary at its head too. A page is an answer with status
// 200, a resource, or a conversion (as in the WET files of Common Crawl), whose
// type is HTML or plain text, or which looks like HTML where no type is given.
// Everything else (requests, redirects, images, scripts, robots.txt, notes of the
// crawler) is passed over and counted ([Progress]).
//
// Bodies are taken out of chunks and of gzip, deflate, Brotli and Zstandard, also
// where these are wrongly declared. One that is decompressed to more than 16 MiB
// and more than 100 times its length is a bomb. The id is the record's, without
// angle brackets, and the source in ARC, which has none; the address is the one
// that was fetched; title, date and language are the page's own. The charset that
// the server named goes before the one that the page names, as in browsers.
//
// Records are numbered from 1, those passed over included, and offsets are those
// in the decompressed file. A broken record, or one whose length is wrong, is an
// error, and reading goes on at the next line that begins a record; in gzip that
// is broken, at the next part. An archive without any page is an error.
//
// # HTML
//
// Title, byline, date, address and language come from JSON-LD, meta elements and
// what the page shows, in this order. The text is the body's paragraphs with a
// blank line between them and without the headline: a small trained model judges
// which paragraphs these are (docs/html.md); the words are the page's own, so that
// none is glued, split or lost at the border of an inline
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
//     Text in records that plainly is markup, or has character references, is
//     treated likewise ([Markup]).
//
// Valid UTF-8 text without such characters is passed on byte for byte.
//
// # Encodings
//
// UTF-8, UTF-16 and UTF-32 are known by their byte-order mark, the last two by
// their pattern of zero bytes too. HTML may declare its encoding; what is valid
// UTF-8 beyond ASCII is UTF-8 whatever it declares; feeds and mail likewise. Text that is not valid
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
