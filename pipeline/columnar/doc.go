// Package columnar writes finished documents as columns and reads them back.
//
// It reads a [pipeline.Document] with whatever layers were made and writes a
// folder of tables: documents, quotes, claims, speakers and failures, each a
// folder of shards as Arrow IPC files, Parquet files, or both; in the format
// JSONL the documents with all their layers, in the JSON form of gold labels,
// and the failures. A manifest is written last: a folder without one holds an
// unfinished run. docs/schema.md describes every column.
//
// What the files hold depends on the documents, their order and the options
// alone, never on the number of workers or the time; only the manifest names
// times.
//
// For package people it reads a run's speakers, and it writes and proves the
// folder of people that is made of them, which has a manifest of its own.
//
// It is the only package that imports Arrow.
package columnar
