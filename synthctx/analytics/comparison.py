"""Two models on the same samples: exact McNemar, paired bootstrap, Holm over many pairs."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from synthctx.analytics.intervals import paired_difference, paired_p
from synthctx.analytics.resampling import (
    DIFFERENCES,
    Floats,
    Interval,
    Problems,
    bootstrap_mean,
    sign_flip,
)
from synthctx.streams import Streams

if TYPE_CHECKING:
    import duckdb


def mcnemar_exact(
    only_a: int, only_b: int, alternative: Literal["two-sided", "greater"] = "two-sided"
) -> float:
    """Return the p of the exact McNemar test (McNemar 1947): a fair coin's tails.

    Only pairs count in which one of two models is right; with none, p is 1.

    Args:
        only_a: pairs in which only the first is right.
        only_b: pairs in which only the second is.
        alternative: "greater" asks whether the first is right more often, of one tail.
    """
    if only_a + only_b == 0:
        return 1.0
    from scipy.stats import binomtest

    return float(binomtest(only_a, only_a + only_b, 0.5, alternative).pvalue)


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values adjusted by Holm's step-down method (Holm 1979).

    The chance of a single false claim among all of them stays under the level at which the
    adjusted values are read, whatever binds them together.
    """
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    adjusted = [1.0] * len(p_values)
    highest = 0.0
    for rank, place in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = highest
    return adjusted


class Comparison(NamedTuple):
    """Two models on the samples of one task that both have answered.

    Attributes:
        n: how many samples these are.
        problems: how many problems they come from.
        only_a: samples that only the first passes.
        only_b: samples that only the second passes.
        difference: pass rate of the first minus that of the second, with its paired bootstrap
            interval by problem; at one length that of `intervals.paired_difference`; None with
            one problem.
        mcnemar: p of the exact McNemar test, which takes samples for independent.
        p: p of the sign-flip test over problems (at one length of `intervals.paired_p`);
            McNemar's where each problem has one sample.
        p_holm: p after Holm's correction over all pairs, tasks and lengths of the answer.
        length: None when all lengths are taken together.
    """

    task: str
    model_a: str
    model_b: str
    n: int
    problems: int
    only_a: int
    only_b: int
    difference: Interval | None
    mcnemar: float
    p: float
    p_holm: float
    length: int | None = None


_PAIRED = """
with passes as (
    select a.model, a.sample_id, s.task, s.group_id, passes(a.score) as passed,
        case when $by_length then s.length end as length
    from answers a join samples s using (sample_id)
    where a.score is not null and ($models is null or list_contains($models, a.model))
)
select x.task, x.model as model_a, y.model as model_b, x.length, x.group_id,
    count(*) as n,
    count(*) filter (x.passed and not y.passed) as only_a,
    count(*) filter (y.passed and not x.passed) as only_b
from passes x
join passes y on y.sample_id = x.sample_id and x.model < y.model
group by all
order by all
"""


def compare_models(
    connection: duckdb.DuckDBPyConnection,
    *,
    models: Collection[str] | None = None,
    by_length: bool = False,
) -> list[Comparison]:
    """Return all pairs of models on all tasks of a connection, Holm's correction over all.

    A sample counts that both have answered; an answer passes that is fully right.

    Args:
        connection: one with the views.
        models: only these, all when None.
        by_length: one row for each length instead of one over all of them.
    """
    values = {"models": None if models is None else list(models), "by_length": by_length}
    table = connection.sql(_PAIRED, params=values).to_arrow_table()
    if not table.num_rows:
        return []
    names = ("task", "model_a", "model_b", "length")
    keys = list(zip(*(table[n].to_pylist() for n in names), strict=True))
    starts = [i for i, key in enumerate(keys) if i == 0 or keys[i - 1] != key] + [len(keys)]
    columns = [table[n].to_numpy().astype(np.float64) for n in ("n", "only_a", "only_b")]
    found = [
        _comparison(keys[start], *(column[start:end] for column in columns))
        for start, end in itertools.pairwise(starts)
    ]
    corrected = holm([row.p for row in found])
    return [row._replace(p_holm=p) for row, p in zip(found, corrected, strict=True)]


def _comparison(
    key: tuple[str, str, str, int | None], counts: Floats, only_a: Floats, only_b: Floats
) -> Comparison:
    """Return two models on one task (at one length); counts are those of each problem."""
    task, first, second, length = key
    streams = Streams(["compare_models", *(part for part in key if part is not None)])
    problems = Problems(only_a - only_b, counts)
    a, b = int(only_a.sum()), int(only_b.sum())
    exact = mcnemar_exact(a, b)
    if length is None:
        p = sign_flip(problems.totals, streams)
        difference = bootstrap_mean(problems, streams, more=DIFFERENCES)
    else:
        # of lengths there are hundreds, and drawn flips cannot give the small p that these need
        p, difference = paired_p(problems), paired_difference(problems)
    if np.all(counts == 1):
        p = exact
    size = problems.size
    return Comparison(task, first, second, size, len(counts), a, b, difference, exact, p, p, length)
