"""Ways from key to key: where their pairs stand, and trees of them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import NamedTuple

from synthctx.streams import Stream


def hops(
    stream: Stream, levels: Sequence[int], length: int, direction: str, last: float | None
) -> list[tuple[float, int]]:
    """Return where pairs stand (depth and tie) by level: how many pairs of a way precede them.

    Args:
        stream: to draw from.
        levels: of each pair; those of the longest way come first.
        length: pairs of the longest way.
        direction: which way the levels run.
        last: depth of the last pair of the longest way, None: left to chance.
    """
    drawn = [float(u) for u in stream.uniform(len(levels))]
    if direction == "random":
        if last is not None:
            drawn[length - 1] = last
        way = drawn[:length]
        if length > 2 and way in (sorted(way), sorted(way, reverse=True)):
            drawn[0], drawn[1] = drawn[1], drawn[0]
        return [(u, 0) for u in drawn]
    ahead = direction == "forward"
    low, high, bands = 0.0, 1.0, length
    if last is not None:
        low, high, bands = (0.0, last, length - 1) if ahead else (last, 1.0, length - 1)
    out = []
    for level, u in zip(levels, drawn, strict=True):
        band = level if ahead else bands - 1 - level
        out.append((low + (high - low) * (band + u) / bands, level if ahead else -level))
    if last is not None:
        out[length - 1] = (last, out[length - 1][1])
    return out


class Edge(NamedTuple):
    """A pair of a tree: from one node to the next, after `level` others."""

    start: int
    end: int
    level: int


def tree(stream: Stream, length: int, branching: int, bushy: bool) -> list[Edge]:
    """Return the pairs of a tree, first those of the one way that has full length, from node 0.

    Every key of that way but the last has `branching` values. One leads on; at each of the
    others a decoy begins, of no pairs more or of some, and one pair too short at the most.

    Args:
        stream: to draw the lengths of decoys from.
        length: pairs of the longest way.
        branching: values of a key.
        bushy: the keys of decoys have as many values (their last one has one, as the last of
            the longest way has): else one could tell a decoy by one look ahead.
    """
    edges = [Edge(i, i + 1, i) for i in range(length)]
    nodes = count(length + 1)
    for left in range(length - 1):
        for _ in range(branching - 1):
            at, top = left, left + stream.between(0, length - left - 2)
            for level in range(left, top + 1):
                inner = bushy and left < level < top
                ends = [next(nodes) for _ in range(branching if inner else 1)]
                edges += [Edge(at, end, level) for end in ends]
                at = ends[0]
    return edges
