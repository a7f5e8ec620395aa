"""The heads that read an encoder's states for names, references, stance and targets, and what they lose.

A state becomes a reading (models/accurate/heads.go): three scores of a name and eight parts of WIDTH numbers, each for one
role that words can have. Spans have the mean of their tokens' parts. Every score is w·relu(x + y + …) over parts x, y, ….
The losses, each summed over what is labelled in a batch:

- names: cross-entropy of a token's class;
- references: -log Σ_{m right} exp s(q, m) / Σ_m exp s(q, m), m running over the mentions that may be meant and nobody:
  mention ranking (Lee et al. 2017) with the marginal likelihood of all right antecedents (Durrett and Klein 2013);
- stance: -log softmax(s(content, cue, source))[y], neutral left out of the softmax where only sides are labelled;
- toward: the same of s(content, cue, source, target);
- target: -log σ(±s(content, token)) for the tokens in and about a content that takes a side.
"""
import collections
import math

import torch
from torch import nn
import torch.nn.functional as F

WIDTH, PLACES, NAME = 64, 32, 8
ANAPHOR, ANTECEDENT, UTTERED, SAID, CUE, SOURCE, TARGET, AIM = range(8)
WEIGHTS = {"names": 0.3, "references": 2.5, "stance": 4.0, "toward": 3.0, "target": 1.0}
NEVER = -1e4


def bucket(d):
    return d if d < 4 else min(15, int(4 + 2 * (math.log2(d) - 2)))


def place(words, m):
    """The place of a mention m, as seen from words."""
    if m[1] <= words[0]:
        return bucket(words[0] - m[1])
    return 16 + bucket(max(0, m[0] - words[1]))


class Heads(nn.Module):
    def __init__(self, hidden):
        super().__init__()

        def some(*size, std=0.05):
            return nn.Parameter(torch.randn(*size) * std)

        self.out = nn.Linear(hidden, NAME + 8 * WIDTH)
        self.place, self.refer = some(2, PLACES, WIDTH), some(2, WIDTH, std=0.1)
        self.nobody, self.unseen = some(WIDTH), nn.Parameter(torch.zeros(2))
        self.side, self.side_kind = nn.Linear(WIDTH, 3), nn.Parameter(torch.zeros(2, WIDTH))
        self.toward, self.toward_kind = nn.Linear(WIDTH, 3), nn.Parameter(torch.zeros(2, WIDTH))
        self.unnamed = nn.Parameter(torch.zeros(WIDTH))
        self.aim, self.aim_place, self.aim_bias = some(WIDTH, std=0.1), some(PLACES, WIDTH), nn.Parameter(torch.tensor(-3.0))
        self.drop = nn.Dropout(0.1)

    def losses(self, m, b):
        """Of the readings m of a batch's pieces, one a row."""
        def part(k):
            return m[:, NAME + k * WIDTH:NAME + (k + 1) * WIDTH]

        def spans(k, name):
            return F.embedding_bag(b[name], part(k).contiguous(), b[name + "_begin"], mode="mean")

        out = {}
        if len(b["name"]):
            out["names"] = F.cross_entropy(m[b["name"]][:, :3], b["name_class"], reduction="sum")
        if len(b["by"]):
            by, k = b["by"], b["candidate_of"]
            content = by[:, None].float()
            q = spans(ANAPHOR, "words") * (1 - content) + spans(UTTERED, "words") * content
            z = torch.relu(q[k] + spans(ANTECEDENT, "mention")[b["candidate"]] + self.place[by[k], b["candidate_place"]])
            nobody = (torch.relu(q + self.nobody) * self.refer[by]).sum(1) + self.unseen[by]
            score = torch.cat([(z * self.refer[by[k]]).sum(1), nobody])
            of = torch.cat([k, torch.arange(len(by), device=k.device)])
            right = torch.cat([b["candidate_right"], b["nobody"]])
            most = torch.full_like(nobody, -1e9).scatter_reduce(0, of, score.detach(), "amax")
            e = (score - most[of]).exp()
            every, good = torch.zeros_like(nobody).index_add(0, of, e), torch.zeros_like(nobody).index_add(0, of, e * right)
            out["references"] = -(((good + 1e-9) / (every + 1e-9)).log() * (1 - content[:, 0] / 2)).sum()
        if not len(b["stance"]):
            return out
        source = torch.where(b["sourced"][:, None], spans(SOURCE, "source"), self.unnamed)
        x, y = spans(SAID, "content") + spans(CUE, "cue") + source, b["stance"]

        def sides(layer, x, sided):
            s = layer(self.drop(torch.relu(x)))
            return torch.cat([s[:, :1].masked_fill(sided[:, None], NEVER), s[:, 1:]], 1)

        s = sides(self.side, x + self.side_kind[b["quote"]], b["sided"])
        out["stance"] = (F.cross_entropy(s, y.clamp(min=0), reduction="none") * b["weight"] * (y >= 0)).sum()
        if len(b["pair_of"]):
            k = b["pair_of"]
            s = sides(self.toward, x[k] + spans(TARGET, "pair") + self.toward_kind[b["quote"][k]], b["sided"][k])
            out["toward"] = (F.cross_entropy(s, b["pair_stance"], reduction="none") * b["pair_weight"]).sum()
        if len(b["token"]):
            z = torch.relu(part(TARGET)[b["token"]] + spans(AIM, "content")[b["token_of"]] + self.aim_place[b["token_place"]])
            s = (z * self.aim).sum(1) + self.aim_bias
            out["target"] = (F.binary_cross_entropy_with_logits(s, b["token_in"], reduction="none") * b["token_weight"]).sum()
        return out


