"""The rule for looking up and following keys of a long list of pairs: Needle Threading's tests."""

from __future__ import annotations

import ast
import re
import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from synthctx.errors import ScoreError
from synthctx.rules import Grade, Params, rule, unreadable
from synthctx.text import fold, is_denied, is_hedged, lowered, read_answer, undeclared_answer

_SHAPE = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_UUID = re.compile(_SHAPE)
_FREE = re.compile(rf"(?<![0-9a-z_-]){_SHAPE}(?![0-9a-z_-])")
_STATING = re.compile(r"(?:[:=]|->|\b(?:is|are)|[→为是])\s{0,3}[\"'`*(\[]{0,4}\Z")
# The published runs end after 100 tokens; a literal of any length can exhaust Python's parser.
_LONGEST_LITERAL = 10_000


def published_prefix(output: str, reference: str) -> bool | None:
    """Return what the published check says, None where it raises.

    The output is read as a Python literal and cut to as many items as the reference has
    characters; that has to equal the reference, which only a string can.
    """
    if len(output) > _LONGEST_LITERAL:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            said = ast.literal_eval(output)
        return bool(said[: len(reference)] == reference)
    except (ValueError, SyntaxError, TypeError, KeyError, MemoryError, RecursionError):
        return None


class _Said(NamedTuple):
    values: list[str]
    flags: tuple[str, ...]
    why: str


def said_values(output: str, wanted: int, known: frozenset[str]) -> _Said:
    """Return the identifiers that an answer gives, in order and in lower case.

    Left out are denied ones, the keys of pairs ("key: value" throughout) and what is `known`
    from the question. For a single value those that are not stated ("is", ":") where one is.
    """
    text = fold(output)
    limit = max(1000, 60 * wanted)
    reading = read_answer(text, limit, to_end=wanted > 1)
    if reading.declared and not _FREE.search(lowered(reading.text)):
        reading = undeclared_answer(text, limit)
    if reading.too_long:
        return _Said([], ("shotgun",), "far longer than an answer, and none is declared")
    lower = lowered(reading.text)
    spans = [m for m in _FREE.finditer(lower) if not is_denied(lower, m.start())]
    stated = [m for m in spans if _STATING.search(lower, max(0, m.start() - 12), m.start())]
    if len(spans) > 1 and (stated == spans[1::2] or (wanted == 1 and stated)):
        spans = stated
    if wanted == 1 and any(is_hedged(lower, m.start(), m.end()) for m in spans):
        return _Said([], ("ambiguous",), "one of several values is offered")
    return _Said([m[0] for m in spans if m[0] not in known], (), "no value is given")


def _one_value(said: _Said, gold: str, path: Sequence[str]) -> tuple[float, str, tuple[str, ...]]:
    """Grade a single value; the steps of a thread may be shown before it."""
    last = said.values[-1]
    others = set(said.values) - {last} - set(path[:-1])
    if others:
        flag = "shotgun" if len(others) > 2 else "ambiguous"
        return 0.0, f"{len(others) + 1} different values are given", (flag,)
    return float(last == gold), f"the value read is {last}", ()


def _overlap(said: Sequence[str], gold: Sequence[str]) -> int:
    return (Counter(said) & Counter(gold)).total()


def _identifiers(value: Any, what: str) -> list[str]:
    given = [value] if isinstance(value, str) else value
    folded = [v.strip().lower() for v in given] if _strings(given) else []
    if not isinstance(given, list | tuple) or len(folded) != len(given):
        raise ScoreError(f"rule threads/values: {what} must be a UUID or a list, got {value!r}")
    return folded


def _strings(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(v, str) for v in value)


@rule(
    "threads/values",
    1,
    source="Needle Threading (arXiv:2411.05000), README, evaluation of single needles",
    extracts="the UUIDs in the declared answer, or in a short output",
    compares="one value: equality; several: place by place, over the longer of the two lists",
)
def threads_values(output: str, reference: Any, params: Params) -> Grade:
    """Whether the right values were looked up.

    Reference: one UUID, or a list of them. Params: `ordered` (false: the order of a list is
    free), `keys` (UUIDs of the question: repeating them costs nothing), `path` (the values
    along a thread, the answer last: its steps may be shown).

    The paper score is the only one that was released, made for one needle: a Python literal,
    cut to the length of the reference, must equal it. So anything may follow a right value
    inside the quotes, another UUID too; a list of the one right value, upper case and a
    leading blank are wrong; and a bare UUID, prose, a fence, a number and an empty reply raise
    (no paper score). A list reference is compared as its text: a list never equals it, the
    same list in quotes does. Longer outputs than 10,000 characters have no paper score.

    The strict score reads UUIDs as whole words in any case. One value: it must be the only one
    given, steps of the thread and keys aside. Several: right places over the longer list,
    with `ordered` false the common multiset over the longer list. Metrics: `exact`,
    `precision`, `recall` (as multisets), `progress` (how far along `path` a value was given).
    """
    gold = _identifiers(reference, "the reference")
    if not gold or not all(map(_UUID.fullmatch, gold)):
        raise ScoreError(f"rule threads/values: the reference holds no UUIDs: {reference!r}")
    ordered = params.get("ordered", True)
    if not isinstance(ordered, bool):
        raise ScoreError(f"rule threads/values: ordered is {ordered!r}, allowed: true, false")
    keys = frozenset(_identifiers(params.get("keys", []), "param keys")) - set(gold)
    path = _identifiers(params.get("path", []), "param path")
    single = isinstance(reference, str)
    right = published_prefix(output, reference if single else str(list(reference)))
    paper = None if right is None else float(right)
    said = said_values(output, len(gold), keys)
    if not said.values:
        zero = dict.fromkeys(("exact", "precision", "recall", "progress"), 0.0)
        return replace(unreadable(said.why, *said.flags, paper=paper), metrics=zero)
    size = max(len(said.values), len(gold))
    common = _overlap(said.values, gold)
    flags: tuple[str, ...] = ()
    if single:
        score, why, flags = _one_value(said, gold[0], path)
    else:
        places = sum(a == b for a, b in zip(said.values, gold, strict=False))
        score = (places if ordered else common) / size
        why = f"{places if ordered else common} of {len(gold)} right, {len(said.values)} given"
        flags = ("shotgun",) if len(said.values) > 3 * len(gold) else ()
    named = set(said.values)
    furthest = max((i for i, step in enumerate(path, start=1) if step in named), default=0)
    metrics = {
        "exact": float(score == 1.0),
        "precision": common / len(said.values),
        "recall": common / len(gold),
        "progress": furthest / len(path) if path else score,
    }
    return Grade(score, paper, metrics, ", ".join(said.values[:13])[:500], why, flags)
