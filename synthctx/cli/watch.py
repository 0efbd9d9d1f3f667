"""A table of what a running `answer` has done, drawn again and again."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from synthctx.cli.common import as_json, print_rows
from synthctx.suite import format_length

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult
    from rich.table import Table
    from rich.text import Text

    from synthctx.backlog import Cell
    from synthctx.watched import Counts, ModelSeen
    from synthctx.watching import Seen, Watch

_ONCE_SECONDS = 10.0  # of grading, where there is only one look
_WIDE = 100  # columns from which there is room for the tokens of each cell
_WIDEST = 120
_ERROR_LETTERS = 300


@click.command()
@click.argument("bench")
@click.option("--once", is_flag=True, help="Print one table and end; so it does into a pipe.")
@click.option(
    "--interval",
    type=click.FloatRange(min=0.1),
    default=2.0,
    show_default=True,
    help="Seconds between looks.",
)
@click.option(
    "--by",
    type=click.Choice(["length", "depth"]),
    default="length",
    show_default=True,
    help="One line for each length, or for each depth of it.",
)
@click.option("--model", "models", multiple=True, help="Only this model; may be repeated.")
@click.option(
    "--attempts", type=click.IntRange(min=1), default=1, help="As of answer: answers a sample."
)
@click.option(
    "--limit", type=click.IntRange(min=1), help="As of answer: only the first so many samples."
)
@as_json
def watch(bench: str, once: bool, interval: float, by: str, as_json: bool, **wanted: Any) -> int:
    """Show what models that answer BENCH have done so far: answered, passed, tokens, errors.

    Reads only: run it beside `synthctx answer`, from wherever the bench can be seen. Answers
    that are not scored yet are scored here, some at each look, and kept nowhere. Ends when
    every model that it has seen has answered all; Ctrl-C ends it sooner. --json prints one look.
    """
    from synthctx.watching import Watch

    try:
        eyes = Watch(bench, by_depth=by == "depth", **wanted)
        if as_json or once or not sys.stdout.isatty():
            seen = eyes.look(reading=float("inf"), grading=_ONCE_SECONDS)
            if as_json:
                click.echo(json.dumps(seen.as_dict(), indent=1, ensure_ascii=False))
            else:
                _print(seen)
        else:
            _live(eyes, interval)
    except KeyboardInterrupt:
        click.echo("stopped watching", err=True)
    return 0


def _live(eyes: Watch, interval: float) -> None:
    """Draw looks until all is answered."""
    from rich.console import Console
    from rich.live import Live

    console = Console()
    seen = eyes.look()
    with Live(console=console, auto_refresh=False) as live:
        while True:
            live.update(_Screen(seen, console.height - 1), refresh=True)
            if seen.complete:
                break
            # where something waits to be read or scored, looks follow each other
            time.sleep(0.1 if seen.unread or seen.unscored else interval)
            seen = eyes.look()
    click.echo(_last_line(seen))


def _print(seen: Seen) -> None:
    """Print one look: as it is drawn into a terminal, or as plain lines, one for each cell."""
    if sys.stdout.isatty():
        from rich.console import Console

        Console().print(_Screen(seen))
    else:
        print_rows([_plain(model, *row) for model in seen.models for row in _cells(model)], False)
        for model in seen.models:
            click.echo(", ".join([f"{clean(model.model)}: {_progress(model.all)}", *_facts(model)]))
        for line in _notes(seen):
            click.echo(line)
    if seen.complete:
        click.echo(_last_line(seen))


def _last_line(seen: Seen) -> str:
    total = sum(model.all.answered for model in seen.models)
    found = "; ".join(f"{clean(m.model)} {_share(m.all) or 'unscored'}" for m in seen.models)
    return f"{clean(seen.bench)}: all {total:,} answers are there; passed: {found}"


# ---------------------------------------------------------------- what is said


def _cells(model: ModelSeen) -> list[tuple[Cell | None, Counts]]:
    """Return the cells of a model, and all of them together as the last."""
    return [*model.cells.items(), (None, model.all)]


def _plain(model: ModelSeen, cell: Cell | None, counts: Counts) -> dict[str, Any]:
    place: dict[str, Any] = {"task": "all", "language": "", "length": ""}
    if cell is not None:
        length = format_length(cell.length)
        place = {"task": clean(cell.task), "language": cell.language, "length": length}
    if any(c.depth is not None for c in model.cells):
        place["depth"] = "" if cell is None or cell.depth is None else f"{cell.depth:g}"
    return {
        "model": clean(model.model),
        **place,
        "answered": f"{counts.answered}/{counts.of}",
        "passed": f"{counts.passed}/{counts.scored}",
        "rate": _share(counts),
        "tokens_in": counts.tokens_in,
        "tokens_out": "" if counts.tokens_out is None else counts.tokens_out,
        "errors": counts.errors,
        "cut": counts.truncated_prompts,
    }


def _progress(counts: Counts) -> str:
    return f"{counts.answered:,} of {counts.of:,} answered"


def _facts(model: ModelSeen) -> list[str]:
    """Return what is to be said of a model beside its cells."""
    counts = model.all
    facts = [f"{_share(counts)} pass"] if counts.scored else []
    facts.append(f"{short(counts.tokens_in)} tokens in")
    if counts.tokens_out is not None:
        facts.append(f"{short(counts.tokens_out)} out")
    if model.per_second:
        each = model.per_second
        facts.append(f"{each:.1f} a second" if each >= 1 else f"{60 * each:.1f} a minute")
    if model.seconds_left is not None:
        facts.append(f"{duration(model.seconds_left)} left")
    if not model.at_work and counts.answered < counts.of:
        facts.append("nobody is at work")
    if counts.truncated_prompts:
        facts.append(f"{counts.truncated_prompts:,} prompts cut on the way")
    if counts.errors:
        facts.append(f"{counts.errors:,} calls without an answer: {clean(model.last_error)}")
    return facts


def _notes(seen: Seen) -> Iterator[str]:
    if not seen.models and not seen.notes:
        yield f"no outputs yet: synthctx answer {clean(seen.bench)} --model ... makes some"
    if seen.unread:
        yield f"still reading: {seen.unread:,} parts wait"
    if seen.unscored:
        yield f"pass rates are of the answers scored so far; {seen.unscored:,} are not"
    for note in seen.notes:
        yield clean(note)


def _share(counts: Counts) -> str:
    rate = counts.pass_rate
    return "" if rate is None else f"{100 * rate:.1f} %"


def clean(text: str, most: int = _ERROR_LETTERS) -> str:
    """Return foreign text as one line that does nothing to a terminal."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text[: 4 * most]).split())
    return line if len(line) <= most else line[: most - 1] + "…"


