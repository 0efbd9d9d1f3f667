"""What papers print as one number, computed from a bench: averages, overall scores, base scores.

What there is to compute is data (`definitions`). A grid with cells missing is never averaged
over: the figure is then given as what it lies between, and what is missing is named.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from synthctx.analytics.definitions import (
    LENGTH,
    Definition,
    Figure,
    Part,
    shipped_definitions,
)
from synthctx.analytics.effective import Effective, Threshold, effective_length
from synthctx.analytics.intervals import pass_rate
from synthctx.analytics.resampling import Problems
from synthctx.analytics.weighted import Answers, Value, column_weights
from synthctx.grids import base_score, share_of
from synthctx.suite import format_length

if TYPE_CHECKING:
    import duckdb

    from synthctx.store import Bench


@dataclass(frozen=True)
class Number:
    """One figure of one model.

    Attributes:
        model: whose it is.
        figure: its name, with the column where it has one for each.
        score: of strict scores; paper: of the published rule, None where a test has none.
    """

    model: str
    figure: str
    score: Value | Effective | None
    paper: Value | Effective | None


@dataclass(frozen=True)
class Overall:
    """The figures of one definition in one language (or several taken together).

    Attributes:
        definition: what they are.
        language: "en", or "en+zh" for the mean over languages.
        columns: those that the figures are over.
        grid: the published grid that these columns are; None when they are others.
        dropped: columns that some part cannot have, for which means leave them out.
        absent: parts of which the bench has no sample.
        numbers: the figures; none when half of the parts or more are absent.
        missing: for each model what has no scores, as "part at column".
        partial: for each model how many samples were asked of cells that have scores, and how
            many have none.
    """

    definition: Definition
    language: str
    columns: tuple[int, ...]
    grid: str | None
    dropped: tuple[int, ...]
    absent: tuple[str, ...]
    numbers: tuple[Number, ...] = ()
    missing: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    partial: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as plain data."""
        plain = asdict(self)
        plain["numbers"] = [
            {
                "model": number.model,
                "figure": number.figure,
                "score": _plain(number.score),
                "paper": _plain(number.paper),
            }
            for number in self.numbers
        ]
        return plain


def _plain(value: Value | Effective | None) -> dict[str, Any] | None:
    if value is None:
        return None
    plain = value._asdict()
    if isinstance(value, Value):
        plain["interval"] = value.interval and value.interval._asdict()
    else:
        plain["threshold"] = value.threshold._asdict()
        plain |= {"resolved": value.resolved, "text": value.text}
    return plain


def overall(
    bench: str | Path | Bench,
    *more: str | Path | Bench,
    definitions: Sequence[Definition] | None = None,
) -> list[Overall]:
    """Return the figures that papers print as one number, as far as a bench has their tests.

    Args:
        bench: a bench.
        more: further benches to take together with it.
        definitions: what to compute, the shipped ones when None.

    Raises:
        StoreError: a folder is no bench.
    """
    from synthctx.analytics.connect import connect

    with connect(bench, *more) as connection:
        return overall_of(connection, definitions)


def overall_of(
    connection: duckdb.DuckDBPyConnection, definitions: Sequence[Definition] | None = None
) -> list[Overall]:
    """Return the figures of a connection that has the views, as `overall` does."""
    chosen = shipped_definitions() if definitions is None else definitions
    tasks = [row[0] for row in connection.execute("select distinct task from samples").fetchall()]
    found: list[Overall] = []
    for definition in chosen:
        own = [t for t in sorted(tasks) if any(_asks(p, t) for p in definition.parts)]
        if own:
            found += _overall(connection, definition, own)
    return _one_version(found)


def _asks(part: Part, task: str) -> bool:
    return part.takes(task, dict(part.params))


def _one_version(found: list[Overall]) -> list[Overall]:
    """Keep, of definitions over the same tests, those that the bench fits best.

    These are versions of one benchmark: the one of which least is absent, then the one that has
    a published grid with the columns of the bench.
    """

    def fit(one: Overall) -> tuple[int, bool]:
        return len(one.absent), one.grid is None

    def same(one: Overall) -> tuple[Any, ...]:
        return one.language, tuple(part.tests for part in one.definition.parts)

    best: dict[tuple[Any, ...], tuple[int, bool]] = {}
    for one in found:
        best[same(one)] = min(fit(one), best.get(same(one), fit(one)))
    return [one for one in found if fit(one) == best[same(one)]]


# ---------------------------------------------------------------- cells and answers


class _Cell(NamedTuple):
    part: int
    language: str
    column: int
    n: int


_ASKED = """
create or replace temp table asked_cells as
select row_number() over (order by task, language, length, depth, params) - 1 as cell, *
from (
    select task, coalesce(language, '') as language, length, depth, params, count(*) as n
    from samples where list_contains($tasks, task) group by all
)
"""
_FOUND = """
select a.model, c.cell, s.group_id, sum(a.score) as total, count(*) as n,
    sum(a.paper) as paper, count(a.paper) as papers
from answers a
join samples s using (sample_id)
join asked_cells c
    on c.task = s.task and c.language = coalesce(s.language, '') and c.length = s.length
    and c.depth is not distinct from s.depth and c.params = s.params
where a.score is not null
group by all order by all
"""
_MODELS = "select distinct model from (from cells) where list_contains($tasks, task) order by all"


