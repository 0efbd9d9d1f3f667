"""Does it matter where the evidence lies: a lost middle, a favoured end, a favoured letter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np

from synthctx.analytics.resampling import (
    DIFFERENCES,
    Floats,
    Interval,
    Problems,
    bootstrap_mean,
    sign_flip,
)
from synthctx.errors import ScoreError
from synthctx.streams import Streams

EDGE = 0.25
Zone = Literal["head", "middle", "tail"]
ZONES: tuple[Zone, ...] = ("head", "middle", "tail")


class Placed(NamedTuple):
    """The answers to one problem at one length with their evidence in one zone, added up."""

    problem: str
    length: int
    zone: Zone
    total: float
    n: float


class Profile(NamedTuple):
    """Mean scores by where the evidence lies, and whether the middle is lost.

    Attributes:
        head: mean with evidence in the first part of the context.
        middle: mean with evidence between.
        tail: mean with evidence in the last part.
        loss: what the middle falls short of the mean of both ends, with its bootstrap interval.
        most: the most that may be lost: the upper end with one more problem that loses all, so that
            a few problems without a loss do not show that there is none.
        p: that the middle is below both ends: the larger of two one-sided sign-flip tests.
        bias: tail minus head, with its bootstrap interval.
        bias_p: that both ends differ: a two-sided sign-flip test.
        problems: how many problems have answers in all three zones.
    """

    head: float
    middle: float
    tail: float
    loss: Interval
    most: float
    p: float
    bias: Interval
    bias_p: float
    problems: int

    def verdict(self, level: float = 0.05, margin: float = 0.05) -> str:
        """Return "lost", "kept" (it may lose less than the margin) or "not resolved"."""
        if self.p < level:
            return "lost"
        return "kept" if self.most < margin else "not resolved"


def zone_of(depth: float, edge: float = EDGE) -> Zone:
    """Return the zone of a depth: head up to the edge, tail from 1 - edge, middle between."""
    return "head" if depth <= edge else "tail" if depth >= 1 - edge else "middle"


def depth_profile(rows: Iterable[Placed], streams: Streams) -> Profile | None:
    """Return the profile over depth and the tests on it.

    A middle is lost (Liu et al. 2023, arXiv:2307.03172: a curve in the form of a U) when it is
    below the head and below the tail: both must be shown (an intersection-union test, Berger
    1982), so that a fall from one end to the other is no lost middle. Problems are their own
    control: differences are taken between the zones of one problem at one length, averaged over
    lengths, and their signs flipped.

    None when fewer than two problems have answers in all zones.
    """
    blocks: dict[tuple[str, int], dict[Zone, tuple[float, float]]] = {}
    for row in rows:
        if row.n:
            block = blocks.setdefault((row.problem, row.length), {})
            total, n = block.get(row.zone, (0.0, 0.0))
            block[row.zone] = (total + row.total, n + row.n)
    means: dict[str, list[list[float]]] = {}
    for (problem, _), block in blocks.items():
        if len(block) == len(ZONES):
            means.setdefault(problem, []).append([block[z][0] / block[z][1] for z in ZONES])
    if len(means) < 2:
        return None
    table = np.array([np.mean(found, axis=0) for found in means.values()])
    return _profile(table, streams)


def _profile(table: Floats, streams: Streams) -> Profile:
    head, middle, tail = table.T
    loss = _mean((head + tail) / 2 - middle, streams.child("loss"))
    most = _mean((head + tail) / 2 - middle, streams.child("most"), more=(1.0,)).high
    bias = _mean(tail - head, streams.child("bias"))
    lower = [
        sign_flip(end - middle, streams.child("flip", name), two_sided=False)
        for name, end in (("head", head), ("tail", tail))
    ]
    bias_p = sign_flip(tail - head, streams.child("flip", "bias"))
    means = (float(head.mean()), float(middle.mean()), float(tail.mean()))
    return Profile(*means, loss, most, max(lower), bias, bias_p, len(table))


def _mean(values: Floats, streams: Streams, more: Sequence[float] = DIFFERENCES) -> Interval:
    found = bootstrap_mean(Problems(values, np.ones(len(values))), streams, more=more)
    if found is None:
        raise ScoreError(f"a bootstrap needs two problems at least, given {len(values)}")
    return found


class Letters(NamedTuple):
    """How often each option was said, beside how often it was right.

    Attributes:
        said: share of each option among the answers read.
        right: share of each option among the right ones.
        p: that options are said as often as they are right: Stuart and Maxwell's test; None when
            nothing was read.
    """

    said: Mapping[str, float]
    right: Mapping[str, float]
    p: float | None


def letter_bias(said: Sequence[str], right: Sequence[str], options: str = "ABCD") -> Letters:
    """Return whether a model favours the letter, or place, of an option whatever stands there.

    Answers that are none of the options are left out. Zheng et al. 2024 (arXiv:2309.03882). Each
    answer is compared with its own right option (Stuart 1955, Maxwell 1970: the margins of a square
    table), so that it does not matter how often each option happened to be right, nor how often
    the model is. Answers are taken for independent.

    Raises:
        ScoreError: there is not one right option for each answer, or it is none of the options.
    """
    if len(said) != len(right) or not set(right) <= set(options):
        raise ScoreError(
            f"one right option of {options!r} for each answer, got {len(said)} answers and "
            f"{len(right)} right ones"
        )
    pairs = [(s, r) for s, r in zip(said, right, strict=True) if s in tuple(options)]
    found = Counter(pairs)
    table = np.array([[found[s, r] for r in options] for s in options], dtype=np.float64)
    counts, wanted = table.sum(axis=1), table.sum(axis=0)
    total = len(pairs) or 1
    p = _same_margins(table) if pairs else None
    said_share, right_share = (
        dict(zip(options, (c / total).tolist(), strict=True)) for c in (counts, wanted)
    )
    return Letters(said_share, right_share, p)


def _same_margins(table: Floats) -> float:
    """Return the p that rows and columns of a square table have the same sums."""
    from scipy.stats import chi2

    apart = table.sum(axis=1) - table.sum(axis=0)
    spread = np.diag(table.sum(axis=1) + table.sum(axis=0)) - table - table.T
    freedom = int(np.linalg.matrix_rank(spread))
    if not freedom:
        return 1.0  # every answer is right
    return float(chi2.sf(apart @ np.linalg.pinv(spread, hermitian=True) @ apart, freedom))
