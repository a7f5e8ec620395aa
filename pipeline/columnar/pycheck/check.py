#!/usr/bin/env python3
"""Check a folder that `onrecord extract` wrote: python check.py OUT

Opens every file of every table with pyarrow, pandas, polars and (Parquet)
DuckDB and holds them to docs/schema.md: names, types and nullability of the
columns, row counts and sha256 as in the manifest, ids unique and linked, and
the text of every span equal to the slice of documents.text, by bytes and by
code points; near-duplicates refer to earlier articles. Formats are held to each other, JSON Lines included. Knows nothing
of the program's own code.

Exits with 0, or with 1 and a line that names table, file and row.
"""

import datetime
import hashlib
import json
import math
import pathlib
import re
import sys

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset
import pyarrow.parquet

SCHEMA_VERSION = "3"
CONTEXT = 120
COPY_SHARES = 7  # of the 16 numbers of a fingerprint, in a near-duplicate

S, I32, I64, F32, BOOL = pa.string(), pa.int32(), pa.int64(), pa.float32(), pa.bool_()
OFFSETS = [("start_byte", I64), ("end_byte", I64), ("start_char", I64), ("end_char", I64)]
SPAN = pa.struct(OFFSETS + [("text", S)])
SPANS = pa.list_(SPAN)
TARGETS = pa.list_(pa.struct([("name", S), ("stance", S), ("confidence", F32), ("mention", SPAN)]))

# name, type, nullable
VOICE = [("speaker_id", S, True), ("speaker", S, True), ("speaker_kind", S, True)]
TABLES = {
    "documents": [
        ("doc_id", S, False), ("source", S, False), ("url", S, True), ("title", S, True), ("byline", S, True),
        ("published", pa.timestamp("us", tz="UTC"), True), ("language", S, False), ("text", S, False),
        ("blocks", pa.list_(pa.struct([("kind", S)] + OFFSETS)), False),
        ("n_words", I32, False), ("n_quotes", I32, False), ("n_claims", I32, False), ("sha256", S, False),
        ("fingerprint", S, True), ("duplicate_of", S, True), ("layers", pa.list_(S), False),
    ],
    "claims": [
        ("claim_id", S, False), ("doc_id", S, False), ("ordinal", I32, False), ("kind", S, False), ("text", S, False),
        ("content", SPANS, False), ("source", SPANS, False), ("cue", SPANS, False), ("cue_class", S, True), *VOICE,
        ("stance", S, False), ("stance_target", S, True), ("stance_evidence", SPANS, False),
        ("stance_confidence", F32, False), ("targets", TARGETS, False), ("negated", BOOL, False), ("confidence", F32, False),
        ("attribution", S, False),
    ],
    "quotes": [
        ("quote_id", S, False), ("doc_id", S, False), ("claim_id", S, True), ("ordinal", I32, False),
        ("kind", S, False), ("text", S, False), *[(n, t, False) for n, t in OFFSETS], ("depth", I32, False),
        ("mention", SPAN, True), ("cue", SPAN, True), ("cue_class", S, True), *VOICE,
        ("stance", S, False), ("stance_target", S, True), ("stance_confidence", F32, False),
        ("targets", TARGETS, False), ("attributed", BOOL, False), ("attribution", S, False), ("confidence", F32, False),
        ("before", S, False), ("after", S, False),
    ],
    "speakers": [
        ("speaker_id", S, False), ("doc_id", S, False), ("name", S, False), ("kind", S, False),
        ("description", S, True), ("pronoun", S, True),
        ("mentions", pa.list_(pa.struct(OFFSETS + [("text", S), ("type", S)])), False),
        ("n_quotes", I32, False), ("n_claims", I32, False),
    ],
    "failures": [
        ("source", S, False), ("record", I64, True), ("doc_id", S, True), ("stage", S, False), ("reason", S, False),
        ("message", S, False),
    ],
}
LAYERS = ["blocks", "tokens", "quotes", "attributions", "speakers", "stances"]
VALUES = {
    ("claims", "kind"): {"direct", "mixed", "indirect"},
    ("quotes", "kind"): {"direct", "mixed"},
    ("speakers", "kind"): {"person", "organization", "group", "document", "unnamed"},
    ("speakers", "pronoun"): {None, "he", "she", "they"},
}
for _t in ("claims", "quotes"):
    VALUES[_t, "stance"] = {"support", "oppose", "neutral"}
    VALUES[_t, "speaker_kind"] = VALUES["speakers", "kind"] | {None}
    VALUES[_t, "attribution"] = {"cue", "continuation", "context", "dialogue", "none"}
    VALUES[_t, "cue_class"] = {
        None, "neutral", "assertive", "distancing", "concessive", "denial", "evaluative", "directive", "mental",
    }
