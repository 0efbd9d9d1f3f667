"""Rows in and out of Parquet, CSV or JSON lines, whatever tool has written them."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthctx.errors import StoreError, UnknownName, did_you_mean
from synthctx.jsonio import storable
from synthctx.store import atomic, read_rows, read_schema

if TYPE_CHECKING:
    import pyarrow as pa

SUFFIXES = (".parquet", ".csv", ".jsonl")  # read and written
READABLE = (*SUFFIXES, ".tsv", ".json")


def read_table(path: str | Path, columns: Sequence[str] = ()) -> Iterator[dict[str, Any]]:
    """Yield the rows of a file; the suffix says what it is.

    Args:
        path: a .parquet, .csv or .tsv (with a header line), .jsonl or .json (a list of objects)
            file. In a .csv whose header line has no comma, semicolons or tabs part the cells, as
            spreadsheets in many countries save them.
        columns: columns that must be there.

    Raises:
        StoreError: not there, not readable, or a line that is not what it should be.
        UnknownName: a column is missing; lists those that are there.
    """
    file = Path(path)
    suffix = file.suffix.lower()
    if suffix not in READABLE:
        raise StoreError(f"'{file}' is none of {', '.join(READABLE)}")
    if not file.is_file():
        raise StoreError(f"there is no file '{file}'")
    readers: dict[str, Callable[[Path], Iterator[dict[str, Any]]]] = {
        ".parquet": _parquet,
        ".csv": _csv,
        ".tsv": partial(_csv, delimiter="\t"),
        ".jsonl": _jsonl,
        ".json": _json,
    }
    return _checked(readers[suffix](file), columns, file)


def _checked(
    rows: Iterator[dict[str, Any]], columns: Sequence[str], file: Path
) -> Iterator[dict[str, Any]]:
    for number, row in enumerate(rows, 1):
        for column in columns:
            if column not in row:
                raise UnknownName(
                    f"'{file}', row {number}: no column '{column}'.{did_you_mean(column, row)} "
                    f"Columns: {', '.join(row)}"
                )
        yield row


def _parquet(file: Path) -> Iterator[dict[str, Any]]:
    return read_rows(file)


def _csv(file: Path, delimiter: str = "") -> Iterator[dict[str, Any]]:
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    try:
        with file.open(encoding="utf-8-sig", newline="") as handle:
            if not delimiter:
                header = handle.readline()
                delimiter = next((mark for mark in ",;\t" if mark in header), ",")
                handle.seek(0)
            for number, row in enumerate(csv.DictReader(handle, delimiter=delimiter), 1):
                if None in row:
                    raise StoreError(
                        f"'{file}', row {number}: more cells than the header line has names "
                        "(a text with the delimiter in it stands in quotes)"
                    )
                yield row
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise StoreError(f"'{file}' is not a readable CSV file: {error}") from error


def _json(file: Path) -> Iterator[dict[str, Any]]:
    try:
        rows = json.loads(file.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise StoreError(f"'{file}' is not readable JSON: {error}") from error
    if not isinstance(rows, list):
        raise StoreError(f"'{file}' is not a JSON list of objects")
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict):
            raise StoreError(f"'{file}', row {number}: not a JSON object")
        yield row


def _jsonl(file: Path) -> Iterator[dict[str, Any]]:
    number = 0
    try:
        with file.open(encoding="utf-8-sig") as handle:
            for number, line in enumerate(handle, 1):
                if line.strip():
                    row = json.loads(line.rstrip("\r\n"))
                    if not isinstance(row, dict):
                        raise StoreError(f"'{file}', line {number}: not a JSON object")
                    yield row
    except json.JSONDecodeError as error:
        # the error counts lines within the line
        raise StoreError(
            f"'{file}' is not a readable JSON lines file: line {number}, column {error.colno}: "
            f"{error.msg}"
        ) from error
    except (OSError, UnicodeDecodeError, RecursionError) as error:
        raise StoreError(f"'{file}' is not a readable JSON lines file: {error}") from error


# ---------------------------------------------------------------- writing

_GROUP = 10_000
Kind = type[int] | type[float] | type[str]


def column_kinds(path: str | Path) -> dict[str, Kind]:
    """Return what the columns of a file hold throughout: int, float (or both), else str.

    Raises:
        StoreError: as of `read_table`.
    """
    if Path(path).suffix.lower() == ".parquet":
        return _schema_kinds(Path(path))
    kinds: dict[str, Kind] = {}
    for row in read_table(path):
        for name, value in row.items():
            if value is not None:
                kinds[name] = _both(kinds.get(name), type(value))
    return kinds


def _both(one: Kind | None, other: type) -> Kind:
    if other not in (int, float) or one is str:
        return str
    return int if other is int and one in (None, int) else float


def _schema_kinds(file: Path) -> dict[str, Kind]:
    import pyarrow as pa

    def kind(field: pa.DataType) -> Kind:
        if pa.types.is_floating(field):
            return float
        return int if pa.types.is_integer(field) else str

    return {field.name: kind(field.type) for field in read_schema(file)}


def write_table(
    path: str | Path, rows: Iterable[Mapping[str, Any]], kinds: Mapping[str, Kind]
) -> None:
    """Write rows to a file, some thousands at a time; the suffix says how.

    Args:
        path: a .parquet, .csv or .jsonl file.
        rows: what to write.
        kinds: the columns in order, and what they hold; a value that is neither text nor
            number is written as JSON. JSON lines keep rows as they are.

    Raises:
        StoreError: another suffix, or it cannot be written.
    """
    file = Path(path)
    if file.suffix not in SUFFIXES:
        raise StoreError(f"'{file}' is none of {', '.join(SUFFIXES)}")
    with atomic(file) as temporary:
        if file.suffix == ".parquet":
            _write_parquet(temporary, iter(rows), kinds)
            return
        with temporary.open("w", encoding="utf-8", errors="replace", newline="") as out:
            if file.suffix == ".jsonl":
                out.writelines(_as_json(row) + "\n" for row in rows)
            else:
                writer = csv.DictWriter(out, list(kinds), extrasaction="ignore")
                writer.writeheader()
                writer.writerows({name: _cell(value) for name, value in r.items()} for r in rows)


def _as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _cell(value: Any) -> str | int | float | None:
    return value if value is None or type(value) in (str, int, float) else _as_json(value)


def _write_parquet(
    file: Path, rows: Iterator[Mapping[str, Any]], kinds: Mapping[str, Kind]
) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    types = {int: pa.int64(), float: pa.float64(), str: pa.large_string()}
    columns = pa.schema([(name, types[kind]) for name, kind in kinds.items()])

    def column(group: list[Mapping[str, Any]], name: str, kind: Kind) -> pa.Array:
        cells = (_cell(row.get(name)) for row in group)
        if kind is str:
            return pa.array([c if c is None else storable(str(c)) for c in cells], types[kind])
        return pa.array([c if c is None else kind(c) for c in cells], types[kind])

    with pq.ParquetWriter(file, columns, compression="zstd") as writer:
        while group := list(islice(rows, _GROUP)):
            arrays = [column(group, *item) for item in kinds.items()]
            writer.write_table(pa.Table.from_arrays(arrays, schema=columns))
