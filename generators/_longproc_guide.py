"""The guide of a route: towns without end, a line for each, and lines that lead nowhere."""

from __future__ import annotations

from functools import lru_cache

from synthctx.errors import GenerationError
from synthctx.items import Stock
from synthctx.streams import Stream, Streams

# names of one length, so that none stands inside another: three letters, two, and four
_STARTS = tuple(
    first + vowel + last for first in "BDFGHKLMNPRSTW" for vowel in "aeio" for last in "lnrs"
)
_MIDDLES = tuple(vowel + last for vowel in "aeiou" for last in "bdkmnvz")
_TAILS = """
beck bost burn bury cote crag dale dean edge fell fold ford gate gill gore hall head hill holm hope
hurn keld lade lake land leas lund mead mere mill moor nock over pool port rigg sike side stow thal
tree vale wade ward weir well wick wold
"""
_ENDS = tuple(_TAILS.split())
_NAMES = len(_STARTS) * len(_MIDDLES) * len(_ENDS)
_STEP = 232_663  # prime: any run of numbers has names of all kinds
_OWN = _NAMES // 4  # numbers that samples draw from; the rest is the stock's

BY = ("bus", "train", "plane", "ferry")
_KNOWN_FOR = """
a covered market; an old lighthouse; a row of bakeries; two stone bridges; a museum of clocks;
a rose garden; a leaning tower; a weekly fair; steep narrow streets; a well kept park;
a school of music; apple orchards; a large library; a glass workshop; quiet canals;
a ruined abbey; a windmill on the hill; an open air theatre; painted doors; a busy harbour;
a long sandy beach; a garden of herbs; an observatory; a street of bookshops
"""
KNOWN_FOR = tuple(" ".join(what.split()) for what in _KNOWN_FOR.split(";"))
SERVICES = (
    "The only way on is a {by} from {start} to {stop}.",
    "From {start} one {by} leaves, and it ends in {stop}.",
    "To go on, take the {by} that runs from {start} to {stop}.",
    "{stop} is where the {by} from {start} takes you.",
)
_CIRCLE = 64  # towns of a stock that lead to one another
_CIRCLES = 8


def town(number: int) -> str:
    """Return the name of a town; different numbers have different names."""
    at, end = divmod(number * _STEP % _NAMES, len(_ENDS))
    start, middle = divmod(at, len(_MIDDLES))
    return _STARTS[start] + _MIDDLES[middle] + _ENDS[end]


def own_towns(stream: Stream, n: int, off: bool = False) -> list[str]:
    """Return different towns for one sample, on or off its route; the stock has none of them."""
    half = _OWN // 2
    return [town(half * off + number) for number in stream.sample(range(half), n)]


def vehicles(stream: Stream, n: int) -> list[str]:
    """Return what each service is run with."""
    return [BY[i] for i in stream.integers(0, len(BY), n).tolist()]


def entries(stream: Stream, starts: list[str], by: list[str], stops: list[str]) -> list[str]:
    """Return the line of the guide for each service."""
    known = stream.integers(0, len(KNOWN_FOR), len(starts)).tolist()
    said = stream.integers(0, len(SERVICES), len(starts)).tolist()
    services = zip(starts, by, stops, known, said, strict=True)
    return [
        f"{start} has {KNOWN_FOR[k]}. {SERVICES[s].format(start=start, by=vehicle, stop=stop)}\n"
        for start, vehicle, stop, k, s in services
    ]


@lru_cache(maxsize=8)
def guide(tokenizer: str) -> Stock:
    """Return the stock of lines about towns off every route.

    They lead to one another alone: long ways that come together and end in a circle, so that
    a line of the stock looks like one of a route. Each town has one line.
    """
    size = _CIRCLE * _CIRCLES

    def make(block: int) -> list[str]:
        first = _OWN + block * size
        if first + size > _NAMES:
            raise GenerationError("longproc/path_traversal: there are no more names of towns")
        stream = Streams(["longproc guide"])("block", block)
        every = stream.shuffled([town(first + i) for i in range(size)])
        lines: list[str] = []
        for at in range(0, size, _CIRCLE):
            names = every[at : at + _CIRCLE]
            # two in three go on to the next town, the others to any other one
            leap = stream.integers(1, _CIRCLE, _CIRCLE).tolist()
            on = stream.integers(0, 3, _CIRCLE).tolist()
            ways = [1 if goes_on else far for goes_on, far in zip(on, leap, strict=True)]
            stops = [names[(i + way) % _CIRCLE] for i, way in enumerate(ways)]
            lines += entries(stream, names, vehicles(stream, _CIRCLE), stops)
        return lines

    return Stock(make, together=_CIRCLE)
