"""Write an encoder trained in floating point as the file that models/encoder reads.

    python export.py state.pt encoder.bin

state.pt is a dict of arrays or tensors that torch.save wrote, named like the
parameters of transformers' BertModel (embeddings.word_embeddings.weight,
encoder.layer.0.attention.self.query.weight, ...), with features.K.weight for each
feature of a piece, counted from 0, and with out.weight [outputs, hidden] and
out.bias. The pooler, and whatever else is in there, is left out.

Matrices get eight bits a number and a scale for each output, the one with the least
squared error, and neighbours that a processor can add in sixteen bits; numbers within
the model are put into an order in which that does least harm. Embeddings of word
pieces get eight bits and a scale for each. All else stays in floating point; the
vector of token type 0 is added to those of positions. Equal states give equal bytes.

The form, all numbers little-endian, every part beginning at a multiple of 64 bytes:

    "onrecenc"; as uint32: version 1, layers, hidden, heads, intermediate,
    vocabulary, positions, outputs, how many features, how many values of each
    int8 word pieces [vocabulary][hidden]; float32 their scales
    float32 positions [positions][hidden]
    float32 each feature's vectors [values][hidden]
    float32 gain, bias of the first normalization [hidden]
    for each layer:
        linear query, key, value, attention's output
        float32 gain, bias
        linear intermediate, output
        float32 gain, bias
    linear out
    the SHA-256 of everything before

A linear of K inputs and N outputs, N padded with zeros to a multiple of 48, is int8
[N/48][K/4][48][4], in which input k of output n stands at [n/48][k/4][n%48][k%4],
float32 scale [N], float32 bias [N].
"""

import hashlib
import struct
import sys

import numpy as np

MAGIC = b"onrecenc"
VERSION = 1
ALIGN = 64
PANEL = 48
HEAD = 32
PAIR = 128
EPSILON = 1e-12


def array(x):
    """x, a tensor or an array, as float32."""
    if hasattr(x, "detach"):
        x = x.detach().cpu().float().numpy()
    x = np.ascontiguousarray(x, dtype=np.float32)
    if not np.isfinite(x).all():
        raise ValueError("a parameter is not finite: the training diverged")
    return x


def integers(weights, scale):
    """weights divided by the scales of their rows, as integers of -127 to 127.

    Of two neighbours of one sign, the first at an even place, the sum may be PAIR at
    most, so that 255 times it fits sixteen bits: what is too much, each loses half of.
    """
    q = np.clip(np.rint(weights / scale[:, None]), -127, 127)
    a, b = q[:, 0::2], q[:, 1::2]
    over = np.where(a * b > 0, np.maximum(np.abs(a + b) - PAIR, 0), 0)
    a -= np.sign(a) * np.ceil(over / 2)
    b -= np.sign(b) * np.floor(over / 2)
    return q


def quantize(weights):
    """The integers and the scales of the rows of weights.

    A row's greatest numbers may be cut off, or it may not use all integers, where
    that makes the sum of squared errors less.
    """
    most = np.maximum(np.abs(weights).max(1), 1e-12)
    best = np.full(len(weights), np.inf, np.float32)
    scale = most
    for share in np.linspace(0.5, 2, 76, dtype=np.float32):
        s = most * (share / np.float32(127))
        error = np.square(integers(weights, s) * s[:, None] - weights).sum(1)
        better = error < best
        best = np.where(better, error, best)
        scale = np.where(better, s, scale)
    return integers(weights, scale).astype(np.int8), scale


def weight_of_inputs(matrices):
    """How great the numbers are that each input of matrices is multiplied with, of the
    greatest of their row: in the fourth power, for only great ones matter."""
    return sum(((m / np.abs(m).max(1, keepdims=True).clip(1e-12)) ** 4).mean(0) for m in matrices)


