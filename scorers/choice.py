"""The rule for naming one of several numbered candidates: Ada-LEval's BestAnswer."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, NamedTuple

from synthctx.errors import ScoreError
from synthctx.forms import is_rejected, settled
from synthctx.rules import Grade, Params, rule, unreadable
from synthctx.text import fold, is_denied, is_hedged, last_declaration

_LABEL = re.compile(r"A([1-9][0-9]{0,8})")
_FOLLOWED = re.compile(r"\s*Answer:\s*A[1-9][0-9]{0,8}\s*")
# neither a longer label or number nor a range ("A3-A6")
_RIGHT = r"(?![A-Za-z0-9_]|[.,\-][0-9]|\s?[-~]\s?A[0-9])"
_NAMED = re.compile(r"(?<![A-Za-z0-9_\-])(?:A[ \-_:]?|a)0{0,4}([0-9]{1,9})" + _RIGHT)
_SPELT = re.compile(
    r"\b(?:answer|option|candidate|choice|number|no\.)\s{0,3}(?:(?:is|:)\s{0,3})?#?([0-9]{1,9})"
    + _RIGHT,
    re.IGNORECASE,
)
_BARE = re.compile(r"[\s\"'`*_(\[{#]{0,9}([0-9]{1,9})" + _RIGHT)
_NEXT = re.compile(r"(?:[\s,;/&|>]|\band\b|\bor\b){1,20}([0-9]{1,9})" + _RIGHT, re.IGNORECASE)
_CHOSEN = re.compile(
    r"\b(?:choose|chose|pick|picked|select|selected|go with|best(?: \w{1,12})? is|designation is)"
    r"\s{1,3}(?=\W{0,4}(?:answer |candidate |option )?#?A?[0-9])",
    re.IGNORECASE,
)
_REFUSED = re.compile(
    r"(?:\b(?:not|never|cannot|neither|nor)|n't)\s{1,3}(?:(?:be|been|choose|pick|select|take|recommend|"
    r"say|think|believe|go with|it|it's|is|that|answer|candidate|option)\s{1,3}){0,3}[\"'*(]{0,3}$",
    re.IGNORECASE,
)
_ALONGSIDE = re.compile(r"(?:[\s,;/&|>\"'`*()\[\]]|\band\b|\bor\b|\b(?:answer|option)\b)*+", re.I)
_MANY = 3
_LONGEST = 1000  # an answer that declares nothing is short


def published_choice(output: str, n: int) -> str:
    """Return what the published rule reads: the highest label, else the highest number.

    Both are looked for as plain substrings: `A1` is in "A13", and 1 and 3 are in "13".
    """
    digits = len(str(n))
    for mark in ("A", ""):
        runs = set(re.findall(rf"{mark}(?=([1-9][0-9]{{0,{digits - 1}}}))", output))
        held = {int(run[:size]) for run in runs for size in range(1, len(run) + 1)}
        known = [index for index in held if index <= n]
        if known:
            return f"A{max(known)}"
    return "???"


class _Candidate(NamedTuple):
    number: int
    start: int
    end: int


def _candidates(text: str) -> list[_Candidate]:
    """Return the candidates that a piece of text names and does not deny."""
    for pattern in (_NAMED, _SPELT):
        found = [_Candidate(int(m[1]), m.start(), m.end()) for m in pattern.finditer(text)]
        if found:
            return [c for c in found if not _is_refused(text, c)]
    bare = _BARE.match(text)
    numbers: list[_Candidate] = []
    while bare is not None:
        numbers.append(_Candidate(int(bare[1]), bare.start(1), bare.end()))
        bare = _NEXT.match(text, bare.end())
    return numbers


def _is_refused(text: str, candidate: _Candidate) -> bool:
    before = text[max(0, candidate.start - 44) : candidate.start]
    denied = is_denied(text, candidate.start) or _REFUSED.search(before) is not None
    return denied or is_rejected(text, candidate.end)


def _places(text: str) -> list[tuple[str, bool]]:
    """Return where the answer may stand, best first, and whether it is declared there."""
    declared = last_declaration(text)
    chosen = None
    for match in _CHOSEN.finditer(text):
        if not _REFUSED.search(text[max(0, match.start() - 40) : match.start()]):
            chosen = match.end()
    if chosen is not None and (declared is None or chosen > declared[1]):
        return [(text[chosen : chosen + 300].split("\n", 1)[0], True)]
    short = [] if len(text) > _LONGEST else [(text, False)]
    return short if declared is None else [(declared[0], True), *short]


def _read_choice(output: str) -> tuple[int | None, str, str]:
    """Return the index an output chooses, or None; why; and a flag or ""."""
    for text, declared in _places(settled(fold(output))):
        found = _candidates(text)
        if found:
            return _one_of(found, text, declared)
    return None, "no candidate is named where an answer stands", ""


def _one_of(found: list[_Candidate], text: str, declared: bool) -> tuple[int | None, str, str]:
    distinct = {c.number for c in found}
    first = found[0]
    if len(distinct) == 1:
        hedged = is_hedged(text, first.start, first.end)
        return (None, "the choice is left open", "ambiguous") if hedged else (first.number, "", "")
    other = next(c for c in found if c.number != first.number)
    alongside = _ALONGSIDE.fullmatch(text[first.end : other.start]) is not None
    if declared and not alongside and not is_hedged(text, first.start, first.end):
        return first.number, "", ""
    why = f"{len(distinct)} different candidates are named"
    return None, why, "shotgun" if len(distinct) >= _MANY else "ambiguous"


def _label_index(value: Any, n: int | None, what: str) -> int:
    match = _LABEL.fullmatch(value) if isinstance(value, str) else None
    if match is None or (n is not None and int(match[1]) > n):
        allowed = "A1, A2, ..." if n is None else f"A1 to A{n}"
        raise ScoreError(f"rule choice/index: {what} is {value!r}, allowed: {allowed}")
    return int(match[1])


@rule(
    "choice/index",
    2,
    source="Ada-LEval (arXiv:2404.06480), ada_leval/dataset.py, StackSelect",
    extracts="the candidate named in the declared answer, else in a short output",
    compares="equality of the index",
)
def choice_index(output: str, reference: Any, params: Params) -> Grade:
    """Whether the right one of n candidates A1..An is chosen.

    Reference: its label, such as "A3". Params: `n`, the number of candidates (without it there
    is no paper score); `sample`, the label shown in the prompt as an example.

    The paper score is Ada-LEval's: the highest of the labels that are substrings of the output,
    else the highest of the bare numbers. So "A3 not A4" is A4, "A13" is A1 among six, and
    "the best of 6 is 3" is A6.

    The strict score takes a whole label, or a number that is introduced as an answer or
    stands first. The last declaration wins, denied candidates ("not A3", "A3 is wrong", "I would
    not choose A3") do not count, a range is none; two candidates side by side, or any two
    without a declaration, are ambiguous. Metrics: `followed` (nothing but
    `Answer: A3`), `extractable`, `copied` (the sample's label, where that is wrong).
    """
    n = params.get("n")
    if n is not None and (type(n) is not int or n < 1):
        raise ScoreError(f"rule choice/index: n is {n!r}, allowed: a whole number from 1")
    gold = _label_index(reference, n, "the reference")
    sample = params.get("sample")
    shown = None if sample is None else _label_index(sample, n, "param sample")
    paper = None if n is None else float(published_choice(output, n) == reference)
    index, why, flag = _read_choice(output)
    if index is not None and not 1 <= index <= (n or index):
        why, index = f"there is no candidate A{index}", None
    flags = (flag,) if flag else ()
    metrics = {
        "followed": float(index is not None and bool(_FOLLOWED.fullmatch(output))),
        "extractable": float(index is not None),
        "copied": float(index is not None and index == shown and shown != gold),
    }
    if index is None:
        return replace(unreadable(why, *flags, paper=paper), metrics=metrics)
    why = f"the choice read is A{index}; right is A{gold}"
    return Grade(float(index == gold), paper, metrics, f"A{index}", why, flags)
