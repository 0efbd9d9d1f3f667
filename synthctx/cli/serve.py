"""Models behind servers: probe, and batches out and in."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

from synthctx.cli.common import as_json, model_flags, model_settings, need, print_rows
from synthctx.errors import unknown


@click.command()
@model_flags
@click.option(
    "--tokenizer", default="tekken", show_default=True, help="What tokens are counted by."
)
@click.option("--longest", default="128k", show_default=True, help="Try no longer prompt.")
@click.option("--calls", type=int, default=40, show_default=True, help="Make no more calls.")
@as_json
def probe(model: str, tokenizer: str, longest: str, calls: int, as_json: bool, **flags: Any) -> int:
    """Find out what a model's server really takes.

    The window, what happens to longer prompts, what the chat template adds, and whether answers
    repeat at temperature 0.
    """
    from synthctx.probe import probe as run
    from synthctx.suite import parse_length

    found = run(
        model,
        settings=model_settings(flags),
        tokenizer=tokenizer,
        longest=parse_length(longest),
        calls=calls,
        say=lambda text: click.echo(text, err=True),
    )
    if as_json:
        import json

        click.echo(json.dumps(asdict(found), indent=1, ensure_ascii=False))
    else:
        print_rows(found.rows(), False)
    return 0


def _form(form: str, forms: tuple[str, ...]) -> str:
    if form not in forms:
        raise unknown("form", form, forms)
    return form


@click.command()
@click.argument("bench")
@click.option("--to", "form", required=True, help="openai-batch, vllm-batch, jsonl or duckdb.")
@click.option("-o", "--output", required=True, help="Folder to write.")
@click.option("--model", help="Who is to be asked: openai:NAME, or a YAML file.")
@click.option("--name", help="Name the answers will be stored under (default: the model's).")
@click.option("--attempts", type=int, default=1, show_default=True, help="Answers a sample.")
@click.option("--max-rows", type=int, help="Lines in a file (default 50,000).")
@click.option("--max-bytes", type=int, help="Bytes in a file (default 200,000,000).")
def export(
    bench: str,
    form: str,
    output: str,
    model: str | None,
    name: str | None,
    attempts: int,
    max_rows: int | None,
    max_bytes: int | None,
) -> int:
    """Write the requests of BENCH as files of JSON lines; what is answered is left out.

    With --to duckdb: its tables and views as one DuckDB file, without the long texts.
    """
    from synthctx.interop import batch

    if _form(form, (*batch.FORMS, "duckdb")) == "duckdb":
        from synthctx.interop.duckdb_file import export_duckdb

        need(model is None and name is None, "--to duckdb takes a whole bench: no --model, --name")
        click.echo(f"{export_duckdb(bench, output)}: tables and views")
        return 0
    done = batch.export(
        bench,
        form,
        output,
        model=model,
        name=name,
        attempts=attempts,
        max_rows=batch.MAX_ROWS if max_rows is None else max_rows,
        max_bytes=batch.MAX_BYTES if max_bytes is None else max_bytes,
    )
    files = "1 file" if len(done.files) == 1 else f"{len(done.files)} files"
    short = f", {done.short} short prompts beside them" if done.short else ""
    click.echo(f"{output}: {done.rows} lines in {files}{short}, {done.had} were answered already")
    return 0


@click.command("import")
@click.argument("bench")
@click.argument("files", nargs=-1, metavar="FILE...")
@click.option("--from", "form", required=True, help="openai-batch or vllm-batch.")
@click.option("--model", help="Who was asked: openai:NAME, or a YAML file.")
@click.option("--name", help="Name to store the answers under (default: the model's).")
@click.option("--attempts", type=int, default=1, show_default=True, help="Answers a sample.")
def take(
    bench: str,
    files: tuple[str, ...],
    form: str,
    model: str | None,
    name: str | None,
    attempts: int,
) -> int:
    """Store what a batch service has answered as outputs of BENCH."""
    from synthctx.interop import batch

    need(bool(files), "give the files of answers: synthctx import BENCH --from FORM FILE...")
    need(model is not None or name is not None, "give the --model that was asked, or a --name")
    _form(form, batch.FORMS[:2])
    done = batch.take(bench, form, files, model=model, name=name, attempts=attempts)
    click.echo(f"{bench}: {done.stored} answers stored, {done.had} were there already")
    return 0
