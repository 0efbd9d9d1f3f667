"""The results as one self-contained HTML page: no network, light and dark, any screen."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthctx.analytics.connect import connect, named_query
from synthctx.analytics.figures import curves, heatmap
from synthctx.store import Bench, atomic
from synthctx.suite import format_length

if TYPE_CHECKING:
    import duckdb

FAILURES = 500
_HEAD = 240  # characters of a text shown in the table of failures

Row = dict[str, Any]


def write_report(bench: str | Path | Bench, path: str | Path, *, title: str | None = None) -> Path:
    """Write the report of a bench; return its path.

    Args:
        bench: the bench folder.
        path: the HTML file to write.
        title: heading, by default the suite's name.

    Raises:
        StoreError: there is no bench, a file in it is damaged, or the page cannot be written.
    """
    import jinja2
    from plotly.offline import get_plotlyjs

    the_bench = Bench.open(bench)
    manifest = the_bench.manifest()
    with connect(the_bench) as connection:
        context = _context(connection, manifest)
    context["title"] = title or manifest["suite"].get("name") or the_bench.path.name
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("synthctx.analytics", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = environment.get_template("report.html.j2").render(**context, plotly=get_plotlyjs())
    with atomic(Path(path)) as temporary:
        temporary.write_text(page, encoding="utf-8")
    return Path(path)


def _rows(connection: duckdb.DuckDBPyConnection, sql: str) -> list[Row]:
    found = connection.execute(sql)
    names = [column[0] for column in found.description or []]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _context(connection: duckdb.DuckDBPyConnection, manifest: Row) -> Row:
    cells = _rows(connection, "select * from cells")
    lengths = _rows(connection, "select * from lengths order by length")
    summary = _rows(connection, named_query("summary"))
    models = sorted({row["model"] for row in cells})
    figures: dict[str, Row] = {}
    sections: list[Row] = []
    for task in sorted({row["task"] for row in cells}):
        own = [c for c in cells if c["task"] == task]
        number = len(sections)
        line = f"curve-{number}"
        figures[line] = curves([row for row in lengths if row["task"] == task], models)
        sections.append(
            {
                "task": task,
                "curve": line,
                "maps": _maps(own, models, number, figures),
                "rows": _summary(connection, [r for r in summary if r["task"] == task], task),
            }
        )
    total = _rows(connection, "select count(*) as n from failures")[0]["n"]
    return {
        "manifest": manifest,
        "facts": _facts(manifest, cells, models),
        "sections": sections,
        "figures": _script_json(figures),
        "failures": _failures(connection),
        "failures_total": total,
        "failures_shown": FAILURES,
    }


def _maps(cells: list[Row], models: list[str], number: int, figures: dict[str, Row]) -> list[Row]:
    out: list[Row] = []
    languages = sorted({c["language"] for c in cells})
    for model in models:
        for language in languages:
            own = [c for c in cells if c["model"] == model and c["language"] == language]
            if any(c["scored"] for c in own):
                id = f"map-{number}-{len(out)}"
                figures[id] = heatmap(own)
                name = f"{model} · {language}" if len(languages) > 1 and language else model
                out.append({"id": id, "name": name})
    return out


def _summary(connection: duckdb.DuckDBPyConnection, rows: list[Row], task: str) -> list[Row]:
    """Add effective lengths and flags to the summary rows of a task."""
    effective = connection.execute(
        "select model, language, effective_length, longest_tested from effective_length "
        "where task = ? and threshold like 'absolute%' order by language",
        [task],
    ).fetchall()
    flags = connection.execute(
        "select model, flag, count(*) from (select model, unnest(flags) as flag from results "
        "where task = ?) group by all order by flag",
        [task],
    ).fetchall()
    for row in rows:
        reached = [_reached(e[2], e[3]) for e in effective if e[0] == row["model"]]
        row["effective"] = " / ".join(reached)
        row["flags"] = ", ".join(f"{f[1]} {f[2]}" for f in flags if f[0] == row["model"])
    return rows


def _reached(length: int | None, longest: int) -> str:
    if length is None:
        return "below all"
    return ("≥ " if length == longest else "") + (format_length(length) if length else "0k")


def _facts(manifest: Row, cells: list[Row], models: list[str]) -> list[tuple[str, str]]:
    samples = manifest.get("rows", {}).get("samples")
    tokenizer = manifest.get("tokenizer", {})
    versions = manifest.get("versions", {})
    facts = [
        ("models", str(len(models))),
        ("tests", str(len({c["task"] for c in cells}))),
        ("samples", f"{samples:,}" if samples is not None else ""),
        ("seed", str(manifest.get("seed") if manifest.get("seed") is not None else "")),
        ("lengths in tokens of", str(tokenizer.get("name", ""))),
        ("fingerprint", str(manifest.get("fingerprint", ""))),
        ("synthctx", str(versions.get("synthctx", ""))),
    ]
    return [(name, value) for name, value in facts if value]


def _failures(connection: duckdb.DuckDBPyConnection) -> list[Row]:
    rows = _rows(connection, f"{named_query('failures').rstrip()} limit {FAILURES}")
    for row in rows:
        row["length"] = format_length(row["length"]) if row["length"] else "0k"
        row["depth"] = "" if row["depth"] is None else f"{row['depth']:.4g}"
        row["score"] = "" if row["score"] is None else f"{row['score']:.2f}"
        row["output_head"] = row["output_head"] or row["error"] or ""
        row["flags"] = ", ".join(row["flags"] or [])
        for name in ("reference", "extracted", "explanation"):
            text = row[name] or ""
            row[name] = text if len(text) <= _HEAD else text[:_HEAD] + "…"
    return rows


def _script_json(value: Any) -> str:
    """Return JSON that is safe inside a script element, whatever model names hold."""
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
