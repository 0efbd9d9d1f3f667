"""Pass rate over length as a logistic curve, and the length at which half is lost."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from synthctx.analytics.intervals import critical
from synthctx.analytics.resampling import Floats

SHORTEST = 512  # where a length of 0 stands, as in the report's pictures
_BEYOND = 6.0  # how many doublings beyond the tested lengths the curve is looked for
_SLOPES = np.geomspace(0.02, 50.0, 160)
_PLACES = 600


class Curve(NamedTuple):
    """A falling logistic curve of the pass rate over the logarithm of length.

    Attributes:
        half: the length at which the pass rate lies halfway between 1 and the floor; None when
            the data put it more than 64 times beyond the tested lengths.
        low: lower end of its interval, None when the data leave it open.
        high: upper end of its interval, None when the data leave it open.
        slope: how many logits the pass rate falls with each doubling, at the best fit.
        misfit: p of the deviance: small when no such curve fits; None with two lengths.
        design: the design effect by which likelihoods are divided, for rows that share problems.
    """

    half: float | None
    low: float | None
    high: float | None
    slope: float
    misfit: float | None
    design: float

    @property
    def resolved(self) -> bool:
        """Say whether both ends of the interval are known."""
        return self.low is not None and self.high is not None

    def rate(self, length: float, floor: float = 0.0) -> float | None:
        """Return the pass rate that the curve gives at a length."""
        if self.half is None:
            return None
        logit = self.slope * (np.log2(self.half) - np.log2(max(length, SHORTEST)))
        return float(floor + (1 - floor) / (1 + np.exp(-logit)))


class _Data(NamedTuple):
    place: Floats  # logarithm of length
    n: Floats
    passed: Floats
    floor: float


def length_curve(
    by_length: Mapping[int, Mapping[str, tuple[float, float]]],
    *,
    floor: float = 0.0,
    confidence: float = 0.95,
) -> Curve | None:
    """Fit pass rate = floor + (1 - floor) / (1 + (length / half) ** slope') by maximum likelihood.

    The interval of the half-length is that of the profile likelihood (Venzon and Moolgavkar
    1988), which stays honest where a model passes everything up to one length and nothing beyond,
    and is open where a flat line fits as well. Rows that share a problem are paid for by dividing
    the likelihood by a design effect (McCullagh and Nelder 1989, section 4.5), which a few
    problems tell roughly: the cutoff is the square of Student's critical value with problems - 1
    degrees of freedom.

    None with fewer than two lengths, or without both a right and a wrong answer.

    Args:
        by_length: for each length the problems by id: answers that passed, and how many in all.
        floor: the pass rate of guessing.
        confidence: of the interval.
    """
    data = _data(by_length, floor)
    if len(data.n) < 2 or not 0 < data.passed.sum() < data.n.sum():
        return None
    places, right, wrong = _grid(tuple(data.place.tolist()), data.floor)
    surface = right @ data.passed + wrong @ (data.n - data.passed)
    at, steep = np.unravel_index(int(surface.argmax()), surface.shape)
    place, slope, best = _refined(data, places, int(at), int(steep))
    design, problems = _design(by_length, place, slope, floor)
    cutoff = best - design * critical(confidence, problems - 1) ** 2 / 2
    # one problem says nothing of how problems scatter
    low, high = _crossings(places, surface.max(axis=1), cutoff) if problems > 1 else (None, None)
    inside = 0 < at < _PLACES - 1
    misfit = _misfit(data, best, design)
    half, low, high = (None if end is None else 2.0**end for end in (place, low, high))
    return Curve(half if inside else None, low, high, slope, misfit, design)


def _data(by_length: Mapping[int, Mapping[str, tuple[float, float]]], floor: float) -> _Data:
    lengths = [n for n in sorted(by_length) if by_length[n]]
    passed = [sum(p for p, _ in by_length[n].values()) for n in lengths]
    counts = [sum(c for _, c in by_length[n].values()) for n in lengths]
    place = np.log2(np.maximum(np.array(lengths, dtype=np.float64), SHORTEST))
    return _Data(place, np.array(counts, float), np.array(passed, float), floor)


def _rates(data: _Data, places: Floats, slopes: Floats) -> Floats:
    """Return the pass rates of curves: places x slopes x lengths."""
    from scipy.special import expit

    gap = places[:, None, None] - data.place[None, None, :]
    rates = data.floor + (1 - data.floor) * expit(slopes[None, :, None] * gap)
    return np.asarray(np.clip(rates, 1e-12, 1 - 1e-12), dtype=np.float64)


@lru_cache(maxsize=2)
def _grid(place: tuple[float, ...], floor: float) -> tuple[Floats, Floats, Floats]:
    """Return where half-lengths are looked for, and the logarithms of right and wrong there.

    Kept from one line of a table to the next, which mostly has the same lengths: it is most of
    the work of a fit.
    """
    places = np.linspace(min(place) - _BEYOND, max(place) + _BEYOND, _PLACES)
    nothing = np.zeros(len(place))
    rates = _rates(_Data(np.array(place), nothing, nothing, floor), places, _SLOPES)
    return places, np.log(rates), np.log1p(-rates)


def _likelihood(data: _Data, places: Floats, slopes: Floats) -> Floats:
    rates = _rates(data, places, slopes)
    missed = data.n - data.passed
    out = (data.passed * np.log(rates) + missed * np.log1p(-rates)).sum(axis=2)
    return np.asarray(out, dtype=np.float64)


def _refined(data: _Data, places: Floats, at: int, steep: int) -> tuple[float, float, float]:
    """Return place, slope and likelihood of the maximum, looked for once more between the grid."""
    near = slice(max(at - 1, 0), at + 2)
    fine = np.linspace(places[near][0], places[near][-1], 201)
    near = slice(max(steep - 1, 0), steep + 2)
    slopes = np.geomspace(_SLOPES[near][0], _SLOPES[near][-1], 101)
    surface = _likelihood(data, fine, slopes)
    i, j = np.unravel_index(int(surface.argmax()), surface.shape)
    return float(fine[i]), float(slopes[j]), float(surface[i, j])


def _crossings(places: Floats, profile: Floats, cutoff: float) -> tuple[float | None, float | None]:
    """Return where the profile comes up to the cutoff and goes below it, None at the edge."""
    inside = np.flatnonzero(profile >= cutoff)
    if not len(inside):  # the maximum lies between two points of the grid
        at = int(profile.argmax())
        return float(places[max(at - 1, 0)]), float(places[min(at + 1, len(places) - 1)])
    first, last = int(inside[0]), int(inside[-1])
    low = None if first == 0 else _between(places, profile, first - 1, first, cutoff)
    end = len(places) - 1
    high = None if last == end else _between(places, profile, last + 1, last, cutoff)
    return low, high


def _between(places: Floats, profile: Floats, out: int, within: int, cutoff: float) -> float:
    share = (cutoff - profile[out]) / (profile[within] - profile[out])
    return float(places[out] + share * (places[within] - places[out]))


def _design(
    by_length: Mapping[int, Mapping[str, tuple[float, float]]],
    place: float,
    slope: float,
    floor: float,
) -> tuple[float, int]:
    """Return how much wider the half-length scatters when problems are drawn, and how many.

    It is the variance of the score of the half-length (the slope of its likelihood) between
    problems, over that of independent rows (a sandwich variance over the naive one; Liang and
    Zeger 1986): a stray error counts as one there, however sure the curve is of no error.
    """
    sums: dict[str, float] = {}
    expected = 0.0
    for length, problems in by_length.items():
        at = np.log2([float(max(length, SHORTEST))])
        data = _Data(at, np.ones(1), np.ones(1), floor)
        rate = float(_rates(data, np.array([place]), np.array([slope]))[0, 0, 0])
        weight = (rate - floor) / rate if rate > floor else 0.0
        for key, (passed, n) in problems.items():
            sums[key] = sums.get(key, 0.0) + weight * (passed - n * rate)
            expected += n * weight**2 * rate * (1 - rate)
    count = len(sums)
    if count < 2:
        return 1.0, 1
    found = sum(s * s for s in sums.values()) * count / (count - 1)
    return (max(1.0, found / expected) if expected > 0 else 1.0), count


def _misfit(data: _Data, best: float, design: float) -> float | None:
    from scipy.special import xlogy
    from scipy.stats import chi2

    freedom = len(data.n) - 2
    if freedom < 1:
        return None
    missed = data.n - data.passed
    full = (xlogy(data.passed, data.passed / data.n) + xlogy(missed, missed / data.n)).sum()
    return float(chi2.sf(max(0.0, 2 * (float(full) - best) / design), freedom))
