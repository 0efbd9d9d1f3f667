"""A DuckDB connection over one bench or several, with the views."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, cast

from synthctx.analytics.stats import mcnemar_exact
from synthctx.errors import unknown
from synthctx.places import RemotePath
from synthctx.store import Bench, check_schema
from synthctx.tables import TABLES, schema

if TYPE_CHECKING:
    import duckdb

# views later in the list use earlier ones
VIEWS = (
    "results",
    "cells",
    "lengths",
    "effective_length",
    "groups",
    "pairs",
    "positions",
    "failures",
)
_KEYS = {"samples": "sample_id", "contexts": "context_id"}
_WILSON = """
create macro wilson_{side}(passed, n) as
    case when n > 0 then {bound}
        (passed + {z} * {z} / 2 {sign} {z} * sqrt(passed * (n - passed) / n + {z} * {z} / 4))
        / (n + {z} * {z})
    ) end
"""
_Z = 1.959963984540054


def _sql(folder: str, name: str) -> str:
    return resources.files("synthctx.analytics").joinpath(folder, f"{name}.sql").read_text("utf-8")


@cache
def query_names() -> dict[str, str]:
    """Return the named queries with what each answers (the comment in its first line)."""
    folder = resources.files("synthctx.analytics").joinpath("queries")
    names = sorted(f.name.removesuffix(".sql") for f in folder.iterdir() if f.name.endswith(".sql"))
    return {name: _sql("queries", name).splitlines()[0].removeprefix("-- ") for name in names}


@cache
def view_names() -> dict[str, str]:
    """Return the views with what a row is (the comment in its first line)."""
    return {name: _sql("views", name).splitlines()[0].removeprefix("-- ") for name in VIEWS}


def named_query(name: str) -> str:
    """Return the SQL of a named query.

    Raises:
        UnknownName: there is none of that name.
    """
    if name not in query_names():
        raise unknown("query", name, query_names())
    return _sql("queries", name)


def connect(bench: str | Path | Bench, *more: str | Path | Bench) -> duckdb.DuckDBPyConnection:
    """Return an in-memory DuckDB connection with the views over one bench or several.

    A sample that stands in several benches (the same suite, answered in two places) is
    counted once.

    Raises:
        StoreError: a folder is not a bench, or a file in it is damaged.
    """
    import duckdb

    benches = [Bench.open(b) for b in (bench, *more)]
    connection = duckdb.connect(":memory:")
    connection.execute(_WILSON.format(side="low", sign="-", bound="greatest(0.0, ", z=_Z))
    connection.execute(_WILSON.format(side="high", sign="+", bound="least(1.0, ", z=_Z))
    connection.create_function("mcnemar", mcnemar_exact, ["BIGINT", "BIGINT"], "DOUBLE")
    for table in TABLES:
        _table(connection, table, [p for b in benches for p in b.parts(table)], len(benches) > 1)
    for view in VIEWS:
        connection.execute(f"create view {view} as {_sql('views', view)}")
    return connection


def _table(
    connection: duckdb.DuckDBPyConnection, table: str, files: list[Path], several: bool
) -> None:
    if not files:
        empty = schema(table).empty_table()
        connection.register(f"no_{table}", empty)
        connection.execute(f"create view {table} as select * from no_{table}")
        return
    for file in files:
        check_schema(file, table)
    sources = [f"select * from {source}" for source in _sources(connection, table, files)]
    rows = " union all ".join(sources)
    distinct = f"distinct on ({_KEYS[table]})" if several and table in _KEYS else ""
    connection.execute(f"create view {table} as select {distinct} * from ({rows})")


def _sources(connection: duckdb.DuckDBPyConnection, table: str, files: list[Path]) -> Iterator[str]:
    """Yield what DuckDB reads the files from: those on disk itself, others through pyarrow."""
    remote = [cast(RemotePath, f) for f in files if isinstance(f, RemotePath)]
    local = [str(f).replace("'", "''") for f in files if not isinstance(f, RemotePath)]
    names = ", ".join(f"'{name}'" for name in local)
    if names:
        # hive_partitioning off: the model is a column of the files, with its real name
        yield f"read_parquet([{names}], hive_partitioning = false)"
    for number, root in enumerate(sorted({f.root for f in remote})):
        from pyarrow.dataset import dataset

        keys = [f for f in remote if f.root == root]
        rows = dataset([f.key for f in keys], format="parquet", filesystem=keys[0].filesystem)
        connection.register(f"remote_{table}_{number}", rows)
        yield f"remote_{table}_{number}"
