"""Who is asked: a model by name, of the user's own, or a function, with its cache and its costs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from synthctx.asking import ask_all
from synthctx.compose import Sample, compose
from synthctx.costs import Budget
from synthctx.errors import ModelError, PartlyDone, SynthctxError
from synthctx.jsonio import storable
from synthctx.models import Answer, Model, Request, close, get_model, traits_of, with_fields
from synthctx.pytest_plugin.cache import Cache, kept, key_of
from synthctx.pytest_plugin.options import Settings
from synthctx.tasks import Row
from synthctx.truncation import KINDS, Calibration, Kind, asked_short

Taken = TypeVar("Taken")


class Reply(NamedTuple):
    """What came back for a sample."""

    row: Row
    sample: Sample
    answer: Answer
    cached: bool


@dataclass(frozen=True)
class _Function:
    """A function from prompt to answer."""

    function: Callable[[str], Any]

    def answer(self, request: Request) -> Answer:
        found = self.function(request.prompt)
        if isinstance(found, Answer):
            return found
        if isinstance(found, str):
            return Answer(found)
        return Answer(None, error=f"the function gave {type(found).__name__}, not a text")


class Asker:
    """Asks one model in one way, for all tests of a process.

    Args:
        what: a model's name, an object that answers requests, or a function.
        fields: further fields of each request, of a model that is sent any.
        settings: of the run.
        workers: processes that share what may be spent.
        say: called with a warning.

    Raises:
        ModelError: that is no model, or it cannot be asked as is wanted.
    """

    def __init__(
        self,
        what: Any,
        fields: Mapping[str, Any],
        settings: Settings,
        workers: int,
        say: Callable[[str], None],
    ) -> None:
        model, self.name = _model(what, settings)
        self.model = with_fields(model, fields)
        self._ours = isinstance(what, str) or self.model is not model
        self._say = say
        self._traits = traits_of(self.model)
        self.lanes = settings.concurrency or self._traits.concurrency
        self._limit = None if settings.max_cost is None else settings.max_cost / workers
        self._elsewhere = 0.0
        self._budget = Budget(self._traits.prices, self._limit)
        self._cache = None
        if settings.cache is not None and kept(self.model, self.name):
            self._cache = Cache(settings.cache, say)
        self._calibration = Calibration(overhead=self._traits.template_overhead)
        self.broken: SynthctxError | None = None

    @property
    def spent(self) -> float | None:
        """Return what calls have cost so far, None where prices are not known."""
        return None if self._budget.prices is None else self._budget.spent

    def begin(self, elsewhere: float) -> None:
        """Take note, before a test, of what other models have cost: one limit holds for all."""
        self._elsewhere = elsewhere
        if self._limit is not None:
            self._budget.limit = self._limit - elsewhere

    def ask(self, rows: Sequence[Row], take: Callable[[Reply], Taken]) -> list[Taken]:
        """Return what is made of the replies to samples, in the order of the samples.

        Args:
            rows: the samples.
            take: called with each reply as it comes, so that no prompts are held.

        Raises:
            SynthctxError: the model cannot be asked, now or in an earlier test; or the cost
                was reached.
        """
        if self.broken is not None:
            raise self.broken
        # a sample is made when a lane is free for it: no more of them are held than lanes
        groups = ([(n, row, compose(row))] for n, row in enumerate(rows))
        try:
            self._calibrate(rows)
            made = {n: take(reply) for n, reply in ask_all(groups, self._one, self.lanes)}
        except (ModelError, PartlyDone) as error:
            # a server that is away or a wrong key would cost every further test the same wait
            self.broken = error
            raise
        if self._budget.stopped:
            spent = self._budget.spent + self._elsewhere
            self.broken = PartlyDone(
                f"with {spent:.4f} spent, the next call could go over the highest cost of "
                f"{self._limit:g}"
            )
            raise self.broken
        return [made[n] for n in range(len(rows))]

    def cut(self, reply: Reply) -> bool:
        """Say whether the server has lost some of a prompt."""
        if not self._traits.counts_tokens:
            return False
        counted = {
            "task": reply.row.task,
            "language": reply.row.language,
            "tokenizer": reply.row.tokenizer,
            "prompt_tokens": reply.sample.prompt_tokens,
        }
        return self._calibration.cut(counted, reply.answer.prompt_tokens)

    def close(self) -> None:
        """End what is held open; a model of the user's own is the user's to close."""
        if self._ours:
            close(self.model)
        if self._cache is not None:
            self._cache.close()

    def _one(self, call: tuple[int, Row, Sample]) -> tuple[int, Reply] | None:
        number, row, sample = call
        found = self._answer(request_of(row, sample))
        return None if found is None else (number, Reply(row, sample, *found))

    def _answer(self, request: Request) -> tuple[Answer, bool] | None:
        """Return an answer and whether it was there already; None when it could cost too much."""
        key = "" if self._cache is None else key_of(self.model, self.name, request)
        found = None if self._cache is None else self._cache.get(key)
        if found is not None:
            return found, True
        extra = self._traits.extra_output_tokens
        if not self._budget.admit(request, extra):
            return None
        try:
            found = self._call(request)
        finally:
            self._budget.settle(request, extra, found)
        if self._cache is not None:
            self._cache.put(key, request.sample_id, self.name, found)
        return found, False

    def _call(self, request: Request) -> Answer:
        try:
            found = self.model.answer(request)
        except SynthctxError:
            raise
        except Exception as error:  # noqa: BLE001 - a model is foreign code; a bad call is a failed call
            said = storable(f"{type(error).__name__}: {error}")
            return Answer(None, finish_reason=None, error=said)
        if not isinstance(found, Answer):
            raise ModelError(f"model '{self.name}' gave {type(found).__name__}, not an Answer")
        if found.output is None and found.error is None:
            return Answer(None, finish_reason=None, error="the answer holds no output")
        return found

    def _calibrate(self, rows: Iterable[Row]) -> None:
        """Have the model count short prompts of kinds of text that are new."""
        known = self._calibration
        if not self._traits.counts_tokens or known.overhead is not None:
            return
        for kind, row in _kinds(rows):
            if kind in known.points or len(known.points) >= KINDS:
                continue
            counts = asked_short(kind, compose(row).context, self._traits, self._short, self._say)
            if counts:
                known.points[kind] = counts
                if all(server is None for _, server in counts):
                    self._say(
                        "the server does not say how many tokens it has seen: prompts that it "
                        "cuts cannot be found"
                    )

    def _short(self, request: Request) -> Answer:
        found = self._answer(request)
        return Answer(None, error="the highest cost is reached") if found is None else found[0]


def request_of(row: Row, sample: Sample) -> Request:
    """Return the request of a sample that was just made."""
    return Request(
        sample_id=row.sample_id,
        prefix=sample.draft.prefix,
        context=sample.context,
        suffix=sample.draft.suffix,
        task=row.task,
        tokenizer=row.tokenizer,
        max_output_tokens=sample.max_output_tokens,
        prompt_tokens=sample.prompt_tokens,
        language=row.language,
    )


def _kinds(rows: Iterable[Row]) -> Iterator[tuple[Kind, Row]]:
    """Yield each kind of text with its shortest sample."""
    shortest: dict[Kind, Row] = {}
    for row in rows:
        kind = Kind(row.task, row.language, row.tokenizer)
        if kind not in shortest or row.length < shortest[kind].length:
            shortest[kind] = row
    yield from shortest.items()


def _model(what: Any, settings: Settings) -> tuple[Model, str]:
    """Return a model and its name."""
    if isinstance(what, str):
        given = {} if settings.base_url is None else {"base_url": settings.base_url}
        model = get_model(what, given)
        return model, traits_of(model).name or what
    if callable(getattr(what, "answer", None)) and not isinstance(what, type):
        return what, traits_of(what).name or type(what).__name__
    if callable(what) and not isinstance(what, type):
        return _Function(what), str(getattr(what, "__name__", type(what).__name__))
    raise ModelError(
        f"the fixture synthctx_model gave {what!r:.80}; it must give a model's name, a function "
        "from prompt to answer, or an object with answer(request)"
    )
