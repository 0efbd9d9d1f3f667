"""Which of the asked things an answer names, and how many others of the same kind.

The strict side of rules that look for given strings. Naming everything does not pay: each
thing named that was not asked for takes back one that was.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from synthctx.text import (
    Number,
    Reading,
    Span,
    bounded_find,
    fold,
    is_cjk,
    is_denied,
    is_hedged,
    lowered,
    numbers,
    read_answer,
    strip_wrapping,
    undeclared_answer,
)

KINDS = ("number", "uuid", "code", "word")

_UUID = re.compile(
    r"(?<![0-9a-z_-])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-z_-])", re.IGNORECASE
)
_INTEGER = re.compile(r"-?[0-9]+")
_TOKEN = re.compile(r"[^\W_][\w-]*")
_ITEM_BREAK = re.compile(
    r"[,;|/\n，、；。]|\.(?=\s|$)|\s(?:and|or)\s|和|或|"
    r"(?<!\S)[-*•](?=\s)|(?<!\S)\(?[0-9]{1,4}[.)](?=\s)"
)
_ARTICLE = re.compile(r"\A(?:(?:and|or|the|a|an|is|are)\s{1,3}){1,3}", re.IGNORECASE)
_SMALL_TALK = frozenset({"sure", "yes", "ok", "okay", "certainly", "of course", "answer", "so"})


@dataclass(frozen=True, slots=True)
class Recall:
    """What an answer names of what was asked.

    Attributes:
        found: the references named, in their own order.
        asked: how many distinct references there are.
        rivals: how many other things of the same kind are named.
        reading: the part of the output that was read.
        hedged: a reference is only offered as one of several ("x or y").
    """

    found: tuple[str, ...]
    asked: int
    rivals: int
    reading: Reading
    hedged: bool

    @property
    def score(self) -> float:
        """Right minus wrong over asked, not below 0; nothing when the answer is hedged."""
        if self.hedged or not self.asked:
            return 0.0
        return max(0, len(self.found) - self.rivals) / self.asked

    @property
    def flags(self) -> tuple[str, ...]:
        """Return "shotgun" or "ambiguous" where more than the answer is named."""
        if self.reading.too_long or self.rivals > max(3, 2 * self.asked):
            return ("shotgun",)
        return ("ambiguous",) if self.rivals or self.hedged else ()

    @property
    def explanation(self) -> str:
        """Return one sentence on what was found."""
        if self.reading.too_long:
            return "the output declares no answer and is far longer than one"
        said = f"{len(self.found)} of {self.asked} found"
        if self.rivals:
            said += f", {self.rivals} more of the same kind named"
        return said + (", offered as one of several" if self.hedged else "")


def recall(
    output: str,
    references: Sequence[str],
    *,
    kind: str | None = None,
    candidates: Sequence[str] = (),
) -> Recall:
    """Look for references, as whole words or numbers in any case, in what counts as the answer.

    Args:
        output: what the model wrote.
        references: what it was asked to name; repeats count once.
        kind: one of `KINDS`; inferred when None.
        candidates: other possible answers of the test, each a rival when named.
    """
    asked = list(dict.fromkeys(bare for r in references if (bare := _without_article(r))))
    kind = kind or kind_of(asked)
    limit = max(1000, 10 * sum(map(len, asked)))
    text = fold(output)
    reading = read_answer(text, limit, to_end=len(asked) > 1)
    named = _named(reading.text, asked, kind)
    if reading.declared and not named and kind != "word":
        reading = undeclared_answer(text, limit)
        named = _named(reading.text, asked, kind)
    lower = lowered(reading.text)
    wanted = set(map(lowered, asked))
    places: dict[str, list[Span]] = {reference: [] for reference in wanted}
    for span in named:
        if span.text in wanted and not is_denied(lower, span.start):
            places[span.text].append(span)
    found = tuple(r for r in asked if places[lowered(r)])
    only = places[lowered(found[0])] if len(asked) == 1 and found else []
    hedged = bool(only) and all(is_hedged(lower, span.start, span.end) for span in only)
    rivals = {span.text for span in named} - wanted
    if only and rivals:
        stated = {span.text for span in named if _STATING.search(lower, *_before(span))}
        rivals = stated - wanted if stated & wanted else rivals
    others = {lowered(_without_article(candidate)) for candidate in candidates} - wanted
    rivals |= {other for other in others if _is_named(lower, other)}
    return Recall(found, len(asked), len(rivals), reading, hedged)


def _without_article(reference: str) -> str:
    return _LEADING_ARTICLE.sub("", fold(reference).strip(), count=1)


def _is_named(lower: str, other: str) -> bool:
    return any(not is_denied(lower, at) for at in bounded_find(lower, other))


_LEADING_ARTICLE = re.compile(r"\A(?:the|a|an)\s+(?=\S)", re.IGNORECASE)
_STATING = re.compile(r"(?:[:=：]|\b(?:is|are|was)|为|是)\s{0,3}[\"'`*(\[]{0,4}\Z")


def _before(span: Span) -> tuple[int, int]:
    return max(0, span.start - 12), span.start


def plain_digits(number: Number) -> str:
    """Return a number as written, without its thousands separators."""
    return number.text.replace(",", "")


def kind_of(references: Sequence[str]) -> str:
    """Return what kind of thing the references are, one of `KINDS`."""
    if references and all(_INTEGER.fullmatch(r) for r in references):
        return "number"
    if references and all(_UUID.fullmatch(r) for r in references):
        return "uuid"
    if references and all(_TOKEN.fullmatch(r) and _shape(r) is not None for r in references):
        return "code"
    return "word"


def _shape(token: str) -> str | None:
    """Return the pattern of a made-up code ("AB12" -> "AA99"), None for an ordinary word."""
    letters = [c for c in token if c.isalpha()]
    digits = any(c.isdecimal() for c in token)
    if not (digits and letters) and not (len(token) > 2 and token.isupper() and token.isascii()):
        return None
    return "".join("9" if c.isdecimal() else "A" if c.isupper() else "a" for c in token)


def _named(text: str, asked: Sequence[str], kind: str) -> list[Span]:
    """Return the things of the references' kind that a text names, in lower case."""
    if kind == "number":
        widths = {len(reference.lstrip("-")) for reference in asked}
        read = [Span(plain_digits(n), n.start, n.end) for n in numbers(text)]
        return [n for n in read if len(n.text.lstrip("-").split(".")[0]) in widths]
    if kind == "word":
        return _named_words(lowered(text), asked)
    pattern = _UUID if kind == "uuid" else _TOKEN
    shapes = {_shape(reference) for reference in asked}
    matches = [m for m in pattern.finditer(text) if kind == "uuid" or _shape(m[0]) in shapes]
    others = [Span(lowered(m[0]), m.start(), m.end()) for m in matches]
    known = {(span.start, span.end) for span in others}
    exact = _occurrences(lowered(text), asked)
    return others + [span for span in exact if (span.start, span.end) not in known]


