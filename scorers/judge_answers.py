r"""The rule for mathematical answers of ten types in one box: UGMathBench's."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from synthctx.arithmetic import Value, close, evaluate, free_variables
from synthctx.errors import ScoreError
from synthctx.forms import strings, switched_on
from synthctx.options import read_options
from synthctx.rules import Grade, Params, rule, unreadable
from synthctx.scorers._ugmath import TYPES, published_verdict
from synthctx.text import boxed_spans, fold, numbers, read_answer, strip_wrapping

_RULE = "judge/answers"
_LONGEST = 1000
_MOST_ITEMS = 100
_SUPERSCRIPTS = str.maketrans({"²": "^2", "³": "^3", "，": ",", "、": ","})
_LOOKS = re.compile(
    r"\\(?:left|right|displaystyle|mathrm|mathbf|mathbb|text|textbf|operatorname|boxed)(?![A-Za-z])"
    r"|\\[,;:! ]|\\[()\[\]]|\$|\*\*|`|~"
)


@dataclass(frozen=True, slots=True)
class _Blank:
    """One blank of a problem: what belongs into it."""

    gold: str
    kind: str
    options: tuple[str, ...]
    precision: float


# ---------------------------------------------------------------- what the rule is given


def _blanks(reference: Any, params: Params) -> list[_Blank]:
    golds = strings(reference, _RULE)
    kinds = params.get("types", ["NV"] * len(golds))
    if not isinstance(kinds, list | tuple) or len(kinds) != len(golds):
        raise ScoreError(
            f"rule {_RULE}: types must hold one type for each of the {len(golds)} answers, "
            f"got {kinds!r}"
        )
    if not set(kinds) <= set(TYPES):
        raise ScoreError(f"rule {_RULE}: types are {kinds!r}, allowed: {', '.join(TYPES)}")
    options = params.get("options") or [[]] * len(golds)
    listed = isinstance(options, list | tuple) and all(isinstance(o, list | tuple) for o in options)
    if not listed or len(options) != len(golds):
        raise ScoreError(
            f"rule {_RULE}: options must hold a list for each of the {len(golds)} answers, "
            f"got {options!r}"
        )
    precisions = _precisions(params.get("precision", 1e-3), len(golds))
    rows = zip(golds, kinds, options, precisions, strict=True)
    return [_Blank(gold, kind, tuple(map(str, some)), p) for gold, kind, some, p in rows]


def _precisions(given: Any, count: int) -> list[float]:
    values = list(given) if isinstance(given, list | tuple) else [given]
    good = bool(values) and all(
        isinstance(v, int | float) and not isinstance(v, bool) and 0 <= v < 1 for v in values
    )
    if not good:
        raise ScoreError(
            f"rule {_RULE}: precision is {given!r}, allowed: a number from 0 to 1 or a list of them"
        )
    return [float(v) for v in (values * count)[:count]]


# ---------------------------------------------------------------- what the answer says


class _Said(NamedTuple):
    """The answers to the blanks in order, or none; as written; and why there are none."""

    items: list[str]
    shown: str
    why: str = ""


def _said(output: str, blanks: Sequence[_Blank]) -> _Said:
    """Return what an output answers to each blank: in its last box, its boxes, or as declared."""
    count = len(blanks)
    text = fold(output.translate(_SUPERSCRIPTS))
    reading = read_answer(text)
    boxes = [box.text for box in boxed_spans(text[-8 * _LONGEST :]) if box.text.strip()]
    said = reading.text
    if boxes and (reading.too_long or not _is_answer(said, blanks)):
        said = boxes[-1]
    elif reading.too_long:
        return _Said([], "", "no answer is declared in a long output")
    if len(said) > _LONGEST:
        return _Said([], said[:500], "the answer is far too long")
    items = _items(said, count)
    if len(items) != count == len(boxes):
        items = [_plain(box) for box in boxes]
    return _Said(items, said.strip()[:500])


_MATHEMATICAL = re.compile(r"[0-9\\]|(?<![A-Za-z])[a-zA-Z](?![A-Za-z])")


def _is_answer(text: str, blanks: Sequence[_Blank]) -> bool:
    """Tell whether words behind a box may correct it ("it is 7"), or only go on ("we are done")."""
    if _MATHEMATICAL.search(text):
        return True
    worded = any(blank.kind in ("OE", "TF", "OL", "UOL") for blank in blanks)
    return worded and len(text.split()) <= 3


def _plain(text: str) -> str:
    """Return an answer without LaTeX that only changes its looks, and the full stop behind it."""
    text = _LOOKS.sub(" ", text).replace("{,}", ",").replace("\\%", "%")
    return " ".join(text.split()).rstrip(" .;:")


def _items(text: str, count: int) -> list[str]:
    text = _plain(text)
    if count == 1:
        return [text] if text else []
    whole = [_plain(item) for item in _split(text)]
    if len(whole) > count:
        grouped = [_plain(item) for item in _split(_GROUPED.sub(_joined, text))]
        return grouped if len(grouped) == count else whole
    return whole


_GROUPED = re.compile(r"(?<![0-9,])[0-9]{1,3}(?:,[0-9]{3})+(?!,?[0-9])")
_MARK = re.compile(r"\\?[(\[{)\]}]|[,;]|\sand\s")


def _joined(match: re.Match[str]) -> str:
    return match[0].replace(",", "")


def _split(text: str) -> list[str]:
    """Split at commas, semicolons and "and" outside of brackets."""
    pieces: list[str] = []
    depth = start = 0
    for match in _MARK.finditer(text):
        mark = match[0].lstrip("\\")
        if mark in "([{":
            depth += 1
        elif mark in ")]}":
            depth = max(0, depth - 1)
        elif not depth:
            pieces.append(text[start : match.start()])
            start = match.end()
    return [piece for piece in [*pieces, text[start:]] if piece.strip()]


# ---------------------------------------------------------------- comparing


def _right(said: str, blank: _Blank) -> bool:
    gold = _plain(fold(blank.gold.translate(_SUPERSCRIPTS)))
    if len(said) > _LONGEST:
        return False
    if blank.kind == "TF":
        truth = _truth(said)
        return truth is not None and truth == _truth(gold)
    if blank.kind in ("MCS", "MCM"):
        return _same_options(said, gold, blank)
    if blank.kind == "INT":
        return _same_intervals(said, gold, blank.precision)
    if blank.kind in ("OL", "UOL"):
        return _same_list(said, gold, blank.precision, ordered=blank.kind == "OL")
    if blank.kind == "EQ":
        return _same_equation(said, gold)
    if blank.kind == "NV":
        return _same_number(said, gold, blank.precision)
    if blank.kind == "EX":
        return _same_expression(said, gold, blank.precision)
    return _same_words(said, gold)


def _same_words(said: str, gold: str) -> bool:
    return _words(said) == _words(gold) != ""


def _words(text: str) -> str:
    return strip_wrapping(" ".join(text.split())).casefold().removeprefix("the ")


_TRUE = frozenset({"t", "true", "yes", "y", "correct", "对", "是", "真"})
_FALSE = frozenset({"f", "false", "no", "n", "incorrect", "错", "否", "假"})


def _truth(text: str) -> bool | None:
    word = _words(text)
    return True if word in _TRUE else False if word in _FALSE else None


def _same_options(said: str, gold: str, blank: _Blank) -> bool:
    """Compare option letters as a set; options that are words by their words."""
    several = blank.kind == "MCM"
    if not gold.isalpha() or not gold.isupper() or (not several and len(gold) > 1):
        return _same_words(said, gold)
    among = "ABCDEFGHIJKLMNOPQRSTUVWXYZ" if len(_words(said)) <= 30 else "ABCDEFGH"
    read = read_options(said, among, several=several)
    return read.letters == "".join(sorted(set(gold))) or (not several and _same_words(said, gold))


_NAME = re.compile(r"^[A-Za-z](?:\([a-z]\))?\s{0,3}(?:=|\\approx|≈)")


def _bare(text: str) -> str:
    """Return what stands behind "x =", and after the last of a chain of equal signs."""
    text = _NAME.sub("", text.strip(), count=1).replace("\\approx", "=").replace("≈", "=")
    return text.rsplit("=", 1)[-1].strip()


def _value(text: str) -> Value | None:
    """Return a number's value; of a number with a unit, that of the number."""
    text = _bare(text).lstrip("$€£¥").strip()
    value = evaluate(text)
    if value is None:
        found = numbers(text)
        rest = text if not found else text[: found[0].start] + text[found[0].end :]
        if len(found) == 1 and text.startswith(found[0].text) and not re.search(r"[0-9^/*]", rest):
            value = evaluate(found[0].text)
    return value


