"""Bodies made of items: a stock of them counted once, what a sample needs put among them.

An item is a line, or a record of a list on one line; it is counted behind an anchor, what
stands before it, so that counts add up (tried before they are trusted). Items of a stock are
the same for all samples: a sample draws some of them, in an order of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import count

import numpy as np

from synthctx.compose import LINE, Room
from synthctx.haystack import several
from synthctx.names import uuids
from synthctx.streams import Streams, ranking
from synthctx.tasks import Body, Counted
from synthctx.tokenizers import Counts, token_starts

_ALLOWANCE = 2  # tokens that a budget keeps back for the seams at both ends of a body
_TRIED = 60


class Stock:
    """Items without end, in blocks: made once, counted once.

    Args:
        make: `make(block)` gives the items of block 0, 1, ...: for lines with the newline
            behind each, for records on one line with the blank before each. All differ.
        anchor: what stands before an item; the end of an item, in fact.
        together: items that are drawn as a group; a block is whole groups.

    Keep one for each tokenizer (lru_cache): the counts are of the room it is first drawn in.
    """

    def __init__(
        self, make: Callable[[int], Sequence[str]], anchor: str = LINE, together: int = 1
    ) -> None:
        self.anchor = anchor
        self._together = together
        self._make = make
        self._numbers = count()
        self._items: list[str] = []
        self._tokens: list[int] = []
        self._total = 0

    def draw(
        self,
        room: Room,
        tokens: int,
        label: str = "items",
        but: Callable[[str], bool] | None = None,
    ) -> tuple[list[str], list[int], int]:
        """Return different items of no more than so many tokens, their tokens, those of one more.

        Args:
            room: whose streams say which items.
            tokens: how many there is room for; none and below give no item.
            label: of the stream that is drawn from.
            but: items that this sample may not have.
        """
        wanted = several(max(tokens, 1))
        while self._total < wanted:
            items = list(self._make(next(self._numbers)))
            made = room.item_tokens(items, self.anchor)
            self._items += items
            self._tokens += made
            self._total += sum(made)
        sizes = np.array(self._tokens, dtype=np.int64)
        groups = int(np.searchsorted(np.cumsum(sizes), wanted)) // self._together + 1
        sizes = sizes[: groups * self._together]
        order = ranking(room.streams(label).raw(groups))
        if self._together > 1:
            whole = np.arange(self._together, dtype=np.int64)
            order = (order[:, None] * self._together + whole).ravel()
        if but is not None:
            order = order[[not but(self._items[i]) for i in order.tolist()]]
        total = np.cumsum(sizes[order])
        keep = int(np.searchsorted(total, max(tokens, 0), side="right"))
        chosen = order[:keep].tolist()
        one_more = int(sizes[order[keep]]) if keep < len(order) else int(sizes.max())
        return [self._items[i] for i in chosen], sizes[chosen].tolist(), one_more


@dataclass(frozen=True)
class Among:
    """Items in the order in which they are shown.

    Attributes:
        items: all of them.
        tokens: of each, behind the anchor.
        needed: where the needed ones stand, in the order they were given.
    """

    items: list[str]
    tokens: list[int]
    needed: list[int]


def put_among(
    others: Sequence[str],
    tokens: Sequence[int],
    needed: Sequence[str],
    needed_tokens: Sequence[int],
    depths: Sequence[float],
) -> Among:
    """Put needed items among others, each at the boundary nearest to its depth.

    Args:
        others: items in their order.
        tokens: of each of them.
        needed: items to be put in; those of one depth keep their order.
        needed_tokens: of each of them.
        depths: share of the others' tokens that should stand before each, 0..1.
    """
    before = np.concatenate([[0], np.cumsum(np.array(tokens, dtype=np.int64))])
    order = sorted(range(len(needed)), key=lambda i: depths[i])
    items: list[str] = []
    sizes: list[int] = []
    places = [0] * len(needed)
    at = 0
    for i in order:
        end = _nearest(before, depths[i] * float(before[-1]))
        items += others[at:end]
        sizes += tokens[at:end]
        at = max(at, end)
        places[i] = len(items)
        items.append(needed[i])
        sizes.append(needed_tokens[i])
    return Among([*items, *others[at:]], [*sizes, *tokens[at:]], places)


def _nearest(before: Counts, target: float) -> int:
    """Return how many items stand before a place, the earlier of two that are as near."""
    i = int(np.searchsorted(before, target))
    if i >= len(before):
        return len(before) - 1
    return i - 1 if i > 0 and target - before[i - 1] <= before[i] - target else i


@dataclass(frozen=True)
class Frame:
    """What stands round the items of a body.

    Attributes:
        anchor: what stands before an item.
        opening: put in front of the first item, in place of its blank.
        cut: what the last item does not have, such as its newline or comma.
        closing: put behind the last item.
    """

    anchor: str = LINE
    opening: str = ""
    cut: str = "\n"
    closing: str = ""


LINES = Frame()
JSON_LINES = Frame(cut=",\n")
RECORD = Frame(",", "{", ",", "}")  # {"a": "b", "c": "d"} on one line, items ' "a": "b",'


def items_body(room: Room, among: Among, one_more: int, frame: Frame = LINES) -> Body:
    """Return items as the body of a draft, the needed ones marked as evidence.

    Args:
        room: the room that the items were counted in.
        among: the items, at least one.
        one_more: tokens of an item that found no room.
        frame: what stands round them.
    """
    shown = list(among.items)
    sizes = np.array(among.tokens, dtype=np.int64)
    lead = len(shown[0]) - len(shown[0].lstrip(" "))
    shown[0] = frame.opening + shown[0][lead:]
    shown[-1] = shown[-1].removesuffix(frame.cut) + frame.closing
    for i in {0, len(shown) - 1}:
        sizes[i] = room.item_tokens([shown[i]], frame.anchor if i else LINE)[0]
    chars = np.concatenate([[0], np.cumsum([len(item) for item in shown])])
    tokens = np.concatenate([[0], np.cumsum(sizes)])
    last, inside = len(shown) - 1, len(frame.cut)
    spans = []
    for i in sorted(among.needed):
        start = int(chars[i]) + (len(frame.opening) if i == 0 else lead)
        spans.append((start, int(chars[i + 1]) - (len(frame.closing) if i == last else inside)))
    body = Body("".join(shown), spans, one_more + _ALLOWANCE)
    if not room.adds_up(among.items[:_TRIED], frame.anchor):
        return body
    at = np.array(sorted(among.needed), dtype=np.int64)
    starts = tokens[at].tolist()
    if frame.opening and 0 in among.needed:  # it may have a token of its own
        before = token_starts(room.tokenizer, LINE + shown[0], [len(LINE + frame.opening)])[1]
        starts[0] = before[0] - room.fixed(LINE)
    # what is cut off an item has one token in it, of its own or not
    ends = (tokens[at + 1] - 1).tolist()
    return replace(body, counted=Counted(int(tokens[-1]), starts, ends))


PAIR = ' "{}": "{}",'  # an item of a RECORD
_PAIRS = 500  # in a block


@lru_cache(maxsize=8)
def uuid_pairs(tokenizer: str) -> Stock:
    """Return the stock of pairs of UUIDs as items of a `RECORD`; no UUID is in it twice."""
    seen: set[str] = set()

    def make(block: int) -> list[str]:
        drawn = uuids(Streams(["uuid pairs"])("block", block), 2 * _PAIRS)
        fresh = [u for u in drawn if u not in seen]
        seen.update(fresh)
        return [PAIR.format(a, b) for a, b in zip(fresh[::2], fresh[1::2], strict=False)]

    return Stock(make, RECORD.anchor)
