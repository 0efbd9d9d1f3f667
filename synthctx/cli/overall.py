"""What papers print as one number."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from synthctx.cli.common import need, print_rows
from synthctx.suite import format_length

if TYPE_CHECKING:
    from synthctx.analytics.definitions import Definition
    from synthctx.analytics.effective import Effective
    from synthctx.analytics.published import Overall
    from synthctx.analytics.weighted import Value

_LISTED = 2  # tests that a line of the list names
_SHOWN = 6  # names in a list of what is missing


@click.command()
@click.argument("benches", nargs=-1, metavar="BENCH...")
@click.option("--definition", help="File with figures of your own (YAML or JSON).")
@click.option("--only", multiple=True, metavar="ID", help="Of the figures: ruler, nolima, ...")
@click.option("--list", "listing", is_flag=True, help="List what figures there are.")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable, all figures.")
def overall(
    benches: tuple[str, ...],
    definition: str | None,
    only: tuple[str, ...],
    listing: bool,
    as_json: bool,
) -> int:
    """Print what papers print as one number, as far as BENCH has the tests for it.

    RULER's average, wAvg (inc) and (dec), NeedleBench's overall score, NoLiMa's base score and
    effective length, LongProc's and InfiniteBench's averages. Intervals are at 95 %. Where
    something has no scores a figure is given as what it lies between. docs/statistics.md says more.
    """
    from synthctx.analytics.definitions import read_definitions, shipped_definitions
    from synthctx.analytics.published import overall as figures_of

    known = read_definitions(definition) if definition else shipped_definitions()
    known = _chosen(known, only)
    if listing:
        print_rows([_about(one, as_json) for one in known], as_json)
        return 0
    need(bool(benches), "give a bench: synthctx overall BENCH (--list lists the figures)")
    found = figures_of(*benches, definitions=known)
    if as_json:
        click.echo(json.dumps([one.as_dict() for one in found], indent=1, ensure_ascii=False))
        return 0
    blocks: dict[tuple[object, ...], list[Overall]] = {}
    for one in found:
        if one.numbers:
            key = (one.definition.id, one.columns, one.dropped, one.absent)
            blocks.setdefault(key, []).append(one)
    for number, block in enumerate(blocks.values()):
        click.echo("\n" * bool(number) + _head(block[0]))
        print_rows(_rows(block), False)
        for line in _notes(block):
            click.echo(f"  {line}")
    if rest := [one for one in found if not one.numbers]:
        click.echo("\n" * bool(blocks) + "Not computed:")
        for line in _why_not(rest):
            click.echo(f"  {line}")
    if not found:
        names = ", ".join(one.name for one in known)
        click.echo(f"no test of these is in the bench: {names}", err=True)
    return 0


def _chosen(known: tuple[Definition, ...], only: tuple[str, ...]) -> tuple[Definition, ...]:
    from synthctx.errors import unknown

    ids = [one.id for one in known]
    for name in only:
        if name not in ids:
            raise unknown("figure", name, ids)
    return tuple(one for one in known if not only or one.id in only)


def _about(one: Definition, whole: bool) -> dict[str, str]:
    """Return a line of the list; many tests are counted and not named, unless it is whole."""
    tests = [part.tests[0] for part in one.parts]
    families = ", ".join(dict.fromkeys(test.split("/")[0] for test in tests))
    few = whole or len(tests) <= _LISTED
    return {
        "id": one.id,
        "tests": ", ".join(tests) if few else f"{len(tests)} of {families}",
        "figures": ", ".join(figure.name for figure in one.figures),
        "source": one.source,
    }


def _head(one: Overall) -> str:
    definition = one.definition
    lines = [definition.name]
    if definition.source:
        lines.append(f"  {definition.source}")
    return "\n".join([*lines, f"  {len(definition.parts)} tests; {_columns(one)}"])


def _columns(one: Overall) -> str:
    from synthctx.analytics.definitions import LENGTH

    definition = one.definition
    what = "lengths" if definition.columns == LENGTH else definition.columns
    columns = f"{what} {', '.join(map(format_length, one.columns))}"
    if one.grid:
        return f"{columns}: the published grid {one.grid}"
    if not definition.published or all(f.kind == "each" for f in definition.figures):
        return columns
    first = ", ".join(map(format_length, next(iter(definition.published.values()))))
    more = len(definition.published) - 1
    others = f", and {more} other grid{'' if more == 1 else 's'}" if more else ""
    return f"{columns}, not those of the paper ({first}{others})"


def _rows(block: list[Overall]) -> list[dict[str, str]]:
    rows = []
    for one in block:
        language = {"language": one.language} if len(block) > 1 else {}
        order = [number.figure for number in one.numbers]
        for number in sorted(one.numbers, key=lambda n: (n.model, order.index(n.figure))):
            scores = {"score": _text(number.score), "paper": _text(number.paper)}
            rows.append({"model": number.model, **language, "figure": number.figure, **scores})
    return sorted(rows, key=lambda row: row["model"])


def _text(value: Value | Effective | None) -> str:
    from synthctx.analytics.effective import Effective

    if value is None:
        return "–"
    if isinstance(value, Effective):
        return _reach(value)
    if value.value is None:
        return f"between {value.least:.3f} and {value.most:.3f}"
    if value.interval is None:
        return f"{value.value:.3f}"
    return f"{value.value:.3f} [{value.interval.low:.3f}, {value.interval.high:.3f}]"


def _reach(value: Effective) -> str:
    """Return an effective length as papers print it (">128k", "<4k"), and what is left open."""

    def named(length: int | None) -> str:
        if length is None:
            return f"<{format_length(value.tested[0])}"
        return (">" if length == value.tested[-1] else "") + format_length(length)

    if value.resolved and value.low == value.published:
        return named(value.published)
    return f"{named(value.published)} [{named(value.low)}, {named(value.high)}]"


def _notes(block: list[Overall]) -> list[str]:
    one, lines = block[0], []
    if one.absent:
        lines.append(f"not in the bench: {_some(one.absent)}")
    if one.dropped:
        columns = ", ".join(map(format_length, one.dropped))
        lines.append(f"left out, too short for some of the tests: {columns}")
    for one in block:
        tongue = f" ({one.language})" if len(block) > 1 else ""
        for model, missing in one.missing.items():
            if missing:
                lines.append(f"{model}{tongue}: no scores of {_some(missing)}")
        for model, (asked, out) in one.partial.items():
            if out:
                lines.append(f"{model}{tongue}: {out:,} of {asked:,} samples without a score")
    return lines


def _some(names: tuple[str, ...]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _why_not(rest: list[Overall]) -> Iterator[str]:
    """Yield what is missing of figures that were not computed; languages alike in one line."""
    lines: dict[tuple[str, str], list[str]] = {}
    for one in rest:
        why = "no length is long enough for all of its tests"
        if one.absent:
            parts = len(one.definition.parts)
            are = "is" if len(one.absent) == 1 else "are"
            why = f"{len(one.absent)} of its {parts} tests {are} missing: {_some(one.absent)}"
        lines.setdefault((one.definition.name, why), []).append(one.language)
    for (name, why), languages in lines.items():
        named = f" ({', '.join(languages)})" if set(languages) - {"", "en"} else ""
        yield f"{name}{named}: {why}"
