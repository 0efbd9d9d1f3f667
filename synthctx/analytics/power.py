"""How many samples a cell needs, before any is made: two pass rates, paired or not."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from synthctx.errors import SuiteError

LIMIT = 1_000_000  # beyond so many samples a cell nobody plans


class Two(NamedTuple):
    """Two pass rates that are to be told apart.

    Attributes:
        first: the higher one.
        second: the lower one.
        correlation: phi of both models' being right on the same sample; 0 is independent.
    """

    first: float
    second: float
    correlation: float = 0.0

    @property
    def only_first(self) -> float:
        """Return the chance that only the first is right on a sample."""
        return self.first - self._both

    @property
    def only_second(self) -> float:
        """Return the chance that only the second is right on a sample."""
        return self.second - self._both

    @property
    def _both(self) -> float:
        a, b = self.first, self.second
        return float(a * b + self.correlation * (a * (1 - a) * b * (1 - b)) ** 0.5)


def two_rates(difference: float, base: float | None = None, correlation: float = 0.0) -> Two:
    """Return two pass rates that lie a difference apart.

    Args:
        difference: in 0..1.
        base: the higher of the two; by default both lie about 0.5, where most samples are needed.
        correlation: phi of being right on the same sample.

    Raises:
        SuiteError: there are no such rates.
    """
    if not 0 < difference < 1:
        raise SuiteError(f"the difference is {difference:g}, allowed: above 0 and below 1")
    first = 0.5 + difference / 2 if base is None else base
    if not difference <= first <= 1:
        raise SuiteError(f"the base {first:g} must lie between the difference and 1")
    two = Two(first, first - difference, correlation)
    if not -1 <= correlation <= 1 or min(two.only_first, two.only_second) < -1e-12:
        raise SuiteError(
            f"two models with pass rates {two.first:g} and {two.second:g} cannot be right on the "
            f"same samples with a correlation of {correlation:g}"
        )
    if not 0 < two.second < two.first < 1:
        raise SuiteError("a pass rate of 0 or 1 cannot be planned for: give a base between them")
    return two


def paired_power(n: int, two: Two, level: float = 0.05) -> float:
    """Return the power of the exact McNemar test on n samples that both models answer.

    Exact: over how many samples the models differ on (binomial), then over who is right on them.
    """
    from scipy.stats import binom

    differ = max(two.only_first + two.only_second, 1e-12)
    share = min(1.0, max(0.0, two.only_first / differ))
    low, high = (int(x) for x in binom.ppf([1e-9, 1 - 1e-9], n, differ))
    counts = np.arange(low, high + 1)
    chances = binom.pmf(counts, n, differ)
    critical = binom.ppf(level / 2, counts, 0.5)
    critical = np.where(binom.cdf(critical, counts, 0.5) <= level / 2, critical, critical - 1)
    beyond = binom.cdf(critical, counts, share) + binom.sf(counts - critical - 1, counts, share)
    return float(np.dot(chances, np.where(critical >= 0, beyond, 0.0)))


def unpaired_power(n: int, two: Two, level: float = 0.05) -> float:
    """Return the power of a two-sided test of two proportions, n samples for each model.

    Normal approximation with continuity correction (Fleiss, Levin and Paik 2003, chapter 4),
    which follows Fisher's exact test.
    """
    from scipy.stats import norm

    mean, gap = (two.first + two.second) / 2, two.first - two.second
    pooled = (2 * mean * (1 - mean)) ** 0.5
    apart = (two.first * (1 - two.first) + two.second * (1 - two.second)) ** 0.5
    critical = float(norm.ppf(1 - level / 2))
    return float(norm.cdf(((gap - 1 / n) * n**0.5 - critical * pooled) / apart))


def samples_for(
    two: Two,
    power: float = 0.8,
    *,
    paired: bool = True,
    level: float = 0.05,
) -> int:
    """Return the least number of samples (for each model) from which a test has the power.

    Args:
        two: the pass rates.
        power: the chance of finding the difference.
        paired: the exact McNemar test on the same samples, else two proportions.
        level: of the two-sided test.

    Raises:
        SuiteError: power or level is not within 0..1, or more than a million would be needed.
    """
    if not level < power < 1 or not 0 < level < 1:
        raise SuiteError(f"power {power:g} and level {level:g}: 0 < level < power < 1 is needed")
    found: Callable[[int, Two, float], float] = paired_power if paired else unpaired_power
    high = 4
    while found(high, two, level) < power:
        high *= 2
        if high > LIMIT:
            raise SuiteError(f"more than {LIMIT:,} samples a cell would be needed")
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        if found(middle, two, level) < power:
            low = middle
        else:
            high = middle
    # the exact power goes up in small waves: past the last of them it holds
    while any(found(n, two, level) < power for n in range(high, high + 8)):
        high += 1
    return high
