"""Statistics against hand-computed values and simulated models whose curves are known."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, chi2

from synthctx.analytics import connect
from synthctx.analytics.comparison import compare_models, holm, mcnemar_exact
from synthctx.analytics.curves import length_curve
from synthctx.analytics.effective import NOLIMA, RULER, Threshold, effective_length
from synthctx.analytics.intervals import design_effect, pass_rate, wilson
from synthctx.analytics.profiles import Placed, depth_profile, letter_bias, zone_of
from synthctx.analytics.resampling import Floats, Problems, bootstrap_mean, sign_flip
from synthctx.errors import ScoreError, SuiteError
from synthctx.streams import Streams
from tests.engine.test_analytics import simulate

LENGTHS = [4096, 8192, 16384, 32768, 65536]


def clustered(streams: Streams, groups: int, rows: int, mean: float, tied: float) -> Problems:
    """Problems of several rows: with the chance `tied` a problem's rows are all alike."""
    draw = streams("rows").uniform(groups * rows).reshape(groups, rows) < mean
    whole = streams("whole").uniform(groups) < mean
    alike = streams("alike").uniform(groups) < tied
    draw = np.where(alike[:, None], whole[:, None], draw)
    return Problems(draw.sum(axis=1).astype(float), np.full(groups, float(rows)))


def covered(bounds: tuple[float, float] | None, truth: float) -> bool:
    return bounds is not None and bounds[0] <= truth <= bounds[1]


# ---------------------------------------------------------------- intervals


@pytest.mark.parametrize(("passed", "n"), [(0, 3), (7, 10), (10, 10), (333, 1000)])
def test_one_row_a_problem_is_wilsons(passed: int, n: int) -> None:
    found = pass_rate(Problems.of([1.0] * passed + [0.0] * (n - passed)))
    assert found is not None
    assert found[1:] == pytest.approx(wilson(passed, n))
    assert found.value == passed / n


def test_wilson_by_hand() -> None:
    # Newcombe 1998, table I: 81 of 263
    found = wilson(81, 263)
    assert found == pytest.approx((0.2553, 0.3662), abs=5e-5)


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3)), min_size=1, max_size=30),
    st.sampled_from([0.8, 0.95, 0.99]),
)
def test_pass_rates_keep_their_bounds(rows: list[tuple[int, int]], confidence: float) -> None:
    problems = Problems.of([float(k) / 5 for k, _ in rows], [key for _, key in rows])
    found = pass_rate(problems, confidence)
    assert found is not None
    assert 0 <= found.low <= found.value + 1e-9
    assert found.value - 1e-9 <= found.high <= 1
    assert design_effect(problems) >= 1


def test_wilson_covers_at_its_level_and_knows_problems() -> None:
    """300 benches of 60 problems with 5 rows, half of the problems right or wrong throughout."""
    hits = {"rows as if independent": 0, "problems": 0, "bootstrap": 0}
    for run in range(300):
        streams = Streams(["coverage", run])
        problems = clustered(streams, 60, 5, 0.7, 0.5)
        naive = wilson(int(problems.totals.sum()), problems.size)
        drawn = bootstrap_mean(problems, streams, resamples=400)
        wide = pass_rate(problems)
        assert drawn is not None
        assert wide is not None
        hits["rows as if independent"] += covered(naive, 0.7)
        hits["problems"] += covered(wide[1:], 0.7)
        hits["bootstrap"] += covered(drawn[1:], 0.7)
    rates = {name: n / 300 for name, n in hits.items()}
    # 0.95 less three standard errors of 300 runs is 0.912
    assert rates["problems"] >= 0.93
    assert rates["bootstrap"] >= 0.912
    assert rates["rows as if independent"] < 0.85


@pytest.mark.parametrize("tied", [0.0, 1.0])
def test_few_problems_near_the_edge_are_covered(tied: float) -> None:
    runs = [clustered(Streams(["edge", tied, run]), 10, 5, 0.95, tied) for run in range(300)]
    found = [pass_rate(problems) for problems in runs]
    assert np.mean([covered(f and f[1:], 0.95) for f in found]) >= 0.93


def test_all_right_says_no_more_than_the_problems() -> None:
    one, five = Problems.of([1.0] * 10), Problems(np.full(10, 5.0), np.full(10, 5.0))
    single, several = pass_rate(one), pass_rate(five)
    assert single is not None
    assert several is not None
    assert several.low <= single.low
    assert pass_rate(Problems.of([])) is None
    assert pass_rate(Problems.of([1.0, 1.0], ["a", "a"])) == (1.0, 0.0, 1.0)


