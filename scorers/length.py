"""The rule for texts of a required length: LongWriter's length score and HelloBench's count."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import replace
from typing import Any

from synthctx.errors import ScoreError
from synthctx.rules import Grade, Params, rule, unreadable
from synthctx.text import fold, lowered

BOUNDS = ("target", "at_least")

_HAN = re.compile("[\u4e00-\u9fff]")
_LATIN = re.compile(r"\b[a-zA-Z]+\b")
_SINGLY = "\u2e80-\u303f\u3041-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
_LETTER = rf"(?![{_SINGLY}_])\w"
_WORD = re.compile(rf"(?=\w)[{_SINGLY}]|(?:{_LETTER})+(?:['\u2019.,_-](?:{_LETTER})+)*")
_GRAM = 8


# ---------------------------------------------------------------- counting


def longwriter_words(text: str) -> int:
    """Count words as LongWriter does: Han characters, and runs of unaccented Latin letters.

    Digits, accented words and words with a digit or underscore count nothing, "don't" is two, and
    a Latin word that touches a Han character is none.
    """
    han = sum(1 for _ in _HAN.finditer(text))
    return han + sum(1 for _ in _LATIN.finditer(text))


# The Penn treebank's conventions as NLTK has them: what gets a blank before and behind it.
_CLOSING = r"[\])}>\"'\u201d\u00bb]"
_MARKS = r"[;@#$%&?!()\[\]{}<>\"\u201c\u201d\u00ab\u00bb]"
_TREEBANK = (
    (
        re.compile(r"\.{2,}|--+|[;@#$%&?!()\[\]{}<>\"\u201c\u201d\u00ab\u00bb]|[:,](?!\d)"),
        r" \g<0> ",
    ),
    (re.compile(rf"(?<!\.)\.(?={_CLOSING}*(?:\s|\Z))"), " . "),
    (re.compile(r"(?<=[^\s'])('(?:s|m|d|ll|re|ve)\b|n't\b|'(?=\s|\Z))", re.IGNORECASE), r" \1 "),
    (re.compile(r"\b(can|gim|gon|got|lem|wan)(not|me|na|ta)\b", re.IGNORECASE), r"\1 \2"),
)


def treebank_tokens(text: str) -> int:
    """Count tokens as HelloBench does: words by the Penn treebank's rules, and punctuation."""
    for pattern, padded in _TREEBANK:
        text = pattern.sub(padded, text)
    return len(text.split())


def count_words(text: str) -> tuple[int, int]:
    """Return how many words a folded text has, and how many of them are not repetition.

    A word is a run of letters and digits, with the apostrophes, hyphens and points inside it;
    a character of a script without blanks is one. Repetition is what lies in a run of eight
    words that the text has had before.
    """
    seen: set[tuple[str, ...]] = set()
    recent: deque[str] = deque(maxlen=_GRAM)
    words = repeated = covered = 0
    for match in _WORD.finditer(lowered(text)):
        words += 1
        recent.append(match[0])
        gram = tuple(recent)
        if len(gram) == _GRAM and gram in seen:
            repeated += words - max(covered, words - _GRAM)
            covered = words
        seen.add(gram)
    return words, words - repeated


# ---------------------------------------------------------------- scoring


def length_score(required: int, produced: int) -> float | None:
    """Return LongWriter's S_l in 0..1; None for an empty text, where it divides by zero.

    Too long loses a third of the excess, to nothing at four times the length; too short loses
    half of what the length would have to grow by, to nothing at a third.
    """
    if produced > required:
        return max(0.0, 1 - (produced / required - 1) / 3)
    return max(0.0, 1 - (required / produced - 1) / 2) if produced else None


@rule(
    "length/target",
    1,
    source="LongWriter (arXiv:2408.07055), eval_length.py; HelloBench (arXiv:2409.16191)",
    extracts="the whole output",
    compares="its words, less what repeats itself, with the length asked for",
)
def length_target(output: str, reference: Any, params: Params) -> Grade:
    """How near a text comes to the length asked for.

    Reference: the number of words (characters of a script without blanks). Params: `bound`:
    "target" (default: neither longer nor shorter) or "at_least".

    The paper score for a target is LongWriter's S_l on its count, which leaves out numbers,
    accented words and words such as "2nd", takes "don't" for two words, undercounts mixed
    text, and lets a text that repeats one sentence reach any length; an empty text raises there
    (no paper score). For a lower bound it is whether HelloBench's count reaches it, in which
    every punctuation mark is a token; that paper itself only reports the mean count.

    The strict score is S_l (for a lower bound: the share reached, at most 1) of the words that
    are not repetition. Metrics: `words`, `fresh` (the share that is not repetition),
    `paper_words`, `reached`.
    """
    if type(reference) is not int or reference < 1:
        raise ScoreError(f"rule length/target: the reference must be a number, got {reference!r}")
    bound = params.get("bound", "target")
    if bound not in BOUNDS:
        raise ScoreError(f"rule length/target: bound is {bound!r}, allowed: {', '.join(BOUNDS)}")
    target = bound == "target"
    counted = longwriter_words(output) if target else treebank_tokens(output)
    paper = length_score(reference, counted) if target else float(counted >= reference)
    words, own = count_words(fold(output))
    metrics = {
        "words": float(words),
        "fresh": own / words if words else 0.0,
        "paper_words": float(counted),
        "reached": float(own >= reference),
    }
    if not own:
        return replace(unreadable("there are no words", paper=paper), metrics=metrics)
    score = length_score(reference, own) if target else min(1.0, own / reference)
    why = f"{own} words of {reference}"
    if own < words:
        why += f", {words - own} more are repetition"
    return Grade(score, paper, metrics, str(own), why)
