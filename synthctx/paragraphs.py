"""The paragraphs of a text as people have it: books with hard-wrapped lines, headings and pages.

What is left out must be no sentence of the text. So a line is a running header, or the number of
a page, by what it is like and not for coming often alone: the last line of a hard-wrapped
paragraph is as short ("he said."), comes as often, and may be a year ("1857.").
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

_LONGEST_HEADING = 80  # characters
_RUNNING = 3  # a line at the edge of so many blocks is a running header
_BLOCK_END = re.compile(r"\n[^\S\n]*\n\s*|\f")
_RULE = re.compile(r"[-=*_~#\s.]{3,}|(?:[-=*_~]\s*)+")
# "mix" is one, but "did", "mild" and "civil" are none
_ROMAN = r"(?=[ivxlcdm])m{0,3}(?:c[md]|d?c{0,3})(?:x[cl]|l?x{0,3})(?:i[xv]|v?i{0,3})"
_BESIDE = r"[^\w\"'“”‘’「」]*"
_NUMERAL = re.compile(rf"{_BESIDE}(?:[0-9]+|{_ROMAN}){_BESIDE}", re.IGNORECASE)
_NO_LETTER = re.compile(r"[\W\d_]+")
_ENDS = re.compile(r"(?:[.!?…:;,—–。！？：；，]|--)[\"'”’」』)\]）*_]*$")
_SPOKEN = ('"', "'", "”", "’", "」")  # "NO!" is no heading
_PART = re.compile(
    r"(?:chapter|book|part|section|act|scene|volume|canto|letter|appendix|page)\s+"
    r"(?:[0-9]+|[ivxlcdm]+|one|two|three|four|five|six|seven|eight|nine|ten|the)\b",
    re.IGNORECASE,
)
_HAN = r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]"
_BLANK = re.compile(r"\s+")
_CHINESE_BREAK = re.compile(f"(?<={_HAN}) (?={_HAN})")
# what Project Gutenberg puts before and behind a book
_FRAME = re.compile(r"^\*{3} ?(START|END) OF TH(?:E|IS) PROJECT GUTENBERG.*$", re.MULTILINE)


def blocks_of(text: str) -> list[list[str]]:
    """Return what blank lines and page ends part, each as its lines."""
    split = (
        [line.strip() for line in block.split("\n") if line.strip()]
        for block in _BLOCK_END.split(text)
    )
    return [block for block in split if block]


def joined(block: list[str]) -> str:
    """Return the lines of a paragraph as one; between Chinese characters without a blank."""
    return _CHINESE_BREAK.sub("", _BLANK.sub(" ", " ".join(block)))


def paragraphs_of(text: str) -> Iterator[str]:
    """Yield the paragraphs of a book in one line each.

    Left out are headings, bare numerals, rules, running headers, and what Project Gutenberg puts
    round a book.
    """
    blocks = blocks_of(_unframed(text))
    edges = Counter(_running(line) for block in blocks for line in {block[0], block[-1]})
    for block in blocks:
        while block and _is_header(block[0], edges, first=True):
            block = block[1:]
        while block and _is_header(block[-1], edges, first=len(block) == 1):
            block = block[:-1]
        if len(block) > 1 and _RULE.fullmatch(block[1]):  # a heading underlined
            block = block[2:]
        paragraph = joined(block)
        if paragraph and not (len(block) == 1 and _is_heading(paragraph)):
            yield paragraph


def _unframed(text: str) -> str:
    """Return a text from behind the line that says where it starts to that where it ends."""
    start, end = 0, len(text)
    for mark in _FRAME.finditer(text):
        if mark[1] == "START":
            start = mark.end()
        elif mark.start() > start:
            end = mark.start()
            break
    return text[start:end]


def _running(line: str) -> str:
    """Return a line as it would come again on another page: without its number."""
    return _NO_LETTER.sub(" ", line).casefold().strip()


def _is_header(line: str, edges: Counter[str], *, first: bool) -> bool:
    """Say whether a line at the edge of a block is none of its text.

    Args:
        line: the first or the last one.
        edges: how often lines are at an edge.
        first: the line begins the block; only such a numeral may have a full stop.
    """
    if line.startswith("#") or _RULE.fullmatch(line):
        return True
    ends = _ENDS.search(line) is not None
    if _NUMERAL.fullmatch(line):
        return first or not ends
    if ends or len(line) > _LONGEST_HEADING or edges[_running(line)] < _RUNNING:
        return False
    return line.upper() == line or all(word[0].isupper() for word in _long_words(line))


def _long_words(line: str) -> list[str]:
    """Return the words that a title has in capitals, all of them where none is long."""
    words = _NO_LETTER.sub(" ", line).split()
    return [word for word in words if len(word) > 3] or words


def _is_heading(line: str) -> bool:
    """Say whether a line that stands alone is a heading: short, and not a sentence."""
    if len(line) > _LONGEST_HEADING:
        return False
    shouted = line.upper() == line != line.lower() and not line.endswith(_SPOKEN)
    return shouted or not _ENDS.search(line) or bool(_PART.match(line))