def _same_number(said: str, gold: str, precision: float) -> bool:
    ours, theirs = _value(said), _value(gold)
    if ours is None or theirs is None:
        return _same_words(said, gold)
    if close(ours, theirs, precision):
        return True
    # where a percentage is asked for, the sign is only its unit
    bare = said.rstrip(" %")
    return said.rstrip().endswith("%") and "%" not in gold and _near(bare, theirs, precision)


def _near(text: str, theirs: Value, precision: float) -> bool:
    ours = _value(text)
    return ours is not None and close(ours, theirs, precision)


_SAMPLES = (0.31, 1.27, 2.19, 3.71, 5.83)
_SAME = 1e-9


def _same_expression(said: str, gold: str, precision: float) -> bool:
    """Compare two expressions by value, or with variables at several points."""
    if re.sub(r"\s", "", said) == re.sub(r"\s", "", gold) != "":
        return True
    ours, theirs = _bare(said), _bare(gold)
    names = [free_variables(text) for text in (ours, theirs)]
    if names[0] is None or names[1] is None:
        return _same_words(said, gold)
    if not names[0] and not names[1]:
        return _same_number(said, gold, precision)
    known = 0
    for values in _sampled([ours, theirs], names[0] | names[1]):
        if not close(values[0], values[1], _SAME):
            return False
        known += 1
    return known >= 3


