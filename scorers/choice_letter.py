"""The rule for naming one of several lettered options: NeedleBench's four-option tracing."""

from __future__ import annotations

import functools
import itertools
import re
from dataclasses import replace
from typing import Any, NamedTuple

from synthctx.errors import ScoreError
from synthctx.rules import Grade, Params, rule, unreadable
from synthctx.scorers._first_option import first_option
from synthctx.text import fold, is_denied, is_hedged, last_declaration, own_turn

_MOST = 26
_MANY = 3
_LONGEST = 1000  # an answer that declares nothing is short
_END = 8000  # a declaration before the last so many characters is part of an echo
_SPAN = 300

# What shows that a letter is chosen: words before it, or words after it
_BEFORE = (
    r"\b(?:choose|chose|pick(?:ed)?|select(?:ed)?|go with|settle on|opt for)\s{1,3}",
    r"\b(?:therefore|thus|hence|so|no|wait|actually|rather|sorry|correction)\b[,:;.!]?\s{1,3}"
    r"(?:it(?:'s|\s{1,3}is)\s{1,3})?",
    r"(?:选择?了?|故|因此|所以|显然|应为|应是|其实是?|不对[,。]?)[\s:,]{0,3}(?:是\s{0,3})?(?:选项\s{0,3})?",
)
_AFTER = (
    r"\s{0,3}(?:选?项)?\s{0,3}(?:是|为)?(?:正确|对)(?:的|答案|选项)?(?![吗的不])",
    r"\s{1,3}is\s{1,3}(?:(?:the|my)\s{1,3})?(?:only\s{1,3})?"
    r"(?:(?:correct|right|best|final)\b(?:\s{1,3}(?:one|answer|option|choice)\b)?|answer\b)"
    r"(?=\s{0,3}(?:[.,;!\n]|$))",
)
_NOUN = r"(?:(?:the|my)\s{1,3})?(?:(?:answer|option|choice|letter)\s{1,3})?[\"'(\[*`]{0,4}"
_CLOSE = r"[\"')\]*`.]{0,4}"
_WHOLE = r"(?<![A-Za-z0-9_'\-]){}(?![A-Za-z0-9_]|['\-][A-Za-z0-9])"
_REJECTED = re.compile(
    _CLOSE + r"\s{0,3}(?:选?项)?\s{0,3}(?:(?:is|was|are)\s{1,3})?(?:not\s{1,3}(?:the\s{1,3})?"
    r"(?:correct|right|answer)|n't|isn't|wrong|incorrect|false|(?:ruled\s)?out\b|excluded|"
    r"impossible|是?错|不对|不正确|不是|不成立|排除)",
    re.IGNORECASE,
)
_ARTICLE = re.compile(r" (?!(?:is|was|because|since|as|for|and|or|but|seems|fits)\b)[a-z]")
_LONE = re.compile(
    r"[\W_]{0,8}(?:(?:option|choice|letter|answer)[\W_]{1,4})?([A-Za-z])[\W_]{0,8}", re.IGNORECASE
)
_BEGINS = re.compile(
    r"[\W_]{0,8}(?:(?:option|choice|letter)\s{1,3}|选项\s{0,3})?[\W_]{0,4}([A-Za-z])"
    r"(?:[.,:)\]*、。\"'`](?![A-Za-z0-9_])|\s{0,3}选?项|\s{0,3}$)",
    re.IGNORECASE,
)
_ALONGSIDE = re.compile(
    r"(?:[\s.,;/&|>\"'`*()\[\]、和与或]|\band\b|\bor\b|\b(?:answer|option|choice)\b|选项)*+", re.I
)
_NEXT_ITEM = re.compile(r"\s{0,3}(?:(?!\. [A-Z][a-z])[.,;:)\]/&|、*]|\n|$|(?:and|or|[A-Z])\b)")


class _Patterns(NamedTuple):
    letter: re.Pattern[str]
    before: re.Pattern[str]
    after: re.Pattern[str]


@functools.lru_cache(maxsize=64)
def _patterns(options: str) -> _Patterns:
    letter = _WHOLE.format(f"([{options}])")
    return _Patterns(
        re.compile(letter),
        re.compile(f"(?i:{'|'.join(_BEFORE)})(?i:{_NOUN}){letter}"),
        re.compile(f"{letter}{_CLOSE}(?i:{'|'.join(_AFTER)})"),
    )


