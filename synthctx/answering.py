"""Having a model answer a bench; what is answered is on disk, what is not is asked again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from synthctx.asking import ask_all
from synthctx.costs import Budget, Planned, planned
from synthctx.errors import ModelError, PartlyDone, SynthctxError
from synthctx.journal import Writer, recover
from synthctx.models import (
    Answer,
    Model,
    Request,
    Settings,
    Traits,
    close,
    get_model,
    traits_of,
    with_fields,
)
from synthctx.store import Bench, read_rows
from synthctx.truncation import Calibration, Kind, calibrate, shortest

REQUEST_COLUMNS = [  # of a sample, for `request_of`
    "sample_id",
    "prefix",
    "suffix",
    "context_id",
    "task",
    "language",
    "tokenizer",
    "prompt_tokens",
    "max_output_tokens",
]
_PLAN = ["sample_id", "task", "language", "tokenizer", "length", "prompt_tokens"]


@dataclass(frozen=True, slots=True)
class Answered:
    """How a run of `answer` ended.

    Attributes:
        asked: calls made in this run.
        failed: calls of this run that gave no answer.
        had: answers that were there already.
        total: answers the bench asks for (samples times attempts, or the limit).
        cut: answers of this run to prompts that the server has not seen whole.
        cost: what the model has cost on this bench so far, None when prices are not known.
        name: name under which the answers are stored.
    """

    asked: int
    failed: int
    had: int
    total: int
    cut: int = 0
    cost: float | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class _Job:
    """What is to be asked.

    Attributes:
        bench: the bench.
        name: name under which answers are stored.
        model: who is asked.
        attempts: answers a sample.
        ids: samples, in order.
        done: what is there: (sample_id, attempt).
    """

    bench: Bench
    name: str
    model: Model
    attempts: int
    ids: list[str]
    done: set[tuple[str, int]]

    @property
    def traits(self) -> Traits:
        return traits_of(self.model)

    @property
    def total(self) -> int:
        return len(self.ids) * self.attempts

    @property
    def had(self) -> int:
        return sum((i, a) in self.done for i in self.ids for a in range(self.attempts))

    def missing(self, sample_id: str) -> list[int]:
        """Return the attempts that are to be made at a sample."""
        return [a for a in range(self.attempts) if (sample_id, a) not in self.done]


def answer(
    path: str | Path | Bench,
    model: str | Callable[[str], str],
    *,
    name: str | None = None,
    attempts: int = 1,
    limit: int | None = None,
    concurrency: int | None = None,
    max_cost: float | None = None,
    settings: Settings | None = None,
    progress: Callable[[int, int], None] | None = None,
    spent: Callable[[float], None] | None = None,
    say: Callable[[str], None] | None = None,
) -> Answered:
    """Ask a model every sample of a bench that it has not answered yet.

    Args:
        path: the bench.
        model: a model's name, for example "reader:window?tokens=8k", a YAML file that
            describes one, or a Python function from prompt to answer (then `name` is needed).
        name: name under which answers are stored, by default the model's.
        attempts: how often each sample is asked.
        limit: ask only the first so many samples.
        concurrency: calls under way at a time; by default 4 for a served model, otherwise 1.
        max_cost: make no call that could take what the model has cost on this bench over this.
        settings: settings of the model that go before those in its name or file.
        progress: called with (answers there, answers wanted).
        spent: called with what the model has cost so far, where prices are known.
        say: called with a warning as soon as there is one.

    Raises:
        StoreError: there is no bench, or another run of this model is at work on it.
        ModelError: the model is not usable.
        PartlyDone: some calls failed, the cost was reached, or the run was interrupted; run it
            again.
    """
    job = _job(path, model, name, attempts, limit, settings)
    lanes = job.traits.concurrency if concurrency is None else concurrency
    if lanes < 1:
        raise ModelError(f"concurrency must be at least 1, given {lanes}")
    budget = Budget(job.traits.prices, max_cost)
    run = _Run(job, budget, say or (lambda text: None))
    had = job.had
    if had == job.total:
        return run.ended(had)
    writer = Writer(job.bench, job.name)
    try:
        run.begin()
        for request, found, latency in ask_all(_groups(job), run.ask, lanes):
            run.take(writer.add(request.sample_id, request.attempt, found, latency))
            run.look(request, found)
            if progress is not None:
                progress(had + run.asked - run.failed, job.total)
            if spent is not None and budget.prices is not None:
                spent(budget.spent)
    except KeyboardInterrupt:
        raise PartlyDone(f"stopped after {run.asked} answers; the same command goes on") from None
    finally:
        writer.close()
        close(job.model)
    if budget.stopped:
        raise PartlyDone(
            f"stopped after {run.asked} answers: with {budget.spent:.4f} spent, the next call "
            f"could go over the highest cost of {max_cost:g}; with a higher one, the same "
            "command goes on"
        )
    if run.failed:
        raise PartlyDone(
            f"{run.failed} of {run.asked} calls gave no answer ({writer.last_error}); "
            "the same command asks them again"
        )
    return run.ended(had)


def plan(
    path: str | Path | Bench,
    model: str | Callable[[str], str],
    *,
    name: str | None = None,
    attempts: int = 1,
    limit: int | None = None,
    settings: Settings | None = None,
) -> list[Planned]:
    """Return what `answer` would ask, by length and in all; nothing is sent.

    Args:
        path: the bench.
        model: as of `answer`.
        name: name under which answers are stored.
        attempts: how often each sample is asked.
        limit: only the first so many samples.
        settings: settings of the model that go before those in its name or file.

    Raises:
        StoreError: there is no bench.
        ModelError: the model is not usable.
    """
    job = _job(path, model, name, attempts, limit, settings)
    wanted = set(job.ids)
    rows = (
        {**row, "calls": len(job.missing(row["sample_id"]))}
        for row in job.bench.samples([*_PLAN, "max_output_tokens"])
        if row["sample_id"] in wanted
    )
    traits = job.traits
    return list(
        planned(
            (row for row in rows if row["calls"]),
            traits.prices,
            traits.template_overhead or 0,
            traits.extra_output_tokens,
        )
    )


def _job(
    path: str | Path | Bench,
    model: str | Callable[[str], str],
    name: str | None,
    attempts: int,
    limit: int | None,
    settings: Settings | None,
) -> _Job:
    bench = Bench.open(path)
    if attempts < 1 or (limit is not None and limit < 1):
        raise ModelError(f"attempts and limit must be at least 1, given {attempts} and {limit}")
    asked_model: Model
    if isinstance(model, str):
        asked_model = get_model(model, settings)
        name = name or traits_of(asked_model).name or model
    elif name:
        asked_model = _Function(model)
    else:
        raise ModelError("a Python function as a model needs a name: answer(..., name='my-model')")
    asked_model = with_fields(asked_model, fields_of(bench))
    recover(bench)
    ids = [row["sample_id"] for row in bench.samples(["sample_id"])][:limit]
    return _Job(bench, name, asked_model, attempts, ids, answered(bench, name))


def fields_of(bench: Bench) -> dict[str, Any]:
    """Return the further fields that a bench's suite wants in each request."""
    return dict((bench.manifest().get("suite") or {}).get("request") or {})


