"""Who answers: readers that need no weights, recorded outputs, and other distributions' models."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, cast
from urllib.parse import parse_qsl

from synthctx.costs import Prices
from synthctx.errors import ModelError, did_you_mean
from synthctx.registry import Registry


@dataclass(frozen=True, slots=True)
class Request:
    """What a model is asked: a prompt in its three parts. There is no reference in it.

    Attributes:
        prefix: instruction.
        context: the long text.
        suffix: question.
        task: id of the task (readers use its solver).
        tokenizer: name of the tokenizer that the sample was measured with.
        max_output_tokens: room for the answer.
        prompt_tokens: tokens of the prompt by that tokenizer, where they are known.
        language: of the sample.
        attempt: which of several answers to the sample is asked for.
    """

    sample_id: str
    prefix: str
    context: str
    suffix: str
    task: str
    tokenizer: str
    max_output_tokens: int
    prompt_tokens: int | None = None
    language: str = ""
    attempt: int = 0

    @property
    def prompt(self) -> str:
        """Return exactly what is sent."""
        return self.prefix + self.context + self.suffix


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `error` set means that the call failed and there is no answer."""

    output: str | None
    reasoning: str | None = None
    finish_reason: str | None = "stop"
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    error: str | None = None


class Model(Protocol):
    """Anything that answers requests."""

    def answer(self, request: Request) -> Answer:
        """Answer one request."""
        ...


@dataclass(frozen=True, slots=True)
class Traits:
    """What is to be known about a model beside that it answers; it may carry one as `traits`.

    Attributes:
        name: name under which its answers are stored, empty: as it was asked for.
        concurrency: calls that are kept under way unless the user says otherwise.
        prices: what its tokens cost, where that is known.
        extra_output_tokens: room it is given beyond what a sample asks for.
        counts_tokens: it reports how many tokens of the prompt it has seen, so that cut
            prompts can be found.
        template_overhead: tokens that its chat template adds, where the user has said so.
    """

    name: str = ""
    concurrency: int = 1
    prices: Prices | None = None
    extra_output_tokens: int = 0
    counts_tokens: bool = False
    template_overhead: int | None = None


# what synthctx itself writes into the body of a request
OURS = ("model", "messages", "prompt", "stream", "n")


def with_fields(model: Model, fields: Mapping[str, Any]) -> Model:
    """Return a model that is sent further fields with each request, such as those of a suite.

    What the model says of a field itself goes before. A model that is sent no fields stays as
    it is.
    """
    extend = getattr(model, "with_fields", None)
    return cast(Model, extend(fields)) if fields and callable(extend) else model


def traits_of(model: Model) -> Traits:
    """Return the traits of a model."""
    found = getattr(model, "traits", None)
    return found if isinstance(found, Traits) else Traits()


def close(model: Model) -> None:
    """Let a model end what it holds open, if it has anything to end."""
    end = getattr(model, "close", None)
    if callable(end):
        end()


Settings = Mapping[str, str]
Factory = Callable[[str, Settings], Model]
"""Called with what stands after the colon and the settings after the question mark."""

MODELS: Registry[Factory] = Registry("model", "synthctx.models", "synthctx.models")


def get_model(name: str, given: Settings | None = None) -> Model:
    """Return a model by name: `kind:what?setting=value&...`, for example "reader:window?tokens=8k".

    Args:
        name: as above, or a YAML file that describes a served model.
        given: settings that go before those in the name or file.

    Raises:
        UnknownName: no such kind.
        ModelError: what stands after the colon, or a setting, is not known to that kind.
    """
    if name.endswith((".yaml", ".yml")):
        from synthctx.models._file import from_file

        return from_file(name, given or {})
    kind, _, rest = name.partition(":")
    what, _, query = rest.partition("?")
    try:
        settings = dict(parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query)))
    except ValueError:
        raise ModelError(
            f"model '{kind}:{what}': settings are written ?name=value&name=value"
        ) from None
    return MODELS.get(kind)(what, {**settings, **(given or {})})


def setting(settings: Settings, allowed: Mapping[str, str], model: str) -> dict[str, str]:
    """Return settings with defaults filled in.

    Raises:
        ModelError: a setting is not allowed.
    """
    for name in settings:
        if name not in allowed:
            known = ", ".join(allowed) or "none"
            hint = did_you_mean(name, allowed)
            raise ModelError(
                f"model '{model}' has no setting '{name}'. Allowed: {known}{hint and '.' + hint}"
            )
    return {**allowed, **settings}
