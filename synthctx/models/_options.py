"""What can be set about a served model, in its name, in flags or in a file."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from synthctx.costs import Prices
from synthctx.errors import ModelError
from synthctx.models import OURS, Settings, Traits, setting

OPENAI = "https://api.openai.com/v1"
_CALLS = 4  # under way at a time
DEFAULTS = {
    "base_url": OPENAI,
    "api": "chat",
    "api_key_env": "OPENAI_API_KEY",
    "temperature": "0",
    "seed": "0",
    "timeout": "600",
    "retries": "6",
    "backoff": "1",
    "requests_per_minute": "",
    "tokens_per_minute": "",
    "extra_output_tokens": "0",
    "output_limit_field": "max_tokens",
    "template_overhead": "",
    "price_in": "",
    "price_out": "",
}
# settings that can change an answer
SHAPING = ("api", "temperature", "seed", "extra_output_tokens")


@dataclass(frozen=True)
class Options:
    """A served model and how it is asked.

    Attributes:
        model: its name at the server.
        name: name under which its answers are stored, empty: as it was asked for.
        base_url: address of the server, with its /v1.
        api: "chat" or "completions".
        api_key_env: environment variable that holds the key.
        temperature, seed: sent with each request; None is not sent. Attempt k gets seed + k.
        timeout: seconds for one try.
        retries: tries after the first.
        backoff: seconds before the second try.
        requests_per_minute, tokens_per_minute: limits that are kept, None is none.
        extra_output_tokens: room beyond what a sample asks for, for a model that reasons.
        output_limit_field: what the server calls that room.
        template_overhead: tokens that the chat template adds, None: found out.
        prices: for a million tokens.
        request: further fields of the body, sent as they are; null takes one away.
    """

    model: str
    name: str = ""
    base_url: str = OPENAI
    api: str = "chat"
    api_key_env: str = "OPENAI_API_KEY"
    temperature: float | None = 0.0
    seed: int | None = 0
    timeout: float = 600.0
    retries: int = 6
    backoff: float = 1.0
    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None
    extra_output_tokens: int = 0
    output_limit_field: str = "max_tokens"
    template_overhead: int | None = None
    prices: Prices | None = None
    request: Mapping[str, Any] = field(default_factory=dict)

    @property
    def traits(self) -> Traits:
        """Return what the engine has to know."""
        return Traits(
            name=self.name,
            concurrency=_CALLS,
            prices=self.prices,
            extra_output_tokens=self.extra_output_tokens,
            counts_tokens=True,
            template_overhead=self.template_overhead,
        )

    def key(self) -> str | None:
        """Return the key out of the environment; None where a server needs none.

        Raises:
            ModelError: OpenAI itself is asked without a key, or it cannot be sent.
        """
        key = os.environ.get(self.api_key_env, "").strip()
        if not key:
            named = self.api_key_env != DEFAULTS["api_key_env"]
            if named or self.base_url == OPENAI:
                raise ModelError(
                    f"model '{self.model}': the environment variable {self.api_key_env}, which "
                    "holds the key, is not set"
                )
            return None
        if not key.isascii() or not key.isprintable() or " " in key:
            raise ModelError(
                f"model '{self.model}': the key in {self.api_key_env} holds blanks or characters "
                "that no header can hold"
            )
        return key


def options(
    model: str, settings: Settings, *, name: str = "", request: Mapping[str, Any] | None = None
) -> Options:
    """Return checked options.

    Args:
        model: name at the server.
        settings: as text, some of `DEFAULTS`.
        name: name under which answers are stored.
        request: further fields of the body.

    Raises:
        ModelError: something is not allowed.
    """
    if "api_key" in settings:
        raise ModelError(
            f"model '{model}': a key is never a setting: put it into the environment and name "
            "the variable with api_key_env"
        )
    given = setting(settings, DEFAULTS, f"openai:{model}")
    if not model:
        raise ModelError("model 'openai' needs a name: openai:NAME")
    where = f"model 'openai:{model}'"
    if given["api"] not in ("chat", "completions"):
        raise ModelError(f"{where}: api must be chat or completions, given {given['api']!r}")
    prices = [_number(where, given, n, float, 0.0) for n in ("price_in", "price_out")]
    if prices.count(None) == 1:
        raise ModelError(f"{where}: give both price_in and price_out, or neither")
    return Options(
        model=model,
        name=name,
        base_url=_address(where, given["base_url"]),
        api=given["api"],
        api_key_env=given["api_key_env"],
        temperature=_number(where, given, "temperature", float, 0.0),
        seed=_number(where, given, "seed", int, 0),
        timeout=_number(where, given, "timeout", float, 0.001) or 600.0,
        retries=_number(where, given, "retries", int, 0) or 0,
        backoff=_number(where, given, "backoff", float, 0.0) or 0.0,
        requests_per_minute=_number(where, given, "requests_per_minute", float, 0.001),
        tokens_per_minute=_number(where, given, "tokens_per_minute", float, 0.001),
        extra_output_tokens=_number(where, given, "extra_output_tokens", int, 0) or 0,
        output_limit_field=given["output_limit_field"],
        template_overhead=_number(where, given, "template_overhead", int, 0),
        prices=None if prices[0] is None or prices[1] is None else Prices(prices[0], prices[1]),
        request=_request(where, request or {}),
    )


def _number(
    where: str, given: Settings, name: str, kind: Callable[[str], Any], low: float
) -> Any | None:
    text = given[name]
    if not text:
        return None
    try:
        value = kind(text)
    except ValueError:
        value = None
    if value is None or not low <= value < 1e15:
        what = "a whole number" if kind is int else "a number"
        raise ModelError(f"{where}: {name} must be {what} from {low:g}, given {text!r}")
    return value


def _address(where: str, url: str) -> str:
    """Return an address without a slash at its end; a password in it is never repeated."""
    try:
        parts = urlsplit(url)
        port_is_right = parts.port is None or parts.port > 0
    except ValueError:
        raise ModelError(f"{where}: base_url is not an address") from None
    if parts.username or parts.password:
        raise ModelError(f"{where}: base_url must hold no user or password")
    if parts.scheme not in ("http", "https") or not parts.hostname or not port_is_right:
        raise ModelError(
            f"{where}: base_url must be like http://localhost:8000/v1, given {url[:200]!r}"
        )
    if parts.query or parts.fragment:
        raise ModelError(f"{where}: base_url must end with its path, such as /v1")
    return url.rstrip("/")


def _request(where: str, request: Mapping[str, Any]) -> Mapping[str, Any]:
    ours = [name for name in request if name in OURS]
    if ours:
        raise ModelError(f"{where}: request may not hold {', '.join(ours)}: synthctx writes them")
    return request
