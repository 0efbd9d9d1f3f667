"""Which options of a question an answer settles on, and whether it says that there is none."""

from __future__ import annotations

import re
from typing import NamedTuple

from synthctx.text import fold, is_denied, is_hedged, read_answer

_NONE = re.compile(
    r"\b(?:none|nothing|nobody|n/a|unanswerable|no|not (?:mentioned|given|answerable|known))\b"
    r"|没有|无|不存在|未提及",
    re.IGNORECASE,
)


def says_none(output: str) -> bool:
    """Tell whether a short answer says that there is none."""
    reading = read_answer(fold(output), 200)
    return _NONE.search(reading.text) is not None


_START = re.compile(
    r"[\W_]{0,8}(?:(?:options?|choices?|letters?|answers?|选项?)\s{0,3})?[\W_]{0,4}", re.IGNORECASE
)
_GLUE = re.compile(
    r"[\s,;/&+、，()\[\]*\"'`]{1,6}(?:and\s{1,3}|和\s{0,3})?|\s{0,3}和\s{0,3}", re.IGNORECASE
)
_LETTERS = re.compile(r"[A-Z]{1,26}(?![\w'-])|[A-Z]{1,26}(?=[\u4e00-\u9fff])")
_SMALL = re.compile(r"[\s(\"'*]{0,4}([a-z])\s?[.):]\s")
_ALONE = re.compile(r"(?<![A-Za-z0-9_'-])[A-Z](?![A-Za-z0-9_'-])")
_GOES_ON = re.compile(r" (?!and\b|or\b|are\b)[a-z]")
_VERB = re.compile(r" (?:is|was|and|or|are|because|since|as|but)\b")
_REJECTED = re.compile(
    r"[\"'*)]{0,3}\s{1,3}(?:is|are|was|were)\s{1,3}(?:not|wrong|incorrect|false|ruled)\b"
)


class Options(NamedTuple):
    """The option letters an answer settles on, "" for none, and why; flagged when unclear."""

    letters: str
    why: str
    flags: tuple[str, ...] = ()


def read_options(output: str, among: str = "ABCD", *, several: bool = False) -> Options:
    """Read which options an answer settles on: "C", "(C)", "C) text", "AC", "A and C", "选C".

    What is declared last counts; without a declaration the letters at the start, or else the
    only letter that stands alone and is not denied. A word that begins with a letter is none,
    the article "A" neither.

    Args:
        output: what the model wrote.
        among: the letters that are options.
        several: more than one option may be right.
    """
    reading = read_answer(fold(output))
    if reading.too_long:
        return Options("", "no option is declared in a long output", ("shotgun",))
    text = reading.text
    small = _SMALL.match(text)
    bare = small[1] if small else text.strip(" \t\r\n.()[]*\"'`")
    if len(bare) == 1 and bare.upper() in among:
        return Options(bare.upper(), f"option {bare.upper()}")
    group, hedged = _group(text, among)
    if hedged:
        return Options("", "the choice is left open", ("ambiguous",))
    if group:
        return Options(group, f"option {', '.join(group)}")
    alone = dict.fromkeys(m[0] for m in _ALONE.finditer(text) if _stands(text, m, among))
    if len(alone) == 1 or (several and reading.declared and alone):
        return Options("".join(sorted(alone)), f"option {', '.join(sorted(alone))}")
    if alone:
        return Options("", f"{len(alone)} options are named, none is declared", ("ambiguous",))
    return Options("", "no option is named")


def _group(text: str, among: str) -> tuple[str, bool]:
    """Return the option letters at the start of a text, and whether they are hedged."""
    start = _START.match(text)
    at = first = start.end() if start else 0
    found: set[str] = set()
    while (run := _LETTERS.match(text, at)) is not None:
        if not set(run[0]) <= set(among) or len(set(run[0])) < len(run[0]):
            break
        word = len(run[0]) > 1 and _GOES_ON.match(text, run.end())
        if word or (run[0] == "A" and _is_article(text, run.end())):
            break
        if _REJECTED.match(text, run.end()):
            return "", False
        found |= set(run[0])
        at = run.end()
        glue = _GLUE.match(text, at)
        if glue is None or not _LETTERS.match(text, glue.end()):
            break
        at = glue.end()
    return "".join(sorted(found)), bool(found) and is_hedged(text, first, at)


def _is_article(text: str, end: int) -> bool:
    after = text[end : end + 12]
    return after[:1] == " " and after[1:2].islower() and _VERB.match(after) is None


def _stands(text: str, match: re.Match[str], among: str) -> bool:
    """Tell whether a letter that stands alone is an option, and not denied."""
    if match[0] not in among or is_denied(text, match.start()):
        return False
    if _REJECTED.match(text, match.end()):
        return False
    return not (match[0] == "A" and _is_article(text, match.end()))
