"""The candidates of a generated question: those that it needs, and others off the shelf."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from synthctx.compose import Room
from synthctx.documents import END
from synthctx.errors import SuiteError
from synthctx.generators._adaleval_list import (
    ALLOWANCE,
    Candidate,
    fitting,
    label_of,
    labels_from,
    listed,
    place_of,
    size_of,
)
from synthctx.generators._adaleval_offers import THINGS, Thing
from synthctx.generators._adaleval_wishes import (
    ATTRIBUTES,
    Problem,
    Values,
    Wish,
    fulfilled,
    names,
    problem,
    scale,
    tell,
)
from synthctx.haystack import several
from synthctx.items import Stock
from synthctx.prose import block as prose_block
from synthctx.streams import Streams, ranking
from synthctx.tasks import Body

_BLOCK = 500  # records of a shelf made at a time
_LARGEST = 1000  # tokens that no candidate off the shelf has


class Shelf:
    """Things that any question can have among its candidates, made and counted once.

    Args:
        thing: what they are.
        tier: how they are told.
    """

    def __init__(self, thing: Thing, tier: str) -> None:
        self._thing, self._tier = thing, tier
        self._blocks: list[Values] = []
        self._texts: list[str] = []
        self._tokens: list[int] = []
        self._total = 0

    def _grow(self, room: Room) -> None:
        number = len(self._blocks)
        streams = Streams(["adaleval/best_answer", self._thing.noun, self._tier, number])
        columns = []
        for at in range(ATTRIBUTES):
            every = np.array(scale(self._thing, at), dtype=np.int64)
            columns.append(every[streams("values", at).integers(0, len(every), _BLOCK)])
        values = np.stack(columns, axis=1)
        adjectives, nouns = names(own=False)
        order = Streams("adaleval/best_answer names")("order").permutation(
            len(adjectives) * len(nouns)
        )
        texts = []
        for k, record in enumerate(values.tolist()):
            again, code = divmod(number * _BLOCK + k, len(order))
            at = int(order[code])
            name = f"{adjectives[at // len(nouns)]} {nouns[at % len(nouns)]}"
            name += f" {again + 1}" if again else ""
            texts.append(tell(self._thing, self._tier, streams("told", k), name, record) + END)
        tokens = room.line_tokens(texts)
        self._blocks.append(values)
        self._texts += texts
        self._tokens += tokens
        self._total += sum(tokens)

    def draw(self, room: Room, tokens: int, wishes: list[Wish]) -> list[Candidate]:
        """Return different candidates of somewhat more tokens that fail at least one wish each."""
        wanted = several(max(tokens, 1))
        while True:
            while self._total < wanted:
                self._grow(room)
            sizes = np.array(self._tokens, dtype=np.int64)
            first = int(np.searchsorted(np.cumsum(sizes), wanted)) + 1
            values = np.concatenate(self._blocks)[:first]
            right = np.all(fulfilled(values, wishes), axis=1)
            order = ranking(room.streams("candidates").raw(len(values)))
            order = order[~right[order]]
            total = np.cumsum(sizes[order])
            if len(total) > 1 and total[-2] > tokens:  # one wish alone may leave few
                break
            wanted *= 2
        enough = order[: int(np.searchsorted(total, tokens)) + 2].tolist()
        return [Candidate([self._texts[i]], [self._tokens[i]]) for i in enough]


@lru_cache(maxsize=32)
def shelf(tokenizer: str, thing: str, tier: str) -> Shelf:
    """Return the shelf of a thing, by its noun, as one tokenizer counts it."""
    return Shelf(next(t for t in THINGS if t.noun == thing), tier)


@lru_cache(maxsize=8)
def remarks(tokenizer: str) -> Stock:
    """Return the stock of paragraphs that make candidates longer."""

    def make(block: int) -> list[str]:
        return [" ".join(paragraph) + END for paragraph in prose_block("en", block)]

    return Stock(make)


def problem_of(room: Room) -> Problem:
    """Return the question of a row, with the records that it needs.

    Raises:
        SuiteError: more records are needed than there are candidates.
    """
    n, wishes = room.params["candidates"], int(room.params["constraints"])
    misses = int(room.params["near_misses"])
    if n is not None and n < 1 + wishes * misses:
        raise SuiteError(
            f"task {room.row.task}: {n} candidates are too few for {wishes} constraints with"
            f" {misses} near {'miss' if misses == 1 else 'misses'} each: the right one and those"
            f" are {1 + wishes * misses}; raise candidates, or lower constraints or near_misses"
        )
    stream = room.streams("evidence")
    return problem(stream.pick(THINGS), stream, wishes, misses)


def own_candidates(room: Room, asked: Problem) -> list[Candidate]:
    """Return the candidates that a problem needs, the right one first."""
    tier, needed = room.params["tier"], set(asked.needed)
    told = [
        tell(asked.thing, tier, room.streams("told", k), name, record) + END
        for k, (name, record) in enumerate(zip(asked.names, asked.records, strict=True))
    ]
    sizes = room.line_tokens(told)
    return [
        Candidate([text], [size], 0 if k in needed else None)
        for k, (text, size) in enumerate(zip(told, sizes, strict=True))
    ]


def _others(room: Room, asked: Problem, own: int, left: int) -> tuple[list[Candidate], int]:
    """Return candidates off the shelf next to those of a problem, and the tokens of one more."""
    n = room.params["candidates"]
    if n == own:
        return [], 0
    held = shelf(room.row.tokenizer, asked.thing.noun, room.params["tier"])
    ample = left if n is None else min(left, _LARGEST * (n - own))
    drawn = held.draw(room, ample, asked.wishes)
    keep, one_more = fitting(room, [c.size for c in drawn], own, left)
    if n is None:
        return drawn[:keep], one_more
    if own + keep < n:
        mean = size_of(room, drawn, own) // len(drawn)
        raise room.too_short(
            f"{own + keep:,} of {n:,} candidates fit; {n:,} take about"
            f" {room.row.length - left + (n - own) * mean:,} tokens"
        )
    return drawn[: n - own], 0


def _lengthen(room: Room, shown: list[Candidate], gold: int, left: int) -> int:
    """Add remarks to candidates, all to the same length, and return the tokens of one more.

    What is said of the thing stands anywhere between them; of the right candidate, at the depth
    asked for.
    """
    texts, sizes, one_more = remarks(room.row.tokenizer).draw(room, left, "remarks")
    total, n, depth = np.cumsum([0, *sizes]), len(shown), room.row.depth
    cuts = np.searchsorted(total[1:], np.arange(n + 1) * total[-1] / n).tolist()
    places = room.streams("places").uniform(n).tolist()
    for k, candidate in enumerate(shown):
        start, end = cuts[k], cuts[k + 1] if k < n - 1 else len(texts)
        at = start + int(places[k] * (end - start + 1))
        if k == gold and depth is not None:
            at = start + int(np.argmin(np.abs(total[start : end + 1] - depth * total[-1])))
        candidate.texts = [*texts[start:at], *candidate.texts, *texts[at:end]]
        candidate.tokens = [*sizes[start:at], *candidate.tokens, *sizes[at:end]]
        candidate.needed = None if candidate.needed is None else at - start
    return one_more


def body_of(room: Room, asked: Problem, budget: int) -> tuple[Body, int, int]:
    """Return the candidates of a problem as a body, the number of the right one, and how many."""
    own, free = own_candidates(room, asked), budget - ALLOWANCE
    fitted, _ = fitting(room, [c.size for c in own], 0, free)
    if fitted < len(own):
        needed = room.row.length - free + size_of(room, own, 0) + ALLOWANCE
        raise room.too_short(
            f"of the right candidate and its near misses, {len(own)} in all, {fitted} fit into"
            f" {max(0, budget):,} tokens; raise the length to about {needed:,} or lower"
            " constraints or near_misses"
        )
    left = free - size_of(room, own, 0)
    drawn, one_more = _others(room, asked, len(own), left)
    others = room.streams("order").shuffled([*own[1:], *drawn])
    n, fixed = 1 + len(others), room.params["candidates"] is not None
    label = label_of(room, n)
    place = place_of(room, label, [c.size for c in others])
    if fixed and room.row.depth is not None:  # all are made equally long
        place = min(n - 1, int(room.row.depth * n))
    shown = [*others[:place], own[0], *others[place:]]
    if fixed:
        one_more = _lengthen(room, shown, place, left - size_of(room, drawn, len(own)))
    return listed(room, shown, labels_from(label, place, n), one_more), label, n
