r"""The rule for answers asked for in a `\boxed{}`: NeedleBench v2's."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, NamedTuple

from synthctx.errors import ScoreError
from synthctx.forms import is_rejected, settled
from synthctx.rules import Grade, Params, rule, unreadable
from synthctx.text import (
    Span,
    boxed_spans,
    fold,
    is_denied,
    is_hedged,
    last_declaration,
    lowered,
    numbers,
    read_answer,
    strip_wrapping,
)

_BRACE = re.compile(r"[{}]")
_PUBLISHED_BOX = re.compile(r"\\boxed\{(.*)\}", re.DOTALL)
_UNWRAPPED = (re.compile(r"\\text\{([^}]+)\}"), re.compile(r"\\boxed\{([^}]+)\}"))
_COMMAND = re.compile(r"\\(?:text|textbf|textit|mathrm|mathbf|mathsf|operatorname|emph|bf)\b\s?")
_SPACE = re.compile(r"\\[;:! ]|~")
_OPERATION = re.compile(
    r"\\(?:[dt]?frac|sqrt|times|div|cdot|pm|mp|sum|prod|log|ln|[lg]e|[lg]eq|[lg]t|approx|sim|ne|neq)"
    r"(?![a-zA-Z])"
)
_OPERATOR_BEFORE = re.compile(r"(?:\S\s*\+|[*/^<>√×÷≤≥±≈-])\s{0,9}\Z")
_OPERATOR_BEHIND = re.compile(r"\s{0,9}(?:[+*/^%√×÷±]|-\s{0,9}[0-9])")
_INEXACT = re.compile(
    r"\b(?:than|least|most|about|around|approximately|roughly|nearly|almost)\b|大约|约|至少|至多|左右|"
    r"以上|以下|超过|不足"
)
# what may stand between two boxes that are offered side by side
_BESIDE = re.compile(
    r"(?:[\s,;/&|$.()\[\]*、或和与]|\b(?:or|and|either|also|both)\b)*+", re.IGNORECASE
)
_LONGEST_GAP = 60
_TAKEN_BACK = re.compile(
    r"\b(?:no|wait|actually|correction|scratch that|sorry|i mean|i meant|mistake)\b"
    r"|更正|不对|其实|等等",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_KINDS = ("number", "word")
_MOST_BOXES = 4  # different ones: whoever boxes more is listing candidates


def published_answer(output: str) -> str:
    r"""Return what the published rule takes out of an output, "None" when nothing.

    The last `\boxed` (else the last `\fbox`) with balanced braces; only the exact form
    `\boxed{...}` is read. Quotes are deleted, so that a name with an apostrophe never matches.
    """
    start = output.rfind("\\boxed")
    if start < 0:
        start = output.rfind("\\fbox")
    if start < 0:
        return "None"
    box = _PUBLISHED_BOX.fullmatch(_to_balance(output[start:]))
    if box is None or not box[1]:
        return "None"
    answer = box[1]
    if len(answer) > 1 and answer[0] == "{" and answer[-1] == "}" and "\n" not in answer:
        answer = answer[1:-1]
    if not answer:
        return "None"
    for wrapped in _UNWRAPPED:
        answer = wrapped.sub(r"\1", answer)
    answer = answer.replace("\\[", "").replace("\\]", "").replace("\\", "")
    answer = " ".join(answer.split())
    return answer.replace('"', "").replace("'", "").replace("~", " ")


def _to_balance(text: str) -> str:
    """Return a text up to where its braces are balanced again, "" if never."""
    depth = 0
    for brace in _BRACE.finditer(text):
        depth += 1 if brace[0] == "{" else -1
        if depth == 0:
            return text[: brace.end()]
    return ""


def normal_answer(content: str) -> str:
    """Return a box's content without LaTeX, markup, quotes and punctuation round it, folded."""
    words = strip_wrapping(_without_markup(content))
    return " ".join(words.split()).casefold()


def _without_markup(content: str) -> str:
    text = _SPACE.sub(" ", _COMMAND.sub("", content))
    text = text.replace("{", " ").replace("}", " ").replace("\\", "")
    return " ".join(text.split())


def same_answer(content: str, reference: str, kind: str) -> bool:
    """Tell whether what was said is the normalised reference; numbers compare by value."""
    if kind == "word":
        return normal_answer(content) == reference
    said = _one_number(content)
    return said is not None and said == Decimal(reference)


def _one_number(content: str) -> Decimal | None:
    """Return the one number that a content is, with a unit perhaps.

    None for a calculation ("9/2", "9 + 9"), a bound ("at least 9"), a denial and several numbers.
    """
    text = lowered(_without_markup(content))
    found = numbers(text)
    values = {number.value for number in found}
    if len(values) != 1 or _OPERATION.search(content) or _INEXACT.search(text):
        return None
    for number in found:
        before = text[max(0, number.start - 20) : number.start]
        if _OPERATOR_BEFORE.search(before) or _OPERATOR_BEHIND.match(text, number.end):
            return None
        if is_denied(text, number.start) or is_hedged(text, number.start, number.end):
            return None
    return values.pop()


