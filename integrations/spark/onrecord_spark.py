"""Extract quotations and claims from a pile of articles with Spark.

    spark-submit --files onrecord onrecord_spark.py --out OUT INPUT...

Reads Parquet (a row an article), or files of any kind that `onrecord extract`
reads alone: JSON Lines, WARC, and so on. Writes the tables documents, quotes,
claims, speakers and failures as Parquet into OUT, with the columns of
docs/schema.md. The work is done by `onrecord worker`, which runs once in each
task, or once for each file.

The tables hold what `onrecord extract` writes for the same inputs, but for two
things that no task can know: an id that occurs in two tasks is not refused, and
duplicate_of is null.
"""

import argparse
import collections
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import urllib.parse

import pyarrow as pa
import pyarrow.fs
from pyspark import SparkFiles
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import from_arrow_schema

TABLES = ("quotes", "claims", "speakers", "failures")
# The names by which an id is known, the likeliest first, in lower case and
# without "_", "-" and spaces: as package ingest has them.
IDS = ("id", "docid", "documentid", "articleid", "uuid", "guid")
PATH, ROW = "onrecord_path", "onrecord_row"
OK = (0, 3)  # 3: some of the rows are failures


def binary(name):
    """The program: beside the task (--files), at a path, or on PATH."""
    shipped = SparkFiles.get(os.path.basename(name))
    for path in (shipped, shutil.which(name)):
        if path and os.access(path, os.X_OK):
            return path
    raise FileNotFoundError(f"there is no program {name}: ship it with --files, or name it with --onrecord")


class Worker:
    """A running `onrecord worker`. feed writes its input, in a thread of its own."""

    def __init__(self, command, feed):
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors)
        self.failed = None
        self.thread = threading.Thread(target=self._feed, args=(feed,), daemon=True)
        self.thread.start()

    def _feed(self, feed):
        try:
            with self.process.stdin as pipe:
                feed(pipe)
        except BrokenPipeError:
            pass  # its exit status says why
        except BaseException as e:  # of the input; the worker must not take it for the end
            self.failed = e
            self.process.kill()

    def batches(self):
        """Yield the batches of results as they come."""
        try:
            broken = None
            try:
                stream = pa.ipc.open_stream(self.process.stdout)
            except (pa.ArrowException, OSError) as e:
                broken = e
            while broken is None:
                try:
                    batch = stream.read_next_batch()
                except StopIteration:
                    break
                except (pa.ArrowException, OSError) as e:
                    broken = e
                    break
                yield batch
            self.process.stdout.close()  # where it is broken, the worker must not wait
            status = self.process.wait()
            self.thread.join()
            if self.failed is not None:
                raise self.failed
            if status not in OK or broken is not None:
                self.errors.seek(0)
                said = self.errors.read().decode(errors="replace").strip()
                raise RuntimeError(f"onrecord worker ended with status {status}: {said or broken}")
        finally:
            self.process.kill()
            self.process.wait()
            self.errors.close()


def rows(name, options, id_column):
    """What a task does with rows of articles."""

    def task(batches):
        first = next(batches, None)
        if first is None:
            return
        places = collections.deque()  # of the rows that the worker has

        def feed(pipe):
            stream = None
            for batch in itertools.chain([first], batches):
                here = list(zip(map(plain, batch.column(PATH).to_pylist()), batch.column(ROW).to_pylist()))
                places.extend(here)
                batch = identified(batch.drop_columns([PATH, ROW]), id_column, here)
                if stream is None:
                    stream = pa.ipc.new_stream(pipe, batch.schema)
                stream.write_batch(batch)
            stream.close()

        worker = Worker([binary(name), "worker", *options], feed)
        for batch in worker.batches():
            yield placed(batch, [places.popleft() for _ in range(batch.num_rows)])

    return task


def source(place):
    """A row as onrecord names it: the file, and the row in it from 1."""
    return f"{place[0]}#{place[1] + 1}"


def identified(batch, column, places):
    """Give rows without an id that of their place."""
    if column is None:
        return batch.append_column("id", pa.array(map(source, places), pa.string()))
    if column not in batch.schema.names:
        return batch  # within a struct
    ids = batch.column(column)
    if not (pa.types.is_integer(ids.type) or pa.types.is_string(ids.type) or pa.types.is_large_string(ids.type)):
        return batch
    ids = [v if v is not None and v != "" else source(p) for v, p in zip(ids.cast(pa.string()).to_pylist(), places)]
    return batch.set_column(batch.schema.get_field_index(column), column, pa.array(ids, pa.string()))


def _chain(first, rest):
    yield first
    yield from rest


def placed(batch, places):
    """Name the file and the row from which each result comes.

    There is one result for each row of the input, in their order, and the worker
    knows their place in its stream alone.
    """
    text = batch.column("text")
    failures = batch.column("failures").to_pylist()
    for place, failed in zip(places, failures):
        for f in failed:
            if f["record"] is None:
                f["source"] = source(place)
            else:
                f["source"], f["record"] = place[0], place[1] + 1
    columns = dict(zip(batch.schema.names, batch.columns))
    columns["source"] = pa.array([source(p) if t.is_valid else None for p, t in zip(places, text)], pa.string())
    columns["failures"] = pa.array(failures, batch.schema.field("failures").type)
    return pa.RecordBatch.from_arrays(list(columns.values()), schema=batch.schema)


