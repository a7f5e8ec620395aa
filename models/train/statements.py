"""Joins passages with labels of statements: whose they are, where they stand, and toward what.

    python statements.py --passages passages.jsonl --labels DIR ... --held DIR ... --texts FILE ... OUT.jsonl

Reads passages of `onrecord train attribute --examples FILE`, labels in the program's JSON form (stand-off ones with the
texts of --texts) and the sets of sets.py, and writes the passages again, for train.py, with what the heads of heads.py
learn from. All positions are tokens of the passage, ranges [first, last):

- names: [token, class]: 0 near a name and no part of it, 1 part of a person's name, 2 of another's;
- references: words (or a content) and the mentions in the passage that are, or are not, of the same speaker;
- statements: content, cue, source, stance (-1: not labelled), target, weight, and pairs [target, stance] labelled apart.

Passages of documents in --held, a seventh of the pages with quotations and a third of the events of BASIL are kept apart:
they bear no copies and are only watched.
"""
import argparse
import bisect
import collections
import hashlib
import json
import os
import random
import re

import sets

TITLES = set("""mr mrs ms miss mx dr prof professor sen senator rep representative gov governor president vice secretary sir
dame lord lady judge justice general gen col capt sgt lt rev reverend pope king queen prince princess mayor chairman
chairwoman minister prime speaker leader former attorney congressman congresswoman director chief officer detective sheriff
coach manager actor actress singer author spokesman spokeswoman spokesperson""".split())
# Words that are no name for all that a sentence begins with them.
OPENERS = set("""the a an but and in on at for to of he she they it we i you his her their this that these those there when
while as if so or not no what who why how after before with from by about his its our my is was are were be if since although
however meanwhile still yet then now here all some many most more also even just only""".split())
PRONOUNS = set("he she they it who i we him us his her their them which that you its".split())
WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")
NO_NAME, PERSON, OTHER = range(3)
BY_WORDS, BY_CONTENT = range(2)
LONGEST_MENTION, LONGEST_SENTENCE = 14, 160  # tokens
UNCLEAR = "?"  # a mention that may be of a speaker: neither right nor wrong


def fold(token):
    return re.sub(r"['’]s$", "", token.lower()).replace(".", "")


def words(name):
    """A name's words in small letters, without titles unless it has nothing else."""
    out = [re.sub(r"'s$", "", w.lower()).replace(".", "") for w in WORD.findall(name.replace("’", "'"))]
    out = [w for w in out if w and w not in ("the", "a", "an", "one")]
    return [w for w in out if w not in TITLES] or out


def statements(article):
    """The statements of an article in the program's JSON form: claims, then quotations."""
    claims = article.get("claims") or []

    def one(x, content, cue, source, quote):
        return {"content": content, "cue": cue, "source": source, "speaker": x.get("speaker") or "", "kind": x.get("speaker_kind") or "",
                "stance": sets.STANCES[x["stance"]] if x.get("stance") else -1, "target": x.get("target") or "",
                "sure": x.get("sure", True), "quote": quote, "sided": False}

    for c in claims:
        yield one(c, c["content"], (c.get("cue") or [None])[0], (c.get("source") or [None])[0], False)
    for q in article.get("quotes") or []:
        c = claims[q["claim"]] if q.get("claim") is not None else {}
        yield one(q, [[q["start"], q["end"]]], q.get("cue") or (c.get("cue") or [None])[0], q.get("mention") or (c.get("source") or [None])[0], True)


def read_labels(folder, texts):
    """Documents {id, text, statements, mentions, pages} of a folder of labels; pages: only quotations are labelled."""
    for name in sorted(os.listdir(folder)):
        if not name.endswith(".json"):
            continue
        with open(os.path.join(folder, name), encoding="utf-8") as f:
            article = json.load(f)
        text = article.get("text") or texts[article["sha256"]]
        # Where only claims are labelled, their sources are the mentions that somebody has read.
        speakers = article.get("speakers") or [] if article.get("quotes") else []
        mentions = [(m, s["name"], s["kind"]) for s in speakers for m in s["mentions"]]
        pages = not article.get("claims")
        yield {"id": article["id"], "text": text, "statements": list(statements(article)), "mentions": mentions, "pages": pages}