def _overall(
    connection: duckdb.DuckDBPyConnection, definition: Definition, tasks: list[str]
) -> Iterator[Overall]:
    connection.execute(_ASKED, {"tasks": tasks})
    rows = connection.execute("from asked_cells order by cell").fetchall()
    cells = [_cell(definition, *row[1:]) for row in rows]
    languages = sorted({cell.language for cell in cells if cell is not None})
    models = [row[0] for row in connection.execute(_MODELS, {"tasks": tasks}).fetchall()]
    table = connection.sql(_FOUND).to_arrow_table()
    columns = {n: table[n].to_numpy(zero_copy_only=False) for n in table.column_names}
    answers = {model: _answers(columns, columns["model"] == model, cells) for model in models}
    for chosen in [*([name] for name in languages), *([languages] if languages[1:] else [])]:
        yield _Grid(definition, cells, chosen).overall(answers)


def _cell(
    definition: Definition,
    task: str,
    language: str,
    length: int,
    depth: float | None,
    params: str,
    n: int,
) -> _Cell | None:
    given = json.loads(params or "{}")
    for number, part in enumerate(definition.parts):
        if part.takes(task, given):
            column = length if definition.columns == LENGTH else given.get(definition.columns)
            if isinstance(column, int):
                return _Cell(number, language, column, n)
    return None


def _answers(
    columns: Mapping[str, Any], own: Any, cells: Sequence[_Cell | None]
) -> tuple[Answers, Answers | None]:
    """Return a model's strict scores, and those of the published rule unless some have none."""
    keys = {(c.part, c.language) for c in cells if c is not None}
    numbers = {key: i for i, key in enumerate(sorted(keys))}
    strata = [-1 if c is None else numbers[c.part, c.language] for c in cells]
    place = columns["cell"][own].astype(np.int64)
    _, problems = np.unique(columns["group_id"][own].astype(str), return_inverse=True)
    n = columns["n"][own].astype(np.float64)
    ids = np.array([len(numbers) if s < 0 else s for s in strata], dtype=np.int64)
    made = Answers(place, problems, columns["total"][own].astype(np.float64), n, ids)
    if (columns["papers"][own] < n).any():
        return made, None
    paper = Answers(place, problems, columns["paper"][own].astype(np.float64), n, ids)
    return made, paper


# ---------------------------------------------------------------- the figures


