"""UGMathBench's published judge, as far as it decides without computer algebra.

Where it would hand symbols to computer algebra (which is no dependency) there is no verdict, but
for what holds for certain: equal texts, numbers, and what the algebra's parser refuses.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

from synthctx.arithmetic import Dialect, Value, evaluate, free_variables
from synthctx.scorers._ugmath_text import (
    LONGEST,
    TooLong,
    normal_answer,
    published_answer,
    split_list,
)

TYPES = ("NV", "EX", "EQ", "INT", "TF", "MCS", "MCM", "OL", "UOL", "OE")

# What the published judge's parser makes of LaTeX, where it can be told without it.
LATEX = Dialect(
    euler=False, mixed=False, grouped=False, scientific=False, percent=False, lenient=False
)
_UNREADABLE = re.compile(r"[^\x20-\x7e]|[@&#?~$\";]|\\(?![A-Za-z|{},;:! ])|\\\Z")
_SLACK = 1.01
_MOST_ITEMS = 100
_LETTERS = re.compile("[A-Za-z]+")

Verdict = bool | None


class Raised(Exception):
    """The published comparison raises, which is a wrong answer there; never leaves the rule."""


def published_verdict(
    output: str,
    golds: Sequence[str],
    types: Sequence[str],
    options: Sequence[Sequence[str]],
    precisions: Sequence[float],
    strict: bool,
) -> Verdict:
    """Return whether the published judge takes an output as right, None where that is not known.

    Answers beyond the number asked for are not looked at.
    """
    try:
        said = published_answer(output, strict)
        if not said:
            return False
        if len(said) > LONGEST * (len(types) + 1):
            raise TooLong
        items = [normal_answer(i, t) for i, t in zip(split_list(said), types, strict=False)]
        wanted = [normal_answer(g, t) for g, t in zip(golds, types, strict=True)]
    except TooLong:
        return None
    if len(items) < len(wanted):
        return False
    verdicts: list[Verdict] = []
    for item, gold, kind, allowed, precision in zip(
        items, wanted, types, options, precisions, strict=True
    ):
        try:
            verdicts.append(_one(item, gold, kind, allowed, precision))
        except Raised:
            verdicts.append(False)
    return _all(verdicts)


def _all(verdicts: Sequence[Verdict]) -> Verdict:
    if False in verdicts:
        return False
    return None if None in verdicts else True


def _any(verdicts: Sequence[Verdict]) -> Verdict:
    if True in verdicts:
        return True
    return None if None in verdicts else False


def _one(said: str, gold: str, kind: str, options: Sequence[str], precision: float) -> Verdict:
    if kind == "OE":
        return said.lower() == gold.lower()
    if kind == "TF":
        return said == gold and gold in ("True", "False")
    if kind == "MCS":
        return single_option(said, gold, options)
    if kind == "MCM":
        return several_options(said, gold, options)
    if kind == "EX":
        return _expression(said, gold, precision)
    if kind == "EQ":
        return _equation(said, gold)
    if kind == "INT":
        return _interval(said, gold, precision)
    if kind in ("OL", "UOL"):
        return _list(said, gold, precision, ordered=kind == "OL")
    return _number(said, gold, precision)


# ---------------------------------------------------------------- options


def single_option(said: str, gold: str, options: Sequence[str]) -> bool:
    """Tell whether an option is the right one: alone, or before a colon."""
    if said.lower() == gold.lower():
        return True
    known: Sequence[str] = [chr(code) for code in range(65, 91)]
    if options:
        known = [option.lower() for option in options]
        said, gold = said.lower(), gold.lower()
    if said.startswith("[") and said.endswith("]"):
        said = said.strip("[]")
    if not said:
        raise Raised
    return said[0] in known and said[1:2] == ":" and said[0] == gold


def several_options(said: str, gold: str, options: Sequence[str]) -> bool:
    """Tell whether the letters that are options are the right ones, in any order."""
    known = set(map(chr, range(65, 91)))
    if options:
        known = {option.lower() for option in options}
        said, gold = said.lower(), gold.lower()
    ours = Counter(char.lower() for char in said if char in known)
    return ours == Counter(char.lower() for char in gold)


# ---------------------------------------------------------------- numbers


def _as_float(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _refused(text: str) -> bool:
    """Tell whether the published parser raises for certain: at the first sign it does not know."""
    bad = _UNREADABLE.search(text)
    if bad is None:
        return not text.strip()
    before = text[: bad.start()]
    return not before or evaluate(before, dialect=LATEX) is not None


def _within(said: Value, gold: Value, precision: float) -> Verdict:
    """Compare relative to the gold; None where that raises (a gold of 0)."""
    try:
        error = (said - gold) / gold
    except ZeroDivisionError:
        return None
    except OverflowError:
        return False
    return -precision * _SLACK <= error <= precision * _SLACK


def _number(said: str, gold: str, precision: float) -> Verdict:
    """Compare two numbers: as Python reads them, else as the parser does."""
    if said == gold:
        return True
    ours, theirs = _as_float(said), _as_float(gold)
    if ours is not None and theirs is not None and not math.isnan(theirs):
        rounded = round(theirs, 6) if math.isfinite(theirs) else theirs
        if _within(ours, rounded, precision):
            return True
    if _refused(said) or _refused(gold):
        return False
    values = [evaluate(text, dialect=LATEX) for text in (said, gold)]
    if values[0] is None or values[1] is None:
        return _symbols_in_number(said, gold)
    if values[0] == values[1] == 0:
        return False  # 0 / 0 raises
    if not values[1]:
        return _same_scientific(said, gold)
    if _within(values[0], values[1], precision):
        return True
    return _same_scientific(said, gold)


def _symbols_in_number(said: str, gold: str) -> Verdict:
    """Return False where the quotient depends on a symbol, which raises; else nothing is known."""
    names = [free_variables(text, LATEX) for text in (said, gold)]
    if names[0] is None or names[1] is None:
        return None
    ratios: list[float] = []
    for step in (0.37, 1.91, 2.63):
        at = {name: step + ord(name) / 1000 for name in names[0] | names[1]}
        values = [evaluate(text, at, LATEX) for text in (said, gold)]
        if values[0] is None or not values[1]:
            return None
        try:
            ratios.append(float(values[0] / values[1]))
        except OverflowError:
            return None
    return None if math.isclose(ratios[0], ratios[1], rel_tol=1e-9) else False


_SCIENTIFIC = re.compile(r"(-?[0-9]+(?:\.[0-9]+)?)\*10\^(?:\{(-?[0-9]{1,4})\}|([0-9]{1,4}))")
_MANTISSA_SLACK = 0.1 * _SLACK


def _same_scientific(said: str, gold: str) -> Verdict:
    """Compare what is not near enough once more, where one of two is mantissa times 10^n.

    The other is rounded to two decimals then, and mantissas may differ by a tenth.
    """
    matches = [_SCIENTIFIC.fullmatch(text) for text in (said, gold)]
    if matches == [None, None]:
        return None if "10^" in said or "10^" in gold else False
    pairs = []
    for text, match in zip((said, gold), matches, strict=True):
        if match is not None:
            pairs.append((float(match[1]), int(match[2] or match[3])))
            continue
        value = _as_float(text)
        if value is None or not math.isfinite(value):
            return False
        mantissa, _, exponent = f"{value:.2e}".partition("e")
        pairs.append((float(mantissa), int(exponent)))
    return pairs[0][1] == pairs[1][1] and abs(pairs[0][0] - pairs[1][0]) <= _MANTISSA_SLACK


# ---------------------------------------------------------------- expressions


def _expression(said: str, gold: str, precision: float) -> Verdict:
    """Compare two expressions by what stands behind the first "=", else the whole of them."""
    said, gold = (t.split("=")[1].strip() if "=" in t else t.strip() for t in (said, gold))
    if _refused(said) or _refused(gold):
        raise Raised
    if said == gold:
        return True if free_variables(said, LATEX) is not None else None
    values = [evaluate(text, dialect=LATEX) for text in (said, gold)]
    ours, theirs = values
    if ours is not None and theirs is not None:
        return _equal_values(ours, theirs, precision)
    words = [_LETTERS.fullmatch(text) is not None for text in (said, gold)]
    if all(words):
        return sorted(said) == sorted(gold)  # products of symbols
    if any(words) and values != [None, None]:
        return False
    return None


def _equal_values(ours: Value, theirs: Value, precision: float) -> Verdict:
    if {math.inf, -math.inf} & {ours, theirs}:
        return ours == theirs
    if ours == theirs == 0:
        return True
    try:
        near = _within(float(ours), round(float(theirs), 6), precision)
    except OverflowError:
        near = None
    if near is None:
        return None if ours == theirs else False
    return near


def _equation(said: str, gold: str) -> Verdict:
    """Compare two equations; a text without exactly one "=" is none."""
    if said.count("=") != 1 or gold.count("=") != 1:
        return False
    sides = [side for text in (said, gold) for side in text.split("=")]
    if any(map(_refused, sides)):
        return False
    if said != gold or any(free_variables(side, LATEX) is None for side in sides):
        return None
    return None if sides[2] == sides[3] else True


def _interval(said: str, gold: str, precision: float) -> Verdict:
    r"""Compare unions ("\cup") of intervals: brackets at both ends, then the bounds."""
    ours, theirs = _intervals(said), _intervals(gold)
    if len(ours) != len(theirs):
        return False
    for brackets, bounds in ours:
        matched = None
        for place, (other_brackets, other) in enumerate(theirs):
            if brackets != other_brackets:
                continue
            verdict = _bounds(bounds, other, precision)
            if verdict is None:
                return None
            if verdict:
                matched = place
                break
        if matched is None:
            return False
        del theirs[matched]
    return True


def _bounds(ours: list[str], theirs: list[str], precision: float) -> Verdict:
    verdicts: list[Verdict] = []
    for place in range(2):
        if len(ours) <= place or len(theirs) <= place:
            raise Raised
        verdicts.append(_expression(ours[place], theirs[place], precision))
        if verdicts[-1] is False:
            return False
    return _all(verdicts)


def _intervals(text: str) -> list[tuple[tuple[bool, bool], list[str]]]:
    parts = [part.strip() for part in text.split("\\cup")]
    return [
        ((part.startswith("("), part.endswith(")")), part.strip("()[]").split(","))
        for part in parts
    ]


# ---------------------------------------------------------------- lists


def _list(said: str, gold: str, precision: float, *, ordered: bool) -> Verdict:
    ours, theirs = split_list(said.strip("()<>")), split_list(gold.strip("()"))
    if len(ours) != len(theirs):
        return False
    if len(ours) > _MOST_ITEMS:
        return None
    if ordered:
        pairs = zip(ours, theirs, strict=True)
        return _all([_equal(item, wanted, precision) for item, wanted in pairs])
    at = -1
    while theirs:
        at = (at + 1) % len(theirs)
        wanted = theirs[at]
        for item in ours:
            verdict = _equal(item, wanted, precision)
            if verdict is None:
                return None
            if verdict:
                theirs.remove(wanted)
                ours.remove(item)
                break
        else:
            return False
    return True


def _equal(said: str, gold: str, precision: float) -> Verdict:
    """Tell whether two items are equal by any of the comparisons but those of lists."""
    verdicts: list[Verdict] = []
    for kind in ("OE", "TF", "INT", "EX", "EQ", "MCM", "MCS", "NV"):
        try:
            verdicts.append(_one(said, gold, kind, (), precision))
        except Raised:
            verdicts.append(False)
        if verdicts[-1]:
            return True
    return _any(verdicts)
