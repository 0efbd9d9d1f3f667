"""Our paper scores of real models' answers are what the published scorers gave them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from synthctx.rules import get_rule

from .adapter.infinite import RULES as INFINITE_RULES
from .conftest import folder_of

Row = dict[str, Any]


def babilong(row: Row) -> tuple[str, Any, Mapping[str, Any]]:
    params = {"task": row["task"], "question": row["question"]}
    return "label/babilong", row["reference"], params


def infinite(row: Row) -> tuple[str, Any, Mapping[str, Any]]:
    return INFINITE_RULES[row["task"]], json.loads(row["reference"]), {}


SYSTEMS: dict[str, Callable[[Row], tuple[str, Any, Mapping[str, Any]]]] = {
    "babilong": babilong,
    "infinitebench": infinite,
}


def rows_of(system: str) -> list[Row]:
    folder = folder_of("SYNTHCTX_REAL_OUTPUTS", "real_outputs")
    path = Path(folder) / f"{system}.parquet"
    if not path.is_file():
        pytest.skip(f"no real outputs in {folder} (set SYNTHCTX_REAL_OUTPUTS)")
    import pyarrow.parquet as pq

    rows: list[Row] = pq.read_table(path).to_pylist()
    return rows


def paper_of(row: Row) -> float | None:
    rule, reference, params = SYSTEMS[row["system"]](row)
    return get_rule(rule).grade(row["output"], reference, params).paper


@pytest.mark.parametrize("system", sorted(SYSTEMS))
def test_every_paper_score_is_reproduced(system: str) -> None:
    rows = rows_of(system)
    wrong = []
    for row in rows:
        paper, expected = paper_of(row), row["paper_score"]
        # a crash of the published scorer is recorded as 0
        if abs((0.0 if paper is None else paper) - expected) > 1e-9:
            wrong.append((row["task"], row["reference"], row["output"][:120], expected, paper))
    assert rows
    assert not wrong, f"{len(wrong)} of {len(rows)}: {wrong[:5]}"


def test_a_model_falls_off_with_length() -> None:
    """A good model answers less of BABILong at a million tokens than at none, in each task."""
    scores: dict[tuple[str, str], list[float]] = defaultdict(list)
    for row in rows_of("babilong"):
        if row["model"] == "gemini-3-flash-preview" and row["length"] in ("0k", "1M"):
            scores[row["task"], row["length"]].append(paper_of(row) or 0.0)
    means = {key: sum(values) / len(values) for key, values in scores.items()}
    tasks = sorted({task for task, _ in means})
    assert tasks
    assert all(means[task, "1M"] < means[task, "0k"] for task in tasks), means
