"""What a scoring rule is, and how one answer is graded.

A rule is a pure function `(output, reference, params) -> Grade`. Two figures for each
answer: `paper`, the published rule with its flaws, and `score`, our strict one. Model
output is hostile input: a rule never raises because of it, never runs it, and takes time
linear in its length.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from synthctx.errors import ScoreError
from synthctx.reasoning import split_reasoning
from synthctx.registry import Registry

Status = Literal["scored", "unreadable", "failed"]
Params = Mapping[str, Any]

FLAGS = (
    "truncated_output",
    "truncated_prompt",
    "ambiguous",
    "shotgun",
    "unclosed_reasoning",
    "empty",
    "rule_error",
)


@dataclass(frozen=True, slots=True)
class Grade:
    """What a rule says about one answer.

    Attributes:
        score: strict score in 0..1; 0 when unreadable; None only when the call failed.
        paper: the published rule's score in 0..1, None where none exists (or it crashes).
        metrics: further figures by name.
        extracted: the span that was compared, None when nothing was found.
        explanation: one sentence saying why.
        flags: some of `FLAGS`.
        status: "scored", "unreadable" (no answer could be read: counts as 0) or "failed"
            (there was no answer: missing coverage).
    """

    score: float | None
    paper: float | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)
    extracted: str | None = None
    explanation: str = ""
    flags: tuple[str, ...] = ()
    status: Status = "scored"


RuleFunction = Callable[[str, Any, Params], Grade]


@dataclass(frozen=True, slots=True)
class Rule:
    """A registered rule.

    Attributes:
        id: `family/name`.
        version: goes up whenever any grade could change.
        source: paper or code the published figure follows.
        extracts: what is taken out of the output, in words.
        compares: how it is compared, in words.
        grade: the function itself.
    """

    id: str
    version: int
    source: str
    extracts: str
    compares: str
    grade: RuleFunction


RULES: Registry[Rule] = Registry("rule", "synthctx.scorers", "synthctx.scorers")


def rule(
    id: str, version: int, *, source: str, extracts: str, compares: str
) -> Callable[[RuleFunction], RuleFunction]:
    """Register a rule function under an id (decorator)."""

    def register(function: RuleFunction) -> RuleFunction:
        RULES.add(id, Rule(id, version, source, extracts, compares, function), depth=2)
        return function

    return register


def get_rule(id: str) -> Rule:
    """Return a rule by id.

    Raises:
        UnknownName: there is none of that id.
    """
    return RULES.get(id)


def unreadable(explanation: str, *flags: str, paper: float | None = None) -> Grade:
    """Return the grade of an answer out of which nothing could be read."""
    return Grade(0.0, paper, {}, None, explanation, tuple(flags), "unreadable")


def failed(explanation: str) -> Grade:
    """Return the grade of a call that gave no answer: no score, missing coverage."""
    return Grade(None, None, {}, None, explanation, (), "failed")


def grade(
    rule_id: str,
    *,
    output: str | None,
    reference: Any,
    params: Params | None = None,
    finish_reason: str | None = None,
) -> Grade:
    """Grade one answer.

    Args:
        rule_id: id of the rule, for example "match/all".
        output: what the model wrote; None when the call failed.
        reference: what the rule compares with (its shape is the rule's).
        params: the rule's parameters.
        finish_reason: as the server reported it; "length" flags a cut answer.

    Raises:
        UnknownName: there is no such rule.
        ScoreError: the reference or a parameter is not what the rule takes.
    """
    the_rule = get_rule(rule_id)
    if output is None:
        return failed("no answer was received")
    text = output if isinstance(output, str) else str(output)
    split = split_reasoning(text.encode("utf-8", "replace").decode("utf-8"))
    flags: list[str] = []
    if finish_reason in ("length", "max_tokens"):
        flags.append("truncated_output")
    if split.unclosed:
        flags.append("unclosed_reasoning")
    if not split.answer.strip():
        flags.append("empty")
    try:
        result = the_rule.grade(split.answer, reference, params or {})
    except ScoreError:
        raise
    except Exception as error:  # noqa: BLE001 - hostile output must never stop a run
        result = unreadable(
            f"rule {rule_id} gave up: {type(error).__name__}: {error}", "rule_error"
        )
    if "empty" in flags:
        why = "the output is empty once the reasoning is off" if split.reasoning else "empty output"
        result = replace(result, score=0.0, status="unreadable", explanation=why)
    if not flags and len(result.flags) < 2:
        return result
    return replace(result, flags=tuple(dict.fromkeys([*flags, *result.flags])))
