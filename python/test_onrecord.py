"""The package reads what the program writes, and proves rows by the article.

    python -m pytest python

The articles are written here, and extracted by the program: ONRECORD names it;
without it, it is built with Go.
"""

import datetime
import json
import os
import pathlib
import shutil
import subprocess

import onrecord
import pyarrow as pa
import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
EMOJI = (
    "The council was split. 🐑🐑 “We shall not sell the common 👩‍👩‍👧 to anybody,” said Ines Baró, the mayor. "
    "She said the café 🇸🇪 could stay.\n\nHugo Lund, who leads the opposition, accused her of “theatre” 🎭.\n"
)
ARTICLES = [
    {"id": "a", "url": "https://www.gazette.example/1", "headline": "Split", "date": "2025-03-01", "body": EMOJI},
    {"id": "b", "headline": "Nowhere", "body": "“It was raining,” said Ana Toft. “It did not stop.”"},
]


@pytest.fixture(scope="session")
def extract(tmp_path_factory):
    program = os.environ.get("ONRECORD")
    if program is None:
        program = tmp_path_factory.mktemp("bin") / "onrecord"
        env = {**os.environ, "CGO_ENABLED": "0"}
        subprocess.run(["go", "build", "-o", program, "./cmd/onrecord"], cwd=ROOT, check=True, env=env)
    articles = tmp_path_factory.mktemp("in") / "articles.jsonl"
    articles.write_text("".join(json.dumps(a) + "\n" for a in ARTICLES))

    def run(formats):
        out = tmp_path_factory.mktemp("out") / "run"
        subprocess.run(
            [program, "extract", articles, "--out", out, "--format", formats], check=True, capture_output=True
        )
        return out

    return run


@pytest.fixture(scope="session")
def out(extract):
    return extract("arrow")


@pytest.fixture
def run(out):
    return onrecord.open(out)


@pytest.fixture
def copy(out, tmp_path):
    """A copy of a run, to be broken."""
    return pathlib.Path(shutil.copytree(out, tmp_path / "run"))


def rows(table):
    return table.to_pylist()


def test_tables(run):
    assert run.documents["doc_id"].to_pylist() == ["a", "b"]
    assert run.documents["text"].to_pylist()[0] == EMOJI
    for name in onrecord.TABLES:
        assert getattr(run, name).num_rows == run.manifest["totals"][name]
    assert [r["speaker"] for r in rows(run.quotes)] == ["Ines Baró", "Hugo Lund", "Ana Toft", "Ana Toft"]


@pytest.mark.parametrize("formats", ["parquet", "arrow,parquet,jsonl"])
def test_formats_hold_the_same(extract, run, formats):
    other = onrecord.open(extract(formats))
    for name in onrecord.TABLES:
        assert rows(getattr(other, name)) == rows(getattr(run, name))


def test_statements_are_claims_with_their_articles(run):
    statements = run.statements()
    assert statements.drop_columns(["outlet", "url", "title", "published", "duplicate_of"]) == run.claims
    by_doc = {r["doc_id"]: r for r in rows(statements)}
    assert by_doc["a"]["outlet"] == "gazette.example"
    assert by_doc["a"]["title"] == "Split"
    assert by_doc["a"]["published"] == datetime.datetime(2025, 3, 1, tzinfo=datetime.timezone.utc)
    assert by_doc["b"]["outlet"] is None and by_doc["b"]["published"] is None
    assert run.statements("quotes").num_rows == run.quotes.num_rows


@pytest.mark.parametrize(
    ("url", "outlet"),
    [
        ("https://www.Gazette.example:8080/a", "gazette.example"),
        (" gazette.example/a", "gazette.example"),
        ("http://[broken/", None),
        ("javascript:alert(1)", None),
        ("", None),
        (None, None),
    ],
)
def test_outlets_are_those_of_the_program(url, outlet):
    assert onrecord._outlet(url) == outlet


def test_every_row_is_proved(run):
    for name in ("documents", "quotes", "claims", "speakers"):
        for row in rows(getattr(run, name)):
            run.check(row)


def test_spans_behind_emoji(run):
    row = rows(run.quotes)[0]
    words, mention, cue = run.check(row)
    assert words.text == "We shall not sell the common 👩‍👩‍👧 to anybody,"
    assert (words.start_char, words.end_char) == (EMOJI.index("We shall"), EMOJI.index("”"))
    assert words.start_byte == words.start_char + 2 * 3 + 2  # two sheep of 4 bytes, a mark of 3
    assert [mention.column, cue.column] == ["mention", "cue"]
    assert cue.text == "said"


