// Package ingest turns inputs into a stream of documents.
//
// It reads files, folders, glob patterns and standard input, each plain or
// compressed with gzip or Zstandard, as text, HTML or JSON, and writes
// [pipeline.Document] values with identity, metadata and text. It writes no
// layer: which blocks of the text are body is for the clean stage to say.
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
//   - HTML is rendered as a browser would show it: see [Options] and the
//     functions of this package that are about HTML. Text in JSON that plainly
//     is markup is treated likewise.
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
// place, and an [Error] with reason [BadEncoding] and Kept set follows it, so that
// every such document is a row among the failures too: whoever must trust each
// row can leave those out by their id. Text that fits no encoding is not
// delivered.
//
// # Errors
//
// Every error of the stream is an *[Error] that names the file, the record and
// the remedy. A bad record never stops the rest, and never vanishes.
package ingest
