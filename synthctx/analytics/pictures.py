"""The report's pictures as PNG files: heatmaps, pass rate over length, pass rate over depth.

Drawn by matplotlib (the extra `png`), without a display. The same bench gives the same bytes
with the same matplotlib: no clock, no settings of the user, the font that comes with it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from synthctx.analytics.connect import connect
from synthctx.analytics.drawing import (
    COLOURS,
    DPI,
    INK,
    MARKERS,
    PALE,
    figure,
    label,
    lengths_as_text,
    need_matplotlib,
    save,
    style,
)
from synthctx.analytics.rates import Rate, Rates, Series, over_depths, over_lengths
from synthctx.analytics.wording import depth_name, spread
from synthctx.jsonio import text_digest
from synthctx.store import Bench
from synthctx.tables import slug

if TYPE_CHECKING:
    import duckdb
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SHORTEST = 512  # where a length of 0 stands on an axis of logarithms
_TOGETHER = 6  # lines with bands that can be told apart in one plane
_APART = 3.5  # points between the markers of neighbours
_PLACES = 3  # of fewer depths a profile says nothing
_CUT = "#D55E00"
_CELLS = """
select task, coalesce(language, '') as language, model, length, depth, n, scored,
    truncated_prompt, mean
from cells order by all
"""
Line = tuple[str, Mapping[float, Rate]]


class _Cell(NamedTuple):
    length: int
    row: float | str | None  # the depth, or the model where a test has no depths
    n: int
    scored: int
    truncated: int
    mean: float | None


def write_pictures(
    bench: str | Path | Bench, folder: str | Path, *, more: Sequence[str | Path | Bench] = ()
) -> list[Path]:
    """Write the pictures of a bench into a folder, which is made if need be; return their paths.

    For each test and language TEST.LANGUAGE.heatmap.MODEL.png (one for all models where the test
    has no depths: TEST.LANGUAGE.heatmap.png), TEST.LANGUAGE.lengths.png with two lengths or more,
    and TEST.LANGUAGE.depths.png with three depths or more. In names "/" is "--".

    Args:
        bench: the bench folder.
        folder: where to.
        more: further benches; a sample that stands in several is counted once.

    Raises:
        SuiteError: matplotlib is not installed.
        StoreError: there is no bench, or a picture cannot be written.
    """
    need_matplotlib()
    with connect(bench, *more) as connection, style():
        return [save(made, Path(folder) / name) for name, made in _pictures(connection)]


def file_name(*parts: str) -> str:
    """Return the name of a picture's file, of letters that every system takes.

    Different parts never share a name.
    """
    return ".".join([*(_safe(part) for part in parts if part), "png"])


def _safe(part: str) -> str:
    name = slug(part.replace("/", "--"))
    # "--" must stand for a stroke only
    ambiguous = "--" in part or "/-" in part or "-/" in part or "//" in part
    return f"{name}-{text_digest(part)[:8]}" if ambiguous else name


def _pictures(connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, Figure]]:
    """Yield file names and figures, one after the other: one is held at a time."""
    cells = _cells(connection)
    lengths, depths = over_lengths(connection), over_depths(connection)
    for task, language in dict.fromkeys((s.task, s.language) for s in cells):
        own = {s.model: cells[s] for s in cells if (s.task, s.language) == (task, language)}
        names = (task, language)
        if any(len({c.row for c in of}) > 1 for of in own.values()):
            for model, of in own.items():
                if any(c.scored for c in of):
                    yield file_name(*names, "heatmap", model), heatmap(of, _title(*names), model)
        elif any(c.scored for of in own.values() for c in of):
            rows = [c._replace(row=model) for model, of in own.items() for c in of]
            yield file_name(*names, "heatmap"), heatmap(rows, _title(*names), None)
        lines = _lines(lengths, task, language, own)
        if len({n for _, of in lines for n in of}) > 1:
            yield file_name(*names, "lengths"), length_curves(lines, _title(*names))
        lines = _lines(depths, task, language, own)
        if len({d for _, of in lines for d in of}) >= _PLACES:
            yield file_name(*names, "depths"), depth_profiles(lines, _title(*names))


def _cells(connection: duckdb.DuckDBPyConnection) -> dict[Series, list[_Cell]]:
    found: dict[Series, list[_Cell]] = {}
    for task, language, model, length, depth, *rest in connection.execute(_CELLS).fetchall():
        found.setdefault(Series(task, language, model), []).append(_Cell(length, depth, *rest))
    return found


def _lines(rates: Rates, task: str, language: str, models: Iterable[str]) -> list[Line]:
    found = [(model, rates.get(Series(task, language, model))) for model in models]
    return [(model, of) for model, of in found if of]


def _title(task: str, language: str) -> str:
    return f"{task} · {language}" if language else task


def _head(axes: Axes, title: str, below: str) -> None:
    """Write a bold title, and a line below it, from the left edge of what is drawn."""
    above: dict[str, Any] = {
        "xycoords": "axes fraction",
        "textcoords": "offset points",
        "annotation_clip": False,
    }
    lift = 19 if below else 7
    axes.annotate(
        label(title, 80), (0, 1), (0, lift), **above, weight="bold", fontsize=10.5, color=INK
    )
    if below:
        axes.annotate(below, (0, 1), (0, 6), **above, fontsize=8.5, color="#555555")


# ---------------------------------------------------------------- depth x length


def heatmap(cells: Sequence[_Cell], title: str, model: str | None) -> Figure:
    """Return the heatmap of mean scores, depth (or model) by length.

    A cell without a scored answer is hatched, one with a cut prompt has a marked corner; where
    there is room a cell says its mean and of how many answers it is.

    Args:
        cells: of one test in one language.
        title: of the picture.
        model: whose scores they are; None when the rows of the picture are models.
    """
    columns = sorted({c.length for c in cells})
    rows = _rows(cells)
    wide = min(0.8, max(0.3, 6.4 / len(columns)))
    high = min(0.42, max(0.13, 5.2 / len(rows)))
    made = figure(wide * len(columns) + 2.5, high * len(rows) + 1.4)
    width, height = made.get_size_inches()
    box = (1.4 / width, 0.6 / height, wide * len(columns) / width, high * len(rows) / height)
    axes = made.add_axes(box)
    _paint(axes, cells, rows, columns, (wide, high))
    axes.set_xlabel("length (tokens)")
    axes.set_ylabel("depth" if model is not None else "")
    asked = [c.n for c in cells]
    each = f"{spread(asked, 'sample')} a cell"
    _head(axes, title, each if model is None else f"{label(model)} · {each}")
    _scale(made, axes)
    _legend_of_cells(axes, cells)
    return made


def _rows(cells: Sequence[_Cell]) -> list[Any]:
    found = list(dict.fromkeys(c.row for c in cells))
    if any(isinstance(row, str) for row in found):
        return found
    return sorted(found, key=lambda d: (d is not None, d))


def _paint(
    axes: Axes,
    cells: Sequence[_Cell],
    rows: list[Any],
    columns: list[int],
    size: tuple[float, float],
) -> None:
    import numpy as np

    table = np.full((len(rows), len(columns)), np.nan)
    places = {c: (rows.index(c.row), columns.index(c.length)) for c in cells}
    for cell, place in places.items():
        table[place] = np.nan if cell.mean is None else cell.mean
    axes.set_facecolor(PALE)
    axes.patch.set_hatch("////")
    axes.imshow(
        table,
        cmap="cividis",
        vmin=0,
        vmax=1,
        aspect="auto",
        interpolation="nearest",
    )
    for cell, (y, x) in places.items():
        _write(axes, cell, x, y, size)
    axes.set_xticks(np.arange(len(columns) + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(len(rows) + 1) - 0.5, minor=True)
    axes.grid(which="minor", color="white", linewidth=1.2)
    axes.tick_params(which="both", length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    _ticks(axes, rows, columns, size)


def _ticks(axes: Axes, rows: list[Any], columns: list[int], size: tuple[float, float]) -> None:
    every = max(1, round(0.5 / size[0] + 0.2))
    axes.set_xticks(range(0, len(columns), every), lengths_as_text(columns)[::every])
    each = max(1, round(0.17 / size[1] + 0.2))
    names = [row if isinstance(row, str) else _row_name(row) for row in rows]
    axes.set_yticks(range(0, len(rows), each), [label(name, 30) for name in names[::each]])


def _row_name(depth: float | None) -> str:
    return "all" if depth is None else depth_name(depth)


def _write(axes: Axes, cell: _Cell, x: int, y: int, size: tuple[float, float]) -> None:
    """Write what a cell holds, and mark its corner when a prompt of it was cut."""
    wide, high = size
    if cell.truncated:
        axes.fill(
            [x + 0.5, x + 0.5 - 0.13 / wide, x + 0.5],
            [y - 0.5, y - 0.5, y - 0.5 + 0.13 / high],
            facecolor=_CUT,
            edgecolor="white",
            linewidth=0.6,
            zorder=3,
        )
    if cell.mean is None or wide < 0.34 or high < 0.16:
        return
    ink = "white" if cell.mean < 0.55 else "black"
    middle: dict[str, Any] = {"ha": "center", "va": "center", "color": ink, "zorder": 4}
    room = high >= 0.34 and wide >= 0.5
    axes.text(x, y - (0.07 / high if room else 0), f"{cell.mean:.2f}", fontsize=8, **middle)
    if room:
        share = f"{cell.scored:,}" if cell.scored == cell.n else f"{cell.scored:,}/{cell.n:,}"
        share = share if len(share) > 8 else f"n={share}"
        axes.text(x, y + 0.1 / high, share, fontsize=5.8, **middle)


def _scale(made: Figure, axes: Axes) -> None:
    box = axes.get_position()
    width, height = made.get_size_inches()
    tall = max(box.height, 0.9 / height)
    place = (box.x1 + 0.14 / width, box.y1 - tall, 0.13 / width, tall)
    bar = made.colorbar(axes.images[0], cax=made.add_axes(place), ticks=[0, 0.5, 1])
    bar.set_label("mean score", fontsize=8)
    bar.outline.set_visible(False)
    bar.ax.tick_params(length=2, labelsize=7.5)


def _legend_of_cells(axes: Axes, cells: Sequence[_Cell]) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    whole = {(c.row, c.length) for c in cells if c.scored}
    rows, columns = {c.row for c in cells}, {c.length for c in cells}
    handles: list[Any] = []
    if len(whole) < len(rows) * len(columns):
        handles.append(Patch(facecolor=PALE, hatch="//////", label="no scored answer"))
    if cut := sum(c.truncated for c in cells):
        edge = [(-1, 1), (1, 1), (1, -1), (-1, 1)]
        corner = Line2D([], [], linestyle="", marker=edge, markersize=7, color=_CUT)
        corner.set_label(f"with cut prompts ({cut:,} in all)")
        handles.append(corner)
    if handles:
        down = -0.5 / float(axes.bbox.height / DPI)
        axes.legend(
            handles=handles,
            loc="upper left",
            bbox_to_anchor=(0, down),
            ncols=2,
            frameon=False,
            borderpad=0,
            borderaxespad=0,
        )


# ---------------------------------------------------------------- lines with bands


def length_curves(lines: Sequence[Line], title: str) -> Figure:
    """Return pass rate over length, one line with its 95 % band for each model."""
    shown = sorted({int(n) for _, of in lines for n in of})
    kept = _thinned(shown)
    made = _planes(lines, "length (tokens)")
    for axes, some in zip(made.axes, _panels(lines), strict=True):
        axes.set_xscale("log", base=2)
        _draw(axes, [(name, {max(n, SHORTEST): r for n, r in of.items()}) for name, of in some])
        axes.set_xlim(max(shown[0], SHORTEST) / 1.15, shown[-1] * 1.15)
        axes.minorticks_off()
        axes.set_xticks([max(n, SHORTEST) for n in kept], [kept[n] for n in kept])
    _head(made.axes[0], title, _about(lines))
    return made


def depth_profiles(lines: Sequence[Line], title: str) -> Figure:
    """Return pass rate over depth, all lengths together, one line with its band for each model."""
    made = _planes(lines, "depth of the evidence")
    for axes, some in zip(made.axes, _panels(lines), strict=True):
        _draw(axes, some)
        axes.set_xlim(-0.03, 1.03)
        axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0 %", "25 %", "50 %", "75 %", "100 %"])
    _head(made.axes[0], title, f"{_about(lines)}; all lengths together")
    return made


def _panels(lines: Sequence[Line]) -> list[Sequence[Line]]:
    """Return the lines in groups, as even as can be, of no more than can be told apart."""
    count = -(-len(lines) // _TOGETHER)
    size = -(-len(lines) // count)
    return [lines[i : i + size] for i in range(0, len(lines), size)]


def _planes(lines: Sequence[Line], across: str) -> Figure:
    """Return a figure with a plane for each group of lines, one below the other."""
    count = len(_panels(lines))
    high = 0.9 + 3.1 * count
    made = figure(7.4, high)
    for number in range(count):
        axes = made.add_axes((0.1, (high - 3.2 - 3.1 * number) / high, 0.6, 2.7 / high))
        axes.set_ylim(-0.03, 1.03)
        axes.set_yticks([0, 0.2, 0.4, 0.6, 0.8, 1.0])
        axes.grid(axis="y", color="#DDDDDD", linewidth=0.6)
        axes.set_axisbelow(True)
        axes.set_ylabel("pass rate")
    axes.set_xlabel(across)
    return made


def _draw(axes: Axes, lines: Sequence[Line]) -> None:
    """Draw the lines of one plane, a little apart; bands are paler where there are many."""
    from matplotlib.transforms import ScaledTranslation

    shade = 0.2 if len(lines) <= 3 else 0.11
    middle = (len(lines) - 1) / 2
    for n, ((name, of), colour, marker) in enumerate(zip(lines, COLOURS, MARKERS, strict=False)):
        # equal ones would hide each other
        aside = ScaledTranslation((n - middle) * _APART / 72, 0, axes.figure.dpi_scale_trans)
        place = axes.transData + aside
        at = sorted(of)
        rates = [of[place].rate for place in at]
        low, high = [r.low for r in rates], [r.high for r in rates]
        axes.fill_between(at, low, high, color=colour, alpha=shade, linewidth=0, transform=place)
        if len(at) == 1:  # a band of no width: a bar
            axes.vlines(at, low, high, color=colour, alpha=0.6, linewidth=1, transform=place)
        axes.plot(
            at,
            [r.value for r in rates],
            color=colour,
            marker=marker,
            linewidth=1.6,
            markersize=5.5,
            markeredgecolor="white",
            markeredgewidth=0.6,
            label=label(name),
            clip_on=False,
            transform=place,
        )
    # handles are given: a name that begins with "_" would be left out if they were looked for
    axes.legend(
        axes.get_lines(),
        [str(line.get_label()) for line in axes.get_lines()],
        loc="upper left",
        bbox_to_anchor=(1.02, 1.0),
        frameon=False,
    )


def _about(lines: Sequence[Line]) -> str:
    problems = [max(rate.problems for rate in of.values()) for _, of in lines]
    answers = [sum(rate.scored for rate in of.values()) for _, of in lines]
    return f"95 % intervals over {spread(problems, 'problem')}; {spread(answers, 'answer')} a model"


def _thinned(lengths: Sequence[int]) -> dict[int, str]:
    """Return the lengths that an axis of logarithms has room to name, ends first, as text."""
    places = {n: math.log2(max(n, SHORTEST)) for n in lengths}
    span = max(places.values()) - min(places.values()) or 1.0
    names = dict(zip(lengths, lengths_as_text(lengths), strict=True))
    room = (0.017 * max(map(len, names.values())) + 0.02) * span
    kept: list[int] = []
    for length in [lengths[0], lengths[-1], *reversed(lengths[1:-1])]:
        if all(abs(places[length] - places[other]) >= room for other in kept):
            kept.append(length)
    return {n: names[n] for n in sorted(kept)}
