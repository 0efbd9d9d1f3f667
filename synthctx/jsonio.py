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


def storable(text: str | None) -> str | None:
    """Return a text without lone surrogates, which no file can hold: "?" stands for each."""
    return None if text is None else text.encode("utf-8", "replace").decode("utf-8")


def text_digest(text: str) -> str:
    """Return the 32 hexadecimal digits of the XXH3-128 of a text's UTF-8.

    It tells texts apart at memory speed; that nobody has forged one is said by the sha256 of
    files and by making texts again from their keys.
    """
    import xxhash

    return xxhash.xxh3_128_hexdigest(text.encode("utf-8"))
