"""Do the statistics hold what they promise? Simulated models whose true figures are known.

Each line is over several cases (numbers of problems, rows of each, how alike the rows of a problem
are, pass rates near and far from 1): how often an interval at 95 % held the truth, how often a test
at 0.05 claimed what was not so, or found what was. docs/statistics.md says what is simulated here.
One case is off by chance by no more than 0.02 (three standard errors of 1,000 runs).

Run: make bench, or python benchmarks/coverage.py. Writes benchmarks/results/.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt
from measure import save
from scipy.stats import binom

from synthctx.analytics.comparison import holm, mcnemar_exact
from synthctx.analytics.curves import length_curve
from synthctx.analytics.effective import NOLIMA, RULER, Threshold, effective_length
from synthctx.analytics.intervals import paired_difference, paired_p, pass_rate, wilson
from synthctx.analytics.power import paired_power, samples_for, two_rates
from synthctx.analytics.profiles import Placed, Zone, depth_profile, letter_bias
from synthctx.analytics.resampling import DIFFERENCES, Problems, bootstrap_mean, sign_flip
from synthctx.analytics.weighted import Answers, column_weights
from synthctx.streams import Streams

Array = npt.NDArray[Any]
STREAMS = Streams(["coverage benchmark"])
LEAST = 0.93  # 0.95 less three standard errors of 1,000 runs
MOST = 0.07
LENGTHS = (4096, 8192, 16384, 32768, 65536)
FALL = (0.97, 0.95, 0.92, 0.78, 0.6)
CLUSTERS = tuple(product((3, 5, 10, 20, 60), (1, 5), (0.5, 0.9, 0.98), (0.0, 0.7)))


def main() -> None:
    found: dict[str, Any] = {}
    start = time.process_time()
    for part in PARTS:
        found |= part()
    save("coverage", {"simulated": f"{time.process_time() - start:.0f} s of a core", **found})
    if WRONG:
        raise SystemExit("off by more than chance: " + "; ".join(WRONG))


# ---------------------------------------------------------------- what all of them share

WRONG: list[str] = []


def right(
    key: Sequence[object], shape: tuple[int, int, int, int], rates: Array, tied: float
) -> Array:
    """Return simulated answers, 1 or 0: runs x problems x places x rows.

    Args:
        key: of the draws.
        shape: how many of each.
        rates: the pass rate of each place.
        tied: the chance that a row is decided by its problem, alike in all such rows.
    """
    streams = STREAMS.child(*key)
    size = int(np.prod(shape))
    hard = streams("problems").uniform(shape[0] * shape[1]).reshape(*shape[:2], 1, 1)
    own = streams("rows").uniform(size).reshape(shape)
    alike = streams("alike").uniform(size).reshape(shape) < tied
    return np.asarray((np.where(alike, hard, own) < rates[None, None, :, None]).astype(float))


def held(bounds: Iterable[tuple[float, float]], truth: float) -> float:
    """Return how often intervals hold a truth."""
    return float(np.mean([low - 1e-9 <= truth <= high + 1e-9 for low, high in bounds]))


def line(
    name: str, shares: Sequence[float], *, least: float = 0.0, most: float = 1.0
) -> dict[str, str]:
    """Return the shares of several cases as one line, and note what is off."""
    if min(shares) < least or max(shares) > most:
        WRONG.append(f"{name}: {min(shares):.3f} to {max(shares):.3f}")
    cases = f"{len(shares)} case{'s' if len(shares) > 1 else ''}"
    return {name: f"{min(shares):.3f} to {max(shares):.3f}, mean {np.mean(shares):.3f}, {cases}"}


def problems_of(rows: Array, each: int) -> list[Problems]:
    """Return runs x problems of summed scores as problems of so many rows each."""
    return [Problems(run, np.full(len(run), float(each))) for run in rows]


# ---------------------------------------------------------------- intervals of one model


def one_row() -> dict[str, str]:
    """Wilson's interval with one row a problem: exact, over pass rates 0.5 to 0.99."""
    means, least = [], []
    for n in (10, 20, 50, 100, 200):
        bounds = np.array([wilson(k, n) for k in range(n + 1)])
        rates = np.linspace(0.5, 0.99, 491)
        inside = (bounds[:, :1] <= rates) & (rates <= bounds[:, 1:])
        cover = (binom.pmf(np.arange(n + 1)[:, None], n, rates) * inside).sum(axis=0)
        means.append(float(cover.mean()))
        least.append(float(cover.min()))
    return {
        **line("rate, one row a problem, exact: mean", means, least=0.94),
        **line("rate, one row a problem, exact: worst", least, least=0.83),
    }


