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
# the means of two more problems: right and wrong throughout; and what Agresti and Min 2005 add to
# paired differences, half an answer in each of four cells
SCORES = (0.0, 1.0)
DIFFERENCES = (0.5**0.5, -(0.5**0.5))
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

    def with_more(self, means: Sequence[float]) -> Problems:
        """Return these problems and more of them: of the mean size, with the means given."""
        size = float(self.counts.mean())
        totals = np.append(self.totals, [size * mean for mean in means])
        return Problems(totals, np.append(self.counts, [size] * len(means)))


def sums(where: npt.NDArray[np.int64], values: npt.ArrayLike) -> Floats:
    """Return the sums of values by place."""
    found = np.bincount(where, np.asarray(values, dtype=np.float64))
    return np.asarray(found, dtype=np.float64)


def bootstrap_mean(
    problems: Problems,
    streams: Streams,
    *,
    more: Sequence[float] = SCORES,
    confidence: float = 0.95,
    resamples: int = RESAMPLES,
) -> Interval | None:
    """Return the mean with its percentile bootstrap interval, problems drawn with all their rows.

    Efron 1979; Field and Welsh 2007 for clusters; quantiles that lie further out by what Student's
    value is beyond the normal one (the expanded percentile interval, Hesterberg 2015). Drawn from
    are the problems and two more, at both ends of what can be: without these few problems, or
    many that nearly all are right, give an interval that is much too narrow, down to no width
    (benchmarks/coverage.py). The mean is that of the problems alone.

    None without scores, or with one problem.

    Args:
        problems: the scores.
        streams: where the draws come from.
        more: the means of the further problems: SCORES for scores in 0..1, DIFFERENCES for
            differences of such.
        confidence: of the interval.
        resamples: how often the problems are drawn.
    """
    if len(problems.totals) < 2:
        return None
    drawn_from, mean, tail = problems.with_more(more), problems.mean, (1 - confidence) / 2
    if len(problems.totals) > MANY:
        from scipy.special import ndtri

        half = float(-ndtri(tail)) * drawn_from.variance**0.5
        low, high = drawn_from.mean - half, drawn_from.mean + half
    else:
        tail = _expanded(tail, len(drawn_from.totals))
        means = _drawn_means(drawn_from, streams("bootstrap"), resamples)
        low, high = np.quantile(means, [tail, 1 - tail]).tolist()
    each = drawn_from.totals / drawn_from.counts  # no mean lies beyond the ends of these
    low, high = max(low, float(each.min())), min(high, float(each.max()))
    return Interval(mean, min(low, mean), max(high, mean))


def _expanded(tail: float, count: int) -> float:
    """Return the tail of a percentile interval for so many things drawn (Hesterberg 2015)."""
    from scipy.special import ndtr, stdtrit

    return float(ndtr((count / (count - 1)) ** 0.5 * stdtrit(count - 1, tail)))


def _drawn_means(problems: Problems, stream: Stream, resamples: int) -> Floats:
    count = len(problems.totals)
    at_once = max(1, _CHUNK // count)
    found: list[Floats] = []
    for start in range(0, resamples, at_once):
        rows = min(at_once, resamples - start)
        drawn = stream.integers(0, count, rows * count).reshape(rows, count)
        found.append(problems.totals[drawn].sum(axis=1) / problems.counts[drawn].sum(axis=1))
    return np.concatenate(found)


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
