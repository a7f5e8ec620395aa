"""The mean of what train.py saved.

    python mean.py A.pt B.pt ... OUT.pt
"""
import sys

import torch


def mean(files):
    """What the first file holds, with the mean of all states."""
    saved = [torch.load(f, map_location="cpu", weights_only=True) for f in files]
    state = {k: torch.stack([s["state"][k].float() for s in saved]).mean(0) for k in saved[0]["state"]}
    return saved[0] | {"state": state}


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    torch.save(mean(sys.argv[1:-1]), sys.argv[-1])