def test_context(run):
    row = rows(run.quotes)[0]
    assert run.context(row, 4) == ("🐑🐑 “", row["text"], "” sa")
    assert run.context(row, row["start_char"] + 1).before == EMOJI[: row["start_char"]]
    before, words, after = run.context(row, 10_000)
    assert before + words + after == run.text(row)
    split = next(r for r in rows(run.claims) if r["doc_id"] == "b")
    assert run.context(split, 1).words == "It was raining,” said Ana Toft. “It did not stop."
    with pytest.raises(ValueError, match="only rows of quotes and claims"):
        run.context(rows(run.speakers)[0])


@pytest.mark.parametrize(
    "change, message",
    [
        ({"start_char": 0}, "its characters in the article are"),
        ({"end_byte": 5}, "its bytes in the article are"),
        ({"text": "We shall sell the common"}, "text is 'We shall sell the common'"),
        ({"cue": {"start_byte": 0, "end_byte": 3, "start_char": 0, "end_char": 3, "text": "say"}}, "cue is 'say'"),
        ({"doc_id": "z"}, "no document 'z'"),
    ],
)
def test_a_wrong_row_is_found(run, change, message):
    with pytest.raises(onrecord.Mismatch, match=message):
        run.check(rows(run.quotes)[0] | change)


def test_a_wrong_text_of_a_claim_is_found(run):
    with pytest.raises(onrecord.Mismatch, match="its content"):
        run.check(rows(run.claims)[0] | {"text": "other words"})


def test_a_changed_article_is_found(run):
    text = run.documents["text"].to_pylist()[0].replace("sheep", "goats").replace("theatre", "theater")
    run.documents = run.documents.set_column(
        run.documents.column_names.index("text"), "text", pa.array([text, run.documents["text"].to_pylist()[1]])
    )
    with pytest.raises(onrecord.Mismatch, match="another sha256"):
        run.check(rows(run.quotes)[0])


def test_pandas(run):
    frames = run.load("pandas")
    assert len(frames.statements) == run.claims.num_rows
    for table in frames[1:4]:
        for _, row in table.iterrows():
            run.check(row)
    assert run.context(frames.quotes.iloc[0]) == run.context(rows(run.quotes)[0])


def test_polars(run):
    frames = run.load("polars")
    assert frames.statements["outlet"].unique().sort().to_list() == [None, "gazette.example"]
    for row in frames.claims.iter_rows(named=True):
        run.check(row)


def test_duckdb(run):
    query = (
        "SELECT speaker FROM statements WHERE outlet = 'gazette.example' AND len(source) > 0 ORDER BY ordinal LIMIT 1"
    )
    assert run.load("duckdb").execute(query).fetchone() == ("Ines Baró",)


def test_another_library(run):
    with pytest.raises(ValueError, match="'arrow' is none of pandas, polars, duckdb"):
        run.load("arrow")


def test_no_folder(tmp_path):
    with pytest.raises(onrecord.NotARun, match="there is no folder .*: onrecord extract INPUT --out"):
        onrecord.open(tmp_path / "nowhere")


def test_a_folder_of_something_else(tmp_path):
    with pytest.raises(onrecord.NotARun, match="no manifest.json.*extract again"):
        onrecord.open(tmp_path)


def test_an_unfinished_run(copy):
    (copy / "manifest.json").rename(copy / "checkpoint.json")
    with pytest.raises(onrecord.NotARun, match="--resume"):
        onrecord.open(copy)


@pytest.mark.parametrize(
    "version, remedy", [("1", "extract again"), ("99", "take the package from where the program is")]
)
def test_columns_of_another_version(copy, version, remedy):
    manifest = json.loads((copy / "manifest.json").read_text())
    (copy / "manifest.json").write_text(json.dumps(manifest | {"schema_version": version}))
    with pytest.raises(onrecord.NotARun, match=remedy):
        onrecord.open(copy)


def test_a_missing_shard(copy):
    (copy / "claims" / "part-00000.arrow").unlink()
    with pytest.raises(onrecord.NotARun, match="claims/part-00000.arrow is in the manifest"):
        onrecord.open(copy).claims  # noqa: B018


def test_only_json_lines(extract):
    with pytest.raises(onrecord.NotARun, match="--format arrow"):
        onrecord.open(extract("jsonl")).quotes  # noqa: B018
