"""Demonstrations in rounds over all labels: how many fit, in which order, and where they stand.

Source: Li et al. 2024 (LongICLBench, arXiv:2404.02060): rounds in which every label is shown
once, the label order the same in each round; for the study of positions grouped by label. Orders:

- round_robin: as published, the same order of labels in each round.
- reshuffled: a new order in each round.
- grouped: all demonstrations of a label together, labels in an order of the sample's own.
- gold_first, gold_last: grouped, what shows the label that is asked for first, or last.

A depth puts what shows the label that is asked for there (share of the other demonstrations
before it; the nearest place between two labels). All others are grouped then: were they not, the
only label that stands together would be the right one. Whoever knows that all samples are at depth
0, or 1, knows the answer: these are for comparing places, in one suite with others between. Where
several labels are asked for together (entities, pairs), theirs stand closer than any others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from synthctx.compose import Room
from synthctx.errors import GenerationError
from synthctx.generators._longicl_code import TIERS
from synthctx.jsonio import canonical
from synthctx.streams import Ints, Streams
from synthctx.tasks import Body, Counted, Draft, Uniqueness

Flags = npt.NDArray[np.bool_]

ORDERS = ("round_robin", "reshuffled", "grouped", "gold_first", "gold_last")
_BLOCK = 100  # demonstrations made and counted together
_ALLOWANCE = 4  # tokens that a budget keeps back for the seams at both ends of a body


def params(
    labels: int | None, least: int, noise: int | None, tier: str = "medium"
) -> dict[str, dict[str, Any]]:
    """Return the parameters that all many-shot tests have.

    Args:
        labels: how many by default, as published; None where the task itself says.
        least: the fewest that can be asked for.
        noise: idle phrases of a text by default; None where the task itself says.
        tier: by default.
    """
    return {
        "labels": _whole(labels, least, 2000),
        "tier": {"enum": list(TIERS), "default": tier},
        "order": {"enum": list(ORDERS), "default": "round_robin"},
        "rounds": _whole(None, 1, 1000),
        "noise": _whole(noise, 0, 6),
        "instruct": {"type": "boolean", "default": False},
    }


def _whole(default: int | None, low: int, high: int) -> dict[str, Any]:
    """Return the schema of a whole number, or null where that is the default."""
    kind = ["integer", "null"] if default is None else "integer"
    return {"type": kind, "minimum": low, "maximum": high, "default": default}


def book_keys(room: Room, settings: Mapping[str, Any]) -> tuple[str, str]:
    """Return two keys of what is the same for all indices, lengths, depths and orders.

    The first is of the words, the second of what all versions of a problem share: which labels
    stand together, and which of them is asked for first.

    Args:
        room: of a row.
        settings: what the demonstrations depend on.
    """
    row = room.row
    words, structure = (
        canonical([row.seed, row.task, row.task_version, version, dict(settings)])
        for version in (row.version, 0)
    )
    return words, structure


def chosen(room: Room, *names: str) -> dict[str, Any]:
    """Return some of a row's params."""
    return {name: room.params[name] for name in names}


