"""What stands in an answer of an OpenAI-compatible server. All of it is hostile input."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from synthctx.models import Answer

_MESSAGE = 300  # characters of a server's message that are kept
_REASONING = ("reasoning_content", "reasoning")


class Unusable(Exception):
    """A body that holds no answer; `code` is the error code that stands in it, if any."""

    def __init__(self, what: str, code: int | None = None) -> None:
        super().__init__(what)
        self.code = code


def parse(raw: bytes) -> dict[str, Any]:
    """Return a body as data.

    Raises:
        Unusable: it is not a JSON object.
    """
    try:
        data = json.loads(raw.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        raise Unusable(f"the server's answer is not JSON: {_short(_text(raw))!r}") from None
    if not isinstance(data, dict):
        raise Unusable(f"the server's answer is not a JSON object: {_short(_text(raw))!r}")
    return data


def said(raw: bytes) -> str:
    """Return the message of an error body, or its beginning."""
    try:
        data = parse(raw)
    except Unusable:
        return _short(_text(raw))
    return _message(data.get("error", data.get("message", data.get("detail")))) or _short(
        _text(raw)
    )


def answer_of(data: Mapping[str, Any]) -> Answer:
    """Return the answer in a body of a chat completion or a plain one.

    An answer that is all reasoning, a refusal or blocked is an answer: it earns nothing, and
    is not missing.

    Raises:
        Unusable: there is none; says why.
    """
    if data.get("error"):
        error = data["error"]
        code = error.get("code") if isinstance(error, dict) else None
        if isinstance(code, str) and code.isdecimal() and len(code) == 3:
            code = int(code)
        raise Unusable(f"error in the answer: {_message(error)}", _count(code))
    choices = data.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        raise Unusable("the server's answer has no choices")
    choice = choices[0]
    message = choice.get("message")
    if isinstance(message, dict):
        output, reasoning = _chat(message)
    elif isinstance(choice.get("text"), str):
        output, reasoning = choice["text"], None
    else:
        raise Unusable("the server's answer has neither a message nor a text")
    usage = data.get("usage")
    usage = usage if isinstance(usage, dict) else {}
    finish = choice.get("finish_reason")
    return Answer(
        output,
        reasoning=reasoning,
        finish_reason=finish[:64] if isinstance(finish, str) else None,
        prompt_tokens=_count(usage.get("prompt_tokens")),
        completion_tokens=_count(usage.get("completion_tokens")),
    )


def _chat(message: Mapping[str, Any]) -> tuple[str, str | None]:
    thoughts = [message[n] for n in _REASONING if isinstance(message.get(n), str) and message[n]]
    content = message.get("content")
    if isinstance(content, list):
        content, more = _parts(content)
        thoughts += more
    refusal = message.get("refusal")
    if content is None:
        content = refusal if isinstance(refusal, str) else ""
    if not isinstance(content, str):
        raise Unusable(f"the content of the answer is of the kind {type(content).__name__}")
    return content, thoughts[0] if thoughts else None


def _parts(content: list[Any]) -> tuple[str, list[str]]:
    """Return the text and the reasoning of a content in parts."""
    parts = [part for part in content if isinstance(part, dict)]
    text = [p["text"] for p in parts if isinstance(p.get("text"), str)]
    thinking = [p["thinking"] for p in parts if isinstance(p.get("thinking"), str)]
    return "".join(text), ["".join(thinking)] if thinking else []


def _count(value: Any) -> int | None:
    """Return a count as the tables can hold it, None for anything else."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63:
        return value
    return None


def _message(error: Any) -> str:
    if isinstance(error, dict):
        error = error.get("message") or error.get("code") or error.get("type")
    return _short(str(error)) if error else ""


def _text(raw: bytes) -> str:
    return raw[: 4 * _MESSAGE].decode("utf-8", "replace")


def _short(text: str) -> str:
    one_line = " ".join(text.split())
    return one_line if len(one_line) <= _MESSAGE else one_line[: _MESSAGE - 1] + "…"
