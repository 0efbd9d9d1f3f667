"""A DuckDB connection over one bench or several, with the views."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from synthctx.errors import SuiteError, unknown
from synthctx.places import RemotePath
from synthctx.store import Bench, check_schema
from synthctx.tables import TABLES, schema

if TYPE_CHECKING:
    import duckdb

# views later in the list use earlier ones
VIEWS = (
    "results",
    "answers",
    "cells",
    "lengths",
    "effective_length",
    "groups",
    "versions",
    "pairs",
    "positions",
    "demonstrations",
    "late_labels",
    "first_errors",
    "failures",
)
_PARAMETER = re.compile(r"^-- \$(\w+) = (.+?): (.*)$", re.MULTILINE)
_KEYS = {"samples": "sample_id", "contexts": "context_id"}


def _sql(folder: str, name: str) -> str:
    return _resource(folder, f"{name}.sql")


def _resource(*path: str) -> str:
    return resources.files("synthctx.analytics").joinpath(*path).read_text("utf-8")


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


class Parameter(NamedTuple):
    """A parameter of a named query: the value it has when none is given, and what it is."""

    default: Any
    what: str


def query_parameters(name: str) -> dict[str, Parameter]:
    """Return the parameters of a named query, from its lines "-- $name = default: what it is".

    Raises:
        UnknownName: there is no query of that name.
    """
    found = _PARAMETER.findall(named_query(name))
    return {key: Parameter(json.loads(default), what) for key, default, what in found}


def bound(sql: str, given: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that the parameters ($name) of a query are bound to.

    Values are bound by the database, never put into the SQL.

    Args:
        sql: one query that only reads.
        given: values by name.
        defaults: what stands in for those not given.

    Raises:
        SuiteError: it is not one query, it would change something, or a value is missing.
        UnknownName: a value is given for a parameter that it does not have.
    """
    import duckdb

    try:
        statements = duckdb.extract_statements(sql)
    except duckdb.Error as error:
        raise wrong_query(error) from error
    if len(statements) != 1 or not _only_reads(statements[0].type.name, sql):
        raise SuiteError("the query must be one that only reads: select, from, with, pivot, ...")
    names = set(statements[0].named_parameters)
    for name in given:
        if name not in names:
            raise unknown("parameter of the query", name, names)
    values = {name: given.get(name, defaults.get(name)) for name in names}
    missing = sorted(name for name in names if name not in given and name not in defaults)
    if missing:
        raise SuiteError(f"the query needs {', '.join(f'-p {name}=VALUE' for name in missing)}")
    return values


def _only_reads(kind: str, sql: str) -> bool:
    # a pivot is several statements to the database: it collects the columns first
    return kind in ("SELECT", "EXPLAIN") or (kind == "MULTI" and "pivot" in sql.lower())


def wrong_query(error: Exception) -> SuiteError:
    """Return the error of a query that the database refuses, in its words."""
    lines = [line for line in str(error).splitlines() if line.strip()][:6]
    return SuiteError("the query is wrong: " + "\n  ".join(lines))


def named_query(name: str) -> str:
    """Return the SQL of a named query, or of all rows of a view.

    Raises:
        UnknownName: there is none of that name.
    """
    if name in query_names():
        return _sql("queries", name)
    if name in VIEWS:
        return f"select * from {name} order by all"
    raise unknown("query", name, [*query_names(), *VIEWS], limit=30)


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
    for table in TABLES:
        _table(connection, table, [p for b in benches for p in b.parts(table)], len(benches) > 1)
    add_views(connection)
    return connection


def add_views(connection: duckdb.DuckDBPyConnection) -> None:
    """Add the views, and the functions they use, to a connection that has the four tables."""
    add_functions(connection)
    for view in VIEWS:
        connection.execute(f"create view {view} as {_sql('views', view)}")


def add_functions(connection: duckdb.DuckDBPyConnection) -> None:
    """Add the functions of macros.sql (share_low, by_problem, mcnemar, ...) to a connection."""
    connection.execute(_resource("macros.sql"))


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
