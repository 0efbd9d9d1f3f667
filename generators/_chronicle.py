"""Chronicles for a test of order: what the parts say, proved to allow one order only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from synthctx.errors import GenerationError
from synthctx.names import people
from synthctx.streams import Stream, Streams

_TRIES = 20

THINGS = ("guild seal", "harbour key", "survey map", "court ledger", "tower lamp", "river charter")
GOODS = ("sacks of barley", "casks of lamp oil", "bales of wool", "crates of candles")
_TRADES = """
baker brewer cartwright chandler cooper dyer fletcher fuller glazier glover mason miller potter
saddler shipwright smith tanner thatcher tiler turner weaver wheelwright
"""
_START = "Here the chronicle finds the {thing} in the care of {who}."
_OPENINGS = (
    "As this sets in, the {thing} lies with {who}.",
    "To begin with, the {thing} is in the charge of {who}.",
    "For the time being the {thing} still belongs to the duties of {who}.",
)
_CLOSINGS = (
    "In the end the {thing} passes to {who}.",
    "Before the page is full, the {thing} has been handed to {who}.",
    "By the close the {thing} has gone over to {who}.",
)
_END = "After that the {thing} stays with {who}."
_ALIAS = "{name} is the {trade}."
_STOCK_START = "Here the chronicle finds {n} {thing} in the store."
_GAINS = (
    "On balance {n} {thing} come into the store here.",
    "Over these pages the store gains {n} {thing}.",
)
_LOSSES = (
    "On balance {n} {thing} leave the store here.",
    "Over these pages the store loses {n} {thing}.",
)
_STOCKS = (
    "At the last count of these pages {n} {thing} are left in the store.",
    "The tally at the close is {n} {thing}.",
)
# not the number of the last count itself: that would join the last part to it by a word
_STOCK_END = "Right after that {by} {thing} leave the store again, and {n} {thing} are left."


State = tuple[str, str]


@dataclass(frozen=True)
class Chronicle:
    """The clues of a sample, parts in reading order.

    Attributes:
        before: sentences of the paragraph before the first part.
        after: the sentence after the last part.
        clues: of each part, what it sets in with and what it leaves off with.
        states: the same, as (thing, where or how many).
        start: state before the first part; end: state after the last.
        forbidden: what the filler may not hold.
    """

    before: list[str]
    after: str
    clues: list[tuple[str, str]]
    states: list[tuple[State, State]]
    start: State
    end: State
    forbidden: list[str]


def count_orders(clues: Sequence[tuple[State, State]], start: State, end: State) -> int:
    """Return how many orders of the parts agree with all that is said about the states.

    A thing stays where it is until a part moves it; where it is before anything is said of it
    is open. So this counts more than chains in which each part joins on to the one before it.

    Args:
        clues: of each part, the state at its beginning and the state that it brings about.
        start: state before the first part.
        end: state after the last part.
    """
    ways = {(0, frozenset([start])): 1}  # (set of parts read, all that is known) -> ways
    for _ in clues:
        ahead: dict[tuple[int, frozenset[State]], int] = {}
        for (read, known), n in ways.items():
            world = dict(known)
            for i, (needs, leaves) in enumerate(clues):
                if not read >> i & 1 and world.get(needs[0], needs[1]) == needs[1]:
                    key = (read | 1 << i, frozenset((world | dict([needs, leaves])).items()))
                    ahead[key] = ahead.get(key, 0) + n
        ways = ahead
    return sum(n for (_, known), n in ways.items() if end in known)


def _handed_on(stream: Stream, n: int, things: int) -> Chronicle:
    """Link the parts by who keeps a thing; of two things, by one at a time, in turn."""
    kept = stream.sample(THINGS, things)
    names = people("en", stream, n // things + 1)
    keepers = [stream.shuffled(names) for _ in kept]
    links = [(kept[k % things], keepers[k % things][k // things]) for k in range(n + 1)]
    clues = [
        (
            stream.pick(_OPENINGS).format(thing=a, who=who),
            stream.pick(_CLOSINGS).format(thing=b, who=next_),
        )
        for (a, who), (b, next_) in pairwise(links)
    ]
    return Chronicle(
        [_START.format(thing=links[0][0], who=links[0][1])],
        _END.format(thing=links[-1][0], who=links[-1][1]),
        clues,
        list(pairwise(links)),
        links[0],
        links[-1],
        [*kept, *names],
    )


def _by_trade(stream: Stream, n: int) -> Chronicle:
    """Link the parts by persons, named at one side of a link, known by their trade at the other."""
    thing = stream.pick(THINGS)
    names, trades = people("en", stream, n + 1), stream.sample(_TRADES.split(), n + 1)
    sides = [
        (name, f"the {trade}") if stream.chance(0.5) else (f"the {trade}", name)
        for name, trade in zip(names, trades, strict=True)
    ]
    clues = [
        (
            stream.pick(_OPENINGS).format(thing=thing, who=here[1]),
            stream.pick(_CLOSINGS).format(thing=thing, who=there[0]),
        )
        for here, there in pairwise(sides)
    ]
    known = [
        _ALIAS.format(name=name, trade=trade) for name, trade in zip(names, trades, strict=True)
    ]
    states = [(thing, name) for name in names]
    return Chronicle(
        [*stream.shuffled(known), _START.format(thing=thing, who=sides[0][0])],
        _END.format(thing=thing, who=sides[-1][1]),
        clues,
        list(pairwise(states)),
        states[0],
        states[-1],
        [thing, *names],
    )


def _by_stock(stream: Stream, n: int) -> Chronicle:
    """Link the parts by a stock: each says what it changes by and what is left in the end."""
    goods = stream.pick(GOODS)
    stocks = stream.sample(range(200, 1000), n + 1)

    def change(by: int) -> str:
        return stream.pick(_GAINS if by > 0 else _LOSSES).format(n=abs(by), thing=goods)

    clues = [
        (change(b - a), stream.pick(_STOCKS).format(n=b, thing=goods)) for a, b in pairwise(stocks)
    ]
    told = {*stocks, *(abs(b - a) for a, b in pairwise(stocks))}
    left = [n for n in range(1, stocks[-1]) if not {n, stocks[-1] - n} & told]
    rest = stream.pick(left)
    states = [(goods, str(stock)) for stock in stocks]
    return Chronicle(
        [_STOCK_START.format(n=stocks[0], thing=goods)],
        _STOCK_END.format(by=stocks[-1] - rest, n=rest, thing=goods),
        clues,
        list(pairwise(states)),
        states[0],
        states[-1],
        [goods],
    )


def chronicle(streams: Streams, tier: str, n: int) -> Chronicle:
    """Return the clues of a sample, proved to allow one order only.

    Raises:
        GenerationError: no such clues were found.
    """
    for attempt in range(_TRIES):
        stream = streams("evidence", attempt)
        if tier == "computed":
            made = _by_stock(stream, n)
        elif tier == "alias":
            made = _by_trade(stream, n)
        else:
            made = _handed_on(stream, n, 2 if tier == "interleaved" else 1)
        if count_orders(made.states, made.start, made.end) == 1:
            return made
    raise GenerationError(f"adaleval/tsort: no {n} parts with one order only were found")