def short(number: int) -> str:
    """Return a number in few letters: 950, 12.3k, 4.1M."""
    for unit, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if number >= 0.9995 * size:
            return (
                f"{number / size:.1f}{unit}"
                if number < 99.95 * size
                else f"{number / size:.0f}{unit}"
            )
    return str(number)


def duration(seconds: float) -> str:
    """Return a time in the two units that matter: 40 s, 3 min, 2 h 10 min, 3 d 4 h."""
    if seconds < 99.5:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if hours else f"{days} d"


# ---------------------------------------------------------------- what is drawn


class _Screen:
    """One look as rich draws it, in no more lines than there are."""

    def __init__(self, seen: Seen, lines: int | None = None) -> None:
        self._seen = seen
        self._lines = lines

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from rich.text import Text

        seen, width = self._seen, min(options.max_width, _WIDEST)
        notes = [Text(line, style="yellow") for line in _notes(seen)]
        heads = [_head(model) for model in seen.models]
        used = 1 + len(notes) + sum(2 + len(h.wrap(console, width)) for h in heads)
        room = None
        if self._lines is not None and seen.models:
            room = max(1, (self._lines - used) // len(seen.models) - 1)
        yield Text(f"{clean(seen.bench)}: {seen.samples:,} samples", style="bold")
        for model, head in zip(seen.models, heads, strict=True):
            yield Text()
            yield head
            cells, more = _chosen(model, room)
            yield _table(model, cells, width)
            if more:
                yield Text(more, style="dim")
        yield from notes


def _head(model: ModelSeen) -> Text:
    from rich.text import Text

    head = Text(clean(model.model), style="bold cyan")
    head.append(f"  {_progress(model.all)}", style="not bold default")
    for fact in _facts(model):
        bad = "cut" in fact or "without" in fact
        head.append(", ", style="not bold default")
        head.append(fact, style="not bold red" if bad else "not bold default")
    return head


def _chosen(model: ModelSeen, room: int | None) -> tuple[list[tuple[Cell, Counts]], str]:
    """Return the cells there is room for, those at work first, and what is to be said of others."""
    cells = list(model.cells.items())
    if room is None or len(cells) <= room:
        return cells, ""

    def rank(item: tuple[Cell, Counts]) -> int:
        counts = item[1]
        return 0 if 0 < counts.answered < counts.of else 1 if not counts.answered else 2

    kept = sorted(range(len(cells)), key=lambda n: (rank(cells[n]), n))[: max(1, room - 1)]
    left = [rank(cells[n]) for n in range(len(cells)) if n not in set(kept)]
    words = ("at work", "not begun", "all answered")
    parts = [f"{left.count(n)} {word}" for n, word in enumerate(words) if left.count(n)]
    return [cells[n] for n in sorted(kept)], f"{len(left)} more cells: {', '.join(parts)}"


def _table(model: ModelSeen, cells: Sequence[tuple[Cell, Counts]], width: int) -> Table:
    from rich.table import Table

    wide = width >= _WIDE
    languages = len({cell.language for cell in model.cells}) > 1
    depths = any(cell.depth is not None for cell in model.cells)
    table = Table(box=None, header_style="dim", pad_edge=False, width=width)
    table.add_column("task", ratio=1, no_wrap=True, overflow="ellipsis")
    for name, shown in (("language", languages), ("length", True), ("depth", depths)):
        if shown:
            table.add_column(name, no_wrap=True, min_width=6)
    table.add_column("", width=14 if wide else 8)
    numbers = ["answered", "passed", *(["in", "out"] if wide else []), "errors", "cut"]
    for name in numbers:
        least = {"answered": 9, "passed": 7}.get(name, 6 if wide else len(name))
        table.add_column(name, no_wrap=True, justify="right", min_width=least)
    for cell, counts in cells:
        place = [clean(cell.task)]
        place += [cell.language] if languages else []
        place.append(format_length(cell.length))
        place += ["" if cell.depth is None else f"{cell.depth:g}"] if depths else []
        table.add_row(*place, *_figures(counts, wide))
    return table


def _figures(counts: Counts, wide: bool) -> list[Any]:
    from rich.progress_bar import ProgressBar
    from rich.text import Text

    out: list[Any] = [ProgressBar(counts.of, counts.answered)]
    out += [f"{counts.answered}/{counts.of}", _share(counts)]
    if wide:
        tokens = counts.tokens_out
        out += [short(counts.tokens_in), "" if tokens is None else short(tokens)]
    for bad in (counts.errors, counts.truncated_prompts):
        out.append(Text(str(bad), style="red" if bad else "dim"))
    return out
