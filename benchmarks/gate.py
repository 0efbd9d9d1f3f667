"""The pytest plugin's verdicts on models whose pass rate is known, end to end.

Samples are made, asked, graded and judged by what the plugin does for one test, with a model that
is right with a known chance: whether it is, the digest of the sample's id says. Every seed is
another test. What comes of it is compared with the exact figures of the gate (sequential.py).
Then the same with calls that fail, and against records of the same and of a better model.

Run: make bench, or python benchmarks/gate.py. Writes benchmarks/results/.
"""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import mean
from typing import Any

from measure import save

from synthctx.analytics.sequential import Expected, design, expected
from synthctx.models import Answer, Request
from synthctx.pytest_plugin.asking import Asker
from synthctx.pytest_plugin.baseline import Baseline
from synthctx.pytest_plugin.gates import from_marker
from synthctx.pytest_plugin.options import Settings
from synthctx.pytest_plugin.results import Result
from synthctx.pytest_plugin.running import run
from synthctx.tasks import get_task

AT_LEAST = 0.9
RATES = (0.8, 0.9, 1.0)
SEEDS = 200
SAMPLES = 200
FAILING = 0.02  # of the calls
FEWER = 100  # seeds, and samples, where calls fail or a record is compared with
PAIRS = 60  # samples that are compared with a record
LEVEL = 0.05
CELL = {"task": "niah/single", "length": 512}


@dataclass(frozen=True)
class Known:
    """A model that is right with a known chance.

    Attributes:
        rate: the chance.
        failing: that of a call that fails.
        name: models of different names are right at different samples.
    """

    rate: float
    failing: float = 0.0
    name: str = ""

    def answer(self, request: Request) -> Answer:
        """Answer rightly, or not, by the digest of the sample's id."""
        if share("fails", self.name, request.sample_id) < self.failing:
            return Answer(None, error="the server was away")
        if share("is right", self.name, request.sample_id) < self.rate:
            return Answer(get_task(request.task).read(request.prompt))
        return Answer("I do not know.")


def share(*parts: str) -> float:
    """Return a number in 0..1 that texts decide."""
    found = hashlib.blake2b("\n".join(parts).encode(), digest_size=8).digest()
    return int.from_bytes(found, "big") / 2**64


def judged(
    model: Known, seeds: int, samples: int, before: Mapping[int, Baseline] | None = None
) -> Iterator[Result]:
    """Yield what comes of one test for each seed, compared with a record where there is one."""
    gate = {"at_least": AT_LEAST} if before is None else {}
    settings = Settings(baseline=None if before is None else Path("record.jsonl"))
    asker = Asker(model, {}, settings, 1, print)
    for seed in range(seeds):
        marker = {**CELL, **gate, "samples": samples, "seed": seed}
        check = from_marker(marker, Path())
        yield run(
            check, asker, settings, None if before is None else partial(before.__getitem__, seed)
        )


def main() -> None:
    result: dict[str, Any] = {
        "gate": f"at least {AT_LEAST}, confidence {1 - LEVEL}, {SAMPLES} samples, {SEEDS} seeds"
    }
    wrong: list[float] = []
    start = time.process_time()
    for part in (verdicts, with_failed_calls, beside_records):
        result.update(part(wrong))
    result["took"] = f"{time.process_time() - start:.0f} s of one core"
    save("gate", result)
    # digests decide, so that it is the same in every run; of fewer seeds a share of 5 % is off by
    # a standard error of 2.2 points
    most = LEVEL + 3 * (LEVEL * (1 - LEVEL) / FEWER) ** 0.5
    if max(wrong) > most:
        raise SystemExit(f"a wrong verdict came in {max(wrong):.1%} of the tests")


def verdicts(wrong: list[float]) -> Iterator[tuple[str, str]]:
    """Yield how models of each rate fared, and what they were to expect."""
    saved = []
    for rate in RATES:
        found = list(judged(Known(rate), SEEDS, SAMPLES))
        told = expected(design(AT_LEAST, SAMPLES), rate)
        if rate != AT_LEAST:
            saved.append(mean(one.saved for one in found) / SAMPLES)
        wrong += wrong_shares(found, rate)
        yield f"pass rate {rate:g}, found", said(found)
        yield f"pass rate {rate:g}, exact", as_told(told)
    yield "saved 10 points from the threshold", f"{mean(saved):.0%} of the calls, on average"


def with_failed_calls(wrong: list[float]) -> Iterator[tuple[str, str]]:
    """Yield the same for models some of whose calls fail, at the threshold and above."""
    for rate in (AT_LEAST, 1.0):
        found = list(judged(Known(rate, FAILING), FEWER, FEWER))
        wrong += wrong_shares(found, rate)
        yield f"{rate:g}, {FAILING:.0%} of calls fail, {FEWER} samples", said(found)


def beside_records(wrong: list[float]) -> Iterator[tuple[str, str]]:
    """Yield how often a model is found worse than records of an equal and of a better one."""
    records = {
        seed: Baseline("before", {s.sample_id: {"score": s.value} for s in found.samples})
        for seed, found in enumerate(judged(Known(0.9, name="a"), FEWER, PAIRS, NOTHING))
    }
    for rate in (0.9, 0.7):
        found = list(judged(Known(rate, name="b"), FEWER, PAIRS, records))
        regressed = mean(one.regressed for one in found)
        wrong += [regressed] if rate == 0.9 else []
        yield (
            f"record at 0.9, now {rate:g}, {PAIRS} samples",
            f"regressed {regressed:.1%} of {len(found)} tests",
        )


NOTHING = dict.fromkeys(range(FEWER), Baseline("nothing", {}))


def wrong_shares(found: list[Result], rate: float) -> list[float]:
    """Return the shares of wrong verdicts; at the threshold "passed" is as good as wrong."""
    shares = Counter(str(one.verdict) for one in found)
    mistakes = {"passed": rate <= AT_LEAST, "failed": rate >= AT_LEAST}
    return [shares[name] / len(found) for name, is_one in mistakes.items() if is_one]


def said(found: list[Result]) -> str:
    """Return the shares of the verdicts, and what was asked."""
    shares = Counter(str(one.verdict or "coverage") for one in found)
    names = ["passed", "failed", "undecided", *(["coverage"] if shares["coverage"] else [])]
    text = ", ".join(f"{name} {shares[name] / len(found):.1%}" for name in names)
    return f"{text}, asked {mean(one.asked for one in found):.1f}"


def as_told(told: Expected) -> str:
    shares = {"passed": told.passed, "failed": told.failed, "undecided": told.undecided}
    text = ", ".join(f"{name} {value:.1%}" for name, value in shares.items())
    return f"{text}, asked {told.asked:.1f}"


if __name__ == "__main__":
    main()