def files(name, options):
    """What a task does with the paths of files."""

    def task(batches):
        for batch in batches:
            for path in batch.column("path").to_pylist():
                command = [binary(name), "worker", "--name", plain(path), *options]
                yield from Worker(command, lambda pipe: pour(path, pipe)).batches()

    return task


def pour(path, pipe):
    """Write the bytes of a file, wherever Arrow finds it."""
    if path.startswith("file:"):
        with open(plain(path), "rb") as f:
            shutil.copyfileobj(f, pipe, 1 << 20)
        return
    system, inner = pa.fs.FileSystem.from_uri(path)
    with system.open_input_stream(inner, compression=None) as f:
        while block := f.read(1 << 20):
            pipe.write(block)


def plain(path):
    """A path on this machine as people write it; others stay as they are."""
    if path.startswith("file:"):
        return urllib.parse.unquote(urllib.parse.urlparse(path).path)
    return path


def articles(spark, inputs):
    """The rows of Parquet files, each with its place."""
    df = spark.read.parquet(*inputs)
    return df.select("*", F.col("_metadata.file_path").alias(PATH), F.col("_metadata.row_index").alias(ROW))


def id_of(columns):
    """The column in which the id stands, by its usual names."""
    folded = {c.lower().replace("_", "").replace("-", "").replace(" ", ""): c for c in reversed(columns)}
    return next((folded[n] for n in IDS if n in folded), None)


def listed(spark, inputs):
    """The paths of all files of the inputs, one a partition."""
    found = spark.read.format("binaryFile").option("recursiveFileLookup", "true").load(list(inputs)).select("path")
    paths = sorted(row.path for row in found.collect())
    return spark.sparkContext.parallelize([(p,) for p in paths], max(len(paths), 1)).toDF("path string")


def schema_of(name):
    """The columns of results, as this program writes them."""
    empty = pa.BufferOutputStream()
    pa.ipc.new_stream(empty, pa.schema([("text", pa.string())])).close()
    done = subprocess.run([binary(name), "worker"], input=empty.getvalue().to_pybytes(), capture_output=True)
    if done.returncode != 0:
        raise RuntimeError(f"onrecord worker ended with status {done.returncode}: {done.stderr.decode(errors='replace').strip()}")
    return pa.ipc.open_stream(done.stdout).schema


def extract(spark, inputs, kind, name="onrecord", options=(), id_field=None):
    """A row of results for each article: the columns of documents, and lists."""
    schema = from_arrow_schema(schema_of(name))
    if id_field:
        options = [*options, "--id-field", id_field]
    if kind != "parquet":
        return listed(spark, inputs).mapInArrow(files(name, ["--input-format", kind, *options]), schema)
    df = articles(spark, inputs)
    return df.mapInArrow(rows(name, options, id_field or id_of(df.columns)), schema)


def tables(results):
    """The tables in results, by name."""
    columns = [c for c in results.columns if c not in TABLES]
    yield "documents", results.where("text is not null").select(columns)
    for table in TABLES:
        yield table, results.select(F.inline(table))


def main(argv):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("inputs", nargs="+", metavar="INPUT", help="files, folders or patterns, at any place that Spark reads")
    parser.add_argument("--out", required=True, help="folder that the tables are written into; must not be there")
    parser.add_argument("--input-format", default="parquet", metavar="FORMAT", help="parquet (default), jsonl, warc, or another of onrecord extract")
    parser.add_argument("--id-field", help="column or field that holds the id (default: found by its usual names)")
    parser.add_argument("--onrecord", default="onrecord", metavar="PROGRAM", help="its path, or its name as shipped with --files or found on PATH")
    parser.add_argument("--option", action="append", default=[], metavar="FLAG", help="a further flag of onrecord worker, as --option=--text-field=body; may be repeated")
    args = parser.parse_args(argv)
    # Timestamps with their time zone, as other programs write them.
    spark = SparkSession.builder.appName("onrecord").config("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS").getOrCreate()
    options = ["--workers", spark.conf.get("spark.task.cpus", "1"), *args.option]
    results = extract(spark, args.inputs, args.input_format, args.onrecord, options, args.id_field)
    # The work is done once; the tables are cut out of what it gave.
    staged = f"{args.out}/_results"
    results.write.parquet(staged)
    results = spark.read.schema(results.schema).parquet(staged)
    for table, rows_of in tables(results):
        rows_of.write.parquet(f"{args.out}/{table}")
    path = spark.sparkContext._jvm.org.apache.hadoop.fs.Path(staged)
    path.getFileSystem(spark.sparkContext._jsc.hadoopConfiguration()).delete(path, True)
    spark.stop()


if __name__ == "__main__":
    main(sys.argv[1:])
