"""Problems, and what can be learned by drawing them again: bootstrap and sign flips.

Rows that ask about the same evidence (a problem at other depths, lengths or versions) are not
independent, so the unit that is drawn is the problem and never the row. All draws come from
keyed streams: the same data give the same figures.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from synthctx.streams import Stream, Streams

Floats = npt.NDArray[np.float64]

RESAMPLES = 2000
FLIPS = 9999
# beyond so many problems the normal distribution stands in for the draws, which it then equals
MANY = 2000
_EXACT = 14  # up to so many problems all flips of sign are gone through
_CHUNK = 1 << 21  # draws held at a time


class Interval(NamedTuple):
    """A figure with the interval that holds it at the confidence asked for."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Problems:
    """Scores added up over problems.

    Attributes:
        totals: for each problem the sum of its scores.
        counts: for each problem how many scores it has.
    """

    totals: Floats
    counts: Floats

    @classmethod
    def of(cls, scores: Iterable[float], groups: Sequence[object] | None = None) -> Problems:
        """Add up scores by problem.

        Args:
            scores: one per row.
            groups: the problem of each row; every row is its own when None.
        """
        values = np.asarray(list(scores), dtype=np.float64)
        if groups is None:
            return cls(values, np.ones(len(values)))
        places = {key: i for i, key in enumerate(dict.fromkeys(groups))}
        where = np.array([places[key] for key in groups], dtype=np.int64)
        return cls(sums(where, values), sums(where, np.ones(len(values))))

    @property
    def single(self) -> bool:
        """Say whether every problem has one score, right or wrong."""
        return bool(np.all(self.counts == 1) and np.all(np.isin(self.totals, (0.0, 1.0))))

    @property
    def size(self) -> int:
        """Return how many scores there are."""
        return int(self.counts.sum())

    @property
    def mean(self) -> float:
        """Return the mean over all scores."""
        return float(self.totals.sum() / self.counts.sum())

    @property
    def variance(self) -> float:
        """Return the variance of the mean when problems are drawn, not rows.

        The linearised variance of a ratio, with G / (G - 1) for G problems (Cochran 1977).
        """
        problems = len(self.totals)
        if problems < 2:
            return float("inf")
        residuals = self.totals - self.mean * self.counts
        scale = problems / (problems - 1) / self.counts.sum() ** 2
        return float(scale * np.dot(residuals, residuals))


def sums(where: npt.NDArray[np.int64], values: npt.ArrayLike) -> Floats:
    """Return the sums of values by place."""
    found = np.bincount(where, np.asarray(values, dtype=np.float64))
    return np.asarray(found, dtype=np.float64)


def bootstrap_mean(
    problems: Problems,
    streams: Streams,
    *,
    confidence: float = 0.95,
    resamples: int = RESAMPLES,
) -> Interval | None:
    """Return the mean with its percentile bootstrap interval, problems drawn with all their rows.

    Efron 1979; Field and Welsh 2007 for clusters. Where all scores are the same the interval has
    no width: for pass rates use `intervals.pass_rate`. None without scores, or with one problem.

    Args:
        problems: the scores.
        streams: where the draws come from.
        confidence: of the interval.
        resamples: how often the problems are drawn.
    """
    count = len(problems.totals)
    if count < 2:
        return None
    mean, tail = problems.mean, (1 - confidence) / 2
    if count > MANY:
        from scipy.stats import norm

        half = float(norm.ppf(1 - tail)) * problems.variance**0.5
        return Interval(mean, mean - half, mean + half)
    stream = streams("bootstrap")
    at_once = max(1, _CHUNK // count)
    found: list[Floats] = []
    for start in range(0, resamples, at_once):
        rows = min(at_once, resamples - start)
        drawn = stream.integers(0, count, rows * count).reshape(rows, count)
        found.append(problems.totals[drawn].sum(axis=1) / problems.counts[drawn].sum(axis=1))
    low, high = np.quantile(np.concatenate(found), [tail, 1 - tail])
    return Interval(mean, float(low), float(high))


def sign_flip(differences: Floats, streams: Streams, *, two_sided: bool = True) -> float:
    """Return the p of Fisher's sign-flip test that differences of problems centre on 0.

    All flips for up to 14 differences that are not 0, otherwise 9,999 drawn ones with the one
    observed counted in (Phipson and Smyth 2010). With differences of -1, 0 and 1 it is the exact
    McNemar test.

    Args:
        differences: one per problem.
        streams: where the flips come from.
        two_sided: False asks whether the differences lie above 0.
    """
    kept = differences[np.abs(differences) > 1e-12]
    size = len(kept)
    if not size:
        return 1.0
    seen = float(abs(kept.sum())) if two_sided else float(kept.sum())
    if size > MANY:
        from scipy.stats import norm

        tail = float(norm.sf(seen / float(np.dot(kept, kept)) ** 0.5))
        return min(1.0, 2 * tail) if two_sided else tail
    if size <= _EXACT:
        bits = (np.arange(2**size)[:, None] >> np.arange(size)) & 1
        return _beyond((1 - 2 * bits) @ kept, seen, two_sided) / float(1 << size)
    stream, beyond, done = streams("flips"), 1, 0
    whole = float(kept.sum())
    while done < FLIPS:
        rows = min(max(1, _CHUNK // size), FLIPS - done)
        flipped = _bits(stream, rows * size).reshape(rows, size)
        beyond += _beyond(whole - 2 * (flipped @ kept), seen, two_sided)
        done += rows
    return beyond / (FLIPS + 1)


def _bits(stream: Stream, n: int) -> npt.NDArray[np.float32]:
    """Return `n` random bits, 64 out of each word."""
    words = stream.raw(-(-n // 64)).astype("<u8")
    return np.unpackbits(words.view(np.uint8), count=n).astype(np.float32)


def _beyond(sums: Floats, seen: float, two_sided: bool) -> int:
    """Return how many sums are as far out as the one seen, up to rounding."""
    return int(np.count_nonzero((np.abs(sums) if two_sided else sums) >= seen - 1e-9))
