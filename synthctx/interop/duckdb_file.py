"""A bench as one DuckDB file: tables and views, for any tool that opens such files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from synthctx.errors import StoreError
from synthctx.store import Bench, atomic
from synthctx.tables import TABLES

if TYPE_CHECKING:
    import duckdb


def export_duckdb(bench: str | Path | Bench, path: str | Path, *, texts: bool = False) -> Path:
    """Write the four tables and all views of a bench to one DuckDB file; return its path.

    Nothing of synthctx is needed to open it: the views and the functions they use are SQL.

    Args:
        bench: the bench.
        path: the file; one that is there is replaced.
        texts: whether to take the texts of the contexts along, which are most of a bench.

    Raises:
        StoreError: there is no bench, or the file cannot be written.
    """
    import duckdb

    from synthctx.analytics.connect import add_views, connect

    with connect(bench) as source, atomic(Path(path)) as temporary:
        temporary.unlink(missing_ok=True)
        try:
            with duckdb.connect(str(temporary)) as target:
                for table in TABLES:
                    _copy(source, target, table, texts)
                add_views(target)
        except duckdb.IOException as error:
            raise StoreError(f"cannot write '{path}': {str(error).splitlines()[0]}") from error
    return Path(path)


def _copy(
    source: duckdb.DuckDBPyConnection, target: duckdb.DuckDBPyConnection, table: str, texts: bool
) -> None:
    drop = "" if texts or table != "contexts" else "replace (null::varchar as text)"
    reader = source.sql(f"select * {drop} from {table}").to_arrow_reader(10_000)
    target.register("rows", reader)
    target.execute(f"create table {table} as select * from rows")
    target.unregister("rows")
