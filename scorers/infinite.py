"""InfiniteBench's rules for its retrieval, arithmetic and code tasks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from synthctx.errors import ScoreError
from synthctx.recall import recall, stated_number
from synthctx.rules import Grade, Params, rule, unreadable
from synthctx.text import Reading, fold, numbers, read_answer

_SOURCE = "InfiniteBench (arXiv:2402.13718), src/compute_scores.py"
_DIGITS = re.compile("[0-9]+")
_FIRST_NUMBER = re.compile(r"\d+\.\d+|\d+")
_KV_BREAKS = str.maketrans(dict.fromkeys("\n:\"'.,?!{}", " "))
_RUN_BREAKS = str.maketrans(dict.fromkeys("\n.`'\":", " "))
_LONGEST_INT = 4000  # digits; beyond, Python refuses, and so does the published rule


def _single(reference: Any, rule_id: str) -> Any:
    """Return a reference that may come in a list of one."""
    if isinstance(reference, list | tuple) and len(reference) == 1:
        return reference[0]
    if isinstance(reference, str | int | float) and not isinstance(reference, bool):
        return reference
    raise ScoreError(f"rule {rule_id}: the reference must be one answer, got {reference!r}")


def _graded_string(output: str, reference: str, paper: float) -> Grade:
    named = recall(output, [reference])
    if named.reading.too_long:
        return unreadable(named.explanation, *named.flags, paper=paper)
    said = named.reading.text.strip()[:500]
    return Grade(named.score, paper, {}, said, named.explanation, named.flags)


@rule(
    "infinite/digits",
    1,
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
    2,
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
    stated = stated_number(output)
    if stated.number is None:
        flags = ("ambiguous",) if stated.ambiguous else ()
        why = "several numbers, none declared" if stated.ambiguous else "no number"
        return unreadable(why, *flags, paper=paper)
    right = stated.number.value == Decimal(str(expected))
    why = f"states {stated.number.text[:80]}, asked for {expected}"
    return Grade(float(right), paper, {}, stated.number.text[:500], why)


def _number_reference(reference: Any, rule_id: str) -> int | float:
    given = _single(reference, rule_id)
    try:
        return int(given) if isinstance(given, str) else given
    except ValueError:
        raise ScoreError(f"rule {rule_id}: the reference must be a number, got {given!r}") from None


@rule(
    "infinite/code_run",
    1,
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
    1,
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
    1,
    source=_SOURCE + ", math_calc",
    extracts="all numbers of the output, in order",
    compares="length of the right beginning over the longer of both lists",
)
def math_calc(output: str, reference: Any, params: Params) -> Grade:
    """Math.Calc: all intermediate values of a long sum.

    Reference: a list of integers. Params: `skip_first`: true drops the first number said,
    as the published rule does for one model.

    The paper score is the length of the common beginning over the number of values; minus
    signs and decimal points part numbers, and anything may follow. In the strict score
    a number too many lengthens the denominator, and signs and decimals count.
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
    text = fold(output)
    found = numbers(text)[skip:]
    right = _beginning([n.text.replace(",", "") for n in found], reference)
    if not found:
        return unreadable("no number", paper=paper)
    score = right / max(len(reference), len(found))
    why = f"the first {right} of {len(reference)} values are right, {len(found)} were given"
    extracted = ", ".join(n.text for n in found[:40])
    return Grade(score, paper, {"prefix": float(right)}, extracted[:500], why)


def _beginning(said: Sequence[str], values: Sequence[int | float]) -> int:
    """Return how many values are right before the first that is not."""
    for right, (text, value) in enumerate(zip(said, values, strict=False)):
        if len(text) > _LONGEST_INT or Decimal(text) != Decimal(str(value)):
            return right
    return min(len(said), len(values))


@rule(
    "infinite/code_debug",
    1,
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
    The strict score takes a letter in any usual form, or the name as a whole word.
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
    1,
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
    score takes a letter in any usual form, or the text.
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


_LEADING = re.compile(
    r"[\W_]{0,8}(?:(?:option|choice|letter)\s{1,3})?[\W_]{0,4}([A-Za-z])(?!\w|'\w)", re.IGNORECASE
)
_MARKED = re.compile(
    r"(?:\b(?:[Oo]ption|[Cc]hoice|[Ll]etter)\s{1,3}([A-Z])\b|[(*\"'`\[]([A-Z])[)*\"'`\].:])(?!\w)"
)


def _choice_grade(output: str, names: list[str], letter: str, paper: float | None) -> Grade:
    reading = read_answer(fold(output))
    if reading.too_long:
        return unreadable("no option declared in a long output", "shotgun", paper=paper)
    said = _letters(reading)
    named = recall(output, names)
    if len(said) == 1:
        right, shown = said == {letter.upper()}, next(iter(said))
    elif said:
        return unreadable("several options named, none declared", "ambiguous", paper=paper)
    elif named.found:
        right, shown = named.score == 1.0, named.found[0]
    else:
        return unreadable("no option named", paper=paper)
    return Grade(float(right), paper, {}, shown, f"settles on {shown[:80]}, asked for {letter}")


def _letters(reading: Reading) -> set[str]:
    """Return the option letters that an answer gives."""
    text = reading.text
    first = _LEADING.match(text)
    letters = {match[1] or match[2] for match in _MARKED.finditer(text)}
    if first is not None:
        letter, rest = first[1], text[first.end() :]
        article = letter in "Aa" and rest[:1] == " " and rest[1:2].islower()
        if not article and (letter.isupper() or not rest.strip(" .)*\n")):
            letters.add(letter.upper())
    return letters
