"""Grading outputs that some other tool has recorded, and making a bench of them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from synthctx.errors import StoreError, SuiteError
from synthctx.interop.tabular import Kind, column_kinds, read_table, write_table
from synthctx.jsonio import canonical, digest, storable
from synthctx.rules import Grade, get_rule, grade
from synthctx.scoring import score_record
from synthctx.store import Bench, versions, write_rows
from synthctx.suite import parse_length


@dataclass(frozen=True)
class Columns:
    """Which column of a foreign file holds what.

    Attributes:
        rule: id of the rule.
        output: column of the answers.
        reference: column of the references; a value that begins with [ { or " is read as JSON.
        params: rule parameters that are the same for all rows.
        param_columns: rule parameters that come from columns: name -> column.
        model, task, length, finish_reason: columns, or None.
        where: keep only rows whose column has that value.
    """

    rule: str
    output: str = "output"
    reference: str = "reference"
    params: Mapping[str, Any] = field(default_factory=dict)
    param_columns: Mapping[str, str] = field(default_factory=dict)
    model: str | None = None
    task: str | None = None
    length: str | None = None
    finish_reason: str | None = None
    where: Mapping[str, str] = field(default_factory=dict)

    @property
    def columns(self) -> list[str]:
        """Return all columns that must be there."""
        optional = [c for c in (self.model, self.task, self.length, self.finish_reason) if c]
        return [self.output, self.reference, *self.param_columns.values(), *optional, *self.where]


@dataclass(frozen=True)
class Graded:
    """One row of a foreign file and its grade."""

    row: dict[str, Any]
    reference: Any
    params: dict[str, Any]
    grade: Grade


def parse_reference(value: Any) -> Any:
    """Return a reference as data: text that begins with [ { or " is read as JSON."""
    if isinstance(value, str) and value.lstrip()[:1] in ("[", "{", '"'):
        try:
            return json.loads(value)
        except (json.JSONDecodeError, RecursionError):
            return value
    return value


def grade_file(path: str | Path, mapping: Columns) -> Iterator[Graded]:
    """Yield the rows of a file with their grades.

    Raises:
        StoreError: the file cannot be read.
        UnknownName: no such rule, or a column is missing.
        ScoreError: a reference or parameter is not what the rule takes.
    """
    get_rule(mapping.rule)
    for row in read_table(path, mapping.columns):
        if any(str(row[column]) != value for column, value in mapping.where.items()):
            continue
        reference = parse_reference(row[mapping.reference])
        params = {**mapping.params, **{n: row[c] for n, c in mapping.param_columns.items()}}
        output = None if row[mapping.output] is None else str(row[mapping.output])
        ended = row[mapping.finish_reason] if mapping.finish_reason else None
        found = grade(
            mapping.rule, output=output, reference=reference, params=params, finish_reason=ended
        )
        yield Graded(row, reference, params, found)


class Tally:
    """Counts and means of grades, one by one; a failed call has no score."""

    def __init__(self) -> None:
        self.rows = self._scored = self._unreadable = self._papers = 0
        self._score = self._paper = 0.0
        self._flags: Counter[str] = Counter()

    def add(self, grade: Grade) -> None:
        """Take a grade in."""
        self.rows += 1
        self._flags.update(grade.flags)
        if grade.score is None:
            return
        self._scored += 1
        self._score += grade.score
        self._unreadable += grade.status == "unreadable"
        if grade.paper is not None:
            self._papers += 1
            self._paper += grade.paper

    def summary(self) -> dict[str, Any]:
        """Return the figures by name."""
        return {
            "rows": self.rows,
            "scored": self._scored,
            "unreadable": self._unreadable,
            "failed": self.rows - self._scored,
            "score": self._score / self._scored if self._scored else None,
            "paper": self._paper / self._papers if self._papers else None,
            "flags": dict(sorted(self._flags.items())),
        }


_GRADE: dict[str, Kind] = {
    "synthctx_status": str,
    "synthctx_score": float,
    "synthctx_paper": float,
    "synthctx_extracted": str,
    "synthctx_explanation": str,
    "synthctx_flags": str,
}


def write_grades(graded: Iterable[Graded], out: str | Path, source: str | Path) -> None:
    """Write the rows of a file with their grades in further columns, one by one.

    Raises:
        StoreError: `out` is of no known kind, or cannot be written.
    """
    write_table(out, map(_with_grade, graded), {**column_kinds(source), **_GRADE})


def _with_grade(item: Graded) -> dict[str, Any]:
    grade = item.grade
    said = [grade.status, grade.score, grade.paper, grade.extracted, grade.explanation]
    return {**item.row, **dict(zip(_GRADE, [*said, ",".join(grade.flags)], strict=True))}


def _length(value: Any) -> int:
    text = str(value).strip() or "0"
    if text.rstrip("kKmM") in ("0", ""):
        return 0
    try:
        return parse_length(int(value) if text.isdigit() else text)
    except SuiteError as error:
        raise StoreError(f"column of lengths: {error}") from error


def make_bench(graded: list[Graded], mapping: Columns, out: str | Path, source: str) -> Bench:
    """Write graded rows as a bench, so that views, queries and reports work on them.

    A sample is what the rows of different models share: task, length, reference, parameters
    and every column that is neither output nor score of a model. Contexts are not stored.

    Raises:
        StoreError: the folder exists and is not empty, or cannot be written.
    """
    bench = Bench(out)
    if bench.path.exists() and (not bench.path.is_dir() or any(bench.path.iterdir())):
        raise StoreError(f"'{bench.path}' exists already; give a folder that does not")
    samples: dict[str, dict[str, Any]] = {}
    answers: dict[str, list[tuple[dict[str, Any], Grade]]] = {}
    attempts: Counter[tuple[str, str]] = Counter()
    for item in graded:
        sample = _sample(item, mapping)
        samples.setdefault(sample["sample_id"], sample)
        model = str(item.row[mapping.model]) if mapping.model else "recorded"
        key = (model, sample["sample_id"])
        output = _output(item, mapping, sample["sample_id"], model, attempts[key])
        attempts[key] += 1
        answers.setdefault(model, []).append((output, item.grade))
    write_rows(bench.part("samples", 0), "samples", samples.values())
    for model, rows in answers.items():
        write_rows(bench.next_model_part("outputs", model), "outputs", [o for o, _ in rows])
        scored = (score_record(o, mapping.rule, grade) for o, grade in rows)
        write_rows(bench.next_model_part("scores", model), "scores", scored)
    bench.write_manifest(
        {
            "suite": {"name": source, "seed": None},
            "suite_id": digest([source, mapping.rule, sorted(samples)]),
            "seed": None,
            "versions": versions(),
            "rows": {"samples": len(samples)},
            "status": "imported",
        }
    )
    return bench


def _sample(item: Graded, mapping: Columns) -> dict[str, Any]:
    task = str(item.row[mapping.task]) if mapping.task else "recorded"
    length = _length(item.row[mapping.length]) if mapping.length else 0
    identity = {
        "task": task,
        "length": length,
        "item": str(item.row.get("item", item.row.get("id", ""))),
        "reference": item.reference,
        "params": item.params,
    }
    return {
        "sample_id": digest(identity),
        "group_id": digest({k: v for k, v in identity.items() if k != "length"}),
        "turn": 0,
        "task": task,
        "task_version": 0,
        "language": "",
        "index": 0,
        "version": 0,
        "length": length,
        "evidence": [],
        "scorer": mapping.rule,
        "reference": canonical(item.reference),
        "rule_params": canonical(item.params),
        "params": "{}",
        "uniqueness": "asserted",
        "floor": 0.0,
    }


def _output(
    item: Graded, mapping: Columns, sample_id: str, model: str, attempt: int
) -> dict[str, Any]:
    text = item.row[mapping.output]
    return {
        "sample_id": sample_id,
        "model": model,
        "attempt": attempt,
        "output": None if text is None else storable(str(text)),
        "reasoning": None,
        "finish_reason": item.row[mapping.finish_reason] if mapping.finish_reason else None,
        "error": "the recorded output is null" if text is None else None,
        "answered_at": datetime.now(UTC),
    }
