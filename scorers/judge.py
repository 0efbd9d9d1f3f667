"""Rules for verdicts written as text: yes or no, true or false, and one a criterion."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from synthctx.aggregates import over_constraints, published_constraints
from synthctx.errors import ScoreError
from synthctx.rules import Grade, Params, rule, unreadable
from synthctx.text import fold, lowered, read_answer, stated_verdict

# ---------------------------------------------------------------- one verdict

_TAG = re.compile(r"<answer>([^<]{0,400})(?:</answer>|\Z)", re.IGNORECASE)


def read_verdict(output: str) -> tuple[bool | None, str, str]:
    """Return the verdict an output gives, or None; why there is none; and a flag or "".

    It stands in the last `<answer>`, else in what is declared, else in a short output.
    """
    text = fold(output)
    tags = _TAG.findall(text)
    if tags:
        said = tags[-1]
    else:
        reading = read_answer(text)
        if reading.too_long:
            return None, "no verdict declared in a long output", "shotgun"
        said = reading.text
    verdict = stated_verdict(said)
    return verdict.value, verdict.why, "ambiguous" if verdict.ambiguous else ""


@rule(
    "judge/verdict",
    1,
    source="Spinning the Golden Thread (arXiv:2409.02076), Evalution/eval.py",
    extracts="the verdict in the last <answer>, else declared, else of a short output",
    compares="equality",
)
def judge_verdict(output: str, reference: Any, params: Params) -> Grade:
    """Whether a text gives the right verdict: yes or no, true or false, 是 or 否.

    Reference: true or false. No params. For claims in pairs (NoCha) see `aggregates.over_pairs`.

    The paper score takes the letters "yes" anywhere for a yes ("yesterday"; "not yes"), in lower
    case only, and everything else for a no, an empty reply too.
    The strict score needs a verdict that can be read; none is wrong either way.
    """
    if not isinstance(reference, bool):
        raise ScoreError(
            f"rule judge/verdict: the reference is {reference!r}, allowed: true, false"
        )
    paper = float(("yes" in output) is reference)
    verdict, why, flag = read_verdict(output)
    if verdict is None:
        return unreadable(why, *([flag] if flag else []), paper=paper)
    return Grade(float(verdict is reference), paper, {}, str(verdict).lower(), f"says {verdict}")


# ---------------------------------------------------------------- a verdict for each criterion


def published_verdicts(text: str, criteria: Sequence[str]) -> list[str] | None:
    """Return the verdicts CFBench's first parser reads, None where it gives up.

    Blocks parted by empty lines, one a criterion and in its order, each the criterion to the
    letter, a tab and 0 or 1.
    """
    blocks = text.split("\n\n")
    if len(blocks) != len(criteria):
        return None
    verdicts = []
    for block, criterion in zip(blocks, criteria, strict=True):
        name, tab, verdict = block.partition("\t")
        if not tab or "\t" in verdict or name != criterion or _number(verdict) not in (0, 1):
            return None
        verdicts.append(verdict.strip())
    return verdicts


def published_fallback(text: str) -> list[str] | None:
    """Return the verdicts CFBench's second parser reads, None where it raises.

    Of the lines with one tab those that end in a 1: a 0 is taken for nothing.
    """
    verdicts = []
    for line in text.split("\n"):
        if line.count("\t") == 1:
            verdict = line.partition("\t")[2]
            number = _number(verdict)
            if number is None:
                return None
            if number == 1:
                verdicts.append(verdict.strip())
    return verdicts


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _published(
    text: str, criteria: Sequence[str], primary: Sequence[bool]
) -> tuple[float, float, float] | None:
    verdicts, parsed = published_verdicts(text, criteria), "1"
    if verdicts is None:
        verdicts, parsed = published_fallback(text), "0"
        if verdicts is None:
            return None
        if not verdicts:
            verdicts, parsed = ["0"], "-1"
    figures = published_constraints([float(v) for v in verdicts], primary, parsed)
    return None if figures is None else figures[:3]


_VERDICT = re.compile(r"[\s:：,，|*=\-\]\[(]{1,20}([01])(?:\.0)?[\s*\]).。|]{0,20}\Z")
_NUMBERING = re.compile(r"\A[\s|*\-]{0,8}(?:[0-9]{1,3}[.)、:]\s{0,4})?[*]{0,2}")


def read_verdicts(text: str, criteria: Sequence[str]) -> list[bool | None]:
    """Return the verdict on each criterion, None where there is none.

    A verdict is a 0 or 1 that ends a line. Lines are matched with criteria by their text; of
    several on one criterion the last counts. Where no line has the text of a criterion, as
    many lines as there are criteria are taken in order.
    """
    read: list[tuple[str, bool]] = []
    for line in fold(text).split("\n"):
        tail = _VERDICT.search(line, max(0, len(line) - 60))
        if tail is not None:
            read.append((_key(line[: tail.start()]), tail[1] == "1"))
    by_text: dict[str, list[bool]] = defaultdict(list)
    for name, verdict in read:
        by_text[name].append(verdict)
    keys = [_key(fold(criterion)) for criterion in criteria]
    if not any(key in by_text for key in keys):
        return [v for _, v in read] if len(read) == len(criteria) else [None] * len(criteria)
    last: list[bool | None] = []
    for key in reversed(keys):  # a criterion that is there twice has a line for each
        given = by_text.get(key)
        last.append(given.pop() if given else None)
    return last[::-1]


def _key(text: str) -> str:
    plain = _NUMBERING.sub("", text, count=1)
    return lowered(" ".join(plain.split())).strip(" *:|\"'.。：")


@rule(
    "judge/criteria",
    1,
    source="CFBench (arXiv:2408.01122), code/evalaute.py",
    extracts="for each criterion the 0 or 1 that ends its line in a judge's reply",
    compares="share of all criteria met",
)
def judge_criteria(output: str, reference: Any, params: Params) -> Grade:
    """Which criteria a judge's reply says are met.

    Reference: the criteria as texts. Params: `primary`, one true or false for each (all true).
    The output is the judge's reply, not the text that was judged.

    The paper score is CFBench's CSR, rounded to two digits, so that ISR is 1 with 200 of 201 met;
    PSR must exceed 0.8, and four of five secondary ones, or 0.6 of them beside primary ones,
    fail. A reply in another than the exact form goes to a second parser that reads only the 1s
    and averages over those, so that two met of three make 1; when that reads nothing,
    everything is 0.
    The strict score is the share of all criteria; one without a verdict is not met. Nothing is
    rounded, and 0.8 is enough for PSR. Metrics: `isr`, `psr`, `read` (share of criteria with a
    verdict), `paper_isr`, `paper_psr`.
    """
    texts = list(reference) if isinstance(reference, list | tuple) else []
    if not texts or not all(isinstance(text, str) and text.strip() for text in texts):
        raise ScoreError(f"rule judge/criteria: the reference must be texts, got {reference!r}")
    primary = params.get("primary", [True] * len(texts))
    if not isinstance(primary, list | tuple) or len(primary) != len(texts):
        raise ScoreError(f"rule judge/criteria: primary needs one for each, got {primary!r}")
    flags = [bool(p) for p in primary]
    published = _published(output, texts, flags)
    verdicts = read_verdicts(output, texts)
    figures = over_constraints(verdicts, flags)
    metrics = {"isr": figures.isr, "psr": figures.psr, "read": 1 - figures.missing / len(texts)}
    paper = None
    if published is not None:
        paper = published[0]
        metrics |= {"paper_isr": published[1], "paper_psr": published[2]}
    if figures.missing == len(texts):
        return replace(unreadable("no verdicts were read", paper=paper), metrics=metrics)
    shown = "".join("?" if v is None else str(int(v)) for v in verdicts)
    why = f"{verdicts.count(True)} of {len(texts)} met, {figures.missing} without a verdict"
    return Grade(figures.csr, paper, metrics, shown[:500], why)