def test_the_bootstrap_is_keyed_and_agrees_with_the_formula() -> None:
    problems = clustered(Streams(["one"]), 300, 4, 0.6, 0.3)
    first = bootstrap_mean(problems, Streams(["draw"]))
    assert first == bootstrap_mean(problems, Streams(["draw"]))
    assert first is not None
    half = 1.959964 * problems.variance**0.5
    assert first.low == pytest.approx(problems.mean - half, abs=0.006)
    assert first.high == pytest.approx(problems.mean + half, abs=0.006)
    many = clustered(Streams(["two"]), 3000, 2, 0.6, 0.3)
    large = bootstrap_mean(many, Streams(["draw"]))
    assert large is not None
    assert large.high - large.value == pytest.approx(1.959964 * many.variance**0.5, rel=0.01)
    assert bootstrap_mean(Problems.of([1.0, 0.0], ["a", "a"]), Streams(["draw"])) is None


# ---------------------------------------------------------------- two models


@pytest.mark.parametrize(("a", "b"), [(0, 0), (6, 0), (3, 3), (9, 4), (25, 25), (400, 520)])
def test_mcnemar_in_sql_and_by_flips_is_scipys(a: int, b: int) -> None:
    expected = binomtest(a, a + b, 0.5).pvalue if a + b else 1.0
    assert mcnemar_exact(a, b) == pytest.approx(expected)
    import duckdb

    from synthctx.analytics.connect import add_functions

    with duckdb.connect() as connection:
        add_functions(connection)
        assert connection.execute("select mcnemar(?, ?)", [a, b]).fetchone() == (
            pytest.approx(expected, rel=1e-9),
        )
    flips = sign_flip(np.array([1.0] * a + [-1.0] * b + [0.0] * 5), Streams(["flips", a, b]))
    assert flips == pytest.approx(expected, abs=1e-12 if a + b <= 14 else 0.012)


def test_the_interval_of_a_paired_difference(tmp_path: Path) -> None:
    """By hand from Agresti and Min 2005, and its coverage over all outcomes of 40 pairs."""
    import duckdb
    from scipy.stats import multinomial

    from synthctx.analytics.connect import add_functions

    with duckdb.connect() as connection:
        add_functions(connection)
        sql = "select a, b, difference_low(a, b, 40), difference_high(a, b, 40) from "
        grid = "(select unnest(range(41)) a), (select unnest(range(41)) b) where a + b <= 40"
        rows = connection.execute(sql + grid).fetchall()
    found = {(a, b): (low, high) for a, b, low, high in rows}
    # 10 and 2 of 40: 8/42, less and more 1.96 x sqrt(13 - 64/42) / 42
    assert found[10, 2] == pytest.approx((0.03239, 0.34856), abs=1e-4)
    assert found[0, 0][0] < 0 < found[0, 0][1]
    for only_a, only_b in ((0.2, 0.1), (0.05, 0.02), (0.4, 0.3)):
        chance = multinomial(40, [only_a, only_b, 1 - only_a - only_b])
        held = sum(
            float(chance.pmf([a, b, 40 - a - b]))
            for (a, b), bounds in found.items()
            if covered(bounds, only_a - only_b)
        )
        assert held >= 0.94


def test_sign_flips_of_many_are_the_normal_ones() -> None:
    values = Streams(["many"])("values").uniform(2500) - 0.49
    few = sign_flip(values[:1900], Streams(["a"]), two_sided=False)
    z = values[:1900].sum() / (values[:1900] ** 2).sum() ** 0.5
    from scipy.stats import norm

    assert few == pytest.approx(norm.sf(z), abs=0.02)
    both = sign_flip(values, Streams(["a"]))
    assert both == pytest.approx(2 * norm.sf(abs(values.sum()) / (values**2).sum() ** 0.5))


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.6, 0.9]) == [1.0, 1.0]
    assert holm([]) == []


@given(st.lists(st.floats(0, 1), max_size=12))
def test_holm_never_makes_smaller(values: list[float]) -> None:
    adjusted = holm(values)
    assert all(p <= q <= 1 for p, q in zip(values, adjusted, strict=True))
    order = sorted(range(len(values)), key=lambda i: values[i])
    assert [adjusted[i] for i in order] == sorted(adjusted)


def test_pairs_are_tested_by_problem_and_corrected(tmp_path: Path) -> None:
    bench = simulate(tmp_path / "b")
    with connect(bench) as connection:
        (pair,) = compare_models(connection)
        (row,) = connection.execute("select n, only_a, only_b, p from pairs").fetchall()
    assert (pair.n, pair.only_a, pair.only_b, pair.mcnemar) == row
    assert pair.problems == 4
    # two of the four problems were answered at 128k: their six wrong answers are two differences
    assert pair.p == 0.5
    assert pair.p_holm == pair.p
    assert pair.difference is not None
    assert pair.difference.value == pytest.approx(6 / 30)