SPACE = re.compile("[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")


class Fault(Exception):
    """What is wrong, and where."""


def fault(where, message):
    raise Fault(f"{where}: {message}")


# Reading, by each library into the same form: a list of dicts.


def plain(v):
    """Python's own value of what a library returns."""
    if v is None or v is pd.NaT or v is pd.NA or isinstance(v, float) and math.isnan(v):
        return None
    if isinstance(v, dict):
        return {k: plain(x) for k, x in v.items()}
    if isinstance(v, (list, tuple, np.ndarray)):
        return [plain(x) for x in v]
    if isinstance(v, np.generic):
        return plain(v.item())
    if isinstance(v, pd.Timestamp):
        return v.to_pydatetime()
    return v


def read_pyarrow(path):
    if path.suffix == ".arrow":
        with pa.OSFile(str(path)) as f:
            return pa.ipc.open_file(f).read_all()
    return pa.parquet.ParquetFile(path).read()


def others(path):
    """The rows of a file as every other library reads them."""
    if path.suffix == ".arrow":
        frame, polars = pd.read_feather(path), pl.read_ipc(path)
    else:
        frame, polars = pd.read_parquet(path), pl.read_parquet(path)
        relation = duckdb.read_parquet(str(path))
        yield "duckdb", list(relation.columns), plain(relation.to_arrow_table().to_pylist())
    yield "pandas", list(frame.columns), plain(frame.to_dict("records"))
    yield "polars", polars.columns, plain(polars.to_dicts())


def same_type(a, b):
    if pa.types.is_list(a) and pa.types.is_list(b):
        return same_type(a.value_type, b.value_type)
    if pa.types.is_struct(a) and pa.types.is_struct(b):
        return [f.name for f in a] == [f.name for f in b] and all(same_type(x.type, y.type) for x, y in zip(a, b))
    return a == b


def check_schema(where, schema, table, manifest):
    for name, type_, nullable in TABLES[table]:
        if schema.get_field_index(name) < 0:
            fault(where, f"no column {name}")
        field = schema.field(name)
        if not same_type(field.type, type_):
            fault(where, f"column {name} is {field.type}, not {type_}")
        if field.nullable != nullable:
            fault(where, f"column {name} is {'' if field.nullable else 'not '}nullable")
    metadata = {k.decode(): v.decode() for k, v in (schema.metadata or {}).items()}
    for key, want in (
        ("onrecord.schema_version", SCHEMA_VERSION),
        ("onrecord.version", manifest["version"]),
        ("onrecord.models", json.dumps(manifest["models"], separators=(",", ":"))),
    ):
        if metadata.get(key) != want:
            fault(where, f"metadata {key} is {metadata.get(key)!r}, not {want!r}")


def differing(a, b):
    """The first row in which two lists of rows differ, in words."""
    if len(a) != len(b):
        return f"{len(a)} rows and {len(b)}"
    for i, (x, y) in enumerate(zip(a, b)):
        for column in x:
            if x[column] != y.get(column):
                return f"row {i}, column {column}: {x[column]!r} and {y.get(column)!r}"
    return "in their columns"


def read(path, table, manifest):
    """The rows of a file, once all libraries agree on them."""
    where = f"{table}: {path}"
    try:
        t = read_pyarrow(path)
    except (pa.ArrowException, OSError) as e:
        fault(where, f"pyarrow: {e}")
    check_schema(where, t.schema, table, manifest)
    t.validate(full=True)
    rows = t.to_pylist()
    for i, row in enumerate(rows):
        for name, _, nullable in TABLES[table]:
            if row[name] is None and not nullable:
                fault(f"{where}: row {i}", f"{name} is null")
    for library, columns, theirs in others(path):
        if columns != t.schema.names:
            fault(where, f"{library} has the columns {columns}")
        if theirs != rows:
            fault(where, f"pyarrow and {library} differ: {differing(rows, theirs)}")
    return rows


