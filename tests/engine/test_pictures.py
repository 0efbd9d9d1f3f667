"""The pictures as files: which there are, what they show, and that they never change."""

from __future__ import annotations

import itertools
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pytest
from matplotlib import font_manager
from matplotlib.figure import Figure

from synthctx.analytics import drawing
from synthctx.analytics.pictures import (
    _Cell,
    depth_profiles,
    file_name,
    heatmap,
    length_curves,
    write_pictures,
)
from synthctx.analytics.rates import Rate
from synthctx.analytics.resampling import Interval
from synthctx.errors import StoreError
from synthctx.store import Bench, read_rows, write_rows
from tests.conftest import Cli
from tests.engine.test_analytics import scored, simulate

HOSTILE = "$\\frac{ 甲 <b>\x1b[31m ../_x"


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """Two models of the simulated bench, one of them with cut prompts, and one of an odd name."""
    made = simulate(tmp_path_factory.mktemp("pictures") / "bench")
    path = made.model_parts("scores", "good/1")[0]
    rows = []
    for row in read_rows(path):
        cut = row["sample_id"].startswith("sim/one-131072-1.0")
        rows.append({**row, "metrics": [], "flags": ["truncated_prompt"] if cut else []})
    write_rows(path, "scores", rows)
    odd = [scored(row["sample_id"], HOSTILE, 0.25) for row in rows]
    write_rows(made.next_model_part("scores", HOSTILE), "scores", odd)
    return made


@pytest.fixture(scope="module")
def drawn(bench: Bench, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return write_pictures(bench, tmp_path_factory.mktemp("drawn") / "new" / "folder")


@pytest.fixture
def styled() -> Iterator[None]:
    with drawing.style():
        yield


def texts(figure: Figure) -> list[str]:
    figure.draw_without_rendering()
    from matplotlib.text import Text

    return [found.get_text() for found in figure.findobj(Text) if found.get_text()]


def chunks(png: bytes) -> list[bytes]:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    kinds, at = [], 8
    while at < len(png):
        size = int.from_bytes(png[at : at + 4], "big")
        kinds.append(png[at + 4 : at + 8])
        at += size + 12
    return kinds


# ---------------------------------------------------------------- files


def test_a_picture_for_each_model_and_test(drawn: list[Path]) -> None:
    names = [path.name for path in drawn]
    assert names[-2:] == ["sim--one.en.lengths.png", "sim--one.en.depths.png"]
    assert {"sim--one.en.heatmap.good--1.png", "sim--one.en.heatmap.short.png"} < set(names)
    assert len(names) == len(set(names)) == 5
    assert all(name.isascii() and not set(name) & set('/\\:*?"<>| $') for name in names)


def test_names_of_files_are_never_shared() -> None:
    odd = ["a/b", "a--b", "a-/b", "a/-b", "a//b", "a b", "a.b", "A/b"]
    names = {file_name(model) for model in odd}
    assert len(names) == len(odd)
    assert file_name("ruler/vt", "", "m") == "ruler--vt.m.png"
    assert len(file_name("x" * 500, "en", "heatmap", "甲" * 500)) < 240


def test_the_same_bytes_whatever_the_user_has_set(
    bench: Bench, drawn: list[Path], tmp_path: Path
) -> None:
    before = dict(matplotlib.rcParams)
    with matplotlib.rc_context({"axes.facecolor": "black", "font.size": 20, "savefig.dpi": 30}):
        again = write_pictures(bench, tmp_path)
    assert [path.read_bytes() for path in again] == [path.read_bytes() for path in drawn]
    assert dict(matplotlib.rcParams) == before
    assert set(chunks(drawn[0].read_bytes())) == {b"IHDR", b"pHYs", b"IDAT", b"IEND"}


def test_another_process_draws_the_same_without_pyplot(
    bench: Bench, drawn: list[Path], tmp_path: Path
) -> None:
    script = (
        "import sys\nfrom synthctx.analytics.pictures import write_pictures\n"
        f"write_pictures({str(bench.path)!r}, {str(tmp_path)!r})\n"
        "print('matplotlib.pyplot' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", script], capture_output=True)
    assert done.stdout.decode().split() == ["False"], done.stderr.decode()
    for path in drawn:
        assert (tmp_path / path.name).read_bytes() == path.read_bytes()


def test_a_folder_that_cannot_be_written_is_named(bench: Bench) -> None:
    with pytest.raises(StoreError, match="cannot write"):
        write_pictures(bench, "/proc/nowhere")


# ---------------------------------------------------------------- what they show


def cell(length: int, row: Any, mean: float | None, n: int = 4, scored: int = 4) -> _Cell:
    return _Cell(length, row, n, scored if mean is not None else 0, 0, mean)


def test_a_heatmap_says_means_counts_gaps_and_cuts(styled: None) -> None:
    cells = [cell(4096, 0.0, 1.0), cell(8192, 0.0, 0.5, scored=3), cell(4096, 1.0, None)]
    made = heatmap([*cells, cell(8192, 1.0, 0.25)._replace(truncated=2)], "t/x", HOSTILE)
    said = texts(made)
    for text in ("1.00", "0.50", "0.25", "n=4", "n=3/4", "4k", "8k", "0 %", "100 %", "t/x"):
        assert text in said, text
    assert "no scored answer" in said
    assert "with cut prompts (2 in all)" in said
    (image,) = made.axes[0].images
    shown = image.get_array()
    assert shown is not None
    assert np.isnan(np.ma.filled(shown, np.nan)).tolist() == [[False, False], [True, False]]
    assert image.get_cmap().name == "cividis"
    assert image.get_clim() == (0, 1)
    assert made.axes[0].patch.get_hatch()
    assert len(made.axes[0].patches) == 1  # the corner of the cut one


