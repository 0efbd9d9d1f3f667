"""What the published scorers' cases mean in our terms: one module per family of systems.

A module of this package maps (system, task) of a golden case to our rule id, reference,
parameters and the paper score to expect. Its `CASES` holds one function per (system, task),
with "*" for every task of a system; its `NOT_COVERABLE` gives the reason why a (system, task)
has no counterpart. A case's task is its "task", or its "kind".
"""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from synthctx.rules import Grade, get_rule

Case = dict[str, Any]
Key = tuple[str, str]


@dataclass(frozen=True)
class Call:
    """One answer to grade."""

    rule: str
    reference: Any
    output: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def grade(self) -> Grade:
        """Return what our rule says; the rule itself, so that nothing is caught on the way."""
        return get_rule(self.rule).grade(self.output, self.reference, self.params)


def paper(grade: Grade) -> float | None:
    """Return a grade's paper score."""
    return grade.paper


@dataclass(frozen=True)
class GoldenCheck:
    """What a golden case asks of us.

    Attributes:
        calls: one per prediction of the case.
        expected: the published figure in 0..1; None where the published scorer raised.
        tolerance: half a unit in the last digit the published figure was rounded to.
        figure: what is compared, the paper score unless a metric is meant.
    """

    calls: tuple[Call, ...]
    expected: float | None
    tolerance: float = 1e-9
    figure: Callable[[Grade], float | None] = paper

    def found(self) -> float | None:
        """Return our figure: the mean over the calls, None as soon as one has none."""
        figures = [self.figure(call.grade()) for call in self.calls]
        known = [f for f in figures if f is not None]
        if len(known) < len(figures):
            return None
        return sum(known) / len(known) if known else None

    def agrees(self) -> bool:
        """Tell whether our figure is the published one."""
        found = self.found()
        if found is None or self.expected is None:
            return found is None and self.expected is None
        return abs(found - self.expected) <= self.tolerance


@dataclass(frozen=True)
class Figures:
    """What a golden case asks of an aggregate over scores: our figures and the published ones.

    Attributes:
        ours: our figures by name, None where there is none.
        expected: the published ones; None where the published code raised.
        tolerance: as in `GoldenCheck`.
    """

    ours: Mapping[str, float | None]
    expected: Mapping[str, float | None]
    tolerance: float = 1e-9

    def found(self) -> Mapping[str, float | None]:
        """Return our figures."""
        return self.ours

    def agrees(self) -> bool:
        """Tell whether all figures are the published ones."""
        if set(self.ours) != set(self.expected):
            return False
        for name, want in self.expected.items():
            have = self.ours[name]
            if have is None or want is None:
                if have is not want:
                    return False
            elif abs(have - want) > self.tolerance:
                return False
        return True


class Uncovered(Exception):
    """A single case of a covered (system, task) that has no counterpart; says why."""


Mapper = Callable[[Case], GoldenCheck | Figures]


def one(
    rule: str, case: Case, reference: Any, params: Mapping[str, Any] | None = None, scale: float = 1
) -> GoldenCheck:
    """Return the check of a case with one prediction and a plain number as its score."""
    call = Call(rule, reference, case["prediction"], params or {})
    score = case["score"]
    crashed = score is None or isinstance(score, dict | str)
    return GoldenCheck((call,), None if crashed else float(score) / scale)


def key_of(case: Case) -> Key:
    """Return the (system, task) of a golden case."""
    return str(case["system"]), str(case.get("task", case.get("kind", "")))


def collect() -> tuple[dict[Key, Mapper], dict[Key, str]]:
    """Return the mappers and the reasons of all modules of this package."""
    mappers: dict[Key, Mapper] = {}
    reasons: dict[Key, str] = {}
    for module in sorted(m.name for m in pkgutil.iter_modules(__path__)):
        adapter = importlib.import_module(f"{__name__}.{module}")
        for table, added in ((mappers, "CASES"), (reasons, "NOT_COVERABLE")):
            new = getattr(adapter, added, {})
            twice = sorted(set(table) & set(new))
            if twice:
                raise ValueError(f"{module}.{added} repeats {twice}")
            table.update(new)
    return mappers, reasons


def lookup(table: Mapping[Key, Any], key: Key) -> Any:
    """Return the entry of a (system, task), or of (system, "*"), or None."""
    return table.get(key, table.get((key[0], "*")))


def read_cases(folder: Path) -> dict[Key, list[Case]]:
    """Return all golden cases of a folder that hold a score, by (system, task)."""
    cases: dict[Key, list[Case]] = {}
    for path in sorted(folder.glob("*.jsonl")):
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                case = json.loads(line) if line.strip() else {}
                if "score" in case or "error" in case:
                    cases.setdefault(key_of(case), []).append(case)
    return cases