class Book:
    """The demonstrations of a suite, made and counted as they are needed.

    Args:
        labels: in the order in which a round shows them.
        make: `make(n)` gives demonstration n, ending in a newline. It is the turn of label n
            modulo the number of labels.
        shows: `shows(n)` gives all labels in it; all demonstrations show as many.
        first: the label that index 0 asks for.
        end: how many there are; None: as many as are asked for.
    """

    def __init__(
        self,
        labels: list[str],
        make: Callable[[int], str],
        shows: Callable[[int], Sequence[int]] | None = None,
        *,
        first: int = 0,
        end: int | None = None,
    ) -> None:
        self.labels = labels
        self.first = first
        self._make = make
        self._shows = shows or (lambda n: (n % len(labels),))
        self.end = end
        self.shots: list[str] = []
        self._tokens: list[int] = []
        self._shown: list[Sequence[int]] = []

    def grow(self, room: Room, n: int) -> None:
        """Make the first `n` demonstrations at least, or all where there are fewer."""
        if self.end is not None:
            n = min(n, self.end)
        while len(self.shots) < n:
            numbers = range(len(self.shots), min(len(self.shots) + _BLOCK, self.end or 2**60))
            made = [self._make(k) for k in numbers]
            self._tokens += room.line_tokens(made)
            self._shown += [self._shows(k) for k in numbers]
            self.shots += made

    def up_to(self, room: Room, tokens: int) -> int:
        """Return how many demonstrations, counted from the first, have no more tokens."""
        total = 0
        while True:
            sizes = np.cumsum(self.tokens(len(self.shots)))
            total = int(np.searchsorted(sizes, tokens, side="right"))
            if total < len(sizes) or len(self.shots) == self.end:
                return total
            self.grow(room, max(_BLOCK, 2 * len(self.shots)))

    def tokens(self, n: int) -> Ints:
        """Return the tokens of each of the first `n` demonstrations."""
        return np.array(self._tokens[:n], dtype=np.int64)

    def shown(self, n: int) -> Ints:
        """Return the labels in each of the first `n` demonstrations, shape (n, labels in one)."""
        return np.array(self._shown[:n], dtype=np.int64)


@dataclass(frozen=True)
class Question:
    """What a sample asks.

    Attributes:
        prefix: instruction; ends with a newline.
        suffix: the question; begins with a newline.
        asked: the labels that are asked for, by number.
        reference: what the rule compares with.
        rule_params: what the rule needs beside the labels and their places.
    """

    prefix: str
    suffix: str
    asked: Sequence[int]
    reference: Any
    max_output_tokens: int
    rule_params: Mapping[str, Any]
    uniqueness: Uniqueness | None = None


def draft(room: Room, book: Book, question: Question) -> Draft:
    """Fill the window with demonstrations, or show as many rounds as asked for."""
    budget = room.budget(question.prefix, question.suffix, question.max_output_tokens)
    total = _how_many(room, book, budget)
    sizes, shown = book.tokens(total), book.shown(total)
    gold: Flags = np.any(np.isin(shown, np.array(question.asked)), axis=1)
    order = _arranged(room, book, sizes, gold)
    labels = len(book.labels)
    return Draft(
        prefix=question.prefix,
        body=_body(room, book, order, sizes, gold, budget),
        suffix=question.suffix,
        reference=question.reference,
        max_output_tokens=question.max_output_tokens,
        rule_params={
            **question.rule_params,
            "labels": book.labels,
            "places": _places(order, sizes, shown, labels),
            "whole_rounds": total // labels,
            "partial_round": total % labels,
        },
        floor=1 / labels,
        uniqueness=question.uniqueness,
    )


def _how_many(room: Room, book: Book, budget: int) -> int:
    """Return how many demonstrations are shown: whole rounds, the last one may be partial."""
    labels, rounds = len(book.labels), room.params["rounds"]
    least = labels * (rounds or 1)
    if rounds is not None:
        book.grow(room, least)
        fits = int(np.searchsorted(np.cumsum(book.tokens(least)), budget, side="right"))
    else:
        fits = book.up_to(room, budget)
    if fits < least:
        book.grow(room, labels)
        needed = int(book.tokens(labels).sum()) * (rounds or 1) + room.row.length - budget
        each = f"{rounds} demonstrations" if rounds and rounds > 1 else "one demonstration"
        raise room.too_short(
            f"{each} of each of {labels} labels need a length of about {needed:,}, or fewer labels"
        )
    if rounds is None and fits == book.end:
        longest = int(book.tokens(fits).sum()) + room.row.length - budget
        raise GenerationError(
            f"task {room.row.task}: {labels} labels have {fits // labels} demonstrations each, "
            f"which fill a length of about {longest:,}, not of {room.row.length:,}; say how many "
            f"to show (-p rounds={fits // labels} or less), or ask for a smaller length"
        )
    return fits


