"""What is there of one model's answers, read without getting in the way of who writes them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from synthctx.backlog import (
    ANSWERED,
    FAILED,
    NOT_PASSED,
    PASSED,
    PASSES,
    UNKNOWN,
    Answers,
    Backlog,
    Cell,
    Index,
)
from synthctx.errors import StoreError
from synthctx.places import RemotePath
from synthctx.store import Bench, read_batches
from synthctx.tables import schema
from synthctx.truncation import FILE as CALIBRATION
from synthctx.truncation import Calibration
from synthctx.truncation import load as load_calibration

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

    Ints = npt.NDArray[np.int64]

Stamp = tuple[int, ...]
RECENT_SECONDS, RECENT = 600.0, 50  # what the speed is taken from: the last so many answers
_FRESH_SECONDS = 120.0
_MOST = 20_000_000  # samples times attempts that are kept count of
_COLUMNS = [
    "sample_id",
    "model",
    "attempt",
    "prompt_tokens",
    "completion_tokens",
    "error",
    "answered_at",
]


@dataclass
class Counts:
    """What is there of some samples.

    Attributes:
        answered: answers that are there.
        of: how many there are to be.
        scored: of those answered, how many have been scored.
        unscored: how many wait for that.
        passed: how many of these pass.
        tokens_in: of the prompts answered, as the server counted, else as the bench does.
        tokens_out: of the answers; None where nobody has counted them.
        errors: calls that gave no answer, and have not been made again.
        truncated_prompts: answers to prompts that the server has not seen whole.
    """

    answered: int = 0
    of: int = 0
    scored: int = 0
    unscored: int = 0
    passed: int = 0
    tokens_in: int = 0
    tokens_out: int | None = None
    errors: int = 0
    truncated_prompts: int = 0

    @property
    def pass_rate(self) -> float | None:
        """Return the share of scored answers that pass, None where there is none."""
        return self.passed / self.scored if self.scored else None

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {**asdict(self), "pass_rate": self.pass_rate}


@dataclass(frozen=True)
class ModelSeen:
    """What a model has done.

    Attributes:
        model: its name; the folder's until the first answer is there.
        all: all cells together.
        cells: each cell.
        last_error: the last message of a call that gave no answer, "" where there is none.
        per_second: answers, of late; None where nobody is at work.
        at_work: whether a run has its journal open, or was killed; in an object store also
            whether answers are new.
    """

    model: str
    all: Counts
    cells: dict[Cell, Counts]
    last_error: str
    per_second: float | None
    at_work: bool

    @property
    def seconds_left(self) -> float | None:
        """Return about how long it takes until all is answered, None where that is not known."""
        left = self.all.of - self.all.answered
        return left / self.per_second if left and self.per_second else None

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        cells = []
        for cell, counts in self.cells.items():
            place = {k: v for k, v in cell._asdict().items() if k != "depth" or v is not None}
            cells.append({**place, **counts.as_dict()})
        return {
            "model": self.model,
            **self.all.as_dict(),
            "last_error": self.last_error or None,
            "at_work": self.at_work,
            "per_second": self.per_second,
            "seconds_left": self.seconds_left,
            "cells": cells,
        }


@dataclass
class Files:
    """What there is of a model: stamps say whether a file is still the same.

    Attributes:
        outputs: its parts.
        scores: parts of scores.
        journal: stamp of the journal, empty where there is none.
        rows: the journal's rows, None where it has not changed.
    """

    outputs: dict[Path, Stamp] = field(default_factory=dict)
    scores: dict[Path, Stamp] = field(default_factory=dict)
    journal: Stamp = ()
    rows: list[dict[str, Any]] | None = None


class Folder:
    """What is known of one model.

    Attributes:
        model: its name; the folder's until the first row is there.
        journal: stamp of the journal that was read last.
        unread: parts that are still to be read.
    """

    def __init__(self, bench: Bench, name: str, index: Index, backlog: Backlog) -> None:
        self.model = name.removeprefix("model=")
        self.journal: Stamp = ()
        self.unread = 0
        self._bench = bench
        self._name = name
        self._index = index
        self._backlog = backlog
        self._most = max(1, _MOST // max(1, len(index)))  # attempts
        self._calibrated: tuple[Stamp, Calibration | None] = ((), None)
        self._reset()

    def _reset(self) -> None:
        self._answers = Answers(len(self._index))
        self._parts: dict[Path, Stamp] = {}
        self._scores: dict[Path, Stamp] = {}
        self._broken: dict[Path, str] = {}
        self._strangers = 0
        self._error = ""

    def read(self, files: Files, until: float) -> None:
        """Read what is new, parts only until a time."""
        if any(files.outputs.get(path) != stamp for path, stamp in self._parts.items()):
            self._backlog.forget(self._name, self._answers)
            self._reset()
            files.journal = files.journal if files.rows is not None else ()  # to be read again
        new = [path for path in sorted(files.outputs) if path not in self._parts]
        self.unread = len(new)
        for path in new:
            if time.monotonic() > until:
                break
            self._read_part(path, files.outputs[path])
            self.unread -= 1
        if files.rows is not None:
            self._read_rows(files.rows)
        self.journal = files.journal
        if files.scores != self._scores and not self.unread:
            self._read_scores(files.scores)

    def _read_part(self, path: Path, stamp: Stamp) -> None:
        try:
            table = _table("outputs", [path], _COLUMNS)
        except StoreError as error:
            if stamp_of(path):  # one that has vanished meanwhile is no trouble
                self._broken[path] = str(error)
                if not isinstance(path, RemotePath):  # a store may answer the next time
                    self._parts[path] = stamp
            return
        self._parts[path] = stamp
        self._broken.pop(path, None)
        place, attempt = self._take(table)
        self._strangers += int((place < 0).sum())
        self._backlog.add_part(self._answers, path, place, attempt)

    def _read_rows(self, rows: list[dict[str, Any]]) -> None:
        import pyarrow as pa

        fields = pa.schema([schema("outputs").field(name) for name in _COLUMNS])
        place, _ = self._take(pa.Table.from_pylist(rows, schema=fields))
        known = np.flatnonzero(place >= 0).tolist()
        self._backlog.set_rows(self._name, self._answers, [rows[n] for n in known], place[known])

    def _take(self, table: pa.Table) -> tuple[Ints, Ints]:
        """Put rows in their places; return these, with -1 for rows that have none."""
        import pyarrow as pa
        import pyarrow.compute as pc

        place = self._index.places(table["sample_id"].to_pylist())
        attempt = table["attempt"].fill_null(0).to_numpy().astype(np.int64)
        good = (place >= 0) & (attempt >= 0) & (attempt < self._most)
        place = np.where(good, place, -1)
        answered = pc.is_null(table["error"]).to_numpy(zero_copy_only=False)
        numbers = [
            np.clip(table[name].fill_null(-1).to_numpy(), -1, 2**31 - 1)
            for name in ("prompt_tokens", "completion_tokens")
        ]
        at = table["answered_at"].cast(pa.int64()).fill_null(0).to_numpy()
        rows = [array[good] for array in (place, attempt, answered, *numbers, at)]
        self._answers.take(*rows)
        failed = np.flatnonzero(~answered)
        if len(failed):
            self._error = table["error"][int(failed[-1])].as_py()
        if len(table):
            self.model = table["model"][0].as_py() or self.model
        return place, attempt

    def _read_scores(self, files: dict[Path, Stamp]) -> None:
        """Take up stored scores, which go before those made here."""
        try:
            table = _table("scores", sorted(files), ["sample_id", "attempt", "score"])
        except StoreError:
            return  # made anew at this moment: the next look finds it
        self._scores = files
        self._answers.stored[:] = UNKNOWN
        place = self._index.places(table["sample_id"].to_pylist())
        attempt = table["attempt"].fill_null(0).to_numpy().astype(np.int64)
        score = table["score"].fill_null(-1.0).to_numpy()
        good = (place >= 0) & (attempt >= 0) & (attempt < self._answers.attempts) & (score >= 0)
        mark = np.where(score >= PASSES, PASSED, NOT_PASSED)
        self._answers.stored[attempt[good], place[good]] = mark[good]

    def notes(self) -> list[str]:
        """Return what should be known of its files."""
        out = list(self._broken.values())
        if self._strangers:
            out.append(
                f"{self._strangers} answers of {self.model} are not counted: they are to no sample "
                f"of this bench, or of more than {self._most:,} attempts"
            )
        return out

    def seen(self, wanted: npt.NDArray[np.bool_], attempts: int) -> ModelSeen:
        """Return what the model has done.

        Args:
            wanted: which samples are to be answered.
            attempts: how often, at least.
        """
        cells = self._counts(wanted, max(attempts, self._answers.attempts))
        whole = Counts()
        for counts in cells.values():
            for name, value in vars(counts).items():
                if value is not None:
                    setattr(whole, name, (getattr(whole, name) or 0) + value)
        at_work, speed = self._speed()
        error = self._error if whole.errors else ""
        return ModelSeen(self.model, whole, cells, error, speed if at_work else None, at_work)

    def _counts(self, wanted: npt.NDArray[np.bool_], attempts: int) -> dict[Cell, Counts]:
        index, table = self._index, self._answers
        there = (table.status == ANSWERED) & wanted
        marks, least = table.marks, self._least()
        tokens = np.where(table.seen >= 0, table.seen, np.maximum(index.tokens, 0))
        cut = there & (table.seen >= 0) & (table.seen < least)
        told = there & (table.out >= 0)
        of = np.bincount(index.cell[wanted], minlength=len(index.cells)) * attempts
        columns = {
            "answered": self._sums(there),
            "of": of,
            "scored": self._sums(there & ((marks == PASSED) | (marks == NOT_PASSED))),
            "unscored": self._sums(there & (marks == UNKNOWN)),
            "passed": self._sums(there & (marks == PASSED)),
            "tokens_in": self._sums(there * tokens),
            "tokens_out": self._sums(told * table.out),
            "errors": self._sums((table.status == FAILED) & wanted),
            "truncated_prompts": self._sums(cut),
        }
        silent = self._sums(told) == 0
        out = {}
        for number, cell in enumerate(index.cells):
            if of[number]:
                values = {name: int(column[number]) for name, column in columns.items()}
                out[cell] = Counts(**values)
                if silent[number]:
                    out[cell].tokens_out = None
        return out

    def _sums(self, values: Any) -> Any:
        """Return the sums of a table of attempts by samples, over each cell."""
        each = values.sum(axis=0, dtype=np.int64)
        return np.bincount(self._index.cell, weights=each, minlength=len(self._index.cells))

    def _least(self) -> npt.NDArray[np.float64]:
        """Return the least that the server may count for each whole prompt, -1: not known."""
        index = self._index
        out = np.full(len(index), -1.0)
        calibration = self._calibration()
        for number, kind in enumerate(index.kinds if calibration else []):
            found = calibration.fit(kind) if calibration else None
            if found is not None:
                here = (index.kind == number) & (index.tokens >= 0)
                base = found.least(0)
                out[here] = base + (found.least(1) - base) * index.tokens[here]
        return out

    def _calibration(self) -> Calibration | None:
        """Return what is known of how the server counts, read again when it has changed."""
        stamp = stamp_of(self._bench.path / "outputs" / self._name / CALIBRATION)
        if stamp != self._calibrated[0] or self._calibrated[1] is None:
            try:
                self._calibrated = stamp, load_calibration(self._bench, self.model)
            except StoreError:
                return None  # written at this moment, or damaged: `score` says so
        return self._calibrated[1]

    def _speed(self) -> tuple[bool, float | None]:
        """Return whether a run is at work, and how many answers come in a second.

        The journal of a run is there until it ends. That of a bench in an object store is on the
        machine of the run: from elsewhere a run is at work while answers are new.
        """
        now = time.time()
        at = self._answers.at[self._answers.status == ANSWERED] / 1e6
        recent = at[(at > now - RECENT_SECONDS) & (at <= now)]
        at_work = bool(self.journal)
        if isinstance(self._bench.path, RemotePath):
            at_work = at_work or bool((recent > now - _FRESH_SECONDS).any())
        if len(recent) < 2:
            return at_work, None
        if len(recent) > RECENT:
            recent = np.partition(recent, -RECENT)[-RECENT:]
        return at_work, (len(recent) - 1) / max(now - float(recent.min()), 1e-3)


def stamp_of(path: Path) -> Stamp:
    """Return what changes when a file does, empty when it is not there."""
    if isinstance(path, RemotePath):
        return (1,)  # objects are there whole or not at all
    try:
        found = path.stat()
    except OSError:
        return ()
    return found.st_ino, found.st_size, found.st_mtime_ns


def journal_rows(path: Path, known: Stamp) -> tuple[Stamp, list[dict[str, Any]] | None]:
    """Return the stamp and the rows of a journal; None for rows that have been read already."""
    stamp = stamp_of(path)
    if stamp == known or not stamp:
        return stamp, None
    try:
        return stamp, list(_parsed(path.read_bytes()))
    except OSError:
        return (), None


def _parsed(lines: bytes) -> Iterator[dict[str, Any]]:
    """Yield the rows of a journal, but for a line that is half written."""
    names = schema("outputs").names
    for line in lines.split(b"\n"):
        try:
            row = json.loads(line)
            row = {name: row[name] for name in names}
            row["answered_at"] = datetime.fromisoformat(row["answered_at"])
            if _sound(row):
                yield row
        except (ValueError, KeyError, TypeError):
            continue


def _sound(row: dict[str, Any]) -> bool:
    """Return whether the values of a journal's row are of the kinds they should be."""
    texts = ("output", "reasoning", "finish_reason", "error")
    numbers = ("prompt_tokens", "completion_tokens")
    return (
        isinstance(row["sample_id"], str)
        and isinstance(row["model"], str)
        and isinstance(row["attempt"], int)
        and 0 <= row["attempt"] < 2**31
        and all(isinstance(row[name], str | None) for name in texts)
        and all(isinstance(row[name], int | None) for name in numbers)
    )


def _table(table: str, paths: list[Path], columns: list[str]) -> pa.Table:
    """Return some columns of files of a table.

    Raises:
        StoreError: a file has vanished, is damaged, or has not these columns.
    """
    import pyarrow as pa

    empty = schema(table).empty_table().select(columns)
    try:
        return pa.concat_tables([empty, *read_batches(paths, columns)])
    except pa.ArrowException as error:
        raise StoreError(f"'{paths[0]}' has not the columns of the table {table}") from error