class _Boxes(NamedTuple):
    """The content of the last box that is not denied, its faults, and where it ends."""

    last: str = ""
    different: int = 0
    side_by_side: bool = False
    any: bool = False
    end: int = 0


def _read_boxes(text: str) -> _Boxes:
    spans = [box for box in boxed_spans(text) if normal_answer(box.text)]
    kept = [box for box in spans if not _is_denied_box(text, box)]
    if not kept:
        return _Boxes(any=bool(spans))
    said = [normal_answer(box.text) for box in kept]
    last = kept[-1]
    start = _command_start(text, last)
    before = text[max(0, start - 20) : start].rstrip("$")
    behind = text[last.end + 1 : last.end + 21].lstrip("$")
    offered = is_hedged(before + behind, len(before), len(before))
    if len(kept) > 1 and said[-1] != said[-2]:
        gap = text[kept[-2].end + 1 : start]
        offered |= len(gap) <= _LONGEST_GAP and _BESIDE.fullmatch(gap) is not None
    return _Boxes(last.text, len(set(said)), offered, True, last.end)


def _taken_back(text: str, end: int) -> str:
    """Return what a correction behind the last box declares without a box, or ""."""
    tail = text[end : end + 2000]
    mark = _TAKEN_BACK.search(tail)
    declared = None if mark is None else last_declaration(tail[mark.start() :])
    return "" if declared is None else declared[0]


def _command_start(text: str, box: Span) -> int:
    return max(text.rfind("\\", max(0, box.start - 20), box.start), 0)


def _is_denied_box(text: str, box: Span) -> bool:
    start = _command_start(text, box)
    before = text[max(0, start - 44) : start].rstrip("$")
    return is_denied(before, len(before)) or is_rejected(text, box.end + 1)


@rule(
    "boxed/exact",
    2,
    source="NeedleBench v2 (arXiv:2407.11963), opencompass atc_elder_only.py",
    extracts=r"the last \boxed{}; without one, what is explicitly declared last",
    compares="equality once markup is off; numbers by value",
)
def boxed_exact(output: str, reference: Any, params: Params) -> Grade:
    r"""Whether the last box holds the reference.

    Reference: a string or a whole number. Params: `kind`: "number" or "word" (else inferred
    from the reference); `require_box`: true to refuse an answer declared without a box.

    The paper score is NeedleBench v2's: exact, case-sensitive equality after its cleaning.
    A trailing full stop, `\textbf`, Chinese quotes or "9.0" for 9 are wrong there, quotes are
    deleted from the answer only, and a missing box reads as the word None.

    The strict score takes markup, quotes and outer punctuation off, folds case and width,
    and compares numbers by value ("9 generations" is 9; two numbers in one box, a calculation
    or a bound are none). The last box wins, unless it is denied or corrected behind it; boxes
    side by side ("or", a comma, a blank between them) are several answers, and so are five or more
    different ones. Without a box only an explicit declaration counts, with metric `boxed` 0.
    """
    if isinstance(reference, bool) or not isinstance(reference, str | int):
        raise ScoreError(
            f"rule boxed/exact: the reference must be a string or an integer, got {reference!r}"
        )
    expected = str(reference)
    wanted = normal_answer(fold(expected))
    kind = params.get("kind") or ("number" if _NUMBER.fullmatch(wanted) else "word")
    if kind not in _KINDS or (kind == "number" and not _NUMBER.fullmatch(wanted)):
        raise ScoreError(
            f"rule boxed/exact: kind {kind!r} with reference {expected!r}; "
            "allowed: number (a decimal number as reference), word"
        )
    paper = float(published_answer(output).strip() == expected.strip())
    text = settled(fold(output))
    boxes = _read_boxes(text)
    last = boxes.last
    if not params.get("require_box"):
        if boxes.last:
            last = _taken_back(text, boxes.end) or last
        elif not boxes.any:
            declared = read_answer(text)
            last = declared.text if declared.declared else ""
    if not normal_answer(last):
        why = "what is boxed is denied" if boxes.any else "no box, and no answer declared"
        return unreadable(why, paper=paper)
    if boxes.different > _MOST_BOXES:
        return unreadable(f"{boxes.different} different boxes", "shotgun", paper=paper)
    if boxes.side_by_side:
        return unreadable("boxes are offered side by side", "ambiguous", paper=paper)
    right = same_answer(last, wanted, kind)
    flags = ("ambiguous",) if boxes.different > 1 else ()
    how = "the last box" if boxes.any else "the declared answer"
    shown = normal_answer(last)
    why = f"{how} holds '{shown[:80]}', asked for '{wanted}'"
    return Grade(float(right), paper, {"boxed": float(boxes.any)}, shown[:500], why, flags)
