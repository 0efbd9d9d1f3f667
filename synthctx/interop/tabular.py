"""Reading rows out of Parquet, CSV or JSON lines, whatever tool has written them."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from synthctx.errors import StoreError, UnknownName, did_you_mean
from synthctx.store import read_rows

SUFFIXES = (".parquet", ".csv", ".jsonl")


def read_table(path: str | Path, columns: Sequence[str] = ()) -> Iterator[dict[str, Any]]:
    """Yield the rows of a file; the suffix says what it is.

    Args:
        path: a .parquet, .csv (with a header line) or .jsonl file.
        columns: columns that must be there.

    Raises:
        StoreError: not there, not readable, or a line that is not what it should be.
        UnknownName: a column is missing; lists those that are there.
    """
    file = Path(path)
    if file.suffix not in SUFFIXES:
        raise StoreError(f"'{file}' is none of {', '.join(SUFFIXES)}")
    if not file.is_file():
        raise StoreError(f"there is no file '{file}'")
    readers = {".parquet": _parquet, ".csv": _csv, ".jsonl": _jsonl}
    return _checked(readers[file.suffix](file), columns, file)


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


def _csv(file: Path) -> Iterator[dict[str, Any]]:
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    try:
        with file.open(encoding="utf-8-sig", newline="") as handle:
            yield from csv.DictReader(handle)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise StoreError(f"'{file}' is not a readable CSV file: {error}") from error


def _jsonl(file: Path) -> Iterator[dict[str, Any]]:
    try:
        with file.open(encoding="utf-8") as handle:
            for number, line in enumerate(handle, 1):
                if line.strip():
                    row = json.loads(line)
                    if not isinstance(row, dict):
                        raise StoreError(f"'{file}', line {number}: not a JSON object")
                    yield row
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise StoreError(f"'{file}' is not a readable JSON lines file: {error}") from error
