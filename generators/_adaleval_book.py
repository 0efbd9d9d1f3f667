"""Parts of a text of the user's own, to be put in order, as Ada-LEval cuts them out of books.

The file is a book (.txt or .md), a folder of documents, or a table with a column of text. All
parts of a sample, and the paragraphs before and after them, are of one text and follow each
other without a gap. They begin with a paragraph; a part ends where a paragraph does, if one ends
near an equal share of the text, else where a sentence does. Headings, numerals, running headers
and repeated paragraphs are left out (see `records.load_texts`). That only one order is right is
what the source says: nothing proves it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np

from synthctx.compose import Room
from synthctx.errors import GenerationError
from synthctx.essay import split_sentences
from synthctx.haystack import Paragraphs, Pool, joints
from synthctx.records import Text, load_texts
from synthctx.streams import Ints
from synthctx.tasks import Body, Counted
from synthctx.text import is_cjk
from synthctx.tokenizers import get_tokenizer

PARAMS: dict[str, dict[str, Any]] = {
    "file": {"type": ["string", "null"], "minLength": 1, "default": None},
    "text_column": {"type": "string", "minLength": 1, "default": "text"},
}
_END = "\n\n"
_BEFORE, _PART, _AFTER = "Before:\n", "Part {}:\n", "After:\n"
_BESIDE = 80  # tokens of the text before and after, about
_LEAST = 40  # tokens of a part
_NEAR = 0.25  # of a share: how far a part may be moved to end with a paragraph
_ALLOWANCE = 4
_EDGE = 100  # characters that are enough to count what stands beside them


@dataclass(frozen=True)
class Counts:
    """A text in its sentences, counted.

    Attributes:
        sentences: each with the blank before it, or the paragraph's end behind it.
        total: tokens before each sentence, and of all.
        opens: the sentences that begin a paragraph.
        additive: counts add up, tried on the whole text.
    """

    sentences: list[str]
    total: Ints
    opens: Ints
    additive: bool

    @property
    def tokens(self) -> int:
        """Return the tokens of the whole text."""
        return int(self.total[-1])


@lru_cache(maxsize=8)
def _counted(tokenizer: str, texts: tuple[Text, ...]) -> list[Counts]:
    return [_count(tokenizer, text) for text in texts]


def _language(text: Text) -> str:
    """Return zh for a text that is mostly Chinese: no blanks stand between its sentences."""
    letters = [char for paragraph in text.paragraphs[:200] for char in paragraph[:500]]
    return "zh" if 2 * sum(map(is_cjk, letters)) > len(letters) else "en"


def _count(tokenizer: str, text: Text) -> Counts:
    language = _language(text)
    paragraphs = [split_sentences(paragraph, language) for paragraph in text.paragraphs]

    def source(part: int) -> Paragraphs | None:
        return paragraphs if part == 0 else None

    pool = Pool(
        get_tokenizer(tokenizer), joints(language), source, f"essay:{text.name}", shuffled=False
    )
    held = pool.at_least(1)
    between = "" if language == "zh" else " "
    sentences = [
        (between if k else "") + sentence + (_END if k == len(paragraph) - 1 else "")
        for paragraph in paragraphs
        for k, sentence in enumerate(paragraph)
    ]
    total = np.concatenate([[0], np.cumsum(held.tokens)])
    return Counts(sentences, total, np.flatnonzero(held.opens), pool.additive)


def book_body(room: Room, gold: list[int], budget: int) -> Body:
    """Return consecutive parts of a text under shuffled labels.

    Args:
        room: of the row.
        gold: the labels in reading order.
        budget: tokens for all parts, their headings and what stands round them.

    Raises:
        GenerationError: they do not fit, or no text is long enough.
    """
    n = len(gold)
    heads = room.line_tokens([_BEFORE, *(_PART.format(label) for label in gold), _AFTER])
    free = budget - sum(heads) - _ALLOWANCE
    least = n * _LEAST + 2 * _BESIDE
    if free < least:
        raise room.too_short(
            f"{n} parts of at least {_LEAST} tokens, with the text round them, take"
            f" {room.row.length - free + least:,} tokens"
        )
    text = _chosen(room, free)
    first = _start(room, text, free)
    stop = int(np.searchsorted(text.total, text.total[first] + free, side="right")) - 1
    for end in range(min(stop, len(text.sentences)), first, -1):
        cuts = _cuts(text, first, end, n)
        if cuts is None:
            break
        pieces = [_Piece(room, text, a, b) for a, b in pairwise(cuts)]
        tokens = sum(piece.tokens for piece in pieces)
        if tokens <= free:
            longest = int(np.diff(text.total).max())
            return _laid_out(room, pieces, gold, longest, text.additive)
    raise room.too_short(f"the sentences of the file are too long for {n} parts")


def _chosen(room: Room, free: int) -> Counts:
    """Return a text that is long enough, the likelier the more of it is beyond that."""
    path = room.params["file"]
    every = _counted(room.row.tokenizer, tuple(load_texts(path, room.params["text_column"])))
    spare = [max(0, text.tokens - free) for text in every]
    if not any(spare):
        longest = max(text.tokens for text in every)
        what = "is one text" if len(every) == 1 else f"has {len(every):,} texts, the longest"
        raise GenerationError(
            f"task {room.row.task}: '{path}' {what} of {longest:,} tokens"
            f" ({room.tokenizer.name}), but length {room.row.length:,} needs one of more than"
            f" {free:,}: give a longer text or a shorter length"
        )
    at = room.streams("text").below(sum(spare))
    return every[int(np.searchsorted(np.cumsum(spare), at, side="right"))]


def _start(room: Room, text: Counts, free: int) -> int:
    """Return the sentence with which the text before the first part begins."""
    last = int(np.searchsorted(text.total, text.tokens - free, side="right")) - 1
    places = text.opens[text.opens <= max(last, 0)]
    return int(places[room.streams("place").below(len(places))])


def _cuts(text: Counts, first: int, end: int, n: int) -> list[int] | None:
    """Return where the text before, the parts and the text after begin, and where all ends.

    None where there are too few sentences.
    """
    total = text.total
    start = max(first + 1, _nearest(total, total[first] + _BESIDE))
    opens = text.opens[(text.opens > first) & (total[text.opens] <= total[first] + 2 * _BESIDE)]
    if len(opens):
        start = int(opens[0])
    stop = min(end - 1, _nearest(total, total[end] - _BESIDE))
    share = (total[stop] - total[start]) / n
    cuts = [first, start]
    for k in range(1, n):
        wanted = total[start] + k * share
        at = _nearest(total, wanted)
        if len(text.opens):
            near = int(text.opens[np.argmin(np.abs(total[text.opens] - wanted))])
            at = near if abs(total[near] - wanted) <= _NEAR * share else at
        cuts.append(max(at, cuts[-1] + 1))
    cuts += [stop, end]
    return cuts if all(a < b for a, b in pairwise(cuts)) else None


def _nearest(total: Ints, wanted: float) -> int:
    at = int(np.searchsorted(total, wanted))
    if at >= len(total):
        return len(total) - 1
    return at - 1 if at and wanted - total[at - 1] <= total[at] - wanted else at


class _Piece:
    """Sentences under a heading: the first begins a line, the last ends a paragraph."""

    def __init__(self, room: Room, text: Counts, start: int, end: int) -> None:
        inner = text.sentences[start:end]
        first, last = inner[0], inner[-1]
        inner[0] = first.lstrip(" ")
        inner[-1] = inner[-1].removesuffix(_END) + _END
        self.text = "".join(inner)
        self.tokens = int(text.total[end] - text.total[start])
        if len(inner) == 1:
            self.tokens = room.line_tokens(inner)[0]
            return
        if inner[0] != first:
            self.tokens += room.line_tokens([inner[0]])[0]
            self.tokens -= int(text.total[start + 1] - text.total[start])
        if inner[-1] != last:
            self.tokens += _behind(room, inner[-1]) - _behind(room, last)


def _behind(room: Room, sentence: str) -> int:
    """Return the tokens of a sentence behind the full stop of another."""
    return room.item_tokens([sentence], ".")[0]


def _laid_out(
    room: Room, pieces: list[_Piece], gold: list[int], longest: int, additive: bool
) -> Body:
    """Return the text before, the parts in the order of their labels, and the text after."""
    n = len(gold)
    heads = [_BEFORE, *(_PART.format(label) for label in range(1, n + 1)), _AFTER]
    shown = [pieces[0], *(pieces[gold.index(k) + 1] for k in range(1, n + 1)), pieces[-1]]
    texts = [part for pair in zip(heads, (p.text for p in shown), strict=True) for part in pair]
    texts[-1] = texts[-1].removesuffix(_END)
    chars = np.cumsum([0, *map(len, texts)]).tolist()
    spans = [(chars[k], chars[k] + len(texts[k].rstrip())) for k in range(1, len(texts), 2)]
    body = Body("".join(texts), spans, longest + _ALLOWANCE)
    if not additive:
        return body
    sizes = [
        size
        for head, piece in zip(room.line_tokens(heads), shown, strict=True)
        for size in (head, piece.tokens)
    ]
    end = texts[-1][-_EDGE:]
    sizes[-1] -= _behind(room, end + _END) - _behind(room, end)
    total = np.cumsum([0, *sizes]).tolist()
    last = len(texts) - 1
    # what ends a paragraph has one token in it, of its own or not
    ends = [total[k + 1] - (k < last) for k in range(1, len(texts), 2)]
    return replace(body, counted=Counted(total[-1], total[1:-1:2], ends))
