"""Filler of an exact count with evidence at its depths: plan, close, arrange."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from synthctx.errors import GenerationError
from synthctx.haystack import Pool, Segments
from synthctx.streams import Stream, Streams, ranking
from synthctx.tasks import Piece
from synthctx.tokenizers import Counts, token_starts

_TRIES = 60
_EDGE = 100  # characters of a text that are enough to count what stands beside them


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a piece of evidence stands in a text: characters, tokens before it, depth 0..1."""

    char_start: int
    char_end: int
    token_start: int
    depth: float


@dataclass(frozen=True, slots=True)
class Filled:
    """Filler with evidence in it.

    Attributes:
        text: the whole.
        tokens: its count by adding up, when it follows a newline.
        placed: where the pieces stand, in the order they were given.
        last: the last sentences, long enough to count behind them.
    """

    text: str
    tokens: int
    placed: list[Placed]
    last: str


def _draw(pool: Pool, seg: Segments, stream: Stream, tokens: int, banned: set[int]) -> Counts:
    """Return sections in random order, just over `tokens`."""
    words = stream.raw(len(seg.sizes)) if pool.shuffled else None
    mean = int(seg.sizes.sum()) // len(seg.sizes)
    likely = tokens * 9 // (8 * max(1, mean)) + 60 + len(banned)
    for first in (likely, None):  # somewhat more than are needed on the average; else all
        order = np.arange(len(seg.sizes)) if words is None else ranking(words, first)
        if banned:
            order = order[~np.isin(order, sorted(banned))]
        total = np.cumsum(seg.sizes[order])
        if len(total) and total[-1] > tokens:
            break
    return order[: int(np.searchsorted(total, tokens)) + 1]


@dataclass
class _Line:
    """A haystack as parallel lists, one entry a unit: a whole section, or a sentence."""

    texts: list[str]
    tokens: list[int]
    opens: list[bool]

    def add_sections(self, seg: Segments, which: Counts) -> None:
        self.texts += seg.sections[which].tolist()
        self.tokens += seg.sizes[which].tolist()
        self.opens += [True] * len(which)

    def add_sentences(self, seg: Segments, which: Sequence[int]) -> None:
        for section in which:
            texts, tokens, opens = seg.sentences(section)
            self.texts += texts
            self.tokens += tokens
            self.opens += opens

    def cut(self, keep: int) -> None:
        del self.texts[keep:], self.tokens[keep:], self.opens[keep:]


def _close(pool: Pool, line: _Line, missing: int, first: bool, skip: int) -> list[int]:
    """Cut a line of sentences back to where others can close the gap; return their sizes.

    Args:
        pool: where the closing sentences come from.
        line: sentences, in all more than are missing.
        missing: tokens that the line and the closing sentences must make.
        first: whether nothing stands before the line.
        skip: so many ways to do it are passed over.
    """
    total = np.cumsum(line.tokens)
    keep = int(np.searchsorted(total, missing, side="right"))
    while keep >= 0:
        alone = first and keep == 0
        if alone or (keep < len(line.texts) and not line.opens[keep]):
            sizes = pool.closers.sizes(missing - (int(total[keep - 1]) if keep else 0))
            if sizes is not None and skip == 0:
                line.cut(keep)
                return sizes
            skip -= sizes is not None
        keep -= 1
    raise GenerationError(f"so few tokens of {pool.name} cannot be made out of whole sentences")


