"""The main table: what a bench says of each model on each test, and how surely.

The statistics themselves are in `intervals`, `comparison`, `effective`, `curves`, `profiles`,
`power` and `resampling`; docs/statistics.md defines each figure and names its source.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from synthctx.analytics.comparison import mcnemar_exact
from synthctx.analytics.curves import Curve, length_curve
from synthctx.analytics.effective import (
    NOLIMA,
    RULER,
    Effective,
    Threshold,
    effective_length,
)
from synthctx.analytics.intervals import pass_rate, wilson
from synthctx.analytics.profiles import EDGE, ZONES, Placed, Profile, depth_profile
from synthctx.analytics.resampling import Interval, Problems, bootstrap_mean, sums
from synthctx.grids import over_lengths
from synthctx.streams import Streams

if TYPE_CHECKING:
    import duckdb

    from synthctx.store import Bench

__all__ = [
    "Statistics",
    "Steps",
    "Versions",
    "mcnemar_exact",
    "statistics",
    "statistics_of",
    "wilson",
]


class Versions(NamedTuple):
    """Problems asked in several versions; a missing version is wrong (view versions)."""

    average: float
    effective: float
    gap: float
    ratio: float | None
    problems: int
    incomplete: int


class AtLength(NamedTuple):
    """One length of a line of the table.

    Attributes:
        n: how many samples have a score.
        mean: their mean score.
        paper: mean of the published rule, None where there is none.
        rate: pass rate with its interval, rows that share problems known.
    """

    n: int
    mean: float
    paper: float | None
    rate: Interval | None


class Steps(NamedTuple):
    """Procedures written out: where the first error lies (view first_errors).

    Attributes:
        progress: mean share of the steps before the first error.
        median_step: median place of the first error among the answers that have one.
        flawless: share of answers without one.
        n: how many answers there are.
    """

    progress: float
    median_step: float | None
    flawless: float
    n: int


@dataclass(frozen=True)
class Statistics:
    """One model on one test in one language.

    Attributes:
        n: samples asked; scored: those that have a score.
        score: mean score with its bootstrap interval by problem, None with fewer than two.
        paper: mean of the published rule.
        rate: pass rate with its interval (Wilson's, wider where rows share problems).
        longer: mean over lengths, weights 1, 2, ... by growing length (RULER's wAvg inc).
        shorter: the same with the weights turned round (wAvg dec).
        effective: effective length by name of threshold.
        curve: the logistic curve over length.
        profile: means by depth, with the test of a lost middle.
        versions: effective accuracy and reasoning gap.
        steps: first errors of procedures.
        lengths: the figures of each length.
        floor: mean score of the best guesser that has not read the context.
        problems: for each length the scores added up by problem, which `effective` was made of.
    """

    task: str
    model: str
    language: str
    n: int
    scored: int
    score: Interval | None = None
    paper: float | None = None
    rate: Interval | None = None
    longer: float | None = None
    shorter: float | None = None
    effective: dict[str, Effective] = field(default_factory=dict)
    curve: Curve | None = None
    profile: Profile | None = None
    versions: Versions | None = None
    steps: Steps | None = None
    lengths: dict[int, AtLength] = field(default_factory=dict)
    floor: float | None = None
    problems: dict[int, Problems] = field(default_factory=dict, repr=False, compare=False)

    @property
    def coverage(self) -> float:
        """Return the share of samples that have a score."""
        return self.scored / self.n if self.n else 0.0

    def as_dict(self) -> dict[str, Any]:
        """Return all figures as plain data."""
        plain: dict[str, Any] = _plain({k: v for k, v in vars(self).items() if k != "problems"})
        plain["coverage"] = self.coverage
        for name, found in self.effective.items():
            plain["effective"][name] |= {"resolved": found.resolved, "text": found.text}
        if self.curve is not None:
            plain["curve"]["resolved"] = self.curve.resolved
        if self.profile is not None:
            plain["profile"]["verdict"] = self.profile.verdict()
        return plain


def _plain(value: Any) -> Any:
    """Return named tuples as objects by name."""
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {name: _plain(part) for name, part in value._asdict().items()}
    if isinstance(value, dict):
        return {str(name): _plain(part) for name, part in value.items()}
    return [_plain(part) for part in value] if isinstance(value, list | tuple) else value


def statistics(
    bench: str | Path | Bench, *more: str | Path | Bench, threshold: float | None = None
) -> list[Statistics]:
    """Return the main table of a bench, one row for each test, model and language.

    Args:
        bench: a bench.
        more: further benches to take together with it.
        threshold: a third threshold of the effective length, beside 0.856 and 0.85 of the base.

    Raises:
        StoreError: a folder is no bench.
        SuiteError: the threshold is not within 0..1.
    """
    from synthctx.analytics.connect import connect

    with connect(bench, *more) as connection:
        return statistics_of(connection, threshold=threshold)


def statistics_of(
    connection: duckdb.DuckDBPyConnection, *, threshold: float | None = None
) -> list[Statistics]:
    """Return the main table of a connection that has the views, as `statistics` does."""
    thresholds = (RULER, NOLIMA) if threshold is None else (RULER, NOLIMA, Threshold(threshold))
    return list(_table(connection, thresholds))


# ---------------------------------------------------------------- what the table is made of

_ZONED = """
with placed as (
    select sample_id, task, language, length, group_id, floor,
        coalesce(depth, case when len(evidence) = 1 then evidence[1].depth end) as place
    from samples
)
select p.task, a.model, p.language, p.length, p.group_id,
    case when place is null then 'none' when place <= $edge then 'head'
        when place >= 1 - $edge then 'tail' else 'middle' end as zone,
    count(*) as n, sum(a.score) as total, count(*) filter (passes(a.score)) as passed,
    sum(a.paper) as paper, count(a.paper) as papers, sum(p.floor) as floor
from answers a
join placed p using (sample_id)
where a.score is not null
group by all
order by all
"""
_ASKED = """
select task, model, language, sum(n)::bigint as n from lengths group by all order by all
"""
_VERSIONS = """
select task, model, language, sum(average * versions * problems) / sum(versions * problems),
    sum(effective * problems) / sum(problems), sum(problems)::bigint, sum(incomplete)::bigint
from versions where versions > 1 group by all
"""
_STEPS = """
select task, model, language, avg(metrics['progress']),
    median(metrics['first_error_step']),
    avg((metrics['progress'] >= 1)::int), count(*)
from results where metrics['progress'] is not null group by all
"""
Key = tuple[str, str, str]


def _table(
    connection: duckdb.DuckDBPyConnection, thresholds: Sequence[Threshold]
) -> Iterator[Statistics]:
    versions = {row[:3]: _versions(*row[3:]) for row in connection.execute(_VERSIONS).fetchall()}
    steps = {row[:3]: Steps(*row[3:]) for row in connection.execute(_STEPS).fetchall()}
    asked = connection.execute(_ASKED).fetchall()
    parts = _parts(connection)
    for *names, n in asked:
        key: Key = (names[0], names[1], names[2])
        if key not in parts:
            yield Statistics(*key, n, 0)
            continue
        yield _statistics(key, n, parts[key], thresholds, versions.get(key), steps.get(key))


def _versions(average: float, effective: float, problems: int, incomplete: int) -> Versions:
    gap = average - effective
    return Versions(
        average, effective, gap, gap / effective if effective else None, problems, incomplete
    )


def _parts(connection: duckdb.DuckDBPyConnection) -> dict[Key, dict[str, Any]]:
    """Return the columns of each test, model and language, rows added up by problem and zone."""
    table = connection.sql(_ZONED, params={"edge": EDGE}).to_arrow_table()
    if not table.num_rows:
        return {}
    columns = {name: table[name].to_numpy(zero_copy_only=False) for name in table.column_names}
    names = [columns[name] for name in ("task", "model", "language")]
    new = np.zeros(table.num_rows, dtype=bool)
    for column in names:
        new[1:] |= column[1:] != column[:-1]
    starts = [0, *np.flatnonzero(new).tolist(), table.num_rows]
    return {
        (str(names[0][start]), str(names[1][start]), str(names[2][start])): {
            name: column[start:end] for name, column in columns.items()
        }
        for start, end in itertools.pairwise(starts)
    }


def _statistics(
    key: Key,
    n: int,
    part: dict[str, Any],
    thresholds: Sequence[Threshold],
    versions: Versions | None,
    steps: Steps | None,
) -> Statistics:
    streams = Streams(["statistics", *key])
    scores = _by_length(part, "total")
    overall = _problems(part, "total")
    effective = {t.name: effective_length(scores, t) for t in thresholds}
    means = over_lengths({length: p.mean for length, p in scores.items()}, RULER.value)
    papers = float(part["papers"].sum())
    floor = float(part["floor"].sum() / part["n"].sum())
    return Statistics(
        *key,
        n,
        overall.size,
        score=bootstrap_mean(overall, streams.child("mean")),
        paper=float(np.nansum(part["paper"])) / papers if papers else None,
        rate=pass_rate(_problems(part, "passed")),
        longer=means.longer,
        shorter=means.shorter,
        effective={name: found for name, found in effective.items() if found is not None},
        curve=length_curve(_passes(part), floor=min(floor, 0.9)),
        profile=depth_profile(_placed(part), streams.child("profile")),
        versions=versions,
        steps=steps,
        lengths=_lengths(part),
        floor=floor,
        problems=scores,
    )


def _lengths(part: dict[str, Any]) -> dict[int, AtLength]:
    found = {}
    for length in np.unique(part["length"]).tolist():
        here = {name: column[part["length"] == length] for name, column in part.items()}
        n, papers = int(here["n"].sum()), float(here["papers"].sum())
        paper = float(np.nansum(here["paper"])) / papers if papers else None
        rate = pass_rate(_problems(here, "passed"))
        found[int(length)] = AtLength(n, float(here["total"].sum()) / n, paper, rate)
    return found


def _problems(part: dict[str, Any], of: str) -> Problems:
    _, where = np.unique(part["group_id"].astype(str), return_inverse=True)
    return Problems(sums(where, part[of]), sums(where, part["n"]))


def _by_length(part: dict[str, Any], of: str) -> dict[int, Problems]:
    found = {}
    for length in np.unique(part["length"]).tolist():
        here = part["length"] == length
        found[int(length)] = _problems({n: column[here] for n, column in part.items()}, of)
    return found


def _passes(part: dict[str, Any]) -> dict[int, dict[str, tuple[float, float]]]:
    found: dict[int, dict[str, tuple[float, float]]] = {}
    columns = (part[name].tolist() for name in ("length", "group_id", "passed", "n"))
    for length, problem, passed, n in zip(*columns, strict=True):
        here = found.setdefault(int(length), {})
        had, rows = here.get(problem, (0.0, 0.0))
        here[problem] = (had + passed, rows + n)
    return found


def _placed(part: dict[str, Any]) -> Iterator[Placed]:
    names = ("group_id", "length", "zone", "total", "n")
    for problem, length, zone, total, n in zip(*(part[m].tolist() for m in names), strict=True):
        if zone in ZONES:
            yield Placed(problem, int(length), zone, float(total), float(n))
