// Package pipeline holds the document, its layers, the contract of a stage, and
// the running of stages over a stream of documents.
//
// Data flows one way. A reader (package ingest) makes a [Document] with
// metadata and text. Stages (packages under extractors) each read some layers
// of it and write one: blocks, tokens, quotes, attributions, speakers, stances.
// Writers (package columnar) turn finished documents into columns.
//
// The package imports nothing outside the standard library.
package pipeline
