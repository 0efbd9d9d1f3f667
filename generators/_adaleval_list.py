"""Numbered candidates A1, A2, ...: how many fit, where the right one stands, what it is called.

Without a depth the candidates are numbered from the first on, as published, and the right one
takes all places in turn. With a depth it stands there; so that its label still takes all
numbers in turn (else every answer at depth 0 would be A1), the numbering begins anywhere and,
after the last number, goes on with A1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import gcd

import numpy as np

from synthctx.compose import Room
from synthctx.documents import END, heading_tokens, parts_add_up
from synthctx.streams import Streams
from synthctx.tasks import Body, Counted

HEADING = "A{}:\n\n"
ALLOWANCE = 6  # tokens kept back for the seams of a body and the digits of the sample answer
_SEAMS = 2  # tokens that a budget keeps back itself
_TRIED = 60


@dataclass
class Candidate:
    """One candidate as it is shown.

    Attributes:
        texts: its paragraphs, each with `END` behind it.
        tokens: of each, behind a heading or another paragraph.
        needed: which of them is evidence; None where none is.
    """

    texts: list[str]
    tokens: list[int]
    needed: int | None = None

    @property
    def size(self) -> int:
        """Return the tokens of all its paragraphs."""
        return sum(self.tokens)


def fitting(room: Room, tokens: Sequence[int], first: int, left: int) -> tuple[int, int]:
    """Return how many more candidates fit under headings, and the tokens of one more.

    Args:
        room: the room that they are counted in.
        tokens: of each further candidate, in order.
        first: how many candidates there are already.
        left: tokens for headings and texts.
    """
    likely = max(0, left) // 8 + 1  # no candidate is smaller, with its heading
    sizes = np.array(tokens[:likely], dtype=np.int64)
    total = np.cumsum(sizes + heading_tokens(room, HEADING, first + 1, len(sizes)))
    keep = int(np.searchsorted(total, left, side="right"))
    one_more = int(total[keep] - (total[keep - 1] if keep else 0)) if keep < len(total) else 0
    return keep, one_more


def size_of(room: Room, candidates: Sequence[Candidate], first: int) -> int:
    """Return the tokens of candidates and their headings, after so many others."""
    heads = heading_tokens(room, HEADING, first + 1, len(candidates))
    return sum(c.size for c in candidates) + int(heads.sum())


def label_of(room: Room, n: int) -> int:
    """Return the number of the right candidate: over n samples each once, far apart at first."""
    row = room.row
    key = {"seed": row.seed, "task": row.task, "params": dict(row.params), "version": row.version}
    turn = Streams(key)("label").below(n)
    stride = max(1, round(n * 0.618))
    while gcd(stride, n) > 1:
        stride += 1
    return (turn + row.index * stride) % n + 1


def place_of(room: Room, label: int, others: Sequence[int]) -> int:
    """Return how many candidates stand before the right one.

    Args:
        room: whose depth it is.
        label: number of the right candidate.
        others: tokens of the others, in the order in which they are shown.
    """
    depth = room.row.depth
    if depth is None:
        return label - 1
    before = np.concatenate([[0], np.cumsum(np.array(others, dtype=np.int64))])
    return int(np.argmin(np.abs(before - depth * before[-1])))


def labels_from(label: int, place: int, n: int) -> list[int]:
    """Return the numbers of n candidates in the order shown: that of the right one is given."""
    return [(label - 1 - place + k) % n + 1 for k in range(n)]


def sample_label(room: Room, gold: int, n: int) -> int:
    """Return a number for the answer shown as an example: any but the right one, each as likely.

    Of two candidates the wrong one would tell the right one: then it is one that does not exist.
    """
    if n < 3:
        return n + 1 + room.streams("sample").below(9 - n)
    drawn = 1 + room.streams("sample").below(n - 1)
    return drawn + (drawn >= gold)


def listed(
    room: Room, candidates: Sequence[Candidate], labels: Sequence[int], one_more: int
) -> Body:
    """Return candidates under their labels as a body.

    Args:
        room: the room that they were counted in.
        candidates: in the order in which they are shown.
        labels: their numbers.
        one_more: tokens that one item more would have taken.
    """
    n = len(candidates)
    heads = heading_tokens(room, HEADING, 1, n).tolist()
    parts: list[str] = []
    sizes: list[int] = []
    needed = []
    for label, candidate in zip(labels, candidates, strict=True):
        parts.append(HEADING.format(label))
        sizes.append(heads[label - 1])
        if candidate.needed is not None:
            needed.append(len(parts) + candidate.needed)
        parts += candidate.texts
        sizes += candidate.tokens
    parts[-1] = parts[-1].removesuffix(END)
    chars = np.cumsum([0, *map(len, parts)]).tolist()
    spans = [(chars[k], chars[k] + len(parts[k].removesuffix(END))) for k in needed]
    body = Body("".join(parts), spans, one_more + ALLOWANCE + _SEAMS)
    if not _adds_up(room, [text for candidate in candidates[:_TRIED] for text in candidate.texts]):
        return body
    sizes[-1] = room.line_tokens([parts[-1]])[0]
    total = np.cumsum([0, *sizes]).tolist()
    # what parts two paragraphs has one token in it, of its own or not
    ends = [total[k + 1] - (k < len(parts) - 1) for k in needed]
    counted = Counted(total[-1], [total[k] for k in needed], ends)
    return replace(body, counted=counted)


def _adds_up(room: Room, texts: Sequence[str]) -> bool:
    return parts_add_up(room.row.tokenizer, HEADING, texts[:_TRIED])