def _line(
    pool: Pool, stream: Stream, tokens: int, banned: set[int], skip: int, near: Sequence[float]
) -> tuple[_Line, int, Counts]:
    """Return a haystack of exactly `tokens`, how many units of it were drawn, and from where.

    Sections in which one of the counts in `near` falls are given sentence by sentence.
    """
    seg = pool.at_least(pool.reach(tokens))
    order = _draw(pool, seg, stream, tokens, banned)
    total = np.cumsum(seg.sizes[order])
    whole = int(np.searchsorted(total, tokens - pool.closers.limit, side="right"))
    rest = _Line([], [], [])
    rest.add_sentences(seg, order[whole:].tolist())
    missing = tokens - (int(total[whole - 1]) if whole else 0)
    sizes = _close(pool, rest, missing, whole == 0, skip)
    line, at = _Line([], [], []), 0
    split = set(np.searchsorted(total, list(near)).tolist())
    for section in sorted(n for n in split if n < whole):
        line.add_sections(seg, order[at:section])
        line.add_sentences(seg, order[section : section + 1].tolist())
        at = section + 1
    line.add_sections(seg, order[at:whole])
    kept = len(line.texts) + len(rest.texts)
    closing = [stream.pick(pool.closers.by_count[size]) for size in sizes]
    texts = [pool.joint.space + s for s in closing]
    counts = list(sizes)
    if kept == 0:  # the closing sentences stand alone: the first one opens the text
        texts[0] = closing[0]
        counts[0] = pool.behind(pool.joint.anchor_first, closing[0])
    line.texts += rest.texts + texts
    line.tokens += rest.tokens + counts
    line.opens += [*rest.opens, kept == 0, *[False] * (len(texts) - 1)]
    return line, kept, order


def _arrange(
    pool: Pool, line: _Line, pieces: Sequence[Piece], where: dict[int, int], kept: int
) -> Filled:
    """Put pieces between the sentences nearest to their depths.

    A piece before the first sentence of a paragraph opens that paragraph itself, and the
    sentence takes the form of an inner one. Places among the `kept` units are noted in
    `where` as counts of haystack before them and used again, so that another closing does
    not move them.
    """
    joint = pool.joint
    total = np.concatenate([[0], np.cumsum(line.tokens)])
    hay = int(total[-1])
    order = sorted(range(len(pieces)), key=lambda i: pieces[i].depth)
    placed: dict[int, Placed] = {}
    parts: list[str] = []
    chars = extra = at = 0  # extra: tokens so far that are not in `total`
    opened = False  # a piece has opened the paragraph whose first sentence is next

    def run(end: int) -> None:
        nonlocal chars, extra, at, opened
        if end > at:
            if opened:
                parts.append(joint.space)
                chars += len(joint.space)
                extra += pool.behind(joint.stop, joint.space + line.texts[at]) - line.tokens[at]
            parts.extend(line.texts[at:end])
            chars += sum(map(len, line.texts[at:end]))
            at, opened = end, False

    for i in order:
        if i in where:
            place = int(np.searchsorted(total, where[i]))
        else:
            place = _nearest(total, pieces[i].depth * hay)
            if place <= kept:
                where[i] = int(total[place])
        run(place)
        opens = not opened and at < len(line.texts) and line.opens[at]
        lead = "" if opens else joint.space
        start, end = chars + len(lead), chars + len(lead) + len(pieces[i].text)
        anchor = joint.anchor_first if opens else joint.stop
        size = pool.behind(anchor, lead + pieces[i].text)
        # a vocabulary may count the second newline of a break only once a letter follows, or
        # have a token that holds a full stop and the beginning of the next sentence
        _, (whole,) = token_starts(pool.tokenizer, anchor + lead + pieces[i].text, [len(anchor)])
        late = whole - pool.fixed(anchor)
        depth = int(total[at]) / max(hay, 1)
        placed[i] = Placed(start, end, int(total[at]) + extra + late, depth)
        parts.append(lead + pieces[i].text)
        chars = end
        extra += size
        opened = opened or opens
    run(len(line.texts))
    text = "".join(parts)
    return Filled(text, hay + extra, [placed[i] for i in range(len(pieces))], text[-_EDGE:])


def _nearest(total: Counts, target: float) -> int:
    """Return the boundary whose running total is nearest to a target (the earlier on a tie)."""
    i = int(np.searchsorted(total, target))
    if i >= len(total):
        return len(total) - 1
    return i - 1 if i > 0 and target - total[i - 1] <= total[i] - target else i


