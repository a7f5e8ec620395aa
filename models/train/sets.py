"""Reads sets that tell where somebody stands, and writes their texts as articles for the program to cut into passages.

    python sets.py --basil DIR --newsmtsc DIR --directed-sentiment DIR OUT.jsonl

OUT.jsonl holds articles in the program's JSON form, without labels, for `onrecord train attribute --examples FILE --dev
OUT.jsonl`; statements.py joins the passages with what the sets say of them. Offsets are in code points.

- BASIL (Fan et al. 2019): quoted spans with speaker, target and stance; only such as take a side are labelled.
- NewsMTSC (Hamborg and Donnay 2021): sentences with the polarity toward each of a few mentions.
- Directed sentiment (Park, Pan and Joo 2021): sentences with two entities, and which is for or against the other.

The first parts are to learn from; devtest_* of NewsMTSC and valid of directed sentiment are to watch.
"""
import argparse
import json
import os

NEUTRAL, SUPPORT, OPPOSE = range(3)
STANCES = {"neutral": NEUTRAL, "support": SUPPORT, "oppose": OPPOSE}
POLARITIES = {"neutral": NEUTRAL, "positive": SUPPORT, "negative": OPPOSE}


def lines(path):
    with open(path, encoding="utf-8") as f:
        for line in f:
            yield json.loads(line)


def basil(folder):
    """Articles: {id, text, statements}, the statements as statements.py has them."""
    articles = {a["id"]: {"id": a["id"], "text": a["text"], "statements": []} for a in lines(os.path.join(folder, "articles.jsonl"))}
    for q in lines(os.path.join(folder, "quote_stance.jsonl")):
        a, start, end = articles[q["article"]], q["start"], q["end"]
        while start < end and a["text"][start] in "“\"‘' ":
            start += 1
        speaker = "" if q["speaker"].startswith("other") else q["speaker"].replace("_", " ")
        a["statements"].append({
            "content": [[start, end]], "cue": None, "source": None, "speaker": speaker, "kind": "person", "quote": True, "sided": True,
            "stance": STANCES[q["stance"]], "target": q["target"].replace("_", " "), "sure": True})
    return [a for a in articles.values() if a["statements"]]


def newsmtsc(folder):
    """Sentences: {id, text, watched, pairs}, a pair (holder, target, stance) whose holder is None: the writer."""
    for part in "train", "devtest_mt", "devtest_rw":
        for i, d in enumerate(lines(os.path.join(folder, part + ".jsonl"))):
            pairs = [(None, [t["start"], t["end"]], POLARITIES[t["polarity"]]) for t in d["targets"]]
            yield {"id": f"newsmtsc:{part}:{i}", "text": d["text"], "watched": part != "train", "pairs": pairs}


def directed_sentiment(folder):
    """Sentences as those of newsmtsc, with an entity for the holder.

    Where one takes a side the other takes none; where neither does, which most sentences say, every third has both ways.
    """
    sides = {0: (NEUTRAL, NEUTRAL), 1: (SUPPORT, NEUTRAL), 2: (NEUTRAL, SUPPORT), 3: (OPPOSE, NEUTRAL), 4: (NEUTRAL, OPPOSE)}
    for part in "train", "valid":
        for i, d in enumerate(lines(os.path.join(folder, part + ".jsonl"))):
            text, spans = "", []
            for k, piece in enumerate(d["sentence_marked"].replace("]", "[").split("[")):
                if k % 2:
                    spans.append([len(text), len(text) + len(piece)])
                text += piece
            if [text[s:e] for s, e in spans] != [d["p"], d["q"]]:
                continue  # other brackets, or the entities in the other order
            (p, q), (pq, qp) = spans, sides[d["label"]]
            pairs = [(p, q, pq)] + [(q, p, qp)] * (d["label"] != 0 or i % 3 == 0)
            yield {"id": f"directed:{part}:{i}", "text": text, "watched": part != "train", "pairs": pairs}


def arguments(ap):
    """Adds the sets' folders to a command line."""
    ap.add_argument("--basil", help="folder of BASIL")
    ap.add_argument("--newsmtsc", help="folder of NewsMTSC")
    ap.add_argument("--directed-sentiment", help="folder of directed sentiment")


def sentences(a):
    """The sentences of the sets that the command line names."""
    out = list(newsmtsc(a.newsmtsc)) if a.newsmtsc else []
    return out + (list(directed_sentiment(a.directed_sentiment)) if a.directed_sentiment else [])


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments(ap)
    ap.add_argument("out")
    a = ap.parse_args()
    with open(a.out, "w", encoding="utf-8") as f:
        for d in (basil(a.basil) if a.basil else []) + sentences(a):
            f.write(json.dumps({"id": d["id"], "text": d["text"], "quotes": []}) + "\n")


if __name__ == "__main__":
    main()