def one_in(n, key):
    """Whether a key is of the one in n that is kept apart."""
    return int(hashlib.sha256(key.encode()).hexdigest(), 16) % n == 0


class Passage:
    """A passage and the words of its tokens."""

    def __init__(self, entry, text, at):
        self.entry, self.limit, self.at = entry, len(text), at
        self.starts, self.ends = [s for s, _ in entry["spans"]], [e for _, e in entry["spans"]]
        raw = text.encode()
        self.tokens = [raw[s:e].decode() for s, e in entry["spans"]]
        self.low, self.folded = [t.lower() for t in self.tokens], [fold(t) for t in self.tokens]
        self.runs = self.capitalised()
        entry["names"], entry["references"], entry["statements"] = [], [], []

    def find(self, span):
        """The tokens that a span in code points covers, or None where the passage does not hold it whole."""
        start, end = (self.at[max(0, min(x, self.limit))] for x in span)
        first, last = bisect.bisect_right(self.ends, start), bisect.bisect_left(self.starts, end)
        if first >= last or first == 0 and self.starts[0] > start + 3 or last == len(self.ends) and self.ends[-1] < end - 3:
            return None
        return [first, last]

    def capitalised(self):
        """Runs of capitalised tokens."""
        out, begin = [], None
        for i, t in enumerate(self.tokens + [""]):
            if t[:1].isupper() and self.low[i] not in OPENERS:
                begin = i if begin is None else begin
            elif begin is not None:
                out.append((begin, i))
                begin = None
        return out

    def occurrences(self, target, by_last):
        """Where a target's words stand, marks between them let pass; by_last: its last word will do."""
        want, out = WORD.findall(target.lower()), []
        for i, t in enumerate(self.low):
            if not want or t != want[0]:
                continue
            j, k = i, 0
            while j < len(self.low) and k < len(want) and j - i <= 3 * len(want) + 3:
                if self.low[j] == want[k]:
                    k += 1
                elif not want[k].startswith(self.low[j]) and WORD.match(self.low[j]):
                    break
                j += 1
            if k == len(want):
                out.append([i, j])
        if not out and by_last and len(want) > 1:
            out = [[i, i + 1] for i, t in enumerate(self.low) if t == want[-1]]
        return out


def overlap(a, b):
    return a[0] < b[1] and b[0] < a[1]


def within(m, spans):
    return any(s[0] <= m[0] < s[1] for s in spans)


class Speakers:
    """Who speaks in a document, by the words of their names."""

    def __init__(self, doc):
        self.kind = {}
        for s in doc["statements"]:
            if s["speaker"]:
                self.kind.setdefault(s["speaker"], s["kind"])
        for _, name, kind in doc["mentions"]:
            self.kind.setdefault(name, kind)
        self.words = {n: words(n) for n in self.kind}
        self.named = {n for n in self.kind if self.kind[n] != "unnamed" and any(w[:1].isupper() for w in n.split())}

    def of(self, said):
        """Whose name words are: a speaker's, "" for nobody's among them, UNCLEAR."""
        has, hits = set(said), [n for n in self.named if set(said) & set(self.words[n])]

        def fits(n):
            own, person = self.words[n], self.kind[n] == "person"
            whole = has <= set(own) or (said[-len(own):] == own if person else set(own) <= has)
            return whole and (not person or len(said) == 1 or said[-1] in own)

        shared = {n: len(has & set(self.words[n])) for n in hits if fits(n)}
        best = [n for n in shared if shared[n] == max(shared.values())]
        return best[0] if len(best) == 1 else UNCLEAR if hits else ""