# Checking rows.


class Text:
    """A document's text, to be sliced by bytes and by code points."""

    def __init__(self, row):
        self.row, self.chars, self.bytes = row, row["text"], row["text"].encode()

    def check(self, where, s, text=None):
        """Hold offsets to each other, and the words there to text."""
        if not (0 <= s["start_byte"] <= s["end_byte"] <= len(self.bytes)):
            fault(where, f"bytes {s['start_byte']}:{s['end_byte']} of a text of {len(self.bytes)}")
        try:
            by_bytes = self.bytes[s["start_byte"] : s["end_byte"]].decode()
        except UnicodeDecodeError:
            fault(where, f"bytes {s['start_byte']}:{s['end_byte']} cut a character")
        by_chars = self.chars[s["start_char"] : s["end_char"]]
        if by_bytes != by_chars or s["start_char"] != len(self.bytes[: s["start_byte"]].decode()):
            fault(where, f"the slice by bytes is {by_bytes!r}, the slice by code points {by_chars!r}")
        if text is not None and text != by_chars:
            fault(where, f"the text is {text!r}, the slice of the document {by_chars!r}")


class Run:
    """What must hold over all shards of a run."""

    def __init__(self):
        self.ids = {"documents": set(), "claims": set(), "quotes": set(), "speakers": set()}
        self.originals = {}  # fingerprints of the documents that are no duplicates, by doc_id
        self.elsewhere = {}  # by the duplicate_of of documents that name none of those: where
        self.failed = set()  # the doc_id of failures

    def unique(self, where, table, id_):
        if not id_ or id_ in self.ids[table]:
            fault(where, f"the id {id_!r} is empty or taken")
        self.ids[table].add(id_)

    def check(self, paths, rows):
        """Check the tables of one shard: rows by table, in files of paths."""
        at = lambda table, i: f"{table}: {paths[table]}: row {i}"
        for (table, column), values in VALUES.items():
            for i, r in enumerate(rows[table]):
                if r[column] not in values:
                    fault(at(table, i), f"{column} is {r[column]!r}")
        docs, counts = {}, {}
        for i, r in enumerate(rows["documents"]):
            where = at("documents", i)
            self.unique(where, "documents", r["doc_id"])
            docs[r["doc_id"]] = text = Text(r)
            counts[r["doc_id"]] = {"claims": 0, "quotes": 0}
            if hashlib.sha256(text.bytes).hexdigest() != r["sha256"]:
                fault(where, "sha256 is not that of the text")
            self.duplicate(where, r)
            words = sum(any(c.isalpha() or c.isdecimal() for c in w) for w in SPACE.split(r["text"]))
            if words != r["n_words"]:
                fault(where, f"n_words is {r['n_words']}, the text has {words}")
            end = 0
            for b in r["blocks"]:
                text.check(where, b)
                if b["start_byte"] < end:
                    fault(where, "blocks overlap, or are out of order")
                end = b["end_byte"]
            if [l for l in LAYERS if l in r["layers"]] != r["layers"]:
                fault(where, f"layers are {r['layers']}")

        speakers, claims = {}, {}
        for i, r in enumerate(rows["speakers"]):
            where = at("speakers", i)
            text = self.document(where, docs, r)
            self.unique(where, "speakers", r["speaker_id"])
            speakers[r["speaker_id"]] = (r, {"claims": 0, "quotes": 0})
            for m in r["mentions"]:
                text.check(where, m, m["text"])
        for table in ("claims", "quotes"):
            for i, r in enumerate(rows[table]):
                where = at(table, i)
                text = self.document(where, docs, r)
                if r["ordinal"] != counts[r["doc_id"]][table]:
                    fault(where, f"ordinal is {r['ordinal']}, not {counts[r['doc_id']][table]}")
                counts[r["doc_id"]][table] += 1
                if r["speaker_id"] is not None:
                    if r["speaker_id"] not in speakers:
                        fault(where, f"speaker_id {r['speaker_id']!r} is not in speakers")
                    s, n = speakers[r["speaker_id"]]
                    n[table] += 1
                    if (s["doc_id"], s["name"], s["kind"]) != (r["doc_id"], r["speaker"], r["speaker_kind"]):
                        fault(where, "doc_id, speaker or speaker_kind is not that of its row in speakers")
                elif r["speaker"] is not None or r["speaker_kind"] is not None:
                    fault(where, "a speaker without speaker_id")
                for c in ("confidence", "stance_confidence"):
                    if not 0 <= r[c] <= 1:
                        fault(where, f"{c} is {r[c]}")
                for target in r["targets"]:
                    if not target["name"] or target["stance"] not in VALUES[table, "stance"]:
                        fault(where, f"targets holds {target}")
                    if not 0 <= target["confidence"] <= 1:
                        fault(where, f"the confidence toward {target['name']!r} is {target['confidence']}")
                    if target["mention"] is not None:
                        text.check(f"{where}: targets", target["mention"], target["mention"]["text"])
                if table == "claims":
                    self.unique(where, "claims", r["claim_id"])
                    claims[r["claim_id"]] = r
                    self.claim(where, text, r)
                else:
                    self.unique(where, "quotes", r["quote_id"])
                    self.quote(where, text, r, claims)
        for i, r in enumerate(rows["documents"]):
            for table in ("claims", "quotes"):
                if r["n_" + table] != counts[r["doc_id"]][table]:
                    fault(at("documents", i), f"n_{table} is {r['n_' + table]}, not {counts[r['doc_id']][table]}")
        for i, r in enumerate(rows["speakers"]):
            for table, n in speakers[r["speaker_id"]][1].items():
                if r["n_" + table] != n:
                    fault(at("speakers", i), f"n_{table} is {r['n_' + table]}, not {n}")
        for i, r in enumerate(rows["failures"]):
            for column in ("source", "stage", "reason", "message"):
                if not r[column]:
                    fault(at("failures", i), f"{column} is empty")
            self.failed.add(r["doc_id"])

    def duplicate(self, where, r):
        if r["fingerprint"] is not None and not re.fullmatch("[0-9a-f]{64}", r["fingerprint"]):
            fault(where, f"fingerprint is {r['fingerprint']!r}")
        first = r["duplicate_of"]
        if first is None:
            self.originals[r["doc_id"]] = r["fingerprint"]
        elif first not in self.originals:
            self.elsewhere.setdefault(first, where)
        else:
            numbers = [re.findall("....", f or "") for f in (r["fingerprint"], self.originals[first])]
            if sum(a == b for a, b in zip(*numbers)) < COPY_SHARES:
                fault(where, f"the fingerprint is not that of a copy of {first!r}")

    def end(self):
        """What can be told only after all shards: a failure may have no row in documents."""
        for first, where in self.elsewhere.items():
            if first in self.ids["documents"] or first not in self.failed:
                fault(where, f"duplicate_of is {first!r}, which is no earlier document that is no duplicate")

    def document(self, where, docs, row):
        if row["doc_id"] not in docs:
            fault(where, f"doc_id {row['doc_id']!r} is not in the documents of this shard")
        return docs[row["doc_id"]]

    def claim(self, where, text, r):
        if not r["content"]:
            fault(where, "no content")
        for column in ("content", "source", "cue", "stance_evidence"):
            for s in r[column]:
                text.check(f"{where}: {column}", s, s["text"])
        if r["text"] != " ".join(s["text"] for s in r["content"]):
            fault(where, "text is not the parts of content with spaces between")

    def quote(self, where, text, r, claims):
        text.check(where, r, r["text"])
        for column in ("mention", "cue"):
            if r[column] is not None:
                text.check(f"{where}: {column}", r[column], r[column]["text"])
        if r["before"] != text.chars[max(0, r["start_char"] - CONTEXT) : r["start_char"]]:
            fault(where, "before is not the text before the quote")
        if r["after"] != text.chars[r["end_char"] : r["end_char"] + CONTEXT]:
            fault(where, "after is not the text behind the quote")
        if r["claim_id"] is not None:
            claim = claims.get(r["claim_id"])
            if claim is None or claim["doc_id"] != r["doc_id"]:
                fault(where, f"claim_id {r['claim_id']!r} is not in claims")
            if r["cue_class"] != claim["cue_class"]:
                fault(where, "cue_class is not that of its claim")
            if r["cue"] is not None and r["cue"] not in claim["cue"]:
                fault(where, "the cue is none of its claim's")
        if r["speaker_id"] is not None and not r["attributed"]:
            fault(where, "a speaker, but attributed is false")


