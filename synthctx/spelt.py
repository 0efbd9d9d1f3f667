"""Numbers in words, and the number that an answer states in digits or in words."""

from __future__ import annotations

import re

from synthctx.recall import StatedNumber, stated_number
from synthctx.text import fold, numbers, read_answer

_SMALL = """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
    sixteen seventeen eighteen nineteen
"""
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_UNITS = {word: value for value, word in enumerate(_SMALL.split())}
_UNITS |= {word: 10 * value for value, word in enumerate(_TENS.split(), 2)}
_WORD = "|".join(sorted([*_UNITS, "hundred", "thousand"], key=len, reverse=True))
_ENGLISH = re.compile(
    rf"(?<![\w-])(?<!no )(?:{_WORD})\b(?:(?:\s|-|\sand\s)(?:{_WORD})\b){{0,9}}+(?!-?\w)",
    re.IGNORECASE,
)
_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_PLACES = {"十": 10, "百": 100, "千": 1000, "万": 10000}
# the one in "altogether", "some", "the same" and the like counts nothing
_CHINESE = re.compile("(?:(?!一[共些样般直起致])[零〇一二两三四五六七八九十百千万]){1,12}+")


def in_digits(text: str) -> str:
    """Return a (folded) text with the numbers that it spells, below a million, in digits."""
    return _CHINESE.sub(_chinese, _ENGLISH.sub(_english, text))


def _english(match: re.Match[str]) -> str:
    """Return a run of number words in digits, or as it is where it is not one number."""
    total = current = 0
    room = 1_000_000  # the next word must be worth less
    for word in re.split(r"[\s-]+", match[0].lower()):
        if word == "and":
            continue
        if word == "thousand":
            if total or not current:
                return match[0]
            total, current, room = 1000 * current, 0, 1000
        elif word == "hundred":
            if not 0 < current < 10:
                return match[0]
            current, room = 100 * current, 100
        else:
            value = _UNITS[word]
            if value >= room or (not value and (total or current)):
                return match[0]
            current += value
            room = 10 if value >= 20 else 1
    return str(total + current)


def _chinese(match: re.Match[str]) -> str:
    """Return a run of Chinese numerals in digits: by places, or digit by digit."""
    if not any(char in _PLACES for char in match[0]):
        return "".join(str(_DIGITS[char]) for char in match[0])
    total = section = 0
    digit: int | None = None
    for char in match[0]:
        if char in _DIGITS:
            digit = _DIGITS[char]
        elif char == "万":
            total, section, digit = (section + (digit or 0)) * 10000, 0, None
        else:
            section += _PLACES[char] * (1 if digit is None else digit)
            digit = None
    return str(total + section + (digit or 0))


def count_stated(output: str) -> StatedNumber:
    """Return the number that an answer states; words count where it has no digits."""
    text = fold(output)
    reading = read_answer(text)
    said = stated_number(text)
    wordless = reading.declared and not numbers(reading.text)
    if (said.number is None and not said.ambiguous) or wordless:
        spelt = stated_number(in_digits(text))
        return spelt if spelt.number is not None or wordless else said
    return said
