"""Samples of a bench by place, and answers to them that are graded little by little."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from synthctx.errors import StoreError, SynthctxError
from synthctx.scoring import score_row
from synthctx.store import Bench, read_batches
from synthctx.truncation import Kind

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

PASSES = 0.999  # strict score from which an answer passes, as in the views
UNKNOWN, NOT_PASSED, PASSED, NO_SCORE = range(4)
NOTHING, FAILED, ANSWERED = range(3)
_COLUMNS = ["sample_id", "task", "language", "length", "depth", "tokenizer", "prompt_tokens"]
_REFERENCE = ["scorer", "reference", "rule_params"]
_TEXTS = ["sample_id", "model", "attempt", "output", "reasoning", "finish_reason", "error"]
_KEPT = 4  # parts of samples whose references are held


class Cell(NamedTuple):
    """What samples are counted together by; the depth is None where all are."""

    task: str
    language: str
    length: int
    depth: float | None


class Index:
    """The samples of a bench, each known by its place in order.

    Attributes:
        cells: the cells, sorted.
        cell: of each sample the number of its cell.
        kinds: kinds of text, as truncation is told by.
        kind: of each sample the number of its kind.
        tokens: of each prompt by the bench's tokenizer, -1 where nobody has counted.
        files: the files that this was read from.
    """

    def __init__(self, bench: Bench, by_depth: bool = False) -> None:
        import pyarrow as pa

        from synthctx.tables import schema

        self.files = bench.parts("samples")
        parts = [list(read_batches([path], _COLUMNS)) for path in self.files]
        sizes = [sum(batch.num_rows for batch in part) for part in parts]
        self._starts = np.cumsum([0, *sizes])
        empty = schema("samples").empty_table().select(_COLUMNS)
        table = pa.concat_tables([empty, *(batch for part in parts for batch in part)])
        self._references: OrderedDict[int, pa.Table] = OrderedDict()
        ids = _bytes(table["sample_id"].to_pylist())
        self._order = np.argsort(ids, kind="stable")
        self._ids = ids[self._order]
        self.cells, self.cell = _cells(table, by_depth)
        kinds, self.kind = _coded(table, ["task", "language", "tokenizer"])
        self.kinds = [Kind(*values) for values in kinds]
        self.tokens = table["prompt_tokens"].fill_null(-1).to_numpy()

    def __len__(self) -> int:
        """Return how many samples there are."""
        return len(self._ids)

    def places(self, ids: Sequence[Any]) -> npt.NDArray[np.int64]:
        """Return the places of samples, -1 for those that the bench does not have."""
        wanted = _bytes(ids)
        if not len(self) or not len(wanted):
            return np.full(len(wanted), -1)
        at = np.minimum(np.searchsorted(self._ids, wanted), len(self) - 1)
        return np.where(self._ids[at] == wanted, self._order[at], -1)

    def reference(self, place: int) -> dict[str, Any]:
        """Return what grading needs of a sample: scorer, reference, rule_params.

        Raises:
            StoreError: the file is not there or is damaged.
        """
        import pyarrow as pa

        part = int(np.searchsorted(self._starts, place, side="right")) - 1
        if part not in self._references:
            batches = read_batches([self.files[part]], _REFERENCE)
            self._references[part] = pa.concat_tables(batches).combine_chunks()
            while len(self._references) > _KEPT:
                self._references.popitem(last=False)
        table, row = self._references[part], place - int(self._starts[part])
        return {name: table[name][row].as_py() for name in _REFERENCE}


def _bytes(ids: Iterable[Any]) -> npt.NDArray[np.bytes_]:
    encoded = [str(i).encode("utf-8", "replace") for i in ids]
    return np.array(encoded, dtype=np.bytes_ if encoded else "S1")


def _cells(table: pa.Table, by_depth: bool) -> tuple[list[Cell], npt.NDArray[np.int64]]:
    names = ["task", "language", "length", *(["depth"] if by_depth else [])]
    values, codes = _coded(table, names)
    cells = [Cell(v[0] or "", v[1] or "", v[2] or 0, v[3] if by_depth else None) for v in values]
    order = sorted(range(len(cells)), key=lambda n: (*cells[n][:3], cells[n].depth or 0.0))
    rank = np.empty(len(cells), dtype=np.int64)
    rank[order] = np.arange(len(cells))
    return [cells[n] for n in order], rank[codes]


def _coded(
    table: pa.Table, names: list[str]
) -> tuple[list[tuple[Any, ...]], npt.NDArray[np.int64]]:
    """Return the different rows of some columns, and of each row the number of its own."""
    codes = np.zeros(table.num_rows, dtype=np.int64)
    values: list[tuple[Any, ...]] = [()]
    for name in names:
        column = table[name].combine_chunks().dictionary_encode(null_encoding="encode")
        known = column.dictionary.to_pylist() or [None]
        joined = codes * len(known) + column.indices.to_numpy(zero_copy_only=False)
        there, codes = np.unique(joined, return_inverse=True)
        values = [(*values[j // len(known)], known[j % len(known)]) for j in there.tolist()]
    return values, codes


class Answers:
    """What a model has answered: tables of attempts by samples.

    Attributes:
        status: NOTHING, FAILED or ANSWERED.
        mark: what grading here has found: UNKNOWN, NOT_PASSED, PASSED or NO_SCORE.
        stored: the same out of stored scores.
        seen: prompt tokens that the server counted, -1 where it did not.
        out: tokens of the answer, -1 where nobody has counted.
        at: when it came, in microseconds, 0 for never.
    """

    def __init__(self, samples: int) -> None:
        none = np.zeros((0, samples), dtype=np.int64)
        self.status, self.mark, self.stored = (none.astype(np.int8) for _ in range(3))
        self.seen, self.out = none.astype(np.int32), none.astype(np.int32)
        self.at = none

    @property
    def attempts(self) -> int:
        """Return how many attempts have been seen."""
        return len(self.status)

    @property
    def marks(self) -> npt.NDArray[np.int8]:
        """Return what is known of each answer: stored scores go before those made here."""
        return np.where(self.stored != UNKNOWN, self.stored, self.mark)

    def grow(self, attempts: int) -> None:
        """Make room for so many attempts."""
        more = attempts - self.attempts
        if more > 0:
            for name in ("status", "mark", "stored", "seen", "out", "at"):
                old = getattr(self, name)
                fill = -1 if name in ("seen", "out") else 0
                new = np.full((more, old.shape[1]), fill, dtype=old.dtype)
                setattr(self, name, np.concatenate([old, new]))

    def take(self, place: Any, attempt: Any, answered: Any, seen: Any, out: Any, at: Any) -> None:
        """Put rows in their places, in their order: an answer is never replaced by a failure."""
        self.grow(int(attempt.max()) + 1 if len(attempt) else 0)
        for rows, status in ((~answered, FAILED), (answered, ANSWERED)):
            rows = np.flatnonzero(rows)
            if status == FAILED:
                rows = rows[self.status[attempt[rows], place[rows]] != ANSWERED]
            where = attempt[rows], place[rows]
            # another answer than the one that was marked: it is to be marked again
            other = self.at[where] != at[rows]
            self.mark[where] = np.where(other, UNKNOWN, self.mark[where])
            self.status[where] = status
            self.seen[where], self.out[where], self.at[where] = seen[rows], out[rows], at[rows]

    def unmarked(self, place: Any, attempt: Any) -> npt.NDArray[np.bool_]:
        """Return which of some answers are still to be graded."""
        there = (place >= 0) & (attempt >= 0) & (attempt < self.attempts)
        where = np.where(there, attempt, 0), np.where(there, place, 0)
        unknown = (self.mark[where] == UNKNOWN) & (self.stored[where] == UNKNOWN)
        return np.asarray(there & unknown & (self.status[where] == ANSWERED))


class Backlog:
    """Answers that wait to be graded; the newest go first.

    Attributes:
        trouble: what went wrong last, "" for nothing.
    """

    def __init__(self, index: Index) -> None:
        self._index = index
        self._parts: list[tuple[Answers, Iterator[None]]] = []
        self._fresh: dict[str, Iterator[None]] = {}
        self.trouble = ""

    def __len__(self) -> int:
        """Return how many models' newest rows and parts wait."""
        return len(self._fresh) + len(self._parts)

    def add_part(self, answers: Answers, path: Path, place: Any, attempt: Any) -> None:
        """Have the answers of a part graded."""
        self._parts.append((answers, self._part(answers, path, place, attempt)))

    def set_rows(
        self, model: str, answers: Answers, rows: list[dict[str, Any]], place: Any
    ) -> None:
        """Have a model's answers graded that are in no part yet; forget those given before."""
        pairs = list(zip(place.tolist()[::-1], rows[::-1], strict=True))
        self._fresh[model] = self._rows(answers, pairs)

    def forget(self, model: str, answers: Answers) -> None:
        """Drop what waits of a model."""
        self._fresh.pop(model, None)
        self._parts = [part for part in self._parts if part[0] is not answers]

    def work(self, seconds: float) -> None:
        """Grade for about so long, or until nothing waits."""
        until = time.monotonic() + seconds
        for model in list(self._fresh):
            if not self._done(self._fresh[model], until):
                return
            del self._fresh[model]
        while self._parts and self._done(self._parts[-1][1], until):
            self._parts.pop()

    def _done(self, grading: Iterator[None], until: float) -> bool:
        """Grade until a time; return whether nothing is left."""
        try:
            for _ in grading:
                if time.monotonic() > until:
                    return False
        except SynthctxError as error:
            self.trouble = str(error)
        return True

    def _part(self, answers: Answers, path: Path, place: Any, attempt: Any) -> Iterator[None]:
        if not answers.attempts or not answers.unmarked(place, attempt).any():
            return
        at = 0
        for batch in read_batches([path], _TEXTS):
            here = slice(at, at + batch.num_rows)
            at += batch.num_rows
            if at > len(place):
                raise StoreError(f"'{path}' has changed while it was read")
            todo = np.flatnonzero(answers.unmarked(place[here], attempt[here]))
            rows = batch.take(todo).to_pylist()
            yield from self._rows(answers, zip(place[here][todo].tolist(), rows, strict=True))

    def _rows(self, answers: Answers, pairs: Iterable[tuple[int, Any]]) -> Iterator[None]:
        for place, row in pairs:
            attempt = row["attempt"]
            if answers.mark[attempt, place] == UNKNOWN and row["error"] is None:
                answers.mark[attempt, place] = self._grade(row, place)
                yield

    def _grade(self, row: dict[str, Any], place: int) -> int:
        try:
            score = score_row(row, **self._index.reference(place))["score"]
        except StoreError:
            raise
        except SynthctxError as error:
            self.trouble = f"sample {row['sample_id']} cannot be scored: {error}"
            return NO_SCORE
        return NO_SCORE if score is None else PASSED if score >= PASSES else NOT_PASSED
