"""Sample sizes: power against simulation, against published figures, and on the command line."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import fisher_exact

from synthctx.analytics.comparison import mcnemar_exact
from synthctx.analytics.plan import plan
from synthctx.analytics.power import (
    Two,
    paired_power,
    samples_for,
    two_rates,
    unpaired_power,
)
from synthctx.errors import SuiteError
from synthctx.streams import Streams
from synthctx.suite import Suite
from tests.conftest import Cli

SUITE = {
    "name": "planned",
    "seed": 1,
    "tests": [{"task": "niah/single", "length": ["4k", "32k"], "depth": "0:1:5", "samples": 20}],
}


@pytest.mark.parametrize("correlation", [0.0, 0.4])
@pytest.mark.parametrize("n", [40, 150])
def test_paired_power_is_that_of_simulated_models(n: int, correlation: float) -> None:
    two = two_rates(0.2, 0.8, correlation)
    runs = 2000
    drawn = Streams(["paired", n, correlation])("rows").uniform(runs * n).reshape(runs, n)
    only_a = (drawn < two.only_first).sum(axis=1)
    only_b = ((drawn >= two.only_first) & (drawn < two.only_first + two.only_second)).sum(axis=1)
    pairs = {(a, b) for a, b in zip(only_a.tolist(), only_b.tolist(), strict=True)}
    p = {(a, b): mcnemar_exact(a, b) for a, b in pairs}
    found = np.mean(
        [p[a, b] <= 0.05 for a, b in zip(only_a.tolist(), only_b.tolist(), strict=True)]
    )
    # three standard errors of 2,000 runs are 0.034 at most
    assert paired_power(n, two) == pytest.approx(found, abs=0.034)


def test_unpaired_power_is_that_of_fishers_test() -> None:
    two, n, runs = two_rates(0.2, 0.8), 100, 2000
    streams = Streams(["unpaired"])
    a = (streams("a").uniform(runs * n).reshape(runs, n) < two.first).sum(axis=1).tolist()
    b = (streams("b").uniform(runs * n).reshape(runs, n) < two.second).sum(axis=1).tolist()
    p = {
        (x, y): fisher_exact([[x, n - x], [y, n - y]]).pvalue
        for x, y in set(zip(a, b, strict=True))
    }
    found = np.mean([p[x, y] <= 0.05 for x, y in zip(a, b, strict=True)])
    assert unpaired_power(n, two) == pytest.approx(found, abs=0.04)


def test_sizes_by_hand() -> None:
    # Fleiss, Levin and Paik: n' = (1.96 sqrt(2 x .7 x .3) + .8416 sqrt(.16 + .24))^2 / .04
    # = 81.2 -> 81.2/4 (1 + sqrt(1 + 4 / (81.2 x .2)))^2 = 90.9
    assert samples_for(two_rates(0.2, 0.8), paired=False) == 91
    # six samples on which the models differ, all one way, are the least that McNemar can find
    sure = Two(0.999999, 0.000001)
    assert samples_for(sure, 0.8) == 6
    assert paired_power(5, sure) == 0.0


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from([0.1, 0.2, 0.35]),
    st.sampled_from([0.6, 0.75, 0.9]),
    st.sampled_from([0.0, 0.3]),
    st.sampled_from([0.7, 0.9]),
)
def test_sizes_have_the_power_and_no_fewer_do(
    difference: float, base: float, correlation: float, power: float
) -> None:
    two = two_rates(difference, base, correlation)
    for paired, of in ((True, paired_power), (False, unpaired_power)):
        n = samples_for(two, power, paired=paired)
        assert all(power <= of(m, two, 0.05) <= 1 for m in (n, n + 1, n + 5))
        assert min(of(m, two, 0.05) for m in range(max(1, n - 8), n)) < power
    independent = samples_for(two_rates(difference, base), power)
    assert samples_for(two, power) <= independent, "being right together helps"


def test_about_half_needs_most() -> None:
    half = samples_for(two_rates(0.1))
    assert half > samples_for(two_rates(0.1, 0.9))
    assert half > samples_for(two_rates(0.1, 0.3))


@pytest.mark.parametrize(
    ("difference", "base", "correlation", "message"),
    [
        (0.0, None, 0.0, "the difference is 0"),
        (1.5, None, 0.0, "the difference is 1.5"),
        (0.1, 0.05, 0.0, "must lie between"),
        (0.1, 1.0, 0.0, "cannot be planned for"),
        (0.3, 0.9, 0.9, "cannot be right on the same samples"),
    ],
)
def test_what_cannot_be(
    difference: float, base: float | None, correlation: float, message: str
) -> None:
    with pytest.raises(SuiteError, match=message):
        two_rates(difference, base, correlation)


def test_sizes_out_of_reach() -> None:
    with pytest.raises(SuiteError, match="more than 1,000,000"):
        samples_for(two_rates(0.0005), paired=False)
    with pytest.raises(SuiteError, match="level < power"):
        samples_for(two_rates(0.1), 1.0)


def test_a_plan_counts_cells_and_tokens() -> None:
    found = plan(Suite.from_document(SUITE), 0.2, base=0.8)
    short, long = found.cells
    assert (short.task, short.language, short.length, short.depths) == (
        "niah/single",
        "en",
        4096,
        5,
    )
    assert short.samples == 20
    assert short.power == pytest.approx(paired_power(20, found.rates))
    assert short.paired == long.paired == samples_for(two_rates(0.2, 0.8))
    assert long.tokens == 5 * long.paired * 32768
    assert found.tokens == short.tokens + long.tokens


def test_plan_on_the_command_line(cli: Cli) -> None:
    out = cli("plan", "smoke.yaml", "--detect", "20", "--power", "0.8", "--base", "0.8").out
    assert "exact McNemar test, exact power" in out
    assert "continuity" in out
    found = json.loads(cli("plan", "smoke.yaml", "--detect", "20", "--base", "0.8", "--json").out)
    assert found["tokens"] == sum(cell["tokens"] for cell in found["cells"])
    assert {cell["unpaired"] for cell in found["cells"]} == {91}
    error = cli("plan", "smoke.yaml", "--detect", "0", code=2).err
    assert "the difference is 0" in error
