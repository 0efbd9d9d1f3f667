"""How opencompass reads the letter of an option: the first of many forms that occurs anywhere.

The forms and their order are facts about the published code; how they are looked for is ours,
so that no output takes more than linear time.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable

# A form gives what it matched, None where it does not occur. Of that the first option counts, in
# the order of the options; when it holds none, the next form is tried.
_Form = Callable[[str], str | None]

_TAIL = 12  # longer than any form that must stand at an end of the text


def first_option(output: str, options: str) -> str:
    """Return the option that the published code reads, "" for none."""
    text = output.strip()
    for form in _forms(options):
        said = form(text)
        if said is not None:
            held = next((option for option in options if option in said), "")
            if held:
                return held
    return ""


def _matched(match: re.Match[str] | None) -> str | None:
    return None if match is None else match[1] or match[0]


def _anywhere(anchor: str, pattern: str, flags: int = 0) -> _Form:
    """Return a form that is looked for in the whole text, if that has the anchor at all."""
    compiled = re.compile(pattern, flags)
    return lambda text: _matched(compiled.search(text)) if anchor in text else None


def _at_end(pattern: str) -> _Form:
    compiled = re.compile(pattern + r"\Z")
    return lambda text: _matched(compiled.search(text[-_TAIL:]))


def _at_start(pattern: str) -> _Form:
    compiled = re.compile(pattern)
    return lambda text: _matched(compiled.match(text[:_TAIL]))


_RUN = re.compile(r"\S+")


def _unbroken_after(head: str) -> _Form:
    """Return a form: a head, perhaps a blank, then no blank up to a full stop or the end."""

    def find(text: str) -> str | None:
        run_end = stop = -1
        at = text.find(head)
        while at >= 0:
            start = at + len(head)
            start += text[start : start + 1].isspace()
            if start >= run_end:  # another run of characters: where does it end?
                run = _RUN.match(text, start)
                run_end = start if run is None else run.end()
                stop = text.rfind("。", start, run_end)
            if start < run_end == len(text):
                return text[start:]
            if stop > start:
                return text[start:stop]
            at = text.find(head, at + 1)
        return None

    return find


def _boxed_after(head: str, letter: str) -> _Form:
    """Return a form: a sentence's beginning, and at any distance after it a box."""
    begins, box = re.compile(f"[Tt]{head}"), re.compile(rf"boxed\{{{letter}\}}")

    def find(text: str) -> str | None:
        begin = begins.search(text) if head in text else None
        return None if begin is None else _matched(box.search(text, begin.end()))

    return find


def _after_a_one(text: str) -> str | None:
    """Read all behind the first "1" that any character follows, as if it were "1."."""
    at = text.find("1")
    if at < 0 or at + 1 >= len(text):
        return None
    rest = at + 2 + text[at + 2 : at + 3].isspace()
    return text[rest:] or text[at:]


@functools.lru_cache(maxsize=64)
def _forms(options: str) -> tuple[_Form, ...]:
    """Return the published forms in their order, for a set of options."""
    letter = f"([{options}])"
    return (
        *_chinese_declarations(letter),
        *_chinese_verdicts(letter),
        *_endings(letter),
        *map(_unbroken_after, ("答案是", "答案应该是", "答案为")),
        *_english(letter),
        _at_start(rf"选项\s?{letter}"),
        _at_start(rf"{letter}\s?选?项"),
        # Published with a blank before the letter as well: there its group is that blank, which
        # holds no option, so that only the very beginning counts.
        _at_start(rf"{letter}[\s。，,：:.$]"),
        _after_a_one,
        # "1." and a letter at the end comes next; the form before has read it by then
        _anywhere(":", f"{letter}:"),
        _anywhere("", letter),
    )


def _chinese_declarations(letter: str) -> list[_Form]:
    after_answer = (
        r"是?\s*",
        r"是?\s*：\s*",
        r"是?\s*:\s*",
        r"选项应?该?是\s*",
        r"选项应?该?为\s*",
        r"应该?是\s*",
        r"应该?选\s*",
        r"选项为?\s*：\s*",
        r"选项为?\s+\(?\*?\*?",
        r"选项是?\s*:\s*",
        r"为\s*",
        r"选\s*",
    )
    return [
        *(_anywhere("答案", f"答案{between}{letter}") for between in after_answer),
        _anywhere("选", rf"选择?\s*{letter}"),
    ]


def _chinese_verdicts(letter: str) -> list[_Form]:
    only = rf"只有选?项?\s?{letter}\s?"
    return [
        # Two forms in one, for want of a comma: neither is found by itself
        _anywhere("只有", rf"故选?\s*{letter}{only}是?对"),
        _anywhere("只有", f"{only}是?错"),
        _anywhere("只有", f"{only}不?正确"),
        _anywhere("只有", f"{only}错误"),
        _anywhere("说法", rf"说法不?对选?项?的?是\s?{letter}"),
        _anywhere("说法", rf"说法不?正确选?项?的?是\s?{letter}"),
        _anywhere("说法", rf"说法错误选?项?的?是\s?{letter}"),
        _anywhere("是正确的", rf"{letter}\s?是正确的"),
        _anywhere("是正确答案", rf"{letter}\s?是正确答案"),
        _anywhere("选项", rf"选项\s?{letter}\s?正确"),
        _anywhere("所以答", rf"所以答\s?{letter}"),
    ]


def _endings(letter: str) -> list[_Form]:
    return [
        _at_end(rf"所以\s?({letter}[.。$]?)"),
        _at_end(rf"所有\s?({letter}[.。$]?)"),
        _at_end(rf"[\s，：:,]{letter}[。，,.]?"),
        _at_end(rf"[\s，,：:][故即]{letter}[。.]?"),
        _at_end(rf"[\s，,：:]因此{letter}[。.]?"),
        _at_end(rf"[是为。]\s?{letter}[。.]?"),
        _at_end(rf"因此\s?{letter}[。.]?"),
        _at_end(rf"显然\s?{letter}[。.]?"),
    ]


def _english(letter: str) -> list[_Form]:
    answer, correct = "he answer is", "he correct answer is"

    def said(head: str, between: str = r"\(?") -> _Form:
        return _anywhere(head, rf"[Tt]{head}:?\s+{between}{letter}")

    return [
        _anywhere(":", rf"ANSWER\s*:\s*{letter}", re.IGNORECASE),
        said(answer),
        said(answer, r"\(?\*?\*?"),
        said(f"{answer} option"),
        said(correct),
        said(f"{correct} option"),
        _boxed_after(correct, letter),
        _boxed_after("he correct option is", letter),
        _boxed_after("he correct answer option is", letter),
        said("he answer to the question is"),
    ]
