"""Pairs of identifiers: drawn, written down, put among others, read back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from synthctx.compose import Room
from synthctx.items import JSON_LINES, LINES, RECORD, Frame, Stock, items_body, put_among
from synthctx.streams import Stream, Streams
from synthctx.tasks import Body

_PER_BLOCK = 2000
_EVIDENCE = 1 << 63  # identifiers of the stock have numbers below
_PAIR = re.compile(r'([^\s"]{36})"?(?:: "| -> )([0-9a-f-]{36})')


class Pair(NamedTuple):
    """A key and its value."""

    key: str
    value: str


class Placed(NamedTuple):
    """A pair and where it is to stand: at a depth; `tie` orders pairs of the same depth."""

    depth: float
    tie: int
    pair: Pair


@dataclass(frozen=True)
class Form:
    """How pairs are written down.

    Attributes:
        said: what the text is called in the instruction.
        item: of a pair.
        frame: what stands round the items.
        opening: lines before the items.
        closing: lines behind them.
    """

    said: str
    item: str
    frame: Frame
    opening: str = ""
    closing: str = ""


FORMS = {
    "json": Form("a JSON object", ' "{}": "{}",', RECORD),
    "json_lines": Form("a JSON object", '"{}": "{}",\n', JSON_LINES, "{\n", "\n}"),
    "lines": Form("a list of lines of the form key -> value", "{} -> {}\n", LINES),
}


def _mixed(numbers: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Return random-looking words, different ones for different numbers.

    Each step can be undone: multiplying by an odd number, and a word by its own upper bits.
    """
    words = (numbers + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))


def identifiers(stream: Stream, n: int, first: int | None = None) -> list[str]:
    """Return `n` identifiers, 32 hexadecimal digits in five groups.

    They have running numbers, and the first 16 digits of an identifier are made of its number
    one to one: so no two are the same, in evidence and stock together.

    Args:
        stream: that the rest of the digits is drawn from.
        n: how many.
        first: number of the first one, below 2**63; None: of evidence.
    """
    if first is None:
        first = _EVIDENCE + stream.below(1 << 62)
    upper = _mixed(np.arange(n, dtype=np.uint64) + np.uint64(first))
    digits = np.stack([upper, stream.raw(n)], axis=1).astype(">u8").tobytes().hex()
    out = []
    for i in range(0, 32 * n, 32):
        h = digits[i : i + 32]
        out.append(f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}")
    return out


def marked(stream: Stream, key: str, marker: str) -> str:
    """Return a key with a marker in place of one digit of its last 16: the first 16 still differ.

    The identifier then has no UUID in it any more.
    """
    at = stream.pick([i for i in range(19, 36) if key[i] != "-"])
    return key[:at] + marker + key[at + 1 :]


@lru_cache(maxsize=8)
def _stock(tokenizer: str, form: str) -> Stock:
    """Return the pairs that nobody asks for."""
    item = FORMS[form].item

    def make(block: int) -> list[str]:
        stream = Streams(["threading", "stock"])("block", block)
        drawn = identifiers(stream, 2 * _PER_BLOCK, 2 * _PER_BLOCK * block)
        return [item.format(k, v) for k, v in zip(drawn[::2], drawn[1::2], strict=True)]

    return Stock(make, FORMS[form].frame.anchor)


def _sorted(stream: Stream, placed: Sequence[Placed]) -> list[Placed]:
    """Return pairs in the order of the text, by chance where depth and tie are the same."""
    return sorted(stream.shuffled(placed), key=lambda p: (p.depth, p.tie))


def body(
    room: Room,
    form: str,
    budget: int,
    asked: Sequence[Placed],
    others: Sequence[Placed] = (),
    least: int = 0,
) -> Body:
    """Return as many pairs as there is room for, those that are asked for at their depths.

    Args:
        room: its stream "items" says which pairs of the stock are taken, "ties" which of
            several pairs at one place comes first.
        form: name of the way they are written.
        budget: tokens.
        asked: the evidence, one pair at least.
        others: pairs that have a place but are no evidence.
        least: pairs that there must be in all.
    """
    written = FORMS[form]
    frame, count = written.frame, len(asked) + len(others)
    ties = room.streams("ties")
    evidence, fixed = _sorted(ties, asked), _sorted(ties, others)
    shown = [written.item.format(*p.pair) for p in (*evidence, *fixed)]
    sizes = room.item_tokens(shown, frame.anchor)
    drawn, tokens, one_more = _stock(room.row.tokenizer, form).draw(room, budget - sum(sizes))
    fewest = max(count + 1, least)
    if count + len(drawn) < fewest:
        needed = room.row.length - budget + -(-sum(sizes) * fewest // count)
        raise room.too_short(f"{fewest:,} pairs, the fewest, need a length of about {needed:,}")
    asked_at = len(evidence)
    around = put_among(drawn, tokens, shown[asked_at:], sizes[asked_at:], [p.depth for p in fixed])
    among = put_among(
        around.items,
        around.tokens,
        shown[:asked_at],
        sizes[:asked_at],
        [p.depth for p in evidence],
    )
    return items_body(room, among, one_more, frame)


def pairs_of(prompt: str) -> list[Pair]:
    """Return the pairs that a prompt shows, in any form."""
    return [Pair(*found) for found in _PAIR.findall(prompt)]
