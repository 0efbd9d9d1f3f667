"""Who answers: readers that need no weights, recorded outputs, and other distributions' models."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import parse_qsl

from synthctx.errors import ModelError
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
    """

    sample_id: str
    prefix: str
    context: str
    suffix: str
    task: str
    tokenizer: str
    max_output_tokens: int

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


Settings = Mapping[str, str]
Factory = Callable[[str, Settings], Model]
"""Called with what stands after the colon and the settings after the question mark."""

MODELS: Registry[Factory] = Registry("model", "synthctx.models", "synthctx.models")


def get_model(name: str) -> Model:
    """Return a model by name: `kind:what?setting=value&...`, for example "reader:window?tokens=8k".

    Raises:
        UnknownName: no such kind.
        ModelError: what stands after the colon, or a setting, is not known to that kind.
    """
    kind, _, rest = name.partition(":")
    what, _, query = rest.partition("?")
    try:
        settings = dict(parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query)))
    except ValueError:
        raise ModelError(f"model '{name}': settings are written ?name=value&name=value") from None
    return MODELS.get(kind)(what, settings)


def setting(settings: Settings, allowed: Mapping[str, str], model: str) -> dict[str, str]:
    """Return settings with defaults filled in.

    Raises:
        ModelError: a setting is not allowed.
    """
    for name in settings:
        if name not in allowed:
            known = ", ".join(allowed) or "none"
            raise ModelError(f"model '{model}' has no setting '{name}'. Allowed: {known}")
    return {**allowed, **settings}
