"""The data of the report's page: plain lists, columns instead of rows, bounded.

Every name is a place in a list of names, every figure has six digits, so that the scripts in
templates/, which draw from it, round as everything else does. Nothing here is HTML.
"""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from synthctx.analytics.effective import Effective, Threshold
from synthctx.analytics.excerpts import Excerpt, reference_text
from synthctx.analytics.gathered import Gathered, Row, Together, rows_of
from synthctx.analytics.rates import over_depths
from synthctx.suite import format_length

if TYPE_CHECKING:
    import duckdb

    from synthctx.analytics.comparison import Comparison
    from synthctx.analytics.curves import Curve
    from synthctx.analytics.resampling import Interval
    from synthctx.analytics.stats import Statistics

CELLS = 12_000
LINES = 1_200  # of the table: one model on one test in one language
SAMPLE_BYTES = 1_000_000

_TENTHS = """
select p.task, '' as language, p.model, '' as arrangement, p.tenth, p.n, p.pass_rate as rate,
    p.lo, p.hi
from positions p
where p.n > 0 and p.task not in (select task from samples where depth is not null)
order by all
"""
# as the view of that name, all lengths together
_DEMONSTRATIONS = """
with placed as (
    select sample_id, group_id, task, coalesce(language, '') as language,
        coalesce(params ->> '$.order', '') as arrangement,
        tenth_of(middle_of(evidence)) as tenth
    from samples
    where lies_in_places(evidence, rule_params)
),
added as (
    select p.task, p.language, a.model, p.arrangement, p.tenth, p.group_id,
        count(a.score) as n, count(*) filter (passes(a.score)) as passed
    from answers a
    join placed p using (sample_id)
    group by all
)
select task, language, model, arrangement, tenth,
    sum(n)::bigint as n, sum(passed) / sum(n) as rate,
    share_low(by_problem(passed, n)) as lo, share_high(by_problem(passed, n)) as hi
from added
group by all having sum(n) > 0 order by all
"""


def data_of(
    connection: duckdb.DuckDBPyConnection, gathered: Gathered, samples: Sequence[Excerpt]
) -> dict[str, Any]:
    """Return what the scripts of the page draw from."""
    places = _Places(gathered)
    cells, without = _bounded_cells(gathered)
    at = {_cell_key(row): number for number, row in enumerate(cells)}
    lines = gathered.statistics[:LINES]
    return {
        "models": gathered.models,
        "tests": gathered.tests,
        "languages": gathered.languages,
        "lengths": {str(n): format_length(n) for n in gathered.lengths},
        "thresholds": [threshold_title(t) for t in gathered.thresholds],
        "together": [_together(row, places, gathered.thresholds) for row in gathered.together],
        "lines": [_line(row, places, gathered.thresholds) for row in lines],
        "lines_left_out": len(gathered.statistics) - len(lines),
        "cells": _columns(cells, places),
        "cells_without": without,
        "flags": places.flags,
        "depths": _depths(connection, places, {(r.task, r.model, r.language or "") for r in lines}),
        "tenths": _tenths(rows_of(connection, _TENTHS), places),
        "demonstrations": _tenths(rows_of(connection, _DEMONSTRATIONS), places),
        "compared": [places.models[m] for m in gathered.compared],
        "pairs": [_pair(row, places) for row in [*gathered.pairs, *gathered.at_lengths]],
        "samples": _samples(samples, at),
    }


class _Places:
    """The place of every name in its list."""

    def __init__(self, gathered: Gathered) -> None:
        self.models = {name: n for n, name in enumerate(gathered.models)}
        self.tests = {name: n for n, name in enumerate(gathered.tests)}
        self.languages = {name: n for n, name in enumerate(gathered.languages)}
        self.flags = sorted({flag for row in gathered.cells for flag in row["flags"]})

    def of(self, task: str, model: str, language: str | None) -> list[int]:
        return [self.models[model], self.tests[task], self.languages[language or ""]]


def threshold_title(threshold: Threshold) -> str:
    """Return a threshold in words."""
    known = {"absolute 0.856": "85.6 (RULER)", "0.85 of base": "85 % of base (NoLiMa)"}
    return known.get(threshold.name, f"{100 * threshold.value:g} (asked for)")


def _number(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.6g}")


def _interval(interval: Interval | None) -> list[float | None] | None:
    return None if interval is None else [_number(value) for value in interval]


def _effective(found: Effective | None) -> list[Any] | None:
    """Return (resolved, in words, estimate, for sorting, needed score, as papers count)."""
    if found is None:
        return None
    low, high = found.low or 0, found.high or 0
    below = f"below {format_length(found.tested[0])}"
    estimate = below if found.length is None else format_length(found.length)
    published = "none" if found.published is None else format_length(found.published)
    words = found.text.removeprefix("not resolved (").removesuffix(")")
    rank = float(found.length or 0) + (low + high) / 1e9
    return [int(found.resolved), words, estimate, rank, _number(found.needed), published]


def _together(row: Together, places: _Places, thresholds: Sequence[Threshold]) -> list[Any]:
    return [
        row.group,
        row.kind,
        places.models[row.model],
        row.tests,
        row.asked,
        row.n,
        row.scored,
        _number(row.score),
        _number(row.paper),
        _number(row.rate),
        [_effective(row.effective.get(t.name)) for t in thresholds],
    ]


