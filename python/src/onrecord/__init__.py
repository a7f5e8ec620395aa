"""Open what `onrecord extract` wrote: tables, joins, and rows in their articles.

    import onrecord

    run = onrecord.open("out")
    run.claims                # a pyarrow Table, and so are quotes, documents, speakers, failures
    run.statements()          # claims with outlet, title and time of their articles
    run.load("pandas").quotes # or polars; or duckdb: a connection with the tables in it
    run.context(row)          # the words of a row, with those before and after them
    run.check(row)            # proves every span of a row against its article

Columns are those of docs/schema.md.
"""

from __future__ import annotations

import builtins
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Literal, NamedTuple, TypeAlias, TypeVar, overload
from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet

if TYPE_CHECKING:
    import duckdb
    import pandas
    import polars

__all__ = ["TABLES", "Context", "Frames", "Mismatch", "NotARun", "Run", "Span", "open"]

SCHEMA_VERSION = "3"
TABLES = ("documents", "quotes", "claims", "speakers", "failures")

Frame = TypeVar("Frame")
Row: TypeAlias = "Mapping[str, Any] | pandas.Series[Any]"


class NotARun(Exception):
    """The folder cannot be opened. The message says what helps."""


class Mismatch(ValueError):
    """A row does not stand in its article as it says."""


class Span(NamedTuple):
    """Words of an article: `column` is where the row has them, offsets are half-open."""

    column: str
    start_byte: int
    end_byte: int
    start_char: int
    end_char: int
    text: str


class Context(NamedTuple):
    """Words of an article with those on either side. Joined, the three are one slice of the text."""

    before: str
    words: str
    after: str


class Frames(NamedTuple, Generic[Frame]):
    """The tables, and claims joined with their documents, as data frames."""

    documents: Frame
    quotes: Frame
    claims: Frame
    speakers: Frame
    failures: Frame
    statements: Frame


class Run:
    """A finished run. Tables are read when they are first asked for, and kept."""

    def __init__(self, folder: Path, manifest: Mapping[str, Any]) -> None:
        self.folder = folder
        self.manifest = manifest

    @cached_property
    def documents(self) -> pa.Table:
        return self._read("documents")

    @cached_property
    def quotes(self) -> pa.Table:
        return self._read("quotes")

    @cached_property
    def claims(self) -> pa.Table:
        return self._read("claims")

    @cached_property
    def speakers(self) -> pa.Table:
        return self._read("speakers")

    @cached_property
    def failures(self) -> pa.Table:
        return self._read("failures")

    def statements(self, table: Literal["claims", "quotes", "speakers"] = "claims") -> pa.Table:
        """The rows of a table, in their order, with columns of their articles:
        `outlet` (the host of the url), `url`, `title`, `published`, `duplicate_of`."""
        rows = getattr(self, table)
        place = {doc_id: i for i, doc_id in enumerate(self.documents["doc_id"].to_pylist())}
        # Table.join refuses lists, which most of the tables have.
        articles = self.documents.select(["url", "title", "published", "duplicate_of"]).take(
            pa.array([place[doc_id] for doc_id in rows["doc_id"].to_pylist()], pa.int64())
        )
        outlets = {url: _outlet(url) for url in articles["url"].unique().to_pylist()}
        rows = rows.append_column("outlet", pa.array([outlets[u] for u in articles["url"].to_pylist()], pa.string()))
        for name in articles.column_names:
            rows = rows.append_column(name, articles[name])
        return rows

    @overload
    def load(self, library: Literal["pandas"]) -> Frames[pandas.DataFrame]: ...
    @overload
    def load(self, library: Literal["polars"]) -> Frames[polars.DataFrame]: ...
    @overload
    def load(self, library: Literal["duckdb"]) -> duckdb.DuckDBPyConnection: ...
    def load(self, library: str) -> Any:
        """All tables and `statements` in pandas or polars, or in a DuckDB connection of their own."""
        tables = Frames[pa.Table](
            self.documents, self.quotes, self.claims, self.speakers, self.failures, self.statements()
        )
        if library == "pandas":
            return Frames._make(table.to_pandas() for table in tables)
        if library == "polars":
            import polars

            return Frames._make(polars.from_arrow(table) for table in tables)
        if library == "duckdb":
            import duckdb

            connection = duckdb.connect()
            for name, table in tables._asdict().items():
                connection.register(name, table)
            return connection
        raise ValueError(f"{library!r} is none of pandas, polars, duckdb; the properties of a run are pyarrow's own")

    def text(self, row: Row) -> str:
        """The article that a row of any table is about."""
        return self._article(row)[0]

    def check(self, row: Row) -> list[Span]:
        """Prove a row of quotes, claims, speakers or documents: the article has the hash that
        `documents` says, and both slices of each span, by code points and by bytes, are its words.
        Return the spans in the order of the columns, or raise Mismatch."""
        text, sha256 = self._article(row)
        name = next((row[key] for key in ("quote_id", "claim_id", "speaker_id") if key in row), row["doc_id"])
        utf8 = text.encode()
        if hashlib.sha256(utf8).hexdigest() != sha256:
            raise Mismatch(f"{name}: the text of {row['doc_id']} has another sha256: onrecord verify {self.folder}")
        spans = list(_spans(row))
        for span in spans:
            by_char = text[span.start_char : span.end_char]
            by_byte = utf8[span.start_byte : span.end_byte].decode(errors="replace")
            for unit, found in (("characters", by_char), ("bytes", by_byte)):
                if found != span.text:
                    raise Mismatch(f"{name}: {span.column} is {span.text!r}, its {unit} in the article are {found!r}")
        content = " ".join(span.text for span in spans if span.column == "content")
        if content and content != row["text"]:
            raise Mismatch(f"{name}: text is {row['text']!r}, its content {content!r}")
        return spans

    def context(self, row: Row, width: int = 60) -> Context:
        """A quote, or a claim from its first word to its last, with up to `width` code points of the
        article on either side."""
        spans = [span for span in _spans(row) if span.column in ("text", "content")]
        if not spans:
            raise ValueError("only rows of quotes and claims have a context")
        text = self.text(row)
        start, end = min(s.start_char for s in spans), max(s.end_char for s in spans)
        return Context(text[max(0, start - width) : start], text[start:end], text[end : end + width])

    @cached_property
    def _articles(self) -> dict[str, tuple[str, str]]:
        columns = (self.documents[name].to_pylist() for name in ("doc_id", "text", "sha256"))
        return {doc_id: (text, sha256) for doc_id, text, sha256 in zip(*columns)}

    def _article(self, row: Row) -> tuple[str, str]:
        try:
            return self._articles[row["doc_id"]]
        except KeyError:
            raise Mismatch(f"{self.folder} has no document {row['doc_id']!r}: the row is of another run") from None

    def _read(self, name: str) -> pa.Table:
        paths = [self.folder / shard["path"] for shard in self.manifest["shards"] if shard["table"] == name]
        for suffix, read in ((".arrow", _read_arrow), (".parquet", pa.parquet.read_table)):
            if parts := [path for path in paths if path.suffix == suffix]:
                if missing := [path for path in parts if not path.exists()]:
                    raise NotARun(f"{missing[0]} is in the manifest and not in the folder: extract again")
                return pa.concat_tables([read(path) for path in parts])
        raise NotARun(f"{self.folder} has no Arrow or Parquet files of {name}: extract with --format arrow or parquet")

    def __repr__(self) -> str:
        rows = ", ".join(f"{self.manifest['totals'][name]} {name}" for name in TABLES)
        return f"<onrecord run {self.folder.name}: {rows}>"


