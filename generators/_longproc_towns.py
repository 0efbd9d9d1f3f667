"""Made-up towns in one word each, and flights that nobody asks about.

Some towns are kept for visits. No flight between two of those is in the stock, so that a sample
need not look through what it draws: flights from, to and between all others are of no use.
"""

from __future__ import annotations

import re
from functools import lru_cache
from math import gcd

from synthctx.items import Stock
from synthctx.streams import Streams

_FIRST = """
Alder Amber Ash Barley Birch Black Bracken Briar Bright Brook Candle Cedar Clover Cold Copper
Crane Curlew Dove Drum East Elder Ember Fallow Fern Flint Fox Frost Gild Glen Gorse Grey Hare
Hawk Hazel Heather High Holly Iron Juniper Kestrel Lark Linden Long Maple Mill North Oaken Otter
Pebble Pine Quarry Raven Reed Rowan Salt Sedge Silver Slate South Spring Stone Swan Tall Thistle
Timber Velvet Walnut West Wheat White Willow Winter Wren Yarrow
"""
_LAST = "borough bridge bury combe dale fell field ford gate ham hurst ley mere mouth stead wick"
FLIGHT = "From {} to {}.\n"
_VISITED = 240
_LINES = 16  # of a bundle
_BUNDLES = 150  # in a block
_STEP = 317


@lru_cache(maxsize=1)
def towns() -> tuple[str, ...]:
    """Return all towns, in a fixed order; no name stands inside another."""
    joined = (first + last for first in _FIRST.split() for last in _LAST.split())
    return tuple(name for name in joined if re.search(r"(.)\1\1", name) is None)


@lru_cache(maxsize=1)
def _order() -> tuple[str, ...]:
    return tuple(Streams(["towns"])("order").shuffled(towns()))


def visited() -> tuple[str, ...]:
    """Return the towns that a journey may be asked to visit."""
    return _order()[:_VISITED]


def elsewhere() -> tuple[str, ...]:
    """Return all other towns."""
    return _order()[_VISITED:]


@lru_cache(maxsize=1)
def _stride() -> tuple[int, int]:
    """Return how many pairs of different towns there are, and a step that meets each once."""
    pairs = len(towns()) * (len(towns()) - 1)
    stride = pairs // 7 * 4 + _STEP
    while gcd(stride, pairs) > 1:
        stride += 1
    return pairs, stride


def _line(number: int) -> str:
    """Return the flight of a number, "" where it joins two towns that are kept for visits."""
    names = _order()
    pairs, stride = _stride()
    start, end = divmod(number * stride % pairs, len(names) - 1)
    end += end >= start
    return "" if max(start, end) < _VISITED else FLIGHT.format(names[start], names[end])


def _lines(numbers: range) -> list[str]:
    return [line for number in numbers if (line := _line(number))]


@lru_cache(maxsize=8)
def bundles(tokenizer: str) -> Stock:
    """Return the stock of bundles of flights; no flight is in it twice."""
    last = _stride()[0] // 8 * 7

    def make(block: int) -> list[str]:
        first = block * _BUNDLES * _LINES
        lines = _lines(range(first, min(first + _BUNDLES * _LINES, last)))
        return ["".join(lines[at : at + _LINES]) for at in range(0, len(lines), _LINES)]

    return Stock(make)


@lru_cache(maxsize=8)
def flights(tokenizer: str) -> Stock:
    """Return the stock of single flights, none of which is in a bundle."""
    first = _stride()[0] // 8 * 7

    def make(block: int) -> list[str]:
        start = first + block * _BUNDLES
        return _lines(range(start, start + _BUNDLES))

    return Stock(make)
