#!/usr/bin/env python3
"""Write what the reference tokenizer makes of texts, as sums without the texts.

    python reference.py tokenizer.json REPOSITORY SHARED

The reference is package tokenizers on PyPI (0.23.3 wrote the committed files)
with the tokenizer.json of all-MiniLM-L6-v2. It is told to take the names of
special pieces in a text for text, and adds none.

Written beside this file, for the Go test, are testdata/project.tsv (the texts
that come with the project), testdata/shared.tsv (those that do not) and
testdata/codepoints.tsv (each code point c alone and as "acb"). Their columns:

    file and line (0: the whole file)  sum of the text  pieces  sum of the pieces
    first of 4,096 code points  pieces  sum of the pieces

A sum is the first 8 bytes of SHA-256. That of pieces goes over, for each text,
their count, and for each piece its number, start and end, start and end counted
in code points; all of them as four bytes, the lowest first.
"""

import hashlib
import json
import pathlib
import struct
import sys

from tokenizers import Tokenizer

SHARED = [
    "data/polnear/dev.jsonl",
    "data/polnear/train.jsonl",
    "data/html_news/gold.jsonl",
    "data/german/dev.jsonl",
    "data/german/train.jsonl",
]
PROJECT = ["testdata/articles/*", "testdata/archive/*", "testdata/gold/dev/*", "testdata/gold/test/*"]


def texts(path):
    """Each text of a file, with its line."""
    content = path.read_bytes().decode()
    if path.suffix == ".jsonl":
        for n, line in enumerate(content.rstrip("\n").split("\n"), 1):
            record = json.loads(line)
            yield n, record.get("text") or record["body"]
    elif path.suffix == ".json":
        yield 0, json.loads(content)["text"]
    else:
        yield 0, content


class Reference:
    def __init__(self, path):
        self.tokenizer = Tokenizer.from_file(path)
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()
        self.tokenizer.encode_special_tokens = True

    def sum(self, batch):
        """The count and the sum of the pieces of some texts."""
        count, total = 0, hashlib.sha256()
        for e in self.tokenizer.encode_batch(batch, add_special_tokens=False):
            count += len(e.ids)
            total.update(struct.pack("<I", len(e.ids)))
            for number, (start, end) in zip(e.ids, e.offsets):
                total.update(struct.pack("<III", number, start, end))
        return count, total.hexdigest()[:16]


def main():
    reference = Reference(sys.argv[1])
    out = pathlib.Path(__file__).parent / "testdata"
    for name, root, patterns in ("project", sys.argv[2], PROJECT), ("shared", sys.argv[3], SHARED):
        root = pathlib.Path(root)
        with open(out / f"{name}.tsv", "w", encoding="utf-8", newline="\n") as f:
            for path in (p for pattern in patterns for p in sorted(root.glob(pattern))):
                for line, text in texts(path):
                    own = hashlib.sha256(text.encode()).hexdigest()[:16]
                    print(path.relative_to(root).as_posix(), line, own, *reference.sum([text]), sep="\t", file=f)
    with open(out / "codepoints.tsv", "w", encoding="utf-8", newline="\n") as f:
        for block in range(0, 0x110000, 0x1000):
            chars = [chr(c) for c in range(block, block + 0x1000) if not 0xD800 <= c < 0xE000]
            batch = [text for ch in chars for text in (ch, "a" + ch + "b")]
            print(f"{block:x}", *reference.sum(batch), sep="\t", file=f)


main()