def _sampled(texts: Sequence[str], names: frozenset[str]) -> list[list[Value]]:
    """Return the values of expressions at fixed points, where all of them have one."""
    found: list[list[Value]] = []
    for step in _SAMPLES:
        at: dict[str, Value] = {name: step + math.sqrt(ord(name)) / 7 for name in names}
        values = [value for text in texts if (value := evaluate(text, at)) is not None]
        if len(values) == len(texts):
            found.append(values)
    return found


def _same_equation(said: str, gold: str) -> bool:
    """Compare two equations: what is 0 in one is a constant times what is 0 in the other."""
    if re.sub(r"\s", "", said) == re.sub(r"\s", "", gold) != "":
        return True
    sides = [side.strip() for text in (said, gold) for side in text.split("=")]
    if said.count("=") != 1 or gold.count("=") != 1:
        return False
    names: set[str] = set()
    for side in sides:
        free = free_variables(side)
        if free is None:
            return False
        names |= free
    ratios: list[float] = []
    for left, right, gold_left, gold_right in _sampled(sides, frozenset(names)):
        try:
            ours, theirs = float(left - right), float(gold_left - gold_right)
        except OverflowError:
            return False
        if abs(theirs) < _SAME or abs(ours) < _SAME:
            return False
        ratios.append(ours / theirs)
    return len(ratios) >= 3 and all(math.isclose(r, ratios[0], rel_tol=_SAME) for r in ratios)


_UNION = re.compile(r"\\cup|∪|(?<=[)\]])\s{0,3}U\s{0,3}(?=[(\[])|\sor\s|\sand\s")
_INTERVAL = re.compile(r"([(\[])(.*)([)\]])", re.DOTALL)


def _same_intervals(said: str, gold: str, precision: float) -> bool:
    ours, theirs = _intervals(said), _intervals(gold)
    if ours is None or theirs is None or len(ours) != len(theirs):
        return ours == theirs is None and _same_words(said, gold)
    for brackets, low, high in ours:
        for place, (other, other_low, other_high) in enumerate(theirs):
            same = brackets == other and _same_expression(low, other_low, precision)
            if same and _same_expression(high, other_high, precision):
                del theirs[place]
                break
        else:
            return False
    return True


def _intervals(text: str) -> list[tuple[str, str, str]] | None:
    r"""Return the intervals of a union: both brackets, and the bounds; None when it is none."""
    found: list[tuple[str, str, str]] = []
    text = re.sub(r"(?<![A-Za-z\\])(?:infinity|inf)(?![A-Za-z])|∞", r"\\infty", _bare(text))
    parts = _UNION.split(text)[:_MOST_ITEMS]
    for part in parts:
        match = _INTERVAL.fullmatch(part.strip())
        bounds = _split(match[2]) if match else []
        if match is None or len(bounds) != 2:
            return None
        found.append((match[1] + match[3], bounds[0].strip(), bounds[1].strip()))
    return found


