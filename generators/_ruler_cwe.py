"""Common words extraction: a numbered list in which some words come far more often.

Kept: ten words 30 times each among others 3 times each (below 4,096 tokens 6 times and once), an
example of 40 words (20) with its answer in front, the count told in the question. Changed:
every sample has a layout of its own (published: one shuffle for all of them); no word
stands inside another (published: 28 % do, so that "catalog" names "cat" and "log" too); the
list goes on to the last entry that fits, the last word coming less often than the others
where need be; the example is counted. Where English runs out (near 75,000 tokens) invented
words join, mixed evenly over the list (published: another vocabulary as a whole); the asked
words are English at every length, so that they are the same.

The answer is the only one: a word of the list is asked for if and only if it comes
`common_frequency` times, and every other comes `uncommon_frequency` times or, the last one,
less often. To have counted a part of the list is often enough: the test asks for a summary.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from synthctx.compose import LINE, Room
from synthctx.errors import GenerationError
from synthctx.generators._ruler_words import english, invented
from synthctx.streams import Stream
from synthctx.tasks import Body, Counted, Draft
from synthctx.tokenizers import Counts, Tokenizer, count_many, get_tokenizer

_FREQUENCY = {"type": ["integer", "null"], "default": None}
PARAMS: dict[str, Any] = {
    "common": {"type": "integer", "minimum": 2, "maximum": 50, "default": 10},
    "common_frequency": {
        **_FREQUENCY,
        "minimum": 2,
        "maximum": 1000,
        "description": "null: as published, 30, and 6 below 4,096 tokens",
    },
    "uncommon_frequency": {
        **_FREQUENCY,
        "minimum": 1,
        "maximum": 500,
        "description": "null: as published, 3, and 1 below 4,096 tokens",
    },
    "words": {"enum": ["english", "invented"], "default": "english"},
    "example": {"type": "boolean", "default": True},
}

_PREFIX = (
    "Between the tags stands a numbered list of words. {n} of them come far more often than all "
    "the others. Find out which, for you will be asked to name them.\n\n"
)
_EXAMPLE = (
    "An example:\n\n<list>\n{text}\n</list>\n\n{question}\n{answer}\n\nNow the list for you:\n\n"
)
_QUESTION = "Which {n} words come most often in the list? The {n} most common words are:"
_OPEN, _CLOSE = "<list>\n", "\n</list>\n\n"
_LONG = 4096
_EXAMPLE_OTHERS = 30, 10  # other words of the example; the shorter from _LONG down
_ANSWER, _EACH = 120, 12
_ALLOWANCE = 2  # tokens kept back for the seams at both ends
_CANDIDATES, _TRIED, _BLOCK, _STEP = 200, 60, 4000, 500


# ---------------------------------------------------------------- words and numbers, counted


class _Words:
    """Words of a list and the tokens that each takes behind its number.

    All that is needed to know of a list before it is made: the tokens of its numbers too.
    """

    def __init__(self, tokenizer: Tokenizer, kind: str) -> None:
        said = _PREFIX + _EXAMPLE + _QUESTION
        self.tokenizer = tokenizer
        self.words: list[str] = []
        self.tokens = np.zeros(0, dtype=np.int64)
        self._seen: set[str] = set()
        self._parts = 0
        if kind == "english":
            self._add([word for word in english() if word not in said])
        else:
            self.at_least(_BLOCK)
        self.first = len(self.words)  # what the asked ones are drawn from
        self.labels: list[str] = []
        self.before = np.zeros(1, dtype=np.int64)  # tokens of the numbers up to an entry

    def _add(self, words: list[str]) -> None:
        self.words += words
        made = self._behind(".", [f" {word}" for word in words])
        self.tokens = np.concatenate([self.tokens, made])

    def _behind(self, anchor: str, texts: Sequence[str]) -> Counts:
        counts = count_many(self.tokenizer, [anchor + text for text in texts])
        return counts - self.tokenizer.count(anchor)

    def at_least(self, n: int) -> None:
        """Add invented words until there are `n`."""
        while len(self.words) < n:
            self._add(invented(self._parts, _BLOCK, self._seen))
            self._parts += 1

    def numbers(self, n: int) -> Counts:
        """Return the tokens of the numbers before entry 0, 1, ... and at least `n`."""
        while len(self.labels) < n:
            at = len(self.labels)
            labels = [f" {i}." for i in range(at + 1, at + _BLOCK + 1)]
            made = self._behind("k", labels)
            if at == 0:
                made[0] = self._behind(LINE, ["1."])[0]
            self.labels += [label + " " for label in labels]
            self.before = np.concatenate([self.before, self.before[-1] + np.cumsum(made)])
        return self.before


@lru_cache(maxsize=8)
def _words(tokenizer: str, kind: str) -> _Words:
    return _Words(get_tokenizer(tokenizer), kind)


# ---------------------------------------------------------------- the list


@dataclass(frozen=True)
class _Plan:
    """How often each word of a list comes.

    Attributes:
        which: words by their number in the pool, the common ones first.
        times: how often each comes.
        one_more: tokens that another entry might have taken.
    """

    which: Counts
    times: Counts
    one_more: int


def _frequencies(room: Room) -> tuple[int, int]:
    long = room.row.length >= _LONG
    often, seldom = room.params["common_frequency"], room.params["uncommon_frequency"]
    often = (30 if long else 6) if often is None else int(often)
    seldom = (3 if long else 1) if seldom is None else int(seldom)
    if often <= seldom:
        raise GenerationError(
            f"task {room.row.task}: common_frequency {often} must be above uncommon_frequency"
            f" {seldom}"
        )
    return often, seldom


def _plan(room: Room, pool: _Words, common: Sequence[int], taken: set[int], budget: int) -> _Plan:
    """Fill a budget with whole entries."""
    often, seldom = _frequencies(room)
    asked = np.array(common, dtype=np.int64)
    base = often * int(pool.tokens[asked].sum())
    first = often * len(asked)
    left = budget - base
    others = _others(room, pool, taken, first, seldom, left)
    numbers = pool.numbers(first + seldom * len(others) + 1)
    upto = first + seldom * np.arange(len(others) + 1)
    sizes = pool.tokens[others]
    total = numbers[upto] + seldom * np.concatenate([[0], np.cumsum(sizes)])
    whole = int(np.searchsorted(total, left, side="right")) - 1
    if whole < len(asked):
        needed = base + int(total[min(len(asked), len(total) - 1)])
        raise room.too_short(
            f"{len(asked)} words {often} times each and as many others {seldom} times each take "
            f"{needed:,} tokens, {max(budget, 0):,} are free; raise the length, or lower "
            "common or common_frequency"
        )
    shown, times = others[:whole], [seldom] * whole
    entries, last = int(upto[whole]), 0
    for last in range(seldom):
        more = numbers[entries + last + 1] - numbers[entries] + (last + 1) * sizes[whole]
        if total[whole] + more > left:
            break
    if last:
        shown, times = others[: whole + 1], [*times, last]
    one_more = int(numbers[entries + last + 1] - numbers[entries + last]) + int(sizes[whole])
    return _Plan(
        np.concatenate([asked, shown]),
        np.array([often] * len(asked) + times, dtype=np.int64),
        one_more + _ALLOWANCE,
    )


def _others(
    room: Room, pool: _Words, taken: set[int], first: int, seldom: int, left: int
) -> Counts:
    """Return the other words in an order of the sample's own, a few more than there is room for.

    English words, and so many invented ones as are needed beside them.
    """
    asked = np.array(sorted(taken), dtype=np.int64)
    size, used = pool.first, int(pool.tokens[asked].sum())
    while True:
        pool.at_least(size)
        entries = first + seldom * (size - len(asked))
        words = int(pool.tokens[:size].sum()) - used
        if int(pool.numbers(entries)[entries]) + seldom * words > left:
            break
        size += _STEP
    order = room.streams("items").permutation(size)
    return order[~np.isin(order, asked)]


def _listed(words: Iterable[str]) -> str:
    return " ".join(f"{i}. {word}" for i, word in enumerate(words, 1))


def _body(room: Room, pool: _Words, plan: _Plan) -> tuple[Body, list[str]]:
    """Return the list in an order of the sample's own, and the words shown."""
    entries = np.repeat(plan.which, plan.times)
    n = len(entries)
    common = np.zeros(n, dtype=np.bool_)
    common[: int(plan.times[: room.params["common"]].sum())] = True
    order = room.structure("order").permutation(n)
    entries, common = entries[order], common[order]
    shown = [pool.words[i] for i in entries.tolist()]
    parts = [""] * (2 * n)
    parts[0::2], parts[1::2] = pool.labels[:n], shown
    text = "".join(parts)[1:]
    at = np.flatnonzero(common)
    chars = np.concatenate([[0], np.cumsum([len(part) for part in parts])])[::2]
    tokens = pool.before[: n + 1] + np.concatenate([[0], np.cumsum(pool.tokens[entries])])
    spans = list(zip(chars[at].tolist(), (chars[at + 1] - 1).tolist(), strict=True))
    head = min(n, _TRIED)
    tried = room.item_tokens([_listed(shown[:head])], LINE)[0]
    counted = Counted(int(tokens[-1]), tokens[at].tolist(), tokens[at + 1].tolist())
    adds_up = tried == tokens[head]
    return Body(text, spans, plan.one_more, counted=counted if adds_up else None), shown


