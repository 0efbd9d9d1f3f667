"""What commands share: suite flags, progress, printing of rows."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

import click

from synthctx.errors import SuiteError

F = TypeVar("F", bound=Callable[..., Any])


def _once(context: click.Context, parameter: click.Parameter, values: tuple[Any, ...]) -> Any:
    """Return the one value of a flag: of two, click would take the last and say nothing."""
    if len(values) > 1:
        several = parameter.name in ("length", "depth", "language")
        advice = "write several with commas" if several else "a suite file holds several tests"
        given = ", ".join(map(str, values))
        raise click.BadParameter(f"given {len(values)} times ({given}); {advice}", param=parameter)
    return values[0] if values else None


def _flag(name: str, help: str, type: Any = None) -> Any:
    return click.option(name, multiple=True, callback=_once, type=type, help=help)


def suite_flags(function: F) -> F:
    """Add the flags that describe a suite of one test (decorator)."""
    for option in reversed(
        [
            _flag("--task", "Id of the test, for example niah/single."),
            _flag("--length", "Lengths: 4096, 4k,32k, 1M."),
            _flag("--depth", "Depths: 0.5, 0,0.5,1 or from:to:points as 0:1:5."),
            _flag("--samples", "Samples a cell (default 1).", int),
            _flag("--seed", "Seed (needed with --task).", int),
            _flag("--language", "Languages: en, zh or en,zh."),
            _flag("--tokenizer", "What a length is measured in (default tekken)."),
            _flag("--haystack", "prose, noise, distractors or essay (--file)."),
            click.option("--file", "files", multiple=True, help="Text file or folder for essay."),
            _flag("--reserve", "Tokens kept free for a chat template.", int),
            _flag("--max-output-tokens", "Room for the answer.", int),
            click.option("-p", "--param", "params", multiple=True, help="Parameter: key=value."),
        ]
    ):
        function = option(function)
    return function


MODEL_SETTINGS = ("base_url", "requests_per_minute", "tokens_per_minute")


def model_flags(function: F) -> F:
    """Add the flags that say who is asked, and how quickly (decorator)."""
    for option in reversed(
        [
            click.option("--model", required=True, help="For example reader:window?tokens=8k."),
            click.option("--base-url", help="Server of openai:NAME: http://localhost:8000/v1."),
            click.option("--requests-per-minute", help="Send no more requests than that."),
            click.option("--tokens-per-minute", help="Send no more tokens than that."),
        ]
    ):
        function = option(function)
    return function


def model_settings(flags: Mapping[str, str | None]) -> dict[str, str]:
    """Return the settings of a model that flags give."""
    return {n: str(flags[n]) for n in MODEL_SETTINGS if flags.get(n) is not None}


as_json = click.option("--json", "as_json", is_flag=True, help="Machine-readable.")


def key_values(given: Sequence[str]) -> dict[str, Any]:
    """Return what the -p flags of a command say; none may be given twice."""
    pairs = [key_value(text, "-p") for text in given]
    names = [name for name, _ in pairs]
    for name in names:
        need(names.count(name) == 1, f"-p {name} is given twice")
    return dict(pairs)


def flags_document(**flags: Any) -> dict[str, Any]:
    """Return the suite document that flags describe.

    Raises:
        SuiteError: a flag is not of its form.
    """
    entry: dict[str, Any] = {"task": flags["task"], "length": flags["length"] or "4k"}
    for name in ("depth", "samples", "language", "max_output_tokens"):
        if flags[name] is not None:
            entry[name] = flags[name]
    if flags["haystack"] or flags["files"]:
        entry["haystack"] = {"kind": flags["haystack"] or "essay"}
        if flags["files"]:
            entry["haystack"]["files"] = list(flags["files"])
    if flags["params"]:
        entry["params"] = key_values(flags["params"])
    document: dict[str, Any] = {"name": flags["task"], "seed": flags["seed"], "tests": [entry]}
    for name in ("tokenizer", "reserve"):
        if flags[name] is not None:
            document[name] = flags[name]
    return document


def key_value(text: str, flag: str) -> tuple[str, Any]:
    """Return (key, value) of "key=value"; a value that is JSON is read as JSON.

    Raises:
        SuiteError: there is no "=".
    """
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise SuiteError(f"{flag} {text!r} is not of the form key=value")
    try:
        return key, json.loads(value)
    except json.JSONDecodeError:
        return key, value


def given_flags(flags: dict[str, Any]) -> dict[str, Any]:
    """Return the suite flags that were given."""
    return {name: value for name, value in flags.items() if value not in (None, ())}


class Update(Protocol):
    """Called with (done, of how many where that is known, tokens done, a note)."""

    def __call__(self, done: int, total: int | None, tokens: int, note: str = "", /) -> None:
        """Show how far things are."""


def _quiet(done: int, total: int | None, tokens: int, note: str = "", /) -> None:
    """Show nothing."""


@contextmanager
def progress(what: str, unit: str = "") -> Iterator[Update]:
    """Show progress on stderr while it is a terminal; quiet otherwise."""
    if not sys.stderr.isatty():
        yield _quiet
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as bar:
        job = bar.add_task(what, total=None, rate="")

        def update(done: int, total: int | None, tokens: int = 0, note: str = "", /) -> None:
            elapsed = bar.tasks[0].elapsed or 0.0
            rate = f"{tokens / elapsed / 1e6:.1f} M {unit}/s" if tokens and elapsed > 0.2 else note
            bar.update(job, completed=done, total=total, rate=rate)

        yield update


def print_rows(rows: Sequence[dict[str, Any]], as_json: bool) -> None:
    """Print rows as a table, or as JSON."""
    if as_json:
        click.echo(json.dumps(list(rows), indent=1, ensure_ascii=False))
        return
    if not rows:
        return
    names = list(rows[0])
    if sys.stdout.isatty():
        from rich.console import Console
        from rich.table import Table

        table = Table(box=None, header_style="bold", pad_edge=False)
        for name in names:
            table.add_column(name, no_wrap=name != names[-1])
        for row in rows:
            table.add_row(*[str(row[name]) for name in names])
        Console().print(table)
        return
    widths = [max(len(name), *(len(str(r[name])) for r in rows)) for name in names[:-1]]
    for line in [names, *[[str(row[name]) for name in names] for row in rows]]:
        cells = [cell.ljust(width) for cell, width in zip(line, widths, strict=False)]
        click.echo("  ".join([*cells, line[-1]]).rstrip())


def need(condition: bool, message: str) -> None:
    """Raise a SuiteError with a message unless a condition holds."""
    if not condition:
        raise SuiteError(message)