def join(doc, passages, rng):
    """Adds the labels of a document to its passages."""
    at = [0]
    for c in doc["text"]:
        at.append(at[-1] + len(c.encode()))
    speakers, views = Speakers(doc), [Passage(e, doc["text"], at) for e in passages]
    kept = [None] * len(doc["statements"])  # for each statement how far inside its passage it stands, and which that is
    rows = {}
    for p in views:
        mentions = label_names(p, speakers)
        for s in doc["statements"]:
            m = s["source"] and p.find(s["source"])
            if m and m[1] - m[0] <= LONGEST_MENTION and not any(overlap(x, m) and x[3] and x[2] for x in mentions):
                mentions.append((m[0], m[1], s["speaker"] or UNCLEAR, False))
        for span, name, _ in doc["mentions"]:
            m = p.find(span)
            if m and m[1] - m[0] <= LONGEST_MENTION and not any(overlap(x, m) for x in mentions):
                mentions.append((m[0], m[1], name, False))
        mentions, seen = sorted(set(mentions)), set()
        for k, s in enumerate(doc["statements"]):
            content = [c for c in map(p.find, s["content"]) if c]
            if not content:
                continue
            source, cue = (s[x] and p.find(s[x]) for x in ("source", "cue"))
            inward = min(content[0][0], len(p.tokens) - content[-1][1])
            if kept[k] is None or inward > kept[k][0]:
                kept[k] = inward, p
            rows[k, id(p)] = {
                "content": content, "cue": cue, "source": source, "stance": s["stance"], "weight": 1 if s["sure"] else 0.4,
                "quote": s["quote"], "sided": s["sided"], "target": find_target(p, s, content), "pairs": [],
                "mentioned": [r for r in p.runs if within(r, content)] if s["stance"] == sets.NEUTRAL else []}
            if s["speaker"]:
                refer(p, s, content, source, mentions, speakers, seen, rng)
    for k, best in enumerate(kept):
        if best:
            best[1].entry["statements"].append(rows[k, id(best[1])])


def label_names(p, speakers):
    """Labels the tokens of names and those beside them; returns the mentions (first, last, speaker, by name)."""
    out = []
    for first, last in p.runs:
        said = [w for w in p.folded[first:last] if w not in TITLES and WORD.match(w)]
        if not said:
            continue
        who = speakers.of(said)
        out.append((first, last, who, True))
        if who in ("", UNCLEAR):
            continue
        for i in range(max(0, first - 2), min(len(p.tokens), last + 2)):
            if first <= i < last and p.folded[i] in speakers.words[who]:
                p.entry["names"].append([i, PERSON if speakers.kind[who] == "person" else OTHER])
            elif WORD.match(p.tokens[i]):
                p.entry["names"].append([i, NO_NAME])
    return out


def find_target(p, s, content):
    """Where a statement's target stands: within the content up to three times, or else nearest to it."""
    if not s["target"]:
        return []
    found = p.occurrences(s["target"], by_last=s["sided"])
    return [o for o in found if within(o, content)][:3] or sorted(found, key=lambda o: abs(o[0] - content[0][0]))[:1]


def refer(p, s, content, source, mentions, speakers, seen, rng):
    """Adds what refers to the speaker of a statement: its source, each once, and its content."""
    own, refs = s["speaker"], p.entry["references"]
    outside = [m for m in mentions if not within(m, content)]
    if source and source[1] - source[0] <= LONGEST_MENTION and tuple(source) not in seen:
        name = any(overlap(m, source) and m[3] and m[2] == own for m in mentions)
        if not name or rng.random() <= 0.25:  # names refer by themselves
            seen.add(tuple(source))
            others = [m for m in outside if not overlap(m, source)]
            right = [m[:2] for m in others if m[2] == own and m[3]] or [m[:2] for m in others if m[2] == own]
            nobody = not right and own not in speakers.named
            if right or nobody:
                kind = "name" if name else "pronoun" if source[1] - source[0] == 1 and p.folded[source[0]] in PRONOUNS else "noun"
                wrong = [m[:2] for m in others if m[2] not in (own, UNCLEAR)]
                refs.append({"by": BY_WORDS, "kind": kind, "words": [source], "right": right, "wrong": wrong, "nobody": int(nobody)})
    right = [m[:2] for m in outside if m[2] == own]
    if right and rng.random() < (1 if s["quote"] else 0.5):
        wrong = [m[:2] for m in outside if m[2] not in (own, UNCLEAR)]
        refs.append({"by": BY_CONTENT, "kind": "content", "words": content, "right": right, "wrong": wrong, "nobody": 0})


