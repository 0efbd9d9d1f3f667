"""What the results say and how surely, and how many are needed before any is made."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from synthctx.cli.common import print_rows

if TYPE_CHECKING:
    from synthctx.analytics.comparison import Comparison
    from synthctx.analytics.curves import Curve
    from synthctx.analytics.resampling import Interval
    from synthctx.analytics.stats import Statistics, Versions

as_json = click.option("--json", "as_json", is_flag=True, help="Machine-readable, all figures.")


@click.command()
@click.argument("benches", nargs=-1, required=True, metavar="BENCH...")
@click.option("--threshold", type=float, help="One more threshold of the effective length, 0..1.")
@as_json
def stats(benches: tuple[str, ...], threshold: float | None, as_json: bool) -> int:
    """Print what BENCH says of each model on each test, with intervals at 95 %.

    Then every two models on the samples that both answered. docs/statistics.md defines each
    figure.
    """
    from synthctx.analytics.comparison import compare_models
    from synthctx.analytics.connect import connect
    from synthctx.analytics.stats import statistics_of

    with connect(*benches) as connection:
        table = statistics_of(connection, threshold=threshold)
        pairs = compare_models(connection)
    if as_json:
        rows = {"table": [row.as_dict() for row in table], "pairs": [_plain(p) for p in pairs]}
        click.echo(json.dumps(rows, indent=1, ensure_ascii=False))
        return 0
    thresholds = list(dict.fromkeys(name for row in table for name in row.effective))
    print_rows([_row(row, thresholds) for row in table], False)
    if pairs:
        click.echo("\nTwo models on the same samples; p_holm is corrected over all lines (Holm)")
        print_rows([_pair(pair) for pair in pairs], False)
    return 0


def _row(row: Statistics, thresholds: list[str]) -> dict[str, str]:
    out = {
        "task": row.task,
        "model": row.model,
        "language": row.language or "",
        "scored": f"{row.scored}/{row.n}",
        "score": _interval(row.score),
        "pass_rate": _interval(row.rate),
        "paper": _number(row.paper),
    }
    for name in thresholds:
        found = row.effective.get(name)
        out[f"effective ({name})"] = "" if found is None else found.text
    out["half_length"] = _half(row.curve)
    out["middle"] = row.profile.verdict() if row.profile else ""
    out["versions"] = _versions(row.versions) if row.versions else ""
    return out


def _versions(found: Versions) -> str:
    """Return what came of problems in several versions, with those that are incomplete."""
    ratio = "none" if found.ratio is None else f"{found.ratio:.2f}"
    said = (
        f"average {found.average:.3f}, effective {found.effective:.3f}, gap {found.gap:.3f}, "
        f"ratio {ratio}"
    )
    if found.incomplete:
        said += f"; {found.incomplete:,} of {found.problems:,} problems incomplete"
    return said


def _pair(pair: Comparison) -> dict[str, str]:
    return {
        "task": pair.task,
        "model_a": pair.model_a,
        "model_b": pair.model_b,
        "n": str(pair.n),
        "problems": str(pair.problems),
        "only_a": str(pair.only_a),
        "only_b": str(pair.only_b),
        "difference": _interval(pair.difference),
        "mcnemar": f"{pair.mcnemar:.3g}",
        "p": f"{pair.p:.3g}",
        "p_holm": f"{pair.p_holm:.3g}",
    }


def _plain(pair: Comparison) -> dict[str, Any]:
    difference = pair.difference and pair.difference._asdict()
    return {**pair._asdict(), "difference": difference}


def _interval(interval: Interval | None) -> str:
    if interval is None:
        return ""
    return f"{interval.value:.3f} [{interval.low:.3f}, {interval.high:.3f}]"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _half(curve: Curve | None) -> str:
    if curve is None or (curve.low is None and curve.high is None):
        return "" if curve is None else "not resolved"
    if curve.high is None:
        return f"above {_tokens(curve.low)}"
    if curve.low is None:
        return f"below {_tokens(curve.high)}"
    return f"{_tokens(curve.half)} [{_tokens(curve.low)}, {_tokens(curve.high)}]"


def _tokens(value: float | None) -> str:
    return "" if value is None else f"{value / 1024:.3g}k"


# ---------------------------------------------------------------- before anything is made


@click.command()
@click.argument("suite")
@click.option("--detect", type=float, required=True, help="Difference in points: 5 is 0.05.")
@click.option("--power", type=float, default=0.8, show_default=True, help="Chance of finding it.")
@click.option("--base", type=float, help="Pass rate of the better model (default: about 0.5).")
@click.option(
    "--correlation",
    type=float,
    default=0.0,
    show_default=True,
    help="Of both models' being right on the same sample.",
)
@click.option("--level", type=float, default=0.05, show_default=True, help="Of the tests.")
@as_json
def plan(suite: str, detect: float, as_json: bool, **assumed: Any) -> int:
    """Say how many samples each cell of SUITE needs to tell two models apart, and their tokens.

    A cell is one test at one language, length and depth. Without --base the pass rates lie about
    0.5, where most samples are needed.
    """
    from synthctx.analytics.plan import plan as make
    from synthctx.suite import Suite

    found = make(Suite.from_file(suite), detect / 100, **assumed)
    if as_json:
        click.echo(json.dumps(found.as_dict(), indent=1, ensure_ascii=False))
        return 0
    for line in found.lines():
        click.echo(line)
    print_rows([cell.as_text() for cell in found.cells], False)
    return 0