_WRAPPED = re.compile(r"\\?[(\[{<](.*?)\\?[)\]}>]|\\langle(.*)\\rangle", re.DOTALL)


def _same_list(said: str, gold: str, precision: float, *, ordered: bool) -> bool:
    """Compare lists item by item, in order or as multisets."""
    ours, theirs = _listed(said), _listed(gold)
    if not ours or len(ours) != len(theirs) or len(ours) > _MOST_ITEMS:
        return False
    if ordered:
        pairs = zip(ours, theirs, strict=True)
        return all(_same_item(item, wanted, precision) for item, wanted in pairs)
    for item in ours:
        match = next((t for t in theirs if _same_item(item, t, precision)), None)
        if match is None:
            return False
        theirs.remove(match)
    return True


def _listed(text: str) -> list[str]:
    wrapped = _WRAPPED.fullmatch(_bare(text))
    inner = (wrapped[1] or wrapped[2] or "") if wrapped else text
    return [item.strip() for item in _split(inner)]


_WORD = re.compile("[A-Za-z]{3,}")


def _same_item(said: str, gold: str, precision: float) -> bool:
    truth = _truth(gold)
    if truth is not None and _words(gold) != gold:
        return _truth(said) == truth
    if _same_words(said, gold):
        return True
    if _WORD.fullmatch(said) and _WORD.fullmatch(gold):
        return False  # "act" is no product of variables
    if "=" in gold and _same_equation(said, gold):
        return True
    if gold[:1] in "([{" and _listed(gold) != [gold]:
        return _same_list(said, gold, precision, ordered=True)
    return _same_expression(said, gold, precision)


# ---------------------------------------------------------------- the rule


@rule(
    _RULE,
    1,
    source="UGMathBench (arXiv:2501.13766), judge_rule.py, Judger.judge",
    extracts=r"the last \boxed{}, else the declared answer; its items in order",
    compares="each answer by its type: value, expression at several points, set, list or words",
)
def judge_answers(output: str, reference: Any, params: Params) -> Grade:
    r"""Whether all blanks of a problem are filled in rightly.

    Reference: the answers in order. Params: `types`, one of NV (number), EX (expression), EQ
    (equation), INT (interval), TF, MCS (one option), MCM (several), OL (ordered list), UOL
    (unordered list), OE (words) for each (default NV); `options`, a list for each; `precision`,
    relative (0.001), for all or for each; `strict_extract` (true): without a box or
    "answer is" the published judge reads nothing.

    The paper score is the published judge's. Whatever follows the answers asked for is not looked
    at ("5, 7" is right for 5), and so "1,200" is 1; ".5" is 5; a gold of 0 is never near;
    the mantissas of powers of ten may differ by a tenth; "y = 8" is never right as an
    equation; words in lists are products of letters ("act" is "cat"), and days of the week where
    they begin like one; a percent sign is dropped. It does not exist where that judge would
    compare symbols by computer algebra.

    The strict score is 1 when every blank is right and there are no others, in the last box (or
    one box for each blank). Numbers compare by value within the precision (an absolute one of 0),
    expressions at several points, intervals with their ends, unordered lists as multisets.
    Metric: `blanks`, the share of them that are right.
    """
    blanks = _blanks(reference, params)
    strict = switched_on({"strict": True, **_strictness(params)}, "strict", _RULE)
    verdict = published_verdict(
        output,
        [blank.gold for blank in blanks],
        [blank.kind for blank in blanks],
        [blank.options for blank in blanks],
        [blank.precision for blank in blanks],
        strict,
    )
    paper = None if verdict is None else float(verdict)
    said = _said(output, blanks)
    note = "" if verdict is not None else "; the published judge needs computer algebra here"
    if not said.items:
        return unreadable((said.why or "no answer is given") + note, paper=paper)
    if len(said.items) != len(blanks):
        why = f"{len(said.items)} answers for {len(blanks)} blanks{note}"
        return Grade(0.0, paper, {"blanks": 0.0}, said.shown, why)
    right = [_right(item, blank) for item, blank in zip(said.items, blanks, strict=True)]
    why = f"{sum(right)} of {len(blanks)} blanks are right{note}"
    metrics = {"blanks": sum(right) / len(blanks)}
    return Grade(float(all(right)), paper, metrics, said.shown, why)


def _strictness(params: Params) -> dict[str, Any]:
    return {"strict": params["strict_extract"]} if "strict_extract" in params else {}
