"""Trains the encoder of the accurate engine and the heads that read it.

Reads labelled passages (`onrecord train attribute --examples FILE`, or those with statements.py's labels) and a pretrained BERT-like encoder in the layout of
Hugging Face's transformers, and writes the weights in floating point (OUT.N.pt), of which pack.py makes the file that the
program embeds. A passage is a list of word pieces, each with a few features (shape of its token, place
in quotation marks, place in the text, strength as a cue); what is learned:

- a linear-chain conditional random field over the tokens of each paragraph, labels O and begin/inside of source, cue and
  content;
- for each candidate cue, another one over the tokens in its reach: which are its source, which its content. Its scores
  are W·relu(A h_i + B h_c + R[relation of i to c]), h_i being the encoder's state of token i and h_c the mean of the cue's;
- names, references, stance and targets, where the passages have labels of them (heads.py).

The loss of a batch is the weighted sum of these, by token.

Two cores are enough; a GPU is used where there is one. The same seed gives the same weights on the same processor; on a
GPU sums come in no fixed order.
"""
import argparse
import collections
import json
import math
import random
import time

import numpy as np
import torch
from torch import nn
from transformers import AutoModel

import heads

TAGS, LINKS, PAIR = 7, 6, 128
CUE = 3  # the label of the cue's own tokens in the second field
# Labels that cannot stand first, and (from, to) that cannot follow one another: inside without begin.
TAG_INSIDE = {2: (1, 2), 4: (3, 4), 6: (5, 6)}
LINK_INSIDE = {2: (1, 2), 5: (4, 5)}
NEVER = -1e4
LOSSES = {"tags": 1, "links": 1} | heads.WEIGHTS


def forbidden(n, inside):
    start, pair = torch.zeros(n), torch.zeros(n, n)
    for to, ok in inside.items():
        start[to] = NEVER
        for x in range(n):
            if x not in ok:
                pair[x, to] = NEVER
    return start, pair


class Field(nn.Module):
    """A linear-chain conditional random field: transitions, and the loss of labellings."""

    def __init__(self, n, inside):
        super().__init__()
        self.start, self.next = nn.Parameter(torch.zeros(n)), nn.Parameter(torch.zeros(n, n))
        s, p = forbidden(n, inside)
        self.register_buffer("no_start", s)
        self.register_buffer("no_next", p)

    def scores(self):
        return self.start + self.no_start, self.next + self.no_next

    def loss(self, em, y, length):
        """em [N, T, L], y [N, T], length [N]; returns the sum of the negative log-likelihoods."""
        start, nxt = self.scores()
        n, t, _ = em.shape
        mask = torch.arange(t, device=em.device)[None] < length[:, None]
        gold = (em.gather(2, y[..., None])[..., 0] * mask).sum() + start[y[:, 0]].sum()
        gold = gold + (nxt[y[:, :-1], y[:, 1:]] * mask[:, 1:]).sum()
        e = nxt.exp()
        a = start + em[:, 0]
        for i in range(1, t):
            m = a.detach().amax(1, keepdim=True)
            b = ((a - m).exp() @ e + 1e-30).log() + m + em[:, i]
            a = torch.where(mask[:, i, None], b, a)
        return a.logsumexp(1).sum() - gold


