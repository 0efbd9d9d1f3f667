"""Having a model answer a bench; what is answered is on disk, what is not is asked again."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from synthctx.errors import ModelError, PartlyDone, SynthctxError
from synthctx.jsonio import storable
from synthctx.models import Answer, Model, Request, get_model
from synthctx.store import Bench, read_rows, write_rows

_FLUSH_ROWS = 500
_FLUSH_SECONDS = 10.0

_COLUMNS = ["sample_id", "prefix", "suffix", "context_id", "task", "tokenizer", "max_output_tokens"]


@dataclass(frozen=True, slots=True)
class Answered:
    """How a run of `answer` ended.

    Attributes:
        asked: calls made in this run.
        failed: calls of this run that gave no answer.
        had: answers that were there already.
        total: answers the bench asks for (samples times attempts, or the limit).
    """

    asked: int
    failed: int
    had: int
    total: int


def answer(
    path: str | Path | Bench,
    model: str | Callable[[str], str],
    *,
    name: str | None = None,
    attempts: int = 1,
    limit: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Answered:
    """Ask a model every sample of a bench that it has not answered yet.

    Args:
        path: the bench.
        model: a model's name, for example "reader:window?tokens=8k", or a Python function
            from prompt to answer (then `name` is needed).
        name: name under which answers are stored, by default the model's.
        attempts: how often each sample is asked.
        limit: ask only the first so many samples.
        progress: called with (answers there, answers wanted).

    Raises:
        StoreError: there is no bench.
        ModelError: the model is not usable.
        PartlyDone: some calls failed, or the run was interrupted; run it again.
    """
    bench = Bench.open(path)
    if attempts < 1 or (limit is not None and limit < 1):
        raise ModelError(f"attempts and limit must be at least 1, given {attempts} and {limit}")
    asked_model: Model
    if isinstance(model, str):
        asked_model, name = get_model(model), name or model
    elif name:
        asked_model = _Function(model)
    else:
        raise ModelError("a Python function as a model needs a name: answer(..., name='my-model')")
    bench.manifest()
    done = _done(bench, name)
    ids = [row["sample_id"] for row in bench.samples(["sample_id"])][:limit]
    total = len(ids) * attempts
    had = sum((i, a) in done for i in ids for a in range(attempts))
    writer = _Writer(bench, name)
    asked = failed = 0
    try:
        for row in bench.prompts(
            _COLUMNS, ids={i for i in ids if not _complete(i, attempts, done)}
        ):
            request = _request(row)
            for attempt in range(attempts):
                if (request.sample_id, attempt) in done:
                    continue
                failed += not writer.add(request.sample_id, attempt, *_ask(asked_model, request))
                asked += 1
                if progress is not None:
                    progress(had + asked - failed, total)
    except KeyboardInterrupt:
        raise PartlyDone(f"stopped after {asked} answers; the same command goes on") from None
    finally:
        writer.flush()
    if failed:
        raise PartlyDone(
            f"{failed} of {asked} calls gave no answer ({writer.last_error}); "
            "the same command asks them again"
        )
    return Answered(asked, failed, had, total)


@dataclass(frozen=True)
class _Function:
    function: Callable[[str], str]

    def answer(self, request: Request) -> Answer:
        return Answer(self.function(request.prompt))


def _complete(sample_id: str, attempts: int, done: set[tuple[str, int]]) -> bool:
    return all((sample_id, attempt) in done for attempt in range(attempts))


def _request(row: dict[str, Any]) -> Request:
    return Request(
        sample_id=row["sample_id"],
        prefix=row["prefix"],
        context=row["text"],
        suffix=row["suffix"],
        task=row["task"],
        tokenizer=row["tokenizer"],
        max_output_tokens=row["max_output_tokens"],
    )


def _ask(model: Model, request: Request) -> tuple[Answer, float]:
    start = time.perf_counter()
    try:
        found = model.answer(request)
    except SynthctxError:
        raise
    except Exception as error:  # noqa: BLE001 - a model is foreign code; one bad call is a failed call
        found = Answer(None, finish_reason=None, error=f"{type(error).__name__}: {error}")
    return found, time.perf_counter() - start


def _done(bench: Bench, model: str) -> set[tuple[str, int]]:
    out = set()
    for path in bench.model_parts("outputs", model):
        for row in read_rows(path, ["sample_id", "attempt", "error"]):
            if row["error"] is None:
                out.add((row["sample_id"], row["attempt"]))
    return out


class _Writer:
    """Collects answers and writes them as parts of the model's outputs."""

    def __init__(self, bench: Bench, model: str) -> None:
        self._bench = bench
        self._model = model
        self._rows: list[dict[str, Any]] = []
        self._since = time.monotonic()
        self.last_error = ""

    def add(self, sample_id: str, attempt: int, found: Answer, latency: float) -> bool:
        """Keep one answer; return whether there was one."""
        self._rows.append(
            {
                "sample_id": sample_id,
                "model": self._model,
                "attempt": attempt,
                "output": storable(found.output),
                "reasoning": storable(found.reasoning),
                "finish_reason": found.finish_reason,
                "prompt_tokens": found.prompt_tokens,
                "completion_tokens": found.completion_tokens,
                "latency_s": latency,
                "error": storable(found.error),
                "answered_at": datetime.now(UTC),
            }
        )
        if found.error is not None:
            self.last_error = found.error
        full = len(self._rows) >= _FLUSH_ROWS
        if full or time.monotonic() - self._since > _FLUSH_SECONDS:
            self.flush()
        return found.error is None

    def flush(self) -> None:
        """Write what has been collected."""
        if self._rows:
            write_rows(self._bench.next_model_part("outputs", self._model), "outputs", self._rows)
        self._rows = []
        self._since = time.monotonic()