# ---------------------------------------------------------------- effective length


def at_lengths(rates: list[float], n: int, run: object) -> dict[int, Problems]:
    """One row for each problem at each length; a problem is as hard at all of them."""
    hard = Streams(["effective", run])("hard").uniform(n)
    noise = Streams(["effective", run])("noise").uniform(n * len(rates)).reshape(len(rates), n)
    mixed = noise < 0.5
    again = Streams(["effective", run])("again").uniform(n * len(rates)).reshape(len(rates), n)
    return {
        length: Problems.of((np.where(mixed[i], again[i], hard) < rate).astype(float))
        for i, (length, rate) in enumerate(zip(LENGTHS, rates, strict=True))
    }


CURVE = [0.97, 0.95, 0.92, 0.78, 0.6]


def test_effective_length_is_recovered_with_enough_samples() -> None:
    found = effective_length(at_lengths(CURVE, 2000, 0), RULER)
    assert found is not None
    assert (found.length, found.resolved, found.text) == (16384, True, "16k")
    assert found.published == 16384
    relative = effective_length(at_lengths(CURVE, 4000, 0), NOLIMA)
    assert relative is not None
    assert relative.needed == pytest.approx(0.85 * 0.97, abs=0.01)
    assert (relative.length, relative.resolved) == (16384, True)


@pytest.mark.parametrize("threshold", [RULER, NOLIMA, Threshold(0.5), Threshold(0.99)])
def test_effective_length_is_held_by_its_interval(threshold: Threshold) -> None:
    value = threshold.value * (CURVE[0] if threshold.relative else 1)
    true = max((n for n, r in zip(LENGTHS, CURVE, strict=True) if r >= value), default=None)
    order = [None, *LENGTHS]
    held = narrow = 0
    for run in range(200):
        found = effective_length(at_lengths(CURVE, 120, run), threshold)
        assert found is not None
        low, high = order.index(found.low), order.index(found.high)
        assert low <= order.index(found.length) <= high
        held += low <= order.index(true) <= high
        narrow += high - low <= 2
    assert held / 200 >= 0.93
    assert narrow / 200 > 0.9, "the interval is of use"


def test_effective_length_says_when_it_does_not_know() -> None:
    few = {n: Problems.of([1.0] * 12) for n in LENGTHS[:2]}
    found = effective_length(few, RULER)
    assert found is not None
    assert (found.length, found.low, found.high) == (8192, None, 8192)
    assert found.text == "not resolved (below 4k to at least 8k)"
    none = effective_length({n: Problems.of([0.0] * 40) for n in (0, 4096)}, RULER)
    assert none is not None
    assert none.text == "below 0k"
    assert effective_length({4096: Problems.of([])}, RULER) is None
    with pytest.raises(SuiteError, match="between 0 and 1"):
        effective_length(few, Threshold(85.6))


def test_a_dip_ends_it_except_as_papers_count() -> None:
    rows = {4096: [1.0] * 200, 8192: [0.0] * 200, 16384: [1.0] * 200}
    found = effective_length({n: Problems.of(r) for n, r in rows.items()}, RULER)
    assert found is not None
    assert (found.length, found.low, found.high, found.published) == (4096, 4096, 4096, 16384)


# ---------------------------------------------------------------- curves


def passes(half: float, slope: float, n: int, run: object, floor: float = 0.0) -> Any:
    out: dict[int, dict[str, tuple[float, float]]] = {}
    for length in LENGTHS:
        rate = floor + (1 - floor) / (1 + (length / half) ** (slope / np.log(2)))
        drawn = Streams(["curve", run, length])("rows").uniform(n) < rate
        out[length] = {str(i): (float(x), 1.0) for i, x in enumerate(drawn.tolist())}
    return out


@pytest.mark.parametrize("floor", [0.0, 0.25])
def test_a_half_length_is_recovered_and_covered(floor: float) -> None:
    found = length_curve(passes(20000, 1.5, 4000, 0, floor), floor=floor)
    assert found is not None
    assert found.half == pytest.approx(20000, rel=0.04)
    assert found.slope == pytest.approx(1.5, rel=0.06)
    assert found.misfit is not None
    assert found.misfit > 0.001
    assert found.rate(20000, floor) == pytest.approx(floor + (1 - floor) / 2, abs=0.02)
    held = 0
    for run in range(100):
        curve = length_curve(passes(20000, 1.5, 40, run, floor), floor=floor)
        assert curve is not None
        held += (curve.low or 0) <= 20000 <= (curve.high or np.inf)
    assert held >= 90


