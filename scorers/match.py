"""Rules that look for given strings in an answer: RULER's and NoLiMa's."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from synthctx.errors import ScoreError
from synthctx.forms import any_form, look_for
from synthctx.recall import KINDS, Recall
from synthctx.rules import Grade, Params, rule, unreadable

_CONTROL = re.compile("[\x00-\x1f]")
_RULER = "RULER (arXiv:2404.06654), scripts/eval"


def ruler_text(output: str) -> str:
    """Return an output as RULER's evaluation sees it: control characters become newlines."""
    return _CONTROL.sub("\n", output.strip()).strip()


def references_of(reference: Any, rule_id: str) -> list[str]:
    """Return a reference as a list of strings.

    Raises:
        ScoreError: it is neither a string nor a list of strings.
    """
    given = [reference] if isinstance(reference, str) else reference
    if not isinstance(given, list | tuple) or not all(isinstance(r, str) for r in given):
        raise ScoreError(
            f"rule {rule_id}: the reference must be a string or a list of them, got {reference!r}"
        )
    return list(given)


def _recall(output: str, references: Sequence[str], params: Params, rule_id: str) -> Recall:
    kind = params.get("kind")
    if kind is not None and kind not in KINDS:
        raise ScoreError(f"rule {rule_id}: param kind is {kind!r}, allowed: {', '.join(KINDS)}")
    candidates = references_of(params.get("candidates", []), rule_id)
    return look_for(output, references, kind=kind, candidates=candidates)


@rule(
    "match/all",
    3,
    source=_RULER + ", string_match_all",
    extracts="the declared answer, or the whole output when it is as short as answers are",
    compares="share of the references named as whole words or numbers, less the rivals named",
)
def match_all(output: str, reference: Any, params: Params) -> Grade:
    """Share of the references that the answer names.

    Reference: a string or a list of them. Params: `kind` (number, uuid, code or word, else
    inferred) and `candidates` (other possible answers).

    The paper score is RULER's: the share of references whose lower case is a substring of
    the lower-cased output, so that 1234567 is found in 12345678, "cat" in "catalog", and an
    echo of the context has everything. It does not exist for an empty list of references,
    where RULER crashes.

    The strict score takes back one reference for each other thing of the same kind that is
    named: numbers of as many digits, identifiers of the same pattern, items of the same list (for
    several words, words one after the other without a sentence round them are one too).
    A single reference offered with another ("x or y") or denied ("not x") earns nothing, and
    an output that declares no answer and is far longer than one (an echo) neither.
    """
    references = references_of(reference, "match/all")
    if not references:
        return unreadable("the list of references is empty")
    text = ruler_text(output).lower()
    paper = sum(r.lower() in text for r in references) / len(references)
    named = _recall(output, references, params, "match/all")
    metrics = {"found": float(len(named.found)), "rivals": float(named.rivals)}
    return _graded(named, named.score, paper, metrics)


@rule(
    "match/any",
    3,
    source=_RULER + ", string_match_part; lm-evaluation-harness for published: lm-eval",
    extracts="the declared answer, or the whole output when it is as short as answers are",
    compares="whether any of the references is named as a whole word or number",
)
def match_any(output: str, reference: Any, params: Params) -> Grade:
    """Whether the answer names any of several forms of one answer.

    Reference: a string or a list of them. Params: `kind` and `candidates` as in match/all;
    `published`: "ruler" (default) or "lm-eval".

    The paper score is RULER's: 1 when any reference, lower-cased, is a substring of the
    lower-cased output, so that "no" is found in "know"; with "lm-eval" that port's: the
    share of the references, so that one right form of three earns a third.

    The strict score is 1 when a form stands there as whole words, not denied, not offered
    with another, and beside no other answer ("42 and 43"); a form of the same answer is none,
    and neither is what explains a word ("Lima, Peru"), unless candidates are known. Yes and
    no are read as such: not both, not denied, "no doubt" is no "no".
    """
    references = references_of(reference, "match/any")
    if not references:
        return unreadable("the list of references is empty")
    published = params.get("published", "ruler")
    if published not in ("ruler", "lm-eval"):
        raise ScoreError(f"rule match/any: published is {published!r}, allowed: ruler, lm-eval")
    text = (ruler_text(output) if published == "ruler" else output).lower()
    hits = sum(r.lower() in text for r in references)
    paper = hits / len(references) if published == "lm-eval" else float(hits > 0)
    return any_form(output, references, params, "match/any", paper)


def _graded(named: Recall, score: float, paper: float, metrics: dict[str, float]) -> Grade:
    if named.reading.too_long:
        return unreadable(named.explanation, *named.flags, paper=paper)
    extracted = named.reading.text.strip()[:500]
    return Grade(score, paper, metrics, extracted, named.explanation, named.flags)


_NOLIMA_METRICS = ("EM", "contains", "lastline_EM", "lastline_contains")


@rule(
    "match/nolima",
    2,
    source="NoLiMa (arXiv:2502.05167), evaluation/async_evaluate.py",
    extracts="the declared answer, or the whole output when it is as short as answers are",
    compares="whether a gold name is named as a whole word",
)
def match_nolima(output: str, reference: Any, params: Params) -> Grade:
    """Whether the answer names one of the gold characters.

    Reference: a list of strings, or a string. Params: `metric`: "contains" (default), "EM",
    "lastline_EM" or "lastline_contains"; `candidates`: the other characters.

    The paper score is the published metric, case-sensitive and without word boundaries
    ("Miranda" contains Mira); a plain string as gold is walked through by character, so that
    "M" is a hit for "Mira" (contains) or a part of it is an exact match (EM).

    The strict score is match/any's, whatever the metric, without what may explain a word: a
    second name behind the first is a second answer.
    """
    metric = params.get("metric", "contains")
    if metric not in _NOLIMA_METRICS:
        allowed = ", ".join(_NOLIMA_METRICS)
        raise ScoreError(f"rule match/nolima: metric is {metric!r}, allowed: {allowed}")
    references = references_of(reference, "match/nolima")
    text = output.strip()
    if metric.startswith("lastline"):
        text = text.rsplit("\n", 1)[-1]
    if metric.endswith("EM"):
        paper = float(text in reference)
    else:
        paper = float(any(gold in text for gold in reference))
    if not references:
        return unreadable("the list of references is empty", paper=paper)
    kept = {"kind": "word", "candidates": params.get("candidates", [])}
    return any_form(output, references, kept, "match/nolima", paper, beside=False)
