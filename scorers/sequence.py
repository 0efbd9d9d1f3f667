"""The rule for putting parts in order: Ada-LEval's TSort."""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise, permutations
from typing import Any

from synthctx.errors import ScoreError
from synthctx.forms import is_rejected, settled
from synthctx.rules import Grade, Params, rule, unreadable
from synthctx.text import fold, is_cjk, is_denied, is_hedged, last_declaration

_FOLLOWED = re.compile(r"\s*Answer:\s*\[\s*\d{1,4}(?:\s*,\s*\d{1,4})*+\s*\]\s*")
_NUMBER = re.compile(r"[0-9]+")
# What may stand between two numbers of one list. Possessive: no way back, so linear.
_GAP = re.compile(
    r"(?:[\s,;|>&=\-\[\](){}<\"'`*#、→➔]|"
    r"(?:and|then|before|part|segment|section|paragraph|piece)\b)*+",
    re.IGNORECASE,
)
_LONGEST_GAP = 40
# two lists with no more than this between them are offered side by side
_BESIDE = re.compile(r"(?:[\s,;|/&.()\[\]或和]|\b(?:or|and|either)\b)*+", re.IGNORECASE)
# "1. Part 3": the first number counts the lines, the second is what the line says.
_NUMBERED = re.compile(
    r"^[ \t]{0,8}[0-9]{1,3}[.):][ \t]{1,4}((?:[A-Za-z]{1,10}[ \t]{1,4})?[0-9]{1,3})[.,;]?[ \t]*$",
    re.MULTILINE,
)
_MANY = 3
_TAIL = 200_000  # the last list counts: no need to read more


def published_order(output: str) -> Any:
    """Return what the published rule reads out of an output; for four parts only.

    The text between the first and the second `Answer:`, else all: as JSON of any type; else
    the one ordering of 1234 that it holds as scattered characters, else four zeros.
    """
    text = output.split("Answer:")[1].strip() if "Answer:" in output else output
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        held = [order for order in permutations("1234") if _scattered(text, order)]
    return [int(digit) for digit in held[0]] if len(held) == 1 else [0, 0, 0, 0]


def _scattered(text: str, order: Sequence[str]) -> bool:
    at = 0
    for char in order:
        at = text.find(char, at) + 1
        if at == 0:
            return False
    return True


def _published_score(output: str, reference: list[int]) -> float | None:
    if len(reference) != 4:
        return None
    order = published_order(output)
    if not isinstance(order, list | dict | str):
        return None
    return float(all(a == b for a, b in zip(order, reference, strict=False)))


def orders_in(text: str, n: int) -> list[tuple[tuple[int, ...], int, int]]:
    """Return the well-formed orderings of 1..n in a folded text, and where they lie.

    Well-formed is a list or chain of exactly n distinct numbers 1..n, or, for n below 10,
    those n digits in one run.
    """
    found: list[tuple[tuple[int, ...], int, int]] = []
    for run in _chains(text):
        start, end = run[0].start(), run[-1].end()
        if len(run) == 1 and len(run[0][0]) == n and n < 10:
            order = tuple(int(digit) for digit in run[0][0])
        elif len(run) == n and all(len(match[0]) < 5 for match in run):
            order = tuple(int(match[0]) for match in run)
        else:
            continue
        if set(order) == set(range(1, n + 1)):
            found.append((order, _bracket_start(text, start), end))
    return found


def _bracket_start(text: str, start: int) -> int:
    while start and text[start - 1] in "[({<":
        start -= 1
    return start


def _chains(text: str) -> list[list[re.Match[str]]]:
    """Part the numbers of a text into lists: no other words between two of one list."""
    chains: list[list[re.Match[str]]] = []
    since_boundary = 0
    last: re.Match[str] | None = None
    for match in _NUMBER.finditer(text):
        gap = text[last.end() : match.start()] if last else ""
        joined = last is not None and len(gap) <= _LONGEST_GAP and bool(_GAP.fullmatch(gap))
        joined = joined and not _signed(gap)
        closes = any(c in gap for c in ")]}") or ("\n" in gap and not any(c in gap for c in ",;>"))
        if joined and not (closes and since_boundary > 1):
            chains[-1].append(match)
        else:
            chains.append([match])
            closes = True
        since_boundary = 1 if closes else since_boundary + 1
        last = match
    return [chain for chain in chains if _alone(text, chain)]


def _signed(gap: str) -> bool:
    """Tell whether a gap ends with the sign of the next number: "3, -1", but not "3-1", "3 - 1"."""
    return len(gap) > 1 and gap[-1] == "-" and gap[-2] != "-"


def _alone(text: str, chain: list[re.Match[str]]) -> bool:
    """Tell whether a list is no piece of a longer word or number, and has no sign."""
    start, end = chain[0].start(), chain[-1].end()
    before, after = text[max(0, start - 2) : start], text[end : end + 2]
    if _wordlike(before[-1:]) or _wordlike(after[:1]) or before[-1:] in ("_", "."):
        return False
    if after[:1] in (".", ",") and after[1:].isdecimal():
        return False
    return not (before[-1:] == "-" and (len(before) < 2 or not before[0].isalnum()))


def _wordlike(char: str) -> bool:
    return char.isalnum() and not is_cjk(char)