def test_curves_that_the_data_leave_open() -> None:
    flat = {n: {str(i): (float(i < 36), 1.0) for i in range(40)} for n in LENGTHS}
    found = length_curve(flat)
    assert found is not None
    assert found.high is None
    assert not found.resolved
    cut = {n: {str(i): (float(n < 10000), 1.0) for i in range(40)} for n in LENGTHS}
    step = length_curve(cut)
    assert step is not None
    assert step.low is not None
    assert step.high is not None
    assert 7500 < step.low < step.high < 18000
    assert length_curve({4096: {"a": (1.0, 2.0)}}) is None
    assert length_curve({n: {"a": (1.0, 1.0)} for n in LENGTHS}) is None


def test_rows_that_share_problems_widen_the_interval() -> None:
    single = passes(20000, 1.5, 40, 3)
    thrice = {n: {k: (3 * p, 3 * c) for k, (p, c) in rows.items()} for n, rows in single.items()}
    one, three = length_curve(single), length_curve(thrice)
    assert one is not None
    assert three is not None
    assert three.design == pytest.approx(3 * one.design, rel=0.01)
    assert three.half == pytest.approx(one.half, rel=0.01)
    assert three.high == pytest.approx(one.high, rel=0.01)


# ---------------------------------------------------------------- profiles


def placed(rates: tuple[float, ...], problems: int, run: object) -> list[Placed]:
    depths = [0.0, 0.25, 0.5, 0.75, 1.0]
    rows = []
    for problem, length in itertools.product(range(problems), LENGTHS[:2]):
        drawn = Streams(["profile", run, problem, length])("rows").uniform(5)
        for depth, rate, x in zip(depths, rates, drawn.tolist(), strict=True):
            rows.append(Placed(str(problem), length, zone_of(depth), float(x < rate), 1.0))
    return rows


def test_a_lost_middle_is_found_and_a_fall_is_none() -> None:
    lost = depth_profile(placed((0.95, 0.9, 0.5, 0.9, 0.95), 60, 0), Streams(["p"]))
    assert lost is not None
    assert lost.verdict() == "lost"
    assert lost.loss.low < 0.425 < lost.loss.high
    assert lost.bias_p > 0.05
    fall = depth_profile(placed((0.9, 0.9, 0.6, 0.3, 0.3), 60, 0), Streams(["p"]))
    assert fall is not None
    assert fall.verdict() != "lost"
    assert fall.bias_p < 0.001
    assert fall.bias.high < 0
    even = depth_profile(placed((0.97,) * 5, 400, 0), Streams(["p"]))
    assert even is not None
    assert even.verdict() == "kept"


def test_a_few_problems_do_not_show_that_the_middle_is_kept() -> None:
    found = depth_profile(placed((1.0,) * 5, 4, 0), Streams(["p"]))
    assert found is not None
    assert (found.loss.value, found.p, found.verdict()) == (0.0, 1.0, "not resolved")
    assert depth_profile(placed((1.0,) * 5, 1, 0), Streams(["p"])) is None


def test_a_flat_profile_is_rarely_called_lost() -> None:
    runs = [
        depth_profile(placed((0.8,) * 5, 12, run), Streams(["null", run])) for run in range(150)
    ]
    lost = sum(found is not None and found.verdict() == "lost" for found in runs)
    biased = sum(found is not None and found.bias_p < 0.05 for found in runs)
    assert lost <= 7
    assert biased <= 15


def test_letters() -> None:
    even = letter_bias("ABCD" * 10, "BCDA" * 10)
    assert even.p == pytest.approx(1.0)
    favoured = letter_bias("AAAA" * 10 + "x", "ABCD" * 10 + "A")
    assert favoured.said["A"] == 1.0
    assert favoured.right["A"] == 0.25
    assert favoured.p is not None
    # by hand: 30 less than right, spread 10 for each of B, C, D (Stuart 1955)
    assert favoured.p == pytest.approx(chi2.sf(30, 3))
    assert letter_bias("", "").p is None
    assert letter_bias("A", "A").p == 1.0
    assert letter_bias("AB", "BA").p == 1.0
    with pytest.raises(ScoreError, match="right ones"):
        letter_bias("A", "E")


@settings(max_examples=30)
@given(st.lists(st.floats(-1, 1), min_size=1, max_size=10))
def test_sign_flips_are_shares(values: list[float]) -> None:
    found: Floats = np.array(values)
    p = sign_flip(found, Streams(["h"]))
    assert 0 < p <= 1
    upper = sign_flip(found, Streams(["h"]), two_sided=False)
    lower = sign_flip(-found, Streams(["h"]), two_sided=False)
    assert upper + lower >= 1 - 1e-9
