"""Grading recorded outputs of any tool, or one answer."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from synthctx.cli.common import key_values, need, progress
from synthctx.errors import StoreError

if TYPE_CHECKING:
    from synthctx.cli.common import Update
    from synthctx.interop.foreign import Graded, Tally


@click.command()
@click.argument("file", required=False)
@click.option("--rule", "rule", required=True, help="Rule id; see synthctx rules.")
@click.option("--output-column", default="output", show_default=True)
@click.option("--reference-column", default="reference", show_default=True)
@click.option("-p", "--param", "params", multiple=True, help="Rule parameter: name=value.")
@click.option("--param-column", multiple=True, help="Rule parameter from a column: name=column.")
@click.option("--model-column", help="Column with the model's name.")
@click.option("--task-column", help="Column with the test's name.")
@click.option("--length-column", help="Column with the length (4096, 4k, 1M).")
@click.option("--finish-column", help="Column with the finish reason: 'length' flags a cut answer.")
@click.option("--where", multiple=True, help="Only rows with column=value.")
@click.option("-o", "--out", help="Write scores: FILE.parquet, FILE.csv or FILE.jsonl.")
@click.option("--bench", help="Write a bench folder, for query and report.")
@click.option("--output", help="One answer, instead of FILE.")
@click.option("--reference", help="Its reference (JSON, or plain text).")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def grade(file: str | None, rule: str, out: str | None, bench: str | None, **flags: Any) -> int:
    """Grade the outputs in FILE (Parquet, CSV or JSON lines), or one --output.

    Prints counts and means; every grade goes to -o, or into a bench with --bench.
    """
    from synthctx.interop import foreign
    from synthctx.interop.tabular import SUFFIXES

    params = key_values(flags["params"])
    if flags["output"] is not None:
        need(file is None, "give FILE or --output, not both")
        need(flags["reference"] is not None, "--output needs --reference")
        return _one(rule, flags["output"], flags["reference"], params, flags["as_json"])
    need(file is not None, "give FILE, or --output and --reference")
    columns = foreign.Columns(
        rule=rule,
        output=flags["output_column"],
        reference=flags["reference_column"],
        params=params,
        param_columns=_columns(flags["param_column"], "--param-column"),
        model=flags["model_column"],
        task=flags["task_column"],
        length=flags["length_column"],
        finish_reason=flags["finish_column"],
        where=_columns(flags["where"], "--where"),
    )
    if out is not None:
        need(Path(out).suffix in SUFFIXES, f"-o '{out}' is none of {', '.join(SUFFIXES)}")
    tally = foreign.Tally()
    with progress("grade") as update:
        graded = _counted(foreign.grade_file(str(file), columns), tally, update)
        if bench is not None:
            kept = list(graded)
            foreign.make_bench(kept, columns, bench, str(file))
            graded = iter(kept)
        if out is not None:
            foreign.write_grades(graded, out, str(file))
        deque(graded, maxlen=0)
    if not tally.rows:
        raise StoreError(f"'{file}' has no rows to grade")
    summary = tally.summary()
    if flags["as_json"]:
        click.echo(json.dumps(summary))
        return 0
    for name, value in summary.items():
        shown = f"{value:.4f}" if isinstance(value, float) else value or ("-" if value != 0 else 0)
        click.echo(f"{name:<11}{shown}")
    return 0


def _counted(graded: Iterator[Graded], tally: Tally, update: Update) -> Iterator[Graded]:
    """Yield grades, counting them on the way."""
    for item in graded:
        tally.add(item.grade)
        if tally.rows % 1000 == 0:
            update(tally.rows, None, 0)
        yield item


def _columns(given: tuple[str, ...], flag: str) -> dict[str, str]:
    out = {}
    for text in given:
        name, equals, value = text.partition("=")
        need(bool(name and equals), f"{flag} {text!r} is not of the form name=value")
        out[name] = value
    return out


def _one(rule: str, output: str, reference: str, params: dict[str, Any], as_json: bool) -> int:
    from synthctx.interop.foreign import parse_reference
    from synthctx.rules import grade as grade_one

    result = grade_one(rule, output=output, reference=parse_reference(reference), params=params)
    record = {
        "score": result.score,
        "paper": result.paper,
        "status": result.status,
        "extracted": result.extracted,
        "explanation": result.explanation,
        "flags": list(result.flags),
        "metrics": dict(result.metrics),
    }
    if as_json:
        click.echo(json.dumps(record, ensure_ascii=False))
        return 0
    at = output.find(result.extracted) if result.extracted else -1
    if at >= 0:
        end = at + len(str(result.extracted))
        marked = click.style(output[at:end], fg="black", bg="yellow")
        output = output[:at] + marked + output[end:]
    click.echo(output)
    for name, value in record.items():
        click.echo(click.style(f"{name:<12}", bold=True) + str(value))
    return 0
