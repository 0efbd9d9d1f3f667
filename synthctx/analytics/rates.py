"""Pass rates over length and over depth, with intervals that know which rows share a problem."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from synthctx.analytics.intervals import pass_rate
from synthctx.analytics.resampling import Interval, Problems

if TYPE_CHECKING:
    import duckdb


class Series(NamedTuple):
    """Whose rates they are: one model on one test in one language."""

    task: str
    language: str
    model: str


class Rate(NamedTuple):
    """A pass rate with its interval, and of how many answers and problems it is."""

    rate: Interval
    scored: int
    problems: int


Rates = Mapping[Series, Mapping[float, Rate]]

_LENGTHS = """
select s.task, coalesce(s.language, '') as language, a.model, s.length as place, s.group_id,
    count(*) filter (passes(a.score)) as passed, count(*) as n
from answers a join samples s using (sample_id)
where a.score is not null
group by all order by all
"""
# a test without depths is placed by its one piece of evidence, to the tenth of the context
_DEPTHS = """
select s.task, coalesce(s.language, '') as language, a.model,
    coalesce(s.depth, (tenth_of(s.evidence[1].depth) + 0.5) / 10) as place, s.group_id,
    count(*) filter (passes(a.score)) as passed, count(*) as n
from answers a join samples s using (sample_id)
where a.score is not null and (s.depth is not null or len(s.evidence) = 1)
group by all order by all
"""


def over_lengths(connection: duckdb.DuckDBPyConnection) -> Rates:
    """Return the pass rates of every series by length in tokens, intervals at 95 %."""
    return _rates(connection, _LENGTHS)


def over_depths(connection: duckdb.DuckDBPyConnection) -> Rates:
    """Return the pass rates of every series by depth 0..1, all lengths together.

    Where a test has no depths: by the middle of the tenth that holds its one piece of evidence.
    """
    return _rates(connection, _DEPTHS)


def _rates(connection: duckdb.DuckDBPyConnection, sql: str) -> Rates:
    found: dict[Series, dict[float, Rate]] = {}
    rows = connection.execute(sql).fetchall()
    for (task, language, model, place), group in itertools.groupby(rows, key=lambda row: row[:4]):
        rate = _rate((passed, n) for *_, passed, n in group)
        if rate is not None:
            found.setdefault(Series(task, language, model), {})[float(place)] = rate
    return found


def _rate(problems: Iterable[tuple[int, int]]) -> Rate | None:
    columns = np.array(list(problems), dtype=np.float64).T
    added = Problems(columns[0], columns[1])
    rate = pass_rate(added)
    return None if rate is None else Rate(rate, added.size, len(columns[1]))