def test_a_test_without_depths_has_the_models_in_its_rows(styled: None) -> None:
    cells = [cell(n, model, 0.5) for model in ("a", "b") for n in (4096, 8192)]
    said = texts(heatmap(cells, "t/x", None))
    assert {"a", "b", "t/x"} <= set(said)
    assert "depth" not in said
    assert not any("no scored" in text for text in said)


def test_a_fine_grid_has_no_numbers_and_fewer_labels(styled: None) -> None:
    cells = [cell(1000 + 400 * i, j / 34, 1.0, 1, 1) for i in range(35) for j in range(35)]
    made = heatmap(cells, "niah/single", "m")
    said = texts(made)
    assert "1.00" not in said
    assert "1,000" in said
    shown = [t.get_text() for t in made.axes[0].get_xticklabels()]
    assert shown[:2] == ["1,000", "1,800"]
    assert len(shown) == 18


def line(name: str, lengths: list[float], value: float = 0.5) -> tuple[str, dict[float, Rate]]:
    return name, {n: Rate(Interval(value, value - 0.2, value + 0.2), 8, 4) for n in lengths}


def test_bands_and_lines_of_all_models(styled: None) -> None:
    lengths = [0.0, 4096.0, 131072.0]
    lines = [line(name, lengths) for name in ("_hidden", "甲", "$x^")]
    made = length_curves([*lines, line("one", [4096.0])], "t/x")
    (axes,) = made.axes
    assert len(axes.get_lines()) == 4
    assert len(axes.collections) == 5  # four bands, and a bar where a band has no width
    band = axes.collections[0].get_paths()[0].get_extents()
    assert (band.y0, band.y1) == pytest.approx((0.3, 0.7))
    assert [t.get_text() for t in axes.get_xticklabels()] == ["0k", "4k", "128k"]
    said = texts(made)
    assert {"_hidden", "$x^", "one"} <= set(said)
    assert "95 % intervals over 4 problems; 8 to 24 answers a model" in said


def test_many_models_are_drawn_in_several_planes(styled: None) -> None:
    made = depth_profiles([line(f"m{i}", [0, 0.5, 1]) for i in range(13)], "t/x")
    assert [len(axes.get_lines()) for axes in made.axes] == [5, 5, 3]
    assert {f"m{i}" for i in range(13)} <= set(texts(made))


def test_labels_of_lengths_do_not_run_into_each_other(styled: None) -> None:
    lengths = [float(n) for n in range(16000, 128001, 16000)]
    made = length_curves([line("m", lengths)], "t/x")
    made.canvas.draw()
    boxes = [t.get_window_extent() for t in made.axes[0].get_xticklabels()]
    assert len(boxes) >= 4
    assert all(left.x1 < right.x0 for left, right in itertools.pairwise(boxes))


# ---------------------------------------------------------------- letters


@pytest.fixture
def fonts() -> Iterator[None]:
    """Leave the fonts as they were."""
    kept = list(font_manager.fontManager.ttflist)
    yield
    font_manager.fontManager.ttflist[:] = kept
    drawing._eastern.cache_clear()
    drawing._glyphs.cache_clear()
    font_manager.fontManager._findfont_cached.cache_clear()  # type: ignore[attr-defined]


def chinese_font(path: Path) -> Path:
    """Make a font of one Chinese character."""
    from fontTools.fontBuilder import FontBuilder  # type: ignore[import-untyped]
    from fontTools.pens.ttGlyphPen import TTGlyphPen  # type: ignore[import-untyped]

    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    for point in ((0, 800), (800, 800), (800, 0)):
        pen.lineTo(point)
    pen.closePath()
    names = [".notdef", "zhong"]
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({0x4E2D: "zhong"})
    builder.setupGlyf(dict.fromkeys(names, pen.glyph()))
    builder.setupHorizontalMetrics(dict.fromkeys(names, (900, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Made CJK SC", "styleName": "Regular"})
    builder.setupOS2(sTypoAscender=800, usWinAscent=800, usWinDescent=200)
    builder.setupPost()
    builder.save(path)
    return path


def test_without_a_font_a_character_becomes_its_code(fonts: None) -> None:
    eastern = drawing._EASTERN
    there = font_manager.fontManager.ttflist
    there[:] = [font for font in there if not any(part in font.name for part in eastern)]
    drawing._eastern.cache_clear()
    drawing._glyphs.cache_clear()
    assert drawing.label("m 中\n$x$") == "m [U+4E2D] $x$"
    assert len(drawing.label("x" * 200)) == 46


def test_with_a_font_it_is_drawn(fonts: None, tmp_path: Path) -> None:
    font_manager.fontManager.addfont(str(chinese_font(tmp_path / "made.ttf")))
    drawing._eastern.cache_clear()
    drawing._glyphs.cache_clear()
    with drawing.style():
        assert drawing.label("中").startswith("中")
        assert len(matplotlib.rcParams["font.family"]) == 2
        drawing.save(heatmap([cell(4096, "中", 1.0)], "中", None), tmp_path / "x.png")
    assert (tmp_path / "x.png").stat().st_size > 1000


# ---------------------------------------------------------------- the command


def test_without_matplotlib_it_says_how_to_install_it(cli: Cli, tmp_path: Path) -> None:
    simulate(tmp_path / "b")
    (tmp_path / "none").mkdir()
    (tmp_path / "none" / "matplotlib.py").write_text("raise ImportError('no matplotlib')")
    path = str(tmp_path / "none")
    found = cli("report", "b", "--png", "shown", env={"PYTHONPATH": path}, code=2)
    assert "pip install 'synthctx[png]'" in found.err
    assert not (tmp_path / "shown").exists()