def _occurrences(lower: str, asked: Sequence[str]) -> list[Span]:
    found: list[Span] = []
    for reference in asked:
        needle = lowered(reference)
        found += [Span(needle, at, at + len(needle)) for at in bounded_find(lower, needle)]
    return found


def _named_words(lower: str, asked: Sequence[str]) -> list[Span]:
    """Return the references that a text names, and the items of a list one of them is in."""
    found = _occurrences(lower, asked)
    wanted = set(map(lowered, asked))
    items: list[Span] = []
    start = 0
    for end, after in [*(m.span() for m in _ITEM_BREAK.finditer(lower)), (len(lower), 0)]:
        items.append(Span(_bare(lower[start:end]), start, end))
        start = after
    if not wanted & {item.text for item in items}:
        return found
    longest = max(map(_size, wanted))
    others = [i for i in items if i.text and i.text not in _SMALL_TALK | wanted]
    return found + [item for item in others if _size(item.text) <= longest]


def _bare(item: str) -> str:
    item = item.rsplit(":", 1)[-1]
    return strip_wrapping(_ARTICLE.sub("", strip_wrapping(item), count=1))


def _size(item: str) -> int:
    return len(item) if any(map(is_cjk, item)) else len(item.split())


# ---------------------------------------------------------------- one number

_STATED = re.compile(
    r"(?:=|:|\b(?:is|was|equals|returns|returned|gives|be)\b|为|是|等于|：)"
    r"\s{0,3}(?:(?:exactly|also|now|then|equal to)\s{1,3})?[*`\"'($\\]{0,4}(?=[-+]?[0-9])"
)
_LIST_GOES_ON = re.compile(r"\s{0,3},?\s{0,3}[-+]?[0-9]")


@dataclass(frozen=True, slots=True)
class StatedNumber:
    """The number an answer states, None when it states none or several as one answer."""

    number: Number | None
    ambiguous: bool = False


def stated_number(output: str) -> StatedNumber:
    """Return the number that an answer states.

    The last declared one; without a declaration the only number there is, or else the last
    that follows "is", "returns", "=" or a colon. Two numbers on a par are no answer.
    """
    text = fold(output)
    reading = read_answer(text)
    found = numbers(reading.text)
    if reading.declared and not found:
        reading = undeclared_answer(text)
        found = numbers(reading.text)
    values: set[Decimal] = {n.value for n in found}
    if not found:
        return StatedNumber(None, reading.too_long)
    if len(values) == 1:
        hedged = all(is_denied(reading.text, n.start) for n in found)
        return StatedNumber(None if hedged else found[0])
    starts = {match.end() for match in _STATED.finditer(reading.text)}
    stated = [
        n
        for n in found
        if n.start in starts
        and not is_denied(reading.text, n.start)
        and not _LIST_GOES_ON.match(reading.text, n.end)
    ]
    if stated:
        last = stated[-1]
        hedged = is_hedged(reading.text, last.start, last.end)
        return StatedNumber(None if hedged else last, hedged)
    alone = [n for n in found if _is_alone(reading.text, n)]
    if len({n.value for n in alone}) == 1:
        return StatedNumber(alone[0])
    first = found[0]
    if reading.declared and first.start == 0 and not is_hedged(reading.text, 0, first.end):
        return StatedNumber(first)
    return StatedNumber(None, True)


def _is_alone(text: str, number: Number) -> bool:
    """Tell whether a line holds nothing but the number."""
    before = text[max(0, number.start - 8) : number.start].rsplit("\n", 1)[-1]
    after = text[number.end : number.end + 8].split("\n", 1)[0]
    return not (before + after).strip(" \t*_`\"'.。$")
