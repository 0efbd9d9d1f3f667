"""Figures of the report, as plotly.js specifications (plain data)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from synthctx.suite import format_length

Row = dict[str, Any]
Figure = dict[str, Any]

# Okabe and Ito's palette: told apart by colour-blind readers too
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#8A8A8A")


def depth_label(depth: float | None) -> str:
    """Return a depth as people read it: 0.25 -> "25 %"."""
    return "all" if depth is None else f"{100 * depth:.4g} %"


def heatmap(cells: list[Row]) -> Figure:
    """Return the depth x length heatmap of one model on one task in one language.

    A cell without any scored answer is left open: missing is not 0.
    """
    lengths = sorted({c["length"] for c in cells})
    depths = sorted({c["depth"] for c in cells}, key=lambda d: (d is not None, d))
    at = {(c["depth"], c["length"]): c for c in cells}
    values, notes, marks = [], [], []
    for depth in depths:
        row = [at.get((depth, length)) for length in lengths]
        values.append([None if c is None else c["mean"] for c in row])
        notes.append([_note(c) for c in row])
        marks.append([_mark(c) for c in row])
    return {
        "data": [
            {
                "type": "heatmap",
                "x": [format_length(n) if n else "0k" for n in lengths],
                "y": [depth_label(d) for d in depths],
                "z": values,
                "text": marks,
                "texttemplate": "%{text}",
                "customdata": notes,
                "hovertemplate": "%{x}, depth %{y}<br>%{customdata}<extra></extra>",
                "hoverongaps": False,
                "colorscale": "Cividis",
                "zmin": 0,
                "zmax": 1,
                "xgap": 2,
                "ygap": 2,
                "showscale": False,
            }
        ],
        "layout": {
            "xaxis": {"type": "category", "title": {"text": "length", "standoff": 8}},
            "yaxis": {
                "type": "category",
                "autorange": "reversed",
                "title": {"text": "depth", "standoff": 10},
            },
            "height": max(150, 34 * len(depths) + 90),
        },
    }


def _mark(cell: Row | None) -> str:
    if cell is None or cell["mean"] is None:
        return "–"
    cut = "✂" if cell["truncated_prompt"] else ""
    return f"{cell['mean']:.2f}{cut}"


def _note(cell: Row | None) -> str:
    if cell is None or cell["mean"] is None:
        return "no answer scored"
    note = f"mean {cell['mean']:.3f}, pass rate {cell['pass_rate']:.3f}"
    note += f" [{cell['lo']:.3f}, {cell['hi']:.3f}]<br>{cell['scored']} of {cell['n']} scored"
    if cell["truncated_prompt"]:
        note += f"<br>{cell['truncated_prompt']} prompts were cut"
    return note


def curves(lengths: list[Row], models: list[str]) -> Figure:
    """Return pass rate over length with its interval, one line for each model and language."""
    several = len({row["language"] for row in lengths}) > 1
    data: list[dict[str, Any]] = []
    for number, (model, language) in enumerate(_series(lengths, models)):
        rows = [
            r
            for r in lengths
            if r["model"] == model and r["language"] == language and r["pass_rate"] is not None
        ]
        if not rows:
            continue
        colour = COLOURS[number % len(COLOURS)]
        name = f"{model} · {language}" if several and language else model
        x = [r["length"] or 512 for r in rows]
        band = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "showlegend": False}
        data += [
            {**band, "x": x, "y": [r["lo"] for r in rows], "legendgroup": name},
            {
                **band,
                "x": x,
                "y": [r["hi"] for r in rows],
                "fill": "tonexty",
                "fillcolor": _pale(colour),
                "legendgroup": name,
            },
            {
                "x": x,
                "y": [r["pass_rate"] for r in rows],
                "mode": "lines+markers",
                "name": name,
                "legendgroup": name,
                "line": {"color": colour, "width": 2},
                "marker": {"size": 7},
                "customdata": [
                    f"{r['pass_rate']:.3f} [{r['lo']:.3f}, {r['hi']:.3f}], "
                    f"{r['scored']} of {r['n']} scored"
                    for r in rows
                ],
                "hovertemplate": "%{customdata}<extra>%{fullData.name}</extra>",
            },
        ]
    ticks = sorted({r["length"] for r in lengths})
    return {
        "data": data,
        "layout": {
            "xaxis": {
                "type": "log",
                "tickvals": [t or 512 for t in ticks],
                "ticktext": [format_length(t) if t else "0k" for t in ticks],
                "title": {"text": "length"},
            },
            "yaxis": {"range": [-0.03, 1.03], "title": {"text": "pass rate"}, "tickformat": ".1f"},
            "height": 320,
            "showlegend": True,
        },
    }


def _series(rows: Iterable[Row], models: list[str]) -> list[tuple[str, str]]:
    found = {(r["model"], r["language"]) for r in rows}
    return sorted(found, key=lambda pair: (models.index(pair[0]), pair[1]))


def _pale(colour: str) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.16)"
