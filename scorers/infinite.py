"""InfiniteBench's rules for its retrieval, arithmetic and code tasks."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from synthctx.errors import ScoreError
from synthctx.forms import is_rejected, look_for, settled
from synthctx.options import Options, read_options
from synthctx.recall import stated_number
from synthctx.rules import Grade, Params, rule, unreadable
from synthctx.text import (
    Number,
    bounded_find,
    fold,
    last_declaration,
    lowered,
    numbers,
    read_answer,
)

_SOURCE = "InfiniteBench (arXiv:2402.13718), src/compute_scores.py"
_DIGITS = re.compile("[0-9]+")
_FIRST_NUMBER = re.compile(r"\d+\.\d+|\d+")
_KV_BREAKS = str.maketrans(dict.fromkeys("\n:\"'.,?!{}", " "))
_RUN_BREAKS = str.maketrans(dict.fromkeys("\n.`'\":", " "))
_LINE_NUMBER = re.compile(r"(?m)^[ \t]{0,8}\(?[0-9]{1,6}[.):][ \t]{1,4}(?=[-+]?[0-9])")
_BESIDE = re.compile(
    r"\s{0,3}(?:[,、;/]|\b(?:and|or)\b|或|和)\s{0,3}(-?[0-9]{1,400}(?:\.[0-9]{1,400})?)"
)
_LONGEST_INT = 4000  # digits; beyond, Python refuses, and so does the published rule
_MINUS = re.compile(
    r"(?:\b(?:minus|negative)\s{1,3}|负)(?=[0-9])|(?<=[=(])\s{0,3}-\s{1,3}(?=[0-9])", re.I
)


def _single(reference: Any, rule_id: str) -> Any:
    """Return a reference that may come in a list of one."""
    if isinstance(reference, list | tuple) and len(reference) == 1:
        return reference[0]
    if isinstance(reference, str | int | float) and not isinstance(reference, bool):
        return reference
    raise ScoreError(f"rule {rule_id}: the reference must be one answer, got {reference!r}")


def _signed(output: str) -> str:
    """Return an output, folded, with every sign as a minus: "minus 7", "负7" and "= - 7" are -7."""
    return _MINUS.sub(" -", settled(fold(output)))


def _graded_string(output: str, reference: str, paper: float) -> Grade:
    named = look_for(_signed(output), [reference])
    if named.reading.too_long:
        return unreadable(named.explanation, *named.flags, paper=paper)
    said = named.reading.text.strip()[:500]
    return Grade(named.score, paper, {}, said, named.explanation, named.flags)


@rule(
    "infinite/digits",
    2,
    source=_SOURCE + ", passkey and number_string",
    extracts="the declared answer, or the whole output when it is as short as answers are",
    compares="the number named is the reference, digit by digit",
)
def digits(output: str, reference: Any, params: Params) -> Grade:
    """Retrieve.PassKey and Retrieve.Number.

    Reference: a string of digits, alone or in a list of one.

    The paper score compares with the first run of digits of the output, so that "1. 71432"
    is wrong and "71432.0" and "-71432" are right. The strict score wants the whole number, and
    no other of as many digits.
    """
    expected = str(_single(reference, "infinite/digits"))
    first = _DIGITS.search(output)
    paper = float((first[0] if first else "") == expected)
    return _graded_string(output, expected, paper)


@rule(
    "infinite/kv",
    3,
    source=_SOURCE + ", kv_retrieval",
    extracts="the declared answer, or the whole output when it is as short as answers are",
    compares="the value is named as a whole word, and no other value",
)
def key_value(output: str, reference: Any, params: Params) -> Grade:
    """Retrieve.KV: the value of a key.

    Reference: a string. The paper score wants the exact value between blanks once ten
    punctuation characters are blanks: in square brackets, backticks or asterisks it is
    missed, among all values of the file it is found. The strict score is match/all's.
    """
    expected = str(_single(reference, "infinite/kv"))
    paper = float(expected in output.translate(_KV_BREAKS).split())
    return _graded_string(output, expected, paper)


def _number_grade(output: str, expected: int | float, paper: float | None) -> Grade:
    text = _without_line_number(_signed(output))
    stated = stated_number(text)
    ambiguous = stated.ambiguous
    if stated.number is not None:
        ambiguous = _begins_list(read_answer(text).text, stated.number)
    if stated.number is None or ambiguous:
        flags = ("ambiguous",) if ambiguous else ()
        why = "several numbers, none declared" if ambiguous else "no number"
        return unreadable(why, *flags, paper=paper)
    right = stated.number.value == Decimal(str(expected))
    why = f"states {stated.number.text[:80]}, asked for {expected}"
    return Grade(float(right), paper, {}, stated.number.text[:500], why)


def _without_line_number(text: str) -> str:
    """Return a text without the number of its only line ("1. 42")."""
    marks = list(itertools.islice(_LINE_NUMBER.finditer(text), 2))
    alone = len(marks) == 1 and not text[: marks[0].start()].strip()
    return text[marks[0].end() :] if alone else text


def _begins_list(text: str, number: Number) -> bool:
    """Tell whether another number is set beside the one that stands first in an answer."""
    if text[number.start : number.end] != number.text:
        return False
    other = _BESIDE.match(text, number.end)
    return other is not None and other[1] != number.text


def _number_reference(reference: Any, rule_id: str) -> int | float:
    given = _single(reference, rule_id)
    try:
        return int(given) if isinstance(given, str) else given
    except ValueError:
        raise ScoreError(f"rule {rule_id}: the reference must be a number, got {given!r}") from None


@rule(
    "infinite/code_run",
    2,
    source=_SOURCE + ", code_run",
    extracts="the declared number, else the only one, else the last one stated",
    compares="equality of value",
)
def code_run(output: str, reference: Any, params: Params) -> Grade:
    """Code.Run: the value a chain of functions returns.

    Reference: an integer, alone or in a list of one.

    The paper score reads the last blank-separated piece as an integer, so that "-7,",
    "**-7**" and "-7 (final)" are wrong. The strict score compares the stated number.
    """
    expected = _number_reference(reference, "infinite/code_run")
    words = output.strip().translate(_RUN_BREAKS).split()
    last = words[-1] if words and len(words[-1]) <= _LONGEST_INT else ""
    try:
        paper = float(int(last) == expected)
    except ValueError:
        paper = 0.0
    return _number_grade(output, expected, paper)


@rule(
    "infinite/math_find",
    2,
    source=_SOURCE + ", math_find",
    extracts="the declared number, else the only one, else the last one stated",
    compares="equality of value",
)
def math_find(output: str, reference: Any, params: Params) -> Grade:
    """Math.Find: one number of a list, such as its median.

    Reference: an integer or a float, alone or in a list of one.

    The paper score reads the first number without its sign ("-42" is 42, "1. 42" is 1). It
    does not exist for an integer when that number has decimals, or when the reference is a
    string: there the published rule crashes.
    The strict score compares the stated number, sign included; 42.0 is 42.
    """
    expected = _number_reference(reference, "infinite/math_find")
    crashes = isinstance(_single(reference, "infinite/math_find"), str)
    paper = None if crashes else _first_number_is(output, expected)
    return _number_grade(output, expected, paper)


def _first_number_is(output: str, expected: int | float) -> float | None:
    first = _FIRST_NUMBER.search(output)
    if first is None:
        return 0.0
    if isinstance(expected, float):
        return float(float(first[0]) == expected)
    if "." in first[0] or len(first[0]) > _LONGEST_INT:
        return None
    return float(int(first[0]) == expected)


@rule(
    "infinite/math_calc",
    2,
    source=_SOURCE + ", math_calc",
    extracts="the numbers of the declared list, else all from the first list on, in order",
    compares="length of the right beginning over the longer of both lists",
)
def math_calc(output: str, reference: Any, params: Params) -> Grade:
    """Math.Calc: all intermediate values of a long sum.

    Reference: a list of integers. Params: `skip_first`: true drops the first number said,
    as the published rule does for one model.

    The paper score is the length of the common beginning over the number of values; minus
    signs and decimal points part numbers, and anything may follow. The strict score reads the
    list declared last (a correction counts), without the numbers of its lines and of the
    sentence before it; a number too many lengthens the denominator, signs and decimals count.
    """
    if not isinstance(reference, list | tuple) or not all(
        isinstance(v, int | float) and not isinstance(v, bool) for v in reference
    ):
        raise ScoreError(
            f"rule infinite/math_calc: the reference must be a list of numbers, got {reference!r}"
        )
    if not reference:
        return unreadable("the list of values is empty")
    skip = 1 if params.get("skip_first", False) else 0
    said = [match[0] for match in _DIGITS.finditer(output)][skip:]
    paper = _beginning(said, reference) / len(reference)
    found = _listed_numbers(settled(fold(output)), len(reference))[skip:]
    right = _beginning([n.text.replace(",", "") for n in found], reference)
    if not found:
        return unreadable("no number", paper=paper)
    score = right / max(len(reference), len(found))
    why = f"the first {right} of {len(reference)} values are right, {len(found)} were given"
    extracted = ", ".join(n.text for n in found[:40])
    return Grade(score, paper, {"prefix": float(right)}, extracted[:500], why)


_LIST_GAP = re.compile(r"[\s,;|\[\](){}、，>*`'\"-]*+")
_LONGEST_GAP = 40
_LONGEST_END = 8000


def _listed_numbers(text: str, asked: int) -> list[Number]:
    """Return the numbers of the list that a (folded) output gives.

    That is what is declared last, if it holds as much as a list does; else all numbers but those
    that stand in words before the first list.
    """
    text = _LINE_NUMBER.sub(" ", text)
    end = text[-(_LONGEST_END + 20 * asked) :]  # a list of as many numbers, and what follows it
    declared = last_declaration(end)
    if declared is not None:
        said = numbers(end[declared[1] :])
        if len(said) > 1 or (said and asked == 1):
            return said
    found = numbers(text)
    for at in range(len(found) - 1):
        gap = text[found[at].end : found[at + 1].start]
        if len(gap) <= _LONGEST_GAP and _LIST_GAP.fullmatch(gap):
            return found[at:]
    return found


def _beginning(said: Sequence[str], values: Sequence[int | float]) -> int:
    """Return how many values are right before the first that is not."""
    for right, (text, value) in enumerate(zip(said, values, strict=False)):
        if len(text) > _LONGEST_INT or Decimal(text) != Decimal(str(value)):
            return right
    return min(len(said), len(values))


@rule(
    "infinite/code_debug",
    2,
    source=_SOURCE + ", code_debug",
    extracts="the option letter or name that the answer settles on",
    compares="it is the reference's",
)
def code_debug(output: str, reference: Any, params: Params) -> Grade:
    """Code.Debug: which of four functions has the planted error.

    Reference: [name, letter].

    The paper score is 1 for "B." or "B:" at the start; else what stands one character after
    "answer is:", "is:" or "answer:" must begin with the letter or the name, so that "B",
    "**B**" and "answer is B" are wrong and "answer: Banana" is right.
    The strict score takes one letter in any usual form, or the name as a whole word.
    """
    name, letter = _choice(reference, "infinite/code_debug")
    paper = float(_debug_published(output, name, letter))
    return _choice_grade(output, [name], letter, paper)


def _debug_published(output: str, name: str, letter: str) -> bool:
    text = output.strip()
    if text[:2] in (f"{letter}.", f"{letter}:"):
        return True
    text = re.sub("[\n`'\"*-]", " ", text).replace("Option", " ").replace("option", " ")
    text = re.sub(" {2,}", " ", text)
    for prefix in ("answer is:", "is:", "answer:"):
        _, found, rest = text.partition(prefix)
        if found:
            return bool(rest) and rest[1:].startswith((letter, name))
    return False


@rule(
    "infinite/choice",
    2,
    source=_SOURCE + ", longbook_choice_eng",
    extracts="the option letter or text that the answer settles on",
    compares="it is the reference's",
)
def choice(output: str, reference: Any, params: Params) -> Grade:
    """En.MC: a question with four options.

    Reference: [text, letter].

    The paper score takes the first character when it is A, B, C or D ("Because B" is B),
    else what stands one character after "answer is" and the like, else the first word that
    is a letter, or AB, BCD and so on; the whole text of the option is right too. The strict
    score takes one letter in any usual form, or the text.
    """
    text, letter = _choice(reference, "infinite/choice")
    return _choice_grade(output, [text], letter, _choice_published(output, (text, letter)))


def _choice_published(output: str, label: tuple[str, str]) -> float:
    text = output.strip()
    if text[:1] and text[0] in "ABCD":
        return float(text[0] in label)
    if text in label:
        return 1.0
    text = re.sub("[\n\"'.,?!{}]", " ", text)
    text = re.sub(" {2,}", " ", text)
    for prefix in ("answer is:", "answer:", "answer is", "option is"):
        _, found, rest = text.partition(prefix)
        if found:
            return float(bool(rest) and rest[1:].startswith(label))
    first = next((word for word in text.split() if word in "ABCD"), None)
    return float(first in label)


def _choice(reference: Any, rule_id: str) -> tuple[str, str]:
    if (
        not isinstance(reference, list | tuple)
        or len(reference) != 2
        or not all(isinstance(part, str) and part for part in reference)
    ):
        raise ScoreError(f"rule {rule_id}: the reference must be [text, letter], got {reference!r}")
    return reference[0], reference[1]


_SMALL = re.compile(
    r"(?:option|choice|letter|answer)\s{1,3}\(?([a-d])\)?[\s.*\"']{0,9}", re.IGNORECASE
)
_OPTION_LINE = re.compile(r"(?m)^[ \t>*-]{0,6}\(?([A-D])[.):]")


def _choice_grade(output: str, names: list[str], letter: str, paper: float | None) -> Grade:
    output = settled(fold(output))
    reading = read_answer(output)
    if reading.too_long:
        return unreadable("no option declared in a long output", "shotgun", paper=paper)
    lines = set(_OPTION_LINE.findall(reading.text))
    if len(lines) > 1:
        return unreadable("several options listed, none declared", "ambiguous", paper=paper)
    said = _options(output, reading.text)
    if said.letters:
        places = [at + 1 for at in bounded_find(reading.text, said.letters)]
        if places and all(is_rejected(reading.text, end) for end in places):
            return unreadable(f"option {said.letters} is denied", paper=paper)
        right = said.letters == letter.upper()
        shown = ", ".join(said.letters)
        why = f"settles on {shown}, asked for {letter}"
        return Grade(float(right), paper, {}, shown, why, said.flags)
    named = look_for(output, names)
    if said.flags or not named.found:
        return unreadable(said.why, *said.flags, paper=paper)
    shown = named.found[0]
    lower = lowered(named.reading.text)
    ends = [at + len(shown) for at in bounded_find(lower, lowered(shown))]
    right = named.score == 1.0 and not all(is_rejected(lower, end) for end in ends)
    why = f"settles on {shown[:80]}, asked for {letter}"
    return Grade(float(right), paper, {}, shown, why, named.flags)


def _options(output: str, answer: str) -> Options:
    """Return the option letters that an answer gives; a small letter behind "option" is one."""
    small = _SMALL.fullmatch(answer.strip())
    if small is not None:
        return Options(small[1].upper(), f"option {small[1].upper()}")
    return read_options(output)