class _Letter(NamedTuple):
    name: str
    start: int
    end: int


def _letters(text: str, options: str, start: int = 0, end: int | None = None) -> list[_Letter]:
    """Return the options that a text names by a whole capital, and neither denies nor rejects."""
    found: list[_Letter] = []
    stop = len(text) if end is None else end
    for match in _patterns(options).letter.finditer(text, start, stop):
        at, after = match.span(1)
        article = match[1] in "AI" and _ARTICLE.match(text, after)
        denied = is_denied(text, at) or text[max(0, at - 6) : at].endswith("不选")
        if not (article or denied or _REJECTED.match(text, after)):
            found.append(_Letter(match[1], at, after))
    return found


def _chosen(text: str, options: str) -> int | None:
    """Return where the letter stands that was chosen last, by words before or after it."""
    patterns = _patterns(options)
    places = [
        m.start(1)
        for m in patterns.before.finditer(text)
        if not is_denied(text, m.start()) and text[m.start() - 1 : m.start()] not in ("不", "别")
    ]
    places += [m.start(1) for m in patterns.after.finditer(text) if not is_denied(text, m.start(1))]
    kept = [at for at in places if not _REJECTED.match(text, at + 1)]
    return max(kept, default=None)


def _declared(text: str, options: str) -> tuple[int, int] | None:
    """Return from where to where the last declaration or choice of a letter lies."""
    declared, chosen = last_declaration(text), _chosen(text, options)
    if chosen is not None and (declared is None or chosen > declared[1]):
        line_end = text.find("\n", chosen, chosen + _SPAN)
        return chosen, line_end if line_end >= 0 else chosen + _SPAN
    if declared is None:
        return None
    start = max(text.find(declared[0], declared[1]), declared[1])
    return start, start + min(len(declared[0]), _SPAN)


def _lone(line: str) -> str:
    """Return the letter that is all of a line, "" when it is not."""
    match = _LONE.fullmatch(line)
    return match[1].upper() if match is not None else ""


def _opening(text: str, start: int, end: int) -> str:
    """Return the letter, of either case and option or not, that stands first, "" for none."""
    match = _BEGINS.match(text, start, end)
    if match is None or is_denied(text, match.start(1)) or _REJECTED.match(text, match.end(1)):
        return ""
    return match[1].upper()


class _Reading(NamedTuple):
    letter: str | None
    why: str = ""
    flag: str = ""


def _read_letter(output: str, options: str) -> _Reading:
    """Return the option that an output settles on, or why there is none.

    A last line that is one letter and no more, else what is declared or chosen last, else such a
    first line; else the whole output, if it is short.
    """
    text = own_turn(fold(output)).strip()
    last = [line for line in text[-_SPAN:].split("\n") if line.strip()]
    first = _lone(text[:_SPAN].split("\n", 1)[0])
    if last and _lone(last[-1]):
        return _read_last_line(text, last, first, options)
    for part in (text[-_END:], text[:_LONGEST]):
        reading = _read_declared(part, options)
        if reading is not None:
            return reading
    if len(text) > _LONGEST:
        return _Reading(None, "no option is declared in a long output")
    return _Reading(first) if first else _read_undeclared(text, options)


def _read_last_line(text: str, last: list[str], first: str, options: str) -> _Reading:
    """Read a last line of one letter: no other one may stand right before it."""
    before = text[: text.rfind(last[-1])]
    lone = set(itertools.takewhile(bool, map(_lone, reversed(last))))
    declared = _read_declared(last[-2], options) if len(last) > 1 else None
    lone.add((declared.letter if declared is not None else "") or "")
    if first and _declared(before[-_END:], options) is None:
        lone.add(first)
    lone.discard("")
    return _Reading(lone.pop()) if len(lone) == 1 else _several(lone)