def fill(
    pool: Pool,
    streams: Streams,
    label: str,
    tokens: int,
    pieces: Sequence[Piece] = (),
    forbidden: Sequence[str] = (),
    before: str = "k\n",
    skip: int = 0,
) -> Filled:
    """Make exactly `tokens` tokens of filler with pieces of evidence in it.

    The count is exact wherever the pool is additive.

    Args:
        pool: where sentences come from.
        streams: keyed streams of the sample.
        label: which stream to draw from.
        tokens: count of the whole, evidence included.
        pieces: evidence and asked depths.
        forbidden: strings that may not occur in the filler.
        before: what the text will follow (its end is enough); ends with a newline.
        skip: so many ways to close the text are passed over.

    Raises:
        GenerationError: so few tokens cannot be made of whole sentences.
    """
    joint = pool.joint
    hay = tokens - sum(pool.behind(joint.stop, joint.space + p.text) for p in pieces)
    banned: set[int] = set()
    where: dict[int, int] = {}
    closing = skip
    for attempt in range(_TRIES):
        near = [where.get(i, p.depth * hay) for i, p in enumerate(pieces)]
        # near the end a piece may open a paragraph with one closing and not with the next,
        # which costs other tokens, and so on for ever: after a while close in another way
        passed = closing + attempt // 6
        line, kept, drawn = _line(pool, streams(label), hay, banned, passed, near)
        filled = _after(pool, before, _arrange(pool, line, pieces, where, kept))
        if filled.tokens != tokens:
            hay += tokens - filled.tokens
            continue
        tail = sum(map(len, line.texts[kept:])) + sum(len(p.text) + 1 for p in pieces)
        found = _elsewhere(pool, filled, tail, forbidden)
        if not found:
            return filled
        hits = _sections_with(pool, hay, drawn, found)
        banned |= hits
        closing += not hits
        where = {}
    raise GenerationError(f"{tokens} tokens of {pool.name} around the evidence cannot be made")


def _elsewhere(pool: Pool, filled: Filled, closing: int, forbidden: Sequence[str]) -> list[str]:
    """Return the forbidden strings that the text holds outside the pieces.

    The last `closing` characters may hold sentences that do not stand in their paragraph.
    """
    text, placed = filled.text, filled.placed
    own = "\0".join(text[p.char_start : p.char_end] for p in placed)
    reach = max(map(len, forbidden), default=0)
    edges = [(p.char_start - reach, p.char_end + reach) for p in placed]
    stretches = _merged(edges, closing + reach, len(text))
    near = "\0".join(text[start:end] for start, end in stretches)

    def stands(wanted: str) -> bool:
        # in no section of the pool: then across the edge of a piece, or in the closing
        where = text if "\n" in wanted or pool.may_hold(wanted) else near
        return where.count(wanted) != own.count(wanted)

    return [f for f in forbidden if stands(f)]


def _merged(edges: list[tuple[int, int]], closing: int, end: int) -> list[tuple[int, int]]:
    """Return stretches of a text, and its closing, as ascending ones that do not overlap."""
    out: list[tuple[int, int]] = []
    for start, stop in sorted([*edges, (end - closing, end)]):
        start, stop = max(0, start), min(end, stop)
        if out and start < out[-1][1]:
            out[-1] = (out[-1][0], max(stop, out[-1][1]))
        else:
            out.append((start, stop))
    return out


def _after(pool: Pool, before: str, filled: Filled) -> Filled:
    """Correct the count of the first sentence, which follows `before` and no paragraph break."""
    head = filled.text[:_EDGE]
    shift = pool.behind(before, head) - pool.behind(pool.joint.anchor_first, head)
    if shift == 0:
        return filled
    placed = [
        replace(p, token_start=p.token_start + shift if p.char_start else 0) for p in filled.placed
    ]
    return replace(filled, tokens=filled.tokens + shift, placed=placed)


def _sections_with(pool: Pool, hay: int, drawn: Counts, found: list[str]) -> set[int]:
    """Return the drawn sections that hold one of the strings; none when the closing does."""
    seg = pool.at_least(pool.reach(hay))
    return {p for p in drawn.tolist() if any(f in seg.sections[p] for f in found)}


def seam(text: str, position: int) -> int:
    """Return where the piece that begins at a position is cut off: before its blank, if any."""
    return position - 1 if position > 0 and text[position - 1] == " " else position