@dataclass(frozen=True)
class _Function:
    function: Callable[[str], str]

    def answer(self, request: Request) -> Answer:
        return Answer(self.function(request.prompt))


class _Run:
    """Counts what happens while a bench is answered."""

    def __init__(self, job: _Job, budget: Budget, say: Callable[[str], None]) -> None:
        self.asked = self.failed = self.cut = 0
        self._job = job
        self._budget = budget
        self._extra = job.traits.extra_output_tokens
        self._say = say
        self._calibration: Calibration | None = None
        if budget.prices is not None:
            budget.spent = _spent(job, budget)

    def begin(self) -> None:
        """Find out how the model counts."""
        job = self._job
        if job.traits.counts_tokens:
            self._calibration = calibrate(
                job.bench, job.name, job.traits, _kinds(job), job.model.answer, self._say
            )
        if self._calibration is not None and not _tells(self._calibration):
            self._say(
                "warning: the server does not say how many tokens it has seen: prompts that it "
                "cuts cannot be found"
            )
        prices = self._budget.prices
        if prices is not None and self._calibration is not None:
            self._budget.spent += prices.of(self._calibration.tokens, 0)

    def ask(self, request: Request) -> tuple[Request, Answer, float] | None:
        """Make a call; None when it could cost more than is allowed."""
        if not self._budget.admit(request, self._extra):
            return None
        found: Answer | None = None
        try:
            found, latency = _ask(self._job.model, request)
            return request, found, latency
        finally:
            self._budget.settle(request, self._extra, found)

    def take(self, there: bool) -> None:
        """Count an answer, or a call that gave none."""
        self.asked += 1
        self.failed += not there

    def look(self, request: Request, found: Answer) -> None:
        """See whether the prompt was cut; the first time, say so."""
        if self._calibration is None or found.prompt_tokens is None:
            return
        row = {
            "task": request.task,
            "language": request.language,
            "tokenizer": request.tokenizer,
            "prompt_tokens": request.prompt_tokens,
        }
        if not self._calibration.cut(row, found.prompt_tokens):
            return
        self.cut += 1
        if self.cut == 1:
            self._say(
                f"warning: the server has seen {found.prompt_tokens} tokens of sample "
                f"{request.sample_id}, whose prompt has {request.prompt_tokens} (at least "
                f"{self._calibration.least(row):.0f} by its own counting): it cuts prompts; "
                "such answers are flagged truncated_prompt"
            )

    def ended(self, had: int) -> Answered:
        """Return how it ended."""
        cost = None if self._budget.prices is None else self._budget.spent
        job = self._job
        return Answered(self.asked, self.failed, had, job.total, self.cut, cost, job.name)


