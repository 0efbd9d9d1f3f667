"""Grading recorded outputs of any tool, or one answer."""

from __future__ import annotations

import json
from typing import Any

import click

from synthctx.cli.common import key_value, need
from synthctx.errors import StoreError


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

    params = dict(key_value(p, "-p") for p in flags["params"])
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
        where=_columns(flags["where"], "--where"),
    )
    graded = list(foreign.grade_file(str(file), columns))
    if not graded:
        raise StoreError(f"'{file}' has no rows to grade")
    if bench is not None:
        foreign.make_bench(graded, columns, bench, str(file))
    if out is not None:
        _write(out, graded)
    summary = foreign.summary(graded)
    if flags["as_json"]:
        click.echo(json.dumps(summary))
        return 0
    for name, value in summary.items():
        shown = f"{value:.4f}" if isinstance(value, float) else value or ("-" if value != 0 else 0)
        click.echo(f"{name:<11}{shown}")
    return 0


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


def _write(out: str, graded: list[Any]) -> None:
    from pathlib import Path

    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet

    from synthctx.store import atomic

    rows = [
        {
            **{
                k: v if isinstance(v, str | int | float | None) else str(v)
                for k, v in g.row.items()
            },
            "synthctx_status": g.grade.status,
            "synthctx_score": g.grade.score,
            "synthctx_paper": g.grade.paper,
            "synthctx_extracted": g.grade.extracted,
            "synthctx_explanation": g.grade.explanation,
            "synthctx_flags": ",".join(g.grade.flags),
        }
        for g in graded
    ]
    path = Path(out)
    if path.suffix not in (".parquet", ".csv", ".jsonl"):
        raise StoreError(f"-o '{out}': write to a .parquet, .csv or .jsonl file")
    with atomic(path) as temporary:
        if path.suffix == ".jsonl":
            lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows]
            temporary.write_text("".join(lines), encoding="utf-8")
        elif path.suffix == ".csv":
            pyarrow.csv.write_csv(pa.Table.from_pylist(rows), temporary)
        else:
            pyarrow.parquet.write_table(pa.Table.from_pylist(rows), temporary, compression="zstd")
