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
from functools import cached_property, lru_cache, partial
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
_GRAMS = 1 << 22


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
    """Sections in order, each some whole paragraphs with their joints: "".join(sections).

    Attributes:
        sections: object array of str, each with the paragraph break behind it.
        sizes: tokens of each section, behind a paragraph break.
        starts: index of the first sentence of each section, and one past the end.
        tokens: tokens of each sentence, behind its anchor.
        ends: character position in its section at which each sentence ends.
        opens: whether each sentence opens a paragraph.
    """

    sections: npt.NDArray[np.object_]
    sizes: Counts
    starts: Counts
    tokens: Counts
    ends: Counts
    opens: npt.NDArray[np.bool_]

    def sentences(self, section: int) -> tuple[list[str], list[int], list[bool]]:
        """Return the sentences of a section with their joints, their tokens, who opens."""
        span = slice(int(self.starts[section]), int(self.starts[section + 1]))
        text, cuts = self.sections[section], [0, *self.ends[span].tolist()]
        texts = [text[a:b] for a, b in pairwise(cuts)]
        return texts, self.tokens[span].tolist(), self.opens[span].tolist()


class Pool:
    """Sentences of one source in one language, counted by one tokenizer.

    Args:
        tokenizer: what counts.
        joint: how sentences are joined.
        source: `source(part)` gives the paragraphs of a block, or None past the end.
        name: what it is called in messages and in the contexts table.
        closers: further sentences to end a haystack with.
        reach: `reach(tokens)` says how many tokens of the source a haystack draws from.
        shuffled: whether sections are drawn in random order, or taken as they come.
        together: paragraphs of a section.
    """

    def __init__(
        self,
        tokenizer: Tokenizer,
        joint: Joints,
        source: Callable[[int], Paragraphs | None],
        name: str,
        closers: Sequence[str] = (),
        reach: Callable[[int], int] = int,
        shuffled: bool = True,
        together: int = 1,
    ) -> None:
        self.tokenizer = tokenizer
        self.joint = joint
        self.name = name
        self.reach = reach
        self.shuffled = shuffled
        self.together = together
        self._source = source
        self._closers = closers
        self._blocks: list[Segments] = []
        self._joined: dict[int, Segments] = {}
        self._grams = np.zeros(_GRAMS, dtype=np.bool_)
        self._scanned = 0
        # for what is counted again and again, such as an instruction
        self.fixed = lru_cache(maxsize=1024)(tokenizer.count)

    def anchored(self, texts: Sequence[str], anchor: str) -> Counts:
        """Return the tokens that each text adds behind an anchor."""
        return count_many(self.tokenizer, [anchor + t for t in texts]) - self.fixed(anchor)

    def behind(self, anchor: str, text: str) -> int:
        """Return the tokens that one text adds behind an anchor."""
        return self.tokenizer.count(anchor + text) - self.fixed(anchor)

    def may_hold(self, wanted: str) -> bool:
        """Say whether a string could stand in a section; False is certain.

        A string of which four neighbouring bytes stand nowhere in the pool is not in it, and
        to know that costs far less than to search a long text.
        """
        for block in self._blocks[self._scanned :]:
            self._grams[_grams("".join(block.sections.tolist()))] = True
        self._scanned = len(self._blocks)
        grams = _grams(wanted)
        return len(grams) == 0 or bool(self._grams[grams].all())

    def _segments(self, source: Paragraphs) -> Segments:
        joint = self.joint
        texts = [joint.space.join(p) + joint.brk for p in source]
        lengths = np.array([len(p) for p in source], dtype=np.int64)
        begins = np.concatenate([[0], np.cumsum(lengths)])  # sentences before each paragraph
        chars = np.array([len(s) for p in source for s in p], dtype=np.int64)
        chars += len(joint.space)
        chars[begins[:-1]] -= len(joint.space)
        chars[begins[1:] - 1] += len(joint.brk)
        total = np.cumsum(chars)
        tokens = self._sentence_tokens("".join(texts), begins, total)
        opens = np.zeros(len(chars), dtype=np.bool_)
        opens[begins[:-1]] = True
        starts = np.append(begins[: -1 : self.together], begins[-1])
        sections = np.empty(len(starts) - 1, dtype=object)
        sections[:] = [
            "".join(texts[at : at + self.together]) for at in range(0, len(texts), self.together)
        ]
        sizes = np.add.reduceat(tokens, starts[:-1])
        before = np.concatenate([[0], total[starts[1:-1] - 1]])
        return Segments(
            sections, sizes, starts, tokens, total - np.repeat(before, np.diff(starts)), opens
        )

    def _sentence_tokens(self, text: str, begins: Counts, total: Counts) -> Counts:
        """Count every sentence behind its anchor.

        Where a tokenizer is quick to say where its tokens end, the block is read once, if every
        sentence boundary is the end of a token; else sentences are counted alone.
        """
        joint = self.joint
        if getattr(self.tokenizer, "quick_ends", False):
            anchor = joint.anchor_first
            ends = self.tokenizer.ends(anchor + text) - len(anchor)
            upto = np.searchsorted(ends, total, side="right")
            skipped = int(np.searchsorted(ends, 0, side="right"))
            if skipped == self.fixed(anchor) and np.array_equal(ends[upto - 1], total):
                return np.diff(upto, prepend=skipped)
        cuts = [0, *total.tolist()]
        texts = [text[a:b] for a, b in pairwise(cuts)]
        tokens = self.anchored(texts, joint.stop)
        openers = begins[:-1].tolist()
        tokens[openers] = self.anchored([texts[i] for i in openers], joint.anchor_first)
        return tokens

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
            total += int(block.sizes.sum())
            parts += 1
        if parts not in self._joined:
            self._joined = {parts: _concatenate(self._blocks[:parts])}
        return self._joined[parts]

    @cached_property
    def additive(self) -> bool:
        """Say whether counts add up, tried on real sections (people's own text: on all)."""
        block = self.at_least(1)
        tried = len(block.sizes) if self.name.startswith("essay") else 60
        texts, sizes = block.sections[:tried].tolist(), block.sizes[:tried]
        first = self.joint.anchor_first
        if not np.array_equal(self.anchored(texts, first), sizes):
            return False
        whole = self.anchored(["".join(reversed(texts[:60]))], first)
        return int(whole[0]) == int(sizes[:60].sum())

    @cached_property
    def closers(self) -> Closers:
        """Return the sentences that can end a haystack at an exact count."""
        block = self.at_least(1)
        brk, space = self.joint.brk, self.joint.space
        enough = min(int(np.searchsorted(block.starts, _CLOSERS)), len(block.sizes))
        texts = [t for n in range(enough) for t in block.sentences(n)[0]][:_CLOSERS]
        own = [t.removesuffix(brk).removeprefix(space) for t in texts]
        return Closers(self, list(dict.fromkeys([*own, *self._closers])))


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


