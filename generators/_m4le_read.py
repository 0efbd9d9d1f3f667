"""What a prompt of an M4LE test shows: the texts under their ids, and what is asked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from synthctx.generators._m4le_list import END, heading_of

SENTENCE = {"en": re.compile(r"(?<=\.) "), "zh": re.compile("(?<=。)")}  # where one ends


@dataclass(frozen=True)
class Seen:
    """A prompt, taken apart.

    Attributes:
        before: what stands in front of the first text.
        texts: id and text, in order; a text whose heading is cut off is not among them.
        question: what follows the last text.
    """

    language: str
    before: str
    texts: list[tuple[str, str]]
    question: str


@lru_cache(maxsize=16)
def _heading(kind: str, language: str) -> re.Pattern[str]:
    form = re.escape(heading_of(kind, language)).replace(r"\{\}", "([0-9A-F]{1,7})")
    return re.compile("^" + form, re.MULTILINE)


def seen(prompt: str, kind: str) -> Seen:
    """Take a prompt apart; where no text stands in it, all of it is in front."""
    for language in ("en", "zh"):
        parts = _heading(kind, language).split(prompt)
        if len(parts) > 1:
            last, _, question = parts[-1].partition(END)
            texts = [text.removesuffix(END) for text in [*parts[2:-1:2], last]]
            return Seen(language, parts[0], list(zip(parts[1::2], texts, strict=True)), question)
    return Seen("en", prompt, [], "")
