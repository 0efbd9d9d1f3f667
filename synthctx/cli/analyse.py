"""Looking at results: query and report."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from synthctx.cli.common import key_values, need, print_rows

if TYPE_CHECKING:
    import pyarrow as pa


@click.command()
@click.argument("args", nargs=-1, metavar="BENCH... [SQL]")
@click.option("--name", help="A named query or a view instead of SQL.")
@click.option("--list", "listing", is_flag=True, help="List the views and named queries.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "csv", "json", "parquet"]),
    default="table",
    show_default=True,
)
@click.option("-o", "--output", help="File to write (needed for parquet).")
@click.option("-p", "--param", "params", multiple=True, help="Value of $name in it: name=value.")
def query(
    args: tuple[str, ...],
    name: str | None,
    listing: bool,
    form: str,
    output: str | None,
    params: tuple[str, ...],
) -> int:
    """Ask one BENCH, or several together, in SQL: the last argument is the SQL unless --name.

    Tables: samples, contexts, outputs, scores; --list names the views over them and the named
    queries. Only what reads is run.
    """
    from synthctx.analytics.connect import bound, connect, named_query, query_parameters

    if listing:
        print_rows(_listing(), form == "json")
        return 0
    if name is None:
        need(len(args) >= 2, 'give a bench and SQL: synthctx query BENCH "select ..." (or --name)')
        benches, sql = args[:-1], args[-1]
    else:
        need(len(args) >= 1, "give a bench: synthctx query BENCH --name NAME")
        benches, sql = args, named_query(name)
    need(form != "parquet" or output is not None, "--format parquet needs -o FILE")
    defaults = {n: p.default for n, p in query_parameters(name).items()} if name else {}
    values = bound(sql, key_values(params), defaults)
    with connect(*benches) as connection:
        _emit(_run(connection, sql, values), form, output)
    return 0


def _listing() -> list[dict[str, str]]:
    from synthctx.analytics.connect import query_names, query_parameters, view_names

    rows = [{"kind": "view", "name": n, "what": w} for n, w in view_names().items()]
    for name, what in query_names().items():
        rows.append({"kind": "query", "name": name, "what": what})
        for key, parameter in query_parameters(name).items():
            default = json.dumps(parameter.default)
            what = f"{name}: {parameter.what} (default {default})"
            rows.append({"kind": "parameter", "name": f"-p {key}=", "what": what})
    return rows


def _run(connection: Any, sql: str, values: dict[str, Any]) -> pa.Table:
    import duckdb

    from synthctx.analytics.connect import wrong_query

    try:
        relation = connection.sql(sql, params=values) if values else connection.sql(sql)
        need(relation is not None, "the query gives no rows: it is no select")
        found: pa.Table = relation.to_arrow_table()
        return found
    except duckdb.Error as error:
        raise wrong_query(error) from error


def _emit(table: pa.Table, form: str, output: str | None) -> None:
    if form == "parquet":
        import pyarrow.parquet as pq

        from synthctx.store import atomic

        with atomic(Path(str(output))) as temporary:
            pq.write_table(table, temporary, compression="zstd")
        return
    if output is None:
        _print(table, form)
        return
    from synthctx.store import atomic

    with atomic(Path(output)) as temporary, temporary.open("w", encoding="utf-8") as file:
        stdout, sys.stdout = sys.stdout, file
        try:
            _print(table, form)
        finally:
            sys.stdout = stdout


def _print(table: pa.Table, form: str) -> None:
    rows = table.to_pylist()
    if form == "json":
        click.echo(json.dumps(rows, indent=1, ensure_ascii=False, default=str))
    elif form == "csv":
        import csv

        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(table.column_names)
        writer.writerows([["" if v is None else v for v in row.values()] for row in rows])
    elif rows:
        print_rows([{k: _cell(v) for k, v in row.items()} for row in rows], False)
    else:
        click.echo("  ".join(table.column_names))


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


@click.command()
@click.argument("benches", nargs=-1, required=True, metavar="BENCH...")
@click.option("-o", "--output", help="HTML file to write (default report.html).")
@click.option("--png", metavar="DIR", help="Write the pictures as PNG files into DIR.")
@click.option("--markdown", metavar="FILE", help="Write a pull-request comment; - is the screen.")
@click.option("--against", metavar="MODEL", help="Of --markdown: compare all others with MODEL.")
@click.option("--title", help="Title of the page, and of the comment.")
@click.option("--threshold", type=float, help="One more threshold of the effective length, 0..1.")
def report(
    benches: tuple[str, ...],
    output: str | None,
    png: str | None,
    markdown: str | None,
    against: str | None,
    title: str | None,
    threshold: float | None,
) -> int:
    """Write the results of BENCH, or of several together, as one self-contained HTML page.

    With --png or --markdown only these are written, unless -o is given too.
    """
    bench, *more = benches
    need(against is None or markdown is not None, "--against is for --markdown FILE")
    html = output is not None or (png is None and markdown is None)
    need(threshold is None or html, "--threshold is for the HTML page: give -o FILE too")
    if png is not None:
        from synthctx.analytics.pictures import write_pictures

        made = write_pictures(bench, png, more=more)
        click.echo(f"pictures: {len(made)} in {png}", err=markdown == "-")
    if markdown is not None:
        from synthctx.analytics.markdown import as_markdown, write_markdown

        said: dict[str, Any] = {"more": more, "title": title, "against": against}
        if markdown == "-":
            click.echo(as_markdown(bench, **said), nl=False)
        else:
            click.echo(f"comment: {write_markdown(bench, markdown, **said)}")
    if html:
        from synthctx.analytics.report import write_report

        said = {"more": more, "title": title, "threshold": threshold}
        path = write_report(bench, output or "report.html", **said)
        click.echo(f"report: {path}", err=markdown == "-")
    return 0