def pairing(weight):
    """An order of inputs that makes the heaviest and the lightest neighbours, then the
    next, so that seldom two are too great together."""
    order = np.argsort(-weight, kind="stable")
    pairs = np.empty_like(order)
    pairs[0::2] = order[: len(order) // 2]
    pairs[1::2] = order[: len(order) // 2 - 1 : -1]
    return pairs


def rearrange(p, layers):
    """p with the numbers of a piece, of each head's values and between the products of
    each layer in another order, which no result depends on: that of pairing."""
    p = dict(p)

    def reorder(order, axis, *names):
        for name in names:
            p[name] = p[name].take(order, axis)

    names = [f"encoder.layer.{n}." for n in range(layers)]
    readers = ["out.weight"]
    for n in names:
        readers += [n + f"attention.self.{m}.weight" for m in ("query", "key", "value")]
        readers.append(n + "intermediate.dense.weight")
    hidden = pairing(weight_of_inputs([p[r] for r in readers]))
    reorder(hidden, 1, *readers, *(k for k in p if k.startswith("embeddings.") and p[k].ndim == 2))
    reorder(hidden, 1, *(k for k in p if k.startswith("features.")))
    reorder(hidden, 0, *(k for k in p if "LayerNorm" in k))
    for n in names:
        for m in ("attention.output.dense", "output.dense"):
            reorder(hidden, 0, n + m + ".weight", n + m + ".bias")
        context, last = n + "attention.output.dense.weight", n + "output.dense.weight"
        heads = weight_of_inputs([p[context]]).reshape(-1, HEAD)
        values = np.concatenate([h * HEAD + pairing(weight) for h, weight in enumerate(heads)])
        reorder(values, 0, n + "attention.self.value.weight", n + "attention.self.value.bias")
        reorder(values, 1, context)
        between = pairing(weight_of_inputs([p[last]]))
        reorder(between, 0, n + "intermediate.dense.weight", n + "intermediate.dense.bias")
        reorder(between, 1, last)
    return p


class Writer:
    def __init__(self):
        self.parts = []

    def part(self, data):
        data = data if isinstance(data, bytes) else np.ascontiguousarray(data).tobytes()
        self.parts.append(data + bytes(-len(data) % ALIGN))

    def floats(self, x):
        self.part(x.astype("<f4"))

    def linear(self, weights, bias):
        outputs, inputs = weights.shape
        numbers, scale = quantize(weights)
        more = -outputs % PANEL
        numbers = np.pad(numbers, ((0, more), (0, 0)))
        panels = numbers.reshape(-1, PANEL, inputs // 4, 4).transpose(0, 2, 1, 3)
        self.part(panels)
        self.floats(np.pad(scale, (0, more)))
        self.floats(np.pad(bias, (0, more)))


def write_encoder(state, config, path):
    """Write state to path.

    config is None, or has what can be known of the model as dict or attributes in
    the names of transformers; what this form cannot express is refused.
    """
    known = config if isinstance(config, dict) or config is None else config.to_dict()
    known = known or {}
    p = {k: array(v) for k, v in state.items() if not k.endswith("position_ids")}
    vocabulary, hidden = p["embeddings.word_embeddings.weight"].shape
    positions = len(p["embeddings.position_embeddings.weight"])
    layers = 0
    while f"encoder.layer.{layers}.output.dense.weight" in p:
        layers += 1
    features = []
    while f"features.{len(features)}.weight" in p:
        features.append(f"features.{len(features)}.weight")
    intermediate = len(p["encoder.layer.0.intermediate.dense.weight"])
    outputs = len(p["out.weight"])
    if hidden % 64 or intermediate % 64:
        raise ValueError(f"hidden {hidden} and intermediate {intermediate} must be multiples of 64")
    for key, want in {
        "num_attention_heads": hidden // HEAD,
        "num_hidden_layers": layers,
        "hidden_act": "gelu",
        "layer_norm_eps": EPSILON,
        "position_embedding_type": "absolute",
    }.items():
        if known.get(key, want) != want:
            raise ValueError(f"{key} is {known[key]}, models/encoder needs {want}")

    p = rearrange(p, layers)
    w = Writer()
    sizes = [VERSION, layers, hidden, hidden // HEAD, intermediate, vocabulary, positions, outputs, len(features)]
    sizes += [len(p[f]) for f in features]
    w.part(MAGIC + struct.pack(f"<{len(sizes)}I", *sizes))

    words = p["embeddings.word_embeddings.weight"]
    scale = np.maximum(np.abs(words).max(1), 1e-12) / np.float32(127)
    w.part(np.rint(words / scale[:, None]).astype(np.int8))
    w.floats(scale)
    w.floats(p["embeddings.position_embeddings.weight"] + p["embeddings.token_type_embeddings.weight"][0])
    for f in features:
        w.floats(p[f])

    def norm(name):
        w.floats(p[name + ".weight"])
        w.floats(p[name + ".bias"])

    def linear(name):
        w.linear(p[name + ".weight"], p[name + ".bias"])

    norm("embeddings.LayerNorm")
    for n in range(layers):
        layer = f"encoder.layer.{n}."
        for name in ("query", "key", "value"):
            linear(layer + "attention.self." + name)
        linear(layer + "attention.output.dense")
        norm(layer + "attention.output.LayerNorm")
        linear(layer + "intermediate.dense")
        linear(layer + "output.dense")
        norm(layer + "output.LayerNorm")
    linear("out")

    body = b"".join(w.parts)
    with open(path, "wb") as f:
        f.write(body)
        f.write(hashlib.sha256(body).digest())


def main():
    import torch

    if len(sys.argv) != 3:
        sys.exit("usage: python export.py state.pt encoder.bin")
    write_encoder(torch.load(sys.argv[1], map_location="cpu", weights_only=True), None, sys.argv[2])


if __name__ == "__main__":
    main()