def _example(room: Room, pool: _Words, taken: set[int]) -> str:
    """Return a short list with its answer, made of words that the sample does not have."""
    stream, n = room.streams("example"), int(room.params["common"])
    long = room.row.length >= _LONG
    others, often, seldom = (_EXAMPLE_OTHERS[0], 10, 3) if long else (_EXAMPLE_OTHERS[1], 3, 1)
    drawn = _draw(stream, pool, n + _EXAMPLE_OTHERS[0], taken)[: n + others]
    taken.update(drawn)
    words = [pool.words[i] for i in drawn]
    entries = stream.shuffled(words[:n] * often + words[n:] * seldom)
    return _EXAMPLE.format(
        text=_listed(entries), question=_QUESTION.format(n=n), answer=_listed(words[:n])
    )


def _draw(stream: Stream, pool: _Words, n: int, taken: set[int]) -> list[int]:
    return [i for i in stream.sample(range(pool.first), n + len(taken)) if i not in taken][:n]


def _candidates(shown: list[str], asked: set[str]) -> list[str]:
    """Return the other words that come first and last in the list."""
    out: dict[str, None] = {}
    for most, words in ((_CANDIDATES, iter(shown)), (2 * _CANDIDATES, reversed(shown))):
        for word in words:
            if len(out) >= most:
                break
            if word not in asked:
                out.setdefault(word)
    return list(out)