class _Grid:
    """The cells of one definition in some languages, and the figures over them."""

    def __init__(
        self, definition: Definition, cells: Sequence[_Cell | None], languages: Sequence[str]
    ) -> None:
        self.definition, self.languages = definition, languages
        self.at: dict[tuple[int, int, str], list[int]] = {}
        self.asked: dict[int, int] = {}
        for i, cell in enumerate(cells):
            if cell is not None and cell.language in languages:
                self.at.setdefault((cell.part, cell.column, cell.language), []).append(i)
                self.asked[i] = cell.n
        there = sorted({column for _, column, _ in self.at})
        parts = definition.parts
        needed = max(part.shortest for part in parts)
        self.dropped = tuple(c for c in there if c < needed)
        self.columns = tuple(c for c in there if c >= needed)
        here = {number for number, _, _ in self.at}
        self.absent = [
            number
            for number, part in enumerate(parts)
            if number not in here and any(definition.expects(part, c) for c in there)
        ]
        grids = definition.published.items()
        self.grid = next((name for name, grid in grids if tuple(there) == grid), None)

    def overall(self, answers: Mapping[str, tuple[Answers, Answers | None]]) -> Overall:
        parts = self.definition.parts
        absent = tuple(parts[i].name for i in self.absent)
        language = "+".join(name for name in self.languages if name)
        bare = Overall(self.definition, language, self.columns, self.grid, self.dropped, absent)
        if 2 * len(absent) >= len(parts) or not self.columns:
            return bare
        numbers, missing, partial = [], {}, {}
        for model, (strict, paper) in answers.items():
            known = np.flatnonzero(strict.sizes > 0).tolist()
            missing[model] = tuple(self._missing(set(known)))
            asked = sum(self.asked[i] for i in known if i in self.asked)
            scored = sum(int(strict.sizes[i]) for i in known if i in self.asked)
            partial[model] = (asked, max(0, asked - scored))
            for figure in self.definition.figures:
                found = self._values(figure, strict)
                others = self._values(figure, paper) if paper is not None else {}
                numbers += [Number(model, n, value, others.get(n)) for n, value in found.items()]
        return Overall(
            self.definition,
            language,
            self.columns,
            self.grid,
            self.dropped,
            absent,
            tuple(numbers),
            missing,
            partial,
        )

    def _missing(self, known: set[int]) -> Iterator[str]:
        """Yield what has no scores; a part that is absent is not named for each column."""
        for number, part in enumerate(self.definition.parts):
            if number in self.absent:
                continue
            for column in self.columns:
                if not self.definition.expects(part, column):
                    continue
                for language in self.languages:
                    cells = self.at.get((number, column, language), [])
                    out = sum(cell not in known for cell in cells)
                    if out or not cells:
                        share = f" ({out} of {len(cells)} cells)" if out < len(cells) else ""
                        tongue = f" {language}" if len(self.languages) > 1 else ""
                        yield f"{part.name}{tongue} at {format_length(column)}{share}"

    def _values(self, figure: Figure, answers: Answers) -> dict[str, Value | Effective | None]:
        if figure.kind == "each":
            return {
                f"{figure.name} at {format_length(column)}": answers.mean(
                    *self._weights(figure, {column: 1.0}, answers)
                )
                for column in self.columns
            }
        if figure.kind == "base":
            base, _ = self._base(figure, answers)
            return {figure.name: _mean_of(base)}
        if figure.kind == "effective":
            return {figure.name: self._effective(figure, answers)}
        columns = column_weights(figure.kind, self.columns)
        return {figure.name: answers.mean(*self._weights(figure, columns, answers))}

    def _weights(
        self, figure: Figure, columns: Mapping[int, float], answers: Answers
    ) -> tuple[dict[int, float], float]:
        """Return the weight of each cell that has scores, and that of all that is missing.

        In a column parts weigh as they are said to; in a part all languages, and in these all
        cells (depths, other lengths), weigh alike.
        """
        sizes = answers.sizes
        weights: dict[int, float] = {}
        missing = 0.0
        for column, share in columns.items():
            parts = {
                number: part.weight if figure.weights is None else figure.weights.get(part.name, 0)
                for number, part in enumerate(self.definition.parts)
                if self.definition.expects(part, column)
            }
            for number, weight in parts.items():
                for language in self.languages:
                    mass = share * weight / sum(parts.values()) / len(self.languages)
                    cells = self.at.get((number, column, language), [])
                    missing += 0.0 if cells or not mass else mass
                    for cell in cells if mass else ():
                        if sizes[cell]:
                            weights[cell] = mass / len(cells)
                        else:
                            missing += mass / len(cells)
        return weights, missing

    # ------------------------------------------------------------ base score, effective length

    def _effective(self, figure: Figure, answers: Answers) -> Effective | None:
        """Return the effective length over the columns of which nothing is missing."""
        by_column: dict[int, Problems] = {}
        for column in self.columns:
            weights, missing = self._weights(figure, {column: 1.0}, answers)
            if missing > 1e-12:
                return None  # a length that is not known may be the longest
            by_column[column] = answers.problems_of(weights)
        threshold = Threshold(figure.threshold or 0.0, figure.short is not None)
        if figure.short is None:
            return effective_length(by_column, threshold)
        return self._of_base(figure, threshold, answers)

    def _base(self, figure: Figure, answers: Answers) -> tuple[dict[int, float], dict[int, Any]]:
        """Return for each problem its base score, and its mean at each column.

        NoLiMa (arXiv:2502.05167): the best of the short lengths for each pair of needle and
        question, here each problem.
        """
        column_of = {cell: key[1] for key, cells in self.at.items() for cell in cells}
        added: dict[int, dict[int, list[float]]] = {}
        columns = (answers.cells, answers.problems, answers.totals, answers.counts)
        for cell, problem, total, n in zip(*(c.tolist() for c in columns), strict=True):
            if cell in column_of:
                sums = added.setdefault(problem, {}).setdefault(column_of[cell], [0.0, 0.0])
                sums[0] += total
                sums[1] += n
        means = {p: {c: t / n for c, (t, n) in rows.items()} for p, rows in added.items()}
        short = [c for c in self.columns if c <= (figure.short or 0)]
        best = {}
        for problem, row in means.items():
            scores = [row[c] for c in short if c in row]
            if scores:
                best[problem] = base_score({"": scores}, len(scores)).score or 0.0
        return best, means

    def _of_base(self, figure: Figure, threshold: Threshold, answers: Answers) -> Effective | None:
        """Return up to where a model reaches a share of its base score.

        Each problem is its own control: what is compared is its mean at a length with the share
        of its own base, put on a scale of 0 to 1 so that the intervals of means apply.
        """
        base, means = self._base(figure, answers)
        if not base:
            return None
        share = threshold.value
        by_column = {}
        for column in self.columns:
            own = {p: row[column] for p, row in means.items() if column in row and p in base}
            if not own:
                return None
            scale = 1 + share
            # what is just reached is reached, whatever the last digit of a float is
            values = [(own[p] - share * base[p] + share) / scale + 1e-12 for p in own]
            by_column[column] = Problems(np.array(values), np.ones(len(values)))
        found = effective_length(by_column, Threshold(share / (1 + share)))
        if found is None:
            return None
        needed = float(share_of(sum(base.values()) / len(base), share))
        return found._replace(threshold=threshold, needed=needed)


def _mean_of(values: Mapping[int, float]) -> Value | None:
    if not values:
        return None
    problems = Problems(np.array(list(values.values())), np.ones(len(values)))
    mean = problems.mean
    return Value(mean, pass_rate(problems), mean, mean)