class Model(nn.Module):
    def __init__(self, folder, layers, features, relations):
        super().__init__()
        self.bert = AutoModel.from_pretrained(folder, attention_probs_dropout_prob=0.0, add_pooling_layer=False)
        if layers and layers < len(self.bert.encoder.layer):
            self.bert.encoder.layer = self.bert.encoder.layer[:layers]
            self.bert.config.num_hidden_layers = layers
        h = self.bert.config.hidden_size
        self.features = nn.ModuleList([nn.Embedding(n, h) for n in features])
        for f in self.features:
            nn.init.zeros_(f.weight)
        self.out = nn.Linear(h, 8 + 2 * PAIR)
        self.relation = nn.Embedding(relations, PAIR)
        nn.init.normal_(self.relation.weight, std=0.05)
        self.link = nn.Linear(PAIR, LINKS)
        self.drop = nn.Dropout(0.1)
        self.heads = heads.Heads(h)
        self.tag_field, self.link_field = Field(TAGS, TAG_INSIDE), Field(LINKS, LINK_INSIDE)

    def states(self, b):
        x = self.bert.embeddings.word_embeddings(b["pieces"])
        for k, f in enumerate(self.features):
            x = x + f(b["features"][..., k])
        return self.bert(inputs_embeds=x, attention_mask=b["mask"]).last_hidden_state

    def forward(self, b):
        """The losses of a batch, by name, each summed over what is labelled."""
        bf16 = b["pieces"].device.type == "cuda" or torch.backends.cpu.get_cpu_capability().startswith("AVX512")
        with torch.autocast(b["pieces"].device.type, dtype=torch.bfloat16, enabled=bf16):
            h = self.drop(self.states(b))
            o, readings = self.out(h), self.heads.out(h)
        losses = self.heads.losses(readings.float().reshape(-1, readings.shape[-1]), b)
        if not len(b["para_len"]):
            return losses
        o = o.float()
        # First field: paragraphs' tokens, found by their rows in the flattened batch.
        flat = o.reshape(-1, o.shape[-1])
        tags = flat[b["para_rows"]][..., :TAGS]
        losses["tags"] = self.tag_field.loss(tags, b["para_tags"], b["para_len"])
        if b["cue_rows"].shape[0] == 0:
            return losses
        a = flat[b["cue_rows"]][..., 8:8 + PAIR]
        c = flat[b["cue_at"]][..., 8 + PAIR:]
        c = (c * b["cue_at_mask"][..., None]).sum(1) / b["cue_at_mask"].sum(1, keepdim=True)
        em = self.link(self.drop(torch.relu(a + c[:, None] + self.relation(b["cue_rel"]))))
        em = em + b["cue_fixed"]
        losses["links"] = self.link_field.loss(em, b["cue_labels"], b["cue_len"])
        return losses


def collate(items, device, rng=None):
    """Makes a batch of passages."""
    n, m = len(items), max(len(e["pieces"]) for e in items)
    k = len(items[0]["features"]) // len(items[0]["pieces"])
    pieces, mask = np.zeros((n, m), np.int64), np.zeros((n, m), np.int64)
    feats = np.zeros((n, m, k), np.int64)
    paras, cues = [], []
    for i, e in enumerate(items):
        z = len(e["pieces"])
        pieces[i, :z], mask[i, :z] = e["pieces"], 1
        feats[i, :z] = e["features"].reshape(z, k)
        rows = e["rows"] + i * m
        for lo, hi in e["decided"]:
            paras.append((rows[lo:hi], e["tags"][lo:hi]))
        for c in e["cues"]:
            lo, hi = c["reach"]
            cues.append((rows[lo:hi], c["labels"], c["relation"], rows[c["cue"][0]:c["cue"][1]], c["cue"][0] - lo, c["cue"][1] - lo))

    def pad(seqs, width=None):
        width = width or max((len(s) for s in seqs), default=1)
        out = np.zeros((len(seqs), width), np.int64)
        for i, s in enumerate(seqs):
            out[i, :len(s)] = s[:width]
        return torch.from_numpy(out)

    b = {"pieces": torch.from_numpy(pieces), "mask": torch.from_numpy(mask), "features": torch.from_numpy(feats)}
    b["para_rows"], b["para_tags"] = pad([p[0] for p in paras]), pad([p[1] for p in paras])
    b["para_len"] = torch.tensor([len(p[0]) for p in paras])
    b["cue_rows"], b["cue_labels"], b["cue_rel"] = (pad([c[j] for c in cues]) for j in range(3))
    b["cue_len"] = torch.tensor([len(c[0]) for c in cues], dtype=torch.long)
    b["cue_at"] = pad([c[3] for c in cues])
    b["cue_at_mask"] = (torch.arange(b["cue_at"].shape[1])[None] < torch.tensor([len(c[3]) for c in cues], dtype=torch.long)[:, None]).float()
    fixed = torch.zeros(len(cues), b["cue_rows"].shape[1], LINKS)
    fixed[..., CUE] = NEVER
    for i, c in enumerate(cues):
        fixed[i, c[4]:c[5]] = NEVER
        fixed[i, c[4]:c[5], CUE] = 0
    b["cue_fixed"] = fixed
    b["tokens"] = torch.tensor(float(sum(len(e["rows"]) for e in items)))
    b |= heads.collate(items, m, rng)
    return {key: v.to(device) for key, v in b.items()}


