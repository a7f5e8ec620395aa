"""Write the small model with which models/encoder is held to PyTorch.

    python golden.py ../encoder/testdata

writes golden.bin, a model of random weights, by export.py, and golden.json: windows of
pieces and features, with the outputs that transformers' BertModel calculates from
the same weights in floating point.
"""

import json
import pathlib
import sys

import torch
from transformers import BertConfig, BertModel

from export import write_encoder

FEATURES = (3, 2)
OUTPUTS = 10


def main(folder):
    torch.manual_seed(4)
    torch.set_num_threads(1)
    config = BertConfig(
        vocab_size=60,
        hidden_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=128,
        max_position_embeddings=96,
        hidden_act="gelu",
        layer_norm_eps=1e-12,
    )
    model = BertModel(config, add_pooling_layer=False).eval()
    with torch.no_grad():
        # As spread out as in a trained model, so that attention and activations matter.
        for name, p in model.named_parameters():
            if "LayerNorm" in name:
                p += 0.3 * torch.randn_like(p)
            elif p.dim() == 2 and "embeddings" not in name:
                p.normal_(0, 1.2 * p.shape[1] ** -0.5)
            else:
                p.normal_(0, 0.2)
    state = dict(model.state_dict())
    for k, values in enumerate(FEATURES):
        state[f"features.{k}.weight"] = 0.2 * torch.randn(values, config.hidden_size)
    state["out.weight"] = torch.randn(OUTPUTS, config.hidden_size) * config.hidden_size**-0.5
    state["out.bias"] = 0.1 * torch.randn(OUTPUTS)

    folder = pathlib.Path(folder)
    write_encoder(state, config, folder / "golden.bin")
    golden = []
    for n in (1, 40, 7, 96, 33):
        pieces = torch.randint(0, config.vocab_size, (n,))
        features = torch.stack([torch.randint(0, values, (n,)) for values in FEATURES], 1)
        with torch.no_grad():
            x = model.embeddings.word_embeddings(pieces)
            for k in range(len(FEATURES)):
                x = x + state[f"features.{k}.weight"][features[:, k]]
            h = model(inputs_embeds=x[None]).last_hidden_state[0]
            out = h @ state["out.weight"].T + state["out.bias"]
        golden.append(
            {
                "pieces": pieces.tolist(),
                "features": features.flatten().tolist(),
                "out": [round(x, 5) for x in out.flatten().tolist()],
            }
        )
    with open(folder / "golden.json", "w") as f:
        f.write("[\n" + ",\n".join(json.dumps(w, separators=(",", ":")) for w in golden) + "\n]\n")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python golden.py FOLDER")
    main(sys.argv[1])
