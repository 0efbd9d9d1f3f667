"""Does a model pass at least so often? Asked in batches, and no longer than needed.

The verdict is that of two one-sided tests at one level, 1 - confidence:

- "passed": the lower bound of the pass rate reaches the threshold. The chance of that when the
  true rate is below the threshold is at most 1 - confidence.
- "failed": the upper bound is below the threshold. The chance of that when the true rate is at
  the threshold or above is at most 1 - confidence.
- "undecided": neither, and all samples are asked or the rest cannot change it.

Both chances are those of the whole sequence of looks, and exact: the boundaries come from the
binomial distribution itself, look after look (Jennison and Turnbull 2000, chapter 12), each look
spending part of the level (Lan and DeMets 1983; the power family of Kim and DeMets 1987): by
default every answer the same, which is near Pocock's test, saves most where the rate is far from
the threshold, and loses two or three points of power where it is near (benchmarks/sequential.py
compares). A gate also stops as soon as the answers still to come cannot change its verdict
(curtailment), which costs nothing. Answers are taken for independent, with one pass rate.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple

from synthctx.errors import SuiteError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Verdict = Literal["passed", "failed", "undecided"]

LIMIT = 100_000  # samples a gate may ask
SUREST = 0.999999
LOOKS = 20  # unless the batch is said
_ROUNDING = 1 + 1e-10  # of sums of chances
_NEGLIGIBLE = 1e-25  # chances that are left out: all of them together are far below rounding


@dataclass(frozen=True)
class Design:
    """When to stop asking, and what to say then. Made by `design`.

    Attributes:
        at_least: the threshold of the pass rate, in 0..1. At 1 every sample must pass, at 0
            every gate passes.
        samples: the most that may be asked.
        confidence: of each verdict, and of each of the two bounds of the interval.
        looks: after how many answers it is looked at; the last is `samples`.
        passes: at each look, the least number passed at which the verdict is "passed".
        fails: at each look, the greatest number passed at which the verdict is "failed".
        unsure: at each look, the numbers passed (first, last) at which nothing that may still
            come leads to another verdict than "undecided"; none where first > last.
    """

    at_least: float
    samples: int
    confidence: float
    looks: tuple[int, ...]
    passes: tuple[int, ...] = field(repr=False)
    fails: tuple[int, ...] = field(repr=False)
    unsure: tuple[tuple[int, int], ...] = field(repr=False)

    def verdict(self, passed: int, asked: int) -> Verdict | None:
        """Return the verdict after so many answers, None while it is worth going on.

        Args:
            passed: answers that passed.
            asked: answers, one of `looks`.

        Raises:
            SuiteError: `asked` is none of the looks, or more have passed than were asked.
        """
        look = self._look(passed, asked)
        if passed >= self.passes[look]:
            return "passed"
        if passed <= self.fails[look]:
            return "failed"
        first, last = self.unsure[look]
        return "undecided" if first <= passed <= last else None

    def interval(self, passed: int, asked: int) -> tuple[float, float]:
        """Return the interval of the pass rate that belongs to a verdict.

        Exact, by the order of stages (Armitage 1958; Jennison and Turnbull 2000, 8.5 and 12.1):
        passing at an earlier look is more than at a later one. Asked all at once it is Clopper
        and Pearson's. Each bound holds with `confidence`, both together with
        2 x confidence - 1. "passed" goes with low >= at_least, "failed" with high < at_least,
        "undecided" with low < at_least <= high. Where the verdict is "undecided" before the last
        look, or there is none yet, it reaches from the lowest to the highest that may still
        come of it. With at_least = 1 "passed" says that every sample has passed; low then is
        what that says of the rate, which is less than 1.

        Raises:
            SuiteError: as `verdict`.
        """
        worst = self._end(passed, asked, 0)
        best = self._end(passed, asked, 1)
        level = 1 - self.confidence
        low = _root(lambda rate: _at_or_above(self, rate, *worst) - level)
        high = _root(lambda rate: level - _at_or_below(self, rate, *best))
        return self._agreeing(low, high, self.verdict(passed, asked))

    def _look(self, passed: int, asked: int) -> int:
        if asked not in self.looks:
            shown = ", ".join(str(n) for n in self.looks[:12])
            more = ", ..." if len(self.looks) > 12 else ""
            raise SuiteError(f"{asked} answers is no look of this gate; looks: {shown}{more}")
        if not 0 <= passed <= asked:
            raise SuiteError(f"{passed} of {asked} answers passed: allowed are 0 to {asked}")
        return self.looks.index(asked)

    def _end(self, passed: int, asked: int, rest: int) -> tuple[int, int]:
        """Return the look and number passed at which it ends when all the rest fail, or pass."""
        look = self._look(passed, asked)
        while look < len(self.looks) - 1 and self.fails[look] < passed < self.passes[look]:
            passed += rest * (self.looks[look + 1] - self.looks[look])
            look += 1
        return look, passed

    def _agreeing(self, low: float, high: float, verdict: Verdict | None) -> tuple[float, float]:
        """Return the bounds on the side of the threshold where they lie but for rounding."""
        below = math.nextafter(self.at_least, 0.0)
        if verdict == "passed":
            return (max(low, self.at_least) if self.at_least < 1 else low), high
        if verdict == "failed":
            return low, min(high, below)
        return min(low, below), max(high, self.at_least)


class Expected(NamedTuple):
    """What a gate does with a model of a known pass rate.

    Attributes:
        passed: the chance of the verdict "passed".
        failed: that of "failed".
        undecided: that of "undecided".
        asked: how many samples are asked on average.
        saved: how much of `samples` is not asked on average, in 0..1.
    """

    passed: float
    failed: float
    undecided: float
    asked: float
    saved: float


def design(
    at_least: float,
    samples: int,
    *,
    confidence: float = 0.95,
    batch: int | None = None,
    spending: float = 1.0,
) -> Design:
    """Return a gate: is the pass rate at least so high, asking at most so many samples?

    Error rates hold for the maximum that was designed for. A gate that may go on where the
    verdict is undecided is designed for what it may ask in the end: `design(0.9, 500)`, not
    `design(0.9, 50)` and then another.

    Args:
        at_least: the threshold, in 0..1.
        samples: the most that may be asked, 1 to 100,000.
        confidence: of each verdict, above 0.5 and up to 0.999999.
        batch: how many are asked before it is looked at again; by default a twentieth of them.
            With batch = samples it is the exact test of all at once.
        spending: how the level is spent: a share x of the samples spends x ** spending of it.
            Above 1 fewer verdicts come early, and the last look loses less.

    Raises:
        SuiteError: a value is not within its bounds.
    """
    _check("at_least", at_least, 0 <= at_least <= 1, "0 to 1")
    _check("samples", samples, 1 <= samples <= LIMIT and samples == int(samples), f"1 to {LIMIT:,}")
    _check("confidence", confidence, 0.5 < confidence <= SUREST, f"above 0.5, up to {SUREST}")
    step = -(-samples // LOOKS) if batch is None else batch
    _check("batch", step, 1 <= step < math.inf and step == int(step), "1 or more")
    _check("spending", spending, 0.1 <= spending <= 10, "0.1 to 10")
    step = int(min(step, samples))
    return _design(float(at_least), int(samples), float(confidence), step, float(spending))


def _check(name: str, value: object, right: bool, allowed: str) -> None:
    if not right:
        raise SuiteError(f"a gate's {name} is {value}, allowed: {allowed}")


def fixed_verdict(passed: int, asked: int, at_least: float, confidence: float = 0.95) -> Verdict:
    """Return the verdict of samples that were all asked at once.

    The bounds are Clopper and Pearson's (1934), each one-sided at the confidence.

    Raises:
        SuiteError: a value is not within its bounds.
    """
    gate = design(at_least, asked, confidence=confidence, batch=asked)
    return gate.verdict(passed, asked) or "undecided"


def expected(gate: Design, rate: float) -> Expected:
    """Return what a gate does with a model whose pass rate is known: exact.

    Raises:
        SuiteError: the rate is not in 0..1.
    """
    _check("rate", rate, 0 <= rate <= 1, "0 to 1")
    passed = failed = undecided = asked = 0.0
    for n, found in zip(gate.looks, _chances(gate, rate, unsure_stops=True), strict=True):
        passed += found.above
        failed += found.below
        undecided += found.between
        asked += n * (found.above + found.below + found.between)
    saved = max(0.0, 1 - asked / gate.samples)  # rounding can take it below
    return Expected(passed, failed, undecided, asked, saved)


def samples_to_decide(
    at_least: float, rate: float, *, power: float = 0.8, confidence: float = 0.95
) -> int | None:
    """Return how many samples a gate must be allowed for a model of this pass rate.

    Args:
        at_least: the threshold.
        rate: the pass rate of the model, for instance the one seen so far.
        power: the chance of the right verdict: "passed" from the threshold on, else "failed".
        confidence: of each verdict.

    Returns:
        About the least number from which the power is there; None where 100,000 do not suffice
        (the rate is at the threshold, or very near).

    Raises:
        SuiteError: a value is not within its bounds.
    """
    _check("rate", rate, 0 <= rate <= 1, "0 to 1")
    _check("power", power, 0 < power < 1, "above 0 and below 1")

    def reached(samples: int) -> bool:
        found = expected(design(at_least, samples, confidence=confidence), rate)
        return (found.passed if rate >= at_least else found.failed) >= power

    high = 1
    while not reached(high):
        if high == LIMIT:
            return None
        high = min(2 * high, LIMIT)
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reached(middle) else (middle, high)
    return high


# --- boundaries ---------------------------------------------------------------------------------


@lru_cache(maxsize=1024)
def _design(
    at_least: float, samples: int, confidence: float, batch: int, spending: float
) -> Design:
    looks = (*range(batch, samples, batch), samples)
    if at_least in (0.0, 1.0):
        upper, lower = _certain(at_least, looks)
    else:
        levels = [(1 - confidence) * (n / samples) ** spending * _ROUNDING for n in looks]
        upper, lower = _boundaries(at_least, looks, levels)
    return Design(at_least, samples, confidence, looks, *_curtailed(looks, upper, lower))


def _certain(at_least: float, looks: tuple[int, ...]) -> tuple[list[int], list[int]]:
    """Return boundaries without statistics: any rate is at least 0, and one failure is under 1."""
    if at_least == 0:
        return [0] * len(looks), [-1] * len(looks)
    return [*(n + 1 for n in looks[:-1]), looks[-1]], [n - 1 for n in looks]


def _boundaries(
    at_least: float, looks: tuple[int, ...], levels: list[float]
) -> tuple[list[int], list[int]]:
    """Return the numbers passed that stop at each look, given what may be spent up to it.

    Walks along the looks with a model exactly at the threshold, where both errors are likeliest:
    a model that passes more often is above it on every path, and so never stops lower.
    """
    import numpy as np

    upper: list[int] = []
    lower: list[int] = []
    above = below = 0.0
    base, chances, before = 0, np.ones(1), 0
    for n, allowed in zip(looks, levels, strict=True):
        base, chances = _step(base, chances, n - before, at_least)
        top = _most(chances[::-1], allowed - above)
        bottom = _most(chances, allowed - below)
        above += float(chances[len(chances) - top :].sum())
        below += float(chances[:bottom].sum())
        # where nothing is left of a tail the boundary lies beyond what can be reached
        upper.append(base + len(chances) - top)
        lower.append(base + bottom - 1)
        chances = chances[bottom : len(chances) - top]
        base, before = base + bottom, n
    return upper, lower


def _most(chances: NDArray[np.float64], allowed: float) -> int:
    """Return how many of the first chances sum to no more than what is allowed."""
    import numpy as np

    return int(np.searchsorted(np.cumsum(chances), allowed, side="right"))


def _curtailed(
    looks: tuple[int, ...], upper: list[int], lower: list[int]
) -> tuple[tuple[int, ...], tuple[int, ...], tuple[tuple[int, int], ...]]:
    """Return where to stop at each look when what may still come is thought through.

    More passes never make a verdict worse, so that it is enough to follow two ways from each
    look: all the rest fail, all the rest pass. Where both end the same, all between do.
    """
    passes, fails = [upper[-1]], [lower[-1]]
    low, high = lower[-1], upper[-1]  # up to it the worst way fails, from it the best one passes
    unsure = [(low + 1, high - 1)]
    for look in range(len(looks) - 2, -1, -1):
        top, bottom, more = upper[look], lower[look], looks[look + 1] - looks[look]
        passes.append(min(top, max(bottom + 1, passes[-1])))
        fails.append(max(bottom, min(top - 1, fails[-1] - more)))
        low = max(bottom, min(top - 1, low))
        high = min(top, max(bottom + 1, high - more))
        unsure.append((low + 1, high - 1))
    return tuple(passes[::-1]), tuple(fails[::-1]), tuple(unsure[::-1])


# --- chances of ends ----------------------------------------------------------------------------


class _Look(NamedTuple):
    """Chances at one look, of those that have not stopped before.

    Attributes:
        base: the number passed that `chances` begins with.
        chances: of each number passed.
        above: of stopping with "passed".
        below: of stopping with "failed".
        between: of stopping with "undecided".
    """

    base: int
    chances: NDArray[np.float64]
    above: float
    below: float
    between: float


def _chances(gate: Design, rate: float, *, unsure_stops: bool = False) -> Iterator[_Look]:
    """Yield what happens at each look when the model passes at a rate.

    Args:
        gate: the design.
        rate: the pass rate.
        unsure_stops: whether it ends early where only "undecided" can come; else it goes on to
            the last look, so that each end there has its place in the order.
    """
    import numpy as np

    base, chances, before = 0, np.ones(1), 0
    for look, n in enumerate(gate.looks):
        base, chances = _step(base, chances, n - before, rate)
        counts = np.arange(base, base + len(chances))
        above, below = counts >= gate.passes[look], counts <= gate.fails[look]
        first, last = gate.unsure[look]
        stops = unsure_stops or n == gate.samples
        between = (counts >= first) & (counts <= last) if stops else np.zeros_like(above)
        sums = (float(chances[where].sum()) for where in (above, below, between))
        yield _Look(base, chances, *sums)
        # what goes on need not be in one piece: the ends within it get no chance
        chances = np.where(above | below | between, 0.0, chances)
        before = n


def _step(
    base: int, chances: NDArray[np.float64], more: int, rate: float
) -> tuple[int, NDArray[np.float64]]:
    """Return the numbers passed after some more answers: the first of them, and their chances."""
    import numpy as np

    start, kernel = _kernel(more, rate)
    kept = np.flatnonzero(chances)
    if not len(kept):
        return base, np.zeros(1)
    first, last = int(kept[0]), int(kept[-1])
    after = np.convolve(chances[first : last + 1], kernel)
    return base + first + start, np.asarray(after, dtype=np.float64)


@lru_cache(maxsize=256)
def _kernel(more: int, rate: float) -> tuple[int, NDArray[np.float64]]:
    """Return the binomial chances of some answers without the negligible ones at both ends."""
    import numpy as np
    from scipy.stats import binom

    chances = binom.pmf(np.arange(more + 1), more, rate)
    kept = np.flatnonzero(chances > _NEGLIGIBLE)
    return int(kept[0]), chances[kept[0] : kept[-1] + 1]


def _at_or_above(gate: Design, rate: float, look: int, passed: int) -> float:
    """Return the chance of an end that says at least as much for the model as this one."""
    total = 0.0
    failing = passed <= gate.fails[look]
    for number, found in enumerate(_chances(gate, rate)):
        if number == look:
            start = max(0, passed - found.base)
            here = float(found.chances[start:].sum())
            # from a failed end upwards lies all that fails later, and all that does not
            return total + here if not failing else 1 - total - _below(found, passed - 1)
        total += found.below if failing else found.above
    return total


def _at_or_below(gate: Design, rate: float, look: int, passed: int) -> float:
    """Return the chance of an end that says at most as much for the model as this one."""
    total = 0.0
    passing = passed >= gate.passes[look]
    for number, found in enumerate(_chances(gate, rate)):
        if number == look:
            if not passing:
                return total + _below(found, passed)
            start = max(0, passed + 1 - found.base)
            return 1 - total - float(found.chances[start:].sum())
        total += found.above if passing else found.below
    return total


def _below(found: _Look, passed: int) -> float:
    """Return the chance, at a look, of at most so many passed."""
    return float(found.chances[: max(0, passed + 1 - found.base)].sum())


def _root(function: Callable[[float], float]) -> float:
    """Return where a function of a rate that grows from below zero crosses it, within 0..1."""
    from scipy.optimize import brentq

    if function(0.0) >= 0:
        return 0.0
    if function(1.0) <= 0:
        return 1.0
    return float(brentq(function, 0.0, 1.0, xtol=1e-12, rtol=1e-12))