def _read_order(output: str, n: int) -> tuple[tuple[int, ...] | None, str, str]:
    """Return the ordering an output gives, or None; why; and a flag or ""."""
    text = _NUMBERED.sub(r"\1", settled(fold(output)))
    declared = last_declaration(text)
    places = [text]
    if declared is not None:
        # all of the text at last: "the answer is easy to see" declares nothing
        places = [declared[0], text[declared[1] :], text]
    for place in places:
        place = place[-_TAIL:]
        found = [
            (order, start, end)
            for order, start, end in orders_in(place, n)
            if not is_denied(place, start) and not is_rejected(place, end)
        ]
        if found:
            return _one_of(found, place)
    return None, f"no list of the {n} different numbers 1 to {n}", ""


def _one_of(
    found: Sequence[tuple[tuple[int, ...], int, int]], text: str
) -> tuple[tuple[int, ...] | None, str, str]:
    distinct = len({order for order, _, _ in found})
    if distinct > _MANY:
        return None, f"{distinct} different orderings are listed", "shotgun"
    order, start, end = found[-1]
    if distinct == 1:
        return order, "", ""
    offered = is_hedged(text, start, end)
    if found[-2][0] != order:
        gap = text[found[-2][2] : start]
        offered |= len(gap) <= _LONGEST_GAP and _BESIDE.fullmatch(gap) is not None
    if offered:
        return None, "one ordering or another is offered", "ambiguous"
    return order, "", "ambiguous"


def _measures(order: Sequence[int], gold: Sequence[int]) -> dict[str, float]:
    n = len(gold)
    rank = {label: i for i, label in enumerate(gold)}
    places = [rank[label] for label in order]
    neighbours = sum(b == a + 1 for a, b in pairwise(places))
    in_order = sum(places[i] < places[j] for i in range(n) for j in range(i + 1, n))
    return {
        "adjacency": neighbours / (n - 1),
        "position": sum(a == b for a, b in zip(order, gold, strict=True)) / n,
        "kendall": in_order / (n * (n - 1) / 2),
        "lcs": longest_rise(places) / n,
    }


def longest_rise(values: Sequence[int]) -> int:
    """Return the length of the longest strictly rising subsequence."""
    tails: list[int] = []
    for value in values:
        at = bisect_left(tails, value)
        tails[at : at + 1] = [value]
    return len(tails)


def _permutation(value: Any, n: int | None, what: str) -> list[int]:
    good = isinstance(value, list | tuple) and all(type(v) is int for v in value)
    if not good or len(value) < 2 or sorted(value) != list(range(1, len(value) + 1)):
        raise ScoreError(
            f"rule sequence/permutation: {what} must order the part labels 1 to N (N at least 2) "
            f"and hold each once, got {value!r}"
        )
    if n is not None and n != len(value):
        raise ScoreError(
            f"rule sequence/permutation: param n is {n!r}, but {what} has {len(value)} labels"
        )
    return list(value)


@rule(
    "sequence/permutation",
    2,
    source="Ada-LEval (arXiv:2404.06480), ada_leval/dataset.py, TextSort",
    extracts="the last list of exactly N different numbers 1 to N, in the declared answer if any",
    compares="equality with the labels in reading order",
)
def sequence_permutation(output: str, reference: Any, params: Params) -> Grade:
    """Whether the parts are put in their order.

    Reference: the part labels in reading order, a permutation of 1..N. Params: `n` (N, checked
    when given); `sample` (the ordering shown in the prompt as an example).

    The paper score is Ada-LEval's and exists for N = 4 only. Whatever JSON follows the first
    `Answer:` is compared as far as it goes, so that an empty list, a list that is too short or
    too long, and an empty string are right, and `["1", "2", "3", "4"]` is wrong; without JSON the
    digits are looked for as scattered characters, so that a stray digit spoils a right answer
    and "10, 2, 3, 4" passes. A JSON number or constant ("1234") crashes there: no paper score.

    The strict score takes exactly N different numbers 1 to N without a sign, in any list or chain
    form, also "1234"; the last declared answer wins, denied orderings do not count, and neither
    does one of several offered or set side by side, or of more than three listed.
    Metrics: `adjacency`, `position`, `kendall` (0..1) and `lcs` towards the right order;
    `followed` (nothing but `Answer: [...]`), `extractable`, `copied` (the sample's ordering,
    where that is wrong).
    """
    gold = _permutation(reference, params.get("n"), "the reference")
    sample = params.get("sample")
    shown = None if sample is None else _permutation(sample, len(gold), "param sample")
    paper = _published_score(output, gold)
    order, why, flag = _read_order(output, len(gold))
    flags = (flag,) if flag else ()
    metrics = dict.fromkeys(("adjacency", "position", "kendall", "lcs"), 0.0)
    if order is not None:
        metrics = _measures(order, gold)
    metrics["followed"] = float(order is not None and bool(_FOLLOWED.fullmatch(output)))
    metrics["extractable"] = float(order is not None)
    metrics["copied"] = float(order is not None and list(order) == shown and shown != gold)
    if order is None:
        return replace(unreadable(why, *flags, paper=paper), metrics=metrics)
    said = ", ".join(map(str, order))
    why = f"the order read is {said}; right is {', '.join(map(str, gold))}"
    return Grade(float(list(order) == gold), paper, metrics, said, why, flags)