def build(room: Room) -> Draft:
    """Draw the common words, then as many others as there is room for."""
    n, pool = int(room.params["common"]), _words(room.row.tokenizer, room.params["words"])
    common = room.streams("evidence").sample(range(pool.first), n)
    taken = set(common)
    example = _example(room, pool, taken) if room.params["example"] else ""
    prefix = _PREFIX.format(n=n) + example + _OPEN
    suffix = _CLOSE + _QUESTION.format(n=n)
    most = max(_ANSWER, _EACH * n)
    plan = _plan(room, pool, common, taken, room.budget(prefix, suffix, most))
    body, shown = _body(room, pool, plan)
    asked = [pool.words[i] for i in common]
    rule = {"kind": "word", "candidates": _candidates(shown, set(asked))}
    return Draft(prefix, body, suffix, asked, most, rule)


# ---------------------------------------------------------------- the reader

_ENTRY = re.compile(r"\d+\. ([a-z]+)")


def _parts(prompt: str) -> tuple[list[str], int]:
    """Return the words of the list, not of the example, and how many are asked for."""
    before, _, after = prompt.rpartition("</list>")
    asked = re.search(r"Which (\d+) words", after)
    return _ENTRY.findall(before.rpartition("<list>")[2]), int(asked[1][:4]) if asked else 0


def read(prompt: str) -> str:
    """Count the words."""
    words, n = _parts(prompt)
    return ", ".join(word for word, _ in Counter(words).most_common(n))


def guesses(prompt: str) -> list[str]:
    """Return the first hundred words, those that come least often, the example's answer."""
    words, n = _parts(prompt)
    counts = Counter(words)
    few = list(counts)[:100]
    example = re.findall(r"are:\n(.+)\n", prompt)
    rare = [word for word, _ in counts.most_common()[: -n - 1 : -1]]
    return [" ".join(few), ", ".join(few), "\n".join(few), ", ".join(rare), *example[:1]]