def rates() -> dict[str, str]:
    """Pass rates and mean partial scores where problems have several rows."""
    runs, found, naive, partial = 1000, [], [], []
    for problems, each, rate, tied in CLUSTERS:
        key = ("rates", problems, each, rate, tied)
        rows = right(key, (runs, problems, 1, each * 4), np.array([rate]), tied)[:, :, 0]
        if each > 1:
            passed = rows[:, :, :each].sum(axis=2)
            found.append(held(_bounds(pass_rate, problems_of(passed, each)), rate))
            whole = [wilson(int(run.sum()), problems * each) or (0, 1) for run in passed]
            naive.append(held(whole, rate))
        quarters = rows.reshape(runs, problems, each, 4).mean(axis=3).sum(axis=2)
        partial.append(held(_bounds(pass_rate, problems_of(quarters, each)), rate))
    return {
        **line("rate, five rows a problem", found, least=LEAST),
        **line("  the same, rows taken for independent", naive),
        **line("mean partial score, interval as of rate", partial, least=LEAST),
    }


def _bounds(interval: Callable[[Problems], Any], runs: list[Problems]) -> list[tuple[float, float]]:
    return [found[1:] for run in runs if (found := interval(run)) is not None]


def bootstrap() -> dict[str, str]:
    """The bootstrap interval of the mean score: right or wrong, and partial."""
    runs = 500
    whole: list[float] = []
    partial: list[float] = []
    for problems, each, rate, tied in CLUSTERS:
        key = ("bootstrap", problems, each, rate, tied)
        rows = right(key, (runs, problems, 1, each * 4), np.array([rate]), tied)[:, :, 0]
        draw = STREAMS.child("draws", *key)
        for out, scores in (
            (whole, rows[:, :, :each].sum(axis=2)),
            (partial, rows.reshape(runs, problems, each, 4).mean(axis=3).sum(axis=2)),
        ):
            made = [
                bootstrap_mean(p, draw.child(i), resamples=600)
                for i, p in enumerate(problems_of(scores, each))
            ]
            out.append(held([m[1:] for m in made if m is not None], rate))
    return {
        **line("score, bootstrap, right or wrong", whole, least=0.92),
        **line("score, bootstrap, partial", partial, least=0.92),
    }


# ---------------------------------------------------------------- two models


def two_models() -> dict[str, str]:
    """The difference of two models on the same samples, and the tests of it."""
    runs, shares = 500, {name: list[float]() for name in ("agresti", "drawn", "p", "flips", "rows")}
    pairs = ((0.5, 0.5), (0.9, 0.9), (0.98, 0.98), (0.9, 0.7))
    for problems, each, (a, b), tied in product((5, 10, 20, 60), (1, 5), pairs, (0.0, 0.7)):
        key = ("pairs", problems, each, a, b, tied)
        shape = (runs, problems, 1, each)
        first = right((*key, "a"), shape, np.array([a]), tied)
        apart = (first - right((*key, "b"), shape, np.array([b]), tied))[:, :, 0]
        found = problems_of(apart.sum(axis=2), each)
        shares["agresti"].append(held(_bounds(paired_difference, found), a - b))
        streams = STREAMS.child("pairs", *key)
        drawn = [
            bootstrap_mean(p, streams.child(i), more=DIFFERENCES, resamples=600)
            for i, p in enumerate(found[:250])
        ]
        shares["drawn"].append(held([d[1:] for d in drawn if d is not None], a - b))
        if a == b:
            shares["p"].append(float(np.mean([paired_p(p) < 0.05 for p in found])))
            flips = [sign_flip(p.totals, streams.child(i)) for i, p in enumerate(found[:250])]
            shares["flips"].append(float(np.mean(np.array(flips) < 0.05)))
            if each > 1 and tied:
                exact = [mcnemar_exact(int((r > 0).sum()), int((r < 0).sum())) for r in apart]
                shares["rows"].append(float(np.mean(np.array(exact) < 0.05)))
    return {
        **line("difference, Agresti and Min by problem", shares["agresti"], least=LEAST - 0.01),
        **line("difference, paired bootstrap", shares["drawn"], least=0.90),
        **line("p at one length, no difference", shares["p"], most=MOST + 0.01),
        **line("p by sign flips, no difference", shares["flips"], most=0.09),
        **line("  McNemar where rows share problems", shares["rows"]),
        **mcnemar(),
        **many(),
    }


