"""What a report is made of: figures of every test and group of tests, cells, troubles, pairs.

Pages, pictures and comments all show these figures, so that they never differ. Everything is
added up by the database; only figures of cells, lengths and problems come to Python.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from synthctx.analytics.comparison import Comparison, compare_models
from synthctx.analytics.effective import NOLIMA, RULER, Effective, Threshold, effective_length
from synthctx.analytics.resampling import Problems
from synthctx.analytics.stats import Statistics, statistics_of

if TYPE_CHECKING:
    import duckdb

Row = dict[str, Any]

COMPARED = 8  # as many models are compared two by two
LINES = 4000  # beyond so many pairs x tests x lengths, lengths are not compared
EVERYTHING = "all tests"
_ERRORS = 3  # messages of failed calls shown for each model


class Together(NamedTuple):
    """One model on one test, or on a group of tests taken together.

    Attributes:
        group: "all tests", a family ("ruler") or one test, with its language where it has several.
        kind: "all", "family" or "test".
        tests: of how many tests (in a language) there are scores, of `asked` in the group.
        n: samples asked; scored: those that have a score.
        score: plain mean over the tests of their mean strict scores.
        paper: the same of the published rules, over the tests that have one.
        rate: plain mean over the tests of their pass rates.
        effective: effective length by name of threshold, of the plain mean over the tests at the
            lengths that all of them have, as RULER computes it.
    """

    group: str
    kind: str
    model: str
    tests: int
    asked: int
    n: int
    scored: int
    score: float | None
    paper: float | None
    rate: float | None
    effective: dict[str, Effective]

    @property
    def coverage(self) -> float:
        """Return the share of samples that have a score."""
        return self.scored / self.n if self.n else 0.0


class Trouble(NamedTuple):
    """What may be the fault of the pipeline and not of a model, for one model.

    Attributes:
        n: samples asked; scored: those that have a score.
        failed: calls that gave no answer.
        absent: tests (in a language) of which it has neither a score nor a failed call.
        missing: samples of the other tests that were never answered or scored.
        cut: prompts that the server has cut, and of how many of which tests and lengths.
        cut_tests: tests with cut prompts; cut_from: the shortest length with any.
        unreadable: answers out of which nothing could be read, which count as 0.
        unfinished: answers that were cut off (flag truncated_output).
        errors: the commonest messages of failed calls, with how often they came; those that
            differ only in words with digits count as one.
    """

    model: str
    n: int
    scored: int
    failed: int
    absent: int
    missing: int
    cut: int
    cut_tests: int
    cut_from: int | None
    unreadable: int
    unfinished: int
    errors: list[tuple[str, int]]

    @property
    def partial(self) -> bool:
        """Say whether there are samples without a score and without a failed call."""
        return bool(self.absent or self.missing)

    @property
    def serious(self) -> bool:
        """Say whether scores may say less of the model than of what lay before it."""
        return bool(self.failed or self.cut)


@dataclass(frozen=True)
class Gathered:
    """All that a report shows of a connection.

    Attributes:
        models, tests, languages, lengths: what there is, sorted.
        thresholds: of the effective length, RULER's and NoLiMa's first.
        statistics: one row for each test, model and language.
        together: the same over groups of tests.
        cells: the rows of the view cells, with the flags of each.
        troubles: one for each model.
        compared: the models compared two by two; `left_out` are not.
        pairs: two models on one test; at_lengths: at one length of it.
        truncated_lengths: there were too many pairs, tests and lengths to compare each length.
    """

    models: list[str]
    tests: list[str]
    languages: list[str]
    lengths: list[int]
    thresholds: tuple[Threshold, ...]
    statistics: list[Statistics]
    together: list[Together]
    cells: list[Row]
    troubles: list[Trouble]
    compared: list[str]
    left_out: list[str]
    pairs: list[Comparison]
    at_lengths: list[Comparison]
    truncated_lengths: bool


def gather(
    connection: duckdb.DuckDBPyConnection,
    *,
    threshold: float | None = None,
    compared: int = COMPARED,
) -> Gathered:
    """Return what a report shows of a connection that has the views.

    Args:
        connection: one with the views.
        threshold: a third threshold of the effective length, beside 0.856 and 0.85 of the base.
        compared: as many models are compared two by two, those with most answers first.

    Raises:
        SuiteError: the threshold is not within 0..1.
    """
    thresholds = (RULER, NOLIMA) if threshold is None else (RULER, NOLIMA, Threshold(threshold))
    cells = cells_of(connection)
    statistics = statistics_of(connection, threshold=threshold)
    models = _sorted(row["model"] for row in cells)
    chosen = _most_answered(cells, models)[:compared]
    pairs = compare_models(connection, models=chosen) if len(chosen) > 1 else []
    lengths = _sorted(row["length"] for row in cells)
    many = len(pairs) * len(lengths) > LINES
    at_lengths: list[Comparison] = []
    if pairs and len(lengths) > 1 and not many:
        at_lengths = compare_models(connection, models=chosen, by_length=True)
    return Gathered(
        models,
        _sorted(row["task"] for row in cells),
        _sorted(row["language"] for row in cells),
        lengths,
        thresholds,
        statistics,
        list(together(statistics, thresholds)),
        cells,
        troubles(connection, cells),
        sorted(chosen),
        sorted(set(models) - set(chosen)),
        pairs,
        at_lengths,
        many,
    )


def rows_of(
    connection: duckdb.DuckDBPyConnection, sql: str, values: Mapping[str, Any] | None = None
) -> list[Row]:
    """Return the rows of a query as dictionaries."""
    found = connection.execute(sql, values or {})
    names = [column[0] for column in found.description or []]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _sorted(values: Iterable[Any]) -> list[Any]:
    return sorted({value for value in values if value is not None})


_CELLS = """
with flagged as (
    select s.task, c.model, s.language, s.length, s.depth,
        list_sort(list(distinct flag)) as flags,
        count(*) filter (flag = 'truncated_output') as unfinished
    from (select sample_id, model, unnest(flags) as flag from scores where len(flags) > 0) c
    join samples s using (sample_id)
    group by all
)
select c.* replace (coalesce(c.language, '') as language),
    coalesce(f.flags, []) as flags, coalesce(f.unfinished, 0) as unfinished
