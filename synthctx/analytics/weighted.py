"""Means over cells of a grid, each with its weight, and how surely they are known."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from synthctx.analytics.intervals import pass_rate
from synthctx.analytics.resampling import Floats, Interval, Problems, sums

Places = npt.NDArray[np.int64]


class Value(NamedTuple):
    """A weighted mean.

    Attributes:
        value: None where cells are missing.
        interval: at 95 %, None where there is no value.
        least: the value with every missing cell counted as 0.
        most: with every missing cell counted as 1.
    """

    value: float | None
    interval: Interval | None
    least: float
    most: float


@dataclass(frozen=True)
class Answers:
    """The scores of one model over the cells of a grid, added up by cell and problem.

    Attributes:
        cells: for each row its cell.
        problems: for each row its problem.
        totals: for each row the sum of its scores.
        counts: for each row how many scores there are.
        strata: for each cell its stratum: problems of different ones are never the same.
    """

    cells: Places
    problems: Places
    totals: Floats
    counts: Floats
    strata: Places

    @property
    def sizes(self) -> Floats:
        """Return how many scores each cell has."""
        found = np.bincount(self.cells, self.counts, minlength=len(self.strata))
        return np.asarray(found, dtype=np.float64)

    @property
    def means(self) -> Floats:
        """Return the mean of each cell, nan where it has no scores."""
        totals = np.bincount(self.cells, self.totals, minlength=len(self.strata))
        sizes = self.sizes
        found = np.divide(totals, sizes, out=np.full(len(sizes), np.nan), where=sizes > 0)
        return np.asarray(found, dtype=np.float64)

    def mean(self, weights: Mapping[int, float], missing: float = 0.0) -> Value:
        """Return a weighted mean of cells.

        Args:
            weights: of cells that have scores; with `missing` they make 1.
            missing: the weight of cells without scores.
        """
        means = self.means
        known = math.fsum(weight * float(means[cell]) for cell, weight in weights.items())
        if missing > 1e-12:
            return Value(None, None, known, min(1.0, known + missing))
        interval = pass_rate(self.problems_of(weights))
        return Value(known, interval, known, known)

    def problems_of(self, weights: Mapping[int, float]) -> Problems:
        """Return problems whose mean is a weighted mean of cells, and scatters as it does.

        A row weighs its cell's weight over its cell's size. Scores are taken about the mean of
        their cell (the linearised variance of a stratified mean, Cochran 1977, chapter 5A), so
        that it does not matter how far the cells lie apart, and the distances from it grow by
        what a mean of few problems takes of them. Where a stratum has one problem only, nothing
        is known of how its problems scatter, and scores stay about the mean of all.
        """
        used = np.isin(self.cells, list(weights))
        cells, problems = self.cells[used], self.problems[used]
        totals, counts = self.totals[used], self.counts[used]
        sizes, means = self.sizes, np.nan_to_num(self.means)
        weight = np.zeros(len(sizes))
        for cell, value in weights.items():
            weight[cell] = value
        rows = np.divide(weight, sizes, out=np.zeros(len(sizes)), where=sizes > 0) * counts.sum()
        stretch = self._stretch(cells, problems)
        several = stretch > 0
        inside = weight * several
        # shifts add up to nothing, so that the mean stays as it is
        middle = float(inside @ means) / float(inside.sum()) if inside.any() else 0.0
        shift = np.where(several, means - middle, 0.0)
        _, where = np.unique(problems, return_inverse=True)
        own = np.where(several, stretch - 1, 0.0)[cells] * (totals - means[cells] * counts)
        scores = rows[cells] * (totals + own - shift[cells] * counts)
        return Problems(sums(where, scores), sums(where, rows[cells] * counts))

    def _stretch(self, cells: Places, problems: Places) -> Floats:
        """Return for each cell by how much its distances grow, 0 where its stratum has one problem.

        The variance of n problems of a stratum needs n / (n - 1); that of all of them together is
        made up for where the variance is taken.
        """
        pairs = np.unique(np.stack([self.strata[cells], problems]), axis=1)
        size = int(self.strata.max(initial=0)) + 1
        n = np.bincount(pairs[0], minlength=size).astype(np.float64)
        every = len(np.unique(problems))
        share = np.divide(n, n - 1, out=np.zeros(size), where=n > 1)
        return np.asarray(np.sqrt(share * (every - 1) / max(1, every))[self.strata])


def column_weights(kind: str, columns: Sequence[int]) -> dict[int, float]:
    """Return how much each column weighs: alike ("mean"), 1, 2, ... ("rising") or that reversed.

    RULER's wAvg (inc) and wAvg (dec) are "rising" and "falling" over growing lengths.
    """
    places = range(1, len(columns) + 1)
    raw = {"rising": list(places), "falling": list(reversed(places))}.get(kind, [1] * len(columns))
    return {column: weight / sum(raw) for column, weight in zip(sorted(columns), raw, strict=True)}