def _line(row: Statistics, places: _Places, thresholds: Sequence[Threshold]) -> dict[str, Any]:
    out: dict[str, Any] = {
        "at": places.of(row.task, row.model, row.language),
        "n": row.n,
        "scored": row.scored,
        "score": _interval(row.score),
        "paper": _number(row.paper),
        "rate": _interval(row.rate),
        "floor": _number(row.floor),
        "effective": [_effective(row.effective.get(t.name)) for t in thresholds],
        "points": [
            [length, found.n, *(_interval(found.rate) or [None] * 3), *map(_number, found[1:3])]
            for length, found in row.lengths.items()
        ],
    }
    if row.curve is not None:
        out["curve"] = _curve(row.curve)
    if row.profile is not None:
        profile = row.profile
        ends = (profile.head, profile.middle, profile.tail)
        out["profile"] = {
            "means": [_number(value) for value in ends],
            "loss": _interval(profile.loss),
            "verdict": profile.verdict(),
            "p": _number(profile.p),
            "bias": _interval(profile.bias),
            "bias_p": _number(profile.bias_p),
            "problems": profile.problems,
        }
    if row.versions is not None:
        out["versions"] = [_number(value) for value in row.versions]
    if row.steps is not None:
        out["steps"] = [_number(value) for value in row.steps]
    return out


def _curve(curve: Curve) -> list[float | None]:
    return [_number(v) for v in (curve.half, curve.low, curve.high, curve.slope, curve.misfit)]


# ---------------------------------------------------------------- cells


def _bounded_cells(gathered: Gathered) -> tuple[list[Row], list[str]]:
    """Return the cells of whole tests as long as there is room, and the tests left out."""
    counts: dict[str, int] = {}
    for row in gathered.cells:
        counts[row["task"]] = counts.get(row["task"], 0) + 1
    room, kept = CELLS, set()
    for test, count in sorted(counts.items(), key=lambda item: (item[1], item[0])):
        if count <= room:
            room -= count
            kept.add(test)
    cells = [row for row in gathered.cells if row["task"] in kept]
    return cells, [test for test in gathered.tests if test not in kept]


def _cell_key(row: Row) -> tuple[Any, ...]:
    return (row["task"], row["model"], row["language"] or "", row["length"], row["depth"])


_NAMED = ("model", "test", "language")


def _columns(cells: Sequence[Row], places: _Places) -> dict[str, list[Any]]:
    at = [places.of(row["task"], row["model"], row["language"]) for row in cells]
    flags = {name: n for n, name in enumerate(places.flags)}
    names = ("length", "depth", "n", "scored", "unreadable", "failed", "unfinished")
    figures = {"mean": "mean", "paper": "paper", "rate": "pass_rate", "lo": "lo", "hi": "hi"}
    return {
        **{name: [place[n] for place in at] for n, name in enumerate(_NAMED)},
        **{name: [row[name] for row in cells] for name in names},
        **{short: [_number(row[name]) for row in cells] for short, name in figures.items()},
        "cut": [row["truncated_prompt"] for row in cells],
        "flags": [[flags[flag] for flag in row["flags"]] for row in cells],
    }


# ---------------------------------------------------------------- places of the evidence


def _depths(
    connection: duckdb.DuckDBPyConnection, places: _Places, kept: Container[tuple[str, str, str]]
) -> list[list[Any]]:
    """Return pass rates by the depth asked for: [model, test, language, points]."""
    asked = {row[0] for row in connection.execute(_ASKED).fetchall()}
    out: list[list[Any]] = []
    for series, rates in over_depths(connection).items():
        line = (series.task, series.model, series.language)
        if series.task in asked and len(rates) > 1 and line in kept:
            points = [
                [_number(depth), *(_interval(found.rate) or ()), found.scored]
                for depth, found in sorted(rates.items())
            ]
            out.append([*places.of(*line), points])
    return out


_ASKED = "select distinct task from samples where depth is not null"


def _tenths(rows: Iterable[Row], places: _Places) -> list[list[Any]]:
    """Return pass rates by tenth of the context: [model, test, language, arrangement, points]."""
    found: dict[tuple[Any, ...], list[Any]] = {}
    for row in rows:
        language = places.languages.get(row["language"], 0)
        key = (
            places.models[row["model"]],
            places.tests[row["task"]],
            language,
            row["arrangement"],
        )
        point = [row["tenth"], *(_number(row[n]) for n in ("rate", "lo", "hi")), row["n"]]
        found.setdefault(key, []).append(point)
    return [[*key, points] for key, points in found.items() if len(points) > 1]


def _pair(row: Comparison, places: _Places) -> list[Any]:
    return [
        places.models[row.model_a],
        places.models[row.model_b],
        places.tests[row.task],
        row.length,
        row.n,
        row.problems,
        row.only_a,
        row.only_b,
        _interval(row.difference),
        *(_number(p) for p in (row.mcnemar, row.p, row.p_holm)),
    ]


# ---------------------------------------------------------------- samples


def _samples(samples: Sequence[Excerpt], at: Mapping[tuple[Any, ...], int]) -> list[Row]:
    """Return samples with the number of their cell, as many as there is room for."""
    out: list[Row] = []
    room = SAMPLE_BYTES
    for excerpt in samples:
        row = excerpt.row
        cell = at.get(_cell_key(row))
        if cell is None:
            continue
        found = {
            "cell": cell,
            "id": row["sample_id"],
            "attempt": row["attempt"],
            "score": _number(row["score"]),
            "paper": _number(row["paper"]),
            "status": row["status"],
            "flags": row["flags"] or [],
            "reference": reference_text(row["reference"]),
            "params": row["params"] or "",
            "extracted": row["extracted"],
            "why": row["explanation"] or "",
            "output": row["output"],
            "characters": row["characters"],
            "error": row["error"],
            "prompt": excerpt.prompt,
            "pieces": row["pieces"] or 0,
            "missing": excerpt.why,
        }
        room -= len(script_json(found))
        if room < 0:
            break
        out.append(found)
    return out


def script_json(value: Any) -> str:
    """Return JSON that is safe inside a script element, whatever names and texts hold."""
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
