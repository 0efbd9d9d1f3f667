"""Any OpenAI-compatible server: `openai:NAME?base_url=http://localhost:8000/v1`."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from synthctx.errors import ModelError, PartlyDone
from synthctx.models import MODELS, Answer, Model, Request, Settings, Traits
from synthctx.models._limits import Pace
from synthctx.models._options import DEFAULTS, SHAPING, Options, options
from synthctx.models._retry import AGAIN, Again, asked_wait, tried
from synthctx.models._wire import Unusable, answer_of, parse, said

if TYPE_CHECKING:
    import httpx

_BODY_BYTES = 64 << 20  # a longer answer is none
_WRONG = frozenset({301, 302, 303, 307, 308, 401, 403, 404, 405})  # for every call alike
_UNREACHED = 3  # calls in a row, each tried to the end
PATHS = {"chat": "/chat/completions", "completions": "/completions"}


class OpenAI:
    """A served model. Calls may be made from several threads.

    Args:
        options: what it is and how it is asked.
    """

    def __init__(self, options: Options) -> None:
        self.options = options
        self._pace = Pace(options.requests_per_minute, options.tokens_per_minute)
        self._lock = threading.Lock()
        self._unreached = 0
        self._closed = False

    @property
    def traits(self) -> Traits:
        """Return what the engine has to know."""
        return self.options.traits

    def body(self, request: Request) -> dict[str, Any]:
        """Return what is sent for a request; batches are made of the same."""
        mine = self.options
        fields: dict[str, Any] = {"model": mine.model}
        if mine.api == "chat":
            fields["messages"] = [{"role": "user", "content": request.prompt}]
        else:
            fields["prompt"] = request.prompt
        fields[mine.output_limit_field] = self._room(request)
        fields["temperature"] = mine.temperature
        fields["seed"] = None if mine.seed is None else mine.seed + request.attempt
        return {k: v for k, v in {**fields, **mine.request}.items() if v is not None}

    def with_fields(self, fields: Mapping[str, Any]) -> OpenAI:
        """Return the model with further fields of the body; its own go before them."""
        return OpenAI(replace(self.options, request={**fields, **self.options.request}))

    def _room(self, request: Request) -> int:
        return request.max_output_tokens + self.options.extra_output_tokens

    def answer(self, request: Request) -> Answer:
        """Answer one request; a call that fails to the end gives an error.

        Raises:
            ModelError: the server refuses every call: key, address or model are wrong.
            PartlyDone: the server cannot be reached, or asks for a very long wait.
        """
        import json

        # a lone surrogate in the user's own text is no reason to fail
        body = json.dumps(self.body(request), ensure_ascii=False).encode("utf-8", "replace")
        tokens = (request.prompt_tokens or 0) + self._room(request)
        # calls that are alike share no waits: the key of the jitter names sample and attempt
        key = [request.sample_id, request.attempt]
        try:
            found = tried(
                lambda: self._call(body, tokens),
                key,
                retries=self.options.retries,
                backoff=self.options.backoff,
            )
        except (Again, Unusable) as error:
            if isinstance(error, Again) and error.unreached:
                self._count_unreached(error)
            return Answer(None, finish_reason=None, error=self._clean(str(error)))
        with self._lock:
            self._unreached = 0
        return replace(
            found,
            output=self._clean(found.output),
            reasoning=self._clean(found.reasoning),
            finish_reason=self._clean(found.finish_reason),
        )

    def close(self) -> None:
        """Close the connections."""
        with self._lock:
            self._closed = True
            client = self.__dict__.pop("_shared", None)
        if client is not None:
            client.close()

    def _call(self, body: bytes, tokens: int) -> Answer:
        """Make one try.

        Raises:
            Again: it failed in a way that may pass.
            Unusable: the server has answered with something that is no answer.
            ModelError: it will answer like that to every call.
        """
        self._pace.wait(tokens)
        status, headers, raw = self._post(body)
        if status in AGAIN:
            raise Again(f"HTTP {status}: {said(raw)}", asked_wait(headers))
        if status in _WRONG:
            raise ModelError(self._wrong(status, raw))
        if status != 200:
            raise Unusable(f"HTTP {status}: {said(raw)}")
        try:
            return answer_of(parse(raw))
        except Unusable as error:
            # gateways send the error of the server behind them with a 200
            if error.code in AGAIN or not _whole(raw):
                raise Again(str(error), asked_wait(headers)) from None
            raise

    def _post(self, body: bytes) -> tuple[int, Mapping[str, str], bytes]:
        import httpx

        url = self.options.base_url + PATHS[self.options.api]
        until = time.monotonic() + self.options.timeout
        raw = bytearray()
        try:
            with self._client.stream("POST", url, content=body) as response:
                for piece in response.iter_bytes():
                    raw += piece
                    if len(raw) > _BODY_BYTES:
                        raise Unusable(f"the server's answer is longer than {_BODY_BYTES} bytes")
                    if time.monotonic() > until:
                        raise Again(f"no whole answer within {self.options.timeout:g} s")
            return response.status_code, response.headers, bytes(raw)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise Again(f"no connection to {url}: {error}", unreached=True) from None
        except httpx.TimeoutException as error:
            raise Again(
                f"no answer within {self.options.timeout:g} s ({type(error).__name__})"
            ) from None
        except httpx.HTTPError as error:
            raise Again(f"the connection broke: {type(error).__name__}: {error}") from None

    @cached_property
    def _key(self) -> str | None:
        return self.options.key()

    @property
    def _client(self) -> httpx.Client:
        with self._lock:
            if self._closed:  # a lane that was left behind by an interruption
                raise Unusable("the run has ended")
            if "_shared" not in self.__dict__:
                self._shared = _new_client(self._key, self.options.timeout)
            return self._shared

    def _wrong(self, status: int, raw: bytes) -> str:
        advice = "check --base-url and the model's name"
        if status in (401, 403):
            held = "is sent" if self._key else "is not set"
            advice = f"check the key: the environment variable {self.options.api_key_env} {held}"
        where = f"model '{self.options.model}' at {self.options.base_url}"
        return str(self._clean(f"{where}: HTTP {status}: {said(raw)}; {advice}"))

    def _count_unreached(self, error: Again) -> None:
        with self._lock:
            self._unreached += 1
            stop = self._unreached >= _UNREACHED
        if stop:
            raise PartlyDone(
                f"{self._clean(str(error))}; {_UNREACHED} calls in a row have not reached the "
                "server: the same command goes on when it is there"
            )

    def _clean(self, text: Any) -> Any:
        """Return a text without the key: servers repeat what they were sent."""
        if isinstance(text, str) and self._key:
            return text.replace(self._key, "[key]")
        return text


def _whole(raw: bytes) -> bool:
    try:
        parse(raw)
    except Unusable:
        return False
    return True


def _new_client(key: str | None, timeout: float) -> httpx.Client:
    try:
        import httpx
        import tenacity  # noqa: F401 - said here rather than in the middle of a run
    except ImportError as error:
        raise ModelError(
            f"models behind a server need {error.name}: pip install 'synthctx[models]'"
        ) from error
    headers = {"content-type": "application/json"}
    if key:
        headers["authorization"] = f"Bearer {key}"
    return httpx.Client(
        headers=headers,
        timeout=httpx.Timeout(timeout, connect=min(timeout, 30.0)),
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=64),
        # a redirect could carry the key to another host
        follow_redirects=False,
    )


def openai(what: str, settings: Settings) -> Model:
    """A model behind an OpenAI-compatible server: openai:NAME?base_url=URL (see docs/models.md).

    Raises:
        ModelError: there is no name, or a setting is not allowed.
    """
    shaping = {n: v for n, v in settings.items() if n in SHAPING and v != DEFAULTS[n]}
    # where a server stands, what it costs and how quickly it is asked make no other model
    name = f"openai:{what}" + ("?" + urlencode(sorted(shaping.items())) if shaping else "")
    return OpenAI(options(what, settings, name=name))


MODELS.add("openai", openai)