def _grams(text: str) -> npt.NDArray[np.uint32]:
    """Return a number below 2**22 for each four neighbouring bytes of a text."""
    raw = np.frombuffer(text.encode("utf-8"), dtype=np.uint8).astype(np.uint32)
    if len(raw) < 4:
        return np.zeros(0, dtype=np.uint32)
    four = raw[:-3] | raw[1:-2] << 8 | raw[2:-1] << 16 | raw[3:] << 24
    return np.asarray((four * np.uint32(2654435761)) >> np.uint32(10), dtype=np.uint32)


def _concatenate(blocks: list[Segments]) -> Segments:
    if len(blocks) == 1:
        return blocks[0]
    offsets = np.cumsum([0] + [len(b.tokens) for b in blocks])
    starts = [b.starts[:-1] + o for b, o in zip(blocks, offsets[:-1], strict=True)]
    return Segments(
        np.concatenate([b.sections for b in blocks]),
        np.concatenate([b.sizes for b in blocks]),
        np.concatenate([*starts, offsets[-1:]]),
        np.concatenate([b.tokens for b in blocks]),
        np.concatenate([b.ends for b in blocks]),
        np.concatenate([b.opens for b in blocks]),
    )


def several(tokens: int) -> int:
    """Return several times what is needed where that is cheap, so that samples differ."""
    return max(tokens + tokens // 4, min(4 * tokens, 600_000))


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
    shuffle: bool = True,
    stamps: tuple[tuple[int, int], ...] = (),
) -> Pool:
    """Return the pool of a haystack kind: "prose", "noise" or "essay" (from files).

    A pool is kept as long as its `stamps`, the sizes and times of its files, are the same.

    Raises:
        SuiteError: unknown kind or language, or unreadable files.
    """
    counter = get_tokenizer(tokenizer)
    if kind == "essay":
        paragraphs = essay_paragraphs(files, language, column)

        def source(part: int) -> Paragraphs | None:
            return paragraphs if part == 0 or repeat else None

        name = f"essay:{','.join(files)}"
        return Pool(counter, joints(language), source, name, shuffled=shuffle)
    if language not in NOISE:
        raise SuiteError(f"haystack '{kind}' has no language '{language}'; it has en, zh")
    if kind == "noise":
        closers = NOISE_CLOSERS[language]
        return Pool(
            counter, joints(language, "\n"), _noise(language), "noise", closers, together=10
        )
    if kind == "prose":
        blocks = partial(prose_block, language)
        return Pool(counter, joints(language), blocks, "prose", reach=several, together=4)
    raise SuiteError(f"unknown haystack '{kind}'; there are prose, noise, essay")


def versions() -> dict[str, Any]:
    """Return the versions of the built-in texts, for the manifest."""
    return {"prose": PROSE_VERSION, "noise": NOISE_VERSION}
