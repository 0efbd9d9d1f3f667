"""Figures over lengths, and over cells of length and depth: effective lengths, grids, tables.

All of them take plain scores, on any scale that the threshold shares. Denominators are fixed:
a length or cell that is missing (None, or not there at all) counts as 0 and is named in the
result. Where published code does otherwise, a function whose name begins with `published`
gives its figure; None stands for one that it does not compute.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from fractions import Fraction
from types import MappingProxyType
from typing import NamedTuple

from synthctx.aggregates import Batch, Score, batch_mean
from synthctx.errors import ScoreError

Exact = float | Fraction


def _exact(value: Exact) -> Fraction:
    """Return the number that a float shows: 0.85 is 17/20, not a little less."""
    if isinstance(value, Fraction):
        return value
    if not math.isfinite(value):
        raise ScoreError(f"a score or threshold is {value}, allowed: a finite number")
    return Fraction(str(float(value)))


# ---------------------------------------------------------------- one score per length


class Lengths(NamedTuple):
    """Figures over the scores of one model at several lengths.

    Attributes:
        average: the plain mean over the lengths.
        longer: the mean with weights 1, 2, ... by growing length, RULER's wAvg(inc).
        shorter: the mean with these weights turned round, RULER's wAvg(dec).
        effective: the longest length whose score reaches the threshold, None when none does.
        unbroken: the longest such length that no shorter one falls short of.
        passes: for each length whether its score reaches the threshold.
        missing: the lengths without a score.
    """

    average: float | None
    longer: float | None
    shorter: float | None
    effective: int | None
    unbroken: int | None
    passes: Mapping[int, bool]
    missing: tuple[int, ...]


def over_lengths(
    scores: Mapping[int, Score], threshold: Exact, lengths: Iterable[int] | None = None
) -> Lengths:
    """Return averages over lengths, and up to which of them a model holds.

    RULER (arXiv:2404.06654), README: the threshold is 85.6, what Llama2-7B reaches at 4K. NoLiMa
    (arXiv:2502.05167): `share_of(base, 0.85)`. NeedleBench's largest number of needles (60 %) is
    `unbroken` over numbers of needles; its published code forgets an early fall at a later one.

    Published effective lengths are `effective`: a dip before it is passed over.

    Args:
        scores: the score at each length, None where it is missing.
        threshold: what a score must reach; reaching it exactly is enough.
        lengths: which lengths there should be; those of `scores` when None.

    Raises:
        ScoreError: a score is at a length that should not be there, or is no finite number.
    """
    asked = sorted(set(scores if lengths is None else lengths))
    odd = sorted(set(scores) - set(asked))
    if odd:
        raise ScoreError(f"there are scores at the lengths {odd}, allowed: {asked}")
    least = _exact(threshold)
    exact = {n: None if (s := scores.get(n)) is None else _exact(s) for n in asked}
    passes = {n: s is not None and s >= least for n, s in exact.items()}
    values = [s or Fraction(0) for s in exact.values()]
    rising = range(1, len(asked) + 1)
    fallen = next((i for i, held in enumerate(passes.values()) if not held), len(asked))
    return Lengths(
        _weighted(values, [1] * len(asked)),
        _weighted(values, list(rising)),
        _weighted(values, list(reversed(rising))),
        max((n for n, held in passes.items() if held), default=None),
        asked[fallen - 1] if fallen else None,
        passes,
        tuple(n for n, s in exact.items() if s is None),
    )


def _weighted(values: Sequence[Fraction], weights: Sequence[Exact]) -> float | None:
    exact = [_exact(weight) for weight in weights]
    total = sum(exact)
    if not total:
        return None
    return float(sum(v * w for v, w in zip(values, exact, strict=True)) / total)


def share_of(base: float, share: float) -> Fraction:
    """Return a share of a base score, exactly: 0.85 of 62 is 52.7, which 52.7 reaches."""
    return _exact(base) * _exact(share)


def effective_label(figures: Lengths, unit: int = 1024) -> str:
    """Return the effective length as tables print it: "64K", "<4K", ">128K".

    "<" and the shortest length when no length passes, ">" and the longest when that does.

    Raises:
        ScoreError: there are no lengths.
    """
    if not figures.passes:
        raise ScoreError("there is no effective length without lengths")
    if figures.effective is None:
        return "<" + _thousands(min(figures.passes), unit)
    longest = figures.effective == max(figures.passes)
    return (">" if longest else "") + _thousands(figures.effective, unit)


def _thousands(length: int, unit: int) -> str:
    for letter, size in (("M", unit * unit), ("K", unit)):
        if length >= size and length % size == 0:
            return f"{length // size}{letter}"
    return str(length)


class Base(NamedTuple):
    """A base score, over how many pairs, and the pairs with a score missing."""

    score: float | None
    pairs: int
    incomplete: tuple[str, ...]


def base_score(pairs: Mapping[str, Sequence[Score]], lengths: int = 3) -> Base:
    """Return what a model reaches at short lengths: its best of them, averaged over pairs.

    NoLiMa (arXiv:2502.05167): the best score of each pair of needle and question at 250, 500 and
    1000 tokens (the paper says so; the published code has no such figure). A pair without any
    score counts as 0.

    Args:
        pairs: for each pair its scores at the short lengths, None for a missing one.
        lengths: how many short lengths there should be.

    Raises:
        ScoreError: a pair has more scores than there are lengths.
    """
    for key, row in pairs.items():
        if len(row) > lengths:
            raise ScoreError(f"pair '{key}' has {len(row)} scores for {lengths} lengths")
    best = [max((s for s in row if s is not None), default=0.0) for row in pairs.values()]
    incomplete = [key for key, row in pairs.items() if len(row) < lengths or None in row]
    return Base(batch_mean(best).mean, len(pairs), tuple(incomplete))


def at_one_length(scores: Sequence[Score], elsewhere: float = -1.0) -> Batch:
    """Return the mean of the samples of one length, out of a run over several.

    lm-evaluation-harness (tasks/ruler/common_utils.py, aggregate_metrics): each sample has one
    figure per length, -1 at all lengths but its own. Those are no samples of this length and
    leave the batch; its own that are missing (None) count as 0. Published, the mean of none is
    -1 instead of None.

    Args:
        scores: one figure per sample of the run.
        elsewhere: the figure that says that a sample is of another length.
    """
    return batch_mean([score for score in scores if score != elsewhere])


# ---------------------------------------------------------------- cells of length and depth


class Cell(NamedTuple):
    """One place of a grid: how long the context is, and how deep in it the needle lies."""

    length: int
    depth: float


class Grid(NamedTuple):
    """One model's scores over a grid, several tasks put together.

    Attributes:
        cells: the weighted score of each cell.
        by_length: the mean over the depths of each length.
        overall: the mean of those: a length counts the same, however many depths it has.
        missing: what has no score, as "task length@depth".
    """

    cells: Mapping[Cell, float]
    by_length: Mapping[int, float]
    overall: float | None
    missing: tuple[str, ...]


Weights = Mapping[str, Exact]
Tasks = Mapping[str, Mapping[Cell, Score]]

# Single-needle retrieval, multi-needle retrieval, multi-needle reasoning
NEEDLEBENCH_V1: Weights = MappingProxyType(
    {"S-RT": Fraction(2, 5), "M-RT": Fraction(3, 10), "M-RS": Fraction(3, 10)}
)
NEEDLEBENCH_V2: Weights = MappingProxyType(dict.fromkeys(NEEDLEBENCH_V1, Fraction(1, 3)))


def over_grid(tasks: Tasks, weights: Weights, cells: Collection[Cell] | None = None) -> Grid:
    """Return the weighted scores of all cells, and their mean by length and overall.

    NeedleBench (arXiv:2407.11963), summarizers/needlebench.py, as it is meant: the weights are
    fixed, a task that was not run counts as 0 in every cell.

    Args:
        tasks: for each task the score of each cell, None for a missing one.
        weights: how much each task weighs, `NEEDLEBENCH_V1` for example.
        cells: which cells there should be; all that any task has when None.

    Raises:
        ScoreError: a task has no weight, a weight is negative or all are 0, or a score is in a
            cell that should not be there.
    """
    _check_weights(tasks, weights)
    named = {cell for scores in tasks.values() for cell in scores}
    asked = sorted(named if cells is None else set(cells))
    odd = sorted(named - set(asked))
    if odd:
        raise ScoreError(f"there are scores in cells outside of the grid: {odd[:5]}")
    found = {task: tasks.get(task, {}) for task in weights}
    values = {cell: _cell(found, weights, cell) for cell in asked}
    missing = [_place(t, c) for t in weights for c in asked if found[t].get(c) is None]
    return _grid(values, missing)


def _check_weights(tasks: Iterable[str], weights: Weights) -> None:
    if min(weights.values(), default=0) < 0 or not sum(weights.values()):
        raise ScoreError(f"weights must not be negative, nor all 0, got {dict(weights)}")
    odd = sorted(set(tasks) - set(weights))
    if odd:
        raise ScoreError(f"no weight for the tasks {odd}, there are some for: {sorted(weights)}")


def _cell(tasks: Tasks, weights: Weights, cell: Cell) -> float:
    values = [_exact(tasks[task].get(cell) or 0.0) for task in weights]
    return _weighted(values, list(weights.values())) or 0.0


def _place(task: str, cell: Cell) -> str:
    return f"{task} {cell.length}@{cell.depth:g}"


def _grid(values: Mapping[Cell, float], missing: Iterable[str]) -> Grid:
    rows: dict[int, list[float]] = {}
    for cell, value in values.items():
        rows.setdefault(cell.length, []).append(value)
    by_length = {length: math.fsum(row) / len(row) for length, row in rows.items()}
    overall = math.fsum(by_length.values()) / len(by_length) if by_length else None
    return Grid(values, by_length, overall, tuple(missing))


def published_grid(tasks: Tasks, weights: Weights) -> Grid:
    """Return the cells as the published plots put them together.

    opencompass, summarizers/needlebench.py, calculate_elementwise_average: a cell that one of
    the tasks lacks is dropped. When a whole task was not run, the first of the others, in the
    order S-RT, M-RT, M-RS, stands for all: with weight 1, and the third does not count.

    Args:
        tasks: as in `over_grid`; a task without any cell was not run.
        weights: in the published order.

    Raises:
        ScoreError: as in `over_grid`.
    """
    _check_weights(tasks, weights)
    ran = [task for task in weights if tasks.get(task)]
    used = weights if len(ran) == len(weights) else dict.fromkeys(ran[:1], 1.0)
    asked = sorted({cell for task in used for cell in tasks[task]})
    missing = [(t, c) for t in used for c in asked if tasks[t].get(c) is None]
    dropped = {cell for _, cell in missing}
    values = {cell: _cell(tasks, used, cell) for cell in asked if cell not in dropped}
    return _grid(values, [_place(task, cell) for task, cell in missing])


_STANDS_IN = {"S-RT": "M-RT"}


def published_table(
    tasks: Mapping[str, Mapping[int, Score]], weights: Weights, lengths: Iterable[int]
) -> float | None:
    """Return the overall score that the published summary table prints.

    opencompass, configs/summarizers/needlebench.py: the row of single-needle retrieval is filled
    with multi-needle retrieval, so that S-RT does not count and M-RT counts for both.
    None (no row) when a length that the table asks for was not run: so it is with the
    shipped 200k and 1000k configurations of version 2, whose lengths are others.

    What is meant is `over_grid(...).overall`.

    Args:
        tasks: for each task its mean at each length.
        weights: how much each task weighs.
        lengths: which lengths the table asks for.

    Raises:
        ScoreError: as in `over_grid`.
    """
    _check_weights(tasks, weights)
    asked = list(lengths)
    means: list[Fraction] = []
    for task in weights:
        row = tasks.get(_STANDS_IN.get(task, task), {})
        scores = [row.get(length) for length in asked]
        known = [_exact(score) for score in scores if score is not None]
        if not known or len(known) < len(asked):
            return None
        means.append(sum(known) / Fraction(len(known)))
    return _weighted(means, list(weights.values()))