# JSON Lines against columns.


def pair(s):
    return None if s is None else [s["start_char"], s["end_char"]]


def pairs(spans):
    return [pair(s) for s in spans]


def check_articles(path, rows):
    """Hold the JSON form of each document to its rows."""
    by_doc = {r["doc_id"]: (r, [], [], []) for r in rows["documents"]}
    for n, table in enumerate(("claims", "quotes", "speakers"), 1):
        for r in rows[table]:
            by_doc[r["doc_id"]][n].append(r)
    with open(path, encoding="utf-8", newline="\n") as f:
        articles = [json.loads(line) for line in f]
    if [a["id"] for a in articles] != list(by_doc):
        fault(f"articles: {path}", "the ids are not those of documents")
    for i, a in enumerate(articles):
        where = f"articles: {path}: row {i}"
        doc, claims, quotes, speakers = by_doc[a["id"]]
        made = set(doc["layers"])

        def same(what, json_value, column):
            if json_value != column:
                fault(where, f"{what}: {json_value!r} in JSON, {column!r} in columns")

        same("text", a["text"], doc["text"])
        for key in ("url", "title", "byline"):
            same(key, a.get(key), doc[key])
        for key, layer in (("blocks", "blocks"), ("quotes", "quotes"), ("claims", "attributions"), ("speakers", "speakers")):
            same(f"layer {layer}", key in a, layer in made)
        blocks = [[b["start"], b["end"], b["kind"]] for b in a.get("blocks", [])]
        same("blocks", blocks, [[*pair(b), b["kind"]] for b in doc["blocks"]])

        def voice(what, j, r):
            if "speakers" in made:
                same(f"{what}: speaker", j.get("speaker"), r["speaker"])
                same(f"{what}: speaker_kind", j.get("speaker_kind"), r["speaker_kind"])
            if "stances" in made:
                same(f"{what}: stance", j["stance"], r["stance"])
                same(f"{what}: target", j.get("target"), r["stance_target"])
            same(f"{what}: kind", j["kind"], r["kind"])

        json_claims = sorted(a.get("claims", []), key=lambda c: (c["content"][0][0], -c["content"][-1][1]))
        same("claims", pairs_of(json_claims), [pairs(c["content"]) for c in claims])
        for j, r in zip(json_claims, claims):
            what = f"claim {r['ordinal']}"
            voice(what, j, r)
            same(f"{what}: source", j["source"], pairs(r["source"]))
            same(f"{what}: cue", j["cue"], pairs(r["cue"]))
            same(f"{what}: negated", j.get("negated", False), r["negated"])
            if "stances" in made:
                same(f"{what}: cue_class", j.get("cue_class"), r["cue_class"])
                same(f"{what}: stance_evidence", j.get("stance_evidence", []), pairs(r["stance_evidence"]))
        json_quotes = sorted(a.get("quotes", []), key=lambda q: (q["start"], -q["end"]))
        same("quotes", [[q["start"], q["end"]] for q in json_quotes], pairs(quotes))
        for j, r in zip(json_quotes, quotes):
            what = f"quote {r['ordinal']}"
            voice(what, j, r)
            same(f"{what}: depth", j.get("depth", 0), r["depth"])
            # Of claims within claims each form names one that holds the quote.
            same(f"{what}: in a claim", "claim" in j, r["claim_id"] is not None)
            if "speakers" in made:
                same(f"{what}: mention", j.get("mention"), pair(r["mention"]))
                same(f"{what}: attribution", j.get("manner"), r["attribution"])
        same("speakers", [s["name"] for s in a.get("speakers", [])], [r["name"] for r in speakers])
        for j, r in zip(a.get("speakers", []), speakers):
            for key in ("kind", "description", "pronoun"):
                same(f"speaker {r['name']}: {key}", j.get(key), r[key])
            same(f"speaker {r['name']}: mentions", j["mentions"], pairs(r["mentions"]))


