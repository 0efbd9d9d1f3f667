"""What came of a test: the object that the fixture gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from synthctx.rules import Grade
from synthctx.tasks import Row

Verdict = Literal["passed", "failed", "undecided"]


@dataclass(frozen=True)
class Answered:
    """One sample that was asked.

    Attributes:
        row: what defines the sample.
        grade: what its rule says; `status` is "failed" where the call gave no answer.
        value: the score that counts (strict or published), None where there is no answer.
        passed: whether it reaches the gate's pass score.
        cut: the server has not seen the whole prompt.
        seen: tokens of the prompt that the server says it has seen.
        prompt_tokens: tokens that the prompt has, by the tokenizer it was measured with.
        prompt_head: the prompt's first 400 characters.
        prompt_tail: its last 400, where the question stands.
        expected: the reference, as JSON.
        output: what the model wrote, its first 20,000 characters.
        output_characters: how many it wrote.
        error: why there is no answer.
        cached: the answer was there already.
    """

    row: Row
    grade: Grade
    value: float | None
    passed: bool
    cut: bool
    seen: int | None
    prompt_tokens: int
    prompt_head: str
    prompt_tail: str
    expected: str
    output: str
    output_characters: int = 0
    error: str | None = None
    cached: bool = False

    @property
    def sample_id(self) -> str:
        """Return the sample's id, the same as in a bench of the same suite."""
        return self.row.sample_id

    @property
    def extracted(self) -> str | None:
        """Return what was compared, None when nothing was found."""
        return self.grade.extracted

    @property
    def explanation(self) -> str:
        """Return why it was graded so."""
        return self.grade.explanation

    @property
    def failed_call(self) -> bool:
        """Say whether the call gave no answer."""
        return self.grade.status == "failed"

    @property
    def prompt(self) -> str:
        """Return the whole prompt, made again."""
        from synthctx.compose import compose

        return compose(self.row).prompt


@dataclass(frozen=True)
class Cell:
    """The answers at one task, language, length and depth."""

    task: str
    language: str
    length: int
    depth: float | None
    passed: int
    answered: int

    @property
    def rate(self) -> float | None:
        """Return the pass rate, None without answers."""
        return self.passed / self.answered if self.answered else None


@dataclass(frozen=True)
class Compared:
    """The same samples in a record.

    Attributes:
        model: who answered them then.
        pairs: samples that both have answered.
        missing: samples answered now that the record has no score of.
        lost: right then, wrong now.
        gained: wrong then, right now.
        p: chance of so many lost or more among those that differ, were both equally good (exact
            McNemar, one-sided).
        regressed: p is at most 1 - confidence.
    """

    model: str
    pairs: int
    missing: int
    lost: int
    gained: int
    p: float
    regressed: bool


@dataclass(frozen=True, repr=False)
class Result:
    """What came of a test.

    Attributes:
        model: who was asked.
        verdict: "passed", "failed", "undecided", or None where no pass rate is asked for or
            calls that failed leave it open.
        at_least: pass rate that is asked for.
        confidence: of the verdict, and of each bound of the interval.
        samples: what was asked, in order.
        planned: samples that the test names.
        most: samples that it would ask at most (more than planned with undecided=more).
        interval: of the pass rate, whatever calls that failed would have brought; None without
            answers.
        cost: of its calls, None where prices are not known.
        compared: the comparison with the baseline.
        missing: why there is no verdict, where calls failed.
    """

    model: str
    verdict: Verdict | None
    at_least: float | None
    confidence: float
    samples: Sequence[Answered]
    planned: int
    most: int
    interval: tuple[float, float] | None
    cost: float | None = None
    compared: Compared | None = None
    missing: str = ""

    def __repr__(self) -> str:
        """Return it in short: assertions of a test show it."""
        said = self.verdict or "measured"
        return f"<Result {said}: {self.passed} of {self.answered} right, asked {self.asked}>"

    @property
    def asked(self) -> int:
        """Return how many samples were asked."""
        return len(self.samples)

    @cached_property
    def answered(self) -> int:
        """Return how many of them have an answer."""
        return sum(not one.failed_call for one in self.samples)

    @cached_property
    def passed(self) -> int:
        """Return how many answers are right."""
        return sum(one.passed for one in self.samples)

    @property
    def rate(self) -> float | None:
        """Return the share of answers that are right, None without answers."""
        return self.passed / self.answered if self.answered else None

    @property
    def saved(self) -> int:
        """Return how many of the planned samples need not be asked for a verdict."""
        return 0 if self.missing else max(0, self.planned - self.asked)

    @property
    def failed_calls(self) -> int:
        """Return how many calls gave no answer: missing coverage, never counted as wrong."""
        return self.asked - self.answered

    @cached_property
    def cached(self) -> int:
        """Return how many answers were there already."""
        return sum(one.cached for one in self.samples)

    @cached_property
    def cut_prompts(self) -> int:
        """Return how many prompts the server has not seen whole."""
        return sum(one.cut for one in self.samples)

    @property
    def failures(self) -> list[Answered]:
        """Return the wrong answers, the worst first."""
        wrong = [one for one in self.samples if not one.failed_call and not one.passed]
        return sorted(wrong, key=lambda one: one.value or 0.0)

    @property
    def last_error(self) -> str:
        """Return what the last call that failed has said."""
        errors = [one.error for one in self.samples if one.error]
        return errors[-1] if errors else ""

    @property
    def cells(self) -> list[Cell]:
        """Return the answers by task, language, length and depth, in the order of asking."""
        found: dict[tuple[object, ...], list[Answered]] = {}
        for one in self.samples:
            key = (one.row.task, one.row.language, one.row.length, one.row.depth)
            found.setdefault(key, []).append(one)
        return [_cell(of) for of in found.values()]

    @property
    def regressed(self) -> bool:
        """Say whether it is worse than the baseline."""
        return self.compared is not None and self.compared.regressed


def _cell(samples: Sequence[Answered]) -> Cell:
    row = samples[0].row
    passed = sum(one.passed for one in samples)
    answered = sum(not one.failed_call for one in samples)
    return Cell(row.task, row.language, row.length, row.depth, passed, answered)
