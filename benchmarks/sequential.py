"""Gates on a pass rate: error rates and calls saved, exact and simulated.

Simulated models answer right with a known chance; a gate asks them batch by batch as the pytest
plugin does. What the gates then say is compared with what the exact figures promise. Then ways of
spending the level are compared on gates of as many samples as the test of all at once needs for
95 % power ten points from the threshold.

Run: make bench, or python benchmarks/sequential.py. Writes benchmarks/results/.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt
from measure import save, seconds

from synthctx.analytics.sequential import Design, Expected, design, expected
from synthctx.streams import Streams

THRESHOLDS = (0.5, 0.7, 0.8, 0.9, 0.95)
SAMPLES = (50, 100, 200, 500)
DISTANCES = (-0.2, -0.1, -0.05, -0.001, 0.0, 0.05, 0.1, 0.2)
MODELS = 4_000  # simulated for each threshold, number of samples and rate
TEN = (-0.1, 0.1)
SPENDINGS = (0.5, 1.0, 1.5, 2.0, 3.0)
LEVEL = 0.05


@dataclass(frozen=True)
class Found:
    """What the simulated models got, beside what was to be expected."""

    at_least: float
    samples: int
    rate: float
    told: Expected
    passed: float
    failed: float
    asked: float

    @property
    def wrong(self) -> tuple[float, float]:
        """Return the share of wrong verdicts, simulated and exact."""
        if self.rate < self.at_least:
            return self.passed, self.told.passed
        return self.failed, self.told.failed

    @property
    def errors(self) -> list[float]:
        """Return by how many standard errors the simulated shares of verdicts are off."""
        pairs = [(self.passed, self.told.passed), (self.failed, self.told.failed)]
        return [abs(s - e) / max(e * (1 - e) / MODELS, 1 / MODELS**2) ** 0.5 for s, e in pairs]


def main() -> None:
    found: list[Found] = []
    took = seconds(lambda: found.extend(simulated()))
    result: dict[str, Any] = {
        "gates": f"{len(found)} of {MODELS:,} models each, {took:.1f} s, confidence 0.95",
        **error_rates(found),
        **savings(found),
        **compared(),
        "design of 1,000 samples": f"{1000 * fresh(1000):.1f} ms",
        "design of 100,000 samples": f"{1000 * fresh(100_000):.1f} ms",
    }
    save("sequential", result)
    worst = max(f.wrong[1] for f in found)
    if worst > LEVEL * (1 + 1e-9):
        raise SystemExit(f"a wrong verdict has a chance of {worst}")


def simulated() -> list[Found]:
    """Return what the gates said of models whose rate is known."""
    drawn = Streams(["gates benchmark"])("answers").uniform(MODELS * max(SAMPLES))
    draws = drawn.reshape(MODELS, max(SAMPLES))
    out = []
    for at_least, distance in product(THRESHOLDS, DISTANCES):
        rate = round(at_least + distance, 3)
        if 0 <= rate <= 1:
            passed = np.cumsum(draws < rate, axis=1)
            out += [ask(design(at_least, samples), passed, rate) for samples in SAMPLES]
    return out


def ask(gate: Design, passed: npt.NDArray[Any], rate: float) -> Found:
    """Return what a gate says of models, given how many of their first answers are right."""
    verdicts = {"passed": 0, "failed": 0, "undecided": 0}
    going, asked = passed, 0
    for look in gate.looks:
        counts, models = np.unique(going[:, look - 1], return_counts=True)
        for count, number in zip(counts.tolist(), models.tolist(), strict=True):
            verdict = gate.verdict(count, look)
            if verdict is not None:
                verdicts[verdict] += number
                asked += number * look
        stopped = [count for count in counts.tolist() if gate.verdict(count, look)]
        going = going[~np.isin(going[:, look - 1], stopped)]
    told, size = expected(gate, rate), len(passed)
    shares = verdicts["passed"] / size, verdicts["failed"] / size
    return Found(gate.at_least, gate.samples, rate, told, *shares, asked / size)


def error_rates(found: list[Found]) -> dict[str, str]:
    """Return how often verdicts were wrong, and how far that is from the exact figures."""
    wrong = [f.wrong for f in found]
    off = sorted(error for f in found for error in f.errors)
    asked = max(abs(f.asked - f.told.asked) / f.samples for f in found)
    return {
        "wrong verdicts, exact, most": f"{max(e for _, e in wrong):.4f}",
        "wrong verdicts, simulated, most": f"{max(s for s, _ in wrong):.4f}",
        "simulated off by, standard errors, most": f"{off[-1]:.2f} of {len(off)} shares",
        "mean asked off by, share of samples, most": f"{asked:.4f}",
    }


def savings(found: list[Found]) -> dict[str, str]:
    """Return the calls saved by distance from the threshold, over the thresholds."""
    out = {}
    for samples in SAMPLES:
        for name, low, high in (("5", 0.05, 0.05), ("10", 0.1, 0.1), ("10 or more", 0.1, 0.2)):
            rows = [f for f in found if f.samples == samples]
            rows = [f for f in rows if low - 1e-9 <= abs(f.rate - f.at_least) <= high + 1e-9]
            out[f"{samples} samples, {name} points off"] = _summary(
                [1 - f.asked / f.samples for f in rows],
                [f.passed if f.rate >= f.at_least else f.failed for f in rows],
            )
        at = [f.told.saved for f in found if f.samples == samples and f.rate == f.at_least]
        out[f"{samples} samples, at the threshold"] = f"saved {np.mean(at):.0%}"
    return out


def _summary(saved: list[float], right: list[float]) -> str:
    return (
        f"saved {np.mean(saved):.0%} ({min(saved):.0%} to {max(saved):.0%}), "
        f"right {np.mean(right):.0%} ({min(right):.0%} to {max(right):.0%})"
    )


def compared() -> dict[str, str]:
    """Return what ways of spending the level save and lose, ten points from the threshold."""
    cases = [
        (at_least, at_least + distance, enough(at_least, at_least + distance))
        for at_least, distance in product(THRESHOLDS, TEN)
        if at_least + distance < 1 - 1e-9  # a model that is always right has no power to lose
    ]
    sizes = [samples for *_, samples in cases]
    out = {
        "95 % power at once, 10 points off": f"{min(sizes)} to {max(sizes)} samples",
        "all at once": _compared(cases, batch=max(sizes)),
    }
    for spending in SPENDINGS:
        out[f"spending share ** {spending:g}"] = _compared(cases, spending=spending)
    for looks in (5, 10, 50):
        out[f"spending share ** 1, {looks} looks"] = _compared(cases, looks=looks)
    return out


def _compared(
    cases: list[tuple[float, float, int]],
    *,
    batch: int | None = None,
    looks: int | None = None,
    spending: float = 1.0,
) -> str:
    told = []
    for at_least, rate, samples in cases:
        step = -(-samples // looks) if looks else batch
        gate = design(at_least, samples, batch=step, spending=spending)
        told.append((expected(gate, rate), rate >= at_least))
    return _summary(
        [t.saved for t, _ in told], [t.passed if above else t.failed for t, above in told]
    )


def enough(at_least: float, rate: float) -> int:
    """Return from how many samples on the test of all at once has 95 % power."""
    samples = 10
    while not all(_right(at_least, rate, n) >= 0.95 for n in range(samples, samples + 10)):
        samples += 5
    return samples


def _right(at_least: float, rate: float, samples: int) -> float:
    told = expected(design(at_least, samples, batch=samples), rate)
    return told.passed if rate >= at_least else told.failed


def fresh(samples: int) -> float:
    """Return the seconds that a design takes which nobody has asked for yet."""
    return seconds(lambda: design(0.91, samples))


if __name__ == "__main__":
    main()
