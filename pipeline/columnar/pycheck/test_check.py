#!/usr/bin/env python3
"""Show that check.py can fail: python test_check.py OUT

OUT is a folder that passes, with every format and the fixtures of the Go
tests. Each case damages a copy of it in one place and expects the fault to
name that place.
"""

import hashlib
import json
import pathlib
import shutil
import sys
import tempfile

import pyarrow as pa
import pyarrow.parquet

sys.dont_write_bytecode = True

import check  # noqa: E402


def rewrite(out, table, edit, formats=("arrow", "parquet")):
    """Give the rows of a table to edit and write what it leaves."""
    for format_ in formats:
        path = out / table / f"part-00000.{format_}"
        old = check.read_pyarrow(path)
        rows = old.to_pylist()
        new = edit(rows)
        new = pa.Table.from_pylist(rows, schema=old.schema) if new is None else new(old)
        if format_ == "arrow":
            with pa.OSFile(str(path), "wb") as f, pa.ipc.new_file(f, new.schema) as w:
                w.write_table(new)
        else:
            pa.parquet.write_table(new, path)
        seal(out, path)


def seal(out, path):
    """Make the manifest fit the file, that more than its sha256 be checked."""
    data = path.read_bytes()

    def edit(m):
        for s in m["shards"]:
            if out / s["path"] == path:
                s["bytes"], s["sha256"] = len(data), hashlib.sha256(data).hexdigest()

    manifest(out, edit)


def manifest(out, edit):
    path = out / "manifest.json"
    m = json.loads(path.read_text())
    edit(m)
    path.write_text(json.dumps(m))


def article(out, edit):
    path = out / "articles" / "part-00000.jsonl"
    lines = [json.loads(l) for l in path.read_text().splitlines()]
    edit(lines)
    path.write_text("".join(json.dumps(l) + "\n" for l in lines))
    seal(out, path)


def put(row, *keys_and_value):
    """Set a value deep in a table."""
    *keys, last, value = keys_and_value

    def edit(rows):
        at = rows[row]
        for k in keys:
            at = at[k]
        at[last] = value

    return edit


def add(row, *keys_and_amount):
    *keys, last, amount = keys_and_amount

    def edit(rows):
        at = rows[row]
        for k in keys:
            at = at[k]
        at[last] += amount

    return edit


def without(column):
    return lambda rows: lambda table: table.drop_columns([column])


def nullable(column):
    def edit(_):
        def new(table):
            i = table.schema.get_field_index(column)
            return table.cast(table.schema.set(i, table.schema.field(i).with_nullable(True)))

        return new

    return edit


def bare(_):
    return lambda table: table.replace_schema_metadata(None)


