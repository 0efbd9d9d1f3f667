"""The code that makes many-shot tests provable: labels told apart by pairs of made-up words.

Each label owns three cue words, and two labels share at most one of them. So a pair of cues
belongs to one label at most; every demonstration of a label shows all of its three; and a
question is used only when exactly one label owns a pair of the cues in it. Which label is right
follows from one full round of demonstrations, and from nothing else: labels are made-up words
that have nothing to do with their cues. Tiers:

- easy: no cue belongs to two labels; a question shows two of the three.
- medium: cues are shared; a question shows all three.
- hard: cues are shared; a question shows two of the three, and one of another label.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Set
from dataclasses import dataclass

from synthctx.errors import GenerationError
from synthctx.streams import Stream, Streams

Triple = tuple[str, str, str]

TIERS = ("easy", "medium", "hard")
_CONSONANTS, _VOWELS = "bdfgklmnprstvz", "aeiou"
_TRIES = 1000
# of a script without blanks each character, for texts of a user's own
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W\d_\u3040-\u30ff\u3400-\u9fff]+")


def made_up(stream: Stream, n: int, taken: Set[str], syllables: tuple[int, int]) -> list[str]:
    """Return `n` different made-up words of so many syllables, none of which is taken."""
    out: dict[str, None] = {}
    while len(out) < n:
        size = stream.between(*syllables)
        word = "".join(stream.pick(_CONSONANTS) + stream.pick(_VOWELS) for _ in range(size))
        word += stream.pick(_CONSONANTS)
        if word not in taken:
            out.setdefault(word)
    return list(out)


def opaque(stream: Stream, n: int, taken: Set[str] = frozenset()) -> list[str]:
    """Return `n` labels of two made-up words each; no word stands in two of them."""
    halves = made_up(stream, 2 * n, taken, (2, 3))
    return [f"{a}_{b}" for a, b in zip(halves[::2], halves[1::2], strict=True)]


def words_of(texts: Iterable[str]) -> frozenset[str]:
    """Return the words of texts in small letters."""
    return frozenset(re.findall(r"[a-z]+", " ".join(texts).lower()))


def _triples(
    stream: Stream, n: int, tier: str, taken: Set[str], syllables: tuple[int, int]
) -> list[Triple]:
    """Return `n` triples of cue words, any two of which share at most one word."""
    if tier == "easy":
        words = made_up(stream, 3 * n, taken, syllables)
        return [(words[3 * i], words[3 * i + 1], words[3 * i + 2]) for i in range(n)]
    words = made_up(stream, max(9, math.ceil(5.2 * math.sqrt(n))), taken, syllables)
    used: set[tuple[int, int]] = set()
    out: list[Triple] = []
    while len(out) < n:
        a, b, c = sorted(stream.sample(range(len(words)), 3))
        pairs = {(a, b), (a, c), (b, c)}
        if not pairs & used:
            used |= pairs
            out.append((words[a], words[b], words[c]))
    return out


def owners(cues: list[Triple], words: Set[str]) -> list[int]:
    """Return the labels two of whose cues are among some words."""
    return [i for i, triple in enumerate(cues) if len(words & set(triple)) >= 2]


@dataclass(frozen=True)
class Code:
    """Labels, and the cues that each of them owns."""

    labels: list[str]
    cues: list[Triple]
    tier: str

    def ask(self, streams: Streams, gold: int, place: int = 0) -> tuple[str, ...]:
        """Return the cues of a question to which one label only is the answer.

        Args:
            streams: of the row.
            gold: that label.
            place: which of several questions of a sample.

        Raises:
            GenerationError: there are none (no tier and number of labels is known to do that).
        """
        for attempt in range(_TRIES):
            draw = streams("cues", place, attempt)
            cues = tuple(draw.shuffled(self.cues[gold]))
            if self.tier != "medium":
                cues = cues[:2]
            if self.tier == "hard":
                other = self.cues[(gold + 1 + attempt) % len(self.cues)]
                foreign = draw.pick([cue for cue in other if cue not in self.cues[gold]])
                cues = tuple(draw.shuffled([*cues, foreign]))
            distinct = len(set(cues)) == len(cues)
            if distinct and owners(self.cues, set(cues)) == [gold]:
                return cues
        raise GenerationError(f"no question was found that only label {gold} fits")


def new_code(
    streams: Streams, n: int, tier: str, taken: Set[str], syllables: tuple[int, int] = (2, 3)
) -> Code:
    """Return a code of `n` labels.

    Args:
        streams: of the book of demonstrations.
        n: 8 or more.
        tier: one of `TIERS`.
        taken: words that are neither cue nor label, such as those of all sentences.
        syllables: of a cue word.
    """
    cues = _triples(streams("cues"), n, tier, taken, syllables)
    used = {word for triple in cues for word in triple} | taken
    return Code(opaque(streams("labels"), n, used), cues, tier)


class Shown:
    """What a prompt shows, for a solver: the cues of each labelled piece."""

    def __init__(self, texts: Iterable[str], labels: Iterable[str], carriers: Set[str]) -> None:
        self._carriers = carriers
        self._seen = [(self.cues(t), label) for t, label in zip(texts, labels, strict=True)]

    def cues(self, text: str) -> set[str]:
        """Return the words of a text without those that all texts are made of."""
        return set(_WORD.findall(text.lower())) - self._carriers

    def label(self, text: str) -> str:
        """Return the label that shares most cues with a text, "" where none is shown."""
        wanted = self.cues(text)
        best, found = -1, ""
        for cues, label in self._seen:
            shared = len(wanted & cues)
            if shared > best:
                best, found = shared, label
        return found


def all_labels(labels: Iterable[str]) -> list[str]:
    """Return answers that need no reading: all labels in one, and the two shown last."""
    known = list(dict.fromkeys(labels))
    return [", ".join(known), "\n".join(known), " or ".join(known[-2:])]