def _arranged(room: Room, book: Book, sizes: Ints, gold: Flags) -> Ints:
    """Return the numbers of the demonstrations in the order asked for."""
    labels, order, depth = len(book.labels), room.params["order"], room.row.depth
    numbers = np.arange(len(sizes), dtype=np.int64)
    share = {"gold_first": 0.0, "gold_last": 1.0}.get(order) if depth is None else depth
    if share is not None or order == "grouped":
        place = room.structure("order").permutation(labels)
        numbers = np.lexsort((numbers, place[numbers % labels]))
    elif order == "reshuffled":
        rounds = np.split(numbers, range(labels, len(numbers), labels))
        shuffled = [
            one[room.structure("order", i).permutation(len(one))] for i, one in enumerate(rounds)
        ]
        numbers = np.concatenate(shuffled)
    if share is None:
        return numbers
    others = numbers[~gold[numbers]]
    before = np.concatenate([[0], np.cumsum(sizes[others])])
    # between two labels: within another's demonstrations it would be told by its neighbours
    ends = np.flatnonzero(np.diff(others % labels, prepend=-1, append=-1))
    at = int(ends[np.abs(before[ends] - share * before[-1]).argmin()])
    return np.concatenate([others[:at], numbers[gold[numbers]], others[at:]])


def _body(room: Room, book: Book, order: Ints, sizes: Ints, gold: Flags, budget: int) -> Body:
    shown = [book.shots[n] for n in order.tolist()]
    chars = np.concatenate([[0], np.cumsum([len(shot) for shot in shown])])
    tokens = np.concatenate([[0], np.cumsum(sizes[order])])
    at = np.flatnonzero(gold[order])
    ends = [int(chars[i]) + len(shown[i].rstrip("\n")) for i in at.tolist()]
    counted = None
    if room.adds_up(book.shots[:40]):
        # a newline at the end of a demonstration is one token
        counted = Counted(int(tokens[-1]), tokens[at].tolist(), (tokens[at + 1] - 1).tolist())
    left = budget - int(tokens[-1])
    book.grow(room, len(sizes) + 1)
    one_more = int(book.tokens(len(sizes) + 1).max())
    return Body(
        "".join(shown),
        list(zip(chars[at].tolist(), ends, strict=True)),
        # a fixed number of rounds leaves the rest of the window free
        item_tokens=(left if room.params["rounds"] else one_more) + _ALLOWANCE,
        counted=counted,
    )


def _places(order: Ints, sizes: Ints, shown: Ints, labels: int) -> list[float]:
    """Return where the demonstrations of each label stand on average.

    That is the share 0..1 of all tokens of demonstrations before each of them.
    """
    ordered = sizes[order]
    shares = (np.cumsum(ordered) - ordered) / ordered.sum()
    named = shown[order]
    columns = range(named.shape[1])
    total = sum(np.bincount(named[:, k], shares, labels) for k in columns)
    times = sum(np.bincount(named[:, k], minlength=labels) for k in columns)
    return [round(float(share), 4) for share in total / np.maximum(times, 1)]


def listed(what: str, labels: Sequence[str]) -> str:
    """Return a line that lists the labels, in alphabetical order, for an instruction."""
    return f"{what}: {', '.join(sorted(labels))}.\n\n"


def turn(book: Book, index: int) -> int:
    """Return the label that an index asks for: over the indices each as often as the others."""
    return (book.first + index) % len(book.labels)


def partners(streams: Streams, number: int, labels: int, together: int) -> tuple[int, ...]:
    """Return the labels that a demonstration of several shows, its own first.

    In each round every label is shown exactly `together` times.
    """
    turns, at = divmod(number, labels)
    shifts = [0, *streams("partners", turns).sample(range(1, labels), together - 1)]
    return tuple((at + shift) % labels for shift in shifts)