BOTH = ("arrow", "parquet")
# what is done, table, edit, formats, what the fault says
TABLE_CASES = [
    ("a word changed", "quotes", put(1, "text", "No."), BOTH, "quotes: .*row 1: the text is 'No.'"),
    ("a character off", "quotes", add(0, "start_char", 1), BOTH, "quotes: .*row 0: the slice by bytes"),
    ("a byte within a character", "claims", add(4, "content", 0, "start_byte", 2), BOTH, "claims: .*row 4: content: "),
    ("out of the text", "claims", put(0, "cue", 0, "end_byte", 10**6), BOTH, "claims: .*row 0: cue: bytes"),
    ("a mention changed", "speakers", put(0, "mentions", 1, "text", "x"), BOTH, "speakers: .*row 0: the text is 'x'"),
    ("a cue changed", "quotes", put(0, "cue", "text", "sang"), BOTH, "quotes: .*row 0: cue: the text is 'sang'"),
    ("evidence changed", "claims", put(2, "stance_evidence", 0, "text", "x"), BOTH, "row 2: stance_evidence: "),
    ("claim's text changed", "claims", put(0, "text", "We heard you"), BOTH, "row 0: text is not the parts"),
    ("context changed", "quotes", put(0, "before", ""), BOTH, "row 0: before is not"),
    ("context too long", "quotes", add(0, "after", "x"), BOTH, "row 0: after is not"),
    ("block off", "documents", add(0, "blocks", 1, "end_char", 1), BOTH, "documents: .*row 0: the slice by bytes"),
    ("blocks overlap", "documents", put(1, "blocks", [
        {"kind": "body", "start_byte": a, "end_byte": b, "start_char": a, "end_char": b} for a, b in ((0, 5), (4, 6))
    ]), BOTH, "documents: .*row 1: blocks overlap"),
    ("words miscounted", "documents", add(0, "n_words", 1), BOTH, "documents: .*row 0: n_words"),
    ("quotes miscounted", "documents", add(0, "n_quotes", 1), BOTH, "documents: .*row 0: n_quotes"),
    ("speaker's claims miscounted", "speakers", add(1, "n_claims", 1), BOTH, "speakers: .*row 1: n_claims"),
    ("a duplicate of nothing", "documents", put(3, "duplicate_of", "x"), BOTH, "documents: .*row 3: duplicate_of is 'x'"),
    ("a duplicate of a later one", "documents", put(0, "duplicate_of", "bare"), BOTH, "documents: .*row 0: duplicate_of is 'bare'"),
    ("a duplicate that is none", "documents", put(0, "fingerprint", "0123456789abcdef" * 4), BOTH, "documents: .*row 3: the fingerprint is not"),
    ("no fingerprint", "documents", put(0, "fingerprint", "0123"), BOTH, "documents: .*row 0: fingerprint is '0123'"),
    ("sha256 of another text", "documents", put(0, "sha256", "0" * 64), BOTH, "documents: .*row 0: sha256"),
    ("an id twice", "quotes", put(1, "quote_id", "ferry-1#q0"), BOTH, "quotes: .*row 1: the id 'ferry-1#q0'"),
    ("a link to no claim", "quotes", put(0, "claim_id", "x"), BOTH, "quotes: .*row 0: claim_id 'x'"),
    ("a link to no speaker", "claims", put(0, "speaker_id", "x"), BOTH, "claims: .*row 0: speaker_id 'x'"),
    ("a link to no document", "speakers", put(0, "doc_id", "x"), BOTH, "speakers: .*row 0: doc_id 'x'"),
    ("another's name", "claims", put(0, "speaker", "x"), BOTH, "claims: .*row 0: .*speaker"),
    ("an ordinal left out", "claims", put(1, "ordinal", 2), BOTH, "claims: .*row 1: ordinal"),
    ("an unknown value", "claims", put(1, "stance", "angry"), BOTH, "claims: .*row 1: stance is 'angry'"),
    ("certainty above 1", "claims", put(1, "confidence", 1.5), BOTH, "claims: .*row 1: confidence"),
    ("a speaker not attributed", "quotes", put(0, "attributed", False), BOTH, "quotes: .*row 0: .*attributed"),
    ("no reason", "failures", put(0, "reason", ""), BOTH, "failures: .*row 0: reason is empty"),
    ("no column", "failures", without("doc_id"), BOTH, "failures: .*no column doc_id"),
    ("a nullable column", "claims", nullable("stance"), ("arrow",), "claims: .*column stance is nullable"),
    ("no metadata", "speakers", bare, ("arrow",), "speakers: .*metadata onrecord.schema_version"),
    ("a row gone", "failures", lambda rows: rows.pop() and None, BOTH, "failures: .*1 rows, the manifest says 2"),
    ("formats apart", "claims", put(0, "confidence", 0.5), ("parquet",), "claims: .*parquet: differs from .*row 0, column confidence"),
]
# what is done, edit, what the fault says
ARTICLE_CASES = [
    ("another speaker", put(0, "quotes", 0, "speaker", "x"), "articles: .*row 0: quote 0: speaker"),
    ("another span", add(0, "quotes", 0, "end", 1), "articles: .*row 0: quotes"),
    ("another stance", put(0, "claims", 2, "stance", "neutral"), "articles: .*row 0: claim 2: stance"),
    ("another mention", add(0, "speakers", 0, "mentions", 0, 0, -1), "articles: .*row 0: speaker José Nuñez: mentions"),
    ("another text", add(1, "text", "."), "articles: .*row 1: text"),
    ("a layer too many", put(2, "quotes", []), "articles: .*row 2: layer quotes"),
    ("another document", put(1, "id", "x"), "articles: .*the ids"),
]


def folder_cases():
    def noise(out):
        path = out / "claims" / "part-00000.arrow"
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)

    def version(m):
        m["schema_version"] = "0"

    def total(m):
        m["totals"]["quotes"] += 1

    def failures(out):
        path = out / "failures" / "part-00000.jsonl"
        path.write_text(path.read_text().replace("bad_json", "bad"))
        seal(out, path)

    return [
        ("a bit turned", noise, "claims: .*sha256"),
        ("a file too many", lambda out: (out / "notes.txt").touch(), "manifest.json: .*notes.txt"),
        ("a file gone", lambda out: (out / "quotes" / "part-00000.parquet").unlink(), "manifest.json: .*quotes/part-00000.parquet"),
        ("no manifest", lambda out: (out / "manifest.json").unlink(), "manifest.json: "),
        ("another version", lambda out: manifest(out, version), "manifest.json: schema_version"),
        ("a wrong total", lambda out: manifest(out, total), "manifest.json: totals"),
        ("another failure", failures, "failures: .*jsonl: differs .*row 0, column reason"),
    ]


def main(argv):
    source = pathlib.Path(argv[1])
    check.check(source)
    cases = [(f"{t}: {n}", lambda out, t=t, e=e, f=f: rewrite(out, t, e, f), want) for n, t, e, f, want in TABLE_CASES]
    cases += [(f"articles: {n}", lambda out, e=e: article(out, e), want) for n, e, want in ARTICLE_CASES]
    cases += folder_cases()
    missed = 0
    for name, damage, want in cases:
        with tempfile.TemporaryDirectory() as d:
            out = pathlib.Path(d) / "out"
            shutil.copytree(source, out)
            damage(out)
            try:
                check.check(out)
                said = "nothing"
            except check.Fault as e:
                said = str(e)
            if not check.re.search(want, said):
                missed += 1
                print(f"{name}: check.py says {said!r}, not {want!r}", file=sys.stderr)
    print(f"{len(cases) - missed} of {len(cases)} faults found")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
