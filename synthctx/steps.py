"""A procedure written out step by step, beside the right one: where the thread was lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import LCSseq


@dataclass(frozen=True, slots=True)
class StepComparison:
    """How a list of steps compares with the right one.

    Attributes:
        first_error: index of the first step that differs, the number of steps when none does;
            a list that breaks off differs where it ends.
        progress: share of the right steps given before that one.
        matched_in_order: length of the longest common subsequence.
        missing: right steps that are not given.
        extra: given steps that the procedure does not have at all.
        duplicated: given steps that it has, but not so often.
        exact: the two lists are the same.
        given: how many steps are given.
        reference: how many there should be.
    """

    first_error: int
    progress: float
    matched_in_order: int
    missing: int
    extra: int
    duplicated: int
    exact: bool
    given: int
    reference: int

    @property
    def misplaced(self) -> int:
        """Return how many right steps are given, but out of their order."""
        return self.reference - self.missing - self.matched_in_order

    @property
    def metrics(self) -> dict[str, float]:
        """Return what every rule about steps reports.

        `first_error_step` counts from 1 and is left out when no step is wrong.
        """
        error = {} if self.exact else {"first_error_step": float(self.first_error + 1)}
        return error | {
            "progress": self.progress,
            "steps": float(self.reference),
            "in_order": self.matched_in_order / max(self.given, self.reference, 1),
        }

    @property
    def explanation(self) -> str:
        """Return one sentence on what is right and what is wrong with the steps."""
        if self.exact:
            return f"all {self.reference} steps are right"
        parts = [f"{self.first_error} of {self.reference} steps right before the first error"]
        for number, what in (
            (self.missing, "missing"),
            (self.misplaced, "in the wrong order"),
            (self.extra, "that do not belong there"),
            (self.duplicated, "repeated"),
        ):
            if number:
                parts.append(f"{number} {what}")
        return "; ".join(parts)


def compare_steps(given: Sequence[Hashable], reference: Sequence[Hashable]) -> StepComparison:
    """Compare the steps of an answer with the right ones.

    Time grows with `len(given)` times a 64th of `len(reference)`.
    """
    pairs = enumerate(zip(given, reference, strict=False))
    shorter = min(len(given), len(reference))
    first_error = next((i for i, (ours, right) in pairs if ours != right), shorter)
    wanted, had = Counter(reference), Counter(given)
    kept = sum((wanted & had).values())
    extra = sum(count for step, count in had.items() if step not in wanted)
    # numbers in place of the steps: nothing rests on how a string is hashed
    number = {step: i for i, step in enumerate(wanted)}
    ours = [number[step] for step in given if step in number]
    return StepComparison(
        first_error=first_error,
        progress=first_error / len(reference) if reference else float(not given),
        matched_in_order=LCSseq.similarity(ours, [number[step] for step in reference]),
        missing=len(reference) - kept,
        extra=extra,
        duplicated=len(given) - extra - kept,
        exact=len(given) == len(reference) == first_error,
        given=len(given),
        reference=len(reference),
    )
