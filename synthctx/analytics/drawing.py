"""What every picture shares: a canvas of its own, fonts, colours, labels that stay text."""

from __future__ import annotations

import logging
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthctx.errors import SuiteError
from synthctx.store import atomic
from synthctx.suite import format_length

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Okabe and Ito's palette, darkest first: told apart by colour-blind readers, and in print
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#4D4D4D")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
INK, PALE = "#222222", "#E6E6E6"
DPI = 200
_NAME = 46  # characters of a name that a label shows

_SETTINGS: Mapping[str, Any] = {
    "font.size": 9.0,
    "axes.titlesize": 10.0,
    "axes.labelsize": 9.0,
    "xtick.labelsize": 8.0,
    "ytick.labelsize": 8.0,
    "legend.fontsize": 8.0,
    "text.parse_math": False,  # a name with a dollar sign is a name
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": "#666666",
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "hatch.linewidth": 0.7,
    "hatch.color": "#9A9A9A",
}
# in the names of fonts with Chinese, Japanese and Korean letters, as systems come with them
_EASTERN = (
    "CJK SC",
    "Noto Sans SC",
    "Source Han Sans",
    "CJK",
    "WenQuanYi",
    "Droid Sans Fallback",
    "YaHei",
    "PingFang",
    "Hiragino Sans",
    "Heiti",
    "SimHei",
    "SimSun",
    "Noto Sans TC",
    "Noto Sans JP",
    "Noto Sans KR",
    "Meiryo",
    "Malgun Gothic",
    "Unifont",
    "Arial Unicode",
)
_HAN = 0x4E2D  # a character that all of them have


def need_matplotlib() -> None:
    """Raise an error that says how to install it when matplotlib is not there.

    Raises:
        SuiteError: it cannot be imported.
    """
    try:
        import matplotlib  # noqa: F401
    except ImportError as error:
        raise SuiteError(
            f"pictures are drawn by matplotlib, which is not here ({error}); "
            "install it with: pip install 'synthctx[png]'"
        ) from error


@contextmanager
def style() -> Iterator[None]:
    """Draw with these settings and no others, whatever the user's own are; they come back."""
    import matplotlib

    kept: dict[Any, Any]
    kept = {k: v for k, v in matplotlib.rcParamsDefault.items() if not k.startswith("backend")}
    families = [_shipped(), *([found] if (found := _eastern()) else [])]
    log = logging.getLogger("matplotlib.font_manager")
    level = log.level
    log.setLevel(logging.ERROR)  # that a font has no bold letters is nothing to be told
    try:
        with matplotlib.rc_context(kept | {**_SETTINGS, "font.family": families}):
            yield
    finally:
        log.setLevel(level)


def figure(width: float, height: float) -> Figure:
    """Return an empty figure with a canvas of its own.

    Args:
        width: in inches.
        height: in inches.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    made = Figure(figsize=(width, height), dpi=DPI, facecolor="white")
    FigureCanvasAgg(made)
    return made


def save(made: Figure, path: Path) -> Path:
    """Write a figure as PNG, the same bytes every time, cut to what is drawn; return its path.

    Raises:
        StoreError: it cannot be written.
    """
    with atomic(path) as temporary:
        made.savefig(
            temporary,
            format="png",
            dpi=DPI,
            bbox_inches="tight",
            pad_inches=0.12,
            metadata={"Software": None},
        )
    return path


@lru_cache(maxsize=1)
def _shipped() -> str:
    """Return the family that comes with matplotlib, whose own file goes before the system's."""
    import matplotlib
    from matplotlib import font_manager

    family = "DejaVu Sans"
    own = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    fonts = font_manager.fontManager.ttflist
    # of fonts that fit equally well the first is taken
    fonts.sort(key=lambda font: not (font.name == family and Path(font.fname).parent == own))
    return family


@lru_cache(maxsize=1)
def _eastern() -> str | None:
    """Return the family of a font here that has Chinese characters, None without any."""
    from matplotlib import font_manager

    there = sorted({font.name for font in font_manager.fontManager.ttflist})
    named = (name for part in _EASTERN for name in there if part in name)
    return next((name for name in named if _HAN in _characters(name)), None)


@lru_cache(maxsize=1)
def _glyphs() -> frozenset[int]:
    """Return the characters that the fonts in use can draw."""
    eastern = _eastern()
    return _characters(_shipped()) | (_characters(eastern) if eastern else frozenset())


def _characters(family: str) -> frozenset[int]:
    from matplotlib import font_manager

    font = font_manager.get_font(font_manager.findfont(family))
    return frozenset(font.get_charmap())


def label(text: str, limit: int = _NAME) -> str:
    """Return a name as a label: one line, not too long, nothing that no font here can draw.

    A character without a font becomes its code (U+4E2D), so that names stay apart.
    """
    line = " ".join("".join(c if unicodedata.category(c)[0] != "C" else " " for c in text).split())
    if len(line) > limit:
        line = f"{line[: limit - 13]}…{line[-12:]}"
    known = _glyphs()
    return "".join(c if ord(c) in known else f"[U+{ord(c):04X}]" for c in line)


def lengths_as_text(lengths: Sequence[int]) -> list[str]:
    """Return lengths as an axis shows them: all in binary thousands ("4k"), or all in full."""
    if all(n % 1024 == 0 or n < 1024 for n in lengths):
        return [format_length(n) for n in lengths]
    return [f"{n:,}" for n in lengths]
