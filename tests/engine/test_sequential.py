"""Gates on a pass rate: error rates exact, intervals that agree, calls saved."""

from __future__ import annotations

import doctest
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, norm

from synthctx.analytics.sequential import (
    Design,
    design,
    expected,
    fixed_verdict,
    samples_to_decide,
)
from synthctx.errors import SuiteError
from synthctx.streams import Streams

SMALL = [
    design(0.5, 12, confidence=0.9, batch=2),
    design(0.8, 12, batch=3),
    design(0.3, 11, confidence=0.8, batch=4),
    design(0.9, 10, confidence=0.6, batch=1, spending=2.0),
    design(1.0, 8, batch=2),
    design(0.0, 8, batch=2),
]


def asked_until(gate: Design, answers: tuple[int, ...]) -> tuple[int, int, str]:
    """Ask as the user of a gate does; return passed, asked and the verdict."""
    for look in gate.looks:
        passed = sum(answers[:look])
        verdict = gate.verdict(passed, look)
        if verdict is not None:
            return passed, look, verdict
    raise AssertionError("the last look has a verdict")


def by_hand(gate: Design) -> dict[tuple[int, ...], tuple[int, int, str]]:
    """Return the end of every possible row of answers."""
    return {row: asked_until(gate, row) for row in product((0, 1), repeat=gate.samples)}


def chance(row: tuple[int, ...], rate: float) -> float:
    return float(rate ** sum(row) * (1 - rate) ** (len(row) - sum(row)))


@pytest.mark.parametrize("gate", SMALL, ids=lambda g: f"{g.at_least} of {g.samples}")
def test_what_a_gate_does_is_what_all_rows_of_answers_say(gate: Design) -> None:
    ends = by_hand(gate)
    for rate in (0.0, 0.25, 0.5, 0.8, 0.93, 1.0):
        told = expected(gate, rate)
        for verdict in ("passed", "failed", "undecided"):
            counted = sum(chance(row, rate) for row, end in ends.items() if end[2] == verdict)
            assert getattr(told, verdict) == pytest.approx(counted, abs=1e-12)
        asked = sum(chance(row, rate) * end[1] for row, end in ends.items())
        assert told.asked == pytest.approx(asked)
        assert told.saved == pytest.approx(1 - asked / gate.samples)


@pytest.mark.parametrize("gate", SMALL, ids=lambda g: f"{g.at_least} of {g.samples}")
def test_stopping_early_never_changes_a_verdict_and_is_never_late(gate: Design) -> None:
    """A gate goes on exactly while two ways of going on lead to different verdicts."""
    ends = by_hand(gate)
    for number, look in enumerate(gate.looks[:-1]):
        verdicts: dict[tuple[int, ...], set[str]] = {}
        for row, (_, asked, verdict) in ends.items():
            if asked > gate.looks[number]:
                verdicts.setdefault(row[:look], set()).add(verdict)
        assert all(len(different) > 1 for different in verdicts.values())


@pytest.mark.parametrize("gate", SMALL[:4], ids=lambda g: f"{g.at_least} of {g.samples}")
def test_each_bound_misses_the_true_rate_no_more_often_than_it_says(gate: Design) -> None:
    ends = by_hand(gate)
    intervals = {end: gate.interval(*end[:2]) for end in set(ends.values())}
    for rate in (0.05, 0.3, 0.5, 0.64, 0.8, 0.9, 0.99):
        above = sum(chance(r, rate) for r, end in ends.items() if intervals[end][0] > rate)
        below = sum(chance(r, rate) for r, end in ends.items() if intervals[end][1] < rate)
        assert max(above, below) <= 1 - gate.confidence + 1e-9


