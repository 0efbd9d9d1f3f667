"""BLEU: what share of the runs of one to four words of a translation its references have too.

Used by the rules that grade translations. Published figures are over a corpus: counts are
added up over all answers before anything is divided.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

ORDER = 4
LANGUAGES = ("en", "zh")

# ---------------------------------------------------------------- the published words

_ENTITIES = (("&quot;", '"'), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"))
# all ASCII that is neither letter nor digit, but for apostrophe, comma, hyphen and full stop
_SET_APART = {ord(c): f" {c} " for c in '{|}~[\\]^_` !"#$%&()*+:;<=>?@/'}
_AFTER_NO_DIGIT = re.compile("([^0-9][.,])")
_BEFORE_NO_DIGIT = re.compile("([.,][^0-9])")
_DIGIT_DASH = re.compile("([0-9]-)")
# The published ranges. Two were meant for characters above U+FFFF, and hold punctuation instead.
_CHINESE = (
    ("\u2001", "\u2a6d"),
    ("\u2e80", "\u2fdf"),
    ("\u2ff0", "\u303f"),
    ("\u3100", "\u312f"),
    ("\u31a0", "\u31bf"),
    ("\u31c0", "\u31ef"),
    ("\u3200", "\u4db5"),
    ("\u4e00", "\u9fbb"),
    ("\uf900", "\ufa2d"),
    ("\ufa30", "\ufa6a"),
    ("\ufa70", "\ufad9"),
    ("\ufe10", "\ufe1f"),
    ("\ufe30", "\ufe4f"),
    ("\uff00", "\uffef"),
)


class _Apart(dict[int, str]):
    """What each character becomes in Chinese text; found out when it is first met."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        apart = any(first <= char <= last for first, last in _CHINESE)
        self[code] = f" {char} " if apart else char
        return self[code]


_SET_APART_IN_CHINESE = _Apart(_SET_APART)


def _respaced(pattern: re.Pattern[str], text: str, spaced: Callable[[str], str]) -> str:
    """Replace all matches of a pattern that has one group round the whole of it."""
    pieces = pattern.split(text)
    if len(pieces) == 1:
        return text
    forms = {found: spaced(found) for found in set(pieces[1::2])}
    pieces[1::2] = [forms[found] for found in pieces[1::2]]
    return "".join(pieces)


def published_words(text: str, language: str) -> list[str]:
    """Return the words that mteval's script 13a parts a text into; in Chinese, characters too.

    Args:
        text: a translation.
        language: "en" or "zh", the language of the text.
    """
    if language == "zh":
        text = text.strip().translate(_SET_APART_IN_CHINESE)
    else:
        text = text.replace("<skipped>", "").replace("-\n", "").replace("\n", " ")
        for entity, char in _ENTITIES:
            text = text.replace(entity, char)
        text = f" {text} ".translate(_SET_APART)
    text = _respaced(_AFTER_NO_DIGIT, text, lambda m: f"{m[0]} {m[1]} ")
    text = _respaced(_BEFORE_NO_DIGIT, text, lambda m: f" {m[0]} {m[1]}")
    text = _respaced(_DIGIT_DASH, text, lambda m: f"{m[0]} {m[1]} ")
    return text.split()


# ---------------------------------------------------------------- counting


class _Counts(NamedTuple):
    """For each order how many runs are shared and how many are said; and both lengths."""

    shared: list[int]
    said: list[int]
    length: int
    wanted: int


def _runs(words: Sequence[str], size: int) -> Counter[tuple[str, ...]]:
    return Counter(zip(*(words[i:] for i in range(size)), strict=False))


def _counts(said: Sequence[str], references: Sequence[Sequence[str]]) -> _Counts:
    """Count runs; a run counts as often as the reference has it that has it most often."""
    vocabulary = {word for reference in references for word in reference}
    known = [word if word in vocabulary else "" for word in said]
    # a run with a foreign word in it is in no reference: of those words one in a row will do
    kept = [w for w, before in zip(known, ["", *known], strict=False) if w or before]
    shared = []
    for size in range(1, ORDER + 1):
        most: Counter[tuple[str, ...]] = Counter()
        for reference in references:
            most |= _runs(reference, size)
        ours = Counter(filter(most.__contains__, zip(*(kept[i:] for i in range(size)))))  # noqa: B905
        shared.append((ours & most).total())
    possible = [max(0, len(said) - size + 1) for size in range(1, ORDER + 1)]
    return _Counts(shared, possible, len(said), min(map(len, references)))


def _geometric(precisions: Sequence[float], length: int, wanted: int) -> float:
    if min(precisions) <= 0:
        return 0.0
    mean = math.exp(sum(map(math.log, precisions)) / len(precisions))
    return mean * (1.0 if length > wanted else math.exp(1 - wanted / length))


def corpus_bleu(
    said: Sequence[str], references: Sequence[Sequence[str]], language: str = "en"
) -> float | None:
    """Return the published BLEU over several answers, from 0 to 1; None where its code raises.

    Four orders, not smoothed: 0 as soon as no run of four is right, and so for every text of
    three words. The shortest reference is the measure of length. It raises when nothing is
    said at all, or the references are empty.

    Args:
        said: the translations.
        references: for each of them its reference translations.
        language: "en" or "zh".
    """
    shared, possible, length, wanted = [0] * ORDER, [0] * ORDER, 0, 0
    for text, goals in zip(said, references, strict=True):
        if not goals:
            return None
        words = [published_words(goal, language) for goal in goals]
        counts = _counts(published_words(text, language), words)
        shared = [a + b for a, b in zip(shared, counts.shared, strict=True)]
        possible = [a + b for a, b in zip(possible, counts.said, strict=True)]
        length, wanted = length + counts.length, wanted + counts.wanted
    if not length or not wanted:
        return None
    rates = [a / b if b else 0.0 for a, b in zip(shared, possible, strict=True)]
    return _geometric(rates, length, wanted)


def smoothed_bleu(said: Sequence[str], wanted: Sequence[str]) -> float:
    """Return the BLEU of one text against one reference, from words.

    One is added to both counts of the orders from two on (Lin and Och 2004), so that a short
    text has a figure; no order is longer than the reference. 0 when no word is right.
    """
    if not said or not wanted:
        return 0.0
    counts = _counts(said, [wanted])
    rates = [counts.shared[0] / counts.said[0]]
    rates += [
        (right + 1) / (possible + 1)
        for right, possible in zip(counts.shared[1:], counts.said[1:], strict=True)
    ]
    return _geometric(rates[: len(wanted)], len(said), len(wanted))