def mcnemar() -> dict[str, str]:
    """Exact McNemar, one row a problem: the chance of p < 0.05 without a difference, exact."""
    p = {n: np.array([mcnemar_exact(k, n - k) for k in range(n + 1)]) for n in range(1, 201)}
    shares = [float(binom.pmf(np.arange(n + 1), n, 0.5)[p[n] < 0.05].sum()) for n in p]
    return line("McNemar, no difference (exact)", shares, most=0.05)


def many() -> dict[str, str]:
    """Ten pairs of equal models: how often any p is below 0.05, as it is and after Holm."""
    runs, any_raw, any_held = 1000, 0, 0
    rows = right(("many",), (runs, 150, 11, 1), np.full(11, 0.8), 0.3)[..., 0]
    for run in rows:
        first = run[:, :1] > run[:, 1:]
        second = run[:, :1] < run[:, 1:]
        pairs = zip(first.sum(axis=0).tolist(), second.sum(axis=0).tolist(), strict=True)
        p = [mcnemar_exact(a, b) for a, b in pairs]
        any_raw += min(p) < 0.05
        any_held += min(holm(p)) < 0.05
    return {
        **line("ten pairs of equal models, any p below 0.05", [any_raw / runs]),
        **line("  after Holm", [any_held / runs], most=MOST),
    }


# ---------------------------------------------------------------- over length


def lengths() -> dict[str, str]:
    """Effective lengths: whether the interval holds that of the true rates."""
    out: dict[str, str] = {}
    curves = (FALL, (0.856,) * 5, (0.9, 0.9, 0.9, 0.765, 0.765), (0.9, 0.86, 0.84, 0.8, 0.5))
    for threshold in (RULER, NOLIMA, Threshold(0.5)):
        shares, narrow, estimated = [], [], []
        for curve, (problems, each), tied in product(curves, ((10, 5), (120, 1)), (0.0, 0.7)):
            key = ("effective", threshold.name, *curve, problems, tied)
            rows = right(key, (250, problems, 5, each), np.array(curve), tied).sum(axis=3)
            figures = [_effective(run, each, threshold) for run in rows]
            true = _true_length(curve, threshold)
            shares.append(float(np.mean([low <= true <= high for low, _, high in figures])))
            narrow.append(float(np.mean([low == high for low, _, high in figures])))
            estimated.append(float(np.mean([length == true for _, length, _ in figures])))
        out |= line(f"effective length, {threshold.name}", shares, least=0.91)
        out |= line(f"  {threshold.name}: resolved", narrow)
        out |= line(f"  {threshold.name}: the estimate is right", estimated)
    return out


def _effective(run: Array, each: int, threshold: Threshold) -> tuple[int, int, int]:
    by_length = {
        n: Problems(run[:, i], np.full(len(run), float(each))) for i, n in enumerate(LENGTHS)
    }
    found = effective_length(by_length, threshold)
    if found is None:
        raise SystemExit("no effective length")
    return found.low or 0, found.length or 0, found.high or 0


def _true_length(curve: Sequence[float], threshold: Threshold) -> int:
    value = threshold.value * (max(curve[:3]) if threshold.relative else 1)
    fallen = [n for n, rate in zip(LENGTHS, curve, strict=True) if rate < value - 1e-9]
    return max((n for n in LENGTHS if not fallen or n < fallen[0]), default=0)