def _tells(calibration: Calibration) -> bool:
    counts = [server for points in calibration.points.values() for _, server in points]
    return not counts or any(server is not None for server in counts)


def _kinds(job: _Job) -> dict[Kind, str]:
    """Return the kinds of text that are to be asked, each with its shortest sample."""
    wanted = set(job.ids)
    return shortest(
        row
        for row in job.bench.samples(_PLAN)
        if row["sample_id"] in wanted and job.missing(row["sample_id"])
    )


def _spent(job: _Job, budget: Budget) -> float:
    """Return what the answers that are there have cost."""
    prompts = {r["sample_id"]: r["prompt_tokens"] for r in job.bench.samples(_PLAN)}
    columns = ["sample_id", "output", "reasoning", "prompt_tokens", "completion_tokens"]
    total = 0.0
    for path in job.bench.model_parts("outputs", job.name):
        for row in read_rows(path, columns):
            tokens = prompts.get(row.pop("sample_id"))
            total += budget.cost(Answer(**row), tokens)
    return total


def _groups(job: _Job) -> Iterator[list[Request]]:
    """Yield what is missing, the requests of one context together."""
    wanted = {i for i in job.ids if job.missing(i)}
    rows = job.bench.prompts(REQUEST_COLUMNS, ids=wanted)
    for _, group in groupby(rows, key=lambda row: row["context_id"]):
        yield list(_requests(group, job.missing))


def _requests(
    rows: Iterable[dict[str, Any]], missing: Callable[[str], list[int]]
) -> Iterator[Request]:
    for row in rows:
        for attempt in missing(row["sample_id"]):
            yield request_of(row, attempt)


def request_of(row: dict[str, Any], attempt: int = 0) -> Request:
    """Return the request of a sample row with its text."""
    return Request(
        sample_id=row["sample_id"],
        prefix=row["prefix"],
        context=row["text"],
        suffix=row["suffix"],
        task=row["task"],
        tokenizer=row["tokenizer"],
        max_output_tokens=row["max_output_tokens"],
        prompt_tokens=row["prompt_tokens"],
        language=row["language"],
        attempt=attempt,
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


def answered(bench: Bench, model: str) -> set[tuple[str, int]]:
    """Return what a model has answered: (sample_id, attempt)."""
    out = set()
    for path in bench.model_parts("outputs", model):
        for row in read_rows(path, ["sample_id", "attempt", "error"]):
            if row["error"] is None:
                out.add((row["sample_id"], row["attempt"]))
    return out
