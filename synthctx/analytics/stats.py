"""Statistics that the views and the report use; scipy does the mathematics."""

from __future__ import annotations


def wilson(passed: int, n: int, confidence: float = 0.95) -> tuple[float, float] | None:
    """Return Wilson's score interval of a pass rate (Wilson 1927), None for n = 0."""
    if n == 0:
        return None
    from scipy.stats import binomtest

    interval = binomtest(passed, n).proportion_ci(confidence, method="wilson")
    return float(interval.low), float(interval.high)


def mcnemar_exact(only_a: int, only_b: int) -> float:
    """Return the two-sided p of the exact McNemar test (McNemar 1947): a fair coin's tails.

    Only pairs count in which one of two models is right; with none, p is 1.
    """
    if only_a + only_b == 0:
        return 1.0
    from scipy.stats import binomtest

    return float(binomtest(only_a, only_a + only_b, 0.5).pvalue)