def pair(sentence, entry):
    """Adds the labelled pairs to the one passage of a sentence; false where there are none, or it is too long."""
    n, at = len(entry["rows"]), [0]
    for c in sentence["text"]:
        at.append(at[-1] + len(c.encode()))
    p = Passage(entry, sentence["text"], at)
    for holder, target, stance in sentence["pairs"]:
        toward, source = p.find(target), holder and p.find(holder)
        if toward and n <= LONGEST_SENTENCE:
            entry["statements"].append({
                "content": [[0, n]], "cue": None, "source": source, "stance": -1, "weight": 1, "quote": False, "sided": False,
                "target": [], "pairs": [[toward, stance]], "mentioned": []})
    return bool(entry["statements"])


def read_passages(path):
    """Passages by document; those of one that was learned from and kept apart too only once."""
    out, seen = collections.defaultdict(list), {}
    for e in sets.lines(path):
        key = e["id"], tuple(e["spans"][0]) if e["spans"] else ()
        if e["copies"] == 0 and seen.get(key):
            continue
        seen.setdefault(key, e["copies"])
        out[e["id"]].append(e)
    return out


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--passages", required=True, action="append", help="passages to join; may be repeated")
    ap.add_argument("--labels", action="append", default=[], help="folder of labels to learn from; may be repeated")
    ap.add_argument("--held", action="append", default=[], help="folder of labels to watch; may be repeated")
    ap.add_argument("--texts", action="append", default=[], help="JSON Lines with the texts of stand-off labels; may be repeated")
    sets.arguments(ap)
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("out")
    a = ap.parse_args()
    rng = random.Random(a.seed)
    texts = {}
    for path in a.texts:
        for d in sets.lines(path):
            texts[hashlib.sha256(d["text"].encode()).hexdigest()] = d["text"]
    docs, sentences = {}, {s["id"]: s for s in sets.sentences(a)}
    for folder in a.labels + a.held:
        for d in read_labels(folder, texts):
            docs[d["id"]] = d | {"apart": folder in a.held or d["pages"] and one_in(7, d["id"]), "least": 2 if d["pages"] else 1}
    for d in sets.basil(a.basil) if a.basil else []:
        docs[d["id"]] = d | {"mentions": [], "apart": one_in(3, d["id"].rsplit("_", 1)[0]), "least": 2}
    count = collections.Counter()
    with open(a.out, "w", encoding="utf-8") as f:
        for path in a.passages:
            for name, passages in read_passages(path).items():
                d, s = docs.get(name), sentences.get(name)
                if d:
                    join(d, passages, rng)
                for e in passages:
                    if d:
                        e["copies"] = 0 if d["apart"] else max(e["copies"], d["least"])
                    elif s and pair(s, e):
                        e["copies"], e["sentence"] = int(not s["watched"]), True
                    elif not e["decided"]:
                        continue  # nothing is labelled
                    count["passages"] += 1
                    count["names"] += len(e.get("names", []))
                    count["statements"] += len(e.get("statements", []))
                    count["targets"] += sum(bool(r["target"]) for r in e.get("statements", []))
                    for r in e.get("references", []):
                        count[f"references by {r['kind']}" + ", to nobody" * r["nobody"]] += 1
                    f.write(json.dumps(e) + "\n")
    for k, n in sorted(count.items()):
        print(f"{n:8,} {k}")


if __name__ == "__main__":
    main()
