#!/usr/bin/env python3
"""Run every notebook from top to bottom: python notebooks/check.py [NAME...] [--update] [--plots DIR]

The program is run on testdata/archive (ONRECORD names it; without it, that of
the checkout), and each notebook in a fresh kernel in a folder of its own. A notebook fails if a cell does, says
anything on standard error, shows an empty table or a plot without data, or
names a folder of this machine; or if its tables and texts are not those that
are stored in it. Plots are not compared. --update stores what was shown.

Exits with 0, or with 1 and a line for each fault.
"""

import argparse
import base64
import itertools
import os
import pathlib
import re
import shutil
import sys
import tempfile

import archive
import nbclient
import nbformat

HERE = pathlib.Path(__file__).resolve().parent

# Runs in the kernel before the first cell, and after each cell before its plots are shown and closed.
WATCH = """
def _watch():
    import sys
    plt = sys.modules.get("matplotlib.pyplot")
    for number in plt.get_fignums() if plt else []:
        figure = plt.figure(number)
        if not figure.axes:
            print("a plot without axes", file=sys.stderr)
        for axes in figure.axes:
            low, high = axes.dataLim.get_points()
            if not (low <= high).all() or (low == high).all():
                print(f"a plot without data: {axes.get_title()!r}", file=sys.stderr)

get_ipython().events.register("post_execute", _watch)
"""
EMPTY = re.compile(r"<tbody>\s*</tbody>|shape: \(0,|Empty DataFrame")


def run(notebook, folder):
    """Execute a notebook in a copy of this folder, and leave in it nothing that differs from run to run."""
    for module in HERE.glob("*.py"):
        shutil.copy(module, folder)
    work = nbformat.from_dict(notebook)
    work.cells.insert(0, nbformat.v4.new_code_cell(WATCH))
    resources = {"metadata": {"path": str(folder)}}
    client = nbclient.NotebookClient(work, timeout=300, kernel_name="python3", resources=resources, record_timing=False)
    client.extra_arguments = ["--log-level=ERROR"]
    client.execute()
    del work.cells[0]
    count = itertools.count(1)
    for cell in work.cells:
        cell.metadata = {}
        if cell.cell_type == "code":
            cell.execution_count = next(count)
            for output in cell.outputs:
                output.pop("metadata", None) if output.output_type == "stream" else output.update(metadata={})
                if output.output_type == "execute_result":
                    output.execution_count = cell.execution_count
    spec = {"display_name": "Python 3", "language": "python", "name": "python3"}
    work.metadata = {"kernelspec": spec, "language_info": {"name": "python"}}
    return nbformat.from_dict(work)


def shown(notebook):
    """What the cells show, a list of (cell, kind, content); lines of streams in one piece."""
    for n, cell in enumerate(notebook.cells, 1):
        for output in cell.get("outputs", []):
            if output.output_type == "stream":
                yield n, output.name, output.text
            else:
                for kind, content in sorted(output.get("data", {}).items()):
                    yield n, kind, content


def faults(stored, fresh, private):
    kinds = [kind for _, kind, _ in shown(fresh)]
    if "image/png" not in kinds:
        yield "shows no plot"
    for n, kind, content in shown(fresh):
        if kind == "stderr":
            yield f"cell {n}: {content.strip()}"
        elif kind != "image/png":
            if EMPTY.search(content):
                yield f"cell {n}: an empty table"
            yield from (f"cell {n}: names the folder {folder}" for folder in private if folder in content)
    if texts(stored) != texts(fresh):
        cells = [str(a[0] if a else b[0]) for a, b in itertools.zip_longest(texts(stored), texts(fresh)) if a != b]
        yield f"cell {cells[0]}: shows other than what is stored: look at it, then python notebooks/check.py --update"


def texts(notebook):
    return [(n, kind, content) for n, kind, content in shown(notebook) if not kind.startswith("image/")]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="notebooks, such as 03; all without")
    parser.add_argument("--update", action="store_true", help="store what the notebooks show now")
    parser.add_argument(
        "--plots", type=pathlib.Path, metavar="DIR", help="write the plots as PNG files into this folder"
    )
    options = parser.parse_args()

    paths = [p for p in sorted(HERE.glob("*.ipynb")) if not options.names or p.stem.startswith(tuple(options.names))]
    if not paths:
        parser.error("no such notebook")
    failed = False
    with tempfile.TemporaryDirectory() as tmp:
        archive.extract(pathlib.Path(tmp, "out"))
        os.environ.update(ONRECORD_OUT=str(pathlib.Path(tmp, "out")), PYTHONDONTWRITEBYTECODE="1", IPYTHONDIR=tmp)
        for path in paths:
            stored = nbformat.read(path, as_version=4)
            try:
                folder = pathlib.Path(tmp, path.stem)
                folder.mkdir()
                fresh = run(stored, folder)
                found = list(faults(fresh if options.update else stored, fresh, (tmp, str(archive.ROOT))))
            except nbclient.exceptions.CellExecutionError as e:
                found = [re.sub(r"\x1b\[[\d;]*m", "", str(e))]
            print(f"{'FAIL' if found else 'ok':4}  {path.name}", flush=True)
            for fault in found:
                print(f"      {fault}", file=sys.stderr)
            failed |= bool(found)
            if options.update and not found:
                nbformat.write(fresh, path)
            if options.plots and not found:
                options.plots.mkdir(parents=True, exist_ok=True)
                plots = [content for _, kind, content in shown(fresh) if kind == "image/png"]
                for n, plot in enumerate(plots, 1):
                    (options.plots / f"{path.stem}-{n}.png").write_bytes(base64.b64decode(plot))
    return failed


if __name__ == "__main__":
    sys.exit(main())