def read(path):
    """Reads passages: those to train on, as often as they count, and those to watch."""
    out, watched = [], []
    with open(path, encoding="utf-8") as f:
        for line in f:
            e = json.loads(line)
            for key in ("pieces", "features", "rows", "tags"):
                e[key] = np.array(e[key] or [], np.int64)
            e["decided"], e["cues"] = e["decided"] or [], e["cues"] or []
            for lo, _ in e["decided"]:
                if e["tags"][lo] in TAG_INSIDE:
                    e["tags"][lo] -= 1  # the passage before has the beginning
            for c in e["cues"]:
                c["labels"], c["relation"] = np.array(c["labels"], np.int64), np.array(c["relation"], np.int64)
            if e["decided"] or e.get("statements") or e.get("references"):
                out += [e] * e["copies"]
                watched += [e] * (e["copies"] == 0)
    return out, watched


def batches(items, size, rng):
    """Passages of like length together, in random order."""
    order = sorted(range(len(items)), key=lambda i: (len(items[i]["pieces"]) // 48, rng.random()))
    out = [order[i:i + size] for i in range(0, len(order), size)]
    rng.shuffle(out)
    return out


def labelled(b):
    """How much is labelled in a batch, for each loss."""
    return collections.Counter({
        "tags": int(b["para_len"].sum()), "links": len(b["cue_len"]), "names": len(b["name"]), "references": len(b["by"]),
        "stance": int((b["stance"] >= 0).sum()), "toward": len(b["pair_of"]), "target": len(b["token"])})


def shown(losses, n):
    return "  ".join(f"{k} {losses[k] / n[k]:.4f}" for k in LOSSES if n[k])


def measure(model, items, size, device):
    model.eval()
    total, n = collections.Counter(), collections.Counter()
    with torch.no_grad():
        order = sorted(range(len(items)), key=lambda i: len(items[i]["pieces"]))
        for i in range(0, len(order), size):
            b = collate([items[k] for k in order[i:i + size]], device)
            total.update({k: v.item() for k, v in model(b).items()})
            n += labelled(b)
    model.train()
    return shown(total, n)


def stream(items, size, rng):
    while True:
        for idx in batches(items, size, rng):
            yield [items[i] for i in idx]


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--encoder", required=True, help="folder of the pretrained encoder")
    ap.add_argument("--layers", type=int, default=0, help="how many of its layers to keep, from the first (0: all)")
    ap.add_argument("--data", required=True, help="passages to train on and to watch")
    ap.add_argument("--out", required=True, help="where to write: OUT.N.pt after pass N over the data")
    ap.add_argument("--start", help="weights to go on from, OUT.N.pt of another training")
    ap.add_argument("--share", type=float, default=1, help="of the passages counted once, the share to train on")
    ap.add_argument("--epochs", type=float, default=6)
    ap.add_argument("--steps", type=int, help="so many steps, and no count of epochs")
    ap.add_argument("--sentences", type=float, default=0.25, help="share of steps on single sentences at first; it falls to two fifths of that")
    ap.add_argument("--batch", type=int, default=16)
    ap.add_argument("--rate", type=float, default=1.5e-4)
    ap.add_argument("--head-rate", type=float, default=1e-3)
    ap.add_argument("--statement-rate", type=float, default=1e-3, help="of the heads of heads.py")
    ap.add_argument("--decay", type=float, default=0.01)
    ap.add_argument("--average", type=float, default=0.99, help="of the running mean of the weights, per step")
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--threads", type=int, default=2)
    a = ap.parse_args()
    torch.manual_seed(a.seed)
    rng = random.Random(a.seed)
    torch.set_num_threads(a.threads)
    device = "cuda" if torch.cuda.is_available() else "cpu"

    train, dev = read(a.data)
    chance = random.Random(a.seed + 1)
    train = [e for e in train if e["copies"] > 1 or chance.random() < a.share]
    features, relations = [16, 16, 8, 12], 128
    model = Model(a.encoder, a.layers, features, relations).to(device)
    if a.start:
        missing, unknown = model.load_state_dict(torch.load(a.start, map_location=device, weights_only=True)["state"], strict=False)
        if unknown or any(not k.startswith("heads.") for k in missing):
            ap.error(f"{a.start} is of another model: it lacks {missing} and has {unknown}")
    sentences, train = [e for e in train if e.get("sentence")], [e for e in train if not e.get("sentence")]
    groups = {"bert.": a.rate, "heads.": a.statement_rate, "": a.head_rate}
    params = {g: [] for g in groups}
    for name, p in model.named_parameters():
        params[next(g for g in groups if name.startswith(g))].append(p)
    opt = torch.optim.AdamW([{"params": params[g], "lr": rate} for g, rate in groups.items()], weight_decay=a.decay)
    per = math.ceil(len(train) / a.batch)
    total = a.steps or math.ceil(a.epochs * per)
    warm = max(1, total // 12)
    sched = torch.optim.lr_scheduler.LambdaLR(opt, lambda s: min((s + 1) / warm, max(0.0, (total - s) / max(total - warm, 1))))
    mean = {k: v.detach().clone() for k, v in model.state_dict().items() if v.dtype.is_floating_point}
    print(f"{len(train)} passages and {len(sentences)} sentences to train on, {len(dev)} to watch, {total} steps, {device}", flush=True)
    passages, single = stream(train, a.batch, rng), stream(sentences, 7 * a.batch, rng)
    begun, sums, n = time.time(), collections.Counter(), collections.Counter()
    for step in range(1, total + 1):
        alone = sentences and rng.random() < a.sentences * (1 - 0.6 * step / total)
        b = collate(next(single if alone else passages), device, rng)
        losses = model(b)
        if losses:
            loss = sum(LOSSES[k] * v for k, v in losses.items()) / b["tokens"]
            opt.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            opt.step()
        sched.step()
        keep = min(a.average, (step + 1) / (step + 10))
        with torch.no_grad():
            for k, v in model.state_dict().items():
                if k in mean:
                    mean[k].mul_(keep).add_(v, alpha=1 - keep)
        sums.update({k: v.item() for k, v in losses.items()})
        n += labelled(b)
        if step % 20 == 0:
            print(f"step {step}/{total} {time.time() - begun:.0f} s  {shown(sums, n)}", flush=True)
            sums.clear()
            n.clear()
        if step % per and step < total:
            continue
        last = {k: v.clone() for k, v in model.state_dict().items()}
        model.load_state_dict(mean, strict=False)
        print(f"watched: {measure(model, dev, a.batch, device)}, after {step} steps", flush=True)
        torch.save({"state": model.state_dict(), "features": features, "relations": relations, "layers": model.bert.config.num_hidden_layers}, f"{a.out}.{math.ceil(step / per)}.pt")
        model.load_state_dict(last)


if __name__ == "__main__":
    main()
