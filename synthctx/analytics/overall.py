"""What benchmarks print over several tests: RULER's averages, NeedleBench's overall score.

The tests are named by the caller, by patterns of their ids, so that nothing here knows a test.
All figures come from the mean scores of a connection, 0..1; what is not there counts as 0 and
is named, published figures excepted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from synthctx.analytics.effective import RULER
from synthctx.errors import SuiteError
from synthctx.grids import (
    NEEDLEBENCH_V1,
    Cell,
    Grid,
    Lengths,
    Weights,
    over_grid,
    over_lengths,
    published_table,
)

if TYPE_CHECKING:
    import duckdb

_MEANS = """
select model, task, length, sum(mean * scored) / sum(scored) as mean
from cells where task like $pattern and language = $language and scored > 0
group by all order by all
"""
_CELLS = """
select model, length, depth, sum(mean * scored) / sum(scored) as mean
from cells where task like $pattern and language = $language and scored > 0
group by all order by all
"""


def over_tasks(
    connection: duckdb.DuckDBPyConnection,
    pattern: str,
    *,
    language: str = "en",
    threshold: float = RULER.value,
    paper: bool = False,
) -> dict[str, Lengths]:
    """Return for each model the means over tests by length: averages and the effective length.

    RULER (arXiv:2404.06654): at each length the plain mean over its tests; over lengths the plain
    mean, wAvg(inc) and wAvg(dec); effective is the longest length that reaches 85.6. A test that
    a model has no score of at a length counts as 0 there.

    Args:
        connection: one with the views.
        pattern: the tests, for example "ruler/%".
        language: of the samples.
        threshold: of the effective length.
        paper: take the scores of the published rules.

    Raises:
        SuiteError: no test of that name has scores.
    """
    sql = _MEANS.replace("mean *", "paper *") if paper else _MEANS
    found = connection.execute(sql, {"pattern": pattern, "language": language}).fetchall()
    if not found:
        raise SuiteError(f"no scores of tests like '{pattern}' in the language '{language}'")
    tasks = {task for _, task, _, _ in found}
    lengths = sorted({length for _, _, length, _ in found})
    sums: dict[str, dict[int, float]] = {}
    for model, _, length, mean in found:
        row = sums.setdefault(model, {})
        row[length] = row.get(length, 0.0) + (mean or 0.0)
    return {
        model: over_lengths({n: s / len(tasks) for n, s in row.items()}, threshold, lengths)
        for model, row in sums.items()
    }


class Overall(NamedTuple):
    """NeedleBench's overall score.

    Attributes:
        meant: the weighted mean over kinds, depths and lengths.
        published: what the published table prints; None where it has no row.
        grid: the weighted cells, and what is missing of them.
    """

    meant: float | None
    published: float | None
    grid: Grid


def needlebench_overall(
    connection: duckdb.DuckDBPyConnection,
    kinds: Mapping[str, str],
    *,
    language: str = "en",
    weights: Weights = NEEDLEBENCH_V1,
    lengths: Iterable[int] | None = None,
) -> dict[str, Overall]:
    """Return for each model NeedleBench's overall score, as meant and as its table has it.

    NeedleBench (arXiv:2407.11963); see `grids.over_grid` and `grids.published_table`, whose row
    of single-needle retrieval repeats multi-needle retrieval. A kind without depths, whose
    samples ask at all of them, has its mean at every depth of its length.

    Args:
        connection: one with the views.
        kinds: for "S-RT", "M-RT" and "M-RS" the tests, as patterns of ids.
        language: of the samples.
        weights: of the kinds.
        lengths: which lengths the table asks for; those of the bench when None.
    """
    rows: dict[str, dict[str, list[tuple[int, float | None, float]]]] = {}
    for kind, pattern in kinds.items():
        values = {"pattern": pattern, "language": language}
        for model, length, depth, mean in connection.execute(_CELLS, values).fetchall():
            rows.setdefault(model, {}).setdefault(kind, []).append((length, depth, mean))
    scores = _at_every_depth(rows)
    cells = {c for model in scores.values() for kind in model.values() for c in kind}
    asked = sorted({c.length for c in cells}) if lengths is None else list(lengths)
    out = {}
    for model, found in scores.items():
        grid = over_grid(found, weights, cells)
        means = {kind: _by_length(row) for kind, row in found.items()}
        out[model] = Overall(grid.overall, published_table(means, weights, asked), grid)
    return out


def _at_every_depth(
    rows: Mapping[str, Mapping[str, list[tuple[int, float | None, float]]]],
) -> dict[str, dict[str, dict[Cell, float]]]:
    depths: dict[int, set[float]] = {}
    for kinds in rows.values():
        for found in kinds.values():
            for length, depth, _ in found:
                depths.setdefault(length, set()).update([] if depth is None else [depth])
    return {
        model: {
            kind: {
                Cell(length, place): mean
                for length, depth, mean in found
                for place in ((depths[length] or {0.0}) if depth is None else {depth})
            }
            for kind, found in kinds.items()
        }
        for model, kinds in rows.items()
    }


def _by_length(cells: Mapping[Cell, float]) -> dict[int, float]:
    rows: dict[int, list[float]] = {}
    for cell, mean in cells.items():
        rows.setdefault(cell.length, []).append(mean)
    return {length: sum(row) / len(row) for length, row in rows.items()}
