"""Figures over lengths and over cells of length and depth."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthctx.errors import ScoreError
from synthctx.grids import (
    NEEDLEBENCH_V1,
    NEEDLEBENCH_V2,
    Cell,
    Grid,
    Tasks,
    at_one_length,
    base_score,
    effective_label,
    over_grid,
    over_lengths,
    published_grid,
    published_table,
    share_of,
)

ROW = {4096: 90.0, 8192: 80.0, 16384: 84.0}
SCORES = st.dictionaries(st.integers(1, 10**6), st.integers(0, 1000).map(lambda n: n / 10))


# ---------------------------------------------------------------- lengths


def test_means_by_hand() -> None:
    figures = over_lengths(ROW, 85.6)
    assert figures.average == pytest.approx((90 + 80 + 84) / 3)
    assert figures.longer == pytest.approx((90 + 2 * 80 + 3 * 84) / 6)
    assert figures.shorter == pytest.approx((3 * 90 + 2 * 80 + 84) / 6)
    assert figures.missing == ()


def test_the_order_of_the_lengths_is_theirs() -> None:
    assert over_lengths(dict(reversed(ROW.items())), 85.6) == over_lengths(ROW, 85.6)


def test_effective_length_passes_over_a_dip_unbroken_does_not() -> None:
    figures = over_lengths(ROW, 83)
    assert figures.passes == {4096: True, 8192: False, 16384: True}
    assert (figures.effective, figures.unbroken) == (16384, 4096)
    none = over_lengths(ROW, 91)
    assert (none.effective, none.unbroken) == (None, None)
    every = over_lengths(ROW, 80)
    assert (every.effective, every.unbroken) == (16384, 16384)


def test_a_missing_length_counts_as_0_and_is_named() -> None:
    full = over_lengths({4096: 90.0, 8192: None}, 0, [4096, 8192, 16384])
    assert full.average == pytest.approx(30)
    assert full.longer == pytest.approx(15)
    assert full.shorter == pytest.approx(45)
    assert full.missing == (8192, 16384)
    assert full.passes == {4096: True, 8192: False, 16384: False}


def test_the_threshold_is_what_it_shows() -> None:
    assert share_of(62, 0.85) == Fraction(527, 10)
    assert over_lengths({1: 52.7}, share_of(62, 0.85)).effective == 1
    assert over_lengths({1: 52.69}, share_of(62, 0.85)).effective is None
    assert over_lengths({1: 85.6}, 85.6).effective == 1


@pytest.mark.parametrize(
    ("scores", "threshold", "unit", "label"),
    [
        (ROW, 100, 1024, "<4K"),
        (ROW, 85.6, 1024, "4K"),
        (ROW, 83, 1024, ">16K"),
        ({1000: 0.5, 2000: 0.4}, 0.5, 1000, "1K"),
        ({250: 0.5, 500: 0.4}, 0.6, 1000, "<250"),
        ({1024: 1.0, 1024 * 1024: 1.0}, 0.5, 1024, ">1M"),
    ],
)
def test_labels(scores: dict[int, float], threshold: float, unit: int, label: str) -> None:
    assert effective_label(over_lengths(scores, threshold), unit) == label


def test_no_lengths_no_figures() -> None:
    figures = over_lengths({}, 0)
    assert (figures.average, figures.longer, figures.shorter) == (None, None, None)
    assert (figures.effective, figures.unbroken, figures.missing) == (None, None, ())
    with pytest.raises(ScoreError, match="without lengths"):
        effective_label(figures)


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_bad_lengths(bad: float) -> None:
    with pytest.raises(ScoreError, match=r"\[16384\], allowed: \[4096, 8192\]"):
        over_lengths(ROW, 85.6, [4096, 8192])
    with pytest.raises(ScoreError, match="finite"):
        over_lengths({1: bad}, 85.6)


@given(SCORES.filter(bool), st.integers(0, 100))
def test_lengths_keep_their_bounds(scores: dict[int, float], threshold: int) -> None:
    figures = over_lengths(scores, threshold)
    low, high = min(scores.values()), max(scores.values())
    for mean in (figures.average, figures.longer, figures.shorter):
        assert mean is not None
        assert low - 1e-9 <= mean <= high + 1e-9
    assert (figures.effective or 0) >= (figures.unbroken or 0)


@given(SCORES.filter(bool), st.integers(0, 1000))
def test_a_constant_row_is_its_own_mean(scores: dict[int, float], tenths: int) -> None:
    value = tenths / 10
    figures = over_lengths(dict.fromkeys(scores, value), value)
    assert (figures.average, figures.longer, figures.shorter) == (value, value, value)
    assert figures.effective == figures.unbroken == max(scores)


@given(SCORES.filter(bool), st.integers(0, 100), st.integers(0, 100))
def test_a_higher_threshold_never_reaches_further(
    scores: dict[int, float], one: int, two: int
) -> None:
    lower, higher = (over_lengths(scores, t) for t in sorted((one, two)))
    assert (lower.effective or 0) >= (higher.effective or 0)
    assert (lower.unbroken or 0) >= (higher.unbroken or 0)


@given(SCORES.filter(bool))
def test_a_score_taken_away_raises_nothing(scores: dict[int, float]) -> None:
    full = over_lengths(scores, 50)
    less = over_lengths({**scores, min(scores): None}, 50)
    for name in ("average", "longer", "shorter"):
        assert getattr(less, name) <= getattr(full, name)
    assert less.missing == (min(scores),)


def test_falling_rows_weigh_less_by_length() -> None:
    figures = over_lengths({1: 1.0, 2: 0.5, 3: 0.0}, 0.5)
    assert figures.longer is not None and figures.average is not None
    assert figures.shorter is not None
    assert figures.longer < figures.average < figures.shorter


# ---------------------------------------------------------------- base scores, one length


def test_base_score_takes_the_best_short_length_of_each_pair() -> None:
    base = base_score({"a": [0.9, 1.0, 0.8], "b": [0.5, None, 0.6], "c": []})
    assert base.score == pytest.approx((1.0 + 0.6 + 0.0) / 3)
    assert (base.pairs, base.incomplete) == (3, ("b", "c"))
    assert base_score({}).score is None
    with pytest.raises(ScoreError, match="pair 'a' has 3 scores for 2 lengths"):
        base_score({"a": [1, 1, 1]}, lengths=2)


def test_samples_of_other_lengths_leave_the_batch_missing_ones_do_not() -> None:
    assert at_one_length([1.0, -1, 0.0]) == (0.5, 2, 0)
    assert at_one_length([1.0, -1, None]) == (0.5, 2, 1)
    assert at_one_length([-1, -1]) == (None, 0, 0)
    assert at_one_length([1.0, 9.0], elsewhere=9.0) == (1.0, 1, 0)


# ---------------------------------------------------------------- grids

A, B, C = Cell(1000, 0.0), Cell(1000, 50.0), Cell(2000, 0.0)


def test_cells_by_hand() -> None:
    tasks: Tasks = {"S-RT": {A: 100, B: 50}, "M-RT": {A: 80, B: 20}, "M-RS": {A: 60, B: 10}}
    grid = over_grid(tasks, NEEDLEBENCH_V1)
    assert grid.cells == pytest.approx({A: 82.0, B: 29.0})
    assert grid == published_grid(tasks, NEEDLEBENCH_V1)
    assert over_grid(tasks, NEEDLEBENCH_V2).cells == pytest.approx({A: 80.0, B: 80 / 3})


def test_a_length_counts_once_however_many_depths_it_has() -> None:
    grid = over_grid({"t": {A: 1.0, B: 0.0, C: 1.0}}, {"t": 1})
    assert grid.by_length == {1000: 0.5, 2000: 1.0}
    assert grid.overall == 0.75


def test_what_is_missing_counts_as_0_and_is_named_published_it_goes() -> None:
    tasks: Tasks = {"S-RT": {A: 100, B: 100}, "M-RT": {A: 100, B: None}, "M-RS": {A: 100, B: 100}}
    grid = over_grid(tasks, NEEDLEBENCH_V1, [A, B, C])
    assert grid.cells == pytest.approx({A: 100.0, B: 70.0, C: 0.0})
    assert grid.missing == ("S-RT 2000@0", "M-RT 1000@50", "M-RT 2000@0", "M-RS 2000@0")
    published = published_grid(tasks, NEEDLEBENCH_V1)
    assert published.cells == {A: 100.0}
    assert (published.overall, published.missing) == (100.0, ("M-RT 1000@50",))


def test_a_task_that_was_not_run_counts_as_0_published_another_stands_for_it() -> None:
    tasks: Tasks = {"M-RT": {A: 100, B: 50}, "M-RS": {A: 10, B: 10}}
    assert over_grid(tasks, NEEDLEBENCH_V1).cells == pytest.approx({A: 33.0, B: 18.0})
    assert published_grid(tasks, NEEDLEBENCH_V1).cells == {A: 100, B: 50}
    empty = Grid({}, {}, None, ())
    assert published_grid({}, NEEDLEBENCH_V1) == over_grid({}, NEEDLEBENCH_V1) == empty


def test_the_published_table_counts_multi_retrieval_for_single_retrieval() -> None:
    row = {"S-RT": {1000: 90.0}, "M-RT": {1000: 60.0}, "M-RS": {1000: 30.0}}
    assert published_table(row, NEEDLEBENCH_V1, [1000]) == pytest.approx(0.7 * 60 + 0.3 * 30)
    assert published_table(row, NEEDLEBENCH_V2, [1000]) == pytest.approx(50.0)
    meant = over_grid(
        {t: {Cell(n, 0): s for n, s in r.items()} for t, r in row.items()}, NEEDLEBENCH_V1
    )
    assert meant.overall == pytest.approx(0.4 * 90 + 0.3 * 60 + 0.3 * 30)
    del row["S-RT"]
    assert published_table(row, NEEDLEBENCH_V1, [1000]) == pytest.approx(51.0)


def test_the_published_table_has_no_row_for_other_lengths() -> None:
    row: dict[str, dict[int, float | None]] = {
        "M-RT": {1000: 1.0, 2000: 1.0},
        "M-RS": {1000: 1.0, 2000: None},
    }
    assert published_table(row, NEEDLEBENCH_V1, [1000]) == 1.0
    assert published_table(row, NEEDLEBENCH_V1, [1000, 2000]) is None
    assert published_table(row, NEEDLEBENCH_V1, [3000]) is None
    assert published_table(row, NEEDLEBENCH_V1, []) is None


def test_bad_grids() -> None:
    with pytest.raises(ScoreError, match=r"no weight for the tasks \['ATC'\]"):
        over_grid({"ATC": {A: 1}}, NEEDLEBENCH_V1)
    with pytest.raises(ScoreError, match="nor all 0"):
        over_grid({}, {"t": 0})
    with pytest.raises(ScoreError, match="nor all 0"):
        published_table({}, {}, [1000])
    with pytest.raises(ScoreError, match="negative"):
        published_grid({}, {"t": 2, "u": -1})
    with pytest.raises(ScoreError, match="outside of the grid"):
        over_grid({"t": {A: 1, B: 1}}, {"t": 1}, [A])


CELLS = st.builds(Cell, st.sampled_from([1000, 2000, 4000]), st.sampled_from([0.0, 50.0, 100.0]))
CELL_SCORES = st.dictionaries(CELLS, st.one_of(st.none(), st.integers(0, 100)))
TASKS = st.fixed_dictionaries({}, optional=dict.fromkeys(NEEDLEBENCH_V1, CELL_SCORES))


@given(TASKS, st.sampled_from([NEEDLEBENCH_V1, NEEDLEBENCH_V2]))
def test_grids_keep_their_bounds(tasks: Tasks, weights: dict[str, Fraction]) -> None:
    grid, published = over_grid(tasks, weights), published_grid(tasks, weights)
    for figures in (grid, published):
        assert all(0 <= value <= 100 for value in figures.cells.values())
        assert figures.overall is None or 0 <= figures.overall <= 100 + 1e-9
    if not grid.missing:
        assert grid == published
    asked = {cell for scores in tasks.values() for cell in scores}
    assert set(grid.cells) == asked
    known = sum(s is not None for scores in tasks.values() for s in scores.values())
    assert len(grid.missing) == 3 * len(asked) - known


@given(st.sets(CELLS, min_size=1), st.integers(0, 100))
def test_a_constant_grid_is_its_own_mean(cells: set[Cell], value: int) -> None:
    grid = over_grid({t: dict.fromkeys(cells, value) for t in NEEDLEBENCH_V2}, NEEDLEBENCH_V2)
    assert grid.overall == pytest.approx(value)
    assert set(grid.by_length.values()) == {float(value)}
