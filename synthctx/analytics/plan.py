"""What a suite must hold to tell two models apart, and what that costs in tokens."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from synthctx.analytics.power import Two, paired_power, samples_for, two_rates
from synthctx.suite import Suite, format_length


@dataclass(frozen=True)
class CellPlan:
    """The cells of one test at one language and length, one for each depth.

    Attributes:
        depths: how many cells there are.
        samples: samples a cell in the suite as it is, versions counted.
        power: the chance that these find the difference in a cell (exact McNemar).
        paired: samples a cell that are needed when both models answer the same.
        unpaired: samples a cell for each model when they answer different ones.
        tokens: what one model reads and writes at most for `paired` samples in all these cells:
            the whole window of each.
    """

    task: str
    language: str
    length: int
    depths: int
    samples: int
    power: float
    paired: int
    unpaired: int
    tokens: int

    def as_text(self) -> dict[str, str]:
        """Return it for a table."""
        return {
            "task": self.task,
            "language": self.language,
            "length": format_length(self.length),
            "cells": str(self.depths),
            "samples": str(self.samples),
            "power": f"{self.power:.3f}",
            "needed": str(self.paired),
            "unpaired": str(self.unpaired),
            "tokens": f"{self.tokens:,}",
        }


@dataclass(frozen=True)
class Plan:
    """How many samples every cell of a suite needs.

    Attributes:
        rates: the pass rates that are to be told apart.
        wanted: the power.
        level: of the two-sided tests.
        cells: what each length of each test needs.
    """

    rates: Two
    wanted: float
    level: float
    cells: tuple[CellPlan, ...]

    @property
    def tokens(self) -> int:
        """Return what one model reads and writes at most."""
        return sum(cell.tokens for cell in self.cells)

    def lines(self) -> list[str]:
        """Return what is assumed, and the sum."""
        two = self.rates
        return [
            f"To tell pass rates of {two.first:g} and {two.second:g} apart with power "
            f"{self.wanted:g} at the level {self.level:g} (two-sided), in each cell:",
            f"needed: both models on the same samples, exact McNemar test, exact power; right "
            f"on the same sample with a correlation of {two.correlation:g}",
            "unpaired: other samples for each model, normal approximation with continuity "
            "correction (Fleiss)",
            f"tokens: the needed samples of all cells in a line, whole windows, for each model; "
            f"{self.tokens:,} in all",
            "",
        ]

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "rates": self.rates._asdict(),
            "power": self.wanted,
            "level": self.level,
            "methods": {
                "paired": "exact McNemar test, exact power",
                "unpaired": "two proportions, normal with continuity correction",
            },
            "tokens": self.tokens,
            "cells": [asdict(cell) for cell in self.cells],
        }


def plan(
    suite: Suite,
    difference: float,
    *,
    power: float = 0.8,
    base: float | None = None,
    correlation: float = 0.0,
    level: float = 0.05,
) -> Plan:
    """Return how many samples each cell of a suite needs to show a difference of two models.

    Versions of a problem count as samples of their own; where they share more than that, more
    are needed.

    Args:
        suite: the suite.
        difference: between the pass rates, in 0..1.
        power: the chance of finding it.
        base: the higher pass rate; by default both lie about 0.5.
        correlation: phi of both models' being right on the same sample.
        level: of the two-sided tests.

    Raises:
        SuiteError: something is not within its bounds, or too many samples would be needed.
    """
    two = two_rates(difference, base, correlation)
    paired = samples_for(two, power, level=level)
    unpaired = samples_for(two, power, paired=False, level=level)
    cells = []
    for test in suite.tests:
        now = test.samples * test.versions
        has = paired_power(now, two, level)
        for language in test.languages:
            for length in test.lengths:
                depths = len(test.depths)
                tokens = depths * paired * length
                names = (test.task.id, language, length, depths)
                cells.append(CellPlan(*names, now, has, paired, unpaired, tokens))
    return Plan(two, power, level, tuple(cells))
