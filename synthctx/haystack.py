"""Filler text as pools of sentences whose token counts are known, so that they add up.

A pool is made of blocks of paragraphs. Every sentence is stored with the white space that
joins it to its neighbours: a blank before it inside a paragraph (none in Chinese), none
at the beginning of one, and the paragraph break behind the last. A sentence is counted
behind an anchor, the full stop or paragraph break that stands before it, because every
tokenizer in use splits there: counts of sentences then add up to the count of the text.
That is checked on real text for every pool and tokenizer; where it fails, the composer
counts whole prompts instead.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from synthctx.errors import GenerationError, SuiteError
from synthctx.essay import essay_paragraphs
from synthctx.prose import PROSE_VERSION
from synthctx.prose import block as prose_block
from synthctx.tokenizers import Counts, Tokenizer, count_many, get_tokenizer

Paragraphs = list[list[str]]
NOISE_VERSION = 1
NOISE = {
    "en": [
        "The river keeps moving.",
        "The lamp stays lit all night.",
        "A door opens and then it closes.",
        "We walk out.",
        "We turn round and walk back again.",
    ],
    "zh": [
        "河水一直在流。",
        "灯整夜亮着。",
        "门开了又关上。",
        "我们走出去。",
        "我们转过身再走回来。",
    ],
}
# a noise line has few sentence lengths; these end it at any count
NOISE_CLOSERS = {
    "en": [
        "The day goes on.",
        "The wind turns.",
        "Somebody laughs.",
        "The clock in the hall is slow.",
    ],
    "zh": [
        "天亮了。",
        "风停了，雨也停了。",
        "有人笑。",
        "墙上的钟走得很慢。",
        "日子一天一天过去。",
    ],
}
_CLOSERS = 2500


@dataclass(frozen=True, slots=True)
class Joints:
    """How sentences of a language are joined.

    Attributes:
        space: stands between two sentences of a paragraph.
        stop: full stop, the anchor of a sentence inside a paragraph.
        brk: stands between two paragraphs.
    """

    space: str
    stop: str
    brk: str

    @property
    def anchor_first(self) -> str:
        """Return what stands before the first sentence of a paragraph."""
        return self.stop + self.brk


def joints(language: str, brk: str = "\n\n") -> Joints:
    """Return the joints of a language ("zh": no blanks, full-width stops)."""
    return Joints("", "。", brk) if language == "zh" else Joints(" ", ".", brk)


@dataclass(frozen=True)
class Segments:
    """Sentences in order, with their joints: text = "".join(texts).

    Attributes:
        texts: object array of str.
        tokens: counts, each behind its anchor.
        inner: counts in the form " S.", different from `tokens` only for paragraph openers.
        opens: True where a sentence opens a paragraph.
        starts: index of the first sentence of each paragraph, and one past the end.
    """

    texts: npt.NDArray[np.object_]
    tokens: Counts
    inner: Counts
    opens: npt.NDArray[np.bool_]
    starts: Counts


class Pool:
    """Sentences of one source in one language, counted by one tokenizer.

    Args:
        tokenizer: what counts.
        joint: how sentences are joined.
        source: `source(part)` gives the paragraphs of a block, or None past the end.
        name: what it is called in messages and in the contexts table.
        closers: further sentences to end a haystack with.
    """

    def __init__(
        self,
        tokenizer: Tokenizer,
        joint: Joints,
        source: Callable[[int], Paragraphs | None],
        name: str,
        closers: Sequence[str] = (),
    ) -> None:
        self.tokenizer = tokenizer
        self.joint = joint
        self.name = name
        self._source = source
        self._closers = closers
        self._blocks: list[Segments] = []
        self._joined: dict[int, Segments] = {}

    def anchored(self, texts: Sequence[str], anchor: str) -> Counts:
        """Return the tokens that each text adds behind an anchor."""
        return count_many(self.tokenizer, [anchor + t for t in texts]) - self.tokenizer.count(
            anchor
        )

    def _segments(self, paragraphs: Paragraphs) -> Segments:
        joint = self.joint
        texts: list[str] = []
        opens: list[bool] = []
        starts = [0]
        for paragraph in paragraphs:
            texts.append(paragraph[0])
            texts.extend(joint.space + s for s in paragraph[1:])
            opens.append(True)
            opens.extend([False] * (len(paragraph) - 1))
            texts[-1] += joint.brk
            starts.append(len(texts))
        first = np.array(opens)
        openers = [i for i, o in enumerate(opens) if o]
        inner = self.anchored(
            [joint.space + t if o else t for t, o in zip(texts, opens, strict=True)], joint.stop
        )
        tokens = inner.copy()
        tokens[openers] = self.anchored([texts[i] for i in openers], joint.anchor_first)
        array = np.empty(len(texts), dtype=object)
        array[:] = texts
        return Segments(array, tokens, inner, first, np.array(starts, dtype=np.int64))

    def _block(self, part: int) -> Segments | None:
        while len(self._blocks) <= part:
            paragraphs = self._source(len(self._blocks))
            if paragraphs is None:
                return None
            self._blocks.append(self._segments(paragraphs))
        return self._blocks[part]

    def at_least(self, tokens: int) -> Segments:
        """Return the shortest run of whole blocks, from the first, with so many tokens.

        Raises:
            GenerationError: the source ends before that.
        """
        total, parts = 0, 0
        while total < tokens:
            block = self._block(parts)
            if block is None:
                raise GenerationError(
                    f"haystack '{self.name}' has only {total:,} tokens of {self.tokenizer.name}, "
                    f"but {tokens:,} are needed: give more text, a shorter length, or repeat: true"
                )
            total += int(block.tokens.sum())
            parts += 1
        if parts not in self._joined:
            self._joined = {parts: _concatenate(self._blocks[:parts])}
        return self._joined[parts]

    @cached_property
    def additive(self) -> bool:
        """Say whether counts add up, tried on real paragraphs (people's own text: on all)."""
        block = self.at_least(1)
        last = len(block.starts) - 1 if self.name.startswith("essay") else 60
        starts = block.starts[: last + 1].tolist()
        texts = ["".join(block.texts[a:b].tolist()) for a, b in pairwise(starts)]
        want = np.add.reduceat(block.tokens[: starts[-1]], starts[:-1])
        if not np.array_equal(self.anchored(texts, self.joint.anchor_first), want):
            return False
        whole = self.anchored(["".join(texts[:60])], self.joint.anchor_first)
        return int(whole[0]) == int(want[:60].sum())

    @cached_property
    def closers(self) -> Closers:
        """Return the sentences that can end a haystack at an exact count."""
        block = self.at_least(1)
        brk = self.joint.brk
        texts = [
            t.removesuffix(brk).removeprefix(self.joint.space)
            for t in block.texts[:_CLOSERS].tolist()
        ]
        return Closers(self, list(dict.fromkeys([*texts, *self._closers])))


class Closers:
    """Sentences by token count, and for each residue the fewest that add up to it."""

    def __init__(self, pool: Pool, sentences: list[str]) -> None:
        counts = pool.anchored([pool.joint.space + s for s in sentences], pool.joint.stop)
        self.by_count: dict[int, list[str]] = {}
        for sentence, count in zip(sentences, counts.tolist(), strict=True):
            self.by_count.setdefault(count, []).append(sentence)
        sizes = sorted(self.by_count)
        self.limit = max(4 * sizes[-1], 240)
        fewest: list[tuple[int, int] | None] = [(0, 0)] + [None] * self.limit
        for total in range(1, self.limit + 1):
            options = [
                (before[0] + 1, size)
                for size in sizes
                if size <= total and (before := fewest[total - size]) is not None
            ]
            fewest[total] = min(options, default=None)
        self._fewest = fewest

    def sizes(self, residue: int) -> list[int] | None:
        """Return sentence sizes that add up to `residue` (at least one), or None."""
        if not 0 < residue <= self.limit or self._fewest[residue] is None:
            return None
        out: list[int] = []
        while residue:
            step = self._fewest[residue]
            if step is None:  # cannot happen: every step leads to a reachable residue
                return None
            out.append(step[1])
            residue -= step[1]
        return out


def _concatenate(blocks: list[Segments]) -> Segments:
    if len(blocks) == 1:
        return blocks[0]
    offsets = np.cumsum([0] + [len(b.texts) for b in blocks])
    starts = [b.starts[:-1] + o for b, o in zip(blocks, offsets[:-1], strict=True)]
    return Segments(
        np.concatenate([b.texts for b in blocks]),
        np.concatenate([b.tokens for b in blocks]),
        np.concatenate([b.inner for b in blocks]),
        np.concatenate([b.opens for b in blocks]),
        np.concatenate([*starts, offsets[-1:]]),
    )


def _noise(language: str) -> Callable[[int], Paragraphs]:
    line = NOISE[language]
    return lambda part: [list(line) for _ in range(400)]


@lru_cache(maxsize=16)
def get_pool(
    tokenizer: str,
    kind: str,
    language: str,
    files: tuple[str, ...] = (),
    column: str = "text",
    repeat: bool = False,
) -> Pool:
    """Return the pool of a haystack kind: "prose", "noise" or "essay" (from files).

    Raises:
        SuiteError: unknown kind or language, or unreadable files.
    """
    counter = get_tokenizer(tokenizer)
    if kind == "essay":
        paragraphs = essay_paragraphs(files, language, column)

        def source(part: int) -> Paragraphs | None:
            return paragraphs if part == 0 or repeat else None

        return Pool(counter, joints(language), source, f"essay:{','.join(files)}")
    if language not in NOISE:
        raise SuiteError(f"haystack '{kind}' has no language '{language}'; it has en, zh")
    if kind == "noise":
        closers = NOISE_CLOSERS[language]
        return Pool(counter, joints(language, "\n"), _noise(language), "noise", closers)
    if kind == "prose":
        return Pool(counter, joints(language), lambda part: prose_block(language, part), "prose")
    raise SuiteError(f"unknown haystack '{kind}'; there are prose, noise, essay")


def versions() -> dict[str, Any]:
    """Return the versions of the built-in texts, for the manifest."""
    return {"prose": PROSE_VERSION, "noise": NOISE_VERSION}
