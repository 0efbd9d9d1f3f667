"""A stream that is drawn from many thousand times for one page: words are made many at once."""

from __future__ import annotations

from synthctx.streams import Stream

_AHEAD = 1024
_WORD = 1 << 64


class Draws(Stream):
    """A stream whose small draws cost little; its draws are not those of the plain stream."""

    __slots__ = ("_words",)

    def __init__(self, stream: Stream) -> None:
        self._bits = stream._bits
        self._words: list[int] = []

    def _word(self) -> int:
        if not self._words:
            self._words = self.raw(_AHEAD).tolist()
        return self._words.pop()

    def below(self, high: int) -> int:
        """Return one integer in [0, high), which is far below 2**64 here."""
        return self._word() * high >> 64

    def chance(self, p: float) -> bool:
        """Return True with probability `p`."""
        return self._word() < p * _WORD