from cells c
left join flagged f
    on f.model = c.model and f.task = c.task and f.language is not distinct from c.language
    and f.length = c.length and f.depth is not distinct from c.depth
order by c.task, c.model, c.language, c.length, c.depth nulls first
"""
_MESSAGES = r"""
with calls as (
    select o.model, o.sample_id, o.attempt, arg_max(
        left(o.error, 160), coalesce(o.answered_at, timestamptz '1970-01-01 00:00:00+00')
    ) as error
    from outputs o
    semi join (select * from scores where status = 'failed') f
        on f.sample_id = o.sample_id and f.model = o.model and f.attempt = o.attempt
    where o.error is not null
    group by all
)
-- the same message with another request's number in it is the same
select model, min(error) as error, count(*) as n from calls
group by model, regexp_replace(error, '\w*\d\w*', '#', 'g') order by model, n desc, error
"""


def cells_of(connection: duckdb.DuckDBPyConnection) -> list[Row]:
    """Return the rows of the view cells in order, each with the flags that its answers have."""
    return rows_of(connection, _CELLS)


def _most_answered(cells: Sequence[Row], models: Sequence[str]) -> list[str]:
    scored = dict.fromkeys(models, 0)
    for row in cells:
        scored[row["model"]] += row["scored"]
    return sorted((m for m in models if scored[m]), key=lambda m: (-scored[m], m))


def troubles(connection: duckdb.DuckDBPyConnection, cells: Sequence[Row]) -> list[Trouble]:
    """Return for each model, sorted, what may be the fault of the pipeline."""
    errors: dict[str, list[tuple[str, int]]] = {}
    for model, message, n in connection.execute(_MESSAGES).fetchall():
        errors.setdefault(model, []).append((message, n))
    found = []
    for model in _sorted(row["model"] for row in cells):
        own = [row for row in cells if row["model"] == model]
        cut = [row for row in own if row["truncated_prompt"]]
        asked = {(row["task"], row["language"]) for row in own}
        begun = {(r["task"], r["language"]) for r in own if r["scored"] or r["failed"]}
        there = sum(row["n"] for row in own if (row["task"], row["language"]) in begun)
        n, scored, failed, unreadable, unfinished, prompts = (
            sum(row[name] for row in own)
            for name in ("n", "scored", "failed", "unreadable", "unfinished", "truncated_prompt")
        )
        found.append(
            Trouble(
                model,
                n,
                scored,
                failed,
                len(asked - begun),
                there - scored - failed,
                prompts,
                len({row["task"] for row in cut}),
                min((row["length"] for row in cut), default=None),
                unreadable,
                unfinished,
                errors.get(model, [])[:_ERRORS],
            )
        )
    return found


# ---------------------------------------------------------------- tests taken together


def family_of(test: str) -> str:
    """Return the family of a test: what stands before the stroke of its id."""
    return test.split("/", 1)[0]


def several_languages(statistics: Iterable[Statistics]) -> set[str]:
    """Return the tests that are asked in several languages, which their names then say."""
    pairs = {(row.task, row.language) for row in statistics}
    counts = Counter(task for task, _ in pairs)
    return {task for task, n in counts.items() if n > 1}


def together(
    statistics: Sequence[Statistics], thresholds: Sequence[Threshold]
) -> Iterator[Together]:
    """Yield every model on all tests, on each family and on each test, in that order.

    A group of one test is left out: it is that test.
    """
    several = several_languages(statistics)
    groups: dict[tuple[str, str], list[Statistics]] = {}
    for row in statistics:
        groups.setdefault(("all", EVERYTHING), []).append(row)
    for row in statistics:
        groups.setdefault(("family", family_of(row.task)), []).append(row)
    for row in statistics:
        name = f"{row.task} · {row.language}" if row.task in several else row.task
        groups.setdefault(("test", name), []).append(row)
    everything = {(row.task, row.language) for row in statistics}
    for (kind, name), rows in groups.items():
        lines = {(row.task, row.language) for row in rows}
        if kind != "test" and (len(lines) == 1 or (kind == "family" and lines == everything)):
            continue
        for _, own in itertools.groupby(sorted(rows, key=lambda r: r.model), lambda r: r.model):
            yield _taken_together(name, kind, list(own), len(lines), thresholds)


def _taken_together(
    name: str, kind: str, rows: list[Statistics], asked: int, thresholds: Sequence[Threshold]
) -> Together:
    known = [row for row in rows if row.score is not None or row.problems]
    effective = {}
    by_length = pooled([row.problems for row in known])
    for threshold in thresholds:
        found = effective_length(by_length, threshold)
        if found is not None:
            effective[threshold.name] = found
    return Together(
        name,
        kind,
        rows[0].model,
        len(known),
        asked,
        sum(row.n for row in rows),
        sum(row.scored for row in rows),
        _mean(_whole(row.problems) for row in known),
        _mean(row.paper for row in known),
        _mean(row.rate.value if row.rate else None for row in known),
        effective,
    )


def _whole(by_length: Mapping[int, Problems]) -> float | None:
    total = sum(float(p.totals.sum()) for p in by_length.values())
    n = sum(p.size for p in by_length.values())
    return total / n if n else None


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def pooled(tests: Sequence[Mapping[int, Problems]]) -> dict[int, Problems]:
    """Return the problems of several tests at the lengths that all have, each test weighing alike.

    The mean at a length is then the plain mean over tests, as RULER takes it. Problems of
    different tests are different problems.
    """
    import numpy as np

    if len(tests) == 1:
        return dict(tests[0])
    out = {}
    for length in sorted(set.intersection(*(set(test) for test in tests)) if tests else ()):
        parts = [test[length] for test in tests]
        sizes = [float(part.counts.sum()) for part in parts]
        weights = [sum(sizes) / len(sizes) / size for size in sizes]
        out[length] = Problems(
            np.concatenate([p.totals * w for p, w in zip(parts, weights, strict=True)]),
            np.concatenate([p.counts * w for p, w in zip(parts, weights, strict=True)]),
        )
    return out