def open(folder: str | os.PathLike[str]) -> Run:
    """Open a folder that `onrecord extract --out` wrote, or raise NotARun."""
    folder = Path(folder)
    try:
        with builtins.open(folder / "manifest.json", encoding="utf-8") as f:
            manifest = json.load(f)
    except (FileNotFoundError, NotADirectoryError):
        if not folder.is_dir():
            raise NotARun(f"there is no folder {folder}: onrecord extract INPUT --out {folder}") from None
        if (folder / "checkpoint.json").exists():
            raise NotARun(f"the run in {folder} is not finished: repeat its command with --resume") from None
        raise NotARun(f"{folder} has no manifest.json, so it holds no finished run: extract again") from None
    version = manifest["schema_version"]
    if version != SCHEMA_VERSION:
        remedy = "extract again" if int(version) < int(SCHEMA_VERSION) else "take the package from where the program is"
        raise NotARun(f"{folder} has columns of version {version}, this package reads {SCHEMA_VERSION}: {remedy}")
    return Run(folder, manifest)


def _read_arrow(path: Path) -> pa.Table:
    with pa.memory_map(str(path)) as source:
        return pa.ipc.open_file(source).read_all()


def _outlet(url: str | None) -> str | None:
    """The host of an address without "www.", as the program has it; None where there is none to read."""
    address = (url or "").strip()
    try:
        parts = urlsplit(address if "://" in address else "//" + address)
        parts.port  # raises where it is no number
    except ValueError:
        return None
    host = parts.hostname
    return host.removeprefix("www.") or None if host else None


def _spans(row: Row) -> Iterator[Span]:
    """The spans of a row in the order of the table's columns. Lists of spans may be arrays, as in pandas."""
    if "start_char" in row:
        yield _span("text", row)
    for column in ("mention", "content", "source", "cue", "stance_evidence", "mentions"):
        value: Any = row.get(column)
        if isinstance(value, Mapping):
            yield _span(column, value)
        elif hasattr(value, "__len__") and not isinstance(value, str):  # which documents have as their source
            yield from (_span(column, span) for span in value)
    targets: Any = row.get("targets")
    for target in targets if targets is not None else ():
        if target["mention"] is not None:
            yield _span("targets", target["mention"])


def _span(column: str, at: Row) -> Span:
    start_byte, end_byte, start_char, end_char = (int(at[name]) for name in Span._fields[1:5])
    return Span(column, start_byte, end_byte, start_char, end_char, str(at["text"]))
