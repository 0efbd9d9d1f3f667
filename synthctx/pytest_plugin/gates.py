"""What one test asks: which samples, and how often they must be right; from a marker or a file."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from synthctx.errors import SuiteError, did_you_mean
from synthctx.overrides import EVERYWHERE, TOP, changed
from synthctx.suite import Suite, Test, format_length, read_suite, suite_schema
from synthctx.tasks import Row

SEED = 0  # of a marker that names none
SAMPLES = 50
CELL = ("task", "length", "depth", "language")  # what a test's own parameters may say
MORE = 4  # times as many samples, where undecided is "more"
_SHOWN = 40  # characters of a parameter in a test's name


@dataclass(frozen=True)
class Gate:
    """When a test passes; None leaves a thing to the options of the run.

    Attributes:
        at_least: the pass rate that is asked for, None: no verdict.
        confidence: of the verdict.
        batch: samples that are asked before it is looked at again.
        metric: "score" (strict) or "paper" (the published rule).
        pass_score: the least score at which an answer passes.
        undecided: "xfail", "fail" or "more".
    """

    at_least: float | None = None
    confidence: float | None = None
    batch: int | None = None
    metric: str = "score"
    pass_score: float = 1.0
    undecided: str | None = None


GATE = tuple(field.name for field in fields(Gate))


@dataclass(frozen=True)
class Check:
    """What one test asks.

    Attributes:
        suite: the cells, all of which count together.
        gate: when it passes.
    """

    suite: Suite
    gate: Gate

    @property
    def fields(self) -> dict[str, Any]:
        """Return the further fields that the suite wants in each request."""
        return dict(self.suite.document.get("request") or {})

    @property
    def samples(self) -> int:
        """Return how many samples there are."""
        return sum(
            len(t.languages) * len(t.lengths) * len(t.depths) * t.samples * t.versions
            for t in self.suite.tests
        )

    def rows(self, times: int = 1) -> list[Row]:
        """Return the samples in the order of asking: the first problem of every cell, and so on.

        Args:
            times: so many times as many.
        """
        tests = tuple(replace(test, samples=times * test.samples) for test in self.suite.tests)
        rows = Suite(self.suite.document, tests).rows()
        return sorted(rows, key=lambda row: (row.index, row.version))


def out_of_reach(gate: Gate, samples: int, confidence: float) -> str:
    """Return why a gate can never pass, "" when it can: too few samples, even if all are right."""
    rate, level = gate.at_least, 1 - confidence
    if rate is None or rate in (0, 1) or rate**samples <= level * (1 + 1e-9):
        return ""
    needed = math.ceil(math.log(level) / math.log(rate) - 1e-9)
    return (
        f"samples={samples} cannot show a pass rate of {rate:g} at confidence {confidence:.6g}, "
        f"even if all are right: at least {needed} are needed"
    )


# ---------------------------------------------------------------- marker


def from_marker(given: Mapping[str, Any], folder: Path) -> Check:
    """Return what a marker asks.

    Args:
        given: its arguments.
        folder: of the test's file; a suite file is looked for there, then where pytest runs,
            then among those that are shipped.

    Raises:
        SuiteError: something is not allowed; every problem in one message.
    """
    schema = suite_schema()["properties"]
    entry_keys = [key for key in schema["tests"]["items"]["properties"] if key != "gate"]
    top_keys = (*TOP, "pairing", "request")
    allowed = ["suite", *entry_keys, *top_keys, *GATE]
    problems = [
        f"unknown argument '{name}'.{did_you_mean(name, allowed)} Allowed: {', '.join(allowed)}"
        for name in given
        if name not in allowed
    ]
    if problems:
        raise SuiteError("\n".join(problems))
    plain = {name: _plain(value) for name, value in given.items()}
    gate = {name: plain.pop(name) for name in GATE if name in plain}
    if "suite" in plain:
        return _of_suite(plain, gate, folder)
    for name in ("task", "length"):
        if name not in plain:
            raise SuiteError(f"'{name}' is missing: task=..., length=... (or suite=...)")
    entry = {"samples": SAMPLES, **{n: v for n, v in plain.items() if n in entry_keys}}
    top = {name: plain[name] for name in top_keys if name in plain}
    document = {"seed": SEED, **top, "name": str(plain["task"]), "tests": [{**entry, "gate": gate}]}
    suite = _checked(document)
    if "pairing" not in top and _cells(suite) > 1:
        # the same problems in every cell would make the verdict surer than it is
        suite = _checked({**document, "pairing": "none"})
    return Check(suite, Gate(**gate))


def _of_suite(plain: dict[str, Any], gate: dict[str, Any], folder: Path) -> Check:
    changes = {name: value for name, value in plain.items() if name != "suite"}
    for name in changes:
        if name not in ("task", *TOP, *EVERYWHERE, "depth", "language"):
            raise SuiteError(f"'{name}' is said in the suite file, not beside it")
    name = str(plain["suite"])
    if (folder / name).is_file():
        name = str(folder / name)
    document = changed(read_suite(name), changes, name)
    # the file says when it passes, unless the marker does; whole suites have one verdict
    if isinstance(document, dict) and isinstance(document.get("gate", {}), dict):
        document = {**document, "gate": {**document.get("gate", {}), **gate}}
    suite = Suite.from_document(document, name)
    return Check(suite, Gate(**document["gate"]))


def _checked(document: dict[str, Any]) -> Suite:
    try:
        return Suite.from_document(document, "")
    except SuiteError as error:
        # the marker is one entry: places in a file would only confuse
        _, _, problems = str(error).partition(":\n")
        text = problems.replace("tests[0].gate.", "").replace("tests[0].", "")
        raise SuiteError("\n".join(line.strip() for line in text.splitlines())) from None


def _cells(suite: Suite) -> int:
    return sum(len(t.languages) * len(t.lengths) * len(t.depths) for t in suite.tests)


def _plain(value: Any) -> Any:
    if isinstance(value, tuple | range):
        return [_plain(part) for part in value]
    return value


# ---------------------------------------------------------------- suite file


def from_file(path: Path) -> Iterator[tuple[str, Check]]:
    """Yield the name of every cell of a suite file, and what it asks.

    Raises:
        SuiteError: the file is not readable or something in it is not allowed.
    """
    document = read_suite(str(path))
    suite = Suite.from_document(document, f"'{path.name}'")
    common = document.get("gate", {})
    names: dict[str, int] = {}
    for entry, test in zip(document["tests"], suite.tests, strict=True):
        gate = Gate(**{**common, **entry.get("gate", {})})
        for cell in _each(test):
            name = f"{test.task.id}[{'-'.join([*_said(cell), *_further(entry)])}]"
            names[name] = names.get(name, 0) + 1
            if names[name] > 1:
                name = f"{name[:-1]}-{names[name]}]"
            yield name, Check(Suite(suite.document, (cell,)), gate)


def _each(test: Test) -> Iterator[Test]:
    for language in test.languages:
        for length in test.lengths:
            for depth in test.depths:
                yield replace(test, languages=[language], lengths=[length], depths=[depth])


def _said(cell: Test) -> list[str]:
    depth = cell.depths[0]
    said = [cell.languages[0], format_length(cell.lengths[0])]
    return said if depth is None else [*said, f"d{depth:g}"]


def _further(entry: Mapping[str, Any]) -> list[str]:
    """Return what an entry says beyond its cells, so that names stay when others are added."""
    more: dict[str, Any] = dict(entry.get("params", {}))
    for name in ("haystack", "max_output_tokens"):
        if name in entry:
            value = entry[name]
            more[name] = value.get("kind") if isinstance(value, Mapping) else value
    return [f"{name}={_short(value)}" for name, value in more.items()]


def _short(value: Any) -> str:
    parts = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
    text = "+".join(str(part) for part in parts)
    text = "".join(c if c.isalnum() or c in "_.+/" else "_" for c in text)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