def _read_declared(text: str, options: str) -> _Reading | None:
    """Read what is declared: one letter, or the first of several that do not stand together."""
    span = _declared(text, options)
    if span is None:
        return None
    opening = _opening(text, *span)
    if opening and opening not in options:
        return _Reading(None, f"{opening} is declared, which is no option")
    found = _letters(text, options, *span)
    if not found:
        return _Reading(opening) if opening else None
    head = found[0]
    if is_hedged(text, head.start, head.end) or _goes_on(text, head, options):
        return _several({letter.name for letter in _letters(text, options, head.start)})
    return _Reading(head.name)


def _goes_on(text: str, head: _Letter, options: str) -> bool:
    """Tell whether a letter is the first of a list: side by side, or line by line."""
    gap = _ALONGSIDE.match(text, head.end)
    beside = _patterns(options).letter.match(text, gap.end()) if gap is not None else None
    if beside is not None and beside[1] != head.name and not _REJECTED.match(text, beside.end()):
        one_sentence = "." not in text[head.end : beside.start()]
        if one_sentence or _NEXT_ITEM.match(text, beside.end()):
            return True
    line_end = text.find("\n", head.end, head.end + _SPAN)
    below = "" if line_end < 0 else _opening(text, line_end + 1, len(text))
    return below in tuple(options) and below != head.name


def _read_undeclared(text: str, options: str) -> _Reading:
    """Read a short output without any declaration: it must name a single option."""
    found = _letters(text, options)
    opening = "" if found else _opening(text, 0, len(text))
    if opening:
        return _Reading(opening)
    if not found:
        return _Reading(None, "no option is named by its letter")
    names = {letter.name for letter in found}
    if len(names) > 1 or is_hedged(text, found[0].start, found[0].end):
        return _several(names)
    return _Reading(found[0].name)


def _several(names: set[str]) -> _Reading:
    why = f"{len(names)} options are named" if len(names) > 1 else "the choice is left open"
    return _Reading(None, why, "shotgun" if len(names) >= _MANY else "ambiguous")


def _options(params: Params) -> str:
    options = params.get("options", "ABCD")
    good = isinstance(options, str) and 1 < len(options) <= _MOST
    if not good or not re.fullmatch("[A-Z]+", options) or len(set(options)) < len(options):
        raise ScoreError(
            f"rule choice/letter: options is {options!r}, allowed: at least two different capital "
            "letters in one string, such as 'ABCD'"
        )
    return str(options)


@rule(
    "choice/letter",
    1,
    source="NeedleBench (arXiv:2407.11963), opencompass text_postprocessors.py, "
    "first_option_postprocess",
    extracts="the whole letter declared or chosen last, else the only one of a short output",
    compares="equality of the letter",
)
def choice_letter(output: str, reference: Any, params: Params) -> Grade:
    """Whether the right one of several lettered options is chosen.

    Reference: its letter. Params: `options`, all letters in one string ("ABCD"); `published`:
    "first-option", the only published reading there is.

    The paper score is opencompass's: the first of some fifty forms that occurs anywhere
    decides, "the answer is X" ahead of a correction behind it. Most forms want a capital, and
    the last of them takes any, wherever it stands: "Dan Newton" is D, "ANSWER: c" is A,
    "ABCD" is A, "A is wrong" is A. One form in two is the second ("故", "只有"), since a
    comma between them is missing: neither is found by itself.

    The strict score takes one whole letter, of either case where it is all of the answer; the
    last declaration or choice wins, and a rejected letter does not count. Two letters side by
    side, or two without a declaration, are ambiguous. Metric: `extractable`.
    """
    options = _options(params)
    if not isinstance(reference, str) or reference not in tuple(options):
        allowed = ", ".join(options)
        raise ScoreError(f"rule choice/letter: the reference is {reference!r}, allowed: {allowed}")
    published = params.get("published", "first-option")
    if published != "first-option":
        raise ScoreError(f"rule choice/letter: published is {published!r}, allowed: first-option")
    paper = float(first_option(output, options) == reference)
    letter, why, flag = _read_letter(output, options)
    if letter is not None and letter not in options:
        letter, why = None, f"{letter} is no option"
    metrics = {"extractable": float(letter is not None)}
    flags = (flag,) if flag else ()
    if letter is None:
        return replace(unreadable(why, *flags, paper=paper), metrics=metrics)
    why = f"the option read is {letter}; right is {reference}"
    return Grade(float(letter == reference), paper, metrics, letter, why, flags)
