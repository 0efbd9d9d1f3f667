"""The rule for answers that hold several labels: LongICLBench's Few-NERD, DialogRE, TacRED."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from typing import Any

from synthctx.errors import ScoreError
from synthctx.rules import Grade, Params, rule
from synthctx.scorers._label_places import lateness, places_of
from synthctx.scorers.labels import names_other, normal_label, published_label, unmarked
from synthctx.text import fold, last_declaration

_EPSILON = 1e-8
_BULLET = re.compile(r"^\s{0,20}(?:[-*\u2022]|\(?[0-9]{1,3}[.)])\s{1,20}")
_SLOT = re.compile(r"[,;\n、]")
_PAIR = re.compile(r"[,;] ")
_LAST_OF_LIST = re.compile(r"\s(?:and|&)\s|^and\s")
_OF_PAIR = re.compile(r"\([^()\n]{1,80}\)\s{0,3}(?::|[-=]{1,2}>|\u2192|[-=\u2013\u2014])\s{0,3}")
_BETWEEN = re.compile(
    r"\s{0,3}(?:\||\u2192|[-=]{1,2}>|\s[-\u2013\u2014]\s|=|:|\s(?:is|as)\s)\s{0,3}"
)
_ANSWER = re.compile(r"(?:#+\s)?(?:final\s|my\s|the\s)?answer\s?:?", re.IGNORECASE)
_START = 100  # characters that tell whether an output begins as a demonstration does
_LONGEST = 300  # characters of a pair
_MOST_LINES = 200  # an answer with more is not looked through for remarks
_FEW_WORDS = 4  # what has more is no label
_AROUND_KEY = " \t\"'`*_"
_PREAMBLE = re.compile(r"^[^,;\n]{0,200}?(?:[:=]|\bare|\bis)\s")
_NEXT_DEMONSTRATION = re.compile(r"^(?:sentence|dialogue|document)\b\s?:?", re.IGNORECASE)
_PUBLISHED: dict[str, tuple[tuple[type, ...], str]] = {
    "fewnerd": ((Mapping,), "a mapping"),
    "dialogre": ((list, tuple), "a list"),
    "tacred": ((str,), "one label"),
}


# ---------------------------------------------------------------- the published rules


def published_pairs(output: str, query: str) -> dict[str, str]:
    """Return the entities and types that the published Few-NERD script reads."""
    text = output.rsplit(query, 1)[-1] if query else output
    pairs: dict[str, str] = {}
    for line in text.strip().split("\n"):
        if not line or ": " not in line or line.startswith(("Sentence", "sentence")):
            break
        fields = line.split(": ")
        pairs[fields[0]] = fields[1]
    return pairs


def published_slots(output: str, marker: str) -> list[str]:
    """Return the comma-separated slots that the published DialogRE script reads."""
    text = output.rsplit(marker, 1)[-1] if marker else output
    for stop in ("dialogue", "Dialogue"):
        text = text.split(stop, 1)[0]
    line = text.strip().split("\n", 1)[0].split("[/INST]", 1)[0]
    return [slot.strip() for slot in line.split(",")]


def _paper_counts(
    output: str, reference: Any, params: Params, published: str
) -> tuple[int, int, int]:
    """Return how many labels the published rule finds right, said and asked for."""
    if published == "fewnerd":
        pairs = published_pairs(output, str(params.get("query", "")))
        return sum(reference.get(k) == v for k, v in pairs.items()), len(pairs), len(reference)
    if published == "tacred":
        label = published_label(output, published, "")
        return int(label == reference), int(label in (params.get("labels") or [reference])), 1
    slots = published_slots(output, str(params.get("marker", "")))
    known = params.get("labels") or reference
    said = sum(any(label in slot for label in known) for slot in slots)
    right = sum(gold in slot for gold, slot in zip(reference, slots, strict=False))
    return right, said, len(reference)


def _paper_f1(right: int, said: int, asked: int, published: str) -> float | None:
    precision, recall = right / (said + _EPSILON), right / (asked + _EPSILON)
    if published != "fewnerd":
        # a slot that holds no known label is not counted as said, but can be right
        return min(1.0, 2 * precision * recall / (precision + recall + _EPSILON))
    if precision + recall == 0:
        return None  # the published script divides by zero
    return 2 * precision * recall / (precision + recall)


# ---------------------------------------------------------------- the strict rule


def _lines(output: str, query: str) -> list[str]:
    """Return the lines of the answer, from after an echoed query to the next demonstration."""
    text = fold(output)
    if query and query in text:
        text = text[text.index(query) + len(query) :]
    lines: list[str] = []
    for line in unmarked(text).split("\n"):
        if _NEXT_DEMONSTRATION.match(line.strip()):
            if lines:
                break
            continue
        if line.strip():
            lines.append(_BULLET.sub("", line).strip())
    return lines


def read_pairs(
    output: str, query: str, keys: Set[str] = frozenset(), known: Set[str] = frozenset()
) -> list[tuple[str, str]]:
    """Return the (key, label) pairs of an answer, folded, one for each "key: label".

    Args:
        output: the answer.
        query: the text whose keys are asked for.
        keys: those that are asked for, folded: between them and their labels other marks than a
            colon may stand.
        known: all labels, folded; where they are given, a line with neither of them nor of the
            keys is no pair ("Note: ...").
    """
    pairs: list[tuple[str, str]] = []
    lines = _lines(output, query)
    headed = [i + 1 for i, line in enumerate(lines[:-1]) if _ANSWER.fullmatch(line)]
    for line in lines[headed[-1] if headed else 0 :]:
        line = line.strip("()[]{}`*|, ")
        pieces = [piece for piece in _PAIR.split(line) if piece]
        if len(pieces) < 2 or not all(": " in piece for piece in pieces):
            pieces = [line]
        pairs += [pair for piece in pieces if (pair := _pair(piece, keys, known)) is not None]
    if known and any(key in keys for key, _ in pairs):
        pairs = [pair for pair in pairs if pair[0] in keys or pair[1] in known]
    return pairs


def _pair(piece: str, keys: Set[str], known: Set[str]) -> tuple[str, str] | None:
    """Return the folded key and label of a piece, None where it is no pair."""
    for found in _BETWEEN.finditer(piece) if len(piece) <= _LONGEST else ():
        key = _key(piece[: found.start()])
        if key in keys and (label := normal_label(piece[found.end() :])) in known:
            return key, label
    key, _, label = piece.rpartition(": " if ": " in piece else ":")
    if not key.strip() or not label.strip():
        return None
    whole = normal_label(label)
    before = normal_label(label.partition("(")[0])  # a remark behind the label
    return _key(key), before if whole not in known and before in known else whole


def _key(text: str) -> str:
    """Return a (folded) key without case, quotes and markup round it."""
    words = " ".join(text.casefold().split())
    return words.strip(_AROUND_KEY) or words


def read_slots(
    output: str,
    query: str,
    known: Set[str] = frozenset(),
    marker: str = "",
    *,
    whole_set: bool = False,
) -> list[str]:
    """Return the labels of an answer in order, folded; a slot that is no label stays one.

    "a and b" is two labels, unless it is a known one.

    Args:
        output: the answer.
        query: the text that was to be labelled.
        known: labels, folded.
        marker: the key before labels; what stands before the last line that begins with it is
            no answer.
        whole_set: `known` are all labels there are, so that lines without any are prose, if
            others have some.
    """
    echoed = _NEXT_DEMONSTRATION.match(fold(output[:_START]).lstrip()) is not None
    lines = _after("" if echoed else marker, _lines(output, query))
    text = "\n".join(line.strip("[]") for line in lines)
    declared = last_declaration(text)
    if declared is not None:
        text = text[declared[1] :]
    text = _PREAMBLE.sub("", _OF_PAIR.sub("", text), count=1)
    rows = [(line, _slots(line, known)) for line in text.split("\n")]
    said = {slot for _, slots in rows for slot in slots if slot in known}
    if whole_set and said and not echoed and len(rows) <= _MOST_LINES:
        rows = [r for r in rows if not (said.isdisjoint(r[1]) and _is_prose(r[0], known, said))]
    return [slot for _, slots in rows for slot in slots]


def _after(marker: str, lines: list[str]) -> list[str]:
    """Return the lines from the last one that begins with a marker, without it."""
    key = fold(marker).strip().casefold()
    starts = [i for i, line in enumerate(lines) if key and line.casefold().startswith(key)]
    if not starts:
        return lines
    return [lines[starts[-1]][len(key) :].strip(), *lines[starts[-1] + 1 :]]


def _slots(line: str, known: Set[str]) -> list[str]:
    """Return the labels of a line, folded."""
    slots: list[str] = []
    for slot in _SLOT.split(line):
        bare = _BULLET.sub("", slot).strip()
        tail = bare.rpartition(": ")[2]
        if normal_label(bare) in known:
            slots.append(bare)
        else:
            slots += [tail] if normal_label(tail) in known else _LAST_OF_LIST.split(bare)
    return [label for label in map(normal_label, slots) if label]


def _is_prose(line: str, known: Set[str], said: Set[str]) -> bool:
    """Tell whether a line is a remark, and names no label that is not said elsewhere."""
    return (":" in line or len(line.split()) > _FEW_WORDS) and not names_other(line, known, said)


def _counts(said: Sequence[Any], gold: Sequence[Any], in_order: bool) -> tuple[int, int, int]:
    if in_order:
        right = sum(a == b for a, b in zip(said, gold, strict=False))
    else:
        right = (Counter(said) & Counter(gold)).total()
    return right, len(said) - right, len(gold) - right


def _undecided(pairs: Sequence[tuple[str, str]]) -> set[str]:
    """Return the keys that an answer gives different labels."""
    given: dict[str, str] = {}
    return {key for key, label in pairs if given.setdefault(key, label) != label}


def _is_shotgun(said: Sequence[Any], gold: Sequence[Any], known: Set[str]) -> bool:
    """Tell whether an answer has far more labels than were asked for, or all there are."""
    everything = len(known) > len(gold) and known <= set(said)
    return everything or len(said) > 3 * len(gold) + 3


def _lateness(params: Params, said: Sequence[Any], gold: Sequence[Any]) -> dict[str, float]:
    """Return how late the wrong labels of an answer stand, see `lateness`."""
    if "places" not in params:
        return {}
    labels = [normal_label(label) for label in params.get("labels") or ()]
    places = places_of(params, labels, "label/micro_f1")
    if gold and isinstance(gold[0], tuple):
        right = dict(gold)
        return lateness(places, ((right[k], label) for k, label in said if k in right))
    return lateness(places, zip(gold, said, strict=False))


def _gold(reference: Any) -> list[Any]:
    """Return the reference folded: pairs of a mapping, labels of a list or of one string."""
    if isinstance(reference, str) and reference:
        return [normal_label(reference)]
    mapped = isinstance(reference, Mapping) and bool(reference)
    if mapped and all(isinstance(label, str) for label in reference.values()):
        keys = (_key(fold(str(key))) for key in reference)
        return list(zip(keys, map(normal_label, reference.values()), strict=True))
    listed = isinstance(reference, list | tuple) and bool(reference)
    if listed and all(isinstance(label, str) for label in reference):
        return [normal_label(label) for label in reference]
    raise ScoreError(
        "rule label/micro_f1: the reference must be a label, a list of labels or a mapping "
        f"from keys to labels, and not empty, got {reference!r}"
    )


def _known(gold: Sequence[str], params: Params) -> frozenset[str]:
    labels = params.get("labels") or ()
    return frozenset(gold) | {normal_label(label) for label in labels if isinstance(label, str)}


def _marker(params: Params) -> str:
    marker = params.get("marker", "")
    if not isinstance(marker, str):
        raise ScoreError(f"rule label/micro_f1: param marker must be a string, got {marker!r}")
    return marker


def _published(reference: Any, params: Params) -> str | None:
    published = params.get("published")
    if published is None:
        return None
    if published not in _PUBLISHED:
        raise ScoreError(
            f"rule label/micro_f1: published is {published!r}, allowed: {', '.join(_PUBLISHED)}"
        )
    wanted, kind = _PUBLISHED[published]
    if not isinstance(reference, wanted):
        raise ScoreError(f"rule label/micro_f1: {published} needs {kind}, got {reference!r}")
    return str(published)


@rule(
    "label/micro_f1",
    4,
    source=(
        "LongICLBench (arXiv:2404.02060), fewnerd_evaluate.py, dialogueRE_evaluate.py, "
        "tacred_infer.py"
    ),
    extracts='"key: label" pairs line by line, or a list of labels',
    compares="pairs as a multiset, lists by position; F1 of one answer, counts for the micro F1",
)
def label_micro_f1(output: str, reference: Any, params: Params) -> Grade:
    """F1 of the labels of one answer, with the counts that a micro F1 adds up.

    Reference: a mapping from keys to labels (entity to type), a list of labels in order, or one
    label. Params: `ordered`: false to compare a list as a multiset; `query`, the text that was
    to be labelled; `published`: "fewnerd", "dialogre" or "tacred" (else no paper score);
    `labels`, the known labels; `marker`, what the prompt ends with (the key before labels);
    `places`, for each of the labels the share 0..1 of the demonstrations before its own;
    `whole_rounds` and `partial_round`, how many demonstrations were shown, are not read.

    The paper score is that script's F1 on this answer alone. Few-NERD stops at the first
    line that is empty or no pair, never gets a key with ": " right, counts a preamble as
    a pair, and crashes when nothing is right: no paper score then. DialogRE counts a slot as
    right when the label is a substring of it: all labels in each slot score 1, and labels
    on lines of their own are lost. TacRED wants the label itself, case included.

    The strict score folds width, case, `_` and `-`, allows blank lines, bullets, markup, several
    pairs on a line and labels on lines of their own; pairs are cut at the last colon. Repeats and
    unasked labels cost precision; a key with two different labels is right with neither, and an
    answer with far more labels than asked for, or with all there are, with none. Metrics: `tp`,
    `fp`, `fn` (their sums over answers give the micro F1: 2 tp / (2 tp + fp + fn)), `precision`,
    `recall`, the published counts, and with `places` how late wrong labels stand (as of
    label/exact).
    """
    gold = _gold(reference)
    published = _published(reference, params)
    query = fold(str(params.get("query", "")))
    paper: float | None = None
    metrics: dict[str, float] = {}
    if published is not None:
        right, named, asked = _paper_counts(output, reference, params, published)
        paper = _paper_f1(right, named, asked, published)
        metrics = {"paper_right": right, "paper_said": named, "paper_asked": asked}
    pairs = isinstance(reference, Mapping)
    known = _known([] if pairs else gold, params)
    said: Sequence[Any] = (
        read_pairs(output, query, {key for key, _ in gold}, known)
        if pairs
        else read_slots(output, query, known, _marker(params), whole_set=known > set(gold))
    )
    shotgun = _is_shotgun(said, gold, frozenset() if pairs else known)
    undecided = _undecided(said) if pairs else set()
    sure = [s for s in said if s[0] not in undecided] if undecided else said
    if shotgun:
        sure = []
    tp, fp, fn = _counts(sure, gold, not pairs and bool(params.get("ordered", True)))
    fp += len(said) - len(sure)
    metrics |= {
        "tp": tp,
        "fp": fp,
        "fn": fn,
        "precision": tp / len(said) if said else 0.0,
        "recall": tp / len(gold),
        **_lateness(params, sure, gold),
    }
    score = 2 * tp / (2 * tp + fp + fn)
    shown = "; ".join(": ".join(s) if isinstance(s, tuple) else s for s in said[:50])[:500]
    why = f"{tp} of {len(gold)} labels are right, {fp} said are wrong or not asked for"
    status: Any = "scored" if said else "unreadable"
    flags = ("shotgun",) if shotgun else ()
    values = {name: float(value) for name, value in metrics.items()}
    return Grade(score, paper, values, shown or None, why, flags, status)