def half_length() -> dict[str, str]:
    """Half-lengths of logistic curves, problems the same at all lengths or not."""
    shares, floors = [], (0.0, 0.25)
    for problems, each, tied, slope, floor in product(
        (5, 10, 40), (1, 5), (0.0, 0.7), (1.5, 6.0), floors
    ):
        logits = slope * (np.log2(20_000) - np.log2(LENGTHS))
        curve = floor + (1 - floor) / (1 + np.exp(-logits))
        key = ("half", problems, each, tied, slope, floor)
        rows = right(key, (150, problems, 5, each), curve, tied).sum(axis=3)
        made = [length_curve(_by_length(run, each), floor=floor) for run in rows]
        bounds = [(c.low or 0.0, c.high or np.inf) for c in made if c is not None]
        shares.append(held(bounds, 20_000))
    return line("half-length", shares, least=0.88)


def _by_length(run: Array, each: int) -> dict[int, dict[str, tuple[float, float]]]:
    return {
        n: {str(g): (float(x), float(each)) for g, x in enumerate(run[:, i])}
        for i, n in enumerate(LENGTHS)
    }


# ---------------------------------------------------------------- over depth, letters


def depths() -> dict[str, str]:
    """The lost middle: claims where there is none, power, and the intervals beside."""
    flat, fall = ((0.8,) * 3, (0.98,) * 3), ((0.9, 0.7, 0.7), (0.9, 0.6, 0.3))
    deep, small = (0.9, 0.6, 0.9), (1.0, 0.95, 1.0)
    names = ("none", "power", "bias", "kept", "shown", "loss")
    claims: dict[str, list[float]] = {name: [] for name in names}
    for rates_, problems in product((*flat, *fall, deep, small), (10, 40, 80)):
        tests = _profiles(rates_, problems, 100)
        lost = float(np.mean([t.verdict() == "lost" for t in tests]))
        claims["loss"].append(
            held([t.loss[1:] for t in tests], (rates_[0] + rates_[2]) / 2 - rates_[1])
        )
        if rates_ in (*flat, *fall):
            claims["none"].append(lost)
        if rates_ == deep and problems == 40:
            claims["power"].append(lost)
        if rates_[0] == rates_[2]:
            claims["bias"].append(float(np.mean([t.bias_p < 0.05 for t in tests])))
        if rates_ == flat[1] and problems == 80:
            claims["shown"].append(float(np.mean([t.verdict() == "kept" for t in tests])))
        if rates_ in (deep, small):  # the loss is the margin, or more
            claims["kept"].append(float(np.mean([t.verdict() == "kept" for t in tests])))
    return {
        **line("middle called lost, flat or falling", claims["none"], most=0.10),
        **line("middle called kept that loses 0.05 or more", claims["kept"], most=0.10),
        **line("loss of the middle, interval", claims["loss"], least=0.89),
        **line("lost middle found, 0.9 0.6 0.9, 40 problems", claims["power"], least=0.8),
        **line("kept middle found, 0.98 flat, 80 problems", claims["shown"]),
        **line("ends said to differ, though they do not", claims["bias"], most=0.11),
    }


def _profiles(rates_: tuple[float, ...], problems: int, runs: int) -> list[Any]:
    zones: tuple[Zone, ...] = ("head", "middle", "tail")
    key = ("depths", *rates_, problems)
    rows = right(key, (runs, problems, 3, 2), np.array(rates_), 0.7).sum(axis=3)
    out = []
    for number, run in enumerate(rows):
        placed = [
            Placed(str(g), 4096, zone, float(run[g, z]), 2.0)
            for g, (z, zone) in product(range(problems), enumerate(zones))
        ]
        out.append(depth_profile(placed, STREAMS.child("profile", *key, number)))
    return out


