"""Lists of short texts under ids: the ids, stocks of texts by label, and the body made of them.

Every M4LE test shows one list. A text is counted once, a heading once, and a body is the sum of
them. An id is six hexadecimal digits in capitals with a letter and a digit in it, drawn without
replacement, and never one that reads as a number (1E5123): no text of a list has such a run, so
that an id stands in its heading and nowhere else. With `numbering: running` texts are numbered
from 1, the other published way; then an answer that is an id depends on length and depth.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain, pairwise
from typing import Any, TypeVar

import numpy as np

from synthctx.compose import Room
from synthctx.errors import GenerationError, SuiteError
from synthctx.streams import Ints, Stream, Streams, ranking
from synthctx.tasks import Body, Counted

T = TypeVar("T")

END = "\n\n"  # behind each text
NUMBERINGS = ("hex", "running")
_HEADINGS = {
    "article": {"en": "Article {}:\n", "zh": "文章{}：\n"},
    "review": {"en": "Review {}:\n", "zh": "评论{}：\n"},
    "passage": {"en": "Passage {}:\n", "zh": "片段{}：\n"},
    "message": {"en": "Message {}:\n", "zh": "消息{}：\n"},
    "page": {"en": "Page {}:\n", "zh": "散页{}：\n"},
}
_BLOCK = 512  # texts, or ids, made at a time
_TRIED = 16  # texts on which it is tried that counts add up
_ALLOWANCE = 2  # tokens that a budget keeps back for the seams at both ends of a body
_AMPLE = 1.1  # a length that is said to be enough is: texts drawn for it may be longer


class Dice:
    """Quick small draws out of a stream, for texts that are made by the thousand."""

    __slots__ = ("_stream", "_words")

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._words = iter(stream.raw(48).tolist())

    def below(self, high: int) -> int:
        """Return an integer in [0, high), for a small `high`."""
        for word in self._words:
            return int(word % high)
        self._words = iter(self._stream.raw(48).tolist())
        return self.below(high)

    def pick(self, items: Sequence[T]) -> T:
        """Return one of the items."""
        return items[self.below(len(items))]

    def sample(self, items: Sequence[T], k: int) -> list[T]:
        """Return `k` different items in random order."""
        left = list(items)
        for i in range(k):
            j = i + self.below(len(left) - i)
            left[i], left[j] = left[j], left[i]
        return left[:k]

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """Return the items in random order."""
        return self.sample(items, len(items))


# ---------------------------------------------------------------- ids

_FLOAT_LIKE = re.compile(r"[0-9]+E[0-9]+")


def is_id(text: str) -> bool:
    """Tell whether six hexadecimal digits in capitals make an id: no number, no word."""
    return text.isalnum() and not (
        text.isdigit() or text.isalpha() or _FLOAT_LIKE.fullmatch(text) is not None
    )


def drawn_ids(stream: Stream, n: int, but: Container[str]) -> list[str]:
    """Return `n` different ids, none of which is taken."""
    out: dict[str, None] = {}
    while len(out) < n:
        for code in stream.integers(0, 1 << 24, n - len(out)).tolist():
            text = f"{code:06X}"
            if is_id(text) and text not in but:
                out.setdefault(text)
    return list(out)


class _Labels:
    """The headings of one kind, with their tokens, made and counted once.

    Attributes:
        headings: with their ids.
        tokens: of each.
        at: which heading an id has.
    """

    def __init__(self, heading: str, numbering: str) -> None:
        self._heading, self._numbering = heading, numbering
        self.headings: list[str] = []
        self.tokens = np.zeros(0, dtype=np.int64)
        self.at: dict[str, int] = {}

    def grow(self, room: Room, n: int) -> None:
        """Make the first `n`."""
        first = len(self.headings)
        for start in range(first, n, _BLOCK):
            names = self._names(start)
            self.at.update(zip(names, range(start, start + _BLOCK), strict=True))
            self.headings += [self._heading.format(name) for name in names]
        if first < n:
            made = np.array(room.line_tokens(self.headings[first:]), dtype=np.int64)
            self.tokens = np.append(self.tokens, made)

    def _names(self, start: int) -> list[str]:
        if self._numbering == "running":
            return [str(k) for k in range(start + 1, start + 1 + _BLOCK)]
        return drawn_ids(Streams(["m4le ids", 1])("block", start), _BLOCK, self.at)


@lru_cache(maxsize=64)
def _labels(tokenizer: str, heading: str, numbering: str) -> _Labels:
    return _Labels(heading, numbering)


def heading_of(kind: str, language: str) -> str:
    """Return the heading of a kind of text, with {} for its id."""
    return _HEADINGS[kind][language]


# ---------------------------------------------------------------- stocks


class Shelf:
    """Texts without end, number k under label k modulo the number of labels.

    Args:
        make: makes the text of a number; no two numbers need differ.
        labels: how many labels there are.
        size: how many texts there can be.

    Keep one for each tokenizer (lru_cache): the counts are of the room it is first drawn in.
    """

    def __init__(self, make: Callable[[int], str], labels: int = 1, size: int = 1 << 40) -> None:
        self._make, self._labels, self._size = make, labels, size
        self._texts: list[str] = []
        self._tokens = np.zeros(0, dtype=np.int64)

    def _grow(self, room: Room, n: int) -> None:
        if n > self._size:
            raise GenerationError(
                f"task {room.row.task}: length {room.row.length:,} is too long: it needs"
                f" {n:,} different texts, and there are {self._size:,}"
            )
        while len(self._texts) < n:
            first = len(self._texts)
            made = [self._make(k) + END for k in range(first, first + _BLOCK)]
            self._texts += made
            self._tokens = np.append(self._tokens, room.line_tokens(made))

    def draw(
        self, room: Room, tokens: int, labels: Callable[[int], Ints] | None = None
    ) -> tuple[list[str], Ints]:
        """Return different texts of at least so many tokens, and the tokens of each.

        Args:
            room: whose streams say which texts.
            tokens: how many the texts shall have at least.
            labels: the labels of the first n texts, in order; any when None.
        """
        self._grow(room, _BLOCK)
        mean = float(self._tokens[:_BLOCK].mean())
        n = int(max(tokens, 1) / mean * 1.05) + 12
        while True:
            chosen = self._chosen(room, labels(n) if labels else None, n)
            sizes = self._tokens[chosen]
            if int(sizes.sum()) >= tokens:
                return [self._texts[i] for i in chosen.tolist()], sizes
            n += n // 4

    def _chosen(self, room: Room, labels: Ints | None, n: int) -> Ints:
        every = 1 if labels is None else self._labels
        wanted = np.zeros(n, dtype=np.int64) if labels is None else labels
        counts = np.bincount(wanted, minlength=every)
        # half as many again as are needed, so that samples differ
        per = max(_BLOCK // every, int(counts.max()) * 3 // 2 + 1)
        self._grow(room, per * every)
        out = np.zeros(n, dtype=np.int64)
        for label in np.flatnonzero(counts).tolist():
            order = ranking(room.streams("texts", label).raw(per), int(counts[label]))
            out[wanted == label] = order * every + label
        return out


# ---------------------------------------------------------------- the body

Places = Callable[[int], list[int]]
More = Callable[[int], tuple[list[str], Ints]]  # texts of at least so many tokens


@dataclass(frozen=True)
class Own:
    """The texts that a sample has of its own, and where they are to stand.

    Attributes:
        texts: with `END` behind each.
        places: gives their places in a list of n texts, all different.
        evidence: how many of them, from the front, the answer needs; None for the whole list.
    """

    texts: list[str] = field(default_factory=list)
    places: Places = lambda n: []
    evidence: int | None = None


def at_depth(room: Room, n_own: int) -> Places:
    """Return places: the first text at the depth asked for, the others anywhere."""
    depth = room.row.depth
    share = float(room.structure("depth").uniform(1)[0]) if depth is None else depth

    def places(n: int) -> list[int]:
        first = round(share * (n - 1))
        rest = room.structure("places").sample(range(n - 1), n_own - 1)
        return [first, *(place + (place >= first) for place in rest)]

    return places


def anywhere(room: Room, n_own: int) -> Places:
    """Return places: all of them drawn."""
    return lambda n: room.structure("places").sample(range(n), n_own)


def in_turn(room: Room, n_own: int) -> Places:
    """Return places in ascending order, one in each of as many equal parts of the list."""

    def places(n: int) -> list[int]:
        stream = room.structure("places")
        edges = [k * n // n_own for k in range(n_own + 1)]
        return [low + stream.below(high - low) for low, high in pairwise(edges)]

    return places


class Ids:
    """The ids of a sample: those of its own texts are the same at every length and depth.

    Args:
        room: the room of the sample.
        n: how many texts of its own it has.
    """

    def __init__(self, room: Room, n: int) -> None:
        self.running = room.params["numbering"] == "running"
        self.own = [] if self.running else drawn_ids(room.streams("own ids"), n, set())
        # a number that is named in a question is known only when the list is
        self.widest = "8888888" if self.running else (self.own or [""])[0]

    def headings(self, room: Room, kind: str, n: int) -> tuple[list[str], Ints]:
        """Return the headings of `n` texts, the sample's own first, and their tokens."""
        heading = heading_of(kind, room.language)
        labels = _labels(room.row.tokenizer, heading, room.params["numbering"])
        if self.running:
            labels.grow(room, n)
            return labels.headings[:n], labels.tokens[:n]
        size = -(-2 * n // _BLOCK) * _BLOCK
        labels.grow(room, size)
        order = ranking(room.streams("ids").raw(size), n)
        taken = [labels.at[name] for name in self.own if name in labels.at]
        rest = order[~np.isin(order, taken)][: n - len(self.own)]
        own = [heading.format(name) for name in self.own]
        tokens = np.append(np.array(room.line_tokens(own), dtype=np.int64), labels.tokens[rest])
        return own + [labels.headings[k] for k in rest.tolist()], tokens


@dataclass(frozen=True)
class Laid:
    """A list as it is shown.

    Attributes:
        ids: of the sample's own texts, in the order in which they were given.
        n: how many texts there are.
    """

    body: Body
    ids: list[str]
    n: int


def lay_out(
    room: Room,
    kind: str,
    budget: int,
    own: Own,
    others: More,
    least: int,
    ids: Ids | None = None,
) -> Laid:
    """Make a body of texts under their ids, as many as there is room for.

    Args:
        room: the room of the sample.
        kind: of texts, for the headings.
        budget: tokens for all.
        own: the sample's own texts.
        others: gives more texts, and the tokens of each.
        least: how many texts there must be, its own included.
        ids: of the sample, where they were needed before.
    """
    ids = ids or Ids(room, len(own.texts))
    own_tokens = room.line_tokens(own.texts) if own.texts else []
    more, more_tokens = others(max(0, budget - sum(own_tokens)))
    texts = own.texts + more
    heads, head_tokens = ids.headings(room, kind, len(texts))
    sizes = np.append(np.array(own_tokens, dtype=np.int64), more_tokens)
    both = sizes + head_tokens
    n = int(np.searchsorted(np.cumsum(both), max(0, budget), side="right"))
    n = _as_asked(room, n, max(least, len(own.texts) + 1), budget, both)
    one_more = int(both[n]) + _ALLOWANCE
    if room.params["documents"] is not None:  # the rest of the window stays free
        one_more += budget - int(both[:n].sum())
    order, places = _order(room, own, n)
    by_place = list(range(n)) if ids.running else order
    parts = [""] * (2 * n)
    parts[::2] = [heads[i] for i in by_place]
    parts[1::2] = [texts[i] for i in order]
    parts[-1] = parts[-1].removesuffix(END)
    tokens = np.empty(2 * n, dtype=np.int64)
    tokens[::2], tokens[1::2] = head_tokens[by_place], sizes[order]
    body = _body(room, parts, tokens, _evidence(own, places), one_more)
    return Laid(body, [str(p + 1) for p in places] if ids.running else ids.own, n)


def _as_asked(room: Room, n: int, least: int, budget: int, sizes: Ints) -> int:
    """Return how many texts are shown, of the `n` that fit."""
    asked = room.params["documents"]
    if asked is not None and asked < least:
        raise SuiteError(
            f"task {room.row.task}: params.documents is {asked}, this test needs at least {least}"
        )
    wanted = least if asked is None else int(asked)
    if n < wanted:
        mean = max(float(sizes.mean()), float(sizes[:wanted].mean()))
        needed = room.row.length - budget + int(mean * wanted * _AMPLE)
        raise room.too_short(
            f"{wanted:,} texts are needed, {n:,} fit into {max(budget, 0):,} tokens; they take a"
            f" length of about {max(needed, room.row.length + 1):,}"
        )
    return n if asked is None else int(asked)


def _order(room: Room, own: Own, n: int) -> tuple[list[int], list[int]]:
    """Return which text is shown at each place, and the places of the sample's own."""
    k = len(own.texts)
    places = own.places(n)
    rest = iter((room.streams("order").permutation(n - k) + k).tolist())
    mine = dict(zip(places, range(k), strict=True))
    return [mine[place] if place in mine else next(rest) for place in range(n)], places


def _evidence(own: Own, places: list[int]) -> list[int] | None:
    return None if own.evidence is None else sorted(places[: own.evidence])


def _body(
    room: Room, parts: list[str], tokens: Ints, evidence: list[int] | None, one_more: int
) -> Body:
    """Return headings and texts in turn as a body, some texts with their headings as evidence."""
    text = "".join(parts)
    additive = int(tokens[:_TRIED].sum()) == room.line_tokens(["".join(parts[:_TRIED])])[0]
    tokens[-1] = room.line_tokens([parts[-1]])[0]
    ends = np.cumsum(tokens)
    if evidence is None:
        counted = Counted(int(ends[-1]), [0], [int(ends[-1])])
        return Body(text, [(0, len(text))], one_more, counted=counted if additive else None)
    chars = np.cumsum(np.fromiter(chain([0], map(len, parts)), np.int64, len(parts) + 1))
    last = len(parts) // 2 - 1
    spans = [(int(chars[2 * i]), int(chars[2 * i + 2]) - len(END) * (i < last)) for i in evidence]
    starts = [int(ends[2 * i - 1]) if i else 0 for i in evidence]
    # what parts two texts has one token in it, of its own or not
    counted = Counted(int(ends[-1]), starts, [int(ends[2 * i + 1]) - (i < last) for i in evidence])
    return Body(text, spans, one_more, counted=counted if additive else None)


# ---------------------------------------------------------------- params

Schemas = dict[str, dict[str, Any]]


def whole_number(default: int, low: int, high: int) -> dict[str, Any]:
    """Return the schema of a whole number."""
    return {"type": "integer", "minimum": low, "maximum": high, "default": default}


LIST_PARAMS: Schemas = {
    "numbering": {"enum": list(NUMBERINGS), "default": NUMBERINGS[0]},
    "documents": {"type": ["integer", "null"], "minimum": 2, "maximum": 1_000_000, "default": None},
}


def turn(room: Room, n: int, of_version: bool = False) -> int:
    """Return a number below `n` that goes up by one from problem to problem, from anywhere.

    Args:
        room: the room of the sample.
        n: how many numbers there are.
        of_version: versions of a problem have the numbers that follow, not all the same.
    """
    row = room.row
    start = Streams(["m4le turn", row.seed, row.task, row.language])("start").below(n)
    return (start + row.index + (row.version if of_version else 0)) % n
