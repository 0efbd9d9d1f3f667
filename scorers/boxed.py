r"""The rule for answers asked for in a `\boxed{}`: NeedleBench v2's."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from synthctx.errors import ScoreError
from synthctx.rules import Grade, Params, rule, unreadable
from synthctx.text import boxed_spans, fold, numbers, read_answer, strip_wrapping

_BRACE = re.compile(r"[{}]")
_PUBLISHED_BOX = re.compile(r"\\boxed\{(.*)\}", re.DOTALL)
_UNWRAPPED = (re.compile(r"\\text\{([^}]+)\}"), re.compile(r"\\boxed\{([^}]+)\}"))
_COMMAND = re.compile(r"\\(?:text|textbf|textit|mathrm|mathbf|mathsf|operatorname|emph|bf)\b\s?")
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
    text = _COMMAND.sub("", content).replace("~", " ").replace("\\ ", " ")
    text = text.replace("{", " ").replace("}", " ").replace("\\", "")
    words = strip_wrapping(" ".join(text.split()))
    return " ".join(words.split()).casefold()


def same_answer(said: str, reference: str, kind: str) -> bool:
    """Tell whether a normalised answer is the reference; numbers compare by value."""
    if kind == "word":
        return said == reference
    found = numbers(said)
    return len({n.value for n in found}) == 1 and found[0].value == Decimal(reference)


@rule(
    "boxed/exact",
    1,
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
    and compares numbers by value ("9 generations" is 9; two numbers in one box are none).
    The last box wins; several different ones are flagged, five or more are no answer. Without
    a box only an explicit declaration counts, with metric `boxed` 0.
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
    text = fold(output)
    boxes = [said for box in boxed_spans(text) if (said := normal_answer(box.text))]
    last = boxes[-1] if boxes else ""
    if not boxes and not params.get("require_box"):
        declared = read_answer(text)
        last = normal_answer(declared.text) if declared.declared else ""
    if not last:
        return unreadable("no box, and no answer declared", paper=paper)
    different = len(set(boxes))
    if different > _MOST_BOXES:
        return unreadable(f"{different} different boxes", "shotgun", paper=paper)
    right = same_answer(last, wanted, kind)
    flags = ("ambiguous",) if different > 1 else ()
    how = "the last box" if boxes else "the declared answer"
    why = f"{how} holds '{last[:80]}', asked for '{wanted}'"
    return Grade(float(right), paper, {"boxed": float(bool(boxes))}, last[:500], why, flags)
