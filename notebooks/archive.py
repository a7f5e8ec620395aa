"""What the notebooks share: the run that they are about, who is who in it, and the look of plots."""

import os
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import onrecord
import pandas as pd

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent

# The colours of Okabe and Ito, which colour-blind readers tell apart.
STANCES = {"support": "#0072B2", "neutral": "#BBBBBB", "oppose": "#D55E00"}
KINDS = {"direct": "#004D40", "mixed": "#3D9A8B", "indirect": "#B9DDD5"}
PALETTE = ["#56B4E9", "#009E73", "#E69F00", "#CC79A7", "#0072B2", "#D55E00", "#F0E442", "#000000"]

plt.rcParams.update(
    {
        "figure.figsize": (8, 4),
        "figure.dpi": 90,
        "figure.constrained_layout.use": True,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.titlelocation": "left",
        "axes.titlesize": "medium",
        "axes.titleweight": "bold",
        "legend.frameon": False,
        "font.size": 10,
    }
)
pd.set_option("display.max_colwidth", 90, "display.precision", 2)


def open_run() -> onrecord.Run:
    """The run in the folder that ONRECORD_OUT names, or one of testdata/archive, made where there is none."""
    if out := os.environ.get("ONRECORD_OUT"):
        return onrecord.open(out)
    if not (HERE / "out" / "manifest.json").exists():
        extract(HERE / "out")
    return onrecord.open(HERE / "out")


def extract(out: Path) -> None:
    """Run the program on testdata/archive: the one that ONRECORD names, or that of this checkout."""
    program = [os.environ["ONRECORD"]] if "ONRECORD" in os.environ else ["go", "run", "./cmd/onrecord"]
    if shutil.which(program[0]) is None:
        raise SystemExit(f"there is no {program[0]}: install Go, or let ONRECORD_OUT name a folder that onrecord wrote")
    arguments = ["extract", "testdata/archive", "--out", out, "--format", "arrow,parquet", "--overwrite"]
    subprocess.run([*program, *arguments], cwd=ROOT, check=True)


def outlet_colours(outlets: pd.Series) -> dict[str, str]:
    """A colour an outlet, the same in all notebooks."""
    return dict(zip(sorted(outlets.dropna().unique()), PALETTE))


def who(names: pd.Series) -> pd.Series:
    """One name for each speaker of several articles, where the names alone tell.

    Names are one whatever their case ("INGRID Vasso"), and a name that ends exactly one longer name
    stands for it ("Optics", for Veridian Optics). Namesakes become one: look at what was joined.
    """
    forms: dict[str, Counter[str]] = {}
    for name in names.dropna():
        forms.setdefault(name.casefold(), Counter())[name] += 1
    best = {key: min(c, key=lambda n: (sum(map(str.isupper, n)), -c[n], n)) for key, c in forms.items()}
    for key, name in best.items():
        longer = [other for other in best.values() if other.endswith(" " + name)]
        if len(longer) == 1 and all(word.istitle() for word in longer[0].removesuffix(name).split()) and name.istitle():
            best[key] = longer[0]
    return names.map(lambda name: best[name.casefold()], na_action="ignore")


def wilson(hits: pd.Series, of: pd.Series) -> tuple[pd.Series, pd.Series]:
    """The 95% interval of a share (Wilson 1927), which holds for small counts too."""
    z = 1.96
    share, middle = hits / of, (hits + z * z / 2) / (of + z * z)
    half = z * np.sqrt(share * (1 - share) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    return np.minimum(middle - half, share), np.maximum(middle + half, share)