def pairs_of(json_claims):
    return [c["content"] for c in json_claims]


# The folder.


def check(out):
    """Check the folder out and return the totals of its manifest."""
    out = pathlib.Path(out)
    try:
        manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as e:
        fault("manifest.json", e)
    if manifest["schema_version"] != SCHEMA_VERSION:
        fault("manifest.json", f"schema_version is {manifest['schema_version']}, this check knows {SCHEMA_VERSION}")
    for key in ("started", "finished"):
        datetime.datetime.fromisoformat(manifest[key])
    files = {str(p.relative_to(out).as_posix()) for p in out.rglob("*") if p.is_file()}
    listed = {s["path"] for s in manifest["shards"]} | {"manifest.json"}
    if files != listed:
        fault("manifest.json", f"lists other files than there are: {sorted(files ^ listed)}")

    shards = {}  # by format and table: in order
    for s in manifest["shards"]:
        data = (out / s["path"]).read_bytes()
        if len(data) != s["bytes"] or hashlib.sha256(data).hexdigest() != s["sha256"]:
            fault(f"{s['table']}: {out / s['path']}", "bytes or sha256 are not those of the manifest")
        shards.setdefault((s["path"].rsplit(".", 1)[1], s["table"]), []).append(s)

    run, totals = Run(), dict.fromkeys(TABLES, 0)
    columns = [f for f in manifest["formats"] if f != "jsonl"]
    lists = list(shards.values())
    if any(len(l) != len(lists[0]) for l in lists):
        fault("manifest.json", "the tables have not as many shards as each other")
    for n in range(len(lists[0])):
        rows, paths = None, None
        for f in columns:
            theirs, p = {}, {}
            for table in TABLES:
                s = shards[f, table][n]
                p[table] = out / s["path"]
                theirs[table] = read(p[table], table, manifest)
                if len(theirs[table]) != s["rows"]:
                    fault(f"{table}: {p[table]}", f"{len(theirs[table])} rows, the manifest says {s['rows']}")
                if rows is not None and theirs[table] != rows[table]:
                    fault(f"{table}: {p[table]}", f"differs from {paths[table]}: {differing(rows[table], theirs[table])}")
            if rows is None:
                rows, paths = theirs, p
                run.check(paths, rows)
                for table in TABLES:
                    totals[table] += len(rows[table])
        if "jsonl" in manifest["formats"]:
            articles, failures = (out / shards["jsonl", t][n]["path"] for t in ("articles", "failures"))
            if rows is not None:
                check_articles(articles, rows)
                check_failures(failures, rows["failures"])
    run.end()
    if columns:
        for table, total in totals.items():
            if manifest["totals"][table] != total:
                fault("manifest.json", f"totals: {manifest['totals'][table]} {table}, there are {total}")
        for f in columns:
            as_datasets(out, f, totals)
    return manifest["totals"]


