"""What a running `synthctx answer` has done so far, read without getting in its way.

Nothing is written and no lock is taken: parts are read once each, the journal's lines whenever
it has changed. A row that stands in both, or a line that is half written, does no harm: what is
kept is the state of each sample and attempt.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from synthctx.backlog import Backlog, Index
from synthctx.errors import StoreError, did_you_mean
from synthctx.journal import JOURNAL, journals
from synthctx.store import Bench
from synthctx.watched import Files, Folder, ModelSeen, journal_rows, stamp_of

GRADING_SECONDS = 0.3  # of one look; the rest waits for the next
READING_SECONDS = 0.7


@dataclass(frozen=True)
class Seen:
    """One look at a bench.

    Attributes:
        bench: where it lies.
        samples: how many are to be answered.
        models: those seen, by name.
        unread: parts that are still to be read.
        unscored: answers that are not scored.
        complete: whether every model that was seen, and every one that was named, has answered
            all there is, and nothing waits to be read or scored.
        notes: what else should be known.
    """

    bench: str
    samples: int
    models: tuple[ModelSeen, ...]
    unread: int
    unscored: int
    complete: bool
    notes: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "bench": self.bench,
            "samples": self.samples,
            "complete": self.complete,
            "unread_parts": self.unread,
            "unscored": self.unscored,
            "notes": list(self.notes),
            "models": [model.as_dict() for model in self.models],
        }


class Watch:
    """Looks at a bench again and again, and reads only what is new.

    Args:
        path: the bench.
        by_depth: count each depth by itself.
        models: only these, by name.
        attempts: answers a sample that are asked for, by default as many as have been seen.
        limit: only the first so many samples, as of `answer`.

    Raises:
        StoreError: there is no bench, or its samples cannot be read.
    """

    def __init__(
        self,
        path: str | Path | Bench,
        *,
        by_depth: bool = False,
        models: Collection[str] = (),
        attempts: int = 1,
        limit: int | None = None,
    ) -> None:
        self.bench = Bench.open(path)
        self._by_depth = by_depth
        self._only = frozenset(models)
        self._attempts = attempts
        self._limit = limit
        self._last: Seen | None = None
        self._read_samples()

    def _read_samples(self) -> None:
        self._index = Index(self.bench, self._by_depth)
        if not len(self._index):
            raise StoreError(f"'{self.bench.path}' has no samples to answer")
        self._backlog = Backlog(self._index)
        self._folders: dict[str, Folder] = {}

    def look(self, *, reading: float = READING_SECONDS, grading: float = GRADING_SECONDS) -> Seen:
        """Look once. Where the place does not answer, the look before is given again, and a note.

        Args:
            reading: seconds after which parts that are still to be read wait for the next look.
            grading: seconds after which answers that are still to be graded do.

        Raises:
            StoreError: the bench cannot be read, at the first look.
        """
        try:
            samples = _glob(self.bench.path / "samples", "part-*.parquet")
            listed = self._listed()
        except StoreError as error:
            if self._last is None:
                raise
            return replace(self._last, complete=False, notes=(str(error),))
        if samples != self._index.files:
            self._read_samples()
        self._last = self._read(listed, time.monotonic() + reading, grading)
        return self._last

    def _read(self, listed: dict[str, Files], until: float, grading: float) -> Seen:
        for name, files in listed.items():
            if name not in self._folders:
                self._folders[name] = Folder(self.bench, name, self._index, self._backlog)
            self._folders[name].read(files, until)
            if not files.outputs and not files.journal:
                del self._folders[name]  # all of it has vanished
        self._backlog.work(grading)
        return self._seen()

    def _listed(self) -> dict[str, Files]:
        """Return what there is of each model; journals before parts, so that no row is missed.

        A line that becomes part of a table meanwhile is seen twice, which does no harm.
        """
        found: dict[str, Files] = defaultdict(Files)
        for name in self._folders:
            found[name] = Files()  # where all has vanished, that is to be seen
        for path in self._journals():
            name = path.parent.name
            known = self._folders[name].journal if name in self._folders else ()
            found[name].journal, found[name].rows = journal_rows(path, known)
        root = self.bench.path
        for path in _glob(root / "outputs", "model=*/part-*.parquet"):
            if stamp := stamp_of(path):
                found[_model_of(path, root)].outputs[path] = stamp
        for path in _glob(root / "scores", "model=*/part-*.parquet"):
            if (name := _model_of(path, root)) in found:
                found[name].scores[path] = stamp_of(path)
        return found

    def _journals(self) -> list[Path]:
        """Return the journals there are; of a bench in an object store those of this machine."""
        try:
            return _glob(journals(self.bench), f"model=*/{JOURNAL}")
        except RuntimeError:  # a user without a home, who has none
            return []

    def _seen(self) -> Seen:
        wanted = np.arange(len(self._index)) < (self._limit or len(self._index))
        folders = list(self._folders.values())
        models = [
            folder.seen(wanted, self._attempts)
            for folder in folders
            if not self._only or folder.model in self._only
        ]
        unread = sum(folder.unread for folder in folders)
        absent = sorted(self._only - {model.model for model in models})
        waits = unread or len(self._backlog) or absent
        done = bool(models) and all(m.all.answered >= m.all.of for m in models)
        return Seen(
            bench=str(self.bench.path),
            samples=int(wanted.sum()),
            models=tuple(sorted(models, key=lambda m: m.model)),
            unread=unread,
            unscored=sum(model.all.unscored for model in models),
            complete=done and not waits,
            notes=tuple(self._notes(absent)),
        )

    def _notes(self, absent: list[str]) -> Iterator[str]:
        names = [folder.model for folder in self._folders.values()]
        for model in absent:
            yield f"there are no outputs of model '{model}' yet.{did_you_mean(model, names)}"
        for folder in self._folders.values():
            yield from folder.notes()
        if self._backlog.trouble:
            yield self._backlog.trouble


def _glob(folder: Path, pattern: str) -> list[Path]:
    """Return what is there, sorted; folders may vanish meanwhile."""
    try:
        return sorted(folder.glob(pattern))
    except FileNotFoundError:
        return []
    except OSError as error:
        reason = error.strerror or str(error).splitlines()[0]
        raise StoreError(f"cannot read '{folder}': {reason}") from error


def _model_of(path: Path, root: Path) -> str:
    return str(path.relative_to(root).parts[1])
