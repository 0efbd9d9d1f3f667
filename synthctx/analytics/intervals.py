"""Intervals of pass rates and means: Wilson's, and Wilson's for rows that share problems."""

from __future__ import annotations

from functools import lru_cache

from synthctx.analytics.resampling import DIFFERENCES, SCORES, Interval, Problems


def wilson(passed: int, n: int, confidence: float = 0.95) -> tuple[float, float] | None:
    """Return Wilson's score interval of a pass rate (Wilson 1927), None for n = 0."""
    if n == 0:
        return None
    from scipy.stats import binomtest

    interval = binomtest(passed, n).proportion_ci(confidence, method="wilson")
    return float(interval.low), float(interval.high)


def pass_rate(problems: Problems, confidence: float = 0.95) -> Interval | None:
    """Return a mean of scores in 0..1 with an interval that knows which rows belong together.

    With one row a problem, right or wrong, it is Wilson's. Otherwise Wilson's with the number of
    rows divided by the design effect (Kish 1965; the form is that of Korn and Graubard 1998): how
    much wider the mean scatters when problems are drawn than when rows are; never less than 1,
    so that partial scores are treated as cautiously as right and wrong. The design effect is
    taken with one more problem that is right throughout and one that is wrong throughout: where
    nothing (or all) has failed yet, n problems count as n rows however many rows they have.
    Critical values are Student's with problems - 1 degrees of freedom.

    None without scores; with rows of one problem only, the interval is 0 to 1.
    """
    count = len(problems.totals)
    if not count:
        return None
    mean = min(1.0, max(0.0, problems.mean))
    if problems.single:
        return Interval(mean, *_score_interval(mean, count, critical(confidence, 0)))
    if count < 2:
        return Interval(mean, 0.0, 1.0)
    rows = problems.size / design_effect(problems)
    return Interval(mean, *_score_interval(mean, rows, critical(confidence, count - 1)))


def paired_difference(problems: Problems, confidence: float = 0.95) -> Interval | None:
    """Return a mean of paired differences with an interval that knows which rows belong together.

    That of Agresti and Min 2005 (half an answer added to each of four cells), with problems in
    the place of samples and Student's critical value: two more problems differ by plus and minus
    the root of a half, so that an interval has a width where all problems agree.

    None with fewer than two problems.

    Args:
        problems: for each one the sum of its differences (-1, 0 or 1) and how many there are.
        confidence: of the interval.
    """
    if len(problems.totals) < 2:
        return None
    padded = problems.with_more(DIFFERENCES)
    half = critical(confidence, len(problems.totals) - 1) * padded.variance**0.5
    return Interval(problems.mean, max(-1.0, padded.mean - half), min(1.0, padded.mean + half))


def paired_p(problems: Problems) -> float:
    """Return the two-sided p that a mean of paired differences is 0; 1 with one problem.

    It is below 0.05 where the interval of `paired_difference` at 95 % leaves 0 out.
    """
    if len(problems.totals) < 2:
        return 1.0
    from scipy.special import stdtr

    padded = problems.with_more(DIFFERENCES)
    return float(2 * stdtr(len(problems.totals) - 1, -abs(padded.mean) / padded.variance**0.5))


def design_effect(problems: Problems) -> float:
    """Return by how much fewer independent rows would say as much, at least 1."""
    padded = problems.with_more(SCORES)
    mean, rows = padded.mean, float(padded.counts.sum())
    return max(1.0, padded.variance * rows / (mean * (1 - mean)))


def _score_interval(mean: float, rows: float, critical: float) -> tuple[float, float]:
    square = critical**2
    middle = mean + square / (2 * rows)
    half = critical * (mean * (1 - mean) / rows + square / (4 * rows**2)) ** 0.5
    scale = 1 + square / rows
    # where all or nothing is right it ends at 1 or 0 but for rounding
    low = (middle - half) / scale if mean > 0 else 0.0
    high = (middle + half) / scale if mean < 1 else 1.0
    return max(0.0, low), min(1.0, high)


@lru_cache(maxsize=4096)
def critical(confidence: float, freedom: int) -> float:
    """Return Student's two-sided critical value, the normal one with 0 degrees of freedom."""
    from scipy.special import ndtri, stdtrit

    level = 1 - (1 - confidence) / 2
    return float(stdtrit(freedom, level) if freedom else ndtri(level))
