"""Frequent words extraction: made-up words, each as often as its rank says.

Kept: words of six small letters in random order, the word of rank r coming in proportion to
r to the power of -2, the three of ranks 2, 3 and 4 asked for. Changed: the token of dots that is
published as rank 1, three fifths of the whole text, is left out (`dots` puts it back); every
sample has a layout of its own; the text goes on to the last word that fits. As published the
counts are rounded down, so that words of high rank come in no text.

The answer is the only one: counts of neighbouring ranks, down to the first that is not asked
for, differ by two at least (else the length is refused as too short), and what rounding leaves
of the length goes to the rarest words, never so far that this would cease to hold. All words
have one length, so that none stands inside another. A part of the text is enough to see the
most frequent words in: that is in the nature of the distribution; a lower `alpha` evens it out.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from typing import Any

import numpy as np

from synthctx.compose import LINE, Room
from synthctx.streams import Streams
from synthctx.tasks import Body, Counted, Draft
from synthctx.tokenizers import Counts, Tokenizer, count_many, get_tokenizer

PARAMS: dict[str, Any] = {
    "vocabulary": {
        "type": ["integer", "null"],
        "minimum": 4,
        "maximum": 50_000,
        "default": None,
        "description": "ranks; null: as published, one for each 50 tokens of the prompt",
    },
    "alpha": {"type": "number", "minimum": 1.1, "maximum": 4.0, "default": 2.0},
    "word_length": {"type": "integer", "minimum": 4, "maximum": 12, "default": 6},
    "asked": {"type": "integer", "minimum": 1, "maximum": 20, "default": 3},
    "dots": {
        "type": "boolean",
        "default": False,
        "description": "whether rank 1 is a token of dots, as published: 60 % of the text",
    },
}

_DOTS = "...."
_PREFIX = (
    "The text between the tags is written in words of a made-up code, in no order.{dots} Find "
    "out which words come most often, for you will be asked to name them.\n\n<text>\n"
)
_NO_WORD = " Dots between the words mean nothing and are to be left out."
_SUFFIX = (
    "\n</text>\n\nWhich {n} words come most often in the text? The {n} most frequent words are:"
)
_SUFFIX_ONE = "\n</text>\n\nWhich 1 word comes most often in the text? The most frequent word is:"
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_ANSWER, _EACH = 50, 12
_ALLOWANCE = 2  # tokens kept back for the seams at both ends
_GAP = 2  # by which the counts of neighbouring ranks differ
_BLOCK, _FIRST, _TRIED, _CANDIDATES = 4000, 2000, 60, 100
_BITS = 36  # of a weight: whole numbers, so that no machine rounds otherwise


# ---------------------------------------------------------------- words, counted


class _Code:
    """Made-up words of one length without end, and the tokens of each behind another."""

    def __init__(self, tokenizer: Tokenizer, letters: int) -> None:
        self.words: list[str] = []
        self.tokens = np.zeros(0, dtype=np.int64)
        self._tokenizer, self._letters, self._parts = tokenizer, letters, 0
        self.dots = int(self._behind([f" {_DOTS}"])[0])

    def _behind(self, texts: list[str]) -> Counts:
        counts = count_many(self._tokenizer, ["k" + text for text in texts])
        return counts - self._tokenizer.count("k")

    def at_least(self, n: int) -> None:
        """Make more words until there are `n`."""
        said = _PREFIX + _NO_WORD + _SUFFIX + _SUFFIX_ONE
        while len(self.words) < n:
            stream = Streams(["ruler", "code", self._letters])("part", self._parts)
            self._parts += 1
            rows = stream.integers(0, 26, _BLOCK * self._letters).reshape(_BLOCK, -1).tolist()
            drawn = dict.fromkeys("".join(_LETTERS[i] for i in row) for row in rows)
            seen = set(self.words)
            fresh = [word for word in drawn if word not in seen and word not in said]
            self.words += fresh
            made = self._behind([f" {word}" for word in fresh])
            self.tokens = np.concatenate([self.tokens, made])


@lru_cache(maxsize=8)
def _code(tokenizer: str, letters: int) -> _Code:
    return _Code(get_tokenizer(tokenizer), letters)


# ---------------------------------------------------------------- how often each comes


@lru_cache(maxsize=32)
def _weights(alpha: float, ranks: int) -> Counts:
    """Return what the ranks 1, 2, ... weigh, in units of 2**-36."""
    return np.array([int(r**-alpha * 2**_BITS) for r in range(1, ranks + 1)], dtype=np.int64)


def _times(room: Room, sizes: Counts, dots: int, budget: int) -> Counts:
    """Return how often the dots and the words of rank 2, 3, ... come, to fill a budget.

    Args:
        room: whose parameters count.
        sizes: tokens of the words by rank.
        dots: tokens of the dots, 0 where there are none.
        budget: tokens to be filled.
    """
    asked = int(room.params["asked"])
    weights = _weights(float(room.params["alpha"]), len(sizes) + 1)
    each = np.concatenate([[dots], sizes])

    def total(scale: int) -> int:
        return int((((weights * scale) >> _BITS) * each).sum())

    low, high = 0, 2
    while total(high) <= budget and high < 1 << 26:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if total(middle) <= budget else (low, middle)
    times = (weights * low) >> _BITS
    times[0] *= dots > 0
    _spread(times, each, budget - int((times * each).sum()), asked)
    if low == 0 or int((times[1 : asked + 1] - times[2 : asked + 2]).min()) < _GAP:
        raise room.too_short(
            f"the counts of {asked} frequent words and of the next cannot differ by {_GAP} in "
            f"{max(budget, 0):,} tokens; raise the length, or lower asked or alpha"
        )
    return times


def _spread(times: Counts, each: Counts, left: int, asked: int) -> None:
    """Give what is left of a budget to words that do not come yet, then to the rarest."""
    new = np.flatnonzero(times[asked + 1 :] == 0) + asked + 1
    for rank in [*new.tolist(), *range(len(times) - 1, asked, -1)]:
        if left < int(each[1:].min()):
            return
        if each[rank] <= left and times[rank] + 1 <= times[asked] - _GAP:
            times[rank] += 1
            left -= int(each[rank])


def build(room: Room) -> Draft:
    """Draw the asked words, then the others, and put all in random order."""
    p = room.params
    n, dots = int(p["asked"]), bool(p["dots"])
    prefix = _PREFIX.format(dots=_NO_WORD if dots else "")
    suffix = _SUFFIX_ONE if n == 1 else _SUFFIX.format(n=n)
    most = max(_ANSWER, _EACH * n)
    budget = room.budget(prefix, suffix, most)
    ranks = p["vocabulary"] or max(room.window(most), 0) // 50
    ranks = max(int(ranks) - 1, n + 1)  # the first one is the dots
    code = _code(room.row.tokenizer, int(p["word_length"]))
    size = max(_FIRST, 2 * ranks)  # whatever longer texts have made
    code.at_least(size)
    asked = room.streams("evidence").sample(range(_FIRST), n)
    order = room.streams("items").permutation(size)
    others = order[~np.isin(order, asked)][: ranks - n]
    words = np.concatenate([np.array(asked, dtype=np.int64), others])
    times = _times(room, code.tokens[words], code.dots if dots else 0, budget)
    body = _body(room, code, words, times)
    answers = [code.words[i] for i in asked]
    candidates = [code.words[i] for i in others[times[n + 1 :] > 0][:_CANDIDATES].tolist()]
    rule = {"kind": "word", "candidates": candidates + [_DOTS] * dots}
    return Draft(prefix, body, suffix, answers, most, rule)


def _body(room: Room, code: _Code, words: Counts, times: Counts) -> Body:
    """Return the text, all of which is evidence: each word of it counts."""
    ranks = np.repeat(np.arange(len(times)), times)
    ranks = ranks[room.streams("order").permutation(len(ranks))]
    shown = words[: int(ranks.max())].tolist()
    names = np.array([" " + _DOTS, *(" " + code.words[i] for i in shown)], dtype=object)
    text = "".join(names[ranks].tolist())[1:]
    each = np.concatenate([[code.dots], code.tokens[words]])[ranks]
    each[0] = room.item_tokens([names[ranks[0]][1:]], LINE)[0]
    total = int(each.sum())
    one_more = int(code.tokens[words].max()) + _ALLOWANCE
    tried = "".join(names[ranks[:_TRIED]].tolist())[1:]
    adds_up = room.item_tokens([tried], LINE)[0] == int(each[:_TRIED].sum())
    counted = Counted(total, [0], [total]) if adds_up else None
    return Body(text, [(0, len(text))], one_more, counted=counted)


# ---------------------------------------------------------------- the reader


def _parts(prompt: str) -> tuple[list[str], int]:
    """Return the words and dots of the text, and how many words are asked for."""
    before, _, after = prompt.rpartition("</text>")
    asked = re.search(r"Which (\d+) words? comes? most", after)
    return before.rpartition("<text>")[2].split(), int(asked[1][:4]) if asked else 0


def read(prompt: str) -> str:
    """Count the words."""
    words, n = _parts(prompt)
    counts = Counter(words)
    del counts[_DOTS]
    return ", ".join(word for word, _ in counts.most_common(n))


def guesses(prompt: str) -> list[str]:
    """Return the dots, the first hundred words, and those that come least often."""
    words, n = _parts(prompt)
    counts = Counter(words)
    del counts[_DOTS]
    few = list(counts)[:100]
    rare = [word for word, _ in counts.most_common()[: -n - 1 : -1]]
    return [_DOTS, " ".join(few), ", ".join(few), "\n".join(few), ", ".join(rare)]
