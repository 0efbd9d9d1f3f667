"""Statements about other families: made once, counted once, drawn by every sample.

A family is drawn whole, save the last one, so that every person keeps the one elder who is
stated. Names of these families and of the family that is asked about come from two halves of
all names, so that nobody is of both.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from functools import lru_cache
from itertools import count, islice

import numpy as np
import numpy.typing as npt

from synthctx.compose import Room
from synthctx.errors import GenerationError
from synthctx.generators._kinship import Family, spread_steps
from synthctx.haystack import several
from synthctx.names import each_person
from synthctx.streams import Stream, Streams, ranking
from synthctx.tokenizers import Counts

_VERSION = 1


def own_names(language: str, stream: Stream, n: int) -> list[str]:
    """Return `n` names that no other family has."""
    return list(islice((p for p in each_person(language, stream) if _is_own(p)), n))


def _is_own(name: str) -> bool:
    return zlib.crc32(name.encode()) % 2 == 0


class Clans:
    """Families without end, as lines with their tokens.

    Attributes:
        lines: statements, each with a newline behind it.
        tokens: of each line, behind a newline.
        starts: index of the first line of each family, and one past the end.
    """

    def __init__(self, language: str, links: int) -> None:
        self.lines: list[str] = []
        self.tokens: list[int] = []
        self.starts = [0]
        self._language, self._links = language, links
        self._streams = Streams(["clans", _VERSION, language, links])
        people = each_person(language, self._streams("names"))
        self._people = (name for name in people if not _is_own(name))
        self._numbers: Iterator[int] = count()
        self._total = 0

    def _grow(self, room: Room) -> None:
        """Add a family: small ones, and ones like that which is asked about, in turn."""
        number = next(self._numbers)
        stream = self._streams("family", number)
        long = number % 2 == 1
        length = max(2, self._links + stream.between(-2, 2)) if long else stream.between(1, 3)
        family = Family(self._language, stream, 0)
        family.line(spread_steps(stream, length))
        family.branch(stream.between(length // 2, length))
        names = list(islice(self._people, family.end))
        if len(names) < family.end:
            raise GenerationError(
                f"task {room.row.task}: length {room.row.length:,} is too long: there are no"
                f" {len(self.starts) + len(names):,} families of different names"
            )
        lines = [fact.text(names) + "\n" for fact in family.facts]
        self.lines += lines
        self.tokens += room.line_tokens(lines)
        self._total += sum(self.tokens[self.starts[-1] :])
        self.starts.append(len(self.lines))

    def draw(self, room: Room, tokens: int) -> tuple[list[str], list[int], int]:
        """Return lines of no more than so many tokens, their tokens, and those of one more."""
        wanted = several(max(tokens, 1))
        while self._total < wanted:
            self._grow(room)
        sizes, starts = self._families(wanted)
        order = ranking(room.streams("families").raw(len(sizes)))
        total = np.cumsum(sizes[order])
        whole = int(np.searchsorted(total, tokens, side="right"))
        lines: list[str] = []
        counts: list[int] = []
        for family in order[: whole + 1].tolist():
            first, last = int(starts[family]), int(starts[family + 1])
            lines += self.lines[first:last]
            counts += self.tokens[first:last]
        keep = int(np.searchsorted(np.cumsum(counts), tokens, side="right"))
        return lines[:keep], counts[:keep], counts[keep]

    def _families(self, tokens: int) -> tuple[Counts, Counts]:
        """Return the tokens and the first lines of the families that make so many tokens."""
        starts = np.array(self.starts, dtype=np.int64)
        sizes: npt.NDArray[np.int64] = np.add.reduceat(np.array(self.tokens), starts[:-1])
        enough = int(np.searchsorted(np.cumsum(sizes), tokens)) + 1
        return sizes[:enough], starts[: enough + 1]


@lru_cache(maxsize=8)
def _clans(tokenizer: str, language: str, links: int) -> Clans:
    return Clans(language, links)


def clans_of(room: Room, links: int) -> Clans:
    """Return the families among which a room's own one is hidden."""
    return _clans(room.row.tokenizer, room.language, links)
