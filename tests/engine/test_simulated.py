"""Quick runs of what benchmarks/coverage.py simulates at length, and its figures on the page."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from synthctx.analytics import connect
from synthctx.analytics.connect import add_functions
from synthctx.analytics.curves import length_curve
from synthctx.analytics.intervals import pass_rate
from synthctx.analytics.profiles import Placed, Zone, depth_profile, letter_bias
from synthctx.analytics.resampling import DIFFERENCES, Problems, bootstrap_mean
from synthctx.analytics.stats import statistics
from synthctx.analytics.weighted import Answers
from synthctx.streams import Streams
from tests.engine.test_analytics import simulate

ROOT = Path(__file__).resolve().parents[2]
LENGTHS = (4096, 8192, 16384, 32768, 65536)
Floats = npt.NDArray[np.float64]


def right(key: str, runs: int, problems: int, rates: Floats, rows: int, tied: float) -> Floats:
    """Sums over rows: runs x problems x places; rows decided by their problem are alike."""
    streams = Streams(["simulated", key])
    shape = (runs, problems, len(rates), rows)
    hard = streams("problems").uniform(runs * problems).reshape(runs, problems, 1, 1)
    own = streams("rows").uniform(int(np.prod(shape))).reshape(shape)
    alike = streams("alike").uniform(own.size).reshape(shape) < tied
    passed: Floats = (np.where(alike, hard, own) < rates[None, None, :, None]).astype(float)
    return np.asarray(passed.sum(axis=3))


# ---------------------------------------------------------------- intervals


@pytest.mark.parametrize(("problems", "rows", "rate"), [(5, 1, 0.9), (10, 5, 0.98), (20, 1, 0.98)])
def test_the_bootstrap_holds_with_few_problems_near_all_right(
    problems: int, rows: int, rate: float
) -> None:
    drawn = right(f"few {problems} {rows}", 200, problems, np.array([rate]), rows, 0.5)[:, :, 0]
    held = 0
    for run, totals in enumerate(drawn):
        counts = np.full(problems, float(rows))
        found = bootstrap_mean(Problems(totals, counts), Streams(["few", run]), resamples=400)
        assert found is not None
        assert 0 <= found.low <= found.value <= found.high <= 1
        assert found.high - found.low > 0.05, "an interval without a width claims too much"
        held += found.low <= rate <= found.high
    assert held >= 185


def test_a_difference_that_all_problems_share_has_a_width() -> None:
    alike = Problems(np.full(10, 3.0), np.full(10, 3.0))
    found = bootstrap_mean(alike, Streams(["alike"]), more=DIFFERENCES)
    assert found is not None
    assert (found.value, found.high) == (1.0, 1.0)
    assert 0.4 < found.low < 0.95
    none = bootstrap_mean(Problems(np.zeros(3000), np.ones(3000)), Streams(["none"]))
    assert none is not None
    assert (none.value, none.low) == (0.0, 0.0)
    assert 0 < none.high < 0.002


def test_intervals_in_sql_are_those_of_the_table(tmp_path: Path) -> None:
    import duckdb

    draw = Streams(["sql"])
    with duckdb.connect() as connection:
        add_functions(connection)
        for run, problems in enumerate((1, 2, 3, 8, 30, 60) * 3):
            counts = draw.child(run)("n").integers(1, 6, problems).astype(float)
            shares = draw.child(run)("share").integers(0, 5, problems) / 4
            totals = counts * (shares if run % 3 else np.ceil(shares - 0.4))
            rows = ",".join(f"({t}, {n})" for t, n in zip(totals, counts, strict=True))
            found = connection.execute(
                "select share_low(by_problem(k, n)), share_high(by_problem(k, n)) "
                f"from (values {rows}) t(k, n)"
            ).fetchone()
            expected = pass_rate(Problems(totals, counts))
            assert expected is not None
            assert found == pytest.approx(expected[1:], abs=2e-6)
    with connect(simulate(tmp_path / "b")) as connection:
        page = (ROOT / "docs" / "queries.md").read_text("utf-8")
        rates = connection.execute(re.findall(r"```sql\n(.*?)```", page, re.S)[0]).fetchall()
        lengths = connection.execute("select model, length, lo, hi from lengths").fetchall()
    table = {row.model: row for row in statistics(tmp_path / "b")}
    for model, low, high in rates:
        assert table[model].rate[1:] == pytest.approx((low, high), abs=2e-6)  # type: ignore[index]
    for model, length, low, high in lengths:
        rate = table[model].lengths[length].rate
        assert rate is not None
        assert rate[1:] == pytest.approx((low, high), abs=2e-6)


def test_averages_over_tests_with_two_problems_each_are_held() -> None:
    """Thirteen tests far apart, at three lengths, the same two problems at all of them."""
    tests, held = np.linspace(0.95, 0.2, 13), 0
    weights = {cell: 1 / 39 for cell in range(39)}
    draws = [right(f"test {t}", 200, 2, np.full(3, rate), 3, 0.7) for t, rate in enumerate(tests)]
    for run in np.stack(draws, axis=1):
        test, problem, column = (axis.ravel() for axis in np.indices(run.shape))
        strata, counts = np.repeat(np.arange(13), 3), np.full(run.size, 3.0)
        answers = Answers(test * 3 + column, test * 2 + problem, run.ravel(), counts, strata)
        found = answers.mean(weights)
        assert found.interval is not None
        assert found.interval.value == pytest.approx(found.value)
        held += found.interval.low <= tests.mean() <= found.interval.high
    assert held >= 184


# ---------------------------------------------------------------- curves


def by_length(run: Floats, rows: float) -> dict[int, dict[str, tuple[float, float]]]:
    return {
        n: {str(g): (float(x), rows) for g, x in enumerate(run[:, i])}
        for i, n in enumerate(LENGTHS)
    }


@pytest.mark.parametrize(("problems", "slope"), [(5, 1.5), (20, 6.0)])
def test_half_lengths_hold_where_rows_share_problems(problems: int, slope: float) -> None:
    rates = 1 / (1 + np.exp(-slope * (np.log2(20_000) - np.log2(LENGTHS))))
    held = 0
    for run in right(f"half {problems}", 100, problems, rates, 5, 0.7):
        found = length_curve(by_length(run, 5.0))
        assert found is not None
        held += (found.low or 0.0) <= 20_000 <= (found.high or np.inf)
    assert held >= 89


def test_one_problem_leaves_a_half_length_open() -> None:
    found = length_curve({n: {"a": (float(n < 10_000), 1.0)} for n in LENGTHS})
    assert found is not None
    assert (found.low, found.high, found.resolved) == (None, None, False)


def test_a_stray_error_does_not_blow_an_interval_up() -> None:
    rows = {n: {str(g): (float(n < 10_000), 1.0) for g in range(40)} for n in LENGTHS}
    rows[4096]["7"] = (0.0, 1.0)
    found = length_curve(rows)
    assert found is not None
    assert found.design < 2
    assert found.resolved


# ---------------------------------------------------------------- depth and letters


def test_losses_of_the_middle_are_held() -> None:
    zones: tuple[Zone, ...] = ("head", "middle", "tail")
    held = kept = 0
    for number, run in enumerate(right("loss", 100, 10, np.array([1.0, 0.9, 1.0]), 2, 0.5)):
        placed = [
            Placed(str(g), 4096, zone, float(run[g, z]), 2.0)
            for g in range(10)
            for z, zone in enumerate(zones)
        ]
        found = depth_profile(placed, Streams(["loss", number]))
        assert found is not None
        assert found.loss.high <= found.most + 0.05
        held += found.loss.low <= 0.1 <= found.loss.high
        kept += found.verdict() == "kept"
    assert held >= 90
    assert kept == 0


def test_a_guesser_has_no_favourite_letter() -> None:
    biased = 0
    for run in range(200):
        draw = Streams(["letters", run])
        said, answers = (
            "".join("ABCD"[i] for i in draw(name).integers(0, 4, 80).tolist())
            for name in ("said", "right")
        )
        p = letter_bias(said, answers).p
        biased += p is not None and p < 0.05
    assert biased <= 19


# ---------------------------------------------------------------- the page


def test_the_page_shows_what_was_simulated() -> None:
    path = ROOT / "benchmarks" / "results" / "coverage.json"
    lines: dict[str, Any] = {k.strip(): v for k, v in json.loads(path.read_text("utf-8")).items()}
    page = (ROOT / "docs" / "statistics.md").read_text(encoding="utf-8")
    section = page.split("## Checked by simulation")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (.+?) \| (.*?) \| (\S+ to \S+) \| (\d+) \|$", section, re.M)
    assert len(rows) > 20
    for name, _, shares, cases in rows:
        assert lines[name].startswith(f"{shares}, mean"), name
        assert f", {cases} case" in lines[name], name