def letters() -> dict[str, str]:
    """Letters said as often as they are right, and one said 15 % too often."""
    none, found = [], []
    for n, known in product((100, 400), (0.0, 0.5, 0.9)):
        draw = STREAMS.child("letters", n, known)
        answer, guess = (
            draw(k).integers(0, 4, 500 * n).reshape(500, n) for k in ("right", "guess")
        )
        knows, tends = (draw(k).uniform(500 * n).reshape(500, n) for k in ("knows", "tends"))
        said = np.where(knows < known, answer, guess)
        none.append(
            float(np.mean([_letters(s, a) < 0.05 for s, a in zip(said, answer, strict=True)]))
        )
        tilted = np.where(tends < 0.15, 0, said)
        if n > 100:
            p = [_letters(s, a) < 0.05 for s, a in zip(tilted, answer, strict=True)]
            found.append(float(np.mean(p)))
    return {
        **line("letter bias, none there", none, most=0.08),
        **line("letter bias found, 15 % of 400 all A", found, least=0.7),
    }


def _letters(said: Array, answers: Array) -> float:
    found = letter_bias(*("".join("ABCD"[i] for i in row) for row in (said, answers)))
    return 1.0 if found.p is None else found.p


# ---------------------------------------------------------------- over tests; planned


def overall() -> dict[str, str]:
    """Averages over tests and lengths, as `synthctx overall` prints them."""
    shares = []
    for (tests, columns), problems, each, tied in product(
        ((13, 3), (3, 4)), (2, 5, 20), (1, 3), (0.0, 0.7)
    ):
        rates_ = np.linspace(1.0, 0.2, tests)[:, None] - np.linspace(0, 0.3, columns)
        rates_ = np.clip(rates_, 0.02, 0.98)
        share = column_weights("rising", range(columns))
        weights = {t * columns + c: share[c] / tests for t in range(tests) for c in range(columns)}
        key = ("overall", tests, problems, each, tied)
        made = [
            right((*key, t), (250, problems, columns, each), rates_[t], tied).sum(axis=3)
            for t in range(tests)
        ]
        true = sum(weights[t * columns + c] * rates_[t, c] for t, c in np.ndindex(rates_.shape))
        bounds = [_overall(run, weights, each) for run in np.stack(made, axis=1)]
        shares.append(held(bounds, float(true)))
    return line("average over tests and lengths", shares, least=0.90)


def _overall(run: Array, weights: dict[int, float], each: int) -> tuple[float, float]:
    tests, problems, columns = run.shape
    test, problem, column = (axis.ravel() for axis in np.indices(run.shape))
    cells, strata = test * columns + column, np.repeat(np.arange(tests), columns)
    counts = np.full(run.size, float(each))
    answers = Answers(cells, test * problems + problem, run.ravel(), counts, strata)
    interval = answers.mean(weights).interval
    return (0.0, 0.0) if interval is None else interval[1:]


def planned() -> dict[str, str]:
    """The power that the planned number of samples has, wanted 0.8: exact and simulated."""
    exact, simulated = [], []
    for gap, base, phi in ((0.05, None, 0.0), (0.1, 0.95, 0.0), (0.2, 0.8, 0.3), (0.3, 0.9, 0.0)):
        two = two_rates(gap, base, phi)
        n = samples_for(two, 0.8)
        exact.append(paired_power(n, two))
        drawn = STREAMS.child("planned", gap, phi)("rows").uniform(2000 * n).reshape(2000, n)
        only_a = (drawn < two.only_first).sum(axis=1).tolist()
        either = (drawn < two.only_first + two.only_second).sum(axis=1).tolist()
        p = [mcnemar_exact(a, e - a) for a, e in zip(only_a, either, strict=True)]
        simulated.append(float(np.mean(np.array(p) <= 0.05)))
    return {
        **line("power of the samples planned for 0.8, exact", exact, least=0.8, most=0.83),
        **line("  power, simulated", simulated, least=0.77, most=0.86),
    }


PARTS: tuple[Callable[[], dict[str, str]], ...] = (
    one_row,
    rates,
    bootstrap,
    two_models,
    lengths,
    half_length,
    depths,
    letters,
    overall,
    planned,
)

if __name__ == "__main__":
    main()
