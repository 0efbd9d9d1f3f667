"""What rules of several families need: their references, and an answer in any of its forms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from synthctx.errors import ScoreError
from synthctx.overlap import strict_words
from synthctx.recall import KINDS, Recall, kind_of, recall
from synthctx.rules import Grade, Params, unreadable
from synthctx.text import fold, read_answer, undeclared_answer


def strings(value: Any, rule_id: str, what: str = "the reference") -> list[str]:
    """Return a string, or a list of at least one, as a list.

    Raises:
        ScoreError: it is neither.
    """
    given = [value] if isinstance(value, str) else value
    if not isinstance(given, list | tuple) or not all(isinstance(g, str) for g in given):
        raise ScoreError(
            f"rule {rule_id}: {what} must be a string or a list of them, got {str(value)[:200]!r}"
        )
    if not given:
        raise ScoreError(f"rule {rule_id}: {what} is an empty list, at least one string is needed")
    return list(given)


def one_of(params: Params, name: str, allowed: Sequence[str], rule_id: str) -> str:
    """Return a parameter that is one of several words, the first of them when not given.

    Raises:
        ScoreError: it is none of them.
    """
    value = params.get(name, allowed[0])
    if value not in allowed:
        raise ScoreError(
            f"rule {rule_id}: param {name} is {value!r}, allowed: {', '.join(allowed)}"
        )
    return str(value)


def switched_on(params: Params, name: str, rule_id: str) -> bool:
    """Return a parameter that is true or false, false when not given.

    Raises:
        ScoreError: it is neither.
    """
    value = params.get(name, False)
    if not isinstance(value, bool):
        raise ScoreError(f"rule {rule_id}: param {name} is {value!r}, allowed: true, false")
    return value


def first_line(output: str) -> str:
    """Return what LongBench keeps of an output for trec, triviaqa, samsum and lsht."""
    return output.lstrip("\n").split("\n", 1)[0]


def read_kind(params: Params, rule_id: str) -> tuple[str | None, list[str]]:
    """Return the params `kind` and `candidates` of rules that look for given strings.

    Raises:
        ScoreError: one of them is not what it should be.
    """
    kind = params.get("kind")
    if kind is not None and kind not in KINDS:
        raise ScoreError(f"rule {rule_id}: param kind is {kind!r}, allowed: {', '.join(KINDS)}")
    given = params.get("candidates", [])
    return kind, strings(given, rule_id, "param candidates") if given else []


_YES_OR_NO = frozenset(("yes", "no"))


def asks_yes_or_no(forms: Sequence[str]) -> bool:
    """Tell whether an answer is yes or no in all its forms."""
    return all(form.strip().casefold() in _YES_OR_NO for form in forms)


def said_yes_or_no(output: str) -> str | None:
    """Return "yes" or "no", where the declared answer, or a short output, says only one of them."""
    text = fold(output)
    for part in (read_answer(text).text, undeclared_answer(text).text):
        said = _YES_OR_NO.intersection(strict_words(part))
        if said:
            return min(said) if len(said) == 1 else None
    return None


def named_grade(named: Recall, score: float, paper: float | None) -> Grade:
    """Return the grade of an answer that was looked through for given strings."""
    if named.reading.too_long:
        return unreadable(named.explanation, *named.flags, paper=paper)
    said = named.reading.text.strip()[:500]
    return Grade(score, paper, {}, said, named.explanation, named.flags)


def any_form(
    output: str, forms: Sequence[str], params: Params, rule_id: str, paper: float | None
) -> Grade:
    """Grade whether an answer names any of several forms of one answer, and no other answer.

    Another form is no other answer. Beside words one more item may be listed ("Lima, Peru"),
    as long as it is no known candidate.
    """
    if asks_yes_or_no(forms):
        said = said_yes_or_no(output)
        right = said in {form.strip().casefold() for form in forms}
        return Grade(float(right), paper, {}, said, f"says {said or 'neither yes nor no, or both'}")
    kind, candidates = read_kind(params, rule_id)
    forms = list(dict.fromkeys(forms))
    graded = [recall(output, [f], kind=kind, candidates=candidates) for f in forms]
    best = max(graded, key=lambda g: (bool(g.found), not g.hedged, -g.rivals))
    beside = int(not candidates and (kind or kind_of(best.found or forms)) == "word")
    right = bool(best.found) and not best.hedged and best.rivals < len(forms) + beside
    grade = named_grade(best, float(right), paper)
    return replace(grade, flags=()) if right else grade
