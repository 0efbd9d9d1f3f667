"""Asking the samples of a test, batch after batch, until the verdict is sure."""

from __future__ import annotations

import json
from collections.abc import Callable

from synthctx.analytics.sequential import LOOKS, Design, design
from synthctx.compose import Sample, compose
from synthctx.errors import ScoreError
from synthctx.jsonio import storable
from synthctx.pytest_plugin.asking import Asker, Reply
from synthctx.pytest_plugin.baseline import Baseline, passes
from synthctx.pytest_plugin.gates import MORE, Check, Gate
from synthctx.pytest_plugin.options import Settings
from synthctx.pytest_plugin.results import Answered, Result, Verdict
from synthctx.rules import Grade, failed, grade

_HEAD = 400
_OUTPUT = 20_000
_SILENT = 10  # calls that failed, and not one answer: no more is asked


def run(
    check: Check,
    asker: Asker,
    settings: Settings,
    baseline: Callable[[], Baseline] | None = None,
) -> Result:
    """Ask a test's samples until the verdict is sure, or all are asked.

    Raises:
        SynthctxError: the model cannot be asked, or there is no published score to judge by.
    """
    gate, confidence = check.gate, check.gate.confidence or settings.confidence
    # read before anything is asked: what is wrong with it is said before anything is spent
    before = None if baseline is None else baseline()
    more = (gate.undecided or settings.undecided) == "more" and gate.at_least is not None
    rows = check.rows(MORE if more and not settings.asks_all else 1)
    plan = _design(gate, check.samples, len(rows), confidence, asker.lanes, settings)
    spent = asker.spent or 0.0
    samples: list[Answered] = []
    verdict: Verdict | None = None
    missing = ""
    for look in plan.looks:
        rest = rows[len(samples) : look]
        samples += asker.ask(rest, lambda reply: _graded(reply, gate, asker.cut(reply)))
        _check_metric(gate, samples)
        verdict, missing = _look(plan, samples)
        if missing or (verdict is not None and gate.at_least is not None):
            break
    return Result(
        model=asker.name,
        verdict=None if gate.at_least is None or missing else verdict,
        at_least=gate.at_least,
        confidence=confidence,
        samples=samples,
        planned=check.samples,
        most=len(rows),
        interval=_interval(plan, samples),
        cost=None if asker.spent is None else asker.spent - spent,
        compared=None
        if before is None
        else before.compare(samples, gate.metric, gate.pass_score, confidence),
        missing=missing,
    )


def _design(
    gate: Gate, planned: int, most: int, confidence: float, lanes: int, settings: Settings
) -> Design:
    """Return when to look: one look only where all must be asked, else as the gate says.

    A batch is never smaller than the calls that can be under way.
    """
    batch = gate.batch or max(-(-planned // LOOKS), lanes)
    if settings.asks_all:
        batch = most
    # without a threshold nothing is ever sure: any will do to look at the coverage and the interval
    rate = 0.0 if gate.at_least is None else gate.at_least
    return design(rate, most, confidence=confidence, batch=batch)


def _check_metric(gate: Gate, samples: list[Answered]) -> None:
    """Refuse a published score where the rule has none: all answers would count as wrong."""
    answered = [one for one in samples if not one.failed_call]
    if gate.metric != "paper" or any(one.grade.paper is not None for one in answered):
        return
    for one in answered[:1]:
        sample = compose(one.row)
        # a published scorer may crash over wrong answers, never over the right one
        if _grade(sample, sample.task.read(sample.prompt)).paper is None:
            raise ScoreError(f"rule {sample.task.rule} has no published score: metric='score'")


def _look(plan: Design, samples: list[Answered]) -> tuple[Verdict | None, str]:
    """Return the verdict so far, and why there will be none where calls failed.

    Where calls failed, the verdict is what it would be whatever they had brought.
    """
    asked, passed = len(samples), sum(one.passed for one in samples)
    lacking = sum(one.failed_call for one in samples)
    worst, best = plan.verdict(passed, asked), plan.verdict(passed + lacking, asked)
    if not lacking or (worst is not None and worst == best and plan.at_least > 0):
        return worst, ""
    rest = plan.samples - asked
    if lacking == asked and (asked >= _SILENT or not rest):
        return None, f"none of {asked} calls gave an answer"
    if plan.at_least > 0 and not (rest and _may_be_sure(plan, passed, lacking, rest)):
        return None, f"{lacking} of {asked} calls gave no answer, and the verdict depends on them"
    return None, ""


def _may_be_sure(plan: Design, passed: int, lacking: int, rest: int) -> bool:
    """Say whether a verdict can still come that does not depend on the calls that failed."""
    passes, fails = plan.passes[-1], plan.fails[-1]
    # so many of the rest must pass, and no more may, for "undecided" either way
    least, most = max(0, fails + 1 - passed), min(rest, passes - 1 - passed - lacking)
    return passed + rest >= passes or passed + lacking <= fails or least <= most


def _interval(plan: Design, samples: list[Answered]) -> tuple[float, float] | None:
    """Return the bounds of the pass rate, whatever calls that failed would have brought."""
    asked, passed = len(samples), sum(one.passed for one in samples)
    lacking = sum(one.failed_call for one in samples)
    if lacking == asked:
        return None
    if plan.at_least == 0:
        # of samples asked all at once the bounds are the same for any threshold
        plan = design(0.5, asked, confidence=plan.confidence, batch=asked)
    return plan.interval(passed, asked)[0], plan.interval(passed + lacking, asked)[1]


def _graded(reply: Reply, gate: Gate, cut: bool) -> Answered:
    row, sample, answer, cached = reply
    draft = sample.draft
    if answer.error is not None:
        found = failed(f"the call failed: {answer.error}")
    else:
        found = _grade(sample, answer.output, answer.finish_reason)
    value = found.paper if gate.metric == "paper" else found.score
    ends = sample.context[:_HEAD], sample.context[-_HEAD:]
    return Answered(
        row=row,
        grade=found,
        value=value,
        passed=value is not None and passes(value, gate.pass_score),
        cut=cut,
        seen=answer.prompt_tokens,
        prompt_tokens=sample.prompt_tokens,
        prompt_head=(draft.prefix + ends[0])[:_HEAD],
        prompt_tail=(ends[1] + draft.suffix)[-_HEAD:],
        expected=json.dumps(draft.reference, ensure_ascii=False),
        output=(storable(answer.output) or "")[:_OUTPUT],
        output_characters=len(answer.output or ""),
        error=storable(answer.error),
        cached=cached,
    )


def _grade(sample: Sample, output: str | None, finish_reason: str | None = None) -> Grade:
    return grade(
        sample.task.rule,
        output=output,
        reference=sample.draft.reference,
        params=sample.draft.rule_params,
        finish_reason=finish_reason,
    )
