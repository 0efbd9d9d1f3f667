"""Figures that papers print as one number, defined as data: parts, columns, weights.

The shipped ones are in data/overall.yaml, so that nothing here knows a test by name.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from synthctx.errors import SuiteError, did_you_mean

LENGTH = "length"


@dataclass(frozen=True)
class Part:
    """One of the tests that a figure is over.

    Attributes:
        name: as the paper calls it.
        tests: ids, or patterns of ids (ruler/*), any of which stand for it.
        params: values that parameters of the samples must have.
        weight: beside those of the other parts.
        shortest: no window below holds it; a column below is left out of means over columns.
        columns: the only published columns that have it, all when None.
    """

    name: str
    tests: tuple[str, ...]
    params: Mapping[str, Any] = field(default_factory=dict)
    weight: float = 1.0
    shortest: int = 0
    columns: tuple[int, ...] | None = None

    def takes(self, task: str, params: Mapping[str, Any]) -> bool:
        """Say whether samples of a test with such parameters are of this part."""
        if not any(fnmatchcase(task, pattern) for pattern in self.tests):
            return False
        # a recorded test of another tool has no parameters at all
        return all(params.get(name, value) == value for name, value in self.params.items())


@dataclass(frozen=True)
class Figure:
    """One number, or one for each column.

    Attributes:
        name: as the paper calls it.
        kind: "mean", "rising" or "falling" over the columns, "each" for one number a column,
            "effective" for an effective length, "base" for a base score.
        threshold: of an effective length; with `short` a share of the base score.
        short: the longest of the lengths that a base score takes the best of.
        weights: of the parts, where they are other than the definition's.
    """

    name: str
    kind: str
    threshold: float | None = None
    short: int | None = None
    weights: Mapping[str, float] | None = None


@dataclass(frozen=True)
class Definition:
    """The figures of one benchmark.

    Attributes:
        id: a short name.
        name: of the benchmark; source: where its figures are defined.
        columns: "length", or the parameter that is the size of a column.
        published: the grids of the paper by name, each the columns it has.
        parts: the tests; figures: what is computed over them.
    """

    id: str
    name: str
    source: str
    columns: str
    published: Mapping[str, tuple[int, ...]]
    parts: tuple[Part, ...]
    figures: tuple[Figure, ...]

    def expects(self, part: Part, column: int) -> bool:
        """Say whether a part belongs to a column; to one that no grid has, all parts do."""
        known = any(column in grid for grid in self.published.values())
        return part.columns is None or column in part.columns or not known


@cache
def shipped_definitions() -> tuple[Definition, ...]:
    """Return the definitions that come with synthctx."""
    text = resources.files("synthctx").joinpath("data", "overall.yaml").read_text("utf-8")
    return _definitions(text, "data/overall.yaml")


def read_definitions(path: str | Path) -> tuple[Definition, ...]:
    """Return the definitions of a YAML or JSON file: one, or a list of them.

    Raises:
        SuiteError: it cannot be read, or is wrong; every problem in one message.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SuiteError(f"definition '{path}' cannot be read: {error}") from error
    return _definitions(text, str(path))


def _definitions(text: str, where: str) -> tuple[Definition, ...]:
    import yaml

    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise SuiteError(f"definition '{where}' is not YAML: {error}") from error
    rows = document if isinstance(document, list) else [document]
    problems = _problems(rows) or _wrong_weights(rows)
    if problems:
        raise SuiteError(f"definition '{where}' is wrong:\n  " + "\n  ".join(problems))
    return tuple(_definition(row) for row in rows)


def _problems(rows: Any) -> list[str]:
    from jsonschema import Draft202012Validator

    text = resources.files("synthctx").joinpath("overall.schema.json").read_text("utf-8")
    out = []
    for error in Draft202012Validator(json.loads(text)).iter_errors(rows):
        place = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in error.absolute_path)
        if error.validator == "additionalProperties" and "properties" in error.schema:
            known = list(error.schema["properties"])
            for name in sorted(set(map(str, error.instance)) - set(known)):
                hint = did_you_mean(name, known)
                out.append(f"{place}.{name}: unknown key.{hint} Allowed: {', '.join(known)}")
        elif error.validator == "enum":
            hint = did_you_mean(str(error.instance), error.validator_value)
            allowed = ", ".join(error.validator_value)
            out.append(f"{place}: given {error.instance!r}.{hint} Allowed: {allowed}")
        else:
            out.append(f"{place or '(top)'}: {error.message}")
    return out


def _wrong_weights(rows: list[dict[str, Any]]) -> list[str]:
    out = []
    for i, row in enumerate(rows):
        names = [_name(part) for part in row["parts"]]
        out += [f"[{i}].parts: two are called '{n}'" for n in {*names} if names.count(n) > 1]
        for j, figure in enumerate(row["figures"]):
            weights, place = figure.get("weights"), f"[{i}].figures[{j}].weights"
            for name in sorted(set(weights or ()) - set(names)):
                out.append(f"{place}: no part is called '{name}'.{did_you_mean(name, names)}")
            if weights is not None and not sum(weights.get(name, 0) for name in names):
                out.append(f"{place}: all are 0")
    return out


def _name(part: Mapping[str, Any]) -> str:
    return str(part.get("name", part["tests"][0]))


def _definition(row: Mapping[str, Any]) -> Definition:
    parts = tuple(
        Part(
            _name(part),
            tuple(part["tests"]),
            part.get("params", {}),
            float(part.get("weight", 1)),
            int(part.get("from", 0)),
            tuple(part["columns"]) if "columns" in part else None,
        )
        for part in row["parts"]
    )
    return Definition(
        str(row["id"]),
        str(row.get("name", row["id"])),
        str(row.get("source", "")),
        str(row.get("columns", LENGTH)),
        {str(name): tuple(grid) for name, grid in row.get("published", {}).items()},
        parts,
        tuple(Figure(**figure) for figure in row["figures"]),
    )