@pytest.mark.parametrize("at_least", [0.05, 0.5, 0.77, 0.9, 0.99])
@pytest.mark.parametrize("samples", [1, 7, 50, 200, 1000])
@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.999])
def test_error_rates_are_within_the_stated(
    at_least: float, samples: int, confidence: float
) -> None:
    level = 1 - confidence
    for batch in (None, samples, -(-samples // 3)):
        gate = design(at_least, samples, confidence=confidence, batch=batch)
        for distance in (0.0, 1e-9, 0.01, 0.04):
            assert expected(gate, at_least - distance).passed <= level * (1 + 1e-9)
            assert expected(gate, min(1.0, at_least + distance)).failed <= level * (1 + 1e-9)
        if samples == 1000 and batch is None and confidence < 0.99:
            at = expected(gate, at_least)  # and not much of them is given away
            assert at.failed > 0.75 * level


def test_the_only_gate_of_one_sample() -> None:
    assert design(0.9, 1).looks == (1,)
    assert fixed_verdict(1, 1, 0.9) == "undecided"
    assert fixed_verdict(0, 1, 0.9) == "undecided"
    assert fixed_verdict(0, 1, 0.95) == fixed_verdict(0, 1, 0.96) == "failed"
    assert fixed_verdict(1, 1, 0.05) == "passed"
    assert fixed_verdict(1, 1, 0.06) == "undecided"


def test_at_least_everything_is_over_with_the_first_failure() -> None:
    gate = design(1.0, 40, batch=10)
    assert gate.verdict(9, 10) == gate.verdict(39, 40) == "failed"
    assert [gate.verdict(n, n) for n in gate.looks] == [None, None, None, "passed"]
    low, high = gate.interval(40, 40)
    assert low == pytest.approx(0.05 ** (1 / 40))  # all passed: the rate is 1 or not far from it
    assert high == 1
    assert gate.interval(9, 10)[1] < 1
    assert expected(gate, 1.0).passed == 1
    assert expected(gate, 0.5).asked < 11


def test_at_least_nothing_passes_at_the_first_look() -> None:
    gate = design(0.0, 40, batch=10)
    assert gate.verdict(0, 10) == "passed"
    assert gate.interval(0, 10)[0] == 0
    assert expected(gate, 0.0) == (1, 0, 0, 10, 0.75)


def test_all_or_nothing_is_soon_decided() -> None:
    gate = design(0.9, 200)
    assert gate.verdict(0, gate.looks[0]) == "failed"
    assert expected(gate, 0.0).asked == gate.looks[0]
    all_pass = expected(gate, 1.0)
    assert all_pass.passed == 1
    assert 29 <= all_pass.asked <= 60  # 0.9 ** 29 is the first power below 0.05


@pytest.mark.parametrize(("passed", "asked"), [(49, 50), (48, 50), (40, 50), (50, 50), (0, 9)])
def test_all_at_once_is_clopper_and_pearson(passed: int, asked: int) -> None:
    gate = design(0.9, asked, batch=asked)
    told = gate.interval(passed, asked)
    exact = binomtest(passed, asked).proportion_ci(0.9, "exact")  # 5 % on each side
    assert told == pytest.approx((exact.low, exact.high), abs=1e-9)
    wanted = "passed" if exact.low >= 0.9 else "failed" if exact.high < 0.9 else "undecided"
    assert fixed_verdict(passed, asked, 0.9) == gate.verdict(passed, asked) == wanted


def test_boundaries_of_many_samples_are_those_of_the_normal_distribution() -> None:
    """Two looks, level 0.05, half of it spent at each (Lan and DeMets's linear spending)."""
    gate = design(0.5, 100_000, batch=50_000)
    first = (gate.passes[0] - 0.5 * 50_000) / (50_000 * 0.25) ** 0.5
    assert first == pytest.approx(norm.ppf(0.975), abs=0.02)
    assert expected(gate, 0.5).passed == pytest.approx(0.05, abs=1e-4)


gates = st.builds(
    design,
    st.floats(0.02, 0.98),
    st.integers(1, 80),
    confidence=st.sampled_from([0.6, 0.8, 0.95, 0.99]),
    batch=st.integers(1, 40),
    spending=st.sampled_from([0.5, 1.0, 2.0]),
)


@settings(max_examples=60, deadline=None)
@given(gates)
def test_boundaries_go_up_and_never_cross(gate: Design) -> None:
    failing = [n - top for n, top in zip(gate.looks, gate.passes, strict=True)]
    for row in (gate.passes, gate.fails, failing):
        assert list(row) == sorted(row)
    assert all(low < high for low, high in zip(gate.fails, gate.passes, strict=True))
    told = [expected(gate, rate / 10) for rate in range(11)]
    assert all(sum(t[:3]) == pytest.approx(1) for t in told)
    assert [t.passed for t in told] == pytest.approx(sorted(t.passed for t in told))
    assert [t.failed for t in told] == pytest.approx(sorted(t.failed for t in told)[::-1])


@settings(max_examples=60, deadline=None)
@given(gates, st.data())
def test_interval_and_verdict_agree(gate: Design, data: st.DataObject) -> None:
    asked = data.draw(st.sampled_from(gate.looks))
    passed = data.draw(st.integers(0, asked))
    low, high = gate.interval(passed, asked)
    verdict = gate.verdict(passed, asked)
    assert 0 <= low <= high <= 1
    assert (low >= gate.at_least) is (verdict == "passed")
    assert (high < gate.at_least) is (verdict == "failed")


def test_more_passed_is_never_a_lower_interval() -> None:
    gate = design(0.7, 60, batch=6)
    rows = [gate.interval(passed, 60) for passed in range(61)]
    assert rows == sorted(rows)
    assert [high for _, high in rows] == sorted(high for _, high in rows)


def test_half_of_the_calls_are_saved_ten_points_from_the_threshold() -> None:
    """Of so many samples as the test of all at once needs for 95 % power."""
    for at_least, rate, samples in [(0.5, 0.4, 285), (0.7, 0.6, 265), (0.9, 0.8, 150)]:
        once = expected(design(at_least, samples, batch=samples), rate)
        told = expected(design(at_least, samples), rate)
        assert once.failed >= 0.95
        assert told.failed >= 0.925
        assert told.saved >= 0.5


def test_models_that_are_simulated_get_the_verdicts_they_should() -> None:
    gate = design(0.9, 60, batch=10)
    draws = Streams(["gates"])("answers").uniform(2000 * 60).reshape(2000, 60)
    for rate in (0.75, 0.9, 1.0):
        ends = [asked_until(gate, tuple(row)) for row in (draws < rate).astype(int).tolist()]
        told = expected(gate, rate)
        for verdict in ("passed", "failed", "undecided"):
            share = sum(end[2] == verdict for end in ends) / len(ends)
            assert share == pytest.approx(getattr(told, verdict), abs=0.045)  # 4 standard errors
        assert sum(end[1] for end in ends) / len(ends) == pytest.approx(told.asked, rel=0.05)


def test_how_many_samples_would_decide() -> None:
    for at_least, rate in [(0.9, 0.8), (0.9, 0.95), (0.5, 0.6)]:
        found = samples_to_decide(at_least, rate)
        assert found is not None
        told = expected(design(at_least, found), rate)
        assert (told.passed if rate >= at_least else told.failed) >= 0.8
        fewer = expected(design(at_least, found * 3 // 4), rate)
        assert (fewer.passed if rate >= at_least else fewer.failed) < 0.8
    some, more = samples_to_decide(0.9, 0.8), samples_to_decide(0.9, 0.8, power=0.95)
    assert some is not None
    assert more is not None
    assert some < more
    assert samples_to_decide(0.9, 0.9) is None
    assert samples_to_decide(0.9, 0.9001) is None


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"at_least": 90}, "at_least is 90, allowed: 0 to 1"),
        ({"at_least": float("nan")}, "at_least is nan"),
        ({"samples": 0}, "samples is 0, allowed: 1 to 100,000"),
        ({"samples": 2.5}, "samples is 2.5"),
        ({"confidence": 95}, "confidence is 95, allowed: above 0.5"),
        ({"confidence": 1.0}, "confidence is 1.0"),
        ({"batch": 0}, "batch is 0, allowed: 1 or more"),
        ({"spending": 0}, "spending is 0, allowed: 0.1 to 10"),
    ],
)
def test_what_is_no_gate_is_said(values: dict[str, float], message: str) -> None:
    with pytest.raises(SuiteError, match=message):
        design(**{"at_least": 0.9, "samples": 50, **values})  # type: ignore[arg-type]


def test_a_look_that_is_none_is_said() -> None:
    gate = design(0.9, 50)
    with pytest.raises(SuiteError, match="7 answers is no look of this gate; looks: 3, 6, 9"):
        gate.verdict(7, 7)
    with pytest.raises(SuiteError, match="4 of 3 answers passed: allowed are 0 to 3"):
        gate.interval(4, 3)
    with pytest.raises(SuiteError, match=r"rate is 1\.5"):
        expected(gate, 1.5)


def test_the_page_of_statistics_says_what_a_gate_does() -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "statistics.md"
    found = doctest.testfile(str(page), module_relative=False, encoding="utf-8")
    assert found.attempted >= 7
    assert found.failed == 0
