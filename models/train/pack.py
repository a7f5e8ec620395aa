"""Writes the accurate engine's model (models/accurate) from what train.py saved: the mean of one or more states.

    python pack.py OUT.3.pt OUT.5.pt ../accurate/weights.bin
"""
import hashlib
import os
import struct
import sys
import tempfile

import torch

from export import array, write_encoder
from heads import WIDTH
from mean import mean
from train import LINKS, NEVER, PAIR, TAGS, Field, LINK_INSIDE, TAG_INSIDE

FORBIDDEN = -1e9  # what the program takes for never
# The heads' parameters in the file's order (models/accurate/heads.go reads them).
HEADS = """place refer nobody unseen side.weight side.bias side_kind toward.weight toward.bias toward_kind unnamed aim aim_place
aim_bias""".split()


def transitions(state, name, n, inside):
    """Start scores and transitions of a field, forbidden ones as the program wants them."""
    f = Field(n, inside)
    f.load_state_dict({k[len(name) + 1:]: v for k, v in state.items() if k.startswith(name + ".")})
    start, nxt = (array(x) for x in f.scores())
    start[start < NEVER / 2], nxt[nxt < NEVER / 2] = FORBIDDEN, FORBIDDEN
    return start.tobytes() + nxt.tobytes()


def main():
    *files, out = sys.argv[1:]
    if not files:
        sys.exit(__doc__)
    saved = mean(files)
    state = saved["state"]
    bert = {k[len("bert."):]: v for k, v in state.items() if k.startswith("bert.")}
    bert |= {k: v for k, v in state.items() if k.startswith("features.")}
    for k in "weight", "bias":
        bert["out." + k] = torch.cat([state["out." + k], state["heads.out." + k]])
    config = {"num_hidden_layers": saved["layers"]}
    b = b"ORACC002" + struct.pack("<5I", TAGS, LINKS, PAIR, saved["relations"], WIDTH)
    b += transitions(state, "tag_field", TAGS, TAG_INSIDE) + transitions(state, "link_field", LINKS, LINK_INSIDE)
    b += array(state["relation.weight"]).tobytes()
    b += array(state["link.weight"].T.contiguous()).tobytes() + array(state["link.bias"]).tobytes()
    for k in HEADS:
        b += array(state["heads." + k].reshape(-1)).tobytes()
    b += bytes(-len(b) % 64)
    with tempfile.TemporaryDirectory() as d:
        path = os.path.join(d, "encoder.bin")
        write_encoder(bert, config, path)
        with open(path, "rb") as f:
            b += f.read()
    b += hashlib.sha256(b).digest()
    with open(out, "wb") as f:
        f.write(b)
    print(f"{out}: {len(b):,} bytes, sha256 {hashlib.sha256(b).hexdigest()}")


if __name__ == "__main__":
    main()
