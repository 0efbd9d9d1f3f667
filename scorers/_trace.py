"""What the rules about traces share: published figures, tagged blocks, lists begun anew."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from synthctx.text import Span


class Published(NamedTuple):
    """LongProc's three figures for an answer."""

    accuracy: float = 0.0
    partial_accuracy: float = 0.0
    extraction_rate: float = 0.0

    @property
    def companions(self) -> dict[str, float]:
        """Return the figures beside the accuracy as metrics."""
        return {
            "paper_partial_accuracy": self.partial_accuracy,
            "paper_extraction_rate": self.extraction_rate,
        }


def published_block(output: str, tag: str) -> str | None:
    """Return what stands between the first opening and the first closing tag, if both occur."""
    start, end = output.find(f"<{tag}>"), output.find(f"</{tag}>")
    return None if start < 0 or end < 0 else output[start + len(tag) + 2 : end].strip()


def tag_pattern(name: str) -> re.Pattern[str]:
    """Return what an opening or (with group 1) a closing tag looks like, in either case."""
    words = r"\s{1,3}".join(map(re.escape, name.split()))
    return re.compile(rf"<\s{{0,3}}(/?)\s{{0,3}}{words}\s{{0,3}}>", re.IGNORECASE)


def tagged_blocks(text: str, tag: re.Pattern[str]) -> list[Span]:
    """Return what stands inside such tags, if anything, also in a block that is never closed."""
    blocks: list[Span] = []
    start = -1
    for found in [*tag.finditer(text), None]:
        end = len(text) if found is None else found.start()
        if 0 <= start < end:
            blocks.append(Span(text[start:end], start, end))
        start = -1 if found is None or found[1] else found.end()
    return blocks


def last_start(starts: Sequence[bool]) -> int:
    """Return where a list was last begun anew: at another first step, with others between."""
    first = starts.index(True) if True in starts else 0
    again = (i for i in range(first + 1, len(starts)) if starts[i] and not starts[i - 1])
    return max(again, default=0)
