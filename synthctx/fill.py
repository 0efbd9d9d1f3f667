"""Filler of an exact count with evidence at its depths: plan, close, arrange."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from synthctx.errors import GenerationError
from synthctx.haystack import Pool, Segments
from synthctx.streams import Stream, Streams
from synthctx.tasks import Piece
from synthctx.tokenizers import Counts

_TRIES = 60


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


def _reach(pool: Pool, tokens: int) -> int:
    """Return how many tokens of the pool a haystack draws from.

    Several times what is needed where that is cheap, so that samples differ; always more
    than is needed, so that nothing repeats.
    """
    if pool.name != "prose":
        return tokens
    return max(tokens + tokens // 4, min(4 * tokens, 600_000))


def _draw(pool: Pool, stream: Stream, tokens: int, banned: set[int]) -> Counts:
    """Return sentence indices of whole paragraphs, in random order, just over `tokens`."""
    seg = pool.at_least(_reach(pool, tokens))
    sizes = np.add.reduceat(seg.tokens, seg.starts[:-1])
    order = stream.permutation(len(sizes))
    if banned:
        order = order[~np.isin(order, sorted(banned))]
    total = np.cumsum(sizes[order])
    order = order[: int(np.searchsorted(total, tokens)) + 1]
    starts, ends = seg.starts[order], seg.starts[order + 1]
    lengths = ends - starts
    before = np.cumsum(lengths) - lengths
    return np.asarray(np.repeat(starts - before, lengths) + np.arange(int(lengths.sum())))


def _close(
    pool: Pool, seg: Segments, index: Counts, tokens: int, skip: int
) -> tuple[int, list[int]]:
    """Return how many drawn sentences to keep, and the sizes of those that close the gap.

    The `skip` first ways to do it are passed over.
    """
    total = np.cumsum(seg.tokens[index])
    keep = int(np.searchsorted(total, tokens, side="right"))
    opens = seg.opens[index]
    while keep >= 0:
        if keep == 0 or (keep < len(index) and not opens[keep]):
            left = tokens - (int(total[keep - 1]) if keep else 0)
            sizes = pool.closers.sizes(left)
            if sizes is not None and skip == 0:
                return keep, sizes
            skip -= sizes is not None
        keep -= 1
    raise GenerationError(f"{tokens} tokens of {pool.name} cannot be made out of whole sentences")


@dataclass
class _Line:
    """A haystack as parallel lists, one entry a sentence."""

    texts: list[str]
    tokens: Counts
    inner: Counts
    opens: list[bool]


def _line(
    pool: Pool, stream: Stream, tokens: int, banned: set[int], skip: int
) -> tuple[_Line, Counts]:
    seg = pool.at_least(_reach(pool, tokens))
    index = _draw(pool, stream, tokens, banned)
    keep, sizes = _close(pool, seg, index, tokens, skip)
    index = index[:keep]
    closing = [stream.pick(pool.closers.by_count[size]) for size in sizes]
    texts = seg.texts[index].tolist()
    texts.extend(pool.joint.space + s for s in closing)
    counts = np.array(sizes, dtype=np.int64)
    first = counts.copy()
    if keep == 0:  # the closing sentences stand alone: the first one opens the text
        texts[0] = closing[0]
        first[0] = pool.anchored([closing[0]], pool.joint.anchor_first)[0]
    line = _Line(
        texts,
        np.concatenate([seg.tokens[index], first]),
        np.concatenate([seg.inner[index], counts]),
        [*seg.opens[index].tolist(), *[keep == 0, *[False] * (len(sizes) - 1)]],
    )
    return line, index


def _arrange(
    pool: Pool, line: _Line, pieces: Sequence[Piece], where: dict[int, int], kept: int
) -> Filled:
    """Put pieces between the sentences nearest to their depths.

    A piece before the first sentence of a paragraph opens that paragraph itself, and the
    sentence takes the form of an inner one. Places among the `kept` sentences are noted in
    `where` and used again, so that another closing does not move them.
    """
    joint = pool.joint
    total = np.concatenate([[0], np.cumsum(line.tokens)])
    hay = int(total[-1])
    order = sorted(range(len(pieces)), key=lambda i: pieces[i].depth)
    inner = pool.anchored([joint.space + p.text for p in pieces], joint.stop)
    outer = pool.anchored([p.text for p in pieces], joint.anchor_first)
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
                extra += int(line.inner[at] - line.tokens[at])
            text = "".join(line.texts[at:end])
            parts.append(text)
            chars += len(text)
            at, opened = end, False

    for i in order:
        place = where.get(i, len(total))
        if place > kept:
            place = _nearest(total, pieces[i].depth * hay)
            where[i] = place
        run(place)
        opens = not opened and at < len(line.texts) and line.opens[at]
        lead = "" if opens else joint.space
        start, end = chars + len(lead), chars + len(lead) + len(pieces[i].text)
        # a vocabulary may count the second newline of a break only once a letter follows
        late = int(outer[i] - pool.anchored([pieces[i].text], "k\n")[0]) if opens else 0
        depth = int(total[at]) / max(hay, 1)
        placed[i] = Placed(start, end, int(total[at]) + extra + late, depth)
        parts.append(lead + pieces[i].text)
        chars = end
        extra += int((outer if opens else inner)[i])
        opened = opened or opens
    run(len(line.texts))
    text = "".join(parts)
    return Filled(text, hay + extra, [placed[i] for i in range(len(pieces))], text[-200:])


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

    Raises:
        GenerationError: so few tokens cannot be made of whole sentences.
    """
    inner = pool.anchored([pool.joint.space + p.text for p in pieces], pool.joint.stop)
    hay = tokens - int(inner.sum())
    own = {f: sum(p.text.count(f) for p in pieces) for f in forbidden}
    banned: set[int] = set()
    where: dict[int, int] = {}
    closing = 0
    for attempt in range(_TRIES):
        # near the end a piece may open a paragraph with one closing and not with the next,
        # which costs other tokens, and so on for ever: after a while close in another way
        line, index = _line(pool, streams(label), hay, banned, skip=closing + attempt // 6)
        filled = _after(pool, before, _arrange(pool, line, pieces, where, len(index)))
        if filled.tokens != tokens:
            hay += tokens - filled.tokens
            continue
        found = [f for f in forbidden if filled.text.count(f) != own[f]]
        if not found:
            return filled
        hits = _paragraphs_with(pool, hay, index, line.texts, found)
        banned |= hits
        closing += not hits
        where = {}
    raise GenerationError(f"{tokens} tokens of {pool.name} around the evidence cannot be made")


def _after(pool: Pool, before: str, filled: Filled) -> Filled:
    """Correct the count of the first sentence, which follows `before` and no paragraph break."""
    count, anchor, head = pool.tokenizer.count, pool.joint.anchor_first, filled.text[:200]
    alone = count(anchor + head) - count(anchor)
    shift = count(before + head) - count(before) - alone
    if shift == 0:
        return filled
    placed = [
        replace(p, token_start=p.token_start + shift if p.char_start else 0) for p in filled.placed
    ]
    return replace(filled, tokens=filled.tokens + shift, placed=placed)


def _paragraphs_with(
    pool: Pool, hay: int, index: Counts, texts: list[str], found: list[str]
) -> set[int]:
    """Return the drawn paragraphs that hold one of the strings; none when the closing does."""
    seg = pool.at_least(_reach(pool, hay))
    hits = [i for i in range(len(index)) if any(f in texts[i] for f in found)]
    return set((np.searchsorted(seg.starts, index[hits], side="right") - 1).tolist())


def seam(text: str, position: int) -> int:
    """Return where the piece that begins at a position is cut off: before its blank, if any."""
    return position - 1 if position > 0 and text[position - 1] == " " else position
