"""Answers on disk as soon as they are there: a line in a journal first, then parts of a table.

A line is handed to the operating system when its answer arrives, so that a process that is
killed loses none; what a killed run has left is taken up by the next `answer` or `score`. An
object store takes no single lines: the journal of a bench in one lies in the user's cache, and
is taken up on the same machine.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from synthctx.errors import StoreError
from synthctx.jsonio import digest, storable
from synthctx.models import Answer
from synthctx.places import RemotePath
from synthctx.store import Bench, read_rows, write_rows
from synthctx.tables import slug

JOURNAL = ".answers.jsonl"
_FLUSH_ROWS = 500
_FLUSH_BYTES = 32 << 20
_FLUSH_SECONDS = 60.0
_UNKEPT_SECONDS = 10.0  # where no journal can be kept
_SYNC_SECONDS = 1.0  # a machine that loses its power loses no more than this


class Writer:
    """Takes answers of one model and writes them as parts of its outputs.

    Raises:
        StoreError: the folder cannot be written, or another run of the model is at work in it.
    """

    def __init__(self, bench: Bench, model: str) -> None:
        self._bench = bench
        self._model = model
        self._rows: list[dict[str, Any]] = []
        self._bytes = 0
        self._since = self._synced = time.monotonic()
        self.last_error = ""
        self._file = _begun(bench, model)

    def add(self, sample_id: str, attempt: int, found: Answer, latency: float | None) -> bool:
        """Keep one answer; return whether there was one."""
        row = {
            "sample_id": sample_id,
            "model": self._model,
            "attempt": attempt,
            "output": storable(found.output),
            "reasoning": storable(found.reasoning),
            "finish_reason": storable(found.finish_reason),
            "prompt_tokens": found.prompt_tokens,
            "completion_tokens": found.completion_tokens,
            "latency_s": latency,
            "error": storable(found.error),
            "answered_at": datetime.now(UTC),
        }
        self._rows.append(row)
        self._note(row)
        if found.error is not None:
            self.last_error = found.error
        waited = time.monotonic() - self._since
        longest = _UNKEPT_SECONDS if self._file is None else _FLUSH_SECONDS
        if len(self._rows) >= _FLUSH_ROWS or self._bytes >= _FLUSH_BYTES or waited > longest:
            self.flush()
        return found.error is None

    def _note(self, row: Mapping[str, Any]) -> None:
        self._bytes += len(row["output"] or "") + len(row["reasoning"] or "")
        if self._file is None:
            return
        try:
            self._file.write(_line(row))
            self._file.flush()
            if time.monotonic() - self._synced > _SYNC_SECONDS:
                os.fsync(self._file.fileno())
                self._synced = time.monotonic()
        except OSError as error:
            raise StoreError(f"cannot write answers: {error.strerror or error}") from error

    def flush(self) -> None:
        """Make a part of what has been collected."""
        if self._rows:
            part = self._bench.next_model_part("outputs", self._model)
            write_rows(part, "outputs", self._rows)
            if self._file is not None:
                _sync(part)
                self._file.truncate(0)
        self._rows, self._bytes = [], 0
        self._since = time.monotonic()

    def close(self) -> None:
        """Make a part of what has been collected, and end."""
        try:
            self.flush()
        finally:
            if self._file is not None:
                if not self._rows:
                    _remove(_journal(self._bench, self._model))
                self._file.close()


def recover(bench: Bench) -> None:
    """Make parts of what killed runs have left in journals; a run at work is left alone.

    Raises:
        StoreError: the folder cannot be written.
    """
    for path in sorted(journals(bench).glob(f"model=*/{JOURNAL}")):
        file = _locked(path)
        if file is not None:
            with file:
                _take_up(bench, file)
                _remove(path)


def journals(bench: Bench) -> Path:
    """Return where the journals of a bench lie."""
    if not isinstance(bench.path, RemotePath):
        return bench.path / "outputs"
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    # the address of a store may hold a secret: it names the folder by its digest alone
    return cache / "synthctx" / "answers" / digest([bench.path.root, bench.path.key])


def _journal(bench: Bench, model: str) -> Path:
    return journals(bench) / f"model={slug(model)}" / JOURNAL


def _begun(bench: Bench, model: str) -> IO[bytes] | None:
    """Return the journal of a run that begins; None for a remote bench where none can be kept."""
    try:
        file = _locked(_journal(bench, model))
    except (StoreError, RuntimeError):  # no home, or one that cannot be written
        if isinstance(bench.path, RemotePath):
            return None
        raise
    if file is None:
        raise StoreError(f"another run is storing answers of '{model}' in '{bench.path}'")
    _take_up(bench, file)
    return file


def _locked(path: Path) -> IO[bytes] | None:
    """Return the journal, opened and locked; None when another process has the lock."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a+b")
    except OSError as error:
        raise StoreError(f"cannot write '{path.parent}': {error.strerror or error}") from error
    try:
        import fcntl
    except ImportError:  # a system without such locks: nobody is kept out
        return file
    try:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    return file


def _take_up(bench: Bench, file: IO[bytes]) -> None:
    """Make parts of the lines of a journal, but not of those that are in a part already."""
    file.seek(0)
    by_model: dict[str, list[dict[str, Any]]] = {}
    for row in _rows(file):
        by_model.setdefault(row["model"], []).append(row)
    for model, rows in by_model.items():
        there = {
            (r["sample_id"], r["attempt"], r["answered_at"])
            for part in bench.model_parts("outputs", model)
            for r in read_rows(part, ["sample_id", "attempt", "answered_at"])
        }
        new = [r for r in rows if (r["sample_id"], r["attempt"], r["answered_at"]) not in there]
        if new:
            part = bench.next_model_part("outputs", model)
            write_rows(part, "outputs", new)
            _sync(part)
    file.truncate(0)


def _rows(file: IO[bytes]) -> Iterator[dict[str, Any]]:
    for line in file:
        try:
            row = json.loads(line)
            yield {**row, "answered_at": datetime.fromisoformat(row["answered_at"])}
        except (ValueError, KeyError, TypeError):
            continue  # the last line of a machine that lost its power


def _line(row: Mapping[str, Any]) -> bytes:
    fields = {**row, "answered_at": row["answered_at"].isoformat()}
    return json.dumps(fields, ensure_ascii=False).encode("utf-8") + b"\n"


def _sync(path: Path | RemotePath) -> None:
    """Have a file and its entry on the disk itself before its lines leave the journal."""
    if isinstance(path, RemotePath):
        return  # an object is there whole once it is written
    for place in (path, path.parent):
        number = os.open(place, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
    try:
        for folder in list(path.parents)[:2]:
            folder.rmdir()  # a run that has stored nothing leaves nothing
    except OSError:
        return
