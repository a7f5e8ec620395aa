"""The Spark job writes the rows that `onrecord extract` writes.

    python -m pytest integrations/spark

Needs Java 17 and requirements.txt. ONRECORD names the program; without it, it
is built with Go.
"""

import gzip
import json
import os
import pathlib
import shutil
import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TABLES = ("documents", "quotes", "claims", "speakers", "failures")

pytestmark = pytest.mark.skipif(shutil.which("java") is None and "JAVA_HOME" not in os.environ, reason="there is no Java")


@pytest.fixture(scope="session")
def onrecord(tmp_path_factory):
    if "ONRECORD" in os.environ:
        return pathlib.Path(os.environ["ONRECORD"]).resolve()
    path = tmp_path_factory.mktemp("bin") / "onrecord"
    subprocess.run(["go", "build", "-o", path, "./cmd/onrecord"], cwd=ROOT, check=True, env={**os.environ, "CGO_ENABLED": "0"})
    return path


def records():
    """Articles, some without an id, some without a text."""
    texts = [p.read_text() for p in sorted((ROOT / "testdata" / "articles").glob("*.txt"))]
    for i in range(120):
        yield {
            "rank": i,
            "doc_id": None if i % 11 == 0 else f"a-{i}",
            "title": f"Article {i}",
            "published": "2024-03-05T06:07:08Z",
            "text": "" if i % 17 == 0 else f"{texts[i % len(texts)]}\n\nNumber {i}.\n",
        }


def parquet(folder):
    all_rows = list(records())
    for n, part in enumerate((all_rows[:80], all_rows[80:])):
        pq.write_table(pa.Table.from_pylist(part), folder / f"news + {n}.parquet", row_group_size=13)


def jsonl(folder):
    lines = [json.dumps({k: v for k, v in r.items() if v is not None}) + "\n" for r in records()]
    (folder / "a.jsonl").write_text("".join(lines[:50]))
    with gzip.open(folder / "b.jsonl.gz", "wt") as f:
        f.write("".join(lines[50:]) + '{"text": \n')


def warc(folder):
    """Two web archives, one of them cut off."""
    for n in range(2):
        with gzip.open(folder / f"crawl-{n}.warc.gz", "wb") as f:
            for i, r in enumerate(records()):
                if i % 2 != n or i > 40:
                    continue
                paragraphs = "".join(f"<p>{p}</p>" for p in r["text"].split("\n\n"))
                page = f"<!doctype html><html><head><title>{r['title']}</title></head><body><article><h1>{r['title']}</h1>{paragraphs}</article></body></html>".encode()
                http = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: %d\r\n\r\n" % len(page) + page
                f.write(
                    b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:00000000-0000-0000-0000-%012d>\r\n"
                    b"WARC-Target-URI: https://example.org/%d\r\nWARC-Date: 2024-03-05T06:07:08Z\r\n"
                    b"Content-Type: application/http; msgtype=response\r\nContent-Length: %d\r\n\r\n" % (i, i, len(http))
                    + http
                    + b"\r\n\r\n"
                )
    cut = folder / "crawl-1.warc.gz"
    cut.write_bytes(cut.read_bytes()[:-200])


def local(onrecord, inputs, out):
    done = subprocess.run([onrecord, "extract", inputs, "--out", out, "--format", "parquet"], cwd=out.parent, capture_output=True, text=True)
    assert done.returncode == 3, done.stderr


def spark(program, inputs, out, *args, master="local[2]", conf=()):
    submit = pathlib.Path(sys.executable).parent / "spark-submit"
    settings = ["spark.ui.enabled=false", "spark.log.level=WARN", "spark.sql.files.maxPartitionBytes=65536", *conf]
    command = [submit, "--master", master, "--files", program]
    for s in settings:
        command += ["--conf", s]
    command += [HERE / "onrecord_spark.py", "--out", out, "--onrecord", program.name, *args, f"file://{inputs}"]
    env = {**os.environ, "PYSPARK_PYTHON": sys.executable, "PYSPARK_DRIVER_PYTHON": sys.executable}
    done = subprocess.run(command, cwd=out.parent, capture_output=True, text=True, env=env)
    assert done.returncode == 0, done.stderr
    return done.stderr


def rows(folder, table):
    """The rows of a table, in an order of their own."""
    paths = sorted((folder / table).glob("*.parquet"))
    found = [r for p in paths for r in pq.ParquetFile(p).read().to_pylist()]
    for r in found:
        r.pop("duplicate_of", None)  # no task can know
    return sorted(json.dumps(r, default=str, sort_keys=True) for r in found)


def same(a, b):
    for table in TABLES:
        mine, theirs = rows(a, table), rows(b, table)
        assert mine, table
        for x, y in zip(mine, theirs):
            assert x == y, table
        assert len(mine) == len(theirs), table


def made(tmp_path, make):
    inputs = tmp_path / "in"
    inputs.mkdir()
    make(inputs)
    return inputs


def test_parquet(onrecord, tmp_path):
    inputs = made(tmp_path, parquet)
    local(onrecord, inputs, tmp_path / "local")
    spark(onrecord, inputs, tmp_path / "spark")
    same(tmp_path / "local", tmp_path / "spark")


def test_warc(onrecord, tmp_path):
    inputs = made(tmp_path, warc)
    local(onrecord, inputs, tmp_path / "local")
    spark(onrecord, inputs, tmp_path / "spark", "--input-format", "warc")
    same(tmp_path / "local", tmp_path / "spark")


# A program that is killed in the middle of its output wherever it runs first
# over a file.
KILLED = """#!/bin/bash
if [[ " $* " == *" --name "* ]] && mkdir "{marks}/$(echo "$*" | cksum | cut -d' ' -f1)" 2>/dev/null; then
	"{program}" "$@" | head -c 200000
	kill -9 $$
fi
exec "{program}" "$@"
"""


def test_killed(onrecord, tmp_path):
    inputs = made(tmp_path, jsonl)
    local(onrecord, inputs, tmp_path / "local")
    marks = tmp_path / "marks"
    marks.mkdir()
    wrapper = tmp_path / "onrecord-killed"
    wrapper.write_text(KILLED.format(marks=marks, program=onrecord))
    wrapper.chmod(0o755)
    said = spark(
        wrapper, inputs, tmp_path / "spark", "--input-format", "jsonl", "--option=--batch-rows=5",
        master="local-cluster[2,1,1024]", conf=["spark.task.maxFailures=3", "spark.executor.memory=1g"],
    )  # fmt: skip
    assert len(list(marks.iterdir())) == 2, "each file was begun once, and killed"
    assert "onrecord worker ended with status -9" in said
    same(tmp_path / "local", tmp_path / "spark")


def test_failure_is_told(onrecord, tmp_path):
    """A program that cannot work fails the job, with what it said."""
    inputs = made(tmp_path, parquet)
    with pytest.raises(AssertionError, match="there is no stage|unknown flag|--nonsense"):
        spark(onrecord, inputs, tmp_path / "spark", "--option=--nonsense")