def check_failures(path, rows):
    with open(path, encoding="utf-8", newline="\n") as f:
        lines = [json.loads(line) for line in f]
    theirs = [{name: line.get(name) for name, _, _ in TABLES["failures"]} for line in lines]
    if theirs != rows:
        fault(f"failures: {path}", f"differs from the columns: {differing(rows, theirs)}")


def as_datasets(out, format_, totals):
    """A user opens a table as a whole, by its folder or by a pattern."""
    for table, total in totals.items():
        files = [str(p) for p in sorted((out / table).glob("*." + format_))]
        pattern = str(out / table / f"*.{format_}")
        counts = {
            "pyarrow.dataset": pa.dataset.dataset(files, format="ipc" if format_ == "arrow" else "parquet").count_rows(),
            "polars": len((pl.scan_ipc if format_ == "arrow" else pl.scan_parquet)(pattern).collect()),
        }
        if format_ == "parquet":
            counts["duckdb"] = duckdb.sql(f"SELECT count(*) FROM read_parquet({files!r})").fetchall()[0][0]
        for library, n in counts.items():
            if n != total:
                fault(f"{table}: {pattern}", f"{library} finds {n} rows, there are {total}")


def main(argv):
    if len(argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        totals = check(argv[1])
    except Fault as e:
        print(e, file=sys.stderr)
        return 1
    print(f"{argv[1]}: all well:", ", ".join(f"{totals[t]} {t}" for t in TABLES))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