BAGS = "words mention content cue source pair".split()
FLOATS = "candidate_right nobody weight pair_weight token_in token_weight".split()
INTS = "name name_class by candidate_of candidate candidate_place stance quote pair_of pair_stance token token_of token_place".split()
BOOLS = "sourced sided".split()


def collate(items, width, rng=None):
    """What the losses need of a batch of passages, each of width pieces.

    With rng, half the neutral statements also teach that no side is taken toward some name that they mention.
    """
    x = collections.defaultdict(list)
    for i, e in enumerate(items):
        add(x, e, [r + i * width for r in e["rows"].tolist()], rng)
    out = {k: torch.tensor(x[k], dtype=torch.long) for k in INTS}
    out |= {k: torch.tensor(x[k], dtype=torch.float) for k in FLOATS} | {k: torch.tensor(x[k], dtype=torch.bool) for k in BOOLS}
    for k in BAGS:
        sizes = torch.tensor([0] + [len(s) for s in x[k]], dtype=torch.long)
        out[k], out[k + "_begin"] = torch.tensor([r for s in x[k] for r in s], dtype=torch.long), sizes.cumsum(0)[:-1]
    return out


def add(x, e, rows, rng):
    """Adds a passage's labels to the lists x."""
    def bag(name, spans, most=None):
        x[name].append([r for s in spans if s for r in rows[s[0]:s[1]]][:most])
        return len(x[name]) - 1

    def put(**values):
        for name, v in values.items():
            x[name].append(v)

    for i, y in e.get("names", []):
        put(name=rows[i], name_class=y)
    mentions = {}
    for r in e.get("references", []):
        k = bag("words", r["words"], 160)
        put(by=r["by"], nobody=float(r["nobody"]))
        about = r["words"][0][0], r["words"][-1][1]
        for right, found in (1.0, r["right"]), (0.0, r["wrong"]):
            for m in map(tuple, found):
                if m not in mentions:
                    mentions[m] = bag("mention", [m])
                put(candidate_of=k, candidate=mentions[m], candidate_place=place(about, m), candidate_right=right)
    for s in e.get("statements", []):
        k = bag("content", s["content"], 200)
        bag("cue", [s["cue"]])
        bag("source", [s["source"]])
        put(sourced=bool(s["source"]), quote=int(s["quote"]), stance=s["stance"], weight=s["weight"], sided=s["sided"])
        pairs = [(t, y, 1.0) for t, y in s["pairs"]]
        if s["target"] and s["stance"] > 0:
            pairs.append((s["target"][0], s["stance"], s["weight"]))
            add_tokens(put, s, k, rows)
        elif s["stance"] == 0 and s["mentioned"] and rng is not None and rng.random() < 0.5:
            pairs.append((rng.choice(s["mentioned"]), 0, 0.5))
        for t, y, w in pairs:
            bag("pair", [t])
            put(pair_of=k, pair_stance=y, pair_weight=w)


def add_tokens(put, s, k, rows):
    """Adds the tokens in and about a content, and which of them are its target."""
    def tokens(spans):
        return {i for t in spans if t for i in range(*t)}

    first, last = s["content"][0][0], s["content"][-1][1]
    inside, target = tokens(s["content"]), tokens(s["target"])
    never = tokens([s["source"]]) - target | tokens([s["cue"]])
    for i in range(max(0, first - 60), min(len(rows), last + 30)):
        if i not in never:
            at = bucket(i - first) if i in inside else 16 + bucket(first - i) // 2 if i < first else 24 + bucket(abs(i - last)) // 2
            put(token=rows[i], token_of=k, token_place=at, token_in=float(i in target), token_weight=0.5 * s["weight"])
