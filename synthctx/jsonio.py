"""Canonical JSON, the form in which things are hashed and stored."""

from __future__ import annotations

import hashlib
import json
from typing import Any

Json = None | bool | int | float | str | list[Any] | dict[str, Any]


def canonical(value: Any) -> str:
    """Return the one JSON text of a value: sorted keys, no blanks, no escapes, no NaN.

    Raises:
        ValueError: the value holds NaN or an infinity.
        TypeError: the value is not JSON.
    """
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def digest(value: Any, size: int = 16) -> str:
    """Return a hexadecimal blake2b digest (`size` bytes) of a value's canonical JSON."""
    return hashlib.blake2b(canonical(value).encode("utf-8"), digest_size=size).hexdigest()


def text_digest(text: str, size: int = 16) -> str:
    """Return a hexadecimal blake2b digest (`size` bytes) of a text's UTF-8."""
    return hashlib.blake2b(text.encode("utf-8"), digest_size=size).hexdigest()
