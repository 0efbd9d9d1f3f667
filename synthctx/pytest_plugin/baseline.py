"""Records of what a model scored, and whether one is worse than another on the same samples."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from synthctx.errors import StoreError, did_you_mean
from synthctx.interop.tabular import read_table, write_table
from synthctx.pytest_plugin.results import Answered, Compared
from synthctx.store import Bench, read_batches

COLUMNS: dict[str, type[int] | type[float] | type[str]] = {
    "sample_id": str,
    "model": str,
    "test": str,
    "task": str,
    "language": str,
    "length": int,
    "depth": float,
    "index": int,
    "status": str,
    "score": float,
    "paper": float,
}


def record_row(one: Answered, model: str, test: str) -> dict[str, Any]:
    """Return the line of a record that holds a sample's score."""
    row, grade = one.row, one.grade
    return {
        "sample_id": row.sample_id,
        "model": model,
        "test": test,
        "task": row.task,
        "language": row.language,
        "length": row.length,
        "depth": row.depth,
        "index": row.index,
        "status": grade.status,
        "score": None if grade.score is None else float(grade.score),
        "paper": None if grade.paper is None else float(grade.paper),
    }


def write_record(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write a record.

    Raises:
        StoreError: it cannot be written.
    """
    write_table(path, rows, COLUMNS)


@dataclass(frozen=True)
class Baseline:
    """Scores of one model.

    Attributes:
        model: its name.
        scores: of each sample by metric, None where there is no score.
    """

    model: str
    scores: Mapping[str, Mapping[str, float | None]]

    def compare(
        self, samples: Sequence[Answered], metric: str, pass_score: float, confidence: float
    ) -> Compared:
        """Return how some answers stand beside the same samples in the record."""
        lost = gained = pairs = missing = 0
        for one in samples:
            if one.failed_call:
                continue
            then = self.scores.get(one.sample_id, {}).get(metric)
            if then is None:
                missing += 1
                continue
            pairs += 1
            before = passes(then, pass_score)
            lost += before and not one.passed
            gained += one.passed and not before
        p = worse(lost, gained)
        return Compared(self.model, pairs, missing, lost, gained, p, p <= 1 - confidence)


def passes(score: float, pass_score: float) -> bool:
    """Say whether a score passes; rounding takes nothing away."""
    return score >= pass_score - 0.001


def worse(lost: int, gained: int) -> float:
    """Return the one-sided p of the exact McNemar test: are more answers lost than gained?"""
    from synthctx.analytics.comparison import mcnemar_exact

    return mcnemar_exact(lost, gained, "greater")


def read_baseline(path: Path, wanted: str | None, current: str) -> Baseline:
    """Return the scores of one model in a record or a bench.

    Args:
        path: the file or folder.
        wanted: name of the model, None: the only one, or else the one that is asked now.
        current: name of the model that is asked now.

    Raises:
        StoreError: it cannot be read, holds no such model, or several and none is named.
    """
    models: dict[str, dict[str, Mapping[str, float | None]]] = {}
    for row in _bench_rows(path) if path.is_dir() else read_table(path, ["sample_id", "score"]):
        scores = {name: _number(path, row.get(name)) for name in ("score", "paper")}
        models.setdefault(str(row.get("model") or ""), {})[str(row["sample_id"])] = scores
    if not models:
        raise StoreError(f"the baseline '{path}' holds no scores")
    name = wanted or (next(iter(models)) if len(models) == 1 else current)
    if name not in models:
        what = f"no model '{name}'.{did_you_mean(name, models)}" if wanted else "several models."
        raise StoreError(
            f"the baseline '{path}' holds {what} There are: {', '.join(models)}; name one with "
            "--synthctx-baseline-model"
        )
    return Baseline(name, models[name])


def _bench_rows(path: Path) -> Iterator[Mapping[str, Any]]:
    """Yield the first attempts of a bench's scores."""
    parts = Bench.open(path).parts("scores")
    if not parts:
        raise StoreError(f"the baseline '{path}' has no scores: run synthctx score first")
    for batch in read_batches(parts, ["sample_id", "model", "attempt", "score", "paper"]):
        yield from (row for row in batch.to_pylist() if row["attempt"] == 0)


def _number(path: Path, value: Any) -> float | None:
    if value is None or value == "":
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        raise StoreError(
            f"the baseline '{path}' holds a score that is no number: {value!r}"
        ) from None
